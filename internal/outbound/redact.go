package outbound

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// mask stands where a secret was.
const mask = "***"

// shortSecretBytes is the length below which a secret is only masked where it
// stands alone: a PIN of "12" must not punch holes in every number.
const shortSecretBytes = 4

// Redactor takes secrets out of the record of a call. It is immutable and safe
// for concurrent use. The zero Redactor masks only what is always sensitive.
type Redactor struct {
	forms []string // every way to write a long secret, longest first
	short []string // every way to write a short secret
	paths []sanitizePath
}

// NewRedactor returns a Redactor for the given secret values, in whatever
// encoding they appear, and for the values at the given dot paths.
func NewRedactor(secrets, sanitize []string) *Redactor {
	r := &Redactor{}
	for _, secret := range secrets {
		r.addSecret(secret)
		if trimmed := strings.TrimSpace(secret); trimmed != secret {
			r.addSecret(trimmed)
		}
	}
	r.forms, r.short = longestFirst(r.forms), longestFirst(r.short)
	for _, text := range sanitize {
		if path, ok := parseSanitizePath(text); ok {
			r.paths = append(r.paths, path)
		}
	}
	return r
}

func (r *Redactor) addSecret(secret string) {
	switch {
	case strings.TrimSpace(secret) == "":
		// Nothing to hide, and it would match everywhere.
	case len(secret) < shortSecretBytes:
		r.short = append(r.short, textForms(secret)...)
	default:
		r.forms = append(r.forms, textForms(secret)...)
		r.forms = append(r.forms, base64Forms(secret)...)
	}
}

func longestFirst(forms []string) []string {
	slices.SortFunc(forms, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return slices.Compact(forms)
}

// textForms returns secret as it stands in text, URLs, JSON and HTML.
func textForms(secret string) []string {
	if isPlain(secret) {
		return []string{secret} // most tokens: nothing escapes them
	}
	forms := []string{secret, html.EscapeString(secret)}
	for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
		forms = append(forms, escaped, lowerPercent(escaped))
	}
	plain := jsonText(secret, false)
	slashed := strings.ReplaceAll(plain, "/", `\/`)
	return append(forms, plain, jsonText(secret, true), slashed, asciiText(plain), asciiText(slashed))
}

