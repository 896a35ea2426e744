package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/value"
)

// sideBySide is a scenario whose bundles may travel together: two sources, an aggregator over the outer one.
func sideBySide() string {
	return flow(node("1", "test:Watch", "", ""),
		node("2", "builtin:BasicFeeder", `{"array":"{{split(\"x,y,z\"; \",\")}}"}`, ""),
		act("3", "{{1.n}}{{2.value}}"),
		node("4", "builtin:BasicAggregator", `{"x":"{{3.v}}"}`, `"parameters":{"feeder":1}`),
		act("5", `{{join(map(4.array; \"x\"); \",\")}}`))
}

// logged is what the driver was asked, without the order.
func logged(w *world) string {
	sorted := slices.Clone(w.log)
	slices.Sort(sorted)
	return strings.Join(sorted, "\n")
}

func TestBundlesSideBySideGiveTheSameResult(t *testing.T) {
	t.Parallel()
	batches := [][]value.Value{numbers(1, 2, 3, 4, 5)}
	serial := &world{batches: batches}
	x := plan(t, serial, sideBySide(), "", "").Start(engine.Config{ID: "x", Seed: 1, Started: start})
	drive(t, x, first)
	last := serial.log[len(serial.log)-1]
	for _, atOnce := range []int{2, 7, 64} {
		for seed := range uint64(20) {
			w := &world{batches: batches}
			p := plan(t, w, sideBySide(), "", fmt.Sprintf(`{"bundlesAtOnce":%d}`, atOnce))
			x := p.Start(engine.Config{ID: "x", Seed: 1, Started: start})
			r, most := rand.New(rand.NewPCG(seed, 1)), 0
			drive(t, x, func(n int) int { most = max(most, n); return r.IntN(n) })
			if got, want := logged(w), logged(serial); got != want {
				t.Fatalf("%d at once: got\n%s\nwant\n%s", atOnce, got, want)
			}
			if got := w.log[len(w.log)-1]; got != last {
				t.Fatalf("%d at once: the aggregate is %s, want %s", atOnce, got, last)
			}
			if most != min(atOnce, 15) {
				t.Errorf("%d at once: at most %d operations were out", atOnce, most)
			}
		}
	}
}

func TestOrderKeyKeepsBundlesInOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		w := &world{batches: [][]value.Value{numbers(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)}}
		p := plan(t, w, flow(node("1", "test:Watch", "", ""), act("2", "{{1.n}}"), act("3", "{{1.n}}")), "", `{"bundlesAtOnce":4,"orderKey":"{{1.n % 3}}"}`)
		x := p.Start(engine.Config{Started: start})
		r := rand.New(rand.NewPCG(seed, 2))
		drive(t, x, func(n int) int { return r.IntN(n) })
		lastOf := map[int]int{}
		for _, line := range w.log {
			var n int
			if _, err := fmt.Sscanf(line[strings.IndexByte(line, ' '):], "%d", &n); err != nil {
				t.Fatal(err)
			}
			if n < lastOf[n%3] {
				t.Fatalf("seed %d: %d ran after %d although both have the key %d:\n%s", seed, n, lastOf[n%3], n%3, strings.Join(w.log, "\n"))
			}
			lastOf[n%3] = n
		}
		if len(w.log) != 24 {
			t.Fatalf("got %d operations, want 24", len(w.log))
		}
	}
}

