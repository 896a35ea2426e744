package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/mcp"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

const greeter = `{"name":"Greet a customer!","description":"Greets whoever is named.","interface":{
	"input":[{"name":"name","type":"text","required":true,"label":"First name"},{"name":"count","type":"uinteger","default":2},
		{"name":"kind","type":"select","options":[{"label":"Short","value":"short"},{"label":"Long","value":"long"}]},
		{"name":"tags","type":"array","spec":{"type":"text"}},{"name":"address","type":"collection","spec":[{"name":"city","type":"text","required":true}]}],
	"output":[{"name":"greeting","type":"text"},{"name":"twice","type":"number"}]},
	"flow":[{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}},
	{"id":2,"module":"scenario-service:ReturnData","version":2,"parameters":{},"mapper":{"greeting":"hello {{1.name}}","twice":"{{var.input.count * 2}}"}}],"metadata":{"version":1}}`

const failing = `{"name":"Fails","interface":{"input":[{"name":"text","type":"text"}],"output":[]},
	"flow":[{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}},
	{"id":2,"module":"json:ParseJSON","version":1,"parameters":{},"mapper":{"json":"{{1.text}}"}}],"metadata":{"version":1}}`

// byToken knows callers by their header.
type byToken map[string]*access.Principal

func (b byToken) Authenticate(r *http.Request) (*access.Principal, error) {
	return b[r.Header.Get("Authorization")], nil
}

// office is a running installation with the callers that may reach it.
type office struct {
	t       *testing.T
	store   *store.Store
	handler http.Handler
	people  byToken
	mcp     *mcp.Server
}

func user(team int64, role access.TeamRole, scopes ...access.Right) *access.Principal {
	p := &access.Principal{User: 1, Email: "ann@example.com", Teams: map[int64]access.Membership{team: {Organization: 1, Role: role}}}
	if len(scopes) > 0 {
		p.Token, p.Scopes = 7, scopes
	}
	return p
}

func newOffice(t *testing.T) *office {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, t.TempDir(), store.Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	system, err := server.Assemble(server.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	service, err := server.StartService(ctx, system, s, clock.System{}, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		service.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	control := &server.Control{Store: s, System: system, Clock: clock.System{}, Live: service}
	o := &office{t: t, store: s, people: byToken{"Bearer member": user(1, access.TeamMember)}}
	o.handler = api.New(control.Services(), api.Options{Auth: o.people, Ledger: server.Ledger{Store: s}, Log: log})
	o.mcp = mcp.ForHandler(o.handler, mcp.Options{Version: "test", Clock: clock.System{}, Log: log})
	return o
}

// must makes a call of the API that succeeds.
func (o *office) must(method, path, body string) {
	o.t.Helper()
	r := httptest.NewRequest(method, api.Prefix+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer member")
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, r)
	if w.Code >= 300 {
		o.t.Fatalf("%s %s: got %d %s", method, path, w.Code, w.Body)
	}
}

// bearer adds a token to each request.
type bearer string

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// overHTTP connects a client over HTTP.
func (o *office) overHTTP(token string) *sdk.ClientSession {
	o.t.Helper()
	h := httptest.NewServer(o.mcp.Handler())
	o.t.Cleanup(h.Close)
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	x, err := c.Connect(context.Background(), &sdk.StreamableClientTransport{Endpoint: h.URL, HTTPClient: &http.Client{Transport: bearer("Bearer " + token)}, DisableStandaloneSSE: true}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = x.Close() })
	return x
}

// connected connects a client that stays, over memory; changed is told of changes of the tools.
func (o *office) connected(token string, changed chan<- struct{}) *sdk.ClientSession {
	o.t.Helper()
	near, far := sdk.NewInMemoryTransports()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = o.mcp.Serve(ctx, far, http.Header{"Authorization": {"Bearer " + token}})
	}()
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, &sdk.ClientOptions{
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) {
			if changed != nil {
				changed <- struct{}{}
			}
		},
	})
	x, err := c.Connect(ctx, near, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		_ = x.Close()
		cancel()
		<-done
	})
	return x
}

func tools(t *testing.T, x *sdk.ClientSession) map[string]*sdk.Tool {
	t.Helper()
	found := map[string]*sdk.Tool{}
	for tool, err := range x.Tools(t.Context(), nil) {
		if err != nil {
			t.Fatal(err)
		}
		found[tool.Name] = tool
	}
	return found
}

