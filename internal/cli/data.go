package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/schedule"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// shownExecutions is how many executions the history shows unless asked for more.
const shownExecutions = 20

// minTokenLength is the shortest token that an import takes over: 26 characters of base32 are 130 bits.
const minTokenLength = 26

// withStore opens the data directory for one command. A running server holds it, so these commands are for the time
// when none runs.
//
// Only an import makes the directory: for the others a name without one is a mistake.
func withStore(ctx context.Context, dir string, use func(*store.Store) error) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fault.Newf(fault.InvalidConfiguration, "There is no data directory %s.", dir).
			WithHint("name the right one with --data; ropeway scenario import makes one")
	}
	return withNewStore(ctx, dir, use)
}

func withNewStore(ctx context.Context, dir string, use func(*store.Store) error) (err error) {
	s, err := store.Open(ctx, dir, store.Options{Clock: clock.System{}})
	if err != nil {
		return fmt.Errorf("open the data directory %s: %w", dir, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return use(s)
}

func dataFlag(cmd *cobra.Command, dir *string) *cobra.Command {
	cmd.Flags().StringVar(dir, "data", "data", "data directory; no server may be running on it")
	return cmd
}

type importFlags struct {
	data, schedule, hook string
	start                bool
}

func newScenarioImport(env *Env) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Put a scenario into a data directory", Args: oneFile,
		Long: `Import saves a blueprint as a new scenario and prints its number. For a scenario that starts with a webhook it makes the
webhook and prints the path of its address once; only a hash is kept. ROPEWAY_HOOK_TOKEN gives the secret part of the address
(26 characters or more) in place of a random one.`,
		RunE: func(cmd *cobra.Command, args []string) error { return importScenario(cmd.Context(), env, args[0], f) },
	}
	cmd.Flags().StringVar(&f.schedule, "schedule", "", `when to run, as {"type": "daily", "time": "09:00"}; empty: immediately for webhooks, else on demand`)
	cmd.Flags().StringVar(&f.hook, "webhook-settings", "", "JSON file with settings of the webhook: checks, rate, filter, duplicates")
	cmd.Flags().BoolVar(&f.start, "start", false, "start it as well")
	return dataFlag(cmd, &f.data)
}

func importScenario(ctx context.Context, env *Env, file string, f importFlags) error {
	system, err := server.Assemble(server.Options{})
	if err != nil {
		return err
	}
	bp, err := readBlueprint(env, file)
	if err != nil {
		return err
	}
	if problems := bp.Validate(system.Modules); problems.Invalid() {
		return problems
	}
	if _, problems := engine.Compile(bp, system.Modules); problems.Invalid() {
		return problems
	}
	hooked := startsWithWebhook(bp, system.Modules)
	if f.schedule == "" && !hooked {
		f.schedule = `{"type": "on-demand"}`
	}
	sched, err := readSchedule(f.schedule)
	if err != nil {
		return err
	}
	settings, err := readHookSettings(env, f.hook)
	if err != nil {
		return err
	}
	token, err := hookToken(env)
	if err != nil {
		return err
	}
	return withNewStore(ctx, f.data, func(s *store.Store) error {
		id, _, _, err := s.SaveScenario(ctx, store.SaveScenario{Name: bp.Name, Schedule: f.schedule, Blueprint: bp.Print()})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "scenario %d: %s\n", id, bp.Name)
		if hooked {
			if err := makeWebhook(ctx, env, s, token, store.Webhook{Name: bp.Name, Scenario: id, Settings: settings}); err != nil {
				return err
			}
		}
		if f.start {
			return activate(ctx, env, s, id, sched)
		}
		return nil
	})
}

func startsWithWebhook(bp *blueprint.Blueprint, modules *server.Modules) bool {
	if len(bp.Flow) == 0 {
		return false
	}
	m, ok := modules.Find(bp.Flow[0].Module, bp.Flow[0].Version)
	return ok && m.Kind == module.InstantTrigger
}

// readSchedule reads a schedule as people write it; empty means immediately.
func readSchedule(text string) (*schedule.Schedule, error) {
	if text == "" {
		text = `{"type": "immediately"}`
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The schedule is not valid JSON: "+err.Error()+".")
	}
	s, problems := schedule.Parse(v)
	if problems.Invalid() {
		return nil, problems
	}
	return s, nil
}

