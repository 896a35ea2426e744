package runner

import (
	"context"
	"slices"
	"sync"
)

// Job is an execution that waits for its turn.
type Job struct {
	Scenario int64
	ID       int64 // of the execution
	Stored   bool  // it waits in the store as well: Drop may take it out
	Run      func(ctx context.Context)
}

// Dispatcher runs jobs: so many at once, each scenario's in the order in which they came, and the scenarios in turn, so that a
// storm for one of them does not hold up the others. No scenario gets more than is left for others then: some whose jobs never end
// do not stop the rest. Close waits for what runs and drops what waits.
type Dispatcher struct {
	ctx     context.Context //nolint:containedctx // the life of the jobs, which outlive the calls that submit them
	cancel  context.CancelFunc
	most    int
	mu      sync.Mutex
	queues  map[int64]*scenarioQueue
	turn    []*scenarioQueue // those that have a job waiting and room to run it
	running int
	closed  bool
	done    sync.WaitGroup
	idle    []chan task // of goroutines that have nothing to do, the last one to become so at the end
}

// task is a job whose turn it is.
type task struct {
	queue *scenarioQueue
	job   Job
}

// keptIdle is how many goroutines wait for the next job: their stacks have grown to what a job needs.
const keptIdle = 64

// scenarioQueue holds the waiting jobs of one scenario.
type scenarioQueue struct {
	scenario int64
	jobs     []Job
	running  int
	most     int
	inTurn   bool
}

// NewDispatcher makes a Dispatcher that runs up to most jobs at once.
func NewDispatcher(most int) *Dispatcher {
	ctx, cancel := context.WithCancel(context.Background())
	return &Dispatcher{ctx: ctx, cancel: cancel, most: most, queues: map[int64]*scenarioQueue{}}
}

// Submit queues a job; most is how many jobs of its scenario may run at once from now on. False after Close.
func (d *Dispatcher) Submit(j Job, most int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	q := d.queues[j.Scenario]
	if q == nil {
		q = &scenarioQueue{scenario: j.Scenario}
		d.queues[j.Scenario] = q
	}
	q.most = most
	q.jobs = append(q.jobs, j)
	d.enter(q)
	d.start()
	return true
}

// Lend gives up the place of a job that runs while it waits for another job, so that this one finds a place; own is whether the place
// among the jobs of its scenario is given up as well. back takes it again at once, also where another job has it by then: for a while
// more of them run than may.
func (d *Dispatcher) Lend(scenario int64, own bool) (back func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.queues[scenario]
	own = own && q != nil
	d.running--
	if own {
		q.running--
		if !d.closed {
			d.enter(q)
		}
	}
	d.start()
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.running++
		if own {
			q.running++
		}
	}
}

// Drop takes the waiting jobs of a scenario out that wait in the store as well, and returns their executions.
func (d *Dispatcher) Drop(scenario int64) []int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.queues[scenario]
	if q == nil {
		return nil
	}
	var dropped []int64
	q.jobs = slices.DeleteFunc(q.jobs, func(j Job) bool { // where nothing is left, start finds that it has nothing to run
		if j.Stored {
			dropped = append(dropped, j.ID)
		}
		return j.Stored
	})
	return dropped
}

// Take takes the waiting job of an execution out, whose turn is not awaited any more; false where it does not wait here.
func (d *Dispatcher) Take(scenario, id int64) (Job, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	q := d.queues[scenario]
	if q == nil {
		return Job{}, false
	}
	at := slices.IndexFunc(q.jobs, func(j Job) bool { return j.ID == id })
	if at < 0 {
		return Job{}, false
	}
	j := q.jobs[at]
	q.jobs = slices.Delete(q.jobs, at, at+1) // where nothing is left, start finds that it has nothing to run
	return j, true
}

// Load returns how many jobs of the scenario run and wait.
func (d *Dispatcher) Load(scenario int64) (running, waiting int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if q := d.queues[scenario]; q != nil {
		return q.running, len(q.jobs)
	}
	return 0, 0
}

// Total returns how many jobs run and wait.
func (d *Dispatcher) Total() (running, waiting int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.queues {
		waiting += len(q.jobs)
	}
	return d.running, waiting
}

// Close drops what waits and returns when what runs has ended.
func (d *Dispatcher) Close() {
	d.mu.Lock()
	if !d.closed {
		d.closed = true
		for _, next := range d.idle {
			close(next)
		}
		d.idle = nil
	}
	d.turn = nil
	d.mu.Unlock()
	d.done.Wait()
	d.cancel()
}

// enter lets the scenario take part in the turns when it has something to run.
func (d *Dispatcher) enter(q *scenarioQueue) {
	if !q.inTurn && len(q.jobs) > 0 && q.running < q.most {
		q.inTurn = true
		d.turn = append(d.turn, q)
	}
}

// start runs the next jobs while there is room.
func (d *Dispatcher) start() {
	for d.running < d.most && !d.closed {
		q := d.next()
		if q == nil {
			return
		}
		if len(q.jobs) == 0 {
			d.forget(q)
			continue
		}
		j := q.jobs[0]
		q.jobs[0] = Job{}
		q.jobs = q.jobs[1:]
		q.running++
		d.running++
		d.enter(q)
		d.hand(task{q, j})
	}
}

// hand gives a job to a goroutine that is idle, or to a new one.
func (d *Dispatcher) hand(t task) {
	d.done.Add(1)
	if last := len(d.idle) - 1; last >= 0 {
		d.idle[last] <- t // it has room for one
		d.idle = d.idle[:last]
		return
	}
	go d.work(t)
}

// work runs jobs until there is nothing to do and enough others wait for more.
func (d *Dispatcher) work(t task) {
	next := make(chan task, 1)
	for more := true; more; {
		if more = d.run(t, next); more {
			t, more = <-next
		}
	}
}

// next takes the first scenario out of the turns that may run another job, nil where none may: one that has as many running as are
// free waits until more are.
func (d *Dispatcher) next() *scenarioQueue {
	for at, q := range d.turn {
		if q.running > 0 && q.running >= d.most-d.running && len(q.jobs) > 0 {
			continue
		}
		if at == 0 {
			d.turn = d.turn[1:]
		} else {
			d.turn = slices.Delete(d.turn, at, at+1)
		}
		q.inTurn = false
		return q
	}
	return nil
}

// run runs a job. It reports whether the goroutine is to wait for another one.
func (d *Dispatcher) run(t task, next chan task) bool {
	defer d.done.Done()
	t.job.Run(d.ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	q := t.queue
	q.running--
	d.running--
	d.forget(q)
	if d.closed {
		return false
	}
	wait := len(d.idle) < keptIdle
	if wait {
		d.idle = append(d.idle, next)
	}
	d.enter(q)
	d.start()
	return wait
}

// forget drops the queue of a scenario that has nothing to run.
func (d *Dispatcher) forget(q *scenarioQueue) {
	if q.running == 0 && len(q.jobs) == 0 && !q.inTurn && d.queues[q.scenario] == q {
		delete(d.queues, q.scenario)
	}
}

// DropWhere takes the waiting jobs of all scenarios out that match, also those that do not wait in the store, and returns their executions.
func (d *Dispatcher) DropWhere(match func(scenario int64) bool) map[int64][]int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	dropped := map[int64][]int64{}
	for scenario, q := range d.queues {
		if len(q.jobs) == 0 || !match(scenario) {
			continue
		}
		for _, j := range q.jobs {
			dropped[scenario] = append(dropped[scenario], j.ID)
		}
		q.jobs = nil // start finds that it has nothing to run
	}
	return dropped
}
