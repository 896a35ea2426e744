package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func TestSetUpNeedsTheLink(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	try := func(secret string) error {
		_, err := b.SetUp(b.ctx, Founder{Secret: hidden(secret), Email: "eve@example.com", Name: "Eve", Password: hidden(goodPassword)})
		return err
	}
	refused(t, "before there is a link, without a secret", try(""), access.ErrUnauthenticated)
	link, _, err := b.FirstRunLink(b.ctx)
	must(t, err)
	same, _, err := b.FirstRunLink(b.ctx)
	must(t, err)
	if link.Reveal() != same.Reveal() || !strings.HasPrefix(link.Reveal(), "https://ropeway.example.com/setup#rwf_") {
		t.Errorf("got links %q and %q, want one", link.Reveal(), same.Reveal())
	}
	refused(t, "without the secret", try(""), access.ErrUnauthenticated)
	refused(t, "with another secret", try(drawSecret(setupPrefix)), access.ErrUnauthenticated)
	ann := b.owner(t)
	if !ann.Administrator || ann.Organizations[1] != access.Owner || ann.Teams[1].Role != access.TeamAdmin || ann.Email != "ann@example.com" {
		t.Errorf("got %+v, want the owner of everything", ann)
	}
	refused(t, "a second time", try(linkSecret(t, link.Reveal()).Reveal()), access.ErrUnauthenticated)
	if _, needed, err := b.FirstRunLink(b.ctx); needed || err != nil {
		t.Errorf("got needed %t (%v) behind the setup", needed, err)
	}
	if _, err := b.Found(b.ctx, access.Machine(), "x@example.com", "X", hidden(goodPassword)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("the machine's owner founds again: got %v", err)
	}
	refused(t, "founding by somebody else", second(b.Found(b.ctx, ann, "x@example.com", "X", hidden(goodPassword))), access.ErrDenied)
}

func second[T any](_ T, err error) error { return err }

func TestSignIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	in, err := b.signIn(" ANN@example.com ", goodPassword, "", "192.0.2.9")
	must(t, err)
	p := b.as(t, in)
	if p.User != ann.User || p.SessionID == ann.SessionID || !p.Session || p.Scopes != nil {
		t.Errorf("got %+v, want Ann in a session of its own", p)
	}
	b.clock.Advance(SessionIdle - time.Hour)
	b.as(t, in) // it is used, and so lasts
	b.clock.Advance(SessionIdle - time.Hour)
	b.as(t, in)
	b.clock.Advance(SessionIdle)
	refused(t, "a session that was not used", second(b.Principal(b.ctx, Credential{Session: in.Secret})), access.ErrUnauthenticated)

	in, err = b.signIn("ann@example.com", goodPassword, "", "192.0.2.9")
	must(t, err)
	for range int(SessionLife / SessionIdle * 2) {
		if p, err := b.Principal(b.ctx, Credential{Session: in.Secret}); err != nil {
			t.Fatalf("a session that is used ended early (%v, %v)", p, err)
		}
		b.clock.Advance(SessionIdle / 2)
	}
	refused(t, "a session that is used for too long", second(b.Principal(b.ctx, Credential{Session: in.Secret})), access.ErrUnauthenticated)
	for _, c := range []Credential{{}, {Session: hidden("rws_")}, {Session: hidden(drawSecret(sessionPrefix))}, {Token: in.Secret}, {Token: hidden(drawSecret(tokenPrefix))}} {
		refused(t, "a credential that is none", second(b.Principal(b.ctx, c)), access.ErrUnauthenticated)
	}
}

// TestSessionsAreNotFixed: a secret that somebody planted in a browser never becomes a session.
func TestSessionsAreNotFixed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.owner(t)
	seen := map[string]bool{}
	for range 3 {
		in, err := b.signIn("ann@example.com", goodPassword, "", "192.0.2.9")
		must(t, err)
		if seen[in.Secret.Reveal()] || string(in.Session.Hash) == in.Secret.Reveal() {
			t.Error("a session has a secret that was there before")
		}
		seen[in.Secret.Reveal()] = true
	}
}

