package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

// plainProgress is the time between two lines of progress where the output is no terminal.
const plainProgress = 5 * time.Second

// progress shows how far an execution has come: one line that changes on a terminal, lines elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	quiet    bool
	shown    time.Duration
	drawn    bool
}

func newProgress(env *Env, quiet bool) *progress {
	f, ok := env.Stderr.(*os.File)
	return &progress{w: env.Stderr, terminal: ok && term.IsTerminal(int(f.Fd())), quiet: quiet}
}

func (p *progress) show(s runner.Progress) {
	if p.quiet || !p.terminal && s.Elapsed-p.shown < plainProgress {
		return
	}
	p.shown = s.Elapsed
	bundles, failed := 0, 0
	for _, c := range s.Counts {
		bundles += c.Out
		failed += c.Errors
	}
	rate := 0.0
	if secs := s.Elapsed.Seconds(); secs > 0 {
		rate = float64(s.Operations) / secs
	}
	line := fmt.Sprintf("%6.1fs  %d operations (%.0f/s), %d bundles, %d errors", s.Elapsed.Seconds(), s.Operations, rate, bundles, failed)
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K"+line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

// printReport writes the end of an execution.
func printReport(env *Env, plan *engine.Plan, r *runner.Report, effects []effectJSON, f runFlags) error {
	if f.json {
		out := reportJSON(plan, r)
		out.Dry, out.Effects = f.dry, effects
		return printJSON(env.Stdout, out)
	}
	if f.dry {
		printEffects(env.Stdout, effects)
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tMODULE\tIN\tFILTERED\tOPERATIONS\tBUNDLES OUT\tERRORS\tTIME")
	for _, m := range r.Modules {
		spent := "-"
		if m.Time > 0 {
			spent = m.Time.Round(time.Millisecond).String()
		}
		fmt.Fprintf(w, "%d\t%s (%s)\t%d\t%d\t%d\t%d\t%d\t%s\n", m.ID, m.Label, m.Module, m.In, m.Filtered, m.Operations, m.Out, m.Errors, spent)
	}
	_ = w.Flush() // the output keeps its failure
	printOutcome(env, r)
	return nil
}

func printOutcome(env *Env, r *runner.Report) {
	if resp := r.Response; resp != nil {
		fmt.Fprintf(env.Stdout, "response to the webhook: %d, %d bytes\n%s\n", resp.Status, len(resp.Body), resp.Body)
	}
	for _, inc := range r.Incomplete {
		fmt.Fprintf(env.Stdout, "incomplete: module %d at %s: %s\n", inc.ModuleID, inc.Address, inc.Reason.Message)
	}
	if n := len(r.Incomplete); n > 0 {
		fmt.Fprintf(env.Stdout, "%s set aside; this command does not keep them, --trace FILE records their bundles\n", count(n, "bundle"))
	}
	fmt.Fprintf(env.Stdout, "%s: %s in %s, %s\n", r.Status, count(r.Operations, "operation"), r.Duration.Round(time.Millisecond), count(r.Cycles, "cycle"))
	if r.Error != nil {
		place := ""
		if r.FailedModule != 0 {
			place = fmt.Sprintf("module %d: ", r.FailedModule)
		}
		fmt.Fprintf(env.Stdout, "%s%s: %s\n", place, r.Error.Kind, r.Error.Error())
		if r.Error.Hint != "" {
			fmt.Fprintln(env.Stdout, "  hint:", r.Error.Hint)
		}
	}
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// errorJSON is a failure in machine-readable output.
type errorJSON struct {
	Type    fault.Kind `json:"type"`
	Message string     `json:"message"`
	Hint    string     `json:"hint,omitempty"`
	Module  int        `json:"module,omitempty"`
}

func errorOf(e *fault.Error, module int) *errorJSON {
	if e == nil {
		return nil
	}
	return &errorJSON{Type: e.Kind, Message: e.Error(), Hint: e.Hint, Module: module}
}

// runJSON is what scenario run --json prints.
type runJSON struct {
	Scenario   string           `json:"scenario"`
	Status     engine.Status    `json:"status"`
	Error      *errorJSON       `json:"error,omitempty"`
	Cycles     int              `json:"cycles"`
	Operations int              `json:"operations"`
	DurationMS int64            `json:"duration_ms"`
	Modules    []moduleJSON     `json:"modules"`
	Incomplete []incompleteJSON `json:"incomplete"`
	Response   *responseJSON    `json:"response,omitempty"`
	Dry        bool             `json:"dry,omitempty"`
	Effects    []effectJSON     `json:"effects,omitempty"` // what a dry run would have done
}

type moduleJSON struct {
	ID         int    `json:"id"`
	Module     string `json:"module"`
	Label      string `json:"label"`
	In         int    `json:"in"`
	Filtered   int    `json:"filtered"`
	Operations int    `json:"operations"`
	BundlesOut int    `json:"bundles_out"`
	Errors     int    `json:"errors"`
	TimeMS     int64  `json:"time_ms"`
}

type incompleteJSON struct {
	Module  int         `json:"module"`
	Address string      `json:"address"`
	Error   *errorJSON  `json:"error"`
	Bundles value.Value `json:"bundles"`
	Retry   bool        `json:"retry"`
}

type responseJSON struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body"`
}

func reportJSON(plan *engine.Plan, r *runner.Report) runJSON {
	out := runJSON{
		Scenario: plan.Name, Status: r.Status, Error: errorOf(r.Error, r.FailedModule), Cycles: r.Cycles, Operations: r.Operations,
		DurationMS: r.Duration.Milliseconds(), Modules: []moduleJSON{}, Incomplete: []incompleteJSON{},
	}
	for _, m := range r.Modules {
		out.Modules = append(out.Modules, moduleJSON{
			m.ID, m.Module, m.Label, m.In, m.Filtered, m.Operations, m.Out, m.Errors, m.Time.Milliseconds(),
		})
	}
	for _, inc := range r.Incomplete {
		out.Incomplete = append(out.Incomplete, incompleteJSON{inc.ModuleID, inc.Address, errorOf(inc.Reason, 0), inc.Scope, inc.Retry})
	}
	if resp := r.Response; resp != nil {
		out.Response = &responseJSON{Status: resp.Status, Headers: map[string]string{}, Body: strings.ToValidUTF8(string(resp.Body), "\ufffd")}
		for _, h := range resp.Headers {
			out.Response.Headers[h.Name] = h.Value
		}
	}
	return out
}
