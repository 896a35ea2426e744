package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/store"
)

// Defaults and limits of what is kept.
const (
	// DefaultHistoryBytes and DefaultHistoryDays are what the history of an installation may take.
	DefaultHistoryBytes = 10 << 30
	DefaultHistoryDays  = 30
	// RetentionInterval is how often it is looked at.
	RetentionInterval = time.Minute
	// lowSpaceFactor times the space below which intake stops is where people are warned.
	lowSpaceFactor = 4
	// clockSlack is how much faster than the machine's running time the clock may go in an interval. A clock that is set
	// forward makes everything look old, so nothing goes by age until it has been right for clockTrust.
	clockSlack = time.Hour
	clockTrust = 24 * time.Hour
)

// Kept is what Retention needs of a store.
type Kept interface {
	Sweep(ctx context.Context, b store.Budgets) (store.Swept, error)
	Usage(ctx context.Context) (store.Usage, error)
	Room() (free, needed uint64, err error)
	Scenarios(ctx context.Context, l store.Listing) ([]store.Scenario, error)
}

var _ Kept = (*store.Store)(nil)

// SweepMeter counts what retention does; nil fields of Retention count nothing.
type SweepMeter interface {
	Swept(done store.Swept, took time.Duration, err error)
}

// Retention keeps the store within its budgets and watches the disk.
type Retention struct {
	Store    Kept
	Clock    clock.Clock
	Log      *slog.Logger
	Budget   store.Budget // of the installation
	Notifier *notify.Notifier
	Meter    SweepMeter
	// Mine says whether this process removes what is old, where several share a database; nil where it is alone.
	Mine func() bool

	// elapsed returns how long the machine ran between two readings of the clock; nil is Time.Sub, which knows.
	elapsed func(from, to time.Time) time.Duration
	stopped bool // intake was, when last looked
	looked  time.Time
	doubted time.Time // when the clock last jumped forward
}

// Run looks after the store once in every RetentionInterval until ctx ends.
func (r *Retention) Run(ctx context.Context) {
	r.looked = r.Clock.Now()
	for r.Clock.Sleep(ctx, RetentionInterval) == nil {
		r.Look(ctx)
	}
}

// Look does what Run does once.
func (r *Retention) Look(ctx context.Context) {
	r.watchClock()
	if r.Mine != nil && !r.Mine() {
		r.watchDisk(ctx)
		return
	}
	if err := r.sweep(ctx); err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
		r.Log.ErrorContext(ctx, "sweep failed", "error", err)
		r.Notifier.Tell(notify.Event{
			Kind: notify.UpkeepFailed, Subject: "storage", Message: "Old executions could not be removed: " + err.Error(),
			Hint: "see the disk of the data directory; it is tried again in a minute", Where: "ropeway doctor",
		})
	}
	r.watchDisk(ctx)
	r.watchLog(ctx)
}

// watchClock compares the time of day with the machine's running time, which nobody can set.
func (r *Retention) watchClock() {
	now := r.Clock.Now()
	ran, showed := now.Sub(r.looked), now.Round(0).Sub(r.looked.Round(0))
	if r.elapsed != nil {
		ran = r.elapsed(r.looked, now)
	}
	first := r.looked.IsZero()
	r.looked = now
	if first || showed-ran < clockSlack {
		return
	}
	r.doubted = now
	r.Notifier.Tell(notify.Event{
		Kind: notify.ClockJumped, Subject: "clock", Message: fmt.Sprintf("The clock of the machine went %s forward at once.", (showed - ran).Round(time.Second)),
		Hint: "if it is right now, nothing is to be done; nothing is removed for its age within the next day",
	})
}

// trusts reports whether ages mean something.
func (r *Retention) trusts() bool {
	return r.doubted.IsZero() || r.looked.Sub(r.doubted) >= clockTrust
}

func (r *Retention) sweep(ctx context.Context) error {
	budgets, err := r.budgets(ctx)
	if err != nil {
		return err
	}
	began := r.Clock.Now()
	done, err := r.Store.Sweep(ctx, budgets)
	if r.Meter != nil {
		r.Meter.Swept(done, r.Clock.Now().Sub(began), err)
	}
	if done.Executions+done.Payloads+done.Resolved > 0 {
		r.Log.InfoContext(ctx, "swept", "executions", done.Executions, "bytes", done.Bytes, "payloads", done.Payloads, "resolved", done.Resolved, "pages", done.Pages)
	}
	if done.Payloads > 0 {
		r.Notifier.Tell(notify.Event{
			Kind: notify.PayloadsExpired, Subject: "webhook queues", Message: fmt.Sprintf("%d payloads have waited too long for their scenarios and were removed.", done.Payloads),
			Hint: "activate the scenarios whose webhooks are in use, or delete the webhooks", Where: "ropeway scenario list",
		})
	}
	return err
}

