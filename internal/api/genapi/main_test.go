package main

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
)

func TestDocumentsAreFresh(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	for name, write := range map[string]func(io.Writer, api.Texts) error{"openapi.json": api.WriteOpenAPI, "api.md": api.WriteReference} {
		c, err := newComments(root)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := write(&want, c.of); err != nil || c.err != nil {
			t.Fatal(err, c.err)
		}
		got, err := os.ReadFile(root + "/docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("docs/%s is stale: run go generate ./internal/api", name)
		}
	}
}
