package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// List lists the webhooks by number, without their settings.
func (c webhookControl) List(ctx context.Context, l api.Listing) ([]api.Webhook, error) {
	list, err := c.Store.Webhooks(ctx, store.Listing(l))
	if err != nil {
		return nil, err
	}
	out := make([]api.Webhook, len(list))
	for i := range list {
		out[i] = c.webhook(&list[i])
		out[i].Settings = nil
	}
	return out, nil
}

// Get returns a webhook with its settings, without their secrets.
func (c webhookControl) Get(ctx context.Context, id int64) (api.Webhook, error) {
	w, err := c.Store.Webhook(ctx, id)
	if err != nil {
		return api.Webhook{}, err
	}
	return c.webhook(&w), nil
}

func (c *Control) webhook(w *store.Webhook) api.Webhook {
	out := api.Webhook{
		ID: w.ID, Team: w.Team, Name: w.Name, Scenario: w.Scenario, Revision: w.Revision, Paused: w.Paused, Gone: w.Gone, Secrets: len(w.Sealed) > 0, AddressKept: len(w.Address) > 0,
		Settings: json.RawMessage(w.Settings), Created: w.Created, Updated: w.Updated,
	}
	if l, err := DecodeLearning(w.Learning); err == nil {
		out.Learning = l.Active(c.Clock.Now())
	}
	out.Queued, out.QueueBytes, out.Duplicates = c.Store.QueueTotal(w.ID)
	return out
}

// newHook is a webhook that was checked and is about to be made.
type newHook struct {
	row     store.Webhook
	token   intake.Token
	secrets value.Value
}

// prepareWebhook checks what a webhook is made of.
func (c *Control) prepareWebhook(name string, settings json.RawMessage, token string) (*newHook, error) {
	t, err := newToken(token)
	if err != nil {
		return nil, err
	}
	hash := t.Hash()
	h := &newHook{row: store.Webhook{Name: name, TokenHash: hash[:]}, token: t}
	if len(settings) > 0 {
		whole, err := readSettings(settings)
		if err != nil {
			return nil, err
		}
		if err := checkWebhookSettings(whole); err != nil {
			return nil, err
		}
		err = h.setSettings(c, whole)
		return h, err
	}
	return h, nil
}

func readSettings(text []byte) (value.Value, error) {
	v, err := value.ParseJSON(text)
	if err != nil {
		return v, fault.Wrapf(fault.BundleValidation, err, "[webhook-settings-json] The settings of the webhook are not valid JSON: %v.", err)
	}
	return v, nil
}

func checkWebhookSettings(v value.Value) error {
	if _, problems := intake.ParseSettings(v); problems.Invalid() {
		return problems
	}
	return nil
}

// setSettings parts the settings and sees to it that their secrets can be sealed.
func (h *newHook) setSettings(c *Control, whole value.Value) error {
	open, secrets := splitSettings(whole)
	h.row.Settings, h.row.Sealed, h.secrets = open.JSON(), nil, secrets
	if secrets.IsUndefined() {
		return nil
	}
	_, err := c.sealing()
	return err
}

// saveWebhook saves a webhook with its secrets and tells the running service.
func (c *Control) saveWebhook(ctx context.Context, h *newHook) (api.NewAddress, error) {
	n := store.WebhookSeals{Secrets: c.sealer(webhookIdentity, h.secrets)}
	if h.token != "" {
		n.Address = c.addressSealer(ctx, h.token)
	}
	w, err := c.Store.SaveSealedWebhook(ctx, h.row, n)
	if err != nil {
		return api.NewAddress{}, err
	}
	if err := c.reloadWebhook(ctx, w.ID); err != nil {
		return api.NewAddress{}, err
	}
	made := api.NewAddress{Webhook: c.webhook(&w)}
	if h.token != "" {
		made.Path = h.token.Path()
	}
	return made, nil
}

// sealer returns what seals secrets for the number that the store gives, nil where there are none.
func (c *Control) sealer(identity func(int64) string, secrets value.Value) func(int64) ([]byte, error) {
	if secrets.IsUndefined() {
		return nil
	}
	return func(id int64) ([]byte, error) {
		v, err := c.sealing()
		if err != nil {
			return nil, err
		}
		plain := value.AppendJSON(nil, secrets)
		defer clear(plain)
		return v.Seal(identity(id), plain)
	}
}

// Create makes a webhook for a scenario.
func (c addressControl) Create(ctx context.Context, n api.NewWebhook) (api.NewAddress, error) {
	s, err := c.Store.Scenario(ctx, n.Scenario)
	if err != nil {
		return api.NewAddress{}, err
	}
	if n.Name == "" {
		n.Name = s.Name
	}
	h, err := c.prepareWebhook(n.Name, n.Settings, n.Token)
	if err != nil {
		return api.NewAddress{}, err
	}
	h.row.Team, h.row.Scenario = s.Team, s.ID
	return c.saveWebhook(ctx, h)
}

