package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// stateNames are the names of the states; their place is the store.IncompleteState.
var stateNames = []string{"unresolved", "pending", "in progress", "resolved"}

// maxResolution is the length of the reason that a person gives for a decision, in bytes.
const maxResolution = 1000

// List lists incomplete executions, the oldest first.
func (c incompleteControl) List(ctx context.Context, f api.IncompleteFilter) ([]api.Incomplete, error) {
	names := f.States
	if len(names) == 0 {
		names = stateNames[:store.Resolved]
	}
	filter := store.IncompleteFilter{Scenario: f.Scenario, Execution: f.Execution, Teams: f.Teams, After: f.After, Limit: f.Limit}
	for _, name := range names {
		at := slices.Index(stateNames, name)
		if at < 0 {
			return nil, fault.Newf(fault.BundleValidation, "[state-unknown] There is no state %q.", name).WithHintf("[hint-there-are] there are %s", strings.Join(stateNames, ", "))
		}
		filter.States = append(filter.States, store.IncompleteState(at))
	}
	list, err := c.Store.Incompletes(ctx, filter)
	if err != nil {
		return nil, err
	}
	out := make([]api.Incomplete, len(list))
	for i := range list {
		out[i] = incompleteOf(&list[i])
	}
	return out, nil
}

func incompleteOf(i *store.Incomplete) api.Incomplete {
	out := api.Incomplete{
		ID: i.ID, Scenario: i.Scenario, Version: i.Version, Execution: i.Execution, Module: i.Module, Address: i.Address,
		State: stateNames[i.State], Attempts: i.Attempts, AttemptsMax: i.AttemptsMax, Due: i.Due, Resolution: i.Resolution,
		Revision: i.Revision, Created: i.Created, Updated: i.Updated, Bytes: i.Bytes,
	}
	out.Reason = *failureOf(i.Reason)
	if !i.Data.IsUndefined() {
		out.Bundles = &i.Data
	}
	return out
}

// Get returns an incomplete execution with its bundles.
func (c incompleteControl) Get(ctx context.Context, id int64) (api.Incomplete, error) {
	i, err := c.Store.Incomplete(ctx, id)
	if err != nil {
		return api.Incomplete{}, err
	}
	return incompleteOf(&i), nil
}

// Decide carries out what a person has decided.
func (c incompleteControl) Decide(ctx context.Context, id, revision int64, d api.Decision) (api.Incomplete, error) {
	i, err := c.Store.Incomplete(ctx, id)
	if err != nil {
		return api.Incomplete{}, err
	}
	if i.State == store.Resolved || i.State == store.InProgress {
		return api.Incomplete{}, fault.Wrapf(fault.Data, store.ErrConflict, "[incomplete-fixed] The incomplete execution cannot be changed: it is %v.", decidedText(i.State))
	}
	change := store.ChangeIncomplete{ID: id, Revision: i.Revision, Attempts: i.Attempts}
	if revision != 0 {
		change.Revision = revision
	}
	if err := c.decide(ctx, &i, &change, d); err != nil {
		return api.Incomplete{}, err
	}
	if _, err := c.Store.ChangeIncomplete(ctx, change); err != nil {
		return api.Incomplete{}, err
	}
	if c.Live != nil && change.State == store.Pending {
		c.Live.LookForRetries()
	}
	return c.Get(ctx, id)
}

func decidedText(s store.IncompleteState) *fault.Text {
	if s == store.InProgress {
		return fault.Say("[being-retried] being retried")
	}
	return fault.Say("[resolved] resolved")
}

// decide turns a decision into a change.
func (c *Control) decide(ctx context.Context, i *store.Incomplete, change *store.ChangeIncomplete, d api.Decision) error {
	if err := checkDecision(d); err != nil {
		return err
	}
	if d.Newest {
		s, err := c.Store.Scenario(ctx, i.Scenario)
		if err != nil {
			return err
		}
		change.Version = s.Version
	}
	change.Data = d.Bundles
	switch d.Action {
	case api.DecideRetry:
		change.State, change.Due = store.Pending, c.Clock.Now()
	case api.DecideHappened:
		output := value.Collection()
		if d.Output != nil {
			output = *d.Output
		}
		told := i.Data.With(HappenedField, output)
		change.State, change.Due, change.Data = store.Pending, c.Clock.Now(), &told
	case api.DecideSkip:
		change.State, change.Resolution = store.Resolved, resolution("skipped by a person", d.Reason)
	case api.DecideStop:
		change.State, change.Resolution = store.Resolved, resolution("stopped by a person: it failed", d.Reason)
	case api.DecideEdit:
		change.State, change.Due = i.State, i.Due
	}
	return nil
}

