//go:build linux || darwin

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

const (
	// faultsVariable is the number of faults, and shortFaults that of a short run: each kind once.
	faultsVariable = "ROPEWAY_CRASH_FAULTS"
	shortFaults    = 7
	// keepVariable is the folder in which a run that failed leaves what shows why; without it nothing is left.
	keepVariable = "ROPEWAY_CRASH_KEEP"
	// clusterNodes is how many nodes share the database.
	clusterNodes = 3
	// beyondLease is how long a node is paused or cut off: longer than it owns its partitions without renewing them.
	beyondLease = 9 * time.Second
	// promised is how long it may take until the partitions of a dead node belong to others.
	promised = 10 * time.Second
	// answerLimit is how long a sender waits for an answer.
	answerLimit = 5 * time.Second
	// lull is how long the cluster works undisturbed between two faults, at most.
	lull = 1500 * time.Millisecond
)

// TestBrokenCluster runs three nodes under load on one database, and kills, pauses and cuts off nodes, and stops and replaces the
// database. Then it compares acknowledgements, effects and history, as for one server.
func TestBrokenCluster(t *testing.T) {
	t.Parallel()
	faults, seed := draw(t, "faults", faultsVariable, shortFaults)
	c := newCluster(t, seed)
	defer c.keep()
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); c.load.run(ctx) }()
	err := c.breakAll(t.Context(), int(faults))
	stop()
	<-sent
	if err == nil {
		err = c.finish(t.Context())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(c.operator.log.errors(), "\n"))
	}
	c.report(t, check(t.Context(), t, c.operator, c.load, c.upstream), faults)
}

// member is a node: a process with a data directory and a way to the database of its own.
type member struct {
	*installation
	wire    *wire
	process *process
	address string
}

// cluster is nodes on one database, with what happens to them.
type cluster struct {
	t        *testing.T
	operator *installation // who imports, retries and checks, beside the nodes
	nodes    []*member
	ways     []*wire // to the database, of the nodes and of the operator
	primary  *postgrestest.Server
	standby  *postgrestest.Server
	name     string // of the database
	upstream *upstream
	load     *load
	client   *http.Client
	random   *rand.Rand
	watch    *store.Store // through which the leases are watched

	mu        sync.Mutex
	takeovers []time.Duration // from the death of a node until others owned all that it had
	done      map[string]int  // faults, by kind
	story     []string        // faults, with their times
}

func newCluster(t *testing.T, seed uint64) *cluster {
	t.Helper()
	c := &cluster{t: t, random: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}}
	ctx := context.WithoutCancel(t.Context())
	var err error
	c.primary, err = postgrestest.Start(ctx, postgrestest.Options{Durable: true, Settings: map[string]string{"synchronous_standby_names": "*"}})
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.closeDatabases() })
	if c.standby, err = c.primary.Follow(ctx); err != nil {
		t.Fatal(err)
	}
	url, err := c.primary.Database(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.name, _, _ = strings.Cut(url[strings.LastIndex(url, "/")+1:], "?")
	list := scenarios()
	c.upstream = newUpstream(t, list)
	c.upstream.many = true
	c.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: answerLimit}
	c.load = newLoad(list, c.upstream, c.client)
	c.load.refusable = true
	own := newWire(t, c.primary.Socket())
	c.ways = append(c.ways, own)
	c.operator = installOn(t.Context(), t, c.upstream, list, "postgres://ropeway@"+own.address()+"/"+c.name+"?sslmode=disable")
	for range clusterNodes {
		w := newWire(t, c.primary.Socket())
		in := build(t, c.operator.allow)
		in.database = "postgres://ropeway@" + w.address() + "/" + c.name + "?sslmode=disable"
		in.flags = []string{"--key-file", filepath.Join(c.operator.data, "master.key")}
		c.nodes, c.ways = append(c.nodes, &member{installation: in, wire: w}), append(c.ways, w)
	}
	c.watch, err = store.Open(t.Context(), t.TempDir(), store.Options{Clock: clock.System{}, Database: c.operator.database})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.watch.Close() }) // the database is gone by then
	var all sync.WaitGroup
	for _, n := range c.nodes {
		all.Go(func() {
			if err := c.begin(t.Context(), n); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func (c *cluster) closeDatabases() {
	for _, s := range []*postgrestest.Server{c.standby, c.primary} {
		if s == nil {
			continue
		}
		if err := s.Close(); err != nil {
			c.t.Error(err)
		}
	}
}

// begin starts a node, and sends it events when it is ready.
func (c *cluster) begin(ctx context.Context, n *member) error {
	p, err := n.start()
	if err != nil {
		return err
	}
	n.process = p
	limited, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	address, _, err := p.ready(limited, &http.Client{Timeout: readyLimit})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, &n.log)
	}
	c.mu.Lock()
	n.address = address
	c.mu.Unlock()
	c.redirect()
	return nil
}

// redirect tells the senders which nodes there are.
func (c *cluster) redirect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, n := range c.nodes {
		if n.address != "" {
			list = append(list, n.address)
		}
	}
	c.load.redirect(list...)
}

