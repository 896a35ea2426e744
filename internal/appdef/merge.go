package appdef

import (
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// inherit returns the request with everything that it does not say itself taken from the base. Objects are merged key by key,
// everything else is replaced; names of headers are the same in any case; the lists of what records leave out are joined.
func inherit(base, request value.Value) value.Value {
	if base.Kind() != value.KindCollection {
		return request
	}
	merged := merge(base, request, false)
	list := append(slices.Clone(base.Get("log").Get("sanitize").Items()), request.Get("log").Get("sanitize").Items()...)
	if len(list) > 0 {
		merged = merged.With("log", value.Collection(value.F("sanitize", value.Array(list...))))
	}
	b := value.NewBuilder(merged.Len())
	return b.Merge(merged).Delete("baseUrl").Build()
}

func merge(base, over value.Value, anyCase bool) value.Value {
	if base.Kind() != value.KindCollection || over.Kind() != value.KindCollection {
		return over
	}
	b := value.NewBuilder(base.Len() + over.Len())
	b.Merge(base)
	for key, v := range over.Fields() {
		old := b.Get(key)
		if anyCase {
			if same := sameName(base, key); same != "" && same != key {
				b.Delete(same)
			}
		}
		if old.Kind() == value.KindCollection {
			v = merge(old, v, key == "headers")
		}
		b.Set(key, v)
	}
	return b.Build()
}

// sameName returns the key of v that differs from key in case at most, "" where there is none.
func sameName(v value.Value, key string) string {
	for _, k := range v.Keys() {
		if strings.EqualFold(k, key) {
			return k
		}
	}
	return ""
}
