package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// patience is how long a test waits for what must happen at once.
const patience = 2 * time.Minute

// upstream answers calls as the test says, and remembers them.
type upstream struct {
	mu     sync.Mutex
	calls  []string
	refuse func(call string, before int) int // status to answer with, 0 = 200; before is how often the call was made
}

// ServeHTTP takes a call.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := r.URL.Path + " " + string(body)
	u.mu.Lock()
	defer u.mu.Unlock()
	before := 0
	for _, c := range u.calls {
		if c == call {
			before++
		}
	}
	u.calls = append(u.calls, call)
	if u.refuse != nil {
		if status := u.refuse(call, before); status != 0 {
			w.WriteHeader(status)
		}
	}
}

func (u *upstream) got() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.calls)
}

// station is a running service with its store.
type station struct {
	*installation
	store   *store.Store
	service *server.Service
	control *server.Control
}

func newStation(t *testing.T, u *upstream) *station {
	t.Helper()
	in := newInstallation(t, u.ServeHTTP)
	st := &station{installation: in, store: in.open()}
	var err error
	st.service, err = server.StartService(context.Background(), in.system, st.store, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	st.control = &server.Control{Store: st.store, System: in.system, Clock: clock.System{}, Live: st.service}
	t.Cleanup(func() {
		st.service.Close()
		if err := st.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// scenario saves an active scenario and makes the service take it up.
func (st *station) scenario(schedule, settings string, nodes ...string) int64 {
	st.t.Helper()
	ctx := context.Background()
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", st.upstream.URL)
	id, _, _, err := st.store.SaveScenario(ctx, store.SaveScenario{
		Name: "test", Schedule: schedule, Blueprint: []byte(`{"name":"test","flow":[` + flow + `],"metadata":{"version":1,"scenario":{` + settings + `}}}`),
	})
	if err == nil {
		err = st.store.Activate(ctx, id, true, time.Time{})
	}
	if err == nil {
		err = st.service.ReloadScenario(ctx, id)
	}
	if err != nil {
		st.t.Fatal(err)
	}
	return id
}

// run starts an execution by hand and waits for its end.
func (st *station) run(scenario int64, input ...value.Value) store.Execution {
	st.t.Helper()
	ctx := context.Background()
	c, err := st.store.Scenario(ctx, scenario)
	if err != nil {
		st.t.Fatal(err)
	}
	accepted, err := st.store.Accept(ctx, []store.Intake{{Scenario: scenario, Version: c.Version, Received: clock.System{}.Now(), Input: input, Run: true, Origin: store.ByHand}})
	if err == nil {
		err = st.service.Submit(ctx, accepted[0].ID)
	}
	if err != nil {
		st.t.Fatal(err)
	}
	return st.ended(accepted[0].ID)
}

// ended waits for the end of an execution.
func (st *station) ended(id int64) store.Execution {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		e, err := st.store.Execution(ctx, id)
		if err != nil {
			st.t.Fatalf("execution %d: %v", id, err)
		}
		if e.Status.Finished() {
			return e
		}
		_ = clock.System{}.Sleep(ctx, time.Millisecond) // the next read says that the time is over
	}
}

// until waits for what must become true.
func (st *station) until(what string, is func() bool) {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !is() {
		if (clock.System{}).Sleep(ctx, time.Millisecond) != nil {
			st.t.Fatalf("waited in vain for %s", what)
		}
	}
}

func (st *station) dataStore(name, structure string) store.DataStore {
	st.t.Helper()
	d, err := st.store.SaveDataStore(context.Background(), store.DataStore{Name: name, Structure: structure})
	if err != nil {
		st.t.Fatal(err)
	}
	return d
}

func (st *station) keys(d store.DataStore) string {
	st.t.Helper()
	var keys []string
	for r, err := range st.store.EachRecord(context.Background(), d.ID) {
		if err != nil {
			st.t.Fatal(err)
		}
		keys = append(keys, r.Key+r.Data.JSON())
	}
	return strings.Join(keys, " ")
}

func named(name string) value.Value { return value.Collection(value.F("name", value.Text(name))) }

const (
	addNode  = `{"id":5,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"people"},"mapper":{"key":"{{1.name}}","data":{"n":"{{1.name}}"}}}`
	readNode = `{"id":6,"module":"datastore:GetRecord","version":1,"parameters":{"datastore":"people"},"mapper":{"key":"{{1.name}}"}}`
	echoNode = `{"id":7,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/echo","method":"put","bodyType":"raw","contentType":"text/plain","data":"{{1.name}} {{6.n}}"}}`
)

func TestDataStoresAreWrittenWithTheirCycle(t *testing.T) {
	t.Parallel()
	refuse := func(call string, _ int) int {
		if strings.Contains(call, "bad") {
			return http.StatusBadRequest
		}
		return 0
	}
	for _, c := range []struct{ name, settings, bundle, want, calls string }{
		{"committed at the end", `"autoCommit":false`, "good", `good{"n":"good"}`, "/echo good good"},
		{"rolled back at the end", `"autoCommit":false`, "bad", "", "/echo bad bad"},
		{"committed at once", `"autoCommit":true`, "bad", `bad{"n":"bad"}`, "/echo bad bad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			u := &upstream{refuse: refuse}
			st := newStation(t, u)
			people := st.dataStore("people", "")
			id := st.scenario("", c.settings, hookNode, addNode, readNode, echoNode)
			st.run(id, named(c.bundle))
			if got := st.keys(people); got != c.want {
				t.Errorf("records: got %q, want %q", got, c.want)
			}
			if got := strings.Join(u.got(), ", "); got != c.calls {
				t.Errorf("calls: got %q, want %q: the execution sees its own change", got, c.calls)
			}
		})
	}
}

func TestDataStoreRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	st := newStation(t, &upstream{})
	st.dataStore("people", `{"strict":true,"fields":[{"name":"n","type":"number","required":true}]}`)
	id := st.scenario("", "", hookNode, addNode)
	e := st.run(id, named("Ada"))
	if e.Status != store.Failed || e.Summary.ErrorKind != "BundleValidationError" || !strings.Contains(e.Summary.ErrorMessage, "n") {
		t.Errorf("got %s: %s %s; want the field that does not fit", e.Status, e.Summary.ErrorKind, e.Summary.ErrorMessage)
	}
	e = st.run(st.scenario("", "", hookNode, strings.Replace(addNode, `"people"`, `"nobody"`, 1)), named("Ada"))
	if e.Summary.ErrorKind != "InvalidConfigurationError" {
		t.Errorf("got %s; want that there is no such data store", e.Summary.ErrorKind)
	}
}

// firstNode and secondNode call the upstream one after the other.
const (
	firstNode  = `{"id":2,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/first","method":"post","bodyType":"raw","contentType":"text/plain","data":"{{1.name}}"}}`
	secondNode = `{"id":3,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/second","method":"put","bodyType":"raw","contentType":"text/plain","data":"{{1.name}}"}}`
)

func TestExecutionIsRunAgainFromItsRecords(t *testing.T) {
	t.Parallel()
	u := &upstream{refuse: func(call string, before int) int {
		if strings.HasPrefix(call, "/second") && before < 2 {
			return http.StatusServiceUnavailable
		}
		return 0
	}}
	st := newStation(t, u)
	ctx := context.Background()
	people := st.dataStore("people", "")
	id := st.scenario("", `"autoCommit":false`, hookNode, firstNode, addNode, secondNode)
	e := st.run(id, named("Ada"))
	if e.Status != store.Failed || e.Summary.FailedModule != 3 || st.keys(people) != "" {
		t.Fatalf("got %s at module %d, records %q; want it failed at module 3 and rolled back", e.Status, e.Summary.FailedModule, st.keys(people))
	}
	for range 2 {
		list, err := st.store.Incompletes(ctx, store.IncompleteFilter{Scenario: id, Whole: true})
		if err != nil || len(list) != 1 || list[0].State != store.Pending || list[0].Due.IsZero() {
			t.Fatalf("got %+v (%v), want the execution waiting to be run again", list, err)
		}
		before := list[0].Execution
		_, err = st.store.ChangeIncomplete(ctx, store.ChangeIncomplete{
			ID: list[0].ID, Revision: list[0].Revision, State: store.Pending, Attempts: list[0].Attempts, Due: clock.System{}.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
		st.service.LookForRetries()
		st.until("the next attempt", func() bool {
			i, err := st.store.Incomplete(ctx, list[0].ID)
			return err == nil && i.Execution != before && i.State != store.InProgress
		})
	}
	want := []string{"/first Ada", "/second Ada", "/second Ada", "/second Ada"}
	if got := u.got(); !slices.Equal(got, want) {
		t.Errorf("calls: got %v, want %v", got, want)
	}
	if got := st.keys(people); got != `Ada{"n":"Ada"}` {
		t.Errorf("records: got %q, want that of the recorded operation, committed with the last attempt", got)
	}
	st.until("the count of incomplete executions, which follows their rows", func() bool { n, _ := st.store.IncompleteTotal(id); return n == 0 })
}

func TestReplay(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	ctx := context.Background()
	id := st.scenario("", "", hookNode, firstNode, secondNode)
	e := st.run(id, named("Ada"))
	for _, c := range []struct {
		name string
		r    server.Replay
		want []string
	}{
		{"from the trigger", server.Replay{Execution: e.ID}, []string{"/first Ada", "/second Ada"}},
		{"from a module", server.Replay{Execution: e.ID, From: 3}, []string{"/second Ada"}},
		{"from a module, newest version", server.Replay{Execution: e.ID, From: 3, Newest: true}, []string{"/second Ada!"}},
		{"from the trigger, newest version", server.Replay{Execution: e.ID, Newest: true}, []string{"/first Ada", "/second Ada!"}},
	} {
		if c.r.Newest {
			st.save(id, hookNode, firstNode, strings.Replace(secondNode, "{{1.name}}", "{{1.name}}!", 1))
		}
		before := len(u.got())
		again, err := st.control.StartReplay(ctx, c.r)
		if err == nil {
			err = st.service.Submit(ctx, again)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := st.ended(again); got.Status != store.Success || got.Source != e.ID {
			t.Errorf("%s: got %s: %s", c.name, got.Status, got.Summary.ErrorMessage)
		}
		if got := u.got()[before:]; !slices.Equal(got, c.want) {
			t.Errorf("%s: calls: got %v, want %v", c.name, got, c.want)
		}
	}
	if _, err := st.control.StartReplay(ctx, server.Replay{Execution: e.ID, From: 99}); err == nil {
		t.Error("a replay from a module that is not there was taken")
	}
}

// save saves a new version of a scenario.
func (st *station) save(id int64, nodes ...string) {
	st.t.Helper()
	ctx := context.Background()
	c, err := st.store.Scenario(ctx, id)
	if err != nil {
		st.t.Fatal(err)
	}
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", st.upstream.URL)
	_, _, _, err = st.store.SaveScenario(ctx, store.SaveScenario{
		Scenario: id, Revision: c.Revision, Name: c.Name, Schedule: c.Schedule, Settings: c.Settings,
		Blueprint: []byte(`{"name":"test","flow":[` + flow + `],"metadata":{"version":1}}`),
	})
	if err == nil {
		err = st.service.ReloadScenario(ctx, id)
	}
	if err != nil {
		st.t.Fatal(err)
	}
}

func TestCursorMovesWithItsCycle(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	box, err := customerly.New(customerly.Options{Leads: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	api := newInstallation(t, box.Handler().ServeHTTP).upstream
	st.system.Runner.Connections = sandboxConnections{address: api.URL + "/v1"}
	id := st.scenario(`{"type":"on-demand"}`, "",
		`{"id":1,"module":"customerly:watchLeads","version":1,"parameters":{"__IMTCONN__":"c","limit":2},"mapper":{}}`,
		strings.Replace(putNode, "{{1.name}}", "{{1.email}}", 1))
	ctx := context.Background()
	start := store.Cursor{Module: 1, Data: value.AppendBinary(nil, module.StartAt(module.FromStart, time.Time{}, value.Undefined))}
	if err := st.store.SetTriggerCursor(ctx, id, start); err != nil {
		t.Fatal(err)
	}
	refused := 0
	u.refuse = func(string, int) int { // the whole second execution
		if n := len(u.calls); n == 3 {
			refused++
			return http.StatusBadRequest
		}
		return 0
	}
	statuses := make([]string, 0, 5)
	for range 5 {
		statuses = append(statuses, st.run(id).Status.String())
	}
	if want := []string{"success", "error", "success", "success", "success"}; !slices.Equal(statuses, want) {
		t.Fatalf("executions: got %v, want %v", statuses, want)
	}
	calls := u.got() // two, one that was refused, the same again and one more, the last one
	if len(calls) != 6 || calls[2] != calls[3] || refused != 1 {
		t.Fatalf("calls: got %v, want five leads and the one again whose cycle was rolled back", calls)
	}
	slices.Sort(calls)
	if distinct := slices.Compact(calls); len(distinct) != 5 {
		t.Errorf("got %d leads, want 5", len(distinct))
	}
}

func TestScheduledScenarioTakesPayloadsFromItsQueue(t *testing.T) {
	t.Parallel()
	u := &upstream{refuse: func(call string, before int) int {
		if strings.HasSuffix(call, "n3") && before == 0 {
			return http.StatusBadRequest
		}
		return 0
	}}
	st := newStation(t, u)
	ctx := context.Background()
	id := st.scenario(`{"type":"indefinitely","interval":3600}`, `"roundtrips":10`, hookNode, putNode)
	w, err := st.store.SaveWebhook(ctx, store.Webhook{Name: "hook", Scenario: id, TokenHash: []byte("h")})
	if err == nil {
		err = st.service.ReloadWebhook(ctx, w.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		_, err := st.store.Accept(ctx, []store.Intake{{Webhook: w.ID, Scenario: id, Received: clock.System{}.Now(), Input: []value.Value{named(fmt.Sprint("n", i+1))}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	first := st.run(id)
	if first.Status != store.Failed {
		t.Errorf("after a refusal: got %s, want a failed execution", first.Status)
	}
	st.until("the count of the 3 payloads that were not worked on", func() bool { n, _, _ := st.store.QueueTotal(w.ID); return n == 3 })
	second := st.run(id)
	if second.Status != store.Success || second.Summary.Cycles != 4 {
		t.Errorf("then: got %s, %d cycles; want 3 cycles and an empty one", second.Status, second.Summary.Cycles)
	}
	st.until("an empty queue", func() bool { n, _, _ := st.store.QueueTotal(w.ID); return n == 0 })
	want := []string{"/put n1", "/put n2", "/put n3", "/put n3", "/put n4", "/put n5"}
	if got := u.got(); !slices.Equal(got, want) {
		t.Errorf("calls: got %v, want %v", got, want)
	}
}

func TestCancelledExecutionEnds(t *testing.T) {
	t.Parallel()
	begun, release := make(chan struct{}), make(chan struct{})
	in := newInstallation(t, func(http.ResponseWriter, *http.Request) { close(begun); <-release })
	st := &station{installation: in, store: in.open()}
	var err error
	if st.service, err = server.StartService(context.Background(), in.system, st.store, clock.System{}, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	defer func() {
		st.service.Close()
		if err := st.store.Close(); err != nil {
			t.Error(err)
		}
	}()
	id := st.scenario("", "", hookNode, putNode, strings.Replace(secondNode, "UP/second", "UP/never", 1))
	ctx := context.Background()
	accepted, err := st.store.Accept(ctx, []store.Intake{{Scenario: id, Version: 1, Received: clock.System{}.Now(), Input: []value.Value{named("Ada")}, Run: true, Origin: store.ByHand}})
	if err == nil {
		err = st.service.Submit(ctx, accepted[0].ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := st.service.Cancel(ctx, accepted[0].ID); err != nil {
		t.Error(err)
	}
	close(release)
	if e := st.ended(accepted[0].ID); e.Status != store.Stopped || e.Summary.ErrorKind != "ExecutionInterruptedError" {
		t.Errorf("got %s: %s, want it stopped after the operation that ran", e.Status, e.Summary.ErrorKind)
	}
	if err := st.service.Cancel(ctx, accepted[0].ID); err == nil {
		t.Error("an execution that has ended was cancelled")
	}
}
