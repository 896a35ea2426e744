package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// exampleTime is what "now" means in examples, so that they always come out the same.
const exampleTime = 1_767_225_600 // UNIX seconds: 2026-01-01 00:00:00 UTC

// RunExample runs an example of a module without any network: each request is compared with the expected one and gets the
// answer that the example gives. The error says what differs, in words for the author of the app.
func RunExample(ctx context.Context, app *appdef.App, m *appdef.Module, e appdef.Example) error {
	world := &exampleWorld{example: e}
	c, err := New(app, Deps{HTTP: world, Clock: clock.NewFake(time.Unix(exampleTime, 0).UTC())})
	if err != nil {
		return err
	}
	if e.Webhook != nil {
		return runWebhookExample(c, m, e)
	}
	input, err := module.Coerce(orEmpty(e.Parameters), append(m.Parameters[:len(m.Parameters):len(m.Parameters)], m.Expect...), time.UTC)
	if err == nil {
		conn := &module.Connection{Key: "example", App: app.Name, Type: m.Connection, Fields: orEmpty(e.Connection)}
		op := &module.Operation{Input: input, Started: time.Unix(exampleTime, 0).UTC(), Zone: time.UTC, Seed: 1, Scenario: "Example", Cursor: e.Cursor}
		world.base = c.exampleBase(conn)
		err = c.run(ctx, m, op, conn, world)
	}
	if world.mismatch != nil {
		return world.mismatch
	}
	if n := len(e.Exchanges); world.used < n {
		return errors.Join(fmt.Errorf("%d of %d requests were made", world.used, n), err)
	}
	if err := compareOutcome(e, world.bundles, err); err != nil || e.CursorAfter.IsUndefined() {
		return err
	}
	return compareCursor(e, world.cursor)
}

// compareCursor tells how the cursor behind a run differs from what an example promises.
func compareCursor(e appdef.Example, cursor value.Value) error {
	if cursor.IsUndefined() {
		cursor = e.Cursor // it has not moved
	}
	if have := roundTrip(cursor); !value.Equal(have, e.CursorAfter) {
		return fmt.Errorf("the cursor is\n  %s\nexpected\n  %s", have.JSON(), e.CursorAfter.JSON())
	}
	return nil
}

func orEmpty(v value.Value) value.Value {
	if v.IsNothing() {
		return value.Collection()
	}
	return v
}

// exampleBase returns the address that the paths of an example are joined to.
func (c *Connector) exampleBase(conn *module.Connection) string {
	o := c.operation(value.Undefined, conn, 0)
	if err := o.bindHost(); err != nil {
		return "" // the run itself tells about it
	}
	return o.baseURL
}

func runWebhookExample(c *Connector, m *appdef.Module, e appdef.Example) error {
	call := Call{Method: e.Webhook.Method, Header: http.Header{}, Query: url.Values{}, At: time.Unix(exampleTime, 0).UTC(), Seed: 1}
	for name, v := range e.Webhook.Headers.Fields() {
		call.Header.Set(name, value.Render(v))
	}
	for name, v := range e.Webhook.Query.Fields() {
		call.Query.Set(name, value.Render(v))
	}
	call.Body = bodyOf(e.Webhook.Body, call.Header)
	received, err := c.Receive(m.Webhook, call)
	return compareOutcome(e, received.Bundles, err)
}

// bodyOf writes the body of an example: a text as it is, everything else as JSON with its content type.
func bodyOf(v value.Value, h http.Header) []byte {
	if v.IsUndefined() {
		return nil
	}
	if v.Kind() == value.KindText {
		return []byte(v.Str())
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
	}
	return value.AppendJSON(nil, v)
}

