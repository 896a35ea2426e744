package connector

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Metadata is what a service says about a connection.
type Metadata struct {
	Label string      // of the account, such as an e-mail address; may be empty
	UID   string      // identity of the account at the service; may be empty
	Data  value.Value // what the definition saves besides the form; a collection or undefined
	// Fields are the form values with types and defaults filled in, and Data on top: what to keep as the connection.
	Fields value.Value
}

// Verify checks the form values of a connection (conn.Fields) and proves them with a call of the service.
// Errors are those of forms (BundleValidation) and of the call; wrong credentials are AccountValidation or InvalidAccessToken.
func (c *Connector) Verify(ctx context.Context, conn *module.Connection) (Metadata, error) {
	kind := c.app.Connections[conn.Type]
	if kind == nil {
		return Metadata{}, fault.Newf(fault.InvalidConfiguration, "[app-connection-type] The app %s has no connection of the type %q.", c.app.Label, conn.Type)
	}
	if kind.OAuth {
		return Metadata{}, unsupported(kind.Label, []string{"a login with OAuth"})
	}
	fields, err := module.Coerce(conn.Fields, kind.Parameters, nil)
	if err != nil {
		return Metadata{}, err
	}
	meta := Metadata{Fields: fields}
	if kind.Communication == nil {
		return meta, nil
	}
	o := c.operation(fields, &module.Connection{Key: conn.Key, App: conn.App, Type: conn.Type, Fields: fields}, 0)
	o.env.Now, o.anyHost, o.readOnly = c.deps.Clock.Now(), true, true
	for _, r := range kind.Communication.Requests {
		if err := o.verification(ctx, r, &meta); err != nil {
			return Metadata{}, err
		}
	}
	return meta, nil
}

// verification makes one request of a connection and takes over what it says.
func (o *operation) verification(ctx context.Context, r *appdef.Request, meta *Metadata) error {
	if err := o.mergeTemp(r.Temp); err != nil {
		return err
	}
	made, err := o.holds(r.Condition)
	if err != nil || !made {
		return err
	}
	if err := o.exchange(ctx, r, r); err != nil {
		return err
	}
	if err := o.say(r.Response.Label, &meta.Label); err != nil {
		return err
	}
	if err := o.say(r.Response.UID, &meta.UID); err != nil {
		return err
	}
	data, err := o.eval(r.Response.Data)
	if err != nil || data.Len() == 0 {
		return err
	}
	meta.Data = value.NewBuilder(data.Len()).Merge(meta.Data).Merge(data).Build()
	meta.Fields = value.NewBuilder(meta.Fields.Len() + data.Len()).Merge(meta.Fields).Merge(data).Build()
	o.connection = meta.Fields
	return nil
}

// say computes a text of the metadata; an empty one changes nothing.
func (o *operation) say(t *expression.Tree, into *string) error {
	v, err := o.eval(t)
	if err == nil && !v.IsEmpty() {
		*into = value.Render(v)
	}
	return err
}

// RPC runs a remote procedure: it returns the options of a field, more fields, or a sample. name may be an address such as
// "rpc://listTags?limit=5", whose query is added to params. conn may be nil where the procedure needs none.
func (c *Connector) RPC(ctx context.Context, name string, params value.Value, conn *module.Connection) (value.Value, error) {
	name, params, err := rpcAddress(name, params)
	if err != nil {
		return value.Undefined, err
	}
	rpc := c.app.RPCs[name]
	if rpc == nil || rpc.Communication == nil {
		return value.Undefined, fault.Newf(fault.InvalidConfiguration, "[app-procedure] The app %s has no procedure %q.", c.app.Label, name)
	}
	if err := unsupported(name, rpc.Unsupported); err != nil {
		return value.Undefined, err
	}
	if err := c.checkConnection(name, rpc.Connection, conn); err != nil {
		return value.Undefined, err
	}
	o := c.operation(params, conn, 0)
	o.env.Now, o.readOnly = c.deps.Clock.Now(), true
	o.mostPages, o.mostBundles = MaxRPCPages, MaxRPCResults
	if err := o.bindHost(); err != nil {
		return value.Undefined, err
	}
	results := held{most: MaxRPCResults}
	if err := o.communicate(ctx, rpc.Communication, &results); err != nil {
		return value.Undefined, err
	}
	if !results.iterated && len(results.outputs) == 1 {
		return results.outputs[0], nil
	}
	return value.Array(results.outputs...), nil
}

// rpcAddress takes an address apart.
func rpcAddress(address string, params value.Value) (string, value.Value, error) {
	name, query, hasQuery := strings.Cut(strings.TrimPrefix(address, "rpc://"), "?")
	name, _, _ = strings.Cut(name, "@") // the version that other systems pin a procedure to
	if !hasQuery {
		return name, params, nil
	}
	added, err := parseForm(query)
	if err != nil {
		return name, params, fault.Wrapf(fault.InvalidConfiguration, err, "[procedure-query] The query of the procedure %q cannot be read.", name)
	}
	return name, value.NewBuilder(params.Len() + added.Len()).Merge(params).Merge(added).Build(), nil
}

// SecretFields returns the names of the fields of a connection type that must be kept secret, sorted.
func (c *Connector) SecretFields(connectionType string) []string {
	return slices.Sorted(maps.Keys(c.secretFields[connectionType]))
}
