package builtin

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// aggregatorModules collect bundles: as an array, a text, a number or a table.
func aggregatorModules() []*module.Module {
	return []*module.Module{arrayAggregatorModule(), textAggregatorModule(), numericAggregatorModule(), tableAggregatorModule()}
}

func aggregatorDescription(app, name, label, summary string, parameters ...module.Field) module.Description {
	return module.Description{
		App: app, Name: name, Version: 1, Label: label, Summary: summary,
		Kind: module.Aggregator, Delivery: module.Pure,
		Parameters: append([]module.Field{feederField()}, parameters...),
	}
}

func arrayAggregatorModule() *module.Module {
	d := aggregatorDescription("builtin", "BasicAggregator", "Array aggregator",
		"Collects bundles into one bundle with an array.",
		structureField("The fields of an item."),
		advanced(field("target", "text", "Target structure type", "The module and field that the items are shaped for, as in 5.attendees.")))
	d.DynamicInput = true
	d.Interface = []module.Field{field("array", "array", "Array", "One item for each bundle, with the fields that are mapped here.")}
	d.Samples = jsonSample(`{"array":[{"email":"ann@example.com"}]}`)
	return &module.Module{Description: d, Aggregate: func(*module.Operation) (module.Accumulator, error) {
		return &arrayAccumulator{}, nil
	}}
}

type arrayAccumulator struct{ items []value.Value }

// Add keeps the item.
func (a *arrayAccumulator) Add(item value.Value) error {
	a.items = append(a.items, item)
	return nil
}

// Result returns the bundle with the array.
func (a *arrayAccumulator) Result() (value.Value, error) {
	return value.Collection(value.F("array", value.Array(a.items...))), nil
}

func separatorFields(name, other, label, fallback string) []module.Field {
	f := choice(name, label, "What stands between one and the next.",
		"\n", "New row", "\t", "Tab", " ", "Space", ",", "Comma", ";", "Semicolon", "", "Nothing", "other", "Other")
	f.Options[len(f.Options)-1].Nested = []module.Field{field(other, "text", label, "Any text.")}
	return []module.Field{withDefault(f, value.Text(fallback))}
}

// separatorOf returns the chosen separator: the field other where "other" is chosen, fallback where nothing is.
func separatorOf(parameters value.Value, name, other, fallback string) string {
	v, ok := parameters.Lookup(name)
	switch {
	case !ok || v.IsNothing():
		return fallback
	case value.Render(v) == "other":
		return value.Render(parameters.Get(other))
	default:
		return value.Render(v)
	}
}

// textAccumulator joins texts, MaxTextBytes at most.
type textAccumulator struct {
	separator string
	text      strings.Builder
	started   bool
	textOf    func(item value.Value) (string, error)
}

// Add appends the text of the item.
func (a *textAccumulator) Add(item value.Value) error {
	s, err := a.textOf(item)
	if err != nil {
		return err
	}
	if err := checkTextBytes("[collected-large] The collected text has %d bytes; %d are allowed.", a.text.Len()+len(a.separator)+len(s)); err != nil {
		return err
	}
	if a.started {
		a.text.WriteString(a.separator)
	}
	a.started = true
	a.text.WriteString(s)
	return nil
}

// Result returns the bundle with the text.
func (a *textAccumulator) Result() (value.Value, error) {
	return value.Collection(value.F("text", value.Text(a.text.String()))), nil
}

func textAggregatorModule() *module.Module {
	d := aggregatorDescription("util", "TextAggregator", "Text aggregator", "Joins a text of every bundle into one text.",
		separatorFields("rowSeparator", "otherRowSeparator", "Row separator", "")...)
	d.Expect = []module.Field{multiline(field("value", "text", "Text", "The text of one bundle; an empty one counts too."))}
	d.Interface = []module.Field{field("text", "text", "Text", "All texts, with the separator between them.")}
	d.Samples = jsonSample(`{"text":"one\ntwo"}`)
	return &module.Module{Description: d, Aggregate: func(op *module.Operation) (module.Accumulator, error) {
		return &textAccumulator{
			separator: separatorOf(op.Parameters, "rowSeparator", "otherRowSeparator", ""),
			textOf:    func(item value.Value) (string, error) { return mappedText(item.Get("value"), "value") },
		}, nil
	}}
}

