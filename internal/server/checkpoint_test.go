package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	// watchedBundles is how many bundles the trigger of the long execution finds.
	watchedBundles = 2400
	// safeEvery of them is one whose operation waits for its journal.
	safeEvery = 100
	// crashedAt is the bundle whose result was being written when the first life ended: its call, which may be repeated, is.
	crashedAt = 1700
)

// longModules are a polling trigger, a read that is an idempotent call for some bundles, and an action that fails for others.
type longModules struct {
	bundles int
	watches int   // which the cursor counts
	records int64 // data store, 0 for none
	mu      sync.Mutex
	calls   map[int]int // of the action, by the number of the bundle
}

// Find implements engine.Catalog.
func (l *longModules) Find(name string, _ int) (*module.Module, bool) {
	_, base, _ := strings.Cut(name, ":")
	m := &module.Module{Description: module.Description{App: "test", Name: base, Version: 1, Label: base, Kind: module.Action, Delivery: module.Read}}
	switch base {
	case "Watch":
		m.Kind, m.Transactional, m.Run = module.Trigger, true, l.watch
	case "Call":
		m.DeliveryOf = func(op *module.Operation) module.Delivery {
			if int(op.Input.Get("i").Float())%safeEvery == 0 {
				return module.Idempotent
			}
			return module.Read
		}
		m.Run = l.call
	case "Save":
		m.Transactional, m.Run = true, l.save
	default:
		return nil, false
	}
	return m, true
}

// save adds a record to a data store, whose key must be free.
func (l *longModules) save(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	if j := journalOf(ctx); l.records != 0 {
		j.changes.stage(op.Address, store.RecordChange{
			Kind: store.InsertRecord, Store: l.records, Key: fmt.Sprintf("%d/%s", j.run.ID, value.Render(op.Input.Get("i"))), Data: op.Input,
		})
	}
	return out.Bundle(op.Input)
}

func (l *longModules) watch(_ context.Context, _ *module.Operation, _ *module.Connection, out module.Output) error {
	for i := range l.bundles {
		if err := out.Bundle(value.Collection(value.F("i", value.Int(i+1)))); err != nil {
			return err
		}
	}
	l.watches++
	out.Cursor(value.Int(l.watches))
	return nil
}

func (l *longModules) call(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	i := int(op.Input.Get("i").Float())
	l.mu.Lock()
	l.calls[i]++
	l.mu.Unlock()
	if i%1000 == 7 {
		return errors.New("refused")
	}
	return out.Bundle(op.Input)
}

// crashingJournal fails from a write on, as if the process had ended there, and remembers what it was asked for.
type crashingJournal struct {
	*journal
	writes int // left; less than 0 for any number
	asked  map[string]bool
}

var errCrash = errors.New("crash")

func (j *crashingJournal) Find(ctx context.Context, address string) (runner.Record, bool, error) {
	j.asked[address] = true
	return j.journal.Find(ctx, address)
}

func (j *crashingJournal) Write(ctx context.Context, step runner.Step) error {
	if j.writes == 0 {
		return errCrash
	}
	j.writes--
	return j.journal.Write(ctx, step)
}

// End fails like Write where no write is left.
func (j *crashingJournal) End(ctx context.Context, results []runner.Entry, report *runner.Report) error {
	if j.writes == 0 {
		return errCrash
	}
	return j.journal.End(ctx, results, report)
}

// longExecution is an execution of the store with more operations than lie between two checkpoints.
type longExecution struct {
	store    *store.Store
	plan     *engine.Plan
	modules  *longModules
	scenario int64
	id       int64
	fence    store.Fence
	started  time.Time
}