// call uses a tool and returns its text, its structured content as JSON, and whether it failed.
func call(t *testing.T, x *sdk.ClientSession, name, arguments string) (text, structured string, failed bool) {
	t.Helper()
	r, err := x.CallTool(t.Context(), &sdk.CallToolParams{Name: name, Arguments: json.RawMessage(arguments)})
	if err != nil {
		return err.Error(), "", true
	}
	for _, c := range r.Content {
		if c, ok := c.(*sdk.TextContent); ok {
			text += c.Text + "\n"
		}
	}
	data, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	return text, string(data), r.IsError
}

func TestScenariosAreTools(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/scenarios", `{"blueprint":`+greeter+`,"start":true}`)
	o.must("POST", "/scenarios", `{"blueprint":`+failing+`,"start":true}`)
	for name, x := range map[string]*sdk.ClientSession{"http": o.overHTTP("member"), "memory": o.connected("member", nil)} {
		tool := tools(t, x)["run_greet_a_customer_1"]
		if tool == nil {
			t.Fatalf("%s: the scenario is no tool", name)
		}
		schema, err := json.Marshal(tool.InputSchema)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"additionalProperties":false,"properties":{"address":{"additionalProperties":true,"properties":{"city":{"type":"string"}},"required":["city"],"type":"object"},` +
			`"count":{"default":2,"minimum":0,"type":"integer"},"kind":{"enum":["short","long"]},"name":{"description":"First name","type":"string"},` +
			`"tags":{"items":{"type":"string"},"type":"array"}},"required":["name"],"type":"object"}`
		if string(schema) != want {
			t.Errorf("%s: schema: got %s, want %s", name, schema, want)
		}
		if !strings.HasPrefix(tool.Description, "Greets whoever is named.") {
			t.Errorf("%s: description: got %q", name, tool.Description)
		}
		text, structured, failed := call(t, x, tool.Name, `{"name":"Ada","count":4}`)
		if failed || structured != `{"greeting":"hello Ada","twice":8}` || !strings.Contains(text, "ended with the status success") {
			t.Errorf("%s: got %s %s (failed %v), want the outputs", name, text, structured, failed)
		}
		if text, _, failed := call(t, x, tool.Name, `{"count":4}`); !failed || !strings.Contains(text, "name: Missing value") {
			t.Errorf("%s: without a required input: got %q", name, text)
		}
		if text, _, failed := call(t, x, tool.Name, `{"name":"Ada","kuont":4}`); !failed || !strings.Contains(text, "no input \"kuont\"") {
			t.Errorf("%s: with an unknown input: got %q", name, text)
		}
		text, _, failed = call(t, x, "run_fails_2", `{"text":"{"}`)
		if !failed || !strings.Contains(text, "failed at module 2: ") {
			t.Errorf("%s: a scenario that fails: got %q", name, text)
		}
	}
}

func TestToolsFollowTheScenarios(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/scenarios", `{"blueprint":`+greeter+`}`)
	stays, comes := o.connected("member", nil), o.overHTTP("member")
	is := func(want bool) {
		t.Helper()
		for _, x := range []*sdk.ClientSession{stays, comes} {
			if got := tools(t, x)["run_greet_a_customer_1"] != nil; got != want {
				t.Errorf("is a tool: got %v, want %v", got, want)
			}
		}
	}
	is(false)
	o.must("POST", "/scenarios/1/start", "")
	is(true)
	o.must("PATCH", "/scenarios/1", `{"settings":{"historyDays":3}}`)
	is(true)
	o.must("POST", "/scenarios/1/stop", "")
	for _, x := range []*sdk.ClientSession{stays, comes} {
		if text, _, failed := call(t, x, "run_greet_a_customer_1", `{"name":"Ada"}`); !failed || !strings.Contains(text, "unknown tool") {
			t.Errorf("a tool that is none any more: got %q", text)
		}
	}
	is(false)
}

func TestClientsThatStayAreToldOfChanges(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/scenarios", `{"blueprint":`+greeter+`}`)
	// the clock of this server does not wait between two looks
	o.mcp = mcp.ForHandler(o.handler, mcp.Options{Clock: hurried{}, Log: slog.New(slog.DiscardHandler)})
	changed := make(chan struct{}, 10)
	x := o.connected("member", changed)
	tools(t, x)
	o.must("POST", "/scenarios/1/start", "")
	<-changed
	if tools(t, x)["run_greet_a_customer_1"] == nil {
		t.Error("the client was told, and there is no new tool")
	}
}

// hurried waits a thousandth of what it is told to.
type hurried struct{ clock.System }

func (h hurried) Sleep(ctx context.Context, d time.Duration) error {
	return h.System.Sleep(ctx, d/1000)
}

func TestRightsDecideWhatIsOffered(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/scenarios", `{"blueprint":`+greeter+`,"start":true}`)
	o.must("POST", "/datastores", `{"name":"People"}`)
	o.people["Bearer viewer"] = user(1, access.TeamMonitoring)
	o.people["Bearer scoped"] = user(1, access.TeamMember, access.ViewScenarios, access.UseReference)
	o.people["Bearer runner"] = user(1, access.TeamMember, access.ViewScenarios, access.RunScenarios, access.UseReference)
	o.people["Bearer blind"] = user(1, access.TeamMember, access.ViewScenarios)
	o.people["Bearer stranger"] = user(2, access.TeamMember)
	tests := []struct {
		token    string
		has, not []string
	}{
		{"member", []string{"list_scenarios", "start_scenario", "put_record", "save_version", "decide_incomplete", "run_greet_a_customer_1"}, nil},
		{"viewer", []string{"list_scenarios", "list_records", "list_apps"}, []string{"start_scenario", "put_record", "save_version", "run_greet_a_customer_1"}},
		{"scoped", []string{"list_scenarios", "get_blueprint", "list_apps"}, []string{"list_executions", "list_records", "start_scenario", "run_greet_a_customer_1"}},
		{"runner", []string{"start_scenario", "run_greet_a_customer_1"}, []string{"get_execution", "save_version"}},
		{"stranger", []string{"list_scenarios", "put_record"}, []string{"run_greet_a_customer_1"}},
	}
	for _, tc := range tests {
		found := tools(t, o.overHTTP(tc.token))
		for _, name := range tc.has {
			if found[name] == nil {
				t.Errorf("%s: %s is missing", tc.token, name)
			}
		}
		for _, name := range tc.not {
			if found[name] != nil {
				t.Errorf("%s: %s is offered", tc.token, name)
			}
			if text, _, failed := call(t, o.overHTTP(tc.token), name, `{"id":1}`); !failed || !strings.Contains(text, "unknown tool") {
				t.Errorf("%s: %s: got %q, want it refused", tc.token, name, text)
			}
		}
	}
	stranger := o.overHTTP("stranger")
	for name, arguments := range map[string]string{"get_scenario": `{"id":1}`, "start_scenario": `{"id":1}`, "list_records": `{"id":1}`} {
		if text, _, failed := call(t, stranger, name, arguments); !failed || !strings.Contains(text, "does not exist") {
			t.Errorf("stranger: %s: got %q, want as if it were not there", name, text)
		}
	}
	if text, _, failed := call(t, o.overHTTP("runner"), "run_greet_a_customer_1", `{"name":"Ada"}`); !failed || !strings.Contains(text, "has begun, and how it ends cannot be seen: This needs the right execution.view") {
		t.Errorf("runner: got %q, want to be told what he lacks", text)
	}
	if text, _, failed := call(t, o.overHTTP("blind"), "get_scenario", `{"id":1}`); failed {
		t.Errorf("blind: got %q, want what the one scope of the token gives", text)
	}
	r := httptest.NewRequest("POST", "/mcp", strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`))
	r.Header.Set("Authorization", "Bearer nobody")
	r.AddCookie(&http.Cookie{Name: "session", Value: "member"})
	w := httptest.NewRecorder()
	o.mcp.Handler().ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("nobody: got %d %s, want 401", w.Code, w.Body)
	}
}

