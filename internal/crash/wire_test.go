//go:build linux || darwin

package crash_test

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
)

// wire is the way of a node to its database, which can be cut, and held up: what was on its way arrives later then.
type wire struct {
	listener net.Listener

	mu     sync.Mutex
	target string        // path of the socket of the database
	cut    bool          // connections end at once
	held   chan struct{} // not nil: nothing goes through until it is closed
	open   map[net.Conn]bool
	all    sync.WaitGroup
}

func newWire(t *testing.T, target string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, target: target, open: map[net.Conn]bool{}}
	w.all.Go(w.accept)
	t.Cleanup(func() {
		w.heal()
		w.drop()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		w.all.Wait()
	})
	return w
}

func (w *wire) address() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return // the test is over
		}
		w.all.Go(func() { w.carry(c) })
	}
}

// carry takes what comes on a connection to the database, and back.
func (w *wire) carry(c net.Conn) {
	w.mu.Lock()
	target, cut := w.target, w.cut
	w.mu.Unlock()
	up, err := net.Dial("unix", target)
	if err != nil || cut {
		closeAll(c, up)
		return
	}
	w.mu.Lock()
	w.open[c], w.open[up] = true, true
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { w.copy(up, c) })
	both.Go(func() { w.copy(c, up) })
	both.Wait()
	w.mu.Lock()
	delete(w.open, c)
	delete(w.open, up)
	w.mu.Unlock()
}

func closeAll(list ...net.Conn) {
	for _, c := range list {
		if c != nil {
			_ = c.Close() // it may be closed already
		}
	}
}

// copy ends both connections when one of them ends.
func (w *wire) copy(to, from net.Conn) {
	defer closeAll(to, from)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		held := w.held
		w.mu.Unlock()
		if held != nil {
			<-held
		}
		if n > 0 {
			if _, lost := to.Write(buffer[:n]); lost != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// sever ends all connections, and those that come, until heal.
func (w *wire) sever() {
	w.mu.Lock()
	w.cut = true
	w.mu.Unlock()
	w.drop()
}

// hold lets nothing through until heal, and tells neither side.
func (w *wire) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held == nil {
		w.held = make(chan struct{})
	}
}

// heal lets everything through again, also what was held up.
func (w *wire) heal() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
	if w.held != nil {
		close(w.held)
		w.held = nil
	}
}

// lead leads to another database from now on.
func (w *wire) lead(target string) {
	w.mu.Lock()
	w.target = target
	w.mu.Unlock()
	w.drop()
}

func (w *wire) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		closeAll(c)
	}
}

// TestWire sends through a wire that is held up, and through one that is cut.
func TestWire(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // it may be closed already
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }() // ends with the connection
		}
	}()
	w := newWire(t, path)
	c, err := net.Dial("tcp", w.address())
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll(c)
	echo := func() error {
		if _, err := c.Write([]byte("x")); err != nil {
			return err
		}
		_, err := io.ReadFull(c, make([]byte, 1))
		return err
	}
	if err := echo(); err != nil {
		t.Errorf("got %v through a whole wire", err)
	}
	w.hold()
	answered := make(chan error, 1)
	go func() { answered <- echo() }()
	w.heal()
	if err := <-answered; err != nil {
		t.Errorf("got %v for what was held up", err)
	}
	w.sever()
	if err := echo(); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v through a wire that is cut, want that the other side is gone", err)
	}
}
