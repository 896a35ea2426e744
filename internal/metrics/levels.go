package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ropeway/ropeway/internal/store"
)

// levels reads numbers when it is asked. When they cannot be read the scrape has an error, and the other numbers.
type levels struct {
	read  func(context.Context) (Levels, error)
	gauge []level
	state *prometheus.Desc
}

// level is one number of Levels.
type level struct {
	desc  *prometheus.Desc
	value func(*Levels) float64
}

func newLevels(read func(context.Context) (Levels, error)) *levels {
	l := &levels{read: read, state: describe("incomplete_executions", "Incomplete executions that are not resolved, by state.", "state")}
	add := func(name, help string, value func(*Levels) float64) {
		l.gauge = append(l.gauge, level{describe(name, help), value})
	}
	add("queue_payloads", "Payloads of webhooks that wait for an execution.", func(v *Levels) float64 { return float64(v.Totals.Queued.Number) })
	add("queue_bytes", "Size of these payloads.", func(v *Levels) float64 { return float64(v.Totals.Queued.Bytes) })
	add("history_executions", "Finished executions in the history.", func(v *Levels) float64 { return float64(v.Totals.History.Number) })
	add("history_bytes", "Size of their journals.", func(v *Levels) float64 { return float64(v.Totals.History.Bytes) })
	add("incomplete_bytes", "Size of the incomplete executions that are not resolved.", func(v *Levels) float64 { return float64(v.Totals.Incomplete.Bytes) })
	add("database_bytes", "Size of the database file.", func(v *Levels) float64 { return float64(v.Usage.Database) })
	add("database_free_bytes", "Part of it that is free to be used again or given back.", func(v *Levels) float64 { return float64(v.Usage.Free) })
	add("log_bytes", "Size of the write-ahead log.", func(v *Levels) float64 { return float64(v.Usage.Log) })
	add("disk_free_bytes", "Free space on the disk of the data directory.", func(v *Levels) float64 { return float64(v.FreeBytes) })
	add("partitions_held", "Partitions of the installation that this process owns.", func(v *Levels) float64 { return float64(v.Node.Partitions) })
	add("partitions_taken", "Partitions that it has taken over since its start.", func(v *Levels) float64 { return float64(v.Node.TakenOver) })
	add("lease_renewals_late", "Renewals of its leases since its start that came after their deadline.", func(v *Levels) float64 { return float64(v.Node.LateRenewals) })
	add("signals_heard", "What other nodes have told it since its start.", func(v *Levels) float64 { return float64(v.Node.Signals) })
	add("signal_age_seconds", "Age of the oldest signal that no node has acted on.", func(v *Levels) float64 { return v.Node.OldestSignal.Seconds() })
	add("upgrade_waits", "1 while a change of the tables waits until nodes of older versions have stopped.", func(v *Levels) float64 {
		if v.Node.UpgradeWaits {
			return 1
		}
		return 0
	})
	return l
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// Describe names the numbers.
func (l *levels) Describe(to chan<- *prometheus.Desc) {
	for _, g := range l.gauge {
		to <- g.desc
	}
	to <- l.state
}

// Collect reads them.
func (l *levels) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTime)
	defer cancel()
	v, err := l.read(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(l.state, err)
		return
	}
	for _, g := range l.gauge {
		to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, g.value(&v))
	}
	for state, name := range map[store.IncompleteState]string{store.Unresolved: "unresolved", store.Pending: "pending", store.InProgress: "in_progress"} {
		to <- prometheus.MustNewConstMetric(l.state, prometheus.GaugeValue, float64(v.Totals.States[state]), name)
	}
}
