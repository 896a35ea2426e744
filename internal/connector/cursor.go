package connector

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// mark is the place of one version of a record among all of them: by date, then by ID.
type mark struct {
	at int64 // milliseconds since 1970; 0 for triggers that go by ID alone
	id string
}

// compare orders marks. IDs that are whole numbers are compared as such and come before others.
func (m mark) compare(other mark) int {
	if m.at != other.at {
		if m.at < other.at {
			return -1
		}
		return 1
	}
	return compareIDs(m.id, other.id)
}

func compareIDs(a, b string) int {
	x, y := digits(a), digits(b)
	switch {
	case x != y && x:
		return -1
	case x != y:
		return 1
	case x:
		a0, b0 := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(a0) != len(b0) {
			return len(a0) - len(b0)
		}
		if n := strings.Compare(a0, b0); n != 0 {
			return n
		}
	}
	return strings.Compare(a, b)
}

// digits reports whether s is empty or a whole number without a sign. The empty ID is below all others.
func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// progress is how far a polling trigger has come: what its cursor says.
type progress struct {
	// edge: everything up to it, itself included, is done. Nil: nothing is.
	edge *mark
	// waiting tells that edge is the moment at which somebody chose to start from now, and that nothing was put out since.
	waiting bool
	// newest is the newest record that was put out; its ID is "" where none was.
	newest mark
	// seen are the records behind the edge that were put out.
	seen map[mark]struct{}
	// odd are keys of records without a place in the order that were put out.
	odd map[string]struct{}
	// page is where reading may begin, since the records that wait stand there or behind it; 0 where that is not known.
	page int
}

// done reports whether a record must not be put out any more.
func (p *progress) done(m mark) bool {
	if p.edge != nil && m.compare(*p.edge) <= 0 {
		return true
	}
	_, put := p.seen[m]
	return put
}

// data is what requests read as "data": that of the connection, and how far the trigger has come.
func (p *progress) data(connection value.Value) value.Value {
	b := value.NewBuilder(connection.Len() + 2).Merge(connection)
	if p.newest.id != "" {
		b.Set("lastId", value.Text(p.newest.id))
	} else if p.edge != nil && p.edge.id != "" {
		b.Set("lastId", value.Text(p.edge.id))
	}
	if p.edge != nil && p.edge.at != 0 {
		b.Set("lastDate", millisDate(p.edge.at))
	}
	return b.Build()
}

// advance moves on behind records that were put out, which are in order. now is when the operation began.
//
// By ID, the edge is the last of them. By date, it stays an overlap behind the newest date, but never behind now: a record with
// a date in the future would otherwise hide all that come after it. Nor does it ever pass a record that waits for the next
// operation, since all of those come after the ones put out; and it never goes back, whatever the clock does.
func (p *progress) advance(t *appdef.Trigger, put []mark, now time.Time) {
	if len(put) == 0 {
		return
	}
	top := put[len(put)-1]
	p.waiting = false
	if p.newest.id == "" || top.compare(p.newest) > 0 {
		p.newest = top
	}
	if !t.ByDate {
		p.edge = &top
		return
	}
	for _, m := range put {
		p.seen[m] = struct{}{}
	}
	p.raise(mark{at: min(min(p.newest.at, now.UnixMilli())-t.Overlap.Milliseconds(), top.at)})
	p.trim()
}

// trim moves the edge up where more records are remembered than a cursor may hold.
func (p *progress) trim() {
	if over := len(p.seen) - MaxCursorKeys; over > 0 {
		list := slices.SortedFunc(maps.Keys(p.seen), mark.compare)
		p.raise(list[over-1])
	}
}

// raise moves the edge up and forgets what lies below it.
func (p *progress) raise(edge mark) {
	if p.edge == nil || edge.compare(*p.edge) > 0 {
		p.edge = &edge
	}
	maps.DeleteFunc(p.seen, func(m mark, _ struct{}) bool { return m.compare(*p.edge) <= 0 })
}

// cursorVersion is the version of the form in which progress is kept.
const cursorVersion = 1

// value returns the cursor that stands for the progress.
func (p *progress) value() value.Value {
	b := value.NewBuilder(7).Set("version", value.Int(cursorVersion))
	if p.edge != nil {
		b.Set("edge", p.edge.value())
	}
	if p.waiting {
		b.Set("waiting", value.True)
	}
	if p.newest.id != "" {
		b.Set("newest", p.newest.value())
	}
	var seen []value.Value
	list := slices.SortedFunc(maps.Keys(p.seen), mark.compare)
	for i := 0; i < len(list); {
		at, ids := list[i].at, []value.Value{}
		for ; i < len(list) && list[i].at == at; i++ {
			ids = append(ids, value.Text(list[i].id))
		}
		seen = append(seen, value.Collection(value.F("date", millisDate(at)), value.F("ids", value.Array(ids...))))
	}
	if len(seen) > 0 {
		b.Set("seen", value.Array(seen...))
	}
	if len(p.odd) > 0 {
		b.Set("odd", textList(slices.Sorted(maps.Keys(p.odd))))
	}
	if p.page > 1 {
		b.Set("page", value.Int(p.page))
	}
	return b.Build()
}

