package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Limits of requests that carry a key of their own.
const (
	// MaxRequestKeyBytes is the length of the header Idempotency-Key.
	MaxRequestKeyBytes = 200
	// MaxKeptAnswerBytes is the size of an answer that is kept for a request that is sent again.
	MaxKeptAnswerBytes = 1 << 20
)

// keyHeader names a request, so that one that is sent again is not carried out again.
const keyHeader = "Idempotency-Key"

// maxDetailBytes bounds what the audit log keeps of one change.
const maxDetailBytes = 16 << 10

// Deed is one change that a caller makes, for the audit log.
type Deed struct {
	Actor        string
	Action       string // name of the route
	Subject      string // "scenario 7"
	Details      string // JSON: what was asked for, and what has changed; no secrets
	Organization int64
	Team         int64
	// Owner, Key and Request are whose key the request carries, the key ("" for none), and a hash of what is asked for.
	Owner, Key string
	Request    []byte
	// Written is kept by the ledger.
	Written any
}

// Earlier is what became of a request that was sent before.
type Earlier struct {
	Known, Same bool
	Status      int // 0 = it was carried out, and nobody knows how it was answered
	Answer      []byte
}

// Ledger keeps what is done.
type Ledger interface {
	// Open returns a context whose first change is written together with the deed.
	Open(ctx context.Context, d *Deed) context.Context
	// Close writes the deed as it is now, with the answer of a request that has a key. Where nothing has been changed it
	// writes only if done.
	Close(ctx context.Context, d *Deed, done bool, status int, answer []byte) error
	// Earlier finds the answer to a request with the same key.
	Earlier(ctx context.Context, d *Deed) (Earlier, error)
}

// identified is an answer that is a thing of its own.
type identified interface{ identity() (Kind, int64) }

// confidential is a body, or an answer, with a secret that is told once.
type confidential interface{ confidential() }

func (s Scenario) identity() (Kind, int64) { return OfScenario, s.ID }

// The path of an address is a secret.
func (NewAddress) confidential()      {}
func (Address) confidential()         {}
func (CreatedScenario) confidential() {}

func (s CreatedScenario) identity() (Kind, int64) { return OfScenario, s.Scenario.ID }
func (w Webhook) identity() (Kind, int64)         { return OfWebhook, w.ID }
func (a NewAddress) identity() (Kind, int64)      { return OfWebhook, a.Webhook.ID }
func (c Connection) identity() (Kind, int64)      { return OfConnection, c.ID }
func (d DataStore) identity() (Kind, int64)       { return OfDataStore, d.ID }

// state is what the audit log compares of a thing, nil where there is nothing to compare.
func state(ctx context.Context, s Services, kind Kind, id int64) (any, error) {
	switch kind {
	case OfScenario:
		return s.Scenarios.Get(ctx, id)
	case OfWebhook:
		return s.Webhooks.Get(ctx, id)
	case OfConnection:
		return s.Connections.Get(ctx, id)
	case OfDataStore:
		return s.DataStores.Get(ctx, id)
	case OfTeam:
		return s.Teams.Get(ctx, id)
	case OfOrganization:
		return s.Organizations.Get(ctx, id)
	case OfIncomplete:
		i, err := s.Incompletes.Get(ctx, id)
		i.Bundles = nil
		return i, err
	default: // the others say of themselves what has changed
		return nil, nil //nolint:nilnil // nothing to compare is no failure
	}
}

// deeds has changes written down.
type deeds struct {
	services Services
	ledger   Ledger
	clock    clock.Clock
	log      *slog.Logger
	mu       sync.Mutex
	under    map[string]bool // keys of requests that are under way
}

// perform carries out a request that changes something, or tells a secret, with its entry in the audit log.
func (d *deeds) perform(c *call, w http.ResponseWriter) error {
	c.deed = d.begin(c)
	d.place(c)
	release, again, err := d.claim(c, w)
	if err != nil || again {
		return err
	}
	defer release()
	before := d.look(c, c.deed.Subject)
	c.Request = c.WithContext(d.ledger.Open(c.Context(), c.deed))
	result, err := c.route.handle(c)
	if err != nil {
		c.deed.Details = details(c.asked, nil, nil, err)
		d.close(c, false, 0, nil)
		return err
	}
	if x, ok := result.(identified); ok {
		kind, id := x.identity()
		c.deed.Subject = subject(kind, id)
	}
	d.place(c)
	c.deed.Details = details(c.asked, before, d.look(c, c.deed.Subject), nil)
	status, text := c.route.success(result), []byte(nil)
	if _, secret := result.(confidential); secret {
		status = 0 // the secret is told once, and not kept for whoever asks again
	} else if c.deed.Key != "" {
		if text, err = json.Marshal(result); err != nil || len(text) > MaxKeptAnswerBytes {
			text = nil
		}
	}
	d.close(c, true, status, text)
	return c.route.answer(w, result, d.clock)
}

// close writes the deed down. What was changed stays changed when that fails: what was written with the change is told at the next
// start.
func (d *deeds) close(c *call, done bool, status int, answer []byte) {
	if err := d.ledger.Close(c.Context(), c.deed, done, status, answer); err != nil {
		d.log.ErrorContext(c.Context(), "the audit log could not be written", "action", c.deed.Action, "subject", c.deed.Subject, "error", err)
	}
}

func (d *deeds) begin(c *call) *Deed {
	p := PrincipalOf(c.Context())
	actor := p.Name()
	if p != nil && p.Token != 0 {
		actor += " by token " + strconv.FormatInt(p.Token, 10)
	}
	deed := &Deed{Actor: actor, Action: c.route.Name, Team: c.team, Organization: c.organization}
	if c.route.keyed() {
		deed.Key = c.Header.Get(keyHeader)
	}
	if p != nil {
		deed.Owner = strconv.FormatInt(p.User, 10)
	}
	if c.route.Of != Global && c.route.Of != Teams {
		deed.Subject = subject(c.route.Of, c.number("id"))
	}
	return deed
}

