package store

import (
	"context"
	"sync"
	"time"
)

// How many commits are under way at once where the database takes several.
const (
	// mostStrands is how many there are at most.
	mostStrands = 4
	// judgedCommits is after how many commits it is judged whether there are too few or too many.
	judgedCommits = 32
	// growBatch is how many requests a commit must carry still when there is one commit more, and shrinkBatch below how many there is
	// one too many: each commit has a price of its own.
	growBatch, shrinkBatch = 16, 8
	// growBehind is how much must wait when a commit ends before another one begins beside it, and shrinkBehind below how much there is
	// one too many, in shares of what the commit carries. Where nothing waits, whoever writes comes when the commit ends.
	growBehind, shrinkBehind = 0.4, 0.1
	// growWait is how long a commit waits for the database at least before another one begins beside it, shrinkWait below what time
	// there is one too many.
	growWait, shrinkWait = 1500 * time.Microsecond, 700 * time.Microsecond
)

// strands are the writers of a store. The first one writes whatever it is asked to. The others, which only a database elsewhere has, write
// results of executions, so that some are on their way while others are gathered. Between them nothing is shared: each is to the others
// what the writer of another node is. What one execution writes, and one scenario, goes one way, in the order in which it is handed in: a
// partition has one writer, and gets another one only while nothing of it is under way.
type strands struct {
	first *writer
	more  []*writer // none on SQLite

	mu    sync.Mutex
	width int  // how many are in use; from two on the first one leaves executions to the others
	fixed bool // it stays so
	ways  [Partitions]way
	seen  commits
}

// way is how what a partition writes goes.
type way struct {
	writer *writer
	under  int  // requests that are under way
	shared bool // it changes what other partitions change too
}

// enter returns a writer for a request of a partition. leave must be called when it is answered. Requests that change what other
// partitions change too, such as records of data stores, keep to the first writer from then on: two commits that want the same rows in
// another order would hold each other up.
func (s *strands) enter(partition int, shared bool) *writer {
	if len(s.more) == 0 || partition < 0 || partition >= Partitions {
		return s.first
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.ways[partition]
	w.shared = w.shared || shared
	if w.under == 0 {
		w.writer = s.choose(partition, w.shared)
	}
	w.under++
	return w.writer
}

func (s *strands) choose(partition int, shared bool) *writer {
	if shared || s.width == 1 {
		return s.first
	}
	return s.more[partition%(s.width-1)]
}

// leave tells that a request of a partition was answered.
func (s *strands) leave(partition int) {
	if len(s.more) == 0 || partition < 0 || partition >= Partitions {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ways[partition].under--
}

// submit hands a request of an execution in and waits for its commit.
func (s *strands) submit(ctx context.Context, partition int, r *request) error {
	w := s.enter(partition, r.shared)
	defer s.leave(partition)
	return w.submit(ctx, executionLane, r)
}

// committed is told of each commit and of how many requests wait behind it, and now and then changes how many commits there are at once.
func (s *strands) committed(w *writer, requests, behind int, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fixed || (w == s.first) != (s.width == 1) { // the first one has other things to write when the others are there
		return
	}
	if s.seen.add(requests, behind, took); s.seen.n < judgedCommits {
		return
	}
	s.width = s.seen.judge(s.width)
	s.seen = commits{}
}

// fix has a number of strands in use, whatever commits take.
func (s *strands) fix(width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.width, s.fixed = width, true
}

// all calls f with each writer.
func (s *strands) all(f func(*writer)) {
	for _, w := range append([]*writer{s.first}, s.more...) {
		f(w)
	}
}

// commits are sums over commits, of which it is estimated what part of their time is spent waiting, however many requests they carry.
type commits struct {
	n                                        int
	requests, behind, took, squares, product float64 // seconds
}

func (c *commits) add(requests, behind int, took time.Duration) {
	x, y := float64(requests), took.Seconds()
	c.n++
	c.behind += float64(behind)
	c.requests, c.took, c.squares, c.product = c.requests+x, c.took+y, c.squares+x*x, c.product+x*y
}

// waited estimates how long a commit of no requests would take, from the line on which commits of few and of many lie. Where all carry as
// many, two thirds of the time count.
func (c *commits) waited() time.Duration {
	n := float64(c.n)
	x, y := c.requests/n, c.took/n
	each := y / x / 3
	if spread := c.squares/n - x*x; spread >= 1 {
		each = min(max((c.product/n-x*y)/spread, 0), y/x)
	}
	return time.Duration((y - each*x) * float64(time.Second))
}

// judge returns how many commits there should be at once in place of width. More pay where requests wait for the end of a commit that
// waits for the database more than it works, and where commits still carry enough.
func (c *commits) judge(width int) int {
	each, waited := c.requests/float64(c.n), c.waited()
	after := each // what a commit carries when there is one more
	if width > 1 {
		after = each * float64(width-1) / float64(width)
	}
	mostly := waited.Seconds() >= c.took/float64(c.n)/2
	behind := c.behind / c.requests
	switch {
	case width < mostStrands && after >= growBatch && behind >= growBehind && waited >= growWait && mostly:
		return width + 1
	case width > 1 && (each < shrinkBatch || behind < shrinkBehind || waited < shrinkWait):
		return width - 1
	}
	return width
}
