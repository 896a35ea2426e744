package cli

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/mcp"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/vault"
	"github.com/ropeway/ropeway/internal/web"
)

// maxProvidersFile is the size of a file with identity providers.
const maxProvidersFile = 64 << 10

// frontFlags are the flags of serve for whom people and programs reach over the network.
type frontFlags struct {
	addr, publicURL, cert, key, providers string
	proxies                               []string
}

func (f *frontFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flags.StringVar(&f.publicURL, "public-url", "", "where browsers reach it when a proxy stands before it: https://ropeway.example.com")
	flags.StringVar(&f.cert, "tls-cert", "", "file with the certificate and its chain; a renewed one is taken up by itself")
	flags.StringVar(&f.key, "tls-key", "", "file with the key of the certificate")
	flags.StringArrayVar(&f.proxies, "trust-proxy", nil, "address or network of a proxy whose X-Forwarded-For is believed; may be repeated")
	flags.StringVar(&f.providers, "sso", "", "JSON file with the identity providers of single sign-on")
}

// check looks at what can be looked at before anything is opened.
func (f *frontFlags) check() error {
	if (f.cert == "") != (f.key == "") {
		return fault.New(fault.InvalidConfiguration, "TLS needs a certificate and its key.").WithHint("give --tls-cert and --tls-key")
	}
	_, err := f.trusted()
	return err
}

// trusted reads the addresses of proxies.
func (f *frontFlags) trusted() ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range f.proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, err := netip.ParseAddr(text)
			if err != nil {
				return nil, fault.Newf(fault.InvalidConfiguration, "%q is neither an address nor a network.", text).WithHint("write --trust-proxy 10.0.0.0/8")
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		list = append(list, p)
	}
	return list, nil
}

// base is how browsers reach what listens on l.
func (f *frontFlags) base(l net.Listener) string {
	switch {
	case f.publicURL != "":
		return strings.TrimSuffix(f.publicURL, "/")
	case f.cert != "":
		return "https://" + l.Addr().String()
	}
	return "http://" + l.Addr().String()
}

// providerFile is an identity provider as the file of --sso writes it.
type providerFile struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	Issuer       string `json:"issuer"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// Organization and Role are what a person becomes whom nobody has invited; without them such people are refused.
	Organization int64  `json:"organization"`
	Role         string `json:"role"`
}

func (f *frontFlags) readProviders(env *Env) ([]account.Provider, error) {
	if f.providers == "" {
		return nil, nil
	}
	data, err := readFile(env, f.providers, maxProvidersFile)
	if err != nil {
		return nil, err
	}
	var list []providerFile
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The identity providers in "+f.providers+" cannot be read: "+err.Error()+".").
			WithHint(`write [{"name": "…", "issuer": "https://…", "client_id": "…", "client_secret": "…"}]`)
	}
	var out []account.Provider
	for _, p := range list {
		made := account.Provider{Name: p.Name, Label: p.Label, Issuer: p.Issuer, ClientID: p.ClientID, ClientSecret: vault.NewSecret(p.ClientSecret)}
		if p.Role != "" {
			made.Create = &account.Creation{Organization: p.Organization, Role: access.OrganizationRole(p.Role)}
		}
		out = append(out, made)
	}
	return out, nil
}

// front is what people and programs reach over the network.
type front struct {
	listener net.Listener
	base     string
	accounts *account.Service
	postman  *server.Postman // nil where no mail server is named
	handler  http.Handler    // of the API
	mcp      http.Handler
	tls      *tls.Config // nil for none
}

// newFront makes the accounts, and what answers on the listener beside webhooks and health: the web application and the API.
func newFront(ctx context.Context, env *Env, f *frontFlags, l net.Listener, control *server.Control, beside *upkeep, log *slog.Logger) (*front, error) {
	made := &front{listener: l, base: f.base(l)}
	providers, err := f.readProviders(env)
	if err != nil {
		return nil, err
	}
	client, err := control.System.Outbound.HTTPClient()
	if err != nil {
		return nil, fmt.Errorf("prepare single sign-on: %w", err)
	}
	o := account.Options{
		Clock: control.Clock, Store: control.Store, Vault: server.KeySealer{Keys: control.Keys}, Log: log, BaseURL: made.base, Providers: providers, Client: client,
		Observer: server.AccountWatcher{Store: control.Store, Notifier: beside.notifier, Log: log},
	}
	if beside.mail != nil {
		made.postman = server.NewPostman(ctx, beside.mail, log)
		o.Mailer = made.postman
	}
	if made.accounts, err = account.New(o); err == nil {
		control.Accounts = made.accounts
		err = made.serveAPI(f, env.Version, control, log)
	}
	if err == nil && f.cert != "" {
		made.tls, err = certificates(f.cert, f.key)
	}
	if err != nil {
		made.close()
		return nil, err
	}
	return made, nil
}

func (f *front) close() {
	if f.postman != nil {
		f.postman.Close()
	}
}

func (f *front) serveAPI(flags *frontFlags, version string, control *server.Control, log *slog.Logger) error {
	proxies, err := flags.trusted()
	if err != nil {
		return err
	}
	secure := strings.HasPrefix(f.base, "https://")
	calls := api.New(control.Services(), api.Options{
		Auth:   api.Authenticating{Identifier: server.Identifying{Accounts: f.accounts}, Secure: secure},
		Ledger: server.Ledger{Store: control.Store}, Clock: control.Clock, Log: log, Secure: secure,
	})
	pages, err := web.Handler()
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle(api.Prefix+"/", calls)
	guard := api.GuardOptions{Clock: control.Clock, PublicURL: flags.publicURL, Proxies: proxies}
	guarded, err := api.Guard(mux, guard)
	if err != nil {
		return err
	}
	f.handler = guarded
	tools := mcp.ForHandler(calls, mcp.Options{Version: version, Clock: control.Clock, Log: log})
	if f.mcp, err = api.Guard(tools.Handler(), guard); err != nil {
		return fmt.Errorf("guard the tools: %w", err)
	}
	return nil
}

// certificates serves a certificate from files, and a renewed one when the files have changed.
func certificates(cert, key string) (*tls.Config, error) {
	c := &certificate{cert: cert, key: key}
	if _, err := c.get(nil); err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The certificate cannot be used: "+err.Error()+".").WithHint("see that both files are there and belong together")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}, nil
}

type certificate struct {
	cert, key string
	mu        sync.Mutex
	now       *tls.Certificate
	changed   time.Time // of the file, when it was read
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.cert)
	if err == nil && c.now != nil && info.ModTime().Equal(c.changed) {
		return c.now, nil
	}
	read, err2 := tls.LoadX509KeyPair(c.cert, c.key)
	switch err = errors.Join(err, err2); {
	case err == nil:
		c.now, c.changed = &read, info.ModTime()
	case c.now == nil:
		return nil, err
	}
	return c.now, nil // the renewed one is half written; it is read at the next connection
}
