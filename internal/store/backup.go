package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// backupMark is the name of the counter in a backup that holds its time.
const backupMark = "backup"

// logWatch is how often a backup beside another process looks at the length of that one's log.
const logWatch = time.Second

// Backup writes a copy of the whole database to path, which must not exist, while everything goes on. The copy is the
// state of one moment; it was checked and is on disk when Backup returns, and nothing is at path before.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.keeper == nil {
		return fault.New(fault.InvalidConfiguration, "The database is not in the data directory, so Ropeway cannot write a backup of it.").
			WithHint("use pg_dump, or the backup of your database service; and keep a copy of the master key")
	}
	ctx, end := s.keeper.reads.begin(ctx)
	return end(backup(ctx, s.path(), path, s.clock.Now()))
}

// BackupDir does what Backup does for a data directory that this process has not opened. Another one may have.
func BackupDir(ctx context.Context, c clock.Clock, dir, path string) error {
	database := filepath.Join(dir, databaseFile)
	if _, err := os.Stat(database); err != nil {
		return noDatabase(dir, err)
	}
	reads := longReads{stops: map[int]context.CancelCauseFunc{}}
	ctx, end := reads.begin(ctx)
	watched := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	go func() {
		defer close(watched)
		for (clock.System{}).Sleep(watch, logWatch) == nil {
			if info, err := os.Stat(database + "-wal"); err == nil && info.Size() > MaxLogBytes {
				reads.stopAll()
			}
		}
	}()
	err := backup(ctx, database, path, c.Now())
	stop()
	<-watched
	return end(err)
}

func noDatabase(dir string, err error) error {
	return fault.Wrap(fault.InvalidConfiguration, err, "There is no database of Ropeway in "+dir+".").
		WithHint("name the data directory that ropeway serve uses, with --data")
}

func backup(ctx context.Context, from, path string, now time.Time) error {
	failed := func(err error) error {
		return fault.Wrap(fault.Unexpected, err, "The backup could not be written.").
			WithHint("see that the target is on a disk with room and does not exist yet")
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return failed(errors.Join(os.ErrExist, err))
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".ropeway-backup-*")
	if err != nil {
		return failed(err)
	}
	partial := f.Name()
	err = errors.Join(f.Close(), copyDatabase(ctx, from, partial, now))
	if err == nil {
		err = place(partial, path)
	}
	if err != nil {
		return failed(errors.Join(err, os.Remove(partial)))
	}
	return nil
}

// place gives a finished file its name, for good.
func place(partial, path string) error {
	if err := syncFile(partial); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("name the file: %w", err)
	}
	return syncFile(filepath.Dir(path))
}

// copyDatabase writes a compact copy to an empty file, with its time in it, and checks it.
func copyDatabase(ctx context.Context, from, to string, now time.Time) error {
	err := withFile(from, "ro", func(db *sql.DB) error {
		_, err := db.ExecContext(ctx, "VACUUM INTO ?", to)
		return err //nolint:wrapcheck // withFile wraps
	})
	if err != nil {
		return err
	}
	return withFile(to, "rw", func(db *sql.DB) error {
		if _, err := db.ExecContext(ctx, "INSERT OR REPLACE INTO counter (name, reserved) VALUES (?, ?)", backupMark, nanos(now)); err != nil {
			return err //nolint:wrapcheck // withFile wraps
		}
		return integrity(ctx, db)
	})
}

// withFile opens a database as it is: no setting is written to it. In mode "ro" the file stays as it is, too: not even the
// log that a crash has left is copied into it.
func withFile(path, mode string, use func(*sql.DB) error) error {
	connector, err := sqlite.NewConnector(fileSource(path, url.Values{
		"mode": {mode}, "_pragma": {"busy_timeout(" + lockWaitMS() + ")", "wal_autocheckpoint(0)"},
	}))
	if err != nil {
		return fmt.Errorf("open %s: %w", path, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	if err := errors.Join(use(db), db.Close()); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return nil
}

// integrity reads a whole database, and reports damage as ErrDamaged.
func integrity(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if found != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	return nil
}

func syncFile(name string) error {
	f, err := os.Open(name) //nolint:gosec // the file that was just written where the caller said
	if err != nil {
		return fmt.Errorf("open for syncing: %w", err)
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return nil
}
