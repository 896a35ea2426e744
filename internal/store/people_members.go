package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// ownerRole is the role of which every organization keeps at least one who is not disabled.
const ownerRole = "owner"

// Joining is what a user becomes a member of. The store knows roles and rights by name only.
type Joining struct {
	Organization int64
	Role         string
	Team         int64 // 0 = none; it must be of the organization
	TeamRole     string
	Rights       []string // within the team, of a restricted user
}

// join makes a user a member. Who is one keeps the role that he has.
func (t *tx) join(user int64, j Joining) error {
	n, err := t.number("SELECT count(*) FROM organization WHERE id = ?", j.Organization)
	if err := errors.Join(err, missing(n, "[noun-organization] The organization")); err != nil {
		return err
	}
	if _, err := t.exec("INSERT INTO organization_member (organization, user, role) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", j.Organization, user, j.Role); err != nil {
		return err
	}
	if j.Team == 0 {
		return nil
	}
	n, err = t.number("SELECT count(*) FROM team WHERE id = ? AND organization = ?", j.Team, j.Organization)
	if err := errors.Join(err, missing(n, "[noun-team] The team")); err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO team_member (team, user, role, rights) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", j.Team, user, j.TeamRole, wordsText(j.Rights))
	return err
}

// Memberships are what decides what a user may do.
type Memberships struct {
	Organizations map[int64]string // the role in each
	Teams         []TeamMembership // those of which he is a member, and the others of his organizations
}

// TeamMembership is what a user is in a team.
type TeamMembership struct {
	Team, Organization int64
	Role               string // "" = only a member of the organization
	Rights             []string
}

// Memberships returns what a user is a member of.
func (s *Store) Memberships(ctx context.Context, user int64) (Memberships, error) {
	m := Memberships{Organizations: map[int64]string{}}
	type role struct {
		organization int64
		name         string
	}
	roles, err := list(ctx, s, newSelect("SELECT organization, role FROM organization_member WHERE user = ?", user), func(rows *sql.Rows) (r role, err error) {
		return r, rows.Scan(&r.organization, &r.name)
	})
	if err != nil {
		return m, err
	}
	for _, r := range roles {
		m.Organizations[r.organization] = r.name
	}
	m.Teams, err = list(ctx, s, newSelect("SELECT team.id, team.organization, coalesce(m.role, ''), coalesce(m.rights, '') FROM organization_member o "+
		"JOIN team ON team.organization = o.organization LEFT JOIN team_member m ON m.team = team.id AND m.user = o.user WHERE o.user = ? ORDER BY team.id", user),
		func(rows *sql.Rows) (TeamMembership, error) {
			var x TeamMembership
			var rights string
			if err := rows.Scan(&x.Team, &x.Organization, &x.Role, &rights); err != nil {
				return x, err //nolint:wrapcheck // list wraps
			}
			var err error
			x.Rights, err = words(rights)
			return x, err
		})
	return m, err
}

// Member is a user of an organization or of a team.
type Member struct {
	User        int64
	Email, Name string
	Role        string
	Rights      []string // of a restricted user of a team
	TwoFactor   bool
	Disabled    bool
	SignedIn    time.Time
}

func scanMember(rows *sql.Rows) (Member, error) {
	var m Member
	var rights string
	var signedIn int64
	if err := rows.Scan(&m.User, &m.Email, &m.Name, &m.Role, &rights, &m.TwoFactor, &m.Disabled, &signedIn); err != nil {
		return m, err //nolint:wrapcheck // list wraps
	}
	m.SignedIn = timeOf(signedIn)
	var err error
	m.Rights, err = words(rights)
	return m, err
}

// OrganizationMembers lists the users of an organization by number, behind number after.
func (s *Store) OrganizationMembers(ctx context.Context, organization, after int64, limit int) ([]Member, error) {
	q := newSelect("SELECT user.id, email, name, role, '', two_factor, disabled, signed_in FROM organization_member m JOIN user ON user.id = m.user WHERE organization = ? AND m.user > ?", organization, after)
	return list(ctx, s, q.end(" ORDER BY m.user", limit), scanMember)
}

// TeamMembers lists the users of a team by number, behind number after.
func (s *Store) TeamMembers(ctx context.Context, team, after int64, limit int) ([]Member, error) {
	q := newSelect("SELECT user.id, email, name, role, rights, two_factor, disabled, signed_in FROM team_member m JOIN user ON user.id = m.user WHERE team = ? AND m.user > ?", team, after)
	return list(ctx, s, q.end(" ORDER BY m.user", limit), scanMember)
}

