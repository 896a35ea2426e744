package remote_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/remote"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	tests := []struct{ address, want string }{
		{"https://ropeway.example.com", "https://ropeway.example.com"},
		{"https://ropeway.example.com/", "https://ropeway.example.com"},
		{"https://example.com/ropeway/", "https://example.com/ropeway"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://localhost:8080", "http://localhost:8080"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://ropeway.example.com", ""},
		{"http://127.0.0.1.example.com", ""},
		{"ftp://example.com", ""},
		{"ropeway.example.com", ""},
		{"https://ann:secret@example.com", ""},
		{"https://example.com?x=1", ""},
		{"https://", ""},
		{"", ""},
	}
	for _, tc := range tests {
		u, err := remote.ParseAddress(tc.address)
		switch {
		case tc.want == "" && fault.KindOf(err) != fault.InvalidConfiguration:
			t.Errorf("%q: got %v, error %v; want a refusal", tc.address, u, err)
		case tc.want != "" && (err != nil || u.String() != tc.want):
			t.Errorf("%q: got %v, error %v; want %s", tc.address, u, err, tc.want)
		}
	}
}

func TestServerGetsItsToken(t *testing.T) {
	t.Parallel()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/below/api/v1/away" {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.URL.Path+" "+r.Header.Get("Authorization"))
	}))
	defer h.Close()
	s, err := remote.New(h.URL+"/below", "rw_secret")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://ropeway"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	if status, text := get("/api/v1/scenarios"); status != http.StatusOK || text != "/below/api/v1/scenarios Bearer rw_secret" {
		t.Errorf("got %d %s", status, text)
	}
	if status, _ := get("/api/v1/away"); status != http.StatusFound {
		t.Errorf("a redirect: got %d, want it as it is", status)
	}
	h.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://ropeway/x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := s.RoundTrip(req); fault.KindOf(err) != fault.Connection || strings.Contains(err.Error(), "rw_secret") {
		t.Errorf("got %v, error %v; want that it cannot be reached", resp, err)
	}
}

func TestTokensAreKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "settings")
	tokens := remote.TokensIn(dir)
	if _, ok, err := tokens.Get("https://a.example.com"); ok || err != nil {
		t.Errorf("before: got %t, %v", ok, err)
	}
	for address, token := range map[string]string{"https://a.example.com/": "rw_a", "https://b.example.com": "rw_b"} {
		if err := tokens.Put(address, remote.Known{Token: token, User: "ann"}); err != nil {
			t.Fatal(err)
		}
	}
	if k, ok, err := remote.TokensIn(dir).Get("https://a.example.com"); !ok || err != nil || k.Token != "rw_a" {
		t.Errorf("got %+v, %t, %v", k, ok, err)
	}
	info, err := os.Stat(filepath.Join(dir, "servers.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, error %v; others must not read it", info.Mode(), err)
	}
	if ok, err := tokens.Remove("https://a.example.com"); !ok || err != nil {
		t.Errorf("remove: %t, %v", ok, err)
	}
	if ok, err := tokens.Remove("https://a.example.com"); ok || err != nil {
		t.Errorf("remove again: %t, %v", ok, err)
	}
	if _, ok, _ := tokens.Get("https://b.example.com"); !ok {
		t.Error("the other server is gone too")
	}
	if err := os.WriteFile(filepath.Join(dir, "servers.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tokens.Get("https://b.example.com"); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("a file that is broken: got %v", err)
	}
	if err := tokens.Put("https://b.example.com", remote.Known{}); err == nil {
		t.Error("a file that is broken was written over")
	}
}
