package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// watched is an upstream that notes the methods of all calls, and fails the test for one that could write.
type watched struct {
	mu    sync.Mutex
	reads int
	wrote []string
}

func (w *watched) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.wrote = append(w.wrote, r.Method+" "+r.URL.Path+" "+string(body))
	}
	w.reads++
	out.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(out, `{"data":{"crmhero_user_id":1,"email":"ada@example.com","user_tags":["old"],"attributes":[],"users":[],"leads":[]}}`)
}

// filled returns a value for a field, with those of the first option's nested fields beside it.
func filled(f *module.Field, into *value.Builder) {
	v := value.Text("x")
	switch f.BaseType() {
	case "email":
		v = value.Text("ada@example.com")
	case "url":
		v = value.Text("UP/call")
	case "number", "integer", "uinteger":
		v = value.Int(300)
	case "boolean":
		v = value.False
	case "collection":
		v = value.Collection(value.F("n", value.Text("x")))
	case "array":
		item := value.NewBuilder(2)
		for i := range f.Spec {
			filled(&f.Spec[i], item)
		}
		v = value.Array(item.Build())
		if len(f.Spec) == 1 && f.Spec[0].Name == "" {
			v = value.Array(value.Text("x"))
		}
	case "date":
		v = value.Text("2026-01-01")
	}
	if !f.Default.IsNothing() {
		v = f.Default
	}
	for i := range f.Options {
		if o := &f.Options[i]; i == 0 && f.Default.IsNothing() || value.Equal(o.Value, f.Default) {
			v = o.Value
			for k := range o.Nested {
				filled(&o.Nested[k], into)
			}
		}
	}
	for k := range f.Nested {
		filled(&f.Nested[k], into)
	}
	into.Set(f.Name, v)
}

// anyConnection has the fields of every connection type.
type anyConnection struct{ address string }

func (a anyConnection) Open(_ context.Context, m *module.Description, _ string) (*module.Connection, error) {
	b := value.NewBuilder(8).Set("apiAddress", value.Text(a.address))
	for _, name := range []string{"apiToken", "name", "key", "username", "password"} {
		b.Set(name, value.Text("secret"+name))
	}
	return &module.Connection{Key: "any", App: m.App, Type: m.Connection, Fields: b.Build()}, nil
}

// TestDryRunOfEveryModuleWritesNothing runs each module of every app that there is, with all its fields, by each HTTP method where the
// scenario chooses one. Whatever could write must say what it would have done.
func TestDryRunOfEveryModuleWritesNothing(t *testing.T) {
	t.Parallel()
	w := &watched{}
	st := newStationAt(t, w)
	st.system.Runner.Connections = anyConnection{address: st.upstream.URL + "/v1"}
	st.dataStore("people", "")
	called := st.scenario(demandSchedule, "", startNode)
	tried := 0
	for _, m := range st.system.Modules.All() {
		if m.Run == nil || m.Kind == module.InstantTrigger {
			continue
		}
		methods := []string{""}
		if slices.ContainsFunc(m.Expect, func(f module.Field) bool { return f.Name == "method" }) {
			methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
		}
		for _, method := range methods {
			tried++
			st.runDry(m, method, called)
		}
	}
	if tried < 40 {
		t.Errorf("only %d modules were tried", tried)
	}
	if len(w.wrote) > 0 || w.reads == 0 {
		t.Errorf("the upstream got %d reads and these writes: %v", w.reads, w.wrote)
	}
	if got := st.keys(store.DataStore{ID: 1}); got != "" {
		t.Errorf("records were written: %s", got)
	}
}