// compareOutcome tells how the result of a run differs from what an example promises.
func compareOutcome(e appdef.Example, got []value.Value, err error) error {
	if e.Error != nil {
		if err == nil {
			return fmt.Errorf("it succeeds with %s, expected a %s", value.Array(got...).JSON(), e.Error.Kind)
		}
		told := fault.From(err)
		if told.Kind != e.Error.Kind || e.Error.Message != "" && told.Message != e.Error.Message {
			return fmt.Errorf("it fails with %s: %s, expected %s: %s", told.Kind, told.Error(), e.Error.Kind, e.Error.Message)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("it fails: %w", err)
	}
	want := value.Array(e.Output...)
	if have := roundTrip(value.Array(got...)); !value.Equal(have, want) {
		return fmt.Errorf("the output is\n  %s\nexpected\n  %s", have.JSON(), want.JSON())
	}
	return nil
}

// roundTrip returns v as JSON can hold it, which is how examples are written.
func roundTrip(v value.Value) value.Value {
	out, err := value.ParseJSON(value.AppendJSON(nil, v))
	if err != nil {
		return v
	}
	return out
}

// exampleWorld plays the service and the scenario of an example.
type exampleWorld struct {
	example  appdef.Example
	base     string
	used     int
	bundles  []value.Value
	cursor   value.Value
	mismatch error
}

var (
	_ Caller        = (*exampleWorld)(nil)
	_ module.Output = (*exampleWorld)(nil)
)

// Bundle keeps an output bundle.
func (w *exampleWorld) Bundle(v value.Value) error {
	w.bundles = append(w.bundles, v)
	return nil
}

// Exchange drops the record.
func (w *exampleWorld) Exchange(value.Value) {}

// Respond is an error: modules of apps answer no webhook calls.
func (w *exampleWorld) Respond(module.Response) error {
	return errors.New("an example cannot answer a webhook call")
}

// Cursor keeps the cursor.
func (w *exampleWorld) Cursor(v value.Value) { w.cursor = v }

// Do compares the request with the next one of the example and gives its answer.
func (w *exampleWorld) Do(_ context.Context, r outbound.Request) (*outbound.Response, error) {
	if w.used >= len(w.example.Exchanges) {
		return w.fail(fmt.Errorf("there is a request too many: %s %s", r.Method, r.URL))
	}
	x := w.example.Exchanges[w.used]
	w.used++
	if err := w.compare(x, r); err != nil {
		return w.fail(fmt.Errorf("request %d: %w", w.used, err))
	}
	h := http.Header{}
	for name, v := range x.ResponseHeaders.Fields() {
		h.Set(name, value.Render(v))
	}
	body := bodyOf(x.ResponseBody, h)
	return &outbound.Response{Status: x.Status, Header: h, Body: body, FinalURL: r.URL, Sent: true}, nil
}

func (w *exampleWorld) fail(err error) (*outbound.Response, error) {
	w.mismatch = err
	return nil, fault.Wrap(fault.Unexpected, err, "[example-request] The request is not the one of the example.")
}

func (w *exampleWorld) compare(x appdef.Exchange, r outbound.Request) error {
	address, query, _ := strings.Cut(r.URL, "?")
	want := x.URL
	if !absolute(want) {
		want = w.base + "/" + strings.TrimPrefix(want, "/")
	}
	if !strings.EqualFold(x.Method, r.Method) || address != want {
		return fmt.Errorf("it is %s %s, expected %s %s", r.Method, address, strings.ToUpper(x.Method), want)
	}
	if err := compareQuery(query, x.Query); err != nil {
		return err
	}
	for name, v := range x.Headers.Fields() {
		if got := strings.Join(r.Header.Values(name), ", "); got != value.Render(v) {
			return fmt.Errorf("the header %s is %q, expected %q", name, got, value.Render(v))
		}
	}
	return compareBody(r.Body, x.Body)
}

func compareQuery(got string, want value.Value) error {
	have, err := url.ParseQuery(got)
	if err != nil {
		return fmt.Errorf("read query %q: %w", got, err)
	}
	expected, err := url.ParseQuery(encodeForm(want))
	if err != nil {
		return fmt.Errorf("read expected query: %w", err)
	}
	if have.Encode() != expected.Encode() {
		return fmt.Errorf("the query is %q, expected %q", have.Encode(), expected.Encode())
	}
	return nil
}

func compareBody(got []byte, want value.Value) error {
	if want.IsUndefined() {
		if len(got) > 0 {
			return fmt.Errorf("it has the body %s, expected none", got)
		}
		return nil
	}
	if v, err := value.ParseJSON(got); err == nil && value.Equal(v, want) || want.Kind() == value.KindText && want.Str() == string(got) {
		return nil
	}
	return fmt.Errorf("the body is %s, expected %s", got, want.JSON())
}
