package api_test

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// fuzzFor is how long TestDrawnRequests goes on with new installations; 0 = one of them.
var fuzzFor = flag.Duration("fuzzfor", 0, "how long TestDrawnRequests goes on")

// fuzzSeed is the seed of the first installation; those that follow count on.
var fuzzSeed = flag.Uint64("fuzzseed", 1, "the seed of the first requests that TestDrawnRequests draws")

const (
	// maxAnswerBytes is the size of the longest answer that a drawn request may bring: those that ask for much send much.
	maxAnswerBytes = 16 << 20
	// requestsOfRound is how many requests one installation gets.
	requestsOfRound = 1500
)

// TestDrawnRequests sends requests that are drawn from the OpenAPI document, right ones and wrong ones, to an installation with
// everything in it, and holds each answer against the document. "make fuzz-api" goes on for longer.
func TestDrawnRequests(t *testing.T) { //nolint:tparallel // one installation at a time
	t.Parallel()
	doc := readDocument(t)
	requests := requestsOfRound
	if testing.Short() {
		requests /= 10
	}
	end := time.Now().Add(*fuzzFor)
	for seed := *fuzzSeed; ; seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { drive(t, doc, seed, requests) })
		if t.Failed() || !time.Now().Before(end) {
			return
		}
	}
}

