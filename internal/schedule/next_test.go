package schedule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNext(t *testing.T) {
	t.Parallel()
	const rome, newYork, lordHowe = "Europe/Rome", "America/New_York", "Australia/Lord_Howe"
	tests := map[string]struct {
		schedule string
		zone     string
		after    string
		want     []string // the runs that follow; fewer than three: there are no more
	}{
		"daily": {
			`{"type":"daily","time":"09:00"}`, rome, "2026-11-23T08:00:00Z",
			[]string{"2026-11-24T09:00:00+01:00", "2026-11-25T09:00:00+01:00", "2026-11-26T09:00:00+01:00"},
		},
		"daily, strictly after": {
			`{"type":"daily","time":"09:00:30"}`, "Asia/Kolkata", "2026-11-23T03:30:29.999Z",
			[]string{"2026-11-23T09:00:30+05:30", "2026-11-24T09:00:30+05:30", "2026-11-25T09:00:30+05:30"},
		},
		"daily, in the hour that spring skips": {
			`{"type":"daily","time":"02:30"}`, rome, "2026-03-28T00:00:00Z",
			[]string{"2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		},
		"daily, in the hour that autumn repeats": {
			`{"type":"daily","time":"02:30"}`, rome, "2026-10-24T12:00:00Z",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00", "2026-10-27T02:30:00+01:00"},
		},
		"daily, asked between the two": {
			`{"type":"daily","time":"01:30"}`, newYork, "2026-11-01T01:45:00-04:00",
			[]string{"2026-11-02T01:30:00-05:00", "2026-11-03T01:30:00-05:00", "2026-11-04T01:30:00-05:00"},
		},
		"daily, where spring skips half an hour": {
			`{"type":"daily","time":"02:15"}`, lordHowe, "2026-10-03T02:15:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00", "2026-10-06T02:15:00+11:00"},
		},
		"daily, where autumn repeats half an hour": {
			`{"type":"daily","time":"01:45"}`, lordHowe, "2026-04-04T12:00:00+11:00",
			[]string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30", "2026-04-07T01:45:00+10:30"},
		},
		"daily, where spring skips midnight": {
			`{"type":"daily","time":"00:00"}`, "America/Santiago", "2026-09-05T12:00:00Z",
			[]string{"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00", "2026-09-08T00:00:00-03:00"},
		},
		"weekly": {
			`{"type":"weekly","days":[1,5],"time":"09:00"}`, rome, "2026-11-23T08:00:00Z",
			[]string{"2026-11-27T09:00:00+01:00", "2026-11-30T09:00:00+01:00", "2026-12-04T09:00:00+01:00"},
		},
		"weekly, the day of the zone counts": {
			`{"type":"weekly","days":[1],"time":"00:30"}`, rome, "2026-11-22T00:00:00Z",
			[]string{"2026-11-23T00:30:00+01:00", "2026-11-30T00:30:00+01:00", "2026-12-07T00:30:00+01:00"},
		},
		"weekly, Sunday is 0 and 7": {
			`{"type":"weekly","days":[7,0],"time":"12:00"}`, "UTC", "2026-11-23T00:00:00Z",
			[]string{"2026-11-29T12:00:00Z", "2026-12-06T12:00:00Z", "2026-12-13T12:00:00Z"},
		},
		"monthly, months without the day are skipped": {
			`{"type":"monthly","days":[31],"time":"06:00"}`, "UTC", "2026-01-01T00:00:00Z",
			[]string{"2026-01-31T06:00:00Z", "2026-03-31T06:00:00Z", "2026-05-31T06:00:00Z"},
		},
		"yearly": {
			`{"type":"yearly","months":[7,1],"days":[15,1],"time":"06:00"}`, rome, "2026-01-01T05:00:00Z",
			[]string{"2026-01-15T06:00:00+01:00", "2026-07-01T06:00:00+02:00", "2026-07-15T06:00:00+02:00"},
		},
		"yearly, 29 February over a year without leap day": {
			`{"type":"yearly","months":[2],"days":[29,31],"time":"06:00"}`, "UTC", "2092-03-01T00:00:00Z",
			[]string{"2096-02-29T06:00:00Z", "2104-02-29T06:00:00Z", "2108-02-29T06:00:00Z"},
		},
		"once, in the scenario's zone": {
			`{"type":"once","date":"2026-12-24T18:00:00"}`, rome, "2026-12-24T16:59:59Z", []string{"2026-12-24T18:00:00+01:00"},
		},
		"once, with a zone of its own": {
			`{"type":"once","date":"2026-12-24T18:00:00.750Z"}`, rome, "2026-01-01T00:00:00Z", []string{"2026-12-24T19:00:00+01:00"},
		},
		"once, in a gap": {
			`{"type":"once","date":"2026-03-29 02:10"}`, rome, "2026-01-01T00:00:00Z", []string{"2026-03-29T03:00:00+02:00"},
		},
		"once, over": {
			`{"type":"once","date":"2026-12-24T18:00:00"}`, rome, "2026-12-24T17:00:00Z", []string{},
		},
		"once, outside between": {
			`{"type":"once","date":"2026-12-24","between":["2026-12-25",null]}`, rome, "2026-01-01T00:00:00Z", []string{},
		},
		"between, from the start, without the end": {
			`{"type":"daily","time":"09:00","between":["2026-06-02T09:00:00","2026-06-04T09:00:00"]}`, rome, "2026-01-01T00:00:00Z",
			[]string{"2026-06-02T09:00:00+02:00", "2026-06-03T09:00:00+02:00"},
		},
		"between without an end": {
			`{"type":"daily","time":"09:00","between":["2999-06-02T09:00:01Z",null]}`, "UTC", "2026-01-01T00:00:00Z",
			[]string{"2999-06-03T09:00:00Z", "2999-06-04T09:00:00Z", "2999-06-05T09:00:00Z"},
		},
		"between, over": {
			`{"type":"indefinitely","between":[null,"2026-06-04T09:00:00Z"]}`, "UTC", "2026-06-04T08:45:00Z", []string{},
		},
		"immediately": {`{"type":"immediately"}`, rome, "2026-01-01T00:00:00Z", []string{}},
		"on demand":   {`{"type":"on-demand"}`, rome, "2026-01-01T00:00:00Z", []string{}},
		"before all calendars": {
			`{"type":"daily","time":"09:00"}`, "UTC", "",
			[]string{"0001-01-01T09:00:00Z", "0001-01-02T09:00:00Z", "0001-01-03T09:00:00Z"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, zone := mustParse(t, test.schedule), loadZone(t, test.zone)
			got := format(runs(s, zone, at(t, test.after), at(t, "9999-01-01T00:00:00Z"), 3))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("runs of %s in %s after %s (-want +got):\n%s", test.schedule, test.zone, test.after, diff)
			}
		})
	}
}

