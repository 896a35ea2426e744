package customerly

import "net/http"

// contactRef names a contact by its own id or its address.
type contactRef struct {
	UserID looseText `json:"user_id"`
	Email  looseText `json:"email"`
}

// tagInput is the body of POST and DELETE /tags.
type tagInput struct {
	Tag   looseText    `json:"tag"`
	Untag looseFlag    `json:"untag"`
	Users []contactRef `json:"users"`
	Leads []contactRef `json:"leads"`
}

func (s *Server) listTags(*call) reply {
	s.store.mu.Lock() // sortedTags may have to collect the names
	defer s.store.mu.Unlock()
	return data(appendTexts(nil, s.store.sortedTags()))
}

func (s *Server) postTag(c *call) reply {
	var in tagInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	if err := checkTag(string(in.Tag)); err != nil {
		return unprocessable("%s", err)
	}
	if len(in.Users)+len(in.Leads) > maxBatchContacts {
		return unprocessable("more than %d users and leads", maxBatchContacts)
	}
	return s.alter(func(ch *change) reply {
		found, absent := ch.resolve(in)
		if absent != "" {
			return s.missing(absent)
		}
		if in.Untag {
			ch.untag(found, string(in.Tag))
		} else {
			ch.tag(found, ch.shared(string(in.Tag)))
		}
		return nothing()
	})
}

// resolve finds every contact that a tag request names, or the kind of the first one that does not exist.
func (ch *change) resolve(in tagInput) (found []*contact, absent string) {
	for _, ref := range in.Users {
		c := ch.find(true, string(ref.Email), string(ref.UserID))
		if c == nil {
			return nil, "User"
		}
		found = append(found, c)
	}
	for _, ref := range in.Leads {
		c := ch.find(false, string(ref.Email), "")
		if c == nil {
			return nil, "Lead"
		}
		found = append(found, c)
	}
	return found, ""
}

// tag gives contacts a tag, and makes the tag known where it was not.
func (ch *change) tag(contacts []*contact, tag string) {
	if ch.defineTag(tag) {
		ch.record(record{Op: opTag, Tag: tag})
	}
	for _, c := range contacts {
		if next := *c; next.addTag(tag) {
			next = ch.save(next)
			ch.tell("tagged", &next, tag)
		}
	}
}

func (ch *change) untag(contacts []*contact, tag string) {
	for _, c := range contacts {
		if next := *c; next.removeTag(tag) {
			next = ch.save(next)
			ch.tell("untagged", &next, tag)
		}
	}
}

func (s *Server) deleteTag(c *call) reply {
	tag := c.query.Get("tag")
	if tag == "" {
		var in tagInput
		if wrong, ok := decode(c.body, &in); !ok {
			return wrong
		}
		tag = string(in.Tag)
	}
	if err := checkTag(tag); err != nil {
		return unprocessable("%s", err)
	}
	return s.alter(func(ch *change) reply {
		if _, known := ch.tags[tag]; !known {
			return s.missing("Tag")
		}
		ch.untag(ch.carriers(tag), tag)
		ch.forgetTag(tag)
		ch.record(record{Op: opRemoveTag, Tag: tag})
		return reply{status: http.StatusOK, body: []byte("{}")}
	})
}

// forgetTag removes a definition. Contacts normally have lost the tag before; should the lines on disk say otherwise,
// they lose it here.
func (s *store) forgetTag(tag string) {
	for _, c := range s.carriers(tag) {
		next := *c
		next.removeTag(tag)
		s.put(next)
	}
	delete(s.tags, tag)
	s.tagNames = nil
}
