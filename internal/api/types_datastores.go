package api

import (
	"encoding/json"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// DataStore is a table of records by key.
type DataStore struct {
	ID        int64           `json:"id"`
	Team      int64           `json:"team"`
	Name      string          `json:"name"`
	Structure json.RawMessage `json:"structure,omitempty"`
	BytesMax  int64           `json:"bytes_max"`
	Bytes     int64           `json:"bytes"`
	Records   int64           `json:"records"`
	Revision  int64           `json:"revision"`
	Created   time.Time       `json:"created"`
	Updated   time.Time       `json:"updated"`
}

func (d DataStore) revision() int64 { return d.Revision }

// NewDataStore is what a data store is made of. BytesMax 0 stands for the default.
type NewDataStore struct {
	Team      int64           `json:"team,omitempty"` // that owns it; 0 is the only one in which the caller may make one
	Name      string          `json:"name"`
	Structure json.RawMessage `json:"structure,omitempty"`
	BytesMax  int64           `json:"bytes_max,omitempty"`
}

// DataStoreChange changes a data store; what is left away stays.
type DataStoreChange struct {
	Name      *string         `json:"name,omitempty"`
	Structure json.RawMessage `json:"structure,omitempty"`
	BytesMax  *int64          `json:"bytes_max,omitempty"`
}

// Record is a record of a data store.
type Record struct {
	Key      string      `json:"key"`
	Data     value.Value `json:"data" audit:"-"`
	Revision int64       `json:"revision,omitempty"` // as it was read; If-Match says which one is changed
	Updated  time.Time   `json:"updated,omitzero"`
}

func (r Record) revision() int64 { return r.Revision }

// Imported says how many records a file brought.
type Imported struct {
	Records int `json:"records"`
}
