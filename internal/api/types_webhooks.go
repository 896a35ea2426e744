package api

import (
	"encoding/json"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Webhook is an address that takes deliveries in. The address itself is told by itself, to those who may edit webhooks.
type Webhook struct {
	ID          int64           `json:"id"`
	Team        int64           `json:"team"`
	Name        string          `json:"name"`
	Scenario    int64           `json:"scenario"`
	Revision    int64           `json:"revision"`
	Paused      bool            `json:"paused"`
	Gone        bool            `json:"gone"`
	Learning    bool            `json:"learning"`
	Queued      int64           `json:"queued"`
	QueueBytes  int64           `json:"queue_bytes"`
	Duplicates  int64           `json:"duplicates"`   // deliveries that were suppressed
	Secrets     bool            `json:"secrets"`      // its checks have secrets
	AddressKept bool            `json:"address_kept"` // its address can be told again
	Settings    json.RawMessage `json:"settings,omitempty"`
	Created     time.Time       `json:"created"`
	Updated     time.Time       `json:"updated"`
}

func (w Webhook) revision() int64 { return w.Revision }

// NewWebhook is what a webhook is made of. Token gives the secret part of its address, "" draws one.
type NewWebhook struct {
	Name     string          `json:"name"`
	Scenario int64           `json:"scenario"`
	Settings json.RawMessage `json:"settings,omitempty" audit:"-"`
	Token    string          `json:"token,omitempty" audit:"-"`
}

// NewAddress is a webhook with the path of its address.
type NewAddress struct {
	Webhook Webhook `json:"webhook"`
	Path    string  `json:"path"`
}

// Address is the path of a webhook's address.
type Address struct {
	Path string `json:"path"`
}

// WebhookChange changes a webhook; what is left away stays. A check of Settings that names no secret keeps the one that
// the check of the same type in the same place had.
type WebhookChange struct {
	Name     *string         `json:"name,omitempty"`
	Scenario *int64          `json:"scenario,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty" audit:"-"`
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
	Bundle *value.Value `json:"bundle" audit:"-"`
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
