package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// shownExecutions is how many executions are listed unless asked for more.
const shownExecutions = 20

func newExecution(env *Env) *cobra.Command {
	return group("execution", "Look into executions, run them again, and decide about incomplete ones",
		newExecutionList(env), newExecutionShow(env), newExecutionCancel(env), newExecutionReplay(env),
		newExecutionIncomplete(env), newExecutionRetry(env), newExecutionHappened(env), newExecutionEdit(env),
		newExecutionResolve(env, api.DecideSkip, "Skip it: drop the bundle of an incomplete execution", "skipped"),
		newExecutionResolve(env, api.DecideStop, "Stop it: the bundle of an incomplete execution failed for good", "stopped"))
}

// executionFlags choose executions.
type executionFlags struct {
	scenario, text, containing, from, until string
	statuses                                []string
	dry                                     bool // only dry runs
	limit                                   int
}

func (f *executionFlags) query() (url.Values, error) {
	q := url.Values{}
	for name, v := range map[string]string{"scenario": f.scenario, "text": f.text, "data": f.containing, "status": strings.Join(f.statuses, ",")} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.dry {
		q.Set("dry", "true")
	}
	return q, setTimes(q, f.from, f.until)
}

// addTexts adds what chooses executions by what stands in them.
func (f *executionFlags) addTexts(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.text, "text", "", "only executions whose errors or name hold these words")
	flags.StringVar(&f.containing, "containing", "", "only executions in whose data this text, number or date stands: in what they began with, in bundles, requests or responses")
}

// setTimes writes the bounds of a time into a query, as far as they are given.
func setTimes(q url.Values, from, until string) error {
	for name, v := range map[string]string{"from": from, "until": until} {
		if v == "" {
			continue
		}
		t, err := value.ParseDate(v, time.UTC)
		if err != nil {
			return fault.Wrap(fault.InvalidConfiguration, err, fmt.Sprintf("--%s: %q is not a date or time such as 2026-01-31T09:00.", name, v))
		}
		q.Set(name, t.Format(time.RFC3339))
	}
	return nil
}

func newExecutionList(env *Env) *cobra.Command {
	var f executionFlags
	cmd := dataCommand{
		use: "list", short: "List executions: those that are not over, then the newest", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error { return c.listExecutions(ctx, f) },
	}.build(env)
	flags := cmd.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "only of the scenario with this number")
	flags.StringSliceVar(&f.statuses, "status", nil, "only queued, running, success, warning, error or stopped ones; several with commas")
	f.addTexts(cmd)
	flags.BoolVar(&f.dry, "dry", false, "only dry runs")
	flags.StringVar(&f.from, "from", "", "only those accepted at this time (UTC) or later")
	flags.StringVar(&f.until, "until", "", "only those accepted before this time (UTC)")
	flags.IntVar(&f.limit, "limit", shownExecutions, "executions to show")
	return cmd
}

func (c *client) listExecutions(ctx context.Context, f executionFlags) error {
	q, err := f.query()
	if err != nil {
		return err
	}
	list, err := pages[api.Execution](ctx, c, "/executions", q, max(1, f.limit))
	if err != nil {
		return err
	}
	return c.print(list, func() {
		w := c.table("EXECUTION\tSCENARIO\tACCEPTED\tSTATUS\tOPERATIONS\tTIME\tERROR")
		for _, e := range list {
			message := ""
			if e.Error != nil {
				message = e.Error.Message
			}
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.Scenario, shown(e.Accepted), statusOf(&e), e.Operations,
				time.Duration(e.DurationMS)*time.Millisecond, message)
		}
		flush(w)
	})
}

func anExecution() cobra.PositionalArgs {
	return oneWord("the number of an execution; ropeway execution list shows them")
}

