package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Execution is what history shows of an execution without its journal.
type Execution struct {
	ID, Scenario, Version       int64
	Status                      Status
	Origin                      Origin
	Webhook, Source             int64 // 0 = none
	Seed                        uint64
	Accepted, Started, Finished time.Time // zero = not yet
	Bytes                       int64     // of its journal
	Name                        string
	Mode                        Mode
	Summary                     Summary
}

// Dry reports whether the execution is a dry run.
func (e *Execution) Dry() bool { return e.Mode&DryRun != 0 }

const executionColumns = "id, scenario, version, status, origin, webhook, source, seed, accepted, started, finished, bytes, coalesce(name, ''), mode, summary"

func (s *Store) scanExecution(rows *sql.Rows) (Execution, error) {
	var e Execution
	var seed, accepted, started, finished int64
	var summary []byte
	if err := rows.Scan(&e.ID, &e.Scenario, &e.Version, &e.Status, &e.Origin, &e.Webhook, &e.Source, &seed,
		&accepted, &started, &finished, &e.Bytes, &e.Name, &e.Mode, &summary); err != nil {
		return e, err //nolint:wrapcheck // list wraps
	}
	e.Seed, e.Accepted, e.Started, e.Finished = uint64(seed), timeOf(accepted), timeOf(started), timeOf(finished)
	if len(summary) == 0 {
		return e, nil
	}
	body, err := s.codec.unpack(summary)
	if err == nil {
		err = json.Unmarshal(body, &e.Summary)
	}
	return e, err
}

// Execution returns one execution.
func (s *Store) Execution(ctx context.Context, id int64) (Execution, error) {
	return first(ctx, s, "The execution", newSelect("SELECT "+executionColumns+" FROM execution WHERE id = ?", id), s.scanExecution)
}

// HistoryFilter chooses finished executions.
type HistoryFilter struct {
	Scenario int64    // 0 = of all
	Webhook  int64    // whose payload they work on; 0 = any. Name the scenario too, which finds them sooner
	Teams    []int64  // those whose executions are listed, also of scenarios that were deleted; nil = every team
	Statuses []Status // none = all final ones
	// From and Until bound the time of acceptance: From <= accepted < Until. Zero = no bound.
	From, Until time.Time
	Dry         *bool // only dry runs, or none of them; nil = both
	// Text finds executions whose text has all these words, or begins of words. "" = all.
	Text  string
	After *HistoryPlace // nil = from the newest
	Limit int
}

// HistoryPlace is where the next page begins. Take it from the last execution of a page.
type HistoryPlace struct {
	Accepted time.Time
	ID       int64
}

// Place returns where the page behind the execution begins.
func (e Execution) Place() *HistoryPlace { return &HistoryPlace{e.Accepted, e.ID} }

// walkedForEach is how many of the newest executions of all are looked through for each one of some teams that is asked for, before
// the newest ones of each of their scenarios are looked up.
const walkedForEach = 20

// History lists finished executions, the newest first; those that are found by a text by their number, which goes the same way.
func (s *Store) History(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	if f.Scenario != 0 && f.Teams != nil {
		team, err := s.ScenarioTeam(ctx, f.Scenario)
		if errors.Is(err, ErrNotFound) || err == nil && !slices.Contains(f.Teams, team) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		f.Teams = nil
	}
	if f.Text != "" {
		return s.historyWith(ctx, f)
	}
	if f.Teams == nil {
		return s.history(ctx, f)
	}
	found, err := s.historyNearby(ctx, f)
	if err != nil || len(found) == pageSize(f.Limit) {
		return found, err
	}
	scenarios, err := s.scenariosByNewest(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.mergedHistory(ctx, f, scenarios)
}

// newestOf is a scenario and when its newest execution was accepted.
type newestOf struct {
	scenario int64
	accepted time.Time
}

// scenariosByNewest lists the scenarios of the teams by their newest executions that f chooses: as many as a page can show.
func (s *Store) scenariosByNewest(ctx context.Context, f HistoryFilter) ([]newestOf, error) {
	of, teams := inTeams(f.Teams)
	newest := newSelect("SELECT id FROM execution WHERE scenario = s.id AND status >= 2")
	f.finishedConditions(newest)
	f.behind(newest)
	q := newSelect("SELECT scenario, accepted FROM ("+
		"SELECT ("+newest.text.String()+" ORDER BY accepted DESC, id DESC LIMIT 1) AS newest FROM ("+
		"SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+") AS s) AS n JOIN execution ON id = newest",
		slices.Concat(newest.args, teams, teams)...)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), func(rows *sql.Rows) (newestOf, error) {
		var n newestOf
		var accepted int64
		err := rows.Scan(&n.scenario, &accepted)
		n.accepted = timeOf(accepted)
		return n, err //nolint:wrapcheck // list wraps
	})
}

