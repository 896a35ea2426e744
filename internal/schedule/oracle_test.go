package schedule

import (
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/value"
)

// oracle walks along every minute of some days and reads the clock on the wall. It knows nothing of offsets and
// transitions: a time of a date has come at the first minute at which the clock shows that time or a later one.
type oracle struct {
	from    time.Time
	highest []time.Time // by minutes since from: the latest that the clock has shown so far, as if in UTC
}

// oracleLead is how long before the minutes asked for it starts to look, so that windows of the day before are seen.
const oracleLead = 3 * day

func newOracle(from time.Time, days int, zone *time.Location) oracle {
	o := oracle{from: from.Truncate(time.Minute).Add(-oracleLead)}
	var highest time.Time
	for minute := range int((oracleLead + time.Duration(days)*day) / time.Minute) {
		shown := o.from.Add(time.Duration(minute) * time.Minute).In(zone)
		wall := time.Date(shown.Year(), shown.Month(), shown.Day(), shown.Hour(), shown.Minute(), 0, 0, time.UTC)
		if wall.After(highest) {
			highest = wall
		}
		o.highest = append(o.highest, highest)
	}
	return o
}

// comes returns the minute at which wall comes; len(o.highest) where it is later than all.
func (o oracle) comes(wall time.Time) int {
	return sort.Search(len(o.highest), func(i int) bool { return !o.highest[i].Before(wall) })
}

// dates lists the dates that the clock shows.
func (o oracle) dates() []time.Time {
	var dates []time.Time
	first := o.highest[0].Truncate(day)
	for date := first; !date.After(o.highest[len(o.highest)-1]); date = date.AddDate(0, 0, 1) {
		dates = append(dates, date)
	}
	return dates
}

func (o oracle) runsOfDates(s *Schedule) []int {
	var found []int
	for _, date := range o.dates() {
		ok := true
		switch s.kind {
		case Weekly:
			ok = slices.Contains(s.days.numbers(), int(date.Weekday()))
		case Monthly:
			ok = slices.Contains(s.days.numbers(), date.Day())
		case Yearly:
			ok = slices.Contains(s.days.numbers(), date.Day()) && slices.Contains(s.months.numbers(), int(date.Month()))
		default: // every day
		}
		if ok {
			found = append(found, o.comes(date.Add(time.Duration(s.at)*time.Second)))
		}
	}
	return found
}

func (o oracle) runsOfInterval(s *Schedule) []int {
	open := o.openMinutes(s)
	var found []int
	for minute := range o.highest {
		since := o.from.Add(time.Duration(minute) * time.Minute).Sub(s.anchor)
		if since < 0 || since%s.interval != 0 {
			continue
		}
		for minute < len(open) && !open[minute] {
			minute++
		}
		found = append(found, minute)
	}
	return found
}

func (o oracle) openMinutes(s *Schedule) []bool {
	open := make([]bool, len(o.highest))
	for i := range open {
		open[i] = len(s.windows) == 0
	}
	for _, w := range s.windows {
		for _, date := range o.dates() {
			if w.days != 0 && !slices.Contains(w.days.numbers(), int(date.Weekday())) ||
				w.months != 0 && !slices.Contains(w.months.numbers(), int(date.Month())) {
				continue
			}
			closing := date.Add(time.Duration(w.to) * time.Second)
			if w.to <= w.from {
				closing = closing.AddDate(0, 0, 1)
			}
			for i := o.comes(date.Add(time.Duration(w.from) * time.Second)); i < o.comes(closing); i++ {
				open[i] = true
			}
		}
	}
	return open
}

// within turns minutes into times from from on, without repetitions.
func (o oracle) within(minutes []int, from time.Time, zone *time.Location) []time.Time {
	slices.Sort(minutes)
	times := []time.Time{}
	for _, minute := range slices.Compact(minutes) {
		if t := o.from.Add(time.Duration(minute) * time.Minute); minute < len(o.highest) && !t.Before(from) {
			times = append(times, t.In(zone))
		}
	}
	return times
}

// changes are times near which clocks of the zones were or will be changed.
func changes() []string {
	return []string{
		"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", // Rome
		"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z", // New York, Havana
		"2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z", // Lord Howe
		"2026-04-05T03:00:00Z", "2026-09-06T04:00:00Z", // Santiago
		"2026-04-23T22:00:00Z", "2026-10-29T21:00:00Z", // Cairo
		"2011-12-30T10:00:00Z",                         // Apia leaves out a date
		"2026-02-15T02:00:00Z", "2026-03-22T02:00:00Z", // Casablanca
	}
}

// drawTime draws a time in the two days before a change or in the day after it.
func drawTime(t *rapid.T) time.Time {
	return drawNear(t, rapid.SampledFrom(changes()).Draw(t, "change"))
}

func drawNear(t *rapid.T, change string) time.Time {
	return parseTime(t, change).Add(time.Duration(rapid.IntRange(-2*24*60, 24*60).Draw(t, "minutes from change")) * time.Minute)
}

