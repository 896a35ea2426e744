package connector

import (
	"net/url"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// bindHost computes the address of the API. It depends on the connection only, so it stays the same for the whole operation.
func (o *operation) bindHost() error {
	v, err := o.eval(o.c.app.BaseURL)
	if err != nil || v.IsNothing() {
		return err
	}
	o.baseURL = strings.TrimRight(strings.TrimSpace(value.Render(v)), "/")
	u, err := url.Parse(o.baseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fault.New(fault.InvalidConfiguration, "[api-address] The address of the API in the connection is not a URL.").
			WithField("connection").WithHint("[hint-api-address] Write a full address such as https://api.example.com/v1.")
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return fault.New(fault.InvalidConfiguration, "[api-address-query] The address of the API in the connection must not have a query or a fragment.").
			WithField("connection")
	}
	o.baseOrigin = origin(u)
	return nil
}

// address returns the URL of a request with its query string.
func (o *operation) address(r *appdef.Request, encode bool) (string, error) {
	v, err := o.eval(r.URL)
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(value.Render(v))
	if encode {
		text = escapeURL(text)
	}
	relative := !absolute(text)
	if relative {
		if o.baseURL == "" {
			return "", fault.New(fault.InvalidConfiguration, "[url-relative] The URL of the request is relative, but the app has no base address.").WithField("url")
		}
		text = o.baseURL + "/" + strings.TrimPrefix(text, "/")
	}
	query, err := o.eval(r.Query)
	if err != nil {
		return "", err
	}
	text, err = withQuery(text, query)
	if err != nil || relative || r.TrustedHost || o.anyHost {
		return text, err
	}
	return text, o.checkHost(text)
}

// checkHost refuses addresses that the connection is not bound to. Whatever was mapped, credentials stay with their service.
func (o *operation) checkHost(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return fault.New(fault.BundleValidation, "[url-unread] The URL cannot be read.").WithField("url")
	}
	at := origin(u)
	if at == o.baseOrigin || slices.Contains(o.c.app.Origins, at) {
		return nil
	}
	if o.connection.IsNothing() && len(o.hidden) == 0 {
		return nil // nothing secret would go there
	}
	return fault.Newf(fault.InvalidConfiguration, "[host-foreign] Calls to %s are refused: the connection belongs to %s.", u.Hostname(), o.boundTo()).
		WithField("url").WithHint("[hint-path] Write a path such as /users, or use the HTTP app for other services.")
}

func (o *operation) boundTo() string {
	if o.baseOrigin != "" {
		return o.baseOrigin
	}
	if len(o.c.app.Origins) > 0 {
		return strings.Join(o.c.app.Origins, ", ")
	}
	return o.c.app.Label
}

// origin returns scheme, host and port of a URL in one spelling.
func origin(u *url.URL) string {
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return scheme + "://" + host
}

// absolute reports whether a URL begins with a scheme.
func absolute(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || scheme == "" {
		return false
	}
	for i, c := range strings.ToLower(scheme) {
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// escapeURL escapes what cannot stand in a URL and leaves the rest, so that addresses written by hand work.
func escapeURL(text string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~!*'();:@&=+$,/?#[]"
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if strings.IndexByte(plain, c) >= 0 || c == '%' && escaped(text[i:]) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}

// escaped reports whether s begins with a percent sign and two hexadecimal digits.
func escaped(s string) bool {
	const digits = "0123456789abcdefABCDEF"
	return len(s) > 2 && strings.IndexByte(digits, s[1]) >= 0 && strings.IndexByte(digits, s[2]) >= 0
}

// withQuery adds the fields of query to the URL; they replace parameters of the same name that stand in it.
func withQuery(text string, query value.Value) (string, error) {
	if query.IsNothing() || query.Kind() == value.KindCollection && query.Len() == 0 {
		return text, nil
	}
	if query.Kind() != value.KindCollection {
		return "", fault.Newf(fault.BundleValidation, "[query-collection] The query string must be a collection, got %v.", value.Noun(query)).WithField("qs")
	}
	address, fragment, hasFragment := strings.Cut(text, "#")
	address, present, _ := strings.Cut(address, "?")
	var kept []string
	for pair := range strings.SplitSeq(present, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		if _, replaced := query.Lookup(name); pair != "" && !replaced {
			kept = append(kept, pair)
		}
	}
	if added := encodeForm(query); added != "" {
		kept = append(kept, added)
	}
	if len(kept) > 0 {
		address += "?" + strings.Join(kept, "&")
	}
	if hasFragment {
		address += "#" + fragment
	}
	return address, nil
}

// encodeForm writes a collection as name=value pairs in its order. Arrays repeat their name, collections put theirs in
// brackets, what is null or undefined is left out.
func encodeForm(v value.Value) string {
	var b strings.Builder
	for key, x := range v.Fields() {
		appendForm(&b, key, x)
	}
	return b.String()
}

func appendForm(b *strings.Builder, name string, v value.Value) {
	switch v.Kind() {
	case value.KindUndefined, value.KindNull:
	case value.KindArray:
		for _, x := range v.Items() {
			appendForm(b, name, x)
		}
	case value.KindCollection:
		for key, x := range v.Fields() {
			appendForm(b, name+"["+key+"]", x)
		}
	default:
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escapeForm(name))
		b.WriteByte('=')
		b.WriteString(escapeForm(value.Render(v)))
	}
}

// escapeForm escapes as forms do, but writes a space as %20, which every server understands everywhere.
func escapeForm(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
