package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/examples"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

const (
	// demoScenario is the scenario that the demo runs.
	demoScenario = "leads-to-users.json"
	// demoLeads is how many leads the demo's sandbox starts with.
	demoLeads = 3000
	// demoLines is how many lines of the report the demo shows.
	demoLines = 5
	// demoReport is the module whose output is the report.
	demoReport = 5
)

func newDemo(env *Env) *cobra.Command {
	var leads int
	cmd := &cobra.Command{
		Use: "demo", Short: "Run a whole scenario against a private sandbox and show what it did", Args: cobra.NoArgs,
		Long: "Demo starts a private Customerly sandbox with made-up leads, runs the scenario List Leads → filter → Create/Update a User →\n" +
			"Add a Tag → text aggregator → report against it over HTTP, compares the sandbox before and after, and ends.",
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd.Context(), env, leads) },
	}
	cmd.Flags().IntVar(&leads, "leads", demoLeads, "leads to generate")
	return cmd
}

func demo(ctx context.Context, env *Env, leads int) (err error) {
	token := fmt.Sprintf("demo-%016x", uint64(clock.System{}.Now().UnixNano()))
	box, err := startSandbox(ctx, customerly.Options{Leads: leads, Seed: 1, Token: token}, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.close()) }()
	fmt.Fprintf(env.Stdout, "A Customerly sandbox with %d leads listens on %s\n", leads, box.api)
	fmt.Fprintf(env.Stdout, "Running examples/%s: List Leads → filter → Create/Update a User → Add a Tag → text aggregator → report\n\n", demoScenario)
	system, plan, err := demoPlan(env, box, token)
	if err != nil {
		return err
	}
	before := box.server.Stats()
	now := clock.System{}.Now()
	text := ""
	o := runner.Options{
		Config: engine.Config{ID: executionID(now, 0), Seed: uint64(now.UnixNano())},
		Trace:  func(t runner.Trace) { text = reportText(t, text) },
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.Interrupt = interrupts(env, cancel)
	p := newProgress(env, false)
	o.Progress = p.show
	report, err := system.Runner.Run(ctx, plan, o)
	p.end()
	if err != nil {
		return err
	}
	if err := printReport(env, plan, report, nil, runFlags{json: false}); err != nil {
		return err
	}
	printDemoText(env, text)
	return checkDemo(env, box.server, before, report)
}

// demoPlan binds the scenario to a system that may call the sandbox and nothing else that is private.
func demoPlan(env *Env, box *sandbox, token string) (*server.System, *engine.Plan, error) {
	conns := &connections{getenv: env.Getenv, list: map[string]storedConnection{"customerly": {
		app:    "customerly",
		fields: value.Collection(value.F("apiToken", value.Text(token)), value.F("apiAddress", value.Text(box.api))),
	}}}
	system, err := server.Assemble(server.Options{
		Allow: []string{box.host}, UserAgent: userAgent(env),
		Connections: func(s *server.System) runner.Connections { conns.system = s; return conns },
	})
	if err != nil {
		return nil, nil, err
	}
	source, err := examples.Files.ReadFile(demoScenario)
	if err != nil {
		return nil, nil, fmt.Errorf("read the embedded scenario: %w", err)
	}
	bp, err := blueprint.Parse(source)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", demoScenario, err)
	}
	plan, err := compile(env, system, bp)
	return system, plan, err
}

// reportText returns the text of the report module when t is its operation, else text.
func reportText(t runner.Trace, text string) string {
	if t.Module != demoReport || t.Output == nil || t.Output.Len() == 0 {
		return text
	}
	v, err := t.Output.At(0)
	if err != nil {
		return text
	}
	return value.Render(v.Get("value"))
}

func printDemoText(env *Env, text string) {
	lines := strings.Split(text, "\n")
	fmt.Fprintln(env.Stdout, "\nThe report of the scenario:")
	for i, line := range lines {
		if i == demoLines {
			fmt.Fprintf(env.Stdout, "  … and %d more lines\n", len(lines)-demoLines)
			break
		}
		fmt.Fprintln(env.Stdout, " ", line)
	}
}

// checkDemo compares what the scenario says with what the sandbox holds.
func checkDemo(env *Env, s *customerly.Server, before customerly.Stats, report *runner.Report) error {
	after := s.Stats()
	tagged := 0
	for c := range s.Users() {
		for _, tag := range c.Tags {
			if strings.HasPrefix(tag, "newsletter-") {
				tagged++
			}
		}
	}
	created := 0
	for _, m := range report.Modules {
		if m.Module == "customerly:createUpdateUser" {
			created = m.Operations
		}
	}
	fmt.Fprintf(env.Stdout, "\nIn the sandbox: users %d → %d, leads %d → %d, users tagged %d, requests served %d\n",
		before.Users, after.Users, before.Leads, after.Leads, tagged, after.Requests)
	if report.Status != engine.Success || after.Users-before.Users != created || tagged != created {
		fmt.Fprintf(env.Stdout, "This is not what the scenario reports (%d users created).\n", created)
		return exitCode(ExitFailed)
	}
	fmt.Fprintf(env.Stdout, "That agrees with the %d users that the scenario reports. Next: ropeway module list, ropeway scenario run --help\n", created)
	return nil
}
