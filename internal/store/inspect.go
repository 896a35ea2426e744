package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
)

// Inspection is what there is to see of a data directory from outside, whether or not a process has it open.
type Inspection struct {
	InUse     bool
	Holder    int // process that has it open, 0 = not known
	FreeBytes uint64
	Usage     Usage
	Form      int64 // of the database
	KnownForm int64 // the newest that this version knows
	Damage    error // what reading the database came to, nil when it is whole

	Open       int64 // executions that are not over
	Queued     int64 // payloads that wait
	OldestWait time.Time
	History    Counted
	Incomplete Counted
	Newest     time.Time // the latest time in the database
	Sealed     []Sealed
}

// Counted is a number of things and their size.
type Counted struct{ Number, Bytes int64 }

// SealedAddress is the kind of the secret part of a webhook's address. Nothing but telling it needs it.
const SealedAddress = "webhook-address"

// Sealed is a secret as it is stored.
type Sealed struct {
	Kind string // "connection", "webhook", SealedAddress, or "user" for the second factor of one
	ID   int64
	Name string
	Data []byte
}

// Inspect looks at a data directory without changing it. It must not be called by a process that has the directory open.
func Inspect(ctx context.Context, dir string) (Inspection, error) {
	var i Inspection
	path := filepath.Join(dir, databaseFile)
	info, err := os.Stat(path)
	if err != nil {
		return i, noDatabase(dir, err)
	}
	i.Usage.Database = info.Size()
	if info, err := os.Stat(path + "-wal"); err == nil {
		i.Usage.Log = info.Size()
	}
	if i.FreeBytes, err = freeSpace(dir); err != nil {
		return i, err
	}
	i.Holder = lockHolder(filepath.Join(dir, lockFile))
	if i.InUse, err = lockHeld(dir); err != nil && !errors.Is(err, ErrInUse) {
		return i, err
	}
	if i.KnownForm, err = knownForm(); err != nil {
		return i, err
	}
	i.Damage = inspectFile(ctx, path, &i)
	return i, nil
}

// knownForm returns the number of the newest migration.
func knownForm() (int64, error) { return newestForm(migrationFS, "migrations") }

// newestForm returns the number of the newest of some migrations.
func newestForm(migrations embed.FS, folder string) (int64, error) {
	files, err := migrations.ReadDir(folder)
	if err != nil {
		return 0, fmt.Errorf("list the migrations: %w", err)
	}
	newest := int64(0)
	for _, f := range files {
		number, err := goose.NumericComponent(f.Name())
		if err != nil {
			return 0, fmt.Errorf("name of a migration: %w", err)
		}
		newest = max(newest, number)
	}
	return newest, nil
}

// inspectFile reads what the database says. It stops at the first thing that cannot be read, which is damage.
func inspectFile(ctx context.Context, path string, i *Inspection) error {
	return withFile(path, "ro", func(db *sql.DB) error {
		if err := integrity(ctx, db); err != nil {
			return err
		}
		if err := inspectNumbers(ctx, db, i); err != nil {
			return err
		}
		return inspectSealed(ctx, db, i)
	})
}

func inspectNumbers(ctx context.Context, db *sql.DB, i *Inspection) error {
	var oldest, newest, free, page int64
	for query, into := range map[string]*int64{
		"SELECT max(version_id) FROM goose_db_version WHERE is_applied": &i.Form,
		"PRAGMA freelist_count":                           &free,
		"PRAGMA page_size":                                &page,
		"SELECT count(*) FROM execution WHERE status < 2": &i.Open,
		"SELECT count(*) FROM item":                       &i.Queued,
		"SELECT coalesce(min(received), 0) FROM item":     &oldest,
		"SELECT max((SELECT coalesce(max(accepted), 0) FROM execution WHERE id = (SELECT max(id) FROM execution)), (SELECT coalesce(max(at), 0) FROM audit), (SELECT coalesce(max(updated), 0) FROM scenario))": &newest,
	} {
		if err := db.QueryRowContext(ctx, query).Scan(into); err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	i.Usage.Free, i.OldestWait, i.Newest = free*page, timeOf(oldest), timeOf(newest)
	for kind, into := range map[totalKind]*Counted{finishedOfAll: &i.History, incompleteOf: &i.Incomplete} {
		err := db.QueryRowContext(ctx, "SELECT coalesce(sum(number), 0), coalesce(sum(bytes), 0) FROM total WHERE kind = ?", int64(kind)).Scan(&into.Number, &into.Bytes)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
	}
	return nil
}

// formOfSealedWebhooks is the form of the database from which on webhooks have secrets, formOfPeople that from which on users do, and
// formOfAddresses that from which on the addresses of webhooks are kept.
const (
	formOfSealedWebhooks = 2
	formOfPeople         = 4
	formOfAddresses      = 10
)

func inspectSealed(ctx context.Context, db *sql.DB, i *Inspection) error {
	query := "SELECT 'connection', id, name, sealed FROM connection WHERE length(sealed) > 0"
	if i.Form >= formOfSealedWebhooks {
		query += " UNION ALL SELECT 'webhook', id, name, sealed FROM webhook WHERE length(sealed) > 0"
	}
	if i.Form >= formOfPeople {
		query += " UNION ALL SELECT 'user', id, email, totp FROM user WHERE length(totp) > 0"
	}
	if i.Form >= formOfAddresses {
		query += " UNION ALL SELECT '" + SealedAddress + "', id, name, address FROM webhook WHERE length(address) > 0"
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read the secrets: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	for rows.Next() {
		var s Sealed
		if err := rows.Scan(&s.Kind, &s.ID, &s.Name, &s.Data); err != nil {
			return fmt.Errorf("read the secrets: %w", err)
		}
		i.Sealed = append(i.Sealed, s)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the secrets: %w", err)
	}
	return nil
}
