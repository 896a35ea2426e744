package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Parse reads a scheduling object such as {"type": "weekly", "days": [1, 5], "time": "09:00"}; numbers may be texts.
// Paths of problems are relative to the object: "restrict[0].time". Keys that the type has no use for are warnings and
// left out. The Schedule is never nil; where the problems are invalid it is one that runs on demand only.
func Parse(v value.Value) (*Schedule, fault.Problems) {
	never := &Schedule{kind: OnDemand}
	if v.Kind() != value.KindCollection {
		return never, fault.Problems{{
			Problem: "a schedule is an object with a type, this is " + kindOf(v),
			Hint:    `write {"type": "indefinitely", "interval": 900}`,
		}}
	}
	p := parser{}
	s := &Schedule{kind: p.kind(v.Get("type")), interval: DefaultInterval}
	if uses := keysOf(s.kind); uses != nil {
		p.keys(v, s.kind, uses)
		p.members(v, s, uses)
	}
	if p.problems.Invalid() {
		return never, p.problems
	}
	return s, p.problems
}

type parser struct {
	problems fault.Problems
}

func (p *parser) problem(path, text, hint string) {
	p.problems = append(p.problems, fault.Problem{Path: path, Problem: text, Hint: hint})
}

func (p *parser) kind(v value.Value) Kind {
	kind := Kind(v.Str())
	if slices.Contains(Kinds(), kind) {
		return kind
	}
	names := make([]string, len(Kinds()))
	for i, known := range Kinds() {
		names[i] = string(known)
	}
	text := "there is no schedule type " + short(v)
	if v.IsEmpty() {
		text = "the schedule has no type"
	}
	p.problem("type", text, "choose one of "+strings.Join(names, ", "))
	return ""
}

// keys finds keys that are unknown, missing, or of no use for the kind.
func (p *parser) keys(v value.Value, kind Kind, uses map[string]need) {
	for key, member := range v.Fields() {
		if key == "type" || member.IsNothing() {
			continue
		}
		if _, used := uses[key]; used {
			continue
		}
		if !slices.Contains(keyNames(), key) {
			p.problem(key, "a schedule has no "+short(value.Text(key)), "its keys are type, "+strings.Join(keyNames(), ", "))
			continue
		}
		p.useless(key, kind, member)
	}
	for _, key := range keyNames() {
		if uses[key] == required && v.Get(key).IsEmpty() {
			p.problem(key, fmt.Sprintf("a schedule of type %s needs %s", kind, key), "add it, such as "+exampleOf(key, kind))
		}
	}
}

// useless reports a key that another kind has. To ignore restrictions would run a scenario when nobody wants it to.
func (p *parser) useless(key string, kind Kind, member value.Value) {
	if key == keyRestrict && kind != OnDemand && !member.IsEmpty() {
		p.problem(key, fmt.Sprintf("a schedule of type %s cannot be restricted", kind), "use the type indefinitely, or choose other days")
		return
	}
	p.problems = append(p.problems, fault.Problem{
		Path: key, Problem: fmt.Sprintf("a schedule of type %s has no use for %s", kind, key), Hint: "remove it", Warning: true,
	})
}

func exampleOf(key string, kind Kind) string {
	switch key {
	case keyDate:
		return `"2027-01-31T09:00:00"`
	case keyTime:
		return `"09:00"`
	case keyMonths:
		return "[1, 7] for January and July"
	}
	if kind == Weekly {
		return "[1, 5] for Monday and Friday"
	}
	return "[1, 15] for the 1st and the 15th"
}

// members reads the keys that the kind uses.
func (p *parser) members(v value.Value, s *Schedule, uses map[string]need) {
	for _, key := range keyNames() {
		if _, used := uses[key]; used && !v.Get(key).IsEmpty() {
			p.member(v.Get(key), s, key)
		}
	}
	if s.kind == Yearly && s.days != 0 && s.months != 0 && !someDateExists(s.months, s.days) {
		p.problem(keyDays, "none of these dates exists", "choose days that the months have")
	}
}

func (p *parser) member(v value.Value, s *Schedule, key string) {
	switch key {
	case keyInterval:
		longest := int(MaxInterval / time.Second)
		seconds, ok := p.number(v, key, int(MinInterval/time.Second), longest, "the time between two runs in seconds")
		if ok {
			s.interval = time.Duration(seconds) * time.Second
		}
	case keyDate:
		s.date = p.moment(v, key)
	case keyDays:
		if s.kind == Weekly {
			s.days = p.weekdays(v, key)
			return
		}
		s.days = p.numbers(v, key, 1, 31, "a day of the month")
	case keyMonths:
		s.months = p.months(v, key)
	case keyTime:
		s.at, _ = p.time(v, key, dayTime(day/time.Second)-1)
	case keyBetween:
		s.start, s.end = p.between(v)
	case keyRestrict:
		s.windows = p.restrict(v)
	}
}

// someDateExists reports whether one of the months has one of the days in some year.
func someDateExists(months, days set) bool {
	const leapYear = 2000
	for _, month := range months.numbers() {
		last := time.Date(leapYear, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if days.numbers()[0] <= last {
			return true
		}
	}
	return false
}
