package engine_test

import (
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/value"
)

// node writes a node of a flow: id, module, mapper and further members.
func node(id, module, mapper, more string) string {
	if mapper == "" {
		mapper = "null"
	}
	if more != "" {
		more = "," + more
	}
	return `{"id":` + id + `,"module":"` + module + `","version":1,"mapper":` + mapper + more + `}`
}

func flow(nodes ...string) string { return "[" + strings.Join(nodes, ",") + "]" }

func act(id, v string) string { return node(id, "test:Act", `{"v":"`+v+`"}`, "") }

func filtered(id, v, a, op, b string) string {
	return node(id, "test:Act", `{"v":"`+v+`"}`, `"filter":{"name":"f","conditions":[[{"a":"`+a+`","o":"`+op+`","b":"`+b+`"}]]}`)
}

type traversal struct {
	name     string
	flow     string
	settings string
	batches  [][]value.Value
	want     []string // what the modules were asked, in order
	status   engine.Status
}

func numbers(ns ...int) []value.Value {
	list := make([]value.Value, len(ns))
	for i, n := range ns {
		list[i] = value.Collection(value.F("n", value.Int(n)))
	}
	return list
}

func traversals() []traversal {
	iter := func(id, list string) string { return node(id, "builtin:BasicFeeder", `{"array":"`+list+`"}`, "") }
	watch := node("1", "test:Watch", "", "")
	return []traversal{
		{
			name:    "depth first, bundle by bundle",
			flow:    flow(watch, act("2", "a{{1.n}}"), act("3", "b{{2.v}}")),
			batches: [][]value.Value{numbers(1, 2)},
			want:    []string{"1/1.1/2 a1", "1/1.1/3 ba1", "1/1.2/2 a2", "1/1.2/3 ba2"},
		},
		{
			name:    "a filter holds a bundle back from everything behind it",
			flow:    flow(watch, filtered("2", "x{{1.n}}", "{{1.n}}", "number:greater", "1"), act("3", "y")),
			batches: [][]value.Value{numbers(1, 2)},
			want:    []string{"1/1.2/2 x2", "1/1.2/3 y"},
		},
		{
			name: "an action may come first, and a search gives bundles of its own",
			flow: flow(act("1", "start"), node("2", "test:Search", `{"find":"{{split(\"p,q\"; \",\")}}"}`, ""), act("3", "{{2.v}}{{2.__IMTINDEX__}}/{{2.__IMTLENGTH__}}")),
			want: []string{"1/1 start", "1/2 search", "1/2.1/3 p1/2", "1/2.2/3 q2/2"},
		},
		{
			name: "a search without results ends the way of its bundle",
			flow: flow(act("1", "start"), node("2", "test:Search", `{"find":"{{emptyarray}}"}`, ""), act("3", "never")),
			want: []string{"1/1 start", "1/2 search"},
		},
		{
			name: "router: routes in order, every one that accepts, no fallback then",
			flow: flow(act("1", "s"), node("2", "builtin:BasicRouter", "", `"parameters":{"else":0},"routes":[
				{"flow":[`+act("3", "fallback")+`]},
				{"flow":[`+filtered("4", "four", "{{1.v}}", "text:equal", "s")+`,`+act("5", "five")+`]},
				{"flow":[`+filtered("6", "six", "{{1.v}}", "text:equal", "z")+`]},
				{"disabled":true,"flow":[`+act("7", "seven")+`]},
				{"flow":[`+act("8", "eight")+`]}]`)),
			want: []string{"1/1 s", "1/4 four", "1/5 five", "1/8 eight"},
		},
		{
			name: "router: the fallback for what no other route accepted, last",
			flow: flow(act("1", "s"), node("2", "builtin:BasicRouter", "", `"parameters":{"else":0},"routes":[
				{"flow":[`+act("3", "fallback")+`]},
				{"flow":[`+filtered("6", "six", "{{1.v}}", "text:equal", "z")+`]}]`)),
			want: []string{"1/1 s", "1/3 fallback"},
		},
		{
			name: "if-else: the first branch that matches, then the merge",
			flow: flow(act("1", "s"), node("2", "builtin:BasicIfElse", "", `"branches":[
				{"type":"condition","label":"no","merge":true,"conditions":[[{"a":"{{1.v}}","o":"text:equal","b":"z"}]],"flow":[`+act("3", "three")+`]},
				{"type":"condition","label":"yes","merge":true,"conditions":[[{"a":"{{1.v}}","o":"text:equal","b":"s"}]],"flow":[`+act("4", "four")+`]},
				{"type":"else","merge":false,"flow":[`+act("5", "five")+`]}]`),
				node("6", "builtin:BasicMerge", "", `"outputs":[{"name":"who","mappings":["{{3.v}}","{{4.v}}"]}],"filters":[null,null]`),
				act("7", "{{6.who}}!")),
			want: []string{"1/1 s", "1/4 four", "1/7 four!"},
		},
		{
			name: "if-else: a branch without merge ends there",
			flow: flow(act("1", "q"), node("2", "builtin:BasicIfElse", "", `"branches":[
				{"type":"condition","merge":true,"conditions":[[{"a":"{{1.v}}","o":"text:equal","b":"z"}]],"flow":[`+act("3", "three")+`]},
				{"type":"else","merge":false,"flow":[`+act("5", "five")+`]}]`),
				node("6", "builtin:BasicMerge", "", `"outputs":[{"name":"who","mappings":["{{3.v}}"]}],"filters":[null]`), act("7", "never")),
			want: []string{"1/1 q", "1/5 five"},
		},
		{
			name: "aggregator: one bundle for each operation of the source",
			flow: flow(act("1", "s"), node("2", "test:Search", `{"find":"{{split(\"a,b\"; \",\")}}"}`, ""), iter("3", "{{split(\\\"1,2\\\"; \\\",\\\")}}"),
				node("4", "builtin:BasicAggregator", `{"x":"{{2.v}}{{3.value}}"}`, `"parameters":{"feeder":3}`), act("5", "{{join(map(4.array; \\\"x\\\"); \\\"+\\\")}}")),
			want: []string{"1/1 s", "1/2 search", "1/2.1/4.1/5 a1+a2", "1/2.2/4.1/5 b1+b2"},
		},
		{
			name: "aggregator over an outer source collects across the inner one",
			flow: flow(act("1", "s"), node("2", "test:Search", `{"find":"{{split(\"a,b\"; \",\")}}"}`, ""), iter("3", "{{split(\\\"1,2\\\"; \\\",\\\")}}"),
				node("4", "builtin:BasicAggregator", `{"x":"{{2.v}}{{3.value}}"}`, `"parameters":{"feeder":2}`), act("5", "{{join(map(4.array; \\\"x\\\"); \\\"+\\\")}}{{2.v}}")),
			want: []string{"1/1 s", "1/2 search", "1/4.1/5 a1+a2+b1+b2"},
		},
		{
			name: "aggregator with groups: one bundle for each key, in order of appearance",
			flow: flow(act("1", "s"), iter("2", "{{split(\\\"b1,a2,b3\\\"; \\\",\\\")}}"),
				node("3", "builtin:BasicAggregator", `{"x":"{{2.value}}"}`, `"parameters":{"feeder":2},"flags":{"groupBy":"{{substring(2.value; 0; 1)}}"}`),
				act("4", "{{3.__IMTKEY__}}:{{join(map(3.array; \\\"x\\\"); \\\",\\\")}}")),
			want: []string{"1/1 s", "1/3.1/4 b:b1,b3", "1/3.2/4 a:a2"},
		},
		{
			name: "an empty aggregation puts out an empty array",
			flow: flow(act("1", "s"), iter("2", "{{emptyarray}}"), node("3", "builtin:BasicAggregator", `{}`, `"parameters":{"feeder":2}`), act("4", "{{length(3.array)}}")),
			want: []string{"1/1 s", "1/3.1/4 0"},
		},
		{
			name: "an empty aggregation stops when asked to",
			flow: flow(act("1", "s"), iter("2", "{{emptyarray}}"), node("3", "builtin:BasicAggregator", `{}`, `"parameters":{"feeder":2},"flags":{"stopIfEmpty":true}`), act("4", "never")),
			want: []string{"1/1 s"},
		},
		{
			name: "aggregators in two routes each go on with what reached them",
			flow: flow(act("1", "s"), iter("2", "{{split(\\\"a,b,c\\\"; \\\",\\\")}}"), node("3", "builtin:BasicRouter", "", `"routes":[
				{"flow":[`+node("4", "builtin:BasicAggregator", `{"x":"{{2.value}}"}`, `"parameters":{"feeder":2},"filter":{"name":"","conditions":[[{"a":"{{2.value}}","o":"text:notequal","b":"b"}]]}`)+`,`+act("5", "{{join(map(4.array; \\\"x\\\"); \\\"\\\")}}")+`]},
				{"flow":[`+node("6", "builtin:BasicAggregator", `{"x":"{{2.value}}"}`, `"parameters":{"feeder":2}`)+`,`+act("7", "{{join(map(6.array; \\\"x\\\"); \\\"\\\")}}")+`]}]`)),
			want: []string{"1/1 s", "1/4.1/5 ac", "1/6.1/7 abc"},
		},
		{
			name: "variables live for a cycle or for the execution",
			flow: flow(watch, node("2", "util:Get", `{"name":"c"}`, ""), node("3", "util:Get", `{"name":"e"}`, ""), act("4", "c={{2.c}} e={{3.e}}"),
				node("5", "util:Set", `{"name":"c","value":"{{1.n}}","scope":"roundtrip"}`, ""), node("6", "util:Set", `{"name":"e","value":"{{1.n}}","scope":"execution"}`, "")),
			settings: `{"roundtrips":3}`,
			batches:  [][]value.Value{numbers(1, 2), numbers(3)},
			want:     []string{"1/1.1/4 c= e=", "1/1.2/4 c=1 e=1", "2/1.1/4 c= e=2"},
		},
		{
			name:     "cycles end when the trigger has nothing new",
			flow:     flow(watch, act("2", "{{1.n}}")),
			settings: `{"roundtrips":10}`,
			batches:  [][]value.Value{numbers(1), numbers(2)},
			want:     []string{"1/1.1/2 1", "2/1.1/2 2"},
		},
		{
			name:     "without a trigger there are always as many cycles as the settings say",
			flow:     flow(act("1", "x")),
			settings: `{"roundtrips":3}`,
			want:     []string{"1/1 x", "2/1 x", "3/1 x"},
		},
		{
			name: "a disabled module lets bundles pass",
			flow: flow(act("1", "a"), node("2", "test:Act", `{"v":"b"}`, `"disabled":true`), act("3", "c{{2.v}}")),
			want: []string{"1/1 a", "1/3 c"},
		},
		{
			name:     "transactional modules commit at the end of the cycle",
			flow:     flow(watch, node("2", "test:Save", `{"v":"{{1.n}}"}`, ""), act("3", "after")),
			settings: `{"autoCommit":false,"roundtrips":2}`,
			batches:  [][]value.Value{numbers(1), numbers(2)},
			want:     []string{"1/1.1/2 1", "1/1.1/3 after", "commit 1", "2/1.1/2 2", "2/1.1/3 after", "commit 2"},
		},
		{
			name:     "with auto commit right after their operation",
			flow:     flow(watch, node("2", "test:Save", `{"v":"{{1.n}}"}`, ""), act("3", "after")),
			settings: `{"autoCommit":true}`,
			batches:  [][]value.Value{numbers(1)},
			want:     []string{"1/1.1/2 1", "commit 1", "1/1.1/3 after"},
		},
	}
}

