package api

import (
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Connection is an account of an app. Its fields are sealed: only their names are told.
type Connection struct {
	ID       int64     `json:"id"`
	Team     int64     `json:"team"`
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
	Team   int64       `json:"team,omitempty"` // that owns it; 0 is the only one in which the caller may make one
	Name   string      `json:"name"`
	App    string      `json:"app"`
	Type   string      `json:"type,omitempty"`
	Fields value.Value `json:"fields" audit:"-"`
	Test   bool        `json:"test,omitempty"` // save it only when the service accepts it
}

// ConnectionChange changes a connection; what is left away stays, also of the fields.
type ConnectionChange struct {
	Name   *string      `json:"name,omitempty"`
	Fields *value.Value `json:"fields,omitempty" audit:"-"`
	Test   bool         `json:"test,omitempty"` // save it only when the service accepts it
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
