package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

func newExecutionIncomplete(env *Env) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use: "incomplete", Short: "List the bundles that stopped at a module and can go on from there", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), data, func(s *store.Store) error { return listIncomplete(cmd.Context(), env, s) })
		},
	}
	return dataFlag(cmd, &data)
}

func listIncomplete(ctx context.Context, env *Env, s *store.Store) error {
	open := []store.IncompleteState{store.Unresolved, store.Pending, store.InProgress}
	list, err := s.Incompletes(ctx, store.IncompleteFilter{States: open, Limit: store.MaxPage})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tSCENARIO\tEXECUTION\tMODULE\tSTATE\tNEXT RETRY\tREASON")
	for _, i := range list {
		due := "-"
		if !i.Due.IsZero() {
			due = i.Due.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%s\t%s\t%s: %s\n", i.ID, i.Scenario, i.Execution, i.Module, stateText(i.State), due, i.Reason.Kind, i.Reason.Message)
	}
	_ = w.Flush() // the output keeps its failure
	return nil
}

func stateText(s store.IncompleteState) string {
	switch s {
	case store.Unresolved:
		return "waits for a decision"
	case store.Pending:
		return "will be retried"
	case store.InProgress:
		return "is being retried"
	default:
		return "resolved"
	}
}

// newExecutionDecide makes the command of one decision about an incomplete execution.
func newExecutionDecide(env *Env, use, short, said string, change func(*Env, *store.Incomplete, *store.ChangeIncomplete, string) error) *cobra.Command {
	var data, output string
	cmd := &cobra.Command{
		Use: use + " NUMBER", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := parseNumber(args[0])
			if err != nil {
				return err
			}
			return withStore(cmd.Context(), data, func(s *store.Store) error {
				i, err := s.Incomplete(cmd.Context(), id)
				if err != nil {
					return err
				}
				if i.State == store.Resolved || i.State == store.InProgress {
					return fault.Newf(fault.InvalidConfiguration, "The incomplete execution %d cannot be changed: it is %s.", id, stateText(i.State))
				}
				c := store.ChangeIncomplete{ID: id, Revision: i.Revision, Attempts: i.Attempts}
				if err := change(env, &i, &c, output); err != nil {
					return err
				}
				if _, err := s.ChangeIncomplete(cmd.Context(), c); err != nil {
					return err
				}
				fmt.Fprintf(env.Stdout, "incomplete execution %d: %s\n", id, said)
				return nil
			})
		},
	}
	if use == "happened" {
		cmd.Flags().StringVar(&output, "output", "", "JSON file with the output of the module (default: an empty bundle)")
	}
	return dataFlag(cmd, &data)
}

// retryNow has the operation done again.
func retryNow(_ *Env, _ *store.Incomplete, c *store.ChangeIncomplete, _ string) error {
	c.State, c.Due = store.Pending, clock.System{}.Now()
	return nil
}

// skipIt drops the bundle.
func skipIt(_ *Env, _ *store.Incomplete, c *store.ChangeIncomplete, _ string) error {
	c.State, c.Resolution = store.Resolved, "skipped by a person"
	return nil
}

// itHappened goes on behind the module with the output that is told.
func itHappened(env *Env, i *store.Incomplete, c *store.ChangeIncomplete, file string) error {
	output := value.Collection()
	if file != "" {
		data, err := readFile(env, file, maxInputFile)
		if err != nil {
			return err
		}
		if output, err = value.ParseJSON(data); err != nil {
			return fault.Wrap(fault.InvalidConfiguration, err, file+" is not valid JSON: "+err.Error()+".")
		}
		if output.Kind() != value.KindCollection {
			return fault.New(fault.InvalidConfiguration, "The output in "+file+" must be a JSON object: one bundle.")
		}
	}
	told := i.Data.With(server.HappenedField, output)
	c.State, c.Due, c.Data = store.Pending, clock.System{}.Now(), &told
	return nil
}
