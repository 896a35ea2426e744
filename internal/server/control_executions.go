package server

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of what is shown of an execution at once.
const (
	shownInput   = 100 // bundles of the input
	shownBundles = 100 // bundles of an operation
	shownOpen    = 200 // executions that are not over
)

// statusNames are the names of the statuses; their place is the store.Status.
var statusNames = []string{"queued", "running", "success", "warning", "error", "stopped"}

// originNames are the names of the origins; their place is the store.Origin.
var originNames = []string{"", "webhook", "schedule", "hand", "replay", "retry", "scenario", "rerun"}

// List lists executions: those that are not over first, then the finished ones, the newest first.
func (c executionControl) List(ctx context.Context, f api.ExecutionFilter) (api.Page[api.Execution], error) {
	page := api.Page[api.Execution]{Items: []api.Execution{}}
	place, err := readPlace(f.After)
	if err != nil {
		return page, err
	}
	list := c.listed
	if f.Data != "" {
		list = c.search
	}
	found, next, err := list(ctx, f, place)
	if err != nil {
		return page, err
	}
	for i := range found {
		page.Items = append(page.Items, executionOf(&found[i]))
	}
	if next != nil {
		page.Next = writePlace(next)
	}
	return page, nil
}

// newestFinished is the place where the executions that are over begin.
func newestFinished() *store.HistoryPlace {
	return &store.HistoryPlace{Accepted: time.Unix(0, math.MaxInt64), ID: math.MaxInt64}
}

// listed lists executions behind a place, nil for the first ones. next is where the next page begins, nil behind the last one.
func (c executionControl) listed(ctx context.Context, f api.ExecutionFilter, place *store.HistoryPlace) (found []store.Execution, next *store.HistoryPlace, err error) {
	open, final, err := splitStatuses(f.Statuses)
	if err != nil {
		return nil, nil, err
	}
	if f.Webhook != 0 && f.Scenario == 0 {
		w, err := c.Store.Webhook(ctx, f.Webhook)
		if err != nil {
			return nil, nil, err
		}
		f.Scenario = w.Scenario
	}
	if place == nil && len(open) > 0 {
		found, err = c.Store.OpenHistory(ctx, store.HistoryFilter{
			Scenario: f.Scenario, Webhook: f.Webhook, Teams: f.Teams, Statuses: open, Dry: f.Dry, From: f.From, Until: f.Until, Text: f.Text, Limit: min(f.Limit, shownOpen),
		})
		if err != nil {
			return nil, nil, err
		}
	}
	rest := f.Limit - len(found)
	switch {
	case len(final) == 0:
		return found, nil, nil
	case rest == 0:
		return found, newestFinished(), nil
	}
	finished, err := c.Store.History(ctx, store.HistoryFilter{
		Scenario: f.Scenario, Webhook: f.Webhook, Teams: f.Teams, Statuses: final, Dry: f.Dry, From: f.From, Until: f.Until, Text: f.Text, After: place, Limit: rest,
	})
	if len(finished) == rest {
		next = finished[len(finished)-1].Place()
	}
	return append(found, finished...), next, err
}

// splitStatuses reads the names of statuses and tells those of executions that are over from the others; none are all.
func splitStatuses(names []string) (open, final []store.Status, err error) {
	if len(names) == 0 {
		names = statusNames
	}
	for _, name := range names {
		at := slices.Index(statusNames, name)
		switch st := store.Status(at); {
		case at < 0:
			return nil, nil, fault.Newf(fault.BundleValidation, "[status-unknown] There is no status %q.", name).WithHintf("[hint-there-are] there are %s", strings.Join(statusNames, ", "))
		case st.Finished():
			final = append(final, st)
		default:
			open = append(open, st)
		}
	}
	return open, final, nil
}

// writePlace and readPlace turn a place in the history into a text and back.
func writePlace(p *store.HistoryPlace) string {
	return strconv.FormatInt(p.Accepted.UnixNano(), 10) + "-" + strconv.FormatInt(p.ID, 10)
}

