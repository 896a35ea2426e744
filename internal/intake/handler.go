package intake

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Options are what a Handler needs. Zero fields below Clock have defaults.
type Options struct {
	Queue Queue
	Clock clock.Clock

	// Responder waits for answers of scenarios; nil answers "Accepted" at once.
	Responder Responder
	// Meter counts outcomes.
	Meter Meter
	// Log takes what operators should see: failures to store, failed executions.
	Log *slog.Logger
	// TrustedProxies are the networks whose header X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix

	// BodyTime is the time within which a body must have arrived; 0 means DefaultBodyTime.
	BodyTime time.Duration
	// MaxInFlight is the number of calls that are worked on at once; 0 means DefaultMaxInFlight.
	MaxInFlight int64
	// MaxInFlightBytes is the size of the bodies that are in memory at once; 0 means DefaultMaxInFlightBytes.
	MaxInFlightBytes int64
	// MaxWaiting is the number of callers that wait for answers of scenarios at once; 0 means DefaultMaxWaiting.
	MaxWaiting int64
}

// Handler is the HTTP side of webhooks. It answers all methods below Path, and 503 until SetReady.
type Handler struct {
	o       Options
	limiter *limiter
	buffers *buffers

	ready                  atomic.Bool
	calls, bytes, awaiting atomic.Int64
}

var _ http.Handler = (*Handler)(nil)

// New makes a Handler. It is not ready yet.
func New(o Options) *Handler {
	if o.Meter == nil {
		o.Meter = uncounted{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.BodyTime <= 0 {
		o.BodyTime = DefaultBodyTime
	}
	o.MaxInFlight = orDefault(o.MaxInFlight, DefaultMaxInFlight)
	o.MaxInFlightBytes = orDefault(o.MaxInFlightBytes, DefaultMaxInFlightBytes)
	o.MaxWaiting = orDefault(o.MaxWaiting, DefaultMaxWaiting)
	return &Handler{o: o, limiter: newLimiter(), buffers: newBuffers()}
}

func orDefault(n, otherwise int64) int64 {
	if n <= 0 {
		return otherwise
	}
	return n
}

// SetReady says whether calls can be stored now. Before that, and again from the start of a shutdown on, they are
// answered 503 with Retry-After.
func (h *Handler) SetReady(ready bool) { h.ready.Store(ready) }

// ServeHTTP accepts one call.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{h: h, w: w, r: r, now: h.o.Clock.Now()}
	if c.hasBody() { // also where it is not read: the server looks for its end before the next call of the connection
		c.deadline(c.now.Add(h.o.BodyTime))
	}
	ctx := r.Context()
	receipt, end := c.accept(ctx)
	if end == nil {
		end = c.respond(ctx, receipt)
	}
	if end.outcome != "" {
		h.o.Meter.Count(c.id(), end.outcome)
	}
	if end.cause != nil {
		h.o.Log.ErrorContext(ctx, "webhook call failed", "webhook", int64(c.id()), "status", end.status, "error", end.cause)
	}
	end.write(w)
}

// call is one call on its way through the Handler.
type call struct {
	h    *Handler
	w    http.ResponseWriter
	r    *http.Request
	now  time.Time
	hook *Hook

	settings *Settings
	evidence evidence
	held     int64 // bytes that count against MaxInFlightBytes
}

func (c *call) id() HookID {
	if c.hook == nil {
		return 0
	}
	return c.hook.ID
}

// accept does everything up to the durable append. The answer is nil where the item was queued.
func (c *call) accept(ctx context.Context) (Receipt, *answer) {
	if !c.h.ready.Load() {
		return Receipt{}, unavailable(NotReady, retrySoon, "The server is starting or shutting down.")
	}
	defer c.h.calls.Add(-1)
	if c.h.calls.Add(1) > c.h.o.MaxInFlight {
		return Receipt{}, busy()
	}
	if end := c.find(ctx); end != nil {
		return Receipt{}, end
	}
	if end := c.admit(); end != nil {
		return Receipt{}, end
	}
	body, release, end := c.read()
	if end != nil {
		return Receipt{}, end
	}
	defer release()
	item, end := c.item(ctx, body)
	if end != nil {
		return Receipt{}, end
	}
	return c.store(ctx, item)
}

func busy() *answer {
	return unavailable(Busy, retrySoon, "The server works on too many calls at once.")
}

// find looks the webhook up. Whatever is wrong with an address, it costs the same: one hash and one question to the queue.
func (c *call) find(ctx context.Context) *answer {
	path, _ := strings.CutPrefix(c.r.URL.Path, Path)
	address := Token(path).Hash()
	hook, err := c.h.o.Queue.Webhook(ctx, address)
	switch {
	case errors.Is(err, ErrNoWebhook):
		return notFound()
	case errors.Is(err, ErrGone):
		return gone()
	case err != nil:
		return failure(err)
	case hook == nil || !hook.Address.Equal(address):
		return notFound()
	}
	c.hook, c.settings = hook, hook.Settings
	if c.settings == nil {
		c.settings = &Settings{}
	}
	if hook.Gone {
		return gone()
	}
	return nil
}

// failure answers calls that could not be stored for reasons of ours.
func failure(err error) *answer {
	a := unavailable(Failed, retrySoon, "The call could not be stored. Send it again.")
	a.cause = err
	return a
}

// admit decides everything that needs no body.
func (c *call) admit() *answer {
	switch c.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
	default:
		a := refused(http.StatusMethodNotAllowed, WrongMethod, "Webhooks are called by GET, HEAD, POST, PUT, PATCH or DELETE.")
		a.headers = []header{{"Allow", "GET, HEAD, POST, PUT, PATCH, DELETE"}}
		return a
	}
	if len(c.r.URL.RawQuery) > MaxQueryBytes {
		return refused(http.StatusRequestURITooLong, TooLarge, "The query string is too long.")
	}
	if headerBytes(c.r.Header) > MaxHeaderBytes {
		return refused(http.StatusRequestHeaderFieldsTooLarge, TooLarge, "The headers are too large.")
	}
	if wait := c.h.limiter.allow(c.hook.ID, c.settings.Rate.orDefault(), c.now); wait > 0 {
		a := refused(http.StatusTooManyRequests, TooOften, "This webhook is called too often.")
		a.retry = wait
		return a
	}
	if c.r.Method == http.MethodGet {
		if end := c.handshake(c.query); end != nil {
			return end
		}
	}
	c.evidence = evidence{header: c.r.Header, remote: remoteAddr(c.r, c.h.o.TrustedProxies), now: c.now}
	return c.settings.check(&c.evidence, true)
}

