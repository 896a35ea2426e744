package store

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// aheadBytes is how much of a large result is kept in memory before it is written.
const aheadBytes = 4 << 20

// row is a journal row ready to be written.
type row struct {
	sequence uint32
	payload  packed
}

// rows gathers what one request writes.
type rows struct {
	store *Store
	run   *Run
	list  []row
	bytes int
	index index // of what is in list
}

func (w *rows) add(data []byte) (uint32, error) {
	sequence := w.run.next.Add(1) - 1
	if sequence > MaxSequence {
		return 0, fault.Newf(fault.OperationsLimit, "[operations-many] The execution has more than %d operations.", MaxSequence).
			WithHint("[hint-several-executions] split the work over several executions")
	}
	p := w.store.codec.seal(data)
	w.list = append(w.list, row{sequence, p})
	w.bytes += len(p.data)
	return sequence, nil
}

// operation adds the rows of a result. Bundles that do not fit into one row go into rows of their own before it;
// when those are many they are written ahead: a result counts only when its last row is there.
func (w *rows) operation(ctx context.Context, o *Operation) error {
	head := appendHead(newRow(resultRow), o.Address, o.Started, o.InputHash)
	head = o.appendTail(head)
	n := 0
	if o.Bundles != nil {
		n = o.Bundles.Len()
	}
	head = binary.AppendUvarint(head, uint64(n))
	inline := len(head)
	chunks := newRow(chunkRow)
	var index []chunk
	first := 0
	for i := range n {
		v, err := o.Bundles.At(i)
		if err != nil {
			return fmt.Errorf("read the bundles of an operation: %w", err)
		}
		chunks = value.AppendBinary(chunks, v)
		if len(chunks) < chunkBytes && (i < n-1 || len(index) == 0) {
			continue
		}
		if index, err = w.chunk(ctx, index, chunks, i+1-first); err != nil {
			return err
		}
		chunks, first = newRow(chunkRow), i+1
	}
	sequence, err := w.closeResult(head[:inline], index, chunks)
	if err == nil {
		w.index.note(o.Address, sequence, resultRow)
	}
	return err
}

// chunk is a run of bundles in a row of its own.
type chunk struct {
	sequence uint32
	bundles  int
}

func (w *rows) chunk(ctx context.Context, index []chunk, data []byte, bundles int) ([]chunk, error) {
	sequence, err := w.add(data)
	if err != nil {
		return nil, err
	}
	if w.bytes >= aheadBytes {
		err = w.flush(ctx)
	}
	return append(index, chunk{sequence, bundles}), err
}

// closeResult adds the row that makes the result valid: with the bundles in it, or with the rows that hold them.
func (w *rows) closeResult(head []byte, index []chunk, inline []byte) (uint32, error) {
	head = binary.AppendUvarint(head, uint64(len(index)))
	for _, c := range index {
		head = binary.AppendUvarint(binary.AppendUvarint(head, uint64(c.sequence)), uint64(c.bundles))
	}
	if len(index) == 0 {
		head = append(head, inline[2:]...)
	}
	return w.add(head)
}

// flush writes the rows so far in a commit of their own.
func (w *rows) flush(ctx context.Context) error {
	list, bytes := w.list, w.bytes
	w.list, w.bytes = nil, 0
	return w.store.submit(ctx, w.run, &request{bytes: bytes}, func(t *tx) error { return t.putRows(w.run, list) })
}

func (t *tx) putRows(run *Run, list []row) error {
	for _, r := range list {
		if err := t.put(opKey(run.ID, r.sequence), r.payload); err != nil {
			return err
		}
	}
	return nil
}

// encodeInput makes the row that an execution starts from.
func encodeInput(bundles []value.Value) []byte { return appendValues(newRow(inputRow), bundles) }
