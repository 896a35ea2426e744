package server

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/blueprint"
	"github.com/ropeway/ropeway/internal/engine"
	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/runner"
	"github.com/ropeway/ropeway/internal/value"
)

// oneModuleTime is how long a module may take that a person runs by itself.
const oneModuleTime = 5 * time.Minute

// Functions lists the functions that scenarios can use.
func (c workbenchControl) Functions(context.Context) ([]api.Function, error) {
	var list []api.Function
	for _, f := range expression.Functions() {
		if f.AppOnly {
			continue
		}
		shown := api.Function{Name: f.Name, Signature: f.Signature(expression.Scenario), Group: f.Group, Summary: f.Summary}
		for _, e := range f.Examples {
			if e.Error == "" {
				shown.Examples = append(shown.Examples, api.FunctionExample{Expression: e.Expression, Result: e.Result})
			}
		}
		list = append(list, shown)
	}
	return list, nil
}

// Preview evaluates a template. A mistake in it is part of the answer: it is being written.
func (c workbenchControl) Preview(_ context.Context, p api.Preview) (api.Previewed, error) {
	zone := time.UTC
	if p.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(p.Zone); err != nil {
			return api.Previewed{}, fault.Newf(fault.BundleValidation, "[zone-none] There is no time zone %q.", p.Zone).WithField("zone").WithHint("[hint-zone-rome] use a name such as Europe/Rome")
		}
	}
	template, err := expression.Parse(p.Template, expression.Scenario)
	if err != nil {
		return api.Previewed{Error: mistakeOf(err)}, nil
	}
	now := c.Clock.Now()
	v, err := template.Eval(&expression.Env{Scope: Bundles{p.Bundles}, Now: now, Zone: zone, Random: rand.NewPCG(uint64(now.UnixNano()), 0)})
	if err != nil {
		return api.Previewed{Error: mistakeOf(err)}, nil
	}
	return api.Previewed{Value: v, Type: v.Kind().String(), Text: value.Render(v)}, nil
}

func mistakeOf(err error) *api.Mistake {
	var syntax *expression.SyntaxError
	if errors.As(err, &syntax) {
		return &api.Mistake{Message: syntax.Message, Hint: syntax.Hint, Column: syntax.Column, Words: syntax.Words}
	}
	f := fault.From(err)
	return &api.Mistake{Message: f.Message, Hint: f.Hint, Words: f.Words}
}

// Bundles answers the references of a template from an object of module number to bundle.
type Bundles struct{ Of value.Value }

var _ expression.Scope = Bundles{}

// Module returns the bundle of the module.
func (b Bundles) Module(id int) value.Value { return b.Of.Get(strconv.Itoa(id)) }

// Meta returns nothing: an object has no order of bundles.
func (Bundles) Meta(int, string) value.Value { return value.Undefined }

// Name returns a member that is no module number, such as var.
func (b Bundles) Name(name string) value.Value { return b.Of.Get(name) }

// Check says what is wrong with a blueprint, and what a valid one lacks or does in vain.
func (c workbenchControl) Check(_ context.Context, text json.RawMessage) (api.Checked, error) {
	bp, err := blueprint.Parse(text)
	var problems fault.Problems
	var known *fault.Error
	switch {
	case err == nil:
		problems = bp.Validate(c.System.Modules)
	case errors.As(err, &problems):
	case errors.As(err, &known):
		problems = fault.Problems{{Problem: known.Message, Hint: known.Hint}}
	default:
		return api.Checked{}, err
	}
	if err == nil && !problems.Invalid() {
		_, missing := engine.Compile(bp, c.System.Modules)
		problems = withMissing(problems, missing)
	}
	return api.Checked{Valid: !problems.Invalid(), Problems: append(fault.Problems{}, problems...)}, nil
}

// withMissing adds the modules that are not here. Where a warning says so already, it becomes a problem in their place.
func withMissing(problems, missing fault.Problems) fault.Problems {
	for _, m := range missing {
		at := slices.IndexFunc(problems, func(p fault.Problem) bool { return p.Path == m.Path+".module" })
		if at < 0 {
			problems = append(problems, m)
			continue
		}
		problems[at].Warning = false
	}
	return problems
}

