package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	demandSchedule = `{"type":"on-demand"}`
	startNode      = `{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}}`
	greeting       = `"input":[{"name":"name","type":"text","required":true},{"name":"count","type":"number","default":2}],"output":[{"name":"greeting","type":"text"},{"name":"twice","type":"number"}]`
	greetNode      = `{"id":2,"module":"scenario-service:ReturnData","version":2,"parameters":{},"mapper":{"greeting":"hello {{1.name}}","twice":"{{var.input.count * 2}}"}}`
)

// declared saves an active scenario with declared inputs and outputs in a team.
func (st *station) declared(team int64, schedule, declares, settings string, nodes ...string) int64 {
	st.t.Helper()
	ctx := context.Background()
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", st.upstream.URL)
	id, _, _, err := st.store.SaveScenario(ctx, store.SaveScenario{Name: "declared", Team: team, Schedule: schedule, Blueprint: []byte(
		`{"name":"declared","interface":{` + declares + `},"flow":[` + flow + `],"metadata":{"version":1,"scenario":{` + settings + `}}}`)})
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

func callNode(scenario int64, data string, wait bool) string {
	return fmt.Sprintf(`{"id":1,"module":"scenario-service:CallSubscenario","version":2,"parameters":{},"mapper":{"scenarioId":"%d","data":%s,"shouldWaitForExecutionEnd":%t}}`, scenario, data, wait)
}

func sendNode(text string) string {
	return `{"id":9,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/sent","method":"put","bodyType":"raw","contentType":"text/plain","data":"` + text + `"}}`
}

// called lists the executions of a scenario.
func (st *station) called(scenario int64) []store.Execution {
	st.t.Helper()
	list, err := st.store.History(context.Background(), store.HistoryFilter{Scenario: scenario})
	if err != nil {
		st.t.Fatal(err)
	}
	return list
}

func TestScenarioCallsAnother(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	b := st.declared(1, demandSchedule, greeting, "", startNode, greetNode)
	a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada","count":"3"}`, true), sendNode("{{1.greeting}} {{1.twice + 1}}"))
	if e := st.run(a); e.Status != store.Success {
		t.Fatalf("caller: got %v %s", e.Status, e.Summary.ErrorMessage)
	}
	if got := u.got(); len(got) != 1 || got[0] != "/sent hello Ada 7" {
		t.Errorf("upstream: got %v, want the outputs of the called scenario", got)
	}
	list := st.called(b)
	if len(list) != 1 || list[0].Origin != store.ByScenario || list[0].Source == 0 || string(list[0].Summary.Outputs) != `{"greeting":"hello Ada","twice":6}` {
		t.Errorf("called: got %+v, want one with its outputs, by a scenario", list)
	}
	d, err := st.control.Services().Executions.Get(t.Context(), list[0].ID)
	if err != nil || d.Inputs == nil || d.Inputs.JSON() != `{"name":"Ada","count":3}` || d.Outputs == nil || d.Outputs.Get("twice").Float() != 6 || d.InputBundles != 0 {
		t.Errorf("shown: got %+v (%v)", d, err)
	}
}

func TestScenarioStartsAnotherWithoutWaiting(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	b := st.declared(1, demandSchedule, greeting, "", startNode, greetNode)
	a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada"}`, false), sendNode("{{1.executionId}}"))
	if e := st.run(a); e.Status != store.Success {
		t.Fatalf("caller: got %v %s", e.Status, e.Summary.ErrorMessage)
	}
	st.until("the called one ends", func() bool { return len(st.called(b)) == 1 })
	if got, want := u.got()[0], fmt.Sprintf("/sent %d", st.called(b)[0].ID); got != want {
		t.Errorf("upstream: got %q, want %q", got, want)
	}
}

func TestCallsThatAreRefused(t *testing.T) {
	t.Parallel()
	st := newStation(t, &upstream{})
	ctx := t.Context()
	if _, err := st.store.SaveTeam(ctx, store.Team{Organization: 1, Name: "Other"}); err != nil {
		t.Fatal(err)
	}
	b := st.declared(1, demandSchedule, greeting, "", startNode, greetNode)
	foreign := st.declared(2, demandSchedule, greeting, "", startNode, greetNode)
	scheduled := st.declared(1, `{"type":"daily","time":"09:00"}`, "", "", `{"id":1,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"x"}}`)
	failing := st.declared(1, demandSchedule, "", "", startNode, `{"id":2,"module":"json:ParseJSON","version":1,"parameters":{},"mapper":{"json":"{"}}`)
	tests := []struct{ name, node, want string }{
		{"another team", callNode(foreign, `{"name":"Ada"}`, true), "no active scenario"},
		{"absent", callNode(999, `{}`, true), "no active scenario 999"},
		{"on a schedule", callNode(scheduled, `{}`, true), "does not run on demand"},
		{"an input is missing", callNode(b, `{}`, true), "name: Missing value of required parameter"},
		{"an input is not known", callNode(b, `{"name":"Ada","cuont":1}`, true), "no input \"cuont\""},
		{"an input does not fit", callNode(b, `{"name":"Ada","count":"many"}`, true), "count: "},
		{"it fails", callNode(failing, `{}`, true), "The called scenario failed"},
	}
	for _, tc := range tests {
		e := st.run(st.scenario(demandSchedule, "", tc.node))
		if e.Status != store.Failed || !strings.Contains(e.Summary.ErrorMessage, tc.want) {
			t.Errorf("%s: got %v %q, want a failure with %q", tc.name, e.Status, e.Summary.ErrorMessage, tc.want)
		}
	}
	if list := st.called(foreign); len(list) != 0 {
		t.Errorf("the scenario of another team ran: %+v", list)
	}
}

func TestCallsInACircleEnd(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		settings, want string
		most           int
	}{
		{"", "which is the limit: ", server.MaxCallDepth},
		{`"sequential":true`, "would wait for itself: ", 1},
	} {
		st := newStation(t, &upstream{})
		var own int64 = 1 // the first scenario of a new directory
		id := st.declared(1, demandSchedule, "", tc.settings, callNode(own, `{}`, true))
		if id != own {
			t.Fatalf("got scenario %d, want %d", id, own)
		}
		e := st.run(id)
		if e.Status != store.Failed || !strings.Contains(e.Summary.ErrorMessage, tc.want) {
			t.Errorf("%s: got %v %q, want %q", tc.settings, e.Status, e.Summary.ErrorMessage, tc.want)
		}
		if list := st.called(id); len(list) != tc.most {
			t.Errorf("%s: got %d executions, want %d", tc.settings, len(list), tc.most)
		}
	}
}

