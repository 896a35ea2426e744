package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandIsDocumented looks for each command, as "scenario list", in the documents.
func TestEveryCommandIsDocumented(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, file := range append(files, "../../README.md") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	docs := text.String()
	found := 0
	var look func(cmd *cobra.Command, path string)
	look = func(cmd *cobra.Command, path string) {
		for _, sub := range cmd.Commands() {
			name := strings.TrimSpace(path + " " + sub.Name())
			if sub.HasSubCommands() {
				look(sub, name)
				continue
			}
			found++
			if !strings.Contains(docs, name) {
				t.Errorf("no document names the command %q", name)
			}
			if sub.Short == "" {
				t.Errorf("the command %q has no help", name)
			}
		}
	}
	look(newRoot(&Env{Getenv: os.Getenv}), "")
	if found < 50 {
		t.Errorf("found %d commands, want them all", found)
	}
}
