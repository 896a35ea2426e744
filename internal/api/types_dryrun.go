package api

import (
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Effect is what an operation of a dry run would have done and did not. Of Request, Record, Answer, Called, Wait and Operation the one is there
// that Kind names.
type Effect struct {
	Kind string `json:"kind" enum:"request,record,answer,scenario,wait,operation"`
	// Request is the call that would have been sent, without secrets.
	Request *UnsentRequest `json:"request,omitempty"`
	// Record is the change of a data store; the modules behind see it, and it is not kept.
	Record *RecordChange `json:"record,omitempty"`
	// Answer is what would have been answered to the webhook call that started the scenario.
	Answer *UnsentAnswer `json:"answer,omitempty"`
	// Called is the dry run of the scenario that was called.
	Called *CalledDry `json:"scenario,omitempty"`
	// Wait is the time that would have passed.
	Wait *UnspentWait `json:"wait,omitempty"`
	// Operation is the module with its fields, where it cannot tell what it would do.
	Operation *UnknownEffect `json:"operation,omitempty"`
	// Comparison is there where the record is known that would have been changed.
	Comparison *Comparison `json:"comparison,omitempty"`
	// MadeUp tells that the bundles of the operation were made up: only the service could have said what it gives.
	MadeUp bool `json:"made_up"`
	// Further is how many requests would have followed, which depend on the answer to this one.
	Further int    `json:"further_requests,omitempty"`
	Note    string `json:"note,omitempty"`
}

// UnsentRequest is a call that was not made.
type UnsentRequest struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Headers value.Value `json:"headers"` // names in small letters; several of one name are an array
	// Body is a text; of one that is not shown as a whole an object with text, bytes and note.
	Body *value.Value `json:"body,omitempty"`
}

// RecordChange is a change of a data store.
type RecordChange struct {
	DataStore string `json:"data_store"` // as the module names it
	Action    string `json:"action" enum:"insert,put,remove,clear"`
	Key       string `json:"key,omitempty"`
}

// UnsentAnswer is an answer that nobody got.
type UnsentAnswer struct {
	Status  int         `json:"status"`
	Headers value.Value `json:"headers"`
	Body    string      `json:"body"`
}

// CalledDry is a scenario that was called in a dry run, and the execution of it, which is a dry run too.
type CalledDry struct {
	Scenario  int64 `json:"scenario"`
	Execution int64 `json:"execution"`
}

// UnspentWait is a wait for which a dry run does not wait.
type UnspentWait struct {
	Seconds float64 `json:"seconds"`
}

// UnknownEffect is an operation of a module that cannot tell what it would do.
type UnknownEffect struct {
	Module     string      `json:"module"`
	Parameters value.Value `json:"parameters"`
	Input      value.Value `json:"input"`
}

// Comparison tells in which fields a record would differ from what it is.
type Comparison struct {
	Change string       `json:"change" enum:"created,changed,deleted,none"`
	Fields []Difference `json:"fields"`
	More   bool         `json:"more,omitempty"` // there are more differences than are listed
}

// Difference is one field that would change. Those of collections have paths such as attributes.plan.
type Difference struct {
	Field  string      `json:"field"`
	Change string      `json:"change" enum:"added,changed,removed"`
	Before value.Value `json:"before"`
	After  value.Value `json:"after"`
}

// The origins of samples.
const (
	SamplePinned     = "pinned"     // by a person
	SampleReceived   = "received"   // by its webhook, and not yet taken by an execution
	SampleExecution  = "execution"  // put out in an execution
	SampleDefinition = "definition" // the example of the module itself
	SampleNone       = "none"       // there is none
)

// ModuleSample is one bundle that a module of a scenario may put out, for previews of mappings.
type ModuleSample struct {
	Module    int          `json:"module"`
	Name      string       `json:"name"` // "customerly:listLeads"
	Origin    string       `json:"origin" enum:"pinned,received,execution,definition,none"`
	Execution int64        `json:"execution,omitempty"` // that put it out
	Bundle    *value.Value `json:"bundle,omitempty"`
	Bundles   int          `json:"bundles"`            // how many there are where it comes from
	At        time.Time    `json:"at,omitzero"`        // when it was pinned or received, or its execution began
	Outdated  bool         `json:"outdated,omitempty"` // it comes from an older version of the scenario
}

// PinnedSample is the output that is pinned to a module of a scenario.
type PinnedSample struct {
	Bundles []value.Value `json:"bundles" audit:"-"`
	Updated time.Time     `json:"updated,omitzero"`
}
