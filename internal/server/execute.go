package server

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// execution is one execution on its way to the runner.
type execution struct {
	id       int64
	seed     uint64
	journal  *journal // nil: load it when it is its turn
	fence    store.Fence
	holding  *holding  // its partition, once it runs
	answered bool      // a caller at another node was answered
	queued   bool      // it waited in a queue of a webhook and has not begun: it waits on when its scenario may not run
	root     int64     // the execution that it goes on with from the beginning; itself for most
	started  time.Time // of the root when it has begun; zero for a new one
	input    []value.Value
	hasInput bool
	origin   store.Origin
	mode     store.Mode
	pinned   map[int][]value.Value // bundles that stand in for modules
	retries  int64                 // incomplete execution that it retries, 0 none
	resume   *engine.Resume        // where it goes on then
	keyID    string                // of the last repetition in its chain that a person has asked for, "" for none
	given    given                 // what it was started with in place of bundles
	anew     bool                  // operations whose input has changed since they were recorded are done anew
}

// submit hands an execution that is in the line of its scenario to the dispatcher.
func (s *Service) submit(sc *activeScenario, e *execution) {
	most := sc.atOnce
	if e.dry() {
		most = dryAtOnce
	}
	s.dispatcher.Submit(s.job(sc, e), most)
}

// job is what the dispatcher does with an execution when it is its turn.
func (s *Service) job(sc *activeScenario, e *execution) runner.Job {
	line := lineOf(sc.id, e.mode)
	return runner.Job{Scenario: line, ID: e.id, Stored: e.queued && !e.early(), Run: func(ctx context.Context) {
		stored := s.perform(ctx, sc, e)
		s.forgetCancel(ctx, sc.id, e.id, stored)
		if s.lines.leave(line, stored && !e.dry(), e.id) && !e.dry() {
			s.goFill(sc.id)
		}
	}}
}

// perform runs an execution if this node may, and reports whether it is left in the store to be taken up again.
func (s *Service) perform(ctx context.Context, sc *activeScenario, e *execution) (left bool) {
	h := s.lease.enter(e.fence)
	if h == nil { // its partition was given away, or lost and taken back
		s.fenced.Store(true)
		s.leaveEarly(ctx, sc, e)
		return true
	}
	defer func() {
		if s.lease.leave(h) && s.store.Shared() {
			s.release(ctx, s.lease.idle())
		}
	}()
	if e.queued && !s.mayBegin(&sc) && !s.cancelled(e.id) {
		s.leaveEarly(ctx, sc, e)
		return true
	}
	e.holding = h
	return s.execute(ctx, sc, e)
}

// mayBegin reports whether a queued execution may begin now, and brings the scenario to what is active. Behind one that went back to
// the store, those of a sequential scenario do so too, so that their order stays.
func (s *Service) mayBegin(sc **activeScenario) bool {
	now := s.scenario((*sc).id)
	if now == nil || now.plan.Settings.Sequential && s.lines.wentBack(now.id) || s.heldUp(now) {
		return false
	}
	*sc = now
	return true
}

// goFill fills the line of a scenario beside what runs. What arrives from now on waits behind what is in the store.
func (s *Service) goFill(scenario int64) {
	s.lines.stale(scenario)
	s.goLoop(func() {
		if err := s.fill(s.loopContext, scenario); err != nil && s.loopContext.Err() == nil {
			s.log.ErrorContext(s.loopContext, "queued executions could not be taken up; it is tried again", "scenario", scenario, "error", err)
		}
	})
}

// boundVersion names a version of a scenario.
type boundVersion struct{ scenario, version int64 }

// takeUp submits an execution of the store that is not over, by the version of the scenario that it is bound to. One that another
// node runs is left to that.
func (s *Service) takeUp(ctx context.Context, o store.OpenExecution) error {
	return s.takeUpWith(ctx, o, map[boundVersion]*activeScenario{})
}

// takeUpWith does so, and keeps the versions that it had to prepare among bound, for the next ones.
func (s *Service) takeUpWith(ctx context.Context, o store.OpenExecution, bound map[boundVersion]*activeScenario) error {
	if !s.owns(o.Scenario) {
		return nil
	}
	name := boundVersion{o.Scenario, o.Version}
	sc := bound[name]
	if sc == nil {
		var err error
		if sc, err = s.boundTo(ctx, o); err != nil {
			return err
		}
		bound[name] = sc
	}
	if s.lines.take(lineOf(o.Scenario, o.Mode), o.ID) {
		s.submit(sc, &execution{id: o.ID, fence: s.fence(o.Scenario), mode: o.Mode})
	}
	return nil
}

