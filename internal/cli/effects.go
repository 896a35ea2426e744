package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

// maxEffects is how many operations of a dry run are shown; the trace has all of them.
const maxEffects = 1000

// effectJSON is what one operation of a dry run would have done.
type effectJSON struct {
	Module  int        `json:"module"`
	Name    string     `json:"name"`
	Address string     `json:"address"`
	Dry     api.Effect `json:"dry"`
}

// withEffects gathers what the operations of a dry run would have done, beside what next does with them; next may be nil.
func withEffects(next func(runner.Trace), into *[]effectJSON) func(runner.Trace) {
	return func(t runner.Trace) {
		if next != nil {
			next(t)
		}
		for _, x := range t.Exchanges {
			would, ok := x.Lookup(module.EffectField)
			if !ok || len(*into) == maxEffects {
				continue
			}
			e := effectJSON{Module: t.Module, Name: t.Name, Address: t.Address}
			if err := json.Unmarshal(value.AppendJSON(nil, would), &e.Dry); err == nil {
				*into = append(*into, e)
			}
		}
	}
}

func printEffects(w io.Writer, list []effectJSON) {
	fmt.Fprintln(w, "This was a dry run: nothing was sent or changed. It would have done this:")
	if len(list) == 0 {
		fmt.Fprintln(w, "  nothing")
	}
	for i := range list {
		e := &list[i]
		fmt.Fprintf(w, "%s  %s\n", e.Address, e.Name)
		printEffect(w, &e.Dry, "  ")
	}
	if len(list) == maxEffects {
		fmt.Fprintf(w, "only the first %d are shown; --trace FILE keeps all\n", maxEffects)
	}
}

// printEffect writes what one operation would have done.
func printEffect(w io.Writer, e *api.Effect, indent string) {
	switch {
	case e.Request != nil:
		fmt.Fprintf(w, "%swould send %s %s\n", indent, e.Request.Method, e.Request.URL)
		if e.Request.Body != nil {
			fmt.Fprintf(w, "%s  %s\n", indent, value.Render(*e.Request.Body))
		}
	case e.Record != nil:
		fmt.Fprintf(w, "%swould %s the record %q of the data store %s\n", indent, e.Record.Action, e.Record.Key, e.Record.DataStore)
	case e.Answer != nil:
		fmt.Fprintf(w, "%swould answer the webhook with %d: %s\n", indent, e.Answer.Status, e.Answer.Body)
	case e.Called != nil:
		fmt.Fprintf(w, "%scalled scenario %d as a dry run: execution %d\n", indent, e.Called.Scenario, e.Called.Execution)
	case e.Operation != nil:
		fmt.Fprintf(w, "%swould run with %s\n", indent, e.Operation.Input.JSON())
	}
	if c := e.Comparison; c != nil {
		fmt.Fprintf(w, "%s  the record: %s\n", indent, c.Change)
		for _, d := range c.Fields {
			fmt.Fprintf(w, "%s    %s: %s → %s\n", indent, d.Field, d.Before.JSON(), d.After.JSON())
		}
	}
	if e.Further > 0 {
		fmt.Fprintf(w, "%s  and %s after its answer\n", indent, count(e.Further, "more request"))
	}
	if e.Note != "" {
		fmt.Fprintf(w, "%s  %s\n", indent, e.Note)
	}
}
