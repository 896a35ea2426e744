package expression

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
)

// dateField is a part of a date that a token has read.
type dateField int

const (
	fieldYear dateField = iota
	fieldMonth
	fieldDay
	fieldYearDay
	fieldWeekYear
	fieldWeek
	fieldWeekday // Sunday 0
	fieldQuarter
	fieldHour
	fieldMinute
	fieldSecond
	fieldNano
	fieldCount
)

// dateReader reads a text token by token.
type dateReader struct {
	rest   string
	found  [fieldCount]bool
	values [fieldCount]int
	half   int // 0 none, 1 AM, 2 PM
	twelve bool
	zone   *time.Location // that the text names
	moment *time.Time     // from X or x
}

func (r *dateReader) set(f dateField, n int) {
	r.values[f], r.found[f] = n, true
}

// get returns what was read, other where it was not.
func (r *dateReader) get(f dateField, other int) int {
	if r.found[f] {
		return r.values[f]
	}
	return other
}

// maxDateBytes is how much of a text is read as a date.
const maxDateBytes = 1024

// parseTime reads text by the tokens of format. Signs between tokens need not agree; what the text leaves out at its end, and what it
// has beyond the format, do not matter. Larger units that are missing are those of now, smaller ones their first.
func parseTime(text, format string, now time.Time, zone *time.Location) (time.Time, error) {
	r := dateReader{rest: text[:min(len(text), maxDateBytes)]}
	read := 0
	for f := format; f != ""; {
		if literal, size := bracketed(f); size > 0 {
			r.skipBracketed(literal)
			f = f[size:]
			continue
		}
		k := findToken(f)
		if k == nil || !k.Parse {
			r.skipLiteral(f)
			_, size := utf8.DecodeRuneInString(f)
			f = f[size:]
			continue
		}
		f = f[len(k.Name):]
		r.skipSigns(k)
		if r.rest == "" {
			break
		}
		if err := k.read(&r); err != nil {
			return time.Time{}, notDate(text, format, err)
		}
		read++
	}
	if read == 0 {
		return time.Time{}, notDate(text, format, fault.Say("[date-nothing] nothing of it was found"))
	}
	t, err := r.time(now.In(zone), zone)
	if err != nil {
		return time.Time{}, notDate(text, format, err)
	}
	return t, nil
}

func notDate(text, format string, err error) error {
	return fault.Say("[date-form] %q is not a date of the form %s: %v", shorten(text), shorten(format), err)
}

// skipLiteral passes a letter of the format that is no token, where the text has it too.
func (r *dateReader) skipLiteral(format string) {
	c, _ := utf8.DecodeRuneInString(format)
	if alphanumeric(c) {
		if first, size := utf8.DecodeRuneInString(r.rest); unicode.ToLower(first) == unicode.ToLower(c) {
			r.rest = r.rest[size:]
		}
	}
}

// skipBracketed passes a text of the format in brackets, where the text has it too, with or without signs before.
func (r *dateReader) skipBracketed(literal string) {
	if rest, ok := strings.CutPrefix(r.rest, literal); ok {
		r.rest = rest
		return
	}
	signs := strings.TrimLeftFunc(r.rest, func(c rune) bool { return !alphanumeric(c) })
	if rest, ok := strings.CutPrefix(signs, literal); ok {
		r.rest = rest
	}
}

