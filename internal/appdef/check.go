package appdef

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// check looks at how the parts of the app fit together.
func (l *loader) check() {
	l.app.Origins = slices.Sorted(maps.Keys(l.origins))
	for _, c := range l.manifest.components {
		l.checkConnection(c)
		if c.kind == "connection" {
			l.checkReserved(c)
		}
	}
	metas := map[string]component{}
	for _, c := range l.manifest.of("module") {
		metas[c.name] = c
	}
	for _, m := range l.app.Modules {
		l.checkModule(m, metas[m.Name])
		l.checkSamples(m)
	}
}

// checkConnection sees to it that the connections that a component names are there.
func (l *loader) checkConnection(c component) {
	for _, key := range []string{"connection", "altConnection"} {
		if name := c.text(key); name != "" && l.app.Connections[name] == nil {
			l.problem(c.meta, key, fmt.Sprintf("there is no connection %q", name), suggestion(name, slices.Sorted(maps.Keys(l.app.Connections))))
		}
	}
}

// checkReserved warns of parameters that a connection cannot have, because forms have fields of these names already.
func (l *loader) checkReserved(c component) {
	connection := l.app.Connections[c.name]
	for i, f := range connection.Parameters {
		if f.Name == "accountName" || f.Name == "teamID" {
			l.warn(connection.parameters, fmt.Sprintf("[%d].name", i), fmt.Sprintf("the name %q is reserved", f.Name), "choose another name")
		}
	}
}

func (l *loader) checkModule(m *Module, c component) {
	if c.text("label") == "" {
		l.warn(c.meta, "", fmt.Sprintf("the module %s has no label", m.Name), `give it one, such as "List Users"`)
	}
	if m.Kind == module.InstantTrigger {
		if l.app.Webhooks[m.Webhook] == nil {
			l.problem(c.meta, "webhook", fmt.Sprintf("there is no webhook %q", m.Webhook), suggestion(m.Webhook, slices.Sorted(maps.Keys(l.app.Webhooks))))
		}
		return
	}
	if m.Kind == module.Responder {
		return
	}
	if m.Communication == nil {
		l.problem(m.communication, "", fmt.Sprintf("the module %s has no communication", m.Name), "say which request it makes")
		return
	}
	l.checkRequests(m)
}

// checkRequests looks for requests that cannot do what they seem to.
func (l *loader) checkRequests(m *Module) {
	iterates := false
	for i, r := range m.Communication.Requests {
		own := m.communication
		if own.value.Kind() == value.KindArray {
			own = own.item(i)
		}
		iterates = iterates || r.Response.Iterate != nil
		if bodiless(r.Method) && !own.value.Get("body").IsEmpty() {
			l.warn(own, "body", "a GET request has no body; this one is not sent", `put the values into "qs", or use another method`)
		}
		if p := r.Pagination; p != nil && p.Condition == nil && r.Response.Iterate == nil && r.Response.Limit == nil {
			l.problem(own, "pagination", "nothing ends this pagination", `give it a "condition", or the response an "iterate"`)
		}
	}
	if m.Kind == module.Search && !iterates {
		l.warn(m.communication, "", "this search does not iterate over anything", `add response.iterate, such as "{{body.items}}"`)
	}
}

// bodiless reports whether the method is missing or literally GET or HEAD, which send no body.
func bodiless(method *expression.Tree) bool {
	if method == nil {
		return true
	}
	if !method.Constant() {
		return false
	}
	v, _ := method.Eval(nil) // a constant has no error
	return strings.EqualFold(v.Str(), "GET") || strings.EqualFold(v.Str(), "HEAD")
}

// rpcNames notes the addresses of procedures that are not there.
func (l *loader) rpcNames(s source) {
	walkRPCs(s, func(at source, name string) {
		if l.app.RPCs[name] == nil {
			l.problem(at, "", fmt.Sprintf("there is no procedure %q", name), suggestion(name, slices.Sorted(maps.Keys(l.app.RPCs))))
		}
	})
}

// checkSamples compares the sample of a module with its interface. Samples only help people to map, so all are warnings.
func (l *loader) checkSamples(m *Module) {
	if m.Samples.IsEmpty() {
		return
	}
	s := m.samples
	if m.Samples.Kind() == value.KindText {
		if name := rpcName(m.Samples.Str()); l.app.RPCs[name] == nil {
			l.problem(s, "", fmt.Sprintf("there is no procedure %q", name), suggestion(name, slices.Sorted(maps.Keys(l.app.RPCs))))
		}
		return
	}
	if m.DynamicOutput || len(m.Interface) == 0 {
		return
	}
	l.checkSample(s, m.Samples, m.Interface, "")
}

func (l *loader) checkSample(s source, sample value.Value, fields []module.Field, prefix string) {
	for key, v := range sample.Fields() {
		i := slices.IndexFunc(fields, func(f module.Field) bool { return f.Name == key })
		if i < 0 {
			l.warn(s, prefix+key, "the interface has no such field", "add it there, or take it out of the sample")
			continue
		}
		f := &fields[i]
		if !fits(v, f) {
			l.warn(s, prefix+key, fmt.Sprintf("the interface says %s, the sample has a %s", f.Type, v.Kind()), "")
			continue
		}
		if v.Kind() == value.KindCollection && len(f.Spec) > 0 {
			l.checkSample(s, v, f.Spec, prefix+key+".")
		}
	}
}

// fits reports whether v can stand for a value of the field's type. JSON has no dates, so texts and numbers count as them.
func fits(v value.Value, f *module.Field) bool {
	if v.IsNothing() {
		return true
	}
	switch f.BaseType() {
	case "number", "integer", "uinteger", "port":
		return v.Kind() == value.KindNumber
	case "boolean":
		return v.Kind() == value.KindBoolean
	case "array":
		return v.Kind() == value.KindArray
	case "collection":
		return v.Kind() == value.KindCollection
	case "date", "timestamp":
		return v.Kind() == value.KindText || v.Kind() == value.KindNumber
	case "text", "email", "url", "uuid", "filename", "html", "time", "color":
		return v.Kind() == value.KindText
	}
	return true
}