func TestSerialReason(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, flow, ropeway, want string }{
		{"variables", flow(act("1", "x"), node("2", "util:Set", `{"name":"a","scope":"roundtrip"}`, "")), `{"bundlesAtOnce":8}`, "module 2 (Set) works with variables"},
		{"a store without a key", flow(act("1", "x"), node("2", "test:Store", `{}`, "")), `{"bundlesAtOnce":8}`, "module 2 (Store) depends on the order"},
		{"a store with a key", flow(act("1", "x"), node("2", "test:Store", `{}`, "")), `{"bundlesAtOnce":8,"orderKey":"{{1.v}}"}`, ""},
		{"one at once", flow(act("1", "x"), node("2", "test:Store", `{}`, "")), `{"bundlesAtOnce":1}`, ""},
		{"no state", flow(act("1", "x")), `{"bundlesAtOnce":8}`, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := plan(t, &world{}, c.flow, "", c.ropeway).SerialReason
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOneFailingBundleDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	w := &world{batches: [][]value.Value{numbers(1, 2, 3, 4, 5, 6)}}
	p := plan(t, w, flow(node("1", "test:Watch", "", ""), failing("2", "DataError", ""), act("3", "{{1.n}}")), `{"dlq":true}`, `{"bundlesAtOnce":3}`)
	x := p.Start(engine.Config{Started: start})
	drive(t, x, func(n int) int { return n - 1 })
	if o := x.Outcome(); o.Status != engine.Warning || len(o.Incomplete) != 1 || len(w.log) != 10 {
		t.Errorf("got %s with %d set aside and %d operations, want warning, 1 and 10", o.Status, len(o.Incomplete), len(w.log))
	}
}

// recorder keeps the results of operations by address, as a journal does.
type recorder map[string]engine.Recorded

// driveRecording runs an execution and records each operation; it stops after the given number of them.
func (r recorder) drive(t *testing.T, x *engine.Execution, operations int) {
	t.Helper()
	now := start
	for !x.Done() && operations > 0 {
		tasks, more := x.Advance(now, 1000)
		if more {
			continue
		}
		for _, task := range tasks {
			result := perform(task, now.Add(3))
			if task.Kind == engine.RunOperation {
				operations--
				r[task.Operation.Address] = engine.Recorded{
					Started: task.Operation.Started, InputHash: engine.HashInput(task.Operation.Input), Result: result,
				}
			}
			now = now.Add(1e9)
			x.Complete(task, result)
		}
	}
}

func (r recorder) find(address string) (engine.Recorded, bool) { rec, ok := r[address]; return rec, ok }

// timed uses the time and random numbers, which a replay must draw again.
func timed() string {
	return flow(node("1", "test:Watch", "", ""), act("2", "{{1.n}} {{now}} {{uuid}}"), node("3", "test:Echo", `{"v":"{{random}} {{timestamp}} {{2.v}}"}`, ""), act("4", "{{3.v}}"))
}

func TestReplayGoesOnWithoutRepeating(t *testing.T) {
	t.Parallel()
	config := engine.Config{ID: "x", Seed: 99, Started: start}
	whole := recorder{}
	w := &world{batches: [][]value.Value{numbers(1, 2, 3)}}
	whole.drive(t, plan(t, w, timed(), "", "").Start(config), 1000)
	if len(whole) != 7 {
		t.Fatalf("got %d operations, want 7", len(whole))
	}
	for stop := range 8 {
		part := recorder{}
		w := &world{batches: [][]value.Value{numbers(1, 2, 3)}}
		part.drive(t, plan(t, w, timed(), "", "").Start(config), stop)
		known := len(part)
		again := &world{batches: [][]value.Value{numbers(1, 2, 3)}}
		c := config
		c.Recorded = part.find
		rest := recorder{}
		x := plan(t, again, timed(), "", "").Start(c)
		rest.drive(t, x, 1000)
		if len(rest) != 7-known || !x.Done() {
			t.Errorf("stopped after %d: %d operations ran again, want %d (done %v)", stop, len(rest), 7-known, x.Done())
		}
		for address := range rest {
			if _, twice := part[address]; twice {
				t.Errorf("stopped after %d: %s ran twice", stop, address)
			}
		}
	}
}

func TestReplayNoticesAnotherInput(t *testing.T) {
	t.Parallel()
	config := engine.Config{ID: "x", Seed: 99, Started: start}
	rec := recorder{}
	w := &world{batches: [][]value.Value{numbers(1)}}
	rec.drive(t, plan(t, w, flow(node("1", "test:Watch", "", ""), act("2", "old")), "", "").Start(config), 1000)
	config.Recorded = rec.find
	x := plan(t, &world{}, flow(node("1", "test:Watch", "", ""), act("2", "new")), "", "").Start(config)
	drive(t, x, first)
	if o := x.Outcome(); o.Status != engine.Failed || o.Error == nil || !strings.Contains(o.Error.Message, "1/1.1/2") {
		t.Errorf("got %s, %v; want it to stop at 1/1.1/2", o.Status, o.Error)
	}
}

func TestTheSameSeedGivesTheSameExecution(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		w := &world{batches: [][]value.Value{numbers(1, 2)}}
		drive(t, plan(t, w, timed(), "", "").Start(engine.Config{ID: "x", Seed: seed, Started: start}), first)
		return strings.Join(w.log, "\n")
	}
	if a, b := run(5), run(5); a != b {
		t.Errorf("the same seed gave\n%s\nand\n%s", a, b)
	}
	if a, b := run(5), run(6); a == b {
		t.Errorf("two seeds gave the same random numbers:\n%s", a)
	}
}
