package appdef

import (
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// preview compiles what a dry run can tell of a module.
func (l *loader) preview(c *compiler, m *Module, s source) {
	if s.value.IsNothing() || !c.object(s) {
		return
	}
	l.keys(s, previewKeyNames)
	if m.Communication == nil || m.Kind == module.Trigger || m.Kind == module.Search || m.Kind == module.InstantTrigger {
		l.problem(s, "", "only a module that does something has a preview", "take the file out")
		return
	}
	l.noteOrigins(s.at("before"))
	p := &Preview{Before: c.communication(l.base.value, s.at("before"))}
	if p.Before != nil && !readOnly(p.Before) {
		l.problem(s, "before", "a preview must not change anything, and this request could", "use a request by GET or HEAD")
	}
	c.also = []string{"before"}
	defer func() { c.also = nil }()
	after, there := s.value.Lookup("after")
	switch p.Deletes = there && after.Kind() == value.KindNull; {
	case there == (p.Before == nil):
		l.problem(s, "", "a comparison needs the record before and after", `write both "before" and "after"; "after": null deletes the record`)
	case there && !p.Deletes:
		p.After = c.flat(s, "after")
	}
	p.Missing = MissingCreated
	if missing := s.value.Get("missing"); !missing.IsNothing() {
		p.Missing = Missing(missing.Str())
		if p.Missing != MissingCreated && p.Missing != MissingFails && p.Missing != MissingUnknown {
			l.problem(s, "missing", "unknown value "+missing.JSON(), "use created, fails, or unknown where the module might find a record that the preview does not")
		}
	}
	p.Output = c.flat(s, "output")
	m.Preview = p
}

// readOnly reports whether no request could change something, going by its method.
func readOnly(comm *Communication) bool {
	for _, r := range comm.Requests {
		if methodClass(r) != module.Read || r.Pagination != nil && methodClass(r.Pagination.Next) != module.Read {
			return false
		}
	}
	return true
}

// onlyGets reports whether the requests of a module are known to be reads by their method.
func onlyGets(comm *Communication) bool { return comm != nil && readOnly(comm) }
