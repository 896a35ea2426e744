// Package schedule says when a scenario is due.
//
// It is a set of pure functions of the schedule, a time and a time zone, so
// that a restart, a clock that jumps and a test all come to the same runs. It
// does not wait, start anything or keep what has run: that is for its caller.
package schedule

import (
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// The limits of schedules.
const (
	// MinInterval is the shortest time between two runs of an interval.
	MinInterval = time.Minute
	// MaxInterval is the longest time between two runs of an interval.
	MaxInterval = 366 * 24 * time.Hour
	// DefaultInterval is the interval where none is written.
	DefaultInterval = 15 * time.Minute
	// MaxRestrictions is the number of windows that "restrict" may list.
	MaxRestrictions = 50
	// HorizonYears is how many years ahead a date is looked for. The rarest date, 29 February, is at most 8 years away.
	HorizonYears = 10
	// Grace is how late a run may start and still count as being on time.
	Grace = time.Minute
	// MaxCatchUp is the number of missed runs that CatchUpAll makes up for; older ones are dropped.
	MaxCatchUp = 100
)

// Kind is the "type" of a schedule.
type Kind string

// The kinds, as scheduling objects name them.
const (
	Immediately Kind = "immediately"  // as data arrives, for instant triggers
	Interval    Kind = "indefinitely" // every so many seconds
	Once        Kind = "once"         // at one date
	Daily       Kind = "daily"        // every day at a time
	Weekly      Kind = "weekly"       // on days of the week at a time
	Monthly     Kind = "monthly"      // on days of each month at a time
	Yearly      Kind = "yearly"       // on days of some months at a time
	OnDemand    Kind = "on-demand"    // only when somebody asks
)

// Kinds lists every Kind, in the order in which forms offer them.
func Kinds() []Kind {
	return []Kind{Immediately, Interval, Once, Daily, Weekly, Monthly, Yearly, OnDemand}
}

// Schedule says when a scenario runs. It never changes; make one with Parse.
type Schedule struct {
	kind     Kind
	interval time.Duration // Interval
	date     moment        // Once
	days     set           // Weekly: 0 = Sunday to 6; Monthly and Yearly: 1 to 31
	months   set           // Yearly: 1 to 12
	at       dayTime       // Daily, Weekly, Monthly, Yearly
	start    moment        // from when on, inclusive; the zero moment is "always"
	end      moment        // until when, exclusive; the zero moment is "for ever"
	windows  []window      // Immediately, Interval: one of them must be open; none is "always"
	anchor   time.Time     // Interval: one of its runs; zero where nobody chose
}

// Kind returns the type of the schedule.
func (s *Schedule) Kind() Kind { return s.kind }

// Anchored returns a copy whose interval is counted from at, rounded up to a second, which is its first run; the time
// of activation is a good choice, as it spreads the runs of many scenarios. A later start of "between" comes before
// it. Without an anchor intervals are counted from that start, else from 1970 UTC. Other kinds have no use for it.
func (s *Schedule) Anchored(at time.Time) *Schedule {
	c := *s
	c.anchor = at
	return &c
}

// JSON returns the scheduling object with the keys that its type has. Parse reads it as the same schedule.
func (s *Schedule) JSON() value.Value {
	b := value.NewBuilder(8)
	b.Set("type", value.Text(string(s.kind)))
	uses := keysOf(s.kind)
	for _, key := range keyNames() {
		if _, used := uses[key]; !used {
			continue
		}
		if v := s.member(key); !v.IsNothing() {
			b.Set(key, v)
		}
	}
	return b.Build()
}

// member returns what stands under key, undefined for nothing.
func (s *Schedule) member(key string) value.Value {
	switch key {
	case keyInterval:
		return value.Int(int(s.interval / time.Second))
	case keyDate:
		return s.date.json()
	case keyDays:
		return s.days.json()
	case keyMonths:
		return s.months.json()
	case keyTime:
		return value.Text(s.at.String())
	case keyBetween:
		if s.start.isZero() && s.end.isZero() {
			return value.Undefined
		}
		return value.Array(s.start.json(), s.end.json())
	case keyRestrict:
		return windowsJSON(s.windows)
	}
	return value.Undefined
}

func windowsJSON(windows []window) value.Value {
	if len(windows) == 0 {
		return value.Undefined
	}
	items := make([]value.Value, len(windows))
	for i, w := range windows {
		items[i] = w.json()
	}
	return value.Array(items...)
}
