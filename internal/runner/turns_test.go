package runner

import (
	"context"
	"errors"
	"testing"
)

func TestTurnsOfOneConnection(t *testing.T) {
	t.Parallel()
	limits := turns{}
	limits.most.Store(2)
	first, err := limits.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	second, err := limits.take(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := limits.take(gone, "a"); !errors.Is(err, context.Canceled) {
		t.Errorf("a third one: got %v, want it to wait until it is cancelled", err)
	}
	other, err := limits.take(t.Context(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	began := make(chan func())
	go func() {
		done, err := limits.take(t.Context(), "a")
		if err != nil {
			t.Error(err)
		}
		began <- done
	}()
	first()
	(<-began)()
	second()
	if len(limits.places) != 0 {
		t.Errorf("got %d connections left, want none", len(limits.places))
	}
}

func TestNoTurns(t *testing.T) {
	t.Parallel()
	var limits turns
	for range 3 {
		if _, err := limits.take(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	}
}
