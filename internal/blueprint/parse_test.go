package blueprint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return src
}

func mustParse(tb testing.TB, src string) *Blueprint {
	tb.Helper()
	b, err := Parse([]byte(src))
	if err != nil {
		tb.Fatalf("parse: %v", err)
	}
	return b
}

func TestParseReadsEverything(t *testing.T) {
	t.Parallel()
	b := mustParse(t, string(read(t, "full.json")))
	if problems := b.Validate(nil); len(problems) != 0 {
		t.Errorf("problems: %v", problems)
	}
	if b.Name != "Full tour" || b.Description != "One of each" || !b.Instant {
		t.Errorf("got name %q, description %q, instant %t", b.Name, b.Description, b.Instant)
	}
	key := b.Settings.OrderKey
	b.Settings.OrderKey = nil
	want := Settings{
		Roundtrips: 5, MaxErrors: 0, AutoCommit: false, AutoCommitTriggerLast: false, Sequential: true, Confidential: true,
		StoreIncomplete: true, DataLoss: true, FreshVariables: true, BundlesAtOnce: 8, Timezone: "Europe/Rome",
	}
	if diff := cmp.Diff(want, b.Settings); diff != "" || key == nil || key.Source() != "{{1.email}}" {
		t.Errorf("settings (-want +got):\n%s; order key %v", diff, key)
	}
	if b.Interface == nil || len(b.Interface.Inputs) != 1 || b.Interface.Inputs[0].Name != "limit" || len(b.Interface.Outputs) != 1 {
		t.Errorf("interface: got %+v", b.Interface)
	}
	if len(b.Orphans) != 1 || len(b.Orphans[0]) != 1 || b.Orphans[0][0].ID != 90 {
		t.Errorf("orphans: got %v, want one row with module 90", b.Orphans)
	}
}

// nodeOf returns the module with the number id.
func nodeOf(t *testing.T, b *Blueprint, id int) *Node {
	t.Helper()
	for _, n := range b.Nodes() {
		if n.ID == id {
			return n
		}
	}
	t.Fatalf("there is no module %d", id)
	return nil
}

func TestParseReadsNodes(t *testing.T) {
	t.Parallel()
	b := mustParse(t, string(read(t, "full.json")))
	hook := nodeOf(t, b, 1)
	if hook.Hook != "77" || hook.Label != "New order" || hook.App() != "gateway" || hook.Mapper == nil || len(hook.Interface) != 2 {
		t.Errorf("webhook: got %+v", hook)
	}
	call := nodeOf(t, b, 2)
	if call.Connection != "4711" || call.SafeToRepeat == nil || !*call.SafeToRepeat || len(call.Expect) != 1 || !call.HasOnError || len(call.OnError) != 2 {
		t.Errorf("call: got %+v", call)
	}
	if call.Filter == nil || call.Filter.Name != "has email" || call.Filter.Empty() {
		t.Errorf("filter: got %+v", call.Filter)
	}
	silent := nodeOf(t, b, 5)
	if !silent.HasOnError || len(silent.OnError) != 0 || !silent.Disabled || silent.Mapper != nil {
		t.Errorf("a disabled module with an empty error route: got %+v", silent)
	}
	sum := nodeOf(t, b, 6)
	if sum.Feeder != 4 || sum.GroupBy == nil || sum.GroupBy.Source() != "{{4.kind}}" || !sum.StopIfEmpty {
		t.Errorf("aggregator: got %+v", sum)
	}
	merge := nodeOf(t, b, 12)
	if len(merge.Outputs) != 1 || merge.Outputs[0].Name != "who" || len(merge.Outputs[0].Mappings) != 2 || len(merge.MergeFilters) != 2 || merge.MergeFilters[0] != nil {
		t.Errorf("merge: got %+v", merge)
	}
	router := nodeOf(t, b, 13)
	if len(router.Routes) != 3 || router.ElseRoute != 1 || !router.Routes[2].Disabled || sum.ElseRoute != -1 {
		t.Errorf("router: got %+v", router)
	}
	branches := nodeOf(t, b, 9).Branches
	if len(branches) != 3 || branches[0].Label != "vip" || branches[0].Filter.Empty() || !branches[0].Merge || !branches[1].Else || branches[2].Merge || !branches[2].Disabled {
		t.Errorf("branches: got %+v", branches)
	}
}

