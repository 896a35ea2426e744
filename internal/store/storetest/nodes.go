package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

// Nodes is what nodes know of one another.
type Nodes interface {
	Node() string
	Time(ctx context.Context) (time.Time, error)
	Beat(ctx context.Context, n store.Node, ttl time.Duration) error
	RemoveNode(ctx context.Context, id string, started time.Time) error
	Nodes(ctx context.Context) ([]store.Node, error)
	Leases(ctx context.Context) ([]store.Lease, error)
	Glance(ctx context.Context, node string, now time.Time, ttl time.Duration) (store.Glance, error)
	Trait(ctx context.Context, name string) (string, error)
	SetTrait(ctx context.Context, name, before, text string) error
}

// Signals is what nodes tell one another.
type Signals interface {
	Tell(ctx context.Context, scenario int64, kind store.SignalKind, thing int64) error
	TellNodes(ctx context.Context, kind store.SignalKind, thing int64) error
	Signals(ctx context.Context, node string, limit int) ([]store.Signal, error)
	ForgetSignals(ctx context.Context, signals []store.Signal) error
	OldestSignal(ctx context.Context) (time.Time, error)
	PutAnswer(ctx context.Context, a store.Answer) error
	Answers(ctx context.Context, executions []int64) ([]store.Answer, error)
	ForgetAnswer(ctx context.Context, execution int64) error
}

func nodes(t *testing.T, b *bench) {
	began := b.clock.Now()
	one := store.Node{ID: node, Address: "one:1", Version: "v1", Form: 7, Web: true, Worker: true, Started: began, Seen: began, Running: 3, Waiting: 4}
	must(t, b.Beat(b.ctx, one, leaseTime))
	two := store.Node{ID: "node two", Form: 7, Web: true, Started: began, Seen: began.Add(time.Second)}
	must(t, b.Beat(b.ctx, two, leaseTime))
	two.Worker, two.Leaving, two.Seen = true, true, began.Add(2*time.Second)
	must(t, b.Beat(b.ctx, two, leaseTime))
	list, err := b.Nodes(b.ctx)
	must(t, err)
	if len(list) != 2 || list[0] != one || list[1] != two {
		t.Errorf("nodes: got %+v, want %+v and %+v", list, one, two)
	}
	glance := func(at time.Time) store.Glance {
		g, err := b.Glance(b.ctx, node, at, leaseTime)
		must(t, err)
		return g
	}
	equal(t, "all is well", glance(began), store.Glance{Workers: 1, Owned: store.Partitions})
	equal(t, "its leases end and nobody lives", glance(began.Add(leaseTime)), store.Glance{Free: store.Partitions})

	later := one
	later.Started = began.Add(time.Second)
	must(t, b.Beat(b.ctx, later, leaseTime))
	wantError(t, "beat of the one before it", b.Beat(b.ctx, one, leaseTime), store.ErrFenced)
	one.Seen = began.Add(leaseTime)
	must(t, b.Beat(b.ctx, one, leaseTime)) // the later one is dead, and the clock was set back
	must(t, b.RemoveNode(b.ctx, node, later.Started))
	must(t, b.RemoveNode(b.ctx, two.ID, two.Started))
	list, err = b.Nodes(b.ctx)
	must(t, err)
	equal(t, "nodes that are left", len(list), 1)

	_, err = b.Time(b.ctx)
	must(t, err)
	must(t, b.SetTrait(b.ctx, "key", "", "a"))
	wantError(t, "a setting that was made meanwhile", b.SetTrait(b.ctx, "key", "", "b"), store.ErrConflict)
	must(t, b.SetTrait(b.ctx, "key", "a", "c"))
	text, err := b.Trait(b.ctx, "key")
	must(t, err)
	equal(t, "setting", text, "c")
	none, err := b.Trait(b.ctx, "nothing")
	must(t, err)
	equal(t, "setting that nobody made", none, "")
}

