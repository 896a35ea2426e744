package blueprint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// catalog is a small set of modules; it knows all that a Catalog may know.
type catalog map[string]*module.Description

func (c catalog) Describe(name string, _ int) (*module.Description, bool) {
	d, ok := c[name]
	return d, ok
}

func (c catalog) Names() []string {
	var names []string
	for name := range c {
		names = append(names, name)
	}
	return names
}

// keyed is a module that sends an idempotency key in the header.
func keyed(id int, name string, version int, header string) string {
	return fmt.Sprintf(`{"id":%d,"module":"%s","version":%d,"mapper":{},"metadata":{"ropeway":{"idempotencyHeader":%s}}}`, id, name, version, header)
}

func testCatalog() catalog {
	c := catalog{}
	add := func(app, name string, version int, kind module.Kind, change func(*module.Description)) {
		d := &module.Description{App: app, Name: name, Version: version, Label: name, Kind: kind}
		if change != nil {
			change(d)
		}
		c[d.FullName()] = d
	}
	limit := func(low, high float64) module.Validate { return module.Validate{Min: &low, Max: &high} }
	required := func(name string) module.Field { return module.Field{Name: name, Type: "text", Required: true} }
	add("builtin", "BasicRouter", 1, module.Router, nil)
	add("builtin", "BasicIfElse", 1, module.IfElse, nil)
	add("builtin", "BasicMerge", 1, module.Merge, nil)
	add("builtin", "BasicFeeder", 1, module.Iterator, func(d *module.Description) { d.Expect = []module.Field{required("array")} })
	add("builtin", "BasicAggregator", 1, module.Aggregator, func(d *module.Description) { d.Parameters = []module.Field{required("feeder")} })
	add("builtin", "Ignore", 1, module.Directive, nil)
	add("builtin", "Break", 1, module.Directive, nil)
	add("util", "FunctionSleep", 1, module.Transformer, func(d *module.Description) { d.Expect = []module.Field{required("duration")} })
	add("util", "ComposeTransformer", 1, module.Transformer, nil)
	add("http", "MakeRequest", 4, module.Action, func(d *module.Description) { d.TakesKey = true })
	add("gateway", "CustomWebHook", 1, module.InstantTrigger, func(d *module.Description) { d.Webhook = "gateway-webhook" })
	add("gateway", "WebhookRespond", 1, module.Responder, nil)
	add("shop", "export", 2, module.Aggregator, func(d *module.Description) {
		d.DynamicInput, d.Parameters = true, []module.Field{{Name: "type", Type: "udt"}}
	})
	add("shop", "call", 2, module.Action, func(d *module.Description) {
		d.Parameters = []module.Field{{Name: "auth", Type: "select", Default: value.Text("none"), Options: []module.Option{
			{Label: "None", Value: value.Text("none")},
			{Label: "Key", Value: value.Text("key"), Nested: []module.Field{{Name: "key", Label: "API key", Type: "keychain:shop", Required: true}}},
		}}}
	})
	add("shop", "watchOrders", 2, module.Trigger, func(d *module.Description) { d.Connection = "shop" })
	add("shop", "createOrder", 2, module.Action, func(d *module.Description) {
		d.Connection = "shop"
		d.Parameters = []module.Field{
			{Name: "__IMTCONN__", Type: "account:shop", Required: true},
			{Name: "by", Type: "select", Required: true, Options: []module.Option{
				{Label: "E-mail", Value: value.Text("email"), Nested: []module.Field{required("email")}},
				{Label: "Nobody", Value: value.Text("")},
			}},
		}
		d.Expect = []module.Field{
			{Name: "ship", Type: "boolean", Nested: []module.Field{required("carrier")}},
			{Name: "pay", Type: "select", Options: []module.Option{
				{Label: "Card", Value: value.Text("card"), Nested: []module.Field{required("number")}},
				{Label: "Later", Value: value.Text("later"), Nested: []module.Field{{Name: "days", Type: "uinteger", Validate: limit(1, 60)}}},
			}},
			{Name: "currency", Type: "text", Required: true, Default: value.Text("EUR")},
			{Name: "lines", Type: "array", Spec: []module.Field{required("sku"), {Name: "note", Type: "text"}}},
			{Name: "address", Type: "collection", Spec: []module.Field{required("city")}},
		}
	})
	return c
}

// lines are problems as a person reads them, warnings marked.
func lines(problems fault.Problems) string {
	var b strings.Builder
	for _, p := range problems {
		if p.Warning {
			b.WriteString("warning: ")
		}
		b.WriteString(p.String() + "\n")
	}
	return b.String()
}

const (
	first = `{"id":1,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"x"}}`
	list  = `{"id":2,"module":"builtin:BasicFeeder","version":1,"mapper":{"array":"{{1.value}}"}}`
)

