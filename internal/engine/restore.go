package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// errCheckpoint is in the chain of every refusal of a checkpoint.
var errCheckpoint = errors.New("the checkpoint cannot be used")

// Restore goes on with an execution from a Checkpoint of it. It asks config.Recorded for the bundles that the state refers to. A
// checkpoint of another plan, of other rules, or one that is not whole is refused with an error; the execution can be replayed from
// its beginning then. config must be the one that the execution began with; its Kept does not count.
func (p *Plan) Restore(config Config, checkpoint []byte) (*Execution, error) {
	const head = 1 + sumBytes // the form, and the identity of the plan
	if len(checkpoint) < head+sumBytes || !bytes.Equal(checkpoint, sealCheckpoint(checkpoint[:len(checkpoint)-sumBytes:len(checkpoint)-sumBytes])) {
		return nil, fmt.Errorf("%w: it is not whole", errCheckpoint)
	}
	if checkpoint[0] != checkpointForm {
		return nil, fmt.Errorf("%w: it has form %d", errCheckpoint, checkpoint[0])
	}
	if binary.LittleEndian.Uint64(checkpoint[1:]) != p.identity {
		return nil, fmt.Errorf("%w: it belongs to another version of the scenario or its modules", errCheckpoint)
	}
	r := stateReader{x: p.newExecution(config), src: checkpoint[head : len(checkpoint)-sumBytes]}
	r.head()
	if r.scopes = []*scope{r.x.rootScope()}; r.err == nil {
		r.readScopes()
		r.readLanes()
	}
	if r.err == nil && len(r.src) > 0 {
		r.fail("it has no end")
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.x, nil
}

// stateReader reads what stateWriter has written. After the first failure it returns zero values.
type stateReader struct {
	x      *Execution
	src    []byte
	scopes []*scope
	lists  map[source]Bundles
	err    error
}

// source is the operation of a module in a scope.
type source struct {
	scope  *scope
	module int
}

func (r *stateReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", errCheckpoint, fmt.Sprintf(format, args...))
	}
	r.src = nil
}

func (r *stateReader) byte() byte {
	if len(r.src) == 0 {
		r.fail("it ends early")
		return 0
	}
	b := r.src[0]
	r.src = r.src[1:]
	return b
}

// number reads a number from 0 to limit.
func (r *stateReader) number(limit int) int {
	n, size := binary.Uvarint(r.src)
	if size <= 0 || limit < 0 || n > uint64(limit) {
		r.fail("a number is out of range")
		return 0
	}
	r.src = r.src[size:]
	return int(n)
}

// list reads how many things follow, each of at least one byte.
func (r *stateReader) list() int { return r.number(len(r.src)) }

func (r *stateReader) varint() int64 {
	n, size := binary.Varint(r.src)
	if size <= 0 {
		r.fail("a number is broken")
		return 0
	}
	r.src = r.src[size:]
	return n
}

func (r *stateReader) text() string {
	n := r.list()
	if n > len(r.src) {
		r.fail("it ends early")
		return ""
	}
	s := string(r.src[:n])
	r.src = r.src[n:]
	return s
}

func (r *stateReader) value() value.Value {
	if r.err != nil {
		return value.Undefined
	}
	v, rest, err := value.DecodeBinary(r.src)
	if err != nil {
		r.fail("%v", err)
		return value.Undefined
	}
	r.src = rest
	return v
}

func (r *stateReader) fault() *fault.Error {
	flags := r.byte()
	if flags&1 == 0 {
		return nil
	}
	e := &fault.Error{NotDone: flags&2 != 0}
	e.Kind, e.Message, e.Hint, e.Field = fault.Kind(r.text()), r.text(), r.text(), r.text()
	e.Delay = time.Duration(r.varint())
	if flags&4 != 0 {
		e.Words = fault.ReadWords(r.text())
	}
	return e
}

// node reads the number of a module in the plan; nil after a failure.
func (r *stateReader) node() *node {
	i := r.number(len(r.x.plan.nodes) - 1)
	if r.err != nil {
		return nil
	}
	return r.x.plan.nodes[i]
}

