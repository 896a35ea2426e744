package api_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
)

const (
	toolsFolder  = "../../tools/openapi"
	documentFile = "../../docs/openapi.json"
)

// What the clients print: the scenarios of the installation, and the refusal of one that is not there.
const clientsPrint = "1 Hooked\n2 Calls\n3 Polling\nThe scenario does not exist.\n"

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	validate := buildTool(t, "github.com/getkin/kin-openapi/cmd/validate")
	if out, err := exec.CommandContext(t.Context(), validate, documentFile).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestGoClientListsScenarios(t *testing.T) {
	t.Parallel()
	generate := buildTool(t, "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen")
	dir := t.TempDir()
	for name, from := range map[string]string{"go.mod": toolsFolder, "go.sum": toolsFolder, "main.go": "testdata/clients"} {
		copyFile(t, filepath.Join(from, name), filepath.Join(dir, name))
	}
	if err := os.Mkdir(filepath.Join(dir, "client"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, ".", generate, "-generate", "types,client", "-package", "client", "-o", filepath.Join(dir, "client", "client.go"), documentFile)
	run(t, dir, "go", "build", "-o", "list", ".")
	if got := run(t, dir, "./list", serveInstallation(t), clientToken); got != clientsPrint {
		t.Errorf("got %q, want %q", got, clientsPrint)
	}
}

func TestTypeScriptClientListsScenarios(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("installs the compiler of TypeScript")
	}
	dir := t.TempDir()
	for name, from := range map[string]string{"package.json": toolsFolder, "package-lock.json": toolsFolder, ".npmrc": toolsFolder, "main.ts": "testdata/clients"} {
		copyFile(t, filepath.Join(from, name), filepath.Join(dir, name))
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		t.Skipf("the tools cannot be fetched: %v: %s", err, out)
	}
	document, err := filepath.Abs(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	run(t, dir, "node_modules/.bin/openapi-typescript", document, "-o", "api.d.ts")
	run(t, dir, "node_modules/.bin/tsc", "--strict", "--exactOptionalPropertyTypes", "--module", "nodenext", "--target", "es2022", "main.ts")
	if got := run(t, dir, "node", "main.js", serveInstallation(t), clientToken); got != clientsPrint {
		t.Errorf("got %q, want %q", got, clientsPrint)
	}
}

// buildTool builds a program of the module of tools; where that cannot be fetched the test is skipped.
func buildTool(t *testing.T, program string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a tool")
	}
	built := filepath.Join(t.TempDir(), "tool")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", built, program)
	c.Dir = toolsFolder
	if out, err := c.CombinedOutput(); err != nil {
		t.Skipf("the tool cannot be fetched: %v: %s", err, out)
	}
	return built
}

func run(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	var told strings.Builder
	c := exec.CommandContext(t.Context(), program, args...)
	c.Dir, c.Stderr = dir, &told
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(program), err, out, told.String())
	}
	return string(out)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// clientToken is what the clients must bring.
const clientToken = "token-of-a-client"

// serveInstallation serves an installation to whoever has the token, and returns the address of its API.
func serveInstallation(t *testing.T) string {
	t.Helper()
	i := newInstallation(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+clientToken {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		i.handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL + api.Prefix
}
