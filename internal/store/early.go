package store

import "context"

// early is a delivery whose execution has begun before the delivery was kept. Only the writer changes whether it is.
type early struct {
	in    Intake
	input packed
}

// Begin returns an execution of a delivery that is kept with the first thing that is written of it, or by Keep: what only computes, and
// answers whoever sent the delivery, needs one commit in place of two. Until one of them has returned nobody may be told that the delivery
// was taken in, and nothing may be done for it that others can see. It returns false where the delivery has to be accepted first: now and
// then, for deliveries that count as duplicates of others, and for those that another process works off.
func (s *Store) Begin(in Intake, f Fence) (*Run, bool) {
	if !in.Run || len(in.Key) > 0 || in.Tell || in.Awaited {
		return nil, false
	}
	if s.dialect.shared && nanos(s.clock.Now()) >= s.memory.until.Load() {
		return nil, false
	}
	id, ok := s.memory.number(s.memory.reserved.Load())
	if !ok {
		return nil, false
	}
	input := s.codec.seal(encodeInput(in.Input))
	bytes := int64(len(input.data))
	r := newRun(id, in.Scenario, s.seed(id), f, 1, bytes)
	e := &early{in: in, input: input}
	r.row.Store(new(e.state()))
	r.early.Store(e)
	return r, true
}

// Kept reports whether there is something of the execution in the store.
func (r *Run) Kept() bool { return r.early.Load() == nil }

// Keep keeps the delivery of an execution that began early, unless that has happened. It is refused like Accept, and like that it asks
// nobody for a lease: whoever has it works the delivery off.
func (s *Store) Keep(ctx context.Context, run *Run) error {
	e := run.early.Load()
	if e == nil {
		return nil
	}
	return s.strands.submit(ctx, run.Fence.Partition, &request{bytes: len(e.input.data), apply: func(t *tx) error { return t.keep(run) }})
}

// keep writes the delivery of an execution as one that waits.
func (t *tx) keep(run *Run) error {
	e, err := t.unkept(run)
	if e == nil || err != nil {
		return err
	}
	size := int64(len(e.input.data))
	if e.in.Webhook != 0 {
		t.count(queuedOfWebhook, e.in.Webhook, 1, size)
	}
	if err := t.put(opKey(run.ID, 0), e.input); err != nil {
		return err
	}
	r := e.row(run)
	if err := t.putRun(&r); err != nil {
		return err
	}
	return t.flush() // what follows in the same commit changes it
}

// unkept returns the delivery of an execution if this commit is to keep it, nil where nothing is left to keep. It is refused like any
// other that there is no room for.
func (t *tx) unkept(run *Run) (*early, error) {
	e := run.early.Load()
	if e == nil || t.born[run.ID] {
		return nil, nil //nolint:nilnil // nothing is left to keep
	}
	if err := t.room(); err != nil {
		return nil, err
	}
	if _, err := t.queueRoom(&e.in, int64(len(e.input.data))); err != nil {
		return nil, err
	}
	if t.born == nil {
		t.born = map[int64]bool{}
	}
	t.born[run.ID] = true
	t.onDone = append(t.onDone, func() { run.early.Store(nil) })
	return e, nil
}

// state is what the row of an execution that waits says.
func (e *early) state() runRowState {
	if e == nil {
		return runRowState{}
	}
	return runRowState{status: Queued, webhook: e.in.Webhook, inputBytes: int64(len(e.input.data)), version: e.in.Version}
}

// row is the row of an execution that waits.
func (e *early) row(run *Run) runRow {
	return runRow{
		id: run.ID, scenario: e.in.Scenario, version: e.in.Version, status: Queued, origin: ByWebhook, webhook: e.in.Webhook,
		source: e.in.Source, seed: run.Seed, accepted: nanos(e.in.Received), bytes: int64(len(e.input.data)), name: e.in.Name, mode: e.in.Mode,
	}
}

// putEnded writes an execution of which nothing is kept yet, with its end.
func (t *tx) putEnded(run *Run, e *early, m *move, dropData bool) error {
	if !dropData {
		if err := t.put(opKey(run.ID, 0), e.input); err != nil {
			return err
		}
	}
	r := e.row(run)
	r.status, r.version, r.started, r.finished, r.bytes = m.to, m.version, m.started, m.finished, m.bytes
	t.ended = append(append(t.ended, r.columns()...), m.summary, m.team)
	return t.conn.gathered(t)
}

// endsEarly reports whether a step of an execution that is not kept yet can be written together with its delivery: it ends it, and nothing in
// it can be refused once something is written.
func endsEarly(step *Step, e *encodedEnd) bool {
	return e != nil && len(e.incomplete) == 0 && step.Cycle == nil && len(step.Intents) == 0 && step.Checkpoint == nil
}

// keepFirst keeps the delivery of an execution before a step that is not written together with it.
func (s *Store) keepFirst(ctx context.Context, run *Run, step *Step, e *encodedEnd) error {
	if run.Kept() || endsEarly(step, e) {
		return nil
	}
	return s.Keep(ctx, run)
}
