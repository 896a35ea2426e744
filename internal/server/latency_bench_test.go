package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// What the installation of the latency benchmark has.
const (
	manyExecutions   = 1_000_000
	manyOpen         = 500 // of the executions are not over
	fillersAtOnce    = 256
	connectionsMany  = 1000
	webhooksMany     = 2000
	leaseOfFilling   = time.Hour
	busyScenarioPart = 10 // one in so many scenarios has half of all executions
)

// filledTeam is a team of that installation. One without a share has executions only at the very beginning.
type filledTeam struct {
	name      string
	scenarios int
	weight    int // of its scenarios when executions are dealt out
}

func filledTeams() []filledTeam {
	teams := []filledTeam{{"large", 8000, 10}, {"few", 5, 1}, {"idle", 995, 0}}
	for i := range 10 {
		teams = append(teams, filledTeam{fmt.Sprint("middle ", i), 100, 3})
	}
	return teams
}

// BenchmarkAPILatency says how long requests take against 10,000 scenarios and a million executions, and keeps them in the folder that
// ROPEWAY_LATENCY_DIR names: filling it takes minutes.
func BenchmarkAPILatency(b *testing.B) {
	dir := os.Getenv("ROPEWAY_LATENCY_DIR")
	if dir == "" {
		b.Skip("ROPEWAY_LATENCY_DIR names no folder for a million executions")
	}
	s, err := store.Open(b.Context(), dir, store.Options{Clock: clock.System{}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	f := filling{b: b, ctx: b.Context(), store: s, random: rand.New(rand.NewPCG(1, 2))}
	f.fill()
	system, err := server.Assemble(server.Options{Clock: clock.System{}, Durable: true, Keys: server.NewKeys(dir, "", "", nil)})
	if err != nil {
		b.Fatal(err)
	}
	control := &server.Control{Store: s, System: system, Clock: clock.System{}}
	teams, err := s.Teams(b.Context(), 0, store.Listing{Limit: 100})
	if err != nil {
		b.Fatal(err)
	}
	byName := map[string]int64{}
	for _, t := range teams {
		byName[t.Name] = t.ID
	}
	for _, path := range []string{
		"/scenarios", "/scenarios?limit=500", "/scenarios?active=true", "/folders", "/scenarios?name=scenario+77", "/executions", "/executions?limit=500", "/executions?status=error", "/executions?text=refused",
		"/webhooks", "/connections", "/incomplete", "/statistics", "/statistics?from=2026-10-28T00:00:00Z&step=3600", "/summary",
	} {
		for _, who := range []string{"all", "large", "few", "idle", "middle"} {
			b.Run(who+path, func(b *testing.B) { latency(b, control, callerOf(byName, who), func() string { return path }) })
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, one := range []string{"/scenarios/%d", "/scenarios/%d/versions", "/executions?scenario=%d"} {
		b.Run("one"+one, func(b *testing.B) {
			latency(b, control, access.Machine(), func() string { return fmt.Sprintf(one, 1+random.IntN(10_000)) })
		})
	}
}

// callerOf is the caller who belongs to one team, to all that are called middle, or who owns the machine.
func callerOf(teams map[string]int64, who string) *access.Principal {
	if who == "all" {
		return access.Machine()
	}
	p := &access.Principal{User: 1, Email: "ada@example.com", Teams: map[int64]access.Membership{}}
	for name, id := range teams {
		if name == who || who == "middle" && len(name) > 6 && name[:6] == who {
			p.Teams[id] = access.Membership{Organization: store.FirstOrganization, Role: access.TeamMember}
		}
	}
	return p
}

// fixedCaller is the authenticator that knows one caller.
type fixedCaller struct{ who *access.Principal }

func (a fixedCaller) Authenticate(*http.Request) (*access.Principal, error) { return a.who, nil }

func latency(b *testing.B, control *server.Control, who *access.Principal, path func() string) {
	b.Helper()
	handler := api.New(control.Services(), api.Options{Auth: fixedCaller{who}, Ledger: server.Ledger{Store: control.Store}, Log: slog.New(slog.DiscardHandler)})
	var took []time.Duration
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, api.Prefix+path(), nil)
		w := httptest.NewRecorder()
		begun := time.Now()
		handler.ServeHTTP(w, r)
		took = append(took, time.Since(begun))
		if w.Code != http.StatusOK {
			b.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	slices.Sort(took)
	at := func(part float64) float64 { return float64(took[int(float64(len(took)-1)*part)].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "ms/p50")
	b.ReportMetric(at(0.99), "ms/p99")
}

// filling fills an installation by what the store offers.
type filling struct {
	b      *testing.B
	ctx    context.Context //nolint:containedctx // it lives as long as the benchmark
	store  *store.Store
	random *rand.Rand
	dealt  []int64 // numbers of scenarios, as often as executions go to them
	idle   []int64
	leases []store.Lease
}

func (f *filling) must(err error) {
	if err != nil {
		f.b.Helper()
		f.b.Fatal(err)
	}
}

func (f *filling) fill() {
	if number, _ := f.store.HistoryTotal(0); number >= manyExecutions-manyOpen {
		return
	}
	begun := time.Now()
	for _, t := range filledTeams() {
		f.team(t)
	}
	var err error
	f.leases, err = f.store.AcquirePartitions(f.ctx, "filler", time.Now(), leaseOfFilling)
	f.must(err)
	for _, scenario := range f.idle[:10] {
		f.execution(scenario, 0)
	}
	f.executions()
	f.must(f.store.ReleasePartitions(f.ctx, f.leases))
	f.b.Logf("filled in %s", time.Since(begun))
}

// team makes a team with its scenarios, connections and webhooks.
func (f *filling) team(t filledTeam) {
	team, err := f.store.SaveTeam(f.ctx, store.Team{Organization: store.FirstOrganization, Name: t.name})
	f.must(err)
	f.each(t.scenarios, func(i int) {
		_, _, _, err := f.store.SaveScenario(f.ctx, store.SaveScenario{
			Team: team.ID, Name: fmt.Sprintf("%s scenario %d", t.name, i), Schedule: `{"type":"immediately"}`, Author: "ann",
			Blueprint: []byte(fmt.Sprintf(`{"name":"scenario %d","flow":[{"id":1,"module":"util:SetVariable","version":1,"mapper":{"name":"a","value":"%d"}}]}`, i, i)),
		})
		f.must(err)
	})
	f.each(max(1, t.scenarios*connectionsMany/10_000), func(i int) {
		_, err := f.store.SaveConnection(f.ctx, store.Connection{Team: team.ID, Name: fmt.Sprintf("%s %d", t.name, i), App: "customerly", Type: "customerly", Metadata: `{}`},
			func(int64) ([]byte, error) { return []byte("sealed"), nil })
		f.must(err)
	})
	var ids []int64
	for after := int64(0); ; {
		page, err := f.store.Scenarios(f.ctx, store.Listing{Teams: []int64{team.ID}, After: after, Limit: 500})
		f.must(err)
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			ids = append(ids, c.ID)
			after = c.ID
		}
	}
	f.each(max(1, t.scenarios*webhooksMany/10_000), func(i int) {
		_, err := f.store.SaveWebhook(f.ctx, store.Webhook{Team: team.ID, Name: fmt.Sprintf("%s %d", t.name, i), Scenario: ids[i%len(ids)], TokenHash: []byte(fmt.Sprintf("%d %d", team.ID, i)), Settings: `{}`})
		f.must(err)
	})
	if t.weight == 0 {
		f.idle = ids
	}
	for i, id := range ids {
		for range t.weight {
			f.dealt = append(f.dealt, id)
		}
		if t.weight > 0 && i%busyScenarioPart == 0 {
			for range t.weight * busyScenarioPart {
				f.dealt = append(f.dealt, id)
			}
		}
	}
}

// each does something for every number below n, many at once.
func (f *filling) each(n int, do func(i int)) {
	var group sync.WaitGroup
	for worker := range fillersAtOnce {
		group.Go(func() {
			for i := worker; i < n; i += fillersAtOnce {
				do(i)
			}
		})
	}
	group.Wait()
}

func (f *filling) executions() {
	scenarios := make([]int64, manyExecutions)
	for i := range scenarios {
		scenarios[i] = f.dealt[f.random.IntN(len(f.dealt))]
	}
	f.each(manyExecutions, func(i int) { f.execution(scenarios[i], i) })
}

// execution runs one execution; the last ones go on.
func (f *filling) execution(scenario int64, i int) {
	run, err := f.store.StartExecution(f.ctx, f.leases[store.PartitionOf(scenario)].Fence, store.NewExecution{Scenario: scenario, Version: 1, Origin: store.ByHand, Name: fmt.Sprint("run ", i)})
	f.must(err)
	if i >= manyExecutions-manyOpen {
		return
	}
	at := time.Now()
	end := &store.End{At: at, Status: store.Success, Summary: store.Summary{Cycles: 1, Operations: 2}}
	if i%20 == 0 {
		end.Status, end.Text = store.Failed, "The service refused it"
		end.Summary.ErrorMessage = end.Text
	}
	_, err = f.store.Append(f.ctx, run, store.Step{End: end, Operations: []store.Operation{
		{Address: "1", Started: at, Finished: at, InputHash: 42, Bundles: store.List([]value.Value{value.Collection(value.F("n", value.Int(i)))})},
	}})
	f.must(err)
}
