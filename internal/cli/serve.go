package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
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
	data, connections, keyFile string
	database                   string
	allow, folders, roles      []string
	sandbox                    bool
	box                        *sandbox // while it runs
	front                      frontFlags
	upkeep                     upkeepFlags
}

func newServe(env *Env) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the scenarios of a data directory: webhooks and schedules, durably", Args: cobra.NoArgs,
		Long: `Serve takes webhooks in, starts what is due, and goes on with what a crash or a stop has left unfinished. What it has
answered with 200 is done, or still in the data directory. Scenarios come into the directory with "ropeway scenario import".

It answers the web application, the API below /api/, webhooks below /hook/, and /healthz and /readyz; and the commands of this machine over a socket in the data directory.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.database == "" {
				f.database = env.Getenv(databaseVariable)
			}
			next, err := serve(cmd.Context(), env, f)
			if err == nil && next != nil {
				err = next.start()
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "data", "data directory")
	flags.StringVar(&f.database, "database", "", databaseUsage)
	flags.StringVar(&f.connections, "connections", "", "JSON file with connections, for those that the data directory does not have")
	flags.StringVar(&f.keyFile, "key-file", "", "file with the master keys (default: master.key in the data directory)")
	flags.StringArrayVar(&f.allow, "allow", nil, "private host, host:port, address or network that may be called; may be repeated")
	flags.StringArrayVar(&f.folders, "app", nil, "folder with a further app definition; may be repeated")
	flags.BoolVar(&f.sandbox, "sandbox", false, "run a Customerly sandbox beside it, with a connection to it and a scenario to try")
	flags.StringSliceVar(&f.roles, "role", []string{roleWeb, roleWorker}, "what this node does where several share a database: web answers people and webhooks, worker runs executions")
	f.front.add(cmd)
	f.upkeep.add(cmd)
	return cmd
}

// serve serves until it is stopped, and closes everything. next is the program that goes on then, nil for none.
func serve(ctx context.Context, env *Env, f serveFlags) (next *successor, err error) {
	if err := f.front.check(); err != nil {
		return nil, err
	}
	role, err := f.role()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.NewTextHandler(env.Stderr, nil))
	conns, err := readConnections(env, f.connections)
	if err != nil {
		return nil, err
	}
	if f.sandbox {
		if f.box, err = sandboxBeside(ctx, &f); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, f.box.close()) }()
		sayBox(env, f.box)
	}
	keys := newKeys(env, f.data, f.keyFile)
	system, err := server.Assemble(server.Options{Allow: f.allow, AppFolders: f.folders, UserAgent: userAgent(env), Durable: true, Keys: keys})
	if err != nil {
		return nil, err
	}
	beside, err := newUpkeep(env, f.upkeep, system.Outbound, log)
	if err != nil {
		return nil, err
	}
	defer beside.close(ctx)
	data, err := store.Open(ctx, f.data, store.Options{Clock: clock.System{}, Meter: beside.storeMeter(), Database: f.database, Log: log})
	if err != nil {
		return nil, fmt.Errorf("open the data directory %s: %w", f.data, err)
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	if (role.OnlyWeb || role.OnlyWorker) && !data.Shared() {
		return nil, fault.New(fault.InvalidConfiguration, "A node with one role needs others with the other one, and a database that they share.").
			WithHint("name the database with --database, or leave --role away")
	}
	if err := server.CheckKeys(ctx, data, keys); err != nil {
		return nil, err
	}
	conns.system = system
	system.Runner.Connections = server.StoredConnections(system, data, conns)
	stop, err := beside.start(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	control := &server.Control{Store: data, System: system, Clock: clock.System{}, Keys: keys, Budget: f.upkeep.budget()}
	l, err := listenTCP(ctx, env, f.front.addr)
	if err != nil {
		return nil, err
	}
	return listen(ctx, env, f, l, control, beside, role, log)
}

// listen starts the service of a control and serves it until it is stopped. next is the program that goes on with the listener, nil for
// none.
func listen(ctx context.Context, env *Env, f serveFlags, l net.Listener, control *server.Control, beside *upkeep, role server.NodeOptions, log *slog.Logger) (next *successor, err error) {
	upgrade, forget := upgrades()
	defer forget()
	front, err := newFront(ctx, env, &f.front, l, control, beside, log)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	defer front.close()
	role.Address, role.Version = front.base, env.Version
	service, err := server.StartService(ctx, control.System, control.Store, control.Clock, log, append(beside.options(), server.WithNode(role))...)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	control.Live = service
	beside.service.Store(service)
	control.About = server.About{
		Version: env.Version, Started: control.Clock.Now(), PublicURL: front.base, Mail: front.postman != nil,
		Notifies: f.upkeep.notify.ways(), Metrics: f.upkeep.metrics.addr != "",
	}
	commands, err := socket.Listen(ctx, f.data)
	if err == nil && f.sandbox {
		err = trySandbox(ctx, env, control, &f)
	}
	if err != nil {
		service.Close() //nolint:contextcheck // it hands over however this ends
		return nil, errors.Join(err, l.Close())
	}
	if err := sayWhere(ctx, env, front); err != nil {
		log.ErrorContext(ctx, "nobody knows whether there is a first user", "error", err)
	}
	return serveUntilStopped(ctx, env, upgrade, service, l,
		door{&http.Server{Handler: outside(front, service, role), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, TLSConfig: front.tls}, l},
		door{&http.Server{Handler: control.Trusted(log), ReadHeaderTimeout: headerTime}, commands})
}

// outside is what answers on the network. A node that only runs executions says whether it is well, and nothing else.
func outside(f *front, service *server.Service, role server.NodeOptions) http.Handler {
	mux := http.NewServeMux()
	paths := []string{"/healthz", "/readyz"}
	if !role.OnlyWorker {
		mux.Handle("/", f.handler)
		mux.Handle("/mcp", f.mcp)
		paths = append(paths, intake.Path)
	}
	for _, path := range paths {
		mux.Handle(path, service.Handler())
	}
	return mux
}

// The roles of a node.
const (
	roleWeb    = "web"
	roleWorker = "worker"
)

// role reads what the node does.
func (f *serveFlags) role() (o server.NodeOptions, err error) {
	web, worker := slices.Contains(f.roles, roleWeb), slices.Contains(f.roles, roleWorker)
	for _, r := range f.roles {
		if r != roleWeb && r != roleWorker {
			return o, fault.Newf(fault.InvalidConfiguration, "There is no role %q.", r).WithHint("write --role web, --role worker, or both")
		}
	}
	if !web && !worker {
		return o, fault.New(fault.InvalidConfiguration, "The node has no role.").WithHint("write --role web, --role worker, or both")
	}
	return server.NodeOptions{OnlyWeb: !worker, OnlyWorker: !web}, nil
}

// sayWhere prints where the server is, and how its first user is made.
func sayWhere(ctx context.Context, env *Env, f *front) error {
	fmt.Fprintf(env.Stdout, "listening on %s\n", f.base)
	link, needed, err := f.accounts.FirstRunLink(ctx)
	if err == nil && needed {
		fmt.Fprintf(env.Stdout, "there is no user yet; make the first one at %s\n", link.Reveal())
	}
	return err
}

// door is a server with what it listens on.
type door struct {
	*http.Server
	listener net.Listener
}

func (d door) serve() error {
	if d.TLSConfig != nil {
		return d.ServeTLS(d.listener, "", "") //nolint:wrapcheck // serveUntilStopped tells it as it is
	}
	return d.Serve(d.listener) //nolint:wrapcheck // the same
}

// serveUntilStopped serves until Ctrl-C, or until another program is to go on with the listener l; then it lets the running operations
// end.
func serveUntilStopped(ctx context.Context, env *Env, upgrade <-chan os.Signal, service *server.Service, l net.Listener, doors ...door) (next *successor, err error) {
	failed := make(chan error, len(doors))
	for _, d := range doors {
		go func() { failed <- d.serve() }()
	}
	for waiting := true; waiting; {
		select {
		case err = <-failed:
			waiting = false
		case <-upgrade:
			if next, err = prepareSuccessor(ctx, l); err != nil {
				printError(env.Stderr, fmt.Errorf("the upgrade was not begun: %w", err))
				err = nil
			}
			waiting = next == nil
		case <-env.Interrupt:
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	service.Close() //nolint:contextcheck // it hands over however this ends
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	for _, d := range doors {
		err = errors.Join(err, d.Shutdown(end))
	}
	return next, err
}
