package schedule

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/value"
)

func TestParseReadsWhatJSONWrites(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		written string
		want    string // "" is the same
	}{
		"immediately":   {`{"type":"immediately"}`, ""},
		"interval":      {`{"type":"indefinitely","interval":60}`, ""},
		"the default":   {`{"type":"indefinitely"}`, `{"type":"indefinitely","interval":900}`},
		"texts":         {`{"type":"indefinitely","interval":" 120 "}`, `{"type":"indefinitely","interval":120}`},
		"once":          {`{"type":"once","date":"2027-01-31T09:00:00"}`, ""},
		"once, zoned":   {`{"date":"2027-01-31T09:00:00+05:30","type":"once"}`, `{"type":"once","date":"2027-01-31T09:00:00+05:30"}`},
		"daily":         {`{"type":"daily","time":"9:05"}`, `{"type":"daily","time":"09:05"}`},
		"seconds":       {`{"type":"daily","time":"23:59:59"}`, ""},
		"no seconds":    {`{"type":"daily","time":"00:00:00"}`, `{"type":"daily","time":"00:00"}`},
		"weekly":        {`{"type":"weekly","days":["5",1,7,0,5],"time":"09:00"}`, `{"type":"weekly","days":[0,1,5],"time":"09:00"}`},
		"monthly":       {`{"type":"monthly","days":[31,1],"time":"09:00"}`, `{"type":"monthly","days":[1,31],"time":"09:00"}`},
		"yearly":        {`{"type":"yearly","months":[12,2],"days":[30],"time":"09:00"}`, `{"type":"yearly","days":[30],"months":[2,12],"time":"09:00"}`},
		"on demand":     {`{"type":"on-demand"}`, ""},
		"between":       {`{"type":"daily","time":"09:00","between":["2027-01-01","2027-02-01T00:00:00Z"]}`, ""},
		"open between":  {`{"type":"immediately","between":["",null]}`, `{"type":"immediately"}`},
		"half between":  {`{"type":"immediately","between":["","2027-01-01"]}`, `{"type":"immediately","between":[null,"2027-01-01"]}`},
		"restrict":      {`{"type":"immediately","restrict":[{"days":[0],"months":[1],"time":["22:00","06:00"]},{"time":["12:00","24:00"]},{}]}`, ""},
		"empty members": {`{"type":"indefinitely","interval":900,"date":null,"days":null,"between":[],"restrict":[]}`, `{"type":"indefinitely","interval":900}`},
		"any":           {`{"type":"immediately","restrict":[{"days":[],"months":null,"time":[]}]}`, `{"type":"immediately","restrict":[{}]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := test.want
			if want == "" {
				want = test.written
			}
			s := mustParse(t, test.written)
			if got := s.JSON().JSON(); got != want {
				t.Errorf("Parse(%s).JSON() = %s, want %s", test.written, got, want)
			}
			if again := mustParse(t, s.JSON().JSON()); !reflect.DeepEqual(again, s) {
				t.Errorf("parsed again it is %+v, want %+v", again, s)
			}
		})
	}
}

func TestParseReadsDates(t *testing.T) {
	t.Parallel()
	date := at(t, "2027-01-31T09:00:00Z")
	s, problems := Parse(value.Collection(value.F("type", value.Text("once")), value.F("date", value.Date(date))))
	if got, _ := s.Next(time.Time{}, loadZone(t, "Europe/Rome")); len(problems) > 0 || !got.Equal(date) {
		t.Errorf("a date runs at %v with problems %v, want %v", got, problems, date)
	}
}

func TestParseProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		written string
		want    []string // "path: part of the problem"
	}{
		"nothing":             {`null`, []string{": a schedule is an object with a type, this is nothing"}},
		"a list":              {`[]`, []string{": a schedule is an object with a type, this is a list"}},
		"a number":            {`900`, []string{"this is a number"}},
		"no type":             {`{"interval":900}`, []string{"type: the schedule has no type"}},
		"unknown type":        {`{"type":"hourly"}`, []string{`type: there is no schedule type "hourly"`}},
		"type of other kind":  {`{"type":5}`, []string{`type: there is no schedule type 5`}},
		"upper case":          {`{"type":"Daily","time":"09:00"}`, []string{`type: there is no schedule type "Daily"`}},
		"unknown key":         {`{"type":"on-demand","intervall":60}`, []string{`intervall: a schedule has no "intervall"`}},
		"no time":             {`{"type":"daily","time":""}`, []string{"time: a schedule of type daily needs time"}},
		"no days":             {`{"type":"weekly","days":[],"time":"09:00"}`, []string{"days: a schedule of type weekly needs days"}},
		"nothing of yearly":   {`{"type":"yearly"}`, []string{"days: a schedule", "months: a schedule", "time: a schedule"}},
		"no date":             {`{"type":"once"}`, []string{"date: a schedule of type once needs date"}},
		"interval too short":  {`{"type":"indefinitely","interval":59}`, []string{"interval: the time between two runs in seconds is from 60 to 31622400, got 59"}},
		"interval too long":   {`{"type":"indefinitely","interval":31622401}`, []string{"interval: the time between two runs"}},
		"half a second":       {`{"type":"indefinitely","interval":60.5}`, []string{"interval: expected the time between two runs in seconds, got 60.5"}},
		"interval in words":   {`{"type":"indefinitely","interval":"often"}`, []string{`interval: expected the time between two runs in seconds, got "often"`}},
		"interval true":       {`{"type":"indefinitely","interval":true}`, []string{"interval: expected"}},
		"time out of range":   {`{"type":"daily","time":"24:00"}`, []string{`time: expected a time of day, got "24:00"`}},
		"minutes":             {`{"type":"daily","time":"09:60"}`, []string{"time: expected"}},
		"signs":               {`{"type":"daily","time":"+9:00"}`, []string{"time: expected"}},
		"one digit":           {`{"type":"daily","time":"09:5"}`, []string{"time: expected"}},
		"time as number":      {`{"type":"daily","time":900}`, []string{"time: expected a time of day, got 900"}},
		"too many parts":      {`{"type":"daily","time":"09:00:00:00"}`, []string{"time: expected"}},
		"weekday 8":           {`{"type":"weekly","days":[1,8],"time":"09:00"}`, []string{"days[1]: a day of the week, from 0 for Sunday to 6, is from 0 to 7, got 8"}},
		"day 0":               {`{"type":"monthly","days":[0],"time":"09:00"}`, []string{"days[0]: a day of the month is from 1 to 31, got 0"}},
		"day 32":              {`{"type":"monthly","days":[1,32],"time":"09:00"}`, []string{"days[1]: a day of the month"}},
		"an empty day":        {`{"type":"monthly","days":[""],"time":"09:00"}`, []string{"days[0]: expected a day of the month"}},
		"days without list":   {`{"type":"monthly","days":1,"time":"09:00"}`, []string{"days: days is a list, got 1"}},
		"too many days":       {`{"type":"monthly","days":[` + strings.Repeat("1,", 31) + `1],"time":"09:00"}`, []string{"days: the list has 32 entries; 31 are allowed"}},
		"month 13":            {`{"type":"yearly","months":[13],"days":[1],"time":"09:00"}`, []string{"months[0]: a month is from 1 to 12"}},
		"no such date":        {`{"type":"yearly","months":[2,4],"days":[31],"time":"09:00"}`, []string{"days: none of these dates exists"}},
		"bad date":            {`{"type":"once","date":"soon"}`, []string{`date: expected a date, got "soon"`}},
		"date as number":      {`{"type":"once","date":1799999999}`, []string{`date: expected a date, got 1799999999`}},
		"half a between":      {`{"type":"immediately","between":["2027-01-01"]}`, []string{"between: between is a list of a start and an end"}},
		"between that is one": {`{"type":"immediately","between":"2027-01-01"}`, []string{"between: between is a list"}},
		"bad between":         {`{"type":"immediately","between":["a",5]}`, []string{"between[0]: expected a date", "between[1]: expected a date"}},
		"between backwards":   {`{"type":"immediately","between":["2027-01-02","2027-01-02"]}`, []string{"between: the end is not after the start"}},
		"restricted daily":    {`{"type":"daily","time":"09:00","restrict":[{"days":[1]}]}`, []string{"restrict: a schedule of type daily cannot be restricted"}},
		"restrict as object":  {`{"type":"immediately","restrict":{"days":[1]}}`, []string{"restrict: restrict is a list"}},
		"restrict of numbers": {`{"type":"immediately","restrict":[1]}`, []string{"restrict[0]: a restriction is an object with days, months or time, this is a number"}},
		"restrict, key":       {`{"type":"immediately","restrict":[{},{"day":1}]}`, []string{`restrict[1].day: a restriction has no "day"`}},
		"restrict, days":      {`{"type":"immediately","restrict":[{"days":[9],"months":["x"]}]}`, []string{"restrict[0].days[0]: a day", "restrict[0].months[0]: expected a month"}},
		"restrict, one time":  {`{"type":"immediately","restrict":[{"time":["09:00"]}]}`, []string{"restrict[0].time: time is a list of a start and an end"}},
		"restrict, bad time":  {`{"type":"immediately","restrict":[{"time":["24:00","24:01"]}]}`, []string{"restrict[0].time[0]: expected", "restrict[0].time[1]: expected"}},
		"restrict, no time":   {`{"type":"immediately","restrict":[{"time":["09:00","9:00"]}]}`, []string{"restrict[0].time: a window that ends when it starts"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, problems := Parse(mustJSON(t, test.written))
			if s.Kind() != OnDemand || !problems.Invalid() {
				t.Errorf("Parse(%s) = %s with %v, want on-demand with problems", test.written, s.Kind(), problems)
			}
			if len(problems) != len(test.want) {
				t.Fatalf("Parse(%s) has problems\n%v\nwant %d", test.written, problems, len(test.want))
			}
			for i, p := range problems {
				if got := p.Path + ": " + p.Problem; !strings.Contains(got, test.want[i]) {
					t.Errorf("problem %d of %s = %q, want %q in it", i, test.written, got, test.want[i])
				}
				if p.Hint == "" {
					t.Errorf("problem %d of %s has no hint", i, test.written)
				}
			}
		})
	}
}

func TestParseWarnsOfKeysWithoutUse(t *testing.T) {
	t.Parallel()
	s, problems := Parse(mustJSON(t, `{"type":"daily","time":"09:00","interval":900,"days":[1]}`))
	var paths []string
	for _, p := range problems {
		paths = append(paths, p.Path)
	}
	if diff := cmp.Diff([]string{"interval", "days"}, paths); diff != "" || problems.Invalid() {
		t.Errorf("problems are %v, want warnings for interval and days", problems)
	}
	if got, want := s.JSON().JSON(), `{"type":"daily","time":"09:00"}`; got != want {
		t.Errorf("the schedule is %s, want %s", got, want)
	}
}

func TestParseCountsRestrictions(t *testing.T) {
	t.Parallel()
	list := func(n int) string {
		return `{"type":"immediately","restrict":[{}` + strings.Repeat(",{}", n-1) + `]}`
	}
	if _, problems := Parse(mustJSON(t, list(MaxRestrictions))); len(problems) > 0 {
		t.Errorf("%d restrictions give %v, want no problem", MaxRestrictions, problems)
	}
	if _, problems := Parse(mustJSON(t, list(MaxRestrictions+1))); !problems.Invalid() {
		t.Errorf("%d restrictions give no problem", MaxRestrictions+1)
	}
}

func TestParseTakesTheLongestInterval(t *testing.T) {
	t.Parallel()
	s := mustParse(t, fmt.Sprintf(`{"type":"indefinitely","interval":%d}`, MaxInterval/time.Second))
	if s.interval != MaxInterval {
		t.Errorf("the interval is %v, want %v", s.interval, MaxInterval)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"indefinitely","interval":"900","between":["2027-01-01",null],"restrict":[{"days":[1],"months":[2],"time":["22:00","06:00"]}]}`,
		`{"type":"once","date":"2027-01-31T09:00:00"}`, `{"type":"weekly","days":[0,7],"time":"09:00:01"}`,
		`{"type":"monthly","days":[31],"time":"02:30"}`, `{"type":"yearly","months":[2],"days":[29],"time":"0:00"}`,
		`{"type":"on-demand","x":1}`, `[]`, `{"type":"immediately","restrict":[{}]}`,
	} {
		f.Add(seed, int64(1_795_000_000))
	}
	rome := loadZone(f, "Europe/Rome")
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		v, err := value.ParseJSON([]byte(text))
		if err != nil {
			return
		}
		s, problems := Parse(v)
		if problems.Invalid() {
			if s.Kind() != OnDemand {
				t.Fatalf("Parse(%s) is %s in spite of %v", text, s.Kind(), problems)
			}
			return
		}
		again, problems := Parse(s.JSON())
		if len(problems) > 0 || !reflect.DeepEqual(s, again) {
			t.Fatalf("Parse(%s) is written as %s, which reads as %+v with %v", text, s.JSON().JSON(), again, problems)
		}
		if s.Describe(rome) == "" {
			t.Fatalf("Parse(%s) has no description", text)
		}
		after := time.Unix(seconds%(1<<36), 0)
		if next, ok := s.Next(after, rome); ok && !next.After(after) {
			t.Fatalf("%s: Next(%v) = %v", text, after, next)
		}
	})
}