// scenario is a blueprint with the flow.
func scenario(flow ...string) string {
	return `{"name":"Test","flow":[` + strings.Join(flow, ",") + `]}`
}

// compose is a module that maps one text.
func compose(id int, text string) string {
	return fmt.Sprintf(`{"id":%d,"module":"util:ComposeTransformer","version":1,"mapper":{"value":%q}}`, id, text)
}

// rule is a blueprint with the start of each line that its report must have, in order; "!" in front of a line marks a warning.
type rule struct {
	name, src string
	want      []string
}

func checkRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, c := range rules {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			problems := mustParse(t, c.src).Validate(testCatalog())
			var got []string
			for i, p := range problems {
				line := p.Path + ": " + p.Problem
				if p.Warning {
					line = "!" + line
				}
				if i < len(c.want) && strings.HasPrefix(line, c.want[i]) {
					line = c.want[i]
				}
				got = append(got, line)
				if p.Hint == "" && !strings.Contains(p.Problem, "expected") && !strings.Contains(p.Problem, "type condition or else") {
					t.Errorf("%s has no hint", p)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScenarioRules(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", MaxNameCharacters)
	settings := func(metadata string) string {
		return `{"name":"Test","flow":[` + first + `],"metadata":` + metadata + `}`
	}
	checkRules(t, []rule{
		{"fine", scenario(first), nil},
		{"no name", `{"flow":[` + first + `]}`, []string{"name: the scenario has no name"}},
		{"name is no text", `{"name":5,"flow":[` + first + `]}`, []string{"name: the name must be a text, got 5"}},
		{"longest name", `{"name":"` + long + `","flow":[` + first + `]}`, nil},
		{"name too long", `{"name":"` + long + `é","flow":[` + first + `]}`, []string{"name: the name has 121 characters"}},
		{"description too long", `{"name":"x","description":"` + long + long + `é","flow":[` + first + `]}`, []string{"!description: the description has 241 characters"}},
		{"empty flow", scenario(), []string{"flow: the scenario has no module"}},
		{"settings", settings(`{"scenario":{"roundtrips":0,"maxErrors":-1,"sequential":"yes"},"ropeway":{"bundlesAtOnce":65,"timezone":"Mars/Base"}}`), []string{
			"metadata.scenario.roundtrips: expected a whole number from 1 to 10000, got 0",
			"metadata.scenario.maxErrors: expected a whole number from 0 to",
			"metadata.ropeway.bundlesAtOnce: expected a whole number from 1 to 64, got 65",
			`metadata.scenario.sequential: expected true or false, got "yes"`,
			`metadata.ropeway.timezone: there is no time zone "Mars/Base"`,
		}},
		{"most at once", settings(`{"ropeway":{"bundlesAtOnce":64,"orderKey":"{{1.value}}","timezone":"UTC"}}`), nil},
		{"order key", settings(`{"ropeway":{"orderKey":"{{7.email}}"}}`), []string{
			"!metadata.ropeway.orderKey: the order key has no effect", "metadata.ropeway.orderKey: column 3: there is no module 7",
		}},
		{"broken order key", settings(`{"ropeway":{"bundlesAtOnce":2,"orderKey":"{{1."}}`), []string{"metadata.ropeway.orderKey: column"}},
		{"metadata of a wrong type", settings(`"x"`), []string{`metadata: expected an object, got "x"`}},
		{"responder without a webhook", scenario(first, `{"id":2,"module":"gateway:WebhookRespond","version":1,"mapper":{"status":"200"}}`), []string{
			"!flow[1]: module 2 (gateway:WebhookRespond) answers a webhook call",
		}},
		{"responder behind an unknown trigger", scenario(`{"id":1,"module":"other:watch","version":1}`, `{"id":2,"module":"gateway:WebhookRespond","version":1}`), []string{
			"!flow[0].module: the app other is not installed",
		}},
	})
}

func TestNodeRules(t *testing.T) {
	t.Parallel()
	checkRules(t, []rule{
		{"no object", scenario(first, `"x"`), []string{`flow[1]: expected a module, got "x"`}},
		{"nothing in it", scenario(first, `{}`), []string{
			"flow[1].id: expected the number of the module, a whole number, got nothing", "flow[1].version: expected the version of the module",
			"flow[1].module: the module has no name",
		}},
		{"same number", scenario(first, list, compose(1, "x")), []string{"flow[2].id: the number 1 is taken by util:ComposeTransformer at flow[0]"}},
		{"same number in a disabled module", scenario(first, `{"id":1,"module":"util:ComposeTransformer","version":1,"disabled":true}`), []string{"flow[1].id: the number 1 is taken"}},
		{"number 0", scenario(compose(0, "x")), []string{"flow[0].id: the number of a module must be 1 or more, got 0"}},
		{"number as text", scenario(`{"id":"1","module":"util:ComposeTransformer","version":"1"}`), nil},
		{"number is none", scenario(`{"id":1.5,"module":"util:ComposeTransformer","version":null}`), []string{"flow[0].id: expected the number of the module, a whole number, got 1.5", "flow[0].version: expected"}},
		{"versions", scenario(`{"id":1,"module":"util:ComposeTransformer","version":0}`, `{"id":2,"module":"util:ComposeTransformer","version":-1}`), []string{
			"!flow[0].version: version 0 marks a preview", "flow[1].version: the version of a module must be 1 or more, got -1",
		}},
		{"unknown keys", scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"onError":[],"zzz":1,"tools":[{"flow":[]}]}`), []string{
			`!flow[0].onError: "onError" is kept, but has no meaning here`, `!flow[0].zzz: "zzz" is kept`, "!flow[0].tools: tools of agents are kept, but not run",
		}},
		{"wrong types", scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"parameters":"x","mapper":[1],"flags":5,"routes":{},"onerror":"x","metadata":{"ropeway":{"safeToRepeat":"yes"}}}`), []string{
			`flow[0].parameters: expected an object, got "x"`, "flow[0].mapper: expected an object, got a list", "flow[0].flags: expected an object, got 5",
			`flow[0].metadata.ropeway.safeToRepeat: expected true or false, got "yes"`, `flow[0].onerror: expected a list, got "x"`, "flow[0].routes: expected a list, got an object",
		}},
		{"idempotency header", scenario(first, keyed(2, "http:MakeRequest", 4, `"Idempotency-Key"`)), nil},
		{"idempotency header of a module that sends none", scenario(first, keyed(2, "util:ComposeTransformer", 1, `"Idempotency-Key"`)), []string{
			"flow[1].metadata.ropeway.idempotencyHeader: module 2 (util:ComposeTransformer) cannot send an idempotency key",
		}},
		{"idempotency headers that are none", scenario(first, keyed(2, "http:MakeRequest", 4, `"Idempotency Key"`), keyed(3, "http:MakeRequest", 4, `"authorization"`),
			keyed(4, "http:MakeRequest", 4, `5`), keyed(5, "http:MakeRequest", 4, `""`), keyed(6, "http:MakeRequest", 4, `"`+strings.Repeat("x", 65)+`"`)), []string{
			`flow[1].metadata.ropeway.idempotencyHeader: a header for idempotency keys cannot be called "Idempotency Key"`,
			`flow[2].metadata.ropeway.idempotencyHeader: a header for idempotency keys cannot be called "authorization"`,
			`flow[3].metadata.ropeway.idempotencyHeader: a header for idempotency keys cannot be called 5`,
			`flow[4].metadata.ropeway.idempotencyHeader: a header for idempotency keys cannot be called ""`,
			`flow[5].metadata.ropeway.idempotencyHeader: a header for idempotency keys cannot be called "xxx`,
		}},
		{"empty lists for objects", scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"parameters":[],"mapper":[]}`), nil},
		{"filter on the first module", scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"filter":{"name":"x","conditions":[[{"a":"x","o":"exist"}]]}}`), []string{
			"flow[0].filter: the first module cannot have a filter",
		}},
		{"empty filter on the first module", scenario(`{"id":1,"module":"util:ComposeTransformer","version":1,"filter":{"name":"x"}}`), nil},
		{"wrong operator", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"filter":{"conditions":[[{"a":"x","b":"y","o":"date:before"}]]}}`), []string{
			`flow[1].filter.conditions[0][0].o: there is no operator "date:before"`,
		}},
		{"broken expressions", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"mapper":{"a":{"b":["{{uper(1.value)}}"]},"c":"{{1.value"},"flags":{"groupBy":"{{"}}`), []string{
			"flow[1].mapper.a.b[0]: column 3: unknown function 'uper'", "flow[1].mapper.c: column", "flow[1].flags.groupBy: column",
		}},
		{"group by outside an aggregator", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"flags":{"groupBy":"{{1.value}}"}}`), []string{
			"!flow[1].flags.groupBy: only aggregators group bundles",
		}},
		{"expression in a static field", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"parameters":{"a":[{"b":"{{1.value}}"}]}}`), []string{
			"!flow[1].parameters.a[0].b: this field is static",
		}},
		{"trigger in the middle", scenario(first, `{"id":2,"module":"shop:watchOrders","version":2,"parameters":{"__IMTCONN__":1}}`), []string{
			"flow[1]: module 2 (shop:watchOrders) is a trigger",
		}},
	})
}

