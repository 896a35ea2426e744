package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/value"
)

// slowly has each commit of a store wait, some longer than others.
func slowly(t *testing.T, s *Store) {
	t.Helper()
	s.strands.all(func(w *writer) {
		if err := w.do(func() {
			w.beforeCommit = func() error {
				return clock.System{}.Sleep(context.Background(), time.Duration(rand.Int64N(int64(3*time.Millisecond))))
			}
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// TestOrderWithinAScenario hands in requests of several scenarios while commits are slow and their number changes: those of one scenario
// are committed in the order in which they were handed in.
func TestOrderWithinAScenario(t *testing.T) {
	t.Parallel()
	s := openDatabase(t, ReadyDatabase(t))
	s.CommitAtOnce(mostStrands)
	slowly(t, s)
	const scenarios, each = 12, 150
	var mu sync.Mutex
	committed := map[int][]int{}
	by := map[*tx]int{}
	var handed, senders sync.WaitGroup
	for part := range scenarios {
		senders.Go(func() {
			for n := range each {
				r := &request{shared: part == 0 && n == each/2, done: make(chan struct{}), apply: func(tx *tx) error {
					tx.onDone = append(tx.onDone, func() {
						mu.Lock()
						defer mu.Unlock()
						committed[part] = append(committed[part], n)
						by[tx]++
					})
					return nil
				}}
				w := s.strands.enter(part, r.shared)
				if err := w.enqueue(context.Background(), executionLane, r); err != nil {
					t.Error(err)
				}
				handed.Go(func() {
					<-r.done
					s.strands.leave(part)
					if r.err != nil {
						t.Error(r.err)
					}
				})
				if n%5 == 4 { // now and then nothing is under way
					<-r.done
				}
				if part == 1 && n%10 == 9 {
					s.CommitAtOnce(1 + rand.IntN(mostStrands))
				}
			}
		})
	}
	senders.Wait()
	handed.Wait()
	for part, list := range committed {
		if len(list) != each {
			t.Errorf("scenario %d: got %d requests, want %d", part, len(list), each)
		}
		for i, n := range list {
			if i != n {
				t.Errorf("scenario %d: request %d was committed in place %d", part, n, i)
				break
			}
		}
	}
	if len(by) != mostStrands {
		t.Errorf("got commits of %d writers, want of %d", len(by), mostStrands)
	}
}

// TestCrashUnderSeveralCommits kills the server while several commits are under way: results that were acknowledged are there once, in
// their order, and others are not there.
func TestCrashUnderSeveralCommits(t *testing.T) {
	t.Parallel()
	server, url := ownServer(t)
	s := openDatabase(t, url)
	s.CommitAtOnce(mostStrands)
	slowly(t, s)
	s.strands.all(func(w *writer) {
		if err := w.do(func() { p, _ := w.conn.(*postgresSession); p.patience = time.Hour }); err != nil {
			t.Fatal(err)
		}
	})
	leases := ownAll(t, s)
	const workers, crashes = 12, 3
	var done atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	finished := make([]map[int64]int, workers) // results that were acknowledged of each execution
	for i := range workers {
		finished[i] = map[int64]int{}
		wg.Go(func() {
			scenario := int64(i + 1)
			for {
				select {
				case <-stop:
					return
				default:
				}
				id, n, err := execute(s, scenario, leases[PartitionOf(scenario)].Fence)
				if id != 0 {
					finished[i][id] = n
				}
				if err != nil {
					t.Errorf("scenario %d: got error %v, want that it waits for the database", scenario, err)
				}
				done.Add(1)
			}
		})
	}
	for range crashes {
		for target := done.Load() + 60; done.Load() < target; {
			if err := (clock.System{}).Sleep(t.Context(), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		server.Kill()
		if err := server.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	for i, list := range finished {
		for id, want := range list {
			j, err := s.Load(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if j.Len() != want || j.Execution.Status != Success {
				t.Errorf("execution %d of scenario %d: got %d results and status %s, want %d and %s", id, i+1, j.Len(), j.Execution.Status, want, Success)
			}
		}
		number, _ := s.HistoryTotal(int64(i + 1))
		if number != int64(len(list)) {
			t.Errorf("scenario %d: got a history of %d executions, want %d", i+1, number, len(list))
		}
	}
}

// execute takes an execution in and runs it, and returns how many results were acknowledged.
func execute(s *Store, scenario int64, f Fence) (id int64, results int, err error) {
	ctx, now := context.Background(), time.Unix(2, 0)
	a, err := s.Accept(ctx, []Intake{{Webhook: 1, Scenario: scenario, Version: 1, Received: now, Run: true, Input: []value.Value{value.Text("x")}}})
	if err != nil {
		return 0, 0, err
	}
	run := a[0].Run(scenario, f)
	const operations = 3
	for n := range operations {
		step := Step{Operations: []Operation{{Address: fmt.Sprintf("%d/1", n+1), Started: now, Finished: now, Bundles: List{value.Text("x")}}}}
		if n == 0 {
			step.Start = &Start{At: now, Version: 1}
		}
		if n == operations-1 {
			step.End = &End{At: now, Status: Success}
		}
		if _, err = s.Append(ctx, run, step); err != nil {
			return run.ID, n, errors.Join(err)
		}
	}
	return run.ID, operations, nil
}

// TestRequestAlone hands in requests between which some have a commit of their own.
func TestRequestAlone(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	const requests = 20
	var order, sizes []int
	var list []*request
	if err := s.writer.do(func() { // nothing is taken meanwhile
		for n := range requests {
			r := &request{alone: n%4 == 3, done: make(chan struct{}), apply: func(*tx) error {
				order, sizes = append(order, n), append(sizes, len(s.writer.batch))
				return nil
			}}
			list = append(list, r)
			if err := s.writer.enqueue(t.Context(), executionLane, r); err != nil {
				t.Error(err)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		<-r.done
	}
	for i, n := range order {
		want := 3
		if n%4 == 3 {
			want = 1
		}
		if n != i || sizes[i] != want {
			t.Errorf("in place %d: got request %d in a commit of %d, want one of %d", i, n, sizes[i], want)
		}
	}
	if len(order) != requests {
		t.Errorf("got %d requests, want %d", len(order), requests)
	}
}
