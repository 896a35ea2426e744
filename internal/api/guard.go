package api

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Limits on how slowly a request may arrive. A body that is larger may take longer.
const (
	bodyTime       = time.Minute
	bodyBytesMore  = 1 << 20 // for each of these in its Content-Length, a body may take bodyTimeMore longer
	bodyTimeMore   = 10 * time.Second
	bodyTimeAtMost = time.Hour
)

// GuardOptions are what Guard needs to know of the way that requests take.
type GuardOptions struct {
	Clock clock.Clock
	// PublicURL is where browsers find the server, when a proxy stands before it: "https://ropeway.example.com". "" is wherever the
	// request says.
	PublicURL string
	// Proxies are the addresses from which requests come that were forwarded: what these say of where a request came from is
	// believed, and nobody else is.
	Proxies []netip.Prefix
}

// Guard puts what protects people before a handler that browsers reach: headers that keep pages out of foreign frames and scripts out of
// pages, refusal of requests that a page of another site has sent with the cookie of its reader, and an end to bodies that arrive too
// slowly. PublicURL must be an origin.
func Guard(h http.Handler, o GuardOptions) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	if o.PublicURL != "" {
		if err := cross.AddTrustedOrigin(strings.TrimSuffix(o.PublicURL, "/")); err != nil {
			return nil, fault.Wrap(fault.InvalidConfiguration, err, "The public address "+o.PublicURL+" is not one such as https://ropeway.example.com.")
		}
	}
	secure := strings.HasPrefix(o.PublicURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = o.caller(r)
		protect(w.Header(), secure || r.TLS != nil)
		if r.Header.Get("Authorization") == "" { // whoever sends a token knows it; only cookies are sent by themselves
			if err := cross.Check(r); err != nil {
				writeProblem(w, refusal{http.StatusForbidden, fault.New(fault.InvalidAccessToken, "[other-site] The request comes from a page of another site.").
					WithHint("[hint-other-site] open Ropeway itself; behind a proxy, start it with --public-url")}, false)
				return
			}
		}
		if r.Body != nil && r.Body != http.NoBody {
			// Servers of tests have no deadlines; those of people do.
			_ = http.NewResponseController(w).SetReadDeadline(o.Clock.Now().Add(timeForBody(r.ContentLength)))
		}
		h.ServeHTTP(w, r)
	}), nil
}

// caller returns where a request comes from: the last address on its way that is no proxy of ours, without a port.
func (o *GuardOptions) caller(r *http.Request) string {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	at := peer.Addr().Unmap()
	way := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(way) - 1; i >= 0 && o.forwards(at); i-- {
		before, err := netip.ParseAddr(strings.TrimSpace(way[i]))
		if err != nil {
			break
		}
		at = before.Unmap()
	}
	return at.String()
}

func (o *GuardOptions) forwards(a netip.Addr) bool {
	return slices.ContainsFunc(o.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

func timeForBody(length int64) time.Duration {
	if length < 0 {
		return bodyTime
	}
	return min(bodyTime+time.Duration(length/bodyBytesMore)*bodyTimeMore, bodyTimeAtMost)
}

// protect sets the headers that no answer goes without.
func protect(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}
