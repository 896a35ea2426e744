package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// ledger is what a load on a store was told.
type ledger struct {
	accepted []int64 // acknowledged
	ended    []int64 // executions of it whose end was acknowledged
	refused  []error
}

// load hands in n deliveries, one after the other so that a seed repeats the run, and works each second one off.
func (l *ledger) load(s *Store, f Fence, n int) {
	ctx := context.Background()
	for i := range n {
		input := []value.Value{value.Int(i), value.Buffer(noise(2_000+i*311%9_000), "binary")}
		a, err := s.Accept(ctx, []Intake{{Webhook: 1, Scenario: 7, Run: true, Received: s.clock.Now(), Input: input}})
		if err != nil {
			l.refused = append(l.refused, err)
			continue
		}
		l.accepted = append(l.accepted, a[0].ID)
		if i%2 == 1 {
			continue
		}
		run := a[0].Run(7, f)
		_, err = s.Append(ctx, run, Step{
			Start: &Start{At: s.clock.Now()}, Operations: []Operation{{Address: "1/1", Bundles: List{input[1]}}},
			End: &End{Status: Success, At: s.clock.Now()},
		})
		if err != nil {
			l.refused = append(l.refused, err)
			continue
		}
		l.ended = append(l.ended, run.ID)
	}
}

// check looks for everything that was acknowledged, and for more than was handed in.
func (l *ledger) check(t *testing.T, s *Store, most int) {
	t.Helper()
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("check: %v", err)
	}
	for _, id := range l.accepted {
		j, err := s.Load(t.Context(), id)
		if err != nil {
			t.Errorf("acknowledged %d: %v", id, err)
			continue
		}
		if input, err := j.Input(t.Context()); err != nil || len(input) != 2 {
			t.Errorf("acknowledged %d: got %d bundles, error %v", id, len(input), err)
		}
	}
	for _, id := range l.ended {
		if j, err := s.Load(t.Context(), id); err != nil || j.Execution.Status != Success || j.Len() != 1 {
			t.Errorf("ended %d: got %+v, error %v", id, j, err)
		}
	}
	n, err := s.readNumber(t.Context(), "SELECT count(*) FROM execution")
	if err != nil || int(n) < len(l.accepted) || int(n) > most {
		t.Errorf("got %d executions, error %v; want %d to %d", n, err, len(l.accepted), most)
	}
}