func headerBytes(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v)
		}
	}
	return n
}

// handshake answers a service that checks the address; nil where this is no such call.
func (c *call) handshake(lookup func(string) (string, bool)) *answer {
	if c.settings.Handshake == nil {
		return nil
	}
	text, ok := c.settings.Handshake.echo(lookup)
	if !ok {
		return nil
	}
	return &answer{status: http.StatusOK, outcome: Challenge, text: text}
}

func (c *call) query(name string) (string, bool) {
	values, ok := c.r.URL.Query()[name]
	if !ok {
		return "", false
	}
	return values[0], true
}

// item makes what is queued of the body, or ends the call.
func (c *call) item(ctx context.Context, body []byte) (Item, *answer) {
	c.evidence.body = body
	if end := c.settings.check(&c.evidence, false); end != nil {
		return Item{}, end
	}
	bundle, err := (&reader{settings: c.settings, request: c.r, body: body}).bundle()
	if err != nil {
		return Item{}, unreadable(err)
	}
	inBundle := func(name string) (string, bool) {
		v, ok := bundle.Lookup(name)
		return v.Str(), ok
	}
	if end := c.handshake(inBundle); end != nil {
		return Item{}, end
	}
	if end := c.fits(ctx, bundle); end != nil {
		return Item{}, end
	}
	item := Item{Bundle: bundle, Received: c.now, Responds: c.hook.Responds}
	if d := c.settings.Duplicates; d != nil {
		item.Key, item.Window = d.key(c.r, body, bundle, c.now), d.window()
	}
	return item, nil
}

