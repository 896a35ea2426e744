// Package runner drives executions: it does what the engine may only ask for.
//
// It runs operations, waits, keeps large results on disk and reports progress,
// so that the engine stays a pure machine. It keeps nothing between executions
// and decides nothing about the order of operations.
package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of one execution.
const (
	// DefaultTimeout is how long an execution may take.
	DefaultTimeout = 40 * time.Minute
	// ProgressInterval is the time between two reports of progress.
	ProgressInterval = 200 * time.Millisecond
	// stepsAtOnce is how far the engine goes before the runner looks at interruptions and progress.
	stepsAtOnce = 20_000
)

// Connections opens the connections that a scenario names.
type Connections interface {
	// Open returns the connection that a module names by ref; ref is "" where the scenario names none.
	Open(ctx context.Context, m *module.Description, ref string) (*module.Connection, error)
}

// Runner runs executions. Its fields are set once, before use.
type Runner struct {
	Clock       clock.Clock
	Connections Connections
	// PerConnection is how many operations use one connection at the same time, over all executions; 0 = as many as there are.
	PerConnection int
	// SpillDir is where large results are kept while an execution runs; "" = the system's folder for temporary files.
	SpillDir string

	limits turns
	once   sync.Once // sets limits up
}

func (r *Runner) turns() *turns {
	r.once.Do(func() { r.limits.most.Store(int64(r.PerConnection)) })
	return &r.limits
}

// SetPerConnection sets how many operations use one connection at the same time from now on. A connection that is in use keeps to what
// was set before until nobody uses it.
func (r *Runner) SetPerConnection(most int) { r.turns().most.Store(int64(most)) }

// Options are the choices of one run.
type Options struct {
	Config   engine.Config // Started is the time of Run unless set
	Timeout  time.Duration // 0 = DefaultTimeout
	Progress func(Progress)
	Trace    func(Trace)
	// Interrupt ends the execution after the running operations when it is closed.
	Interrupt <-chan struct{}
	// Respond is told the first answer to the webhook call as soon as it is there; nil for nobody.
	Respond func(module.Response)
	// Journal keeps what happens; nil keeps nothing.
	Journal Journal
	// Owned says before each operation that calls something outside whether the execution may still go on here; its error
	// ends it like one of the journal. nil asks nobody.
	Owned func() error
	// Lost says of an error that what keeps executions has failed, and not what the operation calls: the execution ends like one
	// whose journal failed, and nothing is recorded of the operation. nil says so of none.
	Lost func(err error) bool
	// Operated is told how long each operation took that calls something outside; nil for nobody. Operations may end side by side.
	Operated func(module string, failed bool, took time.Duration)
	// Dry runs read and do nothing: what an operation would have done is recorded among its exchanges, under module.EffectField. No cycle of
	// them commits.
	Dry bool
	// Pinned holds bundles by the number of a module: it is not called then, and these are what it puts out. In a dry run, what does
	// something still says what it would have done.
	Pinned map[int][]value.Value
	// Suspend leaves the execution after the running operations when it is closed: nothing new starts, no end is
	// recorded, and it can go on later from its journal.
	Suspend <-chan struct{}
}

// ErrSuspended is returned by Run for an execution that was left to go on later. A module that waits for something returns it when the
// execution is to be left: nothing is recorded of its operation then, which runs again when the execution goes on.
var ErrSuspended = errors.New("runner: the execution was suspended")

// Progress is how far an execution has come.
type Progress struct {
	Elapsed    time.Duration
	Operations int
	Cycle      int
	Counts     []engine.Counts // in the order of Plan.Modules
}

// Trace is one operation as it happened. That of a scenario whose data is confidential holds no data.
type Trace struct {
	Address    string
	Module     int
	Name       string // "app:Name"
	Cycle      int
	Started    time.Time
	Finished   time.Time // zero for modules that call nothing
	Parameters value.Value
	Input      value.Value
	Output     engine.Bundles // nil for failed operations and confidential data
	Error      *fault.Error
	Exchanges  []value.Value // calls to the outside, secrets redacted
}

