package api

import (
	"time"

	"github.com/ropeway/ropeway/internal/access"
)

// The kinds of things that belong to accounts, as the audit log names them.
const (
	OfUser       Kind = "user"
	OfSession    Kind = "session"
	OfToken      Kind = "token"
	OfInvitation Kind = "invitation"
)

// Origin is where a call comes from.
type Origin struct {
	Agent   string // what the browser or program calls itself
	Address string // IP address
}

// SetupState says whether the first user is still to be made.
type SetupState struct {
	Needed bool `json:"needed"`
}

// Founder is the first user.
type Founder struct {
	Secret   string `json:"secret" audit:"-"` // of the first-run link
	Email    string `json:"email"`
	Name     string `json:"name"`
	Password string `json:"password" audit:"-"`
	Language string `json:"language,omitempty"`
	Zone     string `json:"zone,omitempty"` // time zone
}

// SignIn is what somebody enters to sign in.
type SignIn struct {
	Email    string `json:"email"`
	Password string `json:"password" audit:"-"`
	Code     string `json:"code,omitempty" audit:"-"` // of the second factor, or a recovery code
}

// NewSession is a session that was made just now. Its secret is in a cookie.
type NewSession struct {
	User    User    `json:"user"`
	Session Session `json:"session"`
	Secret  string  `json:"-"`
}

// Session is a browser, or another client, in which a user has signed in.
type Session struct {
	ID      int64     `json:"id"`
	Current bool      `json:"current"` // it is the one that asks
	Agent   string    `json:"agent,omitempty"`
	Address string    `json:"address,omitempty"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen"`
	Expires time.Time `json:"expires"`
}

// Ended says how many sessions were ended.
type Ended struct {
	Sessions int `json:"sessions"`
}

// User is a person who may sign in.
type User struct {
	ID            int64     `json:"id"`
	Email         string    `json:"email"`
	Name          string    `json:"name"`
	Language      string    `json:"language,omitempty"`
	Zone          string    `json:"zone,omitempty"`
	TwoFactor     bool      `json:"two_factor"`
	HasPassword   bool      `json:"has_password"`
	Disabled      bool      `json:"disabled"`
	Administrator bool      `json:"administrator"`
	Verified      bool      `json:"verified"` // the user has proved to own the address
	SignedIn      time.Time `json:"signed_in,omitzero"`
	Revision      int64     `json:"revision"`
	Created       time.Time `json:"created"`
	Updated       time.Time `json:"updated"`
}

func (u User) revision() int64         { return u.Revision }
func (u User) identity() (Kind, int64) { return OfUser, u.ID }

// Me is the user who calls, with what he may do.
type Me struct {
	User          User             `json:"user"`
	Rights        []access.Right   `json:"rights"` // those that belong to no organization
	Organizations []MyOrganization `json:"organizations"`
	Teams         []MyTeam         `json:"teams"`
	RecoveryCodes int              `json:"recovery_codes"` // that are left
	Token         int64            `json:"token,omitempty"`
}

func (m Me) revision() int64 { return m.User.Revision }

// MyOrganization is what the caller is in an organization.
type MyOrganization struct {
	ID     int64                   `json:"id"`
	Role   access.OrganizationRole `json:"role"`
	Rights []access.Right          `json:"rights"`
}

// MyTeam is what the caller is in a team.
type MyTeam struct {
	ID           int64           `json:"id"`
	Organization int64           `json:"organization"`
	Role         access.TeamRole `json:"role,omitempty"` // "" where the role in the organization counts
	Rights       []access.Right  `json:"rights"`
}

// ProfileChange changes what a user says about himself; what is left away stays.
type ProfileChange struct {
	Name     *string `json:"name,omitempty"`
	Language *string `json:"language,omitempty"`
	Zone     *string `json:"zone,omitempty"`
}

// PasswordChange gives the caller a new password. Before may be left away by who has none.
type PasswordChange struct {
	Before string `json:"before,omitempty" audit:"-"`
	After  string `json:"after" audit:"-"`
}

func (PasswordChange) confidential() {}

// EmailChange gives the caller another e-mail address. Password may be left away by who has none.
type EmailChange struct {
	Email    string `json:"email"`
	Password string `json:"password,omitempty" audit:"-"`
}

func (EmailChange) confidential() {}

// EmailChanged says what became of it.
type EmailChanged struct {
	User User `json:"user"`
	// Sent says that a letter with a link went to the new address; until it is opened the old one stays.
	Sent bool `json:"sent"`
}

func (e EmailChanged) identity() (Kind, int64) { return OfUser, e.User.ID }

// EmailConfirmation is the secret of the link that was sent to the new address.
type EmailConfirmation struct {
	Secret string `json:"secret" audit:"-"`
}

func (EmailConfirmation) confidential() {}

// ResetRequest asks for a link to a new password.
type ResetRequest struct {
	Email string `json:"email"`
}

// Reset uses a link to a new password.
type Reset struct {
	Secret   string `json:"secret" audit:"-"`
	Password string `json:"password" audit:"-"`
}

// NewPasswordLink asks for a link to the new password of a user, on the machine itself.
type NewPasswordLink struct {
	Email         string `json:"email"`
	DropTwoFactor bool   `json:"drop_two_factor,omitempty"` // remove his second factor as well
}

