package outbound

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// MaxBudgetWait is the longest time that a call waits for its rate budget. A
// longer wait becomes a RateLimitError with its delay, which frees the worker.
const MaxBudgetWait = 30 * time.Second

// Budgets holds the rate budgets of all connections, by key. Calls that name no
// key, or a key without a budget, are not slowed. It is safe for concurrent use.
type Budgets struct {
	clock clock.Clock

	mu     sync.Mutex
	limits map[string]*rate.Limiter
	frozen map[string]time.Time // key -> no calls before
}

// NewBudgets returns a Budgets without any limit.
func NewBudgets(c clock.Clock) *Budgets {
	return &Budgets{clock: c, limits: map[string]*rate.Limiter{}, frozen: map[string]time.Time{}}
}

// SetBudget limits the calls of key to perSecond on average and burst at once.
// A perSecond or burst of zero or less takes the limit away.
func (b *Budgets) SetBudget(key string, perSecond float64, burst int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if perSecond <= 0 || burst <= 0 {
		delete(b.limits, key)
		return
	}
	if limiter, ok := b.limits[key]; ok {
		now := b.clock.Now()
		limiter.SetLimitAt(now, rate.Limit(perSecond))
		limiter.SetBurstAt(now, burst)
		return
	}
	b.limits[key] = rate.NewLimiter(rate.Limit(perSecond), burst)
}

// Freeze stops the calls of key for d from now. A shorter freeze does not end a longer one.
func (b *Budgets) Freeze(key string, d time.Duration) {
	if key == "" || d <= 0 {
		return
	}
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	for k, until := range b.frozen { // what has thawed need not be kept
		if !until.After(now) {
			delete(b.frozen, k)
		}
	}
	if until := now.Add(d); until.After(b.frozen[key]) {
		b.frozen[key] = until
	}
}

// Forget drops the limit and the freeze of key, for a connection that is gone.
func (b *Budgets) Forget(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.limits, key)
	delete(b.frozen, key)
}

// Wait takes one call from the budget of key and waits until it may be made. It
// returns a RateLimitError at once where that would take longer than
// MaxBudgetWait, and ctx's error where ctx ends first; neither takes a call.
func (b *Budgets) Wait(ctx context.Context, key string) error {
	if key == "" {
		return nil
	}
	started := b.clock.Now()
	for {
		now := b.clock.Now()
		wait, reservation := b.reserve(key, now)
		if wait <= 0 {
			return nil
		}
		if now.Sub(started)+wait > MaxBudgetWait {
			cancelReservation(reservation, now)
			return fault.Newf(fault.RateLimit, "[calls-used] The connection has used up its calls for now; the next one is possible in %s.", wait.Round(time.Second)).
				WithDelay(wait).WithHint("[hint-run-less] Run the scenario less often, or raise the limit of the connection if the service allows more.")
		}
		if err := b.clock.Sleep(ctx, wait); err != nil {
			cancelReservation(reservation, b.clock.Now())
			return interrupted(err)
		}
		if reservation != nil && !b.isFrozen(key) {
			return nil
		}
	}
}

// isFrozen reports whether key may not be called now. A freeze can begin while a call waits for its turn.
func (b *Budgets) isFrozen(key string) bool {
	now := b.clock.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.frozen[key].After(now)
}

// reserve returns how long key has to wait. The reservation is nil while a
// freeze lasts: a call is taken from the bucket only when the key has thawed.
func (b *Budgets) reserve(key string, now time.Time) (time.Duration, *rate.Reservation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.frozen[key].Sub(now); wait > 0 {
		return wait, nil
	}
	limiter, ok := b.limits[key]
	if !ok {
		return 0, nil
	}
	reservation := limiter.ReserveN(now, 1)
	return reservation.DelayFrom(now), reservation
}

func cancelReservation(r *rate.Reservation, now time.Time) {
	if r != nil {
		r.CancelAt(now)
	}
}
