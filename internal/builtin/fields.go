package builtin

import (
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// field makes a field; its attributes follow in the chain.
func field(name, kind, label, help string) module.Field {
	return module.Field{Name: name, Type: kind, Label: label, Help: help}
}

func required(f module.Field) module.Field {
	f.Required = true
	return f
}

func multiline(f module.Field) module.Field {
	f.Multiline = true
	return f
}

func advanced(f module.Field) module.Field {
	f.Advanced = true
	return f
}

func withDefault(f module.Field, v value.Value) module.Field {
	f.Default = v
	return f
}

func between(f module.Field, lowest, highest float64) module.Field {
	f.Validate.Min, f.Validate.Max = &lowest, &highest
	return f
}

func spec(f module.Field, fields ...module.Field) module.Field {
	f.Spec = fields
	return f
}

// choice makes a select of pairs: value, label, value, label.
func choice(name, label, help string, pairs ...string) module.Field {
	f := field(name, "select", label, help)
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Options = append(f.Options, module.Option{Label: pairs[i+1], Value: value.Text(pairs[i])})
	}
	return f
}

// bringing makes the option with a value bring fields with it: they are asked for, and sent, only when it is chosen.
func bringing(f module.Field, option string, fields ...module.Field) module.Field {
	for i := range f.Options {
		if f.Options[i].Value.Str() == option {
			f.Options[i].Nested = fields
		}
	}
	return f
}

// nested gives a boolean fields that count when it is true.
func nested(f module.Field, fields ...module.Field) module.Field {
	f.Nested = fields
	return f
}

// structureField holds a data structure that is written into the module.
func structureField(help string) module.Field {
	return field("type", "udt", "Data structure", help)
}

// toggle makes a required boolean with a default, as the forms of these modules have them.
func toggle(name, label, help string, on bool) module.Field {
	return withDefault(required(field(name, "boolean", label, help)), value.Bool(on))
}

// feederField is the static field of every aggregator.
func feederField() module.Field {
	return required(field("feeder", "uinteger", "Source module",
		"The number of the module whose bundles are collected: an iterator, a search, a repeater or a trigger."))
}

// jsonSample reads a sample that is written as JSON beside its module; a mistake in it shows as an undefined sample,
// which a test refuses.
func jsonSample(text string) value.Value {
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		return value.Undefined
	}
	return v
}
