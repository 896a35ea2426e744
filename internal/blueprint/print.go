package blueprint

import "github.com/ropeway/ropeway/internal/value"

// indent is what exports use.
const indent = "    "

// Print returns the document as indented JSON with the content that was parsed: unknown fields, their order and a
// wrapper around the blueprint included.
func (b *Blueprint) Print() []byte { return append(value.IndentJSON(b.document, indent), '\n') }

// Renamed returns the blueprint under another name; everything else of its document stays as it is.
func (b *Blueprint) Renamed(name string) (*Blueprint, error) {
	return Parse(value.AppendJSON(nil, renamed(b.document, name)))
}

// renamed finds the blueprint in what surrounds it, as unwrap does, and puts the name into it.
func renamed(v value.Value, name string) value.Value {
	if v.Kind() == value.KindText {
		if inner, err := value.ParseJSON([]byte(v.Str())); err == nil {
			return value.Text(renamed(inner, name).JSON())
		}
		return v
	}
	b := value.NewBuilder(v.Len() + 1).Merge(v)
	if !v.Get("flow").IsUndefined() {
		return b.Set("name", value.Text(name)).Build()
	}
	for _, key := range []string{"response", "blueprint"} {
		if inner, ok := v.Lookup(key); ok {
			return b.Set(key, renamed(inner, name)).Build()
		}
	}
	return v
}
