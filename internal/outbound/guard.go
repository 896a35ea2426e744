package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/ropeway/ropeway/internal/fault"
)

// addressClass says to which part of the address space an address belongs.
type addressClass string

const (
	classPublic      addressClass = "public"
	classLoopback    addressClass = "loopback (this machine)"
	classPrivate     addressClass = "private (an internal network)"
	classLinkLocal   addressClass = "link-local (the local network segment)"
	classMetadata    addressClass = "a cloud metadata service"
	classMulticast   addressClass = "multicast"
	classUnspecified addressClass = "unspecified"
	classReserved    addressClass = "reserved (not in public use)"
)

// Words that open a whole class in Options.Allow.
const (
	allowLoopback = "loopback"
	allowPrivate  = "private"
)

// block is a range of addresses that is not public.
type block struct {
	prefix netip.Prefix
	class  addressClass
}

// guard decides which addresses may be dialled. It is immutable after newGuard.
type guard struct {
	blocks    []block
	nat64     netip.Prefix
	global6   netip.Prefix
	loopback  bool
	private   bool
	names     map[string]bool // host names, normalised
	namePorts map[string]bool // "name:port", normalised
	prefixes  []netip.Prefix
	addrPorts map[netip.AddrPort]bool
}

// newGuard makes a guard that refuses everything but public addresses and what
// allow names. Entries that CheckAllow would report open nothing.
func newGuard(allow []string) *guard {
	g := &guard{
		blocks:    refusedBlocks(),
		nat64:     netip.MustParsePrefix("64:ff9b::/96"),
		global6:   netip.MustParsePrefix("2000::/3"),
		names:     map[string]bool{},
		namePorts: map[string]bool{},
		addrPorts: map[netip.AddrPort]bool{},
	}
	for _, entry := range allow {
		_ = g.allow(entry) // CheckAllow is where a wrong entry is reported; here it opens nothing
	}
	return g
}

// CheckAllow reports the first entry of an allow list that has none of the forms
// host name, host:port, IP address, IP:port, CIDR, "loopback" or "private".
func CheckAllow(allow []string) error {
	g := newGuard(nil)
	for _, entry := range allow {
		if err := g.allow(entry); err != nil {
			return err
		}
	}
	return nil
}

// allow opens what one entry names.
func (g *guard) allow(entry string) error {
	entry = strings.TrimSpace(entry)
	switch strings.ToLower(entry) {
	case allowLoopback:
		g.loopback = true
		return nil
	case allowPrivate:
		g.private = true
		return nil
	}
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		g.prefixes = append(g.prefixes, prefix.Masked())
		return nil
	}
	if addr, err := netip.ParseAddr(strings.Trim(entry, "[]")); err == nil {
		addr = addr.Unmap().WithZone("")
		g.prefixes = append(g.prefixes, netip.PrefixFrom(addr, addr.BitLen()))
		return nil
	}
	return g.allowName(entry)
}

// allowName opens a host name or a host with a port.
func (g *guard) allowName(entry string) error {
	host, port := entry, ""
	if h, p, err := net.SplitHostPort(entry); err == nil {
		host, port = h, p
	}
	name, addr, err := parseHost(host)
	if err != nil {
		return badAllowEntry(entry)
	}
	if port == "" {
		g.names[name] = true
		return nil
	}
	number, err := parsePort(port)
	if err != nil {
		return badAllowEntry(entry)
	}
	if addr.IsValid() {
		g.addrPorts[netip.AddrPortFrom(addr, number)] = true
		return nil
	}
	g.namePorts[net.JoinHostPort(name, port)] = true
	return nil
}

func badAllowEntry(entry string) error {
	return fault.Newf(fault.InvalidConfiguration, "[allow-entry] %q is not a host that can be allowed.", entry).
		WithHint(`[hint-allow-entry] Write a host name, host:port, an IP address, a range such as 10.1.0.0/16, "loopback" or "private".`)
}

// check refuses addr unless it is public or an administrator allowed it. host is
// the name under which the address was reached, as parseHost returns it.
func (g *guard) check(host string, addr netip.AddrPort) error {
	class := g.classify(addr.Addr())
	if class == classPublic || g.addressAllowed(addr) {
		return nil
	}
	switch class {
	case classLoopback:
		if g.loopback || g.nameAllowed(host, addr.Port()) {
			return nil
		}
	case classPrivate:
		if g.private || g.nameAllowed(host, addr.Port()) {
			return nil
		}
	case classLinkLocal, classReserved:
		if g.nameAllowed(host, addr.Port()) {
			return nil
		}
	case classPublic, classMetadata, classMulticast, classUnspecified:
		// A name is not enough for these: whoever answers for the name could point it there.
	}
	return refusal(host, addr, class)
}

