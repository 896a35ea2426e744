package outbound

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestRedirectPolicies(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/end" {
			body, _ := io.ReadAll(r.Body)
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, body)
			return
		}
		var status int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &status)
		http.Redirect(w, r, "/end", status)
	})
	tests := []struct {
		policy RedirectPolicy
		method string
		status int
		want   string // the answer of /end, "" where the redirect itself comes back
	}{
		{FollowSafe, "GET", 302, "GET "},
		{FollowSafe, "GET", 307, "GET "},
		{FollowSafe, "POST", 302, ""},
		{FollowSafe, "POST", 307, ""},
		{FollowAll, "POST", 303, "GET "},
		{FollowAll, "POST", 302, "GET "},
		{FollowAll, "POST", 307, "POST body"},
		{FollowAll, "PUT", 308, "PUT body"},
		{FollowNone, "GET", 302, ""},
		{FollowNone, "POST", 308, ""},
	}
	for _, tt := range tests {
		request := Request{Method: tt.method, URL: fmt.Sprintf("%s/%d", server.URL, tt.status), Redirects: tt.policy}
		if tt.method != "GET" {
			request.Body = []byte("body")
		}
		resp, err := client.Do(t.Context(), request)
		if err != nil {
			t.Errorf("%+v: %v", tt, err)
			continue
		}
		if tt.want == "" && resp.Status != tt.status || tt.want != "" && string(resp.Body) != tt.want {
			t.Errorf("%+v: got %d %q", tt, resp.Status, resp.Body)
		}
		if tt.want != "" && (resp.FinalURL != server.URL+"/end" || len(resp.Record.Redirects) != 1) {
			t.Errorf("%+v: final URL %q, redirects %v", tt, resp.FinalURL, resp.Record.Redirects)
		}
	}
}

func TestRedirectCount(t *testing.T) {
	t.Parallel()
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var left int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &left)
		if left > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d", left-1), http.StatusFound)
		}
	})
	if _, err := client.Do(t.Context(), Request{URL: fmt.Sprintf("%s/%d", server.URL, MaxRedirects)}); err != nil {
		t.Errorf("%d redirects: %v", MaxRedirects, err)
	}
	if _, err := client.Do(t.Context(), Request{URL: fmt.Sprintf("%s/%d", server.URL, MaxRedirects+1)}); fault.KindOf(err) != fault.Runtime {
		t.Errorf("%d redirects: got %v, want a RuntimeError", MaxRedirects+1, err)
	}
}

func TestRedirectIsGuarded(t *testing.T) {
	t.Parallel()
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the server inside was called") }))
	t.Cleanup(inside.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(server.Close)
	client := New(Options{Allow: []string{server.Listener.Addr().String()}})
	t.Cleanup(client.Close)
	for to, want := range map[string]fault.Kind{
		inside.URL:                         fault.InvalidConfiguration,
		"http://169.254.169.254/latest":    fault.InvalidConfiguration,
		"http://0x7f.1/":                   fault.InvalidConfiguration,
		"//[::ffff:127.0.0.1]:1/":          fault.InvalidConfiguration,
		"file:///etc/passwd":               fault.BundleValidation,
		"gopher://" + inside.URL[7:] + "/": fault.BundleValidation,
	} {
		_, err := client.Do(t.Context(), Request{URL: server.URL + "/?to=" + to})
		if fault.KindOf(err) != want {
			t.Errorf("redirect to %s: got %v (%s), want %s", to, err, fault.KindOf(err), want)
		}
	}
}

func TestCredentialsStayBehind(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t/value"
	seen := make(chan http.Header, 4)
	var first *httptest.Server
	second := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		if r.URL.Path == "/back" {
			http.Redirect(w, r, first.URL+"/end", http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(second.Close)
	first = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/other", "/back":
			http.Redirect(w, r, second.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	}))
	t.Cleanup(first.Close)
	client := New(Options{Allow: []string{"loopback"}})
	t.Cleanup(client.Close)
	request := Request{
		Secrets: []string{secret}, SensitiveHeaders: []string{"X-Tenant"}, Redirects: FollowAll,
		Header: http.Header{
			"Authorization": {"Bearer " + secret}, "Cookie": {"a=b"}, "X-Tenant": {"t"},
			"X-Odd": {"v=s3cr3t%2Fvalue"}, "X-Api-Key": {"k"}, "Accept": {"x/y"},
		},
	}
	tests := []struct {
		path string
		want []int // how many of the six headers each request carried
	}{
		{"/same", []int{6, 6}},
		{"/other", []int{6, 1}},
		{"/back", []int{6, 1, 1}},
	}
	for _, tt := range tests {
		request.URL = first.URL + tt.path + "?key=" + secret
		if _, err := client.Do(t.Context(), request); err != nil {
			t.Fatalf("%s: %v", tt.path, err)
		}
		var got []int
		for range tt.want {
			header, count := <-seen, 0
			for name := range request.Header {
				if header.Get(name) != "" {
					count++
				}
			}
			got = append(got, count)
			if referer := header.Get("Referer"); referer != "" {
				t.Errorf("%s: Referer %q was sent, want none", tt.path, referer)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: number of headers sent (-want +got):\n%s", tt.path, diff)
		}
	}
	request.Method, request.URL, request.Body = "POST", first.URL+"/other", []byte(`{"key":"s3cr3t\/value"}`)
	if _, err := client.Do(t.Context(), request); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("body with a secret to another host: got %v, want an InvalidConfigurationError", err)
	}
	if len(<-seen) == 0 || len(seen) != 0 {
		t.Errorf("the other host was called with the secret in the body")
	}
}
