package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// Names of the files in the data directory.
const (
	databaseFile = "ropeway.db"
	lockFile     = "ropeway.lock"
	nodeFile     = "node" // with the name of the node, where others share its database
)

// onlyNode is the name of the one node whose database lies in its directory.
const onlyNode = "local"

// dirMode is the mode of a data directory that Open makes: what is in it concerns nobody else.
const dirMode = 0o700

//go:embed migrations/*.sql
var migrationFS embed.FS

// Options are the choices of Open. The zero value of each but Clock is a working default.
type Options struct {
	Clock clock.Clock
	// FlushDelay is waited before each commit; it imitates a slow disk.
	FlushDelay time.Duration
	// FreeSpace returns the free bytes of the file system that holds dir; nil asks the operating system.
	FreeSpace func(dir string) (uint64, error)
	// MinFreeBytes is how much must stay free: below it deliveries are refused with ErrDiskFull. 0 = DefaultMinFreeBytes.
	MinFreeBytes uint64
	// Meter is told of each commit; nil for none.
	Meter Meter
	// Database is the URL of a PostgreSQL database, which several nodes may share, such as postgres://ropeway@db.example.com/ropeway;
	// "" keeps the database in the directory.
	Database string
	// Log is told of settings of a database elsewhere that put data at risk; nil for nobody.
	Log *slog.Logger
}

// Store keeps everything in one directory, or in a database elsewhere. It is safe for concurrent use.
type Store struct {
	dir  string
	node string
	// textTeam is the first execution whose words name its team.
	textTeam  int64
	options   Options
	clock     clock.Clock
	dialect   dialect
	lock      *conn
	db        *readDB // readers
	codec     *codec
	memory    *memory // of the first writer
	salt      uint64  // of the seeds of executions
	writer    *writer // the first of strands
	strands   *strands
	keeper    *keeper   // of a database in the directory, else nil
	upgrader  *upgrader // of a database elsewhere, else nil
	waiting   atomic.Pointer[Upgrade]
	upgrading sync.Mutex
	closing   sync.Once
}

// readDB is the connections that read.
type readDB struct {
	*sql.DB
	translate func(query string) string // to the language of the database; nil leaves it
	pool      *pgxpool.Pool             // that it stands on; nil for none
}

// Close closes the connections.
func (d *readDB) Close() error {
	err := d.DB.Close()
	if d.pool != nil {
		d.pool.Close()
	}
	return err //nolint:wrapcheck // the callers wrap
}

// QueryContext runs a query.
func (d *readDB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if d.translate != nil {
		query = d.translate(query)
	}
	rows, err := d.DB.QueryContext(ctx, query, args...)
	if d.anew(ctx, err) {
		rows, err = d.DB.QueryContext(ctx, query, args...)
	}
	return rows, err //nolint:wrapcheck // the callers wrap
}

// QueryRowContext runs a query for one row.
func (d *readDB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if d.translate != nil {
		query = d.translate(query)
	}
	row := d.DB.QueryRowContext(ctx, query, args...)
	if d.anew(ctx, row.Err()) {
		row = d.DB.QueryRowContext(ctx, query, args...)
	}
	return row
}

// anew reports whether a query is to be asked again: over a connection that was made before the server was restarted, or another one has
// taken its place. All such connections are given up with it.
func (d *readDB) anew(ctx context.Context, err error) bool {
	var refused *pgconn.ConnectError
	if err == nil || d.pool == nil || !unreachable(err) || errors.As(err, &refused) || ctx.Err() != nil {
		return false
	}
	d.pool.Reset()
	return true
}

