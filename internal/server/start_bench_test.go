package server

import (
	"encoding/binary"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

// BenchmarkManyScenarios starts a node on a database with 10,000 active scenarios behind webhooks, and another one that takes half of
// them over when it comes and all of them when the first one stops. It says how long that takes until everything is looked through, and how
// many transactions it costs.
func BenchmarkManyScenarios(b *testing.B) {
	s := benchDatabase(b)
	n := newNodesOn(b, s, nil)
	fillHooked(b, n.url)
	for range b.N {
		var one, two *member
		count := func(name string, do func(), done func() bool) {
			begin, before := time.Now(), transactions(b, n.url)
			do()
			until(b, name, done)
			b.ReportMetric(float64(time.Since(begin).Milliseconds()), name+"_ms")
			b.ReportMetric(float64(transactions(b, n.url)-before), name+"_transactions")
		}
		through := func(m *member) bool { return len(m.lines.waiting()) == 0 }
		count("start", func() { one = n.join() }, func() bool { return through(one) })
		count("join", func() { two = n.join() }, func() bool { return shared(one, two) && through(two) })
		count("takeover", one.stop, func() bool { return len(two.lease.kept()) == store.Partitions && through(two) })
		two.stop()
	}
	b.ReportMetric(0, "ns/op")
}

// fillHooked makes the scenarios and their webhooks.
func fillHooked(b *testing.B, url string) {
	b.Helper()
	data, err := store.Open(b.Context(), b.TempDir(), store.Options{Clock: clock.System{}, Database: url})
	if err != nil {
		b.Fatal(err)
	}
	blueprint := []byte(`{"name":"waits","flow":[` + strings.ReplaceAll(noOps, "UP", "http://127.0.0.1") + `],"metadata":{"version":1}}`)
	jobs := make(chan struct{})
	var all sync.WaitGroup
	for range benchCallers {
		all.Go(func() {
			for range jobs {
				id, _, _, err := data.SaveScenario(b.Context(), store.SaveScenario{Name: "waits", Blueprint: blueprint})
				if err == nil {
					err = data.Activate(b.Context(), id, true, time.Time{})
				}
				if err == nil {
					_, err = data.SaveWebhook(b.Context(), store.Webhook{Name: "waits", Scenario: id, TokenHash: binary.BigEndian.AppendUint64(make([]byte, 24), uint64(id))})
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range coordinated {
		jobs <- struct{}{}
	}
	close(jobs)
	all.Wait()
	if err := data.Close(); err != nil {
		b.Fatal(err)
	}
}
