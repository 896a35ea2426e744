package intake

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// Buffers start at firstRead and double. Those of up to keptBuffer bytes are used again.
const (
	firstRead  = 4 << 10
	keptBuffer = 64 << 10
)

// buffers keeps the buffers of short bodies, which are nearly all.
type buffers struct{ pool sync.Pool }

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any {
		b := make([]byte, 0, firstRead)
		return &b
	}}}
}

// read reads the body. It must have arrived by the deadline and is never held beyond the limits, and the buffer grows
// only with what really came. release must be called when body is no longer needed.
func (c *call) read() (body []byte, release func(), end *answer) {
	if c.r.ContentLength > MaxBodyBytes {
		return nil, nil, c.tooLarge()
	}
	if !c.hasBody() {
		return nil, func() {}, nil
	}
	if encoding := c.r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return nil, nil, refused(http.StatusUnsupportedMediaType, Unreadable, "Compressed bodies are not accepted: send it without Content-Encoding.")
	}
	buffer, _ := c.h.buffers.pool.Get().(*[]byte)
	data, err := c.fill((*buffer)[:0])
	release = func() {
		c.h.bytes.Add(-c.held)
		if *buffer = data; cap(data) <= keptBuffer {
			c.h.buffers.pool.Put(buffer)
		}
	}
	if err != nil {
		release()
		return nil, nil, c.unread(err)
	}
	c.deadline(time.Time{}) // what follows on the connection is no body, and may take its time
	return data, release, nil
}

func (c *call) hasBody() bool {
	return c.r.ContentLength != 0 && c.r.Body != nil && c.r.Body != http.NoBody
}

// deadline bounds the time that the connection may take to send. A transport without deadlines has no slow senders.
func (c *call) deadline(t time.Time) { _ = http.NewResponseController(c.w).SetReadDeadline(t) }

// Reasons to stop reading.
var (
	errBodyTooLarge = errors.New("intake: body too large")
	errNoRoom       = errors.New("intake: too many bytes in flight")
)

// fill reads to the end of the body.
func (c *call) fill(data []byte) ([]byte, error) {
	if !c.hold(int64(cap(data))) {
		return data, errNoRoom
	}
	for {
		if len(data) == cap(data) {
			larger := min(2*cap(data), MaxBodyBytes+1)
			if !c.hold(int64(larger - cap(data))) {
				return data, errNoRoom
			}
			data = append(make([]byte, 0, larger), data...)
		}
		n, err := c.r.Body.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case len(data) > MaxBodyBytes:
			return data, errBodyTooLarge
		case errors.Is(err, io.EOF):
			return data, nil
		case err != nil:
			return data, err
		}
	}
}

// hold counts bytes against the limit of all calls together.
func (c *call) hold(n int64) bool {
	c.held += n
	return c.h.bytes.Add(n) <= c.h.o.MaxInFlightBytes
}

func (c *call) tooLarge() *answer {
	a := refused(http.StatusRequestEntityTooLarge, TooLarge, fmt.Sprintf("The body is larger than %d MiB.", MaxBodyBytes>>20))
	a.headers = []header{{"Connection", "close"}} // rather than to read the rest of it
	return a
}

// unread answers a body that did not arrive.
func (c *call) unread(err error) *answer {
	switch {
	case errors.Is(err, errBodyTooLarge):
		return c.tooLarge()
	case errors.Is(err, errNoRoom):
		a := busy()
		a.headers = []header{{"Connection", "close"}}
		return a
	case errors.Is(err, os.ErrDeadlineExceeded):
		a := refused(http.StatusRequestTimeout, TooSlow, "The body did not arrive within "+c.h.o.BodyTime.String()+".")
		a.headers = []header{{"Connection", "close"}}
		return a
	}
	return refused(http.StatusBadRequest, Unreadable, "The body is broken or ended early.")
}
