package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

// pagedLeads is how many leads the paging benchmark moves.
const pagedLeads = 100_000

const pagedScenario = `{"name":"paging","flow":[
	{"id":1,"module":"customerly:listLeads","version":1,"parameters":{"__IMTCONN__":"c"},"mapper":{"limit":%d,"sort":"name","sort_direction":"asc"}},
	{"id":2,"module":"customerly:createUpdateUser","version":1,"parameters":{"__IMTCONN__":"c"},
	 "filter":{"name":"newsletter","conditions":[[{"a":"{{1.attributes.newsletter}}","o":"boolean:equal","b":"true"}]]},
	 "mapper":{"email":"{{1.email}}","name":"{{1.name}}","attributes":[{"key":"source","value":"bench"}]}}
	],"metadata":{"version":1}}`

// sandboxConnections opens every connection as one to the sandbox.
type sandboxConnections struct{ address string }

// Open implements runner.Connections.
func (s sandboxConnections) Open(_ context.Context, m *module.Description, _ string) (*module.Connection, error) {
	return &module.Connection{Key: "c", App: m.App, Type: m.Connection, Fields: value.Collection(
		value.F("apiToken", value.Text(customerly.DefaultToken)), value.F("apiAddress", value.Text(s.address)))}, nil
}

func startSandbox(tb testing.TB, leads int) *httptest.Server {
	tb.Helper()
	box, err := customerly.New(customerly.Options{Leads: leads, Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	s := httptest.NewServer(box.Handler())
	tb.Cleanup(func() {
		s.Close()
		if err := box.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// BenchmarkPaging moves 100,000 leads through a filter into upserts, once by a scenario and once by a bare loop that
// makes the same requests, and reports the ratio of their rates.
func BenchmarkPaging(b *testing.B) {
	for range b.N {
		begin := time.Now()
		scenarioUpserts := pageByScenario(b)
		scenario := time.Since(begin)
		begin = time.Now()
		if bareUpserts := pageByLoop(b); bareUpserts != scenarioUpserts {
			b.Fatalf("the scenario made %d upserts, the loop %d", scenarioUpserts, bareUpserts)
		}
		bare := time.Since(begin)
		b.ReportMetric(pagedLeads/scenario.Seconds(), "contacts/s")
		b.ReportMetric(bare.Seconds()/scenario.Seconds(), "of_bare_loop")
	}
}

func pageByScenario(b *testing.B) int {
	b.Helper()
	box := startSandbox(b, pagedLeads)
	system, err := server.Assemble(server.Options{
		Allow:       []string{strings.TrimPrefix(box.URL, "http://")},
		Connections: func(*server.System) runner.Connections { return sandboxConnections{box.URL + "/v1"} },
	})
	if err != nil {
		b.Fatal(err)
	}
	bp, err := blueprint.Parse(fmt.Appendf(nil, pagedScenario, pagedLeads))
	if err != nil {
		b.Fatal(err)
	}
	plan, problems := engine.Compile(bp, system.Modules)
	if problems.Invalid() {
		b.Fatal(problems)
	}
	report, err := system.Runner.Run(context.Background(), plan, runner.Options{Config: engine.Config{ID: "bench", Seed: 1}})
	if err != nil || report.Status != engine.Success {
		b.Fatal(err, report)
	}
	return report.Modules[1].Operations
}

func pageByLoop(b *testing.B) int {
	b.Helper()
	box := startSandbox(b, pagedLeads)
	var leads []map[string]any
	for page := 0; len(leads) < pagedLeads; page++ {
		var reply struct {
			Data struct{ Leads []map[string]any }
		}
		call(b, http.MethodGet, fmt.Sprintf("%s/v1/leads/list?page=%d&per_page=50&sort=name&sort_direction=asc", box.URL, page), nil, &reply)
		leads = append(leads, reply.Data.Leads...)
	}
	upserts := 0
	for _, lead := range leads {
		attributes, _ := lead["attributes"].(map[string]any)
		if attributes["newsletter"] != true {
			continue
		}
		body, err := json.Marshal(map[string]any{"users": []any{map[string]any{
			"email": lead["email"], "name": lead["name"], "attributes": map[string]any{"source": "bench"},
		}}})
		if err != nil {
			b.Fatal(err)
		}
		var reply map[string]any
		call(b, http.MethodPost, box.URL+"/v1/users", body, &reply)
		upserts++
	}
	return upserts
}

func call(b *testing.B, method, address string, body []byte, reply any) {
	b.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, address, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+customerly.DefaultToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatal(resp.Status, err)
	}
	if err := json.Unmarshal(data, reply); err != nil {
		b.Fatal(err)
	}
}
