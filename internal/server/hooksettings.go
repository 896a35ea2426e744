package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
	"github.com/ropeway/ropeway/internal/vault"
)

// The settings of a webhook are stored in two parts: JSON without any secret, and the secrets, sealed. The sealed part is
// {"checks": [{"keys": […]}, {}, …], "handshake": {"token": "…"}}: one object for each check, in their order.

// Keys of the settings that take part in this.
const (
	checksKey    = "checks"
	handshakeKey = "handshake"
	typeKey      = "type"
)

// secretNames are the keys of checks and of the handshake that hold secrets.
var secretNames = []string{"keys", "secrets", "password", "token"}

// webhookIdentity is what the secrets of a webhook are bound to.
func webhookIdentity(id int64) string { return vault.Identity("webhook", id) }

// splitSettings takes the secrets out of settings. secrets is undefined where there are none.
func splitSettings(settings value.Value) (open, secrets value.Value) {
	if settings.Kind() != value.KindCollection {
		return settings, value.Undefined
	}
	b, hidden := value.NewBuilder(settings.Len()).Merge(settings), value.NewBuilder(2)
	found := false
	if checks := settings.Get(checksKey); checks.Kind() == value.KindArray {
		shown, taken := make([]value.Value, checks.Len()), make([]value.Value, checks.Len())
		for i, check := range checks.Items() {
			shown[i], taken[i] = takeSecrets(check)
			found = found || taken[i].Len() > 0
		}
		b.Set(checksKey, value.Array(shown...))
		hidden.Set(checksKey, value.Array(taken...))
	}
	if handshake := settings.Get(handshakeKey); handshake.Kind() == value.KindCollection {
		shown, taken := takeSecrets(handshake)
		found = found || taken.Len() > 0
		b.Set(handshakeKey, shown)
		hidden.Set(handshakeKey, taken)
	}
	if !found {
		return settings, value.Undefined
	}
	return b.Build(), hidden.Build()
}

// takeSecrets parts an object into what may be shown and what not.
func takeSecrets(v value.Value) (shown, taken value.Value) {
	if v.Kind() != value.KindCollection {
		return v, value.Collection()
	}
	b, t := value.NewBuilder(v.Len()).Merge(v), value.NewBuilder(1)
	for _, name := range secretNames {
		if secret, ok := v.Lookup(name); ok {
			t.Set(name, secret)
			b.Delete(name)
		}
	}
	return b.Build(), t.Build()
}

// joinSettings puts secrets back where they were taken from. It fails where the two do not fit: a check whose secret is
// missing would not hold.
func joinSettings(open, secrets value.Value) (value.Value, error) {
	if secrets.IsUndefined() {
		return open, nil
	}
	checks, taken := open.Get(checksKey), secrets.Get(checksKey)
	if checks.Len() != taken.Len() {
		return value.Undefined, fault.New(fault.Inconsistency, "[checks-secrets] The checks of the webhook and their secrets do not belong together.").
			WithHint("[hint-set-checks] set the checks again")
	}
	b := value.NewBuilder(open.Len()).Merge(open)
	if taken.Len() > 0 {
		whole := make([]value.Value, taken.Len())
		for i, check := range checks.Items() {
			whole[i] = value.NewBuilder(check.Len() + 1).Merge(check).Merge(taken.At(i)).Build()
		}
		b.Set(checksKey, value.Array(whole...))
	}
	if token := secrets.Get(handshakeKey); token.Len() > 0 {
		b.Set(handshakeKey, value.NewBuilder(4).Merge(open.Get(handshakeKey)).Merge(token).Build())
	}
	return b.Build(), nil
}

// keepSecrets gives the checks of new settings that name no secret those that the check of the same type in the same place
// had before, and so the handshake.
func keepSecrets(settings, before value.Value) value.Value {
	b := value.NewBuilder(settings.Len()).Merge(settings)
	if checks := settings.Get(checksKey); checks.Kind() == value.KindArray {
		whole := make([]value.Value, checks.Len())
		for i, check := range checks.Items() {
			whole[i] = check
			if old := before.Get(checksKey).At(i); i < before.Get(checksKey).Len() && old.Get(typeKey).Str() == check.Get(typeKey).Str() {
				whole[i] = keepIn(check, old)
			}
		}
		b.Set(checksKey, value.Array(whole...))
	}
	if handshake := settings.Get(handshakeKey); handshake.Get("tokenField").Str() != "" {
		b.Set(handshakeKey, keepIn(handshake, before.Get(handshakeKey)))
	}
	return b.Build()
}

func keepIn(v, old value.Value) value.Value {
	_, given := takeSecrets(v)
	_, had := takeSecrets(old)
	if v.Kind() != value.KindCollection || given.Len() > 0 {
		return v
	}
	return value.NewBuilder(v.Len() + 1).Merge(v).Merge(had).Build()
}