func TestWalkIsInDocumentOrder(t *testing.T) {
	t.Parallel()
	b := mustParse(t, string(read(t, "full.json")))
	var paths []string
	b.Walk(func(n *Node, ctx WalkContext) {
		if ctx.Flow[ctx.Index] != n {
			t.Errorf("%s: the context is that of %s", n.Path, ctx.Flow[ctx.Index].Path)
		}
		at := n.Path
		if ctx.Parent != nil {
			at = fmt.Sprintf("%s in %d depth %d", at, ctx.Parent.ID, ctx.Depth)
		}
		if ctx.ErrorOf != nil {
			at += fmt.Sprintf(" error of %d", ctx.ErrorOf.ID)
		}
		paths = append(paths, at)
	})
	want := []string{
		"flow[0]", "flow[1]", "flow[1].onerror[0] in 2 depth 1 error of 2", "flow[1].onerror[1] in 2 depth 1 error of 2",
		"flow[2]", "flow[3]", "flow[4]", "flow[5]",
		"flow[5].branches[0].flow[0] in 9 depth 1", "flow[5].branches[1].flow[0] in 9 depth 1", "flow[5].branches[2].flow[0] in 9 depth 1",
		"flow[6]", "flow[7]",
		"flow[7].routes[0].flow[0] in 13 depth 1", "flow[7].routes[0].flow[0].onerror[0] in 14 depth 2 error of 14",
		"flow[7].routes[1].flow[0] in 13 depth 1", "flow[7].routes[2].flow[0] in 13 depth 1",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("walk (-want +got):\n%s", diff)
	}
	for i, n := range b.Nodes() {
		if at, _, _ := strings.Cut(want[i], " "); n.Path != at {
			t.Errorf("Nodes()[%d]: got %s, want %s", i, n.Path, at)
		}
	}
}

const small = `{"name":"A","flow":[{"id":1,"module":"util:BasicTrigger","version":1,"parameters":{},"x":[1.50,null]}],"zz":{"b":1,"a":2}}`

func TestParseUnwrapsAndPrintKeepsTheWrapper(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src string }{
		{"bare", small},
		{"byte order mark", "\xef\xbb\xbf" + small},
		{"bare with a member named as a wrapper", strings.Replace(small, `"zz"`, `"blueprint":{"flow":[]},"response":{},"zz"`, 1)},
		{"wrapped", `{"blueprint":` + small + `,"teamId":5}`},
		{"answer of an API", `{"code":"OK","response":{"blueprint":` + small + `,"scheduling":{"type":"indefinitely"}}}`},
		{"as text", string(value.AppendJSON(nil, value.Collection(value.F("blueprint", value.Text(small)), value.F("teamId", value.Int(1)))))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := mustParse(t, c.src)
			if b.Name != "A" || len(b.Flow) != 1 || b.Flow[0].Path != "flow[0]" {
				t.Errorf("got name %q and flow %v", b.Name, b.Flow)
			}
			want, err := value.ParseJSON([]byte(strings.TrimPrefix(c.src, "\xef\xbb\xbf")))
			if err != nil {
				t.Fatal(err)
			}
			got, err := value.ParseJSON(b.Print())
			if err != nil || got.JSON() != want.JSON() {
				t.Errorf("printed:\n got %s, %v\nwant %s", got.JSON(), err, want.JSON())
			}
			if b.Raw().Get("zz").JSON() != `{"b":1,"a":2}` {
				t.Errorf("raw: got %s", b.Raw().JSON())
			}
		})
	}
}

func TestPrintIndents(t *testing.T) {
	t.Parallel()
	got := string(mustParse(t, `{"name":"A","flow":[]}`).Print())
	if want := "{\n    \"name\": \"A\",\n    \"flow\": []\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	b := mustParse(t, small)
	if diff := cmp.Diff(DefaultSettings(), b.Settings, cmp.AllowUnexported(expression.Template{})); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if b.Interface != nil || b.Instant || b.Flow[0].ElseRoute != -1 || b.Flow[0].SafeToRepeat != nil || b.Flow[0].HasOnError {
		t.Errorf("got %+v", b.Flow[0])
	}
}

func TestParseFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, src, message, hint string }{
		{"empty", ``, "the blueprint is not valid JSON: line 1, column 1: the text ends", "starts with {"},
		{"not JSON", `name: x`, "line 1, column 1: expected a value, found 'n'", "starts with {"},
		{"cut off", "{\n  \"name\": \"x\",\n  \"flow\": [", "line 3, column 12: ", "mend the text"},
		{"bad UTF-8", "{\"name\":\"\xff\"}", "line 1, column 10: this text is not valid UTF-8", "mend the text"},
		{"array", `[]`, "a blueprint is an object with name and flow, this is a list", "export the scenario"},
		{"text", `"flow"`, "a blueprint is an object with name and flow, this is \"flow\"", "export the scenario"},
		{"no flow", `{"name":"x"}`, "there is no list of modules", "export the scenario"},
		{"other tool", `{"name":"x","nodes":[],"connections":{}}`, "there is no list of modules", "another tool"},
		{"modules", `{"name":"x","modules":[]}`, "there is no list of modules", `named "flow"`},
		{"flow of a wrong type", `{"flow":{"id":1}}`, "expected a list of modules, got an object", "[ … ]"},
		{"broken inner text", `{"blueprint":"{"}`, "not valid JSON: line 1, column 2", "mend the text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse([]byte(c.src))
			message, hint := told(err)
			if !strings.Contains(message, c.message) || !strings.Contains(hint, c.hint) {
				t.Errorf("got %q, hint %q; want %q, hint %q", message, hint, c.message, c.hint)
			}
		})
	}
}

