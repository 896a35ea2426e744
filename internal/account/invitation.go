package account

import (
	"context"
	"errors"
	"strings"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// NewInvitation is what somebody is invited to.
type NewInvitation struct {
	Organization int64
	Email        string
	Role         string
	Team         int64 // of the organization, 0 = none
	TeamRole     string
	Rights       []string // within the team, of a restricted user
}

// Invitation is one that was made. Link is empty where it was sent by e-mail: then only who reads the e-mails of the
// address can accept it.
type Invitation struct {
	Voucher store.Voucher
	Link    vault.Secret
}

// Invite invites an address to an organization, and to one of its teams. The invitation takes the place of an earlier one.
func (s *Service) Invite(ctx context.Context, by *access.Principal, n NewInvitation) (Invitation, error) {
	v, err := checkInvitation(by, n)
	if err != nil {
		return Invitation{}, err
	}
	if s.mailer != nil {
		if wait, _ := s.letters.take("invitation " + v.Email); wait > 0 {
			return Invitation{}, fault.New(fault.RateLimit, "[invitations-many] This address was sent several invitations just now.").WithHint("[hint-later] try again later").WithDelay(wait)
		}
	}
	secret := drawSecret(invitationPrefix)
	v.Hash, _ = hashOf(invitationPrefix, secret)
	v.Mailed, v.Expires = s.mailer != nil, s.clock.Now().Add(InvitationLife)
	if v, err = s.store.CreateVoucher(ctx, v); err != nil {
		return Invitation{}, err
	}
	s.tell(ctx, by, Event{Action: InvitationSent, About: v.Email, Organization: v.Joining.Organization, Team: v.Joining.Team, After: v.Joining.Role})
	link := s.base + invitationPage + secret
	if s.mailer == nil {
		return Invitation{Voucher: v, Link: vault.NewSecret(link)}, nil
	}
	return Invitation{Voucher: v}, s.post(ctx, Letter{To: v.Email, Subject: "You are invited to Ropeway", Text: invitationText(link)})
}

// invitationText names nobody: who invites could else have the installation send words of his.
func invitationText(link string) string {
	return strings.Join([]string{
		"You are invited to work with others in Ropeway.",
		"Accept the invitation here within seven days:",
		link,
		"If you do not know what this is about, nothing needs to be done.",
	}, "\n\n") + "\n"
}

// checkInvitation reads an invitation and refuses one that grants more than the caller has.
func checkInvitation(by *access.Principal, n NewInvitation) (store.Voucher, error) {
	if err := mayIn(by, access.ManageOrganization, n.Organization); err != nil {
		return store.Voucher{}, err
	}
	email, err := parseEmail(n.Email)
	if err != nil {
		return store.Voucher{}, err
	}
	role, err := access.ParseOrganizationRole(n.Role)
	if err != nil {
		return store.Voucher{}, fault.From(err).WithField("role")
	}
	if err := mayGiveRole(by, n.Organization, role); err != nil {
		return store.Voucher{}, err
	}
	v := store.Voucher{Kind: store.InvitationVoucher, Email: email, Author: by.User, Joining: store.Joining{Organization: n.Organization, Role: string(role)}}
	if n.Team == 0 {
		return v, nil
	}
	teamRole, rights, err := parseTeamRole(n.TeamRole, n.Rights)
	if err != nil {
		return v, err
	}
	if !by.Machine && by.Teams[n.Team].Organization != n.Organization {
		return v, absent("[noun-team] The team")
	}
	if err := mayGiveTeamRole(by, n.Team, teamRole, rights); err != nil {
		return v, err
	}
	v.Joining.Team, v.Joining.TeamRole, v.Joining.Rights = n.Team, string(teamRole), namesOf(rights)
	return v, nil
}

// ListInvitations lists the open invitations of an organization, behind number after.
func (s *Service) ListInvitations(ctx context.Context, by *access.Principal, organization, after int64, limit int) ([]store.Voucher, error) {
	if err := mayIn(by, access.ManageOrganization, organization); err != nil {
		return nil, err
	}
	return s.store.Invitations(ctx, organization, after, limit)
}

// DeleteInvitation takes an invitation of an organization back.
func (s *Service) DeleteInvitation(ctx context.Context, by *access.Principal, organization, id int64) error {
	if err := mayIn(by, access.ManageOrganization, organization); err != nil {
		return err
	}
	if err := s.store.DeleteInvitation(ctx, organization, id); err != nil {
		return err
	}
	s.tell(ctx, by, Event{Action: InvitationDeleted, Organization: organization})
	return nil
}

// Invited is what an invitation says to who has its secret.
type Invited struct {
	Voucher store.Voucher
	Known   bool // there is a user with the address, who must sign in to accept
}

// ShowInvitation returns what an invitation is to.
func (s *Service) ShowInvitation(ctx context.Context, secret vault.Secret, c Client) (Invited, error) {
	if err := s.mayCall(ctx, c.Address); err != nil {
		return Invited{}, err
	}
	hash, v, err := s.invitation(ctx, secret)
	if err != nil || hash == nil {
		return Invited{}, err
	}
	s.addresses.give(networkOf(c.Address))
	_, err = s.store.UserByEmail(ctx, v.Email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Invited{}, err
	}
	return Invited{Voucher: v, Known: err == nil}, nil
}

func deadInvitation() error {
	return absent("[noun-this-invitation] This invitation").WithHint("[hint-invitation-old] it may have been used, taken back, or be older than seven days: ask for a new one")
}

func (s *Service) invitation(ctx context.Context, secret vault.Secret) ([]byte, store.Voucher, error) {
	hash, ok := hashOf(invitationPrefix, secret.Reveal())
	if !ok {
		return nil, store.Voucher{}, deadInvitation()
	}
	v, err := s.store.VoucherByHash(ctx, store.InvitationVoucher, hash)
	if errors.Is(err, store.ErrNotFound) {
		err = deadInvitation()
	}
	return hash, v, err
}

// Acceptance is what a new user enters to accept an invitation.
type Acceptance struct {
	Secret   vault.Secret
	Name     string
	Password vault.Secret
	Language string
	Zone     string
	Client   Client
}

// AcceptAsNew accepts an invitation with a new account, whose address is the invited one, and signs it in. Where there is
// an account with that address the secret is not enough: its user signs in and accepts it himself.
func (s *Service) AcceptAsNew(ctx context.Context, a Acceptance) (SignedIn, error) {
	if err := s.mayCall(ctx, a.Client.Address); err != nil {
		return SignedIn{}, err
	}
	hash, v, err := s.invitation(ctx, a.Secret)
	if err != nil {
		return SignedIn{}, err
	}
	if _, err := s.store.UserByEmail(ctx, v.Email); err == nil {
		return SignedIn{}, unauthenticated("[invited-account] There is an account with the invited address.").WithHint("[hint-invited-account] sign in with it and accept the invitation then")
	} else if !errors.Is(err, store.ErrNotFound) {
		return SignedIn{}, err
	}
	u, err := s.newUser(ctx, store.User{Email: v.Email, Name: a.Name, Language: a.Language, Zone: a.Zone}, a.Password)
	if err != nil {
		return SignedIn{}, err
	}
	if u, err = s.store.AcceptInvitation(ctx, hash, u); err != nil {
		return SignedIn{}, err
	}
	s.accepted(ctx, u, v, a.Client)
	return s.begin(ctx, u, store.SignIn{Password: u.Password}, a.Client)
}

// Accept accepts an invitation as the caller, whose address must be the invited one.
func (s *Service) Accept(ctx context.Context, by *access.Principal, secret vault.Secret, c Client) error {
	u, err := s.caller(ctx, by)
	if err != nil {
		return err
	}
	if err := s.mayCall(ctx, c.Address); err != nil {
		return err
	}
	hash, v, err := s.invitation(ctx, secret)
	if err != nil {
		return err
	}
	if u.Email != v.Email {
		return denied("[invitation-other] This invitation is for somebody else.").WithHint("[hint-invited-address] sign in with the invited address")
	}
	if u, err = s.store.AcceptInvitation(ctx, hash, u); err != nil {
		return err
	}
	s.accepted(ctx, u, v, c)
	return nil
}

func (s *Service) accepted(ctx context.Context, u store.User, v store.Voucher, c Client) {
	s.addresses.give(networkOf(c.Address))
	s.tell(ctx, &access.Principal{User: u.ID, Email: u.Email}, Event{
		Action: InvitationUsed, User: u.ID, About: u.Email, Address: c.Address,
		Organization: v.Joining.Organization, Team: v.Joining.Team, After: v.Joining.Role,
	})
}
