package server

import (
	"context"
	"errors"
	"strconv"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of samples that are taken from the history.
const (
	// sampledExecutions is how many of the newest executions are looked through.
	sampledExecutions = 10
	// sampleSteps is how far the engine goes through the records of one of them.
	sampleSteps = 2000
	// maxShownSample is the size of a bundle that is shown as a sample.
	maxShownSample = 256 << 10
)

// pinnable returns a module of the newest version to which sample data can be pinned.
func (c sampleControl) pinnable(ctx context.Context, scenario int64, id int) (*module.Module, error) {
	v, err := c.Store.ScenarioVersion(ctx, scenario, 0)
	if err != nil {
		return nil, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return nil, err
	}
	n := nodeOf(bp, id)
	if n == nil {
		return nil, noModule(id)
	}
	m, ok := c.System.Modules.Find(n.Module, n.Version)
	if !ok {
		return nil, fault.Newf(fault.InvalidConfiguration, "[module-not-here] There is no module %s here.", n.Module).WithHint("[hint-app-not-installed] its app is not installed")
	}
	if m.Kind.Flow() || m.Kind == module.Responder {
		return nil, fault.Newf(fault.BundleValidation, "[pins-none] The module %s puts no bundles out, so none can be pinned to it.", m.FullName())
	}
	return m, nil
}

// nodeOf finds a module of a blueprint, nil where there is none of that number.
func nodeOf(bp *blueprint.Blueprint, id int) *blueprint.Node {
	var found *blueprint.Node
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) {
		if n.ID == id {
			found = n
		}
	})
	return found
}

func noModule(id int) error {
	return fault.Wrapf(fault.Data, store.ErrNotFound, "[scenario-no-module] The scenario has no module %d.", id)
}

// Get returns what is pinned to a module.
func (c sampleControl) Get(ctx context.Context, scenario int64, id int) (api.PinnedSample, error) {
	list, err := c.Store.Samples(ctx, scenario)
	if err != nil {
		return api.PinnedSample{}, err
	}
	for _, x := range list {
		if x.Module == id {
			return api.PinnedSample{Bundles: x.Bundles, Updated: x.Updated}, nil
		}
	}
	return api.PinnedSample{}, fault.Wrapf(fault.Data, store.ErrNotFound, "[nothing-pinned] Nothing is pinned to module %d.", id)
}

// Put pins bundles to a module. What its fields declare to be a password is not kept.
func (c sampleControl) Put(ctx context.Context, scenario int64, id int, p api.PinnedSample) (api.PinnedSample, error) {
	m, err := c.pinnable(ctx, scenario, id)
	if err == nil {
		err = checkBundles(p.Bundles)
	}
	if err != nil {
		return api.PinnedSample{}, err
	}
	kept := make([]value.Value, len(p.Bundles))
	for i, b := range p.Bundles {
		kept[i] = module.Mask(m.Interface, b)
	}
	if err := c.Store.PutSample(ctx, store.Sample{Scenario: scenario, Module: id, Name: m.FullName(), Bundles: kept}); err != nil {
		return api.PinnedSample{}, err
	}
	return c.Get(ctx, scenario, id)
}

// Delete removes what is pinned to a module.
func (c sampleControl) Delete(ctx context.Context, scenario int64, id int) error {
	return c.Store.DeleteSample(ctx, scenario, id)
}

// List returns one bundle for each module of the newest version.
func (c sampleControl) List(ctx context.Context, scenario int64) ([]api.ModuleSample, error) {
	v, err := c.Store.ScenarioVersion(ctx, scenario, 0)
	if err != nil {
		return nil, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return nil, err
	}
	return c.samplesOf(ctx, scenario, v.Version, bp)
}

// samplesOf returns one bundle for each module of a blueprint that puts out any, in document order.
func (c *Control) samplesOf(ctx context.Context, scenario, version int64, bp *blueprint.Blueprint) ([]api.ModuleSample, error) {
	s := sampling{control: c, version: version, byModule: map[int]*api.ModuleSample{}}
	bp.Walk(func(n *blueprint.Node, _ blueprint.WalkContext) { s.add(n) })
	if err := s.fromPinned(ctx, scenario); err != nil {
		return nil, err
	}
	if err := s.fromQueue(ctx, scenario, bp); err != nil {
		return nil, err
	}
	if err := s.fromHistory(ctx, scenario); err != nil {
		return nil, err
	}
	list := make([]api.ModuleSample, 0, len(s.order))
	for _, id := range s.order {
		list = append(list, *s.byModule[id])
	}
	return list, nil
}

// sampling gathers the samples of the modules of a scenario.
type sampling struct {
	control  *Control
	version  int64
	order    []int
	byModule map[int]*api.ModuleSample
	missing  int // modules that have only their own example, or nothing
}

