package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// dateToken is one token of a date pattern.
type dateToken struct {
	Name    string
	Summary string
	Format  bool // formatDate writes it
	Parse   bool // parseDate reads it
	write   func(t time.Time) string
	read    func(r *dateReader) error
}

// findToken returns the longest token at the start of format, nil where it starts with other text.
func findToken(format string) *dateToken {
	var best *dateToken
	for i := range dateTokenTable {
		k := &dateTokenTable[i]
		if format[0] == k.Name[0] && strings.HasPrefix(format, k.Name) && (best == nil || len(k.Name) > len(best.Name)) {
			best = k
		}
	}
	return best
}

// bracketed returns the text of a [literal] at the start of format and its whole length, 0 where there is none.
func bracketed(format string) (text string, size int) {
	if format[0] != '[' {
		return "", 0
	}
	end := strings.IndexByte(format, ']')
	if end < 0 {
		return "", 0
	}
	return format[1:end], end + 1
}

// formatTime writes t by the tokens of format; what is no token stands as it is.
func formatTime(t time.Time, format string) string {
	var b strings.Builder
	for format != "" {
		if text, size := bracketed(format); size > 0 {
			b.WriteString(text)
			format = format[size:]
			continue
		}
		k := findToken(format)
		if k == nil || !k.Format {
			b.WriteByte(format[0])
			format = format[1:]
			continue
		}
		b.WriteString(k.write(t))
		format = format[len(k.Name):]
	}
	return b.String()
}

// ordinal writes 1st, 2nd, 3rd, 4th.
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

func twoDigits(n int) string { return fmt.Sprintf("%02d", n) }

func quarter(t time.Time) int { return (int(t.Month()) + 2) / 3 }

func hour12(t time.Time) int { return (t.Hour()+11)%12 + 1 }

// hour24 is the hour from 1 to 24.
func hour24(t time.Time) int { return (t.Hour()+23)%24 + 1 }

// isoWeekday is the day from Monday 1 to Sunday 7.
func isoWeekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

func isoWeek(t time.Time) int {
	_, w := t.ISOWeek()
	return w
}

func isoYear(t time.Time) int {
	y, _ := t.ISOWeek()
	return y
}

// localWeek counts weeks from Sunday; week 1 is the one with January 1st.
func localWeek(t time.Time) (year, week int) {
	saturday := t.AddDate(0, 0, int(time.Saturday-t.Weekday()))
	return saturday.Year(), (saturday.YearDay()-1)/7 + 1
}

func meridiem(t time.Time) string {
	if t.Hour() < 12 {
		return "AM"
	}
	return "PM"
}

// zoneText writes the distance from UTC as +02:00, with the separator between hours and minutes.
func zoneText(t time.Time, separator string) string {
	_, offset := t.Zone()
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	return fmt.Sprintf("%s%02d%s%02d", sign, offset/3600, separator, offset/60%60)
}

func writeInt(f func(t time.Time) int) func(t time.Time) string {
	return func(t time.Time) string { return strconv.Itoa(f(t)) }
}

func writeTwo(f func(t time.Time) int) func(t time.Time) string {
	return func(t time.Time) string { return twoDigits(f(t)) }
}

func writeOrdinal(f func(t time.Time) int) func(t time.Time) string {
	return func(t time.Time) string { return ordinal(f(t)) }
}

// writeFraction writes the first digits of the fraction of a second.
func writeFraction(digits int) func(t time.Time) string {
	return func(t time.Time) string { return fmt.Sprintf("%09d", t.Nanosecond())[:digits] }
}
