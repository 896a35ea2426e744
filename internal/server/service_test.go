package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// installation is a data directory with scenarios, and an upstream that they call.
type installation struct {
	t        *testing.T
	dir      string
	upstream *httptest.Server
	system   *server.System
}

// called tells the upstream's calls to the test: method, path and body.
type called chan string

func newInstallation(t *testing.T, answer http.HandlerFunc) *installation {
	t.Helper()
	in := &installation{t: t, dir: t.TempDir(), upstream: httptest.NewServer(answer)}
	t.Cleanup(in.upstream.Close)
	system, err := server.Assemble(server.Options{Allow: []string{"loopback"}, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	in.system = system
	return in
}

// open opens the data directory; the test ends with it closed.
func (in *installation) open() *store.Store {
	in.t.Helper()
	s, err := store.Open(context.Background(), in.dir, store.Options{Clock: clock.System{}})
	if err != nil {
		in.t.Fatal(err)
	}
	return s
}

// add saves a scenario from nodes behind a webhook, with UP for the upstream's address, and returns the hook's path.
func (in *installation) add(s *store.Store, active bool, schedule string, nodes ...string) (scenario int64, path string) {
	in.t.Helper()
	ctx := context.Background()
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", in.upstream.URL)
	id, _, _, err := s.SaveScenario(ctx, store.SaveScenario{Name: "test", Schedule: schedule, Blueprint: []byte(`{"name":"test","flow":[` + flow + `],"metadata":{"version":1}}`)})
	if err != nil {
		in.t.Fatal(err)
	}
	token, err := intake.NewToken(strings.NewReader(fmt.Sprintf("%020d", id)))
	if err != nil {
		in.t.Fatal(err)
	}
	hash := token.Hash()
	if _, err := s.SaveWebhook(ctx, store.Webhook{Name: fmt.Sprint("hook ", id), Scenario: id, TokenHash: hash[:]}); err != nil {
		in.t.Fatal(err)
	}
	if active {
		if err := s.Activate(ctx, id, true, time.Time{}); err != nil {
			in.t.Fatal(err)
		}
	}
	return id, token.Path()
}

// serve starts the service and returns what stops it again.
func (in *installation) serve(s *store.Store) (address string, stop func()) {
	in.t.Helper()
	service, err := server.StartService(context.Background(), in.system, s, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		in.t.Fatal(err)
	}
	h := httptest.NewServer(service.Handler())
	return h.URL, func() {
		service.Close()
		h.Close()
		if err := s.Close(); err != nil {
			in.t.Error(err)
		}
	}
}

const (
	hookNode = `{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1},"mapper":{}}`
	putNode  = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/put","method":"put","bodyType":"raw","contentType":"text/plain","data":"{{1.name}}"}}`
	postNode = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/post","method":"post","bodyType":"raw","contentType":"text/plain","data":"{{1.name}}"}}`
	ackNode  = `{"id":3,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"201","body":"hello {{1.name}}"}}`
)

func post(t *testing.T, address, body string) (int, string) {
	t.Helper()
	resp, err := http.Post(address, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func recordCalls(calls called) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- r.Method + " " + r.URL.Path + " " + string(body)
	}
}

func TestWebhookRunsAScenario(t *testing.T) {
	t.Parallel()
	calls := make(called, 1)
	in := newInstallation(t, recordCalls(calls))
	s := in.open()
	id, path := in.add(s, true, "", hookNode, putNode)
	address, stop := in.serve(s)
	if code, text := post(t, address+path, `{"name":"Ada"}`); code != 200 || text != "Accepted" {
		t.Errorf("answer: got %d %q, want 200 Accepted", code, text)
	}
	if got := <-calls; got != "PUT /put Ada" {
		t.Errorf("upstream: got %q, want PUT /put Ada", got)
	}
	if code, _ := post(t, address+"/hook/nobody", `{}`); code != 404 {
		t.Errorf("unknown address: got %d, want 404", code)
	}
	stop()
	s = in.open()
	defer s.Close()
	list, err := s.History(context.Background(), store.HistoryFilter{Scenario: id})
	if err != nil || len(list) != 1 || list[0].Status != store.Success || list[0].Summary.Operations != 2 {
		t.Errorf("history: got %+v (%v), want one success with two operations", list, err)
	}
}

func TestWebhookWaitsForTheAnswerOfItsScenario(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) {})
	s := in.open()
	_, path := in.add(s, true, "", hookNode, ackNode)
	address, stop := in.serve(s)
	defer stop()
	if code, text := post(t, address+path, `{"name":"Ada"}`); code != 201 || text != "hello Ada" {
		t.Errorf("got %d %q, want 201 hello Ada", code, text)
	}
}

