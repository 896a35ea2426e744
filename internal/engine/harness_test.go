package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a catalog of small modules that write down what is asked of them.
type world struct {
	log []string
	// batches are what test:Watch puts out, one list a cycle.
	batches [][]value.Value
	// down makes test:Act fail with a ConnectionError that many times.
	down int
	// commitError is returned by commits.
	commitError error
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

// Find implements engine.Catalog.
func (w *world) Find(name string, _ int) (*module.Module, bool) {
	app, base, _ := strings.Cut(name, ":")
	d := module.Description{App: app, Name: base, Version: 1, Label: base, Delivery: module.Pure}
	m := &module.Module{Description: d}
	switch name {
	case "builtin:BasicRouter":
		m.Kind = module.Router
	case "builtin:BasicIfElse":
		m.Kind = module.IfElse
	case "builtin:BasicMerge":
		m.Kind = module.Merge
	case "builtin:Ignore", "builtin:Resume", "builtin:Break", "builtin:Commit", "builtin:Rollback":
		m.Kind = module.Directive
	case "builtin:BasicFeeder":
		m.Kind, m.Pure = module.Iterator, func(op *module.Operation, emit func(value.Value) error) error {
			for _, v := range value.ToArray(op.Input.Get("array")).Items() {
				if v.Kind() != value.KindCollection {
					v = value.Collection(value.F("value", v))
				}
				if err := emit(v); err != nil {
					return err
				}
			}
			return nil
		}
	case "builtin:BasicAggregator":
		m.Kind, m.Aggregate = module.Aggregator, func(*module.Operation) (module.Accumulator, error) { return &array{}, nil }
	case "util:Set":
		m.Kind, m.State = module.Action, setVariable
	case "util:Get":
		m.Kind, m.State = module.Action, getVariable
	case "test:Echo":
		m.Kind, m.Pure = module.Action, func(op *module.Operation, emit func(value.Value) error) error { return w.echo(op, emit) }
	default:
		return w.outside(name, m)
	}
	return m, true
}

// outside are the modules that the driver runs.
func (w *world) outside(name string, m *module.Module) (*module.Module, bool) {
	m.Delivery = module.Idempotent
	switch name {
	case "test:Watch":
		m.Kind, m.Run = module.Trigger, w.watch
	case "test:Act":
		m.Kind, m.Run = module.Action, w.act
	case "test:Search":
		m.Kind, m.Run = module.Search, w.search
	case "test:Save", "test:Store":
		m.Kind, m.Run, m.Transactional = module.Action, w.act, true
		m.Ordered = name == "test:Store"
		m.Commit = func(_ context.Context, c module.CycleID) error { w.note("commit %d", c.Number); return w.commitError }
		m.Rollback = func(_ context.Context, c module.CycleID) error { w.note("rollback %d", c.Number); return nil }
	default:
		return nil, false
	}
	return m, true
}

func (w *world) watch(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	n := op.Cycle.Number - 1
	if n >= len(w.batches) {
		return nil
	}
	for _, b := range w.batches[n] {
		if err := out.Bundle(b); err != nil {
			return err
		}
	}
	return nil
}

// act fails as the input says ("fail": a kind of error), else puts its input out.
func (w *world) act(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	if w.down > 0 {
		w.down--
		return fault.New(fault.Connection, "The service cannot be reached.")
	}
	if kind := op.Input.Get("fail").Str(); kind != "" {
		return fault.New(fault.Kind(kind), "refused "+value.Render(op.Input.Get("v")))
	}
	w.note("%s %s", op.Address, value.Render(op.Input.Get("v")))
	return out.Bundle(op.Input)
}

func (w *world) search(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	w.note("%s search", op.Address)
	for _, v := range op.Input.Get("find").Items() {
		if err := out.Bundle(value.Collection(value.F("v", v))); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) echo(op *module.Operation, emit func(value.Value) error) error {
	if kind := op.Input.Get("fail").Str(); kind != "" {
		return fault.New(fault.Kind(kind), "refused "+value.Render(op.Input.Get("v")))
	}
	return emit(op.Input)
}

func setVariable(op *module.Operation, state module.State, emit func(value.Value) error) error {
	name := op.Input.Get("name").Str()
	if err := state.Set(name, op.Input.Get("value"), module.Lifetime(op.Input.Get("scope").Str())); err != nil {
		return err
	}
	return emit(value.Collection(value.F(name, op.Input.Get("value"))))
}

func getVariable(op *module.Operation, state module.State, emit func(value.Value) error) error {
	name := op.Input.Get("name").Str()
	return emit(value.Collection(value.F(name, state.Get(name))))
}

// array is the accumulator of the array aggregator.
type array struct{ items []value.Value }

func (a *array) Add(item value.Value) error {
	if item.Get("fail").Truth() {
		return fault.New(fault.Data, "cannot be collected")
	}
	a.items = append(a.items, item)
	return nil
}

func (a *array) Result() (value.Value, error) {
	return value.Collection(value.F("array", value.Array(a.items...))), nil
}

// sink implements module.Output.
type sink struct{ list engine.List }

func (s *sink) Bundle(v value.Value) error    { s.list = append(s.list, v); return nil }
func (s *sink) Exchange(value.Value)          {}
func (s *sink) Respond(module.Response) error { return nil }
func (s *sink) Cursor(value.Value)            {}

// plan compiles a flow (a JSON array of nodes, metadata filled in) with scenario settings and metadata.ropeway.
func plan(tb testing.TB, w engine.Catalog, flow, settings, ropeway string) *engine.Plan {
	tb.Helper()
	if settings == "" {
		settings = "{}"
	}
	if ropeway == "" {
		ropeway = "{}"
	}
	src := fmt.Sprintf(`{"name":"test","flow":%s,"metadata":{"version":1,"scenario":%s,"ropeway":%s}}`, flow, settings, ropeway)
	bp, err := blueprint.Parse([]byte(src))
	if err != nil {
		tb.Fatalf("blueprint: %v", err)
	}
	p, problems := engine.Compile(bp, w)
	if problems.Invalid() {
		tb.Fatalf("compile: %v", problems)
	}
	return p
}

// drive runs an execution to its end, task after task; pick chooses which of the tasks that are out ends next.
func drive(tb testing.TB, x *engine.Execution, pick func(n int) int) {
	tb.Helper()
	now := start
	var out []*engine.Task
	for rounds := 0; !x.Done(); rounds++ {
		if rounds > 100_000 {
			tb.Fatal("the execution does not end")
		}
		tasks, more := x.Advance(now, 1000)
		out = append(out, tasks...)
		if more || x.Done() {
			continue
		}
		if len(out) == 0 {
			tb.Fatal("the execution waits, but no task is out")
		}
		i := pick(len(out))
		task := out[i]
		out = append(out[:i], out[i+1:]...)
		now = now.Add(time.Second)
		x.Complete(task, perform(task, now))
	}
	if len(out) > 0 {
		tb.Fatalf("the execution is over, but %d tasks are out", len(out))
	}
}

func perform(task *engine.Task, now time.Time) engine.Result {
	ctx := context.Background()
	r := engine.Result{Finished: now}
	switch task.Kind {
	case engine.RunOperation:
		s := &sink{}
		r.Err = task.Module.Run(ctx, task.Operation, nil, s)
		r.Bundles = s.list
	case engine.CommitCycle:
		for _, m := range task.Modules {
			r.Err = m.Commit(ctx, task.Cycle)
		}
	case engine.RollbackCycle:
		for _, m := range task.Modules {
			r.Err = m.Rollback(ctx, task.Cycle)
		}
	}
	return r
}

func first(int) int { return 0 }
