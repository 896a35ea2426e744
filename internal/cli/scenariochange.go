package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func newScenarioSchedule(env *Env) *cobra.Command {
	return dataCommand{
		use: "schedule NUMBER [SCHEDULE]", short: "Show or set when a scenario runs", args: cobra.RangeArgs(1, 2), prints: true,
		long: `Without a schedule it is shown. A schedule is JSON: {"type": "immediately"}, {"type": "on-demand"},
{"type": "indefinitely", "interval": 900}, {"type": "daily", "time": "09:00"} and so on.`,
		run: func(ctx context.Context, c *client, args []string) error {
			if len(args) == 1 {
				return c.changeScenario(ctx, args[0], nil)
			}
			text, err := jsonArgument("schedule", args[1])
			if err != nil {
				return err
			}
			return c.changeScenario(ctx, args[0], &api.ScenarioChange{Schedule: text})
		},
	}.build(env)
}

// changeScenario changes a scenario, if there is a change, and shows it.
func (c *client) changeScenario(ctx context.Context, number string, x *api.ScenarioChange) error {
	path, err := pathTo("scenarios", number)
	if err != nil {
		return err
	}
	var s api.Scenario
	if x == nil {
		err = c.get(ctx, path, nil, &s)
	} else {
		err = c.send(ctx, http.MethodPatch, path, x, &s)
	}
	if err != nil {
		return err
	}
	return c.print(s, func() { c.showScenario(&s) })
}

func newScenarioSettings(env *Env) *cobra.Command {
	var set api.ScenarioSettings
	var cmd *cobra.Command
	cmd = dataCommand{
		use: "settings NUMBER", short: "Show or change the settings of a scenario that are not in its blueprint", args: aScenario(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			changed := cmd.Flags().Changed
			if !changed("catch-up") && !changed("history-bytes") && !changed("history-days") {
				return c.changeScenario(ctx, args[0], nil)
			}
			var s api.Scenario
			if err := c.scenario(ctx, args[0], &s); err != nil {
				return err
			}
			if changed("catch-up") {
				s.Settings.CatchUp = set.CatchUp
			}
			if changed("history-bytes") {
				s.Settings.HistoryBytes = set.HistoryBytes
			}
			if changed("history-days") {
				s.Settings.HistoryDays = set.HistoryDays
			}
			return c.changeScenario(ctx, args[0], &api.ScenarioChange{Settings: &s.Settings})
		},
	}.build(env)
	cmd.Flags().StringVar(&set.CatchUp, "catch-up", "", "what becomes of missed times of the schedule: once, skip or all")
	cmd.Flags().Int64Var(&set.HistoryBytes, "history-bytes", 0, "size of its history; 0 as the installation does")
	cmd.Flags().IntVar(&set.HistoryDays, "history-days", 0, "age of its history; 0 as the installation does")
	return cmd
}

func newScenarioRunOnce(env *Env) *cobra.Command {
	var input []string
	var inputs string
	var wait bool
	var how api.RunOnce
	cmd := dataCommand{
		use: "run-once NUMBER", short: "Run a scenario of a data directory once", args: aScenario(), prints: true,
		long: `Run-once records one execution of the newest version and has the server run it, also where the scenario is not active.
While no server runs it begins at the next start. Exit code 1 with --wait: the execution failed.

A scenario that declares inputs gets them by name: --input email=ada@example.com --input count=3, or --inputs FILE with a JSON object.
Every other scenario can be given the bundles that its first module would put out: --input FILE, or --from-execution NUMBER for those that an
earlier execution of it began with.

With --dry it reads and does nothing: execution show tells then what modules would have sent and changed.`,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			run, err := runOf(env, input, inputs)
			if err != nil {
				return err
			}
			if wait && !c.live {
				return noServer(c.flags.dir)
			}
			run.Dry, run.Pinned, run.FromExecution, run.Version = how.Dry, how.Pinned, how.FromExecution, how.Version
			var started api.Started
			if err := c.send(ctx, http.MethodPost, path+"/run", run, &started); err != nil {
				return err
			}
			return c.started(ctx, started, wait)
		},
	}.build(env)
	cmd.Flags().StringArrayVar(&input, "input", nil, "NAME=VALUE: an input that the scenario declares; or a JSON file with the bundle (or an array of bundles) that the first module puts out, in place of running it; - for standard input")
	cmd.Flags().BoolVar(&how.Dry, "dry", false, "a dry run: only read, and show what would be done")
	cmd.Flags().BoolVar(&how.Pinned, "pinned", false, "modules with pinned sample data put that out and are not called")
	cmd.Flags().Int64Var(&how.FromExecution, "from-execution", 0, "number of an earlier execution whose data it runs with")
	cmd.Flags().Int64Var(&how.Version, "version", 0, "version of the scenario (default: the newest)")
	cmd.Flags().StringVar(&inputs, "inputs", "", "JSON file with an object of the inputs that the scenario declares; - for standard input")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for its end")
	return cmd
}

