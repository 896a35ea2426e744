package store

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

//go:embed migrations_postgres/*.sql
var postgresMigrationFS embed.FS

const (
	// minPostgres is the oldest version of PostgreSQL, as the server writes it.
	minPostgres = 150000
	// postgresReaders is the number of connections that read, unless the URL says pool_max_conns.
	postgresReaders = 8
	// migrationPause is how often a node looks whether another one is done with the tables.
	migrationPause, migrationTries = 200 * time.Millisecond, 1500
)

// The settings of a connection that the URL does not name, in milliseconds. A process that was stopped in the middle of a transaction
// holds rows that others want: the database ends it.
const (
	postgresStatementTime = "60000"
	postgresLockTime      = "20000"
	postgresIdleTime      = "5000"
)

var errNoConnection = errors.New("there is no connection to the database")

// openPostgres opens a database elsewhere.
func (s *Store) openPostgres(ctx context.Context) error {
	config, err := postgresConfig(s.options.Database)
	if err != nil {
		return err
	}
	if s.node, err = nameNode(filepath.Join(s.dir, nodeFile)); err != nil {
		return fault.Wrap(fault.InvalidConfiguration, err, "The data directory could not be used.").WithHint("choose a directory that Ropeway may write to")
	}
	if _, err := os.Stat(s.path()); err == nil && s.options.Log != nil {
		s.options.Log.WarnContext(ctx, "the data directory has a database of its own, which is not used", "directory", s.dir)
	}
	if err := s.checkPostgres(ctx, config.ConnConfig); err != nil {
		return err
	}
	if err := refuseMovingPostgres(ctx, config.ConnConfig); err != nil {
		return err
	}
	if s.upgrader, err = newUpgrader(config.ConnConfig); err != nil {
		return err
	}
	if err := s.GoOnUpgrading(ctx); err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return postgresFault(err)
	}
	s.dialect = postgresDialect()
	translate := (&translator{}).translate
	s.db = &readDB{DB: stdlib.OpenDBFromPool(pool), translate: translate, pool: pool}
	first := newPostgresSession(config.ConnConfig, translate)
	var more []session
	for n := range int64(mostStrands - 1) {
		c := newPostgresSession(config.ConnConfig, translate)
		c.slot = (first.slot + n + 1) % slots
		more = append(more, c)
	}
	s.startWriters(first, more...)
	if err := first.connect(); err != nil { // the others connect when there is something to write
		return postgresFault(err)
	}
	return nil
}

// newPostgresSession makes a session that connects when it is first used. It has a number by which its commits are told from others.
func newPostgresSession(config *pgx.ConnConfig, translate func(string) string) *postgresSession {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it ends the program rather than fail
	writer := int64(binary.LittleEndian.Uint64(random[:]) >> 1)
	p := &postgresSession{
		config: config.Copy(), clock: clock.System{}, translate: translate, relied: map[int]uint64{}, writer: writer, slot: writer % slots, patience: lostPatience,
	}
	p.config.OnNotice = p.notice
	return p
}

// nameNode reads the name of the node from a file, which it makes if need be.
func nameNode(file string) (string, error) {
	name, err := os.ReadFile(file) //nolint:gosec // in the data directory
	if err == nil && len(name) > 0 {
		return string(name), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the name of the node: %w", err)
	}
	var random [8]byte
	_, _ = rand.Read(random[:]) // it ends the program rather than fail
	made := hex.EncodeToString(random[:])
	if err := os.WriteFile(file, []byte(made), 0o600); err != nil {
		return "", fmt.Errorf("keep the name of the node: %w", err)
	}
	return made, nil
}

// postgresConfig reads the URL of a database.
func postgresConfig(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, errors.New("the URL of the database"), "The URL of the database cannot be read.").
			WithHint("write it as postgres://user:password@host:5432/database?sslmode=verify-full")
	}
	if !strings.Contains(url, "pool_max_conns") {
		config.MaxConns = postgresReaders
	}
	params := config.ConnConfig.RuntimeParams
	for name, otherwise := range map[string]string{
		"application_name": "ropeway", "statement_timeout": postgresStatementTime, "lock_timeout": postgresLockTime,
		"idle_in_transaction_session_timeout": postgresIdleTime,
	} {
		if params[name] == "" {
			params[name] = otherwise
		}
	}
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectWait
	}
	return config, nil
}

// postgresFault tells that the database could not be opened. It does not quote the URL, which may hold a password.
func postgresFault(err error) error {
	var told *fault.Error
	if err == nil || errors.As(err, &told) {
		return err
	}
	f := fault.Wrap(fault.InvalidConfiguration, err, "The database could not be opened.")
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == "42501":
		return f.WithHint("let its user make tables in the schema and change what is in them: GRANT CREATE, USAGE ON SCHEMA … TO …")
	case errors.As(err, &refused):
		return f.WithHint("the database says: " + refused.Message)
	case unreachable(err):
		return f.WithHint("see that the database runs, and that host, port and sslmode of its URL are right")
	}
	return f.WithHint("see the URL of the database")
}

