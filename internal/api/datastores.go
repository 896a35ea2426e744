package api

import (
	"io"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

func dataStoreRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/datastores", Name: "datastore.list", Needs: access.ViewDataStores, Of: Teams,
			Summary: "List the data stores", Query: paging(named()), Gives: Page[DataStore]{},
			handle: func(c *call) (any, error) {
				l := c.listing()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.DataStores.List(c.Context(), l)
				return pageOf(list, l.Limit-1, func(d DataStore) int64 { return d.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/datastores", Name: "datastore.create", Needs: access.EditDataStores, Of: Teams,
			Summary: "Make a data store", Takes: NewDataStore{}, Gives: DataStore{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewDataStore
				c.body(&n)
				if n.Team = c.teamFor(n.Team); c.err != nil {
					return nil, c.err
				}
				return s.DataStores.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/datastores/{id}", Name: "datastore.get", Needs: access.ViewDataStores, Of: OfDataStore,
			Summary: "Show a data store", Gives: DataStore{},
			handle: one(func(c *call, id int64) (any, error) { return s.DataStores.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/datastores/{id}", Name: "datastore.change", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Change the name, structure or size of a data store", Takes: DataStoreChange{}, Gives: DataStore{},
			handle: change(func(c *call, id, revision int64, x DataStoreChange) (any, error) {
				return s.DataStores.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/datastores/{id}", Name: "datastore.delete", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Delete a data store with its records",
			handle:  one(func(c *call, id int64) (any, error) { return nil, s.DataStores.Delete(c.Context(), id) }),
		},
	}
}

// keyed is the parameter that names a record; keys may hold any character, so they stand in no path.
func keyed() []Parameter { return []Parameter{{"key", "key of the record"}} }

func recordRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/datastores/{id}/records", Name: "record.list", Needs: access.ViewDataStores, Of: OfDataStore,
			Summary: "List the records of a data store by key", Query: paging(), Gives: Page[Record]{},
			handle: one(func(c *call, id int64) (any, error) { return records(s, c, id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/datastores/{id}/record", Name: "record.get", Needs: access.ViewDataStores, Of: OfDataStore,
			Summary: "Show a record", Query: keyed(), Gives: Record{},
			handle: one(func(c *call, id int64) (any, error) { return s.Records.Get(c.Context(), id, c.URL.Query().Get("key")) }),
		},
		{
			Method: http.MethodPost, Pattern: "/datastores/{id}/record", Name: "record.add", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Add a record with a key that no other has", Takes: Record{},
			MaxBytes: MaxInputBytes, Gives: Record{}, Status: http.StatusCreated,
			handle: change(func(c *call, id, _ int64, r Record) (any, error) { return s.Records.Add(c.Context(), id, r) }),
		},
		{
			Method: http.MethodPut, Pattern: "/datastores/{id}/record", Name: "record.put", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Put a record, in place of one with its key", Takes: Record{},
			MaxBytes: MaxInputBytes, Gives: Record{}, Matches: true,
			handle: change(func(c *call, id, revision int64, r Record) (any, error) {
				return s.Records.Put(c.Context(), id, revision, r)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/datastores/{id}/record", Name: "record.delete", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Delete a record", Query: keyed(), Matches: true,
			handle: one(func(c *call, id int64) (any, error) {
				revision := c.revision()
				if c.err != nil {
					return nil, c.err
				}
				return nil, s.Records.Delete(c.Context(), id, revision, c.URL.Query().Get("key"))
			}),
		},
		{
			Method: http.MethodGet, Pattern: "/datastores/{id}/file", Name: "datastore.export", Needs: access.ViewDataStores, Of: OfDataStore,
			Summary: "Export the records as a file", Query: formats(), Gives: []Record{},
			handle: one(func(c *call, id int64) (any, error) {
				format, contentType := c.format()
				if c.err != nil {
					return nil, c.err
				}
				if _, err := s.DataStores.Get(c.Context(), id); err != nil {
					return nil, err
				}
				return stream{contentType, func(w io.Writer) error { return s.Transfers.Export(c.Context(), id, format, w) }}, nil
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/datastores/{id}/file", Name: "datastore.import", Needs: access.EditDataStores, Of: OfDataStore,
			Summary: "Import the records of a file", Query: formats(), Takes: []Record{},
			MaxBytes: MaxImportBytes, Gives: Imported{},
			handle: one(func(c *call, id int64) (any, error) {
				format, _ := c.format()
				if c.err != nil {
					return nil, c.err
				}
				n, err := s.Transfers.Import(c.Context(), id, format, c.Body)
				return Imported{n}, err
			}),
		},
	}
}

func formats() []Parameter { return []Parameter{{"format", "json or csv"}} }

// format reads the format of a file and returns its media type.
func (c *call) format() (name, contentType string) {
	switch name = c.URL.Query().Get("format"); name {
	case "", "json":
		return "json", "application/json"
	case "csv":
		return name, "text/csv; charset=utf-8"
	default:
		c.fail(badRequest("format: %q is neither json nor csv.", name))
		return name, ""
	}
}

func records(s Services, c *call, id int64) (any, error) {
	limit := c.limit()
	if c.err != nil {
		return nil, c.err
	}
	list, err := s.Records.List(c.Context(), id, c.URL.Query().Get("after"), limit+1)
	if err != nil {
		return nil, err
	}
	p := Page[Record]{Items: append([]Record{}, list...)}
	if len(list) > limit {
		p.Items = p.Items[:limit]
		p.Next = list[limit-1].Key
	}
	return p, nil
}
