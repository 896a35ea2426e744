package server

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/runner"
)

func TestDetails(t *testing.T) {
	t.Parallel()
	report := &runner.Report{Modules: []runner.ModuleReport{
		{ModuleInfo: engine.ModuleInfo{ID: 1}, Counts: engine.Counts{In: 1, Operations: 1, Out: 2}},
		{ModuleInfo: engine.ModuleInfo{ID: 22}, Counts: engine.Counts{In: 2, Filtered: 1, Operations: 1, Errors: 1}},
		{ModuleInfo: engine.ModuleInfo{ID: 3}},
	}}
	for _, c := range []struct{ name, kept, shown string }{
		{"as it is written", `[[1,1,0,1,2],[22,2,1,1,0,1],[3]]`, `[{1 1 1 2 0 0} {22 1 2 0 1 1} {3 0 0 0 0 0}]`},
		{"of earlier versions", `[{"module":1,"in":1}]`, `[{1 0 1 0 0 0}]`},
		{"nothing", ``, `[]`},
		{"rubbish", `5`, `[]`},
	} {
		if got := fmt.Sprint(shownDetails(json.RawMessage(c.kept))); got != c.shown {
			t.Errorf("%s: got %s, want %s", c.name, got, c.shown)
		}
	}
	if got, want := string(details(report)), `[[1,1,0,1,2],[22,2,1,1,0,1],[3]]`; got != want {
		t.Errorf("written: got %s, want %s", got, want)
	}
}
