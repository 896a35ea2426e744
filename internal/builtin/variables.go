package builtin

import (
	"strconv"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// variableModules set and read the variables of an execution. The two older forms, without a digit or an s at the end
// of their name, give the variable as the field value; the others name the field as the variable is named.
func variableModules() []*module.Module {
	return []*module.Module{
		setVariableModule("SetVariable2", "Set variable", true), setVariablesModule(),
		getVariableModule("GetVariable2", "Get variable", true), getVariablesModule(),
		setVariableModule("SetVariable", "Set variable (older form)", false),
		getVariableModule("GetVariable", "Get variable (older form)", false),
		incrementModule(),
	}
}

func variableName() module.Field {
	return required(field("name", "text", "Variable name", "Upper and lower case are different."))
}

func variableScope() module.Field {
	return withDefault(required(choice("scope", "Variable lifetime", "How long the variable keeps its value.",
		string(module.OneCycle), "One cycle", string(module.Execution), "One execution")), value.Text(string(module.OneCycle)))
}

func variableDescription(name, label, summary string) module.Description {
	return module.Description{
		App: "util", Name: name, Version: 1, Label: label, Summary: summary,
		Kind: module.Transformer, Delivery: module.Pure, DynamicOutput: true, Ordered: true,
	}
}

func setVariableModule(name, label string, named bool) *module.Module {
	d := variableDescription(name, label, "Gives a variable a value, which modules further on can read on any route.")
	d.Expect = []module.Field{variableName(), variableScope(), field("value", "any", "Variable value", "Anything, also arrays and collections.")}
	d.Samples = jsonSample(`{"total":10}`)
	if !named {
		d.Interface, d.Samples = valueInterface(), jsonSample(`{"value":10}`)
	}
	return &module.Module{Description: d, State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
		key, v := op.Input.Get("name").Str(), orNull(op.Input.Get("value"))
		if err := state.Set(key, v, lifetimeOf(op.Input)); err != nil {
			return err
		}
		if !named {
			key = "value"
		}
		return emit(value.Collection(value.F(key, v)))
	}}
}

func getVariableModule(name, label string, named bool) *module.Module {
	d := variableDescription(name, label, "Reads a variable that was set before in the execution; null where it never was.")
	d.Expect = []module.Field{variableName()}
	d.Samples = jsonSample(`{"total":10}`)
	if !named {
		d.Interface, d.Samples = valueInterface(), jsonSample(`{"value":10}`)
	}
	return &module.Module{Description: d, State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
		key := op.Input.Get("name").Str()
		v := orNull(state.Get(key))
		if !named {
			key = "value"
		}
		return emit(value.Collection(value.F(key, v)))
	}}
}

func setVariablesModule() *module.Module {
	d := variableDescription("SetVariables", "Set multiple variables", "Gives several variables their values at once.")
	d.Expect = []module.Field{
		spec(field("variables", "array", "Variables", "They are set in this order; all values are worked out before the first is set."),
			variableName(), field("value", "any", "Variable value", "Anything, also arrays and collections.")),
		variableScope(),
	}
	d.Samples = jsonSample(`{"first":1,"last":"x"}`)
	return &module.Module{Description: d, State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
		out := value.NewBuilder(op.Input.Get("variables").Len())
		for _, item := range op.Input.Get("variables").Items() {
			key, v := item.Get("name").Str(), orNull(item.Get("value"))
			if err := state.Set(key, v, lifetimeOf(op.Input)); err != nil {
				return err
			}
			out.Set(key, v)
		}
		return emit(out.Build())
	}}
}

func getVariablesModule() *module.Module {
	d := variableDescription("GetVariables", "Get multiple variables", "Reads several variables at once; null for those that were never set.")
	d.Expect = []module.Field{required(field("variables", "array", "Variables", "The names of the variables."))}
	d.Samples = jsonSample(`{"first":1,"last":"x"}`)
	return &module.Module{Description: d, State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
		out := value.NewBuilder(op.Input.Get("variables").Len())
		for i, item := range op.Input.Get("variables").Items() {
			key := item.Str()
			if item.Kind() == value.KindCollection {
				key = item.Get("name").Str()
			}
			if key == "" {
				return fault.New(fault.BundleValidation, "[variable-name] The name of a variable is missing.").
					WithField("variables[" + strconv.Itoa(i+1) + "]").WithHint("[hint-name-text] give the name as text")
			}
			out.Set(key, orNull(state.Get(key)))
		}
		return emit(out.Build())
	}}
}

// incrementModule counts its own operations. The counter is kept as a variable whose name no user can mean by accident.
func incrementModule() *module.Module {
	d := variableDescription("FunctionIncrement", "Increment function", "Counts how often it has run: 1, 2, 3 and so on.")
	d.DynamicOutput = false
	d.Parameters = []module.Field{withDefault(choice("reset", "Reset the value", "When the counter begins at 1 again.",
		"run", "After one cycle", "execution", "After one execution", "scenario", "Never"), value.Text("run"))}
	d.Interface = []module.Field{field("i", "uinteger", "i", "The count, from 1.")}
	d.Samples = jsonSample(`{"i":1}`)
	return &module.Module{Description: d, State: func(op *module.Operation, state module.State, emit func(value.Value) error) error {
		lifetime := module.OneCycle
		switch textOf(op.Parameters, "reset", "run") {
		case "execution":
			lifetime = module.Execution
		case "scenario":
			lifetime = module.Scenario
		}
		name := "increment of module " + strconv.Itoa(op.ModuleID) + "\x00"
		i := value.Number(state.Get(name).Float() + 1)
		if err := state.Set(name, i, lifetime); err != nil {
			return err
		}
		return emit(value.Collection(value.F("i", i)))
	}}
}

func valueInterface() []module.Field {
	return []module.Field{field("value", "any", "Value", "The value of the variable.")}
}

func lifetimeOf(input value.Value) module.Lifetime {
	if input.Get("scope").Str() == string(module.Execution) {
		return module.Execution
	}
	return module.OneCycle
}

func orNull(v value.Value) value.Value {
	if v.IsUndefined() {
		return value.Null
	}
	return v
}
