package connector

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// dated makes records 1 to n with the dates 1 to n.
func dated(n int) map[int]int64 {
	m := map[int]int64{}
	for i := 1; i <= n; i++ {
		m[i] = int64(i)
	}
	return m
}

func text(list []version) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprintf("%d@%d", v.id, v.at)
	}
	return strings.Join(parts, " ")
}

func TestOldestFirstAndNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	for _, order := range []appdef.Order{appdef.OldestFirst, appdef.NewestFirst, appdef.Unordered} {
		for overlap := -1; overlap <= 3; overlap++ {
			p := newPoller(t, &ledger{order: order, size: 3, records: dated(10)}, 4, overlap)
			if overlap < 0 && order != appdef.Unordered {
				p.l.records = map[int]int64{}
				for i := 1; i <= 10; i++ {
					p.l.records[i] = 5 // the list is in the order of the IDs
				}
			}
			var got []int
			for _, want := range []int{4, 4, 2, 0} {
				put := p.must(100)
				if len(put) != want {
					t.Errorf("%s, overlap %d: got %d records, want %d", order, overlap, len(put), want)
				}
				for _, v := range put {
					got = append(got, v.id)
				}
			}
			if !slices.Equal(got, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) {
				t.Errorf("%s, overlap %d: got %v, want 1 to 10", order, overlap, got)
			}
		}
	}
}

// The records change between the requests of one operation. Whatever happens, each version that is there at the end must have
// been put out once, and none twice.
func TestPagesThatShift(t *testing.T) {
	t.Parallel()
	touch := func(id int) func(*ledger) { return func(l *ledger) { l.records[id] = 60 } }
	gone := func(ids ...int) func(*ledger) {
		return func(l *ledger) {
			for _, id := range ids {
				delete(l.records, id)
			}
		}
	}
	add := func(id int, at int64) func(*ledger) { return func(l *ledger) { l.records[id] = at } }
	cases := []struct {
		name   string
		order  appdef.Order
		limit  int
		before map[int]func(*ledger) // by number of the request
	}{
		{"nothing happens", appdef.NewestFirst, 100, nil},
		{"a record of the first page is deleted", appdef.NewestFirst, 100, map[int]func(*ledger){1: gone(9)}},
		{"the same, and only the oldest are put out", appdef.NewestFirst, 5, map[int]func(*ledger){1: gone(9), 2: gone(8)}},
		{"a whole page is deleted", appdef.NewestFirst, 100, map[int]func(*ledger){2: gone(10, 9, 8)}},
		{"the last record slips to the page before", appdef.NewestFirst, 100, map[int]func(*ledger){3: gone(10)}},
		{"a record that was read is changed", appdef.NewestFirst, 100, map[int]func(*ledger){2: touch(9)}},
		{"a record that was not read yet is changed", appdef.NewestFirst, 100, map[int]func(*ledger){1: touch(2)}},
		{"records are added", appdef.NewestFirst, 5, map[int]func(*ledger){1: add(11, 61), 2: add(12, 62), 3: add(13, 62), 5: add(14, 63)}},
		{"one is added, one deleted", appdef.NewestFirst, 100, map[int]func(*ledger){1: add(11, 61), 2: gone(10)}},
		{"deleted while reading again", appdef.NewestFirst, 100, map[int]func(*ledger){1: gone(10), 5: gone(7), 9: gone(8)}},
		{"a record that was read moves to the end", appdef.OldestFirst, 100, map[int]func(*ledger){1: touch(2)}},
		{"the same behind the limit", appdef.OldestFirst, 4, map[int]func(*ledger){1: touch(2)}},
		{"two move to the end", appdef.OldestFirst, 100, map[int]func(*ledger){1: touch(2), 2: touch(3)}},
		{"a record that was read is deleted", appdef.OldestFirst, 5, map[int]func(*ledger){1: gone(1)}},
		{"without an order, a record is deleted", appdef.Unordered, 100, map[int]func(*ledger){1: gone(8)}},
		{"without an order, each is deleted when it was read", appdef.Unordered, 3, map[int]func(*ledger){1: gone(8), 2: gone(9), 3: gone(3)}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := &ledger{order: c.order, size: 3, records: dated(10)}
			p := newPoller(t, l, c.limit, 0)
			l.before = func(n int) {
				if change := c.before[n]; change != nil {
					change(l)
				}
			}
			all := p.must(60)
			l.before = nil
			all = append(all, p.rest(70)...)
			checkPut(t, l, all, 0)
		})
	}
}

