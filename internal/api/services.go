package api

import (
	"context"
	"io"
)

// Services are what the routes work with. Each revision that a method takes is the one that the caller has read, 0 for
// whichever is there; a change in between is an error with store.ErrConflict in its chain.
type Services struct {
	Owners        Owners
	Apps          Apps
	Storage       StorageService
	Server        ServerService
	Feeds         Feeds
	Workbench     Workbench
	Samples       Samples
	Templates     Templates
	Organizations Organizations
	Teams         TeamService
	Audit         AuditLog
	Scenarios     Scenarios
	Shelf         ScenarioShelf
	Running       ScenarioRunning
	Starts        TriggerStarts
	Versions      ScenarioVersions
	Executions    Executions
	Inspections   Inspections
	Incompletes   Incompletes
	Statistics    StatisticsService
	Webhooks      Webhooks
	Addresses     WebhookAddresses
	Queues        WebhookQueues
	Learnings     WebhookLearnings
	Connections   Connections
	Proofs        ConnectionProofs
	DataStores    DataStores
	Records       Records
	Transfers     RecordTransfers
	SignIns       SignIns
	Profiles      Profiles
	Emails        Emails
	Sessions      Sessions
	TwoFactors    TwoFactors
	Tokens        Tokens
	Invitations   Invitations
	Members       Members // of organizations
	TeamMembers   Members
	Users         Users
	SSO           SSO
}

// Listing chooses things by number.
type Listing struct {
	Teams []int64 // those whose things are listed; nil, and not empty, for every team
	Name  string  // a part of the name, in whichever case; "" for all
	After int64   // number of the last one of the page before, 0 = from the start
	Limit int
}

// Scenarios keeps scenarios.
type Scenarios interface {
	List(ctx context.Context, f ScenarioFilter) ([]Scenario, error)
	Get(ctx context.Context, id int64) (Scenario, error)
	Create(ctx context.Context, n NewScenario) (CreatedScenario, error)
	Change(ctx context.Context, id, revision int64, c ScenarioChange) (Scenario, error)
	Delete(ctx context.Context, id int64) error
}

// ScenarioShelf puts scenarios in order, and copies them.
type ScenarioShelf interface {
	// Folders lists the folders of teams by name, nil for every team.
	Folders(ctx context.Context, teams []int64) ([]Folder, error)
	// Duplicate makes an inactive copy of the newest version, with webhooks of its own.
	Duplicate(ctx context.Context, id int64, d Duplicate) (CreatedScenario, error)
}

// ScenarioRunning says when scenarios run.
type ScenarioRunning interface {
	Start(ctx context.Context, id int64) (Scenario, error)
	Stop(ctx context.Context, id int64) (Scenario, error)
	RunOnce(ctx context.Context, id int64, r RunOnce) (Started, error)
}

// TriggerStarts says where polling triggers begin.
type TriggerStarts interface {
	Choices(ctx context.Context, scenario int64) (StartChoices, error)
	// Items lists records to begin with, the newest first, as the service gives them.
	Items(ctx context.Context, scenario int64) ([]StartItem, error)
	StartFrom(ctx context.Context, scenario int64, s StartFrom) error
}

// ScenarioVersions keeps the blueprints of scenarios.
type ScenarioVersions interface {
	// List lists the newest first, older than version before (0 = all).
	List(ctx context.Context, scenario, before int64, limit int) ([]Version, error)
	// Get returns a version with its blueprint, 0 for the newest.
	Get(ctx context.Context, scenario, version int64) (Version, error)
	Save(ctx context.Context, scenario, revision int64, n NewVersion) (Scenario, error)
	Restore(ctx context.Context, scenario, revision, version int64) (Scenario, error)
}

// Executions looks into executions.
type Executions interface {
	List(ctx context.Context, f ExecutionFilter) (Page[Execution], error)
	Get(ctx context.Context, id int64) (ExecutionDetail, error)
	// Operations lists the journal; next is 0 when there is no more.
	Operations(ctx context.Context, id int64, f OperationFilter) (list []Operation, next uint32, err error)
	Cancel(ctx context.Context, id int64) (Execution, error)
	Replay(ctx context.Context, id int64, r Replay) (Started, error)
}

