//go:build linux || darwin

package crash_test

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// mostAtOnce is how many executions a server runs at the same time: what can be in flight when it is killed.
const mostAtOnce = 256

// findings is what the checker counts while it looks for broken promises.
type findings struct {
	t                 *testing.T
	repeats           map[int]int // calls that were made again, by the process that did so
	executions, aside int
	results           int // recorded
	statuses          map[store.Status]int
	retries, broken   int           // executions that retried a bundle or ran another one again, and what was set aside for it
	reruns            map[int64]int // executions that were run again, and how often; history shows the later ones first
	problems          []string      // broken promises
	order             map[string][]place
	records           map[string]bool // keys that the data store must hold
}

// place is an event in the order of arrival.
type place struct {
	execution int64
	key       eventKey
}

func newFindings(t *testing.T) *findings {
	t.Helper()
	return &findings{t: t, repeats: map[int]int{}, statuses: map[store.Status]int{}, reruns: map[int64]int{}, order: map[string][]place{}, records: map[string]bool{}}
}

func (f *findings) errorf(format string, args ...any) {
	f.problems = append(f.problems, fmt.Sprintf(format, args...))
}

// check compares what was acknowledged, what the upstream saw, and the history in the data directory.
//
// History is read through package store and not through the command, which opens the data directory anew for each of
// thousands of executions. What the upstream saw is compared without it first, so that a mistake of the store cannot hide one.
func check(ctx context.Context, t *testing.T, in *installation, l *load, u *upstream) *findings {
	t.Helper()
	f := newFindings(t)
	for key, effects := range u.effects {
		f.checkEffects(u.scenarios[key.scenario], key, effects)
	}
	for run, n := range f.repeats {
		if n > mostAtOnce {
			f.errorf("process %d repeated %d calls; at most %d were in flight", run, n, mostAtOnce)
		}
	}
	s, err := store.Open(ctx, in.data, store.Options{Clock: clock.System{}, Database: in.database})
	if err != nil {
		t.Fatalf("open the data directory: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the data directory: %v", err)
		}
	}()
	if err := s.Check(ctx); err != nil {
		f.errorf("the data directory is damaged: %v", err)
	}
	found := f.checkHistory(ctx, s, u)
	f.checkOrder(u)
	f.checkRecords(ctx, s)
	for _, key := range l.acknowledged {
		if !found[key] {
			f.errorf("event %v was acknowledged and is lost", key)
		}
	}
	for key := range u.effects {
		if !found[key] {
			f.errorf("the upstream was called for event %v, of which history says nothing", key)
		}
	}
	return f
}

// checkEffects looks at the calls for one event. A call is made only when the result of the one before is recorded;
// so whatever comes after a later call, and whatever comes twice from the same process, repeats a recorded result.
func (f *findings) checkEffects(s *scenario, key eventKey, effects []effect) {
	last, run := -1, -1
	for i, e := range effects {
		want := s.calls[e.number]
		if body := strings.ReplaceAll(want.body, "EVENT", key.id); e.method != want.method || e.body != body {
			f.errorf("event %v, call %d: got %s %q, want %s %q", key, e.number, e.method, e.body, want.method, body)
		}
		switch {
		case s.passes() && e.number == len(s.calls)-1 && countOf(effects[:i], e.number) == 1: // after the failure, on purpose
		case e.number == last+1:
		case e.number > last:
			f.errorf("event %v: call %d came after call %d", key, e.number, last)
		case want.unsafe():
			f.errorf("event %v: the unsafe call %d was repeated unasked", key, e.number)
		case e.number < last:
			f.errorf("event %v: call %d was repeated after call %d, which needed its result", key, e.number, last)
		case e.run == run:
			f.errorf("event %v: call %d was made twice by process %d", key, e.number, run)
		default:
			f.repeats[e.run]++
		}
		last, run = e.number, e.run
	}
}

