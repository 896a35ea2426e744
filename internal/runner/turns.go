package runner

import (
	"context"
	"sync"
	"sync/atomic"
)

// turns bounds how many operations use one connection at the same time, over all executions. The zero turns bounds nothing.
type turns struct {
	most atomic.Int64

	mu     sync.Mutex
	places map[string]*place
}

// place is what the operations of one connection share.
type place struct {
	free  chan struct{} // holds one for each that may still begin
	users int           // that hold it or wait for it
}

// take waits for the turn of an operation on a connection, and returns what ends it. The error is that of ctx.
func (t *turns) take(ctx context.Context, connection string) (done func(), err error) {
	if t.most.Load() <= 0 {
		return func() {}, nil
	}
	p := t.enter(connection)
	select {
	case <-p.free:
		return func() {
			p.free <- struct{}{}
			t.leave(connection, p)
		}, nil
	case <-ctx.Done():
		t.leave(connection, p)
		return nil, ctx.Err()
	}
}

func (t *turns) enter(connection string) *place {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.places[connection]
	if p == nil {
		if t.places == nil {
			t.places = map[string]*place{}
		}
		most := t.most.Load()
		p = &place{free: make(chan struct{}, most)}
		for range most {
			p.free <- struct{}{}
		}
		t.places[connection] = p
	}
	p.users++
	return p
}

func (t *turns) leave(connection string, p *place) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(t.places, connection)
	}
}
