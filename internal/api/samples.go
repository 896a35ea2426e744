package api

import (
	"context"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

// Samples keeps the sample data of scenarios.
type Samples interface {
	// List returns one bundle for each module of the newest version: what is pinned, else what waits at its webhook, else what a recent execution put
	// out, else the example of the module.
	List(ctx context.Context, scenario int64) ([]ModuleSample, error)
	Get(ctx context.Context, scenario int64, module int) (PinnedSample, error)
	// Put replaces what is pinned to a module.
	Put(ctx context.Context, scenario int64, module int, s PinnedSample) (PinnedSample, error)
	Delete(ctx context.Context, scenario int64, module int) error
}

func sampleRoutes(s Services) []Route {
	const pattern = "/scenarios/{id}/modules/{module}/sample"
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/samples", Name: "sample.list", Needs: access.ViewExecutions, Of: OfScenario,
			Summary: "Show one bundle of each module, for previews: pinned, of a recent execution, or the example of the module", Gives: Page[ModuleSample]{},
			handle: one(func(c *call, id int64) (any, error) {
				list, err := s.Samples.List(c.Context(), id)
				return Page[ModuleSample]{Items: append([]ModuleSample{}, list...)}, err
			}),
		},
		{
			Method: http.MethodGet, Pattern: pattern, Name: "sample.get", Needs: access.ViewExecutions, Of: OfScenario,
			Summary: "Show the sample data that is pinned to a module", Gives: PinnedSample{},
			handle: one(func(c *call, id int64) (any, error) {
				module := c.number("module")
				if c.err != nil {
					return nil, c.err
				}
				return s.Samples.Get(c.Context(), id, int(module))
			}),
		},
		{
			Method: http.MethodPut, Pattern: pattern, Name: "sample.put", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Pin sample data to a module", Takes: PinnedSample{}, MaxBytes: MaxInputBytes, Gives: PinnedSample{},
			handle: change(func(c *call, id, _ int64, x PinnedSample) (any, error) {
				module := c.number("module")
				if c.err != nil {
					return nil, c.err
				}
				return s.Samples.Put(c.Context(), id, int(module), x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: pattern, Name: "sample.delete", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Remove the sample data that is pinned to a module",
			handle: one(func(c *call, id int64) (any, error) {
				module := c.number("module")
				if c.err != nil {
					return nil, c.err
				}
				return nil, s.Samples.Delete(c.Context(), id, int(module))
			}),
		},
	}
}
