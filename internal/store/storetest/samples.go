package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

func modes(t *testing.T, b *bench) {
	scenario := b.scenario(t)
	dry := b.accept(t, store.Intake{Scenario: scenario, Run: true, Origin: store.ByHand, Mode: store.DryRun, Received: b.clock.Now()})
	open, err := b.HasOpen(b.ctx, scenario)
	must(t, err)
	equal(t, "a dry run keeps the scenario from starting", open, false)
	real := b.accept(t, store.Intake{Scenario: scenario, Run: true, Origin: store.ByHand, Received: b.clock.Now()})
	open, err = b.HasOpen(b.ctx, scenario)
	must(t, err)
	equal(t, "another execution does", open, true)

	b.restart(t)
	list, err := b.OpenExecutions(b.ctx, store.PartitionOf(scenario), 0, 10)
	must(t, err)
	equal(t, "open executions", len(list), 2)
	for i, want := range []store.Mode{store.DryRun, 0} {
		equal(t, "mode of an open execution", list[i].Mode, want)
	}
	j, err := b.Load(b.ctx, dry.ID)
	must(t, err)
	equal(t, "dry", j.Execution.Dry(), true)
	_, err = b.Append(b.ctx, j.Run(b.fence(scenario)), store.Step{
		Start: &store.Start{At: b.clock.Now(), Version: 1}, End: &store.End{Status: store.Success, At: b.clock.Now(), Dry: true, Text: "rehearsal"},
	})
	must(t, err)
	b.finished(t, scenario, store.End{})
	found, err := b.History(b.ctx, store.HistoryFilter{Scenario: scenario})
	must(t, err)
	equal(t, "finished executions", len(found), 2)
	equal(t, "dry in the history", found[1].Dry(), true)
	for _, f := range []store.HistoryFilter{{}, {Scenario: scenario}, {Teams: []int64{store.FirstTeam}}, {Text: "rehearsal"}} {
		f.Dry = new(true)
		equal(t, "dry runs only", b.pages(t, f), fmt.Sprint([]int64{dry.ID}))
		f.Dry, f.Text = new(false), ""
		equal(t, "no dry runs", b.pages(t, f), fmt.Sprint([]int64{found[0].ID}))
	}
	waiting, err := b.OpenHistory(b.ctx, store.HistoryFilter{Dry: new(true)})
	must(t, err)
	equal(t, "dry runs that wait", len(waiting), 0)
	_, all, err := b.Statistics(b.ctx, store.StatisticFilter{From: b.clock.Now().Add(-time.Hour), Until: b.clock.Now().Add(time.Hour), Step: time.Hour})
	must(t, err)
	equal(t, "executions that count", all.Ended[store.Success], 1)
	e, err := b.Execution(b.ctx, real.ID)
	must(t, err)
	equal(t, "not dry", e.Dry(), false)
}

func samples(t *testing.T, b *bench) {
	scenario := b.scenario(t)
	put := func(module int, bundles ...value.Value) error {
		return b.PutSample(b.ctx, store.Sample{Scenario: scenario, Module: module, Name: "app:Name", Bundles: bundles})
	}
	must(t, put(2, value.Text("old")))
	must(t, put(2, value.Text("a"), value.Collection(value.F("b", value.Null))))
	must(t, put(1, value.Int(1)))
	b.restart(t)
	list, err := b.Samples(b.ctx, scenario)
	must(t, err)
	equal(t, "samples", len(list), 2)
	equal(t, "the first module", list[0].Module, 1)
	equal(t, "bundles", value.Array(list[1].Bundles...).JSON(), `["a",{"b":null}]`)
	equal(t, "name", list[1].Name, "app:Name")
	equal(t, "time", list[1].Updated.Equal(b.clock.Now()), true)
	if err := put(3); err == nil {
		t.Error("no bundle was taken for a sample")
	}
	wantError(t, "sample of no scenario", b.PutSample(b.ctx, store.Sample{Scenario: 12345, Module: 1, Bundles: []value.Value{value.Null}}), store.ErrNotFound)
	must(t, b.DeleteSample(b.ctx, scenario, 2))
	wantError(t, "sample that is gone", b.DeleteSample(b.ctx, scenario, 2), store.ErrNotFound)
	must(t, b.DeleteScenario(b.ctx, scenario))
	list, err = b.Samples(b.ctx, scenario)
	must(t, err)
	equal(t, "samples of a scenario that is gone", len(list), 0)
}