// openOn opens a store whose log is copied often, so that faults hit the copying too.
func openOn(t *testing.T, dir string) (*Store, Fence) {
	t.Helper()
	s, err := Open(t.Context(), dir, Options{Clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if err := s.writer.between(t.Context(), func(*conn) error { s.keeper.after = 24; return nil }); err != nil {
		t.Fatal(err)
	}
	return s, ownAll(t, s)[PartitionOf(7)].Fence
}

// badDisks are ways to fail, from operation n on for a while.
func badDisks(n int) map[string]func(diskOperation) diskFault {
	during := func(o diskOperation, length int) bool { return o.number >= n && o.number < n+length }
	only := func(length int, f diskFault, kinds ...diskKind) func(diskOperation) diskFault {
		return func(o diskOperation) diskFault {
			for _, k := range kinds {
				if o.kind == k && during(o, length) {
					return f
				}
			}
			return diskWorks
		}
	}
	return map[string]func(diskOperation) diskFault{
		"full":         only(40, diskFull, diskWrite, diskTruncate),
		"full once":    only(1, diskFull, diskWrite, diskTruncate),
		"torn writes":  only(6, diskTorn, diskWrite),
		"broken sync":  only(30, diskBroken, diskSync),
		"broken read":  only(25, diskBroken, diskRead),
		"broken disk":  only(12, diskBroken, diskRead, diskWrite, diskSync, diskTruncate),
		"broken write": only(3, diskBroken, diskWrite),
	}
}

// TestBadDisk lets the disk fail at many moments in several ways. What was acknowledged must be there, also after a
// power cut; what was refused must say so; and with the disk in order again everything goes on without a restart.
func TestBadDisk(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 8, 34, 89, 233} {
		for name, fail := range badDisks(n) {
			t.Run(fmt.Sprint(name, " at ", n), func(t *testing.T) {
				t.Parallel()
				failAndGoOn(t, uint64(n), fail)
			})
		}
	}
}

func failAndGoOn(t *testing.T, seed uint64, fail func(diskOperation) diskFault) {
	t.Helper()
	dir := t.TempDir()
	d := newDisk(t, dir, seed)
	s, f := openOn(t, dir)
	var l ledger
	const each = 20
	l.load(s, f, each)
	d.set(fail)
	l.load(s, f, each)
	d.set(nil)
	for _, err := range l.refused {
		var told *fault.Error
		if !errors.As(err, &told) || told.Hint == "" || !errors.Is(err, ErrNotSaved) && !errors.Is(err, ErrUnknown) {
			t.Errorf("refused with %v, want a fault with %v or %v and a hint", err, ErrNotSaved, ErrUnknown)
		}
	}
	before := len(l.refused)
	l.load(s, f, each)
	if len(l.refused) != before {
		t.Errorf("with the disk in order again: got errors %v", l.refused[before:])
	}
	l.check(t, s, 3*each)
	left := t.TempDir()
	d.cutPower(t, left)
	_ = s.Close() // it cannot write any more
	again, _ := openOn(t, left)
	l.check(t, again, 3*each)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// TestDiskThatKeepsNotWhatIsCopied has the disk refuse to keep what is copied out of the log, and forget it. The store goes on, is closed in
// good order, and loses power then: the next start finds everything in the log.
func TestDiskThatKeepsNotWhatIsCopied(t *testing.T) {
	t.Parallel()
	const seeds, each = 8, 20
	for seed := range uint64(seeds) {
		dir := t.TempDir()
		d := newDisk(t, dir, seed)
		s, f := openOn(t, dir)
		var l ledger
		l.load(s, f, each)
		d.set(func(o diskOperation) diskFault {
			if o.kind == diskSync && !o.log {
				return diskBroken
			}
			return diskWorks
		})
		handedIn := each
		for ; !s.keeper.doubt.Load(); handedIn += each {
			l.load(s, f, each)
		}
		d.set(nil)
		if u, err := s.Usage(t.Context()); err != nil || !u.Refused {
			t.Errorf("seed %d: got %+v (%v), want it told that the disk has refused", seed, u, err)
		}
		l.load(s, f, each)
		if len(l.refused) > 0 {
			t.Errorf("seed %d: got errors %v, want that everything goes on", seed, l.refused)
		}
		l.check(t, s, handedIn+each)
		if err := s.Close(); err != nil {
			t.Errorf("seed %d: close: %v", seed, err)
		}
		left := t.TempDir()
		d.cutPower(t, left)
		again, _ := openOn(t, left)
		l.check(t, again, handedIn+each)
		if again.keeper.doubt.Load() {
			t.Errorf("seed %d: the next start still doubts what it copies", seed)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// firstSeed is an environment variable with the first seed of TestPowerCut, to look at more of them than a run of all
// tests has time for.
const firstSeed = "ROPEWAY_TEST_DISK_SEED"

// TestPowerCut takes the power away at many moments. Whatever part of the writes that were not synced is left, what was
// acknowledged is there.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	const cuts = 30
	first, err := strconv.Atoi(cmp.Or(os.Getenv(firstSeed), "0"))
	if err != nil {
		t.Fatalf("%s: %v", firstSeed, err)
	}
	for seed := first; seed < first+cuts; seed++ {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			dir, left := t.TempDir(), t.TempDir()
			d := newDisk(t, dir, uint64(seed))
			s, f := openOn(t, dir)
			last := 3 + seed*17%700
			d.set(func(o diskOperation) diskFault {
				d.off = d.off || o.number >= last
				if d.off {
					return diskBroken
				}
				return diskWorks
			})
			var l ledger
			const most = 40
			l.load(s, f, most)
			d.cutPower(t, left)
			_ = s.Close() // it cannot write any more
			again, fence := openOn(t, left)
			l.check(t, again, most)
			refused := len(l.refused)
			l.load(again, fence, 4)
			if len(l.refused) != refused {
				t.Errorf("after the restart: got errors %v", l.refused[refused:])
			}
			if err := again.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFailedSyncIsNotSuccess fails the sync of one commit only. Nothing may be acknowledged by it, and a power cut
// after the next good commit must find that one.
func TestFailedSyncIsNotSuccess(t *testing.T) {
	t.Parallel()
	dir, left := t.TempDir(), t.TempDir()
	d := newDisk(t, dir, 3)
	s, _ := openOn(t, dir)
	failed := false
	d.set(func(o diskOperation) diskFault {
		if o.kind == diskSync && o.log && !failed {
			failed = true
			return diskBroken
		}
		return diskWorks
	})
	_, err := s.Accept(t.Context(), delivery(1))
	if !errors.Is(err, ErrUnknown) || !failed {
		t.Fatalf("got error %v, want %v", err, ErrUnknown)
	}
	if number, _, _ := s.QueueTotal(1); number != 0 {
		t.Errorf("got %d payloads after the failed sync, want none", number)
	}
	if items, err := s.Queue(t.Context(), 1, 0, 10); err != nil || len(items) != 0 {
		t.Errorf("got %d payloads to read, error %v; want none", len(items), err)
	}
	if _, err := s.Accept(t.Context(), delivery(2)); err != nil {
		t.Fatal(err)
	}
	d.cutPower(t, left)
	_ = s.Close() // it cannot write any more
	again := openIn(t, left, Options{})
	items, err := again.Queue(t.Context(), 1, 0, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("got %d payloads, error %v; want the one that was acknowledged", len(items), err)
	}
	if in, err := again.ItemInput(t.Context(), items[0].ID); err != nil || in[0].Float() != 2 {
		t.Errorf("got payload %v, error %v; want 2", in, err)
	}
}

// TestDamagedDatabase flips bits all over a database. Opening or checking must say so, and never change the file.
func TestDamagedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, f := openOn(t, dir)
	var l ledger
	l.load(s, f, 30)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readFile(t, filepath.Join(dir, databaseFile))
	found := 0
	const places, diskPage = 24, 4096
	for i := range places {
		damaged := append([]byte(nil), whole...)
		start := i * len(whole) / places
		if i%2 == 0 { // the head of a page, which says what is in it
			start -= start % diskPage
		}
		for j := start; j < start+64 && j < len(damaged); j++ {
			damaged[j] ^= 0xa5
		}
		if damageFound(t, damaged) {
			found++
		}
	}
	if cut := whole[:len(whole)/2]; !damageFound(t, cut) {
		t.Error("half a file passed the check")
	}
	// Bytes inside a payload are the payload's to notice: it is compressed with a checksum, or read as it is. Some pages hold
	// nothing but the rest of a payload.
	if found < places/4 {
		t.Errorf("found %d of %d damages", found, places)
	}
}

func damageFound(t *testing.T, database []byte) bool {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, databaseFile)
	if err := os.WriteFile(path, database, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), dir, Options{Clock: clock.System{}})
	if err != nil {
		var told *fault.Error
		if !errors.As(err, &told) || told.Hint == "" || strings.Contains(told.Message, "newer") {
			t.Errorf("got error %v, want a fault that says what to do", err)
		}
		if string(readFile(t, path)) != string(database) {
			t.Errorf("the damaged database was changed before it was refused: %v: %v", err, told.Cause)
		}
		return true
	}
	defer func() { _ = s.Close() }() // damage may show again
	return s.Check(t.Context()) != nil
}
