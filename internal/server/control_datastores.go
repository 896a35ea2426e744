package server

import (
	"context"
	"encoding/json"
	"io"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// List lists data stores by number.
func (c dataStoreControl) List(ctx context.Context, l api.Listing) ([]api.DataStore, error) {
	list, err := c.Store.DataStores(ctx, store.Listing(l))
	if err != nil {
		return nil, err
	}
	out := make([]api.DataStore, len(list))
	for i := range list {
		out[i] = c.dataStore(&list[i])
	}
	return out, nil
}

func (c *Control) dataStore(d *store.DataStore) api.DataStore {
	out := api.DataStore{
		ID: d.ID, Team: d.Team, Name: d.Name, Structure: json.RawMessage(d.Structure), BytesMax: d.BytesMax, Revision: d.Revision, Created: d.Created, Updated: d.Updated,
	}
	if out.BytesMax == 0 {
		out.BytesMax = store.DefaultDataStoreBytes
	}
	out.Records, out.Bytes = c.Store.DataStoreTotal(d.ID)
	return out
}

// Get returns a data store.
func (c dataStoreControl) Get(ctx context.Context, id int64) (api.DataStore, error) {
	d, err := c.Store.DataStore(ctx, id)
	if err != nil {
		return api.DataStore{}, err
	}
	return c.dataStore(&d), nil
}

// Create makes a data store.
func (c dataStoreControl) Create(ctx context.Context, n api.NewDataStore) (api.DataStore, error) {
	return c.save(ctx, store.DataStore{Team: n.Team, Name: n.Name, Structure: string(n.Structure), BytesMax: n.BytesMax})
}

// Change changes a data store. Records that are there stay as they are.
func (c dataStoreControl) Change(ctx context.Context, id, revision int64, x api.DataStoreChange) (api.DataStore, error) {
	d, err := c.Store.DataStore(ctx, id)
	if err != nil {
		return api.DataStore{}, err
	}
	if revision != 0 {
		d.Revision = revision
	}
	if x.Name != nil {
		d.Name = *x.Name
	}
	if len(x.Structure) > 0 {
		d.Structure = string(x.Structure)
	}
	if x.BytesMax != nil {
		d.BytesMax = *x.BytesMax
	}
	return c.save(ctx, d)
}

func (c dataStoreControl) save(ctx context.Context, d store.DataStore) (api.DataStore, error) {
	if err := checkStructure(d.Structure); err != nil {
		return api.DataStore{}, err
	}
	if d.BytesMax < 0 {
		return api.DataStore{}, fault.New(fault.BundleValidation, "[store-size] The size of a data store must be 0 or more.").WithField("bytes_max")
	}
	saved, err := c.Store.SaveDataStore(ctx, d)
	if err != nil {
		return api.DataStore{}, err
	}
	return c.dataStore(&saved), nil
}

// checkStructure reads a list of fields.
func checkStructure(text string) error {
	if text == "" {
		return nil
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		return fault.Wrapf(fault.BundleValidation, err, "[structure-json] The structure is not valid JSON: %v.", err).WithField("structure")
	}
	ok := v.Kind() == value.KindArray
	for _, f := range v.Items() {
		ok = ok && f.Get("name").Str() != ""
	}
	if !ok {
		return fault.New(fault.BundleValidation, "[structure-list] The structure must be a list of fields with names.").WithField("structure").
			WithHint(`[hint-structure] such as [{"name": "email", "type": "text", "required": true}]`)
	}
	return nil
}

// Delete removes a data store with its records.
func (c dataStoreControl) Delete(ctx context.Context, id int64) error {
	return c.Store.DeleteDataStore(ctx, id)
}

// List lists the records of a data store by key.
func (c recordControl) List(ctx context.Context, id int64, after string, limit int) ([]api.Record, error) {
	if _, err := c.Store.DataStore(ctx, id); err != nil {
		return nil, err
	}
	list, err := c.Store.Records(ctx, id, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]api.Record, len(list))
	for i, r := range list {
		out[i] = recordOf(r)
	}
	return out, nil
}

func recordOf(r store.Record) api.Record {
	return api.Record{Key: r.Key, Data: r.Data, Revision: r.Revision, Updated: r.Updated}
}

// Get returns a record.
func (c recordControl) Get(ctx context.Context, id int64, key string) (api.Record, error) {
	if _, err := c.Store.DataStore(ctx, id); err != nil {
		return api.Record{}, err
	}
	r, found, err := c.Store.Record(ctx, id, key)
	if err == nil && !found {
		err = fault.Wrap(fault.Data, store.ErrNotFound, "[record-key-none] There is no record with this key.")
	}
	return recordOf(r), err
}

// Add adds a record with a key that no other has.
func (c recordControl) Add(ctx context.Context, id int64, r api.Record) (api.Record, error) {
	return c.change(ctx, r, store.RecordChange{Store: id, Kind: store.InsertRecord})
}

// Put puts a record in place of one with its key.
func (c recordControl) Put(ctx context.Context, id, revision int64, r api.Record) (api.Record, error) {
	return c.change(ctx, r, store.RecordChange{Store: id, Kind: store.PutRecord, Revision: revision})
}

func (c recordControl) change(ctx context.Context, r api.Record, as store.RecordChange) (api.Record, error) {
	if r.Data.Kind() != value.KindCollection {
		return api.Record{}, fault.New(fault.BundleValidation, "[record-object] The data of a record must be a JSON object.").WithField("data")
	}
	as.Key, as.Data = r.Key, r.Data
	if err := c.Store.ChangeRecords(ctx, []store.RecordChange{as}); err != nil {
		return api.Record{}, err
	}
	return c.Get(ctx, as.Store, r.Key)
}

// Delete removes a record.
func (c recordControl) Delete(ctx context.Context, id, revision int64, key string) error {
	if _, err := c.Get(ctx, id, key); err != nil {
		return err
	}
	return c.Store.ChangeRecords(ctx, []store.RecordChange{{Store: id, Kind: store.RemoveRecord, Key: key, Revision: revision}})
}

// Import puts the records of a file into a data store, and returns how many.
func (c recordControl) Import(ctx context.Context, id int64, format string, r io.Reader) (int, error) {
	if _, err := c.Store.DataStore(ctx, id); err != nil {
		return 0, err
	}
	if format == "csv" {
		return c.Store.ImportCSV(ctx, id, r)
	}
	return c.Store.ImportJSON(ctx, id, r)
}

// Export writes the records of a data store as a file.
func (c recordControl) Export(ctx context.Context, id int64, format string, w io.Writer) error {
	if format == "csv" {
		return c.Store.ExportCSV(ctx, id, w)
	}
	return c.Store.ExportJSON(ctx, id, w)
}
