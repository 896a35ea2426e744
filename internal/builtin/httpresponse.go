package builtin

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// call makes the call, keeps its record, and turns a status of 400 and above into an error where strict says so.
func (h httpApp) call(ctx context.Context, op *module.Operation, r outbound.Request, strict bool, out module.Output) (*outbound.Response, error) {
	if truthOf(op.Input, "shareCookies", false) {
		if h.Cookies == nil {
			return nil, unsupported("shareCookies", "[no-shared-cookies] This server does not share cookies between modules.")
		}
		r.Cookies = h.Cookies(op.Cycle.Execution)
	}
	if k := op.Idempotency; k != nil && module.MethodDelivery(r.Method) != module.Read {
		r.Header.Set(k.Header, k.Key)
	}
	if op.Dry {
		ctx = outbound.DryRun(ctx)
	}
	resp, err := h.HTTP.Do(ctx, r)
	if errors.Is(err, outbound.ErrUnsent) && resp != nil {
		return nil, unsentRequest(op, &resp.Record)
	}
	if resp != nil {
		out.Exchange(exchangeValue(resp.Record))
	}
	if err != nil {
		return nil, err
	}
	if strict && resp.Status >= http.StatusBadRequest {
		return nil, h.statusFault(resp, r.Secrets)
	}
	return resp, nil
}

// unsentRequest ends an operation of a dry run at the call that it did not make. What flows on is the sample of the module.
func unsentRequest(op *module.Operation, x *outbound.Exchange) error {
	body := value.Undefined
	if x.RequestBody.Bytes > 0 {
		body = bodyValue(x.RequestBody)
		if x.RequestBody.Note == "" {
			body = recordedText(x.RequestBody.Text)
		}
	}
	request := value.Collection(value.F("method", recordedText(x.Method)), value.F("url", recordedText(x.URL)),
		value.F("headers", sentHeaders(x.RequestHeader)), value.F("body", body))
	return &module.Unsent{
		Effect: module.Effect{Kind: module.SendRequest, What: request, MadeUp: true},
		Output: []value.Value{op.Module.MakeUp(value.Undefined)},
	}
}

// sentHeaders shows headers with names in small letters; several of one name are an array.
func sentHeaders(h http.Header) value.Value {
	b := value.NewBuilder(len(h))
	for _, name := range sortedNames(h) {
		shown := textsValue(h[name])
		if len(h[name]) == 1 {
			shown = shown.At(0)
		}
		b.Set(strings.ToLower(name), shown)
	}
	return b.Build()
}

// exchangeValue turns the record of a call into a value, with the fields of its JSON form.
func exchangeValue(r outbound.Exchange) value.Value {
	const fields = 10
	b := value.NewBuilder(fields).Set("method", recordedText(r.Method)).Set("url", recordedText(r.URL))
	if len(r.RequestHeader) > 0 {
		b.Set("requestHeader", headerValue(r.RequestHeader))
	}
	b.Set("requestBody", bodyValue(r.RequestBody))
	if len(r.Redirects) > 0 {
		b.Set("redirects", textsValue(r.Redirects))
	}
	if r.Status != 0 {
		b.Set("status", value.Int(r.Status))
	}
	if len(r.ResponseHeader) > 0 {
		b.Set("responseHeader", headerValue(r.ResponseHeader))
	}
	b.Set("responseBody", bodyValue(r.ResponseBody)).Set("duration", value.Number(float64(r.Duration)))
	if r.Error != "" {
		b.Set("error", recordedText(r.Error))
	}
	return b.Build()
}

// headerValue is a header with its names in alphabetical order.
func headerValue(h http.Header) value.Value {
	b := value.NewBuilder(len(h))
	for _, name := range sortedNames(h) {
		b.Set(name, textsValue(h[name]))
	}
	return b.Build()
}

func textsValue(list []string) value.Value {
	if len(list) == 1 { // as nearly always
		return value.Single(recordedText(list[0]))
	}
	items := make([]value.Value, len(list))
	for i, s := range list {
		items[i] = recordedText(s)
	}
	return value.Array(items...)
}

// recordedText is a text of the record, which may hold bytes that are no text.
func recordedText(s string) value.Value { return value.Text(strings.ToValidUTF8(s, "\ufffd")) }

func bodyValue(body outbound.RecordedBody) value.Value {
	const fields = 3
	b := value.NewBuilder(fields).Set("bytes", value.Int(body.Bytes))
	if body.Text != "" {
		b.Set("text", recordedText(body.Text))
	}
	if body.Note != "" {
		b.Set("note", recordedText(body.Note))
	}
	return b.Build()
}

// shownBodyChars is how much of a response an error repeats.
const shownBodyChars = 300

// statusFault tells of a status of 400 and above, with the beginning of what the service said.
func (h httpApp) statusFault(resp *outbound.Response, secrets []string) error {
	kind, name := outbound.StatusKind(resp.Status), http.StatusText(resp.Status)
	f := fault.Newf(kind, "[http-status] The service answered %d %s.", resp.Status, name)
	if text, ok := decodeBytes(resp.Body, responseCharset(resp.Header)); ok && strings.TrimSpace(text) != "" {
		text = outbound.NewRedactor(secrets, nil).Text(strings.TrimSpace(text))
		if runes := []rune(text); len(runes) > shownBodyChars {
			text = string(runes[:shownBodyChars]) + "…"
		}
		f = fault.Newf(kind, "[http-status-text] The service answered %d %s: %s", resp.Status, name, text)
	}
	f = statusHint(f, resp.Status)
	if wait, ok := outbound.RetryAfter(resp.Header, h.Clock.Now()); ok {
		f = f.WithDelay(wait)
	}
	return f
}

