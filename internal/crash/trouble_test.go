//go:build linux || darwin

package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/store"
)

const (
	// troubled is how many events each scenario in trouble gets, and the one beside them.
	troubled = 300
	// mostToHost is how many calls to one host are under way at once.
	mostToHost = 64
	// hopeless is after how many errors the scenario that always fails is switched off.
	hopeless = 3
	// poison is every how manieth event breaks a module.
	poison = 10

	// stormVariable is how many events a storm has.
	stormVariable = "ROPEWAY_CRASH_STORM"
	shortStorm    = 3000
	stormSenders  = 64
	// limitedRate is how many events a minute the webhook takes that is limited; limitedEvery how manieth event of a storm it gets.
	limitedRate  = 100
	limitedEvery = 4
	// besideStorm is how many events another scenario gets during the storm, one after the other.
	besideStorm = 20
	// mostBefore is how many calls of a storm may come while one event of another scenario makes its two: eight times what may run at once,
	// as each of its operations waits for one turn and its two commits, beside others that do not wait for it.
	mostBefore = 8 * mostAtOnce
)

// troubles are the scenarios of TestTroubleOfOthers, in the order in which they are made; slow and dead are the addresses of upstreams.
func troubles(slowly, dead string) []scenario {
	slow := []scenario{inRow("slow"), inRow("tardy")}
	slow[0].gate = make(chan struct{})
	slow[1].gate = slow[0].gate
	for _, s := range slow {
		for i := range s.nodes {
			s.nodes[i] = strings.ReplaceAll(strings.Replace(s.nodes[i], `"mapper":{`, `"mapper":{"timeout":"300",`, 1), "UP", slowly)
		}
	}
	failing := scenario{
		name: "hopeless", settings: fmt.Sprintf(`"sequential":true,"maxErrors":%d`, hopeless), calls: []call{{"PUT", "EVENT", http.StatusInternalServerError}},
		nodes: []string{send(2, "put", "UP/hopeless/{{1.id}}/0", "{{1.id}}")},
	}
	unreachable := scenario{name: "dead", nodes: []string{send(2, "put", "http://"+dead+"/dead/{{1.id}}/0", "{{1.id}}")}}
	poisoned := inRow("poison", `{"id":5,"module":"json:ParseJSON","version":1,"parameters":{},"mapper":{"json":"{{1.json}}"}}`)
	return []scenario{slow[0], failing, unreachable, poisoned, inRow("good"), slow[1]}
}

// TestTroubleOfOthers runs a scenario beside two whose upstream does not answer, one whose upstream is gone, one that fails for ever and one
// that gets events which break a module. It gets everything done while the slow ones have as much under way as they may.
func TestTroubleOfOthers(t *testing.T) {
	t.Parallel()
	skipShort(t)
	var u *upstream
	slowly := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { u.ServeHTTP(w, r) }))
	t.Cleanup(slowly.Close)
	list := troubles(slowly.URL, closedPort(t))
	u = newUpstream(t, list)
	told := newListener(t)
	in := install(t.Context(), t, u, list)
	in.allow, in.flags = "loopback", []string{"--notify-webhook", told.server.URL}
	p, address := in.serve(t)
	l := newLoad(list, u, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}})
	l.sendTroubles(t, address)
	for what, holds := range map[string]func() bool{
		"the good scenario beside the others":       func() bool { return u.of("good", 1) == troubled },
		"the events that are not poisoned":          func() bool { return u.of("poison", 1) == troubled-troubled/poison },
		"a notification that a scenario is stopped": func() bool { return told.of("scenario_stopped") == 1 },
		"as many slow calls as may be under way":    func() bool { return u.of("slow", 0)+u.of("tardy", 0) >= mostToHost },
	} {
		if err := waitUntil(t.Context(), what, holds); err != nil {
			t.Error(err)
		}
	}
	if n := u.of("slow", 0) + u.of("tardy", 0); n != mostToHost {
		t.Errorf("the slow scenarios have %d calls under way, want %d", n, mostToHost)
	}
	close(list[0].gate)
	if err := waitUntil(t.Context(), "the slow scenarios", func() bool { return u.of("slow", 1)+u.of("tardy", 1) == 2*troubled }); err != nil {
		t.Error(err)
	}
	if err := p.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	in.checkTroubles(t, u, l)
}

// sendTroubles sends each scenario its events, by several senders.
func (l *load) sendTroubles(t *testing.T, address string) {
	t.Helper()
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			for n := sender; n < troubled; n += senders {
				for i := range l.scenarios {
					l.sendBody(t.Context(), address, &l.scenarios[i], strconv.Itoa(n), fmt.Sprintf(`{"id":"%d","json":%q}`, n, jsonOf(n)))
				}
			}
		})
	}
	all.Wait()
	if want := troubled * len(l.scenarios); len(l.acknowledged) != want {
		t.Fatalf("got %d acknowledgements of %d events: %v", len(l.acknowledged), want, l.unexpected)
	}
}

// jsonOf returns the JSON text of an event; that of a poisoned one is none.
func jsonOf(n int) string {
	if n%poison == 0 {
		return `{"cut off`
	}
	return `{"n":1}`
}

