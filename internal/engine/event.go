package engine

import (
	"hash/fnv"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	OperationDone    EventKind = "operation"
	OperationFailed  EventKind = "operation failed"
	BundleFiltered   EventKind = "filtered"
	BundleSetAside   EventKind = "set aside" // stored as an incomplete execution
	DirectiveApplied EventKind = "directive"
	CycleEnded       EventKind = "cycle"
)

// Event is one thing that happened in an execution. It is valid until the observer returns.
type Event struct {
	Kind       EventKind
	Cycle      int
	Module     int
	Operation  *module.Operation // nil where the engine itself acted
	Output     Bundles           // of OperationDone
	Error      *fault.Error
	Directive  string
	RolledBack bool // of CycleEnded
	Finished   time.Time
	path       *path
}

// Address returns where in the execution it happened, "" for the end of a cycle.
func (e *Event) Address() string {
	if e.path == nil {
		return ""
	}
	return e.path.address(e.Module)
}

func (x *Execution) observe(e Event) {
	if x.config.Observe != nil {
		x.config.Observe(e)
	}
}

// HashInput identifies the evaluated input of an operation, so that a replay notices when it comes to another one.
func HashInput(input value.Value) uint64 {
	const fewBytes = 1 << 10 // of most inputs
	h := fnv.New64a()
	_, _ = h.Write(value.AppendBinary(make([]byte, 0, fewBytes), input)) // a hash never fails
	return h.Sum64()
}

// List is a Bundles in memory.
type List []value.Value

var _ Bundles = List(nil)

// Len returns the number of bundles.
func (b List) Len() int { return len(b) }

// At returns bundle i; its error is always nil.
func (b List) At(i int) (value.Value, error) { return b[i], nil }

// collector gathers what a pure module emits. Most emit one bundle.
type collector struct{ list []value.Value }

func (c *collector) reset() { c.list = nil }

func (c *collector) emit(v value.Value) error {
	c.list = append(c.list, v)
	return nil
}

func (c *collector) take() List { return c.list }

// stateOf gives modules access to the variables of an execution.
type stateOf struct{ x *Execution }

var _ module.State = stateOf{}

// Get returns the variable: a name has one value, whatever its lifetime.
func (s stateOf) Get(name string) value.Value {
	for _, vars := range []map[string]value.Value{s.x.cycleVars, s.x.executionVars, s.x.keptVars} {
		if v, ok := vars[name]; ok {
			return v
		}
	}
	return value.Undefined
}

// Set gives the variable a value; it fails for an unknown lifetime.
func (s stateOf) Set(name string, v value.Value, lifetime module.Lifetime) error {
	vars := map[module.Lifetime]map[string]value.Value{
		module.OneCycle: s.x.cycleVars, module.Execution: s.x.executionVars, module.Scenario: s.x.keptVars,
	}
	if vars[lifetime] == nil {
		return fault.Newf(fault.BundleValidation, "[lifetime] There is no variable lifetime %q.", lifetime).
			WithHint("[hint-lifetime] use roundtrip, execution or scenario")
	}
	for _, others := range vars {
		delete(others, name)
	}
	vars[lifetime][name] = v
	return nil
}

func sortedKeys(m map[string]value.Value) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
