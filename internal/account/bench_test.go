package account

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// cheap is the work of password hashes in tests.
func cheap() Work { return Work{MemoryKiB: 8, Passes: 1, Lanes: 1} }

const goodPassword = "correct horse battery"

func hidden(text string) vault.Secret { return vault.NewSecret(text) }

// bench is a service over a real store, with what it tells and sends.
type bench struct {
	*Service
	ctx    context.Context //nolint:containedctx // that of the test
	clock  *clock.Fake
	data   *store.Store
	mail   *outbox
	events *events
	hashed atomic.Int32 // password hashes that were computed
}

type outbox struct {
	mu   sync.Mutex
	sent []Letter
}

func (o *outbox) Post(_ context.Context, l Letter) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, l)
	return nil
}

// secret returns the secret of the link in the last letter to an address.
func (o *outbox) secret(t *testing.T, to string) vault.Secret {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.sent) - 1; i >= 0; i-- {
		if o.sent[i].To == to {
			return linkSecret(t, o.sent[i].Text)
		}
	}
	t.Fatalf("no letter was sent to %s", to)
	return vault.Secret{}
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent)
}

func linkSecret(t *testing.T, text string) vault.Secret {
	t.Helper()
	_, rest, ok := strings.Cut(text, "#")
	if !ok {
		t.Fatalf("no link in %q", text)
	}
	return hidden(strings.Fields(rest)[0])
}

type events struct {
	mu   sync.Mutex
	list []Event
}

func (e *events) Observe(_ context.Context, x Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.list = append(e.list, x)
}

func (e *events) count(a Action) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, x := range e.list {
		if x.Action == a {
			n++
		}
	}
	return n
}

func newBench(t *testing.T, change ...func(*Options)) *bench {
	t.Helper()
	b := &bench{ctx: t.Context(), clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)), mail: &outbox{}, events: &events{}}
	var err error
	if b.data, err = store.Open(b.ctx, t.TempDir(), store.Options{Clock: b.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.data.Close(); err != nil {
			t.Error(err)
		}
	})
	key, err := vault.GenerateKey(rand.Reader)
	must(t, err)
	sealer, err := vault.Open(key)
	must(t, err)
	o := Options{
		Clock: b.clock, Store: b.data, Vault: sealer, Mailer: b.mail, Observer: b.events, Log: slog.New(slog.DiscardHandler),
		BaseURL: "https://ropeway.example.com", Work: cheap(),
	}
	for _, c := range change {
		c(&o)
	}
	if b.Service, err = New(o); err != nil {
		t.Fatal(err)
	}
	derive := b.hasher.derive
	b.hasher.derive = func(password, salt []byte, w Work, length uint32) []byte {
		b.hashed.Add(1)
		return derive(password, salt, w, length)
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got error %v, want none", err)
	}
}

// refused checks why something was refused.
func refused(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

// faulty checks the kind of a fault.
func faulty(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	if err == nil || fault.KindOf(err) != want {
		t.Errorf("%s: got %v (%s), want %s", what, err, fault.KindOf(err), want)
	}
}

func from(address string) Client { return Client{Agent: "test", Address: address} }

// owner sets the installation up and returns its owner, signed in.
func (b *bench) owner(t *testing.T) *access.Principal {
	t.Helper()
	link, needed, err := b.FirstRunLink(b.ctx)
	must(t, err)
	if !needed {
		t.Fatal("a fresh installation needs no setup")
	}
	in, err := b.SetUp(b.ctx, Founder{Secret: linkSecret(t, link.Reveal()), Email: "Ann@Example.com", Name: "Ann", Password: hidden(goodPassword), Client: from("192.0.2.1")})
	must(t, err)
	return b.as(t, in)
}

func (b *bench) as(t *testing.T, in SignedIn) *access.Principal {
	t.Helper()
	p, err := b.Principal(b.ctx, Credential{Session: in.Secret})
	must(t, err)
	return p
}

// again loads what a principal may do now.
func (b *bench) again(t *testing.T, p *access.Principal) *access.Principal {
	t.Helper()
	fresh, err := b.principal(b.ctx, p.User)
	must(t, err)
	fresh.Session, fresh.SessionID = p.Session, p.SessionID
	return fresh
}

func (b *bench) signIn(email, password, code, address string) (SignedIn, error) {
	return b.SignIn(b.ctx, Attempt{Email: email, Password: hidden(password), Code: code, Client: from(address)})
}

// invite has somebody invited with a role in the organization, and in the first team if there is one, and accept it.
func (b *bench) invite(t *testing.T, by *access.Principal, email, role, teamRole string, rights ...string) *access.Principal {
	t.Helper()
	n := NewInvitation{Organization: 1, Email: email, Role: role, Rights: rights}
	if teamRole != "" {
		n.Team, n.TeamRole = 1, teamRole
	}
	_, err := b.Invite(b.ctx, by, n)
	must(t, err)
	in, err := b.AcceptAsNew(b.ctx, Acceptance{Secret: b.mail.secret(t, email), Name: email, Password: hidden(goodPassword), Client: from("192.0.2.7")})
	must(t, err)
	return b.as(t, in)
}
