package expression

import (
	"math"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones by name work on machines without a zone database

	"github.com/ropeway/ropeway/internal/value"
)

func dateFunctions() []*builtin {
	return inGroup("Date and time", slices.Concat(addFunctions(), setFunctions(), readFunctions())...)
}

func dateParam() Parameter { return param("date", "date", "the date") }

func addFunctions() []*builtin {
	list := []*builtin{}
	for _, unit := range []struct {
		name string
		add  func(t time.Time, n float64) time.Time
		gave string
	}{
		{"Seconds", addSpan(time.Second), "2026-11-23T14:05:08.789Z"},
		{"Minutes", addSpan(time.Minute), "2026-11-23T14:07:06.789Z"},
		{"Hours", addSpan(time.Hour), "2026-11-23T16:05:06.789Z"},
		{"Days", addDays, "2026-11-25T14:05:06.789Z"},
		{"Months", addMonths, "2027-01-23T14:05:06.789Z"},
		{"Years", addYears, "2028-11-23T14:05:06.789Z"},
	} {
		lower := strings.ToLower(unit.name)
		list = append(list, define("add"+unit.name, "Adds "+lower+" to a date, or takes them away where the number is negative. "+addNote(unit.name),
			params(dateParam(), param("number", "number", "how many")), perDate(unit.add), gives("add"+unit.name+"(now; 2)", `"`+unit.gave+`"`)))
	}
	list[2].Examples = append(list[2].Examples, gives(`addHours(now; -24.2)`, `"2026-11-22T13:53:06.789Z"`))
	list[4].Examples = append(list[4].Examples, gives(`addMonths("2026-01-31"; 1)`, `"2026-02-28T00:00:00.000Z"`), gives(`addMonths(1.missing; 1)`, ``))
	return list
}

func addNote(unit string) string {
	switch unit {
	case "Days":
		return "The time of day stays the same across a change of summer time; a fraction counts as hours."
	case "Months", "Years":
		return "A day that the month does not have becomes its last one; the number is rounded."
	}
	return "The number may have a fraction."
}

func setFunctions() []*builtin {
	number := param("number", "number", "the new value; what lies outside its range carries over to the next larger unit")
	return []*builtin{
		define("setSecond", "Sets the second.", params(dateParam(), number), perDate(func(t time.Time, n float64) time.Time {
			return withClock(t, t.Hour(), t.Minute(), int(n))
		}), gives(`setSecond(now; 30)`, `"2026-11-23T14:05:30.789Z"`)),
		define("setMinute", "Sets the minute.", params(dateParam(), number), perDate(func(t time.Time, n float64) time.Time {
			return withClock(t, t.Hour(), int(n), t.Second())
		}), gives(`setMinute(now; 61)`, `"2026-11-23T15:01:06.789Z"`)),
		define("setHour", "Sets the hour.", params(dateParam(), number), perDate(func(t time.Time, n float64) time.Time {
			return withClock(t, int(n), t.Minute(), t.Second())
		}), gives(`setHour(now; 0)`, `"2026-11-23T00:05:06.789Z"`)),
		define("setDay", "Sets the day of the week within the week from Sunday to Saturday.",
			params(dateParam(), param("day", "number or text", "1 Sunday to 7 Saturday, or the English name")), setDay,
			gives(`setDay(now; "friday")`, `"2026-11-27T14:05:06.789Z"`), gives(`setDay(now; 1)`, `"2026-11-22T14:05:06.789Z"`)),
		define("setDate", "Sets the day of the month.", params(dateParam(), number), perDate(func(t time.Time, n float64) time.Time {
			return t.AddDate(0, 0, int(n)-t.Day())
		}), gives(`setDate(now; 1)`, `"2026-11-01T14:05:06.789Z"`), gives(`setDate(now; 31)`, `"2026-12-01T14:05:06.789Z"`)),
		define("setMonth", "Sets the month.", params(dateParam(), param("month", "number or text", "1 to 12, or the English name")), setMonth,
			gives(`setMonth(now; 2)`, `"2026-02-23T14:05:06.789Z"`), gives(`setMonth(now; "august")`, `"2026-08-23T14:05:06.789Z"`)),
		define("setYear", "Sets the year.", params(dateParam(), number), perDate(func(t time.Time, n float64) time.Time {
			return shiftMonths(t, 12*(int(n)-t.Year()))
		}), gives(`setYear(now; 2020)`, `"2020-11-23T14:05:06.789Z"`)),
	}
}

