package outbound

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestHTTPClientIsGuarded(t *testing.T) {
	t.Parallel()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/most":
			_, _ = io.WriteString(w, strings.Repeat("x", MaxPlainBytes))
		case "/more":
			_, _ = io.WriteString(w, strings.Repeat("x", MaxPlainBytes+1))
		default:
			http.Redirect(w, r, "/most", http.StatusFound)
		}
	}))
	defer h.Close()
	get := func(allow []string, path string) (status, size int, err error) {
		c := New(Options{Allow: allow})
		defer c.Close()
		plain, err := c.HTTPClient()
		if err != nil {
			return 0, 0, err
		}
		resp, err := plain.Get(h.URL + path)
		if err != nil {
			return 0, 0, err
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, len(body), err
	}
	if _, _, err := get(nil, "/most"); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("a private address: got %v, want that it is refused", err)
	}
	if status, size, err := get([]string{"loopback"}, "/most"); status != 200 || size != MaxPlainBytes || err != nil {
		t.Errorf("the longest answer: got %d with %d bytes (%v)", status, size, err)
	}
	if _, size, err := get([]string{"loopback"}, "/more"); size != MaxPlainBytes || fault.KindOf(err) != fault.MaxFileSizeExceeded {
		t.Errorf("one byte more: got %d bytes (%v), want that it ends with an error", size, err)
	}
	if status, _, err := get([]string{"loopback"}, "/away"); status != http.StatusFound || err != nil {
		t.Errorf("a redirect: got %d (%v), want that it is not followed", status, err)
	}
}
