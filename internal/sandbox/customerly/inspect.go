package customerly

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"time"
)

// Contact is a user or lead as a test sees it. It is a copy.
type Contact struct {
	ID           int64          `json:"crmhero_user_id"`
	Email        string         `json:"email"`
	UserID       string         `json:"user_id,omitempty"`
	Name         string         `json:"name,omitempty"`
	IsUser       bool           `json:"is_user"`
	WasLead      bool           `json:"was_lead"`
	Unsubscribed bool           `json:"unsubscribed"`
	Tags         []string       `json:"tags"`
	Attributes   map[string]any `json:"attributes"` // text, float64 or bool
	Companies    []string       `json:"companies"`  // ids
	FirstSeen    time.Time      `json:"first_seen"`
	LastUpdate   time.Time      `json:"last_update"`
}

// Stats are the counts of a sandbox.
type Stats struct {
	Users       int       `json:"users"`
	Leads       int       `json:"leads"`
	Tags        int       `json:"tags"`
	Companies   int       `json:"companies"`
	Messages    int       `json:"messages"`
	Collections int       `json:"collections"`
	Articles    int       `json:"articles"`
	Webhooks    int       `json:"webhooks"`
	Requests    int64     `json:"requests"` // to the API since start or reset
	Started     time.Time `json:"started"`
}

// inspectStep is how many contacts an iterator copies while it holds the lock.
const inspectStep = 500

// Users iterates over all users in the order of their internal ids. Contacts that change meanwhile may be seen as they
// were before or after.
func (s *Server) Users() iter.Seq[Contact] { return s.each(true) }

// Leads iterates over all leads, as Users does.
func (s *Server) Leads() iter.Seq[Contact] { return s.each(false) }

func (s *Server) each(users bool) iter.Seq[Contact] {
	return func(yield func(Contact) bool) {
		for last := int64(0); ; {
			rows := s.store.after(users, last, inspectStep)
			for i := range rows {
				if !yield(inspect(&rows[i])) {
					return
				}
			}
			if len(rows) < inspectStep {
				return
			}
			last = rows[len(rows)-1].id
		}
	}
}

// after copies contacts whose internal id is greater than the given one.
func (s *store) after(users bool, id int64, count int) []contact {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.leads.byID()
	if users {
		list = s.users.byID()
	}
	chunk, place := list.locate(&contact{id: id + 1})
	for _, before := range list.chunks[:min(chunk, len(list.chunks))] {
		place += len(before)
	}
	return list.page(place, count, false)
}

// Contact returns the contact with an e-mail address, be it user or lead.
func (s *Server) Contact(email string) (Contact, bool) {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found := s.store.byEmail[emailKey(email)]
	if found == nil {
		return Contact{}, false
	}
	return inspect(found), true
}

func inspect(c *contact) Contact {
	attributes := map[string]any{}
	for _, own := range c.ownAttributes() {
		var value any
		if json.Unmarshal([]byte(own.value), &value) == nil {
			attributes[own.name] = value
		}
	}
	return Contact{
		ID: c.id, Email: c.email, UserID: c.userID, Name: c.name, IsUser: c.isUser, WasLead: c.wasLead, Unsubscribed: c.unsubscribed,
		Tags: append([]string{}, c.tags...), Attributes: attributes, Companies: append([]string{}, c.companies...),
		FirstSeen: time.Unix(c.firstSeen, 0).UTC(), LastUpdate: time.Unix(c.lastUpdate, 0).UTC(),
	}
}

// Tags returns the defined tags in alphabetical order.
func (s *Server) Tags() []string {
	s.store.mu.Lock() // sortedTags may have to collect the names
	defer s.store.mu.Unlock()
	return slices.Clone(s.store.sortedTags())
}

// Stats returns the counts.
func (s *Server) Stats() Stats {
	_, requests := s.requests.newest()
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return Stats{
		Users: s.store.users.size(), Leads: s.store.leads.size(), Tags: len(s.store.tags), Companies: len(s.store.companies),
		Messages: len(s.store.messages), Collections: len(s.store.knowledge.collections), Articles: len(s.store.knowledge.articles),
		Webhooks: len(s.store.webhooks), Requests: requests, Started: s.started,
	}
}

// Messages returns the kept messages, oldest first.
func (s *Server) Messages() []Message {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return append([]Message{}, s.store.messages...)
}

// Deliveries returns the last webhook deliveries, newest first.
func (s *Server) Deliveries() []Delivery { return s.courier.deliveries() }

// WaitForDeliveries returns once every webhook delivery has succeeded or was given up, or with the context's error.
func (s *Server) WaitForDeliveries(ctx context.Context) error { return s.courier.settle(ctx) }

// Requests returns the last requests to the API, newest first and without secrets.
func (s *Server) Requests() []Request {
	last, _ := s.requests.newest()
	return last
}

// found is one page of a search.
type found struct {
	Contacts []Contact `json:"contacts"`
	More     bool      `json:"more"`
}

// search looks for contacts whose address, name, own id or tag contains a text, newest first. It reads through
// everything until the page is full, which is meant for people, not for speed.
func (s *Server) search(text string, page, perPage int) found {
	text = strings.ToLower(strings.TrimSpace(text))
	result := found{Contacts: []Contact{}}
	skip := page * perPage
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	for c := range s.store.newestFirst() {
		if !c.mentions(text) {
			continue
		}
		if skip--; skip >= 0 {
			continue
		}
		if len(result.Contacts) == perPage {
			result.More = true
			break
		}
		result.Contacts = append(result.Contacts, inspect(c))
	}
	return result
}

// newestFirst iterates over users and leads together, by falling internal id.
func (s *store) newestFirst() iter.Seq[*contact] {
	return func(yield func(*contact) bool) {
		users, stopUsers := iter.Pull(s.users.byID().backward())
		defer stopUsers()
		leads, stopLeads := iter.Pull(s.leads.byID().backward())
		defer stopLeads()
		user, moreUsers := users()
		lead, moreLeads := leads()
		for moreUsers || moreLeads {
			next := user
			if moreUsers && (!moreLeads || user.id > lead.id) {
				user, moreUsers = users()
			} else {
				next = lead
				lead, moreLeads = leads()
			}
			if !yield(next) {
				return
			}
		}
	}
}

func (l *orderedList) backward() iter.Seq[*contact] {
	return func(yield func(*contact) bool) {
		for _, chunk := range slices.Backward(l.chunks) {
			for _, c := range slices.Backward(chunk) {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// mentions tells whether a text in lower case stands in what identifies the contact.
func (c *contact) mentions(text string) bool {
	if text == "" {
		return true
	}
	for _, own := range append([]string{c.email, c.name, c.userID}, c.tags...) {
		if strings.Contains(strings.ToLower(own), text) {
			return true
		}
	}
	return false
}