// mergedHistory reads the histories of scenarios one by one, until those that follow have nothing for the page.
func (s *Store) mergedHistory(ctx context.Context, f HistoryFilter, scenarios []newestOf) ([]Execution, error) {
	var found []Execution
	f.Teams = nil
	for _, n := range scenarios {
		full := len(found) == pageSize(f.Limit)
		if full {
			f.From = found[len(found)-1].Accepted
			if n.accepted.Before(f.From) {
				break
			}
		}
		f.Scenario = n.scenario
		more, err := s.history(ctx, f)
		if err != nil {
			return nil, err
		}
		if len(more) == 0 {
			continue
		}
		found = append(found, more...)
		slices.SortFunc(found, func(a, b Execution) int { return cmp.Or(b.Accepted.Compare(a.Accepted), cmp.Compare(b.ID, a.ID)) })
		found = found[:min(len(found), pageSize(f.Limit))]
	}
	return found, nil
}

// historyNearby looks for executions of the teams among the newest ones of all.
func (s *Store) historyNearby(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	walked := newSelect("SELECT * FROM execution WHERE status >= 2")
	f.finishedConditions(walked)
	f.behind(walked)
	of, teams := inTeams(f.Teams)
	q := newSelect("SELECT "+executionColumns+" FROM ("+walked.text.String()+" ORDER BY accepted DESC, id DESC LIMIT ?) AS walked"+
		" WHERE scenario IN (SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+")",
		slices.Concat(walked.args, []any{int64(walkedForEach * pageSize(f.Limit))}, teams, teams)...)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), s.scanExecution)
}

func (s *Store) history(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	q := newSelect("SELECT " + executionColumns + " FROM execution WHERE status >= 2")
	f.finishedConditions(q)
	f.behind(q)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), s.scanExecution)
}

// historyWith finds executions by their text. It goes through what the full text index finds from the newest on, so that a word that
// many have costs no more than others.
func (s *Store) historyWith(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	match := s.dialect.search(f.Text)
	if match == "" {
		f.Text = ""
		return s.History(ctx, f)
	}
	q := newSelect("SELECT "+executionColumns+" FROM execution_text CROSS JOIN execution WHERE id = execution_text.rowid AND "+s.dialect.hasText+" AND status >= 2", match)
	f.finishedConditions(q)
	if f.Teams != nil {
		of, teams := inTeams(f.Teams)
		q.and("scenario IN (SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+")", slices.Concat(teams, teams)...)
	}
	if f.After != nil {
		q.and("execution_text.rowid < ?", f.After.ID)
	}
	return list(ctx, s, q.end(" ORDER BY execution_text.rowid DESC", f.Limit), s.scanExecution)
}

// behind has a listing go on behind f.After.
func (f *HistoryFilter) behind(q *selection) {
	if f.After != nil {
		q.and("(accepted, id) < (?, ?)", nanos(f.After.Accepted), f.After.ID)
	}
}

