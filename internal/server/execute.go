package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// activeScenario is an active scenario, ready to run.
type activeScenario struct {
	id, version int64
	plan        *engine.Plan
	immediately bool // webhooks start executions at once
	responds    bool // it holds a webhook response module
	hooked      bool // it starts with what a webhook was sent
	schedule    *schedule.Schedule
	atOnce      int // executions at the same time
	// receive makes the bundles of an app's instant trigger out of what its webhook was sent; nil where the webhook's
	// own bundle is that of the trigger.
	receive func(sent value.Value, at time.Time, seed uint64) ([]value.Value, error)
}

// execution is one execution on its way to the runner.
type execution struct {
	id       int64
	seed     uint64
	journal  *journal // nil: load it when it is its turn
	fence    store.Fence
	started  time.Time // of an execution that goes on; zero for a new one
	input    []value.Value
	hasInput bool
	retries  int64          // incomplete execution that it retries, 0 none
	resume   *engine.Resume // where it goes on then
}

// remember makes a scenario known when it is active. One that cannot run is left out and reported.
func (s *Service) remember(ctx context.Context, c *store.Scenario) {
	if !c.Active {
		return
	}
	sc, err := s.prepare(ctx, c.ID, c.Version, c.Schedule)
	if err != nil {
		s.log.ErrorContext(ctx, "scenario cannot run", "scenario", c.ID, "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active[c.ID] = sc
}

// prepare compiles a version of a scenario.
func (s *Service) prepare(ctx context.Context, id, version int64, scheduling string) (*activeScenario, error) {
	v, err := s.store.ScenarioVersion(ctx, id, version)
	if err != nil {
		return nil, fmt.Errorf("read version %d: %w", version, err)
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", version, err)
	}
	plan, problems := engine.Compile(bp, s.system.Modules)
	if problems.Invalid() {
		return nil, problems
	}
	sc := &activeScenario{id: id, version: version, plan: plan, responds: responds(bp, s.system.Modules), atOnce: scenarioAtOnce}
	sc.receive, sc.hooked = s.system.receiver(bp)
	if sc.schedule, err = parseSchedule(scheduling); err != nil {
		return nil, err
	}
	sc.immediately = sc.schedule.Kind() == schedule.Immediately
	if bp.Settings.Sequential || !sc.immediately {
		sc.atOnce = 1
	}
	return sc, nil
}

// receiver says whether a scenario starts with what a webhook was sent, and returns what turns that into bundles where the
// trigger is one of an app.
func (s *System) receiver(bp *blueprint.Blueprint) (receive func(value.Value, time.Time, uint64) ([]value.Value, error), hooked bool) {
	if len(bp.Flow) == 0 {
		return nil, false
	}
	m, ok := s.Modules.Find(bp.Flow[0].Module, bp.Flow[0].Version)
	if !ok || m.Kind != module.InstantTrigger {
		return nil, false
	}
	c, ok := s.connectors[m.App]
	if !ok {
		return nil, true
	}
	return func(sent value.Value, at time.Time, seed uint64) ([]value.Value, error) {
		call := connector.Call{Method: http.MethodPost, Body: value.AppendJSON(nil, sent), At: at, Zone: time.UTC, Seed: seed}
		r, err := c.Receive(m.Webhook, call)
		return r.Bundles, err
	}, true
}

// parseSchedule reads a stored schedule; an empty one means "immediately".
func parseSchedule(text string) (*schedule.Schedule, error) {
	if text == "" {
		text = `{"type":"immediately"}`
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("read the schedule: %w", err)
	}
	sched, problems := schedule.Parse(v)
	if problems.Invalid() {
		return nil, problems
	}
	return sched, nil
}

// takeUp submits an execution that is not over from before.
func (s *Service) takeUp(ctx context.Context, o store.OpenExecution, fence store.Fence) {
	s.mu.Lock()
	sc := s.active[o.Scenario]
	s.mu.Unlock()
	if sc == nil || sc.version != o.Version {
		prepared, err := s.prepare(ctx, o.Scenario, o.Version, "")
		if err != nil {
			s.log.ErrorContext(ctx, "execution cannot go on", "execution", o.ID, "scenario", o.Scenario, "error", err)
			return
		}
		if sc != nil {
			prepared.atOnce = sc.atOnce
		}
		sc = prepared
	}
	s.submit(sc, &execution{id: o.ID, seed: o.Seed, fence: fence, hasInput: o.Webhook != 0})
}

func (s *Service) submit(sc *activeScenario, e *execution) {
	s.dispatcher.Submit(runner.Job{Scenario: sc.id, Run: func(ctx context.Context) { s.execute(ctx, sc, e) }}, sc.atOnce)
}

// execute runs one execution to its end, or to the suspension of the service.
func (s *Service) execute(ctx context.Context, sc *activeScenario, e *execution) {
	report, err := s.drive(ctx, sc, e)
	switch {
	case errors.Is(err, runner.ErrSuspended), errors.Is(err, store.ErrFenced):
	case err != nil:
		s.log.ErrorContext(ctx, "execution stopped without an end", "execution", e.id, "scenario", sc.id, "error", err)
		s.answerWaiter(e.id, answer{err: errNoAnswer()})
	case report.Error != nil && report.Status == engine.Failed:
		s.log.WarnContext(ctx, "execution failed", "execution", e.id, "scenario", sc.id, "module", report.FailedModule,
			"kind", string(report.Error.Kind), "message", report.Error.Error())
		s.answerWaiter(e.id, answer{err: errNoAnswer()})
	default:
		s.answerWaiter(e.id, answer{})
	}
}

// errNoAnswer is what an anonymous caller may know of a failed execution: history tells the rest to whom it concerns.
func errNoAnswer() error {
	return fault.New(fault.Runtime, "The scenario ended with an error before it could answer.")
}

func (s *Service) drive(ctx context.Context, sc *activeScenario, e *execution) (*runner.Report, error) {
	if e.journal == nil {
		j, started, input, err := loadJournal(ctx, s.store, e.id, e.fence)
		if err != nil {
			return nil, err
		}
		e.journal, e.started, e.input = j, started, input
		if j.recorded.Execution.Origin == store.ByRetry {
			if e.retries, e.resume, err = retryOf(input); err != nil {
				return nil, err
			}
		}
	}
	if e.started.IsZero() { // it is new; the time goes into the journal, so that a replay starts from the same one
		e.started = s.clock.Now()
		e.journal.start = &store.Start{At: e.started, Version: sc.version}
	}
	e.journal.settings = journalSettings{
		maxErrors: sc.plan.Settings.MaxErrors, confidential: sc.plan.Settings.Confidential, name: sc.plan.Name,
		resume: e.resume,
	}
	if sc.receive != nil && e.hasInput && len(e.input) == 1 {
		bundles, err := sc.receive(e.input[0], e.started, e.seed)
		if err != nil {
			return nil, fmt.Errorf("read what the webhook was sent: %w", err)
		}
		e.input = bundles
	}
	number := strconv.FormatInt(e.id, 10)
	config := engine.Config{
		ID: number, Seed: e.seed, Started: e.started, HasInput: e.hasInput, Input: e.input, Resume: e.resume,
		Variables: value.Collection(value.F("scenario", value.Collection(
			value.F("id", value.Int(int(sc.id))), value.F("name", value.Text(sc.plan.Name)), value.F("executionId", value.Text(number)),
		))),
	}
	if sc.plan.UsesVariables() {
		var err error
		if config.Kept, err = s.store.Kept(ctx, sc.id); err != nil {
			return nil, fmt.Errorf("read the kept variables: %w", err)
		}
	}
	report, err := s.system.Runner.Run(ctx, sc.plan, runner.Options{
		Config: config, Journal: e.journal, Suspend: s.suspend,
		Respond: func(r module.Response) { s.answerWaiter(e.id, answer{response: &r}) },
	})
	if err != nil {
		return nil, err
	}
	if e.journal.deactivated {
		s.log.WarnContext(ctx, "scenario deactivated after errors; its webhooks queue from now on", "scenario", sc.id, "execution", e.id)
		s.forget(sc.id)
	}
	if e.retries != 0 {
		return report, s.finishRetry(ctx, e.retries, e.id, retryFailure(report, e.resume))
	}
	return report, nil
}

// forget stops starting executions of a scenario that was deactivated.
func (s *Service) forget(scenario int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.active, scenario)
}

// scheduleTick is how often the service looks for scenarios that are due.
const scheduleTick = 500 * time.Millisecond

// runSchedules starts what is due: scenarios and retries.
func (s *Service) runSchedules(ctx context.Context) {
	for s.clock.Sleep(ctx, scheduleTick) == nil {
		due, err := s.store.DueScenarios(ctx, s.clock.Now(), page)
		if err != nil {
			s.log.ErrorContext(ctx, "the schedules could not be read", "error", err)
			continue
		}
		for i := range due {
			if err := s.startDue(ctx, &due[i]); err != nil && !errors.Is(err, store.ErrConflict) {
				s.log.ErrorContext(ctx, "scheduled start failed", "scenario", due[i].ID, "error", err)
			}
		}
		s.runRetries(ctx)
	}
}

// startDue starts a scenario for the time that has come, once however long ago it was, and plans the next. While it
// still runs it is not started again.
func (s *Service) startDue(ctx context.Context, c *store.Scenario) error {
	s.mu.Lock()
	sc := s.active[c.ID]
	s.mu.Unlock()
	if sc == nil {
		return s.store.Plan(ctx, c.ID, c.Due, time.Time{})
	}
	next, ok := sc.schedule.Next(s.clock.Now(), time.UTC)
	if !ok {
		next = time.Time{}
	}
	if running, waiting := s.dispatcher.Load(c.ID); running+waiting > 0 {
		return s.store.Plan(ctx, c.ID, c.Due, next)
	}
	if sc.hooked {
		return s.startQueuedDue(ctx, sc, c.Due, next)
	}
	fence := s.fences[store.PartitionOf(c.ID)]
	run, err := s.store.StartExecution(ctx, fence, store.NewExecution{
		Scenario: c.ID, Version: sc.version, Origin: store.BySchedule, Planned: c.Due, Due: next,
	})
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	s.submit(sc, &execution{id: run.ID, seed: run.Seed, fence: fence})
	return nil
}
