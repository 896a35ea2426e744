package expression

import (
	"fmt"
	"math"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Keyword describes one word with a fixed meaning, for people.
type Keyword struct {
	Name    string
	Summary string
	AppOnly bool
}

type keyword struct {
	Keyword
	v    value.Value
	draw func(ev *evaluation) (value.Value, error)
}

func (k *keyword) node() node {
	if k.draw != nil {
		return &drawn{name: k.Name, draw: k.draw}
	}
	return &constant{v: k.v}
}

// The names of the two markers that expressions make.
const (
	markIgnore = "ignore"
	markErase  = "erase"
)

// Ignore returns the value of the keyword ignore: "as if the field had not been filled". Tree.Eval leaves such fields out. It is a
// marker: stored, compared and rendered (as nothing) like any other value.
func Ignore() value.Value { return value.Marker(markIgnore) }

// Erase returns the value of the keyword erase: "clear the field". Tree.Eval keeps it; who writes the field asks IsErase. It is a
// marker: it survives storage and becomes "" where nobody asks.
func Erase() value.Value { return value.Marker(markErase) }

// IsIgnore reports whether v is the keyword ignore.
func IsIgnore(v value.Value) bool { return v.MarkerName() == markIgnore }

// IsErase reports whether v is the keyword erase.
func IsErase(v value.Value) bool { return v.MarkerName() == markErase }

func fixed(name, summary string, v value.Value) keyword {
	return keyword{Keyword: Keyword{Name: name, Summary: summary}, v: v}
}

func changing(name, summary string, draw func(ev *evaluation) (value.Value, error)) keyword {
	return keyword{Keyword: Keyword{Name: name, Summary: summary}, draw: draw}
}

var keywordTable = []keyword{
	fixed("true", "The boolean true.", value.True),
	fixed("false", "The boolean false.", value.False),
	fixed("null", "No value.", value.Null),
	{Keyword: Keyword{Name: "undefined", Summary: "No value at all: a field that is given it is left out.", AppOnly: true}},
	fixed("emptystring", "The empty text.", value.Empty),
	fixed("emptyarray", "An array without elements.", value.Array()),
	fixed("space", "A space.", value.Text(" ")),
	fixed("nbsp", "A space at which a line does not break.", value.Text("\u00a0")),
	fixed("tab", "A tabulator.", value.Text("\t")),
	fixed("newline", "A line break (line feed).", value.Text("\n")),
	fixed("carriagereturn", "A carriage return.", value.Text("\r")),
	fixed("pi", "The number π.", value.Number(math.Pi)),
	fixed("ignore", "As if the field had not been filled: it is left out.", Ignore()),
	fixed("erase", "Clear the field.", Erase()),
	changing("now", "The current date and time.", func(ev *evaluation) (value.Value, error) { return value.Date(ev.env.Now), nil }),
	changing("timestamp", "The current time in seconds since 1970.", func(ev *evaluation) (value.Value, error) {
		return value.Number(float64(ev.env.Now.Unix())), nil
	}),
	changing("random", "A random number from 0 to just below 1.", drawRandom),
	changing("uuid", "A new random UUID (version 4).", drawUUID),
	changing("executionId", "The identifier of the execution.", func(ev *evaluation) (value.Value, error) {
		if ev.env.Scope == nil {
			return value.Undefined, nil
		}
		return ev.env.Scope.Name("executionId"), nil
	}),
}

// keywordNamed returns the keyword of that name in the dialect, nil where there is none.
func keywordNamed(name string, d Dialect) *keyword {
	for i := range keywordTable {
		if k := &keywordTable[i]; k.Name == name && (d == App || !k.AppOnly) {
			return k
		}
	}
	return nil
}

// Keywords returns the keywords in the order in which they are documented.
func Keywords() []Keyword {
	list := make([]Keyword, len(keywordTable))
	for i, k := range keywordTable {
		list[i] = k.Keyword
	}
	return list
}

func drawRandom(ev *evaluation) (value.Value, error) {
	u, err := ev.random()
	return value.Number(float64(u>>11) / (1 << 53)), err
}

func drawUUID(ev *evaluation) (value.Value, error) {
	high, err := ev.random()
	if err != nil {
		return value.Undefined, err
	}
	low, err := ev.random()
	high = high&^0xf000 | 0x4000
	low = low&^(3<<62) | 2<<62
	return value.Text(fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1))), err
}

func (ev *evaluation) random() (uint64, error) {
	if ev.env.Random == nil {
		return 0, fault.New(fault.Runtime, "[no-random] random values are not available here")
	}
	return ev.env.Random.Uint64(), nil
}
