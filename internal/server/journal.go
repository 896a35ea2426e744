package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// journal keeps one execution in the store. It is used by one execution at a time.
type journal struct {
	store     *store.Store
	records   *dataStores // where keys that the execution reserves are given up
	run       *store.Run
	recorded  []earlier    // what happened before: of the execution itself, then of those that it goes on with
	start     *store.Start // to ride along with the first write; nil once written
	settings  journalSettings
	changes   *transaction
	mu        sync.Mutex        // of start and unwritten
	unwritten []store.Operation // results that nothing waits for
	// deactivated says that the end of the execution stopped its scenario, incomplete are the numbers of its bundles that were
	// set aside.
	deactivated bool
	incomplete  []int64
	setAside    []store.NewIncomplete // in the same order
	noRoom      bool                  // for all that would be set aside
	refusal     error                 // why the last checkpoint could not be used
}

// earlier is what was recorded of an execution, and which of it counts no more.
type earlier struct {
	*store.Journal
	again   func(address string) bool // operations that are done again; nil for none
	commits map[string]bool           // recorded ones, by the address of the operation or the number of the cycle; made when it is needed
}

// journalSettings are the settings of the scenario that matter at the end of an execution.
type journalSettings struct {
	maxErrors    int
	confidential bool
	dataLoss     bool
	resume       *engine.Resume // of an execution that retries an incomplete one
	rerun        bool           // it goes on with another execution, whose incomplete execution is kept up to date
	outputs      []module.Field // that the scenario declares
	zone         *time.Location // of the scenario
	dry          bool           // nothing follows from its end
	backOff      bool           // an execution that ends with Outcome.Retry is to be run again by itself
}

var (
	_ runner.Journal = (*journal)(nil)
	_ runner.Early   = (*journal)(nil)
)

func newJournal(s *store.Store, records *dataStores, run *store.Run) *journal {
	return &journal{store: s, records: records, run: run, changes: &transaction{}}
}

// Kept reports whether there is something of the execution in the store.
func (j *journal) Kept() bool { return j.run.Kept() }

// Find returns what is recorded of the operation at an address. What it had staged and nobody committed is staged again.
func (j *journal) Find(ctx context.Context, address string) (runner.Record, bool, error) {
	for i := range j.recorded {
		e := &j.recorded[i]
		if e.again != nil && e.again(address) {
			continue
		}
		r, found, err := e.Find(ctx, address)
		if err != nil {
			return runner.Record{}, false, err
		}
		if !found {
			continue
		}
		if len(r.Changes) > 0 && !e.committed(address) {
			j.changes.stageAgain(address, r.Changes)
		}
		record := runner.Record{Announced: r.Intent, Request: r.Request}
		record.Started, record.InputHash = r.Started, r.InputHash
		record.Result.Bundles, record.Result.Finished = r.Bundles, r.Finished
		if r.Err != nil {
			record.Result.Err = r.Err
		}
		return record, true, nil
	}
	return runner.Record{}, false, nil
}

// committed reports whether the journal records the commit of the operation: its own, or that of its cycle.
func (e *earlier) committed(address string) bool {
	if e.commits == nil {
		e.commits = make(map[string]bool, len(e.Cycles))
		for _, c := range e.Cycles {
			if !c.RolledBack {
				e.commits[cmp.Or(c.Address, strconv.Itoa(c.Number))] = true
			}
		}
	}
	cycle, _, _ := strings.Cut(address, "/")
	return e.commits[address] || e.commits[cycle]
}

// Cursor returns how far a polling trigger had come.
func (j *journal) Cursor(ctx context.Context, moduleID int) (value.Value, error) {
	data, err := j.store.TriggerCursor(ctx, j.run.Scenario, moduleID)
	if err != nil || data == nil {
		return value.Undefined, err
	}
	v, _, err := value.DecodeBinary(data)
	if err != nil {
		return v, fmt.Errorf("read the cursor of module %d: %w", moduleID, err)
	}
	return v, nil
}

// Write appends results, and perhaps the announcement of what follows and a checkpoint.
func (j *journal) Write(ctx context.Context, step runner.Step) error {
	w := store.Step{Operations: j.operations(step.Results)}
	if next := step.Next; next != nil {
		w.Intents = []store.Intent{{Address: next.Address, Started: next.Started, InputHash: next.InputHash, Request: next.Request}}
	}
	if step.Checkpoint != nil {
		w.Checkpoint = packCheckpoint(j.changes.addresses(), step.Checkpoint)
	}
	_, err := j.append(ctx, w)
	return err
}

