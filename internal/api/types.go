package api

import (
	"encoding/json"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Page is one page of a listing. Next is the value of the parameter "after" for the page behind it, "" when this is the last.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// Failure is why something did not work, as the history shows it.
type Failure struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Module  int    `json:"module,omitempty"`
	// Words is what message and hint are made of, for readers of other languages.
	Words *fault.Words `json:"words,omitempty"`
}

// ScenarioSettings are the settings of a scenario that do not stand in its blueprint.
type ScenarioSettings struct {
	// CatchUp says what becomes of the times of its schedule that were missed: "once", "skip" or "all"; "" is once.
	CatchUp string `json:"catchUp,omitempty" enum:",once,skip,all"`
	// HistoryBytes and HistoryDays bound its history; 0 = as the installation does.
	HistoryBytes int64 `json:"historyBytes,omitempty"`
	HistoryDays  int   `json:"historyDays,omitempty"`
}

// Scenario is a scenario without its blueprint.
type Scenario struct {
	ID       int64            `json:"id"`
	Team     int64            `json:"team"`
	Name     string           `json:"name"`
	Version  int64            `json:"version"`
	Revision int64            `json:"revision"`
	Active   bool             `json:"active"`
	Invalid  string           `json:"invalid,omitempty"` // why it cannot run
	Errors   int              `json:"errors"`            // consecutive failed executions
	Schedule value.Value      `json:"schedule"`
	Runs     string           `json:"runs"` // the schedule in words
	Settings ScenarioSettings `json:"settings"`
	Folder   string           `json:"folder"` // "" = in none
	// Modules are the full names of its first modules in the order of the blueprint, those of error routes left out; ModuleCount is
	// how many there are in all.
	Modules     []string       `json:"modules"`
	ModuleCount int            `json:"module_count"`
	Last        *LastExecution `json:"last,omitempty"` // the newest that is over
	Due         time.Time      `json:"due,omitzero"`
	Waiting     int64          `json:"incomplete"` // incomplete executions that are not resolved
	Created     time.Time      `json:"created"`
	Updated     time.Time      `json:"updated"`
}

// LastExecution is what came of the newest execution of a scenario.
type LastExecution struct {
	Execution  int64     `json:"execution"`
	Status     string    `json:"status" enum:"success,warning,error,stopped"`
	Finished   time.Time `json:"finished"`
	Operations int       `json:"operations"`
	Message    string    `json:"message,omitempty"` // of its failure
	// Words is what the message is made of, for readers of other languages.
	Words *fault.Words `json:"words,omitempty"`
}

// ScenarioFilter chooses scenarios.
type ScenarioFilter struct {
	Listing
	Folder *string // nil = in any, "" = in none
	Active *bool   // nil = both
}

// Folder is a folder of scenarios. It is there while something is in it.
type Folder struct {
	Name      string `json:"name"` // "" for scenarios that are in none
	Scenarios int64  `json:"scenarios"`
	Active    int64  `json:"active"`
}

// Duplicate says how a copy differs from its scenario; what is left away is the same.
type Duplicate struct {
	Name   string  `json:"name,omitempty"` // "" = the name with (copy)
	Folder *string `json:"folder,omitempty"`
	Author string  `json:"author,omitempty"`
}

func (s Scenario) revision() int64 { return s.Revision }

// NewScenario is what a scenario is made of.
type NewScenario struct {
	// Team owns it; 0 is the only one in which the caller may make one.
	Team      int64           `json:"team,omitempty"`
	Blueprint json.RawMessage `json:"blueprint" audit:"-"`
	// Schedule is a scheduling object; without one a scenario that starts with a webhook runs immediately, and any other on
	// demand.
	Schedule json.RawMessage  `json:"schedule,omitempty"`
	Settings ScenarioSettings `json:"settings"`
	Folder   string           `json:"folder,omitempty"`
	// Webhook are the settings of the webhook that is made for a scenario that starts with one. Token gives the secret part
	// of its address, "" draws one.
	Webhook json.RawMessage `json:"webhook,omitempty" audit:"-"`
	Token   string          `json:"token,omitempty" audit:"-"`
	Start   bool            `json:"start,omitempty"`
	// Unfinished saves a blueprint that cannot run yet, too: the scenario says why in "invalid", and starts when that is repaired.
	Unfinished bool   `json:"unfinished,omitempty"`
	Author     string `json:"author,omitempty"`
	Note       string `json:"note,omitempty"`
}