func TestToolsReadAndChange(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/scenarios", `{"blueprint":`+greeter+`,"start":true}`)
	o.must("POST", "/datastores", `{"name":"People"}`)
	x := o.overHTTP("member")
	tests := []struct{ name, tool, arguments, want string }{
		{"put", "put_record", `{"id":1,"key":"a/b c","data":{"name":"Ada"}}`, `"name":"Ada"`},
		{"get", "get_record", `{"id":1,"key":"a/b c"}`, `"name":"Ada"`},
		{"list", "list_records", `{"id":1,"limit":1}`, `"items":[{"key":"a/b c"`},
		{"delete", "delete_record", `{"id":1,"key":"a/b c"}`, `"done":true`},
		{"gone", "get_record", `{"id":1,"key":"a/b c"}`, "! There is no record"},
		{"scenarios", "list_scenarios", `{"name":"greet"}`, `"name":"Greet a customer!"`},
		{"blueprint", "get_blueprint", `{"id":1,"version":0}`, `StartSubscenario`},
		{"apps", "list_apps", `{}`, `{"items":[`},
		{"module", "get_module", `{"app":"json","module":"ParseJSON"}`, `"module":"json:ParseJSON"`},
		{"dry run", "dry_run_scenario", `{"id":1,"inputs":{"name":"Ada"}}`, `"execution":1`},
		{"a dry run is marked", "get_execution", `{"id":1}`, `"dry":true`},
		{"no dry argument", "dry_run_scenario", `{"id":1,"dry":false}`, `! There is no argument "dry"`},
		{"stop", "stop_scenario", `{"id":1}`, `"active":false`},
		{"schedule", "change_schedule", `{"id":1,"schedule":{"type":"daily","time":"09:00"}}`, "! requires the input name"},
		{"revision", "change_schedule", `{"id":1,"schedule":{"type":"on-demand"},"revision":3}`, `"on-demand"`},
		{"old revision", "change_schedule", `{"id":1,"schedule":{"type":"on-demand"},"revision":1}`, "! changed"},
		{"a number as text", "get_scenario", `{"id":"1"}`, `"id":1`},
		{"absent", "get_scenario", `{"id":99}`, "! does not exist"},
		{"no number", "get_scenario", `{"id":"../1"}`, "! must be a whole number"},
		{"a wrong type", "get_scenario", `{"id":[1]}`, "! must be of type integer"},
		{"missing", "get_scenario", `{}`, "! The argument id is missing"},
		{"unknown", "get_scenario", `{"id":1,"idd":2}`, `! There is no argument "idd"`},
		{"null is left away", "list_scenarios", `{"name":null}`, `"items":[`},
		{"too many", "list_scenarios", `{"limit":101}`, "! limit must be 1 to 100"},
		{"a path that climbs", "get_app", `{"app":"../scenarios"}`, "! "},
		{"a blueprint with mistakes", "create_scenario", `{"blueprint":{"name":"x","flow":[{"id":1,"module":"json:Nothing","version":1}]}}`, "! has no module Nothing"},
		{"a new one", "create_scenario", `{"blueprint":` + failing + `,"note":"by an assistant"}`, `"id":2`},
	}
	for _, tc := range tests {
		text, structured, failed := call(t, x, tc.tool, tc.arguments)
		want, fails := strings.CutPrefix(tc.want, "! ")
		if failed != fails || !strings.Contains(text+structured, want) {
			t.Errorf("%s: got %s %s (failed %v), want %s", tc.name, text, structured, failed, tc.want)
		}
	}
}

