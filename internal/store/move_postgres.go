package store

import (
	"cmp"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

var _ moveEnd = (*postgresEnd)(nil)

// postgresEnd is a PostgreSQL database in a move. One connection keeps others out, by a row that it holds in a transaction of its
// own, and the other one works.
type postgresEnd struct {
	place  string // for people, without a password
	config *pgx.ConnConfig
	holder *pgx.Conn
	held   bool // the holder is in its transaction
	conn   *pgx.Conn
}

// movingName is how a move calls itself to the database.
const movingName = "ropeway migrate"

// openPostgresEnd connects to a database. It is kept from others once keep is called.
func openPostgresEnd(ctx context.Context, url string) (*postgresEnd, error) {
	config, err := postgresConfig(url)
	if err != nil {
		return nil, err
	}
	if err := (&Store{}).checkPostgres(ctx, config.ConnConfig); err != nil {
		return nil, err
	}
	e := &postgresEnd{place: shownURL(config.ConnConfig), config: config.ConnConfig.Copy()}
	for name, value := range map[string]string{
		"application_name": movingName, "statement_timeout": "0", "idle_in_transaction_session_timeout": "0",
		"default_transaction_isolation": "read committed",
	} {
		e.config.RuntimeParams[name] = value
	}
	if e.conn, err = pgx.ConnectConfig(ctx, e.config.Copy()); err == nil {
		e.holder, err = pgx.ConnectConfig(ctx, e.config.Copy())
	}
	if err != nil {
		return nil, errors.Join(postgresFault(err), e.close())
	}
	// Rows are read in the order of keys, which are found by the index and not by sorting everything; and what a page has written may reach
	// the disk with a later one, together with the note of it.
	for _, setting := range []string{"enable_sort = off", "synchronous_commit = off", "jit = off"} {
		_, _ = e.conn.Exec(ctx, "SET "+setting) // other databases do not know them
	}
	return e, nil
}

// shownURL says which database it is, without what opens it.
func shownURL(c *pgx.ConnConfig) string {
	return fmt.Sprintf("postgres://%s@%s:%d/%s", c.User, c.Host, c.Port, c.Database)
}

// keep keeps the database from others: from those that open it, by the table moving and a row in it that is held; and it is refused
// where one is there already.
func (e *postgresEnd) keep(ctx context.Context) error {
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS " + strings.TrimPrefix(createMoving, "CREATE TABLE "),
		"INSERT INTO " + movingTable + " (item, value) VALUES ('" + heldItem + "', '') ON CONFLICT DO NOTHING",
	} {
		if _, err := e.conn.Exec(ctx, statement); err != nil {
			return postgresFault(err)
		}
	}
	if err := e.hold(ctx); err != nil {
		return err
	}
	return e.unused(ctx)
}

// hold begins the transaction that keeps others out. It waits a moment for one whose process has just ended.
func (e *postgresEnd) hold(ctx context.Context) error {
	for tries := 0; ; tries++ {
		_, err := e.holder.Exec(ctx, "BEGIN")
		if err == nil {
			_, err = e.holder.Exec(ctx, holdMoving)
		}
		if err == nil {
			e.held = true
			return nil
		}
		if postgresCode(err) != lockNotAvailable {
			return postgresFault(err)
		}
		_, _ = e.holder.Exec(ctx, "ROLLBACK") // it has failed already
		if tries == patientTries || (clock.System{}).Sleep(ctx, lostPause) != nil {
			return fault.Wrap(fault.InvalidConfiguration, errors.Join(ErrInUse, err), "Another ropeway migrate works on "+e.place+".").WithHint("let it end, or stop it first")
		}
	}
}

// holdMoving holds the row by which a move keeps others out.
const holdMoving = "SELECT value FROM " + movingTable + " WHERE item = '" + heldItem + "' FOR UPDATE NOWAIT"

const lockNotAvailable = "55P03"

