package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// failing is an action that fails with the kind of error for the bundles whose n is 2.
func failing(id, kind, more string) string {
	return node(id, "test:Act", `{"v":"{{1.n}}","fail":"{{if(1.n = 2; \"`+kind+`\"; \"\")}}"}`, more)
}

func onError(modules ...string) string { return `"onerror":[` + strings.Join(modules, ",") + `]` }

type reaction struct {
	name       string
	flow       string
	settings   string
	want       []string
	status     engine.Status
	errorKind  fault.Kind
	incomplete string // "module address retry"
	deactivate bool
	retry      bool
}

func reactions() []reaction {
	watch := node("1", "test:Watch", "", "")
	save := node("9", "test:Save", `{"v":"saved"}`, "")
	manual := `{"autoCommit":false}`
	dlq := `{"autoCommit":false,"dlq":true}`
	three := []string{"1/1.1/2 1", "1/1.1/3 after", "1/1.3/2 3", "1/1.3/3 after"}
	return []reaction{
		{
			name: "without a handler an error rolls back and ends", flow: flow(watch, save, failing("2", "RuntimeError", ""), act("3", "after")), settings: manual,
			want: []string{"1/1.1/9 saved", "1/1.1/2 1", "1/1.1/3 after", "1/1.2/9 saved", "rollback 1"}, status: engine.Failed, errorKind: fault.Runtime,
		},
		{
			name: "ignore drops the bundle and goes on", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "builtin:Ignore", "", ""))), act("3", "after")),
			want: three, status: engine.Success,
		},
		{
			name: "an error route without a directive ignores", flow: flow(watch, failing("2", "RuntimeError", onError(act("4", "handled {{2.error.type}} {{2.error.message}}"))), act("3", "after")),
			want:   []string{"1/1.1/2 1", "1/1.1/3 after", "1/1.2/4 handled RuntimeError refused 2", "1/1.3/2 3", "1/1.3/3 after"},
			status: engine.Success,
		},
		{
			name: "resume goes on with the substitute", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "builtin:Resume", `{"v":"instead of {{1.n}}"}`, ""))), act("3", "after {{2.v}}")),
			want:   []string{"1/1.1/2 1", "1/1.1/3 after 1", "1/1.2/3 after instead of 2", "1/1.3/2 3", "1/1.3/3 after 3"},
			status: engine.Success,
		},
		{
			name: "break sets the bundle aside", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "builtin:Break", `{"retry":"{{true}}","count":"3","interval":"15"}`, ""))), act("3", "after")), settings: dlq,
			want: three, status: engine.Success, incomplete: "2 1/1.2/2 true",
		},
		{
			name: "break without retries warns", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "builtin:Break", `{"retry":false}`, ""))), act("3", "after")), settings: dlq,
			want: three, status: engine.Warning, incomplete: "2 1/1.2/2 false",
		},
		{
			name: "commit ends with what was done", flow: flow(watch, save, failing("2", "RuntimeError", onError(node("4", "builtin:Commit", "", "")))), settings: manual,
			want: []string{"1/1.1/9 saved", "1/1.1/2 1", "1/1.2/9 saved", "commit 1"}, status: engine.Success,
		},
		{
			name: "rollback ends with an error", flow: flow(watch, save, failing("2", "DataError", onError(node("4", "builtin:Rollback", "", "")))), settings: manual,
			want: []string{"1/1.1/9 saved", "1/1.1/2 1", "1/1.2/9 saved", "rollback 1"}, status: engine.Failed, errorKind: fault.Data,
		},
		{
			name: "an error route whose first filter refuses does not apply", flow: flow(watch, failing("2", "RuntimeError", onError(
				node("4", "builtin:Ignore", "", `"filter":{"name":"","conditions":[[{"a":"{{2.error.type}}","o":"text:equal","b":"DataError"}]]}`))), act("3", "after")),
			want: []string{"1/1.1/2 1", "1/1.1/3 after"}, status: engine.Failed, errorKind: fault.Runtime,
		},
		{
			name: "routes in an error route end with their own directives", flow: flow(watch, failing("2", "DataError", onError(node("4", "builtin:BasicRouter", "", `"routes":[
				{"flow":[`+node("5", "builtin:Rollback", "", `"filter":{"name":"","conditions":[[{"a":"{{2.error.type}}","o":"text:equal","b":"RuntimeError"}]]}`)+`]},
				{"flow":[`+node("6", "builtin:Resume", `{"v":"r"}`, "")+`]}]`))), act("3", "after {{2.v}}")),
			want:   []string{"1/1.1/2 1", "1/1.1/3 after 1", "1/1.2/3 after r", "1/1.3/2 3", "1/1.3/3 after 3"},
			status: engine.Success,
		},
		{
			name: "an error inside an error route ends the execution", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "test:Act", `{"fail":"DataError"}`, ""))), act("3", "after")), settings: dlq,
			want: []string{"1/1.1/2 1", "1/1.1/3 after"}, status: engine.Failed, errorKind: fault.Data,
		},
		{
			name: "unless it has a handler of its own", flow: flow(watch, failing("2", "RuntimeError", onError(node("4", "test:Act", `{"fail":"DataError"}`, onError(node("5", "builtin:Ignore", "", ""))))), act("3", "after")),
			want: three, status: engine.Success,
		},
		{
			name: "bad data is set aside when incomplete executions are stored", flow: flow(watch, failing("2", "DataError", ""), act("3", "after")), settings: dlq,
			want: three, status: engine.Warning, incomplete: "2 1/1.2/2 false",
		},
		{
			name: "bad data ends the execution otherwise", flow: flow(watch, failing("2", "DataError", ""), act("3", "after")),
			want: []string{"1/1.1/2 1", "1/1.1/3 after"}, status: engine.Failed, errorKind: fault.Data,
		},
		{
			name: "a connection that fails is set aside for retries", flow: flow(watch, failing("2", "ConnectionError", ""), act("3", "after")), settings: dlq,
			want: three, status: engine.Warning, incomplete: "2 1/1.2/2 true",
		},
		{
			name: "a connection that fails asks for a later run otherwise", flow: flow(watch, failing("2", "ConnectionError", ""), act("3", "after")),
			want: []string{"1/1.1/2 1", "1/1.1/3 after"}, status: engine.Failed, errorKind: fault.Connection, retry: true,
		},
		{
			name: "a first module that cannot connect is a warning", flow: flow(node("1", "test:Act", `{"fail":"ConnectionError"}`, "")), settings: dlq,
			want: nil, status: engine.Warning, errorKind: fault.Connection, retry: true,
		},
		{
			name: "a revoked token deactivates", flow: flow(watch, failing("2", "InvalidAccessTokenError", ""), act("3", "after")), settings: dlq,
			want: []string{"1/1.1/2 1", "1/1.1/3 after"}, status: engine.Failed, errorKind: fault.InvalidAccessToken, incomplete: "2 1/1.2/2 false", deactivate: true,
		},
		{
			name: "refused credentials cannot be handled by an error route", flow: flow(watch, failing("2", "AccountValidationError", onError(node("4", "builtin:Ignore", "", "")))),
			want: []string{"1/1.1/2 1"}, status: engine.Failed, errorKind: fault.AccountValidation,
		},
		{
			name: "what is too large is dropped where data loss is allowed", flow: flow(watch, failing("2", "MaxFileSizeExceededError", ""), act("3", "after")), settings: `{"dataloss":true}`,
			want: three, status: engine.Warning,
		},
		{
			name: "an error in one route lets the others run when it is set aside", flow: flow(watch, node("4", "builtin:BasicRouter", "", `"routes":[
				{"flow":[`+failing("2", "DataError", "")+`,`+act("3", "after")+`]},{"flow":[`+act("5", "other")+`]}]`)), settings: dlq,
			want:   []string{"1/1.1/2 1", "1/1.1/3 after", "1/1.1/5 other", "1/1.2/5 other", "1/1.3/2 3", "1/1.3/3 after", "1/1.3/5 other"},
			status: engine.Warning, incomplete: "2 1/1.2/2 false",
		},
		{
			name: "ignore in a route drops the bundle for the later routes too", flow: flow(watch, node("4", "builtin:BasicRouter", "", `"routes":[
				{"flow":[`+failing("2", "DataError", onError(node("6", "builtin:Ignore", "", "")))+`]},{"flow":[`+act("5", "other")+`]}]`)),
			want: []string{"1/1.1/2 1", "1/1.1/5 other", "1/1.3/2 3", "1/1.3/5 other"}, status: engine.Success,
		},
		{
			name: "a field that cannot be evaluated is a failure of its module", flow: flow(watch, node("2", "test:Act", `{"v":"{{parseNumber(\"x\")}}"}`, onError(act("4", "{{2.error.type}}"))), act("3", "after")),
			want: nil, status: engine.Success,
		},
		{
			name: "an aggregator that refuses an item fails when its source ends", flow: flow(watch, node("2", "builtin:BasicAggregator", `{"fail":"{{1.n = 2}}"}`, `"parameters":{"feeder":1},`+onError(node("4", "builtin:Resume", `{"array":"none"}`, ""))), act("3", "{{2.array}}")),
			want: []string{"1/2.1/3 none"}, status: engine.Success,
		},
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range reactions() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &world{batches: [][]value.Value{numbers(1, 2, 3)}}
			x := plan(t, w, c.flow, c.settings, "").Start(engine.Config{ID: "x", Seed: 1, Started: start})
			drive(t, x, first)
			if got, want := strings.Join(w.log, "\n"), strings.Join(c.want, "\n"); got != want && c.want != nil {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			o := x.Outcome()
			if o.Status != c.status || fault.KindOf(asError(o.Error)) != c.errorKind || o.Deactivate != c.deactivate || o.Retry != c.retry {
				t.Errorf("outcome: got %s %v deactivate %v retry %v, want %s %s %v %v", o.Status, o.Error, o.Deactivate, o.Retry, c.status, c.errorKind, c.deactivate, c.retry)
			}
			var incomplete []string
			for _, inc := range o.Incomplete {
				incomplete = append(incomplete, fmt.Sprintf("%d %s %v", inc.ModuleID, inc.Address, inc.Retry))
			}
			if got := strings.Join(incomplete, "; "); got != c.incomplete {
				t.Errorf("incomplete: got %q, want %q", got, c.incomplete)
			}
		})
	}
}