func statusHint(f *fault.Error, status int) *fault.Error {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return f.WithHint("[hint-check-credentials] check the credentials and what they allow")
	case status == http.StatusTooManyRequests:
		return f.WithHint("[hint-call-less] call the service less often")
	case status >= http.StatusInternalServerError:
		return f.WithHint("[hint-service-problem] the service itself has a problem; try again later")
	}
	return f.WithHint("[hint-check-url] check the URL and what is sent")
}

// responseData returns the body of a response: parsed where that is wanted and the content type allows it, else text
// where it is text, else binary data.
func responseData(resp *outbound.Response, parse bool) (value.Value, error) {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	name := responseCharset(resp.Header)
	text, isText := decodeBytes(resp.Body, name)
	switch {
	case len(resp.Body) == 0:
		return value.Empty, nil
	case !parse:
	case isXML(media):
		source := value.Buffer(resp.Body, name)
		if name != "" && isText {
			source = value.Text(text)
		}
		v, err := parseXML(source, true)
		return v, inResponse(err)
	case !isText:
	case isJSON(media):
		v, err := parseJSONText(text, "data")
		return v, inResponse(err)
	case media == "application/x-www-form-urlencoded":
		return formValue(text), nil
	case looksLikeJSON(text):
		if v, err := parseJSONText(text, "data"); err == nil {
			return v, nil
		}
	}
	if isText && (name != "" || media == "" || isTextual(media) || isJSON(media) || isXML(media)) {
		return value.Text(text), nil
	}
	return value.Buffer(resp.Body, ""), nil
}

// inResponse makes an error of a parser one about the response.
func inResponse(err error) error {
	if err == nil {
		return nil
	}
	return fault.From(err).WithField("data").
		WithHint("[hint-parse-off] the service did not send what its content type says; switch \"Parse response\" off to get the body as it is")
}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

func isXML(media string) bool {
	return media == "application/xml" || media == "text/xml" || strings.HasSuffix(media, "+xml") && media != "image/svg+xml" && media != "application/xhtml+xml"
}

func isTextual(media string) bool {
	switch media {
	case "application/x-www-form-urlencoded", "application/javascript", "application/x-javascript", "application/x-ndjson",
		"application/xhtml+xml", "image/svg+xml", "application/yaml", "application/x-yaml", "application/graphql":
		return true
	}
	return strings.HasPrefix(media, "text/")
}

func looksLikeJSON(text string) bool {
	s := strings.TrimSpace(text)
	return s != "" && (s[0] == '{' || s[0] == '[')
}

// formValue reads name=value pairs; names that occur more than once become arrays. Pairs that are broken are left out.
func formValue(text string) value.Value {
	pairs, _ := url.ParseQuery(text)
	b := value.NewBuilder(len(pairs))
	for _, name := range sortedNames(pairs) {
		items := make([]value.Value, len(pairs[name]))
		for i, s := range pairs[name] {
			items[i] = recordedText(s)
		}
		if len(items) == 1 {
			b.Set(name, items[0])
		} else {
			b.Set(name, value.Array(items...))
		}
	}
	return b.Build()
}

func sortedNames[M ~map[string][]string](m M) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// responseCharset returns the character set that the headers name, "" for none.
func responseCharset(h http.Header) string {
	_, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return parameters["charset"]
}

// headerList returns the headers as name and value pairs, sorted, with names in lower case.
func headerList(h http.Header) value.Value {
	items := make([]value.Value, 0, len(h))
	for _, name := range sortedNames(h) {
		for _, v := range h[name] {
			items = append(items, value.Collection(value.F("name", value.Text(strings.ToLower(name))), value.F("value", headerText(v))))
		}
	}
	return value.Array(items...)
}

// headerCollection returns the headers by name in lower case. Values of a header that comes more than once are joined
// with a comma; set-cookie, whose values hold commas, becomes an array.
func headerCollection(h http.Header) value.Value {
	b := value.NewBuilder(len(h))
	for _, name := range sortedNames(h) {
		v := headerText(strings.Join(h[name], ", "))
		if name == "Set-Cookie" {
			v = cookieHeaders(h)
		}
		b.Set(strings.ToLower(name), v)
	}
	return b.Build()
}

func cookieHeaders(h http.Header) value.Value {
	items := make([]value.Value, len(h["Set-Cookie"]))
	for i, v := range h["Set-Cookie"] {
		items[i] = headerText(v)
	}
	return value.Array(items...)
}

func headerText(s string) value.Value { return recordedText(s) }

// fileName returns the name that the response gives its content, else the last part of its address, else "file".
func fileName(resp *outbound.Response) string {
	if _, parameters, err := mime.ParseMediaType(resp.Header.Get("Content-Disposition")); err == nil {
		if name := lastPart(parameters["filename"]); name != "" {
			return name
		}
	}
	if u, err := url.Parse(resp.FinalURL); err == nil {
		if name := lastPart(u.Path); name != "" {
			return name
		}
	}
	return "file"
}

// lastPart returns what follows the last slash or backslash: a server must not choose a folder.
func lastPart(name string) string {
	name = path.Base(strings.ReplaceAll(name, "\\", "/"))
	if name == "." || name == ".." || name == "/" || !utf8.ValidString(name) {
		return ""
	}
	return name
}
