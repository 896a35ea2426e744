package server

import (
	"context"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
)

// waiter is a caller who waits for the answer of an execution, or an answer that waits for its caller.
type waiter struct {
	answer chan answer // holds one
	early  *store.Run  // whose delivery is to be kept before the caller is told that it was taken in; nil for most
	forget func()      // ends the look for an answer at other nodes; nil where nobody looks
}

type answer struct {
	response *module.Response // nil: the execution ended without one
	err      error
}

// maxEarly is how many answers wait for callers that are not there yet. After a restart nobody comes for them.
const maxEarly = 256

// await lets the answer of an execution be waited for. It may be there already.
func (s *Service) await(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters[id] == nil {
		s.waiters[id] = &waiter{answer: make(chan answer, 1)}
	}
}

// answer hands the first answer of an execution to who waits for it, or keeps it for who is about to. Nobody waits for that of a dry run.
func (s *Service) answer(ctx context.Context, sc *activeScenario, e *execution, a answer) {
	if !sc.responds || e.dry() {
		return
	}
	id := e.id
	s.mu.Lock()
	w := s.waiters[id]
	elsewhere := w == nil && s.store.Shared()
	if w == nil {
		w = &waiter{answer: make(chan answer, 1)}
		s.waiters[id] = w
		s.early = append(s.early, id)
		if len(s.early) > maxEarly {
			delete(s.waiters, s.early[0])
			s.early = s.early[1:]
		}
	}
	s.mu.Unlock()
	select {
	case w.answer <- a:
	default: // it has an answer already
	}
	if elsewhere {
		s.answerElsewhere(ctx, e, a)
	}
}

func (s *Service) forgetWaiter(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.waiters, id)
}

// Await returns the answer of the execution that the receipt's item started.
func (q *queue) Await(ctx context.Context, receipt intake.Receipt, limit time.Duration) (module.Response, bool, error) {
	s := (*Service)(q)
	s.mu.Lock()
	w := s.waiters[receipt.ID]
	s.mu.Unlock()
	if w == nil {
		return module.Response{}, false, nil
	}
	defer func() {
		s.forgetWaiter(receipt.ID)
		s.forgetAnswer(w, receipt.ID)
	}()
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case a := <-w.answer:
		if a.err != nil || a.response == nil {
			return module.Response{}, false, a.err
		}
		return *a.response, true, nil
	case <-wait.Done():
	case <-s.closing:
	}
	return module.Response{}, false, s.settle(ctx, w)
}

// responds reports whether the scenario holds a webhook response module that is not disabled.
func responds(bp *blueprint.Blueprint, modules *Modules) bool {
	found := false
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) {
		m, ok := modules.Find(n.Module, n.Version)
		found = found || ok && m.Kind == module.Responder && !n.Disabled
	})
	return found
}
