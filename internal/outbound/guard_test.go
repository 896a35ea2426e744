package outbound

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	tests := map[addressClass]string{
		classPublic:      "1.1.1.1 93.184.216.34 172.15.255.255 172.32.0.0 100.63.255.255 100.128.0.0 169.253.1.1 192.169.0.1 223.255.255.255 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808",
		classLoopback:    "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1",
		classPrivate:     "10.0.0.1 172.16.0.0 172.31.255.255 192.168.1.1 100.64.0.0 100.127.255.255 fc00::1 fdff::1 ::ffff:10.1.2.3 64:ff9b::a00:1",
		classLinkLocal:   "169.254.0.1 fe80::1 febf::1 fec0::1",
		classMetadata:    "169.254.169.254 fd00:ec2::254 100.100.100.200 168.63.129.16 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe",
		classMulticast:   "224.0.0.1 239.255.255.255 ff02::1",
		classUnspecified: "0.0.0.0 0.1.2.3 ::",
		classReserved: "192.0.2.1 198.51.100.7 203.0.113.9 198.18.0.1 198.19.255.255 192.0.0.8 192.88.99.1 240.0.0.1 255.255.255.255 " +
			"2001:db8::1 3fff::1 2001::7f00:1 2001:2::1 2002:7f00:1::1 2002:808:808::1 64:ff9b:1::1 100::1 ::7f00:1 4000::1",
	}
	g := newGuard(nil)
	for want, list := range tests {
		for _, text := range strings.Fields(list) {
			if got := g.classify(netip.MustParseAddr(text)); got != want {
				t.Errorf("classify(%s) = %q, want %q", text, got, want)
			}
		}
	}
}

func TestGuardAllow(t *testing.T) {
	t.Parallel()
	tests := []struct {
		allow string // comma separated
		host  string
		addr  string
		open  bool
	}{
		{"", "example.com", "93.184.216.34:443", true},
		{"", "example.com", "127.0.0.1:80", false},
		{"loopback", "example.com", "127.0.0.1:80", true},
		{"loopback", "example.com", "10.0.0.1:80", false},
		{"private", "example.com", "10.0.0.1:80", true},
		{"private", "example.com", "[fd00::1]:80", true},
		{"private", "example.com", "127.0.0.1:80", false},
		{"private", "example.com", "100.100.100.200:80", false},
		{"crm.corp", "crm.corp", "10.0.0.1:80", true},
		{"CRM.corp.", "crm.corp", "10.0.0.1:80", true},
		{"crm.corp", "evil.example", "10.0.0.1:80", false},
		{"crm.corp", "sub.crm.corp", "10.0.0.1:80", false},
		{"crm.corp", "crm.corp", "169.254.169.254:80", false},
		{"crm.corp", "crm.corp", "0.0.0.0:80", false},
		{"crm.corp:8080", "crm.corp", "10.0.0.1:8080", true},
		{"crm.corp:8080", "crm.corp", "10.0.0.1:80", false},
		{"10.0.0.1", "10.0.0.1", "10.0.0.1:80", true},
		{"10.0.0.1", "10.0.0.2", "10.0.0.2:80", false},
		{"10.0.0.1:99", "10.0.0.1", "10.0.0.1:99", true},
		{"10.0.0.1:99", "10.0.0.1", "10.0.0.1:80", false},
		{"::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1:80", true},
		{"[::1]:99", "::1", "[::1]:99", true},
		{"[::1]:99", "::1", "[::1]:98", false},
		{"10.1.0.0/16", "x.example", "10.1.255.255:80", true},
		{"10.1.0.0/16", "x.example", "10.2.0.0:80", false},
		{"169.254.169.254", "169.254.169.254", "169.254.169.254:80", true},
		{"not a host,loopback", "x", "127.0.0.1:1", true},
	}
	for _, tt := range tests {
		err := newGuard(strings.Split(tt.allow, ",")).check(tt.host, netip.MustParseAddrPort(tt.addr))
		if open := err == nil; open != tt.open {
			t.Errorf("allow %q: check(%s, %s) = %v, want open %v", tt.allow, tt.host, tt.addr, err, tt.open)
		}
		if err != nil && (fault.KindOf(err) != fault.InvalidConfiguration || fault.From(err).Hint == "") {
			t.Errorf("allow %q: refusal %q of kind %s, hint %q; want InvalidConfiguration with a hint", tt.allow, err, fault.KindOf(err), fault.From(err).Hint)
		}
	}
}

func TestCheckAllow(t *testing.T) {
	t.Parallel()
	good := []string{"loopback", "Private", "a.example", "a_b", "a.example:80", "10.0.0.1", "10.0.0.0/8", "[::1]:80", "::1", "fd00::/8"}
	if err := CheckAllow(good); err != nil {
		t.Errorf("CheckAllow(%q) = %v, want nil", good, err)
	}
	for _, bad := range []string{"", "a b", "a:b", "a:0", "a:65536", "0x7f.1", "10.0.0.0/33", "http://a/", "*"} {
		if err := CheckAllow([]string{bad}); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("CheckAllow(%q) = %v, want an InvalidConfigurationError", bad, err)
		}
	}
}

