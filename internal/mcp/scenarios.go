package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// maxNameBytes is how much of the name of a scenario the name of its tool holds.
const maxNameBytes = 48

// scenarioTool is a scenario that is offered as a tool.
type scenarioTool struct {
	id, version int64
	name        string // of the tool
	title       string
	declared
}

// declared is what a version of a scenario says of itself.
type declared struct {
	description string
	inputs      map[string]any // JSON Schema
	outputs     map[string]any
	offered     bool // it declares inputs
}

// same reports whether clients see the same tool.
func (s *scenarioTool) same(o *scenarioTool) bool {
	return o != nil && s.id == o.id && s.version == o.version && s.title == o.title
}

func (s *scenarioTool) described() *sdk.Tool {
	outside, destroys := true, true // nobody knows what a scenario does
	help := fmt.Sprintf("Runs the scenario %q (number %d) once and returns its outputs.", s.title, s.id)
	if s.description != "" {
		help = s.description + "\n\n" + help
	}
	return &sdk.Tool{
		Name: s.name, Title: s.title, Description: help, InputSchema: s.inputs, OutputSchema: s.outputs,
		Annotations: &sdk.ToolAnnotations{Title: s.title, OpenWorldHint: &outside, DestructiveHint: &destroys},
	}
}

// toolName makes the name of a scenario's tool: readable, and its own for ever.
func toolName(name string, id int64) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case b.Len() >= maxNameBytes:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	slug := strings.Trim(b.String(), "_")
	if slug == "" {
		slug = "scenario"
	}
	return "run_" + slug + "_" + strconv.FormatInt(id, 10)
}

// scenarioOf reads the number of the scenario from the name of its tool, 0 for the name of another tool.
func scenarioOf(tool string) int64 {
	if !strings.HasPrefix(tool, "run_") {
		return 0
	}
	id, err := strconv.ParseInt(tool[strings.LastIndexByte(tool, '_')+1:], 10, 64)
	if err != nil || id < 1 {
		return 0
	}
	return id
}

// interfaces remembers what versions of scenarios declare. A version never changes.
type interfaces struct {
	mu    sync.Mutex
	known map[[2]int64]declared
}

func (i *interfaces) find(scenario, version int64) (declared, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	d, ok := i.known[[2]int64{scenario, version}]
	return d, ok
}

func (i *interfaces) keep(scenario, version int64, d declared) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.known == nil || len(i.known) >= maxInterfaces {
		i.known = map[[2]int64]declared{}
	}
	i.known[[2]int64{scenario, version}] = d
}

// scenarioTools lists the scenarios that the caller can be offered, by the names of their tools.
func (s *Server) scenarioTools(ctx context.Context, c *client, may rights) (map[string]*scenarioTool, error) {
	tools := map[string]*scenarioTool{}
	if !may[access.ViewScenarios] || !may[access.RunScenarios] {
		return tools, nil
	}
	q := url.Values{"limit": {strconv.Itoa(api.MaxPage)}}
	for read := 0; read < MaxScenariosRead; {
		var page api.Page[api.Scenario]
		if err := c.get(ctx, "/scenarios", q, &page); err != nil {
			return nil, err
		}
		for i := range page.Items {
			t, err := s.scenarioTool(ctx, c, &page.Items[i])
			if err != nil {
				return nil, err
			}
			if t != nil && len(tools) < MaxScenarioTools {
				tools[t.name] = t
			}
		}
		if read += len(page.Items); page.Next == "" || len(tools) == MaxScenarioTools {
			break
		}
		q.Set("after", page.Next)
	}
	return tools, nil
}

