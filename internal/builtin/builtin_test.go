package builtin

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

var started = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// bench runs modules as the engine and the runner do: with coerced input, and with fakes behind them.
type bench struct {
	modules map[string]*module.Module
	clock   *clock.Fake
	stores  *MemoryStores
	http    *fakeCaller
	state   fakeState
}

func newBench() *bench {
	b := &bench{clock: clock.NewFake(started), stores: NewMemoryStores(), http: &fakeCaller{}, state: fakeState{}}
	b.modules = map[string]*module.Module{}
	for _, m := range Modules(Deps{HTTP: b.http, Clock: b.clock, Stores: b.stores, Keychains: fakeKeychains{}, Cookies: func(string) *outbound.CookieJar { return nil }}) {
		b.modules[m.FullName()] = m
	}
	return b
}

// operation is what a test says of one operation, in JSON.
type operation struct {
	parameters, input string
	cycle             int
	address           string
	conn              *module.Connection
	key               *module.IdempotencyKey
}

func (b *bench) operationOf(m *module.Module, o operation) (*module.Operation, error) {
	input, err := module.Coerce(parsed(o.input), m.Expect, time.UTC)
	if o.cycle == 0 {
		o.cycle = 1
	}
	return &module.Operation{
		Module: &m.Description, ModuleID: 1, Address: o.address, Idempotency: o.key, Parameters: parsed(o.parameters), Input: input,
		Started: started, Zone: time.UTC, Seed: 7, Cycle: module.CycleID{Execution: "e", Number: o.cycle},
	}, err
}

func parsed(text string) value.Value {
	if text == "" {
		return value.Collection()
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		panic("the test holds broken JSON: " + err.Error())
	}
	return v
}

// run returns the output bundles of one operation.
func (b *bench) run(name string, o operation) (*recorder, error) {
	m := b.modules[name]
	op, err := b.operationOf(m, o)
	out := &recorder{}
	if err != nil {
		return out, err
	}
	return out, b.runOperation(m, op, o.conn, out)
}

func (b *bench) runOperation(m *module.Module, op *module.Operation, conn *module.Connection, out *recorder) error {
	switch {
	case m.Pure != nil:
		return m.Pure(op, out.Bundle)
	case m.State != nil:
		return m.State(op, b.state, out.Bundle)
	case m.Run != nil:
		return m.Run(context.Background(), op, conn, out)
	}
	return errors.New("the module has no code that runs alone")
}

// aggregate returns the output of an aggregator over items, each in JSON.
func (b *bench) aggregate(name, parameters string, items ...string) (value.Value, error) {
	m := b.modules[name]
	acc, err := m.Aggregate(&module.Operation{Module: &m.Description, Parameters: parsed(parameters), Zone: time.UTC})
	if err != nil {
		return value.Undefined, err
	}
	for _, item := range items {
		v, err := module.Coerce(parsed(item), m.Expect, time.UTC)
		if err == nil {
			err = acc.Add(v)
		}
		if err != nil {
			return value.Undefined, err
		}
	}
	return acc.Result()
}

// recorder keeps what a module puts out.
type recorder struct {
	bundles   []value.Value
	exchanges []value.Value
	responses []module.Response
}

func (r *recorder) Bundle(v value.Value) error { r.bundles = append(r.bundles, v); return nil }
func (r *recorder) Exchange(v value.Value)     { r.exchanges = append(r.exchanges, v) }
func (r *recorder) Respond(resp module.Response) error {
	r.responses = append(r.responses, resp)
	return nil
}

func (*recorder) Cursor(value.Value) {}

// text returns the bundles as JSON, one a line.
func (r *recorder) text() string {
	lines := make([]string, len(r.bundles))
	for i, b := range r.bundles {
		lines[i] = b.JSON()
	}
	return strings.Join(lines, "\n")
}

type fakeState map[string]value.Value

func (s fakeState) Get(name string) value.Value { return s[name] }
func (s fakeState) Set(name string, v value.Value, lifetime module.Lifetime) error {
	s[name] = v
	s["lifetime of "+name] = value.Text(string(lifetime))
	return nil
}

// fakeCaller answers calls with answer and keeps the requests.
type fakeCaller struct {
	mu       sync.Mutex
	requests []outbound.Request
	answer   outbound.Response
	err      error
}

func (f *fakeCaller) Do(_ context.Context, r outbound.Request) (*outbound.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
	answer := f.answer
	answer.Record = outbound.Exchange{Method: r.Method, URL: r.URL, Status: answer.Status}
	return &answer, f.err
}

