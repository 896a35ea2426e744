package server

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// KeySealer seals with the vault of the data directory, which is opened when it is first needed.
type KeySealer struct{ Keys *Keys }

// Seal seals a secret, and makes the master key if there is none.
func (k KeySealer) Seal(identity string, plaintext []byte) ([]byte, error) {
	if k.Keys == nil {
		return nil, errNoKeys()
	}
	v, err := k.Keys.Sealing()
	if err != nil {
		return nil, err
	}
	return v.Seal(identity, plaintext)
}

// Open opens a sealed secret.
func (k KeySealer) Open(identity string, sealed []byte) ([]byte, error) {
	if k.Keys == nil {
		return nil, errNoKeys()
	}
	v, err := k.Keys.Vault()
	if err != nil {
		return nil, err
	}
	return v.Open(identity, sealed)
}

// people returns the service of accounts; without one that was set, one that sends no letters and knows no identity providers.
func (c *Control) people() *account.Service {
	if c.Accounts != nil {
		return c.Accounts
	}
	// It cannot fail: only providers can be wrong.
	s, _ := account.New(account.Options{Clock: c.Clock, Store: c.Store, Vault: KeySealer{c.Keys}})
	return s
}

// addPeople adds the services of accounts.
func (c *Control) addPeople(s *api.Services) {
	p := people{c.people()}
	s.SignIns, s.Profiles, s.Emails, s.Sessions, s.TwoFactors, s.Tokens = signIns{p}, profiles{p}, emails{p}, sessions{p}, twoFactors{p}, tokens{p}
	s.Invitations, s.Members, s.TeamMembers, s.Users, s.SSO = invitations{p}, members{p}, teamMembers{p}, users{p}, singleSignOn{p}
}

// people is the service of accounts as package api sees it, in parts.
type people struct{ accounts *account.Service }

type (
	signIns      struct{ people }
	profiles     struct{ people }
	emails       struct{ people }
	sessions     struct{ people }
	twoFactors   struct{ people }
	tokens       struct{ people }
	invitations  struct{ people }
	members      struct{ people }
	teamMembers  struct{ people }
	users        struct{ people }
	singleSignOn struct{ people }
)

// Identifying is who calls, for api.Authenticating.
type Identifying struct{ Accounts *account.Service }

var _ api.Identifier = Identifying{}

// Identify returns whose session or token it is.
func (i Identifying) Identify(ctx context.Context, session, token string) (*access.Principal, error) {
	return i.Accounts.Principal(ctx, account.Credential{Session: vault.NewSecret(session), Token: vault.NewSecret(token)})
}

func newSessionOf(in account.SignedIn, err error) (api.NewSession, error) {
	if err != nil {
		return api.NewSession{}, err
	}
	return api.NewSession{User: userOf(in.User), Session: sessionOf(in.Session, in.Session.ID), Secret: in.Secret.Reveal()}, nil
}

func sessionOf(x store.Session, current int64) api.Session {
	return api.Session{ID: x.ID, Current: x.ID == current, Agent: x.Agent, Address: x.Address, Created: x.Created, Seen: x.Seen, Expires: x.Expires}
}

func userOf(u store.User) api.User {
	return api.User{
		ID: u.ID, Email: u.Email, Name: u.Name, Language: u.Language, Zone: u.Zone, TwoFactor: u.TwoFactor, HasPassword: u.Password != "",
		Disabled: u.Disabled, Administrator: u.Administrator, Verified: !u.Verified.IsZero(), SignedIn: u.SignedIn,
		Revision: u.Revision, Created: u.Created, Updated: u.Updated,
	}
}

// each turns the things of a list.
func each[A, B any](list []A, err error, turn func(A) B) ([]B, error) {
	out := make([]B, len(list))
	for i, x := range list {
		out[i] = turn(x)
	}
	return out, err
}

// Setup tells whether the first user is still to be made.
func (p signIns) Setup(ctx context.Context) (api.SetupState, error) {
	needed, err := p.accounts.NeedsSetup(ctx)
	return api.SetupState{Needed: needed}, err
}

// SetUp makes the first user.
func (p signIns) SetUp(ctx context.Context, f api.Founder, from api.Origin) (api.NewSession, error) {
	return newSessionOf(p.accounts.SetUp(ctx, account.Founder{
		Secret: vault.NewSecret(f.Secret), Email: f.Email, Name: f.Name, Password: vault.NewSecret(f.Password),
		Language: f.Language, Zone: f.Zone, Client: account.Client(from),
	}))
}

// SignIn makes a session.
func (p signIns) SignIn(ctx context.Context, s api.SignIn, from api.Origin) (api.NewSession, error) {
	return newSessionOf(p.accounts.SignIn(ctx, account.Attempt{
		Email: s.Email, Password: vault.NewSecret(s.Password), Code: s.Code, Client: account.Client(from),
	}))
}

