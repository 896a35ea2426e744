package server

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Limits of one search through what is recorded. A search that reaches one of them answers with what it has found and where to go on.
const (
	minSearched   = 3         // characters; fewer stand nearly everywhere
	searchedBytes = 128 << 20 // as they are stored
	searchedTime  = 2 * time.Second
	searchedPage  = 100 // executions that are listed at once
)

// search lists executions in whose data a text stands. It reads what is recorded, from the newest on, until the page is full or one
// of the limits is reached.
func (c executionControl) search(ctx context.Context, f api.ExecutionFilter, place *store.HistoryPlace) (found []store.Execution, next *store.HistoryPlace, err error) {
	text := strings.TrimSpace(f.Data)
	if utf8.RuneCountInString(text) < minSearched {
		return nil, nil, fault.Newf(fault.BundleValidation, "[search-short] The text %q is too short to be looked for in the data.", text).WithHintf("[hint-search-short] write at least %d characters", minSearched)
	}
	s := searching{store: c.Store, text: text, most: f.Limit, until: c.Clock.Now().Add(searchedTime), now: c.Clock.Now}
	for {
		var page []store.Execution
		if page, next, err = c.listed(ctx, f, place); err != nil {
			return nil, nil, err
		}
		stopped, err := s.through(ctx, page)
		if err != nil {
			return nil, nil, err
		}
		if stopped != nil {
			return s.found, stopped, nil
		}
		if next == nil {
			return s.found, nil, nil
		}
		place, f.Limit = next, searchedPage
	}
}

// searching is a search that goes on.
type searching struct {
	store *store.Store
	text  string
	most  int // executions to find
	until time.Time
	now   func() time.Time
	read  int64
	found []store.Execution
}

// through searches a page. It returns where the search stopped in it, nil when it did not.
func (s *searching) through(ctx context.Context, page []store.Execution) (*store.HistoryPlace, error) {
	for i := range page {
		has, read, err := s.store.Mentions(ctx, page[i].ID, s.text)
		if errors.Is(err, store.ErrNotFound) { // it was swept meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		s.read += read
		if has {
			s.found = append(s.found, page[i])
		}
		if page[i].Status.Finished() && s.over() {
			return page[i].Place(), nil
		}
	}
	return nil, nil
}

// over reports whether the search has reached a limit.
func (s *searching) over() bool {
	return len(s.found) >= s.most || s.read > searchedBytes || s.now().After(s.until)
}