func TestReferenceRules(t *testing.T) {
	t.Parallel()
	router := func(routes ...string) string {
		for i, r := range routes {
			routes[i] = `{"flow":[` + r + `]}`
		}
		return `{"id":5,"module":"builtin:BasicRouter","version":1,"mapper":null,"routes":[` + strings.Join(routes, ",") + `]}`
	}
	collect := func(feeder int) string {
		return fmt.Sprintf(`{"id":7,"module":"builtin:BasicAggregator","version":1,"parameters":{"feeder":%d},"mapper":{"x":"{{2.value}} {{3.value}}"}}`, feeder)
	}
	failing := func(route string) string {
		return `{"id":3,"module":"util:ComposeTransformer","version":1,"mapper":{},"onerror":[` + route + `]}`
	}
	checkRules(t, []rule{
		{"before", scenario(first, compose(2, "{{1.value}} {{`1`}} {{1}}")), nil},
		{"missing", scenario(first, compose(2, "{{9.value}}")), []string{"flow[1].mapper.value: column 3: there is no module 9"}},
		{"itself", scenario(first, compose(2, "{{2.value}}")), []string{"flow[1].mapper.value: column 3: module 2 (util:ComposeTransformer) refers to its own output"}},
		{"later", scenario(first, compose(2, "{{3.value}}"), compose(3, "x")), []string{"flow[1].mapper.value: column 3: module 3 (util:ComposeTransformer) has not run at this point"}},
		{"in the filter", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"filter":{"conditions":[[{"a":"{{2.value}}","o":"exist"}]]}}`), []string{
			"flow[1].filter.conditions[0][0].a: column 3: module 2 (util:ComposeTransformer) refers to its own output",
		}},
		{"sibling route", scenario(first, router(compose(6, "{{1.value}}"), compose(7, "{{6.value}}"))), []string{
			"flow[1].routes[1].flow[0].mapper.value: column 3: module 6 (util:ComposeTransformer) is in another route",
		}},
		{"later route", scenario(first, router(compose(6, "{{7.value}}"), compose(7, "{{1.value}}"))), []string{"flow[1].routes[0].flow[0].mapper.value: column 3: module 7"}},
		{"router has no output", scenario(first, router(compose(6, "{{5.value}}"))), []string{
			"!flow[1].routes[0].flow[0].mapper.value: column 3: module 5 (builtin:BasicRouter) puts out no data",
		}},
		{"into the aggregator", scenario(first, list, compose(3, "{{2.value}}"), collect(2), compose(8, "{{7.array}} {{1.value}}")), nil},
		{"behind the aggregator", scenario(first, list, compose(3, "{{2.value}}"), collect(2), compose(8, "{{2.value}}{{3.value}}")), []string{
			"flow[4].mapper.value: column 3: the bundles of module 2 (builtin:BasicFeeder) are collected by module 7",
			"flow[4].mapper.value: column 14: the bundles of module 3 (util:ComposeTransformer) are collected by module 7",
		}},
		{"aggregator in one route only", scenario(first, list, compose(3, "x"), router(collect(2), compose(8, "{{2.value}}"))), nil},
		{"aggregator around another", scenario(first, list, compose(3, "x"), collect(2),
			`{"id":9,"module":"builtin:BasicAggregator","version":1,"parameters":{"feeder":1},"mapper":{"x":"{{7.array}}"}}`, compose(10, "{{7.array}}{{9.array}}")), []string{
			"flow[5].mapper.value: column 3: the bundles of module 7 (builtin:BasicAggregator) are collected by module 9",
		}},
		{"error route", scenario(first, failing(compose(4, "{{3.error.message}} {{1.value}}")), compose(5, "{{3.value}}")), nil},
		{"output of the failed module", scenario(first, failing(compose(4, "{{3.value}}"))), []string{
			"!flow[1].onerror[0].mapper.value: column 3: in its error route module 3 (util:ComposeTransformer) has no output, only its error",
		}},
		{"error route from outside", scenario(first, failing(compose(4, "x")), compose(5, "{{4.value}}")), []string{
			"flow[2].mapper.value: column 3: module 4 (util:ComposeTransformer) is in another route",
		}},
		{"disabled module", scenario(first, `{"id":2,"module":"util:ComposeTransformer","version":1,"disabled":true}`, compose(3, "{{2.value}}")), []string{
			"!flow[2].mapper.value: column 3: module 2 (util:ComposeTransformer) is disabled",
		}},
		{"names", scenario(compose(1, "{{executionId}} {{var.scenario.name}} {{var.team.x}} {{YOUR_TOKEN}} {{executionid}} {{var.custom.x}}")), []string{
			`!flow[0].mapper.value: column 56: there is nothing named "YOUR_TOKEN"`, `!flow[0].mapper.value: column 71: there is nothing named "executionid"`,
			"!flow[0].mapper.value: column 87: there are no variables var.custom",
		}},
		{"inputs without an interface", scenario(compose(1, "{{var.input.limit}}")), []string{"!flow[0].mapper.value: column 3: the scenario declares no inputs"}},
		{"inputs", `{"name":"x","interface":{"input":[{"name":"limit","type":"number"}]},"flow":[` + compose(1, "{{var.input.limit}} {{var.input.limits}}") + `]}`, []string{
			`!flow[0].mapper.value: column 23: the scenario has no input "limits"`,
		}},
		{"in a disabled route", scenario(first, `{"id":5,"module":"builtin:BasicRouter","version":1,"mapper":null,"routes":[{"disabled":true,"flow":[`+compose(6, "{{9.x}}")+`]},{"flow":[`+compose(7, "x")+`]}]}`), []string{
			"!flow[1].routes[0].flow[0].mapper.value: column 3: there is no module 9",
		}},
	})
}

func TestFlowRules(t *testing.T) {
	t.Parallel()
	router := func(more string) string {
		return `{"id":5,"module":"builtin:BasicRouter","version":1,` + more + `}`
	}
	feeder := func(parameters string) string {
		return `{"id":7,"module":"builtin:BasicAggregator","version":1,"parameters":` + parameters + `,"mapper":{}}`
	}
	one := `"routes":[{"flow":[` + compose(6, "x") + `]}]`
	checkRules(t, []rule{
		{"router", scenario(first, router(`"mapper":null,`+one)), nil},
		{"router without routes", scenario(first, router(`"mapper":null,"routes":[{"flow":[]}]`)), []string{"flow[1].routes: the router has no route with a module in it"}},
		{"routes in the mapper", scenario(first, router(`"mapper":{"routes":[]}`)), []string{"!flow[1].mapper: a router has no fields to map", "flow[1].routes: the router has no route"}},
		{"fallback", scenario(first, router(`"mapper":null,"parameters":{"else":0},`+one)), nil},
		{"fallback out of range", scenario(first, router(`"mapper":null,"parameters":{"else":1},`+one)), []string{"flow[1].parameters.else: the fallback route 1 does not exist; the router has 1"}},
		{"fallback disabled", scenario(first, router(`"mapper":null,"parameters":{"else":1},"routes":[{"flow":[`+compose(6, "x")+`]},{"disabled":true,"flow":[]}]`)), []string{
			"!flow[1].routes[1].disabled: the fallback route is disabled",
		}},
		{"filter on a router", scenario(first, router(`"mapper":null,"filter":{"conditions":[[{"a":"x","o":"exist"}]]},`+one)), []string{"!flow[1].filter: the filter stands on a router"}},
		{"behind a router", scenario(first, router(`"mapper":null,`+one), compose(8, "x")), []string{"flow[2]: module 8 (util:ComposeTransformer) stands behind a router"}},
		{"routes on another module", scenario(first, `{"id":5,"module":"util:ComposeTransformer","version":1,"mapper":null,`+one+`,"branches":[{"type":"else","flow":[]}]}`), []string{
			"flow[1].routes: module 5 (util:ComposeTransformer) is no router", "flow[1].branches: module 5 (util:ComposeTransformer) is no if-else",
		}},
		{"no feeder", scenario(first, feeder(`{}`)), []string{"flow[1].parameters.feeder: module 7 (builtin:BasicAggregator) has no source module"}},
		{"feeder is no number", scenario(first, feeder(`{"feeder":"x"}`)), []string{`flow[1].parameters.feeder: expected the number of the source module, a whole number, got "x"`}},
		{"feeder does not exist", scenario(first, feeder(`{"feeder":9}`)), []string{"flow[1].parameters.feeder: the source module 9 does not exist"}},
		{"feeder is itself", scenario(first, feeder(`{"feeder":7}`)), []string{"flow[1].parameters.feeder: an aggregator cannot be its own source module"}},
		{"feeder later", scenario(first, feeder(`{"feeder":8}`), compose(8, "x")), []string{"flow[1].parameters.feeder: the source module must run before the aggregator"}},
		{"feeder collected before", scenario(first, list, feeder(`{"feeder":2}`), `{"id":8,"module":"builtin:BasicAggregator","version":1,"parameters":{"feeder":2},"mapper":{}}`), []string{
			"flow[3].parameters.feeder: the bundles of module 2 (builtin:BasicFeeder) are already collected by module 7",
		}},
		{"feeder is a router", scenario(first, router(`"mapper":null,"routes":[{"flow":[`+feeder(`{"feeder":5}`)+`]}]`)), []string{
			"flow[1].routes[0].flow[0].parameters.feeder: module 5 (builtin:BasicRouter) puts out no bundles",
		}},
		{"feeder across a router", scenario(first, list, router(`"mapper":null,"routes":[{"flow":[`+feeder(`{"feeder":2}`)+`]}]`)), nil},
	})
}

func TestBranchRules(t *testing.T) {
	t.Parallel()
	when := func(id int, merge bool) string {
		return fmt.Sprintf(`{"type":"condition","merge":%t,"conditions":[[{"a":"{{1.value}}","o":"exist"}]],"flow":[%s]}`, merge, compose(id, "x"))
	}
	choose := func(branches ...string) string {
		return `{"id":5,"module":"builtin:BasicIfElse","version":1,"mapper":null,"branches":[` + strings.Join(branches, ",") + `]}`
	}
	join := func(more string) string {
		return `{"id":8,"module":"builtin:BasicMerge","version":1,"mapper":null,` + more + `}`
	}
	checkRules(t, []rule{
		{"if-else", scenario(first, choose(when(6, false), `{"type":"else","flow":[`+compose(7, "x")+`]}`)), nil},
		{"merge", scenario(first, choose(when(6, true), when(7, true)), join(`"outputs":[{"name":"x","mappings":["{{6.value}}","{{7.value}}"]}],"filters":[]`), compose(9, "{{8.x}}")), nil},
		{"merge takes from the wrong branch", scenario(first, choose(when(6, true), when(7, true)), join(`"outputs":[{"name":"x","mappings":["{{7.value}}",null]}]`), compose(9, "{{6.value}}")), []string{
			"flow[2].outputs[0].mappings[0]: column 3: module 7 (util:ComposeTransformer) is in another route",
			"flow[3].mapper.value: column 3: module 6 (util:ComposeTransformer) is in another route",
		}},
		{"no branches", scenario(first, choose()), []string{"flow[1].branches: the if-else has no branch"}},
		{"branch types", scenario(first, choose(`{"type":"maybe","flow":[`+compose(6, "x")+`],"conditions":[[{"a":"x","o":"exist"}]]}`)), []string{
			`flow[1].branches[0].type: a branch is of type condition or else, not "maybe"`,
		}},
		{"two else", scenario(first, choose(`{"type":"else","flow":[`+compose(6, "x")+`]}`, `{"type":"else","flow":[`+compose(7, "x")+`]}`)), []string{"flow[1].branches: the if-else has 2 else branches"}},
		{"else with conditions", scenario(first, choose(`{"type":"else","conditions":[[{"a":"x","o":"exist"}]],"flow":[`+compose(6, "x")+`]}`)), []string{"!flow[1].branches[0].conditions: an else branch has no conditions"}},
		{"empty branches", scenario(first, choose(`{"type":"condition","conditions":[],"flow":[`+compose(6, "x")+`]}`, `{"type":"else","flow":[]}`)), []string{
			"!flow[1].branches[0].conditions: the branch has no conditions", "!flow[1].branches[1].flow: the branch has no modules",
		}},
		{"wrong operator in a branch", scenario(first, choose(`{"type":"condition","conditions":[[{"a":"{{9.x}}","o":"exists"}],[{"a":"{{9.x}}","o":"exist"}]],"flow":[`+compose(6, "x")+`]}`)), []string{
			`flow[1].branches[0].conditions[0][0].o: there is no operator "exists"`, "flow[1].branches[0].conditions[0][0].a: column 3: there is no module 9", "flow[1].branches[0].conditions[1][0].a: column 3: there is no module 9",
		}},
		{"router in a branch", scenario(first, choose(`{"type":"else","flow":[{"id":6,"module":"builtin:BasicRouter","version":1,"routes":[{"flow":[`+compose(7, "x")+`]}]}]}`)), []string{
			"flow[1].branches[0].flow[0]: a router cannot stand in a branch",
		}},
		{"if-else in a branch", scenario(first, choose(`{"type":"else","flow":[{"id":6,"module":"builtin:BasicIfElse","version":1,"branches":[`+when(7, false)+`]}]}`)), []string{
			"flow[1].branches[0].flow[0]: an if-else cannot stand in a branch",
		}},
		{"merge missing", scenario(first, choose(when(6, true))), []string{"flow[1].branches: branches of the if-else are to be merged, but no merge follows it"}},
		{"behind an if-else", scenario(first, choose(when(6, false)), compose(9, "x")), []string{"flow[2]: module 9 (util:ComposeTransformer) stands behind an if-else"}},
		{"merge alone", scenario(first, join(`"outputs":[{"name":"x","mappings":[]}]`)), []string{"flow[1]: module 8 (builtin:BasicMerge) is a merge without an if-else before it"}},
		{"merge of nothing", scenario(first, choose(when(6, false)), join(`"outputs":[]`)), []string{
			"flow[2]: no branch of the if-else before it is to be merged", "!flow[2].outputs: the merge puts out an empty bundle",
		}},
		{"counts", scenario(first, choose(when(6, true), when(7, false)), join(`"outputs":[{"name":"","mappings":["x","y"]}],"filters":[null,null]`)), []string{
			"flow[2].outputs[0].name: the output has no name", "flow[2].outputs[0].mappings: 1 branches are merged, but there are 2 mappings",
			"flow[2].filters: 1 branches are merged, but there are 2 filters",
		}},
	})
}

func TestErrorRouteRules(t *testing.T) {
	t.Parallel()
	ignore := `{"id":4,"module":"builtin:Ignore","version":1,"mapper":null}`
	failing := func(route ...string) string {
		return `{"id":3,"module":"util:ComposeTransformer","version":1,"mapper":{},"onerror":[` + strings.Join(route, ",") + `]}`
	}
	stop := func(mapper string) string {
		return `{"id":4,"module":"builtin:Break","version":1,"mapper":` + mapper + `}`
	}
	stored := func(flow ...string) string {
		return `{"name":"x","flow":[` + strings.Join(flow, ",") + `],"metadata":{"scenario":{"dlq":true}}}`
	}
	checkRules(t, []rule{
		{"ignore", scenario(first, failing(ignore)), nil},
		{"empty", scenario(first, failing()), nil},
		{"directive in a route of the error route", scenario(first, failing(`{"id":8,"module":"builtin:BasicRouter","version":1,"routes":[{"flow":[`+ignore+`]}]}`)), nil},
		{"directive in the main flow", scenario(first, ignore), []string{"flow[1]: module 4 (builtin:Ignore) is a directive"}},
		{"directive not last", scenario(first, failing(ignore, compose(5, "x"))), []string{"flow[1].onerror[1]: module 5 (util:ComposeTransformer) is never reached"}},
		{"break", stored(first, failing(stop(`{"retry":true,"count":"3","interval":"15"}`))), nil},
		{"mapped break", stored(first, failing(stop(`{"count":"{{1.value}}"}`))), nil},
		{"break without storing", scenario(first, failing(stop(`{"retry":false}`))), []string{"!flow[1].onerror[0]: Break stores incomplete executions although"}},
		{"break numbers", stored(first, failing(stop(`{"count":101,"interval":"0"}`))), []string{
			"flow[1].onerror[0].mapper.count: expected a whole number from 1 to 100, got 101", "flow[1].onerror[0].mapper.interval: expected a whole number from 1 to",
		}},
		{"router with an error route", scenario(first, `{"id":8,"module":"builtin:BasicRouter","version":1,"routes":[{"flow":[`+compose(9, "x")+`]}],"onerror":[`+ignore+`]}`), []string{
			"!flow[1].onerror: module 8 (builtin:BasicRouter) never fails",
		}},
	})
}

func TestModuleRules(t *testing.T) {
	t.Parallel()
	order := func(parameters, mapper string) string {
		return scenario(first, `{"id":2,"module":"shop:createOrder","version":2,"parameters":`+parameters+`,"mapper":`+mapper+`}`)
	}
	called := func(name string) string { return scenario(`{"id":1,"module":"` + name + `","version":1,"mapper":{}}`) }
	checkRules(t, []rule{
		{"complete", order(`{"__IMTCONN__":5,"by":"email"}`, `{"email":"{{1.value}}","address":{"city":"Rome"},"lines":[{"sku":"1"}]}`), nil},
		{"mapped as a whole", order(`{"__IMTCONN__":5,"by":""}`, `{"address":"{{1.value}}","lines":"{{1.value}}"}`), nil},
		{"in the other object", order(`{"__IMTCONN__":5,"email":"x","currency":"USD"}`, `{"by":"email"}`), nil},
		{"missing", order(`{"__IMTCONN__":5}`, `{"currency":"","address":{},"lines":[{"sku":"1"},{"note":"x"},"x"]}`), []string{
			`flow[1].parameters.by: the required field "by" of module 2 (shop:createOrder) is empty`, `flow[1].mapper.currency: the required field "currency"`,
			`flow[1].mapper.lines[1].sku: the required field "sku"`, `flow[1].mapper.address.city: the required field "city"`,
			"flow[1].mapper.lines[2]: expected a collection, got a text",
		}},
		{"missing field of an option", order(`{"__IMTCONN__":5,"by":"email"}`, `null`), []string{`flow[1].parameters.email: the required field "email"`}},
		{"no connection", order(`{"__IMTCONN__":0,"by":""}`, `{}`), []string{"!flow[1].parameters.__IMTCONN__: module 2 (shop:createOrder) has no connection"}},
		{"no webhook", called("gateway:CustomWebHook"), []string{"!flow[0].parameters.hook: module 1 (gateway:CustomWebHook) has no webhook"}},
		{"fields of options that are not chosen", order(`{"__IMTCONN__":5,"by":""}`, `{"pay":"later","days":30,"number":"{{99.gone}} {{","ship":false,"carrier":"{{98.x}}"}`), nil},
		{"fields of a choice that is mapped", order(`{"__IMTCONN__":5,"by":""}`, `{"pay":"{{1.value}}","days":"{{1.value}}","number":"{{99.gone}}","ship":"{{1.value}}"}`), []string{
			"flow[1].mapper.number: column 3: there is no module 99",
		}},
		{"fields of a boolean that is true", order(`{"__IMTCONN__":5,"by":""}`, `{"ship":true}`), []string{`flow[1].mapper.carrier: the required field "carrier"`}},
		{"values that no run takes", order(`{"__IMTCONN__":5,"by":"phone"}`, `{"pay":"cash","ship":"{{1.value}}"}`), []string{
			"flow[1].mapper.pay: the value cash is not one of card, later", "!flow[1].parameters.by: the value phone is not one of email",
		}},
		{"a value beyond its limit", order(`{"__IMTCONN__":5,"by":""}`, `{"pay":"later","days":61}`), []string{"flow[1].mapper.days: the value 61 is more than 60"}},
		{"credentials to choose", scenario(`{"id":1,"module":"shop:call","version":2,"parameters":{"auth":"key"}}`), []string{"!flow[0].parameters.key: module 1 (shop:call) has no API key"}},
		{"no credentials needed", scenario(`{"id":1,"module":"shop:call","version":2,"parameters":{"key":""}}`), nil},
		{"fields of a data structure", scenario(first, list, `{"id":3,"module":"shop:export","version":2,"parameters":{"feeder":2,"type":[
			{"name":"sku","type":"text","required":true},{"name":"","type":"text"},{"name":"at","type":"collection","spec":[{"name":"x","type":"text"},{"name":"x","type":"text"}]},
			{"name":"tags","type":"array","spec":{"type":"text"}}]},"mapper":{"tags":"{{2.value}}"}}`), []string{
			`flow[2].mapper.sku: the required field "sku"`, "flow[2].parameters.type[1].name: the field has no name", `flow[2].parameters.type[2].spec[1].name: there are two fields named "x"`,
		}},
		{"a data structure of another system", scenario(first, list, `{"id":3,"module":"shop:export","version":2,"parameters":{"feeder":2,"type":295619},"mapper":{"a":"{{2.value}}"}}`), nil},
		{"other version", scenario(`{"id":1,"module":"shop:watchOrders","version":1,"parameters":{"account":"3"}}`), []string{"!flow[0].version: version 1 of shop:watchOrders is not installed; version 2 is used"}},
		{"no colon", called("sleep"), []string{`flow[0].module: "sleep" is no name of a module`}},
		{"unknown app", called("gmail:sendEmail"), []string{"!flow[0].module: the app gmail is not installed"}},
		{"unknown module", called("builtin:Sleep"), []string{"flow[0].module: the app builtin has no module Sleep"}},
		{"disabled module", scenario(first, `{"id":2,"module":"util:FunctionSleep","version":1,"disabled":true,"mapper":{}}`, `{"id":3,"module":"util:Nothing","version":1,"disabled":true}`), []string{
			`!flow[1].mapper.duration: the required field "duration"`, "!flow[2].module: the app util has no module Nothing",
		}},
	})
}

func TestFindingsHaveCodes(t *testing.T) {
	t.Parallel()
	cat := testCatalog()
	cat["later:fax"] = &module.Description{App: "later", Name: "fax", Version: 1, Kind: module.Action, Unsupported: []string{"a telephone"}}
	got := mustParse(t, `{"name":"x","flow":[
		{"id":1,"module":"gateway:CustomWebHook","version":1,"parameters":{"hook":1}},
		{"id":2,"module":"util:FunctionSleep","version":1,"mapper":{"duration":""},"metadata":{"designer":{"name":"Nap"}}},
		{"id":3,"module":"later:fax","version":1,"mapper":{}}]}`).Validate(cat)
	want := fault.Problems{
		{
			Path: "flow[1].mapper.duration", Problem: `the required field "duration" of module 2 (Nap) is empty`, Hint: "fill it in",
			Code: "required", Args: []string{"duration"}, Modules: []int{2},
		},
		{
			Path: "flow[2].module", Hint: "replace or disable the module", Warning: true,
			Problem: "module 3 (later:fax) needs a telephone, which there is not yet; the scenario can be edited and exported, but not run",
			Code:    "unsupported", Args: []string{"a telephone"}, Modules: []int{3},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