// Open opens the store in dir, which is made if need be, and brings its database to the form of this version. It
// fails with ErrInUse while another process, or another Store, has the directory open. With a database elsewhere the directory holds
// only what belongs to the node.
func Open(ctx context.Context, dir string, o Options) (*Store, error) {
	if o.MinFreeBytes == 0 {
		o.MinFreeBytes = DefaultMinFreeBytes
	}
	if o.FreeSpace == nil {
		o.FreeSpace = freeSpace
	}
	if err := os.MkdirAll(dir, dirMode); err != nil { //nolint:gosec // who starts the server names the directory
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The data directory could not be made.").
			WithHint("choose a directory that Ropeway may write to")
	}
	s := &Store{dir: dir, options: o, clock: o.Clock}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.release())
	}
	s.strands.all(func(w *writer) { go w.loop() })
	if s.keeper != nil {
		go s.keeper.loop()
	}
	if err := s.finishPending(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) (err error) {
	if s.lock, err = acquireLock(filepath.Join(s.dir, lockFile)); err != nil {
		return err
	}
	var salt [8]byte
	_, _ = rand.Read(salt[:]) // it ends the program rather than fail
	s.salt = binary.LittleEndian.Uint64(salt[:])
	if s.codec, err = newCodec(); err != nil {
		return err
	}
	s.memory = newMemory()
	if s.options.Database != "" {
		return s.openPostgres(ctx)
	}
	return s.openFile(ctx)
}

// openFile opens the database in the directory.
func (s *Store) openFile(ctx context.Context) (err error) {
	s.dialect, s.node = sqliteDialect(), onlyNode
	if err := migrate(ctx, s.path()); err != nil {
		return err
	}
	if s.db, err = openReaders(s.path()); err != nil {
		return err
	}
	c, err := openSession(s.path())
	if err != nil {
		return openFault(err)
	}
	s.startWriters(c)
	if err := s.remember(c); err != nil {
		return openFault(err)
	}
	if s.keeper, err = newKeeper(s.path(), s.writer); err != nil {
		return openFault(err)
	}
	s.writer.afterCommit = s.keeper.written
	return nil
}

// startWriters makes the writers, which Open sets going: one for each session. Only the first one has what the store remembers.
func (s *Store) startWriters(first session, more ...session) {
	s.writer = s.newWriter(first, s.memory)
	s.strands = &strands{first: s.writer, pace: newPace()}
	for _, c := range more {
		s.strands.more = append(s.strands.more, s.newWriter(c, newMemory()))
	}
	s.strands.all(func(w *writer) { w.strands = s.strands })
}

func (s *Store) newWriter(c session, m *memory) *writer {
	w := newWriter(c)
	w.tx = tx{
		conn: c, store: s, memory: m, totals: map[totalKey]total{}, statistics: map[statisticKey]statisticSum{},
		epochs: map[int]uint64{}, sums: map[totalKey]total{}, gone: map[int64]bool{}, signals: map[signalKey]struct{}{},
	}
	w.afterCommit = func(int) {}
	w.meter = s.options.Meter
	if s.options.FlushDelay > 0 {
		w.beforeCommit = func() error { return s.clock.Sleep(context.Background(), s.options.FlushDelay) }
	}
	return w
}

// Dir returns the data directory.
func (s *Store) Dir() string { return s.dir }

// Node returns the name under which whoever has the data directory open owns partitions. It stays the same after a restart, so that
// what was owned before is owned again at once.
func (s *Store) Node() string { return s.node }

func (s *Store) path() string { return filepath.Join(s.dir, databaseFile) }

func openFault(err error) error {
	return fault.Wrap(fault.InvalidConfiguration, err, "The database in the data directory could not be opened.").
		WithHint("see that the directory is on a local disk and may be written to; ropeway doctor says more")
}

// acquireLock takes the lock of the directory: a transaction that stays open. The operating system ends it with the
// process, however that ends.
func acquireLock(path string) (*conn, error) {
	connector, err := sqlite.NewConnector(fileSource(path, url.Values{"_pragma": {"busy_timeout(0)", "journal_mode(MEMORY)"}}))
	if err != nil {
		return nil, openFault(err)
	}
	raw, err := connector.Connect(context.Background())
	if err != nil {
		return nil, inUse(err)
	}
	c := &conn{raw: raw, stmts: map[string]*statement{}}
	if _, err := c.exec("BEGIN EXCLUSIVE"); err != nil {
		return nil, errors.Join(inUse(err), c.close())
	}
	return c, nil
}

func inUse(err error) error {
	if !busy(err) {
		return openFault(err)
	}
	return fault.Wrap(fault.InvalidConfiguration, errors.Join(ErrInUse, err), "Another Ropeway uses this data directory.").
		WithHint("stop it first, or give this one a directory of its own")
}

