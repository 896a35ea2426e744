package outbound

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Limits of what is looked through for the paths of Request.Sanitize.
const (
	// maxSanitizedBytes is the largest body whose values are looked for; larger ones are left out of the record.
	maxSanitizedBytes = 4 << 20
	// maxSanitizedDepth is the deepest nesting of arrays that is looked into; deeper values are masked whole.
	maxSanitizedDepth = 100
)

// Notes of a RecordedBody.
const (
	noteTruncated = "only the beginning is kept"
	noteBinary    = "binary data is not kept"
	noteOmitted   = "left out: values that must not be recorded could not be told apart in it"
)

// sanitizePath is a dot path such as request.headers.authorization.
type sanitizePath struct {
	side  string   // "request" or "response"
	part  string   // "headers", "qs", "body"; "" is all of them
	names []string // the steps below; none is the whole part
}

// parseSanitizePath reads a dot path. Upper and lower case are the same; a name
// with dots in it stands between backticks; array indices are dropped, since an
// element that must be hidden at one place must be hidden at all.
func parseSanitizePath(text string) (sanitizePath, bool) {
	steps := splitPath(text)
	if len(steps) == 0 || steps[0] != "request" && steps[0] != "response" {
		return sanitizePath{}, false
	}
	path := sanitizePath{side: steps[0]}
	if len(steps) > 1 {
		path.part, path.names = steps[1], steps[2:]
	}
	return path, true
}

// splitPath splits at dots outside backticks and lower-cases the steps.
func splitPath(text string) []string {
	var steps []string
	var step strings.Builder
	flush := func() {
		if step.Len() > 0 {
			steps = append(steps, strings.ToLower(step.String()))
		}
		step.Reset()
	}
	quoted, index := false, false
	for _, c := range strings.TrimSpace(text) {
		switch {
		case c == '`':
			quoted = !quoted
		case quoted:
			step.WriteRune(c)
		case c == '[':
			index = true
		case c == ']':
			index = false
		case index:
		case c == '.':
			flush()
		default:
			step.WriteRune(c)
		}
	}
	flush()
	return steps
}

// names reports whether a path hides the header or parameter of this name.
func (r *Redactor) names(side, part, name string) bool {
	for _, path := range r.paths {
		if path.side != side || path.part != "" && path.part != part {
			continue
		}
		if len(path.names) == 0 || strings.EqualFold(path.names[0], name) {
			return true
		}
	}
	return false
}

// bodyPaths returns the steps of the paths that lead into the body of side.
func (r *Redactor) bodyPaths(side string) [][]string {
	var found [][]string
	for _, path := range r.paths {
		if path.side == side && (path.part == "" || path.part == "body") {
			found = append(found, path.names)
		}
	}
	return found
}

// body returns the part of a body that is kept, redacted.
func (r *Redactor) body(side string, h http.Header, body []byte) RecordedBody {
	kept := RecordedBody{Bytes: len(body)}
	if len(body) == 0 {
		return kept
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		kept.Note = noteBinary
		return kept
	}
	if paths := r.bodyPaths(side); len(paths) > 0 {
		var ok bool
		if body, ok = r.sanitizeBody(h.Get("Content-Type"), body, paths); !ok {
			kept.Note = noteOmitted
			return kept
		}
	}
	text := string(body[:min(len(body), MaxRecordedBodyBytes)])
	if len(body) > MaxRecordedBodyBytes {
		text, kept.Note = r.cutBeforePartial(text), noteTruncated
	}
	if !utf8.ValidString(text) {
		kept.Note = noteBinary
		return kept
	}
	kept.Text = r.Text(text)
	return kept
}

// cutBeforePartial shortens text, which was cut off, so that it does not end in
// the beginning of a secret or of a character.
func (r *Redactor) cutBeforePartial(text string) string {
	for {
		shorter := text
		for _, form := range append(r.forms, r.short...) {
			shorter = shorter[:len(shorter)-partialAtEnd(shorter, form)]
		}
		if shorter == text {
			break
		}
		text = shorter
	}
	for n := 0; n < utf8.UTFMax && text != ""; n++ {
		if c, size := utf8.DecodeLastRuneInString(text); c != utf8.RuneError || size != 1 {
			break
		}
		text = text[:len(text)-1]
	}
	return text
}

// partialAtEnd returns the length of the longest end of text that begins form without completing it.
func partialAtEnd(text, form string) int {
	for n := min(len(form)-1, len(text)); n > 0; n-- {
		if strings.HasSuffix(text, form[:n]) {
			return n
		}
	}
	return 0
}