func asError(e *fault.Error) error {
	if e == nil {
		return nil
	}
	return e
}

func TestBreakKeepsTheBundlesAndTheRetries(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(2)}}
	f := flow(node("1", "test:Watch", "", ""), node("5", "test:Echo", `{"k":"v"}`, ""),
		failing("2", "RuntimeError", onError(node("4", "builtin:Break", `{"retry":"{{true}}","count":"3","interval":"15"}`, ""))))
	x := plan(t, w, f, `{"dlq":true}`, "").Start(engine.Config{Started: start})
	drive(t, x, first)
	inc := x.Outcome().Incomplete
	if len(inc) != 1 {
		t.Fatalf("got %d incomplete, want 1", len(inc))
	}
	if got, want := inc[0].Scope.JSON(), `{"1":{"n":2},"5":{"k":"v"}}`; got != want {
		t.Errorf("bundles: got %s, want %s", got, want)
	}
	if inc[0].Interval != 15*time.Minute || inc[0].Attempts != 3 {
		t.Errorf("retries: got %d every %s, want 3 every 15m", inc[0].Attempts, inc[0].Interval)
	}
}

func TestCommitThatFails(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(1), numbers(2)}, commitError: fault.New(fault.Connection, "the store is gone")}
	f := flow(node("1", "test:Watch", "", ""), node("2", "test:Save", `{"v":"x"}`, ""))
	x := plan(t, w, f, `{"autoCommit":false,"roundtrips":2}`, "").Start(engine.Config{Started: start})
	drive(t, x, first)
	o := x.Outcome()
	if o.Status != engine.Failed || o.Error == nil || o.Error.Kind != fault.Inconsistency || !o.Deactivate || o.Cycles != 1 {
		t.Errorf("got %s, %v, deactivate %v after %d cycles; want an InconsistencyError after one", o.Status, o.Error, o.Deactivate, o.Cycles)
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(1, 2)}}
	x := plan(t, w, flow(node("1", "test:Watch", "", ""), node("2", "test:Save", `{"v":"{{1.n}}"}`, "")), `{"autoCommit":false}`, "").
		Start(engine.Config{Started: start})
	drive(t, x, func(int) int {
		if len(w.log) == 1 {
			x.Interrupt(fault.New(fault.ExecutionInterrupted, "stopped"))
		}
		return 0
	})
	if got, want := strings.Join(w.log, "; "), "1/1.1/2 1; 1/1.2/2 2; rollback 1"; got != want {
		t.Errorf("got %s, want %s: the operation that is out is finished, nothing more starts", got, want)
	}
	if o := x.Outcome(); o.Status != engine.Failed || o.Error.Kind != fault.ExecutionInterrupted {
		t.Errorf("got %s, %v", o.Status, o.Error)
	}
}

