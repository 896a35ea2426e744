package store

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// How the tables that several nodes share come to a new form, while nodes of earlier versions still run.
//
// The form of the tables is the number of the newest migration. What a program needs of them is written in the migrations of the next
// version, which alone knows what it changes. A line at the beginning of each says which programs can work with what it leaves:
//
//	-- +ropeway oldest 4          those that know form 4 and later ones
//	-- +ropeway oldest 5 later    the same; this version works without it, so that it may wait for nodes that are older
//
// So a change comes in two steps. One adds what is new, with defaults for programs that do not know it ("oldest 4"); the other, later,
// takes away what nothing uses any more ("oldest 5 later"). It must only take away what older programs name: one that was away for long
// and comes back then fails, and does no harm, until it hears that it is outdated. A migration without the line is for programs that know it and no others.

const (
	// nodeLife is how long after it was last seen a node counts as one that may still use the tables.
	nodeLife = 15 * time.Second
	// tableLockTime is how long a change of a table waits for what uses it, and everybody else behind it; tableTries is how often it is
	// tried again after a pause.
	tableLockTime, tablePause, tableTries = "2000", 500 * time.Millisecond, 60
	// lockRefused is how the database says that a table is in use.
	lockRefused = "55P03"
)

// Upgrade is a change of the tables that waits for nodes of earlier versions to stop.
type Upgrade struct {
	Form, Next int64  // of the tables now, and after it
	Oldest     int64  // form that a node must know to work with them then
	Nodes      []Node // that live and do not
}

// names lists what is waited for.
func (u *Upgrade) names() string {
	list := make([]string, len(u.Nodes))
	for i, n := range u.Nodes {
		list[i] = fmt.Sprintf("%s (version %s, address %q)", n.ID, n.Version, n.Address)
	}
	return strings.Join(list, ", ")
}

// UpgradeWaiting returns the change of the tables that waits, false where none does, as GoOnUpgrading has found it.
func (s *Store) UpgradeWaiting() (Upgrade, bool) {
	u := s.waiting.Load()
	if u == nil {
		return Upgrade{}, false
	}
	return *u, true
}

// GoOnUpgrading brings the tables to the form that this version knows, as far as the nodes that live can work with them. What waits says
// UpgradeWaiting. Where this version cannot work without a change that has to wait, or is itself too old, it fails.
func (s *Store) GoOnUpgrading(ctx context.Context) error {
	if s.upgrader == nil || !s.upgrading.TryLock() { // somebody is about it
		return nil
	}
	defer s.upgrading.Unlock()
	before := s.waiting.Load()
	now, err := s.upgrader.run(ctx)
	if err != nil {
		return err
	}
	s.waiting.Store(now)
	switch {
	case s.options.Log == nil:
	case now != nil && (before == nil || before.names() != now.names()):
		s.options.Log.WarnContext(ctx, "a change of the tables waits until older nodes have stopped", "form", now.Form, "next", now.Next, "nodes", now.names())
	case now == nil && before != nil:
		s.options.Log.InfoContext(ctx, "the tables have the form of this version", "form", s.upgrader.known())
	}
	return nil
}

// KnownForm is the newest form of the tables that this version knows.
func (s *Store) KnownForm() int64 {
	if s.upgrader == nil {
		form, _ := knownForm() // it was read when the database was opened
		return form
	}
	return s.upgrader.known()
}

// refuseOutdated refuses a node that cannot work with the tables any more.
func (t *tx) refuseOutdated(form int64) error {
	if !t.store.dialect.shared {
		return nil
	}
	oldest, err := t.number("SELECT oldest FROM upgrade WHERE id = 1")
	if err == nil && form < oldest {
		return reject(outdated(form, oldest))
	}
	return err
}

func outdated(known, oldest int64) error {
	return fault.Wrap(fault.InvalidConfiguration, ErrOutdated, fmt.Sprintf("The database was written by a newer Ropeway (its tables need form %d, this one knows %d).", oldest, known)).
		WithHint("use that version again")
}

// step is a migration, as far as the order of things goes.
type step struct {
	form, oldest int64
	later        bool
}

// upgrader brings the tables of a database to newer forms.
type upgrader struct {
	config *pgx.ConnConfig
	files  fs.FS
	steps  []step
}

func newUpgrader(config *pgx.ConnConfig) (*upgrader, error) {
	files, err := fs.Sub(postgresMigrationFS, "migrations_postgres")
	if err != nil {
		return nil, postgresFault(err)
	}
	return upgraderOf(config, files)
}

// upgraderOf works with other migrations.
func upgraderOf(config *pgx.ConnConfig, files fs.FS) (*upgrader, error) {
	config = config.Copy()
	config.RuntimeParams["statement_timeout"], config.RuntimeParams["lock_timeout"] = "0", tableLockTime
	steps, err := readSteps(files)
	return &upgrader{config: config, files: files, steps: steps}, postgresFault(err)
}

// readSteps reads what the migrations say of themselves.
func readSteps(files fs.FS) ([]step, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list the migrations: %w", err)
	}
	line := regexp.MustCompile(`(?m)^-- \+ropeway oldest ([0-9]+)( later)?$`)
	steps := make([]step, len(names))
	for i, name := range names {
		form, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("name of a migration: %w", err)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read a migration: %w", err)
		}
		steps[i] = step{form: form, oldest: form}
		if said := line.FindSubmatch(text); said != nil {
			if steps[i].oldest, err = strconv.ParseInt(string(said[1]), 10, 64); err != nil {
				return nil, fmt.Errorf("migration %s: %w", name, err)
			}
			steps[i].later = len(said[2]) > 0
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return int(a.form - b.form) })
	return steps, nil
}

