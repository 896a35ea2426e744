package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"path"
	"slices"
	"strconv"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Route is one thing that can be asked for. The table of all routes is what documents and checks of the interface are
// made from.
type Route struct {
	Method, Pattern string // pattern of http.ServeMux, behind Prefix
	Name            string // of the operation: "scenario.start"
	Summary         string
	Needs           access.Right // what the caller must be allowed
	Of              Kind         // whose thing the path names, for that right
	ReadOnly        bool         // it changes nothing although its method could
	Noted           bool         // it only reads, and stands in the audit log all the same
	Streams         bool         // its answer is a stream of server-sent events, of which Gives is the first kind
	Query           []Parameter
	Takes           any    // zero value of the body, nil for none
	MaxBytes        int64  // of the body; 0 = MaxBodyBytes
	Gives           any    // zero value of the answer, nil for none
	Status          int    // of success; 0 = 200, or 204 without an answer
	Matches         bool   // it takes If-Match: the revision that it changes; every PATCH that gives something does
	Media           string // media type of an answer that is a file of its own form; "" = JSON
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
		scenarioRoutes(s), shelfRoutes(s), versionRoutes(s), runningRoutes(s), startRoutes(s), executionRoutes(s), executionChangeRoutes(s),
		incompleteRoutes(s),
		statisticsRoutes(s), webhookRoutes(s), addressRoutes(s), queueRoutes(s),
		connectionRoutes(s), dataStoreRoutes(s), recordRoutes(s), organizationRoutes(s), teamRoutes(s), auditRoutes(s), documentRoutes(),
		appRoutes(s), templateRoutes(s), workbenchRoutes(s), sampleRoutes(s), eventRoutes(s), storageRoutes(s), serverRoutes(s),
		callerRoutes(s.Owners), signInRoutes(s), ssoRoutes(s), meRoutes(s), twoFactorRoutes(s), tokenRoutes(s), invitationRoutes(s), memberRoutes(s), userRoutes(s),
	} {
		all = append(all, part...)
	}
	return all
}

// Options are what New needs beside the services.
type Options struct {
	Auth  Authenticator
	Clock clock.Clock // nil is the machine's
	// Secure says that browsers reach the server by TLS, also where a proxy ends it.
	Secure bool
	Ledger Ledger
	Log    *slog.Logger // gets the causes of failures that are not the caller's
}

// server answers the calls of all routes.
type server struct {
	owners Owners
	auth   Authenticator
	clock  clock.Clock
	secure bool // cookies go over TLS only
	deeds  *deeds
	log    *slog.Logger
}

// New returns the handler of everything below Prefix.
func New(s Services, o Options) http.Handler {
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	srv := &server{owners: s.Owners, auth: o.Auth, clock: o.Clock, secure: o.Secure, log: o.Log}
	srv.deeds = &deeds{services: s, ledger: o.Ledger, clock: o.Clock, log: o.Log, under: map[string]bool{}}
	mux := http.NewServeMux()
	for _, r := range Routes(s) {
		mux.Handle(r.Method+" "+Prefix+r.Pattern, srv.handler(&r))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { notRouted(mux, w, r) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path.Clean(r.URL.Path) { // the mux would lead to another address, which may be of another thing
			writeProblem(w, errNoAddress(), false)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func errNoAddress() error {
	return refusal{http.StatusNotFound, fault.New(fault.InvalidConfiguration, "[nothing-here] There is nothing at this address.")}
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
		writeProblem(w, refusal{http.StatusMethodNotAllowed, fault.Newf(fault.InvalidConfiguration, "[method-not-here] This address cannot be called with %s.", r.Method).WithHintf("[hint-takes] it takes %s", allowed)}, false)
		return
	}
	writeProblem(w, errNoAddress(), false)
}

// changes reports whether the route can change something.
func (r *Route) changes() bool { return r.Method != http.MethodGet && !r.ReadOnly }

// parameters lists the parameters of the query; those of Teams can all be limited to one.
func (r *Route) parameters() []Parameter {
	if r.Of == Teams && r.Method == http.MethodGet {
		return append(slices.Clone(r.Query), Parameter{"team", "number of a team"})
	}
	return r.Query
}

func (srv *server) handler(r *Route) http.Handler {
	most := r.MaxBytes
	if most == 0 {
		most = MaxBodyBytes
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		c := &call{Request: req, route: r, reply: w.Header(), secure: srv.secure || req.TLS != nil}
		req.Body = http.MaxBytesReader(w, req.Body, most)
		err := srv.serve(c, w) //nolint:contextcheck // it is the context of the call
		if err == nil {
			return
		}
		if status := statusOf(err, c.matched); status >= http.StatusInternalServerError {
			srv.log.ErrorContext(req.Context(), "request failed", "method", req.Method, "route", r.Pattern, "error", err, "cause", causeOf(err))
		} else if status == http.StatusUnauthorized {
			w.Header().Set("WWW-Authenticate", `Bearer realm="ropeway"`)
		}
		writeProblem(w, err, c.matched)
	})
}

// serve finds out who calls, decides whether he may, and does it.
func (srv *server) serve(c *call, w http.ResponseWriter) error {
	p, err := srv.auth.Authenticate(c.Request)
	if err != nil {
		return err
	}
	c.Request = c.WithContext(withPrincipal(c.Context(), p))
	if err := c.authorize(srv.owners); err != nil {
		return err
	}
	if err := c.checkQuery(); err != nil {
		return err
	}
	if c.route.Noted || c.route.changes() && c.route.Needs != access.Public {
		return srv.deeds.perform(c, w)
	}
	result, err := c.route.handle(c)
	if err != nil {
		return err
	}
	return c.route.answer(w, result, srv.clock)
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

// success is the status of an answer.
func (r *Route) success(result any) int {
	switch {
	case result == nil:
		return http.StatusNoContent
	case r.Status != 0:
		return r.Status
	}
	return http.StatusOK
}

func (r *Route) answer(w http.ResponseWriter, result any, c clock.Clock) error {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch s := result.(type) {
	case stream:
		return s.answer(w)
	case events:
		return s.answer(w, c)
	case Redirect:
		return s.answer(w)
	}
	status := r.success(result)
	if result == nil {
		w.WriteHeader(status)
		return nil
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
	if f := fault.From(err); f.Delay > 0 && p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.Delay.Seconds()))))
	}
	w.WriteHeader(p.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(p) // the caller is gone
}

// ETag writes a revision as an entity tag.
func ETag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }
