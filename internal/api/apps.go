package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

// Apps tells what scenarios can be made of.
type Apps interface {
	// Apps and all below speak the language that is asked for, as far as the definitions do; "" is theirs.
	Apps(ctx context.Context, language string) ([]App, error)
	App(ctx context.Context, name, language string) (App, error)
	// Module returns a module of an app, in the newest version (0) or the nearest to the one named.
	Module(ctx context.Context, name string, version int, language string) (Module, error)
	// Procedure calls a procedure of an app, with a connection or 0 without.
	Procedure(ctx context.Context, app, name string, p Procedure) (ProcedureResult, error)
}

// Workbench tries things out while a scenario is made. Nothing of it is saved.
type Workbench interface {
	Functions(ctx context.Context) ([]Function, error)
	Preview(ctx context.Context, p Preview) (Previewed, error)
	Check(ctx context.Context, blueprint json.RawMessage) (Checked, error)
	RunModule(ctx context.Context, scenario int64, module int, r RunModule) (ModuleRun, error)
}

// languageParameter says in which language to give what definitions say.
func languageParameter() Parameter {
	return Parameter{"language", "language of the texts, such as it; as the definition has them where it is left away, and where it has none in that language"}
}

func (c *call) language() string { return c.URL.Query().Get("language") }

func appRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/apps", Name: "app.list", Needs: access.UseReference,
			Summary: "List the apps, without their forms", Query: []Parameter{languageParameter()}, Gives: Page[App]{},
			handle: func(c *call) (any, error) {
				list, err := s.Apps.Apps(c.Context(), c.language())
				return Page[App]{Items: append([]App{}, list...)}, err
			},
		},
		{
			Method: http.MethodGet, Pattern: "/apps/{app}", Name: "app.get", Needs: access.UseReference,
			Summary: "Show an app with the forms of its connections", Query: []Parameter{languageParameter()}, Gives: App{},
			handle: func(c *call) (any, error) {
				return s.Apps.App(c.Context(), c.PathValue("app"), c.language())
			},
		},
		{
			Method: http.MethodGet, Pattern: "/apps/{app}/modules/{module}", Name: "module.get", Needs: access.UseReference,
			Summary: "Show a module with its forms", Gives: Module{},
			Query: []Parameter{{"version", "version of the module; the newest where it is left away"}, languageParameter()},
			handle: func(c *call) (any, error) {
				version := c.queryNumber("version")
				if c.err != nil {
					return nil, c.err
				}
				return s.Apps.Module(c.Context(), c.PathValue("app")+":"+c.PathValue("module"), int(version), c.language())
			},
		},
		{
			Method: http.MethodPost, Pattern: "/apps/{app}/procedures/{procedure}", Name: "app.procedure", Needs: access.EditScenarios, Of: Teams, ReadOnly: true,
			Summary: "List the options of a field, or further fields, as the app gives them for a connection", Takes: Procedure{}, Gives: ProcedureResult{},
			handle: func(c *call) (any, error) {
				var p Procedure
				if c.body(&p); c.err != nil {
					return nil, c.err
				}
				if p.Connection != 0 {
					if err := c.authorizeFor(s.Owners, OfConnection, p.Connection); err != nil {
						return nil, err
					}
				}
				return s.Apps.Procedure(c.Context(), c.PathValue("app"), c.PathValue("procedure"), p)
			},
		},
	}
}

func workbenchRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/functions", Name: "function.list", Needs: access.UseReference,
			Summary: "List the functions of mapping expressions", Gives: Page[Function]{},
			handle: func(c *call) (any, error) {
				list, err := s.Workbench.Functions(c.Context())
				return Page[Function]{Items: append([]Function{}, list...)}, err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/expressions/preview", Name: "expression.preview", Needs: access.UseReference, ReadOnly: true,
			Summary: "Evaluate a template with bundles", Takes: Preview{}, MaxBytes: MaxInputBytes, Gives: Previewed{},
			handle: func(c *call) (any, error) {
				var p Preview
				if c.body(&p); c.err != nil {
					return nil, c.err
				}
				return s.Workbench.Preview(c.Context(), p)
			},
		},
		{
			Method: http.MethodPost, Pattern: "/blueprints/check", Name: "blueprint.check", Needs: access.UseReference, ReadOnly: true,
			Summary: "Say what is wrong with a blueprint", Takes: Blueprint{}, MaxBytes: MaxBlueprintBytes, Gives: Checked{},
			handle: func(c *call) (any, error) {
				var b Blueprint
				if c.body(&b); c.err != nil {
					return nil, c.err
				}
				return s.Workbench.Check(c.Context(), b.Blueprint)
			},
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/modules/{module}/run", Name: "module.run", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "Run one module by itself, with bundles; its calls are made", Takes: RunModule{}, MaxBytes: MaxBlueprintBytes, Gives: ModuleRun{},
			handle: change(func(c *call, id, _ int64, r RunModule) (any, error) {
				module := c.number("module")
				if len(r.Blueprint) > 0 && !PrincipalOf(c.Context()).May(access.EditScenarios, c.team) {
					c.fail(errDenied(access.EditScenarios))
				}
				if r.Pinned && !PrincipalOf(c.Context()).May(access.ViewExecutions, c.team) { // the input shows what passed through executions
					c.fail(errDenied(access.ViewExecutions))
				}
				if c.err != nil {
					return nil, c.err
				}
				return s.Workbench.RunModule(c.Context(), id, int(module), r)
			}),
		},
	}
}
