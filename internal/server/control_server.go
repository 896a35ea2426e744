package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
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
		n.Say(whyStopped(s, last.Error))
		notices[i] = n
	}
	return notices, nil
}

// whyStopped says why a scenario does not run; last is what its last execution failed with.
func whyStopped(s *store.Scenario, last *fault.Error) *fault.Error {
	const hint = "[hint-repair-start] look at its last execution, repair it and start it again"
	switch {
	case s.Invalid != "":
		return fault.Newf(fault.InvalidConfiguration, "[scenario-invalid] The scenario cannot run: %s", s.Invalid).WithHint("[hint-repair-save] repair it and save it again")
	case last != nil && last.Message != "":
		return fault.Newf(fault.Runtime, "[scenario-off-last] The scenario was switched off after errors, the last of which was: %v", last).WithHint(hint)
	}
	return fault.New(fault.Runtime, "[scenario-off] The scenario was switched off after errors.").WithHint(hint)
}

// failed finds the newest executions that ended with an error. Who tries something with a dry run sees it there.
func (c *Control) failed(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.History(ctx, store.HistoryFilter{Teams: teams, Statuses: []store.Status{store.Failed}, Dry: new(false), Limit: limit})
	notices := make([]api.Notice, len(list))
	for i := range list {
		e := &list[i]
		notices[i] = api.Notice{
			Kind: api.NoticeExecutionFailed, At: e.Finished, Scenario: e.Scenario, Execution: e.ID,
		}
		told := e.Summary.Fault()
		if told.Message == "" {
			told = fault.New(fault.Unknown, "[execution-failed] The execution failed.")
		}
		notices[i].Say(told)
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
		}
		told := fault.New(fault.OutcomeUnknown, "[incomplete-waits] An incomplete execution waits for a decision.")
		if why := list[i].Reason; why != nil {
			told = fault.Newf(why.Kind, "[incomplete-stopped] It stopped: %v", why)
		}
		n.Say(told.WithHint("[hint-decide] retry it, say that it happened, or skip it"))
		notices[i] = n
	}
	return notices, err
}

// waits says how many payloads wait in a queue, one in words of its own.
func waits(one, format string, number int64) *fault.Error {
	if number == 1 {
		return fault.New(fault.Data, one).WithHint("[hint-start-or-clear] start its scenario, or clear the queue")
	}
	return fault.Newf(fault.Data, format, number).WithHint("[hint-start-or-clear] start its scenario, or clear the queue")
}

// queues finds webhooks whose queues are nearly full, or stand still with something in them.
func (c *Control) queues(ctx context.Context, teams []int64, limit int) ([]api.Notice, error) {
	list, err := c.Store.WaitingWebhooks(ctx, teams, limit)
	var notices []api.Notice
	for i := range list {
		w := &list[i].Webhook
		number, bytes, _ := c.Store.QueueTotal(w.ID)
		n := api.Notice{At: list[i].Oldest, Subject: w.Name, Scenario: w.Scenario, Webhook: w.ID}
		switch {
		case isNearlyFull(number, bytes):
			n.Kind = api.NoticeQueue
			n.Say(waits("[queue-full-soon-one] 1 payload waits in the queue of the webhook; more are refused when it is full.",
				"[queue-full-soon] %d payloads wait in the queue of the webhook; more are refused when it is full.", number))
		case w.Gone:
			n.Kind = api.NoticeQueueStands
			n.Say(waits("[queue-deleted-one] 1 payload waits in the queue of a webhook that was deleted.",
				"[queue-deleted] %d payloads wait in the queue of a webhook that was deleted.", number))
		case w.Paused:
			n.Kind = api.NoticeQueueStands
			n.Say(waits("[queue-paused-one] 1 payload waits in the queue of the webhook, which is paused.",
				"[queue-paused] %d payloads wait in the queue of the webhook, which is paused.", number).WithHint("[hint-resume-queue] resume it, or clear the queue"))
		case !list[i].Active:
			n.Kind = api.NoticeQueueStands
			n.Say(waits("[queue-inactive-one] 1 payload waits in the queue of the webhook, whose scenario is not active.",
				"[queue-inactive] %d payloads wait in the queue of the webhook, whose scenario is not active.", number))
		default:
			continue
		}
		notices = append(notices, n)
	}
	return notices, err
}
