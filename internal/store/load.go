package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// Journal is what is recorded of one execution. It keeps where results stand, not the results: those are read when
// they are asked for. It shows the state of the time of Load and is not safe for concurrent use.
type Journal struct {
	Execution  Execution
	Checkpoint []byte // nil when there is none
	Cycles     []CycleEnd

	store   *Store
	results map[uint64][]uint32 // sequences by the hash of the address; almost always one
	intents map[uint64][]uint32
	next    uint32
	bytes   int64
	indexes []uint32 // sequences of the indexes that were read
	since   index    // of the rows behind the last of them
}

// Recorded is a row of a journal: a result, or an intent without one.
type Recorded struct {
	Sequence uint32
	Operation
	// Intent says that the operation was announced and its result is not known; Request is what it was about to send.
	Intent  bool
	Request value.Value
}

// Load reads the journal of an execution. Of one with a checkpoint it reads the indexes, and the rows behind the last of them.
func (s *Store) Load(ctx context.Context, id int64) (*Journal, error) {
	e, err := s.Execution(ctx, id)
	if err != nil {
		return nil, err
	}
	j := &Journal{Execution: e, store: s}
	j.forget()
	var stored []byte
	err = s.db.QueryRowContext(ctx, "SELECT data FROM checkpoint WHERE execution = ?", id).Scan(&stored)
	var c indexed
	if err == nil {
		if stored, err = s.codec.unpack(stored); err == nil {
			c, err = readIndexed(stored)
		}
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, readFault(err)
	}
	j.Checkpoint = c.state
	from := uint32(0)
	if j.loadIndexed(ctx, &c) {
		from = j.next
	} else {
		j.forget()
	}
	return j, s.scan(ctx, id, from, j.note)
}

// forget takes the journal back to where nothing is known of its rows.
func (j *Journal) forget() {
	j.results, j.intents, j.Cycles, j.next, j.bytes = map[uint64][]uint32{}, map[uint64][]uint32{}, nil, 1, 0
}

// scan calls visit with every row of a journal from a sequence on, in the order of writing.
func (s *Store) scan(ctx context.Context, id int64, from uint32, visit func(sequence uint32, kind rowKind, body *reader, size int) error) error {
	rows, err := s.db.QueryContext(ctx, "SELECT id, data FROM op WHERE id BETWEEN ? AND ? ORDER BY id", opKey(id, from), opKey(id, MaxSequence))
	if err != nil {
		return readFault(err)
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var key int64
	var data sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&key, &data); err != nil {
			return readFault(err)
		}
		kind, body := chunkRow, &reader{}
		if len(data) == 0 || data[0] != blobPayload { // inputs and chunks are the only ones that grow so large
			plain, err := s.codec.unpack(data)
			if err != nil {
				return readFault(err)
			}
			body.src = plain
			kind = rowKind(body.byte())
		}
		if err := visit(uint32(key&MaxSequence), kind, body, len(data)); err != nil {
			return readFault(err)
		}
	}
	return readFault(rows.Err())
}

func (j *Journal) note(sequence uint32, kind rowKind, body *reader, size int) error {
	j.next = max(j.next, sequence+1)
	j.bytes += int64(size)
	if sequence == 0 {
		return body.err
	}
	switch kind {
	case resultRow, intentRow:
		p := spot{hashOf(body.text()), sequence, kind}
		j.stands(p)
		j.since.places = append(j.since.places, p)
	case cycleRow:
		c := body.cycleEnd()
		j.Cycles, j.since.ends = append(j.Cycles, c), append(j.since.ends, c)
	case inputRow, chunkRow, indexRow:
	}
	return body.err
}

// Run returns the right to drive the execution on from what is recorded.
func (j *Journal) Run(f Fence) *Run {
	r := newRun(j.Execution.ID, j.Execution.Scenario, j.Execution.Seed, f, j.next, j.bytes)
	r.checkpointed.Store(j.Checkpoint != nil)
	r.claims.Store(true) // it may have claimed payloads before
	r.unindexed, r.indexes = j.since, j.indexes
	return r
}

