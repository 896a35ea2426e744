package outbound

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// serve starts a server and a client that may call it.
func serve(tb testing.TB, handler http.HandlerFunc) (*httptest.Server, *Client) {
	tb.Helper()
	server := httptest.NewServer(handler)
	client := New(Options{Allow: []string{"loopback"}})
	tb.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return server, client
}

func TestDo(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", fmt.Sprintf("%s %s %s %s %q", r.Method, r.URL, r.Header.Get("X-A"), r.UserAgent(), r.Header["Connection"]))
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write(append([]byte("got "), body...))
	})
	resp, err := client.Do(t.Context(), Request{
		Method: "post", URL: server.URL + "/p?q=1#frag", Body: []byte("hello"),
		Header: http.Header{"X-A": {"1"}, "Connection": {"close"}, "Content-Length": {"99"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := `POST /p?q=1 1 Ropeway []`; resp.Header.Get("X-Seen") != want {
		t.Errorf("the server saw %q, want %q", resp.Header.Get("X-Seen"), want)
	}
	if resp.Status != http.StatusTeapot || string(resp.Body) != "got hello" || resp.FinalURL != server.URL+"/p?q=1" || !resp.Sent {
		t.Errorf("got %d %q %q sent %v", resp.Status, resp.Body, resp.FinalURL, resp.Sent)
	}
	record := resp.Record
	if record.Method != "POST" || record.Status != http.StatusTeapot || record.RequestBody.Text != "hello" || record.ResponseBody.Text != "got hello" || record.ResponseBody.Bytes != 9 {
		t.Errorf("record = %+v", record)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	client := New(Options{})
	tests := []struct {
		name string
		req  Request
	}{
		{"empty URL", Request{}},
		{"relative URL", Request{URL: "/users"}},
		{"no host", Request{URL: "http:///x"}},
		{"other scheme", Request{URL: "file:///etc/passwd"}},
		{"scheme in capitals is fine, port is not", Request{URL: "HTTP://a.example:0/"}},
		{"port too high", Request{URL: "http://a.example:65536/"}},
		{"line break in URL", Request{URL: "http://a.example/\r\nX: 1"}},
		{"URL too long", Request{URL: "http://a.example/" + strings.Repeat("a", MaxURLBytes)}},
		{"line break in method", Request{URL: "http://a.example/", Method: "GET\r\nX: 1"}},
		{"tunnel", Request{URL: "http://a.example/", Method: "CONNECT"}},
		{"line break in header value", Request{URL: "http://a.example/", Header: http.Header{"X": {"a\r\nB: c"}}}},
		{"space in header name", Request{URL: "http://a.example/", Header: http.Header{"X Y": {"a"}}}},
	}
	for _, tt := range tests {
		if _, err := client.Do(t.Context(), tt.req); fault.KindOf(err) != fault.BundleValidation {
			t.Errorf("%s: got %v (%s), want a BundleValidationError", tt.name, err, fault.KindOf(err))
		}
	}
	_, err := client.Do(t.Context(), Request{URL: "http://a.example/", Body: make([]byte, MaxRequestBytes+1)})
	if fault.KindOf(err) != fault.MaxFileSizeExceeded {
		t.Errorf("body over the limit: got %v, want a MaxFileSizeExceededError", err)
	}
}

func compressed(t *testing.T, encoding string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, _ = flate.NewWriter(&b, flate.BestCompression)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestResponseLimit(t *testing.T) {
	t.Parallel()
	const limit = 1000
	for _, encoding := range []string{"", "gzip", "zlib", "flate"} {
		for _, size := range []int{0, 1, limit, limit + 1, 100 * limit} {
			server, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				data := bytes.Repeat([]byte("a"), size)
				if encoding != "" {
					w.Header().Set("Content-Encoding", map[string]string{"gzip": "gzip", "zlib": "deflate", "flate": "deflate"}[encoding])
					data = compressed(t, encoding, data)
				}
				_, _ = w.Write(data)
			})
			resp, err := client.Do(t.Context(), Request{URL: server.URL, MaxResponseBytes: limit})
			if size > limit {
				if fault.KindOf(err) != fault.MaxFileSizeExceeded || resp.Body != nil || resp.Status != http.StatusOK {
					t.Errorf("%q %d bytes: got %v, want a MaxFileSizeExceededError", encoding, size, err)
				}
				continue
			}
			if err != nil || len(resp.Body) != size || resp.Header.Get("Content-Encoding") != "" {
				t.Errorf("%q %d bytes: got %d bytes, %v", encoding, size, len(resp.Body), err)
			}
		}
	}
}

func TestDamagedCompression(t *testing.T) {
	t.Parallel()
	good := compressed(t, "gzip", []byte(strings.Repeat("hello ", 100)))
	bad := bytes.Clone(good)
	bad[len(bad)-6] ^= 0xff // the checksum
	for name, data := range map[string][]byte{"not gzip": []byte("hello, this is text"), "checksum": bad, "deflate": {0x07, 0xff}} {
		server, client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", map[bool]string{true: "deflate", false: "gzip"}[name == "deflate"])
			_, _ = w.Write(data)
		})
		if _, err := client.Do(t.Context(), Request{URL: server.URL}); fault.KindOf(err) != fault.Data {
			t.Errorf("%s: got %v, want a DataError", name, err)
		}
		resp, err := client.Do(t.Context(), Request{URL: server.URL, DisableCompression: true})
		if err != nil || !bytes.Equal(resp.Body, data) {
			t.Errorf("%s, compression disabled: got %q, %v", name, resp.Body, err)
		}
	}
}

func TestTimeLimitAndCancel(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = w.Write([]byte("begin"))
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
	})
	for _, path := range []string{"/head", "/body"} {
		resp, err := client.Do(t.Context(), Request{URL: server.URL + path, Timeout: 30 * time.Millisecond})
		if fault.KindOf(err) != fault.ModuleTimeout || !resp.Sent {
			t.Errorf("%s: got %v, sent %v; want a ModuleTimeoutError of a request that was sent", path, err, resp.Sent)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	resp, err := client.Do(ctx, Request{URL: server.URL})
	if fault.KindOf(err) != fault.ExecutionInterrupted || !errors.Is(err, context.Canceled) || resp.Sent {
		t.Errorf("cancelled: got %v, sent %v; want an ExecutionInterruptedError that is context.Canceled", err, resp.Sent)
	}
}

func TestConnectionFaults(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	secure := serveTLS(t, http.NotFoundHandler())
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	for _, server := range []*httptest.Server{plain, broken} {
		t.Cleanup(server.Close)
	}
	client := New(Options{Allow: []string{"loopback"}, Resolver: resolverFunc(func(_ context.Context, host string) ([]netip.Addr, error) {
		switch host {
		case "other.test":
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		case "slow.test":
			return nil, &net.DNSError{Err: "timeout", Name: host, IsTimeout: true}
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	})})
	t.Cleanup(client.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}))
	tests := []struct{ name, url, ca, want string }{
		{"refused", gone.URL, "", "127.0.0.1 refused the connection."},
		{"name", "http://nowhere.test/", "", "The host name nowhere.test was not found."},
		{"name server", "http://slow.test/", "", "The host name slow.test could not be looked up."},
		{"authority", secure.URL, "", "The certificate of 127.0.0.1 is signed by an unknown authority."},
		{"other name", strings.Replace(secure.URL, "127.0.0.1", "other.test", 1), ca, "The certificate of other.test was issued for another name."},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), "", "127.0.0.1 does not speak TLS on this port."},
		{"broken off", broken.URL, "", "127.0.0.1 closed the connection before its answer was complete."},
	}
	for _, tt := range tests {
		_, err := client.Do(t.Context(), Request{URL: tt.url, CACertificate: tt.ca})
		if fault.KindOf(err) != fault.Connection || err.Error() != tt.want || fault.From(err).Hint == "" {
			t.Errorf("%s: got %q (%s), want %q", tt.name, err, fault.KindOf(err), tt.want)
		}
	}
}

