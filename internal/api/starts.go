package api

import (
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

func startRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/start-from", Name: "start-from.get", Needs: access.ViewScenarios, Of: OfScenario,
			Summary: "Show where its polling trigger can begin, and how far it has come", Gives: StartChoices{},
			handle: one(func(c *call, id int64) (any, error) { return s.Starts.Choices(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/start-from/items", Name: "start-from.items", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "List the newest records that its polling trigger can begin with, as the service gives them", Gives: Page[StartItem]{},
			handle: one(func(c *call, id int64) (any, error) {
				list, err := s.Starts.Items(c.Context(), id)
				return Page[StartItem]{Items: append([]StartItem{}, list...)}, err
			}),
		},
		{
			Method: http.MethodPut, Pattern: "/scenarios/{id}/start-from", Name: "scenario.start-from", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "Choose where its polling trigger begins", Takes: StartFrom{},
			handle: change(func(c *call, id, _ int64, x StartFrom) (any, error) {
				return nil, s.Starts.StartFrom(c.Context(), id, x)
			}),
		},
	}
}
