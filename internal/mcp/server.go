package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
)

// instructions tell an assistant what it has before it.
const instructions = "Ropeway runs scenarios: rows of modules that move data between applications. The tools that begin with run_ each run one scenario. " +
	"The others look at scenarios, their executions, webhooks, connections and data stores, and change them where the caller may. " +
	"Lists come in pages: give \"next\" of one page as \"after\" for the next one."

// Options are what a Server needs.
type Options struct {
	// Version is that of the build.
	Version string
	Clock   clock.Clock
	Log     *slog.Logger
}

// Server offers one installation. It is safe for concurrent use.
type Server struct {
	transport  http.RoundTripper
	base       *url.URL
	options    Options
	interfaces interfaces
}

// New makes a Server that reaches the API over transport: a socket, a network, a handler. base is the address before api.Prefix; nil where
// the transport needs none.
func New(transport http.RoundTripper, base *url.URL, o Options) *Server {
	if base == nil {
		base = &url.URL{Scheme: "http", Host: "ropeway"}
	}
	return &Server{transport: transport, base: base, options: o}
}

// ForHandler makes a Server over the API in this process.
func ForHandler(h http.Handler, o Options) *Server { return New(handlerTransport{h}, nil, o) }

// rights are what a caller may do somewhere.
type rights map[access.Right]bool

// session is one client that is connected, or one request of a client that stays unconnected between requests.
type session struct {
	server *Server
	sdk    *sdk.Server
	mu     sync.Mutex // guards what follows
	fixed  map[string]bool
	tools  map[string]*scenarioTool
}

// rights asks what the caller may do.
func (s *Server) rights(ctx context.Context, c *client) (rights, error) {
	var r api.Rights
	if err := c.get(ctx, "/rights", nil, &r); err != nil {
		return nil, err
	}
	may := rights{}
	for _, right := range r.Rights {
		may[right] = true
	}
	return may, nil
}

// newSession makes the server of one client. Its tools are brought up to date before they are listed or called; told is whether it is also
// told when they have changed.
func (s *Server) newSession(credentials http.Header, told bool) *session {
	x := &session{server: s, fixed: map[string]bool{}, tools: map[string]*scenarioTool{}}
	x.sdk = sdk.NewServer(&sdk.Implementation{Name: "ropeway", Title: "Ropeway", Version: s.options.Version}, &sdk.ServerOptions{
		Instructions: instructions, Logger: s.options.Log, PageSize: MaxScenarioTools,
		Capabilities: &sdk.ServerCapabilities{Tools: &sdk.ToolCapabilities{ListChanged: told}},
	})
	c := s.client(credentials)
	x.sdk.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
			switch p := r.GetParams().(type) {
			case *sdk.ListToolsParams:
				if err := x.refresh(ctx, c); err != nil {
					return nil, err
				}
			case *sdk.CallToolParamsRaw:
				if err := x.prepare(ctx, c, p.Name); err != nil {
					return failed(err), nil
				}
			}
			return next(ctx, method, r)
		}
	})
	return x
}

func (s *Server) client(credentials http.Header) *client {
	return &client{transport: s.transport, base: s.base, header: credentials}
}

// refresh offers what the caller may use now, and nothing else. Clients that are connected are told of changes.
func (x *session) refresh(ctx context.Context, c *client) error {
	may, err := x.server.rights(ctx, c)
	if err != nil {
		return err
	}
	found, err := x.server.scenarioTools(ctx, c, may)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.offerFixed(c, may)
	for name := range x.tools {
		if found[name] == nil {
			x.withdraw(name)
		}
	}
	for _, t := range found {
		x.offer(c, t)
	}
	return nil
}

// prepare brings the one tool up to date that is about to be called.
func (x *session) prepare(ctx context.Context, c *client, name string) error {
	may, err := x.server.rights(ctx, c)
	if err != nil {
		return err
	}
	var t *scenarioTool
	if id := scenarioOf(name); id != 0 && may[access.RunScenarios] {
		var s api.Scenario
		err := c.get(ctx, fmt.Sprintf("/scenarios/%d", id), nil, &s)
		if err == nil {
			t, err = x.server.scenarioTool(ctx, c, &s)
		}
		if err != nil && !absent(err) {
			return err
		}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.offerFixed(c, may)
	if t != nil && t.name == name {
		x.offer(c, t)
	} else if x.tools[name] != nil {
		x.withdraw(name)
	}
	return nil
}

// offerFixed offers the tools that the caller's rights allow.
func (x *session) offerFixed(c *client, may rights) {
	for _, t := range append(readingTools(), changingTools()...) {
		switch has := x.fixed[t.name]; {
		case may[t.right] && !has:
			x.sdk.AddTool(t.described(), x.audited(c, t.about, t.name, func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
				return t.call(ctx, c, r.Params.Arguments)
			}))
		case !may[t.right] && has:
			x.sdk.RemoveTools(t.name)
		}
		x.fixed[t.name] = may[t.right]
	}
}

// offer offers a scenario, if it is not offered as it is now.
func (x *session) offer(c *client, t *scenarioTool) {
	if t.same(x.tools[t.name]) {
		return
	}
	x.tools[t.name] = t
	about := func(json.RawMessage) (api.Kind, int64) { return api.OfScenario, t.id }
	x.sdk.AddTool(t.described(), x.audited(c, about, t.name, func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return t.call(ctx, c, r.Params.Arguments, x.server.options.Clock)
	}))
}

// withdraw offers a scenario no more.
func (x *session) withdraw(name string) {
	delete(x.tools, name)
	x.sdk.RemoveTools(name)
}

// audited has each call written into the audit log before it is carried out; what cannot be written there is not done. A failure is a
// result, which the calling program reads. about tells from the arguments which thing the tool is used on.
func (x *session) audited(c *client, about func(json.RawMessage) (api.Kind, int64), name string, call sdk.ToolHandler) sdk.ToolHandler {
	return func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		used := api.ToolCall{Tool: name}
		used.Of, used.ID = about(r.Params.Arguments)
		_, err := c.do(ctx, request{method: http.MethodPost, path: "/mcp/calls", body: used, header: http.Header{"Content-Type": {"application/json"}}})
		if err != nil {
			return failed(err), nil
		}
		result, err := call(ctx, r)
		if err != nil {
			return failed(err), nil
		}
		return result, nil
	}
}

// Serve speaks with one client over a transport until it leaves or ctx ends. While it is connected it is told when scenarios become
// tools or stop to be ones. Credentials are headers that go with every call of the API; nil for none.
func (s *Server) Serve(ctx context.Context, t sdk.Transport, credentials http.Header) error {
	x := s.newSession(credentials, true)
	if err := x.refresh(ctx, s.client(credentials)); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watching sync.WaitGroup
	defer watching.Wait()
	defer cancel()
	watching.Go(func() { x.watch(ctx, s.client(credentials)) })
	return x.sdk.Run(ctx, t) //nolint:wrapcheck // the end of the client's input, or of ctx
}

// watch looks from time to time at which scenarios are tools.
func (x *session) watch(ctx context.Context, c *client) {
	for x.server.options.Clock.Sleep(ctx, WatchInterval) == nil {
		if err := x.refresh(ctx, c); err != nil && ctx.Err() == nil {
			x.server.options.Log.WarnContext(ctx, "the tools could not be brought up to date", "error", err)
		}
	}
}
