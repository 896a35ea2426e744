package expression

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// seedTexts are templates of both dialects: the examples of the documentation, and some that are wrong.
func seedTexts() []string {
	seeds := []string{
		"", "{{", "}}", "{{}}", "{{1.a", "{{1.`a", `{{"`, "{{1.a[", "{{if(", "{{a.b['c']}}", "{{'x'y}}", "{{{a: 1}}}", "{{[1, 2][3]}}", "{{!a ?? b || c}}",
		`{{replace(1.name; "/(a)(b)?/gi"; "$1$2$&$$")}}`, `a {{1.items[].name}} b {{1.items[-1]}}`, `{{1.list[1.zero]}}`, "{{1 = 2 & 3 < 4 | 5 % 6}}",
	}
	for _, f := range Functions() {
		for _, e := range f.Examples {
			seeds = append(seeds, opening+e.Expression+closing)
		}
	}
	for _, o := range Operators() {
		for _, e := range o.Examples {
			seeds = append(seeds, opening+e.Expression+closing)
		}
	}
	return seeds
}

func FuzzParse(f *testing.F) {
	for _, s := range seedTexts() {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, src string, app bool) {
		d := Scenario
		if app {
			d = App
		}
		tpl, err := Parse(src, d)
		if err == nil {
			if tpl.Source() != src {
				t.Fatalf("source: got %q, want %q", tpl.Source(), src)
			}
			return
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Fatalf("%q: got %T, want a *SyntaxError", src, err)
		}
		if syntax.Column < 1 || syntax.Column > utf8.RuneCountInString(src)+1 || syntax.Message == "" {
			t.Fatalf("%q: error %+v lies outside the text or says nothing", src, syntax)
		}
	})
}

// fuzzLimits are small, so that an input that gets round them shows.
const (
	fuzzSteps = 50_000
	fuzzBytes = 200_000
)

func FuzzEval(f *testing.F) {
	for _, s := range seedTexts() {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, src string, app bool) {
		d := Scenario
		if app {
			d = App
		}
		tpl, err := Parse(src, d)
		if err != nil {
			return
		}
		env := testEnv(t)
		env.Limits = Limits{Steps: fuzzSteps, Bytes: fuzzBytes}
		v, err := tpl.Eval(env)
		var told *fault.Error
		if err != nil && (!errors.As(err, &told) || told.Message == "") {
			t.Fatalf("%q: got %v, want a fault with a message", src, err)
		}
		if size := builtSize(v); size > fuzzBytes+len(src)+len(testBundle)*valueBytes {
			t.Fatalf("%q: result of %d bytes is beyond the limit of %d", src, size, fuzzBytes)
		}
		env = testEnv(t)
		env.Limits = Limits{Steps: fuzzSteps, Bytes: fuzzBytes}
		again, errAgain := tpl.Eval(env)
		if (err == nil) != (errAgain == nil) || !value.Equal(v, again) {
			t.Fatalf("%q: two evaluations differ: %s (%v) and %s (%v)", src, v.JSON(), err, again.JSON(), errAgain)
		}
	})
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-01-02T03:04:05.678Z", "YYYY-MM-DDTHH:mm:ss.SSSZ")
	f.Add("Fri Jan 2nd 12:00 am", "ddd MMM Do hh:mm a")
	f.Add("2026-W53-7 X", "GGGG-[W]WW-E x Q DDDD kk")
	f.Fuzz(func(t *testing.T, text, format string) {
		d, err := parseTime(text, format, testNow, testNow.Location())
		if err == nil && value.Date(d).ISO() == "" {
			t.Fatalf("%q as %q: no date and no error", text, format)
		}
		if got := formatTime(testNow, format); len(got) > 30*len(format) {
			t.Fatalf("%q: writes %d bytes", format, len(got))
		}
	})
}