// runDry runs one module as a scenario of its own.
func (st *station) runDry(m *module.Module, method string, called int64) {
	st.t.Helper()
	name := strings.TrimSpace(m.FullName() + " " + method)
	parameters, mapper := value.NewBuilder(4), value.NewBuilder(8)
	for i := range m.Parameters {
		filled(&m.Parameters[i], parameters)
	}
	for i := range m.Expect {
		filled(&m.Expect[i], mapper)
	}
	parameters.Set("datastore", value.Text("people")).Set("authenticationType", value.Text("noAuth"))
	mapper.Set("key", value.Text("new")).Set("useMtls", value.False).Set("ca", value.Text(""))
	if m.Name == "CallSubscenario" {
		mapper.Set("scenarioId", value.Int(int(called))).Set("data", value.Collection())
	}
	if m.Name == "UpdateRecord" {
		mapper.Set("insertMissing", value.True)
	}
	if m.Name == "makeApiCall" {
		mapper.Set("url", value.Text("/users"))
	}
	if method != "" {
		mapper.Set("method", value.Text(method))
	}
	node := value.Collection(value.F("id", value.Int(1)), value.F("module", value.Text(m.FullName())), value.F("version", value.Int(m.Version)),
		value.F("parameters", parameters.Build()), value.F("mapper", mapper.Build()))
	id := st.scenario(demandSchedule, "", node.JSON())
	e := st.once(id, api.RunOnce{Dry: true})
	if e.Status != store.Success {
		st.t.Errorf("%s: got %s: %s", name, e.Status, e.Summary.ErrorMessage)
		return
	}
	class := m.Delivery
	if method != "" {
		class = module.MethodDelivery(method)
	}
	operations := st.operations(e.ID)
	if len(operations) != 1 {
		st.t.Errorf("%s: got %d operations, want one", name, len(operations))
		return
	}
	asAlways := class == module.Read && m.Name != "FunctionSleep" // a wait says how long it would be
	if o := operations[0]; (o.Dry == nil) != asAlways || class != module.Read && o.BundleCount == 0 {
		st.t.Errorf("%s: of the class %s it says %+v and puts out %d bundles", name, class, o.Dry, o.BundleCount)
	}
}

// newStationAt is a running service whose upstream is the handler.
func newStationAt(t *testing.T, h http.Handler) *station {
	t.Helper()
	st := newStation(t, &upstream{})
	st.upstream = newInstallation(t, h.ServeHTTP).upstream
	return st
}

// once runs a scenario as the API does, and waits for the end.
func (st *station) once(id int64, r api.RunOnce) store.Execution {
	st.t.Helper()
	started, err := st.control.Services().Running.RunOnce(context.Background(), id, r)
	if err != nil {
		st.t.Fatal(err)
	}
	return st.ended(started.Execution)
}

func (st *station) operations(execution int64) []api.Operation {
	st.t.Helper()
	list, _, err := st.control.Services().Executions.Operations(context.Background(), execution, api.OperationFilter{Limit: store.MaxPage})
	if err != nil {
		st.t.Fatal(err)
	}
	return list
}

// of returns the operations of a module.
func of(list []api.Operation, id int) []api.Operation {
	return slices.DeleteFunc(slices.Clone(list), func(o api.Operation) bool { return o.Module != id })
}

const leadsNodes = `{"id":1,"module":"customerly:listLeads","version":1,"parameters":{"__IMTCONN__":"c"},"mapper":{"limit":1,"sort":"name","sort_direction":"asc"}},
	{"id":2,"module":"customerly:createUpdateUser","version":1,"parameters":{"__IMTCONN__":"c"},"mapper":{"email":"{{1.email}}","name":"Renamed","tags":["vip"],"attributes":[{"key":"plan","value":"gold"}]}},
	{"id":3,"module":"customerly:createUpdateLead","version":1,"parameters":{"__IMTCONN__":"c"},"mapper":{"email":"{{2.email}}","name":"Renamed"}},
	{"id":4,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"people"},"mapper":{"key":"{{3.email}}","data":{"n":"{{2.inserted}}"}}},
	{"id":5,"module":"datastore:GetRecord","version":1,"parameters":{"datastore":"people"},"mapper":{"key":"{{3.email}}"}},
	{"id":6,"module":"util:FunctionIncrement","version":1,"parameters":{"reset":"scenario"},"mapper":{}},
	{"id":7,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/echo?token=t0p","method":"post","headers":[{"name":"Authorization","value":"Bearer secret-value"}],"bodyType":"raw","contentType":"text/plain","data":"{{5.n}}"}},
	{"id":8,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"201","body":"done"}}`

