package store

import (
	"context"
	"encoding/binary"
	"slices"
)

// indexEvery is after how many rows an index of them is written where no checkpoint comes before.
const indexEvery = 4096

// spot is where the result or the intent of an address stands in the journal of an execution.
type spot struct {
	hash     uint64 // of the address
	sequence uint32
	kind     rowKind
}

// index is what the rows say that were written since the last one of its kind: enough to find each of them again without reading all.
type index struct {
	places []spot
	ends   []CycleEnd
}

// hashOf is the hash of an address in an index, FNV-1a: two addresses may have the same, so that who looks one up compares it.
func hashOf(address string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	for i := range len(address) {
		h = (h ^ uint64(address[i])) * prime
	}
	return h
}

func (x *index) note(address string, sequence uint32, kind rowKind) {
	x.places = append(x.places, spot{hashOf(address), sequence, kind})
}

// joined returns what stands in either; x came first.
func (x *index) joined(next *index) index {
	return index{slices.Concat(x.places, next.places), slices.Concat(x.ends, next.ends)}
}

func (x *index) encode() []byte {
	row := binary.AppendUvarint(newRow(indexRow), uint64(len(x.places)))
	for _, p := range x.places {
		row = binary.LittleEndian.AppendUint64(row, p.hash)
		row = append(binary.AppendUvarint(row, uint64(p.sequence)), byte(p.kind))
	}
	row = binary.AppendUvarint(row, uint64(len(x.ends)))
	for _, c := range x.ends {
		row = c.append(row)
	}
	return row
}

// index reads what encode has written.
func (r *reader) index() index {
	var x index
	for n := r.count(); n > 0 && r.err == nil; n-- {
		x.places = append(x.places, spot{hash: r.fixed64(), sequence: uint32(r.uvarint()), kind: rowKind(r.byte())})
	}
	for n := r.count(); n > 0 && r.err == nil; n-- {
		x.ends = append(x.ends, r.cycleEnd())
	}
	return x
}

// indexedForm begins a stored checkpoint that says where the indexes of the rows before it stand. Those of the first form, which begins
// with 1, are the state alone.
const indexedForm = 2

// indexed is a stored checkpoint.
type indexed struct {
	indexes []uint32 // sequences of the indexes; the last of them covers everything before it
	bytes   int64    // size of the journal up to there
	state   []byte
}

func (c *indexed) encode() []byte {
	data := binary.AppendUvarint([]byte{0, indexedForm}, uint64(c.bytes)) // room for the form of the payload
	data = binary.AppendUvarint(data, uint64(len(c.indexes)))
	for _, sequence := range c.indexes {
		data = binary.AppendUvarint(data, uint64(sequence))
	}
	return append(data, c.state...)
}

func readIndexed(data []byte) (indexed, error) {
	r := reader{src: data}
	if len(data) == 0 || r.byte() != indexedForm {
		return indexed{state: data}, nil
	}
	c := indexed{bytes: int64(r.uvarint())}
	for n := r.count(); n > 0 && r.err == nil; n-- {
		c.indexes = append(c.indexes, uint32(r.uvarint()))
	}
	c.state = r.src
	return c, r.err
}

// indexed adds the row with an index of what was written since the last one, where the step is due to have one, and puts in front of the
// state of a checkpoint where all of them stand. done tells the run when the step is durable.
func (w *rows) indexed(step *Step) (checkpoint []byte, done func(), err error) {
	w.run.mu.Lock()
	all, before := w.run.unindexed.joined(&w.index), w.run.indexes
	w.run.mu.Unlock()
	if step.Checkpoint != nil || len(all.places) >= indexEvery {
		sequence, err := w.add(all.encode())
		if err != nil {
			return nil, nil, err
		}
		all, before = index{}, append(slices.Clip(before), sequence)
	}
	if step.Checkpoint != nil {
		c := indexed{indexes: before, bytes: w.run.bytes.Load() + int64(w.bytes), state: step.Checkpoint}
		checkpoint = w.store.codec.pack(c.encode())
	}
	return checkpoint, func() {
		w.run.mu.Lock()
		defer w.run.mu.Unlock()
		w.run.unindexed, w.run.indexes = all, before
	}, nil
}

// loadIndexed fills the journal from the indexes that its checkpoint names. It reports false where one of them is not there or cannot be
// read: then every row is.
func (j *Journal) loadIndexed(ctx context.Context, c *indexed) bool {
	if n := len(c.indexes); n > 0 {
		j.results = make(map[uint64][]uint32, c.indexes[n-1]) // most rows are results
	}
	for _, sequence := range c.indexes {
		body, err := j.store.row(ctx, j.Execution.ID, sequence)
		if err != nil || rowKind(body.byte()) != indexRow {
			return false
		}
		x := body.index()
		if body.err != nil {
			return false
		}
		for _, p := range x.places {
			j.stands(p)
		}
		j.Cycles = append(j.Cycles, x.ends...)
		j.next = sequence + 1
	}
	j.bytes, j.indexes = c.bytes, c.indexes
	return len(c.indexes) > 0
}

// stands notes where a result or an intent stands.
func (j *Journal) stands(p spot) {
	to := j.results
	if p.kind == intentRow {
		to = j.intents
	}
	to[p.hash] = append(to[p.hash], p.sequence)
}