// SignOut ends the session of the caller.
func (p signIns) SignOut(ctx context.Context) error {
	return p.accounts.SignOut(ctx, api.PrincipalOf(ctx))
}

// List lists the sessions of the caller.
func (p sessions) List(ctx context.Context) ([]api.Session, error) {
	by := api.PrincipalOf(ctx)
	list, err := p.accounts.ListSessions(ctx, by)
	return each(list, err, func(x store.Session) api.Session { return sessionOf(x, by.SessionID) })
}

// End ends a session of the caller.
func (p sessions) End(ctx context.Context, id int64) error {
	return p.accounts.EndSession(ctx, api.PrincipalOf(ctx), id)
}

// EndOthers ends all sessions of the caller but this one.
func (p sessions) EndOthers(ctx context.Context) (int, error) {
	return p.accounts.EndOtherSessions(ctx, api.PrincipalOf(ctx))
}

// Enrol draws the secret of a second factor.
func (p twoFactors) Enrol(ctx context.Context, r api.Reentered, from api.Origin) (api.Enrolment, error) {
	e, err := p.accounts.EnrolTwoFactor(ctx, api.PrincipalOf(ctx), vault.NewSecret(r.Password), account.Client(from))
	return api.Enrolment{Key: e.Key.Reveal(), URI: e.URI.Reveal()}, err
}

// Confirm has the second factor asked for from now on.
func (p twoFactors) Confirm(ctx context.Context, code string, from api.Origin) (api.RecoveryCodes, error) {
	codes, err := p.accounts.ConfirmTwoFactor(ctx, api.PrincipalOf(ctx), code, account.Client(from))
	return api.RecoveryCodes{Codes: codes}, err
}

// Replace draws new recovery codes.
func (p twoFactors) Replace(ctx context.Context, code string, from api.Origin) (api.RecoveryCodes, error) {
	codes, err := p.accounts.ReplaceRecoveryCodes(ctx, api.PrincipalOf(ctx), code, account.Client(from))
	return api.RecoveryCodes{Codes: codes}, err
}

// Disable removes the second factor.
func (p twoFactors) Disable(ctx context.Context, r api.Reentered, from api.Origin) error {
	return p.accounts.DisableTwoFactor(ctx, api.PrincipalOf(ctx), vault.NewSecret(r.Password), r.Code, account.Client(from))
}

func tokenOf(k store.Token) api.Token {
	return api.Token{ID: k.ID, Name: k.Name, Scopes: k.Scopes, Team: k.Team, Created: k.Created, Expires: k.Expires, Used: k.Used}
}

// List lists the API tokens of the caller.
func (p tokens) List(ctx context.Context) ([]api.Token, error) {
	list, err := p.accounts.ListTokens(ctx, api.PrincipalOf(ctx))
	return each(list, err, tokenOf)
}

// Create makes an API token.
func (p tokens) Create(ctx context.Context, n api.NewAPIToken) (api.CreatedToken, error) {
	k, secret, err := p.accounts.CreateToken(ctx, api.PrincipalOf(ctx), account.NewToken(n))
	return api.CreatedToken{Token: tokenOf(k), Secret: secret.Reveal()}, err
}

// Delete removes an API token of the caller.
func (p tokens) Delete(ctx context.Context, id int64) error {
	return p.accounts.DeleteToken(ctx, api.PrincipalOf(ctx), id)
}

// rewrapUsers puts the current master key around the secrets of all second factors, and returns how many had another one.
func (c *Control) rewrapUsers(ctx context.Context, v *vault.Vault) (changed int, err error) {
	for u, err := range sealedUsers(ctx, c.Store) {
		if err != nil {
			return changed, err
		}
		sealed, other, err := v.Rewrap(account.TwoFactorIdentity(u.ID), u.Sealed)
		if err == nil && other {
			err = c.Store.ResealTwoFactor(ctx, u.ID, u.Sealed, sealed)
			changed++
		}
		if err != nil && !errors.Is(err, store.ErrConflict) { // a conflict: it was drawn anew in this moment, with the current key
			return changed, fmt.Errorf("second factor of user %d (%s): %w", u.ID, u.Email, err)
		}
	}
	return changed, nil
}

// sealedUsers goes through all users with a second factor.
func sealedUsers(ctx context.Context, data *store.Store) iter.Seq2[store.User, error] {
	return func(yield func(store.User, error) bool) {
		for after := int64(0); ; {
			page, err := data.SealedUsers(ctx, after, store.MaxPage)
			if err != nil {
				yield(store.User{}, err)
				return
			}
			for _, u := range page {
				if !yield(u, nil) {
					return
				}
				after = u.ID
			}
			if len(page) < store.MaxPage {
				return
			}
		}
	}
}