func readPlace(text string) (*store.HistoryPlace, error) {
	if text == "" {
		return nil, nil
	}
	at, id, _ := strings.Cut(text, "-")
	nanos, err := strconv.ParseInt(at, 10, 64)
	number, err2 := strconv.ParseInt(id, 10, 64)
	if err = errors.Join(err, err2); err != nil {
		return nil, fault.Wrap(fault.BundleValidation, err, "[page-place] The place to list from is not one that a page ended with.")
	}
	return &store.HistoryPlace{Accepted: time.Unix(0, nanos).UTC(), ID: number}, nil
}

func executionOf(e *store.Execution) api.Execution {
	out := api.Execution{
		ID: e.ID, Scenario: e.Scenario, Version: e.Version, Status: e.Status.String(), Origin: originNames[0], Webhook: e.Webhook,
		Source: e.Source, Name: e.Name, Accepted: e.Accepted, Started: e.Started, Finished: e.Finished,
		Dry: e.Dry(), Cycles: e.Summary.Cycles, Operations: e.Summary.Operations, Bytes: e.Bytes, Modules: shownDetails(e.Summary.Details),
	}
	if int(e.Origin) < len(originNames) {
		out.Origin = originNames[e.Origin]
	}
	if !e.Finished.IsZero() && !e.Started.IsZero() {
		out.DurationMS = e.Finished.Sub(e.Started).Milliseconds()
	}
	if s := e.Summary; s.ErrorMessage != "" {
		out.Error = &api.Failure{Kind: string(s.ErrorKind), Message: s.ErrorMessage, Hint: s.ErrorHint, Module: s.FailedModule, Words: s.ErrorWords}
	}
	return out
}

// Get returns an execution with its input.
func (c executionControl) Get(ctx context.Context, id int64) (api.ExecutionDetail, error) {
	j, err := c.Store.Load(ctx, id)
	if err != nil {
		return api.ExecutionDetail{}, err
	}
	out := api.ExecutionDetail{Execution: executionOf(&j.Execution), Input: []value.Value{}, Continuations: []int64{}}
	input, err := j.Input(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // data that is confidential is dropped at the end
		return out, err
	}
	pinned, input := withoutSamples(j.Execution.Mode, input)
	out.Pinned = slices.Sorted(maps.Keys(pinned))
	if g, ok := givenOf(input); ok {
		out.Inputs, input = &g.inputs, nil
	}
	if outputs, err := value.ParseJSON(j.Execution.Summary.Outputs); err == nil && outputs.Kind() == value.KindCollection {
		out.Outputs = &outputs
	}
	out.InputBundles = len(input)
	out.Input = append(out.Input, input[:min(len(input), shownInput)]...)
	list, err := c.Store.Continuations(ctx, id, store.MaxPage)
	for i := range list {
		out.Continuations = append(out.Continuations, list[i].ID)
	}
	return out, err
}

// Operations lists the journal of an execution, in the order of writing.
func (c executionControl) Operations(ctx context.Context, id int64, f api.OperationFilter) ([]api.Operation, uint32, error) {
	if _, err := c.Store.Execution(ctx, id); err != nil {
		return nil, 0, err
	}
	found, err := c.Store.OperationsWhere(ctx, id, store.OperationFilter(f))
	if err != nil {
		return nil, 0, err
	}
	list := make([]api.Operation, len(found))
	for i := range found {
		if list[i], err = operationOf(&found[i]); err != nil {
			return nil, 0, err
		}
	}
	if len(list) < f.Limit {
		return list, 0, nil
	}
	return list, list[len(list)-1].Sequence, nil
}

func operationOf(r *store.Recorded) (api.Operation, error) {
	o := api.Operation{Sequence: r.Sequence, Address: r.Address, Module: moduleOf(r.Address), Started: r.Started, Finished: r.Finished}
	o.Exchanges, o.Dry, o.Pinned = shownExchanges(r.Exchanges)
	if r.Intent {
		o.Announced, o.Request = true, &r.Request
		return o, nil
	}
	o.DurationMS = r.Finished.Sub(r.Started).Milliseconds()
	if r.Err != nil {
		o.Error = failureOf(r.Err)
	}
	if r.Bundles == nil {
		return o, nil
	}
	o.BundleCount = r.Bundles.Len()
	for i := range min(o.BundleCount, shownBundles) {
		b, err := r.Bundles.At(i)
		if err != nil {
			return o, err
		}
		o.Bundles = append(o.Bundles, b)
	}
	return o, nil
}

