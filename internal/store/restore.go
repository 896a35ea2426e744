package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
)

// MasterKeyFile is the name of the file in the data directory that opens the sealed secrets. No backup contains it.
const MasterKeyFile = "master.key"

// setAsideAtOnce is how many open executions a restore ends side by side.
const setAsideAtOnce = 64

// Restore says how a backup becomes a data directory.
type Restore struct {
	Clock clock.Clock
	// Replace moves a directory that is not empty out of the way, under a name that says when.
	Replace bool
	// Resume leaves executions open and scenarios active, as if no time had passed since the backup.
	Resume bool
}

// Restored says what a restore has done.
type Restored struct {
	BackupTime time.Time // zero when the file does not say
	SetAside   int       // executions that were open and have ended as stopped
	Inactive   []int64   // scenarios that were active and are not any more
	Queued     int64     // payloads that wait for scenarios
	KeptAs     string    // where the directory lies that was replaced, "" when there was none
	NoKey      bool      // there are sealed secrets and no master key
}

// RestoreDir makes dir the data directory that a backup describes. The file is read and checked before anything in dir
// changes, and brought to the form of this version. What was open at the time of the backup may have gone on after it, so
// it is not resumed: executions end as stopped and scenarios are made inactive, unless Resume says otherwise.
func RestoreDir(ctx context.Context, file, dir string, o Restore) (Restored, error) {
	old, err := occupied(dir, o.Replace)
	if err != nil {
		return Restored{}, err
	}
	work, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), ".ropeway-restore-*")
	if err != nil {
		return Restored{}, restoreFault(err)
	}
	done, err := prepare(ctx, file, work, o)
	if err == nil {
		done.KeptAs, err = swap(work, dir, old, o.Clock.Now())
	}
	if err != nil {
		return Restored{}, errors.Join(err, os.RemoveAll(work))
	}
	if _, err := os.Stat(filepath.Join(dir, MasterKeyFile)); err == nil {
		done.NoKey = false
	}
	return done, nil
}

func restoreFault(err error) error {
	var told *fault.Error
	if errors.As(err, &told) {
		return err
	}
	return fault.Wrap(fault.Unexpected, err, "The backup could not be restored; the data directory is as it was.").
		WithHint("see that the file is a backup of ropeway backup and that the disk has room for it")
}

// occupied reports whether dir has something in it, other than a master key, that is to be kept.
func occupied(dir string, replace bool) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, restoreFault(err)
	}
	found := false
	for _, e := range entries {
		found = found || e.Name() != MasterKeyFile
	}
	if !found {
		return false, nil
	}
	if used, _ := lockHeld(dir); used {
		return false, fault.Wrap(fault.InvalidConfiguration, ErrInUse, "A Ropeway runs on "+dir+".").WithHint("stop it first")
	}
	if !replace {
		return false, fault.New(fault.InvalidConfiguration, "The directory "+dir+" is not empty.").
			WithHint("name another one with --data, or say --replace: what is there is kept beside it under a new name")
	}
	return true, nil
}

// lockHeld reports whether a process has dir open. Without a lock file nobody has.
func lockHeld(dir string) (bool, error) {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); err != nil {
		return false, nil //nolint:nilerr // no file, no lock
	}
	lock, err := acquireLock(path)
	if err != nil {
		return errors.Is(err, ErrInUse), err
	}
	return false, lock.close()
}

