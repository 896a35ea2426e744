package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func openIn(t *testing.T, dir string, o Options) *Store {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	}
	s, err := Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func delivery(n int) []Intake {
	return []Intake{{Webhook: 1, Scenario: 7, Received: time.Unix(1, 0), Input: []value.Value{value.Int(n)}}}
}

// held stops the writer before its next commit until the test lets it go on.
type held struct {
	reached chan struct{}
	release chan error
}

func hold(s *Store) *held {
	h := &held{reached: make(chan struct{}), release: make(chan error)}
	var once atomic.Bool
	s.writer.beforeCommit = func() error {
		if once.Swap(true) {
			return nil
		}
		h.reached <- struct{}{}
		return <-h.release
	}
	return h
}

func TestNothingIsAcknowledgedBeforeItsCommit(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	h := hold(s)
	answered := make(chan error, 1)
	go func() {
		_, err := s.Accept(context.Background(), delivery(1))
		answered <- err
	}()
	<-h.reached
	select {
	case err := <-answered:
		t.Errorf("got an answer (error %v) before the commit", err)
	default:
	}
	if items, err := s.Queue(t.Context(), 1, 0, 10); err != nil || len(items) != 0 {
		t.Errorf("got %d items, error %v before the commit; want none", len(items), err)
	}
	h.release <- nil
	if err := <-answered; err != nil {
		t.Errorf("got error %v after the commit", err)
	}
}

func TestFailedCommitFailsEverythingInIt(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	ownAll(t, s)
	broken := errors.New("the disk is broken")
	first := hold(s)
	lead := make(chan error, 1)
	go func() { _, err := s.Accept(context.Background(), delivery(0)); lead <- err }()
	<-first.reached

	// All of these wait and come into the commit behind the one that is held.
	const waiters = 20
	s.writer.beforeCommit = nil
	var wg sync.WaitGroup
	errs := make([]error, waiters)
	for i := range waiters {
		wg.Go(func() { _, errs[i] = s.Accept(context.Background(), delivery(i)) })
	}
	for len(s.writer.queues[intakeLane]) < waiters {
		runtime.Gosched()
	}
	s.writer.beforeCommit = func() error { return broken }
	first.release <- nil
	wg.Wait()
	if err := <-lead; err != nil {
		t.Errorf("the commit before: got error %v", err)
	}
	for i, err := range errs {
		if !errors.Is(err, ErrNotSaved) || !errors.Is(err, broken) || fault.KindOf(err) != fault.Unexpected {
			t.Errorf("waiter %d: got error %v, want %v", i, err, ErrNotSaved)
		}
	}
	s.writer.beforeCommit = nil
	if number, _, _ := s.QueueTotal(1); number != 1 {
		t.Errorf("got %d payloads in the total, want 1", number)
	}
	if _, err := s.Accept(t.Context(), delivery(9)); err != nil {
		t.Errorf("after the failure: got error %v", err)
	}
	if items, err := s.Queue(t.Context(), 1, 0, 0); err != nil || len(items) != 2 {
		t.Errorf("got %d items, error %v; want 2", len(items), err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}

func TestRefusalLeavesTheOthersOfACommit(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	run, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: 7})
	if err != nil {
		t.Fatal(err)
	}
	stale := newRun(run.ID, 7, 0, Fence{f.Partition, f.Epoch - 1}, 100, 0)
	h := hold(s)
	go func() { _, _ = s.Accept(context.Background(), delivery(0)) }()
	<-h.reached
	var wg sync.WaitGroup
	var good, bad error
	wg.Go(func() { _, good = s.Append(context.Background(), run, Step{Operations: []Operation{{Address: "1"}}}) })
	wg.Go(func() { _, bad = s.Append(context.Background(), stale, Step{Operations: []Operation{{Address: "2"}}}) })
	for len(s.writer.queues[executionLane]) < 2 {
		runtime.Gosched()
	}
	h.release <- nil
	wg.Wait()
	if good != nil || !errors.Is(bad, ErrFenced) {
		t.Errorf("got errors %v and %v, want none and %v", good, bad, ErrFenced)
	}
	j, err := s.Load(t.Context(), run.ID)
	if err != nil || j.Len() != 1 {
		t.Errorf("got %v, error %v; want one result", j, err)
	}
}

