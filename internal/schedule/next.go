package schedule

import "time"

// Next returns the first run strictly after the given time, on a whole second. zone is that of the scenario; nil means
// UTC. false means never: the schedule is immediately or on-demand, its date is over, or "between" is.
//
// A date that does not exist is skipped. A time that clocks in zone skip runs at the first moment after the gap, one
// that they show twice runs once, the first time. Intervals know no daylight saving; a run that falls outside the
// windows of "restrict" waits until one opens, and the runs after it keep their times.
func (s *Schedule) Next(after time.Time, zone *time.Location) (time.Time, bool) {
	zone = orUTC(zone)
	switch s.kind {
	case Interval:
		return s.nextInterval(after, zone)
	case Once:
		return s.nextOnce(after, zone)
	case Daily, Weekly, Monthly, Yearly:
		return s.nextDate(after, zone)
	case Immediately, OnDemand:
	}
	return time.Time{}, false
}

func orUTC(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

func (s *Schedule) nextOnce(after time.Time, zone *time.Location) (time.Time, bool) {
	date := s.date.in(zone).Truncate(time.Second)
	if !date.After(after) || !s.between(date, zone) {
		return time.Time{}, false
	}
	return date, true
}

// between reports whether t lies in the span of "between".
func (s *Schedule) between(t time.Time, zone *time.Location) bool {
	end := s.end.in(zone)
	return !t.Before(s.start.in(zone)) && (end.IsZero() || t.Before(end))
}

// nextDate looks for the next date of a schedule of days, one after the other.
func (s *Schedule) nextDate(after time.Time, zone *time.Location) (time.Time, bool) {
	if start := s.start.in(zone); after.Before(start) {
		after = start.Add(-time.Nanosecond) // a run at the start counts
	}
	date := dateOf(after, zone) // once a clock shows a date, the runs of those before are over
	for last := date.AddDate(HorizonYears, 0, 0); date.Before(last); date = date.Add(day) {
		if !s.runsOn(date) {
			continue
		}
		if t := on(date, s.at, zone); t.After(after) {
			return t, s.between(t, zone)
		}
	}
	return time.Time{}, false
}

// runsOn reports whether a schedule of days has a run on date.
func (s *Schedule) runsOn(date time.Time) bool {
	switch s.kind {
	case Weekly:
		return s.days.has(int(date.Weekday()))
	case Monthly:
		return s.days.has(date.Day())
	case Yearly:
		return s.months.has(int(date.Month())) && s.days.has(date.Day())
	case Immediately, Interval, Once, OnDemand:
		return false
	case Daily:
	}
	return true
}

// nextInterval takes the moments of the interval around after. Each runs at the first instant at or after it that is
// open; as this keeps their order, no other moment can be the next run.
func (s *Schedule) nextInterval(after time.Time, zone *time.Location) (time.Time, bool) {
	seconds := int64(s.interval / time.Second)
	anchor, first := s.origin(zone)
	steps := floorDivide(after.Unix()-anchor, seconds)
	if first && steps < 0 {
		steps = -1 // nothing runs before the anchor
	}
	for _, moment := range []int64{steps, steps + 1} {
		if first && moment < 0 {
			continue
		}
		open, ok := s.Opens(time.Unix(anchor+moment*seconds, 0), zone)
		if ok && open.After(after) {
			return open, true
		}
	}
	return time.Time{}, false
}

// origin returns the second that the interval is counted from, and whether it is the first run.
func (s *Schedule) origin(zone *time.Location) (second int64, first bool) {
	origin := s.anchor
	if start := s.start.in(zone); start.After(origin) {
		origin = start
	}
	if origin.IsZero() {
		return 0, false
	}
	return ceilSecond(origin).Unix(), true
}

func ceilSecond(t time.Time) time.Time {
	if t.Nanosecond() == 0 {
		return t
	}
	return t.Truncate(time.Second).Add(time.Second)
}

func floorDivide(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
