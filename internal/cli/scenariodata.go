package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/fault"
)

// hookTokenVariable is the environment variable that may hold the secret part of a webhook's address.
const hookTokenVariable = "ROPEWAY_HOOK_TOKEN" //nolint:gosec // it names a variable, and holds no token

// maxSettingsFile is the size of a file with settings or a structure in bytes.
const maxSettingsFile = 1 << 20

// aScenario asks for the number of a scenario.
func aScenario() cobra.PositionalArgs {
	return oneWord("the number of a scenario; ropeway scenario list shows them")
}

func parseNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fault.Newf(fault.InvalidConfiguration, "%q is not a number.", text).WithHint("the list command shows the numbers")
	}
	return id, nil
}

// pathTo returns the path of the thing that an argument names by number.
func pathTo(kind, number string) (string, error) {
	id, err := parseNumber(number)
	return "/" + kind + "/" + strconv.FormatInt(id, 10), err
}

// table makes a writer of aligned columns; flush prints them.
func (c *client) table(header string) *tabwriter.Writer {
	w := tabwriter.NewWriter(c.env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, header)
	return w
}

func flush(w *tabwriter.Writer) { _ = w.Flush() } // the output keeps its failure

// shown writes a time, "-" for none.
func shown(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

// readJSONFile reads a file with settings or a structure.
func readJSONFile(env *Env, name string) (json.RawMessage, error) {
	data, err := readFile(env, name, maxSettingsFile)
	if err != nil {
		return nil, err
	}
	if !json.Valid(data) {
		return nil, fault.Newf(fault.InvalidConfiguration, "%s is not valid JSON.", name)
	}
	return data, nil
}

// writeFile writes to a file that the user named, "" for the output.
func (c *client) writeFile(name string, data []byte) error {
	if name == "" {
		_, err := c.env.Stdout.Write(data)
		return err
	}
	if err := os.WriteFile(name, data, traceMode); err != nil {
		return fault.Wrap(fault.InvalidConfiguration, err, "Cannot write "+name+": "+plainFileError(err)+".")
	}
	return nil
}

func newScenarioImport(env *Env) *cobra.Command {
	var schedule, hook string
	var start bool
	cmd := dataCommand{
		use: "import FILE", short: "Put a scenario into a data directory", args: oneFile, makes: true, prints: true,
		long: `Import saves a blueprint as a new scenario and prints its number. For a scenario that starts with a webhook it makes the
webhook and prints the path of its address, which ropeway webhook address tells again. ROPEWAY_HOOK_TOKEN gives the secret part of the
address (26 characters or more) in place of a random one. Secrets in the settings of the webhook are sealed.`,
		run: func(ctx context.Context, c *client, args []string) error {
			text, err := readBlueprintText(env, args[0])
			if err != nil {
				return err
			}
			n := api.NewScenario{Blueprint: text, Token: env.Getenv(hookTokenVariable), Start: start}
			if schedule != "" {
				if n.Schedule, err = jsonArgument("schedule", schedule); err != nil {
					return err
				}
			}
			if hook != "" {
				if n.Webhook, err = readJSONFile(env, hook); err != nil {
					return err
				}
			}
			return c.importScenario(ctx, n)
		},
	}.build(env)
	cmd.Flags().StringVar(&schedule, "schedule", "", `when to run, as {"type": "daily", "time": "09:00"}; empty: immediately for webhooks, else on demand`)
	cmd.Flags().StringVar(&hook, "webhook-settings", "", "JSON file with settings of the webhook: checks, rate, filter, duplicates; - for standard input")
	cmd.Flags().BoolVar(&start, "start", false, "start it as well")
	return cmd
}

func (c *client) importScenario(ctx context.Context, n api.NewScenario) error {
	var made api.CreatedScenario
	if err := c.send(ctx, http.MethodPost, "/scenarios", n, &made); err != nil {
		return err
	}
	return c.print(made, func() {
		c.say("scenario %d: %s", made.Scenario.ID, made.Scenario.Name)
		if made.Webhook != nil {
			c.say("webhook %d: %s", made.Webhook.Webhook.ID, made.Webhook.Path)
		}
		if made.Scenario.Active {
			c.sayActive(&made.Scenario)
		}
	})
}

func (c *client) sayActive(s *api.Scenario) {
	if !s.Active {
		c.say("scenario %d is not active", s.ID)
		return
	}
	c.say("scenario %d is active: %s", s.ID, s.Runs)
}

// readBlueprintText reads a blueprint, so that mistakes in it are told with the name of the file.
func readBlueprintText(env *Env, file string) (json.RawMessage, error) {
	bp, err := readBlueprint(env, file)
	if err != nil {
		return nil, err
	}
	return bp.Print(), nil
}

// jsonArgument reads an argument that is JSON.
func jsonArgument(what, text string) (json.RawMessage, error) {
	if !json.Valid([]byte(text)) {
		return nil, fault.Newf(fault.InvalidConfiguration, "The %s is not valid JSON: %s", what, text)
	}
	return json.RawMessage(text), nil
}

func newScenarioList(env *Env) *cobra.Command {
	return dataCommand{
		use: "list", short: "List the scenarios of a data directory", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			list, err := pages[api.Scenario](ctx, c, "/scenarios", nil, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("NUMBER\tACTIVE\tVERSION\tERRORS\tNAME")
				for _, s := range list {
					fmt.Fprintf(w, "%d\t%v\t%d\t%d\t%s\n", s.ID, s.Active, s.Version, s.Errors, s.Name)
				}
				flush(w)
			})
		},
	}.build(env)
}

