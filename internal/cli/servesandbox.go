package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/examples"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// sandboxConnection is the name of the connection to the sandbox of serve.
const sandboxConnection = "Customerly sandbox"

// sandboxFolder is the folder of the data directory that keeps the sandbox's contacts.
const sandboxFolder = "sandbox"

// sandboxNoteFile is the file in that folder that says which connection was made.
const sandboxNoteFile = "connection.json"

// sandboxNote is what is known of the connection that was made to the sandbox. It stays when the connection is removed, so that a later
// start makes no other one.
type sandboxNote struct {
	Connection int64  `json:"connection"`
	Address    string `json:"address"` // that the sandbox had then
}

// sandboxBeside starts a Customerly sandbox that scenarios may call.
func sandboxBeside(ctx context.Context, f *serveFlags) (*sandbox, error) {
	box, err := startSandbox(ctx, customerly.Options{
		Contacts: defaultSandboxContacts, Seed: 1, DataDir: filepath.Join(f.data, sandboxFolder),
	}, "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f.allow = append(f.allow, box.host)
	return box, nil
}

// sayBox prints where the sandbox is, and what somebody fills in who connects to it by hand.
func sayBox(env *Env, box *sandbox) {
	fmt.Fprintf(env.Stdout, "a Customerly sandbox listens on %s; look inside at %s/\n", box.api, box.origin)
	fmt.Fprintf(env.Stdout, "the connection %q leads to it; one made by hand takes the API token %s and, under the advanced settings, the API address %s\n", sandboxConnection, customerly.DefaultToken, box.api)
}

// trySandbox sees to it that somebody who begins has a connection to the sandbox, and a scenario to try.
func trySandbox(ctx context.Context, env *Env, control *server.Control, f *serveFlags) error {
	id, err := connectSandbox(ctx, control, f.box.api, filepath.Join(f.data, sandboxFolder, sandboxNoteFile))
	if err != nil {
		return fmt.Errorf("connect the sandbox: %w", err)
	}
	return sandboxScenario(ctx, env, control, f.data, id)
}

// connectSandbox makes the connection to the sandbox at address, unless one was made before: that one is told the new address, if it is
// still there and still leads to the sandbox. It returns the number of the connection, 0 where there is none.
func connectSandbox(ctx context.Context, control *server.Control, address, file string) (int64, error) {
	note, err := readSandboxNote(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if note.Connection, err = newSandboxConnection(ctx, control, address); err != nil {
			return 0, err
		}
	case err != nil:
		return 0, err
	default:
		if err := control.MoveConnection(ctx, note.Connection, "apiAddress", note.Address, address); err != nil {
			return 0, err
		}
	}
	note.Address = address
	data, err := json.Marshal(note)
	if err != nil {
		return 0, fmt.Errorf("note the connection: %w", err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return 0, fmt.Errorf("note the connection: %w", err)
	}
	_, err = control.Services().Connections.Get(ctx, note.Connection)
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	return note.Connection, err
}

func readSandboxNote(file string) (note sandboxNote, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return note, err //nolint:wrapcheck // the caller tells whether there is none
	}
	if err := json.Unmarshal(data, &note); err != nil {
		return note, fmt.Errorf("read %s: %w", file, err)
	}
	return note, nil
}

// newSandboxConnection makes the connection, proven by a call of the sandbox. It returns 0 where there is one of its name already, which
// is somebody else's.
func newSandboxConnection(ctx context.Context, control *server.Control, address string) (int64, error) {
	made, err := control.Services().Connections.Create(ctx, api.NewConnection{
		Team: store.FirstTeam, Name: sandboxConnection, App: "customerly", Test: true,
		Fields: value.Collection(value.F("apiToken", value.Text(customerly.DefaultToken)), value.F("apiAddress", value.Text(address))),
	})
	if errors.Is(err, store.ErrConflict) {
		return 0, nil
	}
	return made.ID, err
}

// sandboxScenario puts the scenario of the demo into a data directory that has none. It works with the connection, 0 for the only one.
func sandboxScenario(ctx context.Context, env *Env, control *server.Control, data string, connection int64) error {
	scenarios := control.Services().Scenarios
	known, err := scenarios.List(ctx, api.ScenarioFilter{Listing: api.Listing{Limit: 1}})
	if err != nil || len(known) > 0 {
		return err
	}
	source, err := examples.Files.ReadFile(demoScenario)
	if err != nil {
		return fmt.Errorf("read the embedded scenario: %w", err)
	}
	text := string(source)
	if connection != 0 {
		text = strings.ReplaceAll(text, `"__IMTCONN__": "customerly"`, `"__IMTCONN__": `+strconv.FormatInt(connection, 10))
	}
	made, err := scenarios.Create(ctx, api.NewScenario{Blueprint: json.RawMessage(text), Start: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "scenario %d is there to try: ropeway scenario run-once %d --data %s --wait\n", made.Scenario.ID, made.Scenario.ID, data)
	return nil
}
