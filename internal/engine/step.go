package engine

import (
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Salts keep the random numbers of a filter, a key and an operation at the same place apart.
const (
	saltFilter = 1 << 40
	saltKey    = 2 << 40
	saltGroup  = 3 << 40
)

// operation is an operation on its way through the engine.
type operation struct {
	node     *node
	scope    *scope
	op       *module.Operation
	finished time.Time
}

// step works off one step of the frame on top of the lane.
func (x *Execution) step(l *lane, now time.Time) {
	switch f := l.top(); f.kind {
	case inFlow:
		if f.pos == len(f.flow.nodes) {
			x.endOfFlow(l, f)
			return
		}
		x.enter(l, f, now)
	case inBundles:
		x.stepBundles(l, f)
	case inRoutes:
		x.stepRoutes(l, f)
	case inError: // the error route ended without a directive: the bundle is ignored
		x.ignore(l)
	}
}

// endOfFlow lets the bundle leave its flow, for a merge if the flow is a branch that has one.
func (x *Execution) endOfFlow(l *lane, f *frame) {
	merge, index, s := f.flow.mergeInto, f.flow.mergeIndex, f.scope
	l.pop()
	if merge != nil {
		x.enterMerge(l, merge, index, s)
	}
}

// enter brings the bundle of the frame to its next module.
func (x *Execution) enter(l *lane, f *frame, now time.Time) {
	n := f.flow.nodes[f.pos]
	if n.disabled {
		f.pos++
		return
	}
	if n.filter != nil && !f.skipFilter {
		pass, err := n.filter.Pass(x.env(l, f.scope, saltFilter+uint64(n.id)))
		if err != nil {
			x.fail(l, operation{node: n, scope: f.scope}, fault.From(err))
			return
		}
		if !pass {
			x.filtered(l, f, n)
			return
		}
	}
	f.skipFilter = false
	x.counts[n.index].In++
	s := f.scope
	switch n.module.Kind {
	case module.Router:
		l.pop()
		l.push(frame{kind: inRoutes, node: n, scope: s})
	case module.IfElse:
		x.branch(l, n, s)
	case module.Merge:
		f.pos++ // reached without a branch: the bundle passes
	case module.Directive:
		x.direct(l, n, s)
	case module.Aggregator:
		x.collect(l, n, s)
	default:
		x.operate(l, n, s, now)
	}
}

// filtered drops the bundle in front of the module. At the start of an error route it means that the route does not
// apply.
func (x *Execution) filtered(l *lane, f *frame, n *node) {
	x.counts[n.index].Filtered++
	x.observe(Event{Kind: BundleFiltered, Cycle: x.cycle, Module: n.id, path: f.scope.path})
	if f.pos == 0 && f.flow.errorOf != nil && x.refuseErrorRoute(l) {
		return
	}
	l.pop()
}

// branch sends the bundle into the first branch that matches.
func (x *Execution) branch(l *lane, n *node, s *scope) {
	l.pop()
	for i := range n.branches {
		b := &n.branches[i]
		if b.flow.disabled || len(b.flow.nodes) == 0 && b.flow.mergeInto == nil {
			continue
		}
		pass := b.isElse
		if !pass {
			var err error
			if pass, err = b.filter.Pass(x.env(l, s, saltFilter+uint64(n.id)<<8+uint64(i))); err != nil {
				l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos, scope: s})
				x.fail(l, operation{node: n, scope: s}, fault.From(err))
				return
			}
		}
		if pass {
			x.counts[n.index].Operations++
			x.outcome.Operations++
			l.push(frame{kind: inFlow, flow: b.flow, scope: s})
			return
		}
	}
}

// enterMerge continues a bundle that comes out of the index-th merging branch.
func (x *Execution) enterMerge(l *lane, n *node, index int, s *scope) {
	if n.disabled {
		l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos + 1, scope: s})
		return
	}
	l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos, scope: s})
	op := operation{node: n, scope: s}
	var gate *filter.Filter
	if index < len(n.merge.MergeFilters) {
		gate = n.merge.MergeFilters[index]
	}
	pass, err := gate.Pass(x.env(l, s, saltFilter+uint64(n.id)))
	if err != nil {
		x.fail(l, op, fault.From(err))
		return
	}
	if !pass {
		x.filtered(l, l.top(), n)
		return
	}
	x.counts[n.index].In++
	out := value.NewBuilder(len(n.merge.Outputs))
	for i := range n.merge.Outputs {
		v := value.Null
		if mappings := n.merge.Outputs[i].Mappings; index < len(mappings) {
			if v, err = mappings[index].Eval(x.env(l, s, uint64(n.id))); err != nil {
				x.fail(l, op, fault.From(err))
				return
			}
		}
		out.Set(n.merge.Outputs[i].Name, v)
	}
	x.succeed(l, op, List{out.Build()})
}

