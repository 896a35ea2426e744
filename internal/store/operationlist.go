package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// OperationFilter chooses rows of a journal that are operations.
type OperationFilter struct {
	After  uint32 // sequence of the last row of the page before, 0 = from the beginning
	Module int    // number of a module, 0 = of all
	Failed bool   // only those that failed, or whose outcome is not known
	Limit  int
}

// OperationsWhere lists what is recorded of an execution, in the order of writing. One that does not exist has recorded nothing.
func (s *Store) OperationsWhere(ctx context.Context, execution int64, f OperationFilter) ([]Recorded, error) {
	sequences, err := s.chosen(ctx, execution, f)
	if err != nil {
		return nil, err
	}
	return s.operationsOf(ctx, execution, sequences)
}

// Operation returns one recorded operation of an execution.
func (s *Store) Operation(ctx context.Context, execution int64, sequence uint32) (Recorded, error) {
	found, err := s.operationsOf(ctx, execution, []uint32{sequence})
	if err == nil && len(found) == 0 {
		err = absent("[noun-operation] The operation")
	}
	if err != nil {
		return Recorded{}, err
	}
	return found[0], nil
}

// chosen goes over the rows and looks no further into each than it must.
func (s *Store) chosen(ctx context.Context, execution int64, f OperationFilter) ([]uint32, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT id, data FROM op WHERE id > ? AND id <= ? AND substr(data, 1, 1) <> ? ORDER BY id",
		opKey(execution, f.After), opKey(execution, MaxSequence), []byte{blobPayload})
	if err != nil {
		return nil, readFault(err)
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	var found []uint32
	var key int64
	var data sql.RawBytes
	for len(found) < pageSize(f.Limit) && rows.Next() {
		if err := rows.Scan(&key, &data); err != nil {
			return nil, readFault(err)
		}
		plain, err := s.codec.unpack(data)
		if err != nil {
			return nil, readFault(err)
		}
		body := &reader{src: plain}
		if f.chooses(body) {
			found = append(found, uint32(key&MaxSequence))
		}
		if body.err != nil {
			return nil, readFault(body.err)
		}
	}
	return found, readFault(rows.Err())
}

// chooses reads the beginning of a row.
func (f *OperationFilter) chooses(body *reader) bool {
	kind := rowKind(body.byte())
	if kind != resultRow && kind != intentRow {
		return false
	}
	address := body.text()
	if f.Module != 0 && address[strings.LastIndexByte(address, '/')+1:] != strconv.Itoa(f.Module) {
		return false
	}
	if !f.Failed || kind == intentRow {
		return true
	}
	_, _, _ = body.time(), body.fixed64(), body.time() // started, the hash of the input, finished
	return body.fault() != nil
}