// add notes a module with its own example.
func (s *sampling) add(n *blueprint.Node) {
	m, ok := s.control.System.Modules.Find(n.Module, n.Version)
	if ok && (m.Kind.Flow() || m.Kind == module.Responder) || s.byModule[n.ID] != nil {
		return
	}
	x := &api.ModuleSample{Module: n.ID, Name: n.Module, Origin: api.SampleNone}
	if ok {
		sample := m.Samples
		if sample.Kind() == value.KindArray {
			sample = sample.At(0)
		}
		if sample.Kind() == value.KindCollection {
			x.Origin, x.Bundle, x.Bundles = api.SampleDefinition, &sample, 1
		}
	}
	s.order, s.byModule[n.ID] = append(s.order, n.ID), x
	s.missing++
}

// wants reports whether a better sample of a module is looked for.
func (s *sampling) wants(id int, name string) bool {
	x := s.byModule[id]
	return x != nil && x.Name == name && (x.Origin == api.SampleDefinition || x.Origin == api.SampleNone)
}

func (s *sampling) fromPinned(ctx context.Context, scenario int64) error {
	list, err := s.control.Store.Samples(ctx, scenario)
	for _, p := range list {
		if s.wants(p.Module, p.Name) {
			x := s.byModule[p.Module]
			x.Origin, x.Bundle, x.Bundles, x.At = api.SamplePinned, &p.Bundles[0], len(p.Bundles), p.Updated
			s.missing--
		}
	}
	return err
}

// fromQueue takes what came last of what waits at the webhook with which the scenario starts: it is newer than what any execution has taken.
func (s *sampling) fromQueue(ctx context.Context, scenario int64, bp *blueprint.Blueprint) error {
	if len(bp.Flow) == 0 {
		return nil
	}
	first, c := bp.Flow[0], s.control
	m, known := c.System.Modules.Find(first.Module, first.Version)
	if !known || bp.Settings.Confidential || !listens(m) || !s.wants(first.ID, first.Module) {
		return nil
	}
	item, err := c.newestQueued(ctx, scenario)
	if err != nil || item.ID == 0 {
		return err
	}
	waiting, err := queueControl{c}.Peek(ctx, item.Webhook, item.ID)
	if errors.Is(err, store.ErrNotFound) { // an execution has taken it in this moment
		return nil
	}
	if err != nil {
		return err
	}
	s.takeReceived(first.ID, m, waiting)
	return nil
}

// newestQueued returns what came last of what waits at the webhooks of a scenario; number 0 where nothing waits. Which webhooks those are is
// not read in the blueprint: an imported one names webhooks of another system.
func (c *Control) newestQueued(ctx context.Context, scenario int64) (store.Item, error) {
	hooks, err := c.Store.WebhooksOf(ctx, scenario)
	newest := store.Item{}
	for i := range hooks {
		item, err := c.Store.NewestQueued(ctx, hooks[i].ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return item, err
		}
		if item.ID > newest.ID {
			newest = item
		}
	}
	return newest, err
}

// takeReceived keeps the first bundle of a payload that waits.
func (s *sampling) takeReceived(id int, m *module.Module, waiting api.QueueItem) {
	bundles := waiting.Bundles
	if receive := s.control.System.receive(&m.Description); receive != nil && len(bundles) == 1 {
		made, err := receive(bundles[0], waiting.Received, 0)
		if err != nil { // the definition of the app does not understand it
			return
		}
		bundles = made
	}
	if len(bundles) == 0 || bundles[0].Size() > maxShownSample {
		return
	}
	x := s.byModule[id]
	x.Origin, x.Bundle, x.Bundles, x.At = api.SampleReceived, &bundles[0], len(bundles), waiting.Received
	s.missing--
}

