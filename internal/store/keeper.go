package store

import (
	"context"
	"database/sql/driver"
	"sync/atomic"
)

// keeper copies the write-ahead log into the database beside the writer, so that a commit rarely waits for it. Only
// the little that was written meanwhile is copied by the writer itself, which lets the log begin anew.
type keeper struct {
	conn    *conn
	writer  *writer
	after   int64        // pages from which the log is copied
	pending atomic.Int64 // pages since the last copy
	wake    chan struct{}
	stop    context.CancelFunc
	stopped context.Context //nolint:containedctx // it is the life of the goroutine, not of a call
	ended   chan struct{}
}

func newKeeper(path string, w *writer) (*keeper, error) {
	c, err := openConn(path)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	return &keeper{conn: c, writer: w, after: copyPages, wake: make(chan struct{}, 1), stop: stop, stopped: ctx, ended: make(chan struct{})}, nil
}

// written notes how many pages a commit has added to the log; the writer calls it.
func (k *keeper) written(pages int) {
	if k.pending.Add(int64(pages)) < k.after {
		return
	}
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeper) loop() {
	defer close(k.ended)
	for {
		select {
		case <-k.wake:
		case <-k.stopped.Done():
			return
		}
		k.pending.Store(0)
		// A copy that fails is tried again with the next one; the log only grows meanwhile, nothing is lost.
		if copyLog(k.conn, "PASSIVE") == nil {
			_ = k.writer.between(k.stopped, func(c *conn) error { return copyLog(c, "PASSIVE") })
		}
	}
}

func (k *keeper) close() {
	k.stop()
	<-k.ended
}

func copyLog(c *conn, mode string) error {
	return c.each(func([]driver.Value) error { return nil }, "PRAGMA wal_checkpoint("+mode+")")
}
