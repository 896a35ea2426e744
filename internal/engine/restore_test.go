package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/value"
)

// richScenario has a frame of every kind: sources in sources, routes, error routes, bundles side by side, computed bundles.
func richScenario(ropeway string) scenario {
	return scenario{
		flow: flow(node("1", "test:Watch", "", ""), node("2", "builtin:BasicFeeder", `{"array":"{{split(\"a,`+long()+`,c\"; \",\")}}"}`, ""),
			failing("3", "RuntimeError", onError(act("4", "handled"), node("5", "builtin:Resume", `{"v":"instead"}`, ""))),
			node("6", "test:Save", `{"v":"{{1.n}}"}`, ""),
			node("7", "builtin:BasicRouter", "", `"routes":[{"flow":[`+act("8", "{{3.v}}")+`]},{"flow":[`+failing("9", "DataError", "")+`]}]`)),
		settings: `{"dlq":true,"autoCommit":true}`, ropeway: ropeway, batches: [][]value.Value{numbers(1, 2, 3)},
		config: engine.Config{ID: "x", Seed: 7, Started: start},
	}
}

// checkpoints returns those that are taken after each task of an execution.
func checkpoints(tb testing.TB, p *process) [][]byte {
	tb.Helper()
	var list [][]byte
	x := p.plan.Start(p.config())
	p.run(x, 1<<30, func() bool {
		if c := x.Checkpoint(); c != nil {
			list = append(list, c)
		}
		return false
	})
	return list
}

func richProcess(tb testing.TB, ropeway string) *process {
	tb.Helper()
	return newProcess(tb, richScenario(ropeway), first)
}

func TestCheckpointsAreRefused(t *testing.T) {
	t.Parallel()
	p := richProcess(t, "")
	list := checkpoints(t, p)
	c := list[len(list)-1]
	other := richProcess(t, `{"bundlesAtOnce":2}`)
	shorter := richProcess(t, "")
	for address, r := range p.journal {
		if address == "1/1" {
			r.Result.Bundles = engine.List(numbers(1))
		}
		shorter.journal[address] = r
	}
	cases := []struct {
		name    string
		process *process
		data    []byte
		want    string
	}{
		{"nothing", p, nil, "it is not whole"},
		{"cut off", p, c[:len(c)-1], "it is not whole"},
		{"changed", p, append([]byte{c[0], c[1] ^ 1}, c[2:]...), "it is not whole"},
		{"of another form", p, engine.WithForm(c, 200), "it has form 200"},
		{"of another plan", other, c, "it belongs to another version"},
		{"with more behind", p, p.plan.Seal(append(engine.Unseal(c), 0)), "it has no end"},
		{"that ends early", p, p.plan.Seal(engine.Unseal(c)[:1]), "a number is broken"},
		{"without its results", richProcess(t, ""), c, "there are no recorded bundles of 1/1"},
		{"with fewer results", shorter, c, "module 1 put out 3 bundles before, and 1 now"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := tc.process.plan.Restore(engine.Config{ID: "x", Seed: 7, Started: start, Recorded: tc.process.journal.find}, tc.data)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

func TestNoCheckpointWhileAnAggregatorHoldsBundles(t *testing.T) {
	t.Parallel()
	s := scenario{
		flow:     flow(node("1", "test:Watch", "", ""), act("2", "{{1.n}}"), node("3", "builtin:BasicAggregator", `{"x":"{{2.v}}"}`, `"parameters":{"feeder":1}`), act("4", "a"), act("5", "b")),
		settings: `{"autoCommit":false}`, batches: [][]value.Value{numbers(1, 2)}, config: engine.Config{ID: "x", Seed: 7, Started: start},
	}
	p := newProcess(t, s, first)
	x := p.plan.Start(p.config())
	var taken []string
	p.run(x, 1<<30, func() bool {
		taken = append(taken, fmt.Sprint(x.Checkpoint() != nil))
		return false
	})
	// Between the result of a module and the next step of the engine nothing has been collected of it yet.
	if got, want := strings.Join(taken, " "), "true true false true true"; got != want {
		t.Errorf("checkpoints after the tasks: %s, want %s", got, want)
	}
}

func TestACheckpointHoldsNoRecordedBundles(t *testing.T) {
	t.Parallel()
	bundle := value.Collection(value.F("n", value.Int(1)), value.F("secret", value.Text("swordfish")))
	s := scenario{flow: flow(node("1", "test:Watch", "", ""), act("2", "{{1.n}}"), act("3", "{{2.v}}")), batches: [][]value.Value{{bundle, bundle}}, config: engine.Config{ID: "x", Started: start}}
	p := newProcess(t, s, first)
	for _, c := range checkpoints(t, p) {
		if strings.Contains(string(c), "swordfish") || len(c) > 200 {
			t.Errorf("a checkpoint has %d bytes: %q", len(c), c)
		}
	}
}

// FuzzRestore looks for checkpoints that are taken although they make no sense: going on from one must not fail in the engine itself.
func FuzzRestore(f *testing.F) {
	for _, ropeway := range []string{"", `{"bundlesAtOnce":3,"orderKey":"{{1.n % 2}}"}`} {
		for _, c := range checkpoints(f, richProcess(f, ropeway)) {
			f.Add(engine.Unseal(c))
		}
	}
	whole := richProcess(f, `{"bundlesAtOnce":3,"orderKey":"{{1.n % 2}}"}`)
	checkpoints(f, whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := whole.plan.Restore(engine.Config{ID: "x", Seed: 7, Started: start, Recorded: whole.journal.find}, whole.plan.Seal(data))
		if err != nil {
			return
		}
		for range 100 {
			tasks, more := x.Advance(start, 100)
			if x.Done() || len(tasks) == 0 && !more {
				return
			}
			for _, task := range tasks {
				x.Complete(task, engine.Result{Finished: start})
			}
		}
	})
}
