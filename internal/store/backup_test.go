package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/value"
)

// filled opens a store with an active scenario, an execution that is over, one that runs, one that is queued, and a
// payload that waits.
func filled(t *testing.T, dir string) (s *Store, scenario int64) {
	t.Helper()
	s = openIn(t, dir, Options{})
	scenario = saveScenario(t, s)
	if err := s.Activate(t.Context(), scenario, true, time.Time{}); err != nil {
		t.Fatal(err)
	}
	f := ownAll(t, s)[PartitionOf(scenario)].Fence
	if err := runOne(s, f, scenario, value.Text("done"), End{Status: Success}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: scenario, Input: []value.Value{value.Text("runs")}}); err != nil {
		t.Fatal(err)
	}
	for _, in := range []Intake{{Scenario: scenario, Run: true}, {Webhook: 1, Scenario: scenario}} {
		in.Received, in.Input = s.clock.Now(), []value.Value{value.Text("waits")}
		if _, err := s.Accept(t.Context(), []Intake{in}); err != nil {
			t.Fatal(err)
		}
	}
	return s, scenario
}

func TestBackupBesideAServer(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), t.TempDir()
	s, scenario := filled(t, dir)
	file := filepath.Join(target, "ropeway.backup")
	if err := BackupDir(t.Context(), s.clock, dir, file); err != nil {
		t.Fatal(err)
	}
	if err := BackupDir(t.Context(), s.clock, dir, file); !errors.Is(err, os.ErrExist) {
		t.Errorf("onto a file that exists: got error %v, want %v", err, os.ErrExist)
	}
	if left, err := os.ReadDir(target); err != nil || len(left) != 1 {
		t.Errorf("got files %v, error %v; want the backup alone", left, err)
	}
	if _, err := s.Accept(t.Context(), delivery(1)); err != nil {
		t.Errorf("the server after the backup: %v", err)
	}
	if err := BackupDir(t.Context(), s.clock, t.TempDir(), filepath.Join(target, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of an empty directory: got error %v, want %v", err, os.ErrNotExist)
	}
	t.Run("restored", func(t *testing.T) {
		t.Parallel()
		checkRestored(t, file, scenario, s.clock.Now())
	})
	t.Run("resumed", func(t *testing.T) {
		t.Parallel()
		to := filepath.Join(t.TempDir(), "data")
		done, err := RestoreDir(t.Context(), file, to, Restore{Clock: clock.System{}, Resume: true})
		if err != nil || done.SetAside != 0 || len(done.Inactive) != 0 {
			t.Fatalf("got %+v, error %v", done, err)
		}
		again := openIn(t, to, Options{})
		open, err := again.OpenExecutions(t.Context(), PartitionOf(scenario), 0, 10)
		if err != nil || len(open) != 2 {
			t.Errorf("got %d open executions, error %v; want 2", len(open), err)
		}
	})
}

