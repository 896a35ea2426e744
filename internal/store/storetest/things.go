package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

func history(t *testing.T, b *bench) {
	one, two := b.scenario(t), b.scenario(t)
	var ids []int64
	for i := range 10 {
		end := store.End{Summary: store.Summary{Cycles: 1, Operations: i}}
		if i%5 == 4 {
			end.Status, end.Text = store.Failed, "ConnectionError the-service is away"
			end.Summary.ErrorMessage = "The service is away."
		}
		ids = append(ids, b.finished(t, one+int64(i%2)*(two-one), end))
		b.clock.Advance(time.Minute)
	}
	b.running(t, one)
	begin := b.clock.Now().Add(-10 * time.Minute)
	tests := []struct {
		name   string
		filter store.HistoryFilter
		want   []int
	}{
		{"all", store.HistoryFilter{}, []int{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}},
		{"of a scenario", store.HistoryFilter{Scenario: two}, []int{9, 7, 5, 3, 1}},
		{"by status", store.HistoryFilter{Statuses: []store.Status{store.Failed, store.Warning}}, []int{9, 4}},
		{"by time", store.HistoryFilter{From: begin.Add(2 * time.Minute), Until: begin.Add(5 * time.Minute)}, []int{4, 3, 2}},
		{"by text", store.HistoryFilter{Text: "away serv"}, []int{9, 4}},
		{"by other text", store.HistoryFilter{Text: `away" OR "x`}, nil},
		{"by text of a scenario", store.HistoryFilter{Text: "connectionerror", Scenario: one}, []int{4}},
	}
	for _, tc := range tests {
		for _, limit := range []int{0, 1, 2} {
			tc.filter.Limit = limit
			equal(t, fmt.Sprintf("%s, pages of %d", tc.name, limit), b.pages(t, tc.filter), fmt.Sprint(pick(ids, tc.want)))
		}
	}
	e, err := b.Execution(b.ctx, ids[9])
	must(t, err)
	equal(t, "summary", e.Summary.ErrorMessage, "The service is away.")
	number, bytes := b.HistoryTotal(0)
	if number != 10 || bytes <= 0 {
		t.Errorf("got %d executions of %d bytes, want 10", number, bytes)
	}

	replay, err := b.StartExecution(b.ctx, b.fence(one), store.NewExecution{Scenario: one, Origin: store.ByReplay, Source: ids[0]})
	must(t, err)
	linked, err := b.Continuations(b.ctx, ids[0], 10)
	must(t, err)
	if len(linked) != 1 || linked[0].ID != replay.ID || linked[0].Source != ids[0] {
		t.Errorf("got continuations %v, want execution %d", linked, replay.ID)
	}
}

func pick(ids []int64, places []int) []int64 {
	list := []int64{}
	for _, p := range places {
		list = append(list, ids[p])
	}
	return list
}

// pages walks through all pages and returns the numbers.
func (b *bench) pages(t *testing.T, f store.HistoryFilter) string {
	t.Helper()
	list := []int64{}
	for {
		page, err := b.History(b.ctx, f)
		must(t, err)
		for _, e := range page {
			list = append(list, e.ID)
		}
		if len(page) == 0 || f.Limit == 0 {
			return fmt.Sprint(list)
		}
		f.After = page[len(page)-1].Place()
	}
}