// Inspections shows operations with what went into them.
type Inspections interface {
	// Operation shows one operation of the journal.
	Operation(ctx context.Context, id int64, sequence uint32) (OperationDetail, error)
	// Module lists the operations of a module in the order in which they happened, behind number after; also those that have no effect
	// and stand in no journal. One more than limit means that there are more.
	Module(ctx context.Context, id int64, module, after, limit int) ([]OperationDetail, error)
}

// Incompletes decides about incomplete executions.
type Incompletes interface {
	List(ctx context.Context, f IncompleteFilter) ([]Incomplete, error)
	Get(ctx context.Context, id int64) (Incomplete, error)
	Decide(ctx context.Context, id, revision int64, d Decision) (Incomplete, error)
	RetryMany(ctx context.Context, r RetryMany) (Decided, error)
}

// Webhooks keeps webhooks.
type Webhooks interface {
	List(ctx context.Context, l Listing) ([]Webhook, error)
	Get(ctx context.Context, id int64) (Webhook, error)
	Change(ctx context.Context, id, revision int64, c WebhookChange) (Webhook, error)
	// Delete has the address answer that it is gone for good.
	Delete(ctx context.Context, id int64) (Webhook, error)
}

// WebhookAddresses makes the addresses of webhooks, and tells them.
type WebhookAddresses interface {
	Create(ctx context.Context, n NewWebhook) (NewAddress, error)
	// Address tells the address of a webhook once more.
	Address(ctx context.Context, id int64) (Address, error)
	// Rotate gives a webhook a new address; the old one works no more.
	Rotate(ctx context.Context, id, revision int64, token string) (NewAddress, error)
}

// WebhookQueues looks after what waits for webhooks.
type WebhookQueues interface {
	List(ctx context.Context, webhook, after int64, limit int) ([]QueueItem, error)
	Peek(ctx context.Context, webhook, item int64) (QueueItem, error)
	Delete(ctx context.Context, webhook int64, items []int64) (int, error)
	Clear(ctx context.Context, webhook int64) (int, error)
	// Test puts a bundle into the queue as if it had arrived.
	Test(ctx context.Context, webhook int64, s Sample) (Started, error)
}

// WebhookLearnings learns the data structures of webhooks.
type WebhookLearnings interface {
	Status(ctx context.Context, webhook int64) (Learning, error)
	Start(ctx context.Context, webhook int64) (Learning, error)
	Stop(ctx context.Context, webhook int64, s StopLearning) (Learning, error)
}

// Connections keeps connections.
type Connections interface {
	List(ctx context.Context, app string, l Listing) ([]Connection, error)
	Get(ctx context.Context, id int64) (Connection, error)
	Create(ctx context.Context, n NewConnection) (Connection, error)
	Change(ctx context.Context, id, revision int64, c ConnectionChange) (Connection, error)
	// Delete refuses one that a scenario names, unless it is forced to.
	Delete(ctx context.Context, id int64, force bool) error
}

// ConnectionProofs says what connections are worth.
type ConnectionProofs interface {
	Test(ctx context.Context, id int64) (Tested, error)
	Uses(ctx context.Context, id int64) ([]Use, error)
	// Rewrap puts a new master key around every secret.
	Rewrap(ctx context.Context) (Rewrapped, error)
}

// DataStores keeps data stores.
type DataStores interface {
	List(ctx context.Context, l Listing) ([]DataStore, error)
	Get(ctx context.Context, id int64) (DataStore, error)
	Create(ctx context.Context, n NewDataStore) (DataStore, error)
	Change(ctx context.Context, id, revision int64, c DataStoreChange) (DataStore, error)
	Delete(ctx context.Context, id int64) error
}

// Records keeps the records of data stores.
type Records interface {
	List(ctx context.Context, store int64, after string, limit int) ([]Record, error)
	Get(ctx context.Context, store int64, key string) (Record, error)
	// Add refuses a key that a record has.
	Add(ctx context.Context, store int64, r Record) (Record, error)
	Put(ctx context.Context, store, revision int64, r Record) (Record, error)
	Delete(ctx context.Context, store, revision int64, key string) error
}

// RecordTransfers moves the records of data stores as files. The formats are "json" and "csv".
type RecordTransfers interface {
	Import(ctx context.Context, store int64, format string, r io.Reader) (int, error)
	Export(ctx context.Context, store int64, format string, w io.Writer) error
}
