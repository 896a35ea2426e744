package intake

import (
	"time"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Learning is how far the learning of a data structure has come. The zero Learning has not begun.
type Learning struct {
	// Until is when learning ends by itself; zero means that it has ended, or never begun.
	Until time.Time
	// Samples is the number of calls that it has seen.
	Samples int
	// Fields are what it has found.
	Fields []module.Field
}

// Start begins to learn. What known says stays, and the samples add to it; nil begins with nothing.
func Start(now time.Time, known []module.Field) Learning {
	return Learning{Until: now.Add(LearningTime), Fields: known}
}

// Active reports whether a call at now is still a sample.
func (l Learning) Active(now time.Time) bool {
	return now.Before(l.Until) && l.Samples < MaxSamples
}

// Stop ends learning and keeps what it has found.
func (l Learning) Stop() Learning {
	l.Until = time.Time{}
	return l
}

// Add learns from one more sample, unless learning has ended.
func (l Learning) Add(sample value.Value, now time.Time) Learning {
	if !l.Active(now) {
		return l.Stop()
	}
	l.Samples++
	l.Fields = Merge(l.Fields, sample)
	return l
}

// Merge adds to a structure what a sample shows: fields that it does not know, and types that hold for both. A field
// that is a number here and a text there is a text; where no type holds for both, it is "any".
func Merge(known []module.Field, sample value.Value) []module.Field {
	m := merger{left: MaxLearnedFields - count(known)}
	return m.fields(known, sample, 0)
}

// merger counts the fields that may still be added.
type merger struct{ left int }

func count(fields []module.Field) int {
	n := len(fields)
	for i := range fields {
		n += count(fields[i].Spec)
	}
	return n
}

// fields returns a new list; known is not changed.
func (m *merger) fields(known []module.Field, sample value.Value, depth int) []module.Field {
	out := make([]module.Field, 0, len(known)+sample.Len())
	at := make(map[string]int, len(known))
	for _, f := range known {
		at[f.Name] = len(out)
		out = append(out, f)
	}
	for name, v := range sample.Fields() {
		// A field without a name cannot be mapped; in the structure it would stand for the elements of an array.
		if name == "" || name == fieldHeaders || name == fieldMethod {
			continue
		}
		if i, ok := at[name]; ok {
			out[i] = m.both(out[i], m.one(v, out[i].Spec, depth))
			continue
		}
		if m.left--; m.left < 0 {
			return out
		}
		f := m.one(v, nil, depth)
		f.Name = name
		out = append(out, f)
	}
	return out
}

// one describes a value; spec is what is known of its parts. The field has no name.
func (m *merger) one(v value.Value, spec []module.Field, depth int) module.Field {
	switch v.Kind() {
	case value.KindText:
		if isDate(v.Str()) {
			return module.Field{Type: "date"}
		}
		return module.Field{Type: "text"}
	case value.KindNumber, value.KindBoolean, value.KindDate, value.KindBuffer:
		return module.Field{Type: v.Kind().String()}
	case value.KindCollection:
		if depth >= MaxLearnedDepth {
			return module.Field{Type: "any"}
		}
		return module.Field{Type: "collection", Spec: m.fields(spec, v, depth+1)}
	case value.KindArray:
		if depth >= MaxLearnedDepth {
			return module.Field{Type: "any"}
		}
		return module.Field{Type: "array", Spec: m.elements(spec, v, depth+1)}
	}
	return module.Field{} // nothing is known of null
}

// elements describes what an array holds: fields of collections, or one field without a name.
func (m *merger) elements(spec []module.Field, list value.Value, depth int) []module.Field {
	for _, item := range list.Items() {
		plain := len(spec) == 1 && spec[0].Name == ""
		switch {
		case item.IsNothing():
		case item.Kind() == value.KindCollection && !plain:
			spec = m.fields(spec, item, depth)
		case len(spec) > 0 && !plain: // collections before, something else now
			spec = []module.Field{{Type: "any"}}
		default:
			var known module.Field
			if plain {
				known = spec[0]
			}
			spec = []module.Field{m.both(known, m.one(item, known.Spec, depth))}
		}
	}
	return spec
}

// both returns known with a type that holds for it and for seen.
func (m *merger) both(known, seen module.Field) module.Field {
	switch {
	case seen.Type == "":
		return known
	case known.Type == "":
		known.Type, known.Spec = seen.Type, seen.Spec
	case known.Type == seen.Type:
		known.Spec = seen.Spec
	case textual(known.Type) && textual(seen.Type):
		known.Type, known.Spec = "text", nil
	case learnable(known.Type):
		known.Type, known.Spec = "any", nil
	}
	return known // a type that a person has chosen ("email") stays
}

// learnable tells the types that learning gives.
func learnable(kind string) bool {
	switch kind {
	case "buffer", "collection", "array", "any":
		return true
	}
	return textual(kind)
}

// textual tells the types whose values are texts, or can be written as such.
func textual(kind string) bool {
	switch kind {
	case "text", "number", "boolean", "date":
		return true
	}
	return false
}

// isDate recognizes ISO 8601 with four digits of the year. Other forms of dates are left as text: "1.2.2026" may be a
// version.
func isDate(s string) bool {
	const shortest, longest = len("2026-01-01"), 40
	if len(s) < shortest || len(s) > longest || s[4] != '-' {
		return false
	}
	for _, layout := range [...]string{
		time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04",
	} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// StructureValue writes a structure as the list of field objects that module.ParseFields reads. Fields of which no
// sample has shown anything but null have no type yet.
func StructureValue(fields []module.Field) value.Value {
	list := make([]value.Value, len(fields))
	for i := range fields {
		list[i] = fieldObject(&fields[i])
	}
	return value.Array(list...)
}

// fieldObject keeps the attributes with which the field was written, and sets those that learning finds out.
func fieldObject(f *module.Field) value.Value {
	b := value.NewBuilder(f.Raw.Len() + 4)
	b.Merge(f.Raw)
	for _, attribute := range [...]header{{"name", f.Name}, {"label", f.Label}, {"type", f.Type}} {
		if attribute.value != "" {
			b.Set(attribute.name, value.Text(attribute.value))
		}
	}
	if f.Required {
		b.Set("required", value.True)
	}
	b.Delete("spec")
	if len(f.Spec) > 0 {
		b.Set("spec", StructureValue(f.Spec))
	}
	return b.Build()
}