func TestUniversalTriggerOfCustomerlyFindsTheContact(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) {})
	s := in.open()
	_, path := in.add(s, true, "", `{"id":1,"module":"customerly:universalTrigger","version":1,"parameters":{"__IMTCONN__":"c"},"mapper":{}}`,
		strings.Replace(ackNode, "{{1.name}}", "{{1.contact.email}}", 1))
	address, stop := in.serve(s)
	defer stop()
	body := `{"event":"user.tagged","data":{"user":{"data":{"email":"ada@example.com"}},"tag":"vip"}}`
	if code, text := post(t, address+path, body); code != 201 || text != "hello ada@example.com" {
		t.Errorf("got %d %q, want 201 and the contact's address", code, text)
	}
}

func TestInactiveScenarioQueues(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) { t.Error("the inactive scenario ran") })
	s := in.open()
	_, path := in.add(s, false, "", hookNode, putNode)
	address, stop := in.serve(s)
	if code, _ := post(t, address+path, `{"name":"Ada"}`); code != 200 {
		t.Errorf("got %d, want 200", code)
	}
	stop()
	s = in.open()
	defer s.Close()
	if n, _, _ := s.QueueTotal(1); n != 1 {
		t.Errorf("queued: got %d, want 1", n)
	}
}

func TestQueueOfAnInactiveScenarioRunsOnceItIsActive(t *testing.T) {
	t.Parallel()
	for _, schedule := range []string{"", `{"type":"indefinitely","interval":60}`} {
		t.Run(schedule, func(t *testing.T) {
			t.Parallel()
			calls := make(called, 3)
			in := newInstallation(t, recordCalls(calls))
			s := in.open()
			id, path := in.add(s, false, schedule, hookNode, putNode)
			address, stop := in.serve(s)
			for _, name := range []string{"a", "b", "c"} {
				if code, _ := post(t, address+path, `{"name":"`+name+`"}`); code != 200 {
					t.Fatalf("got %d", code)
				}
			}
			stop()
			s = in.open()
			if err := s.Activate(context.Background(), id, true, clock.System{}.Now()); err != nil {
				t.Fatal(err)
			}
			_, stop = in.serve(s)
			defer stop()
			got := []string{<-calls}
			if schedule == "" { // on a schedule, one for each cycle
				got = append(got, <-calls, <-calls)
			}
			slices.Sort(got)
			if want := []string{"PUT /put a", "PUT /put b", "PUT /put c"}; !slices.Equal(got, want[:len(got)]) {
				t.Errorf("got %v, want %v", got, want[:len(got)])
			}
		})
	}
}

