//go:build linux || darwin

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

const (
	// stopEvery is how many kills a stop of the other test stands for.
	stopEvery = 4
	// heldEvents is how many events wait for the upstream when a server is stopped or paused.
	heldEvents = 40

	// pauseVariable is for how many seconds a server is paused. Its lease ends after two minutes.
	pauseVariable = "ROPEWAY_CRASH_PAUSE"
	shortPause    = 1
	// arrives is how long the answers of the upstream take to a server, so that it is paused between two calls of its executions.
	arrives = 500 * time.Millisecond
	// sleepNode lets an execution wait there.
	sleepNode = `{"id":5,"module":"util:FunctionSleep","version":1,"parameters":{},"mapper":{"duration":"2"}}`
)

// TestStoppedUnderLoad stops the server again and again under load. No acknowledged event is lost, and other than after a kill nothing is
// repeated at all, not even a call that may be: what ran has ended and is recorded.
func TestStoppedUnderLoad(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	list := scenarios()
	u := newUpstream(t, list)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: readyLimit}
	r := &rehearsal{
		installation: install(t.Context(), t, u, list), upstream: u, load: newLoad(list, u, client), client: client,
		random: rand.New(rand.NewPCG(seed, 3)),
	}
	r.load.refusable = true
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); r.load.run(ctx) }()
	var err error
	for n := uint64(0); n < kills/stopEvery && err == nil; n++ {
		err = r.stopOne(t.Context())
	}
	stop()
	<-sent
	if err == nil {
		err = r.finish(t.Context())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(r.installation.log.errors(), "\n"))
	}
	found := check(t.Context(), t, r.installation, r.load, u)
	r.report(t, found)
	if found.aside > 0 || len(found.repeats) > 0 {
		t.Errorf("got %d executions set aside and calls repeated by process %v, want none", found.aside, found.repeats)
	}
}

func (r *rehearsal) stopOne(ctx context.Context) error {
	life := time.Duration(r.random.Float64() * float64(longestLife))
	p, err := r.installation.start()
	if err != nil {
		return err
	}
	err = r.awaitReady(ctx, p)
	if err == nil {
		err = clock.System{}.Sleep(ctx, life)
	}
	limited, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	err = errors.Join(err, p.stop(limited))
	r.load.redirect("")
	return errors.Join(err, r.settle(ctx))
}

// TestStopWaitsForRunningOperationsOnly stops a server whose executions are all in a call that the upstream has not answered. It ends
// when those calls have, without beginning what comes behind them; the next process begins there.
func TestStopWaitsForRunningOperationsOnly(t *testing.T) {
	t.Parallel()
	skipShort(t)
	list := []scenario{inRow("held")}
	list[0].gate = make(chan struct{})
	u := newUpstream(t, list)
	in := install(t.Context(), t, u, list)
	p, address := in.serve(t)
	in.hold(t, u, address)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := waitUntil(t.Context(), "the server to say that it stops", func() bool {
		resp, err := http.Get(address + "/readyz")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable
	})
	if err != nil {
		t.Error(err)
	}
	select {
	case <-p.read:
		t.Error("the server ended before its operations had")
	default:
	}
	close(list[0].gate)
	<-p.read
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the server did not stop well: %v", err)
	}
	if n := u.calls(); n != heldEvents {
		t.Errorf("got %d calls up to the end of the process, want the %d that ran", n, heldEvents)
	}
	p, _ = in.serve(t)
	in.finishHeld(t, u, p)
}

// TestPausedServer pauses a server between two calls of its executions, as a machine does that is put to sleep. Another process cannot
// take over its data directory meanwhile. When it goes on, it owns its executions again before it calls anybody, and nothing is lost or
// repeated.
func TestPausedServer(t *testing.T) {
	t.Parallel()
	skipShort(t)
	pause := time.Duration(fromEnvironment(t, pauseVariable, shortPause)) * time.Second
	list := []scenario{inRow("held", sleepNode)}
	list[0].gate = make(chan struct{})
	u := newUpstream(t, list)
	in := install(t.Context(), t, u, list)
	p, address := in.serve(t)
	in.hold(t, u, address)
	close(list[0].gate)
	if err := (clock.System{}).Sleep(t.Context(), arrives); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	second, err := in.start()
	if err != nil {
		t.Fatal(err)
	}
	if address, listens := <-second.address; listens {
		t.Errorf("a second server took the data directory over and listens on %s", address)
	}
	if err := second.cmd.Wait(); err == nil || !strings.Contains(in.log.String(), "Another Ropeway uses this data directory") {
		t.Errorf("the second server ended with %v, want an error that another one uses the data directory: %s", err, &in.log)
	}
	in.log.forget()
	before := u.calls()
	if err := (clock.System{}).Sleep(t.Context(), pause); err != nil {
		t.Fatal(err)
	}
	if n := u.calls(); n != before {
		t.Errorf("got %d calls before the process goes on, want the %d from before the pause", n, before)
	}
	if err := p.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	in.finishHeld(t, u, p)
}

// hold sends the events, and returns when each of them is in its first call.
func (in *installation) hold(t *testing.T, u *upstream, address string) {
	t.Helper()
	l := newLoad(nil, u, http.DefaultClient)
	for n := range heldEvents {
		l.sendOne(t.Context(), address, u.scenarios["held"], fmt.Sprint(n))
	}
	if len(l.acknowledged) != heldEvents {
		t.Fatalf("got %d acknowledgements of %d events: %v", len(l.acknowledged), heldEvents, l.unexpected)
	}
	if err := waitUntil(t.Context(), "the first calls", func() bool { return u.of("held", 0) == heldEvents }); err != nil {
		t.Fatal(err)
	}
}

// finishHeld lets a process go on with the held events and stops it. Each call must have been made once.
func (in *installation) finishHeld(t *testing.T, u *upstream, p *process) {
	t.Helper()
	if err := waitUntil(t.Context(), "the second calls", func() bool { return u.of("held", 1) == heldEvents }); err != nil {
		t.Error(err)
	}
	if err := p.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := u.calls(); n != 2*heldEvents {
		t.Errorf("got %d calls, want %d: each once", n, 2*heldEvents)
	}
	s := in.open(t)
	defer closeStore(t, s)
	if got := ends(t, s, 1); got[store.Success] != heldEvents || len(got) != 1 {
		t.Errorf("got executions that ended with %v, want %d successes", got, heldEvents)
	}
	for _, problem := range in.log.errors() {
		t.Error(problem)
	}
}

// ends counts how the executions of a scenario have ended. One that is still open is a failure of the test.
func ends(t *testing.T, s *store.Store, scenario int64) map[store.Status]int {
	t.Helper()
	if open, err := s.HasOpen(t.Context(), scenario); open || err != nil {
		t.Errorf("scenario %d has executions that are not over (%v)", scenario, err)
	}
	found := map[store.Status]int{}
	for filter := (store.HistoryFilter{Scenario: scenario, Limit: store.MaxPage}); ; {
		list, err := s.History(t.Context(), filter)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list {
			found[list[i].Status]++
			filter.After = list[i].Place()
		}
		if len(list) < store.MaxPage {
			return found
		}
	}
}
