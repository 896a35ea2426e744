package connector

import (
	"container/heap"
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// watch is one operation of a polling trigger: it puts out the oldest records that are new, and says how far it has come.
func (o *operation) watch(ctx context.Context, cursor value.Value, to *bundles, keep func(value.Value)) error {
	t := o.module.Trigger()
	from, baseline, err := startProgress(cursor, t, o.env.Now)
	if err != nil {
		return err
	}
	o.poll = &poll{o: o, t: t, from: from, baseline: baseline, oddMet: map[string]bool{}}
	if err := o.communicate(ctx, o.module.Communication, to); err != nil || o.poll.r == nil { // nil: a condition said not to look
		return err
	}
	if err := o.poll.putOut(to); err != nil {
		return err
	}
	if after := from.value(); !value.Equal(after, cursor) {
		keep(after)
	}
	return nil
}

// poll reads the list of a polling trigger.
//
// A list is read in pages while others change it, so what stands on which page shifts. A record that moves to a later page is
// met twice, which does no harm. One that moves to an earlier page, because another was deleted or moved to the end, can fall
// through between two pages. Hence what lies around the records to be put out is read again, until a reading brings nothing that
// those before did not. A single page needs no second reading. (A record can only stay hidden if in each of the readings, at the
// moment between its two pages, others leave the list before it, and in between others join to put it back at the same place.
// The overlap catches even that, within its time.)
type poll struct {
	o    *operation
	r    *appdef.Request
	t    *appdef.Trigger
	from *progress
	// baseline: what is there already is not put out.
	baseline bool

	limit   int
	size    int  // records on the longest page
	ring    ring // the oldest new records
	odd     []record
	oddMet  map[string]bool // whether new, by key
	oddWhy  string          // what is the matter with one of them
	pages   []sent          // from which a second reading can begin
	pruneAt int             // number of pages at which those that are not needed any more are dropped
	top     *mark           // newest record to be put out, after the first reading
	late    bool            // the reading met a record that those before did not
	newest  *mark           // of all records met
	ties    []mark          // the records of its date
}

// record is one that is to be put out.
type record struct {
	mark
	output value.Value
	page   int
	key    string // of records without a place in the order
}

// run reads the list; the records to be put out are then in the ring.
func (p *poll) run(ctx context.Context, r *appdef.Request) error {
	p.r = r
	if !p.jump(ctx) {
		p.o.page = 1
		if err := p.o.repeated(ctx, r); err != nil {
			return err
		}
		if err := p.read(ctx); err != nil {
			return err
		}
	}
	if err := p.checkOdd(); err != nil {
		return err
	}
	return p.readAgain(ctx)
}

// jump begins to read at the page that the operation before has noted, so that a long list that is worked through with a small
// limit is not read from its front each time. It reports whether that brought as many records as are wanted and one of a later date:
// then all that stand on the pages before are newer. Else, and where the page cannot be read, the list must be read from the front.
func (p *poll) jump(ctx context.Context) bool {
	page, temp := p.from.page, p.o.temp
	p.from.page = 0
	if page == 0 || !p.direct() {
		return false
	}
	p.o.page = page
	if p.o.exchange(ctx, p.r, p.r.Pagination.Next) == nil && p.read(ctx) == nil && len(p.ring.list) == p.limit && p.before(p.ring.list[0].mark, *p.newest) {
		return true
	}
	p.ring, p.pages, p.odd, p.oddMet, p.newest, p.pruneAt = ring{}, nil, nil, map[string]bool{}, nil, 0
	p.o.temp = temp
	return false
}

// direct reports whether reading may begin in the middle of the list.
func (p *poll) direct() bool {
	return p.t.Order == appdef.NewestFirst && !p.baseline && p.r.Pagination != nil && p.r.Pagination.Direct
}

// notePage notes where the records stand that are next in turn, if the limit has left some.
func (p *poll) notePage() {
	if p.direct() && len(p.ring.list) == p.limit && p.size > 0 {
		p.from.page = max(0, p.ring.list[0].page-p.limit/p.size-1)
	}
}

// readLimit computes how many records are wanted, at most as many as can be held.
func (p *poll) readLimit() error {
	limit := pager{o: p.o, r: p.r}
	err := limit.readLimit(MaxHeldBundles)
	if p.limit = limit.limit; p.limit == 0 { // nothing would ever come
		p.limit = MaxHeldBundles
	}
	return err
}

// readAgain reads around the records to be put out until nothing new turns up.
func (p *poll) readAgain(ctx context.Context) error {
	last := p.o.page
	if len(p.ring.list) == 0 {
		return nil
	}
	newest := p.ring.list[0].mark
	p.top = &newest
	first := p.firstPage()
	i := slices.IndexFunc(p.pages, func(s sent) bool { return s.page >= first })
	if i < 0 || p.pages[i].page == last {
		return nil
	}
	from := p.pages[i]
	for readings := 1; ; readings++ {
		if readings == MaxReadings {
			return fault.New(fault.IncompleteData, "[list-changes] The list of records changes faster than it can be read.").
				WithHint("[hint-nothing-lost] Nothing is lost: the next run tries again. A lower limit needs fewer pages.")
		}
		p.late = false
		if err := p.o.resend(ctx, p.r, from); err != nil {
			return err
		}
		if err := p.read(ctx); err != nil || !p.late {
			return err
		}
	}
}

// firstPage returns the page from which on records to be put out may stand. With the newest first, a record that moves to
// the page before is newer than all of them.
func (p *poll) firstPage() int {
	first := 1
	if p.t.Order == appdef.NewestFirst {
		first = p.o.page
		for _, r := range p.ring.list {
			first = min(first, r.page)
		}
	}
	return first
}

// read goes through the pages from the current one on, as far as there may be new records.
func (p *poll) read(ctx context.Context) error {
	if p.limit == 0 {
		if err := p.readLimit(); err != nil {
			return err
		}
	}
	var before value.Value
	for equal := 0; ; {
		// A service that ignores the page number would never end. But a page may also be pushed to the next place by new records.
		if equal++; before.IsUndefined() || !value.Equal(before, p.o.body) {
			equal = 0
		}
		if equal == MaxEqualPages {
			return nil
		}
		before = p.o.body
		p.note()
		more, err := p.take()
		if err != nil || !more || p.r.Pagination == nil {
			return err
		}
		p.o.page++
		if more, err = p.o.holds(p.r.Pagination.Condition); err != nil || !more {
			p.o.page--
			return err
		}
		next := pager{o: p.o, r: p.r}
		if err := next.next(ctx); err != nil {
			return err
		}
	}
}

// note remembers how the current page was asked for, as long as a second reading may have to begin with it.
func (p *poll) note() {
	if p.top != nil || p.r.URL == nil || p.t.Order != appdef.NewestFirst && len(p.pages) > 0 {
		return
	}
	p.pages = append(p.pages, p.o.sent)
	const fewPages = 64
	if len(p.pages) < max(p.pruneAt, fewPages) || len(p.ring.list) == 0 {
		return
	}
	first := p.firstPage()
	p.pages = slices.DeleteFunc(p.pages, func(s sent) bool { return s.page < first })
	p.pruneAt = 2 * len(p.pages)
}

// take goes through the records of the current page and reports whether the next page may hold some that are needed.
func (p *poll) take() (more bool, err error) {
	o := p.o
	container, err := o.eval(p.r.Response.Iterate.Container)
	if err != nil || container.IsNothing() {
		return false, err
	}
	o.container = value.ToArray(container)
	p.size = max(p.size, o.container.Len())
	more = o.container.Len() > 0
	for _, o.item = range o.container.Items() {
		enough, err := p.one()
		if err != nil {
			return false, err
		}
		more = more && !enough
	}
	o.item = value.Undefined
	if p.baseline && !p.t.ByDate && p.t.Order == appdef.NewestFirst {
		more = false // the newest record stands on the first page
	}
	return more, nil
}

// one looks at one record and reports whether those behind it are not needed.
func (p *poll) one() (enough bool, err error) {
	m, why := p.o.place(p.t)
	if why == "" {
		enough = p.enough(m)
	}
	wanted, err := p.o.holds(p.r.Response.Iterate.Condition)
	if err != nil || !wanted {
		return enough, err
	}
	if why != "" {
		return false, p.takeOdd(m.id, why)
	}
	p.meet(m)
	if p.baseline && !p.t.ByDate || p.from.done(m) || p.ring.has(m) || !p.fits(m) {
		return enough, nil
	}
	output, err := p.o.outputOf(&p.r.Response, p.o.item)
	if err != nil {
		return false, err
	}
	p.late = true
	p.ring.add(record{mark: m, output: output, page: p.o.page}, p.limit)
	return enough, nil
}

// meet notes the newest record of the list, with those of the same date.
func (p *poll) meet(m mark) {
	if p.newest == nil || m.at > p.newest.at {
		p.ties = nil
	}
	if p.newest == nil || m.compare(*p.newest) > 0 {
		p.newest = &m
	}
	if m.at == p.newest.at && p.baseline && p.t.ByDate {
		p.ties = append(p.ties, m)
	}
}

// fits reports whether a new record is among those to be put out. After the first reading nothing newer counts any more.
func (p *poll) fits(m mark) bool {
	if p.top != nil && m.compare(*p.top) > 0 {
		return false
	}
	return len(p.ring.list) < p.limit || m.compare(p.ring.list[0].mark) < 0
}

// enough reports whether, in the order of the list, nothing behind a record with the mark is needed. Among records of equal
// dates the order is not known, so all of them are looked at.
func (p *poll) enough(m mark) bool {
	switch p.t.Order {
	case appdef.NewestFirst:
		return p.from.edge != nil && (p.before(m, *p.from.edge) || !p.t.ByDate && m == *p.from.edge)
	case appdef.OldestFirst:
		return len(p.ring.list) == p.limit && p.before(p.ring.list[0].mark, m)
	default:
		return false
	}
}

// before reports whether the service lists a and b in a known order, a being the older one.
func (p *poll) before(a, b mark) bool { return a.at < b.at || !p.t.ByDate && a.compare(b) < 0 }

// takeOdd takes a record that has no place in the order. It is put out once for each form in which it is met.
func (p *poll) takeOdd(id, why string) error {
	sum := fnv.New64a()
	_, _ = sum.Write(value.AppendJSON(nil, p.o.item)) // a hash takes everything
	key := id + "#" + strconv.FormatUint(sum.Sum64(), 36)
	if _, met := p.oddMet[key]; met || len(p.oddMet) > MaxOddRecords {
		return nil
	}
	_, put := p.from.odd[key]
	p.oddMet[key] = !put
	if p.oddWhy == "" {
		p.oddWhy = why
	}
	if put || p.baseline || p.top != nil {
		return nil
	}
	output, err := p.o.outputOf(&p.r.Response, p.o.item)
	if err != nil {
		return err
	}
	p.odd = append(p.odd, record{output: output, key: key})
	return nil
}

// checkOdd refuses to go on where so many records have no place that the definition or the service must be at fault.
func (p *poll) checkOdd() error {
	if len(p.oddMet) <= MaxOddRecords {
		return nil
	}
	return fault.Newf(fault.Data, "[records-unordered] More than %d records cannot be put in order. One of them: %s.", MaxOddRecords, p.oddWhy).
		WithHint(`[hint-trigger-definition] Look at "trigger" in the definition of the module: "id" and "date" must be there for every record.`)
}

// putOut hands over the records, those without a place first and the others oldest first, at most limit together, and moves the
// progress on.
func (p *poll) putOut(to *bundles) error {
	p.from.noteOdd(p.oddMet, p.baseline)
	p.notePage()
	odd := p.odd[:min(len(p.odd), p.limit)]
	for _, r := range odd {
		p.from.odd[r.key] = struct{}{}
		if err := to.put(r.output, true); err != nil {
			return err
		}
	}
	list := p.ring.sorted()
	list = list[:min(len(list), p.limit-len(odd))]
	marks := make([]mark, len(list))
	for i, r := range list {
		marks[i] = r.mark
		if err := to.put(r.output, true); err != nil {
			return err
		}
	}
	p.from.advance(p.t, marks, p.o.env.Now)
	if p.baseline {
		p.settle()
	}
	return nil
}

// settle ends the first look of a trigger that starts from now: what is there is done. By date, our clock says when "now" is, and
// that of the service may run behind or stand in another zone. So where nothing was put out, the newest record that is there
// takes the place of our clock.
func (p *poll) settle() {
	if !p.t.ByDate {
		p.from.edge = p.newest
		return
	}
	if !p.from.waiting || p.t.Filtered {
		return
	}
	p.from.waiting, p.from.edge = false, nil // an empty list: all that comes is new
	if p.newest != nil {
		p.from.edge = &mark{at: p.newest.at}
	}
	for _, m := range p.ties {
		p.from.seen[m] = struct{}{}
	}
	p.from.trim()
}

// noteOdd forgets records without a place that were not met any more, where there are too many, and takes over those that
// are only to be noted.
func (p *progress) noteOdd(met map[string]bool, baseline bool) {
	if baseline {
		for key := range met {
			p.odd[key] = struct{}{}
		}
	}
	if len(p.odd)+len(met) > MaxOddRecords {
		maps.DeleteFunc(p.odd, func(key string, _ struct{}) bool { _, still := met[key]; return !still })
	}
}

// place returns where the current item stands; why tells that it has no place.
func (o *operation) place(t *appdef.Trigger) (m mark, why string) {
	id, err := t.ID.Eval(&o.env)
	if err == nil {
		m.id = value.Render(id)
	}
	switch {
	case err != nil:
		return m, "its ID cannot be read: " + err.Error()
	case m.id == "":
		return m, "it has no ID"
	case !t.ByDate && !digits(m.id):
		return m, fmt.Sprintf("its ID %q is no whole number, so it cannot be compared", clip(m.id))
	case !t.ByDate:
		return m, ""
	}
	date, err := t.Date.Eval(&o.env)
	if err == nil {
		m.at, err = millis(date)
	}
	if err != nil {
		return m, fmt.Sprintf("the record with the ID %s has no date that can be read: %s", clip(m.id), err.Error())
	}
	return m, ""
}

// millis reads a date: a date, a text (UTC where it names no zone), UNIX seconds, or milliseconds where the number is larger
// than seconds will be for the next 3,000 years.
func millis(v value.Value) (int64, error) {
	const mostSeconds = 1e11
	const mostMillis = 1e14
	if n, err := value.ToNumber(v); err == nil && !v.IsEmpty() && v.Kind() != value.KindBoolean {
		switch f := n.Float(); {
		case f < -mostSeconds || f > mostMillis:
			return 0, fmt.Errorf("the number %s is no date", value.Render(n))
		case f < mostSeconds:
			return int64(f * 1000), nil
		default:
			return int64(f), nil
		}
	}
	date, err := value.ToDate(v, time.UTC)
	if err != nil {
		return 0, fmt.Errorf("%w", err)
	}
	return date.Time().UnixMilli(), nil
}

// ring keeps the oldest records of those that are added, the newest of them at list[0].
type ring struct {
	list  []record
	marks map[mark]struct{}
}

var _ heap.Interface = (*ring)(nil)

func (r *ring) has(m mark) bool {
	_, ok := r.marks[m]
	return ok
}

// add keeps a record, and drops the newest one where there are more than most.
func (r *ring) add(x record, most int) {
	if r.marks == nil {
		r.marks = map[mark]struct{}{}
	}
	r.marks[x.mark] = struct{}{}
	heap.Push(r, x)
	if len(r.list) > most {
		heap.Pop(r)
	}
}

// sorted returns the records, oldest first.
func (r *ring) sorted() []record {
	return slices.SortedFunc(slices.Values(r.list), func(a, b record) int { return a.compare(b.mark) })
}

// Len is part of heap.Interface.
func (r *ring) Len() int { return len(r.list) }

// Less is part of heap.Interface.
func (r *ring) Less(i, j int) bool { return r.list[i].compare(r.list[j].mark) > 0 }

// Swap is part of heap.Interface.
func (r *ring) Swap(i, j int) { r.list[i], r.list[j] = r.list[j], r.list[i] }

// Push is part of heap.Interface.
func (r *ring) Push(x any) {
	if next, ok := x.(record); ok {
		r.list = append(r.list, next)
	}
}

// Pop is part of heap.Interface.
func (r *ring) Pop() any {
	last := r.list[len(r.list)-1]
	r.list[len(r.list)-1] = record{}
	r.list = r.list[:len(r.list)-1]
	delete(r.marks, last.mark)
	return last
}
