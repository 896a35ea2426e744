package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Scenario is a scenario without its blueprint.
type Scenario struct {
	ID       int64
	Team     int64
	Name     string
	Version  int64 // the newest; blueprints are kept for each
	Revision int64 // rises with every change a person makes
	Active   bool
	Invalid  string // why it cannot run, "" when it can
	Errors   int    // consecutive failed executions
	Schedule string // JSON, as package schedule writes it
	Settings string // JSON: what is not in the blueprint
	Folder   string // where people keep it, "" for nowhere
	Modules  string // what its newest version is made of, as it was saved with it; "" = nobody has looked
	Planned  time.Time
	Due      time.Time // zero = not planned
	Created  time.Time
	Updated  time.Time
}

// ScenarioVersion is one saved state of a blueprint.
type ScenarioVersion struct {
	Scenario, Version int64
	Saved             time.Time
	Author, Note      string
	Blueprint         []byte // only from ScenarioVersion, not in lists
}

// SaveScenario is a change of a scenario. Scenario 0 makes a new one.
type SaveScenario struct {
	Scenario int64
	Team     int64 // of a new one, 0 = FirstTeam; one that is there stays in its team
	Revision int64 // as it was read; a change in between is ErrConflict
	Name     string
	Schedule string
	Settings string
	Folder   string
	// Blueprint makes a new version, nil keeps the newest. A new scenario needs one. Modules says what it is made of.
	Blueprint []byte
	Modules   string
	// Invalid says why the version cannot run yet, "" when it can.
	Invalid      string
	Author, Note string // of the version
}

const scenarioColumns = "id, team, name, version, revision, active, invalid, errors, schedule, settings, folder, coalesce(modules, ''), planned, due, created, updated"

func scanScenario(rows *sql.Rows) (Scenario, error) { return scanScenarioWith(rows) }

// scanScenarioWith reads a scenario, and further columns behind it.
func scanScenarioWith(rows *sql.Rows, more ...any) (Scenario, error) {
	var c Scenario
	var planned, due, created, updated int64
	err := rows.Scan(append([]any{
		&c.ID, &c.Team, &c.Name, &c.Version, &c.Revision, &c.Active, &c.Invalid, &c.Errors, &c.Schedule, &c.Settings,
		&c.Folder, &c.Modules, &planned, &due, &created, &updated,
	}, more...)...)
	c.Planned, c.Due, c.Created, c.Updated = timeOf(planned), timeOf(due), timeOf(created), timeOf(updated)
	return c, err //nolint:wrapcheck // list wraps
}

// SaveScenario saves a change and returns the scenario's number, newest version and revision. A new blueprint brings its
// own mark "invalid" or takes the old one away; one that cannot run is refused with ErrConflict while the scenario is active.
func (s *Store) SaveScenario(ctx context.Context, c SaveScenario) (id, version, revision int64, err error) {
	if err := checkName("[noun-scenario] The scenario", c.Name); err != nil {
		return 0, 0, 0, err
	}
	if len(c.Folder) > MaxNameBytes {
		return 0, 0, 0, fault.Newf(fault.BundleValidation, "[folder-name] The folder has a name of %d bytes; at most %d are allowed.", len(c.Folder), MaxNameBytes)
	}
	if c.Scenario == 0 && c.Blueprint == nil {
		return 0, 0, 0, fault.New(fault.BundleValidation, "[needs-blueprint] A new scenario needs a blueprint.")
	}
	var packed []byte
	if c.Blueprint != nil {
		packed = s.codec.pack(append([]byte{0}, c.Blueprint...))
	}
	err = s.update(ctx, executionLane, func(t *tx) error {
		id, revision = c.Scenario, c.Revision+1
		var err error
		if id == 0 {
			id, err = t.insert("scenario", "INSERT INTO scenario (id, team, name, version, revision, active, invalid, errors, schedule, settings, folder, planned, due, created, updated) "+
				"VALUES (?, ?, ?, 0, ?, 0, '', 0, ?, ?, ?, 0, 0, ?, ?)", teamOr(c.Team), c.Name, revision, c.Schedule, c.Settings, c.Folder, nanos(t.now), nanos(t.now))
		} else {
			err = t.revise("[noun-scenario] The scenario", "UPDATE scenario SET name = ?, schedule = ?, settings = ?, folder = ?, revision = ?, updated = ? WHERE id = ? AND revision = ?",
				c.Name, c.Schedule, c.Settings, c.Folder, revision, nanos(t.now), id, c.Revision)
		}
		if err != nil {
			return err
		}
		version, err = t.putVersion(id, &c, packed)
		return err
	})
	return id, version, revision, err
}

