package customerly

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	headerTimeout   = 10 * time.Second
	readTimeout     = 60 * time.Second
	writeTimeout    = maxLatency + 60*time.Second
	idleTimeout     = 120 * time.Second
	shutdownTimeout = 5 * time.Second
	maxHeaderBytes  = 64 << 10
)

// Server is a sandbox. It is safe for use by many goroutines and has to be closed.
type Server struct {
	opts     Options
	store    *store
	table    []route
	faults   *faultDesk
	requests *requestLog
	courier  *courier
	page     *page
	started  time.Time
	buffers  sync.Pool // of *[]byte, for list pages

	closing sync.Once
	closed  error
}

// New makes a sandbox: it loads Options.DataDir, generates contacts where there were none, and imports the CSV files.
func New(opts Options) (*Server, error) {
	opts = opts.withDefaults()
	users, leads := opts.Users+opts.Contacts-opts.Contacts/2, opts.Leads+opts.Contacts/2
	if users < 0 || leads < 0 || users+leads > maxContactsGenerated {
		return nil, fmt.Errorf("cannot generate %d users and %d leads: 0 to %d contacts are possible", users, leads, maxContactsGenerated)
	}
	opts.Users, opts.Leads, opts.Contacts = users, leads, 0
	page, err := newPage()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: opts, store: newStore(opts), faults: newFaultDesk(), requests: &requestLog{},
		courier: newCourier(opts), page: page, started: opts.Now(),
	}
	s.table = s.routes()
	if err := s.fillStore(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// fillStore gives the store what the options ask for.
func (s *Server) fillStore() error {
	filled := false
	if s.opts.DataDir != "" {
		var err error
		if filled, err = s.store.openDisk(s.opts.DataDir, s.opts.Logger); err != nil {
			return err
		}
	}
	if !filled {
		if err := s.begin(); err != nil {
			return err
		}
	}
	for i, from := range s.opts.Import {
		report, err := s.importCSV(from)
		if err != nil {
			return fmt.Errorf("import %s: %w", sourceName(from, i), err)
		}
		report.log(s.opts.Logger, sourceName(from, i))
	}
	for _, address := range s.opts.Webhooks {
		if err := s.ensureWebhook(address); err != nil {
			return fmt.Errorf("webhook: %w", err)
		}
	}
	s.syncWebhooks()
	return nil
}

// begin empties the store, fills it with the generated contacts and makes that durable.
func (s *Server) begin() error {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	if err := s.store.journal.failure(); err != nil {
		return err
	}
	s.store.clear()
	s.store.generate(s.opts)
	if s.store.journal == nil {
		return nil
	}
	return s.store.compact(s.opts.DataDir)
}

// Reset puts the sandbox back to its generated contacts: everything else, planned faults, logs and webhooks that were
// not given by options are gone. Imported files are not read again.
func (s *Server) Reset() error {
	if err := s.begin(); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	s.faults.clear()
	s.requests.clear()
	s.courier.clearLog()
	for _, address := range s.opts.Webhooks {
		if err := s.ensureWebhook(address); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	s.syncWebhooks()
	return nil
}

// Handler serves the API under /v1, the administration API under /admin and the page at /. The latter two refuse
// writes that a browser sends from another origin.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	protection := http.NewCrossOriginProtection()
	mux.Handle("/admin/", protection.Handler(s.adminHandler()))
	mux.Handle("/", protection.Handler(s.pageHandler()))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path := r.URL.Path; path == "/v1" || len(path) > 3 && path[:4] == "/v1/" {
			s.serveAPI(w, r) // not through the mux, which would redirect unclean paths
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// Serve answers on a listener until the context ends, and then lets requests under way finish for a few seconds.
// It closes the listener and returns nil after an orderly end.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve sandbox: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-ended //nolint:errcheck // http.ErrServerClosed, as it was told to stop
	if err != nil {
		return fmt.Errorf("stop sandbox: %w", err)
	}
	return nil
}

// Close stops the webhooks and writes everything to the data directory. Later calls return the same.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.courier.close()
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		if s.store.lock != nil {
			defer s.store.lock.Close() // gives the directory free, after the last write
		}
		if s.store.journal == nil {
			return
		}
		if s.closed = s.store.journal.stop(); s.closed == nil {
			s.closed = s.store.writeSnapshot(s.opts.DataDir)
		}
	})
	return s.closed
}

// serveAPI answers one request to the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	began := s.opts.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	entry := s.describeRequest(r, body, began)
	answer, drop := s.answer(r, body, err)
	s.courier.publish(answer.events)
	entry.Micros = s.opts.Now().Sub(began).Microseconds()
	if drop {
		s.requests.add(entry)
		dropConnection(w)
		return
	}
	entry.Status, entry.Bytes = answer.status, len(answer.body)
	s.requests.add(entry)
	header := w.Header()
	for name, value := range answer.header {
		header.Set(name, value)
	}
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // the client may have gone
	if answer.pooled {
		s.buffers.Put(&answer.body)
	}
}

// answer decides what a request gets; drop means that the connection is to be closed without an answer.
func (s *Server) answer(r *http.Request, body []byte, readErr error) (answer reply, drop bool) {
	var tooLong *http.MaxBytesError
	if errors.As(readErr, &tooLong) {
		return failed(http.StatusRequestEntityTooLarge, fmt.Sprintf("The request body is longer than %d bytes", maxBodyBytes)), false
	}
	if readErr != nil {
		return failed(http.StatusBadRequest, "The request body could not be read"), false
	}
	if seconds := s.faults.retryAfter(s.opts.Now()); seconds > 0 {
		return fault{status: http.StatusTooManyRequests, retryAfter: seconds}.answer(), false
	}
	f, err := s.faults.choose(r, body)
	if err != nil {
		return failed(http.StatusBadRequest, err.Error()), false
	}
	if err := f.delay(r.Context(), s.opts.Wait); err != nil {
		return reply{}, true
	}
	var events []event
	if !f.spoils() || f.after {
		answer = s.work(r, body)
		events = answer.events
	}
	if f.outcome == faultDrop {
		return reply{events: events}, true
	}
	if f.spoils() {
		answer = f.answer()
		answer.events = events
	}
	return answer, false
}

// work checks the token and runs the operation.
func (s *Server) work(r *http.Request, body []byte) reply {
	if answer, refused := s.refuse(r.Header); refused {
		return answer
	}
	return s.dispatch(r, body)
}

// dropConnection closes the connection without an answer. Where it cannot be taken over, as in HTTP/2, 502 is answered.
func dropConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	_ = conn.Close() // it is meant to break
}
