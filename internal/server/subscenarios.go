package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of scenarios that call one another.
const (
	// MaxCallDepth is how many scenarios call one another in a row, the first one included.
	MaxCallDepth = 16
	// maxCallWait is how long a scenario waits for the end of one that it called: as long as an execution may take.
	maxCallWait = runner.DefaultTimeout
	// callRemembered is how long a call is known after its start, so that a caller which goes on after a crash finds it again.
	callRemembered = 30 * 24 * time.Hour
)

// Fields of the recorded input of an execution that was started with values for the inputs of its scenario, in place of bundles.
const (
	inputsField  = "__INPUTS__"
	callersField = "__CALLERS__" // numbers of the scenarios that have called one another down to it, the first one first
	awaitedField = "__AWAITED__" // the caller waits for its end
)

// given is what an execution was started with, in place of bundles.
type given struct {
	inputs  value.Value // undefined for an execution that was started in another way
	callers []int64
	awaited bool
}

// input writes it as the recorded input of an execution.
func (g given) input() []value.Value {
	b := value.NewBuilder(3)
	b.Set(inputsField, g.inputs)
	if len(g.callers) > 0 {
		callers := make([]value.Value, len(g.callers))
		for i, id := range g.callers {
			callers[i] = value.Text(strconv.FormatInt(id, 10))
		}
		b.Set(callersField, value.Array(callers...)).Set(awaitedField, value.Bool(g.awaited))
	}
	return []value.Value{b.Build()}
}

// givenOf reads what input has written; false for bundles.
func givenOf(input []value.Value) (given, bool) {
	if len(input) != 1 || input[0].Get(inputsField).Kind() != value.KindCollection {
		return given{}, false
	}
	g := given{inputs: input[0].Get(inputsField), awaited: input[0].Get(awaitedField).Truth()}
	for _, v := range input[0].Get(callersField).Items() {
		id, err := strconv.ParseInt(v.Str(), 10, 64)
		if err != nil {
			return given{}, false
		}
		g.callers = append(g.callers, id)
	}
	return g, true
}

// givenTo finds what the execution was started with that a retried bundle belongs to. Where that is not kept any more, the defaults of the
// inputs count. The sample data that it runs with is given, too.
func (s *Service) givenTo(ctx context.Context, execution int64) (given, map[int][]value.Value, error) {
	for range maxChain {
		j, err := s.store.Load(ctx, execution)
		if errors.Is(err, store.ErrNotFound) {
			return given{}, nil, nil
		}
		if err != nil {
			return given{}, nil, fmt.Errorf("load execution %d: %w", execution, err)
		}
		input, err := j.Input(ctx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return given{}, nil, fmt.Errorf("load the input of execution %d: %w", execution, err)
		}
		pinned, input := withoutSamples(j.Execution.Mode, input)
		if g, ok := givenOf(input); ok || j.Execution.Origin != store.ByRetry && j.Execution.Origin != store.ByRerun {
			return given{inputs: g.inputs, callers: g.callers}, pinned, nil
		}
		execution = j.Execution.Source
	}
	return given{}, nil, nil
}