// Report is the end of an execution.
type Report struct {
	engine.Outcome
	Started  time.Time
	Duration time.Duration
	Modules  []ModuleReport
	Response *module.Response // of a webhook response module, nil where none was reached
}

// ModuleReport holds the numbers of one module.
type ModuleReport struct {
	engine.ModuleInfo
	engine.Counts
	Time time.Duration // spent in operations that call something outside
}

// Run runs one execution of the plan to its end. Failures of the scenario are in the Report; an error means that it
// could not be started, was suspended (ErrSuspended), or that its journal failed.
func (r *Runner) Run(ctx context.Context, plan *engine.Plan, o Options) (*Report, error) {
	e := &execution{runner: r, plan: plan, options: o, modules: plan.Modules(), started: r.Clock.Now(), ended: make(chan finished)}
	if !e.interrupted() { // one that is over before it begins needs none
		if err := e.openConnections(ctx); err != nil {
			return e.failToBegin(ctx, err)
		}
	}
	defer e.spills.closeAll()
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	e.deadline = e.started.Add(o.Timeout)
	if o.Config.Started.IsZero() {
		o.Config.Started = e.started
	}
	if o.Dry { // a second cycle would find what the first one has found, since nothing of that is committed
		o.Config.MaxCycles = 1
	}
	if o.Journal != nil {
		e.recorder = &recorder{journal: o.Journal}
	}
	o.Config.Recorded = e.recorded(ctx)
	if o.Trace != nil {
		o.Config.Observe = e.trace(o.Config.Observe)
	}
	machine, err := e.begin(ctx, o.Config)
	if err != nil {
		return nil, err
	}
	e.machine = machine
	if e.loop(ctx); e.suspended {
		return nil, e.leave(ctx)
	}
	if err := e.lostError(); err != nil {
		return nil, err
	}
	report := e.report()
	if err := e.recorder.end(ctx, report); err != nil {
		return nil, err
	}
	return report, e.release(ctx)
}

// failToBegin ends an execution whose initialization failed. One with a journal gets its end recorded, so that it is not
// taken up again and again; only a person can mend a connection that is not there.
func (e *execution) failToBegin(ctx context.Context, cause error) (*Report, error) {
	if e.options.Journal == nil || e.keeperFailed(cause) {
		return nil, cause
	}
	f := *fault.From(cause)
	f.Message = cause.Error() // which names the module
	report := &Report{Started: e.started, Outcome: engine.Outcome{Status: engine.Failed, Error: &f, Deactivate: true, Kept: value.Collection()}}
	for _, m := range e.modules {
		report.Modules = append(report.Modules, ModuleReport{ModuleInfo: m})
	}
	if err := e.options.Journal.End(ctx, nil, report); err != nil {
		return nil, err
	}
	return report, nil
}

// keeperFailed reports whether an error is one of what keeps the execution.
func (e *execution) keeperFailed(err error) bool {
	return err != nil && e.options.Lost != nil && e.options.Lost(err)
}

// leave makes durable what is known and leaves the execution to go on later.
func (e *execution) leave(ctx context.Context) error {
	if err := e.lostError(); err != nil && !errors.Is(err, ErrSuspended) {
		return err
	}
	if e.recorder != nil {
		if err := e.recorder.write(ctx, nil); err != nil {
			return err
		}
	}
	if err := e.release(ctx); err != nil {
		return err
	}
	return ErrSuspended
}

type connectionRef struct{ app, kind, ref string }