// EndCycle appends results together with the changes that the cycle, or one operation of it, has staged.
func (j *journal) EndCycle(ctx context.Context, results []runner.Entry, end runner.CycleEnd) error {
	operations := j.operations(results)
	changes := j.changes.pending(end.Committed)
	defer j.records.release(j.changes, changes)
	defer j.changes.done(end.Committed)
	if end.RolledBack || len(changes) == 0 { // nothing waits for this
		j.mu.Lock()
		defer j.mu.Unlock()
		j.unwritten = append(j.unwritten, operations...)
		return nil
	}
	_, err := j.append(ctx, store.Step{Operations: operations, Cycle: &store.Cycle{
		CycleEnd: store.CycleEnd{Number: end.Number, Address: end.Committed, At: end.At}, Records: changes,
	}})
	if err == nil || !refused(err) {
		return err
	}
	if _, lost := j.append(ctx, store.Step{Operations: operations}); lost != nil {
		return lost
	}
	return fmt.Errorf("%w: %w", runner.ErrRefused, err)
}

// refused reports whether the store has refused what it was asked for, and would do so again.
func refused(err error) bool {
	var f *fault.Error
	for _, other := range []error{store.ErrFenced, store.ErrNotSaved, store.ErrUnknown, store.ErrClosed, store.ErrNotFound} {
		if errors.Is(err, other) {
			return false
		}
	}
	return errors.As(err, &f)
}

// End appends the last results and the end of the execution.
func (j *journal) End(ctx context.Context, results []runner.Entry, report *runner.Report) error {
	done, err := j.append(ctx, store.Step{Operations: j.operations(results), End: j.end(report)})
	j.deactivated, j.incomplete = done.Deactivated, done.Incomplete
	return err
}

// append writes a step with what is left from before. Where that fails, it stays left.
func (j *journal) append(ctx context.Context, step store.Step) (store.Appended, error) {
	j.mu.Lock()
	step.Start = j.start
	left := j.unwritten
	j.start, j.unwritten = nil, nil
	j.mu.Unlock()
	step.Operations = append(left[:len(left):len(left)], step.Operations...)
	done, err := j.store.Append(ctx, j.run, step)
	if err != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.start, j.unwritten = step.Start, append(left, j.unwritten...)
	}
	return done, err
}

// close gives up the keys that an execution that did not end had reserved.
func (j *journal) close() { j.records.release(j.changes, j.changes.pending("")) }

// operations are the results as the store keeps them, with what each of them has staged.
func (j *journal) operations(results []runner.Entry) []store.Operation {
	list := make([]store.Operation, len(results))
	for i, r := range results {
		if !r.Cursor.IsUndefined() && r.Err == nil {
			j.changes.stage(r.Address, store.RecordChange{Kind: store.MoveCursor, Store: int64(moduleOf(r.Address)), Data: r.Cursor})
		}
		list[i] = store.Operation{
			Address: r.Address, Started: r.Started, Finished: r.Finished, InputHash: r.InputHash,
			Bundles: r.Bundles, Err: r.Err, Exchanges: r.Exchanges, Changes: j.changes.of(r.Address),
		}
	}
	return list
}

// end says what the store has to know of the end of an execution. Of a dry run only the history changes: it sets nothing aside, says nothing
// about the scenario, and keeps no variables.
func (j *journal) end(r *runner.Report) *store.End {
	e := &store.End{
		At: r.Started.Add(r.Duration), Status: finalStatus(r), ErrorsMax: j.settings.maxErrors, Deactivate: r.Deactivate,
		DropData: j.settings.confidential, Dry: j.settings.dry,
		Summary: store.Summary{Cycles: r.Cycles, Operations: r.Operations, FailedModule: r.FailedModule, FailedAt: r.FailedAt},
	}
	if r.Error != nil {
		e.Summary.Fail(r.Error)
		e.Text = string(r.Error.Kind) + " " + r.Error.Error()
	}
	e.Summary.Details = details(r)
	keepOutputs(&e.Summary, outputsOf(r.Returned, j.settings.outputs, j.settings.zone), j.settings.confidential)
	if j.settings.dry {
		e.Deactivate = false
		return e
	}
	if r.Kept.Len() > 0 {
		kept := r.Kept
		e.Kept = &kept
	}
	switch e.Status {
	case store.Success, store.Warning:
		e.Errors = store.ResetErrors
	case store.Failed:
		if countsAsError(r.Error) {
			e.Errors = store.CountError
		}
	default: // stopped by a person: says nothing about the scenario
	}
	for _, inc := range r.Incomplete {
		if !isRetried(inc, j.settings.resume) {
			j.keep(e, j.newIncomplete(inc, e.At))
		} else if inc.Reason != nil { // it is stored already; a crash before it is brought up to date must find why it failed again
			e.Summary.Fail(inc.Reason)
		}
	}
	if r.Retry && j.settings.backOff && !j.settings.rerun {
		j.keep(e, wholeExecution(r, e.At))
	}
	j.setAside = e.Incomplete
	return e
}

