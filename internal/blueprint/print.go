package blueprint

import "github.com/ropeway/ropeway/internal/value"

// indent is what exports use.
const indent = "    "

// Print returns the document as indented JSON with the content that was parsed: unknown fields, their order and a
// wrapper around the blueprint included.
func (b *Blueprint) Print() []byte { return append(value.IndentJSON(b.document, indent), '\n') }
