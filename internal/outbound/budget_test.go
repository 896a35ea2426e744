package outbound

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

func newTestBudgets() (*Budgets, *clock.Fake) {
	fake := clock.NewFake(time.Unix(1000, 0))
	return NewBudgets(fake), fake
}

func TestBudgetSpacesCalls(t *testing.T) {
	t.Parallel()
	budgets, fake := newTestBudgets()
	budgets.SetBudget("a", 2, 3)
	for range 6 {
		if err := budgets.Wait(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		for _, free := range []string{"", "b"} {
			if err := budgets.Wait(t.Context(), free); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := []time.Duration{500 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond}
	if diff := cmp.Diff(want, fake.Slept()); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestBudgetWaitLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		freeze time.Duration
		want   fault.Kind
	}{{MaxBudgetWait, ""}, {MaxBudgetWait + 1, fault.RateLimit}} {
		budgets, fake := newTestBudgets()
		budgets.Freeze("a", tt.freeze)
		budgets.Freeze("a", time.Second) // does not shorten it
		err := budgets.Wait(t.Context(), "a")
		if fault.KindOf(err) != tt.want {
			t.Errorf("frozen for %s: got %v, want kind %q", tt.freeze, err, tt.want)
		}
		if err != nil && (fault.From(err).Delay != tt.freeze || len(fake.Slept()) != 0) {
			t.Errorf("frozen for %s: delay %s, slept %v", tt.freeze, fault.From(err).Delay, fake.Slept())
		}
	}
}

func TestRefusedWaitTakesNothing(t *testing.T) {
	t.Parallel()
	budgets, fake := newTestBudgets()
	budgets.SetBudget("a", 0.02, 1) // one call in 50 s
	if err := budgets.Wait(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := budgets.Wait(t.Context(), "a"); fault.KindOf(err) != fault.RateLimit || fault.From(err).Delay != 50*time.Second {
			t.Errorf("got %v with delay %s, want a RateLimitError with 50s", err, fault.From(err).Delay)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fake.Advance(30 * time.Second)
	if err := budgets.Wait(ctx, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v, want context.Canceled", err)
	}
	if err := budgets.Wait(t.Context(), "a"); err != nil {
		t.Errorf("20s before the call is due: %v", err)
	}
	if diff := cmp.Diff([]time.Duration{20 * time.Second}, fake.Slept()); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}

func TestBudgetChanges(t *testing.T) {
	t.Parallel()
	budgets, fake := newTestBudgets()
	budgets.SetBudget("a", 0.001, 1)
	budgets.Freeze("a", time.Hour)
	budgets.SetBudget("a", 1, 1)
	fake.Advance(time.Hour)
	for range 2 {
		if err := budgets.Wait(t.Context(), "a"); err != nil {
			t.Errorf("after a higher limit: %v", err)
		}
	}
	if diff := cmp.Diff([]time.Duration{time.Second}, fake.Slept()); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	budgets.Freeze("b", time.Minute) // also sweeps "a", which has thawed
	budgets.SetBudget("a", 0, 0)
	budgets.Forget("b")
	if len(budgets.limits) != 0 || len(budgets.frozen) != 0 {
		t.Errorf("kept %d limits and %d freezes, want none", len(budgets.limits), len(budgets.frozen))
	}
}

// freezing is a clock on which the key freezes while a call waits for its turn.
type freezing struct {
	*clock.Fake
	budgets *Budgets
	done    bool
}

func (f *freezing) Sleep(ctx context.Context, d time.Duration) error {
	if !f.done {
		f.done = true
		f.budgets.Freeze("a", 10*time.Second)
	}
	return f.Fake.Sleep(ctx, d)
}

func TestFreezeReachesWaitingCalls(t *testing.T) {
	t.Parallel()
	fake := &freezing{Fake: clock.NewFake(time.Unix(1000, 0))}
	fake.budgets = NewBudgets(fake)
	fake.budgets.SetBudget("a", 1, 1)
	for range 2 {
		if err := fake.budgets.Wait(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
	}
	if now := fake.Now(); now.Before(time.Unix(1010, 0)) {
		t.Errorf("the second call was made at %s, before the freeze had ended", now)
	}
}