// fromHistory goes through the newest executions, until each module has put something out. What is made up does not count.
func (s *sampling) fromHistory(ctx context.Context, scenario int64) error {
	if s.missing == 0 {
		return nil
	}
	newest, err := s.control.Store.History(ctx, store.HistoryFilter{Scenario: scenario, Limit: sampledExecutions})
	for i := range newest {
		e := &newest[i]
		if s.missing == 0 || err != nil {
			break
		}
		if e.Mode&store.WithSamples != 0 || e.Origin == store.ByRetry || e.Origin == store.ByRerun || e.Started.IsZero() {
			continue
		}
		if err := s.replay(ctx, e); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return err
}

// replay walks through what is recorded of an execution, as the engine did, and takes the first bundle that each module put out. Modules that
// only compute do so again; nothing is called.
func (s *sampling) replay(ctx context.Context, e *store.Execution) error {
	machine, err := s.machine(ctx, e)
	if machine == nil || err != nil {
		return err
	}
	for range sampleSteps {
		tasks, more := machine.Advance(e.Started, sampleSteps)
		for _, t := range tasks {
			r := engine.Result{Finished: e.Started}
			if t.Kind == engine.RunOperation { // the records end here
				r.Err = fault.New(fault.ExecutionInterrupted, "[nothing-recorded] Nothing more is recorded.")
			}
			machine.Complete(t, r)
		}
		if s.missing == 0 || more || machine.Done() || len(tasks) == 0 {
			return nil
		}
	}
	return nil
}

// machine makes the engine of a recorded execution; nil where it cannot be walked through any more.
func (s *sampling) machine(ctx context.Context, e *store.Execution) (*engine.Execution, error) {
	v, err := s.control.Store.ScenarioVersion(ctx, e.Scenario, e.Version)
	if err != nil {
		return nil, err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return nil, err
	}
	plan, problems := engine.Compile(bp, s.control.System.Modules)
	if problems.Invalid() || plan.Settings.Confidential {
		return nil, nil //nolint:nilnil // the next execution may do
	}
	j, err := s.control.Store.Load(ctx, e.ID)
	if err != nil {
		return nil, err
	}
	input, err := j.Input(ctx)
	if err != nil {
		return nil, err
	}
	sc, x := s.control.System.bound(e.Scenario, e.Version, bp, plan), &execution{id: e.ID}
	if x.setRoot(e, input); sc.receive != nil && x.hasInput && len(x.input) == 1 {
		if x.input, err = sc.receive(x.input[0], x.started, x.seed); err != nil {
			return nil, nil //nolint:nilerr,nilnil // the definition of the app has changed
		}
	}
	config := sc.config(x)
	earlier := &journal{recorded: []earlier{{Journal: j}}, changes: &transaction{}}
	config.Recorded = func(address string) (engine.Recorded, bool) {
		r, found, err := earlier.Find(ctx, address)
		return r.Recorded, found && err == nil && !r.Announced
	}
	names := map[int]string{}
	for _, m := range plan.Modules() {
		if !e.Dry() || isReal(m.Bound) {
			names[m.ID] = m.Module
		}
	}
	config.Observe = func(ev engine.Event) { s.take(e, names[ev.Module], ev) }
	return plan.Start(config), nil
}

// isReal reports whether a module does the same in a dry run as else: it reads. What others put out there is made up, or computed of what is.
func isReal(m *module.Module) bool { return m != nil && m.Delivery == module.Read }

// take keeps the first bundle that a module put out.
func (s *sampling) take(e *store.Execution, name string, ev engine.Event) {
	if ev.Kind != engine.OperationDone || ev.Output == nil || ev.Output.Len() == 0 || !s.wants(ev.Module, name) {
		return
	}
	bundle, err := ev.Output.At(0)
	if err != nil || bundle.Size() > maxShownSample {
		return
	}
	x := s.byModule[ev.Module]
	x.Origin, x.Bundle, x.Bundles, x.Execution, x.At = api.SampleExecution, &bundle, ev.Output.Len(), e.ID, e.Started
	x.Outdated = e.Version != s.version
	s.missing--
}

// pinnedFor returns the bundles that stand in for modules of a blueprint, none unless they are asked for.
func (c *Control) pinnedFor(ctx context.Context, bp *blueprint.Blueprint, scenario int64, asked bool) (map[int][]value.Value, error) {
	if !asked {
		return nil, nil
	}
	list, err := c.Store.Samples(ctx, scenario)
	if err != nil {
		return nil, err
	}
	pinned := map[int][]value.Value{}
	for _, p := range list {
		if n := nodeOf(bp, p.Module); n != nil && n.Module == p.Name {
			pinned[p.Module] = p.Bundles
		}
	}
	return pinned, nil
}

// pinInto has sample data stand in for modules of an execution that is about to be recorded.
func (c *Control) pinInto(ctx context.Context, in *store.Intake) error {
	v, err := c.Store.ScenarioVersion(ctx, in.Scenario, in.Version)
	if err != nil {
		return err
	}
	bp, err := blueprint.Parse(v.Blueprint)
	if err != nil {
		return err
	}
	pinned, err := c.pinnedFor(ctx, bp, in.Scenario, true)
	if len(pinned) > 0 {
		in.Mode, in.Input = in.Mode|store.WithSamples, withSamples(pinned, in.Input)
	}
	return err
}

// fillBundles adds the samples of modules to the bundles that are given, as what a module can see.
func (c *Control) fillBundles(ctx context.Context, scenario, version int64, text []byte, id int, bundles value.Value) (value.Value, error) {
	bp, err := blueprint.Parse(text)
	if err != nil {
		return bundles, err
	}
	list, err := c.samplesOf(ctx, scenario, version, bp)
	b := value.NewBuilder(len(list) + bundles.Len())
	for _, x := range list {
		if x.Bundle != nil && x.Module != id {
			b.Set(strconv.Itoa(x.Module), *x.Bundle)
		}
	}
	return b.Merge(bundles).Build(), err
}
