// Package fault is the one error type whose text reaches people.
//
// Everything a user can read about a failure goes through here, so that each
// message says what failed, where, and what to do next. It does not decide how
// a scenario reacts to a failure: that is the engine's business.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind is the machine-readable class of a failure. The names are those that
// scenarios see as error.type and that app definitions use in response.error.
type Kind string

// The error types of the scenario engine (integrator reference, section 7.1).
const (
	Unknown              Kind = "UnknownError"
	Runtime              Kind = "RuntimeError"
	Data                 Kind = "DataError"
	DuplicateData        Kind = "DuplicateDataError"
	BundleValidation     Kind = "BundleValidationError"
	IncompleteData       Kind = "IncompleteDataError"
	RateLimit            Kind = "RateLimitError"
	Connection           Kind = "ConnectionError"
	ModuleTimeout        Kind = "ModuleTimeoutError"
	OutOfSpace           Kind = "OutOfSpaceError"
	InvalidConfiguration Kind = "InvalidConfigurationError"
	InvalidAccessToken   Kind = "InvalidAccessTokenError"
	AccountValidation    Kind = "AccountValidationError"
	MaxFileSizeExceeded  Kind = "MaxFileSizeExceededError"
	MaxResultsExceeded   Kind = "MaxResultsExceededError"
	Inconsistency        Kind = "InconsistencyError"
	Unexpected           Kind = "UnexpectedError"
	OperationsLimit      Kind = "OperationsLimitExceededError"
	DataSizeLimit        Kind = "DataSizeLimitExceededError"
	ScenarioTimeout      Kind = "ScenarioTimeoutError"
	ExecutionInterrupted Kind = "ExecutionInterruptedError"
	// OutcomeUnknown is ours: the process ended between an unsafe operation's announcement and its result.
	OutcomeUnknown Kind = "OutcomeUnknownError"
)

// Kinds lists every Kind, in the order of their declaration.
func Kinds() []Kind {
	return []Kind{
		Unknown, Runtime, Data, DuplicateData, BundleValidation, IncompleteData, RateLimit,
		Connection, ModuleTimeout, OutOfSpace, InvalidConfiguration, InvalidAccessToken,
		AccountValidation, MaxFileSizeExceeded, MaxResultsExceeded, Inconsistency, Unexpected,
		OperationsLimit, DataSizeLimit, ScenarioTimeout, ExecutionInterrupted, OutcomeUnknown,
	}
}

// Error is a failure told in plain words.
type Error struct {
	Kind    Kind
	Message string        // what failed, for the user; no secrets, no Go types
	Hint    string        // what to do next; may be empty
	Field   string        // path of the field concerned, e.g. "mapper.email"; may be empty
	Delay   time.Duration // for RateLimit and IncompleteData: how long to wait before the next try; 0 = unknown
	// NotDone says that the operation certainly had no effect: its request never went out. Only then may one that is not
	// safe to repeat be tried again by itself.
	NotDone bool
	Words   *Words // what message and hint are made of, for other languages; nil where that is not known
	Cause   error  // for the operator's log; may be nil
}

// New makes an Error of the given kind. The message begins with its code: "[no-record] There is no record with this key.".
func New(kind Kind, message string) *Error {
	text, words := say(message, nil)
	return &Error{Kind: kind, Message: text, Words: words}
}

// Newf makes an Error with a formatted message. Values that are errors with a code are said in the reader's language too.
func Newf(kind Kind, format string, args ...any) *Error {
	text, words := say(format, args)
	return &Error{Kind: kind, Message: text, Words: words}
}

// Wrap makes an Error that keeps cause in its chain. The cause's own text is not shown to users.
func Wrap(kind Kind, cause error, message string) *Error {
	e := New(kind, message)
	e.Cause = cause
	return e
}

// Wrapf makes an Error with a formatted message that keeps cause in its chain.
func Wrapf(kind Kind, cause error, format string, args ...any) *Error {
	e := Newf(kind, format, args...)
	e.Cause = cause
	return e
}

// Quote makes an Error whose message somebody else has written, such as the service that refused a request. It is shown as it is in
// every language.
func Quote(kind Kind, message string) *Error { return &Error{Kind: kind, Message: message} }

// Of makes an Error that says the text of err.
func Of(kind Kind, err error) *Error {
	return &Error{Kind: kind, Message: err.Error(), Words: WordsOf(err), Cause: err}
}

