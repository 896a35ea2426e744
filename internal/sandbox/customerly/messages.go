package customerly

import (
	"encoding/json"
	"slices"
	"strings"
)

// Message is a message that was sent through POST /messages.
type Message struct {
	ID          int64           `json:"id"`
	SentAt      int64           `json:"sent_at"` // UNIX seconds
	From        Party           `json:"from"`
	To          Party           `json:"to"`
	Content     string          `json:"content"`
	Attachments json.RawMessage `json:"attachments,omitempty"` // as they were sent
}

// Party is the sender or the receiver of a message.
type Party struct {
	Type  string `json:"type"` // admin, user or lead
	ID    string `json:"id,omitempty"`
	Email string `json:"email,omitempty"`
}

type partyInput struct {
	Type  looseText `json:"type"`
	ID    looseText `json:"id"`
	Email looseText `json:"email"`
}

type messageInput struct {
	From        partyInput      `json:"from"`
	To          partyInput      `json:"to"`
	Content     looseText       `json:"content"`
	Attachments json.RawMessage `json:"attachments"`
}

// Account is a teammate of the project.
type Account struct {
	ID    int64  `json:"account_id"`
	Email string `json:"email"`
}

// writer is a teammate who writes articles.
type writer struct {
	Account
	Name string `json:"name"`
}

var writerTable = []writer{
	{Account{41657, "ada@acme.example"}, "Ada Rossi"},
	{Account{41658, "ben@acme.example"}, "Ben Novak"},
	{Account{41659, "cleo@acme.example"}, "Cleo Martin"},
}

func (s *Server) listAccounts(*call) reply {
	accounts := make([]Account, 0, len(writerTable))
	for _, w := range writerTable {
		accounts = append(accounts, w.Account)
	}
	return dataOf(accounts)
}

func (s *Server) listWriters(*call) reply { return dataOf(writerTable) }

func (s *Server) postMessage(c *call) reply {
	var in messageInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	switch {
	case strings.TrimSpace(string(in.Content)) == "":
		return unprocessable("content is required")
	case len(in.Content) > maxContentBytes:
		return unprocessable("content is longer than %d bytes", maxContentBytes)
	}
	return s.alter(func(ch *change) reply {
		from, to := ch.party(in.From), ch.party(in.To)
		for _, side := range []struct {
			name  string
			party *Party
		}{{"from", from}, {"to", to}} {
			switch {
			case side.party == nil:
				return s.missing("User")
			case side.party.Type == "":
				return unprocessable("%s needs a type (admin, user or lead) and an id or e-mail address", side.name)
			}
		}
		message := Message{ID: ch.nextID("message"), SentAt: ch.stamp, From: *from, To: *to, Content: string(in.Content), Attachments: in.Attachments}
		ch.keepMessage(message)
		ch.record(record{Op: opMessage, Message: &message})
		return dataOf(map[string]int64{"timestamp": ch.stamp})
	})
}

// party resolves one side of a message: nil when the contact does not exist, without type when it names nobody.
// Any admin id is taken, because whoever tries a scenario has the ids of the own project in it.
func (ch *change) party(in partyInput) *Party {
	if in.ID == "" && in.Email == "" {
		return &Party{}
	}
	var found *contact
	switch in.Type {
	case "admin":
		return &Party{Type: "admin", ID: string(in.ID), Email: string(in.Email)}
	case "user", "lead":
		found = ch.find(in.Type == "user", string(in.Email), "")
		if in.Email == "" {
			found = ch.findByEither(string(in.ID))
		}
	default:
		return &Party{}
	}
	if found == nil {
		return nil
	}
	return &Party{Type: found.kind(), ID: found.userID, Email: found.email}
}

// keepMessage stores a message once, and forgets the oldest beyond maxMessagesKept.
func (s *store) keepMessage(message Message) {
	s.sawID("message", message.ID)
	if kept := len(s.messages); kept > 0 && s.messages[kept-1].ID >= message.ID {
		return
	}
	s.messages = append(s.messages, message)
	if len(s.messages) > maxMessagesKept {
		s.messages = slices.Delete(s.messages, 0, len(s.messages)-maxMessagesKept)
	}
}