// checkHistory looks at every execution and returns the events that have one.
func (f *findings) checkHistory(ctx context.Context, s *store.Store, u *upstream) map[eventKey]bool {
	f.t.Helper()
	for partition := range store.Partitions {
		open, err := s.OpenExecutions(ctx, partition, 0, store.MaxPage)
		if err != nil {
			f.t.Fatal(err)
		}
		for _, o := range open {
			f.errorf("execution %d of scenario %d is still %s", o.ID, o.Scenario, o.Status)
		}
	}
	hooks, err := s.Webhooks(ctx, store.Listing{Limit: store.MaxPage})
	if err != nil {
		f.t.Fatal(err)
	}
	for i := range hooks {
		if n, _, _ := s.QueueTotal(hooks[i].ID); n > 0 {
			f.errorf("%d payloads still wait in the queue of webhook %s", n, hooks[i].Name)
		}
	}
	scenarios, err := s.Scenarios(ctx, store.Listing{Limit: store.MaxPage})
	if err != nil {
		f.t.Fatal(err)
	}
	found := map[eventKey]bool{}
	for i := range scenarios {
		c := &scenarios[i]
		if !c.Active {
			f.errorf("scenario %s was deactivated", c.Name)
		}
		aside := f.incompletes(ctx, s, c.ID)
		for filter := (store.HistoryFilter{Scenario: c.ID, Limit: store.MaxPage}); ; {
			list, err := s.History(ctx, filter)
			if err != nil {
				f.t.Fatal(err)
			}
			for j := range list {
				f.checkExecution(ctx, s, u, u.scenarios[c.Name], list[j].ID, aside[list[j].ID], found)
				filter.After = list[j].Place()
			}
			if len(list) < store.MaxPage {
				break
			}
		}
		if u.scenarios[c.Name].passes() {
			f.checkResolved(aside, u.scenarios[c.Name].rerun)
		}
	}
	if f.broken != f.retries {
		f.errorf("got %d that were set aside to be retried and %d retries, want one for each", f.broken, f.retries)
	}
	return found
}

// incompletes returns what was set aside of a scenario, by execution.
func (f *findings) incompletes(ctx context.Context, s *store.Store, scenario int64) map[int64][]store.Incomplete {
	f.t.Helper()
	found := map[int64][]store.Incomplete{}
	for filter := (store.IncompleteFilter{Scenario: scenario, Limit: store.MaxPage}); ; {
		list, err := s.Incompletes(ctx, filter)
		if err != nil {
			f.t.Fatal(err)
		}
		for i := range list {
			found[list[i].Execution] = append(found[list[i].Execution], list[i])
			filter.After = list[i].ID
		}
		if len(list) < store.MaxPage {
			return found
		}
	}
}

// checkExecution compares one execution with the calls that the upstream saw for its event.
func (f *findings) checkExecution(ctx context.Context, s *store.Store, u *upstream, sc *scenario, id int64, aside []store.Incomplete, found map[eventKey]bool) {
	f.t.Helper()
	journal, err := s.Load(ctx, id)
	if err != nil {
		f.t.Fatalf("load execution %d: %v", id, err)
	}
	input, err := journal.Input(ctx)
	if err != nil || len(input) != 1 {
		f.errorf("execution %d: got %d bundles of input, error %v; want 1", id, len(input), err)
		return
	}
	switch journal.Execution.Origin {
	case store.ByRetry:
		if f.retries++; !sc.retried {
			f.errorf("execution %d retries a bundle of %s, for which nobody has asked", id, sc.name)
		}
		return
	case store.ByRerun:
		f.retries++
		f.checkRerun(ctx, s, u, sc, journal)
		return
	default:
	}
	key := eventKey{sc.name, input[0].Get("id").Str()}
	if found[key] {
		f.errorf("event %v has two executions, one of them %d", key, id)
	}
	found[key] = true
	f.executions++
	f.statuses[journal.Execution.Status]++
	f.order[key.scenario] = append(f.order[key.scenario], place{id, key})
	if sc.keeps {
		f.records[sc.name+"/"+key.id] = true
	}
	if sc.retried {
		f.checkRetried(journal, key, u.effects[key])
		return
	}
	recorded := f.checkResults(ctx, journal, sc, key, u.effects[key])
	if n := f.reruns[id]; n > 0 {
		if status := journal.Execution.Status; n != 1 || status != store.Failed || recorded[0] != 1 || recorded[1] != 1 {
			f.errorf("execution %d of %v: got status %s (%s) with results of %v and %d reruns, want it failed at its second call and run again once",
				id, key, status, journal.Execution.Summary.ErrorMessage, recorded, n)
		}
		return
	}
	if len(aside) > 0 {
		f.checkAside(sc, key, journal, aside, u.effects[key])
		return
	}
	if status := journal.Execution.Status; sc.fails != (status == store.Failed) || !status.Finished() || status == store.Stopped {
		f.errorf("execution %d of %v: got status %s (%s), want success or warning, failed where it is rolled back", id, key, status, journal.Execution.Summary.ErrorMessage)
	}
	for number := range sc.calls {
		if recorded[number] != 1 {
			f.errorf("execution %d of %v: call %d has %d results, want 1", id, key, number, recorded[number])
		}
	}
}

