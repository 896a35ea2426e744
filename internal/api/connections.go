package api

import "net/http"

func connectionRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/connections", Summary: "List the connections", Query: paging(Parameter{"app", "name of an app"}), Gives: Page[Connection]{},
			handle: func(c *call) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Connections.List(c.Context(), c.URL.Query().Get("app"), after, limit+1)
				return pageOf(list, limit, func(x Connection) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/connections", Summary: "Make a connection; its fields are sealed", Takes: NewConnection{}, Gives: Connection{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewConnection
				if c.body(&n); c.err != nil {
					return nil, c.err
				}
				return s.Connections.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/connections/{id}", Summary: "Show a connection, without its secrets", Gives: Connection{},
			handle: one(func(c *call, id int64) (any, error) { return s.Connections.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/connections/{id}", Summary: "Rename a connection, or change its fields", Takes: ConnectionChange{}, Gives: Connection{},
			handle: change(func(c *call, id, revision int64, x ConnectionChange) (any, error) {
				return s.Connections.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/connections/{id}", Summary: "Delete a connection that no scenario names",
			Query: []Parameter{{"force", "true: delete it also where scenarios name it"}},
			handle: one(func(c *call, id int64) (any, error) {
				force := c.flag("force")
				if c.err != nil {
					return nil, c.err
				}
				return nil, s.Connections.Delete(c.Context(), id, force)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/connections/{id}/test", Summary: "Prove a connection with a call of its service", Gives: Tested{},
			handle: one(func(c *call, id int64) (any, error) { return s.Proofs.Test(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/connections/{id}/uses", Summary: "List the scenarios that work with a connection", Gives: Page[Use]{},
			handle: one(func(c *call, id int64) (any, error) {
				list, err := s.Proofs.Uses(c.Context(), id)
				return Page[Use]{Items: append([]Use{}, list...)}, err
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/keys/rotate", Summary: "Put a new master key around every secret", Gives: Rewrapped{},
			handle: func(c *call) (any, error) { return s.Proofs.Rewrap(c.Context()) },
		},
	}
}