// isPlain reports whether s has only characters that stand for themselves everywhere.
func isPlain(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// asciiText writes the characters of a JSON string that are not ASCII as \u escapes, as many encoders do.
func asciiText(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		if unit < utf8.RuneSelf {
			b.WriteByte(byte(unit))
			continue
		}
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}

// jsonText returns s as the inside of a JSON string.
func jsonText(s string, escapeHTML bool) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(escapeHTML)
	if err := encoder.Encode(s); err != nil {
		return s
	}
	return strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`)
}

// lowerPercent writes percent escapes with small letters: %2F becomes %2f.
func lowerPercent(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// base64Forms returns the characters that secret is certain to put into the
// base64 text of anything that contains it, such as "user:secret": one form for
// each of the three ways it can lie across the groups of three bytes.
func base64Forms(secret string) []string {
	const minFormBytes = 4 // below that, ordinary words would match
	var forms []string
	for offset := range 3 {
		padded := append(make([]byte, offset), secret...)
		first := (offset*8 + 5) / 6 // the characters before mix in bits of what stands in front
		last := len(padded) * 8 / 6 // and those after, bits of what follows
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if form := encoding.EncodeToString(padded)[first:last]; len(form) >= minFormBytes {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// Text returns s with every secret replaced.
func (r *Redactor) Text(s string) string {
	spans := r.spans(s)
	if len(spans) == 0 {
		return s
	}
	return replaceSpans(s, spans)
}

// found reports whether s holds a secret.
func (r *Redactor) found(s string) bool { return len(r.spans(s)) > 0 }

// span is a part of a text, from its first byte to the one after its last.
type span struct{ from, to int }

// spans returns where secrets stand in s, in order; they may overlap.
func (r *Redactor) spans(s string) []span {
	var found []span
	for _, form := range r.forms {
		found = appendMatches(found, s, form, false)
	}
	for _, form := range r.short {
		found = appendMatches(found, s, form, true)
	}
	slices.SortFunc(found, func(a, b span) int { return a.from - b.from })
	return found
}

// appendMatches appends every place of form in s, overlapping ones too. With
// alone set, only those count that no letter or digit touches.
func appendMatches(found []span, s, form string, alone bool) []span {
	for from := 0; ; {
		at := strings.Index(s[from:], form)
		if at < 0 {
			return found
		}
		from += at
		if !alone || standsAlone(s, from, from+len(form)) {
			if n := len(found); n > 0 && found[n-1].from <= from && from <= found[n-1].to {
				found[n-1].to = max(found[n-1].to, from+len(form)) // "aaaa…" must not grow the list without bound
			} else {
				found = append(found, span{from, from + len(form)})
			}
		}
		from++
	}
}

func standsAlone(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return !isWordRune(before) && !isWordRune(after)
}

func isWordRune(c rune) bool {
	return c != utf8.RuneError && (unicode.IsLetter(c) || unicode.IsDigit(c))
}

// replaceSpans returns s with each span, or run of overlapping spans, replaced by the mask.
func replaceSpans(s string, spans []span) string {
	var b strings.Builder
	end := 0
	for i, sp := range spans {
		if i == 0 || sp.from > end {
			b.WriteString(s[end:sp.from])
			b.WriteString(mask)
		}
		end = max(end, sp.to)
	}
	b.WriteString(s[end:])
	return b.String()
}

// isSensitiveName reports whether a header or query parameter of this name
// carries a credential, whoever sends it.
func isSensitiveName(name string) bool {
	name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	switch name {
	case "authorization", "proxy-authorization", "authentication", "cookie", "cookie2", "set-cookie",
		"apikey", "api-key", "token", "secret", "password", "signature", "sig":
		return true
	}
	for _, suffix := range []string{
		"-apikey", "-api-key", "-token", "-secret", "-password", "-auth", "-authorization",
		"-access-key", "-secret-key", "-auth-key", "-credential", "-signature", "-session",
	} {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return name == "accesstoken" || name == "refreshtoken" || name == "clientsecret"
}

// Header returns a copy of h with secrets and sensitive headers replaced.
func (r *Redactor) Header(h http.Header) http.Header { return r.header("", h) }

// header does the same and knows whose headers they are, "request" or "response".
func (r *Redactor) header(side string, h http.Header) http.Header {
	if h == nil {
		return nil
	}
	redacted := make(http.Header, len(h))
	room := make([]string, 0, len(h)) // most headers have one value
	for name, values := range h {
		if len(values) > cap(room)-len(room) {
			room = make([]string, 0, len(values)+len(h))
		}
		end := len(room) + len(values)
		shown := room[len(room):end:end]
		room = room[:end]
		hide := isSensitiveName(name) || r.names(side, "headers", name)
		for i, value := range values {
			switch {
			case hide:
				shown[i] = mask
			case name == "Location" || name == "Content-Location" || name == "Referer":
				shown[i] = r.URL(value)
			default:
				shown[i] = r.Text(value)
			}
		}
		redacted[r.Text(name)] = shown
	}
	return redacted
}

// URL returns a URL with secrets, passwords and sensitive parameters replaced.
// It accepts text that is no URL.
func (r *Redactor) URL(raw string) string {
	raw, fragment, hasFragment := strings.Cut(raw, "#")
	address, query, hasQuery := strings.Cut(raw, "?")
	address = r.Text(maskUserinfo(address))
	if plain, err := url.PathUnescape(address); err == nil && r.found(plain) {
		address = r.Text(plain) // escaped in a way of its own
	}
	if hasQuery {
		address += "?" + r.form("qs", query)
	}
	if hasFragment {
		address += "#" + r.form("qs", fragment) // the implicit OAuth flow keeps tokens there
	}
	return r.Text(address)
}

// maskUserinfo replaces the user and password in front of the host.
func maskUserinfo(address string) string {
	scheme, rest, ok := strings.Cut(address, "//")
	if !ok {
		return address
	}
	authority, _, _ := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return address
	}
	return scheme + "//" + mask + rest[at:]
}

// form replaces the values of sensitive names in an urlencoded text and keeps
// the order and form of the rest.
func (r *Redactor) form(part, text string) string {
	pairs := strings.Split(text, "&")
	for i, pair := range pairs {
		rawName, value, ok := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			name = rawName
		}
		if !ok || value == "" {
			continue
		}
		plain, err := url.QueryUnescape(value)
		if isSensitiveName(name) || r.names("request", part, name) || err == nil && r.found(plain) {
			pairs[i] = rawName + "=" + mask
		}
	}
	return strings.Join(pairs, "&")
}

// record returns the redacted record of a call.
func (r *Redactor) record(p *prepared, resp *Response, followed []string) Exchange {
	return Exchange{
		Method:         p.Method,
		URL:            r.URL(p.url.String()),
		RequestHeader:  r.header("request", p.Header),
		RequestBody:    r.body("request", p.Header, p.Body),
		Redirects:      followed,
		Status:         resp.Status,
		ResponseHeader: r.header("response", resp.Header),
		ResponseBody:   r.body("response", resp.Header, resp.Body),
		Duration:       resp.Duration,
	}
}
