package filter

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// bundle is a scope in which module 1 has put out one bundle.
type bundle struct{ v value.Value }

func (b bundle) Module(id int) value.Value {
	if id == 1 {
		return b.v
	}
	return value.Undefined
}
func (b bundle) Meta(int, string) value.Value { return value.Undefined }
func (b bundle) Name(string) value.Value      { return value.Undefined }

func env(tb testing.TB) *expression.Env {
	tb.Helper()
	v, err := value.ParseJSON([]byte(`{"name":"Ada","age":36,"tags":["vip","beta"],"none":null,"pattern":"^A","bad":"("}`))
	if err != nil {
		tb.Fatal(err)
	}
	return &expression.Env{Scope: bundle{v}, Now: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}
}

func TestPass(t *testing.T) {
	t.Parallel()
	const yes, no = `{"a":"{{1.name}}","b":"Ada","o":"text:equal"}`, `{"a":"{{1.name}}","o":"notexist"}`
	for _, c := range []struct {
		name, filter string
		want         bool
	}{
		{"null", `null`, true},
		{"name only", `{"name":"x"}`, true},
		{"null conditions", `{"conditions":null}`, true},
		{"no conditions", `{"conditions":[]}`, true},
		{"empty group", `{"conditions":[[]]}`, true},
		{"one", `{"conditions":[[` + yes + `]]}`, true},
		{"not one", `{"conditions":[[` + no + `]]}`, false},
		{"and", `{"conditions":[[` + yes + `,` + no + `]]}`, false},
		{"or", `{"conditions":[[` + no + `],[` + yes + `]]}`, true},
		{"or of ands", `{"conditions":[[` + yes + `,` + no + `],[` + yes + `,` + yes + `]]}`, true},
		{"empty group beside another", `{"conditions":[[],[` + no + `]]}`, false},
		{"native types", `{"conditions":[[{"a":"{{1.tags}}","b":2,"o":"array:equal"}]]}`, true},
		{"missing operands", `{"conditions":[[{"o":"notexist"},{"o":"text:equal"}]]}`, true},
		{"other operands", `{"conditions":[[{"a":["x","{{1.name}}"],"b":"Ada","o":"array:contain"}]]}`, true},
		{"ignore and erase", `{"conditions":[[{"a":"{{ignore}}","o":"notexist"},{"a":"{{erase}}","o":"notexist"}]]}`, true},
		{"constant pattern", `{"conditions":[[{"a":"{{1.name}}","b":"^a.a$","o":"text:pattern:ci"}]]}`, true},
		{"mapped pattern", `{"conditions":[[{"a":"{{1.name}}","b":"{{1.pattern}}","o":"text:pattern"}]]}`, true},
		{"unreadable", `{"conditions":[[{"a":"{{1.name}}","b":"5","o":"number:greater"}]]}`, false},
		{"unary with b", `{"conditions":[[{"a":"{{1.name}}","b":"ignored","o":"exist"}]]}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, problems := Parse(parse(t, c.filter), expression.Scenario)
			if problems.Invalid() {
				t.Fatalf("problems: %v", problems)
			}
			if got, err := f.Pass(env(t)); err != nil || got != c.want {
				t.Errorf("got %t, %v; want %t", got, err, c.want)
			}
		})
	}
	var none *Filter
	if got, err := none.Pass(env(t)); !got || err != nil || !none.Empty() {
		t.Errorf("a nil filter: got %t, %v; want it to let everything pass", got, err)
	}
}

func TestPassErrorsNameTheOperand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ filter, field string }{
		{`{"conditions":[[{"a":"{{1.name}}","o":"exist"},{"a":"{{parseDate(\"x\"; \"YYYY\")}}","o":"exist"}]]}`, "conditions[0][1].a"},
		{`{"conditions":[[{"a":"{{1.name}}","b":["{{parseDate(\"x\"; \"YYYY\")}}"],"o":"text:equal"}]]}`, "conditions[0][0].b[0]"},
		{`{"conditions":[[{"a":"{{1.name}}","b":"{{1.bad}}","o":"text:pattern"}]]}`, "conditions[0][0].b"},
	} {
		f, problems := Parse(parse(t, c.filter), expression.Scenario)
		if len(problems) > 0 {
			t.Fatalf("problems: %v", problems)
		}
		pass, err := f.Pass(env(t))
		if e := fault.From(err); pass || e == nil || e.Field != c.field {
			t.Errorf("%s: got %t, %+v; want an error at %s", c.filter, pass, e, c.field)
		}
	}
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ filter, want string }{
		{`[]`, `a filter is an object with name and conditions, this is a list`},
		{`{"conditions":{"a":1}}`, `conditions: conditions are a list of groups, each of them a list of conditions; this is an object`},
		{`{"conditions":[{"a":"x","o":"exist"}]}`, `conditions[0]: a group is a list of conditions that must all hold; this is an object`},
		{`{"conditions":[["x"]]}`, `conditions[0][0]: a condition is an object with a, b and o, this is a text`},
		{`{"conditions":[[]]}`, `conditions[0]: this group has no condition and is left out`},
		{`{"conditions":[[{"a":"x"}]]}`, `conditions[0][0].o: the condition has no operator`},
		{`{"conditions":[[{"a":"x","o":5}]]}`, `conditions[0][0].o: there is no operator "5"`},
		{`{"conditions":[[{"a":"x","o":"exist"},{"a":"x","b":"y","o":"text:startswith"}]]}`, `conditions[0][1].o: there is no operator "text:startswith"`},
		{`{"conditions":[[{"a":"{{1.x","o":"exist"}]]}`, `conditions[0][0].a: column `},
		{`{"conditions":[[{"a":"x","b":{"c":["{{uper(1.x)}}"]},"o":"text:equal"}]]}`, `conditions[0][0].b.c[0]: column 3: unknown function 'uper'`},
		{`{"conditions":[[{"a":"x","b":"(?=x)","o":"text:pattern"}]]}`, `conditions[0][0].b: the pattern is not a regular expression`},
		{`{"conditions":[[{"a":"{{","b":"{{","o":"nope:nope"}]]}`, `conditions[0][0].o: there is no operator "nope:nope"`},
	} {
		f, problems := Parse(parse(t, c.filter), expression.Scenario)
		if len(problems) == 0 || !strings.HasPrefix(problems[0].String(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.filter, problems, c.want)
		}
		pass, err := f.Pass(env(t))
		if e := fault.From(err); problems.Invalid() && (pass || e == nil || !strings.HasPrefix(c.want, e.Field)) {
			t.Errorf("%s: a broken filter gives %t, %+v; want an error at the problem", c.filter, pass, e)
		}
	}
	_, problems := ParseConditions(parse(t, `[[{"a":"x","o":"exists"}]]`), expression.Scenario)
	want := fault.Problems{{Path: "[0][0].o", Problem: `there is no operator "exists"`, Hint: `use "exist"`, Words: &fault.Words{
		Code: "filter-operator", Args: []string{"exists"}, Hint: &fault.Words{Code: "hint-use", Args: []string{"exist"}},
	}}}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("ParseConditions (-want +got):\n%s", diff)
	}
}

func TestParseLimit(t *testing.T) {
	t.Parallel()
	conditions := func(n int) value.Value {
		return parse(t, `{"conditions":[[`+strings.TrimSuffix(strings.Repeat(`{"a":"x","o":"exist"},`, n), ",")+`]]}`)
	}
	if _, problems := Parse(conditions(MaxConditions), expression.Scenario); len(problems) != 0 {
		t.Errorf("at the limit: got %v", problems)
	}
	_, problems := Parse(conditions(MaxConditions+5), expression.Scenario)
	if len(problems) != 1 || !strings.Contains(problems[0].Problem, fmt.Sprint(MaxConditions)) {
		t.Errorf("over the limit: got %v, want one problem", problems)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	f, _ := Parse(parse(t, `{"conditions":[[{"a":"{{1.x}}","b":"y","o":"text:equal"}],[{"a":"x","b":["{{2.y}}"],"o":"text:equal"}]]}`), expression.Scenario)
	got := map[string]string{}
	f.Templates(func(path string, x *expression.Template) { got[path] = x.Source() })
	want := map[string]string{"conditions[0][0].a": "{{1.x}}", "conditions[1][0].b[0]": "{{2.y}}"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("templates (-want +got):\n%s", diff)
	}
	var none *Filter
	none.Templates(func(path string, _ *expression.Template) { t.Errorf("a nil filter has the template %s", path) })
}

func FuzzFilter(f *testing.F) {
	f.Add(`{"name":"x","conditions":[[{"a":"{{1.name}}","b":"A","o":"text:startwith:ci"}],[{"a":"{{1.tags[]}}","b":"{{1.pattern}}","o":"text:pattern"}]]}`)
	f.Add(`{"conditions":[[{"a":["{{1.age}}"],"b":1,"o":"array:greater"}],[]]}`)
	f.Add(`{"conditions":[[{"a":"{{now}}","b":"2026-01-01","o":"date:before"}]]}`)
	f.Fuzz(func(t *testing.T, src string) {
		v, err := value.ParseJSON([]byte(src))
		if err != nil {
			return
		}
		parsed, problems := Parse(v, expression.Scenario)
		for _, p := range problems {
			if p.Problem == "" {
				t.Errorf("a problem without a text at %s", p.Path)
			}
		}
		e := env(t)
		e.Limits = expression.Limits{Steps: 10_000, Bytes: 1 << 20}
		if pass, err := parsed.Pass(e); pass && err != nil {
			t.Errorf("got true and the error %v", err)
		}
	})
}

func BenchmarkPass(b *testing.B) {
	v, err := value.ParseJSON([]byte(`{"conditions":[[{"a":"{{1.name}}","b":"Ada","o":"text:equal"},{"a":"{{1.age}}","b":"18","o":"number:greaterorequal"}]]}`))
	if err != nil {
		b.Fatal(err)
	}
	f, _ := Parse(v, expression.Scenario)
	e := env(b)
	b.ReportAllocs()
	for b.Loop() {
		if pass, err := f.Pass(e); !pass || err != nil {
			b.Fatalf("got %t, %v", pass, err)
		}
	}
}
