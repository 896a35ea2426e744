package store

import (
	"slices"
	"sync"
)

// totalKind says what a running total counts. The numbers stand in the database.
type totalKind int64

const (
	finishedOfScenario totalKind = 1 // finished executions of a scenario; bytes of their journals
	queuedOfWebhook    totalKind = 2 // payloads of a webhook that no execution has begun with
	duplicatesOfHook   totalKind = 3 // deliveries of a webhook that were suppressed
	recordsOfStore     totalKind = 4 // records of a data store
	incompleteOf       totalKind = 5 // unresolved incomplete executions of a scenario
	finishedOfAll      totalKind = 6 // finished executions of the installation; owner 0
)

type totalKey struct {
	kind  totalKind
	owner int64
}

// total is a number of things and their size.
type total struct{ Number, Bytes int64 }

func (t total) plus(d total) total { return total{t.Number + d.Number, t.Bytes + d.Bytes} }

// memory is what the writer knows without asking the database. Only it changes it, after each commit. One process
// has the directory open, so nobody else can change the rows that stand behind it.
type memory struct {
	epochs         [Partitions]uint64
	next, reserved int64 // identities
	insertOps      multiRow
	insertRuns     multiRow
	teams          map[int64]int64 // of scenarios that executions have ended of

	mu     sync.RWMutex
	totals map[totalKey]total
}

func (m *memory) total(k totalKey) total {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.totals[k]
}

// sum adds the totals of a kind up over all owners.
func (m *memory) sum(kind totalKind) Counted {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var c Counted
	for k, t := range m.totals {
		if k.kind == kind {
			c.Number, c.Bytes = c.Number+t.Number, c.Bytes+t.Bytes
		}
	}
	return c
}

// owners lists those with any of a kind, sorted.
func (m *memory) owners(kind totalKind) []int64 {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var found []int64
	for k, t := range m.totals {
		if k.kind == kind && t.Number > 0 {
			found = append(found, k.owner)
		}
	}
	slices.Sort(found)
	return found
}

func (m *memory) add(deltas map[totalKey]total) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, d := range deltas {
		m.totals[k] = m.totals[k].plus(d)
	}
}
