package account

import (
	"context"
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// NewToken is what an API token is made of.
type NewToken struct {
	Name    string
	Scopes  []string  // names of rights, one at least
	Team    int64     // the one team that it is for, 0 = every team of the user
	Expires time.Time // zero = never
}

// CreateToken makes an API token for the caller, who must have signed in himself. The secret is shown once. A token does what
// its user may do and its scopes name, so scopes beyond the rights of the user are no harm.
func (s *Service) CreateToken(ctx context.Context, by *access.Principal, n NewToken) (store.Token, vault.Secret, error) {
	k, err := s.checkToken(ctx, by, n)
	if err != nil {
		return k, vault.Secret{}, err
	}
	secret := drawSecret(tokenPrefix)
	k.Hash, _ = hashOf(tokenPrefix, secret)
	if k, err = s.store.CreateToken(ctx, k); err != nil {
		return k, vault.Secret{}, err
	}
	s.tell(ctx, by, Event{Action: TokenCreated, User: by.User, About: k.Name, Team: k.Team, After: "token " + strconv.FormatInt(k.ID, 10)})
	return k, vault.NewSecret(secret), nil
}

func (s *Service) checkToken(ctx context.Context, by *access.Principal, n NewToken) (store.Token, error) {
	user, err := signedIn(by)
	if err != nil {
		return store.Token{}, err
	}
	if n.Name, err = parseName(n.Name); err != nil {
		return store.Token{}, err
	}
	scopes, err := access.ParseRights(n.Scopes, access.Scopes())
	if err != nil {
		return store.Token{}, fault.From(err).WithField("scopes")
	}
	switch {
	case len(scopes) == 0:
		return store.Token{}, invalid("scopes", "[scope-missing] A token needs a scope.").WithHint("[hint-scope] name the rights that it shall have")
	case n.Team != 0 && !by.Sees(n.Team):
		return store.Token{}, absent("[noun-team] The team")
	case !n.Expires.IsZero() && !n.Expires.After(s.clock.Now()):
		return store.Token{}, invalid("expires", "[token-expired] The token would have expired already.")
	}
	list, err := s.store.Tokens(ctx, user)
	if err == nil && len(list) >= MaxTokensOfUser {
		err = fault.Newf(fault.OperationsLimit, "[tokens-many] You have %d API tokens; more are not allowed.", len(list)).WithHint("[hint-delete-tokens] delete those that you do not need")
	}
	return store.Token{User: user, Name: n.Name, Scopes: namesOf(scopes), Team: n.Team, Expires: n.Expires}, err
}

// ListTokens lists the API tokens of the caller.
func (s *Service) ListTokens(ctx context.Context, by *access.Principal) ([]store.Token, error) {
	user, err := self(by)
	if err != nil {
		return nil, err
	}
	return s.store.Tokens(ctx, user)
}

// DeleteToken removes an API token of the caller. A token may remove itself.
func (s *Service) DeleteToken(ctx context.Context, by *access.Principal, id int64) error {
	user := by.User
	if by.Token == 0 || by.Token != id {
		var err error
		if user, err = signedIn(by); err != nil {
			return err
		}
	}
	if err := s.store.DeleteToken(ctx, user, id); err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: TokenDeleted, User: user, About: by.Email, Before: "token " + strconv.FormatInt(id, 10)})
	return nil
}
