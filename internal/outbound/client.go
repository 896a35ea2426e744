package outbound

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// defaultUserAgent is sent where neither the request nor the options name one.
const defaultUserAgent = "Ropeway"

// Options configure a Client. The zero value works: public addresses only, the system's clock and resolver.
type Options struct {
	// Allow names what may be called besides public addresses: host names,
	// host:port, IP addresses, IP:port, CIDRs, and the words "loopback" and
	// "private". Wrong entries open nothing; CheckAllow reports them.
	Allow []string
	// Clock tells the time; nil is the system's.
	Clock clock.Clock
	// UserAgent is sent with requests that have none.
	UserAgent string
	// Resolver looks host names up; nil is the system's.
	Resolver Resolver
	// MaxConnsPerHost bounds the connections to one host at the same time; 0 is a sensible default.
	MaxConnsPerHost int
	// Budgets holds the rate budgets; nil makes a new one without limits.
	Budgets *Budgets
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	clock      clock.Clock
	userAgent  string
	budgets    *Budgets
	transports *transports
}

// Response is the answer to a call.
type Response struct {
	// Status is the HTTP status; 0 where the call failed before there was one.
	Status int
	// Header is that of the response, without Content-Encoding if the body was decompressed.
	Header http.Header
	// Body is the whole body.
	Body []byte
	// FinalURL is where the answer came from after redirects. It is not redacted.
	FinalURL string
	// Duration is the time of the call without the wait for the rate budget.
	Duration time.Duration
	// Sent reports whether a request went out, so that the service may have
	// acted on it even though no answer came.
	Sent bool
	// Record is the call for traces and history, redacted.
	Record Exchange
}

// New returns a Client.
func New(opts Options) *Client {
	c := &Client{clock: opts.Clock, userAgent: opts.UserAgent, budgets: opts.Budgets}
	if c.clock == nil {
		c.clock = clock.System{}
	}
	if c.userAgent == "" {
		c.userAgent = defaultUserAgent
	}
	if c.budgets == nil {
		c.budgets = NewBudgets(c.clock)
	}
	resolver := opts.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	c.transports = newTransports(&dialer{guard: newGuard(opts.Allow), resolver: resolver}, opts.MaxConnsPerHost)
	return c
}

// Budgets returns the rate budgets that the client draws from.
func (c *Client) Budgets() *Budgets { return c.budgets }

// Close ends the idle connections. Calls that are under way go on.
func (c *Client) Close() { c.transports.close() }

// Do makes one call and returns its answer, whatever its status. Errors are
// *fault.Error: BundleValidation for a URL, method or header that cannot be
// sent, InvalidConfiguration for an address or certificate that is refused,
// RateLimit for a budget that is used up, ModuleTimeout, MaxFileSizeExceeded,
// Data for a damaged body, ExecutionInterrupted where ctx was cancelled, and
// Connection for the rest. Where the call was begun, the Response is not nil
// beside an error either: it holds the Record and Sent.
//
// In the context of a DryRun, a call that may change something is not made: ErrUnsent is in the chain of the error then.
//
// A 429 with a Retry-After freezes the request's budget for that long. The
// requests of one redirected call count as one against it.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	p, err := prepare(r, c.userAgent)
	if err != nil {
		return nil, err
	}
	if IsDryRun(ctx) && p.mayChange() {
		return p.unsent()
	}
	transport, err := c.transports.get(p)
	if err != nil {
		return nil, err
	}
	if err := c.budgets.Wait(ctx, p.BudgetKey); err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, p, transport)
	if resp.Status == http.StatusTooManyRequests {
		if wait, ok := RetryAfter(resp.Header, c.clock.Now()); ok {
			c.budgets.Freeze(p.BudgetKey, wait)
		}
	}
	return resp, err
}

// send makes the call. The Response is never nil.
func (c *Client) send(ctx context.Context, p *prepared, transport *http.Transport) (*Response, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.Timeout, errTimeLimit)
	defer cancel()
	var sent atomic.Bool // the trace may run in a goroutine of the transport
	permit := permissionFor(ctx, cancel)
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: permit.check, WroteHeaders: func() { sent.Store(true) }})
	hops := &redirects{call: p, host: p.url.Hostname()}
	client := http.Client{Transport: transport, CheckRedirect: hops.check, Jar: p.Cookies.httpJar()}

	started := c.clock.Now()
	resp := &Response{}
	err := permit.errorOr(exchange(ctx, &client, p, hops, resp))
	resp.Duration = c.clock.Now().Sub(started)
	resp.Sent = sent.Load()
	resp.Record = p.redactor.record(p, resp, hops.followed)
	if err != nil {
		resp.Record.Error = err.Error()
		return resp, fault.From(err).WithNotDone(!resp.Sent)
	}
	return resp, nil
}

// exchange sends the request and fills resp with what comes back.
func exchange(ctx context.Context, client *http.Client, p *prepared, hops *redirects, resp *Response) error {
	req, err := p.httpRequest(ctx)
	if err != nil {
		return err
	}
	answer, err := client.Do(req)
	if err != nil {
		return failure(ctx, p, hops.host, err)
	}
	resp.Status = answer.StatusCode
	resp.FinalURL = answer.Request.URL.String()
	resp.Body, err = readBody(answer, p)
	resp.Header = answer.Header
	if err != nil {
		resp.Body = nil
		return failure(ctx, p, hops.host, err)
	}
	return nil
}

// Share has the client keep to one part of so many of the connections to one host that all processes together may have.
func (c *Client) Share(processes int) { c.transports.share(processes) }
