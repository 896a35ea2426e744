package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
)

const (
	// elsewhereInterval is the time after which the store is looked at for an execution that runs on another node.
	elsewhereInterval = time.Second
	// teamInterval is the time after which it is looked at for all executions of teams.
	teamInterval = 2 * time.Second
	// elsewhereMost is how many executions one such look finds: of those that have ended, and of those that have not.
	elsewhereMost = 100
)

// elsewhere finds in the store what other nodes begin and end in teams. What begins and ends between two looks is found by its end.
type elsewhere struct {
	teams  []int64
	looked time.Time
	seen   map[int64]store.Status // at the last look; nil before the first
}

// lookElsewhere returns the executions on other nodes that have begun or ended since the last look, the oldest first; none where it was
// just looked.
func (s *Service) lookElsewhere(ctx context.Context, e *elsewhere) ([]api.Event, error) {
	now := s.clock.Now()
	if !s.store.Shared() || now.Sub(e.looked) < teamInterval {
		return nil, nil
	}
	e.looked = now
	found, err := s.newestOf(ctx, e.teams)
	if err != nil {
		return nil, err
	}
	seen := map[int64]store.Status{}
	for i := range found {
		seen[found[i].ID] = found[i].Status
	}
	for id, status := range e.seen { // ended, and not among the newest
		if _, listed := seen[id]; listed || status.Finished() {
			continue
		}
		x, err := s.store.Execution(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		seen[id], found = x.Status, append(found, x)
	}
	var events []api.Event
	for i := range found {
		x := &found[i]
		if before, known := e.seen[x.ID]; e.seen != nil && (!known || before != x.Status) && !s.owns(x.Scenario) {
			events = append(events, api.Event{Name: api.EventExecution, Data: executionOf(x)})
		}
	}
	e.seen = seen
	slices.Reverse(events)
	return events, nil
}

// newestOf lists the newest executions of teams, those that are open and those that are over.
func (s *Service) newestOf(ctx context.Context, teams []int64) ([]store.Execution, error) {
	open, err := s.store.OpenHistory(ctx, store.HistoryFilter{Teams: teams, Limit: elsewhereMost})
	if err != nil {
		return nil, err
	}
	over, err := s.store.History(ctx, store.HistoryFilter{Teams: teams, Limit: elsewhereMost})
	return append(open, over...), err
}
