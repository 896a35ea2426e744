package server

import (
	"context"
	"slices"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// RunOnce records one execution, of the newest version unless another is named, and has it begin.
func (c runningControl) RunOnce(ctx context.Context, id int64, r api.RunOnce) (api.Started, error) {
	s, err := c.Store.Scenario(ctx, id)
	if err != nil {
		return api.Started{}, err
	}
	if r.FromExecution != 0 {
		return c.runFrom(ctx, &s, r)
	}
	if r.Input != nil && len(r.Input) == 0 {
		return api.Started{}, fault.New(fault.BundleValidation, "[input-no-bundle] The input holds no bundle.").WithHint("[hint-input-no-bundle] leave it away to begin with the trigger")
	}
	if err := checkBundles(r.Input); err != nil {
		return api.Started{}, err
	}
	v, err := c.versionToRun(ctx, &s, r.Version)
	if err != nil {
		return api.Started{}, err
	}
	bp, err := c.checkBlueprint(v.Blueprint)
	if err != nil {
		return api.Started{}, err
	}
	pinned, err := c.pinnedFor(ctx, bp, id, r.Pinned)
	if err != nil {
		return api.Started{}, err
	}
	if err := c.mayStartByHand(ctx, bp, &s, r, pinned); err != nil {
		return api.Started{}, err
	}
	input, err := startingInput(bp, r)
	if err != nil {
		return api.Started{}, err
	}
	return c.acceptByHand(ctx, store.Intake{
		Scenario: id, Version: v.Version, Received: c.Clock.Now(), Input: input, Name: s.Name, Origin: store.ByHand, Mode: modeOf(r.Dry),
	}, pinned)
}

// acceptByHand records an execution that a person starts, with the sample data that stands in for modules, and has it begin.
func (c *Control) acceptByHand(ctx context.Context, in store.Intake, pinned map[int][]value.Value) (api.Started, error) {
	if len(pinned) > 0 {
		in.Mode, in.Input = in.Mode|store.WithSamples, withSamples(pinned, in.Input)
	}
	execution, err := accept(ctx, c.Store, in)
	if err != nil {
		return api.Started{}, err
	}
	return c.submit(ctx, execution)
}

// versionToRun returns a version of a scenario, 0 for the newest.
func (c *Control) versionToRun(ctx context.Context, s *store.Scenario, version int64) (store.ScenarioVersion, error) {
	if version == 0 {
		version = s.Version
	}
	return c.Store.ScenarioVersion(ctx, s.ID, version)
}

// mayStartByHand refuses to start a scenario that has nothing to begin with: one that starts with what a webhook is sent, while nothing
// waits. Else it takes what has waited longest, also of a scenario that is not active.
func (c *Control) mayStartByHand(ctx context.Context, bp *blueprint.Blueprint, s *store.Scenario, r api.RunOnce, pinned map[int][]value.Value) error {
	sched, err := parseSchedule(s.Schedule)
	if err != nil {
		return err
	}
	node, m := c.trigger(bp)
	if r.Input != nil || !listens(m) || sched.Kind() != schedule.Immediately || pinned[node.ID] != nil {
		return nil
	}
	if waits, err := c.payloadWaits(ctx, s.ID); waits || err != nil {
		return err
	}
	return fault.New(fault.BundleValidation, "[starts-webhook] The scenario starts with what a webhook was sent, and nothing waits in its queue.").
		WithHint("[hint-starts-webhook] send something to its webhook first, give the bundles as input, or the number of an execution whose data it is to run with")
}

// payloadWaits reports whether a payload that no execution has taken yet waits for a scenario.
func (c *Control) payloadWaits(ctx context.Context, scenario int64) (bool, error) {
	hooks, err := c.Store.WebhooksOf(ctx, scenario)
	if err != nil {
		return false, err
	}
	for i := range hooks {
		if hooks[i].Paused || hooks[i].Gone {
			continue
		}
		items, err := c.Store.Queue(ctx, hooks[i].ID, 0, page)
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(items, func(x store.Item) bool { return !x.Taken() }) {
			return true, nil
		}
	}
	return false, nil
}

// runFrom runs a scenario with the data that an earlier execution of it began with.
func (c *Control) runFrom(ctx context.Context, s *store.Scenario, r api.RunOnce) (api.Started, error) {
	if r.Input != nil || r.Inputs != nil {
		return api.Started{}, fault.New(fault.BundleValidation, "[execution-or-data] Give either an execution whose data is taken, or the data itself.").WithField("from_execution")
	}
	e, err := c.Store.Execution(ctx, r.FromExecution)
	if err != nil {
		return api.Started{}, err
	}
	if e.Scenario != s.ID { // it may be one that the caller must not see
		return api.Started{}, fault.Wrap(fault.Data, store.ErrNotFound, "[no-such-execution] The scenario has no such execution.").WithField("from_execution")
	}
	execution, err := c.StartReplay(ctx, Replay{Execution: e.ID, Newest: r.Version == 0, Version: r.Version, Dry: r.Dry, Data: true, Pinned: r.Pinned})
	if err != nil {
		return api.Started{}, err
	}
	return c.submit(ctx, execution)
}

func checkBundles(list []value.Value) error {
	for i, b := range list {
		if b.Kind() != value.KindCollection {
			return fault.Newf(fault.BundleValidation, "[bundle-object] Bundle %d is %v; a bundle is a JSON object.", i+1, value.Noun(b))
		}
	}
	return nil
}
