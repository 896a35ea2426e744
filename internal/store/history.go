package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
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
	Summary                     Summary
}

const executionColumns = "id, scenario, version, status, origin, webhook, source, seed, accepted, started, finished, bytes, coalesce(name, ''), summary"

func (s *Store) scanExecution(rows *sql.Rows) (Execution, error) {
	var e Execution
	var seed, accepted, started, finished int64
	var summary []byte
	if err := rows.Scan(&e.ID, &e.Scenario, &e.Version, &e.Status, &e.Origin, &e.Webhook, &e.Source, &seed,
		&accepted, &started, &finished, &e.Bytes, &e.Name, &summary); err != nil {
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
	Teams    []int64  // those whose executions are listed, also of scenarios that were deleted; nil = every team
	Statuses []Status // none = all final ones
	// From and Until bound the time of acceptance: From <= accepted < Until. Zero = no bound.
	From, Until time.Time
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

// fewScenarios is how many scenarios the teams may have whose histories are read one by one and merged. Beyond it the
// history of all is read, and what belongs to others is passed over.
const fewScenarios = 100

// History lists finished executions, the newest first.
func (s *Store) History(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	if f.Teams == nil || f.Scenario != 0 {
		return s.history(ctx, f)
	}
	of, args := inTeams(f.Teams)
	q := newSelect("SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+" LIMIT ?",
		append(append(slices.Clone(args), args...), int64(fewScenarios+1))...)
	scenarios, err := list(ctx, s, q, func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
	if err != nil {
		return nil, err
	}
	if len(scenarios) > fewScenarios {
		return s.history(ctx, f)
	}
	var found []Execution
	f.Teams = nil
	for _, f.Scenario = range scenarios {
		list, err := s.history(ctx, f)
		if err != nil {
			return nil, err
		}
		found = append(found, list...)
	}
	slices.SortFunc(found, func(a, b Execution) int { return cmp.Or(b.Accepted.Compare(a.Accepted), cmp.Compare(b.ID, a.ID)) })
	return found[:min(len(found), pageSize(f.Limit))], nil
}

func (s *Store) history(ctx context.Context, f HistoryFilter) ([]Execution, error) {
	statuses := f.Statuses
	if len(statuses) == 0 {
		statuses = []Status{Success, Warning, Failed, Stopped}
	}
	q := newSelect("SELECT " + executionColumns + " FROM execution WHERE status >= 2")
	values := make([]any, len(statuses))
	for i, st := range statuses {
		values[i] = int64(st)
	}
	q.andIn("status", values)
	if f.Scenario != 0 {
		q.and("scenario = ?", f.Scenario)
	}
	if f.Teams != nil {
		of, args := inTeams(f.Teams)
		// The plus keeps the walk in the order of time.
		q.and("+scenario IN (SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+")", append(slices.Clone(args), args...)...)
	}
	if !f.From.IsZero() {
		q.and("accepted >= ?", nanos(f.From))
	}
	if !f.Until.IsZero() {
		q.and("accepted < ?", nanos(f.Until))
	}
	if f.After != nil {
		q.and("(accepted, id) < (?, ?)", nanos(f.After.Accepted), f.After.ID)
	}
	if match := matchQuery(f.Text); match != "" {
		q.and("id IN (SELECT rowid FROM execution_text WHERE execution_text MATCH ?)", match)
	}
	return list(ctx, s, q.end(" ORDER BY accepted DESC, id DESC", f.Limit), s.scanExecution)
}

// matchQuery turns what a person typed into a query of the full text index: every word must be there, and may be the
// beginning of a longer one. Nothing of it is taken as an operator.
func matchQuery(text string) string {
	var words []string
	for _, w := range strings.Fields(strings.ToValidUTF8(text, " ")) {
		w = strings.ReplaceAll(strings.ReplaceAll(w, "\x00", ""), `"`, `""`)
		if w != "" {
			words = append(words, `"`+w+`"*`)
		}
	}
	return strings.Join(words, " ")
}

// HistoryTotal returns how many finished executions a scenario has and the bytes of their journals; scenario 0 = all.
func (s *Store) HistoryTotal(scenario int64) (number, bytes int64) {
	k := totalKey{finishedOfScenario, scenario}
	if scenario == 0 {
		k = totalKey{finishedOfAll, 0}
	}
	t := s.memory.total(k)
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
	q := newSelect("SELECT " + executionColumns + " FROM execution WHERE (status = 1 OR (status = 0 AND webhook = 0))")
	q.andIn("status", statuses)
	f.openConditions(q)
	found, err := list(ctx, s, q.end(" ORDER BY id DESC", f.Limit), s.scanExecution)
	if err != nil || !slices.Contains(statuses, any(int64(Queued))) {
		return found, err
	}
	for _, webhook := range s.memory.owners(queuedOfWebhook) {
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
	if f.Teams != nil {
		of, args := inTeams(f.Teams)
		q.and("+scenario IN (SELECT id FROM scenario WHERE "+of+")", args...)
	}
	if !f.From.IsZero() {
		q.and("accepted >= ?", nanos(f.From))
	}
	if !f.Until.IsZero() {
		q.and("accepted < ?", nanos(f.Until))
	}
	if f.Text != "" {
		q.and(`name LIKE ? ESCAPE '\'`, contains(f.Text))
	}
}
