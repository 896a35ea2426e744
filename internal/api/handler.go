package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/ropeway/ropeway/internal/fault"
)

// Route is one thing that can be asked for. The table of all routes is what documents and checks of the interface are
// made from.
type Route struct {
	Method, Pattern string // pattern of http.ServeMux, behind Prefix
	Summary         string
	Query           []Parameter
	Takes           any   // zero value of the body, nil for none
	MaxBytes        int64 // of the body; 0 = MaxBodyBytes
	Gives           any   // zero value of the answer, nil for none
	Status          int   // of success; 0 = 200, or 204 without an answer
	handle          func(*call) (any, error)
}

// Parameter is a parameter of the query.
type Parameter struct{ Name, Help string }

// stream is an answer that writes itself.
type stream struct {
	contentType string
	write       func(w io.Writer) error
}

// revised is an answer that has a revision, which is told as its ETag.
type revised interface{ revision() int64 }

// Routes lists every route.
func Routes(s Services) []Route {
	var all []Route
	for _, part := range [][]Route{
		scenarioRoutes(s), versionRoutes(s), runningRoutes(s), executionRoutes(s), incompleteRoutes(s), webhookRoutes(s), queueRoutes(s),
		connectionRoutes(s), dataStoreRoutes(s), recordRoutes(s),
	} {
		all = append(all, part...)
	}
	return all
}

// New returns the handler of everything below Prefix. log gets the causes of failures that are not the caller's.
func New(s Services, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	for _, r := range Routes(s) {
		mux.Handle(r.Method+" "+Prefix+r.Pattern, r.handler(log))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { notRouted(mux, w, r) })
	return mux
}

// notRouted tells a path that there is not from a method that a path does not have.
func notRouted(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	allowed := ""
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			if allowed != "" {
				allowed += ", "
			}
			allowed += method
		}
	}
	if allowed != "" {
		w.Header().Set("Allow", allowed)
		writeProblem(w, refusal{http.StatusMethodNotAllowed, fault.Newf(fault.InvalidConfiguration, "This address cannot be called with %s.", r.Method).WithHint("it takes " + allowed)}, false)
		return
	}
	writeProblem(w, refusal{http.StatusNotFound, fault.New(fault.InvalidConfiguration, "There is nothing at this address.")}, false)
}

func (r Route) handler(log *slog.Logger) http.Handler {
	most := r.MaxBytes
	if most == 0 {
		most = MaxBodyBytes
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := &call{Request: req, route: &r}
		req.Body = http.MaxBytesReader(w, req.Body, most)
		result, err := c.serve()
		if err == nil {
			err = r.answer(w, result)
		}
		if err == nil {
			return
		}
		if status := statusOf(err, c.matched); status >= http.StatusInternalServerError {
			log.ErrorContext(req.Context(), "request failed", "method", req.Method, "route", r.Pattern, "error", err, "cause", causeOf(err))
		}
		writeProblem(w, err, c.matched)
	})
}

// answer writes the stream. One that fails on its way is cut off, so that nobody takes a part for the whole.
func (s stream) answer(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", s.contentType)
	counted := &countingWriter{ResponseWriter: w}
	err := s.write(counted)
	if err != nil && counted.bytes > 0 {
		panic(http.ErrAbortHandler) //nolint:forbidigo // the way in which net/http lets an answer be cut off
	}
	return err
}

// countingWriter knows whether anything was written.
type countingWriter struct {
	http.ResponseWriter
	bytes int
}

// Write passes p on.
func (w *countingWriter) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // else the answer would begin with it
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += n
	return n, err //nolint:wrapcheck // it stands in for the writer
}

// causeOf returns what lies behind a fault, which is not told to callers.
func causeOf(err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Cause != nil {
		return f.Cause.Error()
	}
	return ""
}

func (r Route) answer(w http.ResponseWriter, result any) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if s, ok := result.(stream); ok {
		return s.answer(w)
	}
	status := r.Status
	if result == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if status == 0 {
		status = http.StatusOK
	}
	if v, ok := result.(revised); ok {
		w.Header().Set("ETag", ETag(v.revision()))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(result) // the caller is gone; what was done is done
	return nil
}

func writeProblem(w http.ResponseWriter, err error, matched bool) {
	p := problemOf(err, matched)
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // the caller is gone
}

// ETag writes a revision as an entity tag.
func ETag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }
