package expression

import (
	"math"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Operator describes one operator for people.
type Operator struct {
	Sign       string
	Precedence int // 1 binds loosest
	Summary    string
	AppOnly    bool
	Examples   []Example
}

// Levels of precedence, loosest first.
const (
	levelOr = iota + 1
	levelAnd
	levelEqual
	levelCompare
	levelAdd
	levelMultiply
	levelUnary
)

// levelOf returns the precedence of a binary operator, 0 where sign is none.
func levelOf(sign string) int {
	switch sign {
	case "|", "||", "or", "??":
		return levelOr
	case "&", "&&", "and":
		return levelAnd
	case "=", "==", "!=", "===", "!==":
		return levelEqual
	case "<", "<=", ">", ">=":
		return levelCompare
	case "+", "-":
		return levelAdd
	case "*", "/", "%":
		return levelMultiply
	}
	return 0
}

// link is an operator and its right operand.
type link struct {
	sign  string
	right node
	apply func(ev *evaluation, sign string, a, b value.Value) (value.Value, error) // nil for those that may not evaluate the right side
}

// chain is a row of operators of one level, applied from the left. It is flat so that its length costs no depth.
type chain struct {
	first node
	links []link
}

func (n *chain) eval(ev *evaluation) (value.Value, error) {
	v, err := n.first.eval(ev)
	for i := range n.links {
		l := &n.links[i]
		if err == nil {
			err = ev.charge(1)
		}
		if err != nil {
			return value.Undefined, err
		}
		if l.apply == nil {
			if decided(l.sign, v) {
				continue
			}
			v, err = l.right.eval(ev)
			continue
		}
		var right value.Value
		if right, err = l.right.eval(ev); err == nil {
			v, err = l.apply(ev, l.sign, v, right)
		}
	}
	return v, err
}

// decided reports whether the left operand alone is the result.
func decided(sign string, left value.Value) bool {
	switch sign {
	case "&", "&&", "and":
		return !value.Truthy(left)
	case "??":
		return !left.IsNothing()
	}
	return value.Truthy(left)
}

func newLink(sign string, right node) link {
	l := link{sign: sign, right: right}
	if sign == besides {
		l.apply = concatenate
	}
	switch levelOf(sign) {
	case levelEqual:
		l.apply = applyEqual
	case levelCompare:
		l.apply = applyCompare
	case levelAdd, levelMultiply:
		l.apply = applyMath
		if sign == "+" {
			l.apply = applyPlus
		}
	}
	return l
}

// unary is ! or - before an operand.
type unary struct {
	sign    string
	operand node
}

func (n *unary) eval(ev *evaluation) (value.Value, error) {
	v, err := n.operand.eval(ev)
	if err == nil {
		err = ev.charge(1)
	}
	if err != nil {
		return value.Undefined, err
	}
	if n.sign == "!" {
		return value.Bool(!value.Truthy(v)), nil
	}
	f, err := operandNumber(ev, n.sign, v)
	return value.Number(-f), err
}

func applyEqual(ev *evaluation, sign string, a, b value.Value) (value.Value, error) {
	if a.Kind() == b.Kind() && a.Kind() >= value.KindArray {
		if err := ev.visit(a); err != nil {
			return value.Undefined, err
		}
	} else if err := ev.charge(min(a.Len(), b.Len()) / bytesPerStep); err != nil {
		return value.Undefined, err
	}
	var same bool
	if sign == "===" || sign == "!==" {
		same = value.Equal(a, b)
	} else {
		same = looseEqual(ev.zone(), a, b)
	}
	return value.Bool(same != strings.HasPrefix(sign, "!")), nil
}

// looseEqual compares as people expect of a mapping: undefined, null and "" are the same, a number equals the text that
// names it, true and false equal their names, a date equals the text that names the same moment. Anything else must be equal in kind and content.
func looseEqual(zone *time.Location, a, b value.Value) bool {
	if blank(a) || blank(b) {
		return blank(a) && blank(b)
	}
	if a.Kind() == b.Kind() {
		return value.Equal(a, b)
	}
	if a.Kind() != value.KindText {
		a, b = b, a
	}
	if a.Kind() != value.KindText {
		return looseEqualScalars(a, b)
	}
	switch b.Kind() {
	case value.KindNumber:
		x, err := value.ToNumber(a)
		return err == nil && value.Equal(x, b)
	case value.KindBoolean:
		return a.Str() == value.Render(b)
	case value.KindDate:
		t, err := value.ParseDate(a.Str(), zone)
		return err == nil && t.UnixMilli() == b.Time().UnixMilli()
	case value.KindBuffer:
		return value.Render(b) == a.Str()
	}
	return false
}

func looseEqualScalars(a, b value.Value) bool {
	x, ok := scalarNumber(a)
	y, ok2 := scalarNumber(b)
	return ok && ok2 && x == y
}

// scalarNumber is the number behind a number, a boolean (1 or 0) or a date (milliseconds since 1970).
func scalarNumber(v value.Value) (float64, bool) {
	switch v.Kind() {
	case value.KindNumber:
		return v.Float(), true
	case value.KindBoolean:
		if v.Truth() {
			return 1, true
		}
		return 0, true
	case value.KindDate:
		return float64(v.Time().UnixMilli()), true
	}
	return 0, false
}

// blank reports whether v is undefined, null or "".
func blank(v value.Value) bool {
	return v.IsNothing() || v.Kind() == value.KindText && v.Str() == ""
}

func applyCompare(ev *evaluation, sign string, a, b value.Value) (value.Value, error) {
	if err := ev.charge((a.Len() + b.Len()) / bytesPerStep); err != nil {
		return value.Undefined, err
	}
	order, ok := compare(ev.zone(), a, b)
	if !ok {
		return value.False, nil
	}
	switch sign {
	case "<":
		return value.Bool(order < 0), nil
	case "<=":
		return value.Bool(order <= 0), nil
	case ">":
		return value.Bool(order > 0), nil
	}
	return value.Bool(order >= 0), nil
}

// compare orders two values; false where they have no order. Two texts that both are numbers compare as numbers.
func compare(zone *time.Location, a, b value.Value) (order int, ok bool) {
	if a.Kind() == value.KindText && b.Kind() == value.KindText {
		x, ok := comparable(zone, a, b)
		y, ok2 := comparable(zone, b, a)
		if ok && ok2 {
			return compareFloats(x, y), true
		}
		return strings.Compare(a.Str(), b.Str()), true
	}
	x, ok := comparable(zone, a, b)
	y, ok2 := comparable(zone, b, a)
	return compareFloats(x, y), ok && ok2
}

// comparable is v as a number for the comparison with other.
func comparable(zone *time.Location, v, other value.Value) (float64, bool) {
	if v.Kind() != value.KindText {
		return scalarNumber(v)
	}
	if other.Kind() == value.KindDate {
		t, err := value.ParseDate(v.Str(), zone)
		return float64(t.UnixMilli()), err == nil
	}
	x, err := value.ToNumber(v)
	return x.Float(), err == nil
}

func compareFloats(x, y float64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// applyPlus adds numbers, booleans, dates and nothing; it concatenates as soon as one operand is anything else.
func applyPlus(ev *evaluation, sign string, a, b value.Value) (value.Value, error) {
	if a.IsNothing() && b.IsNothing() {
		return value.Null, nil
	}
	if addable(a) && addable(b) {
		return applyMath(ev, sign, a, b)
	}
	return concatenate(ev, sign, a, b)
}

func concatenate(ev *evaluation, _ string, a, b value.Value) (value.Value, error) {
	var text strings.Builder
	if err := ev.append(&text, a); err != nil {
		return value.Undefined, err
	}
	if err := ev.append(&text, b); err != nil {
		return value.Undefined, err
	}
	return value.Text(text.String()), nil
}

func addable(v value.Value) bool {
	_, ok := scalarNumber(v)
	return ok || v.IsNothing()
}

func applyMath(ev *evaluation, sign string, a, b value.Value) (value.Value, error) {
	x, err := operandNumber(ev, sign, a)
	if err != nil {
		return value.Undefined, err
	}
	y, err := operandNumber(ev, sign, b)
	if err != nil {
		return value.Undefined, err
	}
	switch sign {
	case "+":
		return value.Number(x + y), nil
	case "-":
		return value.Number(x - y), nil
	case "*":
		return value.Number(x * y), nil
	}
	if y == 0 {
		return value.Undefined, fault.Newf(fault.Runtime, "[division-zero] operator %s: division by zero", sign).
			WithHint("[hint-divisor] check the divisor first: if(x = 0; …; a / x)")
	}
	if sign == "/" {
		return value.Number(x / y), nil
	}
	return value.Number(math.Mod(x, y)), nil
}

// operandNumber is what an operand of arithmetic counts: nothing is 0, numeric texts are numbers, and texts that are dates are moments.
func operandNumber(ev *evaluation, sign string, v value.Value) (float64, error) {
	if blank(v) {
		return 0, nil
	}
	if f, ok := scalarNumber(v); ok {
		return f, nil
	}
	x, err := value.ToNumber(v)
	if err == nil {
		return x.Float(), nil
	}
	if v.Kind() == value.KindText {
		if t, err := value.ParseDate(v.Str(), ev.zone()); err == nil {
			return float64(t.UnixMilli()), nil
		}
	}
	return 0, fault.Wrapf(fault.BundleValidation, err, "[operator] operator %s: %v", sign, err)
}