func retention(t *testing.T, b *bench) {
	one, two := b.scenario(t), b.scenario(t)
	shared := value.Buffer(incompressible(300<<10), "binary")
	var ids []int64
	for i := range 6 {
		run := b.running(t, []int64{one, two}[i%2])
		b.step(t, run, store.Step{
			Operations: []store.Operation{b.operation("1", shared), b.operation("2", value.Buffer(incompressible(10_000), "binary"))},
			End:        &store.End{Status: store.Failed, At: b.clock.Now(), Text: "findme"},
		})
		ids = append(ids, run.ID)
		b.clock.Advance(time.Hour)
	}
	open := b.running(t, one)
	next, err := b.NextToGo(b.ctx, 0, store.Budget{Age: 5*time.Hour + time.Minute})
	must(t, err)
	equal(t, "what goes next", [2]any{next.Execution, next.At.Before(b.clock.Now())}, [2]any{ids[0], true})
	done, err := b.Sweep(b.ctx, store.Budgets{All: store.Budget{Age: 5*time.Hour + time.Minute}})
	must(t, err)
	equal(t, "removed by age", done.Executions, 1)
	_, bytes := b.HistoryTotal(two)
	_, err = b.Sweep(b.ctx, store.Budgets{Scenarios: map[int64]store.Budget{two: {Bytes: bytes - 1}}})
	must(t, err)
	equal(t, "left after budgets by age and of one scenario", b.pages(t, store.HistoryFilter{}), fmt.Sprint(pick(ids, []int{5, 4, 3, 2})))
	equal(t, "found by text", b.pages(t, store.HistoryFilter{Text: "findme", Scenario: two}), fmt.Sprint(pick(ids, []int{5, 3})))

	j, err := b.Load(b.ctx, ids[2])
	must(t, err)
	r, _, err := j.Find(b.ctx, "1")
	must(t, err)
	sameBundles(t, "a payload that was shared with what is gone", r.Bundles, shared)

	number, bytes := b.HistoryTotal(0)
	totals, err := b.Totals(b.ctx)
	must(t, err)
	equal(t, "totals of the history", totals.History, store.Counted{Number: number, Bytes: bytes})
	_, err = b.Sweep(b.ctx, store.Budgets{All: store.Budget{Bytes: bytes/2 + 1}})
	must(t, err)
	equal(t, "left after a budget in bytes", b.pages(t, store.HistoryFilter{}), fmt.Sprint(pick(ids, []int{5, 4})))
	must(t, b.DeleteScenario(b.ctx, two))
	_, err = b.Sweep(b.ctx, store.Budgets{All: store.Budget{Age: time.Nanosecond}})
	must(t, err)
	number, bytes = b.HistoryTotal(0)
	equal(t, "all is gone", [2]int64{number, bytes}, [2]int64{0, 0})
	e, err := b.Execution(b.ctx, open.ID)
	must(t, err)
	equal(t, "an open execution stays", e.Status, store.Running)
	_, err = b.Load(b.ctx, ids[5])
	wantError(t, "a removed execution", err, store.ErrNotFound)
	must(t, b.Check(b.ctx))
}

// folders holds the store to what it says of scenarios in lists.
func folders(t *testing.T, b *bench) {
	first, second := b.scenario(t), b.scenario(t)
	save := store.SaveScenario{Scenario: first, Revision: 1, Name: "One", Folder: "Leads", Blueprint: []byte(`{"flow":[]}`), Modules: "made of"}
	_, version, _, err := b.SaveScenario(b.ctx, save)
	must(t, err)
	must(t, b.Activate(b.ctx, first, true, time.Time{}))
	in, active := "Leads", false
	list, err := b.ScenariosWhere(b.ctx, store.ScenarioFilter{Folder: &in})
	must(t, err)
	equal(t, "in the folder", len(list), 1)
	equal(t, "folder and modules", list[0].Folder+" "+list[0].Modules, "Leads made of")
	list, err = b.ScenariosWhere(b.ctx, store.ScenarioFilter{Active: &active})
	must(t, err)
	equal(t, "inactive", len(list), 1)
	equal(t, "without modules", list[0].Modules, "")
	runs, err := b.ActiveScenarios(b.ctx, 0, 10)
	must(t, err)
	equal(t, "active", len(runs), 1)
	equal(t, "active in its newest version", fmt.Sprint(runs[0].ID, runs[0].Version, string(runs[0].Blueprint), runs[0].Damaged), fmt.Sprint(first, version, `{"flow":[]}`, nil))
	runs, err = b.ActiveScenarios(b.ctx, first, 10)
	must(t, err)
	equal(t, "active behind the last one", len(runs), 0)
	all, err := b.Folders(b.ctx, nil)
	must(t, err)
	equal(t, "folders", fmt.Sprint(all), "[{ 1 0} {Leads 1 1}]")
	none, err := b.Folders(b.ctx, []int64{})
	must(t, err)
	equal(t, "folders of no team", len(none), 0)
	must(t, b.NoteModules(b.ctx, second, 1, "found out"))
	must(t, b.NoteModules(b.ctx, first, version-1, "too late"))
	for id, want := range map[int64]string{first: "made of", second: "found out"} {
		c, err := b.Scenario(b.ctx, id)
		must(t, err)
		equal(t, "modules", c.Modules, want)
	}
	save = store.SaveScenario{Name: "Long", Blueprint: []byte(`{}`), Folder: strings.Repeat("x", store.MaxNameBytes)}
	_, _, _, err = b.SaveScenario(b.ctx, save)
	must(t, err)
	save.Folder += "x"
	if _, _, _, err = b.SaveScenario(b.ctx, save); err == nil {
		t.Errorf("a folder of %d bytes was taken", len(save.Folder))
	}

	for i := range 3 {
		run := b.running(t, first)
		b.step(t, run, store.Step{End: &store.End{Status: store.Success, At: b.clock.Now(), Summary: store.Summary{Operations: i}}})
	}
	b.running(t, first)
	latest, err := b.Latest(b.ctx, []int64{first, second})
	must(t, err)
	equal(t, "scenarios with an execution that is over", len(latest), 1)
	equal(t, "the newest of them", latest[first].Operations, 2)
}

