package store

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"time"
)

// StatisticStep is the time that one row of the statistics stands for: the days of every time zone begin with one.
const StatisticStep = 15 * time.Minute

// StatisticsKept is how long statistics are kept, however short the history is.
const StatisticsKept = 400 * 24 * time.Hour

// classesForDouble is how many classes of durations there are between one and twice as long: a class is a fifth wide.
const classesForDouble = 4

// neverBegan is the class of executions that ended without having begun.
const neverBegan = -1

// statisticKey is a row of the statistics.
type statisticKey struct {
	owner, quarter int64 // owner is the number of a scenario, or below 0 that of a team
	status         Status
	class          int64
}

// statisticSum is what such a row counts.
type statisticSum struct{ number, operations int64 }

// classOf returns the class of a duration.
func classOf(started, finished int64) int64 {
	if started == 0 {
		return neverBegan
	}
	return int64(classesForDouble * math.Log2(max(1, float64((finished-started)/int64(time.Microsecond)))))
}

// beginOfClass is the shortest duration of a class.
func beginOfClass(class int64) time.Duration {
	return time.Duration(math.Exp2(float64(class)/classesForDouble) * float64(time.Microsecond))
}

func quarterOf(t time.Time) int64 { return t.UnixNano() / int64(StatisticStep) }

// countEnd adds an execution that ends to the statistics of its scenario and of its team.
func (t *tx) countEnd(scenario, team int64, e *End, started int64) {
	if e.Dry { // it has done nothing
		return
	}
	for _, owner := range [...]int64{scenario, -team} {
		if owner == 0 { // of no team: nobody knows the scenario any more
			continue
		}
		key := statisticKey{owner, quarterOf(e.At), e.Status, classOf(started, nanos(e.At))}
		sum := t.statistics[key]
		sum.number++
		sum.operations += int64(e.Summary.Operations)
		t.statistics[key] = sum
	}
}

// teamOf returns the team of a scenario, also of one that was deleted, in which it stays: it is asked for once. 0 is that of a scenario
// that nobody knows; whether that is still so is asked in each commit.
func (t *tx) teamOf(scenario int64) (int64, error) {
	if team, ok := t.memory.teams[scenario]; ok {
		return team, nil
	}
	if t.gone[scenario] {
		return 0, nil
	}
	team, err := t.number("SELECT team FROM scenario WHERE id = ? UNION ALL SELECT team FROM former_scenario WHERE id = ?", scenario, scenario)
	switch {
	case err != nil:
		return 0, err
	case team == 0:
		t.gone[scenario] = true
	default:
		t.memory.teams[scenario] = team
	}
	return team, nil
}

// StatisticFilter chooses what is counted.
type StatisticFilter struct {
	Scenario    int64   // 0 = of all
	Teams       []int64 // also of their scenarios that were deleted; nil = every team
	From, Until time.Time
	// Step is the time of one Statistic, a multiple of StatisticStep.
	Step time.Duration
}

// Statistic says how executions ended in a time.
type Statistic struct {
	At         time.Time
	Ended      map[Status]int64
	Operations int64
	// Median and P95 are how long the executions took of which half, and 95 of 100, were no slower, to a tenth; 0 where none began.
	Median, P95 time.Duration
}

