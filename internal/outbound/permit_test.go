package outbound

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// TestCallsThatWaitAreNotSentWithoutPermit takes the permit of a call away while it waits for the only connection to its host.
func TestCallsThatWaitAreNotSentWithoutPermit(t *testing.T) {
	t.Parallel()
	errGone := errors.New("not yours any more")
	for name, secure := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			entered, gate := make(chan struct{}), make(chan struct{})
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				if calls.Add(1) == 1 {
					close(entered)
					<-gate
				}
			}))
			options := Options{Allow: []string{"loopback"}, MaxConnsPerHost: 1}
			r := Request{Method: http.MethodPut}
			if secure {
				server.EnableHTTP2 = true
				server.StartTLS()
				r.InsecureSkipVerify = true
			} else {
				server.Start()
			}
			client := New(options)
			t.Cleanup(func() {
				client.Close()
				server.Close()
			})
			r.URL = server.URL
			first := make(chan error, 1)
			go func() {
				_, err := client.Do(t.Context(), r)
				first <- err
			}()
			<-entered
			second := make(chan error, 1)
			asked := make(chan struct{}, 9)
			go func() {
				resp, err := client.Do(WithPermit(t.Context(), func() error {
					asked <- struct{}{}
					return errGone
				}), r)
				if err == nil || resp.Sent {
					err = errors.New("it was sent")
				}
				second <- err
			}()
			if secure { // it shares the connection
				<-asked
			}
			close(gate)
			if err := <-second; !errors.Is(err, errGone) {
				t.Errorf("the call that has no permit: got %v, want %v", err, errGone)
			}
			if err := <-first; err != nil {
				t.Errorf("the call before it: %v", err)
			}
			if got := calls.Load(); got != 1 {
				t.Errorf("got %d calls, want that of the first one alone", got)
			}
			if _, err := client.Do(WithPermit(t.Context(), func() error { return nil }), r); err != nil || calls.Load() != 2 {
				t.Errorf("a call with a permit: got %v and %d calls", err, calls.Load())
			}
		})
	}
}