func scenarios(t *testing.T, b *bench) {
	id := b.scenario(t)
	large := []byte(`{"flow":[` + strings.Repeat(" ", 5000) + `]}`)
	save := store.SaveScenario{Scenario: id, Revision: 1, Name: "Renamed", Schedule: `{"type":"immediately"}`, Blueprint: large, Author: "bob"}
	_, version, revision, err := b.SaveScenario(b.ctx, save)
	must(t, err)
	equal(t, "version and revision", [2]int64{version, revision}, [2]int64{2, 2})
	_, _, _, err = b.SaveScenario(b.ctx, save)
	wantError(t, "a save of what was changed since", err, store.ErrConflict)
	save.Revision, save.Blueprint = 2, nil
	_, version, _, err = b.SaveScenario(b.ctx, save)
	must(t, err)
	equal(t, "version without a new blueprint", version, 2)
	v, err := b.ScenarioVersion(b.ctx, id, 0)
	must(t, err)
	equal(t, "newest blueprint", string(v.Blueprint), string(large))

	_, newest, revision, err := b.SaveScenario(b.ctx, store.SaveScenario{
		Scenario: id, Revision: 3, Name: "Renamed", Schedule: `{"type":"immediately"}`, Blueprint: []byte(`{"flow":[]}`), Invalid: "It has no modules.", Author: "cleo",
	})
	must(t, err)
	equal(t, "an unfinished version", newest, 3)
	v, err = b.ScenarioVersion(b.ctx, id, 3)
	must(t, err)
	equal(t, "unfinished blueprint", string(v.Blueprint), `{"flow":[]}`)
	versions, err := b.ScenarioVersions(b.ctx, id, 0, 10)
	must(t, err)
	equal(t, "versions", len(versions), 3)
	equal(t, "the newest first", versions[0].Author, "cleo")
	c, err := b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "name, schedule and revision", fmt.Sprint(c.Name, c.Schedule, c.Revision), fmt.Sprint("Renamed", `{"type":"immediately"}`, revision))
	equal(t, "why it cannot run", c.Invalid, "It has no modules.")
	must(t, b.Activate(b.ctx, id, true, time.Time{})) // whoever starts it has looked
	c, err = b.Scenario(b.ctx, id)
	must(t, err)
	equal(t, "active and why not", fmt.Sprint(c.Active, c.Invalid), "true")
	_, _, _, err = b.SaveScenario(b.ctx, store.SaveScenario{Scenario: id, Revision: c.Revision, Name: "Renamed", Blueprint: []byte(`{}`), Invalid: "It is broken."})
	wantError(t, "a version that cannot run of an active scenario", err, store.ErrConflict)
	must(t, b.Activate(b.ctx, id, false, time.Time{}))
	wantError(t, "starting one that is not there", b.Activate(b.ctx, 1<<40, true, time.Time{}), store.ErrNotFound)

	run := b.running(t, id)
	wantError(t, "deleting one that runs", b.DeleteScenario(b.ctx, id), store.ErrConflict)
	b.step(t, run, store.Step{End: &store.End{Status: store.Success, At: b.clock.Now()}})
	must(t, b.DeleteScenario(b.ctx, id))
	_, err = b.ScenarioVersion(b.ctx, id, 1)
	wantError(t, "version of a deleted scenario", err, store.ErrNotFound)
	wantError(t, "deleting it again", b.DeleteScenario(b.ctx, id), store.ErrNotFound)
}

