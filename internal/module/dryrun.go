package module

import (
	"slices"

	"github.com/ropeway/ropeway/internal/value"
)

// MaxDifferences is how many fields a comparison lists.
const MaxDifferences = 200

// MaxComparedDepth is how deep a comparison looks into collections; what lies deeper is compared as a whole.
const MaxComparedDepth = 4

// EffectKind is what an operation of a dry run would have done.
type EffectKind string

// The kinds of effects.
const (
	SendRequest   EffectKind = "request"   // a call of a service
	ChangeRecord  EffectKind = "record"    // a change of a data store
	AnswerCall    EffectKind = "answer"    // the answer to a webhook call
	CallScenario  EffectKind = "scenario"  // a call of another scenario, which is a dry run itself
	Waits         EffectKind = "wait"      // time that passes
	RunsOperation EffectKind = "operation" // something that the module cannot tell beforehand
)

// Effect is what an operation of a dry run would have done and did not.
type Effect struct {
	Kind EffectKind
	// What describes it, a collection without secrets. A request has method, url, headers and body; a record has data_store, action and
	// key; an answer has status, headers and body; a scenario has scenario and execution; a wait has seconds; an operation has module, parameters and input.
	What value.Value
	// Compared tells that Before and After are known: the record as it is, and as it would be. Undefined is no record.
	Compared      bool
	Before, After value.Value
	// MadeUp tells that the bundles which the operation put out are not those that the service would have given.
	MadeUp bool
	// Further is how many requests would have followed, which cannot be known without the answer to this one.
	Further int
	// Note says in a sentence what a reader should know beside that; may be empty.
	Note string
}

// Unsent ends an operation of a dry run where it would have done something. It is an error so that nothing behind the effect runs.
type Unsent struct {
	Effect Effect
	// Output are the bundles that flow on.
	Output []value.Value
}

// Error says that nothing was done.
func (u *Unsent) Error() string { return "this is a dry run: it was not done" }

// EffectField is the member of an entry among the exchanges of an operation that holds its effect, PinnedField one that says that pinned
// sample data took its place.
const (
	EffectField = "dry"
	PinnedField = "pinned"
)

// Value returns the effect as it is recorded and shown.
func (e *Effect) Value() value.Value {
	b := value.NewBuilder(6).Set("kind", value.Text(string(e.Kind))).Set(string(e.Kind), e.What)
	if e.Compared {
		b.Set("comparison", Compare(e.Before, e.After))
	}
	b.Set("made_up", value.Bool(e.MadeUp))
	if e.Further > 0 {
		b.Set("further_requests", value.Int(e.Further))
	}
	if e.Note != "" {
		b.Set("note", value.Text(e.Note))
	}
	return b.Build()
}

// Compare lists the fields in which a record differs from what it was. Undefined is no record. Fields of collections have paths with dots.
func Compare(before, after value.Value) value.Value {
	c := comparison{}
	c.compare("", before, after, 0)
	change := "changed"
	switch {
	case before.IsUndefined() && after.IsUndefined():
		change = "none"
	case before.IsUndefined():
		change = "created"
	case after.IsUndefined():
		change = "deleted"
	case len(c.list) == 0:
		change = "none"
	}
	b := value.NewBuilder(3).Set("change", value.Text(change)).Set("fields", value.Array(c.list...))
	if c.more {
		b.Set("more", value.True)
	}
	return b.Build()
}

type comparison struct {
	list []value.Value
	more bool // there are more differences than are listed
}

func (c *comparison) compare(path string, before, after value.Value, depth int) {
	before, after = withoutEmpty(before, after), withoutEmpty(after, before)
	if depth < MaxComparedDepth && open(before) && open(after) && (before.Kind() == value.KindCollection || after.Kind() == value.KindCollection) {
		for _, name := range names(before, after) {
			inner := name
			if path != "" {
				inner = path + "." + name
			}
			c.compare(inner, before.Get(name), after.Get(name), depth+1)
		}
		return
	}
	if !same(before, after) && path != "" {
		c.note(path, before, after)
	}
}

// open reports whether the fields of v can be compared one by one: it is a collection, or nothing.
func open(v value.Value) bool { return v.Kind() == value.KindCollection || v.IsNothing() }

// withoutEmpty takes an empty list for nothing where the other value is a collection: services write empty collections so.
func withoutEmpty(v, other value.Value) value.Value {
	if v.Kind() == value.KindArray && v.Len() == 0 && other.Kind() == value.KindCollection {
		return value.Null
	}
	return v
}

// same reports whether two values are the same to a reader: a service may write a number as a text.
func same(a, b value.Value) bool {
	if a.IsNothing() || b.IsNothing() {
		return a.IsNothing() && b.IsNothing()
	}
	return value.Equal(a, b) || scalar(a) && scalar(b) && value.Render(a) == value.Render(b)
}

func scalar(v value.Value) bool {
	return v.Kind() != value.KindArray && v.Kind() != value.KindCollection
}

func (c *comparison) note(path string, before, after value.Value) {
	if len(c.list) == MaxDifferences {
		c.more = true
		return
	}
	b := value.NewBuilder(4).Set("field", value.Text(path))
	switch {
	case before.IsNothing():
		b.Set("change", value.Text("added"))
	case after.IsNothing():
		b.Set("change", value.Text("removed"))
	default:
		b.Set("change", value.Text("changed"))
	}
	c.list = append(c.list, b.Set("before", orNull(before)).Set("after", orNull(after)).Build())
}

func orNull(v value.Value) value.Value {
	if v.IsUndefined() {
		return value.Null
	}
	return v
}

// names returns the fields of both, those of a first.
func names(a, b value.Value) []string {
	list := slices.Clone(a.Keys())
	for _, name := range b.Keys() {
		if _, there := a.Lookup(name); !there {
			list = append(list, name)
		}
	}
	return list
}

// MakeUp returns a bundle that stands for one which only the call of a service would give: computed is what is known of it, and the sample
// of the module fills the rest.
func (d *Description) MakeUp(computed value.Value) value.Value {
	sample := d.Samples
	if sample.Kind() == value.KindArray {
		sample = sample.At(0)
	}
	if sample.Kind() != value.KindCollection {
		sample = value.Collection()
	}
	b := value.NewBuilder(sample.Len() + computed.Len()).Merge(sample)
	for name, v := range computed.Fields() {
		if !v.IsUndefined() {
			b.Set(name, v)
		}
	}
	return b.Build()
}
