//go:build !unix

package cli

import (
	"context"
	"errors"
	"net"
	"os"

	"github.com/ropeway/ropeway/internal/fault"
)

// upgrades never tells: there is no signal for it here.
func upgrades() (asked <-chan os.Signal, stop func()) { return nil, func() {} }

// listenTCP opens the address.
func listenTCP(ctx context.Context, _ *Env, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot listen on "+addr+".").WithHint("choose another port, or 0 for a free one")
	}
	return l, nil
}

// successor is not made here.
type successor struct{}

func prepareSuccessor(context.Context, net.Listener) (*successor, error) {
	return nil, errors.New("cli: listeners cannot be handed over on this system")
}

func (*successor) start() error { return nil }