// sealedWebhook seals the secrets and the address of a webhook, each by itself, and seals them anew.
func sealedWebhook(t *testing.T, b *bench, w store.Webhook) store.Webhook {
	t.Helper()
	seal := func(what string) func(int64) ([]byte, error) {
		return func(id int64) ([]byte, error) { return fmt.Appendf(nil, "%s of %d", what, id), nil }
	}
	w, err := b.SaveSealedWebhook(b.ctx, w, store.WebhookSeals{Secrets: seal("sealed")})
	must(t, err)
	equal(t, "an address that was never sealed", w.Address == nil, true)
	w, err = b.SaveSealedWebhook(b.ctx, w, store.WebhookSeals{Address: seal("address")})
	must(t, err)
	equal(t, "secrets and address", string(w.Sealed)+", "+string(w.Address), fmt.Sprintf("sealed of %d, address of %[1]d", w.ID))
	broken := func(int64) ([]byte, error) { return nil, store.ErrDamaged }
	for _, n := range []store.WebhookSeals{{Secrets: broken}, {Address: broken}} {
		_, err = b.SaveSealedWebhook(b.ctx, w, n)
		wantError(t, "a webhook that could not be sealed", err, store.ErrDamaged)
	}
	must(t, b.ResealWebhook(b.ctx, w.ID, w.Sealed, []byte("sealed anew")))
	wantError(t, "sealing what has changed", b.ResealWebhook(b.ctx, w.ID, w.Sealed, []byte("late")), store.ErrConflict)
	must(t, b.ResealWebhookAddress(b.ctx, w.ID, w.Address, []byte("address anew")))
	wantError(t, "sealing an address that has changed", b.ResealWebhookAddress(b.ctx, w.ID, w.Address, []byte("late")), store.ErrConflict)
	found, err := b.WebhookByToken(b.ctx, w.TokenHash)
	must(t, err)
	equal(t, "the revision of a webhook that was sealed anew", found.Revision, w.Revision)
	return found
}

