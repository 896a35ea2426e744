package store

import (
	"context"
	"database/sql"
	"time"
)

// StoppedScenarios lists scenarios of teams that their errors have switched off, or that cannot run, the newest changed first; nil
// stands for every team.
func (s *Store) StoppedScenarios(ctx context.Context, teams []int64, limit int) ([]Scenario, error) {
	q := newSelect("SELECT " + scenarioColumns + " FROM scenario WHERE active = 0 AND (errors > 0 OR invalid <> '')")
	if teams != nil {
		q.andAmong("team", teams)
	}
	return list(ctx, s, q.end(" ORDER BY updated DESC, id DESC", limit), scanScenario)
}

// ScenarioNames returns the names of scenarios by number, also of those that were deleted and have a history.
func (s *Store) ScenarioNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	q := newSelect("SELECT id, name FROM (SELECT id, name FROM scenario UNION ALL SELECT id, name FROM former_scenario) AS s WHERE TRUE")
	q.andAmong("id", ids)
	_, err := list(ctx, s, q, func(rows *sql.Rows) (struct{}, error) {
		var id int64
		var name string
		err := rows.Scan(&id, &name)
		names[id] = name
		return struct{}{}, err //nolint:wrapcheck // list wraps
	})
	return names, err
}

// WaitingWebhook is a webhook with payloads in its queue.
type WaitingWebhook struct {
	Webhook
	Active bool      // its scenario is
	Oldest time.Time // when the payload arrived that has waited longest
}

// WaitingWebhooks lists webhooks of teams for which payloads wait that no execution has begun with; nil stands for every team.
func (s *Store) WaitingWebhooks(ctx context.Context, teams []int64, limit int) ([]WaitingWebhook, error) {
	waiting, err := s.owners(ctx, queuedOfWebhook)
	if err != nil {
		return nil, err
	}
	q := newSelect("SELECT " + webhookColumns + " FROM webhook WHERE TRUE")
	q.andAmong("id", waiting[:min(len(waiting), MaxPage)])
	if teams != nil {
		q.andAmong("team", teams)
	}
	hooks, err := list(ctx, s, q.end(" ORDER BY id", limit), scanWebhook)
	if err != nil {
		return nil, err
	}
	found := make([]WaitingWebhook, len(hooks))
	for i, w := range hooks {
		found[i].Webhook = w
		var active, oldest int64
		err := s.db.QueryRowContext(ctx, "SELECT coalesce((SELECT active FROM scenario WHERE id = ?), 0),"+
			" coalesce((SELECT received FROM item WHERE webhook = ? ORDER BY id LIMIT 1), 0)", w.Scenario, w.ID).Scan(&active, &oldest)
		if err != nil {
			return nil, readFault(err)
		}
		found[i].Active, found[i].Oldest = active == 1, timeOf(oldest)
		if oldest == 0 {
			found[i].Oldest = w.Updated
		}
	}
	return found, nil
}

// QueueLength is how much waits for a scenario.
type QueueLength struct {
	Scenario int64
	Counted
}

// LongestQueues lists the scenarios for whose webhooks the most waits, the longest first.
func (s *Store) LongestQueues(ctx context.Context, limit int) ([]QueueLength, error) {
	q := newSelect("SELECT w.scenario, CAST(sum(t.number) AS BIGINT) AS waiting, CAST(sum(t.bytes) AS BIGINT) FROM total t JOIN webhook w ON w.id = t.owner"+
		" WHERE t.kind = ? AND w.scenario > 0 GROUP BY w.scenario HAVING sum(t.number) > 0", int64(queuedOfWebhook))
	return list(ctx, s, q.end(" ORDER BY waiting DESC, w.scenario", limit), func(rows *sql.Rows) (l QueueLength, err error) {
		err = rows.Scan(&l.Scenario, &l.Number, &l.Bytes)
		return l, err //nolint:wrapcheck // list wraps
	})
}