func (c *cluster) gone(n *member) {
	c.mu.Lock()
	n.address = ""
	c.mu.Unlock()
	c.redirect()
}

// breakAll does something to the cluster again and again.
func (c *cluster) breakAll(ctx context.Context, faults int) error {
	kinds := []struct {
		name string
		do   func(context.Context, *member) error
	}{
		{"killed nodes", c.killNode},
		{"paused nodes", c.pauseNode},
		{"nodes without database", c.cutOff},
		{"restarts of the database", c.restartDatabase},
		{"promotions of the standby", c.promote},
		{"nodes whose words arrive late", c.holdUp},
		{"stopped nodes", c.stopNode},
	}
	for n := range faults {
		kind, node := kinds[n%len(kinds)], c.nodes[c.random.IntN(len(c.nodes))]
		rest := time.Duration(c.random.Int64N(int64(lull)))
		err := clock.System{}.Sleep(ctx, rest)
		begin := clock.System{}.Now()
		if err == nil {
			err = kind.do(ctx, node)
		}
		c.story = append(c.story, fmt.Sprintf("%s to %s %s: node %d: %v", stamp(begin), stamp(clock.System{}.Now()), kind.name, slices.Index(c.nodes, node)+1, err))
		if err != nil {
			return fmt.Errorf("fault %d (%s): %w", n+1, kind.name, err)
		}
		c.done[kind.name]++
	}
	return nil
}

// stamp writes a time as the logs of the nodes do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// keep leaves what shows why the run failed in the folder that keepVariable names: the faults, the calls, the logs of the nodes, and
// the database as a script.
func (c *cluster) keep() {
	dir := os.Getenv(keepVariable)
	if dir == "" || !c.t.Failed() {
		return
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			c.t.Error(err)
		}
	}
	write("faults.txt", strings.Join(c.story, "\n")+"\n")
	write("calls.txt", c.upstream.story())
	for n, m := range c.nodes {
		write(fmt.Sprintf("node%d.log", n+1), m.log.String())
	}
	if err := c.primary.Dump(context.WithoutCancel(c.t.Context()), c.name, filepath.Join(dir, "database.sql")); err != nil {
		c.t.Error(err)
	}
	c.t.Logf("what shows why lies in %s", dir)
}

// killNode kills a node, waits until others have its partitions, and starts it again.
func (c *cluster) killNode(ctx context.Context, n *member) error {
	err := n.process.kill()
	c.gone(n)
	return errors.Join(err, c.untilTaken(ctx, n), c.begin(ctx, n))
}

// stopNode stops a node in good order, and starts it again.
func (c *cluster) stopNode(ctx context.Context, n *member) error {
	limited, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	c.gone(n)
	return errors.Join(n.process.stop(limited), c.begin(ctx, n))
}

// pauseNode stops a node for longer than it owns its partitions, as a machine does that is put to sleep.
func (c *cluster) pauseNode(ctx context.Context, n *member) error {
	if err := n.process.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	err := errors.Join(c.untilTaken(ctx, n), clock.System{}.Sleep(ctx, time.Duration(c.random.Int64N(int64(beyondLease-leaseOfNodes)))))
	if goOn := n.process.cmd.Process.Signal(syscall.SIGCONT); goOn != nil {
		return errors.Join(err, fmt.Errorf("go on: %w", goOn))
	}
	return err
}

// leaseOfNodes is how long a node owns its partitions at least.
const leaseOfNodes = 6 * time.Second

