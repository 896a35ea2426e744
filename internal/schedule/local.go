package schedule

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

const day = 24 * time.Hour

// set holds small numbers, such as days of the month, one bit each.
type set uint32

func (s set) has(n int) bool { return s&(1<<n) != 0 }

func (s set) with(n int) set { return s | 1<<n }

// numbers lists what is in the set, smallest first.
func (s set) numbers() []int {
	list := make([]int, 0, bits.OnesCount32(uint32(s)))
	for rest := uint32(s); rest != 0; rest &= rest - 1 {
		list = append(list, bits.TrailingZeros32(rest))
	}
	return list
}

// json returns the numbers as an array, undefined for none.
func (s set) json() value.Value {
	if s == 0 {
		return value.Undefined
	}
	var items []value.Value
	for _, n := range s.numbers() {
		items = append(items, value.Int(n))
	}
	return value.Array(items...)
}

// dayTime is what a clock shows, in seconds from midnight; up to 86,400 where a window closes at the end of the day.
type dayTime int

// String returns "HH:MM", or "HH:MM:SS" where there are seconds.
func (d dayTime) String() string {
	if d%60 == 0 {
		return fmt.Sprintf("%02d:%02d", d/3600, d/60%60)
	}
	return fmt.Sprintf("%02d:%02d:%02d", d/3600, d/60%60, d%60)
}

// moment is a date that a person wrote, with a zone or without; the one without is another instant in each zone.
type moment struct {
	text  string
	wall  time.Time // what is written; in UTC where local
	local bool      // no zone is written
}

// parseMoment reads what value.ParseDate reads.
func parseMoment(text string) (moment, error) {
	wall, err := value.ParseDate(text, time.UTC)
	if err != nil {
		return moment{}, err
	}
	// Only a text without a zone is another instant in another zone.
	elsewhere, err := value.ParseDate(text, time.FixedZone("", 3600))
	if err != nil {
		return moment{}, err
	}
	return moment{text: text, wall: wall, local: !wall.Equal(elsewhere)}, nil
}

func (m moment) isZero() bool { return m.text == "" }

// in returns the instant that m is in zone, the zero time for the zero moment.
func (m moment) in(zone *time.Location) time.Time {
	if m.isZero() {
		return time.Time{}
	}
	if !m.local {
		return m.wall.In(zone)
	}
	return resolve(m.wall, zone)
}

// json returns the text as it was written, null for the zero moment.
func (m moment) json() value.Value {
	if m.isZero() {
		return value.Null
	}
	return value.Text(m.text)
}

// resolve returns the first instant at which clocks in zone show what wall shows in UTC, or later: where they skip it
// the first moment after the gap, where they show it twice the first of the two.
func resolve(wall time.Time, zone *time.Location) time.Time {
	year, month, d := wall.Date()
	hour, minute, second := wall.Clock()
	t := time.Date(year, month, d, hour, minute, second, wall.Nanosecond(), zone)
	start, end := t.ZoneBounds()
	switch shown := shows(t); {
	case shown > wall.Unix(): // wall lies in a gap, and t behind it
		return start
	case shown < wall.Unix(): // wall lies in a gap, and t before it
		return end
	}
	if start.IsZero() {
		return t
	}
	_, offset := t.Zone()
	_, before := start.Add(-time.Nanosecond).Zone()
	// Clocks were set back at start: t may have been shown once before.
	if first := t.Add(-time.Duration(before-offset) * time.Second); before > offset && first.Before(start) {
		return first
	}
	return t
}

// shows returns what clocks show at t in its zone, as seconds from 1970.
func shows(t time.Time) int64 {
	_, offset := t.Zone()
	return t.Unix() + int64(offset)
}

// dateOf returns midnight UTC of the date that zone has at t. Dates are counted in UTC, where each has 24 hours.
func dateOf(t time.Time, zone *time.Location) time.Time {
	year, month, d := t.In(zone).Date()
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// on returns the instant at which zone shows the time at on date, which is midnight UTC.
func on(date time.Time, at dayTime, zone *time.Location) time.Time {
	return resolve(date.Add(time.Duration(at)*time.Second), zone)
}
