package customerly

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	deliveryAttempts   = 3
	deliveryTimeout    = 10 * time.Second
	firstRetryDelay    = time.Second // doubled each time
	maxQueued          = 10_000      // deliveries that may wait for one webhook
	maxWebhookURLBytes = 2000
	maxDrainBytes      = 64 << 10
)

// Webhook is an address that receives events.
type Webhook struct {
	ID     int64    `json:"id"`
	URL    string   `json:"url"`
	Events []string `json:"events"` // such as user.created; empty for all
}

// wants tells whether the webhook receives an event.
func (w Webhook) wants(name string) bool {
	return len(w.Events) == 0 || slices.Contains(w.Events, name)
}

// check refuses a webhook that could never be delivered to.
func (w Webhook) check() error {
	target, err := url.Parse(w.URL)
	if err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return errors.New("url must be an absolute http or https address")
	}
	if len(w.URL) > maxWebhookURLBytes {
		return fmt.Errorf("url is longer than %d bytes", maxWebhookURLBytes)
	}
	for _, name := range w.Events {
		if !slices.Contains(eventNames(), name) {
			return fmt.Errorf("unknown event %q: use %s", name, strings.Join(eventNames(), ", "))
		}
	}
	return nil
}

// eventNames are all events that a webhook can ask for.
func eventNames() []string {
	return []string{
		"user.created", "user.updated", "user.tagged", "user.untagged", "user.deleted",
		"lead.created", "lead.updated", "lead.tagged", "lead.untagged", "lead.deleted",
	}
}

// eventBody is the payload of an event; contact is its JSON.
func eventBody(name string, stamp int64, contact []byte, tag string) []byte {
	body := appendText([]byte(`{"event":`), name)
	body = strconv.AppendInt(append(body, `,"timestamp":`...), stamp, 10)
	body = append(append(body, `,"data":{"user":{"data":`...), contact...)
	body = append(body, '}')
	if tag != "" {
		body = appendText(append(body, `,"tag":`...), tag)
	}
	return append(body, "}}"...)
}

// States of a delivery: queued -> delivered, or failed after the last attempt. A redelivery is a new delivery.
const (
	deliveryQueued    = "queued"
	deliveryDelivered = "delivered"
	deliveryFailed    = "failed"
)

// Delivery is one event on its way to one webhook.
type Delivery struct {
	ID        int64     `json:"id"`
	WebhookID int64     `json:"webhook_id"`
	Event     string    `json:"event"`
	URL       string    `json:"url"` // values of its query are not shown
	State     string    `json:"state"`
	Attempts  int       `json:"attempts"`
	Status    int       `json:"status"`          // HTTP status of the last attempt, or 0
	Error     string    `json:"error,omitempty"` // of the last attempt
	Body      string    `json:"body"`
	At        time.Time `json:"at"`
}

// courier delivers events. Each webhook has its own goroutine, so that one slow receiver holds up no other and every
// receiver gets its events in order.
type courier struct {
	client *http.Client
	now    func() time.Time
	wait   func(context.Context, time.Duration) error
	cancel context.CancelFunc
	life   context.Context //nolint:containedctx // ends with close; belongs to the goroutines, not to a request
	work   sync.WaitGroup

	mu     sync.Mutex
	routes map[int64]*deliveryRoute
	log    []*Delivery // the newest deliveriesKept
	total  int64
	open   int           // deliveries that are neither delivered nor given up
	idle   chan struct{} // closed when open comes to 0; nil while nobody waits
}

// deliveryRoute is the queue of one webhook.
type deliveryRoute struct {
	hook  Webhook
	queue chan *Delivery
}

func newCourier(opts Options) *courier {
	life, cancel := context.WithCancel(context.Background())
	return &courier{client: opts.Client, now: opts.Now, wait: opts.Wait, life: life, cancel: cancel, routes: map[int64]*deliveryRoute{}}
}

// webhookClient follows no redirects, as a hook address is meant to be the last one.
func webhookClient() *http.Client {
	return &http.Client{
		Timeout:       deliveryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// sync makes the courier serve exactly these webhooks. What still waits for a removed webhook is not sent.
func (c *courier) sync(hooks map[int64]Webhook) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, route := range c.routes {
		if hook, ok := hooks[id]; !ok || hook.URL != route.hook.URL {
			close(route.queue)
			delete(c.routes, id)
		}
	}
	for id, hook := range hooks {
		route := c.routes[id]
		if route == nil {
			route = &deliveryRoute{queue: make(chan *Delivery, maxQueued)}
			c.routes[id] = route
			c.work.Go(func() { c.serve(id, hook.URL, route) })
		}
		route.hook = hook
	}
}

// publish queues events for every webhook that wants them.
func (c *courier) publish(events []event) {
	if len(events) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(c.routes)) {
		for _, e := range events {
			if c.routes[id].hook.wants(e.name) {
				c.enqueue(c.routes[id], e.name, string(e.body))
			}
		}
	}
}