// cutOff takes the database away from a node.
func (c *cluster) cutOff(ctx context.Context, n *member) error {
	n.wire.sever()
	err := c.untilTaken(ctx, n)
	n.wire.heal()
	return err
}

// holdUp lets nothing between a node and its database through for longer than it owns its partitions. Then everything arrives.
func (c *cluster) holdUp(ctx context.Context, n *member) error {
	n.wire.hold()
	err := c.untilTaken(ctx, n)
	n.wire.heal()
	return err
}

// restartDatabase kills or stops the database, and starts it again.
func (c *cluster) restartDatabase(ctx context.Context, _ *member) error {
	if c.random.IntN(2) == 0 {
		c.primary.Kill()
	} else {
		c.primary.Stop()
	}
	away := time.Duration(c.random.Int64N(int64(2 * time.Second)))
	return errors.Join(clock.System{}.Sleep(ctx, away), c.primary.Run(ctx))
}

// promote kills the database and has its standby take over, which gets a standby of its own.
func (c *cluster) promote(ctx context.Context, _ *member) error {
	c.primary.Kill()
	old := c.primary
	if err := c.standby.Promote(ctx); err != nil {
		return err
	}
	c.primary, c.standby = c.standby, nil
	for _, w := range c.ways {
		w.lead(c.primary.Socket())
	}
	var err error
	c.standby, err = c.primary.Follow(ctx)
	return errors.Join(err, old.Close())
}

// untilTaken waits until no partition belongs to a node.
func (c *cluster) untilTaken(ctx context.Context, n *member) error {
	name, err := os.ReadFile(filepath.Join(n.data, "node"))
	if err != nil {
		return fmt.Errorf("read the name of the node: %w", err)
	}
	begin := clock.System{}.Now()
	limited, cancel := context.WithTimeout(ctx, 2*promised)
	defer cancel()
	err = waitUntil(limited, "until others have the partitions of a node", func() bool {
		leases, err := c.watch.Leases(ctx)
		return err == nil && !slices.ContainsFunc(leases, func(l store.Lease) bool { return l.Node == strings.TrimSpace(string(name)) || l.Node == "" })
	})
	c.takeovers = append(c.takeovers, clock.System{}.Now().Sub(begin))
	return err
}

// finish lets the nodes do what is left, and stops them.
func (c *cluster) finish(ctx context.Context) error {
	quiet, cancel := context.WithTimeout(ctx, quietLimit)
	defer cancel()
	err := c.load.waitUntilQuiet(quiet)
	for range 2 { // a retry may be set aside again
		if err == nil {
			err = c.operator.retry(ctx)
		}
		if err == nil {
			err = c.load.waitUntilQuiet(quiet)
		}
	}
	limited, cancelStop := context.WithTimeout(ctx, stopLimit)
	defer cancelStop()
	for _, n := range c.nodes {
		err = errors.Join(err, n.process.stop(limited))
	}
	return err
}

// report prints the numbers, and fails where a promise was broken.
func (c *cluster) report(t *testing.T, found *findings, faults uint64) {
	t.Helper()
	t.Logf("%v", c.done)
	t.Logf("%d events sent, %d acknowledged, %d refused, %d calls of the upstream", c.load.sent, len(c.load.acknowledged), c.load.refused, c.upstream.total)
	t.Log(found)
	t.Logf("from the loss of a node until others had its partitions:\n%s", histogram(c.takeovers))
	if late := slices.Max(append(c.takeovers, 0)); late > promised {
		t.Errorf("the partitions of a node were taken over after %s, want %s at most", late, promised)
	}
	repeats := 0
	for _, n := range found.repeats {
		repeats += n
	}
	if most := int(faults) * mostAtOnce * clusterNodes; repeats > most {
		t.Errorf("%d calls were repeated, want at most the %d that may have been under way", repeats, most)
	}
	for _, what := range []struct {
		name string
		list []string
	}{
		{"broken promises", found.problems}, {"answers that were not expected", c.load.unexpected}, {"calls that no scenario makes", c.upstream.strange},
	} {
		if len(what.list) > 0 {
			t.Errorf("%d %s:\n%s", len(what.list), what.name, strings.Join(what.list[:min(len(what.list), mostShown)], "\n"))
		}
	}
	if len(c.load.acknowledged) == 0 {
		t.Error("no event was acknowledged: the test shows nothing")
	}
}
