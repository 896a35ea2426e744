package clock_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

func TestFakeMovesWhenAskedTo(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := clock.NewFake(start)
	f.Advance(-time.Minute)
	if err := f.Sleep(context.Background(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if got, want := f.Now(), start.Add(59*time.Minute); !got.Equal(want) {
		t.Errorf("now: got %s, want %s", got, want)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Sleep(ended, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("sleep with an ended context: got %v, want %v", err, context.Canceled)
	}
	if got, want := f.Slept(), []time.Duration{time.Hour}; !slices.Equal(got, want) {
		t.Errorf("slept: got %v, want %v", got, want)
	}
}

func TestSystemSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (clock.System{}).Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if err := (clock.System{}).Sleep(context.Background(), time.Nanosecond); err != nil {
		t.Errorf("got %v, want the nanosecond to pass", err)
	}
}
