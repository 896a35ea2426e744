package builtin

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// searchModule finds records. The left side of a condition names a field of the record; key means the key of the
// record where it has no such field, and a.b the field b of the field a.
func (s dataStoreApp) searchModule() *module.Module {
	return s.module(module.Description{
		Name: "SearchRecord", Label: "Search records", Summary: "Finds records by conditions.",
		Kind: module.Search, Delivery: module.Read,
		Parameters: []module.Field{
			field("limit", "uinteger", "Limit", "The largest number of records; all when empty."),
			withDefault(field("continueWhenNoRes", "boolean", "Continue the execution of the route even if the module returns no results",
				"Put out one empty bundle then."), value.False),
		},
		Expect: []module.Field{
			field("filter", "filter", "Filter", "Conditions; without any, every record is found."),
			spec(field("sort", "array", "Sort", "Without it, records come in the order of their keys."),
				field("key", "text", "Key", "The field to sort by."),
				choice("order", "Order", "", "1", "Ascending", "-1", "Descending")),
		},
		Interface: []module.Field{
			field("key", "text", "Key", "The key of the record."), field("data", "collection", "Record", "The fields of the record."),
		},
		Samples: jsonSample(`{"key":"ann@example.com","data":{"name":"Ann"}}`),
	}, s.search)
}

type foundRecord struct {
	key  string
	data value.Value
}

func (s dataStoreApp) search(ctx context.Context, op *module.Operation, store string, out module.Output) error {
	limit := intOf(op.Parameters, "limit", 0)
	order := op.Input.Get("sort").Items()
	found, err := s.matching(ctx, op, store, limit, len(order) == 0)
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b foundRecord) int { return compareRecords(a, b, order) })
	if limit > 0 && len(found) > limit {
		found = found[:limit]
	}
	for _, r := range found {
		if err := out.Bundle(wrapped(r.key, r.data)); err != nil {
			return err
		}
	}
	if len(found) == 0 && truthOf(op.Parameters, "continueWhenNoRes", false) {
		return out.Bundle(value.Collection())
	}
	return nil
}

// matching returns the records that meet the conditions; it stops at limit where their order is that of the keys.
func (s dataStoreApp) matching(ctx context.Context, op *module.Operation, store string, limit int, inKeyOrder bool) ([]foundRecord, error) {
	var found []foundRecord
	var failure error
	conditions := conditionsOf(op.Input.Get("filter"))
	err := s.stores.Each(ctx, op.Cycle, store, func(key string, data value.Value) bool {
		r := foundRecord{key, data}
		ok, err := meets(r, conditions, op.Zone)
		if err != nil {
			failure = err
			return false
		}
		if ok {
			found = append(found, r)
		}
		return !inKeyOrder || limit <= 0 || len(found) < limit
	})
	if err == nil {
		err = failure
	}
	return found, err
}

// conditionsOf returns the alternatives of a filter: a list of lists, or an object that holds it.
func conditionsOf(v value.Value) []value.Value {
	if v.Kind() == value.KindCollection {
		v = v.Get("conditions")
	}
	return v.Items()
}

// meets reports whether one alternative has only conditions that hold. No alternative at all is met by every record.
func meets(r foundRecord, alternatives []value.Value, zone *time.Location) (bool, error) {
	for _, all := range alternatives {
		held := true
		for _, c := range all.Items() {
			ok, err := filter.Compare(textOf(c, "o", "exist"), r.field(value.Render(c.Get("a"))), c.Get("b"), zone)
			if err != nil {
				return false, err
			}
			if held = ok; !held {
				break
			}
		}
		if held {
			return true, nil
		}
	}
	return len(alternatives) == 0, nil
}

func (r foundRecord) field(name string) value.Value {
	if v, ok := r.data.Lookup(name); ok {
		return v
	}
	if name == "key" {
		return value.Text(r.key)
	}
	v := r.data
	for step := range strings.SplitSeq(name, ".") {
		v = v.Get(step)
	}
	return v
}

func compareRecords(a, b foundRecord, order []value.Value) int {
	for _, o := range order {
		name := textOf(o, "key", "key")
		c := compareValues(a.field(name), b.field(name))
		switch strings.ToLower(textOf(o, "order", "1")) {
		case "-1", "desc":
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// compareValues orders values of one kind by their content, others by kind; missing values come first.
func compareValues(a, b value.Value) int {
	if a.Kind() != b.Kind() {
		return cmp.Compare(a.Kind(), b.Kind())
	}
	switch a.Kind() {
	case value.KindNumber:
		return cmp.Compare(a.Float(), b.Float())
	case value.KindDate:
		return a.Time().Compare(b.Time())
	}
	return strings.Compare(value.Render(a), value.Render(b))
}
