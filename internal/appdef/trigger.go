package appdef

import (
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// trigger compiles the directive that tells which records are new.
func (c *compiler) trigger(s source) *Trigger {
	if !c.object(s) {
		return nil
	}
	c.keys(s, triggerKeyNames)
	t := &Trigger{ID: c.tree(s, "id"), Date: c.tree(s, "date"), Order: c.order(s)}
	switch kind := s.value.Get("type"); kind.Str() {
	case "date":
		t.ByDate = true
	case "id":
		t.Date = nil
	default:
		c.problem(s, "type", fmt.Sprintf("unknown type of trigger %s", kind.JSON()), "use date, or id where the IDs grow")
	}
	if t.ID == nil {
		c.problem(s, "", "the trigger does not say what the ID of a record is", `write "id": "{{item.id}}"`)
	}
	if t.ByDate && t.Date == nil {
		c.problem(s, "", "the trigger does not say what the date of a record is", `write "date": "{{item.updated_at}}", or use the type id`)
	}
	t.Overlap = time.Duration(c.number(s, "overlap", MaxOverlap.Seconds()) * float64(time.Second))
	if t.Overlap > 0 && !t.ByDate {
		c.problem(s, "overlap", "an overlap is a time, so it needs a trigger of the type date", "")
	}
	return t
}

func (c *compiler) order(s source) Order {
	v := s.value.Get("order")
	switch order := Order(v.Str()); {
	case order == OldestFirst || order == NewestFirst || order == Unordered:
		return order
	case !v.IsNothing():
		c.problem(s, "order", fmt.Sprintf("unknown order %s", v.JSON()), "use asc (oldest first), desc (newest first) or unordered")
	}
	return Unordered // the one that takes nothing for granted
}

// polling checks the communication of a polling trigger and compiles the list of items to start with.
func (l *loader) polling(c *compiler, m *Module, epoch source) {
	if m.Communication == nil || len(m.Communication.Requests) == 0 {
		return // reported elsewhere
	}
	own := func(i int) source {
		if m.communication.value.Kind() == value.KindArray {
			return m.communication.item(i)
		}
		return m.communication
	}
	last := len(m.Communication.Requests) - 1
	for i, r := range m.Communication.Requests[:last] {
		if r.Response.Trigger != nil && !own(i).value.Get("response").Get("trigger").IsUndefined() {
			l.problem(own(i), "response.trigger", "only the last request can say which records are new", "move it there")
		}
	}
	response := &m.Communication.Requests[last].Response
	switch {
	case response.Trigger == nil:
		l.problem(own(last), "response", "the trigger does not say which records are new",
			`add "trigger": {"type": "date", "order": "desc", "id": "{{item.id}}", "date": "{{item.updated_at}}"}`)
	case response.Iterate == nil:
		l.problem(own(last), "response", "the trigger does not iterate over anything", `add "iterate", such as "{{body.items}}"`)
	case response.Wrapper != nil:
		l.problem(own(last), "response.wrapper", "a trigger puts out records one by one, so nothing can be wrapped around them", `use "output"`)
	default:
		response.Trigger.Filtered = slices.ContainsFunc(m.Communication.Requests, readsData)
		m.Epoch = l.epoch(c, m, own(last), epoch)
	}
}

// readsData reports whether what a request sends depends on "data".
func readsData(r *Request) bool {
	return reads(r, "data") || r.Pagination != nil && reads(r.Pagination.Next, "data")
}

// reads reports whether what a request sends depends on one of the names.
func reads(r *Request, names ...string) bool {
	found := false
	for _, tree := range []*expression.Tree{r.URL, r.Method, r.Query, r.Headers, r.Body, r.Temp, r.Condition} {
		if tree == nil {
			continue
		}
		tree.Walk(func(_ string, t *expression.Template) {
			found = found || slices.ContainsFunc(t.References(), func(ref expression.Reference) bool { return slices.Contains(names, ref.Name) })
		})
	}
	return found
}

// epoch compiles the list of items that a trigger can start with: its requests, the last one with what the file says instead.
func (l *loader) epoch(c *compiler, m *Module, last, epoch source) *Communication {
	if epoch.value.IsEmpty() {
		return nil
	}
	if epoch.value.Kind() != value.KindCollection {
		l.problem(epoch, "", "the epoch must be an object: what differs from the last request of the trigger", `write {"response": {"output": {"label": "{{item.name}}"}}}`)
		return nil
	}
	if epoch.value.Get("response").Get("output").Get("label").IsNothing() {
		l.problem(epoch, "response.output", "the items to start with have no label", `write {"label": "{{item.name}}", "date": "{{item.updated_at}}"}`)
	}
	list := c.communication(inherit(l.base.value, last.value), epoch)
	before := m.Communication.Requests
	return &Communication{Requests: append(before[:len(before)-1:len(before)-1], list.Requests...)}
}

// starts returns where the module can begin, the default first; nil unless it is a polling trigger.
func (m *Module) starts() []module.Start {
	if m.Kind != module.Trigger {
		return nil
	}
	list := []module.Start{module.FromNow}
	if t := m.Trigger(); t != nil && t.ByDate {
		list = append(list, module.FromDate)
	}
	list = append(list, module.FromStart)
	if m.Epoch != nil {
		list = append(list, module.FromItem)
	}
	return list
}

// Trigger returns how a polling trigger tells what is new; nil for other modules.
func (m *Module) Trigger() *Trigger {
	if m.Kind != module.Trigger || m.Communication == nil || len(m.Communication.Requests) == 0 {
		return nil
	}
	return m.Communication.Requests[len(m.Communication.Requests)-1].Response.Trigger
}
