package cli

import (
	"context"
	"errors"
	"io"
	"log/slog"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/mcp"
)

func newMCP(env *Env) *cobra.Command {
	return dataCommand{
		use: "mcp", short: "Let an assistant use the scenarios of a data directory (Model Context Protocol)", args: cobra.NoArgs,
		long: `Mcp speaks the Model Context Protocol on standard input and output, until its input ends. An assistant starts it:

    {"mcpServers": {"ropeway": {"command": "ropeway", "args": ["mcp", "--data", "/srv/ropeway"]}}}

Every active scenario that runs on demand and declares inputs is a tool; others look at what there is, and change it, with the rights of
whoever owns the data directory. Scenarios only run while a server runs on the data directory.`,
		run: func(ctx context.Context, c *client, _ []string) error {
			log := slog.New(slog.NewTextHandler(env.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
			s := mcp.New(c.transport, nil, mcp.Options{Version: env.Version, Clock: clock.System{}, Log: log})
			err := s.Serve(ctx, &sdk.IOTransport{Reader: io.NopCloser(env.Stdin), Writer: unclosed{env.Stdout}}, nil)
			if errors.Is(err, io.EOF) || ctx.Err() != nil { // the assistant has left
				return nil
			}
			return err
		},
	}.build(env)
}

// unclosed is an output that stays open.
type unclosed struct{ io.Writer }

// Close does nothing.
func (unclosed) Close() error { return nil }
