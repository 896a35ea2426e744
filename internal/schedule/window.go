package schedule

import (
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// window is one entry of "restrict": hours of some days of some months. A window across midnight belongs to the day on
// which it opens.
type window struct {
	days   set  // 0 = Sunday to 6; none is every day
	months set  // 1 to 12; none is every month
	timed  bool // from and to are written
	from   dayTime
	to     dayTime // exclusive; before from: of the next day
}

// next returns the first instant at or after t at which the window is open.
func (w window) next(t time.Time, zone *time.Location) (time.Time, bool) {
	date := dateOf(t, zone).Add(-day) // it may have opened yesterday
	for last := date.AddDate(HorizonYears, 0, 0); date.Before(last); date = date.Add(day) {
		if !w.opensOn(date) {
			continue
		}
		from, to := w.hours(date, zone)
		if !to.After(t) || !to.After(from) { // over, or all of it lies where clocks skip an hour
			continue
		}
		if from.Before(t) {
			return t, true
		}
		return from, true
	}
	return time.Time{}, false
}

func (w window) opensOn(date time.Time) bool {
	return (w.days == 0 || w.days.has(int(date.Weekday()))) && (w.months == 0 || w.months.has(int(date.Month())))
}

// hours returns when the window that belongs to date opens and closes.
func (w window) hours(date time.Time, zone *time.Location) (from, to time.Time) {
	closing := date
	if w.to <= w.from { // which also holds for a window without hours
		closing = date.Add(day)
	}
	return on(date, w.from, zone), on(closing, w.to, zone)
}

func (w window) json() value.Value {
	b := value.NewBuilder(3)
	if w.days != 0 {
		b.Set(keyDays, w.days.json())
	}
	if w.months != 0 {
		b.Set(keyMonths, w.months.json())
	}
	if w.timed {
		b.Set(keyTime, value.Array(value.Text(w.from.String()), value.Text(w.to.String())))
	}
	return b.Build()
}

// Opens returns the first instant at or after t at which "between" and "restrict" let a scenario run: t itself where
// they do at t. false means that they never will again. zone is that of the scenario; nil means UTC.
func (s *Schedule) Opens(t time.Time, zone *time.Location) (time.Time, bool) {
	zone = orUTC(zone)
	start, end := s.start.in(zone), s.end.in(zone)
	if t.Before(start) {
		t = start
	}
	open, ok := s.firstOpen(t.In(zone), zone)
	if !ok || !end.IsZero() && !open.Before(end) {
		return time.Time{}, false
	}
	return open, true
}

// firstOpen returns the first instant at or after t at which one of the windows is open.
func (s *Schedule) firstOpen(t time.Time, zone *time.Location) (time.Time, bool) {
	if len(s.windows) == 0 {
		return t, true
	}
	var first time.Time
	found := false
	for _, w := range s.windows {
		if open, ok := w.next(t, zone); ok && (!found || open.Before(first)) {
			first, found = open, true
		}
	}
	return first, found
}
