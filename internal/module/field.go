package module

import (
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// Field is one field of a form or of a bundle: the parameter object that app definitions and blueprints share.
type Field struct {
	Name      string
	Label     string
	Type      string // "text", "number", "collection", "account:google", ...
	Help      string
	Required  bool
	Advanced  bool
	Multiline bool
	Multiple  bool // select of several values; the value is an array
	// NotMappable fields are not made for expressions. Forms offer none; a blueprint that has one there all the same is taken as it is.
	NotMappable bool
	// Mode is how a form first shows a field from which one chooses: "choose", "edit" for an expression, "" where it is all the same.
	Mode    string
	Default value.Value
	Options []Option
	// OptionsRPC names the remote procedure that lists the options ("rpc://listTags"), "" where they are fixed.
	OptionsRPC string
	// Nested are fields that belong to this one: to a boolean when it is true, to others whatever their value. NestedRPC names a
	// procedure that lists them.
	Nested    []Field
	NestedRPC string
	// Spec describes the fields of a collection, or of the collections of an array. For arrays of plain values it has
	// one Field without a name.
	Spec     []Field
	Validate Validate
	// Raw is the field as it was written, with every attribute that is not listed here.
	Raw value.Value
}

// Option is one choice of a select.
type Option struct {
	Label  string
	Value  value.Value
	Help   string
	Nested []Field // fields that appear when this option is chosen
}

// Validate narrows the values of a field. Nil and empty members do not narrow.
type Validate struct {
	Min, Max           *float64
	MinItems, MaxItems *int
	Pattern            string
	Enum               []value.Value
}

// BaseType returns the part of the type before a colon: "account" of "account:google".
func (f *Field) BaseType() string {
	base, _, _ := strings.Cut(f.Type, ":")
	return base
}

// Title returns the label, or the name where there is none.
func (f *Field) Title() string {
	if f.Label != "" {
		return f.Label
	}
	return f.Name
}

// ParseFields reads a list of field objects; entries that are no objects are left out.
func ParseFields(list value.Value) []Field {
	var fields []Field
	for _, v := range list.Items() {
		if v.Kind() == value.KindCollection {
			fields = append(fields, ParseField(v))
		}
	}
	return fields
}

// ParseField reads one field object. Attributes of a wrong type count as absent; checks of app files report them.
func ParseField(v value.Value) Field {
	f := Field{
		Name: v.Get("name").Str(), Label: v.Get("label").Str(), Type: v.Get("type").Str(), Help: v.Get("help").Str(),
		Required: v.Get("required").Truth(), Advanced: v.Get("advanced").Truth(),
		Multiline: v.Get("multiline").Truth(), Multiple: v.Get("multiple").Truth(), Mode: v.Get("mode").Str(),
		NotMappable: v.Get("mappable").Kind() == value.KindBoolean && !v.Get("mappable").Truth(),
		Default:     v.Get("default"), Raw: v,
	}
	f.Options, f.OptionsRPC = parseOptions(v.Get("options"))
	f.Nested, f.NestedRPC = parseNested(v.Get("nested"))
	if nested := v.Get("options").Get("nested"); !nested.IsUndefined() && len(f.Nested) == 0 && f.NestedRPC == "" {
		f.Nested, f.NestedRPC = parseNested(nested)
	}
	switch spec := v.Get("spec"); spec.Kind() {
	case value.KindArray:
		f.Spec = ParseFields(spec)
	case value.KindCollection:
		f.Spec = []Field{ParseField(spec)}
	}
	f.Validate = parseValidate(v.Get("validate"))
	return f
}

func parseNested(v value.Value) ([]Field, string) {
	switch v.Kind() {
	case value.KindText:
		return nil, v.Str()
	case value.KindArray:
		return ParseFields(v), ""
	case value.KindCollection:
		return parseNested(v.Get("store"))
	}
	return nil, ""
}

func parseOptions(v value.Value) ([]Option, string) {
	switch v.Kind() {
	case value.KindText:
		return nil, v.Str()
	case value.KindCollection:
		return parseOptions(v.Get("store"))
	}
	var options []Option
	for _, o := range v.Items() {
		if group := o.Get("options"); group.Kind() == value.KindArray {
			inner, _ := parseOptions(group)
			options = append(options, inner...)
			continue
		}
		if o.Kind() != value.KindCollection {
			options = append(options, Option{Label: value.Render(o), Value: o})
			continue
		}
		nested, _ := parseNested(o.Get("nested"))
		options = append(options, Option{
			Label: o.Get("label").Str(), Value: o.Get("value"), Help: o.Get("description").Str(), Nested: nested,
		})
	}
	return options, ""
}

func parseValidate(v value.Value) Validate {
	number := func(key string) *float64 {
		n, err := value.ToNumber(v.Get(key))
		if err != nil {
			return nil
		}
		f := n.Float()
		return &f
	}
	count := func(key string) *int {
		f := number(key)
		if f == nil {
			return nil
		}
		i := int(*f)
		return &i
	}
	return Validate{
		Min: number("min"), Max: number("max"), MinItems: count("minItems"), MaxItems: count("maxItems"),
		Pattern: v.Get("pattern").Str(), Enum: v.Get("enum").Items(),
	}
}
