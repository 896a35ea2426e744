package expression

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func mathFunctions() []*builtin {
	return inGroup("Math", slices.Concat(roundingFunctions(), statisticFunctions(), arithmeticFunctions())...)
}

func roundingFunctions() []*builtin {
	number := params(param("number", "number", "the number"))
	return []*builtin{
		define("abs", "Returns a number without its sign.", number, perNumber(math.Abs), gives(`abs(-5)`, `5`), gives(`abs(1.missing)`, ``)),
		define("ceil", "Rounds up to a whole number.", number, perNumber(math.Ceil), gives(`ceil(1.2)`, `2`), gives(`ceil(-1.2)`, `-1`)),
		define("floor", "Rounds down to a whole number.", number, perNumber(math.Floor), gives(`floor(1.8)`, `1`), gives(`floor("2.5")`, `2`)),
		define("round", "Rounds to the nearest whole number, halves up.", number, perNumber(roundUp),
			gives(`round(1.5)`, `2`), gives(`round(-1.5)`, `-1`), fails(`round("x")`, `function 'round', argument 1 (number): expected a number, got the text "x"`)),
		define("trunc", "Cuts a number after a count of decimal places, without rounding.",
			params(param("number", "number", "the number"), optional("places", "number", "decimal places to keep, 0 where left out")), trunc,
			gives(`trunc(1.789; 2)`, `1.78`), gives(`trunc(-1.5)`, `-1`)),
		define("parseNumber", "Reads a number from text. Spaces and thousands separators are ignored.",
			params(param("text", "text", "the text"), optional("decimalSeparator", "text", "the sign before the decimals, a point where left out")), parseNumber,
			gives(`parseNumber("1.456,78"; ",")`, `1456.78`), gives(`parseNumber("1 456.78")`, `1456.78`),
			fails(`parseNumber("a lot")`, `function 'parseNumber', argument 1 (text): expected a number, got the text "a lot"`)),
		define("formatNumber", "Writes a number with decimal places and separators.",
			params(param("number", "number", "the number"), optional("places", "number", "decimal places, 0 to 100; 2 where left out"),
				optional("decimalSeparator", "text", "a comma where left out"), optional("thousandsSeparator", "text", "a point where left out")), formatNumber,
			gives(`formatNumber(1234567.891; 2)`, `"1.234.567,89"`), gives(`formatNumber(1234.5; 1; "."; ",")`, `"1,234.5"`), gives(`formatNumber(-1234; 0; ","; " ")`, `"-1 234"`)),
	}
}

func statisticFunctions() []*builtin {
	values := params(param("values", "array or number", "one array, or the first of several numbers"), repeated("number", "further numbers"))
	return []*builtin{
		define("sum", "Adds numbers; missing ones are left out.", values, overNumbers(sum), gives(`sum(1; 2; 3)`, `6`), gives(`sum(map(1.items; "price"))`, `5.5`), gives(`sum(emptyarray)`, `0`)),
		define("average", "Returns the mean of numbers, nothing where there are none.", values, overSome(mean), gives(`average(1; 2; 6)`, `3`), gives(`average(emptyarray)`, ``)),
		define("max", "Returns the greatest number.", values, overSome(slices.Max[[]float64]), gives(`max(3; 10; 2)`, `10`), gives(`max(split("5,7"; ","))`, `7`)),
		define("min", "Returns the smallest number.", values, overSome(slices.Min[[]float64]), gives(`min(3; 10; 2)`, `2`), gives(`min(1.missing; 100)`, `100`)),
		define("median", "Returns the middle of numbers in order of size, the mean of the two middle ones where their count is even.", values, overSome(median),
			gives(`median(3; 1; 2)`, `2`), gives(`median(4; 1; 2; 3)`, `2.5`)),
		define("stdevS", "Returns the standard deviation of a sample.", values, overSome(func(x []float64) float64 { return math.Sqrt(squares(x) / float64(len(x)-1)) }),
			gives(`stdevS(2; 4; 6)`, `2`), gives(`stdevS(5)`, ``)),
		define("stdevP", "Returns the standard deviation of a whole population.", values, overSome(func(x []float64) float64 { return math.Sqrt(squares(x) / float64(len(x))) }),
			gives(`stdevP(2; 4; 4; 4; 5; 5; 7; 9)`, `2`)),
		define("prod", "Multiplies numbers.", values, overSome(product), gives(`prod(2; 3; 4)`, `24`)).starred(),
		define("sortAscNum", "Sorts numbers, the smallest first.", values, sortNumbers(false), gives(`sortAscNum(10; 9; 1)`, `[1,9,10]`)).starred(),
		define("sortDescNum", "Sorts numbers, the greatest first.", values, sortNumbers(true), gives(`sortDescNum(9; 10; 1)`, `[10,9,1]`)).starred(),
	}
}

