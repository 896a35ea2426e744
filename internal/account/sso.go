package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Provider is an identity provider that speaks OpenID Connect.
type Provider struct {
	Name         string // in addresses: letters, digits and hyphens
	Label        string // on the button
	Issuer       string // its address
	ClientID     string
	ClientSecret vault.Secret
	// Create says what a person becomes whom nobody has invited; nil refuses such people.
	Create *Creation
}

// Creation is what a person becomes who comes from an identity provider for the first time.
type Creation struct {
	Organization int64
	Role         access.OrganizationRole
}

// provider is an identity provider with what it says about itself, which is asked for when it is first needed.
type provider struct {
	Provider
	client *http.Client

	mu         sync.Mutex
	discovered *oidc.Provider
}

func newProviders(list []Provider, client *http.Client) (byName map[string]*provider, order []string, err error) {
	name := regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	byName = map[string]*provider{}
	for _, p := range list {
		switch {
		case !name.MatchString(p.Name) || byName[p.Name] != nil:
			return nil, nil, misconfigured("The identity provider %q needs a name of its own of small letters, digits and hyphens.", p.Name)
		case p.Issuer == "" || p.ClientID == "" || client == nil:
			return nil, nil, misconfigured("The identity provider %q lacks its issuer, its client or a way to call it.", p.Name)
		case p.Create != nil && (p.Create.Role == access.Owner || p.Create.Organization == 0):
			return nil, nil, misconfigured("The identity provider %q must create people in an organization, and not as owners.", p.Name)
		}
		if p.Create != nil {
			if _, err := access.ParseOrganizationRole(string(p.Create.Role)); err != nil {
				return nil, nil, err
			}
		}
		byName[p.Name] = &provider{Provider: p, client: client}
		order = append(order, p.Name)
	}
	return byName, order, nil
}

func misconfigured(format string, args ...any) error {
	return fault.Newf(fault.InvalidConfiguration, format, args...).WithHint("see the settings of the server")
}

// discover returns what the provider says about itself.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.discovered != nil {
		return p.discovered, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
	if err != nil {
		return nil, fault.Wrap(fault.Connection, err, "[identity-away] The identity provider cannot be reached.").WithHint("[hint-identity-away] try again later; whoever runs the server finds the reason in its log")
	}
	p.discovered = found
	return found, nil
}

func (p *provider) config(found *oidc.Provider, base string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.ClientID, ClientSecret: p.ClientSecret.Reveal(), Endpoint: found.Endpoint(),
		RedirectURL: base + "/api/v1/sso/" + p.Name + "/callback", Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// ProviderLabel is an identity provider as it is offered to people.
type ProviderLabel struct{ Name, Label string }

// Providers lists the identity providers, in the order of the settings.
func (s *Service) Providers() []ProviderLabel {
	list := make([]ProviderLabel, 0, len(s.order))
	for _, name := range s.order {
		label := s.providers[name].Label
		if label == "" {
			label = name
		}
		list = append(list, ProviderLabel{name, label})
	}
	return list
}

// ssoIdentity is what the state of a sign-in is sealed for.
const ssoIdentity = "account/sso"

// ssoState is what must come back from the identity provider. It stays with the browser, sealed, and so binds the answer to it.
type ssoState struct {
	Provider string    `json:"provider"`
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"` // of PKCE
	ReturnTo string    `json:"return_to"`
	Until    time.Time `json:"until"`
}

// SSOStart sends a browser to an identity provider. Cookie must be kept by the browser for SSOLife, and be brought to FinishSSO.
type SSOStart struct {
	URL    string
	Cookie vault.Secret
}

// BeginSSO begins a sign-in at an identity provider. returnTo is the page to show afterwards; one that is not of this
// installation becomes "/".
func (s *Service) BeginSSO(ctx context.Context, name, returnTo string, c Client) (SSOStart, error) {
	p, ok := s.providers[name]
	if !ok {
		return SSOStart{}, absent("[noun-identity-provider] The identity provider")
	}
	if err := s.mayCall(ctx, c.Address); err != nil {
		return SSOStart{}, err
	}
	found, err := p.discover(ctx)
	if err != nil {
		return SSOStart{}, err
	}
	st := ssoState{
		Provider: name, State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		ReturnTo: localPath(returnTo), Until: s.clock.Now().Add(SSOLife),
	}
	plain, err := json.Marshal(st)
	if err != nil {
		return SSOStart{}, err
	}
	sealed, err := s.vault.Seal(ssoIdentity, plain)
	if err != nil {
		return SSOStart{}, err
	}
	s.addresses.give(networkOf(c.Address))
	return SSOStart{
		URL:    p.config(found, s.base).AuthCodeURL(st.State, oidc.Nonce(st.Nonce), oauth2.S256ChallengeOption(st.Verifier)),
		Cookie: vault.NewSecret(base64.RawURLEncoding.EncodeToString(sealed)),
	}, nil
}

// maxReturnBytes is the length of a page to return to.
const maxReturnBytes = 500

// localPath returns a path of this installation, "/" for everything else: a link to us must not lead elsewhere.
func localPath(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || len(text) > maxReturnBytes || !strings.HasPrefix(text, "/") ||
		strings.HasPrefix(text, "//") || strings.ContainsAny(text, "\\") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) ||
		strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "/"
	}
	return text
}

// SSOAnswer is what a browser brings back from an identity provider.
type SSOAnswer struct {
	Cookie             string
	State, Code, Error string // parameters of the address
	Client             Client
}