func newScenarioShow(env *Env) *cobra.Command {
	return dataCommand{
		use: "show NUMBER", short: "Show a scenario: its state, schedule and settings", args: aScenario(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			var s api.Scenario
			if err := c.scenario(ctx, args[0], &s); err != nil {
				return err
			}
			return c.print(s, func() { c.showScenario(&s) })
		},
	}.build(env)
}

func (c *client) scenario(ctx context.Context, number string, s *api.Scenario) error {
	path, err := pathTo("scenarios", number)
	if err != nil {
		return err
	}
	return c.get(ctx, path, nil, s)
}

func (c *client) showScenario(s *api.Scenario) {
	c.say("scenario %d: %s, version %d, revision %d", s.ID, s.Name, s.Version, s.Revision)
	c.sayActive(s)
	if s.Invalid != "" {
		c.say("it cannot run: %s", s.Invalid)
	}
	c.say("runs: %s; due: %s; errors in a row: %d; incomplete executions: %d", s.Runs, shown(s.Due), s.Errors, s.Waiting)
	c.say("schedule: %s", s.Schedule.JSON())
	c.say("settings: catch up %s, history %s and %s", orDefault(s.Settings.CatchUp, "once"),
		limited(s.Settings.HistoryBytes, "byte"), limited(int64(s.Settings.HistoryDays), "day"))
}

func orDefault(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func limited(n int64, what string) string {
	if n == 0 {
		return what + "s by default"
	}
	return "up to " + count(int(n), what)
}

// newScenarioSwitch makes start and stop.
func newScenarioSwitch(env *Env, use, short string) *cobra.Command {
	return dataCommand{
		use: use + " NUMBER", short: short, args: aScenario(),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			var s api.Scenario
			if err := c.send(ctx, http.MethodPost, path+"/"+use, nil, &s); err != nil {
				return err
			}
			c.sayActive(&s)
			return nil
		},
	}.build(env)
}

func newScenarioHistory(env *Env) *cobra.Command {
	var f executionFlags
	cmd := dataCommand{
		use: "history NUMBER", short: "Show the last executions of a scenario", args: aScenario(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			var s api.Scenario
			if err := c.scenario(ctx, args[0], &s); err != nil {
				return err
			}
			f.scenario = args[0]
			return c.listExecutions(ctx, f)
		},
	}.build(env)
	cmd.Flags().IntVar(&f.limit, "limit", shownExecutions, "executions to show")
	f.addTexts(cmd)
	return cmd
}

func newScenarioExport(env *Env) *cobra.Command {
	var version int64
	var out string
	cmd := dataCommand{
		use: "export NUMBER", short: "Print the blueprint of a scenario", args: aScenario(),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			var v api.Version
			if err := c.get(ctx, path+"/versions/"+strconv.FormatInt(version, 10), nil, &v); err != nil {
				return err
			}
			bp, err := blueprint.Parse(v.Blueprint)
			if err != nil {
				return err
			}
			return c.writeFile(out, bp.Print())
		},
	}.build(env)
	cmd.Flags().Int64Var(&version, "version", 0, "version (default: the newest)")
	cmd.Flags().StringVar(&out, "out", "", "file to write (default: the output)")
	return cmd
}

func newScenarioSave(env *Env) *cobra.Command {
	var n api.NewVersion
	var revision int64
	cmd := dataCommand{
		use: "save FILE NUMBER", short: "Save a changed blueprint as the newest version of a scenario", args: exactly(2, "a blueprint file and the number of a scenario"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[1])
			if err != nil {
				return err
			}
			if n.Blueprint, err = readBlueprintText(env, args[0]); err != nil {
				return err
			}
			var s api.Scenario
			if err := c.call(ctx, http.MethodPost, path+"/versions", nil, revision, n, &s); err != nil {
				return err
			}
			return c.print(s, func() { c.say("scenario %d: version %d, revision %d", s.ID, s.Version, s.Revision) })
		},
	}.build(env)
	cmd.Flags().Int64Var(&revision, "revision", 0, "revision that the change is made to; another one is refused (default: whichever is there)")
	cmd.Flags().StringVar(&n.Note, "note", "", "what was changed")
	return cmd
}

// exactly accepts n arguments, and asks for them by what they are.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return fault.Newf(fault.InvalidConfiguration, "Name %s.", what)
		}
		return nil
	}
}

func newScenarioDelete(env *Env) *cobra.Command {
	return newDelete(env, "scenarios", "scenario", "Delete a scenario with its versions; stop it first")
}

// newDelete makes the command that deletes a thing.
func newDelete(env *Env, kind, name, short string) *cobra.Command {
	return dataCommand{
		use: "delete NUMBER", short: short, args: oneWord("the number of the " + name),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo(kind, args[0])
			if err != nil {
				return err
			}
			if err := c.send(ctx, http.MethodDelete, path, nil, nil); err != nil {
				return err
			}
			c.say("%s %s is deleted", name, args[0])
			return nil
		},
	}.build(env)
}
