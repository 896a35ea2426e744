package customerly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Names of what a line of the journal or the snapshot does. A line holds the new state of one thing, so that applying a
// line twice does no harm.
const (
	opContact          = "contact"
	opRemove           = "remove"
	opTag              = "tag"
	opRemoveTag        = "remove-tag"
	opCompany          = "company"
	opMessage          = "message"
	opCollection       = "collection"
	opRemoveCollection = "remove-collection"
	opArticle          = "article"
	opRemoveArticle    = "remove-article"
	opWebhook          = "webhook"
	opRemoveWebhook    = "remove-webhook"
	opIDs              = "ids"
)

// record is one line on disk; which members are used depends on Op.
type record struct {
	Op         string           `json:"op"`
	ID         int64            `json:"id,omitempty"`
	Tag        string           `json:"tag,omitempty"`
	Contact    *storedContact   `json:"contact,omitempty"`
	Company    *storedCompany   `json:"company,omitempty"`
	Message    *Message         `json:"message,omitempty"`
	Collection *Collection      `json:"collection,omitempty"`
	Article    *Article         `json:"article,omitempty"`
	Webhook    *Webhook         `json:"webhook,omitempty"`
	IDs        map[string]int64 `json:"ids,omitempty"`
}

type storedContact struct {
	ID           int64           `json:"id"`
	Email        string          `json:"email"`
	UserID       string          `json:"user_id,omitempty"`
	Name         string          `json:"name,omitempty"`
	Seed         uint64          `json:"seed,omitempty"`
	FirstSeen    int64           `json:"first_seen"`
	LastActivity int64           `json:"last_activity"`
	LastUpdate   int64           `json:"last_update"`
	Tags         []string        `json:"tags,omitempty"`
	Attributes   json.RawMessage `json:"attributes,omitempty"`
	Companies    []string        `json:"companies,omitempty"`
	IsUser       bool            `json:"is_user,omitempty"`
	WasLead      bool            `json:"was_lead,omitempty"`
	AutoName     bool            `json:"auto_name,omitempty"`
	Unsubscribed bool            `json:"unsubscribed,omitempty"`
	Derived      bool            `json:"derived,omitempty"`
}

type storedCompany struct {
	ID         string          `json:"id"`
	Name       string          `json:"name,omitempty"`
	Attributes json.RawMessage `json:"attributes,omitempty"`
}

func contactRecord(c *contact) record {
	stored := &storedContact{
		ID: c.id, Email: c.email, UserID: c.userID, Name: c.name, Seed: c.seed, FirstSeen: c.firstSeen,
		LastActivity: c.lastActivity, LastUpdate: c.lastUpdate, Tags: c.tags, Companies: c.companies, IsUser: c.isUser,
		WasLead: c.wasLead, AutoName: c.autoName, Unsubscribed: c.unsubscribed, Derived: c.derived,
	}
	if len(c.attributes) > 0 {
		stored.Attributes = appendAttributes(nil, c.attributes)
	}
	return record{Op: opContact, Contact: stored}
}

func companyRecord(c company) record {
	stored := &storedCompany{ID: c.id, Name: c.name}
	if len(c.attributes) > 0 {
		stored.Attributes = appendAttributes(nil, c.attributes)
	}
	return record{Op: opCompany, Company: stored}
}

// appendRecord appends a line.
func appendRecord(lines []byte, r record) ([]byte, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return lines, fmt.Errorf("encode %s for the journal: %w", r.Op, err)
	}
	return append(append(lines, line...), '\n'), nil
}

// applyLine does what a line says. An error leaves the store as it was.
func (s *store) applyLine(line []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	var r record
	if err := decoder.Decode(&r); err != nil {
		return fmt.Errorf("not a record: %w", err)
	}
	if decoder.More() {
		return fmt.Errorf("more than one record in the line")
	}
	return s.apply(r)
}