// execution is one run on its way.
type execution struct {
	runner      *Runner
	plan        *engine.Plan
	modules     []engine.ModuleInfo // of the plan
	options     Options
	machine     *engine.Execution
	started     time.Time
	deadline    time.Time
	shown       time.Time
	ended       chan finished
	running     sync.WaitGroup
	times       map[int]time.Duration
	connections map[connectionRef]*module.Connection
	spills      spills
	mu          sync.Mutex // guards response and exchanges
	recorder    *recorder
	// results is how many operations have ended here or were found recorded, checkpointDue at how many the next checkpoint is taken.
	results       int
	checkpointDue int
	suspended     bool
	lost          error // of the journal
	unsent        bool  // an operation of this dry run was not done; guarded by mu
	response      *module.Response
	held          *module.Response // told when the results before it are durable
	exchanges     map[*module.Operation][]value.Value
}

type finished struct {
	task     *engine.Task
	result   engine.Result
	duration time.Duration
}

// openConnections is the initialization: every connection that the scenario needs is there, or nothing starts.
func (e *execution) openConnections(ctx context.Context) error {
	for _, m := range e.modules {
		d := &m.Bound.Description
		if d.Connection == "" || m.Disabled {
			continue
		}
		key := connectionRef{d.App, d.Connection, m.Connection}
		if e.connections[key] != nil {
			continue
		}
		if e.runner.Connections == nil {
			return fault.Newf(fault.InvalidConfiguration, "[connections-none-here] There are no connections here, and module %d needs one.", m.ID)
		}
		conn, err := e.runner.Connections.Open(ctx, d, m.Connection)
		if err != nil {
			return fmt.Errorf("module %d (%s): %w", m.ID, m.Label, err)
		}
		if e.connections == nil {
			e.connections = map[connectionRef]*module.Connection{}
		}
		e.connections[key] = conn
	}
	return nil
}

// loop steps the engine until the execution is over.
func (e *execution) loop(ctx context.Context) {
	defer e.running.Wait()
	for !e.machine.Done() {
		e.checkInterrupts(ctx)
		if e.leaving() {
			e.settle()
			return
		}
		e.takeCheckpoint()
		tasks, more := e.machine.Advance(e.runner.Clock.Now(), stepsAtOnce)
		e.showProgress()
		if len(tasks) == 1 && e.machine.InFlight() == 1 {
			e.complete(e.perform(ctx, tasks[0]))
			continue
		}
		for _, t := range tasks {
			e.running.Add(1)
			go func() {
				defer e.running.Done()
				e.ended <- e.perform(ctx, t)
			}()
		}
		if more || e.machine.Done() {
			continue
		}
		if e.machine.InFlight() > 0 {
			if err := e.release(ctx); err != nil {
				e.lose(err)
			}
			e.complete(<-e.ended)
		}
	}
}

func (e *execution) complete(f finished) {
	if f.task.Kind == engine.RunOperation {
		if e.times == nil {
			e.times = map[int]time.Duration{}
		}
		e.times[f.task.Operation.ModuleID] += f.duration
		e.results++
	}
	e.machine.Complete(f.task, f.result)
}

// leaving reports whether the execution must not go on here: it is suspended, or its journal failed.
func (e *execution) leaving() bool {
	select {
	case <-e.options.Suspend:
		e.suspended = true
	default:
	}
	return e.suspended || e.lostError() != nil
}

// settle waits for the operations that are out. If nothing is left to be run then, the execution is over after all.
func (e *execution) settle() {
	for range e.machine.InFlight() {
		e.complete(<-e.ended)
	}
	if e.lostError() != nil {
		return
	}
	for more := true; more; {
		_, more = e.machine.Advance(e.runner.Clock.Now(), stepsAtOnce)
	}
	e.suspended = !e.machine.Done()
}

// interrupted reports whether the execution is to end after its running operations.
func (e *execution) interrupted() bool {
	select {
	case <-e.options.Interrupt:
		return true
	default:
		return false
	}
}

