package store

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// keepForm writes testdata/<name>.db.gz in the present form of the database. Run it once with each release that adds
// a migration, and never again for that release.
var keepForm = flag.String("keep-form", "", "name of a database file to keep in testdata, for example v2")

// TestReleasedForms opens a database of every form that was ever released.
func TestReleasedForms(t *testing.T) {
	t.Parallel()
	if *keepForm != "" {
		writeForm(t, filepath.Join("testdata", *keepForm+".db.gz"))
	}
	files, err := filepath.Glob("testdata/v*.db.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %d files, error %v; want one for each form", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, databaseFile), unzip(t, file), 0o600); err != nil {
				t.Fatal(err)
			}
			s := openIn(t, dir, Options{})
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("check: %v", err)
			}
			checkForm(t, s)
		})
	}
}

func unzip(t *testing.T, file string) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(readFile(t, file)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// writeForm fills a database with something of every kind. What it writes, checkForm expects of all forms.
func writeForm(t *testing.T, file string) {
	t.Helper()
	s := openIn(t, t.TempDir(), Options{})
	ctx, now := t.Context(), s.clock.Now()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, _, _, err := s.SaveScenario(ctx, SaveScenario{Name: "Old", Schedule: `{"type":"immediately"}`, Blueprint: []byte(`{"flow":[]}`), Author: "ann"})
	must(err)
	must(s.Activate(ctx, id, true, now.Add(time.Hour)))
	_, err = s.SaveWebhook(ctx, Webhook{Name: "Orders", Scenario: id, TokenHash: []byte("hash"), Settings: `{}`})
	must(err)
	_, err = s.SaveConnection(ctx, Connection{Name: "Account", App: "customerly"}, func(int64) ([]byte, error) { return []byte("sealed"), nil })
	must(err)
	ds, err := s.SaveDataStore(ctx, DataStore{Name: "Contacts"})
	must(err)
	_, err = s.Accept(ctx, delivery(5))
	must(err)
	run, err := s.StartExecution(ctx, ownAll(t, s)[PartitionOf(id)].Fence, NewExecution{Scenario: id, Input: []value.Value{value.Text("input")}})
	must(err)
	_, err = s.Append(ctx, run, Step{
		Operations: []Operation{{Address: "1", InputHash: 42, Bundles: List{value.Text("result"), value.Buffer(noise(3_000), "binary")}}},
		Cycle: &Cycle{
			CycleEnd: CycleEnd{Number: 1, At: now}, Records: []RecordChange{{Store: ds.ID, Kind: PutRecord, Key: "ann", Data: value.Int(1)}},
			Cursors: []Cursor{{Module: 1, Data: []byte("cursor")}},
		},
		End: &End{Status: Warning, At: now, Text: "findme", Incomplete: []NewIncomplete{{Module: 2, Address: "2/1", Reason: fault.New(fault.Data, "Bad."), Data: value.Text("kept")}}},
	})
	must(err)
	must(s.Audit(ctx, AuditEntry{Actor: "ann", Action: "scenario.save"}))
	path := filepath.Join(t.TempDir(), "copy.db")
	must(s.Backup(ctx, path))
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(readFile(t, path))
	must(err)
	must(w.Close())
	must(os.WriteFile(file, packed.Bytes(), 0o600))
}

func checkForm(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	list, err := s.Scenarios(ctx, Listing{Limit: 10})
	if err != nil || len(list) != 1 || !list[0].Active || list[0].Name != "Old" {
		t.Fatalf("got scenarios %+v, error %v; want an active one", list, err)
	}
	if v, err := s.ScenarioVersion(ctx, list[0].ID, 0); err != nil || string(v.Blueprint) != `{"flow":[]}` {
		t.Errorf("got blueprint %s, error %v", v.Blueprint, err)
	}
	if w, err := s.WebhookByToken(ctx, []byte("hash")); err != nil || w.Scenario != list[0].ID {
		t.Errorf("got webhook %+v, error %v", w, err)
	}
	if c, err := s.Connection(ctx, 1); err != nil || string(c.Sealed) != "sealed" {
		t.Errorf("got connection %+v, error %v", c, err)
	}
	if r, found, err := s.Record(ctx, 1, "ann"); err != nil || !found || r.Data.Float() != 1 {
		t.Errorf("got record %+v, found %v, error %v", r, found, err)
	}
	if c, err := s.TriggerCursor(ctx, list[0].ID, 1); err != nil || string(c) != "cursor" {
		t.Errorf("got cursor %s, error %v", c, err)
	}
	items, err := s.Queue(ctx, 1, 0, 10)
	if err != nil || len(items) != 1 {
		t.Fatalf("got items %v, error %v", items, err)
	}
	if in, err := s.ItemInput(ctx, items[0].ID); err != nil || len(in) != 1 || in[0].Float() != 5 {
		t.Errorf("got input %v, error %v", in, err)
	}
	found, err := s.History(ctx, HistoryFilter{Text: "findme"})
	if err != nil || len(found) != 1 || found[0].Status != Warning {
		t.Fatalf("got history %+v, error %v", found, err)
	}
	j, err := s.Load(ctx, found[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	r, ok, err := j.Find(ctx, "1")
	if err != nil || !ok || r.InputHash != 42 || r.Bundles.Len() != 2 {
		t.Fatalf("got result %+v, found %v, error %v", r, ok, err)
	}
	if v, err := r.Bundles.At(1); err != nil || !bytes.Equal(v.Bytes(), noise(3_000)) {
		t.Errorf("got a bundle of %d bytes, error %v", len(v.Bytes()), err)
	}
	if i, err := s.Incomplete(ctx, 1); err != nil || i.Data.Str() != "kept" || i.Reason.Message != "Bad." {
		t.Errorf("got incomplete %+v, error %v", i, err)
	}
}

func TestNewerFormIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := openConn(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := migrate(t.Context(), filepath.Join(dir, databaseFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), dir, Options{}); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("got store %v, error %v; want %s", s, err, fault.InvalidConfiguration)
	}
}
