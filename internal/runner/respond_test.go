package runner_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

// tellingJournal notes the order of writes and of everything else.
type tellingJournal struct {
	memoryJournal
	told []string
}

func (j *tellingJournal) Write(ctx context.Context, step runner.Step) error {
	j.told = append(j.told, fmt.Sprintf("write %d", len(step.Results)))
	return j.memoryJournal.Write(ctx, step)
}

func (j *tellingJournal) End(ctx context.Context, results []runner.Entry, report *runner.Report) error {
	j.told = append(j.told, fmt.Sprintf("end %d", len(results)))
	return j.memoryJournal.End(ctx, results, report)
}

// responding is a catalog whose modules tell what they do.
type responding struct{ tell func(string) }

// Find implements engine.Catalog.
func (c responding) Find(name string, _ int) (*module.Module, bool) {
	m, ok := catalog{name: func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
		if op.Module.Kind == module.Responder {
			if err := out.Respond(module.Response{Status: 201}); err != nil {
				return err
			}
		} else {
			c.tell(op.Module.Name)
		}
		return out.Bundle(op.Input)
	}}.Find(name, 1)
	m.Delivery = module.Idempotent
	switch m.Name {
	case "Answer":
		m.Kind = module.Responder
	case "Compute":
		m.Delivery, m.Run = module.Pure, nil
		m.Pure = func(op *module.Operation, emit func(value.Value) error) error {
			c.tell(op.Module.Name)
			return emit(op.Input)
		}
	}
	return m, ok
}

// TestAnAnswerWaitsForWhatIsBeforeIt looks at when the caller is told: never before the results that the answer may tell of are durable,
// at once where there are none, and before anything else is done.
func TestAnAnswerWaitsForWhatIsBeforeIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		flow []string
		want []string
	}{
		{"nothing before it", []string{"Compute", "Answer"}, []string{"Compute", "told", "end 1"}},
		{"a result before it", []string{"Act", "Answer"}, []string{"Act", "end 2", "told"}},
		{"computation behind it", []string{"Act", "Answer", "Compute"}, []string{"Act", "Compute", "end 2", "told"}},
		{"an effect behind it", []string{"Act", "Answer", "Act"}, []string{"Act", "write 2", "told", "Act", "end 1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j := &tellingJournal{memoryJournal: memoryJournal{results: map[string]runner.Entry{}}}
			tell := func(what string) { j.told = append(j.told, what) }
			o := runner.Options{Journal: j, Config: engine.Config{ID: "1", Started: start}, Respond: func(module.Response) { tell("told") }}
			run(t, &runner.Runner{Clock: clock.NewFake(start)}, compileFlow(t, responding{tell}, c.flow), o)
			if !slices.Equal(j.told, c.want) {
				t.Errorf("got %v, want %v", j.told, c.want)
			}

			j = &tellingJournal{memoryJournal: memoryJournal{results: map[string]runner.Entry{}, failAt: 1}}
			o.Journal = j
			if _, err := (&runner.Runner{Clock: clock.NewFake(start)}).Run(t.Context(), compileFlow(t, responding{tell}, c.flow), o); !errors.Is(err, os.ErrClosed) {
				t.Errorf("got %v, want the error of the journal", err)
			}
			if c.flow[0] == "Act" && slices.Contains(j.told, "told") {
				t.Errorf("the caller was told although nothing was written: %v", j.told)
			}
		})
	}
}

func compileFlow(t *testing.T, c engine.Catalog, names []string) *engine.Plan {
	t.Helper()
	flow := ""
	for i, name := range names {
		if i > 0 {
			flow += ","
		}
		flow += fmt.Sprintf(`{"id":%d,"module":"test:%s","version":1,"mapper":{}}`, i+1, name)
	}
	return compileWith(t, c, "["+flow+"]", `{}`)
}
