// Package remote is the way of the commands to a server over the network.
//
// It exists so that everything that a command does beside a server it also does from afar, through the same API. It keeps the tokens
// of the servers that somebody has signed in to, sends each to its own server only, and not over a line that others can read.
package remote

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// Time limits of one request. A running execution is followed for longer, so there is none for the whole.
const (
	dialTime   = 10 * time.Second
	headerTime = 2 * time.Minute
)

// Server is a server that commands call, as whoever the token belongs to.
type Server struct {
	base      url.URL
	token     string
	transport http.RoundTripper
}

var _ http.RoundTripper = (*Server)(nil)

// New returns the server at an address such as https://ropeway.example.com. Over http it must be this machine.
func New(address, token string) (*Server, error) {
	base, err := ParseAddress(address)
	if err != nil {
		return nil, err
	}
	return &Server{base: *base, token: token, transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: dialTime,
		ResponseHeaderTimeout: headerTime, DialContext: (&net.Dialer{Timeout: dialTime}).DialContext, ForceAttemptHTTP2: true,
	}}, nil
}

// ParseAddress reads the address of a server.
func ParseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fault.Newf(fault.InvalidConfiguration, "%q is not the address of a server.", address).WithHint("write it as https://ropeway.example.com")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fault.Newf(fault.InvalidConfiguration, "The server %s would be called over a line that others can read.", u.Host).
			WithHint("use https, or a tunnel to this machine")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// RoundTrip sends a request, of which only the path counts, to the server. Redirects are not followed: the token is for this server
// only.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = s.base.Scheme, s.base.Host, s.base.Host
	sent.URL.Path = s.base.Path + sent.URL.Path
	sent.Close = false
	if sent.Header == nil {
		sent.Header = http.Header{}
	}
	if s.token != "" {
		sent.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := s.transport.RoundTrip(sent)
	if err != nil {
		return nil, fault.Wrap(fault.Connection, err, "The server "+s.base.Host+" cannot be reached: "+err.Error()+".").WithHint("see that it runs, and that its address is right")
	}
	return resp, nil
}
