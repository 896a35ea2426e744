package expression

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/value"
)

// drawValue draws a value of any kind, nested up to depth.
func drawValue(t *rapid.T, depth int) value.Value {
	kinds := 6
	if depth > 0 {
		kinds = 8
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return value.Null
	case 1:
		return value.Bool(rapid.Bool().Draw(t, "boolean"))
	case 2:
		return value.Number(rapid.Float64().Draw(t, "number"))
	case 3:
		return value.Int(rapid.IntRange(-3, 3).Draw(t, "integer"))
	case 4:
		return value.Text(rapid.StringN(0, 4, -1).Draw(t, "text"))
	case 5:
		return value.Date(testNow)
	case 6:
		return value.Array(drawValue(t, depth-1), drawValue(t, depth-1))
	}
	return value.Collection(value.F("a", drawValue(t, depth-1)), value.F("b", drawValue(t, depth-1)))
}

// holds checks that an expression over the named values a and b is true for all values.
func holds(t *testing.T, src string) {
	t.Helper()
	tpl, err := ParseExpression(src, App)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		names := map[string]value.Value{"a": drawValue(rt, 2), "b": drawValue(rt, 2), "list": value.Array(rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) value.Value { return drawValue(rt, 1) }), 0, 8).Draw(rt, "list")...)}
		v, err := tpl.Eval(&Env{Scope: testScope{names: names}, Random: &counter{}})
		if err != nil || !v.Truth() {
			rt.Fatalf("%s with a=%s, b=%s, list=%s: got %s (%v), want true", src, names["a"].JSON(), names["b"].JSON(), names["list"].JSON(), v.JSON(), err)
		}
	})
}

func TestLaws(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`sort(sort(list)) === sort(list)`,
		`length(sort(list)) = length(list)`,
		`reverse(reverse(list)) === list`,
		`distinct(distinct(list)) === distinct(list)`,
		`length(shuffle(list)) = length(list)`,
		`(a = b) = (b = a)`,
		`a = a`,
		`(a != b) = !(a = b)`,
		`(a < b) = (b > a)`,
		`!(a < b && b < a)`,
		`length(merge(list, list)) = 2 * length(list)`,
		`length(add(list, a)) = length(list) + 1`,
		`parseJSON(createJSON(list)) = parseJSON(createJSON(parseJSON(createJSON(list))))`,
		`decodeURL(encodeURL(toString(a))) = toString(a)`,
		`toString(toBinary(base64(toString(a)), 'base64')) = toString(a)`,
		`toCollection(toArray({x: a, y: b}), 'key', 'value') = {x: a, y: b}`,
		`join(split(toString(a), 'e'), 'e') = toString(a)`,
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			holds(t, src)
		})
	}
}
