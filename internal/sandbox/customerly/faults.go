package customerly

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// FaultHeader is the request header that asks for a fault. Its value is a list of these, separated by commas, each with
// options after a semicolon: a status from 400 to 599 (option retry-after in seconds), drop (close the connection),
// malformed (half a JSON text), empty (no body), latency=200ms. With the option after, the operation is carried out
// before the fault hides its answer; otherwise it is not carried out.
const FaultHeader = "X-Sandbox-Fault"

// Words of the fault language.
const (
	faultDrop      = "drop"
	faultMalformed = "malformed"
	faultEmpty     = "empty"
	faultSlow      = "slow"

	slowLatency              = 2 * time.Second
	defaultRetryAfterSeconds = 1
)

// fault is what stands between a request and its answer. The zero value does nothing.
type fault struct {
	latency    time.Duration
	outcome    string // drop, malformed or empty; or nothing
	status     int    // or 0
	retryAfter int    // seconds, or 0
	after      bool   // the operation is carried out first
}

func (f fault) spoils() bool { return f.outcome != "" || f.status != 0 }

// parseFault reads the fault language; an empty text is no fault.
func parseFault(text string) (fault, error) {
	var f fault
	for item := range strings.SplitSeq(text, ",") {
		words := strings.Split(item, ";")
		if strings.TrimSpace(item) == "" {
			continue
		}
		if err := f.take(strings.ToLower(strings.TrimSpace(words[0]))); err != nil {
			return fault{}, err
		}
		for _, option := range words[1:] {
			if err := f.option(strings.ToLower(strings.TrimSpace(option))); err != nil {
				return fault{}, err
			}
		}
	}
	return f, nil
}

func (f *fault) take(word string) error {
	if wait, ok := strings.CutPrefix(word, "latency="); ok {
		latency, err := time.ParseDuration(wait)
		if err != nil || latency < 0 || latency > maxLatency {
			return fmt.Errorf("latency %q is not a duration from 0 to %s", wait, maxLatency)
		}
		f.latency = latency
		return nil
	}
	switch word {
	case faultDrop, faultMalformed, faultEmpty:
		f.outcome = word
		return nil
	case faultSlow:
		f.latency = slowLatency
		return nil
	}
	status, err := strconv.Atoi(word)
	if err != nil || status < 400 || status > 599 {
		return fmt.Errorf("unknown fault %q: use a status from 400 to 599, drop, malformed, empty, slow or latency=200ms", word)
	}
	f.status = status
	if status == http.StatusTooManyRequests && f.retryAfter == 0 {
		f.retryAfter = defaultRetryAfterSeconds
	}
	return nil
}

func (f *fault) option(word string) error {
	if word == "after" {
		f.after = true
		return nil
	}
	text, ok := strings.CutPrefix(word, "retry-after=")
	seconds, err := strconv.Atoi(text)
	if !ok || err != nil || seconds < 0 {
		return fmt.Errorf("unknown fault option %q: use after or retry-after=SECONDS", word)
	}
	f.retryAfter = seconds
	return nil
}

// answer is what the client gets in place of the real answer; a dropped connection gets none.
func (f fault) answer() reply {
	switch {
	case f.outcome == faultMalformed:
		return reply{status: http.StatusOK, body: []byte(`{"data":{"users":[{"email":"half@`)}
	case f.outcome == faultEmpty:
		return reply{status: http.StatusOK}
	case f.status == http.StatusUnauthorized:
		return failed(f.status, messageBadToken)
	case f.status == http.StatusNotFound:
		return failed(f.status, "User doesn't exist")
	}
	answer := failed(f.status, orText(http.StatusText(f.status), "Fault on demand"))
	if f.retryAfter > 0 {
		answer.header = map[string]string{"Retry-After": strconv.Itoa(f.retryAfter)}
	}
	return answer
}

// PlannedFault is a fault for the next requests whose path begins with Prefix.
type PlannedFault struct {
	Method string `json:"method,omitempty"` // empty for any
	Prefix string `json:"prefix"`           // of the path, as /v1/users; empty for any
	Fault  string `json:"fault"`            // in the language of FaultHeader
	Times  int    `json:"times"`            // how many requests are left; at least 1
}

// RateLimit is a standing limit on the API. Zero requests per second is no limit.
type RateLimit struct {
	PerSecond float64 `json:"per_second"`
	Burst     int     `json:"burst"`
}