func readFunctions() []*builtin {
	zone := optional("zone", "text", "name of a time zone (Europe/Prague); that of the scenario where left out or unknown")
	return []*builtin{
		define("formatDate", "Writes a date by a pattern of tokens.", params(dateParam(), param("format", "text", "tokens such as YYYY-MM-DD HH:mm; text in [ ] stands as it is"), zone), formatDate,
			gives(`formatDate(now; "DD.MM.YYYY HH:mm")`, `"23.11.2026 14:05"`), gives(`formatDate(now; "dddd, MMMM Do"; "Asia/Tokyo")`, `"Monday, November 23rd"`),
			gives(`formatDate(1.missing; "YYYY")`, ``), fails(`formatDate("soon"; "YYYY")`, `function 'formatDate', argument 1 (date): expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "soon"`)).withZone(3),
		define("parseDate", "Reads a date from text by a pattern of tokens.",
			params(param("text", "text", "the text"), optional("format", "text", "tokens; ISO 8601 and similar forms where left out"), zone), parseDate,
			gives(`parseDate("23/11/2026"; "DD/MM/YYYY")`, `"2026-11-23T00:00:00.000Z"`), gives(`parseDate("2026-11-23 09:30"; "YYYY-MM-DD HH:mm"; "Europe/Prague")`, `"2026-11-23T08:30:00.000Z"`),
			gives(`parseDate("1763906706"; "X")`, `"2025-11-23T14:05:06.000Z"`),
			fails(`parseDate("99/11/2026"; "DD/MM/YYYY")`, `function 'parseDate', argument 1 (text): "99/11/2026" is not a date of the form DD/MM/YYYY: there is no day 99`)).withZone(3),
		define("dateDifference", "Returns how much later the first date is than the second, in whole units.",
			params(param("date1", "date", "the later date"), param("date2", "date", "the earlier date"),
				optional("unit", "text", "milliseconds, seconds, minutes, hours, days, weeks, months, quarters or years; milliseconds where left out")), dateDifference,
			gives(`dateDifference("2026-11-23"; "2026-11-01"; "days")`, `22`), gives(`dateDifference("2026-11-23"; "2026-01-31"; "months")`, `9`)).starred(),
	}
}

// maxYears bounds what may be added to a date, in years; beyond it dates have no text.
const maxYears = 9999

// bounded keeps dates within the years that their text form has; false outside.
func bounded(t time.Time) bool { return t.Year() >= 0 && t.Year() <= maxYears }

// perDate makes a function of a date and a number; an empty date gives nothing.
func perDate(f func(t time.Time, n float64) time.Time) func(c *call) value.Value {
	return func(c *call) value.Value {
		if c.blank(0) {
			return value.Null
		}
		n := c.number(1)
		if math.Abs(n) > maxWhole {
			c.refusef(1, "[too-large] the number is too large")
			return value.Null
		}
		return c.dated(f(c.date(0), n))
	}
}

// dated makes a value of t, or remembers an error where it is too far away.
func (c *call) dated(t time.Time) value.Value {
	if !bounded(t) {
		c.refusef(0, "[date-range] the result lies outside the years 0 to %d", maxYears)
		return value.Null
	}
	return value.Date(t)
}

func addSpan(unit time.Duration) func(t time.Time, n float64) time.Time {
	return func(t time.Time, n float64) time.Time {
		ms := math.Round(n * float64(unit/time.Millisecond))
		return time.UnixMilli(t.UnixMilli() + int64(math.Max(-math.MaxInt32*1e6, math.Min(math.MaxInt32*1e6, ms)))).In(t.Location())
	}
}

func addDays(t time.Time, n float64) time.Time {
	whole, fraction := math.Modf(n)
	return addSpan(time.Hour)(t.AddDate(0, 0, clampDays(whole)), 24*fraction)
}

// clampDays keeps a count of days within what dates hold, so that time.AddDate cannot overflow.
func clampDays(n float64) int {
	const days = 366 * 2 * maxYears
	return int(math.Max(-days, math.Min(days, n)))
}

func addMonths(t time.Time, n float64) time.Time { return shiftMonths(t, clampDays(roundAway(n))) }

func addYears(t time.Time, n float64) time.Time { return shiftMonths(t, 12*clampDays(roundAway(n))) }

// roundAway rounds halves away from zero.
func roundAway(n float64) float64 { return math.Round(n) }

// shiftMonths moves t by months; a day that the month does not have becomes its last one.
func shiftMonths(t time.Time, months int) time.Time {
	month := time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return withDay(t, month.Year(), month.Month(), min(t.Day(), daysIn(month.Year(), month.Month())))
}

func withDay(t time.Time, y int, m time.Month, d int) time.Time {
	return time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

func withClock(t time.Time, h, m, s int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), h, m, s, t.Nanosecond(), t.Location())
}