// WithHint returns a copy that says what to do next. The hint begins with its code, as messages do.
func (e *Error) WithHint(hint string) *Error { return e.hinted(say(hint, nil)) }

// WithHintf returns a copy with a formatted hint.
func (e *Error) WithHintf(format string, args ...any) *Error { return e.hinted(say(format, args)) }

// Advice returns the hint as a text of its own, to be a value of another one.
func (e *Error) Advice() error {
	advice := &Error{Kind: e.Kind, Message: e.Hint}
	if e.Words != nil {
		advice.Words = e.Words.Hint
	}
	return advice
}

// WithHintOf returns a copy with the hint of another Error.
func (e *Error) WithHintOf(other *Error) *Error {
	var words *Words
	if other.Words != nil {
		words = other.Words.Hint
	}
	return e.hinted(other.Hint, words)
}

func (e *Error) hinted(hint string, words *Words) *Error {
	c := *e
	c.Hint = hint
	if words != nil || c.Words != nil {
		c.ownWords().Hint = words
	}
	return &c
}

// WithField returns a copy that names the field concerned.
func (e *Error) WithField(path string) *Error {
	c := *e
	c.Field = path
	if c.Words != nil {
		c.ownWords().Field = path
	}
	return &c
}

// ownWords gives e words that it shares with no other Error.
func (e *Error) ownWords() *Words {
	w := Words{Field: e.Field}
	if e.Words != nil {
		w = *e.Words
	}
	e.Words = &w
	return e.Words
}

// WithDelay returns a copy that says how long to wait before the next try.
func (e *Error) WithDelay(d time.Duration) *Error {
	c := *e
	c.Delay = d
	return &c
}

// WithNotDone returns a copy that says whether the operation certainly had no effect.
func (e *Error) WithNotDone(notDone bool) *Error {
	c := *e
	c.NotDone = notDone
	return &c
}

// Error returns the message without kind and hint: "field: message".
func (e *Error) Error() string {
	if e.Field != "" {
		return e.Field + ": " + e.Message
	}
	return e.Message
}

// Worded tells what message and hint are made of; nil where that is not known.
func (e *Error) Worded() *Words { return e.Words }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// From returns the Error in err's chain, or wraps err as an Unknown one. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Unknown, Message: err.Error(), Cause: err}
}

// KindOf returns the kind of the Error in err's chain, Unknown where there is none, "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	return From(err).Kind
}

// Problem is one finding of a check: a blueprint, an app folder or a form that is not right.
type Problem struct {
	// Path says where in the document: "flow[2].mapper.email" or "modules/listUsers/communication".
	Path string `json:"path"`
	// File and Line say where in a folder of files; Line counts from 1, 0 = unknown.
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	// Problem says what is wrong.
	Problem string `json:"problem"`
	// Hint says what to do about it.
	Hint string `json:"hint,omitempty"`
	// Code names what is wrong in a way that does not change, "" where there is no name for it; Args and Modules are what the text says of
	// this finding, in the order of the text: values, and the numbers of modules. A reader of another language gets words made of them.
	Code    string   `json:"code,omitempty"`
	Args    []string `json:"args,omitempty"`
	Modules []int    `json:"modules,omitempty"`
	// Words is what problem and hint are made of where the finding is a failure as well, such as a mistake in an expression; it has no Code then.
	Words *Words `json:"words,omitempty"`
	// Warning marks findings that do not make the document invalid.
	Warning bool `json:"warning,omitempty"`
}

// ProblemOf makes a finding of a failure.
func ProblemOf(path string, e *Error) Problem {
	return Problem{Path: path, Problem: e.Message, Hint: e.Hint, Words: e.Words}
}

// Fault makes a failure of a finding, which concerns the field at its path.
func (p Problem) Fault(kind Kind) *Error {
	e := &Error{Kind: kind, Message: p.Problem, Hint: p.Hint, Words: p.Words}
	return e.WithField(p.Path)
}

// String renders the problem on one line: "file:line: path: problem (hint)".
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Problem)
	if p.Hint != "" {
		b.WriteString(" (" + p.Hint + ")")
	}
	return b.String()
}

// Problems is a list of findings that can be returned as an error.
type Problems []Problem

// Error joins the problems with newlines.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Invalid reports whether any problem is more than a warning.
func (ps Problems) Invalid() bool {
	for _, p := range ps {
		if !p.Warning {
			return true
		}
	}
	return false
}
