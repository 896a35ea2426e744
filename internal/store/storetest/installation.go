package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Installation is what a store holds that was filled with something of everything.
type Installation struct {
	scenario, webhook, dataStore, incomplete int64
	running                                  int64 // an execution in its middle
	newest                                   int64 // identity of what was taken in last
	ann                                      store.User
	deed                                     store.RequestKey
	finished                                 int
}

// searched are words that executions are found by, each in a text of its own.
func searched() map[string]string {
	return map[string]string{
		"swordfish": "The swordfish swims.", "café": "un CAFÉ noir", "май": "в мае и Май", "λόγος": "ο ΛΌΓΟΣ", "हिन्दी": "हिन्दी में",
		"ắ": "một Ắ", "o'neil": "O'Neil's \\ 'quoted'", "2026": "in 2026-03",
	}
}

// Fill fills an empty store, which stays open.
func Fill(t *testing.T, s Store, c *clock.Fake) *Installation {
	t.Helper()
	b := &bench{Store: s, ctx: t.Context(), clock: c}
	var err error
	b.leases, err = s.AcquirePartitions(b.ctx, node, c.Now(), leaseTime)
	must(t, err)
	i := &Installation{}
	must(t, s.SetTrait(b.ctx, "color", "", "blue"))
	i.fillPeople(t, b)
	i.fillThings(t, b)
	i.fillExecutions(t, b)
	must(t, s.ReleasePartitions(b.ctx, b.leases))
	return i
}

func (i *Installation) fillPeople(t *testing.T, b *bench) {
	t.Helper()
	i.ann = b.founder(t)
	b.session(t, i.ann.ID, "s1")
	_, err := b.CreateToken(b.ctx, store.Token{User: i.ann.ID, Hash: []byte("t1"), Name: "CI", Scopes: []string{"scenario.run"}, Team: 1})
	must(t, err)
	must(t, b.ProposeTwoFactor(b.ctx, i.ann.ID, []byte("sealed")))
	must(t, b.ConfirmTwoFactor(b.ctx, i.ann.ID, []byte("sealed"), 100, [][]byte{[]byte("c1"), []byte("c2")}))
	_, err = b.CreateVoucher(b.ctx, store.Voucher{
		Kind: store.InvitationVoucher, Hash: []byte("i1"), Email: "eve@example.com", Author: i.ann.ID,
		Joining: store.Joining{Organization: 1, Role: "member", Team: 1, TeamRole: "restricted", Rights: []string{"scenario.view"}}, Expires: b.clock.Now().Add(time.Hour),
	})
	must(t, err)
	_, err = b.CreateIdentified(b.ctx, store.User{Email: "bob@example.com", Name: "Bób"}, store.Identity{Issuer: "https://id.example.com", Subject: "1"},
		&store.Joining{Organization: 1, Role: "member"})
	must(t, err)
	o, err := b.SaveOrganization(b.ctx, store.Organization{Name: "Other"})
	must(t, err)
	_, err = b.SaveTeam(b.ctx, store.Team{Organization: o.ID, Name: "Support"})
	must(t, err)

	entry := func() store.AuditEntry {
		return store.AuditEntry{Actor: "ann", Action: "team.create", Details: `{"a":1}`, Organization: 1, Team: 1}
	}
	i.deed = store.RequestKey{Hash: store.HashRequestKey("1", "k"), Request: []byte("asked")}
	done := &store.Accompaniment{Entry: entry, Key: &i.deed}
	_, err = b.SaveTeam(store.Accompany(b.ctx, done), store.Team{Organization: 1, Name: "With"})
	must(t, err)
	must(t, b.Finish(b.ctx, done, true, 201, []byte("the answer")))
	cut := &store.Accompaniment{Entry: entry}
	_, err = b.SaveTeam(store.Accompany(b.ctx, cut), store.Team{Organization: 1, Name: "Cut off"})
	must(t, err)
}

