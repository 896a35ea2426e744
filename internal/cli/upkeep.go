package cli

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/metrics"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// upkeepFlags are the flags of serve for what goes on beside the scenarios.
type upkeepFlags struct {
	notify       notifyFlags
	metrics      metricsFlags
	historyBytes int64
	historyDays  int64
}

func (f *upkeepFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.notify.add(cmd)
	f.metrics.add(cmd)
	flags.Int64Var(&f.historyBytes, "history-bytes", server.DefaultHistoryBytes, "how much the history may take; the oldest executions go first. 0: no limit")
	flags.Int64Var(&f.historyDays, "history-days", server.DefaultHistoryDays, "how many days executions stay in the history. 0: no limit")
}

// budget is that of the history of the installation.
func (f *upkeepFlags) budget() store.Budget {
	return store.Budget{Bytes: f.historyBytes, Age: server.DaysOf(f.historyDays)}
}

// upkeep is what goes on beside the scenarios: counting, telling people, keeping the history within its budget.
type upkeep struct {
	flags    upkeepFlags
	log      *slog.Logger
	metrics  *metrics.Metrics // nil when nobody reads them
	notifier *notify.Notifier
	mail     *notify.Mail                   // nil where no mail server is named
	service  atomic.Pointer[server.Service] // once it runs
}

// newUpkeep makes what counts and tells; client posts what is told.
func newUpkeep(env *Env, f upkeepFlags, client notify.Caller, log *slog.Logger) (*upkeep, error) {
	u := &upkeep{flags: f, log: log}
	var counted notify.Meter
	if f.metrics.addr != "" {
		u.metrics = metrics.New(env.Version)
		counted = u.metrics
	}
	var err error
	u.notifier, u.mail, err = newNotifier(env, f.notify, client, log, counted)
	return u, err
}

// options are those of the service that it stands beside.
func (u *upkeep) options() []server.Option {
	options := []server.Option{server.WithNotifier(u.notifier)}
	if u.metrics != nil {
		options = append(options, server.WithMeter(u.metrics))
	}
	return options
}

// storeMeter returns what counts commits, nil for nothing.
func (u *upkeep) storeMeter() store.Meter {
	if u.metrics == nil {
		return nil
	}
	return u.metrics
}

// start begins to look after an open store. What it returns ends that, and is called before the store is closed.
func (u *upkeep) start(ctx context.Context, data *store.Store) (stop func() error, err error) {
	r := &server.Retention{
		Store: data, Clock: clock.System{}, Log: u.log, Notifier: u.notifier,
		Budget: u.flags.budget(),
	}
	if data.Shared() {
		r.Mine = func() bool {
			s := u.service.Load()
			return s != nil && s.Upkeep()
		}
	}
	stopMetrics := func() error { return nil }
	if u.metrics != nil {
		r.Meter = u.metrics
		if stopMetrics, err = serveMetrics(ctx, u.flags.metrics, u.metrics, data, u.service.Load, u.log); err != nil {
			return nil, err
		}
	}
	loop, end := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.Run(loop)
	}()
	return func() error {
		end()
		<-ended
		return stopMetrics()
	}, nil
}

// close tells what waits to be told, for as long as a shutdown may take.
func (u *upkeep) close(ctx context.Context) {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	u.notifier.Close(limit)
}
