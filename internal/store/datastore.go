package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// DataStore is a table of records by key.
type DataStore struct {
	ID        int64
	Team      int64 // 0 = FirstTeam; one that is there stays in its team
	Name      string
	Structure string // JSON: the fields of a record, "" for none
	BytesMax  int64  // 0 = DefaultDataStoreBytes
	Revision  int64
	Created   time.Time
	Updated   time.Time
}

// Record is a record of a data store.
type Record struct {
	Key      string
	Data     value.Value
	Revision int64
	Updated  time.Time
}

// SaveDataStore makes a data store (ID 0) or changes one, and returns it as saved. A Revision that is not the stored
// one, or a name that is taken in its team, is ErrConflict.
func (s *Store) SaveDataStore(ctx context.Context, d DataStore) (DataStore, error) {
	if err := checkName("[noun-data-store] The data store", d.Name); err != nil {
		return d, err
	}
	asked := d
	err := s.update(ctx, executionLane, func(t *tx) error {
		d = asked
		saved := d
		saved.Team, saved.Updated, saved.Revision = teamOr(d.Team), t.now, d.Revision+1
		taken, err := t.number("SELECT id FROM data_store WHERE team = ? AND name = ? AND id <> ?", saved.Team, d.Name, d.ID)
		if err != nil {
			return err
		}
		if taken != 0 {
			return nameTaken("[noun-a-data-store] A data store", d.Name)
		}
		if d.ID == 0 {
			saved.Created = t.now
			saved.ID, err = t.insert("data_store", "INSERT INTO data_store (id, team, name, structure, bytes_max, revision, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				saved.Team, d.Name, d.Structure, d.BytesMax, saved.Revision, nanos(t.now), nanos(t.now))
		} else {
			err = t.revise("[noun-data-store] The data store", "UPDATE data_store SET name = ?, structure = ?, bytes_max = ?, revision = ?, updated = ? WHERE id = ? AND revision = ?",
				d.Name, d.Structure, d.BytesMax, saved.Revision, nanos(t.now), d.ID, d.Revision)
		}
		if err == nil {
			d = saved
		}
		return err
	})
	return d, err
}

const dataStoreColumns = "id, team, name, structure, bytes_max, revision, created, updated"

// DataStores lists data stores by number.
func (s *Store) DataStores(ctx context.Context, l Listing) ([]DataStore, error) {
	return list(ctx, s, l.query("SELECT "+dataStoreColumns+" FROM data_store"), scanDataStore)
}

// DataStore returns a data store.
func (s *Store) DataStore(ctx context.Context, id int64) (DataStore, error) {
	return first(ctx, s, "[noun-data-store] The data store", newSelect("SELECT "+dataStoreColumns+" FROM data_store WHERE id = ?", id), scanDataStore)
}

// DataStoreNamed returns the data store of a team with the number, or else with the name, that ref holds.
func (s *Store) DataStoreNamed(ctx context.Context, team int64, ref string) (DataStore, error) {
	number, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		number = 0
	}
	q := newSelect("SELECT "+dataStoreColumns+" FROM data_store WHERE team = ? AND (id = ? OR name = ?) ORDER BY id = ? DESC LIMIT 1", team, number, ref, number)
	return first(ctx, s, "[noun-data-store] The data store", q, scanDataStore)
}

func scanDataStore(rows *sql.Rows) (DataStore, error) {
	var d DataStore
	var created, updated int64
	err := rows.Scan(&d.ID, &d.Team, &d.Name, &d.Structure, &d.BytesMax, &d.Revision, &created, &updated)
	d.Created, d.Updated = timeOf(created), timeOf(updated)
	return d, err //nolint:wrapcheck // list wraps
}

// DeleteDataStore removes a data store with its records.
func (s *Store) DeleteDataStore(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if n, err := t.exec("DELETE FROM data_store WHERE id = ?", id); err != nil || n == 0 {
			return errors.Join(err, missing(n, "[noun-data-store] The data store"))
		}
		return t.clearRecords(id)
	})
}

// DataStoreTotal returns how many records a data store has, and their bytes.
func (s *Store) DataStoreTotal(id int64) (number, bytes int64) {
	t := s.total(recordsOfStore, id)
	return t.Number, t.Bytes
}

// Record returns a record; found is false when there is none.
func (s *Store) Record(ctx context.Context, store int64, key string) (r Record, found bool, err error) {
	q := newSelect("SELECT key, data, revision, updated FROM record WHERE store = ? AND key = ?", store, key)
	records, err := list(ctx, s, q, s.scanRecord)
	if err != nil || len(records) == 0 {
		return Record{}, false, err
	}
	return records[0], true, nil
}

// Records lists records in the order of their keys, behind the key after ("" = from the start).
func (s *Store) Records(ctx context.Context, store int64, after string, limit int) ([]Record, error) {
	q := newSelect("SELECT key, data, revision, updated FROM record WHERE store = ? AND key > ?", store, after)
	return list(ctx, s, q.end(" ORDER BY key", limit), s.scanRecord)
}

