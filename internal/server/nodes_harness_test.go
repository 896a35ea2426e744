package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// started is the database server of the tests of this package, once one of them has asked for it.
var started atomic.Pointer[postgrestest.Server]

var theDatabases = sync.OnceValues(func() (*postgrestest.Server, error) {
	s, err := postgrestest.Start(context.Background(), postgrestest.Options{})
	if err == nil {
		started.Store(s)
	}
	return s, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if s := started.Load(); s != nil {
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// nodes are services on one database, and an upstream that their scenarios call.
type nodes struct {
	t        testing.TB
	url      string
	upstream string
	mu       sync.Mutex
	calls    []string // paths, in order
	times    []time.Time
	gate     chan struct{}
	mended   atomic.Bool
}

// member is one of the nodes.
type member struct {
	*Service
	t     testing.TB
	clock *shiftedClock
	web   string // where it answers
	stop  func()
}

// shiftedClock is the machine's clock, which a test can set forward for one node alone: as if the process had been stopped.
type shiftedClock struct {
	clock.System
	ahead atomic.Int64
}

// Now returns the time, as much ahead as the test has said.
func (c *shiftedClock) Now() time.Time {
	return c.System.Now().Add(time.Duration(c.ahead.Load()))
}

// newNodes makes an empty database. Each call of a path that begins with /slow waits for a value of gate, and one with /broken fails until mended is set.
func newNodes(tb testing.TB) *nodes {
	tb.Helper()
	s, err := theDatabases()
	return newNodesOn(tb, s, err)
}

// newNodesOn does so on a database server, if it could be started.
func newNodesOn(tb testing.TB, s *postgrestest.Server, err error) *nodes {
	tb.Helper()
	if errors.Is(err, postgrestest.ErrMissing) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	n := &nodes{t: tb, gate: make(chan struct{}, 1000)}
	if n.url, err = s.Database(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		n.mu.Lock()
		n.calls = append(n.calls, r.URL.Path)
		n.times = append(n.times, clock.System{}.Now())
		n.mu.Unlock()
		if strings.HasPrefix(r.URL.Path, "/broken") && !n.mended.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
		if strings.HasPrefix(r.URL.Path, "/slow") {
			select {
			case <-n.gate:
			case <-r.Context().Done():
			}
		}
	}))
	tb.Cleanup(up.Close)
	n.upstream = up.URL
	return n
}

// called returns how often a path was called.
func (n *nodes) called(path string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 0
	for _, c := range n.calls {
		if c == path {
			count++
		}
	}
	return count
}

// join starts a node.
func (n *nodes) join(options ...Option) *member {
	n.t.Helper()
	m := &member{t: n.t, clock: &shiftedClock{}}
	system, err := Assemble(Options{Allow: []string{"loopback"}, Durable: true})
	if err != nil {
		n.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() {
		log = slog.New(slog.NewTextHandler(n.t.Output(), nil))
	}
	data, err := store.Open(n.t.Context(), n.t.TempDir(), store.Options{Clock: m.clock, Database: n.url})
	if err != nil {
		n.t.Fatal(err)
	}
	if m.Service, err = StartService(n.t.Context(), system, data, m.clock, log, options...); err != nil {
		n.t.Fatal(err)
	}
	h := httptest.NewServer(m.Handler())
	m.web = h.URL
	m.stop = sync.OnceFunc(func() {
		m.Close()
		h.Close()
		if err := data.Close(); err != nil {
			n.t.Error(err)
		}
	})
	n.t.Cleanup(m.stop)
	return m
}

// control is what people do at the node.
func (m *member) control() *Control {
	return &Control{Store: m.store, System: m.system, Clock: m.clock, Live: m.Service}
}

// add makes an active scenario behind a webhook of its own at the node, as people do, and returns the path of the webhook.
func (m *member) add(n *nodes, settings string, nodes ...string) (scenario int64, path string) {
	m.t.Helper()
	ctx := m.t.Context()
	flow := strings.ReplaceAll(strings.Join(nodes, ","), "UP", n.upstream)
	id, _, _, err := m.store.SaveScenario(ctx, store.SaveScenario{
		Name: "test", Blueprint: []byte(`{"name":"test","flow":[` + flow + `],"metadata":{"version":1,"scenario":{` + settings + `}}}`),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	token, err := intake.NewToken(strings.NewReader(fmt.Sprintf("%020d", id)))
	if err != nil {
		m.t.Fatal(err)
	}
	hash := token.Hash()
	w, err := m.store.SaveWebhook(ctx, store.Webhook{Name: fmt.Sprint("hook ", id), Scenario: id, TokenHash: hash[:]})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := errors.Join(m.store.Activate(ctx, id, true, time.Time{}), m.ReloadScenario(ctx, id), m.ReloadWebhook(ctx, w.ID)); err != nil {
		m.t.Fatal(err)
	}
	return id, token.Path()
}

// deliver calls a webhook at the node, and returns status and text.
func (m *member) deliver(path, body string) string {
	m.t.Helper()
	resp, err := http.Post(m.web+path, "application/json", strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		m.t.Fatal(err)
	}
	if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
		m.t.Errorf("%d without Retry-After: %s", resp.StatusCode, text)
	}
	return fmt.Sprint(resp.StatusCode, " ", string(text))
}

// until waits for a condition, and fails when it takes longer than patience allows on a busy machine.
func until(tb testing.TB, what string, met func() bool) {
	tb.Helper()
	const patience = 60 * time.Second
	began := clock.System{}.Now()
	for !met() {
		if (clock.System{}).Now().Sub(began) > patience {
			tb.Fatalf("%s: not within %s", what, patience)
		}
		if err := (clock.System{}).Sleep(tb.Context(), 5*time.Millisecond); err != nil {
			tb.Fatal(err)
		}
	}
}

// shared reports whether the nodes have all partitions and nobody has two more than another.
func shared(members ...*member) bool {
	total := 0
	for _, m := range members {
		kept := len(m.lease.kept())
		if least, most := store.Partitions/len(members), store.Partitions/len(members)+1; kept < least || kept > most {
			return false
		}
		total += kept
	}
	return total == store.Partitions
}

// ownerOf tells who runs a scenario, and one of the others.
func ownerOf(tb testing.TB, scenario int64, members ...*member) (owner, other *member) {
	tb.Helper()
	for _, m := range members {
		if m.owns(scenario) {
			owner = m
		} else {
			other = m
		}
	}
	if owner == nil || other == nil {
		tb.Fatalf("scenario %d has no owner", scenario)
	}
	return owner, other
}

// finished waits until so many executions of a scenario are over, and returns them.
func (m *member) finished(scenario int64, number int) []store.Execution {
	m.t.Helper()
	var list []store.Execution
	until(m.t, fmt.Sprintf("%d executions of scenario %d", number, scenario), func() bool {
		var err error
		if list, err = m.store.History(m.t.Context(), store.HistoryFilter{Scenario: scenario, Limit: store.MaxPage}); err != nil {
			m.t.Fatal(err)
		}
		return len(list) >= number
	})
	for i := range list {
		if list[i].Status != store.Success {
			m.t.Errorf("execution %d: got %s: %s", list[i].ID, list[i].Status, list[i].Summary.ErrorMessage)
		}
	}
	return list
}

const respondFlow = `{"id":3,"module":"gateway:WebhookRespond","version":1,"parameters":{},"mapper":{"status":"201","body":"hello {{1.name}}"}}`
