package builtin

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// legacyRequest builds the request of the modules of version 3.
func legacyRequest(op *module.Operation) (outbound.Request, error) {
	in := op.Input
	if truthOf(in, "useMtls", false) {
		return outbound.Request{}, unsupported("useMtls", "[no-mtls] Mutual TLS is not supported.")
	}
	address := in.Get("url").Str()
	if truthOf(in, "serializeUrl", false) {
		address = escapeURL(address)
	}
	r := commonRequest(in, withQuery(address, in.Get("qs"), !truthOf(in, "useQuerystring", false)))
	r.DisableCompression = !truthOf(in, "gzip", true)
	switch {
	case truthOf(in, "followAllRedirects", false):
		r.Redirects = outbound.FollowAll
	case !truthOf(in, "followRedirect", true):
		r.Redirects = outbound.FollowNone
	}
	if user, password := textOf(in, "authUser", ""), textOf(in, "authPass", ""); user != "" || password != "" {
		basicAuth(&r, user, password)
	}
	var err error
	switch textOf(in, "bodyType", "") {
	case "raw":
		r.Body = []byte(anyText(in.Get("data")))
		if t := textOf(in, "contentType", ""); t != "" && t != "custom" {
			setContentType(&r, t)
		}
	case "x_www_form_urlencoded":
		urlEncodedBody(&r, in.Get("formFields"))
	case "multipart_form_data":
		err = multipartBody(&r, in.Get("formFields"), op.Seed)
	}
	return r, err
}

// newRequest builds the request of the module of version 4.
func newRequest(op *module.Operation) (outbound.Request, error) {
	in := op.Input
	switch {
	case strings.EqualFold(textOf(op.Parameters, "tlsType", ""), "mtls"):
		return outbound.Request{}, unsupported("tlsType", "[no-mtls] Mutual TLS is not supported.")
	case textOf(op.Parameters, "proxyKeychain", "") != "":
		return outbound.Request{}, unsupported("proxyKeychain", "[no-proxy] Proxies are not supported.")
	case textOf(in, "paginationType", "") != "":
		return outbound.Request{}, unsupported("paginationType", "[no-paging] Paging is not supported by this module.")
	}
	r := commonRequest(in, withQuery(in.Get("url").Str(), in.Get("queryParameters"), false))
	r.DisableCompression = !truthOf(in, "requestCompressedContent", true)
	r.Redirects = outbound.FollowAll
	if !truthOf(in, "allowRedirects", true) {
		r.Redirects = outbound.FollowNone
	}
	var err error
	switch textOf(in, "contentType", "") {
	case "json":
		r.Body = []byte(textOf(in, "jsonStringBodyContent", ""))
		if textOf(in, "inputMethod", "jsonString") == "dataStructure" {
			r.Body = []byte(orNull(in.Get("dataStructureBodyContent")).JSON())
		}
		setContentType(&r, "application/json")
	case "urlEncoded":
		urlEncodedBody(&r, in.Get("urlEncodedBodyContent"))
	case "multipart":
		err = multipartBody(&r, in.Get("multipartBodyContent"), op.Seed)
	case "custom":
		r.Body = []byte(anyText(in.Get("customBodyContent")))
		setContentType(&r, textOf(in, "customContentType", ""))
	}
	return r, err
}

func unsupported(field, message string) error {
	return fault.New(fault.InvalidConfiguration, message).WithField(field).WithHint("[hint-switch-off] switch it off in the module's settings")
}

// commonRequest fills what both versions have.
func commonRequest(in value.Value, address string) outbound.Request {
	r := outbound.Request{
		Method: strings.TrimSpace(textOf(in, "method", "get")), URL: address, Header: http.Header{},
		Timeout:            time.Duration(intOf(in, "timeout", 0)) * time.Second,
		InsecureSkipVerify: !truthOf(in, "rejectUnauthorized", true), CACertificate: textOf(in, "ca", ""),
	}
	for _, h := range in.Get("headers").Items() {
		if name := strings.TrimSpace(textOf(h, "name", "")); name != "" {
			r.Header.Add(name, textOf(h, "value", ""))
		}
	}
	return r
}

// setContentType sets the header unless the scenario did.
func setContentType(r *outbound.Request, t string) {
	if t != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", t)
	}
}

func basicAuth(r *outbound.Request, user, password string) {
	r.Secrets = append(r.Secrets, password)
	if r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
	}
}

// authorize adds the credentials of a connection of the given type; kind "" is none.
func authorize(r *outbound.Request, kind string, conn *module.Connection) error {
	if kind == "" {
		return nil
	}
	if conn == nil {
		return fault.New(fault.InvalidConfiguration, "[credentials-none] The module has no credentials.").WithHint("[hint-choose-credentials] choose or create credentials in the module's settings")
	}
	r.BudgetKey = conn.Key
	if kind == BasicAuthConnection {
		basicAuth(r, textOf(conn.Fields, "username", ""), textOf(conn.Fields, "password", ""))
		return nil
	}
	name, key := textOf(conn.Fields, "name", ""), textOf(conn.Fields, "key", "")
	if name == "" || key == "" {
		return fault.New(fault.InvalidConfiguration, "[api-key-missing] The API key or the name of its parameter is missing in the credentials.").
			WithHint("[hint-fill-both] fill in both in the credentials")
	}
	r.Secrets = append(r.Secrets, key)
	if textOf(conn.Fields, "placement", "header") == "qs" {
		pair := value.Collection(value.F("name", value.Text(name)), value.F("value", value.Text(key)))
		r.URL = withQuery(r.URL, value.Array(pair), false)
		return nil
	}
	r.Header.Set(name, key)
	r.SensitiveHeaders = append(r.SensitiveHeaders, name)
	return nil
}

