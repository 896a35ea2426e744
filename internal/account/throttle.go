package account

import (
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

// throttle lets each key make a few attempts at once, and then one from time to time. Its memory is bounded.
type throttle struct {
	clock clock.Clock
	burst float64
	every time.Duration
	most  int

	mu      sync.Mutex
	buckets map[throttleKey]*bucket
}

type throttleKey [sha256.Size]byte

// bucket is how many attempts a key has left at a time.
type bucket struct {
	left float64
	at   time.Time
	told bool // it was told that the key has none left
}

func newThrottle(c clock.Clock, burst int, every time.Duration) *throttle {
	return &throttle{clock: c, burst: float64(burst), every: every, most: maxThrottled, buckets: map[throttleKey]*bucket{}}
}

func keyOf(text string) throttleKey { return sha256.Sum256([]byte(text)) }

// take uses an attempt up. Where there is none left, wait is how long it takes until there is one, and first tells that it
// is the first that is refused since all of them were left.
func (t *throttle) take(key string) (wait time.Duration, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.bucket(keyOf(key))
	if b.left >= 1 {
		b.left--
		return 0, false
	}
	first, b.told = !b.told, true
	return time.Duration((1 - b.left) * float64(t.every)), first
}

// give gives an attempt back that turned out to be none, fill all of them.
func (t *throttle) give(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	b := t.bucket(keyOf(key))
	b.left = min(b.left+1, t.burst)
}

func (t *throttle) fill(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.buckets, keyOf(key))
}

// bucket returns the bucket of a key with what has come back to it.
func (t *throttle) bucket(key throttleKey) *bucket {
	now := t.clock.Now()
	b, ok := t.buckets[key]
	if !ok {
		if len(t.buckets) >= t.most {
			t.evict(now)
		}
		b = &bucket{left: t.burst, at: now}
		t.buckets[key] = b
	}
	t.refill(b, now)
	return b
}

func (t *throttle) refill(b *bucket, now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.left = min(t.burst, b.left+float64(passed)/float64(t.every))
	}
	b.at = now
	if b.left >= t.burst {
		b.told = false
	}
}

// evictLooks is how many buckets are looked at for one to drop.
const evictLooks = 16

// evict drops the fullest of a few buckets: whoever floods the throttle with new keys cannot make it forget the key that is
// under attack, whose bucket is empty.
func (t *throttle) evict(now time.Time) {
	var fullest throttleKey
	most, looks := -1.0, 0
	for key, b := range t.buckets { // in an order of chance
		t.refill(b, now)
		if b.left > most {
			fullest, most = key, b.left
		}
		if looks++; looks == evictLooks {
			break
		}
	}
	delete(t.buckets, fullest)
}

// networkOf is what guessing is counted by: an address, of IPv6 the network of 64 bits that one customer has.
func networkOf(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