func resolution(what, reason string) string {
	if reason == "" {
		return what
	}
	return what + ": " + reason
}

// checkDecision looks at the parts of a decision that do not depend on what it is about.
func checkDecision(d api.Decision) error {
	actions := []string{api.DecideRetry, api.DecideHappened, api.DecideSkip, api.DecideStop, api.DecideEdit}
	switch {
	case !slices.Contains(actions, d.Action):
		return fault.Newf(fault.BundleValidation, "[decision-unknown] There is no decision %q.", d.Action).WithField("action").WithHintf("[hint-there-are] there are %s", strings.Join(actions, ", "))
	case d.Output != nil && d.Action != api.DecideHappened:
		return fault.New(fault.BundleValidation, "[decision-output] An output only belongs to the decision that it happened.").WithField("output")
	case d.Output != nil && d.Output.Kind() != value.KindCollection:
		return fault.New(fault.BundleValidation, "[output-object] The output must be a JSON object: one bundle.").WithField("output")
	case d.Bundles != nil && d.Action != api.DecideRetry && d.Action != api.DecideEdit:
		return fault.New(fault.BundleValidation, "[bundles-edit] Bundles can be edited for a retry.").WithField("bundles")
	case d.Bundles != nil && d.Bundles.Kind() != value.KindCollection:
		return fault.New(fault.BundleValidation, "[bundles-object] The bundles must be a JSON object with one bundle for each module number.").WithField("bundles")
	case d.Action == api.DecideEdit && d.Bundles == nil && !d.Newest:
		return fault.New(fault.BundleValidation, "[nothing-to-edit] There is nothing to edit.").WithField("bundles")
	case len(d.Reason) > maxResolution:
		return fault.Newf(fault.BundleValidation, "[reason-long] The reason has %d bytes; %d are allowed.", len(d.Reason), maxResolution).WithField("reason")
	}
	return nil
}

// RetryMany has several incomplete executions done again. What one of them refuses does not stop the others.
func (c incompleteControl) RetryMany(ctx context.Context, r api.RetryMany) (api.Decided, error) {
	done := api.Decided{Done: []int64{}, Refused: map[int64]api.Fault{}, Live: c.Live != nil}
	ids := r.IDs
	if (len(ids) > 0) == (r.Scenario != 0) {
		return done, fault.New(fault.BundleValidation, "[numbers-or-scenario] Name either some numbers or a scenario.")
	}
	if r.Scenario != 0 {
		var err error
		if ids, err = c.retryable(ctx, r.Scenario); err != nil {
			return done, err
		}
	}
	for _, id := range ids {
		err := c.seen(ctx, id, r.Teams)
		if err == nil {
			_, err = c.Decide(ctx, id, 0, api.Decision{Action: api.DecideRetry, Newest: r.Newest})
		}
		var known *fault.Error
		switch {
		case err == nil:
			done.Done = append(done.Done, id)
		case errors.As(err, &known):
			done.Refused[id] = api.Fault{Detail: err.Error(), Hint: known.Hint, Words: known.Words}
		default:
			return done, err
		}
	}
	return done, nil
}

// seen refuses an incomplete execution of another team than those given, nil for all, as one that is not there.
func (c *Control) seen(ctx context.Context, id int64, teams []int64) error {
	if teams == nil {
		return nil
	}
	team, err := owners{c.Store}.TeamOf(ctx, api.OfIncomplete, id)
	if err == nil && !slices.Contains(teams, team) {
		err = fault.Wrap(fault.Data, store.ErrNotFound, "[incomplete-none] The incomplete execution does not exist.")
	}
	return err
}

// retryable lists everything of a scenario that a person can have retried.
func (c *Control) retryable(ctx context.Context, scenario int64) ([]int64, error) {
	if _, err := c.Store.Scenario(ctx, scenario); err != nil {
		return nil, err
	}
	var ids []int64
	for after := int64(0); ; {
		list, err := c.Store.Incompletes(ctx, store.IncompleteFilter{
			Scenario: scenario, States: []store.IncompleteState{store.Unresolved, store.Pending}, After: after, Limit: store.MaxPage,
		})
		if err != nil {
			return nil, err
		}
		for i := range list {
			after = list[i].ID
			ids = append(ids, after)
		}
		if len(list) < store.MaxPage {
			return ids, nil
		}
	}
}
