package customerly

import (
	"fmt"
	"strings"
	"testing"
)

// TestFieldLimits sends each field at its limit and one past it.
func TestFieldLimits(t *testing.T) {
	t.Parallel()
	attributes := func(count int) string {
		var all strings.Builder
		for i := range count {
			fmt.Fprintf(&all, `,"a%d":1`, i)
		}
		return `{"email":"a@x.example","attributes":{` + strings.TrimPrefix(all.String(), ",") + `}}`
	}
	for _, c := range []struct {
		name  string
		limit int
		user  func(length int) string
	}{
		{"email", maxEmailBytes, func(n int) string { return `{"email":"` + strings.Repeat("a", n-10) + `@x.example"}` }},
		{"name", maxNameChars, func(n int) string { return `{"email":"a@x.example","name":"` + strings.Repeat("ö", n) + `"}` }},
		{"user_id", maxUserIDChars, func(n int) string { return `{"email":"a@x.example","user_id":"` + strings.Repeat("i", n) + `"}` }},
		{"tag", maxTagChars, func(n int) string { return `{"email":"a@x.example","tags":["` + strings.Repeat("t", n) + `"]}` }},
		{"number", maxNumberBytes, func(n int) string {
			return `{"email":"a@x.example","attributes":{"n":` + strings.Repeat("1", n) + `}}`
		}},
		{"attribute name", maxAttributeChars, func(n int) string {
			return `{"email":"a@x.example","attributes":{"` + strings.Repeat("n", n) + `":1}}`
		}},
		{"attributes", maxAttributes, attributes},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, Options{})
			if got := must(t, s, "POST /v1/users", `{"users":[`+c.user(c.limit)+`]}`); !strings.Contains(got, `"inserted":1`) {
				t.Errorf("at %d: got %s, want it stored", c.limit, got)
			}
			if got := must(t, s, "POST /v1/users", `{"users":[`+c.user(c.limit+1)+`]}`); !strings.Contains(got, `"inserted":0`) {
				t.Errorf("at %d: got %s, want it refused", c.limit+1, got)
			}
		})
	}
}

func TestAttributesOfOneContactAreLimitedOverSeveralCalls(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example","user_id":1}]}`)
	for i := range maxAttributes {
		must(t, s, "POST /v1/users/add-attributes/1", fmt.Sprintf(`{"attributes":{"n%d":1}}`, i))
	}
	if w := send(t, s, "POST /v1/users/add-attributes/1", `{"attributes":{"more":1}}`); w.Code != 422 {
		t.Errorf("one attribute too many: got %d %s, want 422", w.Code, w.Body)
	}
	must(t, s, "POST /v1/users/add-attributes/1", `{"attributes":{"n0":2}}`)
}

func TestMessageLimits(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example","user_id":1}]}`)
	message := func(length int) string {
		return `{"from":{"type":"admin","id":1},"to":{"type":"user","id":1},"content":"` + strings.Repeat("c", length) + `"}`
	}
	must(t, s, "POST /v1/messages", message(maxContentBytes))
	if w := send(t, s, "POST /v1/messages", message(maxContentBytes+1)); w.Code != 422 {
		t.Errorf("too long a message: got %d, want 422", w.Code)
	}
	for i := range maxMessagesKept {
		s.store.keepMessage(Message{ID: int64(i + 2)})
	}
	if kept := s.Messages(); len(kept) != maxMessagesKept || kept[0].ID != 2 {
		t.Errorf("got %d messages from id %d, want the newest %d from id 2", len(kept), kept[0].ID, maxMessagesKept)
	}
}

func TestTagBatchLimit(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example","user_id":1}]}`)
	body := func(count int) string {
		return `{"tag":"x","users":[` + strings.TrimSuffix(strings.Repeat(`{"user_id":1},`, count), ",") + `]}`
	}
	must(t, s, "POST /v1/tags", body(maxBatchContacts))
	if w := send(t, s, "POST /v1/tags", body(maxBatchContacts+1)); w.Code != 422 {
		t.Errorf("too many contacts: got %d, want 422", w.Code)
	}
}

func TestOldestDeliveriesAreForgotten(t *testing.T) {
	t.Parallel()
	address, count := discard(t)
	s := newSandbox(t, Options{Webhooks: []string{address}})
	for i := range deliveriesKept + 1 {
		must(t, s, "POST /v1/leads", fmt.Sprintf(`{"leads":[{"email":"l%d@x.example"}]}`, i))
	}
	if err := s.WaitForDeliveries(t.Context()); err != nil {
		t.Fatalf("WaitForDeliveries: %v", err)
	}
	if kept := s.Deliveries(); len(kept) != deliveriesKept || kept[0].ID != deliveriesKept+1 || count.Load() != deliveriesKept+1 {
		t.Errorf("got %d deliveries from %d, %d received; want %d, %d and %d", len(kept), kept[0].ID, count.Load(), deliveriesKept, deliveriesKept+1, deliveriesKept+1)
	}
}
