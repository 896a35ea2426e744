package connector_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
	sandbox "github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/value"
)

// watcher is a polling trigger of the Customerly app on a sandbox, with its cursor between operations.
type watcher struct {
	*world
	name   string
	limit  int
	cursor value.Value
	now    *clock.Fake // of the sandbox and of the operations
}

func newWatcher(t *testing.T, name string, limit int, opts sandbox.Options) *watcher {
	t.Helper()
	w := &watcher{name: name, limit: limit, now: clock.NewFake(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))}
	opts.Now = w.now.Now
	w.world = newWorld(t, opts)
	return w
}

// poll runs one operation, checks that it tells nothing twice and in order, and returns the addresses in order.
func (w *watcher) poll() string {
	w.t.Helper()
	i := slices.IndexFunc(w.c.Modules(), func(m *module.Module) bool { return m.Name == w.name })
	m := w.c.Modules()[i]
	out := &collected{}
	op := &module.Operation{
		Module: &m.Description, Parameters: value.Collection(value.F("__IMTCONN__", value.Text("1")), value.F("limit", value.Int(w.limit))),
		Input: value.Collection(), Started: w.now.Now(), Zone: time.UTC, Cursor: w.cursor,
	}
	if err := m.Run(w.t.Context(), op, w.conn, out); err != nil {
		w.t.Fatal(err)
	}
	if !out.cursor.IsUndefined() {
		w.cursor = out.cursor
	}
	var emails []string
	last := ""
	for _, b := range out.bundles {
		if at := b.Get("last_update").Str(); at < last {
			w.t.Errorf("%s comes behind %s", at, last)
		} else {
			last = at
		}
		emails = append(emails, strings.TrimSuffix(b.Get("email").Str(), "@x.example"))
	}
	return strings.Join(emails, " ")
}

// upsert creates or changes contacts in one second.
func (w *watcher) upsert(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.must(strings.Replace(strings.TrimSuffix(w.name, "s"), "watch", "createUpdate", 1),
			fmt.Sprintf(`{"email":"%s@x.example","attributes":[{"key":"at","value":"%d"}]}`, name, w.now.Now().UnixNano()))
	}
}

func (w *watcher) expect(want string) {
	w.t.Helper()
	if got := w.poll(); got != want {
		w.t.Errorf("got %q, want %q", got, want)
	}
}

func TestWatchContacts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"watchUsers", "watchLeads"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatcher(t, name, 2, sandbox.Options{Users: 120, Leads: 120, TiedUpdates: true})
			w.now.Advance(time.Hour)
			w.expect("") // never ran: from now on
			w.upsert("a", "b", "c", "d", "e")
			w.expect("a b") // equal seconds, two at a time
			w.expect("c d")
			w.now.Advance(time.Second)
			w.upsert("b")
			w.expect("e b") // a change is put out again, behind what waited
			w.expect("")
			w.now.Advance(24 * time.Hour)
			w.upsert("f")
			if _, err := w.box.Touch("c@x.example"); err != nil {
				t.Fatal(err)
			}
			w.expect("c f")
			w.now.Advance(-2 * time.Hour) // a clock that is set back
			w.upsert("g")
			w.expect("g")
			w.expect("")
		})
	}
}

func TestWatchAllUsers(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, "watchUsers", 50, sandbox.Options{Users: 230, MaxPerPage: 20, TiedUpdates: true})
	w.cursor = module.StartAt(module.FromStart, time.Time{}, value.Undefined)
	seen := map[string]int{}
	for range 5 {
		for email := range strings.FieldsSeq(w.poll()) {
			seen[email]++
		}
	}
	w.expect("")
	if len(seen) != 230 {
		t.Errorf("got %d users, want 230", len(seen))
	}
	for email, times := range seen {
		if times != 1 {
			t.Errorf("%s came %d times", email, times)
		}
	}
}

func TestWatchFromAPickedUser(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, "watchUsers", 10, sandbox.Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		w.upsert(name)
		w.now.Advance(time.Minute)
	}
	items, err := w.c.Items(t.Context(), "watchUsers", value.Undefined, w.conn)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 4 || items[2].Label != "b@x.example" || !items[2].Date.Equal(w.now.Now().Add(-3*time.Minute)) || items[2].ID == "" {
		t.Fatalf("got %+v, want d, c, b and a", items)
	}
	w.cursor = module.StartAt(module.FromItem, time.Time{}, items[2].Cursor)
	w.expect("b c d")
	w.expect("")
	for _, name := range []string{"universalTrigger", "listUsers", "nothing"} {
		if _, err := w.c.Items(t.Context(), name, value.Undefined, w.conn); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestWatchAndFailures(t *testing.T) {
	t.Parallel()
	w := newWatcher(t, "watchUsers", 10, sandbox.Options{})
	w.expect("")
	w.upsert("a")
	if err := w.box.PlanFault(sandbox.PlannedFault{Fault: "503", Times: 1}); err != nil {
		t.Fatal(err)
	}
	w.expect("a") // a read is tried again
	w.upsert("b")
	before := w.cursor
	w.conn.Fields = w.conn.Fields.With("apiToken", value.Text("wrong"))
	if out, err := w.run("watchUsers", `{}`); err == nil || !out.cursor.IsUndefined() || len(out.bundles) > 0 {
		t.Errorf("with a wrong token: got %v, %s and the cursor %s", err, value.Array(out.bundles...).JSON(), out.cursor.JSON())
	}
	w.conn.Fields = w.conn.Fields.With("apiToken", value.Text(sandbox.DefaultToken))
	w.cursor = before
	w.expect("b")
}