// hookToken returns the secret part of a webhook's address: that of the environment, else a random one.
func hookToken(env *Env) (intake.Token, error) {
	token := intake.Token(env.Getenv("ROPEWAY_HOOK_TOKEN"))
	if token == "" {
		return intake.NewToken(rand.Reader)
	}
	if len(token) < minTokenLength {
		return "", fault.Newf(fault.InvalidConfiguration, "ROPEWAY_HOOK_TOKEN has %d characters; an address needs at least %d.", len(token), minTokenLength).
			WithHint("leave it away, and a random one is made")
	}
	return token, nil
}

func makeWebhook(ctx context.Context, env *Env, s *store.Store, token intake.Token, hook store.Webhook) error {
	hash := token.Hash()
	hook.TokenHash = hash[:]
	w, err := s.SaveWebhook(ctx, hook)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "webhook %d: %s\n", w.ID, token.Path())
	return nil
}

// maxHookSettings is the size of a file with webhook settings in bytes.
const maxHookSettings = 1 << 20

// readHookSettings reads the file with the settings of a webhook; "" stands for the defaults. Secrets have no place in
// it as long as they would be stored in clear.
func readHookSettings(env *Env, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	data, err := readFile(env, file, maxHookSettings)
	if err != nil {
		return "", err
	}
	v, err := value.ParseJSON(data)
	if err != nil {
		return "", fault.Wrap(fault.InvalidConfiguration, err, file+" is not valid JSON: "+err.Error()+".")
	}
	if _, problems := intake.ParseSettings(v); problems.Invalid() {
		return "", problems
	}
	if !v.Get("checks").IsNothing() {
		return "", fault.New(fault.InvalidConfiguration, "Webhook checks hold secrets, which this command cannot seal yet.").
			WithHint("leave checks away")
	}
	return v.JSON(), nil
}

// activate starts a scenario from its schedule.
func activate(ctx context.Context, env *Env, s *store.Store, id int64, sched *schedule.Schedule) error {
	due, _ := sched.Next(clock.System{}.Now(), time.UTC)
	if err := s.Activate(ctx, id, true, due); err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "scenario %d is active: %s\n", id, sched.Describe(time.UTC))
	return nil
}

func newScenarioStart(env *Env) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use: "start NUMBER", Short: "Activate a scenario of a data directory", Args: oneWord("the number of a scenario; ropeway scenario list shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withScenario(cmd.Context(), data, args[0], func(s *store.Store, c store.Scenario) error {
				sched, err := readSchedule(c.Schedule)
				if err != nil {
					return err
				}
				return activate(cmd.Context(), env, s, c.ID, sched)
			})
		},
	}
	return dataFlag(cmd, &data)
}

func newScenarioStop(env *Env) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use: "stop NUMBER", Short: "Deactivate a scenario of a data directory; its webhook goes on queueing", Args: oneWord("the number of a scenario; ropeway scenario list shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withScenario(cmd.Context(), data, args[0], func(s *store.Store, c store.Scenario) error {
				if err := s.Activate(cmd.Context(), c.ID, false, time.Time{}); err != nil {
					return err
				}
				fmt.Fprintf(env.Stdout, "scenario %d is not active\n", c.ID)
				return nil
			})
		},
	}
	return dataFlag(cmd, &data)
}

func withScenario(ctx context.Context, dir, number string, use func(*store.Store, store.Scenario) error) error {
	id, err := parseNumber(number)
	if err != nil {
		return err
	}
	return withStore(ctx, dir, func(s *store.Store) error {
		c, err := s.Scenario(ctx, id)
		if err != nil {
			return err
		}
		return use(s, c)
	})
}

func parseNumber(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, fault.Newf(fault.InvalidConfiguration, "%q is not a number.", text).WithHint("ropeway scenario list shows the numbers")
	}
	return id, nil
}