// TestUnknownUsersCostTheSame: the same answer, and one password hash, whoever tries.
func TestUnknownUsersCostTheSame(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	bob := b.invite(t, ann, "bob@example.com", "member", "")
	disabled := true
	_, err := b.ChangeUser(b.ctx, ann, bob.User, 0, UserChange{Disabled: &disabled})
	must(t, err)
	_, _, err = b.CreateUser(b.ctx, ann, "new@example.com", "New")
	must(t, err)
	var first string
	for i, a := range []Attempt{
		{Email: "ann@example.com", Password: hidden("wrong password")},
		{Email: "nobody@example.com", Password: hidden("wrong password")},
		{Email: "bob@example.com", Password: hidden(goodPassword)},
		{Email: "new@example.com", Password: hidden("")},
		{Email: "not an address", Password: hidden(goodPassword)},
		{Email: "ann@example.com", Password: hidden(strings.Repeat("x", MaxPasswordBytes+1))},
	} {
		a.Client = from(fmt.Sprintf("192.0.2.%d", 20+i))
		before := b.hashed.Load()
		_, err := b.SignIn(b.ctx, a)
		refused(t, a.Email, err, access.ErrUnauthenticated)
		if first == "" {
			first = err.Error()
		}
		if n := b.hashed.Load() - before; n != 1 || err.Error() != first {
			t.Errorf("%s: got %q with %d hashes, want %q with one", a.Email, err, n, first)
		}
	}
}

func TestGuessingOneAccountIsSlowedAndTold(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.owner(t)
	guess := func(email string, i int) error {
		_, err := b.signIn(email, "wrong password", "", fmt.Sprintf("2001:db8:%x::1", i))
		return err
	}
	for _, email := range []string{"ann@example.com", "nobody@example.com"} {
		for i := range guessesOfAccount {
			refused(t, "a guess", guess(email, i), access.ErrUnauthenticated)
		}
		before := b.hashed.Load()
		for i := range 5 {
			faulty(t, email+": one more, from another address", guess(email, 100+i), fault.RateLimit)
		}
		if b.hashed.Load() != before {
			t.Errorf("%s: guesses that are refused cost a hash", email)
		}
	}
	if n := b.events.count(GuessingSlowed); n != 2 {
		t.Errorf("got %d reports, want one for each account", n)
	}
	_, err := b.signIn("ann@example.com", goodPassword, "", "2001:db8:ffff::1")
	faulty(t, "the right password from an unknown address", err, fault.RateLimit)
	if f := fault.From(err); f.Delay <= 0 || f.Delay > guessOfAccountEvery {
		t.Errorf("got delay %s, want up to %s", f.Delay, guessOfAccountEvery)
	}
	in, err := b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")
	must(t, err) // where she has signed in before, she is not locked out
	b.as(t, in)
	for range guessesOfAccount {
		refused(t, "behind a sign-in all guesses are there again", guess("ann@example.com", 200), access.ErrUnauthenticated)
	}
	b.clock.Advance(guessOfAccountEvery)
	refused(t, "one guess later", guess("ann@example.com", 201), access.ErrUnauthenticated)
	faulty(t, "and no second", guess("ann@example.com", 202), fault.RateLimit)
}

func TestGuessingFromOneAddressIsSlowed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.owner(t)
	for i := range guessesOfAddress {
		_, err := b.signIn(fmt.Sprintf("user%d@example.com", i), "wrong password", "", fmt.Sprintf("2001:db8::%x", i+1))
		refused(t, "a guess", err, access.ErrUnauthenticated)
	}
	_, err := b.signIn("ann@example.com", goodPassword, "", "2001:db8::ffff")
	faulty(t, "from the same network", err, fault.RateLimit)
	if n := b.events.count(GuessingSlowed); n != 1 {
		t.Errorf("got %d reports, want one", n)
	}
	faulty(t, "a link from there", b.ResetPassword(b.ctx, hidden("x"), hidden("x"), from("2001:db8::1")), fault.RateLimit)
	_, err = b.signIn("ann@example.com", goodPassword, "", "2001:db8:0:1::1")
	must(t, err)
}

func TestThrottleForgetsWhoIsNotUnderAttack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	th := newThrottle(b.clock, 2, time.Minute)
	th.most = 100
	for range 3 {
		th.take("victim")
	}
	for i := range 10_000 {
		th.take(fmt.Sprint("flood", i))
		if len(th.buckets) > th.most {
			t.Fatalf("got %d buckets, want %d at most", len(th.buckets), th.most)
		}
	}
	if wait, _ := th.take("victim"); wait == 0 {
		t.Error("a flood of other keys freed the one under attack")
	}
}

