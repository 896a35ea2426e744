package engine_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/value"
)

// long is a text that a checkpoint does not hold where it can be computed again.
func long() string { return strings.Repeat("x", 5000) }

// planner draws scenarios.
type planner struct {
	t    *rapid.T
	last int // module number
}

func (p *planner) id() string {
	p.last++
	return fmt.Sprint(p.last)
}

func (p *planner) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(p.t, label) }

// row draws a few modules behind the module with the number before; inner says whether rows may lie in it.
func (p *planner) row(before string, inner int, last bool) []string {
	var nodes []string
	for range rapid.IntRange(1, 3).Draw(p.t, "length") {
		n, ends := p.module(before, inner)
		if before = fmt.Sprint(p.last); ends && !last {
			continue
		}
		if nodes = append(nodes, n...); ends {
			break
		}
	}
	return nodes
}

// module draws one module, or some that belong together; ends says that nothing can follow.
func (p *planner) module(before string, inner int) (nodes []string, ends bool) {
	id := p.id()
	switch kind := p.pick("module", 12); {
	case kind == 0:
		return []string{node(id, "test:Echo", `{"v":"{{`+before+`.v}}+{{random}}","t":"{{now}}","pad":"`+long()+`"}`, p.filter(before))}, false
	case kind == 1:
		return []string{node(id, "builtin:BasicFeeder", `{"array":"{{split(\"a,`+long()+`,c\"; \",\")}}"}`, "")}, false
	case kind == 2:
		return []string{node(id, "test:Search", `{"find":"{{split(\"x,y,z\"; \",\")}}","t":"{{now}}"}`, p.filter(before))}, false
	case kind == 3:
		name := string(rune('a' + p.pick("variable", 2)))
		lifetime := []string{"roundtrip", "execution", "scenario"}[p.pick("lifetime", 3)]
		return []string{node(id, "util:Set", `{"name":"`+name+`","value":"{{`+before+`.v}}{{1.n}}","scope":"`+lifetime+`"}`, "")}, false
	case kind == 4:
		return []string{node(id, "util:Get", `{"name":"a"}`, ""), act(p.id(), "{{"+id+".a}}")}, false
	case kind == 5:
		return []string{node(id, "test:Save", `{"v":"{{1.n}}"}`, "")}, false
	case kind == 6 && inner > 0:
		feeder := node(id, "test:Search", `{"find":"{{split(\"p,q\"; \",\")}}"}`, "")
		inside := p.row(id, inner-1, false)
		return append(append([]string{feeder}, inside...), node(p.id(), "builtin:BasicAggregator", `{"x":"{{1.n}}"}`, `"parameters":{"feeder":`+id+`}`)), false
	case kind == 7 && inner > 0:
		routes := make([]string, 2)
		for i := range routes {
			routes[i] = `{"flow":[` + strings.Join(p.row(before, inner-1, true), ",") + `]}`
		}
		return []string{node(id, "builtin:BasicRouter", "", `"routes":[`+strings.Join(routes, ",")+`]`)}, true
	case kind == 8:
		return []string{p.failing(id, "DataError", "")}, false
	case kind == 9:
		directive := [][2]string{{"Ignore", ""}, {"Resume", `{"v":"instead"}`}, {"Break", `{"retry":true,"count":3,"interval":15}`}}[p.pick("directive", 3)]
		return []string{p.failing(id, "RuntimeError", onError(act(p.id(), "handled"), node(p.id(), "builtin:"+directive[0], directive[1], "")))}, false
	default:
		return []string{node(id, "test:Act", `{"v":"{{`+before+`.v}}{{1.n}}-{{random}}","t":"{{now}}"}`, p.filter(before))}, false
	}
}

func (p *planner) failing(id, kind, more string) string {
	return node(id, "test:Act", `{"v":"{{1.n}}","fail":"{{if(1.n = 2; \"`+kind+`\"; \"\")}}"}`, more)
}

func (p *planner) filter(string) string {
	if p.pick("filter", 4) > 0 {
		return ""
	}
	return `"filter":{"name":"","conditions":[[{"a":"{{1.n}}","o":"text:notequal","b":"3"}]]}`
}

// scenario is a drawn plan with what its trigger finds.
type scenario struct {
	flow, settings, ropeway string
	batches                 [][]value.Value
	config                  engine.Config
}

func drawScenario(t *rapid.T) scenario {
	p := &planner{t: t, last: 1}
	s := scenario{flow: flow(append([]string{node("1", "test:Watch", "", "")}, p.row("1", 2, true)...)...)}
	s.settings = fmt.Sprintf(`{"roundtrips":3,"dlq":true,"autoCommit":%t}`, rapid.Bool().Draw(t, "auto commit"))
	s.ropeway = fmt.Sprintf(`{"bundlesAtOnce":%d%s}`, rapid.SampledFrom([]int{1, 1, 3, 8}).Draw(t, "at once"),
		rapid.SampledFrom([]string{"", `,"orderKey":"{{1.n % 2}}"`}).Draw(t, "key"))
	for range rapid.IntRange(1, 3).Draw(t, "cycles") {
		s.batches = append(s.batches, numbers([]int{1, 2, 3, 4, 5}[:rapid.IntRange(1, 5).Draw(t, "bundles")]...))
	}
	s.config = engine.Config{ID: "x", Seed: 7, Started: start, Kept: value.Collection(value.F("a", value.Text("kept")))}
	if rapid.IntRange(0, 3).Draw(t, "input") == 0 {
		s.config.HasInput, s.config.Input = true, s.batches[0]
	}
	return s
}

