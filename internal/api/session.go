package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/access"
)

// Names of the cookies. The prefix has browsers take a cookie only over TLS and from this very host.
const (
	sessionCookie = "ropeway_session"
	ssoCookie     = "ropeway_sso"
	hostPrefix    = "__Host-"
	// ssoCookieTime is how long a person may take at the identity provider.
	ssoCookieTime = 10 * time.Minute
)

// Identifier finds out who calls by what the call brings.
type Identifier interface {
	// Identify returns whose session or API token it is. One that is not valid is access.ErrUnauthenticated. A token counts before
	// a session.
	Identify(ctx context.Context, session, token string) (*access.Principal, error)
}

// Authenticating knows callers by the cookie of a session, or by an API token in the header Authorization.
type Authenticating struct {
	Identifier Identifier
	// Secure says that browsers reach the server by TLS, also where a proxy ends it.
	Secure bool
}

// Authenticate returns the caller, nil for nobody.
func (a Authenticating) Authenticate(r *http.Request) (*access.Principal, error) {
	session := ""
	if c, err := r.Cookie(cookieName(sessionCookie, a.Secure || r.TLS != nil)); err == nil {
		session = c.Value
	}
	token := ""
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || rest == "" {
			return nil, nil //nolint:nilnil // nobody is known, and that is no failure
		}
		token = strings.TrimSpace(rest)
	}
	if session == "" && token == "" {
		return nil, nil //nolint:nilnil // the same
	}
	p, err := a.Identifier.Identify(r.Context(), session, token)
	if errors.Is(err, access.ErrUnauthenticated) {
		return nil, nil //nolint:nilnil // the same
	}
	return p, err
}

func cookieName(name string, secure bool) string {
	if secure {
		return hostPrefix + name
	}
	return name
}

// cookie returns the value of a cookie that setCookie has set, "" for none.
func (c *call) cookie(name string) string {
	k, err := c.Cookie(cookieName(name, c.secure))
	if err != nil {
		return ""
	}
	return k.Value
}

// setCookie has the answer set a cookie that scripts cannot read and that other sites cannot have sent with what changes something.
// life 0 lets it live as long as the browser, negative removes it.
func (c *call) setCookie(name, value string, life time.Duration) {
	k := http.Cookie{ //nolint:gosec // without TLS, Secure would keep browsers from sending it at all
		Name: cookieName(name, c.secure), Value: value, Path: "/", HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if life < 0 {
		k.MaxAge = -1
	}
	c.reply.Add("Set-Cookie", k.String())
}

// begun has the browser keep a new session.
func (c *call) begun(s NewSession, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c.setCookie(sessionCookie, s.Secret, s.Session.Expires.Sub(s.Session.Created))
	return s, nil
}

// origin says where the call comes from.
func (c *call) origin() Origin {
	host, _, err := net.SplitHostPort(c.RemoteAddr)
	if err != nil {
		host = c.RemoteAddr
	}
	return Origin{Agent: c.UserAgent(), Address: host}
}

// Redirect is an answer that sends the browser elsewhere.
type Redirect struct{ to string }

func (r Redirect) answer(w http.ResponseWriter) error {
	w.Header().Set("Location", r.to)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}