func somePartitions(t *testing.T, b *bench) {
	must(t, b.ReleasePartitions(b.ctx, b.leases[10:20]))
	got, err := b.AcquirePartitions(b.ctx, "node two", b.clock.Now(), leaseTime, 5, 12, 15)
	must(t, err)
	if len(got) != 2 || got[0].Partition != 12 || got[1].Partition != 15 {
		t.Errorf("got %+v, want 12 and 15, since 5 is that of another", got)
	}
	again, err := b.AcquirePartitions(b.ctx, "node two", b.clock.Now(), leaseTime, 12)
	must(t, err)
	if len(again) != 1 || again[0].Epoch <= got[0].Epoch {
		t.Errorf("got %+v, want 12 with a newer epoch than %d", again, got[0].Epoch)
	}
	renewed, err := b.RenewPartitions(b.ctx, append(b.leases[:11:11], got[1]), b.clock.Now(), 2*leaseTime)
	must(t, err)
	equal(t, "renewed", len(renewed), 11)
	list, err := b.Leases(b.ctx)
	must(t, err)
	equal(t, "leases", len(list), store.Partitions)
	for part, want := range map[int]store.Lease{
		3: {Node: node, Until: b.clock.Now().Add(2 * leaseTime)}, 11: {}, 12: {Node: "node two", Until: b.clock.Now().Add(leaseTime)},
		15: {Node: "node two", Until: b.clock.Now().Add(2 * leaseTime)}, 200: {Node: node, Until: b.clock.Now().Add(leaseTime)},
	} {
		l := list[part]
		equal(t, fmt.Sprint("number of ", part), l.Partition, part)
		equal(t, fmt.Sprint("owner of ", part), l.Node, want.Node)
		if !l.Until.Equal(want.Until) {
			t.Errorf("end of %d: got %s, want %s", part, l.Until, want.Until)
		}
	}
}

// told lists what a node was told, without where and when.
func (b *bench) told(t *testing.T, node string) (told []string, signals []store.Signal) {
	t.Helper()
	signals, err := b.Signals(b.ctx, node, 100)
	must(t, err)
	for _, g := range signals {
		told = append(told, fmt.Sprintf("%d:%d", g.Kind, g.Thing))
	}
	return told, signals
}

func signals(t *testing.T, b *bench) {
	_, err := b.Accept(b.ctx, []store.Intake{
		{Webhook: 1, Scenario: 7, Received: b.clock.Now(), Run: true, Tell: true},
		{Webhook: 1, Scenario: 7, Received: b.clock.Now(), Tell: true},
		{Webhook: 2, Scenario: 8, Received: b.clock.Now(), Tell: true},
		{Webhook: 2, Scenario: 9, Received: b.clock.Now()},
	})
	must(t, err)
	called := b.accept(t, store.Intake{Scenario: 7, Run: true, Tell: true, Awaited: true})
	must(t, b.Tell(b.ctx, 7, store.CancelSignal, called.ID))
	told, list := b.told(t, node)
	equal(t, "told", fmt.Sprint(told), fmt.Sprintf("[1:7 1:8 2:%d 3:%d]", called.ID, called.ID)) // each once
	at, err := b.OldestSignal(b.ctx)
	must(t, err)
	equal(t, "age of the oldest", at, b.clock.Now())
	other, _ := b.told(t, "node two")
	equal(t, "told to who owns nothing", len(other), 0)
	must(t, b.ForgetSignals(b.ctx, list[:3]))
	told, _ = b.told(t, node)
	equal(t, "told and not forgotten", fmt.Sprint(told), fmt.Sprintf("[3:%d]", called.ID))

	for _, id := range []string{b.Node(), "node two"} {
		must(t, b.Beat(b.ctx, store.Node{ID: id, Form: 7, Seen: b.clock.Now(), Started: b.clock.Now()}, leaseTime))
	}
	must(t, b.TellNodes(b.ctx, store.ScenarioSignal, 7))
	told, _ = b.told(t, "node two")
	equal(t, "told to the other node", fmt.Sprint(told), "[4:7]")
	told, _ = b.told(t, b.Node())
	equal(t, "told to the node itself", fmt.Sprint(told), "[]")
	must(t, b.RemoveNode(b.ctx, "node two", b.clock.Now()))
	told, _ = b.told(t, "node two")
	equal(t, "told to a node that is gone", len(told), 0)
}

