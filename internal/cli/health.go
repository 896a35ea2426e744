package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/remote"
)

// Limits of asking a server how it is.
const (
	healthTime     = 5 * time.Second
	healthMaxBytes = 1 << 10
)

func newHealth(env *Env) *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use: "health", Short: "Ask a server whether it takes work in, for container managers", Args: cobra.NoArgs,
		Long: `Health asks a server at /readyz, which needs no token. The exit code is 0 when it takes work in, 1 when it answers something else, and 2
when nobody answers. Images without a shell have nothing else to ask with.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runHealth(cmd.Context(), env, address) },
	}
	cmd.Flags().StringVar(&address, "server", "http://127.0.0.1:8080", "address of the server")
	return cmd
}

func runHealth(ctx context.Context, env *Env, address string) error {
	server, err := remote.New(address, "")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTime)
	defer cancel()
	r := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/readyz"}}).WithContext(ctx)
	resp, err := server.RoundTrip(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, healthMaxBytes))
	if err != nil {
		return fault.Wrap(fault.Connection, err, "The server did not say all of its answer.").WithHint("ask it again")
	}
	fmt.Fprintf(env.Stdout, "%d %s\n", resp.StatusCode, strings.TrimSpace(string(text)))
	if resp.StatusCode != http.StatusOK {
		return exitCode(ExitFailed)
	}
	return nil
}
