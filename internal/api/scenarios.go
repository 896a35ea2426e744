package api

import (
	"net/http"
	"strconv"
)

// pageOf cuts a listing, of which one more than limit was asked for, to its page.
func pageOf[T any](list []T, limit int, id func(T) int64) Page[T] {
	p := Page[T]{Items: list}
	if len(list) > limit {
		p.Items = list[:limit]
		p.Next = strconv.FormatInt(id(list[limit-1]), 10)
	}
	if p.Items == nil {
		p.Items = []T{}
	}
	return p
}

func paging(more ...Parameter) []Parameter {
	return append([]Parameter{{"after", "next of the page before"}, {"limit", "how many to list"}}, more...)
}

func scenarioRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios", Summary: "List the scenarios", Query: paging(), Gives: Page[Scenario]{},
			handle: func(c *call) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Scenarios.List(c.Context(), after, limit+1)
				return pageOf(list, limit, func(x Scenario) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios", Summary: "Make a scenario of a blueprint", Takes: NewScenario{},
			MaxBytes: MaxBlueprintBytes, Gives: CreatedScenario{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewScenario
				if c.body(&n); c.err != nil {
					return nil, c.err
				}
				return s.Scenarios.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}", Summary: "Show a scenario", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Scenarios.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/scenarios/{id}", Summary: "Change the schedule or the settings of a scenario",
			Takes: ScenarioChange{}, Gives: Scenario{},
			handle: change(func(c *call, id, revision int64, x ScenarioChange) (any, error) {
				return s.Scenarios.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/scenarios/{id}", Summary: "Delete a scenario with its versions",
			handle: one(func(c *call, id int64) (any, error) { return nil, s.Scenarios.Delete(c.Context(), id) }),
		},
	}
}

func versionRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/versions", Summary: "List the versions of a scenario, the newest first",
			Query: paging(), Gives: Page[Version]{},
			handle: one(func(c *call, id int64) (any, error) {
				before, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Versions.List(c.Context(), id, before, limit+1)
				return pageOf(list, limit, func(v Version) int64 { return v.Version }), err
			}),
		},
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/versions/{version}", Summary: "Show a version with its blueprint; 0 is the newest", Gives: Version{},
			handle: one(func(c *call, id int64) (any, error) {
				version := c.number("version")
				if c.err != nil {
					return nil, c.err
				}
				return s.Versions.Get(c.Context(), id, version)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/versions", Summary: "Save a changed blueprint", Takes: NewVersion{},
			MaxBytes: MaxBlueprintBytes, Gives: Scenario{}, Status: http.StatusCreated,
			handle: change(func(c *call, id, revision int64, n NewVersion) (any, error) {
				return s.Versions.Save(c.Context(), id, revision, n)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/versions/{version}/restore", Summary: "Save an old version as the newest", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) {
				version, revision := c.number("version"), c.revision()
				if c.err != nil {
					return nil, c.err
				}
				return s.Versions.Restore(c.Context(), id, revision, version)
			}),
		},
	}
}

// one makes a handler of what is done with the thing that the path names.
func one(do func(c *call, id int64) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		id := c.number("id")
		if c.err != nil {
			return nil, c.err
		}
		return do(c, id)
	}
}

// change makes a handler of what the body does to the thing that the path names.
func change[T any](do func(c *call, id, revision int64, body T) (any, error)) func(*call) (any, error) {
	return one(func(c *call, id int64) (any, error) {
		var body T
		revision := c.revision()
		if c.optionalBody(&body); c.err != nil {
			return nil, c.err
		}
		return do(c, id, revision, body)
	})
}

func runningRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/start", Summary: "Activate a scenario", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Running.Start(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/stop", Summary: "Deactivate a scenario; its webhook goes on queueing", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Running.Stop(c.Context(), id) }),
		},
		{
			Method: http.MethodPut, Pattern: "/scenarios/{id}/start-from", Summary: "Choose where its polling trigger begins", Takes: StartFrom{},
			handle: change(func(c *call, id, _ int64, x StartFrom) (any, error) {
				return nil, s.Running.StartFrom(c.Context(), id, x)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/run", Summary: "Run a scenario once", Takes: RunOnce{}, MaxBytes: MaxInputBytes,
			Gives: Started{}, Status: http.StatusAccepted,
			handle: change(func(c *call, id, _ int64, r RunOnce) (any, error) { return s.Running.RunOnce(c.Context(), id, r) }),
		},
	}
}
