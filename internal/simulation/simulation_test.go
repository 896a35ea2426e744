package simulation

import (
	"container/heap"
	"context"
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

var large = flag.Bool("large", false, "play a thousand nodes and a million scenarios, too")

// settings are what is played.
type settings struct {
	nodes, partitions, scenarios int
	period                       time.Duration // between two starts of a scenario
	work                         time.Duration // that an execution waits for services, on average
	latency                      time.Duration // of the database
	warmUp                       time.Duration // until the first start
	calm, after                  time.Duration // before and after what happens
	kill                         int           // nodes that die at once
	storm                        int           // deliveries to one scenario that come at once
}

// outcome is what was seen.
type outcome struct {
	settings
	asked              float64 // questions for coordination a second, when nothing happens
	before, during     []time.Duration
	stormed            []time.Duration
	owned              time.Duration // until every partition has an owner again
	resumed, ended     int
	begun, least, most int
}

// play plays the settings on a clock of its own.
func play(t *testing.T, s settings) outcome {
	t.Helper()
	o := outcome{settings: s}
	synctest.Test(t, func(t *testing.T) {
		d := newDatabase(s, clock.System{})
		ctx, cancel := context.WithCancel(t.Context())
		nodes := make([]*node, s.nodes)
		for i := range nodes {
			nodes[i] = runNode(ctx, fmt.Sprintf("node %04d", i), uint64(i), s, d)
		}
		wait(t, s.warmUp)
		o.least, o.most = spread(nodes)
		asked := d.taken(func() int { return d.asked })
		wait(t, s.calm)
		o.asked = float64(d.taken(func() int { return d.asked })-asked) / s.calm.Seconds()
		o.before = d.cut(&d.lateness)
		if s.storm > 0 {
			d.storm(s.storm)
		}
		for _, n := range nodes[:s.kill] {
			n.end()
		}
		o.owned = d.untilOwned(t, nodes[s.kill:])
		wait(t, s.after-o.owned)
		o.during, o.stormed = d.cut(&d.lateness), d.cut(&d.stormed)
		o.resumed = d.taken(func() int { return d.resumed })
		d.mu.Lock() // no more starts: what runs comes to its end
		for p := range d.partitions {
			d.partitions[p].due = nil
		}
		d.mu.Unlock()
		d.untilEnded(t)
		o.begun, o.ended = d.taken(func() int { return d.begun }), d.taken(func() int { return d.ended })
		cancel()
		for _, n := range nodes[s.kill:] {
			n.end()
		}
	})
	return o
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	if err := (clock.System{}).Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// taken reads something of the database.
func (d *database) taken(read func() int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return read()
}

// cut takes out what was measured so far, sorted.
func (d *database) cut(list *[]time.Duration) []time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := *list
	*list = nil
	slices.Sort(taken)
	return taken
}

// storm lets so many deliveries of one scenario be due at once.
func (d *database) storm(number int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for range number {
		heap.Push(&d.partitions[0].due, start{scenario: -1, due: d.clock.Now(), storm: true})
	}
}

// untilOwned waits until every partition belongs to one of the nodes.
func (d *database) untilOwned(t *testing.T, nodes []*node) time.Duration {
	t.Helper()
	begin := d.clock.Now()
	for {
		owned := 0
		for _, n := range nodes {
			owned += len(n.owned())
		}
		if owned == len(d.partitions) || d.clock.Now().Sub(begin) > time.Minute {
			return d.clock.Now().Sub(begin)
		}
		wait(t, 10*time.Millisecond)
	}
}

// untilEnded waits until all that has begun is over, as long as more of it is.
func (d *database) untilEnded(t *testing.T) {
	t.Helper()
	for last := -1; ; {
		ended := d.taken(func() int { return d.ended })
		if ended == last {
			return
		}
		last = ended
		wait(t, time.Minute)
	}
}

// spread returns how many partitions the nodes have at least and at most.
func spread(nodes []*node) (least, most int) {
	counts := make([]int, len(nodes))
	for i, n := range nodes {
		counts[i] = len(n.owned())
	}
	return slices.Min(counts), slices.Max(counts)
}

// at returns what a part of the times is not above.
func at(sorted []time.Duration, part float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(float64(len(sorted)-1)*part)].Round(time.Millisecond)
}

