package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"

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
