package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Kind is a kind of thing that belongs to somebody.
type Kind string

// The kinds of things that a path can name with {id}, and the two ways of a path that names none.
const (
	Global         Kind = ""      // the right belongs to no organization
	Teams          Kind = "teams" // the right counts in some team of the caller: listings, and what is made
	OfScenario     Kind = "scenario"
	OfExecution    Kind = "execution"
	OfIncomplete   Kind = "incomplete execution"
	OfWebhook      Kind = "webhook"
	OfConnection   Kind = "connection"
	OfDataStore    Kind = "data store"
	OfTeam         Kind = "team"
	OfOrganization Kind = "organization"
)

// Owners says whose things are.
type Owners interface {
	// TeamOf returns the team of a thing; an error with store.ErrNotFound in its chain where there is no such thing.
	TeamOf(ctx context.Context, kind Kind, id int64) (int64, error)
	// OrganizationOf returns the organization of a team.
	OrganizationOf(ctx context.Context, team int64) (int64, error)
}

// Authenticator says who calls.
type Authenticator interface {
	// Authenticate returns the caller, nil where nobody is known: the request carries no credentials, or wrong ones. An error
	// means that this could not be found out.
	Authenticate(r *http.Request) (*access.Principal, error)
}

// Trusted is the authenticator of those whom the operating system lets through: every call is the machine owner's.
type Trusted struct{}

// Authenticate returns the machine's owner.
func (Trusted) Authenticate(*http.Request) (*access.Principal, error) { return access.Machine(), nil }

type principalKey struct{}

// PrincipalOf returns who calls, nil for nobody.
func PrincipalOf(ctx context.Context) *access.Principal {
	p, _ := ctx.Value(principalKey{}).(*access.Principal)
	return p
}

func withPrincipal(ctx context.Context, p *access.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// errUnknown is told to who must be known and is not.
func errUnknown() error {
	return refusal{http.StatusUnauthorized, fault.New(fault.InvalidAccessToken, "[not-signed-in] You are not signed in.").WithHint("[hint-sign-in-token] sign in, or send an API token that is valid")}
}

// errDenied is told to who sees a thing and lacks the right.
func errDenied(r access.Right) error {
	return refusal{http.StatusForbidden, fault.Newf(fault.InvalidAccessToken, "[needs-right] This needs the right %s, which you do not have.", r).
		WithHint("[hint-needs-right] ask an administrator of the team or the organization; an API token also needs it among its scopes")}
}

// errAbsent is told where there is nothing, and where there is something that the caller may not know of.
func errAbsent(kind Kind) error {
	return refusal{http.StatusNotFound, fault.Newf(fault.Data, "[kind-absent] The %s does not exist.", kind)}
}

// authorize decides whether the route may be called. It denies what no rule allows.
func (c *call) authorize(owners Owners) error {
	p := PrincipalOf(c.Context())
	need := c.route.Needs
	if need == access.Public {
		return nil
	}
	if p == nil {
		return errUnknown()
	}
	switch c.route.Of {
	case Global:
		if p.MayGlobally(need) {
			return nil
		}
		return errDenied(need)
	case Teams:
		var all bool
		if c.teams, all = p.TeamsWith(need); all {
			c.teams = nil
		} else if len(c.teams) == 0 {
			return errDenied(need)
		}
		return c.narrow(p)
	default: // a thing that the path names
		id := c.number("id")
		if c.err != nil {
			return c.err
		}
		return c.authorizeFor(owners, c.route.Of, id)
	}
}

// narrow limits a listing to the one team that the query names.
func (c *call) narrow(p *access.Principal) error {
	team := c.queryNumber("team")
	if c.err != nil || team == 0 {
		return c.err
	}
	if c.teams != nil && !slices.Contains(c.teams, team) {
		if p.Sees(team) {
			return errDenied(c.route.Needs)
		}
		return errAbsent(OfTeam)
	}
	c.teams = []int64{team}
	return nil
}

// authorizeFor decides about one thing by the right that the route needs.
func (c *call) authorizeFor(owners Owners, kind Kind, id int64) error {
	p, need := PrincipalOf(c.Context()), c.route.Needs
	if kind == OfOrganization {
		c.organization = id
		return decide(p.MayIn(need, id), p.SeesOrganization(id), need, kind)
	}
	team, err := id, error(nil)
	if kind != OfTeam || p.Machine {
		team, err = owners.TeamOf(c.Context(), kind, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return errAbsent(kind)
	}
	if err != nil {
		return err
	}
	c.team = team
	return decide(p.May(need, team), p.Sees(team), need, kind)
}

func decide(may, sees bool, need access.Right, kind Kind) error {
	switch {
	case may:
		return nil
	case sees:
		return errDenied(need)
	}
	return errAbsent(kind)
}

// teamFor returns the team in which something is made: the one that is named, else the only one where the caller may.
func (c *call) teamFor(named int64) int64 {
	switch {
	case named != 0 && (c.teams == nil || slices.Contains(c.teams, named)):
		c.team = named
	case named != 0:
		if PrincipalOf(c.Context()).Sees(named) {
			c.fail(errDenied(c.route.Needs))
		} else {
			c.fail(errAbsent(OfTeam))
		}
	case c.teams == nil:
		c.team = store.FirstTeam
	case len(c.teams) == 1:
		c.team = c.teams[0]
	default:
		c.fail(refusal{http.StatusUnprocessableEntity, fault.New(fault.BundleValidation, "[say-team] Say in which team.").WithField("team").
			WithHint("[hint-several-teams] you may do this in several")})
	}
	return c.team
}
