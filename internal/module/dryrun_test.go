package module

import (
	"testing"

	"github.com/ropeway/ropeway/internal/value"
)

func parsed(t *testing.T, text string) value.Value {
	t.Helper()
	if text == "" {
		return value.Undefined
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, before, after, want string }{
		{"nothing", "", "", `{"change":"none","fields":[]}`},
		{"created", "", `{"a":1}`, `{"change":"created","fields":[{"field":"a","change":"added","before":null,"after":1}]}`},
		{"deleted", `{"a":1}`, "", `{"change":"deleted","fields":[{"field":"a","change":"removed","before":1,"after":null}]}`},
		{"the same", `{"a":1,"b":[1]}`, `{"b":[1],"a":"1"}`, `{"change":"none","fields":[]}`},
		{"nested", `{"a":{"x":1,"y":2}}`, `{"a":{"x":1,"y":3}}`, `{"change":"changed","fields":[{"field":"a.y","change":"changed","before":2,"after":3}]}`},
		{"an empty list for a collection", `{"a":[]}`, `{"a":{"x":1}}`, `{"change":"changed","fields":[{"field":"a.x","change":"added","before":null,"after":1}]}`},
		{"lists as a whole", `{"a":[1]}`, `{"a":[1,2]}`, `{"change":"changed","fields":[{"field":"a","change":"changed","before":[1],"after":[1,2]}]}`},
		{"null is nothing", `{"a":null}`, `{}`, `{"change":"none","fields":[]}`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := Compare(parsed(t, tc.before), parsed(t, tc.after)).JSON(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func TestCompareIsBounded(t *testing.T) {
	t.Parallel()
	b := value.NewBuilder(MaxDifferences + 1)
	for i := range MaxDifferences {
		b.Set(string(rune('a'+i%26))+string(rune('0'+i/26)), value.Int(i))
	}
	if got := Compare(value.Undefined, b.Build()); got.Get("fields").Len() != MaxDifferences || got.Get("more").Truth() {
		t.Errorf("at the limit: got %d fields, more %s", got.Get("fields").Len(), got.Get("more").JSON())
	}
	b.Set("one more", value.Int(1))
	if got := Compare(value.Undefined, b.Build()); got.Get("fields").Len() != MaxDifferences || !got.Get("more").Truth() {
		t.Errorf("past it: got %d fields, more %s", got.Get("fields").Len(), got.Get("more").JSON())
	}
	deep, deeper := parsed(t, `{"1":{"2":{"3":{"4":{"x":1}}}}}`), parsed(t, `{"1":{"2":{"3":{"4":{"x":2}}}}}`)
	if got := Compare(deep, deeper).Get("fields").At(0).Get("field").Str(); got != "1.2.3.4" {
		t.Errorf("deep collections: got the field %s, want 1.2.3.4 as a whole", got)
	}
}

func TestMakeUp(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, sample, computed, want string }{
		{"nothing", "", "", `{}`},
		{"the sample", `{"a":1}`, "", `{"a":1}`},
		{"the first of several", `[{"a":1},{"a":2}]`, "", `{"a":1}`},
		{"what is known counts", `{"a":1,"b":2}`, `{"b":3,"c":null}`, `{"a":1,"b":3,"c":null}`},
		{"the address of a procedure is no sample", `"rpc://sample"`, `{"a":1}`, `{"a":1}`},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := Description{Samples: parsed(t, tc.sample)}
			if got := d.MakeUp(parsed(t, tc.computed)).JSON(); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
