package expression

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestFormatTokens(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("", -(3*60+30)*60)
	moment := time.Date(2026, time.January, 3, 0, 7, 9, 123456789, zone)
	cases := []struct{ format, want string }{
		{"YYYY YY Y", "2026 26 2026"},
		{"Q Qo", "1 1st"},
		{"M MM Mo MMM MMMM", "1 01 1st Jan January"},
		{"D DD Do", "3 03 3rd"},
		{"DDD DDDD DDDo", "3 003 3rd"},
		{"d do dd ddd dddd", "6 6th Sa Sat Saturday"},
		{"E e", "6 6"},
		{"w wo ww", "1 1st 01"},
		{"W Wo WW", "1 1st 01"},
		{"gg gggg GG GGGG", "26 2026 26 2026"},
		{"H HH h hh k kk", "0 00 12 12 24 24"},
		{"A a", "AM am"},
		{"m mm s ss", "7 07 9 09"},
		{"S SS SSS SSSS SSSSS SSSSSS SSSSSSS SSSSSSSS SSSSSSSSS", "1 12 123 1234 12345 123456 1234567 12345678 123456789"},
		{"Z ZZ", "-03:30 -0330"},
		{"X x", "1767411429 1767411429123"},
		{"YYYY-MM-DDTHH:mm:ss", "2026-01-03T00:07:09"},
		{"[Year] YYYY [Q]", "Year 2026 Q"},
		{"[open YYYY", "[op6n 2026"},
		{"MMMM Do, YYYY h:mm A", "January 3rd, 2026 12:07 AM"},
		{"D/M/YYYY", "3/1/2026"},
		{"YYYYMMDD", "20260103"},
		{"ö–", "ö–"},
		{"", ""},
		{"GGGG-[W]WW-E", "2026-W01-6"},
		{"G g", "G g"},
	}
	for _, c := range cases {
		if got := formatTime(moment, c.format); got != c.want {
			t.Errorf("%s: got %s, want %s", c.format, got, c.want)
		}
	}
}

func TestWeeksAtTheTurnOfTheYear(t *testing.T) {
	t.Parallel()
	cases := []struct{ day, want string }{
		{"2024-12-29", "1 2025 52 2024 7 0"},
		{"2024-12-31", "1 2025 1 2025 2 2"},
		{"2027-01-01", "1 2027 53 2026 5 5"},
		{"2027-01-02", "1 2027 53 2026 6 6"},
		{"2027-01-03", "2 2027 53 2026 7 0"},
		{"2026-12-31", "1 2027 53 2026 4 4"},
		{"2022-01-01", "1 2022 52 2021 6 6"},
		{"2023-12-30", "52 2023 52 2023 6 6"},
	}
	for _, c := range cases {
		day, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		if got := formatTime(day, "w gggg W GGGG E e"); got != c.want {
			t.Errorf("%s: got %s, want %s", c.day, got, c.want)
		}
	}
}

