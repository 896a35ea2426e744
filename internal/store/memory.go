package store

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"sync/atomic"
	"time"
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

// memory is what a writer knows without asking the database. Only it changes it, after each commit. Where one process has the
// database, nobody else can change the rows that stand behind it. Where several have, the epochs are what this process was
// given, and the database is asked whether they still hold; and the totals are not kept, but read.
type memory struct {
	epochs [Partitions]uint64
	// next is the next identity, reserved the first one that is not reserved. Executions that begin early take some beside the writer.
	next, reserved atomic.Int64
	until          atomic.Int64        // what time they take some of the block, where several processes take some; nanoseconds since 1970
	block          block               // of them that was taken last, where several processes take some
	recent         map[totalKey]recent // totals as they were read some time ago, with what this process has added since
	teams          map[int64]int64     // of scenarios that executions have ended of, in which they stay

	mu     sync.RWMutex
	totals map[totalKey]total
}

// number takes the next identity if it is below a bound.
func (m *memory) number(below int64) (int64, bool) {
	for {
		next := m.next.Load()
		if next >= below {
			return 0, false
		}
		if m.next.CompareAndSwap(next, next+1) {
			return next, true
		}
	}
}

// skip has the next identity be at least first.
func (m *memory) skip(first int64) {
	for {
		next := m.next.Load()
		if next >= first || m.next.CompareAndSwap(next, first) {
			return
		}
	}
}

// recent is a total that others change, and when it was read.
type recent struct {
	total
	read time.Time
}

// block is a block of identities: how many there were in it, and until when some are taken from it.
type block struct {
	size  int64
	until time.Time
}

// after returns a block to take when one is used up, or over: about as large as what this node uses in its time, so that few are
// left unused.
func (b block) after(now time.Time, left int64) block {
	size := max(b.size, smallestBlock)
	switch {
	case left == 0 && now.Before(b.until):
		size *= 2
	case left > size/2:
		size /= 2
	}
	return block{size: min(max(size, smallestBlock), reservedIdentities), until: now.Add(blockLife)}
}

func newMemory() *memory {
	return &memory{totals: map[totalKey]total{}, recent: map[totalKey]recent{}, teams: map[int64]int64{}}
}

func (m *memory) total(k totalKey) total {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.totals[k]
}

// ofKind returns the totals of a kind that are not empty, by owner.
func (m *memory) ofKind(kind totalKind) map[int64]total {
	m.mu.RLock()
	defer m.mu.RUnlock()
	found := map[int64]total{}
	for k, t := range m.totals {
		if k.kind == kind && t != (total{}) {
			found[k.owner] = t
		}
	}
	return found
}

func (m *memory) add(deltas map[totalKey]total) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, d := range deltas {
		m.totals[k] = m.totals[k].plus(d)
	}
}

// sumOfTotal reads one total: the sum of what several writers keep of it in rows of their own.
const sumOfTotal = "SELECT CAST(coalesce(sum(number), 0) AS BIGINT), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM total WHERE kind = ? AND owner = ?"

// totalWait is how long a total may take to be read by those who cannot be told that it failed.
const totalWait = 5 * time.Second

// total returns a running total as it was last committed. Where it has to be read and cannot be, it is the one that was read last.
func (s *Store) total(kind totalKind, owner int64) total {
	k := totalKey{kind, owner}
	if !s.dialect.shared {
		return s.memory.total(k)
	}
	ctx, cancel := context.WithTimeout(context.Background(), totalWait)
	defer cancel()
	sum, err := s.readTotal(ctx, k)
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	if err != nil {
		return s.memory.totals[k]
	}
	s.memory.totals[k] = sum
	return sum
}

func (s *Store) readTotal(ctx context.Context, k totalKey) (total, error) {
	if k.kind == finishedOfAll { // everybody would change the same row
		sums, err := s.totals(ctx, finishedOfScenario)
		return sumOf(sums), err
	}
	var sum total
	err := s.db.QueryRowContext(ctx, sumOfTotal, int64(k.kind), k.owner).Scan(&sum.Number, &sum.Bytes)
	return sum, readFault(err)
}

// totals returns the totals of a kind that are not empty, by owner.
func (s *Store) totals(ctx context.Context, kind totalKind) (map[int64]total, error) {
	if !s.dialect.shared {
		return s.memory.ofKind(kind), nil
	}
	found := map[int64]total{}
	_, err := list(ctx, s, newSelect("SELECT owner, CAST(sum(number) AS BIGINT), CAST(sum(bytes) AS BIGINT) FROM total WHERE kind = ?"+
		" GROUP BY owner HAVING sum(number) <> 0 OR sum(bytes) <> 0", int64(kind)), func(rows *sql.Rows) (struct{}, error) {
		var owner int64
		var t total
		err := rows.Scan(&owner, &t.Number, &t.Bytes)
		found[owner] = t
		return struct{}{}, err //nolint:wrapcheck // list wraps
	})
	return found, err
}

func sumOf(totals map[int64]total) total {
	var sum total
	for _, t := range totals {
		sum = sum.plus(t)
	}
	return sum
}

// counted adds the totals of a kind up over all owners.
func (s *Store) counted(ctx context.Context, kind totalKind) (Counted, error) {
	sums, err := s.totals(ctx, kind)
	return Counted(sumOf(sums)), err
}

// owners lists those with any of a kind, sorted.
func (s *Store) owners(ctx context.Context, kind totalKind) ([]int64, error) {
	sums, err := s.totals(ctx, kind)
	var found []int64
	for owner, t := range sums {
		if t.Number > 0 {
			found = append(found, owner)
		}
	}
	slices.Sort(found)
	return found, err
}
