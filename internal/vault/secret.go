package vault

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what a Secret shows.
const hidden = "[secret]"

// Secret is a text that must not appear in logs, errors, history or exports: whatever prints it gets "[secret]".
// The text stands behind a pointer, because fmt calls no methods on hidden fields of a struct but prints what they hold;
// of what pointers to texts lead to, unlike that of pointers to lists and structs, it prints nothing.
// Compare secrets with Equal; == compares the pointers.
type Secret struct {
	text *string
}

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{text: &text} }

// Reveal returns the text, for the one place that sends or seals it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsEmpty reports whether the text is "".
func (s Secret) IsEmpty() bool { return s.Reveal() == "" }

// Equal reports whether both hide the same text, in a time that depends on nothing but the length.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format prints "[secret]" for every verb of fmt.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalJSON returns "[secret]" in quotes.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalText returns "[secret]", for keys of JSON objects, XML and others.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "[secret]" for log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