// A caller that is left while it waits finds the same called execution when it goes on.
func TestCallIsFoundAgainAfterAStop(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	u := &upstream{}
	in := newInstallation(t, func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(reached); <-release })
		u.ServeHTTP(w, r)
	})
	st := &station{installation: in, store: in.open()}
	start := func() {
		var err error
		if st.service, err = server.StartService(context.Background(), in.system, st.store, clock.System{}, slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
	}
	start()
	b := st.declared(1, demandSchedule, greeting, "", startNode, sendNode("called"), greetNode)
	a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada"}`, true), sendNode("{{1.greeting}}"))
	accepted, err := st.store.Accept(t.Context(), []store.Intake{{Scenario: a, Version: 1, Received: clock.System{}.Now(), Run: true, Origin: store.ByHand}})
	if err == nil {
		err = st.service.Submit(t.Context(), accepted[0].ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	<-reached
	closed := make(chan struct{})
	go func() { st.service.Close(); close(closed) }()
	close(release)
	<-closed
	if err := st.store.Close(); err != nil {
		t.Fatal(err)
	}
	st.store = in.open()
	defer st.store.Close()
	start()
	defer st.service.Close()
	if e := st.ended(accepted[0].ID); e.Status != store.Success {
		t.Errorf("caller: got %v %s", e.Status, e.Summary.ErrorMessage)
	}
	if got := strings.Join(u.got(), ", "); got != "/sent called, /sent hello Ada" {
		t.Errorf("upstream: got %s, want each call once", got)
	}
	if list := st.called(b); len(list) != 1 {
		t.Errorf("got %d called executions, want 1", len(list))
	}
}

// More callers than may run at once wait for executions that need a place themselves.
func TestCallersLeaveRoomForWhatTheyCall(t *testing.T) {
	t.Parallel()
	const callers = 300
	st := newStation(t, &upstream{})
	b := st.declared(1, demandSchedule, greeting, "", startNode, greetNode)
	a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada"}`, true))
	list := make([]store.Intake, 100)
	for i := range list {
		list[i] = store.Intake{Scenario: a, Version: 1, Received: clock.System{}.Now(), Run: true, Origin: store.ByHand}
	}
	var ids []int64
	for range callers / len(list) {
		accepted, err := st.store.Accept(t.Context(), list)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range accepted {
			ids = append(ids, x.ID)
		}
	}
	for _, id := range ids {
		if err := st.service.Submit(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids {
		if e := st.ended(id); e.Status != store.Success {
			t.Fatalf("execution %d: got %v %s", id, e.Status, e.Summary.ErrorMessage)
		}
	}
}

func TestConfidentialOutputsAreNotKept(t *testing.T) {
	t.Parallel()
	u := &upstream{}
	st := newStation(t, u)
	b := st.declared(1, demandSchedule, greeting, `"confidential":true`, startNode, greetNode)
	a := st.scenario(demandSchedule, "", callNode(b, `{"name":"Ada"}`, true), sendNode("{{1.greeting}}"))
	if e := st.run(a); e.Status != store.Success {
		t.Fatalf("caller: got %v %s", e.Status, e.Summary.ErrorMessage)
	}
	if got := u.got(); len(got) != 1 || got[0] != "/sent hello Ada" {
		t.Errorf("upstream: got %v", got)
	}
	if list := st.called(b); len(list) != 1 || list[0].Summary.Outputs != nil || !list[0].Summary.OutputsDropped {
		t.Errorf("called: got %+v, want no outputs kept", list)
	}
}

// A bundle that is retried sees the inputs that its execution was started with.
func TestRetrySeesTheInputs(t *testing.T) {
	t.Parallel()
	u := &upstream{refuse: func(_ string, before int) int {
		if before == 0 {
			return 503
		}
		return 0
	}}
	st := newStation(t, u)
	b := st.declared(1, demandSchedule, greeting, `"dlq":true`, startNode, sendNode("{{var.input.name}}"), greetNode)
	in := value.Collection(value.F("name", value.Text("Ada")))
	started, err := st.control.Services().Running.RunOnce(t.Context(), b, runWith(in))
	if err != nil {
		t.Fatal(err)
	}
	st.ended(started.Execution)
	list, err := st.control.Services().Incompletes.List(t.Context(), incompleteOf(b))
	if err != nil || len(list) != 1 {
		t.Fatalf("incomplete: got %+v (%v), want one", list, err)
	}
	if _, err := st.control.Services().Incompletes.Decide(t.Context(), list[0].ID, 0, decideRetry()); err != nil {
		t.Fatal(err)
	}
	st.until("the retry ends", func() bool { return len(st.called(b)) == 2 })
	if got := strings.Join(u.got(), ", "); got != "/sent Ada, /sent Ada" {
		t.Errorf("upstream: got %s, want the input both times", got)
	}
}
