//go:build unix

package customerly

import (
	"strings"
	"testing"
)

func TestDataDirectoryIsForOneSandbox(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := newSandbox(t, Options{DataDir: dir, Users: 3})
	if second, err := New(Options{DataDir: dir}); err == nil || !strings.Contains(err.Error(), "another sandbox uses") {
		t.Errorf("New on a directory in use: got %v, %v, want an error that says so", second, err)
	}
	want := state(first)
	if err := first.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if got := state(newSandbox(t, Options{DataDir: dir})); got != want {
		t.Errorf("after the first one closed: got %s, want %s", got, want)
	}
}