// prepare makes a data directory of the backup, checked, in the form of this version, and set aside.
func prepare(ctx context.Context, file, work string, o Restore) (Restored, error) {
	if err := copyFile(file, filepath.Join(work, databaseFile)); err != nil {
		return Restored{}, restoreFault(err)
	}
	if err := withFile(filepath.Join(work, databaseFile), "ro", func(db *sql.DB) error { return integrity(ctx, db) }); err != nil {
		return Restored{}, restoreFault(err)
	}
	s, err := Open(ctx, work, Options{Clock: o.Clock})
	if err != nil {
		return Restored{}, restoreFault(err)
	}
	done, err := s.afterRestore(ctx, o.Resume)
	if err := errors.Join(err, s.Close()); err != nil {
		return Restored{}, restoreFault(err)
	}
	if err := os.Remove(filepath.Join(work, lockFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return Restored{}, restoreFault(err)
	}
	return done, restoreFaultOf(syncFile(filepath.Join(work, databaseFile)))
}

func restoreFaultOf(err error) error {
	if err == nil {
		return nil
	}
	return restoreFault(err)
}

func copyFile(from, to string) error {
	in, err := os.Open(from) //nolint:gosec // the file that the caller names
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // in the directory that the caller names
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	return nil
}

// swap puts work in the place of dir. The master key of dir, if it has one, moves along.
func swap(work, dir string, old bool, now time.Time) (string, error) {
	key := filepath.Join(dir, MasterKeyFile)
	if _, err := os.Stat(key); err == nil {
		if err := copyFile(key, filepath.Join(work, MasterKeyFile)); err != nil {
			return "", restoreFault(err)
		}
	}
	keptAs := ""
	if _, err := os.Stat(dir); err == nil {
		keptAs = filepath.Clean(dir) + ".before-restore-" + now.UTC().Format("20060102T150405Z")
		if err := os.Rename(dir, keptAs); err != nil {
			return "", restoreFault(err)
		}
	}
	if err := os.Rename(work, dir); err != nil {
		if keptAs != "" {
			err = errors.Join(err, os.Rename(keptAs, dir))
		}
		return "", restoreFault(err)
	}
	if keptAs != "" && !old { // it held nothing but the key, which was copied
		if err := os.RemoveAll(keptAs); err != nil {
			return "", restoreFault(err)
		}
		keptAs = ""
	}
	return keptAs, restoreFaultOf(syncFile(filepath.Dir(filepath.Clean(dir))))
}

// afterRestore reads the time of the backup, and sets aside what must not go on by itself.
func (s *Store) afterRestore(ctx context.Context, resume bool) (Restored, error) {
	var done Restored
	at, err := s.readNumber(ctx, "SELECT coalesce(max(reserved), 0) FROM counter WHERE name = ?", backupMark)
	if err != nil {
		return done, err
	}
	done.BackupTime = timeOf(at)
	sealed, err := s.readNumber(ctx, "SELECT count(*) FROM (SELECT id FROM connection WHERE length(sealed) > 0 UNION ALL SELECT id FROM webhook WHERE sealed IS NOT NULL OR address IS NOT NULL)")
	if err != nil {
		return done, err
	}
	done.NoKey = sealed > 0
	if done.Queued, err = s.readNumber(ctx, "SELECT count(*) FROM item"); err != nil {
		return done, err
	}
	if err := s.forgetSignIns(ctx); err != nil {
		return done, err
	}
	if resume {
		return done, s.forgetMark(ctx)
	}
	if done.Inactive, err = s.deactivateAll(ctx); err != nil {
		return done, err
	}
	if done.SetAside, err = s.setAside(ctx, done.BackupTime); err != nil {
		return done, err
	}
	return done, s.forgetMark(ctx)
}

// forgetSignIns ends what may have been ended or used up after the backup: sessions, API tokens, and links to new passwords and
// invitations. People sign in again and make new ones.
func (s *Store) forgetSignIns(ctx context.Context) error {
	return s.update(ctx, upkeepLane, func(t *tx) error {
		for _, table := range []string{"session", "token", "voucher"} {
			if _, err := t.exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) forgetMark(ctx context.Context) error {
	return s.update(ctx, upkeepLane, func(t *tx) error {
		_, err := t.exec("DELETE FROM counter WHERE name = ?", backupMark)
		return err
	})
}

func (s *Store) deactivateAll(ctx context.Context) ([]int64, error) {
	var active []int64
	for after := int64(0); ; {
		page, err := s.Scenarios(ctx, Listing{After: after, Limit: MaxPage})
		if err != nil {
			return nil, err
		}
		for i := range page {
			after = page[i].ID
			if !page[i].Active {
				continue
			}
			if err := s.Activate(ctx, after, false, time.Time{}); err != nil {
				return nil, err
			}
			active = append(active, after)
		}
		if len(page) < MaxPage {
			return active, nil
		}
	}
}

// setAside ends every open execution, so that a person decides what is done again.
func (s *Store) setAside(ctx context.Context, at time.Time) (int, error) {
	leases, err := s.AcquirePartitions(ctx, "restore", s.clock.Now(), time.Hour)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, l := range leases {
		for {
			open, err := s.OpenExecutions(ctx, l.Partition, 0, setAsideAtOnce)
			if err != nil {
				return ended, err
			}
			if len(open) == 0 {
				break
			}
			if err := s.stopRestored(ctx, l.Fence, open, at); err != nil {
				return ended, err
			}
			ended += len(open)
		}
	}
	return ended, s.ReleasePartitions(ctx, leases)
}

func (s *Store) stopRestored(ctx context.Context, f Fence, open []OpenExecution, at time.Time) error {
	when := "unknown time"
	if !at.IsZero() {
		when = at.UTC().Format(time.RFC3339)
	}
	message := "Restored from a backup of " + when + "; it may have gone on after it."
	errs := make([]error, len(open))
	var wg sync.WaitGroup
	for i, o := range open {
		wg.Go(func() {
			j, err := s.Load(ctx, o.ID)
			if err != nil {
				errs[i] = err
				return
			}
			_, errs[i] = s.Append(ctx, j.Run(f), Step{End: &End{
				At: s.clock.Now(), Status: Stopped, Text: message, Dry: o.Mode&DryRun != 0,
				Summary: Summary{ErrorKind: fault.Inconsistency, ErrorMessage: message, ErrorHint: "see what it has done in the applications, then replay it"},
			}})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
