package server

import (
	"context"
	"errors"
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
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// stage is a service whose loops do not run: a test calls what they would, at the time that its clock shows.
type stage struct {
	*Service
	t        *testing.T
	clock    *clock.Fake
	upstream string
	calls    chan string // paths of the calls
	answer   chan struct{}
}

// newStage makes a service that has not begun. gated lets every call wait for one value of answer.
func newStage(t *testing.T, gated bool) *stage {
	t.Helper()
	return newStageWith(t, gated, func(*store.Options) {})
}

// newStageWith makes a service whose store has other options.
func newStageWith(t *testing.T, gated bool, change func(*store.Options)) *stage {
	t.Helper()
	st := &stage{t: t, clock: clock.NewFake(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)), calls: make(chan string, 4096), answer: make(chan struct{}, 4096)}
	up := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		st.calls <- r.URL.Path
		if gated {
			<-st.answer
		}
	}))
	t.Cleanup(up.Close)
	st.upstream = up.URL
	system, err := Assemble(Options{Allow: []string{"loopback"}, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	options := store.Options{Clock: st.clock}
	change(&options)
	data, err := store.Open(t.Context(), t.TempDir(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := data.Close(); err != nil {
			t.Error(err)
		}
	})
	st.Service = newService(t.Context(), system, data, st.clock, slog.New(slog.DiscardHandler))
	return st
}

func (st *stage) start() {
	st.t.Helper()
	if err := st.begin(st.t.Context()); err != nil {
		st.t.Fatal(err)
	}
	st.t.Cleanup(st.Close)
}

const (
	hookFlow = `{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1},"mapper":{}}`
	putFlow  = `{"id":%d,"module":"http:ActionSendData","version":3,"parameters":{"handleErrors":true},"mapper":{"url":"UP/%s","method":"put","bodyType":"raw","contentType":"text/plain","data":"x"}}`
)

// put is the node of a call.
func put(id int, path string) string { return fmt.Sprintf(putFlow, id, path) }

// add saves a scenario with a webhook that feeds it; the settings are those of the blueprint and of the scenario.
func (st *stage) add(schedule, settings, own string, nodes ...string) (scenario, webhook int64) {
	st.t.Helper()
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", st.upstream)
	id, _, _, err := st.store.SaveScenario(st.t.Context(), store.SaveScenario{
		Name: "test", Schedule: schedule, Settings: own,
		Blueprint: []byte(`{"name":"test","flow":[` + flow + `],"metadata":{"version":1,"scenario":{` + settings + `},"ropeway":{"timezone":"Europe/Rome"}}}`),
	})
	if err != nil {
		st.t.Fatal(err)
	}
	return id, st.addHookOf(id, 1)
}

func (st *stage) addHookOf(scenario int64, n byte) int64 {
	st.t.Helper()
	hash := make([]byte, 32)
	hash[0], hash[1] = byte(scenario), n
	webhook, err := st.store.SaveWebhook(st.t.Context(), store.Webhook{Name: fmt.Sprint("hook ", scenario, n), Scenario: scenario, TokenHash: hash})
	if err != nil {
		st.t.Fatal(err)
	}
	return webhook.ID
}

// activate does what starting and stopping a scenario do.
func (st *stage) activate(scenario int64, active bool, due time.Time) {
	st.t.Helper()
	if err := st.store.Activate(st.t.Context(), scenario, active, due); err != nil {
		st.t.Fatal(err)
	}
	if err := st.ReloadScenario(st.t.Context(), scenario); err != nil {
		st.t.Fatal(err)
	}
}

// queuePayloads stores payloads as calls of a webhook of an inactive scenario do.
func (st *stage) queuePayloads(scenario, webhook int64, names ...string) []int64 {
	st.t.Helper()
	var ids []int64
	for _, name := range names {
		accepted, err := st.store.Accept(st.t.Context(), []store.Intake{{
			Webhook: webhook, Scenario: scenario, Received: st.clock.Now(), Input: []value.Value{value.Collection(value.F("name", value.Text(name)))},
		}})
		if err != nil {
			st.t.Fatal(err)
		}
		ids = append(ids, accepted[0].ID)
	}
	return ids
}

// settle waits until nothing runs and nothing waits in memory, looking for work as the loop would.
func (st *stage) settle() {
	st.t.Helper()
	for rounds := 0; rounds < 2; rounds++ { // what ended during one round may let the next start something
		st.lookForWork(st.t.Context())
		idle := st.idleLines()
		if running, waiting := st.dispatcher.Total(); !idle || running+waiting > 0 || !st.idleLines() {
			rounds = -1
			st.wait()
		}
	}
}

// wait lets what runs have the processor for a moment.
func (st *stage) wait() {
	st.t.Helper()
	if err := (clock.System{}).Sleep(st.t.Context(), time.Millisecond); err != nil {
		st.t.Fatal(err)
	}
}

// idleLines reports whether no line is being filled or can be.
func (st *stage) idleLines() bool {
	st.lines.mu.Lock()
	for _, l := range st.lines.byScenario {
		if l.filling {
			st.lines.mu.Unlock()
			return false
		}
	}
	st.lines.mu.Unlock()
	return !slices.ContainsFunc(st.lines.waiting(), st.fills)
}

// advance moves the clock, and renews the lease as the loop would.
func (st *stage) advance(d time.Duration) {
	st.clock.Advance(d)
	st.renewOnce(st.t.Context())
}

// fills reports whether the line of a scenario can be filled.
func (st *stage) fills(scenario int64) bool {
	sc := st.scenario(scenario)
	return sc != nil && sc.immediately && !st.heldUp(sc)
}

// taken returns the paths of the calls so far.
func (st *stage) taken() []string {
	var list []string
	for len(st.calls) > 0 {
		list = append(list, <-st.calls)
	}
	return list
}

func (st *stage) history(scenario int64) []store.Execution {
	st.t.Helper()
	list, err := st.store.History(st.t.Context(), store.HistoryFilter{Scenario: scenario, Limit: store.MaxPage})
	if err != nil {
		st.t.Fatal(err)
	}
	return list
}

func TestClockThatJumps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy string
		want   int // executions for a day of missed hours
	}{{"skip", 0}, {"once", 1}, {"", 1}, {"all", 24}}
	for _, tt := range tests {
		t.Run(tt.policy, func(t *testing.T) {
			t.Parallel()
			st := newStage(t, false)
			id, _ := st.add(`{"type":"indefinitely","interval":3600}`, "", `{"catchUp":"`+tt.policy+`"}`, put(1, "tick"))
			st.start()
			st.activate(id, true, st.clock.Now())
			st.settle()
			if got := len(st.taken()); got != 1 {
				t.Fatalf("first run: got %d calls, want 1", got)
			}
			st.advance(24*time.Hour + 10*time.Minute)
			st.settle()
			if got := len(st.taken()); got != tt.want {
				t.Errorf("a day forward: got %d runs, want %d", got, tt.want)
			}
			st.advance(-time.Hour)
			st.settle()
			if got := len(st.taken()); got != 0 {
				t.Errorf("an hour back: got %d runs again", got)
			}
			st.advance(110 * time.Minute) // to the next full hour
			st.settle()
			if got := len(st.taken()); got != 1 {
				t.Errorf("after that: got %d runs, want 1", got)
			}
		})
	}
}

