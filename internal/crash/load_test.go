//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

// Size of the load.
const (
	senders = 4
	// pause is how long a sender waits between two events.
	pause = 8 * time.Millisecond
	// mostWaiting is how many acknowledged events may be unfinished before the senders wait.
	mostWaiting = 400
)

// load sends events and keeps which of them were acknowledged.
type load struct {
	scenarios []scenario
	client    *http.Client
	upstream  *upstream

	mu           sync.Mutex
	addresses    []string      // of the server, or of several that share the load
	changed      chan struct{} // closed when they are other ones
	acknowledged []eventKey
	sent         int
	refused      int
	unexpected   []string // answers that a healthy or a dead server does not give
	refusable    bool     // the server may say that it takes nothing in for now
}

func newLoad(list []scenario, u *upstream, client *http.Client) *load {
	return &load{scenarios: list, upstream: u, client: client, changed: make(chan struct{})}
}

// redirect tells the senders where the server is now, or the servers are; "" stands for nowhere.
func (l *load) redirect(addresses ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.addresses = slices.DeleteFunc(addresses, func(a string) bool { return a == "" })
	close(l.changed)
	l.changed = make(chan struct{})
}

// target returns where the n-th event goes. others says that there are other servers to go on with when it does not answer.
func (l *load) target(n int) (address string, others bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.addresses) > 0 {
		address = l.addresses[n%len(l.addresses)]
	}
	return address, len(l.addresses) > 1, l.changed
}

// run sends until ctx ends and returns when all senders have stopped. No event is sent twice: one without an answer
// may have been accepted or not.
func (l *load) run(ctx context.Context) {
	var wg sync.WaitGroup
	for n := range senders {
		wg.Go(func() { l.send(ctx, n) })
	}
	wg.Wait()
}

func (l *load) send(ctx context.Context, sender int) {
	checked := 0 // acknowledged events before it are finished
	for i := 0; (clock.System{}).Sleep(ctx, pause) == nil; i++ {
		address, others, changed := l.target(i + i/len(l.scenarios))
		if address != "" && l.waiting(&checked) > mostWaiting {
			continue
		}
		if address != "" && l.sendOne(ctx, address, &l.scenarios[(sender+i)%len(l.scenarios)], fmt.Sprintf("%d-%d", sender, i)) {
			continue
		}
		if others {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// waiting returns about how many acknowledged events are unfinished: those behind the oldest unfinished one. Events
// that may end without all their calls are not waited for.
func (l *load) waiting(checked *int) int {
	l.mu.Lock()
	rest := l.acknowledged[*checked:]
	l.mu.Unlock()
	for i := range rest {
		if !l.finished(rest[i]) {
			return len(rest) - i
		}
		*checked++
	}
	return 0
}

func (l *load) finished(key eventKey) bool {
	return l.upstream.scenarios[key.scenario].handsBack() || l.upstream.seen(key)
}

// sendOne posts an event and reports whether there was an answer.
func (l *load) sendOne(ctx context.Context, address string, s *scenario, id string) bool {
	return l.sendBody(ctx, address, s, id, fmt.Sprintf(`{"id":%q,"items":[1,2,3,4,5]}`, id))
}

func (l *load) sendBody(ctx context.Context, address string, s *scenario, id, body string) bool {
	// Not ctx: the end of the load lets the last request end.
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, address+"/hook/"+s.token(), strings.NewReader(body))
	if err != nil {
		l.note("", err.Error())
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	l.mu.Lock()
	l.sent++
	l.mu.Unlock()
	resp, err := l.client.Do(req)
	if err != nil {
		return false // it was killed
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return false
	}
	switch want := strings.ReplaceAll(s.answer, "EVENT", id); resp.StatusCode {
	case http.StatusOK:
		if got := string(text); got != "Accepted" && (want == "" || got != want) { // a server that stops only says that it has the event
			l.note(s.name, fmt.Sprintf("answer %q to event %s, want %q", got, id, want))
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.acknowledged = append(l.acknowledged, eventKey{s.name, id})
	case http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusInsufficientStorage:
		l.refuse(s.name, resp)
	default:
		l.note(s.name, resp.Status)
	}
	return true
}

// refuse counts a refusal that says when to come again.
func (l *load) refuse(name string, resp *http.Response) {
	if !l.refusable || resp.Header.Get("Retry-After") == "" {
		l.note(name, fmt.Sprintf("%s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After")))
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
}

func (l *load) note(name, what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unexpected = append(l.unexpected, name+": "+what)
}

// quietFor is how long the upstream must see nothing before the server counts as idle.
const quietFor = 2 * time.Second

// waitUntilQuiet waits until every acknowledged event has made its last call, and then until nothing more happens.
func (l *load) waitUntilQuiet(ctx context.Context) error {
	const tick = 50 * time.Millisecond
	checked, calls := 0, -1
	for quiet := time.Duration(0); quiet < quietFor; quiet += tick {
		if err := (clock.System{}).Sleep(ctx, tick); err != nil {
			return fmt.Errorf("of %d events %d had ended without a gap: %w", len(l.acknowledged), checked, err)
		}
		if now := l.upstream.calls(); now != calls || l.waiting(&checked) > 0 {
			calls, quiet = now, 0
		}
	}
	return nil
}
