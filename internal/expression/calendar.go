package expression

import (
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// calendarFunctions are the starred functions of dates.
func calendarFunctions() []*builtin {
	list := append(partsOfDates(), workingTime()...)
	for _, f := range list {
		f.Starred = true
	}
	return inGroup("Calendar", list...)
}

func partsOfDates() []*builtin {
	part := func(name, summary, expression, result string, f func(t time.Time) int) *builtin {
		return define(name, summary, params(dateParam()), func(c *call) value.Value {
			if c.blank(0) {
				return value.Null
			}
			return value.Int(f(c.date(0)))
		}, gives(expression, result))
	}
	return []*builtin{
		part("second", "Returns the second.", `second(now)`, `6`, time.Time.Second),
		part("minute", "Returns the minute.", `minute(now)`, `5`, time.Time.Minute),
		part("hour", "Returns the hour, 0 to 23.", `hour(now)`, `14`, time.Time.Hour),
		part("dayOfMonth", "Returns the day of the month.", `dayOfMonth(now)`, `23`, time.Time.Day),
		part("dayOfWeek", "Returns the day of the week, 1 Sunday to 7 Saturday.", `dayOfWeek(now)`, `2`, func(t time.Time) int { return int(t.Weekday()) + 1 }),
		part("month", "Returns the month, 1 to 12.", `month(now)`, `11`, func(t time.Time) int { return int(t.Month()) }),
		part("year", "Returns the year.", `year(now)`, `2026`, time.Time.Year),
		part("daysInMonth", "Returns how many days the month has.", `daysInMonth("2028-02-10")`, `29`, func(t time.Time) int { return daysIn(t.Year(), t.Month()) }),
		part("daysInYear", "Returns how many days the year has.", `daysInYear(now)`, `365`, func(t time.Time) int {
			return time.Date(t.Year(), time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
		}),
		part("daysInSplitWeek", "Returns how many days of the date's week, from Sunday to Saturday, lie in the date's month.", `daysInSplitWeek("2026-12-01")`, `5`, daysInSplitWeek),
		define("isWeekend", "Reports whether the date is a Saturday or Sunday.", params(dateParam()), func(c *call) value.Value {
			return value.Bool(!c.blank(0) && weekend(c.date(0)))
		}, gives(`isWeekend("2026-11-22")`, `true`), gives(`isWeekend(now)`, `false`)),
		define("startOfMonth", "Returns the first moment of the month.", params(dateParam()), perDay(func(t time.Time) time.Time {
			return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, t.Location())
		}), gives(`startOfMonth(now)`, `"2026-11-01T00:00:00.000Z"`)),
		define("endOfMonth", "Returns the last millisecond of the month.", params(dateParam()), perDay(func(t time.Time) time.Time {
			return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, t.Location()).Add(-time.Millisecond)
		}), gives(`endOfMonth(now)`, `"2026-11-30T23:59:59.999Z"`)),
		define("dateMax", "Returns the latest of dates.", params(param("dates", "array or date", "one array, or the first of several dates"), repeated("date", "further dates")),
			extremeDate(time.Time.After), gives(`dateMax("2026-01-01"; "2026-03-01")`, `"2026-03-01T00:00:00.000Z"`)),
		define("dateMin", "Returns the earliest of dates.", params(param("dates", "array or date", "one array, or the first of several dates"), repeated("date", "further dates")),
			extremeDate(time.Time.Before), gives(`dateMin("2026-01-01"; "2026-03-01")`, `"2026-01-01T00:00:00.000Z"`)),
	}
}

func workingTime() []*builtin {
	from, to := param("start", "date", "the earlier date"), param("end", "date", "the later date")
	holidays := optional("holidays", "array", "dates that are no working days")
	return []*builtin{
		define("addWeekDays", "Adds working days, Monday to Friday, to a date, or takes them away where the number is negative.",
			params(dateParam(), param("number", "number", "how many"), holidays), addWeekDays,
			gives(`addWeekDays("2026-11-20"; 1)`, `"2026-11-23T00:00:00.000Z"`), gives(`addWeekDays("2026-11-23"; -1)`, `"2026-11-20T00:00:00.000Z"`)),
		define("weekDayDiff", "Counts the working days, Monday to Friday, from the first date to before the second.", params(from, to, holidays), weekDayDiff,
			gives(`weekDayDiff("2026-11-20"; "2026-11-24")`, `2`)),
		define("workMinutesDiff", "Counts the minutes between two dates that lie in working hours.",
			params(from, to, optional("dayStart", "text", "start of the working day; 09:00 where left out"), optional("dayEnd", "text", "its end; 17:00 where left out"), holidays), workMinutesDiff,
			gives(`workMinutesDiff("2026-11-20 16:00"; "2026-11-23 10:00")`, `120`), gives(`workMinutesDiff("2026-11-23 08:00"; "2026-11-23 18:00"; "08:30"; "12:00")`, `210`)),
	}
}

