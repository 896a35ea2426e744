package builtin

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// ChangeKind is what a Change does to a data store.
type ChangeKind string

// The kinds of changes.
const (
	InsertRecord  ChangeKind = "insert" // a new record; the key must be free
	PutRecord     ChangeKind = "put"    // a record, in place of one that may be there
	RemoveRecord  ChangeKind = "remove" // of a record that may be there
	RemoveRecords ChangeKind = "clear"  // of all records
)

// Change is one change of a data store.
type Change struct {
	// Operation is the address of the operation that makes the change, unique in its execution.
	Operation string
	Kind      ChangeKind
	Key       string
	Data      value.Value // a collection
}

// DataStores keeps records by store and key. Changes are staged: only the cycle that made them sees them until it
// commits, all at once, or rolls back. What is staged must last as long as the recorded results of the cycle.
type DataStores interface {
	// Get returns the record as the cycle sees it.
	Get(ctx context.Context, cycle module.CycleID, store, key string) (data value.Value, found bool, err error)
	// Each calls yield with every record as the cycle sees it, in the order of the keys, until yield returns false.
	Each(ctx context.Context, cycle module.CycleID, store string, yield func(key string, data value.Value) bool) error
	// Stage notes a change. The same operation's change again has no effect, so that an operation can be repeated. An
	// insert of a key that is taken, or that another cycle is about to insert, is a DuplicateData error.
	Stage(ctx context.Context, cycle module.CycleID, store string, c Change) error
	// Commit applies what the cycle staged; of two cycles that put the same key the one that commits last wins. A cycle
	// that staged nothing, or has ended, is not an error.
	Commit(ctx context.Context, cycle module.CycleID) error
	// Rollback drops what the cycle staged.
	Rollback(ctx context.Context, cycle module.CycleID) error
}

// MaxMemoryRecords is the number of records that one store of MemoryStores holds.
const MaxMemoryRecords = 100_000

// MemoryStores keeps data stores in memory only: for trying scenarios out, and for tests. It is safe for concurrent use.
type MemoryStores struct {
	mu     sync.Mutex
	stores map[string]map[string]value.Value
	staged map[module.CycleID]*stagedChanges
}

var _ DataStores = (*MemoryStores)(nil)

// stagedChanges is what one cycle has changed and not committed.
type stagedChanges struct {
	operations map[string]bool
	stores     map[string]*Overlay
}

// NewMemoryStores returns empty stores. Stores come into being when they are first used.
func NewMemoryStores() *MemoryStores {
	return &MemoryStores{stores: map[string]map[string]value.Value{}, staged: map[module.CycleID]*stagedChanges{}}
}

// Get returns the record as the cycle sees it.
func (m *MemoryStores) Get(_ context.Context, cycle module.CycleID, store, key string) (value.Value, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, found := m.get(cycle, store, key)
	return data, found, nil
}

func (m *MemoryStores) get(cycle module.CycleID, store, key string) (value.Value, bool) {
	if data, found, known := m.overlay(cycle, store).Lookup(key); known {
		return data, found
	}
	data, found := m.stores[store][key]
	return data, found
}

func (m *MemoryStores) overlay(cycle module.CycleID, store string) *Overlay {
	if s := m.staged[cycle]; s != nil {
		return s.stores[store]
	}
	return nil
}

// Each calls yield with the records that were there when it began.
func (m *MemoryStores) Each(_ context.Context, cycle module.CycleID, store string, yield func(string, value.Value) bool) error {
	records := m.snapshot(cycle, store)
	for _, key := range slices.Sorted(maps.Keys(records)) {
		if !yield(key, records[key]) {
			return nil
		}
	}
	return nil
}

func (m *MemoryStores) snapshot(cycle module.CycleID, store string) map[string]value.Value {
	m.mu.Lock()
	defer m.mu.Unlock()
	records := map[string]value.Value{}
	o := m.overlay(cycle, store)
	if !o.Cleared() {
		maps.Copy(records, m.stores[store])
	}
	o.applyTo(records)
	return records
}

// Stage notes a change.
func (m *MemoryStores) Stage(_ context.Context, cycle module.CycleID, store string, c Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.staged[cycle]; s != nil && s.operations[c.Operation] {
		return nil
	}
	if c.Kind == InsertRecord || c.Kind == PutRecord {
		if err := m.checkRoom(cycle, store, c); err != nil {
			return err
		}
	}
	m.open(cycle, store, c.Operation).Stage(c)
	return nil
}

// open returns the overlay of the cycle and the store and marks the operation as staged.
func (m *MemoryStores) open(cycle module.CycleID, store, operation string) *Overlay {
	s := m.staged[cycle]
	if s == nil {
		s = &stagedChanges{operations: map[string]bool{}, stores: map[string]*Overlay{}}
		m.staged[cycle] = s
	}
	s.operations[operation] = true
	o := s.stores[store]
	if o == nil {
		o = NewOverlay()
		s.stores[store] = o
	}
	return o
}

// checkRoom refuses an insert of a taken key and records beyond MaxMemoryRecords.
func (m *MemoryStores) checkRoom(cycle module.CycleID, store string, c Change) error {
	_, found := m.get(cycle, store, c.Key)
	if found && c.Kind == InsertRecord {
		return KeyTaken(c.Key)
	}
	if c.Kind == InsertRecord {
		for other, s := range m.staged {
			if other != cycle && s.stores[store].Inserts(c.Key) {
				return KeyBeingAdded(c.Key)
			}
		}
	}
	records := len(m.stores[store]) + m.overlay(cycle, store).Len()
	if !found && records >= MaxMemoryRecords {
		return fault.Newf(fault.OutOfSpace, "[store-many] The data store holds %d records, which is all it can.", MaxMemoryRecords).
			WithHint("[hint-delete-records] delete records that are no longer needed")
	}
	return nil
}

// KeyTaken is the failure of an insert whose key is in the data store.
func KeyTaken(key string) error {
	return duplicateKey("[key-taken] The key %.80q is already in the data store.", key)
}

// KeyBeingAdded is the failure of an insert whose key another execution is about to add.
func KeyBeingAdded(key string) error {
	return duplicateKey("[key-being-added] The key %.80q is being added by another execution.", key)
}

func duplicateKey(format, key string) error {
	return fault.Newf(fault.DuplicateData, format, key).WithField("key").
		WithHint("[hint-other-key] choose another key, or allow the record to be overwritten")
}

// Commit applies what the cycle staged.
func (m *MemoryStores) Commit(_ context.Context, cycle module.CycleID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.staged[cycle]; s != nil {
		for store, o := range s.stores {
			if m.stores[store] == nil || o.Cleared() {
				m.stores[store] = map[string]value.Value{}
			}
			o.applyTo(m.stores[store])
		}
	}
	delete(m.staged, cycle)
	return nil
}

// Rollback drops what the cycle staged.
func (m *MemoryStores) Rollback(_ context.Context, cycle module.CycleID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.staged, cycle)
	return nil
}
