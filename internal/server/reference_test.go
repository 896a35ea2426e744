package server_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/ropeway/ropeway/internal/server"
)

func TestModuleReferenceIsFresh(t *testing.T) {
	t.Parallel()
	system, err := server.Assemble(server.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := server.WriteModuleReference(&want, system.Modules); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/modules.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Error("docs/modules.md is stale: run go generate ./internal/server")
	}
}