// process is one life of an execution: it ends with the execution, or after a number of tasks.
type process struct {
	s       scenario
	plan    *engine.Plan
	world   *world
	journal recorder
	pick    func(n int) int
	now     time.Time
	// checkpoint is the last one taken, and consumed are the operations that it stands for.
	checkpoint []byte
	consumed   map[string]bool
	asked      []string // addresses looked for
}

func newProcess(tb testing.TB, s scenario, pick func(n int) int) *process {
	tb.Helper()
	w := &world{batches: s.batches}
	return &process{
		s: s, plan: plan(tb, w, s.flow, s.settings, s.ropeway), world: w, journal: recorder{}, now: start, consumed: map[string]bool{}, pick: pick,
	}
}

func (p *process) config() engine.Config {
	c := p.s.config
	c.Recorded = func(address string) (engine.Recorded, bool) {
		p.asked = append(p.asked, address)
		return p.journal.find(address)
	}
	return c
}

// run drives the execution until tasks have ended; after each one keep says whether a checkpoint is taken.
func (p *process) run(x *engine.Execution, tasks int, keep func() bool) {
	var out []*engine.Task
	ended := maps.Clone(p.consumed)
	for !x.Done() {
		ready, more := x.Advance(p.now, 1000)
		if out = append(out, ready...); more || x.Done() {
			continue
		}
		if tasks--; tasks < 0 {
			return
		}
		i := p.pick(len(out))
		task := out[i]
		out = slices.Delete(out, i, i+1)
		p.now = p.now.Add(time.Second)
		result := perform(task, p.now)
		if task.Kind == engine.RunOperation {
			a := task.Operation.Address
			ended[a] = true
			p.journal[a] = engine.Recorded{Started: task.Operation.Started, InputHash: engine.HashInput(task.Operation.Input), Result: result}
		}
		x.Complete(task, result)
		if !keep() {
			continue
		}
		if c := x.Checkpoint(); c != nil {
			p.checkpoint, p.consumed = c, maps.Clone(ended)
		}
	}
}

// summary is how an execution ended, in a form that does not depend on the order in which bundles side by side came to their end.
func summary(x *engine.Execution, w *world) string {
	o := x.Outcome()
	slices.SortFunc(o.Incomplete, func(a, b engine.Incomplete) int { return strings.Compare(a.Address, b.Address) })
	var b strings.Builder
	for _, i := range o.Incomplete {
		fmt.Fprintf(&b, "%d %s %v %s %t %d %s\n", i.ModuleID, i.Address, i.Reason, withoutTimes(i.Scope), i.Retry, i.Attempts, i.Interval)
	}
	var acts []string
	for _, line := range w.log {
		if !strings.HasPrefix(line, "commit") { // a commit that is recorded is asked for again, and does nothing
			acts = append(acts, line)
		}
	}
	slices.Sort(acts)
	return fmt.Sprintf("%s %v %d at %s, %d cycles, %d operations, deactivate %t, retry %t, kept %s\n%v\n%s%s",
		o.Status, o.Error, o.FailedModule, o.FailedAt, o.Cycles, o.Operations, o.Deactivate, o.Retry, o.Kept.JSON(), x.Counts(), b.String(), strings.Join(acts, "\n"))
}

// withoutTimes leaves out what depends on when operations ran.
func withoutTimes(scope value.Value) string {
	b := value.NewBuilder(scope.Len())
	for id, bundle := range scope.Fields() {
		c := value.NewBuilder(bundle.Len())
		for name, v := range bundle.Fields() {
			if name != "t" {
				c.Set(name, v)
			}
		}
		b.Set(id, c.Build())
	}
	return b.Build().JSON()
}

// TestGoingOnFromACheckpointChangesNothing runs drawn scenarios twice: through, and with a crash at some point from which they go on
// from the last checkpoint. The ends are the same, no recorded operation runs twice, and none that the checkpoint stands for is looked at.
func TestGoingOnFromACheckpointChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := drawScenario(rt)
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "next") }
		whole := newProcess(t, s, pick)
		x := whole.plan.Start(whole.config())
		whole.run(x, 1<<30, func() bool { return false })
		want := summary(x, whole.world)

		p := newProcess(t, s, pick)
		every := rapid.IntRange(1, 4).Draw(rt, "every")
		n := 0
		keep := func() bool { n++; return n%every == 0 }
		x = p.plan.Start(p.config())
		for lives := 0; !x.Done(); lives++ {
			life := 1 << 30
			if lives < 3 {
				life = rapid.IntRange(0, 12).Draw(rt, "life")
			}
			p.run(x, life, keep)
			if x.Done() {
				break
			}
			x = p.revive(rt)
		}
		if got := summary(x, p.world); got != want {
			rt.Fatalf("%s\nwith a crash:\n%s\nwithout:\n%s", s.flow, got, want)
		}
	})
}

// revive goes on after a crash.
func (p *process) revive(t *rapid.T) *engine.Execution {
	if p.checkpoint == nil {
		return p.plan.Start(p.config())
	}
	c := p.config()
	x, err := p.plan.Restore(c, p.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	if again := x.Checkpoint(); string(again) != string(p.checkpoint) {
		t.Fatalf("the state that was restored is another one:\n%q\n%q", again, p.checkpoint)
	}
	p.asked = nil
	for more := true; more; { // replays what is recorded behind the checkpoint
		if _, more = x.Advance(p.now, 1000); !more {
			break
		}
	}
	for _, address := range p.asked {
		if p.consumed[address] {
			t.Fatalf("%s is looked for, although the checkpoint stands for it", address)
		}
	}
	x, err = p.plan.Restore(c, p.checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	return x
}
