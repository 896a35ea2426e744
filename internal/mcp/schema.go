package mcp

import (
	"strings"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// maxSchemaDepth is how deep fields within fields are described; what lies deeper may be anything.
const maxSchemaDepth = 8

// schemaOf describes fields as the JSON Schema of an object that takes no others.
func schemaOf(fields []module.Field) map[string]any {
	return object(fields, 0)
}

func object(fields []module.Field, depth int) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range fields {
		f := &fields[i]
		if f.Name == "" {
			continue
		}
		properties[f.Name] = property(f, depth)
		if f.Required && f.Default.IsNothing() {
			required = append(required, f.Name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

// property describes one field.
func property(f *module.Field, depth int) map[string]any {
	s := typeOf(f, depth)
	if f.Multiple && f.BaseType() != "array" {
		s = map[string]any{"type": "array", "items": s}
	}
	if text := described(f); text != "" {
		s["description"] = text
	}
	if !f.Default.IsNothing() {
		s["default"] = f.Default
	}
	return s
}

// described is what people read about a field: its label and its help.
func described(f *module.Field) string {
	parts := []string{}
	for _, text := range []string{f.Label, f.Help} {
		if text = strings.TrimSpace(text); text != "" && text != f.Name {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ": ")
}

func typeOf(f *module.Field, depth int) map[string]any {
	switch f.BaseType() {
	case "number", "integer", "uinteger", "port":
		return numeric(f)
	case "boolean":
		return map[string]any{"type": "boolean"}
	case "date", "timestamp":
		return map[string]any{"type": "string", "format": "date-time"}
	case "array":
		return list(f, depth)
	case "collection":
		if len(f.Spec) == 0 || depth == maxSchemaDepth {
			return map[string]any{"type": "object"}
		}
		s := object(f.Spec, depth+1)
		s["additionalProperties"] = true
		return s
	case "select":
		return narrowed(map[string]any{}, f)
	case "text", "email", "url", "uuid", "password", "filename", "html", "markdown", "color", "path", "time":
		s := map[string]any{"type": "string"}
		if f.Validate.Pattern != "" {
			s["pattern"] = f.Validate.Pattern
		}
		return narrowed(s, f)
	}
	return map[string]any{}
}

func numeric(f *module.Field) map[string]any {
	s := map[string]any{"type": "number"}
	if f.BaseType() != "number" {
		s["type"] = "integer"
	}
	if f.BaseType() == "uinteger" || f.BaseType() == "port" {
		s["minimum"] = 0
	}
	if f.Validate.Min != nil {
		s["minimum"] = *f.Validate.Min
	}
	if f.Validate.Max != nil {
		s["maximum"] = *f.Validate.Max
	}
	return narrowed(s, f)
}

// list describes an array. Items of one nameless field are plain values, others are objects.
func list(f *module.Field, depth int) map[string]any {
	s := map[string]any{"type": "array"}
	switch {
	case depth == maxSchemaDepth:
	case len(f.Spec) == 1 && f.Spec[0].Name == "":
		s["items"] = property(&f.Spec[0], depth+1)
	case len(f.Spec) > 0:
		items := object(f.Spec, depth+1)
		items["additionalProperties"] = true
		s["items"] = items
	}
	if f.Validate.MinItems != nil {
		s["minItems"] = *f.Validate.MinItems
	}
	if f.Validate.MaxItems != nil {
		s["maxItems"] = *f.Validate.MaxItems
	}
	return s
}

// narrowed adds the values that a field is limited to.
func narrowed(s map[string]any, f *module.Field) map[string]any {
	values := f.Validate.Enum
	if len(values) == 0 {
		for _, o := range f.Options {
			values = append(values, o.Value)
		}
	}
	if len(values) > 0 {
		s["enum"] = append([]value.Value{}, values...)
	}
	return s
}

// outputsSchema describes what a scenario returns. Types are left away: what a scenario maps into an output may be empty.
func outputsSchema(fields []module.Field) map[string]any {
	properties := map[string]any{}
	for i := range fields {
		if fields[i].Name != "" {
			properties[fields[i].Name] = map[string]any{"description": described(&fields[i])}
		}
	}
	return map[string]any{"type": "object", "properties": properties}
}
