package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Teams are who owns the things.
type Teams interface {
	SaveOrganization(ctx context.Context, o store.Organization) (store.Organization, error)
	Organizations(ctx context.Context, ids []int64, after int64, limit int) ([]store.Organization, error)
	DeleteOrganization(ctx context.Context, id int64) error
	SaveTeam(ctx context.Context, m store.Team) (store.Team, error)
	Team(ctx context.Context, id int64) (store.Team, error)
	Teams(ctx context.Context, organization int64, l store.Listing) ([]store.Team, error)
	DeleteTeam(ctx context.Context, id int64) error
	ScenarioTeam(ctx context.Context, id int64) (int64, error)
	OpenHistory(ctx context.Context, f store.HistoryFilter) ([]store.Execution, error)
	DataStoreNamed(ctx context.Context, team int64, ref string) (store.DataStore, error)
}

// Deeds are what people do.
type Deeds interface {
	Finish(ctx context.Context, a *store.Accompaniment, done bool, status int, answer []byte) error
	AnswerOf(ctx context.Context, k store.RequestKey) (store.Answered, error)
	CheckAudit(ctx context.Context) (id int64, hash []byte, err error)
}

func organizations(t *testing.T, b *bench) {
	first, err := b.Team(b.ctx, store.FirstTeam)
	must(t, err)
	equal(t, "organization of the first team", first.Organization, int64(store.FirstOrganization))
	o, err := b.SaveOrganization(b.ctx, store.Organization{Name: "Other"})
	must(t, err)
	if o.ID == store.FirstOrganization || o.Revision != 1 {
		t.Errorf("got %+v, want a new organization", o)
	}
	team, err := b.SaveTeam(b.ctx, store.Team{Organization: o.ID, Name: "Support"})
	must(t, err)
	_, err = b.SaveTeam(b.ctx, store.Team{Organization: o.ID, Name: "Support"})
	wantError(t, "a team name that is taken", err, store.ErrConflict)
	_, err = b.SaveTeam(b.ctx, store.Team{Organization: store.FirstOrganization, Name: "Support"})
	must(t, err)
	_, err = b.SaveTeam(b.ctx, store.Team{Organization: 99, Name: "Lost"})
	wantError(t, "a team of an organization that is not there", err, store.ErrNotFound)
	team.Name = "Help"
	changed, err := b.SaveTeam(b.ctx, team)
	must(t, err)
	_, err = b.SaveTeam(b.ctx, team)
	wantError(t, "a team that was changed since", err, store.ErrConflict)
	equal(t, "renamed", fmt.Sprint(changed.Name, changed.Revision), "Help2")

	list, err := b.Teams(b.ctx, store.FirstOrganization, store.Listing{})
	must(t, err)
	equal(t, "teams of the first organization", len(list), 2)
	list, err = b.Teams(b.ctx, 0, store.Listing{Teams: []int64{team.ID}})
	must(t, err)
	equal(t, "teams of some", fmt.Sprint(len(list), list[0].Name), "1Help")
	list, err = b.Teams(b.ctx, 0, store.Listing{Teams: []int64{}})
	must(t, err)
	equal(t, "teams of nobody", len(list), 0)
	some, err := b.Organizations(b.ctx, []int64{o.ID}, 0, 10)
	must(t, err)
	equal(t, "organizations of some", len(some), 1)

	wantError(t, "deleting an organization with teams", b.DeleteOrganization(b.ctx, o.ID), store.ErrConflict)
	ds, err := b.SaveDataStore(b.ctx, store.DataStore{Team: team.ID, Name: "Contacts"})
	must(t, err)
	wantError(t, "deleting a team that owns something", b.DeleteTeam(b.ctx, team.ID), store.ErrConflict)
	must(t, b.ChangeRecords(b.ctx, []store.RecordChange{{Store: ds.ID, Kind: store.PutRecord, Key: "a", Data: value.Null}}))
	must(t, b.DeleteDataStore(b.ctx, ds.ID))
	must(t, b.DeleteTeam(b.ctx, team.ID))
	must(t, b.DeleteOrganization(b.ctx, o.ID))
	wantError(t, "deleting it twice", b.DeleteOrganization(b.ctx, o.ID), store.ErrNotFound)
	another, err := b.SaveTeam(b.ctx, store.Team{Organization: store.FirstOrganization, Name: "New"})
	must(t, err)
	if another.ID <= team.ID+1 {
		t.Errorf("got team %d, want one whose number was never used", another.ID)
	}
}