// failer is what rapid and testing have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkPut compares what was put out with what is there: each record from the date on in its last version, and nothing twice.
func checkPut(t failer, l *ledger, all []version, from int64) {
	t.Helper()
	times := map[version]int{}
	for _, v := range all {
		if times[v]++; times[v] == 2 {
			t.Errorf("%d@%d was put out twice: %s", v.id, v.at, text(all))
		}
	}
	for id, at := range l.records {
		if at >= from && times[version{id, at}] == 0 {
			t.Errorf("%d@%d was not put out: %s", id, at, text(all))
		}
	}
}

// A service whose records come, change and go in any way, also while they are read and up to an overlap late.
//
// One thing is left out, since no reading of pages can see it: while one operation reads, no more than one record leaves its
// place in the list towards the front (see poll).
func TestEveryVersionComesOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const overlap, late = 12, 6
		s := &simulation{rt: rt, now: 1000, late: late, l: &ledger{records: map[int]int64{}}}
		s.l.order = rapid.SampledFrom([]appdef.Order{appdef.OldestFirst, appdef.NewestFirst, appdef.Unordered}).Draw(rt, "order")
		s.l.size = rapid.IntRange(1, 4).Draw(rt, "size")
		for range rapid.IntRange(0, 12).Draw(rt, "records") {
			s.add()
		}
		p := newPoller(t, s.l, rapid.IntRange(1, 6).Draw(rt, "limit"), overlap)
		from := int64(0)
		if rapid.Bool().Draw(rt, "from now") {
			from = s.now
			p.cursor = value.Undefined
		}
		var all []version
		for range rapid.IntRange(1, 12).Draw(rt, "operations") {
			all = append(all, s.poll(p)...)
			for range rapid.IntRange(0, 4).Draw(rt, "changes") {
				s.change()
			}
			s.now += int64(rapid.SampledFrom([]int{0, 0, 1, 30}).Draw(rt, "seconds"))
		}
		s.still = true
		for quiet := 0; quiet < 2; {
			put := s.poll(p)
			if quiet++; len(put) > 0 {
				quiet = 0
			}
			all = append(all, put...)
		}
		checkPut(rt, s.l, all, from)
	})
}

// simulation draws what happens to a ledger.
type simulation struct {
	rt        *rapid.T
	l         *ledger
	now, late int64
	next      int
	still     bool
	left      bool // whether a record has left its place during the operation
	changes   int  // during the operation
}

// poll runs an operation while the ledger changes.
func (s *simulation) poll(p *poller) []version {
	s.left, s.changes = false, 0
	s.l.before = func(n int) {
		if n == 0 || s.still || s.changes == MaxEqualPages-1 || !rapid.Bool().Draw(s.rt, "change") {
			return
		}
		s.changes++
		if !s.left || rapid.Bool().Draw(s.rt, "add") && s.l.order != appdef.Unordered {
			s.change()
			return
		}
		s.add()
	}
	put, err := p.poll(s.now)
	s.l.before = nil
	if err != nil && fault.KindOf(err) != fault.IncompleteData {
		s.rt.Fatalf("got %v", err)
	}
	if len(put) > p.limit || !slices.IsSortedFunc(put, func(a, b version) int { return int(a.at - b.at) }) {
		s.rt.Errorf("got %s, want at most %d in the order of their dates", text(put), p.limit)
	}
	return put
}

// add adds a record, perhaps with a date that is past already.
func (s *simulation) add() {
	s.next++
	s.l.records[s.next] = s.now - int64(rapid.SampledFrom([]int{0, 0, 0, 1, int(s.late)}).Draw(s.rt, "late"))
}

// change changes or deletes a record, or adds one.
func (s *simulation) change() {
	ids := slices.Sorted(maps.Keys(s.l.records))
	kind := rapid.IntRange(0, 3).Draw(s.rt, "kind")
	if len(ids) == 0 || kind == 0 {
		s.add()
		return
	}
	id := rapid.SampledFrom(ids).Draw(s.rt, "id")
	moves := kind == 1 || s.l.order == appdef.OldestFirst // what makes others move towards the front
	if moves && s.left && s.l.before != nil {
		s.add()
		return
	}
	s.left = s.left || moves
	if kind == 1 {
		delete(s.l.records, id)
		return
	}
	s.l.records[id] = max(s.now, s.l.records[id])
}