func (s *Store) scanRecord(rows *sql.Rows) (Record, error) {
	var r Record
	var data []byte
	var updated int64
	if err := rows.Scan(&r.Key, &data, &r.Revision, &updated); err != nil {
		return r, err //nolint:wrapcheck // list wraps
	}
	r.Updated = timeOf(updated)
	var err error
	r.Data, err = s.decodeValue(data)
	return r, err
}

// ChangeRecords applies changes outside an execution, all or none. One whose Revision is not the stored one is ErrConflict.
func (s *Store) ChangeRecords(ctx context.Context, changes []RecordChange) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		for _, c := range changes {
			if err := t.changeRecord(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeRecord applies one change. It may be refused.
func (t *tx) changeRecord(c RecordChange) error {
	if c.Kind == RemoveRecords {
		return t.clearRecords(c.Store)
	}
	if len(c.Key) == 0 || len(c.Key) > MaxRecordKeyBytes {
		return reject(fault.Newf(fault.BundleValidation, "[record-key] The key of a record has %d bytes; 1 to %d are allowed.", len(c.Key), MaxRecordKeyBytes))
	}
	old, err := t.storedRecord(c)
	if err != nil {
		return err
	}
	if c.Kind == RemoveRecord {
		return t.removeRecord(c)
	}
	data := t.store.codec.pack(value.AppendBinary([]byte{0}, c.Data))
	if err := t.roomForRecord(c.Store, len(data)); err != nil {
		return err
	}
	if old == nil {
		// A new record begins with the milliseconds of its time: one that was deleted and made again never has the revision that somebody has read.
		n, err := t.exec("INSERT INTO record (store, key, data, revision, updated) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
			c.Store, c.Key, data, t.now.UnixMilli(), nanos(t.now))
		if err != nil {
			return err
		}
		if n == 1 {
			t.count(recordsOfStore, c.Store, 1, int64(len(data)))
			return nil
		}
		if old, err = t.storedRecord(c); err != nil { // another node was faster
			return err
		}
	}
	t.count(recordsOfStore, c.Store, 0, int64(len(data))-old.size)
	_, err = t.exec("UPDATE record SET data = ?, revision = revision + 1, updated = ? WHERE store = ? AND key = ?", data, nanos(t.now), c.Store, c.Key)
	return err
}

// storedRecord is what a change finds of a record.
type storedRecord struct{ size, revision int64 }

// storedRecord returns what is there of a record, nil when there is none. It refuses a change that is not of what is there.
func (t *tx) storedRecord(c RecordChange) (*storedRecord, error) {
	row, err := t.one("SELECT length(data), revision FROM record WHERE store = ? AND key = ?"+t.store.dialect.forUpdate, c.Store, c.Key)
	if err != nil {
		return nil, err
	}
	if row == nil {
		if c.Revision != 0 {
			return nil, conflict("[noun-record] The record")
		}
		return nil, nil //nolint:nilnil // no record is an answer
	}
	old := &storedRecord{integer(row[0]), integer(row[1])}
	if c.Revision != 0 && old.revision != c.Revision {
		return nil, conflict("[noun-record] The record")
	}
	if c.Kind == InsertRecord {
		return nil, nameTaken("[noun-a-record] A record", c.Key)
	}
	return old, nil
}

func (t *tx) removeRecord(c RecordChange) error {
	old, err := t.one("DELETE FROM record WHERE store = ? AND key = ? RETURNING length(data)", c.Store, c.Key)
	if err == nil && old != nil {
		t.count(recordsOfStore, c.Store, -1, -integer(old[0]))
	}
	return err
}

func (t *tx) roomForRecord(store int64, size int) error {
	if size > MaxRecordBytes {
		return reject(fault.Newf(fault.MaxFileSizeExceeded, "[record-bytes] The record has %d bytes; %d are allowed.", size, MaxRecordBytes))
	}
	row, err := t.one("SELECT bytes_max FROM data_store WHERE id = ?"+t.store.dialect.forShare, store)
	if err != nil {
		return err
	}
	if row == nil {
		return notFound("[noun-data-store] The data store")
	}
	limit := integer(row[0])
	if limit <= 0 {
		limit = DefaultDataStoreBytes
	}
	used, err := t.total(recordsOfStore, store)
	if err != nil {
		return err
	}
	if used.Bytes+int64(size) > limit {
		return reject(fault.Newf(fault.OutOfSpace, "[store-full] The data store is full: it holds %d bytes at most.", limit).
			WithHint("[hint-store-full] delete records, or raise the size of the data store"))
	}
	return nil
}

func (t *tx) clearRecords(store int64) error {
	var gone total
	if !t.store.dialect.shared { // nobody else has records under way
		sum, err := t.total(recordsOfStore, store)
		if err != nil {
			return err
		}
		t.count(recordsOfStore, store, -sum.Number, -sum.Bytes)
		_, err = t.exec("DELETE FROM record WHERE store = ?", store)
		return err
	}
	err := t.each(func(row []driver.Value) error {
		gone = gone.plus(total{1, integer(row[0])})
		return nil
	}, "DELETE FROM record WHERE store = ? RETURNING length(data)", store)
	t.count(recordsOfStore, store, -gone.Number, -gone.Bytes)
	return err
}
