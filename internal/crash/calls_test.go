//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

const (
	// callerName names the scenario that calls another one for each event, calledName the one that it calls.
	callerName, calledName = "caller", "called"
	calledInterface        = `"input":[{"name":"id","type":"text","required":true}],"output":[{"name":"told","type":"text"}]`
)

// calling returns the scenario that is called and the one that calls it. The called one makes the first two calls for an event, the
// caller the third, with what it was told.
func calling() (called string, caller scenario) {
	nodes := strings.Join([]string{
		`{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}}`,
		send(2, "put", "UP/caller/{{1.id}}/0", "first {{1.id}}"), send(3, "put", "UP/caller/{{1.id}}/1", "second {{1.id}}"),
		`{"id":4,"module":"scenario-service:ReturnData","version":2,"parameters":{},"mapper":{"told":"{{3.data.value}}"}}`,
	}, ",")
	called = fmt.Sprintf(`{"name":%q,"interface":{%s},"flow":[%s],"metadata":{"version":1,"scenario":{}}}`, calledName, calledInterface, nodes)
	return called, scenario{
		name: callerName, calls: []call{{"PUT", "first EVENT", 200}, {"PUT", "second EVENT", 200}, {"PUT", "told secret of EVENT", 200}},
		nodes: []string{
			`{"id":2,"module":"scenario-service:CallSubscenario","version":2,"parameters":{},"mapper":{"scenarioId":"1","data":{"id":"{{1.id}}"},"shouldWaitForExecutionEnd":true}}`,
			send(3, "put", "UP/caller/{{1.id}}/2", "told {{2.told}}"),
		},
	}
}

// TestKilledCalls kills a server whose scenario calls another one and waits for what it returns. After a restart the caller finds the
// execution that it has started: each event has one of both scenarios, and no call with a recorded result is made again.
func TestKilledCalls(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	called, caller := calling()
	list := []scenario{caller}
	u := newUpstream(t, list)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: readyLimit}
	in := install(t.Context(), t, u, nil)
	in.addCalled(t, strings.ReplaceAll(called, "UP", u.server.URL))
	in.add(t.Context(), t, u, list)
	r := &rehearsal{installation: in, upstream: u, load: newLoad(list, u, client), client: client, random: rand.New(rand.NewPCG(seed, 4))}
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); r.load.run(ctx) }()
	err := r.killAll(t.Context(), int(kills))
	stop()
	<-sent
	if err == nil {
		err = r.finish(t.Context())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(in.log.errors(), "\n"))
	}
	r.report(t, checkCalls(t, r))
}

// addCalled adds the scenario that is called to a data directory without scenarios: it gets the number 1.
func (in *installation) addCalled(t *testing.T, blueprint string) {
	t.Helper()
	s := in.open(t)
	defer closeStore(t, s)
	id, _, _, err := s.SaveScenario(t.Context(), store.SaveScenario{Name: calledName, Schedule: `{"type":"on-demand"}`, Blueprint: []byte(blueprint)})
	if err == nil {
		err = s.Activate(t.Context(), id, true, time.Time{})
	}
	if err != nil || id != 1 {
		t.Fatalf("got scenario %d and error %v, want scenario 1", id, err)
	}
}

// checkCalls compares events, calls of the upstream, and the executions of both scenarios.
func checkCalls(t *testing.T, r *rehearsal) *findings {
	t.Helper()
	f := newFindings(t)
	sc := &r.load.scenarios[0]
	for key, effects := range r.upstream.effects {
		f.checkEffects(sc, key, effects)
	}
	s := r.installation.open(t)
	defer closeStore(t, s)
	if err := s.Check(t.Context()); err != nil {
		f.errorf("the data directory is damaged: %v", err)
	}
	callers := map[int64]eventKey{} // by execution
	events := map[eventKey]bool{}
	for journal := range eachExecution(t, s, 2) {
		input, err := journal.Input(t.Context())
		if err != nil || len(input) != 1 {
			t.Fatalf("execution %d: got %d bundles of input (%v), want 1", journal.Execution.ID, len(input), err)
		}
		key := eventKey{callerName, input[0].Get("id").Str()}
		if events[key] {
			f.errorf("event %v has two executions, one of them %d", key, journal.Execution.ID)
		}
		events[key], callers[journal.Execution.ID] = true, key
		f.checkPart(t, journal, sc, key, r.upstream, 2)
	}
	calls := map[eventKey]bool{}
	for journal := range eachExecution(t, s, 1) {
		key, known := callers[journal.Execution.Source]
		if !known || calls[key] || journal.Execution.Origin != store.ByScenario {
			f.errorf("execution %d of the called scenario comes from %d: known %v, the second one of it %v", journal.Execution.ID, journal.Execution.Source, known, calls[key])
		}
		calls[key] = true
		f.checkPart(t, journal, sc, key, r.upstream, 0, 1)
	}
	for _, key := range r.load.acknowledged {
		if !events[key] || !calls[key] {
			f.errorf("event %v was acknowledged; it has an execution: %v, and one of the called scenario: %v", key, events[key], calls[key])
		}
	}
	if len(calls) != len(events) || len(r.upstream.effects) != len(events) {
		f.errorf("got %d executions, %d that they called, and calls for %d events, want as many of each", len(events), len(calls), len(r.upstream.effects))
	}
	return f
}

// checkPart looks at an execution that has made some of the calls for an event.
func (f *findings) checkPart(t *testing.T, journal *store.Journal, sc *scenario, key eventKey, u *upstream, numbers ...int) {
	t.Helper()
	f.executions++
	f.statuses[journal.Execution.Status]++
	recorded := f.checkResults(t.Context(), journal, sc, key, u.effects[key])
	for _, n := range numbers {
		if recorded[n] != 1 {
			f.errorf("execution %d of %v: call %d has %d results, want 1", journal.Execution.ID, key, n, recorded[n])
		}
	}
	if journal.Execution.Status != store.Success || len(recorded) != len(numbers) {
		f.errorf("execution %d of %v: got status %s (%s) with results of %v, want a success with those of calls %v",
			journal.Execution.ID, key, journal.Execution.Status, journal.Execution.Summary.ErrorMessage, recorded, numbers)
	}
}