// CreatedScenario is a new scenario with its webhook, if it has one.
type CreatedScenario struct {
	Scenario Scenario    `json:"scenario"`
	Webhook  *NewAddress `json:"webhook,omitempty"`
}

// NewVersion is a changed blueprint.
type NewVersion struct {
	Blueprint json.RawMessage `json:"blueprint" audit:"-"`
	// Unfinished saves a blueprint that cannot run yet, too, unless the scenario is active.
	Unfinished bool   `json:"unfinished,omitempty"`
	Author     string `json:"author,omitempty"`
	Note       string `json:"note,omitempty"`
}

// ScenarioChange changes what is not in the blueprint; what is left away stays. Name stands in the blueprint too: another one makes a
// new version.
type ScenarioChange struct {
	Name     *string           `json:"name,omitempty"`
	Folder   *string           `json:"folder,omitempty"` // "" takes it out of its folder
	Schedule json.RawMessage   `json:"schedule,omitempty"`
	Settings *ScenarioSettings `json:"settings,omitempty"`
	Author   string            `json:"author,omitempty"` // of the version that a new name makes
}

// Version is one saved state of a blueprint; lists leave the blueprint itself away.
type Version struct {
	Scenario  int64           `json:"scenario"`
	Version   int64           `json:"version"`
	Saved     time.Time       `json:"saved"`
	Author    string          `json:"author,omitempty"`
	Note      string          `json:"note,omitempty"`
	Blueprint json.RawMessage `json:"blueprint,omitempty"`
}

// StartFrom chooses where a polling trigger begins: "now", "all", "since" a date, or with an "item".
type StartFrom struct {
	From string    `json:"from" enum:"now,all,since,item"`
	Date time.Time `json:"date,omitzero"` // for since; of the item where the trigger goes by dates
	ID   string    `json:"id,omitempty"`  // of the item; one that is listed needs no date
}

// StartChoices are the places where the polling trigger of a scenario can begin, the default first, and where it stands.
type StartChoices struct {
	Module int      `json:"module"`
	Name   string   `json:"name"` // "customerly:watchUsers"
	Starts []string `json:"starts" enum:"now,all,since,item"`
	ByDate bool     `json:"by_date"` // what is new is told by dates, not by IDs that grow
	Listed bool     `json:"listed"`  // start-from.items lists records to begin with
	// Chosen is where it will begin at its next run; absent when it has run since. Without a choice it begins from now.
	Chosen *StartFrom `json:"chosen,omitempty"`
	// ReachedID and ReachedDate are of the newest record that it has put out.
	ReachedID   string    `json:"reached_id,omitempty"`
	ReachedDate time.Time `json:"reached_date,omitzero"`
}

// StartItem is a record that a polling trigger can begin with.
type StartItem struct {
	ID    string    `json:"id"`
	Label string    `json:"label"`
	Date  time.Time `json:"date,omitzero"`
}

// RunOnce starts one execution. With an input its bundles take the place of the first module's; without one the first
// module runs.
type RunOnce struct {
	Input []value.Value `json:"input,omitempty" audit:"-"`
	// Inputs are values for the inputs that the scenario declares, by name: in place of Input.
	Inputs *value.Value `json:"inputs,omitempty" audit:"-"`
	// FromExecution is an earlier execution of the scenario: what its first module had put out takes the place of Input.
	FromExecution int64 `json:"from_execution,omitempty"`
	// Version of the blueprint to run; 0 is the newest.
	Version int64 `json:"version,omitempty"`
	// Dry reads and does nothing: of what modules would do, the execution shows the requests that they would send.
	Dry bool `json:"dry,omitempty"`
	// Pinned has modules with pinned sample data put that out, in place of calling them.
	Pinned bool `json:"pinned,omitempty"`
}