func TestWhereToStart(t *testing.T) {
	t.Parallel()
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	cases := []struct {
		name    string
		overlap int
		cursor  value.Value
		started int64
		want    string // of the first operation
		then    string // of the next, after 11@21 came
	}{
		{"never ran", 5, value.Undefined, 8, "8@8 9@9 10@10", "11@21"},
		{"now", 5, module.StartAt(module.FromNow, time.UnixMilli(9500), value.Undefined), 20, "9@9 10@10", "11@21"},
		{"now, and the clock of the service is far behind", 5, value.Undefined, 9000, "", "11@21"},
		{"now, and the clock was set back", 5, module.StartAt(module.FromNow, at(9000), value.Undefined), 9, "9@9 10@10", "11@21"},
		{"since", 5, module.StartAt(module.FromDate, at(10), value.Undefined), 20, "10@10", "11@21"},
		{"since a date to come", 5, module.StartAt(module.FromDate, at(21), value.Undefined), 20, "", "11@21"},
		{"all", 0, module.StartAt(module.FromStart, time.Time{}, value.Undefined), 20, text(seq(1, 10)), "11@21"},
		{"an item", 0, module.StartAt(module.FromItem, time.Time{}, itemProgress(&appdef.Trigger{ByDate: true}, mark{at: 9000, id: "9"}).value()), 20, "9@9 10@10", "11@21"},
		{"by ID, never ran", -1, value.Undefined, 20, "", "11@21"},
		{"by ID, now", -1, module.StartAt(module.FromNow, at(1), value.Undefined), 20, "", "11@21"},
		{"by ID, all", -1, module.StartAt(module.FromStart, time.Time{}, value.Undefined), 20, text(seq(1, 10)), "11@21"},
		{"by ID, an item", -1, module.StartAt(module.FromItem, time.Time{}, itemProgress(&appdef.Trigger{}, mark{id: "9"}).value()), 20, "9@9 10@10", "11@21"},
	}
	for _, order := range []appdef.Order{appdef.OldestFirst, appdef.NewestFirst, appdef.Unordered} {
		for _, c := range cases {
			t.Run(string(order)+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				p := newPoller(t, &ledger{order: order, size: 4, records: dated(10)}, 100, c.overlap)
				p.cursor = c.cursor
				if got := text(p.must(c.started)); got != c.want {
					t.Errorf("first: got %q, want %q", got, c.want)
				}
				p.l.records[11] = 21
				if got := text(p.must(22)); got != c.then {
					t.Errorf("next: got %q, want %q", got, c.then)
				}
				if got := text(p.must(23)); got != "" {
					t.Errorf("last: got %q, want nothing", got)
				}
			})
		}
	}
}

func seq(from, to int) []version {
	var list []version
	for i := from; i <= to; i++ {
		list = append(list, version{i, int64(i)})
	}
	return list
}

// Where nothing is new at the first look, records of the same date as the newest are told apart by their IDs.
func TestFromNowKnowsWhatIsThere(t *testing.T) {
	t.Parallel()
	p := newPoller(t, &ledger{order: appdef.NewestFirst, size: 4, records: map[int]int64{1: 20, 2: 20, 3: 10}}, 100, 0)
	p.cursor = value.Undefined
	first := text(p.must(9000))
	p.l.records[4], p.l.records[5] = 20, 15
	if got := text(p.must(9001)); first != "" || got != "4@20" {
		t.Errorf("got %q and %q, want nothing and 4@20", first, got)
	}
}

// A list that holds only what is behind the cursor says nothing about what is there.
func TestFromNowWithAFilter(t *testing.T) {
	t.Parallel()
	b := newBench(t, "trigger", plainBase, `{"url": "/x", "qs": {"since": "{{formatDate(data.lastDate, 'X', 'UTC')}}"}, "response": {"iterate": "{{body}}",
		"trigger": {"type": "date", "order": "desc", "id": "{{item.id}}", "date": "{{item.at}}"}}}`, nil, answer{body: `[]`})
	op := &module.Operation{Input: value.Collection(), Started: time.Unix(1000, 0), Zone: time.UTC}
	for range 2 {
		if err := b.c.Modules()[0].Run(t.Context(), op, connection("k"), &b.out); err != nil {
			t.Fatal(err)
		}
		op.Cursor, op.Started = b.out.cursor, op.Started.Add(time.Hour)
	}
	if got := b.wires(); strings.Count(got, "since=1000") != 2 {
		t.Errorf("got\n%s\nwant both to ask for what came since 1000", got)
	}
}

