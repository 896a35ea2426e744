package customerly

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestGeneratorIsDeterministic(t *testing.T) {
	t.Parallel()
	one := state(newSandbox(t, Options{Contacts: 501, Seed: 4}))
	if same := state(newSandbox(t, Options{Contacts: 501, Seed: 4})); same != one {
		t.Error("the same seed gave other contacts")
	}
	if other := state(newSandbox(t, Options{Contacts: 501, Seed: 5})); other == one {
		t.Error("another seed gave the same contacts")
	}
}

func TestGeneratedContactsArePlausible(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	s := newSandbox(t, Options{Contacts: 1001, Users: 10, Leads: 5, Now: clock.now})
	stats := s.Stats()
	if stats.Users != 511 || stats.Leads != 505 || stats.Collections != 3 || stats.Articles != 12 {
		t.Errorf("got %+v, want 511 users, 505 leads, 3 collections and 12 articles", stats)
	}
	emails, plans := map[string]bool{}, map[any]int{}
	check := func(c Contact) {
		emails[c.Email] = true
		plans[c.Attributes["plan"]]++
		if checkEmail(c.Email) != nil || !strings.Contains(c.Email, "example") || c.Name == "" {
			t.Errorf("got contact %+v, want a name and an address in an example domain", c)
		}
		if c.FirstSeen.After(c.LastUpdate) || c.LastUpdate.After(clock.now()) || c.IsUser != (c.UserID != "") {
			t.Errorf("got contact %+v, want times in order and an id for users only", c)
		}
	}
	for c := range s.Users() {
		check(c)
	}
	for c := range s.Leads() {
		check(c)
	}
	if len(emails) != 1016 || len(plans) < 4 {
		t.Errorf("got %d addresses and plans %v, want 1016 different ones and several plans", len(emails), plans)
	}
}

func TestGeneratedAttributesSurviveAMerge(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 1})
	var before Contact
	for c := range s.Users() {
		before = c
	}
	must(t, s, "POST /v1/users", fmt.Sprintf(`{"users":[{"email":%q,"attributes":{"zz":1}}]}`, before.Email))
	after, _ := s.Contact(before.Email)
	if len(after.Attributes) != len(before.Attributes)+1 || after.Attributes["plan"] != before.Attributes["plan"] {
		t.Errorf("got attributes %v, want those of before and one more: %v", after.Attributes, before.Attributes)
	}
}

func TestImpossibleOptionsAreRefused(t *testing.T) {
	t.Parallel()
	for _, opts := range []Options{{Users: -1}, {Leads: maxContactsGenerated + 1}, {Webhooks: []string{"nowhere"}}, {DataDir: "/dev/null/x"}, {Import: []io.Reader{strings.NewReader("")}}} {
		if s, err := New(opts); err == nil {
			t.Errorf("%+v: got a sandbox %p, want an error", opts, s)
		}
	}
}

func TestIteratorsStopEarly(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: inspectStep * 2})
	seen, last := 0, int64(0)
	for c := range s.Users() {
		if c.ID <= last {
			t.Fatalf("got id %d after %d", c.ID, last)
		}
		last = c.ID
		seen++
	}
	if seen != inspectStep*2 {
		t.Errorf("got %d users, want %d", seen, inspectStep*2)
	}
	for range s.Users() {
		break
	}
}

// BenchmarkGenerate reports what a hundred thousand generated contacts cost.
func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		s, err := New(Options{Contacts: 100_000, Now: func() time.Time { return time.Unix(1_772_600_767, 0) }})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// TestGeneratedRelations reads single contacts, which show more than lists do.
func TestGeneratedRelations(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 60})
	segments := 0
	for c := range s.Users() {
		var envelope struct {
			Data struct {
				Segments []struct {
					ID        int64  `json:"segment_id"`
					Name      string `json:"name"`
					EntryDate int64  `json:"entry_date"`
				} `json:"user_segments"`
				Tags   []string `json:"user_tags"`
				Events map[string]struct {
					First, Last string
					Count       int
				} `json:"user_events"`
			}
		}
		body := must(t, s, "GET /v1/users?user_id="+c.UserID, "")
		if err := json.Unmarshal([]byte(body), &envelope); err != nil {
			t.Fatalf("decode %s: %v", body, err)
		}
		for _, segment := range envelope.Data.Segments {
			segments++
			if segment.ID == 0 || segment.Name == "" || segment.EntryDate != c.FirstSeen.Unix() {
				t.Errorf("got segment %+v, want an id, a name and the entry date %d", segment, c.FirstSeen.Unix())
			}
		}
		if event := envelope.Data.Events["signed_up"]; event.Count != 1 || event.First != c.FirstSeen.Format(updateLayout) {
			t.Errorf("got event %+v, want one at %s", event, c.FirstSeen.Format(updateLayout))
		}
		if len(envelope.Data.Tags) != len(c.Tags) {
			t.Errorf("got tags %q, want %q", envelope.Data.Tags, c.Tags)
		}
	}
	if segments == 0 {
		t.Error("no generated contact is in a segment")
	}
}