// unused refuses a database that somebody works on: there are leases that have not ended, or connections.
func (e *postgresEnd) unused(ctx context.Context) error {
	var tables, leases int64
	err := e.conn.QueryRow(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_name = 'lease' AND table_schema = current_schema()").Scan(&tables)
	if err == nil && tables > 0 {
		err = e.conn.QueryRow(ctx, "SELECT count(*) FROM lease WHERE node <> '' AND until > CAST(extract(epoch FROM now()) * 1000000000 AS BIGINT)").Scan(&leases)
	}
	if err != nil {
		return postgresFault(err)
	}
	if leases > 0 {
		return fault.Wrap(fault.InvalidConfiguration, ErrInUse, "A server runs on "+e.place+".").
			WithHint("stop every server of this database first; one that has crashed counts as running until its lease has ended")
	}
	n := e.connected(ctx)
	for range patientTries { // a process that has just ended is still being said goodbye to
		if n == 0 || (clock.System{}).Sleep(ctx, lostPause) != nil {
			break
		}
		n = e.connected(ctx)
	}
	if n > 0 {
		return fault.Wrap(fault.InvalidConfiguration, ErrInUse, fmt.Sprintf("Ropeway is connected to %s, %d times.", e.place, n)).
			WithHint("stop every server and command that uses this database first")
	}
	return nil
}

// patientTries is how often it is looked again whether others are there.
const patientTries = 20

// connected returns how many connections others have that call themselves by our name, 0 where the database does not say.
func (e *postgresEnd) connected(ctx context.Context) (n int64) {
	err := e.conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'ropeway'").Scan(&n)
	if err != nil {
		return 0
	}
	return n
}

func (e *postgresEnd) form(ctx context.Context) (now, newest int64, err error) {
	if newest, err = newestForm(postgresMigrationFS, "migrations_postgres"); err != nil {
		return 0, 0, err
	}
	now, err = postgresForm(ctx, e.conn)
	return now, newest, postgresFault(err)
}

func (e *postgresEnd) ask(ctx context.Context, query string) ([]driver.Value, error) {
	rows, err := e.conn.Query(ctx, postgresQuery(query))
	if err != nil {
		return nil, fmt.Errorf("run %q: %w", query, err)
	}
	defer rows.Close()
	var found []driver.Value
	for rows.Next() && found == nil {
		values, err := rows.Values()
		if err != nil {
			return nil, fmt.Errorf("run %q: %w", query, err)
		}
		found = columnsOf(values)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("run %q: %w", query, err)
	}
	return found, nil
}

func (e *postgresEnd) notes(ctx context.Context) (map[string]string, error) {
	return readMoving(ctx, e.conn)
}

func readMoving(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	var there bool
	err := conn.QueryRow(ctx, "SELECT count(*) > 0 FROM information_schema.tables WHERE table_name = $1 AND table_schema = current_schema()", movingTable).Scan(&there)
	if err != nil || !there {
		return nil, err //nolint:wrapcheck // the callers wrap
	}
	rows, err := conn.Query(ctx, "SELECT item, value FROM "+movingTable)
	if err != nil {
		return nil, err //nolint:wrapcheck // the callers wrap
	}
	defer rows.Close()
	notes := map[string]string{}
	for rows.Next() {
		var item, value string
		if err := rows.Scan(&item, &value); err != nil {
			return nil, err //nolint:wrapcheck // the callers wrap
		}
		notes[item] = value
	}
	return notes, rows.Err() //nolint:wrapcheck // the callers wrap
}

// refuseMovingPostgres looks whether a database may be opened: it may not while it is filled, after it was left, and while a move reads it.
func refuseMovingPostgres(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return postgresFault(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // it was only looked at
	notes, err := readMoving(ctx, conn)
	if err != nil || notes == nil {
		return postgresFault(err)
	}
	if err := refuseMoving(notes); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, holdMoving); postgresCode(err) == lockNotAvailable {
		return fault.Wrap(fault.InvalidConfiguration, errors.Join(ErrInUse, err), "The installation in this database is being moved to another one.").
			WithHint("wait until ropeway migrate is done, then use it there")
	}
	return nil // nobody reads it any more
}

// query selects the rows of a table; the words of executions have a form of their own.
func (e *postgresEnd) query(t *movedTable, after bool) string {
	q := postgresQuery(t.query(after, " COLLATE \"C\""))
	if t.name == wordsTable {
		q = strings.Replace(q, " body ", " array_to_string(tsvector_to_array(body), ' ') ", 1)
	}
	return q
}

func (e *postgresEnd) rows(ctx context.Context, t *movedTable, after []driver.Value, visit func(row []driver.Value) error) error {
	args := []any{pgx.QueryResultFormats{pgx.BinaryFormatCode}}
	for _, v := range after {
		args = append(args, v)
	}
	rows, err := e.conn.Query(ctx, e.query(t, after != nil), args...)
	if err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		row, err := t.decode(rows.RawValues())
		if err != nil {
			return err
		}
		if t.name == wordsTable {
			if row[1] = wordsOf(strings.Fields(text(row[1]))); row[1] == "" {
				continue
			}
		}
		if err := visit(row); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", t.name, err)
	}
	return nil
}