func alphanumeric(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// skipSigns passes what is neither letter nor digit; signs of numbers and zones stay.
func (r *dateReader) skipSigns(k *dateToken) {
	signed := k.Name[0] == 'Z' || k.Name[0] == 'X' || k.Name[0] == 'x'
	for r.rest != "" {
		c, size := utf8.DecodeRuneInString(r.rest)
		if alphanumeric(c) || signed && (c == '+' || c == '-') {
			return
		}
		r.rest = r.rest[size:]
	}
}

// digits takes low to high digits.
func (r *dateReader) digits(low, high int) (string, error) {
	n := 0
	for n < high && n < len(r.rest) && r.rest[n] >= '0' && r.rest[n] <= '9' {
		n++
	}
	if n < low {
		return "", fault.Say("[date-number] a number was expected at %q", shorten(r.rest))
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s, nil
}

// number reads what digits took, which always fits.
func number(digits string) (int, error) {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("read a number: %w", err)
	}
	return n, nil
}

func readInt(low, high int, use func(r *dateReader, n int)) func(r *dateReader) error {
	return func(r *dateReader) error {
		s, err := r.digits(min(low, 1), high)
		if err != nil {
			return err
		}
		n, err := number(s)
		use(r, n)
		return err
	}
}

func field(f dateField) func(r *dateReader, n int) {
	return func(r *dateReader, n int) { r.set(f, n) }
}

// firstShortYear is the first of the years of two digits that belong to the 20th century.
const firstShortYear = 69

func shortYear(n int) int {
	switch {
	case n >= 100:
		return n
	case n >= firstShortYear:
		return 1900 + n
	}
	return 2000 + n
}

func setShortYear(r *dateReader, n int) { r.set(fieldYear, shortYear(n)) }

func setShortWeekYear(r *dateReader, n int) { r.set(fieldWeekYear, shortYear(n)) }

func setQuarter(r *dateReader, n int) { r.set(fieldQuarter, n) }

// setISOWeekday takes Monday 1 to Sunday 7; 8 and 9 stay out of range for the check.
func setISOWeekday(r *dateReader, n int) {
	switch n {
	case 7:
		n = 0
	case 0:
		n = 7
	}
	r.set(fieldWeekday, n)
}

func setHour12(r *dateReader, n int) {
	r.twelve = true
	r.set(fieldHour, n)
}

func setHour24(r *dateReader, n int) {
	if n == 24 {
		n = 0
	}
	r.set(fieldHour, n)
}

// readName reads a full or short name and sets the field to its position plus base.
func readName(names []string, f dateField, base int) func(r *dateReader) error {
	return func(r *dateReader) error {
		n := 0
		for n < len(r.rest) && (r.rest[n]|0x20 >= 'a' && r.rest[n]|0x20 <= 'z') {
			n++
		}
		i, ok := nameIndex(r.rest[:n], names)
		if !ok && strings.EqualFold(r.rest[:n], "sept") && len(names) == len(monthNames) {
			i, ok = int(time.September)-1, true
		}
		if !ok {
			return fault.Say("[date-name] %q is no English name of one", shorten(r.rest[:n]))
		}
		r.set(f, i+base)
		r.rest = r.rest[n:]
		return nil
	}
}

func readOrdinal(r *dateReader) error {
	s, err := r.digits(1, 2)
	if err != nil {
		return err
	}
	n, err := number(s)
	r.set(fieldDay, n)
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if len(r.rest) >= len(suffix) && strings.EqualFold(r.rest[:len(suffix)], suffix) {
			r.rest = r.rest[len(suffix):]
			break
		}
	}
	return err
}

func readMeridiem(r *dateReader) error {
	for i, letter := range []string{"a", "p"} {
		if strings.HasPrefix(strings.ToLower(r.rest[:1]), letter) {
			r.half = i + 1
			r.rest = strings.TrimLeft(r.rest[1:], ".mM")
			return nil
		}
	}
	return fault.Say("[date-half] AM or PM was expected at %q", shorten(r.rest))
}

// nanoDigits is the number of digits of a second's fraction.
const nanoDigits = 9

func readFraction(r *dateReader) error {
	s, err := r.digits(1, nanoDigits)
	if err != nil {
		return err
	}
	n, err := number(s + strings.Repeat("0", nanoDigits-len(s)))
	r.set(fieldNano, n)
	return err
}

// readZone reads Z, +02, +0200 or +02:00.
func readZone(r *dateReader) error {
	if r.rest[0] == 'Z' || r.rest[0] == 'z' {
		r.zone, r.rest = time.UTC, r.rest[1:]
		return nil
	}
	sign := 1
	switch r.rest[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return fault.Say("[date-zone-expected] a distance from UTC such as +02:00 was expected at %q", shorten(r.rest))
	}
	r.rest = r.rest[1:]
	hours, err := r.digits(2, 2)
	if err != nil {
		return err
	}
	r.rest = strings.TrimPrefix(r.rest, ":")
	minutes, err := r.digits(0, 2)
	if err != nil {
		return err
	}
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi("0" + minutes)
	if h > 14 || m > 59 {
		return fault.Say("[date-zone] there is no zone %s:%s", hours, minutes)
	}
	r.zone = time.FixedZone("", sign*(h*60+m)*60)
	return nil
}

// number takes a signed decimal number.
func (r *dateReader) number() (float64, error) {
	n := 0
	for n < len(r.rest) && strings.IndexByte("+-.0123456789", r.rest[n]) >= 0 {
		n++
	}
	f, err := strconv.ParseFloat(r.rest[:n], 64)
	if err != nil {
		return 0, fault.Say("[date-number] a number was expected at %q", shorten(r.rest))
	}
	r.rest = r.rest[n:]
	return f, nil
}

func readSeconds(r *dateReader) error { return r.readMoment(1000) }

func readMilliseconds(r *dateReader) error { return r.readMoment(1) }

func (r *dateReader) readMoment(scale float64) error {
	f, err := r.number()
	if err != nil {
		return err
	}
	const farthest = 366 * 24 * 60 * 60 * 1000 * maxYears
	ms := f * scale
	if ms < -farthest || ms > farthest {
		return fault.Say("[too-large] the number is too large")
	}
	t := time.UnixMilli(int64(ms))
	r.moment = &t
	return nil
}

