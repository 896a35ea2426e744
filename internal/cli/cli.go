// Package cli is the command line of Ropeway.
//
// It turns arguments into calls of the other packages and their results into
// text and exit codes, so that everything it can do can be scripted and tested
// in process. It holds no rules of scenarios or apps.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/fault"
)

// Exit codes.
const (
	ExitOK     = 0
	ExitFailed = 1 // the scenario, check or test ran and failed
	ExitUsage  = 2 // the input cannot be used
)

// Env is what a command may touch.
type Env struct {
	Args   []string // without the program's name
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) string
	// Version is the version of the build.
	Version string
	// Interrupt tells of Ctrl-C; nil for none.
	Interrupt <-chan os.Signal
}

// Main carries out the command of this process and returns the exit code.
func Main(ctx context.Context, version string) int {
	interrupt := make(chan os.Signal, 2)
	signal.Notify(interrupt, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupt)
	return Run(ctx, Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Getenv: os.Getenv, Version: version, Interrupt: interrupt,
	})
}

// Run carries out one command and returns the exit code.
func Run(ctx context.Context, env Env) int {
	out := &output{w: env.Stdout}
	env.Stdout = out
	root := newRoot(&env)
	root.SetArgs(env.Args)
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	err := root.ExecuteContext(ctx)
	if out.err != nil {
		err = fmt.Errorf("write the output: %w", out.err)
	}
	if err == nil {
		return ExitOK
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	printError(env.Stderr, err)
	return ExitUsage
}

// output keeps the first failure to write, so that commands need not look at each line that they print.
type output struct {
	w   io.Writer
	err error
}

// Write passes p on unless an earlier write failed.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	o.err = err
	return n, err
}

// exitCode ends a command that has already said what there is to say.
type exitCode int

// Error is never shown.
func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func newRoot(env *Env) *cobra.Command {
	root := group("ropeway", "Connect applications and run scenarios: one binary, one data directory",
		newServe(env), newScenario(env), newExecution(env), newWebhook(env), newConnection(env),
		newDataStore(env), newUser(env), newTeam(env), newAudit(env), newCluster(env), newMCP(env), newKey(env), newBackup(env), newRestore(env), newMigrate(env),
		newDoctor(env), newHealth(env),
		newApp(env), newModule(env), newExpression(env), newSandbox(env), newDemo(env), newLogin(env), newLogout(env), newVersion(env))
	root.SilenceUsage, root.SilenceErrors = true, true
	return root
}

// group makes a command of other commands: alone it shows its help, and an unknown word behind it is an error.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			f := fault.Newf(fault.InvalidConfiguration, "There is no command %q of %q.", args[0], cmd.CommandPath())
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return f.WithHint("did you mean " + strings.Join(near, " or ") + "?")
			}
			return f.WithHint(cmd.CommandPath() + " --help shows what there is")
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(commands...)
	return cmd
}

// oneWord accepts exactly one argument, and asks for it by what it is.
func oneWord(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fault.Newf(fault.InvalidConfiguration, "Name %s.", what)
		}
		return nil
	}
}

func newVersion(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintln(env.Stdout, "ropeway", env.Version)
			return nil
		},
	}
}

// printError writes an error for a person: what failed, and below it what to do.
func printError(w io.Writer, err error) {
	var problems fault.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			printProblem(w, p)
		}
		return
	}
	fmt.Fprintln(w, "ropeway:", err)
	var f *fault.Error
	if errors.As(err, &f) && f.Hint != "" {
		fmt.Fprintln(w, "  hint:", f.Hint)
	}
}

func printProblem(w io.Writer, p fault.Problem) {
	word := "error"
	if p.Warning {
		word = "warning"
	}
	place := p.Path
	if p.File != "" {
		place = p.File
		if p.Line > 0 {
			place = fmt.Sprintf("%s:%d", p.File, p.Line)
		}
		if p.Path != "" {
			place += " (" + p.Path + ")"
		}
	}
	if place != "" {
		place += ": "
	}
	fmt.Fprintf(w, "%s: %s%s\n", word, place, p.Problem)
	if p.Hint != "" {
		fmt.Fprintln(w, "  hint:", p.Hint)
	}
}

// readFile reads a file that the user named, or standard input for "-", up to limit bytes.
func readFile(env *Env, name string, limit int64) ([]byte, error) {
	r := env.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot read "+name+": "+plainFileError(err)+".")
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot read "+name+": "+plainFileError(err)+".")
	}
	if int64(len(data)) > limit {
		return nil, fault.Newf(fault.MaxFileSizeExceeded, "%s is larger than %d MiB.", name, limit>>20)
	}
	return data, nil
}

func plainFileError(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, os.ErrPermission):
		return "permission denied"
	}
	var p *os.PathError
	if errors.As(err, &p) {
		return strings.ToLower(p.Err.Error())
	}
	return err.Error()
}