func perDay(f func(t time.Time) time.Time) func(c *call) value.Value {
	return func(c *call) value.Value {
		if c.blank(0) {
			return value.Null
		}
		return c.dated(f(c.date(0)))
	}
}

func extremeDate(better func(t, u time.Time) bool) func(c *call) value.Value {
	return func(c *call) value.Value {
		best := value.Null
		for _, v := range c.values() {
			if blank(v) {
				continue
			}
			d, err := value.ToDate(v, c.ev.zone())
			if err != nil {
				c.refuse(0, err)
			}
			if best.IsNothing() || better(d.Time(), best.Time()) {
				best = d
			}
		}
		return best
	}
}

func daysInSplitWeek(t time.Time) int {
	count := 0
	for day := range 7 {
		if t.AddDate(0, 0, day-int(t.Weekday())).Month() == t.Month() {
			count++
		}
	}
	return count
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// holidays returns the days that argument i lists, as days since 1970.
func (c *call) holidays(i int) map[int64]bool {
	days := map[int64]bool{}
	for _, v := range c.list(i) {
		d, err := value.ToDate(v, c.ev.zone())
		if err != nil {
			c.refuse(i, err)
			break
		}
		days[dayNumber(d.Time().In(c.ev.zone()))] = true
	}
	return days
}

func working(t time.Time, holidays map[int64]bool) bool {
	return !weekend(t) && !holidays[dayNumber(t)]
}

func addWeekDays(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	t, n, holidays := c.date(0), c.whole(1, 0), c.holidays(2)
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 && bounded(t) && c.check(c.ev.charge(1)) {
		t = t.AddDate(0, 0, step)
		if working(t, holidays) {
			n--
		}
	}
	return c.dated(t)
}

func weekDayDiff(c *call) value.Value {
	if c.blank(0) || c.blank(1) {
		return value.Null
	}
	from, to, holidays, sign := c.date(0), c.date(1), c.holidays(2), 1
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	count := 0
	for end := dayNumber(to); dayNumber(from) < end && c.check(c.ev.charge(1)); from = from.AddDate(0, 0, 1) {
		if working(from, holidays) {
			count++
		}
	}
	return value.Int(sign * count)
}

// minuteOfDay reads "9:30" in argument i.
func (c *call) minuteOfDay(i int, other string) int {
	v, err := value.ToTime(value.Text(c.textOr(i, other)))
	if err != nil {
		c.refuse(i, err)
		return 0
	}
	t, err := time.Parse("15:04:05", strings.TrimSpace(v.Str()))
	if err != nil {
		c.refuse(i, err)
	}
	return t.Hour()*60 + t.Minute()
}

func workMinutesDiff(c *call) value.Value {
	if c.blank(0) || c.blank(1) {
		return value.Null
	}
	from, to, sign := c.date(0), c.date(1), 1
	opens, closes, holidays := c.minuteOfDay(2, "09:00"), c.minuteOfDay(3, "17:00"), c.holidays(4)
	if to.Before(from) {
		from, to, sign = to, from, -1
	}
	total := time.Duration(0)
	for day, end := from, dayNumber(to); dayNumber(day) <= end && c.check(c.ev.charge(1)); day = day.AddDate(0, 0, 1) {
		if !working(day, holidays) {
			continue
		}
		start, stop := clockOn(day, opens), clockOn(day, closes)
		if start.Before(from) {
			start = from
		}
		if stop.After(to) {
			stop = to
		}
		total += max(stop.Sub(start), 0)
	}
	return value.Int(sign * int(total/time.Minute))
}

// clockOn returns the minute of t's day.
func clockOn(t time.Time, minute int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), minute/60, minute%60, 0, 0, t.Location())
}
