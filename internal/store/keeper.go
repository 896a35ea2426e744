package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"

	"github.com/ropeway/ropeway/internal/fault"
)

// keeper copies the write-ahead log into the database beside the writer, so that a commit rarely waits for it. Only
// the little that was written meanwhile is copied by the writer itself, which lets the log begin anew.
type keeper struct {
	path    string // of the database
	log     string // file
	after   int64  // pages from which the log is copied
	most    int64  // bytes of the log from which those who read for long are stopped
	writer  *writer
	pending atomic.Int64 // pages since the last copy
	wake    chan struct{}
	stop    context.CancelFunc
	stopped context.Context //nolint:containedctx // it is the life of the goroutine, not of a call
	ended   chan struct{}
	reads   longReads

	// doubt says that the disk has refused to keep what was copied. What else was copied before may be lost as well: the operating system
	// forgets what it could not write, and the database counts it as copied. So nothing more is copied, and the log stays as it is. The
	// next start finds all of it in the log, and copies it anew.
	doubt atomic.Bool

	mu   sync.Mutex // held by who copies; guards what follows
	conn *conn
}

func newKeeper(path string, w *writer) (*keeper, error) {
	c, err := openConn(path)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	return &keeper{
		path: path, log: path + "-wal", after: copyPages, most: MaxLogBytes, writer: w, wake: make(chan struct{}, 1),
		stop: stop, stopped: ctx, ended: make(chan struct{}), reads: longReads{stops: map[int]context.CancelCauseFunc{}}, conn: c,
	}, nil
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
		// A copy that fails is tried again with the next one; the log only grows meanwhile, nothing is lost.
		_ = k.copy(k.stopped)
	}
}

// copy copies the log as far as the oldest reader allows. When that leaves it too long, readers that take long are
// stopped, and the next copy lets it begin anew.
func (k *keeper) copy(ctx context.Context) error {
	k.pending.Store(0)
	if err := k.copyBeside(); err != nil {
		return err
	}
	if err := k.writer.between(ctx, func(c *conn) error { return k.copyBetween(c, "PASSIVE") }); err != nil {
		return err
	}
	if info, err := os.Stat(k.log); err == nil && info.Size() > k.most {
		k.reads.stopAll()
	}
	return nil
}

func (k *keeper) copyBeside() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.copyLog(k.conn, "PASSIVE")
}

// copyBetween copies what is left on the connection of the writer, unless somebody else copies.
func (k *keeper) copyBetween(c *conn, mode string) error {
	if !k.mu.TryLock() {
		return nil
	}
	defer k.mu.Unlock()
	return k.copyLog(c, mode)
}

// copyLog copies the log, unless what was copied is in doubt. The caller holds mu.
func (k *keeper) copyLog(c *conn, mode string) error {
	if k.doubt.Load() {
		return nil
	}
	err := copyLog(c, mode)
	if diskFailed(err) {
		k.doubt.Store(true)
	}
	return err
}

// keepLog returns a connection that leaves the log where it is when it is closed as the last one; nil where there is no need to.
func (k *keeper) keepLog() (*conn, error) {
	if !k.doubt.Load() {
		return nil, nil //nolint:nilnil // the log may go
	}
	c, err := openConn(k.path)
	if err != nil {
		return nil, err
	}
	err = c.pragma("PRAGMA journal_size_limit = -1")
	if err == nil {
		_, err = c.number("SELECT count(*) FROM sqlite_schema") // what has not read knows of no log
	}
	file, ok := c.raw.(sqlite.FileControl)
	if err == nil && !ok {
		err = errors.New("the database driver cannot keep it")
	}
	if err == nil {
		_, err = file.FileControlPersistWAL("main", 1)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keep the log of the database: %w", err), c.close())
	}
	return c, nil
}

// cut shortens the file of the log, which otherwise keeps the size that it once had. It does not wait for readers: with
// one in its way the file keeps its size until the next time.
func (k *keeper) cut(ctx context.Context) error {
	return k.writer.between(ctx, func(c *conn) (err error) {
		if err := c.pragma("PRAGMA busy_timeout = 0"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.pragma("PRAGMA busy_timeout = "+lockWaitMS())) }()
		if err := k.copyBetween(c, "TRUNCATE"); err != nil && !busy(err) {
			return err
		}
		return nil
	})
}

func (k *keeper) close() {
	k.stop()
	<-k.ended
}

func copyLog(c *conn, mode string) error {
	return c.each(func([]driver.Value) error { return nil }, "PRAGMA wal_checkpoint("+mode+")")
}

// longReads are the reads of one state of the whole database. While one goes on, the log cannot begin anew.
type longReads struct {
	mu    sync.Mutex
	next  int
	stops map[int]context.CancelCauseFunc
}

// begin returns the context of a long read, and what is to be called at its end with its error: it returns the fault to
// tell, which says so when the read was stopped for the sake of the log.
func (l *longReads) begin(ctx context.Context) (context.Context, func(error) error) {
	ctx, stop := context.WithCancelCause(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	number := l.next
	l.stops[number] = stop
	return ctx, func(err error) error {
		l.mu.Lock()
		delete(l.stops, number)
		l.mu.Unlock()
		cause := context.Cause(ctx)
		stop(nil)
		if err != nil && errors.Is(cause, ErrLogTooLong) {
			return logTooLong(err)
		}
		return err
	}
}

func (l *longReads) stopAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, stop := range l.stops {
		stop(ErrLogTooLong)
	}
}

func logTooLong(err error) error {
	return fault.Wrap(fault.Unexpected, errors.Join(ErrLogTooLong, err), "Reading the whole database was stopped, because what was written meanwhile filled the disk too fast.").
		WithHint("try again at a quieter time, or with a faster target")
}