// time puts the parts together.
func (r *dateReader) time(now time.Time, zone *time.Location) (time.Time, error) {
	if r.moment != nil {
		return *r.moment, nil
	}
	if r.zone != nil {
		zone = r.zone
		now = now.In(zone)
	}
	y, m, d, err := r.day(now)
	if err != nil {
		return time.Time{}, err
	}
	hour, minute, second := r.get(fieldHour, 0), r.get(fieldMinute, 0), r.get(fieldSecond, 0)
	if r.half > 0 {
		if hour > 12 || r.twelve && hour == 0 {
			return time.Time{}, fault.Say("[date-hour-half] there is no hour %d with AM or PM", hour)
		}
		hour = hour%12 + 12*(r.half-1)
	} else if r.twelve && hour > 12 {
		return time.Time{}, fault.Say("[date-hour] there is no hour %d of 12", hour)
	}
	midnight := hour == 24 && minute == 0 && second == 0
	if hour > 23 && !midnight || minute > 59 || second > 59 {
		return time.Time{}, fault.Say("[date-time] there is no time %d:%02d:%02d", hour, minute, second)
	}
	return time.Date(y, m, d, hour, minute, second, r.get(fieldNano, 0), zone), nil
}

// day finds the day by month and day, by the day of the year, by week, or by the day of this week.
func (r *dateReader) day(now time.Time) (int, time.Month, int, error) {
	byWeek := (r.found[fieldWeek] || r.found[fieldWeekYear] || r.found[fieldWeekday]) && !r.found[fieldMonth] && !r.found[fieldDay] && !r.found[fieldYearDay]
	switch {
	case byWeek && r.get(fieldWeekday, 0) > 6:
		return 0, 0, 0, fault.Say("[date-weekday] there is no weekday %d", r.values[fieldWeekday])
	case byWeek && (r.found[fieldWeek] || r.found[fieldWeekYear]):
		return r.weekDate(now)
	case byWeek && !r.found[fieldYear]:
		t := now.AddDate(0, 0, r.values[fieldWeekday]-int(now.Weekday()))
		return t.Year(), t.Month(), t.Day(), nil
	case r.found[fieldYearDay] && !r.found[fieldMonth]:
		y, n := r.get(fieldYear, now.Year()), r.values[fieldYearDay]
		t := time.Date(y, time.January, n, 0, 0, 0, 0, time.UTC)
		if n < 1 || t.Year() != y {
			return 0, 0, 0, fault.Say("[date-year-day] the year %d has no day %d", y, n)
		}
		return y, t.Month(), t.Day(), nil
	}
	return r.monthDate(now)
}

func (r *dateReader) monthDate(now time.Time) (int, time.Month, int, error) {
	firstMonth, firstDay := int(now.Month()), now.Day()
	if r.found[fieldYear] {
		firstMonth, firstDay = 1, 1
	}
	if r.found[fieldMonth] || r.found[fieldQuarter] {
		firstDay = 1
	}
	if r.found[fieldQuarter] {
		firstMonth = 3*r.values[fieldQuarter] - 2
	}
	y, m, d := r.get(fieldYear, now.Year()), r.get(fieldMonth, firstMonth), r.get(fieldDay, firstDay)
	if m < 1 || m > 12 {
		return 0, 0, 0, fault.Say("[date-month] there is no month %d", m)
	}
	month := time.Month(m)
	if d < 1 || d > 31 {
		return 0, 0, 0, fault.Say("[date-day] there is no day %d", d)
	}
	if d > daysIn(y, month) {
		return 0, 0, 0, fault.Say("[date-month-day] %s %d has no day %d", month, y, d)
	}
	if weekday := time.Date(y, month, d, 0, 0, 0, 0, time.UTC).Weekday(); r.found[fieldWeekday] && int(weekday) != r.values[fieldWeekday] {
		return 0, 0, 0, fault.Say("[date-other-weekday] that day is a %s", weekday)
	}
	return y, month, d, nil
}

// weekDate finds the day by ISO year, week and day of the week, Monday where it is missing.
func (r *dateReader) weekDate(now time.Time) (int, time.Month, int, error) {
	thisYear, thisWeek := now.ISOWeek()
	y := r.get(fieldWeekYear, r.get(fieldYear, thisYear))
	if r.found[fieldWeekYear] || r.found[fieldYear] {
		thisWeek = 1
	}
	week := r.get(fieldWeek, thisWeek)
	weekday := (r.get(fieldWeekday, 1) + 6) % 7
	monday := time.Date(y, time.January, 4, 0, 0, 0, 0, time.UTC)
	monday = monday.AddDate(0, 0, 1-isoWeekday(monday)+7*(week-1))
	if year, w := monday.ISOWeek(); year != y || w != week {
		return 0, 0, 0, fault.Say("[date-week] the year %d has no week %d", y, week)
	}
	t := monday.AddDate(0, 0, weekday)
	return t.Year(), t.Month(), t.Day(), nil
}