// readInputs checks values for declared inputs and gives them the declared types. What is wrong is a BundleValidation error that names the
// input.
func readInputs(inputs value.Value, fields []module.Field, zone *time.Location) (value.Value, error) {
	if inputs.Kind() != value.KindCollection {
		inputs = value.Collection()
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	for _, name := range inputs.Keys() {
		if slices.Contains(names, name) {
			continue
		}
		told := fault.Newf(fault.BundleValidation, "[input-unknown] The scenario has no input %.60q.", name).WithField(name)
		if near := fault.Nearest(name, names); near != "" {
			return value.Undefined, told.WithHintf("[hint-did-you-mean-bare] did you mean %s?", near)
		}
		if len(names) > 0 {
			return value.Undefined, told.WithHintf("[hint-there-are] there are %s", strings.Join(names, ", "))
		}
		return value.Undefined, told.WithHint("[hint-no-inputs] the scenario declares no inputs")
	}
	return module.Coerce(inputs, fields, zone)
}

// inputsFor returns what {{var.input}} holds in an execution, undefined for a scenario that declares no inputs.
func (sc *activeScenario) inputsFor(g given) value.Value {
	if !g.inputs.IsUndefined() || len(sc.inputs) == 0 {
		return g.inputs
	}
	if defaults, err := module.Coerce(value.Collection(), sc.inputs, sc.plan.Zone()); err == nil {
		return defaults
	}
	return value.Collection() // what is required is missing: it was started with bundles in place of inputs
}

// outputsOf gives what an execution has returned the types that its scenario declares. What does not fit stays as it is.
func outputsOf(returned value.Value, fields []module.Field, zone *time.Location) value.Value {
	if returned.Kind() != value.KindCollection {
		return value.Undefined
	}
	optional := slices.Clone(fields)
	for i := range optional {
		optional[i].Required = false
	}
	if typed, err := module.Coerce(returned, optional, zone); err == nil {
		return typed
	}
	return returned
}

// keepOutputs adds what an execution has returned to its summary. What is confidential is only noted to have been there.
func keepOutputs(summary *store.Summary, outputs value.Value, confidential bool) {
	switch {
	case outputs.IsUndefined():
	case confidential:
		summary.OutputsDropped = true
	default:
		summary.Outputs = json.RawMessage(outputs.JSON())
	}
}

// caller is the execution that an operation belongs to, as one that may call other scenarios.
type caller struct {
	execution  int64
	scenario   *activeScenario
	callers    []int64 // the scenarios that have called one another down to this one, which is the last
	cancelled  <-chan struct{}
	suspend    <-chan struct{} // closed when the caller is to leave
	sequential bool
	mode       store.Mode // of the execution
}

type callerKey struct{}

func withCaller(ctx context.Context, c *caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// callerOf returns the execution that an operation belongs to, nil where it belongs to none that is kept.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

func newCaller(sc *activeScenario, e *execution, cancelled <-chan struct{}) *caller {
	return &caller{
		execution: e.id, scenario: sc, callers: append(slices.Clone(e.given.callers), sc.id), cancelled: cancelled, suspend: e.holding.suspend,
		sequential: sc.plan.Settings.Sequential, mode: e.mode & store.DryRun,
	}
}

// lateScenarios are the scenarios of the service.
type lateScenarios struct{ late *late }

var _ builtin.Scenarios = lateScenarios{}

// Call asks the service.
func (l lateScenarios) Call(ctx context.Context, c builtin.ScenarioCall) (builtin.CalledScenario, error) {
	from := callerOf(ctx)
	if l.late.service == nil || from == nil {
		return builtin.CalledScenario{}, fault.New(fault.InvalidConfiguration, "[call-outside] Another scenario can only be called by a scenario that the server runs.")
	}
	return l.late.service.call(ctx, from, c)
}

// call starts the called execution, or finds the one that the same operation had started before a crash, and waits for it.
func (s *Service) call(ctx context.Context, from *caller, c builtin.ScenarioCall) (builtin.CalledScenario, error) {
	key := []byte("call\x00" + strconv.FormatInt(from.execution, 10) + "\x00" + c.Operation)
	id, found, err := s.store.Delivered(ctx, 0, key)
	begin := func() error { return nil }
	if err == nil && !found {
		id, begin, err = s.recordCalled(ctx, from, c, key)
	}
	called := builtin.CalledScenario{Execution: id}
	switch {
	case err != nil:
	case c.Wait:
		called.Outputs, err = s.awaitCalled(ctx, from, id, begin)
	default:
		err = begin()
	}
	return called, err
}

// recordCalled records the called execution, and returns its number and what has it begin.
func (s *Service) recordCalled(ctx context.Context, from *caller, c builtin.ScenarioCall, key []byte) (int64, func() error, error) {
	sc, err := s.callee(from, c)
	if err != nil {
		return 0, nil, err
	}
	inputs, err := readInputs(c.Inputs, sc.inputs, sc.plan.Zone())
	if err != nil {
		return 0, nil, err
	}
	elsewhere := s.runsElsewhere(sc.id)
	accepted, err := s.store.Accept(ctx, []store.Intake{{
		Scenario: sc.id, Version: sc.version, Received: s.clock.Now(), Name: sc.plan.Name, Run: true, Origin: store.ByScenario,
		Source: from.execution, Key: key, Window: callRemembered, Mode: from.mode,
		Input: given{inputs: inputs, callers: from.callers, awaited: c.Wait}.input(),
		Tell:  elsewhere, Awaited: elsewhere && c.Wait,
	}})
	if err != nil {
		return 0, nil, fmt.Errorf("start scenario %d: %w", sc.id, err)
	}
	id := accepted[0].ID
	return id, func() error {
		if elsewhere { // the node that runs it was told in the same write
			return nil
		}
		return s.hand(ctx, store.OpenExecution{ID: id, Scenario: sc.id, Version: sc.version, Mode: from.mode})
	}, nil
}

// callee finds the scenario that is called. One of another team is as if it were not there.
func (s *Service) callee(from *caller, c builtin.ScenarioCall) (*activeScenario, error) {
	sc := s.scenario(c.Scenario)
	refuse := func(format string, args ...any) *fault.Error {
		return fault.Newf(fault.InvalidConfiguration, format, args...).WithField("scenarioId")
	}
	switch {
	case sc == nil || sc.team != from.scenario.team:
		return nil, refuse("[call-inactive] There is no active scenario %d in this team.", c.Scenario).WithHint("[hint-call-inactive] activate it, or choose another one")
	case sc.schedule.Kind() != schedule.OnDemand:
		return nil, refuse("[call-not-on-demand] Scenario %d cannot be called, since it does not run on demand.", c.Scenario).WithHint("[hint-call-not-on-demand] set its schedule to on-demand")
	case len(from.callers) >= MaxCallDepth:
		return nil, refuse("[call-deep] %d scenarios have called one another in a row, which is the limit: %s.", MaxCallDepth, chainText(from.callers)).
			WithHint("[hint-call-deep] look for a scenario that calls itself, perhaps by way of others")
	case c.Wait && sc.plan.Settings.Sequential && slices.Contains(from.callers, sc.id):
		return nil, refuse("[call-itself] Scenario %d runs one execution at a time, and would wait for itself: %s.", sc.id, chainText(append(slices.Clone(from.callers), sc.id))).
			WithHint("[hint-call-itself] switch its sequential processing off, or do not wait for its end")
	}
	return sc, nil
}

// chainText writes which scenarios have called one another.
func chainText(callers []int64) string {
	parts := make([]string, len(callers))
	for i, id := range callers {
		parts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(parts, " → ")
}

// awaitCalled has a called execution begin, waits for its end and returns its outputs. It listens before the execution begins, since
// outputs that are confidential are told once and kept nowhere. The caller's place is free for others meanwhile.
func (s *Service) awaitCalled(ctx context.Context, from *caller, id int64, begin func() error) (value.Value, error) {
	defer s.dispatcher.Lend(lineOf(from.scenario.id, from.mode), !from.sequential)()
	limit, cancel := context.WithTimeout(ctx, maxCallWait)
	defer cancel()
	told := s.calls.expect(id)
	defer s.calls.forget(id)
	if s.store.Shared() { // it may run on another node, now or later
		defer s.watch(id, answerPatience, func(data []byte) { s.calls.over(id, toldOutputs(data)) })()
	}
	if err := begin(); err != nil {
		return value.Undefined, err
	}
	outputs := value.Undefined
	for {
		e, err := s.store.Execution(ctx, id)
		if err != nil {
			return value.Undefined, fault.Wrapf(fault.Inconsistency, err, "[called-gone] What became of the called execution %d is not kept any more.", id)
		}
		if e.Status.Finished() {
			return calledOutputs(&e, outputs)
		}
		if err := s.hand(ctx, store.OpenExecution{ID: e.ID, Scenario: e.Scenario, Version: e.Version, Mode: e.Mode}); err != nil {
			return value.Undefined, err
		}
		select {
		case outputs = <-told:
		case <-from.suspend:
			return value.Undefined, runner.ErrSuspended
		case <-from.cancelled:
			return value.Undefined, fault.Newf(fault.ExecutionInterrupted, "[called-waited] The execution was stopped by a person while it waited for execution %d.", id)
		case <-limit.Done():
			return value.Undefined, fault.Newf(fault.Runtime, "[called-long] The called execution %d has not ended within %s; it goes on.", id, maxCallWait).
				WithHint("[hint-called-long] call the scenario without waiting for its end")
		}
	}
}

// calledOutputs says how a called execution ended. told is what it has returned where that is known from memory.
func calledOutputs(e *store.Execution, told value.Value) (value.Value, error) {
	switch {
	case e.Status == store.Stopped:
		return value.Undefined, fault.Newf(fault.Runtime, "[called-stopped] The called execution %d was stopped by a person.", e.ID).
			WithHintf("[hint-look-execution] look at execution %d of scenario %d", e.ID, e.Scenario)
	case e.Status == store.Failed:
		return value.Undefined, fault.Newf(fault.Runtime, "[called-failed] The called scenario failed (%s): %v", e.Summary.ErrorKind, e.Summary.Fault()).
			WithHintf("[hint-look-execution] look at execution %d of scenario %d", e.ID, e.Scenario)
	case !told.IsUndefined():
		return told, nil
	case e.Summary.OutputsDropped:
		return value.Undefined, fault.Newf(fault.IncompleteData, "[called-confidential] The outputs of the called execution %d are confidential, and were not kept over a restart.", e.ID).
			WithHintf("[hint-look-execution] look at execution %d of scenario %d", e.ID, e.Scenario)
	case len(e.Summary.Outputs) == 0:
		return value.Collection(), nil
	}
	return value.ParseJSON(e.Summary.Outputs)
}

// calls tells those that wait for called executions of their ends.
type calls struct {
	mu      sync.Mutex
	waiting map[int64]chan value.Value
}

func newCalls() *calls { return &calls{waiting: map[int64]chan value.Value{}} }

// expect returns where the outputs of an execution are told: undefined for an execution that returned none, or whose outputs stand in
// the store.
func (c *calls) expect(id int64) <-chan value.Value {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := make(chan value.Value, 1)
	c.waiting[id] = told
	return told
}

func (c *calls) forget(id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// over says that an execution has ended, to the one that waits for it. It reports whether somebody does.
func (c *calls) over(id int64, outputs value.Value) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	told := c.waiting[id]
	select {
	case told <- outputs: // nobody waits at a channel that is not there
	default:
	}
	return told != nil
}

// overElsewhere tells the end of a called execution to one that may wait at another node.
func (s *Service) overElsewhere(ctx context.Context, e *execution, outputs value.Value) {
	if !e.given.awaited || !s.store.Shared() {
		return
	}
	if outputs.IsUndefined() {
		outputs = value.Collection()
	}
	s.report(ctx, "the outputs of an execution could not be kept for who waits at another node",
		s.store.PutAnswer(context.WithoutCancel(ctx), store.Answer{Execution: e.id, Data: value.AppendBinary(nil, outputs)}))
}

// toldOutputs reads what overElsewhere has written, undefined where that is nothing.
func toldOutputs(data []byte) value.Value {
	outputs, _, err := value.DecodeBinary(data)
	if err != nil || outputs.Len() == 0 {
		return value.Undefined // it stands in the store
	}
	return outputs
}

// hand has an execution begin that is recorded: here, or on the node that runs its scenario.
func (s *Service) hand(ctx context.Context, o store.OpenExecution) error {
	if s.runsElsewhere(o.Scenario) {
		return s.tell(ctx, o.Scenario, store.SubmitSignal, o.ID)
	}
	return s.takeUp(ctx, o)
}