func TestDailyScheduleWhenTheClocksChange(t *testing.T) {
	t.Parallel()
	for _, first := range []time.Time{time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC)} {
		t.Run(first.Format(time.DateOnly), func(t *testing.T) {
			t.Parallel()
			runDaily(t, first)
		})
	}
}

// runDaily runs a daily scenario for five days from first, looking every hour.
func runDaily(t *testing.T, first time.Time) {
	t.Helper()
	const schedule = `{"type":"daily","time":"02:30"}`
	st := newStage(t, false)
	st.clock.Advance(first.Sub(st.clock.Now()))
	id, _ := st.add(schedule, "", "", put(1, "tick"))
	st.start()
	sched, err := parseSchedule(schedule)
	if err != nil {
		t.Fatal(err)
	}
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	due, _ := sched.Next(first, rome)
	st.activate(id, true, due)
	days, ran := map[string]int{}, 0
	for range 5 * 24 {
		st.advance(time.Hour)
		st.settle()
		days[st.clock.Now().In(rome).Format(time.DateOnly)] += len(st.taken())
	}
	for day, n := range days {
		if ran += n; n > 1 {
			t.Errorf("%s: ran %d times", day, n)
		}
	}
	if ran != 5 {
		t.Errorf("got %d runs in five days, want 5: %v", ran, days)
	}
}

