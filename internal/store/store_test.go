package store_test

import (
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
