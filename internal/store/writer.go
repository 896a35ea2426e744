package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/ropeway/ropeway/internal/clock"
)

// lane is where a request waits. Each has its own room in a commit, so that none starves another.
type lane int

const (
	intakeLane lane = iota
	executionLane
	upkeepLane
	lanes
)

// shares says how many requests of each lane one commit takes.
func shares() [lanes]int { return [lanes]int{intakeShare, executionShare, upkeepShare} }

// States of a request, so that exactly one of the writer and a waiter that gives up decides what becomes of it.
const (
	requestWaiting int32 = iota
	requestTaken
	requestWithdrawn
)

// request is something to be written. apply refuses with a rejection, before it has written anything unless guarded;
// any other error fails the whole commit.
type request struct {
	apply   func(*tx) error
	between func(*conn) error // in place of apply: runs outside a transaction, after the commit
	beside  *Accompaniment    // written with it; nil for most
	guarded bool              // apply may be refused after it has written: it runs in a savepoint
	shared  bool              // it changes what executions of other partitions change too
	alone   bool              // it has a commit of its own
	bytes   int               // about how much it writes
	state   atomic.Int32
	err     error // set before done is closed
	done    chan struct{}
}

// writer gathers requests and commits them together.
type writer struct {
	conn session
	tx   tx

	queues [lanes]chan *request
	mu     sync.RWMutex // held for reading while a request is handed in, so that closing loses none
	closed bool
	ended  chan struct{}

	// beforeCommit runs before each commit and can fail it; tests put slow and failing disks here.
	beforeCommit func() error
	afterCommit  func(pages int)
	meter        Meter    // nil for none
	strands      *strands // that it is one of
	batch        []*request
	carried      int        // requests of the last commit
	held         *request   // one with a commit of its own, which is the next one
	from         lane       // of held
	aside        []*request // those that run between commits
}

func newWriter(c session) *writer {
	w := &writer{conn: c, ended: make(chan struct{})}
	for i := range w.queues {
		w.queues[i] = make(chan *request, laneDepth)
	}
	return w
}

// submit hands a request in and waits for its commit. When ctx ends first, the request is withdrawn; one that the
// writer has begun to write is waited for, so that the answer is always the truth.
func (w *writer) submit(ctx context.Context, l lane, r *request) error {
	r.done, r.beside = make(chan struct{}), accompanimentOf(ctx)
	if err := w.enqueue(ctx, l, r); err != nil {
		return err
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
	}
	if r.state.CompareAndSwap(requestWaiting, requestWithdrawn) {
		return fmt.Errorf("%w: %w", ErrNotSaved, ctx.Err())
	}
	<-r.done
	return r.err
}

func (w *writer) enqueue(ctx context.Context, l lane, r *request) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return closedFault()
	}
	select {
	case w.queues[l] <- r:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrNotSaved, ctx.Err())
	}
}

// close stops taking requests, and returns when those that were handed in are answered.
func (w *writer) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		for _, q := range w.queues {
			close(q)
		}
	}
	w.mu.Unlock()
	<-w.ended
}

// loop is the writer goroutine. It ends when all lanes are closed and empty.
func (w *writer) loop() {
	defer close(w.ended)
	queues := w.queues
	for {
		first, l, open := w.held, w.from, true
		if first == nil {
			first, l, open = wait(&queues)
		}
		if !open {
			return
		}
		w.held = nil
		w.gather(first, l)
		w.commit()
		for _, r := range w.aside {
			r.err = r.between(w.file())
			close(r.done)
		}
		clear(w.aside)
		w.aside = w.aside[:0]
	}
}

// file is the connection of a writer of SQLite. Nobody asks for anything between the commits of another one.
func (w *writer) file() *conn {
	c, _ := w.conn.(*conn)
	return c
}

// between runs f on the writer's connection while no transaction is open.
func (w *writer) between(ctx context.Context, f func(*conn) error) error {
	return w.submit(ctx, upkeepLane, &request{between: f})
}

// wait returns the next request of any lane, false when all are closed. A closed lane is taken out of queues.
func wait(queues *[lanes]chan *request) (*request, lane, bool) {
	for queues[intakeLane] != nil || queues[executionLane] != nil || queues[upkeepLane] != nil {
		var r *request
		var l lane
		select {
		case r = <-queues[executionLane]:
			l = executionLane
		case r = <-queues[intakeLane]:
			l = intakeLane
		case r = <-queues[upkeepLane]:
			l = upkeepLane
		}
		if r != nil {
			return r, l, true
		}
		queues[l] = nil
	}
	return nil, 0, false
}