// wholeSettings returns the settings of a webhook with their secrets. v is only needed where there are any.
func wholeSettings(open func() (*vault.Vault, error), w *store.Webhook) (value.Value, error) {
	settings := value.Null
	if w.Settings != "" {
		var err error
		if settings, err = value.ParseJSON([]byte(w.Settings)); err != nil {
			return settings, fmt.Errorf("read the settings: %w", err)
		}
	}
	if len(w.Sealed) == 0 {
		return settings, nil
	}
	v, err := open()
	if err != nil {
		return value.Undefined, err
	}
	plain, err := v.Open(webhookIdentity(w.ID), w.Sealed)
	if err != nil {
		return value.Undefined, fmt.Errorf("open the secrets of webhook %d: %w", w.ID, err)
	}
	defer clear(plain)
	secrets, err := value.ParseJSON(plain)
	if err != nil {
		return value.Undefined, fault.New(fault.Inconsistency, "[webhook-secrets-unread] The secrets of the webhook cannot be read.").WithHint("[hint-set-its-checks] set its checks again")
	}
	return joinSettings(settings, secrets)
}

// OpenWebhookSettings returns what a webhook accepts, with the secrets of its checks opened. It fails closed: a webhook whose
// settings cannot be read as a whole must not answer anybody. v may be nil for a webhook without secrets.
func OpenWebhookSettings(v *vault.Vault, w *store.Webhook) (*intake.Settings, error) {
	return parseWhole(func() (*vault.Vault, error) {
		if v == nil {
			return nil, errNoKeys()
		}
		return v, nil
	}, w)
}

// OpenWebhookSettings does the same with the vault of the system, which is opened only when there are secrets.
func (s *System) OpenWebhookSettings(w *store.Webhook) (*intake.Settings, error) {
	return parseWhole(s.openVault, w)
}

func parseWhole(open func() (*vault.Vault, error), w *store.Webhook) (*intake.Settings, error) {
	settings, err := wholeSettings(open, w)
	if err != nil {
		return nil, err
	}
	parsed, problems := intake.ParseSettings(settings)
	if problems.Invalid() {
		return nil, problems
	}
	return parsed, nil
}

// storedLearning is how the learning of a webhook is stored.
type storedLearning struct {
	Until   time.Time   `json:"until,omitzero"`
	Samples int         `json:"samples"`
	Fields  value.Value `json:"fields"`
}

// EncodeLearning writes the state of learning for the store.
func EncodeLearning(l intake.Learning) string {
	data, _ := json.Marshal(storedLearning{l.Until, l.Samples, intake.StructureValue(l.Fields)}) // nothing of it can fail
	return string(data)
}

// DecodeLearning reads the state of learning that was stored; "" is one that never began.
func DecodeLearning(text string) (intake.Learning, error) {
	if text == "" {
		return intake.Learning{}, nil
	}
	var s storedLearning
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return intake.Learning{}, fmt.Errorf("read the state of learning: %w", err)
	}
	return intake.Learning{Until: s.Until, Samples: s.Samples, Fields: module.ParseFields(s.Fields)}, nil
}

// learn replaces the state of learning of a webhook by what add makes of it, one sample after the other. When learning ends
// by itself, what arrives is compared with the structure again.
func (s *Service) learn(ctx context.Context, id intake.HookID, add func(intake.Learning) intake.Learning) error {
	s.mu.Lock()
	h := s.byID[id]
	s.mu.Unlock()
	if h == nil {
		return intake.ErrNoWebhook
	}
	h.samples.Lock()
	defer h.samples.Unlock()
	for {
		over, err := s.learnOnce(ctx, id, add)
		if errors.Is(err, store.ErrConflict) { // another node has learned meanwhile
			continue
		}
		if err == nil && over {
			s.tellNodes(ctx, store.WebhookSignal, int64(id))
		}
		return err
	}
}

// learnOnce does so with what is stored now, and reports whether that has ended the learning.
func (s *Service) learnOnce(ctx context.Context, id intake.HookID, add func(intake.Learning) intake.Learning) (over bool, err error) {
	w, err := s.store.Webhook(ctx, int64(id))
	if err != nil {
		return false, err
	}
	before, err := DecodeLearning(w.Learning)
	if err != nil {
		return false, err
	}
	after, stored := add(before), w.Learning
	w.Learning = EncodeLearning(after)
	if err := s.store.ReplaceLearning(ctx, w.ID, stored, w.Learning); err != nil {
		return false, err
	}
	if after.Active(s.clock.Now()) {
		return false, nil
	}
	return before.Active(s.clock.Now()), s.addHook(&w)
}
