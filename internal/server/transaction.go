package server

import (
	"context"
	"slices"
	"sync"

	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/store"
)

// transaction is what the operations of an execution have changed and no commit has written: records of data stores, the
// cursor of its trigger, payloads that it took from a queue. It lasts as long as the recorded results, from which a replay
// fills it again. Most executions stage nothing, so its maps are made with the first change.
type transaction struct {
	mu       sync.Mutex
	staged   map[string][]store.RecordChange // by the address of the operation
	order    []string                        // addresses, in the order of staging
	overlays map[int64]*builtin.Overlay      // by data store
}

// stage adds changes of one operation.
func (t *transaction) stage(address string, changes ...store.RecordChange) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.staged == nil {
		t.staged = map[string][]store.RecordChange{}
	}
	if _, known := t.staged[address]; !known {
		t.order = append(t.order, address)
	}
	t.staged[address] = append(t.staged[address], changes...)
	for _, c := range changes {
		t.lay(c)
	}
}

// stageAgain adds the recorded changes of one operation, unless they are there: a checkpoint and a replay may both come to it.
func (t *transaction) stageAgain(address string, changes []store.RecordChange) {
	if len(t.of(address)) == 0 {
		t.stage(address, changes...)
	}
}

// addresses are those of the operations whose changes no commit has written, in the order of staging.
func (t *transaction) addresses() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.order)
}

// lay puts a change of a record into the overlay of its data store.
func (t *transaction) lay(c store.RecordChange) {
	kind, ok := recordKinds()[c.Kind]
	if !ok {
		return
	}
	o := t.overlays[c.Store]
	if o == nil {
		o = builtin.NewOverlay()
		if t.overlays == nil {
			t.overlays = map[int64]*builtin.Overlay{}
		}
		t.overlays[c.Store] = o
	}
	o.Stage(builtin.Change{Kind: kind, Key: c.Key, Data: c.Data})
}

// recordKinds are the changes of records, by how the store names them.
func recordKinds() map[store.ChangeKind]builtin.ChangeKind {
	return map[store.ChangeKind]builtin.ChangeKind{
		store.InsertRecord: builtin.InsertRecord, store.PutRecord: builtin.PutRecord,
		store.RemoveRecord: builtin.RemoveRecord, store.RemoveRecords: builtin.RemoveRecords,
	}
}

// of returns what an operation has staged.
func (t *transaction) of(address string) []store.RecordChange {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.staged[address]
}

// read calls use with the overlay of a data store, nil where the execution has changed nothing in it.
func (t *transaction) read(dataStore int64, use func(*builtin.Overlay)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	use(t.overlays[dataStore])
}

// pending returns what a commit writes: the changes of one operation, or with address "" all of them, in their order.
func (t *transaction) pending(address string) []store.RecordChange {
	t.mu.Lock()
	defer t.mu.Unlock()
	if address != "" {
		return t.staged[address]
	}
	var all []store.RecordChange
	for _, a := range t.order {
		all = append(all, t.staged[a]...)
	}
	return all
}

// done forgets what was committed or dropped: one operation, or with address "" everything.
func (t *transaction) done(address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := t.order
	t.order, t.overlays = nil, nil
	for _, a := range left {
		if address == "" || a == address {
			delete(t.staged, a)
			continue
		}
		t.order = append(t.order, a)
		for _, c := range t.staged[a] {
			t.lay(c)
		}
	}
}

// journalKey is the key of the journal in the context of the operations of an execution.
type journalKey struct{}

func withJournal(ctx context.Context, j *journal) context.Context {
	return context.WithValue(ctx, journalKey{}, j)
}

// journalOf returns the journal of the execution that an operation belongs to, nil where it has none.
func journalOf(ctx context.Context) *journal {
	j, _ := ctx.Value(journalKey{}).(*journal)
	return j
}