func unreadable(err error) *answer {
	f := fault.From(err)
	status, outcome := http.StatusBadRequest, Unreadable
	if f.Kind == fault.DataSizeLimit {
		status, outcome = http.StatusRequestEntityTooLarge, TooLarge
	}
	return refused(status, outcome, lineOf(f))
}

// fits learns from the bundle, or decides whether it may pass.
func (c *call) fits(ctx context.Context, bundle value.Value) *answer {
	if c.hook.Learning {
		add := func(l Learning) Learning { return l.Add(bundle, c.now) }
		if err := c.h.o.Queue.Learn(ctx, c.hook.ID, add); err != nil {
			c.h.o.Log.WarnContext(ctx, "learning from a webhook call failed", "webhook", int64(c.hook.ID), "error", err)
		}
	}
	if c.settings.Filter != nil {
		pass, err := c.settings.Filter.Pass(env(bundle, c.now))
		if err != nil {
			return refused(http.StatusBadRequest, Invalid, "The filter of this webhook cannot read the call: "+lineOf(fault.From(err)))
		}
		if !pass {
			return accepted(Filtered)
		}
	}
	if c.settings.Structure == nil || c.hook.Learning {
		return nil
	}
	if problems := Validate(bundle, c.settings.Structure, c.settings.Strict); len(problems) > 0 {
		return refused(http.StatusBadRequest, Invalid, "The data does not fit the data structure of this webhook.\n"+problems.Error())
	}
	return nil
}

// store queues the item. From here on it does not matter whether the caller is still there.
func (c *call) store(ctx context.Context, item Item) (Receipt, *answer) {
	receipt, err := c.h.o.Queue.Accept(context.WithoutCancel(ctx), c.hook.ID, item)
	if err != nil {
		return receipt, notKept(err)
	}
	outcome := Accepted
	if receipt.Duplicate {
		outcome = Duplicate
	}
	if !receipt.Early {
		c.h.o.Meter.Count(c.hook.ID, outcome)
	}
	return receipt, nil
}

// notKept answers a call whose item was not queued.
func notKept(err error) *answer {
	switch {
	case errors.Is(err, ErrQueueFull):
		return unavailable(QueueFull, retryQueueFull, "Queue is full: the scenario of this webhook works slower than it is called.")
	case errors.Is(err, ErrStorageFull):
		a := refused(http.StatusInsufficientStorage, StorageFull, "The server's storage is full.")
		a.retry, a.cause = retryDiskFull, err
		return a
	case errors.Is(err, ErrGone):
		return gone()
	case errors.Is(err, ErrNoWebhook):
		return notFound()
	}
	return failure(err)
}

// respond waits for the answer of the scenario, where there will be one.
func (c *call) respond(ctx context.Context, receipt Receipt) *answer {
	if !c.hook.Responds || c.h.o.Responder == nil {
		return accepted("")
	}
	defer c.h.awaiting.Add(-1)
	limit := c.settings.responseWait()
	if c.h.awaiting.Add(1) > c.h.o.MaxWaiting {
		if !receipt.Early {
			return accepted("")
		}
		limit = 0 // the item is to be kept, and nothing to be waited for
	}
	c.extendWriting(ctx, limit)
	response, ok, err := c.h.o.Responder.Await(ctx, receipt, limit)
	if receipt.Early && !errors.Is(err, ErrNotKept) {
		c.h.o.Meter.Count(c.hook.ID, Accepted)
	}
	switch {
	case errors.Is(err, ErrNotKept):
		return notKept(err)
	case err != nil:
		return failedExecution(err)
	case !ok:
		return accepted("")
	}
	return answered(response)
}

// extendWriting adds the wait to the server's limit for writing, which is meant for answers that are ready. A server
// without one would not take the deadline back after the call.
func (c *call) extendWriting(ctx context.Context, wait time.Duration) {
	if server, ok := ctx.Value(http.ServerContextKey).(*http.Server); ok && server.WriteTimeout > 0 {
		_ = http.NewResponseController(c.w).SetWriteDeadline(c.now.Add(wait + server.WriteTimeout))
	}
}
