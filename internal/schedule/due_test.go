package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestDue(t *testing.T) {
	t.Parallel()
	const hourly = `{"type":"indefinitely","interval":3600}`
	tests := map[string]struct {
		schedule  string
		policy    CatchUp
		last, now string
		want      []string
	}{
		"nothing yet":            {hourly, CatchUpAll, "2026-11-23T10:00:00Z", "2026-11-23T10:59:59.999Z", []string{}},
		"on time":                {hourly, CatchUpAll, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z", []string{"2026-11-23T11:00:00Z"}},
		"skip, on time":          {hourly, CatchUpSkip, "2026-11-23T10:00:00Z", "2026-11-23T11:00:00.2Z", []string{"2026-11-23T11:00:00Z"}},
		"skip, within the grace": {hourly, CatchUpSkip, "2026-11-23T01:00:00Z", "2026-11-23T11:01:00Z", []string{"2026-11-23T11:00:00Z"}},
		"skip, after the grace":  {hourly, CatchUpSkip, "2026-11-23T01:00:00Z", "2026-11-23T11:01:00.001Z", []string{}},
		"skip repeats nothing":   {hourly, CatchUpSkip, "2026-11-23T11:00:00Z", "2026-11-23T11:00:30Z", []string{}},
		"once":                   {hourly, CatchUpOnce, "2026-11-23T01:00:00Z", "2026-11-23T11:30:00Z", []string{"2026-11-23T11:00:00Z"}},
		"once after many years":  {hourly, CatchUpOnce, "1800-01-01T00:00:00Z", "2026-11-23T11:30:00Z", []string{"2026-11-23T11:00:00Z"}},
		"once, long over":        {`{"type":"indefinitely","interval":60,"between":[null,"2020-01-01T00:00:00Z"]}`, CatchUpOnce, "1999-01-01T00:00:00Z", "2026-11-23T11:30:00Z", []string{"2019-12-31T23:59:00Z"}},
		"all":                    {hourly, CatchUpAll, "2026-11-23T09:00:00Z", "2026-11-23T11:30:00Z", []string{"2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z"}},
		"all, close together": {
			`{"type":"indefinitely","interval":60,"restrict":[{"time":["09:00:59","09:02"]}]}`, CatchUpAll, "2026-11-22T10:00:00Z", "2026-11-23T11:30:00Z",
			[]string{"2026-11-23T09:00:59Z", "2026-11-23T09:01:00Z"},
		},
		"all, single date":        {`{"type":"once","date":"2026-11-01T09:00:00.9Z"}`, CatchUpAll, "2026-01-01T00:00:00Z", "2026-11-23T11:30:00Z", []string{"2026-11-01T09:00:00Z"}},
		"all, rare dates":         {`{"type":"yearly","months":[2],"days":[29],"time":"12:00"}`, CatchUpAll, "2019-01-01T00:00:00Z", "2026-11-23T11:30:00Z", []string{"2020-02-29T12:00:00Z", "2024-02-29T12:00:00Z"}},
		"the clock was set back":  {hourly, CatchUpAll, "2026-11-23T11:00:00Z", "2026-11-23T09:30:00Z", []string{}},
		"only when somebody asks": {`{"type":"on-demand"}`, CatchUpAll, "2026-11-23T11:00:00Z", "2027-11-23T09:30:00Z", []string{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := format(mustParse(t, test.schedule).Due(at(t, test.last), at(t, test.now), time.UTC, test.policy))
			for i := range got {
				got[i] = at(t, got[i]).UTC().Format(time.RFC3339)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s, last %s, now %s: due (-want +got):\n%s", test.schedule, test.last, test.now, diff)
			}
		})
	}
}

func TestDueDropsTheOldest(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `{"type":"indefinitely","interval":60}`)
	last := at(t, "2026-11-23T00:00:00Z")
	for _, missed := range []int{MaxCatchUp, MaxCatchUp + 1} {
		now := last.Add(time.Duration(missed) * time.Minute)
		due := s.Due(last, now, time.UTC, CatchUpAll)
		if len(due) != MaxCatchUp {
			t.Fatalf("of %d missed runs %d are due, want %d", missed, len(due), MaxCatchUp)
		}
		if first := now.Add(-(MaxCatchUp - 1) * time.Minute); !due[0].Equal(first) || !due[MaxCatchUp-1].Equal(now) {
			t.Errorf("of %d missed runs those from %v to %v are due, want from %v to %v", missed, due[0], due[MaxCatchUp-1], first, now)
		}
	}
}

func TestDueAgreesWithNext(t *testing.T) {
	t.Parallel()
	zone := loadZone(t, "Europe/Rome")
	rapid.Check(t, func(t *rapid.T) {
		s := drawSchedule(t, Interval, Daily, Weekly, Monthly, Yearly)
		last := drawTime(t)
		now := last.Add(time.Duration(rapid.Int64Range(0, int64(40*day)).Draw(t, "later by")))
		const enough = 40 * 24 * 60
		missed := runs(s, zone, last, now, enough)

		newest := missed[max(0, len(missed)-1):]
		if diff := cmp.Diff(format(newest), format(s.Due(last, now, zone, CatchUpOnce))); diff != "" {
			t.Fatalf("%s, last %v, now %v: once (-want +got):\n%s", s.JSON().JSON(), last, now, diff)
		}
		if diff := cmp.Diff(format(missed[max(0, len(missed)-MaxCatchUp):]), format(s.Due(last, now, zone, CatchUpAll))); diff != "" {
			t.Fatalf("%s, last %v, now %v: all (-want +got):\n%s", s.JSON().JSON(), last, now, diff)
		}
		if len(newest) == 1 && now.Sub(newest[0]) > Grace {
			newest = nil
		}
		if diff := cmp.Diff(format(newest), format(s.Due(last, now, zone, CatchUpSkip))); diff != "" {
			t.Fatalf("%s, last %v, now %v: skip (-want +got):\n%s", s.JSON().JSON(), last, now, diff)
		}
	})
}

func TestParseCatchUp(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]CatchUp{"": CatchUpOnce, "skip": CatchUpSkip, "once": CatchUpOnce, "all": CatchUpAll} {
		if got, err := ParseCatchUp(name); got != want || err != nil {
			t.Errorf("ParseCatchUp(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := ParseCatchUp("some"); fault.KindOf(err) != fault.InvalidConfiguration || fault.From(err).Hint == "" {
		t.Errorf("ParseCatchUp(some) gives %v, want a fault with a hint", err)
	}
}
