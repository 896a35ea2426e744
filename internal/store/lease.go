package store

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"time"
)

// Fence is the right to write to the executions of a partition. Every lease has an epoch of its own, higher than
// those before it; a write with an older one is refused with ErrFenced.
type Fence struct {
	Partition int
	Epoch     uint64
}

// Lease is a partition that a node owns until a time. Its owner checks the time before each call to the outside.
type Lease struct {
	Fence
	Node  string
	Until time.Time
}

// PartitionOf returns the partition of a scenario, from 0 to Partitions-1. It never changes.
func PartitionOf(scenario int64) int {
	h := fnv.New32a()
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(scenario))
	_, _ = h.Write(b[:]) // a hash never fails
	return int(h.Sum32() % Partitions)
}

// AcquirePartitions gives node every partition among those wanted that is free, whose lease has ended at now, or that it held
// before, each with a new epoch and until now+ttl. Without any all are wanted.
func (s *Store) AcquirePartitions(ctx context.Context, node string, now time.Time, ttl time.Duration, wanted ...int) ([]Lease, error) {
	if len(wanted) == 0 {
		wanted = make([]int, Partitions)
		for part := range wanted {
			wanted[part] = part
		}
	}
	var leases []Lease
	err := s.updateLeases(ctx, func(t *tx) error {
		leases = leases[:0]
		taken, err := t.leases(node, now, wanted)
		if err != nil {
			return err
		}
		for _, part := range wanted {
			old, listed := taken[part]
			if !listed && t.store.dialect.shared {
				continue
			}
			if old.Node != "" && old.Node != node && old.Until.After(now) {
				continue
			}
			l := Lease{Fence: Fence{part, old.Epoch + 1}, Node: node, Until: now.Add(ttl)}
			if err := t.putLease(l); err != nil {
				return err
			}
			leases = append(leases, l)
		}
		return nil
	})
	return leases, err
}

// leases lists those that the node may take, by partition, and perhaps more.
func (t *tx) leases(node string, now time.Time, wanted []int) (map[int]Lease, error) {
	taken := map[int]Lease{}
	args := []driver.Value{node, nanos(now)}
	if t.store.dialect.shared {
		args = append(args, numbersOf(wanted))
	}
	err := t.each(func(row []driver.Value) error {
		part := int(integer(row[0]))
		taken[part] = Lease{Fence{part, uint64(integer(row[2]))}, text(row[1]), timeOf(integer(row[3]))}
		return nil
	}, t.store.dialect.takable, args...)
	return taken, err
}

func numbersOf(parts []int) []int64 {
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		numbers[i] = int64(part)
	}
	return numbers
}

func (t *tx) putLease(l Lease) error {
	t.epochs[l.Partition] = l.Epoch
	return t.later("INSERT INTO lease (part, node, epoch, until) VALUES (?, ?, ?, ?) "+
		"ON CONFLICT (part) DO UPDATE SET node = excluded.node, epoch = excluded.epoch, until = excluded.until",
		int64(l.Partition), l.Node, int64(l.Epoch), nanos(l.Until))
}

// RenewPartitions moves the end of the leases to now+ttl and returns those that were renewed: the others are lost.
func (s *Store) RenewPartitions(ctx context.Context, leases []Lease, now time.Time, ttl time.Duration) ([]Lease, error) {
	var renewed []Lease
	err := s.updateLeases(ctx, func(t *tx) error {
		renewed = renewed[:0]
		if err := t.lookUp(leases); err != nil {
			return err
		}
		for _, l := range leases {
			held, err := t.holds(l.Fence)
			if err != nil {
				return err
			}
			if held {
				l.Until = now.Add(ttl)
				renewed = append(renewed, l)
			}
		}
		return t.prolong(renewed)
	})
	return renewed, err
}

// prolong writes the new ends of leases that are held: where others share the database, in one statement.
func (t *tx) prolong(leases []Lease) error {
	if len(leases) == 0 {
		return nil
	}
	if t.store.dialect.shared {
		return t.later("UPDATE lease SET until = ? WHERE part = ANY(CAST(? AS BIGINT[]))", nanos(leases[0].Until), partsOf(leases))
	}
	for _, l := range leases {
		if err := t.putLease(l); err != nil {
			return err
		}
	}
	return nil
}

func partsOf(leases []Lease) []int64 {
	parts := make([]int64, len(leases))
	for i, l := range leases {
		parts[i] = int64(l.Partition)
	}
	return parts
}

// lookUp has the leases checked by what the database says now, and keeps others from them: they are about to be changed.
func (t *tx) lookUp(leases []Lease) error {
	return t.conn.lookUp(t, partsOf(leases))
}

// holds reports whether a lease is still that of its node.
func (t *tx) holds(f Fence) (bool, error) {
	err := t.check(f)
	if errors.Is(err, ErrFenced) {
		return false, nil
	}
	return err == nil, err
}

// ReleasePartitions gives the leases up at once, so that another node need not wait for their end. Lost ones are left alone.
func (s *Store) ReleasePartitions(ctx context.Context, leases []Lease) error {
	return s.updateLeases(ctx, func(t *tx) error {
		if err := t.lookUp(leases); err != nil {
			return err
		}
		for _, l := range leases {
			if held, err := t.holds(l.Fence); err != nil || !held {
				if err != nil {
					return err
				}
				continue
			}
			// The epoch rises with the release, so that what the node still has under way is refused.
			freed := Lease{Fence: Fence{l.Partition, l.Epoch + 1}}
			if err := t.putLease(freed); err != nil {
				return err
			}
		}
		return nil
	})
}

// nanos and timeOf turn times to and from their form in the database; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
