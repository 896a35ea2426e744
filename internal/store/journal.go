package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Step is what an execution has to write at once: all of it is there after the commit, or nothing.
type Step struct {
	// Start marks a queued execution as begun. It rides along with the first thing that is written.
	Start *Start
	// Operations are results; Intents announce what follows.
	Operations []Operation
	Intents    []Intent
	// Checkpoint replaces the last one, nil keeps it. It stands for everything recorded before this step.
	Checkpoint []byte
	Cycle      *Cycle
	End        *End
}

// Start is the beginning of an execution.
type Start struct {
	At      time.Time
	Version int64 // of the scenario
}

// Cycle ends a cycle of an execution. When it is not rolled back, everything in it is written with it.
type Cycle struct {
	CycleEnd
	Items   []int64        // queued payloads that it has worked on
	Cursors []Cursor       // of polling triggers
	Records []RecordChange // of data stores
}

// changesRecords reports whether the cycle changes records of data stores, which other scenarios may change too.
func (c *Cycle) changesRecords() bool {
	return c != nil && slices.ContainsFunc(c.Records, func(r RecordChange) bool { return r.Kind != MoveCursor && r.Kind != TakePayload })
}

// Cursor says how far a polling trigger has come.
type Cursor struct {
	Module int
	Data   []byte
}

// ErrorCount says what an execution does to the number of consecutive errors of its scenario.
type ErrorCount int

// What an ending execution can do to the number.
const (
	KeepErrors ErrorCount = iota
	ResetErrors
	CountError
)

// End is the end of an execution.
type End struct {
	At      time.Time
	Status  Status // final
	Summary Summary
	// Kept are the variables that the scenario keeps between executions; nil leaves them as they are.
	Kept *value.Value
	// Text is what the execution can be found by, beside its number: error messages, names. No data of bundles.
	Text string
	// Incomplete are bundles that were set aside.
	Incomplete []NewIncomplete
	Errors     ErrorCount
	// ErrorsMax is the number of consecutive errors that deactivates the scenario; 0 = none does.
	ErrorsMax int
	// Deactivate stops the scenario in any case. Invalid says why it cannot run, "" when it can.
	Deactivate bool
	Invalid    string
	// DropData removes what passed through the execution: the setting "data is confidential".
	DropData bool
	// Dry says that it was a dry run, which statistics leave out.
	Dry bool
}

// Summary is what history shows of an execution without reading its journal.
type Summary struct {
	Cycles       int             `json:"cycles,omitempty"`
	Operations   int             `json:"operations,omitempty"`
	Transfer     int64           `json:"transfer,omitempty"` // bytes
	FailedModule int             `json:"failedModule,omitempty"`
	FailedAt     string          `json:"failedAt,omitempty"` // address of the operation that ended it
	ErrorKind    fault.Kind      `json:"errorKind,omitempty"`
	ErrorMessage string          `json:"errorMessage,omitempty"`
	ErrorHint    string          `json:"errorHint,omitempty"`
	ErrorWords   *fault.Words    `json:"errorWords,omitempty"` // what message and hint are made of; nil where that is not known
	Details      json.RawMessage `json:"details,omitempty"`    // counts by module, as the runner writes them
	Outputs      json.RawMessage `json:"outputs,omitempty"`    // what it returned to whoever started it: an object
	// OutputsDropped tells that it returned something which was confidential.
	OutputsDropped bool `json:"outputsDropped,omitempty"`
}

// Fail notes why the execution ended as it did.
func (s *Summary) Fail(e *fault.Error) {
	s.ErrorKind, s.ErrorMessage, s.ErrorHint, s.ErrorWords = e.Kind, e.Error(), e.Hint, e.Words
}

// Fault returns why the execution ended as it did, whose message names the field already; its message is "" where it did not fail.
func (s *Summary) Fault() *fault.Error {
	return &fault.Error{Kind: s.ErrorKind, Message: s.ErrorMessage, Hint: s.ErrorHint, Words: s.ErrorWords}
}

// encode writes the summary as JSON, behind one byte of room. Most say only how much was done, which is written without a look at every
// field that there could be.
func (s *Summary) encode() ([]byte, error) {
	more := s.Transfer != 0 || s.FailedModule != 0 || s.FailedAt != "" || s.ErrorKind != "" || s.ErrorMessage != "" || s.ErrorHint != "" || s.ErrorWords != nil ||
		s.Outputs != nil || s.OutputsDropped
	if more || s.Cycles == 0 || s.Operations == 0 || len(s.Details) == 0 {
		data, err := json.Marshal(s)
		return append([]byte{0}, data...), err
	}
	const around = 64 // bytes
	data := append(make([]byte, 0, around+len(s.Details)), "\x00{\"cycles\":"...)
	data = strconv.AppendInt(data, int64(s.Cycles), 10)
	data = strconv.AppendInt(append(data, ",\"operations\":"...), int64(s.Operations), 10)
	data = append(append(data, ",\"details\":"...), s.Details...)
	return append(data, '}'), nil
}

