package intake

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
)

// swallow is a Queue that keeps nothing.
type swallow struct{ hook *Hook }

func (s swallow) Webhook(context.Context, TokenHash) (*Hook, error) { return s.hook, nil }

func (s swallow) Accept(context.Context, HookID, Item) (Receipt, error) { return Receipt{ID: 1}, nil }

func (s swallow) Learn(context.Context, HookID, func(Learning) Learning) error { return nil }

// benchBody is a call of 680 bytes.
func benchBody() string {
	const start = `{"event":"user.tagged","timestamp":1700000000,"data":{"user":{"data":{"id":12345,"email":"ann@example.com","name":"Ann Example","tags":["vip","trial"],"attributes":{"plan":"pro","seats":12,"newsletter":true}}},"tag":"vip"},"note":"`
	return start + strings.Repeat("n", 680-len(start)-2) + `"}`
}

func benchHandler(b *testing.B, conf string) (*Handler, Token) {
	b.Helper()
	m, token := newMemory(Hook{Settings: settings(b, conf)})
	m.hook.Settings.Rate = Rate{Limit: -1}
	h := New(Options{Queue: swallow{m.hook}, Clock: clock.System{}})
	h.SetReady(true)
	return h, token
}

// nowhere is a ResponseWriter without a connection.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header         { return n.header }
func (n *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n *nowhere) WriteHeader(status int)      { n.status = status }

// BenchmarkAccept is the handler alone.
func BenchmarkAccept(b *testing.B) {
	body := benchBody()
	for name, conf := range map[string]string{
		"plain":      `{}`,
		"duplicates": `{"duplicates":{"by":"body"}}`,
		"filter":     `{"filter":{"conditions":[[{"a":"{{event}}","o":"text:equal","b":"user.tagged"}]]}}`,
		"structure":  `{"structure":[{"name":"event","type":"text","required":true},{"name":"timestamp","type":"number"}]}`,
	} {
		b.Run(name, func(b *testing.B) {
			h, token := benchHandler(b, conf)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				r := httptest.NewRequest(http.MethodPost, token.Path(), nil)
				r.Header.Set("Content-Type", "application/json")
				r.ContentLength = int64(len(body))
				reader := strings.NewReader(body)
				r.Body = io.NopCloser(reader)
				for pb.Next() {
					reader.Reset(body)
					w := &nowhere{header: http.Header{}}
					if h.ServeHTTP(w, r); w.status != http.StatusOK {
						b.Errorf("status: got %d, want 200", w.status)
						return
					}
				}
			})
		})
	}
}

// BenchmarkServer is the handler behind net/http on loopback, with its callers on the same processors.
func BenchmarkServer(b *testing.B) {
	h, token := benchHandler(b, `{}`)
	server := httptest.NewServer(h)
	defer server.Close()
	client := server.Client()
	if transport, ok := client.Transport.(*http.Transport); ok {
		transport.MaxIdleConnsPerHost = 64
	}
	body := benchBody()
	b.SetParallelism(16)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			response, err := client.Post(server.URL+token.Path(), "application/json", strings.NewReader(body))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			if response.StatusCode != http.StatusOK {
				b.Errorf("status: got %d, want 200", response.StatusCode)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
