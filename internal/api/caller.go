package api

import (
	"errors"
	"net/http"
	"slices"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/store"
)

// MaxToolNameBytes is the length of the name of a tool in the audit log.
const MaxToolNameBytes = 128

// Rights are what the caller may do: within some team, within some organization, or on the installation.
type Rights struct {
	Rights []access.Right `json:"rights"`
}

// ToolCall is the use of a tool by a program that works for the caller.
type ToolCall struct {
	Tool string `json:"tool"`
	// Of and ID name the thing that the tool is used on, where there is one: its team can read the entry then.
	Of Kind  `json:"of,omitempty"`
	ID int64 `json:"id,omitempty"`
}

func callerRoutes(owners Owners) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/rights", Name: "rights.list", Needs: access.Known,
			Summary: "List the rights that the caller has somewhere", Gives: Rights{},
			handle: func(c *call) (any, error) { return rightsOf(PrincipalOf(c.Context())), nil },
		},
		{
			Method: http.MethodPost, Pattern: "/mcp/calls", Name: "mcp.call", Needs: access.Known,
			Summary: "Note in the audit log that a tool is used for the caller", Takes: ToolCall{},
			handle: func(c *call) (any, error) {
				var t ToolCall
				if c.body(&t); c.err != nil {
					return nil, c.err
				}
				if t.Tool == "" || len(t.Tool) > MaxToolNameBytes {
					return nil, badRequest("tool: a name of 1 to %d characters is needed.", MaxToolNameBytes)
				}
				return nil, c.placeTool(owners, t)
			},
		},
	}
}

// placeTool notes whose the thing is that a tool is used on. One that the caller may not know of is left where it is: what the tool does
// will be refused.
func (c *call) placeTool(owners Owners, t ToolCall) error {
	if !slices.Contains([]Kind{OfScenario, OfExecution, OfIncomplete, OfWebhook, OfConnection, OfDataStore}, t.Of) {
		return nil
	}
	team, err := owners.TeamOf(c.Context(), t.Of, t.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !PrincipalOf(c.Context()).Sees(team) {
		return nil
	}
	if err == nil {
		c.team = team
	}
	return err
}

// rightsOf lists every right that the caller has for at least one thing.
func rightsOf(p *access.Principal) Rights {
	r := Rights{Rights: []access.Right{}}
	for _, right := range access.Scopes() {
		has := p.MayGlobally(right)
		if slices.Contains(access.TeamRights(), right) {
			teams, all := p.TeamsWith(right)
			has = has || all || len(teams) > 0
		}
		for organization := range p.Organizations {
			has = has || p.MayIn(right, organization)
		}
		if has {
			r.Rights = append(r.Rights, right)
		}
	}
	return r
}