// Rotate gives a webhook a new address.
func (c addressControl) Rotate(ctx context.Context, id, revision int64, token string) (api.NewAddress, error) {
	w, err := c.editable(ctx, id, revision)
	if err != nil {
		return api.NewAddress{}, err
	}
	t, err := newToken(token)
	if err != nil {
		return api.NewAddress{}, err
	}
	hash := t.Hash()
	w.TokenHash = hash[:]
	return c.saveWebhook(ctx, &newHook{row: w, token: t})
}

// editable returns a webhook that is still there, with the revision that the caller has seen.
func (c *Control) editable(ctx context.Context, id, revision int64) (store.Webhook, error) {
	w, err := c.Store.Webhook(ctx, id)
	if err != nil {
		return w, err
	}
	if w.Gone {
		return w, fault.Wrap(fault.Data, store.ErrConflict, "[webhook-gone] The webhook was deleted; its address answers that it is gone for good.").
			WithHint("[hint-make-new] make a new one")
	}
	if revision != 0 {
		w.Revision = revision
	}
	return w, nil
}

// Change changes a webhook.
func (c webhookControl) Change(ctx context.Context, id, revision int64, x api.WebhookChange) (api.Webhook, error) {
	w, err := c.editable(ctx, id, revision)
	if err != nil {
		return api.Webhook{}, err
	}
	h := &newHook{row: w}
	if x.Name != nil {
		h.row.Name = *x.Name
	}
	if x.Paused != nil {
		h.row.Paused = *x.Paused
	}
	if x.Scenario != nil {
		s, err := c.Store.Scenario(ctx, *x.Scenario)
		if err == nil && s.Team != w.Team {
			err = fault.Wrap(fault.Data, store.ErrNotFound, "[scenario-none] The scenario does not exist.")
		}
		if err != nil {
			return api.Webhook{}, err
		}
		h.row.Scenario = *x.Scenario
	}
	if len(x.Settings) > 0 {
		if err := c.changeSettings(h, &w, x.Settings); err != nil {
			return api.Webhook{}, err
		}
	}
	made, err := c.saveWebhook(ctx, h)
	return made.Webhook, err
}

// changeSettings replaces the settings. Secrets that are not named stay; where the old ones cannot be opened, all must be.
func (c *Control) changeSettings(h *newHook, w *store.Webhook, text json.RawMessage) error {
	whole, err := readSettings(text)
	if err != nil {
		return err
	}
	if before, err := wholeSettings(c.vault, w); err == nil {
		whole = keepSecrets(whole, before)
	}
	if err := checkWebhookSettings(whole); err != nil {
		return err
	}
	return h.setSettings(c, whole)
}

// Delete has the webhook answer that it is gone for good. What waits in its queue stays until it is cleared.
func (c webhookControl) Delete(ctx context.Context, id int64) (api.Webhook, error) {
	w, err := c.editable(ctx, id, 0)
	if err != nil {
		return api.Webhook{}, err
	}
	w.Gone, w.Settings, w.Sealed, w.Address = true, "", nil, nil
	made, err := c.saveWebhook(ctx, &newHook{row: w})
	return made.Webhook, err
}

// List lists what waits for a webhook, the oldest first.
func (c queueControl) List(ctx context.Context, webhook, after int64, limit int) ([]api.QueueItem, error) {
	if _, err := c.Store.Webhook(ctx, webhook); err != nil {
		return nil, err
	}
	list, err := c.Store.Queue(ctx, webhook, after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]api.QueueItem, len(list))
	for i := range list {
		out[i] = queueItem(&list[i])
	}
	return out, nil
}

func queueItem(i *store.Item) api.QueueItem {
	return api.QueueItem{ID: i.ID, Received: i.Received, Bytes: i.Bytes, Begun: i.Taken()}
}

// Peek returns a payload that waits.
func (c queueControl) Peek(ctx context.Context, webhook, item int64) (api.QueueItem, error) {
	list, err := c.Store.Queue(ctx, webhook, item-1, 1)
	if err != nil {
		return api.QueueItem{}, err
	}
	if len(list) == 0 || list[0].ID != item {
		return api.QueueItem{}, fault.Wrap(fault.Data, store.ErrNotFound, "[payload-none] There is no such payload in the queue (any more).")
	}
	out := queueItem(&list[0])
	if list[0].Begun {
		j, err := c.Store.Load(ctx, item)
		if err != nil {
			return out, err
		}
		out.Bundles, err = j.Input(ctx)
		return out, err
	}
	out.Bundles, err = c.Store.ItemInput(ctx, item)
	return out, err
}

// Delete deletes payloads that wait, and returns how many of them there were.
func (c queueControl) Delete(ctx context.Context, webhook int64, items []int64) (int, error) {
	return c.shorten(ctx, webhook, func() (int, error) { return c.Store.DeleteItems(ctx, webhook, items) })
}

