package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
		for _, kind := range []string{"accepts", "executions"} {
			b.Run(kind+" "+delay.String(), func(b *testing.B) { compareDatabases(b, server, kind, delay) })
		}
	}
}

// compareDatabases does b.N pieces of work on each database, in turns of some.
func compareDatabases(b *testing.B, server *postgrestest.Server, kind string, delay time.Duration) {
	b.Helper()
	url, err := server.Database(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	const turns = 4
	payload := benchPayload()
	var took, cpu [2]time.Duration
	stores := [2]*Store{openBench(b, delay), openBenchOn(b, url, delay)}
	var fences [2]Fence
	for i, s := range stores {
		fences[i] = ownAll(b, s)[PartitionOf(7)].Fence
	}
	for range turns {
		for i, s := range stores {
			began, used, theirs := time.Now(), cpuTime(b), server.CPUTime()
			share(b, max(1, b.N/turns), func() error {
				if kind == "accepts" {
					_, err := acceptOne(s, payload)
					return err
				}
				return executeOne(s, fences[i], payload)
			})
			took[i] += time.Since(began)
			cpu[i] += cpuTime(b) - used
			if i == 1 {
				cpu[i] += server.CPUTime() - theirs
			}
		}
	}
	n := float64(max(1, b.N/turns) * turns)
	for i, name := range []string{"sqlite", "postgres"} {
		b.ReportMetric(n/took[i].Seconds(), name+"_per_s")
		b.ReportMetric(float64(cpu[i].Microseconds())/n, name+"_cpu_us")
	}
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
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

func openBenchOn(b *testing.B, url string, delay time.Duration) *Store {
	b.Helper()
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