// Appended says what followed from a step.
type Appended struct {
	Incomplete  []int64 // numbers of the incomplete executions, in the order of End.Incomplete
	Deactivated bool    // the scenario was active and is not any more
}

// Append writes a step of an execution and returns when it is durable. ErrFenced ends the execution on this node.
func (s *Store) Append(ctx context.Context, run *Run, step Step) (Appended, error) {
	w := &rows{store: s, run: run}
	for i := range step.Operations {
		if err := w.operation(ctx, &step.Operations[i]); err != nil {
			return Appended{}, err
		}
	}
	for i := range step.Intents {
		sequence, err := w.add(step.Intents[i].encode())
		if err != nil {
			return Appended{}, err
		}
		w.index.note(step.Intents[i].Address, sequence, intentRow)
	}
	if step.Cycle != nil {
		if _, err := w.add(step.Cycle.encode()); err != nil {
			return Appended{}, err
		}
		w.index.ends = append(w.index.ends, step.Cycle.CycleEnd)
	}
	e, err := s.encodeEnd(step.End)
	if err != nil {
		return Appended{}, err
	}
	if e != nil { // nobody goes on behind it
		step.Checkpoint = nil
	}
	if err := s.keepFirst(ctx, run, &step, e); err != nil {
		return Appended{}, err
	}
	if e != nil {
		return s.appendStep(ctx, run, w, step, e)
	}
	checkpoint, indexed, err := w.indexed(&step)
	if err != nil {
		return Appended{}, err
	}
	step.Checkpoint = checkpoint
	done, err := s.appendStep(ctx, run, w, step, nil)
	if err == nil {
		indexed()
	}
	return done, err
}

func (s *Store) appendStep(ctx context.Context, run *Run, w *rows, step Step, e *encodedEnd) (Appended, error) {
	var done Appended
	guarded := step.Cycle != nil || e != nil && len(e.incomplete) > 0
	var after *runRowState
	write := func(t *tx) error {
		done, after = Appended{}, nil
		state, err := t.runState(run, &step, e)
		if err != nil {
			return err
		}
		if state.unseen && !guarded { // this says whether the row is still as it was, and so comes before anything else is written
			err = t.moveOn(run, state, &done, int64(w.bytes))
		}
		if err == nil {
			err = t.putStep(run, w, &step, e)
		}
		if err == nil && (guarded || !state.unseen) {
			err = t.moveOn(run, state, &done, int64(w.bytes))
		}
		after = state.after()
		return err
	}
	err := s.submit(ctx, run, &request{guarded: guarded, shared: step.Cycle.changesRecords(), bytes: w.bytes}, write)
	if step.Start != nil || e != nil {
		if err != nil {
			after = nil // only the row itself can tell
		}
		run.row.Store(after)
	}
	return done, err
}

// putStep writes what a step adds to the journal, and what takes part in its cycle.
func (t *tx) putStep(run *Run, w *rows, step *Step, e *encodedEnd) error {
	if step.Cycle != nil && !step.Cycle.RolledBack {
		if err := t.commitCycle(run, step.Cycle); err != nil {
			return err
		}
	}
	if e == nil || !e.DropData {
		if err := t.putRows(run, w.list); err != nil {
			return err
		}
	}
	if step.Checkpoint == nil {
		return nil
	}
	return t.putCheckpoint(run, step.Checkpoint)
}

// runState is what the row of an execution says before a step that changes it.
type runState struct {
	runRowState
	start  *Start
	end    *encodedEnd
	early  *early // the delivery, where it is kept with the step
	unseen bool   // it is what this process has written or read last; the statement that changes it finds whether it still is
}

// after is what the row says behind the step.
func (s *runState) after() *runRowState {
	row := s.begun()
	switch {
	case s.end != nil:
		row.status = s.end.Status
	case s.start != nil:
		row.status = Running
	}
	return &row
}

// begun is the row with the beginning of the execution in it, where that is part of the step.
func (s *runState) begun() runRowState {
	row := s.runRowState
	if row.status == Queued && s.start != nil {
		row.started, row.version = nanos(s.start.At), s.start.Version
	}
	return row
}

