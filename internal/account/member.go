package account

import (
	"context"
	"strings"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// ListMembers lists the users of an organization, behind number after.
func (s *Service) ListMembers(ctx context.Context, by *access.Principal, organization, after int64, limit int) ([]store.Member, error) {
	if err := mayIn(by, access.ViewOrganization, organization); err != nil {
		return nil, err
	}
	return s.store.OrganizationMembers(ctx, organization, after, limit)
}

// AddMember makes a user, whose number the caller knows, a member of an organization. It is for administrators of the
// installation, who see all users; others invite.
func (s *Service) AddMember(ctx context.Context, by *access.Principal, organization, user int64, role string) error {
	if err := mayIn(by, access.ManageOrganization, organization); err != nil {
		return err
	}
	if !by.MayGlobally(access.ManageInstallation) {
		return denied("[only-administrators-add] Only administrators of the installation add users without asking them.").WithHint("[hint-invite] invite the user")
	}
	return s.changeRole(ctx, by, organization, user, role)
}

// ChangeMember changes the role of a member of an organization.
func (s *Service) ChangeMember(ctx context.Context, by *access.Principal, organization, user int64, role string) error {
	if err := mayIn(by, access.ManageOrganization, organization); err != nil {
		return err
	}
	if before, err := s.store.OrganizationRole(ctx, organization, user); err != nil || before == "" {
		return orAbsent(err, "[noun-user-organization] The user in the organization")
	}
	return s.changeRole(ctx, by, organization, user, role)
}

func orAbsent(err error, what string) error {
	if err != nil {
		return err
	}
	return absent(what)
}

func (s *Service) changeRole(ctx context.Context, by *access.Principal, organization, user int64, name string) error {
	role, err := access.ParseOrganizationRole(name)
	if err != nil {
		return fault.From(err).WithField("role")
	}
	before, err := s.store.OrganizationRole(ctx, organization, user)
	if err != nil {
		return err
	}
	if err := mayGiveRole(by, organization, role); err != nil {
		return err
	}
	if err := mayTakeRole(by, organization, before); err != nil {
		return err
	}
	err = s.store.ChangeOrganizationRole(ctx, organization, store.RoleChange{User: user, From: before, To: string(role)})
	if err == nil {
		s.tell(ctx, by, Event{Action: MemberChanged, User: user, Organization: organization, Before: before, After: string(role)})
	}
	return err
}

// mayTakeRole refuses who would take the role of an owner from somebody without being one.
func mayTakeRole(by *access.Principal, organization int64, role string) error {
	if role == string(access.Owner) && !isOwner(by, organization) {
		return denied("[only-owner-changes] Only an owner can change what an owner is.")
	}
	return nil
}

// RemoveMember removes a user from an organization and all its teams. Everybody may leave; the last owner may not.
func (s *Service) RemoveMember(ctx context.Context, by *access.Principal, organization, user int64) error {
	leaves := by != nil && by.Session && by.User == user && by.SeesOrganization(organization)
	if err := mayIn(by, access.ManageOrganization, organization); err != nil && !leaves {
		return err
	}
	before, err := s.store.OrganizationRole(ctx, organization, user)
	if err != nil || before == "" {
		return orAbsent(err, "[noun-user-organization] The user in the organization")
	}
	if err := mayTakeRole(by, organization, before); err != nil {
		return err
	}
	err = s.store.ChangeOrganizationRole(ctx, organization, store.RoleChange{User: user, From: before})
	if err == nil {
		s.tell(ctx, by, Event{Action: MemberChanged, User: user, Organization: organization, Before: before})
	}
	return err
}

// ListTeamMembers lists the users of a team, behind number after. Owners and admins of its organization, who may do everything in it, are not
// listed unless they are members.
func (s *Service) ListTeamMembers(ctx context.Context, by *access.Principal, team, after int64, limit int) ([]store.Member, error) {
	if err := may(by, access.ViewTeam, team); err != nil {
		return nil, err
	}
	return s.store.TeamMembers(ctx, team, after, limit)
}

// TeamRole is what a user shall be in a team.
type TeamRole struct {
	User   int64
	Role   string
	Rights []string // of a restricted user
}

// AddTeamMember makes a user of the organization a member of one of its teams.
func (s *Service) AddTeamMember(ctx context.Context, by *access.Principal, team int64, r TeamRole) error {
	return s.changeTeamRole(ctx, by, team, r, true)
}

// ChangeTeamMember changes the role of a member of a team, and the rights of a restricted one.
func (s *Service) ChangeTeamMember(ctx context.Context, by *access.Principal, team int64, r TeamRole) error {
	return s.changeTeamRole(ctx, by, team, r, false)
}

func (s *Service) changeTeamRole(ctx context.Context, by *access.Principal, team int64, r TeamRole, joins bool) error {
	if err := may(by, access.ManageTeam, team); err != nil {
		return err
	}
	role, rights, err := parseTeamRole(r.Role, r.Rights)
	if err != nil {
		return err
	}
	if err := mayGiveTeamRole(by, team, role, rights); err != nil {
		return err
	}
	before := ""
	if !joins {
		if before, err = s.store.TeamRole(ctx, team, r.User); err != nil || before == "" {
			return orAbsent(err, "[noun-user-team] The user in the team")
		}
	}
	err = s.store.ChangeTeamRole(ctx, team, store.RoleChange{User: r.User, From: before, To: string(role), Rights: namesOf(rights)})
	if err == nil {
		s.tell(ctx, by, Event{Action: TeamMemberChanged, User: r.User, Team: team, Before: before, After: roleText(role, rights)})
	}
	return err
}

// roleText writes a role with the rights that were chosen: "restricted (scenario.view, scenario.run)".
func roleText(role access.TeamRole, rights []access.Right) string {
	if len(rights) == 0 {
		return string(role)
	}
	return string(role) + " (" + strings.Join(namesOf(rights), ", ") + ")"
}

// RemoveTeamMember removes a user from a team. Everybody may leave.
func (s *Service) RemoveTeamMember(ctx context.Context, by *access.Principal, team, user int64) error {
	leaves := by != nil && by.Session && by.User == user && by.Sees(team)
	if err := may(by, access.ManageTeam, team); err != nil && !leaves {
		return err
	}
	before, err := s.store.TeamRole(ctx, team, user)
	if err != nil || before == "" {
		return orAbsent(err, "[noun-user-team] The user in the team")
	}
	err = s.store.ChangeTeamRole(ctx, team, store.RoleChange{User: user, From: before})
	if err == nil {
		s.tell(ctx, by, Event{Action: TeamMemberChanged, User: user, Team: team, Before: before})
	}
	return err
}
