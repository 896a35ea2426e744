package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// catalog maps full names to what Run does; all are actions except "test:Many", a search.
type catalog map[string]func(ctx context.Context, op *module.Operation, conn *module.Connection, out module.Output) error

// Find implements engine.Catalog.
func (c catalog) Find(name string, _ int) (*module.Module, bool) {
	run, ok := c[name]
	app, base, _ := strings.Cut(name, ":")
	m := &module.Module{Description: module.Description{App: app, Name: base, Version: 1, Label: base, Kind: module.Action}, Run: run}
	if base == "Many" {
		m.Kind = module.Search
	}
	if app == "vendor" {
		m.Connection = "token"
	}
	return m, ok
}

// opener opens connections from a map of references.
type opener map[string]string

// Open implements runner.Connections.
func (o opener) Open(_ context.Context, m *module.Description, ref string) (*module.Connection, error) {
	token, ok := o[ref]
	if !ok {
		return nil, fault.Newf(fault.InvalidConfiguration, "There is no connection for the app %s.", m.App)
	}
	return &module.Connection{Key: ref, App: m.App, Fields: value.Collection(value.F("token", value.Text(token)))}, nil
}

func compile(tb testing.TB, c catalog, flow, ropeway string) *engine.Plan {
	tb.Helper()
	return compileWith(tb, c, flow, ropeway)
}

func compileWith(tb testing.TB, c engine.Catalog, flow, ropeway string) *engine.Plan {
	tb.Helper()
	bp, err := blueprint.Parse([]byte(`{"name":"test","flow":` + flow + `,"metadata":{"version":1,"ropeway":` + ropeway + `}}`))
	if err != nil {
		tb.Fatal(err)
	}
	p, problems := engine.Compile(bp, c)
	if problems.Invalid() {
		tb.Fatal(problems)
	}
	return p
}

func echo(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	return out.Bundle(op.Input)
}

// many puts out as many bundles of size bytes as its input says.
func many(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	pad := value.Text(strings.Repeat("x", int(op.Input.Get("size").Float())))
	for i := range int(op.Input.Get("count").Float()) {
		if err := out.Bundle(value.Collection(value.F("i", value.Int(i)), value.F("pad", pad))); err != nil {
			return err
		}
	}
	return nil
}