// checkRetried looks at an execution whose bundle was set aside at its first call, unless a kill had hidden that this failed.
func (f *findings) checkRetried(journal *store.Journal, key eventKey, effects []effect) {
	if status := journal.Execution.Status; status != store.Success && status != store.Warning {
		f.errorf("event %v: got status %s, want success or warning", key, status)
	}
	if len(effects) < 2 {
		f.errorf("event %v: got %d calls, want one that failed and one that did not", key, len(effects))
	}
}

// checkRerun looks at an execution that runs another one again: what is recorded there was taken over, and only the last call made.
func (f *findings) checkRerun(ctx context.Context, s *store.Store, u *upstream, sc *scenario, journal *store.Journal) {
	f.t.Helper()
	e := journal.Execution
	root, err := s.Load(ctx, e.Source)
	if err != nil {
		f.t.Fatalf("load execution %d: %v", e.Source, err)
	}
	input, err := root.Input(ctx)
	if err != nil || len(input) != 1 {
		f.errorf("execution %d: got %d bundles of input, error %v; want 1", e.Source, len(input), err)
		return
	}
	key := eventKey{sc.name, input[0].Get("id").Str()}
	recorded := f.checkResults(ctx, journal, sc, key, u.effects[key])
	if f.reruns[e.Source]++; !sc.rerun || e.Status != store.Success || len(recorded) != 1 || recorded[len(sc.calls)-1] != 1 {
		f.errorf("execution %d runs %v again: got status %s (%s) with results of %v, want a success with that of the last call", e.ID, key, e.Status, e.Summary.ErrorMessage, recorded)
	}
}

// checkResolved looks whether everything that was set aside to be retried is resolved. The first retry succeeds: there is one for
// each. Whole says that executions were set aside, not bundles.
func (f *findings) checkResolved(aside map[int64][]store.Incomplete, whole bool) {
	for _, list := range aside {
		for i := range list {
			if f.broken++; list[i].State != store.Resolved || list[i].Attempts != 1 || (list[i].Module == 0) != whole {
				f.errorf("incomplete execution %d at module %d is in state %d after %d attempts, want it resolved by the first", list[i].ID, list[i].Module, list[i].State, list[i].Attempts)
			}
		}
	}
}

// checkOrder looks whether the calls of the sequential scenarios came in the order in which their events did.
func (f *findings) checkOrder(u *upstream) {
	for name, list := range f.order {
		if !u.scenarios[name].ordered || u.many { // what comes to several nodes in the same moment has no order
			continue
		}
		slices.SortFunc(list, func(a, b place) int { return cmp.Compare(a.execution, b.execution) })
		var last effect
		for _, p := range list {
			for _, e := range u.effects[p.key] {
				if e.at.Before(last.at) {
					f.errorf("event %v, execution %d: call %d was made before a call of an earlier event", p.key, p.execution, e.number)
				}
				last = e
			}
		}
	}
}

// checkRecords looks whether the data store holds a record of each event that was committed, and nothing else.
func (f *findings) checkRecords(ctx context.Context, s *store.Store) {
	f.t.Helper()
	data, err := s.DataStoreNamed(ctx, store.FirstTeam, recordsName)
	if err != nil {
		f.t.Fatal(err)
	}
	held := map[string]bool{}
	for r, err := range s.EachRecord(ctx, data.ID) {
		if err != nil {
			f.t.Fatal(err)
		}
		held[r.Key] = true
		if !f.records[r.Key] {
			f.errorf("the data store holds %s, which nothing has committed", r.Key)
		}
		if _, id, _ := strings.Cut(r.Key, "/"); r.Data.Get("id").Str() != id {
			f.errorf("the record %s holds %s", r.Key, r.Data.JSON())
		}
	}
	for key := range f.records {
		if !held[key] {
			f.errorf("the record %s was committed and is lost", key)
		}
	}
}

// checkResults compares the recorded results with the calls: each stands for one that was made before it, and none was
// made again once it was there, unless it says that it failed for a while. It returns how many results each call has.
func (f *findings) checkResults(ctx context.Context, journal *store.Journal, sc *scenario, key eventKey, effects []effect) map[int]int {
	f.t.Helper()
	recorded := map[int]int{}
	for r, err := range journal.Operations(ctx, 0) {
		if err != nil {
			f.t.Fatal(err)
		}
		if r.Intent || len(r.Exchanges) == 0 {
			continue
		}
		address, err := url.Parse(r.Exchanges[0].Get("url").Str())
		if err != nil {
			f.t.Fatal(err)
		}
		of, number, err := parsePath(address.Path)
		if err != nil || of != key {
			f.errorf("execution %d: got a result of %s, want one of %v", journal.Execution.ID, address, key)
			continue
		}
		recorded[number]++
		f.results++
		calls := 0
		for _, e := range effects {
			if e.number != number {
				continue
			}
			if calls++; e.at.After(r.Finished) && (r.Err == nil || !sc.passes()) {
				f.errorf("event %v: call %d was made %v after its recorded result", key, number, e.at.Sub(r.Finished))
			}
		}
		if calls == 0 {
			f.errorf("event %v: call %d has a result, and the upstream was not called", key, number)
		}
	}
	return recorded
}

