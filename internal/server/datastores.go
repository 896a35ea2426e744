package server

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// dataStores are the data stores of an installation as their modules see them. What an execution changes is staged in its
// transaction, recorded with the results of its operations, and written with the commit of the cycle.
type dataStores struct {
	data *store.Store

	mu        sync.Mutex
	inserting map[recordKey]*transaction // keys that executions are about to add
}

type recordKey struct {
	store int64
	key   string
}

func newDataStores(data *store.Store) *dataStores {
	return &dataStores{data: data, inserting: map[recordKey]*transaction{}}
}

// find returns the data store that a scenario names by number or name, among those of the team that ctx runs for.
func (d *dataStores) find(ctx context.Context, ref string) (store.DataStore, error) {
	found, err := d.data.DataStoreNamed(ctx, teamOf(ctx), ref)
	if errors.Is(err, store.ErrNotFound) {
		return found, fault.Wrapf(fault.InvalidConfiguration, err, "[no-data-store] There is no data store %q.", ref).WithField("datastore").
			WithHint("[hint-no-data-store] make one, or choose another in the module")
	}
	return found, err
}

// Get returns the record as the execution sees it.
func (d *dataStores) Get(ctx context.Context, _ module.CycleID, ref, key string) (value.Value, bool, error) {
	s, err := d.find(ctx, ref)
	if err != nil {
		return value.Undefined, false, err
	}
	return d.get(ctx, s.ID, key)
}

func (d *dataStores) get(ctx context.Context, id int64, key string) (data value.Value, found bool, err error) {
	known := false
	transactionOf(ctx).read(id, func(o *builtin.Overlay) { data, found, known = o.Lookup(key) })
	if known {
		return data, found, nil
	}
	r, found, err := d.data.Record(ctx, id, key)
	return r.Data, found, err
}

// transactionOf returns the transaction of the execution; outside of one nothing is staged.
func transactionOf(ctx context.Context) *transaction {
	if j := journalOf(ctx); j != nil {
		return j.changes
	}
	return &transaction{}
}

// Each walks over the committed records and those of the execution together, in the order of the keys.
func (d *dataStores) Each(ctx context.Context, _ module.CycleID, ref string, yield func(string, value.Value) bool) error {
	s, err := d.find(ctx, ref)
	if err != nil {
		return err
	}
	t := transactionOf(ctx)
	var changed []string
	cleared := false
	t.read(s.ID, func(o *builtin.Overlay) { changed, cleared = o.Keys(), o.Cleared() })
	// own puts out the changed records up to a key, and says whether to go on.
	own := func(upTo string, all bool) bool {
		for len(changed) > 0 && (all || changed[0] <= upTo) {
			key := changed[0]
			changed = changed[1:]
			var data value.Value
			found := false
			t.read(s.ID, func(o *builtin.Overlay) { data, found, _ = o.Lookup(key) })
			if found && !yield(key, data) {
				return false
			}
		}
		return true
	}
	if !cleared {
		for r, err := range d.data.EachRecord(ctx, s.ID) {
			if err != nil {
				return err
			}
			if !own(r.Key, false) {
				return nil
			}
			overlaid := false
			t.read(s.ID, func(o *builtin.Overlay) { _, _, overlaid = o.Lookup(r.Key) })
			if !overlaid && !yield(r.Key, r.Data) {
				return nil
			}
		}
	}
	own("", true)
	return nil
}

// Stage notes a change in the transaction of the execution. The records of a data store with a structure must fit it.
func (d *dataStores) Stage(ctx context.Context, _ module.CycleID, ref string, c builtin.Change) error {
	j := journalOf(ctx)
	if j == nil {
		return fault.New(fault.Unexpected, "[store-outside] A data store was changed outside of an execution.")
	}
	s, err := d.find(ctx, ref)
	if err != nil {
		return err
	}
	change := store.RecordChange{Store: s.ID, Key: c.Key, Data: c.Data}
	for kind, name := range recordKinds() {
		if name == c.Kind {
			change.Kind = kind
		}
	}
	if c.Kind == builtin.InsertRecord || c.Kind == builtin.PutRecord {
		if change.Data, err = fitRecord(&s, c.Data); err != nil {
			return err
		}
	}
	if c.Kind == builtin.InsertRecord {
		if err := d.reserve(ctx, j, s.ID, c.Key); err != nil {
			return err
		}
	}
	j.changes.stage(c.Operation, change)
	return nil
}

// fitRecord brings a record into the types that the structure of its data store declares.
func fitRecord(s *store.DataStore, data value.Value) (value.Value, error) {
	fields, strict, err := StructureOf(s)
	if err != nil || len(fields) == 0 {
		return data, err
	}
	if strict {
		if other := unknownField(data, fields); other != "" {
			return data, fault.Newf(fault.BundleValidation, "[store-field] The data store %s has no field %.80q.", s.Name, other).WithField("data").
				WithHint("[hint-store-field] take the field out, or add it to the structure of the data store")
		}
	}
	fit, err := module.Coerce(data, fields, time.UTC)
	if err != nil {
		return data, fmt.Errorf("the record does not fit the structure of the data store %s: %w", s.Name, err)
	}
	return fit, nil
}

func unknownField(data value.Value, fields []module.Field) string {
	for name := range data.Fields() {
		known := false
		for i := range fields {
			known = known || fields[i].Name == name
		}
		if !known {
			return name
		}
	}
	return ""
}

// StructureOf returns the fields that the records of a data store have, none where they may have any. strict says that they may
// have no others. The structure is stored as a list of fields, or as {"fields": […], "strict": true}.
func StructureOf(s *store.DataStore) (fields []module.Field, strict bool, err error) {
	if s.Structure == "" {
		return nil, false, nil
	}
	v, err := value.ParseJSON([]byte(s.Structure))
	if err != nil {
		return nil, false, fault.Wrapf(fault.InvalidConfiguration, err, "[store-structure] The structure of the data store %s cannot be read.", s.Name)
	}
	if v.Kind() == value.KindCollection {
		strict, v = v.Get("strict").Truth(), v.Get("fields")
	}
	return module.ParseFields(v), strict, nil
}

// reserve refuses the insert of a key that is there, or that another execution is about to add. A dry run adds none, and so stands in
// nobody's way.
func (d *dataStores) reserve(ctx context.Context, j *journal, id int64, key string) error {
	_, found, err := d.get(ctx, id, key)
	if err != nil {
		return err
	}
	if found {
		return builtin.KeyTaken(key)
	}
	if j.settings.dry {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	k := recordKey{id, key}
	if other := d.inserting[k]; other != nil && other != j.changes {
		return builtin.KeyBeingAdded(key)
	}
	d.inserting[k] = j.changes
	return nil
}

// release gives up the keys that were reserved for changes.
func (d *dataStores) release(t *transaction, changes []store.RecordChange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range changes {
		if k := (recordKey{c.Store, c.Key}); c.Kind == store.InsertRecord && d.inserting[k] == t {
			delete(d.inserting, k)
		}
	}
}
