package expression

import (
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func evalWithin(t *testing.T, src string, l Limits) error {
	t.Helper()
	tpl, err := ParseExpression(src, Scenario)
	if err != nil {
		t.Fatalf("%s: %v", shorten(src), err)
	}
	env := testEnv(t)
	env.Limits = l
	_, err = tpl.Eval(env)
	return err
}

func TestLimitsAtTheLimitAndOnePast(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, src string
		enough    Limits
		less      Limits
		message   string
	}{
		{"bytes of a text", `1.name + 1.name`, Limits{Bytes: 6}, Limits{Bytes: 5}, "this expression builds more than 5 bytes"},
		{"bytes of an array", `split("a,b,c"; ",")`, Limits{Bytes: 3 * valueBytes}, Limits{Bytes: 3*valueBytes - 1}, "this expression builds more than 119 bytes"},
		{"bytes of a replacement", `replace("aa"; "a"; "bbb")`, Limits{Bytes: 6}, Limits{Bytes: 5}, "this expression builds more than 5 bytes"},
		{"bytes in total", `upper(upper("abcd"))`, Limits{Bytes: 8}, Limits{Bytes: 7}, "this expression builds more than 7 bytes"},
		{"bytes of a join", `join(1.texts; "--")`, Limits{Bytes: 4}, Limits{Bytes: 3}, "this expression builds more than 3 bytes"},
		{"depth", `upper(upper(upper("a")))`, Limits{Depth: 3}, Limits{Depth: 2}, "functions are nested deeper than 2 levels"},
		{"steps of a sum", `1 + 1 + 1 + 1`, Limits{Steps: 3}, Limits{Steps: 2}, "this expression needs more than 2 steps"},
		{"steps of a path", `1.customer.address.city`, Limits{Steps: 4}, Limits{Steps: 3}, "this expression needs more than 3 steps"},
		{"steps of an array", `first(1.list)`, Limits{Steps: 7}, Limits{Steps: 6}, "this expression needs more than 6 steps"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := evalWithin(t, c.src, c.enough); err != nil {
				t.Errorf("at the limit %+v: %v", c.enough, err)
			}
			err := evalWithin(t, c.src, c.less)
			if err == nil || err.Error() != c.message || fault.KindOf(err) != fault.Runtime {
				t.Errorf("one past the limit %+v: got %v (%s), want %s", c.less, err, fault.KindOf(err), c.message)
			}
		})
	}
}

func TestParserLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) string { return "{{" + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) + "}}" }
	pattern := func(n int) string { return `{{replace("a"; "/` + strings.Repeat("a", n) + `/"; "")}}` }
	cases := []struct {
		name, enough, more, message string
	}{
		{"nesting", nested(MaxNesting - 1), nested(MaxNesting), "column 131: nested deeper than 128 levels"},
		{"source", strings.Repeat("x", MaxSourceBytes-5) + "{{1}}", strings.Repeat("x", MaxSourceBytes-4) + "{{1}}", "column 1: the text is longer than 4194304 bytes"},
		{"pattern", pattern(MaxPatternBytes), pattern(MaxPatternBytes + 1), "column 16: the regular expression is longer than 4096 bytes"},
		{"repetition", `{{replace("a"; "/(a{10}){100}/"; "")}}`, `{{replace("a"; "/((a{10}){10}){1000}/"; "")}}`, "column 16: the regular expression is not valid: invalid repeat count: `{1000}`"},
		{"pattern size", `{{replace("a"; "/a{1000}/"; "")}}`, `{{replace("a"; "/` + strings.Repeat("a{1000}", 11) + `/"; "")}}`, "column 16: the regular expression is too large: its repetitions come to more than 20000 parts"},
	}
	for _, c := range cases {
		if _, err := Parse(c.enough, Scenario); err != nil {
			t.Errorf("%s at the limit: %v", c.name, err)
		}
		if _, err := Parse(c.more, Scenario); err == nil || err.Error() != c.message {
			t.Errorf("%s past the limit: got %v, want %s", c.name, err, c.message)
		}
	}
}

func TestPatternTextLimit(t *testing.T) {
	t.Parallel()
	tpl, err := ParseExpression(`length(replace(var; "/^x/"; ""))`, Scenario)
	if err != nil {
		t.Fatal(err)
	}
	for size, ok := range map[int]bool{MaxPatternTextBytes: true, MaxPatternTextBytes + 1: false} {
		env := &Env{Scope: testScope{names: map[string]value.Value{"var": value.Text(strings.Repeat("x", size))}}}
		if _, err := tpl.Eval(env); (err == nil) != ok {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

// testLimits are reached quickly.
var testLimits = Limits{Steps: 100_000, Bytes: 1_000_000}

// TestGrowthStops evaluates expressions whose results would not fit into memory.
func TestGrowthStops(t *testing.T) {
	t.Parallel()
	wide := `1.name`
	for range 40 {
		wide = `replace(` + wide + `; "/./g"; "$&$&$&$&$&$&$&$&")`
	}
	for _, src := range []string{
		wide,
		strings.Repeat(`split(join(`, 20) + `split("abcdefgh"; "")` + strings.Repeat(`; "abcdefghijklmnop"); "")`, 20),
		strings.Repeat(`replace(`, 30) + `"aa"` + strings.Repeat(`; "a"; "aaaaaaaaaa")`, 30),
		`addWeekDays("2026-01-01"; 1e12)`,
	} {
		err := evalWithin(t, src, testLimits)
		if err == nil || !strings.HasPrefix(err.Error(), "this expression ") || fault.KindOf(err) != fault.Runtime {
			t.Errorf("%s: got %v (%s), want a limit", shorten(src), err, fault.KindOf(err))
		}
	}
}

func TestSharedPartsAreNotWalkedForever(t *testing.T) {
	t.Parallel()
	v := value.Text("x")
	for range 60 {
		v = value.Array(v, v)
	}
	env := &Env{Scope: testScope{names: map[string]value.Value{"var": v}}, Limits: testLimits}
	for _, src := range []string{`var + "x"`, `var = var`, `toString(var)`, `distinct(add(emptyarray; var))`, `length(flatten(var; 60))`, `upper(var)`, `sort(add(emptyarray; var))`} {
		tpl, err := ParseExpression(src, Scenario)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tpl.Eval(env); err == nil {
			t.Errorf("%s: no error for a value of 2^60 parts", src)
		}
	}
}

func TestLongChainsNeedNoDepth(t *testing.T) {
	t.Parallel()
	const parts = 100_000
	if err := evalWithin(t, "1"+strings.Repeat(" + 1", parts), Limits{}); err != nil {
		t.Errorf("a sum of %d parts: %v", parts, err)
	}
}
