package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Status is where an execution stands.
type Status int

// The statuses. Those from Success on are final.
const (
	Queued  Status = iota // accepted, not begun
	Running               // something of it is recorded
	Success
	Warning
	Failed
	Stopped // by a person
)

// Finished reports whether the status is final.
func (s Status) Finished() bool { return s >= Success }

// String returns the name of the status.
func (s Status) String() string {
	names := [...]string{"queued", "running", "success", "warning", "error", "stopped"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// Origin says what an execution came from.
type Origin int

// The origins.
const (
	ByWebhook Origin = iota + 1
	BySchedule
	ByHand
	ByReplay   // of a finished execution
	ByRetry    // of an incomplete execution
	ByScenario // called by another scenario
	ByRerun    // goes on with what is recorded of another execution
)

// Mode says how an execution runs, as a sum of what holds.
type Mode int64

// The modes.
const (
	DryRun      Mode = 1 << iota // it only reads, and commits nothing
	WithSamples                  // its input holds sample data that stands in for modules
)

// Known reports whether this version knows how an execution of the mode and origin runs. One of a newer version may ask for what it does
// not know: a node of that version must run it.
func Known(m Mode, o Origin) bool { return m&^(DryRun|WithSamples) == 0 && o <= ByRerun }

// runRow is a row of the table of executions.
type runRow struct {
	id, scenario, version              int64
	status                             Status
	origin                             Origin
	webhook, source                    int64
	seed                               uint64
	accepted, started, finished, bytes int64
	name                               string
	mode                               Mode
}

// Run is an execution that this node drives. The store counts the rows of its journal in it.
type Run struct {
	ID       int64
	Scenario int64
	Seed     uint64
	Fence    Fence

	next  atomic.Uint32 // sequence of the next row
	bytes atomic.Int64  // size of the journal so far

	// row is what its row says as far as this process knows, so that nobody has to look: only who owns the partition changes
	// it, but for those that are taken out of the queue. nil when a look is needed.
	row atomic.Pointer[runRowState]

	early        atomic.Pointer[early] // nil once there is something of it in the store
	checkpointed atomic.Bool           // there may be a checkpoint to drop at the end
	claims       atomic.Bool           // there may be claimed payloads to give back at the end

	mu        sync.Mutex // guards what follows
	unindexed index      // of the rows since the last index
	indexes   []uint32   // sequences of the indexes so far
}

// runRowState is what a change of an execution has to know of its row.
type runRowState struct {
	status     Status
	webhook    int64
	inputBytes int64 // of one that waits: what it takes in the queue
	started    int64
	version    int64
}

// newRun returns a Run that goes on behind the journal rows that are there.
func newRun(id, scenario int64, seed uint64, f Fence, next uint32, bytes int64) *Run {
	r := &Run{ID: id, Scenario: scenario, Seed: seed, Fence: f}
	r.next.Store(next)
	r.bytes.Store(bytes)
	return r
}

// submit writes rows of an execution after checking that its node still owns it.
func (s *Store) submit(ctx context.Context, run *Run, r *request, write func(*tx) error) error {
	r.apply = func(t *tx) error {
		if err := t.check(run.Fence); err != nil {
			return err
		}
		return write(t)
	}
	err := s.strands.submit(ctx, run.Fence.Partition, r)
	if err == nil {
		run.bytes.Add(int64(r.bytes))
	}
	return err
}

// NewExecution describes an execution that starts without a delivery that Accept has taken in.
type NewExecution struct {
	Scenario, Version int64
	Origin            Origin
	Source            int64 // execution that it repeats or goes on with, 0 none
	Name              string
	Input             []value.Value // bundles of the first module when they come from outside
	// Item is the queued payload of a webhook that it works on; its bundles are the input then. 0 = none.
	Item int64
	// Incomplete, of the given revision, is what it retries: it counts as in progress, with one more attempt, from then on.
	// 0 = none.
	Incomplete, Revision int64
	// Planned is the time of the schedule that it starts for, Due the next one; both zero for other origins.
	Planned, Due time.Time
}

// StartExecution records an execution as running and returns the right to drive it. One that works on a queued payload is recorded
// as queued, like those of Accept: it stays in the queue of its webhook until it begins. A scheduled time that has been started
// already is a conflict, so that a time is never run twice.
func (s *Store) StartExecution(ctx context.Context, f Fence, n NewExecution) (*Run, error) {
	var run *Run
	if n.Item > 0 {
		n.Input = nil
	}
	input := s.codec.seal(encodeInput(n.Input))
	err := s.update(ctx, executionLane, func(t *tx) error {
		if err := t.check(f); err != nil {
			return err
		}
		if f.Partition != PartitionOf(n.Scenario) {
			return fenced()
		}
		var err error
		run, err = t.start(f, n, input)
		return err
	})
	return run, err
}

func (t *tx) start(f Fence, n NewExecution, input packed) (*Run, error) {
	if err := t.planned(n); err != nil {
		return nil, err
	}
	r := runRow{
		scenario: n.Scenario, version: n.Version, status: Running, origin: n.Origin, source: n.Source,
		accepted: nanos(t.now), started: nanos(t.now), name: n.Name, bytes: int64(len(input.data)),
	}
	var err error
	if n.Item > 0 {
		if err := t.takeItem(n.Item, &r); err != nil {
			return nil, err
		}
	} else {
		if r.id, err = t.identity(); err != nil {
			return nil, err
		}
		if err := t.put(opKey(r.id, 0), input); err != nil {
			return nil, err
		}
	}
	r.seed = t.store.seed(r.id)
	if n.Incomplete > 0 {
		if err := t.takeIncomplete(n.Incomplete, n.Revision, r.id); err != nil {
			return nil, err
		}
	}
	run := newRun(r.id, r.scenario, r.seed, f, 1, r.bytes)
	run.row.Store(&runRowState{status: r.status, webhook: r.webhook, inputBytes: r.bytes, started: r.started, version: r.version})
	return run, t.putRun(&r)
}

// planned moves the schedule of the scenario on, once for each time.
func (t *tx) planned(n NewExecution) error {
	if n.Planned.IsZero() {
		return nil
	}
	moved, err := t.exec("UPDATE scenario SET planned = ?, due = ? WHERE id = ? AND planned < ?",
		nanos(n.Planned), nanos(n.Due), n.Scenario, nanos(n.Planned))
	if err == nil && moved == 0 {
		return reject(fault.Wrap(fault.Data, ErrConflict, "[time-started] The scheduled time was started already."))
	}
	return err
}

// takeItem turns a queued payload into the queued execution r, which takes over its number and so its journal row.
func (t *tx) takeItem(item int64, r *runRow) error {
	row, err := t.one("DELETE FROM item WHERE id = ? AND claim = 0 RETURNING webhook, received, bytes", item)
	if err != nil {
		return err
	}
	if row == nil {
		return notFound("[noun-payload] The queued payload")
	}
	r.id, r.webhook, r.accepted, r.bytes = item, integer(row[0]), integer(row[1]), integer(row[2])
	r.status, r.started = Queued, 0
	return nil
}
