package connector

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestIDsAreComparedAsNumbersWhereTheyAreSome(t *testing.T) {
	t.Parallel()
	want := []string{"", "0", "1", "007", "7", "10", "99999999999999999999", "100000000000000000000", "-1", "10a", "a"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, compareIDs)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// At the limit every record behind the edge is remembered. One past it the oldest is forgotten, and the edge moves up to it, so
// that it is not put out again.
func TestKeysOfACursor(t *testing.T) {
	t.Parallel()
	trigger := &appdef.Trigger{ByDate: true, Overlap: time.Hour}
	for _, c := range []struct {
		n, keys int
		edge    mark
	}{
		{MaxCursorKeys, MaxCursorKeys, mark{at: 1_000_000 - 3_600_000}},
		{MaxCursorKeys + 1, MaxCursorKeys, mark{at: 1_000_000, id: "1"}},
	} {
		p := newProgress()
		var marks []mark
		for i := range c.n {
			marks = append(marks, mark{at: 1_000_000, id: fmt.Sprint(i + 1)})
		}
		p.advance(trigger, marks, time.UnixMilli(2_000_000))
		back, err := parseProgress(roundTrip(p.value()))
		if err != nil {
			t.Fatal(err)
		}
		if len(back.seen) != c.keys || *back.edge != c.edge {
			t.Errorf("%d records: got %d keys and the edge %+v, want %d and %+v", c.n, len(back.seen), *back.edge, c.keys, c.edge)
		}
		for _, m := range marks {
			if !back.done(m) {
				t.Errorf("%d records: %+v would be put out again", c.n, m)
			}
		}
		if back.done(mark{at: 1_000_000, id: fmt.Sprint(c.n + 1)}) {
			t.Errorf("%d records: the next one would be left out", c.n)
		}
	}
}

func TestCursorsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `"x"`, `[1]`, `{"version":2}`, `{"version":1,"edge":{"date":"soon"}}`, `{"version":1,"edge":5}`, `{"version":1,"seen":[1]}`,
		`{"version":1,"newest":[]}`, `{"start":"never"}`, `{"start":"now"}`, `{"start":"since","at":"x"}`, `{"start":"item"}`, `{"start":"item","item":{}}`,
	} {
		_, _, err := startProgress(parsed(t, text), &appdef.Trigger{ByDate: true}, time.Unix(1, 0))
		if told := fault.From(err); told == nil || told.Kind != fault.Inconsistency || told.Hint == "" {
			t.Errorf("%s: got %v, want an %s with a hint", text, err, fault.Inconsistency)
		}
	}
}

// Whatever stands in a cursor, reading it does not fail in another way than with an error, and what was read is written back so
// that it says the same.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{
		`{"version":1,"edge":{"date":"2026-01-01T00:00:00.000Z","id":"5"},"newest":{"date":"2026-01-01T00:00:05.000Z","id":"7"},"seen":[{"date":"2026-01-01T00:00:05.000Z","ids":["6","7"]}],"odd":["8#x"]}`,
		`{"version":1,"edge":{"id":"12"},"newest":{"id":"12"}}`, `{"version":1,"edge":{"date":"2026-01-01"},"waiting":true}`,
		`{"start":"all"}`, `{"start":"now","at":"2026-01-01"}`, `{"start":"since","at":0}`, `{"start":"item","item":{"version":1}}`, `null`, `[]`, `"x"`,
	} {
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text string, byDate bool) {
		cursor, err := value.ParseJSON([]byte(text))
		if err != nil {
			return
		}
		p, _, err := startProgress(cursor, &appdef.Trigger{ByDate: byDate}, time.Unix(1_767_225_600, 0))
		if err != nil {
			return
		}
		written := p.value()
		back, err := parseProgress(roundTrip(written))
		if err != nil {
			t.Fatalf("%s: cannot be read back: %v", written.JSON(), err)
		}
		if got := back.value(); !value.Equal(roundTrip(got), roundTrip(written)) {
			t.Fatalf("got %s, want %s", got.JSON(), written.JSON())
		}
	})
}
