package cli_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ropeway/ropeway/internal/cli"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ropeway": func() { os.Exit(cli.Main(context.Background(), "test")) },
	})
}

// TestScripts runs the scripts in testdata/script. A new case is a new file.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox":  startSandbox,
			"status":   exitStatus,
			"event":    sendEvent,
			"serve":    startServer,
			"halt":     stopServer,
			"postgres": startPostgres,
		},
		Condition: func(name string) (bool, error) {
			if name != "postgresql" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return postgrestest.Check() == nil, nil
		},
		Setup: func(e *testscript.Env) error {
			corpus, err := os.Getwd()
			if err != nil {
				return fmt.Errorf("find the examples: %w", err)
			}
			e.Setenv("EXAMPLES", corpus+"/../../examples")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each command waits for a second at its end under the race detector
			e.Values[serverKey{}] = &running{}
			return nil
		},
	})
}

// startSandbox serves a Customerly sandbox for the rest of the script: sandbox LEADS USERS. It sets SANDBOX_HOST and the
// connection's variables.
func startSandbox(ts *testscript.TestScript, _ bool, args []string) {
	o := customerly.Options{Seed: 1, Token: "script-token"}
	if len(args) != 2 {
		ts.Fatalf("usage: sandbox LEADS USERS")
	}
	if _, err := fmt.Sscan(strings.Join(args, " "), &o.Leads, &o.Users); err != nil {
		ts.Fatalf("sandbox %v: %v", args, err)
	}
	s, err := customerly.New(o)
	ts.Check(err)
	server := httptest.NewServer(s.Handler())
	ts.Defer(func() {
		server.Close()
		ts.Check(s.Close())
	})
	ts.Setenv("SANDBOX_HOST", strings.TrimPrefix(server.URL, "http://"))
	ts.Setenv("ROPEWAY_CONNECTION_CUSTOMERLY_API_TOKEN", "script-token")
	ts.Setenv("ROPEWAY_CONNECTION_CUSTOMERLY_API_ADDRESS", server.URL+"/v1")
}

// startPostgres starts a database server for the rest of the script, and sets ROPEWAY_DATABASE to an empty database: postgres.
func startPostgres(ts *testscript.TestScript, _ bool, _ []string) {
	ctx := context.Background()
	s, err := postgrestest.Start(ctx, postgrestest.Options{})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
	url, err := s.Database(ctx)
	ts.Check(err)
	ts.Setenv("ROPEWAY_DATABASE", url)
}

// exitStatus runs a command and demands its exit code: status CODE ropeway ….
func exitStatus(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status CODE COMMAND …")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code: got %s, want %s", got, args[0])
	}
}

// sendEvent runs the server on a data directory for the time of one webhook call: event DIR TOKEN BODY. It ends when what the call
// started has ended or been set aside.
func sendEvent(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: event DIR TOKEN BODY")
	}
	ctx := context.Background()
	data, err := store.Open(ctx, ts.MkAbs(args[0]), store.Options{Clock: clock.System{}})
	ts.Check(err)
	system, err := server.Assemble(server.Options{Allow: []string{"loopback"}, Durable: true})
	ts.Check(err)
	service, err := server.StartService(ctx, system, data, clock.System{}, slog.New(slog.DiscardHandler))
	ts.Check(err)
	h := httptest.NewServer(service.Handler())
	resp, err := http.Post(h.URL+intake.Path+args[1], "application/json", strings.NewReader(args[2]))
	ts.Check(err)
	body, err := io.ReadAll(resp.Body)
	ts.Check(errors.Join(err, resp.Body.Close()))
	for !idle(ctx, ts, data) {
		ts.Check(clock.System{}.Sleep(ctx, time.Millisecond))
	}
	h.Close()
	service.Close()
	ts.Check(data.Close())
	ts.Logf("%s %s", resp.Status, body)
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("the webhook answered %s", resp.Status)
	}
}

// idle reports whether everything is done that the active scenario of these scripts, number 1, was sent.
func idle(ctx context.Context, ts *testscript.TestScript, data *store.Store) bool {
	c, err := data.Scenario(ctx, 1)
	ts.Check(err)
	if waiting, _, _ := data.QueueTotal(1); c.Active && waiting > 0 { // in this order: what leaves the queue is open
		return false
	}
	open, err := data.HasOpen(ctx, 1)
	ts.Check(err)
	return !open
}

// serverKey is where a script keeps its running server.
type serverKey struct{}

// running is a server that runs beside a script.
type running struct {
	interrupt chan os.Signal
	exit      chan int
}

// startServer runs a server on a data directory until the script stops it or ends: serve DIR [FLAG …].
func startServer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: serve DIR [FLAG …]")
	}
	r, ok := ts.Value(serverKey{}).(*running)
	if !ok || r.exit != nil {
		ts.Fatalf("a server runs already")
	}
	r.interrupt, r.exit = make(chan os.Signal, 1), make(chan int, 1)
	out, in := io.Pipe()
	env := cli.Env{
		Args:  append([]string{"serve", "--data", ts.MkAbs(args[0]), "--addr", "127.0.0.1:0"}, args[1:]...),
		Stdin: strings.NewReader(""), Stdout: in, Stderr: in, Getenv: func(string) string { return "" }, Version: "test", Interrupt: r.interrupt,
	}
	go func() {
		r.exit <- cli.Run(context.Background(), env)
		_ = in.Close()
	}()
	ts.Defer(func() { r.stop() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		ts.Logf("%s", lines.Text())
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			ts.Setenv("SERVER", url)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	ts.Fatalf("the server did not start")
}

// stopServer ends the server of the script: halt. The command stop is one of testscript, which ends the script.
func stopServer(ts *testscript.TestScript, _ bool, _ []string) {
	r, ok := ts.Value(serverKey{}).(*running)
	if !ok || r.exit == nil {
		ts.Fatalf("no server runs")
	}
	if code := r.stop(); code != 0 {
		ts.Fatalf("the server ended with exit code %d", code)
	}
}

// stop ends the server, if it runs, and returns its exit code.
func (r *running) stop() int {
	if r.exit == nil {
		return 0
	}
	r.interrupt <- os.Interrupt
	code := <-r.exit
	r.exit = nil
	return code
}