// Statistics counts the executions that ended in each step from f.From on, which is cut down to a whole StatisticStep, and in all of
// them. Steps without any are left out.
func (s *Store) Statistics(ctx context.Context, f StatisticFilter) (steps []Statistic, all Statistic, err error) {
	from := quarterOf(f.From)
	width := max(1, int64(f.Step/StatisticStep))
	q := newSelect("SELECT (at - ?) / ? AS step, status, took, CAST(sum(number) AS BIGINT), CAST(sum(operations) AS BIGINT) FROM statistic WHERE at >= ? AND at < ?",
		from, width, from, quarterOf(f.Until.Add(StatisticStep-1)))
	f.owned(q)
	q.text.WriteString(" GROUP BY 1, 2, 3 ORDER BY 1, 3")
	counts, err := list(ctx, s, q, scanCount)
	if err != nil {
		return nil, Statistic{}, err
	}
	whole := slices.Clone(counts)
	slices.SortStableFunc(whole, func(a, b statisticCount) int { return cmp.Compare(a.class, b.class) })
	all = statisticOf(whole)
	all.At = time.Unix(0, from*int64(StatisticStep)).UTC()
	for len(counts) > 0 {
		n := slices.IndexFunc(counts, func(c statisticCount) bool { return c.step != counts[0].step })
		if n < 0 {
			n = len(counts)
		}
		one := statisticOf(counts[:n])
		one.At = time.Unix(0, (from+counts[0].step*width)*int64(StatisticStep)).UTC()
		steps, counts = append(steps, one), counts[n:]
	}
	return steps, all, nil
}

// owned limits a query to the scenario, or to the rows of the teams.
func (f *StatisticFilter) owned(q *selection) {
	of, args := "TRUE", []any(nil)
	if f.Teams != nil {
		of, args = inTeams(f.Teams)
	}
	switch {
	case f.Scenario == 0 && f.Teams == nil:
		q.and("owner IN (SELECT -id FROM team)")
	case f.Scenario == 0:
		q.and("owner IN (SELECT -team FROM (SELECT id AS team FROM team) AS t WHERE "+of+")", args...)
	default:
		q.and("owner = ?", f.Scenario)
		q.and("owner IN (SELECT id FROM scenario WHERE "+of+" UNION ALL SELECT id FROM former_scenario WHERE "+of+")", slices.Concat(args, args)...)
	}
}

// statisticCount is what is counted of one class in one step.
type statisticCount struct {
	step               int64
	status             Status
	class              int64
	number, operations int64
}

func scanCount(rows *sql.Rows) (c statisticCount, err error) {
	return c, rows.Scan(&c.step, &c.status, &c.class, &c.number, &c.operations) //nolint:wrapcheck // list wraps
}

// statisticOf adds the counts of one step up, which are sorted by class.
func statisticOf(counts []statisticCount) Statistic {
	one := Statistic{Ended: map[Status]int64{}}
	begun := int64(0)
	for _, c := range counts {
		one.Ended[c.status] += c.number
		one.Operations += c.operations
		if c.class != neverBegan {
			begun += c.number
		}
	}
	one.Median, one.P95 = slowest(counts, float64(begun)*0.5), slowest(counts, float64(begun)*0.95)
	return one
}

// slowest is the duration of the rank-th fastest execution, as if those of a class were spread evenly over it.
func slowest(counts []statisticCount, rank float64) time.Duration {
	for _, c := range counts {
		if c.class == neverBegan {
			continue
		}
		if n := float64(c.number); n < rank {
			rank -= n
			continue
		}
		begin, end := beginOfClass(c.class), beginOfClass(c.class+1)
		return begin + time.Duration(rank/float64(c.number)*float64(end-begin))
	}
	return 0
}

// sweepStatistics removes what is too old.
func (s *Store) sweepStatistics(ctx context.Context, _ *Budgets, _ *Swept) error {
	before := quarterOf(s.clock.Now().Add(-StatisticsKept))
	for {
		q := newSelect("SELECT id FROM (SELECT id FROM scenario UNION ALL SELECT id FROM former_scenario UNION ALL SELECT -id FROM team) AS s"+
			" WHERE EXISTS (SELECT 1 FROM statistic WHERE owner = s.id AND at < ?)", before)
		old, err := list(ctx, s, q.end("", sweepExecutions), func(rows *sql.Rows) (id int64, err error) { return id, rows.Scan(&id) })
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.update(ctx, upkeepLane, func(t *tx) error {
			for _, owner := range old {
				if _, err := t.exec("DELETE FROM statistic WHERE owner = ? AND at < ?", owner, before); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}