func TestTLSOptions(t *testing.T) {
	t.Parallel()
	server := serveTLS(t, http.NotFoundHandler())
	client := New(Options{Allow: []string{"127.0.0.1"}})
	t.Cleanup(client.Close)
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	for name, req := range map[string]Request{"insecure": {InsecureSkipVerify: true}, "own authority": {CACertificate: ca}} {
		req.URL = server.URL
		if _, err := client.Do(t.Context(), req); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.Do(t.Context(), Request{URL: server.URL}); fault.KindOf(err) != fault.Connection {
		t.Errorf("after calls that trusted the server: got %v, want a ConnectionError", err)
	}
	for name, req := range map[string]Request{"CA": {CACertificate: "x"}, "key": {ClientCertificate: ca, ClientKey: "x"}} {
		req.URL = server.URL
		if _, err := client.Do(t.Context(), req); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("unreadable %s: got %v, want an InvalidConfigurationError", name, err)
		}
	}
}

// expired starts a TLS server whose certificate has expired, and returns the certificate as PEM.
func expired(t *testing.T) (*httptest.Server, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2020, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestExpiredCertificate(t *testing.T) {
	t.Parallel()
	server, ca := expired(t)
	client := New(Options{Allow: []string{"loopback"}})
	t.Cleanup(client.Close)
	resp, err := client.Do(t.Context(), Request{URL: server.URL, CACertificate: ca})
	if want := "The certificate of 127.0.0.1 has expired or is not valid yet."; err == nil || err.Error() != want || resp.Sent {
		t.Errorf("got %v, sent %v; want %q before anything was sent", err, resp.Sent, want)
	}
}

func TestHTTP2(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Proto) }))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := New(Options{Allow: []string{"loopback"}})
	t.Cleanup(client.Close)
	resp, err := client.Do(t.Context(), Request{URL: server.URL, InsecureSkipVerify: true})
	if err != nil || string(resp.Body) != "HTTP/2.0" {
		t.Errorf("got %q, %v, want HTTP/2.0", resp.Body, err)
	}
}

