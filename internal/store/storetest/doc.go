// Package storetest is the contract of a store, as a suite of tests that every implementation passes.
//
// It exists so that a second database, shared by several nodes, can take the
// place of the first without anybody above noticing. It tests what callers can
// see, and knows nothing of tables or files.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Leases says who may write.
type Leases interface {
	AcquirePartitions(ctx context.Context, node string, now time.Time, ttl time.Duration, wanted ...int) ([]store.Lease, error)
	RenewPartitions(ctx context.Context, leases []store.Lease, now time.Time, ttl time.Duration) ([]store.Lease, error)
	ReleasePartitions(ctx context.Context, leases []store.Lease) error
}

// Executions is the way of an execution.
type Executions interface {
	Accept(ctx context.Context, list []store.Intake) ([]store.Accepted, error)
	Begin(in store.Intake, f store.Fence) (*store.Run, bool)
	Keep(ctx context.Context, run *store.Run) error
	Delivered(ctx context.Context, webhook int64, key []byte) (id int64, found bool, err error)
	StartExecution(ctx context.Context, f store.Fence, n store.NewExecution) (*store.Run, error)
	Append(ctx context.Context, run *store.Run, step store.Step) (store.Appended, error)
	Load(ctx context.Context, id int64) (*store.Journal, error)
	Mentions(ctx context.Context, id int64, text string) (found bool, read int64, err error)
	Waiting(ctx context.Context, id int64) (store.OpenExecution, []value.Value, error)
	OpenPartitions(ctx context.Context, node string) ([]int, error)
	OpenExecutions(ctx context.Context, partition int, after int64, limit int) ([]store.OpenExecution, error)
	HasOpen(ctx context.Context, scenario int64) (bool, error)
}

// Samples is the sample data of scenarios.
type Samples interface {
	PutSample(ctx context.Context, x store.Sample) error
	DeleteSample(ctx context.Context, scenario int64, module int) error
	Samples(ctx context.Context, scenario int64) ([]store.Sample, error)
}

// History is what is left of executions.
type History interface {
	Execution(ctx context.Context, id int64) (store.Execution, error)
	History(ctx context.Context, f store.HistoryFilter) ([]store.Execution, error)
	OperationsWhere(ctx context.Context, execution int64, f store.OperationFilter) ([]store.Recorded, error)
	Operation(ctx context.Context, execution int64, sequence uint32) (store.Recorded, error)
	HistoryTotal(scenario int64) (number, bytes int64)
	Continuations(ctx context.Context, source int64, limit int) ([]store.Execution, error)
	Sweep(ctx context.Context, b store.Budgets) (store.Swept, error)
	NextToGo(ctx context.Context, scenario int64, b store.Budget) (store.NextGone, error)
	Totals(ctx context.Context) (store.Totals, error)
	Statistics(ctx context.Context, f store.StatisticFilter) (steps []store.Statistic, all store.Statistic, err error)
	Standing(ctx context.Context, teams []int64) (store.Standing, error)
}

// Queues are the payloads that wait.
type Queues interface {
	Queue(ctx context.Context, webhook, after int64, limit int) ([]store.Item, error)
	NewestQueued(ctx context.Context, webhook int64) (store.Item, error)
	QueueTotal(webhook int64) (number, bytes, duplicates int64)
	ItemInput(ctx context.Context, id int64) ([]value.Value, error)
	ClaimItems(ctx context.Context, run *store.Run, webhook int64, limit int) ([]store.Item, error)
	ReleaseItems(ctx context.Context, run *store.Run) error
	DeleteItems(ctx context.Context, webhook int64, ids []int64) (int, error)
	ClearQueue(ctx context.Context, webhook int64) (int, error)
}

// Scenarios are what runs, and when.
type Scenarios interface {
	Scenarios(ctx context.Context, l store.Listing) ([]store.Scenario, error)
	ScenariosWhere(ctx context.Context, f store.ScenarioFilter) ([]store.Scenario, error)
	ActiveScenarios(ctx context.Context, after int64, limit int) ([]store.ActiveScenario, error)
	Folders(ctx context.Context, teams []int64) ([]store.Folder, error)
	Latest(ctx context.Context, scenarios []int64) (map[int64]store.Last, error)
	NoteModules(ctx context.Context, scenario, version int64, modules string) error
	SaveScenario(ctx context.Context, c store.SaveScenario) (id, version, revision int64, err error)
	Scenario(ctx context.Context, id int64) (store.Scenario, error)
	ScenarioVersion(ctx context.Context, scenario, version int64) (store.ScenarioVersion, error)
	ScenarioVersions(ctx context.Context, scenario, before int64, limit int) ([]store.ScenarioVersion, error)
	Activate(ctx context.Context, scenario int64, active bool, due time.Time) error
	DueScenarios(ctx context.Context, node string, now time.Time, limit int) ([]store.Scenario, error)
	NextDue(ctx context.Context) (time.Time, error)
	DeleteScenario(ctx context.Context, id int64) error
	Kept(ctx context.Context, scenario int64) (value.Value, error)
	TriggerCursor(ctx context.Context, scenario int64, module int) ([]byte, error)
}

