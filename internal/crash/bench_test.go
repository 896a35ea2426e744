//go:build linux || darwin

package crash_test

import (
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	// historyBytes is how large the history of BenchmarkStart is; ROPEWAY_BENCH_HISTORY_BYTES makes it larger.
	historyBytes = 200 << 20
	// resultBytes is the size of the one result of each execution in it.
	resultBytes = 4000
	// starts is how often the server is started.
	starts = 11
)

// BenchmarkStart measures how long the server takes from its start to its being ready, on a data directory with a long history.
func BenchmarkStart(b *testing.B) {
	size := int64(historyBytes)
	if asked, err := strconv.ParseInt(os.Getenv("ROPEWAY_BENCH_HISTORY_BYTES"), 10, 64); err == nil {
		size = asked
	}
	in := build(b, "127.0.0.1:1")
	in.makeHistory(b, size)
	client := &http.Client{Timeout: readyLimit}
	for range b.N {
		var took []time.Duration
		for range starts {
			p, err := in.start()
			if err != nil {
				b.Fatal(err)
			}
			_, ready, err := p.ready(b.Context(), client)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, ready)
			if err := p.kill(); err != nil {
				b.Fatal(err)
			}
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[starts/2].Microseconds())/1000, "ready_ms")
		b.ReportMetric(float64(took[starts-1].Microseconds())/1000, "longest_ms")
		b.ReportMetric(float64(size)/1e6, "MB")
	}
}

// makeHistory writes finished executions until their journals have size bytes.
func (in *installation) makeHistory(b *testing.B, size int64) {
	b.Helper()
	s := in.open(b)
	defer closeStore(b, s)
	ctx := b.Context()
	id, version, _, err := s.SaveScenario(ctx, store.SaveScenario{Name: "history", Blueprint: []byte(`{"name":"history","flow":[],"metadata":{"version":1}}`)})
	if err != nil {
		b.Fatal(err)
	}
	leases, err := s.AcquirePartitions(ctx, "history", clock.System{}.Now(), time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.ReleasePartitions(ctx, leases); err != nil {
			b.Error(err)
		}
	}()
	fence := leases[slices.IndexFunc(leases, func(l store.Lease) bool { return l.Partition == store.PartitionOf(id) })].Fence
	var all sync.WaitGroup
	for n := range stormSenders {
		random := rand.NewChaCha8([32]byte{byte(n)})
		all.Go(func() {
			for _, used := s.HistoryTotal(0); used < size; _, used = s.HistoryTotal(0) {
				if err := addHistory(b, s, fence, store.NewExecution{Scenario: id, Version: version, Origin: store.ByHand}, random); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// addHistory writes one execution with a result that cannot be compressed.
func addHistory(b *testing.B, s *store.Store, f store.Fence, n store.NewExecution, random *rand.ChaCha8) error {
	b.Helper()
	noise := make([]byte, resultBytes)
	_, _ = random.Read(noise) // never fails
	run, err := s.StartExecution(b.Context(), f, n)
	if err != nil {
		return err
	}
	now := clock.System{}.Now()
	_, err = s.Append(b.Context(), run, store.Step{
		Start: &store.Start{At: now, Version: n.Version},
		Operations: []store.Operation{{
			Address: "1/1", Started: now, Finished: now, InputHash: 1, Bundles: store.List{value.Collection(value.F("noise", value.Buffer(noise, "binary")))},
		}},
		End: &store.End{At: now, Status: store.Success, Text: "all went well", Summary: store.Summary{Cycles: 1, Operations: 1}},
	})
	return err
}
