package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// activeScenario is an active scenario, ready to run.
type activeScenario struct {
	id, version int64
	team        int64
	plan        *engine.Plan
	immediately bool           // webhooks start executions at once
	responds    bool           // it holds a webhook response module
	computes    bool           // it does nothing but compute what it answers
	hooked      bool           // it starts with what a webhook was sent
	called      bool           // it starts with what another scenario or a person gives as its inputs
	inputs      []module.Field // that it declares
	outputs     []module.Field
	schedule    *schedule.Schedule
	catchUp     schedule.CatchUp
	atOnce      int // executions at the same time
	// receive makes the bundles of an app's instant trigger out of what its webhook was sent; nil where the webhook's
	// own bundle is that of the trigger.
	receive func(sent value.Value, at time.Time, seed uint64) ([]value.Value, error)
}

// scenario returns an active scenario, nil where it is not active.
func (s *Service) scenario(id int64) *activeScenario {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.active[id]
}

// remember makes an active scenario known. One that cannot run is left out and reported.
func (s *Service) remember(ctx context.Context, c *store.ActiveScenario) {
	sc, err := s.compile(&c.Scenario, c.Blueprint, c.Damaged)
	if err != nil {
		s.log.ErrorContext(ctx, "scenario cannot run", "scenario", c.ID, "error", err)
		s.notifier.Tell(notify.Event{
			Kind: notify.ScenarioStopped, Subject: subjectOf(c.ID, c.Name), Message: "The scenario cannot run: " + err.Error(),
			Hint: "repair it and save it again; its webhooks queue meanwhile", Where: fmt.Sprintf("ropeway scenario show %d", c.ID),
		})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active[c.ID] = sc
}

// prepare compiles a version of a scenario.
func (s *Service) prepare(ctx context.Context, id, version int64, scheduling, settings string) (*activeScenario, error) {
	v, err := s.store.ScenarioVersion(ctx, id, version)
	if err != nil {
		return nil, fmt.Errorf("read version %d: %w", version, err)
	}
	team, err := s.store.ScenarioTeam(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("find the team of the scenario: %w", err)
	}
	return s.compile(&store.Scenario{ID: id, Team: team, Version: version, Schedule: scheduling, Settings: settings}, v.Blueprint, nil)
}

// compile makes a scenario ready to run, with the blueprint of its version; damaged says why that could not be read.
func (s *Service) compile(c *store.Scenario, text []byte, damaged error) (*activeScenario, error) {
	if damaged != nil {
		return nil, fmt.Errorf("read version %d: %w", c.Version, damaged)
	}
	bp, err := blueprint.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", c.Version, err)
	}
	plan, problems := engine.Compile(bp, s.system.Modules)
	if problems.Invalid() {
		return nil, problems
	}
	sc := s.system.bound(c.ID, c.Version, bp, plan)
	sc.team = c.Team
	if sc.schedule, err = parseSchedule(c.Schedule); err != nil {
		return nil, err
	}
	own, err := ParseScenarioSettings(c.Settings)
	if err != nil {
		return nil, err
	}
	if sc.catchUp, err = schedule.ParseCatchUp(own.CatchUp); err != nil {
		return nil, err
	}
	sc.immediately = sc.schedule.Kind() == schedule.Immediately
	sc.computes = sc.immediately && sc.responds && !bp.Settings.Sequential && plan.Computes()
	_, first := plan.Trigger()
	sideBySide := sc.immediately || sc.schedule.Kind() == schedule.OnDemand && (sc.called || !first.Waits())
	if bp.Settings.Sequential || !sideBySide {
		sc.atOnce = 1
	}
	return sc, nil
}

// bound is a version of a scenario with what its blueprint says of itself.
func (s *System) bound(id, version int64, bp *blueprint.Blueprint, plan *engine.Plan) *activeScenario {
	sc := &activeScenario{id: id, version: version, plan: plan, responds: responds(bp, s.Modules), atOnce: scenarioAtOnce}
	sc.receive, sc.hooked = s.receiver(bp)
	sc.called = len(bp.Flow) > 0 && bp.Flow[0].Module == builtin.StartSubscenario
	if bp.Interface != nil {
		sc.inputs, sc.outputs = bp.Interface.Inputs, bp.Interface.Outputs
	}
	return sc
}

// receiver says whether a scenario starts with what a webhook was sent, and returns what turns that into bundles where the
// trigger is one of an app.
func (s *System) receiver(bp *blueprint.Blueprint) (receive func(value.Value, time.Time, uint64) ([]value.Value, error), hooked bool) {
	if len(bp.Flow) == 0 {
		return nil, false
	}
	m, ok := s.Modules.Find(bp.Flow[0].Module, bp.Flow[0].Version)
	if !ok || !listens(m) {
		return nil, false
	}
	return s.receive(&m.Description), true
}

// listens reports whether a module starts its scenario with what a webhook was sent.
func listens(m *module.Module) bool {
	return m != nil && m.Kind == module.InstantTrigger && m.Webhook != ""
}

// receive returns what turns the payload of a webhook into the bundles of an app's instant trigger, nil for other triggers.
func (s *System) receive(m *module.Description) func(sent value.Value, at time.Time, seed uint64) ([]value.Value, error) {
	c, ok := s.connectors[m.App]
	if !ok {
		return nil
	}
	return func(sent value.Value, at time.Time, seed uint64) ([]value.Value, error) {
		call := connector.Call{Method: http.MethodPost, Body: value.AppendJSON(nil, sent), At: at, Zone: time.UTC, Seed: seed}
		r, err := c.Receive(m.Webhook, call)
		return r.Bundles, err
	}
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
