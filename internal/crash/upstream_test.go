//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

// maxLatency is how long the upstream takes for an answer at most.
const maxLatency = 12 * time.Millisecond

// effect is one call that the upstream saw.
type effect struct {
	number int // of the call in its scenario
	method string
	body   string
	run    int // which process made it, counted from 0
	at     time.Time
}

// eventKey names an event: scenario and identity.
type eventKey struct{ scenario, id string }

// upstream is the other system: it records every call before it answers.
type upstream struct {
	server    *httptest.Server
	scenarios map[string]*scenario

	mu      sync.Mutex
	run     int
	many    bool // many processes call: nobody knows which one makes a call, and each counts as one of its own
	effects map[eventKey][]effect
	total   int
	strange []string // calls that no scenario makes
	open    map[net.Conn]bool
	closed  chan struct{} // told when a connection is gone
}

func newUpstream(t *testing.T, list []scenario) *upstream {
	t.Helper()
	u := &upstream{scenarios: map[string]*scenario{}, effects: map[eventKey][]effect{}, open: map[net.Conn]bool{}, closed: make(chan struct{}, 1)}
	for i := range list {
		u.scenarios[list[i].name] = &list[i]
	}
	u.server = httptest.NewUnstartedServer(u)
	u.server.Config.ConnState = u.connState
	u.server.Start()
	t.Cleanup(u.server.Close)
	return u
}

func (u *upstream) connState(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch state {
	case http.StateNew:
		u.open[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(u.open, c)
		select {
		case u.closed <- struct{}{}:
		default:
		}
	case http.StateActive, http.StateIdle:
	}
}

// nextRun waits until everything is recorded that the dead process had sent, so that each call is counted for the
// process that made it.
func (u *upstream) nextRun(ctx context.Context) error {
	for {
		u.mu.Lock()
		left := len(u.open)
		if left == 0 {
			u.run++
		}
		u.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-u.closed:
		case <-ctx.Done():
			return fmt.Errorf("%d connections of the dead process stay open: %w", left, ctx.Err())
		}
	}
}

// ServeHTTP records the call and answers after a while that depends on the path.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := clock.System{}.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the process was killed while it sent: nothing has happened here
	}
	c, gate, ok := u.record(r, string(body), at)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			return
		}
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, r.URL.Path) // never fails
	_ = clock.System{}.Sleep(context.WithoutCancel(r.Context()), time.Duration(h.Sum64()%uint64(maxLatency)))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(c.status)
	_, _ = fmt.Fprintf(w, `{"value":"secret of %s"}`, strings.Split(r.URL.Path, "/")[2]) // nobody may be left to read it
}

// record keeps a call, and returns what to answer and what to wait for before.
func (u *upstream) record(r *http.Request, body string, at time.Time) (answer call, gate <-chan struct{}, known bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	key, number, err := parsePath(r.URL.Path)
	s := u.scenarios[key.scenario]
	if err != nil || s == nil || number >= len(s.calls) {
		u.strange = append(u.strange, r.Method+" "+r.URL.Path)
		return call{}, nil, false
	}
	if number == 0 {
		gate = s.gate
	}
	before := countOf(u.effects[key], number)
	if u.many {
		u.run++
	}
	u.effects[key] = append(u.effects[key], effect{number, r.Method, body, u.run, at})
	u.total++
	if s.passes() && number == len(s.calls)-1 && before == 0 {
		if s.retried {
			return call{status: http.StatusInternalServerError}, gate, true
		}
		return call{status: []int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[len(u.effects)%2]}, gate, true
	}
	return s.calls[number], gate, true
}

// countOf returns how often a call is among the effects.
func countOf(effects []effect, number int) int {
	n := 0
	for _, e := range effects {
		if e.number == number {
			n++
		}
	}
	return n
}

// parsePath takes /scenario/event/number apart.
func parsePath(path string) (eventKey, int, error) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 {
		return eventKey{}, 0, fmt.Errorf("the path %q does not have three parts", path)
	}
	number, err := strconv.ParseUint(parts[3], 10, 8)
	if err != nil {
		return eventKey{}, 0, fmt.Errorf("the path %q does not end with a number: %w", path, err)
	}
	return eventKey{parts[1], parts[2]}, int(number), nil
}

// seen reports whether the last call of the event was made.
func (u *upstream) seen(key eventKey) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	last := len(u.scenarios[key.scenario].calls) - 1
	if last < 0 {
		return true // there is nothing to see
	}
	for _, e := range u.effects[key] {
		if e.number == last {
			return true
		}
	}
	return false
}

// of returns how many events of a scenario have made a call.
func (u *upstream) of(scenario string, number int) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for key, effects := range u.effects {
		if key.scenario == scenario && countOf(effects, number) > 0 {
			n++
		}
	}
	return n
}

// waitUntil waits until a condition holds that a call may change.
func waitUntil(ctx context.Context, what string, holds func() bool) error {
	const tick = 5 * time.Millisecond
	limited, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	for !holds() {
		if err := (clock.System{}).Sleep(limited, tick); err != nil {
			return fmt.Errorf("waited for %s: %w", what, err)
		}
	}
	return nil
}

// calls returns how many there were.
func (u *upstream) calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.total
}

// story returns the calls for each event, with their times.
func (u *upstream) story() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var b strings.Builder
	for key, effects := range u.effects {
		for _, e := range effects {
			fmt.Fprintf(&b, "%s %s call %d %s %q\n", key.scenario, key.id, e.number, stamp(e.at), e.body)
		}
	}
	return b.String()
}