func ownership(t *testing.T, b *bench) {
	other, err := b.SaveTeam(b.ctx, store.Team{Organization: store.FirstOrganization, Name: "Other"})
	must(t, err)
	mine, theirs := b.scenario(t), b.scenarioOf(t, other.ID)
	for _, id := range []int64{mine, theirs, mine} {
		b.finished(t, id, store.End{})
		b.clock.Advance(time.Second)
	}
	b.running(t, theirs)
	owner, err := b.ScenarioTeam(b.ctx, theirs)
	must(t, err)
	equal(t, "team of a scenario", owner, other.ID)

	count := func(teams []int64) string {
		t.Helper()
		l := store.Listing{Teams: teams}
		scenarios, err := b.Scenarios(b.ctx, l)
		must(t, err)
		finished, err := b.History(b.ctx, store.HistoryFilter{Teams: teams})
		must(t, err)
		open, err := b.OpenHistory(b.ctx, store.HistoryFilter{Teams: teams})
		must(t, err)
		return fmt.Sprint(len(scenarios), len(finished), len(open))
	}
	equal(t, "of all", count(nil), "2 3 1")
	equal(t, "of the first", count([]int64{store.FirstTeam}), "1 2 0")
	equal(t, "of the other", count([]int64{other.ID}), "1 1 1")
	equal(t, "of both", count([]int64{other.ID, store.FirstTeam}), "2 3 1")
	equal(t, "of none", count([]int64{}), "0 0 0")
	foreign, err := b.History(b.ctx, store.HistoryFilter{Scenario: theirs, Teams: []int64{store.FirstTeam}})
	must(t, err)
	equal(t, "history of a scenario of another team", len(foreign), 0)

	must(t, b.DeleteScenario(b.ctx, mine))
	equal(t, "after a scenario was deleted", count([]int64{store.FirstTeam}), "0 2 0")
	owner, err = b.ScenarioTeam(b.ctx, mine)
	must(t, err)
	equal(t, "team of a scenario that was deleted", owner, int64(store.FirstTeam))

	d, err := b.SaveDataStore(b.ctx, store.DataStore{Name: "Contacts"})
	must(t, err)
	same, err := b.SaveDataStore(b.ctx, store.DataStore{Team: other.ID, Name: "Contacts"})
	must(t, err)
	for _, ref := range []string{"Contacts", fmt.Sprint(same.ID)} {
		found, err := b.DataStoreNamed(b.ctx, other.ID, ref)
		must(t, err)
		equal(t, "data store by "+ref, found.ID, same.ID)
	}
	_, err = b.DataStoreNamed(b.ctx, other.ID, fmt.Sprint(d.ID))
	wantError(t, "a data store of another team", err, store.ErrNotFound)
}

func deeds(t *testing.T, b *bench) {
	details := `{"asked":1}`
	a := &store.Accompaniment{
		Entry: func() store.AuditEntry {
			return store.AuditEntry{Actor: "ann", Action: "team.create", Details: details, Organization: 1, Team: 1}
		},
		Key: &store.RequestKey{Hash: store.HashRequestKey("1", "k"), Request: []byte("asked")},
	}
	with := store.Accompany(b.ctx, a)
	team, err := b.SaveTeam(with, store.Team{Organization: 1, Name: "With"})
	must(t, err)
	_, err = b.SaveTeam(with, team)
	must(t, err)
	known, err := b.AnswerOf(b.ctx, *a.Key)
	must(t, err)
	equal(t, "a request under way", fmt.Sprint(known.Known, known.Same, known.Status), "true true 0")
	log, err := b.AuditLog(b.ctx, store.AuditFilter{})
	must(t, err)
	equal(t, "entries before it is known what came of it", len(log), 0)
	details = `{"done":1}`
	must(t, b.Finish(b.ctx, a, true, 201, []byte("the answer")))
	log, err = b.AuditLog(b.ctx, store.AuditFilter{Organizations: []int64{1}, Team: 1})
	must(t, err)
	equal(t, "the entry", fmt.Sprint(len(log), log[0].Actor, log[0].Details), "1ann"+details)
	known, err = b.AnswerOf(b.ctx, store.RequestKey{Hash: a.Key.Hash, Request: []byte("else")})
	must(t, err)
	equal(t, "the answer", fmt.Sprint(known.Same, known.Status, string(known.Answer)), "false 201the answer")

	again := &store.Accompaniment{Entry: a.Entry, Key: a.Key}
	_, err = b.SaveTeam(store.Accompany(b.ctx, again), store.Team{Organization: 1, Name: "Again"})
	wantError(t, "a key that is taken", err, store.ErrConflict)
	_, err = b.Teams(b.ctx, 1, store.Listing{})
	must(t, err)
	must(t, b.Finish(b.ctx, again, false, 0, nil))

	// What changed nothing is written when it is done, and is over then.
	read := &store.Accompaniment{
		Entry: func() store.AuditEntry { return store.AuditEntry{Actor: "ann", Action: "webhook.address"} },
		Key:   &store.RequestKey{Hash: store.HashRequestKey("1", "read"), Request: []byte("asked")},
	}
	must(t, b.Finish(store.Accompany(b.ctx, read), read, true, 200, nil))
	known, err = b.AnswerOf(b.ctx, *read.Key)
	must(t, err)
	equal(t, "its key", fmt.Sprint(known.Known, known.Same), "true true")

	cut := &store.Accompaniment{Entry: a.Entry}
	_, err = b.SaveTeam(store.Accompany(b.ctx, cut), store.Team{Organization: 1, Name: "Cut"})
	must(t, err)
	refused := &store.Accompaniment{Entry: func() store.AuditEntry { return store.AuditEntry{Action: "nothing"} }}
	_, err = b.SaveTeam(store.Accompany(b.ctx, refused), store.Team{Organization: 1, Name: "Cut"})
	wantError(t, "a refusal", err, store.ErrConflict)
	b.clock.Advance(time.Hour) // a store that others have open, too, cannot know before that the process has ended
	b.restart(t)
	log, err = b.AuditLog(b.ctx, store.AuditFilter{})
	must(t, err)
	equal(t, "entries after a restart", len(log), 3)
	equal(t, "the one that was cut off", log[0].Action, "team.create (cut off)")
	id, hash, err := b.CheckAudit(b.ctx)
	must(t, err)
	equal(t, "chain", fmt.Sprint(id, len(hash)), "3 32")

	b.clock.Advance(25 * time.Hour)
	known, err = b.AnswerOf(b.ctx, *a.Key)
	must(t, err)
	equal(t, "a key after a day", known.Known, false)
	again = &store.Accompaniment{Entry: a.Entry, Key: a.Key}
	_, err = b.SaveTeam(store.Accompany(b.ctx, again), store.Team{Organization: 1, Name: "Much later"})
	must(t, err)
}