func drawList(t *rapid.T, name string, low, high int) value.Value {
	numbers := rapid.SliceOfNDistinct(rapid.IntRange(low, high), 1, 4, rapid.ID).Draw(t, name)
	items := make([]value.Value, len(numbers))
	for i, n := range numbers {
		items[i] = value.Int(n)
	}
	return value.Array(items...)
}

func drawDayTime(t *rapid.T, name string) dayTime {
	return dayTime(60 * rapid.IntRange(0, 24*60-1).Draw(t, name))
}

func drawSchedule(t *rapid.T, kinds ...Kind) *Schedule {
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	b := value.NewBuilder(4).Set("type", value.Text(string(kind)))
	switch kind {
	case Interval:
		b.Set(keyInterval, value.Int(60*rapid.IntRange(1, 3000).Draw(t, "interval")))
		b.Set(keyRestrict, drawWindows(t))
	case Weekly:
		b.Set(keyDays, drawList(t, "days", 0, 6))
	case Monthly:
		b.Set(keyDays, drawList(t, "days", 1, 31))
	case Yearly:
		b.Set(keyDays, value.Array(value.Int(rapid.IntRange(1, 29).Draw(t, "day"))))
		b.Set(keyMonths, drawList(t, "months", 1, 12))
	default: // no days
	}
	if kind != Interval {
		b.Set(keyTime, value.Text(drawDayTime(t, "time").String()))
	}
	v := b.Build()
	s, problems := Parse(v)
	if len(problems) > 0 {
		t.Fatalf("Parse(%s): %v", v.JSON(), problems)
	}
	return s
}

func drawWindows(t *rapid.T) value.Value {
	var windows []value.Value
	for range rapid.IntRange(0, 3).Draw(t, "windows") {
		b := value.NewBuilder(3)
		if rapid.Bool().Draw(t, "with days") {
			b.Set(keyDays, drawList(t, "window days", 0, 6))
		}
		if from, to := drawDayTime(t, "from"), drawDayTime(t, "to"); from != to {
			b.Set(keyTime, value.Array(value.Text(from.String()), value.Text(to.String())))
		}
		windows = append(windows, b.Build())
	}
	return value.Array(windows...)
}

func TestNextAgreesWithAWalkAlongTheMinutes(t *testing.T) {
	t.Parallel()
	const before, after = 2, 4 // days around a change of clocks
	for _, name := range zoneNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := loadZone(t, name)
			oracles := map[string]oracle{}
			for _, change := range changes() {
				oracles[change] = newOracle(parseTime(t, change).Add(-before*day), before+after, zone)
			}
			rapid.Check(t, func(t *rapid.T) {
				s := drawSchedule(t, Interval, Daily, Weekly, Monthly, Yearly)
				change := rapid.SampledFrom(changes()).Draw(t, "change")
				o, from := oracles[change], drawNear(t, change)
				var minutes []int
				if s.kind == Interval {
					s = s.Anchored(o.from.Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "anchor")) * time.Minute))
					minutes = o.runsOfInterval(s)
				} else {
					minutes = o.runsOfDates(s)
				}
				want := o.within(minutes, from, zone)
				last := o.from.Add(time.Duration(len(o.highest)-1) * time.Minute)
				got := runs(s, zone, from.Add(-time.Nanosecond), last, len(o.highest))
				if diff := cmp.Diff(format(want), format(got)); diff != "" {
					t.Fatalf("runs of %s from %v (-want +got):\n%s", s.JSON().JSON(), from.In(zone), diff)
				}
			})
		})
	}
}

func TestNextIsLaterAndKeepsTheOrder(t *testing.T) {
	t.Parallel()
	zones := make([]*time.Location, 0, len(zoneNames()))
	for _, name := range zoneNames() {
		zones = append(zones, loadZone(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, Interval, Daily, Weekly, Monthly, Yearly)
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		earlier := drawTime(t).Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "nanoseconds")))
		later := earlier.Add(time.Duration(rapid.Int64Range(0, int64(40*day)).Draw(t, "later by")))
		first, ok := s.Next(earlier, zone)
		second, alsoOK := s.Next(later, zone)
		if !ok || !alsoOK {
			t.Fatalf("%s has no run after %v or %v", s.JSON().JSON(), earlier, later)
		}
		if !first.After(earlier) || first.Nanosecond() != 0 {
			t.Fatalf("%s: Next(%v) = %v, want a whole second after it", s.JSON().JSON(), earlier, first)
		}
		if second.Before(first) {
			t.Fatalf("%s: Next(%v) = %v comes after Next(%v) = %v", s.JSON().JSON(), earlier, first, later, second)
		}
		if again, _ := s.Next(first.Add(-time.Nanosecond), zone); !again.Equal(first) {
			t.Fatalf("%s: Next right before %v = %v", s.JSON().JSON(), first, again)
		}
	})
}
