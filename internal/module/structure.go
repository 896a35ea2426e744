package module

import "github.com/ropeway/ropeway/internal/value"

// structureType is the type of fields that hold a data structure.
const structureType = "udt"

// Structure returns the fields of the data structure that is written into the parameters of a module: a list of fields, or
// {"spec": [...]}. It is nil where there is none, and where the number of one stands there, as in exports of other systems,
// which do not contain it.
func (d *Description) Structure(parameters value.Value) []Field {
	for i := range d.Parameters {
		if f := &d.Parameters[i]; f.BaseType() == structureType {
			return structureOf(parameters.Get(f.Name))
		}
	}
	return nil
}

func structureOf(v value.Value) []Field {
	if v.Kind() == value.KindCollection {
		v = v.Get("spec")
	}
	return ParseFields(v)
}

// Takes returns the fields that the module maps for each bundle when its parameters are these: those that are described, and for
// modules that take any fields those of their data structure.
func (d *Description) Takes(parameters value.Value) []Field {
	if !d.DynamicInput {
		return d.Expect
	}
	structure := d.Structure(parameters)
	if len(structure) == 0 {
		return d.Expect
	}
	return append(d.Expect[:len(d.Expect):len(d.Expect)], structure...)
}