func run(t *testing.T, r *runner.Runner, p *engine.Plan, o runner.Options) *runner.Report {
	t.Helper()
	report, err := r.Run(context.Background(), p, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestRunReportsEachModule(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	c := catalog{"test:Many": many, "test:Slow": func(ctx context.Context, op *module.Operation, conn *module.Connection, out module.Output) error {
		if err := fake.Sleep(ctx, time.Second); err != nil {
			return err
		}
		return echo(ctx, op, conn, out)
	}}
	p := compile(t, c, `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3}},{"id":2,"module":"test:Slow","version":1,"mapper":{"v":"{{1.i}}"}}]`, `{}`)
	var traces []string
	report := run(t, &runner.Runner{Clock: fake}, p, runner.Options{Trace: func(tr runner.Trace) {
		traces = append(traces, fmt.Sprintf("%s %s %s out %d", tr.Address, tr.Name, tr.Input.JSON(), tr.Output.Len()))
	}})
	if report.Status != engine.Success || report.Duration != 3*time.Second || report.Modules[1].Time != 3*time.Second || report.Modules[1].Operations != 3 {
		t.Errorf("got %s in %s, module 2 %+v; want success in 3s with 3 operations", report.Status, report.Duration, report.Modules[1])
	}
	want := []string{`1/1 test:Many {"count":3} out 3`, `1/1.1/2 test:Slow {"v":0} out 1`, `1/1.2/2 test:Slow {"v":1} out 1`, `1/1.3/2 test:Slow {"v":2} out 1`}
	if got := strings.Join(traces, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("traces: got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestConfidentialDataIsNotTraced(t *testing.T) {
	t.Parallel()
	bp, err := blueprint.Parse([]byte(`{"name":"test","flow":[{"id":1,"module":"test:Echo","version":1,"mapper":{"v":"secret"}}],
		"metadata":{"version":1,"scenario":{"confidential":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, problems := engine.Compile(bp, catalog{"test:Echo": echo})
	if problems.Invalid() {
		t.Fatal(problems)
	}
	var traces []runner.Trace
	run(t, &runner.Runner{Clock: clock.NewFake(start)}, p, runner.Options{Trace: func(tr runner.Trace) { traces = append(traces, tr) }})
	if len(traces) != 1 || traces[0].Name != "test:Echo" || !traces[0].Input.IsUndefined() || traces[0].Output != nil {
		t.Errorf("got %+v, want one trace without data", traces)
	}
}

func TestLargeResultsGoToDiskAndComeBackInOrder(t *testing.T) {
	t.Parallel()
	const count = 15_000
	next, dir := 0, t.TempDir()
	c := catalog{"test:Many": many, "test:Check": func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
		if got := int(op.Input.Get("i").Float()); got != next {
			return fmt.Errorf("bundle %d came when %d was due", got, next)
		}
		next++
		return out.Bundle(op.Input)
	}}
	p := compile(t, c, fmt.Sprintf(`[{"id":1,"module":"test:Many","version":1,"mapper":{"count":%d,"size":1000}},{"id":2,"module":"test:Check","version":1,"mapper":{"i":"{{1.i}}"}}]`, count), `{}`)
	report := run(t, &runner.Runner{Clock: clock.NewFake(start), SpillDir: dir}, p, runner.Options{})
	if report.Status != engine.Success || next != count {
		t.Errorf("got %s (%v) after %d bundles, want success after %d", report.Status, report.Error, next, count)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files left behind: %v (%v)", left, err)
	}
}

func TestMissingConnectionStartsNothing(t *testing.T) {
	t.Parallel()
	ran := false
	c := catalog{"test:First": func(context.Context, *module.Operation, *module.Connection, module.Output) error {
		ran = true
		return nil
	}, "vendor:Act": echo}
	p := compile(t, c, `[{"id":1,"module":"test:First","version":1,"mapper":{}},{"id":2,"module":"vendor:Act","version":1,"parameters":{"__IMTCONN__":77},"mapper":{}}]`, `{}`)
	r := &runner.Runner{Clock: clock.NewFake(start), Connections: opener{}}
	_, err := r.Run(context.Background(), p, runner.Options{})
	if err == nil || !strings.Contains(err.Error(), "module 2 (Act)") || ran {
		t.Errorf("got %v (first module ran: %v), want an error that names module 2 before anything runs", err, ran)
	}
}

func TestMissingConnectionEndsAJournaledExecution(t *testing.T) {
	t.Parallel()
	p := compile(t, catalog{"vendor:Act": echo}, `[{"id":2,"module":"vendor:Act","version":1,"parameters":{"__IMTCONN__":77},"mapper":{}}]`, `{}`)
	j := &memoryJournal{results: map[string]runner.Entry{}}
	r := &runner.Runner{Clock: clock.NewFake(start), Connections: opener{}}
	report, err := r.Run(context.Background(), p, runner.Options{Journal: j})
	if err != nil || !j.ended || report.Status != engine.Failed || !report.Deactivate || !strings.Contains(report.Error.Message, "module 2") {
		t.Errorf("got %+v, %v (ended %v), want a failure that names module 2", report, err, j.ended)
	}
}

func TestConnectionReachesTheModule(t *testing.T) {
	t.Parallel()
	got := ""
	c := catalog{"vendor:Act": func(_ context.Context, _ *module.Operation, conn *module.Connection, _ module.Output) error {
		got = conn.Fields.Get("token").Str()
		return nil
	}}
	p := compile(t, c, `[{"id":1,"module":"vendor:Act","version":1,"parameters":{"__IMTCONN__":77},"mapper":{}}]`, `{}`)
	run(t, &runner.Runner{Clock: clock.NewFake(start), Connections: opener{"77": "s3cret"}}, p, runner.Options{})
	if got != "s3cret" {
		t.Errorf("token: got %q, want s3cret", got)
	}
}

func TestPanicOfAModuleIsAFailureOfItsOperation(t *testing.T) {
	t.Parallel()
	c := catalog{"test:Boom": func(context.Context, *module.Operation, *module.Connection, module.Output) error {
		panic("secret detail")
	}}
	p := compile(t, c, `[{"id":1,"module":"test:Boom","version":1,"mapper":{}}]`, `{}`)
	report := run(t, &runner.Runner{Clock: clock.NewFake(start)}, p, runner.Options{})
	if report.Status != engine.Failed || report.Error.Kind != fault.Unexpected || strings.Contains(report.Error.Error(), "secret") {
		t.Errorf("got %s, %v; want an UnexpectedError without the panic's text", report.Status, report.Error)
	}
}

func TestInterruptLetsTheRunningOperationEnd(t *testing.T) {
	t.Parallel()
	stop, ended := make(chan struct{}), 0
	c := catalog{"test:Many": many, "test:Act": func(context.Context, *module.Operation, *module.Connection, module.Output) error {
		if ended == 1 {
			close(stop)
		}
		ended++
		return nil
	}}
	p := compile(t, c, `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":10}},{"id":2,"module":"test:Act","version":1,"mapper":{}}]`, `{}`)
	report := run(t, &runner.Runner{Clock: clock.NewFake(start)}, p, runner.Options{Interrupt: stop})
	if ended != 2 || report.Status != engine.Failed || report.Error.Kind != fault.ExecutionInterrupted {
		t.Errorf("got %d operations, %s, %v; want it to end after the second", ended, report.Status, report.Error)
	}
}

// memoryJournal keeps what an execution writes, and fails from the write with the number failAt on.
type memoryJournal struct {
	mu      sync.Mutex
	results map[string]runner.Entry
	writes  int
	failAt  int
	ended   bool
}

func (j *memoryJournal) Find(_ context.Context, address string) (runner.Record, bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e, ok := j.results[address]
	if !ok {
		return runner.Record{}, false, nil
	}
	r := runner.Record{Recorded: engine.Recorded{Started: e.Started, InputHash: e.InputHash}}
	r.Result = engine.Result{Bundles: e.Bundles, Finished: e.Finished}
	return r, true, nil
}

func (j *memoryJournal) Write(_ context.Context, step runner.Step) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.writes++; j.failAt > 0 && j.writes >= j.failAt {
		return fmt.Errorf("write %d: %w", j.writes, os.ErrClosed)
	}
	for _, e := range step.Results {
		j.results[e.Address] = e
	}
	return nil
}

func (j *memoryJournal) EndCycle(ctx context.Context, results []runner.Entry, _ runner.CycleEnd) error {
	return j.Write(ctx, runner.Step{Results: results})
}

func (j *memoryJournal) Cursor(context.Context, int) (value.Value, error) {
	return value.Undefined, nil
}

func (j *memoryJournal) End(ctx context.Context, results []runner.Entry, _ *runner.Report) error {
	if err := j.Write(ctx, runner.Step{Results: results}); err != nil {
		return err
	}
	j.ended = true
	return nil
}

// journaled is a scenario of one read and three idempotent operations.
func journaled(t *testing.T, act func(n int)) *engine.Plan {
	t.Helper()
	c := catalog{"test:Many": many, "test:Act": func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
		act(int(op.Input.Get("i").Float()))
		return out.Bundle(op.Input)
	}}
	return compile(t, c, `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3}},{"id":2,"module":"test:Act","version":1,"mapper":{"i":"{{1.i}}"}}]`, `{}`)
}

func TestSuspendedExecutionGoesOnFromItsJournal(t *testing.T) {
	t.Parallel()
	j := &memoryJournal{results: map[string]runner.Entry{}}
	suspend, acts := make(chan struct{}), []int{}
	p := journaled(t, func(n int) {
		if acts = append(acts, n); len(acts) == 2 {
			close(suspend)
		}
	})
	r := &runner.Runner{Clock: clock.NewFake(start)}
	o := runner.Options{Journal: j, Suspend: suspend, Config: engine.Config{Started: start}}
	if _, err := r.Run(context.Background(), p, o); !errors.Is(err, runner.ErrSuspended) || j.ended || len(acts) != 2 {
		t.Fatalf("got %v after %v (ended %v), want it suspended after two operations", err, acts, j.ended)
	}
	o.Suspend = nil
	if _, err := r.Run(context.Background(), p, o); err != nil || !j.ended || fmt.Sprint(acts) != "[0 1 2]" {
		t.Errorf("got %v, operations %v, ended %v; want each once", err, acts, j.ended)
	}
}

func TestSuspendedExecutionWithNothingLeftEnds(t *testing.T) {
	t.Parallel()
	j := &memoryJournal{results: map[string]runner.Entry{}}
	suspend := make(chan struct{})
	p := journaled(t, func(n int) {
		if n == 2 {
			close(suspend)
		}
	})
	r := &runner.Runner{Clock: clock.NewFake(start)}
	if _, err := r.Run(context.Background(), p, runner.Options{Journal: j, Suspend: suspend}); err != nil || !j.ended {
		t.Errorf("got %v, ended %v; want the end recorded", err, j.ended)
	}
}

func TestFailingJournalStopsTheExecution(t *testing.T) {
	t.Parallel()
	j := &memoryJournal{results: map[string]runner.Entry{}, failAt: 2}
	acts := 0
	p := journaled(t, func(int) { acts++ })
	r := &runner.Runner{Clock: clock.NewFake(start)}
	if _, err := r.Run(context.Background(), p, runner.Options{Journal: j}); !errors.Is(err, os.ErrClosed) || j.ended || acts != 1 {
		t.Errorf("got %v after %d operations (ended %v), want it to stop after the first", err, acts, j.ended)
	}
}

// TestWhatKeepsExecutionsFailsInAModule has a module fail for the database once: nothing says so of the execution, which goes on at that
// operation later. A connection that cannot be read for that reason switches no scenario off.
func TestWhatKeepsExecutionsFailsInAModule(t *testing.T) {
	t.Parallel()
	away := errors.New("the database is away")
	calls := []string{}
	c := catalog{"test:Act": func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
		calls = append(calls, op.Input.Get("n").Str())
		if len(calls) == 2 {
			return fmt.Errorf("read a record: %w", away)
		}
		return out.Bundle(op.Input)
	}, "vendor:Act": echo}
	p := compile(t, c, `[{"id":1,"module":"test:Act","version":1,"mapper":{"n":"1"}},{"id":2,"module":"test:Act","version":1,"mapper":{"n":"2"}}]`, `{}`)
	j := &memoryJournal{results: map[string]runner.Entry{}}
	r := &runner.Runner{Clock: clock.NewFake(start)}
	o := runner.Options{Journal: j, Lost: func(err error) bool { return errors.Is(err, away) }, Config: engine.Config{Started: start}}
	if _, err := r.Run(context.Background(), p, o); !errors.Is(err, away) || j.ended || len(j.results) > 1 {
		t.Errorf("got %v with %d results (ended %v), want it left with one at most", err, len(j.results), j.ended)
	}
	if report, err := r.Run(context.Background(), p, o); err != nil || report.Status != engine.Success || calls[len(calls)-1] != "2" {
		t.Errorf("got %v, %v after %v, want a success", report, err, calls)
	}

	p = compile(t, c, `[{"id":2,"module":"vendor:Act","version":1,"parameters":{"__IMTCONN__":77},"mapper":{}}]`, `{}`)
	j, r.Connections = &memoryJournal{results: map[string]runner.Entry{}}, gone{away}
	if _, err := r.Run(context.Background(), p, runner.Options{Journal: j, Lost: o.Lost}); !errors.Is(err, away) || j.ended {
		t.Errorf("got %v (ended %v), want it left", err, j.ended)
	}
}

// gone fails to open any connection.
type gone struct{ err error }

// Open implements runner.Connections.
func (g gone) Open(context.Context, *module.Description, string) (*module.Connection, error) {
	return nil, g.err
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(start)
	c := catalog{"test:Many": many, "test:Slow": func(ctx context.Context, _ *module.Operation, _ *module.Connection, _ module.Output) error {
		return fake.Sleep(ctx, time.Minute)
	}}
	flow := `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":10}},{"id":2,"module":"test:Slow","version":1,"mapper":{}}]`
	report := run(t, &runner.Runner{Clock: fake}, compile(t, c, flow, `{}`), runner.Options{Timeout: 3 * time.Minute})
	if report.Error == nil || report.Error.Kind != fault.ScenarioTimeout || report.Modules[1].Operations != 4 {
		t.Errorf("got %v after %d operations, want a ScenarioTimeoutError after 4", report.Error, report.Modules[1].Operations)
	}
}

func TestBundlesAtOnceRunAtOnce(t *testing.T) {
	t.Parallel()
	const atOnce = 4
	var together sync.WaitGroup
	together.Add(atOnce)
	c := catalog{"test:Many": many, "test:Meet": func(context.Context, *module.Operation, *module.Connection, module.Output) error {
		together.Done()
		together.Wait() // ends only when all four are here
		return nil
	}}
	flow := `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":4}},{"id":2,"module":"test:Meet","version":1,"mapper":{}}]`
	report := run(t, &runner.Runner{Clock: clock.System{}}, compile(t, c, flow, `{"bundlesAtOnce":4}`), runner.Options{})
	if report.Status != engine.Success || report.Modules[1].Operations != atOnce {
		t.Errorf("got %s with %d operations, want success with %d", report.Status, report.Modules[1].Operations, atOnce)
	}
}

func TestFirstResponseCounts(t *testing.T) {
	t.Parallel()
	c := catalog{"test:Many": many, "test:Answer": func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
		return out.Respond(module.Response{Status: 200 + int(op.Input.Get("i").Float())})
	}}
	flow := `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3}},{"id":2,"module":"test:Answer","version":1,"mapper":{"i":"{{1.i}}"}}]`
	report := run(t, &runner.Runner{Clock: clock.NewFake(start)}, compile(t, c, flow, `{}`), runner.Options{})
	if report.Response == nil || report.Response.Status != 200 {
		t.Errorf("got %+v, want the first answer, 200", report.Response)
	}
}

func TestProgressIsReportedAtTheEnd(t *testing.T) {
	t.Parallel()
	var last runner.Progress
	c := catalog{"test:Many": many, "test:Echo": echo}
	flow := `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":3}},{"id":2,"module":"test:Echo","version":1,"mapper":{}}]`
	run(t, &runner.Runner{Clock: clock.NewFake(start)}, compile(t, c, flow, `{}`), runner.Options{Progress: func(p runner.Progress) { last = p }})
	if last.Operations != 4 || last.Counts[0].Out != 3 {
		t.Errorf("got %+v, want 4 operations and 3 bundles", last)
	}
}

// TestMemoryStaysFlat walks a hundred thousand bundles of one operation, far more than fit into the budget of a
// result in memory, and looks at the heap on the way.
func TestMemoryStaysFlat(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("walks 100,000 bundles")
	}
	const limitMB = 80
	peak := uint64(0)
	c := catalog{"test:Many": many, "test:Look": func(_ context.Context, op *module.Operation, _ *module.Connection, _ module.Output) error {
		if int(op.Input.Get("i").Float())%25_000 == 24_999 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
		return nil
	}}
	flow := `[{"id":1,"module":"test:Many","version":1,"mapper":{"count":100000,"size":600}},{"id":2,"module":"test:Look","version":1,"mapper":{"i":"{{1.i}}"}}]`
	report := run(t, &runner.Runner{Clock: clock.NewFake(start), SpillDir: t.TempDir()}, compile(t, c, flow, `{}`), runner.Options{})
	if report.Status != engine.Success || peak>>20 > limitMB {
		t.Errorf("got %s with a heap of %d MB on the way, want at most %d MB", report.Status, peak>>20, limitMB)
	}
}
