package customerly

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// row is what tests read of a list row.
type row struct {
	ID         int64  `json:"crmhero_user_id"`
	Email      string `json:"email"`
	Name       string `json:"name"`
	LastUpdate string `json:"last_update"`
	IsUser     int    `json:"is_user"`
}

func rowsOf(tb testing.TB, body string) []row {
	tb.Helper()
	var envelope struct {
		Data map[string][]row `json:"data"`
	}
	if err := json.Unmarshal([]byte(body), &envelope); err != nil {
		tb.Fatalf("decode list: %v\n%s", err, body)
	}
	return append(envelope.Data["users"], envelope.Data["leads"]...)
}

// readAll pages through a list until a page is short.
func readAll(tb testing.TB, s *Server, list, query string, perPage int) []row {
	tb.Helper()
	var all []row
	for page := 0; ; page++ {
		rows := rowsOf(tb, must(tb, s, fmt.Sprintf("GET /v1/%s/list?page=%d&per_page=%d&%s", list, page, perPage, query), ""))
		all = append(all, rows...)
		if len(rows) < perPage {
			return all
		}
	}
}

func TestPagingSeesEveryContactOnceInOrder(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 2300, Leads: 700, Seed: 1})
	byName := func(a, b row) int {
		return compareIDs2(strings.Compare(a.Name, b.Name), a, b)
	}
	byUpdate := func(a, b row) int {
		return compareIDs2(strings.Compare(a.LastUpdate, b.LastUpdate), a, b)
	}
	byEmail := func(a, b row) int { return strings.Compare(a.Email, b.Email) }
	for _, c := range []struct {
		list, query string
		count       int
		compare     func(a, b row) int
	}{
		{"users", "", 2300, func(a, b row) int { return compareIDs2(0, a, b) }},
		{"users", "sort=name&sort_direction=asc", 2300, byName},
		{"users", "sort=last_update&sort_direction=desc", 2300, func(a, b row) int { return byUpdate(b, a) }},
		{"leads", "sort=last_update", 700, byUpdate},
		{"leads", "sort=email", 700, byEmail},
	} {
		rows := readAll(t, s, c.list, c.query, 97)
		if len(rows) != c.count {
			t.Errorf("%s?%s: got %d rows, want %d", c.list, c.query, len(rows), c.count)
		}
		if !slices.IsSortedFunc(rows, c.compare) {
			t.Errorf("%s?%s: got rows out of order", c.list, c.query)
		}
		ids := map[int64]bool{}
		for _, r := range rows {
			ids[r.ID] = true
		}
		if len(ids) != c.count {
			t.Errorf("%s?%s: got %d different ids, want %d", c.list, c.query, len(ids), c.count)
		}
	}
}

// What is touched comes first in the list of the newest changes, and the others keep their order, in both directions.
func TestTouchMovesAContactToTheFront(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	s := newSandbox(t, Options{Users: 30, Now: clock.now, TiedUpdates: true})
	order := func(direction string) []string {
		var emails []string
		for _, r := range readAll(t, s, "users", "sort=last_update&sort_direction="+direction, 7) {
			emails = append(emails, r.Email)
		}
		return emails
	}
	before := order("desc")
	clock.advance(time.Hour)
	oldest, second := before[29], before[28]
	for _, email := range []string{oldest, second, oldest} { // within one second: equal dates, so the ID decides
		if _, err := s.Touch(email); err != nil {
			t.Fatal(err)
		}
	}
	first, _ := s.Contact(oldest)
	next, _ := s.Contact(second)
	if first.ID < next.ID {
		first, next = next, first
	}
	want := append([]string{first.Email, next.Email}, before[:28]...)
	if diff := cmp.Diff(want, order("desc")); diff != "" || !first.LastUpdate.Equal(clock.now()) {
		t.Errorf("desc, last update %s (-want +got):\n%s", first.LastUpdate, diff)
	}
	slices.Reverse(want)
	if diff := cmp.Diff(want, order("asc")); diff != "" {
		t.Errorf("asc (-want +got):\n%s", diff)
	}
}

