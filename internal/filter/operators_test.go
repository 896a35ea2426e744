package filter

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestEveryOperatorIsThere(t *testing.T) {
	t.Parallel()
	want := []string{"exist", "notexist"}
	for _, verb := range []string{"equal", "contain", "startwith", "endwith", "pattern"} {
		want = append(want, "text:"+verb, "text:not"+verb, "text:"+verb+":ci", "text:not"+verb+":ci")
	}
	order := []string{"equal", "notequal", "greater", "less", "greaterorequal", "lessorequal"}
	for _, group := range []string{"number", "date", "time", "semver"} {
		for _, verb := range order {
			want = append(want, group+":"+verb)
		}
	}
	want = append(want, "array:contain", "array:notcontain", "array:contain:ci", "array:notcontain:ci")
	for _, verb := range order {
		want = append(want, "array:"+verb)
	}
	want = append(want, "boolean:equal", "boolean:notequal")
	var got []string
	for _, o := range Operators() {
		got = append(got, o.Name)
		if o.Group == "" || o.Label == "" || !strings.HasSuffix(o.Summary, ".") || len(o.Examples) == 0 {
			t.Errorf("%s: group %q, label %q, summary %q and %d examples; want all filled in", o.Name, o.Group, o.Label, o.Summary, len(o.Examples))
		}
		if o.Binary != !strings.HasSuffix(o.Name, "exist") {
			t.Errorf("%s: Binary is %t", o.Name, o.Binary)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operators (-want +got):\n%s", diff)
	}
}

func TestExamplesHold(t *testing.T) {
	t.Parallel()
	for _, o := range Operators() {
		for _, x := range o.Examples {
			got, err := Compare(o.Name, parse(t, x.A), parse(t, x.B), nil)
			if err != nil || got != x.Result {
				t.Errorf("%s with %s and %s: got %t, %v; want %t", o.Name, x.A, x.B, got, err, x.Result)
			}
		}
	}
}

// parse reads JSON, and nothing as undefined.
func parse(t *testing.T, src string) value.Value {
	t.Helper()
	if src == "" {
		return value.Undefined
	}
	v, err := value.ParseJSON([]byte(src))
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v
}

func TestCompare(t *testing.T) {
	t.Parallel()
	cases := []struct {
		op, a, b string
		want     bool
	}{
		{"exist", ``, ``, false},
		{"exist", `null`, ``, false},
		{"exist", `""`, ``, false},
		{"exist", `" "`, ``, true},
		{"exist", `0`, ``, true},
		{"exist", `false`, ``, true},
		{"exist", `[]`, ``, true},
		{"exist", `{}`, ``, true},
		{"notexist", `{}`, ``, false},
		{"notexist", ``, ``, true},
		{"notexist", `""`, ``, true},
		{"exist", `null`, `"x"`, false},

		{"text:equal", `"a"`, `"a"`, true},
		{"text:equal", `"a"`, `"A"`, false},
		{"text:equal:ci", `"É"`, `"é"`, true},
		{"text:equal", ``, `""`, true},
		{"text:equal", `true`, `"true"`, true},
		{"text:equal", `1.50`, `"1.5"`, true},
		{"text:equal", `["a","b"]`, `"a, b"`, true},
		{"text:equal", `{"a":1}`, `"{\"a\":1}"`, true},
		{"text:notequal", ``, `"x"`, true},
		{"text:contain", `"abc"`, `""`, true},
		{"text:notcontain:ci", `"ABC"`, `"b"`, false},
		{"text:contain", ``, `"b"`, false},
		{"text:startwith:ci", `"Re: hi"`, `"RE:"`, true},
		{"text:notstartwith", `"Re: hi"`, `"Re"`, false},
		{"text:notendwith", `"a"`, `"b"`, true},
		{"text:pattern", `"a1"`, `"\\d"`, true},
		{"text:pattern", `"a\nb"`, `"^b$"`, false},
		{"text:notpattern:ci", `"ABC"`, `"b"`, false},
		{"text:pattern", `"a"`, `""`, true},

		{"number:equal", `"5"`, `5`, true},
		{"number:equal", `" 5 "`, `"5.0"`, true},
		{"number:equal", ``, `0`, false},
		{"number:notequal", ``, `0`, true},
		{"number:notequal", `"x"`, `"x"`, true},
		{"number:equal", `"x"`, `"x"`, false},
		{"number:less", `"9"`, `"10"`, true},
		{"number:lessorequal", `10`, `10`, true},
		{"number:greaterorequal", `9`, `10`, false},
		{"number:greater", `"-1"`, `"-2"`, true},
		{"number:less", `true`, `5`, false},
		{"number:equal", `[5]`, `5`, false},
		{"number:equal", `12345678901234567890`, `"12345678901234567890"`, true},
		{"number:equal", `12345678901234567890`, `12345678901234567891`, false},
		{"number:less", `12345678901234567890`, `"12345678901234567891"`, true},
		{"number:greater", `1e3`, `999`, true},

		{"date:equal", `"2026-02-01"`, `"2026-02-01T00:00:00Z"`, true},
		{"date:less", `"2026-02-01T00:00:00+01:00"`, `"2026-02-01"`, true},
		{"date:greater", `"later"`, `"2026-02-01"`, false},
		{"date:notequal", ``, `"2026-02-01"`, true},
		{"date:less", `5`, `"2026-02-01"`, false},
		{"time:less", `"8:00"`, `"10:00"`, true},
		{"time:equal", `"8:00"`, `"08:00:00"`, true},
		{"time:greater", `"2026-02-01T12:00:00Z"`, `"11:59"`, true},
		{"time:equal", `"25:00"`, `"25:00"`, false},
		{"semver:less", `"1.2.3-alpha.2"`, `"1.2.3-alpha.10"`, true},
		{"semver:equal", `"1.2.3+build"`, `"1.2.3"`, true},
		{"semver:less", `"1.0.0-alpha"`, `"1.0.0-alpha.1"`, true},
		{"semver:less", `"1.0.0-1"`, `"1.0.0-a"`, true},
		{"semver:greater", `"1.0.0-a"`, `"1.0.0-1"`, true},
		{"semver:less", `"1.0.0-a"`, `"1.0.0-b"`, true},
		{"semver:equal", `1.2`, `"1.2.0"`, true},
		{"semver:equal", `"1.2.3.4"`, `"1.2.3.4"`, false},
		{"semver:notequal", `"1..2"`, `"1.0"`, true},
		{"semver:less", `"18446744073709551616.0.0"`, `"2.0.0"`, false},

		{"array:contain", `["a", "b"]`, `"b"`, true},
		{"array:contain", `[1]`, `"1"`, true},
		{"array:contain", `["ab"]`, `"a"`, false},
		{"array:contain", `[{"a":1}]`, `{"a":1}`, true},
		{"array:contain", `[[1]]`, `[1]`, true},
		{"array:contain", `[{"a":1}]`, `"a"`, false},
		{"array:notcontain", ``, `"a"`, true},
		{"array:notcontain:ci", `["A"]`, `"a"`, false},
		{"array:contain", `"a"`, `"a"`, true},
		{"array:contain", `[null]`, `""`, true},
		{"array:equal", `[1, 2]`, `2`, true},
		{"array:notequal", `[]`, `"0"`, false},
		{"array:greater", ``, `0`, false},
		{"array:less", `""`, `1`, true},
		{"array:greaterorequal", `"one"`, `1`, true},
		{"array:lessorequal", `{"a":1,"b":2}`, `1`, true},
		{"array:equal", `[]`, `null`, false},

		{"boolean:equal", `"true"`, `true`, true},
		{"boolean:equal", ``, `"false"`, true},
		{"boolean:notequal", `true`, `""`, true},
		{"boolean:equal", `0`, `true`, true},
		{"boolean:notequal", `"false"`, `false`, false},
	}
	for _, c := range cases {
		got, err := Compare(c.op, parse(t, c.a), parse(t, c.b), nil)
		if err != nil || got != c.want {
			t.Errorf("%s with %s and %s: got %t, %v; want %t", c.op, c.a, c.b, got, err, c.want)
		}
	}
}

func TestCompareUsesTheZone(t *testing.T) {
	t.Parallel()
	rome := time.FixedZone("Rome", 2*60*60)
	noon := value.Date(time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC))
	for _, c := range []struct{ op, b string }{{"time:equal", "12:00"}, {"date:equal", "2026-07-01 12:00"}} {
		if got, err := Compare(c.op, noon, value.Text(c.b), rome); !got || err != nil {
			t.Errorf("%s with %s: got %t, %v; want true in the zone of the scenario", c.op, c.b, got, err)
		}
	}
}

func TestCompareErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, op, a, b, message, hint string }{
		{"unknown operator", "text:same", "a", "a", `there is no operator "text:same"`, "operators look like"},
		{"lookahead", "text:pattern", "a", "(?!b)a", "the pattern is not a regular expression that can be used here", "lookahead"},
		{"backreference", "text:notpattern", "a", `(a)\1`, "the pattern is not", "backreferences"},
		{"code", "text:pattern", "a", `\u20ac`, "the pattern is not", `\x{20AC}`},
		{"bracket", "text:pattern", "a", `(a`, "missing closing )", "check brackets"},
		{"escaped lookalike", "text:pattern", "a", `\\1(`, "missing closing )", "check brackets"},
		{"long pattern", "text:pattern", "a", strings.Repeat("a", MaxPatternBytes+1), "the pattern is 4097 bytes long", ""},
		{"long text", "text:pattern", strings.Repeat("a", MaxPatternTextBytes+1), "b", "the text is 1048577 bytes long", "text:contain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := Compare(c.op, value.Text(c.a), value.Text(c.b), nil)
			e := fault.From(err)
			if got || e == nil || !strings.Contains(e.Message, c.message) || !strings.Contains(e.Hint, c.hint) {
				t.Errorf("got %t, %v (%+v); want message %q, hint %q", got, err, e, c.message, c.hint)
			}
		})
	}
}

