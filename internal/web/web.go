package web

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// built is the application as Vite has built it, or the placeholder alone where it was not built.
//
//go:embed all:dist
var built embed.FS

// policy lets pages load our own files and nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const (
	page        = "index.html"
	placeholder = "placeholder.html"
	assets      = "assets"
	// kept is for files whose names change with their content.
	kept = "public, max-age=31536000, immutable"
	// asked has browsers ask each time, so that a new version is seen at once.
	asked = "no-cache"
)

// pages are the addresses of the application. The test compares them with those in web/src/app/routes.ts.
func pages() []string {
	return []string{
		"/{$}", "/setup", "/sign-in", "/join", "/reset", "/email", "/scenarios", "/scenarios/new", "/scenarios/{id}", "/templates", "/history",
		"/history/compare", "/history/{id}", "/incomplete", "/incomplete/{id}", "/connections", "/webhooks", "/webhooks/{id}", "/datastores",
		"/datastores/{id}", "/apps", "/apps/{app}", "/organization", "/audit", "/server", "/account",
	}
}

// Handler serves the application that is embedded.
func Handler() (http.Handler, error) {
	files, err := fs.Sub(built, "dist")
	if err != nil {
		return nil, fmt.Errorf("read the embedded web application: %w", err)
	}
	return serving(files), nil
}

// serving serves the application whose files are given.
func serving(files fs.FS) http.Handler {
	mux := http.NewServeMux()
	app := site{files}
	for _, pattern := range pages() {
		mux.HandleFunc("GET "+pattern, app.page)
	}
	mux.HandleFunc("GET /"+assets+"/{name}", app.asset)
	mux.HandleFunc("GET /favicon.svg", app.icon)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	})
}

type site struct{ files fs.FS }

// page answers with the one page of the application, or says that it was not built.
func (s site) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", asked)
	if s.send(w, r, page, http.StatusOK) {
		return
	}
	if !s.send(w, r, placeholder, http.StatusServiceUnavailable) {
		http.NotFound(w, r)
	}
}

func (s site) asset(w http.ResponseWriter, r *http.Request) {
	name := path.Join(assets, path.Base(r.PathValue("name")))
	w.Header().Set("Cache-Control", kept)
	if strings.HasSuffix(name, ".gz") || !s.send(w, r, name, http.StatusOK) {
		w.Header().Del("Cache-Control")
		http.NotFound(w, r)
	}
}

func (s site) icon(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", asked)
	if !s.send(w, r, "favicon.svg", http.StatusOK) {
		http.NotFound(w, r)
	}
}

// send writes a file, compressed where it was compressed when it was built and the browser takes it. It reports whether there is one.
func (s site) send(w http.ResponseWriter, r *http.Request, name string, status int) bool {
	data, err := fs.ReadFile(s.files, name)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", mediaType(name))
	small, err := fs.ReadFile(s.files, name+".gz")
	if !errors.Is(err, fs.ErrNotExist) {
		h.Add("Vary", "Accept-Encoding")
	}
	if err == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		data = small
	}
	w.WriteHeader(status)
	_, _ = w.Write(data) //nolint:gosec // an embedded file, whose name the request only chooses; an error means that the browser is gone
	return true
}

// mediaType does not ask the machine, whose table may differ.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".woff2":
		return "font/woff2"
	}
	return "application/octet-stream"
}
