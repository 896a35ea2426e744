package store

import (
	"context"
	"crypto/sha256"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Intake is a delivery to be kept: from a webhook, or from whoever else hands data to a scenario.
type Intake struct {
	Webhook  int64 // 0 = none
	Scenario int64 // 0 = none yet: the payload waits in the queue of the webhook
	Version  int64 // of the scenario
	Received time.Time
	Input    []value.Value // bundles of the first module
	Name     string        // of the run, may be empty
	// Run makes the execution at once, for scenarios that run immediately. Without it the payload waits in the queue.
	Run    bool
	Origin Origin // of the execution; 0 = ByWebhook
	Source int64  // execution that it repeats, 0 none
	Mode   Mode   // of the execution
	// Key identifies the delivery: another one with the same key within Window counts as a duplicate and is not kept.
	// Empty = none does.
	Key    []byte
	Window time.Duration
	Limits QueueLimits
	// Tell has the commit tell whoever owns the partition of the scenario, once however many deliveries it takes in for it.
	Tell bool
	// Awaited says that a caller waits here for what an execution answers elsewhere.
	Awaited bool
}

// QueueLimits bound what waits for one webhook. 0 = no limit.
type QueueLimits struct {
	Number int64
	Bytes  int64
}

// Accepted says what became of an Intake.
type Accepted struct {
	ID        int64 // of the execution, or of the queued payload; for a duplicate, of the first delivery
	Seed      uint64
	Duplicate bool
	// Waiting is how much waits in the queue of the webhook, about, this delivery included. It is only known where limits were given.
	Waiting Counted
	webhook int64
	bytes   int64
	version int64
	waits   bool // as an execution
}

// Accept keeps deliveries and returns when they are durable: all of them, or none. It is refused with ErrQueueFull or
// ErrDiskFull.
func (s *Store) Accept(ctx context.Context, list []Intake) ([]Accepted, error) {
	if len(list) > MaxIntakes {
		return nil, fault.Newf(fault.OperationsLimit, "[deliveries-many] %d deliveries at once; %d are allowed.", len(list), MaxIntakes)
	}
	inputs := make([]packed, len(list))
	bytes := 0
	guarded := len(list) > 1
	for i := range list {
		inputs[i] = s.codec.seal(encodeInput(list[i].Input))
		bytes += len(inputs[i].data)
	}
	accepted := make([]Accepted, len(list))
	err := s.writer.submit(ctx, intakeLane, &request{bytes: bytes, guarded: guarded, apply: func(t *tx) error {
		if err := t.room(); err != nil {
			return err
		}
		for i := range list {
			var err error
			if accepted[i], err = t.accept(&list[i], inputs[i]); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	return accepted, nil
}

// room refuses deliveries when the disk is nearly full. It asks once for each commit.
func (t *tx) room() error {
	if t.roomKnown {
		return t.roomErr
	}
	t.roomKnown, t.roomErr = true, nil
	if t.store.dialect.shared { // what is taken in goes to the disk of the database, which refuses by itself
		return nil
	}
	free, err := t.store.options.FreeSpace(t.store.dir)
	if err == nil && free < t.store.options.MinFreeBytes {
		t.roomErr = reject(fault.Wrap(fault.OutOfSpace, ErrDiskFull, "[disk-nearly-full] The disk is nearly full; nothing is taken in until there is room again.").
			WithHint("[hint-free-disk] free space on the disk of the data directory, or keep history for a shorter time"))
	}
	return t.roomErr // a system that does not say how much is free will refuse by itself
}

// accept checks first and writes then, so that a refusal leaves nothing behind.
func (t *tx) accept(in *Intake, input packed) (Accepted, error) {
	size := int64(len(input.data))
	hash, first, err := t.firstDelivery(in)
	if err != nil || first != 0 {
		return Accepted{ID: first, Duplicate: first != 0}, err
	}
	waiting, err := t.queueRoom(in, size)
	if err != nil {
		return Accepted{}, err
	}
	id, err := t.identity()
	if err != nil {
		return Accepted{}, err
	}
	if first, err := t.see(in, hash, id); err != nil || first != 0 {
		return Accepted{ID: first, Duplicate: first != 0}, err
	}
	if in.Webhook != 0 {
		t.count(queuedOfWebhook, in.Webhook, 1, size)
	}
	if err := t.put(opKey(id, 0), input); err != nil {
		return Accepted{}, err
	}
	if err := t.tellOf(in, id); err != nil {
		return Accepted{}, err
	}
	a := Accepted{ID: id, Waiting: Counted(waiting), webhook: in.Webhook, bytes: size, version: in.Version, waits: in.Run}
	if !in.Run {
		return a, t.putItem(id, in, size)
	}
	a.Seed = t.store.seed(id)
	r := runRow{
		id: id, scenario: in.Scenario, version: in.Version, status: Queued, origin: in.Origin, webhook: in.Webhook,
		source: in.Source, seed: a.Seed, accepted: nanos(in.Received), bytes: size, name: in.Name, mode: in.Mode,
	}
	if r.origin == 0 {
		r.origin = ByWebhook
	}
	return a, t.putRun(&r)
}

// tellOf tells of a delivery what it asks for.
func (t *tx) tellOf(in *Intake, id int64) error {
	switch {
	case in.Tell && in.Webhook != 0:
		t.tell(in.Scenario, QueueSignal, in.Scenario)
	case in.Tell:
		t.tell(in.Scenario, SubmitSignal, id)
	}
	if !in.Awaited {
		return nil
	}
	return t.later("INSERT INTO answer (execution, at, data) VALUES (?, ?, NULL)", id, nanos(t.now))
}

// queueRoom refuses a delivery for which there is no room, and returns how much waits with it.
func (t *tx) queueRoom(in *Intake, size int64) (total, error) {
	if in.Webhook == 0 || in.Limits == (QueueLimits{}) {
		return total{}, nil
	}
	q, err := t.recentTotal(queuedOfWebhook, in.Webhook)
	if err == nil && in.Limits.refuse(q, size) { // executions may have begun meanwhile that this writer has not heard of
		q, err = t.freshTotal(queuedOfWebhook, in.Webhook)
	}
	if err != nil {
		return total{}, err
	}
	if in.Limits.Number > 0 && q.Number >= in.Limits.Number {
		return total{}, queueFull("%d payloads wait already, which is the limit", in.Limits.Number)
	}
	if in.Limits.Bytes > 0 && q.Bytes+size > in.Limits.Bytes {
		return total{}, queueFull("with this payload more than %d bytes would wait", in.Limits.Bytes)
	}
	return q.plus(total{1, size}), nil
}

// refuse reports whether there is no room for a payload behind what waits.
func (l QueueLimits) refuse(waiting total, size int64) bool {
	return l.Number > 0 && waiting.Number >= l.Number || l.Bytes > 0 && waiting.Bytes+size > l.Bytes
}

func queueFull(format string, limit int64) error {
	return reject(fault.Wrapf(fault.OutOfSpace, ErrQueueFull, "The queue of the webhook is full: "+format+".", limit).
		WithHint("activate the scenario or let it run more often; or raise the limit of the queue"))
}

// firstDelivery looks for an earlier delivery with the same key, counts the repetition and returns its number.
func (t *tx) firstDelivery(in *Intake) (hash [sha256.Size]byte, first int64, err error) {
	if len(in.Key) == 0 || in.Window <= 0 {
		return hash, 0, nil
	}
	hash = sha256.Sum256(in.Key)
	first, err = t.repeated(in, hash)
	return hash, first, err
}

// repeated counts the repetition of a delivery, and returns the number of the first one; 0 when there was none.
func (t *tx) repeated(in *Intake, hash [sha256.Size]byte) (int64, error) {
	first, err := t.number("UPDATE seen SET repeats = repeats + 1 WHERE webhook = ? AND hash = ? AND until > ? RETURNING first", in.Webhook, hash[:], nanos(t.now))
	if err == nil && first != 0 {
		t.count(duplicatesOfHook, in.Webhook, 1, 0)
	}
	return first, err
}

// Delivered returns the number that an earlier delivery with the key got, and false where none is remembered; webhook is 0 for deliveries
// that came from none.
func (s *Store) Delivered(ctx context.Context, webhook int64, key []byte) (id int64, found bool, err error) {
	hash := sha256.Sum256(key)
	id, err = s.readNumber(ctx, "SELECT coalesce(max(first), 0) FROM seen WHERE webhook = ? AND hash = ? AND until > ?",
		webhook, hash[:], nanos(s.clock.Now()))
	return id, id != 0, err
}

// see remembers the key of a delivery. When another node has taken one with the same key in since firstDelivery has looked,
// it returns the number of that one.
func (t *tx) see(in *Intake, hash [sha256.Size]byte, id int64) (first int64, err error) {
	if len(in.Key) == 0 || in.Window <= 0 {
		return 0, nil
	}
	n, err := t.exec("INSERT INTO seen (webhook, hash, first, until, repeats) VALUES (?, ?, ?, ?, 0) "+
		"ON CONFLICT (webhook, hash) DO UPDATE SET first = excluded.first, until = excluded.until, repeats = 0 WHERE seen.until <= ?",
		in.Webhook, hash[:], id, nanos(t.now.Add(in.Window)), nanos(t.now))
	if err != nil || n > 0 {
		return 0, err
	}
	return t.repeated(in, hash)
}

// Run returns the right to drive an execution that was just accepted. For one that was accepted earlier, Load it.
func (a Accepted) Run(scenario int64, f Fence) *Run {
	r := newRun(a.ID, scenario, a.Seed, f, 1, a.bytes)
	if a.waits {
		r.row.Store(&runRowState{status: Queued, webhook: a.webhook, inputBytes: a.bytes, version: a.version})
	}
	return r
}

// seed returns the seed of the random numbers of an execution: known to nobody outside, and kept in its row.
func (s *Store) seed(id int64) uint64 {
	x := s.salt ^ uint64(id)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
