package cli

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/metrics"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// metricsFlags are the flags of serve that say where its numbers can be read.
type metricsFlags struct{ addr string }

func (f *metricsFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "metrics-addr", "", "HOST:PORT to serve Prometheus metrics at, below /metrics; best on loopback. Empty: none")
}

// serveMetrics serves the numbers of a store and what else m counts until stop is called. Without an address it does
// nothing. The listener is a separate one, so that the numbers are not where webhooks come in.
func serveMetrics(ctx context.Context, f metricsFlags, m *metrics.Metrics, data *store.Store, service func() *server.Service, log *slog.Logger) (stop func() error, err error) {
	if f.addr == "" {
		return func() error { return nil }, nil
	}
	m.Watch(func(ctx context.Context) (l metrics.Levels, err error) {
		if l.Totals, err = data.Totals(ctx); err != nil {
			return l, err
		}
		if l.FreeBytes, _, err = data.Room(); err != nil {
			return l, err
		}
		if s := service(); s != nil {
			has := s.Standing()
			l.Node = metrics.NodeLevels{Partitions: has.Partitions, TakenOver: has.TakenOver, LateRenewals: has.LateRenewals, Signals: has.Signals}
		}
		if at, err := data.OldestSignal(ctx); err == nil && !at.IsZero() {
			l.Node.OldestSignal = max(0, clock.System{}.Now().Sub(at))
		}
		_, l.Node.UpgradeWaits = data.UpgradeWaiting()
		l.Usage, err = data.Usage(ctx)
		return l, err
	})
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", f.addr)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot serve metrics at "+f.addr+".").WithHint("choose another port for --metrics-addr")
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	h := &http.Server{Handler: mux, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	log.InfoContext(ctx, "metrics", "address", l.Addr().String())
	return func() error {
		err := h.Close()
		if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
			err = errors.Join(err, served)
		}
		return err
	}, nil
}
