package account

import (
	"errors"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func TestInvitationsAreNotTakenOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	eve := b.invite(t, ann, "eve@example.com", "member", "")
	bob := b.invite(t, ann, "bob@example.com", "accountant", "")

	made, err := b.Invite(b.ctx, ann, NewInvitation{Organization: 1, Email: "Carl@example.com", Role: "admin"})
	must(t, err)
	if !made.Link.IsEmpty() {
		t.Error("the secret of an invitation that was sent is told to who invites")
	}
	secret := b.mail.secret(t, "carl@example.com")
	if err := b.Accept(b.ctx, eve, secret, from("192.0.2.1")); !errors.Is(err, access.ErrDenied) {
		t.Errorf("an invitation of somebody else: got %v", err)
	}
	shown, err := b.ShowInvitation(b.ctx, secret, from("192.0.2.1"))
	must(t, err)
	if shown.Known || shown.Voucher.Email != "carl@example.com" || shown.Voucher.Joining.Role != "admin" {
		t.Errorf("got %+v, want what it is to", shown)
	}
	in, err := b.AcceptAsNew(b.ctx, Acceptance{Secret: secret, Name: "Carl", Password: hidden(goodPassword)})
	must(t, err)
	if in.User.Email != "carl@example.com" || in.User.Verified.IsZero() {
		t.Errorf("got %+v, want the invited address, proved", in.User)
	}
	if _, err := b.AcceptAsNew(b.ctx, Acceptance{Secret: secret, Name: "Carl", Password: hidden(goodPassword)}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an invitation that was used: got %v", err)
	}

	_, err = b.data.SaveOrganization(b.ctx, store.Organization{Name: "Second"})
	must(t, err)
	_, err = b.Invite(b.ctx, access.Machine(), NewInvitation{Organization: 2, Email: "bob@example.com", Role: "owner"})
	must(t, err)
	secret = b.mail.secret(t, "bob@example.com")
	refused(t, "a new account for an address that has one", second(b.AcceptAsNew(b.ctx, Acceptance{Secret: secret, Name: "Eve", Password: hidden(goodPassword)})), access.ErrUnauthenticated)
	must(t, b.Accept(b.ctx, bob, secret, from("192.0.2.1")))
	if fresh := b.again(t, bob); fresh.Organizations[2] != access.Owner || fresh.Organizations[1] != access.Accountant {
		t.Errorf("got %+v, want both organizations", fresh)
	}
}

func TestInvitationsEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	accept := func(secret string) error {
		_, err := b.AcceptAsNew(b.ctx, Acceptance{Secret: hidden(secret), Name: "Bob", Password: hidden(goodPassword)})
		return err
	}
	invite := func() (store.Voucher, string) {
		i, err := b.Invite(b.ctx, ann, NewInvitation{Organization: 1, Email: "bob@example.com", Role: "member"})
		must(t, err)
		return i.Voucher, b.mail.secret(t, "bob@example.com").Reveal()
	}
	v, secret := invite()
	if strings.Contains(string(v.Hash), secret) {
		t.Error("the secret is stored")
	}
	must(t, b.DeleteInvitation(b.ctx, ann, 1, v.ID))
	refused(t, "one that was taken back", accept(secret), store.ErrNotFound)
	_, secret = invite()
	b.clock.Advance(InvitationLife)
	refused(t, "one that has expired", accept(secret), store.ErrNotFound)
	refused(t, "a text that is none", accept("rwi_x"), store.ErrNotFound)
	for range lettersToAddress {
		invite()
	}
	_, err := b.Invite(b.ctx, ann, NewInvitation{Organization: 1, Email: "bob@example.com", Role: "member"})
	faulty(t, "too many letters to one address", err, fault.RateLimit)
	list, err := b.ListInvitations(b.ctx, ann, 1, 0, 10)
	must(t, err)
	if len(list) != 1 {
		t.Errorf("got %d invitations, want the newest one", len(list))
	}
}

func TestWithoutMailLinksAreHandedOver(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(o *Options) { o.Mailer = nil })
	ann := b.owner(t)
	i, err := b.Invite(b.ctx, ann, NewInvitation{Organization: 1, Email: "bob@example.com", Role: "member"})
	must(t, err)
	in, err := b.AcceptAsNew(b.ctx, Acceptance{Secret: linkSecret(t, i.Link.Reveal()), Name: "Bob", Password: hidden(goodPassword)})
	must(t, err)
	if !in.User.Verified.IsZero() {
		t.Error("an address counts as proved that nobody has proved")
	}
	faulty(t, "a new password by e-mail", b.AskReset(b.ctx, "bob@example.com", from("192.0.2.1")), fault.InvalidConfiguration)
	_, link, err := b.CreateUser(b.ctx, ann, "carl@example.com", "Carl")
	must(t, err)
	must(t, b.ResetPassword(b.ctx, linkSecret(t, link.Reveal()), hidden(goodPassword), from("192.0.2.1")))
	_, err = b.signIn("carl@example.com", goodPassword, "", "192.0.2.1")
	must(t, err)
}

func TestPasswordReset(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	b.enrolled(t, ann)
	must(t, b.AskReset(b.ctx, "nobody@example.com", from("192.0.2.1")))
	if n := b.mail.count(); n != 0 {
		t.Fatalf("got %d letters to nobody", n)
	}
	ask := func() string {
		must(t, b.AskReset(b.ctx, "ANN@example.com", from("192.0.2.1")))
		return b.mail.secret(t, "ann@example.com").Reveal()
	}
	reset := func(secret, password string) error {
		return b.ResetPassword(b.ctx, hidden(secret), hidden(password), from("192.0.2.1"))
	}
	old := ask()
	b.clock.Advance(ResetLife)
	refused(t, "a link that has expired", reset(old, "another good password"), store.ErrNotFound)
	one, two := ask(), ask()
	faulty(t, "a weak password", reset(one, "short"), fault.BundleValidation)
	must(t, reset(one, "another good password"))
	refused(t, "the same link again", reset(one, "another good password"), store.ErrNotFound)
	refused(t, "another link from before", reset(two, "another good password"), store.ErrNotFound)
	refused(t, "a session from before", second(b.Principal(b.ctx, Credential{Session: hidden("rws_x")})), access.ErrUnauthenticated)
	if list, err := b.data.Sessions(b.ctx, ann.User); err != nil || len(list) != 0 {
		t.Errorf("got sessions %v (%v), want none", list, err)
	}
	refused(t, "the old password", second(b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")), access.ErrUnauthenticated)
	err := second(b.signIn("ann@example.com", "another good password", "", "192.0.2.1"))
	if fault.From(err).Field != "code" {
		t.Errorf("behind a reset: got %v, want that the second factor is still asked for", err)
	}
	before := b.mail.count()
	for range 2 * lettersToAddress {
		must(t, b.AskReset(b.ctx, "ann@example.com", from("192.0.2.1")))
	}
	if n := b.mail.count() - before; n > lettersToAddress {
		t.Errorf("got %d more letters, want %d at most", n, lettersToAddress)
	}

	refused(t, "a link by somebody else than the machine's owner", second(b.IssueReset(b.ctx, ann, "ann@example.com", false)), access.ErrDenied)
	link, err := b.IssueReset(b.ctx, access.Machine(), "ann@example.com", true)
	must(t, err)
	must(t, reset(linkSecret(t, link.Reveal()).Reveal(), "yet another password"))
	_, err = b.signIn("ann@example.com", "yet another password", "", "192.0.2.1")
	must(t, err)
}
