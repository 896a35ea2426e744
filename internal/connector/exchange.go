package connector

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// exchange makes the request spec, again where that helps and does no harm, and leaves its answer in the operation. r says how
// the answer is read; it is spec itself or the request whose further page spec asks for.
func (o *operation) exchange(ctx context.Context, r, spec *appdef.Request) error {
	if spec.URL == nil {
		return o.judge(r)
	}
	request, err := o.build(r, spec)
	if err != nil {
		return o.redacted(err)
	}
	o.sent = sent{request: request, temp: o.temp, page: o.page}
	return o.send(ctx, r, request)
}

// sent is a request with what it takes to make it once more.
type sent struct {
	request outbound.Request
	temp    value.Value // the temporary values before the answer
	page    int
}

// resend makes a request again and leaves its answer in the operation, as if it were the first time.
func (o *operation) resend(ctx context.Context, r *appdef.Request, s sent) error {
	o.sent, o.temp, o.page = s, s.temp, s.page
	return o.send(ctx, r, s.request)
}

// send makes a request that is ready, again where that helps.
func (o *operation) send(ctx context.Context, r *appdef.Request, request outbound.Request) error {
	started, temp := o.c.deps.Clock.Now(), o.temp
	for attempt := 1; ; attempt++ {
		o.temp = temp // nothing of a failed attempt stays
		response, err := o.c.deps.HTTP.Do(ctx, request)
		if errors.Is(err, outbound.ErrUnsent) && response != nil {
			return o.unsent(response)
		}
		if err == nil {
			err = o.accept(r, response)
		}
		if response != nil {
			o.record(recordValue(&response.Record, attempt))
		}
		if err == nil {
			return nil
		}
		told := o.redacted(err)
		wait, again := o.retry(request.Method, response, told, attempt, started)
		if !again || o.c.deps.Clock.Sleep(ctx, wait) != nil {
			return told
		}
	}
}

// accept reads an answer and decides whether it is a failure.
func (o *operation) accept(r *appdef.Request, response *outbound.Response) error {
	o.statusCode, o.header = response.Status, response.Header
	var err error
	o.body, err = parseBody(response.Body, r.Response.Type(response.Status), response.Header)
	if err != nil {
		if response.Status < http.StatusBadRequest {
			return err
		}
		o.body = value.Text(decodeText(response.Body, "")) // failures often come as a page of HTML
	}
	return o.judge(r)
}

// judge computes the temporary values of the answer and tells whether it is a failure.
func (o *operation) judge(r *appdef.Request) error {
	if err := o.mergeTemp(r.Response.Temp); err != nil {
		return err
	}
	if r.Response.Accept != nil {
		if ok, err := o.holds(r.Response.Accept); ok || err != nil {
			return err
		}
	}
	if o.statusCode >= http.StatusBadRequest {
		message, kind := r.Response.Error.For(o.statusCode)
		return o.failure(message, kind)
	}
	valid := r.Response.Valid
	if valid == nil {
		return nil
	}
	if ok, err := o.holds(valid.Condition); ok || err != nil {
		return err
	}
	message, kind := r.Response.Error.For(o.statusCode)
	if valid.Message != nil {
		message = valid.Message
	}
	if valid.Type != nil {
		kind = valid.Type
	}
	return o.failure(message, kind)
}

// failure makes the error of an answer from what the definition says about it.
func (o *operation) failure(message, kind *expression.Tree) error {
	text, err := o.eval(message)
	if err != nil {
		return err
	}
	name, err := o.eval(kind)
	if err != nil {
		return err
	}
	told := fault.Quote(o.kind(name.Str()), clip(strings.TrimSpace(value.Render(text))))
	if told.Message == "" {
		told = o.plainFailure(told.Kind)
	}
	told = hinted(told, o.c.app.Label)
	if wait, ok := outbound.RetryAfter(o.header, o.c.deps.Clock.Now()); ok && (told.Kind == fault.RateLimit || told.Kind == fault.Connection) {
		told.Delay = wait
	}
	return told
}

