package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/socket"
	"github.com/ropeway/ropeway/internal/store"
)

// Time limits of the server. Callers of webhooks may wait for an answer for minutes, so there is none for writing.
const (
	headerTime   = 10 * time.Second
	idleTime     = 2 * time.Minute
	shutdownTime = 30 * time.Second
)

type serveFlags struct {
	data, addr, connections, keyFile string
	allow, folders                   []string
	sandbox                          bool
	upkeep                           upkeepFlags
}

func newServe(env *Env) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the scenarios of a data directory: webhooks and schedules, durably", Args: cobra.NoArgs,
		Long: `Serve takes webhooks in, starts what is due, and goes on with what a crash or a stop has left unfinished. What it has
answered with 200 is done, or still in the data directory. Scenarios come into the directory with "ropeway scenario import".

It answers webhooks below /hook/, and /healthz and /readyz; and the commands of this machine over a socket in the data directory.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), env, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "data", "data directory")
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flags.StringVar(&f.connections, "connections", "", "JSON file with connections, for those that the data directory does not have")
	flags.StringVar(&f.keyFile, "key-file", "", "file with the master keys (default: master.key in the data directory)")
	flags.StringArrayVar(&f.allow, "allow", nil, "private host, host:port, address or network that may be called; may be repeated")
	flags.StringArrayVar(&f.folders, "app", nil, "folder with a further app definition; may be repeated")
	flags.BoolVar(&f.sandbox, "sandbox", false, "run a Customerly sandbox beside it, connected, with a scenario to try")
	f.upkeep.add(cmd)
	return cmd
}

func serve(ctx context.Context, env *Env, f serveFlags) (err error) {
	log := slog.New(slog.NewTextHandler(env.Stderr, nil))
	conns, err := readConnections(env, f.connections)
	if err != nil {
		return err
	}
	if f.sandbox {
		box, err := sandboxBeside(ctx, &f, conns)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, box.close()) }()
		fmt.Fprintf(env.Stdout, "a Customerly sandbox listens on %s; look inside at %s/\n", box.api, box.origin)
	}
	keys := newKeys(env, f.data, f.keyFile)
	system, err := server.Assemble(server.Options{Allow: f.allow, AppFolders: f.folders, UserAgent: userAgent(env), Durable: true, Keys: keys})
	if err != nil {
		return err
	}
	beside, err := newUpkeep(env, f.upkeep, system.Outbound, log)
	if err != nil {
		return err
	}
	defer beside.close(ctx)
	data, err := store.Open(ctx, f.data, store.Options{Clock: clock.System{}, Meter: beside.storeMeter()})
	if err != nil {
		return fmt.Errorf("open the data directory %s: %w", f.data, err)
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	conns.system = system
	system.Runner.Connections = server.StoredConnections(system, data, conns)
	stop, err := beside.start(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	control := &server.Control{Store: data, System: system, Clock: clock.System{}, Keys: keys, Budget: f.upkeep.budget()}
	return listen(ctx, env, f, control, log, beside.options())
}

// listen starts the service of a control and serves it until it is stopped.
func listen(ctx context.Context, env *Env, f serveFlags, control *server.Control, log *slog.Logger, options []server.Option) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", f.addr)
	if err != nil {
		return fault.Wrap(fault.InvalidConfiguration, err, "Cannot listen on "+f.addr+".").WithHint("choose another port, or 0 for a free one")
	}
	service, err := server.StartService(ctx, control.System, control.Store, control.Clock, log, options...)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	control.Live = service
	commands, err := socket.Listen(ctx, f.data)
	if err == nil && f.sandbox {
		err = sandboxScenario(ctx, env, control, f.data)
	}
	if err != nil {
		service.Close()
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(env.Stdout, "listening on http://%s\n", l.Addr())
	return serveUntilStopped(ctx, env, service,
		door{&http.Server{Handler: service.Handler(), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime}, l},
		door{&http.Server{Handler: control.Trusted(log), ReadHeaderTimeout: headerTime}, commands})
}

// door is a server with what it listens on.
type door struct {
	*http.Server
	listener net.Listener
}

// serveUntilStopped serves until Ctrl-C, then lets the running operations end.
func serveUntilStopped(ctx context.Context, env *Env, service *server.Service, doors ...door) error {
	failed := make(chan error, len(doors))
	for _, d := range doors {
		go func() { failed <- d.Serve(d.listener) }()
	}
	var err error
	select {
	case err = <-failed:
	case <-env.Interrupt:
	case <-ctx.Done():
	}
	service.Close()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	for _, d := range doors {
		err = errors.Join(err, d.Shutdown(end))
	}
	return err
}
