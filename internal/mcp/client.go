package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
)

// client calls the API for one caller.
type client struct {
	transport http.RoundTripper
	base      *url.URL
	header    http.Header // credentials
}

// request is one call of the API.
type request struct {
	method, path string
	query        url.Values
	header       http.Header
	body         any // nil for none
}

// do makes a call and returns the answer, nil where there is none. What is no success is an error with the API's own words.
func (c *client) do(ctx context.Context, r request) (json.RawMessage, error) {
	var body io.Reader = http.NoBody
	if r.body != nil {
		data, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	u := *c.base
	u.Path += api.Prefix + r.path
	if path, err := url.PathUnescape(u.Path); err == nil {
		u.RawPath, u.Path = u.Path, path
	}
	u.RawQuery = r.query.Encode()
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	for _, from := range []http.Header{c.header, r.header} {
		for name, values := range from {
			req.Header[name] = values
		}
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, fault.Wrap(fault.Connection, err, "The server of Ropeway cannot be reached.").WithHint("see whether it runs")
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, fault.Wrap(fault.Connection, err, "The answer of the server broke off.")
	case len(text) > MaxAnswerBytes:
		return nil, fault.Newf(fault.DataSizeLimit, "The answer has more than %d bytes.", MaxAnswerBytes).WithHint("ask for less")
	case resp.StatusCode >= http.StatusMultipleChoices:
		return nil, &refused{status: resp.StatusCode, cause: api.ReadProblem(resp.StatusCode, text)}
	}
	return text, nil
}

// get reads what is at a path into out.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	text, err := c.do(ctx, request{method: http.MethodGet, path: path, query: query})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fault.Wrap(fault.Unexpected, err, "The answer of the server cannot be read.").WithHint("use the same version of Ropeway on both sides")
	}
	return nil
}

// refused is an answer of the API that is no success.
type refused struct {
	status int
	cause  error
}

// Error says what the API said.
func (r *refused) Error() string { return r.cause.Error() }

// Unwrap returns what the API said.
func (r *refused) Unwrap() error { return r.cause }

// absent reports whether the API said that there is no such thing.
func absent(err error) bool {
	var r *refused
	return errors.As(err, &r) && r.status == http.StatusNotFound
}

// handlerTransport carries calls to a handler of this process.
type handlerTransport struct{ handler http.Handler }

var _ http.RoundTripper = handlerTransport{}

// RoundTrip has the handler answer. Of an answer that is too large the rest is not kept.
func (t handlerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &keptAnswer{header: http.Header{}, status: http.StatusOK}
	if err := t.serve(w, r); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

func (t handlerTransport) serve(w http.ResponseWriter, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil { // the way in which a handler cuts its answer off
			err = fmt.Errorf("the answer was cut off: %v", p)
		}
	}()
	t.handler.ServeHTTP(w, r)
	return nil
}

// keptAnswer is an answer in memory.
type keptAnswer struct {
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

// Header returns the header to fill in.
func (w *keptAnswer) Header() http.Header { return w.header }

// WriteHeader takes the first status.
func (w *keptAnswer) WriteHeader(status int) {
	if !w.written {
		w.status, w.written = status, true
	}
}

// Write keeps p up to one byte more than may be read.
func (w *keptAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if room := MaxAnswerBytes + 1 - w.body.Len(); room > 0 {
		w.body.Write(p[:min(len(p), room)])
	}
	return len(p), nil
}
