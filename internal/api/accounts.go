package api

import (
	"errors"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
)

// taking makes a handler of what a body says.
func taking[T any](do func(c *call, body T) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		var body T
		if c.body(&body); c.err != nil {
			return nil, c.err
		}
		return do(c, body)
	}
}

// about says what a change is about, for the audit log, where the path alone does not.
func (c *call) about(kind Kind, id int64) {
	if c.deed != nil {
		c.deed.Subject = subject(kind, id)
	}
}

// signInRoutes are for who is not known yet.
func signInRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/setup", Name: "setup.get", Needs: access.Public,
			Summary: "Tell whether the first user is still to be made", Gives: SetupState{},
			handle: func(c *call) (any, error) { return s.SignIns.Setup(c.Context()) },
		},
		{
			Method: http.MethodPost, Pattern: "/setup", Name: "setup.do", Needs: access.Public,
			Summary: "Make the first user, with the secret of the first-run link", Takes: Founder{}, Gives: NewSession{}, Status: http.StatusCreated,
			handle: taking(func(c *call, f Founder) (any, error) { return c.begun(s.SignIns.SetUp(c.Context(), f, c.origin())) }),
		},
		{
			Method: http.MethodPost, Pattern: "/session", Name: "session.begin", Needs: access.Public,
			Summary: `Sign in; a refusal of the field "code" asks for the second factor`, Takes: SignIn{}, Gives: NewSession{}, Status: http.StatusCreated,
			handle: taking(func(c *call, x SignIn) (any, error) { return c.begun(s.SignIns.SignIn(c.Context(), x, c.origin())) }),
		},
		{
			Method: http.MethodDelete, Pattern: "/session", Name: "session.end", Needs: access.Account, Summary: "Sign out",
			handle: func(c *call) (any, error) {
				err := s.SignIns.SignOut(c.Context())
				if err == nil {
					c.setCookie(sessionCookie, "", -1)
				}
				return nil, err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/password-resets", Name: "password-reset.ask", Needs: access.Public,
			Summary: "Have a link to a new password sent to an address, if a user has it", Takes: ResetRequest{},
			handle: taking(func(c *call, x ResetRequest) (any, error) {
				return nil, s.Profiles.AskReset(c.Context(), x, c.origin())
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/password-resets/use", Name: "password-reset.use", Needs: access.Public,
			Summary: "Set a new password with the secret of a link", Takes: Reset{},
			handle: taking(func(c *call, x Reset) (any, error) { return nil, s.Profiles.Reset(c.Context(), x, c.origin()) }),
		},
	}
}

func ssoRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/sso", Name: "sso.list", Needs: access.Public, Summary: "List the identity providers", Gives: Page[Provider]{},
			handle: func(c *call) (any, error) {
				list, err := s.SSO.Providers(c.Context())
				return pageOf(list, len(list), func(Provider) int64 { return 0 }), err
			},
		},
		{
			Method: http.MethodGet, Pattern: "/sso/{provider}/begin", Name: "sso.begin", Needs: access.Public, Summary: "Go to an identity provider to sign in",
			Query: []Parameter{{"return_to", "path of the page to show afterwards"}}, Gives: Redirect{}, Status: http.StatusSeeOther,
			handle: func(c *call) (any, error) {
				start, err := s.SSO.Begin(c.Context(), c.PathValue("provider"), c.URL.Query().Get("return_to"), c.origin())
				if err != nil {
					return nil, err
				}
				c.setCookie(ssoCookie, start.Cookie, ssoCookieTime)
				return Redirect{start.URL}, nil
			},
		},
		{
			Method: http.MethodGet, Pattern: "/sso/{provider}/callback", Name: "sso.finish", Needs: access.Public, Summary: "Come back from an identity provider",
			Query: ssoQuery(), Gives: Redirect{}, Status: http.StatusSeeOther,
			handle: func(c *call) (any, error) { return finishSSO(s, c) },
		},
	}
}

// ssoQuery are the parameters with which identity providers send people back, also those that nobody needs.
func ssoQuery() []Parameter {
	list := []Parameter{{"state", "as it was sent"}, {"code", "to be exchanged"}, {"error", "why the provider refuses"}}
	for _, name := range []string{"error_description", "error_uri", "iss", "session_state", "scope", "authuser", "hd", "prompt"} {
		list = append(list, Parameter{name, "not used"})
	}
	return list
}

// finishSSO signs in, or sends the browser to the page where one signs in with the reason in a word: a person looks at this answer, not
// a program.
func finishSSO(s Services, c *call) (any, error) {
	q := c.URL.Query()
	in, page, err := s.SSO.Finish(c.Context(), c.PathValue("provider"), SSOAnswer{
		Cookie: c.cookie(ssoCookie), State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"),
	}, c.origin())
	c.setCookie(ssoCookie, "", -1)
	switch {
	case err == nil:
		_, _ = c.begun(in, nil)
		return Redirect{page}, nil
	case errors.Is(err, access.ErrDenied):
		return Redirect{"/sign-in?sso=not-invited"}, nil
	case errors.Is(err, access.ErrUnauthenticated):
		return Redirect{"/sign-in?sso=refused"}, nil
	case fault.KindOf(err) == fault.RateLimit:
		return Redirect{"/sign-in?sso=too-often"}, nil
	}
	return nil, err
}

