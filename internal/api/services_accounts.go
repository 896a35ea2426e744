package api

import "context"

// The services about accounts know who calls by PrincipalOf. Errors have access.ErrUnauthenticated in their chain where it is not
// known who calls, or what somebody entered is not right, and access.ErrDenied where he may not do something.

// SignIns begins and ends sessions.
type SignIns interface {
	Setup(ctx context.Context) (SetupState, error)
	SetUp(ctx context.Context, f Founder, from Origin) (NewSession, error)
	// SignIn refuses with the field "code" where the second factor is asked for.
	SignIn(ctx context.Context, s SignIn, from Origin) (NewSession, error)
	SignOut(ctx context.Context) error
}

// Profiles is what a user says about himself, and his password.
type Profiles interface {
	Get(ctx context.Context) (Me, error)
	Change(ctx context.Context, revision int64, c ProfileChange) (User, error)
	ChangePassword(ctx context.Context, c PasswordChange, from Origin) error
	// AskReset does not tell whether there is such a user.
	AskReset(ctx context.Context, r ResetRequest, from Origin) error
	Reset(ctx context.Context, r Reset, from Origin) error
}

// Emails changes the address of the caller.
type Emails interface {
	// Change changes it at once, or sends a link to the new one.
	Change(ctx context.Context, c EmailChange, from Origin) (EmailChanged, error)
	Confirm(ctx context.Context, c EmailConfirmation, from Origin) (User, error)
}

// Sessions are those of the caller.
type Sessions interface {
	List(ctx context.Context) ([]Session, error)
	End(ctx context.Context, id int64) error
	EndOthers(ctx context.Context) (int, error)
}

// TwoFactors is the second factor of the caller.
type TwoFactors interface {
	Enrol(ctx context.Context, r Reentered, from Origin) (Enrolment, error)
	Confirm(ctx context.Context, code string, from Origin) (RecoveryCodes, error)
	Replace(ctx context.Context, code string, from Origin) (RecoveryCodes, error)
	Disable(ctx context.Context, r Reentered, from Origin) error
}

// Tokens are the API tokens of the caller.
type Tokens interface {
	List(ctx context.Context) ([]Token, error)
	Create(ctx context.Context, n NewAPIToken) (CreatedToken, error)
	Delete(ctx context.Context, id int64) error
}

// Invitations lets people in.
type Invitations interface {
	List(ctx context.Context, organization, after int64, limit int) ([]Invitation, error)
	Create(ctx context.Context, organization int64, n NewInvitation) (CreatedInvitation, error)
	Delete(ctx context.Context, organization, id int64) error
	Show(ctx context.Context, secret string, from Origin) (Invited, error)
	// Accept returns a session where it makes an account, nil where the caller has one.
	Accept(ctx context.Context, a Acceptance, from Origin) (*NewSession, error)
}

// Members are the users of an organization, or of a team.
type Members interface {
	List(ctx context.Context, of, after int64, limit int) ([]Member, error)
	Add(ctx context.Context, to int64, n NewMember) error
	Change(ctx context.Context, of, user int64, c RoleChange) error
	Remove(ctx context.Context, from, user int64) error
}

// Users are those of the installation.
type Users interface {
	List(ctx context.Context, after int64, limit int) ([]User, error)
	Get(ctx context.Context, id int64) (User, error)
	Create(ctx context.Context, n NewUser) (CreatedUser, error)
	Change(ctx context.Context, id, revision int64, c UserChange) (User, error)
	// PasswordLink is only for the machine's owner.
	PasswordLink(ctx context.Context, n NewPasswordLink) (PasswordLink, error)
}

// SSO is single sign-on.
type SSO interface {
	Providers(ctx context.Context) ([]Provider, error)
	Begin(ctx context.Context, provider, returnTo string, from Origin) (SSOStart, error)
	// Finish returns the page to show as well.
	Finish(ctx context.Context, provider string, a SSOAnswer, from Origin) (NewSession, string, error)
}
