package socket

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serve answers on the socket of dir until the test ends.
func serve(t *testing.T, dir string) *Listener {
	t.Helper()
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, r.Method, " ", r.URL, " ", n)
	})}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v (%v)", left, err)
		}
	})
	return l
}

func ask(t *testing.T, dir, body string) string {
	t.Helper()
	d, ok := Find(t.Context(), dir)
	if !ok {
		t.Fatal("no server was found")
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://ropeway/x", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := d.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestSocketIsForItsOwner(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	serve(t, dir)
	info, err := os.Stat(filepath.Join(dir, socketFile))
	if err != nil || info.Mode().Perm() != onlyOwner || info.Mode()&fs.ModeSocket == 0 {
		t.Errorf("got %v (%v), want a socket with permissions for its owner", info.Mode(), err)
	}
	if got := ask(t, dir, "hello"); got != "POST /x 5" {
		t.Errorf("got %q, want the answer of the handler", got)
	}
}

func TestLongPathsFindTheirSocket(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", maxPathBytes))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := serve(t, dir)
	if got := ask(t, dir, ""); got != "POST /x 0" {
		t.Errorf("got %q, want the answer of the handler", got)
	}
	place := filepath.Dir(l.remove[0])
	if info, err := os.Stat(place); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v (%v), want a folder for its owner", info.Mode(), err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(place); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder of the socket is left behind: %v", err)
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, ok := Find(t.Context(), dir); ok {
		t.Error("found a server where there is no socket")
	}
	crashed, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, socketFile), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	crashed.SetUnlinkOnClose(false)
	_ = crashed.Close()
	if _, ok := Find(t.Context(), dir); ok {
		t.Error("found a server where there is only a socket")
	}
	serve(t, dir)
	if _, ok := Find(t.Context(), dir); !ok {
		t.Error("found no server where one has replaced the socket of another")
	}
}

func TestServerThatEndsIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l, err := Listen(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	d, ok := Find(t.Context(), dir)
	if !ok {
		t.Fatal("no server was found")
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close() // without an answer
		}
	}()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://ropeway/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.RoundTrip(r); err == nil || !strings.Contains(err.Error(), "without an answer") {
		t.Errorf("got %v, want that there was no answer", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := d.RoundTrip(r); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("got %v, want that nobody answers", err)
	}
}