// boundTo returns a scenario in the version that an execution is bound to.
func (s *Service) boundTo(ctx context.Context, o store.OpenExecution) (*activeScenario, error) {
	sc := s.scenario(o.Scenario)
	if sc != nil && sc.version == o.Version {
		return sc, nil
	}
	prepared, err := s.prepare(ctx, o.Scenario, o.Version, "", "")
	if err == nil && sc != nil {
		prepared.atOnce = sc.atOnce
	}
	return prepared, err
}

// errOver says that an execution has ended: it was taken from the store while it ran.
var errOver = errors.New("server: the execution is over")

// execute runs one execution to its end, or to the suspension of the service. It reports whether the execution is left in the store
// to be taken up again.
func (s *Service) execute(ctx context.Context, sc *activeScenario, e *execution) (left bool) {
	report, err := s.drive(ctx, sc, e)
	switch {
	case errors.Is(err, errOver):
		s.calls.over(e.id, value.Undefined)
	case errors.Is(err, runner.ErrSuspended):
		s.leaveEarly(ctx, sc, e)
	case errors.Is(err, store.ErrFenced):
		s.fenced.Store(true)
		s.leaveEarly(ctx, sc, e)
		return true
	case err != nil && e.early():
		s.refuseEarly(ctx, sc, e, err)
	case err != nil:
		s.log.ErrorContext(ctx, "execution stopped without an end; it is taken up again", "execution", e.id, "scenario", sc.id, "error", err)
		s.leftOpen.Store(true)
		s.answer(ctx, sc, e, answer{err: errNoAnswer()})
	case report.Error != nil && report.Status == engine.Failed:
		s.log.WarnContext(ctx, "execution failed", "execution", e.id, "scenario", sc.id, "module", report.FailedModule,
			"kind", string(report.Error.Kind), "message", report.Error.Error(), "dry", e.dry())
		s.answer(ctx, sc, e, answer{err: errNoAnswer()})
	default:
		s.answer(ctx, sc, e, answer{})
	}
	return false
}

// errNoAnswer is what an anonymous caller may know of a failed execution: history tells the rest to whom it concerns.
func errNoAnswer() error {
	return fault.New(fault.Runtime, "[no-answer-before] The scenario ended with an error before it could answer.")
}

func (s *Service) drive(ctx context.Context, sc *activeScenario, e *execution) (*runner.Report, error) {
	if e.journal == nil {
		if err := s.recall(ctx, sc.plan, e); err != nil {
			return nil, err
		}
	}
	defer e.journal.close()
	if now := s.clock.Now(); e.started.IsZero() { // it is new; the time goes into the journal, so that a replay starts from the same one
		e.started = now
		e.journal.start = &store.Start{At: now, Version: sc.version}
	} else if e.root != e.id {
		e.journal.start = &store.Start{At: now, Version: sc.version}
	}
	e.journal.settings = journalSettings{
		maxErrors: sc.plan.Settings.MaxErrors, confidential: sc.plan.Settings.Confidential, dataLoss: sc.plan.Settings.DataLoss,
		resume: e.resume, rerun: e.retries != 0, backOff: !sc.plan.Settings.StoreIncomplete && !e.given.awaited,
		outputs: sc.outputs, zone: sc.plan.Zone(), dry: e.dry(),
	}
	if sc.receive != nil && e.hasInput && len(e.input) == 1 {
		bundles, err := sc.receive(e.input[0], e.started, e.seed)
		if err != nil {
			return nil, fmt.Errorf("read what the webhook was sent: %w", err)
		}
		e.input = bundles
	}
	config, err := s.config(ctx, sc, e)
	if err != nil {
		return nil, err
	}
	stop := s.mayCancel(e.id)
	end := s.counted(e.origin)
	s.tellExecution(ctx, sc, e.id, true)
	within := withCaller(withJournal(WithTeam(outbound.WithPermit(e.guarded(ctx), s.owned(e.holding)), sc.team), e.journal), newCaller(sc, e, stop))
	report, err := s.system.Runner.Run(within, sc.plan, runner.Options{
		Config: config, Journal: e.journal, Suspend: e.holding.suspend, Interrupt: stop, Owned: s.owned(e.holding), Lost: notHere, Operated: s.operated(), Progress: s.progressed(sc, e.id),
		Respond: func(r module.Response) { s.answer(ctx, sc, e, answer{response: &r}) }, Dry: e.dry(), Pinned: e.pinned,
	})
	if cause := e.journal.refusal; cause != nil {
		s.log.InfoContext(ctx, "an execution was replayed from its beginning, since its checkpoint could not be used", "execution", e.id, "cause", cause)
	}
	if err != nil {
		end(0, 0)
		return nil, err
	}
	end(finalStatus(report), report.Duration)
	if outputs := outputsOf(report.Returned, sc.outputs, sc.plan.Zone()); !s.calls.over(e.id, outputs) {
		s.overElsewhere(ctx, e, outputs)
	}
	s.tellExecution(ctx, sc, e.id, false)
	return report, s.ended(ctx, sc, e, report)
}

