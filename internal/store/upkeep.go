package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/ropeway/ropeway/internal/fault"
)

// Usage is the space that the store takes on disk, in bytes.
type Usage struct {
	Database int64
	Log      int64 // not yet copied into the database
	Free     int64 // of Database, to be used again or given back
	// Refused says that the disk has refused to keep what was copied out of the log, which stays until the next start.
	Refused bool
}

// Usage returns the space that the store takes. Of a database elsewhere only its size is known.
func (s *Store) Usage(ctx context.Context) (Usage, error) {
	var u Usage
	if s.keeper == nil {
		var err error
		u.Database, err = s.readNumber(ctx, "SELECT pg_database_size(current_database())")
		return u, err
	}
	info, err := os.Stat(s.path())
	if err != nil {
		return u, readFault(err)
	}
	u.Database, u.Refused = info.Size(), s.keeper.doubt.Load()
	if info, err := os.Stat(s.path() + "-wal"); err == nil {
		u.Log = info.Size()
	}
	pages, err := s.readNumber(ctx, "PRAGMA freelist_count")
	if err != nil {
		return u, err
	}
	size, err := s.readNumber(ctx, "PRAGMA page_size")
	u.Free = pages * size
	return u, err
}

// Room returns how many bytes the file system of the data directory has left, and below how many deliveries are refused.
func (s *Store) Room() (free, needed uint64, err error) {
	free, err = s.options.FreeSpace(s.dir)
	return free, s.options.MinFreeBytes, err
}

// Check reads the whole database and reports damage as ErrDamaged. It takes as long as reading takes. Of a database elsewhere it checks
// the audit log only.
func (s *Store) Check(ctx context.Context) error {
	if s.keeper == nil {
		_, _, err := s.CheckAudit(ctx)
		return err
	}
	ctx, end := s.keeper.reads.begin(ctx)
	return end(s.check(ctx))
}

func (s *Store) check(ctx context.Context) error {
	found, err := list(ctx, s, newSelect("PRAGMA integrity_check(20)"), func(rows *sql.Rows) (line string, err error) {
		return line, rows.Scan(&line)
	})
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return fault.Wrap(fault.Unexpected, fmt.Errorf("%w: %q", ErrDamaged, found), "The database is damaged.").
			WithHint("stop Ropeway, keep a copy of the data directory, and restore the last backup")
	}
	_, _, err = s.CheckAudit(ctx)
	return err
}