// stepRoutes sends the bundle into the next route that accepts it, and into the fallback when none did.
func (x *Execution) stepRoutes(l *lane, f *frame) {
	n, s := f.node, f.scope
	for f.pos < len(n.routes) {
		r := n.routes[f.pos]
		f.pos++
		if r != n.elseRoute && x.acceptedBy(l, r, s) {
			l.top().matched = true
			l.push(frame{kind: inFlow, flow: r, scope: s, skipFilter: true})
			return
		}
		if x.stop != goOn {
			return
		}
	}
	matched := f.matched
	l.pop()
	if !matched && n.elseRoute != nil && x.acceptedBy(l, n.elseRoute, s) {
		l.push(frame{kind: inFlow, flow: n.elseRoute, scope: s, skipFilter: true})
	}
}

// acceptedBy reports whether the route lets the bundle in. A filter that cannot be evaluated ends the execution.
func (x *Execution) acceptedBy(l *lane, r *flow, s *scope) bool {
	if r.disabled || len(r.nodes) == 0 {
		return false
	}
	first := r.nodes[0]
	if first.filter == nil || first.disabled {
		return true
	}
	pass, err := first.filter.Pass(x.env(l, s, saltFilter+uint64(first.id)))
	if err != nil {
		x.counts[first.index].Errors++
		x.stopWith(stopRollback, Failed, fault.From(err), first.id)
		return false
	}
	if !pass {
		x.counts[first.index].Filtered++
		x.observe(Event{Kind: BundleFiltered, Cycle: x.cycle, Module: first.id, path: s.path})
	}
	return pass
}

// operate evaluates the fields of a module and runs it, or hands the operation out.
func (x *Execution) operate(l *lane, n *node, s *scope, now time.Time) {
	if x.config.HasInput && n == x.plan.main.nodes[0] {
		x.succeed(l, operation{node: n, scope: s}, List(x.config.Input))
		return
	}
	recorded, known := Recorded{}, false
	address := ""
	if n.module.Run != nil {
		address = s.path.address(n.id)
		if x.config.Recorded != nil {
			recorded, known = x.config.Recorded(address)
		}
		if known {
			now = recorded.Started
		}
		if now.After(l.now) {
			l.now = now
		}
	}
	op := operation{node: n, scope: s, op: x.nextOperation(l, n, s)}
	op.op.Address = address
	input, err := x.evaluate(l, n, s)
	if err != nil {
		x.fail(l, op, fault.From(err))
		return
	}
	op.op.Input, op.op.Idempotency = input, x.key(n, s)
	if known && x.config.RunChanged && HashInput(input) != recorded.InputHash {
		known = false
	}
	switch {
	case n.module.Run == nil:
		x.compute(l, op)
	case known:
		x.replay(l, op, recorded)
	default:
		l.waiting = true
		x.handOut(&Task{
			Kind: RunOperation, Operation: op.op, Module: n.module, Delivery: n.delivery(op.op), Cycle: op.op.Cycle,
			lane: l, node: n, scope: s,
		})
	}
}

// nextOperation returns the description of an operation. That of a computed one may be used again for the next, when
// nobody listens who could keep it.
func (x *Execution) nextOperation(l *lane, n *node, s *scope) *module.Operation {
	if n.module.Run != nil || x.config.Observe != nil {
		op := x.newOperation(l, n, s)
		return &op
	}
	x.scratch = x.newOperation(l, n, s)
	return &x.scratch
}

func (x *Execution) newOperation(l *lane, n *node, s *scope) module.Operation {
	return module.Operation{
		Module: &n.module.Description, ModuleID: n.id, Parameters: n.params, Connection: n.conn, Started: l.now,
		Zone: x.plan.zone, Seed: mix(s.path.hash ^ uint64(n.id)), Cycle: x.cycleID(), Scenario: x.plan.Name,
	}
}

// evaluate returns the module's fields for the bundle, in the types that the module declares.
func (x *Execution) evaluate(l *lane, n *node, s *scope) (value.Value, error) {
	var input value.Value
	if n.mapper != nil {
		v, err := n.mapper.Eval(x.env(l, s, uint64(n.id)))
		if err != nil {
			return value.Undefined, err
		}
		input = v
	}
	if input.Kind() != value.KindCollection {
		input = value.Collection()
	}
	return module.Coerce(input, n.takes, x.plan.zone)
}

