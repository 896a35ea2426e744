package server_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// keptDouble is a store that says what it is told to.
type keptDouble struct {
	refused   bool
	asked     []store.Budgets
	done      store.Swept
	err       error
	free      uint64
	log       int64
	scenarios []store.Scenario
}

func (k *keptDouble) Sweep(_ context.Context, b store.Budgets) (store.Swept, error) {
	k.asked = append(k.asked, b)
	return k.done, k.err
}

func (k *keptDouble) Usage(context.Context) (store.Usage, error) {
	return store.Usage{Log: k.log, Refused: k.refused}, nil
}

func (k *keptDouble) Room() (free, needed uint64, err error) { return k.free, 100, nil }

func (k *keptDouble) Scenarios(context.Context, store.Listing) ([]store.Scenario, error) {
	return k.scenarios, nil
}

// told is a sink that keeps the kinds of events.
type told struct{ kinds []notify.Kind }

func (*told) Name() string { return "told" }

func (t *told) Send(_ context.Context, e notify.Event) error {
	t.kinds = append(t.kinds, e.Kind)
	return nil
}

func retention(t *testing.T, k *keptDouble) (*server.Retention, *clock.Fake, func() []notify.Kind) {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	log := slog.New(slog.DiscardHandler)
	sink := &told{}
	n := notify.New(notify.Options{Sinks: []notify.Sink{sink}, Clock: now, Log: log})
	return &server.Retention{Store: k, Clock: now, Log: log, Budget: store.Budget{Bytes: 1000, Age: server.DaysOf(30)}, Notifier: n}, now,
		func() []notify.Kind { n.Close(context.Background()); return sink.kinds }
}

func TestRetentionReadsTheBudgets(t *testing.T) {
	t.Parallel()
	k := &keptDouble{free: 1000, scenarios: []store.Scenario{
		{ID: 1, Settings: `{"historyBytes": 50, "historyDays": 7, "other": true}`},
		{ID: 2, Settings: `{}`},
		{ID: 3},
		{ID: 4, Settings: "not JSON"},
		{ID: 5, Settings: `{"historyBytes": -1, "historyDays": 3}`},
	}}
	r, _, kinds := retention(t, k)
	r.Look(t.Context())
	want := []store.Budgets{{
		All:       store.Budget{Bytes: 1000, Age: 30 * 24 * time.Hour},
		Scenarios: map[int64]store.Budget{1: {Bytes: 50, Age: 7 * 24 * time.Hour}, 5: {Age: 3 * 24 * time.Hour}},
	}}
	if diff := cmp.Diff(want, k.asked); diff != "" {
		t.Errorf("budgets differ (-want +got):\n%s", diff)
	}
	if got := kinds(); len(got) != 0 {
		t.Errorf("got %v told, want nothing", got)
	}
}

func TestRetentionTellsOfTheDisk(t *testing.T) {
	t.Parallel()
	k := &keptDouble{}
	r, now, kinds := retention(t, k)
	for _, free := range []uint64{1000, 400, 399, 100, 99, 50, 100, 99} {
		k.free = free
		r.Look(t.Context())
		now.Advance(server.RetentionInterval)
	}
	want := []notify.Kind{notify.DiskNearlyFull, notify.IntakeStopped, notify.IntakeResumed, notify.IntakeStopped}
	if got := kinds(); !slices.Equal(got, want) {
		t.Errorf("got %v told, want %v", got, want)
	}
}

func TestRetentionTellsOfTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		k    keptDouble
		want []notify.Kind
	}{
		"failed sweep":     {keptDouble{free: 1000, err: errors.New("broken")}, []notify.Kind{notify.UpkeepFailed}},
		"closed store":     {keptDouble{free: 1000, err: store.ErrClosed}, nil},
		"expired payloads": {keptDouble{free: 1000, done: store.Swept{Payloads: 3}}, []notify.Kind{notify.PayloadsExpired}},
		"log at limit":     {keptDouble{free: 1000, log: store.MaxLogBytes}, nil},
		"log that is kept": {keptDouble{free: 1000, log: store.MaxLogBytes + 1, refused: true}, []notify.Kind{notify.UpkeepFailed}},
		"log past limit":   {keptDouble{free: 1000, log: store.MaxLogBytes + 1}, []notify.Kind{notify.LogTooLong}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, kinds := retention(t, &c.k)
			r.Look(t.Context())
			if got := kinds(); !slices.Equal(got, c.want) {
				t.Errorf("got %v told, want %v", got, c.want)
			}
		})
	}
}

func TestNothingGoesByAgeAfterTheClockWasSetForward(t *testing.T) {
	t.Parallel()
	k := &keptDouble{free: 1000, scenarios: []store.Scenario{{ID: 1, Settings: `{"historyDays": 7, "historyBytes": 9}`}}}
	r, now, kinds := retention(t, k)
	r.Look(t.Context())
	server.SetClockForward(r, 400*24*time.Hour)
	r.Look(t.Context())
	now.Advance(server.RetentionInterval)
	r.Look(t.Context())
	now.Advance(24 * time.Hour)
	r.Look(t.Context())
	var ages []time.Duration
	for _, b := range k.asked {
		ages = append(ages, b.All.Age, b.Scenarios[1].Age, b.Queued)
	}
	month, week := server.DaysOf(30), server.DaysOf(7)
	if want := []time.Duration{month, week, 0, 0, 0, -1, 0, 0, -1, month, week, 0}; !slices.Equal(ages, want) {
		t.Errorf("got ages %v, want %v", ages, want)
	}
	if got := kinds(); !slices.Equal(got, []notify.Kind{notify.ClockJumped}) {
		t.Errorf("got %v told, want that the clock jumped once", got)
	}
}

func TestRetentionRunsUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	k := &keptDouble{free: 1000}
	r, now, _ := retention(t, k)
	r.Meter = meterFunc(func() {
		if len(k.asked) == 3 {
			stop()
		}
	})
	r.Run(ctx)
	if len(k.asked) != 3 || len(now.Slept()) != 3 {
		t.Errorf("got %d sweeps and %d waits, want 3 of each", len(k.asked), len(now.Slept()))
	}
}

type meterFunc func()

func (f meterFunc) Swept(store.Swept, time.Duration, error) { f() }
