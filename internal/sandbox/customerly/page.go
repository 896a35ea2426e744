package customerly

import (
	_ "embed" // the page's template and style
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

//go:embed page.html
var pageTemplate string

//go:embed page.css
var pageStyle string

// pagePolicy lets the page load its own style and nothing else; there is no script.
const pagePolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is the parsed template of the page for people.
type page struct {
	template *template.Template
}

func newPage() (*page, error) {
	parsed, err := template.New("page").Funcs(template.FuncMap{
		"clock": func(at time.Time) string { return at.UTC().Format(updateLayout) },
		"join":  func(words []string) string { return strings.Join(words, ", ") },
		"hide":  hideQuery,
	}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("parse page: %w", err)
	}
	return &page{parsed}, nil
}

// pageView is what the page shows.
type pageView struct {
	Stats      Stats
	Search     string
	Found      found
	Page       int
	Previous   string
	Next       string
	Tags       []tagCount
	Webhooks   []Webhook
	Events     []string
	Deliveries []Delivery
	Requests   []Request
	Planned    []PlannedFault
	Limit      RateLimit
	Problem    string
}

type tagCount struct {
	Name     string
	Contacts int
}

const deliveriesShown = 30

func (s *Server) pageHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.showPage)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write([]byte(pageStyle)) // the client may have gone
	})
	mux.HandleFunc("POST /page/touch", s.form(func(r *http.Request) error {
		_, err := s.Touch(r.PostFormValue("email"))
		return err
	}))
	mux.HandleFunc("POST /page/webhooks", s.form(func(r *http.Request) error {
		_, err := s.AddWebhook(strings.TrimSpace(r.PostFormValue("url")), r.PostForm["event"]...)
		return err
	}))
	mux.HandleFunc("POST /page/webhooks/remove", s.form(func(r *http.Request) error {
		return s.removeWebhook(number(r.PostFormValue("id")))
	}))
	mux.HandleFunc("POST /page/redeliver", s.form(func(r *http.Request) error {
		if _, ok := s.courier.redeliver(number(r.PostFormValue("id"))); !ok {
			return fmt.Errorf("the delivery or its webhook is gone")
		}
		return nil
	}))
	mux.HandleFunc("POST /page/faults", s.form(func(r *http.Request) error {
		return s.faults.plan(PlannedFault{
			Prefix: strings.TrimSpace(r.PostFormValue("prefix")), Fault: r.PostFormValue("fault"), Times: pageNumber(r.PostFormValue("times"), 1, 1_000_000),
		})
	}))
	mux.HandleFunc("POST /page/faults/clear", s.form(func(*http.Request) error {
		s.faults.clear()
		return nil
	}))
	return mux
}

// form runs the action of a form and goes back to the page, with the problem if there was one.
func (s *Server) form(do func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxContentBytes)
		err := r.ParseForm()
		if err == nil {
			err = do(r)
		}
		target := "/"
		if err != nil {
			target += "?problem=" + url.QueryEscape(err.Error())
		}
		http.Redirect(w, r, target, http.StatusSeeOther)
	}
}

func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	var body strings.Builder
	if err := s.page.template.Execute(&body, s.view(r.URL.Query())); err != nil {
		s.opts.Logger.ErrorContext(r.Context(), "page not shown", "error", err)
		http.Error(w, "The page could not be shown.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(body.String())) // the client may have gone
}

func (s *Server) view(query url.Values) pageView {
	number := pageNumber(query.Get("page"), 0, maxAdminPage)
	v := pageView{
		Stats: s.Stats(), Search: query.Get("search"), Page: number + 1, Tags: s.tagCounts(), Webhooks: s.webhooks(),
		Events: eventNames(), Deliveries: s.Deliveries(), Requests: s.Requests(), Problem: query.Get("problem"),
	}
	v.Found = s.search(v.Search, number, adminPerPage)
	v.Planned, v.Limit = s.faults.state()
	v.Deliveries = v.Deliveries[:min(len(v.Deliveries), deliveriesShown)]
	link := func(page int) string {
		return "/?" + url.Values{"search": {v.Search}, "page": {strconv.Itoa(page)}}.Encode()
	}
	if number > 0 {
		v.Previous = link(number - 1)
	}
	if v.Found.More {
		v.Next = link(number + 1)
	}
	return v
}

func (s *Server) tagCounts() []tagCount {
	s.store.mu.Lock() // sortedTags may have to collect the names
	defer s.store.mu.Unlock()
	counts := make([]tagCount, 0, len(s.store.tags))
	for _, name := range s.store.sortedTags() {
		counts = append(counts, tagCount{name, s.store.tags[name]})
	}
	return counts
}
