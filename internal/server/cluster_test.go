package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

func TestNodesShareThePartitionsAndTheWork(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join()
	if got := len(one.lease.kept()); got != store.Partitions {
		t.Fatalf("the only node has %d partitions, want all", got)
	}
	two, three := n.join(), n.join()
	until(t, "three nodes share", func() bool { return shared(one, two, three) })

	// Whoever is called, the owner runs it, and the caller gets the answer.
	for range 6 {
		id, path := one.add(n, "", hookFlow, put(2, "call"), respondFlow)
		for i, m := range []*member{three, one, two} { // three has not heard of it yet, or just now
			if got, want := m.deliver(path, fmt.Sprintf(`{"name":"Ada %d"}`, i)), fmt.Sprintf("201 hello Ada %d", i); got != want {
				t.Errorf("scenario %d at node %d: got %q, want %q", id, i, got, want)
			}
		}
		one.finished(id, 3)
	}
	if got := n.called("/call"); got != 18 {
		t.Errorf("got %d calls, want 18", got)
	}
	two.stop()
	until(t, "two nodes share", func() bool { return shared(one, three) })
	left, err := one.store.Nodes(t.Context())
	if err != nil || len(left) != 2 {
		t.Errorf("nodes after one has left: got %+v (%v), want two", left, err)
	}
}

func TestStoppedNodeHandsOver(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	var id int64
	var path string
	for { // one of the first node
		if id, path = one.add(n, `"sequential":true`, hookFlow, put(2, "slow"), put(3, "after")); one.owns(id) {
			break
		}
	}
	for i := range 3 {
		if got := one.deliver(path, fmt.Sprintf(`{"name":"%d"}`, i)); got != "200 Accepted" {
			t.Fatalf("got %s", got)
		}
	}
	until(t, "the first call", func() bool { return n.called("/slow") == 1 })
	stopped := make(chan struct{})
	go func() {
		one.stop()
		close(stopped)
	}()
	until(t, "everything but what runs is handed over", func() bool { return len(two.lease.kept()) == store.Partitions-1 })
	if two.owns(id) {
		t.Error("the partition was handed over while a call of it was under way")
	}
	for range 3 {
		n.gate <- struct{}{}
	}
	<-stopped
	two.finished(id, 3)
	if slow, after := n.called("/slow"), n.called("/after"); slow != 3 || after != 3 {
		t.Errorf("got %d and %d calls, want 3 of each: none repeated", slow, after)
	}
}

func TestDeadNodeIsTakenOver(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, put(2, "slow"), put(3, "after"))
	dead, alive := ownerOf(t, id, one, two)
	if got := dead.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	until(t, "the first call", func() bool { return n.called("/slow") == 1 })
	dead.untend() // it is stopped, as by SIGSTOP: it renews nothing
	dead.tending.Wait()
	until(t, "its partitions are taken over", func() bool { return len(alive.lease.kept()) == store.Partitions })
	until(t, "its call is made again", func() bool { return n.called("/slow") == 2 })
	n.gate <- struct{}{}
	n.gate <- struct{}{}
	alive.finished(id, 1)
	if got := n.called("/after"); got != 1 {
		t.Errorf("got %d calls behind the one that was under way, want 1: the dead node makes none", got)
	}
}

func TestWhatPeopleDoAtAnyNode(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, put(2, "slow"))
	owner, other := ownerOf(t, id, one, two)

	// Cancel, at the node that does not run it.
	if got := other.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	until(t, "the call", func() bool { return n.called("/slow") == 1 })
	open, err := other.store.OpenHistory(t.Context(), store.HistoryFilter{Scenario: id})
	if err != nil || len(open) != 1 {
		t.Fatalf("got %+v (%v), want the execution that runs", open, err)
	}
	if err := other.Cancel(t.Context(), open[0].ID); err != nil {
		t.Fatal(err)
	}
	until(t, "the owner hears it", func() bool {
		owner.mu.Lock()
		defer owner.mu.Unlock()
		select {
		case <-owner.cancels[open[0].ID]:
			return true
		default:
			return false
		}
	})
	n.gate <- struct{}{}
	until(t, "it is cancelled", func() bool {
		e, err := other.store.Execution(t.Context(), open[0].ID)
		return err == nil && e.Status == store.Stopped
	})

	// Stop the scenario at the node that does not run it, and start it again.
	if _, err := other.control().Services().Running.Stop(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, "the owner hears of the stop", func() bool { return owner.scenario(id) == nil })
	if got := owner.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	if _, err := other.control().Services().Running.Start(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	until(t, "what has queued runs", func() bool { return n.called("/slow") == 2 })
	n.gate <- struct{}{}
}