// Started is an execution that was recorded. It begins at once where Live is true, else when the server runs.
type Started struct {
	Execution int64 `json:"execution"`
	Live      bool  `json:"live"`
}

// Execution is what the history shows of an execution.
type Execution struct {
	ID         int64            `json:"id"`
	Scenario   int64            `json:"scenario"`
	Version    int64            `json:"version"`
	Status     string           `json:"status" enum:"queued,running,success,warning,error,stopped"`
	Origin     string           `json:"origin"`
	Webhook    int64            `json:"webhook,omitempty"`
	Source     int64            `json:"source,omitempty"` // execution that it repeats or goes on with
	Dry        bool             `json:"dry,omitempty"`    // a dry run: it has only read
	Name       string           `json:"name,omitempty"`
	Accepted   time.Time        `json:"accepted"`
	Started    time.Time        `json:"started,omitzero"`
	Finished   time.Time        `json:"finished,omitzero"`
	DurationMS int64            `json:"duration_ms"`
	Cycles     int              `json:"cycles"`
	Operations int              `json:"operations"`
	Bytes      int64            `json:"bytes"` // of its journal
	Error      *Failure         `json:"error,omitempty"`
	Modules    []ModuleProgress `json:"modules,omitempty"` // once it is over
}

// ExecutionFilter chooses executions.
type ExecutionFilter struct {
	Scenario    int64
	Webhook     int64   // whose payloads they work on, 0 = any
	Teams       []int64 // nil = every team
	Statuses    []string
	Text        string // words of errors and names
	Data        string // a text that stands in the data that is recorded of them
	Dry         *bool  // only dry runs, or none of them; nil = both
	From, Until time.Time
	After       string
	Limit       int
}

// ExecutionDetail is an execution with what it began from and what came of it.
type ExecutionDetail struct {
	Execution
	Input         []value.Value `json:"input"`
	InputBundles  int           `json:"input_bundles"`     // Input holds the first of them
	Inputs        *value.Value  `json:"inputs,omitempty"`  // values for declared inputs that it was started with
	Outputs       *value.Value  `json:"outputs,omitempty"` // what it returned
	Continuations []int64       `json:"continuations"`     // executions that repeat it, go on with it, or were called by it
	Pinned        []int         `json:"pinned,omitempty"`  // modules that pinned sample data stands in for
}

// Operation is a row of the journal: how an operation ended, or that it was announced and its result is not known.
type Operation struct {
	Sequence    uint32        `json:"sequence"`
	Address     string        `json:"address"`
	Module      int           `json:"module"`
	Started     time.Time     `json:"started"`
	Finished    time.Time     `json:"finished,omitzero"`
	DurationMS  int64         `json:"duration_ms"`
	BundleCount int           `json:"bundle_count"`
	Bundles     []value.Value `json:"bundles,omitempty"` // the first of them
	Exchanges   []value.Value `json:"exchanges,omitempty"`
	Dry         *Effect       `json:"dry,omitempty"`    // what it would have done, in a dry run
	Pinned      bool          `json:"pinned,omitempty"` // its bundles are pinned sample data
	Error       *Failure      `json:"error,omitempty"`
	Announced   bool          `json:"announced,omitempty"`
	Request     *value.Value  `json:"request,omitempty"` // what was about to be sent
}

// OperationFilter chooses rows of the journal of an execution.
type OperationFilter struct {
	After  uint32 // sequence of the last row of the page before
	Module int    // number of a module, 0 = of all
	Failed bool   // only those that failed, or whose outcome is not known
	Limit  int
}

