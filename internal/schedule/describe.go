package schedule

import (
	"fmt"
	"strings"
	"time"
)

// Describe says in a sentence without a full stop when the scenario runs: "Every Monday and Friday at 09:00
// (Europe/Rome)". The zone, nil for UTC, is named where times depend on it.
func (s *Schedule) Describe(zone *time.Location) string {
	zone = orUTC(zone)
	var b strings.Builder
	b.WriteString(s.rhythm(zone))
	for i, w := range s.windows {
		if i == 0 {
			b.WriteString(", only ")
		} else {
			b.WriteString(" or ")
		}
		b.WriteString(w.describe())
	}
	if !s.start.isZero() {
		b.WriteString(", from " + describeMoment(s.start, zone))
	}
	if !s.end.isZero() {
		b.WriteString(", until " + describeMoment(s.end, zone))
	}
	if s.showsTimes() {
		fmt.Fprintf(&b, " (%s)", zone)
	}
	return b.String()
}

// showsTimes reports whether the description holds times of a zone.
func (s *Schedule) showsTimes() bool {
	switch s.kind {
	case OnDemand:
		return false
	case Immediately, Interval:
		return len(s.windows) > 0 || !s.start.isZero() || !s.end.isZero()
	case Once, Daily, Weekly, Monthly, Yearly:
	}
	return true
}

func (s *Schedule) rhythm(zone *time.Location) string {
	switch s.kind {
	case Immediately:
		return "Immediately, as data arrives"
	case Interval:
		return "Every " + describeInterval(s.interval)
	case Once:
		return "Once on " + describeMoment(s.date, zone)
	case Daily:
		return "Every day at " + s.at.String()
	case Weekly:
		return fmt.Sprintf("Every %s at %s", weekdayNames(s.days), s.at)
	case Monthly:
		return fmt.Sprintf("Every month on the %s at %s", ordinals(s.days), s.at)
	case Yearly:
		return fmt.Sprintf("Every %s on the %s at %s", monthNames(s.months), ordinals(s.days), s.at)
	case OnDemand:
	}
	return "On demand"
}

// describe says "on Monday in June from 09:00 to 17:00", with what is restricted.
func (w window) describe() string {
	var parts []string
	if w.days == wholeWeek {
		parts = append(parts, "every day")
	} else if w.days != 0 {
		parts = append(parts, "on "+weekdayNames(w.days))
	}
	if w.months != 0 {
		parts = append(parts, "in "+monthNames(w.months))
	}
	if w.timed {
		parts = append(parts, fmt.Sprintf("from %s to %s", w.from, w.to))
	}
	if len(parts) == 0 {
		return "at any time"
	}
	return strings.Join(parts, " ")
}

func describeMoment(m moment, zone *time.Location) string {
	t := m.in(zone)
	layout := "2 January 2006 at 15:04"
	if t.Second() != 0 {
		layout = "2 January 2006 at 15:04:05"
	}
	return t.Format(layout)
}

// describeInterval uses the largest unit that needs no fraction. Days are not used: 24 hours are not always one.
func describeInterval(d time.Duration) string {
	n, unit := int(d/time.Second), "second"
	switch {
	case d%time.Hour == 0:
		n, unit = int(d/time.Hour), "hour"
	case d%time.Minute == 0:
		n, unit = int(d/time.Minute), "minute"
	}
	if n == 1 {
		return unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// wholeWeek is the set of all days of the week.
const wholeWeek set = 1<<7 - 1

// weekdayNames starts with Monday; all seven are "day".
func weekdayNames(days set) string {
	if days == wholeWeek {
		return "day"
	}
	var names []string
	for i := range 7 {
		if weekday := (i + 1) % 7; days.has(weekday) {
			names = append(names, time.Weekday(weekday).String())
		}
	}
	return enumerate(names)
}

func monthNames(months set) string {
	var names []string
	for _, month := range months.numbers() {
		names = append(names, time.Month(month).String())
	}
	return enumerate(names)
}

func ordinals(days set) string {
	var names []string
	for _, n := range days.numbers() {
		ending := "th"
		if n/10 != 1 && n%10 >= 1 && n%10 <= 3 {
			ending = []string{"st", "nd", "rd"}[n%10-1]
		}
		names = append(names, fmt.Sprintf("%d%s", n, ending))
	}
	return enumerate(names)
}

// enumerate joins names as people do: "a, b and c".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