func (s *store) apply(r record) error {
	switch {
	case r.Op == opContact && r.Contact != nil:
		return s.applyContact(r.Contact)
	case r.Op == opRemove:
		if c := s.byID[r.ID]; c != nil {
			s.drop(c)
		}
	case r.Op == opTag && r.Tag != "":
		s.defineTag(s.shared(r.Tag))
	case r.Op == opRemoveTag:
		s.forgetTag(r.Tag)
	case r.Op == opCompany && r.Company != nil:
		return s.applyCompany(r.Company)
	case r.Op == opMessage && r.Message != nil:
		s.keepMessage(*r.Message)
	case r.Op == opWebhook && r.Webhook != nil:
		s.sawID("webhook", r.Webhook.ID)
		s.webhooks[r.Webhook.ID] = *r.Webhook
	case r.Op == opRemoveWebhook:
		delete(s.webhooks, r.ID)
	case r.Op == opIDs:
		for kind, id := range r.IDs {
			s.sawID(kind, id)
		}
	default:
		return s.applyKnowledge(r)
	}
	return nil
}

func (s *store) applyKnowledge(r record) error {
	switch {
	case r.Op == opCollection && r.Collection != nil:
		s.sawID("collection", r.Collection.ID)
		s.knowledge.collections[r.Collection.ID] = *r.Collection
	case r.Op == opRemoveCollection:
		s.knowledge.removeCollection(r.ID)
	case r.Op == opArticle && r.Article != nil:
		s.sawID("article", r.Article.ID)
		s.knowledge.articles[r.Article.ID] = *r.Article
	case r.Op == opRemoveArticle:
		delete(s.knowledge.articles, r.ID)
	default:
		return fmt.Errorf("unknown or incomplete record %q", r.Op)
	}
	return nil
}

func (s *store) applyContact(stored *storedContact) error {
	if stored.ID <= 0 || stored.Email == "" {
		return fmt.Errorf("contact without id or e-mail address")
	}
	attributes, err := s.storedAttributes(stored.Attributes)
	if err != nil {
		return fmt.Errorf("contact %d: %w", stored.ID, err)
	}
	for i, tag := range stored.Tags {
		stored.Tags[i] = s.shared(tag)
	}
	s.put(contact{
		id: stored.ID, email: stored.Email, userID: stored.UserID, name: stored.Name, seed: stored.Seed,
		firstSeen: stored.FirstSeen, lastActivity: stored.LastActivity, lastUpdate: stored.LastUpdate, tags: stored.Tags,
		attributes: attributes, companies: stored.Companies, isUser: stored.IsUser, wasLead: stored.WasLead,
		autoName: stored.AutoName, unsubscribed: stored.Unsubscribed, derived: stored.Derived,
	})
	return nil
}

func (s *store) applyCompany(stored *storedCompany) error {
	attributes, err := s.storedAttributes(stored.Attributes)
	if err != nil {
		return fmt.Errorf("company %s: %w", stored.ID, err)
	}
	s.companies[stored.ID] = company{id: stored.ID, name: stored.Name, attributes: attributes}
	return nil
}

func (s *store) storedAttributes(raw json.RawMessage) ([]attribute, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("attributes: %w", err)
	}
	attributes := make([]attribute, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		attributes = append(attributes, attribute{s.shared(name), string(values[name])})
	}
	return attributes, nil
}

// records calls emit for everything in the store, in an order in which it can be applied again.
func (s *store) records(emit func(record) error) error {
	lines := []record{{Op: opIDs, IDs: s.lastID}}
	for _, tag := range s.sortedTags() {
		lines = append(lines, record{Op: opTag, Tag: tag})
	}
	for _, id := range slices.Sorted(maps.Keys(s.companies)) {
		lines = append(lines, companyRecord(s.companies[id]))
	}
	for i := range s.messages {
		lines = append(lines, record{Op: opMessage, Message: &s.messages[i]})
	}
	for _, c := range s.knowledge.sortedCollections() {
		lines = append(lines, record{Op: opCollection, Collection: &c})
	}
	for _, a := range s.knowledge.sortedArticles(0) {
		lines = append(lines, record{Op: opArticle, Article: &a})
	}
	for _, id := range slices.Sorted(maps.Keys(s.webhooks)) {
		hook := s.webhooks[id]
		lines = append(lines, record{Op: opWebhook, Webhook: &hook})
	}
	for _, line := range lines {
		if err := emit(line); err != nil {
			return err
		}
	}
	for _, shelf := range []*shelf{s.users, s.leads} {
		for _, c := range shelf.byID().all() {
			if err := emit(contactRecord(c)); err != nil {
				return err
			}
		}
	}
	return nil
}