// A driver that stops here must not wait for the commit, which nobody has begun.
func TestCommitThatWasNotHandedOutIsNotInFlight(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(1)}}
	x := plan(t, w, flow(node("1", "test:Save", `{"v":"x"}`, "")), `{"autoCommit":true}`, "").Start(engine.Config{Started: start})
	tasks, _ := x.Advance(start, 100)
	if len(tasks) != 1 || tasks[0].Kind != engine.RunOperation || x.InFlight() != 1 {
		t.Fatalf("got tasks %v with %d in flight, want one operation", tasks, x.InFlight())
	}
	if x.Complete(tasks[0], engine.Result{}); x.InFlight() != 0 {
		t.Errorf("behind the operation: got %d in flight, want none", x.InFlight())
	}
	if tasks, _ = x.Advance(start, 100); len(tasks) != 1 || tasks[0].Kind != engine.CommitCycle || x.InFlight() != 1 {
		t.Errorf("got tasks %v with %d in flight, want one commit", tasks, x.InFlight())
	}
}

func TestResumeGoesOnFromTheModule(t *testing.T) {
	t.Parallel()
	f := flow(node("1", "test:Watch", "", ""), node("4", "builtin:BasicRouter", "", `"routes":[
		{"flow":[`+failing("2", "DataError", "")+`,`+act("3", "after {{2.v}} of {{1.n}}")+`]},{"flow":[`+act("5", "other")+`]}]`))
	w := &world{batches: [][]value.Value{numbers(2)}}
	p := plan(t, w, f, `{"dlq":true,"roundtrips":3}`, "")
	x := p.Start(engine.Config{Started: start})
	drive(t, x, first)
	inc := x.Outcome().Incomplete
	if len(inc) != 1 {
		t.Fatalf("got %d incomplete, want 1", len(inc))
	}
	w.log = nil
	mended := inc[0].Scope.With("1", value.Collection(value.F("n", value.Int(7))))
	x = p.Start(engine.Config{ID: "retry", Started: start, Resume: &engine.Resume{Module: inc[0].ModuleID, Bundles: mended}})
	drive(t, x, first)
	if got, want := strings.Join(w.log, "; "), "1/2 7; 1/3 after 7 of 7"; got != want || x.Outcome().Status != engine.Success {
		t.Errorf("got %s (%s), want %s: only what lies behind the module, once", got, x.Outcome().Status, want)
	}
}

func TestResumeBehindAnOperationThatHappened(t *testing.T) {
	t.Parallel()
	w := &world{}
	x := plan(t, w, flow(act("1", "never"), act("2", "after {{1.v}}")), "", "").Start(engine.Config{Started: start, Resume: &engine.Resume{
		Module: 1, Bundles: value.Collection(), Output: value.Collection(value.F("v", value.Text("told"))),
	}})
	drive(t, x, first)
	if got, want := strings.Join(w.log, "; "), "1/2 after told"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestResumeAtAModuleThatIsGone(t *testing.T) {
	t.Parallel()
	x := plan(t, &world{}, flow(act("1", "x")), "", "").Start(engine.Config{Started: start, Resume: &engine.Resume{Module: 9}})
	drive(t, x, first)
	if o := x.Outcome(); o.Status != engine.Failed || o.Error == nil || !strings.Contains(o.Error.Message, "no module 9") {
		t.Errorf("got %s, %v", o.Status, o.Error)
	}
}
