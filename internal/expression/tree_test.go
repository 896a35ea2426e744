package expression

import (
	"reflect"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestTreeEval(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, src, want string
		d               Dialect
	}{
		{"constant", `{"a":1,"b":["x",null],"c":{}}`, `{"a":1,"b":["x",null],"c":{}}`, Scenario},
		{"order and types", `{"z":"{{1.count}}","a":"n={{1.count}}","l":["{{1.list}}",true]}`, `{"z":3,"a":"n=3","l":[[1,2,3],true]}`, Scenario},
		{"missing is null", `{"a":"{{1.none}}","b":["{{1.none}}"]}`, `{"a":null,"b":[null]}`, Scenario},
		{"missing is left out in apps", `{"a":"{{none}}","b":["{{none}}"],"c":"{{null}}"}`, `{"b":[null],"c":null}`, App},
		{"ignore", `{"a":"{{ignore}}","b":["{{ignore}}",1],"c":{"d":"{{if(1.yes; ignore; 1)}}"}}`, `{"b":[1],"c":{}}`, Scenario},
		{"erase", `{"a":"{{erase}}"}`, `{"a":""}`, Scenario},
		{"root text", `"{{1.name}}"`, `"Ada"`, Scenario},
		{"root ignore", `"{{ignore}}"`, `null`, Scenario},
		{"spread", `{"a":0,"{{...}}":"{{parameters}}","n":9}`, `{"a":0,"f":"x-y","n":9,"email":"a@b.c","limit":null}`, App},
		{"spread of pairs", `{"{{...}}":"{{toCollection(body.data, 'id', 'id')}}"}`, `{"1":1,"2":2}`, App},
		{"spread of nothing", `{"{{...}}":"{{none}}","a":1}`, `{"a":1}`, App},
		{"spread object", `{"{{...}}":{"x":"{{item.first}}","y":"{{none}}"}}`, `{"x":"A"}`, App},
		{"computed key", `{"{{parameters.f}}":1,"k{{parameters.n}}":"{{item.last}}"}`, `{"x-y":1,"k2":"B"}`, App},
		{"keys are plain in scenarios", `{"{{...}}":"{{1.count}}"}`, `{"{{...}}":3}`, Scenario},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			tree, problems := CompileTree(parseValue(t, c.src), c.d)
			if len(problems) > 0 {
				t.Fatalf("problems: %v", problems)
			}
			v, err := tree.Eval(testEnv(t))
			if err != nil || v.JSON() != c.want {
				t.Errorf("got %s (%v), want %s", v.JSON(), err, c.want)
			}
			if tree.Constant() != (c.name == "constant") {
				t.Errorf("constant: got %v", tree.Constant())
			}
		})
	}
}

func TestTreeKeepsErase(t *testing.T) {
	t.Parallel()
	tree, _ := CompileTree(parseValue(t, `{"a":"{{erase}}","b":"{{if(1.yes; erase; 1.name)}}"}`), Scenario)
	v, err := tree.Eval(testEnv(t))
	if err != nil || !IsErase(v.Get("a")) || !IsErase(v.Get("b")) {
		t.Errorf("got %s, %v, want erase in both fields", v.JSON(), err)
	}
}

func TestTreeErrorsNameTheField(t *testing.T) {
	t.Parallel()
	cases := []struct {
		src, field, message string
		d                   Dialect
	}{
		{`{"a":{"b":[0,{"c":"{{upper(1)}}"},{"c":"{{2 * \"x\"}}"}]}}`, "a.b[2].c", `operator *: expected a number, got the text "x"`, Scenario},
		{`{"x":{"{{...}}":"{{1}}"}}`, "x.{{...}}", `the key {{...}} needs a collection, got a number`, App},
		{`{"{{1/0}}":1}`, "{{1/0}}", `operator /: division by zero`, App},
		{`["{{1 / 0}}"]`, "[0]", `operator /: division by zero`, Scenario},
	}
	for _, c := range cases {
		tree, problems := CompileTree(parseValue(t, c.src), c.d)
		if len(problems) > 0 {
			t.Errorf("%s: problems %v", c.src, problems)
			continue
		}
		_, err := tree.Eval(testEnv(t))
		if got := fault.From(err); got == nil || got.Field != c.field || got.Message != c.message {
			t.Errorf("%s: got %+v, want %s: %s", c.src, got, c.field, c.message)
		}
	}
}

