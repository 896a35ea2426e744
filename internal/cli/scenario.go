package cli

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

// Sizes of files that the scenario commands read, in bytes.
const (
	maxBlueprintFile = 64 << 20
	maxInputFile     = 256 << 20
)

func newScenario(env *Env) *cobra.Command {
	return group("scenario", "Check, format and run scenarios from blueprint files, and keep them in a data directory",
		newScenarioCheck(env), newScenarioFormat(env), newScenarioRun(env), newScenarioImport(env), newScenarioList(env),
		newScenarioShow(env), newScenarioSwitch(env, "start", "Activate a scenario of a data directory"),
		newScenarioSwitch(env, "stop", "Deactivate a scenario of a data directory; its webhook goes on queueing"),
		newScenarioRunOnce(env), newScenarioSchedule(env), newScenarioSettings(env), newScenarioStartFrom(env), newScenarioExport(env),
		newScenarioSave(env), newScenarioVersions(env), newScenarioRestore(env), newScenarioDelete(env), newScenarioHistory(env))
}

func newScenarioCheck(env *Env) *cobra.Command {
	var asJSON bool
	var folders []string
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Say what is wrong with a blueprint, and where", Args: oneFile,
		Long: "Check reads a blueprint (- for standard input) and reports every problem with its place and what to do.\n" +
			"It runs nothing and calls nothing. Exit code 0: valid, 1: not valid, 2: not readable as a blueprint.",
		RunE: func(_ *cobra.Command, args []string) error {
			return checkScenario(env, args[0], folders, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print {valid, problems} as JSON")
	cmd.Flags().StringArrayVar(&folders, "app", nil, "folder with a further app definition; may be repeated")
	return cmd
}

func checkScenario(env *Env, file string, folders []string, asJSON bool) error {
	system, err := server.Assemble(server.Options{AppFolders: folders})
	if err != nil {
		return err
	}
	problems, code := fault.Problems{}, ExitOK
	bp, err := readBlueprint(env, file)
	if err != nil {
		if !asJSON {
			return err
		}
		if !errors.As(err, &problems) {
			f := fault.From(err)
			problems = fault.Problems{{Path: f.Field, Problem: f.Message, Hint: f.Hint}}
		}
		code = ExitUsage
	} else {
		problems = append(problems, bp.Validate(system.Modules)...)
		if problems.Invalid() {
			code = ExitFailed
		}
	}
	if asJSON {
		if err := printJSON(env.Stdout, checkResult{Valid: code == ExitOK, Problems: problems}); err != nil {
			return err
		}
	} else {
		printCheck(env, file, problems)
	}
	if code != ExitOK {
		return exitCode(code)
	}
	return nil
}

// checkResult is what scenario check --json prints.
type checkResult struct {
	Valid    bool           `json:"valid"`
	Problems fault.Problems `json:"problems"`
}

func printCheck(env *Env, file string, problems fault.Problems) {
	failures := 0
	for _, p := range problems {
		printProblem(env.Stdout, p)
		if !p.Warning {
			failures++
		}
	}
	if failures == 0 {
		fmt.Fprintf(env.Stdout, "%s is valid (%s)\n", file, count(len(problems), "warning"))
		return
	}
	fmt.Fprintf(env.Stdout, "%s is not valid: %s, %s\n", file, count(failures, "error"), count(len(problems)-failures, "warning"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func newScenarioFormat(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "format FILE", Short: "Print a blueprint in its canonical form; nothing is lost", Args: oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			bp, err := readBlueprint(env, args[0])
			if err != nil {
				return err
			}
			_, err = env.Stdout.Write(bp.Print())
			return err
		},
	}
}

func oneFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.InvalidConfiguration, "Name one blueprint file, or - for standard input.")
	}
	return nil
}

func readBlueprint(env *Env, file string) (*blueprint.Blueprint, error) {
	data, err := readFile(env, file, maxBlueprintFile)
	if err != nil {
		return nil, err
	}
	bp, err := blueprint.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return bp, nil
}

// runFlags are the flags of scenario run.
type runFlags struct {
	connections, input, trace string
	allow, folders            []string
	json, dry                 bool
	cycles                    int
	seed                      uint64
	timeout                   time.Duration
}