func (g *guard) nameAllowed(host string, port uint16) bool {
	return g.names[host] || g.namePorts[net.JoinHostPort(host, strconv.Itoa(int(port)))]
}

func (g *guard) addressAllowed(addr netip.AddrPort) bool {
	ip := addr.Addr().Unmap().WithZone("")
	if g.addrPorts[netip.AddrPortFrom(ip, addr.Port())] {
		return true
	}
	for _, prefix := range g.prefixes {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// refusal says why an address is not called and how that could be changed. The
// address itself stays in the cause: it tells about the inside of the network.
func refusal(host string, addr netip.AddrPort, class addressClass) error {
	entry := host
	if class == classMetadata || class == classMulticast || class == classUnspecified {
		entry = addr.Addr().String()
	}
	return fault.Wrapf(fault.InvalidConfiguration, fmt.Errorf("%s resolves to %s", host, addr.Addr()),
		"[address-refused] The address of %s is %s. Calls to such addresses are refused.", host, class).
		WithHintf("[hint-allow] If this call is wanted, whoever runs Ropeway can allow it by name: --allow %s.", entry)
}

// classify returns the class of an address, looking through IPv4-mapped and NAT64 forms.
func (g *guard) classify(addr netip.Addr) addressClass {
	addr = addr.Unmap().WithZone("")
	if g.nat64.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:16]))
	}
	for _, b := range g.blocks {
		if b.prefix.Contains(addr) {
			return b.class
		}
	}
	if !addr.IsValid() || addr.Is6() && !g.global6.Contains(addr) {
		return classReserved
	}
	return classPublic
}

// refusedBlocks lists the ranges of the IANA special-purpose registries and the
// metadata addresses of the large clouds. The first match counts.
func refusedBlocks() []block {
	table := []struct {
		class    addressClass
		prefixes string
	}{
		{classMetadata, "169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 168.63.129.16/32 192.0.0.192/32 fd00:ec2::254/128 fd20:ce::254/128"},
		{classUnspecified, "0.0.0.0/8 ::/128"},
		{classLoopback, "127.0.0.0/8 ::1/128"},
		{classPrivate, "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7"},
		{classLinkLocal, "169.254.0.0/16 fe80::/10 fec0::/10"},
		{classMulticast, "224.0.0.0/4 ff00::/8"},
		// Documentation, benchmarks, protocol assignments and broadcast.
		{classReserved, "192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 198.18.0.0/15 192.88.99.0/24 240.0.0.0/4 2001:db8::/32 3fff::/20"},
		// Teredo (in 2001::/23) and 6to4 carry an IPv4 address inside; both are out of use.
		{classReserved, "2001::/23 2002::/16"},
	}
	var blocks []block
	for _, row := range table {
		for _, p := range strings.Fields(row.prefixes) {
			blocks = append(blocks, block{netip.MustParsePrefix(p), row.class})
		}
	}
	return blocks
}

// parseHost normalises the host of a URL: lower case, ASCII, no final dot. It
// returns the address too where the host is one, and refuses the other ways to
// write a number (octal, hexadecimal, too few parts), which readers of the URL
// would take for something else.
func parseHost(host string) (string, netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" {
			return "", netip.Addr{}, errors.New("an address with a zone")
		}
		return addr.Unmap().String(), addr.Unmap(), nil
	}
	name, err := idna.Lookup.ToASCII(strings.TrimSuffix(host, "."))
	if err != nil {
		name = strings.ToLower(strings.TrimSuffix(host, "."))
	}
	if !plainName(name) {
		return "", netip.Addr{}, errors.New("not a host name")
	}
	if addr, err := netip.ParseAddr(name); err == nil { // digits of other scripts
		return addr.String(), addr, nil
	}
	if endsInNumber(name) {
		return "", netip.Addr{}, errors.New("a number that is not an address")
	}
	return name, netip.Addr{}, nil
}

// plainName reports whether name is made of letters, digits, hyphens and dots, or
// of the underscores that IDNA refuses and internal networks still use.
func plainName(name string) bool {
	const maxNameBytes = 253
	if name == "" || len(name) > maxNameBytes {
		return false
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return !strings.Contains(name, "..") && !strings.HasPrefix(name, ".")
}

// endsInNumber reports whether the last part of name is decimal, octal or hexadecimal.
// No top-level domain is, but some resolvers read such names as addresses.
func endsInNumber(name string) bool {
	last := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	if strings.Trim(last, "0123456789") == "" {
		return true
	}
	digits, isHex := strings.CutPrefix(last, "0x")
	return isHex && strings.Trim(digits, "0123456789abcdef") == ""
}

func parsePort(port string) (uint16, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("port %q is not between 1 and 65535", port)
	}
	return uint16(number), nil
}
