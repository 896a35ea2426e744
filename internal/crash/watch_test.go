//go:build linux || darwin

package crash_test

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/store"
)

const (
	watchedLeads = 600
	// watchLife is the longest time that a server lives while it works off what its trigger finds.
	watchLife = 150 * time.Millisecond
	// watchScenario puts each lead into a data store that refuses a key that is there: none may come twice. Its trigger takes part
	// in the cycle, as the data store does.
	watchScenario = `{"name":"watch","flow":[
		{"id":1,"module":"customerly:watchLeads","version":1,"parameters":{"__IMTCONN__":"Main","limit":20},"mapper":{}},
		{"id":2,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"leads"},"mapper":{"key":"{{1.email}}","data":{"name":"{{1.name}}"}}}],
		"metadata":{"version":1,"scenario":{"roundtrips":3,"autoCommit":false}}}`
)

// TestKilledWatch kills the server while a polling trigger works through what there is. Each record must come through once: the cursor
// moves with the records, or not at all.
func TestKilledWatch(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts and kills real processes")
	}
	kills, seed := fromEnvironment(t, killsVariable, shortKills), fromEnvironment(t, seedVariable, uint64(clock.System{}.Now().UnixNano()))
	t.Logf("%d kills; %s=%d repeats their instants", kills, seedVariable, seed)
	in := watching(t)
	random := rand.New(rand.NewPCG(seed, 1))
	for range kills {
		p, err := in.start()
		if err != nil {
			t.Fatal(err)
		}
		if _, open := <-p.address; !open {
			t.Fatalf("the server did not start:\n%s", strings.Join(in.log.errors(), "\n"))
		}
		in.command(t, "scenario", "run-once", "1")
		err = clock.System{}.Sleep(t.Context(), time.Duration(random.Float64()*float64(watchLife)))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
	}
	in.finishWatch(t)
	checkWatch(t, in.data)
}

// watching makes an installation that watches the leads of a sandbox from the first one on.
func watching(t *testing.T) *installation {
	t.Helper()
	box, err := customerly.New(customerly.Options{Leads: watchedLeads, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(box.Handler())
	t.Cleanup(func() {
		service.Close()
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	dir := t.TempDir()
	in := &installation{binary: filepath.Join(dir, "ropeway"), data: filepath.Join(dir, "data"), allow: strings.TrimPrefix(service.URL, "http://")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", in.binary, "../../cmd/ropeway").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	fields, blueprint := filepath.Join(dir, "fields.json"), filepath.Join(dir, "watch.json")
	writeFile(t, fields, `{"apiToken":"`+customerly.DefaultToken+`","apiAddress":"`+service.URL+`/v1"}`)
	writeFile(t, blueprint, watchScenario)
	in.command(t, "datastore", "create", "leads")
	in.command(t, "connection", "add", "Main", "customerly", "--fields", fields)
	in.command(t, "scenario", "import", blueprint, "--start")
	in.command(t, "scenario", "start-from", "1", "all")
	return in
}

// command runs a command on the data directory of the installation.
func (in *installation) command(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), in.binary, append(args, "--data", in.data)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ropeway %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// finishWatch lets the trigger work off what is left, without kills.
func (in *installation) finishWatch(t *testing.T) {
	t.Helper()
	p, err := in.start()
	if err != nil {
		t.Fatal(err)
	}
	if _, open := <-p.address; !open {
		t.Fatal("the server did not start")
	}
	for range watchedLeads/60 + 1 { // three cycles of twenty each
		in.command(t, "scenario", "run-once", "1", "--wait")
	}
	if err := p.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// checkWatch looks for records that are missing, and for executions that did not end well: one would fail at a record that came twice.
func checkWatch(t *testing.T, data string) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, data, store.Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if n, _ := s.DataStoreTotal(1); n != watchedLeads {
		t.Errorf("got %d records, want %d", n, watchedLeads)
	}
	list, err := s.History(ctx, store.HistoryFilter{Limit: store.MaxPage})
	if err != nil || len(list) == 0 {
		t.Fatalf("got %d executions (%v)", len(list), err)
	}
	for _, e := range list {
		if e.Status != store.Success {
			t.Errorf("execution %d: %s: %s", e.ID, e.Status, e.Summary.ErrorMessage)
		}
	}
	for partition := range store.Partitions {
		if open, err := s.OpenExecutions(ctx, partition, 0, 1); err != nil || len(open) > 0 {
			t.Errorf("executions that are not over: %v (%v)", open, err)
		}
	}
}
