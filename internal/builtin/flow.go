package builtin

import (
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// flowModules are the modules of the app "builtin" that direct bundles. Router, if-else and merge have no code: the
// engine acts on them.
func flowModules() []*module.Module {
	return []*module.Module{routerModule(), ifElseModule(), mergeModule(), iteratorModule(), repeaterModule()}
}

func routerModule() *module.Module {
	return &module.Module{Description: module.Description{
		App: "builtin", Name: "BasicRouter", Version: 1, Label: "Router",
		Summary: "Sends each bundle down every route whose filter it passes, one route after the other.",
		Kind:    module.Router, Delivery: module.Pure,
		Parameters: []module.Field{
			field("else", "uinteger", "Fallback route", "Number of the route, counted from 0, for bundles that no other route takes."),
		},
	}}
}

func ifElseModule() *module.Module {
	return &module.Module{Description: module.Description{
		App: "builtin", Name: "BasicIfElse", Version: 1, Label: "If-else",
		Summary: "Sends each bundle down the first branch whose condition it meets.",
		Kind:    module.IfElse, Delivery: module.Pure,
	}}
}

func mergeModule() *module.Module {
	return &module.Module{Description: module.Description{
		App: "builtin", Name: "BasicMerge", Version: 1, Label: "Merge",
		Summary: "Joins the branches of an if-else and gives their results common names.",
		Kind:    module.Merge, Delivery: module.Pure, DynamicOutput: true,
	}}
}

// iteratorModule puts out the elements of an array. A value that is no array is one element; null, an empty text and
// an empty array give no bundle at all, because there is nothing to go on with.
func iteratorModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "builtin", Name: "BasicFeeder", Version: 1, Label: "Iterator",
			Summary: "Turns an array into bundles, one for each element.",
			Kind:    module.Iterator, Delivery: module.Pure, DynamicOutput: true,
			Expect: []module.Field{field("array", "array", "Array",
				"Collections become bundles with their fields; other elements become the field value. Anything that is no array counts as one element.")},
			Interface: []module.Field{field("value", "any", "Value", "The element, where it is not a collection.")},
			Samples:   jsonSample(`{"value":"first"}`),
		},
		Pure: func(op *module.Operation, emit func(value.Value) error) error {
			array := op.Input.Get("array")
			if array.IsNothing() {
				return nil
			}
			return emitEach(value.ToArray(array), emit)
		},
	}
}

func repeaterModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "builtin", Name: "BasicRepeater", Version: 1, Label: "Repeater",
			Summary: "Puts out a given number of bundles, each with the next value of a counter.",
			Kind:    module.Iterator, Delivery: module.Pure,
			Expect: []module.Field{
				withDefault(required(field("start", "integer", "Initial value", "Value of i in the first bundle.")), value.Int(1)),
				required(between(field("repeats", "uinteger", "Repeats", "Number of bundles, whatever the value of i."), 0, MaxRepeats)),
				withDefault(required(field("step", "integer", "Step", "What is added to i for each further bundle.")), value.Int(1)),
			},
			Interface: []module.Field{field("i", "integer", "i", "Initial value plus step times the number of bundles before.")},
			Samples:   jsonSample(`{"i":1}`),
		},
		Pure: repeat,
	}
}

func repeat(op *module.Operation, emit func(value.Value) error) error {
	start, step := op.Input.Get("start").Float(), op.Input.Get("step").Float()
	repeats := op.Input.Get("repeats").Float()
	if repeats > MaxRepeats {
		return fault.Newf(fault.BundleValidation, "[repeats] The repeater is asked for %.0f bundles; %d are allowed.", repeats, MaxRepeats).
			WithField("repeats").WithHint("[hint-repeats] use fewer repeats, or an iterator over an array")
	}
	for k := range int(repeats) {
		if err := emit(value.Collection(value.F("i", value.Number(start+step*float64(k))))); err != nil {
			return err
		}
	}
	return nil
}

// Defaults of the break directive, as forms propose them.
const (
	defaultBreakCount           = 3
	defaultBreakIntervalMinutes = 15
)

// directiveModules end an error route. They have no code: the engine acts on them.
func directiveModules() []*module.Module {
	return []*module.Module{
		directive("Ignore", "Ignore", "Drops the bundle that failed and goes on with the next one."),
		directive("Resume", "Resume", "Goes on behind the failed module with substitute values in place of its output."),
		directive("Break", "Break", "Stores the failed bundle as an incomplete execution, to be tried again later or by hand.",
			nested(withDefault(required(field("retry", "boolean", "Automatically complete execution", "Try again without being asked.")), value.True),
				withDefault(required(between(field("count", "uinteger", "Number of attempts", "How often it is tried again."), 1, 10_000)),
					value.Int(defaultBreakCount)),
				withDefault(required(between(field("interval", "uinteger", "Interval between attempts", "In minutes."), 1, 44_640)),
					value.Int(defaultBreakIntervalMinutes)))),
		directive("Commit", "Commit", "Stops the execution and keeps what was done so far."),
		directive("Rollback", "Rollback", "Stops the execution as failed and takes back what can be taken back."),
	}
}

func directive(name, label, summary string, expect ...module.Field) *module.Module {
	return &module.Module{Description: module.Description{
		App: "builtin", Name: name, Version: 1, Label: label, Summary: summary,
		Kind: module.Directive, Delivery: module.Pure, Expect: expect,
		DynamicInput: name == "Resume", DynamicOutput: name == "Resume",
	}}
}
