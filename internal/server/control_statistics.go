package server

import (
	"context"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
)

// summedUp is what a summary counts as of now.
const summedUp = 24 * time.Hour

// Now is the time of the installation.
func (c statisticsControl) Now() time.Time { return c.Clock.Now() }

// Statistics counts the executions that ended in each step.
func (c statisticsControl) Statistics(ctx context.Context, f api.StatisticsFilter) (api.Statistics, error) {
	found, all, err := c.Store.Statistics(ctx, store.StatisticFilter(f))
	if err != nil {
		return api.Statistics{}, err
	}
	out := api.Statistics{From: f.From, Until: f.Until, StepSeconds: int64(f.Step / time.Second), Buckets: []api.Bucket{}, Total: bucketOf(&all)}
	for at := f.From; at.Before(f.Until); at = at.Add(f.Step) {
		b := api.Bucket{At: at}
		if len(found) > 0 && found[0].At.Equal(at) {
			b = bucketOf(&found[0])
			found = found[1:]
		}
		out.Buckets = append(out.Buckets, b)
	}
	return out, nil
}

func bucketOf(s *store.Statistic) api.Bucket {
	return api.Bucket{
		At: s.At, Success: s.Ended[store.Success], Warning: s.Ended[store.Warning], Error: s.Ended[store.Failed], Stopped: s.Ended[store.Stopped],
		Operations: s.Operations, MedianMS: milliseconds(s.Median), P95MS: milliseconds(s.P95),
	}
}

// milliseconds keeps two digits behind the point: short executions take less than one.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond).Microseconds()) / 1000
}

// Summary says how the things of teams stand.
func (c statisticsControl) Summary(ctx context.Context, teams []int64) (api.Summary, error) {
	now := c.Clock.Now()
	standing, err := c.Store.Standing(ctx, teams)
	if err != nil {
		return api.Summary{}, err
	}
	out := api.Summary{
		Scenarios: standing.Scenarios, Active: standing.Active, Invalid: standing.Invalid,
		Running: standing.Running, Waiting: standing.Waiting, Payloads: standing.Payloads,
		Incomplete: api.IncompleteCount{
			Unresolved: standing.Incomplete[store.Unresolved], Pending: standing.Incomplete[store.Pending], InProgress: standing.Incomplete[store.InProgress],
		},
	}
	for _, n := range standing.Incomplete {
		out.Incomplete.Total += n
	}
	_, ended, err := c.Store.Statistics(ctx, store.StatisticFilter{Teams: teams, From: now.Add(-summedUp), Until: now, Step: summedUp})
	out.Ended = bucketOf(&ended)
	return out, err
}
