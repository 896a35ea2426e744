package server

import (
	"context"
	"maps"
	"slices"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// Get returns the caller with what he may do.
func (p profiles) Get(ctx context.Context) (api.Me, error) {
	by := api.PrincipalOf(ctx)
	u, err := p.accounts.Me(ctx, by)
	if err != nil {
		return api.Me{}, err
	}
	me := api.Me{User: userOf(u), Token: by.Token, Rights: []access.Right{}, Organizations: []api.MyOrganization{}, Teams: []api.MyTeam{}}
	for _, r := range access.Scopes() {
		if by.MayGlobally(r) {
			me.Rights = append(me.Rights, r)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(by.Organizations)) {
		if by.SeesOrganization(id) {
			rights := allowed(access.OrganizationRights(), func(r access.Right) bool { return by.MayIn(r, id) })
			me.Organizations = append(me.Organizations, api.MyOrganization{ID: id, Role: by.Organizations[id], Rights: rights})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(by.Teams)) {
		if by.Sees(id) {
			rights := allowed(access.TeamRights(), func(r access.Right) bool { return by.May(r, id) })
			me.Teams = append(me.Teams, api.MyTeam{ID: id, Organization: by.Teams[id].Organization, Role: by.Teams[id].Role, Rights: rights})
		}
	}
	me.RecoveryCodes, err = p.accounts.RecoveryCodesLeft(ctx, by)
	return me, err
}

func allowed(rights []access.Right, may func(access.Right) bool) []access.Right {
	out := []access.Right{}
	for _, r := range rights {
		if may(r) {
			out = append(out, r)
		}
	}
	return out
}

// Change changes what the caller says about himself.
func (p profiles) Change(ctx context.Context, revision int64, c api.ProfileChange) (api.User, error) {
	u, err := p.accounts.ChangeMe(ctx, api.PrincipalOf(ctx), revision, account.Profile(c))
	return userOf(u), err
}

// ChangePassword gives the caller a new password.
func (p profiles) ChangePassword(ctx context.Context, c api.PasswordChange, from api.Origin) error {
	return p.accounts.ChangePassword(ctx, api.PrincipalOf(ctx), vault.NewSecret(c.Before), vault.NewSecret(c.After), account.Client(from))
}

// Change gives the caller another address, or sends a link to it.
func (p emails) Change(ctx context.Context, c api.EmailChange, from api.Origin) (api.EmailChanged, error) {
	m, err := p.accounts.ChangeEmail(ctx, api.PrincipalOf(ctx), c.Email, vault.NewSecret(c.Password), account.Client(from))
	return api.EmailChanged{User: userOf(m.User), Sent: m.Sent}, err
}

// Confirm gives the caller the address at which he has got a link.
func (p emails) Confirm(ctx context.Context, c api.EmailConfirmation, from api.Origin) (api.User, error) {
	u, err := p.accounts.ConfirmEmail(ctx, api.PrincipalOf(ctx), vault.NewSecret(c.Secret), account.Client(from))
	return userOf(u), err
}

// AskReset has a link to a new password sent.
func (p profiles) AskReset(ctx context.Context, r api.ResetRequest, from api.Origin) error {
	return p.accounts.AskReset(ctx, r.Email, account.Client(from))
}

// Reset uses a link to a new password.
func (p profiles) Reset(ctx context.Context, r api.Reset, from api.Origin) error {
	return p.accounts.ResetPassword(ctx, vault.NewSecret(r.Secret), vault.NewSecret(r.Password), account.Client(from))
}

func invitationOf(v store.Voucher) api.Invitation {
	j := v.Joining
	return api.Invitation{
		ID: v.ID, Email: v.Email, Organization: j.Organization, Role: j.Role, Team: j.Team, TeamRole: j.TeamRole, Rights: j.Rights,
		Mailed: v.Mailed, Created: v.Created, Expires: v.Expires,
	}
}

// List lists the open invitations to an organization.
func (p invitations) List(ctx context.Context, organization, after int64, limit int) ([]api.Invitation, error) {
	list, err := p.accounts.ListInvitations(ctx, api.PrincipalOf(ctx), organization, after, limit)
	return each(list, err, invitationOf)
}

// Create invites an address.
func (p invitations) Create(ctx context.Context, organization int64, n api.NewInvitation) (api.CreatedInvitation, error) {
	i, err := p.accounts.Invite(ctx, api.PrincipalOf(ctx), account.NewInvitation{
		Organization: organization, Email: n.Email, Role: n.Role, Team: n.Team, TeamRole: n.TeamRole, Rights: n.Rights,
	})
	return api.CreatedInvitation{Invitation: invitationOf(i.Voucher), Link: i.Link.Reveal()}, err
}

// Delete takes an invitation back.
func (p invitations) Delete(ctx context.Context, organization, id int64) error {
	return p.accounts.DeleteInvitation(ctx, api.PrincipalOf(ctx), organization, id)
}

// Show shows what an invitation is to.
func (p invitations) Show(ctx context.Context, secret string, from api.Origin) (api.Invited, error) {
	i, err := p.accounts.ShowInvitation(ctx, vault.NewSecret(secret), account.Client(from))
	return api.Invited{Email: i.Voucher.Email, Role: i.Voucher.Joining.Role, Known: i.Known, Expires: i.Voucher.Expires}, err
}

// Accept accepts an invitation, as who is signed in, or with a new account.
func (p invitations) Accept(ctx context.Context, a api.Acceptance, from api.Origin) (*api.NewSession, error) {
	if by := api.PrincipalOf(ctx); by != nil && by.User != 0 {
		return nil, p.accounts.Accept(ctx, by, vault.NewSecret(a.Secret), account.Client(from))
	}
	in, err := newSessionOf(p.accounts.AcceptAsNew(ctx, account.Acceptance{
		Secret: vault.NewSecret(a.Secret), Name: a.Name, Password: vault.NewSecret(a.Password), Language: a.Language, Zone: a.Zone,
		Client: account.Client(from),
	}))
	return &in, err
}

func memberOf(m store.Member) api.Member { return api.Member(m) }

// List lists the users of an organization.
func (p members) List(ctx context.Context, of, after int64, limit int) ([]api.Member, error) {
	list, err := p.accounts.ListMembers(ctx, api.PrincipalOf(ctx), of, after, limit)
	return each(list, err, memberOf)
}

// Add makes a user a member of an organization.
func (p members) Add(ctx context.Context, to int64, n api.NewMember) error {
	return p.accounts.AddMember(ctx, api.PrincipalOf(ctx), to, n.User, n.Role)
}

// Change changes the role of a member of an organization.
func (p members) Change(ctx context.Context, of, user int64, c api.RoleChange) error {
	return p.accounts.ChangeMember(ctx, api.PrincipalOf(ctx), of, user, c.Role)
}

// Remove removes a user from an organization.
func (p members) Remove(ctx context.Context, from, user int64) error {
	return p.accounts.RemoveMember(ctx, api.PrincipalOf(ctx), from, user)
}

// List lists the users of a team.
func (p teamMembers) List(ctx context.Context, of, after int64, limit int) ([]api.Member, error) {
	list, err := p.accounts.ListTeamMembers(ctx, api.PrincipalOf(ctx), of, after, limit)
	return each(list, err, memberOf)
}

// Add makes a user a member of a team.
func (p teamMembers) Add(ctx context.Context, to int64, n api.NewMember) error {
	return p.accounts.AddTeamMember(ctx, api.PrincipalOf(ctx), to, account.TeamRole(n))
}

// Change changes the role of a member of a team.
func (p teamMembers) Change(ctx context.Context, of, user int64, c api.RoleChange) error {
	return p.accounts.ChangeTeamMember(ctx, api.PrincipalOf(ctx), of, account.TeamRole{User: user, Role: c.Role, Rights: c.Rights})
}

// Remove removes a user from a team.
func (p teamMembers) Remove(ctx context.Context, from, user int64) error {
	return p.accounts.RemoveTeamMember(ctx, api.PrincipalOf(ctx), from, user)
}

// List lists the users of the installation.
func (p users) List(ctx context.Context, after int64, limit int) ([]api.User, error) {
	list, err := p.accounts.ListUsers(ctx, api.PrincipalOf(ctx), after, limit)
	return each(list, err, userOf)
}

// Get returns a user.
func (p users) Get(ctx context.Context, id int64) (api.User, error) {
	u, err := p.accounts.User(ctx, api.PrincipalOf(ctx), id)
	return userOf(u), err
}

// Create makes a user.
func (p users) Create(ctx context.Context, n api.NewUser) (api.CreatedUser, error) {
	u, link, err := p.accounts.CreateUser(ctx, api.PrincipalOf(ctx), n.Email, n.Name)
	return api.CreatedUser{User: userOf(u), Link: link.Reveal()}, err
}

// Change disables or enables a user, or makes an administrator of him.
func (p users) Change(ctx context.Context, id, revision int64, c api.UserChange) (api.User, error) {
	u, err := p.accounts.ChangeUser(ctx, api.PrincipalOf(ctx), id, revision, account.UserChange(c))
	return userOf(u), err
}

// PasswordLink makes a link to a new password.
func (p users) PasswordLink(ctx context.Context, n api.NewPasswordLink) (api.PasswordLink, error) {
	link, err := p.accounts.IssueReset(ctx, api.PrincipalOf(ctx), n.Email, n.DropTwoFactor)
	return api.PasswordLink{Link: link.Reveal()}, err
}

// Providers lists the identity providers.
func (p singleSignOn) Providers(context.Context) ([]api.Provider, error) {
	return each(p.accounts.Providers(), nil, func(x account.ProviderLabel) api.Provider {
		return api.Provider{Name: x.Name, Label: x.Label, Begin: api.Prefix + "/sso/" + x.Name + "/begin"}
	})
}

// Begin sends a browser to an identity provider.
func (p singleSignOn) Begin(ctx context.Context, provider, returnTo string, from api.Origin) (api.SSOStart, error) {
	s, err := p.accounts.BeginSSO(ctx, provider, returnTo, account.Client(from))
	return api.SSOStart{URL: s.URL, Cookie: s.Cookie.Reveal()}, err
}

// Finish signs in whom an identity provider vouches for.
func (p singleSignOn) Finish(ctx context.Context, provider string, a api.SSOAnswer, from api.Origin) (api.NewSession, string, error) {
	in, page, err := p.accounts.FinishSSO(ctx, provider, account.SSOAnswer{
		Cookie: a.Cookie, State: a.State, Code: a.Code, Error: a.Error, Client: account.Client(from),
	})
	s, err := newSessionOf(in, err)
	return s, page, err
}
