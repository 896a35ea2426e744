package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// FirstTeam and FirstOrganization are there from the beginning: what is made without a team belongs to them.
const (
	FirstTeam         = 1
	FirstOrganization = 1
)

func teamOr(team int64) int64 {
	if team == 0 {
		return FirstTeam
	}
	return team
}

// Organization is a customer of the installation: teams, and the users in them.
type Organization struct {
	ID       int64
	Name     string
	Revision int64
	Created  time.Time
	Updated  time.Time
}

// Team owns scenarios, connections, webhooks and data stores.
type Team struct {
	ID           int64
	Organization int64
	Name         string
	Revision     int64
	Created      time.Time
	Updated      time.Time
}

// SaveOrganization makes an organization (ID 0) or renames one, and returns it as saved. A Revision that is not the
// stored one is ErrConflict.
func (s *Store) SaveOrganization(ctx context.Context, o Organization) (Organization, error) {
	if err := checkName("[noun-organization] The organization", o.Name); err != nil {
		return o, err
	}
	asked := o
	err := s.update(ctx, executionLane, func(t *tx) error {
		o = asked
		saved := o
		saved.Updated, saved.Revision = t.now, o.Revision+1
		var err error
		if o.ID == 0 {
			saved.Created = t.now
			saved.ID, err = t.insert("organization", "INSERT INTO organization (id, name, revision, created, updated) VALUES (?, ?, ?, ?, ?)",
				o.Name, saved.Revision, nanos(t.now), nanos(t.now))
		} else {
			err = t.revise("[noun-organization] The organization", "UPDATE organization SET name = ?, revision = ?, updated = ? WHERE id = ? AND revision = ?",
				o.Name, saved.Revision, nanos(t.now), o.ID, o.Revision)
		}
		if err == nil {
			o = saved
		}
		return err
	})
	return o, err
}

// Organization returns an organization.
func (s *Store) Organization(ctx context.Context, id int64) (Organization, error) {
	return first(ctx, s, "[noun-organization] The organization", newSelect("SELECT id, name, revision, created, updated FROM organization WHERE id = ?", id), scanOrganization)
}

// Organizations lists organizations by number, behind number after: those of ids, nil for all.
func (s *Store) Organizations(ctx context.Context, ids []int64, after int64, limit int) ([]Organization, error) {
	q := newSelect("SELECT id, name, revision, created, updated FROM organization WHERE id > ?", after)
	if ids != nil {
		q.andAmong("id", ids)
	}
	return list(ctx, s, q.end(" ORDER BY id", limit), scanOrganization)
}

func scanOrganization(rows *sql.Rows) (Organization, error) {
	var o Organization
	var created, updated int64
	err := rows.Scan(&o.ID, &o.Name, &o.Revision, &created, &updated)
	o.Created, o.Updated = timeOf(created), timeOf(updated)
	return o, err //nolint:wrapcheck // list wraps
}

// DeleteOrganization removes an organization that has no teams any more.
func (s *Store) DeleteOrganization(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if err := t.exclude("team"); err != nil {
			return err
		}
		teams, err := t.number("SELECT count(*) FROM team WHERE organization = ?", id)
		if err != nil {
			return err
		}
		if teams > 0 {
			return reject(fault.Wrap(fault.Data, ErrConflict, "[organization-teams] The organization still has teams.").WithHint("[hint-delete-first] delete them first"))
		}
		n, err := t.exec("DELETE FROM organization WHERE id = ?", id)
		if err := errors.Join(err, missing(n, "[noun-organization] The organization")); err != nil {
			return err
		}
		return t.execAll([]string{"DELETE FROM organization_member WHERE organization = ?", "DELETE FROM voucher WHERE organization = ?"}, id)
	})
}

const teamColumns = "id, organization, name, revision, created, updated"

