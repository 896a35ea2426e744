// Package cluster decides which partitions a node should own.
//
// It is policy alone, so that it can be tested and simulated without a database: given the nodes that live and the leases as
// somebody saw them, it says what each of them should take and give away. It takes nothing itself, knows no time, and trusts
// that whoever carries it out lets the database decide between two that want the same.
package cluster

import (
	"cmp"
	"slices"
)

// Move is what a node should do about its partitions.
type Move struct {
	Take []int // free ones, in order
	Give []int // ones of its own, in order, which it keeps until nothing of them runs any more
}

// View is what a node sees: who lives and may own partitions, and who owns which.
type View struct {
	// Nodes are the names of the nodes that live, may own partitions and are not about to stop, in any order, each once.
	Nodes []string
	// Owners is the owner of each partition, "" where it is free: nobody has it, or its lease is over.
	Owners []string
}

// share is a node with the partitions that it has, and how many it should have.
type share struct {
	node   string
	held   []int
	target int
}

// Decide says what a node should do. Everybody who sees the same comes to moves that fit together: no partition is taken by
// two, and nothing moves that need not. One that is not among the nodes gives everything away. It costs no more than a look at
// each partition and sorting the nodes.
func Decide(me string, v View) Move {
	shares := v.shares()
	if shares == nil {
		return Move{Give: v.heldBy(me)}
	}
	free := v.heldBy("")
	for _, s := range shares {
		missing := min(max(0, s.target-len(s.held)), len(free))
		if s.node == me {
			return Move{Take: free[:missing], Give: s.held[min(s.target, len(s.held)):]}
		}
		free = free[missing:]
	}
	return Move{Give: v.heldBy(me)}
}

// Target returns between how many partitions each of so many nodes has when they are balanced.
func Target(partitions, nodes int) (least, most int) {
	if nodes <= 0 {
		return 0, 0
	}
	least = partitions / nodes
	return least, (partitions + nodes - 1) / nodes
}

// shares deals the partitions out: as many to each node, and one more to some where that does not come out even. Those that have
// just that many keep it, so that nothing moves for it. nil where there is no node.
func (v View) shares() []share {
	if len(v.Nodes) == 0 {
		return nil
	}
	shares := make([]share, len(v.Nodes))
	at := make(map[string]int, len(v.Nodes))
	for i, node := range v.Nodes {
		shares[i].node, at[node] = node, i
	}
	for partition, owner := range v.Owners {
		if i, known := at[owner]; known && owner != "" {
			shares[i].held = append(shares[i].held, partition)
		}
	}
	least, most := Target(len(v.Owners), len(shares))
	slices.SortFunc(shares, func(a, b share) int {
		return cmp.Or(cmp.Compare(a.rank(most), b.rank(most)), cmp.Compare(a.node, b.node))
	})
	rest := len(v.Owners) % len(shares)
	for i := range shares {
		shares[i].target = least
		if i < rest {
			shares[i].target++
		}
	}
	return shares
}

// rank orders those who may have one more: the ones that have it, the ones that give some away, the others.
func (s share) rank(most int) int {
	switch held := len(s.held); {
	case held == most:
		return 0
	case held > most:
		return 1
	}
	return 2
}

func (v View) heldBy(node string) []int {
	var list []int
	for partition, owner := range v.Owners {
		if owner == node {
			list = append(list, partition)
		}
	}
	return list
}
