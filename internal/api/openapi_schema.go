package api

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/value"
)

// schema is a JSON Schema, as far as types of Go can be told. The zero value is any JSON.
type schema struct {
	Ref         string             `json:"$ref,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Description string             `json:"description,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     any                `json:"default,omitempty"`
	Minimum     *int64             `json:"minimum,omitempty"`
	Maximum     *int64             `json:"maximum,omitempty"`
	MaxLength   *int64             `json:"maxLength,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // false, or the schema of what has no name here

	order []string // of the properties, as the type has them
}

// schemas makes the schemas of types, and gives those of structs a name.
type schemas struct {
	texts Texts
	named map[string]*schema
	names map[reflect.Type]string
	// taken are the structs that requests carry: they are decoded strictly, and a field may be left away that answers always have.
	taken map[reflect.Type]bool
}

func newSchemas(texts Texts, routes []Route) *schemas {
	s := &schemas{texts: texts, named: map[string]*schema{}, names: map[reflect.Type]string{}, taken: map[reflect.Type]bool{}}
	for i := range routes {
		if routes[i].Takes != nil {
			s.take(reflect.TypeOf(routes[i].Takes))
		}
	}
	return s
}

// take notes every struct that a body of type t carries.
func (s *schemas) take(t reflect.Type) {
	if known(t) != nil {
		return
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		s.take(t.Elem())
	case reflect.Struct:
		if s.taken[t] {
			return
		}
		s.taken[t] = true
		for _, f := range fieldsOfType(t) {
			s.take(f.Type)
		}
	default: // it holds nothing
	}
}

// known returns the schema of a type that writes itself as JSON, nil for others.
func known(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[time.Time]():
		return &schema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[json.RawMessage](), reflect.TypeFor[value.Value]():
		return &schema{}
	}
	switch {
	case t.Kind() == reflect.Pointer:
		return nil
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return &schema{}
	case t.Implements(reflect.TypeFor[interface{ MarshalText() ([]byte, error) }]()):
		return &schema{Type: "string"}
	}
	return nil
}

// of returns the schema of a type; that of a struct with a name is a reference.
func (s *schemas) of(t reflect.Type) *schema {
	if k := known(t); k != nil {
		return k
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return &schema{Type: "integer", Format: "int64"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return integer(0)
	case reflect.Float32, reflect.Float64:
		return &schema{Type: "number", Format: "double"}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return &schema{Type: "string", Format: "byte"}
		}
		return &schema{Type: "array", Items: s.of(t.Elem())}
	case reflect.Map:
		return &schema{Type: "object", Additional: s.of(t.Elem())}
	case reflect.Struct:
		return s.ofStruct(t)
	default: // an interface
		return &schema{}
	}
}

func (s *schemas) ofStruct(t reflect.Type) *schema {
	name, ok := s.names[t]
	if !ok {
		name = s.nameOf(t)
		s.names[t] = name
		if name == "" {
			return s.object(t)
		}
		s.named[name] = &schema{} // a type may hold itself
		*s.named[name] = *s.object(t)
	}
	if name == "" {
		return s.object(t)
	}
	return &schema{Ref: schemaPrefix + name}
}

const schemaPrefix = "#/components/schemas/"

// nameOf names a struct: as Go does, Page[Scenario] as PageOfScenario, and with its package where the name is taken by another.
func (s *schemas) nameOf(t reflect.Type) string {
	name, of, generic := strings.Cut(t.Name(), "[")
	if name == "" {
		return ""
	}
	name = upperFirst(name)
	if generic {
		name += "Of" + upperFirst(of[strings.LastIndexAny(of, "./")+1:len(of)-1])
	}
	if s.named[name] != nil {
		name = upperFirst(t.PkgPath()[strings.LastIndexByte(t.PkgPath(), '/')+1:]) + name
	}
	return name
}

func upperFirst(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}

// field is a field of a struct as JSON has it.
type field struct {
	reflect.StructField
	in       reflect.Type // the struct that declares it
	name     string
	optional bool
}

// fieldsOfType lists the fields that JSON has of a struct, with those of the structs that it embeds.
func fieldsOfType(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case tag == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && tag == "":
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			all = append(all, fieldsOfType(inner)...)
		default:
			optional := strings.Contains(options, "omit")
			if tag == "" {
				tag = f.Name
			}
			all = append(all, field{f, t, tag, optional})
		}
	}
	return all
}

func (s *schemas) object(t reflect.Type) *schema {
	o := &schema{Type: "object", Properties: map[string]*schema{}, Required: []string{}, Description: s.texts(t).Doc}
	if s.taken[t] {
		o.Additional = false
	}
	for _, f := range fieldsOfType(t) {
		p := s.of(f.Type)
		p.Description = s.texts(f.in).Fields[f.Name]
		if choices, ok := f.Tag.Lookup("enum"); ok {
			one := p
			if p.Type == "array" {
				one = p.Items
			}
			one.Enum = strings.Split(choices, ",")
		}
		o.Properties[f.name] = p
		o.order = append(o.order, f.name)
		if !f.optional && (!s.taken[t] || s.needed(f.Type)) {
			o.Required = append(o.Required, f.name)
		}
	}
	return o
}

// needed reports whether something of the type must be sent: a struct of which everything may be left away need not.
func (s *schemas) needed(t reflect.Type) bool {
	if known(t) != nil || t.Kind() != reflect.Struct {
		return true
	}
	return slices.ContainsFunc(fieldsOfType(t), func(f field) bool { return !f.optional && s.needed(f.Type) })
}

// ofProblem returns the schema of problem details.
func (s *schemas) ofProblem() *schema { return s.of(reflect.TypeFor[Problem]()) }