// kind returns the kind of a failure that the definition names, else the one that the status stands for.
func (o *operation) kind(name string) fault.Kind {
	if slices.Contains(fault.Kinds(), fault.Kind(name)) {
		return fault.Kind(name)
	}
	if kind := outbound.StatusKind(o.statusCode); kind != "" {
		return kind
	}
	return fault.Runtime
}

// plainFailure tells of a failure about which the definition says nothing.
func (o *operation) plainFailure(kind fault.Kind) *fault.Error {
	const shownBytes = 300
	label, status := o.c.app.Label, http.StatusText(o.statusCode)
	shown := value.Render(o.body)
	if o.body.Kind() == value.KindBuffer || strings.Contains(shown, "<html") {
		shown = ""
	}
	if len(shown) > shownBytes {
		shown = strings.ToValidUTF8(shown[:shownBytes], "") + "…"
	}
	switch {
	case o.statusCode == 0 && shown == "":
		return fault.Newf(kind, "[service-invalid] %s gave no valid answer.", label)
	case o.statusCode == 0:
		return fault.Newf(kind, "[service-invalid-text] %s gave no valid answer: %s", label, shown)
	case shown == "":
		return fault.Newf(kind, "[service-status] %s answered with HTTP status %d %s.", label, o.statusCode, status)
	}
	return fault.Newf(kind, "[service-status-text] %s answered with HTTP status %d %s: %s", label, o.statusCode, status, shown)
}

// hinted says what to do about the answer of a service.
func hinted(told *fault.Error, label string) *fault.Error {
	switch told.Kind {
	case fault.InvalidAccessToken, fault.AccountValidation:
		return told.WithHintf("[hint-credentials] Open the connection to %s and check its credentials.", label)
	case fault.RateLimit:
		return told.WithHint("[hint-less-often] Run the scenario less often, or let it process fewer bundles at once.")
	case fault.Connection:
		return told.WithHintf("[hint-status-page] Try again later; if it goes on, look at the status page of %s.", label)
	case fault.Data, fault.BundleValidation:
		return told.WithHint("[hint-look-module] Look at what is mapped into the module, and at the bundle it comes from.")
	default:
		return told
	}
}

// clip shortens a message to MaxMessageBytes.
func clip(s string) string {
	if len(s) <= MaxMessageBytes {
		return s
	}
	cut := MaxMessageBytes
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// redacted returns err as a *fault.Error without secrets in what people read.
func (o *operation) redacted(err error) *fault.Error {
	told := *fault.From(err)
	if len(o.hidden) > 0 {
		r := outbound.NewRedactor(o.hidden, nil)
		told.Message, told.Hint, told.Words = r.Text(told.Message), r.Text(told.Hint), told.Words.Map(r.Text)
		if told.Cause != nil && r.Text(told.Cause.Error()) != told.Cause.Error() {
			told.Cause = errors.New(r.Text(told.Cause.Error()))
		}
	}
	return &told
}

// retry reports whether a failed request is made again, and after which wait. A request that may have had an effect is only
// repeated where repeating does no harm; one that was certainly not processed (429, or never sent) always may be.
func (o *operation) retry(method string, response *outbound.Response, err *fault.Error, attempt int, started time.Time) (time.Duration, bool) {
	if err.Kind != fault.RateLimit && err.Kind != fault.Connection || attempt >= MaxAttempts {
		return 0, false
	}
	unprocessed := response == nil || !response.Sent || response.Status == http.StatusTooManyRequests
	if !unprocessed && !o.repeatable(method) {
		return 0, false
	}
	wait := err.Delay
	if wait <= 0 {
		wait = min(FirstRetryDelay<<(attempt-1), MaxRetryDelay)
		wait += time.Duration(o.random.Uint64() % uint64(wait/4)) // so that many executions do not come back at once
	}
	return wait, o.c.deps.Clock.Now().Sub(started)+wait <= MaxRetryTime
}