// scenarioTool makes the tool of a scenario, nil for one that is not offered.
func (s *Server) scenarioTool(ctx context.Context, c *client, x *api.Scenario) (*scenarioTool, error) {
	if !x.Active || x.Schedule.Get("type").Str() != "on-demand" {
		return nil, nil
	}
	d, known := s.interfaces.find(x.ID, x.Version)
	if !known {
		var v api.Version
		err := c.get(ctx, fmt.Sprintf("/scenarios/%d/versions/%d", x.ID, x.Version), nil, &v)
		if absent(err) { // it was deleted meanwhile
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		d = declaredBy(v.Blueprint)
		s.interfaces.keep(x.ID, x.Version, d)
	}
	if !d.offered {
		return nil, nil
	}
	return &scenarioTool{id: x.ID, version: x.Version, name: toolName(x.Name, x.ID), title: x.Name, declared: d}, nil
}

// declaredBy reads what a blueprint declares. One that cannot be read declares nothing.
func declaredBy(text json.RawMessage) declared {
	bp, err := blueprint.Parse(text)
	if err != nil || bp.Interface == nil || len(bp.Interface.Inputs) == 0 {
		return declared{}
	}
	d := declared{description: bp.Description, inputs: schemaOf(bp.Interface.Inputs), offered: true}
	if len(bp.Interface.Outputs) > 0 {
		d.outputs = outputsSchema(bp.Interface.Outputs)
	}
	return d
}

// call runs the scenario once and waits for its end.
func (s *scenarioTool) call(ctx context.Context, c *client, arguments json.RawMessage, clk clock.Clock) (*sdk.CallToolResult, error) {
	given, err := readArguments(arguments)
	if err != nil {
		return nil, err
	}
	answer, err := c.do(ctx, request{
		method: http.MethodPost, path: fmt.Sprintf("/scenarios/%d/run", s.id), body: map[string]any{"inputs": given},
		header: http.Header{"Content-Type": {"application/json"}},
	})
	if err != nil {
		return nil, err
	}
	var started api.Started
	if err := json.Unmarshal(answer, &started); err != nil {
		return nil, fault.Wrap(fault.Unexpected, err, "The answer of the server cannot be read.")
	}
	if !started.Live {
		return unfinished(started.Execution, "queued", "is recorded, and begins when the server runs"), nil
	}
	return s.outcome(ctx, c, started.Execution, clk)
}

// outcome waits for the end of an execution, for as long as a tool may.
func (s *scenarioTool) outcome(ctx context.Context, c *client, id int64, clk clock.Clock) (*sdk.CallToolResult, error) {
	until := clk.Now().Add(MaxRunWait)
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		var e api.ExecutionDetail
		if err := c.get(ctx, fmt.Sprintf("/executions/%d", id), nil, &e); err != nil {
			f := fault.From(err)
			return nil, fault.Wrap(f.Kind, err, fmt.Sprintf("Execution %d has begun, and how it ends cannot be seen: %s", id, f.Message)).WithHint(f.Hint)
		}
		switch {
		case !e.Finished.IsZero():
			return ended(&e)
		case !clk.Now().Before(until):
			return unfinished(id, e.Status, "still runs; look at it later with get_execution"), nil
		}
		if err := clk.Sleep(ctx, pause); err != nil {
			return nil, fault.Wrap(fault.ExecutionInterrupted, err, fmt.Sprintf("Execution %d goes on; the call was ended before it.", id))
		}
	}
}

// unfinished is the result of an execution that is not over.
func unfinished(id int64, status, text string) *sdk.CallToolResult {
	return &sdk.CallToolResult{
		Content:           []sdk.Content{&sdk.TextContent{Text: fmt.Sprintf("Execution %d %s.", id, text)}},
		StructuredContent: map[string]any{"execution": id, "status": status},
	}
}

// ended is the result of an execution that is over: its outputs, or why it failed.
func ended(e *api.ExecutionDetail) (*sdk.CallToolResult, error) {
	if e.Status == "error" || e.Status == "stopped" {
		text := fmt.Sprintf("Execution %d ended with the status %s.", e.ID, e.Status)
		if e.Error != nil {
			text = fmt.Sprintf("Execution %d failed: %s", e.ID, e.Error.Message)
			if e.Error.Module != 0 {
				text = fmt.Sprintf("Execution %d failed at module %d: %s", e.ID, e.Error.Module, e.Error.Message)
			}
			if e.Error.Hint != "" {
				text += " (" + e.Error.Hint + ")"
			}
		}
		return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: text}}}, nil
	}
	outputs := value.Collection()
	if e.Outputs != nil {
		outputs = *e.Outputs
	}
	r, err := resultOf(json.RawMessage(outputs.JSON()))
	if err != nil {
		return nil, err
	}
	r.Content = append(r.Content, &sdk.TextContent{Text: fmt.Sprintf("Execution %d ended with the status %s.", e.ID, e.Status)})
	return r, nil
}
