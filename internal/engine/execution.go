package engine

import (
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Config is what an execution starts from. The same Config and the same results give the same execution.
type Config struct {
	ID      string    // identity; also part of idempotency keys
	Seed    uint64    // of all random numbers
	KeyID   string    // of what idempotency keys are made in place of ID, "" = ID: of a repetition that a person wants to have its effect again
	Started time.Time // start of the execution
	// Input holds the bundles of the first module when they come from outside (a webhook, a person): it is not run then,
	// and there is one cycle.
	Input []value.Value
	// HasInput tells an empty Input from none.
	HasInput bool
	// Resume goes on with one bundle in front of a module, in place of starting at the first one; nil starts there.
	Resume *Resume
	// MaxCycles lowers the number of cycles below that of the settings; 0 keeps it.
	MaxCycles int
	// Variables is what {{var…}} reads: a collection with input, scenario, organization and team.
	Variables value.Value
	// Kept holds the variables of lifetime "scenario" from earlier executions: a collection.
	Kept value.Value
	// Recorded finds the result of an operation that already happened; nil when nothing did.
	Recorded func(address string) (Recorded, bool)
	// RunChanged does an operation anew that comes to another input than the one recorded, in place of stopping there: for a person
	// who repeats an execution with another version of the scenario.
	RunChanged bool
	// Observe is told what happens, in order; nil to listen to nothing.
	Observe func(Event)
}

// Resume is where an incomplete execution goes on: its module and the bundles that the module can see.
type Resume struct {
	Module  int
	Bundles value.Value // a collection of module number to bundle, oldest first
	// Output is the module's output where a person says that the operation happened; undefined runs it.
	Output value.Value
}

// Recorded is an operation that happened in an earlier run of the same execution.
type Recorded struct {
	Started   time.Time
	InputHash uint64
	Result    Result
}

// Bundles is the output of an operation. An implementation may keep it on disk; if it has a method Release, that is
// called when the walk over it is over.
type Bundles interface {
	// Len returns how many there are.
	Len() int
	// At returns bundle i, counted from 0.
	At(i int) (value.Value, error)
}

// Result is how an operation ended.
type Result struct {
	Bundles  Bundles // nil counts as none
	Err      error   // a failure; Bundles do not count then
	Finished time.Time
}

// TaskKind says what a task asks of the driver.
type TaskKind uint8

// The kinds of tasks.
const (
	RunOperation TaskKind = iota
	CommitCycle
	RollbackCycle
)

// Task is something that only the driver can do. It answers with Complete.
type Task struct {
	Kind      TaskKind
	Operation *module.Operation // for RunOperation
	Module    *module.Module    // for RunOperation
	Delivery  module.Delivery   // of the operation: what repeating it would do
	Modules   []*module.Module  // for CommitCycle and RollbackCycle: the transactional modules concerned, in order
	Cycle     module.CycleID
	// Committed is the address of the operation that is committed by itself; "" where the cycle ends.
	Committed string
	lane      *lane
	node      *node
	scope     *scope
}

// Status is how an execution ended.
type Status string

// The statuses.
const (
	Success Status = "success"
	Warning Status = "warning"
	Failed  Status = "error"
)

// Execution is one run of a Plan: a machine that is stepped by Advance and Complete. It is not safe for concurrent use.
type Execution struct {
	plan   *Plan
	config Config
	limit  int // cycles

	cycle      int
	lanes      []*lane
	leaves     int       // lanes without lanes of their own
	latest     time.Time // latest recorded time
	inFlight   int
	ready      []*Task
	stop       stopKind
	done       bool
	committing bool // the commit or rollback task at the end of the cycle is out
	emptyCycle bool // the first module gave nothing in this cycle

	cycleVars, executionVars, keptVars map[string]value.Value
	variables                          value.Value
	involved                           []*node // transactional modules used since the last commit, in order
	counts                             []Counts
	outcome                            Outcome
	collector                          collector
	scratch                            module.Operation
}

// stopKind says how the rest of a cycle is cut off.
type stopKind uint8

const (
	goOn stopKind = iota
	stopCommit
	stopRollback
)

// Counts are the numbers of one module in one execution.
type Counts struct {
	Operations int // successful operations
	In         int // bundles that reached the module
	Out        int // bundles that it put out
	Filtered   int // bundles that its filter held back
	Errors     int // failed operations, handled or not
}

// Outcome is the end of an execution.
type Outcome struct {
	Status Status
	// Error, FailedModule and FailedAt say what ended the execution and at which operation; zero for success. FailedAt is
	// "" where no operation did.
	Error        *fault.Error
	FailedModule int
	FailedAt     string
	Cycles       int
	Operations   int
	Incomplete   []Incomplete
	// Deactivate says that the scenario must not run again before a person has looked at it.
	Deactivate bool
	// Retry says that the execution should be run again after a back-off (rate limit, connection, time-out).
	Retry bool
	// Kept are the variables of lifetime "scenario" for the next execution.
	Kept value.Value
	// Returned is what the execution gives to whoever started it: module.Returned as it was last set, undefined where it never was.
	Returned value.Value
}

// Incomplete is a bundle that stopped at a module and can go on from there.
type Incomplete struct {
	ModuleID int
	Address  string
	Reason   *fault.Error
	// Scope holds the bundles that the module can see: a collection of module number to bundle, perhaps with a KeyField.
	Scope value.Value
	// Retry asks for automatic retries: at most Attempts (0 = as the scenario's back-off says) with Interval between.
	Retry    bool
	Attempts int
	Interval time.Duration
}

// Start begins an execution of the plan.
func (p *Plan) Start(config Config) *Execution {
	x := p.newExecution(config)
	for name, v := range config.Kept.Fields() {
		x.keptVars[name] = v
	}
	x.latest = config.Started
	x.startCycle(config.Started)
	return x
}

func (p *Plan) newExecution(config Config) *Execution {
	x := &Execution{
		plan: p, config: config, limit: max(1, p.Settings.Roundtrips), counts: make([]Counts, len(p.nodes)),
		executionVars: map[string]value.Value{}, keptVars: map[string]value.Value{}, variables: config.Variables,
	}
	if config.HasInput || config.Resume != nil || config.MaxCycles > 0 && config.MaxCycles < x.limit {
		x.limit = max(1, config.MaxCycles)
	}
	x.outcome.Status = Success
	return x
}

func (x *Execution) startCycle(now time.Time) {
	x.cycle++
	x.outcome.Cycles = x.cycle
	x.cycleVars = map[string]value.Value{}
	x.emptyCycle = false
	root := x.rootScope()
	l := x.newLane(nil, 0, now)
	if x.config.Resume != nil {
		x.resumeAt(l, root, x.config.Resume)
		return
	}
	l.push(frame{kind: inFlow, flow: x.plan.main, scope: root})
}

// rootScope is the beginning of all ways in the cycle.
func (x *Execution) rootScope() *scope {
	return &scope{path: &path{bundle: x.cycle, hash: mix(x.config.Seed ^ uint64(x.cycle))}}
}

// resumeAt puts the bundle of an incomplete execution in front of the module that it stopped at.
func (x *Execution) resumeAt(l *lane, s *scope, r *Resume) {
	n := x.plan.byID[r.Module]
	if n == nil {
		x.stopWith(stopRollback, Failed, fault.Newf(fault.InvalidConfiguration, "[module-gone] The scenario has no module %d any more.", r.Module).
			WithHint("[hint-start-anew] start the scenario anew, or put the module back"), r.Module)
		return
	}
	for key, bundle := range r.Bundles.Fields() {
		if id, err := strconv.Atoi(key); err == nil {
			s = s.extend(id, bundle)
		}
	}
	if !r.Output.IsUndefined() {
		x.openBundlesOrPass(l, n, s, r.Output)
		return
	}
	l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos, scope: s, skipFilter: true})
}

