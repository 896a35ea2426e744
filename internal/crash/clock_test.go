//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

const (
	// missedRuns is how many runs of each scenario on a schedule are missed when the server starts.
	missedRuns = 40
	// missedKills is how many kills there are for each pair of such scenarios.
	missedKills = 10
	runInterval = time.Minute
	// dueAfter is how long after its start a server begins to look for what is due, and dueLife how long it lives beyond that at most.
	dueAfter = 450 * time.Millisecond
	dueLife  = 500 * time.Millisecond
)

// missed is a scenario on a schedule whose runs were missed.
type missed struct {
	id      int64
	name    string
	catchUp string
	first   time.Time // planned run
}

// TestKilledSchedule kills a server while it makes up for runs that were missed. Each planned time must have its execution, once, with
// each call of it, and no execution begins before the one before has ended.
func TestKilledSchedule(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	random := rand.New(rand.NewPCG(seed, 2))
	list := scheduled(int(kills+missedKills-1) / missedKills)
	u := newUpstream(t, list)
	in := install(t.Context(), t, u, nil)
	var all []missed
	for n := range kills {
		if n%missedKills == 0 {
			all = append(all, in.missRuns(t, u, list[len(all):len(all)+2])...)
		}
		p, _ := in.serve(t)
		if err := (clock.System{}).Sleep(t.Context(), dueAfter+time.Duration(random.Float64()*float64(dueLife))); err != nil {
			t.Fatal(err)
		}
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
		if err := u.nextRun(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for left := true; left; left = in.runsLeft(t, all) { // one that became due in this moment may be left by the stop
		p, _ := in.serve(t)
		if err := newLoad(list, u, nil).waitUntilQuiet(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	checkRuns(t, in, u, all)
}

// runsLeft reports whether some executions are not over.
func (in *installation) runsLeft(t *testing.T, all []missed) bool {
	t.Helper()
	s := in.open(t)
	defer closeStore(t, s)
	for _, m := range all {
		if open, err := s.HasOpen(t.Context(), m.id); open || err != nil {
			t.Logf("scenario %s has executions that are not over (%v)", m.name, err)
			return err == nil
		}
	}
	return false
}

// scheduled returns pairs of scenarios that run on a schedule: one that makes up for all the runs it missed, and one that makes up for
// the last.
func scheduled(pairs int) []scenario {
	var list []scenario
	for n := range 2 * pairs {
		name := []string{"all", "once"}[n%2] + strconv.Itoa(n/2)
		list = append(list, scenario{
			name: name, ordered: true, calls: []call{{"PUT", "first EVENT", 200}, {"PUT", "second EVENT", 200}},
			nodes: []string{
				send(1, "put", "UP/"+name+"/{{executionId}}/0", "first {{executionId}}"),
				send(2, "put", "UP/"+name+"/{{executionId}}/1", "second {{executionId}}"),
			},
		})
	}
	return list
}

// missRuns adds scenarios to the data directory that should have run while no server did.
func (in *installation) missRuns(t *testing.T, u *upstream, list []scenario) []missed {
	t.Helper()
	s := in.open(t)
	defer closeStore(t, s)
	first := clock.System{}.Now().Add(-(missedRuns - 1) * runInterval).Truncate(runInterval)
	var all []missed
	for i := range list {
		m := missed{name: list[i].name, catchUp: []string{"all", "once"}[i], first: first}
		var err error
		m.id, _, _, err = s.SaveScenario(t.Context(), store.SaveScenario{
			Name: m.name, Schedule: fmt.Sprintf(`{"type":"indefinitely","interval":%d}`, int(runInterval.Seconds())),
			Settings: `{"catchUp":"` + m.catchUp + `"}`, Blueprint: []byte(list[i].flow(u.server.URL)),
		})
		if err == nil {
			err = s.Activate(t.Context(), m.id, true, first)
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// open opens the data directory, which no server may have open.
func (in *installation) open(tb testing.TB) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), in.data, store.Options{Clock: clock.System{}})
	if err != nil {
		tb.Fatalf("open the data directory: %v", err)
	}
	return s
}

func closeStore(tb testing.TB, s *store.Store) {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Errorf("close the data directory: %v", err)
	}
}

// checkRuns compares planned times, executions and calls.
func checkRuns(t *testing.T, in *installation, u *upstream, all []missed) {
	t.Helper()
	f := newFindings(t)
	for key, effects := range u.effects {
		f.checkEffects(u.scenarios[key.scenario], key, effects)
	}
	s := in.open(t)
	defer closeStore(t, s)
	if err := s.Check(t.Context()); err != nil {
		f.errorf("the data directory is damaged: %v", err)
	}
	for _, m := range all {
		f.checkRunsOf(s, u, m)
	}
	f.checkOrder(u)
	total, repeats := 0, 0
	for _, list := range f.order {
		total += len(list)
	}
	for _, n := range f.repeats {
		repeats += n
	}
	t.Logf("%d executions of %d scenarios, %d recorded results, %d calls repeated", total, len(all), f.results, repeats)
	if total != len(u.effects) {
		f.errorf("the upstream was called for %d executions, history has %d", len(u.effects), total)
	}
	for _, problem := range append(f.problems, append(u.strange, in.log.errors()...)...) {
		t.Error(problem)
	}
}

// checkRunsOf looks at the executions of one scenario. It was due first at m.first, and will be next at what the store says: where it makes
// up for all, each planned time between has one.
func (f *findings) checkRunsOf(s *store.Store, u *upstream, m missed) {
	f.t.Helper()
	ctx := f.t.Context()
	c, err := s.Scenario(ctx, m.id)
	if err != nil {
		f.t.Fatal(err)
	}
	if open, err := s.HasOpen(ctx, m.id); open || err != nil {
		f.errorf("scenario %s has executions that are not over (%v)", m.name, err)
	}
	list, err := s.History(ctx, store.HistoryFilter{Scenario: m.id, Limit: store.MaxPage})
	if err != nil {
		f.t.Fatal(err)
	}
	times := int(c.Due.Sub(m.first) / runInterval)
	least, most := times, times
	if m.catchUp == "once" { // one for all that were missed, then one a minute at most
		least, most = 1, times-missedRuns+1
	}
	if len(list) < least || len(list) > most || !c.Active {
		f.errorf("scenario %s: got %d executions (active %v), want %d to %d", m.name, len(list), c.Active, least, most)
	}
	for i := range list {
		key := eventKey{m.name, strconv.FormatInt(list[i].ID, 10)}
		f.order[m.name] = append(f.order[m.name], place{list[i].ID, key})
		journal, err := s.Load(ctx, list[i].ID)
		if err != nil {
			f.t.Fatal(err)
		}
		recorded := f.checkResults(ctx, journal, u.scenarios[m.name], key, u.effects[key])
		if list[i].Status != store.Success || recorded[0] != 1 || recorded[1] != 1 {
			f.errorf("execution %d of %s: got status %s with results of %v, want a success with one of each call", list[i].ID, m.name, list[i].Status, recorded)
		}
	}
}