func TestTraversal(t *testing.T) {
	t.Parallel()
	for _, c := range traversals() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &world{batches: c.batches}
			x := plan(t, w, c.flow, c.settings, "").Start(engine.Config{ID: "x", Seed: 1, Started: start})
			drive(t, x, first)
			if got, want := strings.Join(w.log, "\n"), strings.Join(c.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			want := c.status
			if want == "" {
				want = engine.Success
			}
			if o := x.Outcome(); o.Status != want {
				t.Errorf("status: got %s (%v), want %s", o.Status, o.Error, want)
			}
		})
	}
}

func TestInputReplacesTheFirstModule(t *testing.T) {
	t.Parallel()
	w := &world{}
	x := plan(t, w, flow(node("1", "test:Watch", "", ""), act("2", "{{1.n}}")), `{"roundtrips":5}`, "").
		Start(engine.Config{ID: "x", Started: start, HasInput: true, Input: numbers(7, 8)})
	drive(t, x, first)
	if got, want := strings.Join(w.log, "; "), "1/1.1/2 7; 1/1.2/2 8"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(1, 2, 3)}}
	f := flow(node("1", "test:Watch", "", ""), filtered("2", "x", "{{1.n}}", "number:greater", "1"))
	x := plan(t, w, f, "", "").Start(engine.Config{Started: start})
	drive(t, x, first)
	want := []engine.Counts{{Operations: 1, In: 1, Out: 3}, {Operations: 2, In: 2, Out: 2, Filtered: 1}}
	for i, got := range x.Counts() {
		if got != want[i] {
			t.Errorf("module %d: got %+v, want %+v", i+1, got, want[i])
		}
	}
	if got := x.Outcome().Operations; got != 3 {
		t.Errorf("operations: got %d, want 3", got)
	}
}

func TestKeptVariables(t *testing.T) {
	t.Parallel()
	w := &world{}
	f := flow(node("1", "util:Get", `{"name":"k"}`, ""), act("2", "k={{1.k}}"), node("3", "util:Set", `{"name":"k","value":"new","scope":"scenario"}`, ""))
	x := plan(t, w, f, "", "").Start(engine.Config{Started: start, Kept: value.Collection(value.F("k", value.Text("old")))})
	drive(t, x, first)
	if got := x.Outcome().Kept.JSON(); got != `{"k":"new"}` || w.log[0] != "1/2 k=old" {
		t.Errorf("got %s after %v, want the new value kept and the old one read", got, w.log)
	}
}
