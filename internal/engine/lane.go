package engine

import (
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// lane is one strand of an execution: a stack of frames that is worked off depth first. There is one, unless
// bundles travel side by side; then each of these bundles has its own.
type lane struct {
	stack   []frame
	now     time.Time // recorded time, never the clock's
	waiting bool      // a task is out
	commit  *Task     // that is out: the commit of one operation
	blocked bool      // its own lanes are at work and there is no room for more
	parent  *lane
	bundle  int    // number of the bundle in the parent's frame, from 0
	key     string // order key of the bundle
	pending []contribution
	env     expression.Env
	view    view
	random  random
}

// frameKind says what a frame works off.
type frameKind uint8

const (
	inFlow    frameKind = iota // one bundle on its way along a flow
	inBundles                  // the bundles of one operation, one after another or side by side
	inRoutes                   // the routes of a router for one bundle
	inError                    // the error route of a failed operation
)

// frame is one level of the walk. Which fields count depends on kind.
type frame struct {
	kind       frameKind
	skipFilter bool // inFlow: the filter of the first module was already asked
	matched    bool // inRoutes: a route accepted the bundle
	flow       *flow
	pos        int // inFlow: module; inRoutes: route
	scope      *scope
	node       *node        // inBundles: whose; inRoutes: the router; inError: the failed module
	bundles    Bundles      // inBundles
	origin     origin       // inBundles: of bundles
	at         int64        // inBundles: as in scope
	next       int          // inBundles: bundle
	sets       []*set       // inBundles: what the aggregators of node have collected
	fork       *fork        // inBundles: bundles side by side
	failed     *fault.Error // inError
	mayRepeat  bool         // inError: the failed operation may be tried again
}

func (l *lane) push(f frame)   { l.stack = append(l.stack, f) }
func (l *lane) top() *frame    { return &l.stack[len(l.stack)-1] }
func (l *lane) pop()           { l.stack[len(l.stack)-1] = frame{}; l.stack = l.stack[:len(l.stack)-1] }
func (l *lane) ended() bool    { return len(l.stack) == 0 && !l.waiting }
func (l *lane) runnable() bool { return len(l.stack) > 0 && !l.waiting && !l.blocked }

func (x *Execution) newLane(parent *lane, bundle int, now time.Time) *lane {
	l := &lane{parent: parent, bundle: bundle, now: now, stack: make([]frame, 0, 8)}
	x.lanes = append(x.lanes, l)
	x.leaves++
	return l
}

// removeEndedLanes takes finished lanes out and hands what they collected to their parents, in the order of bundles. It reports
// whether a parent may go on.
func (x *Execution) removeEndedLanes() (joined bool) {
	for again := true; again; {
		again = false
		for i := 0; i < len(x.lanes); i++ {
			l := x.lanes[i]
			if !l.ended() {
				continue
			}
			x.lanes = slices.Delete(x.lanes, i, i+1)
			x.leaves--
			i--
			if l.parent != nil {
				x.join(l.parent, l)
				again, joined = true, true
			}
		}
	}
	return joined
}

func (x *Execution) dropLanes() {
	x.lanes, x.leaves = nil, 0
}

// fork is the state of bundles that travel side by side.
type fork struct {
	active  map[string]int // order keys at work, with "" counted for those without a key
	running int
	parked  []parkedBundle         // bundles whose key is at work
	results map[int][]contribution // finished bundles that wait for earlier ones
	merged  int                    // bundles merged so far
	latest  time.Time              // of the finished bundles. The lane's own time stands still, so that none depends on which was faster
}

func newFork() *fork {
	return &fork{active: map[string]int{}, results: map[int][]contribution{}, latest: time.Unix(0, 0)}
}

type parkedBundle struct {
	bundle int
	scope  *scope
	key    string
}

// maxParked is how many bundles with a busy key are looked past for one with a free key.
const maxParked = 256

// maxAhead is how many bundles may be started ahead of the oldest one that is still at work; what they collect waits in memory.
const maxAhead = 4096

// mayFork reports whether the bundles of the frame may travel side by side.
func (x *Execution) mayFork(f *frame) bool {
	return x.plan.atOnce() > 1 && f.bundles.Len()-f.next > 1 && f.fork == nil && !f.node.flow.inError
}

// startFork lets the bundles of the frame on top travel side by side.
func (x *Execution) startFork(f *frame) {
	f.fork = newFork()
	x.leaves--
}

// stepFork starts lanes for bundles while there is room for more; one is always at work, so that nested forks cannot
// wait for each other.
func (x *Execution) stepFork(l *lane) {
	f := l.top()
	for x.leaves < x.plan.atOnce() || f.fork.running == 0 {
		bundle, s, key, ok := x.nextForked(l, f)
		if !ok {
			break
		}
		child := x.newLane(l, bundle, l.now)
		child.key = key
		child.push(frame{kind: inFlow, flow: f.node.flow, pos: f.node.pos + 1, scope: s})
		if key != "" {
			f.fork.active[key]++
		}
		f.fork.running++
	}
	l.blocked = f.fork.running > 0
	if !l.blocked && x.stop == goOn {
		x.leaves++
		if f.fork.latest.After(l.now) {
			l.now = f.fork.latest
		}
		x.leaveBundles(l)
	}
}

// nextForked picks the next bundle whose key is not at work: first among the parked ones, then among the new ones.
func (x *Execution) nextForked(l *lane, f *frame) (bundle int, s *scope, key string, ok bool) {
	seen := map[string]bool{}
	for i, p := range f.fork.parked {
		if f.fork.active[p.key] == 0 && !seen[p.key] {
			f.fork.parked = slices.Delete(f.fork.parked, i, i+1)
			return p.bundle, p.scope, p.key, true
		}
		seen[p.key] = true
	}
	for f.next < f.bundles.Len() && len(f.fork.parked) < maxParked && f.next-f.fork.merged < maxAhead {
		bundle := f.next
		s, err := f.nextScope()
		if err != nil {
			x.failBundles(f, err)
			return 0, nil, "", false
		}
		key := x.orderKey(l, s)
		if key == "" || f.fork.active[key] == 0 && !seen[key] {
			return bundle, s, key, true
		}
		seen[key] = true
		f.fork.parked = append(f.fork.parked, parkedBundle{bundle, s, key})
	}
	return 0, nil, "", false
}

// orderKey evaluates the key that keeps bundles in order. A key that cannot be evaluated is one key for all such bundles.
func (x *Execution) orderKey(l *lane, s *scope) string {
	if x.plan.Settings.OrderKey == nil {
		return ""
	}
	v, err := x.plan.Settings.OrderKey.Eval(x.env(l, s, saltKey))
	if err != nil {
		return "\x00unknown"
	}
	return "k" + value.Render(v)
}

// join takes a finished lane back into the frame that forked it.
func (x *Execution) join(parent, child *lane) {
	if len(parent.stack) == 0 {
		return
	}
	f := parent.top()
	if f.fork == nil {
		return
	}
	f.fork.running--
	if child.key != "" {
		if f.fork.active[child.key]--; f.fork.active[child.key] == 0 {
			delete(f.fork.active, child.key)
		}
	}
	if child.now.After(f.fork.latest) {
		f.fork.latest = child.now
	}
	f.fork.results[child.bundle] = child.pending
	for {
		list, ok := f.fork.results[f.fork.merged]
		if !ok {
			break
		}
		delete(f.fork.results, f.fork.merged)
		f.fork.merged++
		for _, c := range list {
			x.contribute(parent, c)
		}
	}
	parent.blocked = false // so that it is stepped and starts the next
}

// nextScope returns the scope of the next bundle and moves on.
func (f *frame) nextScope() (*scope, error) {
	bundle, err := f.bundles.At(f.next)
	if err != nil {
		return nil, err
	}
	f.next++
	return &scope{
		parent: f.scope, id: f.node.id, bundle: bundle, index: int32(f.next), length: int32(f.bundles.Len()),
		origin: f.origin, at: f.at, path: f.scope.path.extend(f.node.id, f.next),
	}, nil
}
