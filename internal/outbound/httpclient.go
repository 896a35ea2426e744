package outbound

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// Limits of calls through HTTPClient.
const (
	// MaxPlainBytes is the size of an answer.
	MaxPlainBytes = 1 << 20
	plainTimeout  = 15 * time.Second
)

// HTTPClient returns a client for libraries that insist on one of net/http. Addresses are checked as in Do. It follows no
// redirects, and cuts answers off with an error behind MaxPlainBytes. Nothing is recorded, and no rate budget is drawn from.
func (c *Client) HTTPClient() (*http.Client, error) {
	transport, err := c.transports.get(&prepared{})
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport: bounded{transport}, Timeout: plainTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// bounded is a transport whose answers end with an error when they are too long.
type bounded struct{ next http.RoundTripper }

// RoundTrip makes a call.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // net/http wraps it
	}
	resp.Body = &boundedBody{resp.Body, MaxPlainBytes}
	return resp, nil
}

type boundedBody struct {
	io.ReadCloser
	left int
}

// Read reads, and fails when there is more than is allowed.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if n > b.left {
		n, err = b.left, fault.Wrap(fault.MaxFileSizeExceeded, errors.New("the answer is too long"), "[answer-much] The service answered with too much.")
	}
	b.left -= n
	return n, err
}
