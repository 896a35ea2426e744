package connector

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Call is a call that a webhook received.
type Call struct {
	Method string
	Header http.Header
	Query  url.Values
	Body   []byte
	At     time.Time      // when it was received
	Zone   *time.Location // of the scenario; nil = UTC
	Seed   uint64         // for random values in the definition
	Data   value.Value    // what is saved with the webhook; read as "webhook"
}

// Received is what a webhook makes of a call.
type Received struct {
	// Bundles are the output of the trigger; none where the call only checks the address or is not wanted.
	Bundles []value.Value
	// Response is the answer that the definition asks for; nil where it leaves the answer to us.
	Response *module.Response
	// UID tells which account a call to a shared webhook is for; "" where it does not say.
	UID string
}

// Receive turns a call to a webhook of the app into bundles. It calls nothing and gives the same result for the same call.
func (c *Connector) Receive(webhook string, call Call) (Received, error) {
	w := c.app.Webhooks[webhook]
	if w == nil {
		return Received{}, fault.Newf(fault.InvalidConfiguration, "[app-webhook] The app %s has no webhook %q.", c.app.Label, webhook)
	}
	o := c.operation(value.Undefined, nil, call.Seed)
	o.env.Now, o.env.Zone = call.At, call.Zone
	o.header, o.method, o.webhook, o.query = call.Header, call.Method, call.Data, queryValue(call.Query)
	var err error
	if o.body, err = parseBody(call.Body, "automatic", call.Header); err != nil || o.body.Kind() == value.KindBuffer {
		o.body = anyBody(call.Body)
	}
	if w.VerifyCondition != nil {
		check, err := o.holds(w.VerifyCondition)
		if err != nil {
			return Received{}, err
		}
		if check {
			r, err := o.respond(w.VerifyRespond)
			return Received{Response: r}, err
		}
	}
	return o.received(w)
}

// anyBody reads a body whose content type is missing or wrong: as JSON where it is, else as text, else as binary data.
func anyBody(data []byte) value.Value {
	if v, err := value.ParseJSON(trimBOM(data)); err == nil {
		return v
	}
	v, err := parseBody(data, formOf("", data), nil)
	if err != nil {
		return value.Buffer(data, "")
	}
	return v
}

func queryValue(q url.Values) value.Value {
	b := value.NewBuilder(len(q))
	for _, name := range slices.Sorted(maps.Keys(q)) {
		b.Set(name, texted(q[name]))
	}
	return b.Build()
}

func (o *operation) received(w *appdef.Webhook) (Received, error) {
	var out Received
	wanted, err := o.holds(w.Condition)
	if err != nil {
		return out, err
	}
	uid, err := o.eval(w.UID)
	if err != nil {
		return out, err
	}
	out.UID = value.Render(uid)
	if out.Response, err = o.respond(w.Respond); err != nil || !wanted {
		return out, err
	}
	sink := bundles{kind: module.Trigger, emit: func(v value.Value) error {
		out.Bundles = append(out.Bundles, v)
		return nil
	}}
	p := pager{o: o, r: &appdef.Request{Response: appdef.Response{Iterate: w.Iterate, Output: w.Output}}, to: &sink, limit: MaxHeldBundles}
	_, err = p.outputs()
	return out, err
}

// respond computes the answer to a call, nil where the definition has none.
func (o *operation) respond(r *appdef.Respond) (*module.Response, error) {
	if r == nil {
		return nil, nil
	}
	out := &module.Response{Status: http.StatusOK}
	status, err := o.eval(r.Status)
	if err != nil {
		return nil, err
	}
	if n, err := value.ToNumber(status); err == nil && n.Float() >= 100 && n.Float() <= 599 {
		out.Status = int(n.Float())
	}
	headers, err := o.eval(r.Headers)
	if err != nil {
		return nil, err
	}
	typed := http.Header{}
	for name, v := range headers.Fields() {
		typed.Set(name, value.Render(v))
		out.Headers = append(out.Headers, module.Header{Name: name, Value: value.Render(v)})
	}
	body, err := o.eval(r.Body)
	if err != nil || body.IsUndefined() {
		return out, err
	}
	given := typed.Get("Content-Type")
	if out.Body, err = encodeBody(body, appdef.BodyType(r.Type), typed); err != nil {
		return nil, err
	}
	if kind := typed.Get("Content-Type"); given == "" && kind != "" {
		out.Headers = append(out.Headers, module.Header{Name: "Content-Type", Value: kind})
	}
	return out, nil
}
