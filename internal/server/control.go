package server

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

// Live is the running service as Control sees it: what a change makes it do at once. It is nil while no server runs;
// everything is then done at its next start.
type Live interface {
	ReloadScenario(ctx context.Context, id int64) error // active or not, version, schedule, settings as saved now
	ReloadWebhook(ctx context.Context, id int64) error  // new, changed, paused, gone
	Submit(ctx context.Context, execution int64) error  // an execution that was recorded as queued
	Cancel(ctx context.Context, execution int64) error  // ends it after its running operations, or before it begins
	Cleared(ctx context.Context, scenario int64) error  // some of what waits for it was deleted
	LookForRetries()                                    // an incomplete execution is due now
}

// Control carries out everything that people do with one installation: it checks, saves, and tells the running service.
// Its fields are set once, before use.
type Control struct {
	Store  *store.Store
	System *System
	Clock  clock.Clock
	Keys   *Keys
	Live   Live         // nil while no server runs
	Budget store.Budget // of the history
	About  About
	// Accounts knows the people; nil for one that sends no letters and knows no identity providers.
	Accounts *account.Service
}

// Services returns Control as package api sees it: one part for each kind of thing.
func (c *Control) Services() api.Services {
	s := api.Services{
		Owners: owners{c.Store}, Organizations: organizationControl{c}, Teams: teamControl{c}, Audit: auditControl{c},
		Apps: appControl{c}, Feeds: feedControl{c}, Storage: storageControl{c}, Workbench: workbenchControl{c}, Samples: sampleControl{c},
		Templates: templateControl{c}, Server: serverControl{c},
		Scenarios: scenarioControl{c}, Shelf: shelfControl{c}, Running: runningControl{c}, Starts: startControl{c}, Versions: versionControl{c},
		Executions: executionControl{c}, Inspections: inspectionControl{c}, Incompletes: incompleteControl{c}, Statistics: statisticsControl{c},
		Webhooks: webhookControl{c}, Addresses: addressControl{c}, Queues: queueControl{c}, Learnings: learningControl{c},
		Connections: connectionControl{c}, Proofs: proofControl{c},
		DataStores: dataStoreControl{c}, Records: recordControl{c}, Transfers: recordControl{c},
	}
	c.addPeople(&s)
	return s
}

// Trusted returns the API for whoever owns the machine: over the control socket, or in the process of a command.
func (c *Control) Trusted(log *slog.Logger) http.Handler {
	return api.New(c.Services(), api.Options{Auth: api.Trusted{}, Ledger: Ledger{c.Store}, Log: log})
}

// The parts of Control. Each is Control itself under the name of one kind of thing.
type (
	scenarioControl     struct{ *Control }
	shelfControl        struct{ *Control }
	runningControl      struct{ *Control }
	startControl        struct{ *Control }
	versionControl      struct{ *Control }
	executionControl    struct{ *Control }
	inspectionControl   struct{ *Control }
	incompleteControl   struct{ *Control }
	statisticsControl   struct{ *Control }
	webhookControl      struct{ *Control }
	addressControl      struct{ *Control }
	queueControl        struct{ *Control }
	learningControl     struct{ *Control }
	connectionControl   struct{ *Control }
	proofControl        struct{ *Control }
	storageControl      struct{ *Control }
	serverControl       struct{ *Control }
	feedControl         struct{ *Control }
	appControl          struct{ *Control }
	workbenchControl    struct{ *Control }
	sampleControl       struct{ *Control }
	templateControl     struct{ *Control }
	teamControl         struct{ *Control }
	organizationControl struct{ *Control }
	auditControl        struct{ *Control }
	dataStoreControl    struct{ *Control }
	recordControl       struct{ *Control }
)

// reloadScenario tells the running service of a scenario that was changed.
func (c *Control) reloadScenario(ctx context.Context, id int64) error {
	if c.Live == nil {
		return c.tellNodes(ctx, store.ScenarioSignal, id)
	}
	return c.Live.ReloadScenario(ctx, id)
}

// reloadWebhook tells the running service of a webhook that was changed.
func (c *Control) reloadWebhook(ctx context.Context, id int64) error {
	if c.Live == nil {
		return c.tellNodes(ctx, store.WebhookSignal, id)
	}
	return c.Live.ReloadWebhook(ctx, id)
}

// submit hands a recorded execution to the running service.
func (c *Control) submit(ctx context.Context, execution int64) (api.Started, error) {
	started := api.Started{Execution: execution, Live: c.Live != nil}
	if c.Live != nil {
		return started, c.Live.Submit(ctx, execution)
	}
	if !c.Store.Shared() {
		return started, nil
	}
	e, err := c.Store.Execution(ctx, execution)
	if err == nil {
		err = c.Store.Tell(ctx, e.Scenario, store.SubmitSignal, execution)
	}
	if err == nil {
		started.Live, err = c.anyWorker(ctx)
	}
	return started, err
}

// tellNodes tells the nodes that share the database, where no service of this process does.
func (c *Control) tellNodes(ctx context.Context, kind store.SignalKind, thing int64) error {
	if !c.Store.Shared() {
		return nil
	}
	return c.Store.TellNodes(ctx, kind, thing)
}

// anyWorker reports whether a node lives that runs executions.
func (c *Control) anyWorker(ctx context.Context) (bool, error) {
	now, err := c.Store.Time(ctx)
	if err != nil {
		return false, err
	}
	g, err := c.Store.Glance(ctx, c.Store.Node(), now, sharedLeaseTime)
	return g.Workers > 0, err
}

// accept records an execution that waits for its turn.
func accept(ctx context.Context, data *store.Store, in store.Intake) (int64, error) {
	in.Run = true
	accepted, err := data.Accept(ctx, []store.Intake{in})
	if err != nil {
		return 0, err
	}
	return accepted[0].ID, nil
}
