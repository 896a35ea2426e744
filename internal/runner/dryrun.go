package runner

import (
	"errors"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// standIn puts out what stands in for the call of a module, and reports whether something does: pinned bundles, or in a dry run the sample of
// a module that may have an effect and cannot say which.
func (e *execution) standIn(t *engine.Task, out *output) (bool, error) {
	t.Operation.Dry = e.options.Dry
	writes := t.Delivery != module.Read && t.Delivery != module.Pure
	if e.options.Dry && writes && !t.Module.Simulates {
		return true, unknownEffect(t)
	}
	pinned, ok := e.options.Pinned[t.Operation.ModuleID]
	if !ok || e.options.Dry && writes {
		return false, nil
	}
	out.Exchange(value.Collection(value.F(module.PinnedField, value.True)))
	return true, put(out, pinned)
}

func put(out *output, bundles []value.Value) error {
	for _, b := range bundles {
		if err := out.Bundle(b); err != nil {
			return err
		}
	}
	return nil
}

// unknownEffect is that of a module which does not know dry runs.
func unknownEffect(t *engine.Task) error {
	d := &t.Module.Description
	return &module.Unsent{
		Effect: module.Effect{Kind: module.RunsOperation, MadeUp: true, What: value.Collection(
			value.F("module", value.Text(d.FullName())), value.F("parameters", module.Mask(d.Parameters, t.Operation.Parameters)),
			value.F("input", module.Mask(d.Expect, t.Operation.Input)),
		)},
		Output: []value.Value{d.MakeUp(value.Undefined)},
	}
}

// simulated makes a result of the end of an operation in a dry run: where it was not done, its effect is recorded and made-up bundles flow on.
func (e *execution) simulated(t *engine.Task, out *output, err error) error {
	var u *module.Unsent
	if !errors.As(err, &u) {
		return e.explained(err)
	}
	if u.Effect.Kind != module.Waits { // nothing behind it misses anything
		e.mu.Lock()
		e.unsent = true
		e.mu.Unlock()
	}
	output := u.Output
	if pinned, ok := e.options.Pinned[t.Operation.ModuleID]; ok {
		output = pinned
		u.Effect.MadeUp = true
		out.Exchange(value.Collection(value.F(module.PinnedField, value.True)))
	}
	out.Exchange(value.Collection(value.F(module.EffectField, u.Effect.Value())))
	return put(out, output)
}

// explained adds to a failure behind something that was not done that this may be its cause.
func (e *execution) explained(err error) error {
	e.mu.Lock()
	unsent := e.unsent
	e.mu.Unlock()
	if err == nil || !unsent || errors.Is(err, ErrSuspended) {
		return err
	}
	f := fault.From(err)
	if f.Hint != "" {
		return f.WithHintf("[hint-and-dry] %v This is a dry run: what the modules before it would have written is not there.", f.Advice())
	}
	return f.WithHint("[hint-dry] this is a dry run: what the modules before it would have written is not there")
}
