package server

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Replay says how an execution is run again.
type Replay struct {
	Execution int64
	From      int   // module from which on everything is done again, with what is recorded of the modules before it; 0 = everything
	Newest    bool  // by the newest version of the scenario
	Version   int64 // by this version; 0 = by that of the execution, or the newest
	Dry       bool  // as a dry run
	// Data takes what the first module had put out also where that is no trigger, which would be run again otherwise.
	Data bool
	// Pinned has sample data stand in for modules.
	Pinned bool
}

// maxReplayBundles is how many bundles of a polling trigger a replay can start with.
const maxReplayBundles = 100_000

// StartReplay records an execution that runs a finished one again and returns its number. From the trigger on, it starts from the
// same data: what a webhook was sent, or what the trigger had found.
func (c *Control) StartReplay(ctx context.Context, r Replay) (int64, error) {
	j, err := c.Store.Load(ctx, r.Execution)
	if err != nil {
		return 0, err
	}
	e := &j.Execution
	if !e.Status.Finished() {
		return 0, fault.Wrap(fault.Data, store.ErrConflict, "[not-over] The execution is not over yet.").WithHint("[hint-not-over] wait for its end, or cancel it")
	}
	in := store.Intake{
		Scenario: e.Scenario, Version: e.Version, Received: c.Clock.Now(), Name: e.Name, Origin: store.ByReplay, Source: e.ID, Mode: modeOf(r.Dry),
	}
	if in.Version, err = c.versionOf(ctx, e, r); err != nil {
		return 0, err
	}
	plan, err := c.planOf(ctx, e.Scenario, in.Version)
	if err != nil {
		return 0, err
	}
	if r.From != 0 {
		if plan.Behind(r.From) == nil {
			return 0, fault.Newf(fault.BundleValidation, "[version-no-module] Version %d of the scenario has no module %d.", in.Version, r.From).WithField("from")
		}
		if first, _ := plan.Trigger(); first != r.From {
			if e.Dry() && !r.Dry {
				return 0, fault.New(fault.BundleValidation, "[replay-dry] The execution was a dry run: what is recorded of its modules did not happen.").WithField("from").
					WithHint("[hint-replay-dry] run it again from its beginning, or as a dry run")
			}
			in.Origin, in.Input = store.ByRerun, rerun{source: e.ID, from: r.From, anew: r.Newest}.input()
			return accept(ctx, c.Store, in)
		}
	}
	if in.Input, err = c.startOf(ctx, j, plan, r.Data); err != nil {
		return 0, err
	}
	if r.Pinned {
		if err := c.pinInto(ctx, &in); err != nil {
			return 0, err
		}
	}
	return accept(ctx, c.Store, in)
}

// versionOf returns by which version of the scenario an execution is run again.
func (c *Control) versionOf(ctx context.Context, e *store.Execution, r Replay) (int64, error) {
	if r.Version != 0 || !r.Newest {
		return cmp.Or(r.Version, e.Version), nil
	}
	newest, err := c.Store.Scenario(ctx, e.Scenario)
	return newest.Version, err
}

func (c *Control) planOf(ctx context.Context, scenario, version int64) (*engine.Plan, error) {
	v, err := c.Store.ScenarioVersion(ctx, scenario, version)
	if err != nil {
		return nil, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return nil, fmt.Errorf("version %d: %w", version, err)
	}
	plan, problems := engine.Compile(bp, c.System.Modules)
	if problems.Invalid() {
		return nil, problems
	}
	return plan, nil
}

// startOf returns the bundles that an execution began with: its input, else what its polling trigger put out. One that went on with
// another one began with what that one did. With all, what any other first module put out counts, too.
func (c *Control) startOf(ctx context.Context, j *store.Journal, plan *engine.Plan, all bool) ([]value.Value, error) {
	for range maxChain {
		input, err := j.Input(ctx)
		if err != nil {
			return nil, fault.Wrap(fault.Data, err, "[replay-not-kept] What the execution began with is not kept.").
				WithHint("[hint-confidential] the data of a scenario that is confidential goes when the execution ends")
		}
		switch j.Execution.Origin {
		case store.ByRerun:
			next, err := rerunOf(input)
			if err != nil {
				return nil, err
			}
			if j, err = c.Store.Load(ctx, next.source); err != nil {
				return nil, goneFault(j.Execution.ID, next.source, err)
			}
			continue
		case store.ByRetry:
			return nil, fault.New(fault.BundleValidation, "[replay-retry] The execution only retries a bundle that had stopped.").
				WithHint("[hint-replay-retry] run the execution again that it belongs to")
		default:
		}
		pinned, input := withoutSamples(j.Execution.Mode, input)
		if len(input) > 0 || j.Execution.Webhook != 0 {
			return input, nil
		}
		first, kind := c.firstOf(ctx, &j.Execution, plan)
		if bundles := pinned[first]; len(bundles) > 0 {
			return bundles, nil
		}
		if !kind.Waits() && !all {
			return nil, nil
		}
		return triggered(ctx, j, first, kind)
	}
	return nil, fault.Newf(fault.Inconsistency, "[chain-long] More than %d executions go on with one another.", maxChain)
}

// firstOf returns the first module of the version that an execution ran by, or that of plan where the version cannot be read any more.
func (c *Control) firstOf(ctx context.Context, e *store.Execution, plan *engine.Plan) (int, module.Kind) {
	if own, err := c.planOf(ctx, e.Scenario, e.Version); err == nil {
		plan = own
	}
	return plan.Trigger()
}

// triggered returns what the first module had put out in all cycles; nothing where that is not recorded, since it only computes.
func triggered(ctx context.Context, j *store.Journal, first int, kind module.Kind) ([]value.Value, error) {
	var bundles []value.Value
	for r, err := range j.Operations(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if strings.Count(r.Address, "/") != 1 || moduleOf(r.Address) != first || r.Bundles == nil {
			continue
		}
		for i := range r.Bundles.Len() {
			b, err := r.Bundles.At(i)
			if err != nil {
				return nil, err
			}
			if bundles = append(bundles, b); len(bundles) > maxReplayBundles {
				return nil, fault.Newf(fault.MaxResultsExceeded, "[replay-many] The trigger had found more than %d bundles, which is more than a replay takes.", maxReplayBundles).
					WithHint("[hint-replay-many] replay from the module behind the trigger")
			}
		}
	}
	if len(bundles) == 0 && kind.Waits() {
		return nil, fault.New(fault.Data, "[replay-nothing] The trigger had found nothing: there is nothing to run again.")
	}
	return bundles, nil
}
