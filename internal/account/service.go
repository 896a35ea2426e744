package account

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Users keeps the people.
type Users interface {
	CreateUser(ctx context.Context, u store.User) (store.User, error)
	ChangeUser(ctx context.Context, u store.User) (store.User, error)
	User(ctx context.Context, id int64) (store.User, error)
	UserByEmail(ctx context.Context, email string) (store.User, error)
	Users(ctx context.Context, after int64, limit int) ([]store.User, error)
}

// Foundation makes the first user.
type Foundation interface {
	FoundInstallation(ctx context.Context, u store.User, j store.Joining) (store.User, error)
}

// Sessions keeps who has signed in.
type Sessions interface {
	SessionByHash(ctx context.Context, hash []byte) (store.Session, error)
	Sessions(ctx context.Context, user int64) ([]store.Session, error)
	TouchSession(ctx context.Context, id int64, seen, expires time.Time) error
	EndSession(ctx context.Context, user, id int64) error
	EndSessions(ctx context.Context, user, keep int64) (int, error)
}

// Passwords keeps what is entered at a sign-in.
type Passwords interface {
	SignIn(ctx context.Context, in store.SignIn) (store.Session, error)
	SetPassword(ctx context.Context, user int64, before, password string, keep int64) error
	ResetPassword(ctx context.Context, hash []byte, password string) (store.User, error)
}

// Addresses changes the addresses that people sign in with.
type Addresses interface {
	ChangeAddress(ctx context.Context, user int64, email string) (store.User, error)
	ConfirmAddress(ctx context.Context, hash []byte, user int64) (store.User, error)
}

// SecondFactors keeps the second factors.
type SecondFactors interface {
	ProposeTwoFactor(ctx context.Context, user int64, sealed []byte) error
	ConfirmTwoFactor(ctx context.Context, user int64, sealed []byte, step int64, recovery [][]byte) error
	ReplaceRecovery(ctx context.Context, user int64, p store.SecondFactor, recovery [][]byte) error
	DropTwoFactor(ctx context.Context, user int64, p *store.SecondFactor) error
	RecoveryCodes(ctx context.Context, user int64) (int, error)
}

// Tokens keeps the API tokens.
type Tokens interface {
	CreateToken(ctx context.Context, k store.Token) (store.Token, error)
	TokenByHash(ctx context.Context, hash []byte) (store.Token, error)
	Tokens(ctx context.Context, user int64) ([]store.Token, error)
	UseToken(ctx context.Context, id int64, at time.Time) error
	DeleteToken(ctx context.Context, user, id int64) error
}

// Vouchers keeps what is sent in links.
type Vouchers interface {
	CreateVoucher(ctx context.Context, v store.Voucher) (store.Voucher, error)
	VoucherByHash(ctx context.Context, kind string, hash []byte) (store.Voucher, error)
	Invitations(ctx context.Context, organization, after int64, limit int) ([]store.Voucher, error)
	DeleteInvitation(ctx context.Context, organization, id int64) error
	AcceptInvitation(ctx context.Context, hash []byte, u store.User) (store.User, error)
}

// Roles keeps who is what.
type Roles interface {
	Memberships(ctx context.Context, user int64) (store.Memberships, error)
	OrganizationRole(ctx context.Context, organization, user int64) (string, error)
	TeamRole(ctx context.Context, team, user int64) (string, error)
	ChangeOrganizationRole(ctx context.Context, organization int64, c store.RoleChange) error
	ChangeTeamRole(ctx context.Context, team int64, c store.RoleChange) error
}

// Members lists who is where.
type Members interface {
	OrganizationMembers(ctx context.Context, organization, after int64, limit int) ([]store.Member, error)
	TeamMembers(ctx context.Context, team, after int64, limit int) ([]store.Member, error)
}

// Identities keeps who is known to an identity provider.
type Identities interface {
	UserByIdentity(ctx context.Context, i store.Identity) (store.User, error)
	LinkIdentity(ctx context.Context, i store.Identity, user int64) error
	CreateIdentified(ctx context.Context, u store.User, i store.Identity, otherwise *store.Joining) (store.User, error)
}

// Storage is everything that accounts are kept in.
type Storage interface {
	Users
	Foundation
	Sessions
	Passwords
	Addresses
	SecondFactors
	Tokens
	Vouchers
	Roles
	Members
	Identities
}

