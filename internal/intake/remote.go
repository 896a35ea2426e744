package intake

import (
	"net/http"
	"net/netip"
	"strings"
)

// remoteAddr returns the network address of the caller. Behind a proxy of ours it is the last address of the header
// X-Forwarded-For that is no such proxy: what stands before it, anybody can write. Invalid where there is none.
func remoteAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	direct, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := plainAddr(direct.Addr())
	if !within(trusted, addr) {
		return addr
	}
	forwarded := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(forwarded) - 1; i >= 0; i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(forwarded[i]))
		if err != nil {
			return addr
		}
		if addr = plainAddr(next); !within(trusted, addr) {
			return addr
		}
	}
	return addr
}

// plainAddr returns the address as ranges are compared with: IPv4 as such, and without a zone.
func plainAddr(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }
