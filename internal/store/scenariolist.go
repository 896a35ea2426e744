package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// ScenarioFilter chooses scenarios.
type ScenarioFilter struct {
	Listing
	Folder *string // nil = in any, "" = in none
	Active *bool   // nil = both
}

// ScenariosWhere lists scenarios by number.
func (s *Store) ScenariosWhere(ctx context.Context, f ScenarioFilter) ([]Scenario, error) {
	var more []condition
	if f.Folder != nil {
		more = append(more, condition{"folder = ?", *f.Folder})
	}
	if f.Active != nil {
		more = append(more, condition{"active = ?", bit(*f.Active)})
	}
	return list(ctx, s, f.query("SELECT "+scenarioColumns+" FROM scenario", more...), scanScenario)
}

// ActiveScenario is an active scenario with the blueprint of its newest version.
type ActiveScenario struct {
	Scenario
	Blueprint []byte
	Damaged   error // why the blueprint cannot be read; nil where it can
}

// ActiveScenarios lists active scenarios by number, those behind after.
func (s *Store) ActiveScenarios(ctx context.Context, after int64, limit int) ([]ActiveScenario, error) {
	q := newSelect("SELECT "+scenarioColumns+", (SELECT v.blueprint FROM scenario_version v WHERE v.scenario = scenario.id AND v.version = scenario.version)"+
		" FROM scenario WHERE active = 1 AND id > ?", after)
	return list(ctx, s, q.end(" ORDER BY id", limit), func(rows *sql.Rows) (a ActiveScenario, err error) {
		var packed []byte
		if a.Scenario, err = scanScenarioWith(rows, &packed); err == nil {
			a.Blueprint, a.Damaged = s.codec.unpack(packed)
		}
		return a, err
	})
}

// Folder is a folder with what is in it.
type Folder struct {
	Name              string // "" for scenarios that are in none
	Scenarios, Active int64
}

// Folders lists the folders of teams by name, nil for every team; at most MaxPage of them.
func (s *Store) Folders(ctx context.Context, teams []int64) ([]Folder, error) {
	q := newSelect("SELECT folder, count(*), count(CASE WHEN active = 1 THEN 1 END) FROM scenario WHERE TRUE")
	if teams != nil {
		q.andAmong("team", teams)
	}
	return list(ctx, s, q.end(" GROUP BY folder ORDER BY folder", MaxPage), func(rows *sql.Rows) (f Folder, err error) {
		return f, rows.Scan(&f.Name, &f.Scenarios, &f.Active)
	})
}

// Last is the newest execution of a scenario that is over.
type Last struct {
	Execution  int64
	Status     Status
	Finished   time.Time
	Operations int
	Error      *fault.Error // that ended it; without a message where it did not fail
}

// Latest returns the newest execution of each of the scenarios that is over, by the number of the scenario. Scenarios without one are
// left out.
func (s *Store) Latest(ctx context.Context, scenarios []int64) (map[int64]Last, error) {
	latest := make(map[int64]Last, len(scenarios))
	if len(scenarios) == 0 {
		return latest, nil
	}
	// One look into the index for each scenario.
	q := newSelect("SELECT id, scenario, status, finished, summary FROM execution WHERE id IN (SELECT ("+
		"SELECT id FROM execution WHERE scenario = s.column1 AND status >= 2 ORDER BY accepted DESC, id DESC LIMIT 1"+
		") FROM (VALUES (CAST(? AS BIGINT))"+strings.Repeat(", (CAST(? AS BIGINT))", len(scenarios)-1)+") AS s)", anyOf(scenarios)...)
	_, err := list(ctx, s, q, func(rows *sql.Rows) (last Last, err error) {
		var scenario, finished int64
		var summary []byte
		if err := rows.Scan(&last.Execution, &scenario, &last.Status, &finished, &summary); err != nil {
			return last, err //nolint:wrapcheck // list wraps
		}
		last.Finished = timeOf(finished)
		last.Operations, last.Error, err = s.shortSummary(summary)
		latest[scenario] = last
		return last, err
	})
	return latest, err
}

// shortSummary reads of a stored summary what a list of scenarios shows.
func (s *Store) shortSummary(stored []byte) (operations int, failure *fault.Error, err error) {
	if len(stored) == 0 {
		return 0, &fault.Error{}, nil
	}
	body, err := s.codec.unpack(stored)
	if err != nil {
		return 0, &fault.Error{}, err
	}
	var short struct {
		Operations   int          `json:"operations"`
		ErrorMessage string       `json:"errorMessage"`
		ErrorWords   *fault.Words `json:"errorWords"`
	}
	err = json.Unmarshal(body, &short)
	return short.Operations, &fault.Error{Message: short.ErrorMessage, Words: short.ErrorWords}, err
}

// NoteModules keeps what the newest version of a scenario is made of, where it was not saved with it. It leaves the revision alone;
// a version that is not the newest any more is no error.
func (s *Store) NoteModules(ctx context.Context, scenario, version int64, modules string) error {
	return s.update(ctx, upkeepLane, func(t *tx) error {
		_, err := t.exec("UPDATE scenario SET modules = ? WHERE id = ? AND version = ?", modules, scenario, version)
		return err
	})
}
