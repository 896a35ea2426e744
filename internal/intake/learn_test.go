package intake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, known string
		samples     []string
		want        string
	}{
		{
			"types", "[]",
			[]string{`{"t":"x","n":1.5,"b":true,"d":"2026-11-23T10:00:00Z","a":[],"c":{}}`},
			`[{"name":"t","type":"text"},{"name":"n","type":"number"},{"name":"b","type":"boolean"},{"name":"d","type":"date"},{"name":"a","type":"array"},{"name":"c","type":"collection"}]`,
		},
		{"several samples", "[]", []string{`{"a":1}`, `{"b":2}`, `{"a":3}`}, `[{"name":"a","type":"number"},{"name":"b","type":"number"}]`},
		{"number, then text", "[]", []string{`{"a":1}`, `{"a":"x"}`}, `[{"name":"a","type":"text"}]`},
		{"date, then text", "[]", []string{`{"a":"2026-01-01"}`, `{"a":"soon"}`}, `[{"name":"a","type":"text"}]`},
		{"collection, then text", "[]", []string{`{"a":{"b":1}}`, `{"a":"x"}`, `{"a":{"b":1}}`}, `[{"name":"a","type":"any"}]`},
		{"null, then number", "[]", []string{`{"a":null}`, `{"a":1}`, `{"a":null}`}, `[{"name":"a","type":"number"}]`},
		{"nothing but null", "[]", []string{`{"a":null}`}, `[{"name":"a"}]`},
		{
			"nested", "[]",
			[]string{`{"u":{"d":{"email":"a"}}}`, `{"u":{"d":{"age":1},"x":[]}}`},
			`[{"name":"u","type":"collection","spec":[{"name":"d","type":"collection","spec":[{"name":"email","type":"text"},{"name":"age","type":"number"}]},{"name":"x","type":"array"}]}]`,
		},
		{"array of plain values", "[]", []string{`{"a":[1,null,2]}`}, `[{"name":"a","type":"array","spec":[{"type":"number"}]}]`},
		{"array of mixed plain values", "[]", []string{`{"a":[1,"x"]}`}, `[{"name":"a","type":"array","spec":[{"type":"text"}]}]`},
		{
			"array of collections", "[]",
			[]string{`{"a":[{"x":1},{"y":"2026-01-01"}]}`, `{"a":[{"x":"z"}]}`},
			`[{"name":"a","type":"array","spec":[{"name":"x","type":"text"},{"name":"y","type":"date"}]}]`,
		},
		{"array of both", "[]", []string{`{"a":[{"x":1},2]}`}, `[{"name":"a","type":"array","spec":[{"type":"any"}]}]`},
		{"array of both, the other way", "[]", []string{`{"a":[2,{"x":1}]}`}, `[{"name":"a","type":"array","spec":[{"type":"any"}]}]`},
		{"array of arrays", "[]", []string{`{"a":[[1],[2]]}`}, `[{"name":"a","type":"array","spec":[{"type":"array","spec":[{"type":"number"}]}]}]`},
		{
			"what a person wrote stays", `[{"name":"e","type":"email","label":"E-mail","required":true,"own":1}]`,
			[]string{`{"e":"x","n":1}`},
			`[{"name":"e","type":"email","label":"E-mail","required":true,"own":1},{"name":"n","type":"number"}]`,
		},
		{"headers are no data", "[]", []string{`{"__IMTHEADERS__":[],"__IMTMETHOD__":"POST"}`}, `[]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fields := structure(t, c.known)
			for _, sample := range c.samples {
				fields = Merge(fields, parseJSON(t, sample))
				// Between two calls the structure is stored.
				fields = module.ParseFields(parseJSON(t, StructureValue(fields).JSON()))
			}
			if diff := cmp.Diff(c.want, StructureValue(fields).JSON()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, sample := range c.samples {
				if problems := Validate(parseJSON(t, sample), fields, true); len(problems) > 0 && c.known == "[]" {
					t.Errorf("sample %s does not fit what was learned from it: %v", sample, problems)
				}
			}
		})
	}
}

func TestMergeDoesNotChangeWhatWasKnown(t *testing.T) {
	t.Parallel()
	known := structure(t, `[{"name":"a","type":"collection","spec":[{"name":"b","type":"number"}]},{"name":"c","type":"number"}]`)
	before := structure(t, StructureValue(known).JSON())
	Merge(known, parseJSON(t, `{"a":{"b":"x","d":1},"c":"x","e":1}`))
	if diff := cmp.Diff(before, known, cmpopts.IgnoreFields(module.Field{}, "Raw", "Default")); diff != "" {
		t.Errorf("known was changed (-before +after):\n%s", diff)
	}
}

func TestDatesAreRecognized(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"2026-11-23": true, "2026-11-23T10:00:00Z": true, "2026-11-23T10:00:00.123+02:00": true, "2026-11-23 10:00:00": true, "2026-11-23T10:00": true,
		"2026-11-23T10:00:00+0200": true, "2026-13-01": false, "2026-02-30": false, "1.2.2026": false, "20261123": false, "2026-11-23 is a day": false, "": false,
	} {
		if got := isDate(text); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
		if _, err := value.ParseDate(text, nil); want && err != nil {
			t.Errorf("%q counts as a date, but modules cannot read it: %v", text, err)
		}
	}
}

func TestLimitsOfLearning(t *testing.T) {
	t.Parallel()
	many := func(n int) value.Value {
		var b value.Builder
		for i := range n {
			b.Set(fmt.Sprint("f", i), value.Int(i))
		}
		return b.Build()
	}
	if got := len(Merge(nil, many(MaxLearnedFields))); got != MaxLearnedFields {
		t.Errorf("fields at the limit: got %d, want %d", got, MaxLearnedFields)
	}
	if got := len(Merge(Merge(nil, many(MaxLearnedFields)), many(MaxLearnedFields+1))); got != MaxLearnedFields {
		t.Errorf("fields past the limit: got %d, want %d", got, MaxLearnedFields)
	}
	deep := func(n int) value.Value { return parseJSON(t, strings.Repeat(`{"a":`, n)+"1"+strings.Repeat("}", n)) }
	levels := func(fields []module.Field) (n int, last string) {
		for len(fields) > 0 {
			n, last, fields = n+1, fields[0].Type, fields[0].Spec
		}
		return n, last
	}
	if n, last := levels(Merge(nil, deep(MaxLearnedDepth+1))); n != MaxLearnedDepth+1 || last != "number" {
		t.Errorf("at the depth: got %d levels down to %s, want %d down to number", n, last, MaxLearnedDepth+1)
	}
	if n, last := levels(Merge(nil, deep(MaxLearnedDepth+2))); n != MaxLearnedDepth+1 || last != "any" {
		t.Errorf("past the depth: got %d levels down to %s, want %d down to any", n, last, MaxLearnedDepth+1)
	}
}

func TestLearningEndsByItself(t *testing.T) {
	t.Parallel()
	sample := parseJSON(t, `{"a":1}`)
	l := Start(testTime, nil)
	for range MaxSamples {
		l = l.Add(sample, testTime)
	}
	if l.Samples != MaxSamples || l.Active(testTime) {
		t.Errorf("after %d samples: got %d, active %v, want not active", MaxSamples, l.Samples, l.Active(testTime))
	}
	l = Start(testTime, nil).Add(sample, testTime.Add(LearningTime-1))
	if l.Samples != 1 {
		t.Errorf("just before the end: got %d samples, want 1", l.Samples)
	}
	l = l.Add(parseJSON(t, `{"b":1}`), testTime.Add(LearningTime))
	if l.Samples != 1 || len(l.Fields) != 1 || l.Active(testTime) {
		t.Errorf("at the end: got %d samples, %d fields, active %v, want 1, 1, false", l.Samples, len(l.Fields), l.Active(testTime))
	}
	if l = Start(testTime, nil).Stop(); l.Active(testTime) {
		t.Error("stopped: got active")
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const user = `[{"name":"email","type":"email","required":true},{"name":"tags","type":"array","spec":{"type":"text"}},
		{"name":"orders","type":"array","spec":[{"name":"id","type":"uinteger","required":true}]},
		{"name":"address","type":"collection","spec":[{"name":"zip","type":"text","required":true}]},
		{"name":"vip","type":"boolean"},{"name":"born","type":"date"},{"name":"plan","type":"select","options":["a","b"]},{"name":"x","type":"any"}]`
	cases := []struct {
		name, bundle string
		strict       bool
		want         string
	}{
		{"all is well", `{"email":"a","tags":["x",1],"orders":[{"id":1}],"address":{"zip":"1"},"vip":true,"born":"2026-01-01","plan":"a","x":[]}`, true, ""},
		{"texts as forms send them", `{"email":"a","orders":[{"id":"1"}],"vip":"true"}`, true, ""},
		{"optional fields may be null", `{"email":"a","tags":null,"vip":null}`, true, ""},
		{"nothing", `{}`, false, "email: is missing"},
		{"null counts as missing", `{"email":null}`, false, "email: is missing"},
		{"empty counts as missing", `{"email":""}`, false, "email: Missing value of required parameter 'email'."},
		{"more than asked for", `{"email":"a","more":1}`, false, ""},
		{"more than asked for, strict", `{"email":"a","more":1,"address":{"zip":"1","more":2}}`, true, "address.more: is not part of the data structure (the structure is strict)\nmore: is not part of the data structure (the structure is strict)"},
		{"headers are no data", `{"email":"a","__IMTHEADERS__":[],"__IMTMETHOD__":"POST"}`, true, ""},
		{
			"every wrong field", `{"email":{},"tags":"x","orders":[{"id":-1},{},3],"address":{},"vip":"maybe","born":"soon","plan":"c"}`, false,
			"email: must be of type email, not a collection\ntags: must be an array, not a text\norders[1].id: Expected a whole number of 0 or more, got -1.\norders[2].id: is missing\n" +
				"orders[3]: must be a collection, not a number\naddress.zip: is missing\nvip: must be true or false, not a text\nborn: ",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := Validate(parseJSON(t, c.bundle), structure(t, user), c.strict).Error()
			if got != c.want && (c.want == "" || !strings.HasSuffix(c.want, ": ") || !strings.HasPrefix(got, c.want)) {
				t.Errorf("problems:\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	list := strings.Repeat("1,", MaxProblems) + "1"
	got := len(Validate(parseJSON(t, `{"a":[`+list+`]}`), structure(t, `[{"name":"a","type":"array","spec":[{"name":"x","type":"text"}]}]`), false))
	if got != MaxProblems {
		t.Errorf("problems of %d wrong elements: got %d, want %d", MaxProblems+1, got, MaxProblems)
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l, now, rate := newLimiter(), testTime, Rate{2, 10 * time.Second}
	steps := []struct {
		after time.Duration
		want  time.Duration
	}{
		{0, 0},
		{0, 0},
		{0, 5 * time.Second},
		{4 * time.Second, time.Second},
		{time.Second, 0},
		{0, 5 * time.Second},
		{-time.Hour, 5 * time.Second}, // the clock was set back
		{5 * time.Second, 0},
		{time.Hour, 0},
		{0, 0},
		{0, 5 * time.Second},
	}
	for i, s := range steps {
		now = now.Add(s.after)
		if got := l.allow(1, rate, now); got != s.want {
			t.Errorf("step %d: got %v, want %v", i+1, got, s.want)
		}
	}
	if got := l.allow(2, rate, now); got != 0 {
		t.Errorf("another webhook: got %v, want 0", got)
	}
	for range 1000 {
		if got := l.allow(3, Rate{Limit: -1}, now); got != 0 {
			t.Fatalf("without a limit: got %v, want 0", got)
		}
	}
	for given, want := range map[Rate]Rate{
		{}: {300, 10 * time.Second}, {5, 0}: {300, 10 * time.Second}, {5, time.Second}: {5, time.Second}, {-1, 0}: {-1, 0},
	} {
		if got := given.orDefault(); got != want {
			t.Errorf("%v: got %v, want %v", given, got, want)
		}
	}
}

func TestLimiterForgetsIdleWebhooks(t *testing.T) {
	t.Parallel()
	l, rate := newLimiter(), Rate{1, time.Second}
	for i := range 10 * sweepAt {
		l.allow(HookID(i), rate, testTime.Add(time.Duration(i)*time.Second))
	}
	if got := len(l.whole); got > sweepAt {
		t.Errorf("webhooks remembered: got %d, want at most %d", got, sweepAt)
	}
}
