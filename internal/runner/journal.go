package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Journal keeps what one execution does, so that it can go on after a crash. Its errors end the execution on this
// node at once: what is not written is not done again by anybody who does not own it.
type Journal interface {
	// Find returns what is recorded of the operation at an address.
	Find(ctx context.Context, address string) (Record, bool, error)
	// Write appends a step. It returns when all of it is durable.
	Write(ctx context.Context, step Step) error
	// EndCycle appends results and the end of a cycle, or the commit of one operation, with everything that takes part in it,
	// and returns when that is durable: all of it, or, with ErrRefused, the results alone.
	EndCycle(ctx context.Context, results []Entry, end CycleEnd) error
	// End appends the last results and the end of the execution. It returns when that is durable.
	End(ctx context.Context, results []Entry, report *Report) error
	// Cursor returns how far the polling trigger with the module number had come, undefined where it never ran.
	Cursor(ctx context.Context, module int) (value.Value, error)
}

// Checkpoints is what a Journal can do besides that keeps checkpoints. Without it every execution is replayed from its beginning.
type Checkpoints interface {
	// Checkpoint returns the last one that was written, nil where there is none. What operations before it have changed and nobody has
	// committed takes part in their cycle again.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Refused says that it cannot be used and why: the execution is replayed from its beginning.
	Refused(cause error)
}

// Early is what a Journal is besides whose execution may begin before anything of it is kept. The first write keeps it, also one
// without results.
type Early interface {
	// Kept reports whether there is something of the execution to go on from.
	Kept() bool
}

// Step is what is written at once.
type Step struct {
	Results []Entry
	Next    *Announcement // of what follows; nil for nothing
	// Checkpoint is the state of the engine after results that were written before or are among Results; nil for none.
	Checkpoint []byte
}

// ErrRefused is in the chain of an EndCycle whose changes cannot be made, such as a record whose key was taken in the meantime.
var ErrRefused = errors.New("runner: the changes of the cycle were refused")

// CycleEnd is the end of a cycle.
type CycleEnd struct {
	Number     int
	Committed  string // address of the operation that is committed by itself, "" for the end of the cycle
	RolledBack bool
	At         time.Time
}

// Entry is the result of one operation.
type Entry struct {
	Address           string
	Started, Finished time.Time
	InputHash         uint64
	Bundles           engine.Bundles
	Err               *fault.Error
	Exchanges         []value.Value
	Cursor            value.Value // of a polling trigger, where it said how far it has come
}

// Announcement says that an operation is about to do something that must not be done twice.
type Announcement struct {
	Address   string
	Started   time.Time
	InputHash uint64
	Request   value.Value // module and evaluated fields
}

// Record is what is recorded of an operation: its result, or only its announcement.
type Record struct {
	engine.Recorded
	Announced bool // there is no result
	Request   value.Value
}

// Limits of what an execution has done and not yet written.
const (
	// unwrittenBytes is the size of results from which they are written without waiting for the next effect.
	unwrittenBytes = 1 << 20
	// checkpointOperations is how many results lie between two checkpoints at least, and so what a replay repeats. Shorter executions
	// have none.
	checkpointOperations = 1000
	// checkpointBytes is how much of a checkpoint one result may cost: a large state is written less often.
	checkpointBytes = 64
	// checkpointAgain is after how many results a state is looked at again that could not be described.
	checkpointAgain = 250
)

// recorder gathers the results of one execution and writes them when an effect depends on them. A nil recorder keeps nothing.
type recorder struct {
	journal    Journal
	mu         sync.Mutex // guards what follows
	pending    []Entry
	size       int
	checkpoint []byte     // for the next write; it stands for nothing that is not written with or before it
	writing    sync.Mutex // one write at a time, in order; it covers everything pending at its start
	failed     error      // of a write: what came after it must not be written
}

// note keeps the result of an operation for the next write. It is written at once when it is large.
func (r *recorder) note(ctx context.Context, out *output, err error, exchanges []value.Value, finished time.Time) error {
	op, list := out.operation, out.list
	entry := Entry{
		Address: op.Address, Started: op.Started, Finished: finished, InputHash: engine.HashInput(op.Input), Exchanges: exchanges,
		Cursor: out.cursor,
	}
	large := false
	if err != nil {
		entry.Err = fault.From(err)
	} else {
		large = list.file != nil
		entry.Bundles = list
		if !large { // the list itself is given up when the engine has walked over it
			entry.Bundles = engine.List(list.memory)
		}
	}
	r.mu.Lock()
	r.pending = append(r.pending, entry)
	r.size += list.size
	large = large || r.size > unwrittenBytes
	r.mu.Unlock()
	if large {
		return r.write(ctx, nil)
	}
	return nil
}

