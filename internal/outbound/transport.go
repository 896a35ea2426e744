package outbound

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"sync"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// Limits of the connection pools.
const (
	// maxTransports is the number of sets of TLS options whose connections are kept.
	maxTransports          = 32
	maxIdleConns           = 512
	maxIdleConnsPerHost    = 64
	defaultConnsPerHost    = 64
	idleConnTimeout        = 90 * time.Second
	tlsHandshakeTimeout    = 10 * time.Second
	maxResponseHeaderBytes = 1 << 20
)

// tlsKey identifies a set of TLS options. Calls share connections only where it is the same.
type tlsKey struct {
	insecure bool
	material [sha256.Size]byte // of the certificates and the key
}

// transports keeps one http.Transport for each set of TLS options, the least
// recently used of them leaving when there are too many.
type transports struct {
	dialer       *dialer
	connsPerHost int // of all processes that share them

	mu    sync.Mutex
	nodes int // so many share them; 0 = 1
	turn  uint64
	byKey map[tlsKey]*pooled
}

type pooled struct {
	transport *http.Transport
	lastTurn  uint64
}

func newTransports(d *dialer, connsPerHost int) *transports {
	if connsPerHost <= 0 {
		connsPerHost = defaultConnsPerHost
	}
	return &transports{dialer: d, connsPerHost: connsPerHost, byKey: map[tlsKey]*pooled{}}
}

// get returns the transport for the TLS options of p.
func (t *transports) get(p *prepared) (*http.Transport, error) {
	key := keyOf(p)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn++
	if found, ok := t.byKey[key]; ok {
		found.lastTurn = t.turn
		return found.transport, nil
	}
	config, err := tlsConfig(p)
	if err != nil {
		return nil, err
	}
	if len(t.byKey) >= maxTransports {
		t.evictOldest()
	}
	transport := t.newTransport(config)
	t.byKey[key] = &pooled{transport: transport, lastTurn: t.turn}
	return transport, nil
}

// share keeps to one part of so many of the connections to a host. Calls under way end on the connections that they have.
func (t *transports) share(nodes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.nodes == nodes {
		return
	}
	t.nodes = nodes
	for key, p := range t.byKey {
		p.transport.CloseIdleConnections()
		delete(t.byKey, key)
	}
}

// evictOldest drops the least recently used transport. Calls that still use it
// finish; its idle connections end now, the others when idleConnTimeout has passed.
func (t *transports) evictOldest() {
	var oldest tlsKey
	oldestTurn := t.turn
	for key, p := range t.byKey {
		if p.lastTurn < oldestTurn {
			oldest, oldestTurn = key, p.lastTurn
		}
	}
	t.byKey[oldest].transport.CloseIdleConnections()
	delete(t.byKey, oldest)
}

// close ends all idle connections.
func (t *transports) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.byKey {
		p.transport.CloseIdleConnections()
	}
}

func (t *transports) newTransport(config *tls.Config) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // a proxy would resolve and dial behind the guard's back
		DialContext:            t.dialer.dial,
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // done in decompress, where the limit is
		MaxIdleConns:           maxIdleConns,
		MaxIdleConnsPerHost:    maxIdleConnsPerHost,
		MaxConnsPerHost:        max(1, t.connsPerHost/max(1, t.nodes)),
		IdleConnTimeout:        idleConnTimeout,
		TLSHandshakeTimeout:    tlsHandshakeTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHeaderBytes,
	}
}

func keyOf(p *prepared) tlsKey {
	key := tlsKey{insecure: p.InsecureSkipVerify}
	if p.CACertificate != "" || p.ClientCertificate != "" || p.ClientKey != "" {
		key.material = sha256.Sum256([]byte(p.CACertificate + "\x00" + p.ClientCertificate + "\x00" + p.ClientKey))
	}
	return key
}

func tlsConfig(p *prepared) (*tls.Config, error) {
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: p.InsecureSkipVerify, //nolint:gosec // a documented choice of the user, per module
	}
	if p.CACertificate != "" {
		roots, err := x509.SystemCertPool()
		if err != nil {
			roots = x509.NewCertPool()
		}
		if !roots.AppendCertsFromPEM([]byte(p.CACertificate)) {
			return nil, fault.New(fault.InvalidConfiguration, "[ca-unread] The CA certificate cannot be read.").
				WithHint("[hint-pem] Paste it in PEM form, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.")
		}
		config.RootCAs = roots
	}
	if p.ClientCertificate != "" || p.ClientKey != "" {
		pair, err := tls.X509KeyPair([]byte(p.ClientCertificate), []byte(p.ClientKey))
		if err != nil {
			return nil, fault.New(fault.InvalidConfiguration, "[client-certificate-unread] The client certificate and its private key cannot be read, or do not belong together.").
				WithHint("[hint-pem-both] Paste both in PEM form; the key must not have a passphrase.")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