func TestCallsAreAudited(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/datastores", `{"name":"People"}`)
	o.people["Bearer token"] = user(1, access.TeamMember, access.Scopes()...)
	x := o.overHTTP("token")
	call(t, x, "list_data_stores", `{}`)
	call(t, x, "list_records", `{"id":"1"}`)
	call(t, x, "put_record", `{"id":1,"key":"secret-key","data":{"name":"planted-4711"}}`)
	call(t, x, "get_data_store", `{"id":2}`)
	list, err := o.store.AuditLog(t.Context(), store.AuditFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	got := []string{}
	for _, e := range list[1:] {
		got = append(got, fmt.Sprintf("%s %d %q %s %s", e.Actor, e.Team, e.Subject, e.Action, e.Details))
	}
	want := []string{
		`ann@example.com by token 7 0 "" mcp.call {"request":{"tool":"list_data_stores"}}`,
		`ann@example.com by token 7 1 "" mcp.call {"request":{"id":1,"of":"data store","tool":"list_records"}}`,
		`ann@example.com by token 7 1 "" mcp.call {"request":{"id":1,"of":"data store","tool":"put_record"}}`,
		`ann@example.com by token 7 1 "data store 1" record.put`,
		`ann@example.com by token 7 0 "" mcp.call {"request":{"id":2,"of":"data store","tool":"get_data_store"}}`,
	}
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) || strings.Contains(got[i], "planted") {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
}

// An answer that is too large is refused, not cut.
func TestResultsAreBounded(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must("POST", "/datastores", `{"name":"People"}`)
	for i := range 3 {
		o.must("PUT", "/datastores/1/record", fmt.Sprintf(`{"key":"k%d","data":{"text":"%s"}}`, i, strings.Repeat("x", mcp.MaxResultBytes/2)))
	}
	x := o.overHTTP("member")
	if text, _, failed := call(t, x, "list_records", `{"id":1}`); !failed || !strings.Contains(text, "are allowed") {
		t.Errorf("got %.200q (failed %v), want it refused", text, failed)
	}
	if text, _, failed := call(t, x, "list_records", `{"id":1,"limit":1}`); failed || !strings.Contains(text, `"next":"k0"`) {
		t.Errorf("one at a time: got %.200q (failed %v)", text, failed)
	}
}
