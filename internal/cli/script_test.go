package cli_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ropeway/ropeway/internal/cli"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
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
			"sandbox": startSandbox,
			"status":  exitStatus,
		},
		Setup: func(e *testscript.Env) error {
			corpus, err := os.Getwd()
			if err != nil {
				return fmt.Errorf("find the examples: %w", err)
			}
			e.Setenv("EXAMPLES", corpus+"/../../examples")
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