// decode reads a row in the binary form of the database.
func (t *movedTable) decode(raw [][]byte) ([]driver.Value, error) {
	row := make([]driver.Value, len(raw))
	for i, v := range raw {
		c := &t.columns[i]
		switch {
		case v == nil && c.null:
		case v == nil, c.kind == movedNumber && len(v) != 8:
			return nil, fmt.Errorf("%w: the column %s of %s holds something else than it should", ErrDamaged, c.name, t.name)
		case c.kind == movedNumber:
			row[i] = int64(binary.BigEndian.Uint64(v))
		case c.kind == movedText:
			row[i] = string(v)
		case c.kind == movedBytes:
			row[i] = slices.Clone(v)
		}
	}
	return row, nil
}

func (e *postgresEnd) prepare(ctx context.Context, notes map[string]string) error {
	u, err := newUpgrader(e.config)
	if err != nil {
		return err
	}
	if _, err := u.run(ctx); err != nil { // nothing waits where nothing runs
		return err
	}
	return e.inTransaction(ctx, func(tx pgx.Tx) error {
		for table := range seededTables() {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table); err != nil {
				return err //nolint:wrapcheck // inTransaction wraps
			}
		}
		return e.note(ctx, tx, notes)
	})
}

func (e *postgresEnd) inTransaction(ctx context.Context, change func(pgx.Tx) error) error {
	if err := pgx.BeginFunc(ctx, e.conn, change); err != nil {
		return fmt.Errorf("write to %s: %w", e.place, err)
	}
	return nil
}

// note writes to the table moving.
func (e *postgresEnd) note(ctx context.Context, tx pgx.Tx, notes map[string]string) error {
	for item, value := range notes {
		if _, err := tx.Exec(ctx, "INSERT INTO "+movingTable+" (item, value) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET value = excluded.value", item, value); err != nil {
			return err //nolint:wrapcheck // inTransaction wraps
		}
	}
	return nil
}

func (e *postgresEnd) clear(ctx context.Context) error {
	return e.inTransaction(ctx, func(tx pgx.Tx) error {
		var tables []string
		for _, t := range movedTables() {
			tables = append(tables, quoteName(t.name))
		}
		if _, err := tx.Exec(ctx, "TRUNCATE "+strings.Join(tables, ", ")); err != nil {
			return err //nolint:wrapcheck // inTransaction wraps
		}
		_, err := tx.Exec(ctx, "DELETE FROM "+movingTable+" WHERE item <> $1", heldItem)
		return err //nolint:wrapcheck // inTransaction wraps
	})
}

func (e *postgresEnd) write(ctx context.Context, t *movedTable, rows [][]driver.Value, item, note string) error {
	return e.inTransaction(ctx, func(tx pgx.Tx) error {
		var err error
		if t.name == wordsTable {
			err = writeWords(ctx, tx, rows)
		} else {
			err = copyRows(ctx, tx, t, rows)
		}
		return cmp.Or(err, e.note(ctx, tx, map[string]string{item: note}))
	})
}

