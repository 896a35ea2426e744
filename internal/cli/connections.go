package cli

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

// maxConnectionsFile is the size of a connections file in bytes.
const maxConnectionsFile = 1 << 20

// connections opens connections from a file and from the environment.
//
// The file is a JSON object: the key is the name or number that the blueprint uses, the value is
// {"app": "customerly", "type": "customerly", "fields": {"apiToken": "…"}}; type may be left out. In the environment
// each field is a variable ROPEWAY_CONNECTION_<NAME>_<FIELD>, where NAME is that key or the name of the app.
type connections struct {
	system *server.System
	getenv func(string) string
	file   string // for messages
	list   map[string]storedConnection
}

type storedConnection struct {
	app, kind string
	fields    value.Value
}

var _ runner.Connections = (*connections)(nil)

// readConnections reads the file name; "" stands for none.
func readConnections(env *Env, name string) (*connections, error) {
	c := &connections{getenv: env.Getenv, file: name, list: map[string]storedConnection{}}
	if name == "" {
		return c, nil
	}
	data, err := readFile(env, name, maxConnectionsFile)
	if err != nil {
		return nil, err
	}
	v, _, err := value.ParseJSONC(data)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The connections file "+name+" is not valid JSON: "+err.Error()+".")
	}
	if v.Kind() != value.KindCollection {
		return nil, fault.New(fault.InvalidConfiguration, "The connections file "+name+" must hold one JSON object.").WithHint(connectionsHint)
	}
	for key, entry := range v.Fields() {
		s := storedConnection{app: entry.Get("app").Str(), kind: entry.Get("type").Str(), fields: entry.Get("fields")}
		if s.app == "" || s.fields.Kind() != value.KindCollection {
			return nil, fault.Newf(fault.InvalidConfiguration, "The connection %q in %s needs an app and fields.", key, name).WithHint(connectionsHint)
		}
		c.list[key] = s
	}
	return c, nil
}

const connectionsHint = `write it as {"NAME": {"app": "customerly", "fields": {"apiToken": "…"}}}, where NAME is what the scenario calls the connection`

// Open finds the connection that a module needs: the one with the scenario's name for it, else the only one of the app.
func (c *connections) Open(_ context.Context, m *module.Description, ref string) (*module.Connection, error) {
	if s, ok := c.list[ref]; ok {
		if s.app != m.App {
			return nil, fault.Newf(fault.InvalidConfiguration, "The connection %q belongs to the app %s, but %s needs one of %s.", ref, s.app, m.FullName(), m.App)
		}
		return c.fromFile(ref, m)
	}
	var candidates []string
	for key, s := range c.list {
		if s.app == m.App && (s.kind == "" || s.kind == m.Connection) {
			candidates = append(candidates, key)
		}
	}
	sort.Strings(candidates)
	if len(candidates) == 1 {
		return c.fromFile(candidates[0], m)
	}
	if len(candidates) > 1 {
		return nil, fault.Newf(fault.InvalidConfiguration, "The scenario names the connection %q, which is not in %s, and there are several of the app %s: %s.",
			ref, c.file, m.App, strings.Join(candidates, ", ")).WithHint("rename the one to use to " + fmt.Sprintf("%q", ref))
	}
	return c.fromEnvironment(m, ref)
}

// fromFile binds a connection of the file. A misspelled field would else be an empty token, sent to the service.
func (c *connections) fromFile(key string, m *module.Description) (*module.Connection, error) {
	fields, err := c.system.ConnectionFields(m.App, m.Connection)
	if err != nil {
		return nil, err
	}
	given := c.list[key].fields
	if missing := missingFields(fields, given); len(missing) > 0 {
		f := fault.Newf(fault.InvalidConfiguration, "The connection %q in %s lacks %s.", key, c.file, strings.Join(missing, ", "))
		if other := unknownFields(fields, given); len(other) > 0 {
			return nil, f.WithHint("it has " + strings.Join(other, ", ") + ", which the app does not know; check the spelling")
		}
		return nil, f.WithHint(`write it into "fields"`)
	}
	return c.bind(key, m, given), nil
}

// missingFields returns the names of the required fields that are empty and have no default.
func missingFields(fields []module.Field, given value.Value) []string {
	var names []string
	for i := range fields {
		f := &fields[i]
		if v := given.Get(f.Name); f.Required && f.Default.IsNothing() && (v.IsNothing() || v.Kind() == value.KindText && v.Str() == "") {
			names = append(names, f.Name)
		}
	}
	return names
}

// unknownFields returns the names of what was given and belongs to no field.
func unknownFields(fields []module.Field, given value.Value) []string {
	var names []string
	for name := range given.Fields() {
		if !slices.ContainsFunc(fields, func(f module.Field) bool { return f.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}

func (c *connections) fromEnvironment(m *module.Description, ref string) (*module.Connection, error) {
	fields, err := c.system.ConnectionFields(m.App, m.Connection)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{ref, m.App} {
		if name == "" {
			continue
		}
		b := value.NewBuilder(len(fields))
		for i := range fields {
			if s := c.getenv(variable(name, fields[i].Name)); s != "" {
				b.Set(fields[i].Name, value.Text(s))
			}
		}
		if b.Len() == 0 {
			continue
		}
		given := b.Build()
		if missing := missingFields(fields, given); len(missing) > 0 {
			return nil, fault.Newf(fault.InvalidConfiguration, "The connection %s of the app %s has no %s.", name, m.App, missing[0]).
				WithHint("set " + variable(name, missing[0]))
		}
		return c.bind(name, m, given), nil
	}
	var names []string
	for i := range fields {
		if fields[i].Required {
			names = append(names, variable(m.App, fields[i].Name))
		}
	}
	return nil, fault.Newf(fault.InvalidConfiguration, "There is no connection for the app %s.", m.App).
		WithHint("set " + strings.Join(names, ", ") + ", or name a file with --connections")
}

func (c *connections) bind(key string, m *module.Description, fields value.Value) *module.Connection {
	return &module.Connection{Key: m.App + "/" + key, App: m.App, Type: m.Connection, Fields: fields}
}

// variable returns the name of the environment variable that holds a field of a connection: apiToken is API_TOKEN.
func variable(connection, field string) string {
	return "ROPEWAY_CONNECTION_" + constantCase(connection) + "_" + constantCase(field)
}

// constantCase turns a name into capitals with underscores.
func constantCase(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			if lower {
				b.WriteByte('_')
			}
			b.WriteRune(r)
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteString(strings.ToUpper(string(r)))
		default:
			b.WriteByte('_')
		}
		lower = r >= 'a' && r <= 'z'
	}
	return b.String()
}
