package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/access"
)

// StorageService looks after the disk.
type StorageService interface {
	Storage(ctx context.Context) (Storage, error)
	// Backup makes a backup of this moment and writes it to w. Nothing is written before it was checked.
	Backup(ctx context.Context, w io.Writer) error
}

// Storage is what the data directory takes, and may take.
type Storage struct {
	DatabaseBytes int64    `json:"database_bytes"`
	FreeBytes     int64    `json:"free_bytes"` // of the database, to be used again or given back
	LogBytes      int64    `json:"log_bytes"`  // not yet copied into the database
	DiskFree      uint64   `json:"disk_free"`
	DiskNeeded    uint64   `json:"disk_needed"` // with less free, deliveries are refused
	History       Amount   `json:"history"`
	Queued        Amount   `json:"queued"`
	Incomplete    Amount   `json:"incomplete"`
	Budget        Budget   `json:"budget"`
	Next          *NextOut `json:"next,omitempty"` // what the history gives up next; nothing where it is empty
}

// Amount is how many there are of something, and their bytes.
type Amount struct {
	Number int64 `json:"number"`
	Bytes  int64 `json:"bytes"`
}

// Budget bounds the history of the installation; 0 = no limit.
type Budget struct {
	Bytes int64 `json:"bytes"`
	Days  int64 `json:"days"`
}

// NextOut is the execution that the next sweep would remove first.
type NextOut struct {
	Execution int64     `json:"execution"`
	Finished  time.Time `json:"finished"`
	Over      int64     `json:"over"`        // bytes that are too many now
	At        time.Time `json:"at,omitzero"` // when it is too old
}

func storageRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/storage", Name: "storage.get", Needs: access.ViewInstallation,
			Summary: "Show what the data directory takes, and what goes next", Gives: Storage{},
			handle: func(c *call) (any, error) { return s.Storage.Storage(c.Context()) },
		},
		{
			Method: http.MethodPost, Pattern: "/backup", Name: "backup.create", Needs: access.ManageInstallation,
			Summary: "Make a backup of this moment and send it; the master key is not in it", Gives: File{}, Media: "application/vnd.sqlite3",
			handle: func(c *call) (any, error) {
				return stream{"application/vnd.sqlite3", func(w io.Writer) error { return s.Storage.Backup(c.Context(), w) }}, nil
			},
		},
	}
}

// File is an answer that is no JSON.
type File []byte