// OperationDetail is one operation with what went into it. Inputs are not kept: they are computed again from what is recorded.
type OperationDetail struct {
	Operation               // Sequence is 0 where nothing is recorded: it has no effect, or has not ended
	Number     int          `json:"number"` // among the operations of its module, counted from 1; 0 where it was not found again
	Name       string       `json:"name,omitempty"`
	Parameters *value.Value `json:"parameters,omitempty"`
	Input      *value.Value `json:"input,omitempty"`
	// Exact tells that Input is what the operation had: not where the scenario, an app, or variables that are kept between executions
	// have changed since.
	Exact bool   `json:"exact"`
	Note  string `json:"note,omitempty"` // why there is no input
}

// Replay runs an execution again.
type Replay struct {
	From   int  `json:"from,omitempty"`   // module to begin with; 0 = the trigger
	Newest bool `json:"newest,omitempty"` // by the newest version of the scenario
	Dry    bool `json:"dry,omitempty"`    // as a dry run
}

// Incomplete is a bundle that stopped at a module; lists leave the bundles away.
type Incomplete struct {
	ID          int64        `json:"id"`
	Scenario    int64        `json:"scenario"`
	Version     int64        `json:"version"`
	Execution   int64        `json:"execution"`
	Module      int          `json:"module"`
	Address     string       `json:"address"`
	State       string       `json:"state" enum:"unresolved,pending,in progress,resolved"`
	Reason      Failure      `json:"reason"`
	Attempts    int          `json:"attempts"`
	AttemptsMax int          `json:"attempts_max"`
	Due         time.Time    `json:"due,omitzero"`
	Resolution  string       `json:"resolution,omitempty"`
	Revision    int64        `json:"revision"`
	Created     time.Time    `json:"created"`
	Updated     time.Time    `json:"updated"`
	Bytes       int64        `json:"bytes"`
	Bundles     *value.Value `json:"bundles,omitempty"` // what the module can see, by module number
}

func (i Incomplete) revision() int64 { return i.Revision }

// IncompleteFilter chooses incomplete executions.
type IncompleteFilter struct {
	Scenario  int64
	Execution int64    // that set them aside, 0 = any
	Teams     []int64  // nil = every team
	States    []string // none = all that are not resolved
	After     int64
	Limit     int
}

// The decisions about an incomplete execution.
const (
	DecideRetry    = "retry"    // do it again
	DecideHappened = "happened" // it happened: go on behind the module
	DecideSkip     = "skip"     // drop the bundle
	DecideStop     = "stop"     // it failed for good
	DecideEdit     = "edit"     // only change the bundles; nothing begins
)

// Decision is what a person decides about an incomplete execution.
type Decision struct {
	Action string `json:"action" enum:"retry,happened,skip,stop,edit"`
	// Output is what the module would have put out: for "happened"; an empty bundle without it.
	Output *value.Value `json:"output,omitempty" audit:"-"`
	// Bundles replace what the module can see: for "retry" and "edit".
	Bundles *value.Value `json:"bundles,omitempty" audit:"-"`
	// Newest goes on by the newest version of the scenario: for "retry", "happened" and "edit".
	Newest bool `json:"newest,omitempty"`
	// Reason is noted where the decision resolves it.
	Reason string `json:"reason,omitempty"`
}

// RetryMany names the incomplete executions to do again: by number, or all of a scenario.
type RetryMany struct {
	IDs      []int64 `json:"ids,omitempty"`
	Scenario int64   `json:"scenario,omitempty"`
	Newest   bool    `json:"newest,omitempty"`
	Teams    []int64 `json:"-"` // those of others are not there; nil = every team
}

// Decided says what became of several decisions.
type Decided struct {
	Done    []int64         `json:"done"`
	Refused map[int64]Fault `json:"refused,omitempty"` // why not, by number
	Live    bool            `json:"live"`
}

// Fault is a refusal of one of several things.
type Fault struct {
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
	// Words is what detail and hint are made of, for readers of other languages.
	Words *fault.Words `json:"words,omitempty"`
}