// tableAggregatorModule makes one row of each bundle; the columns are the mapped fields in their order.
func tableAggregatorModule() *module.Module {
	parameters := append(separatorFields("columnSeparator", "otherColumnSeparator", "Column separator", "\t"),
		separatorFields("rowSeparator", "otherRowSeparator", "Row separator", "\n")...)
	d := aggregatorDescription("util", "AggregateAggregator", "Table aggregator",
		"Joins the mapped fields of every bundle into a row, and the rows into one text.", parameters...)
	d.DynamicInput = true
	d.Interface = []module.Field{field("text", "text", "Text", "The rows, each with its columns in the order in which they are mapped.")}
	d.Samples = jsonSample(`{"text":"Ann\t1\nBob\t2"}`)
	return &module.Module{Description: d, Aggregate: func(op *module.Operation) (module.Accumulator, error) {
		column := separatorOf(op.Parameters, "columnSeparator", "otherColumnSeparator", "\t")
		return &textAccumulator{
			separator: separatorOf(op.Parameters, "rowSeparator", "otherRowSeparator", "\n"),
			textOf: func(item value.Value) (string, error) {
				cells := make([]string, 0, item.Len())
				for _, v := range item.Fields() {
					cells = append(cells, anyText(v))
				}
				return strings.Join(cells, column), nil
			},
		}, nil
	}}
}

func numericAggregatorModule() *module.Module {
	d := aggregatorDescription("util", "FunctionAggregator2", "Numeric aggregator",
		"Works out the sum, average, count, largest or smallest of a number of every bundle.",
		required(choice("fn", "Aggregate function", "COUNT counts bundles; the others leave out bundles whose value is empty.",
			"sum", "SUM", "avg", "AVG", "count", "COUNT", "max", "MAX", "min", "MIN")))
	d.Expect = []module.Field{field("value", "any", "Value", "A number.")}
	d.Interface = []module.Field{field("result", "number", "Result", "Null for AVG, MAX and MIN of nothing; 0 for SUM and COUNT.")}
	d.Samples = jsonSample(`{"result":6}`)
	return &module.Module{Description: d, Aggregate: func(op *module.Operation) (module.Accumulator, error) {
		fn := strings.ToLower(textOf(op.Parameters, "fn", ""))
		switch fn {
		case "sum", "avg", "count", "max", "min":
			return &numberAccumulator{fn: fn}, nil
		}
		return nil, fault.Newf(fault.InvalidConfiguration, "[aggregate-unknown] The aggregate function %q does not exist.", fn).
			WithField("fn").WithHint("[hint-aggregate] choose sum, avg, count, max or min")
	}}
}

type numberAccumulator struct {
	fn               string
	bundles, numbers int
	sum, lost        float64 // lost is what rounding took from sum (Kahan), so that 0.1 added ten times is 1
	lowest, highest  float64
}

// Add takes the number of the item.
func (a *numberAccumulator) Add(item value.Value) error {
	a.bundles++
	v := item.Get("value")
	if a.fn == "count" || v.IsNothing() || v.Kind() == value.KindText && strings.TrimSpace(v.Str()) == "" {
		return nil
	}
	n, err := value.ToNumber(v)
	if err != nil {
		return fault.Newf(fault.BundleValidation, "[reckon] Cannot reckon with this value: %v.", err).WithField("value").
			WithHint("[hint-map-number] map a number, or filter the bundles without one out")
	}
	f := n.Float()
	if a.numbers == 0 {
		a.lowest, a.highest = f, f
	}
	a.lowest, a.highest = min(a.lowest, f), max(a.highest, f)
	a.numbers++
	y := f - a.lost
	t := a.sum + y
	a.lost = (t - a.sum) - y
	a.sum = t
	return nil
}

// Result returns the bundle with the result.
func (a *numberAccumulator) Result() (value.Value, error) {
	result := value.Null
	switch {
	case a.fn == "count":
		result = value.Int(a.bundles)
	case a.fn == "sum":
		result = value.Number(a.sum)
	case a.numbers == 0:
	case a.fn == "avg":
		result = value.Number(a.sum / float64(a.numbers))
	case a.fn == "max":
		result = value.Number(a.highest)
	case a.fn == "min":
		result = value.Number(a.lowest)
	}
	return value.Collection(value.F("result", result)), nil
}