func TestOrdinals(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 22: "22nd", 23: "23rd", 111: "111th", 112: "112th", 101: "101st"} {
		if got := ordinal(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestParseTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.November, 23, 14, 5, 6, 0, time.UTC)
	cases := []struct{ text, format, want string }{
		{"2026-01-02", "YYYY-MM-DD", "2026-01-02T00:00:00Z"},
		{"20260102", "YYYYMMDD", "2026-01-02T00:00:00Z"},
		{"2/1/2026", "D/M/YYYY", "2026-01-02T00:00:00Z"},
		{"02.01.26", "DD.MM.YY", "2026-01-02T00:00:00Z"},
		{"02.01.70", "DD.MM.YY", "1970-01-02T00:00:00Z"},
		{"02.01.68", "DD.MM.YY", "2068-01-02T00:00:00Z"},
		{"1.2.1999", "D.M.YY", "1999-02-01T00:00:00Z"},
		{"2026-01-02T03:04:05.678Z", "YYYY-MM-DDTHH:mm:ss.SSSZ", "2026-01-02T03:04:05.678Z"},
		{"2026-01-02T03:04:05+02:00", "YYYY-MM-DDTHH:mm:ssZ", "2026-01-02T01:04:05Z"},
		{"2026-01-02 03:04 -0530", "YYYY-MM-DD HH:mm ZZ", "2026-01-02T08:34:00Z"},
		{"2026-01-02 03:04 +05", "YYYY-MM-DD HH:mm Z", "2026-01-01T22:04:00Z"},
		{"January 2nd, 2026 3:04 pm", "MMMM Do, YYYY h:mm a", "2026-01-02T15:04:00Z"},
		{"Jan 2 2026 12:04 AM", "MMM D YYYY h:mm A", "2026-01-02T00:04:00Z"},
		{"Sept 9 2026", "MMM D YYYY", "2026-09-09T00:00:00Z"},
		{"2 jan 2026 12:00 p.m.", "D MMM YYYY h:mm A", "2026-01-02T12:00:00Z"},
		{"2026-01-02 24:00", "YYYY-MM-DD HH:mm", "2026-01-03T00:00:00Z"},
		{"2026-01-02 24:30", "YYYY-MM-DD kk:mm", "2026-01-02T00:30:00Z"},
		{"14:30", "HH:mm", "2026-11-23T14:30:00Z"},
		{"05", "MM", "2026-05-01T00:00:00Z"},
		{"07", "DD", "2026-11-07T00:00:00Z"},
		{"2025", "YYYY", "2025-01-01T00:00:00Z"},
		{"2026-05", "YYYY-MM-DD", "2026-05-01T00:00:00Z"},
		{"2026-01-02 and more", "YYYY-MM-DD", "2026-01-02T00:00:00Z"},
		{"2026/01/02", "YYYY-MM-DD", "2026-01-02T00:00:00Z"},
		{"  2026 - 01 - 02", "YYYY-MM-DD", "2026-01-02T00:00:00Z"},
		{"1767411429", "X", "2026-01-03T03:37:09Z"},
		{"1767411429.5", "X", "2026-01-03T03:37:09.5Z"},
		{"1767411429123", "x", "2026-01-03T03:37:09.123Z"},
		{"-1", "X", "1969-12-31T23:59:59Z"},
		{"2026-060", "YYYY-DDDD", "2026-03-01T00:00:00Z"},
		{"2026 366", "YYYY DDD", "error"},
		{"2028 366", "YYYY DDD", "2028-12-31T00:00:00Z"},
		{"2026 3", "YYYY Q", "2026-07-01T00:00:00Z"},
		{"2026-W53-7", "GGGG-[W]WW-E", "2027-01-03T00:00:00Z"},
		{"2026-W01", "GGGG-[W]WW", "2025-12-29T00:00:00Z"},
		{"26 W1", "GG [W]W", "2025-12-29T00:00:00Z"},
		{"2025-W53", "GGGG-[W]WW", "error"},
		{"48", "W", "2026-11-23T00:00:00Z"},
		{"Friday", "dddd", "2026-11-27T00:00:00Z"},
		{"sun", "ddd", "2026-11-22T00:00:00Z"},
		{"Fri 2026-01-02", "ddd YYYY-MM-DD", "2026-01-02T00:00:00Z"},
		{"Mon 2026-01-02", "ddd YYYY-MM-DD", "error"},
		{"0", "E", "error"},
		{"9", "E", "error"},
		{"2026-02-30", "YYYY-MM-DD", "error"},
		{"2026-13-01", "YYYY-MM-DD", "error"},
		{"2026-00-01", "YYYY-MM-DD", "error"},
		{"2026-01-00", "YYYY-MM-DD", "error"},
		{"25:00", "HH:mm", "error"},
		{"12:60", "HH:mm", "error"},
		{"12:00:61", "HH:mm:ss", "error"},
		{"13:00 PM", "h:mm A", "error"},
		{"0:30 PM", "h:mm A", "error"},
		{"13:00", "h:mm", "error"},
		{"abc", "YYYY-MM-DD", "error"},
		{"", "YYYY", "error"},
		{"Foo 1", "MMM D", "error"},
		{"2026", "[x]", "error"},
		{"12:00 XM", "h:mm A", "error"},
		{"2026-01-02 +99", "YYYY-MM-DD Z", "error"},
		{"2026-01-02 Q", "YYYY-MM-DD Z", "error"},
		{"99999999999999999999", "X", "error"},
		{"x", "X", "error"},
		{"+1", "Z", "error"},
		{"2026-01-02 10h", "YYYY-MM-DD H[h]", "2026-01-02T10:00:00Z"},
		{"at 10:15", "[at] HH:mm", "2026-11-23T10:15:00Z"},
	}
	for _, c := range cases {
		got := "error"
		if d, err := parseTime(c.text, c.format, now, time.UTC); err == nil {
			got = d.UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("%q as %q: got %s, want %s", c.text, c.format, got, c.want)
		}
	}
}

func TestParseReadsWhatFormatWrites(t *testing.T) {
	t.Parallel()
	formats := []string{
		"YYYY-MM-DDTHH:mm:ss.SSSZ", "D/M/YYYY h:mm:ss.SSS A ZZ", "dddd, MMMM Do, YYYY HH:mm:ss.SSS Z", "x", "YYYY DDDD kk:mm:ss.SSS Z", "GGGG-[W]WW-E H:m:s.SSS Z", "ddd D MMM YYYY hh:mm:ss.SSS a Z",
	}
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(-60_000_000_000_000, 200_000_000_000_000).Draw(t, "ms")
		zone := time.FixedZone("", 60*rapid.IntRange(-12*60, 14*60).Draw(t, "zone"))
		format := rapid.SampledFrom(formats).Draw(t, "format")
		want := time.UnixMilli(ms).In(zone)
		text := formatTime(want, format)
		got, err := parseTime(text, format, testNow, time.UTC)
		if err != nil || !got.Equal(want) {
			t.Fatalf("%s as %s: got %v (%v), want %v", text, format, got, err, want)
		}
	})
}

func TestMonthsComeBackFromTheFirstOfAMonth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-5000, 5000).Draw(t, "months")
		first := time.Date(2026, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 3, 4, 5, 0, time.UTC)
		moved := shiftMonths(first, n)
		if back := shiftMonths(moved, -n); !back.Equal(first) {
			t.Fatalf("%v by %d and back: got %v", first, n, back)
		}
		if got := monthsBetween(first, moved); got != n {
			t.Fatalf("months from %v to %v: got %d, want %d", first, moved, got, n)
		}
	})
}
