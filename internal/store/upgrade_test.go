package store

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
)

// upgraderWith knows the migrations of this version, and further ones behind them.
func upgraderWith(t *testing.T, url string, further ...string) *upgrader {
	t.Helper()
	files := fstest.MapFS{}
	names, err := postgresMigrationFS.ReadDir("migrations_postgres")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		text, err := postgresMigrationFS.ReadFile("migrations_postgres/" + n.Name())
		if err != nil {
			t.Fatal(err)
		}
		files[n.Name()] = &fstest.MapFile{Data: text}
	}
	for i, text := range further {
		files["0010"+string(rune('1'+i))+"_further.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	u, err := upgraderOf(config, files)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The further migrations: one that programs of this version can work with, one that they cannot, and one without which its version cannot.
const (
	adds   = "-- +ropeway oldest 1\n-- +goose Up\nALTER TABLE webhook ADD COLUMN further TEXT NOT NULL DEFAULT '';"
	takes  = "-- +ropeway oldest 101 later\n-- +goose Up\nALTER TABLE webhook ALTER COLUMN further DROP DEFAULT;"
	breaks = "-- +goose Up\nALTER TABLE webhook DROP COLUMN further;"
)

func (s *Store) live(t *testing.T, id string, form int64, ago time.Duration) error {
	t.Helper()
	now, err := s.Time(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s.Beat(t.Context(), Node{ID: id, Version: "v" + id, Form: form, Seen: now.Add(-ago)}, time.Second)
}

func TestUpgradeWaitsForOlderNodes(t *testing.T) {
	t.Parallel()
	url := ReadyDatabase(t)
	old := openDatabase(t, url)
	if err := old.live(t, "old", old.KnownForm(), 0); err != nil {
		t.Fatal(err)
	}
	newer := upgraderWith(t, url, adds, takes)
	waits, err := newer.run(t.Context())
	if err != nil || waits == nil || waits.Form != 101 || waits.Next != 102 || len(waits.Nodes) != 1 || !strings.Contains(waits.names(), `old (version vold, address "")`) {
		t.Fatalf("got %+v (%v), want form 101 and 102 waiting for the old node", waits, err)
	}
	// Older programs go on, and others of them start.
	if _, err := old.SaveWebhook(t.Context(), Webhook{Name: "old", TokenHash: []byte("old")}); err != nil {
		t.Errorf("an older program on newer tables: %v", err)
	}
	if other := openDatabase(t, url); other.live(t, "other", other.KnownForm(), nodeLife) != nil {
		t.Error("another older program did not start")
	}
	if err := old.RemoveNode(t.Context(), "old", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if waits, err := newer.run(t.Context()); waits != nil || err != nil {
		t.Fatalf("got %+v (%v) when the older nodes were gone or silent", waits, err)
	}
	// From now on they cannot come back.
	if err := old.live(t, "old", old.KnownForm(), 0); !errors.Is(err, ErrOutdated) {
		t.Errorf("an older node that comes back: got %v, want that it is outdated", err)
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}, Database: url}); !errors.Is(err, ErrOutdated) {
		t.Errorf("an older program that starts: got %v, want that it is outdated", err)
	}
	if waits, err := newer.run(t.Context()); waits != nil || err != nil {
		t.Errorf("again: got %+v (%v)", waits, err)
	}
}

func TestUpgradeThatCannotWaitIsRefused(t *testing.T) {
	t.Parallel()
	url := ReadyDatabase(t)
	old := openDatabase(t, url)
	if err := old.live(t, "old", old.KnownForm(), 0); err != nil {
		t.Fatal(err)
	}
	newer := upgraderWith(t, url, adds, breaks)
	waits, err := newer.run(t.Context())
	if waits != nil || err == nil || !strings.Contains(err.Error(), "vold") {
		t.Fatalf("got %+v and %v, want that it names the node", waits, err)
	}
	if err := old.live(t, "old", old.KnownForm(), 0); err != nil {
		t.Errorf("the older node after that: %v", err)
	}
	if err := old.live(t, "old", old.KnownForm(), nodeLife); err != nil { // it has died
		t.Fatal(err)
	}
	if waits, err := newer.run(t.Context()); waits != nil || err != nil {
		t.Errorf("got %+v (%v) when the older node was silent", waits, err)
	}
}

// TestUpgradeOfNewTables makes tables and upgrades them while somebody reads them for longer than the change of a table waits at once.
func TestUpgradeOfNewTables(t *testing.T) {
	t.Parallel()
	url := EmptyDatabase(t)
	if waits, err := upgraderWith(t, url, adds, takes).run(t.Context()); waits != nil || err != nil {
		t.Fatalf("new tables: got %+v (%v)", waits, err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the database goes anyway
	oldest, err := oldestForm(t.Context(), conn)
	if err != nil || oldest != 101 {
		t.Errorf("oldest form: got %d (%v), want 101", oldest, err)
	}
	tx, err := conn.Begin(t.Context())
	if err == nil {
		_, err = tx.Exec(t.Context(), "SELECT count(*) FROM webhook")
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := upgraderWith(t, url, adds, takes, breaks).run(t.Context())
		ended <- err
	}()
	look, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = look.Close(t.Context()) })
	for _, waits := range []bool{true, false, true} { // it gives up, and tries again
		for now := !waits; now != waits; {
			if err := look.QueryRow(t.Context(), "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND relation = 'webhook'::regclass").Scan(&now); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(tx.Commit(t.Context()), <-ended); err != nil {
		t.Errorf("upgrade beside a reader: %v", err)
	}
}

func TestMigrationsSayWhoCanWorkWithThem(t *testing.T) {
	t.Parallel()
	got, err := readSteps(fstest.MapFS{
		"00001_a.sql": {Data: []byte("-- +goose Up\n")}, "00003_c.sql": {Data: []byte("-- Words.\n-- +ropeway oldest 2 later\n-- +goose Up\n")},
		"00002_b.sql": {Data: []byte("-- +ropeway oldest 1\n-- +goose Up\n")},
	})
	if want := []step{{form: 1, oldest: 1}, {form: 2, oldest: 1}, {form: 3, oldest: 2, later: true}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}
