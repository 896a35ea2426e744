package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// journal keeps one execution in the store. It is used by one execution at a time.
type journal struct {
	store    *store.Store
	run      *store.Run
	recorded *store.Journal // what happened before; nil for a fresh execution
	start    *store.Start   // to ride along with the first write; nil once written
	settings journalSettings
	mu       sync.Mutex // of start
	// deactivated says that the end of the execution stopped its scenario.
	deactivated bool
}

// journalSettings are the settings of the scenario that matter at the end of an execution.
type journalSettings struct {
	maxErrors    int
	confidential bool
	name         string
	resume       *engine.Resume // of an execution that retries an incomplete one
}

var _ runner.Journal = (*journal)(nil)

// Find returns what is recorded of the operation at an address.
func (j *journal) Find(ctx context.Context, address string) (runner.Record, bool, error) {
	if j.recorded == nil {
		return runner.Record{}, false, nil
	}
	r, found, err := j.recorded.Find(ctx, address)
	if err != nil || !found {
		return runner.Record{}, false, err
	}
	record := runner.Record{Announced: r.Intent, Request: r.Request}
	record.Started, record.InputHash = r.Started, r.InputHash
	record.Result.Bundles, record.Result.Finished = r.Bundles, r.Finished
	if r.Err != nil {
		record.Result.Err = r.Err
	}
	return record, true, nil
}

// Write appends results and perhaps the announcement of what follows.
func (j *journal) Write(ctx context.Context, results []runner.Entry, next *runner.Announcement) error {
	step := store.Step{Start: j.takeStart(), Operations: operations(results)}
	if next != nil {
		step.Intents = []store.Intent{{Address: next.Address, Started: next.Started, InputHash: next.InputHash, Request: next.Request}}
	}
	_, err := j.store.Append(ctx, j.run, step)
	return err
}

// End appends the last results and the end of the execution.
func (j *journal) End(ctx context.Context, results []runner.Entry, report *runner.Report) error {
	done, err := j.store.Append(ctx, j.run, store.Step{Start: j.takeStart(), Operations: operations(results), End: j.end(report)})
	j.deactivated = done.Deactivated
	return err
}

func (j *journal) takeStart() *store.Start {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.start
	j.start = nil
	return s
}

func operations(results []runner.Entry) []store.Operation {
	list := make([]store.Operation, len(results))
	for i, r := range results {
		list[i] = store.Operation{
			Address: r.Address, Started: r.Started, Finished: r.Finished, InputHash: r.InputHash,
			Bundles: r.Bundles, Err: r.Err, Exchanges: r.Exchanges,
		}
	}
	return list
}

// end says what the store has to know of the end of an execution.
func (j *journal) end(r *runner.Report) *store.End {
	e := &store.End{
		At: r.Started.Add(r.Duration), Status: finalStatus(r), ErrorsMax: j.settings.maxErrors, Deactivate: r.Deactivate,
		DropData: j.settings.confidential, Text: j.settings.name,
		Summary: store.Summary{Cycles: r.Cycles, Operations: r.Operations, FailedModule: r.FailedModule},
	}
	if r.Error != nil {
		e.Summary.ErrorKind, e.Summary.ErrorMessage, e.Summary.ErrorHint = r.Error.Kind, r.Error.Error(), r.Error.Hint
		e.Text = strings.Join([]string{e.Text, string(r.Error.Kind), r.Error.Error()}, " ")
	}
	e.Summary.Details = details(r)
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
		if !isRetried(inc, j.settings.resume) { // that one is stored already
			e.Incomplete = append(e.Incomplete, j.incomplete(inc, e.At))
		}
	}
	return e
}

func (j *journal) incomplete(inc engine.Incomplete, at time.Time) store.NewIncomplete {
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

// moduleCounts is what history shows of one module.
type moduleCounts struct {
	Module     int `json:"module"`
	In         int `json:"in"`
	Filtered   int `json:"filtered"`
	Operations int `json:"operations"`
	Out        int `json:"out"`
	Errors     int `json:"errors"`
}

func details(r *runner.Report) json.RawMessage {
	counts := make([]moduleCounts, 0, len(r.Modules))
	for _, m := range r.Modules {
		counts = append(counts, moduleCounts{m.ID, m.In, m.Filtered, m.Operations, m.Out, m.Errors})
	}
	data, err := json.Marshal(counts)
	if err != nil {
		return nil // integers can always be written
	}
	return data
}

// loadJournal prepares the journal of an execution that is not over, and says when it began.
func loadJournal(ctx context.Context, s *store.Store, id int64, f store.Fence) (*journal, time.Time, []value.Value, error) {
	recorded, err := s.Load(ctx, id)
	if err != nil {
		return nil, time.Time{}, nil, fmt.Errorf("load execution %d: %w", id, err)
	}
	input, err := recorded.Input(ctx)
	if err != nil {
		return nil, time.Time{}, nil, fmt.Errorf("load the input of execution %d: %w", id, err)
	}
	return &journal{store: s, run: recorded.Run(f), recorded: recorded}, recorded.Execution.Started, input, nil
}