func migrate(ctx context.Context, path string) error {
	connector, err := sqlite.NewConnector(source(path, false))
	if err != nil {
		return openFault(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close() //nolint:errcheck // what was migrated is committed
	db.SetMaxOpenConns(1)
	files, err := fs.Sub(migrationFS, "migrations")
	if err != nil {
		return openFault(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return openFault(err)
	}
	if err := refuseMovingFile(ctx, db); err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	if err == nil && current == target { // nothing is written to a database that may be damaged
		return nil
	}
	if err == nil && current > target {
		return fault.Newf(fault.InvalidConfiguration, "The data directory was written by a newer Ropeway (form %d, this one knows %d).", current, target).
			WithHint("use that version again, or restore a backup made before the update")
	}
	if _, err := provider.Up(ctx); err != nil {
		return fault.Wrap(fault.InvalidConfiguration, err, "The database could not be brought to the form of this version.").
			WithHint("nothing was changed by the step that failed; restore the backup or ask for help with the log")
	}
	return nil
}

func openReaders(path string) (*readDB, error) {
	connector, err := sqlite.NewConnector(source(path, true))
	if err != nil {
		return nil, openFault(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &readDB{DB: db}, nil
}

// remember reads what the writer keeps in memory.
func (s *Store) remember(c *conn) error {
	m := s.memory
	next, err := c.number("SELECT reserved FROM counter WHERE name = 'execution'")
	if err != nil {
		return err
	}
	if next == 0 {
		return fmt.Errorf("%w: the counter of executions is not there", ErrDamaged)
	}
	m.next.Store(next)
	m.reserved.Store(next)
	if s.textTeam, err = c.number("SELECT since FROM text_team"); err != nil {
		return err
	}
	if err := c.each(func(row []driver.Value) error {
		m.epochs[integer(row[0])%Partitions] = uint64(integer(row[1]))
		return nil
	}, "SELECT part, epoch FROM lease"); err != nil {
		return err
	}
	return c.each(func(row []driver.Value) error {
		m.totals[totalKey{totalKind(integer(row[0])), integer(row[1])}] = total{integer(row[2]), integer(row[3])}
		return nil
	}, "SELECT kind, owner, number, bytes FROM total")
}

// Close writes what was handed in, and closes the files. Requests from then on fail with ErrClosed.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		s.strands.all((*writer).close)
		if s.keeper != nil {
			s.keeper.close()
		}
		// Identities that were reserved and not used are given back, so that a restart leaves no gap.
		_, giveBack := s.writer.conn.exec("UPDATE counter SET reserved = ? WHERE name = 'execution' AND reserved = ?", s.memory.next.Load(), s.memory.reserved.Load())
		if unreachable(giveBack) { // the gap does no harm
			giveBack = nil
		}
		err = errors.Join(giveBack, s.release())
	})
	if err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}

// release closes what is open.
func (s *Store) release() error {
	var errs []error
	var keepsLog *conn // closed as the last one
	if s.keeper != nil {
		var err error
		if keepsLog, err = s.keeper.keepLog(); err != nil { // the one that is closed last would take the log away: none is, until the process ends
			return err
		}
		errs = append(errs, s.keeper.conn.close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.strands != nil {
		s.strands.all(func(w *writer) { errs = append(errs, w.conn.close()) })
	}
	if keepsLog != nil {
		errs = append(errs, keepsLog.close())
	}
	if s.codec != nil {
		s.codec.close()
	}
	if s.lock != nil {
		errs = append(errs, s.lock.close())
	}
	return errors.Join(errs...)
}

// updateLeases runs change as update does. Where several commits are under way at once, it has one of its own: others rely on leases until
// they end, and one that waits for them must hold nothing that they may want.
func (s *Store) updateLeases(ctx context.Context, change func(*tx) error) error {
	return s.writer.submit(ctx, executionLane, &request{apply: change, guarded: true, alone: len(s.strands.more) > 0, bytes: 512})
}

// update runs change in a commit of its own lane. A refusal takes back what it wrote and nothing else.
func (s *Store) update(ctx context.Context, l lane, change func(*tx) error) error {
	return s.writer.submit(ctx, l, &request{apply: change, guarded: true, bytes: 512})
}