const (
	calledFlow = `{"name":"called","interface":{"input":[{"name":"name","type":"text","required":true}],"output":[{"name":"greeting","type":"text"}]},"flow":[` +
		`{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}},` +
		`{"id":2,"module":"scenario-service:ReturnData","version":2,"parameters":{},"mapper":{"greeting":"dear {{1.name}}"}}],"metadata":{"version":1}}`
	callFlow = `{"id":2,"module":"scenario-service:CallSubscenario","version":2,"parameters":{},"mapper":{"scenarioId":"%d","data":{"name":"{{1.name}}"},"shouldWaitForExecutionEnd":true}}`
)

func TestScenariosCallOneAnotherAcrossNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	crossed := 0
	for range 6 {
		called, _, _, err := one.store.SaveScenario(t.Context(), store.SaveScenario{Name: "called", Schedule: `{"type":"on-demand"}`, Blueprint: []byte(calledFlow)})
		if err == nil {
			err = errors.Join(one.store.Activate(t.Context(), called, true, time.Time{}), one.ReloadScenario(t.Context(), called))
		}
		if err != nil {
			t.Fatal(err)
		}
		until(t, "both nodes know it", func() bool { return two.scenario(called) != nil })
		id, path := one.add(n, "", hookFlow, fmt.Sprintf(callFlow, called), strings.Replace(respondFlow, "{{1.name}}", "{{2.greeting}}", 1))
		if one.owns(id) != one.owns(called) {
			crossed++
		}
		if got := two.deliver(path, `{"name":"Ada"}`); got != "201 hello dear Ada" {
			t.Errorf("got %q, want 201 hello dear Ada", got)
		}
	}
	if crossed == 0 {
		t.Error("no call went from one node to the other")
	}
}

func TestRolesOfNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	web := n.join(WithNode(NodeOptions{OnlyWeb: true, Address: "web:1", Version: "v1"}))
	id, path := web.add(n, "", hookFlow, put(2, "call"), respondFlow)
	worker := n.join(WithNode(NodeOptions{OnlyWorker: true}))
	if got := len(worker.lease.kept()); got != store.Partitions {
		t.Errorf("the only worker has %d partitions, want all", got)
	}
	if got := web.deliver(path, `{"name":"Ada"}`); got != "201 hello Ada" {
		t.Errorf("got %q, want 201 hello Ada", got)
	}
	web.finished(id, 1)
	if got := worker.deliver(path, `{}`); !strings.HasPrefix(got, "503 ") {
		t.Errorf("a worker was called: got %q, want 503", got)
	}
	if got := len(web.lease.kept()); got != 0 {
		t.Errorf("the web node has %d partitions, want none", got)
	}
}

func TestScheduleFiresOnceForAllNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	var all []int64
	for i := range 8 {
		due := clock.System{}.Now().Add(-time.Second)
		flow := strings.ReplaceAll(put(1, fmt.Sprint("due", i)), "UP", n.upstream)
		id, _, _, err := one.store.SaveScenario(t.Context(), store.SaveScenario{
			Name: "due", Schedule: `{"type":"indefinitely","interval":3600}`, Blueprint: []byte(`{"name":"due","flow":[` + flow + `],"metadata":{"version":1}}`),
		})
		if err == nil {
			err = errors.Join(one.store.Activate(t.Context(), id, true, due), one.ReloadScenario(t.Context(), id))
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, id)
	}
	for i, id := range all {
		two.finished(id, 1)
		if got := n.called(fmt.Sprint("/due", i)); got != 1 {
			t.Errorf("scenario %d ran %d times, want once", id, got)
		}
	}
}

// TestPausedNodeCallsNobody sets the clock of a node forward, as a pause beyond the lease does: what it runs stops before the next call,
// and goes on when it has renewed, since nobody else was there to take over.
func TestPausedNodeCallsNobody(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join()
	id, path := one.add(n, "", hookFlow, put(2, "slow"), put(3, "after"))
	if got := one.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	until(t, "the first call", func() bool { return n.called("/slow") == 1 })
	one.untend()
	one.tending.Wait()
	one.clock.ahead.Add(int64(sharedLeaseTime))
	n.gate <- struct{}{}
	until(t, "it has left", func() bool { return one.fenced.Load() })
	if got := n.called("/after"); got != 0 {
		t.Errorf("got %d calls after the deadline, want none", got)
	}
	one.renewOnce(t.Context())
	one.finished(id, 1)
	if slow, after := n.called("/slow"), n.called("/after"); slow != 1 || after != 1 {
		t.Errorf("got %d and %d calls, want one of each", slow, after)
	}
}

