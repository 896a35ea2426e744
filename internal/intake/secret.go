package intake

import (
	"fmt"
	"io"
	"log/slog"
)

// hidden stands where a secret would.
const hidden = "[secret]"

// Secret is a key or password. It is never printed: whatever formats, encodes or logs it writes "[secret]".
//
// The text stands behind a pointer because fmt does not ask fields that are not exported how they want to be printed.
type Secret struct{ text *string }

var (
	_ fmt.Formatter  = Secret{}
	_ slog.LogValuer = Secret{}
)

// NewSecret makes a Secret of its text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text, "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Format writes "[secret]" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText writes "[secret]"; JSON goes by it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue writes "[secret]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
