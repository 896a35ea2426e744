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
func (c appControl) Apps(context.Context) ([]api.App, error) {
	names := map[string]bool{}
	for _, m := range c.System.Modules.All() {
		names[m.App] = true
	}
	var list []api.App
	for _, name := range slices.Sorted(maps.Keys(names)) {
		a := c.System.app(name)
		for i := range a.Connections {
			a.Connections[i].Fields = []api.Field{}
		}
		list = append(list, a)
	}
	return list, nil
}

// App returns an app with the forms of its connections.
func (c appControl) App(_ context.Context, name string) (api.App, error) {
	if !c.System.Modules.HasApp(name) {
		return api.App{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-app] There is no app of this name.")
	}
	return c.System.app(name), nil
}

// app describes an app. Those that are built in have no definition; their modules say what there is.
func (s *System) app(name string) api.App {
	out := api.App{Name: name, Label: name, Version: 1, Connections: []api.ConnectionType{}, Modules: []api.ModuleName{}}
	if at := slices.IndexFunc(s.Apps, func(a *appdef.App) bool { return a.Name == name }); at >= 0 {
		a := s.Apps[at]
		out.Label, out.Version, out.Description = a.Label, a.Version, a.Description
		out.Icon, out.Color, out.Tags = a.Icon, a.Color, a.Tags
		for _, kind := range slices.Sorted(maps.Keys(a.Connections)) {
			t := a.Connections[kind]
			out.Connections = append(out.Connections, api.ConnectionType{Name: kind, Label: t.Label, Fields: fieldsShown(t.Parameters)})
		}
	}
	for _, a := range builtin.Apps() {
		if a.Name == name {
			out.Label, out.Description, out.Icon, out.Color, out.Tags, out.BuiltIn = a.Label, a.Description, a.Icon, a.Color, a.Tags, true
		}
	}
	for _, t := range builtin.ConnectionTypes() {
		if t.App == name {
			out.Connections = append(out.Connections, api.ConnectionType{Name: t.Name, Label: t.Label, Fields: fieldsShown(t.Fields)})
		}
	}
	for _, m := range s.Modules.All() {
		if m.App == name {
			out.Modules = append(out.Modules, moduleName(&m.Description))
		}
	}
	return out
}

// Module returns a module with its forms.
func (c appControl) Module(_ context.Context, name string, version int) (api.Module, error) {
	if version == 0 {
		version = newestVersion
	}
	m, ok := c.System.Modules.Find(name, version)
	if !ok {
		return api.Module{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-module-name] There is no module of this name.")
	}
	return ModuleShown(&m.Description), nil
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

func moduleName(d *module.Description) api.ModuleName {
	return api.ModuleName{
		Module: d.FullName(), Version: d.Version, Label: d.Label, Summary: d.Summary, Icon: d.Icon, Group: d.Group, Kind: string(d.Kind), Delivery: string(d.Delivery),
		Unsupported: d.Unsupported,
	}
}

// ModuleShown is the description of a module as programs read it.
func ModuleShown(d *module.Description) api.Module {
	out := api.Module{
		ModuleName: moduleName(d), Connection: d.Connection, Webhook: d.Webhook, Transactional: d.Transactional,
		TakesKey: d.TakesKey, KeyHeader: d.KeyHeader, DynamicInput: d.DynamicInput, DynamicOutput: d.DynamicOutput,
		Parameters: fieldsShown(d.Parameters), Expect: fieldsShown(d.Expect), Interface: fieldsShown(d.Interface),
	}
	for _, s := range d.Starts {
		out.Starts = append(out.Starts, string(s))
	}
	if !d.Samples.IsNothing() {
		out.Samples = &d.Samples
	}
	return out
}

func fieldsShown(fields []module.Field) []api.Field {
	out := make([]api.Field, 0, len(fields))
	for i := range fields {
		out = append(out, fieldShown(&fields[i]))
	}
	return out
}

func fieldShown(f *module.Field) api.Field {
	out := api.Field{
		Name: f.Name, Type: f.Type, Label: f.Label, Help: f.Help, Required: f.Required, Advanced: f.Advanced, Multiline: f.Multiline,
		Multiple: f.Multiple, NotMappable: f.NotMappable, Mode: f.Mode, Choices: f.OptionsRPC, NestedFrom: f.NestedRPC,
	}
	if !f.Default.IsNothing() {
		out.Default = &f.Default
	}
	if v := f.Validate; !reflect.ValueOf(v).IsZero() {
		out.Validate = &api.Validate{Min: v.Min, Max: v.Max, MinItems: v.MinItems, MaxItems: v.MaxItems, Pattern: v.Pattern, Enum: v.Enum}
	}
	if len(f.Spec) > 0 {
		out.Spec = fieldsShown(f.Spec)
	}
	if len(f.Nested) > 0 {
		out.Nested = fieldsShown(f.Nested)
	}
	for _, o := range f.Options {
		shown := api.FieldOption{Label: o.Label, Value: o.Value, Help: o.Help}
		if len(o.Nested) > 0 {
			shown.Nested = fieldsShown(o.Nested)
		}
		out.Options = append(out.Options, shown)
	}
	return out
}