// runState finds what the row says when the step changes it, and refuses the step when the execution is over.
func (t *tx) runState(run *Run, step *Step, e *encodedEnd) (runState, error) {
	s := runState{start: step.Start, end: e}
	if step.Start == nil && e == nil {
		return s, nil
	}
	if endsEarly(step, e) {
		var err error
		if s.early, err = t.unkept(run); s.early != nil || err != nil {
			s.runRowState, s.unseen = s.early.state(), true
			return s, err
		}
	}
	if known := run.row.Load(); known != nil && !t.careful {
		s.runRowState, s.unseen = *known, true
	} else if err := t.readRun(run.ID, &s.runRowState); err != nil {
		return s, err
	}
	if s.status.Finished() {
		return s, notFound("[noun-running] The running execution")
	}
	return s, nil
}

func (t *tx) readRun(id int64, s *runRowState) error {
	if err := t.flush(); err != nil { // the row may be among those gathered
		return err
	}
	row, err := t.one("SELECT status, webhook, bytes, started, version FROM execution WHERE id = ?"+t.store.dialect.forUpdate, id)
	if err != nil {
		return err
	}
	if row == nil {
		return notFound("[noun-running] The running execution")
	}
	*s = runRowState{status: Status(integer(row[0])), webhook: integer(row[1]), inputBytes: integer(row[2]), started: integer(row[3]), version: integer(row[4])}
	return nil
}

// moveOn writes the row of the execution: its start, its end, or both.
func (t *tx) moveOn(run *Run, s runState, done *Appended, bytes int64) error {
	if s.start == nil && s.end == nil {
		return nil
	}
	row := s.begun()
	s.started, s.version = row.started, row.version
	if s.end != nil {
		return t.end(run, s, done, run.bytes.Load()+bytes)
	}
	return t.change(s, &move{id: run.ID, from: s.status, to: Running, started: s.started, version: s.version})
}

// change changes the row of an execution. It is refused where the row is not there any more.
func (t *tx) change(s runState, m *move) error {
	changed, err := t.conn.move(t, m)
	if err != nil {
		return err
	}
	if changed == 0 {
		return notFound("[noun-running] The running execution")
	}
	if s.status == Queued && s.webhook != 0 {
		t.count(queuedOfWebhook, s.webhook, -1, -s.inputBytes)
	}
	return nil
}

// putCheckpoint keeps a checkpoint as rows.indexed has packed it.
func (t *tx) putCheckpoint(run *Run, data []byte) error {
	run.checkpointed.Store(true)
	return t.later("INSERT INTO checkpoint (execution, sequence, data) VALUES (?, ?, ?) "+
		"ON CONFLICT (execution) DO UPDATE SET sequence = excluded.sequence, data = excluded.data",
		run.ID, int64(run.next.Load()), data)
}

// commitCycle writes what takes part in the cycle. It may be refused: by a data store whose key is taken.
func (t *tx) commitCycle(run *Run, c *Cycle) error {
	for _, id := range c.Items {
		if err := t.dropItem(id); err != nil {
			return err
		}
	}
	for _, cursor := range c.Cursors {
		if err := t.putCursor(run.Scenario, cursor); err != nil {
			return err
		}
	}
	for _, change := range c.Records {
		if err := t.changeInCycle(run, change); err != nil {
			return err
		}
	}
	return nil
}

// changeInCycle writes one change. It may be refused.
func (t *tx) changeInCycle(run *Run, c RecordChange) error {
	switch c.Kind {
	case MoveCursor:
		return t.putCursor(run.Scenario, Cursor{Module: int(c.Store), Data: value.AppendBinary(nil, c.Data)})
	case TakePayload:
		return t.dropItem(c.Store)
	default:
		return t.changeRecord(c)
	}
}

func (t *tx) putCursor(scenario int64, c Cursor) error {
	return t.later("INSERT INTO trigger_cursor (scenario, module, data, updated) VALUES (?, ?, ?, ?) "+
		"ON CONFLICT (scenario, module) DO UPDATE SET data = excluded.data, updated = excluded.updated",
		scenario, int64(c.Module), c.Data, nanos(t.now))
}

// encodedEnd is an end with everything encoded that need not wait for the writer.
type encodedEnd struct {
	*End
	summary    []byte
	kept       []byte
	incomplete []encodedIncomplete
}