func daysIn(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

func setDay(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	t := c.date(0)
	day, ok := nameIndex(c.text(1), weekdayNames)
	if !ok {
		day = c.whole(1, 0) - 1
	}
	return c.dated(t.AddDate(0, 0, clampDays(float64(day-int(t.Weekday())))))
}

func setMonth(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	t := c.date(0)
	month, ok := nameIndex(c.text(1), monthNames)
	if !ok {
		month = c.whole(1, 0) - 1
	}
	return c.dated(shiftMonths(t, clampDays(float64(month+1-int(t.Month())))))
}

var (
	weekdayNames = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	monthNames   = []string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	}
)

// shortName is the number of letters of short names of days and months.
const shortName = 3

// nameIndex finds a full or short name, capitals or not.
func nameIndex(s string, names []string) (int, bool) {
	s = strings.TrimSpace(s)
	for i, name := range names {
		if strings.EqualFold(s, name) || strings.EqualFold(s, name[:shortName]) {
			return i, true
		}
	}
	return 0, false
}

func formatDate(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	format := c.text(1)
	// No token of one letter writes more than the longest name of a day or month.
	const longest = len("September")
	if !c.fits(len(format)*longest) || !c.check(c.ev.charge(len(format))) {
		return value.Null
	}
	return value.Text(formatTime(c.date(0).In(c.location(2)), format))
}

func parseDate(c *call) value.Value {
	if c.blank(0) || c.arg(0).Kind() == value.KindDate {
		return c.arg(0)
	}
	text, zone := c.text(0), c.location(2)
	format := c.text(1)
	if format == "" {
		v, err := value.ToDate(value.Text(text), zone)
		if err != nil {
			c.refuse(0, err)
		}
		return v
	}
	if !c.check(c.ev.charge(len(format))) {
		return value.Null
	}
	t, err := parseTime(text, format, c.ev.env.Now, zone)
	if err != nil {
		c.refuse(0, err)
		return value.Null
	}
	return c.dated(t)
}

func dateDifference(c *call) value.Value {
	if c.blank(0) || c.blank(1) {
		return value.Null
	}
	a, b := c.date(0), c.date(1)
	ms := float64(a.UnixMilli() - b.UnixMilli())
	switch unit := strings.ToLower(c.textOr(2, "ms")); strings.TrimSuffix(unit, "s") {
	case "millisecond":
		return value.Number(ms)
	case "m":
		if unit != "ms" {
			break
		}
		return value.Number(ms)
	case "second":
		return value.Number(math.Trunc(ms / 1e3))
	case "minute":
		return value.Number(math.Trunc(ms / 60e3))
	case "hour":
		return value.Number(math.Trunc(ms / 3600e3))
	case "day":
		return value.Int(daysBetween(b, a))
	case "week":
		return value.Int(daysBetween(b, a) / 7)
	case "month":
		return value.Int(monthsBetween(b, a))
	case "quarter":
		return value.Int(monthsBetween(b, a) / 3)
	case "year":
		return value.Int(monthsBetween(b, a) / 12)
	}
	c.refusef(2, "[expected-unit] expected milliseconds, seconds, minutes, hours, days, weeks, months, quarters or years, got %q", shorten(c.text(2)))
	return value.Null
}

// daysBetween counts whole days by the calendar, so that a day with a change of summer time counts as one.
func daysBetween(from, to time.Time) int {
	if to.Before(from) {
		return -daysBetween(to, from)
	}
	days := int(dayNumber(to) - dayNumber(from))
	if withDay(from, to.Year(), to.Month(), to.Day()).After(to) {
		days--
	}
	return days
}

// dayNumber counts days since 1970 by t's own calendar.
func dayNumber(t time.Time) int64 {
	const day = 24 * 60 * 60
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / day
}

// monthsBetween counts whole months.
func monthsBetween(from, to time.Time) int {
	if to.Before(from) {
		return -monthsBetween(to, from)
	}
	months := 12*(to.Year()-from.Year()) + int(to.Month()) - int(from.Month())
	if shiftMonths(from, months).After(to) {
		months--
	}
	return months
}

// lookupZone returns the time zone with an IANA name, nil where there is none. The machine's own zone is not a name.
func lookupZone(name string) *time.Location {
	if name == "" || name == "Local" {
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return zone
}

// stepsPerZone is what looking up a zone by name costs.
const stepsPerZone = 500

// zoneNamed is lookupZone, once for each name in an evaluation.
func (ev *evaluation) zoneNamed(name string) *time.Location {
	if zone, ok := ev.zones[name]; ok {
		return zone
	}
	if ev.charge(stepsPerZone) != nil {
		return nil
	}
	if ev.zones == nil {
		ev.zones = map[string]*time.Location{}
	}
	ev.zones[name] = lookupZone(name)
	return ev.zones[name]
}