// replay takes the recorded result of an operation in place of running it again.
func (x *Execution) replay(l *lane, op operation, r Recorded) {
	if got := HashInput(op.op.Input); got != r.InputHash {
		x.stopWith(stopRollback, Failed, fault.Newf(fault.Inconsistency,
			"[input-changed] Module %d came to another input than the one recorded for %s.", op.node.id, op.op.Address).
			WithHint("[hint-new-execution] the scenario or an app has changed since the execution began; start a new execution"), op.node.id)
		x.outcome.Deactivate = true
		return
	}
	if r.Result.Finished.After(x.latest) {
		x.latest = r.Result.Finished
	}
	if r.Result.Finished.After(l.now) {
		l.now = r.Result.Finished
	}
	x.finishOperation(l, &Task{node: op.node, scope: op.scope, Operation: op.op}, r.Result)
}

// compute runs a module that needs nothing but its operation and the variables.
func (x *Execution) compute(l *lane, op operation) {
	c := &x.collector
	c.reset()
	var err error
	switch m := op.node.module; {
	case m.Pure != nil:
		err = m.Pure(op.op, c.emit)
	case m.State != nil:
		err = m.State(op.op, stateOf{x}, c.emit)
	default:
		err = fault.Newf(fault.InvalidConfiguration, "[module-place] The module %s cannot run in this place.", m.FullName()).
			WithHint("[hint-webhook-data] a trigger that waits for webhooks needs the data of a call to run with")
	}
	if err != nil {
		x.fail(l, op, fault.From(err))
		return
	}
	x.succeed(l, op, c.take())
}

// succeed goes on behind an operation that put out bundles. The frame on top is the flow that stands at the operation.
func (x *Execution) succeed(l *lane, op operation, out Bundles) {
	n, count := op.node, out.Len()
	x.count(op, out)
	if count == 0 && n == x.plan.main.nodes[0] {
		x.emptyCycle = true
		if n.module.Kind == module.Trigger || n.module.Kind == module.InstantTrigger {
			l.pop()
			return
		}
	}
	if count == 1 && !n.module.Kind.Source() && len(n.feeds) == 0 {
		bundle, err := out.At(0)
		if err != nil {
			x.fail(l, op, fault.From(err))
			return
		}
		f := l.top()
		f.scope = op.scope.extend(n.id, bundle)
		f.scope.origin, f.scope.at = x.originOf(n), l.now.UnixNano()
		f.pos = n.pos + 1
		return
	}
	l.pop()
	x.openBundles(l, n, op.scope, out)
	f := l.top()
	f.origin, f.at = x.originOf(n), l.now.UnixNano()
}

// count notes a successful operation.
func (x *Execution) count(op operation, out Bundles) {
	c := &x.counts[op.node.index]
	c.Operations++
	c.Out += out.Len()
	x.outcome.Operations++
	x.observe(Event{
		Kind: OperationDone, Cycle: x.cycle, Module: op.node.id, Operation: op.op, Output: out,
		Finished: op.finished, path: op.scope.path,
	})
}

// openBundles starts the walk over the bundles of one operation.
func (x *Execution) openBundles(l *lane, n *node, s *scope, out Bundles) {
	f := frame{kind: inBundles, node: n, scope: s, bundles: out}
	for _, a := range n.feeds {
		f.sets = append(f.sets, newSet(a))
	}
	l.push(f)
}

// stepBundles sends the next bundle of an operation on its way, or ends the walk.
func (x *Execution) stepBundles(l *lane, f *frame) {
	if f.fork == nil && x.mayFork(f) {
		x.startFork(f)
	}
	if f.fork != nil {
		x.stepFork(l)
		return
	}
	if f.next == f.bundles.Len() {
		x.leaveBundles(l)
		return
	}
	s, err := f.nextScope()
	if err != nil {
		x.failBundles(f, err)
		return
	}
	l.push(frame{kind: inFlow, flow: f.node.flow, pos: f.node.pos + 1, scope: s})
}

// failBundles ends the execution because kept bundles cannot be read back.
func (x *Execution) failBundles(f *frame, err error) {
	x.stopWith(stopRollback, Failed, fault.Wrap(fault.Unexpected, err, "[bundles-unread] The bundles of an operation could not be read back."), f.node.id)
}

var _ expression.Scope = (*view)(nil)