func TestStoppedExecutionsGoOnAfterTheNextStart(t *testing.T) {
	t.Parallel()
	const events = 40
	started, release := make(chan struct{}, events), make(chan struct{})
	done := make(called, events)
	in := newInstallation(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		started <- struct{}{}
		<-release
		done <- string(body)
	})
	s := in.open()
	_, path := in.add(s, true, "", hookNode, putNode)
	address, stop := in.serve(s)
	for i := range events {
		if code, _ := post(t, address+path, fmt.Sprintf(`{"name":"n%d"}`, i)); code != 200 {
			t.Fatalf("event %d: got %d", i, code)
		}
	}
	<-started // at least one is at work when the service stops
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	close(release)
	<-stopped
	s = in.open()
	_, stop = in.serve(s)
	defer stop()
	seen := map[string]int{}
	for len(seen) < events {
		seen[<-done]++
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s reached the upstream %d times", name, n)
		}
	}
}

func TestScheduledScenarioRunsWhenItIsDue(t *testing.T) {
	t.Parallel()
	calls := make(called, 10)
	in := newInstallation(t, recordCalls(calls))
	s := in.open()
	id, _ := in.add(s, false, `{"type":"indefinitely","interval":3600}`, strings.Replace(putNode, "{{1.name}}", "tick", 1))
	if err := s.Activate(context.Background(), id, true, clock.System{}.Now()); err != nil {
		t.Fatal(err)
	}
	_, stop := in.serve(s)
	if got := <-calls; got != "PUT /put tick" {
		t.Errorf("upstream: got %q, want PUT /put tick", got)
	}
	stop()
	s = in.open()
	defer s.Close()
	c, err := s.Scenario(context.Background(), id)
	if err != nil || !c.Due.After(clock.System{}.Now()) {
		t.Errorf("next due: got %v (%v), want a time to come", c.Due, err)
	}
}

