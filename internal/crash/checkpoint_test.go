//go:build linux || darwin

package crash_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
)

const (
	// longOperations is how many calls a long execution makes, longAtOnce of them side by side: it writes two checkpoints on its way.
	longOperations = 2500
	longAtOnce     = 8
	// longLife is how many calls a server makes at most before it is killed.
	longLife = 900
	// longEvery: one of so many kills is made here.
	longEvery = 2
	// replayedLog is what the server says where it cannot use a checkpoint.
	replayedLog = "its checkpoint could not be used"
)

// longScenario makes one call for each bundle of a repeater.
const longScenario = `{"name":"long","flow":[
	{"id":1,"module":"builtin:BasicRepeater","version":1,"parameters":{},"mapper":{"start":"1","repeats":"%d","step":"1"}},%s],
	"metadata":{"version":1,"scenario":{},"ropeway":{"bundlesAtOnce":%d}}}`

// tally is the other system of long executions: when which call of which execution came.
type tally struct {
	mu      sync.Mutex
	calls   map[int64]map[int][]time.Time
	strange []string
}

// ServeHTTP notes the call /execution/number.
func (c *tally) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	at := clock.System{}.Now()
	execution, number, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	id, err := strconv.ParseInt(execution, 10, 64)
	n, wrong := strconv.Atoi(number)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || wrong != nil || n < 1 || n > longOperations {
		c.strange = append(c.strange, r.URL.Path)
		return
	}
	if c.calls[id] == nil {
		c.calls[id] = map[int][]time.Time{}
	}
	c.calls[id][n] = append(c.calls[id][n], at)
}

// total returns how many calls there were.
func (c *tally) total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, calls := range c.calls {
		for _, times := range calls {
			n += len(times)
		}
	}
	return n
}

// complete reports whether so many executions have made all their calls.
func (c *tally) complete(executions int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, calls := range c.calls {
		if len(calls) == longOperations {
			executions--
		}
	}
	return executions == 0
}

// TestKilledCheckpoint kills a server while it works on long executions, which go on from their checkpoints. No call with a recorded result
// is made again, and in the end there is a result of each.
func TestKilledCheckpoint(t *testing.T) {
	t.Parallel()
	kills, seed := rehearse(t)
	kills = (kills + longEvery - 1) / longEvery
	c := &tally{calls: map[int64]map[int][]time.Time{}}
	service := httptest.NewServer(c)
	t.Cleanup(service.Close)
	in := build(t, strings.TrimPrefix(service.URL, "http://"))
	blueprint := filepath.Join(t.TempDir(), "long.json")
	writeFile(t, blueprint, fmt.Sprintf(longScenario, longOperations, send(2, "put", service.URL+"/{{executionId}}/{{1.i}}", "{{1.i}}"), longAtOnce))
	in.command(t, "scenario", "import", blueprint, "--start")
	withCheckpoint := in.killLong(t, c, int(kills), seed)
	s := in.open(t)
	defer closeStore(t, s)
	executions, results := c.check(t, s, int(kills))
	t.Logf("%d executions with %d results, a checkpoint at %d of the kills", executions, results, withCheckpoint)
	if withCheckpoint == 0 {
		t.Error("no execution had a checkpoint when the server was killed: the test shows nothing")
	}
	if log := in.log.String(); strings.Contains(log, replayedLog) {
		t.Errorf("a checkpoint was not used:\n%s", log)
	}
	for _, problem := range append(c.strange, in.log.errors()...) {
		t.Error(problem)
	}
}

// killLong kills the server while there is a long execution, lets those that are left end, and returns at how many kills there was a checkpoint.
func (in *installation) killLong(t *testing.T, c *tally, kills int, seed uint64) (withCheckpoint int) {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 5))
	open, begun := false, 0
	for range kills {
		p, _ := in.serve(t)
		if !open || c.complete(begun) { // all calls of what is open are made: only its end is missing
			in.command(t, "scenario", "run-once", "1")
			begun++
		}
		last := c.total() + random.IntN(longLife)
		if err := waitUntil(t.Context(), "the calls of a long execution", func() bool { return c.total() >= last || c.complete(begun) }); err != nil {
			t.Fatal(err)
		}
		if err := p.kill(); err != nil {
			t.Fatal(err)
		}
		var checkpoint bool
		if open, checkpoint = in.longState(t); checkpoint {
			withCheckpoint++
		}
	}
	for left := true; left; left, _ = in.longState(t) { // one whose calls are all made may be left by the stop
		p, _ := in.serve(t)
		if err := waitUntil(t.Context(), "the last calls", func() bool { return c.complete(begun) }); err != nil {
			t.Fatal(err)
		}
		if err := p.stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return withCheckpoint
}

// longState reports whether an execution is not over, and whether it has a checkpoint.
func (in *installation) longState(t *testing.T) (open, checkpoint bool) {
	t.Helper()
	s := in.open(t)
	defer closeStore(t, s)
	list, err := s.OpenExecutions(t.Context(), store.PartitionOf(1), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return false, false
	}
	journal, err := s.Load(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	return true, journal.Checkpoint != nil
}

// check compares the calls with the journals.
func (c *tally) check(t *testing.T, s *store.Store, kills int) (executions, results int) {
	t.Helper()
	repeats := 0
	for journal := range eachExecution(t, s, 1) {
		executions++
		id := journal.Execution.ID
		if journal.Execution.Status != store.Success {
			t.Errorf("execution %d: got status %s (%s), want a success", id, journal.Execution.Status, journal.Execution.Summary.ErrorMessage)
		}
		recorded := map[int]bool{}
		for r, err := range journal.Operations(t.Context(), 0) {
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Exchanges) == 0 {
				continue // the repeater's
			}
			address := r.Exchanges[0].Get("url").Str()
			n, err := strconv.Atoi(address[strings.LastIndexByte(address, '/')+1:])
			if err != nil || recorded[n] || len(c.calls[id][n]) == 0 {
				t.Errorf("execution %d: result of %s (%v): the second one %v, after %d calls", id, address, err, recorded[n], len(c.calls[id][n]))
			}
			recorded[n] = true
			for _, at := range c.calls[id][n] {
				if at.After(r.Finished) {
					t.Errorf("execution %d: call %d was made %v after its recorded result", id, n, at.Sub(r.Finished))
				}
			}
			repeats += len(c.calls[id][n]) - 1
		}
		if results += len(recorded); len(recorded) != longOperations || len(c.calls[id]) != longOperations {
			t.Errorf("execution %d: got results of %d calls, of %d that were made; want %d", id, len(recorded), len(c.calls[id]), longOperations)
		}
	}
	if executions != len(c.calls) || repeats > kills*longAtOnce {
		t.Errorf("got %d executions that made calls and %d in history; %d calls were repeated, want at most %d", len(c.calls), executions, repeats, kills*longAtOnce)
	}
	return executions, results
}

// eachExecution walks over the finished executions of a scenario.
func eachExecution(t *testing.T, s *store.Store, scenario int64) iter.Seq[*store.Journal] {
	t.Helper()
	return func(yield func(*store.Journal) bool) {
		ctx := context.Background()
		for filter := (store.HistoryFilter{Scenario: scenario, Limit: store.MaxPage}); ; {
			list, err := s.History(ctx, filter)
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				journal, err := s.Load(ctx, list[i].ID)
				if err != nil {
					t.Fatal(err)
				}
				if !yield(journal) {
					return
				}
				filter.After = list[i].Place()
			}
			if len(list) < store.MaxPage {
				return
			}
		}
	}
}
