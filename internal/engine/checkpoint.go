package engine

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	// checkpointForm is the form of checkpoints and the rules of the walk that they stand for. One of another form is refused, so it
	// rises with every change of either.
	checkpointForm = 1
	// MaxCheckpointBytes is the size of the largest checkpoint.
	MaxCheckpointBytes = 4 << 20
	// smallBytes is the size up to which a checkpoint holds computed bundles, in place of having them computed again.
	smallBytes = 4 << 10
	// sumBytes is the size of the checksum at its end.
	sumBytes = 8
)

// Checkpoint describes the state of the execution, so that Plan.Restore can go on from here without the results before it. Bundles
// that are recorded or can be computed again are named by where they came from; the others are held. Operations that are out count as
// not begun: going on, they are found recorded or are handed out again.
//
// It returns nil where the state cannot be described in MaxCheckpointBytes: while an aggregator has bundles, and while a cycle ends.
func (x *Execution) Checkpoint() []byte {
	if x.done || x.stop != goOn || x.committing {
		return nil
	}
	w := stateWriter{x: x, known: map[*scope]int{}}
	w.head()
	for _, l := range x.lanes {
		w.lane(l)
	}
	if w.failed || w.size() > MaxCheckpointBytes {
		return nil
	}
	out := binary.LittleEndian.AppendUint64([]byte{checkpointForm}, x.plan.identity)
	out = append(out, w.top...)
	out = append(binary.AppendUvarint(out, uint64(len(w.known))), w.scopes...)
	out = append(binary.AppendUvarint(out, uint64(len(x.lanes))), w.lanes...)
	return sealCheckpoint(out)
}

// sealCheckpoint appends the checksum.
func sealCheckpoint(data []byte) []byte {
	h := fnv.New64a()
	_, _ = h.Write(data) // a hash never fails
	return binary.LittleEndian.AppendUint64(data, h.Sum64())
}

// stateWriter writes the state of an execution in three parts, since lanes refer to scopes that are met on the way.
type stateWriter struct {
	x      *Execution
	top    []byte
	scopes []byte
	lanes  []byte
	known  map[*scope]int // numbers of the scopes written, from 1; 0 is the root
	failed bool           // the state cannot be described
}

func (w *stateWriter) size() int { return len(w.top) + len(w.scopes) + len(w.lanes) }

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendFlags(dst []byte, flags ...bool) []byte {
	b := byte(0)
	for i, set := range flags {
		if set {
			b |= 1 << i
		}
	}
	return append(dst, b)
}

// value appends a value that has to be held.
func (w *stateWriter) value(dst []byte, v value.Value) []byte {
	if w.failed || w.size()+v.Size() > MaxCheckpointBytes {
		w.failed = true
		return dst
	}
	return value.AppendBinary(dst, v)
}

func (w *stateWriter) fault(dst []byte, e *fault.Error) []byte {
	if e == nil {
		return append(dst, 0)
	}
	dst = appendFlags(dst, true, e.NotDone, e.Words != nil)
	for _, s := range []string{string(e.Kind), e.Message, e.Hint, e.Field} {
		dst = appendText(dst, s)
	}
	dst = binary.AppendVarint(dst, int64(e.Delay))
	if e.Words != nil {
		dst = appendText(dst, e.Words.Text())
	}
	return dst
}

func variables(vars map[string]value.Value) value.Value {
	b := value.NewBuilder(len(vars))
	for _, name := range sortedKeys(vars) {
		b.Set(name, vars[name])
	}
	return b.Build()
}

// head writes what belongs to no lane.
func (w *stateWriter) head() {
	x := w.x
	w.top = binary.AppendUvarint(w.top, uint64(x.cycle))
	w.top = binary.AppendVarint(w.top, x.latest.UnixNano())
	w.top = appendFlags(w.top, x.emptyCycle, x.outcome.Deactivate)
	w.top = appendText(w.top, string(x.outcome.Status))
	w.top = binary.AppendUvarint(w.top, uint64(x.outcome.Operations))
	for i, c := range x.counts {
		in := c.In
		for _, l := range x.lanes {
			if l.isOut() && l.top().flow.nodes[l.top().pos].index == i {
				in-- // it counts again
			}
		}
		for _, n := range []int{c.Operations, in, c.Out, c.Filtered, c.Errors} {
			w.top = binary.AppendUvarint(w.top, uint64(n))
		}
	}
	for _, vars := range []map[string]value.Value{x.cycleVars, x.executionVars, x.keptVars} {
		w.top = w.value(w.top, variables(vars))
	}
	w.top = binary.AppendUvarint(w.top, uint64(len(x.involved)))
	for _, n := range x.involved {
		w.top = binary.AppendUvarint(w.top, uint64(n.index))
	}
	w.top = binary.AppendUvarint(w.top, uint64(len(x.outcome.Incomplete)))
	for i := range x.outcome.Incomplete {
		w.incomplete(&x.outcome.Incomplete[i])
	}
}

func (w *stateWriter) incomplete(i *Incomplete) {
	w.top = binary.AppendVarint(w.top, int64(i.ModuleID))
	w.top = w.fault(appendText(w.top, i.Address), i.Reason)
	w.top = w.value(w.top, i.Scope)
	w.top = binary.AppendVarint(appendFlags(w.top, i.Retry), int64(i.Attempts))
	w.top = binary.AppendVarint(w.top, int64(i.Interval))
}

// isOut reports whether the operation that the lane stands at is out.
func (l *lane) isOut() bool { return l.waiting && l.commit == nil }

