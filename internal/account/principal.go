package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Credential is what a call brings to prove who makes it. A token counts before a session.
type Credential struct {
	Session vault.Secret // of the cookie
	Token   vault.Secret // of the Authorization header
}

// Principal returns who makes a call, with everything that decides what he may do. Without a credential, or with one that
// is unknown, has expired or belongs to a disabled user, it is access.ErrUnauthenticated.
func (s *Service) Principal(ctx context.Context, c Credential) (*access.Principal, error) {
	switch {
	case !c.Token.IsEmpty():
		return s.byToken(ctx, c.Token.Reveal())
	case !c.Session.IsEmpty():
		return s.bySession(ctx, c.Session.Reveal())
	}
	return nil, unauthenticated("[not-signed-in] You are not signed in.").WithHint("[hint-sign-in-api] sign in, or send an API token")
}

func (s *Service) bySession(ctx context.Context, secret string) (*access.Principal, error) {
	ended := unauthenticated("[session-over] Your session has ended.").WithHint("[hint-sign-in-again] sign in again")
	hash, ok := hashOf(sessionPrefix, secret)
	if !ok {
		return nil, ended
	}
	x, err := s.store.SessionByHash(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ended
	}
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if !x.Expires.After(now) {
		return nil, ended
	}
	p, err := s.principal(ctx, x.User)
	if err != nil {
		return nil, err
	}
	p.Session, p.SessionID = true, x.ID
	if now.Sub(x.Seen) >= noteEvery {
		s.noted(ctx, s.store.TouchSession(ctx, x.ID, now, earlier(now.Add(SessionIdle), x.Created.Add(SessionLife))))
	}
	return p, nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (s *Service) byToken(ctx context.Context, secret string) (*access.Principal, error) {
	refused := unauthenticated("[token-invalid] This API token is not valid.").WithHint("[hint-token-invalid] it may have expired or been deleted: make a new one")
	hash, ok := hashOf(tokenPrefix, secret)
	if !ok {
		return nil, refused
	}
	k, err := s.store.TokenByHash(ctx, hash)
	if errors.Is(err, store.ErrNotFound) {
		return nil, refused
	}
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	if !k.Expires.IsZero() && !k.Expires.After(now) {
		return nil, refused
	}
	p, err := s.principal(ctx, k.User)
	if err != nil {
		return nil, err
	}
	p.Token, p.OnlyTeam, p.Scopes = k.ID, k.Team, scopesOf(k)
	if now.Sub(k.Used) >= noteEvery {
		s.noted(ctx, s.store.UseToken(ctx, k.ID, now))
	}
	return p, nil
}

// scopesOf returns the rights of a token, never nil. Names that this version does not know grant nothing.
func scopesOf(k store.Token) []access.Right {
	rights := []access.Right{}
	known := access.Scopes()
	for _, name := range k.Scopes {
		if r := access.Right(name); slices.Contains(known, r) {
			rights = append(rights, r)
		}
	}
	return rights
}

// noted reports that the use of something could not be noted, which is no reason to refuse the call.
func (s *Service) noted(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "the use of a session or token could not be noted", "error", err)
	}
}

// principal loads a user with his roles.
func (s *Service) principal(ctx context.Context, user int64) (*access.Principal, error) {
	u, err := s.store.User(ctx, user)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if err != nil || u.Disabled {
		return nil, unauthenticated("[account-disabled] This account is disabled.").WithHint("[hint-ask-administrator] ask an administrator")
	}
	m, err := s.store.Memberships(ctx, user)
	if err != nil {
		return nil, err
	}
	p := &access.Principal{
		User: u.ID, Email: u.Email, Administrator: u.Administrator,
		Organizations: map[int64]access.OrganizationRole{}, Teams: map[int64]access.Membership{},
	}
	for organization, role := range m.Organizations {
		p.Organizations[organization] = access.OrganizationRole(role)
	}
	for _, t := range m.Teams {
		p.Teams[t.Team] = access.Membership{Organization: t.Organization, Role: access.TeamRole(t.Role), Rights: rightsOf(t.Rights)}
	}
	return p, nil
}

func rightsOf(names []string) []access.Right {
	var rights []access.Right
	for _, name := range names {
		rights = append(rights, access.Right(name))
	}
	return rights
}

func namesOf(rights []access.Right) []string {
	var names []string
	for _, r := range rights {
		names = append(names, string(r))
	}
	return names
}
