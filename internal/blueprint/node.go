package blueprint

import (
	"fmt"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func (r *reader) node(v value.Value, path string, depth int) *Node {
	n := &Node{Path: path, ElseRoute: -1, ordinal: -1, raw: v}
	if !r.orphans {
		n.ordinal = len(r.b.nodes)
		r.b.nodes = append(r.b.nodes, n)
	}
	n.ID = r.number(v.Get("id"), path+".id", "the number of the module")
	n.Version = r.number(v.Get("version"), path+".version", "the version of the module")
	if n.Module = v.Get("module").Str(); n.Module == "" {
		r.problem(path+".module", "the module has no name", `write "module": "app:Name", such as "http:ActionSendData"`)
	}
	r.fields(n, v)
	r.designer(n, v.Get("metadata"))
	r.children(n, v, depth+1)
	return n
}

// fields reads what belongs to the node itself.
func (r *reader) fields(n *Node, v value.Value) {
	n.Parameters = r.object(v.Get("parameters"), n.Path+".parameters")
	n.RawMapper = v.Get("mapper")
	n.Mapper = r.tree(r.object(n.RawMapper, n.Path+".mapper"), n.Path+".mapper")
	n.Filter = r.filter(v.Get("filter"), n.Path+".filter")
	n.Connection = firstText(n.Parameters, connectionKeys())
	n.Hook = firstText(n.Parameters, []string{"hook", "__IMTHOOK__"})
	r.flag(&n.Disabled, v.Get("disabled"), n.Path+".disabled")

	flags := r.object(v.Get("flags"), n.Path+".flags")
	n.GroupBy = r.template(flags.Get("groupBy"), n.Path+".flags.groupBy")
	r.flag(&n.StopIfEmpty, flags.Get("stopIfEmpty"), n.Path+".flags.stopIfEmpty")
	if feeder := n.Parameters.Get("feeder"); !feeder.IsEmpty() {
		n.Feeder = r.number(feeder, n.Path+".parameters.feeder", "the number of the source module")
	}
}

// connectionKeys are the parameters that name a connection, the usual one first. Modules for plain HTTP calls name keys of their own.
func connectionKeys() []string {
	return []string{
		"__IMTCONN__", "account", "connection", "auth", "oAuthAccount", "apiKeyKeychain", "basicAuthKeychain",
	}
}

// firstText returns the first of the keys that is filled in with a number or text.
func firstText(parameters value.Value, keys []string) string {
	for _, key := range keys {
		switch v := parameters.Get(key); v.Kind() {
		case value.KindText, value.KindNumber:
			if s := value.Render(v); s != "" && s != "0" {
				return s
			}
		}
	}
	return ""
}

// object returns v where it is an object, and reports what it is where it is neither that nor missing.
func (r *reader) object(v value.Value, path string) value.Value {
	switch v.Kind() {
	case value.KindCollection:
		return v
	case value.KindUndefined, value.KindNull:
	case value.KindArray:
		if v.Len() > 0 {
			r.problem(path, "expected an object, got a list", "write { … }")
		}
	default:
		r.problem(path, "expected an object, got "+short(v), "write { … }")
	}
	return value.Undefined
}

// designer reads the metadata that matters here; the rest is the editor's.
func (r *reader) designer(n *Node, metadata value.Value) {
	n.Label = metadata.Get("designer").Get("name").Str()
	n.Expect = module.ParseFields(metadata.Get("expect"))
	n.Interface = module.ParseFields(metadata.Get("interface"))
	if safe := metadata.Get("ropeway").Get("safeToRepeat"); !safe.IsNothing() {
		n.SafeToRepeat = new(bool)
		r.flag(n.SafeToRepeat, safe, n.Path+".metadata.ropeway.safeToRepeat")
	}
	if header := metadata.Get("ropeway").Get("idempotencyHeader"); !header.IsNothing() {
		n.IdempotencyHeader = r.headerName(header, n.Path+".metadata.ropeway.idempotencyHeader")
	}
}

// headerName reads the name of a header for idempotency keys; "" where it is none.
func (r *reader) headerName(v value.Value, path string) string {
	if name := v.Str(); module.ValidKeyHeader(name) {
		return name
	}
	r.problem(path, "a header for idempotency keys cannot be called "+short(v), "write the name that the service documents, such as Idempotency-Key")
	return ""
}

// children reads the flows inside the node.
func (r *reader) children(n *Node, v value.Value, depth int) {
	if onError := v.Get("onerror"); !onError.IsNothing() {
		n.HasOnError = true
		n.OnError = r.flow(onError, n.Path+".onerror", depth)
	}
	for i, route := range r.list(v.Get("routes"), n.Path+".routes") {
		at := element(n.Path+".routes", i)
		route = r.object(route, at)
		parsed := Route{Flow: r.flow(route.Get("flow"), at+".flow", depth)}
		r.flag(&parsed.Disabled, route.Get("disabled"), at+".disabled")
		n.Routes = append(n.Routes, parsed)
	}
	if fallback := n.Parameters.Get("else"); len(n.Routes) > 0 && !fallback.IsEmpty() {
		n.ElseRoute = r.number(fallback, n.Path+".parameters.else", "the index of the fallback route, from 0")
	}
	for i, branch := range r.list(v.Get("branches"), n.Path+".branches") {
		at := element(n.Path+".branches", i)
		n.Branches = append(n.Branches, r.branch(r.object(branch, at), at, depth))
	}
	r.merge(n, v)
}

func (r *reader) branch(v value.Value, path string, depth int) Branch {
	b := Branch{Label: v.Get("label").Str()}
	switch kind := v.Get("type"); kind.Str() {
	case "condition":
	case "else":
		b.Else = true
	default:
		r.problem(path+".type", "a branch is of type condition or else, not "+short(kind), "")
	}
	if conditions := v.Get("conditions"); !conditions.IsNothing() {
		f, problems := filter.ParseConditions(conditions, expression.Scenario)
		r.under(path+".conditions", problems)
		b.Filter = f
	}
	r.flag(&b.Merge, v.Get("merge"), path+".merge")
	r.flag(&b.Disabled, v.Get("disabled"), path+".disabled")
	b.Flow = r.flow(v.Get("flow"), path+".flow", depth)
	return b
}

// merge reads the outputs and filters of a merge.
func (r *reader) merge(n *Node, v value.Value) {
	for i, output := range r.list(v.Get("outputs"), n.Path+".outputs") {
		at := element(n.Path+".outputs", i)
		parsed := MergeOutput{Name: output.Get("name").Str()}
		if parsed.Name == "" {
			r.problem(at+".name", "the output has no name", "name it, so that later modules can use it")
		}
		for j, mapping := range r.list(output.Get("mappings"), at+".mappings") {
			parsed.Mappings = append(parsed.Mappings, r.tree(mapping, element(at+".mappings", j)))
		}
		n.Outputs = append(n.Outputs, parsed)
	}
	for i, f := range r.list(v.Get("filters"), n.Path+".filters") {
		n.MergeFilters = append(n.MergeFilters, r.filter(f, element(n.Path+".filters", i)))
	}
}

// title names a module in messages: its number with the name given in the editor, or with the module's name.
func (n *Node) title() title {
	if n.Label != "" {
		return title{n.ID, cut(n.Label)}
	}
	return title{n.ID, cut(n.Module)}
}

// title is how a text names a module.
type title struct {
	id   int
	name string
}

func (t title) String() string { return fmt.Sprintf("module %d (%s)", t.id, t.name) }