// finishedConditions are those on executions that are over, but for their teams, their text and where the page begins.
func (f *HistoryFilter) finishedConditions(q *selection) {
	statuses := f.Statuses
	if len(statuses) == 0 {
		statuses = []Status{Success, Warning, Failed, Stopped}
	}
	values := make([]any, len(statuses))
	for i, st := range statuses {
		values[i] = int64(st)
	}
	q.andIn("status", values)
	if f.Scenario != 0 {
		q.and("scenario = ?", f.Scenario)
	}
	if f.Webhook != 0 {
		q.and("+webhook = ?", f.Webhook)
	}
	f.dryCondition(q)
	if !f.From.IsZero() {
		q.and("accepted >= ?", nanos(f.From))
	}
	if !f.Until.IsZero() {
		q.and("accepted < ?", nanos(f.Until))
	}
}

// dryCondition has the words of the index of dry runs.
func (f *HistoryFilter) dryCondition(q *selection) {
	switch {
	case f.Dry == nil:
	case *f.Dry:
		q.and("mode & 1 = 1")
	default:
		q.and("mode & 1 = 0")
	}
}

// HistoryTotal returns how many finished executions a scenario has and the bytes of their journals; scenario 0 = all.
func (s *Store) HistoryTotal(scenario int64) (number, bytes int64) {
	kind := finishedOfScenario
	if scenario == 0 {
		kind = finishedOfAll
	}
	t := s.total(kind, scenario)
	return t.Number, t.Bytes
}

// Continuations lists the executions that repeat or go on with another one, the oldest first.
func (s *Store) Continuations(ctx context.Context, source int64, limit int) ([]Execution, error) {
	q := newSelect("SELECT "+executionColumns+" FROM execution WHERE source = ? AND source > 0", source)
	return list(ctx, s, q.end(" ORDER BY id", limit), s.scanExecution)
}

// OpenHistory lists executions that are not over, the newest first: those that run, and those that wait. Of f it reads all but After.
func (s *Store) OpenHistory(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	var found []Execution
	var statuses []any
	for _, st := range f.Statuses {
		statuses = append(statuses, int64(st))
	}
	if len(statuses) == 0 {
		statuses = []any{int64(Queued), int64(Running)}
	}
	q := newSelect("SELECT " + executionColumns + " FROM execution" + s.dialect.openIndex + " WHERE (status = 1 OR (status = 0 AND webhook = 0))")
	q.andIn("status", statuses)
	f.openConditions(q)
	found, err := list(ctx, s, q.end(" ORDER BY id DESC", f.Limit), s.scanExecution)
	if err != nil || !slices.Contains(statuses, any(int64(Queued))) {
		return found, err
	}
	waitFor, err := s.owners(ctx, queuedOfWebhook)
	if err != nil {
		return nil, err
	}
	for _, webhook := range waitFor {
		q := newSelect("SELECT "+executionColumns+" FROM execution WHERE status = 0 AND webhook = ? AND webhook > 0", webhook)
		f.openConditions(q)
		waiting, err := list(ctx, s, q.end(" ORDER BY id DESC", f.Limit), s.scanExecution)
		if err != nil {
			return nil, err
		}
		found = append(found, waiting...)
	}
	slices.SortFunc(found, func(a, b Execution) int { return cmp.Compare(b.ID, a.ID) })
	return found[:min(len(found), pageSize(f.Limit))], nil
}

// openConditions are those on executions that are not over, which the full text does not have yet.
func (f *HistoryFilter) openConditions(q *selection) {
	if f.Scenario != 0 {
		q.and("scenario = ?", f.Scenario)
	}
	if f.Webhook != 0 {
		q.and("+webhook = ?", f.Webhook)
	}
	if f.Teams != nil {
		of, args := inTeams(f.Teams)
		q.and("+scenario IN (SELECT id FROM scenario WHERE "+of+")", args...)
	}
	f.dryCondition(q)
	if !f.From.IsZero() {
		q.and("accepted >= ?", nanos(f.From))
	}
	if !f.Until.IsZero() {
		q.and("accepted < ?", nanos(f.Until))
	}
	if f.Text != "" {
		q.and(`lower(name) LIKE lower(?) ESCAPE '\'`, contains(f.Text))
	}
}
