package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	// drained is how many executions wait when the service starts, and how many follow live. ROPEWAY_BENCH_QUEUED asks for a second
	// round with another number that wait.
	drained = 20_000
	// callers is how many calls are under way at the same time.
	callers = 64
	// drainedNote makes a payload as large as those that webhooks usually send.
	drainedNote = 512

	drainedNodes = hookNode + `,{"id":2,"module":"util:ComposeTransformer","version":1,"parameters":{},"mapper":{"value":"{{upper(1.name)}}"}}` +
		`,{"id":3,"module":"util:ComposeTransformer","version":1,"parameters":{},"mapper":{"value":"{{2.value}} {{length(1.note)}}"}}`
)

// benchInstallation is a data directory with one active scenario behind a webhook.
type benchInstallation struct {
	system   *server.System
	store    *store.Store
	scenario int64
	hook     int64
	path     string
}

func newBenchInstallation(b *testing.B, nodes string, options store.Options) *benchInstallation {
	b.Helper()
	ctx := context.Background()
	options.Clock = clock.System{}
	system, err := server.Assemble(server.Options{Durable: true, Allow: []string{"loopback"}})
	if err != nil {
		b.Fatal(err)
	}
	in := &benchInstallation{system: system}
	if in.store, err = store.Open(ctx, b.TempDir(), options); err != nil {
		b.Fatal(err)
	}
	in.scenario, _, _, err = in.store.SaveScenario(ctx, store.SaveScenario{Name: "bench", Blueprint: []byte(`{"name":"bench","flow":[` + nodes + `],"metadata":{"version":1}}`)})
	if err != nil {
		b.Fatal(err)
	}
	token, err := intake.NewToken(strings.NewReader(strings.Repeat("0", 20)))
	if err != nil {
		b.Fatal(err)
	}
	hash := token.Hash()
	in.path = token.Path()
	hook, err := in.store.SaveWebhook(ctx, store.Webhook{Name: "bench", Scenario: in.scenario, TokenHash: hash[:], Settings: `{"rate":{"limit":1000000,"seconds":1}}`})
	if err != nil {
		b.Fatal(err)
	}
	in.hook = hook.ID
	if err := in.store.Activate(ctx, in.scenario, true, time.Time{}); err != nil {
		b.Fatal(err)
	}
	return in
}

func (in *benchInstallation) close(b *testing.B) {
	b.Helper()
	if err := in.store.Close(); err != nil {
		b.Error(err)
	}
}

func (in *benchInstallation) start(b *testing.B) *server.Service {
	b.Helper()
	service, err := server.StartService(context.Background(), in.system, in.store, clock.System{}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	return service
}

// queue leaves n executions waiting, as a service does that is killed right after it has taken them in.
func (in *benchInstallation) queue(b *testing.B, n int) {
	b.Helper()
	const atOnce = 1000
	note := value.Text(strings.Repeat("n", drainedNote))
	list := make([]store.Intake, 0, atOnce)
	for i := range n {
		list = append(list, store.Intake{Webhook: in.hook, Scenario: in.scenario, Version: 1, Received: time.Now(), Run: true, Input: []value.Value{
			value.Collection(value.F("name", value.Text(fmt.Sprint("name ", i))), value.F("note", note)),
		}})
		if len(list) == atOnce || i == n-1 {
			if _, err := in.store.Accept(context.Background(), list); err != nil {
				b.Fatal(err)
			}
			list = list[:0]
		}
	}
}

// finished waits until so many executions have ended, as long as more of them do.
func (in *benchInstallation) finished(b *testing.B, n int64) {
	b.Helper()
	const look, patience = time.Millisecond, time.Minute
	tick := time.NewTicker(look)
	defer tick.Stop()
	for last, since := int64(-1), time.Now(); ; <-tick.C {
		number, _ := in.store.HistoryTotal(in.scenario)
		if number >= n {
			return
		}
		if number != last {
			last, since = number, time.Now()
		} else if time.Since(since) > patience {
			b.Fatalf("%d executions have ended and no more do, want %d", number, n)
		}
	}
}

// send makes n calls, callers at a time, without a network.
func (in *benchInstallation) send(b *testing.B, service *server.Service, n int) {
	b.Helper()
	handler, note := service.Handler(), strings.Repeat("n", drainedNote)
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for i := c; i < n; i += callers {
				r := httptest.NewRequest(http.MethodPost, in.path, strings.NewReader(fmt.Sprintf(`{"name":"name %d","note":"%s"}`, i, note)))
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Errorf("got status %d, want 200", w.Code)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
}

// BenchmarkDrain starts a service with executions that wait, and compares the rate at which it works through them with that of
// executions that arrive while it runs, and that of a longer queue with that of a short one.
func BenchmarkDrain(b *testing.B) {
	lengths := []int{drained}
	if asked, err := strconv.Atoi(os.Getenv("ROPEWAY_BENCH_QUEUED")); err == nil {
		lengths = append(lengths, asked)
	}
	short := 0.0
	for _, n := range lengths {
		b.Run(fmt.Sprintf("queued=%d", n), func(b *testing.B) {
			for range b.N {
				rate := drainAndGoOn(b, n)
				if n == drained {
					short = rate
				} else if short > 0 {
					b.ReportMetric(rate/short, "of_short")
				}
			}
		})
	}
}

// drainAndGoOn works off n executions that wait, then some that arrive, and returns how many of the former end a second.
func drainAndGoOn(b *testing.B, n int) float64 {
	b.Helper()
	in := newBenchInstallation(b, drainedNodes, store.Options{})
	in.queue(b, n)
	begin := time.Now()
	service := in.start(b)
	ready := time.Since(begin)
	in.finished(b, 1)
	first := time.Since(begin)
	in.finished(b, int64(n))
	drain := float64(n) / time.Since(begin).Seconds()
	begin = time.Now()
	in.send(b, service, drained)
	in.finished(b, int64(n+drained))
	live := drained / time.Since(begin).Seconds()
	service.Close()
	in.close(b)
	b.ReportMetric(float64(ready.Milliseconds()), "ready_ms")
	b.ReportMetric(float64(first.Milliseconds()), "first_ms")
	b.ReportMetric(drain, "drained/s")
	b.ReportMetric(live, "live/s")
	b.ReportMetric(drain/live, "of_live")
	return drain
}

// BenchmarkAcceptOnly takes calls in for a scenario that is not to run yet, so that nothing but the acceptance is measured.
func BenchmarkAcceptOnly(b *testing.B) {
	in := newBenchInstallation(b, drainedNodes, store.Options{})
	if err := in.store.Activate(context.Background(), in.scenario, false, time.Time{}); err != nil {
		b.Fatal(err)
	}
	service := in.start(b)
	b.ReportAllocs()
	b.ResetTimer()
	in.send(b, service, b.N)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.StopTimer()
	service.Close()
	in.close(b)
}