// FinishSSO signs in whom an identity provider vouches for, and returns the page to show. The user is the one who is known to the
// provider, else the one with the address that the provider has verified, else a new one who is invited or whom the provider may
// create. A second factor is the business of the provider.
func (s *Service) FinishSSO(ctx context.Context, name string, a SSOAnswer) (SignedIn, string, error) {
	p, ok := s.providers[name]
	if !ok {
		return SignedIn{}, "", absent("[noun-identity-provider] The identity provider")
	}
	if err := s.mayCall(ctx, a.Client.Address); err != nil {
		return SignedIn{}, "", err
	}
	st, err := s.checkState(name, a)
	if err != nil {
		return SignedIn{}, "", err
	}
	claims, err := s.exchange(ctx, p, st, a.Code)
	if err != nil {
		return SignedIn{}, "", err
	}
	u, err := s.identified(ctx, p, claims, a.Client)
	if err != nil {
		return SignedIn{}, "", err
	}
	done, err := s.begin(ctx, u, store.SignIn{}, a.Client)
	if err == nil {
		s.addresses.give(networkOf(a.Client.Address))
	}
	return done, st.ReturnTo, err
}

// refusedSSO refuses an answer of an identity provider without saying more than its sender must know.
func refusedSSO(cause error) error {
	return fault.Wrap(fault.AccountValidation, errors.Join(access.ErrUnauthenticated, cause), "[sign-in-refused] The sign-in was not accepted.").WithHint("[hint-begin-again] begin again")
}

// checkState opens the cookie and compares the state that came back with the one that was sent.
func (s *Service) checkState(name string, a SSOAnswer) (ssoState, error) {
	var st ssoState
	sealed, err := base64.RawURLEncoding.DecodeString(a.Cookie)
	if err != nil {
		return st, refusedSSO(err)
	}
	plain, err := s.vault.Open(ssoIdentity, sealed)
	if err != nil {
		return st, refusedSSO(err)
	}
	if err := json.Unmarshal(plain, &st); err != nil {
		return st, refusedSSO(err)
	}
	switch {
	case st.Provider != name || subtle.ConstantTimeCompare([]byte(st.State), []byte(a.State)) != 1:
		return st, refusedSSO(errors.New("the state is another one"))
	case !s.clock.Now().Before(st.Until):
		return st, refusedSSO(errors.New("it took too long"))
	case a.Error != "":
		return st, refusedSSO(errors.New("the provider refused"))
	}
	return st, nil
}

// claims are what an identity provider says about a person.
type claims struct {
	Issuer, Subject string
	Email           string
	Verified        bool
	Name            string
}

// exchange turns a code into what the identity provider says, and checks its signature, audience, time and nonce.
func (s *Service) exchange(ctx context.Context, p *provider, st ssoState, code string) (claims, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return claims{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.config(found, s.base).Exchange(ctx, code, oauth2.VerifierOption(st.Verifier))
	if err != nil {
		return claims{}, refusedSSO(withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: s.clock.Now}).Verify(ctx, raw)
	if err != nil {
		return claims{}, refusedSSO(err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(st.Nonce)) != 1 {
		return claims{}, refusedSSO(errors.New("the nonce is another one"))
	}
	var said struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some write it as a text
		Name     string `json:"name"`
	}
	if err := verified.Claims(&said); err != nil {
		return claims{}, refusedSSO(err)
	}
	return claims{verified.Issuer, verified.Subject, said.Email, said.Verified == true || said.Verified == "true", said.Name}, nil
}

// withoutBody leaves out what the provider answered, in which secrets may stand.
func withoutBody(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return errors.New("the provider did not take the code: " + refused.ErrorCode)
	}
	return err
}

// identified returns the user whom claims are about.
func (s *Service) identified(ctx context.Context, p *provider, c claims, from Client) (store.User, error) {
	id := store.Identity{Issuer: c.Issuer, Subject: c.Subject}
	u, err := s.store.UserByIdentity(ctx, id)
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return u, err // a disabled user is refused when the session is made
	}
	if !c.Verified {
		return u, denied("[email-unverified] The identity provider has not verified your email address.").WithHint("[hint-verify-there] have it verified there, then try again")
	}
	email, err := parseEmail(c.Email)
	if err != nil {
		return u, refusedSSO(err)
	}
	u, err = s.store.UserByEmail(ctx, email)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return s.createIdentified(ctx, p, id, email, c.Name, from)
	case err != nil:
		return u, err
	case u.Disabled:
		return u, wrongCredentials()
	}
	if err := s.store.LinkIdentity(ctx, id, u.ID); err != nil {
		return u, err
	}
	s.tell(ctx, &access.Principal{User: u.ID, Email: u.Email}, Event{Action: IdentityLinked, User: u.ID, About: u.Email, Address: from.Address, After: c.Issuer})
	return u, nil
}

func (s *Service) createIdentified(ctx context.Context, p *provider, id store.Identity, email, name string, from Client) (store.User, error) {
	var otherwise *store.Joining
	if p.Create != nil {
		otherwise = &store.Joining{Organization: p.Create.Organization, Role: string(p.Create.Role)}
	}
	local, _, _ := strings.Cut(email, "@")
	if parsed, err := parseName(name); err == nil {
		name = parsed
	} else {
		name = local
	}
	u, err := s.store.CreateIdentified(ctx, store.User{Email: email, Name: name}, id, otherwise)
	if errors.Is(err, store.ErrNotFound) {
		return u, denied("[not-invited] Nobody has invited you to this installation.").WithHintf("[hint-ask-invite] ask an administrator to invite %s", email)
	}
	if err == nil {
		s.tell(ctx, &access.Principal{User: u.ID, Email: u.Email}, Event{Action: UserCreated, User: u.ID, About: u.Email, Address: from.Address, After: id.Issuer})
	}
	return u, err
}