func (u *upgrader) known() int64 { return u.steps[len(u.steps)-1].form }

// run goes as far as it can, and returns what waits, nil for nothing.
func (u *upgrader) run(ctx context.Context) (*Upgrade, error) {
	conn, err := pgx.ConnectConfig(ctx, u.config.Copy())
	if err != nil {
		return nil, postgresFault(err)
	}
	defer conn.Close(ctx) //nolint:errcheck // what was done is committed
	form, err := postgresForm(ctx, conn)
	if err != nil {
		return nil, postgresFault(err)
	}
	if form == 0 {
		return nil, postgresFault(u.begin(ctx, conn))
	}
	oldest, err := oldestForm(ctx, conn)
	if err != nil {
		return nil, postgresFault(err)
	}
	if u.known() < oldest {
		return nil, outdated(u.known(), oldest)
	}
	for _, next := range u.steps {
		if next.form <= form {
			continue
		}
		older, err := u.take(ctx, conn, next, oldest)
		if err != nil {
			return nil, postgresFault(err)
		}
		waits := &Upgrade{Form: form, Next: next.form, Oldest: next.oldest, Nodes: older}
		if len(older) > 0 && next.later {
			return waits, nil
		}
		if len(older) > 0 {
			return nil, fault.Newf(fault.InvalidConfiguration, "Nodes of an older version run on the database and cannot work with the tables of this one: %s.", waits.names()).
				WithHint("stop them first; one that has crashed counts for " + nodeLife.String())
		}
		form, oldest = next.form, max(oldest, next.oldest)
	}
	return nil, nil
}

// begin makes the tables of an empty database.
func (u *upgrader) begin(ctx context.Context, conn *pgx.Conn) error {
	if err := u.apply(ctx, u.known()); err != nil {
		return err
	}
	// Payloads are compressed already. Other databases do not know the setting, and need none.
	for _, table := range []string{"op", "blob", "checkpoint"} {
		_, _ = conn.Exec(ctx, "ALTER TABLE "+table+" ALTER COLUMN data SET STORAGE EXTERNAL")
	}
	return u.demand(ctx, conn, 0, u.steps[len(u.steps)-1].oldest)
}

// take does a step, unless nodes live that could not work with what it leaves: these it returns. First it says which programs can from
// then on, so that no other ones begin meanwhile, and looks again.
func (u *upgrader) take(ctx context.Context, conn *pgx.Conn, next step, before int64) (older []Node, err error) {
	if older, err = olderNodes(ctx, conn, next.oldest); err != nil || len(older) > 0 {
		return older, err
	}
	if err = u.demand(ctx, conn, 0, next.oldest); err != nil {
		return nil, err
	}
	if older, err = olderNodes(ctx, conn, next.oldest); err == nil && len(older) > 0 {
		err = u.demand(ctx, conn, next.oldest, before)
	}
	if err != nil || len(older) > 0 {
		return older, err
	}
	if err = u.apply(ctx, next.form); err != nil {
		return nil, err
	}
	return nil, u.demand(ctx, conn, 0, next.oldest) // another node may have taken it back
}

// demand says which form programs must know from now on: one that is not older than before, or, with instead, in place of that one.
func (u *upgrader) demand(ctx context.Context, conn *pgx.Conn, instead, oldest int64) error {
	_, err := conn.Exec(ctx, "UPDATE upgrade SET oldest = $1 WHERE id = 1 AND (oldest < $1 OR oldest = $2)", oldest, instead)
	return err //nolint:wrapcheck // the callers wrap
}

// apply brings the tables to a form. Nodes that do so together take turns, by a row in a table.
func (u *upgrader) apply(ctx context.Context, form int64) error {
	db := stdlib.OpenDB(*u.config)
	defer db.Close() //nolint:errcheck // what was migrated is committed
	turn, err := lock.NewPostgresTableLocker(lock.WithTableLockTimeout(migrationPause, migrationTries))
	if err != nil {
		return err //nolint:wrapcheck // the callers wrap
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, u.files, goose.WithLocker(turn))
	if err != nil {
		return err //nolint:wrapcheck // the callers wrap
	}
	for tries := 1; ; tries++ {
		_, err := provider.UpTo(ctx, form)
		if err == nil || postgresCode(err) != lockRefused || tries == tableTries {
			return err //nolint:wrapcheck // the callers wrap
		}
		if err := (clock.System{}).Sleep(ctx, tablePause); err != nil {
			return fmt.Errorf("wait for a table: %w", err)
		}
	}
}

// oldestForm returns the form that a program must know.
func oldestForm(ctx context.Context, conn *pgx.Conn) (oldest int64, err error) {
	err = conn.QueryRow(ctx, "SELECT oldest FROM upgrade WHERE id = 1").Scan(&oldest)
	return oldest, err //nolint:wrapcheck // the callers wrap
}

// olderNodes lists the nodes that may use the tables now and do not know a form.
func olderNodes(ctx context.Context, conn *pgx.Conn, form int64) ([]Node, error) {
	rows, err := conn.Query(ctx, "SELECT id, version, address, form FROM node WHERE form < $1 AND seen > ("+postgresNow+") - $2 ORDER BY id", form, nodeLife.Nanoseconds())
	if err != nil {
		return nil, err //nolint:wrapcheck // the callers wrap
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (n Node, err error) { //nolint:wrapcheck // the callers wrap
		return n, row.Scan(&n.ID, &n.Version, &n.Address, &n.Form)
	})
}