func TestTransportsAreBounded(t *testing.T) {
	t.Parallel()
	pool := newTransports(&dialer{guard: newGuard(nil)}, 0)
	first := &prepared{}
	kept, err := pool.get(first)
	if err != nil {
		t.Fatal(err)
	}
	server := serveTLS(t, http.NotFoundHandler())
	ca := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	for i := range 2 * maxTransports {
		if _, err := pool.get(&prepared{Request: Request{CACertificate: ca + strings.Repeat("\n", i)}}); err != nil {
			t.Fatal(err)
		}
		if again, _ := pool.get(first); again != kept {
			t.Fatalf("after %d others, a transport in use was dropped", i+1)
		}
	}
	if len(pool.byKey) != maxTransports {
		t.Errorf("%d transports are kept, want %d", len(pool.byKey), maxTransports)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.RemoteAddr) })
	var seen []string
	for range 3 {
		resp, err := client.Do(t.Context(), Request{URL: server.URL})
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(resp.Body))
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Errorf("three calls came from %v, want one connection", seen)
	}
}

func TestCookies(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "abc"})
		_, _ = io.WriteString(w, r.Header.Get("Cookie"))
	})
	jar := NewCookieJar()
	var seen []string
	for _, cookies := range []*CookieJar{jar, jar, nil, NewCookieJar()} {
		resp, err := client.Do(t.Context(), Request{URL: server.URL, Cookies: cookies})
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, string(resp.Body))
	}
	if diff := cmp.Diff([]string{"", "session=abc", "", ""}, seen); diff != "" {
		t.Errorf("cookies sent (-want +got):\n%s", diff)
	}
}

func TestRetryAfterFreezesTheBudget(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "600")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	t.Cleanup(server.Close)
	fake := clock.NewFake(time.Unix(1000, 0))
	client := New(Options{Allow: []string{"loopback"}, Clock: fake})
	t.Cleanup(client.Close)
	if resp, err := client.Do(t.Context(), Request{URL: server.URL, BudgetKey: "a"}); err != nil || resp.Status != http.StatusTooManyRequests {
		t.Fatalf("first call: %v", err)
	}
	_, err := client.Do(t.Context(), Request{URL: server.URL, BudgetKey: "a"})
	if fault.KindOf(err) != fault.RateLimit || fault.From(err).Delay != 600*time.Second {
		t.Errorf("second call: got %v with delay %s, want a RateLimitError with 10m0s", err, fault.From(err).Delay)
	}
	if _, err := client.Do(t.Context(), Request{URL: server.URL, BudgetKey: "b"}); err != nil {
		t.Errorf("another key: %v", err)
	}
	fake.Advance(600 * time.Second)
	if _, err := client.Do(t.Context(), Request{URL: server.URL, BudgetKey: "a"}); err != nil {
		t.Errorf("after the freeze: %v", err)
	}
}

func BenchmarkDo(b *testing.B) {
	server, client := serve(b, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"user_id":1,"email":"ada@example.com"}}`)
	})
	request := Request{URL: server.URL + "/v1/users", Header: http.Header{"Authorization": {"Bearer 0123456789abcdef"}}, Secrets: []string{"0123456789abcdef"}}
	viaClient := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			if _, err := client.Do(b.Context(), request); err != nil {
				b.Fatal(err)
			}
		}
	}
	bare := func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			resp, err := server.Client().Get(request.URL)
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
	}
	var perOp [2]float64
	for i, run := range []func(*testing.B){bare, viaClient} {
		b.Run([]string{"bare", "outbound"}[i], func(b *testing.B) {
			run(b)
			perOp[i] = float64(b.Elapsed()) / float64(b.N)
			if i == 1 && perOp[0] > 0 {
				b.ReportMetric(perOp[1]/perOp[0], "times-bare")
			}
		})
	}
}