func TestNextInterval(t *testing.T) {
	t.Parallel()
	const rome = "Europe/Rome"
	tests := map[string]struct {
		schedule string
		zone     string
		anchor   string
		after    string
		want     []string
	}{
		"from 1970": {
			`{"type":"indefinitely","interval":900}`, rome, "", "2026-11-23T22:07:09.5Z",
			[]string{"2026-11-23T22:15:00Z", "2026-11-23T22:30:00Z", "2026-11-23T22:45:00Z"},
		},
		"before 1970": {
			`{"type":"indefinitely","interval":900}`, rome, "", "1969-12-31T23:50:00Z",
			[]string{"1970-01-01T00:00:00Z", "1970-01-01T00:15:00Z", "1970-01-01T00:30:00Z"},
		},
		"from the anchor, rounded up": {
			`{"type":"indefinitely","interval":3600}`, rome, "2026-11-23T10:20:29.001Z", "2026-11-23T22:00:00Z",
			[]string{"2026-11-23T22:20:30Z", "2026-11-23T23:20:30Z", "2026-11-24T00:20:30Z"},
		},
		"not before the anchor": {
			`{"type":"indefinitely","interval":3600}`, rome, "2026-11-23T10:20:30Z", "2020-01-01T00:00:00Z",
			[]string{"2026-11-23T10:20:30Z", "2026-11-23T11:20:30Z", "2026-11-23T12:20:30Z"},
		},
		"from the start of between": {
			`{"type":"indefinitely","interval":3600,"between":["2026-11-23T10:10:00","2026-11-23T13:10:00"]}`, rome, "2026-11-01T10:20:30Z", "2020-01-01T00:00:00Z",
			[]string{"2026-11-23T09:10:00Z", "2026-11-23T10:10:00Z", "2026-11-23T11:10:00Z"},
		},
		"knows no daylight saving": {
			`{"type":"indefinitely","interval":5400}`, rome, "2026-03-29T00:00:00Z", "2026-03-29T00:00:00Z",
			[]string{"2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z", "2026-03-29T04:30:00Z"},
		},
		"waits until the window opens": {
			`{"type":"indefinitely","interval":1800,"restrict":[{"days":[1],"time":["09:10","10:00"]}]}`, rome, "", "2026-11-23T00:00:00Z",
			[]string{"2026-11-23T08:10:00Z", "2026-11-23T08:30:00Z", "2026-11-30T08:10:00Z"},
		},
		"rarer than the window": {
			`{"type":"indefinitely","interval":86400,"restrict":[{"time":["09:00","17:00"]}]}`, rome, "2026-11-20T02:00:00Z", "2026-11-23T00:00:00Z",
			[]string{"2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z", "2026-11-25T08:00:00Z"},
		},
		"a window across midnight belongs to the day it opens": {
			`{"type":"indefinitely","interval":14400,"restrict":[{"days":[5],"time":["22:00","06:00"]}]}`, "UTC", "", "2026-11-23T00:00:00Z",
			[]string{"2026-11-27T22:00:00Z", "2026-11-28T00:00:00Z", "2026-11-28T04:00:00Z"},
		},
		"several windows": {
			`{"type":"indefinitely","interval":43200,"restrict":[{"months":[12],"time":["00:00","01:00"]},{"months":[11],"days":[0]}]}`, "UTC", "", "2026-11-28T00:00:00Z",
			[]string{"2026-11-29T00:00:00Z", "2026-11-29T12:00:00Z", "2026-12-01T00:00:00Z"},
		},
		"a window that spring skips": {
			`{"type":"indefinitely","interval":300,"restrict":[{"time":["02:10","02:12"]}]}`, rome, "", "2026-03-28T00:00:00Z",
			[]string{"2026-03-28T01:10:00Z", "2026-03-30T00:10:00Z", "2026-03-31T00:10:00Z"},
		},
		"a window that autumn shows twice opens once": {
			`{"type":"indefinitely","interval":600,"restrict":[{"time":["02:10","02:20"]}]}`, rome, "", "2026-10-25T00:00:00Z",
			[]string{"2026-10-25T00:10:00Z", "2026-10-26T01:10:00Z", "2026-10-27T01:10:00Z"},
		},
		"windows end with between": {
			`{"type":"indefinitely","interval":600,"between":[null,"2026-11-23T09:10:00Z"],"restrict":[{"time":["09:00","24:00"]}]}`, "UTC", "", "2026-11-23T00:00:00Z",
			[]string{"2026-11-23T09:00:00Z"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, zone := mustParse(t, test.schedule).Anchored(at(t, test.anchor)), loadZone(t, test.zone)
			list := runs(s, zone, at(t, test.after), at(t, "9999-01-01T00:00:00Z"), 3)
			for i := range list {
				list[i] = list[i].UTC()
			}
			if diff := cmp.Diff(test.want, format(list)); diff != "" {
				t.Errorf("runs of %s in %s after %s (-want +got):\n%s", test.schedule, test.zone, test.after, diff)
			}
		})
	}
}

