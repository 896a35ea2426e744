package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/sandbox/customerly"
)

// defaultSandboxContacts is how many contacts a sandbox starts with when nothing else is said.
const defaultSandboxContacts = 100

type sandboxFlags struct {
	addr, token, data string
	contacts          int
	seed              int64
	files, webhooks   []string
	strict            bool
}

func newSandbox(env *Env) *cobra.Command {
	var f sandboxFlags
	c := &cobra.Command{
		Use: "customerly", Short: "A Customerly-compatible API with made-up contacts", Args: cobra.NoArgs,
		Long: "The sandbox answers the API of Customerly below /v1 and shows contacts, tags, webhooks and requests in a browser at /.\n" +
			"Its first line of output is \"listening on http://HOST:PORT/v1\".",
		RunE: func(cmd *cobra.Command, _ []string) error { return serveSandbox(cmd.Context(), env, f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:0", "address to listen on; port 0 chooses a free one")
	flags.StringVar(&f.token, "token", customerly.DefaultToken, "access token that the API accepts; ROPEWAY_SANDBOX_TOKEN sets it unseen")
	flags.IntVar(&f.contacts, "contacts", defaultSandboxContacts, "contacts to generate, half users and half leads")
	flags.Int64Var(&f.seed, "seed", 1, "seed of the generated contacts")
	flags.StringArrayVar(&f.files, "import", nil, "CSV file of users and leads to load; may be repeated")
	flags.StringVar(&f.data, "data", "", "folder that keeps everything; without it all is gone at the end")
	flags.StringArrayVar(&f.webhooks, "webhook", nil, "address that gets every event; may be repeated")
	flags.BoolVar(&f.strict, "strict-auth", false, "answer 401 to a bad token, where Customerly answers 500")
	return group("sandbox", "Run a server that stands in for a service, for trying and testing", c)
}

func serveSandbox(ctx context.Context, env *Env, f sandboxFlags) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-env.Interrupt:
			stop()
		case <-ctx.Done():
		}
	}()
	if t := env.Getenv("ROPEWAY_SANDBOX_TOKEN"); t != "" {
		f.token = t
	}
	o := customerly.Options{
		Token: f.token, Contacts: f.contacts, Seed: f.seed, DataDir: f.data, StrictAuth: f.strict, Webhooks: f.webhooks,
		Logger: slog.New(slog.NewTextHandler(env.Stderr, nil)),
	}
	for _, name := range f.files {
		file, err := os.Open(name)
		if err != nil {
			return fault.Wrap(fault.InvalidConfiguration, err, "Cannot read "+name+": "+plainFileError(err)+".")
		}
		defer file.Close()
		o.Import = append(o.Import, io.Reader(file))
	}
	s, err := startSandbox(ctx, o, f.addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "listening on %s\n", s.api)
	fmt.Fprintf(env.Stdout, "open %s/ in a browser to look inside\n", s.origin)
	return s.wait()
}

// sandbox is a running Customerly sandbox.
type sandbox struct {
	server *customerly.Server
	origin string // http://host:port
	api    string // origin with /v1
	host   string // host:port
	done   chan error
	stop   context.CancelFunc
}

// startSandbox serves a sandbox at addr until ctx ends.
func startSandbox(ctx context.Context, o customerly.Options, addr string) (*sandbox, error) {
	server, err := customerly.New(o)
	if err != nil {
		return nil, fmt.Errorf("set the sandbox up: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, errors.Join(fault.Wrap(fault.InvalidConfiguration, err, "Cannot listen on "+addr+".").WithHint("choose another port, or 0 for a free one"), server.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	s := &sandbox{server: server, host: l.Addr().String(), done: make(chan error, 1), stop: stop}
	s.origin = "http://" + s.host
	s.api = s.origin + "/v1"
	go func() {
		err := server.Serve(ctx, l)
		if errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
			err = nil
		}
		s.done <- errors.Join(err, server.Close())
	}()
	return s, nil
}

// wait blocks until the sandbox has ended.
func (s *sandbox) wait() error { return <-s.done }

// close ends the sandbox.
func (s *sandbox) close() error {
	s.stop()
	return s.wait()
}
