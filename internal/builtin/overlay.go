package builtin

import (
	"maps"
	"slices"

	"github.com/ropeway/ropeway/internal/value"
)

// Overlay is what one cycle has changed in a data store and not committed: it lies over the committed records. A nil Overlay
// changes nothing. It is not safe for concurrent use.
type Overlay struct {
	cleared bool
	records map[string]overlaid
}

type overlaid struct {
	data     value.Value
	removed  bool
	inserted bool
}

// NewOverlay returns an Overlay without changes.
func NewOverlay() *Overlay { return &Overlay{records: map[string]overlaid{}} }

// Stage adds a change to those before.
func (o *Overlay) Stage(c Change) {
	switch c.Kind {
	case InsertRecord, PutRecord:
		before := o.records[c.Key]
		o.records[c.Key] = overlaid{data: c.Data, inserted: c.Kind == InsertRecord || before.inserted}
	case RemoveRecord:
		o.records[c.Key] = overlaid{removed: true}
	case RemoveRecords:
		o.cleared, o.records = true, map[string]overlaid{}
	}
}

// Lookup returns the record of a key; known is false where the committed record counts.
func (o *Overlay) Lookup(key string) (data value.Value, found, known bool) {
	if o == nil {
		return value.Undefined, false, false
	}
	if r, ok := o.records[key]; ok {
		return r.data, !r.removed, true
	}
	return value.Undefined, false, o.cleared
}

// Inserts reports whether the record of the key was inserted, so that nobody else may do so.
func (o *Overlay) Inserts(key string) bool { return o != nil && o.records[key].inserted }

// Cleared reports whether none of the committed records counts any more.
func (o *Overlay) Cleared() bool { return o != nil && o.cleared }

// Len returns how many keys it changes.
func (o *Overlay) Len() int {
	if o == nil {
		return 0
	}
	return len(o.records)
}

// Keys returns the keys that it changes, sorted.
func (o *Overlay) Keys() []string {
	if o == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(o.records))
}

func (o *Overlay) applyTo(records map[string]value.Value) {
	if o == nil {
		return
	}
	for key, r := range o.records {
		if r.removed {
			delete(records, key)
		} else {
			records[key] = r.data
		}
	}
}
