package simulation

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/cluster"
	"github.com/ropeway/ropeway/internal/runner"
)

// The times and limits of the server (internal/server).
const (
	leaseTime      = 6 * time.Second
	lookInterval   = 500 * time.Millisecond
	looksPerRenew  = 3
	scheduleTick   = 500 * time.Millisecond
	page           = 500
	atOnce         = 256
	atOnceScenario = 128
)

// node is one that shares the database.
type node struct {
	name       string
	data       *database
	clock      clock.Clock
	work       time.Duration // that an execution waits for services, on average
	dispatcher *runner.Dispatcher
	random     *rand.Rand

	mu   sync.Mutex
	held map[int]uint64 // epochs of the partitions that it owns
	kill context.CancelFunc
	all  sync.WaitGroup
}

// runNode starts a node, which lives until kill is called.
func runNode(ctx context.Context, name string, seed uint64, s settings, d *database) *node {
	n := &node{name: name, data: d, clock: d.clock, work: s.work, dispatcher: runner.NewDispatcher(atOnce), random: rand.New(rand.NewPCG(seed, 7)), held: map[int]uint64{}}
	ctx, n.kill = context.WithCancel(ctx)
	offset := time.Duration(n.random.Int64N(int64(lookInterval)))
	n.all.Go(func() { n.tend(ctx, offset) })
	n.all.Go(func() { n.schedule(ctx, offset/2) })
	return n
}

// end kills the node and waits until nothing of it runs.
func (n *node) end() {
	n.kill()
	n.all.Wait()
	n.dispatcher.Close()
}

// owned returns the partitions with their epochs.
func (n *node) owned() map[int]uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	held := make(map[int]uint64, len(n.held))
	for p, epoch := range n.held {
		held[p] = epoch
	}
	return held
}

// tend keeps the node alive and its leases, and balances.
func (n *node) tend(ctx context.Context, offset time.Duration) {
	if n.clock.Sleep(ctx, offset) != nil || n.data.beat(ctx, n.name) != nil {
		return
	}
	for look := 1; n.clock.Sleep(ctx, lookInterval) == nil; look++ {
		if look%looksPerRenew == 0 && (n.data.renew(ctx, n.owned()) != nil || n.data.beat(ctx, n.name) != nil) {
			return
		}
		if n.balance(ctx) != nil {
			return
		}
	}
}

func (n *node) balance(ctx context.Context) error {
	nodes, free, err := n.data.glance(ctx)
	if err != nil {
		return err
	}
	held := n.owned()
	least, most := cluster.Target(len(n.data.partitions), max(1, nodes))
	if free == 0 && len(held) >= least && len(held) <= most {
		return nil
	}
	v, err := n.data.view(ctx)
	if err != nil {
		return err
	}
	move := cluster.Decide(n.name, v)
	if len(move.Give) > 0 {
		given := map[int]uint64{}
		n.mu.Lock()
		for _, p := range move.Give {
			given[p] = n.held[p]
			delete(n.held, p)
		}
		n.mu.Unlock()
		if err := n.data.release(ctx, given); err != nil {
			return err
		}
	}
	if len(move.Take) == 0 {
		return nil
	}
	epochs, open, err := n.data.acquire(ctx, n.name, move.Take)
	if err != nil {
		return err
	}
	n.mu.Lock()
	for p, epoch := range epochs {
		n.held[p] = epoch
	}
	n.mu.Unlock()
	n.submit(ctx, open)
	return nil
}

// schedule starts what is due.
func (n *node) schedule(ctx context.Context, offset time.Duration) {
	if n.clock.Sleep(ctx, offset) != nil {
		return
	}
	for n.clock.Sleep(ctx, scheduleTick) == nil {
		held := n.owned()
		if len(held) == 0 {
			continue
		}
		for {
			begun, err := n.data.startDue(ctx, held)
			if err != nil {
				return
			}
			n.submit(ctx, begun)
			if len(begun) < page {
				break
			}
		}
	}
}

// submit hands executions to the dispatcher.
func (n *node) submit(ctx context.Context, list map[int64]start) {
	for id, x := range list {
		n.mu.Lock()
		epoch := n.held[x.part]
		wait := time.Duration(n.random.ExpFloat64() * float64(n.work))
		n.mu.Unlock()
		n.dispatcher.Submit(runner.Job{Scenario: x.scenario, ID: id, Run: func(context.Context) {
			if ctx.Err() != nil {
				return
			}
			n.data.began(x)
			if ok, err := n.data.write(ctx, x.part, epoch, id, false); !ok || err != nil {
				return
			}
			if n.clock.Sleep(ctx, wait) != nil {
				return
			}
			_, _ = n.data.write(ctx, x.part, epoch, id, true) // what is refused goes on at the owner
		}}, atOnceScenario)
	}
}