func newScenarioList(env *Env) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use: "list", Short: "List the scenarios of a data directory", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), data, func(s *store.Store) error {
				list, err := s.Scenarios(cmd.Context(), 0, store.MaxPage)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "NUMBER\tACTIVE\tVERSION\tERRORS\tNAME")
				for _, c := range list {
					fmt.Fprintf(w, "%d\t%v\t%d\t%d\t%s\n", c.ID, c.Active, c.Version, c.Errors, c.Name)
				}
				_ = w.Flush() // the output keeps its failure
				return nil
			})
		},
	}
	return dataFlag(cmd, &data)
}

func newScenarioHistory(env *Env) *cobra.Command {
	var data, text string
	var limit int
	cmd := &cobra.Command{
		Use: "history NUMBER", Short: "Show the last executions of a scenario", Args: oneWord("the number of a scenario; ropeway scenario list shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withScenario(cmd.Context(), data, args[0], func(s *store.Store, c store.Scenario) error {
				return printHistory(cmd.Context(), env, s, store.HistoryFilter{Scenario: c.ID, Text: text, Limit: limit})
			})
		},
	}
	cmd.Flags().IntVar(&limit, "limit", shownExecutions, "executions to show")
	cmd.Flags().StringVar(&text, "text", "", "only executions whose errors or name hold these words")
	return dataFlag(cmd, &data)
}

func printHistory(ctx context.Context, env *Env, s *store.Store, f store.HistoryFilter) error {
	list, err := s.History(ctx, f)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "EXECUTION\tACCEPTED\tSTATUS\tOPERATIONS\tTIME\tERROR")
	for _, e := range list {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", e.ID, e.Accepted.Format(time.RFC3339), e.Status, e.Summary.Operations,
			e.Finished.Sub(e.Started).Round(time.Millisecond), e.Summary.ErrorMessage)
	}
	_ = w.Flush() // the output keeps its failure
	return nil
}

func newExecution(env *Env) *cobra.Command {
	var data string
	show := &cobra.Command{
		Use: "show NUMBER", Short: "Show what an execution did: its journal", Args: oneWord("the number of an execution; ropeway scenario history shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			return withStore(cmd.Context(), data, func(s *store.Store) error { return showExecution(cmd.Context(), env, s, id) })
		},
	}
	return group("execution", "Look into the executions of a data directory, and decide about incomplete ones", dataFlag(show, &data),
		newExecutionIncomplete(env),
		newExecutionDecide(env, "retry", "Do it again: retry an incomplete execution at the next start", "it will be retried when the server runs", retryNow),
		newExecutionDecide(env, "happened", "It happened: go on behind the module with its output", "it goes on behind its module when the server runs", itHappened),
		newExecutionDecide(env, "skip", "Skip it: drop the bundle of an incomplete execution", "skipped", skipIt))
}

func showExecution(ctx context.Context, env *Env, s *store.Store, id int64) error {
	j, err := s.Load(ctx, id)
	if err != nil {
		return err
	}
	e := j.Execution
	fmt.Fprintf(env.Stdout, "execution %d of scenario %d, version %d: %s, accepted %s, %s in its journal\n",
		e.ID, e.Scenario, e.Version, e.Status, e.Accepted.Format(time.RFC3339Nano), count(int(e.Bytes), "byte"))
	for r, err := range j.Operations(ctx, 0) {
		if err != nil {
			return err
		}
		printRecorded(env, r)
	}
	if e.Summary.ErrorMessage != "" {
		fmt.Fprintf(env.Stdout, "module %d: %s: %s\n", e.Summary.FailedModule, e.Summary.ErrorKind, e.Summary.ErrorMessage)
	}
	return nil
}

func printRecorded(env *Env, r store.Recorded) {
	switch {
	case r.Intent:
		fmt.Fprintf(env.Stdout, "%s  announced: %s\n", r.Address, r.Request.JSON())
	case r.Err != nil:
		fmt.Fprintf(env.Stdout, "%s  failed: %s: %s\n", r.Address, r.Err.Kind, r.Err.Error())
	default:
		fmt.Fprintf(env.Stdout, "%s  %s in %s\n", r.Address, count(r.Bundles.Len(), "bundle"), r.Finished.Sub(r.Started).Round(time.Millisecond))
	}
}