func (i *Installation) fillThings(t *testing.T, b *bench) {
	t.Helper()
	i.scenario = b.scenario(t)
	_, _, _, err := b.SaveScenario(b.ctx, store.SaveScenario{Scenario: i.scenario, Revision: 1, Name: "Wëlcome", Folder: "Leads", Blueprint: []byte(`{"flow":[` + strings.Repeat(" ", 5000) + `]}`), Author: "bob"})
	must(t, err)
	must(t, b.Activate(b.ctx, i.scenario, true, time.Time{}))
	former := b.scenario(t)
	b.finished(t, former, store.End{})
	must(t, b.DeleteScenario(b.ctx, former))
	must(t, b.PutSample(b.ctx, store.Sample{Scenario: i.scenario, Module: 3, Name: "http:Get", Bundles: []value.Value{bundle("a", 1)}}))
	seal := func(id int64) ([]byte, error) { return fmt.Appendf(nil, "sealed for %d", id), nil }
	_, err = b.SaveConnection(b.ctx, store.Connection{Name: "My account", App: "customerly", Type: "token", Metadata: `{}`}, seal)
	must(t, err)
	w, err := b.SaveSealedWebhook(b.ctx, store.Webhook{Name: "Orders", Scenario: i.scenario, TokenHash: []byte("token"), Settings: `{}`},
		store.WebhookSeals{Secrets: seal, Address: seal})
	must(t, err)
	i.webhook = w.ID
	d, err := b.SaveDataStore(b.ctx, store.DataStore{Name: "Contacts"})
	must(t, err)
	i.dataStore = d.ID
	for n, key := range []string{"b", "B", "a", "ä", "Z", "zebra", ""} {
		if key == "" {
			key = strings.Repeat("k", store.MaxRecordKeyBytes)
		}
		must(t, b.ChangeRecords(b.ctx, []store.RecordChange{{Store: d.ID, Kind: store.PutRecord, Key: key, Data: bundle("n", n)}}))
	}
}

func (i *Installation) fillExecutions(t *testing.T, b *bench) {
	t.Helper()
	for _, text := range searched() {
		b.finished(t, i.scenario, store.End{Text: text})
		i.finished++
	}
	large := value.Collection(value.F("file", value.Buffer(incompressible(600<<10), "binary")))
	run := b.running(t, i.scenario)
	kept := bundle("count", 5)
	done := b.step(t, run, store.Step{Operations: []store.Operation{b.operation("1", large), b.operation("2", large)}, End: &store.End{
		Status: store.Warning, At: b.clock.Now(), Kept: &kept, Text: "large",
		Incomplete: []store.NewIncomplete{{Module: 2, Address: "2/1", Reason: fault.New(fault.RateLimit, "Too many calls."), Data: bundle("x", 1), Attempts: 3, Interval: time.Minute}},
	}})
	i.finished++
	i.incomplete = done.Incomplete[0]
	middle := b.running(t, i.scenario)
	i.running = middle.ID
	b.step(t, middle, store.Step{
		Operations: []store.Operation{b.operation("1", bundle("x", 1)), b.operation("2", large)}, Checkpoint: []byte("state"),
		Intents: []store.Intent{{Address: "3", Started: b.clock.Now(), InputHash: 7, Request: bundle("body", 1)}},
		Cycle:   &store.Cycle{CycleEnd: store.CycleEnd{Number: 1, At: b.clock.Now()}, Cursors: []store.Cursor{{Module: 1, Data: []byte("cursor")}}},
	})
	in := store.Intake{Webhook: i.webhook, Scenario: i.scenario, Input: []value.Value{bundle("n", 1)}, Key: []byte("delivery"), Window: time.Hour}
	b.accept(t, in)
	b.accept(t, in)
	i.newest = b.accept(t, store.Intake{Webhook: i.webhook, Scenario: i.scenario, Version: 1, Run: true, Input: []value.Value{bundle("n", 2)}, Name: "named"}).ID
}

// GoesOn demands that a store holds the installation, and works with it.
func (i *Installation) GoesOn(t *testing.T, s Store, c *clock.Fake) {
	t.Helper()
	b := &bench{Store: s, ctx: t.Context(), clock: c}
	must(t, s.Check(b.ctx))
	color, err := s.Trait(b.ctx, "color")
	must(t, err)
	equal(t, "what is kept of the installation", color, "blue")
	b.leases, err = s.AcquirePartitions(b.ctx, "another node", c.Now(), leaseTime)
	must(t, err)
	i.checkPeople(t, b)
	i.checkThings(t, b)
	i.finishRunning(t, b)
	must(t, s.ReleasePartitions(b.ctx, b.leases))
}

func (i *Installation) checkPeople(t *testing.T, b *bench) {
	t.Helper()
	_, err := b.SessionByHash(b.ctx, []byte("s1"))
	must(t, err)
	_, err = b.SignIn(b.ctx, store.SignIn{Password: "hash", Second: &store.SecondFactor{Recovery: []byte("c1")}, Session: store.Session{User: i.ann.ID, Hash: []byte("s2"), Expires: b.clock.Now().Add(time.Hour)}})
	must(t, err)
	u, err := b.UserByIdentity(b.ctx, store.Identity{Issuer: "https://id.example.com", Subject: "1"})
	must(t, err)
	equal(t, "the user of an identity", u.Name, "Bób")
	eve, err := b.AcceptInvitation(b.ctx, []byte("i1"), store.User{Name: "Eve"})
	must(t, err)
	equal(t, "the next number of users is new", eve.ID > u.ID, true)
	id, _, err := b.CheckAudit(b.ctx)
	must(t, err)
	log, err := b.AuditLog(b.ctx, store.AuditFilter{})
	must(t, err)
	equal(t, "the audit log is whole", id, log[0].ID)
	must(t, b.Audit(b.ctx, store.AuditEntry{Actor: "ann", Action: "moved"}))
	_, _, err = b.CheckAudit(b.ctx)
	must(t, err)
	known, err := b.AnswerOf(b.ctx, i.deed)
	must(t, err)
	equal(t, "the answer of a request", string(known.Answer), "the answer")
}

