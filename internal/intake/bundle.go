package intake

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// The fields that every bundle of a webhook may have.
const (
	fieldValue   = "value"
	fieldHeaders = "__IMTHEADERS__"
	fieldMethod  = "__IMTMETHOD__"
)

// reader makes the bundle of one call.
type reader struct {
	settings *Settings
	request  *http.Request
	body     []byte
}

// bundle returns what was sent. The error is a *fault.Error.
func (r *reader) bundle() (value.Value, error) {
	var fields form
	if err := fields.addEncoded(r.request.URL.RawQuery, charset{}); err != nil {
		return value.Undefined, err
	}
	whole, err := r.content(&fields)
	if err != nil {
		return value.Undefined, err
	}
	if fields.fields == 0 && whole.Kind() == value.KindCollection && !r.settings.Headers && !r.settings.Method {
		return whole, nil
	}
	b := value.NewBuilder(len(fields.root.keys) + whole.Len() + 2)
	fields.into(b)
	b.Merge(whole)
	if r.settings.Headers {
		b.Set(fieldHeaders, r.headers())
	}
	if r.settings.Method {
		b.Set(fieldMethod, value.Text(r.request.Method))
	}
	return b.Build(), nil
}

// content reads the body: fields of forms go into the form, anything else is returned as a collection.
func (r *reader) content(fields *form) (value.Value, error) {
	if len(r.body) == 0 {
		return value.Undefined, nil
	}
	media, parameters, err := mime.ParseMediaType(r.request.Header.Get("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) {
		media, parameters = "", nil
	}
	set, err := charsetNamed(parameters["charset"])
	if err != nil {
		return value.Undefined, err
	}
	switch {
	case isJSON(media) || r.settings.JSON || media == "" && looksLikeJSON(r.body):
		return r.json(set)
	case media == "application/x-www-form-urlencoded":
		var sent form
		sent.fields = fields.fields
		if err := sent.addEncoded(string(r.body), set); err != nil {
			return value.Undefined, err
		}
		return sent.collection(), nil
	case media == "multipart/form-data":
		return r.multipart(parameters["boundary"], set)
	}
	return value.Collection(value.F(fieldValue, value.Buffer(r.body, bufferEncoding(media, parameters["charset"])))), nil
}

func isJSON(media string) bool {
	return media == "application/json" || media == "text/json" || strings.HasSuffix(media, "+json")
}

// looksLikeJSON helps senders that name no content type.
func looksLikeJSON(body []byte) bool {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return false
	}
	return !tooManyElements(body) && valid(body)
}

func valid(body []byte) bool {
	_, err := value.ParseJSON(body)
	return err == nil
}

func (r *reader) json(set charset) (value.Value, error) {
	text := set.json(r.body)
	if r.settings.Stringify {
		return value.Collection(value.F(fieldValue, value.Text(strings.ToValidUTF8(string(text), "\uFFFD")))), nil
	}
	if tooManyElements(text) {
		return value.Undefined, fault.Newf(fault.DataSizeLimit, "The JSON has more than %d elements.", MaxElements)
	}
	v, err := value.ParseJSON(text)
	if err != nil {
		return value.Undefined, fault.Wrap(fault.Data, err, "The body is no valid JSON: "+err.Error()+".")
	}
	if v.Kind() == value.KindCollection {
		return v, nil
	}
	return value.Collection(value.F(fieldValue, v)), nil
}

// tooManyElements counts what starts a new element outside of texts. Most bodies are too short to look closely.
func tooManyElements(text []byte) bool {
	if len(text) <= MaxElements {
		return false
	}
	n, inText := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inText = !inText
		case inText && c == '\\':
			i++
		case !inText && (c == ',' || c == '[' || c == '{'):
			n++
		}
	}
	return n > MaxElements
}

func (r *reader) multipart(boundary string, set charset) (value.Value, error) {
	if boundary == "" {
		return value.Undefined, fault.New(fault.Data, "The content type multipart/form-data names no boundary.")
	}
	var sent form
	parts := multipart.NewReader(bytes.NewReader(r.body), boundary)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return sent.collection(), nil
		}
		if err != nil {
			return value.Undefined, fault.Wrap(fault.Data, err, "The multipart form is broken.").WithHint("check the boundary and the end of the body")
		}
		if err := sent.addPart(part, set); err != nil {
			return value.Undefined, err
		}
	}
}

// addPart takes a field or file of a multipart form.
func (f *form) addPart(part *multipart.Part, set charset) error {
	data, err := io.ReadAll(part)
	if err != nil {
		return fault.Wrap(fault.Data, err, "The multipart form is broken.").WithHint("check the boundary and the end of the body")
	}
	media, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	name, file := set.text(part.FormName()), part.FileName()
	if file != "" {
		if f.files++; f.files > MaxFiles {
			return fault.Newf(fault.DataSizeLimit, "The form has more than %d files.", MaxFiles)
		}
		return f.add(name, fileValue(set.text(file), media, data, parameters["charset"]))
	}
	own, err := charsetNamed(parameters["charset"])
	if err != nil {
		return err
	}
	if own.encoding == nil {
		own = set
	}
	return f.add(name, value.Text(own.text(string(data))))
}

func fileValue(name, media string, data []byte, charset string) value.Value {
	if media == "" {
		media = "application/octet-stream"
	}
	return value.Collection(value.F("name", value.Text(name)), value.F("mime", value.Text(media)),
		value.F("data", value.Buffer(data, bufferEncoding(media, charset))))
}

// bufferEncoding names the character set of text, "" for other data. Text is UTF-8 where nothing is said.
func bufferEncoding(media, charset string) string {
	text := strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "/xml") || strings.HasSuffix(media, "+xml")
	switch {
	case charset != "":
		if set, err := charsetNamed(charset); err != nil || set.encoding != nil {
			return strings.ToLower(charset)
		}
		return "utf-8"
	case text:
		return "utf-8"
	}
	return ""
}

// collection returns the fields of the form.
func (f *form) collection() value.Value {
	b := value.NewBuilder(len(f.root.keys))
	f.into(b)
	return b.Build()
}

// headers lists the headers as scenarios know them, sorted, since the order in which they came is not kept on the way.
// Those that hold the secrets of the webhook's own checks are left out: bundles are stored and shown.
func (r *reader) headers() value.Value {
	names := make([]string, 0, len(r.request.Header)+1)
	for name := range r.request.Header {
		if !r.settings.secretHeader(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	list := []value.Value{headerValue("host", r.request.Host)}
	for _, name := range names {
		for _, text := range r.request.Header[name] {
			list = append(list, headerValue(strings.ToLower(name), strings.ToValidUTF8(text, "\uFFFD")))
		}
	}
	return value.Array(list...)
}

func headerValue(name, text string) value.Value {
	return value.Collection(value.F("name", value.Text(name)), value.F("value", value.Text(text)))
}