// shownExchanges tells the calls of an operation from what else is noted among them: what it would have done in a dry run, and that sample
// data stood in for it.
func shownExchanges(list []value.Value) (calls []value.Value, effect *api.Effect, pinned bool) {
	for _, x := range list {
		if would, ok := x.Lookup(module.EffectField); ok {
			effect = effectOf(would)
			continue
		}
		if x.Get(module.PinnedField).Truth() {
			pinned = true
			continue
		}
		calls = append(calls, x)
	}
	return calls, effect, pinned
}

// effectOf reads what module.Effect has written.
func effectOf(v value.Value) *api.Effect {
	var e api.Effect
	if err := json.Unmarshal(value.AppendJSON(nil, v), &e); err != nil { // a later version has written it
		return &api.Effect{Kind: v.Get("kind").Str(), Note: "It cannot be shown: " + err.Error()}
	}
	return &e
}

func failureOf(e *fault.Error) *api.Failure {
	return &api.Failure{Kind: string(e.Kind), Message: e.Error(), Hint: e.Hint, Words: e.Words}
}

// moduleOf reads the number of the module from the address of an operation, whose last part it is.
func moduleOf(address string) int {
	n, _ := strconv.Atoi(address[strings.LastIndexByte(address, '/')+1:])
	return n
}

// Cancel ends an execution: at once where no server runs, else when its running operations have ended.
func (c executionControl) Cancel(ctx context.Context, id int64) (api.Execution, error) {
	e, err := c.Store.Execution(ctx, id)
	if err != nil {
		return api.Execution{}, err
	}
	if e.Status.Finished() {
		return api.Execution{}, fault.Wrapf(fault.Data, store.ErrConflict, "[execution-over] The execution is over: %s.", e.Status)
	}
	if c.Live != nil {
		err = c.Live.Cancel(ctx, id)
	} else {
		err = c.endNow(ctx, &e)
	}
	if err != nil {
		return api.Execution{}, err
	}
	e, err = c.Store.Execution(ctx, id)
	return executionOf(&e), err
}

// endNow ends an execution that nobody drives. It takes its partition as a server would; none runs, or it would hold the
// data directory. Where another node of the database has it, that is told.
func (c *Control) endNow(ctx context.Context, e *store.Execution) error {
	now, err := c.Store.Time(ctx)
	if err != nil {
		return err
	}
	leases, err := c.Store.AcquirePartitions(ctx, c.Store.Node(), now, sharedLeaseTime, store.PartitionOf(e.Scenario))
	if err != nil {
		return err
	}
	if len(leases) == 0 && c.Store.Shared() {
		return c.Store.Tell(ctx, e.Scenario, store.CancelSignal, e.ID)
	}
	now = c.Clock.Now()
	j, err := c.Store.Load(ctx, e.ID)
	if err != nil {
		return err
	}
	partition := store.PartitionOf(e.Scenario)
	for _, l := range leases {
		if l.Partition != partition {
			continue
		}
		_, err := c.Store.Append(ctx, j.Run(l.Fence), store.Step{
			Start: &store.Start{At: now, Version: e.Version},
			End:   &store.End{At: now, Status: store.Stopped, Text: e.Name, Dry: e.Dry(), Summary: stoppedByPerson()},
		})
		return errors.Join(err, c.Store.ReleasePartitions(ctx, leases))
	}
	return fault.New(fault.Inconsistency, "[no-partition] The execution belongs to no partition of this node.")
}

// Replay runs an execution again.
func (c executionControl) Replay(ctx context.Context, id int64, r api.Replay) (api.Started, error) {
	execution, err := c.StartReplay(ctx, Replay{Execution: id, From: r.From, Newest: r.Newest, Dry: r.Dry})
	if err != nil {
		return api.Started{}, err
	}
	return c.submit(ctx, execution)
}

// stoppedByPerson is the summary of an execution that a person has stopped before it did anything.
func stoppedByPerson() (s store.Summary) {
	s.Fail(fault.New(fault.ExecutionInterrupted, "[stopped-by-person] The execution was stopped by a person."))
	return s
}
