package customerly

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// contactInput is one element of POST /users or POST /leads.
type contactInput struct {
	Email      looseText       `json:"email"`
	UserID     looseText       `json:"user_id"`
	Name       looseText       `json:"name"`
	Attributes json.RawMessage `json:"attributes"`
	Tags       []looseText     `json:"tags"`
}

// upsert is a checked element, ready to be stored.
type upsert struct {
	email, userID, name string
	asUser              bool
	attributes          []attribute
	tags                []string
}

// refusal tells why an element was not stored.
type refusal struct {
	Index   int    `json:"index"`
	Email   string `json:"email"`
	Message string `json:"message"`
}

// upsertResult is what POST /users and POST /leads answer.
type upsertResult struct {
	Inserted int       `json:"inserted"`
	Errors   []refusal `json:"errors"`
	NotAdded []string  `json:"not_added"`
}

func (r *upsertResult) refuse(index int, email string, why error) {
	r.Errors = append(r.Errors, refusal{Index: index, Email: email, Message: why.Error()})
	r.NotAdded = append(r.NotAdded, email)
}

func (s *Server) postUsers(c *call) reply { return s.postContacts(c, "users") }

func (s *Server) postLeads(c *call) reply { return s.postContacts(c, "leads") }

func (s *Server) postContacts(c *call, key string) reply {
	var body map[string]json.RawMessage
	if wrong, ok := decode(c.body, &body); !ok {
		return wrong
	}
	var items []json.RawMessage
	if json.Unmarshal(body[key], &items) != nil {
		return unprocessable("%s must be a list", key)
	}
	if len(items) > maxBatchContacts {
		return unprocessable("%s has more than %d elements", key, maxBatchContacts)
	}
	result := &upsertResult{Errors: []refusal{}, NotAdded: []string{}}
	var ups []upsert
	var places []int
	for i, item := range items {
		up, err := s.checkContact(item, key == "users")
		if err != nil {
			result.refuse(i, up.email, err)
			continue
		}
		ups, places = append(ups, up), append(places, i)
	}
	return s.alter(func(ch *change) reply {
		for i, up := range ups {
			if err := s.storeContact(ch, up); err != nil {
				result.refuse(places[i], up.email, err)
				continue
			}
			result.Inserted++
		}
		return dataOf(result)
	})
}

// checkContact reads an element. With an error it still returns the e-mail address, when there was one.
func (s *Server) checkContact(raw json.RawMessage, asUser bool) (upsert, error) {
	var in contactInput
	err := json.Unmarshal(raw, &in)
	up := upsert{email: strings.TrimSpace(string(in.Email)), name: strings.TrimSpace(string(in.Name)), asUser: asUser}
	if err != nil {
		return up, errors.New(describe(err))
	}
	if asUser || s.opts.PromoteLeads {
		up.userID = strings.TrimSpace(string(in.UserID))
		up.asUser = asUser || up.userID != ""
	}
	up.attributes, err = s.rules().parse(in.Attributes)
	if err := errors.Join(checkEmail(up.email), err, checkChars("name", up.name, maxNameChars), checkChars("user_id", up.userID, maxUserIDChars)); err != nil {
		return up, oneLine(err)
	}
	for _, tag := range in.Tags {
		if err := checkTag(string(tag)); err != nil {
			return up, err
		}
		up.tags = append(up.tags, string(tag))
	}
	return up, nil
}

func oneLine(err error) error { return errors.New(strings.ReplaceAll(err.Error(), "\n", "; ")) }

func (s *Server) rules() attributeRules { return attributeRules{truncate: s.opts.TruncateText} }

// storeContact creates or updates the contact with the address.
func (s *Server) storeContact(ch *change, up upsert) error {
	old := ch.byEmail[emailKey(up.email)]
	if other := ch.byUserID[up.userID]; up.userID != "" && other != nil && other != old {
		return fmt.Errorf("user_id %q belongs to another contact", up.userID)
	}
	for i := range up.tags {
		up.tags[i] = ch.shared(up.tags[i])
	}
	for i := range up.attributes {
		up.attributes[i].name = ch.shared(up.attributes[i].name)
	}
	if old == nil {
		next := contact{email: up.email}
		s.fill(&next, up)
		next = ch.create(next)
		ch.tell("created", &next, "")
		ch.tellTags("tagged", &next, next.tags)
		return nil
	}
	next := *old
	changed := s.fill(&next, up)
	added, removed := difference(next.tags, old.tags), difference(old.tags, next.tags)
	if !changed && len(added)+len(removed) == 0 {
		return nil
	}
	if len(next.attributes) > maxAttributes {
		return fmt.Errorf("the contact would have more than %d attributes", maxAttributes)
	}
	next = ch.save(next)
	if changed {
		ch.tell("updated", &next, "")
	}
	ch.tellTags("tagged", &next, added)
	ch.tellTags("untagged", &next, removed)
	return nil
}

