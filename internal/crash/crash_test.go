//go:build linux || darwin

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// What the environment may say: the number of kills, and the seed of an earlier run to repeat its instants.
const (
	killsVariable = "ROPEWAY_CRASH_KILLS"
	seedVariable  = "ROPEWAY_CRASH_SEED"
	shortKills    = 20
)

// Instants of the kills.
const (
	// longestLife is how long a server lives at most once it is ready.
	longestLife = 400 * time.Millisecond
	// longestStart is how long after its start one is killed that need not become ready.
	longestStart = 40 * time.Millisecond
	// earlyKill is every how manieth kill comes while the server starts, on average.
	earlyKill = 8
	// retryKill is before every how manieth kill what was set aside is retried.
	retryKill = 3
)

// Time limits: of one process on its way to being ready, of the work that is left after the last kill, and of stopping.
const (
	readyLimit = 30 * time.Second
	quietLimit = 2 * time.Minute
	stopLimit  = time.Minute
)

// mostShown is how many lines of what went wrong are shown.
const mostShown = 20

// TestKilledServer kills the server again and again under load, then compares acknowledgements, effects and history.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	killServer(t, "")
}

// TestKilledServerOnPostgres does the same with the database elsewhere, which goes on meanwhile.
func TestKilledServerOnPostgres(t *testing.T) {
	t.Parallel()
	skipShort(t)
	database, err := postgrestest.Start(context.WithoutCancel(t.Context()), postgrestest.Options{Durable: true})
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := database.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	killServer(t, url)
}

// killServer kills a server with a database again and again; "" = in its data directory.
func killServer(t *testing.T, database string) {
	t.Helper()
	kills, seed := rehearse(t)
	list := scenarios()
	u := newUpstream(t, list)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: readyLimit}
	r := &rehearsal{
		installation: installOn(t.Context(), t, u, list, database), upstream: u, load: newLoad(list, u, client), client: client,
		random: rand.New(rand.NewPCG(seed, 0)),
	}
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); r.load.run(ctx) }()
	err := r.killAll(t.Context(), int(kills))
	stop()
	<-sent
	if err == nil {
		err = r.finish(t.Context())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(r.installation.log.errors(), "\n"))
	}
	found := check(t.Context(), t, r.installation, r.load, u)
	r.report(t, found)
}

// rehearse says how often to kill, and the seed of the instants. It skips the test where it is to be short.
func rehearse(t *testing.T) (kills, seed uint64) {
	t.Helper()
	return draw(t, "kills", killsVariable, shortKills)
}

// draw says how often to do what a variable counts, which a short run does a few times, and the seed of the instants. It skips the test where it is to be short.
func draw(t *testing.T, what, variable string, few uint64) (times, seed uint64) {
	t.Helper()
	skipShort(t)
	times, seed = fromEnvironment(t, variable, few), fromEnvironment(t, seedVariable, uint64(clock.System{}.Now().UnixNano()))
	t.Logf("%d %s; %s=%d repeats their instants", times, what, seedVariable, seed)
	return times, seed
}

// skipShort skips the test where it is to be short.
func skipShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts and kills real processes")
	}
}

// fromEnvironment returns the number in a variable, or another where there is none.
func fromEnvironment(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// rehearsal is one run of the test.
type rehearsal struct {
	installation *installation
	upstream     *upstream
	load         *load
	client       *http.Client
	random       *rand.Rand
	recoveries   []time.Duration // from the start of a process to its being ready
	early        int             // kills before that
}

// killAll starts and kills the server.
func (r *rehearsal) killAll(ctx context.Context, kills int) error {
	for n := range kills {
		if err := r.killOne(ctx, n); err != nil {
			return fmt.Errorf("kill %d: %w", n+1, err)
		}
	}
	return nil
}

func (r *rehearsal) killOne(ctx context.Context, n int) error {
	// Both numbers are drawn each time, so that the instants do not depend on what happens.
	early := r.random.IntN(earlyKill) == 0 && n > 0
	life := r.random.Float64()
	p, err := r.installation.start()
	if err != nil {
		return err
	}
	wait := time.Duration(life * float64(longestStart))
	if early {
		r.early++
	} else {
		wait = time.Duration(life * float64(longestLife))
		err = r.awaitReady(ctx, p)
		if err == nil && n%retryKill == retryKill-1 {
			err = r.installation.retry(ctx)
		}
	}
	if err == nil {
		err = clock.System{}.Sleep(ctx, wait)
	}
	err = errors.Join(err, p.kill())
	r.load.redirect("")
	return errors.Join(err, r.settle(ctx))
}

// settle waits until the upstream has seen all of a dead process.
func (r *rehearsal) settle(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	return r.upstream.nextRun(limited)
}

func (r *rehearsal) awaitReady(ctx context.Context, p *process) error {
	limited, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	address, took, err := p.ready(limited, r.client)
	if err != nil {
		return err
	}
	r.recoveries = append(r.recoveries, took)
	r.load.redirect(address)
	return nil
}

// finish lets the server do what is left, and stops it.
func (r *rehearsal) finish(ctx context.Context) error {
	p, err := r.installation.start()
	if err != nil {
		return err
	}
	err = r.awaitReady(ctx, p)
	if err == nil {
		quiet, cancel := context.WithTimeout(ctx, quietLimit)
		defer cancel()
		err = r.load.waitUntilQuiet(quiet)
		if err == nil {
			err = r.installation.retry(ctx)
		}
		if err == nil {
			err = r.load.waitUntilQuiet(quiet)
		}
	}
	limited, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	return errors.Join(err, p.stop(limited))
}

// report prints the numbers, and fails where the load or the logs show what should not be.
func (r *rehearsal) report(t *testing.T, found *findings) {
	t.Helper()
	t.Logf("%d events sent, %d acknowledged, %d calls of the upstream", r.load.sent, len(r.load.acknowledged), r.upstream.total)
	t.Log(found)
	t.Logf("killed while starting: %d; from start to ready otherwise:\n%s", r.early, histogram(r.recoveries))
	for _, what := range []struct {
		name string
		list []string
	}{
		{"broken promises", found.problems},
		{"answers that were not expected", r.load.unexpected},
		{"calls that no scenario makes", r.upstream.strange},
		{"errors of the server", r.installation.log.errors()},
	} {
		if len(what.list) > 0 {
			t.Errorf("%d %s:\n%s", len(what.list), what.name, strings.Join(what.list[:min(len(what.list), mostShown)], "\n"))
		}
	}
	if len(r.load.acknowledged) == 0 {
		t.Error("no event was acknowledged: the test shows nothing")
	}
}

// histogram shows how often a time was taken, in classes that double, and the middle and the longest of them.
func histogram(times []time.Duration) string {
	if len(times) == 0 {
		return "  none"
	}
	slices.Sort(times)
	var b strings.Builder
	rest := times
	for limit := 25 * time.Millisecond; len(rest) > 0; limit *= 2 {
		n := slices.IndexFunc(rest, func(d time.Duration) bool { return d > limit })
		if n < 0 {
			n = len(rest)
		}
		if n > 0 {
			fmt.Fprintf(&b, "  to %-6v %4d\n", limit, n)
		}
		rest = rest[n:]
	}
	fmt.Fprintf(&b, "  median %v, longest %v", times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond))
	return b.String()
}