func newExecutionShow(env *Env) *cobra.Command {
	return dataCommand{
		use: "show NUMBER", short: "Show what an execution did: its journal", args: anExecution(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("executions", args[0])
			if err != nil {
				return err
			}
			var e api.ExecutionDetail
			if err := c.get(ctx, path, nil, &e); err != nil {
				return err
			}
			list, err := pages[api.Operation](ctx, c, path+"/operations", nil, 0)
			if err != nil {
				return err
			}
			whole := struct {
				api.ExecutionDetail
				Journal []api.Operation `json:"journal"`
			}{e, list}
			return c.print(whole, func() { c.showExecution(&e, list) })
		},
	}.build(env)
}

func (c *client) showExecution(e *api.ExecutionDetail, journal []api.Operation) {
	c.say("execution %d of scenario %d, version %d: %s, accepted %s by %s, %s in its journal",
		e.ID, e.Scenario, e.Version, statusOf(&e.Execution), e.Accepted.Format(time.RFC3339Nano), e.Origin, count(int(e.Bytes), "byte"))
	switch {
	case e.Origin == "scenario":
		c.say("execution %d called it", e.Source)
	case e.Source != 0:
		c.say("it goes on with execution %d, or repeats it", e.Source)
	}
	for _, next := range e.Continuations {
		c.say("execution %d goes on with it, repeats it, or was called by it", next)
	}
	for _, b := range e.Input {
		c.say("input: %s", b.JSON())
	}
	if e.Inputs != nil {
		c.say("inputs: %s", e.Inputs.JSON())
	}
	for i := range journal {
		c.showOperation(&journal[i])
	}
	c.showOutputs(e)
	c.showFailure(e.Error)
}

// statusOf is the status of an execution, marked where it is a dry run.
func statusOf(e *api.Execution) string {
	if e.Dry {
		return e.Status + " (dry run)"
	}
	return e.Status
}

func (c *client) showOperation(o *api.Operation) {
	defer func() {
		if o.Dry != nil {
			printEffect(c.env.Stdout, o.Dry, "    ")
		}
	}()
	switch {
	case o.Announced:
		c.say("%s  announced: %s", o.Address, o.Request.JSON())
	case o.Error != nil:
		c.say("%s  failed: %s: %s", o.Address, o.Error.Kind, o.Error.Message)
	default:
		c.say("%s  %s in %s", o.Address, count(o.BundleCount, "bundle"), time.Duration(o.DurationMS)*time.Millisecond)
	}
}

func newExecutionCancel(env *Env) *cobra.Command {
	return dataCommand{
		use: "cancel NUMBER", short: "End an execution after its running operations", args: anExecution(),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("executions", args[0])
			if err != nil {
				return err
			}
			var e api.Execution
			if err := c.send(ctx, http.MethodPost, path+"/cancel", nil, &e); err != nil {
				return err
			}
			if e.Finished.IsZero() {
				c.say("execution %d ends after its running operations", e.ID)
				return nil
			}
			c.say("execution %d: %s", e.ID, e.Status)
			return nil
		},
	}.build(env)
}

func newExecutionReplay(env *Env) *cobra.Command {
	var r api.Replay
	var wait bool
	cmd := dataCommand{
		use: "replay NUMBER", short: "Run an execution again with the same input", args: anExecution(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("executions", args[0])
			if err != nil {
				return err
			}
			if wait && !c.live {
				return noServer(c.flags.dir)
			}
			var s api.Started
			if err := c.send(ctx, http.MethodPost, path+"/replay", r, &s); err != nil {
				return err
			}
			return c.started(ctx, s, wait)
		},
	}.build(env)
	cmd.Flags().IntVar(&r.From, "from", 0, "number of the module to begin with; what comes before it is not done again (default: the trigger)")
	cmd.Flags().BoolVar(&r.Newest, "newest", false, "by the newest version of the scenario")
	cmd.Flags().BoolVar(&r.Dry, "dry", false, "as a dry run: only read, and show what would be done")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for its end")
	return cmd
}