// FuzzRequests does the same with seeds that the fuzzer chooses.
func FuzzRequests(f *testing.F) {
	doc := readDocument(f)
	for seed := range uint64(4) {
		f.Add(1000 + seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { drive(t, doc, seed, 50) })
}

// callingOut are the operations that call a service, which tests do not.
func callingOut() []string { return []string{"connection.test", "module.run", "app.procedure"} }

// drive sends drawn requests to a new installation.
func drive(t *testing.T, doc *document, seed uint64, requests int) {
	t.Helper()
	d := &driver{
		t: t, doc: doc, drawing: drawing{rand.New(rand.NewPCG(seed, 20)), doc}, installation: newInstallation(t),
		statuses: map[string]int{},
	}
	for range requests {
		o := &doc.operations[d.IntN(len(doc.operations))]
		if slices.Contains(callingOut(), o.ID) {
			continue
		}
		if d.send(o); t.Failed() {
			return
		}
	}
	t.Logf("seed %d: %v; the longest answer had %d bytes", seed, d.statuses, d.longest)
}

// installation is a Control with one of each thing, and its API.
type installation struct {
	handler http.Handler
	caller  *access.Principal // of the next request
	log     bytes.Buffer
}

// Authenticate says who the next caller is.
func (i *installation) Authenticate(*http.Request) (*access.Principal, error) { return i.caller, nil }

func newInstallation(t *testing.T) *installation {
	t.Helper()
	dir := t.TempDir()
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, err := store.Open(t.Context(), dir, store.Options{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	keys := server.NewKeys(dir, "", "", nil)
	system, err := server.Assemble(server.Options{Clock: c, Durable: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	control := &server.Control{Store: s, System: system, Clock: c, Keys: keys}
	i := &installation{caller: access.Machine()}
	i.handler = api.New(control.Services(), api.Options{Auth: i, Ledger: server.Ledger{Store: s}, Log: slog.New(slog.NewTextHandler(&i.log, nil))})
	i.fill(t, s, c.Now())
	return i
}

// fill makes things of every kind, so that small numbers name something.
func (i *installation) fill(t *testing.T, s *store.Store, now time.Time) {
	t.Helper()
	for _, r := range []struct{ method, path, body string }{
		{"POST", "/organizations", `{"name":"Second"}`},
		{"POST", "/organizations/1/teams", `{"name":"Second"}`},
		{"POST", "/organizations/2/teams", `{"name":"Elsewhere"}`},
		{"POST", "/scenarios", `{"blueprint":` + blueprints()[0] + `}`},
		{"POST", "/scenarios", `{"blueprint":` + blueprints()[1] + `}`},
		{"POST", "/scenarios", `{"team":3,"blueprint":` + blueprints()[2] + `}`},
		{"POST", "/connections", `{"name":"Main","app":"customerly","fields":{"apiToken":"secret"}}`},
		{"POST", "/webhooks/1/test", `{"bundle":{"name":"Ada"}}`},
		{"POST", "/scenarios/2/run", `{"input":[{"a":1}]}`},
		{"POST", "/datastores", `{"name":"People","structure":[{"name":"email","type":"text"}],"bytes_max":5000000}`},
		{"PUT", "/datastores/1/record", `{"key":"ada","data":{"email":"ada@example.com"}}`},
	} {
		w := httptest.NewRecorder()
		i.handler.ServeHTTP(w, httptest.NewRequest(r.method, api.Prefix+r.path, strings.NewReader(r.body)))
		if w.Code >= 300 {
			t.Fatalf("%s %s: got %d %s", r.method, r.path, w.Code, w.Body)
		}
	}
	leases, err := s.AcquirePartitions(t.Context(), "tests", now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		run, err := s.StartExecution(t.Context(), leases[store.PartitionOf(2)].Fence, store.NewExecution{Scenario: 2, Version: 1, Origin: store.ByHand, Name: "by hand"})
		if err != nil {
			t.Fatal(err)
		}
		end := store.End{At: now, Status: store.Warning, Incomplete: []store.NewIncomplete{{
			Module: 1, Address: "1/1.1", Reason: fault.New(fault.Connection, "It was away."), Data: value.Collection(value.F("1", value.Int(n))),
		}}}
		step := store.Step{End: &end, Operations: []store.Operation{{Address: "1/1", Started: now, Finished: now, InputHash: 1, Bundles: store.List([]value.Value{value.Int(n)})}}}
		if _, err := s.Append(t.Context(), run, step); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.ReleasePartitions(t.Context(), leases); err != nil {
		t.Fatal(err)
	}
}

// callers are those who may do all, some and nothing.
func callers() []*access.Principal {
	member := func(team int64, role access.TeamRole, rights ...access.Right) *access.Principal {
		return &access.Principal{
			User: 7, Email: "ada@example.com", Organizations: map[int64]access.OrganizationRole{1: access.OrganizationRoles()[len(access.OrganizationRoles())-1]},
			Teams: map[int64]access.Membership{team: {Organization: 1, Role: role, Rights: rights}},
		}
	}
	token := member(store.FirstTeam, access.TeamAdmin)
	token.Token, token.Scopes = 3, []access.Right{access.ViewScenarios, access.ViewExecutions}
	return []*access.Principal{
		nil, token, member(store.FirstTeam, access.TeamMember), member(store.FirstTeam, access.TeamMonitoring), member(3, access.TeamAdmin),
		member(store.FirstTeam, access.TeamRestricted, access.EditScenarios),
	}
}

// driver sends requests and judges the answers.
type driver struct {
	drawing
	*installation
	t        *testing.T
	doc      *document
	statuses map[string]int
	longest  int
}

// send draws a request of an operation, sends it and checks the answer.
func (d *driver) send(o *operation) {
	d.t.Helper()
	d.caller = access.Machine()
	if d.one(5) {
		all := callers()
		d.caller = all[d.IntN(len(all))]
	}
	drawn := d.request(o)
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(drawn.head)))
	if err != nil {
		return // a server refuses this before it comes to us
	}
	r = r.WithContext(d.t.Context())
	r.Body, r.ContentLength = http.NoBody, 0
	if drawn.body != nil {
		r.Body, r.ContentLength = readCloser{bytes.NewReader(drawn.body)}, int64(len(drawn.body))
		if d.one(10) {
			r.ContentLength = -1 // it comes in chunks
		}
	}
	w := httptest.NewRecorder()
	failure := d.serve(w, r)
	if failure == nil {
		failure = d.judge(o, drawn, w)
	}
	d.statuses[strconv.Itoa(w.Code/100)+"xx"]++
	d.longest = max(d.longest, w.Body.Len())
	if failure != nil {
		d.t.Errorf("%s: %v\nas %s\n%s\n%s\nanswer %d %v\n%s\nlog %s", o.ID, failure, d.caller.Name(), short(drawn.head), short(string(drawn.body)),
			w.Code, w.Header(), short(w.Body.String()), short(d.log.String()))
	}
	d.log.Reset()
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func short(text string) string {
	if len(text) > 2000 {
		return fmt.Sprintf("%q… (%d bytes)", text[:2000], len(text))
	}
	return strconv.Quote(text)
}

// serve calls the handler; a panic is an error.
func (d *driver) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // a panic has no chain
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	d.handler.ServeHTTP(w, r)
	return nil
}

// judge holds an answer against the document.
func (d *driver) judge(o *operation, drawn drawnRequest, w *httptest.ResponseRecorder) error {
	if w.Body.Len() > maxAnswerBytes {
		return fmt.Errorf("the answer has %d bytes; %d are allowed", w.Body.Len(), maxAnswerBytes)
	}
	switch w.Code {
	case http.StatusInternalServerError, http.StatusServiceUnavailable:
		return errors.New("this must not happen")
	}
	if drawn.elsewhere { // another path or method than that of the operation
		if w.Code < 300 {
			return nil
		}
		return d.doc.checkProblem(w)
	}
	if w.Code < 300 {
		return d.doc.checkSuccess(o, w)
	}
	if _, ok := o.Responses[strconv.Itoa(w.Code)]; !ok && !slices.Contains([]int{429, 502, 504}, w.Code) {
		return errors.New("the document does not have this status")
	}
	return d.doc.checkProblem(w)
}