// before makes everything durable that an operation of the class depends on, and announces an unsafe one.
func (r *recorder) before(ctx context.Context, t *engine.Task) error {
	if r == nil || t.Delivery == module.Read || t.Delivery == module.Pure || t.Module.Kind == module.Responder { // whose answer is held
		return nil
	}
	if t.Delivery != module.Unsafe {
		return r.write(ctx, nil)
	}
	return r.write(ctx, &Announcement{
		Address: t.Operation.Address, Started: t.Operation.Started, InputHash: engine.HashInput(t.Operation.Input),
		Request: value.Collection(value.F("module", value.Text(t.Module.FullName())),
			value.F("parameters", module.Mask(t.Module.Parameters, t.Operation.Parameters)),
			value.F("input", module.Mask(t.Module.Expect, t.Operation.Input))),
	})
}

// unsaved reports whether there are results that are not durable yet.
func (r *recorder) unsaved() bool {
	if r == nil {
		return false
	}
	if !r.writing.TryLock() { // they are on their way
		return true
	}
	defer r.writing.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.pending) > 0 || r.failed != nil || !r.kept()
}

// kept reports whether the execution is kept at all.
func (r *recorder) kept() bool {
	early, ok := r.journal.(Early)
	return !ok || early.Kept()
}

// write makes what is pending durable. Of several callers at the same time one writes for those that wait.
func (r *recorder) write(ctx context.Context, next *Announcement) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.failed != nil {
		return r.failed
	}
	r.mu.Lock()
	step := Step{Results: r.takeLocked(), Next: next, Checkpoint: r.checkpoint}
	r.checkpoint = nil
	r.mu.Unlock()
	if len(step.Results) == 0 && next == nil && step.Checkpoint == nil && r.kept() {
		return nil
	}
	r.failed = r.journal.Write(ctx, step)
	return r.failed
}

// endCycle commits the cycle or one operation of it, or rolls the cycle back.
func (r *recorder) endCycle(ctx context.Context, t *engine.Task, now time.Time) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.failed != nil {
		return r.failed
	}
	err := r.journal.EndCycle(ctx, r.take(), CycleEnd{
		Number: t.Cycle.Number, Committed: t.Committed, RolledBack: t.Kind == engine.RollbackCycle, At: now,
	})
	if err != nil && !errors.Is(err, ErrRefused) {
		r.failed = err
	}
	return err
}

func (r *recorder) take() []Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.takeLocked()
}

func (r *recorder) takeLocked() []Entry {
	results := r.pending
	r.pending, r.size = nil, 0
	return results
}

// keep has a checkpoint written with the next write.
func (r *recorder) keep(checkpoint []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.checkpoint = checkpoint
}

// end writes what is left and the end of the execution.
func (r *recorder) end(ctx context.Context, report *Report) error {
	if r == nil {
		return nil
	}
	return r.journal.End(ctx, r.take(), report)
}

// recorded answers the engine's question for what happened before, from the journal.
func (e *execution) recorded(ctx context.Context) func(string) (engine.Recorded, bool) {
	if e.recorder == nil {
		return e.options.Config.Recorded
	}
	return func(address string) (engine.Recorded, bool) {
		record, found, err := e.recorder.journal.Find(ctx, address)
		if err != nil {
			e.lose(err)
			return engine.Recorded{}, false
		}
		if found { // a checkpoint will stand for it, like for those that end here
			e.results++
		}
		if record.Announced {
			record.Result.Err = OutcomeUnknown()
			record.Result.Finished = record.Started
		}
		return record.Recorded, found
	}
}

// OutcomeUnknown is the failure of an operation that was announced and has no result.
func OutcomeUnknown() *fault.Error {
	return fault.New(fault.OutcomeUnknown, "[outcome-unknown] The process ended while this operation was running, and it is not known whether it happened.").
		WithHint("[hint-outcome-unknown] look in the other system: then say that it happened, do it again, or skip it")
}

// lose notes that the journal cannot be written or read any more; the execution ends here without an end being recorded.
func (e *execution) lose(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lost == nil {
		e.lost = err
	}
}

func (e *execution) lostError() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lost
}