// Input returns the bundles that the execution started with.
func (j *Journal) Input(ctx context.Context) ([]value.Value, error) {
	return j.store.input(ctx, j.Execution.ID)
}

func (s *Store) input(ctx context.Context, id int64) ([]value.Value, error) {
	body, err := s.row(ctx, id, 0)
	if err != nil {
		return nil, err
	}
	return inputOf(body)
}

func inputOf(body *reader) ([]value.Value, error) {
	if rowKind(body.byte()) != inputRow {
		return nil, readFault(errPayload)
	}
	list := body.values()
	return list, readFault(body.err)
}

// Len returns how many results are recorded.
func (j *Journal) Len() int {
	n := 0
	for _, list := range j.results {
		n += len(list)
	}
	return n
}

// Find returns what is recorded under an address: the result, or else the last intent.
func (j *Journal) Find(ctx context.Context, address string) (Recorded, bool, error) {
	h := hashOf(address)
	for _, list := range [][]uint32{j.results[h], j.intents[h]} {
		for i := len(list) - 1; i >= 0; i-- {
			r, err := j.store.recorded(ctx, j.Execution.ID, list[i])
			if err != nil {
				return Recorded{}, false, err
			}
			if r.Address == address {
				return r, true, nil
			}
		}
	}
	return Recorded{}, false, nil
}

