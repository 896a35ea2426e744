package runner_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/runner"
)

func TestDispatcherIsFairBetweenScenarios(t *testing.T) {
	t.Parallel()
	d := runner.NewDispatcher(1)
	var mu sync.Mutex
	var order []int64
	gate := make(chan struct{})
	d.Submit(runner.Job{Scenario: 9, Run: func(context.Context) { <-gate }}, 1)
	var all sync.WaitGroup
	job := func(scenario int64) {
		all.Add(1)
		d.Submit(runner.Job{Scenario: scenario, Run: func(context.Context) {
			defer all.Done()
			mu.Lock()
			defer mu.Unlock()
			order = append(order, scenario)
		}}, 8)
	}
	for range 4 {
		job(1)
	}
	job(2)
	job(3)
	close(gate)
	all.Wait()
	d.Close()
	if want := []int64{1, 2, 3, 1, 1, 1}; !slices.Equal(order, want) {
		t.Errorf("order: got %v, want %v", order, want)
	}
}

func TestScenariosWhoseJobsDoNotEndLeaveRoom(t *testing.T) {
	t.Parallel()
	d := runner.NewDispatcher(16)
	gate := make(chan struct{})
	for scenario := range int64(3) {
		for range 16 {
			d.Submit(runner.Job{Scenario: scenario, Run: func(context.Context) { <-gate }}, 8)
		}
	}
	for scenario, want := range []int{8, 4, 2} {
		if running, waiting := d.Load(int64(scenario)); running != want || waiting != 16-want {
			t.Errorf("scenario %d: got %d running and %d waiting, want %d and %d", scenario, running, waiting, want, 16-want)
		}
	}
	ran := make(chan struct{})
	d.Submit(runner.Job{Scenario: 9, Run: func(context.Context) { close(ran) }}, 8)
	<-ran
	close(gate)
	for _, waiting := d.Total(); waiting > 0; _, waiting = d.Total() {
		runtime.Gosched()
	}
	d.Close()
}

func TestDispatcherKeepsTheOrderOfASequentialScenario(t *testing.T) {
	t.Parallel()
	d := runner.NewDispatcher(8)
	var mu sync.Mutex
	var order []int
	running, most := 0, 0
	var all sync.WaitGroup
	for i := range 50 {
		all.Add(1)
		d.Submit(runner.Job{Scenario: 1, Run: func(context.Context) {
			defer all.Done()
			mu.Lock()
			running++
			most = max(most, running)
			order = append(order, i)
			mu.Unlock()
			mu.Lock()
			running--
			mu.Unlock()
		}}, 1)
	}
	all.Wait()
	d.Close()
	if !slices.IsSorted(order) || len(order) != 50 || most != 1 {
		t.Errorf("got %v with %d at once, want 0 to 49 one by one", order, most)
	}
}

func TestClosedDispatcherTakesNothing(t *testing.T) {
	t.Parallel()
	d := runner.NewDispatcher(1)
	gate, ran := make(chan struct{}), false
	d.Submit(runner.Job{Scenario: 1, Run: func(context.Context) { <-gate }}, 1)
	d.Submit(runner.Job{Scenario: 1, Run: func(context.Context) { ran = true }}, 1)
	if running, waiting := d.Load(1); running != 1 || waiting != 1 {
		t.Errorf("load: got %d running and %d waiting, want 1 and 1", running, waiting)
	}
	ended := make(chan struct{})
	go func() { d.Close(); close(ended) }()
	for d.Submit(runner.Job{Scenario: 2, Run: func(context.Context) {}}, 1) {
	}
	close(gate)
	<-ended
	if ran {
		t.Error("a job that waited at Close ran")
	}
}

func TestDispatcherLendsThePlaceOfAJobThatWaits(t *testing.T) {
	t.Parallel()
	d := runner.NewDispatcher(1)
	second, all := make(chan struct{}), make(chan struct{})
	d.Submit(runner.Job{Scenario: 1, ID: 1, Run: func(context.Context) {
		d.Submit(runner.Job{Scenario: 1, ID: 2, Run: func(context.Context) { close(second) }}, 1)
		back := d.Lend(1, true)
		<-second
		back()
		if running, _ := d.Total(); running < 1 {
			t.Errorf("got %d running, want at least the one that took its place back", running)
		}
		close(all)
	}}, 1)
	<-all
	d.Close()
	if running, waiting := d.Total(); running != 0 || waiting != 0 {
		t.Errorf("got %d running and %d waiting after the end, want none", running, waiting)
	}
}
