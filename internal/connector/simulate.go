package connector

import (
	"context"
	"errors"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// effect says whether the requests of the operation change something. What the definition says of the module counts before their methods: a
// module that only reads may do so by POST, and where one that does something only makes requests by GET, each of them may be what does it.
func (o *operation) effect() outbound.Effect {
	switch m := o.module; {
	case m == nil || !m.Annotated || o.readOnly:
		return outbound.EffectByMethod
	case m.Delivery == module.Read:
		return outbound.EffectNone
	case m.OnlyGets:
		return outbound.EffectSome
	}
	return outbound.EffectByMethod
}

// unsent ends an operation of a dry run at the request that it did not send.
func (o *operation) unsent(r *outbound.Response) error {
	return &module.Unsent{Effect: module.Effect{Kind: module.SendRequest, What: recordValue(&r.Record, 1).Get("request"), Further: o.further}}
}

// simulate completes what ends an operation of a dry run: with a comparison of the record before and after, where the definition says how to
// find it, and with the bundle that flows on. Other errors stay as they are.
func (o *operation) simulate(ctx context.Context, op *module.Operation, err error) error {
	var u *module.Unsent
	if !errors.As(err, &u) {
		return err
	}
	u.Effect.MadeUp = true
	o.forgetAnswer()
	if p := o.module.Preview; p != nil && p.Before != nil {
		o.compare(ctx, p, &u.Effect)
	}
	computed, err := o.madeUp(&u.Effect)
	if err != nil {
		return err
	}
	if computed.Kind() == value.KindArray {
		computed = computed.At(0)
	}
	if computed.Len() == 0 && op.Module.Samples.IsEmpty() && !op.Module.DynamicOutput {
		computed = op.Input
	}
	u.Output = []value.Value{op.Module.MakeUp(computed)}
	return u
}

// forgetAnswer takes away what the requests before the one that was not sent have left of their answers.
func (o *operation) forgetAnswer() {
	o.body, o.item, o.header, o.statusCode = value.Undefined, value.Undefined, nil, 0
}

// madeUp computes the output as if the service had answered nothing: what comes from the fields is right then. A definition may say better.
func (o *operation) madeUp(e *module.Effect) (value.Value, error) {
	if p := o.module.Preview; p != nil && p.Output != nil {
		return p.Output.Eval(&o.env)
	}
	if e.Compared && len(o.module.Interface) == 0 {
		return e.After, nil
	}
	requests := o.module.Communication.Requests
	last := &requests[len(requests)-1].Response
	if last.Output == nil || last.Iterate != nil || last.Wrapper != nil {
		return value.Undefined, nil
	}
	v, err := last.Output.Eval(&o.env)
	if err != nil { // the output needs the answer
		return value.Undefined, nil //nolint:nilerr // the sample stands in
	}
	return v, nil
}

// compare reads the record as it is, and computes what it would be.
func (o *operation) compare(ctx context.Context, p *appdef.Preview, e *module.Effect) {
	before, err := o.readBefore(ctx, p.Before)
	if err != nil {
		e.Note = "The record could not be read, so nothing is compared: " + o.redacted(err).Message
		return
	}
	o.before = before
	if before.IsUndefined() && p.Missing != appdef.MissingCreated {
		e.Note = "The record was not found, so nothing is compared."
		if p.Missing == appdef.MissingFails {
			e.Note = "There is no such record: the call would fail."
		}
		return
	}
	e.Compared, e.Before = true, before
	if p.Deletes {
		return
	}
	change, err := p.After.Eval(&o.env)
	if err != nil {
		e.Compared, e.Note = false, "What the record would be cannot be computed, so nothing is compared: "+o.redacted(err).Message
		return
	}
	e.After = over(before, change)
}

// readBefore makes the requests that read the record; undefined where there is none.
func (o *operation) readBefore(ctx context.Context, comm *appdef.Communication) (value.Value, error) {
	reading := o.c.operation(o.parameters, nil, 0)
	reading.module, reading.scenario, reading.record, reading.readOnly = o.module, o.scenario, o.record, true
	reading.connection, reading.budgetKey, reading.connectionType, reading.hidden = o.connection, o.budgetKey, o.connectionType, o.hidden
	reading.baseURL, reading.baseOrigin = o.baseURL, o.baseOrigin
	reading.env.Now, reading.env.Zone = o.env.Now, o.env.Zone
	found := held{most: 1}
	err := reading.communicate(ctx, comm, &found)
	switch kind := fault.KindOf(err); {
	case kind == fault.Data || kind == fault.BundleValidation: // that is how definitions say that there is none
		return value.Undefined, nil
	case err != nil:
		return value.Undefined, err
	case len(found.outputs) == 0 || found.outputs[0].IsEmpty():
		return value.Undefined, nil
	}
	return found.outputs[0], nil
}

// over returns record with the fields of change in it. Collections are merged, what is undefined stays as it is.
func over(record, change value.Value) value.Value {
	if change.Kind() != value.KindCollection {
		return change
	}
	b := value.NewBuilder(record.Len() + change.Len()).Merge(record)
	for name, v := range change.Fields() {
		switch {
		case v.IsUndefined():
		case v.Kind() == value.KindCollection:
			b.Set(name, over(record.Get(name), v))
		default:
			b.Set(name, v)
		}
	}
	return b.Build()
}
