package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/web"
)

func TestPages(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	web.Register(mux)
	for path, want := range map[string]string{
		"/": "<title>Ropeway", "/setup": `src="/assets/app.js"`, "/join": `id="form"`, "/reset": `id="form"`, "/sign-in": `id="form"`,
		"/assets/app.js": "'/setup'", "/assets/style.css": "prefers-color-scheme",
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d without %q", path, w.Code, want)
		}
		for name, part := range map[string]string{"Content-Security-Policy": "script-src 'self'", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if got := w.Header().Get(name); !strings.Contains(got, part) || strings.Contains(got, "unsafe") {
				t.Errorf("%s: %s is %q, want %q", path, name, got, part)
			}
		}
		if strings.HasSuffix(path, ".js") || strings.HasSuffix(path, ".css") {
			continue
		}
		if text := w.Body.String(); strings.Contains(text, " style=") || strings.Contains(text, " on") && strings.Contains(text, "onclick=") || strings.Contains(text, "<script>") {
			t.Errorf("%s: there is a script or style inside the page, which its policy forbids", path)
		}
	}
	for _, path := range []string{"/nothing", "/assets/", "/assets/../web.go", "/pages/index.html"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		if w.Code == http.StatusOK {
			t.Errorf("%s: got a page", path)
		}
	}
}