// RoleChange changes what a user is. Where the user is not From any more, it is ErrConflict.
type RoleChange struct {
	User     int64
	From, To string   // "" = no member
	Rights   []string // within a team, of a restricted user
}

// ChangeOrganizationRole makes a user a member of an organization, changes his role, or removes him from it and its teams. Whoever
// loses a role takes the invitations that he made with him. The last owner stays one.
func (s *Store) ChangeOrganizationRole(ctx context.Context, organization int64, c RoleChange) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if c.From == "" {
			return t.addMember(organization, c)
		}
		query, args := "UPDATE organization_member SET role = ? WHERE organization = ? AND user = ? AND role = ?", []driver.Value{c.To, organization, c.User, c.From}
		if c.To == "" {
			query, args = "DELETE FROM organization_member WHERE organization = ? AND user = ? AND role = ?", args[1:]
		}
		if err := t.revise("[noun-role] The role", query, args...); err != nil {
			return err
		}
		if err := t.ownerLeft(organization, c); err != nil {
			return err
		}
		if _, err := t.exec("DELETE FROM voucher WHERE organization = ? AND author = ?", organization, c.User); err != nil || c.To != "" {
			return err
		}
		_, err := t.exec("DELETE FROM team_member WHERE user = ? AND team IN (SELECT id FROM team WHERE organization = ?)", c.User, organization)
		return err
	})
}

func (t *tx) addMember(organization int64, c RoleChange) error {
	n, err := t.number("SELECT count(*) FROM user WHERE id = ?", c.User)
	if err := errors.Join(err, missing(n, "[noun-user] The user")); err != nil {
		return err
	}
	n, err = t.number("SELECT count(*) FROM organization_member WHERE organization = ? AND user = ?", organization, c.User)
	if err == nil && n > 0 {
		return conflict("[noun-role] The role")
	}
	if err != nil {
		return err
	}
	return t.join(c.User, Joining{Organization: organization, Role: c.To})
}

// ownerLeft refuses a change that leaves no owner.
func (t *tx) ownerLeft(organization int64, c RoleChange) error {
	if c.From != ownerRole || c.To == ownerRole {
		return nil
	}
	if err := t.exclude("organization"); err != nil {
		return err
	}
	owners, err := t.number("SELECT count(*) FROM organization_member m JOIN user ON user.id = m.user WHERE organization = ? AND role = ? AND disabled = 0", organization, ownerRole)
	if err == nil && owners == 0 {
		return reject(fault.New(fault.Data, "[last-owner] This is the last owner of the organization.").WithHint("[hint-other-owner] make somebody else an owner first"))
	}
	return err
}

// ChangeTeamRole makes a user of the organization a member of one of its teams, changes his role and rights there, or
// removes him from it.
func (s *Store) ChangeTeamRole(ctx context.Context, team int64, c RoleChange) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		switch {
		case c.To == "":
			return t.revise("[noun-role] The role", "DELETE FROM team_member WHERE team = ? AND user = ? AND role = ?", team, c.User, c.From)
		case c.From != "":
			return t.revise("[noun-role] The role", "UPDATE team_member SET role = ?, rights = ? WHERE team = ? AND user = ? AND role = ?", c.To, wordsText(c.Rights), team, c.User, c.From)
		}
		n, err := t.number("SELECT count(*) FROM organization_member WHERE user = ? AND organization = (SELECT organization FROM team WHERE id = ?)", c.User, team)
		if err := errors.Join(err, missing(n, "[noun-user-organization-team] The user in the organization of the team")); err != nil {
			return err
		}
		n, err = t.exec("INSERT INTO team_member (team, user, role, rights) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", team, c.User, c.To, wordsText(c.Rights))
		if err == nil && n == 0 {
			return conflict("[noun-role] The role")
		}
		return err
	})
}

// OrganizationRole and TeamRole return the role of one user, "" for none.
func (s *Store) OrganizationRole(ctx context.Context, organization, user int64) (string, error) {
	return s.role(ctx, newSelect("SELECT role FROM organization_member WHERE organization = ? AND user = ?", organization, user))
}

// TeamRole returns the role of a user in a team, "" for none.
func (s *Store) TeamRole(ctx context.Context, team, user int64) (string, error) {
	return s.role(ctx, newSelect("SELECT role FROM team_member WHERE team = ? AND user = ?", team, user))
}

func (s *Store) role(ctx context.Context, q *selection) (string, error) {
	found, err := list(ctx, s, q, func(rows *sql.Rows) (r string, err error) { return r, rows.Scan(&r) })
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}
