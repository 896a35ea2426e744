package server

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// newestVersion is above every version of a module.
const newestVersion = 1 << 30

// Apps lists the apps by name, the built-in ones among them, without their forms.
func (c appControl) Apps(_ context.Context, language string) ([]api.App, error) {
	names := map[string]bool{}
	for _, m := range c.System.Modules.All() {
		names[m.App] = true
	}
	var list []api.App
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a := c.System.app(name, c.System.textsOf(name).In(language))
		for i := range a.Connections {
			a.Connections[i].Fields = []api.Field{}
		}
		list = append(list, a)
	}
	return list, nil
}

// App returns an app with the forms of its connections.
func (c appControl) App(_ context.Context, name, language string) (api.App, error) {
	if !c.System.Modules.HasApp(name) {
		return api.App{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-app] There is no app of this name.")
	}
	return c.System.app(name, c.System.textsOf(name).In(language)), nil
}

// app describes an app in a language. Those that are built in have no definition; their modules say what there is.
func (s *System) app(name string, say func(string) string) api.App {
	out := api.App{Name: name, Label: name, Version: 1, Connections: []api.ConnectionType{}, Modules: []api.ModuleName{}}
	if at := slices.IndexFunc(s.Apps, func(a *appdef.App) bool { return a.Name == name }); at >= 0 {
		a := s.Apps[at]
		out.Label, out.Version, out.Description = a.Label, a.Version, a.Description
		out.Icon, out.Color, out.Tags = a.Icon, a.Color, a.Tags
		for _, kind := range slices.Sorted(maps.Keys(a.Connections)) {
			t := a.Connections[kind]
			out.Connections = append(out.Connections, api.ConnectionType{Name: kind, Label: say(t.Label), Fields: fieldsShown(t.Parameters, say)})
		}
	}
	for _, a := range builtin.Apps() {
		if a.Name == name {
			out.Label, out.Description, out.Icon, out.Color, out.Tags, out.BuiltIn = a.Label, a.Description, a.Icon, a.Color, a.Tags, true
		}
	}
	for _, t := range builtin.ConnectionTypes() {
		if t.App == name {
			out.Connections = append(out.Connections, api.ConnectionType{Name: t.Name, Label: say(t.Label), Fields: fieldsShown(t.Fields, say)})
		}
	}
	for _, m := range s.Modules.All() {
		if m.App == name {
			out.Modules = append(out.Modules, moduleName(&m.Description, say))
		}
	}
	out.Original = original(out.Label, out.Description, say)
	out.Label, out.Description = say(out.Label), say(out.Description)
	return out
}

// Module returns a module with its forms.
func (c appControl) Module(_ context.Context, name string, version int, language string) (api.Module, error) {
	if version == 0 {
		version = newestVersion
	}
	m, ok := c.System.Modules.Find(name, version)
	if !ok {
		return api.Module{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-module-name] There is no module of this name.")
	}
	return moduleShown(&m.Description, c.System.textsOf(m.App).In(language)), nil
}

// Procedure calls a procedure of an app.
func (c appControl) Procedure(ctx context.Context, app, name string, p api.Procedure) (api.ProcedureResult, error) {
	runs, ok := c.System.Connector(app)
	if !ok {
		return api.ProcedureResult{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-app-procedures] There is no app of this name with procedures.")
	}
	if k := p.Parameters.Kind(); k != value.KindCollection && k != value.KindUndefined && k != value.KindNull {
		return api.ProcedureResult{}, fault.New(fault.BundleValidation, "[parameters-object] The parameters must be a JSON object.").WithField("parameters")
	}
	var conn *module.Connection
	if p.Connection != 0 {
		row, err := c.Store.Connection(ctx, p.Connection)
		if err != nil {
			return api.ProcedureResult{}, err
		}
		if row.App != app {
			return api.ProcedureResult{}, fault.Newf(fault.BundleValidation, "[connection-other-app] The connection %q belongs to another app.", row.Name).WithField("connection")
		}
		fields, err := openFields(c.vault, &row)
		if err != nil {
			return api.ProcedureResult{}, err
		}
		conn = connectionToUse(&row, fields)
	}
	result, err := runs.RPC(ctx, name, p.Parameters, conn)
	return api.ProcedureResult{Result: result}, err
}

// asWritten leaves texts in the language of their definition.
func asWritten(text string) string { return text }

// original tells what something is called in its definition, nil where it is called that here too.
func original(label, about string, say func(string) string) *api.Original {
	if say(label) == label && say(about) == about {
		return nil
	}
	return &api.Original{Label: label, About: about}
}

func moduleName(d *module.Description, say func(string) string) api.ModuleName {
	return api.ModuleName{
		Module: d.FullName(), Version: d.Version, Label: say(d.Label), Summary: say(d.Summary), Icon: d.Icon, Group: say(d.Group), Kind: string(d.Kind), Delivery: string(d.Delivery),
		Unsupported: d.Unsupported, Original: original(d.Label, d.Summary, say),
	}
}

// ModuleShown is the description of a module as programs read it.
func ModuleShown(d *module.Description) api.Module { return moduleShown(d, asWritten) }

func moduleShown(d *module.Description, say func(string) string) api.Module {
	out := api.Module{
		ModuleName: moduleName(d, say), Connection: d.Connection, Webhook: d.Webhook, Transactional: d.Transactional,
		TakesKey: d.TakesKey, KeyHeader: d.KeyHeader, DynamicInput: d.DynamicInput, DynamicOutput: d.DynamicOutput,
		Parameters: fieldsShown(d.Parameters, say), Expect: fieldsShown(d.Expect, say), Interface: fieldsShown(d.Interface, say),
	}
	for _, s := range d.Starts {
		out.Starts = append(out.Starts, string(s))
	}
	if !d.Samples.IsNothing() {
		out.Samples = &d.Samples
	}
	return out
}

func fieldsShown(fields []module.Field, say func(string) string) []api.Field {
	out := make([]api.Field, 0, len(fields))
	for i := range fields {
		out = append(out, fieldShown(&fields[i], say))
	}
	return out
}

func fieldShown(f *module.Field, say func(string) string) api.Field {
	out := api.Field{
		Name: f.Name, Type: f.Type, Label: say(f.Label), Help: say(f.Help), Required: f.Required, Advanced: f.Advanced, Multiline: f.Multiline,
		Multiple: f.Multiple, NotMappable: f.NotMappable, Mode: f.Mode, Choices: f.OptionsRPC, NestedFrom: f.NestedRPC,
	}
	if !f.Default.IsNothing() {
		out.Default = &f.Default
	}
	if v := f.Validate; !reflect.ValueOf(v).IsZero() {
		out.Validate = &api.Validate{Min: v.Min, Max: v.Max, MinItems: v.MinItems, MaxItems: v.MaxItems, Pattern: v.Pattern, Enum: v.Enum}
	}
	if len(f.Spec) > 0 {
		out.Spec = fieldsShown(f.Spec, say)
	}
	if len(f.Nested) > 0 {
		out.Nested = fieldsShown(f.Nested, say)
	}
	for _, o := range f.Options {
		shown := api.FieldOption{Label: say(o.Label), Value: o.Value, Help: say(o.Help)}
		if len(o.Nested) > 0 {
			shown.Nested = fieldsShown(o.Nested, say)
		}
		out.Options = append(out.Options, shown)
	}
	return out
}
