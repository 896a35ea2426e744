package outbound

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// connectTimeout bounds one attempt to connect to one address.
const connectTimeout = 10 * time.Second

// Resolver finds the addresses of a host name. *net.Resolver is one.
type Resolver interface {
	// LookupNetIP returns the addresses of host; network is "ip".
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

var _ Resolver = (*net.Resolver)(nil)

// dialer connects to addresses that the guard has checked, and to no others.
type dialer struct {
	guard    *guard
	resolver Resolver
}

// dial resolves the host of address once, checks every address found, and
// connects to the first of them that answers. One refused address refuses the
// host: an honest name does not point inside and outside at once.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, targets, err := d.targets(ctx, address)
	if err != nil {
		return nil, err
	}
	for _, target := range targets {
		if err := d.guard.check(host, target); err != nil {
			return nil, err
		}
	}
	var failures []error
	for _, target := range targets {
		conn, err := dialChecked(ctx, network, target)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failures...)
}

// targets splits "host:port" and resolves the host unless it is an address itself.
func (d *dialer) targets(ctx context.Context, address string) (string, []netip.AddrPort, error) {
	hostText, portText, err := net.SplitHostPort(address)
	if err != nil {
		return "", nil, fmt.Errorf("split %q: %w", address, err)
	}
	port, err := parsePort(portText)
	if err != nil {
		return "", nil, err
	}
	host, addr, err := parseHost(hostText)
	if err != nil {
		return "", nil, badHost(hostText, err)
	}
	addrs := []netip.Addr{addr}
	if !addr.IsValid() {
		addrs, err = d.resolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return "", nil, fmt.Errorf("resolve %s: %w", host, err)
		}
	}
	if len(addrs) == 0 {
		return "", nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	targets := make([]netip.AddrPort, len(addrs))
	for i, a := range addrs {
		targets[i] = netip.AddrPortFrom(a.Unmap(), port)
	}
	return host, targets, nil
}

// dialChecked connects to target. The control function runs after everything
// that could still change the address and before the first packet.
func dialChecked(ctx context.Context, network string, target netip.AddrPort) (net.Conn, error) {
	dialer := net.Dialer{
		Timeout: connectTimeout,
		Control: func(_, address string, _ syscall.RawConn) error {
			actual, err := netip.ParseAddrPort(address)
			if err != nil || actual.Addr().Unmap() != target.Addr() || actual.Port() != target.Port() {
				return fmt.Errorf("about to connect to %s, but %s was checked", address, target)
			}
			return nil
		},
	}
	conn, err := dialer.DialContext(ctx, network, target.String())
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

// badHost refuses a host that is neither a name nor an address in its usual form.
func badHost(host string, cause error) error {
	return fault.Wrapf(fault.InvalidConfiguration, cause, "[host-form] %q is neither a host name nor an address in its usual form.", host).
		WithHint("[hint-host-form] Write the host as a name, as four decimal numbers such as 192.0.2.1, or as an IPv6 address in brackets.")
}
