package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/ropeway/ropeway/examples"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

// sandboxConnection is the name under which scenarios find the sandbox of serve.
const sandboxConnection = "sandbox"

// sandboxFolder is the folder of the data directory that keeps the sandbox's contacts.
const sandboxFolder = "sandbox"

// sandboxBeside starts a Customerly sandbox, and makes it the connection that scenarios find and may call.
func sandboxBeside(ctx context.Context, f *serveFlags, conns *connections) (*sandbox, error) {
	box, err := startSandbox(ctx, customerly.Options{
		Contacts: defaultSandboxContacts, Seed: 1, DataDir: filepath.Join(f.data, sandboxFolder),
	}, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.allow = append(f.allow, box.host)
	conns.list[sandboxConnection] = storedConnection{app: "customerly", fields: value.Collection(
		value.F("apiToken", value.Text(customerly.DefaultToken)), value.F("apiAddress", value.Text(box.api)),
	)}
	return box, nil
}

// sayBox prints where the sandbox is, and what somebody fills in who connects to it by hand.
func sayBox(env *Env, box *sandbox) {
	fmt.Fprintf(env.Stdout, "a Customerly sandbox listens on %s; look inside at %s/\n", box.api, box.origin)
	fmt.Fprintf(env.Stdout, "a connection to it takes the API token %s and, under the advanced settings, the API address %s\n", customerly.DefaultToken, box.api)
}

// sandboxScenario puts the scenario of the demo into a data directory that has none.
func sandboxScenario(ctx context.Context, env *Env, control *server.Control, data string) error {
	scenarios := control.Services().Scenarios
	known, err := scenarios.List(ctx, api.ScenarioFilter{Listing: api.Listing{Limit: 1}})
	if err != nil || len(known) > 0 {
		return err
	}
	source, err := examples.Files.ReadFile(demoScenario)
	if err != nil {
		return fmt.Errorf("read the embedded scenario: %w", err)
	}
	made, err := scenarios.Create(ctx, api.NewScenario{Blueprint: json.RawMessage(source), Start: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "scenario %d is there to try: ropeway scenario run-once %d --data %s --wait\n", made.Scenario.ID, made.Scenario.ID, data)
	return nil
}