func (s *Store) encodeEnd(e *End) (*encodedEnd, error) {
	if e == nil {
		return nil, nil //nolint:nilnil // no end is no error
	}
	if !e.Status.Finished() {
		return nil, fault.Newf(fault.Unexpected, "An execution cannot end as %s.", e.Status)
	}
	summary, err := e.Summary.encode()
	if err != nil {
		return nil, fault.Wrap(fault.Unexpected, err, "The summary of the execution could not be written.")
	}
	x := &encodedEnd{End: e, summary: s.codec.pack(summary)}
	if e.Kept != nil {
		x.kept = s.codec.pack(value.AppendBinary([]byte{0}, *e.Kept))
	}
	for i := range e.Incomplete {
		x.incomplete = append(x.incomplete, s.encodeIncomplete(&e.Incomplete[i]))
	}
	return x, nil
}

func (t *tx) end(run *Run, s runState, done *Appended, bytes int64) (err error) {
	e := s.end
	if e.DropData {
		if err := t.eraseOps(opKey(run.ID, 0), opKey(run.ID, MaxSequence)); err != nil {
			return err
		}
		bytes = 0
	}
	if err := t.finishRow(run, s, bytes); err != nil {
		return err
	}
	if done.Incomplete, err = t.putIncompletes(run, s.version, e.incomplete); err != nil {
		return err
	}
	done.Deactivated, err = t.countErrors(run.Scenario, e.End)
	return err
}

func (t *tx) finishRow(run *Run, s runState, bytes int64) error {
	e := s.end
	bytes += int64(len(e.summary))
	team, err := t.teamOf(run.Scenario)
	if err != nil {
		return err
	}
	m := move{
		id: run.ID, from: s.status, to: e.Status, started: s.started, version: s.version, finished: nanos(e.At), bytes: bytes, team: team, summary: e.summary,
	}
	if s.early != nil {
		err = t.putEnded(run, s.early, &m, e.DropData)
	} else {
		err = t.change(s, &m)
	}
	if err != nil {
		return err
	}
	t.count(finishedOfScenario, run.Scenario, 1, bytes)
	t.count(finishedOfAll, 0, 1, bytes)
	t.countEnd(run.Scenario, team, e.End, s.started)
	if e.kept != nil {
		if err := t.later("UPDATE scenario SET kept = ? WHERE id = ?", e.kept, run.Scenario); err != nil {
			return err
		}
	}
	if run.checkpointed.Load() {
		if err := t.later("DELETE FROM checkpoint WHERE execution = ?", run.ID); err != nil {
			return err
		}
	}
	if run.claims.Load() {
		if err := t.releaseItems(run.ID); err != nil {
			return err
		}
	}
	if e.Text == "" || e.DropData { // messages of errors quote data
		return nil
	}
	body := strings.ToValidUTF8(e.Text[:min(len(e.Text), MaxSearchTextBytes)], "")
	return t.later(t.store.dialect.putText, run.ID, t.store.dialect.words(body, team))
}

// countErrors keeps the number of consecutive errors and deactivates the scenario when they are too many.
func (t *tx) countErrors(scenario int64, e *End) (bool, error) {
	if e.Errors == KeepErrors && !e.Deactivate && e.Invalid == "" {
		return false, nil
	}
	if e.Errors == ResetErrors && !e.Deactivate && e.Invalid == "" { // mostly there is nothing to change
		t.resets = append(t.resets, scenario)
		return false, t.conn.gathered(t)
	}
	if len(t.resets) > 0 { // this one may be among them
		if err := t.flush(); err != nil {
			return false, err
		}
	}
	row, err := t.one("SELECT active, errors, invalid FROM scenario WHERE id = ?"+t.store.dialect.forUpdate, scenario)
	if err != nil || row == nil {
		return false, err
	}
	active, errors, invalid := integer(row[0]), integer(row[1]), text(row[2])
	switch e.Errors {
	case ResetErrors:
		errors = 0
	case CountError:
		errors++
	case KeepErrors:
	}
	stop := active == 1 && (e.Deactivate || e.Invalid != "" || e.Errors == CountError && e.ErrorsMax > 0 && errors >= int64(e.ErrorsMax))
	if stop {
		active = 0
	}
	if e.Invalid != "" {
		invalid = e.Invalid
	}
	if row[0] == driver.Value(active) && row[1] == driver.Value(errors) && row[2] == driver.Value(invalid) {
		return false, nil
	}
	_, err = t.exec("UPDATE scenario SET active = ?, errors = ?, invalid = ? WHERE id = ?", active, errors, invalid, scenario)
	return stop, err
}
