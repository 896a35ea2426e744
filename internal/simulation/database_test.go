package simulation

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/cluster"
)

// start is one planned start of a scenario, or one delivery to it.
type start struct {
	scenario int64
	part     int
	due      time.Time
	storm    bool
	taken    bool // it was taken up from another node: it has begun before
}

// starts is a heap by due time.
type starts []start

func (s starts) Len() int           { return len(s) }
func (s starts) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s starts) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *starts) Push(x any)        { *s = append(*s, x.(start)) } //nolint:forcetypeassert // only start is pushed
func (s *starts) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	*s = (*s)[:last]
	return x
}

// partition is what the database holds of one: its lease, what is due in it, and what has begun and is not over.
type partition struct {
	owner string
	epoch uint64
	until time.Time
	due   starts
	open  map[int64]start // by the number of the execution
}

// database is what nodes share. Each question and each change takes a while.
type database struct {
	clock   clock.Clock
	latency time.Duration // of one way there and back, on average

	mu         sync.Mutex
	random     *rand.Rand
	partitions []partition
	seen       map[string]time.Time
	next       int64
	asked      int // questions and changes for the sake of coordination
	begun      int
	resumed    int // executions that a node took up from another one
	ended      int
	refused    int // writes of a node that does not own the partition any more
	lateness   []time.Duration
	stormed    []time.Duration // of the deliveries of the storm
	period     time.Duration
}

func newDatabase(s settings, c clock.Clock) *database {
	d := &database{
		clock: c, latency: s.latency, random: rand.New(rand.NewPCG(1, 2)), partitions: make([]partition, s.partitions),
		seen: map[string]time.Time{}, period: s.period,
	}
	for p := range d.partitions {
		d.partitions[p].open = map[int64]start{}
	}
	now := c.Now()
	for scenario := range int64(s.scenarios) {
		part := d.random.IntN(s.partitions) // as a hash does
		p := &d.partitions[part]
		p.due = append(p.due, start{scenario: scenario, part: part, due: now.Add(s.warmUp + time.Duration(d.random.Int64N(int64(s.period))))})
	}
	for p := range d.partitions {
		heap.Init(&d.partitions[p].due)
	}
	return d
}

// answer waits as long as the database takes, and locks it. coordination says what the question is for.
func (d *database) answer(ctx context.Context, coordination bool) (unlock func(), err error) {
	d.mu.Lock()
	wait := time.Duration((0.5 + d.random.ExpFloat64()/2) * float64(d.latency))
	if coordination {
		d.asked++
	}
	d.mu.Unlock()
	if err := d.clock.Sleep(ctx, wait); err != nil {
		return nil, err
	}
	d.mu.Lock()
	return d.mu.Unlock, nil
}

func (d *database) beat(ctx context.Context, node string) error {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	d.seen[node] = d.clock.Now()
	return nil
}

// glance says how many nodes live, and how many partitions nobody owns: what a balanced node asks.
func (d *database) glance(ctx context.Context) (nodes, free int, err error) {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return 0, 0, err
	}
	defer unlock()
	now := d.clock.Now()
	for _, seen := range d.seen {
		if now.Sub(seen) < leaseTime {
			nodes++
		}
	}
	for i := range d.partitions {
		if p := &d.partitions[i]; p.owner == "" || !p.until.After(now) {
			free++
		}
	}
	return nodes, free, nil
}

func (d *database) view(ctx context.Context) (cluster.View, error) {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return cluster.View{}, err
	}
	defer unlock()
	v := cluster.View{Owners: make([]string, len(d.partitions))}
	now := d.clock.Now()
	for node, seen := range d.seen {
		if now.Sub(seen) < leaseTime {
			v.Nodes = append(v.Nodes, node)
		}
	}
	for i := range d.partitions {
		if p := &d.partitions[i]; p.until.After(now) {
			v.Owners[i] = p.owner
		}
	}
	return v, nil
}

// acquire gives a node those of the partitions that are free, with the executions in them that are not over.
func (d *database) acquire(ctx context.Context, node string, wanted []int) (epochs map[int]uint64, open map[int64]start, err error) {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	now := d.clock.Now()
	epochs, open = map[int]uint64{}, map[int64]start{}
	for _, i := range wanted {
		p := &d.partitions[i]
		if p.owner != "" && p.until.After(now) {
			continue
		}
		p.owner, p.until = node, now.Add(leaseTime)
		p.epoch++
		epochs[i] = p.epoch
		for id, x := range p.open {
			x.taken = true
			open[id] = x
			d.resumed++
		}
	}
	return epochs, open, nil
}

func (d *database) renew(ctx context.Context, held map[int]uint64) error {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	for i, epoch := range held {
		if p := &d.partitions[i]; p.epoch == epoch {
			p.until = d.clock.Now().Add(leaseTime)
		}
	}
	return nil
}

func (d *database) release(ctx context.Context, held map[int]uint64) error {
	unlock, err := d.answer(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	for i, epoch := range held {
		if p := &d.partitions[i]; p.epoch == epoch {
			p.owner, p.until = "", time.Time{}
			p.epoch++
		}
	}
	return nil
}

// startDue begins what is due in the partitions of a node, up to a page, and plans what follows.
func (d *database) startDue(ctx context.Context, held map[int]uint64) (map[int64]start, error) {
	unlock, err := d.answer(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	now := d.clock.Now()
	begun := map[int64]start{}
	for i, epoch := range held {
		p := &d.partitions[i]
		if p.epoch != epoch {
			d.refused++
			continue
		}
		for len(begun) < page && len(p.due) > 0 && !p.due[0].due.After(now) {
			x, _ := heap.Pop(&p.due).(start)
			d.next++
			d.begun++
			begun[d.next] = x
			p.open[d.next] = x
			if !x.storm {
				heap.Push(&p.due, start{scenario: x.scenario, part: i, due: x.due.Add(d.period)})
			}
		}
	}
	return begun, nil
}

// write is a commit of an execution. It fails where the node does not own the partition any more. over ends the execution.
func (d *database) write(ctx context.Context, part int, epoch uint64, id int64, over bool) (bool, error) {
	unlock, err := d.answer(ctx, false)
	if err != nil {
		return false, err
	}
	defer unlock()
	p := &d.partitions[part]
	if p.epoch != epoch {
		d.refused++
		return false, nil
	}
	if over {
		delete(p.open, id)
		d.ended++
	}
	return true, nil
}

// began notes how late an execution began.
func (d *database) began(x start) {
	d.mu.Lock()
	defer d.mu.Unlock()
	late := d.clock.Now().Sub(x.due)
	switch {
	case x.taken:
	case x.storm:
		d.stormed = append(d.stormed, late)
	default:
		d.lateness = append(d.lateness, late)
	}
}
