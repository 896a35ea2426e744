package builtin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// dataStoreModules read and write data stores. They keep an execution serial, and their changes commit or roll back
// with the cycle.
func dataStoreModules(stores DataStores) []*module.Module {
	s := dataStoreApp{stores}
	return []*module.Module{
		s.addModule(), s.updateModule(), s.getModule(), s.existModule(), s.deleteModule(), s.deleteAllModule(),
		s.searchModule(), s.countModule(),
	}
}

type dataStoreApp struct{ stores DataStores }

// module makes a module of the app. store is the chosen data store.
func (s dataStoreApp) module(d module.Description, run func(ctx context.Context, op *module.Operation, store string, out module.Output) error) *module.Module {
	d.App, d.Version, d.Ordered, d.Transactional = "datastore", 1, true, true
	d.Parameters = append([]module.Field{required(field("datastore", "datastore", "Data store", "Where the records are kept."))}, d.Parameters...)
	return &module.Module{
		Description: d,
		Run: func(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
			store := textOf(op.Parameters, "datastore", "")
			if store == "" {
				return fault.New(fault.InvalidConfiguration, "[store-none] The module has no data store.").WithField("datastore").
					WithHint("[hint-choose-store] choose a data store in the module's settings")
			}
			return run(ctx, op, store, out)
		},
		Simulates: true, Commit: s.stores.Commit, Rollback: s.stores.Rollback,
	}
}

func keyField() module.Field {
	return required(field("key", "text", "Key", "Names the record; "+strconv.Itoa(MaxRecordKeyBytes)+" bytes at most."))
}

func keyInterface() []module.Field {
	return []module.Field{field("key", "text", "Key", "The key of the record.")}
}

func keyBundle(key string) value.Value { return value.Collection(value.F("key", value.Text(key))) }