// checkTroubles looks at how the executions of each scenario have ended, in the order in which the scenarios were made.
func (in *installation) checkTroubles(t *testing.T, u *upstream, l *load) {
	t.Helper()
	s := in.open(t)
	defer closeStore(t, s)
	want := []map[store.Status]int{
		{store.Success: troubled},
		{store.Failed: hopeless},
		{store.Failed: troubled},
		{store.Success: troubled - troubled/poison, store.Failed: troubled / poison},
		{store.Success: troubled},
		{store.Success: troubled},
	}
	for i := range want {
		c, err := s.Scenario(t.Context(), int64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		if got := ends(t, s, c.ID); fmt.Sprint(got) != fmt.Sprint(want[i]) || c.Active != (c.Name != "hopeless") {
			t.Errorf("scenario %s (active %v): got executions that ended with %v, want %v", c.Name, c.Active, got, want[i])
		}
	}
	if n, _, _ := s.QueueTotal(2); n != troubled-hopeless {
		t.Errorf("%d events of the scenario that was switched off wait, want %d", n, troubled-hopeless)
	}
	again, err := s.Incompletes(t.Context(), store.IncompleteFilter{Scenario: 3, States: []store.IncompleteState{store.Pending}, Limit: store.MaxPage})
	if err != nil || len(again) != troubled {
		t.Errorf("%d executions of the unreachable service wait to be run again (%v), want %d", len(again), err, troubled)
	}
	f := newFindings(t)
	for key, effects := range u.effects {
		f.checkEffects(u.scenarios[key.scenario], key, effects)
	}
	if len(f.repeats) > 0 {
		f.errorf("calls were repeated although nothing was killed: %v", f.repeats)
	}
	if strings.Count(in.log.String(), "scenario deactivated after errors") != 1 {
		f.errorf("the log does not say once that a scenario was switched off")
	}
	for _, problem := range append(append(f.problems, l.unexpected...), in.log.errors()...) {
		t.Error(problem)
	}
}

// closedPort returns an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return l.Addr().String()
}

// listener takes notifications.
type listener struct {
	server *httptest.Server
	mu     sync.Mutex
	kinds  map[string]int
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{kinds: map[string]int{}}
	l.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct{ Type string }
		if json.NewDecoder(r.Body).Decode(&message) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.kinds[message.Type]++
	}))
	t.Cleanup(l.server.Close)
	return l
}

// of returns how many notifications of a kind have come.
func (l *listener) of(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kinds[kind]
}

// TestStorm sends a great many events to one webhook, some to one that takes few a second, and some to a third scenario meanwhile. What
// was acknowledged is done once; what was refused says when to come again; the third scenario gets its turns.
func TestStorm(t *testing.T) {
	t.Parallel()
	skipShort(t)
	size := int(fromEnvironment(t, stormVariable, shortStorm))
	storm := scenario{name: "storm", calls: []call{{"PUT", "EVENT", 200}}, nodes: []string{send(2, "put", "UP/storm/{{1.id}}/0", "{{1.id}}")}}
	limited := inRow("limited")
	limited.rate = limitedRate
	list := []scenario{storm, limited, inRow("good")}
	u := newUpstream(t, list)
	in := install(t.Context(), t, u, list)
	l := newLoad(list, u, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: stormSenders + 1}})
	l.refusable = true
	p, address := in.serve(t)
	over := make(chan struct{})
	go func() { defer close(over); l.storm(t.Context(), address, size) }()
	most, err := l.beside(t.Context(), address)
	<-over
	if err == nil {
		err = l.waitUntilQuiet(t.Context())
	}
	if err != nil {
		t.Error(err)
	}
	if err := p.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	f := check(t.Context(), t, in, l, u)
	t.Logf("%d sent, %d acknowledged, %d refused; at most %d other calls beside one event of the other scenario\n%v", l.sent, len(l.acknowledged), l.refused, most, f)
	if l.refused == 0 || l.refused+len(l.acknowledged) != l.sent || f.executions != len(l.acknowledged) {
		t.Errorf("got %d executions, want one for each acknowledgement, some refusals, and an answer for each event", f.executions)
	}
	if most > mostBefore {
		t.Errorf("%d calls of the storm came beside one event of the other scenario, want at most %d", most, mostBefore)
	}
	for _, problem := range append(append(f.problems, l.unexpected...), in.log.errors()...) {
		t.Error(problem)
	}
}

// storm sends the events, as fast as they are answered.
func (l *load) storm(ctx context.Context, address string, size int) {
	var all sync.WaitGroup
	for sender := range stormSenders {
		all.Go(func() {
			for n := sender; n < size; n += stormSenders {
				l.sendOne(ctx, address, &l.scenarios[0], strconv.Itoa(n))
				if n%limitedEvery == 0 {
					l.sendOne(ctx, address, &l.scenarios[1], strconv.Itoa(n))
				}
			}
		})
	}
	all.Wait()
}

// beside sends events to the third scenario, each when the one before is done, and returns how many calls came beside one at most.
func (l *load) beside(ctx context.Context, address string) (most int, err error) {
	for n := range besideStorm {
		id := fmt.Sprint("beside-", n)
		before := l.upstream.calls()
		l.sendOne(ctx, address, &l.scenarios[2], id)
		key := eventKey{l.scenarios[2].name, id}
		if err := waitUntil(ctx, "an event beside the storm", func() bool { return l.upstream.seen(key) }); err != nil {
			return most, err
		}
		most = max(most, l.upstream.calls()-before)
	}
	return most, nil
}
