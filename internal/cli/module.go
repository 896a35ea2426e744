package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/server"
)

func newModule(env *Env) *cobra.Command {
	var folders []string
	list := &cobra.Command{
		Use: "list [APP]", Short: "List all modules, or those of one app", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			system, err := server.Assemble(server.Options{AppFolders: folders})
			if err != nil {
				return err
			}
			return listModules(env, system, args)
		},
	}
	var asJSON bool
	describe := &cobra.Command{
		Use: "describe APP:MODULE", Short: "Show what a module does, its fields and its output", Args: oneWord("a module as APP:MODULE; ropeway module list shows them"),
		RunE: func(_ *cobra.Command, args []string) error {
			system, err := server.Assemble(server.Options{AppFolders: folders})
			if err != nil {
				return err
			}
			m, err := findModule(system, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(env.Stdout, server.ModuleShown(&m.Description))
			}
			printDescription(env.Stdout, &m.Description)
			return nil
		},
	}
	describe.Flags().BoolVar(&asJSON, "json", false, "print the description as JSON")
	cmd := group("module", "List and describe the modules that scenarios can use", list, describe)
	cmd.PersistentFlags().StringArrayVar(&folders, "app", nil, "folder with a further app definition; may be repeated")
	return cmd
}

func listModules(env *Env, system *server.System, args []string) error {
	if len(args) == 1 && !system.Modules.HasApp(args[0]) {
		return fault.Newf(fault.InvalidConfiguration, "There is no app %s.", args[0]).WithHint("ropeway app list shows the apps")
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MODULE\tVERSION\tKIND\tDELIVERY\tLABEL")
	for _, m := range system.Modules.All() {
		if len(args) == 0 || m.App == args[0] {
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\n", m.FullName(), m.Version, m.Kind, m.Delivery, m.Label)
		}
	}
	_ = w.Flush() // the output keeps its failure
	return nil
}

// newestVersion is above every version of a module.
const newestVersion = 1 << 30

func findModule(system *server.System, name string) (*module.Module, error) {
	if m, ok := system.Modules.Find(name, newestVersion); ok {
		return m, nil
	}
	app, _, _ := strings.Cut(name, ":")
	hint := "ropeway module list shows all modules"
	if system.Modules.HasApp(app) {
		hint = "ropeway module list " + app + " shows the modules of this app"
	}
	return nil, fault.Newf(fault.InvalidConfiguration, "There is no module %s.", name).WithHint(hint)
}

func printDescription(w io.Writer, d *module.Description) {
	fmt.Fprintf(w, "%s — %s\n%s\n\n", d.FullName(), d.Label, d.Summary)
	fmt.Fprintf(w, "kind:       %s, version %d\ndelivery:   %s (%s)\n", d.Kind, d.Version, d.Delivery, deliveryText(d.Delivery))
	if len(d.Unsupported) > 0 {
		fmt.Fprintf(w, "cannot run: it needs %s\n", strings.Join(d.Unsupported, ", "))
	}
	if d.Connection != "" {
		fmt.Fprintf(w, "connection: %s\n", d.Connection)
	}
	if d.Transactional {
		fmt.Fprintln(w, "takes part in commit and rollback of the cycle")
	}
	if d.KeyHeader != "" {
		fmt.Fprintln(w, "sends an idempotency key in the header "+d.KeyHeader)
	}
	if d.TakesKey {
		fmt.Fprintln(w, "can send an idempotency key in the header that metadata.ropeway.idempotencyHeader names, and is idempotent then")
	}
	printFields(w, "parameters (chosen when the scenario is built)", d.Parameters)
	printFields(w, "fields (mapped for each bundle)", d.Expect)
	printFields(w, "output", d.Interface)
	if !d.Samples.IsNothing() {
		fmt.Fprintf(w, "\nsample output: %s\n", d.Samples.JSON())
	}
}

func deliveryText(d module.Delivery) string {
	switch d {
	case module.Pure:
		return "no effect; recomputed"
	case module.Read:
		return "only reads; safe to repeat"
	case module.Idempotent:
		return "repeating it has the same effect as doing it once"
	default:
		return "repeating it does it twice; never repeated unasked"
	}
}

func printFields(w io.Writer, title string, fields []module.Field) {
	if len(fields) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	printFieldRows(tw, fields, "  ")
	_ = tw.Flush() // the output keeps its failure
}

func printFieldRows(w io.Writer, fields []module.Field, indent string) {
	for i := range fields {
		f := &fields[i]
		notes := []string{}
		if f.Required {
			notes = append(notes, "required")
		}
		if !f.Default.IsNothing() {
			notes = append(notes, "default "+f.Default.JSON())
		}
		for _, o := range f.Options {
			notes = append(notes, o.Value.JSON()+" = "+o.Label)
		}
		if f.OptionsRPC != "" {
			notes = append(notes, "choices from the app")
		}
		if f.Help != "" {
			notes = append(notes, strings.Join(strings.Fields(f.Help), " "))
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\n", indent, f.Name, f.Type, f.Label, strings.Join(notes, "; "))
		printFieldRows(w, slices.Concat(f.Spec, f.Nested), indent+"  ")
		for _, o := range f.Options {
			printFieldRows(w, o.Nested, indent+"  ")
		}
	}
}
