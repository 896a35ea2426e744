package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
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
	return first(ctx, s, "[noun-execution] The execution", newSelect("SELECT "+executionColumns+" FROM execution WHERE id = ?", id), s.scanExecution)
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

// teamsAtOnce is how many teams one query goes through.
const teamsAtOnce = 64

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
	if f.Scenario != 0 {
		return s.historyOfScenario(ctx, f)
	}
	teams, err := s.teamsByNewest(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.historyOfTeams(ctx, f, teams)
}

// newestOf is a team and when its newest execution was accepted.
type newestOf struct {
	team     int64
	accepted time.Time
}

// teamsByNewest lists the teams of f by their newest executions that f chooses: as many as a page can show.
func (s *Store) teamsByNewest(ctx context.Context, f HistoryFilter) ([]newestOf, error) {
	var all *selection
	switch {
	case f.Teams == nil: // 0 is that of what belongs to nobody
		all = newSelect("SELECT id FROM team UNION SELECT team FROM former_scenario UNION SELECT 0")
	case len(f.Teams) == 0:
		return nil, nil
	default:
		all = newSelect("SELECT column1 AS id FROM (VALUES (CAST(? AS BIGINT))"+strings.Repeat(", (CAST(? AS BIGINT))", len(f.Teams)-1)+") AS v", anyOf(f.Teams)...)
	}
	newest := newSelect("SELECT id FROM execution WHERE team = t.id AND status >= 2")
	f.finishedConditions(newest)
	f.behind(newest)
	q := newSelect("SELECT n.team, accepted FROM ("+
		"SELECT t.id AS team, ("+newest.text.String()+" ORDER BY accepted DESC, id DESC LIMIT 1) AS newest FROM ("+all.text.String()+") AS t"+
		") AS n JOIN execution ON id = newest", slices.Concat(newest.args, all.args)...)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), func(rows *sql.Rows) (newestOf, error) {
		var n newestOf
		var accepted int64
		err := rows.Scan(&n.team, &accepted)
		n.accepted = timeOf(accepted)
		return n, err //nolint:wrapcheck // list wraps
	})
}

// historyOfTeams reads the histories of teams, until those that follow have nothing for the page.
func (s *Store) historyOfTeams(ctx context.Context, f HistoryFilter, teams []newestOf) ([]Execution, error) {
	var found []Execution
	for some := range slices.Chunk(teams, teamsAtOnce) {
		if len(found) == pageSize(f.Limit) {
			f.From = found[len(found)-1].Accepted
			if some[0].accepted.Before(f.From) {
				break
			}
		}
		more, err := s.historyOfSome(ctx, f, some)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
		slices.SortFunc(found, func(a, b Execution) int { return cmp.Or(b.Accepted.Compare(a.Accepted), cmp.Compare(b.ID, a.ID)) })
		found = found[:min(len(found), pageSize(f.Limit))]
	}
	return found, nil
}

// historyOfSome reads the history of some teams together. What a page does not show of each of them is only looked at in the index.
func (s *Store) historyOfSome(ctx context.Context, f HistoryFilter, teams []newestOf) ([]Execution, error) {
	var ids selection
	for i, n := range teams {
		if i > 0 {
			ids.text.WriteString(" UNION ALL ")
		}
		one := newSelect("SELECT id, accepted FROM execution WHERE team = ? AND status >= 2", n.team)
		f.finishedConditions(one)
		f.behind(one)
		one.end(" ORDER BY accepted DESC, id DESC", f.Limit)
		ids.text.WriteString("SELECT * FROM (" + one.text.String() + ") AS o")
		ids.args = append(ids.args, one.args...)
	}
	ids.end(" ORDER BY accepted DESC, id DESC", f.Limit)
	q := newSelect("SELECT "+executionColumns+" FROM execution WHERE id IN (SELECT id FROM ("+ids.text.String()+") AS page)", ids.args...)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), s.scanExecution)
}

func (s *Store) historyOfScenario(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	q := newSelect("SELECT " + executionColumns + " FROM execution WHERE status >= 2")
	f.finishedConditions(q)
	f.behind(q)
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), s.scanExecution)
}

// historyWith finds executions by their text. It goes through what the full text index finds from the newest on, so that a word that
// many have costs no more than others.
func (s *Store) historyWith(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	teams := f.Teams
	if len(teams) > teamsAtOnce {
		teams = nil
	}
	match := s.dialect.search(f.Text, teams)
	if match == "" {
		f.Text = ""
		return s.History(ctx, f)
	}
	if teams == nil || s.textTeam <= 1 {
		return s.historyMatching(ctx, f, match, 0, 0)
	}
	found, err := s.historyMatching(ctx, f, match, s.textTeam, 0)
	if err != nil || len(found) == pageSize(f.Limit) {
		return found, err
	}
	f.Limit = pageSize(f.Limit) - len(found)
	older, err := s.historyMatching(ctx, f, s.dialect.search(f.Text, nil), 0, s.textTeam)
	return append(found, older...), err
}

// historyMatching lists what the full text index finds among the executions with since <= number < until; 0 bounds nothing.
func (s *Store) historyMatching(ctx context.Context, f HistoryFilter, match string, since, until int64) ([]Execution, error) {
	q := newSelect("SELECT "+executionColumns+" FROM execution_text CROSS JOIN execution WHERE id = execution_text.rowid AND "+s.dialect.hasText+" AND status >= 2", match)
	f.finishedConditions(q)
	if f.Teams != nil {
		q.andAmong("+team", f.Teams)
	}
	if f.After != nil {
		q.and("execution_text.rowid < ?", f.After.ID)
	}
	if since > 0 {
		q.and("execution_text.rowid >= ?", since)
	}
	if until > 0 {
		q.and("execution_text.rowid < ?", until)
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
