package metrics

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
)

// scrape returns the lines of our numbers that are not 0, by name and labels.
func scrape(t *testing.T, m *Metrics) map[string]float64 {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("got status %d, error %v: %s", w.Code, err, body)
	}
	got := map[string]float64{}
	for line := range strings.SplitSeq(string(body), "\n") {
		at := strings.LastIndexByte(line, ' ')
		if !strings.HasPrefix(line, "ropeway_") || at < 0 || strings.Contains(line, "_bucket{") || strings.HasPrefix(line, "ropeway_build_info") {
			continue
		}
		n, err := strconv.ParseFloat(line[at+1:], 64)
		if err != nil {
			t.Errorf("line %q: %v", line, err)
		}
		if n != 0 {
			got[strings.TrimPrefix(line[:at], "ropeway_")] = n
		}
	}
	return got
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	m := New("v1")
	m.Watch(func(context.Context) (Levels, error) {
		return Levels{
			FreeBytes: 5,
			Totals: store.Totals{
				History: store.Counted{Number: 6, Bytes: 7}, Queued: store.Counted{Number: 8, Bytes: 9}, Incomplete: store.Counted{Bytes: 10},
				States: map[store.IncompleteState]int64{store.Unresolved: 11, store.Pending: 12},
			},
			Usage: store.Usage{Database: 13, Log: 14, Free: 15},
		}, nil
	})
	for range 3 {
		m.Started(store.ByWebhook)
	}
	m.Finished(store.ByWebhook, store.Success, 2*time.Second)
	m.Suspended()
	m.Operation("http:ActionSendData", false, time.Second)
	m.Operation("http:MakeRequest", true, time.Second)
	m.Count(7, intake.Accepted)
	m.Count(0, "unheard of")
	m.Committed(4, 5, time.Second)
	m.Swept(store.Swept{Executions: 2, Bytes: 100}, time.Second, nil)
	m.Swept(store.Swept{}, time.Second, errors.New("broken"))
	m.Notified("email", true)
	m.Notified("email", false)
	m.Retried(true)
	want := map[string]float64{
		`executions_started_total{origin="webhook"}`: 3, `executions_finished_total{origin="webhook",status="success"}`: 1, `executions_running`: 1,
		`execution_seconds_sum{origin="webhook"}`: 2, `execution_seconds_count{origin="webhook"}`: 1,
		`operations_total{app="http",result="success"}`: 1, `operations_total{app="http",result="error"}`: 1,
		`operation_seconds_sum{app="http"}`: 2, `operation_seconds_count{app="http"}`: 2,
		`webhook_calls_total{outcome="accepted"}`: 1,
		`commits_total`: 1, `commit_pages_total`: 5, `commit_requests_sum`: 4, `commit_requests_count`: 1, `commit_seconds_sum`: 1, `commit_seconds_count`: 1,
		`sweeps_total{result="success"}`: 1, `sweeps_total{result="error"}`: 1, `swept_executions_total`: 2, `swept_bytes_total`: 100,
		`sweep_seconds_sum`: 2, `sweep_seconds_count`: 2,
		`notifications_total{result="sent",sink="email"}`: 1, `notifications_total{result="dropped",sink="email"}`: 1, `retries_total{by="schedule"}`: 1,
		`disk_free_bytes`: 5, `history_executions`: 6, `history_bytes`: 7, `queue_payloads`: 8, `queue_bytes`: 9, `incomplete_bytes`: 10,
		`incomplete_executions{state="unresolved"}`: 11, `incomplete_executions{state="pending"}`: 12,
		`database_bytes`: 13, `log_bytes`: 14, `database_free_bytes`: 15,
	}
	if diff := cmp.Diff(want, scrape(t, m)); diff != "" {
		t.Errorf("numbers differ (-want +got):\n%s", diff)
	}
}

func TestAppsAreFew(t *testing.T) {
	t.Parallel()
	m := New("v1")
	for i := range MaxApps + 5 {
		m.Operation("app"+strconv.Itoa(i)+":module", false, 0)
	}
	m.Operation("app0:module", false, 0)
	got := scrape(t, m)
	if n := got[`operations_total{app="other",result="success"}`]; n != 5 {
		t.Errorf("got %v operations of other apps, want the 5 past the limit", n)
	}
	if n := got[`operations_total{app="app0",result="success"}`]; n != 2 {
		t.Errorf("got %v operations of the first app, want 2", n)
	}
}

func TestLevelsThatCannotBeReadFailTheScrape(t *testing.T) {
	t.Parallel()
	m := New("v1")
	m.Watch(func(context.Context) (Levels, error) { return Levels{}, errors.New("closed") })
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("got status %d, want %d", w.Code, http.StatusInternalServerError)
	}
}

// TestDocumented compares the list in the documentation with what there is.
func TestDocumented(t *testing.T) {
	t.Parallel()
	m := New("v1")
	m.Watch(func(context.Context) (Levels, error) { return Levels{}, nil })
	var names []string
	name := regexp.MustCompile(`fqName: "([^"]+)"`)
	for _, c := range m.collectors {
		descs := make(chan *prometheus.Desc, 100)
		c.Describe(descs)
		close(descs)
		for d := range descs {
			names = append(names, name.FindStringSubmatch(d.String())[1])
		}
	}
	doc, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(ropeway_[a-z_]+)").FindAllStringSubmatch(string(doc), -1) {
		documented = append(documented, found[1])
	}
	slices.Sort(names)
	slices.Sort(documented)
	if diff := cmp.Diff(names, documented); diff != "" {
		t.Errorf("docs/operating.md lists other metrics than there are (-there +listed):\n%s", diff)
	}
}

func BenchmarkEvent(b *testing.B) {
	m := New("v1")
	for name, event := range map[string]func(){
		"started":   func() { m.Started(store.ByWebhook) },
		"finished":  func() { m.Finished(store.ByWebhook, store.Success, time.Millisecond) },
		"operation": func() { m.Operation("http:ActionSendData", false, time.Millisecond) },
		"call":      func() { m.Count(7, intake.Accepted) },
		"commit":    func() { m.Committed(4, 5, time.Millisecond) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				event()
			}
		})
	}
}
