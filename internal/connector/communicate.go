package connector

import (
	"context"
	"math"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// sink takes the outputs of a communication. iterated outputs are elements, others the whole.
type sink interface {
	put(v value.Value, iterated bool) error
}

// held keeps outputs until it is known whether they count.
type held struct {
	outputs  []value.Value
	iterated bool
	most     int
}

func (h *held) put(v value.Value, iterated bool) error {
	if h.most > 0 && len(h.outputs) >= h.most {
		return fault.Newf(fault.MaxResultsExceeded, "[results-many] The service returned more than %d results where all of them are needed at once.", h.most).
			WithHint("[hint-fewer] Ask for fewer with a limit or a narrower search.")
	}
	h.outputs, h.iterated = append(h.outputs, v), iterated
	return nil
}

func (h *held) pass(to sink) error {
	for _, v := range h.outputs {
		if err := to.put(v, h.iterated); err != nil {
			return err
		}
	}
	return nil
}

// nothing reports whether h holds only an output that is null or undefined.
func (h *held) nothing() bool {
	return !h.iterated && (len(h.outputs) == 0 || h.outputs[0].IsNothing())
}

// watch passes outputs on and notes whether there was one that is more than nothing.
type watch struct {
	to   sink
	some bool
}

func (w *watch) put(v value.Value, iterated bool) error {
	if !iterated && v.IsNothing() {
		return nil
	}
	w.some = true
	return w.to.put(v, iterated)
}

// communicate makes the requests in order. What the last one that is made puts out is the output; where that is null, or its
// condition skips it, the output of the one before counts.
func (o *operation) communicate(ctx context.Context, comm *appdef.Communication, to sink) error {
	var before held
	for i, r := range comm.Requests {
		o.further = len(comm.Requests) - 1 - i
		if err := o.mergeTemp(r.Temp); err != nil {
			return err
		}
		made, err := o.holds(r.Condition)
		if err != nil {
			return err
		}
		if !made {
			if err := o.skipped(r, &before); err != nil {
				return err
			}
			continue
		}
		last := i == len(comm.Requests)-1
		if last && o.poll != nil {
			return o.poll.run(ctx, r)
		}
		if last {
			out := watch{to: to}
			if err := o.request(ctx, r, &out, o.mostBundles); err != nil || out.some || r.Response.Iterate != nil {
				return err
			}
			break
		}
		next := held{most: MaxHeldBundles}
		if err := o.request(ctx, r, &next, 0); err != nil {
			return err
		}
		if !next.nothing() {
			before = next
		}
	}
	return before.pass(to)
}

// skipped makes the default of a request that is not made its output.
func (o *operation) skipped(r *appdef.Request, before *held) error {
	if r.Default == nil {
		return nil
	}
	v, err := o.eval(r.Default)
	*before = held{outputs: []value.Value{v}}
	return err
}

// mergeTemp adds what t computes to the temporary values.
func (o *operation) mergeTemp(t *expression.Tree) error {
	if t == nil {
		return nil
	}
	v, err := t.Eval(&o.env)
	if err != nil || v.Len() == 0 {
		return err
	}
	if o.temp.Len() == 0 {
		o.temp = v
		return nil
	}
	b := value.NewBuilder(o.temp.Len() + v.Len())
	o.temp = b.Merge(o.temp).Merge(v).Build()
	return nil
}

// request makes one request with its repetitions and pages. most is the largest number of outputs that are wanted, 0 for no limit.
func (o *operation) request(ctx context.Context, r *appdef.Request, to sink, most int) error {
	p := pager{o: o, r: r, to: to}
	if r.Response.Wrapper != nil {
		p.all = &held{most: MaxHeldBundles}
		p.to = p.all
	}
	o.page = 1
	if err := o.repeated(ctx, r); err != nil {
		return err
	}
	if err := p.readLimit(most); err != nil {
		return err
	}
	for {
		more, err := p.read()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := p.next(ctx); err != nil {
			return err
		}
	}
	return p.wrap(to)
}

// repeated makes the first request of r, again as long as its repeat directive says.
func (o *operation) repeated(ctx context.Context, r *appdef.Request) error {
	for times := 0; ; times++ {
		if err := o.exchange(ctx, r, r); err != nil || r.Repeat == nil {
			return err
		}
		again, err := o.holds(r.Repeat.Condition)
		if err != nil || !again || times >= r.Repeat.Limit {
			return err
		}
		if err := o.c.deps.Clock.Sleep(ctx, r.Repeat.Delay); err != nil {
			return fault.Wrap(fault.ExecutionInterrupted, err, "[wait-stopped] The wait between two requests was stopped.")
		}
	}
}

// pager reads the pages of one request.
type pager struct {
	o       *operation
	r       *appdef.Request
	to      sink
	all     *held // set where a wrapper wants to see everything
	limit   int   // most outputs
	emitted int
	page    value.Value // the body before
}

// readLimit computes how many outputs are wanted: what the definition says, but no more than most.
func (p *pager) readLimit(most int) error {
	p.limit = math.MaxInt
	v, err := p.o.eval(p.r.Response.Limit)
	if err != nil {
		return err
	}
	if n, err := value.ToNumber(v); err == nil && !v.IsEmpty() {
		p.limit = max(int(math.Min(n.Float(), math.MaxInt32)), 0)
	}
	if most > 0 {
		p.limit = min(p.limit, most)
	}
	return nil
}

// read puts out what stands on the current page and reports whether there may be another one.
func (p *pager) read() (more bool, err error) {
	if p.o.page > 1 && value.Equal(p.page, p.o.body) { // a service that ignores the page number would never end
		return false, nil
	}
	p.page = p.o.body
	found, err := p.outputs()
	if err != nil || p.r.Pagination == nil || found == 0 || p.emitted >= p.limit {
		return false, err
	}
	p.o.page++
	return p.o.holds(p.r.Pagination.Condition)
}

func (p *pager) next(ctx context.Context) error {
	if p.o.page > p.o.mostPages {
		return fault.Newf(fault.MaxResultsExceeded, "[pages-many] The service has more than %d pages of results.", p.o.mostPages).
			WithHint("[hint-fewer] Ask for fewer with a limit or a narrower search.")
	}
	return p.o.exchange(ctx, p.r, p.r.Pagination.Next)
}

// outputs puts out the elements of the current page, or the whole of it, and returns how many elements there were.
func (p *pager) outputs() (found int, err error) {
	o, r := p.o, &p.r.Response
	if r.Iterate == nil {
		v, err := o.outputOf(r, o.body)
		if err != nil || p.emitted >= p.limit {
			return 1, err
		}
		p.emitted++
		return 1, p.to.put(v, false)
	}
	container, err := o.eval(r.Iterate.Container)
	if err != nil || container.IsNothing() {
		return 0, err
	}
	o.container = value.ToArray(container)
	for _, o.item = range o.container.Items() {
		if p.emitted >= p.limit {
			break
		}
		wanted, err := o.holds(r.Iterate.Condition)
		if err != nil {
			return 0, err
		}
		if !wanted {
			continue
		}
		v, err := o.outputOf(r, o.item)
		if err != nil {
			return 0, err
		}
		p.emitted++
		if err := p.to.put(v, true); err != nil {
			return 0, err
		}
	}
	o.item = value.Undefined
	return o.container.Len(), nil
}

// outputOf computes an output; otherwise is what it is where the definition does not say.
func (o *operation) outputOf(r *appdef.Response, otherwise value.Value) (value.Value, error) {
	if r.Output == nil {
		return otherwise, nil
	}
	return r.Output.Eval(&o.env)
}

// wrap computes the wrapper over everything that was read and puts it out.
func (p *pager) wrap(to sink) error {
	if p.all == nil {
		return nil
	}
	p.o.output = value.Array(p.all.outputs...)
	if p.r.Response.Iterate == nil && len(p.all.outputs) == 1 {
		p.o.output = p.all.outputs[0]
	}
	v, err := p.o.eval(p.r.Response.Wrapper)
	if err != nil {
		return err
	}
	return to.put(v, false)
}

// repeatable reports whether making a request twice does no harm.
func (o *operation) repeatable(method string) bool {
	class := module.MethodDelivery(method)
	switch {
	case o.readOnly || class == module.Read || o.hasKey:
		return true
	case o.module != nil && o.module.Annotated:
		return o.module.Delivery != module.Unsafe
	}
	return class == module.Idempotent
}