func webhooksAndConnections(t *testing.T, b *bench) {
	hash := []byte("hash of a token")
	w, err := b.SaveWebhook(b.ctx, store.Webhook{Name: "Orders", Scenario: 7, TokenHash: hash, Settings: `{}`})
	must(t, err)
	w.Paused = true
	stale := w
	w, err = b.SaveWebhook(b.ctx, w)
	must(t, err)
	_, err = b.SaveWebhook(b.ctx, stale)
	wantError(t, "a webhook that was changed since", err, store.ErrConflict)
	_, err = b.SaveWebhook(b.ctx, store.Webhook{Name: "Other", TokenHash: hash})
	wantError(t, "a token that is taken", err, store.ErrConflict)
	found, err := b.WebhookByToken(b.ctx, hash)
	must(t, err)
	equal(t, "found by its token", fmt.Sprint(found.ID, found.Paused, found.Revision), fmt.Sprint(w.ID, true, 2))
	_, err = b.WebhookByToken(b.ctx, []byte("another"))
	wantError(t, "an unknown token", err, store.ErrNotFound)
	must(t, b.SetLearning(b.ctx, w.ID, `{"samples":1}`))
	wantError(t, "learning from what is old", b.ReplaceLearning(b.ctx, w.ID, "", `{"samples":2}`), store.ErrConflict)
	must(t, b.ReplaceLearning(b.ctx, w.ID, `{"samples":1}`, `{"samples":2}`))
	must(t, b.ReplaceLearning(b.ctx, w.ID, `{"samples":2}`, `{"samples":1}`))
	wantError(t, "learning of none", b.SetLearning(b.ctx, 99, ""), store.ErrNotFound)
	w = sealedWebhook(t, b, w)
	w, err = b.SaveWebhook(b.ctx, w)
	must(t, err)
	found, err = b.WebhookByToken(b.ctx, hash)
	must(t, err)
	equal(t, "secrets stay until they are changed", string(found.Sealed)+", "+string(found.Address), "sealed anew, address anew")
	equal(t, "learning stays", found.Learning, `{"samples":1}`)
	fresh, err := b.SaveSealedWebhook(b.ctx, store.Webhook{Name: "New", TokenHash: []byte("x")},
		store.WebhookSeals{Address: func(id int64) ([]byte, error) { return fmt.Append(nil, id), nil }})
	must(t, err)
	equal(t, "a new one knows its number", string(fresh.Address), fmt.Sprint(fresh.ID))
	equal(t, "and has no secrets", len(fresh.Sealed), 0)
	fresh.Address = nil
	_, err = b.SaveWebhook(b.ctx, fresh)
	must(t, err)
	found, err = b.WebhookByToken(b.ctx, fresh.TokenHash)
	must(t, err)
	equal(t, "an address that is forgotten", found.Address == nil, true)
	b.accept(t, store.Intake{Webhook: w.ID})
	wantError(t, "deleting one with a queue", b.DeleteWebhook(b.ctx, w.ID), store.ErrConflict)
	must2(t)(b.ClearQueue(b.ctx, w.ID))
	must(t, b.DeleteWebhook(b.ctx, w.ID))

	seal := func(id int64) ([]byte, error) { return fmt.Appendf(nil, "sealed for %d", id), nil }
	c, err := b.SaveConnection(b.ctx, store.Connection{Name: "My account", App: "customerly", Type: "token", Metadata: `{}`}, seal)
	must(t, err)
	read, err := b.Connection(b.ctx, c.ID)
	must(t, err)
	equal(t, "sealed", string(read.Sealed), fmt.Sprintf("sealed for %d", c.ID))
	broken := errors.New("no key")
	_, err = b.SaveConnection(b.ctx, store.Connection{Name: "Broken"}, func(int64) ([]byte, error) { return nil, broken })
	wantError(t, "one that could not be sealed", err, broken)
	_, err = b.SaveConnection(b.ctx, store.Connection{ID: c.ID, Name: "x", Revision: 9}, seal)
	wantError(t, "a connection that was changed since", err, store.ErrConflict)
	all, err := b.Connections(b.ctx, "", store.Listing{Limit: 10})
	must(t, err)
	equal(t, "connections", len(all), 1)
	equal(t, "secrets in the list", len(all[0].Sealed), 0)
}