// An empty list is a place to start from, too.
func TestFromNowOnAnEmptyList(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{-1, 0, 60} {
		p := newPoller(t, &ledger{order: appdef.NewestFirst, size: 4, records: map[int]int64{}}, 100, overlap)
		p.cursor = value.Undefined
		first := text(p.must(5))
		p.l.records[1] = 6
		if got := text(p.must(7)); first != "" || got != "1@6" {
			t.Errorf("overlap %d: got %q and %q, want nothing and 1@6", overlap, first, got)
		}
	}
}

func TestByIDCannotStartFromADate(t *testing.T) {
	t.Parallel()
	p := newPoller(t, &ledger{order: appdef.NewestFirst, size: 4, records: dated(3)}, 100, -1)
	p.cursor = module.StartAt(module.FromDate, time.Unix(2, 0), value.Undefined)
	if _, err := p.poll(5); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("got %v, want an %s", err, fault.InvalidConfiguration)
	}
}

func TestTimesThatPlayTricks(t *testing.T) {
	t.Parallel()
	steps := func(t *testing.T, overlap int, list []func(p *poller) (int64, string)) {
		t.Helper()
		p := newPoller(t, &ledger{order: appdef.NewestFirst, size: 3, records: map[int]int64{1: 100, 2: 100}}, 2, overlap)
		for i, step := range list {
			at, want := step(p)
			if got := text(p.must(at)); got != want {
				t.Errorf("step %d: got %q, want %q", i+1, got, want)
			}
		}
	}
	put := func(at int64, want string, records ...version) func(p *poller) (int64, string) {
		return func(p *poller) (int64, string) {
			for _, r := range records {
				p.l.records[r.id] = r.at
			}
			return at, want
		}
	}
	drop := func(at int64, want string, id int) func(p *poller) (int64, string) {
		return func(p *poller) (int64, string) {
			delete(p.l.records, id)
			return at, want
		}
	}
	type script = []func(p *poller) (int64, string)
	t.Run("equal dates", func(t *testing.T) {
		t.Parallel()
		steps(t, 0, script{put(100, "1@100 2@100"), put(100, "3@100 4@100", version{4, 100}, version{3, 100}, version{5, 100}), put(101, "5@100"), put(101, "")})
	})
	t.Run("late records", func(t *testing.T) {
		t.Parallel()
		steps(t, 10, script{put(100, "1@100 2@100"), put(101, "3@90 4@101", version{3, 90}, version{4, 101}), put(102, "5@91", version{5, 91}), put(103, "", version{6, 80})})
	})
	t.Run("a change is put out again", func(t *testing.T) {
		t.Parallel()
		steps(t, 10, script{put(100, "1@100 2@100"), put(105, "1@104", version{1, 104}), put(105, "1@105", version{1, 105}), put(110, "")})
	})
	t.Run("the newest record is deleted", func(t *testing.T) {
		t.Parallel()
		steps(t, 0, script{put(100, "1@100 2@100"), drop(101, "", 2), drop(101, "", 1), put(102, "3@100", version{3, 100})})
	})
	t.Run("a date in the future hides nothing", func(t *testing.T) {
		t.Parallel()
		steps(t, 10, script{
			put(100, "1@100 2@100"), put(101, "3@999999", version{3, 999999}), put(120, "4@119 5@120", version{4, 119}, version{5, 120}), put(121, ""),
			put(140, "6@139", version{6, 139}), put(141, ""),
		})
	})
	t.Run("the clock of the service is an hour ahead", func(t *testing.T) {
		t.Parallel()
		steps(t, 10, script{put(100, "1@100 2@100"), put(101, "3@3701", version{3, 3701}), put(102, "4@3702", version{4, 3702}), put(103, "5@3690", version{5, 3690}), put(104, "")})
	})
	t.Run("our clock is set back", func(t *testing.T) {
		t.Parallel()
		steps(t, 10, script{put(100, "1@100 2@100"), put(3, "3@101", version{3, 101}), put(4, ""), put(5, "4@102", version{4, 102})})
	})
}

