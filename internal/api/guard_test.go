package api

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

func guarded(t *testing.T, o GuardOptions, h http.HandlerFunc) http.Handler {
	t.Helper()
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	g, err := Guard(h, o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGuardKeepsOtherSitesOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method string
		header       map[string]string
		public       string
		want         int
	}{
		{"a page of ours", "POST", map[string]string{"Sec-Fetch-Site": "same-origin"}, "", 200},
		{"a page of another site", "POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, "", 403},
		{"a page of another host of the domain", "POST", map[string]string{"Sec-Fetch-Site": "same-site"}, "", 403},
		{"an old browser on our page", "POST", map[string]string{"Origin": "http://ropeway.test"}, "", 200},
		{"an old browser on another page", "POST", map[string]string{"Origin": "http://evil.test"}, "", 403},
		{"a page without origin", "POST", map[string]string{"Origin": "null"}, "", 403},
		{"a program", "POST", nil, "", 200},
		{"another site that only looks", "GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, "", 200},
		{"another site that deletes", "DELETE", map[string]string{"Sec-Fetch-Site": "cross-site"}, "", 403},
		{"a token is not sent by itself", "POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Authorization": "Bearer rw_x"}, "", 200},
		{"our page behind a proxy", "POST", map[string]string{"Origin": "https://ropeway.example.com"}, "https://ropeway.example.com/", 200},
		{"another page behind a proxy", "POST", map[string]string{"Origin": "https://evil.example.com"}, "https://ropeway.example.com", 403},
	}
	for _, tc := range tests {
		h := guarded(t, GuardOptions{PublicURL: tc.public}, func(http.ResponseWriter, *http.Request) {})
		r := httptest.NewRequest(tc.method, "http://ropeway.test/api/v1/x", http.NoBody)
		for name, v := range tc.header {
			r.Header.Set(name, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, w.Code, tc.want)
		}
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q, want %q", tc.name, name, got, want)
			}
		}
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != strings.HasPrefix(tc.public, "https:") {
			t.Errorf("%s: Strict-Transport-Security is there: %t", tc.name, got)
		}
	}
	for _, address := range []string{"ropeway.example.com", "https://a.example.com/path", "::"} {
		if _, err := Guard(http.NotFoundHandler(), GuardOptions{PublicURL: address}); err == nil {
			t.Errorf("the public address %s was taken", address)
		}
	}
}

func TestGuardKnowsWhereCallsComeFrom(t *testing.T) {
	t.Parallel()
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	tests := []struct{ name, peer, forwarded, want string }{
		{"straight", "192.0.2.7:1234", "", "192.0.2.7"},
		{"straight, and lying", "192.0.2.7:1234", "198.51.100.1", "192.0.2.7"},
		{"through a proxy", "10.1.2.3:80", "198.51.100.1", "198.51.100.1"},
		{"through two", "10.1.2.3:80", "198.51.100.1, 10.9.9.9", "198.51.100.1"},
		{"through one, and lying before it", "10.1.2.3:80", "203.0.113.5, 198.51.100.1", "198.51.100.1"},
		{"a proxy that says nothing", "10.1.2.3:80", "", "10.1.2.3"},
		{"a proxy that says nonsense", "10.1.2.3:80", "203.0.113.5, me", "10.1.2.3"},
		{"a proxy on IPv6", "[::1]:80", "2001:db8::7", "2001:db8::7"},
		{"IPv4 in IPv6", "[::ffff:10.1.2.3]:80", "198.51.100.1", "198.51.100.1"},
	}
	for _, tc := range tests {
		got := ""
		h := guarded(t, GuardOptions{Proxies: proxies}, func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = tc.peer
		if tc.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tc.forwarded)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestSlowBodiesAreCutOff sends half a body and waits: the clock of the guard stands so far back that its deadline has passed.
func TestSlowBodiesAreCutOff(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	late := clock.NewFake(time.Now().Add(-bodyTimeAtMost - time.Hour))
	s := httptest.NewServer(guarded(t, GuardOptions{Clock: late}, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err == nil {
		t.Error("a body that does not come was waited for")
	}
}