func TestDryRunShowsWhatItWouldDo(t *testing.T) {
	t.Parallel()
	w := &watched{}
	st := newStationAt(t, w)
	box, err := customerly.New(customerly.Options{Leads: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	service := newInstallation(t, box.Handler().ServeHTTP).upstream
	st.system.Runner.Connections = sandboxConnections{address: service.URL + "/v1"}
	people := st.dataStore("people", "")
	id := st.scenario(demandSchedule, "", leadsNodes)
	var lead customerly.Contact
	for c := range box.Leads() {
		if lead.Email == "" || c.Name < lead.Name {
			lead = c
		}
	}
	e := st.once(id, api.RunOnce{Dry: true})
	if e.Status != store.Success || !e.Dry() {
		t.Fatalf("got %s: %s, dry %t", e.Status, e.Summary.ErrorMessage, e.Dry())
	}
	list := st.operations(e.ID)
	user, known := of(list, 2)[0], of(list, 3)[0]
	if r := user.Dry.Request; r.Method != "POST" || r.URL != service.URL+"/v1/users" || r.Headers.Get("authorization").Str() == "" ||
		strings.Contains(r.Headers.JSON(), customerly.DefaultToken) ||
		!strings.Contains(value.Render(*r.Body), `"name":"Renamed"`) || !user.Dry.MadeUp {
		t.Errorf("request: got %+v", r)
	}
	if c := user.Dry.Comparison; c == nil || c.Change != "created" {
		t.Errorf("a user that is not there: got %+v, want one that would be created", c)
	}
	if user.Bundles[0].Get("email").Str() != lead.Email || user.Bundles[0].Get("inserted").Float() != 1 {
		t.Errorf("the made-up bundle is %s, want that of the lead", user.Bundles[0].JSON())
	}
	want := []api.Difference{{Field: "name", Change: "changed", Before: value.Text(lead.Name), After: value.Text("Renamed")}}
	if c := known.Dry.Comparison; c == nil || c.Change != "changed" || len(c.Fields) != 1 || fmt.Sprint(c.Fields) != fmt.Sprint(want) {
		t.Errorf("a lead that is there: got %+v, want a new name", c)
	}
	record := of(list, 4)[0]
	if record.Dry.Record == nil || record.Dry.Record.Key != lead.Email || record.Dry.MadeUp || record.Dry.Comparison.Change != "created" {
		t.Errorf("record: got %+v", record.Dry)
	}
	if read := of(list, 5)[0]; read.Dry != nil || read.Bundles[0].Get("n").Float() != 1 {
		t.Errorf("what was written is read as %v", read.Bundles)
	}
	call := of(list, 7)[0]
	if r := call.Dry.Request; value.Render(*r.Body) != "1" || strings.Contains(r.Headers.JSON(), "secret-value") || call.Bundles[0].Get("statusCode").Float() != 200 {
		t.Errorf("call: got %+v and puts out %v", r, call.Bundles)
	}
	if a := of(list, 8)[0].Dry.Answer; a == nil || a.Status != 201 || a.Body != "done" {
		t.Errorf("answer: got %+v", a)
	}
	st.checkUntouched(id, e.ID, people)
	for _, r := range box.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("the service got %s %s", r.Method, r.Path)
		}
	}
	if len(w.wrote) > 0 || w.reads > 0 {
		t.Errorf("the upstream got %d calls", w.reads)
	}
}