func newLongExecution(tb testing.TB, bundles int, settings string) *longExecution {
	tb.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, tb.TempDir(), store.Options{Clock: clock.System{}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	source := []byte(`{"name":"long","flow":[{"id":1,"module":"test:Watch","version":1,"mapper":{}},
		{"id":2,"module":"test:Call","version":1,"mapper":{"i":"{{1.i}}"},"onerror":[{"id":3,"module":"builtin:Ignore","version":1,"mapper":null}]},
		{"id":5,"module":"test:Save","version":1,"mapper":{"i":"{{2.i}}"},"filter":{"name":"","conditions":[[{"a":"{{2.i % 10}}","o":"number:equal","b":"0"}]]}},
		{"id":4,"module":"test:Call","version":1,"mapper":{"i":"{{2.i * 10 + 5}}"},"filter":{"name":"","conditions":[[{"a":"{{2.i % 50}}","o":"number:equal","b":"0"}]]}}
		],"metadata":{"version":1,"scenario":{` + settings + `}}}`)
	l := &longExecution{store: s, modules: &longModules{bundles: bundles, calls: map[int]int{}}, started: clock.System{}.Now()}
	bp, err := blueprint.Parse(source)
	if err != nil {
		tb.Fatal(err)
	}
	plan, problems := engine.Compile(bp, directives{l.modules})
	if problems.Invalid() {
		tb.Fatal(problems)
	}
	l.plan = plan
	if l.scenario, _, _, err = s.SaveScenario(ctx, store.SaveScenario{Name: "long", Blueprint: source}); err != nil {
		tb.Fatal(err)
	}
	records, err := s.SaveDataStore(ctx, store.DataStore{Name: "records"})
	if err != nil {
		tb.Fatal(err)
	}
	l.modules.records = records.ID
	leases, err := s.AcquirePartitions(ctx, "here", clock.System{}.Now(), time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	l.fence = leases[store.PartitionOf(l.scenario)].Fence
	l.accept(tb)
	return l
}

// directives adds the modules that the engine acts on to those of the test.
type directives struct{ *longModules }

// Find implements engine.Catalog.
func (d directives) Find(name string, version int) (*module.Module, bool) {
	if name == "builtin:Ignore" {
		return &module.Module{Description: module.Description{App: "builtin", Name: "Ignore", Version: 1, Kind: module.Directive}}, true
	}
	return d.longModules.Find(name, version)
}

// accept records a new execution of the scenario.
func (l *longExecution) accept(tb testing.TB) {
	tb.Helper()
	ctx := context.Background()
	accepted, err := l.store.Accept(ctx, []store.Intake{{Scenario: l.scenario, Version: 1, Received: l.started, Run: true, Origin: store.ByHand}})
	if err != nil {
		tb.Fatal(err)
	}
	l.id = accepted[0].ID
	if _, err := l.store.Append(ctx, accepted[0].Run(l.scenario, l.fence), store.Step{Start: &store.Start{At: l.started, Version: 1}}); err != nil {
		tb.Fatal(err)
	}
}

// live runs the execution from what is recorded of it, for a number of writes; mend may change what is recorded.
func (l *longExecution) live(tb testing.TB, writes int, mend func(*store.Journal)) (*runner.Report, *crashingJournal, error) {
	tb.Helper()
	recorded, err := l.store.Load(context.Background(), l.id)
	if err != nil {
		tb.Fatal(err)
	}
	if mend != nil {
		mend(recorded)
	}
	j := newJournal(l.store, newDataStores(l.store), recorded.Run(l.fence))
	j.recorded = []earlier{{Journal: recorded}}
	c := &crashingJournal{journal: j, writes: writes, asked: map[string]bool{}}
	r := &runner.Runner{Clock: clock.System{}}
	report, err := r.Run(withJournal(context.Background(), j), l.plan, runner.Options{
		Journal: c, Config: engine.Config{ID: "1", Seed: recorded.Execution.Seed, Started: l.started},
	})
	return report, c, err
}

// TestALongExecutionGoesOnFromItsCheckpoint ends an execution behind its first checkpoint. What lies before the checkpoint is not looked
// at again, and the end, the history and the cursor are those of an execution that nothing has ended.
func TestALongExecutionGoesOnFromItsCheckpoint(t *testing.T) {
	t.Parallel()
	for _, settings := range []string{`"autoCommit":true`, `"autoCommit":false`} {
		t.Run(settings, func(t *testing.T) {
			t.Parallel()
			goOnFromCheckpoints(t, newLongExecution(t, watchedBundles, settings))
		})
	}
}

func goOnFromCheckpoints(t *testing.T, l *longExecution) {
	t.Helper()
	whole, _, err := l.live(t, -1, nil)
	if err != nil {
		t.Fatal(err)
	}
	wantCalls := maps.Clone(l.modules.calls)
	wantRows := l.addresses(t)
	for _, c := range []struct {
		name    string
		mend    func(*store.Journal)
		refused bool
	}{
		{"a checkpoint that is whole", nil, false},
		{"a checkpoint that is not", func(j *store.Journal) { j.Checkpoint[len(j.Checkpoint)-1] ^= 1 }, true},
		{"none", func(j *store.Journal) { j.Checkpoint = nil }, true},
	} {
		l.modules.calls = map[int]int{}
		l.accept(t)
		if _, _, err := l.live(t, crashedAt/safeEvery, nil); !errors.Is(err, errCrash) {
			t.Fatalf("%s: the first life ended with %v", c.name, err)
		}
		report, j, err := l.live(t, -1, c.mend)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := j.asked["1/1.500/2"]; got != c.refused {
			t.Errorf("%s: an operation before the checkpoint was looked for: %t, want %t", c.name, got, c.refused)
		}
		if !j.asked["1/1"] || !j.asked["1/1.1700/2"] {
			t.Errorf("%s: the trigger and what lies behind the checkpoint were not looked for", c.name)
		}
		if got, want := outcomeOf(report), outcomeOf(whole); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, want)
		}
		for i := range wantCalls {
			if n := l.modules.calls[i]; n == 0 || i%safeEvery == 0 && n > 1 && i != crashedAt {
				t.Errorf("%s: bundle %d was called for %d times", c.name, i, n)
			}
		}
		if got := l.addresses(t); !slices.Equal(got, wantRows) {
			t.Errorf("%s: %d operations are recorded, want %d", c.name, len(got), len(wantRows))
		}
		if got := l.saved(t); got != watchedBundles/10 {
			t.Errorf("%s: %d records were added, want %d", c.name, got, watchedBundles/10)
		}
		if cursor, err := j.Cursor(context.Background(), 1); err != nil || int(cursor.Float()) != l.modules.watches {
			t.Errorf("%s: the cursor is %s, %v; want %d", c.name, cursor.JSON(), err, l.modules.watches)
		}
	}
}