func (x *Execution) cycleID() module.CycleID {
	return module.CycleID{Execution: x.config.ID, Number: x.cycle}
}

// Advance goes on until tasks are ready, the execution waits for tasks that are out, or steps steps are done. now is
// the start time of the operations that it hands out. more is true when only the number of steps ended it.
func (x *Execution) Advance(now time.Time, steps int) (tasks []*Task, more bool) {
	for !x.done {
		progress := false
		for i := 0; i < len(x.lanes); i++ {
			l := x.lanes[i]
			for l.runnable() && x.stop == goOn {
				if steps--; steps < 0 {
					return x.takeReady(), true
				}
				x.step(l, now)
				progress = true
			}
		}
		progress = x.removeEndedLanes() || progress
		if !x.committing && (len(x.lanes) == 0 || x.stop != goOn && x.inFlight == 0) {
			x.endOperationPhase()
			progress = true
		}
		if len(x.ready) > 0 || !progress {
			break
		}
	}
	return x.takeReady(), false
}

func (x *Execution) takeReady() []*Task {
	tasks := x.ready
	x.ready = nil
	return tasks
}

// Done reports whether the execution is over.
func (x *Execution) Done() bool { return x.done }

// InFlight returns how many tasks are out: handed out by Advance, and not completed.
func (x *Execution) InFlight() int { return x.inFlight - len(x.ready) }

