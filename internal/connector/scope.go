package connector

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// operation is the state of one run of a communication: everything that its expressions can see.
type operation struct {
	c      *Connector
	module *appdef.Module // nil for procedures and connections
	env    expression.Env
	random rand.PCG

	parameters, connection, temp  value.Value
	body, item, output, container value.Value
	header                        http.Header
	statusCode, page              int
	query, webhook                value.Value
	method                        string
	scenario                      string
	key                           *module.IdempotencyKey // to send with requests; nil for none
	keyed                         int                    // requests that had it
	hasKey                        bool                   // the last one did
	budgetKey                     string
	connectionType                string

	sent    sent        // the last request
	further int         // requests that follow it
	before  value.Value // the record as it is, in a dry run
	poll    *poll       // of a polling trigger, else nil

	mostBundles, mostPages int // 0: no limit
	baseURL                string
	baseOrigin             string
	anyHost                bool // requests of connections: address and credentials come from the same form
	readOnly               bool // procedures and connections only read, whatever their method
	hidden                 []string
	record                 func(value.Value)
}

var _ expression.Scope = (*operation)(nil)

func (c *Connector) operation(parameters value.Value, conn *module.Connection, seed uint64) *operation {
	o := &operation{c: c, parameters: parameters, mostPages: MaxPages, record: func(value.Value) {}}
	if conn != nil {
		o.connection, o.budgetKey, o.connectionType = conn.Fields, conn.Key, conn.Type
	}
	o.hidden = c.secrets(o.connectionType, o.connection)
	o.random.Seed(seed, 0)
	o.env = expression.Env{Scope: o, Random: &o.random}
	return o
}

// eval computes a directive; an absent one is undefined.
func (o *operation) eval(t *expression.Tree) (value.Value, error) {
	if t == nil {
		return value.Undefined, nil
	}
	return t.Eval(&o.env)
}

// holds reports whether a condition is met; an absent one is.
func (o *operation) holds(t *expression.Tree) (bool, error) {
	if t == nil {
		return true, nil
	}
	v, err := t.Eval(&o.env)
	return value.Truthy(v), err
}

// Module is part of expression.Scope; apps do not see the modules of a scenario.
func (o *operation) Module(int) value.Value { return value.Undefined }

// Meta is part of expression.Scope.
func (o *operation) Meta(int, string) value.Value { return value.Undefined }

// Name returns what an expression reads under a name.
func (o *operation) Name(name string) value.Value {
	switch name {
	case "parameters":
		return o.parameters
	case "body":
		return o.body
	case "item":
		return o.item
	case "temp":
		return o.temp
	case "connection":
		return o.connection
	case "statusCode":
		if o.statusCode == 0 {
			return value.Undefined
		}
		return value.Int(o.statusCode)
	case "headers":
		return headerValue(o.header)
	case "output":
		return o.output
	case "common":
		return o.common()
	}
	return o.rareName(name)
}

func (o *operation) rareName(name string) value.Value {
	switch name {
	case "data":
		if o.poll != nil {
			return o.poll.from.data(o.connection)
		}
		return o.connection
	case "pagination":
		return value.Collection(value.F("page", value.Int(o.page)))
	case "iterate":
		return value.Collection(value.F("container", value.Collection(
			value.F("first", o.container.At(0)), value.F("last", o.container.At(o.container.Len()-1)))))
	case "environment":
		zone := o.env.Zone
		if zone == nil {
			zone = time.UTC
		}
		return value.Collection(value.F("timezone", value.Text(zone.String())))
	case "scenario":
		return value.Collection(value.F("name", value.Text(o.scenario)))
	case "metadata":
		if o.module == nil {
			return value.Undefined
		}
		return value.Collection(value.F("expect", o.module.ExpectValue), value.F("interface", o.module.InterfaceValue))
	case "before":
		return o.before
	case "query":
		return o.query
	case "method":
		return value.Text(o.method)
	case "webhook":
		return o.webhook
	}
	return value.Undefined
}

// common is the app's secret data with that of the connection type on top.
func (o *operation) common() value.Value {
	own := o.c.app.Connections[o.connectionType]
	if own == nil || own.Common.IsEmpty() {
		return o.c.app.Common
	}
	b := value.NewBuilder(own.Common.Len())
	return b.Merge(o.c.app.Common).Merge(own.Common).Build()
}

// headerValue shows headers with names in small letters; several of one name are an array.
func headerValue(h http.Header) value.Value {
	if h == nil {
		return value.Undefined
	}
	b := value.NewBuilder(len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		b.Set(strings.ToLower(name), texted(h[name]))
	}
	return b.Build()
}

// texted is the value of one text, or of several as an array.
func texted(list []string) value.Value {
	if len(list) == 1 {
		return value.Text(list[0])
	}
	items := make([]value.Value, len(list))
	for i, s := range list {
		items[i] = value.Text(s)
	}
	return value.Array(items...)
}

// secrets returns the texts of a connection, and of the app itself, that no record or message may show.
func (c *Connector) secrets(connectionType string, fields value.Value) []string {
	list := slices.Clip(c.common)
	named := c.secretFields[connectionType]
	for key, v := range fields.Fields() {
		if named[key] || sensitiveName(key) {
			if v.Kind() == value.KindNumber {
				v = value.Text(value.Render(v))
			}
			list = texts(list, v)
		}
	}
	return list
}

// sensitiveName reports whether a field of a connection holds a credential, going by its name: data that a login has saved
// is declared nowhere.
func sensitiveName(name string) bool {
	name = strings.ToLower(name)
	for _, part := range []string{"token", "secret", "password", "apikey", "api_key", "privatekey", "private_key"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// passwordFields returns the names of the fields that forms hide.
func passwordFields(fields []module.Field) map[string]bool {
	names := map[string]bool{}
	var add func([]module.Field)
	add = func(fields []module.Field) {
		for i := range fields {
			f := &fields[i]
			if t := f.BaseType(); t == "password" || t == "cert" || t == "pkey" {
				names[f.Name] = true
			}
			add(f.Nested)
			for j := range f.Options {
				add(f.Options[j].Nested)
			}
		}
	}
	add(fields)
	return names
}

// texts appends every text in v to list.
func texts(list []string, v value.Value) []string {
	switch v.Kind() {
	case value.KindText:
		if v.Str() != "" {
			list = append(list, v.Str())
		}
	case value.KindArray, value.KindCollection:
		for i := range v.Len() {
			list = texts(list, v.At(i))
		}
	}
	return list
}
