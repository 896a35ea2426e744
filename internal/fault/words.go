package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A text for people may begin with its code in brackets, as in "[host-unknown] The host name %s was not found.". The code is no part
// of the English text; it names the text in a way that does not change, so that a reader of another language gets words made of it.

const (
	// maxArgRunes is how much of a value is kept for other languages.
	maxArgRunes = 300
	// maxWordsDepth is how many texts within one another keep their codes; what stands deeper is kept in English.
	maxWordsDepth = 6
)

// Words is what a text is made of, so that it can be said in another language.
type Words struct {
	// Code names the text; "" where it has none, as with what a service has answered.
	Code string `json:"code,omitempty"`
	// Args are the values in the text, in their order.
	Args []string `json:"args,omitempty"`
	// Parts are texts among the values, which have a code themselves.
	Parts []Part `json:"parts,omitempty"`
	// Field is the path of the field concerned; "" for none.
	Field string `json:"field,omitempty"`
	// Hint is what the text of what to do next is made of.
	Hint *Words `json:"hint,omitempty"`
}

// Part is a text among the values of another one. Several of the same place are a list.
type Part struct {
	// At counts the values from 0; the value there is the same in English.
	At int `json:"at"`
	// Text is the part in English.
	Text string `json:"text"`
	// Words is what the part is made of.
	Words Words `json:"words"`
}

// List is a value of a text that stands for several texts.
type List []error

// String joins the texts: "a; b".
func (l List) String() string {
	texts := make([]string, len(l))
	for i, err := range l {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Text is a text for people that is no failure of its own: a part of one, or the reason of one. It is an error so that it can be
// returned where the one who calls makes a failure of it.
//
// It is written when it is read: most are made where a value is tried as something that it need not be.
type Text struct {
	format string
	args   []any
}

// Say makes a Text of a format that begins with a code.
func Say(format string, args ...any) *Text { return &Text{format, args} }

// Error returns the text in English.
func (t *Text) Error() string {
	text, _ := say(t.format, t.args)
	return text
}

// WordsOf returns what the text of err is made of: of the first in its chain that tells it by a method Worded,
// as Error and Text do; nil where that is not known.
func WordsOf(err error) *Words {
	var worded interface{ Worded() *Words }
	if errors.As(err, &worded) {
		return worded.Worded()
	}
	return nil
}

// Worded tells what the text is made of; nil where it has no code.
func (t *Text) Worded() *Words {
	_, words := say(t.format, t.args)
	return words
}

// codeOf parts a text from its code, which is "" where it has none.
func codeOf(text string) (code, rest string) {
	if !strings.HasPrefix(text, "[") {
		return "", text
	}
	code, rest, ok := strings.Cut(text[1:], "] ")
	if !ok || code == "" || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "", text
	}
	return code, rest
}

// say formats a text and tells what it is made of, nil where it has no code. Without args the text is taken as it is.
func say(format string, args []any) (string, *Words) {
	code, format := codeOf(format)
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	if code == "" {
		return text, nil
	}
	w := &Words{Code: code}
	for i, arg := range args {
		w.Args = append(w.Args, argText(arg))
		w.add(i, arg)
	}
	return text, w
}

// add keeps what the value at i is made of, where it is a text for people itself.
func (w *Words) add(i int, arg any) {
	if list, ok := arg.(List); ok {
		for _, err := range list {
			inner := WordsOf(err)
			if inner == nil {
				inner = &Words{}
			}
			w.Parts = append(w.Parts, Part{i, cut(err.Error()), inner.within(maxWordsDepth - 1)})
		}
		return
	}
	err, ok := arg.(error)
	if !ok {
		return
	}
	if inner := WordsOf(err); inner != nil {
		w.Parts = append(w.Parts, Part{i, cut(err.Error()), inner.within(maxWordsDepth - 1)})
	}
}

// within returns the words without parts that lie deeper than depth, and without the hint, which is not said of a part.
func (w *Words) within(depth int) Words {
	c := *w
	c.Hint, c.Parts = nil, nil
	for _, p := range w.Parts {
		if depth > 0 {
			c.Parts = append(c.Parts, Part{p.At, p.Text, p.Words.within(depth - 1)})
		}
	}
	return c
}

// Map returns a copy in which change has been applied to every value, such as to take out secrets. Map of nil is nil.
func (w *Words) Map(change func(string) string) *Words {
	if w == nil {
		return nil
	}
	c := Words{Code: w.Code, Field: w.Field, Hint: w.Hint.Map(change)}
	for _, arg := range w.Args {
		c.Args = append(c.Args, change(arg))
	}
	for _, p := range w.Parts {
		c.Parts = append(c.Parts, Part{p.At, change(p.Text), *p.Words.Map(change)})
	}
	return &c
}

// Text returns the words as they are kept, "" for nil.
func (w *Words) Text() string {
	if w == nil {
		return ""
	}
	data, _ := json.Marshal(w) // texts and numbers always marshal
	return string(data)
}

// ReadWords reads what Text has written; nil for "" and for what cannot be read, whose text is there in English.
func ReadWords(text string) *Words {
	var w Words
	if text == "" || json.Unmarshal([]byte(text), &w) != nil {
		return nil
	}
	return &w
}

// argText writes a value as it stands in a text of any language: without quotation marks, and no longer than needed.
func argText(arg any) string {
	switch x := arg.(type) {
	case string:
		return cut(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case rune:
		return string(x)
	default:
		return cut(fmt.Sprint(arg))
	}
}

func cut(s string) string {
	if len(s) <= maxArgRunes || utf8.RuneCountInString(s) <= maxArgRunes {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(string([]rune(s)[:maxArgRunes]), "�") + "…"
}
