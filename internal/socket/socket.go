// Package socket is the door of a running server for the commands of the same machine: a Unix socket in its data directory.
//
// It exists so that commands work beside a server, which has the data directory for itself. Who may open the file owns the
// installation: the socket and its directory belong to one user, so nobody is asked for a password. It knows nothing of
// what is said over the socket but that it is HTTP.
package socket

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// Names of the files in the data directory.
const (
	socketFile = "control.sock"
	placeFile  = "control.path" // says where the socket is when the path of the data directory is too long for one
)

// maxPathBytes is the longest path of a socket that every system takes.
const maxPathBytes = 100

// Permissions of the socket and of the file that names its place.
const onlyOwner fs.FileMode = 0o600

// maxPlaceBytes is the size of the file that names the place of a socket.
const maxPlaceBytes = 4 << 10

// Listener is the socket of a server.
type Listener struct {
	net.Listener
	remove []string // what is left of it in the file system
}

// Listen opens the socket of the data directory dir. The caller must have the directory for itself: a socket that is there
// was left by a server that crashed, and is replaced.
func Listen(ctx context.Context, dir string) (*Listener, error) {
	path, err := filepath.Abs(filepath.Join(dir, socketFile))
	if err != nil {
		return nil, listenFault(dir, err)
	}
	if err := os.Remove(filepath.Join(dir, placeFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, listenFault(dir, err)
	}
	if len(path) <= maxPathBytes-len(bornIn) {
		return listenAt(ctx, path)
	}
	place, err := os.MkdirTemp("", "ropeway-") // only the owner may open it
	if err != nil {
		return nil, listenFault(dir, err)
	}
	l, err := listenAt(ctx, filepath.Join(place, socketFile))
	if err == nil {
		l.remove = append(l.remove, place)
		note := filepath.Join(dir, placeFile)
		if err = os.WriteFile(note, []byte(filepath.Join(place, socketFile)), onlyOwner); err == nil {
			l.remove = append(l.remove, note)
			return l, nil
		}
		err = errors.Join(listenFault(dir, err), l.Close())
	}
	return nil, errors.Join(err, os.RemoveAll(place))
}

// bornIn is about how much longer the path is under which a socket is made than that under which it is found.
const bornIn = "/.socket-0123456789"

// listenAt makes the socket in a folder that only the owner may open, and gives it its name when its permissions are
// right: at no time may anybody else connect.
func listenAt(ctx context.Context, path string) (*Listener, error) {
	folder, err := os.MkdirTemp(filepath.Dir(path), ".socket-")
	if err != nil {
		return nil, listenFault(path, err)
	}
	defer os.RemoveAll(folder) //nolint:errcheck // an empty folder does no harm
	born := filepath.Join(folder, "s")
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", born)
	if err != nil {
		return nil, listenFault(path, err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	if err := errors.Join(os.Chmod(born, onlyOwner), os.Rename(born, path)); err != nil {
		return nil, errors.Join(listenFault(path, err), l.Close())
	}
	return &Listener{Listener: l, remove: []string{path}}, nil
}

func listenFault(path string, err error) error {
	return fault.Wrap(fault.InvalidConfiguration, err, fmt.Sprintf("The control socket cannot be opened at %s: %v.", path, err)).
		WithHint("keep the data directory on a local disk that takes sockets")
}

// Close ends listening and removes the socket.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	for _, path := range l.remove {
		if e := os.Remove(path); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("close the control socket: %w", err)
	}
	return nil
}

// path returns where the socket of a data directory is.
func path(dir string) string {
	usual := filepath.Join(dir, socketFile)
	f, err := os.Open(filepath.Join(dir, placeFile)) //nolint:gosec // who calls the command names the directory
	if err != nil {
		return usual
	}
	defer f.Close()
	place, err := io.ReadAll(io.LimitReader(f, maxPlaceBytes))
	if err != nil || len(place) == 0 {
		return usual
	}
	return strings.TrimSpace(string(place))
}

// Dialer sends requests to the server of a data directory, each over a connection of its own.
type Dialer struct{ dir string }

var _ http.RoundTripper = (*Dialer)(nil)

// Find returns what calls the server that runs on the data directory dir; false when none answers.
func Find(ctx context.Context, dir string) (*Dialer, bool) {
	d := &Dialer{dir: dir}
	conn, err := d.dial(ctx)
	if err != nil {
		return nil, false
	}
	_ = conn.Close() // nothing was said
	return d, true
}

func (d *Dialer) dial(ctx context.Context) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "unix", path(d.dir)) //nolint:wrapcheck // the callers tell it
}

// RoundTrip sends one request. The answer's body must be closed.
func (d *Dialer) RoundTrip(r *http.Request) (*http.Response, error) {
	conn, err := d.dial(r.Context())
	if err != nil {
		return nil, fault.Wrap(fault.Connection, err, "The server does not answer on its control socket.").WithHint("see whether it still runs")
	}
	stop := context.AfterFunc(r.Context(), func() { _ = conn.Close() }) // what waits for it fails then
	closeAll := func() error {
		stop()
		return conn.Close()
	}
	// A server that refuses a body answers before it was sent whole: the answer counts, not that the rest could not be sent.
	sent := make(chan error, 1)
	go func() { sent <- r.Write(conn) }()
	resp, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		err = errors.Join(err, closeAll(), <-sent)
		return nil, fault.Wrap(fault.Connection, err, "The server ended the call on its control socket without an answer.").WithHint("see its log")
	}
	resp.Body = &body{ReadCloser: resp.Body, close: closeAll}
	return resp, nil
}

// body closes the connection with the answer.
type body struct {
	io.ReadCloser
	close func() error
}

// Close ends the answer and its connection.
func (b *body) Close() error {
	return errors.Join(b.ReadCloser.Close(), b.close())
}