func (e *execution) checkInterrupts(ctx context.Context) {
	select {
	case <-e.options.Interrupt:
		e.machine.Interrupt(fault.New(fault.ExecutionInterrupted, "[stopped-by-person] The execution was stopped by a person."))
	case <-ctx.Done():
		e.machine.Interrupt(fault.Wrap(fault.ExecutionInterrupted, ctx.Err(), "[cancelled] The execution was cancelled."))
	default:
	}
	if now := e.runner.Clock.Now(); now.After(e.deadline) {
		e.machine.Interrupt(fault.Newf(fault.ScenarioTimeout, "[execution-time] The execution took longer than %s.", e.deadline.Sub(e.started)).
			WithHint("[hint-fewer-bundles] let it process fewer bundles at a time, or more of them at once"))
	}
}

func (e *execution) showProgress() {
	if e.options.Progress == nil {
		return
	}
	now := e.runner.Clock.Now()
	if now.Sub(e.shown) < ProgressInterval && !e.machine.Done() {
		return
	}
	e.shown = now
	o := e.machine.Outcome()
	e.options.Progress(Progress{Elapsed: now.Sub(e.started), Operations: o.Operations, Cycle: o.Cycles, Counts: e.machine.Counts()})
}

// perform does what a task asks for.
func (e *execution) perform(ctx context.Context, t *engine.Task) finished {
	start := e.runner.Clock.Now()
	f := finished{task: t}
	switch t.Kind {
	case engine.RunOperation:
		f.result = e.operate(ctx, t)
	case engine.CommitCycle, engine.RollbackCycle:
		f.result.Err = e.endCycle(ctx, t)
	}
	f.result.Finished = e.runner.Clock.Now()
	f.duration = f.result.Finished.Sub(start)
	if t.Kind == engine.RunOperation && e.options.Operated != nil {
		e.options.Operated(t.Module.FullName(), f.result.Err != nil, f.duration)
	}
	return f
}

// endCycle commits or rolls back: through the journal, where everything goes into one write, else module by module.
func (e *execution) endCycle(ctx context.Context, t *engine.Task) error {
	if e.options.Dry && t.Kind == engine.CommitCycle { // what is staged stays visible to the modules behind
		return nil
	}
	if e.recorder != nil {
		err := e.recorder.endCycle(ctx, t, e.runner.Clock.Now())
		if err != nil && !errors.Is(err, ErrRefused) {
			e.lose(err)
		}
		return err
	}
	return e.endModules(ctx, t)
}

// endModules commits or rolls back module by module.
func (e *execution) endModules(ctx context.Context, t *engine.Task) error {
	var errs []error
	for _, m := range t.Modules {
		end := m.Commit
		if t.Kind == engine.RollbackCycle {
			end = m.Rollback
		}
		if end == nil { // without a journal there is nothing that it would keep
			continue
		}
		if err := end(ctx, t.Cycle); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", m.FullName(), err))
		}
	}
	return errors.Join(errs...)
}

// operate runs one operation. A panic in a module is a failure of that operation, not of the process.
func (e *execution) operate(ctx context.Context, t *engine.Task) (r engine.Result) {
	out := &output{execution: e, operation: t.Operation, list: e.spills.list(e.runner.SpillDir)}
	defer func() {
		if p := recover(); p != nil {
			r = engine.Result{Err: fault.Wrapf(fault.Unexpected, fmt.Errorf("panic: %v\n%s", p, debug.Stack()),
				"[module-panic] The module %s failed in a way that it should not.", t.Module.FullName()).WithHint("[hint-report] please report this")}
		}
	}()
	if err := e.prepare(ctx, t); err != nil {
		e.lose(err)
		return engine.Result{Err: err}
	}
	d := &t.Module.Description
	conn := e.connections[connectionRef{d.App, d.Connection, t.Operation.Connection}]
	err := e.runModule(ctx, t, conn, out)
	if e.options.Dry {
		err = e.simulated(t, out, err)
	}
	if errors.Is(err, ErrSuspended) || e.keeperFailed(err) {
		e.lose(err)
		out.list.Release()
		return engine.Result{Err: err}
	}
	if err == nil {
		err = out.list.seal()
	}
	if e.recorder != nil {
		e.mu.Lock()
		exchanges := e.exchanges[t.Operation]
		if e.options.Trace == nil {
			delete(e.exchanges, t.Operation)
		}
		e.mu.Unlock()
		if err := e.recorder.note(ctx, out, err, exchanges, e.runner.Clock.Now()); err != nil {
			e.lose(err)
		}
	}
	if err != nil {
		out.list.Release()
		return engine.Result{Err: err}
	}
	return engine.Result{Bundles: out.list}
}

