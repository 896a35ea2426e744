package schedule

import (
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"type":"immediately"}`: "Immediately, as data arrives",
		`{"type":"immediately","restrict":[{"days":[0,1,2,3,4,5,6]},{}]}`: "Immediately, as data arrives, only every day or at any time (Europe/Rome)",
		`{"type":"indefinitely"}`:                                                "Every 15 minutes",
		`{"type":"indefinitely","interval":60}`:                                  "Every minute",
		`{"type":"indefinitely","interval":90}`:                                  "Every 90 seconds",
		`{"type":"indefinitely","interval":3600}`:                                "Every hour",
		`{"type":"indefinitely","interval":86400}`:                               "Every 24 hours",
		`{"type":"indefinitely","restrict":[{"days":[2,1],"months":[6,7]}]}`:     "Every 15 minutes, only on Monday and Tuesday in June and July (Europe/Rome)",
		`{"type":"indefinitely","restrict":[{"time":["22:00","06:00"]}]}`:        "Every 15 minutes, only from 22:00 to 06:00 (Europe/Rome)",
		`{"type":"indefinitely","between":["2027-01-01",null]}`:                  "Every 15 minutes, from 1 January 2027 at 00:00 (Europe/Rome)",
		`{"type":"indefinitely","between":[null,"2027-01-01T00:00:09Z"]}`:        "Every 15 minutes, until 1 January 2027 at 01:00:09 (Europe/Rome)",
		`{"type":"once","date":"2026-12-24T18:00:00Z"}`:                          "Once on 24 December 2026 at 19:00 (Europe/Rome)",
		`{"type":"daily","time":"09:00:30"}`:                                     "Every day at 09:00:30 (Europe/Rome)",
		`{"type":"weekly","days":[5,1],"time":"09:00"}`:                          "Every Monday and Friday at 09:00 (Europe/Rome)",
		`{"type":"weekly","days":[0,6,3],"time":"09:00"}`:                        "Every Wednesday, Saturday and Sunday at 09:00 (Europe/Rome)",
		`{"type":"weekly","days":[0,1,2,3,4,5,6],"time":"09:00"}`:                "Every day at 09:00 (Europe/Rome)",
		`{"type":"monthly","days":[1,2,3,4,11,12,13,21,22,23,31],"time":"9:00"}`: "Every month on the 1st, 2nd, 3rd, 4th, 11th, 12th, 13th, 21st, 22nd, 23rd and 31st at 09:00 (Europe/Rome)",
		`{"type":"yearly","months":[1,7],"days":[15],"time":"09:00"}`:            "Every January and July on the 15th at 09:00 (Europe/Rome)",
		`{"type":"on-demand"}`:                                                   "On demand",
	}
	zone := loadZone(t, "Europe/Rome")
	for written, want := range tests {
		if got := mustParse(t, written).Describe(zone); got != want {
			t.Errorf("%s is described as\n%q, want\n%q", written, got, want)
		}
	}
	if got, want := mustParse(t, `{"type":"daily","time":"09:00"}`).Describe(nil), "Every day at 09:00 (UTC)"; got != want {
		t.Errorf("without a zone it is described as %q, want %q", got, want)
	}
}

func BenchmarkNext(b *testing.B) {
	zone := loadZone(b, "Europe/Rome")
	after := at(b, "2026-11-23T10:00:00Z")
	for name, written := range map[string]string{
		"interval":   `{"type":"indefinitely"}`,
		"restricted": `{"type":"indefinitely","restrict":[{"days":[1,2,3,4,5],"time":["09:00","17:00"]}]}`,
		"daily":      `{"type":"daily","time":"09:00"}`,
		"leap day":   `{"type":"yearly","months":[2],"days":[29],"time":"09:00"}`,
	} {
		s := mustParse(b, written)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s.Next(after, zone)
			}
		})
	}
}

func BenchmarkDueAfterYears(b *testing.B) {
	s := mustParse(b, `{"type":"daily","time":"09:00"}`)
	zone, last, now := loadZone(b, "Europe/Rome"), time.Time{}, at(b, "2026-11-23T10:00:00Z")
	for b.Loop() {
		s.Due(last, now, zone, CatchUpAll)
	}
}
