package api

import (
	"encoding/json"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Webhook is an address that takes deliveries in. The address itself is shown once, when it is made.
type Webhook struct {
	ID         int64           `json:"id"`
	Name       string          `json:"name"`
	Scenario   int64           `json:"scenario"`
	Revision   int64           `json:"revision"`
	Paused     bool            `json:"paused"`
	Gone       bool            `json:"gone"`
	Learning   bool            `json:"learning"`
	Queued     int64           `json:"queued"`
	QueueBytes int64           `json:"queue_bytes"`
	Duplicates int64           `json:"duplicates"` // deliveries that were suppressed
	Secrets    bool            `json:"secrets"`    // its checks have secrets
	Settings   json.RawMessage `json:"settings,omitempty"`
	Created    time.Time       `json:"created"`
	Updated    time.Time       `json:"updated"`
}

func (w Webhook) revision() int64 { return w.Revision }

// NewWebhook is what a webhook is made of. Token gives the secret part of its address, "" draws one.
type NewWebhook struct {
	Name     string          `json:"name"`
	Scenario int64           `json:"scenario"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Token    string          `json:"token,omitempty"`
}

// NewAddress is a webhook with the path of its address, which cannot be read again.
type NewAddress struct {
	Webhook Webhook `json:"webhook"`
	Path    string  `json:"path"`
}

// WebhookChange changes a webhook; what is left away stays. A check of Settings that names no secret keeps the one that
// the check of the same type in the same place had.
type WebhookChange struct {
	Name     *string         `json:"name,omitempty"`
	Scenario *int64          `json:"scenario,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Paused   *bool           `json:"paused,omitempty"`
}

// QueueItem is a payload that waits.
type QueueItem struct {
	ID       int64         `json:"id"`
	Received time.Time     `json:"received"`
	Bytes    int64         `json:"bytes"`
	Begun    bool          `json:"begun"`             // an execution exists for it
	Bundles  []value.Value `json:"bundles,omitempty"` // only of one that is looked at
}

// Selection names things by number.
type Selection struct {
	IDs []int64 `json:"ids"`
}

// Removed says how many things are gone.
type Removed struct {
	Removed int `json:"removed"`
}

// Sample is a bundle to put into the queue as if it had arrived.
type Sample struct {
	Bundle *value.Value `json:"bundle"`
}

// Learning is how far the learning of a data structure has come.
type Learning struct {
	Active  bool        `json:"active"`
	Until   time.Time   `json:"until,omitzero"`
	Samples int         `json:"samples"`
	Fields  value.Value `json:"fields"`
}

// StopLearning ends learning. Keep makes what was learned the structure of the webhook.
type StopLearning struct {
	Keep bool `json:"keep,omitempty"`
}

// Connection is an account of an app. Its fields are sealed: only their names are told.
type Connection struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	App      string    `json:"app"`
	Type     string    `json:"type"`
	Revision int64     `json:"revision"`
	Account  string    `json:"account,omitempty"` // what the service calls it
	Verified time.Time `json:"verified,omitzero"` // when it last proved itself
	Fields   []string  `json:"fields,omitempty"`  // names of those that are filled
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
}

func (c Connection) revision() int64 { return c.Revision }

// NewConnection is what a connection is made of. Type may be left away where the app has one.
type NewConnection struct {
	Name   string      `json:"name"`
	App    string      `json:"app"`
	Type   string      `json:"type,omitempty"`
	Fields value.Value `json:"fields"`
	Test   bool        `json:"test,omitempty"` // save it only when the service accepts it
}

// ConnectionChange changes a connection; what is left away stays, also of the fields.
type ConnectionChange struct {
	Name   *string      `json:"name,omitempty"`
	Fields *value.Value `json:"fields,omitempty"`
}

// Use is a scenario that works with a connection.
type Use struct {
	Scenario int64  `json:"scenario"`
	Name     string `json:"name"`
	Modules  []int  `json:"modules"`
	Named    bool   `json:"named"` // false: it stands in, being the only one of its app
}

// Tested is what a service said of a connection.
type Tested struct {
	Connection Connection `json:"connection"`
	Called     bool       `json:"called"` // false: its type has no test
}

// Rewrapped says what a new master key was put around.
type Rewrapped struct {
	Key     string `json:"key"`     // name of the key that seals from now on
	New     bool   `json:"new"`     // it was made just now
	Secrets int    `json:"secrets"` // that changed their key
}

// DataStore is a table of records by key.
type DataStore struct {
	ID        int64           `json:"id"`
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
	Key     string      `json:"key"`
	Data    value.Value `json:"data"`
	Updated time.Time   `json:"updated,omitzero"`
}

// Imported says how many records a file brought.
type Imported struct {
	Records int `json:"records"`
}