func (s dataStoreApp) addModule() *module.Module {
	key := keyField()
	key.Required, key.Help = false, "Made up when empty."
	return s.module(module.Description{
		Name: "AddRecord", Label: "Add/replace a record", Summary: "Adds a record to a data store.",
		Kind: module.Action, Delivery: module.Idempotent,
		Expect: []module.Field{
			key, withDefault(field("overwrite", "boolean", "Overwrite an existing record", "Without it a key that is taken is an error."), value.False),
			field("data", "collection", "Record", "The fields of the record."),
		},
		Interface: keyInterface(), Samples: jsonSample(`{"key":"ann@example.com"}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		key := op.Input.Get("key").Str()
		if key == "" {
			key = generatedKey(op)
		}
		c := Change{Operation: op.Address, Kind: InsertRecord, Key: key, Data: mergeRecord(value.Collection(), op.Input.Get("data"))}
		if truthOf(op.Input, "overwrite", false) {
			c.Kind = PutRecord
		}
		return s.write(ctx, op, store, c, out)
	})
}

// generatedKey makes a key that is the same when the operation is repeated.
func generatedKey(op *module.Operation) string {
	const keyBytes = 12
	sum := sha256.Sum256([]byte(op.Cycle.Execution + "\x00" + strconv.Itoa(op.Cycle.Number) + "\x00" + op.Address))
	return hex.EncodeToString(sum[:keyBytes])
}

// write stages a change of one record and puts its key out.
func (s dataStoreApp) write(ctx context.Context, op *module.Operation, store string, c Change, out module.Output) error {
	if c.Key == "" || len(c.Key) > MaxRecordKeyBytes {
		return fault.Newf(fault.BundleValidation, "[key-length] The key has %d bytes; 1 to %d are allowed.", len(c.Key), MaxRecordKeyBytes).WithField("key")
	}
	if size := len(c.Data.JSON()); size > MaxRecordBytes {
		return fault.Newf(fault.MaxFileSizeExceeded, "[record-large] The record has %d bytes; %d are allowed.", size, MaxRecordBytes).WithField("data")
	}
	before, err := s.recordBefore(ctx, op, store, c.Key)
	if err != nil {
		return err
	}
	if err := s.stores.Stage(ctx, op.Cycle, store, c); err != nil {
		return err
	}
	if op.Dry {
		return s.unsent(ctx, op, store, c, before)
	}
	return out.Bundle(keyBundle(c.Key))
}

// recordBefore returns the record that a dry run compares with; undefined where there is none, and in other runs.
func (s dataStoreApp) recordBefore(ctx context.Context, op *module.Operation, store, key string) (value.Value, error) {
	if !op.Dry {
		return value.Undefined, nil
	}
	before, found, err := s.stores.Get(ctx, op.Cycle, store, key)
	if !found {
		before = value.Undefined
	}
	return before, err
}

// unsent ends an operation of a dry run. What it has staged is seen by the modules behind it, and never committed.
func (s dataStoreApp) unsent(ctx context.Context, op *module.Operation, store string, c Change, before value.Value) error {
	after, found, err := s.stores.Get(ctx, op.Cycle, store, c.Key)
	if err != nil {
		return err
	}
	if !found {
		after = value.Undefined
	}
	return &module.Unsent{Output: []value.Value{keyBundle(c.Key)}, Effect: module.Effect{
		Kind: module.ChangeRecord, What: changedRecord(store, c), Compared: true, Before: before, After: after,
	}}
}

func changedRecord(store string, c Change) value.Value {
	what := value.NewBuilder(3).Set("data_store", value.Text(store)).Set("action", value.Text(string(c.Kind)))
	if c.Key != "" {
		what.Set("key", value.Text(c.Key))
	}
	return what.Build()
}

// mergeRecord sets the fields of data in record: fields that are null or empty leave what is there, the keyword erase
// takes it away.
func mergeRecord(record, data value.Value) value.Value {
	b := value.NewBuilder(record.Len() + data.Len())
	b.Merge(record)
	for name, v := range data.Fields() {
		switch {
		case expression.IsErase(v):
			b.Delete(name)
		case v.IsNothing() || v.Kind() == value.KindText && v.Str() == "":
		default:
			b.Set(name, v)
		}
	}
	return b.Build()
}

func (s dataStoreApp) updateModule() *module.Module {
	return s.module(module.Description{
		Name: "UpdateRecord", Label: "Update a record", Summary: "Changes fields of a record and leaves the others as they are.",
		Kind: module.Action, Delivery: module.Idempotent,
		Expect: []module.Field{
			keyField(), withDefault(field("insertMissing", "boolean", "Insert missing record", "Add the record where there is none."), value.False),
			field("data", "collection", "Record", "Empty fields stay as they are; the keyword erase clears one."),
		},
		Interface: keyInterface(), Samples: jsonSample(`{"key":"ann@example.com"}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		key := op.Input.Get("key").Str()
		record, found, err := s.stores.Get(ctx, op.Cycle, store, key)
		if err != nil {
			return err
		}
		if !found && !truthOf(op.Input, "insertMissing", false) {
			return fault.Newf(fault.Data, "[record-none] There is no record with the key %.80q.", key).WithField("key").
				WithHint("[hint-record-none] check the key, or allow missing records to be inserted")
		}
		c := Change{Operation: op.Address, Kind: PutRecord, Key: key, Data: mergeRecord(record, op.Input.Get("data"))}
		return s.write(ctx, op, store, c, out)
	})
}

func (s dataStoreApp) getModule() *module.Module {
	return s.module(module.Description{
		Name: "GetRecord", Label: "Get a record", Summary: "Reads a record by its key; without one the bundle is empty.",
		Kind: module.Action, Delivery: module.Read, DynamicOutput: true,
		Expect: []module.Field{
			keyField(), withDefault(field("returnWrapped", "boolean", "Return wrapped output", "Give the record as key and data."), value.False),
		},
		Samples: jsonSample(`{"name":"Ann"}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		key := op.Input.Get("key").Str()
		data, found, err := s.stores.Get(ctx, op.Cycle, store, key)
		switch {
		case err != nil:
			return err
		case !found:
			return out.Bundle(value.Collection())
		case truthOf(op.Input, "returnWrapped", false):
			return out.Bundle(wrapped(key, data))
		}
		return out.Bundle(data)
	})
}

func wrapped(key string, data value.Value) value.Value {
	return value.Collection(value.F("key", value.Text(key)), value.F("data", data))
}

func (s dataStoreApp) existModule() *module.Module {
	return s.module(module.Description{
		Name: "ExistRecord", Label: "Check the existence of a record", Summary: "Says whether there is a record with a key.",
		Kind: module.Action, Delivery: module.Read, Expect: []module.Field{keyField()},
		Interface: []module.Field{field("exist", "boolean", "Exists", "")}, Samples: jsonSample(`{"exist":true}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		_, found, err := s.stores.Get(ctx, op.Cycle, store, op.Input.Get("key").Str())
		if err != nil {
			return err
		}
		return out.Bundle(value.Collection(value.F("exist", value.Bool(found))))
	})
}

func (s dataStoreApp) deleteModule() *module.Module {
	return s.module(module.Description{
		Name: "DeleteRecord", Label: "Delete a record", Summary: "Deletes a record; a key that is not there is not an error.",
		Kind: module.Action, Delivery: module.Idempotent, Expect: []module.Field{keyField()},
		Interface: keyInterface(), Samples: jsonSample(`{"key":"ann@example.com"}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		c := Change{Operation: op.Address, Kind: RemoveRecord, Key: op.Input.Get("key").Str()}
		return s.write(ctx, op, store, c, out)
	})
}

func (s dataStoreApp) deleteAllModule() *module.Module {
	return s.module(module.Description{
		Name: "DeleteAllRecords", Label: "Delete all records", Summary: "Deletes every record of a data store.",
		Kind: module.Action, Delivery: module.Idempotent,
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		c := Change{Operation: op.Address, Kind: RemoveRecords}
		if err := s.stores.Stage(ctx, op.Cycle, store, c); err != nil {
			return err
		}
		if op.Dry {
			return &module.Unsent{
				Output: []value.Value{value.Collection()}, Effect: module.Effect{Kind: module.ChangeRecord, What: changedRecord(store, c)},
			}
		}
		return out.Bundle(value.Collection())
	})
}

func (s dataStoreApp) countModule() *module.Module {
	return s.module(module.Description{
		Name: "CountRecords", Label: "Count records", Summary: "Says how many records a data store has.",
		Kind: module.Action, Delivery: module.Read,
		Interface: []module.Field{field("count", "uinteger", "Count", "")}, Samples: jsonSample(`{"count":1}`),
	}, func(ctx context.Context, op *module.Operation, store string, out module.Output) error {
		n := 0
		if err := s.stores.Each(ctx, op.Cycle, store, func(string, value.Value) bool { n++; return true }); err != nil {
			return err
		}
		return out.Bundle(value.Collection(value.F("count", value.Int(n))))
	})
}
