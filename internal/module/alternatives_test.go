package module

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

const alternativeFields = `[
	{"name":"url","type":"url","required":true},
	{"name":"body","type":"select","options":[
		{"label":"JSON","value":"json","nested":[
			{"name":"how","type":"select","default":"text","options":[
				{"label":"Text","value":"text","nested":[{"name":"text","type":"text","required":true}]},
				{"label":"Fields","value":"fields","nested":[{"name":"fields","type":"collection"}]}]}]},
		{"label":"Form","value":"form","nested":[{"name":"parts","type":"array"},{"name":"type","type":"text"}]},
		{"label":"Own","value":"own","nested":[{"name":"content","type":"text"},{"name":"type","type":"text","required":true}]}]},
	{"name":"retry","type":"boolean","default":true,"nested":[{"name":"count","type":"uinteger","required":true,"default":3}]},
	{"name":"several","type":"select","multiple":true,"options":[
		{"label":"A","value":"a","nested":[{"name":"inA","type":"text"}]},
		{"label":"B","value":"b","nested":[{"name":"inB","type":"text"}]}]}]`

func TestCoerceLeavesOutWhatIsNotChosen(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, in, want string }{
		{
			"the chosen option", `{"url":"http://x","body":"form","parts":[1],"type":"t","text":"kept","content":"kept","retry":false}`,
			`{"url":"http://x","body":"form","parts":[1],"type":"t","retry":false}`,
		},
		{
			"a choice within a choice, by default", `{"url":"http://x","body":"json","text":"{}","fields":{"a":1},"retry":false}`,
			`{"url":"http://x","body":"json","text":"{}","retry":false,"how":"text"}`,
		},
		{
			"the other choice within", `{"url":"http://x","body":"json","how":"fields","text":"{}","fields":{"a":1},"retry":false}`,
			`{"url":"http://x","body":"json","how":"fields","fields":{"a":1},"retry":false}`,
		},
		{"nothing is chosen", `{"url":"http://x","text":"{}","type":"t","retry":false}`, `{"url":"http://x","retry":false}`},
		{"no such option", `{"url":"http://x","body":"","type":"t","retry":false}`, `{"url":"http://x","retry":false}`},
		{"required in the option", `{"url":"http://x","body":"own","retry":false}`, `type: Missing value of required parameter 'type'.`},
		{"a boolean by default", `{"url":"http://x"}`, `{"url":"http://x","retry":true,"count":3}`},
		{"a boolean that is false", `{"url":"http://x","retry":"false","count":5}`, `{"url":"http://x","retry":false}`},
		{
			"several", `{"url":"http://x","retry":false,"several":["b"],"inA":"1","inB":"2"}`,
			`{"url":"http://x","retry":false,"several":["b"],"inB":"2"}`,
		},
		{"undeclared fields stay", `{"url":"http://x","retry":false,"own":1}`, `{"url":"http://x","retry":false,"own":1}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := Coerce(mustJSON(t, c.in), ParseFields(mustJSON(t, alternativeFields)), time.UTC)
			got := v.JSON()
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestUnchosen(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want string }{
		{`{}`, "text fields parts type content inA inB"},
		{`{"body":"form"}`, "text fields content inA inB"},
		{`{"body":"json"}`, "fields parts type content inA inB"},
		{`{"body":"json","how":"{{1.how}}"}`, "parts type content inA inB"},
		{`{"body":"{{1.body}}"}`, "fields inA inB"},
		{`{"retry":false,"several":["a"]}`, "text fields parts type content count inB"},
		{`{"retry":"{{1.x}}","several":"{{1.list}}"}`, "text fields parts type content"},
	}
	for _, c := range cases {
		t.Run(c.in, func(t *testing.T) {
			t.Parallel()
			names := Unchosen(ParseFields(mustJSON(t, alternativeFields)), mustJSON(t, c.in))
			names = slices.DeleteFunc(names, func(name string) bool { return name == "how" })
			slices.Sort(names)
			want := strings.Fields(c.want)
			slices.Sort(want)
			if got := strings.Join(slices.Compact(names), " "); got != strings.Join(want, " ") {
				t.Errorf("got %s, want %s", got, strings.Join(want, " "))
			}
		})
	}
}

func TestUnchosenOfFormsWithoutAlternatives(t *testing.T) {
	t.Parallel()
	if names := Unchosen([]Field{{Name: "a", Options: []Option{{Value: value.Text("x")}}}}, value.Collection()); names != nil {
		t.Errorf("got %v, want none", names)
	}
}

func TestMisfits(t *testing.T) {
	t.Parallel()
	const fields = `[
		{"name":"age","type":"uinteger","required":true,"validate":{"min":1,"max":150}},
		{"name":"code","type":"text","validate":{"min":2,"max":4,"pattern":"^[a-z]+$"}},
		{"name":"broken","type":"text","validate":{"pattern":"(?=x)"}},
		{"name":"since","type":"date","validate":{"max":3}},
		{"name":"way","type":"select","options":[{"label":"Up","value":"up","nested":[{"name":"far","type":"number"}]},{"label":"Down","value":"down"}]},
		{"name":"word","type":"text","validate":{"enum":["a","b"]}},
		{"name":"list","type":"array","spec":[{"name":"n","type":"number","required":true}],"validate":{"maxItems":2}}]`
	cases := []struct{ in, want string }{
		{`{}`, ""},
		{`{"age":"{{1.age}}","code":"{{1.code}}!","way":"{{1.way}}","list":"{{1.list}}"}`, ""},
		{`{"age":0}`, "age: The value 0 is less than 1."},
		{`{"age":"151"}`, "age: The value 151 is more than 150."},
		{`{"code":"a"}`, "code: The text is shorter than 2 characters."},
		{`{"code":"abcde"}`, "code: The text is longer than 4 characters."},
		{`{"code":"äbc"}`, "code: The value äbc does not fit the pattern ^[a-z]+$."},
		{`{"code":"abc","broken":"anything","since":"2026-01-02"}`, ""},
		{`{"way":"left"}`, "way: The value left is not one of up, down."},
		{`{"way":"down","far":"x"}`, ""},
		{`{"way":"up","far":"x"}`, `far: Expected a number, got the text "x".`},
		{`{"word":"c"}`, "word: The value c is not one of a, b."},
		{`{"list":[{"n":1},{"n":"x"},{"n":"{{1.n}}"}]}`, `list: Expected at most 2 items, got 3.; list[1].n: Expected a number, got the text "x".`},
	}
	for _, c := range cases {
		t.Run(c.in, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range Misfits(mustJSON(t, c.in), ParseFields(mustJSON(t, fields))) {
				got = append(got, m.Path+": "+m.Why.Error())
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("\n got %s\nwant %s", text, c.want)
			}
		})
	}
}

func TestStructure(t *testing.T) {
	t.Parallel()
	d := Description{DynamicInput: true, Parameters: []Field{{Name: "type", Type: "udt"}}, Expect: []Field{{Name: "own"}}}
	cases := []struct{ in, want string }{
		{`{}`, "own"},
		{`{"type":295619}`, "own"},
		{`{"type":""}`, "own"},
		{`{"type":[{"name":"a","type":"text"},{"name":"b","type":"number"}]}`, "own a b"},
		{`{"type":{"spec":[{"name":"a"}],"strict":true}}`, "own a"},
	}
	for _, c := range cases {
		t.Run(c.in, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, f := range d.Takes(mustJSON(t, c.in)) {
				got = append(got, f.Name)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
	fixed := d
	fixed.DynamicInput = false
	if got := fixed.Takes(mustJSON(t, `{"type":[{"name":"a"}]}`)); len(got) != 1 {
		t.Errorf("a module that takes only what is listed takes %d fields, want 1", len(got))
	}
}
