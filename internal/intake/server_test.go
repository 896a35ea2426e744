package intake

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/module"
)

// serve puts the handler behind a real server and returns a connection to it.
func serve(t *testing.T, b *bench, change ...func(*http.Server)) net.Conn {
	t.Helper()
	server := httptest.NewUnstartedServer(b.handler)
	for _, f := range change {
		f(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatalf("send: %v", err)
	}
}

// receive reads one answer: its status, body and whether the connection stays open.
func receive(t *testing.T, from *bufio.Reader) (int, string, bool) {
	t.Helper()
	response, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatalf("read answer: %v", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read body of answer: %v", err)
	}
	return response.StatusCode, string(body), !response.Close
}

func head(b *bench, method, more string) string {
	return method + " " + b.token.Path() + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n\r\n"
}

// TestSlowBodies uses a clock that stands in the past, so that every deadline has passed when it is set.
func TestSlowBodies(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, header, body string
		status             int
	}{
		{"body stays away", "Content-Length: 10", "", http.StatusRequestTimeout},
		{"rest of the body stays away", "Content-Length: 10", "123", http.StatusRequestTimeout},
		{"chunk stays away", "Transfer-Encoding: chunked", "3\r\nabc\r\n", http.StatusRequestTimeout},
		{"broken chunk", "Transfer-Encoding: chunked", "rubbish\r\n", http.StatusBadRequest},
		{"no body needs no time", "Content-Length: 0", "", http.StatusOK},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Hook{})
			conn := serve(t, b)
			send(t, conn, head(b, "POST", c.header)+c.body)
			status, text, open := receive(t, bufio.NewReader(conn))
			if status != c.status || open && c.status == http.StatusRequestTimeout {
				t.Errorf("got %d %s, connection open %v, want %d", status, text, open, c.status)
			}
			if got := b.handler.bytes.Load(); got != 0 {
				t.Errorf("bytes still counted: got %d, want 0", got)
			}
		})
	}
}

func systemTime(o *Options) { o.Clock = clock.System{} }

// TestConnectionsAreUsedAgain guards against deadlines that outlive their call.
func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{Settings: settings(t, `{"checks":[{"type":"apikey","keys":["k"]}]}`)}, systemTime)
	conn := serve(t, b)
	from := bufio.NewReader(conn)
	for _, key := range []string{"k", "wrong", "k"} { // the body of the second is never read by the handler
		send(t, conn, head(b, "POST", "X-Make-Apikey: "+key+"\r\nContent-Length: 7")+`{"a":1}`)
		want := http.StatusOK
		if key != "k" {
			want = http.StatusUnauthorized
		}
		if status, text, open := receive(t, from); status != want || !open {
			t.Errorf("key %s: got %d %s, connection open %v, want %d and open", key, status, text, open, want)
		}
	}
	if got, want := b.queued(), "{\"a\":1}\n{\"a\":1}"; got != want {
		t.Errorf("queued:\n got %s\nwant %s", got, want)
	}
}

func TestBodiesOfUnknownLength(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{}, systemTime)
	conn := serve(t, b)
	go func() { // the server stops reading at the limit, so that sending may fail
		_, _ = io.WriteString(conn, head(b, "POST", "Transfer-Encoding: chunked"))
		chunk := "100000\r\n" + strings.Repeat("x", 1<<20) + "\r\n"
		for range 6 {
			if _, err := io.WriteString(conn, chunk); err != nil {
				return
			}
		}
	}()
	status, text, open := receive(t, bufio.NewReader(conn))
	if status != http.StatusRequestEntityTooLarge || open {
		t.Errorf("got %d %s, connection open %v, want 413 and closed", status, text, open)
	}
	if len(b.items) != 0 || b.handler.bytes.Load() != 0 {
		t.Errorf("got %d items, %d bytes counted, want none", len(b.items), b.handler.bytes.Load())
	}
}

func TestBodiesThatEndEarly(t *testing.T) {
	t.Parallel()
	counted := make(chan Outcome, 1)
	b := newBench(t, Hook{}, systemTime, func(o *Options) { o.Meter = meterFunc(func(o Outcome) { counted <- o }) })
	conn := serve(t, b)
	send(t, conn, head(b, "POST", "Content-Length: 10")+`{"a"`)
	conn.Close()
	if got := <-counted; got != Unreadable || len(b.items) != 0 {
		t.Errorf("got %s and %d items, want %s and none", got, len(b.items), Unreadable)
	}
}

type meterFunc func(Outcome)

// Count passes the outcome on.
func (f meterFunc) Count(_ HookID, o Outcome) { f(o) }

// TestStoredAlthoughTheCallerLeft cuts the connection while the item is being stored.
func TestStoredAlthoughTheCallerLeft(t *testing.T) {
	t.Parallel()
	inside, done := make(chan struct{}), make(chan Outcome, 1)
	ctx, leave := context.WithCancel(t.Context())
	b := newBench(t, Hook{}, func(o *Options) { o.Meter = meterFunc(func(o Outcome) { done <- o }) })
	b.accepted = func() { leave(); close(inside) }
	b.do(b.request("POST", "", `{}`).WithContext(ctx))
	<-inside
	if got := <-done; got != Accepted || len(b.items) != 1 {
		t.Errorf("got %s and %d items, want %s and 1", got, len(b.items), Accepted)
	}
}

// waiting answers when the caller has been waiting for longer than the server's own limits.
type waiting struct{ until <-chan struct{} }

func (w waiting) Await(ctx context.Context, _ Receipt, _ time.Duration) (module.Response, bool, error) {
	select {
	case <-ctx.Done():
		return module.Response{Status: 599}, true, nil
	case <-w.until:
		return module.Response{Status: 201, Body: []byte("done")}, true, nil
	}
}

// TestWaitingOutlivesTheLimitsOfTheServer has a limit for writing of one nanosecond: only an extended one lets the
// answer through. The read deadline of the body must not end the wait either.
func TestWaitingOutlivesTheLimitsOfTheServer(t *testing.T) {
	t.Parallel()
	answer := make(chan struct{})
	close(answer)
	b := newBench(t, Hook{Responds: true}, systemTime, func(o *Options) { o.Responder = waiting{answer} })
	conn := serve(t, b, func(s *http.Server) { s.WriteTimeout = time.Nanosecond })
	send(t, conn, head(b, "POST", "Content-Length: 2")+"{}")
	if status, text, _ := receive(t, bufio.NewReader(conn)); status != 201 || text != "done" {
		t.Errorf("got %d %s, want 201 done", status, text)
	}
}