func TestNumericHostsAreRefused(t *testing.T) {
	t.Parallel()
	client := New(Options{Resolver: resolverFunc(func(context.Context, string) ([]netip.Addr, error) {
		t.Error("the resolver was asked for a numeric host")
		return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
	})})
	for _, host := range []string{
		"127.0.0.1", "0x7f.1", "0x7f000001", "017700000001", "2130706433", "127.1", "127.0.1", "0177.0.0.1", "127.0.0.01",
		"１２７.0.0.1", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "0.0.0.0", "[::]", "[fe80::1%25eth0]",
		"1.2.3.4.5", "a.0x", "a.1", "169.254.169.254", "[64:ff9b::a9fe:a9fe]",
	} {
		_, err := client.Do(t.Context(), Request{URL: "http://" + host + "/"})
		if fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("Do(http://%s/): got %v (%s), want an InvalidConfigurationError", host, err, fault.KindOf(err))
		}
	}
}

// resolverFunc answers look-ups from a function.
type resolverFunc func(ctx context.Context, host string) ([]netip.Addr, error)

func (f resolverFunc) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	return f(ctx, host)
}

func TestRebindingCannotPass(t *testing.T) {
	t.Parallel()
	var hits, lookups atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	// Every look-up gives one more address than the guard could have approved.
	client := New(Options{Allow: []string{"127.0.0.9"}, Resolver: resolverFunc(func(context.Context, string) ([]netip.Addr, error) {
		if lookups.Add(1) == 1 {
			return []netip.Addr{netip.MustParseAddr("127.0.0.9")}, nil // allowed, nobody listens
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	})})
	defer client.Close()
	_, err := client.Do(t.Context(), Request{URL: "http://rebind.example:" + port})
	if fault.KindOf(err) != fault.Connection || lookups.Load() != 1 {
		t.Errorf("first call: got %v after %d look-ups, want a ConnectionError after 1", err, lookups.Load())
	}
	_, err = client.Do(t.Context(), Request{URL: "http://rebind.example:" + port})
	if fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("second call: got %v, want an InvalidConfigurationError", err)
	}
	if hits.Load() != 0 {
		t.Errorf("the server inside was called %d times, want 0", hits.Load())
	}
}

func TestOneRefusedAddressRefusesTheHost(t *testing.T) {
	t.Parallel()
	client := New(Options{Resolver: resolverFunc(func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("93.184.216.34"), netip.MustParseAddr("::ffff:10.0.0.1")}, nil
	})})
	resp, err := client.Do(t.Context(), Request{URL: "http://mixed.example/"})
	if fault.KindOf(err) != fault.InvalidConfiguration || resp.Sent {
		t.Errorf("got %v, sent %v; want an InvalidConfigurationError before anything was sent", err, resp.Sent)
	}
}

func TestDialCheckedRefusesAnotherAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	port := netip.MustParseAddrPort(listener.Addr().String()).Port()
	// The system connects 0.0.0.0 to loopback; the control function sees what is dialled.
	d := dialer{guard: newGuard(nil), resolver: net.DefaultResolver}
	if conn, err := d.dial(t.Context(), "tcp", netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()); err == nil {
		conn.Close()
		t.Error("dial of 0.0.0.0 succeeded, want it refused")
	}
}

func FuzzGuardURL(f *testing.F) {
	for _, seed := range []string{
		"http://127.0.0.1/", "http://0x7f.1/", "https://user:pw@[::ffff:127.0.0.1]:80/", "http://127.0.0.1#@example.com/",
		"http://example.com\\@127.0.0.1/", "http://①②⑦.⓪.⓪.①/", "ftp://a/", "http://a:99999/", "//a", "http://[::1%25lo]/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		// The resolver gives loopback for every name, so nothing may ever be dialled.
		var dialled bool
		d := &dialer{guard: newGuard(nil), resolver: resolverFunc(func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		})}
		p, err := prepare(Request{URL: raw}, "test")
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.BundleValidation && kind != fault.InvalidConfiguration {
				t.Fatalf("prepare(%q): %v of kind %s", raw, err, kind)
			}
			return
		}
		if p.url.User != nil || p.url.Scheme != "http" && p.url.Scheme != "https" {
			t.Fatalf("prepare(%q) let %v through", raw, p.url)
		}
		again, err := url.Parse(p.url.String())
		if err != nil || again.Host != p.url.Host {
			t.Fatalf("prepare(%q): %q reads back as %v, %v", raw, p.url.String(), again, err)
		}
		host, targets, err := d.targets(t.Context(), net.JoinHostPort(p.url.Hostname(), portOf(p.url)))
		if err != nil {
			t.Fatalf("prepare(%q) let %q through, which the dialer refuses: %v", raw, p.url.Host, err)
		}
		for _, target := range targets {
			class := d.guard.classify(target.Addr())
			if dialled = d.guard.check(host, target) == nil; dialled && class != classPublic {
				t.Fatalf("%q would dial %s, which is %s", raw, target, class)
			}
		}
	})
}