// putVersion adds a blueprint, if there is one, and returns the newest version.
func (t *tx) putVersion(scenario int64, c *SaveScenario, packed []byte) (int64, error) {
	version, err := t.number("SELECT version FROM scenario WHERE id = ?", scenario)
	if err != nil || packed == nil {
		return version, err
	}
	version++
	if c.Invalid != "" {
		active, err := t.number("SELECT active FROM scenario WHERE id = ?", scenario)
		if err != nil {
			return 0, err
		}
		if active != 0 {
			return 0, reject(fault.Wrapf(fault.Data, ErrConflict, "[active-invalid] The scenario is active, so a version that cannot run is not saved: %s", c.Invalid).
				WithHint("[hint-repair-off] repair it, or switch the scenario off first"))
		}
	}
	if _, err := t.exec("INSERT INTO scenario_version (scenario, version, saved, author, note, blueprint) VALUES (?, ?, ?, ?, ?, ?)",
		scenario, version, nanos(t.now), c.Author, c.Note, packed); err != nil {
		return 0, err
	}
	_, err = t.exec("UPDATE scenario SET version = ?, invalid = ?, modules = nullif(?, '') WHERE id = ?", version, c.Invalid, c.Modules, scenario)
	return version, err
}

// Scenario returns a scenario.
func (s *Store) Scenario(ctx context.Context, id int64) (Scenario, error) {
	return first(ctx, s, "[noun-scenario] The scenario", newSelect("SELECT "+scenarioColumns+" FROM scenario WHERE id = ?", id), scanScenario)
}

// Scenarios lists scenarios by number.
func (s *Store) Scenarios(ctx context.Context, l Listing) ([]Scenario, error) {
	return s.ScenariosWhere(ctx, ScenarioFilter{Listing: l})
}

// ScenarioTeam returns the team of a scenario, also of one that was deleted and has a history.
func (s *Store) ScenarioTeam(ctx context.Context, id int64) (int64, error) {
	q := newSelect("SELECT team FROM scenario WHERE id = ? UNION ALL SELECT team FROM former_scenario WHERE id = ? LIMIT 1", id, id)
	return first(ctx, s, "[noun-scenario] The scenario", q, func(rows *sql.Rows) (team int64, err error) {
		return team, rows.Scan(&team)
	})
}

// DueScenarios lists active scenarios whose planned time has come at now, the longest due first: those whose partitions a node
// owns, "" for all.
func (s *Store) DueScenarios(ctx context.Context, node string, now time.Time, limit int) ([]Scenario, error) {
	q := newSelect("SELECT "+scenarioColumns+" FROM scenario WHERE active = 1 AND due > 0 AND due <= ?", nanos(now))
	s.ownedBy(q, "id", node)
	return list(ctx, s, q.end(" ORDER BY due, id", limit), scanScenario)
}

// NextDue returns when the next active scenario is due, the zero time when none is.
func (s *Store) NextDue(ctx context.Context) (time.Time, error) {
	n, err := s.readNumber(ctx, "SELECT coalesce(min(due), 0) FROM scenario WHERE active = 1 AND due > 0")
	return timeOf(n), err
}

// ScenarioVersion returns a version with its blueprint; version 0 is the newest.
func (s *Store) ScenarioVersion(ctx context.Context, scenario, version int64) (ScenarioVersion, error) {
	q := newSelect("SELECT scenario, version, saved, author, note, blueprint FROM scenario_version WHERE scenario = ?", scenario)
	if version != 0 {
		q.and("version = ?", version)
	}
	return first(ctx, s, "[noun-version] The version of the scenario", q.end(" ORDER BY version DESC", 1), func(rows *sql.Rows) (ScenarioVersion, error) {
		v, data, err := scanVersion(rows)
		if err == nil {
			v.Blueprint, err = s.codec.unpack(data)
		}
		return v, err
	})
}

func scanVersion(rows *sql.Rows) (v ScenarioVersion, data []byte, err error) {
	var saved int64
	err = rows.Scan(&v.Scenario, &v.Version, &saved, &v.Author, &v.Note, &data)
	v.Saved = timeOf(saved)
	return v, data, err //nolint:wrapcheck // list wraps
}

// ScenarioVersions lists the versions of a scenario without their blueprints, the newest first, older than before (0 = all).
func (s *Store) ScenarioVersions(ctx context.Context, scenario, before int64, limit int) ([]ScenarioVersion, error) {
	q := newSelect("SELECT scenario, version, saved, author, note, NULL FROM scenario_version WHERE scenario = ?", scenario)
	if before > 0 {
		q.and("version < ?", before)
	}
	return list(ctx, s, q.end(" ORDER BY version DESC", limit), func(rows *sql.Rows) (ScenarioVersion, error) {
		v, _, err := scanVersion(rows)
		return v, err
	})
}