// runModule runs the module when it is the turn of its connection.
func (e *execution) runModule(ctx context.Context, t *engine.Task, conn *module.Connection, out *output) error {
	if stands, err := e.standIn(t, out); stands || err != nil {
		return err
	}
	if conn == nil {
		return t.Module.Run(ctx, t.Operation, nil, out)
	}
	done, err := e.runner.turns().take(ctx, conn.Key)
	if err != nil {
		return fault.Wrap(fault.ExecutionInterrupted, err, "[stopped-waiting] The execution was stopped while it waited for its connection.").WithNotDone(true)
	}
	defer done()
	return t.Module.Run(ctx, t.Operation, conn, out)
}

// prepare makes durable what the operation depends on, and tells a polling trigger where to go on.
func (e *execution) prepare(ctx context.Context, t *engine.Task) error {
	if err := e.lostError(); err != nil {
		return err
	}
	if err := e.release(ctx); err != nil {
		return err
	}
	if t.Module.Kind == module.Trigger {
		cursor, err := e.cursor(ctx, t.Operation.ModuleID)
		if err != nil {
			return err
		}
		t.Operation.Cursor = cursor
	}
	if !e.options.Dry { // nothing is done that would have to wait
		if err := e.recorder.before(ctx, t); err != nil {
			return err
		}
	}
	if e.options.Owned != nil {
		return e.options.Owned()
	}
	return nil
}

// cursor returns where a polling trigger goes on. Without a journal nothing is known of earlier executions: it begins with
// everything there is.
func (e *execution) cursor(ctx context.Context, moduleID int) (value.Value, error) {
	if e.recorder == nil {
		return module.StartAt(module.FromStart, time.Time{}, value.Undefined), nil
	}
	return e.recorder.journal.Cursor(ctx, moduleID)
}

func (e *execution) report() *Report {
	counts := e.machine.Counts()
	r := &Report{Outcome: e.machine.Outcome(), Started: e.started, Duration: e.runner.Clock.Now().Sub(e.started), Response: e.response}
	r.Modules = make([]ModuleReport, 0, len(e.modules))
	for i, m := range e.modules {
		r.Modules = append(r.Modules, ModuleReport{ModuleInfo: m, Counts: counts[i], Time: e.times[m.ID]})
	}
	return r
}

// trace turns the engine's events into traces.
func (e *execution) trace(next func(engine.Event)) func(engine.Event) {
	return func(ev engine.Event) {
		if ev.Kind == engine.OperationDone || ev.Kind == engine.OperationFailed {
			e.options.Trace(e.traceOf(ev))
		}
		if next != nil {
			next(ev)
		}
	}
}

func (e *execution) traceOf(ev engine.Event) Trace {
	t := Trace{Address: ev.Address(), Module: ev.Module, Cycle: ev.Cycle, Output: ev.Output, Error: ev.Error, Finished: ev.Finished}
	op := ev.Operation
	if op == nil {
		return t
	}
	t.Name, t.Started = op.Module.FullName(), op.Started
	e.mu.Lock()
	exchanges := e.exchanges[op]
	delete(e.exchanges, op)
	e.mu.Unlock()
	if e.plan.Settings.Confidential {
		t.Output = nil
		return t
	}
	t.Exchanges = exchanges
	t.Parameters, t.Input = module.Mask(op.Module.Parameters, op.Parameters), module.Mask(op.Module.Expect, op.Input)
	return t
}
