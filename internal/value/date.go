package value

import (
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// ParseDate reads a text that names a day, month and year, and perhaps a time and a zone. Accepted are ISO 8601,
// YYYY-MM-DD, YYYY/MM/DD, MM/DD/YYYY and D.M.YYYY, each with an optional time ("14:05", "14:05:30.250", "2:05 PM") and an
// optional zone ("Z", "+02:00", "+0200", "GMT+02:00"). zone applies where the text names none; nil means UTC.
func ParseDate(s string, zone *time.Location) (time.Time, error) {
	bad := func() (time.Time, error) {
		return time.Time{}, fault.Say("[expected-date] expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got %q", shorten(s))
	}
	if zone == nil {
		zone = time.UTC
	}
	text := strings.TrimSpace(s)
	y, mo, d, rest, ok := calendarDate(text)
	if !ok {
		return bad()
	}
	var h, mi, sec, nano int
	if rest != "" && (rest[0] == 'T' || rest[0] == 't' || rest[0] == ' ' || rest[0] == ',') {
		rest = strings.TrimLeft(rest[1:], " ")
		if h, mi, sec, nano, rest, ok = clockTime(rest); !ok {
			return bad()
		}
	}
	if rest = strings.TrimSpace(rest); rest != "" {
		if zone, ok = zoneOffset(rest); !ok {
			return bad()
		}
	}
	t := time.Date(y, time.Month(mo), d, h, mi, sec, nano, zone)
	if ty, tm, td := time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC).Date(); ty != y || int(tm) != mo || td != d {
		return bad()
	}
	return t, nil
}

// calendarDate reads the day at the start of s and returns what follows.
func calendarDate(s string) (y, mo, d int, rest string, ok bool) {
	a, rest := leadingInt(s)
	if rest == "" || a < 0 {
		return 0, 0, 0, "", false
	}
	first := len(s) - len(rest)
	sep := rest[0]
	b, rest := leadingInt(rest[1:])
	if b < 0 || rest == "" || rest[0] != sep {
		return 0, 0, 0, "", false
	}
	before := len(rest)
	c, rest := leadingInt(rest[1:])
	third := before - 1 - len(rest)
	switch {
	case c < 0:
		return 0, 0, 0, "", false
	case first == 4 && third <= 2 && (sep == '-' || sep == '/'):
		return a, b, c, rest, true
	case third == 4 && first <= 2 && sep == '/':
		return c, a, b, rest, true
	case third == 4 && first <= 2 && sep == '.':
		return c, b, a, rest, true
	}
	return 0, 0, 0, "", false
}

// clockTime reads "H:mm[:ss[.fraction]][ AM|PM]" at the start of s and returns what follows.
func clockTime(s string) (h, mi, sec, nano int, rest string, ok bool) {
	h, rest = leadingInt(s)
	if h < 0 || !strings.HasPrefix(rest, ":") {
		return 0, 0, 0, 0, "", false
	}
	if mi, rest = leadingInt(rest[1:]); mi < 0 {
		return 0, 0, 0, 0, "", false
	}
	if strings.HasPrefix(rest, ":") {
		if sec, rest = leadingInt(rest[1:]); sec < 0 {
			return 0, 0, 0, 0, "", false
		}
		if strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, ",") {
			nano, rest = fraction(rest[1:])
		}
	}
	if after := strings.TrimLeft(rest, " "); len(after) >= 2 && strings.ContainsRune("aApP", rune(after[0])) && strings.ContainsRune("mM", rune(after[1])) {
		if h < 1 || h > 12 {
			return 0, 0, 0, 0, "", false
		}
		h, rest = h%12, after[2:]
		if strings.ContainsRune("pP", rune(after[0])) {
			h += 12
		}
	}
	return h, mi, sec, nano, rest, h < 24 && mi < 60 && sec < 60
}

func fraction(s string) (nano int, rest string) {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	digits := (s[:n] + "000000000")[:9]
	nano, _ = strconv.Atoi(digits)
	return nano, s[n:]
}

// zoneOffset reads a whole zone text: Z, UTC, GMT, +02, +0200, +02:00, GMT+02:00.
func zoneOffset(s string) (*time.Location, bool) {
	for _, name := range []string{"UTC", "GMT", "Z"} {
		if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
			s = s[len(name):]
			break
		}
	}
	if s == "" {
		return time.UTC, true
	}
	sign := map[byte]int{'+': 1, '-': -1}[s[0]]
	digits := strings.Replace(s[1:], ":", "", 1)
	if sign == 0 || len(digits) != 2 && len(digits) != 4 {
		return nil, false
	}
	h, err := strconv.ParseUint((digits + "00")[:2], 10, 8)
	m, err2 := strconv.ParseUint((digits + "00")[2:4], 10, 8)
	if err != nil || err2 != nil || h > 14 || m > 59 {
		return nil, false
	}
	return time.FixedZone("", sign*int(h*3600+m*60)), true
}

// leadingInt reads up to nine digits at the start of s; -1 where there is none.
func leadingInt(s string) (int, string) {
	n := 0
	for n < len(s) && n < 9 && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 0 {
		return -1, s
	}
	i, _ := strconv.Atoi(s[:n])
	return i, s[n:]
}