func TestGivingUpIsAnsweredTruly(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	h := hold(s)
	taken, stop := context.WithCancel(t.Context())
	answers := make(chan error, 2)
	go func() { _, err := s.Accept(taken, delivery(1)); answers <- err }()
	<-h.reached
	stop() // too late: it is being written, and is waited for
	waiting, stopWaiting := context.WithCancel(t.Context())
	go func() { _, err := s.Accept(waiting, delivery(2)); answers <- err }()
	for len(s.writer.queues[intakeLane]) == 0 {
		runtime.Gosched()
	}
	stopWaiting()
	if err := <-answers; !errors.Is(err, ErrNotSaved) || !errors.Is(err, context.Canceled) {
		t.Errorf("the one that waited: got error %v, want %v", err, ErrNotSaved)
	}
	h.release <- nil
	if err := <-answers; err != nil {
		t.Errorf("the one that was being written: got error %v", err)
	}
	if number, _, _ := s.QueueTotal(1); number != 1 {
		t.Errorf("got %d payloads, want 1", number)
	}
}

func TestStormDoesNotStarveExecutions(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	w := newWriter(s.writer.conn)
	for range laneDepth {
		w.queues[intakeLane] <- &request{}
	}
	w.queues[executionLane] <- &request{bytes: 1}
	first, l, _ := wait(&[lanes]chan *request{intakeLane: w.queues[intakeLane]})
	w.gather(first, l)
	own := 0
	for _, r := range w.batch {
		own += r.bytes
	}
	if own != 1 || len(w.batch) != intakeShare+1 {
		t.Errorf("got %d of 1 requests of executions in a commit of %d, want it with %d others", own, len(w.batch), intakeShare)
	}
}

func TestNearlyFullDisk(t *testing.T) {
	t.Parallel()
	var free atomic.Uint64
	free.Store(1000)
	s := openIn(t, t.TempDir(), Options{MinFreeBytes: 1000, FreeSpace: func(string) (uint64, error) { return free.Load(), nil }})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	run, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: 7})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), delivery(1)); err != nil {
		t.Errorf("at the limit: got error %v", err)
	}
	free.Store(999)
	_, err = s.Accept(t.Context(), delivery(2))
	if !errors.Is(err, ErrDiskFull) || fault.KindOf(err) != fault.OutOfSpace {
		t.Errorf("one byte below the limit: got error %v, want %v", err, ErrDiskFull)
	}
	if _, err := s.Append(t.Context(), run, Step{End: &End{Status: Success, At: time.Unix(1, 0)}}); err != nil {
		t.Errorf("a running execution: got error %v", err)
	}
	free.Store(1000)
	if _, err := s.Accept(t.Context(), delivery(3)); err != nil {
		t.Errorf("with room again: got error %v", err)
	}
}

// TestFullDatabase lets SQLite itself run out of pages.
func TestFullDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir, Options{})
	limit := func(pages string) {
		if err := s.writer.between(t.Context(), func(c *conn) error { _, err := c.number("PRAGMA max_page_count = " + pages); return err }); err != nil {
			t.Fatal(err)
		}
	}
	limit("400")
	large := delivery(0)
	large[0].Input = []value.Value{value.Buffer(noise(100_000), "binary")}
	kept := 0
	var err error
	for err == nil && kept < 100 {
		if _, err = s.Accept(t.Context(), large); err == nil {
			kept++
		}
	}
	if !errors.Is(err, ErrDiskFull) || !errors.Is(err, ErrNotSaved) || fault.KindOf(err) != fault.OutOfSpace {
		t.Fatalf("got error %v after %d, want %v", err, kept, ErrDiskFull)
	}
	if number, _, _ := s.QueueTotal(1); int(number) != kept {
		t.Errorf("got %d payloads, want the %d that were acknowledged", number, kept)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	limit("100000")
	if _, err := s.Accept(t.Context(), large); err != nil {
		t.Errorf("with room again: got error %v", err)
	}
}

func noise(n int) []byte {
	data := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range data {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		data[i] = byte(x)
	}
	return data
}

