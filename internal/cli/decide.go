package cli

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func anIncomplete() cobra.PositionalArgs {
	return oneWord("the number of an incomplete execution; ropeway execution incomplete shows them")
}

func newExecutionIncomplete(env *Env) *cobra.Command {
	var scenario string
	var resolved bool
	cmd := dataCommand{
		use: "incomplete [NUMBER]", short: "List the bundles that stopped at a module and can go on from there, or show one", args: cobra.MaximumNArgs(1), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			if len(args) == 1 {
				return c.showIncomplete(ctx, args[0])
			}
			q := url.Values{}
			if scenario != "" {
				q.Set("scenario", scenario)
			}
			if resolved {
				q.Set("state", "resolved")
			}
			list, err := pages[api.Incomplete](ctx, c, "/incomplete", q, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() { c.listIncomplete(list) })
		},
	}.build(env)
	cmd.Flags().StringVar(&scenario, "scenario", "", "only of the scenario with this number")
	cmd.Flags().BoolVar(&resolved, "resolved", false, "those that are resolved, instead of those that are not")
	return cmd
}

func (c *client) listIncomplete(list []api.Incomplete) {
	w := c.table("NUMBER\tSCENARIO\tEXECUTION\tMODULE\tSTATE\tNEXT RETRY\tREASON")
	for i := range list {
		x := &list[i]
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\t%s\t%s: %s\n", x.ID, x.Scenario, x.Execution, x.Module, stateText(x), shown(x.Due), x.Reason.Kind, x.Reason.Message)
	}
	flush(w)
}

func stateText(i *api.Incomplete) string {
	switch i.State {
	case "unresolved":
		return "waits for a decision"
	case "pending":
		return "will be retried"
	case "in progress":
		return "is being retried"
	default:
		return i.Resolution
	}
}

func (c *client) showIncomplete(ctx context.Context, number string) error {
	path, err := pathTo("incomplete", number)
	if err != nil {
		return err
	}
	var i api.Incomplete
	if err := c.get(ctx, path, nil, &i); err != nil {
		return err
	}
	return c.print(i, func() {
		c.say("incomplete execution %d: module %d of scenario %d, version %d, in execution %d at %s", i.ID, i.Module, i.Scenario, i.Version, i.Execution, i.Address)
		c.say("%s: %s", i.Reason.Kind, i.Reason.Message)
		c.say("%s; retries: %d of %d; next: %s", stateText(&i), i.Attempts, i.AttemptsMax, shown(i.Due))
		if i.Bundles != nil {
			_, _ = c.env.Stdout.Write(append(value.IndentJSON(*i.Bundles, "  "), '\n')) // the output keeps its failure
		}
	})
}

// decide sends a decision and says what follows.
func (c *client) decide(ctx context.Context, number string, d api.Decision, said string) error {
	path, err := pathTo("incomplete", number)
	if err != nil {
		return err
	}
	var i api.Incomplete
	if err := c.send(ctx, http.MethodPost, path+"/decide", d, &i); err != nil {
		return err
	}
	c.say("incomplete execution %d: %s", i.ID, said)
	return nil
}

func newExecutionRetry(env *Env) *cobra.Command {
	var scenario int64
	var all bool
	var d api.Decision
	var bundles string
	cmd := dataCommand{
		use: "retry NUMBER…", short: "Do it again: retry incomplete executions", prints: true,
		long: `Retry does the operation of incomplete executions again, by number or with --scenario NUMBER --all for all of a scenario.
While no server runs it happens at the next start. Exit code 1: some could not be retried.`,
		run: func(ctx context.Context, c *client, args []string) error {
			d.Action = api.DecideRetry
			if bundles != "" {
				if len(args) != 1 {
					return fault.New(fault.InvalidConfiguration, "Edited bundles belong to one incomplete execution; name one number.")
				}
				v, err := readValue(env, bundles)
				if err != nil {
					return err
				}
				d.Bundles = &v
			}
			if len(args) == 1 && scenario == 0 {
				return c.decide(ctx, args[0], d, "it is retried "+when(c.live))
			}
			many := api.RetryMany{Newest: d.Newest}
			if scenario != 0 {
				if !all || len(args) > 0 {
					return fault.New(fault.InvalidConfiguration, "Retrying everything of a scenario needs --scenario NUMBER and --all, and no further numbers.")
				}
				many.Scenario = scenario
			}
			return c.retryMany(ctx, many, args)
		},
	}.build(env)
	cmd.Flags().Int64Var(&scenario, "scenario", 0, "number of a scenario")
	cmd.Flags().BoolVar(&all, "all", false, "all of the scenario")
	cmd.Flags().StringVar(&bundles, "bundles", "", "JSON file with edited bundles, as execution incomplete NUMBER shows them")
	cmd.Flags().BoolVar(&d.Newest, "newest", false, "by the newest version of the scenario")
	return cmd
}