// fill writes the new values into a contact and reports whether anything but its tags changed.
func (s *Server) fill(next *contact, up upsert) bool {
	changed := false
	if up.asUser && !next.isUser {
		next.wasLead = next.id != 0
		next.isUser, changed = true, true
	}
	if up.userID != "" && up.userID != next.userID {
		next.userID, changed = up.userID, true
	}
	if up.name != "" && up.name != next.name {
		next.name, next.autoName, changed = up.name, false, true
	}
	changed = next.mergeAttributes(up.attributes) || changed
	if s.opts.ReplaceTags && up.tags != nil {
		next.tags = nil
	}
	for _, tag := range up.tags {
		next.addTag(tag)
	}
	return changed
}

func (ch *change) tellTags(what string, c *contact, tags []string) {
	for _, tag := range tags {
		ch.tell(what, c, tag)
	}
}

// difference returns what is in a and not in b.
func difference(a, b []string) []string {
	var only []string
	for _, text := range a {
		if !(&contact{tags: b}).hasTag(text) {
			only = append(only, text)
		}
	}
	return only
}

// find returns the contact of a kind with an address or, for users, an own id. The caller holds the lock.
func (s *store) find(users bool, email, userID string) *contact {
	if email != "" {
		for _, reading := range readings(email) {
			if c := s.byEmail[emailKey(reading)]; c != nil && c.isUser == users {
				return c
			}
		}
		return nil
	}
	for _, reading := range readings(userID) {
		if c := s.byUserID[reading]; users && c != nil && c.isUser {
			return c
		}
	}
	return nil
}

// findByEither reads an id as an own id first and as an internal id then.
func (s *store) findByEither(id string) *contact {
	if c := s.find(true, "", id); c != nil {
		return c
	}
	return s.findInternal(id)
}

// findInternal finds a user by the id that the service itself gave.
func (s *store) findInternal(id string) *contact {
	number, err := strconv.ParseInt(id, 10, 64)
	if c := s.byID[number]; err == nil && c != nil && c.isUser {
		return c
	}
	return nil
}

// findQuery finds a contact by the query of a request; leads have no own id.
func (s *store) findQuery(users bool, query url.Values) *contact {
	return s.find(users, query.Get("email"), query.Get("user_id"))
}

func (s *Server) getUser(c *call) reply { return s.getContact(c, true, "User") }

func (s *Server) getLead(c *call) reply { return s.getContact(c, false, "Lead") }

func (s *Server) getContact(c *call, users bool, what string) reply {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	found := s.store.findQuery(users, c.query)
	if found == nil {
		return s.missing(what)
	}
	return data(s.store.fullContact(nil, found))
}

func (s *Server) deleteUser(c *call) reply { return s.deleteContact(c, true, "User") }

func (s *Server) deleteLead(c *call) reply { return s.deleteContact(c, false, "Lead") }

func (s *Server) deleteContact(c *call, users bool, what string) reply {
	return s.alter(func(ch *change) reply {
		found := ch.findQuery(users, c.query)
		if found == nil {
			return s.missing(what)
		}
		ch.erase(found)
		return nothing()
	})
}

func (s *Server) listUsers(c *call) reply { return s.listContacts(c, true, `{"users":[`) }

func (s *Server) listLeads(c *call) reply { return s.listContacts(c, false, `{"leads":[`) }

// listContacts writes a page. Pages are long and asked for often, so their buffers are used again.
func (s *Server) listContacts(c *call, users bool, opening string) reply {
	rows := s.store.page(users, s.pagingOf(c.query))
	var body []byte
	if used, ok := s.buffers.Get().(*[]byte); ok {
		body = (*used)[:0]
	}
	body = append(append(body, `{"data":`...), opening...)
	for i := range rows {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendContact(body, &rows[i], s.opts.AppID)
	}
	return reply{status: http.StatusOK, body: append(body, `]}}`...), pooled: true}
}

func (s *Server) unsubscribe(c *call) reply {
	return s.alter(func(ch *change) reply {
		found := ch.findByEither(c.ids[0])
		if found == nil {
			return s.missing("User")
		}
		if next := *found; !next.unsubscribed {
			next.unsubscribed = true
			next = ch.save(next)
			ch.tell("updated", &next, "")
		}
		return nothing()
	})
}

func (s *Server) addUserAttributes(c *call) reply {
	var body struct {
		Attributes json.RawMessage `json:"attributes"`
	}
	if wrong, ok := decode(c.body, &body); !ok {
		return wrong
	}
	attributes, err := s.rules().parse(body.Attributes)
	if err != nil {
		return unprocessable("%s", err)
	}
	return s.alter(func(ch *change) reply {
		found := ch.findByEither(c.ids[0])
		if found == nil {
			return s.missing("User")
		}
		if err := s.storeContact(ch, upsert{email: found.email, asUser: true, attributes: attributes}); err != nil {
			return unprocessable("%s", err)
		}
		return nothing()
	})
}