// notHere reports whether an error says that the database is away, or that this node may not go on with the execution: that is no failure of
// the scenario.
func notHere(err error) bool {
	return errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrFenced)
}

// config is what the engine starts from. An execution that goes on with another one starts from the same.
func (s *Service) config(ctx context.Context, sc *activeScenario, e *execution) (engine.Config, error) {
	c := sc.config(e)
	if !sc.plan.UsesVariables() {
		return c, nil
	}
	var err error
	if c.Kept, err = s.store.Kept(ctx, sc.id); err != nil {
		return c, fmt.Errorf("read the kept variables: %w", err)
	}
	return c, nil
}

// config is what an execution of the scenario starts from, without the variables that the scenario keeps.
func (sc *activeScenario) config(e *execution) engine.Config {
	c := engine.Config{
		ID: strconv.FormatInt(e.root, 10), KeyID: e.keyID, Seed: e.seed, Started: e.started, HasInput: e.hasInput, Input: e.input, Resume: e.resume,
		RunChanged: e.anew,
		Variables: value.Collection(value.F("scenario", value.Collection(
			value.F("id", value.Int(int(sc.id))), value.F("name", value.Text(sc.plan.Name)), value.F("executionId", value.Text(strconv.FormatInt(e.root, 10))),
		))),
	}
	if inputs := sc.inputsFor(e.given); !inputs.IsUndefined() {
		c.Variables = value.NewBuilder(2).Merge(c.Variables).Set("input", inputs).Build()
		if sc.called && !e.hasInput && e.resume == nil {
			c.HasInput, c.Input = true, []value.Value{inputs}
		}
	}
	e.startWithSample(sc.plan, &c)
	return c
}

// ended does what follows from the end of an execution.
func (s *Service) ended(ctx context.Context, sc *activeScenario, e *execution, report *runner.Report) error {
	if e.journal.deactivated {
		s.deactivated(ctx, sc, e.id, report.Error)
	}
	for i, id := range e.journal.incomplete {
		if set := e.journal.setAside[i]; set.Due.IsZero() {
			s.tellWaiting(ctx, sc, id, set.Reason)
		} else {
			s.log.InfoContext(ctx, "an incomplete execution will be retried", "scenario", sc.id, "execution", e.id, "incomplete", id, "due", set.Due)
		}
	}
	if e.journal.noRoom {
		s.tellNoRoom(ctx, sc)
	}
	if e.retries != 0 {
		return s.finishRetry(ctx, e.retries, e.id, retryFailure(report, e.resume))
	}
	return nil
}

// deactivated stops starting executions of a scenario that its errors have switched off.
func (s *Service) deactivated(ctx context.Context, sc *activeScenario, execution int64, reason *fault.Error) {
	s.tellStopped(ctx, sc, execution, reason)
	s.forget(sc.id)
	s.tellNodes(ctx, store.ScenarioSignal, sc.id)
}

// forget stops starting executions of a scenario; those that wait in the queue of a webhook go on waiting in the store. Others have
// begun there, and go on.
func (s *Service) forget(scenario int64) {
	s.mu.Lock()
	delete(s.active, scenario)
	s.mu.Unlock()
	s.lines.leave(scenario, true, s.dispatcher.Drop(scenario)...)
}
