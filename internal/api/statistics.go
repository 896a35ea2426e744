package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/access"
)

// Limits of statistics.
const (
	// StatisticStep is the shortest time that is counted by itself; others are multiples of it.
	StatisticStep = 15 * time.Minute
	// MaxBuckets is how many times one answer may hold.
	MaxBuckets = 1000
	// usualBuckets is how many times there are at most where the caller does not say how long they are.
	usualBuckets = 100
	// usualSpan is what is counted where the caller does not say from when on.
	usualSpan = 24 * time.Hour
)

// StatisticsService counts what has happened.
type StatisticsService interface {
	Statistics(ctx context.Context, f StatisticsFilter) (Statistics, error)
	// Summary says how the things of teams stand, nil for every team.
	Summary(ctx context.Context, teams []int64) (Summary, error)
	// Now is the time of the installation.
	Now() time.Time
}

// StatisticsFilter chooses what is counted.
type StatisticsFilter struct {
	Scenario    int64
	Teams       []int64 // nil = every team
	From, Until time.Time
	Step        time.Duration
}

// Statistics are executions by the time at which they ended, the oldest first, without a gap.
type Statistics struct {
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	StepSeconds int64     `json:"step_seconds"`
	Buckets     []Bucket  `json:"buckets"`
	Total       Bucket    `json:"total"`
}

// Bucket counts the executions that ended in one step. The durations are those of executions that had begun, to a tenth; 0 where there
// were none.
type Bucket struct {
	At         time.Time `json:"at"` // its beginning
	Success    int64     `json:"success"`
	Warning    int64     `json:"warning"`
	Error      int64     `json:"error"`
	Stopped    int64     `json:"stopped"`
	Operations int64     `json:"operations"`
	MedianMS   float64   `json:"median_ms"`
	P95MS      float64   `json:"p95_ms"`
}

// Summary says how things stand now.
type Summary struct {
	Scenarios  int64           `json:"scenarios"`
	Active     int64           `json:"active"`
	Invalid    int64           `json:"invalid"`  // that cannot run
	Running    int64           `json:"running"`  // executions
	Waiting    int64           `json:"waiting"`  // executions that have not begun, beside those of webhooks
	Payloads   int64           `json:"payloads"` // that wait in the queues of webhooks
	Ended      Bucket          `json:"ended"`    // in the last 24 hours
	Incomplete IncompleteCount `json:"incomplete"`
}

// IncompleteCount counts incomplete executions that are not resolved.
type IncompleteCount struct {
	Total      int64 `json:"total"`
	Unresolved int64 `json:"unresolved"` // they wait for a decision
	Pending    int64 `json:"pending"`    // they are retried by themselves
	InProgress int64 `json:"in_progress"`
}

func statisticsRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/statistics", Name: "statistics.get", Needs: access.ViewExecutions, Of: Teams,
			Summary: "Count the executions that ended, step by step, with their operations and durations",
			Query: []Parameter{
				{"scenario", "number of a scenario"},
				{"from", "the first time, cut down to a quarter of an hour; a day before until where it is left away"},
				{"until", "the end, rounded up to a whole step; now where it is left away"},
				{"step", "seconds of one step, a multiple of 900; as many as make at most 100 steps where it is left away"},
			},
			Gives: Statistics{},
			handle: func(c *call) (any, error) {
				f := StatisticsFilter{Scenario: c.queryNumber("scenario"), Teams: c.teams, From: c.time("from"), Until: c.time("until")}
				step := c.queryNumber("step")
				if err := c.ofScenario(s.Owners, f.Scenario); err != nil {
					return nil, err
				}
				if err := f.complete(step, s.Statistics); err != nil {
					return nil, err
				}
				return s.Statistics.Statistics(c.Context(), f)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/summary", Name: "summary.get", Needs: access.ViewExecutions, Of: Teams,
			Summary: "Say how things stand: scenarios, executions, queues, incomplete executions", Gives: Summary{},
			handle: func(c *call) (any, error) { return s.Statistics.Summary(c.Context(), c.teams) },
		},
	}
}

// complete fills in what the caller has left away, and brings the times to whole steps.
func (f *StatisticsFilter) complete(seconds int64, s StatisticsService) error {
	if f.Until.IsZero() {
		f.Until = s.Now()
	}
	if f.From.IsZero() {
		f.From = f.Until.Add(-usualSpan)
	}
	if f.From.Year() < firstYear || f.Until.Year() > lastYear {
		return badRequest("from, until: only the years from %d to %d can be counted.", firstYear, lastYear)
	}
	f.From, f.Until = f.From.UTC().Truncate(StatisticStep), f.Until.UTC()
	if !f.Until.After(f.From) {
		return badRequest("until: it must be later than from.")
	}
	unit := int64(StatisticStep / time.Second)
	switch {
	case seconds == 0:
		f.Step = StatisticStep
		for f.buckets() > usualBuckets {
			f.Step *= 2
		}
	case seconds%unit != 0 || seconds > int64(lastYear-firstYear)*366*24*3600:
		return badRequest("step: %d is not a multiple of %d seconds.", seconds, unit)
	default:
		f.Step = time.Duration(seconds) * time.Second
	}
	n := f.buckets()
	if n > MaxBuckets {
		return badRequest("step: there would be %d steps; at most %d are counted at once.", n, MaxBuckets)
	}
	f.Until = f.From.Add(time.Duration(n) * f.Step)
	return nil
}

// The years in which anything can have happened.
const (
	firstYear = 2000
	lastYear  = 2200
)

func (f *StatisticsFilter) buckets() int64 { return int64((f.Until.Sub(f.From) + f.Step - 1) / f.Step) }