func (m mark) value() value.Value {
	b := value.NewBuilder(2)
	if m.at != 0 {
		b.Set("date", millisDate(m.at))
	}
	if m.id != "" {
		b.Set("id", value.Text(m.id))
	}
	return b.Build()
}

func millisDate(at int64) value.Value { return value.Date(time.UnixMilli(at)) }

// textList is an array of texts, also where there is only one.
func textList(list []string) value.Value {
	items := make([]value.Value, len(list))
	for i, s := range list {
		items[i] = value.Text(s)
	}
	return value.Array(items...)
}

// newProgress is that of a trigger which has put out nothing.
func newProgress() *progress {
	return &progress{seen: map[mark]struct{}{}, odd: map[string]struct{}{}}
}

// startProgress returns where a trigger stands that has the given cursor. baseline tells that what is there already must only be
// noted and not put out, so that the operation finds out where "now" is.
func startProgress(cursor value.Value, t *appdef.Trigger, now time.Time) (p *progress, baseline bool, err error) {
	start := module.Start(cursor.Get(module.StartField).Str())
	if cursor.IsNothing() {
		start, cursor = module.FromNow, module.StartAt(module.FromNow, now, value.Undefined)
	}
	p = newProgress()
	switch start {
	case "":
		p, err = parseProgress(cursor)
	case module.FromStart:
	case module.FromItem:
		p, err = parseProgress(cursor.Get(module.ItemField))
	case module.FromNow:
		if !t.ByDate {
			return p, true, nil
		}
		p.waiting, baseline = true, true
		p.edge, err = parseMark(cursor, module.AtField)
	case module.FromDate:
		if !t.ByDate {
			return nil, false, fault.New(fault.InvalidConfiguration, "[trigger-no-dates] This trigger knows no dates, so it cannot start from one.").
				WithHint("[hint-from-now] Choose to start from now, or with everything.")
		}
		p.edge, err = parseMark(cursor, module.AtField)
	default:
		err = badCursor("unknown start " + string(start))
	}
	if err != nil {
		return nil, false, err
	}
	if p.waiting && p.edge != nil {
		// Dates may have no more than seconds. A clock that was set back since the choice must not hide what comes now.
		at := min(p.edge.at, now.UnixMilli())
		p.edge = &mark{at: at - at%1000}
	}
	return p, baseline, nil
}

func badCursor(why string) error {
	return fault.Wrap(fault.Inconsistency, fmt.Errorf("cursor: %s", why), "[cursor-unread] What the trigger has saved about how far it had come cannot be read.").
		WithHint("[hint-start-again] Choose again where the trigger starts.")
}

// parseProgress reads a cursor.
func parseProgress(v value.Value) (*progress, error) {
	if n := v.Get("version"); n.Float() != cursorVersion {
		return nil, badCursor("version " + n.JSON())
	}
	p := newProgress()
	p.waiting = v.Get("waiting").Truth()
	if page := v.Get("page").Float(); page > 1 && page <= MaxPages {
		p.page = int(page)
	}
	var err error
	if e := v.Get("edge"); !e.IsNothing() {
		if p.edge, err = parseMark(e, "date"); err != nil {
			return nil, err
		}
	}
	if n := v.Get("newest"); !n.IsNothing() {
		newest, err := parseMark(n, "date")
		if err != nil {
			return nil, err
		}
		p.newest = *newest
	}
	for _, group := range v.Get("seen").Items() {
		at, err := parseMark(group, "date")
		if err != nil {
			return nil, err
		}
		for _, id := range group.Get("ids").Items() {
			p.seen[mark{at.at, value.Render(id)}] = struct{}{}
		}
	}
	for _, key := range v.Get("odd").Items() {
		p.odd[value.Render(key)] = struct{}{}
	}
	return p, nil
}

// parseMark reads a mark whose date is the member key; JSON has made a text of it.
func parseMark(v value.Value, key string) (*mark, error) {
	m := &mark{id: value.Render(v.Get("id"))}
	if v.Kind() != value.KindCollection {
		return nil, badCursor("expected a collection, got " + v.Kind().String())
	}
	date := v.Get(key)
	if date.IsUndefined() && key == "date" {
		return m, nil
	}
	date, err := value.ToDate(date, time.UTC)
	if err != nil {
		return nil, badCursor(err.Error())
	}
	m.at = date.Time().UnixMilli()
	return m, nil
}

// itemProgress is that of a trigger whose first record is to be the one with the mark. Others of the same date come with it.
func itemProgress(t *appdef.Trigger, m mark) *progress {
	p := newProgress()
	if t.ByDate {
		p.edge = &mark{at: m.at}
		return p
	}
	if n, ok := new(big.Int).SetString(m.id, 10); ok && n.Sign() > 0 {
		p.edge = &mark{id: n.Sub(n, big.NewInt(1)).String()}
	}
	return p
}
