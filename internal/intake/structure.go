package intake

import (
	"fmt"
	"strconv"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Validate compares a bundle with a data structure and names every field that does not fit, MaxProblems at most. Texts
// fit where they can be read as the type ("12" as a number), since forms send nothing else. strict refuses fields that
// the structure does not name.
func Validate(bundle value.Value, structure []module.Field, strict bool) fault.Problems {
	v := validator{strict: strict}
	v.collection(bundle, structure, "")
	return v.problems
}

type validator struct {
	strict   bool
	problems fault.Problems
}

func (v *validator) fail(path, hint, format string, args ...any) {
	if len(v.problems) < MaxProblems {
		v.problems = append(v.problems, fault.Problem{Path: path, Problem: fmt.Sprintf(format, args...), Hint: hint})
	}
}

func (v *validator) collection(in value.Value, fields []module.Field, prefix string) {
	named := make(map[string]bool, len(fields))
	for i := range fields {
		f := &fields[i]
		if f.Name == "" {
			continue
		}
		named[f.Name] = true
		x := in.Get(f.Name)
		switch {
		case !x.IsNothing():
			v.value(x, f, prefix+f.Name)
		case f.Required:
			v.fail(prefix+f.Name, "", "is missing")
		}
	}
	if !v.strict {
		return
	}
	for _, key := range in.Keys() {
		if key != "" && !named[key] && (prefix != "" || key != fieldHeaders && key != fieldMethod) {
			v.fail(prefix+key, "the structure is strict", "is not part of the data structure")
		}
	}
}

func (v *validator) value(x value.Value, f *module.Field, path string) {
	switch kind := f.BaseType(); kind {
	case "collection":
		if x.Kind() != value.KindCollection {
			v.wrong(path, "a collection", x)
		} else if len(f.Spec) > 0 {
			v.collection(x, f.Spec, path+".")
		}
	case "array":
		v.array(x, f, path)
	case "any", "json", "":
	default:
		if f.Multiple {
			v.array(x, &module.Field{Spec: []module.Field{{Type: f.Type, Options: f.Options}}, Validate: f.Validate}, path)
			return
		}
		v.simple(x, f, path)
	}
}

func (v *validator) array(x value.Value, f *module.Field, path string) {
	if x.Kind() != value.KindArray {
		v.wrong(path, "an array", x)
		return
	}
	if len(f.Spec) == 0 {
		return
	}
	for i, item := range x.Items() {
		if len(v.problems) == MaxProblems {
			return
		}
		at := path + "[" + strconv.Itoa(i+1) + "]"
		switch {
		case len(f.Spec) == 1 && f.Spec[0].Name == "":
			if !item.IsNothing() {
				v.value(item, &f.Spec[0], at)
			}
		case item.Kind() == value.KindCollection:
			v.collection(item, f.Spec, at+".")
		default:
			v.wrong(at, "a collection", item)
		}
	}
}

// simple leaves types and ranges of plain values to the rules by which modules take their input.
func (v *validator) simple(x value.Value, f *module.Field, path string) {
	kind := f.BaseType()
	switch {
	case x.Kind() == value.KindCollection || x.Kind() == value.KindArray:
		v.wrong(path, "of type "+kind, x)
		return
	case kind == "boolean" && x.Kind() != value.KindBoolean && x.Str() != "true" && x.Str() != "false":
		v.wrong(path, "true or false", x)
		return
	}
	one := *f
	one.Name, one.Label, one.Nested = "value", f.Title(), nil
	if _, err := module.Coerce(value.Collection(value.F("value", x)), []module.Field{one}, nil); err != nil {
		v.fail(path, "", "%s", fault.From(err).Message)
	}
}

func (v *validator) wrong(path, want string, got value.Value) {
	v.fail(path, "", "must be %s, not a %s", want, got.Kind())
}