func checkRestored(t *testing.T, file string, scenario int64, at time.Time) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	done, err := RestoreDir(t.Context(), file, to, Restore{Clock: clock.System{}})
	if err != nil || done.SetAside != 2 || !slices.Equal(done.Inactive, []int64{scenario}) || done.Queued != 1 || !done.BackupTime.Equal(at) {
		t.Fatalf("got %+v, error %v; want two executions set aside and scenario %d inactive", done, err, scenario)
	}
	s := openIn(t, to, Options{})
	list, err := s.History(t.Context(), HistoryFilter{Statuses: []Status{Stopped}})
	if err != nil || len(list) != 2 || !strings.Contains(list[0].Summary.ErrorMessage, "2026-03-01T12:00:00Z") {
		t.Errorf("got %+v, error %v; want two stopped executions that name the time of the backup", list, err)
	}
	for _, e := range list {
		j, err := s.Load(t.Context(), e.ID)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := j.Input(t.Context()); err != nil || len(in) != 1 {
			t.Errorf("execution %d: got input %v, error %v; want it kept for a replay", e.ID, in, err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRestoreRefusesToDestroy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := filled(t, dir)
	file := filepath.Join(t.TempDir(), "backup")
	if err := s.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreDir(t.Context(), file, dir, Restore{Clock: clock.System{}, Replace: true}); !errors.Is(err, ErrInUse) {
		t.Errorf("into a directory in use: got error %v, want %v", err, ErrInUse)
	}
	parent := t.TempDir()
	full := filepath.Join(parent, "data")
	if err := os.MkdirAll(full, dirMode); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"old": "old", MasterKeyFile: "key"} {
		if err := os.WriteFile(filepath.Join(full, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := RestoreDir(t.Context(), file, full, Restore{Clock: clock.System{}}); err == nil {
		t.Error("into a directory with something in it: got no error")
	}
	damaged := filepath.Join(parent, "damaged")
	data := readFile(t, file)
	if err := os.WriteFile(damaged, data[:len(data)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := RestoreDir(t.Context(), damaged, full, Restore{Clock: clock.System{}, Replace: true}); err == nil {
		t.Error("of half a backup: got no error")
	}
	if string(readFile(t, filepath.Join(full, "old"))) != "old" {
		t.Error("a refused restore changed the directory")
	}
	done, err := RestoreDir(t.Context(), file, full, Restore{Clock: s.clock, Replace: true})
	if err != nil || done.KeptAs != full+".before-restore-20260301T120000Z" {
		t.Fatalf("got %+v, error %v", done, err)
	}
	if string(readFile(t, filepath.Join(done.KeptAs, "old"))) != "old" || string(readFile(t, filepath.Join(full, MasterKeyFile))) != "key" {
		t.Error("the old directory was not kept, or the key did not move along")
	}
	if left, err := filepath.Glob(filepath.Join(parent, ".ropeway-*")); err != nil || len(left) != 0 {
		t.Errorf("got %v left over, error %v", left, err)
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := Open(t.Context(), dir, Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.SaveConnection(t.Context(), Connection{Name: "Account", App: "customerly"}, func(int64) ([]byte, error) { return []byte("sealed"), nil })
	if err == nil {
		_, err = s.Accept(t.Context(), delivery(1))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil || i.Damage != nil || i.InUse || i.Form != i.KnownForm || i.Queued != 1 || len(i.Sealed) != 1 || i.Sealed[0].ID != c.ID {
		t.Errorf("got %+v, error %v", i, err)
	}
	path := filepath.Join(dir, databaseFile)
	data := readFile(t, path)
	for j := len(data) / 3; j < len(data)/2; j++ {
		data[j] ^= 0x55
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if i, err := Inspect(t.Context(), dir); err != nil || i.Damage == nil {
		t.Errorf("of a damaged database: got %+v, error %v; want the damage", i, err)
	}
	if _, err := Inspect(t.Context(), t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of an empty directory: got error %v, want %v", err, os.ErrNotExist)
	}
}

func TestRestoreSignsEverybodyOut(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	ann, err := s.CreateUser(t.Context(), User{Email: "ann@example.com", Name: "Ann", Password: "a hash"})
	if err == nil {
		_, err = s.CreateToken(t.Context(), Token{User: ann.ID, Name: "cli", Hash: []byte("hash of a token")})
	}
	file, to := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	if err == nil {
		err = s.Backup(t.Context(), file)
	}
	if err == nil {
		_, err = RestoreDir(t.Context(), file, to, Restore{Clock: clock.System{}, Resume: true})
	}
	if err != nil {
		t.Fatal(err)
	}
	again := openIn(t, to, Options{})
	if _, err := again.UserByEmail(t.Context(), "ann@example.com"); err != nil {
		t.Errorf("the user: %v", err)
	}
	if list, err := again.Tokens(t.Context(), ann.ID); err != nil || len(list) != 0 {
		t.Errorf("got %d tokens, error %v; want none", len(list), err)
	}
}
