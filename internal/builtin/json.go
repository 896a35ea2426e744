package builtin

import (
	"errors"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// jsonModules read and write JSON.
func jsonModules() []*module.Module {
	return []*module.Module{parseJSONModule(), createJSONModule(), transformToJSONModule(), aggregateToJSONModule()}
}

// parseJSONModule reads a JSON text. An array at the top gives one bundle for each element, also none; a value that
// is neither an array nor an object gives a bundle with the field value.
func parseJSONModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "json", Name: "ParseJSON", Version: 1, Label: "Parse JSON",
			Summary: "Reads a JSON text and makes its fields available.",
			Kind:    module.Transformer, Delivery: module.Pure, DynamicOutput: true,
			Parameters: []module.Field{structureField("What the JSON is expected to look like; helps with mapping and changes nothing.")},
			Expect:     []module.Field{multiline(required(field("json", "text", "JSON string", "An array at the top gives one bundle for each element.")))},
			Samples:    jsonSample(`{"name":"Ann","tags":["a","b"]}`),
		},
		Pure: func(op *module.Operation, emit func(value.Value) error) error {
			v, err := parseJSONText(op.Input.Get("json").Str(), "json")
			if err != nil {
				return err
			}
			if v.Kind() == value.KindArray {
				return emitEach(v, emit)
			}
			return emit(bundleOf(v))
		},
	}
}

// parseJSONText reads text, which stands in the given field. A byte order mark at its start is passed over.
func parseJSONText(text, field string) (value.Value, error) {
	if err := checkTextBytes("[json-large] The JSON has %d bytes; %d are allowed.", len(text)); err != nil {
		return value.Undefined, err
	}
	v, err := value.ParseJSON([]byte(strings.TrimPrefix(text, "\ufeff")))
	if err == nil {
		return v, nil
	}
	told := fault.Wrap(fault.Data, err, "[json-unread] The JSON cannot be read.")
	var at *value.JSONError
	if errors.As(err, &at) {
		told = fault.Wrapf(fault.Data, err, "[json-unread-at] The JSON cannot be read: %v.", at)
	}
	return value.Undefined, told.WithField(field).
		WithHint("[hint-json] look at the text that is mapped here; texts inside JSON need quotes, and quotes and line breaks in them need a backslash")
}

func spaceField() module.Field {
	return withDefault(choice("space", "Indentation", "How the JSON is laid out.",
		"", "None", "2", "2 spaces", "4", "4 spaces", "tab", "Tab"), value.Empty)
}

// jsonText writes v with the indentation that the module's parameters choose.
func jsonText(v, parameters value.Value) (value.Value, error) {
	indents := map[string]string{"2": "  ", "4": "    ", "tab": "\t", "\t": "\t"}
	text := ""
	if indent := indents[textOf(parameters, "space", "")]; indent != "" {
		text = string(value.IndentJSON(v, indent))
	} else {
		text = v.JSON()
	}
	if err := checkTextBytes("[json-large] The JSON has %d bytes; %d are allowed.", len(text)); err != nil {
		return value.Undefined, err
	}
	return value.Collection(value.F("json", value.Text(text))), nil
}

func jsonInterface() []module.Field {
	return []module.Field{field("json", "text", "JSON string", "The JSON text.")}
}

func createJSONModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "json", Name: "CreateJSON", Version: 1, Label: "Create JSON",
			Summary: "Writes the mapped fields as a JSON object.",
			Kind:    module.Transformer, Delivery: module.Pure, DynamicInput: true,
			Parameters: []module.Field{structureField("The fields of the object."), spaceField()},
			Interface:  jsonInterface(), Samples: jsonSample(`{"json":"{\"name\":\"Ann\"}"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) { return jsonText(op.Input, op.Parameters) }),
	}
}

func transformToJSONModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "json", Name: "TransformToJSON", Version: 1, Label: "Transform to JSON",
			Summary: "Writes any value as JSON.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Parameters: []module.Field{spaceField()},
			Expect:     []module.Field{field("object", "any", "Object", "A collection, an array or any other value.")},
			Interface:  jsonInterface(), Samples: jsonSample(`{"json":"[1,2]"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			return jsonText(op.Input.Get("object"), op.Parameters)
		}),
	}
}

func aggregateToJSONModule() *module.Module {
	d := aggregatorDescription("json", "AggregateToJSON", "Aggregate to JSON", "Collects bundles into one JSON array.",
		structureField("The fields of an item."), spaceField())
	d.DynamicInput = true
	d.Interface = jsonInterface()
	d.Samples = jsonSample(`{"json":"[{\"a\":1},{\"a\":2}]"}`)
	return &module.Module{Description: d, Aggregate: func(op *module.Operation) (module.Accumulator, error) {
		return &jsonAccumulator{parameters: op.Parameters}, nil
	}}
}

type jsonAccumulator struct {
	arrayAccumulator
	parameters value.Value
}

// Result returns the bundle with the JSON text.
func (a *jsonAccumulator) Result() (value.Value, error) {
	return jsonText(value.Array(a.items...), a.parameters)
}
