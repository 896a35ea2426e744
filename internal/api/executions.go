package api

import (
	"math"
	"net/http"
	"strconv"

	"github.com/ropeway/ropeway/internal/access"
)

func executionRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/executions", Name: "execution.list", Needs: access.ViewExecutions, Of: Teams,
			Summary: "List executions, those that are not over first, then the newest",
			Query: paging(Parameter{"scenario", "number of a scenario"}, Parameter{"webhook", "number of a webhook: executions of its scenario with what it was sent"}, Parameter{"status", "queued, running, success, warning, error, stopped; several with commas"},
				Parameter{"text", "words of errors and names"}, Parameter{"data", "a text of three characters or more that stands in the data: in what an execution began with, or in bundles and calls of its operations. A page may hold few or none and yet have a next one, where the search goes on"}, Parameter{"dry", "true for dry runs only, false for all others"}, Parameter{"from", "accepted at this time or later"}, Parameter{"until", "accepted before this time"}),
			Gives: Page[Execution]{},
			handle: func(c *call) (any, error) {
				f := ExecutionFilter{
					Scenario: c.queryNumber("scenario"), Webhook: c.queryNumber("webhook"), Statuses: c.words("status"), Text: c.URL.Query().Get("text"), Data: c.URL.Query().Get("data"), Dry: c.choice("dry"),
					From: c.time("from"), Until: c.time("until"), After: c.URL.Query().Get("after"), Limit: c.limit(),
				}
				f.Teams = c.teams
				if err := c.ofScenario(s.Owners, f.Scenario); err != nil {
					return nil, err
				}
				if f.Webhook != 0 {
					if err := c.authorizeFor(s.Owners, OfWebhook, f.Webhook); err != nil {
						return nil, err
					}
				}
				return s.Executions.List(c.Context(), f)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/executions/{id}", Name: "execution.get", Needs: access.ViewExecutions, Of: OfExecution,
			Summary: "Show an execution", Gives: ExecutionDetail{},
			handle: one(func(c *call, id int64) (any, error) { return s.Executions.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/executions/{id}/operations", Name: "execution.operations", Needs: access.ViewExecutions, Of: OfExecution,
			Summary: "List the journal of an execution", Query: paging(Parameter{"module", "number of a module"}, Parameter{"failed", "true for those that failed, or whose outcome is not known"}),
			Gives:  Page[Operation]{},
			handle: one(func(c *call, id int64) (any, error) { return operations(s, c, id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/executions/{id}/operations/{sequence}", Name: "execution.operation", Needs: access.ViewExecutions, Of: OfExecution,
			Summary: "Show one operation of the journal with what went into it", Gives: OperationDetail{},
			handle: one(func(c *call, id int64) (any, error) {
				sequence := c.sequence(c.number("sequence"))
				if c.err != nil {
					return nil, c.err
				}
				return s.Inspections.Operation(c.Context(), id, sequence)
			}),
		},
		{
			Method: http.MethodGet, Pattern: "/executions/{id}/modules/{module}", Name: "execution.module", Needs: access.ViewExecutions, Of: OfExecution,
			Summary: "List the operations of a module with what went into them and came out, also those that have no effect and stand in no journal",
			Query:   paging(), Gives: Page[OperationDetail]{},
			handle: one(func(c *call, id int64) (any, error) {
				module, after, limit := c.number("module"), c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Inspections.Module(c.Context(), id, int(module), int(after), limit+1)
				return pageOf(list, limit, func(o OperationDetail) int64 { return int64(o.Number) }), err
			}),
		},
	}
}

// executionChangeRoutes are what people do to executions.
func executionChangeRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodPost, Pattern: "/executions/{id}/cancel", Name: "execution.cancel", Needs: access.RunScenarios, Of: OfExecution,
			Summary: "End an execution after its running operations", Gives: Execution{},
			handle: one(func(c *call, id int64) (any, error) { return s.Executions.Cancel(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/executions/{id}/replay", Name: "execution.replay", Needs: access.RunScenarios, Of: OfExecution,
			Summary: "Run an execution again", Takes: Replay{}, Gives: Started{}, Status: http.StatusAccepted,
			handle: change(func(c *call, id, _ int64, r Replay) (any, error) { return s.Executions.Replay(c.Context(), id, r) }),
		},
	}
}

// ofScenario decides about the one scenario that a request is limited to, 0 for none.
func (c *call) ofScenario(owners Owners, scenario int64) error {
	if c.err != nil || scenario == 0 {
		return c.err
	}
	return c.authorizeFor(owners, OfScenario, scenario)
}

// sequence is a place in a journal.
func (c *call) sequence(n int64) uint32 {
	if n > math.MaxUint32 {
		c.fail(badRequest("%d is not a place in a journal.", n))
		return 0
	}
	return uint32(n)
}

func operations(s Services, c *call, id int64) (any, error) {
	f := OperationFilter{After: c.sequence(c.queryNumber("after")), Module: int(c.queryNumber("module")), Failed: c.flag("failed"), Limit: c.limit()}
	if c.err != nil {
		return nil, c.err
	}
	list, next, err := s.Executions.Operations(c.Context(), id, f)
	p := Page[Operation]{Items: list}
	if list == nil {
		p.Items = []Operation{}
	}
	if next != 0 {
		p.Next = strconv.FormatUint(uint64(next), 10)
	}
	return p, err
}

func incompleteRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/incomplete", Name: "incomplete.list", Needs: access.ViewExecutions, Of: Teams,
			Summary: "List incomplete executions that are not resolved",
			Query:   paging(Parameter{"scenario", "number of a scenario"}, Parameter{"execution", "number of the execution that set them aside"}, Parameter{"state", "unresolved, pending, in progress, resolved; several with commas"}),
			Gives:   Page[Incomplete]{},
			handle: func(c *call) (any, error) {
				limit := c.limit()
				f := IncompleteFilter{Scenario: c.queryNumber("scenario"), Execution: c.queryNumber("execution"), States: c.words("state"), After: c.queryNumber("after"), Limit: limit + 1}
				f.Teams = c.teams
				if err := c.ofScenario(s.Owners, f.Scenario); err != nil {
					return nil, err
				}
				list, err := s.Incompletes.List(c.Context(), f)
				return pageOf(list, limit, func(i Incomplete) int64 { return i.ID }), err
			},
		},
		{
			Method: http.MethodGet, Pattern: "/incomplete/{id}", Name: "incomplete.get", Needs: access.ViewExecutions, Of: OfIncomplete,
			Summary: "Show an incomplete execution with its bundles", Gives: Incomplete{},
			handle: one(func(c *call, id int64) (any, error) { return s.Incompletes.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/incomplete/{id}/decide", Name: "incomplete.decide", Needs: access.DecideIncompletes, Of: OfIncomplete,
			Summary: "Decide about an incomplete execution", Takes: Decision{}, MaxBytes: MaxInputBytes,
			Gives: Incomplete{}, Matches: true,
			handle: change(func(c *call, id, revision int64, d Decision) (any, error) {
				return s.Incompletes.Decide(c.Context(), id, revision, d)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/incomplete/retry", Name: "incomplete.retry", Needs: access.DecideIncompletes, Of: Teams,
			Summary: "Retry several incomplete executions", Takes: RetryMany{}, Gives: Decided{},
			handle: func(c *call) (any, error) {
				var r RetryMany
				if c.body(&r); c.err != nil {
					return nil, c.err
				}
				if len(r.IDs) > MaxSelected {
					return nil, badRequest("ids: at most %d may be named.", MaxSelected)
				}
				if err := c.ofScenario(s.Owners, r.Scenario); err != nil {
					return nil, err
				}
				r.Teams = c.teams
				return s.Incompletes.RetryMany(c.Context(), r)
			},
		},
	}
}