func compareIDs2(first int, a, b row) int {
	if first != 0 {
		return first
	}
	return int(a.ID - b.ID)
}

func TestPageSizeIsCapped(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 300})
	wide := newSandbox(t, Options{Users: 300, MaxPerPage: 250})
	for _, c := range []struct {
		server *Server
		query  string
		want   int
	}{{s, "", 50}, {s, "per_page=0", 50}, {s, "per_page=99", 99}, {s, "per_page=100", 100}, {s, "per_page=101", 100}, {wide, "per_page=1000", 250}} {
		if got := len(rowsOf(t, must(t, c.server, "GET /v1/users/list?"+c.query, ""))); got != c.want {
			t.Errorf("%s: got %d rows, want %d", c.query, got, c.want)
		}
	}
}

func TestEveryFieldThatCanBeSortedBySorts(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 60})
	for _, field := range []string{"user_id", "first_seen_at", "last_activity", "was_lead", "unsubscribe", "web_session", "country", "city", "browser_name", "os"} {
		up := readAll(t, s, "users", "sort="+field, 100)
		down := readAll(t, s, "users", "sort_direction=desc&sort="+field, 100)
		slices.Reverse(down)
		if len(up) != 60 || !cmp.Equal(up, down) {
			t.Errorf("%s: got %d rows whose falling order is not the rising one reversed", field, len(up))
		}
	}
}

// TestOrderStaysTrue changes contacts at random and compares the kept order with a fresh one.
func TestOrderStaysTrue(t *testing.T) {
	t.Parallel()
	compare, _ := comparisonOf("name")
	list := newOrderedList(compare, nil)
	random := rand.New(rand.NewPCG(1, 2))
	var members []*contact
	for i := range 6000 {
		if random.IntN(3) > 0 || len(members) == 0 {
			c := &contact{id: int64(i), name: fmt.Sprint(random.IntN(500))}
			list.insert(c)
			members = append(members, c)
			continue
		}
		at := random.IntN(len(members))
		list.remove(members[at])
		members = slices.Delete(members, at, at+1)
	}
	slices.SortFunc(members, compare)
	if got := list.all(); !slices.Equal(got, members) {
		t.Fatalf("got %d contacts in another order than the %d sorted ones", len(got), len(members))
	}
	list.remove(&contact{id: -1})
	if list.size != len(members) {
		t.Errorf("after removing a stranger: got size %d, want %d", list.size, len(members))
	}
	for _, c := range members {
		list.remove(c)
	}
	if list.size != 0 || len(list.chunks) != 0 {
		t.Errorf("after removing all: got size %d and %d chunks, want none", list.size, len(list.chunks))
	}
}

func TestLastUpdateMovesWithEveryChange(t *testing.T) {
	t.Parallel()
	clock := newTestClock()
	s := newSandbox(t, Options{Now: clock.now})
	update := func() time.Time {
		c, _ := s.Contact("ada@x.example")
		return c.LastUpdate
	}
	must(t, s, "POST /v1/users", `{"users":[{"email":"ada@x.example","user_id":"7"}]}`)
	first := update()
	for i, step := range []string{
		`POST /v1/users {"users":[{"email":"ada@x.example","name":"A"}]}`,
		`POST /v1/tags {"tag":"x","users":[{"user_id":7}]}`,
		`POST /v1/users/unsubscribe/7 `,
		`DELETE /v1/tags {"tag":"x"}`,
		`POST /v1/users/add-to-company {"user_id":7,"company_id":1}`,
	} {
		before := update()
		method, rest, _ := strings.Cut(step, " ")
		address, body, _ := strings.Cut(rest, " ")
		must(t, s, method+" "+address, body)
		if got := update(); !got.After(before) {
			t.Errorf("step %d: got last_update %s, want after %s", i, got, before)
		}
	}
	before := update()
	must(t, s, "POST /v1/users", `{"users":[{"email":"ada@x.example","name":"A"}]}`)
	if got := update(); got != before {
		t.Errorf("without a change: got %s, want %s", got, before)
	}
	must(t, s, "POST /v1/users", `{"users":[{"email":"bob@x.example"}]}`)
	if bob, _ := s.Contact("bob@x.example"); bob.LastUpdate.Before(before) {
		t.Errorf("a later change has the earlier time %s, want %s or after", bob.LastUpdate, before)
	}
	clock.advance(time.Hour)
	must(t, s, "POST /v1/users", `{"users":[{"email":"ada@x.example","name":"B"}]}`)
	if got, want := update(), first.Add(time.Hour); got != want {
		t.Errorf("an hour later: got %s, want %s", got, want)
	}
}