func TestTreeProblems(t *testing.T) {
	t.Parallel()
	tree, problems := CompileTree(parseValue(t, `{"ok":"{{1.a}}","a":{"b":[1,"x {{1.}}"]},"w":"{{1.a[0]}}"}`), Scenario)
	want := []fault.Problem{
		{
			Path: "a.b[1]", Problem: "column 7: expected a name after the point", Hint: "names with special characters stand in back-ticks: 1.`first-name`",
			Words: &fault.Words{
				Code: "in-column", Args: []string{"7", "expected a name after the point"}, Hint: &fault.Words{Code: "hint-back-ticks-path"},
				Parts: []fault.Part{{At: 1, Text: "expected a name after the point", Words: fault.Words{Code: "name-expected"}}},
			},
		},
		{
			Path: "w", Problem: "column 6: there is no element [0]: the result is always empty", Hint: "write [1] for the first element", Warning: true,
			Words: &fault.Words{
				Code: "in-column", Args: []string{"6", "there is no element [0]: the result is always empty"}, Hint: &fault.Words{Code: "hint-index-first"},
				Parts: []fault.Part{{At: 1, Text: "there is no element [0]: the result is always empty", Words: fault.Words{Code: "index-zero"}}},
			},
		},
	}
	if !reflect.DeepEqual([]fault.Problem(problems), want) {
		t.Errorf("got %+v, want %+v", problems, want)
	}
	_, err := tree.Eval(testEnv(t))
	if got := fault.From(err); got == nil || got.Kind != fault.InvalidConfiguration || got.Field != "a.b[1]" {
		t.Errorf("evaluating a broken tree: got %+v", got)
	}
}

func TestTreeWalk(t *testing.T) {
	t.Parallel()
	tree, _ := CompileTree(parseValue(t, `{"a":"{{x}}","b":["lit",{"{{k}}":"{{y}} z"}],"{{...}}":"{{s}}"}`), App)
	var got []string
	tree.Walk(func(path string, tpl *Template) { got = append(got, path+"="+tpl.Source()) })
	if want := "a={{x}} b[1].{{k}}={{k}} b[1].{{k}}={{y}} z {{...}}={{s}}"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTreeWithout(t *testing.T) {
	t.Parallel()
	tree, _ := CompileTree(parseValue(t, `{"a":"{{x}}","b":{"a":"{{y}}"},"c":"lit","broken":"{{"}`), Scenario)
	left := tree.Without([]string{"a", "broken", "absent"})
	var walked []string
	left.Walk(func(path string, tpl *Template) { walked = append(walked, path+"="+tpl.Source()) })
	if want := "b.a={{y}}"; strings.Join(walked, " ") != want {
		t.Errorf("walked %q, want %q", walked, want)
	}
	v, err := left.Eval(&Env{})
	if want := `{"b":{"a":null},"c":"lit"}`; err != nil || v.JSON() != want {
		t.Errorf("evaluates to %s, %v; want %s", v.JSON(), err, want)
	}
	constant, _ := CompileTree(parseValue(t, `{"a":"x","b":1}`), Scenario)
	if v, err := constant.Without([]string{"a"}).Eval(&Env{}); err != nil || v.JSON() != `{"b":1}` {
		t.Errorf("a constant tree evaluates to %s, %v", v.JSON(), err)
	}
	if (*Tree)(nil).Without([]string{"a"}) != nil || tree.Without(nil) != tree {
		t.Error("a tree changes although nothing is taken away")
	}
}

func TestTreeDepth(t *testing.T) {
	t.Parallel()
	for levels, ok := range map[int]bool{MaxTreeDepth: true, MaxTreeDepth + 1: false} {
		v := value.Text("{{1.a}}")
		for range levels {
			v = value.Array(v)
		}
		if _, problems := CompileTree(v, Scenario); problems.Invalid() == ok {
			t.Errorf("%d levels: got %v", levels, problems)
		}
	}
}
