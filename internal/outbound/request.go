package outbound

import (
	"bytes"
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/ropeway/ropeway/internal/fault"
)

// Limits of a call.
const (
	// DefaultTimeout is the time for a whole call, redirects and body included.
	DefaultTimeout = 40 * time.Second
	// MaxTimeout is the longest time that a request may ask for.
	MaxTimeout = 300 * time.Second
	// DefaultResponseBytes is the largest response body, after decompression.
	DefaultResponseBytes = 10 << 20
	// MaxResponseBytes is the largest response body that a request may ask for.
	MaxResponseBytes = 100 << 20
	// MaxRequestBytes is the largest request body.
	MaxRequestBytes = 100 << 20
	// MaxURLBytes is the length of the longest URL.
	MaxURLBytes = 64 << 10
	// MaxRedirects is the number of redirects that one call follows.
	MaxRedirects = 10
)

// RedirectPolicy says which redirects a call follows.
type RedirectPolicy int

// The policies. The zero value is FollowSafe.
const (
	// FollowSafe follows redirects of GET and HEAD and returns those of other methods.
	FollowSafe RedirectPolicy = iota
	// FollowAll follows the redirects of every method: 301, 302 and 303 go on as GET, 307 and 308 send the body again.
	FollowAll
	// FollowNone returns every redirect to the caller.
	FollowNone
)

// Request describes one call. Method and URL are required.
type Request struct {
	// Method is an HTTP method in any case; "" means GET.
	Method string
	// URL is absolute, http or https. A user and password in it become an Authorization header.
	URL string
	// Header is sent as given, except for the headers that the connection itself
	// governs (Connection, Content-Length, Transfer-Encoding and the like), which are left out.
	Header http.Header
	// Body is sent as is, MaxRequestBytes at most.
	Body []byte

	// Timeout bounds the whole call; 0 means DefaultTimeout, more than MaxTimeout means MaxTimeout.
	Timeout time.Duration
	// MaxResponseBytes bounds the response body after decompression; 0 means
	// DefaultResponseBytes, more than MaxResponseBytes means MaxResponseBytes.
	MaxResponseBytes int64
	// Redirects says which redirects to follow.
	Redirects RedirectPolicy
	// Effect says whether the call changes something; dry runs make only calls that do not.
	Effect Effect
	// DisableCompression neither asks for a compressed response nor decompresses one.
	DisableCompression bool

	// InsecureSkipVerify accepts any certificate.
	InsecureSkipVerify bool
	// CACertificate is PEM; its certificates are trusted besides the system's.
	CACertificate string
	// ClientCertificate and ClientKey are PEM; both or neither. The server sees the certificate.
	ClientCertificate, ClientKey string

	// BudgetKey names the rate budget that the call draws from; "" is none.
	BudgetKey string
	// Cookies shares cookies between calls; nil is none.
	Cookies *CookieJar

	// Secrets are values that must not appear in the record or in errors.
	Secrets []string
	// Sanitize lists dot paths whose values are left out of the record, such as
	// "request.headers.x-key" or "response.body.token".
	Sanitize []string
	// SensitiveHeaders names request headers that, like Authorization and Cookie,
	// are not sent on to another host after a redirect.
	SensitiveHeaders []string
}

// prepared is a Request that has been checked and filled with its defaults.
type prepared struct {
	Request
	url      *url.URL
	redactor *Redactor
}

// prepare checks r and returns it in the form that is sent. Errors are
// BundleValidation, because URL, method and headers come from mapped values,
// except for hosts that are refused.
func prepare(r Request, userAgent string) (*prepared, error) {
	p, err := checked(r, userAgent)
	if err != nil {
		return nil, NewRedactor(r.Secrets, nil).fault(fault.From(err))
	}
	return p, nil
}

func checked(r Request, userAgent string) (*prepared, error) {
	p := &prepared{Request: r}
	if err := p.checkMethod(); err != nil {
		return nil, err
	}
	if err := p.parseURL(); err != nil {
		return nil, err
	}
	if err := p.buildHeader(userAgent); err != nil {
		return nil, err
	}
	p.redactor = NewRedactor(p.Secrets, p.Sanitize)
	if len(p.Body) > MaxRequestBytes {
		return nil, fault.Newf(fault.MaxFileSizeExceeded, "[request-large] The request body has %d bytes; %d are allowed.", len(p.Body), MaxRequestBytes)
	}
	if p.Timeout <= 0 {
		p.Timeout = DefaultTimeout
	}
	p.Timeout = min(p.Timeout, MaxTimeout)
	if p.MaxResponseBytes <= 0 {
		p.MaxResponseBytes = DefaultResponseBytes
	}
	p.MaxResponseBytes = min(p.MaxResponseBytes, MaxResponseBytes)
	return p, nil
}

