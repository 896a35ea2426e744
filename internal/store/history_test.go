package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

// pageOfHistory is how many executions the test below asks for at once.
const pageOfHistory = 20

// TestHistoryOfTeamsIsThatOfAllWithoutTheOthers reads the history of teams page by page, in each of the ways in which the store looks
// for it, and compares it with the history of all.
func TestHistoryOfTeamsIsThatOfAllWithoutTheOthers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 7))
	c := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	leases, err := s.AcquirePartitions(t.Context(), "tests", c.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	teamOf := map[int64]int64{}
	var scenarios []int64
	for _, name := range []string{"first", "second", "third"} {
		team, err := s.SaveTeam(t.Context(), store.Team{Organization: store.FirstOrganization, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		for range 8 {
			id, _, _, err := s.SaveScenario(t.Context(), store.SaveScenario{Team: team.ID, Name: "x", Blueprint: []byte(`{"flow":[]}`)})
			if err != nil {
				t.Fatal(err)
			}
			scenarios, teamOf[id] = append(scenarios, id), team.ID
		}
	}
	scenarioOf := map[int64]int64{}
	var mu sync.Mutex
	run := func(scenario int64) {
		mu.Lock()
		end := &store.End{At: c.Now(), Status: []store.Status{store.Success, store.Failed}[random.IntN(2)], Text: []string{"refused", "away"}[random.IntN(2)]}
		mu.Unlock()
		run, err := s.StartExecution(t.Context(), leases[store.PartitionOf(scenario)].Fence, store.NewExecution{Scenario: scenario, Version: 1, Origin: store.ByHand})
		if err == nil {
			_, err = s.Append(t.Context(), run, store.Step{End: end})
		}
		if err != nil {
			t.Error(err)
			return
		}
		mu.Lock()
		scenarioOf[run.ID] = scenario
		mu.Unlock()
	}
	for range 60 { // several at each instant; the first two teams only
		run(scenarios[random.IntN(16)])
		if random.IntN(3) == 0 {
			c.Advance(time.Second)
		}
	}
	var group sync.WaitGroup
	for i := range 20 * pageOfHistory { // those of the first two are far behind
		group.Go(func() { run(scenarios[16+i%8]) })
	}
	group.Wait()
	many := []int64{2, 3}
	for i := range 130 { // a team that is the only one of its part of the teams that are read together
		team, err := s.SaveTeam(t.Context(), store.Team{Organization: store.FirstOrganization, Name: fmt.Sprint("small ", i)})
		if err != nil {
			t.Fatal(err)
		}
		id, _, _, err := s.SaveScenario(t.Context(), store.SaveScenario{Team: team.ID, Name: "x", Blueprint: []byte(`{"flow":[]}`)})
		if err != nil {
			t.Fatal(err)
		}
		many, teamOf[id] = append(many, team.ID), team.ID
		if i%2 == 0 {
			c.Advance(time.Second)
		}
		run(id)
	}
	all := func(f store.HistoryFilter) []int64 {
		f.Limit = pageOfHistory
		var ids []int64
		for {
			page, err := s.History(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page {
				ids = append(ids, e.ID)
			}
			if len(page) < f.Limit {
				return ids
			}
			f.After = page[len(page)-1].Place()
		}
	}
	for _, f := range []store.HistoryFilter{
		{}, {Until: c.Now().Add(-70 * time.Second), Statuses: []store.Status{store.Failed}}, {Text: "refu", From: c.Now().Add(-90 * time.Second)},
	} {
		everything := all(f)
		for n, teams := range [][]int64{{2}, {2, 3}, {3, 4}, many, many[40:90], {}} {
			s.TakeTextsForOld(everything[len(everything)/2] * int64(n%2))
			want := slices.DeleteFunc(slices.Clone(everything), func(id int64) bool {
				return !slices.Contains(teams, teamOf[scenarioOf[id]])
			})
			g := f
			g.Teams = teams
			if got := all(g); !cmp.Equal(got, want) && len(got)+len(want) > 0 {
				t.Errorf("%+v: %s", g, cmp.Diff(want, got))
			}
		}
	}
}