// checkAside looks at an execution of which something was set aside: only an unsafe call without a result may be.
func (f *findings) checkAside(sc *scenario, key eventKey, journal *store.Journal, aside []store.Incomplete, effects []effect) {
	f.aside++
	reason := fault.Kind("none")
	if aside[0].Reason != nil {
		reason = aside[0].Reason.Kind
	}
	if !sc.handsBack() || len(aside) != 1 || aside[0].State != store.Unresolved || reason != fault.OutcomeUnknown {
		f.errorf("event %v: %d set aside, the first because of %s; want one of an unsafe call because of %s", key, len(aside), reason, fault.OutcomeUnknown)
	}
	if !journal.Execution.Status.Finished() || journal.Len() > 1 { // the webhook has the only result
		f.errorf("event %v: got status %s with %d results, want an end with at most 1", key, journal.Execution.Status, journal.Len())
	}
	for _, e := range effects {
		if !sc.calls[e.number].unsafe() {
			f.errorf("event %v: call %d was made although it needs the result that is unknown", key, e.number)
		}
	}
}

// String returns the numbers on one line.
func (f *findings) String() string {
	repeats, most := 0, 0
	for _, n := range f.repeats {
		repeats, most = repeats+n, max(most, n)
	}
	return fmt.Sprintf("%d executions %v, %d records in the data store, %d recorded results, %d calls repeated (at most %d after one kill), %d bundles retried, %d executions run again, %d set aside with an unknown outcome",
		f.executions, f.statuses, len(f.records), f.results, repeats, most, f.broken-len(f.reruns), len(f.reruns), f.aside)
}

// TestCheckerFindsBrokenPromises plants what must never happen among the calls of one event.
func TestCheckerFindsBrokenPromises(t *testing.T) {
	t.Parallel()
	put := func(number, run int) effect {
		return effect{number: number, method: "PUT", body: []string{"first 7", "second 7"}[number], run: run}
	}
	post := func(run int) effect { return effect{number: 0, method: "POST", body: "7", run: run} }
	tests := []struct {
		name, scenario string
		effects        []effect
		repeats        int
		want           string // in the only problem; "" for none
	}{
		{"every call once", "row", []effect{put(0, 0), put(1, 0)}, 0, ""},
		{"repeated after kills", "row", []effect{put(0, 0), put(0, 1), put(0, 2), put(1, 2), put(1, 3)}, 3, ""},
		{"repeated by the same process", "row", []effect{put(0, 0), put(0, 0), put(1, 0)}, 0, "was made twice by process 0"},
		{"repeated with a result that was recorded", "row", []effect{put(0, 0), put(1, 0), put(0, 1)}, 0, "was repeated after call 1"},
		{"a call left out", "row", []effect{put(1, 0)}, 0, "call 1 came after call -1"},
		{"another body", "row", []effect{{method: "PUT", body: "first 8"}}, 0, `want PUT "first 7"`},
		{"repeated after its failure", "again", []effect{put(0, 0), put(1, 0), put(1, 0)}, 0, ""},
		{"repeated once more than it failed", "again", []effect{put(0, 0), put(1, 0), put(1, 0), put(1, 0)}, 0, "was made twice by process 0"},
		{"from the beginning after its failure", "again", []effect{put(0, 0), put(1, 0), put(0, 0)}, 0, "was repeated after call 1"},
		{"an unsafe call once", "unsafe", []effect{post(0)}, 0, ""},
		{"an unsafe call repeated after a kill", "unsafe", []effect{post(0), post(1)}, 0, "was repeated unasked"},
	}
	list := scenarios()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFindings(t)
			n := slices.IndexFunc(list, func(s scenario) bool { return s.name == tt.scenario })
			f.checkEffects(&list[n], eventKey{tt.scenario, "7"}, tt.effects)
			repeats := 0
			for _, r := range f.repeats {
				repeats += r
			}
			if got := strings.Join(f.problems, "; "); repeats != tt.repeats || (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %d repeats and %q, want %d and %q", repeats, got, tt.repeats, tt.want)
			}
		})
	}
}
