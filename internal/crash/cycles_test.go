//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
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
	queuedPayloads = 300
	// queueScenario does the same with what waits in the queue of its webhook.
	queueScenario = `{"name":"queue","flow":[
		{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1,"maxResults":10},"mapper":{}},
		{"id":2,"module":"datastore:AddRecord","version":1,"parameters":{"datastore":"leads"},"mapper":{"key":"{{1.n}}","data":{"n":"{{1.n}}"}}}],
		"metadata":{"version":1,"scenario":{"roundtrips":3,"autoCommit":false}}}`
	queueToken = "crash-queue-0123456789abcdefghijklmnop"
)

// TestKilledWatch kills the server while a polling trigger works through what there is. Each record must come through once: the cursor
// moves with the records, or not at all.
func TestKilledWatch(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	in := watching(t)
	in.killWhileItWorks(t, kills, seed)
	in.finish(t, watchedLeads/60+1) // three cycles of twenty each
	checkRecords(t, in.data, watchedLeads)
}

// TestKilledQueue kills the server while a scenario on a schedule works the queue of its webhook off. A payload leaves the queue
// with the commit of the cycle that has worked on it, or not at all.
func TestKilledQueue(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	in := queueing(t)
	in.killWhileItWorks(t, kills, seed)
	in.finish(t, queuedPayloads/30+1)
	checkRecords(t, in.data, queuedPayloads)
}

// killWhileItWorks starts the server and an execution, and kills the server at a random instant.
func (in *installation) killWhileItWorks(t *testing.T, kills, seed uint64) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	for range kills {
		p, _ := in.serve(t)
		in.command(t, "scenario", "run-once", "1")
		if err := (clock.System{}).Sleep(t.Context(), time.Duration(random.Float64()*float64(watchLife))); err != nil {
			t.Fatal(err)
		}
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
	}
}

// serve starts the server and returns it with its address.
func (in *installation) serve(tb testing.TB) (*process, string) {
	tb.Helper()
	p, err := in.start()
	if err != nil {
		tb.Fatal(err)
	}
	address, listens := <-p.address
	if !listens {
		tb.Fatalf("the server did not start:\n%s", strings.Join(in.log.errors(), "\n"))
	}
	return p, address
}

// queueing makes an installation with payloads in the queue of a scenario that is not due.
func queueing(t *testing.T) *installation {
	t.Helper()
	in := build(t, "127.0.0.1:1")
	in.command(t, "datastore", "create", "leads")
	blueprint, settings := filepath.Join(t.TempDir(), "queue.json"), filepath.Join(t.TempDir(), "webhook.json")
	writeFile(t, blueprint, queueScenario)
	writeFile(t, settings, `{"rate":{"limit":1000000,"seconds":1}}`)
	cmd := exec.CommandContext(t.Context(), in.binary, "scenario", "import", blueprint, "--start", "--schedule", `{"type":"indefinitely","interval":86400}`,
		"--webhook-settings", settings, "--data", in.data)
	cmd.Env = append(os.Environ(), "ROPEWAY_HOOK_TOKEN="+queueToken)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("import: %v\n%s", err, out)
	}
	p, address := in.serve(t)
	for n := range queuedPayloads {
		resp, err := http.Post(address+"/hook/"+queueToken, "application/json", strings.NewReader(fmt.Sprintf(`{"n":"%d"}`, n)))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("payload %d: got %s", n, resp.Status)
		}
	}
	if err := p.kill(); err != nil {
		t.Fatal(err)
	}
	return in
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
	in := build(t, strings.TrimPrefix(service.URL, "http://"))
	in.command(t, "datastore", "create", "leads")
	dir := t.TempDir()
	fields, blueprint := filepath.Join(dir, "fields.json"), filepath.Join(dir, "watch.json")
	writeFile(t, fields, `{"apiToken":"`+customerly.DefaultToken+`","apiAddress":"`+service.URL+`/v1"}`)
	writeFile(t, blueprint, watchScenario)
	in.command(t, "connection", "add", "Main", "customerly", "--fields", fields)
	in.command(t, "scenario", "import", blueprint, "--start")
	in.command(t, "scenario", "start-from", "1", "all")
	return in
}

// command runs a command on the data directory of the installation.
func (in *installation) command(tb testing.TB, args ...string) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), in.binary, append(args, "--data", in.data)...)
	cmd.Env = in.environment()
	out, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("ropeway %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// finish lets so many executions work off what is left, without kills.
func (in *installation) finish(t *testing.T, executions int) {
	t.Helper()
	p, _ := in.serve(t)
	for range executions {
		in.command(t, "scenario", "run-once", "1", "--wait")
	}
	if err := p.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// checkRecords looks for records that are missing, and for executions that did not end well: one would fail at a record that came
// twice.
func checkRecords(t *testing.T, data string, want int64) {
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
	if n, _ := s.DataStoreTotal(1); n != want {
		t.Errorf("got %d records, want %d", n, want)
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