func (w *stateWriter) lane(l *lane) {
	if len(l.pending) > 0 { // on its way into an aggregator
		w.failed = true
	}
	parent := 0
	if l.parent != nil {
		parent = slices.Index(w.x.lanes, l.parent) + 1
	}
	w.lanes = binary.AppendUvarint(w.lanes, uint64(parent))
	w.lanes = appendText(binary.AppendUvarint(w.lanes, uint64(l.bundle)), l.key)
	w.lanes = binary.AppendVarint(w.lanes, l.now.UnixNano())
	w.lanes = appendFlags(w.lanes, l.commit != nil)
	if l.commit != nil {
		w.lanes = appendText(binary.AppendUvarint(w.lanes, uint64(l.commit.node.index)), l.commit.Committed)
	}
	w.lanes = binary.AppendUvarint(w.lanes, uint64(len(l.stack)))
	for i := range l.stack {
		f := &l.stack[i]
		w.frame(f, f.skipFilter || i == len(l.stack)-1 && l.isOut())
	}
}

func (w *stateWriter) frame(f *frame, skipFilter bool) {
	if w.failed {
		return
	}
	s := w.scope(f.scope)
	w.lanes = append(w.lanes, byte(f.kind))
	w.lanes = appendFlags(w.lanes, skipFilter, f.matched, f.mayRepeat, f.fork != nil)
	w.lanes = binary.AppendUvarint(w.lanes, uint64(s))
	switch f.kind {
	case inFlow:
		w.lanes = binary.AppendUvarint(w.lanes, uint64(f.flow.index))
		w.lanes = binary.AppendUvarint(w.lanes, uint64(f.pos))
	case inRoutes:
		w.lanes = binary.AppendUvarint(w.lanes, uint64(f.node.index))
		w.lanes = binary.AppendUvarint(w.lanes, uint64(f.pos))
	case inError:
		w.lanes = binary.AppendUvarint(w.lanes, uint64(f.node.index))
		w.lanes = w.fault(w.lanes, f.failed)
	case inBundles:
		w.bundles(f)
	}
}

// bundles writes where the bundles of a frame came from, how far the walk over them is, and its lanes.
func (w *stateWriter) bundles(f *frame) {
	for _, s := range f.sets {
		if len(s.groups) > 0 || s.failure != nil {
			w.failed = true
			return
		}
	}
	from := f.origin
	if from == computed && w.isSmall(f.bundles, f.next) {
		from = given
	}
	w.lanes = append(binary.AppendUvarint(w.lanes, uint64(f.node.index)), byte(from))
	w.lanes = binary.AppendVarint(w.lanes, f.at)
	w.lanes = binary.AppendUvarint(w.lanes, uint64(f.bundles.Len()))
	w.lanes = binary.AppendUvarint(w.lanes, uint64(f.next))
	for i := f.next; from == given && i < f.bundles.Len() && !w.failed; i++ {
		v, err := f.bundles.At(i)
		if err != nil {
			w.failed = true
			return
		}
		w.lanes = w.value(w.lanes, v)
	}
	if f.fork != nil {
		w.fork(f.fork)
	}
}

// isSmall reports whether the bundles from a number on are so small that they are better held than computed again.
func (w *stateWriter) isSmall(b Bundles, from int) bool {
	size := 0
	for i := from; i < b.Len(); i++ {
		v, err := b.At(i)
		if size += v.Size(); err != nil || size > smallBytes {
			return false
		}
	}
	return true
}

func (w *stateWriter) fork(f *fork) {
	ahead := make([]int, 0, len(f.results))
	for bundle, collected := range f.results {
		w.failed = w.failed || len(collected) > 0
		ahead = append(ahead, bundle)
	}
	slices.Sort(ahead)
	w.lanes = binary.AppendVarint(w.lanes, f.latest.UnixNano())
	w.lanes = binary.AppendUvarint(w.lanes, uint64(f.merged))
	w.lanes = binary.AppendUvarint(w.lanes, uint64(len(ahead)))
	for _, bundle := range ahead {
		w.lanes = binary.AppendUvarint(w.lanes, uint64(bundle))
	}
	w.lanes = binary.AppendUvarint(w.lanes, uint64(len(f.parked)))
	for _, p := range f.parked {
		s := w.scope(p.scope)
		w.lanes = binary.AppendUvarint(binary.AppendUvarint(w.lanes, uint64(p.bundle)), uint64(s))
		w.lanes = appendText(w.lanes, p.key)
	}
}

// scope writes a scope after its parents, once, and returns its number.
func (w *stateWriter) scope(s *scope) int {
	if s.parent == nil {
		return 0
	}
	if n := w.known[s]; n > 0 {
		return n
	}
	parent := w.scope(s.parent)
	from := s.origin
	if from == computed && s.bundle.Size() <= smallBytes {
		from = given
	}
	w.scopes = binary.AppendUvarint(w.scopes, uint64(parent))
	w.scopes = binary.AppendVarint(w.scopes, int64(s.id))
	w.scopes = binary.AppendUvarint(binary.AppendUvarint(w.scopes, uint64(s.index)), uint64(s.length))
	w.scopes = append(appendFlags(w.scopes, s.path != s.parent.path), byte(from))
	switch from {
	case given:
		w.scopes = w.value(w.scopes, s.bundle)
	case computed:
		w.scopes = binary.AppendUvarint(binary.AppendVarint(w.scopes, s.at), uint64(s.bundle.Size()))
	case recorded, outside: // found again by its path
	}
	w.known[s] = len(w.known) + 1
	return w.known[s]
}

// stateTime reads a time as it is written.
func stateTime(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }
