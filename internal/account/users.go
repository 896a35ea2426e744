package account

import (
	"context"
	"fmt"
	"strings"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Me returns the user who calls.
func (s *Service) Me(ctx context.Context, by *access.Principal) (store.User, error) {
	user, err := self(by)
	if err != nil {
		return store.User{}, err
	}
	return s.store.User(ctx, user)
}

// Profile is what a user changes about himself; nil leaves it.
type Profile struct{ Name, Language, Zone *string }

// ChangeMe changes the profile of the caller. revision is the one that was read, 0 for whichever there is.
func (s *Service) ChangeMe(ctx context.Context, by *access.Principal, revision int64, p Profile) (store.User, error) {
	user, err := signedIn(by)
	if err != nil {
		return store.User{}, err
	}
	return s.change(ctx, by, user, revision, func(u *store.User) error { return p.apply(u) })
}

func (p Profile) apply(u *store.User) (err error) {
	if p.Name != nil {
		if u.Name, err = parseName(*p.Name); err != nil {
			return err
		}
	}
	if p.Language != nil {
		if err := checkLanguage(*p.Language); err != nil {
			return err
		}
		u.Language = *p.Language
	}
	if p.Zone != nil {
		if err := checkZone(*p.Zone); err != nil {
			return err
		}
		u.Zone = *p.Zone
	}
	return nil
}

// change loads a user, changes what it is told to, and saves him.
func (s *Service) change(ctx context.Context, by *access.Principal, user, revision int64, how func(*store.User) error) (store.User, error) {
	before, err := s.store.User(ctx, user)
	if err != nil {
		return before, err
	}
	u := before
	if err := how(&u); err != nil {
		return before, err
	}
	if revision != 0 {
		u.Revision = revision
	}
	after, err := s.store.ChangeUser(ctx, u)
	if err == nil {
		s.tell(ctx, by, Event{Action: UserChanged, User: user, About: u.Email, Before: stateOf(before), After: stateOf(after)})
	}
	return after, err
}

// stateOf writes what can be changed about a user.
func stateOf(u store.User) string {
	return fmt.Sprintf("name %q, language %q, zone %q, disabled %t, administrator %t", u.Name, u.Language, u.Zone, u.Disabled, u.Administrator)
}

// mayAdminister refuses who does not manage the installation.
func mayAdminister(by *access.Principal) error {
	switch {
	case by == nil:
		return unauthenticated("[not-signed-in] You are not signed in.").WithHint("[hint-sign-in-first] sign in first")
	case !by.MayGlobally(access.ManageInstallation):
		return denied("[only-administrators] Only administrators of the installation may do this.")
	}
	return nil
}

// ListUsers lists all users of the installation, behind number after.
func (s *Service) ListUsers(ctx context.Context, by *access.Principal, after int64, limit int) ([]store.User, error) {
	if err := mayAdminister(by); err != nil {
		return nil, err
	}
	return s.store.Users(ctx, after, limit)
}

// User returns a user of the installation.
func (s *Service) User(ctx context.Context, by *access.Principal, id int64) (store.User, error) {
	if err := mayAdminister(by); err != nil {
		return store.User{}, err
	}
	return s.store.User(ctx, id)
}

// CreateUser makes a user who belongs to nothing yet, and the link at which he chooses his password. It is sent to him;
// where no e-mails are sent, the caller hands it over.
func (s *Service) CreateUser(ctx context.Context, by *access.Principal, email, name string) (store.User, vault.Secret, error) {
	if err := mayAdminister(by); err != nil {
		return store.User{}, vault.Secret{}, err
	}
	u := store.User{}
	var err error
	if u.Email, err = parseEmail(email); err != nil {
		return u, vault.Secret{}, err
	}
	if u.Name, err = parseName(name); err != nil {
		return u, vault.Secret{}, err
	}
	if u, err = s.store.CreateUser(ctx, u); err != nil {
		return u, vault.Secret{}, err
	}
	s.tell(ctx, by, Event{Action: UserCreated, User: u.ID, About: u.Email})
	link, err := s.passwordLink(ctx, u.ID, u.Email, s.mailer != nil, by.User)
	if err != nil || s.mailer == nil {
		return u, vault.NewSecret(link), err
	}
	return u, vault.Secret{}, s.post(ctx, Letter{To: u.Email, Subject: "Your account of Ropeway", Text: welcomeText(link)})
}

func welcomeText(link string) string {
	return strings.Join([]string{
		"There is an account for you in Ropeway now.",
		"Choose a password here within an hour; later, ask for a new one on the page where one signs in:",
		link,
	}, "\n\n") + "\n"
}

// UserChange is what an administrator changes about a user; nil leaves it.
type UserChange struct{ Disabled, Administrator *bool }

// ChangeUser disables or enables a user, or makes an administrator of him or not. Whoever is disabled has no sessions and tokens from
// then on. Nobody disables himself; the last administrator stays one.
func (s *Service) ChangeUser(ctx context.Context, by *access.Principal, id, revision int64, c UserChange) (store.User, error) {
	if err := mayAdminister(by); err != nil {
		return store.User{}, err
	}
	if c.Disabled != nil && *c.Disabled && by.User == id {
		return store.User{}, fault.New(fault.Data, "[disable-self] You cannot disable yourself.").WithHint("[hint-ask-other-administrator] ask another administrator")
	}
	return s.change(ctx, by, id, revision, func(u *store.User) error {
		if c.Disabled != nil {
			u.Disabled = *c.Disabled
		}
		if c.Administrator != nil {
			u.Administrator = *c.Administrator
		}
		return nil
	})
}
