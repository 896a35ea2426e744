package engine

import (
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// groupKey is the field of an aggregator's output that holds the key of its group.
const groupKey = "__IMTKEY__"

// set is what one aggregator collects from the bundles of one operation.
type set struct {
	aggregator *node
	groups     []*group
	byKey      map[string]*group
	failure    *fault.Error
}

// group is the part of a set that has one key.
type group struct {
	key     value.Value
	collect module.Accumulator
}

func newSet(a *node) *set { return &set{aggregator: a} }

// contribution is one bundle on its way into an aggregator.
type contribution struct {
	aggregator *node
	key        value.Value
	item       value.Value
	op         *module.Operation
}

// collect takes the bundle into the aggregator, where its way ends.
func (x *Execution) collect(l *lane, n *node, s *scope) {
	description := x.newOperation(l, n, s)
	op := operation{node: n, scope: s, op: &description}
	input, err := x.evaluate(l, n, s)
	if err != nil {
		x.fail(l, op, fault.From(err))
		return
	}
	op.op.Input = input
	c := contribution{aggregator: n, item: input, op: op.op}
	if n.groupBy != nil {
		if c.key, err = n.groupBy.Eval(x.env(l, s, saltGroup+uint64(n.id))); err != nil {
			x.fail(l, op, fault.From(err))
			return
		}
	}
	if !x.hasFeeder(l, n) {
		x.collectAlone(l, op, c)
		return
	}
	l.pop()
	x.contribute(l, c)
}

// hasFeeder reports whether the aggregator's source lies on the way of the bundle. It does not when an incomplete
// execution goes on behind the source.
func (x *Execution) hasFeeder(l *lane, n *node) bool {
	for ; l != nil; l = l.parent {
		for i := range l.stack {
			if l.stack[i].kind == inBundles && l.stack[i].node == n.feeder {
				return true
			}
		}
	}
	return false
}

// collectAlone makes a set of the one bundle.
func (x *Execution) collectAlone(l *lane, op operation, c contribution) {
	s := newSet(op.node)
	x.addTo(s, c)
	l.pop()
	x.emitSet(l, s, op.scope)
}

// contribute adds to the set of the nearest enclosing source that feeds the aggregator. Bundles that travel side by
// side wait with it until the bundles before them have done so.
func (x *Execution) contribute(l *lane, c contribution) {
	for i := len(l.stack) - 1; i >= 0; i-- {
		f := &l.stack[i]
		if f.kind != inBundles || f.node != c.aggregator.feeder {
			continue
		}
		for _, s := range f.sets {
			if s.aggregator == c.aggregator {
				x.addTo(s, c)
			}
		}
		return
	}
	l.pending = append(l.pending, c)
}

func (x *Execution) addTo(s *set, c contribution) {
	if s.failure != nil {
		return
	}
	name := ""
	if s.aggregator.groupBy != nil {
		name = c.key.Kind().String() + ":" + value.Render(c.key)
	}
	g := s.byKey[name]
	if g == nil {
		acc, err := s.aggregator.module.Aggregate(c.op)
		if err != nil {
			s.failure = fault.From(err)
			return
		}
		if s.byKey == nil {
			s.byKey = map[string]*group{}
		}
		g = &group{key: c.key, collect: acc}
		s.byKey[name] = g
		s.groups = append(s.groups, g)
	}
	if err := g.collect.Add(c.item); err != nil {
		s.failure = fault.From(err)
	}
}

// leaveBundles ends the walk over the bundles on top of the lane and lets the aggregators that they feed put out.
func (x *Execution) leaveBundles(l *lane) {
	f := *l.top()
	l.pop()
	if kept, ok := f.bundles.(interface{ Release() }); ok {
		kept.Release()
	}
	for i := len(f.sets) - 1; i >= 0; i-- { // pushed last, worked off first
		x.emitSet(l, f.sets[i], f.scope)
	}
}

// emitSet puts one bundle for each group on its way behind the aggregator. What lies between the source and the
// aggregator cannot be seen from there.
func (x *Execution) emitSet(l *lane, s *set, base *scope) {
	n := s.aggregator
	description := x.newOperation(l, n, base)
	op := operation{node: n, scope: base, op: &description}
	bundles, err := x.results(s, op)
	if err != nil {
		x.openBundles(l, n, base, List(nil)) // so that a dropped bundle does not take other aggregators' with it
		l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos, scope: base})
		x.fail(l, op, fault.From(err))
		return
	}
	if len(bundles) > 0 {
		x.count(op, bundles)
		x.openBundles(l, n, base, bundles)
	}
}

// results returns the output bundles of a set: one for each group, or an empty one unless the aggregator stops then.
func (x *Execution) results(s *set, op operation) (List, error) {
	if s.failure != nil {
		return nil, s.failure
	}
	if len(s.groups) == 0 {
		if s.aggregator.stopEmpty || s.aggregator.groupBy != nil {
			return nil, nil
		}
		op.op.Input = value.Collection()
		acc, err := s.aggregator.module.Aggregate(op.op)
		if err != nil {
			return nil, err
		}
		s.groups = []*group{{collect: acc}}
	}
	bundles := make(List, len(s.groups))
	for i, g := range s.groups {
		b, err := g.collect.Result()
		if err != nil {
			return nil, err
		}
		if s.aggregator.groupBy != nil {
			b = b.With(groupKey, g.key)
		}
		bundles[i] = b
	}
	return bundles, nil
}
