package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/socket"
	"github.com/ropeway/ropeway/internal/store"
)

// masterKeyVariable is the environment variable that may hold the master keys.
const masterKeyVariable = "ROPEWAY_MASTER_KEY"

// databaseVariable is the environment variable that may hold the URL of the database, and with it a password.
const databaseVariable = "ROPEWAY_DATABASE"

const databaseUsage = "URL of the PostgreSQL database of the installation, as postgres://user@host/name, where it is not in the data directory (default: " + databaseVariable + ")"

// maxAnswerBytes is the size of an answer that is kept in memory.
const maxAnswerBytes = 256 << 20

// dataFlags are the flags of every command that works on a data directory.
type dataFlags struct {
	dir, keyFile   string
	database       string
	folders, allow []string
	server         string // address of a server elsewhere, "" for the data directory
	json           bool
}

// dataCommand is a command that works on a data directory: through the server that runs on it, else by itself.
type dataCommand struct {
	use, short, long string
	args             cobra.PositionalArgs
	makes            bool // it makes the data directory if there is none
	prints           bool // it prints data, so it has --json
	calls            bool // it may call services, so it has --allow
	run              func(ctx context.Context, c *client, args []string) error
}

func (d dataCommand) build(env *Env) *cobra.Command {
	f := &dataFlags{}
	cmd := &cobra.Command{
		Use: d.use, Short: d.short, Long: d.long, Args: d.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.server == "" && !cmd.Flags().Changed("data") {
				f.server = env.Getenv(serverVariable)
			}
			if f.server != "" && cmd.Flags().Changed("data") {
				return fault.New(fault.InvalidConfiguration, "--data and --server exclude each other.").WithHint("name the data directory, or the server that has it")
			}
			if f.database == "" {
				f.database = env.Getenv(databaseVariable)
			}
			return withClient(cmd.Context(), env, f, d.makes, func(ctx context.Context, c *client) error { return d.run(ctx, c, args) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.dir, "data", "data", "data directory")
	flags.StringVar(&f.database, "database", "", databaseUsage)
	flags.StringVar(&f.server, "server", "", "address of a server to do it on, such as https://ropeway.example.com, after ropeway login (default: "+serverVariable+")")
	flags.StringVar(&f.keyFile, "key-file", "", "file with the master keys (default: master.key in the data directory); a running server uses its own")
	flags.StringArrayVar(&f.folders, "app", nil, "folder with a further app definition; a running server uses its own")
	if d.calls {
		flags.StringArrayVar(&f.allow, "allow", nil, "private host, host:port, address or network that may be called; a running server uses its own")
	}
	if d.prints {
		flags.BoolVar(&f.json, "json", false, "print JSON")
	}
	return cmd
}

// client calls the API of an installation.
type client struct {
	env       *Env
	flags     *dataFlags
	transport http.RoundTripper
	live      bool // a server runs
}

// withClient calls use with the API of a server elsewhere where one is named, else with that of the data directory: that of the server
// that runs on it, or the same API in this process.
func withClient(ctx context.Context, env *Env, f *dataFlags, makes bool, use func(context.Context, *client) error) error {
	ctx, cancel := interruptible(ctx, env)
	defer cancel()
	if f.server != "" {
		s, err := remoteServer(env, f.server)
		if err != nil {
			return err
		}
		return use(ctx, &client{env: env, flags: f, transport: s, live: true})
	}
	if d, ok := socket.Find(ctx, f.dir); ok {
		return use(ctx, &client{env: env, flags: f, transport: d, live: true})
	}
	if _, err := os.Stat(f.dir); errors.Is(err, fs.ErrNotExist) && !makes && f.database == "" {
		return fault.Newf(fault.InvalidConfiguration, "There is no data directory %s.", f.dir).
			WithHint("name the right one with --data; ropeway scenario import makes one")
	}
	return withOwnStore(ctx, env, f, use)
}

// interruptible ends the context with Ctrl-C.
func interruptible(ctx context.Context, env *Env) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if env.Interrupt != nil {
		go func() {
			select {
			case <-env.Interrupt:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, cancel
}

// withOwnStore opens the data directory itself.
func withOwnStore(ctx context.Context, env *Env, f *dataFlags, use func(context.Context, *client) error) (err error) {
	data, err := store.Open(ctx, f.dir, store.Options{Clock: clock.System{}, Database: f.database})
	if err != nil {
		return fmt.Errorf("open the data directory %s: %w", f.dir, err)
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	keys := newKeys(env, f.dir, f.keyFile)
	system, err := server.Assemble(server.Options{Allow: f.allow, AppFolders: f.folders, UserAgent: userAgent(env), Keys: keys})
	if err != nil {
		return err
	}
	system.Runner.Connections = server.StoredConnections(system, data, nil)
	control := &server.Control{Store: data, System: system, Clock: clock.System{}, Keys: keys}
	log := slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return use(ctx, &client{env: env, flags: f, transport: inProcess{control.Trusted(log)}})
}

// newKeys finds the master keys of a data directory, and says so when it has to make one.
func newKeys(env *Env, dir, file string) *server.Keys {
	return server.NewKeys(dir, file, env.Getenv(masterKeyVariable), func(path string) {
		fmt.Fprintf(env.Stderr, "note: a new master key is in %s; keep a copy apart from the data, since without it no stored secret can be opened\n", path)
	})
}

// get reads what is at a path.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, http.MethodGet, path, query, 0, nil, out)
}

// send changes what is at a path. in and out may be nil.
func (c *client) send(ctx context.Context, method, path string, in, out any) error {
	return c.call(ctx, method, path, nil, 0, in, out)
}

// call makes one request. revision names the state that it changes, 0 whichever it is.
func (c *client) call(ctx context.Context, method, path string, query url.Values, revision int64, in, out any) error {
	var body io.Reader = http.NoBody
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	header := http.Header{}
	if revision != 0 {
		header.Set("If-Match", api.ETag(revision))
	}
	answer, err := c.stream(ctx, method, path, query, header, body)
	if err != nil {
		return err
	}
	defer answer.Close()
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(answer, maxAnswerBytes)).Decode(out); err != nil {
		return fault.Wrap(fault.Unexpected, err, "The answer of the server cannot be read.").WithHint("use the same version of Ropeway for the server and the command")
	}
	return nil
}

// stream makes one request and returns the body of its answer; an answer that is no success is an error.
func (c *client) stream(ctx context.Context, method, path string, query url.Values, header http.Header, body io.Reader) (io.ReadCloser, error) {
	u := url.URL{Scheme: "http", Host: "ropeway", Path: api.Prefix + path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	req.Header, req.Close = header, true
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, fmt.Errorf("call the server: %w", err)
	}
	if resp.StatusCode < http.StatusMultipleChoices {
		return resp.Body, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	return nil, errors.Join(err, api.ReadProblem(resp.StatusCode, text))
}

// pages reads page after page of a listing, until limit things (0 = all).
func pages[T any](ctx context.Context, c *client, path string, query url.Values, limit int) ([]T, error) {
	if query == nil {
		query = url.Values{}
	}
	list := []T{}
	for {
		size := api.MaxPage
		if limit > 0 {
			size = min(size, limit-len(list))
		}
		query.Set("limit", strconv.Itoa(size))
		var page api.Page[T]
		if err := c.get(ctx, path, query, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Items...)
		if page.Next == "" || limit > 0 && len(list) >= limit {
			return list, nil
		}
		query.Set("after", page.Next)
	}
}

// print prints v as JSON where that was asked for, else by show.
func (c *client) print(v any, show func()) error {
	if c.flags.json {
		return printJSON(c.env.Stdout, v)
	}
	show()
	return nil
}

// say prints a line about what was done.
func (c *client) say(format string, args ...any) { fmt.Fprintf(c.env.Stdout, format+"\n", args...) }

// when says when what was asked for happens.
func when(live bool) string {
	if live {
		return "now"
	}
	return "at the next start of the server"
}

// inProcess carries requests to a handler of this process.
type inProcess struct{ handler http.Handler }

var _ http.RoundTripper = inProcess{}

// RoundTrip has the handler answer. The answer's body must be closed, which waits for the handler.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	read, write := io.Pipe()
	w := &pipedAnswer{header: http.Header{}, begun: make(chan struct{}), done: make(chan struct{}), PipeReader: read, write: write}
	go func() {
		defer close(w.done)
		defer func() {
			err := io.EOF
			if recover() != nil { // the way in which a handler cuts its answer off
				err = io.ErrUnexpectedEOF
			}
			w.WriteHeader(http.StatusOK)
			_ = write.CloseWithError(err) // it always succeeds
		}()
		t.handler.ServeHTTP(w, r)
	}()
	<-w.begun
	return &http.Response{StatusCode: w.status, Header: w.header, Body: w, Request: r, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// pipedAnswer is an answer that is read while it is written.
type pipedAnswer struct {
	*io.PipeReader
	write       *io.PipeWriter
	header      http.Header
	status      int
	begun, done chan struct{}
}

// Header returns the header to fill in.
func (w *pipedAnswer) Header() http.Header { return w.header }

// WriteHeader begins the answer; only the first status counts.
func (w *pipedAnswer) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		close(w.begun)
	}
}

// Write goes on with the answer.
func (w *pipedAnswer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.write.Write(p)
}

// Close ends reading, and waits for the handler.
func (w *pipedAnswer) Close() error {
	err := w.PipeReader.Close()
	<-w.done
	return err
}