// faultDesk decides which request meets which fault.
type faultDesk struct {
	mu      sync.Mutex
	planned []PlannedFault
	limit   RateLimit
	limiter *rate.Limiter // nil without a limit
	magic   *regexp.Regexp
}

func newFaultDesk() *faultDesk {
	return &faultDesk{magic: regexp.MustCompile(`\bfault-([a-z0-9-]{1,20})@sandbox\.test\b`)}
}

// plan adds a fault for coming requests.
func (d *faultDesk) plan(p PlannedFault) error {
	f, err := parseFault(p.Fault)
	if err != nil {
		return err
	}
	if !f.spoils() && f.latency == 0 {
		return errors.New("fault is empty")
	}
	if p.Times <= 0 {
		return errors.New("times must be at least 1")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.planned) >= maxPlannedFaults {
		return fmt.Errorf("more than %d planned faults", maxPlannedFaults)
	}
	d.planned = append(d.planned, p)
	return nil
}

// setLimit starts a standing rate limit, or ends it with zero requests per second.
func (d *faultDesk) setLimit(limit RateLimit) error {
	if limit.PerSecond < 0 || math.IsNaN(limit.PerSecond) || math.IsInf(limit.PerSecond, 0) || limit.Burst < 0 {
		return errors.New("per_second and burst cannot be negative")
	}
	if limit.PerSecond == 0 {
		limit.Burst = 0
	} else {
		limit.Burst = max(limit.Burst, 1)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit, d.limiter = limit, nil
	if limit.PerSecond > 0 {
		d.limiter = rate.NewLimiter(rate.Limit(limit.PerSecond), limit.Burst)
	}
	return nil
}

// state returns the planned faults and the limit.
func (d *faultDesk) state() ([]PlannedFault, RateLimit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]PlannedFault{}, d.planned...), d.limit
}

func (d *faultDesk) clear() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.planned, d.limit, d.limiter = nil, RateLimit{}, nil
}

// retryAfter counts a request against the limit and returns how many seconds to wait, or 0 when it may pass.
func (d *faultDesk) retryAfter(now time.Time) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limiter == nil || d.limiter.AllowN(now, 1) {
		return 0
	}
	missing := 1 - d.limiter.TokensAt(now)
	return max(1, int(math.Ceil(missing/d.limit.PerSecond)))
}

// choose returns the fault for a request: that of the header, else of a magic e-mail address, else the planned one.
func (d *faultDesk) choose(r *http.Request, body []byte) (fault, error) {
	if text := r.Header.Get(FaultHeader); text != "" {
		f, err := parseFault(text)
		if err != nil {
			return fault{}, fmt.Errorf("%s: %w", FaultHeader, err)
		}
		return f, nil
	}
	if f, ok := d.magicFault(r.URL, body); ok {
		return f, nil
	}
	return d.takePlanned(r.Method, r.URL.Path), nil
}

// magicFault finds an address such as fault-429@sandbox.test in the query or the body. Unknown words are no fault.
func (d *faultDesk) magicFault(target *url.URL, body []byte) (fault, bool) {
	var word []string
	if target.RawQuery != "" {
		word = d.magic.FindStringSubmatch(strings.ToLower(target.Query().Get("email")))
	}
	if lower := bytes.ToLower(body); word == nil && bytes.Contains(lower, []byte("@sandbox.test")) {
		word = d.magic.FindStringSubmatch(string(lower))
	}
	if word == nil {
		return fault{}, false
	}
	text := word[1]
	if name, ok := strings.CutSuffix(text, "-after"); ok {
		text = name + ";after"
	}
	f, err := parseFault(text)
	return f, err == nil
}

func (d *faultDesk) takePlanned(method, path string) fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.planned {
		p := &d.planned[i]
		if !strings.HasPrefix(path, p.Prefix) || p.Method != "" && !strings.EqualFold(p.Method, method) {
			continue
		}
		f, err := parseFault(p.Fault)
		if p.Times--; p.Times == 0 {
			d.planned = slices.Delete(d.planned, i, i+1)
		}
		if err != nil { // plan has parsed it before
			return fault{}
		}
		return f
	}
	return fault{}
}

// delay holds the request up; an error means that the client has gone.
func (f fault) delay(ctx context.Context, wait func(context.Context, time.Duration) error) error {
	if f.latency == 0 {
		return nil
	}
	return wait(ctx, f.latency)
}
