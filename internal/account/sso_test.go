package account

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// idp is an identity provider. What it says about the person can be changed by a test, also to what no honest one says.
type idp struct {
	*httptest.Server
	key *rsa.PrivateKey
	now func() time.Time

	mu        sync.Mutex
	nonce     string         // of the sign-in under way
	challenge string         // of PKCE
	claims    map[string]any // in place of the usual ones; nil removes one
	signer    *rsa.PrivateKey
	failing   bool
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	p := &idp{key: key, signer: key}
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	_, secret, _ := r.BasicAuth()
	if p.failing || r.FormValue("code") != "good" || base64.RawURLEncoding.EncodeToString(sum[:]) != p.challenge || secret != "client-secret" {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"hush-hush"}`))
		return
	}
	said := map[string]any{
		"iss": p.URL, "sub": "person-1", "aud": "client", "iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix(),
		"nonce": p.nonce, "email": "Ann@example.com", "email_verified": true, "name": "Ann",
	}
	maps.Copy(said, p.claims)
	body, _ := json.Marshal(said)
	signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.signer, KeyID: "1"}}, nil)
	signed, _ := signer.Sign(body)
	compact, _ := signed.CompactSerialize()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": compact})
}

// withIDP is a bench with an identity provider under the name "corp".
func withIDP(t *testing.T, create *Creation) (*bench, *idp) {
	t.Helper()
	p := newIDP(t)
	b := newBench(t, func(o *Options) {
		o.Client = p.Client()
		o.Providers = []Provider{{Name: "corp", Label: "Corp", Issuer: p.URL, ClientID: "client", ClientSecret: vault.NewSecret("client-secret"), Create: create}}
	})
	p.now = b.clock.Now
	return b, p
}

// walk goes to the provider and comes back, as a browser does; alter changes what it brings back.
func (b *bench) walk(t *testing.T, p *idp, returnTo string, alter ...func(*SSOAnswer)) (SignedIn, string, error) {
	t.Helper()
	start, err := b.BeginSSO(b.ctx, "corp", returnTo, from("192.0.2.1"))
	must(t, err)
	u, err := url.Parse(start.URL)
	must(t, err)
	q := u.Query()
	if q.Get("redirect_uri") != "https://ropeway.example.com/api/v1/sso/corp/callback" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" {
		t.Errorf("got %s", start.URL)
	}
	if strings.Contains(start.Cookie.Reveal(), q.Get("state")) {
		t.Error("the cookie can be read")
	}
	p.mu.Lock()
	p.nonce, p.challenge = q.Get("nonce"), q.Get("code_challenge")
	p.mu.Unlock()
	a := SSOAnswer{Cookie: start.Cookie.Reveal(), State: q.Get("state"), Code: "good", Client: from("192.0.2.1")}
	for _, change := range alter {
		change(&a)
	}
	return b.FinishSSO(b.ctx, "corp", a)
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	b, p := withIDP(t, nil)
	ann := b.owner(t)
	old, err := b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")
	must(t, err)
	in, page, err := b.walk(t, p, "/scenarios/7")
	must(t, err)
	if in.User.ID != ann.User || page != "/scenarios/7" {
		t.Errorf("got %+v and page %s, want Ann where she wanted to go", in.User, page)
	}
	// Nobody had proved that the address was hers, so whoever made the account loses it.
	refused(t, "a session from before", second(b.Principal(b.ctx, Credential{Session: old.Secret})), access.ErrUnauthenticated)
	refused(t, "the password from before", second(b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")), access.ErrUnauthenticated)
	must(t, b.ChangePassword(b.ctx, b.as(t, in), vault.Secret{}, hidden(goodPassword), from("192.0.2.1")))

	p.claims = map[string]any{"email": "other@example.com", "email_verified": false}
	in, _, err = b.walk(t, p, "")
	must(t, err)
	if in.User.ID != ann.User {
		t.Error("who is known is known by subject, not by address")
	}
	_, err = b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")
	must(t, err) // the second time nothing is lost
	if got := b.Providers(); len(got) != 1 || got[0] != (ProviderLabel{"corp", "Corp"}) {
		t.Errorf("got providers %v", got)
	}
}

func TestSingleSignOnRefuses(t *testing.T) {
	t.Parallel()
	b, p := withIDP(t, nil)
	b.owner(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	foreign, err := b.BeginSSO(b.ctx, "corp", "", from("192.0.2.1"))
	must(t, err)
	none := func(*SSOAnswer) {}
	for _, tc := range []struct {
		name   string
		claims map[string]any
		alter  func(*SSOAnswer)
		want   error
	}{
		{"another nonce", map[string]any{"nonce": "other"}, none, access.ErrUnauthenticated},
		{"no nonce", map[string]any{"nonce": nil}, none, access.ErrUnauthenticated},
		{"another audience", map[string]any{"aud": "other"}, none, access.ErrUnauthenticated},
		{"another issuer", map[string]any{"iss": "https://evil.example"}, none, access.ErrUnauthenticated},
		{"expired", map[string]any{"exp": 1}, none, access.ErrUnauthenticated},
		{"an address that is not verified", map[string]any{"email_verified": false}, none, access.ErrDenied},
		{"an address without a word about that", map[string]any{"email_verified": nil}, none, access.ErrDenied},
		{"nobody who was invited", map[string]any{"email": "eve@example.com"}, none, access.ErrDenied},
		{"no address", map[string]any{"email": ""}, none, access.ErrUnauthenticated},
		{"another state", nil, func(a *SSOAnswer) { a.State = "other" }, access.ErrUnauthenticated},
		{"no state", nil, func(a *SSOAnswer) { a.State = "" }, access.ErrUnauthenticated},
		{"no cookie", nil, func(a *SSOAnswer) { a.Cookie = "" }, access.ErrUnauthenticated},
		{"the cookie of another browser", nil, func(a *SSOAnswer) { a.Cookie = foreign.Cookie.Reveal() }, access.ErrUnauthenticated},
		{"another code", nil, func(a *SSOAnswer) { a.Code = "bad" }, access.ErrUnauthenticated},
		{"a refusal of the provider", nil, func(a *SSOAnswer) { a.Error = "access_denied" }, access.ErrUnauthenticated},
		{"too late", nil, func(*SSOAnswer) { b.clock.Advance(SSOLife) }, access.ErrUnauthenticated},
	} {
		p.claims = tc.claims
		_, _, err := b.walk(t, p, "", tc.alter)
		refused(t, tc.name, err, tc.want)
		if err != nil && strings.Contains(err.Error(), "hush-hush") {
			t.Errorf("%s: the answer of the provider is told", tc.name)
		}
		b.clock.Advance(time.Hour) // attempts from the address come back
	}
	p.claims, p.signer = nil, other
	_, _, err = b.walk(t, p, "")
	refused(t, "signed by somebody else", err, access.ErrUnauthenticated)
	if list, err := b.data.Users(b.ctx, 0, 10); err != nil || len(list) != 1 {
		t.Errorf("got %d users (%v), want Ann alone", len(list), err)
	}
	_, _, err = b.FinishSSO(b.ctx, "unknown", SSOAnswer{})
	refused(t, "an unknown provider", err, store.ErrNotFound)
}

func TestSingleSignOnMakesUsers(t *testing.T) {
	t.Parallel()
	b, p := withIDP(t, &Creation{Organization: 1, Role: access.Member})
	ann := b.owner(t)
	p.claims = map[string]any{"sub": "person-2", "email": "bob@example.com", "email_verified": "true", "name": "Bob\x00"}
	in, page, err := b.walk(t, p, "https://evil.example/")
	must(t, err)
	if page != "/" || in.User.Name != "bob" || in.User.Verified.IsZero() {
		t.Errorf("got %+v and page %s", in.User, page)
	}
	bob := b.as(t, in)
	if bob.Organizations[1] != access.Member {
		t.Errorf("got %+v, want the configured role", bob)
	}
	_, err = b.Invite(b.ctx, ann, NewInvitation{Organization: 1, Email: "carl@example.com", Role: "admin"})
	must(t, err)
	p.claims = map[string]any{"sub": "person-3", "email": "carl@example.com"}
	in, _, err = b.walk(t, p, "")
	must(t, err)
	if carl := b.as(t, in); carl.Organizations[1] != access.Admin {
		t.Errorf("got %+v, want the role of the invitation", carl)
	}
	yes := true
	_, err = b.ChangeUser(b.ctx, ann, bob.User, 0, UserChange{Disabled: &yes})
	must(t, err)
	p.claims = map[string]any{"sub": "person-2", "email": "bob@example.com"}
	_, _, err = b.walk(t, p, "")
	refused(t, "a disabled user", err, access.ErrUnauthenticated)
}

func TestProviderThatIsAway(t *testing.T) {
	t.Parallel()
	b, p := withIDP(t, nil)
	p.Close()
	_, err := b.BeginSSO(b.ctx, "corp", "/", from("192.0.2.1"))
	faulty(t, "a provider that is away", err, fault.Connection)
}

func TestProvidersThatAreNotRight(t *testing.T) {
	t.Parallel()
	good := Provider{Name: "corp", Issuer: "https://id.example.com", ClientID: "x"}
	for name, change := range map[string]func(*Provider){
		"a name for an address":   func(p *Provider) { p.Name = "a/b" },
		"no issuer":               func(p *Provider) { p.Issuer = "" },
		"no client":               func(p *Provider) { p.ClientID = "" },
		"owners":                  func(p *Provider) { p.Create = &Creation{1, access.Owner} },
		"an unknown role":         func(p *Provider) { p.Create = &Creation{1, "king"} },
		"an unknown organization": func(p *Provider) { p.Create = &Creation{0, access.Member} },
	} {
		p := good
		change(&p)
		if _, _, err := newProviders([]Provider{p}, &http.Client{}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	if _, _, err := newProviders([]Provider{good, good}, &http.Client{}); err == nil {
		t.Error("two of one name: got no error")
	}
}