func TestScheduleOfAScenarioThatBecomesActiveIsKept(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	id, _ := st.add(`{"type":"indefinitely","interval":3600}`, "", "", put(1, "tick"))
	st.start()
	if err := st.store.Activate(t.Context(), id, true, st.clock.Now()); err != nil {
		t.Fatal(err)
	}
	st.lookForWork(t.Context()) // before the service hears of it
	if err := st.ReloadScenario(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	st.settle()
	if got := len(st.taken()); got != 1 {
		t.Errorf("got %d runs, want 1", got)
	}
}

func TestCatchingUpGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	id, _ := st.add(`{"type":"indefinitely","interval":3600}`, "", `{"catchUp":"all"}`, put(1, "tick"))
	st.start()
	due := st.clock.Now()
	st.activate(id, true, due)
	sc := st.scenario(id)
	// As a crash leaves it between the first and the second of the times that are made up for.
	st.advance(3*time.Hour + time.Minute)
	times := timesDue(sc, due, st.clock.Now())
	c, err := st.store.Scenario(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.startDue(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	for range times {
		st.answer <- struct{}{}
	}
	st.settle()
	if got := len(st.taken()); got != 4 || len(times) != 4 {
		t.Errorf("got %d runs for %d times, want 4", got, len(times))
	}
	run, err := st.store.StartExecution(t.Context(), st.fence(id), store.NewExecution{
		Scenario: id, Version: 1, Origin: store.BySchedule, Planned: due.Add(4 * time.Hour), Due: due.Add(5 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	st.advance(4 * time.Hour)
	if err := st.takeUp(t.Context(), store.OpenExecution{ID: run.ID, Scenario: id, Version: 1}); err != nil {
		t.Fatal(err)
	}
	<-st.calls // it runs, while more times are due
	st.lookForWork(t.Context())
	for range 10 {
		st.answer <- struct{}{}
	}
	st.settle()
	if got := len(st.taken()); got != 3 {
		t.Errorf("got %d runs beside the one that was taken up, want those of the three hours behind it", got)
	}
}

func TestPausedProcessCallsNobodyAfterItsDeadline(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	id, webhook := st.add("", "", "", hookFlow, put(2, "first"), put(3, "second"))
	st.queuePayloads(id, webhook, "a", "b")
	st.start()
	st.activate(id, true, time.Time{})
	first := []string{<-st.calls, <-st.calls}
	st.clock.Advance(leaseTime + time.Second)
	st.answer <- struct{}{}
	st.answer <- struct{}{}
	for running := 1; running > 0; st.wait() {
		running, _ = st.dispatcher.Load(id)
	}
	if got := st.taken(); len(got) > 0 || !slices.Equal(first, []string{"/first", "/first"}) {
		t.Fatalf("got %v and after the deadline %v, want the first calls and nothing", first, got)
	}
	st.lookForWork(t.Context()) // not yet
	for range 8 {
		st.answer <- struct{}{}
	}
	st.renewOnce(t.Context())
	st.settle()
	if got := st.taken(); !slices.Equal(got, []string{"/second", "/second"}) {
		t.Errorf("after the renewal: got %v, want the second calls only", got)
	}
}

func TestExecutionThatLeavesAfterTheRenewalIsTakenUp(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	id, webhook := st.add("", "", "", hookFlow, put(2, "call"))
	ids := st.queuePayloads(id, webhook, "a")
	st.start()
	st.clock.Advance(leaseTime + time.Second)
	st.activate(id, true, time.Time{})
	for !st.fenced.Load() {
		st.lookForWork(t.Context())
		st.wait()
	}
	st.lines.take(id, ids[0]) // it still ends its last operation when the deadline is renewed
	st.renewOnce(t.Context())
	st.lines.leave(id, true, ids[0])
	st.renewOnce(t.Context())
	st.settle()
	if got := st.taken(); len(got) != 1 {
		t.Errorf("got %v, want one call", got)
	}
}

func TestQueueOfAScenarioThatIsStoppedAndStarted(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	id, webhook := st.add("", `"sequential":true`, "", hookFlow, put(2, "{{1.name}}"))
	st.queuePayloads(id, webhook, "a", "b", "c", "d")
	st.start()
	st.activate(id, true, time.Time{})
	if got := <-st.calls; got != "/a" {
		t.Fatalf("got %s, want /a", got)
	}
	st.activate(id, false, time.Time{})
	st.queuePayloads(id, webhook, "e")
	st.activate(id, true, time.Time{})
	for range 5 {
		st.answer <- struct{}{}
	}
	st.settle()
	if got := st.taken(); !slices.Equal(got, []string{"/b", "/c", "/d", "/e"}) {
		t.Errorf("got %v, want b, c, d and e in their order", got)
	}
}

func TestStoppingAScenarioLeavesNoRetryBehind(t *testing.T) {
	t.Parallel()
	st := newStage(t, true)
	id, webhook := st.add("", `"sequential":true`, "", hookFlow, put(2, "{{1.name}}"))
	st.queuePayloads(id, webhook, "a")
	st.start()
	st.activate(id, true, time.Time{})
	<-st.calls
	run, err := st.store.StartExecution(t.Context(), st.fence(id), store.NewExecution{
		Scenario: id, Version: 1, Origin: store.ByHand, Input: []value.Value{value.Collection(value.F("name", value.Text("hand")))},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Submit(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	st.activate(id, false, time.Time{})
	st.answer <- struct{}{}
	st.answer <- struct{}{}
	st.settle()
	if got := st.taken(); !slices.Equal(got, []string{"/hand"}) {
		t.Errorf("got %v, want what has begun to go on", got)
	}
}

func TestEventsDoNotOvertakeTheQueue(t *testing.T) {
	t.Parallel()
	q := newLines()
	const scenario = 1
	q.stale(scenario) // there is a queue, which nobody has read yet
	if q.join(scenario, 10) {
		t.Error("an event joined before the queue was read")
	}
	q.begin(scenario, true)
	if q.join(scenario, 11) { // after the queue was read
		t.Error("an event joined while the line was filled")
	}
	if again := q.end(scenario, false, 10); !again || !slices.Equal(q.waiting(), []int64{scenario}) {
		t.Errorf("got again %v and waiting %v: the event is forgotten", again, q.waiting())
	}
	q.begin(scenario, true)
	q.take(scenario, 11)
	q.end(scenario, false, 20)
	if q.join(scenario, 15); !slices.Equal(q.waiting(), []int64{scenario}) { // of another queue, read before
		t.Error("an event with a number below those taken is forgotten")
	}
	q.leave(scenario, true, 11)
	q.take(scenario, 12) // a retry, say
	if !q.wentBack(scenario) || q.begin(scenario, true) != 0 {
		t.Error("the line was filled before all behind the one that went back had left")
	}
	if q.leave(scenario, false, 12); q.begin(scenario, true) == 0 || q.wentBack(scenario) {
		t.Error("the line is not filled again")
	}
}

func TestRetryThatFailedAgainIsNotResolvedAfterACrash(t *testing.T) {
	t.Parallel()
	reason := fault.New(fault.Connection, "No answer.").WithHint("wait")
	j := &journal{settings: journalSettings{resume: &engine.Resume{Module: 2}}}
	end := j.end(&runner.Report{Outcome: engine.Outcome{
		Status: engine.Warning, Incomplete: []engine.Incomplete{{ModuleID: 2, Address: "1/2", Reason: reason}},
	}})
	if len(end.Incomplete) != 0 {
		t.Errorf("set aside anew: %+v", end.Incomplete)
	}
	if got := endOf(&store.Execution{Status: end.Status, Summary: end.Summary}); got == nil || got.Kind != fault.Connection {
		t.Errorf("the end says %v, want the reason why it failed again", got)
	}
}

func TestRetryIsStartedOnceByTwoThatLook(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	id, webhook := st.add("", "", "", hookFlow, put(2, "call"))
	st.queuePayloads(id, webhook, "a")
	st.start()
	st.activate(id, true, time.Time{})
	for len(st.history(id)) == 0 {
		st.settle()
	}
	run, err := st.store.StartExecution(t.Context(), st.fence(id), store.NewExecution{Scenario: id, Version: 1, Origin: store.ByHand})
	if err != nil {
		t.Fatal(err)
	}
	data := value.Collection(value.F("1", value.Collection(value.F("name", value.Text("a")))))
	_, err = st.store.Append(t.Context(), run, store.Step{End: &store.End{Status: store.Warning, At: st.clock.Now(), Incomplete: []store.NewIncomplete{
		{Module: 2, Address: "1/1.1/2", Reason: fault.New(fault.Connection, "No."), Data: data, Due: st.clock.Now(), Attempts: 3, Interval: time.Minute},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	st.taken()
	due, err := st.store.DueIncompletes(t.Context(), "", st.clock.Now(), 10)
	if err != nil || len(due) != 1 {
		t.Fatalf("got %+v (%v), want one that is due", due, err)
	}
	first, second := due[0], due[0]
	if err := st.startRetry(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	if err := st.startRetry(t.Context(), &second); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the second start: got %v, want a conflict", err)
	}
	st.settle()
	if got := st.taken(); len(got) != 1 {
		t.Errorf("got %v, want one call", got)
	}
}

func TestExecutionThatIsOverIsNotRunAgain(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	id, webhook := st.add("", "", "", hookFlow, put(2, "call"))
	ids := st.queuePayloads(id, webhook, "a")
	st.start()
	st.activate(id, true, time.Time{})
	for len(st.history(id)) == 0 {
		st.settle()
	}
	e := &execution{id: ids[0], fence: st.fence(id)}
	if _, err := st.drive(context.Background(), st.scenario(id), e); !errors.Is(err, errOver) || len(st.taken()) != 1 {
		t.Errorf("got %v, want that it is over", err)
	}
}

func TestStormLeavesOtherScenariosTheirTurn(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	storm, hook := st.add("", "", "", hookFlow, put(2, "storm"))
	other, otherHook := st.add("", "", "", hookFlow, put(2, "other"))
	st.queuePayloads(storm, hook, make([]string, 1100)...)
	st.queuePayloads(other, otherHook, "a")
	st.start()
	st.activate(storm, true, time.Time{})
	st.activate(other, true, time.Time{})
	for len(st.history(other)) == 0 || len(st.history(storm)) < store.MaxPage {
		st.lookForWork(t.Context())
		st.wait()
	}
	st.settle()
	calls := st.taken()
	// Beside those that may run at once, the other scenario waits for no more than what ran before it arrived.
	if at := slices.Index(calls, "/other"); len(calls) != 1101 || at < 0 || at > 825 {
		t.Errorf("the other scenario's call was number %d of %d", at, len(calls))
	}
}

func TestScenarioThatCannotWorkIsDeactivatedAndKeepsItsQueue(t *testing.T) {
	t.Parallel()
	st := newStage(t, false)
	var log strings.Builder
	st.log = slog.New(slog.NewTextHandler(&log, nil))
	id, webhook := st.add("", `"sequential":true`, "", hookFlow,
		`{"id":2,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"gone"},"mapper":{"key":"k","data":{}}}`)
	other, otherHook := st.add("", "", "", hookFlow, put(2, "other"))
	st.queuePayloads(id, webhook, "a", "b", "c", "d", "e")
	st.queuePayloads(other, otherHook, "a")
	st.start()
	st.activate(id, true, time.Time{})
	st.activate(other, true, time.Time{})
	st.settle()
	c, err := st.store.Scenario(t.Context(), id)
	if err != nil || c.Active || len(st.history(id)) != 1 {
		t.Errorf("got active %v with %d executions (%v), want it stopped after 1", c.Active, len(st.history(id)), err)
	}
	if n, _, _ := st.store.QueueTotal(webhook); n != 4 {
		t.Errorf("in the queue: got %d, want 4", n)
	}
	if got := log.String(); strings.Count(got, "scenario deactivated") != 1 || !strings.Contains(got, "InvalidConfigurationError") {
		t.Errorf("the log does not say why: %s", got)
	}
	if got := st.taken(); !slices.Equal(got, []string{"/other"}) {
		t.Errorf("the other scenario: got %v, want its call", got)
	}
}