// withQuery adds name and value pairs to the query of address. indexed writes names that occur more than once as
// name[0], name[1] and so on.
func withQuery(address string, pairs value.Value, indexed bool) string {
	total, seen := map[string]int{}, map[string]int{}
	for _, p := range pairs.Items() {
		total[textOf(p, "name", "")]++
	}
	var query []string
	for _, p := range pairs.Items() {
		name := textOf(p, "name", "")
		if name == "" {
			continue
		}
		written := name
		if indexed && total[name] > 1 {
			written = fmt.Sprintf("%s[%d]", name, seen[name])
			seen[name]++
		}
		query = append(query, queryEscape(written)+"="+queryEscape(textOf(p, "value", "")))
	}
	if len(query) == 0 {
		return address
	}
	address, fragment, _ := strings.Cut(address, "#")
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	address += separator + strings.Join(query, "&")
	if fragment != "" {
		address += "#" + fragment
	}
	return address
}

func queryEscape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// escapeURL escapes what a URL cannot hold and leaves escapes that are there alone.
func escapeURL(address string) string {
	const hexadecimal = "0123456789abcdefABCDEF"
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		c := address[i]
		escaped := c == '%' && i+2 < len(address) && strings.IndexByte(hexadecimal, address[i+1]) >= 0 && strings.IndexByte(hexadecimal, address[i+2]) >= 0
		if c == '%' && !escaped || c <= ' ' || c >= utf8.RuneSelf || c == 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// formKey returns the name of a form field, which blueprints write in two ways.
func formKey(f value.Value) string { return textOf(f, "key", textOf(f, "name", "")) }

func urlEncodedBody(r *outbound.Request, fields value.Value) {
	var parts []string
	for _, f := range fields.Items() {
		if key := formKey(f); key != "" {
			parts = append(parts, url.QueryEscape(key)+"="+url.QueryEscape(anyText(f.Get("value"))))
		}
	}
	r.Body = []byte(strings.Join(parts, "&"))
	setContentType(r, "application/x-www-form-urlencoded")
}

// multipartBody writes fields and files. The boundary comes from the seed of the operation, so that a recorded
// operation is the same when it is recomputed.
func multipartBody(r *outbound.Request, fields value.Value, seed uint64) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := w.SetBoundary(fmt.Sprintf("ropeway-%016x", seed)); err != nil {
		return fault.Wrap(fault.Unexpected, err, "[form-write] The form cannot be written.")
	}
	for _, f := range fields.Items() {
		if formKey(f) == "" {
			continue
		}
		if err := writePart(w, f); err != nil {
			return err
		}
		if body.Len() > outbound.MaxRequestBytes {
			return fault.Newf(fault.MaxFileSizeExceeded, "[form-large] The form has more than %d bytes.", outbound.MaxRequestBytes).WithField("formFields")
		}
	}
	if err := w.Close(); err != nil {
		return fault.Wrap(fault.Runtime, err, "[form-write] The form cannot be written.")
	}
	r.Body = body.Bytes()
	r.Header.Set("Content-Type", w.FormDataContentType())
	return nil
}

func writePart(w *multipart.Writer, f value.Value) error {
	header, content, file := textproto.MIMEHeader{}, f.Get("value"), ""
	if textOf(f, "fieldType", "text") == "file" {
		file = textOf(f, "fileName", textOf(f, "filename", "file"))
		if data := f.Get("data"); !data.IsNothing() {
			content = data
		}
		contentType := textOf(f, "mime", typeOfFile(file))
		if !httpguts.ValidHeaderFieldValue(contentType) {
			return fault.New(fault.BundleValidation, "[file-type] The content type of a file holds characters that cannot be sent.").WithField("mime")
		}
		header.Set("Content-Type", contentType)
	}
	header.Set("Content-Disposition", formDisposition(formKey(f), file))
	part, err := w.CreatePart(header)
	if err != nil {
		return fault.Wrap(fault.Runtime, err, "[form-write] The form cannot be written.")
	}
	if _, err = part.Write([]byte(anyText(content))); err != nil {
		return fault.Wrap(fault.Runtime, err, "[form-write] The form cannot be written.")
	}
	return nil
}

// formDisposition writes the header of a part as browsers do: UTF-8, with quotes and line breaks escaped.
func formDisposition(name, file string) string {
	escape := strings.NewReplacer("\"", "%22", "\r", "%0D", "\n", "%0A").Replace
	text := `form-data; name="` + escape(name) + `"`
	if file != "" {
		text += `; filename="` + escape(file) + `"`
	}
	return text
}

// typeOfFile returns the content type that the ending of a file name stands for.
func typeOfFile(name string) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