// TestTornLog cuts and spoils the end of the write-ahead log, as a power cut may leave it: what is there must be a
// prefix of what was written, whole commits only.
func TestTornLog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir, Options{})
	const commits = 12
	for i := range commits {
		pair := append(delivery(2*i), delivery(2*i+1)...)
		if _, err := s.Accept(t.Context(), pair); err != nil {
			t.Fatal(err)
		}
	}
	database, log := readFile(t, filepath.Join(dir, databaseFile)), readFile(t, filepath.Join(dir, databaseFile+"-wal"))
	most := 0
	for i := range 24 {
		cut := len(log) - i*len(log)/24 - i%7
		spoiled := bytes.Clone(log[:cut])
		if i%2 == 1 {
			for j := max(0, len(spoiled)-3000); j < len(spoiled); j++ {
				spoiled[j] ^= 0x5a
			}
		}
		n := reopenSpoiled(t, database, spoiled)
		if i == 0 && n != 2*commits {
			t.Errorf("the whole log: got %d payloads, want %d", n, 2*commits)
		}
		most = max(most, n)
	}
	if most == 0 {
		t.Error("no cut left any payload; the test cuts in the wrong place")
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// reopenSpoiled opens a store from the files and returns how many payloads it holds.
func reopenSpoiled(t *testing.T, database, log []byte) int {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{databaseFile: database, databaseFile + "-wal": log} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := openIn(t, dir, Options{})
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	items, err := s.Queue(t.Context(), 1, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	number, _, _ := s.QueueTotal(1)
	if len(items)%2 != 0 || int(number) != len(items) {
		t.Errorf("got %d payloads and a total of %d, want whole commits of two", len(items), number)
	}
	for i, item := range items {
		input, err := s.ItemInput(t.Context(), item.ID)
		if err != nil || len(input) != 1 || !value.Equal(input[0], value.Int(i)) {
			t.Errorf("payload %d: got %v, error %v", i, input, err)
		}
	}
	return len(items)
}

func TestOneProcessOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), dir, Options{Clock: clock.System{}}); !errors.Is(err, ErrInUse) {
		t.Errorf("a second one: got error %v, want %v", err, ErrInUse)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	openIn(t, dir, Options{})
}

func TestBackupOpensAsAStore(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	if _, err := s.Accept(t.Context(), delivery(1)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, databaseFile)
	if err := s.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(t.Context(), path); !errors.Is(err, os.ErrExist) {
		t.Errorf("onto a file that exists: got error %v, want %v", err, os.ErrExist)
	}
	copied := openIn(t, dir, Options{})
	items, err := copied.Queue(t.Context(), 1, 0, 10)
	if err != nil || len(items) != 1 {
		t.Errorf("got %d items, error %v; want 1", len(items), err)
	}
	var mode string
	if err := copied.db.QueryRowContext(t.Context(), "PRAGMA auto_vacuum").Scan(&mode); err != nil || mode != "2" {
		t.Errorf("auto_vacuum of the copy: got %s, error %v; want 2", mode, err)
	}
}

func TestDamageIsFound(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	for i := range 3 {
		if err := s.Audit(t.Context(), AuditEntry{Actor: "ann", Action: fmt.Sprint("step ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	err := s.update(t.Context(), upkeepLane, func(t *tx) error {
		_, err := t.exec("UPDATE audit SET actor = 'bob' WHERE id = 2")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("got error %v, want %v", err, ErrDamaged)
	}
}

func TestLogStaysBounded(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	const pages, payload = 256, 64 << 10
	const copyBytes = pages * 4096
	if err := s.writer.between(t.Context(), func(*conn) error { s.keeper.after = pages; return nil }); err != nil {
		t.Fatal(err)
	}
	large := delivery(0)
	for i := range 12 * copyBytes / payload {
		data := noise(payload)
		data[0] = byte(i)
		large[0].Input = []value.Value{value.Buffer(data, "binary")}
		if _, err := s.Accept(t.Context(), large); err != nil {
			t.Fatal(err)
		}
	}
	u, err := s.Usage(t.Context())
	if err != nil || u.Log > 6*copyBytes {
		t.Errorf("got a log of %d bytes, error %v; want at most %d", u.Log, err, 6*copyBytes)
	}
}