func newScenarioRun(env *Env) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "run FILE", Short: "Run a scenario once and report what each module did", Args: oneFile,
		Long: `Run executes a blueprint once. Connections come from a file (--connections) or from environment variables
ROPEWAY_CONNECTION_<NAME>_<FIELD>, where NAME is the connection's name or number in the blueprint, or the app's name.

Exit code 0: it ran to its end, 1: the scenario failed or could not begin, 2: the input cannot be run. Ctrl-C ends the execution after the running operation.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runScenario(cmd.Context(), env, args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.connections, "connections", "", "JSON file with connections")
	flags.StringVar(&f.input, "input", "", "JSON file with the bundle (or an array of bundles) that the first module puts out, in place of running it; - for standard input")
	flags.StringVar(&f.trace, "trace", "", "file that gets every operation with its input and output, one JSON object a line")
	flags.StringArrayVar(&f.allow, "allow", nil, "private host, host:port, address or network that may be called; may be repeated")
	flags.StringArrayVar(&f.folders, "app", nil, "folder with a further app definition; may be repeated")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON")
	flags.BoolVar(&f.dry, "dry", false, "read and do nothing: show the requests that modules would send, and what they would change")
	flags.IntVar(&f.cycles, "cycles", 0, "most cycles to run (default: as the scenario's settings say)")
	flags.Uint64Var(&f.seed, "seed", 0, "seed of random numbers (default: drawn from the start time)")
	flags.DurationVar(&f.timeout, "timeout", runner.DefaultTimeout, "longest time that the execution may take")
	return cmd
}

func runScenario(ctx context.Context, env *Env, file string, f runFlags) error {
	if f.timeout <= 0 || f.cycles < 0 {
		return fault.New(fault.InvalidConfiguration, "--timeout must be longer than nothing, and --cycles 0 or more.")
	}
	conns, err := readConnections(env, f.connections)
	if err != nil {
		return err
	}
	system, err := server.Assemble(server.Options{
		Allow: f.allow, AppFolders: f.folders, UserAgent: userAgent(env),
		Connections: func(s *server.System) runner.Connections { conns.system = s; return conns },
	})
	if err != nil {
		return err
	}
	bp, err := readBlueprint(env, file)
	if err != nil {
		return err
	}
	plan, err := compile(env, system, bp)
	if err != nil {
		return err
	}
	config, err := runConfig(env, f)
	if err != nil {
		return err
	}
	return execute(ctx, env, system, plan, config, f)
}

func userAgent(env *Env) string { return "Ropeway/" + env.Version }

// compile checks the blueprint and binds it to the modules. Warnings are shown and do not stop the run.
func compile(env *Env, system *server.System, bp *blueprint.Blueprint) (*engine.Plan, error) {
	if problems := bp.Validate(system.Modules); problems.Invalid() {
		return nil, problems
	}
	plan, problems := engine.Compile(bp, system.Modules)
	if problems.Invalid() {
		return nil, problems
	}
	if plan.SerialReason != "" {
		fmt.Fprintln(env.Stderr, "note: bundles run one after another:", plan.SerialReason)
	}
	return plan, nil
}

func runConfig(env *Env, f runFlags) (engine.Config, error) {
	now := clock.System{}.Now()
	config := engine.Config{ID: executionID(now, f.seed), Seed: f.seed, MaxCycles: f.cycles}
	if f.seed == 0 {
		config.Seed = uint64(now.UnixNano())
	}
	if f.input == "" {
		return config, nil
	}
	data, err := readFile(env, f.input, maxInputFile)
	if err != nil {
		return config, err
	}
	v, err := value.ParseJSON(data)
	if err != nil {
		return config, fault.Wrap(fault.InvalidConfiguration, err, "The input "+f.input+" is not valid JSON: "+err.Error()+".")
	}
	config.HasInput = true
	config.Input = value.ToArray(v).Items()
	for i, b := range config.Input {
		if b.Kind() != value.KindCollection {
			return config, fault.Newf(fault.InvalidConfiguration, "Bundle %d of the input %s is a %s; a bundle is a JSON object.", i+1, f.input, b.Kind())
		}
	}
	return config, nil
}

// executionID makes an identity for an execution of the command line from its start and seed.
func executionID(now time.Time, seed uint64) string {
	h := fnv.New64a()
	fmt.Fprint(h, now.UnixNano(), seed)
	return fmt.Sprintf("cli-%016x", h.Sum64())
}

func execute(ctx context.Context, env *Env, system *server.System, plan *engine.Plan, config engine.Config, f runFlags) error {
	o := runner.Options{Config: config, Timeout: f.timeout, Dry: f.dry}
	if f.dry {
		ctx = outbound.DryRun(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Interrupt = interrupts(env, cancel)
	tracer, err := openTrace(f.trace)
	if err != nil {
		return err
	}
	if tracer != nil {
		o.Trace = tracer.write
	}
	var effects []effectJSON
	if f.dry {
		o.Trace = withEffects(o.Trace, &effects)
	}
	p := newProgress(env, f.json)
	o.Progress = p.show
	report, err := system.Runner.Run(ctx, plan, o)
	p.end()
	traceErr := tracer.close()
	if err != nil {
		return errors.Join(err, traceErr)
	}
	// The execution has had its effects: they are told even where the trace could not be written.
	if err := errors.Join(printReport(env, plan, report, effects, f), traceErr); err != nil {
		return err
	}
	if report.Error != nil { // also where it only was a warning: a script must not take "could not begin" for done
		return exitCode(ExitFailed)
	}
	return nil
}

// interrupts turns the first Ctrl-C into a request to end after the running operation, and the second into a cancel.
func interrupts(env *Env, cancel context.CancelFunc) <-chan struct{} {
	if env.Interrupt == nil {
		return nil
	}
	stop := make(chan struct{})
	go func() {
		<-env.Interrupt
		fmt.Fprintln(env.Stderr, "\nending after the running operation; press Ctrl-C again to cut it off")
		close(stop)
		<-env.Interrupt
		cancel()
	}()
	return stop
}