// Outcome returns how the execution ended; before the end, how it stands.
func (x *Execution) Outcome() Outcome { return x.outcome }

// Counts returns the numbers of each module, in the order of Plan.Modules.
func (x *Execution) Counts() []Counts { return append([]Counts(nil), x.counts...) }

// Interrupt ends the execution at the operations that are out: nothing new starts, and the cycle is rolled back.
func (x *Execution) Interrupt(reason *fault.Error) {
	if x.done || x.stop != goOn {
		return
	}
	x.stopWith(stopRollback, Failed, reason, 0)
}

// Complete hands in the result of a task.
func (x *Execution) Complete(t *Task, r Result) {
	x.inFlight--
	if r.Finished.After(x.latest) {
		x.latest = r.Finished
	}
	if t.Kind != RunOperation {
		x.completeCycle(t, r)
		return
	}
	l := t.lane
	l.waiting = false
	if r.Finished.After(l.now) {
		l.now = r.Finished
	}
	x.finishOperation(l, t, r)
}

// finishOperation goes on in the lane behind an operation that was run outside.
func (x *Execution) finishOperation(l *lane, t *Task, r Result) {
	op := operation{node: t.node, scope: t.scope, op: t.Operation, finished: r.Finished}
	if r.Err != nil {
		x.fail(l, op, fault.From(r.Err))
		return
	}
	if r.Bundles == nil {
		r.Bundles = List(nil)
	}
	x.succeed(l, op, r.Bundles)
	if t.node.module.Transactional {
		x.commitOrInvolve(l, t.node, t.Operation.Address)
	}
}

// commitOrInvolve has a transactional module commit at once (auto commit) or notes it for the end of the cycle.
func (x *Execution) commitOrInvolve(l *lane, n *node, address string) {
	triggerLast := n == x.plan.main.nodes[0] && x.plan.Settings.AutoCommitTriggerLast
	if !x.plan.Settings.AutoCommit || triggerLast || x.stop != goOn {
		x.involve(n)
		return
	}
	x.commitOperation(l, n, address)
}

// commitOperation asks the driver to commit one operation; the lane waits for it.
func (x *Execution) commitOperation(l *lane, n *node, address string) {
	l.waiting = true
	l.commit = &Task{Kind: CommitCycle, Cycle: x.cycleID(), Modules: []*module.Module{n.module}, Committed: address, lane: l, node: n}
	x.handOut(l.commit)
}

func (x *Execution) involve(n *node) {
	for _, known := range x.involved {
		if known == n {
			return
		}
	}
	x.involved = append(x.involved, n)
}