func (r *stateReader) head() {
	x := r.x
	x.cycle = r.number(x.limit)
	x.latest = stateTime(r.varint())
	flags := r.byte()
	x.emptyCycle, x.outcome.Deactivate = flags&1 != 0, flags&2 != 0
	if x.outcome.Status = Status(r.text()); x.outcome.Status != Success && x.outcome.Status != Warning {
		r.fail("it has the status %q", x.outcome.Status)
	}
	x.outcome.Cycles, x.outcome.Operations = x.cycle, r.number(math.MaxInt32)
	for i := range x.counts {
		c := &x.counts[i]
		for _, n := range []*int{&c.Operations, &c.In, &c.Out, &c.Filtered, &c.Errors} {
			*n = r.number(math.MaxInt32)
		}
	}
	for _, vars := range []*map[string]value.Value{&x.cycleVars, &x.executionVars, &x.keptVars} {
		*vars = map[string]value.Value{}
		for name, v := range r.value().Fields() {
			(*vars)[name] = v
		}
	}
	for range r.list() {
		if n := r.node(); n != nil {
			x.involve(n)
		}
	}
	for range r.list() {
		i := Incomplete{ModuleID: int(r.varint()), Address: r.text(), Reason: r.fault(), Scope: r.value()}
		i.Retry, i.Attempts, i.Interval = r.byte()&1 != 0, int(r.varint()), time.Duration(r.varint())
		x.outcome.Incomplete = append(x.outcome.Incomplete, i)
	}
}

func (r *stateReader) readScopes() {
	for range r.list() {
		if r.err != nil {
			return
		}
		s := &scope{parent: r.scope(), id: int(r.varint())}
		s.index, s.length = int32(r.number(math.MaxInt32)), int32(r.number(math.MaxInt32))
		ownPath := r.byte()&1 != 0
		if s.path = s.parent.path; ownPath {
			s.path = s.path.extend(s.id, int(s.index))
		}
		s.origin = origin(r.byte())
		r.bundle(s)
		r.scopes = append(r.scopes, s)
	}
}

// scope reads the number of a scope that was read before. It is never nil.
func (r *stateReader) scope() *scope { return r.scopes[r.number(len(r.scopes)-1)] }

// bundle reads the bundle of a scope, or finds it where it came from.
func (r *stateReader) bundle(s *scope) {
	size := 0
	switch s.origin {
	case given:
		s.bundle = r.value()
		return
	case computed:
		s.at, size = r.varint(), r.number(math.MaxInt)
	case recorded, outside:
	}
	n := r.x.plan.byID[s.id]
	if n == nil || r.err != nil {
		r.fail("there is no module %d", s.id)
		return
	}
	list := r.find(n, s.parent, s.origin, s.at)
	if r.err != nil {
		return
	}
	if s.index < 1 || int(s.index) > list.Len() || int(s.length) != list.Len() {
		r.fail("module %d put out %d bundles before, and %d now", s.id, s.length, list.Len())
		return
	}
	v, err := list.At(int(s.index) - 1)
	if err != nil || s.origin == computed && v.Size() != size {
		r.fail("module %d put out another bundle before (%v)", s.id, err)
		return
	}
	s.bundle = v
}

// find returns the bundles that a module put out for a scope; nil after a failure.
func (r *stateReader) find(n *node, s *scope, from origin, at int64) Bundles {
	key := source{s, n.id}
	if list := r.lists[key]; list != nil {
		return list
	}
	var list Bundles
	var err error
	switch {
	case from == recorded && r.x.config.Recorded != nil:
		list, err = r.x.recordedBundles(s.path.address(n.id))
	case from == computed && n.module.Pure != nil:
		list, err = r.x.computeAgain(n, s, stateTime(at))
	case from == outside && r.x.config.HasInput:
		list = List(r.x.config.Input)
	default:
		err = fmt.Errorf("module %d cannot say again what it put out", n.id)
	}
	if err != nil {
		r.fail("%v", err)
		return nil
	}
	if r.lists == nil {
		r.lists = map[source]Bundles{}
	}
	r.lists[key] = list
	return list
}

func (x *Execution) recordedBundles(address string) (Bundles, error) {
	r, found := x.config.Recorded(address)
	switch {
	case !found || r.Result.Err != nil:
		return nil, fmt.Errorf("there are no recorded bundles of %s", address)
	case r.Result.Bundles == nil:
		return List(nil), nil
	}
	return r.Result.Bundles, nil
}

// computeAgain does once more what compute did for a pure module, without counting it.
func (x *Execution) computeAgain(n *node, s *scope, at time.Time) (Bundles, error) {
	l := &lane{now: at}
	op := x.newOperation(l, n, s)
	input, err := x.evaluate(l, n, s)
	if err != nil {
		return nil, err
	}
	op.Input = input
	var c collector
	if err := n.module.Pure(&op, c.emit); err != nil {
		return nil, fmt.Errorf("compute module %d again: %w", n.id, err)
	}
	return c.take(), nil
}