func arithmeticFunctions() []*builtin {
	two := params(param("number1", "number", "the first number"), param("number2", "number", "the second number"))
	one := params(param("number", "number", "the number"))
	return []*builtin{
		define("div", "Divides the first number by the second.", two, div, gives(`div(10; 4)`, `2.5`),
			fails(`div(1; 0)`, `function 'div', argument 2 (number2): division by zero`)).starred(),
		define("sub", "Subtracts the second number from the first.", two, perPair(func(a, b float64) float64 { return a - b }), gives(`sub(5; 3)`, `2`)).starred(),
		define("power", "Raises the first number to the power of the second.", two, perPair(math.Pow), gives(`power(2; 10)`, `1024`)).starred(),
		define("sqrt", "Returns the square root, nothing for a negative number.", one, perNumber(math.Sqrt), gives(`sqrt(9)`, `3`), gives(`sqrt(-1)`, ``)).starred(),
		define("ln", "Returns the natural logarithm, nothing where there is none.", one, perNumber(math.Log), gives(`ln(1)`, `0`), gives(`ln(0)`, ``)).starred(),
		define("log", "Returns the logarithm to a base, nothing where there is none.",
			params(param("number", "number", "the number"), optional("base", "number", "10 where left out")), logarithm,
			gives(`log(1000)`, `3`), gives(`log(8; 2)`, `3`)).starred(),
		define("number", "Converts text to a number.", one, perNumber(func(f float64) float64 { return f }), gives(`number("12.50")`, `12.5`), gives(`number("")`, ``)).starred(),
	}
}

// perNumber makes a function of one number; nothing gives nothing.
func perNumber(f func(float64) float64) func(c *call) value.Value {
	return func(c *call) value.Value {
		if c.blank(0) {
			return value.Null
		}
		return value.Number(f(c.number(0)))
	}
}

// roundUp rounds to the nearest whole number, halves up. Adding a half first would be wrong just below one.
func roundUp(f float64) float64 {
	whole := math.Floor(f)
	if f-whole >= 0.5 {
		whole++
	}
	return whole
}

func perPair(f func(a, b float64) float64) func(c *call) value.Value {
	return func(c *call) value.Value { return value.Number(f(c.number(0), c.number(1))) }
}

// numbers converts the arguments to numbers; missing ones are left out.
func (c *call) numbers() []float64 {
	values := c.values()
	list := make([]float64, 0, len(values))
	for i, v := range values {
		if blank(v) {
			continue
		}
		f, err := toFloat(v)
		if err != nil && c.err == nil {
			c.refusef(0, "[element] element %d: %v", i+1, err)
		}
		list = append(list, f)
	}
	return list
}

func overNumbers(f func([]float64) float64) func(c *call) value.Value {
	return func(c *call) value.Value { return value.Number(f(c.numbers())) }
}

// overSome makes a function of at least one number; none give nothing.
func overSome(f func([]float64) float64) func(c *call) value.Value {
	return func(c *call) value.Value {
		list := c.numbers()
		if len(list) == 0 {
			return value.Null
		}
		return value.Number(f(list))
	}
}

