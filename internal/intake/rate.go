package intake

import (
	"sync"
	"time"
)

// Rate is a number of calls within a time. As many may come at once; after that, one each time that a Limit-th part of
// Per has passed. The zero Rate is the default; a negative Limit means none.
type Rate struct {
	Limit int
	Per   time.Duration
}

func (r Rate) orDefault() Rate {
	if r.Limit == 0 || r.Limit > 0 && r.Per <= 0 {
		return Rate{DefaultRateLimit, DefaultRatePer}
	}
	return r
}

// sweepAt is the number of webhooks from which on the limiter looks for those that are idle.
const sweepAt = 1024

// limiter keeps one moment for each webhook: that at which its allowance will be whole again.
type limiter struct {
	mu    sync.Mutex
	whole map[HookID]time.Time
	sweep int // number of entries at which idle ones are dropped
}

func newLimiter() *limiter { return &limiter{whole: map[HookID]time.Time{}, sweep: sweepAt} }

// allow counts a call. Where it comes too early, it returns how long to wait.
func (l *limiter) allow(hook HookID, rate Rate, now time.Time) time.Duration {
	if rate.Limit < 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	whole := l.whole[hook]
	if whole.Before(now) {
		whole = now
	}
	// The clock may have been set back: an allowance is never further away than Per.
	if latest := now.Add(rate.Per); whole.After(latest) {
		whole = latest
		l.whole[hook] = whole
	}
	next := whole.Add(rate.Per / time.Duration(rate.Limit))
	if wait := next.Sub(now) - rate.Per; wait > 0 {
		return wait
	}
	l.whole[hook] = next
	l.dropIdle(now)
	return 0
}

// dropIdle forgets the webhooks whose allowance is whole, each time that the number of entries has doubled.
func (l *limiter) dropIdle(now time.Time) {
	if len(l.whole) < l.sweep {
		return
	}
	for hook, whole := range l.whole {
		if !whole.After(now) {
			delete(l.whole, hook)
		}
	}
	l.sweep = max(sweepAt, 2*len(l.whole))
}
