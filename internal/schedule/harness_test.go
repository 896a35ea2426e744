package schedule

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of the tests, whatever the machine has

	"github.com/ropeway/ropeway/internal/value"
)

// zoneNames are zones with all kinds of clocks: gaps and repetitions at night and at midnight, of an hour and of half
// an hour, odd offsets, and a date that was left out.
func zoneNames() []string {
	return []string{
		"UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago",
		"America/Havana", "Africa/Cairo", "Pacific/Apia", "Africa/Casablanca",
	}
}

func loadZone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatalf("load zone %s: %v", name, err)
	}
	return zone
}

// at reads a time such as "2026-03-29T03:00:00+02:00"; "" is the zero time.
func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	if text == "" {
		return time.Time{}
	}
	return parseTime(tb, text)
}

// parseTime is at for tests of properties too, which have no testing.TB.
func parseTime(t interface{ Fatalf(string, ...any) }, text string) time.Time {
	parsed, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatalf("bad time in test: %v", err)
	}
	return parsed
}

func mustParse(tb testing.TB, text string) *Schedule {
	tb.Helper()
	s, problems := Parse(mustJSON(tb, text))
	if len(problems) > 0 {
		tb.Fatalf("Parse(%s): %v", text, problems)
	}
	return s
}

func mustJSON(tb testing.TB, text string) value.Value {
	tb.Helper()
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		tb.Fatalf("bad JSON in test: %v", err)
	}
	return v
}

// runs lists the runs after from up to to, at most most.
func runs(s *Schedule, zone *time.Location, from, to time.Time, most int) []time.Time {
	var list []time.Time
	for len(list) < most {
		next, ok := s.Next(from, zone)
		if !ok || next.After(to) {
			break
		}
		list = append(list, next)
		from = next
	}
	return list
}

func format(times []time.Time) []string {
	texts := make([]string, len(times))
	for i, t := range times {
		texts[i] = t.Format(time.RFC3339)
	}
	return texts
}
