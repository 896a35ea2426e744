package server

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
)

// How a node waits for executions that run on others.
const (
	// watchInterval is how often it looks for all of them together.
	watchInterval = 50 * time.Millisecond
	// answerPatience is how long an execution that is over may still answer: its end is recorded before it is told.
	answerPatience = time.Second
)

// watches are the executions that somebody here waits for while they may run on another node.
type watches struct {
	mu      sync.Mutex
	waiting map[int64]*watch
	looking bool
}

// watch is an execution that is waited for. told is called once, with data nil where it is over and has left none.
type watch struct {
	told     func(data []byte)
	patience time.Duration
	over     time.Time // when it was first seen to be over
}

// watch calls told when an execution has answered, or when it has been over for as long as patience. forget ends that.
func (s *Service) watch(id int64, patience time.Duration, told func(data []byte)) (forget func()) {
	w := s.watches
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waiting == nil {
		w.waiting = map[int64]*watch{}
	}
	mine := &watch{told: told, patience: patience}
	w.waiting[id] = mine
	if !w.looking {
		w.looking = true
		s.goLoop(func() { s.lookForAnswers(s.loopContext) })
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.waiting[id] == mine {
			delete(w.waiting, id)
		}
	}
}

// lookForAnswers looks for what is waited for until nothing is.
func (s *Service) lookForAnswers(ctx context.Context) {
	for s.clock.Sleep(ctx, watchInterval) == nil {
		w := s.watches
		w.mu.Lock()
		ids := slices.Collect(maps.Keys(w.waiting))
		w.looking = len(ids) > 0
		w.mu.Unlock()
		if len(ids) == 0 {
			return
		}
		found, err := s.store.Answers(ctx, ids)
		s.report(ctx, "answers of executions could not be looked for", err)
		for _, a := range found {
			if told := w.take(a, s.clock.Now()); told != nil {
				told(a.Data)
			}
		}
	}
}

// take returns whom to tell of what was found, nil where it is too early.
func (w *watches) take(a store.Answer, now time.Time) func(data []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	waiting := w.waiting[a.Execution]
	if waiting == nil {
		return nil
	}
	if a.Data == nil {
		if waiting.over.IsZero() {
			waiting.over = now
		}
		if now.Sub(waiting.over) < waiting.patience {
			return nil
		}
	}
	delete(w.waiting, a.Execution)
	return waiting.told
}

// storedAnswer is an answer for a caller at another node as the store keeps it.
type storedAnswer struct {
	Response *module.Response `json:"response,omitempty"`
	Failed   bool             `json:"failed,omitempty"`
}

// answerElsewhere keeps the answer of an execution for a caller who may wait at another node.
func (s *Service) answerElsewhere(ctx context.Context, e *execution, a answer) {
	if e.answered || e.origin != 0 && e.origin != store.ByWebhook {
		return
	}
	e.answered = true
	data, err := json.Marshal(storedAnswer{Response: a.response, Failed: a.err != nil})
	if err == nil {
		err = s.store.PutAnswer(context.WithoutCancel(ctx), store.Answer{Execution: e.id, Data: data})
	}
	if err != nil {
		s.log.ErrorContext(ctx, "the answer of an execution could not be kept for who waits at another node", "execution", e.id, "error", err)
	}
}

// awaitElsewhere lets an answer be waited for that comes from another node.
func (s *Service) awaitElsewhere(id int64) {
	s.await(id)
	s.mu.Lock()
	w := s.waiters[id]
	s.mu.Unlock()
	w.forget = s.watch(id, answerPatience, func(data []byte) {
		a := answer{}
		var stored storedAnswer
		if data != nil {
			if err := json.Unmarshal(data, &stored); err != nil {
				stored.Failed = true
			}
		}
		a.response = stored.Response
		if stored.Failed {
			a.err = errNoAnswer()
		}
		select {
		case w.answer <- a:
		default: // it has one
		}
	})
}

// forgetAnswer drops an answer that was waited for.
func (s *Service) forgetAnswer(w *waiter, id int64) {
	if w.forget == nil {
		return
	}
	w.forget()
	s.goLoop(func() {
		s.report(s.loopContext, "an answer that was given could not be forgotten", s.store.ForgetAnswer(s.loopContext, id))
	})
}