func TestTiedUpdates(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{TiedUpdates: true})
	must(t, s, "POST /v1/users", `{"users":[{"email":"ada@x.example"}]}`)
	before, _ := s.Contact("ada@x.example")
	must(t, s, "POST /v1/users", `{"users":[{"email":"ada@x.example","name":"A"}]}`)
	after, _ := s.Contact("ada@x.example")
	if after.LastUpdate != before.LastUpdate {
		t.Errorf("got last_update %s, want %s", after.LastUpdate, before.LastUpdate)
	}
}

func TestSortedListFollowsChanges(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 1200, Leads: 10})
	newest := func() row {
		return rowsOf(t, must(t, s, "GET /v1/users/list?sort=last_update&sort_direction=desc&per_page=1", ""))[0]
	}
	newest()
	var emails []string
	for c := range s.Users() {
		emails = append(emails, c.Email)
	}
	for _, email := range []string{emails[3], emails[700], emails[3]} {
		must(t, s, "POST /v1/users", fmt.Sprintf(`{"users":[{"email":%q,"attributes":{"touch":%q}}]}`, email, newest().LastUpdate))
		if got := newest().Email; got != email {
			t.Errorf("got %s as the newest, want %s", got, email)
		}
	}
	lead := ""
	for c := range s.Leads() {
		lead = c.Email
	}
	must(t, s, "POST /v1/users", fmt.Sprintf(`{"users":[{"email":%q}]}`, lead))
	if got := newest().Email; got != lead {
		t.Errorf("got %s as the newest user, want the converted lead %s", got, lead)
	}
	if got := len(readAll(t, s, "users", "sort=last_update", 100)); got != 1201 {
		t.Errorf("got %d users, want 1201", got)
	}
}

func TestRowsHaveTheTypesOfTheAPI(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Users: 40})
	var envelope struct {
		Data struct{ Users []map[string]any }
	}
	if err := json.Unmarshal([]byte(must(t, s, "GET /v1/users/list", "")), &envelope); err != nil {
		t.Fatalf("decode: %v", err)
	}
	numbers := []string{"crmhero_user_id", "first_seen_at", "last_activity", "last_page_viewed_at", "is_user", "was_lead", "web_session", "latitude", "longitude", "unsubscribe", "bounce", "spam", "picture_gravatar"}
	texts := []string{"app_id", "user_id", "email", "name", "ip_address", "city", "country_code", "timezone", "browser_name", "os", "last_page_viewed"}
	for _, user := range envelope.Data.Users {
		for _, name := range numbers {
			if _, ok := user[name].(float64); !ok {
				t.Fatalf("%s: got %#v, want a number", name, user[name])
			}
		}
		for _, name := range texts {
			if _, ok := user[name].(string); !ok {
				t.Fatalf("%s: got %#v, want a text", name, user[name])
			}
		}
		if _, err := time.Parse(updateLayout, user["last_update"].(string)); err != nil {
			t.Fatalf("last_update: %v", err)
		}
		if _, ok := user["attributes"].(map[string]any); !ok {
			t.Fatalf("attributes: got %#v, want an object", user["attributes"])
		}
	}
}
