package api

import (
	"net/http"
	"strconv"

	"github.com/ropeway/ropeway/internal/access"
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

// named is the parameter that chooses things by their name.
func named() Parameter { return Parameter{"name", "a part of the name"} }

// author is who saves a version: the caller, unless the machine's owner says who.
func (c *call) author(named string) string {
	if p := PrincipalOf(c.Context()); p != nil && !p.Machine {
		return p.Name()
	}
	return named
}

func scenarioRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios", Name: "scenario.list", Needs: access.ViewScenarios, Of: Teams,
			Summary: "List the scenarios", Query: paging(named(), Parameter{"folder", "name of a folder; empty for those that are in none"}, Parameter{"active", "true or false"}),
			Gives: Page[Scenario]{},
			handle: func(c *call) (any, error) {
				f := c.scenarioFilter()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Scenarios.List(c.Context(), f)
				return pageOf(list, f.Limit-1, func(x Scenario) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios", Name: "scenario.create", Needs: access.EditScenarios, Of: Teams,
			Summary: "Make a scenario of a blueprint", Takes: NewScenario{},
			MaxBytes: MaxBlueprintBytes, Gives: CreatedScenario{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewScenario
				c.body(&n)
				if n.Team = c.teamFor(n.Team); c.err != nil {
					return nil, c.err
				}
				n.Author = c.author(n.Author)
				return s.Scenarios.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}", Name: "scenario.get", Needs: access.ViewScenarios, Of: OfScenario,
			Summary: "Show a scenario", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Scenarios.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/scenarios/{id}", Name: "scenario.change", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Change the name, the folder, the schedule or the settings of a scenario",
			Takes:   ScenarioChange{}, Gives: Scenario{},
			handle: change(func(c *call, id, revision int64, x ScenarioChange) (any, error) {
				x.Author = c.author(x.Author)
				return s.Scenarios.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/scenarios/{id}", Name: "scenario.delete", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Delete a scenario with its versions",
			handle:  one(func(c *call, id int64) (any, error) { return nil, s.Scenarios.Delete(c.Context(), id) }),
		},
	}
}

// scenarioFilter reads which scenarios are asked for.
func (c *call) scenarioFilter() ScenarioFilter {
	f := ScenarioFilter{Listing: c.listing()}
	if q := c.URL.Query(); q.Has("folder") {
		folder := q.Get("folder")
		f.Folder = &folder
	}
	if c.URL.Query().Get("active") != "" {
		active := c.flag("active")
		f.Active = &active
	}
	return f
}

func shelfRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/folders", Name: "folder.list", Needs: access.ViewScenarios, Of: Teams,
			Summary: "List the folders of scenarios by name, with how many are in each", Gives: Page[Folder]{},
			handle: func(c *call) (any, error) {
				list, err := s.Shelf.Folders(c.Context(), c.teams)
				return Page[Folder]{Items: append([]Folder{}, list...)}, err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/duplicate", Name: "scenario.duplicate", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Make an inactive copy of a scenario; its webhook gets an address of its own", Takes: Duplicate{},
			Gives: CreatedScenario{}, Status: http.StatusCreated,
			handle: change(func(c *call, id, _ int64, d Duplicate) (any, error) {
				d.Author = c.author(d.Author)
				return s.Shelf.Duplicate(c.Context(), id, d)
			}),
		},
	}
}

func versionRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/scenarios/{id}/versions", Name: "version.list", Needs: access.ViewScenarios, Of: OfScenario,
			Summary: "List the versions of a scenario, the newest first",
			Query:   paging(), Gives: Page[Version]{},
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
			Method: http.MethodGet, Pattern: "/scenarios/{id}/versions/{version}", Name: "version.get", Needs: access.ViewScenarios, Of: OfScenario,
			Summary: "Show a version with its blueprint; 0 is the newest", Gives: Version{},
			handle: one(func(c *call, id int64) (any, error) {
				version := c.number("version")
				if c.err != nil {
					return nil, c.err
				}
				return s.Versions.Get(c.Context(), id, version)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/versions", Name: "version.save", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Save a changed blueprint", Takes: NewVersion{},
			MaxBytes: MaxBlueprintBytes, Gives: Scenario{}, Status: http.StatusCreated, Matches: true,
			handle: change(func(c *call, id, revision int64, n NewVersion) (any, error) {
				n.Author = c.author(n.Author)
				return s.Versions.Save(c.Context(), id, revision, n)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/versions/{version}/restore", Name: "version.restore", Needs: access.EditScenarios, Of: OfScenario,
			Summary: "Save an old version as the newest", Gives: Scenario{}, Matches: true,
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
			Method: http.MethodPost, Pattern: "/scenarios/{id}/start", Name: "scenario.start", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "Activate a scenario", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Running.Start(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/stop", Name: "scenario.stop", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "Deactivate a scenario; its webhook goes on queueing", Gives: Scenario{},
			handle: one(func(c *call, id int64) (any, error) { return s.Running.Stop(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/scenarios/{id}/run", Name: "scenario.run", Needs: access.RunScenarios, Of: OfScenario,
			Summary: "Run a scenario once, or have a dry run show what it would do", Takes: RunOnce{}, MaxBytes: MaxInputBytes,
			Gives: Started{}, Status: http.StatusAccepted,
			handle: change(func(c *call, id, _ int64, r RunOnce) (any, error) { return s.Running.RunOnce(c.Context(), id, r) }),
		},
	}
}