// enqueue logs a delivery and queues it; one for which there is no room fails at once. The caller holds the lock.
func (c *courier) enqueue(route *deliveryRoute, name, body string) Delivery {
	c.total++
	d := &Delivery{ID: c.total, WebhookID: route.hook.ID, Event: name, URL: hideQuery(route.hook.URL), State: deliveryQueued, Body: body, At: c.now()}
	if c.log = append(c.log, d); len(c.log) > deliveriesKept {
		c.log = slices.Delete(c.log, 0, len(c.log)-deliveriesKept)
	}
	select {
	case route.queue <- d:
		c.open++
	default:
		d.State, d.Error = deliveryFailed, fmt.Sprintf("more than %d deliveries wait for this address", maxQueued)
	}
	return *d
}

// redeliver sends the body of a logged delivery again; false when the delivery or its webhook is gone.
func (c *courier) redeliver(id int64) (Delivery, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.log {
		if route := c.routes[d.WebhookID]; d.ID == id && route != nil {
			return c.enqueue(route, d.Event, d.Body), true
		}
	}
	return Delivery{}, false
}

// deliveries returns the kept deliveries, newest first.
func (c *courier) deliveries() []Delivery {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Delivery, 0, len(c.log))
	for _, d := range slices.Backward(c.log) {
		list = append(list, *d)
	}
	return list
}

func (c *courier) clearLog() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = nil
}

// serve sends what is queued for one webhook until its queue is closed.
func (c *courier) serve(id int64, target string, route *deliveryRoute) {
	for d := range route.queue {
		if c.owns(id, route) {
			c.deliver(target, d)
		}
		c.finish(d)
	}
}

func (c *courier) owns(id int64, route *deliveryRoute) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.routes[id] == route
}

// finish counts a delivery as done; one that never got an outcome has failed.
func (c *courier) finish(d *Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d.State == deliveryQueued {
		d.State, d.Error = deliveryFailed, orText(d.Error, "the webhook was removed")
	}
	if c.open--; c.open == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

// settle waits until no delivery is under way.
func (c *courier) settle(ctx context.Context) error {
	c.mu.Lock()
	if c.open == 0 {
		c.mu.Unlock()
		return nil
	}
	if c.idle == nil {
		c.idle = make(chan struct{})
	}
	idle := c.idle
	c.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// deliver tries until the receiver answers 2xx or the attempts are used up.
func (c *courier) deliver(target string, d *Delivery) {
	delay := firstRetryDelay
	for attempt := 1; ; attempt++ {
		status, err := c.send(target, d.Body)
		done := c.note(d, attempt, status, err)
		if done || c.wait(c.life, delay) != nil {
			return
		}
		delay *= 2
	}
}

// note writes an attempt into the log and reports whether it was the last one.
func (c *courier) note(d *Delivery, attempt, status int, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	d.Attempts, d.Status, d.Error = attempt, status, ""
	switch {
	case err != nil:
		d.Error = hideURL(err)
	case status >= 200 && status < 300:
		d.State = deliveryDelivered
		return true
	default:
		d.Error = fmt.Sprintf("the receiver answered %d", status)
	}
	if attempt == deliveryAttempts || c.life.Err() != nil {
		d.State = deliveryFailed
		return true
	}
	return false
}

func (c *courier) send(target, body string) (int, error) {
	ctx, cancel := context.WithTimeout(c.life, deliveryTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "ropeway-sandbox-customerly")
	response, err := c.client.Do(request)
	if err != nil {
		return 0, fmt.Errorf("send: %w", err)
	}
	defer response.Body.Close() // nothing is written
	if _, err := io.CopyN(io.Discard, response.Body, maxDrainBytes); err != nil && !errors.Is(err, io.EOF) {
		return response.StatusCode, fmt.Errorf("read answer: %w", err)
	}
	return response.StatusCode, nil
}

// close stops every goroutine and waits for them; deliveries under way are given up.
func (c *courier) close() {
	c.cancel()
	c.sync(nil)
	c.work.Wait()
}

// hideURL takes the address out of a client error, because its query may carry a secret.
func hideURL(err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}
	return err.Error()
}

// hideQuery redacts the user part and the values of the query of an address.
func hideQuery(address string) string {
	target, err := url.Parse(address)
	if err != nil {
		return redacted
	}
	query := target.Query()
	for name := range query {
		query[name] = []string{redacted}
	}
	target.RawQuery = query.Encode()
	return target.Redacted()
}
