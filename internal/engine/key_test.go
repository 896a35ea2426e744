package engine_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// keyedWorld has a module test:Call that is unsafe, takes a key, and may be down for all bundles.
type keyedWorld struct {
	world
	keys []string // "n class key"
	down bool
}

// Find implements engine.Catalog.
func (w *keyedWorld) Find(name string, version int) (*module.Module, bool) {
	if name != "test:Call" {
		return w.world.Find(name, version)
	}
	m, ok := w.world.Find("test:Act", version)
	m.Delivery, m.TakesKey, m.Name = module.Unsafe, true, "Call"
	return m, ok
}

const keyedCall = `{"id":2,"module":"test:Call","version":1,"mapper":{"v":"{{1.n}}"},"metadata":{"ropeway":{"idempotencyHeader":"Idempotency-Key"%s}}}`

// run drives an execution of the calls and returns it.
func (w *keyedWorld) run(t *testing.T, c engine.Config, more string) *engine.Execution {
	t.Helper()
	p := plan(t, w, flow(node("1", "test:Watch", "", ""), fmt.Sprintf(keyedCall, more)), `{"dlq":true}`, "")
	x := p.Start(c)
	for !x.Done() {
		tasks, _ := x.Advance(start, 1000)
		for _, task := range tasks {
			r := perform(task, start)
			if op := task.Operation; op != nil && op.ModuleID == 2 {
				if w.down {
					r = engine.Result{Err: fault.New(fault.Connection, "away"), Finished: start}
				}
				k := op.Idempotency
				if k == nil {
					k = &module.IdempotencyKey{Key: "none"}
				}
				w.keys = append(w.keys, fmt.Sprintf("%s %s %s %s", value.Render(op.Input.Get("v")), task.Delivery, k.Header, k.Key))
			}
			x.Complete(task, r)
		}
	}
	return x
}

func newKeyedWorld(down bool) *keyedWorld {
	return &keyedWorld{world: world{batches: [][]value.Value{numbers(1, 2)}}, down: down}
}

func (w *keyedWorld) sent() string { return strings.Join(w.keys, "\n") }

func TestIdempotencyKeysBelongToOneOperation(t *testing.T) {
	t.Parallel()
	of := func(c engine.Config) string {
		w := newKeyedWorld(false)
		w.run(t, c, "")
		return w.sent()
	}
	base := engine.Config{ID: "4", Seed: 9, Started: start}
	first := of(base)
	form := regexp.MustCompile(`^1 idempotent Idempotency-Key ([0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\n2 idempotent Idempotency-Key (\S+)$`)
	m := form.FindStringSubmatch(first)
	if m == nil || m[1] == m[2] {
		t.Fatalf("got\n%s\nwant two calls with keys of their own", first)
	}
	if again := of(base); again != first {
		t.Errorf("the same execution sent\n%s\nand then\n%s", first, again)
	}
	for _, other := range []engine.Config{{ID: "5", Seed: 9, Started: start}, {ID: "4", Seed: 10, Started: start}, {ID: "4", KeyID: "6", Seed: 9, Started: start}} {
		if sent := of(other); strings.Contains(sent, m[1]) || strings.Contains(sent, m[2]) {
			t.Errorf("execution %q with key ID %q and seed %d sent keys of another one:\n%s", other.ID, other.KeyID, other.Seed, sent)
		}
	}
}

func TestNotSafeToRepeatOutweighsAKey(t *testing.T) {
	t.Parallel()
	w := newKeyedWorld(false)
	w.run(t, engine.Config{ID: "4", Seed: 9, Started: start}, `,"safeToRepeat":false`)
	if !strings.HasPrefix(w.sent(), "1 unsafe Idempotency-Key ") {
		t.Errorf("got\n%s\nwant unsafe calls with keys", w.sent())
	}
}

// TestARetrySendsTheSameKey retries an incomplete execution: in other executions, and with bundles that a person has edited.
func TestARetrySendsTheSameKey(t *testing.T) {
	t.Parallel()
	w := newKeyedWorld(true)
	x := w.run(t, engine.Config{ID: "4", Seed: 9, Started: start}, "")
	incomplete := x.Outcome().Incomplete
	if len(incomplete) != 2 || !incomplete[1].Retry {
		t.Fatalf("got %+v, want two bundles to retry", incomplete)
	}
	retry := func(bundles value.Value, seed uint64) string {
		r := newKeyedWorld(false)
		r.run(t, engine.Config{ID: fmt.Sprint(seed), Seed: seed, Started: start, Resume: &engine.Resume{Module: 2, Bundles: bundles}}, "")
		return r.sent()
	}
	bundles := incomplete[1].Scope
	if got, want := retry(bundles, 50), w.keys[1]; got != want {
		t.Errorf("the retry sent %q, the operation %q", got, want)
	}
	edited := bundles.With("1", value.Collection(value.F("n", value.Int(2)), value.F("note", value.Text("edited"))))
	first, second := retry(edited, 60), retry(edited, 61)
	if first != second || strings.Contains(first, strings.Fields(w.keys[1])[3]) {
		t.Errorf("edited bundles sent %q and %q, before %q; want the same, and not that of before", first, second, w.keys[1])
	}
	kept, rest, err := value.DecodeBinary(value.AppendBinary(nil, bundles)) // as a store does
	if err != nil || len(rest) > 0 {
		t.Fatal(err)
	}
	if got := retry(kept, 70); got != w.keys[1] {
		t.Errorf("the retry from the store sent %q, the operation %q", got, w.keys[1])
	}
}