// meRoutes are for who calls, about himself.
func meRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/me", Name: "me.get", Needs: access.Account, Summary: "Show who calls, and what he may do", Gives: Me{},
			handle: func(c *call) (any, error) { return s.Profiles.Get(c.Context()) },
		},
		{
			Method: http.MethodPatch, Pattern: "/me", Name: "me.change", Needs: access.Account, Summary: "Change one's name, language or time zone", Takes: ProfileChange{}, Gives: User{},
			handle: taking(func(c *call, x ProfileChange) (any, error) {
				revision := c.revision()
				if c.err != nil {
					return nil, c.err
				}
				return s.Profiles.Change(c.Context(), revision, x)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/me/password", Name: "me.password", Needs: access.Account,
			Summary: "Change one's password; all other sessions end", Takes: PasswordChange{},
			handle: taking(func(c *call, x PasswordChange) (any, error) {
				return nil, s.Profiles.ChangePassword(c.Context(), x, c.origin())
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/me/email", Name: "me.email", Needs: access.Account,
			Summary: "Change one's e-mail address, for one's password: by a link that is sent to the new one, or at once where no e-mails are sent", Takes: EmailChange{}, Gives: EmailChanged{},
			handle: taking(func(c *call, x EmailChange) (any, error) { return s.Emails.Change(c.Context(), x, c.origin()) }),
		},
		{
			Method: http.MethodPost, Pattern: "/me/email/confirm", Name: "me.email-confirm", Needs: access.Account,
			Summary: "Confirm one's new e-mail address with the secret of the link that was sent to it", Takes: EmailConfirmation{}, Gives: User{},
			handle: taking(func(c *call, x EmailConfirmation) (any, error) { return s.Emails.Confirm(c.Context(), x, c.origin()) }),
		},
		{
			Method: http.MethodGet, Pattern: "/me/sessions", Name: "session.list", Needs: access.Account, Summary: "List one's sessions", Gives: Page[Session]{},
			handle: func(c *call) (any, error) {
				list, err := s.Sessions.List(c.Context())
				return pageOf(list, len(list), func(x Session) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodDelete, Pattern: "/me/sessions/{id}", Name: "session.delete", Needs: access.Account, Summary: "End one of one's sessions",
			handle: one(func(c *call, id int64) (any, error) {
				c.about(OfSession, id)
				return nil, s.Sessions.End(c.Context(), id)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/me/sessions", Name: "session.delete-others", Needs: access.Account, Summary: "End all one's sessions but this one", Gives: Ended{},
			handle: func(c *call) (any, error) {
				n, err := s.Sessions.EndOthers(c.Context())
				return Ended{n}, err
			},
		},
	}
}

func twoFactorRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodPost, Pattern: "/me/two-factor", Name: "two-factor.enrol", Needs: access.Account,
			Summary: "Draw the secret of a second factor, for one's password", Takes: Reentered{}, Gives: Enrolment{}, Status: http.StatusCreated,
			handle: taking(func(c *call, x Reentered) (any, error) { return s.TwoFactors.Enrol(c.Context(), x, c.origin()) }),
		},
		{
			Method: http.MethodPost, Pattern: "/me/two-factor/confirm", Name: "two-factor.confirm", Needs: access.Account,
			Summary: "Have the second factor asked for from now on, for its first code", Takes: FactorCode{}, Gives: RecoveryCodes{},
			handle: taking(func(c *call, x FactorCode) (any, error) { return s.TwoFactors.Confirm(c.Context(), x.Code, c.origin()) }),
		},
		{
			Method: http.MethodPost, Pattern: "/me/two-factor/recovery-codes", Name: "two-factor.recovery-codes", Needs: access.Account,
			Summary: "Draw new recovery codes, for a code", Takes: FactorCode{}, Gives: RecoveryCodes{},
			handle: taking(func(c *call, x FactorCode) (any, error) { return s.TwoFactors.Replace(c.Context(), x.Code, c.origin()) }),
		},
		{
			Method: http.MethodPost, Pattern: "/me/two-factor/remove", Name: "two-factor.remove", Needs: access.Account,
			Summary: "Remove the second factor, for one's password and a code", Takes: Reentered{},
			handle: taking(func(c *call, x Reentered) (any, error) { return nil, s.TwoFactors.Disable(c.Context(), x, c.origin()) }),
		},
	}
}

func tokenRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/me/tokens", Name: "token.list", Needs: access.Account, Summary: "List one's API tokens", Gives: Page[Token]{},
			handle: func(c *call) (any, error) {
				list, err := s.Tokens.List(c.Context())
				return pageOf(list, len(list), func(x Token) int64 { return x.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/me/tokens", Name: "token.create", Needs: access.Account, Summary: "Make an API token; its secret is told once",
			Takes: NewAPIToken{}, Gives: CreatedToken{}, Status: http.StatusCreated,
			handle: taking(func(c *call, n NewAPIToken) (any, error) { return s.Tokens.Create(c.Context(), n) }),
		},
		{
			Method: http.MethodDelete, Pattern: "/me/tokens/{id}", Name: "token.delete", Needs: access.Account, Summary: "Delete one of one's API tokens",
			handle: one(func(c *call, id int64) (any, error) {
				c.about(OfToken, id)
				return nil, s.Tokens.Delete(c.Context(), id)
			}),
		},
	}
}
