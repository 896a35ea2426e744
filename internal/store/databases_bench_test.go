package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// cpuTime is the processor's time of this process, which the kernel counts.
func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkDatabases does the same on SQLite and on a PostgreSQL that waits for its disk, in turns, with 64 under way: the ratio says
// what a database that several nodes share costs one of them.
func BenchmarkDatabases(b *testing.B) {
	server, err := postgrestest.Start(context.Background(), postgrestest.Options{Durable: true})
	if errors.Is(err, postgrestest.ErrMissing) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, delay := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond} { // added to each commit
		for _, kind := range []string{"accepts", "computed", "executions", "calls"} {
			b.Run(kind+" "+delay.String(), func(b *testing.B) { compareDatabases(b, server, kind, delay) })
		}
	}
}

// compareDatabases does b.N pieces of work of sixteen scenarios on each database, in turns of some: also with one commit under way at once,
// where several are the rule.
func compareDatabases(b *testing.B, server *postgrestest.Server, kind string, delay time.Duration) {
	b.Helper()
	const turns = 4
	payload := benchPayload()
	call := func() error { return nil }
	if kind == "calls" { // of a service that answers after five milliseconds, more or less
		call = func() error {
			return clock.System{}.Sleep(context.Background(), time.Duration(rand.Int64N(int64(10*time.Millisecond))))
		}
	}
	names := []string{"sqlite", "single", "postgres"}
	stores := []*Store{openBench(b, delay), openBenchOn(b, server, delay), openBenchOn(b, server, delay)}
	stores[1].CommitAtOnce(1)
	var leases [3][]Lease
	var scenarios [3][]int64
	for i, s := range stores {
		leases[i], scenarios[i] = ownAll(b, s), manyScenarios(b, s)
	}
	var took, cpu [3]time.Duration
	var next atomic.Int64
	for range turns {
		for i, s := range stores {
			began, used, theirs := time.Now(), cpuTime(b), server.CPUTime()
			share(b, max(1, b.N/turns), func() error {
				scenario := scenarios[i][next.Add(1)%int64(len(scenarios[i]))]
				f := leases[i][PartitionOf(scenario)].Fence
				switch kind {
				case "accepts":
					_, err := acceptFor(s, scenario, payload)
					return err
				case "computed":
					return computeFor(s, scenario, f, payload)
				default:
					return executeFor(s, scenario, f, payload, call)
				}
			})
			took[i] += time.Since(began)
			cpu[i] += cpuTime(b) - used
			if i > 0 {
				cpu[i] += server.CPUTime() - theirs
			}
		}
	}
	n := float64(max(1, b.N/turns) * turns)
	for i, name := range names {
		b.ReportMetric(n/took[i].Seconds(), name+"_per_s")
		b.ReportMetric(float64(cpu[i].Microseconds())/n, name+"_cpu_us")
	}
	b.ReportMetric(took[0].Seconds()/took[2].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// manyScenarios makes sixteen.
func manyScenarios(b *testing.B, s *Store) []int64 {
	b.Helper()
	list := make([]int64, 16)
	for i := range list {
		var err error
		if list[i], _, _, err = s.SaveScenario(b.Context(), SaveScenario{Team: FirstTeam, Name: "Measured", Blueprint: []byte(`{"flow":[]}`)}); err != nil {
			b.Fatal(err)
		}
	}
	return list
}

// share has 64 goroutines do n pieces of work.
func share(b *testing.B, n int, work func() error) {
	b.Helper()
	jobs := make(chan struct{}, 64)
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for range jobs {
				if err := work(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range n {
		jobs <- struct{}{}
	}
	close(jobs)
	wg.Wait()
}

func openBenchOn(b *testing.B, server *postgrestest.Server, delay time.Duration) *Store {
	b.Helper()
	url, err := server.Database(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	s, err := Open(context.Background(), b.TempDir(), Options{Clock: clock.System{}, Database: url, FlushDelay: delay})
	if err != nil {
		b.Fatal(fmt.Errorf("open %s: %w", url, err))
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}