// PasswordLink is a link to a new password. It works once, for an hour.
type PasswordLink struct {
	Link string `json:"link"`
}

func (PasswordLink) confidential() {}

// Reentered proves that the caller is still the one who has signed in.
type Reentered struct {
	Password string `json:"password,omitempty" audit:"-"` // left away by who has none
	Code     string `json:"code,omitempty" audit:"-"`
}

func (Reentered) confidential() {}

// Enrolment is the secret of a second factor. It is told once.
type Enrolment struct {
	Key string `json:"key"` // to be typed
	URI string `json:"uri"` // to be shown as a QR code
}

func (Enrolment) confidential() {}

// FactorCode is a code of the second factor.
type FactorCode struct {
	Code string `json:"code" audit:"-"`
}

func (FactorCode) confidential() {}

// RecoveryCodes stand in for the second factor, each once. They are told once.
type RecoveryCodes struct {
	Codes []string `json:"codes"`
}

func (RecoveryCodes) confidential() {}

// Token lets a program call the API.
type Token struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Team    int64     `json:"team,omitempty"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"`
	Used    time.Time `json:"used,omitzero"`
}

// NewAPIToken is what an API token is made of.
type NewAPIToken struct {
	Name    string    `json:"name"`
	Scopes  []string  `json:"scopes"`
	Team    int64     `json:"team,omitempty"` // the one team that it is for; without it every team of the user
	Expires time.Time `json:"expires,omitzero"`
}

// CreatedToken is a new API token with its secret, which is told once.
type CreatedToken struct {
	Token  Token  `json:"token"`
	Secret string `json:"secret"`
}

func (CreatedToken) confidential()             {}
func (t CreatedToken) identity() (Kind, int64) { return OfToken, t.Token.ID }

// Invitation is what an address is invited to.
type Invitation struct {
	ID           int64     `json:"id"`
	Email        string    `json:"email"`
	Organization int64     `json:"organization"`
	Role         string    `json:"role"`
	Team         int64     `json:"team,omitempty"`
	TeamRole     string    `json:"team_role,omitempty"`
	Rights       []string  `json:"rights,omitempty"`
	Mailed       bool      `json:"mailed"`
	Created      time.Time `json:"created"`
	Expires      time.Time `json:"expires"`
}

// NewInvitation is what somebody is invited to.
type NewInvitation struct {
	Email    string   `json:"email"`
	Role     string   `json:"role"`
	Team     int64    `json:"team,omitempty"`
	TeamRole string   `json:"team_role,omitempty"`
	Rights   []string `json:"rights,omitempty"` // of a restricted user
}

// CreatedInvitation is a new invitation. Link is there where no e-mail was sent.
type CreatedInvitation struct {
	Invitation Invitation `json:"invitation"`
	Link       string     `json:"link,omitempty"`
}

func (CreatedInvitation) confidential()             {}
func (i CreatedInvitation) identity() (Kind, int64) { return OfInvitation, i.Invitation.ID }

// InvitationSecret shows an invitation to who has its secret.
type InvitationSecret struct {
	Secret string `json:"secret" audit:"-"`
}

// Invited is what an invitation says.
type Invited struct {
	Email   string    `json:"email"`
	Role    string    `json:"role"`
	Known   bool      `json:"known"` // there is a user with the address, who signs in to accept
	Expires time.Time `json:"expires"`
}

// Acceptance accepts an invitation. Who has an account signs in first and sends the secret alone.
type Acceptance struct {
	Secret   string `json:"secret" audit:"-"`
	Name     string `json:"name,omitempty"`
	Password string `json:"password,omitempty" audit:"-"`
	Language string `json:"language,omitempty"`
	Zone     string `json:"zone,omitempty"`
}

// Member is a user of an organization or a team.
type Member struct {
	User      int64     `json:"user"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	Rights    []string  `json:"rights,omitempty"` // of a restricted user of a team
	TwoFactor bool      `json:"two_factor"`
	Disabled  bool      `json:"disabled"`
	SignedIn  time.Time `json:"signed_in,omitzero"`
}

// NewMember makes a user a member.
type NewMember struct {
	User   int64    `json:"user"`
	Role   string   `json:"role"`
	Rights []string `json:"rights,omitempty"` // of a restricted user of a team
}

// RoleChange changes the role of a member.
type RoleChange struct {
	Role   string   `json:"role"`
	Rights []string `json:"rights,omitempty"` // of a restricted user of a team
}

// NewUser is a user whom an administrator makes.
type NewUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// CreatedUser is a new user. Link leads to his password, where no e-mail was sent.
type CreatedUser struct {
	User User   `json:"user"`
	Link string `json:"link,omitempty"`
}

func (CreatedUser) confidential()             {}
func (u CreatedUser) identity() (Kind, int64) { return OfUser, u.User.ID }

// UserChange is what an administrator changes about a user; what is left away stays.
type UserChange struct {
	Disabled      *bool `json:"disabled,omitempty"`
	Administrator *bool `json:"administrator,omitempty"`
}

// Provider is an identity provider of single sign-on.
type Provider struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Begin string `json:"begin"` // the path to open
}

// SSOStart sends a browser to an identity provider. Cookie binds what comes back to it.
type SSOStart struct{ URL, Cookie string }

// SSOAnswer is what a browser brings back.
type SSOAnswer struct{ Cookie, State, Code, Error string }