// RunModule runs one module of a scenario with bundles that earlier modules gave. Its calls are made; what it does to data stores is
// committed when it succeeds. A dry run only reads.
func (c workbenchControl) RunModule(ctx context.Context, scenario int64, id int, r api.RunModule) (api.ModuleRun, error) {
	s, err := c.Store.Scenario(ctx, scenario)
	if err != nil {
		return api.ModuleRun{}, err
	}
	text := []byte(r.Blueprint)
	if len(text) == 0 {
		v, err := c.Store.ScenarioVersion(ctx, scenario, s.Version)
		if err != nil {
			return api.ModuleRun{}, err
		}
		text = v.Blueprint
	}
	plan, err := c.alone(text, id)
	if err != nil {
		return api.ModuleRun{}, err
	}
	if r.Pinned {
		if r.Bundles, err = c.fillBundles(ctx, scenario, s.Version, text, id, r.Bundles); err != nil {
			return api.ModuleRun{}, err
		}
	}
	if r.Dry {
		ctx = outbound.DryRun(ctx)
	}
	changes := &journal{store: c.Store, changes: &transaction{}, settings: journalSettings{dry: r.Dry}}
	run := api.ModuleRun{Bundles: []value.Value{}}
	report, err := c.System.Runner.Run(withJournal(WithTeam(ctx, s.Team), changes), plan, runner.Options{
		Timeout: oneModuleTime,
		Config: engine.Config{
			ID: "module " + strconv.Itoa(id), Seed: rand.Uint64(), //nolint:gosec // values of mappings, no secrets
			Resume: &engine.Resume{Module: id, Bundles: r.Bundles},
		},
		Trace: func(t runner.Trace) { showTrace(&run, t) }, Dry: r.Dry,
	})
	if err != nil {
		return api.ModuleRun{}, err
	}
	defer c.giveUpKeys(changes)
	run.Status, run.DurationMS = string(report.Status), report.Duration.Milliseconds()
	if report.Error != nil && run.Error == nil {
		run.Error = failureOf(report.Error)
	}
	if staged := changes.changes.pending(""); !r.Dry && report.Status == engine.Success && len(staged) > 0 {
		return run, c.Store.ChangeRecords(ctx, staged)
	}
	return run, nil
}

// giveUpKeys lets others insert the keys of data stores that a module has reserved.
func (c *Control) giveUpKeys(j *journal) {
	if s := c.System.late.service; s != nil {
		s.dataStores.release(j.changes, j.changes.pending(""))
	}
}

// showTrace keeps what an operation took and gave.
func showTrace(run *api.ModuleRun, t runner.Trace) {
	run.Input = t.Input
	run.Exchanges, run.Dry, _ = shownExchanges(t.Exchanges)
	if t.Error != nil {
		run.Error = failureOf(t.Error)
	}
	if t.Output == nil {
		return
	}
	run.BundleCount = t.Output.Len()
	for i := range min(run.BundleCount, shownBundles) {
		b, err := t.Output.At(i)
		if err != nil {
			return
		}
		run.Bundles = append(run.Bundles, b)
	}
}

// alone compiles a scenario of one module of a blueprint: without its filter, its error route and what lies behind it.
func (c *Control) alone(text []byte, id int) (*engine.Plan, error) {
	bp, err := blueprint.Parse(text)
	if err != nil {
		return nil, err
	}
	found := nodeOf(bp, id)
	if found == nil {
		return nil, noModule(id)
	}
	m, ok := c.System.Modules.Find(found.Module, found.Version)
	if !ok {
		return nil, fault.Newf(fault.InvalidConfiguration, "[module-not-here] There is no module %s here.", found.Module).WithHint("[hint-app-not-installed] its app is not installed")
	}
	if m.Kind.Flow() || m.Kind == module.InstantTrigger || m.Kind == module.Aggregator || m.Kind == module.Responder {
		return nil, fault.Newf(fault.InvalidConfiguration, "[module-alone] The module %s cannot run by itself.", m.FullName()).WithHint("[hint-run-once] run the scenario once")
	}
	node := value.NewBuilder(8).Merge(found.Raw()).Delete("filter").Delete("onerror").Build()
	one, err := blueprint.Parse(value.AppendJSON(nil, value.NewBuilder(4).Merge(bp.Raw()).Set("flow", value.Array(node)).Build()))
	if err != nil {
		return nil, err
	}
	plan, problems := engine.Compile(one, c.System.Modules)
	if problems.Invalid() {
		return nil, problems
	}
	return plan, nil
}