// keep sets a bundle aside. Where there is no room for it, the scenario stops, or loses it if it says so; one that a person must decide
// about is always kept.
func (j *journal) keep(e *store.End, n store.NewIncomplete) {
	if j.store.IncompleteRoom(j.run.Scenario, int64(n.Data.Size()), 0) != nil {
		j.noRoom = true
		if j.settings.dataLoss && n.Reason.Kind != fault.OutcomeUnknown {
			return
		}
		e.Deactivate = true
	}
	e.Incomplete = append(e.Incomplete, n)
}

// wholeExecution is an execution that is to be run again after a back-off: it is kept as an incomplete one without a module.
func wholeExecution(r *runner.Report, at time.Time) store.NewIncomplete {
	wait := rerunWaits()[0]
	return store.NewIncomplete{
		Address: r.FailedAt, Reason: r.Error, Data: value.Collection(), Due: at.Add(max(wait, r.Error.Delay)), Attempts: len(rerunWaits()),
	}
}

func (j *journal) newIncomplete(inc engine.Incomplete, at time.Time) store.NewIncomplete {
	n := store.NewIncomplete{Module: inc.ModuleID, Address: inc.Address, Reason: inc.Reason, Data: inc.Scope, Attempts: inc.Attempts, Interval: inc.Interval}
	if j.settings.confidential {
		n.Data = value.Collection()
	}
	if wait, ok := retryWait(0, inc.Attempts, inc.Interval); ok && inc.Retry {
		n.Due = at.Add(wait)
	}
	return n
}

// finalStatus names the end of an execution as the store does.
func finalStatus(r *runner.Report) store.Status {
	switch {
	case r.Error != nil && r.Error.Kind == fault.ExecutionInterrupted:
		return store.Stopped
	case r.Status == engine.Success:
		return store.Success
	case r.Status == engine.Warning:
		return store.Warning
	}
	return store.Failed
}

// countsAsError leaves out the kinds that say nothing against the scenario (integrator reference, section 7.1).
func countsAsError(e *fault.Error) bool {
	if e == nil {
		return false
	}
	switch e.Kind {
	case fault.Data, fault.DuplicateData, fault.ModuleTimeout, fault.Connection, fault.RateLimit, fault.BundleValidation:
		return false
	default:
		return true
	}
}

// details writes the counts of the modules as small as they can be read again: for each module a list of its number and what
// shownDetails reads behind it. Zeros at the end of a list are left out. Every execution in the history keeps one.
func details(r *runner.Report) json.RawMessage {
	const perModule = 16 // bytes, about
	data := append(make([]byte, 0, perModule*(len(r.Modules)+1)), '[')
	for i, m := range r.Modules {
		if i > 0 {
			data = append(data, ',')
		}
		data = strconv.AppendInt(append(data, '['), int64(m.ID), 10)
		counts := []int{m.In, m.Filtered, m.Operations, m.Out, m.Errors}
		for len(counts) > 0 && counts[len(counts)-1] == 0 {
			counts = counts[:len(counts)-1]
		}
		for _, n := range counts {
			data = strconv.AppendInt(append(data, ','), int64(n), 10)
		}
		data = append(data, ']')
	}
	return append(data, ']')
}

// shownDetails reads what details has written.
func shownDetails(data json.RawMessage) []api.ModuleProgress {
	var lists [][]int
	if len(data) == 0 {
		return nil
	}
	if json.Unmarshal(data, &lists) != nil {
		var counts []api.ModuleProgress // the form of earlier versions
		if json.Unmarshal(data, &counts) != nil {
			return nil
		}
		return counts
	}
	counts := make([]api.ModuleProgress, len(lists))
	for i, list := range lists {
		c := &counts[i]
		for k, to := range []*int{&c.Module, &c.In, &c.Filtered, &c.Operations, &c.Out, &c.Errors} {
			if k < len(list) {
				*to = list[k]
			}
		}
	}
	return counts
}
