package builtin

import (
	"context"
	"strconv"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// ScenarioCall asks for one execution of another scenario.
type ScenarioCall struct {
	// Operation is the address of the operation that calls, unique in its execution.
	Operation string
	Scenario  int64       // number of the scenario that is called
	Inputs    value.Value // by the names of its declared inputs; a collection
	Wait      bool        // for its end
}

// CalledScenario is what came of a ScenarioCall.
type CalledScenario struct {
	Execution int64
	Outputs   value.Value // what it returned, a collection; empty for a call that does not wait
}

// Scenarios runs other scenarios.
type Scenarios interface {
	// Call starts an execution, once for each operation of the calling execution however often the operation is repeated, and waits
	// for its end if that is asked for. A called execution that fails is a Runtime error.
	Call(ctx context.Context, c ScenarioCall) (CalledScenario, error)
}

// StartSubscenario is the full name of the trigger whose bundle is what a scenario was started with.
const StartSubscenario = "scenario-service:StartSubscenario"

const subscenarioVersion = 2

// subscenarioModules let scenarios start one another and return something.
func subscenarioModules(scenarios Scenarios) []*module.Module {
	return []*module.Module{startSubscenarioModule(), callSubscenarioModule(scenarios), returnDataModule()}
}

func subscenarioDescription(d module.Description) module.Description {
	d.App, d.Version = "scenario-service", subscenarioVersion
	return d
}

// startSubscenarioModule is only run where a scenario is tried without inputs: else its bundle is what the execution was started with.
func startSubscenarioModule() *module.Module {
	return &module.Module{
		Description: subscenarioDescription(module.Description{
			Name: "StartSubscenario", Label: "Start a subscenario",
			Summary: "Starts the scenario when another one calls it, or a person runs it; its bundle holds the inputs that the scenario declares.",
			Kind:    module.InstantTrigger, Delivery: module.Pure, DynamicOutput: true, Samples: jsonSample(`{"email":"ann@example.com"}`),
		}),
		Pure: func(_ *module.Operation, emit func(value.Value) error) error { return emit(value.Collection()) },
	}
}

// returnDataModule keeps the outputs as a variable of the execution, so that they are there again when its results are replayed.
func returnDataModule() *module.Module {
	return &module.Module{
		Description: subscenarioDescription(module.Description{
			Name: "ReturnData", Label: "Return outputs",
			Summary: "Gives its fields to whoever started the scenario, as outputs; of several times the last one counts.",
			Kind:    module.Action, Delivery: module.Pure, DynamicInput: true, DynamicOutput: true, Ordered: true, Samples: jsonSample(`{"total":10}`),
		}),
		State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
			b := value.NewBuilder(op.Input.Len())
			for name, v := range op.Input.Fields() {
				b.Set(name, orNull(v))
			}
			outputs := b.Build()
			if size := len(outputs.JSON()); size > MaxReturnedBytes {
				return fault.Newf(fault.MaxFileSizeExceeded, "[outputs-large] The outputs have %d bytes; %d are allowed.", size, MaxReturnedBytes).
					WithHint("[hint-return-less] return less, or put it into a data store and return its key")
			}
			if err := state.Set(module.Returned, outputs, module.Execution); err != nil {
				return err
			}
			return emit(outputs)
		},
	}
}

func callSubscenarioModule(scenarios Scenarios) *module.Module {
	called := field("scenarioId", "scenario", "Scenario", "The number of an active scenario of the same team that runs on demand.")
	return &module.Module{
		Description: subscenarioDescription(module.Description{
			Name: "CallSubscenario", Label: "Call a subscenario",
			Summary: "Runs another scenario of the team and waits for its outputs, or only starts it.",
			Kind:    module.Action, Delivery: module.Idempotent, DynamicInput: true, DynamicOutput: true,
			Expect: []module.Field{
				called, field("data", "collection", "Inputs", "The inputs that the scenario declares."),
				withDefault(field("shouldWaitForExecutionEnd", "boolean", "Wait for its end", "Without it only the number of the execution is given."), value.True),
			},
			Interface: []module.Field{field("executionId", "text", "Execution", "Where it does not wait for the end.")},
			Samples:   jsonSample(`{"total":10}`),
		}),
		Simulates: true,
		Run: func(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
			return callSubscenario(ctx, scenarios, op, out)
		},
	}
}

func callSubscenario(ctx context.Context, scenarios Scenarios, op *module.Operation, out module.Output) error {
	if scenarios == nil {
		return fault.New(fault.InvalidConfiguration, "[call-needs-server] Other scenarios can only be called while a server runs.").WithHint("[hint-import-serve] import the scenario and start ropeway serve")
	}
	id, err := calledScenario(op)
	if err != nil {
		return err
	}
	c := ScenarioCall{Operation: op.Address, Scenario: id, Inputs: op.Input.Get("data"), Wait: truthOf(op.Input, "shouldWaitForExecutionEnd", true)}
	if c.Inputs.Kind() != value.KindCollection {
		c.Inputs = value.Collection()
	}
	r, err := scenarios.Call(ctx, c)
	if err != nil {
		return err
	}
	if r.Outputs.Kind() != value.KindCollection {
		r.Outputs = value.Collection()
	}
	execution := value.Text(strconv.FormatInt(r.Execution, 10))
	if !c.Wait {
		r.Outputs = value.Collection(value.F("executionId", execution))
	}
	if op.Dry {
		return &module.Unsent{Output: []value.Value{r.Outputs}, Effect: module.Effect{
			Kind: module.CallScenario, Note: "The called execution is a dry run, too.",
			What: value.Collection(value.F("scenario", value.Int(int(id))), value.F("execution", value.Int(int(r.Execution)))),
		}}
	}
	return out.Bundle(r.Outputs)
}

// calledScenario reads which scenario is called: from the mapped fields, else from the static ones, under either name.
func calledScenario(op *module.Operation) (int64, error) {
	for _, from := range []value.Value{op.Input, op.Parameters} {
		for _, name := range []string{"scenarioId", "scenario"} {
			v := from.Get(name)
			if v.IsNothing() || v.Kind() == value.KindText && v.Str() == "" {
				continue
			}
			id, err := strconv.ParseInt(value.Render(v), 10, 64)
			if err != nil || id < 1 {
				return 0, fault.Newf(fault.BundleValidation, "[scenario-number] %.60q is not the number of a scenario.", value.Render(v)).WithField(name)
			}
			return id, nil
		}
	}
	return 0, fault.New(fault.InvalidConfiguration, "[call-no-scenario] The module does not say which scenario it calls.").WithField("scenarioId").
		WithHint("[hint-choose-scenario] choose a scenario in the module's settings")
}
