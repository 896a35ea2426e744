package runner

import (
	"context"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// output is where a running module puts its results.
type output struct {
	execution *execution
	operation *module.Operation
	list      *spillList
	cursor    value.Value
}

var _ module.Output = (*output)(nil)

// Bundle keeps the bundle, in memory or on disk.
func (o *output) Bundle(v value.Value) error { return o.list.add(v) }

// Exchange keeps the record for the trace.
func (o *output) Exchange(record value.Value) {
	if o.execution.options.Trace == nil && o.execution.recorder == nil {
		return
	}
	o.execution.mu.Lock()
	defer o.execution.mu.Unlock()
	if o.execution.exchanges == nil {
		o.execution.exchanges = map[*module.Operation][]value.Value{}
	}
	o.execution.exchanges[o.operation] = append(o.execution.exchanges[o.operation], record)
}

// Respond keeps the first answer. Where results before it are not durable yet, it is told when they are: mostly with the end of the
// execution, so that it costs no commit of its own.
func (o *output) Respond(r module.Response) error {
	e := o.execution
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.response != nil {
		return nil
	}
	e.response = &r
	switch {
	case e.options.Respond == nil:
	case e.recorder.unsaved():
		e.held = &r
	default:
		e.options.Respond(r)
	}
	return nil
}

// release tells the answer that is held, if there is one, when everything before it is durable.
func (e *execution) release(ctx context.Context) error {
	e.mu.Lock()
	held := e.held
	e.held = nil
	e.mu.Unlock()
	if held == nil {
		return nil
	}
	if err := e.recorder.write(ctx, nil); err != nil {
		return err
	}
	e.options.Respond(*held)
	return nil
}

// Cursor keeps how far a polling trigger has come.
func (o *output) Cursor(v value.Value) { o.cursor = v }
