package notify

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ropeway/ropeway/internal/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a sink that remembers, and fails as often as it is told to.
type recorder struct {
	mu      sync.Mutex
	fails   int
	tries   int
	got     []Event
	entered chan struct{} // receives at each try, when not nil
	leave   chan struct{} // is waited for at each try, when not nil
}

func (r *recorder) Name() string { return "recorder" }

func (r *recorder) Send(ctx context.Context, e Event) error {
	if r.entered != nil {
		r.entered <- struct{}{}
	}
	if r.leave != nil {
		select {
		case <-r.leave:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tries++
	if r.tries <= r.fails {
		return errors.New("not now")
	}
	r.got = append(r.got, e)
	return nil
}

type counts struct {
	mu            sync.Mutex
	told, dropped int
}

func (c *counts) Notified(_ string, told bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if told {
		c.told++
	} else {
		c.dropped++
	}
}

func start(t *testing.T, r *recorder) (*Notifier, *clock.Fake, *counts, *strings.Builder) {
	t.Helper()
	now := clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	var log strings.Builder
	c := &counts{}
	n := New(Options{Sinks: []Sink{r}, Clock: now, Log: slog.New(slog.NewTextHandler(&log, nil)), Meter: c})
	t.Cleanup(func() { n.Close(context.Background()) })
	return n, now, c, &log
}

func TestRepetitionsAreCountedNotTold(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	n, now, _, _ := start(t, r)
	event := Event{Kind: ScenarioStopped, Subject: "scenario 7", Message: "It was stopped."}
	for range 4 {
		n.Tell(event)
	}
	other := event
	other.Subject = "scenario 8"
	n.Tell(other)
	now.Advance(QuietTime - 1)
	n.Tell(event)
	now.Advance(1)
	n.Tell(event)
	n.Close(t.Context())
	var got []string
	for _, e := range r.got {
		got = append(got, e.Subject)
	}
	if strings.Join(got, ", ") != "scenario 7, scenario 8, scenario 7" || r.got[0].Repeats != 0 || r.got[2].Repeats != 4 {
		t.Errorf("got %+v, want scenario 7, 8, and 7 again with 4 more", r.got)
	}
	if r.got[0].ID == "" || r.got[0].ID == r.got[2].ID || r.got[0].At.IsZero() {
		t.Errorf("got events without a time or identity of their own: %+v", r.got)
	}
}

func TestAnEndLetsTheNextBeToldAtOnce(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	n, _, _, _ := start(t, r)
	for range 2 {
		n.Tell(Event{Kind: IntakeStopped, Subject: "disk"})
		n.Tell(Event{Kind: IntakeResumed, Subject: "disk", Ends: IntakeStopped})
	}
	n.Close(t.Context())
	stopped := 0
	for _, e := range r.got {
		if e.Kind == IntakeStopped {
			stopped++
		}
	}
	if stopped != 2 {
		t.Errorf("got %d times that intake stopped, want 2", stopped)
	}
}

func TestFailuresAreRetriedThenDropped(t *testing.T) {
	t.Parallel()
	most := len(backOff())
	for _, c := range []struct{ fails, told, dropped int }{{most, 1, 0}, {most + 1, 0, 1}} {
		r := &recorder{fails: c.fails, entered: make(chan struct{})}
		n, now, count, log := start(t, r)
		n.Tell(Event{Kind: BackupFailed, Subject: "backup"})
		for range most + 1 {
			<-r.entered
		}
		n.Close(t.Context())
		if count.told != c.told || count.dropped != c.dropped {
			t.Errorf("after %d failures: got %d told and %d dropped, want %d and %d", c.fails, count.told, count.dropped, c.told, c.dropped)
		}
		if strings.Contains(log.String(), "notification dropped") != (c.dropped == 1) {
			t.Errorf("after %d failures: got log %s", c.fails, log)
		}
		if got := len(now.Slept()); got != most {
			t.Errorf("got %d waits, want %d", got, most)
		}
	}
}

func TestASinkThatHangsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	r := &recorder{entered: make(chan struct{}, MaxWaiting+2), leave: make(chan struct{})}
	n, _, count, _ := start(t, r)
	n.Tell(Event{Kind: QueueNearlyFull, Subject: "first"})
	<-r.entered // it hangs in the sink; all others wait
	for i := range MaxWaiting + 3 {
		n.Tell(Event{Kind: QueueNearlyFull, Subject: strings.Repeat("x", i)})
	}
	if count.dropped != 3 {
		t.Errorf("got %d dropped, want the 3 past the limit", count.dropped)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	n.Close(ended)
	n.Tell(Event{Kind: QueueNearlyFull, Subject: "late"})
	if count.dropped != 3+1+MaxWaiting {
		t.Errorf("got %d dropped after closing, want all", count.dropped)
	}
}

func TestSubjectsAreForgotten(t *testing.T) {
	t.Parallel()
	n, now, _, _ := start(t, &recorder{})
	n.mu.Lock()
	for i := range MaxSubjects {
		n.told[subject{LogTooLong, strings.Repeat("a", i%7) + string(rune(i))}] = repeated{at: now.Now()}
	}
	n.mu.Unlock()
	now.Advance(QuietTime)
	n.Tell(Event{Kind: DiskNearlyFull, Subject: "disk"})
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.told) != 1 {
		t.Errorf("got %d subjects, want the new one alone", len(n.told))
	}
}

func TestNobodyIsToldByNil(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*Notifier){
		"tell":  func(n *Notifier) { n.Tell(Event{Kind: BackupFailed}) },
		"close": func(n *Notifier) { n.Close(context.Background()) },
	} {
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Errorf("%s: got panic %v", name, p)
				}
			}()
			call(nil)
		}()
	}
}