func incompletes(t *testing.T, b *bench) {
	id := b.scenario(t)
	run := b.running(t, id)
	due := b.clock.Now().Add(time.Minute)
	reason := fault.New(fault.RateLimit, "Too many calls.").WithHint("wait")
	done := b.step(t, run, store.Step{End: &store.End{Status: store.Warning, At: b.clock.Now(), Incomplete: []store.NewIncomplete{
		{Module: 2, Address: "2/1", Reason: reason, Data: bundle("x", 1), Due: due, Attempts: 3, Interval: time.Minute},
		{Module: 3, Address: "3/1", Reason: fault.New(fault.Data, "Bad."), Data: bundle("x", 2)},
	}}})
	equal(t, "numbers", len(done.Incomplete), 2)
	list, err := b.DueIncompletes(b.ctx, node, due, 10)
	must(t, err)
	equal(t, "due of a scenario that is not active", len(list), 0)
	must(t, b.Activate(b.ctx, id, true, time.Time{}))
	list, err = b.DueIncompletes(b.ctx, node, due, 10)
	must(t, err)
	if len(list) != 1 || list[0].State != store.Pending {
		t.Fatalf("got due %+v, want one that is pending", list)
	}
	i, err := b.Incomplete(b.ctx, done.Incomplete[0])
	must(t, err)
	equal(t, "reason", fmt.Sprintf("%+v", i.Reason), fmt.Sprintf("%+v", reason))
	equal(t, "data and place", fmt.Sprint(i.Data.JSON(), i.Module, i.Address, i.Execution), fmt.Sprint(`{"x":1}`, 2, "2/1", run.ID))

	edited := bundle("x", 99)
	change := store.ChangeIncomplete{ID: i.ID, Revision: i.Revision, State: store.InProgress, Attempts: 1, Data: &edited, Version: 5}
	revision, err := b.ChangeIncomplete(b.ctx, change)
	must(t, err)
	_, err = b.ChangeIncomplete(b.ctx, change)
	wantError(t, "a change of what was changed since", err, store.ErrConflict)
	b.restart(t)
	i, err = b.Incomplete(b.ctx, i.ID)
	must(t, err)
	equal(t, "edited", fmt.Sprint(i.Data.JSON(), i.State, i.Attempts, i.Due.IsZero(), i.Version), fmt.Sprint(`{"x":99}`, store.InProgress, 1, true, 5))
	number, _ := b.IncompleteTotal(id)
	equal(t, "unresolved", number, 2)
	_, err = b.ChangeIncomplete(b.ctx, store.ChangeIncomplete{ID: i.ID, Revision: revision, State: store.Resolved, Attempts: 1, Resolution: "retried"})
	must(t, err)
	number, _ = b.IncompleteTotal(id)
	equal(t, "unresolved after one was resolved", number, 1)
	list, err = b.Incompletes(b.ctx, store.IncompleteFilter{Scenario: id, States: []store.IncompleteState{store.Unresolved, store.Pending}})
	must(t, err)
	equal(t, "in the list", len(list), 1)
}

func dataStores(t *testing.T, b *bench) {
	ds, err := b.SaveDataStore(b.ctx, store.DataStore{Name: "Contacts", BytesMax: 4000})
	must(t, err)
	_, err = b.SaveDataStore(b.ctx, store.DataStore{Name: "Contacts"})
	wantError(t, "a name that is taken", err, store.ErrConflict)
	change := func(kind store.ChangeKind, key string, v value.Value) error {
		return b.ChangeRecords(b.ctx, []store.RecordChange{{Store: ds.ID, Kind: kind, Key: key, Data: v}})
	}
	for _, key := range []string{"b", "a", "c"} {
		must(t, change(store.InsertRecord, key, bundle(key, 1)))
	}
	wantError(t, "a key that is taken", change(store.InsertRecord, "a", value.Null), store.ErrConflict)
	must(t, change(store.PutRecord, "a", bundle("a", 2)))
	must(t, change(store.RemoveRecord, "c", value.Undefined))
	must(t, change(store.RemoveRecord, "c", value.Undefined))
	r, found, err := b.Record(b.ctx, ds.ID, "a")
	must(t, err)
	equal(t, "record", fmt.Sprint(found, " ", r.Data.JSON()), `true {"a":2}`)
	recordRevisions(t, b, ds.ID, r)
	list, err := b.Records(b.ctx, ds.ID, "a", 10)
	must(t, err)
	if len(list) != 1 || list[0].Key != "b" {
		t.Errorf("records behind a: got %v, want b", list)
	}
	err = change(store.PutRecord, "large", value.Buffer(incompressible(4000), "binary"))
	equal(t, "kind of a record too many", fault.KindOf(err), fault.OutOfSpace)
	err = change(store.PutRecord, strings.Repeat("k", store.MaxRecordKeyBytes+1), value.Null)
	equal(t, "kind of a key too long", fault.KindOf(err), fault.BundleValidation)
	must(t, change(store.PutRecord, strings.Repeat("k", store.MaxRecordKeyBytes), value.Null))
	number, _ := b.DataStoreTotal(ds.ID)
	equal(t, "records", number, 3)
	must(t, change(store.RemoveRecords, "", value.Undefined))
	number, bytes := b.DataStoreTotal(ds.ID)
	equal(t, "after clearing", [2]int64{number, bytes}, [2]int64{0, 0})
	wantError(t, "a data store that is not there",
		b.ChangeRecords(b.ctx, []store.RecordChange{{Store: 99, Kind: store.PutRecord, Key: "k", Data: value.Null}}), store.ErrNotFound)
}

