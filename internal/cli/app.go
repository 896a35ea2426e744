package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/appdef"
	"github.com/ropeway/ropeway/internal/connector"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
)

func newApp(env *Env) *cobra.Command {
	return group("app", "List, check, start and test app definitions",
		newAppList(env), newAppCheck(env), newAppNew(env), newAppTest(env))
}

func newAppList(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the apps that come with Ropeway", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			system, err := server.Assemble(server.Options{})
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "APP\tVERSION\tMODULES\tLABEL\tDESCRIPTION")
			for _, a := range system.Apps {
				fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\n", a.Name, a.Version, len(a.Modules), a.Label, a.Description)
			}
			_ = w.Flush() // the output keeps its failure
			return nil
		},
	}
}

func newAppCheck(env *Env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "check DIR", Short: "Say what is wrong with an app folder, with file and line", Args: oneFolder,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := folderExists(args[0]); err != nil {
				return err
			}
			_, problems := appdef.LoadDir(args[0])
			if asJSON {
				if err := printJSON(env.Stdout, checkResult{Valid: !problems.Invalid(), Problems: append(fault.Problems{}, problems...)}); err != nil {
					return err
				}
			} else {
				printCheck(env, args[0], problems)
			}
			if problems.Invalid() {
				return exitCode(ExitFailed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print {valid, problems} as JSON")
	return cmd
}

// folderExists keeps a mistyped path apart from an app with problems.
func folderExists(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fault.Wrap(fault.InvalidConfiguration, err, "Cannot open "+dir+": "+plainFileError(err)+".")
	}
	if !info.IsDir() {
		return fault.Newf(fault.InvalidConfiguration, "%s is a file, not the folder of an app.", dir)
	}
	return nil
}

func oneFolder(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fault.New(fault.InvalidConfiguration, "Name one app folder.")
	}
	return nil
}

func newAppNew(env *Env) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "new DIR", Short: "Write a small working app to start from", Args: oneFolder,
		RunE: func(_ *cobra.Command, args []string) error {
			if name == "" {
				name = filepath.Base(filepath.Clean(args[0]))
			}
			if err := appdef.New(args[0], name); err != nil {
				return err
			}
			fmt.Fprintf(env.Stdout, "wrote the app to %s; next: ropeway app check %s, ropeway app test %s\n", args[0], args[0], args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the app in scenarios (default: the folder's name)")
	return cmd
}

func newAppTest(env *Env) *cobra.Command {
	return &cobra.Command{
		Use: "test DIR", Short: "Run the examples of an app's modules; nothing is called", Args: oneFolder,
		RunE: func(cmd *cobra.Command, args []string) error { return testApp(cmd.Context(), env, args[0]) },
	}
}

// testApp runs every example of the app and reports those that fail.
func testApp(ctx context.Context, env *Env, dir string) error {
	if err := folderExists(dir); err != nil {
		return err
	}
	app, problems := appdef.LoadDir(dir)
	if problems.Invalid() {
		return problems
	}
	passed, failed := 0, 0
	for _, m := range app.Modules {
		for i := range m.Examples {
			e := m.Examples[i]
			if err := connector.RunExample(ctx, app, m, e); err != nil {
				failed++
				fmt.Fprintf(env.Stdout, "failed: %s, %s (%s)\n%s\n", m.Name, e.Name, e.File, err)
				continue
			}
			passed++
		}
	}
	fmt.Fprintf(env.Stdout, "%s: %d passed, %d failed\n", app.Name, passed, failed)
	if failed > 0 {
		return exitCode(ExitFailed)
	}
	return nil
}