// SaveTeam makes a team (ID 0) or renames one, and returns it as saved. A Revision that is not the stored one, or a name
// that is taken in the organization, is ErrConflict.
func (s *Store) SaveTeam(ctx context.Context, m Team) (Team, error) {
	if err := checkName("[noun-team] The team", m.Name); err != nil {
		return m, err
	}
	asked := m
	err := s.update(ctx, executionLane, func(t *tx) error {
		m = asked
		saved := m
		saved.Updated, saved.Revision = t.now, m.Revision+1
		if err := t.roomForTeam(&m); err != nil {
			return err
		}
		var err error
		if m.ID == 0 {
			saved.Created = t.now
			saved.ID, err = t.insert("team", "INSERT INTO team (id, organization, name, revision, created, updated) VALUES (?, ?, ?, ?, ?, ?)",
				m.Organization, m.Name, saved.Revision, nanos(t.now), nanos(t.now))
		} else {
			err = t.revise("[noun-team] The team", "UPDATE team SET name = ?, revision = ?, updated = ? WHERE id = ? AND organization = ? AND revision = ?",
				m.Name, saved.Revision, nanos(t.now), m.ID, m.Organization, m.Revision)
		}
		if err == nil {
			m = saved
		}
		return err
	})
	return m, err
}

// roomForTeam refuses a team without an organization, or with a name that another one has.
func (t *tx) roomForTeam(m *Team) error {
	there, err := t.number("SELECT count(*) FROM organization WHERE id = ?", m.Organization)
	if err == nil && there == 0 {
		return notFound("[noun-organization] The organization")
	}
	if err != nil {
		return err
	}
	taken, err := t.number("SELECT id FROM team WHERE organization = ? AND name = ? AND id <> ?", m.Organization, m.Name, m.ID)
	if err == nil && taken != 0 {
		return nameTaken("[noun-a-team] A team", m.Name)
	}
	return err
}

// Team returns a team.
func (s *Store) Team(ctx context.Context, id int64) (Team, error) {
	return first(ctx, s, "[noun-team] The team", newSelect("SELECT "+teamColumns+" FROM team WHERE id = ?", id), scanTeam)
}

// Teams lists the teams of an organization (0 = of all) by number; l.Teams limits them to some.
func (s *Store) Teams(ctx context.Context, organization int64, l Listing) ([]Team, error) {
	q := newSelect("SELECT "+teamColumns+" FROM team WHERE id > ?", l.After)
	if organization != 0 {
		q.and("organization = ?", organization)
	}
	if l.Teams != nil {
		q.andAmong("id", l.Teams)
	}
	return list(ctx, s, q.end(" ORDER BY id", l.Limit), scanTeam)
}

func scanTeam(rows *sql.Rows) (Team, error) {
	var m Team
	var created, updated int64
	err := rows.Scan(&m.ID, &m.Organization, &m.Name, &m.Revision, &created, &updated)
	m.Created, m.Updated = timeOf(created), timeOf(updated)
	return m, err //nolint:wrapcheck // list wraps
}

// DeleteTeam removes a team that owns nothing any more. The history of its scenarios stays until the sweep takes it.
func (s *Store) DeleteTeam(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		for _, thing := range []string{"connection", "data_store", "scenario", "webhook"} {
			if err := t.exclude(thing); err != nil {
				return err
			}
			n, err := t.number("SELECT count(*) FROM "+thing+" WHERE team = ?", id)
			if err != nil {
				return err
			}
			if n > 0 {
				return reject(fault.Wrap(fault.Data, ErrConflict, "[team-owns] The team still owns things.").
					WithHint("[hint-team-owns] delete its scenarios, connections, webhooks and data stores first"))
			}
		}
		n, err := t.exec("DELETE FROM team WHERE id = ?", id)
		if err := errors.Join(err, missing(n, "[noun-team] The team")); err != nil {
			return err
		}
		return t.execAll([]string{"DELETE FROM team_member WHERE team = ?", "DELETE FROM token WHERE team = ?", "DELETE FROM voucher WHERE team = ?", "DELETE FROM statistic WHERE owner = -CAST(? AS BIGINT)"}, id)
	})
}