// A schedule that never matches cannot be written, but the search must end all the same.
func TestNextLooksNoFurtherThanTheHorizon(t *testing.T) {
	t.Parallel()
	after := at(t, "2026-11-23T00:00:00Z")
	for name, s := range map[string]*Schedule{
		"30 February":         {kind: Yearly, months: set(0).with(2), days: set(0).with(30)},
		"no day":              {kind: Weekly},
		"a window on no day":  {kind: Interval, interval: time.Hour, windows: []window{{days: set(0).with(9)}}},
		"a window on no hour": {kind: Interval, interval: time.Hour, windows: []window{{timed: true, from: 9, to: 9, months: set(0).with(13)}}},
	} {
		if next, ok := s.Next(after, time.UTC); ok {
			t.Errorf("%s: Next gives %v, want never", name, next)
		}
	}
	leap := &Schedule{kind: Yearly, months: set(0).with(2), days: set(0).with(29)}
	if next, ok := leap.Next(at(t, "2096-02-29T00:00:00Z"), time.UTC); !ok || next.Year() != 2104 {
		t.Errorf("after 29 February 2096 comes %v, %t; want 2104: the horizon is too near", next, ok)
	}
}

func TestNextWithoutZoneMeansUTC(t *testing.T) {
	t.Parallel()
	s := mustParse(t, `{"type":"daily","time":"09:00"}`)
	got, ok := s.Next(at(t, "2026-11-23T00:00:00+14:00"), nil)
	if want := at(t, "2026-11-23T09:00:00Z"); !ok || !got.Equal(want) || got.Location() != time.UTC {
		t.Errorf("Next gives %v, %t; want %v", got, ok, want)
	}
}

func TestOpens(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		schedule, at, want string // want is "" for never
	}{
		"always":              {`{"type":"immediately"}`, "2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.5Z"},
		"before between":      {`{"type":"immediately","between":["2026-12-01T00:00:00Z",null]}`, "2026-11-23T10:00:00Z", "2026-12-01T00:00:00Z"},
		"at its start":        {`{"type":"immediately","between":["2026-12-01T00:00:00Z",null]}`, "2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"},
		"right before an end": {`{"type":"immediately","between":[null,"2026-12-01T00:00:00Z"]}`, "2026-11-30T23:59:59.999Z", "2026-11-30T23:59:59.999Z"},
		"at an end":           {`{"type":"immediately","between":[null,"2026-12-01T00:00:00Z"]}`, "2026-12-01T00:00:00Z", ""},
		"in a window":         {`{"type":"immediately","restrict":[{"time":["09:00","17:00"]}]}`, "2026-11-23T16:59:59Z", "2026-11-23T16:59:59Z"},
		"at its close":        {`{"type":"immediately","restrict":[{"time":["09:00","17:00"]}]}`, "2026-11-23T17:00:00Z", "2026-11-24T09:00:00Z"},
		"a window too late":   {`{"type":"immediately","restrict":[{"months":[6]}],"between":[null,"2027-06-01T00:00:00Z"]}`, "2026-11-23T17:00:00Z", ""},
		"an unlimited window": {`{"type":"immediately","restrict":[{"months":[6]},{}]}`, "2026-11-23T17:00:00Z", "2026-11-23T17:00:00Z"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := mustParse(t, test.schedule).Opens(at(t, test.at), time.UTC)
			if want := at(t, test.want); ok != (test.want != "") || !got.Equal(want) {
				t.Errorf("%s opens at %v, %t; want %q", test.schedule, got, ok, test.want)
			}
		})
	}
}