func (r *stateReader) readLanes() {
	x := r.x
	for range r.list() {
		if r.err != nil {
			return
		}
		r.lane()
	}
	for _, l := range x.lanes {
		if len(l.stack) == 0 || l.top().fork == nil {
			x.leaves++
		}
	}
}

func (r *stateReader) lane() {
	x := r.x
	l := &lane{}
	if parent := r.number(len(x.lanes)); parent > 0 {
		l.parent = x.lanes[parent-1]
	} else if len(x.lanes) > 0 {
		r.fail("it has two beginnings")
		return
	}
	l.bundle, l.key, l.now = r.number(math.MaxInt32), r.text(), stateTime(r.varint())
	var commits *node
	address := ""
	if r.byte()&1 != 0 {
		commits, address = r.node(), r.text()
	}
	for range r.list() {
		if l.push(r.frame(l)); r.err != nil {
			return
		}
	}
	if l.parent != nil && !r.adopt(l) {
		return
	}
	x.lanes = append(x.lanes, l)
	if commits != nil {
		x.commitOperation(l, commits, address)
	}
}

// adopt makes a lane one of those that the frame on top of its parent has forked.
func (r *stateReader) adopt(l *lane) bool {
	if len(l.parent.stack) == 0 || l.parent.top().fork == nil || l.bundle >= l.parent.top().next {
		r.fail("a lane has no parent")
		return false
	}
	f := l.parent.top().fork
	f.running++
	if l.key != "" {
		f.active[l.key]++
	}
	return true
}

func (r *stateReader) frame(l *lane) frame {
	f := frame{kind: frameKind(r.byte())}
	flags := r.byte()
	f.skipFilter, f.matched, f.mayRepeat = flags&1 != 0, flags&2 != 0, flags&4 != 0
	f.scope = r.scope()
	if len(l.stack) > 0 && l.top().fork != nil {
		r.fail("a frame stands on a fork")
	}
	switch f.kind {
	case inFlow:
		f.flow = r.x.plan.flows[r.number(len(r.x.plan.flows)-1)]
		f.pos = r.number(len(f.flow.nodes))
	case inRoutes:
		if f.node = r.node(); f.node != nil {
			f.pos = r.number(len(f.node.routes))
		}
	case inError:
		if f.node, f.failed = r.node(), r.fault(); f.failed == nil || len(l.stack) == 0 || l.top().kind != inFlow {
			r.fail("an error route has no failure")
		}
	case inBundles:
		r.bundles(&f)
		if flags&8 != 0 {
			r.fork(&f)
		}
	default:
		r.fail("there is no frame of kind %d", f.kind)
	}
	return f
}

func (r *stateReader) bundles(f *frame) {
	f.node, f.origin, f.at = r.node(), origin(r.byte()), r.varint()
	length := r.number(math.MaxInt32)
	f.next = r.number(length)
	if r.err != nil {
		return
	}
	if f.origin == given {
		f.bundles = r.rest(length, f.next)
	} else {
		f.bundles = r.find(f.node, f.scope, f.origin, f.at)
	}
	if r.err == nil && f.bundles.Len() != length {
		r.fail("module %d put out %d bundles before, and %d now", f.node.id, length, f.bundles.Len())
	}
	for _, a := range f.node.feeds {
		f.sets = append(f.sets, newSet(a))
	}
}

// rest reads bundles from a number on. Those before it are needed no more.
func (r *stateReader) rest(length, from int) Bundles {
	b := remaining{length: length, from: from}
	for i := from; i < length && r.err == nil; i++ {
		b.list = append(b.list, r.value())
	}
	return b
}

// remaining are the bundles of a list from a number on.
type remaining struct {
	length, from int
	list         List
}

// Len returns the number of bundles, with those that are gone.
func (b remaining) Len() int { return b.length }

// At returns bundle i; one that is gone is an error.
func (b remaining) At(i int) (value.Value, error) {
	if i < b.from {
		return value.Undefined, fmt.Errorf("bundle %d is gone", i)
	}
	return b.list[i-b.from], nil
}

func (r *stateReader) fork(f *frame) {
	f.fork = newFork()
	f.fork.latest, f.fork.merged = stateTime(r.varint()), r.number(f.next)
	for range r.list() {
		f.fork.results[r.number(f.next)] = nil
	}
	for range r.list() {
		p := parkedBundle{bundle: r.number(f.next), scope: r.scope(), key: r.text()}
		f.fork.parked = append(f.fork.parked, p)
	}
}

var _ Bundles = remaining{}
