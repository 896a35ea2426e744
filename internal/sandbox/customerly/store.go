package customerly

import (
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// company is a group that users can belong to.
type company struct {
	id         string
	name       string
	attributes []attribute
}

// store is all data of the sandbox, in memory. Everything that changes it goes through a change, which also journals it.
type store struct {
	mu        sync.RWMutex
	byEmail   map[string]*contact
	byUserID  map[string]*contact
	byID      map[int64]*contact
	users     *shelf
	leads     *shelf
	tags      map[string]int // how many contacts carry each defined tag
	tagNames  []string       // sorted; nil when it has to be collected again
	companies map[string]company
	messages  []Message
	knowledge knowledge
	webhooks  map[int64]Webhook
	lastID    map[string]int64 // highest id given out, by kind of object
	lastStamp int64            // newest last_update given out
	words     map[string]string

	journal *journal // nil without a data directory
	lock    *os.File // of the data directory, held until the store is closed
	tied    bool     // see Options.TiedUpdates
	appID   string
	now     func() time.Time
	watched atomic.Bool // whether any webhook wants events
}

func newStore(opts Options) *store {
	s := &store{tied: opts.TiedUpdates, appID: opts.AppID, now: opts.Now}
	s.clear()
	return s
}

// clear empties the store but leaves its journal alone.
func (s *store) clear() {
	s.byEmail, s.byUserID, s.byID = map[string]*contact{}, map[string]*contact{}, map[int64]*contact{}
	s.users, s.leads = newShelf(), newShelf()
	s.tags, s.tagNames = map[string]int{}, nil
	s.companies = map[string]company{}
	s.messages = nil
	s.knowledge = newKnowledge()
	s.webhooks = map[int64]Webhook{}
	s.lastID = map[string]int64{"contact": 1000}
	s.lastStamp = 0
	s.words = map[string]string{}
	s.watched.Store(false)
}

// nextID gives out an id for a kind of object.
func (s *store) nextID(kind string) int64 {
	s.lastID[kind]++
	return s.lastID[kind]
}

// sawID keeps ids that come from disk from being given out again.
func (s *store) sawID(kind string, id int64) { s.lastID[kind] = max(s.lastID[kind], id) }

// shared returns one copy of a text that many contacts carry.
func (s *store) shared(text string) string {
	if known, ok := s.words[text]; ok {
		return known
	}
	s.words[text] = text
	return text
}

func (s *store) shelfOf(c *contact) *shelf {
	if c.isUser {
		return s.users
	}
	return s.leads
}

// put adds a contact or replaces the one with the same id, and keeps every index true.
func (s *store) put(next contact) {
	s.sawID("contact", next.id)
	s.lastStamp = max(s.lastStamp, next.lastUpdate)
	s.countTags(next.tags, 1)
	old := s.byID[next.id]
	if old == nil {
		c := &next
		s.byID[c.id] = c
		s.index(c)
		s.shelfOf(c).insert(c)
		return
	}
	s.countTags(old.tags, -1)
	s.unindex(old)
	if old.isUser == next.isUser {
		s.shelfOf(old).replace(old, next)
	} else {
		s.shelfOf(old).remove(old)
		*old = next
		s.shelfOf(old).insert(old)
	}
	s.index(old)
}

func (s *store) index(c *contact) {
	s.byEmail[emailKey(c.email)] = c
	if c.userID != "" {
		s.byUserID[c.userID] = c
	}
}

func (s *store) unindex(c *contact) {
	delete(s.byEmail, emailKey(c.email))
	if c.userID != "" {
		delete(s.byUserID, c.userID)
	}
}

// drop removes a contact for good.
func (s *store) drop(c *contact) {
	s.countTags(c.tags, -1)
	s.unindex(c)
	delete(s.byID, c.id)
	s.shelfOf(c).remove(c)
}

func (s *store) countTags(tags []string, by int) {
	for _, tag := range tags {
		if _, known := s.tags[tag]; !known {
			s.tagNames = nil
		}
		s.tags[tag] += by
	}
}

// defineTag makes a tag known and reports whether it was new.
func (s *store) defineTag(tag string) bool {
	if _, known := s.tags[tag]; known {
		return false
	}
	s.tags[tag], s.tagNames = 0, nil
	return true
}

// sortedTags returns the defined tags in order; the caller must not change the slice.
func (s *store) sortedTags() []string {
	if s.tagNames == nil {
		s.tagNames = slices.Sorted(maps.Keys(s.tags))
	}
	return s.tagNames
}

// carriers returns the contacts with a tag, in the order of their ids.
func (s *store) carriers(tag string) []*contact {
	if s.tags[tag] == 0 {
		return nil
	}
	found := make([]*contact, 0, s.tags[tag])
	for _, c := range s.byID {
		if c.hasTag(tag) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, compareIDs)
	return found
}

// page copies one page of users or leads in the order of a field; unknown fields mean the default order.
func (s *store) page(users bool, p paging) []contact {
	pick := func() *shelf {
		if users {
			return s.users
		}
		return s.leads
	}
	s.mu.RLock()
	list, ready := pick().orders[p.sort]
	if ready {
		defer s.mu.RUnlock()
		return list.page(p.from(), p.perPage, p.descending)
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return pick().build(p.sort).page(p.from(), p.perPage, p.descending)
}

// event is something that webhooks are told about, with the contact as it was right after it.
type event struct {
	name string
	body []byte
}

// change is one atomic step: nobody sees a part of it, and it reaches the disk as a whole before it is answered.
type change struct {
	*store
	stamp  int64
	lines  []byte
	events []event
	err    error // the first record that could not be written down
}

// change runs a step under the write lock and returns, once it is durable, the events that it caused.
func (s *store) change(do func(*change)) ([]event, error) {
	s.mu.Lock()
	ch := &change{store: s, stamp: s.now().Unix()}
	if err := s.journal.failure(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	do(ch)
	if ch.err != nil {
		s.mu.Unlock()
		return nil, ch.err
	}
	written := s.journal.append(ch.lines)
	s.mu.Unlock()
	return ch.events, written.wait()
}

// create adds a contact with a new id.
func (ch *change) create(next contact) contact {
	next.id = ch.nextID("contact")
	next.firstSeen, next.lastActivity = ch.stamp, ch.stamp
	return ch.save(next)
}

// save stores a changed contact with a new last_update.
func (ch *change) save(next contact) contact {
	stamp := max(ch.stamp, ch.lastStamp)
	if stamp == next.lastUpdate && !ch.tied {
		stamp++
	}
	next.lastUpdate = stamp
	ch.put(next)
	ch.record(contactRecord(&next))
	return next
}

// erase removes a contact.
func (ch *change) erase(c *contact) {
	gone := *c
	ch.drop(c)
	ch.record(record{Op: opRemove, ID: gone.id})
	ch.tell("deleted", &gone, "")
}

// tell notes an event for the webhooks; the tag is empty unless the event is about one.
func (ch *change) tell(what string, c *contact, tag string) {
	if !ch.watched.Load() {
		return
	}
	name := c.kind() + "." + what
	ch.events = append(ch.events, event{name: name, body: eventBody(name, ch.stamp, ch.fullContact(nil, c), tag)})
}

// record adds a line for the journal.
func (ch *change) record(r record) {
	if ch.journal == nil || ch.err != nil {
		return
	}
	ch.lines, ch.err = appendRecord(ch.lines, r)
}