// TestDatabaseGoes stops the database for longer than leases last: nothing is taken in that could be lost, and all goes on by itself.
func TestDatabaseGoes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("waits for a commit to give up")
	}
	database, err := postgrestest.Start(context.WithoutCancel(t.Context()), postgrestest.Options{})
	if err == nil {
		t.Cleanup(func() {
			if err := database.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	n := newNodesOn(t, database, err)
	one := n.join()
	id, path := one.add(n, "", hookFlow, put(2, "call"))
	ready := func() bool { return strings.HasPrefix(one.ask(t, "/readyz"), "200") }
	until(t, "it is ready", ready)
	database.Stop()
	if got := one.deliver(path, `{}`); !strings.HasPrefix(got, "503 ") {
		t.Errorf("delivery without a database: got %q, want 503", got)
	}
	until(t, "it says that it is not ready", func() bool { return strings.HasPrefix(one.ask(t, "/readyz"), "503") })
	if err := database.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "it is ready again", ready)
	until(t, "it takes in again", func() bool { return one.deliver(path, `{}`) == "200 Accepted" })
	one.finished(id, 1)
	if got := n.called("/call"); got != 1 {
		t.Errorf("got %d calls, want one for the delivery that was taken in", got)
	}
}

// ask reads a page of the node.
func (m *member) ask(tb testing.TB, path string) string {
	tb.Helper()
	resp, err := http.Get(m.web + path)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(text))
}

// BenchmarkHandOver stops a node while deliveries for a scenario that it runs come in at the other one, and measures the longest time
// without a call of that scenario.
func BenchmarkHandOver(b *testing.B) {
	const every = 10 * time.Millisecond
	longest := time.Duration(0)
	for b.Loop() {
		n := newNodes(b)
		one, two := n.join(), n.join()
		until(b, "two nodes share", func() bool { return shared(one, two) })
		id, path := one.add(n, "", hookFlow, put(2, "call"))
		leaves, stays := ownerOf(b, id, one, two)
		stop := make(chan struct{})
		var sending sync.WaitGroup
		sending.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					stays.deliver(path, `{}`)
					_ = clock.System{}.Sleep(context.Background(), every)
				}
			}
		})
		until(b, "it runs", func() bool { return n.called("/call") > 50 })
		before := clock.System{}.Now()
		leaves.stop()
		until(b, "the other one runs it", func() bool { return stays.owns(id) })
		seen := n.called("/call")
		until(b, "it goes on", func() bool { return n.called("/call") > seen+50 })
		close(stop)
		sending.Wait()
		n.mu.Lock()
		for i := 1; i < len(n.times); i++ {
			if n.times[i].After(before) {
				longest = max(longest, n.times[i].Sub(n.times[i-1]))
			}
		}
		n.mu.Unlock()
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-gap")
}

// TestFollowersSeeOtherNodes follows executions at the node that does not run them.
func TestFollowersSeeOtherNodes(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	until(t, "two nodes share", func() bool { return shared(one, two) })
	id, path := one.add(n, "", hookFlow, put(2, "slow"))
	owner, other := ownerOf(t, id, one, two)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	looks, statuses := make(chan struct{}, 100), make(chan string, 100)
	var following sync.WaitGroup
	following.Go(func() {
		_ = other.control().Services().Feeds.Teams(ctx, nil, func(e api.Event) error { // it ends with ctx
			if x, ok := e.Data.(api.Execution); ok && x.Scenario == id {
				statuses <- x.Status
			} else {
				looks <- struct{}{}
			}
			return nil
		})
	})
	for range 3 { // it has looked before anything happens
		<-looks
	}
	if got := owner.deliver(path, `{}`); got != "200 Accepted" {
		t.Fatalf("got %s", got)
	}
	for status := ""; status != "queued"; { // that it runs is recorded with its first result
		status = <-statuses
	}
	open, err := other.store.OpenHistory(t.Context(), store.HistoryFilter{Scenario: id})
	if err != nil || len(open) != 1 {
		t.Fatalf("got %+v (%v), want the execution that runs", open, err)
	}
	n.gate <- struct{}{}
	if got := <-statuses; got != "success" {
		t.Errorf("got %s, want success", got)
	}
	last := ""
	err = other.control().Services().Feeds.Execution(t.Context(), open[0].ID, 0, func(e api.Event) error {
		if x, ok := e.Data.(api.Execution); ok {
			last = x.Status
		}
		return nil
	})
	if err != nil || last != "success" {
		t.Errorf("following the execution: got %q (%v), want it to end with success", last, err)
	}
	stop()
	following.Wait()
}

// TestTwoNodesOfOneName has a process that started later use the name of a node: the node must not take back what that one takes.
func TestTwoNodesOfOneName(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one := n.join()
	now, err := one.store.Time(t.Context())
	if err == nil {
		twin := store.Node{ID: one.store.Node(), Form: one.store.KnownForm(), Web: true, Worker: true, Started: one.began.Add(time.Second), Seen: now.Add(time.Hour)}
		err = one.store.Beat(t.Context(), twin, sharedLeaseTime)
	}
	if err != nil {
		t.Fatal(err)
	}
	until(t, "it has noticed", one.leaving.Load)
	if _, err := one.store.AcquirePartitions(t.Context(), one.store.Node(), now, time.Hour); err != nil { // as the twin does
		t.Fatal(err)
	}
	until(t, "it owns nothing", func() bool { return len(one.lease.kept()) == 0 })
	until(t, "it is not ready", func() bool { return strings.HasPrefix(one.ask(t, "/readyz"), "503") })
}
