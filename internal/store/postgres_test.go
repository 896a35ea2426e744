package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// started is the server that theServer has started.
var started atomic.Pointer[postgrestest.Server]

// theServer is one server for all tests of the package, each of which gets a database of its own.
var theServer = sync.OnceValues(func() (*postgrestest.Server, error) {
	s, err := postgrestest.Start(context.Background(), postgrestest.Options{})
	if err == nil {
		started.Store(s)
	}
	return s, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if s := started.Load(); s != nil {
		if err := s.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// readyName is the database that others are made like: one with tables, to which nobody is connected any more.
var readyName = sync.OnceValues(func() (string, error) {
	s, err := theServer()
	if err != nil {
		return "", err
	}
	url, err := s.Database(context.Background())
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "ropeway-ready-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	ready, err := Open(context.Background(), dir, Options{Clock: clock.System{}, Database: url})
	if err != nil {
		return "", err
	}
	parsed, err := pgx.ParseConfig(url)
	if err != nil {
		return "", err
	}
	return parsed.Database, ready.Close()
})

// ReadyDatabase makes a database that has its tables already, and returns its address.
func ReadyDatabase(tb testing.TB) string {
	tb.Helper()
	name, err := readyName()
	if errors.Is(err, postgrestest.ErrMissing) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	s, err := theServer()
	if err != nil {
		tb.Fatal(err)
	}
	url, err := s.DatabaseLike(context.WithoutCancel(tb.Context()), name)
	if err != nil {
		tb.Fatal(err)
	}
	return url
}

// EmptyDatabase makes an empty database and returns its address.
func EmptyDatabase(tb testing.TB) string {
	tb.Helper()
	s, err := theServer()
	if errors.Is(err, postgrestest.ErrMissing) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	url, err := s.Database(context.WithoutCancel(tb.Context()))
	if err != nil {
		tb.Fatal(err)
	}
	return url
}
