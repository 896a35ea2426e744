package api

import (
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

func connectionRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/connections", Name: "connection.list", Needs: access.ViewConnections, Of: Teams,
			Summary: "List the connections", Query: paging(named(), Parameter{"app", "name of an app"}), Gives: Page[Connection]{},
			handle: func(c *call) (any, error) {
				l := c.listing()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Connections.List(c.Context(), c.URL.Query().Get("app"), l)
				return pageOf(list, l.Limit-1, func(x Connection) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/connections", Name: "connection.create", Needs: access.EditConnections, Of: Teams,
			Summary: "Make a connection; its fields are sealed", Takes: NewConnection{}, Gives: Connection{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewConnection
				c.body(&n)
				if n.Team = c.teamFor(n.Team); c.err != nil {
					return nil, c.err
				}
				return s.Connections.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/connections/{id}", Name: "connection.get", Needs: access.ViewConnections, Of: OfConnection,
			Summary: "Show a connection, without its secrets", Gives: Connection{},
			handle: one(func(c *call, id int64) (any, error) { return s.Connections.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/connections/{id}", Name: "connection.change", Needs: access.EditConnections, Of: OfConnection,
			Summary: "Rename a connection, or change its fields", Takes: ConnectionChange{}, Gives: Connection{},
			handle: change(func(c *call, id, revision int64, x ConnectionChange) (any, error) {
				return s.Connections.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/connections/{id}", Name: "connection.delete", Needs: access.EditConnections, Of: OfConnection,
			Summary: "Delete a connection that no scenario names",
			Query:   []Parameter{{"force", "true: delete it also where scenarios name it"}},
			handle: one(func(c *call, id int64) (any, error) {
				force := c.flag("force")
				if c.err != nil {
					return nil, c.err
				}
				return nil, s.Connections.Delete(c.Context(), id, force)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/connections/{id}/test", Name: "connection.test", Needs: access.EditConnections, Of: OfConnection,
			Summary: "Prove a connection with a call of its service", Gives: Tested{},
			handle: one(func(c *call, id int64) (any, error) { return s.Proofs.Test(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/connections/{id}/uses", Name: "connection.uses", Needs: access.ViewConnections, Of: OfConnection,
			Summary: "List the scenarios that work with a connection", Gives: Page[Use]{},
			handle: one(func(c *call, id int64) (any, error) {
				list, err := s.Proofs.Uses(c.Context(), id)
				return Page[Use]{Items: append([]Use{}, list...)}, err
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/keys/rotate", Name: "key.rotate", Needs: access.ManageInstallation,
			Summary: "Put a new master key around every secret", Gives: Rewrapped{},
			handle: func(c *call) (any, error) { return s.Proofs.Rewrap(c.Context()) },
		},
	}
}
