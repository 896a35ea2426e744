package schedule

import (
	"slices"
	"sort"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// CatchUp says what becomes of the runs that were missed while nothing ran.
type CatchUp string

// The policies.
const (
	CatchUpSkip CatchUp = "skip" // none of them
	CatchUpOnce CatchUp = "once" // one for all of them
	CatchUpAll  CatchUp = "all"  // each of them, up to MaxCatchUp
)

// ParseCatchUp reads the name of a policy; "" is CatchUpOnce, which neither forgets work nor repeats it.
func ParseCatchUp(name string) (CatchUp, error) {
	switch policy := CatchUp(name); policy {
	case "":
		return CatchUpOnce, nil
	case CatchUpSkip, CatchUpOnce, CatchUpAll:
		return policy, nil
	}
	return "", fault.Newf(fault.InvalidConfiguration, "there is no way %q to catch up with missed runs", name).
		WithHint("choose skip, once or all")
}

// Due returns the planned times of the runs to start at now, oldest first; last is the planned time of the last run, or
// when the scenario was activated. They lie after last and not after now, so that a clock that was set back repeats
// nothing. CatchUpSkip gives the newest one if it is at most Grace old, CatchUpOnce the newest one, CatchUpAll the
// newest MaxCatchUp. The caller starts them one after the other and keeps the newest as the next last.
func (s *Schedule) Due(last, now time.Time, zone *time.Location, policy CatchUp) []time.Time {
	most := 1
	switch policy {
	case CatchUpSkip:
		if recent := now.Add(-Grace).Add(-time.Nanosecond); recent.After(last) {
			last = recent
		}
	case CatchUpAll:
		most = MaxCatchUp
	case CatchUpOnce:
	}
	var due []time.Time
	for len(due) < most {
		run, ok := s.newest(last, now, zone)
		if !ok {
			break
		}
		due = append(due, run)
		now = run.Add(-time.Second) // runs stand on whole seconds
	}
	slices.Reverse(due)
	return due
}

// newest returns the last run after last that is not after now. Next never goes back as its time goes on, so the
// run is found by halving, however long nothing ran.
func (s *Schedule) newest(last, now time.Time, zone *time.Location) (time.Time, bool) {
	first, ok := s.Next(last, zone)
	if !ok || first.After(now) {
		return time.Time{}, false
	}
	// The first second after which no run is left is that of the run sought.
	seconds := sort.Search(int(now.Unix()-first.Unix()), func(i int) bool {
		next, ok := s.Next(first.Add(time.Duration(i)*time.Second), zone)
		return !ok || next.After(now)
	})
	return first.Add(time.Duration(seconds) * time.Second), true
}