func (i *Installation) checkThings(t *testing.T, b *bench) {
	t.Helper()
	for word := range searched() {
		found, err := b.History(b.ctx, store.HistoryFilter{Text: word})
		must(t, err)
		equal(t, "executions found by "+word, len(found), 1)
	}
	number, bytes := b.HistoryTotal(i.scenario)
	equal(t, "finished executions of the scenario", number, int64(i.finished))
	all, more := b.HistoryTotal(0)
	equal(t, "finished executions", fmt.Sprint(all, more > bytes), fmt.Sprint(i.finished+1, true))
	waiting, _, repeats := b.QueueTotal(i.webhook)
	equal(t, "what waits, and how often it came again", fmt.Sprint(waiting, repeats), "2 1")
	again := b.accept(t, store.Intake{Webhook: i.webhook, Scenario: i.scenario, Key: []byte("delivery"), Window: time.Hour})
	equal(t, "a delivery from before the move", again.Duplicate, true)
	next := b.accept(t, store.Intake{Webhook: i.webhook, Scenario: i.scenario})
	equal(t, "the next number is new", next.ID > i.newest, true)
	must2(t)(b.DeleteItems(b.ctx, i.webhook, []int64{next.ID}))
	hook, err := b.WebhookByToken(b.ctx, []byte("token"))
	must(t, err)
	equal(t, "what is sealed of the webhook", string(hook.Sealed)+", "+string(hook.Address), fmt.Sprintf("sealed for %d, sealed for %[1]d", i.webhook))
	records, err := b.Records(b.ctx, i.dataStore, "", 10)
	must(t, err)
	equal(t, "records", len(records), 7)
	equal(t, "the first record", records[0].Key+records[1].Key, "BZ")
	_, stats, err := b.Statistics(b.ctx, store.StatisticFilter{From: b.clock.Now().Add(-time.Hour), Until: b.clock.Now().Add(time.Hour), Step: time.Hour})
	must(t, err)
	equal(t, "executions that were counted", stats.Ended[store.Success]+stats.Ended[store.Warning], int64(i.finished+1))
	x, err := b.Incomplete(b.ctx, i.incomplete)
	must(t, err)
	equal(t, "data of an incomplete execution", x.Data.JSON(), `{"x":1}`)
	cursor, err := b.TriggerCursor(b.ctx, i.scenario, 1)
	must(t, err)
	equal(t, "cursor", string(cursor), "cursor")
}

// finishRunning goes on with the execution that was in its middle.
func (i *Installation) finishRunning(t *testing.T, b *bench) {
	t.Helper()
	j, err := b.Load(b.ctx, i.running)
	must(t, err)
	equal(t, "status and checkpoint", fmt.Sprint(j.Execution.Status, string(j.Checkpoint)), fmt.Sprint(store.Running, "state"))
	intents, err := j.OpenIntents(b.ctx)
	must(t, err)
	equal(t, "open intents", len(intents), 1)
	r, found, err := j.Find(b.ctx, "2")
	must(t, err)
	equal(t, "a large result is found", found, true)
	sameBundles(t, "it", r.Bundles, value.Collection(value.F("file", value.Buffer(incompressible(600<<10), "binary"))))
	other := value.Collection(value.F("file", value.Buffer(incompressible(700<<10), "binary")))
	done := b.step(t, j.Run(b.fence(i.scenario)), store.Step{Operations: []store.Operation{b.operation("3", other)}, End: &store.End{
		Status: store.Warning, At: b.clock.Now(), Text: "gone on",
		Incomplete: []store.NewIncomplete{{Module: 2, Address: "2/1", Reason: fault.New(fault.Data, "Bad."), Data: bundle("x", 2)}},
	}})
	equal(t, "the next incomplete execution", done.Incomplete[0], i.incomplete+1)
	found2, err := b.History(b.ctx, store.HistoryFilter{Text: "gone"})
	must(t, err)
	equal(t, "found by its text", len(found2), 1)
	_, _, _, err = b.SaveScenario(b.ctx, store.SaveScenario{Name: "New", Blueprint: []byte(`{}`), Author: "ann"})
	must(t, err)
}
