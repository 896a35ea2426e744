package web

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func application() fstest.MapFS {
	return fstest.MapFS{
		"index.html":            {Data: []byte("the page")},
		"placeholder.html":      {Data: []byte("not built")},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"assets/app-1a2b.js":    {Data: []byte("the script")},
		"assets/app-1a2b.js.gz": {Data: []byte("the script, small")},
	}
}

func get(t *testing.T, files fstest.MapFS, method, target, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	serving(files).ServeHTTP(w, r)
	answer := w.Result()
	t.Cleanup(func() { _ = answer.Body.Close() })
	if got := answer.Header.Get("Content-Security-Policy"); got != policy {
		t.Errorf("%s has the policy %q, want %q", target, got, policy)
	}
	return answer
}

func TestServesTheApplication(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target, encoding string
		status                         int
		cache, media, contentEncoding  string
	}{
		{"the first page", "GET", "/", "", 200, asked, "text/html; charset=utf-8", ""},
		{"a page", "GET", "/scenarios/7", "gzip", 200, asked, "text/html; charset=utf-8", ""},
		{"a page, by HEAD", "HEAD", "/sign-in?sso=refused", "", 200, asked, "text/html; charset=utf-8", ""},
		{"a script", "GET", "/assets/app-1a2b.js", "br", 200, kept, "text/javascript; charset=utf-8", ""},
		{"a script, compressed", "GET", "/assets/app-1a2b.js", "gzip, br", 200, kept, "text/javascript; charset=utf-8", "gzip"},
		{"the icon", "GET", "/favicon.svg", "", 200, asked, "image/svg+xml", ""},
		{"no such page", "GET", "/nowhere", "", 404, "", "text/plain; charset=utf-8", ""},
		{"no such page below one", "GET", "/scenarios/7/8", "", 404, "", "text/plain; charset=utf-8", ""},
		{"no such asset", "GET", "/assets/other.js", "", 404, "", "text/plain; charset=utf-8", ""},
		{"the compressed file itself", "GET", "/assets/app-1a2b.js.gz", "", 404, "", "text/plain; charset=utf-8", ""},
		{"out of the folder", "GET", "/assets/..%2Findex.html", "", 404, "", "text/plain; charset=utf-8", ""},
		{"a form sent to a page", "POST", "/sign-in", "", 405, "", "text/plain; charset=utf-8", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answer := get(t, application(), tt.method, tt.target, tt.encoding)
			got := []string{answer.Header.Get("Cache-Control"), answer.Header.Get("Content-Type"), answer.Header.Get("Content-Encoding")}
			if want := []string{tt.cache, tt.media, tt.contentEncoding}; answer.StatusCode != tt.status || !slices.Equal(got, want) {
				t.Errorf("got %d %q, want %d %q", answer.StatusCode, got, tt.status, want)
			}
		})
	}
}

func TestSaysThatItWasNotBuilt(t *testing.T) {
	t.Parallel()
	files := application()
	delete(files, "index.html")
	if answer := get(t, files, "GET", "/scenarios", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %d, want 503", answer.StatusCode)
	}
}

// TestEmbedsAPage holds for a binary with the application and for one without.
func TestEmbedsAPage(t *testing.T) {
	t.Parallel()
	h, err := Handler()
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if !strings.Contains(w.Body.String(), "<title>Ropeway</title>") {
		t.Errorf("got %d %q, want a page of Ropeway", w.Code, w.Body)
	}
}

// TestKnowsThePagesOfTheApplication keeps the addresses that are served and those that the application has together.
func TestKnowsThePagesOfTheApplication(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../web/src/app/routes.ts")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range regexp.MustCompile(`path: '([^']+)'`).FindAllStringSubmatch(string(source), -1) {
		pattern := regexp.MustCompile(`:(\w+)`).ReplaceAllString(m[1], "{$1}")
		if pattern == "/" {
			pattern = "/{$}"
		}
		want = append(want, pattern)
	}
	got := pages()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the server knows %q, the application %q", got, want)
	}
}
