package customerly

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// chunkSize is how many contacts a chunk of an ordered list is filled with; it splits at twice that.
const chunkSize = 512

// defaultOrder is the sort field of lists that ask for none or for an unknown one.
const defaultOrder = "crmhero_user_id"

type comparison func(a, b *contact) int

// orderedList keeps contacts sorted while they change, so that a page never has to sort. It is a list of sorted
// chunks: insert and remove touch one chunk, and a position is found by adding up chunk lengths.
type orderedList struct {
	compare comparison // a total order: equal only for the same contact
	chunks  [][]*contact
	size    int
}

// newOrderedList builds a list from contacts in any order; it takes over the slice.
func newOrderedList(compare comparison, contacts []*contact) *orderedList {
	slices.SortFunc(contacts, compare)
	list := &orderedList{compare: compare, size: len(contacts)}
	for chunk := range slices.Chunk(contacts, chunkSize) {
		list.chunks = append(list.chunks, slices.Clone(chunk))
	}
	return list
}

// locate returns the chunk and the place in it where c stands or would stand.
func (l *orderedList) locate(c *contact) (int, int) {
	at := sort.Search(len(l.chunks), func(i int) bool {
		chunk := l.chunks[i]
		return l.compare(chunk[len(chunk)-1], c) >= 0
	})
	if at == len(l.chunks) {
		if at == 0 {
			return 0, 0
		}
		return at - 1, len(l.chunks[at-1])
	}
	place, _ := slices.BinarySearchFunc(l.chunks[at], c, l.compare)
	return at, place
}

func (l *orderedList) insert(c *contact) {
	l.size++
	if len(l.chunks) == 0 {
		l.chunks = append(l.chunks, []*contact{c})
		return
	}
	at, place := l.locate(c)
	chunk := slices.Insert(l.chunks[at], place, c)
	if len(chunk) < 2*chunkSize {
		l.chunks[at] = chunk
		return
	}
	l.chunks[at] = slices.Clone(chunk[:chunkSize])
	l.chunks = slices.Insert(l.chunks, at+1, slices.Clone(chunk[chunkSize:]))
}

// remove takes c out; its sort fields must still be those with which it was inserted.
func (l *orderedList) remove(c *contact) {
	if len(l.chunks) == 0 {
		return
	}
	at, place := l.locate(c)
	chunk := l.chunks[at]
	if place == len(chunk) || chunk[place] != c {
		return
	}
	l.size--
	if len(chunk) == 1 {
		l.chunks = slices.Delete(l.chunks, at, at+1)
		return
	}
	l.chunks[at] = slices.Delete(chunk, place, place+1)
}

// page copies up to count contacts from the given position on, counted from the end where descending.
func (l *orderedList) page(from, count int, descending bool) []contact {
	count = min(count, l.size-from)
	if from < 0 || count <= 0 {
		return nil
	}
	if !descending {
		return l.copyRange(from, count)
	}
	rows := l.copyRange(l.size-from-count, count)
	slices.Reverse(rows)
	return rows
}

func (l *orderedList) copyRange(from, count int) []contact {
	rows := make([]contact, 0, count)
	for _, chunk := range l.chunks {
		if from >= len(chunk) {
			from -= len(chunk)
			continue
		}
		for _, c := range chunk[from:min(len(chunk), from+count-len(rows))] {
			rows = append(rows, *c)
		}
		if len(rows) == count {
			break
		}
		from = 0
	}
	return rows
}

// all collects every contact of the list, in order.
func (l *orderedList) all() []*contact {
	contacts := make([]*contact, 0, l.size)
	for _, chunk := range l.chunks {
		contacts = append(contacts, chunk...)
	}
	return contacts
}

// shelf holds either the users or the leads in every order that was asked for. The order by id always exists; the
// others are built when first asked for and maintained from then on, at most one for each field of sortKeyOf.
type shelf struct {
	orders map[string]*orderedList
}

