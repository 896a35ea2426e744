package appdef

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// maxFieldDepth is how deep fields may be nested in fields.
const maxFieldDepth = 32

// fieldTypes are the types of fields; those after "banner" stand in other systems' forms and are shown as text.
func fieldTypes() []string {
	return []string{
		"any", "array", "boolean", "buffer", "cert", "collection", "color", "date", "email", "filename", "folder", "file", "filter",
		"hidden", "html", "integer", "json", "markdown", "number", "password", "path", "pkey", "port", "select", "separator", "text",
		"time", "timestamp", "timezone", "uinteger", "url", "uuid", "banner", "udt",
		"account", "hook", "datastore", "keychain", "device", "rpc", "scenario", "aiagent",
	}
}

// fields checks a list of fields and returns it. dynamic tells that a remote procedure adds more.
func (f *folder) fields(s source) (fields []module.Field, dynamic bool) {
	switch s.value.Kind() {
	case value.KindUndefined, value.KindNull:
		return nil, false
	case value.KindText:
		return nil, true // all of them come from a procedure
	case value.KindArray:
		dynamic = f.fieldList(s, 0)
		return module.ParseFields(s.value), dynamic
	}
	f.problem(s, "", fmt.Sprintf("expected a list of fields, got a %s", s.value.Kind()), `write [{"name": "email", "type": "email", "label": "Email"}]`)
	return nil, false
}

func (f *folder) fieldList(s source, depth int) (dynamic bool) {
	if depth > maxFieldDepth {
		f.problem(s, "", fmt.Sprintf("fields are nested deeper than %d levels", maxFieldDepth), "")
		return false
	}
	seen := map[string]bool{}
	for i, v := range s.value.Items() {
		item := s.item(i)
		switch v.Kind() {
		case value.KindText:
			dynamic = true
			if !strings.HasPrefix(v.Str(), rpcScheme) && !strings.Contains(v.Str(), "{{") {
				f.problem(item, "", fmt.Sprintf("%q is no field", v.Str()), "write a field object or the address of a procedure, rpc://name")
			}
		case value.KindCollection:
			dynamic = f.field(item, depth, seen) || dynamic
		default:
			f.problem(item, "", fmt.Sprintf("expected a field, got a %s", v.Kind()), "")
		}
	}
	return dynamic
}

// field checks one field and those inside it.
func (f *folder) field(s source, depth int, seen map[string]bool) (dynamic bool) {
	name, kind := s.value.Get("name"), s.value.Get("type")
	base, _, _ := strings.Cut(kind.Str(), ":")
	shown := base == "banner" || base == "separator" || base == "html" || base == "markdown"
	switch {
	case name.Str() == "" && !shown && depth == 0:
		f.problem(s, "", "this field has no name", `give it a "name"`)
	case name.Str() != "" && seen[name.Str()]:
		f.warn(s, "name", fmt.Sprintf("there is another field %q beside this one", name.Str()), "")
	}
	seen[name.Str()] = true
	if computed := strings.Contains(kind.Str(), "{{"); !kind.IsNothing() && !computed && !slices.Contains(fieldTypes(), base) {
		f.problem(s, "type", fmt.Sprintf("unknown type of field %s", kind.JSON()), suggestion(base, fieldTypes()))
	}
	f.flags(s)
	return f.inner(s, depth)
}

// flags checks the attributes that Ropeway reads; unknown attributes occur in the wild and are left alone.
func (f *folder) flags(s source) {
	for _, key := range []string{"required", "advanced", "multiline", "multiple"} {
		v := s.value.Get(key)
		if !v.IsNothing() && v.Kind() != value.KindBoolean && !strings.Contains(v.Str(), "{{") {
			f.warn(s, key, fmt.Sprintf("%q should be true or false, got %s", key, v.JSON()), "it counts as false")
		}
	}
	for _, key := range []string{"label", "help"} {
		if v := s.value.Get(key); !v.IsNothing() && v.Kind() != value.KindText {
			f.warn(s, key, fmt.Sprintf("%q should be a text, got a %s", key, v.Kind()), "")
		}
	}
}

// inner checks the fields that belong to s: of a collection, of an array, and those that options bring.
func (f *folder) inner(s source, depth int) (dynamic bool) {
	if spec := s.at("spec"); spec.value.Kind() == value.KindArray {
		dynamic = f.fieldList(spec, depth+1)
	} else if spec.value.Kind() == value.KindCollection {
		dynamic = f.field(spec, depth+1, map[string]bool{})
	}
	nested := func(s source) {
		switch s.value.Kind() {
		case value.KindArray:
			dynamic = f.fieldList(s, depth) || dynamic
		case value.KindText:
			dynamic = true
		}
	}
	nested(s.at("nested"))
	options := s.at("options")
	if options.value.Kind() == value.KindCollection {
		nested(options.at("nested"))
		options = options.at("store")
	}
	for i := range options.value.Items() {
		nested(options.item(i).at("nested"))
	}
	return dynamic
}

// rpcScheme begins the address of a remote procedure.
const rpcScheme = "rpc://"

// rpcName returns the name in an address such as rpc://listTags?limit=5 or rpc://listTags@2.
func rpcName(address string) string {
	name := strings.TrimPrefix(address, rpcScheme)
	if i := strings.IndexAny(name, "?@"); i >= 0 {
		name = name[:i]
	}
	return name
}

// walkRPCs calls visit for every address of a procedure anywhere in s.
func walkRPCs(s source, visit func(at source, name string)) {
	switch s.value.Kind() {
	case value.KindText:
		if text := s.value.Str(); strings.HasPrefix(text, rpcScheme) && !strings.Contains(text, "{{") {
			visit(s, rpcName(text))
		}
	case value.KindArray:
		for i := range s.value.Items() {
			walkRPCs(s.item(i), visit)
		}
	case value.KindCollection:
		for _, key := range s.value.Keys() {
			walkRPCs(s.at(key), visit)
		}
	}
}

// fieldNames collects the names that the fields give to "parameters".
func fieldNames(into map[string]bool, fields []module.Field) {
	for i := range fields {
		into[fields[i].Name] = true
		fieldNames(into, fields[i].Nested)
		for j := range fields[i].Options {
			fieldNames(into, fields[i].Options[j].Nested)
		}
	}
}