func TestPasswordIsHashedAnewWhenTheWorkChanges(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	b.hasher.work = Work{MemoryKiB: 16, Passes: 2, Lanes: 1}
	_, err := b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")
	must(t, err)
	u, err := b.data.User(b.ctx, ann.User)
	must(t, err)
	if !strings.Contains(u.Password, "$m=16,t=2,p=1$") {
		t.Errorf("got hash %s, want one with the new work", u.Password)
	}
	_, err = b.signIn("ann@example.com", goodPassword, "", "192.0.2.1")
	must(t, err)
}

func TestPasswordHashingIsBounded(t *testing.T) {
	t.Parallel()
	h := newHasher(cheap())
	entered, leave := make(chan bool, hashesWaiting), make(chan bool)
	h.derive = func([]byte, []byte, Work, uint32) []byte {
		entered <- true
		<-leave
		return nil
	}
	done := make(chan error, hashesAtOnce)
	for range hashesAtOnce {
		go func() { done <- second(h.hash(t.Context(), "x")) }()
		<-entered
	}
	h.waiting.Store(hashesWaiting)
	_, err := h.hash(t.Context(), "x")
	faulty(t, "one too many that waits", err, fault.RateLimit)
	if len(entered) != 0 {
		t.Error("more passwords were hashed at once than may")
	}
	close(leave)
	for range hashesAtOnce {
		must(t, <-done)
	}
}

func TestWeakPasswords(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		goodPassword: true, "Zß漢字かなабвг!": true, "short": false, strings.Repeat("a", 40): false, "abababababab": false,
		"ann@example.com": false, "AnnaAnnaAnna": false, strings.Repeat("abcdef", 100): false, "abcdefghi\xff!": false,
	} {
		if err := checkPassword(password, "ann@example.com"); (err == nil) != ok {
			t.Errorf("%q: got %v, want allowed %t", password, err, ok)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	var others []SignedIn
	for range 3 {
		in, err := b.signIn("ann@example.com", goodPassword, "", "192.0.2.9")
		must(t, err)
		others = append(others, in)
	}
	bob := b.invite(t, ann, "bob@example.com", "member", "")
	if err := b.EndSession(b.ctx, bob, ann.SessionID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the session of somebody else: got %v", err)
	}
	must(t, b.EndSession(b.ctx, ann, others[0].Session.ID))
	refused(t, "an ended session", second(b.Principal(b.ctx, Credential{Session: others[0].Secret})), access.ErrUnauthenticated)
	list, err := b.ListSessions(b.ctx, ann)
	must(t, err)
	if len(list) != 3 || list[0].Agent != "test" || list[0].Address != "192.0.2.9" {
		t.Errorf("got sessions %+v, want the three that are left", list)
	}
	must(t, b.ChangePassword(b.ctx, ann, hidden(goodPassword), hidden("another good password"), from("192.0.2.1")))
	refused(t, "another session behind a new password", second(b.Principal(b.ctx, Credential{Session: others[1].Secret})), access.ErrUnauthenticated)
	if list, err = b.ListSessions(b.ctx, ann); err != nil || len(list) != 1 || list[0].ID != ann.SessionID {
		t.Errorf("got sessions %+v (%v), want the one that changed the password", list, err)
	}
	faulty(t, "a wrong old password", b.ChangePassword(b.ctx, ann, hidden(goodPassword), hidden("yet another password"), from("192.0.2.1")), fault.BundleValidation)
	must(t, b.SignOut(b.ctx, ann))
	if list, err = b.ListSessions(b.ctx, ann); err != nil || len(list) != 0 {
		t.Errorf("got sessions %+v (%v), want none", list, err)
	}
}

func TestDisabledUserIsOutAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	in := b.invite(t, ann, "bob@example.com", "member", "member")
	bob, err := b.signIn("bob@example.com", goodPassword, "", "192.0.2.7")
	must(t, err)
	_, token, err := b.CreateToken(b.ctx, in, NewToken{Name: "x", Scopes: []string{"scenario.view"}})
	must(t, err)
	yes := true
	_, err = b.ChangeUser(b.ctx, ann, in.User, 0, UserChange{Disabled: &yes})
	must(t, err)
	refused(t, "his session", second(b.Principal(b.ctx, Credential{Session: bob.Secret})), access.ErrUnauthenticated)
	refused(t, "his token", second(b.Principal(b.ctx, Credential{Token: token})), access.ErrUnauthenticated)
	faulty(t, "disabling oneself", second(b.ChangeUser(b.ctx, ann, ann.User, 0, UserChange{Disabled: &yes})), fault.Data)
	refused(t, "who manages nothing", second(b.ChangeUser(b.ctx, in, ann.User, 0, UserChange{Disabled: &yes})), access.ErrDenied)
}
