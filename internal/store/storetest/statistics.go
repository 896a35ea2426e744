package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

// statistics holds the store to how it counts executions that end.
func statistics(t *testing.T, b *bench) {
	one, other := b.scenario(t), b.scenario(t)
	from := b.clock.Now().Truncate(time.Hour).Add(time.Hour)
	b.clock.Advance(from.Sub(b.clock.Now()))
	end := func(scenario int64, status store.Status, took time.Duration) {
		t.Helper()
		run := b.running(t, scenario)
		b.step(t, run, store.Step{End: &store.End{Status: status, At: b.clock.Now().Add(took), Summary: store.Summary{Operations: 3}}})
	}
	for i := range 100 { // 1, 2, … 100 ms
		end(one, store.Success, time.Duration(i+1)*time.Millisecond)
	}
	b.clock.Advance(14 * time.Minute)
	end(one, store.Failed, time.Second)
	end(other, store.Warning, time.Second)
	b.clock.Advance(time.Hour)
	end(one, store.Stopped, time.Minute)

	show := func(f store.StatisticFilter) string {
		t.Helper()
		list, all, err := b.Statistics(b.ctx, f)
		must(t, err)
		text := ""
		sum := int64(0)
		for _, s := range list {
			sum += s.Operations
		}
		equal(t, "operations of all", all.Operations, sum)
		for _, s := range list {
			text += fmt.Sprintf("%s %d/%d/%d/%d %d; ", s.At.Sub(from), s.Ended[store.Success], s.Ended[store.Warning], s.Ended[store.Failed], s.Ended[store.Stopped], s.Operations)
		}
		return text
	}
	all := store.StatisticFilter{From: from, Until: from.Add(2 * time.Hour), Step: time.Hour}
	equal(t, "by the hour", show(all), "0s 100/1/1/0 306; 1h0m0s 0/0/0/1 3; ")
	quarters := all
	quarters.Step = store.StatisticStep
	equal(t, "by the quarter", show(quarters), "0s 100/1/1/0 306; 1h15m0s 0/0/0/1 3; ")
	scenario := all
	scenario.Scenario = other
	equal(t, "of one scenario", show(scenario), "0s 0/1/0/0 3; ")
	scenario.Teams = []int64{}
	equal(t, "of a scenario of others", show(scenario), "")
	first := all
	first.Until = from.Add(time.Minute)
	equal(t, "a part of a quarter", show(first), "0s 100/1/1/0 306; ")
	late := all
	late.From, late.Teams = from.Add(time.Hour), []int64{store.FirstTeam}
	equal(t, "from later on", show(late), "1h0m0s 0/0/0/1 3; ")

	list, sum, err := b.Statistics(b.ctx, store.StatisticFilter{Scenario: one, From: from, Until: from.Add(store.StatisticStep), Step: store.StatisticStep})
	must(t, err)
	near(t, "median", list[0].Median, 50*time.Millisecond)
	near(t, "95 of 100", list[0].P95, 95*time.Millisecond)
	near(t, "median of all", sum.Median, 50*time.Millisecond)

	_, err = b.Sweep(b.ctx, store.Budgets{All: store.Budget{Age: time.Nanosecond}})
	must(t, err)
	equal(t, "after the history is gone", show(scenarioOf(all, one)), "0s 100/0/1/0 303; 1h0m0s 0/0/0/1 3; ")
	must(t, b.DeleteScenario(b.ctx, other))
	equal(t, "of a deleted scenario", show(scenarioOf(all, other)), "0s 0/1/0/0 3; ")
	b.restart(t)
	equal(t, "after a restart", show(all), "0s 100/1/1/0 306; 1h0m0s 0/0/0/1 3; ")
	b.clock.Advance(store.StatisticsKept - 30*time.Minute)
	_, err = b.Sweep(b.ctx, store.Budgets{})
	must(t, err)
	equal(t, "after most of it is too old", show(all), "1h0m0s 0/0/0/1 3; ")
}

func scenarioOf(f store.StatisticFilter, scenario int64) store.StatisticFilter {
	f.Scenario = scenario
	return f
}

// near compares durations to a tenth.
func near(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got < want*9/10 || got > want*11/10 {
		t.Errorf("%s: got %s, want %s to a tenth", what, got, want)
	}
}

// standing holds the store to what it says of the present.
func standing(t *testing.T, b *bench) {
	id := b.scenario(t)
	b.scenario(t)
	must(t, b.Activate(b.ctx, id, true, time.Time{}))
	b.running(t, id)
	run := b.running(t, id)
	b.step(t, run, store.Step{End: &store.End{Status: store.Warning, At: b.clock.Now(), Incomplete: []store.NewIncomplete{
		{Module: 1, Address: "1/1"}, {Module: 1, Address: "1/1", Due: b.clock.Now().Add(time.Hour)},
	}}})
	w, err := b.SaveWebhook(b.ctx, store.Webhook{Name: "Hook", Scenario: id, TokenHash: []byte("hash")})
	must(t, err)
	_, err = b.Accept(b.ctx, []store.Intake{{Webhook: w.ID, Scenario: id, Received: b.clock.Now()}})
	must(t, err)
	want := store.Standing{
		Scenarios: 2, Active: 1, Running: 1, Payloads: 1, Incomplete: map[store.IncompleteState]int64{store.Unresolved: 1, store.Pending: 1},
	}
	for _, teams := range [][]int64{nil, {store.FirstTeam}} {
		got, err := b.Standing(b.ctx, teams)
		must(t, err)
		equal(t, fmt.Sprint("standing of ", teams), fmt.Sprint(got), fmt.Sprint(want))
	}
	got, err := b.Standing(b.ctx, []int64{})
	must(t, err)
	equal(t, "standing of no team", fmt.Sprint(got), fmt.Sprint(store.Standing{Incomplete: map[store.IncompleteState]int64{}}))
}
