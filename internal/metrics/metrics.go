// Package metrics counts what a server does, for Prometheus.
//
// It exists so that a slow disk, a growing queue or a failing scenario shows
// before anybody complains. It has a registry of its own, and labels whose
// values are few: no name that a user chose stands in one. It does not decide
// when something is wrong; that is for who reads the numbers.
package metrics

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/store"
)

var (
	_ intake.Meter = (*Metrics)(nil)
	_ store.Meter  = (*Metrics)(nil)
	_ notify.Meter = (*Metrics)(nil)
)

// MaxApps is how many different apps have numbers of their own; operations of further ones count as "other".
const MaxApps = 200

// scrapeTime is how long reading the totals of the store may take.
const scrapeTime = 5 * time.Second

// Metrics holds all numbers. It is safe for concurrent use. Its methods take less than a microsecond.
type Metrics struct {
	registry   *prometheus.Registry
	collectors []prometheus.Collector // ours, without those of Go and the process

	started, finished, retries *prometheus.CounterVec
	running                    prometheus.Gauge
	executionTime              *prometheus.HistogramVec
	operations                 *prometheus.CounterVec
	operationTime              *prometheus.HistogramVec
	outcomes                   map[intake.Outcome]prometheus.Counter
	commits, commitPages       prometheus.Counter
	commitSize, commitTime     prometheus.Histogram
	sweeps, notifications      *prometheus.CounterVec
	sweptRuns, sweptBytes      prometheus.Counter
	sweepTime                  prometheus.Histogram

	mu   sync.RWMutex // guards what follows
	apps map[string]*appMetrics
}

// appMetrics are the numbers of one app, looked up once.
type appMetrics struct {
	succeeded, failed prometheus.Counter
	took              prometheus.Observer
}

// New returns Metrics of a build.
func New(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), apps: map[string]*appMetrics{}, outcomes: map[intake.Outcome]prometheus.Counter{}}
	m.started = m.counters("executions_started_total", "Executions that began.", "origin")
	m.finished = m.counters("executions_finished_total", "Executions that ended.", "origin", "status")
	m.running = m.gauges("executions_running", "Executions that run now.").WithLabelValues()
	m.executionTime = m.histograms("execution_seconds", "Time from the beginning of an execution to its end.", seconds(), "origin")
	m.operations = m.counters("operations_total", "Operations of modules.", "app", "result")
	m.operationTime = m.histograms("operation_seconds", "Time of an operation.", seconds(), "app")
	m.retries = m.counters("retries_total", "Incomplete executions that were retried.", "by")
	m.commits = m.counter("commits_total", "Commits of the journal, also failed ones.")
	m.commitPages = m.counter("commit_pages_total", "Pages of 4 KiB that commits have written to the write-ahead log.")
	m.commitSize = m.histogram("commit_requests", "Requests that shared a commit.", prometheus.ExponentialBuckets(1, 2, 11))
	m.commitTime = m.histogram("commit_seconds", "Time of a commit.", seconds())
	m.sweeps = m.counters("sweeps_total", "Sweeps of the history.", "result")
	m.sweptRuns = m.counter("swept_executions_total", "Executions that sweeps have removed.")
	m.sweptBytes = m.counter("swept_bytes_total", "Bytes of the journals of these executions.")
	m.sweepTime = m.histogram("sweep_seconds", "Time of a sweep.", seconds())
	m.notifications = m.counters("notifications_total", "Notifications, by the way of telling.", "result", "sink")
	calls := m.counters("webhook_calls_total", "Calls of webhooks, by what became of them.", "outcome")
	for _, o := range intake.Outcomes() {
		m.outcomes[o] = calls.WithLabelValues(string(o))
	}
	info := m.gauges("build_info", "1, with the version.", "goversion", "version")
	info.WithLabelValues(runtime.Version(), version).Set(1)
	m.registry.MustRegister(m.collectors...)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// seconds returns the bounds for times: 100 µs to 2 minutes.
func seconds() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 120}
}

const namespace = "ropeway"

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.collectors = append(m.collectors, c)
	return c
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	return m.counters(name, help).WithLabelValues()
}

func (m *Metrics) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	m.collectors = append(m.collectors, h)
	return h
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	m.collectors = append(m.collectors, h)
	return h
}

func (m *Metrics) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.collectors = append(m.collectors, g)
	return g
}

