package intake

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// form gathers the fields of a query string or of a form.
type form struct {
	root   field
	fields int
	files  int
}

// field is one name of a form, with what was sent under it: values, elements ("a[]") or members ("a[b]"). The first
// use decides which; a name that asks for another is taken literally.
type field struct {
	values   []value.Value
	elements []*field
	keys     []string
	members  map[string]*field
}

// addEncoded takes the fields of "a=1&b=2". An escape that is none stays as it is.
func (f *form) addEncoded(encoded string, set charset) error {
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		name, text, _ := strings.Cut(pair, "=")
		if err := f.add(set.text(unescape(name)), value.Text(set.text(unescape(text)))); err != nil {
			return err
		}
	}
	return nil
}

func unescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// add takes one field. One without a name could not be read, and is left out.
func (f *form) add(name string, v value.Value) error {
	if name == "" {
		return nil
	}
	if f.fields++; f.fields > MaxFields {
		return fault.Newf(fault.DataSizeLimit, "The call has more than %d fields.", MaxFields)
	}
	if len(name) > MaxNameBytes {
		return fault.Newf(fault.DataSizeLimit, "The field name %.40q… is longer than %d bytes.", name, MaxNameBytes)
	}
	steps, err := nameSteps(name)
	if err != nil {
		return err
	}
	if !f.root.put(steps, v) {
		f.root.put([]string{name}, v)
	}
	return nil
}

// nameSteps splits "a[b][]" into a, b and "". A name whose brackets do not pair is one step.
func nameSteps(name string) ([]string, error) {
	open := strings.IndexByte(name, '[')
	if open <= 0 || name[len(name)-1] != ']' {
		return []string{name}, nil
	}
	steps := append([]string{name[:open]}, strings.Split(name[open+1:len(name)-1], "][")...)
	for _, step := range steps {
		if strings.ContainsAny(step, "[]") {
			return []string{name}, nil
		}
	}
	if len(steps)-1 > MaxNameDepth {
		return nil, fault.Newf(fault.DataSizeLimit, "The field name %.40q has more than %d brackets.", name, MaxNameDepth)
	}
	return steps, nil
}

// put places v below f and reports false, having changed nothing, where an earlier field has another shape. Fields
// that do not yet exist have none, so a contradiction always comes before the first change.
func (f *field) put(steps []string, v value.Value) bool {
	if len(steps) == 0 {
		if f.elements != nil || f.members != nil {
			return false
		}
		f.values = append(f.values, v)
		return true
	}
	step, rest := steps[0], steps[1:]
	if step == "" {
		return f.putElement(rest, v)
	}
	if f.values != nil || f.elements != nil {
		return false
	}
	next, known := f.members[step]
	if !known {
		next = &field{}
	}
	if !next.put(rest, v) {
		return false
	}
	if !known {
		if f.members == nil {
			f.members = map[string]*field{}
		}
		f.keys, f.members[step] = append(f.keys, step), next
	}
	return true
}

func (f *field) putElement(rest []string, v value.Value) bool {
	if f.values != nil || f.members != nil {
		return false
	}
	next := &field{}
	if !next.put(rest, v) {
		return false
	}
	f.elements = append(f.elements, next)
	return true
}

// value returns what was sent: several values as an array, members that are numbered 0, 1, 2 … too.
func (f *field) value() value.Value {
	switch {
	case f.elements != nil:
		items := make([]value.Value, len(f.elements))
		for i, e := range f.elements {
			items[i] = e.value()
		}
		return value.Array(items...)
	case f.members != nil:
		return f.collection()
	case len(f.values) == 1:
		return f.values[0]
	}
	return value.Array(slices.Clone(f.values)...)
}

func (f *field) collection() value.Value {
	items, numbered := make([]value.Value, len(f.keys)), true
	for i, key := range f.keys {
		items[i] = f.members[key].value()
		numbered = numbered && key == strconv.Itoa(i)
	}
	if numbered {
		return value.Array(items...)
	}
	b := value.NewBuilder(len(items))
	for i, key := range f.keys {
		b.Set(key, items[i])
	}
	return b.Build()
}

// into adds the fields to a bundle.
func (f *form) into(b *value.Builder) {
	for _, key := range f.root.keys {
		b.Set(key, f.root.members[key].value())
	}
}