func TestBreakIsRetriedByItself(t *testing.T) {
	t.Parallel()
	const flaky = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/put","method":"put","bodyType":"raw","contentType":"text/plain","data":"{{1.name}}"},
		"onerror":[{"id":9,"module":"builtin:Break","version":1,"mapper":{"retry":true,"count":"3","interval":"1"}}]}`
	refuse := true
	calls := make(called, 4)
	in := newInstallation(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if refuse { // the first call; the second one comes after the test has seen this one
			refuse = false
			w.WriteHeader(http.StatusInternalServerError)
		}
		calls <- string(body)
	})
	s := in.open()
	id, path := in.add(s, true, "", hookNode, flaky)
	address, stop := in.serve(s)
	if code, _ := post(t, address+path, `{"name":"Ada"}`); code != 200 {
		t.Fatalf("got %d", code)
	}
	<-calls
	stop()
	ctx := context.Background()
	s = in.open()
	list, err := s.Incompletes(ctx, store.IncompleteFilter{Scenario: id})
	if err != nil || len(list) != 1 || list[0].AttemptsMax != 3 || list[0].Interval != time.Minute || list[0].Due.IsZero() {
		t.Fatalf("got %+v (%v), want one incomplete with three retries a minute apart", list, err)
	}
	_, err = s.ChangeIncomplete(ctx, store.ChangeIncomplete{ID: list[0].ID, Revision: list[0].Revision, State: store.Pending, Due: clock.System{}.Now()})
	if err != nil {
		t.Fatal(err)
	}
	_, stop = in.serve(s)
	if got := <-calls; got != "Ada" {
		t.Errorf("the retry sent %q, want Ada", got)
	}
	stop()
	s = in.open()
	defer s.Close()
	i, err := s.Incomplete(ctx, list[0].ID)
	if err != nil || i.State != store.Resolved || i.Attempts != 1 || i.Execution == list[0].Execution {
		t.Errorf("got %+v (%v), want it resolved by a retry", i, err)
	}
}

func TestUnsafeOperationWithoutAResultIsNotRepeated(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) { t.Error("the unsafe call was made again") })
	s := in.open()
	id, _ := in.add(s, true, "", hookNode, postNode)
	ctx := context.Background()
	execution := in.leaveBehindAnnouncement(s, id)
	_, stop := in.serve(s)
	var list []store.Incomplete
	for tries := 0; len(list) == 0 && tries < 10_000; tries++ { // the execution is taken up by itself
		var err error
		if list, err = s.Incompletes(ctx, store.IncompleteFilter{Scenario: id}); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if len(list) == 0 {
		t.Fatal("nothing was set aside")
	}
	if got := list[0]; got.Module != 2 || got.Execution != execution || got.Reason == nil || got.Reason.Kind != "OutcomeUnknownError" || !got.Due.IsZero() {
		t.Errorf("got %+v, want module 2 of execution %d with an unknown outcome, and no retry", got, execution)
	}
}

func TestPersonSaysThatItHappened(t *testing.T) {
	t.Parallel()
	calls := make(called, 1)
	in := newInstallation(t, recordCalls(calls))
	s := in.open()
	id, _ := in.add(s, true, "", hookNode, postNode, strings.NewReplacer(`"id":2`, `"id":3`, "{{1.name}}", "{{1.name}} {{2.data}}").Replace(putNode))
	in.leaveBehindAnnouncement(s, id)
	_, stop := in.serve(s)
	ctx := context.Background()
	var list []store.Incomplete
	for tries := 0; len(list) == 0 && tries < 10_000; tries++ {
		list, _ = s.Incompletes(ctx, store.IncompleteFilter{Scenario: id})
	}
	stop()
	if len(list) == 0 {
		t.Fatal("nothing was set aside")
	}
	s = in.open()
	full, err := s.Incomplete(ctx, list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	data := full.Data.With(server.HappenedField, value.Collection(value.F("data", value.Text("done"))))
	_, err = s.ChangeIncomplete(ctx, store.ChangeIncomplete{ID: full.ID, Revision: full.Revision, State: store.Pending, Due: clock.System{}.Now(), Data: &data})
	if err != nil {
		t.Fatal(err)
	}
	_, stop = in.serve(s)
	defer stop()
	if got := <-calls; got != "PUT /put Ada done" {
		t.Errorf("upstream: got %q, want the module behind with the output that was told", got)
	}
}

// leaveBehindAnnouncement leaves the data directory as a crash does between the announcement of an unsafe call and its result.
func (in *installation) leaveBehindAnnouncement(s *store.Store, scenario int64) int64 {
	in.t.Helper()
	ctx := context.Background()
	leases, err := s.AcquirePartitions(ctx, "crashed", clock.System{}.Now().Add(-time.Hour), time.Second)
	if err != nil {
		in.t.Fatal(err)
	}
	partition := store.PartitionOf(scenario)
	now := clock.System{}.Now()
	accepted, err := s.Accept(ctx, []store.Intake{{
		Webhook: 1, Scenario: scenario, Version: 1, Received: now, Run: true,
		Input: []value.Value{value.Collection(value.F("name", value.Text("Ada")))},
	}})
	if err != nil {
		in.t.Fatal(err)
	}
	run := accepted[0].Run(scenario, leases[partition].Fence)
	input := value.Collection(
		value.F("url", value.Text(in.upstream.URL+"/post")), value.F("method", value.Text("post")), value.F("bodyType", value.Text("raw")),
		value.F("contentType", value.Text("text/plain")), value.F("data", value.Text("Ada")))
	_, err = s.Append(ctx, run, store.Step{
		Start:   &store.Start{At: now, Version: 1},
		Intents: []store.Intent{{Address: "1/1.1/2", Started: now, InputHash: engine.HashInput(in.coerced(input)), Request: input}},
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return accepted[0].ID
}

// coerced returns the input of the HTTP module as the engine evaluates it, with the defaults of its fields.
func (in *installation) coerced(input value.Value) value.Value {
	in.t.Helper()
	m, ok := in.system.Modules.Find("http:ActionSendData", 3)
	if !ok {
		in.t.Fatal("there is no module http:ActionSendData")
	}
	v, err := module.Coerce(input, m.Expect, time.UTC)
	if err != nil {
		in.t.Fatal(err)
	}
	return v
}
