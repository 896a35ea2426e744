package builtin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func TestIterator(t *testing.T) {
	t.Parallel()
	const m = "builtin:BasicFeeder"
	runCases(t, []runCase{
		{"collections", m, "", `{"array":[{"a":1},{"a":2}]}`, "{\"a\":1}\n{\"a\":2}"},
		{"other elements", m, "", `{"array":["x",null,[1],true]}`, "{\"value\":\"x\"}\n{\"value\":null}\n{\"value\":[1]}\n{\"value\":true}"},
		{"no array", m, "", `{"array":{"a":1}}`, `{"a":1}`},
		{"a text", m, "", `{"array":"x"}`, `{"value":"x"}`},
		{"empty array", m, "", `{"array":[]}`, ""},
		{"null", m, "", `{"array":null}`, ""},
		{"empty text", m, "", `{"array":""}`, ""},
		{"missing", m, "", `{}`, ""},
	})
}

func TestRepeater(t *testing.T) {
	t.Parallel()
	const m = "builtin:BasicRepeater"
	runCases(t, []runCase{
		{"steps", m, "", `{"start":10,"repeats":"3","step":-5}`, "{\"i\":10}\n{\"i\":5}\n{\"i\":0}"},
		{"none", m, "", `{"start":1,"repeats":0,"step":1}`, ""},
		{"defaults", m, "", `{"repeats":2}`, "{\"i\":1}\n{\"i\":2}"},
		{"missing", m, "", `{}`, "BundleValidationError: repeats: Missing value of required parameter 'Repeats'."},
		{"past the limit", m, "", `{"repeats":10001}`, "BundleValidationError: repeats: The value 10001 is more than 10000."},
	})
	r, err := newBench().run(m, operation{input: fmt.Sprintf(`{"repeats":%d}`, MaxRepeats)})
	if err != nil || len(r.bundles) != MaxRepeats {
		t.Errorf("at the limit: got %d bundles and %v, want %d", len(r.bundles), err, MaxRepeats)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	b := newBench()
	for _, step := range []runCase{
		{"set", "util:SetVariable2", "", `{"name":"a","scope":"execution","value":[1,2]}`, `{"a":[1,2]}`},
		{"get", "util:GetVariable2", "", `{"name":"a"}`, `{"a":[1,2]}`},
		{"get unset", "util:GetVariable2", "", `{"name":"b"}`, `{"b":null}`},
		{"set several", "util:SetVariables", "", `{"scope":"roundtrip","variables":[{"name":"b","value":"x"},{"name":"c"}]}`, `{"b":"x","c":null}`},
		{"get several", "util:GetVariables", "", `{"variables":["a","b","z"]}`, `{"a":[1,2],"b":"x","z":null}`},
		{"get several by object", "util:GetVariables", "", `{"variables":[{"name":"b"}]}`, `{"b":"x"}`},
		{"get without a name", "util:GetVariables", "", `{"variables":[""]}`, "BundleValidationError: variables[1]: The name of a variable is missing."},
		{"older set", "util:SetVariable", "", `{"name":"d","scope":"execution","value":5}`, `{"value":5}`},
		{"older get", "util:GetVariable", "", `{"name":"d"}`, `{"value":5}`},
		{"wrong lifetime", "util:SetVariable2", "", `{"name":"a","scope":"ever","value":1}`, "BundleValidationError: scope: The value ever is not one of roundtrip, execution."},
	} {
		r, err := b.run(step.module, operation{parameters: step.parameters, input: step.input})
		if got := result(r, err); got != step.want {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
	for name, want := range map[string]string{"a": "execution", "b": "roundtrip", "d": "execution"} {
		if got := b.state["lifetime of "+name].Str(); got != want {
			t.Errorf("lifetime of %s: got %s, want %s", name, got, want)
		}
	}
}

func TestIncrement(t *testing.T) {
	t.Parallel()
	for reset, want := range map[string]module.Lifetime{"": module.OneCycle, "run": module.OneCycle, "execution": module.Execution, "scenario": module.Scenario} {
		b := newBench()
		for i := 1; i <= 3; i++ {
			r, err := b.run("util:FunctionIncrement", operation{parameters: `{"reset":"` + reset + `"}`})
			if got, want := result(r, err), fmt.Sprintf(`{"i":%d}`, i); got != want {
				t.Errorf("reset %q: got %s, want %s", reset, got, want)
			}
		}
		found := false
		for name, v := range b.state {
			found = found || strings.HasPrefix(name, "lifetime of ") && v.Str() == string(want)
		}
		if !found {
			t.Errorf("reset %q: got the state %v, want a variable that lives for a %s", reset, b.state, want)
		}
	}
}

func TestTools(t *testing.T) {
	t.Parallel()
	runCases(t, []runCase{
		{"text", "util:ComposeTransformer", "", `{"value":"a"}`, `{"value":"a"}`},
		{"array", "util:ComposeTransformer", "", `{"value":[1,"b"]}`, `{"value":"1, b"}`},
		{"nothing", "util:ComposeTransformer", "", `{}`, `{"value":""}`},
		{"first case that fits", "util:Switcher", "", `{"input":"b","casesTable":[{"pattern":"a","output":1},{"pattern":"b","output":2},{"pattern":"b","output":3}]}`, `{"output":2}`},
		{"case is different", "util:Switcher", "", `{"input":"B","casesTable":[{"pattern":"b","output":2}],"elseOutput":{"x":1}}`, `{"output":{"x":1}}`},
		{"nothing fits", "util:Switcher", "", `{"input":"B","casesTable":[{"pattern":"b","output":2}]}`, `{"output":null}`},
		{"pattern", "util:Switcher", "", `{"input":"order 5","useRegExpMatch":true,"casesTable":[{"pattern":"^\\d","output":1},{"pattern":"\\d$","output":2}]}`, `{"output":2}`},
		{
			"broken pattern", "util:Switcher", "", `{"input":"x","useRegExpMatch":true,"casesTable":[{"pattern":"("}]}`,
			"BundleValidationError: casesTable: The pattern is not a regular expression that can be used here: missing closing ).",
		},
		{"bundles", "util:BasicTrigger", `{"values":[{"spec":[{"name":"a","value":1},{"name":"b"}]},{"spec":[]}]}`, "", "{\"a\":1,\"b\":null}\n{}"},
		{"no bundles", "util:BasicTrigger", "", "", ""},
	})
}

func TestSleep(t *testing.T) {
	t.Parallel()
	b := newBench()
	r, err := b.run("util:FunctionSleep", operation{input: `{"duration":"300"}`})
	if got := result(r, err); got != "{}" {
		t.Errorf("got %s, want an empty bundle", got)
	}
	if diff := cmp.Diff([]time.Duration{300 * time.Second}, b.clock.Slept()); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
	r, err = b.run("util:FunctionSleep", operation{input: `{"duration":301}`})
	if got, want := result(r, err), "BundleValidationError: duration: The value 301 is more than 300."; got != want {
		t.Errorf("past the limit: got %s, want %s", got, want)
	}
	m := b.modules["util:FunctionSleep"]
	op, err := b.operationOf(m, operation{input: `{"duration":1}`})
	if err != nil {
		t.Fatal(err)
	}
	op.Dry = true
	var unsent *module.Unsent
	if err := m.Run(t.Context(), op, nil, &recorder{}); !errors.As(err, &unsent) || unsent.Effect.What.JSON() != `{"seconds":1}` {
		t.Errorf("in a dry run: got %v, want a wait of a second that was not waited", err)
	}
	if n := len(b.clock.Slept()); n != 1 {
		t.Errorf("the dry run has waited: %d waits", n)
	}
	op.Dry = false
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := fault.KindOf(m.Run(ctx, op, nil, &recorder{})); got != fault.ExecutionInterrupted {
		t.Errorf("interrupted: got %q, want %q", got, fault.ExecutionInterrupted)
	}
}

func TestAggregators(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, module, parameters string
		items                    []string
		want                     string
	}{
		{"array", "builtin:BasicAggregator", "", []string{`{"a":1}`, `{"a":null}`}, `{"array":[{"a":1},{"a":null}]}`},
		{"array of nothing", "builtin:BasicAggregator", "", nil, `{"array":[]}`},
		{"text without separator", "util:TextAggregator", "", []string{`{"value":"a"}`, `{"value":2}`}, `{"text":"a2"}`},
		{"text with rows", "util:TextAggregator", `{"rowSeparator":"\n"}`, []string{`{"value":"a"}`, `{}`, `{"value":"c"}`}, `{"text":"a\n\nc"}`},
		{"text with another separator", "util:TextAggregator", `{"rowSeparator":"other","otherRowSeparator":" + "}`, []string{`{"value":"a"}`, `{"value":"b"}`}, `{"text":"a + b"}`},
		{"empty first text", "util:TextAggregator", `{"rowSeparator":","}`, []string{`{"value":""}`, `{"value":"b"}`}, `{"text":",b"}`},
		{"text of nothing", "util:TextAggregator", "", nil, `{"text":""}`},
		{"text of a collection", "util:TextAggregator", "", []string{`{"value":{}}`}, "BundleValidationError: value: Expected text, got a collection."},
		{"sum", "util:FunctionAggregator2", `{"fn":"SUM"}`, []string{`{"value":0.1}`, `{"value":"0.2"}`, `{"value":""}`, `{}`}, `{"result":0.30000000000000004}`},
		{"average", "util:FunctionAggregator2", `{"fn":"avg"}`, []string{`{"value":1}`, `{"value":2}`, `{"value":null}`}, `{"result":1.5}`},
		{"count", "util:FunctionAggregator2", `{"fn":"count"}`, []string{`{"value":"x"}`, `{}`}, `{"result":2}`},
		{"max", "util:FunctionAggregator2", `{"fn":"max"}`, []string{`{"value":-5}`, `{"value":-2}`}, `{"result":-2}`},
		{"min", "util:FunctionAggregator2", `{"fn":"min"}`, []string{`{"value":-2}`, `{"value":-5}`}, `{"result":-5}`},
		{"sum of nothing", "util:FunctionAggregator2", `{"fn":"sum"}`, nil, `{"result":0}`},
		{"max of nothing", "util:FunctionAggregator2", `{"fn":"max"}`, nil, `{"result":null}`},
		{"not a number", "util:FunctionAggregator2", `{"fn":"sum"}`, []string{`{"value":"x"}`}, `BundleValidationError: value: Cannot reckon with this value: expected a number, got the text "x".`},
		{"no such function", "util:FunctionAggregator2", `{"fn":"median"}`, nil, `InvalidConfigurationError: fn: The aggregate function "median" does not exist.`},
		{"table", "util:AggregateAggregator", "", []string{`{"a":1,"b":"x"}`, `{"a":null,"b":"y"}`}, `{"text":"1\tx\n\ty"}`},
		{"table with separators", "util:AggregateAggregator", `{"columnSeparator":";","rowSeparator":"other","otherRowSeparator":"|"}`, []string{`{"a":1,"b":2}`, `{"a":3,"b":4}`}, `{"text":"1;2|3;4"}`},
		{"json", "json:AggregateToJSON", "", []string{`{"a":1}`, `{"a":2}`}, `{"json":"[{\"a\":1},{\"a\":2}]"}`},
		{"json of nothing", "json:AggregateToJSON", "", nil, `{"json":"[]"}`},
		{"csv", "csv:CreateCSV", "", []string{`{"name":"Ann, M","n":1}`, `{"n":2,"name":"say \"hi\""}`}, `{"text":"name,n\n\"Ann, M\",1\n\"say \"\"hi\"\"\",2\n"}`},
		{"csv without header", "csv:CreateCSV", `{"includeHeaders":false,"delimiter":"tab","newline":"crlf"}`, []string{`{"a":1,"b":null}`}, `{"text":"1\t\r\n"}`},
		{"csv of nothing", "csv:CreateCSV", "", nil, `{"text":""}`},
		{"csv with another column", "csv:CreateCSV", "", []string{`{"a":1}`, `{"b":1}`}, `BundleValidationError: b: The column "b" is not in the first row.`},
		{
			"csv with a data structure", "csv:CreateCSV", `{"type":[{"name":"n","type":"number"},{"name":"name","type":"text"},{"name":"left"}]}`,
			[]string{`{"name":"Ann","n":1,"more":true}`, `{"name":"Bob"}`}, `{"text":"n,name,left,more\n1,Ann,,true\n,Bob,,\n"}`,
		},
		{"csv delimiter", "csv:CreateCSV", `{"delimiter":"other","otherDelimiter":"\""}`, nil, `InvalidConfigurationError: delimiter: "\"" cannot be the delimiter of CSV.`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v, err := newBench().aggregate(c.module, c.parameters, c.items...)
			got := v.JSON()
			if err != nil {
				got = result(nil, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// Adding up keeps what rounding would lose.
func TestSumKeepsSmallParts(t *testing.T) {
	t.Parallel()
	items := make([]string, 10)
	for i := range items {
		items[i] = `{"value":0.1}`
	}
	v, err := newBench().aggregate("util:FunctionAggregator2", `{"fn":"sum"}`, items...)
	if got := v.Get("result").Float(); err != nil || got != 1 {
		t.Errorf("got %v (%v), want 1", got, err)
	}
}

func TestTextAggregatorLimit(t *testing.T) {
	t.Parallel()
	a := &textAccumulator{separator: ",", textOf: func(v value.Value) (string, error) { return v.Str(), nil }}
	if err := a.Add(value.Text(strings.Repeat("x", MaxTextBytes-2))); err != nil {
		t.Fatal(err)
	}
	if err := a.Add(value.Text("y")); err != nil {
		t.Errorf("at the limit: got %v, want no error", err)
	}
	if got := fault.KindOf(a.Add(value.Empty)); got != fault.MaxFileSizeExceeded {
		t.Errorf("past the limit: got %q, want %q", got, fault.MaxFileSizeExceeded)
	}
}
