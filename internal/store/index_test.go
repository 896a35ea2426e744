package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/value"
)

// indexedJournal writes a long journal: results, intents with and without them, large bundles in rows of their own, cycles, and a
// checkpoint after every hundred steps. It goes on from the store again and again, as a server does that is killed.
func indexedJournal(t *testing.T, s *Store, f Fence) int64 {
	t.Helper()
	run, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: 7, Version: 1, Origin: ByHand})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 950 {
		step := Step{Operations: []Operation{{Address: fmt.Sprintf("1/%d", n), Bundles: List{value.Int(n)}}}}
		switch {
		case n%100 == 99:
			step.Checkpoint = fmt.Appendf(nil, "state %d", n)
		case n%50 == 3:
			step.Intents = []Intent{{Address: fmt.Sprintf("1/%d", n+1)}, {Address: fmt.Sprintf("2/%d", n)}}
		case n%200 == 7:
			step.Operations[0].Bundles = List{value.Text(strings.Repeat("x", chunkBytes)), value.Int(1), value.Text(strings.Repeat("y", chunkBytes))}
		case n%90 == 11:
			step.Cycle = &Cycle{CycleEnd: CycleEnd{Number: n, Address: "a", At: clock.System{}.Now().UTC(), RolledBack: n%180 == 11}}
		case n%250 == 17:
			j, err := s.Load(t.Context(), run.ID)
			if err != nil {
				t.Fatal(err)
			}
			run = j.Run(f)
		}
		if _, err := s.Append(t.Context(), run, step); err != nil {
			t.Fatal(err)
		}
	}
	return run.ID
}

// sameJournal compares everything that two journals of an execution tell.
func sameJournal(t *testing.T, name string, got, want *Journal) {
	t.Helper()
	for n := range 1000 {
		for _, address := range []string{fmt.Sprintf("1/%d", n), fmt.Sprintf("2/%d", n)} {
			a, found, err := got.Find(t.Context(), address)
			b, wanted, werr := want.Find(t.Context(), address)
			if err != nil || werr != nil || found != wanted || a.Sequence != b.Sequence || a.Intent != b.Intent || a.Address != b.Address {
				t.Fatalf("%s: %s: got row %d, %v (%v), want row %d, %v (%v)", name, address, a.Sequence, found, err, b.Sequence, wanted, werr)
			}
		}
	}
	a, err := got.OpenIntents(t.Context())
	b, werr := want.OpenIntents(t.Context())
	same := func(a, b Recorded) bool { return a.Sequence == b.Sequence && a.Address == b.Address }
	if err != nil || werr != nil || !slices.EqualFunc(a, b, same) || len(a) != 19 {
		t.Errorf("%s: got %d open intents (%v), want the same as %d (%v)", name, len(a), err, len(b), werr)
	}
	if !slices.EqualFunc(got.Cycles, want.Cycles, func(a, b CycleEnd) bool { return a == b }) || len(got.Cycles) < 5 {
		t.Errorf("%s: got the cycles %v, want %v", name, got.Cycles, want.Cycles)
	}
	if got.Len() != want.Len() || got.next != want.next || got.bytes != want.bytes {
		t.Errorf("%s: got %d results, next row %d, %d bytes; want %d, %d, %d", name, got.Len(), got.next, got.bytes, want.Len(), want.next, want.bytes)
	}
}

// TestACheckpointFindsAllThatAScanFinds loads a journal with its checkpoint, and as if there were none, were it of the first form, or were
// an index not there: each time everything is found.
func TestACheckpointFindsAllThatAScanFinds(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	id := indexedJournal(t, s, f)
	load := func(change string, args ...driver.Value) *Journal {
		t.Helper()
		err := s.update(context.Background(), upkeepLane, func(t *tx) error {
			if change == "" {
				return nil
			}
			_, err := t.exec(change, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.Load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	indexed := load("")
	if string(indexed.Checkpoint) != "state 899" || len(indexed.indexes) != 9 || len(indexed.since.places) > 60 {
		t.Fatalf("got the checkpoint %q, %d indexes and %d rows behind them, want state 899, 9 and those of fifty steps", indexed.Checkpoint, len(indexed.indexes), len(indexed.since.places))
	}
	scanned := load("")
	scanned.forget()
	if err := s.scan(t.Context(), id, 0, scanned.note); err != nil {
		t.Fatal(err)
	}
	sameJournal(t, "with indexes", indexed, scanned)
	damaged := load("UPDATE op SET data = x'0001' WHERE id = ?", opKey(id, indexed.indexes[4]))
	first := load("UPDATE checkpoint SET data = ? WHERE execution = ?", s.codec.pack([]byte("\x00\x01state")), id)
	if string(first.Checkpoint) != "\x01state" || string(damaged.Checkpoint) != "state 899" {
		t.Errorf("got the checkpoints %q and %q", first.Checkpoint, damaged.Checkpoint)
	}
	scanned = load("DELETE FROM checkpoint WHERE execution = ?", id)
	if scanned.Checkpoint != nil || len(scanned.indexes) != 0 {
		t.Errorf("without a checkpoint: got %q and %d indexes", scanned.Checkpoint, len(scanned.indexes))
	}
	sameJournal(t, "with a damaged index", damaged, scanned)
	sameJournal(t, "with the first form", first, scanned)
}

// TestLongJournalsAreIndexedWithoutACheckpoint writes more rows than are kept in memory.
func TestLongJournalsAreIndexedWithoutACheckpoint(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	run, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: 7, Version: 1, Origin: ByHand})
	if err != nil {
		t.Fatal(err)
	}
	step := Step{}
	for n := range indexEvery {
		step.Operations = append(step.Operations, Operation{Address: fmt.Sprint(n), Finished: time.Unix(1, 0)})
	}
	for i := range 2 {
		if _, err := s.Append(t.Context(), run, step); err != nil {
			t.Fatal(err)
		}
		if len(run.indexes) != i+1 || len(run.unindexed.places) != 0 {
			t.Errorf("got %d indexes and %d rows in memory, want %d and none", len(run.indexes), len(run.unindexed.places), i+1)
		}
	}
}
