package store_test

import (
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/storetest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(tb testing.TB, place string, c clock.Clock) (storetest.Store, error) {
		tb.Helper()
		return store.Open(tb.Context(), place, store.Options{Clock: c})
	})
}

// openDatabases opens an own database for each place that a suite names. As many commits as there may be are under way at once.
func openDatabases(t *testing.T) storetest.Open {
	t.Helper()
	var mu sync.Mutex
	urls := map[string]string{}
	return func(tb testing.TB, place string, c clock.Clock) (storetest.Store, error) {
		tb.Helper()
		mu.Lock()
		if urls[place] == "" {
			urls[place] = store.ReadyDatabase(tb)
		}
		url := urls[place]
		mu.Unlock()
		s, err := store.Open(tb.Context(), tb.TempDir(), store.Options{Clock: c, Database: url})
		if err == nil {
			s.CommitAtOnce(4)
		}
		return s, err
	}
}

func TestContractOnPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, openDatabases(t))
}

func TestContractOfTwoNodesOnPostgres(t *testing.T) {
	t.Parallel()
	storetest.RunShared(t, openDatabases(t))
}