func newShelf() *shelf {
	return &shelf{orders: map[string]*orderedList{defaultOrder: newOrderedList(compareIDs, nil)}}
}

func (s *shelf) byID() *orderedList { return s.orders[defaultOrder] }

func (s *shelf) size() int { return s.byID().size }

func (s *shelf) insert(c *contact) {
	for _, list := range s.orders {
		list.insert(c)
	}
}

func (s *shelf) remove(c *contact) {
	for _, list := range s.orders {
		list.remove(c)
	}
}

// replace writes next over c and moves it only in the orders in which its place changes.
func (s *shelf) replace(c *contact, next contact) {
	moved := make([]*orderedList, 0, len(s.orders))
	for _, list := range s.orders {
		if list.compare(c, &next) != 0 {
			list.remove(c)
			moved = append(moved, list)
		}
	}
	*c = next
	for _, list := range moved {
		list.insert(c)
	}
}

// build adds the order of a field; the field must be known to comparisonOf.
func (s *shelf) build(field string) *orderedList {
	if list, ok := s.orders[field]; ok {
		return list
	}
	compare, ok := comparisonOf(field)
	if !ok {
		return s.byID()
	}
	list := newOrderedList(compare, s.byID().all())
	s.orders[field] = list
	return list
}

func compareIDs(a, b *contact) int { return cmp.Compare(a.id, b.id) }

// comparisonOf returns the order of a sort field and whether the field is known.
func comparisonOf(field string) (comparison, bool) {
	switch field {
	case defaultOrder:
		return compareIDs, true
	case "last_update":
		return func(a, b *contact) int {
			return cmp.Or(cmp.Compare(a.lastUpdate, b.lastUpdate), compareIDs(a, b))
		}, true
	case "name":
		return func(a, b *contact) int {
			return cmp.Or(strings.Compare(a.name, b.name), compareIDs(a, b))
		}, true
	}
	key, ok := sortKeyOf(field)
	if !ok {
		return nil, false
	}
	return func(a, b *contact) int {
		return cmp.Or(key(a).compare(key(b)), compareIDs(a, b))
	}, true
}

// sortKey is the value of a field as sorting needs it: a text or a number.
type sortKey struct {
	text   string
	number float64
}

func (k sortKey) compare(other sortKey) int {
	return cmp.Or(cmp.Compare(k.number, other.number), strings.Compare(k.text, other.text))
}

// sortKeyOf returns how a scalar field of a list row is read for sorting.
func sortKeyOf(field string) (func(*contact) sortKey, bool) {
	number := func(read func(*contact) int64) (func(*contact) sortKey, bool) {
		return func(c *contact) sortKey { return sortKey{number: float64(read(c))} }, true
	}
	text := func(read func(*contact) string) (func(*contact) sortKey, bool) {
		return func(c *contact) sortKey { return sortKey{text: read(c)} }, true
	}
	switch field {
	case "email":
		return text(func(c *contact) string { return c.email })
	case "user_id":
		return text(func(c *contact) string { return c.userID })
	case "first_seen_at":
		return number(func(c *contact) int64 { return c.firstSeen })
	case "last_activity":
		return number(func(c *contact) int64 { return c.lastActivity })
	case "was_lead":
		return number(func(c *contact) int64 { return int64(digit(c.wasLead)) })
	case "unsubscribe":
		return number(func(c *contact) int64 { return int64(digit(c.unsubscribed)) })
	case "web_session":
		return number(func(c *contact) int64 { return int64(drawProfile(c.seed).sessions) })
	case "country":
		return text(func(c *contact) string { return drawProfile(c.seed).place.country })
	case "city":
		return text(func(c *contact) string { return drawProfile(c.seed).place.city })
	case "browser_name":
		return text(func(c *contact) string { return drawProfile(c.seed).browser.name })
	case "os":
		return text(func(c *contact) string { return drawProfile(c.seed).system.name })
	default:
		return nil, false
	}
}

func digit(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
