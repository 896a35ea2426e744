package engine_test

import (
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// choosing is a catalog with one module, whose field "way" brings other fields with it, and that may have a data structure.
type choosing struct{ inputs []string }

func (c *choosing) Find(string, int) (*module.Module, bool) {
	fields, _ := value.ParseJSON([]byte(`[{"name":"way","type":"select","options":[
		{"label":"A","value":"a","nested":[{"name":"inA","type":"text","required":true}]},
		{"label":"B","value":"b","nested":[{"name":"inB","type":"number"}]}]}]`))
	return &module.Module{
		Description: module.Description{
			App: "test", Name: "Choose", Version: 1, Kind: module.Action, Delivery: module.Pure, DynamicInput: true,
			Parameters: []module.Field{{Name: "type", Type: "udt"}}, Expect: module.ParseFields(fields),
		},
		Pure: func(op *module.Operation, emit func(value.Value) error) error {
			c.inputs = append(c.inputs, op.Input.JSON())
			return emit(op.Input)
		},
	}, true
}

func TestFieldsOfOptionsThatAreNotChosenAreNotEvaluated(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, parameters, mapper, want string }{
		{"chosen", `{}`, `{"way":"b","inB":"{{1 + 1}}","inA":"{{parseDate(\"x\"; \"y\")}}"}`, `{"way":"b","inB":2}`},
		{"mapped", `{}`, `{"way":"{{lower(\"B\")}}","inB":"5","inA":"kept"}`, `{"way":"b","inB":5}`},
		{"a data structure", `{"type":[{"name":"n","type":"number"}]}`, `{"n":"7","own":"x"}`, `{"n":7,"own":"x"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			catalog := &choosing{}
			flow := `[{"id":1,"module":"test:Choose","version":1,"parameters":` + c.parameters + `,"mapper":` + c.mapper + `}]`
			x := plan(t, catalog, flow, "", "").Start(engine.Config{ID: "e", Started: start})
			drive(t, x, func(int) int { return 0 })
			if len(catalog.inputs) != 1 || catalog.inputs[0] != c.want {
				t.Errorf("got %v, want %s; the execution ended with %v", catalog.inputs, c.want, x.Outcome())
			}
		})
	}
}