// Handler serves the numbers in the form that Prometheus reads.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Started counts an execution that begins; origin is what it came from.
func (m *Metrics) Started(origin store.Origin) {
	m.running.Inc()
	m.started.WithLabelValues(originName(origin)).Inc()
}

// Finished counts an execution that has ended. There is one call for each of Started, also when a stop of the server
// suspends the execution: then Suspended.
func (m *Metrics) Finished(origin store.Origin, status store.Status, took time.Duration) {
	name := originName(origin)
	m.running.Dec()
	m.finished.WithLabelValues(name, status.String()).Inc()
	m.executionTime.WithLabelValues(name).Observe(took.Seconds())
}

// Suspended says that an execution goes on after the next start of the server.
func (m *Metrics) Suspended() { m.running.Dec() }

func originName(o store.Origin) string {
	names := [...]string{"other", "webhook", "schedule", "hand", "replay", "retry", "scenario"}
	if i := int(o); i > 0 && i < len(names) {
		return names[i]
	}
	return names[0]
}

// Operation counts one run of a module, named as in blueprints: "http:ActionSendData" counts for the app "http".
func (m *Metrics) Operation(module string, failed bool, took time.Duration) {
	a := m.app(module)
	if failed {
		a.failed.Inc()
	} else {
		a.succeeded.Inc()
	}
	a.took.Observe(took.Seconds())
}

// app returns the numbers of the app of a module.
func (m *Metrics) app(module string) *appMetrics {
	name, _, _ := strings.Cut(module, ":")
	m.mu.RLock()
	a := m.apps[name]
	m.mu.RUnlock()
	if a != nil {
		return a
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if a := m.apps[name]; a != nil {
		return a
	}
	label := name
	if len(m.apps) >= MaxApps {
		label = "other"
	}
	a = &appMetrics{
		succeeded: m.operations.WithLabelValues(label, "success"), failed: m.operations.WithLabelValues(label, "error"),
		took: m.operationTime.WithLabelValues(label),
	}
	if len(m.apps) < MaxApps {
		m.apps[name] = a
	}
	return a
}

// Retried counts an incomplete execution that is retried: automatically, or by hand.
func (m *Metrics) Retried(automatically bool) {
	by := "hand"
	if automatically {
		by = "schedule"
	}
	m.retries.WithLabelValues(by).Inc()
}

// Count counts the call of a webhook.
func (m *Metrics) Count(_ intake.HookID, outcome intake.Outcome) {
	if c := m.outcomes[outcome]; c != nil {
		c.Inc()
	}
}

// Committed counts a commit of the store.
func (m *Metrics) Committed(requests, pages int, took time.Duration) {
	m.commits.Inc()
	m.commitPages.Add(float64(max(0, pages)))
	m.commitSize.Observe(float64(requests))
	m.commitTime.Observe(took.Seconds())
}

// Swept counts a sweep of the history.
func (m *Metrics) Swept(done store.Swept, took time.Duration, err error) {
	m.sweeps.WithLabelValues(result(err == nil)).Inc()
	m.sweptRuns.Add(float64(done.Executions))
	m.sweptBytes.Add(float64(max(0, done.Bytes)))
	m.sweepTime.Observe(took.Seconds())
}

// Notified counts a notification at one sink: told, or dropped.
func (m *Metrics) Notified(sink string, told bool) {
	word := "sent"
	if !told {
		word = "dropped"
	}
	m.notifications.WithLabelValues(word, sink).Inc()
}

func result(good bool) string {
	if good {
		return "success"
	}
	return "error"
}

// Levels are numbers that stand at a value, read when Prometheus asks.
type Levels struct {
	FreeBytes uint64 // on the disk of the data directory
	Totals    store.Totals
	Usage     store.Usage
	Node      NodeLevels
}

// NodeLevels is what this process has of the work that the nodes of a database share; TakenOver, LateRenewals and Signals count since the start.
type NodeLevels struct {
	Partitions                       int
	TakenOver, LateRenewals, Signals int64
	OldestSignal                     time.Duration // how long ago the oldest signal was told that no node has acted on
	UpgradeWaits                     bool          // a change of the tables waits for nodes of older versions to stop
}

// Watch adds the levels that read returns. It is called once, before Handler serves.
func (m *Metrics) Watch(read func(context.Context) (Levels, error)) {
	l := newLevels(read)
	m.collectors = append(m.collectors, l)
	m.registry.MustRegister(l)
}