// told returns what an error of Parse tells the user.
func told(err error) (message, hint string) {
	var problems fault.Problems
	if errors.As(err, &problems) {
		return problems[0].Problem, problems[0].Hint
	}
	if err == nil {
		return "", ""
	}
	return fault.From(err).Message, fault.From(err).Hint
}

// nested is a blueprint with routers inside each other.
func nested(levels int) string {
	const open = `{"id":1,"module":"builtin:BasicRouter","version":1,"routes":[{"flow":[`
	return `{"name":"x","flow":[` + strings.Repeat(open, levels) + strings.Repeat(`]}]}`, levels) + `]}`
}

// rowOf is a blueprint with modules in a row.
func rowOf(modules int) string {
	var b strings.Builder
	for i := range modules {
		fmt.Fprintf(&b, `,{"id":%d,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"x"}}`, i+1)
	}
	return `{"name":"x","flow":[` + b.String()[1:] + `]}`
}

func TestParseLimits(t *testing.T) {
	t.Parallel()
	padding := MaxBytes - len(small)
	for _, c := range []struct{ name, at, over, message string }{
		{"depth", nested(MaxRouteDepth), nested(MaxRouteDepth + 1), "routes are nested deeper than 50 levels"},
		{"depth of 100", nested(MaxRouteDepth), nested(100), "routes are nested deeper than 50 levels"},
		{"modules", rowOf(MaxModules), rowOf(MaxModules + 1), "the scenario has more than 5000 modules"},
		{"bytes", small + strings.Repeat(" ", padding), small + strings.Repeat(" ", padding+1), "the blueprint is 16777217 bytes long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(c.at)); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			_, err := Parse([]byte(c.over))
			message, hint := told(err)
			var problems fault.Problems
			if errors.As(err, &problems) && len(problems) != 1 {
				t.Errorf("over the limit: got %d problems, want one", len(problems))
			}
			if !strings.Contains(message, c.message) || hint == "" {
				t.Errorf("over the limit: got %q, hint %q; want %q and a hint", message, hint, c.message)
			}
		})
	}
}

func TestValidateAtTheLimitOfModules(t *testing.T) {
	t.Parallel()
	if problems := mustParse(t, rowOf(MaxModules)).Validate(nil); len(problems) != 0 {
		t.Errorf("got %v", problems[:1])
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(names) == 0 {
		f.Fatalf("testdata: %v, %v", names, err)
	}
	for _, name := range names {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte(small))
	f.Add([]byte(nested(3)))
	f.Fuzz(func(t *testing.T, src []byte) {
		b, err := Parse(src)
		if err != nil {
			if message, _ := told(err); message == "" {
				t.Errorf("an error without a message: %v", err)
			}
			return
		}
		for _, p := range append(b.Validate(nil), b.Validate(testCatalog())...) {
			if p.Problem == "" {
				t.Errorf("a problem without a text at %s", p.Path)
			}
		}
		again, err := Parse(b.Print())
		if err != nil {
			t.Fatalf("printed and not read again: %v", err)
		}
		if got, want := again.document.JSON(), b.document.JSON(); got != want {
			t.Errorf("printed:\n got %s\nwant %s", got, want)
		}
	})
}

func TestRenamedKeepsEverythingElse(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`{"name":"a","flow":[],"x":1}`, `{"name":"b","flow":[],"x":1}`},
		{`{"flow":[]}`, `{"flow":[],"name":"b"}`},
		{`{"blueprint":{"name":"a","flow":[]},"name":"kept"}`, `{"blueprint":{"name":"b","flow":[]},"name":"kept"}`},
		{`{"code":"OK","response":{"blueprint":{"name":"a","flow":[]}}}`, `{"code":"OK","response":{"blueprint":{"name":"b","flow":[]}}}`},
		{`{"blueprint":"{\"name\":\"a\",\"flow\":[]}"}`, `{"blueprint":"{\"name\":\"b\",\"flow\":[]}"}`},
	}
	for _, tc := range tests {
		b, err := mustParse(t, tc.in).Renamed("b")
		if err != nil || b.Name != "b" || b.document.JSON() != tc.want {
			t.Errorf("%s: got %v, error %v; want %s", tc.in, b, err, tc.want)
		}
	}
}
