package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of sample data.
const (
	// MaxSampleBundles is how many bundles one module may have pinned.
	MaxSampleBundles = 100
	// MaxSampleBytes is the size of what one module may have pinned.
	MaxSampleBytes = 256 << 10
	// MaxScenarioSampleBytes is the size of what all modules of a scenario may have pinned.
	MaxScenarioSampleBytes = 4 << 20
)

// Sample is the output that a person has pinned to a module of a scenario.
type Sample struct {
	Scenario int64
	Module   int
	Name     string // of the module, "app:Name"
	Bundles  []value.Value
	Updated  time.Time
}

// PutSample pins bundles to a module in place of those that it had. Too many of them are a BundleValidation error.
func (s *Store) PutSample(ctx context.Context, x Sample) error {
	if len(x.Bundles) == 0 || len(x.Bundles) > MaxSampleBundles {
		return fault.Newf(fault.BundleValidation, "[samples-many] %d bundles are to be pinned; 1 to %d are possible.", len(x.Bundles), MaxSampleBundles).WithField("bundles")
	}
	plain := appendValues([]byte{0}, x.Bundles)
	if len(plain) > MaxSampleBytes {
		return fault.Newf(fault.BundleValidation, "[sample-large] The sample data of the module has %d bytes; %d are possible.", len(plain), MaxSampleBytes).
			WithField("bundles").WithHint("[hint-pin-fewer] pin fewer bundles, or shorten long texts in them")
	}
	size, data := int64(len(plain)), s.codec.pack(plain)
	return s.update(ctx, executionLane, func(t *tx) error {
		row, err := t.one("SELECT (SELECT count(*) FROM scenario WHERE id = ?), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM sample WHERE scenario = ? AND module <> ?",
			x.Scenario, x.Scenario, int64(x.Module))
		if err != nil {
			return err
		}
		if integer(row[0]) == 0 {
			return notFound("[noun-scenario] The scenario")
		}
		if all := integer(row[1]) + size; all > MaxScenarioSampleBytes {
			return reject(fault.Newf(fault.BundleValidation, "[samples-large] The sample data of the scenario would have %d bytes; %d are possible.", all, MaxScenarioSampleBytes).
				WithHint("[hint-other-samples] remove that of other modules"))
		}
		_, err = t.exec("INSERT INTO sample (scenario, module, name, data, bytes, updated) VALUES (?, ?, ?, ?, ?, ?) "+
			"ON CONFLICT (scenario, module) DO UPDATE SET name = excluded.name, data = excluded.data, bytes = excluded.bytes, updated = excluded.updated",
			x.Scenario, int64(x.Module), x.Name, data, size, nanos(t.now))
		return err
	})
}

// DeleteSample removes what is pinned to a module; ErrNotFound where nothing is.
func (s *Store) DeleteSample(ctx context.Context, scenario int64, module int) error {
	return s.update(ctx, executionLane, func(t *tx) error {
		n, err := t.exec("DELETE FROM sample WHERE scenario = ? AND module = ?", scenario, int64(module))
		if err != nil {
			return err
		}
		return missing(n, "[noun-sample] The sample data")
	})
}

// Samples returns all that is pinned to modules of a scenario, by the number of the module.
func (s *Store) Samples(ctx context.Context, scenario int64) ([]Sample, error) {
	q := newSelect("SELECT module, name, data, updated FROM sample WHERE scenario = ?", scenario)
	return list(ctx, s, q.end(" ORDER BY module", MaxPage), func(rows *sql.Rows) (Sample, error) {
		x := Sample{Scenario: scenario}
		var data []byte
		var updated int64
		if err := rows.Scan(&x.Module, &x.Name, &data, &updated); err != nil {
			return x, err //nolint:wrapcheck // list wraps
		}
		x.Updated = timeOf(updated)
		plain, err := s.codec.unpack(data)
		if err != nil {
			return x, err
		}
		body := &reader{src: plain}
		x.Bundles = body.values()
		return x, body.err
	})
}