// Activate starts or stops a scenario. due is the first time of its schedule, zero for none. Starting forgets the
// consecutive errors and why the scenario could not run: whoever starts it has looked.
func (s *Store) Activate(ctx context.Context, scenario int64, active bool, due time.Time) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		change, values := "UPDATE scenario SET active = 0, due = 0, revision = revision + 1 WHERE id = ?", []driver.Value{scenario}
		if active {
			change, values = "UPDATE scenario SET active = 1, errors = 0, invalid = '', due = ?, revision = revision + 1 WHERE id = ?", []driver.Value{nanos(due), scenario}
		}
		n, err := t.exec(change, values...)
		return errors.Join(err, missing(n, "[noun-scenario] The scenario"))
	})
}

// Plan sets when a scenario is due next, zero for never; planned is the last time of its schedule that counts as
// done, zero leaves it.
func (s *Store) Plan(ctx context.Context, scenario int64, planned, due time.Time) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE scenario SET due = ?1, planned = CASE WHEN planned < ?2 THEN ?2 ELSE planned END WHERE id = ?3", nanos(due), nanos(planned), scenario)
		return errors.Join(err, missing(n, "[noun-scenario] The scenario"))
	})
}

// Invalidate stops a scenario that cannot run, and says why.
func (s *Store) Invalidate(ctx context.Context, scenario int64, why string) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("UPDATE scenario SET active = 0, due = 0, invalid = ?, revision = revision + 1 WHERE id = ?", why, scenario)
		return errors.Join(err, missing(n, "[noun-scenario] The scenario"))
	})
}

// DeleteScenario removes a scenario with its versions, cursors and incomplete executions. Its history goes with the
// next sweeps; its webhooks keep their addresses and belong to no scenario then. One that has open executions is refused.
func (s *Store) DeleteScenario(ctx context.Context, id int64) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		open, err := t.number("SELECT count(*) FROM execution WHERE (status = 1 OR (status = 0 AND webhook = 0)) AND part = ? AND scenario = ?",
			int64(PartitionOf(id)), id)
		if err != nil {
			return err
		}
		waiting, err := t.number("SELECT count(*) FROM execution WHERE status = 0 AND webhook > 0 AND scenario = ? AND webhook IN (SELECT id FROM webhook WHERE scenario = ?)", id, id)
		if err != nil {
			return err
		}
		if open+waiting > 0 {
			return reject(fault.Wrap(fault.Data, ErrConflict, "[scenario-busy] The scenario has executions that are not over.").
				WithHint("[hint-stop-wait] stop it and wait for them, or remove them from its queue"))
		}
		if _, err := t.exec("INSERT INTO former_scenario (id, team, name, deleted) SELECT id, team, name, CAST(? AS BIGINT) FROM scenario WHERE id = ?", nanos(t.now), id); err != nil {
			return err
		}
		n, err := t.exec("DELETE FROM scenario WHERE id = ?", id)
		if err := errors.Join(err, missing(n, "[noun-scenario] The scenario")); err != nil {
			return err
		}
		if err := t.dropIncompletes(id); err != nil {
			return err
		}
		for _, query := range []string{
			"DELETE FROM scenario_version WHERE scenario = ?", "DELETE FROM trigger_cursor WHERE scenario = ?",
			"DELETE FROM sample WHERE scenario = ?", "UPDATE webhook SET scenario = 0 WHERE scenario = ?",
		} {
			if _, err := t.exec(query, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropIncompletes removes the incomplete executions of a scenario.
func (t *tx) dropIncompletes(scenario int64) error {
	return t.each(func(row []driver.Value) error {
		if IncompleteState(integer(row[0])) != Resolved {
			t.count(incompleteOf, scenario, -1, -integer(row[1]))
		}
		return nil
	}, "DELETE FROM incomplete WHERE scenario = ? RETURNING state, bytes", scenario)
}

// Kept returns the variables that a scenario keeps between executions; undefined when there are none.
func (s *Store) Kept(ctx context.Context, scenario int64) (value.Value, error) {
	var data []byte
	err := s.db.QueryRowContext(ctx, "SELECT kept FROM scenario WHERE id = ?", scenario).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return value.Undefined, absent("[noun-scenario] The scenario")
	}
	if err != nil {
		return value.Undefined, readFault(err)
	}
	return s.decodeValue(data)
}

// TriggerCursor returns how far a polling trigger has come; nil when it has not begun.
func (s *Store) TriggerCursor(ctx context.Context, scenario int64, module int) ([]byte, error) {
	q := newSelect("SELECT data FROM trigger_cursor WHERE scenario = ? AND module = ?", scenario, module)
	found, err := list(ctx, s, q, func(rows *sql.Rows) (data []byte, err error) {
		return data, rows.Scan(&data)
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// SetTriggerCursor moves the cursor of a polling trigger by hand: "where to start". nil forgets it.
func (s *Store) SetTriggerCursor(ctx context.Context, scenario int64, c Cursor) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		if c.Data == nil {
			_, err := t.exec("DELETE FROM trigger_cursor WHERE scenario = ? AND module = ?", scenario, int64(c.Module))
			return err
		}
		return t.putCursor(scenario, c)
	})
}
