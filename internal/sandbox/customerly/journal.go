package customerly

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// errJournalClosed answers a write that comes after Close.
var errJournalClosed = errors.New("the sandbox is closed")

// journal appends lines to a file. Steps that come while the disk is busy share the next write and sync.
type journal struct {
	file *os.File

	mu      sync.Mutex
	current *commit // what the next write will hold
	failed  error   // once set, nothing is written any more
	closed  bool

	wake chan struct{}
	done chan struct{}
}

// commit is one write to the disk that several steps may share.
type commit struct {
	lines []byte
	done  chan struct{}
	err   error
}

// startJournal writes to the end of file until stop is called.
func startJournal(file *os.File) *journal {
	j := &journal{file: file, current: newCommit(), wake: make(chan struct{}, 1), done: make(chan struct{})}
	go j.run()
	return j
}

func newCommit() *commit { return &commit{done: make(chan struct{})} }

// failure tells why nothing can be written any more; a nil journal never fails.
func (j *journal) failure() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.refusal()
}

func (j *journal) refusal() error {
	if j.closed {
		return errJournalClosed
	}
	return j.failed
}

// append queues lines and returns the commit that will hold them; nil when there is nothing to wait for.
func (j *journal) append(lines []byte) *commit {
	if j == nil || len(lines) == 0 {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.refusal(); err != nil {
		return &commit{done: closedChannel(), err: err}
	}
	j.current.lines = append(j.current.lines, lines...)
	waiting := j.current
	select {
	case j.wake <- struct{}{}:
	default: // the writer is already called
	}
	return waiting
}

func closedChannel() chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// wait returns once the lines are on the disk, or with the reason why they are not.
func (c *commit) wait() error {
	if c == nil {
		return nil
	}
	<-c.done
	return c.err
}

func (j *journal) run() {
	defer close(j.done)
	for range j.wake {
		j.flush()
	}
	j.flush()
}

// flush writes what is queued. After a failed write nothing more is accepted, for the file may end in half a line.
func (j *journal) flush() {
	j.mu.Lock()
	batch := j.current
	j.current = newCommit()
	failed := j.failed
	j.mu.Unlock()
	if failed == nil && len(batch.lines) > 0 {
		failed = j.write(batch.lines)
	}
	if failed != nil {
		j.mu.Lock()
		j.failed = failed
		j.mu.Unlock()
	}
	batch.err = failed
	close(batch.done)
}

func (j *journal) write(lines []byte) error {
	if _, err := j.file.Write(lines); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("sync journal: %w", err)
	}
	return nil
}

// stop writes what is queued, waits for it and closes the file. Later appends fail; a second stop does nothing.
func (j *journal) stop() error {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	close(j.wake)
	j.mu.Unlock()
	<-j.done
	j.mu.Lock()
	defer j.mu.Unlock()
	failed := j.failed
	if err := j.file.Close(); failed == nil && err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return failed
}
