package expression

import (
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// The limits of an evaluation that Env.Limits leaves at zero. One evaluation is one call of Template.Eval or Tree.Eval.
const (
	// DefaultSteps is the number of steps: one for each part of an expression, for each element of an array that a
	// function visits, and for each bytesPerStep bytes of text. A step does bounded work, so steps bound the time too.
	DefaultSteps = 2_000_000
	// DefaultBytes is the number of bytes that an evaluation may build, all results and parts of results together.
	DefaultBytes = 64 << 20
	// DefaultDepth is the number of function calls inside each other.
	DefaultDepth = 64
)

// The limits that no setting changes.
const (
	// MaxSourceBytes is the length of a template's text.
	MaxSourceBytes = 4 << 20
	// MaxNesting is the number of parentheses, calls and brackets inside each other that the parser accepts.
	MaxNesting = 128
	// MaxTreeDepth is the number of levels of a Tree.
	MaxTreeDepth = 512
	// MaxPatternBytes is the length of a regular expression.
	MaxPatternBytes = 4096
	// MaxPatternSize is the number of parts of a regular expression, repetitions multiplied out.
	MaxPatternSize = 20_000
	// MaxPatternTextBytes is the length of a text that a regular expression searches.
	MaxPatternTextBytes = 8 << 20
)

// bytesPerStep is the length of text that costs one step to visit.
const bytesPerStep = 64

// valueBytes is what one element of an array or collection counts towards the limit of bytes.
const valueBytes = 40

// Limits bound one evaluation. A zero field means the default of that field.
type Limits struct {
	Steps int // see DefaultSteps
	Bytes int // see DefaultBytes
	Depth int // see DefaultDepth
}

func (l Limits) withDefaults() Limits {
	if l.Steps == 0 {
		l.Steps = DefaultSteps
	}
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	return l
}

// charge takes n steps from what is left.
func (ev *evaluation) charge(n int) error {
	if n > ev.left.Steps {
		return fault.Newf(fault.Runtime, "[steps] this expression needs more than %d steps", ev.env.Limits.withDefaults().Steps).
			WithHint("[hint-split-work] split the work into several modules, or work on fewer elements at once")
	}
	ev.left.Steps -= n
	return nil
}

// fits reports an error when n more bytes would be too many. It takes nothing: what was built is charged by build.
func (ev *evaluation) fits(n int) error {
	if n > ev.left.Bytes || n < 0 {
		return fault.Newf(fault.Runtime, "[expression-bytes] this expression builds more than %d bytes", ev.env.Limits.withDefaults().Bytes).
			WithHint("[hint-smaller] make its parts smaller, or split the work into several modules")
	}
	return nil
}

// build takes n bytes from what is left.
func (ev *evaluation) build(n int) error {
	if err := ev.fits(n); err != nil {
		return err
	}
	ev.left.Bytes -= n
	return nil
}

// builtSize is what a function's result counts: its text, or its elements without what they hold.
func builtSize(v value.Value) int {
	switch v.Kind() {
	case value.KindText, value.KindBuffer:
		return v.Len()
	case value.KindArray, value.KindCollection:
		return v.Len() * valueBytes
	}
	return 0
}

// longestEscape is the number of bytes that one byte of text may become in JSON: \u0001.
const longestEscape = 6

// renderSize is an upper bound of the length of v as text. It gives up, with a larger number than limit, as soon as limit is passed,
// so that values which share parts many times over cost no more time than they are allowed bytes.
func renderSize(v value.Value, limit int) int {
	const scalar = 32
	switch v.Kind() {
	case value.KindText:
		return longestEscape*v.Len() + scalar
	case value.KindBuffer:
		return 2*v.Len() + scalar
	case value.KindArray, value.KindCollection:
	default:
		return scalar
	}
	size := 2
	keys := v.Keys()
	for i := range v.Len() {
		if keys != nil {
			size += longestEscape*len(keys[i]) + 4
		}
		size += 2 + renderSize(v.At(i), limit-size)
		if size > limit {
			return size
		}
	}
	return size
}

// render is value.Render within the limits.
func (ev *evaluation) render(v value.Value) (string, error) {
	switch v.Kind() {
	case value.KindUndefined, value.KindNull:
		return "", nil
	case value.KindText:
		return v.Str(), nil
	case value.KindBuffer:
		if err := ev.fits(2 * v.Len()); err != nil {
			return "", err
		}
	case value.KindArray, value.KindCollection:
		if err := ev.visit(v); err != nil {
			return "", err
		}
	}
	return value.Render(v), nil
}

// visit charges for one walk over all of v.
func (ev *evaluation) visit(v value.Value) error {
	size := renderSize(v, min(longestEscape*(ev.left.Bytes+1), bytesPerStep*(ev.left.Steps+1)))
	if err := ev.fits(size / longestEscape); err != nil {
		return err
	}
	return ev.charge(size/bytesPerStep + 1)
}

// length returns the number of characters of s.
func length(s string) int { return utf8.RuneCountInString(s) }