func (o *outcome) log(t *testing.T) {
	t.Helper()
	t.Logf("%d nodes, %d partitions, %d scenarios every %s: %d to %d partitions each; %.0f questions/s for coordination; %d starts, late by %s, %s, %s (50, 99 and 100 of 100)",
		o.nodes, o.partitions, o.scenarios, o.period, o.least, o.most, o.asked, len(o.before), at(o.before, 0.5), at(o.before, 0.99), at(o.before, 1))
	if o.kill > 0 {
		t.Logf("  %d of them die: every partition has an owner after %s; %d executions taken up; starts late by %s, %s, %s",
			o.kill, o.owned.Round(time.Millisecond), o.resumed, at(o.during, 0.5), at(o.during, 0.99), at(o.during, 1))
	}
	if o.storm > 0 {
		t.Logf("  %d deliveries to one scenario at once: they begin after %s, %s, %s; starts of others late by %s, %s, %s", o.storm,
			at(o.stormed, 0.5), at(o.stormed, 0.99), at(o.stormed, 1), at(o.during, 0.5), at(o.during, 0.99), at(o.during, 1))
	}
}

// check fails where something was lost, or came later than the times of the server allow.
func (o *outcome) check(t *testing.T) {
	t.Helper()
	const promised = 10 * time.Second // until the partitions of a dead node run elsewhere
	if o.ended != o.begun {
		t.Errorf("%d executions have begun and %d have ended", o.begun, o.ended)
	}
	if o.most-o.least > 1 {
		t.Errorf("the nodes have %d to %d partitions, want a difference of one at most", o.least, o.most)
	}
	if late := at(o.before, 1); late > 2*time.Second {
		t.Errorf("a start was late by %s though nothing had happened", late)
	}
	if o.owned > promised {
		t.Errorf("it took %s until every partition had an owner, want %s at most", o.owned, promised)
	}
	if late := at(o.during, 1); o.kill > 0 && late > promised+2*time.Second || o.kill == 0 && late > 2*time.Second {
		t.Errorf("a start was late by %s", late)
	}
}

// TestNodesDieAndStormsCome plays a few nodes: their partitions are shared evenly, those of dead ones run elsewhere in time, nothing is
// lost, and a storm for one scenario does not hold the others up.
func TestNodesDieAndStormsCome(t *testing.T) {
	t.Parallel()
	base := settings{
		partitions: 256, scenarios: 5_000, period: time.Minute, work: 200 * time.Millisecond, latency: 2 * time.Millisecond,
		warmUp: 10 * time.Second, calm: 30 * time.Second, after: 30 * time.Second,
	}
	for _, nodes := range []int{1, 3, 12} {
		s := base
		s.nodes, s.kill = nodes, nodes/3
		storm := base
		storm.nodes, storm.storm = nodes, 10_000
		for _, s := range []settings{s, storm} {
			t.Run(fmt.Sprintf("%d nodes, %d die, storm of %d", s.nodes, s.kill, s.storm), func(t *testing.T) {
				t.Parallel()
				o := play(t, s)
				o.log(t)
				o.check(t)
			})
		}
	}
}

// TestLargeCluster plays what nobody has at hand.
func TestLargeCluster(t *testing.T) {
	t.Parallel()
	if !*large {
		t.Skip("it takes minutes: make simulate")
	}
	for _, nodes := range []int{1, 10, 100, 256, 1000} {
		for _, partitions := range []int{256, 4096} {
			s := settings{
				nodes: nodes, partitions: partitions, scenarios: min(1_000_000, 20_000*nodes), period: 15 * time.Minute, work: time.Second, latency: 2 * time.Millisecond,
				warmUp: 15 * time.Second, calm: time.Minute, after: time.Minute, kill: nodes / 10,
			}
			o := play(t, s)
			o.log(t)
			o.check(t)
		}
	}
	o := play(t, settings{
		nodes: 100, partitions: 256, scenarios: 1_000_000, period: 15 * time.Minute, work: time.Second, latency: 2 * time.Millisecond,
		warmUp: 15 * time.Second, calm: time.Minute, after: 5 * time.Minute, storm: 100_000,
	})
	o.log(t)
	o.check(t)
}
