package cluster_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/cluster"
)

const partitions = 256

// owners reads "a a b -" as the owners of four partitions, the last of which is free.
func owners(text string) []string {
	list := strings.Fields(text)
	for i, o := range list {
		if o == "-" {
			list[i] = ""
		}
	}
	return list
}

func TestDecide(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, me, nodes, owners string
		want                    string
	}{
		{"the first node takes everything", "a", "a", "- - - -", "take [0 1 2 3] give []"},
		{"nodes that begin together share", "a", "b a", "- - - - -", "take [0 1 2] give []"},
		{"and the second takes the rest", "b", "b a", "- - - - -", "take [3 4] give []"},
		{"a newcomer waits", "b", "a b", "a a a a", "take [] give []"},
		{"for what the others give", "a", "a b", "a a a a", "take [] give [2 3]"},
		{"and takes it", "b", "a b", "a a - -", "take [2 3] give []"},
		{"the one more stays where it is", "b", "a b", "a b b", "take [] give []"},
		{"what a dead node had is shared", "a", "a b", "a a b - -", "take [3] give []"},
		{"by the others as well", "b", "a b", "a a b - -", "take [4] give []"},
		{"a dead node that others do not know of keeps its own until they are free", "a", "a", "a c c", "take [] give []"},
		{"who is about to stop gives everything", "a", "b", "a b a b", "take [] give [0 2]"},
		{"also where nobody is left", "a", "", "a -", "take [] give [0]"},
		{"more nodes than partitions", "c", "a b c", "- -", "take [] give []"},
		{"and nobody moves for a newcomer then", "b", "a b c", "b c", "take [] give []"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			m := cluster.Decide(tc.me, cluster.View{Nodes: strings.Fields(tc.nodes), Owners: owners(tc.owners)})
			if got := fmt.Sprintf("take %v give %v", m.Take, m.Give); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// world is nodes that carry out what they decide, on leases that give each partition to one of them.
type world struct {
	nodes  []string
	owners []string
	moved  int
}

// step lets a node act on what it sees, which is what was so when seen was taken; the leases decide.
func (w *world) step(t *rapid.T, me string, seen cluster.View) {
	m := cluster.Decide(me, seen)
	for _, p := range m.Give {
		if seen.Owners[p] != me {
			t.Fatalf("%s gives partition %d away, which is that of %q", me, p, seen.Owners[p])
		}
		if w.owners[p] == me {
			w.owners[p] = ""
		}
	}
	for _, p := range m.Take {
		if seen.Owners[p] != "" {
			t.Fatalf("%s takes partition %d, which is that of %s", me, p, seen.Owners[p])
		}
		if w.owners[p] == "" {
			w.owners[p] = me
			w.moved++
		}
	}
}

func (w *world) view() cluster.View {
	return cluster.View{Nodes: slices.Clone(w.nodes), Owners: slices.Clone(w.owners)}
}

// leave takes a node out; its leases end, or it has given them up.
func (w *world) leave(node string) {
	w.nodes = slices.DeleteFunc(w.nodes, func(n string) bool { return n == node })
	for p, o := range w.owners {
		if o == node {
			w.owners[p] = ""
		}
	}
}

func (w *world) counts() map[string]int {
	counts := map[string]int{}
	for _, n := range w.nodes {
		counts[n] = 0
	}
	for _, o := range w.owners {
		counts[o]++
	}
	return counts
}

// balanced reports whether everything has an owner that lives, and nobody has two more than another.
func (w *world) balanced() bool {
	counts := w.counts()
	least, most := cluster.Target(len(w.owners), len(w.nodes))
	for n, c := range counts {
		if n == "" && c > 0 || n != "" && (c < least || c > most) {
			return false
		}
	}
	return len(counts) == len(w.nodes) || counts[""] == 0
}

// TestNodesComeAndGo lets nodes come and go in any order, each acting on an old view now and then.
func TestNodesComeAndGo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{owners: make([]string, partitions)}
		next := 0
		old := w.view()
		for range rapid.IntRange(1, 30).Draw(t, "changes") {
			switch {
			case len(w.nodes) == 0 || rapid.Bool().Draw(t, "comes"):
				next++
				w.nodes = append(w.nodes, fmt.Sprintf("node %03d", (next*37)%101))
			default:
				w.leave(rapid.SampledFrom(w.nodes).Draw(t, "leaves"))
			}
			for range rapid.IntRange(0, 5).Draw(t, "steps") {
				if len(w.nodes) == 0 {
					break
				}
				me := rapid.SampledFrom(w.nodes).Draw(t, "acts")
				seen := w.view()
				if rapid.Bool().Draw(t, "late") {
					seen = old
				}
				old = w.view()
				w.step(t, me, seen)
			}
		}
		w.converge(t)
	})
}

// converge has every node act twice, in some order, which is to be enough: once to give, once to take.
func (w *world) converge(t *rapid.T) {
	if len(w.nodes) == 0 {
		return
	}
	for round := 0; !w.balanced(); round++ {
		if round == 2 {
			t.Fatalf("not balanced after two rounds: %v", w.counts())
		}
		for _, me := range rapid.Permutation(w.nodes).Draw(t, "order") {
			w.step(t, me, w.view())
		}
	}
	before := w.moved
	for _, me := range w.nodes {
		w.step(t, me, w.view())
	}
	if w.moved != before {
		t.Fatalf("%d partitions moved though everything was balanced", w.moved-before)
	}
}

// TestLeastMovement counts what moves when one node comes to or leaves a balanced cluster.
func TestLeastMovement(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{owners: make([]string, partitions)}
		for i := range rapid.IntRange(2, 40).Draw(t, "nodes") {
			w.nodes = append(w.nodes, fmt.Sprintf("node %03d", i*2))
			w.converge(t)
		}
		_, most := cluster.Target(partitions, len(w.nodes))
		w.moved = 0
		if rapid.Bool().Draw(t, "comes") {
			w.nodes = append(w.nodes, fmt.Sprintf("node %03d", 1+2*rapid.IntRange(0, 50).Draw(t, "name")))
			_, most = cluster.Target(partitions, len(w.nodes))
		} else {
			w.leave(rapid.SampledFrom(w.nodes).Draw(t, "leaves"))
		}
		w.converge(t)
		if w.moved > most {
			t.Fatalf("%d partitions moved, want at most the %d of the node", w.moved, most)
		}
	})
}

func TestDecideIsDeterministic(t *testing.T) {
	t.Parallel()
	nodes := []string{"c", "a", "b"}
	other := []string{"b", "c", "a"}
	taken := map[int]int{}
	for _, me := range nodes {
		free := make([]string, partitions)
		one, two := cluster.Decide(me, cluster.View{Nodes: nodes, Owners: free}), cluster.Decide(me, cluster.View{Nodes: other, Owners: free})
		if !slices.Equal(one.Take, two.Take) {
			t.Errorf("%s takes %v and %v, by the order of the nodes", me, one.Take, two.Take)
		}
		for _, p := range one.Take {
			taken[p]++
		}
	}
	if len(taken) != partitions || slices.Max(slices.Collect(maps.Values(taken))) != 1 {
		t.Errorf("got %d partitions taken, want each of %d once", len(taken), partitions)
	}
}

func BenchmarkDecide(b *testing.B) {
	v := cluster.View{Owners: make([]string, partitions)}
	for i := range 1000 {
		v.Nodes = append(v.Nodes, fmt.Sprintf("node %03d", i))
	}
	for i := range v.Owners {
		v.Owners[i] = v.Nodes[i*3]
	}
	for b.Loop() {
		cluster.Decide("node 999", v)
	}
}
