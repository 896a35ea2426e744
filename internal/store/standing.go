package store

import (
	"context"
	"database/sql"
)

// Standing is how many things of teams there are, and how they stand.
type Standing struct {
	Scenarios, Active, Invalid int64
	Running, Waiting           int64 // executions; those that wait in the queue of a webhook are Payloads
	Payloads                   int64
	Incomplete                 map[IncompleteState]int64 // not resolved
}

// Standing counts the things of teams, nil for every team.
func (s *Store) Standing(ctx context.Context, teams []int64) (Standing, error) {
	of, args := "TRUE", []any(nil)
	if teams != nil {
		of, args = inTeams(teams)
	}
	n := Standing{Incomplete: map[IncompleteState]int64{}}
	err := s.db.QueryRowContext(ctx, "SELECT count(*), count(CASE WHEN active = 1 THEN 1 END), count(CASE WHEN invalid <> '' THEN 1 END) FROM scenario WHERE "+of, args...).
		Scan(&n.Scenarios, &n.Active, &n.Invalid)
	if err != nil {
		return n, readFault(err)
	}
	open, err := s.byKind(ctx, "SELECT status, count(*) FROM execution"+s.dialect.openIndex+" WHERE (status = 1 OR (status = 0 AND webhook = 0))"+
		" AND +scenario IN (SELECT id FROM scenario WHERE "+of+") GROUP BY status", args)
	if err != nil {
		return n, err
	}
	n.Running, n.Waiting = open[int64(Running)], open[int64(Queued)]
	waiting, err := s.byKind(ctx, "SELECT state, count(*) FROM incomplete WHERE state < 3 AND scenario IN (SELECT id FROM scenario WHERE "+of+") GROUP BY state", args)
	if err != nil {
		return n, err
	}
	for state, number := range waiting {
		n.Incomplete[IncompleteState(state)] = number
	}
	n.Payloads, err = s.payloads(ctx, of, args)
	return n, err
}

// byKind runs a query for numbers by kind.
func (s *Store) byKind(ctx context.Context, query string, args []any) (map[int64]int64, error) {
	type count struct{ kind, number int64 }
	found, err := list(ctx, s, newSelect(query, args...), func(rows *sql.Rows) (c count, err error) {
		return c, rows.Scan(&c.kind, &c.number)
	})
	numbers := make(map[int64]int64, len(found))
	for _, c := range found {
		numbers[c.kind] = c.number
	}
	return numbers, err
}

// payloads adds up what waits for the webhooks that meet a condition.
func (s *Store) payloads(ctx context.Context, of string, args []any) (int64, error) {
	hooks, err := list(ctx, s, newSelect("SELECT id FROM webhook WHERE "+of, args...), func(rows *sql.Rows) (id int64, err error) {
		return id, rows.Scan(&id)
	})
	if err != nil || len(hooks) == 0 {
		return 0, err
	}
	waiting, err := s.totals(ctx, queuedOfWebhook)
	sum := int64(0)
	for _, id := range hooks {
		sum += waiting[id].Number
	}
	return sum, err
}
