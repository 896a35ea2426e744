package store

import (
	"database/sql/driver"
	"fmt"
	"io"
	"strconv"
)

// lockWaitMS is lockWait as SQLite wants it.
func lockWaitMS() string { return strconv.FormatInt(lockWait.Milliseconds(), 10) }

// pragma runs a setting that takes effect when it is prepared, and so must not come from the cache of statements.
func (c *conn) pragma(query string) error {
	s, err := c.raw.Prepare(query)
	if err != nil {
		return fmt.Errorf("prepare %q: %w", query, err)
	}
	defer s.Close()           //nolint:errcheck // it has run
	rows, err := s.Query(nil) //nolint:staticcheck // the form with a context needs a conversion of a statement that lives for a line
	if err != nil {
		return fmt.Errorf("run %q: %w", query, err)
	}
	defer rows.Close() //nolint:errcheck // reading is over
	for err == nil {
		err = rows.Next(make([]driver.Value, len(rows.Columns())))
	}
	if err != io.EOF { //nolint:errorlint // the driver's interface says that it is this very value
		return fmt.Errorf("run %q: %w", query, err)
	}
	return nil
}

// eraseOps deletes journal rows as dropOps does, and overwrites them with zeros also where that costs writes: the pages
// of large payloads, which otherwise keep their content until they are used again or given back.
func (t *tx) eraseOps(first, last int64) error {
	if err := t.conn.overwrite(true); err != nil {
		return err
	}
	err := t.dropOps(first, last)
	if back := t.conn.overwrite(false); err == nil {
		err = back
	}
	return err
}