// historySettings are the parts of a scenario's settings that bound its history.
type historySettings struct {
	Bytes int64 `json:"historyBytes"`
	Days  int64 `json:"historyDays"`
}

func (r *Retention) budgets(ctx context.Context) (store.Budgets, error) {
	b := store.Budgets{All: r.Budget, Scenarios: map[int64]store.Budget{}}
	for after := int64(0); ; {
		list, err := r.Store.Scenarios(ctx, store.Listing{After: after, Limit: page})
		if err != nil {
			return b, fmt.Errorf("read the budgets of scenarios: %w", err)
		}
		for i := range list {
			after = list[i].ID
			if own, ok := r.budgetOf(ctx, &list[i]); ok {
				b.Scenarios[after] = own
			}
		}
		if len(list) < page {
			break
		}
	}
	if !r.trusts() {
		withoutAges(&b)
	}
	return b, nil
}

// withoutAges takes all bounds by age out.
func withoutAges(b *store.Budgets) {
	b.All.Age, b.Queued, b.Resolved = 0, -1, -1
	for scenario, own := range b.Scenarios {
		own.Age = 0
		b.Scenarios[scenario] = own
	}
}

// budgetOf reads the budget of a scenario; one that has none has no more than the installation.
func (r *Retention) budgetOf(ctx context.Context, sc *store.Scenario) (store.Budget, bool) {
	if sc.Settings == "" {
		return store.Budget{}, false
	}
	var own historySettings
	if err := json.Unmarshal([]byte(sc.Settings), &own); err != nil {
		r.Log.WarnContext(ctx, "the history budget of a scenario cannot be read", "scenario", sc.ID, "error", err)
		return store.Budget{}, false
	}
	budget := store.Budget{Bytes: max(0, own.Bytes), Age: DaysOf(own.Days)}
	return budget, budget != store.Budget{}
}

// DaysOf returns a number of days as a duration; none for less than one, and at most a hundred years.
func DaysOf(days int64) time.Duration {
	const most = 36_500
	return time.Duration(min(max(0, days), most)) * 24 * time.Hour
}

// watchDisk tells when the disk becomes full, when deliveries are refused for it, and when they are taken again.
func (r *Retention) watchDisk(ctx context.Context) {
	free, needed, err := r.Store.Room()
	if err != nil {
		r.Log.WarnContext(ctx, "the free space of the disk is not known", "error", err)
		return
	}
	const hint = "make room on the disk of the data directory, or keep less history"
	switch {
	case free < needed:
		r.stopped = true
		r.Notifier.Tell(notify.Event{
			Kind: notify.IntakeStopped, Subject: "disk", Message: fmt.Sprintf("The disk has %d MB left. Deliveries are refused with 507 until there are %d MB; what runs goes on.", free>>20, needed>>20),
			Hint: hint, Where: "ropeway doctor",
		})
	case r.stopped:
		r.stopped = false
		r.Notifier.Tell(notify.Event{
			Kind: notify.IntakeResumed, Subject: "disk", Ends: notify.IntakeStopped,
			Message: fmt.Sprintf("The disk has %d MB left; deliveries are taken in again.", free>>20),
		})
	case free/lowSpaceFactor < needed:
		r.Notifier.Tell(notify.Event{
			Kind: notify.DiskNearlyFull, Subject: "disk", Message: fmt.Sprintf("The disk has %d MB left. Below %d MB deliveries are refused.", free>>20, needed>>20),
			Hint: hint, Where: "ropeway doctor",
		})
	}
}

func (r *Retention) watchLog(ctx context.Context) {
	u, err := r.Store.Usage(ctx)
	switch {
	case err != nil: // is told by what needs it
		return
	case u.Refused:
		r.Notifier.Tell(notify.Event{
			Kind: notify.UpkeepFailed, Subject: "disk", Where: "the log of the operating system",
			Message: "The disk has refused to keep what was copied out of the write-ahead log. Nothing is lost: the log is kept, and grows until the next start, which copies it anew.",
			Hint:    "see what is wrong with the disk of the data directory, then start Ropeway again",
		})
		return
	case u.Log <= store.MaxLogBytes:
		return
	}
	r.Notifier.Tell(notify.Event{
		Kind: notify.LogTooLong, Subject: "storage", Message: fmt.Sprintf("The write-ahead log has grown to %d MB.", u.Log>>20),
		Hint: "something reads the database for long, such as a backup to a slow disk: end it", Where: "ropeway doctor",
	})
}
