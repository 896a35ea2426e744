package store

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/value"
)

// benchPayload is about a kilobyte, as webhooks send it, and hard enough to compress that it is kept as it is.
func benchPayload() value.Value {
	var b strings.Builder
	x := uint64(1)
	for b.Len() < 1000 {
		x = x*6364136223846793005 + 1442695040888963407
		fmt.Fprintf(&b, "%x", x)
	}
	return value.Collection(value.F("event", value.Text("user.created")), value.F("data", value.Text(b.String()[:960])))
}

func openBench(b *testing.B, delay time.Duration) *Store {
	b.Helper()
	s, err := Open(context.Background(), b.TempDir(), Options{Clock: clock.System{}, FlushDelay: delay})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

func ownAll(tb testing.TB, s *Store) []Lease {
	tb.Helper()
	leases, err := s.AcquirePartitions(context.Background(), "node", s.clock.Now(), time.Hour)
	if err != nil || len(leases) != Partitions {
		tb.Fatalf("got %d leases, error %v; want %d", len(leases), err, Partitions)
	}
	return leases
}

// alone is how many pieces of work are done one after the other, each in commits of its own, to compare with.
const alone = 100

// inFlight runs work b.N times by n goroutines and reports how often a second.
func inFlight(b *testing.B, n int, work func(i int) error) {
	b.Helper()
	start := time.Now()
	for i := range alone {
		if err := work(i); err != nil {
			b.Fatal(err)
		}
	}
	single := alone / time.Since(start).Seconds()
	jobs := make(chan int, n)
	var wg sync.WaitGroup
	start = time.Now()
	b.ResetTimer()
	for range n {
		wg.Go(func() {
			for i := range jobs {
				if err := work(i); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	b.StopTimer()
	rate := float64(b.N) / time.Since(start).Seconds()
	b.ReportMetric(rate, "per_s")
	b.ReportMetric(single, "alone_per_s")
	b.ReportMetric(rate/single, "times_alone")
}

func acceptOne(s *Store, payload value.Value) (Accepted, error) { return acceptFor(s, 7, payload) }

func acceptFor(s *Store, scenario int64, payload value.Value) (Accepted, error) {
	a, err := s.Accept(context.Background(), []Intake{{
		Webhook: 1, Scenario: scenario, Version: 1, Received: s.clock.Now(), Input: []value.Value{payload}, Run: true,
	}})
	if err != nil {
		return Accepted{}, err
	}
	return a[0], nil
}

func executeOne(s *Store, f Fence, payload value.Value) error {
	return executeFor(s, 7, f, payload, func() error { return nil })
}

// executeFor takes an execution in and writes three results, each of them after a call.
func executeFor(s *Store, scenario int64, f Fence, payload value.Value, call func() error) error {
	ctx := context.Background()
	a, err := acceptFor(s, scenario, payload)
	if err != nil {
		return err
	}
	run := a.Run(scenario, f)
	now := s.clock.Now()
	start := &Start{At: now, Version: 1}
	for i := range 3 {
		if err := call(); err != nil {
			return err
		}
		step := Step{Start: start, Operations: []Operation{{
			Address: fmt.Sprintf("%d/1", i+1), Started: now, Finished: now, InputHash: 99, Bundles: List{payload},
		}}}
		if i == 2 {
			step.End = &End{At: now, Status: Success, Summary: Summary{Cycles: 1, Operations: 3}}
		}
		if _, err := s.Append(ctx, run, step); err != nil {
			return err
		}
		start = nil
	}
	return nil
}

// computeFor takes an execution in, does nothing three times, and writes that with its end: in one commit where that is possible.
func computeFor(s *Store, scenario int64, f Fence, payload value.Value) error {
	in := Intake{Webhook: 1, Scenario: scenario, Version: 1, Received: s.clock.Now(), Input: []value.Value{payload}, Run: true}
	run, early := s.Begin(in, f)
	if !early {
		a, err := s.Accept(context.Background(), []Intake{in})
		if err != nil {
			return err
		}
		run = a[0].Run(scenario, f)
	}
	now := s.clock.Now()
	step := Step{Start: &Start{At: now, Version: 1}, End: &End{At: now, Status: Success, Summary: Summary{Cycles: 1, Operations: 3}}}
	for i := range 3 {
		step.Operations = append(step.Operations, Operation{Address: fmt.Sprintf("%d/1", i+1), Started: now, Finished: now, Bundles: List{value.Collection()}})
	}
	_, err := s.Append(context.Background(), run, step)
	return err
}

func BenchmarkAccept(b *testing.B) {
	for _, delay := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		for _, n := range []int{1, 64, 256} {
			b.Run(fmt.Sprintf("flush=%s/inflight=%d", delay, n), func(b *testing.B) {
				s, payload := openBench(b, delay), benchPayload()
				inFlight(b, n, func(int) error { _, err := acceptOne(s, payload); return err })
			})
		}
	}
}

func BenchmarkExecution(b *testing.B) {
	for _, delay := range []time.Duration{0, 2 * time.Millisecond, 10 * time.Millisecond} {
		for _, n := range []int{1, 64, 256} {
			b.Run(fmt.Sprintf("flush=%s/inflight=%d", delay, n), func(b *testing.B) {
				s, payload := openBench(b, delay), benchPayload()
				f := ownAll(b, s)[PartitionOf(7)].Fence
				inFlight(b, n, func(int) error { return executeOne(s, f, payload) })
			})
		}
	}
}
