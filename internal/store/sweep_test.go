package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// saveScenario saves a scenario, so that its history is not that of one that was deleted.
func saveScenario(tb testing.TB, s *Store) int64 {
	tb.Helper()
	id, _, _, err := s.SaveScenario(context.Background(), SaveScenario{Name: "Load", Schedule: `{}`, Blueprint: []byte(`{"flow":[]}`), Author: "ann"})
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

func runOne(s *Store, f Fence, scenario int64, input value.Value, end End) error {
	ctx := context.Background()
	run, err := s.StartExecution(ctx, f, NewExecution{Scenario: scenario, Input: []value.Value{input}})
	if err != nil {
		return err
	}
	end.At = s.clock.Now()
	_, err = s.Append(ctx, run, Step{Operations: []Operation{{Address: "1/1", Bundles: List{input}}}, End: &end})
	return err
}

// TestConfidentialDataIsErased looks for the bytes of an execution in the files, in every form that the store gives data.
func TestConfidentialDataIsErased(t *testing.T) {
	t.Parallel()
	for _, size := range []int{900, 20_000, 400_000} { // in a row, on pages of its own, as a blob
		for _, confidential := range []bool{false, true} {
			t.Run(fmt.Sprint(size, " bytes, confidential ", confidential), func(t *testing.T) {
				t.Parallel()
				found := bytesLeft(t, size, confidential)
				if found != !confidential {
					t.Errorf("got %v for finding the data in the files, want %v", found, !confidential)
				}
			})
		}
	}
}

func bytesLeft(t *testing.T, size int, confidential bool) bool {
	t.Helper()
	s := openIn(t, t.TempDir(), Options{})
	scenario := saveScenario(t, s)
	f := ownAll(t, s)[PartitionOf(scenario)].Fence
	data := noise(size)
	data[0] ^= byte(size)
	err := runOne(s, f, scenario, value.Buffer(data, "binary"), End{Status: Failed, Text: "refused: secretword", DropData: confidential})
	if err != nil {
		t.Fatal(err)
	}
	if hits, err := s.History(t.Context(), HistoryFilter{Text: "secretword"}); err != nil || (len(hits) == 0) != confidential {
		t.Errorf("got %d executions by their text, error %v; confidential %v", len(hits), err, confidential)
	}
	if err := s.keeper.copy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.keeper.cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{databaseFile, databaseFile + "-wal"} {
		kept := readFile(t, filepath.Join(s.dir, name))
		for at := 0; at+64 <= size; at += 64 {
			if bytes.Contains(kept, data[at:at+64]) {
				return true
			}
		}
	}
	return false
}

// TestSpaceIsReturned removes 99 % of a history while deliveries come in. The file must shrink without a restart.
func TestSpaceIsReturned(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	scenario := saveScenario(t, s)
	f := ownAll(t, s)[PartitionOf(scenario)].Fence
	for range 200 {
		if err := runOne(s, f, scenario, value.Buffer(noise(50_000), "binary"), End{Status: Success}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.keeper.cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	meanwhile := acceptAllTheTime(ctx, s)
	_, used := s.HistoryTotal(0)
	done, err := s.Sweep(t.Context(), Budgets{All: Budget{Bytes: used / 100}})
	stop()
	l := <-meanwhile
	if err != nil || l.err != nil || done.Executions != 198 {
		t.Fatalf("got %+v, error %v and %v; want 198 executions gone", done, err, l.err)
	}
	// What came in meanwhile stays, and may have taken pages again; the next sweep gives those back.
	if _, err := s.Sweep(t.Context(), Budgets{}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left := after.Database + after.Log - 2*l.bytes; left > before.Database/20 || after.Free != 0 {
		t.Errorf("got %+v after deleting 99 %% of %+v and taking %d deliveries in, want at most a twentieth", after, before, l.number)
	}
}

func TestOldPayloadsAndResolvedOnesGo(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := openIn(t, t.TempDir(), Options{Clock: now})
	for i := range 3 {
		in := delivery(i)
		in[0].Received = now.Now()
		if _, err := s.Accept(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		now.Advance(24 * time.Hour)
	}
	now.Advance(QueuedKept - 3*24*time.Hour) // the first is exactly as old as it may become
	for _, c := range []struct {
		move time.Duration
		b    Budgets
		gone int
	}{
		{0, Budgets{}, 0},
		{1, Budgets{Queued: -1}, 0},
		{0, Budgets{}, 1},
		{0, Budgets{Queued: QueuedKept - 24*time.Hour}, 1},
	} {
		now.Advance(c.move)
		done, err := s.Sweep(t.Context(), c.b)
		if err != nil || done.Payloads != c.gone {
			t.Errorf("got %+v, error %v; want %d payloads gone", done, err, c.gone)
		}
	}
	if number, _, _ := s.QueueTotal(1); number != 1 {
		t.Errorf("got %d payloads in the total, want 1", number)
	}
}

func TestNextToGo(t *testing.T) {
	t.Parallel()
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s := openIn(t, t.TempDir(), Options{Clock: now})
	scenario := saveScenario(t, s)
	if n, err := s.NextToGo(t.Context(), scenario, Budget{Bytes: 1, Age: 1}); err != nil || n != (NextGone{}) {
		t.Errorf("of nothing: got %+v, error %v", n, err)
	}
	f := ownAll(t, s)[PartitionOf(scenario)].Fence
	first := now.Now()
	for range 3 {
		if err := runOne(s, f, scenario, value.Buffer(noise(1_000), "binary"), End{Status: Success}); err != nil {
			t.Fatal(err)
		}
		now.Advance(time.Hour)
	}
	_, used := s.HistoryTotal(scenario)
	n, err := s.NextToGo(t.Context(), scenario, Budget{Bytes: used - 10, Age: 48 * time.Hour})
	want := NextGone{Execution: n.Execution, Finished: first, Used: used, Over: 10, At: first.Add(48 * time.Hour)}
	if err != nil || n.Execution == 0 || !n.Finished.Equal(want.Finished) || !n.At.Equal(want.At) || n.Over != want.Over || n.Used != used {
		t.Errorf("got %+v, error %v; want %+v", n, err, want)
	}
	if n, err := s.NextToGo(t.Context(), 0, Budget{Bytes: used}); err != nil || n.Over != 0 || !n.At.IsZero() {
		t.Errorf("within the budget: got %+v, error %v", n, err)
	}
}

func TestIncompleteRoom(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	scenario := saveScenario(t, s)
	f := ownAll(t, s)[PartitionOf(scenario)].Fence
	set := NewIncomplete{Module: 2, Address: "2/1", Reason: fault.New(fault.Data, "Bad."), Data: value.Buffer(noise(5_000), "binary")}
	if err := runOne(s, f, scenario, value.Int(1), End{Status: Warning, Incomplete: []NewIncomplete{set}}); err != nil {
		t.Fatal(err)
	}
	_, used := s.IncompleteTotal(scenario)
	if err := s.IncompleteRoom(scenario, 100, used+100); err != nil || used < 5_000 {
		t.Errorf("at the limit: got error %v with %d bytes", err, used)
	}
	if err := s.IncompleteRoom(scenario, 101, used+100); !errors.Is(err, ErrIncompleteFull) || fault.KindOf(err) != fault.OutOfSpace {
		t.Errorf("one byte past it: got error %v, want %v", err, ErrIncompleteFull)
	}
	if err := s.IncompleteRoom(scenario, DefaultIncompleteBytes-used+1, 0); !errors.Is(err, ErrIncompleteFull) {
		t.Errorf("past the default: got error %v, want %v", err, ErrIncompleteFull)
	}
}

// TestLongReaderIsStopped keeps a state of the database open while others write. The log grows only up to its limit;
// then the reader is told to stop, and the log begins anew.
func TestLongReaderIsStopped(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	s.keeper.mu.Lock()
	s.keeper.most = 1 << 20
	s.keeper.mu.Unlock()
	ctx, end := s.keeper.reads.begin(t.Context())
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM item").Scan(&n); err != nil {
		t.Fatal(err)
	}
	large := delivery(0)
	large[0].Input = []value.Value{value.Buffer(noise(100_000), "binary")}
	written := 0
	for ; ctx.Err() == nil && written < 100; written++ {
		if _, err := s.Accept(t.Context(), large); err != nil {
			t.Fatal(err)
		}
		if err := s.keeper.copy(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_ = tx.Rollback() // its context has ended
	if err := end(ctx.Err()); !errors.Is(err, ErrLogTooLong) {
		t.Fatalf("got error %v after %d writes, want %v", err, written, ErrLogTooLong)
	}
	if err := s.keeper.cut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u, err := s.Usage(t.Context()); err != nil || u.Log != 0 {
		t.Errorf("without the reader: got a log of %d bytes, error %v; want none", u.Log, err)
	}
}

// TestReaderDoesNotHoldTheWriterUp cuts the log while somebody reads: that must return at once, not wait for the reader.
func TestReaderDoesNotHoldTheWriterUp(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	tx, err := s.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM item").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), delivery(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.keeper.cut(t.Context()); err != nil {
		t.Errorf("cut with a reader: got error %v", err)
	}
	if u, err := s.Usage(t.Context()); err != nil || u.Log == 0 {
		t.Errorf("got a log of %d bytes, error %v; want what the reader needs", u.Log, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	if _, err := s.Accept(t.Context(), delivery(2)); err != nil {
		t.Error(err)
	}
}

type meterFunc func(requests, pages int, took time.Duration)

func (f meterFunc) Committed(requests, pages int, took time.Duration) { f(requests, pages, took) }

func TestMeterIsToldOfCommits(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	requests, pages := 0, 0
	s := openIn(t, t.TempDir(), Options{Meter: meterFunc(func(r, p int, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		requests, pages = requests+r, pages+p
	})})
	for i := range 3 {
		if _, err := s.Accept(t.Context(), delivery(i)); err != nil {
			t.Fatal(err)
		}
	}
	// Requests are answered before the meter is told; one more that runs between commits comes behind that.
	if err := s.writer.between(t.Context(), func(*conn) error { return nil }); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if requests != 3 || pages < 3 {
		t.Errorf("got %d requests and %d pages, want 3 and at least as many", requests, pages)
	}
}

// sweptBytes is how large a history BenchmarkSweep removes; ROPEWAY_BENCH_HISTORY_BYTES makes it larger.
const sweptBytes = 200 << 20

// BenchmarkSweep deletes 99 % of a history while deliveries come in, one after the other.
func BenchmarkSweep(b *testing.B) {
	size := int64(sweptBytes)
	if asked, err := strconv.ParseInt(os.Getenv("ROPEWAY_BENCH_HISTORY_BYTES"), 10, 64); err == nil {
		size = asked
	}
	for range b.N {
		sweepUnderLoad(b, size)
	}
}

func sweepUnderLoad(b *testing.B, size int64) {
	b.Helper()
	b.StopTimer()
	dir := b.TempDir()
	s, err := Open(context.Background(), dir, Options{Clock: clock.System{}})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, s, size)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if s, err = Open(context.Background(), dir, Options{Clock: clock.System{}}); err != nil {
		b.Fatal(err)
	}
	opened := time.Since(began)
	defer func() { _ = s.Close() }() // the measurement is over
	before, err := s.Usage(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	load := acceptAllTheTime(ctx, s)
	b.StartTimer()
	began = time.Now()
	_, used := s.HistoryTotal(0)
	done, err := s.Sweep(context.Background(), Budgets{All: Budget{Bytes: used / 100}, Queued: -1})
	took := time.Since(began)
	b.StopTimer()
	stop()
	l := <-load
	if err != nil || l.err != nil {
		b.Fatal(err, l.err)
	}
	after, err := s.Usage(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(before.Database+before.Log)/1e6, "MB_before")
	b.ReportMetric(float64(after.Database+after.Log-l.bytes)/1e6, "MB_after")
	b.ReportMetric(float64(done.Executions), "executions")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(l.longest.Microseconds())/1000, "longest_accept_ms")
	b.ReportMetric(float64(l.number)/took.Seconds(), "accepts_per_s")
	b.ReportMetric(float64(opened.Microseconds())/1000, "open_ms")
}

// fill writes finished executions of 8 kB until their journals have size bytes.
func fill(b *testing.B, s *Store, size int64) {
	b.Helper()
	scenario := saveScenario(b, s)
	f := ownAll(b, s)[PartitionOf(scenario)].Fence
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for {
				if _, used := s.HistoryTotal(0); used >= size {
					return
				}
				if err := runOne(s, f, scenario, value.Buffer(noise(4_000), "binary"), End{Status: Success, Text: "all went well"}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

type load struct {
	number  int
	bytes   int64
	longest time.Duration
	err     error
}

func acceptAllTheTime(ctx context.Context, s *Store) <-chan load {
	done := make(chan load, 1)
	go func() {
		var l load
		payload := benchPayload()
		for ctx.Err() == nil && l.err == nil {
			began := time.Now()
			_, l.err = s.Accept(context.Background(), []Intake{{Webhook: 1, Scenario: 1, Received: began, Input: []value.Value{payload}}})
			l.longest = max(l.longest, time.Since(began))
			l.number++
			l.bytes += 1200
		}
		done <- l
	}()
	return done
}
