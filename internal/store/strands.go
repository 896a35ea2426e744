package store

import (
	"context"
	"sync"
	"time"
)

// mostStrands is how many commits are under way at once at most, where the database takes several.
const mostStrands = 4

// strands are the writers of a store. The first one writes whatever it is asked to. The others, which only a database elsewhere has, write
// results of executions, so that some are on their way while others are gathered. Between them nothing is shared: each is to the others
// what the writer of another node is. What one execution writes, and one scenario, goes one way, in the order in which it is handed in: a
// partition has one writer, and gets another one only while nothing of it is under way.
type strands struct {
	first *writer
	more  []*writer // none on SQLite

	mu    sync.Mutex
	pace  pace // how many are in use; from two on the first one leaves executions to the others
	fixed bool // that many stay in use
	ways  [Partitions]way
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
	if shared || s.pace.width == 1 {
		return s.first
	}
	return s.more[partition%(s.pace.width-1)]
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

// committed is told of each commit, of how many requests wait behind it, and when it ended, and now and then changes how many commits
// there are at once.
func (s *strands) committed(w *writer, requests, behind int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fixed {
		return
	}
	s.pace.committed(requests, behind, (w == s.first) == (s.pace.width == 1), now)
}

// fix has a number of strands in use, whatever pays.
func (s *strands) fix(width int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace.width, s.fixed = width, true
}

// all calls f with each writer.
func (s *strands) all(f func(*writer)) {
	for _, w := range append([]*writer{s.first}, s.more...) {
		f(w)
	}
}