// gather takes what waits, up to the share of each lane and batchBytes, in the order of arrival in each lane. Those who
// were just answered often come back at once: they get the chance to before the commit begins, or they would always
// miss it, and every commit would carry only half of those who are under way.
func (w *writer) gather(first *request, from lane) {
	w.batch = w.batch[:0]
	bytes := w.take(first)
	room := shares()
	room[from]--
	if first.alone {
		return
	}
	waited := w.carried < waitedBatch
	for idle := 0; idle < gatherPauses && bytes < batchBytes && w.held == nil; idle++ {
		before := len(w.batch)
		bytes = w.drain(&room, bytes)
		if len(w.batch) > before {
			idle = 0
		}
		if len(w.batch) >= executionShare {
			return
		}
		if idle == gatherPauses-1 && !waited && len(w.batch) < w.carried*3/4 {
			idle, waited = 0, true
			_ = clock.System{}.Sleep(context.Background(), gatherWait) // in real time: the processor is what is waited for
		}
		runtime.Gosched()
	}
}

// drain takes what waits now, and returns the size of the batch.
func (w *writer) drain(room *[lanes]int, bytes int) int {
	for _, l := range [...]lane{executionLane, intakeLane, upkeepLane} {
		for ; room[l] > 0 && bytes < batchBytes; room[l]-- {
			r := poll(w.queues[l])
			if r == nil {
				break
			}
			if r.alone {
				w.held, w.from = r, l
				return bytes
			}
			bytes += w.take(r)
		}
	}
	return bytes
}

func poll(q chan *request) *request {
	select {
	case r := <-q:
		return r
	default:
		return nil
	}
}

// take adds r to the batch unless its sender gave up, and returns its size.
func (w *writer) take(r *request) int {
	if !r.state.CompareAndSwap(requestWaiting, requestTaken) {
		return 0
	}
	if r.between != nil {
		w.aside = append(w.aside, r)
		return 0
	}
	w.batch = append(w.batch, r)
	return r.bytes
}

// commit writes the batch in one transaction and then answers everybody in it.
func (w *writer) commit() {
	if len(w.batch) == 0 {
		return
	}
	began := w.tx.store.clock.Now()
	requests := len(w.batch)
	w.carried = requests
	err := w.write()
	behind := 0
	for _, q := range w.queues {
		behind += len(q)
	}
	for i, r := range w.batch {
		if err != nil {
			r.err = err
		}
		close(r.done)
		w.batch[i] = nil
	}
	pages := w.conn.written()
	w.afterCommit(pages)
	now := w.tx.store.clock.Now()
	if w.meter != nil {
		w.meter.Committed(requests, pages, now.Sub(began))
	}
	if len(w.strands.more) > 0 && err == nil {
		w.strands.committed(w, requests, behind, now)
	}
}

// write returns an error when nothing of the batch is there; refusals of single requests are left in them.
func (w *writer) write() error {
	w.tx.careful = false
	for n := 1; ; n++ {
		outcome, cause := w.try()
		if outcome == nil {
			w.tx.publish()
			return nil
		}
		if !errors.Is(outcome, ErrNotSaved) || !w.conn.again(&w.tx, n, cause) {
			return failed(outcome, cause)
		}
	}
}

// try writes the batch once. When it fails, outcome says what is there of it, and cause why.
func (w *writer) try() (outcome, cause error) {
	w.tx.reset()
	if err := w.conn.begin(&w.tx); err != nil {
		return ErrNotSaved, err
	}
	err := w.applyAll()
	if err == nil && w.beforeCommit != nil {
		err = w.beforeCommit()
	}
	if err != nil {
		w.conn.rollback()
		return ErrNotSaved, err
	}
	if outcome, cause = w.conn.commit(); outcome != nil {
		w.conn.rollback()
	}
	return outcome, cause
}

func (w *writer) applyAll() error {
	for _, r := range w.batch {
		r.err = w.apply(r)
		var refused rejection
		if r.err != nil && !errors.As(r.err, &refused) {
			return r.err
		}
		if r.err != nil {
			r.err = refused.err
		}
	}
	return w.conn.finish(&w.tx)
}

func (w *writer) apply(r *request) error {
	if !r.guarded && r.beside == nil {
		return r.apply(&w.tx)
	}
	if err := w.tx.flush(); err != nil {
		return err
	}
	if err := w.tx.later("SAVEPOINT request"); err != nil {
		return err
	}
	before := w.tx.mark()
	err := r.apply(&w.tx)
	if err == nil {
		err = w.tx.accompany(r.beside)
	}
	if err == nil {
		err = w.tx.flush()
	}
	if constraint(err) {
		err = reject(failed(ErrConflict, err))
	}
	if err != nil {
		w.tx.back(before)
		if _, undo := w.tx.exec("ROLLBACK TO request"); undo != nil {
			return undo
		}
	}
	if release := w.tx.later("RELEASE request"); release != nil {
		return release
	}
	return err
}