// sanitizeBody masks the values at paths. It returns false where the body has
// structure that it cannot take apart; plain text and HTML have none.
func (r *Redactor) sanitizeBody(contentType string, body []byte, paths [][]string) ([]byte, bool) {
	for _, path := range paths {
		if len(path) == 0 {
			return []byte(mask), true
		}
	}
	if len(body) > maxSanitizedBytes {
		return nil, false
	}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media = ""
	}
	if media == "application/x-www-form-urlencoded" {
		return []byte(sanitizeForm(string(body), paths)), true
	}
	if masked, err := sanitizeJSON(body, paths); err == nil {
		return masked, true
	}
	if media == "text/plain" || media == "text/html" {
		trimmed := bytes.TrimSpace(body)
		return body, len(trimmed) == 0 || trimmed[0] != '{' && trimmed[0] != '['
	}
	return nil, false
}

func sanitizeForm(text string, paths [][]string) string {
	r := Redactor{}
	for _, path := range paths {
		r.paths = append(r.paths, sanitizePath{side: "request", part: "body", names: path})
	}
	return r.form("body", text)
}

// sanitizeJSON masks the values at paths in one or more JSON texts and leaves
// every other byte as it was.
func sanitizeJSON(body []byte, paths [][]string) ([]byte, error) {
	w := jsonWalk{data: body, decoder: json.NewDecoder(bytes.NewReader(body))}
	for {
		err := w.value(paths, 0)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	end := 0
	for _, sp := range w.hidden {
		out.Write(body[end:sp.from])
		out.WriteString(`"` + mask + `"`)
		end = sp.to
	}
	out.Write(body[end:])
	return out.Bytes(), nil
}

// jsonWalk walks along JSON texts and notes which bytes must be hidden.
type jsonWalk struct {
	data    []byte
	decoder *json.Decoder
	hidden  []span
}

// value reads one value. paths are the steps from here to what must be hidden.
func (w *jsonWalk) value(paths [][]string, depth int) error {
	if depth > maxSanitizedDepth {
		return w.skip(true)
	}
	if len(paths) == 0 {
		return w.skip(false)
	}
	token, err := w.decoder.Token()
	if err != nil {
		return err
	}
	switch token {
	case json.Delim('{'):
		return w.object(paths, depth)
	case json.Delim('['):
		return w.array(paths, depth)
	}
	return nil
}

func (w *jsonWalk) object(paths [][]string, depth int) error {
	for w.decoder.More() {
		token, err := w.decoder.Token()
		if err != nil {
			return noEOF(err)
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("read a key: found %v", token)
		}
		below, whole := step(paths, key)
		if whole {
			err = w.skip(true)
		} else {
			err = w.value(below, depth+1)
		}
		if err != nil {
			return noEOF(err)
		}
	}
	_, err := w.decoder.Token()
	return noEOF(err)
}

// array looks into every element: an index in a path stands for all of them.
func (w *jsonWalk) array(paths [][]string, depth int) error {
	var below [][]string
	whole := false
	for _, path := range paths {
		if strings.Trim(path[0], "0123456789") == "" {
			path = path[1:]
		}
		below = append(below, path)
		whole = whole || len(path) == 0
	}
	for w.decoder.More() {
		var err error
		if whole {
			err = w.skip(true)
		} else {
			err = w.value(below, depth+1)
		}
		if err != nil {
			return noEOF(err)
		}
	}
	_, err := w.decoder.Token()
	return noEOF(err)
}

// skip reads one value without looking into it, and hides it if told so.
func (w *jsonWalk) skip(hide bool) error {
	var raw json.RawMessage
	if err := w.decoder.Decode(&raw); err != nil {
		return fmt.Errorf("read a value: %w", err)
	}
	if hide {
		to := int(w.decoder.InputOffset())
		w.hidden = append(w.hidden, span{to - len(raw), to})
	}
	return nil
}

// step returns what is left of the paths that go on with key, and whether one of them ends there.
func step(paths [][]string, key string) (below [][]string, whole bool) {
	for _, path := range paths {
		if !strings.EqualFold(path[0], key) {
			continue
		}
		if len(path) == 1 {
			return nil, true
		}
		below = append(below, path[1:])
	}
	return below, false
}

// noEOF makes the end of the input an error where a value has begun.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