func (p *prepared) checkMethod() error {
	p.Method = strings.ToUpper(p.Method)
	if p.Method == "" {
		p.Method = http.MethodGet
	}
	// CONNECT asks for a tunnel, which has no response to return.
	if !httpguts.ValidHeaderFieldName(p.Method) || p.Method == http.MethodConnect {
		return fault.New(fault.BundleValidation, "[method-bad] The HTTP method is not one that can be sent.").
			WithField("method").WithHint("[hint-method] Use GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.")
	}
	return nil
}

// parseURL checks the URL and moves its user and password to a header.
func (p *prepared) parseURL() error {
	if len(p.URL) > MaxURLBytes {
		return badURL("[url-long] The URL has %d bytes; %d are allowed.", len(p.URL), MaxURLBytes)
	}
	u, err := url.Parse(strings.TrimSpace(p.URL))
	if err != nil { // the error repeats the URL, which may hold secrets
		return badURL("[url-unread] The URL cannot be read.")
	}
	if err := checkURL(u); err != nil {
		return err
	}
	if u.User != nil {
		p.moveUserinfo(u)
	}
	u.Host = normalHost(u)
	u.Fragment, u.RawFragment = "", ""
	p.url = u
	return nil
}

// moveUserinfo turns the user and password of u into an Authorization header,
// which redirects and records treat as a secret.
func (p *prepared) moveUserinfo(u *url.URL) {
	password, _ := u.User.Password()
	credentials := u.User.Username() + ":" + password
	u.User = nil
	p.Secrets = append(append([]string(nil), p.Secrets...), password)
	if p.Header.Get("Authorization") == "" {
		p.Header = p.Header.Clone() // it is the caller's
		if p.Header == nil {
			p.Header = http.Header{}
		}
		p.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(credentials)))
	}
}

// checkURL refuses URLs that are not absolute http or https with a proper host.
// It does not look the host up: the dialer does, at the last moment.
func checkURL(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" {
		return badURL("[url-scheme] The URL does not begin with http:// or https://.")
	}
	if u.Hostname() == "" {
		return badURL("[url-host] The URL names no host.")
	}
	if port := u.Port(); port != "" {
		if _, err := parsePort(port); err != nil {
			return badURL("[url-port] The port in the URL is not between 1 and 65535.")
		}
	}
	if _, _, err := parseHost(u.Hostname()); err != nil {
		return badHost(u.Hostname(), err)
	}
	return nil
}

func badURL(format string, args ...any) error {
	return fault.Newf(fault.BundleValidation, format, args...).WithField("url").
		WithHint("[hint-full-url] Write a full address such as https://api.example.com/v1/users.")
}

// normalHost returns the host and port of u with the host as parseHost writes it.
func normalHost(u *url.URL) string {
	name, addr, err := parseHost(u.Hostname())
	if err != nil {
		return u.Host
	}
	if port := u.Port(); port != "" {
		return net.JoinHostPort(name, port)
	}
	return bracketed(name, addr)
}

func bracketed(name string, addr netip.Addr) string {
	if addr.Is6() {
		return "[" + name + "]"
	}
	return name
}

// governedHeaders are set by the connection itself; values of users would contradict it.
func governedHeaders() []string {
	return []string{
		"Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	}
}

// buildHeader copies the headers, checks them and adds those that every call has.
func (p *prepared) buildHeader(userAgent string) error {
	given := p.Header
	p.Header = make(http.Header, len(given)+2)
	for name, values := range given {
		for _, value := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
				return badHeader(name)
			}
			p.Header.Add(name, value)
		}
	}
	for _, name := range governedHeaders() {
		p.Header.Del(name)
	}
	if p.Header.Get("User-Agent") == "" {
		p.Header.Set("User-Agent", userAgent)
	}
	if p.Header.Get("Accept-Encoding") == "" {
		p.Header.Set("Accept-Encoding", "gzip, deflate")
		if p.DisableCompression {
			p.Header.Set("Accept-Encoding", "identity")
		}
	}
	return nil
}

func badHeader(name string) error {
	return fault.Newf(fault.BundleValidation, "[header-characters] The header %.60q holds characters that cannot be sent.", name).
		WithField("headers").WithHint("[hint-header-clean] Take line breaks and other control characters out of its name and value.")
}

// httpRequest returns p as a request of net/http.
func (p *prepared) httpRequest(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, p.Method, "", bytes.NewReader(p.Body))
	if err != nil {
		return nil, badURL("[url-uncallable] The URL cannot be called.")
	}
	target := *p.url // it is parsed already
	req.URL, req.Host, req.Header = &target, target.Host, p.Header
	if p.Cookies != nil { // the client adds cookies to it
		req.Header = p.Header.Clone()
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	return req, nil
}
