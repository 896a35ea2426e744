package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateTokenTable are all tokens of formatDate and parseDate, in the order in which they are documented.
var dateTokenTable = newDateTokens()

func both(name, summary string, write func(time.Time) string, read func(*dateReader) error) dateToken {
	return dateToken{Name: name, Summary: summary, Format: true, Parse: true, write: write, read: read}
}

func formatOnly(name, summary string, write func(time.Time) string) dateToken {
	return dateToken{Name: name, Summary: summary, Format: true, write: write}
}

func newDateTokens() []dateToken {
	tokens := append(yearTokens(), dayTokens()...)
	return append(tokens, timeTokens()...)
}

func yearTokens() []dateToken {
	localYear := func(t time.Time) int { y, _ := localWeek(t); return y }
	localNumber := func(t time.Time) int { _, w := localWeek(t); return w }
	month := func(t time.Time) int { return int(t.Month()) }
	return []dateToken{
		both("YYYY", "year, 2026", func(t time.Time) string { return fmt.Sprintf("%04d", t.Year()) }, readInt(1, 4, field(fieldYear))),
		both("YY", "year in two digits, 26; 69 to 99 are 1969 to 1999", func(t time.Time) string { return twoDigits(t.Year() % 100) }, readInt(2, 4, setShortYear)),
		both("Y", "year, 2026", writeInt(time.Time.Year), readInt(1, 6, field(fieldYear))),
		both("Q", "quarter, 4", writeInt(quarter), readInt(1, 1, setQuarter)),
		formatOnly("Qo", "quarter, 4th", writeOrdinal(quarter)),
		both("M", "month, 1 to 12", writeInt(month), readInt(1, 2, field(fieldMonth))),
		both("MM", "month, 01 to 12", writeTwo(month), readInt(1, 2, field(fieldMonth))),
		formatOnly("Mo", "month, 11th", writeOrdinal(month)),
		both("MMM", "month, Nov", func(t time.Time) string { return t.Month().String()[:shortName] }, readName(monthNames, fieldMonth, 1)),
		both("MMMM", "month, November", func(t time.Time) string { return t.Month().String() }, readName(monthNames, fieldMonth, 1)),
		formatOnly("w", "week of the year, from Sunday, 48", writeInt(localNumber)),
		formatOnly("wo", "week of the year, from Sunday, 48th", writeOrdinal(localNumber)),
		formatOnly("ww", "week of the year, from Sunday, 01 to 53", writeTwo(localNumber)),
		both("W", "ISO week, from Monday, 48", writeInt(isoWeek), readInt(1, 2, field(fieldWeek))),
		formatOnly("Wo", "ISO week, from Monday, 48th", writeOrdinal(isoWeek)),
		both("WW", "ISO week, from Monday, 01 to 53", writeTwo(isoWeek), readInt(1, 2, field(fieldWeek))),
		formatOnly("gg", "year of the week from Sunday, 26", func(t time.Time) string { return twoDigits(localYear(t) % 100) }),
		formatOnly("gggg", "year of the week from Sunday, 2026", func(t time.Time) string { return fmt.Sprintf("%04d", localYear(t)) }),
		both("GG", "year of the ISO week, 26", func(t time.Time) string { return twoDigits(isoYear(t) % 100) }, readInt(2, 4, setShortWeekYear)),
		both("GGGG", "year of the ISO week, 2026", func(t time.Time) string { return fmt.Sprintf("%04d", isoYear(t)) }, readInt(1, 4, field(fieldWeekYear))),
	}
}

func dayTokens() []dateToken {
	weekday := func(t time.Time) int { return int(t.Weekday()) }
	name := func(letters int) func(t time.Time) string {
		return func(t time.Time) string { return t.Weekday().String()[:letters] }
	}
	return []dateToken{
		both("D", "day of the month, 1 to 31", writeInt(time.Time.Day), readInt(1, 2, field(fieldDay))),
		both("DD", "day of the month, 01 to 31", writeTwo(time.Time.Day), readInt(1, 2, field(fieldDay))),
		both("Do", "day of the month, 23rd", writeOrdinal(time.Time.Day), readOrdinal),
		both("DDD", "day of the year, 1 to 366", writeInt(time.Time.YearDay), readInt(1, 3, field(fieldYearDay))),
		formatOnly("DDDo", "day of the year, 327th", writeOrdinal(time.Time.YearDay)),
		both("DDDD", "day of the year, 001 to 366", func(t time.Time) string { return fmt.Sprintf("%03d", t.YearDay()) }, readInt(1, 3, field(fieldYearDay))),
		formatOnly("d", "day of the week, Sunday 0 to Saturday 6", writeInt(weekday)),
		formatOnly("do", "day of the week, 1st", writeOrdinal(weekday)),
		formatOnly("dd", "day of the week, Mo", name(2)),
		both("ddd", "day of the week, Mon", name(shortName), readName(weekdayNames, fieldWeekday, 0)),
		both("dddd", "day of the week, Monday", func(t time.Time) string { return t.Weekday().String() }, readName(weekdayNames, fieldWeekday, 0)),
		both("E", "day of the ISO week, Monday 1 to Sunday 7", writeInt(isoWeekday), readInt(1, 1, setISOWeekday)),
		formatOnly("e", "day of the week, Sunday 0 to Saturday 6", writeInt(weekday)),
	}
}

func timeTokens() []dateToken {
	tokens := []dateToken{
		both("H", "hour, 0 to 23", writeInt(time.Time.Hour), readInt(1, 2, field(fieldHour))),
		both("HH", "hour, 00 to 23", writeTwo(time.Time.Hour), readInt(1, 2, field(fieldHour))),
		both("h", "hour, 1 to 12", writeInt(hour12), readInt(1, 2, setHour12)),
		both("hh", "hour, 01 to 12", writeTwo(hour12), readInt(1, 2, setHour12)),
		both("k", "hour, 1 to 24", writeInt(hour24), readInt(1, 2, setHour24)),
		both("kk", "hour, 01 to 24", writeTwo(hour24), readInt(1, 2, setHour24)),
		both("A", "AM or PM", meridiem, readMeridiem),
		both("a", "am or pm", func(t time.Time) string { return strings.ToLower(meridiem(t)) }, readMeridiem),
		both("m", "minute, 0 to 59", writeInt(time.Time.Minute), readInt(1, 2, field(fieldMinute))),
		both("mm", "minute, 00 to 59", writeTwo(time.Time.Minute), readInt(1, 2, field(fieldMinute))),
		both("s", "second, 0 to 59", writeInt(time.Time.Second), readInt(1, 2, field(fieldSecond))),
		both("ss", "second, 00 to 59", writeTwo(time.Time.Second), readInt(1, 2, field(fieldSecond))),
	}
	for digits := 1; digits <= 9; digits++ {
		tokens = append(tokens, both(strings.Repeat("S", digits), "fraction of a second, digits: "+strconv.Itoa(digits), writeFraction(digits), readFraction))
	}
	return append(tokens,
		both("Z", "distance from UTC, +01:00", func(t time.Time) string { return zoneText(t, ":") }, readZone),
		both("ZZ", "distance from UTC, +0100", func(t time.Time) string { return zoneText(t, "") }, readZone),
		both("X", "seconds since 1970", func(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }, readSeconds),
		both("x", "milliseconds since 1970", func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }, readMilliseconds),
	)
}