// A record without a readable date must neither stop the trigger nor be lost.
func TestRecordsWithoutAPlace(t *testing.T) {
	t.Parallel()
	trigger := fmt.Sprintf(watchLedger, `{"type": "date", "order": "desc", "id": "{{item.id}}", "date": "{{parseDate(item.at, 'YYYY-MM-DD')}}"}`)
	good := `{"id":1,"at":"2026-01-02"}`
	run := func(t *testing.T, cursor value.Value, limit int, body string) (string, value.Value, error) {
		t.Helper()
		b := newBench(t, "trigger", plainBase, trigger, nil, answer{body: "[" + body + "]"}, answer{body: "[]"}, answer{body: "[" + body + "]"}, answer{body: "[]"})
		op := &module.Operation{Input: value.Collection(value.F("limit", value.Int(limit))), Started: b.clk.Now(), Zone: time.UTC, Cursor: cursor}
		err := b.c.Modules()[0].Run(t.Context(), op, connection("k"), &b.out)
		return b.outputs(), b.out.cursor, err
	}
	all := module.StartAt(module.FromStart, time.Time{}, value.Undefined)
	odd := `{"id":7,"at":"soon"},{"at":"2026-01-03"},{"id":8}`
	got, cursor, err := run(t, all, 10, odd+","+good)
	if want := "[" + odd + "," + good + "]"; err != nil || got != want {
		t.Errorf("first: got %s, %v\nwant %s", got, err, want)
	}
	if got, _, err := run(t, cursor, 10, odd+`,{"id":2,"at":"2026-01-05"},`+good); err != nil || got != `[{"id":2,"at":"2026-01-05"}]` {
		t.Errorf("next: got %s, %v, want only the new one", got, err)
	}
	if got, _, err := run(t, cursor, 10, `{"id":7,"at":"sooner"},`+good); err != nil || got != `[{"id":7,"at":"sooner"}]` {
		t.Errorf("changed: got %s, %v, want it again", got, err)
	}
	got, cursor, err = run(t, all, 2, odd+","+good)
	if err != nil || strings.Count(got, "at")+strings.Count(got, `{"id":8}`) != 2 {
		t.Errorf("limit: got %s, %v, want two", got, err)
	}
	if got, _, err := run(t, cursor, 2, odd+","+good); err != nil || got != `[{"id":8},`+good+`]` {
		t.Errorf("rest: got %s, %v, want the other two", got, err)
	}
	if got, cursor, err = run(t, value.Undefined, 10, odd); err != nil || got != "[]" {
		t.Errorf("from now: got %s, %v, want nothing", got, err)
	}
	if got, _, err = run(t, cursor, 10, odd+`,{"id":9}`); err != nil || got != `[{"id":9}]` {
		t.Errorf("after now: got %s, %v, want the new one", got, err)
	}
	list := func(n int) string {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"id":%d,"at":null}`, i))
		}
		return strings.Join(rows, ",")
	}
	if _, _, err := run(t, all, 1000, list(MaxOddRecords)); err != nil {
		t.Errorf("%d records: got %v, want none", MaxOddRecords, err)
	}
	_, _, err = run(t, all, 1000, list(MaxOddRecords+1))
	if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), "the record with the ID 0 has no date that can be read") {
		t.Errorf("one more: got %v, want a %s that names a record", err, fault.Data)
	}
}

// However long the list is, only the pages of what is to be put out are read again, and the next operations begin near them.
func TestLongListWithASmallLimit(t *testing.T) {
	t.Parallel()
	l := &ledger{order: appdef.NewestFirst, size: 2, records: dated(400)}
	p := newPoller(t, l, 3, 0)
	l.before = func(n int) {
		if n == 199 { // the last page but one has been read
			delete(l.records, 400)
		}
	}
	all := p.must(500)
	if text(all) != "1@1 2@2 3@3" || l.requests > 201+9 {
		t.Errorf("got %q with %d requests, want the three oldest with a few more than 201", text(all), l.requests)
	}
	l.before = nil
	for next := 401; next < 501; next++ { // one is added, one deleted and one changed between two operations
		l.records[next] = int64(next)
		l.records[next-200] = int64(next)
		delete(l.records, next-50)
		all = append(all, p.must(int64(next))...)
		if l.requests > 16 {
			t.Fatalf("operation %d: got %d requests, want a few", next-399, l.requests)
		}
	}
	checkPut(t, l, append(all, p.rest(600)...), 0)
}

func TestLongListByID(t *testing.T) {
	t.Parallel()
	l := &ledger{order: appdef.NewestFirst, size: 2, records: dated(100)}
	p := newPoller(t, l, 3, -1)
	all := p.must(500)
	for range 20 {
		all = append(all, p.must(500)...)
		if l.requests > 12 {
			t.Fatalf("got %d requests, want a few", l.requests)
		}
	}
	checkPut(t, l, append(all, p.rest(600)...), 0)
}

// Records of one date may stand in any order, so all of them are looked at before the first ones are put out.
func TestManyRecordsOfOneDate(t *testing.T) {
	t.Parallel()
	l := &ledger{order: appdef.NewestFirst, size: 50, records: map[int]int64{}}
	for id := range 2*MaxCursorKeys + 10 {
		l.records[id+1] = 7
	}
	p := newPoller(t, l, 100, 60)
	checkPut(t, l, p.rest(600), 0)
}

func TestHeldRecordsOfATrigger(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("reads 100,001 records twice")
	}
	l := &ledger{order: appdef.NewestFirst, size: 2 * MaxHeldBundles, records: dated(MaxHeldBundles + 1)}
	p := newPoller(t, l, MaxHeldBundles+1, 0)
	if got := p.must(1e6); len(got) != MaxHeldBundles || got[0].id != 1 {
		t.Errorf("first: got %d records, want %d from the oldest on", len(got), MaxHeldBundles)
	}
	if got := text(p.must(1e6)); got != "100001@100001" {
		t.Errorf("next: got %q, want the one that was left", got)
	}
}

func TestListThatNeverStandsStill(t *testing.T) {
	t.Parallel()
	l := &ledger{order: appdef.NewestFirst, size: 2, records: dated(40)}
	p := newPoller(t, l, 100, 0)
	next := 41
	l.before = func(n int) {
		if n%21 == 1 { // once in each reading, just behind its first page
			l.records[next] = 20 // a record that appears late, and so is found only by the next reading
			delete(l.records, 40)
			next++
		}
	}
	before := p.cursor
	_, err := p.poll(50)
	if told := fault.From(err); told == nil || told.Kind != fault.IncompleteData || told.Hint == "" || !value.Equal(p.cursor, before) {
		t.Errorf("got %v, cursor %s; want an %s and the cursor as it was", err, p.cursor.JSON(), fault.IncompleteData)
	}
	l.before = nil
	checkPut(t, l, p.rest(60), 0)
}

// A busy service, on which something new comes with each request, does not hold the trigger up.
func TestBusyService(t *testing.T) {
	t.Parallel()
	l := &ledger{order: appdef.NewestFirst, size: 2, records: dated(9)}
	p := newPoller(t, l, 100, 0)
	next := 10
	l.before = func(int) {
		l.records[next] = int64(next)
		next++
	}
	put := p.must(50)
	if len(put) < 9 || l.requests > 40 {
		t.Errorf("got %d records with %d requests, want at least 9 with a few", len(put), l.requests)
	}
	l.before = nil
	checkPut(t, l, append(put, p.rest(60)...), 0)
}

func TestRequestsOfATrigger(t *testing.T) {
	t.Parallel()
	communication := `{"url": "/x", "qs": {"since": "{{formatDate(data.lastDate, 'X', 'UTC')}}", "after": "{{data.lastId}}", "key": "{{data.key}}"}, "response": {
		"iterate": {"container": "{{body}}", "condition": "{{item.id != 3}}"}, "output": {"n": "{{item.id}}"},
		"trigger": {"type": "date", "order": "asc", "id": "{{item.id}}", "date": "{{item.at}}", "overlap": 5}}}`
	b := newBench(t, "trigger", plainBase, communication, nil, answer{body: `[{"id":2,"at":200},{"id":3,"at":300}]`})
	op := &module.Operation{Input: value.Collection(), Started: time.Unix(1000, 0), Zone: time.UTC, Cursor: module.StartAt(module.FromDate, time.Unix(100, 0), value.Undefined)}
	for range 2 {
		if err := b.c.Modules()[0].Run(t.Context(), op, connection("k"), &b.out); err != nil {
			t.Fatal(err)
		}
		op.Cursor = b.out.cursor
	}
	want := "GET https://api.example.com/v1/x?since=100&key=k | X-Key: k | \nGET https://api.example.com/v1/x?since=195&after=2&key=k | X-Key: k | "
	if got := b.wires(); got != want || b.outputs() != `[{"n":2}]` {
		t.Errorf("got\n%s\nand %s, want\n%s\nand one record", got, b.outputs(), want)
	}
	skipped := newBench(t, "trigger", plainBase, strings.Replace(communication, `"url"`, `"condition": false, "url"`, 1), nil)
	if err := skipped.c.Modules()[0].Run(t.Context(), op, connection("k"), &skipped.out); err != nil || !skipped.out.cursor.IsUndefined() || len(skipped.svc.requests) > 0 {
		t.Errorf("skipped: got %v and the cursor %s, want nothing", err, skipped.out.cursor.JSON())
	}
}