func TestPatternsAtTheirLimit(t *testing.T) {
	t.Parallel()
	text, pattern := strings.Repeat("a", MaxPatternTextBytes), strings.Repeat("a", MaxPatternBytes)
	if got, err := Compare("text:pattern", value.Text(text), value.Text(pattern), nil); !got || err != nil {
		t.Errorf("got %t, %v; want true", got, err)
	}
}

func TestWrongNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"text:startswith": `use "text:startwith"`, "text:StartsWith:ci": `use "text:startwith:ci"`, "text:endswith": `use "text:endwith"`,
		"text:contains": `use "text:contain"`, "string:equal": `use "text:equal"`, "string:contains": `use "text:contain"`,
		"date:before": `use "date:less"`, "date:after": `use "date:greater"`, "number:greaterequal": `use "number:greaterorequal"`,
		"number:gte": `use "number:greaterorequal"`, "number:lessequal": `use "number:lessorequal"`, "text:notempty": `use "exist"`,
		"exists": `use "exist"`, "text:exist": `use "exist"`, "array:contains": `use "array:contain"`, "text:regex": `use "text:pattern"`,
		"text:eqaul": `did you mean "text:equal"?`, "nmber:less": `did you mean "number:less"?`, "": "operators look like", "fuzzy": "operators look like",
		strings.Repeat("x", 500): "operators look like",
	} {
		_, err := find(name)
		if err == nil || !strings.Contains(err.Hint, want) {
			t.Errorf("%.40q: got %+v, want the hint %q", name, err, want)
		}
	}
	for wrong, right := range wrongVerbTable {
		if !strings.HasPrefix(wrong, ":") || byNameTable["text:"+right] == nil && byNameTable["number:"+right] == nil && byNameTable[right] == nil {
			t.Errorf("%s: %s is a verb of no operator", wrong, right)
		}
	}
}

func FuzzCompare(f *testing.F) {
	for _, o := range Operators() {
		for _, x := range o.Examples {
			f.Add(o.Name, x.A, x.B)
		}
	}
	f.Fuzz(func(t *testing.T, op, a, b string) {
		x, errX := value.ParseJSON([]byte(a))
		if errX != nil {
			x = value.Text(a)
		}
		y, errY := value.ParseJSON([]byte(b))
		if errY != nil {
			y = value.Text(b)
		}
		got, err := Compare(op, x, y, time.UTC)
		if got && err != nil {
			t.Errorf("%s: got true and the error %v", op, err)
		}
		opposite := strings.Replace(op, ":", ":not", 1)
		if opposite == op || byNameTable[op] == nil || byNameTable[opposite] == nil || err != nil {
			return
		}
		if inverse, err := Compare(opposite, x, y, time.UTC); err != nil || inverse == got {
			t.Errorf("%s gives %t, and %s gives %t, %v", op, got, opposite, inverse, err)
		}
	})
}
