package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/cli"
)

const greetBlueprint = `{"name":"Greet","interface":{"input":[{"name":"name","type":"text","required":true}],"output":[{"name":"greeting","type":"text"}]},
	"flow":[{"id":1,"module":"scenario-service:StartSubscenario","version":2,"parameters":{},"mapper":{}},
	{"id":2,"module":"scenario-service:ReturnData","version":2,"parameters":{},"mapper":{"greeting":"hello {{1.name}}"}}],"metadata":{"version":1}}`

// assistant starts ropeway mcp with further arguments and speaks with it.
func assistant(t *testing.T, getenv func(string) string, args ...string) *sdk.ClientSession {
	t.Helper()
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(context.Background(), cli.Env{
			Args: append([]string{"mcp"}, args...), Stdin: in, Stdout: out, Stderr: io.Discard, Getenv: getenv, Version: "test",
		})
		_ = out.Close()
	}()
	c := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, nil)
	x, err := c.Connect(t.Context(), &sdk.IOTransport{Reader: fromServer, Writer: toServer}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = x.Close()
		if got := <-code; got != cli.ExitOK {
			t.Errorf("mcp ended with exit code %d, want 0", got)
		}
	})
	return x
}

func greet(t *testing.T, x *sdk.ClientSession) string {
	t.Helper()
	r, err := x.CallTool(t.Context(), &sdk.CallToolParams{Name: "run_greet_1", Arguments: map[string]any{"name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	text, ok := r.Content[0].(*sdk.TextContent)
	if !ok {
		t.Fatalf("got %+v, want text", r.Content)
	}
	return text.Text
}

func TestAssistantUsesADataDirectory(t *testing.T) { //nolint:tparallel // its parts share the directory
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "d")
	file := filepath.Join(t.TempDir(), "greet.json")
	if err := os.WriteFile(file, []byte(greetBlueprint), 0o600); err != nil {
		t.Fatal(err)
	}
	quiet := func(string) string { return "" }
	if code := cli.Run(t.Context(), cli.Env{Args: []string{"scenario", "import", file, "--data", dir, "--start"}, Stdout: io.Discard, Stderr: io.Discard, Getenv: quiet}); code != cli.ExitOK {
		t.Fatalf("import: exit code %d", code)
	}
	t.Run("without a server", func(t *testing.T) { //nolint:paralleltest // one after the other: they share the directory
		if got := greet(t, assistant(t, quiet, "--data", dir)); got != "Execution 1 is recorded, and begins when the server runs." {
			t.Errorf("got %q", got)
		}
	})
	t.Run("beside a server", func(t *testing.T) { //nolint:paralleltest // as above
		interrupt, code := make(chan os.Signal, 1), make(chan int, 1)
		out, in := io.Pipe()
		go func() {
			code <- cli.Run(context.Background(), cli.Env{
				Args: []string{"serve", "--data", dir, "--addr", "127.0.0.1:0"}, Stdout: in, Stderr: io.Discard, Getenv: quiet, Interrupt: interrupt,
			})
			_ = in.Close()
		}()
		lines := bufio.NewScanner(out)
		listens := false
		for !listens && lines.Scan() {
			listens = strings.HasPrefix(lines.Text(), "listening on ")
		}
		go func() { _, _ = io.Copy(io.Discard, out) }()
		t.Cleanup(func() {
			interrupt <- os.Interrupt
			if got := <-code; got != cli.ExitOK {
				t.Errorf("serve: exit code %d", got)
			}
		})
		if got := greet(t, assistant(t, quiet, "--data", dir)); got != `{"greeting":"hello Ada"}` {
			t.Errorf("got %q, want the outputs", got)
		}
	})
}

// TestAssistantUsesAServerElsewhere signs in with a token of few rights: it runs a scenario, and is offered nothing that the token does not
// allow.
func TestAssistantUsesAServerElsewhere(t *testing.T) {
	t.Parallel()
	s := startTeamServer(t)
	ann := s.signUp(t)
	made := s.post(t, ann, http.StatusCreated, "/scenarios", `{"blueprint":`+greetBlueprint+`,"start":true}`)
	if scenario, _ := made["scenario"].(map[string]any); scenario["id"] != 1.0 {
		t.Fatalf("got %v, want scenario 1", made)
	}
	token, _ := s.post(t, ann, http.StatusCreated, "/me/tokens", `{"name":"assistant","scopes":["account","scenario.view","scenario.run","execution.view"]}`)["secret"].(string)
	home := t.TempDir()
	getenv := func(name string) string { return map[string]string{"XDG_CONFIG_HOME": home}[name] }
	if code := cli.Run(t.Context(), cli.Env{
		Args: []string{"login", s.url}, Stdin: strings.NewReader(token + "\n"), Stdout: io.Discard, Stderr: io.Discard, Getenv: getenv,
	}); code != cli.ExitOK {
		t.Fatalf("login: exit code %d", code)
	}
	x := assistant(t, getenv, "--server", s.url)
	list, err := x.ListTools(t.Context(), &sdk.ListToolsParams{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
	}
	slices.Sort(names)
	want := []string{
		"cancel_execution", "dry_run_scenario", "get_blueprint", "get_execution", "get_incomplete", "get_scenario", "list_executions", "list_incomplete", "list_operations",
		"list_scenarios", "list_versions", "replay_execution", "run_greet_1", "start_scenario", "stop_scenario",
	}
	if !slices.Equal(names, want) {
		t.Errorf("tools: got %v, want %v", names, want)
	}
	if got := greet(t, x); got != `{"greeting":"hello Ada"}` {
		t.Errorf("got %q, want the outputs", got)
	}
	if r, err := x.CallTool(t.Context(), &sdk.CallToolParams{Name: "put_record", Arguments: map[string]any{"id": 1, "key": "k", "data": map[string]any{}}}); err == nil && !r.IsError {
		t.Errorf("a tool that the token does not allow: got %+v, want it refused", r)
	}
	var log struct {
		Items []struct {
			Action  string
			Team    int64
			Details struct{ Request struct{ Tool string } }
		}
	}
	if err := json.Unmarshal([]byte(s.get(t, ann, "/audit")), &log); err != nil {
		t.Fatal(err)
	}
	noted := false
	for _, e := range log.Items {
		noted = noted || e.Action == "mcp.call" && e.Details.Request.Tool == "run_greet_1" && e.Team == 1
	}
	if !noted {
		t.Errorf("audit log: got %+v, want the use of the tool among what the team can read", log.Items)
	}
}