// checkUntouched looks for what a dry run must not leave behind.
func (st *station) checkUntouched(scenario, execution int64, d store.DataStore) {
	st.t.Helper()
	ctx := context.Background()
	if got := st.keys(d); got != "" {
		st.t.Errorf("records were kept: %s", got)
	}
	if kept, err := st.store.Kept(ctx, scenario); err != nil || kept.Len() > 0 {
		st.t.Errorf("variables were kept: %s (%v)", kept.JSON(), err)
	}
	c, err := st.store.Scenario(ctx, scenario)
	if err != nil || !c.Active || c.Errors != 0 {
		st.t.Errorf("the scenario has become %+v (%v)", c, err)
	}
	if n, _ := st.store.IncompleteTotal(scenario); n != 0 {
		st.t.Errorf("%d bundles were set aside", n)
	}
	shown, err := st.control.Services().Executions.List(ctx, api.ExecutionFilter{Scenario: scenario, Limit: 10})
	if err != nil || len(shown.Items) == 0 || !shown.Items[0].Dry {
		st.t.Errorf("the list shows %+v (%v), want a dry run", shown, err)
	}
	j, err := st.store.Load(ctx, execution)
	if err != nil || len(j.Cycles) != 0 {
		st.t.Errorf("cycles were committed: %+v (%v)", j.Cycles, err)
	}
}

func TestFailedDryRunHasNoConsequences(t *testing.T) {
	t.Parallel()
	get := strings.Replace(strings.Replace(putNode, `"put"`, `"get"`, 1), "UP/put", "UP/get", 1)
	for name, settings := range map[string]string{"once": `"maxErrors":1`, "set aside": `"dlq":true,"maxErrors":1`, "sequential": `"dlq":true,"sequential":true`} {
		for _, status := range []int{http.StatusInternalServerError, http.StatusTooManyRequests, http.StatusUnauthorized} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				t.Parallel()
				st := newStation(t, &upstream{refuse: func(string, int) int { return status }})
				people := st.dataStore("people", "")
				id := st.scenario("", settings, hookNode, addNode, get)
				e := st.once(id, api.RunOnce{Dry: true, Input: []value.Value{named("Ada")}})
				if e.Status == store.Success {
					t.Errorf("got %s, want a failure", e.Status)
				}
				if hint := e.Summary.ErrorHint; e.Status == store.Failed && !strings.Contains(hint, "dry run") {
					t.Errorf("the hint %q does not say that this was a dry run", hint)
				}
				st.checkUntouched(id, e.ID, people)
			})
		}
	}
}

