package schedule

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/value"
)

// maxShort is the number of characters of what was written that a problem repeats.
const maxShort = 40

// short renders what was written, to be repeated in a problem.
func short(v value.Value) string {
	text := v.JSON()
	if utf8.RuneCountInString(text) <= maxShort {
		return text
	}
	return string([]rune(text)[:maxShort]) + "…"
}

// kindOf names what was written instead, in the words of JSON.
func kindOf(v value.Value) string {
	switch v.Kind() {
	case value.KindUndefined, value.KindNull:
		return "nothing"
	case value.KindArray:
		return "a list"
	case value.KindCollection:
		return "an object"
	case value.KindText, value.KindNumber, value.KindBoolean, value.KindDate, value.KindBuffer:
	}
	return "a " + v.Kind().String()
}

// number reads a whole number from low to high; meaning completes "expected …".
func (p *parser) number(v value.Value, path string, low, high int, meaning string) (int, bool) {
	hint := fmt.Sprintf("write a whole number from %d to %d", low, high)
	if v.Kind() != value.KindNumber && v.Kind() != value.KindText {
		p.problem(path, fmt.Sprintf("expected %s, got %s", meaning, short(v)), hint)
		return 0, false
	}
	n, err := value.ToNumber(v)
	if err != nil || n.Kind() != value.KindNumber || n.Float() != math.Trunc(n.Float()) {
		p.problem(path, fmt.Sprintf("expected %s, got %s", meaning, short(v)), hint)
		return 0, false
	}
	if n.Float() < float64(low) || n.Float() > float64(high) {
		p.problem(path, fmt.Sprintf("%s is from %d to %d, got %s", meaning, low, high, short(v)), hint)
		return 0, false
	}
	return int(n.Float()), true
}

// list reads an array of at most longest elements.
func (p *parser) list(v value.Value, path string, longest int, example string) []value.Value {
	if v.Kind() != value.KindArray {
		p.problem(path, fmt.Sprintf("%s is a list, got %s", path, short(v)), "write it in brackets: "+example)
		return nil
	}
	if v.Len() > longest {
		p.problem(path, fmt.Sprintf("the list has %d entries; %d are allowed", v.Len(), longest), "remove those that occur twice, or merge some")
		return nil
	}
	return v.Items()
}

// numbers reads a list of whole numbers from low to high; one that occurs twice counts once.
func (p *parser) numbers(v value.Value, path string, low, high int, meaning string) set {
	var found set
	for i, item := range p.list(v, path, high-low+1, "[1]") {
		if n, ok := p.number(item, fmt.Sprintf("%s[%d]", path, i), low, high, meaning); ok {
			found = found.with(n)
		}
	}
	return found
}

// weekdays reads days from 0 for Sunday to 6. Many systems write Sunday as 7, which can mean nothing else.
func (p *parser) weekdays(v value.Value, path string) set {
	const sunday = 7
	days := p.numbers(v, path, 0, sunday, "a day of the week, from 0 for Sunday to 6,")
	if days.has(sunday) {
		days = days.with(0) &^ (1 << sunday)
	}
	return days
}

func (p *parser) months(v value.Value, path string) set {
	return p.numbers(v, path, 1, 12, "a month")
}

// moment reads a date, with a zone or without.
func (p *parser) moment(v value.Value, path string) moment {
	const hint = `write "2027-01-31T09:00:00" for the scenario's time zone, or add the zone: "2027-01-31T09:00:00Z"`
	text := v.Str()
	if v.Kind() == value.KindDate {
		text = v.ISO()
	}
	m, err := parseMoment(text)
	if err != nil || text == "" {
		p.problem(path, "expected a date, got "+short(v), hint)
		return moment{}
	}
	return m
}

// time reads "HH:MM" or "HH:MM:SS", up to latest.
func (p *parser) time(v value.Value, path string, latest dayTime) (dayTime, bool) {
	at, ok := parseDayTime(v.Str())
	if !ok || at > latest {
		p.problem(path, "expected a time of day, got "+short(v), `write "09:00" or "09:00:30", up to `+latest.String())
		return 0, false
	}
	return at, true
}

func parseDayTime(text string) (dayTime, bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return 0, false
	}
	seconds := 0
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil || i > 0 && (n > 59 || len(part) != 2) || len(part) > 2 {
			return 0, false
		}
		seconds = seconds*60 + int(n)
	}
	if len(parts) == 2 {
		seconds *= 60
	}
	return dayTime(seconds), true
}

// between reads [start, end], of which either may be null for no limit.
func (p *parser) between(v value.Value) (start, end moment) {
	if v.Kind() != value.KindArray || v.Len() != 2 {
		p.problem(keyBetween, "between is a list of a start and an end, got "+short(v), `write ["2027-01-01T00:00:00", "2027-02-01T00:00:00"], with null for no limit`)
		return moment{}, moment{}
	}
	if !v.At(0).IsEmpty() {
		start = p.moment(v.At(0), keyBetween+"[0]")
	}
	if !v.At(1).IsEmpty() {
		end = p.moment(v.At(1), keyBetween+"[1]")
	}
	// Which of two is first is known only where both are written the same way.
	if !start.isZero() && !end.isZero() && start.local == end.local && !start.wall.Before(end.wall) {
		p.problem(keyBetween, "the end is not after the start", "write the earlier date first")
	}
	return start, end
}

func (p *parser) restrict(v value.Value) []window {
	var windows []window
	for i, item := range p.list(v, keyRestrict, MaxRestrictions, `[{"days": [1, 2], "time": ["09:00", "17:00"]}]`) {
		path := fmt.Sprintf("%s[%d]", keyRestrict, i)
		if item.Kind() != value.KindCollection {
			p.problem(path, "a restriction is an object with days, months or time, this is "+kindOf(item), `write {"days": [1, 2], "time": ["09:00", "17:00"]}`)
			continue
		}
		windows = append(windows, p.window(item, path))
	}
	return windows
}

func (p *parser) window(v value.Value, path string) window {
	var w window
	for key, member := range v.Fields() {
		at := path + "." + key
		switch {
		case !slices.Contains([]string{keyDays, keyMonths, keyTime}, key):
			p.problem(at, "a restriction has no "+short(value.Text(key)), "its keys are days, months, time")
		case member.IsEmpty(): // any
		case key == keyDays:
			w.days = p.weekdays(member, at)
		case key == keyMonths:
			w.months = p.months(member, at)
		default:
			w.from, w.to, w.timed = p.hours(member, at)
		}
	}
	return w
}

// hours reads [from, to]; "24:00" is the end of the day, and an end before the start is on the next day.
func (p *parser) hours(v value.Value, path string) (from, to dayTime, ok bool) {
	const endOfDay = dayTime(24 * 60 * 60)
	if v.Kind() != value.KindArray || v.Len() != 2 {
		p.problem(path, "time is a list of a start and an end, got "+short(v), `write ["09:00", "17:00"]`)
		return 0, 0, false
	}
	from, ok = p.time(v.At(0), path+"[0]", endOfDay-1)
	to, ends := p.time(v.At(1), path+"[1]", endOfDay)
	if !ok || !ends {
		return 0, 0, false
	}
	if from == to {
		p.problem(path, "a window that ends when it starts is never open", "leave time out for the whole day")
	}
	return from, to, true
}
