package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ropeway/ropeway/internal/api"
)

// Storage says what the data directory takes.
func (c storageControl) Storage(ctx context.Context) (api.Storage, error) {
	var out api.Storage
	usage, err := c.Store.Usage(ctx)
	if err != nil {
		return out, err
	}
	totals, err := c.Store.Totals(ctx)
	if err != nil {
		return out, err
	}
	out = api.Storage{
		DatabaseBytes: usage.Database, FreeBytes: usage.Free, LogBytes: usage.Log,
		History: api.Amount(totals.History), Queued: api.Amount(totals.Queued), Incomplete: api.Amount(totals.Incomplete),
		Budget: api.Budget{Bytes: c.Budget.Bytes, Days: int64(c.Budget.Age / (24 * time.Hour))},
	}
	if out.DiskFree, out.DiskNeeded, err = c.Store.Room(); err != nil {
		return out, fmt.Errorf("look at the disk: %w", err)
	}
	next, err := c.Store.NextToGo(ctx, 0, c.Budget)
	if err == nil && next.Execution != 0 {
		out.Next = &api.NextOut{Execution: next.Execution, Finished: next.Finished, Over: next.Over, At: next.At}
	}
	return out, err
}

// Backup makes a backup beside the database, sends it and removes it.
func (c storageControl) Backup(ctx context.Context, w io.Writer) (err error) {
	dir, err := os.MkdirTemp(c.Store.Dir(), "backup-")
	if err != nil {
		return fmt.Errorf("make room for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "ropeway.db")
	if err := c.Store.Backup(ctx, path); err != nil {
		return err
	}
	f, err := os.Open(path) //nolint:gosec // a file of our own
	if err != nil {
		return fmt.Errorf("open the backup: %w", err)
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("send the backup: %w", err)
	}
	return nil
}
