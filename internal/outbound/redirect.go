package outbound

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// redirects decides about the redirects of one call.
type redirects struct {
	call *prepared
	// host is the one called last.
	host string
	// left is set once a redirect has led to another host; credentials stay
	// behind from there on, even if a later redirect leads back.
	left bool
	// followed lists the addresses called after the first, redacted.
	followed []string
}

// check is http.Client's CheckRedirect: next is the request about to be sent,
// via are those already sent.
func (r *redirects) check(next *http.Request, via []*http.Request) error {
	if !r.follows() {
		return http.ErrUseLastResponse
	}
	if len(via) > MaxRedirects {
		return fault.Newf(fault.Runtime, "[redirects] %s redirected more than %d times.", r.call.url.Hostname(), MaxRedirects).
			WithHint("[hint-circle] The service may send requests in a circle; check the URL.")
	}
	if err := checkURL(next.URL); err != nil {
		from := fault.From(err)
		return fault.Wrapf(from.Kind, err, "[redirect-address] A redirect led to an address that is not called: %v", from.WithField("")).WithHintOf(from)
	}
	next.Header.Del("Referer") // net/http puts the last URL there, query and all
	r.left = r.left || !sameOrigin(r.call.url, next.URL)
	if r.left {
		if err := r.dropCredentials(next); err != nil {
			return err
		}
	}
	r.host = next.URL.Hostname()
	r.followed = append(r.followed, r.call.redactor.URL(next.URL.String()))
	return nil
}

func (r *redirects) follows() bool {
	switch r.call.Redirects {
	case FollowAll:
		return true
	case FollowSafe:
		return r.call.Method == http.MethodGet || r.call.Method == http.MethodHead
	case FollowNone:
		return false
	}
	return false
}

// dropCredentials takes out of next whatever another host must not see. A body
// with a secret in it cannot be taken apart, so the call ends there.
func (r *redirects) dropCredentials(next *http.Request) error {
	for _, name := range append([]string{"Authorization", "Cookie", "Host"}, r.call.SensitiveHeaders...) {
		next.Header.Del(name)
	}
	next.Host = ""
	for name, values := range next.Header {
		if isSensitiveName(name) || r.call.redactor.found(strings.Join(values, "\n")) {
			next.Header.Del(name)
		}
	}
	if next.Body != nil && next.Body != http.NoBody && r.call.redactor.found(string(r.call.Body)) {
		return fault.Newf(fault.InvalidConfiguration, "[redirect-secret] %s redirected the request to %s, but its body holds a secret of the connection.",
			r.call.url.Hostname(), next.URL.Hostname()).
			WithHint("[hint-moved] If the service has moved, call its new address directly.")
	}
	return nil
}

// sameOrigin reports whether credentials for from may go to next: the same host
// and port, or the same host moving from http to https on their usual ports.
func sameOrigin(from, next *url.URL) bool {
	if normalHostname(from) != normalHostname(next) {
		return false
	}
	if from.Scheme == next.Scheme {
		return portOf(from) == portOf(next)
	}
	return from.Scheme == "http" && portOf(from) == "80" && portOf(next) == "443"
}

func normalHostname(u *url.URL) string {
	name, _, err := parseHost(u.Hostname())
	if err != nil {
		return u.Hostname()
	}
	return name
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
