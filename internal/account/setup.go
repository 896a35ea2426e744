package account

import (
	"context"
	"crypto/subtle"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Paths of the pages that links lead to. The secret stands behind "#", which browsers send to no server.
const (
	setupPage      = "/setup#"
	invitationPage = "/join#"
	passwordPage   = "/reset#"
	addressPage    = "/email#"
)

// FirstRunLink returns the address at which the first user is made. Only who reads it on the machine can make that user. It
// works until there is one, or the process ends. needed is false where there is a user.
func (s *Service) FirstRunLink(ctx context.Context) (link vault.Secret, needed bool, err error) {
	needed, err = s.NeedsSetup(ctx)
	if err != nil || !needed {
		return vault.Secret{}, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.setup == "" {
		s.setup = drawSecret(setupPrefix)
	}
	return vault.NewSecret(s.base + setupPage + s.setup), true, nil
}

// NeedsSetup reports whether there is no user.
func (s *Service) NeedsSetup(ctx context.Context) (bool, error) {
	list, err := s.store.Users(ctx, 0, 1)
	return err == nil && len(list) == 0, err
}

// Founder is the first user.
type Founder struct {
	Secret   vault.Secret // of the first-run link
	Email    string
	Name     string
	Password vault.Secret
	Language string
	Zone     string
	Client   Client
}

// SetUp makes the first user: an administrator of the installation, and owner of its first organization. It signs him in.
// It is refused without the secret of the first-run link, and where there is a user.
func (s *Service) SetUp(ctx context.Context, f Founder) (SignedIn, error) {
	if err := s.mayCall(ctx, f.Client.Address); err != nil {
		return SignedIn{}, err
	}
	if !s.isSetup(f.Secret) {
		return SignedIn{}, unauthenticated("[setup-link] This link is not right.").WithHint("[hint-setup-link] use the link that the server printed when it started")
	}
	u, err := s.newUser(ctx, store.User{Email: f.Email, Name: f.Name, Language: f.Language, Zone: f.Zone, Administrator: true}, f.Password)
	if err != nil {
		return SignedIn{}, err
	}
	u, err = s.store.FoundInstallation(ctx, u, store.Joining{
		Organization: homeOrganization, Role: string(access.Owner), Team: homeTeam, TeamRole: string(access.TeamAdmin),
	})
	if err != nil {
		return SignedIn{}, err
	}
	s.mu.Lock()
	s.setup = ""
	s.mu.Unlock()
	s.tell(ctx, nil, Event{Action: SetUp, By: u.Email, User: u.ID, About: u.Email, Address: f.Client.Address, Organization: homeOrganization})
	return s.begin(ctx, u, store.SignIn{Password: u.Password}, f.Client)
}

func (s *Service) isSetup(secret vault.Secret) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.setup != "" && subtle.ConstantTimeCompare([]byte(secret.Reveal()), []byte(s.setup)) == 1
}

// newUser checks what a new user is made of and hashes the password.
func (s *Service) newUser(ctx context.Context, u store.User, password vault.Secret) (store.User, error) {
	var err error
	if u.Email, err = parseEmail(u.Email); err != nil {
		return u, err
	}
	if u.Name, err = parseName(u.Name); err != nil {
		return u, err
	}
	if err = checkLanguage(u.Language); err != nil {
		return u, err
	}
	if err = checkZone(u.Zone); err != nil {
		return u, err
	}
	u.Password, err = s.hashNew(ctx, password, u.Email)
	return u, err
}

// hashNew checks and hashes a new password of the user with an address.
func (s *Service) hashNew(ctx context.Context, password vault.Secret, email string) (string, error) {
	if err := checkPassword(password.Reveal(), email); err != nil {
		return "", err
	}
	return s.hasher.hash(ctx, password.Reveal())
}

// Found makes the first user without a link, for whoever owns the data directory.
func (s *Service) Found(ctx context.Context, by *access.Principal, email, name string, password vault.Secret) (store.User, error) {
	if by == nil || !by.Machine {
		return store.User{}, denied("[only-machine-owner] Only the owner of the machine may do this.")
	}
	if needed, err := s.NeedsSetup(ctx); err != nil || !needed {
		if err == nil {
			err = fault.Wrap(fault.Data, store.ErrConflict, "[set-up-already] This installation is set up already.")
		}
		return store.User{}, err
	}
	u, err := s.newUser(ctx, store.User{Email: email, Name: name, Administrator: true}, password)
	if err != nil {
		return u, err
	}
	u, err = s.store.FoundInstallation(ctx, u, store.Joining{
		Organization: homeOrganization, Role: string(access.Owner), Team: homeTeam, TeamRole: string(access.TeamAdmin),
	})
	if err == nil {
		s.tell(ctx, by, Event{Action: SetUp, User: u.ID, About: u.Email, Organization: homeOrganization})
	}
	return u, err
}