// runOf reads what a scenario is to be run with: bundles of a file, or inputs of a file and of the command line, where those of the
// command line count.
func runOf(env *Env, input []string, inputs string) (api.RunOnce, error) {
	var run api.RunOnce
	given := value.NewBuilder(len(input))
	if inputs != "" {
		list, err := readBundles(env, inputs)
		if err != nil {
			return run, err
		}
		if len(list) != 1 || list[0].Kind() != value.KindCollection {
			return run, fault.New(fault.InvalidConfiguration, inputs+" must hold one JSON object of inputs.")
		}
		given.Merge(list[0])
	}
	named := false
	for _, text := range input {
		name, v, ok := strings.Cut(text, "=")
		switch {
		case ok:
			given.Set(name, value.Text(v))
			named = true
		case run.Input != nil:
			return run, fault.New(fault.InvalidConfiguration, "Only one file of bundles can be given with --input.").WithHint("put several bundles into an array, or name inputs as NAME=VALUE")
		default:
			list, err := readBundles(env, text)
			if err != nil {
				return run, err
			}
			run.Input = list
		}
	}
	if inputs != "" || named {
		v := given.Build()
		run.Inputs = &v
	}
	return run, nil
}

func noServer(dir string) error {
	return fault.Newf(fault.InvalidConfiguration, "No server runs on %s, so there is nothing to wait for.", dir).WithHint("start ropeway serve, or leave --wait away")
}

// readBundles reads a file with a bundle or several.
func readBundles(env *Env, file string) ([]value.Value, error) {
	data, err := readFile(env, file, maxInputFile)
	if err != nil {
		return nil, err
	}
	v, err := value.ParseJSON(data)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, file+" is not valid JSON: "+err.Error()+".")
	}
	if v.Kind() == value.KindArray && v.Len() == 0 {
		return nil, fault.New(fault.InvalidConfiguration, file+" holds no bundle.")
	}
	return value.ToArray(v).Items(), nil
}

// started says what was started, and waits for its end if it is asked to.
func (c *client) started(ctx context.Context, s api.Started, wait bool) error {
	if !wait {
		return c.print(s, func() { c.say("execution %d begins %s", s.Execution, when(s.Live)) })
	}
	e, err := c.await(ctx, s.Execution)
	if err != nil {
		return err
	}
	if err := c.print(e, func() { c.showEnd(&e.Execution); c.showOutputs(&e) }); err != nil {
		return err
	}
	if e.Status == "error" || e.Status == "stopped" {
		return exitCode(ExitFailed)
	}
	return nil
}

// awaitPause is the time between two looks at an execution.
const awaitPause = 200 * time.Millisecond

// await looks at an execution until it is over.
func (c *client) await(ctx context.Context, id int64) (api.ExecutionDetail, error) {
	for {
		var e api.ExecutionDetail
		if err := c.get(ctx, fmt.Sprintf("/executions/%d", id), nil, &e); err != nil {
			return e, err
		}
		if !e.Finished.IsZero() {
			return e, nil
		}
		if err := (clock.System{}).Sleep(ctx, awaitPause); err != nil {
			return e, fault.Wrap(fault.ExecutionInterrupted, err, fmt.Sprintf("Waiting was ended; the execution %d goes on.", id))
		}
	}
}

func (c *client) showEnd(e *api.Execution) {
	c.say("execution %d: %s, %s in %d ms", e.ID, statusOf(e), count(e.Operations, "operation"), e.DurationMS)
	c.showFailure(e.Error)
}

func (c *client) showOutputs(e *api.ExecutionDetail) {
	if e.Outputs != nil {
		c.say("outputs: %s", e.Outputs.JSON())
	}
}

func (c *client) showFailure(f *api.Failure) {
	if f == nil {
		return
	}
	c.say("module %d: %s: %s", f.Module, f.Kind, f.Message)
	if f.Hint != "" {
		c.say("  hint: %s", f.Hint)
	}
}

func newScenarioVersions(env *Env) *cobra.Command {
	return dataCommand{
		use: "versions NUMBER", short: "List the versions of a scenario", args: aScenario(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			list, err := pages[api.Version](ctx, c, path+"/versions", nil, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("VERSION\tSAVED\tNOTE")
				for _, v := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\n", v.Version, shown(v.Saved), v.Note)
				}
				flush(w)
			})
		},
	}.build(env)
}

func newScenarioRestore(env *Env) *cobra.Command {
	return dataCommand{
		use: "restore NUMBER VERSION", short: "Save an old version of a scenario as the newest", args: exactly(2, "the number of a scenario and a version"),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			version, err := pathTo("versions", args[1])
			if err != nil {
				return err
			}
			var s api.Scenario
			if err := c.send(ctx, http.MethodPost, path+version+"/restore", nil, &s); err != nil {
				return err
			}
			c.say("scenario %d: version %d is as version %s was", s.ID, s.Version, args[1])
			return nil
		},
	}.build(env)
}
