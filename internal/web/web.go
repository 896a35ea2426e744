package web

import (
	"embed"
	"net/http"
)

//go:embed pages
var files embed.FS

// policy lets the pages load what is served beside them, and call the API; nothing else.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Register lets mux serve the pages. What they lead to is decided by the script, from the path.
func Register(mux *http.ServeMux) {
	for pattern, file := range map[string]string{
		"GET /{$}": "index.html", "GET /setup": "index.html", "GET /join": "index.html", "GET /reset": "index.html", "GET /sign-in": "index.html",
		"GET /assets/app.js": "app.js", "GET /assets/style.css": "style.css",
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", policy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("X-Frame-Options", "DENY")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, files, "pages/"+file)
		})
	}
}
