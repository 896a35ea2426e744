package connector

import (
	"bytes"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// build makes the HTTP request for spec, which is r itself or the request for one of its further pages.
func (o *operation) build(r, spec *appdef.Request) (outbound.Request, error) {
	out := outbound.Request{
		Timeout: r.Timeout, BudgetKey: o.budgetKey, Secrets: o.hidden, Sanitize: r.Sanitize, Redirects: outbound.FollowSafe,
		Effect: o.effect(),
	}
	switch r.Redirects {
	case appdef.RedirectAll:
		out.Redirects = outbound.FollowAll
	case appdef.RedirectNone:
		out.Redirects = outbound.FollowNone
	case appdef.RedirectSafe:
	}
	method, err := o.eval(spec.Method)
	if err != nil {
		return out, err
	}
	if out.Method = strings.ToUpper(strings.TrimSpace(value.Render(method))); out.Method == "" {
		out.Method = http.MethodGet
	}
	if out.URL, err = o.address(spec, r.EncodeURL); err != nil {
		return out, err
	}
	if out.Header, err = o.headers(spec); err != nil {
		return out, err
	}
	o.sendKey(&out, spec.KeyHeader)
	certificate, err := o.eval(r.CA)
	if err != nil {
		return out, err
	}
	out.CACertificate = value.Render(certificate)
	if out.Method == http.MethodGet || out.Method == http.MethodHead {
		return out, nil
	}
	body, err := o.eval(spec.Body)
	if err != nil || body.IsUndefined() {
		return out, err
	}
	out.Body, err = encodeBody(body, r.BodyType, out.Header)
	return out, err
}

// sendKey adds the idempotency key to a request that does something, in the header that the definition names, or the scenario for a
// universal module. Of several requests in one operation each has a key of its own.
func (o *operation) sendKey(r *outbound.Request, header string) {
	o.hasKey = false
	if o.key == nil || module.MethodDelivery(r.Method) == module.Read {
		return
	}
	if o.module.Kind == module.Universal {
		header = o.key.Header
	}
	if header == "" {
		return
	}
	key := o.key.Key
	if o.keyed++; o.keyed > 1 {
		key += "-" + strconv.Itoa(o.keyed)
	}
	r.Header.Set(header, key)
	o.hasKey = true
}

// headers computes the headers; what is null or undefined is left out, an array sends a header several times.
func (o *operation) headers(spec *appdef.Request) (http.Header, error) {
	v, err := o.eval(spec.Headers)
	if err != nil {
		return nil, err
	}
	h := make(http.Header, v.Len())
	if v.IsNothing() {
		return h, nil
	}
	if v.Kind() != value.KindCollection {
		return nil, fault.Newf(fault.BundleValidation, "[headers-collection] The headers must be a collection, got %v.", value.Noun(v)).WithField("headers")
	}
	for name, x := range v.Fields() {
		h.Del(name) // of two spellings the later one counts
		for _, one := range value.ToArray(x).Items() {
			if !one.IsNothing() {
				h.Add(name, value.Render(one))
			}
		}
	}
	return h, nil
}

// encodeBody writes a body in the form that the definition names, and sets its Content-Type unless there is one.
func encodeBody(v value.Value, form appdef.BodyType, h http.Header) ([]byte, error) {
	contentType, body := "", []byte(nil)
	switch form {
	case appdef.BodyURLEncoded:
		contentType, body = "application/x-www-form-urlencoded", []byte(encodeForm(v))
		if v.Kind() == value.KindText {
			body = []byte(v.Str())
		}
	case appdef.BodyMultipart:
		var err error
		if contentType, body, err = encodeMultipart(v); err != nil {
			return nil, err
		}
		h.Set("Content-Type", contentType) // it names the boundary, so it cannot be another
	case appdef.BodyText, appdef.BodyBinary:
		body = plainBody(v)
	case appdef.BodyJSON:
		contentType, body = "application/json", value.AppendJSON(nil, v)
	}
	if contentType != "" && h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentType)
	}
	return body, nil
}

// plainBody returns texts and binary data as they are, and structures as JSON.
func plainBody(v value.Value) []byte {
	switch v.Kind() {
	case value.KindBuffer:
		return v.Bytes()
	case value.KindArray, value.KindCollection:
		return value.AppendJSON(nil, v)
	}
	return []byte(value.Render(v))
}

// encodeMultipart writes the fields of v as the parts of a form. A part {value, options: {filename, contentType}} is a file.
func encodeMultipart(v value.Value) (contentType string, body []byte, err error) {
	if v.Kind() != value.KindCollection {
		return "", nil, fault.Newf(fault.BundleValidation, "[multipart-collection] A multipart body must be a collection, got %v.", value.Noun(v)).WithField("body")
	}
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, x := range v.Fields() {
		for _, one := range value.ToArray(x).Items() {
			if one.IsNothing() {
				continue
			}
			if err := writePart(w, name, one); err != nil {
				return "", nil, fmt.Errorf("write part %q: %w", name, err)
			}
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, fmt.Errorf("end multipart body: %w", err)
	}
	return w.FormDataContentType(), b.Bytes(), nil
}

func writePart(w *multipart.Writer, name string, v value.Value) error {
	disposition := map[string]string{"name": name}
	h := textproto.MIMEHeader{}
	if data, ok := v.Lookup("value"); ok {
		options := v.Get("options")
		if file := value.Render(options.Get("filename")); file != "" {
			disposition["filename"] = file
			h.Set("Content-Type", "application/octet-stream")
		}
		if kind := value.Render(options.Get("contentType")); kind != "" {
			h.Set("Content-Type", strings.Map(printable, kind))
		}
		v = data
	}
	// FormatMediaType escapes quotes, line breaks and everything that is not ASCII.
	h.Set("Content-Disposition", mime.FormatMediaType("form-data", disposition))
	part, err := w.CreatePart(h)
	if err != nil {
		return fmt.Errorf("begin part: %w", err)
	}
	_, err = part.Write(plainBody(v))
	return err
}

// printable drops control characters, which could end a header.
func printable(c rune) rune {
	if c < ' ' || c == 0x7f {
		return -1
	}
	return c
}