// Clear deletes everything that waits.
func (c queueControl) Clear(ctx context.Context, webhook int64) (int, error) {
	return c.shorten(ctx, webhook, func() (int, error) { return c.Store.ClearQueue(ctx, webhook) })
}

// shorten deletes something that waits for a webhook, and says so to whoever would begin it.
func (c *Control) shorten(ctx context.Context, webhook int64, remove func() (int, error)) (int, error) {
	w, err := c.Store.Webhook(ctx, webhook)
	if err != nil {
		return 0, err
	}
	n, err := remove()
	if n > 0 && c.Live != nil && w.Scenario != 0 {
		err = errors.Join(err, c.Live.Cleared(ctx, w.Scenario))
	}
	return n, err
}

// Test puts a bundle into the queue as if it had arrived: past the checks and the filter, and never as a duplicate. An
// active scenario that runs immediately begins with it.
func (c queueControl) Test(ctx context.Context, webhook int64, s api.Sample) (api.Started, error) {
	w, err := c.editable(ctx, webhook, 0)
	if err != nil {
		return api.Started{}, err
	}
	if s.Bundle == nil || s.Bundle.Kind() != value.KindCollection {
		return api.Started{}, fault.New(fault.BundleValidation, "[sample-object] The sample must be a JSON object: one bundle.").WithField("bundle")
	}
	in := store.Intake{
		Webhook: w.ID, Scenario: w.Scenario, Received: c.Clock.Now(), Input: []value.Value{*s.Bundle},
		Limits: store.QueueLimits{Number: maxQueued, Bytes: maxQueuedBytes},
	}
	if !w.Paused && w.Scenario != 0 {
		if err := c.startsAtOnce(ctx, &in); err != nil {
			return api.Started{}, err
		}
	}
	accepted, err := c.Store.Accept(ctx, []store.Intake{in})
	if err != nil {
		return api.Started{}, err
	}
	if in.Run {
		return c.submit(ctx, accepted[0].ID)
	}
	return api.Started{Execution: accepted[0].ID}, nil
}

// startsAtOnce makes the payload an execution where its scenario is active and runs immediately.
func (c *Control) startsAtOnce(ctx context.Context, in *store.Intake) error {
	s, err := c.Store.Scenario(ctx, in.Scenario)
	if err != nil {
		return err
	}
	sched, err := parseSchedule(s.Schedule)
	if err != nil {
		return err
	}
	in.Run, in.Version = s.Active && sched.Kind() == "immediately", s.Version
	return nil
}

// Status says what was learned so far.
func (c learningControl) Status(ctx context.Context, webhook int64) (api.Learning, error) {
	w, err := c.Store.Webhook(ctx, webhook)
	if err != nil {
		return api.Learning{}, err
	}
	l, err := DecodeLearning(w.Learning)
	return c.learning(l), err
}

func (c *Control) learning(l intake.Learning) api.Learning {
	out := api.Learning{Active: l.Active(c.Clock.Now()), Samples: l.Samples, Fields: intake.StructureValue(l.Fields)}
	if out.Active {
		out.Until = l.Until
	}
	return out
}

// Start begins to learn; what the structure of the webhook says already stays.
func (c learningControl) Start(ctx context.Context, webhook int64) (api.Learning, error) {
	w, err := c.editable(ctx, webhook, 0)
	if err != nil {
		return api.Learning{}, err
	}
	settings, err := parseWhole(c.vault, &w)
	if err != nil {
		return api.Learning{}, err
	}
	return c.saveLearning(ctx, webhook, intake.Start(c.Clock.Now(), settings.Structure))
}

func (c *Control) saveLearning(ctx context.Context, webhook int64, l intake.Learning) (api.Learning, error) {
	if err := c.Store.SetLearning(ctx, webhook, EncodeLearning(l)); err != nil {
		return api.Learning{}, err
	}
	return c.learning(l), c.reloadWebhook(ctx, webhook)
}

// Stop ends learning, and makes what was learned the structure of the webhook if it is to be kept.
func (c learningControl) Stop(ctx context.Context, webhook int64, x api.StopLearning) (api.Learning, error) {
	w, err := c.editable(ctx, webhook, 0)
	if err != nil {
		return api.Learning{}, err
	}
	l, err := DecodeLearning(w.Learning)
	if err != nil {
		return api.Learning{}, err
	}
	l = l.Stop()
	if x.Keep && len(l.Fields) > 0 {
		settings := value.Null
		if w.Settings != "" {
			if settings, err = readSettings([]byte(w.Settings)); err != nil {
				return api.Learning{}, err
			}
		}
		b := value.NewBuilder(settings.Len() + 1).Merge(settings)
		w.Settings = b.Set("structure", intake.StructureValue(l.Fields)).Build().JSON()
		if _, err := c.Store.SaveWebhook(ctx, w); err != nil {
			return api.Learning{}, fmt.Errorf("keep what was learned: %w", err)
		}
	}
	return c.saveLearning(ctx, webhook, l)
}