// OpenIntents returns the intents whose results are missing, in the order in which they were written.
func (j *Journal) OpenIntents(ctx context.Context) ([]Recorded, error) {
	var open []Recorded
	for h, list := range j.intents {
		if len(j.results[h]) > 0 {
			continue
		}
		for _, sequence := range list {
			r, err := j.store.recorded(ctx, j.Execution.ID, sequence)
			if err != nil {
				return nil, err
			}
			open = append(open, r)
		}
	}
	slices.SortFunc(open, func(a, b Recorded) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return open, nil
}

// Operations walks over what is recorded, in the order of writing, behind the row with sequence after.
func (j *Journal) Operations(ctx context.Context, after uint32) iter.Seq2[Recorded, error] {
	return func(yield func(Recorded, error) bool) {
		for {
			sequences, err := j.store.sequences(ctx, j.Execution.ID, after)
			if err == nil && len(sequences) == 0 {
				return
			}
			var page []Recorded
			if err == nil {
				page, err = j.store.operationsOf(ctx, j.Execution.ID, sequences)
			}
			if err != nil {
				yield(Recorded{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			after = sequences[len(sequences)-1]
		}
	}
}

// recordedAtOnce is how many rows a walk reads at once.
const recordedAtOnce = 64

// sequences lists the next rows behind after that may be operations: those in blobs are inputs and chunks.
func (s *Store) sequences(ctx context.Context, id int64, after uint32) ([]uint32, error) {
	q := newSelect("SELECT id FROM op WHERE id > ? AND id <= ? AND substr(data, 1, 1) <> ?", opKey(id, after), opKey(id, MaxSequence), []byte{blobPayload})
	return list(ctx, s, q.end(" ORDER BY id", recordedAtOnce), func(rows *sql.Rows) (uint32, error) {
		var key int64
		err := rows.Scan(&key)
		return uint32(key & MaxSequence), err
	})
}

func (s *Store) operationsOf(ctx context.Context, id int64, sequences []uint32) ([]Recorded, error) {
	var page []Recorded
	for _, sequence := range sequences {
		r, err := s.recorded(ctx, id, sequence)
		if errors.Is(err, errOtherRow) {
			continue
		}
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, nil
}

var errOtherRow = errors.New("the journal row is no operation")

// recorded reads one result or intent.
func (s *Store) recorded(ctx context.Context, id int64, sequence uint32) (Recorded, error) {
	body, err := s.row(ctx, id, sequence)
	if err != nil {
		return Recorded{}, err
	}
	r := Recorded{Sequence: sequence}
	kind := rowKind(body.byte())
	if kind != resultRow && kind != intentRow {
		return r, errOtherRow
	}
	r.Address, r.Started, r.InputHash = body.head()
	if kind == intentRow {
		r.Intent, r.Request = true, body.value()
		return r, readFault(body.err)
	}
	r.Finished, r.Err, r.Exchanges, r.Changes = body.time(), body.fault(), body.values(), body.changes()
	r.Bundles = s.bundles(ctx, id, body)
	return r, readFault(body.err)
}

// row reads the payload of one journal row.
func (s *Store) row(ctx context.Context, id int64, sequence uint32) (*reader, error) {
	var data []byte
	err := s.db.QueryRowContext(ctx, "SELECT data FROM op WHERE id = ?", opKey(id, sequence)).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, absent("[noun-recorded] The recorded data")
	}
	if err != nil {
		return nil, readFault(err)
	}
	return s.body(ctx, data)
}

// body takes the stored payload of a journal row apart.
func (s *Store) body(ctx context.Context, data []byte) (*reader, error) {
	if len(data) > 0 && data[0] == blobPayload {
		if err := s.db.QueryRowContext(ctx, "SELECT data FROM blob WHERE hash = ?", data[1:]).Scan(&data); err != nil {
			return nil, readFault(err)
		}
	}
	plain, err := s.codec.unpack(data)
	return &reader{src: plain}, readFault(err)
}

// storedBundles reads the bundles of a result, chunk by chunk.
type storedBundles struct {
	store  *Store
	ctx    context.Context //nolint:containedctx // of the journal that it belongs to; Bundles has no room for one
	id     int64
	length int
	chunks []chunk
	loaded int // index of the chunk in memory, -1 none
	first  int // number of its first bundle
	list   []value.Value
}

// bundles reads the end of a result: its bundles, or where they stand.
func (s *Store) bundles(ctx context.Context, id int64, body *reader) Bundles {
	n, chunks := int(body.uvarint()), body.count()
	b := &storedBundles{store: s, ctx: context.WithoutCancel(ctx), id: id, length: n, loaded: -1}
	sum := 0
	for i := 0; i < chunks && body.err == nil; i++ {
		c := chunk{uint32(body.uvarint()), int(body.uvarint())}
		sum += c.bundles
		b.chunks = append(b.chunks, c)
	}
	if len(b.chunks) > 0 {
		if sum != n {
			body.fail()
		}
		return b
	}
	var l List
	for i := 0; i < n && body.err == nil; i++ {
		l = append(l, body.value())
	}
	return l
}

// Len returns the number of bundles.
func (b *storedBundles) Len() int { return b.length }

// At returns bundle i. Walking in order reads every chunk once.
func (b *storedBundles) At(i int) (value.Value, error) {
	if b.loaded < 0 || i < b.first || i >= b.first+len(b.list) {
		if err := b.load(i); err != nil {
			return value.Undefined, err
		}
	}
	return b.list[i-b.first], nil
}

func (b *storedBundles) load(i int) error {
	first := 0
	for n, c := range b.chunks {
		if i >= first+c.bundles {
			first += c.bundles
			continue
		}
		body, err := b.store.row(b.ctx, b.id, c.sequence)
		if err != nil {
			return err
		}
		if rowKind(body.byte()) != chunkRow {
			return readFault(errPayload)
		}
		b.list = make([]value.Value, 0, min(c.bundles, len(body.src)))
		for len(b.list) < c.bundles && body.err == nil {
			b.list = append(b.list, body.value())
		}
		b.loaded, b.first = n, first
		return readFault(body.err)
	}
	return readFault(errPayload)
}

// OpenExecution is an execution that is not over, for taking it up.
type OpenExecution struct {
	ID, Scenario, Version, Webhook int64
	Status                         Status // Queued or Running
	Seed                           uint64
	Accepted                       time.Time
	Mode                           Mode
	bytes                          int64
}

// Run returns the right to drive an execution of which nothing is recorded yet: one that is Queued. Load a running one.
func (o OpenExecution) Run(f Fence) *Run {
	r := newRun(o.ID, o.Scenario, o.Seed, f, 1, o.bytes)
	if o.Status == Queued {
		r.row.Store(&runRowState{status: Queued, webhook: o.Webhook, inputBytes: o.bytes, version: o.Version})
	}
	return r
}

// Waiting returns an execution that waits for its turn together with its input, in one read. It is ErrNotFound for one of which
// more is recorded, and for one that goes on with another: Load those.
func (s *Store) Waiting(ctx context.Context, id int64) (OpenExecution, []value.Value, error) {
	type waiting struct {
		OpenExecution
		data []byte
	}
	q := newSelect("SELECT e.id, e.scenario, e.version, e.webhook, e.status, e.seed, e.accepted, e.mode, e.bytes, o.data FROM execution e JOIN op o ON o.id = e.id << ?"+
		" WHERE e.id = ? AND e.status = 0 AND e.origin NOT IN (?, ?) AND e.origin <= ? AND NOT EXISTS (SELECT 1 FROM op WHERE id BETWEEN ? AND ?)",
		sequenceBits, id, int64(ByRetry), int64(ByRerun), int64(ByRerun), opKey(id, 1), opKey(id, MaxSequence))
	w, err := first(ctx, s, "[noun-waiting] The waiting execution", q, func(rows *sql.Rows) (w waiting, err error) {
		var accepted, seed int64
		err = rows.Scan(&w.ID, &w.Scenario, &w.Version, &w.Webhook, &w.Status, &seed, &accepted, &w.Mode, &w.bytes, &w.data)
		w.Seed, w.Accepted = uint64(seed), timeOf(accepted)
		return w, err //nolint:wrapcheck // first wraps
	})
	if err != nil {
		return OpenExecution{}, nil, err
	}
	body, err := s.body(ctx, w.data)
	if err != nil {
		return OpenExecution{}, nil, err
	}
	input, err := inputOf(body)
	return w.OpenExecution, input, err
}

// HasOpen reports whether an execution of the scenario is among those that OpenExecutions lists. Dry runs do not count: they keep nothing
// from running.
func (s *Store) HasOpen(ctx context.Context, scenario int64) (bool, error) {
	n, err := s.readNumber(ctx, "SELECT count(*) FROM (SELECT 1 FROM execution WHERE (status = 1 OR (status = 0 AND webhook = 0)) AND part = ? AND scenario = ? AND mode & 1 = 0 LIMIT 1) AS x",
		PartitionOf(scenario), scenario)
	return n != 0, err
}

// OpenPartitions lists the partitions in which OpenExecutions finds something, so that nobody has to look at all of them: those that a
// node owns, "" for all.
func (s *Store) OpenPartitions(ctx context.Context, node string) ([]int, error) {
	q := newSelect("SELECT DISTINCT part FROM execution WHERE (status = 1 OR (status = 0 AND webhook = 0))")
	if s.dialect.shared && node != "" {
		q.and("part IN (SELECT part FROM lease WHERE node = ?)", node)
	}
	q.text.WriteString(" ORDER BY part")
	return list(ctx, s, q, func(rows *sql.Rows) (part int, err error) {
		err = rows.Scan(&part)
		return part, err //nolint:wrapcheck // list wraps
	})
}

// OpenExecutions lists the executions of a partition that have begun and are not over, and those that wait without a webhook, the
// oldest first, behind number after. What waits in the queue of a webhook is listed by Queue.
func (s *Store) OpenExecutions(ctx context.Context, partition int, after int64, limit int) ([]OpenExecution, error) {
	q := newSelect("SELECT id, scenario, version, webhook, status, seed, accepted, mode, bytes FROM execution WHERE (status = 1 OR (status = 0 AND webhook = 0)) AND part = ? AND id > ?", partition, after)
	return list(ctx, s, q.end(" ORDER BY id", limit), func(rows *sql.Rows) (OpenExecution, error) {
		var o OpenExecution
		var accepted, seed int64
		err := rows.Scan(&o.ID, &o.Scenario, &o.Version, &o.Webhook, &o.Status, &seed, &accepted, &o.Mode, &o.bytes)
		o.Seed, o.Accepted = uint64(seed), timeOf(accepted)
		return o, err //nolint:wrapcheck // list wraps
	})
}
