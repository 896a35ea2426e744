package server

import (
	"context"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// startingInput is what an execution begins with that a person starts: bundles, or values for the inputs that the scenario declares.
func startingInput(bp *blueprint.Blueprint, r api.RunOnce) ([]value.Value, error) {
	var declared []module.Field
	if bp.Interface != nil {
		declared = bp.Interface.Inputs
	}
	called := len(bp.Flow) > 0 && bp.Flow[0].Module == builtin.StartSubscenario
	switch {
	case r.Input != nil && r.Inputs != nil:
		return nil, fault.New(fault.BundleValidation, "[bundles-or-inputs] Give either the bundles of the first module or values for the inputs of the scenario.").WithField("inputs")
	case r.Input != nil || r.Inputs == nil && len(declared) == 0 && !called:
		return r.Input, nil
	case r.Inputs != nil && r.Inputs.Kind() != value.KindCollection:
		return nil, fault.Newf(fault.BundleValidation, "[inputs-object] The inputs are %v, and must be an object.", value.Noun(*r.Inputs)).WithField("inputs")
	}
	if r.Inputs == nil {
		none := value.Collection()
		r.Inputs = &none
	}
	inputs, err := readInputs(*r.Inputs, declared, zoneOf(bp))
	if err != nil {
		return nil, err
	}
	return given{inputs: inputs}.input(), nil
}

// checkRequired refuses inputs that somebody must give for a scenario that starts by itself.
func checkRequired(bp *blueprint.Blueprint, sched *schedule.Schedule) error {
	names := bp.RequiredInputs()
	if len(names) == 0 || sched.Kind() == schedule.OnDemand {
		return nil
	}
	return fault.Newf(fault.BundleValidation, "[input-scheduled] The scenario requires the input %s, and nobody gives it when its schedule starts it.", names[0]).
		WithField("schedule").WithHint("[hint-input-scheduled] let the scenario run on demand, or give the input a default")
}

// checkSchedule asks whether the newest version of a scenario can be started by a schedule.
func (c *Control) checkSchedule(ctx context.Context, id int64, sched *schedule.Schedule) error {
	v, err := c.Store.ScenarioVersion(ctx, id, 0)
	if err != nil {
		return err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return err
	}
	return checkRequired(bp, sched)
}

// checkActive refuses a version with which an active scenario could not go on.
func checkActive(bp *blueprint.Blueprint, s *store.Scenario) error {
	if !s.Active {
		return nil
	}
	sched, err := parseSchedule(s.Schedule)
	if err != nil {
		return err
	}
	return checkRequired(bp, sched)
}

// zoneOf is the time zone of a scenario that was checked.
func zoneOf(bp *blueprint.Blueprint) *time.Location {
	if zone, err := time.LoadLocation(bp.Settings.Timezone); err == nil && bp.Settings.Timezone != "" {
		return zone
	}
	return time.UTC
}