// settleMemory asks for a text of four megabytes, and gets its length. The server process behind a connection gives memory back to its
// system after each statement that took more than 128 KiB, and takes it anew for the next one, which took a large part of its time here. The
// allocator of the GNU C library gives back only what is larger than the largest piece that it has seen go so far (mallopt(3),
// M_MMAP_THRESHOLD): after this one, the memory of a commit stays where it is.
const settleMemory = "SELECT length(repeat('x', 4194304))"

// connect makes the writer's connection, if there is none.
func (p *postgresSession) connect() error {
	if p.conn != nil && !p.conn.IsClosed() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), connectWait)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	learnArrays(conn.TypeMap())
	var readOnly string
	if err := conn.QueryRow(ctx, "SHOW transaction_read_only").Scan(&readOnly); err != nil || readOnly == "on" {
		if err == nil {
			err = errReadOnly
		}
		return fmt.Errorf("%w: %w", errNoConnection, errors.Join(err, conn.Close(ctx)))
	}
	// What the writer asks for it finds by keys; a plan that was made while the tables were small would go through all of them.
	// It is made once, since making it takes longer than most statements do.
	for _, setting := range []string{"enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off", "jit = off", "plan_cache_mode = force_generic_plan"} {
		_, _ = conn.Exec(ctx, "SET "+setting) // other databases do not know them
	}
	_, _ = conn.Exec(ctx, settleMemory) // costs time alone where it fails
	p.conn = conn
	return nil
}

// checkPostgres refuses a database that cannot be used, and tells of settings that put data at risk.
func (s *Store) checkPostgres(ctx context.Context, config *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return postgresFault(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // it was only looked at
	settings := map[string]string{}
	for _, name := range []string{"server_version_num", "transaction_read_only", "fsync", "full_page_writes", "synchronous_commit", "synchronous_standby_names"} {
		var value string
		if err := conn.QueryRow(ctx, "SELECT coalesce(current_setting($1, true), '')", name).Scan(&value); err != nil {
			return postgresFault(err)
		}
		settings[name] = value
	}
	version, err := strconv.Atoi(settings["server_version_num"])
	if err == nil && version < minPostgres && settings["fsync"] != "" { // others give themselves old numbers
		return fault.Newf(fault.InvalidConfiguration, "The database is PostgreSQL %d; 15 is the oldest that works.", version/10000).WithHint("update it")
	}
	if settings["transaction_read_only"] == "on" {
		return fault.Wrap(fault.InvalidConfiguration, errReadOnly, "The database takes no changes.").
			WithHint("name the primary, or all servers with target_session_attrs=read-write, as in postgres://one,two/ropeway?target_session_attrs=read-write")
	}
	if s.options.Log != nil {
		for _, risk := range risksOf(settings) {
			s.options.Log.WarnContext(ctx, "a setting of the database puts data at risk", "risk", risk)
		}
	}
	return nil
}

// risksOf says what the settings of a database risk.
func risksOf(settings map[string]string) []string {
	var risks []string
	if settings["fsync"] == "off" {
		risks = append(risks, "the database runs with fsync=off: a power cut or a crash of its machine can destroy all of it")
	}
	if settings["full_page_writes"] == "off" {
		risks = append(risks, "the database runs with full_page_writes=off: a power cut can destroy parts of it")
	}
	switch settings["synchronous_commit"] {
	case "off":
		risks = append(risks, "the database runs with synchronous_commit=off: what was acknowledged in the last moments is lost when it crashes")
	case "local":
		if settings["synchronous_standby_names"] != "" {
			risks = append(risks, "the database runs with synchronous_commit=local: what was acknowledged in the last moments is lost when a standby takes over")
		}
	}
	if settings["synchronous_standby_names"] == "" && settings["fsync"] != "" {
		risks = append(risks, "the database has no synchronous standby: what was acknowledged is lost with its disk, and in part when an asynchronous standby takes over")
	}
	return risks
}

// postgresForm returns the form of the tables, 0 where there are none.
func postgresForm(ctx context.Context, conn *pgx.Conn) (form int64, err error) {
	var there bool
	err = conn.QueryRow(ctx, "SELECT count(*) > 0 FROM information_schema.tables WHERE table_name = 'goose_db_version' AND table_schema = current_schema()").Scan(&there)
	if err == nil && there {
		err = conn.QueryRow(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&form)
	}
	return form, err //nolint:wrapcheck // the caller wraps
}