func answers(t *testing.T, b *bench) {
	waited := b.accept(t, store.Intake{Scenario: 7, Run: true, Awaited: true})
	other := b.accept(t, store.Intake{Scenario: 7, Run: true})
	ids := []int64{waited.ID, other.ID}
	for _, id := range ids {
		must(t, b.PutAnswer(b.ctx, store.Answer{Execution: id, Data: []byte("first")}))
		must(t, b.PutAnswer(b.ctx, store.Answer{Execution: id, Data: []byte("second")}))
	}
	list, err := b.Answers(b.ctx, ids)
	must(t, err)
	if len(list) != 1 || list[0].Execution != waited.ID || string(list[0].Data) != "first" {
		t.Errorf("answers: got %+v, want the first one of the execution that is awaited", list)
	}
	must(t, b.ForgetAnswer(b.ctx, waited.ID))
	run := other.Run(7, b.fence(7))
	b.step(t, run, store.Step{Start: &store.Start{At: b.clock.Now()}, End: &store.End{Status: store.Success, At: b.clock.Now()}})
	list, err = b.Answers(b.ctx, ids)
	must(t, err)
	if len(list) != 1 || list[0].Execution != other.ID || list[0].Data != nil {
		t.Errorf("answers: got %+v, want the execution that is over, without one", list)
	}
	none, err := b.Answers(b.ctx, nil)
	must(t, err)
	equal(t, "answers of no executions", len(none), 0)
}

// sharedOwnership gives each node some partitions, and looks at whose work each of them finds.
func sharedOwnership(t *testing.T, p pair) {
	var all []int64
	for range 40 {
		id := p.one.scenario(t)
		must(t, p.one.Activate(p.one.ctx, id, true, p.one.clock.Now()))
		p.one.finished(t, id, store.End{Status: store.Warning, Incomplete: []store.NewIncomplete{{Module: 1, Address: "1", Data: bundle("x", 1), Due: p.one.clock.Now()}}})
		p.one.running(t, id)
		must(t, p.one.Tell(p.one.ctx, id, store.QueueSignal, id))
		all = append(all, id)
	}
	must(t, p.one.ReleasePartitions(p.one.ctx, p.one.leases[100:]))
	_, err := p.two.AcquirePartitions(p.two.ctx, "node two", p.two.clock.Now(), leaseTime)
	must(t, err)
	for name, b := range map[string]*bench{node: p.one, "node two": p.two} {
		owned := map[int64]bool{}
		parts := map[int]bool{}
		for _, id := range all {
			if part := store.PartitionOf(id); (part < 100) == (b == p.one) {
				owned[id], parts[part] = true, true
			}
		}
		due, err := b.DueScenarios(b.ctx, name, b.clock.Now(), 100)
		must(t, err)
		incompletes, err := b.DueIncompletes(b.ctx, name, b.clock.Now(), 100)
		must(t, err)
		open, err := b.OpenPartitions(b.ctx, name)
		must(t, err)
		_, told := b.told(t, name)
		equal(t, name+": due", [4]int{len(due), len(incompletes), len(open), len(told)}, [4]int{len(owned), len(owned), len(parts), len(owned)})
		for i := range due {
			if !owned[due[i].ID] {
				t.Errorf("%s finds scenario %d, which is that of the other", name, due[i].ID)
			}
		}
	}
	every, err := p.two.DueScenarios(p.two.ctx, "", p.two.clock.Now(), 100)
	must(t, err)
	equal(t, "due of all nodes", len(every), len(all))
}

// sharedTime compares the time of both nodes, which is not that of their clocks.
func sharedTime(t *testing.T, p pair) {
	one, err := p.one.Time(p.one.ctx)
	two, err2 := p.two.Time(p.two.ctx)
	must(t, errors.Join(err, err2))
	if d := two.Sub(one); d < 0 || d > time.Minute {
		t.Errorf("the second node reads a time that is %s later than the first did just before", d)
	}
}