// Sealer seals secrets that must be read again, as package vault does.
type Sealer interface {
	Seal(identity string, plaintext []byte) ([]byte, error)
	Open(identity string, sealed []byte) ([]byte, error)
}

// Letter is an e-mail.
type Letter struct{ To, Subject, Text string }

// Mailer sends e-mails.
type Mailer interface {
	// Post hands a letter over and does not wait until it has arrived: how long it takes must not tell whether there is such an account.
	Post(ctx context.Context, l Letter) error
}

// Options are what a Service is made of. Mailer, Observer and Providers may be left away.
type Options struct {
	Clock clock.Clock
	Store Storage
	Vault Sealer
	// Mailer sends invitations and links to a new password. Without one links are handed to whoever makes them.
	Mailer Mailer
	// Observer is told of everything that happens to accounts.
	Observer Observer
	Log      *slog.Logger
	// BaseURL is how browsers reach the installation: "https://ropeway.example.com".
	BaseURL string
	// Providers are the identity providers of single sign-on. Client makes the calls to them: one of package outbound.
	Providers []Provider
	Client    *http.Client
	// Work is how much a password hash costs; zero is what this package recommends.
	Work Work
}

// Service answers who somebody is. It is safe for concurrent use.
type Service struct {
	clock     clock.Clock
	store     Storage
	vault     Sealer
	mailer    Mailer
	observer  Observer
	log       *slog.Logger
	base      string
	hasher    *hasher
	decoy     string // hash of a password that nobody knows, for accounts that there are not
	accounts  *throttle
	addresses *throttle
	letters   *throttle
	providers map[string]*provider
	order     []string // of the providers

	mu    sync.Mutex
	setup string // secret of the first-run link, "" for none
}

// New makes a Service. It fails for a base URL or providers that are not complete.
func New(o Options) (*Service, error) {
	s := &Service{
		clock: o.Clock, store: o.Store, vault: o.Vault, mailer: o.Mailer, observer: o.Observer, log: o.Log,
		base: strings.TrimSuffix(o.BaseURL, "/"), hasher: newHasher(o.Work),
		accounts:  newThrottle(o.Clock, guessesOfAccount, guessOfAccountEvery),
		addresses: newThrottle(o.Clock, guessesOfAddress, guessOfAddressEvery),
		letters:   newThrottle(o.Clock, lettersToAddress, letterToAddressEvery),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if s.providers, s.order, err = newProviders(o.Providers, o.Client); err != nil {
		return nil, err
	}
	s.decoy = s.hasher.decoy()
	return s, nil
}

// denied refuses what somebody may not do.
func denied(message string) *fault.Error {
	return fault.Wrap(fault.AccountValidation, access.ErrDenied, message)
}

// unauthenticated refuses somebody who is not known.
func unauthenticated(message string) *fault.Error {
	return fault.Wrap(fault.InvalidAccessToken, access.ErrUnauthenticated, message)
}

// absent says that something does not exist, or that the caller may not know of it.
func absent(what string) *fault.Error {
	return fault.Wrapf(fault.Data, store.ErrNotFound, "[absent] %v does not exist (any more).", fault.Say(what))
}

func invalid(field, format string, args ...any) *fault.Error {
	return fault.Newf(fault.BundleValidation, format, args...).WithField(field)
}

// signedIn returns the number of the user who signed in himself: programs with a token do not change what people sign in with.
func signedIn(p *access.Principal) (int64, error) {
	switch {
	case p == nil || p.User == 0:
		return 0, unauthenticated("[not-signed-in] You are not signed in.").WithHint("[hint-sign-in-first] sign in first")
	case !p.Session:
		return 0, denied("[token-cannot] An API token cannot do this.").WithHint("[hint-sign-in-password] sign in with your password")
	}
	return p.User, nil
}

// self returns the number of the user who calls, with a session or with a token that may manage the account.
func self(p *access.Principal) (int64, error) {
	switch {
	case p == nil || p.User == 0:
		return 0, unauthenticated("[not-signed-in] You are not signed in.").WithHint("[hint-sign-in-first] sign in first")
	case !p.MayGlobally(access.Account):
		return 0, denied("[token-account] This token may not see the account.").WithHintf("[hint-needs-scope] it needs the scope %s", access.Account)
	}
	return p.User, nil
}