// outcomeOf is what a report says beside times.
func outcomeOf(r *runner.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v %d cycles, %d operations, %d set aside", r.Status, r.Error, r.Cycles, r.Operations, len(r.Incomplete))
	for _, m := range r.Modules {
		fmt.Fprintf(&b, "\n%d %+v", m.ID, m.Counts)
	}
	return b.String()
}

// saved counts the records that the execution has added.
func (l *longExecution) saved(tb testing.TB) int {
	tb.Helper()
	n := 0
	for r, err := range l.store.EachRecord(context.Background(), l.modules.records) {
		if err != nil {
			tb.Fatal(err)
		}
		if strings.HasPrefix(r.Key, fmt.Sprintf("%d/", l.id)) {
			n++
		}
	}
	return n
}

// addresses lists the recorded operations, each once.
func (l *longExecution) addresses(tb testing.TB) []string {
	tb.Helper()
	j, err := l.store.Load(context.Background(), l.id)
	if err != nil {
		tb.Fatal(err)
	}
	var list []string
	for r, err := range j.Operations(context.Background(), 0) {
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, r.Address)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestPackedCheckpoints(t *testing.T) {
	t.Parallel()
	for _, staged := range [][]string{nil, {"1/1"}, {"1/1", "1/1.2/3", ""}} {
		got, state, ok := unpackCheckpoint(packCheckpoint(staged, []byte("state")))
		if !ok || string(state) != "state" || !slices.Equal(got, staged) {
			t.Errorf("%q: got %q, %q, %t", staged, got, state, ok)
		}
	}
	if packCheckpoint(make([]string, maxStaged+1), nil) != nil || packCheckpoint(make([]string, maxStaged), nil) == nil {
		t.Error("the limit of what is not committed does not hold")
	}
}

func FuzzUnpackCheckpoint(f *testing.F) {
	f.Add(packCheckpoint([]string{"1/1", "1/1.2/3"}, []byte("state")))
	f.Add([]byte{checkpointForm, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		staged, state, ok := unpackCheckpoint(data)
		if !ok {
			return
		}
		again, rest, ok := unpackCheckpoint(packCheckpoint(staged, state))
		if !ok || !slices.Equal(again, staged) || string(rest) != string(state) {
			t.Errorf("%q: got %q, %q back", data, again, rest)
		}
	})
}

// BenchmarkRestart goes on with an execution of 200,000 recorded operations, from its checkpoint and without one.
func BenchmarkRestart(b *testing.B) {
	const recorded = 200_000
	for range b.N {
		var took [2]time.Duration
		for i, mend := range []func(*store.Journal){nil, func(j *store.Journal) { j.Checkpoint = nil }} {
			l := newLongExecution(b, recorded+safeEvery/2, `"autoCommit":false`)
			l.modules.records = 0 // more changes than a checkpoint may have
			if _, _, err := l.live(b, recorded/safeEvery, nil); !errors.Is(err, errCrash) {
				b.Fatal(err)
			}
			begin := time.Now()
			if _, err := l.store.Load(context.Background(), l.id); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(time.Since(begin).Milliseconds()), "load_ms")
			begin = time.Now()
			if _, _, err := l.live(b, -1, mend); err != nil {
				b.Fatal(err)
			}
			took[i] = time.Since(begin)
		}
		b.ReportMetric(float64(took[0].Milliseconds()), "checkpoint_ms")
		b.ReportMetric(float64(took[1].Milliseconds()), "replay_ms")
		b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "times_faster")
	}
}
