package account

import (
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func TestChangeOfAddressByALetter(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	bob := b.invite(t, ann, "bob@example.com", "member", "")
	change := func(email, password string) error {
		m, err := b.ChangeEmail(b.ctx, ann, email, hidden(password), from("192.0.2.1"))
		if err == nil && (!m.Sent || m.User.Email != "ann@example.com") {
			t.Errorf("got %+v, want that the old address stays for now", m)
		}
		return err
	}
	confirm := func(by *access.Principal, secret string) error {
		return second(b.ConfirmEmail(b.ctx, by, hidden(secret), from("192.0.2.1")))
	}
	faulty(t, "a wrong password", change("anna@example.com", "a wrong password"), fault.BundleValidation)
	faulty(t, "no address", change("anna", goodPassword), fault.BundleValidation)
	faulty(t, "the same address", change("ANN@example.com", goodPassword), fault.BundleValidation)
	refused(t, "an address that is taken", change("bob@example.com", goodPassword), store.ErrConflict)
	sent := b.mail.count()
	must(t, change("Anna@example.com", goodPassword))
	secret := b.mail.secret(t, "anna@example.com").Reveal()
	refused(t, "the link opened by another user", confirm(bob, secret), access.ErrDenied)
	refused(t, "the link opened by nobody", confirm(nil, secret), access.ErrUnauthenticated)
	refused(t, "another secret", confirm(ann, drawSecret(addressPrefix)), store.ErrNotFound)
	must(t, confirm(ann, secret))
	refused(t, "the link again", confirm(ann, secret), store.ErrNotFound)
	if n := b.mail.count() - sent; n != 2 {
		t.Errorf("got %d letters, want one to the new address and one to the old", n)
	}
	if again := b.again(t, ann); again.Email != "anna@example.com" {
		t.Errorf("the session is of %s, want that it goes on with the new address", again.Email)
	}
	refused(t, "a sign-in with the old address", second(b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")), access.ErrUnauthenticated)
	must(t, second(b.signIn("anna@example.com", goodPassword, "", "192.0.2.1")))
}

func TestChangeOfAddressSendsFewLetters(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	ask := func(email string) error {
		return second(b.ChangeEmail(b.ctx, ann, email, hidden(goodPassword), from("192.0.2.1")))
	}
	for i := range lettersToAddress {
		must(t, ask(strings.Repeat("a", i+1)+"@example.org"))
	}
	faulty(t, "letters to ever other addresses", ask("another@example.org"), fault.RateLimit)
	b.clock.Advance(letterToAddressEvery)
	must(t, ask("another@example.org"))
	b.clock.Advance(AddressLife)
	late := b.mail.secret(t, "another@example.org").Reveal()
	refused(t, "a link that has expired", second(b.ConfirmEmail(b.ctx, ann, hidden(late), from("192.0.2.1"))), store.ErrNotFound)
}

func TestChangeOfAddressWithoutMail(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *Options) { o.Mailer = nil })
	ann := b.owner(t)
	m, err := b.ChangeEmail(b.ctx, ann, "anna@example.com", hidden(goodPassword), from("192.0.2.1"))
	must(t, err)
	if m.Sent || m.User.Email != "anna@example.com" || !m.User.Verified.IsZero() {
		t.Errorf("got %+v, want an address that nobody has proved, at once", m)
	}
	must(t, second(b.signIn("anna@example.com", goodPassword, "", "192.0.2.1")))
}
