package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

// flushed is how many executions BenchmarkFlushDelay runs with each delay.
const flushed = 10_000

// commitMeter adds up what the store tells of its commits.
type commitMeter struct {
	mu sync.Mutex
	sums
}

// sums are what a commitMeter has added up.
type sums struct {
	commits, requests int
	took              time.Duration
}

// Committed implements store.Meter.
func (m *commitMeter) Committed(requests, _ int, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits, m.requests, m.took = m.commits+1, m.requests+requests, m.took+took
}

// BenchmarkFlushDelay runs executions with a call each on disks that take some time for each commit, and compares the rates. As the disk
// slows down, commits carry more: the rate may fall as far as the number of calls that are under way bounds what a commit can carry, and the
// store is then writing or waiting for the disk all the time ("writing" is near 1).
func BenchmarkFlushDelay(b *testing.B) {
	up := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(up.Close)
	none := 0.0
	for _, delay := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		b.Run(delay.String(), func(b *testing.B) {
			for range b.N {
				rate := runFlushed(b, up.URL, delay)
				if delay == 0 {
					none = rate
				} else if none > 0 {
					b.ReportMetric(rate/none, "of_no_delay")
				}
			}
		})
	}
}

// runFlushed runs the executions, and returns how many of them end a second.
func runFlushed(b *testing.B, upstream string, delay time.Duration) float64 {
	b.Helper()
	meter := &commitMeter{}
	in := newBenchInstallation(b, hookNode+","+strings.ReplaceAll(putNode, "UP", upstream), store.Options{FlushDelay: delay, Meter: meter})
	service := in.start(b)
	before := meter.sum()
	begin := time.Now()
	in.send(b, service, flushed)
	in.finished(b, flushed)
	elapsed, after := time.Since(begin), meter.sum()
	service.Close()
	in.close(b)
	commits := after.commits - before.commits
	rate := flushed / elapsed.Seconds()
	b.ReportMetric(rate, "executions/s")
	b.ReportMetric(float64(commits)/elapsed.Seconds(), "commits/s")
	b.ReportMetric(float64(after.requests-before.requests)/float64(commits), "writes/commit")
	b.ReportMetric((after.took-before.took).Seconds()/elapsed.Seconds(), "writing") // with the delay
	return rate
}

func (m *commitMeter) sum() sums {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sums
}