// place notes whose the deed is, as far as it is known by now.
func (d *deeds) place(c *call) {
	deed := c.deed
	deed.Team, deed.Organization = c.team, c.organization
	if deed.Team == 0 || deed.Organization != 0 {
		return
	}
	if o, err := d.services.Owners.OrganizationOf(c.Context(), deed.Team); err == nil {
		deed.Organization = o
	}
}

func subject(kind Kind, id int64) string { return string(kind) + " " + strconv.FormatInt(id, 10) }

// look reads the state of what a deed is about; what cannot be read is left away.
func (d *deeds) look(c *call, about string) any {
	at := strings.LastIndexByte(about, ' ')
	if at < 0 {
		return nil
	}
	id, err := strconv.ParseInt(about[at+1:], 10, 64)
	if err != nil {
		return nil
	}
	found, err := state(c.Context(), d.services, Kind(about[:at]), id)
	if err != nil {
		return nil
	}
	return found
}

// claim answers a request again that was answered before, and keeps others with its key out until release.
func (d *deeds) claim(c *call, w http.ResponseWriter) (release func(), again bool, err error) {
	release = func() {}
	deed := c.deed
	if deed.Key == "" {
		return release, false, nil
	}
	if _, secret := c.route.Takes.(confidential); secret { // not even a hash of a password is kept beside those that are made for it
		return release, false, badRequest("%s: this request cannot have one.", keyHeader)
	}
	if len(deed.Key) > MaxRequestKeyBytes {
		return release, false, badRequest("%s: at most %d characters are allowed.", keyHeader, MaxRequestKeyBytes)
	}
	body, err := io.ReadAll(io.LimitReader(c.Body, MaxBlueprintBytes+1))
	if err != nil {
		return release, false, bodyFault(err)
	}
	if len(body) > MaxBlueprintBytes {
		return release, false, badRequest("%s: a body of more than %d bytes cannot have one.", keyHeader, MaxBlueprintBytes)
	}
	c.Body = io.NopCloser(bytes.NewReader(body))
	hash := sha256.New()
	for _, part := range [][]byte{[]byte(c.Method), {0}, []byte(c.URL.RequestURI()), {0}, body} {
		hash.Write(part)
	}
	deed.Request = hash.Sum(nil)
	if !d.enter(deed) {
		return release, false, refusal{http.StatusConflict, fault.New(fault.DuplicateData, "[request-going] A request with this key is being carried out.").WithHint("[hint-wait-answer] wait for its answer")}
	}
	release = func() { d.leave(deed) }
	earlier, err := d.ledger.Earlier(c.Context(), deed)
	if err != nil || !earlier.Known {
		return release, false, err
	}
	defer release()
	return release, true, c.route.repeat(w, earlier)
}

func (d *deeds) enter(deed *Deed) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := deed.Owner + "\x00" + deed.Key
	if d.under[name] {
		return false
	}
	d.under[name] = true
	return true
}

func (d *deeds) leave(deed *Deed) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.under, deed.Owner+"\x00"+deed.Key)
}

// repeat gives the answer of a request that was sent before, as it was given then.
func (r *Route) repeat(w http.ResponseWriter, e Earlier) error {
	switch {
	case !e.Same:
		return refusal{http.StatusUnprocessableEntity, fault.New(fault.DuplicateData, "[request-other] Another request was sent with this key.").WithHint("[hint-new-key] draw a new key for each request")}
	case e.Status == 0:
		return refusal{http.StatusConflict, fault.New(fault.DuplicateData, "[request-done] This request was carried out before, and its answer is not known.").
			WithHint("[hint-request-done] look at what it made before sending it with another key")}
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if e.Status == http.StatusNoContent {
		w.WriteHeader(e.Status)
		return nil
	}
	if _, ok := r.Gives.(revised); ok {
		given := reflect.New(reflect.TypeOf(r.Gives))
		if err := json.Unmarshal(e.Answer, given.Interface()); err == nil {
			w.Header().Set("ETag", ETag(given.Interface().(revised).revision()))
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.Status)
	_, _ = w.Write(e.Answer) // the caller is gone
	return nil
}

// details tells what was asked for and what has changed.
func details(asked, before, after any, failure error) string {
	told := map[string]any{}
	if asked := masked(asked); len(asked) > 0 {
		told["request"] = asked
	}
	was, is := fieldsOf(before), fieldsOf(after)
	for name, v := range was {
		if now, ok := is[name]; ok && bytes.Equal(now, v) {
			delete(was, name)
			delete(is, name)
		}
	}
	if len(was) > 0 {
		told["before"] = was
	}
	if len(is) > 0 {
		told["after"] = is
	}
	if failure != nil {
		told["error"] = problemOf(failure, false).Detail
	}
	data, err := json.Marshal(told)
	if err != nil || len(data) > maxDetailBytes {
		return `{"note":"the details are too long to be kept"}`
	}
	return string(data)
}

func fieldsOf(v any) map[string]json.RawMessage {
	if v == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	data, err := json.Marshal(v)
	if err != nil || json.Unmarshal(data, &fields) != nil {
		return nil
	}
	return fields
}

// masked leaves away the fields of a body that are secret, or too large for the log: those with the tag audit:"-".
func masked(body any) map[string]json.RawMessage {
	fields := fieldsOf(body)
	t := reflect.TypeOf(body)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if _, there := fields[name]; there && f.Tag.Get("audit") == "-" {
			fields[name] = json.RawMessage(`"(not kept)"`)
		}
	}
	return fields
}