func TestDryRunMovesNoCursorAndTakesNoPayload(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	box, err := customerly.New(customerly.Options{Leads: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	service := newInstallation(t, box.Handler().ServeHTTP).upstream
	st.system.Runner.Connections = sandboxConnections{address: service.URL + "/v1"}
	ctx := context.Background()
	watch := st.scenario(demandSchedule, `"roundtrips":3`, `{"id":1,"module":"customerly:watchLeads","version":1,"parameters":{"__IMTCONN__":"c","limit":2},"mapper":{}}`)
	start := store.Cursor{Module: 1, Data: value.AppendBinary(nil, module.StartAt(module.FromStart, time.Time{}, value.Undefined))}
	if err := st.store.SetTriggerCursor(ctx, watch, start); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		e := st.once(watch, api.RunOnce{Dry: true})
		if got := of(st.operations(e.ID), 1); e.Summary.Cycles != 1 || len(got) != 1 || got[0].BundleCount != 2 {
			t.Errorf("got %d cycles with %d operations, want one with the first two leads", e.Summary.Cycles, len(got))
		}
	}
	if c, err := st.store.TriggerCursor(ctx, watch, 1); err != nil || string(c) != string(start.Data) {
		t.Errorf("the cursor has moved to %q (%v)", c, err)
	}

	get := `{"id":3,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/get","method":"get"}}`
	hooked := st.scenario(`{"type":"indefinitely","interval":3600}`, "", hookNode, get, putNode)
	w, err := st.store.SaveWebhook(ctx, store.Webhook{Name: "hook", Scenario: hooked, TokenHash: []byte("h")})
	if err == nil {
		err = st.service.ReloadWebhook(ctx, w.ID)
	}
	if err == nil {
		_, err = st.store.Accept(ctx, []store.Intake{{Webhook: w.ID, Scenario: hooked, Received: clock.System{}.Now(), Input: []value.Value{named("Ada")}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	u.refuse = func(string, int) int { // while the dry run runs
		if items, err := st.store.Queue(ctx, w.ID, 0, 10); err != nil || len(items) != 1 || items[0].Claim != 0 {
			t.Errorf("the queue holds %+v (%v), want the payload, free for others", items, err)
		}
		return 0
	}
	for range 2 {
		e := st.once(hooked, api.RunOnce{Dry: true})
		if got := of(st.operations(e.ID), 2); len(got) != 1 || value.Render(*got[0].Dry.Request.Body) != "Ada" {
			t.Errorf("got %+v (%s), want the payload that waits", got, e.Summary.ErrorMessage)
		}
	}
	if n, _, _ := st.store.QueueTotal(w.ID); n != 1 || len(u.got()) != 2 {
		t.Errorf("%d payloads wait after %d calls, want one after two", n, len(u.got()))
	}
}

// TestDryRunIsDryAfterACrash leaves a dry run behind that has begun, as a kill would, and starts the server.
func TestDryRunIsDryAfterACrash(t *testing.T) {
	t.Parallel()
	w := &watched{}
	in := newInstallation(t, w.ServeHTTP)
	s := in.open()
	get := `{"id":3,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/get","method":"get"}}`
	id, _ := in.add(s, true, "", hookNode, get, postNode, sendNode("{{1.name}}"), addNode)
	if _, err := s.SaveDataStore(t.Context(), store.DataStore{Name: "people"}); err != nil {
		t.Fatal(err)
	}
	begun := in.leaveBehindDryRun(s, id)
	control := &server.Control{Store: s, System: in.system, Clock: clock.System{}} // no server runs
	waiting, err := control.Services().Running.RunOnce(t.Context(), id, api.RunOnce{Dry: true, Input: []value.Value{named("Ada")}})
	if err != nil || waiting.Live {
		t.Fatalf("got %+v (%v), want one that waits for a server", waiting, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = in.open()
	_, stop := in.serve(s)
	st := &station{installation: in, store: s, control: &server.Control{Store: s, System: in.system, Clock: clock.System{}}}
	for _, execution := range []int64{begun, waiting.Execution} {
		e := st.ended(execution)
		list := st.operations(execution)
		if e.Status != store.Success || !e.Dry() || len(of(list, 2)) != 1 || of(list, 2)[0].Dry == nil || of(list, 9)[0].Dry == nil || of(list, 5)[0].Dry == nil {
			t.Errorf("execution %d: got %s: %s with %+v", execution, e.Status, e.Summary.ErrorMessage, list)
		}
	}
	st.checkUntouched(id, begun, store.DataStore{ID: 1})
	stop()
	if len(w.wrote) > 0 || w.reads != 2 {
		t.Errorf("the upstream got %d calls and these writes: %v; want the read of each execution", w.reads, w.wrote)
	}
}

// leaveBehindDryRun leaves the data directory as a crash does in a dry run that has begun.
func (in *installation) leaveBehindDryRun(s *store.Store, scenario int64) int64 {
	in.t.Helper()
	ctx, now := context.Background(), clock.System{}.Now()
	leases, err := s.AcquirePartitions(ctx, "crashed", now.Add(-time.Hour), time.Second)
	if err != nil {
		in.t.Fatal(err)
	}
	accepted, err := s.Accept(ctx, []store.Intake{{
		Scenario: scenario, Version: 1, Received: now, Run: true, Origin: store.ByHand, Mode: store.DryRun, Input: []value.Value{named("Ada")},
	}})
	if err == nil {
		_, err = s.Append(ctx, accepted[0].Run(scenario, leases[store.PartitionOf(scenario)].Fence), store.Step{Start: &store.Start{At: now, Version: 1}})
	}
	if err != nil {
		in.t.Fatal(err)
	}
	return accepted[0].ID
}

func TestScenarioCalledInADryRunIsDry(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	b := st.declared(1, demandSchedule, greeting, "", startNode, strings.Replace(sendNode("{{1.name}}"), `"id":9`, `"id":3`, 1), greetNode)
	for _, wait := range []bool{true, false} {
		a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada"}`, wait), sendNode("{{1.greeting}}"))
		e := st.once(a, api.RunOnce{Dry: true})
		called := of(st.operations(e.ID), 1)
		if e.Status != store.Success || len(called) != 1 || called[0].Dry.Called == nil || called[0].Dry.Called.Scenario != b {
			t.Fatalf("caller: got %s: %s with %+v", e.Status, e.Summary.ErrorMessage, called)
		}
		if wait && called[0].Bundles[0].Get("greeting").Str() != "hello Ada" {
			t.Errorf("outputs: got %s", called[0].Bundles[0].JSON())
		}
		c := st.ended(called[0].Dry.Called.Execution)
		if !c.Dry() || c.Source != e.ID || of(st.operations(c.ID), 3)[0].Dry == nil {
			t.Errorf("called: got %+v, want a dry run", c)
		}
	}
	if got := u.got(); len(got) > 0 {
		t.Errorf("the upstream got %v", got)
	}
}

func TestReplaysOfDryRuns(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	ctx := context.Background()
	id := st.scenario("", "", hookNode, firstNode, secondNode)
	dry := st.once(id, api.RunOnce{Dry: true, Input: []value.Value{named("Ada")}})
	if _, err := st.control.StartReplay(ctx, server.Replay{Execution: dry.ID, From: 3}); err == nil || !strings.Contains(err.Error(), "dry run") {
		t.Errorf("what did not happen was taken as if it had: %v", err)
	}
	for _, c := range []struct {
		name string
		r    server.Replay
		dry  bool
		want []string
	}{
		{"for real, from its beginning", server.Replay{Execution: dry.ID}, false, []string{"/first Ada", "/second Ada"}},
		{"dry, from a module", server.Replay{Execution: dry.ID, From: 3, Dry: true}, true, nil},
		{"dry, from its beginning", server.Replay{Execution: dry.ID, Dry: true}, true, nil},
	} {
		before := len(u.got())
		again, err := st.control.StartReplay(ctx, c.r)
		if err == nil {
			err = st.service.Submit(ctx, again)
		}
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if e := st.ended(again); e.Status != store.Success || e.Dry() != c.dry {
			t.Errorf("%s: got %s: %s, dry %t", c.name, e.Status, e.Summary.ErrorMessage, e.Dry())
		}
		if got := u.got()[before:]; !slices.Equal(got, c.want) {
			t.Errorf("%s: calls: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestDryRunStandsInNobodysWay has a dry run wait for an answer while the scenario, which runs one execution at a time, runs for real, with
// the same key of a data store.
func TestDryRunStandsInNobodysWay(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}, 1), make(chan struct{})
	st := newStationAt(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			asked <- struct{}{}
			<-release
		}
	}))
	people := st.dataStore("people", "")
	get := strings.Replace(strings.Replace(putNode, `"put"`, `"{{1.method}}"`, 1), "UP/put", "UP/get", 1)
	id := st.scenario("", `"sequential":true`, hookNode, addNode, get)
	input := func(method string) value.Value {
		return value.Collection(value.F("name", value.Text("Ada")), value.F("method", value.Text(method)))
	}
	started, err := st.control.Services().Running.RunOnce(t.Context(), id, api.RunOnce{Dry: true, Input: []value.Value{input("get")}})
	if err != nil {
		t.Fatal(err)
	}
	<-asked
	if e := st.run(id, input("put")); e.Status != store.Success {
		t.Errorf("got %s: %s", e.Status, e.Summary.ErrorMessage)
	}
	if open, err := st.store.HasOpen(t.Context(), id); err != nil || open {
		t.Errorf("the dry run keeps the schedule from starting (%v)", err)
	}
	close(release)
	if e := st.ended(started.Execution); e.Status != store.Success {
		t.Errorf("dry run: got %s: %s", e.Status, e.Summary.ErrorMessage)
	}
	if got := st.keys(people); got != `Ada{"n":"Ada"}` {
		t.Errorf("records: got %s", got)
	}
}