// recordRevisions changes a record that was read, as two people would who read it at the same time.
func recordRevisions(t *testing.T, b *bench, id int64, read store.Record) {
	t.Helper()
	change := func(c store.RecordChange) error {
		c.Store, c.Key, c.Data = id, read.Key, read.Data
		return b.ChangeRecords(b.ctx, []store.RecordChange{c})
	}
	must(t, change(store.RecordChange{Kind: store.PutRecord, Revision: read.Revision}))
	wantError(t, "a change of what was read before", change(store.RecordChange{Kind: store.PutRecord, Revision: read.Revision}), store.ErrConflict)
	wantError(t, "removing what was read before", change(store.RecordChange{Kind: store.RemoveRecord, Revision: read.Revision}), store.ErrConflict)
	now, _, err := b.Record(b.ctx, id, read.Key)
	must(t, err)
	equal(t, "the revision of what was changed once", now.Revision, read.Revision+1)
	must(t, change(store.RecordChange{Kind: store.RemoveRecord, Revision: now.Revision}))
	wantError(t, "a change of what is gone", change(store.RecordChange{Kind: store.PutRecord, Revision: now.Revision}), store.ErrConflict)
	b.clock.Advance(time.Second)
	must(t, change(store.RecordChange{Kind: store.InsertRecord}))
	wantError(t, "a change of what was made anew", change(store.RecordChange{Kind: store.PutRecord, Revision: now.Revision}), store.ErrConflict)
}

func auditLog(t *testing.T, b *bench) {
	for i := range 5 {
		must(t, b.Audit(b.ctx, store.AuditEntry{Actor: "ann", Action: "scenario.save", Subject: fmt.Sprint("scenario ", i)}))
	}
	log, err := b.AuditLog(b.ctx, store.AuditFilter{Limit: 3})
	must(t, err)
	equal(t, "page", len(log), 3)
	equal(t, "the newest first", log[0].Subject, "scenario 4")
	log, err = b.AuditLog(b.ctx, store.AuditFilter{Before: log[2].ID, Limit: 10})
	must(t, err)
	equal(t, "the rest", len(log), 2)
	auditFilters(t, b)
	must(t, b.Check(b.ctx))
}

// auditFilters looks for entries by who did what when.
func auditFilters(t *testing.T, b *bench) {
	t.Helper()
	b.clock.Advance(time.Hour)
	from := b.clock.Now()
	must(t, b.Audit(b.ctx, store.AuditEntry{Actor: "Bob_B by token 3", Action: "scenario.start", Subject: "scenario 1"}))
	b.clock.Advance(time.Hour)
	must(t, b.Audit(b.ctx, store.AuditEntry{Actor: "ann", Action: "scenarios", Subject: "x"}))
	for _, tc := range []struct {
		name   string
		filter store.AuditFilter
		want   int
	}{
		{"by a part of who", store.AuditFilter{Actor: "bob_"}, 1},
		{"by a sign that stands for others elsewhere", store.AuditFilter{Actor: "a_n"}, 0},
		{"by what", store.AuditFilter{Actions: []string{"scenario.save"}}, 5},
		{"by a kind of what", store.AuditFilter{Actions: []string{"scenario"}}, 6},
		{"by several", store.AuditFilter{Actions: []string{"scenario.start", "scenarios"}}, 2},
		{"by something else", store.AuditFilter{Actions: []string{"scenario.s"}}, 0},
		{"from a time on", store.AuditFilter{From: from}, 2},
		{"until a time", store.AuditFilter{Until: from}, 5},
		{"between times", store.AuditFilter{From: from, Until: from.Add(time.Minute), Actor: "BOB"}, 1},
	} {
		log, err := b.AuditLog(b.ctx, tc.filter)
		must(t, err)
		equal(t, tc.name, len(log), tc.want)
	}
}