type fakeKeychains struct{}

func (fakeKeychains) Open(_ context.Context, m *module.Description, ref string) (*module.Connection, error) {
	if ref == "" {
		return nil, fault.New(fault.InvalidConfiguration, "no keychain is chosen")
	}
	if m.Connection == BasicAuthConnection {
		return &module.Connection{Fields: parsed(`{"username":"ann","password":"secret"}`)}, nil
	}
	return &module.Connection{Fields: parsed(`{"key":"k-1","placement":"header","name":"X-Key"}`)}, nil
}

// result is the bundles, or "kind: field: message" of the error.
func result(r *recorder, err error) string {
	if err != nil {
		return string(fault.KindOf(err)) + ": " + err.Error()
	}
	return r.text()
}

type runCase struct {
	name, module      string
	parameters, input string
	want              string
}

func runCases(t *testing.T, cases []runCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.module+" "+c.name, func(t *testing.T) {
			t.Parallel()
			r, err := newBench().run(c.module, operation{parameters: c.parameters, input: c.input})
			if diff := cmp.Diff(c.want, result(r, err)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryModuleIsDescribed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range Modules(Deps{Stores: NewMemoryStores()}) {
		name := m.FullName()
		if seen[name] {
			t.Errorf("%s: the name is there twice", name)
		}
		seen[name] = true
		if m.Label == "" || m.Version < 1 || m.Delivery == "" || m.Kind == "" {
			t.Errorf("%s: label %q, version %d, delivery %q, kind %q; want all of them", name, m.Label, m.Version, m.Delivery, m.Kind)
		}
		if !strings.HasSuffix(m.Summary, ".") || strings.Count(m.Summary, ".") != 1 {
			t.Errorf("%s: summary %q, want one sentence", name, m.Summary)
		}
		checkFields(t, name+" parameters", m.Parameters)
		checkFields(t, name+" expect", m.Expect)
		checkFields(t, name+" interface", m.Interface)
	}
}

func checkFields(t *testing.T, path string, fields []module.Field) {
	t.Helper()
	names := map[string]bool{}
	for i := range fields {
		f := &fields[i]
		at := path + "." + f.Name
		if f.Name == "" || f.Type == "" || f.Label == "" || names[f.Name] {
			t.Errorf("%s: type %q, label %q; want both, and each name once", at, f.Type, f.Label)
		}
		names[f.Name] = true
		if f.BaseType() == "select" && len(f.Options) == 0 {
			t.Errorf("%s: got no options", at)
		}
		if !f.Default.IsUndefined() {
			alone := *f
			got, err := module.Coerce(value.Collection(), []module.Field{alone}, time.UTC)
			if err != nil || !value.Equal(got.Get(f.Name), f.Default) && !f.Default.IsEmpty() {
				t.Errorf("%s: the default %s becomes %s (%v)", at, f.Default.JSON(), got.JSON(), err)
			}
		}
		checkFields(t, at, f.Spec)
		for _, o := range f.Options {
			checkFields(t, at+"="+value.Render(o.Value), o.Nested)
		}
	}
}

func TestEveryModuleHasTheCodeOfItsKind(t *testing.T) {
	t.Parallel()
	for _, m := range Modules(Deps{Stores: NewMemoryStores()}) {
		codes := 0
		for _, set := range []bool{m.Pure != nil, m.State != nil, m.Aggregate != nil, m.Run != nil} {
			if set {
				codes++
			}
		}
		want := 1
		if m.Kind.Flow() || m.Webhook != "" {
			want = 0
		}
		if codes != want {
			t.Errorf("%s: got %d kinds of code, want %d", m.FullName(), codes, want)
		}
		if m.Kind == module.Aggregator && m.Aggregate == nil {
			t.Errorf("%s is an aggregator without Aggregate", m.FullName())
		}
		if m.Transactional != (m.Commit != nil) || m.Transactional != (m.Rollback != nil) {
			t.Errorf("%s: transactional %v, but commit %v and rollback %v", m.FullName(), m.Transactional, m.Commit != nil, m.Rollback != nil)
		}
		if pure := m.Run == nil && m.Webhook == ""; pure != (m.Delivery == module.Pure) {
			t.Errorf("%s: delivery %s does not fit its code", m.FullName(), m.Delivery)
		}
	}
}

// Every sample fits the fields that the module says it puts out.
func TestEverySampleFitsTheInterface(t *testing.T) {
	t.Parallel()
	for _, m := range Modules(Deps{Stores: NewMemoryStores()}) {
		if len(m.Interface) == 0 && !m.DynamicOutput {
			continue
		}
		if m.Kind.Flow() {
			continue
		}
		if m.FullName() == "gateway:CustomWebHook" {
			if !m.Samples.IsNothing() {
				t.Errorf("%s: got the sample %s, want none: nobody knows what will be sent", m.FullName(), m.Samples.JSON())
			}
			continue
		}
		if m.Samples.Kind() != value.KindCollection {
			t.Errorf("%s: got the sample %s, want a collection", m.FullName(), m.Samples.Kind())
			continue
		}
		declared := map[string]bool{}
		for i := range m.Interface {
			declared[m.Interface[i].Name] = true
		}
		for name := range m.Samples.Fields() {
			if !declared[name] && !m.DynamicOutput {
				t.Errorf("%s: the sample has the field %s, which the interface does not declare", m.FullName(), name)
			}
		}
		if _, err := module.Coerce(m.Samples, m.Interface, time.UTC); err != nil {
			t.Errorf("%s: the sample does not fit the interface: %v", m.FullName(), err)
		}
	}
}

// The samples are what the modules really put out.
func TestSamplesAreReal(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]operation{
		"builtin:BasicFeeder":     {input: `{"array":["first"]}`},
		"builtin:BasicRepeater":   {input: `{"start":1,"repeats":1,"step":1}`},
		"util:SetVariable2":       {input: `{"name":"total","scope":"roundtrip","value":10}`},
		"util:SetVariable":        {input: `{"name":"total","scope":"roundtrip","value":10}`},
		"util:SetVariables":       {input: `{"variables":[{"name":"first","value":1},{"name":"last","value":"x"}]}`},
		"util:FunctionIncrement":  {},
		"util:ComposeTransformer": {input: `{"value":"Hello Ann"}`},
		"util:Switcher":           {input: `{"input":"9","casesTable":[{"pattern":"9","output":"high"}]}`},
		"util:SwitcherModule":     {input: `{"input":"9","casesTable":[{"pattern":"9","output":"high"}]}`},
		"util:BasicTrigger":       {parameters: `{"values":[{"spec":[{"name":"email","value":"ann@example.com"}]}]}`},
		"json:ParseJSON":          {input: `{"json":"{\"name\":\"Ann\",\"tags\":[\"a\",\"b\"]}"}`},
		"json:CreateJSON":         {input: `{"name":"Ann"}`},
		"json:TransformToJSON":    {input: `{"object":[1,2]}`},
		"xml:ParseXML":            {input: `{"xml":"<order id='1'><item>pen</item><item>ink</item><total>12.5</total></order>"}`},
		"xml:TransformToXML":      {input: `{"object":{"order":{"_attributes":{"id":1},"item":["pen"]}}}`},
		"csv:ParseCSV":            {input: `{"csv":"name,city\nAnn,Oslo\n"}`},
		"regexp:AdvancedParser":   {input: `{"pattern":"order (\\d+)","text":"my order 42"}`},
		"regexp:Replace":          {input: `{"pattern":"(\\d+)","value":"#$1","text":"order 42"}`},
		"regexp:HTMLToText":       {input: `{"html":"<h1>News</h1><p>We are open, see the <a href='https://example.com'>page</a>.</p>"}`},
		"markdown:Compile":        {input: `{"data":"Hello **Ann**"}`},
		"datastore:AddRecord":     {parameters: `{"datastore":1}`, input: `{"key":"ann@example.com"}`},
		"datastore:CountRecords":  {parameters: `{"datastore":2}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench()
			if name == "datastore:CountRecords" {
				stage(t, b.stores, 1, "2", Change{Operation: "x", Kind: PutRecord, Key: "a", Data: value.Collection()})
			}
			r, err := b.run(name, o)
			if want := b.modules[name].Samples.JSON(); result(r, err) != want {
				t.Errorf("got %s, want the sample %s", result(r, err), want)
			}
		})
	}
}

func stage(t *testing.T, s *MemoryStores, cycle int, store string, c Change) {
	t.Helper()
	if err := s.Stage(t.Context(), module.CycleID{Execution: "e", Number: cycle}, store, c); err != nil {
		t.Fatalf("staging %s of %q: %v", c.Kind, c.Key, err)
	}
}