// endOperationPhase asks the driver to commit or roll back, when a transactional module took part, and ends the cycle.
func (x *Execution) endOperationPhase() {
	x.dropLanes()
	if len(x.involved) == 0 {
		x.endCycle()
		return
	}
	t := &Task{Kind: CommitCycle, Cycle: x.cycleID(), Modules: x.participants()}
	if x.stop == stopRollback {
		t.Kind = RollbackCycle
	}
	x.committing = true
	x.handOut(t)
}

// participants lists the modules to commit: in the order of their first use, the first module last if the settings say so.
func (x *Execution) participants() []*module.Module {
	var list, last []*module.Module
	for _, n := range x.involved {
		if n == x.plan.main.nodes[0] && x.plan.Settings.AutoCommitTriggerLast {
			last = append(last, n.module)
			continue
		}
		list = append(list, n.module)
	}
	x.involved = nil
	return append(list, last...)
}

func (x *Execution) completeCycle(t *Task, r Result) {
	x.committing = false
	if r.Err != nil {
		cause := fault.From(r.Err)
		x.stop = stopCommit // what is committed stays; nothing is left to do
		x.outcome.Status, x.outcome.Error = Failed, unfinished(cause)
		x.outcome.Deactivate = x.outcome.Error.Kind == fault.Inconsistency
	}
	if t.lane != nil { // a commit right after one operation
		t.lane.waiting, t.lane.commit = false, nil
		return
	}
	x.endCycle()
}

// unfinished says that a cycle could not be ended. A key that somebody else has added meanwhile is refused with all that the cycle changes.
func unfinished(cause *fault.Error) *fault.Error {
	if cause.Kind == fault.DuplicateData {
		return fault.Wrapf(fault.DuplicateData, cause, "[cycle-unfinished] The cycle could not be ended: %v", cause.WithField("")).
			WithHint("[hint-added-meanwhile] an execution that ran at the same time has added it; nothing of this cycle is saved")
	}
	return fault.Wrapf(fault.Inconsistency, cause, "[cycle-unfinished] The cycle could not be ended: %v", cause.WithField("")).
		WithHint("[hint-partly-saved] some changes of this cycle may be saved and others not; compare the data before running the scenario again")
}

func (x *Execution) endCycle() {
	x.observe(Event{Kind: CycleEnded, Cycle: x.cycle, RolledBack: x.stop == stopRollback})
	if x.stop == goOn && !x.emptyCycle && x.cycle < x.limit {
		x.startCycle(x.latest)
		return
	}
	x.done = true
	x.outcome.Returned = x.executionVars[module.Returned]
	kept := value.NewBuilder(len(x.keptVars))
	for _, name := range sortedKeys(x.keptVars) {
		kept.Set(name, x.keptVars[name])
	}
	x.outcome.Kept = kept.Build()
}

func (x *Execution) handOut(t *Task) {
	x.inFlight++
	x.ready = append(x.ready, t)
}

// stopWith ends the cycle, and with it the execution.
func (x *Execution) stopWith(kind stopKind, status Status, reason *fault.Error, moduleID int) {
	if x.stop != goOn {
		return
	}
	x.stop = kind
	x.outcome.Error, x.outcome.FailedModule = reason, moduleID
	x.worsen(status)
	x.inFlight -= len(x.ready) // what was not handed out yet does not start any more
	x.ready = nil
}

// worsen raises the status, never lowers it.
func (x *Execution) worsen(s Status) {
	if s == Failed || s == Warning && x.outcome.Status == Success {
		x.outcome.Status = s
	}
}

// env returns the evaluation environment of a scope in a lane, with random numbers of their own for salt.
func (x *Execution) env(l *lane, s *scope, salt uint64) *expression.Env {
	l.view = view{x: x, scope: s}
	l.random.state = mix(s.path.hash ^ mix(salt))
	l.env.Scope, l.env.Random, l.env.Now, l.env.Zone = &l.view, &l.random, l.now, x.plan.zone
	return &l.env
}
