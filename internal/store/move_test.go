package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/storetest"
)

// movable is an installation with something of everything in a directory.
type movable struct {
	*storetest.Installation
	clock *clock.Fake
	dir   string
}

func newMovable(t *testing.T) movable {
	t.Helper()
	m := movable{clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), dir: t.TempDir()}
	s, err := store.Open(t.Context(), m.dir, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	m.Installation = storetest.Fill(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m movable) move(from, to string) store.Move {
	return store.Move{From: from, To: to, Clock: m.clock}
}

func moved(t *testing.T, m store.Move) store.Moved {
	t.Helper()
	done, err := store.MoveInstallation(t.Context(), m)
	if err != nil {
		t.Fatalf("move from %s to %s: %v", done.From, done.To, err)
	}
	return done
}

func TestRoundTripOfAnInstallation(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url, back := store.EmptyDatabase(t), filepath.Join(t.TempDir(), "back")
	there := moved(t, m.move(m.dir, url))
	for _, table := range there.Tables {
		if table.From.Rows == 0 {
			t.Errorf("there is nothing in table %s: nothing shows that it moves", table.Name)
		}
	}
	home := moved(t, m.move(url, back))
	for i := range there.Tables {
		if there.Tables[i].From != home.Tables[i].To {
			t.Errorf("table %s: got %+v after the way there and back, want %+v", there.Tables[i].Name, home.Tables[i].To, there.Tables[i].From)
		}
	}
	s, err := store.Open(t.Context(), back, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestMovedToPostgresGoesOn(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	done := moved(t, m.move(m.dir, url))
	if done.Resumed || done.Rows == 0 || !done.Verified() {
		t.Errorf("got %+v, want rows that moved in one go and were compared", done)
	}
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Clock: m.clock, Database: url})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	_, err = store.Open(t.Context(), m.dir, store.Options{Clock: m.clock})
	if !errors.Is(err, store.ErrMoving) {
		t.Errorf("opening what was left: got %v, want %v", err, store.ErrMoving)
	}
	_, err = store.MoveInstallation(t.Context(), m.move(m.dir, store.EmptyDatabase(t)))
	if !errors.Is(err, store.ErrMoving) {
		t.Errorf("moving what was left: got %v, want %v", err, store.ErrMoving)
	}
	if err := store.ReleaseInstallation(t.Context(), m.dir); err != nil {
		t.Fatal(err)
	}
	s, err = store.Open(t.Context(), m.dir, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

var errPulled = errors.New("the plug was pulled")

// TestInterruptedMoveGoesOn ends moves there and back at drawn pages, and begins them again.
func TestInterruptedMoveGoesOn(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	url, back := store.EmptyDatabase(t), t.TempDir()
	for _, way := range []store.Move{m.move(m.dir, url), m.move(url, back)} {
		ends := 0
		for ; ; ends++ {
			again, pages := way, 1+draw.IntN(25)
			store.Interrupt(&again, 2, func(string) error {
				if pages--; pages == 0 {
					return errPulled
				}
				return nil
			})
			done, err := store.MoveInstallation(t.Context(), again)
			if done.Resumed != (ends > 0) {
				t.Errorf("try %d: got resumed %v", ends, done.Resumed)
			}
			if err == nil {
				break
			}
			if !errors.Is(err, errPulled) {
				t.Fatal(err)
			}
			mustNotOpen(t, m, way.To)
		}
		if ends == 0 {
			t.Errorf("the way to %s was not interrupted", way.To)
		}
	}
	s, err := store.Open(t.Context(), back, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// mustNotOpen demands that a place is refused, because it is not whole.
func mustNotOpen(t *testing.T, m movable, place string) {
	t.Helper()
	o := store.Options{Clock: m.clock}
	dir := place
	if store.IsDatabaseURL(place) {
		o.Database, dir = place, t.TempDir()
	}
	s, err := store.Open(context.WithoutCancel(t.Context()), dir, o)
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, store.ErrMoving) || !strings.Contains(err.Error(), "not complete") {
		t.Errorf("opening a database that is not complete: got %v, want %v", err, store.ErrMoving)
	}
}

func refused(t *testing.T, m store.Move, words string) {
	t.Helper()
	_, err := store.MoveInstallation(t.Context(), m)
	var f *fault.Error
	if err == nil || !strings.Contains(err.Error(), words) || !errors.As(err, &f) || f.Hint == "" {
		t.Errorf("got %v, want a refusal with %q and what to do", err, words)
	}
	if err != nil && strings.Contains(err.Error()+f.Hint, "sesame") {
		t.Errorf("a password is told: %v", err)
	}
}

func TestMoveRefusesWhatIsInUse(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.ReadyDatabase(t)
	s, err := store.Open(t.Context(), m.dir, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, m.move(m.dir, url), "Another Ropeway uses this data directory")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s, err = store.Open(t.Context(), t.TempDir(), store.Options{Clock: clock.System{}, Database: url})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, m.move(m.dir, url), "Ropeway is connected to")
	leases, err := s.AcquirePartitions(t.Context(), "a node", time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, m.move(m.dir, url), "A server runs on")
	refused(t, m.move(url, t.TempDir()), "A server runs on")

	s, err = store.Open(t.Context(), t.TempDir(), store.Options{Clock: clock.System{}, Database: url})
	if err != nil {
		t.Fatalf("opening a database after refused moves: %v", err)
	}
	if err := errors.Join(s.ReleasePartitions(t.Context(), leases), s.Close()); err != nil {
		t.Fatal(err)
	}
	moved(t, m.move(m.dir, url))
}

// TestMoveKeepsOthersOut tries to use both databases while a move works on them.
func TestMoveKeepsOthersOut(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url, back := store.EmptyDatabase(t), t.TempDir()
	for _, way := range []store.Move{m.move(m.dir, url), m.move(url, back)} {
		dir := way.From
		if store.IsDatabaseURL(dir) {
			dir = way.To
		}
		tried := false
		store.Interrupt(&way, 0, func(string) error {
			if tried {
				return nil
			}
			tried = true
			for place, o := range map[string]store.Options{dir: {Clock: m.clock}, t.TempDir(): {Clock: m.clock, Database: url}} {
				if s, err := store.Open(t.Context(), place, o); err == nil {
					t.Errorf("%s %s was opened while an installation moves", place, o.Database)
					_ = s.Close()
				}
			}
			refused(t, m.move(t.TempDir(), url), "There is no database")
			refused(t, m.move(url, t.TempDir()), "Another ropeway migrate works on")
			return nil
		})
		moved(t, way)
	}
}

func TestMoveRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	refused(t, m.move(m.dir, t.TempDir()), "or back")
	refused(t, m.move(t.TempDir(), url), "There is no database of Ropeway")
	refused(t, m.move(url, t.TempDir()), "There is no installation in")
	refused(t, m.move(m.dir, "postgres://ann:sesame@127.0.0.1:1/none"), "The database could not be opened")
	refused(t, m.move(m.dir, "postgres://ann:sesame@[/none"), "cannot be read")

	old := newMovable(t)
	store.Damage(t, old.dir, "DELETE FROM goose_db_version WHERE version_id = (SELECT max(version_id) FROM goose_db_version)")
	refused(t, m.move(old.dir, url), "are those of an older version")
	store.Damage(t, old.dir, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	refused(t, m.move(old.dir, url), "are those of a newer version")

	other := newMovable(t)
	moved(t, other.move(other.dir, url))
	refused(t, m.move(m.dir, url), "it is not empty")
	back := m.move(url, m.dir)
	refused(t, back, "it is not empty")
	left := other.move(url, other.dir)
	refused(t, left, "it is not empty")
}

// TestMoveOfWhatChangedMeanwhile changes an installation after its move was interrupted: what has moved is of no use then.
func TestMoveOfWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	cut := m.move(m.dir, url)
	store.Interrupt(&cut, 0, func(table string) error {
		if table == "execution" {
			return errPulled
		}
		return nil
	})
	if _, err := store.MoveInstallation(t.Context(), cut); !errors.Is(err, errPulled) {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), m.dir, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatalf("opening the source of an interrupted move: %v", err)
	}
	err = s.Audit(t.Context(), store.AuditEntry{Actor: "ann", Action: "changed"})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	refused(t, m.move(m.dir, url), "as it was before something ran on it")
	again := m.move(m.dir, url)
	again.Again = true
	if done := moved(t, again); done.Resumed {
		t.Error("a move that begins anew says that it goes on")
	}
}

// TestMoveMendsTexts moves what SQLite keeps and PostgreSQL does not.
func TestMoveMendsTexts(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	store.Damage(t, m.dir, "UPDATE scenario SET name = 'a' || char(0) || 'b', invalid = CAST(x'ff41' AS TEXT)")
	store.Damage(t, m.dir, "UPDATE record SET key = 'z' || char(0) WHERE key = 'zebra'")
	refused(t, m.move(m.dir, url), `the row of table record with store 1, key "z\x00"`)
	repaired := m.move(m.dir, url)
	repaired.Repair = true
	done := moved(t, repaired)
	for _, table := range done.Tables {
		if want := map[string]int64{"scenario": 2, "record": 1}[table.Name]; table.Mended != want {
			t.Errorf("table %s: got %d texts mended, want %d", table.Name, table.Mended, want)
		}
	}
}

// TestDifferenceIsFound changes what has moved before it is compared.
func TestDifferenceIsFound(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	back := t.TempDir()
	url := store.EmptyDatabase(t)
	moved(t, m.move(m.dir, url))
	cut := m.move(url, back)
	store.Interrupt(&cut, 0, func(table string) error {
		if table == "statistic" {
			return errPulled
		}
		return nil
	})
	if _, err := store.MoveInstallation(t.Context(), cut); !errors.Is(err, errPulled) {
		t.Fatal(err)
	}
	store.Damage(t, back, "UPDATE op SET data = data || x'00' WHERE id = (SELECT max(id) FROM op)")
	done, err := store.MoveInstallation(t.Context(), m.move(url, back))
	if !errors.Is(err, store.ErrDiffers) || !done.Resumed {
		t.Errorf("got %v (resumed: %v), want %v", err, done.Resumed, store.ErrDiffers)
	}
	for _, table := range done.Tables {
		if table.Same() != (table.Name != "op") {
			t.Errorf("table %s: got the same: %v", table.Name, table.Same())
		}
	}
	mustNotOpen(t, m, back)
	again := m.move(url, back)
	again.Again = true
	moved(t, again)
}

// TestMoveInAProcessOfItsOwn is no test by itself: TestKilledMoveGoesOn runs and kills it.
func TestMoveInAProcessOfItsOwn(t *testing.T) {
	t.Parallel()
	from, to := os.Getenv("ROPEWAY_TEST_MOVE_FROM"), os.Getenv("ROPEWAY_TEST_MOVE_TO")
	if from == "" {
		t.Skip("runs as a process of its own")
	}
	m := store.Move{From: from, To: to, Clock: clock.System{}, Progress: func(store.MoveProgress) { fmt.Println("page") }}
	store.Interrupt(&m, 2, func(string) error { return nil })
	moved(t, m)
	fmt.Println("whole")
}

// TestKilledMoveGoesOn kills the process of a move with SIGKILL after drawn numbers of pages.
func TestKilledMoveGoesOn(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	kills := 0
	for whole := false; !whole; {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMoveInAProcessOfItsOwn$")
		cmd.Env = append(os.Environ(), "ROPEWAY_TEST_MOVE_FROM="+m.dir, "ROPEWAY_TEST_MOVE_TO="+url)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		pages := 5 + rand.IntN(30)
		var said []string
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = append(said, lines.Text())
			if whole = lines.Text() == "whole"; whole {
				break
			}
			if pages--; pages == 0 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				kills++
			}
		}
		_, _ = io.Copy(io.Discard, out) // what it says at its end
		if err := cmd.Wait(); err != nil && pages > 0 {
			t.Fatalf("the move ended by itself: %v: %s", err, said)
		}
	}
	if kills == 0 {
		t.Error("nothing was killed")
	}
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Clock: m.clock, Database: url})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestOldTextsMove moves words from before they named the team of their execution: from then on they do.
func TestOldTextsMove(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url := store.EmptyDatabase(t)
	store.Damage(t, m.dir, "DELETE FROM execution_text")
	store.Damage(t, m.dir, "INSERT INTO execution_text (rowid, body) SELECT max(id), 'an old herring' FROM execution WHERE status >= 2")
	store.Damage(t, m.dir, "UPDATE text_team SET since = 1000000")
	moved(t, m.move(m.dir, url))
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Clock: m.clock, Database: url})
	if err != nil {
		t.Fatal(err)
	}
	for team, want := range map[int64]int{store.FirstTeam: 1, 99: 0} {
		found, err := s.History(t.Context(), store.HistoryFilter{Text: "herring", Teams: []int64{team}})
		if err != nil || len(found) != want {
			t.Errorf("team %d finds %d executions, error %v; want %d", team, len(found), err, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMoveInterruptedAtItsEnd ends moves when the source is given up and the target not usable yet: none of them is then, and the same
// command ends it.
func TestMoveInterruptedAtItsEnd(t *testing.T) {
	t.Parallel()
	m := newMovable(t)
	url, back := store.EmptyDatabase(t), t.TempDir()
	for _, way := range []store.Move{m.move(m.dir, url), m.move(url, back)} {
		cut := way
		store.Interrupt(&cut, 0, func(table string) error {
			if table == "" {
				return errPulled
			}
			return nil
		})
		if _, err := store.MoveInstallation(t.Context(), cut); !errors.Is(err, errPulled) {
			t.Fatal(err)
		}
		mustNotOpen(t, m, way.To)
		for place, o := range map[string]store.Options{m.dir: {Clock: m.clock}, t.TempDir(): {Clock: m.clock, Database: url}} {
			if s, err := store.Open(t.Context(), place, o); !errors.Is(err, store.ErrMoving) {
				t.Errorf("got %v, want %v", err, store.ErrMoving)
				_ = s.Close()
			}
		}
		if done := moved(t, way); !done.Resumed || done.Rows != 0 {
			t.Errorf("got %+v, want the end of the move alone", done)
		}
	}
	s, err := store.Open(t.Context(), back, store.Options{Clock: m.clock})
	if err != nil {
		t.Fatal(err)
	}
	m.GoesOn(t, s, m.clock)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
