package builtin

import (
	"context"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// toolModules are the modules of the app "util" that are neither variables nor aggregators.
func toolModules(c clock.Clock) []*module.Module {
	return []*module.Module{
		composeModule(), switchModule("Switcher", "Switch"), switchModule("SwitcherModule", "Switch (other name)"),
		sleepModule(c), basicTriggerModule(),
	}
}

func composeModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "util", Name: "ComposeTransformer", Version: 1, Label: "Compose a string",
			Summary: "Puts a text together from other values, so that it can be mapped more than once.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect:    []module.Field{multiline(field("value", "text", "Text", "May be empty."))},
			Interface: []module.Field{field("value", "text", "Text", "The text with its values filled in.")},
			Samples:   jsonSample(`{"value":"Hello Ann"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			s, err := mappedText(op.Input.Get("value"), "value")
			return value.Collection(value.F("value", value.Text(s))), err
		}),
	}
}

// sleepModule waits. What it puts out is an empty bundle, so that the flow goes on behind it.
func sleepModule(c clock.Clock) *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "util", Name: "FunctionSleep", Version: 1, Label: "Sleep",
			Summary: "Waits for some seconds before the flow goes on.",
			Kind:    module.Action, Delivery: module.Read,
			Expect: []module.Field{required(between(field("duration", "uinteger", "Delay", "In seconds."), 1, MaxSleepSeconds))},
		},
		Run: func(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
			seconds := op.Input.Get("duration").Float()
			if seconds > MaxSleepSeconds {
				return fault.Newf(fault.BundleValidation, "[sleep-long] The wait of %.0f seconds is too long; %d are allowed.", seconds, MaxSleepSeconds).
					WithField("duration").WithHint("[hint-schedule] use a schedule for longer waits")
			}
			if op.Dry {
				return &module.Unsent{Output: []value.Value{value.Collection()}, Effect: module.Effect{
					Kind: module.Waits, What: value.Collection(value.F("seconds", value.Number(seconds))),
				}}
			}
			if err := c.Sleep(ctx, time.Duration(seconds)*time.Second); err != nil {
				return fault.Wrap(fault.ExecutionInterrupted, err, "[sleep-stopped] The wait was interrupted.")
			}
			return out.Bundle(value.Collection())
		},
	}
}

// switchModule compares a text with cases. Without a case that fits and without an else value the output is null.
func switchModule(name, label string) *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "util", Name: name, Version: 1, Label: label,
			Summary: "Gives the output of the first case that the input fits.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect: []module.Field{
				required(field("input", "text", "Input", "The text that is compared with the cases.")),
				field("useRegExpMatch", "boolean", "Use regular expressions", "Read the patterns as regular expressions that fit anywhere in the input."),
				required(spec(field("casesTable", "array", "Cases", "They are tried in this order."),
					field("pattern", "text", "Pattern", "The text to compare with; upper and lower case are different."),
					field("output", "any", "Output", "What comes out when the input fits."))),
				field("elseOutput", "any", "Else", "What comes out when no case fits."),
			},
			Interface: []module.Field{field("output", "any", "Output", "The output of the case that fits.")},
			Samples:   jsonSample(`{"output":"high"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			output, err := chooseCase(op.Input)
			return value.Collection(value.F("output", orNull(output))), err
		}),
	}
}

func chooseCase(input value.Value) (value.Value, error) {
	text := input.Get("input").Str()
	if len(text) > MaxPatternTextBytes {
		return value.Null, fault.Newf(fault.MaxFileSizeExceeded, "[input-large] The input has %d bytes; %d are allowed.", len(text), MaxPatternTextBytes).
			WithField("input")
	}
	for _, c := range input.Get("casesTable").Items() {
		pattern := value.Render(c.Get("pattern"))
		if !truthOf(input, "useRegExpMatch", false) {
			if pattern == text {
				return c.Get("output"), nil
			}
			continue
		}
		re, err := compilePattern(pattern, patternFlags{sensitive: true}, "casesTable")
		if err != nil {
			return value.Null, err
		}
		if re.MatchString(text) {
			return c.Get("output"), nil
		}
	}
	return input.Get("elseOutput"), nil
}

// basicTriggerModule puts out bundles that were written into the scenario, to start one by hand.
func basicTriggerModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "util", Name: "BasicTrigger", Version: 1, Label: "Basic trigger",
			Summary: "Starts the scenario with bundles that you write down here.",
			Kind:    module.Trigger, Delivery: module.Pure, DynamicOutput: true,
			Parameters: []module.Field{spec(field("values", "array", "Bundles", "One bundle for each item."),
				spec(field("spec", "array", "Items", "The fields of the bundle."),
					field("name", "text", "Name", "The name of the field."), field("value", "any", "Value", "The value of the field.")))},
			Samples: jsonSample(`{"email":"ann@example.com"}`),
		},
		Pure: func(op *module.Operation, emit func(value.Value) error) error {
			for _, bundle := range op.Parameters.Get("values").Items() {
				out := value.NewBuilder(0)
				for _, item := range bundle.Get("spec").Items() {
					if name := value.Render(item.Get("name")); name != "" {
						out.Set(name, orNull(item.Get("value")))
					}
				}
				if err := emit(out.Build()); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
