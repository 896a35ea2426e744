package module

import (
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// masked stands where a secret was.
const masked = "***"

// Mask returns v without its secrets, for records that outlive an operation: the values of password fields, and those
// of name and value pairs, such as headers, whose name says that they hold a credential. v itself stays as it is.
// It knows nothing of secrets inside other text, such as a URL.
func Mask(fields []Field, v value.Value) value.Value {
	switch v.Kind() {
	case value.KindCollection:
		return maskCollection(fields, v)
	case value.KindArray:
		items := v.Items()
		out := make([]value.Value, len(items))
		for i, item := range items {
			out[i] = Mask(fields, item)
		}
		return value.Array(out...)
	}
	return v
}

func maskCollection(fields []Field, v value.Value) value.Value {
	b := value.NewBuilder(v.Len())
	credential := isCredential(v.Get("name")) || isCredential(v.Get("key"))
	for name, member := range v.Fields() {
		f := fieldNamed(fields, name)
		switch {
		case member.IsNothing() || member.Kind() == value.KindText && member.Str() == "":
		case f != nil && strings.EqualFold(f.Type, "password"), credential && name == "value":
			member = value.Text(masked)
		case f != nil:
			member = Mask(f.Spec, member)
		default:
			member = Mask(nil, member)
		}
		b.Set(name, member)
	}
	return b.Build()
}

// fieldNamed finds a field by name, also among those that belong to a choice of a field beside it; nil for none.
func fieldNamed(fields []Field, name string) *Field {
	for i := range fields {
		f := &fields[i]
		if f.Name == name {
			return f
		}
		for j := range f.Options {
			if found := fieldNamed(f.Options[j].Nested, name); found != nil {
				return found
			}
		}
		if found := fieldNamed(f.Nested, name); found != nil {
			return found
		}
	}
	return nil
}

// isCredential reports whether a header or parameter of this name holds a secret, whatever module it is given to.
func isCredential(name value.Value) bool {
	if name.Kind() != value.KindText {
		return false
	}
	lower := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name.Str())), "_", "-")
	switch lower {
	case "authorization", "proxy-authorization", "authentication", "cookie", "token", "secret", "password":
		return true
	}
	for _, suffix := range []string{"apikey", "api-key", "access-key", "accesstoken", "-token", "-secret", "-password", "-auth", "-signature"} {
		if strings.HasSuffix(lower, suffix) {
			return true
		}
	}
	return false
}