func sum(list []float64) float64 {
	total := 0.0
	for _, f := range list {
		total += f
	}
	return total
}

func product(list []float64) float64 {
	total := 1.0
	for _, f := range list {
		total *= f
	}
	return total
}

func mean(list []float64) float64 { return sum(list) / float64(len(list)) }

func median(list []float64) float64 {
	slices.Sort(list)
	middle := len(list) / 2
	if len(list)%2 == 1 {
		return list[middle]
	}
	return (list[middle-1] + list[middle]) / 2
}

// squares is the sum of the squared distances from the mean.
func squares(list []float64) float64 {
	m, total := mean(list), 0.0
	for _, f := range list {
		total += (f - m) * (f - m)
	}
	return total
}

func sortNumbers(descending bool) func(c *call) value.Value {
	return func(c *call) value.Value {
		list := c.numbers()
		slices.Sort(list)
		if descending {
			slices.Reverse(list)
		}
		items := make([]value.Value, len(list))
		for i, f := range list {
			items[i] = value.Number(f)
		}
		return value.Array(items...)
	}
}

func div(c *call) value.Value {
	b := c.number(1)
	if b == 0 && c.err == nil {
		c.refusef(1, "[zero] division by zero")
		return value.Null
	}
	return value.Number(c.number(0) / b)
}

func logarithm(c *call) value.Value {
	f := c.number(0)
	if c.blank(1) {
		return value.Number(math.Log10(f))
	}
	base := c.number(1)
	if base == 2 {
		return value.Number(math.Log2(f))
	}
	return value.Number(math.Log(f) / math.Log(base))
}

func trunc(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	places := c.whole(1, 0)
	if places <= 0 {
		return value.Number(math.Trunc(c.number(0)))
	}
	text := strconv.FormatFloat(c.number(0), 'f', -1, 64)
	if point := strings.IndexByte(text, '.'); point >= 0 && len(text) > point+1+places {
		text = text[:point+1+places]
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		c.refuse(0, err)
	}
	return value.Number(f)
}

func parseNumber(c *call) value.Value {
	if c.blank(0) || c.arg(0).Kind() == value.KindNumber {
		return c.arg(0)
	}
	text, decimal := c.text(0), c.textOr(1, ".")
	var b strings.Builder
	for rest := text; rest != ""; {
		if strings.HasPrefix(rest, decimal) {
			b.WriteByte('.')
			rest = rest[len(decimal):]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		if !strings.ContainsRune(" \u00a0\u202f'’.,", r) {
			b.WriteString(rest[:size])
		}
		rest = rest[size:]
	}
	v, err := value.ToNumber(value.Text(b.String()))
	if err != nil && c.err == nil {
		c.refusef(0, "[expected-number-text] expected a number, got the text %q", shorten(text))
	}
	return v
}

// maxPlaces is the number of decimal places that formatNumber writes at most.
const maxPlaces = 100

func formatNumber(c *call) value.Value {
	if c.blank(0) {
		return value.Empty
	}
	places := c.whole(1, 2)
	if places < 0 || places > maxPlaces {
		c.refuse(1, fault.Newf(fault.BundleValidation, "[places] expected 0 to %d decimal places, got %d", maxPlaces, places))
		return value.Empty
	}
	decimal, thousands := ",", "."
	if !c.arg(2).IsNothing() {
		decimal = c.text(2)
	}
	if !c.arg(3).IsNothing() {
		thousands = c.text(3)
	}
	digits, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(c.number(0)), 'f', places, 64), ".")
	if !c.fits(len(digits) * (1 + len(thousands))) {
		return value.Empty
	}
	out := grouped(digits, thousands)
	if fraction != "" {
		out += decimal + fraction
	}
	if c.number(0) < 0 && strings.Trim(digits+fraction, "0") != "" {
		out = "-" + out
	}
	return value.Text(out)
}

// grouped puts separator between groups of three digits.
func grouped(digits, separator string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}
