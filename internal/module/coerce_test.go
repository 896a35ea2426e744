package module

import (
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func mustJSON(t *testing.T, s string) value.Value {
	t.Helper()
	v, err := value.ParseJSON([]byte(s))
	if err != nil {
		t.Fatalf("test data %s: %v", s, err)
	}
	return v
}

func TestCoerce(t *testing.T) {
	t.Parallel()
	const fields = `[
		{"name":"email","type":"email","label":"Email","required":true},
		{"name":"age","type":"uinteger","validate":{"min":1,"max":150}},
		{"name":"score","type":"number"},
		{"name":"active","type":"boolean","default":true},
		{"name":"since","type":"date"},
		{"name":"tags","type":"array","spec":{"type":"text"},"validate":{"maxItems":3}},
		{"name":"addresses","type":"array","spec":[{"name":"city","type":"text","required":true},{"name":"zip","type":"text"}]},
		{"name":"direction","type":"select","options":[{"label":"Up","value":"asc"},{"label":"Down","value":"desc"}]},
		{"name":"by","type":"select","options":[
			{"label":"Email","value":"email","nested":[{"name":"needle","type":"email","required":true}]},
			{"label":"ID","value":"id","nested":[{"name":"number","type":"integer","required":true}]}]}]`
	cases := []struct{ name, in, want string }{
		{
			"converts", `{"email":"a@b.c","age":"41","score":" 1.5","tags":"x","since":"2026-01-02"}`,
			`{"email":"a@b.c","age":41,"score":1.5,"tags":["x"],"since":"2026-01-02T00:00:00.000Z","active":true}`,
		},
		{"keeps undeclared", `{"email":"a","other":{"x":1},"active":false}`, `{"email":"a","other":{"x":1},"active":false}`},
		{"empty text counts as not filled in", `{"email":"a","age":"","since":"","active":""}`, `{"email":"a"}`},
		{"null stays", `{"email":"a","age":null,"active":true}`, `{"email":"a","age":null,"active":true}`},
		{"missing", `{}`, `email: Missing value of required parameter 'Email'.`},
		{"empty required", `{"email":""}`, `email: Missing value of required parameter 'Email'.`},
		{"wrong number", `{"email":"a","age":"old"}`, `age: Expected a number, got the text "old".`},
		{"fraction", `{"email":"a","age":1.5}`, `age: Expected a whole number, got 1.5.`},
		{"negative", `{"email":"a","age":-1}`, `age: Expected a whole number of 0 or more, got -1.`},
		{"at the maximum", `{"email":"a","age":150,"active":true}`, `{"email":"a","age":150,"active":true}`},
		{"over the maximum", `{"email":"a","age":151}`, `age: The value 151 is more than 150.`},
		{"too many items", `{"email":"a","tags":[1,2,3,4]}`, `tags: Expected at most 3 items, got 4.`},
		{"items", `{"email":"a","active":true,"addresses":[{"city":5}]}`, `{"email":"a","active":true,"addresses":[{"city":"5"}]}`},
		{"item field", `{"email":"a","addresses":[{"city":"x"},{"zip":"1"}]}`, `addresses[2].city: Missing value of required parameter 'city'.`},
		{"item of a wrong type", `{"email":"a","addresses":["x"]}`, `addresses[1]: Expected a collection, got a text.`},
		{"option", `{"email":"a","direction":"asc","active":true}`, `{"email":"a","direction":"asc","active":true}`},
		{"no such option", `{"email":"a","direction":"up"}`, `direction: The value up is not one of asc, desc.`},
		{"nested of the chosen option", `{"email":"a","by":"id"}`, `number: Missing value of required parameter 'number'.`},
		{"two failures", `{"age":"x"}`, `Validation failed for 2 fields. email: Missing value of required parameter 'Email'.; age: Expected a number, got the text "x".`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := Coerce(mustJSON(t, c.in), ParseFields(mustJSON(t, fields)), time.UTC)
			got := v.JSON()
			if err != nil {
				got = err.Error()
				if kind := fault.KindOf(err); kind != fault.BundleValidation {
					t.Errorf("kind: got %s, want %s", kind, fault.BundleValidation)
				}
			}
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCoerceKeepsMarkers(t *testing.T) {
	t.Parallel()
	erase := value.Marker("erase")
	fields := []Field{{Name: "name", Type: "text"}, {Name: "age", Type: "number"}}
	v, err := Coerce(value.Collection(value.F("name", erase), value.F("age", erase)), fields, time.UTC)
	if err != nil || !v.Get("name").IsMarker() || !v.Get("age").IsMarker() {
		t.Errorf("got %s, %v; want the markers unchanged", v.JSON(), err)
	}
}

func TestParseFieldForms(t *testing.T) {
	t.Parallel()
	f := ParseField(mustJSON(t, `{"name":"tag","type":"select","options":{"store":"rpc://listTags","nested":[{"name":"x","type":"text"}]},"nope":1}`))
	if f.OptionsRPC != "rpc://listTags" || len(f.Nested) != 1 || f.Nested[0].Name != "x" {
		t.Errorf("got options %q and nested %v, want rpc://listTags and x", f.OptionsRPC, f.Nested)
	}
	if got := f.Raw.Get("nope").Float(); got != 1 {
		t.Errorf("unknown attribute: got %v, want it kept in Raw", got)
	}
	g := ParseField(mustJSON(t, `{"name":"a","type":"account:google","options":[{"label":"G","options":[{"label":"One","value":1}]},"plain"]}`))
	if g.BaseType() != "account" || len(g.Options) != 2 || g.Options[0].Label != "One" || g.Options[1].Label != "plain" {
		t.Errorf("got type %s and options %v", g.BaseType(), g.Options)
	}
	if got := g.Title(); !strings.EqualFold(got, "a") {
		t.Errorf("title: got %q, want the name", got)
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	byMethod := &Module{
		Description: Description{Delivery: Unsafe},
		DeliveryOf:  func(op *Operation) Delivery { return MethodDelivery(op.Input.Get("method").Str()) },
	}
	for method, want := range map[string]Delivery{"": Read, "get": Read, "HEAD": Read, "PUT": Idempotent, "delete": Idempotent, "POST": Unsafe, "PATCH": Unsafe} {
		op := &Operation{Input: value.Collection(value.F("method", value.Text(method)))}
		if got := byMethod.Class(op); got != want {
			t.Errorf("%q: got %s, want %s", method, got, want)
		}
	}
	if got := (&Module{Description: Description{Delivery: Idempotent}}).Class(&Operation{}); got != Idempotent {
		t.Errorf("without a function: got %s, want that of the description", got)
	}
}
