package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
)

// About is what whoever starts a server knows of it.
type About struct {
	Version   string
	Started   time.Time // zero while no server runs
	PublicURL string
	Mail      bool
	Notifies  []string
	Metrics   bool
}

// Server says what runs here.
func (c serverControl) Server(ctx context.Context) (api.Server, error) {
	storage, err := storageControl(c).Storage(ctx)
	out := api.Server{
		Version: c.About.Version, Running: c.Live != nil, Started: c.About.Started, PublicURL: c.About.PublicURL,
		Allowed: append([]string{}, c.System.Allowed...), Mail: c.About.Mail, Notifies: append([]string{}, c.About.Notifies...),
		Metrics: c.About.Metrics, Directory: c.Store.Dir(), Apps: len(c.System.Modules.apps), Modules: len(c.System.Modules.All()), Storage: storage,
	}
	if !out.Started.IsZero() {
		out.UptimeSeconds = int64(c.Clock.Now().Sub(out.Started) / time.Second)
	}
	return out, err
}

// Notices lists what people should look at.
func (c serverControl) Notices(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	var all []api.Notice
	for _, find := range []func(context.Context, []int64, int) ([]api.Notice, error){c.stopped, c.failed, c.undecided, c.queues} {
		found, err := find(ctx, teams, limit)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b api.Notice) int { return b.At.Compare(a.At) })
	all = all[:min(len(all), limit)]
	return all, c.nameSubjects(ctx, all)
}

// nameSubjects gives notices the names of their scenarios, where they have no other subject.
func (c *Control) nameSubjects(ctx context.Context, list []api.Notice) error {
	var ids []int64
	for i := range list {
		ids = append(ids, list[i].Scenario)
	}
	names, err := c.Store.ScenarioNames(ctx, ids)
	for i := range list {
		list[i].Subject = cmp.Or(list[i].Subject, names[list[i].Scenario])
	}
	return err
}

// stopped finds scenarios that were switched off by their errors, or that cannot run. When that was is known from their last execution.
func (c *Control) stopped(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.StoppedScenarios(ctx, teams, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	latest, err := c.Store.Latest(ctx, ids)
	if err != nil {
		return nil, err
	}
	notices := make([]api.Notice, len(list))
	for i := range list {
		s, last := &list[i], latest[list[i].ID]
		n := api.Notice{Kind: api.NoticeScenarioStopped, At: s.Updated, Subject: s.Name, Scenario: s.ID, Execution: last.Execution}
		if last.Finished.After(n.At) {
			n.At = last.Finished
		}
		n.Message, n.Hint = "The scenario was switched off after errors.", "look at its last execution, repair it and start it again"
		if s.Invalid != "" {
			n.Message, n.Hint = "The scenario cannot run: "+s.Invalid, "repair it and save it again"
		} else if last.Error != "" {
			n.Message = "The scenario was switched off after errors, the last of which was: " + last.Error
		}
		notices[i] = n
	}
	return notices, nil
}

// failed finds the newest executions that ended with an error. Who tries something with a dry run sees it there.
func (c *Control) failed(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.History(ctx, store.HistoryFilter{Teams: teams, Statuses: []store.Status{store.Failed}, Dry: new(false), Limit: limit})
	notices := make([]api.Notice, len(list))
	for i := range list {
		e := &list[i]
		notices[i] = api.Notice{
			Kind: api.NoticeExecutionFailed, At: e.Finished, Scenario: e.Scenario, Execution: e.ID,
			Message: cmp.Or(e.Summary.ErrorMessage, "The execution failed."), Hint: e.Summary.ErrorHint,
		}
	}
	return notices, err
}

// undecided finds the newest incomplete executions that wait for a person.
func (c *Control) undecided(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.Incompletes(ctx, store.IncompleteFilter{Teams: teams, States: []store.IncompleteState{store.Unresolved}, Newest: true, Limit: limit})
	notices := make([]api.Notice, len(list))
	for i := range list {
		n := api.Notice{
			Kind: api.NoticeIncomplete, At: list[i].Created, Scenario: list[i].Scenario, Execution: list[i].Execution, Incomplete: list[i].ID,
			Message: "An incomplete execution waits for a decision.", Hint: "retry it, say that it happened, or skip it",
		}
		if why := list[i].Reason; why != nil {
			n.Message = "It stopped: " + why.Error()
		}
		notices[i] = n
	}
	return notices, err
}

// queues finds webhooks whose queues are nearly full, or stand still with something in them.
func (c *Control) queues(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.WaitingWebhooks(ctx, teams, limit)
	var notices []api.Notice
	for i := range list {
		w := &list[i].Webhook
		number, bytes, _ := c.Store.QueueTotal(w.ID)
		n := api.Notice{At: list[i].Oldest, Subject: w.Name, Scenario: w.Scenario, Webhook: w.ID, Hint: "start its scenario, or clear the queue"}
		switch {
		case isNearlyFull(number, bytes):
			n.Kind, n.Message = api.NoticeQueue, fmt.Sprintf("%d payloads wait in the queue of the webhook; more are refused when it is full.", number)
		case w.Gone:
			n.Kind, n.Message = api.NoticeQueueStands, fmt.Sprintf("%d payloads wait in the queue of a webhook that was deleted.", number)
		case w.Paused:
			n.Kind, n.Message = api.NoticeQueueStands, fmt.Sprintf("%d payloads wait in the queue of the webhook, which is paused.", number)
			n.Hint = "resume it, or clear the queue"
		case !list[i].Active:
			n.Kind, n.Message = api.NoticeQueueStands, fmt.Sprintf("%d payloads wait in the queue of the webhook, whose scenario is not active.", number)
		default:
			continue
		}
		notices = append(notices, n)
	}
	return notices, err
}
