//go:build linux || darwin

package crash_test

import (
	"io"
	"net/http"
	"syscall"
	"testing"
)

// TestUpgradedServer has a server go on as the program at its path, again and again, while it is called: no call is refused, and the
// address stays.
func TestUpgradedServer(t *testing.T) {
	t.Parallel()
	in := build(t, "127.0.0.1:1")
	p, err := in.start()
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: readyLimit}
	first, _, err := p.ready(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	over, called := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-over:
				called <- nil
				return
			default:
			}
			resp, err := client.Get(first + "/healthz")
			if err != nil {
				called <- err
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body) // so that the connection is used again, as far as the server allows
			resp.Body.Close()
		}
	}()
	for range 3 {
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		again, _, err := p.ready(t.Context(), client)
		if err != nil || again != first {
			t.Errorf("after an upgrade: got address %q, error %v; want %s\n%s", again, err, first, in.log.String())
			break
		}
	}
	close(over)
	if err := <-called; err != nil {
		t.Errorf("a call during an upgrade: %v", err)
	}
	if err := p.stop(t.Context()); err != nil {
		t.Error(err)
	}
}