func copyRows(ctx context.Context, tx pgx.Tx, t *movedTable, rows [][]driver.Value) error {
	names := t.names()
	if t.slots {
		names = append(names, "slot")
	}
	values := make([]any, 0, len(names))
	_, err := tx.CopyFrom(ctx, pgx.Identifier{t.name}, names, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		values = values[:0]
		for _, v := range rows[i] {
			values = append(values, v)
		}
		if t.slots {
			values = append(values, int64(0))
		}
		return values, nil
	}))
	return err //nolint:wrapcheck // inTransaction wraps
}

func writeWords(ctx context.Context, tx pgx.Tx, rows [][]driver.Value) error {
	ids, words := make([]int64, len(rows)), make([]string, len(rows))
	for i, row := range rows {
		ids[i], words[i] = integer(row[0]), "'"+strings.ReplaceAll(text(row[1]), " ", "' '")+"'" // there is no quote in a word
	}
	_, err := tx.Exec(ctx, "INSERT INTO "+wordsTable+" (rowid, body) SELECT id, CAST(words AS TSVECTOR) FROM unnest(CAST($1 AS BIGINT[]), CAST($2 AS TEXT[])) AS x (id, words)", ids, words)
	return err //nolint:wrapcheck // inTransaction wraps
}

// leave ends the transaction that kept others out: what it notes keeps them out from then on.
func (e *postgresEnd) leave(ctx context.Context, notes map[string]string) error {
	for item, value := range notes {
		if _, err := e.holder.Exec(ctx, "INSERT INTO "+movingTable+" (item, value) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET value = excluded.value", item, value); err != nil {
			return postgresFault(err)
		}
	}
	return e.end(ctx)
}

// finish has the database go on with the numbers of rows where the other one was, and lets others in.
func (e *postgresEnd) finish(ctx context.Context) error {
	if _, err := e.holder.Exec(ctx, `INSERT INTO audit_head ("only", id, hash) VALUES (1, 0, '') ON CONFLICT DO NOTHING`); err != nil {
		return postgresFault(err)
	}
	for _, t := range movedTables() {
		if !t.identity {
			continue
		}
		var next int64
		if err := e.holder.QueryRow(ctx, "SELECT coalesce(max(id), 0) + 1 FROM "+t.name).Scan(&next); err != nil {
			return postgresFault(err)
		}
		if _, err := e.holder.Exec(ctx, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN id RESTART WITH %d", t.name, next)); err != nil {
			return postgresFault(err)
		}
	}
	if _, err := e.holder.Exec(ctx, "DROP TABLE "+movingTable); err != nil {
		return postgresFault(err)
	}
	if err := e.end(ctx); err != nil {
		return err
	}
	_, _ = e.conn.Exec(ctx, "ANALYZE") // so that the first queries are planned well; the database does it later by itself
	return nil
}

func (e *postgresEnd) end(ctx context.Context) error {
	e.held = false
	_, err := e.holder.Exec(ctx, "COMMIT")
	return postgresFault(err)
}

// close leaves nothing behind where the database was only looked at or read.
func (e *postgresEnd) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), answerWait)
	defer cancel()
	if e.held {
		var roles int
		if e.holder.QueryRow(ctx, "SELECT count(*) FROM "+movingTable+" WHERE item = $1", roleItem).Scan(&roles) == nil && roles == 0 {
			_, _ = e.holder.Exec(ctx, "DROP TABLE "+movingTable) // without a role it does no harm either
		}
		_, _ = e.holder.Exec(ctx, "COMMIT") // the connection ends anyway
	}
	var errs []error
	for _, c := range []*pgx.Conn{e.conn, e.holder} {
		if c != nil {
			errs = append(errs, c.Close(ctx))
		}
	}
	return errors.Join(errs...)
}
