// Package notify tells people what they must know: that a scenario was stopped, that something waits for a decision, that the
// disk is nearly full.
//
// It exists so that nobody has to look at a screen to learn that their data
// stands still. Telling never holds up the work: events go into bounded queues,
// one for each way of telling, and what cannot be told in time is dropped with a
// line in the log. It does not decide what is worth telling and keeps nothing on disk.
package notify

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

// Limits of a Notifier.
const (
	// QuietTime is how long the same event about the same thing is not told again, but counted.
	QuietTime = time.Hour
	// MaxWaiting is how many events wait for one sink; more are dropped.
	MaxWaiting = 256
	// MaxSubjects is how many events are remembered for QuietTime; more are told each time.
	MaxSubjects = 10_000
	// SendTime is how long one attempt may take.
	SendTime = 30 * time.Second
)

// backOff returns the waits between the attempts to tell one event; after the last one it is dropped.
func backOff() []time.Duration {
	return []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute}
}

// Kind says what has happened. The texts stand in messages to other programs.
type Kind string

// The kinds of events.
const (
	ScenarioStopped   Kind = "scenario_stopped"   // deactivated after errors, or because it cannot run
	IncompleteWaiting Kind = "incomplete_waiting" // an incomplete execution waits for a decision
	IncompleteFull    Kind = "incomplete_full"    // no room for another incomplete execution
	QueueNearlyFull   Kind = "queue_nearly_full"
	PayloadsExpired   Kind = "payloads_expired" // they waited too long for their scenario
	DiskNearlyFull    Kind = "disk_nearly_full"
	IntakeStopped     Kind = "intake_stopped" // deliveries are refused for want of space
	IntakeResumed     Kind = "intake_resumed"
	LogTooLong        Kind = "log_too_long"
	UpkeepFailed      Kind = "upkeep_failed"
	BackupFailed      Kind = "backup_failed"
	ClockJumped       Kind = "clock_jumped"
	PasswordGuessing  Kind = "password_guessing" // somebody tries passwords of an account, or of many
)

// Event is something that people must know.
type Event struct {
	Kind    Kind
	Subject string // what it is about: "scenario 7 (Orders)"
	Message string // a sentence
	Hint    string // what to do next
	Where   string // where to look: a command or an address
	// Ends is the kind that is over with this event: the next of it is told at once.
	Ends Kind

	// ID, At and Repeats are set by Tell. Repeats is how many like it were not told since the last one.
	ID      string
	At      time.Time
	Repeats int
}

// Sink is a way of telling.
type Sink interface {
	// Name is short and stands in the log and in metrics: "webhook".
	Name() string
	// Send tells one event. It is called by one goroutine at a time.
	Send(ctx context.Context, e Event) error
}

// Meter counts what was told.
type Meter interface {
	// Notified counts one event at one sink: told, or dropped.
	Notified(sink string, told bool)
}

// Options are the choices of New. The log is a sink of its own, which is always there.
type Options struct {
	Sinks []Sink
	Clock clock.Clock
	Log   *slog.Logger
	Meter Meter // nil for none
}

// Notifier hands events to its sinks. It is safe for concurrent use; a nil Notifier tells nobody.
type Notifier struct {
	clock clock.Clock
	log   *slog.Logger
	meter Meter
	lines []*line
	ends  context.CancelFunc
	work  sync.WaitGroup

	mu     sync.Mutex // guards what follows
	told   map[subject]repeated
	closed bool
}

type subject struct {
	kind Kind
	name string
}

// repeated is what is known of an event that was told.
type repeated struct {
	at   time.Time
	more int
}

// line is a sink and what waits for it.
type line struct {
	sink   Sink
	events chan Event
}

// New returns a Notifier, whose Close must be called.
func New(o Options) *Notifier {
	ctx, end := context.WithCancel(context.Background())
	n := &Notifier{clock: o.Clock, log: o.Log, meter: o.Meter, ends: end, told: map[subject]repeated{}}
	for _, sink := range o.Sinks {
		l := &line{sink: sink, events: make(chan Event, MaxWaiting)}
		n.lines = append(n.lines, l)
		n.work.Go(func() { n.deliver(ctx, l) })
	}
	return n
}

// Tell tells an event, unless the same kind was told about the same subject within QuietTime. It returns at once.
func (n *Notifier) Tell(e Event) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	e.At = n.clock.Now()
	if n.closed || n.repeats(&e) {
		return
	}
	e.ID = "msg_" + rand.Text()
	n.log.LogAttrs(context.Background(), slog.LevelWarn, "notification", slog.String("kind", string(e.Kind)), slog.String("subject", e.Subject),
		slog.String("message", e.Message), slog.String("hint", e.Hint), slog.Int("repeats", e.Repeats))
	for _, l := range n.lines {
		select {
		case l.events <- e:
		default:
			n.drop(l.sink, e, errQueueFull)
		}
	}
}

// repeats reports whether e is one too many, and counts it. Else it sets how many were before.
func (n *Notifier) repeats(e *Event) bool {
	if e.Ends != "" {
		delete(n.told, subject{e.Ends, e.Subject})
	}
	key := subject{e.Kind, e.Subject}
	before, known := n.told[key]
	if since := e.At.Sub(before.at); known && since >= 0 && since < QuietTime {
		before.more++
		n.told[key] = before
		return true
	}
	e.Repeats = before.more
	if len(n.told) >= MaxSubjects {
		n.forget(e.At)
	}
	if len(n.told) < MaxSubjects {
		n.told[key] = repeated{at: e.At}
	}
	return false
}

// forget drops what has been quiet for long enough.
func (n *Notifier) forget(now time.Time) {
	for key, r := range n.told {
		if now.Sub(r.at) >= QuietTime {
			delete(n.told, key)
		}
	}
}

// deliver is the goroutine of a sink. It ends when the line is closed and empty.
func (n *Notifier) deliver(ctx context.Context, l *line) {
	for e := range l.events {
		if err := n.try(ctx, l.sink, e); err != nil {
			n.drop(l.sink, e, err)
			continue
		}
		if n.meter != nil {
			n.meter.Notified(l.sink.Name(), true)
		}
	}
}

// try sends until it succeeds, the attempts are used up, or the Notifier is closed for good.
func (n *Notifier) try(ctx context.Context, sink Sink, e Event) error {
	err := send(ctx, sink, e)
	for _, wait := range backOff() {
		if err == nil || n.isClosed() || n.clock.Sleep(ctx, wait) != nil {
			return err
		}
		err = send(ctx, sink, e)
	}
	return err
}

func send(ctx context.Context, sink Sink, e Event) error {
	ctx, cancel := context.WithTimeout(ctx, SendTime)
	defer cancel()
	return sink.Send(ctx, e)
}

func (n *Notifier) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

func (n *Notifier) drop(sink Sink, e Event, err error) {
	n.log.LogAttrs(context.Background(), slog.LevelError, "notification dropped", slog.String("sink", sink.Name()), slog.String("kind", string(e.Kind)),
		slog.String("subject", e.Subject), slog.Any("error", err))
	if n.meter != nil {
		n.meter.Notified(sink.Name(), false)
	}
}

// Close takes no more events, and returns when those that wait were tried once more, or when ctx ends; then they are dropped.
func (n *Notifier) Close(ctx context.Context) {
	if n == nil {
		return
	}
	n.mu.Lock()
	if !n.closed {
		n.closed = true
		for _, l := range n.lines {
			close(l.events)
		}
	}
	n.mu.Unlock()
	stop := context.AfterFunc(ctx, n.ends)
	defer stop()
	n.work.Wait()
	n.ends()
}
