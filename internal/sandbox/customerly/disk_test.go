package customerly

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// state is everything of a sandbox that has to survive.
func state(s *Server) string {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	var lines bytes.Buffer
	if err := s.store.writeRecords(&lines); err != nil {
		return err.Error()
	}
	return lines.String()
}

// writeSome makes one of every kind of change.
func writeSome(t *testing.T, s *Server) {
	t.Helper()
	for _, step := range []string{
		adaUser, bobLead, aBook, anEntry,
		`POST /v1/users {"users":[{"email":"bob@x.example","user_id":"9","attributes":{"html":"<é>"}},{"email":"gone@x.example","tags":["dead"]}]}`,
		`POST /v1/tags {"tag":"fresh","users":[{"user_id":7}]}`,
		`DELETE /v1/tags {"tag":"dead"}`,
		`DELETE /v1/users?email=gone@x.example`,
		`POST /v1/users/add-to-company {"user_id":7,"company_id":"c","company_name":"C","company_attributes":{"a":1}}`,
		`POST /v1/messages {"from":{"type":"admin","id":1},"to":{"type":"user","id":7},"content":"hello","attachments":[{"a":1}]}`,
		`POST /v1/knowledge/collections {"title":"Second"}`,
		`DELETE /v1/knowledge/collections/2`,
		`POST /v1/knowledge/articles/1 {"status":"published"}`,
	} {
		method, rest, _ := strings.Cut(step, " ")
		address, body, _ := strings.Cut(rest, " ")
		must(t, s, method+" "+address, body)
	}
	if _, err := s.AddWebhook("http://127.0.0.1:1/hook", "user.created"); err != nil {
		t.Fatalf("AddWebhook: %v", err)
	}
}

func TestDataSurvivesAnOrderlyEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir, Contacts: 25})
	writeSome(t, s)
	want := state(s)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	again := newSandbox(t, Options{DataDir: dir, Contacts: 99})
	if got := state(again); got != want {
		t.Errorf("after a restart (-want +got):\n%s", cmp.Diff(want, got))
	}
	if got := send(t, s, "POST /v1/users", `{"users":[{"email":"late@x.example"}]}`).Code; got != 500 {
		t.Errorf("write after Close: got %d, want 500", got)
	}
}

// copyDisk is what kill -9 leaves: the files as they are.
func copyDisk(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{snapshotName, journalName} {
		content, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatalf("read %s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join(to, name), content, 0o600); err != nil {
			t.Fatalf("write %s: %v", name, err)
		}
	}
	return to
}

func TestDataSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir, Contacts: 25})
	writeSome(t, s)
	killed := newSandbox(t, Options{DataDir: copyDisk(t, dir)})
	if want, got := state(s), state(killed); got != want {
		t.Errorf("after kill (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func TestOldJournalBesideNewSnapshotDoesNoHarm(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir, Contacts: 5})
	writeSome(t, s)
	crashed := copyDisk(t, dir)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	snapshot, err := os.ReadFile(filepath.Join(dir, snapshotName))
	if err != nil {
		t.Fatalf("read snapshot: %v", err)
	}
	if err := os.WriteFile(filepath.Join(crashed, snapshotName), snapshot, 0o600); err != nil {
		t.Fatalf("write snapshot: %v", err)
	}
	if want, got := string(snapshot), state(newSandbox(t, Options{DataDir: crashed})); got != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}

// TestJournalCutAnywhere cuts the journal at every byte of its last two lines: whole lines stay, a torn one is dropped.
func TestJournalCutAnywhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir})
	must(t, s, "POST /v1/users", `{"users":[{"email":"a@x.example"}]}`)
	must(t, s, "POST /v1/users", `{"users":[{"email":"b@x.example"}]}`)
	journal, err := os.ReadFile(filepath.Join(dir, journalName))
	if err != nil {
		t.Fatalf("read journal: %v", err)
	}
	for cut := range len(journal) + 1 {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, journalName), journal[:cut], 0o600); err != nil {
			t.Fatalf("write journal: %v", err)
		}
		var log bytes.Buffer
		store := newStore(Options{}.withDefaults())
		lines, err := store.load(filepath.Join(torn, journalName), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		whole := bytes.Count(journal[:cut], []byte("\n"))
		if lines != whole || len(store.byEmail) != whole {
			t.Fatalf("cut at %d: got %d lines and %d contacts, want %d", cut, lines, len(store.byEmail), whole)
		}
		clean := cut == 0 || journal[cut-1] == '\n'
		if clean == strings.Contains(log.String(), "unfinished") {
			t.Fatalf("cut at %d: got log %q", cut, log.String())
		}
	}
}

func TestWritesGoOnAfterATornLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, journalName), []byte(`{"op":"tag","tag":"kept"}`+"\n"+`{"op":"tag","ta`), 0o600); err != nil {
		t.Fatalf("write journal: %v", err)
	}
	s := newSandbox(t, Options{DataDir: dir})
	must(t, s, "POST /v1/tags", `{"tag":"new"}`)
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if got, want := newSandbox(t, Options{DataDir: dir}).Tags(), []string{"kept", "new"}; !slices.Equal(got, want) {
		t.Errorf("got tags %q, want %q", got, want)
	}
}

func TestCorruptLinesAreNamed(t *testing.T) {
	t.Parallel()
	const good = `{"op":"tag","tag":"x"}` + "\n"
	for _, c := range []struct{ name, file, content, want string }{
		{"middle", journalName, good + "{garbage}\n" + good, "journal.jsonl:2: not a record"},
		{"whole last line", journalName, good + "{\"op\":\n", "journal.jsonl:2: not a record"},
		{"unknown operation", journalName, `{"op":"dance"}` + "\n" + good, `journal.jsonl:1: unknown or incomplete record "dance"`},
		{"unknown member", journalName, `{"op":"tag","tga":"x"}` + "\n" + good, "journal.jsonl:1:"},
		{"two records", journalName, `{"op":"tag","tag":"x"}{}` + "\n", "more than one record"},
		{"contact without address", journalName, `{"op":"contact","contact":{"id":1,"first_seen":0,"last_activity":0,"last_update":0}}` + "\n", "without id or e-mail"},
		{"cut snapshot", snapshotName, good + `{"op":"ta`, "snapshot.jsonl:2: not a record"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, c.file)
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatalf("write: %v", err)
			}
			_, err := New(Options{DataDir: dir})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q in it", err, c.want)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != c.content {
				t.Errorf("the damaged file was changed: %q, %v", after, err)
			}
		})
	}
}

func TestFailedDiskRefusesWrites(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{})
	file, err := os.Create(filepath.Join(t.TempDir(), "journal"))
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	if err := file.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	s.store.journal = startJournal(file)
	for range 2 {
		if got := send(t, s, "POST /v1/tags", `{"tag":"x"}`); got.Code != 500 || !strings.Contains(got.Body.String(), "could not be stored") {
			t.Errorf("got %d %s, want 500", got.Code, got.Body)
		}
	}
	if err := s.store.journal.stop(); err == nil {
		t.Error("stop: got no error, want that of the disk")
	}
	s.store.journal = nil
}

func TestClosedSandboxCannotBeReset(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir, Users: 3})
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	before, err := os.ReadFile(filepath.Join(dir, snapshotName))
	if err != nil {
		t.Fatalf("read snapshot: %v", err)
	}
	if w := send(t, s, "POST /admin/reset", ""); w.Code != 500 {
		t.Errorf("got %d %s, want 500", w.Code, w.Body)
	}
	if after, err := os.ReadFile(filepath.Join(dir, snapshotName)); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the snapshot of a closed sandbox changed, %v", err)
	}
}

func TestResetIsDurable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSandbox(t, Options{DataDir: dir, Users: 3})
	fresh := state(s)
	writeSome(t, s)
	if err := s.Reset(); err != nil {
		t.Fatalf("Reset: %v", err)
	}
	if got := state(s); got != fresh {
		t.Errorf("after reset (-want +got):\n%s", cmp.Diff(fresh, got))
	}
	if got := state(newSandbox(t, Options{DataDir: copyDisk(t, dir)})); got != fresh {
		t.Errorf("after reset and kill (-want +got):\n%s", cmp.Diff(fresh, got))
	}
}