func (c *client) retryMany(ctx context.Context, many api.RetryMany, args []string) error {
	for _, arg := range args {
		id, err := parseNumber(arg)
		if err != nil {
			return err
		}
		many.IDs = append(many.IDs, id)
	}
	var done api.Decided
	if err := c.send(ctx, http.MethodPost, "/incomplete/retry", many, &done); err != nil {
		return err
	}
	err := c.print(done, func() {
		c.say("%s retried %s", count(len(done.Done), "incomplete execution"), when(done.Live))
		for _, id := range slices.Sorted(maps.Keys(done.Refused)) {
			c.say("%d: %s", id, done.Refused[id].Detail)
		}
	})
	if err == nil && len(done.Refused) > 0 {
		return exitCode(ExitFailed)
	}
	return err
}

// readValue reads a JSON file with one object.
func readValue(env *Env, file string) (value.Value, error) {
	data, err := readFile(env, file, maxInputFile)
	if err != nil {
		return value.Undefined, err
	}
	v, err := value.ParseJSON(data)
	if err != nil {
		return v, fault.Wrap(fault.InvalidConfiguration, err, file+" is not valid JSON: "+err.Error()+".")
	}
	if v.Kind() != value.KindCollection {
		return v, fault.New(fault.InvalidConfiguration, file+" must hold a JSON object.")
	}
	return v, nil
}

func newExecutionHappened(env *Env) *cobra.Command {
	var d api.Decision
	var output string
	cmd := dataCommand{
		use: "happened NUMBER", short: "It happened: go on behind the module with its output", args: anIncomplete(),
		run: func(ctx context.Context, c *client, args []string) error {
			d.Action = api.DecideHappened
			if output != "" {
				v, err := readValue(env, output)
				if err != nil {
					return err
				}
				d.Output = &v
			}
			return c.decide(ctx, args[0], d, "it goes on behind its module "+when(c.live))
		},
	}.build(env)
	cmd.Flags().StringVar(&output, "output", "", "JSON file with the output of the module (default: an empty bundle)")
	cmd.Flags().BoolVar(&d.Newest, "newest", false, "by the newest version of the scenario")
	return cmd
}

func newExecutionEdit(env *Env) *cobra.Command {
	var bundles string
	var d api.Decision
	cmd := dataCommand{
		use: "edit NUMBER", short: "Change the bundles or the version of an incomplete execution before its retry", args: anIncomplete(),
		long: `Edit replaces the bundles that the module can see by those of a file, in the form in which execution incomplete NUMBER shows
them, and with --newest has the retry go by the newest version of the scenario. It starts nothing.`,
		run: func(ctx context.Context, c *client, args []string) error {
			d.Action = api.DecideEdit
			if bundles != "" {
				v, err := readValue(env, bundles)
				if err != nil {
					return err
				}
				d.Bundles = &v
			}
			return c.decide(ctx, args[0], d, "edited")
		},
	}.build(env)
	cmd.Flags().StringVar(&bundles, "bundles", "", "JSON file with the bundles by module number; - for standard input")
	cmd.Flags().BoolVar(&d.Newest, "newest", false, "retry it by the newest version of the scenario")
	return cmd
}

// newExecutionResolve makes the commands that resolve an incomplete execution without going on.
func newExecutionResolve(env *Env, action, short, said string) *cobra.Command {
	d := api.Decision{Action: action}
	cmd := dataCommand{
		use: action + " NUMBER", short: short, args: anIncomplete(),
		run: func(ctx context.Context, c *client, args []string) error { return c.decide(ctx, args[0], d, said) },
	}.build(env)
	cmd.Flags().StringVar(&d.Reason, "reason", "", "why, for the record")
	return cmd
}
