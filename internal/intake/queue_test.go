package intake

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// testTime is when everything in these tests happens: the moment of the Standard Webhooks example.
var testTime = time.Unix(1614265330, 0)

// memory is a Queue and a Meter for one webhook.
type memory struct {
	mu       sync.Mutex
	hook     *Hook
	lookup   error // of Webhook
	refuse   error // of Accept
	items    []Item
	seen     map[Key]memorySeen
	learning Learning
	counts   map[Outcome]int
	accepted func() // called in Accept, for tests that look inside
}

type memorySeen struct {
	id    int64
	until time.Time
}

var (
	_ Queue = (*memory)(nil)
	_ Meter = (*memory)(nil)
)

func newMemory(hook Hook) (*memory, Token) {
	token, err := NewToken(rand.Reader)
	if err != nil {
		panic(err) // the random source of the system never fails
	}
	hook.ID, hook.Address = 7, token.Hash()
	return &memory{hook: &hook, seen: map[Key]memorySeen{}, counts: map[Outcome]int{}}, token
}

func (m *memory) Webhook(_ context.Context, address TokenHash) (*Hook, error) {
	if m.lookup != nil {
		return nil, m.lookup
	}
	if address != m.hook.Address {
		return nil, ErrNoWebhook
	}
	return m.hook, nil
}

func (m *memory) Accept(ctx context.Context, _ HookID, item Item) (Receipt, error) {
	if m.accepted != nil {
		m.accepted()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if ctx.Err() != nil || m.refuse != nil {
		return Receipt{}, m.refuse
	}
	if first, ok := m.seen[item.Key]; ok && item.Key != (Key{}) && item.Received.Before(first.until) {
		return Receipt{ID: first.id, Duplicate: true}, nil
	}
	m.items = append(m.items, item)
	id := int64(len(m.items))
	m.seen[item.Key] = memorySeen{id, item.Received.Add(item.Window)}
	return Receipt{ID: id}, nil
}

func (m *memory) Learn(_ context.Context, _ HookID, add func(Learning) Learning) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.learning = add(m.learning)
	return nil
}

func (m *memory) Count(_ HookID, outcome Outcome) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[outcome]++
}

// queued returns the bundles as JSON, one a line.
func (m *memory) queued() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	lines := make([]string, len(m.items))
	for i, item := range m.items {
		lines[i] = item.Bundle.JSON()
	}
	return strings.Join(lines, "\n")
}

// bench is a Handler over a memory, ready to be called.
type bench struct {
	*memory
	handler *Handler
	clock   *clock.Fake
	token   Token
}

func newBench(tb testing.TB, hook Hook, change ...func(*Options)) *bench {
	tb.Helper()
	m, token := newMemory(hook)
	b := &bench{memory: m, clock: clock.NewFake(testTime), token: token}
	o := Options{Queue: m, Clock: b.clock, Meter: m}
	for _, f := range change {
		f(&o)
	}
	b.handler = New(o)
	b.handler.SetReady(true)
	return b
}

// request makes a request to the webhook; query starts with "?" or is empty, headers are "Name: value".
func (b *bench) request(method, query, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "http://hooks.example.com"+b.token.Path()+query, strings.NewReader(body))
	for _, line := range headers {
		name, text, _ := strings.Cut(line, ": ")
		r.Header.Add(name, text)
	}
	return r
}

func (b *bench) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w
}

func (b *bench) post(body string, headers ...string) *httptest.ResponseRecorder {
	return b.do(b.request(http.MethodPost, "", body, append([]string{"Content-Type: application/json"}, headers...)...))
}

// settings reads settings as they are stored.
func settings(tb testing.TB, text string) *Settings {
	tb.Helper()
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		tb.Fatalf("settings %s: %v", text, err)
	}
	s, problems := ParseSettings(v)
	if len(problems) > 0 {
		tb.Fatalf("settings %s: %v", text, problems)
	}
	return s
}

func parseJSON(tb testing.TB, text string) value.Value {
	tb.Helper()
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return v
}

func structure(tb testing.TB, text string) []module.Field {
	tb.Helper()
	return module.ParseFields(parseJSON(tb, text))
}
