package engine

import (
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Names of the directives that end an error route.
const (
	directiveIgnore   = "Ignore"
	directiveResume   = "Resume"
	directiveBreak    = "Break"
	directiveCommit   = "Commit"
	directiveRollback = "Rollback"
)

// fail handles a failed operation: by the error route of its module, else by the default reaction to the kind of
// error. The frame on top is the flow that stands at the operation.
func (x *Execution) fail(l *lane, op operation, err *fault.Error) {
	n := op.node
	x.counts[n.index].Errors++
	x.observe(Event{Kind: OperationFailed, Cycle: x.cycle, Module: n.id, Operation: op.op, Error: err, Finished: op.finished, path: op.scope.path})
	if x.stop != goOn {
		return
	}
	mayRepeat := op.mayRepeat(err)
	if n.onError == nil || !handleable(err.Kind) {
		x.react(l, n, op.scope, err, mayRepeat)
		return
	}
	details := value.Collection(
		value.F("error", value.Collection(
			value.F("type", value.Text(string(err.Kind))),
			value.F("message", value.Text(err.Error())),
		)))
	l.push(frame{kind: inError, node: n, scope: op.scope, failed: err, mayRepeat: mayRepeat})
	l.push(frame{kind: inFlow, flow: n.onError, scope: op.scope.extend(n.id, details)})
}

// mayRepeat reports whether the failed operation may be tried again without asking anybody: always, unless it is unsafe and may
// have had its effect.
func (o *operation) mayRepeat(err *fault.Error) bool {
	return o.op == nil || err.NotDone || err.Kind == fault.RateLimit || o.node.delivery(o.op) != module.Unsafe
}

// handleable reports whether error routes may handle the kind; what ends the execution for good may not be.
func handleable(k fault.Kind) bool {
	switch k {
	case fault.AccountValidation, fault.Inconsistency, fault.OperationsLimit, fault.DataSizeLimit,
		fault.ScenarioTimeout, fault.ExecutionInterrupted, fault.Unexpected, fault.OutcomeUnknown:
		return false
	default:
		return true
	}
}

// react is the reaction to an error that no error route handles (integrator reference, section 7.1).
//
// An unsafe operation that may have had its effect is not tried again by itself: mayRepeat is false then.
func (x *Execution) react(l *lane, n *node, s *scope, err *fault.Error, mayRepeat bool) {
	store := x.plan.Settings.StoreIncomplete && n != x.plan.main.nodes[0]
	if err.Kind == fault.OutcomeUnknown { // only a person can decide, so the bundle is kept whatever the settings say
		x.setAside(l, n, s, Incomplete{Reason: err})
		return
	}
	if n.flow.inError {
		x.stopAt(Failed, err, n, s)
		return
	}
	switch err.Kind {
	case fault.Data, fault.DuplicateData, fault.BundleValidation:
		if store {
			x.setAside(l, n, s, Incomplete{Reason: err})
			return
		}
	case fault.Connection, fault.RateLimit, fault.ModuleTimeout, fault.OutOfSpace:
		if store {
			x.setAside(l, n, s, Incomplete{Reason: err, Retry: mayRepeat})
			return
		}
		x.stopTransient(n, s, err, mayRepeat)
		return
	case fault.MaxFileSizeExceeded, fault.MaxResultsExceeded:
		if x.reactToSize(l, n, s, err, store) {
			return
		}
	case fault.InvalidConfiguration, fault.InvalidAccessToken:
		if store {
			x.recordIncomplete(n, s, Incomplete{Reason: err})
		}
		x.outcome.Deactivate = true
	case fault.Inconsistency, fault.OperationsLimit, fault.DataSizeLimit, fault.Unexpected:
		x.outcome.Deactivate = true
	default: // everything else ends the execution and counts as one failure
	}
	x.stopAt(Failed, err, n, s)
}

// stopAt ends the execution at an operation of the module, and rolls back.
func (x *Execution) stopAt(status Status, err *fault.Error, n *node, s *scope) {
	if x.stop == goOn {
		x.outcome.FailedAt = s.path.address(n.id)
	}
	x.stopWith(stopRollback, status, err, n.id)
}

// stopTransient ends an execution that may well succeed later. At the first module nothing has happened yet: a warning.
func (x *Execution) stopTransient(n *node, s *scope, err *fault.Error, mayRepeat bool) {
	status := Failed
	if n == x.plan.main.nodes[0] && err.Kind != fault.OutOfSpace {
		status = Warning
	}
	x.outcome.Retry = err.Kind != fault.OutOfSpace && mayRepeat
	x.stopAt(status, err, n, s)
}

// reactToSize drops or keeps a bundle that is too large, as the settings say; false when neither is allowed.
func (x *Execution) reactToSize(l *lane, n *node, s *scope, err *fault.Error, store bool) bool {
	switch {
	case x.plan.Settings.DataLoss:
		x.worsen(Warning)
		x.dropBundle(l, false)
	case store:
		x.setAside(l, n, s, Incomplete{Reason: err})
	default:
		x.outcome.Deactivate = true
		return false
	}
	return true
}

// setAside stores the bundle as an incomplete execution and goes on with the next one.
func (x *Execution) setAside(l *lane, n *node, s *scope, inc Incomplete) {
	x.recordIncomplete(n, s, inc)
	x.worsen(Warning)
	x.dropBundle(l, false)
}

func (x *Execution) recordIncomplete(n *node, s *scope, inc Incomplete) {
	inc.ModuleID, inc.Address, inc.Scope = n.id, s.path.address(n.id), x.withKey(s.bundles(), n, s)
	x.outcome.Incomplete = append(x.outcome.Incomplete, inc)
	x.observe(Event{Kind: BundleSetAside, Cycle: x.cycle, Module: n.id, Error: inc.Reason, path: s.path})
}

// dropBundle ends the way of a bundle: the lane goes on with the next bundle of the nearest source, or with the next
// route of the nearest router unless skipRoutes. Inside an error route, no further than the route.
func (x *Execution) dropBundle(l *lane, skipRoutes bool) {
	for len(l.stack) > 0 {
		switch f := l.top(); {
		case f.kind == inBundles, f.kind == inError, f.kind == inRoutes && !skipRoutes:
			return
		}
		l.pop()
	}
}

// ignore ends an error route that had no directive, or the directive Ignore: the failed bundle is dropped, and with
// it the later routes of a router that it stood in.
func (x *Execution) ignore(l *lane) {
	l.pop() // the error route
	l.pop() // the flow that stood at the failed module
	x.dropBundle(l, true)
}

// refuseErrorRoute takes back an error route whose first filter did not let the bundle in and reacts as if there were
// none; false when the lane is in no error route.
func (x *Execution) refuseErrorRoute(l *lane) bool {
	f := x.unwindToError(l)
	if f == nil {
		return false
	}
	l.pop()
	x.react(l, f.node, f.scope, f.failed, f.mayRepeat)
	return true
}

// unwindToError drops the frames above the error route that the lane is in and returns a copy of that route's frame.
func (x *Execution) unwindToError(l *lane) *frame {
	for i := len(l.stack) - 1; i >= 0; i-- {
		if l.stack[i].kind != inError {
			continue
		}
		for len(l.stack) > i+1 {
			l.pop()
		}
		f := l.stack[i]
		return &f
	}
	return nil
}

// direct carries out the directive n for the failed operation whose error route it ends.
func (x *Execution) direct(l *lane, n *node, s *scope) {
	f := x.unwindToError(l)
	if f == nil { // outside an error route a directive has no meaning; the blueprint check says so
		l.pop()
		return
	}
	x.observe(Event{Kind: DirectiveApplied, Cycle: x.cycle, Module: f.node.id, Directive: n.module.Name, Error: f.failed, path: f.scope.path})
	switch n.module.Name {
	case directiveResume:
		x.resume(l, f, n, s)
	case directiveBreak:
		x.breakOff(l, f, n, s)
	case directiveCommit:
		x.stopWith(stopCommit, x.outcome.Status, nil, 0)
	case directiveRollback:
		x.stopAt(Failed, f.failed, f.node, f.scope)
	default:
		x.ignore(l)
	}
}

// resume goes on behind the failed module with the bundle that the directive gives in its place.
func (x *Execution) resume(l *lane, f *frame, n *node, s *scope) {
	substitute := value.Collection()
	if n.mapper != nil {
		v, err := n.mapper.Eval(x.env(l, s, uint64(n.id)))
		if err != nil {
			x.stopWith(stopRollback, Failed, fault.From(err), n.id)
			return
		}
		if v.Kind() == value.KindCollection {
			substitute = v
		}
	}
	l.pop() // the error route
	l.pop() // the flow that stood at the failed module
	x.openBundlesOrPass(l, f.node, f.scope, substitute)
}

// openBundlesOrPass continues behind module n with one bundle, as if n had put it out.
func (x *Execution) openBundlesOrPass(l *lane, n *node, s *scope, bundle value.Value) {
	if len(n.feeds) > 0 || n.module.Kind.Source() || n.module.Kind == module.Aggregator {
		x.openBundles(l, n, s, List{bundle})
		return
	}
	l.push(frame{kind: inFlow, flow: n.flow, pos: n.pos + 1, scope: s.extend(n.id, bundle)})
}

// breakOff stores the bundle as an incomplete execution with the retries that the directive asks for.
func (x *Execution) breakOff(l *lane, f *frame, n *node, s *scope) {
	inc := Incomplete{Reason: f.failed}
	if n.mapper != nil {
		v, err := n.mapper.Eval(x.env(l, s, uint64(n.id)))
		if err == nil {
			v, err = module.Coerce(v, n.takes, x.plan.zone)
		}
		if err != nil {
			x.stopWith(stopRollback, Failed, fault.From(err), n.id)
			return
		}
		inc.Retry = value.ToBoolean(v.Get("retry"))
		inc.Attempts = number(v.Get("count"))
		inc.Interval = time.Duration(number(v.Get("interval"))) * time.Minute
	}
	x.recordIncomplete(f.node, f.scope, inc)
	if !inc.Retry {
		x.worsen(Warning)
	}
	l.pop() // the error route
	l.pop() // the flow that stood at the failed module
	x.dropBundle(l, false)
}

// number reads a whole number that blueprints write as a number or as a text; 0 where it is none.
func number(v value.Value) int {
	n, err := value.ToNumber(v)
	if err != nil {
		return 0
	}
	return int(n.Float())
}