// Things are the rest: webhooks, connections, incomplete executions, data stores, the audit log.
type Things interface {
	SaveWebhook(ctx context.Context, w store.Webhook) (store.Webhook, error)
	SaveSealedWebhook(ctx context.Context, w store.Webhook, n store.WebhookSeals) (store.Webhook, error)
	ResealWebhook(ctx context.Context, id int64, before, sealed []byte) error
	ResealWebhookAddress(ctx context.Context, id int64, before, sealed []byte) error
	SetLearning(ctx context.Context, webhook int64, learning string) error
	ReplaceLearning(ctx context.Context, webhook int64, before, learning string) error
	WebhookByToken(ctx context.Context, hash []byte) (store.Webhook, error)
	DeleteWebhook(ctx context.Context, id int64) error
	SaveConnection(ctx context.Context, c store.Connection, seal func(id int64) ([]byte, error)) (store.Connection, error)
	Connection(ctx context.Context, id int64) (store.Connection, error)
	Connections(ctx context.Context, app string, l store.Listing) ([]store.Connection, error)

	Incompletes(ctx context.Context, f store.IncompleteFilter) ([]store.Incomplete, error)
	DueIncompletes(ctx context.Context, node string, now time.Time, limit int) ([]store.Incomplete, error)
	Incomplete(ctx context.Context, id int64) (store.Incomplete, error)
	ChangeIncomplete(ctx context.Context, c store.ChangeIncomplete) (int64, error)
	IncompleteTotal(scenario int64) (number, bytes int64)

	SaveDataStore(ctx context.Context, d store.DataStore) (store.DataStore, error)
	DeleteDataStore(ctx context.Context, id int64) error
	DataStoreTotal(id int64) (number, bytes int64)
	Record(ctx context.Context, id int64, key string) (r store.Record, found bool, err error)
	Records(ctx context.Context, id int64, after string, limit int) ([]store.Record, error)
	ChangeRecords(ctx context.Context, changes []store.RecordChange) error

	Audit(ctx context.Context, e store.AuditEntry) error
	AuditLog(ctx context.Context, f store.AuditFilter) ([]store.AuditEntry, error)
}

// Store is everything that the suite needs of a store. It is the sum of what the parts above the store use, each of
// which declares the few methods that it needs.
type Store interface {
	Leases
	Nodes
	Signals
	Executions
	Samples
	History
	Queues
	Scenarios
	Things
	Teams
	Deeds
	Users
	Credentials
	Members
	Check(ctx context.Context) error
	Close() error
}

// Open opens the store that place names, and again what was there before when place was open and closed. The store is
// not closed by the test's end; the suite does that.
type Open func(tb testing.TB, place string, c clock.Clock) (Store, error)

// Run tests that stores opened by open keep the contract.
func Run(t *testing.T, open Open) {
	t.Helper()
	tests := []struct {
		name string
		test func(t *testing.T, b *bench)
	}{
		{"leases", leases},
		{"some partitions", somePartitions},
		{"fencing", fencing},
		{"nodes", nodes},
		{"signals", signals},
		{"answers", answers},
		{"acceptance", acceptance},
		{"early executions", earlyExecutions},
		{"an end beside the delivery", endBesideDelivery},
		{"recovery", recovery},
		{"large results", largeResults},
		{"search in what is recorded", mentions},
		{"intents and checkpoints", intentsAndCheckpoints},
		{"reopening", reopening},
		{"giving up", givingUp},
		{"queue", queue},
		{"queue limits", queueLimits},
		{"cleared before it begins", clearedBeforeBegin},
		{"duplicates", duplicates},
		{"claims", claims},
		{"cycles", cycles},
		{"schedules", schedules},
		{"ends", ends},
		{"confidential data", confidential},
		{"history", history},
		{"retention", retention},
		{"statistics", statistics},
		{"standing", standing},
		{"scenarios", scenarios},
		{"folders", folders},
		{"webhooks and connections", webhooksAndConnections},
		{"incomplete executions", incompletes},
		{"data stores", dataStores},
		{"modes of executions", modes},
		{"samples", samples},
		{"audit log", auditLog},
		{"organizations and teams", organizations},
		{"ownership", ownership},
		{"deeds", deeds},
		{"users", users},
		{"second factor", secondFactor},
		{"sessions and tokens", sessionsAndTokens},
		{"invitations", invitations},
		{"addresses", addresses},
		{"members", members},
		{"identities", identities},
		{"concurrent use", concurrentUse},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.test(t, newBench(t, open))
		})
	}
}
