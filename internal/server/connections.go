package server

import (
	"context"
	"iter"
	"strconv"
	"strings"
	"sync"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// storedConnections opens the connections of the data directory for scenarios. Those that it opened once stay in memory
// until a connection changes, since each operation asks.
type storedConnections struct {
	system *System
	store  *store.Store
	others runner.Connections // for what is not stored; may be nil

	mu     sync.Mutex
	opened map[openedKey]*module.Connection
	epoch  int // rises when a connection changes
}

// openedKey is what a module asks with.
type openedKey struct {
	team           int64
	app, kind, ref string
}

var _ runner.Connections = (*storedConnections)(nil)

// StoredConnections returns the connections of the data directory, and behind them others, which may be nil.
func StoredConnections(system *System, data *store.Store, others runner.Connections) runner.Connections {
	return &storedConnections{system: system, store: data, others: others, opened: map[openedKey]*module.Connection{}}
}

// Open finds the connection that a module needs, among those of the team that ctx runs for: the one that the scenario names by
// its number or name, else the only one of its app and type, else what there is beside the data directory. A connection never serves another app than its own.
func (s *storedConnections) Open(ctx context.Context, m *module.Description, ref string) (*module.Connection, error) {
	key := openedKey{teamOf(ctx), m.App, m.Connection, ref}
	s.mu.Lock()
	conn, known := s.opened[key]
	epoch := s.epoch
	s.mu.Unlock()
	if !known {
		row, err := s.find(ctx, m, ref)
		if err != nil {
			return nil, err
		}
		if row != nil {
			if conn, err = s.open(ctx, row.ID); err != nil {
				return nil, err
			}
		}
		s.keep(key, conn, epoch)
	}
	if conn != nil {
		return conn, nil
	}
	if s.others == nil {
		return nil, fault.Newf(fault.InvalidConfiguration, "[no-connection-app] There is no connection for the app %s.", m.App).WithHint("[hint-connection-add] make one with ropeway connection add")
	}
	return s.others.Open(ctx, m, ref)
}

// keep remembers a connection, or with nil that there is none, unless one has changed since epoch.
func (s *storedConnections) keep(key openedKey, conn *module.Connection, epoch int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch == epoch {
		s.opened[key] = conn
	}
}

// find returns the row of the connection, nil where the data directory has none that fits.
func (s *storedConnections) find(ctx context.Context, m *module.Description, ref string) (*store.Connection, error) {
	var candidates []store.Connection
	for c, err := range allConnections(ctx, s.store, "", []int64{teamOf(ctx)}) {
		if err != nil {
			return nil, err
		}
		if ref != "" && (c.Name == ref || strconv.FormatInt(c.ID, 10) == ref) {
			return &c, fits(&c, m, ref)
		}
		if c.App == m.App && c.Type == m.Connection {
			candidates = append(candidates, c)
		}
	}
	switch len(candidates) {
	case 0:
		return nil, nil
	case 1:
		return &candidates[0], nil
	}
	names := make([]string, len(candidates))
	for i, c := range candidates {
		names[i] = strconv.FormatInt(c.ID, 10) + " (" + c.Name + ")"
	}
	return nil, fault.Newf(fault.InvalidConfiguration, "[connection-ambiguous] The scenario names the connection %q, which does not exist, and there are several of the app %s: %s.",
		ref, m.App, strings.Join(names, ", ")).WithHintf("[hint-rename] rename the one to use to %q", ref)
}

func fits(c *store.Connection, m *module.Description, ref string) error {
	if c.App == m.App && c.Type == m.Connection {
		return nil
	}
	return fault.Newf(fault.InvalidConfiguration, "[connection-kind] The connection %q belongs to the app %s (%s), but %s needs one of %s (%s).",
		ref, c.App, c.Type, m.FullName(), m.App, m.Connection)
}

func (s *storedConnections) open(ctx context.Context, id int64) (*module.Connection, error) {
	row, err := s.store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	fields, err := openFields(s.system.openVault, &row)
	if err != nil {
		return nil, err
	}
	return connectionToUse(&row, fields), nil
}

// connectionToUse is a connection as modules and procedures use it.
func connectionToUse(row *store.Connection, fields value.Value) *module.Connection {
	return &module.Connection{Key: row.App + "/" + strconv.FormatInt(row.ID, 10), App: row.App, Type: row.Type, Fields: fields}
}

// forget drops what was opened.
func (s *storedConnections) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = map[openedKey]*module.Connection{}
	s.epoch++
}

// all walks over what list returns page by page, by number.
func all[T any](list func(after int64) ([]T, error), id func(*T) int64) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for after := int64(0); ; {
			items, err := list(after)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for i := range items {
				after = id(&items[i])
				if !yield(items[i], nil) {
					return
				}
			}
			if len(items) < page {
				return
			}
		}
	}
}

// allConnections walks over the connections of teams, nil for all.
func allConnections(ctx context.Context, s *store.Store, app string, teams []int64) iter.Seq2[store.Connection, error] {
	return all(func(after int64) ([]store.Connection, error) {
		return s.Connections(ctx, app, store.Listing{Teams: teams, After: after, Limit: page})
	}, func(c *store.Connection) int64 { return c.ID })
}

// allScenarios walks over the scenarios of teams, nil for all.
func allScenarios(ctx context.Context, s *store.Store, teams []int64) iter.Seq2[store.Scenario, error] {
	return all(func(after int64) ([]store.Scenario, error) {
		return s.Scenarios(ctx, store.Listing{Teams: teams, After: after, Limit: page})
	}, func(c *store.Scenario) int64 { return c.ID })
}

// allWebhooks walks over every webhook.
func allWebhooks(ctx context.Context, s *store.Store) iter.Seq2[store.Webhook, error] {
	return all(func(after int64) ([]store.Webhook, error) {
		return s.Webhooks(ctx, store.Listing{After: after, Limit: page})
	}, func(w *store.Webhook) int64 { return w.ID })
}
