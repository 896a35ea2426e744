package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"

	"modernc.org/sqlite"
)

// source names a database file for the driver. Readers cannot write.
func source(path string, readOnly bool) string {
	q := url.Values{}
	q.Add("_pragma", "busy_timeout("+strconv.FormatInt(lockWait.Milliseconds(), 10)+")")
	cache := writerCacheBytes
	if readOnly {
		cache = readerCacheBytes
		q.Add("_pragma", "query_only(1)")
	} else {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 { //nolint:gosec // who starts the server names the directory
			q.Add("_pragma", "auto_vacuum(2)") // incremental; it only counts before the first table, and would write each time
		}
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
		q.Add("_pragma", "wal_autocheckpoint(0)") // the keeper does it beside the writer
		q.Add("_pragma", "journal_size_limit(67108864)")
		q.Add("_pragma", "secure_delete(fast)") // zeros over what is deleted, where that costs no further write
	}
	q.Add("_pragma", "cache_size(-"+strconv.Itoa(cache>>10)+")")
	return fileSource(path, q)
}

func fileSource(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// conn is one connection used by one goroutine. It goes past database/sql: the
// writer needs to know its connection and transaction, and no lock or conversion for each row.
type conn struct {
	raw   driver.Conn
	stmts map[string]*statement

	insertOps, insertRuns, insertEnded multiRow // of the writer
}

type statement struct {
	driver.Stmt
	exec  driver.StmtExecContext
	query driver.StmtQueryContext
	args  []driver.NamedValue
}

func openConn(path string) (*conn, error) {
	connector, err := sqlite.NewConnector(source(path, false))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	raw, err := connector.Connect(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &conn{raw: raw, stmts: map[string]*statement{}}, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

func (c *conn) prepare(query string) (*statement, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	raw, err := c.raw.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	s := &statement{Stmt: raw}
	s.exec, _ = raw.(driver.StmtExecContext)
	s.query, _ = raw.(driver.StmtQueryContext)
	if s.exec == nil || s.query == nil {
		_ = raw.Close() // it is of no use
		return nil, errors.New("the database driver lacks statements with a context")
	}
	c.stmts[query] = s
	return s, nil
}

func (s *statement) bind(args []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, a := range args {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: a})
	}
	return s.args
}

// exec runs a statement and returns how many rows it changed.
func (c *conn) exec(query string, args ...driver.Value) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	r, err := s.exec.ExecContext(context.Background(), s.bind(args))
	clear(s.args) // payloads must not outlive their commit
	if err != nil {
		return 0, fmt.Errorf("run %q: %w", query, err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("run %q: %w", query, err)
	}
	return n, nil
}

// each runs a query and calls visit with every row, which is valid until visit returns.
func (c *conn) each(visit func(row []driver.Value) error, query string, args ...driver.Value) error {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.query.QueryContext(context.Background(), s.bind(args))
	if err != nil {
		return fmt.Errorf("run %q: %w", query, err)
	}
	defer rows.Close() //nolint:errcheck // reading is over
	row := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("run %q: %w", query, err)
		}
		if err := visit(row); err != nil {
			return err
		}
	}
}

// written returns how many pages the connection has written to the log since it was last asked.
func (c *conn) written() int {
	status, ok := c.raw.(sqlite.DBStatus)
	if !ok {
		return 0
	}
	pages, _, err := status.Status(sqlite.DBStatusCacheWrite, true)
	if err != nil {
		return 0
	}
	return pages
}

// number returns the first column of the first row of a query as a number; 0 when there is none.
func (c *conn) number(query string) (int64, error) {
	return numberOf(c, query)
}

// integer, text and bytesOf read columns; the schema says which type they have.
func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

func bytesOf(v driver.Value) []byte {
	b, _ := v.([]byte)
	return b
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
