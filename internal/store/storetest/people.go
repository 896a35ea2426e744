package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/store"
)

// Users are the people who may sign in.
type Users interface {
	FoundInstallation(ctx context.Context, u store.User, j store.Joining) (store.User, error)
	CreateUser(ctx context.Context, u store.User) (store.User, error)
	ChangeUser(ctx context.Context, u store.User) (store.User, error)
	User(ctx context.Context, id int64) (store.User, error)
	UserByEmail(ctx context.Context, email string) (store.User, error)
	Users(ctx context.Context, after int64, limit int) ([]store.User, error)
	SetPassword(ctx context.Context, user int64, before, password string, keep int64) error
	ProposeTwoFactor(ctx context.Context, user int64, sealed []byte) error
	ConfirmTwoFactor(ctx context.Context, user int64, sealed []byte, step int64, recovery [][]byte) error
	ReplaceRecovery(ctx context.Context, user int64, p store.SecondFactor, recovery [][]byte) error
	DropTwoFactor(ctx context.Context, user int64, p *store.SecondFactor) error
	RecoveryCodes(ctx context.Context, user int64) (int, error)
	UserByIdentity(ctx context.Context, i store.Identity) (store.User, error)
	LinkIdentity(ctx context.Context, i store.Identity, user int64) error
	CreateIdentified(ctx context.Context, u store.User, i store.Identity, otherwise *store.Joining) (store.User, error)
}

// Credentials are what proves who calls.
type Credentials interface {
	SignIn(ctx context.Context, in store.SignIn) (store.Session, error)
	SessionByHash(ctx context.Context, hash []byte) (store.Session, error)
	Sessions(ctx context.Context, user int64) ([]store.Session, error)
	TouchSession(ctx context.Context, id int64, seen, expires time.Time) error
	EndSession(ctx context.Context, user, id int64) error
	EndSessions(ctx context.Context, user, keep int64) (int, error)
	CreateToken(ctx context.Context, k store.Token) (store.Token, error)
	TokenByHash(ctx context.Context, hash []byte) (store.Token, error)
	Tokens(ctx context.Context, user int64) ([]store.Token, error)
	UseToken(ctx context.Context, id int64, at time.Time) error
	DeleteToken(ctx context.Context, user, id int64) error
}

// Members are who belongs where, and who is invited.
type Members interface {
	Memberships(ctx context.Context, user int64) (store.Memberships, error)
	OrganizationMembers(ctx context.Context, organization, after int64, limit int) ([]store.Member, error)
	TeamMembers(ctx context.Context, team, after int64, limit int) ([]store.Member, error)
	ChangeOrganizationRole(ctx context.Context, organization int64, c store.RoleChange) error
	ChangeTeamRole(ctx context.Context, team int64, c store.RoleChange) error
	OrganizationRole(ctx context.Context, organization, user int64) (string, error)
	TeamRole(ctx context.Context, team, user int64) (string, error)
	CreateVoucher(ctx context.Context, v store.Voucher) (store.Voucher, error)
	VoucherByHash(ctx context.Context, kind string, hash []byte) (store.Voucher, error)
	Invitations(ctx context.Context, organization, after int64, limit int) ([]store.Voucher, error)
	DeleteInvitation(ctx context.Context, organization, id int64) error
	AcceptInvitation(ctx context.Context, hash []byte, u store.User) (store.User, error)
	ResetPassword(ctx context.Context, hash []byte, password string) (store.User, error)
	ChangeAddress(ctx context.Context, user int64, email string) (store.User, error)
	ConfirmAddress(ctx context.Context, hash []byte, user int64) (store.User, error)
}

// home is what the first user joins in these tests: what a new installation has.
func home() store.Joining {
	return store.Joining{Organization: 1, Role: "owner", Team: 1, TeamRole: "admin"}
}

// founder is the first user.
func (b *bench) founder(t *testing.T) store.User {
	t.Helper()
	u, err := b.FoundInstallation(b.ctx, store.User{Email: "ann@example.com", Name: "Ann", Password: "hash", Administrator: true}, home())
	must(t, err)
	return u
}

func (b *bench) user(t *testing.T, email string) store.User {
	t.Helper()
	u, err := b.CreateUser(b.ctx, store.User{Email: email, Name: email, Password: "hash"})
	must(t, err)
	return u
}

func (b *bench) session(t *testing.T, user int64, secret string) store.Session {
	t.Helper()
	x, err := b.SignIn(b.ctx, store.SignIn{Password: "hash", Session: store.Session{User: user, Hash: []byte(secret), Expires: b.clock.Now().Add(time.Hour), Agent: "agent", Address: "192.0.2.1"}})
	must(t, err)
	return x
}

func users(t *testing.T, b *bench) {
	ann := b.founder(t)
	_, err := b.FoundInstallation(b.ctx, store.User{Email: "eve@example.com"}, home())
	wantError(t, "a second founder", err, store.ErrConflict)
	_, err = b.CreateUser(b.ctx, store.User{Email: ann.Email})
	wantError(t, "an address that is taken", err, store.ErrConflict)
	m, err := b.Memberships(b.ctx, ann.ID)
	must(t, err)
	equal(t, "what the founder is", fmt.Sprint(m), "{map[1:owner] [{1 1 admin []}]}")

	bob := b.user(t, "bob@example.com")
	bob.Name, bob.Language, bob.Zone = "Bob", "de", "Europe/Berlin"
	changed, err := b.ChangeUser(b.ctx, bob)
	must(t, err)
	equal(t, "a changed user", changed.Name+changed.Language+changed.Zone, "BobdeEurope/Berlin")
	_, err = b.ChangeUser(b.ctx, bob)
	wantError(t, "a change of what was changed", err, store.ErrConflict)

	b.session(t, bob.ID, "s1")
	_, err = b.CreateToken(b.ctx, store.Token{User: bob.ID, Hash: []byte("t1"), Name: "x"})
	must(t, err)
	changed.Disabled = true
	_, err = b.ChangeUser(b.ctx, changed)
	must(t, err)
	_, err = b.SessionByHash(b.ctx, []byte("s1"))
	wantError(t, "the session of a disabled user", err, store.ErrNotFound)
	_, err = b.TokenByHash(b.ctx, []byte("t1"))
	wantError(t, "the token of a disabled user", err, store.ErrNotFound)
	_, err = b.SignIn(b.ctx, store.SignIn{Password: "hash", Session: store.Session{User: bob.ID, Hash: []byte("s2")}})
	wantError(t, "a disabled user signs in", err, store.ErrConflict)
	_, err = b.CreateToken(b.ctx, store.Token{User: bob.ID, Hash: []byte("t2"), Name: "x"})
	wantError(t, "a disabled user makes a token", err, store.ErrNotFound)

	ann.Administrator = false
	if _, err := b.ChangeUser(b.ctx, ann); err == nil {
		t.Error("the last administrator was lost")
	}
	page, err := b.Users(b.ctx, ann.ID, 10)
	must(t, err)
	if len(page) != 1 || page[0].ID != bob.ID {
		t.Errorf("got %v behind the first user, want the second", page)
	}
	b.restart(t)
	got, err := b.UserByEmail(b.ctx, "bob@example.com")
	must(t, err)
	equal(t, "after a restart", got.Disabled, true)
}

func secondFactor(t *testing.T, b *bench) {
	ann := b.founder(t)
	sealed, codes := []byte("sealed"), [][]byte{[]byte("c1"), []byte("c2")}
	must(t, b.ProposeTwoFactor(b.ctx, ann.ID, sealed))
	wantError(t, "another secret", b.ConfirmTwoFactor(b.ctx, ann.ID, []byte("other"), 100, codes), store.ErrConflict)
	must(t, b.ConfirmTwoFactor(b.ctx, ann.ID, sealed, 100, codes))
	wantError(t, "a second secret", b.ProposeTwoFactor(b.ctx, ann.ID, sealed), store.ErrConflict)

	n := 0
	try := func(p *store.SecondFactor) error {
		n++
		_, err := b.SignIn(b.ctx, store.SignIn{Password: "hash", Second: p, Session: store.Session{User: ann.ID, Hash: fmt.Append(nil, n), Expires: b.clock.Now().Add(time.Hour)}})
		return err
	}
	wantError(t, "without a code", try(nil), store.ErrConflict)
	wantError(t, "the code that confirmed", try(&store.SecondFactor{Step: 100}), store.ErrConflict)
	must(t, try(&store.SecondFactor{Step: 101}))
	wantError(t, "the same code again", try(&store.SecondFactor{Step: 101}), store.ErrConflict)
	must(t, try(&store.SecondFactor{Recovery: []byte("c1")}))
	wantError(t, "the same recovery code again", try(&store.SecondFactor{Recovery: []byte("c1")}), store.ErrConflict)
	left, err := b.RecoveryCodes(b.ctx, ann.ID)
	must(t, err)
	equal(t, "recovery codes left", left, 1)
	wantError(t, "new codes without proof", b.ReplaceRecovery(b.ctx, ann.ID, store.SecondFactor{Recovery: []byte("no")}, codes), store.ErrConflict)
	must(t, b.ReplaceRecovery(b.ctx, ann.ID, store.SecondFactor{Step: 102}, [][]byte{[]byte("c3")}))
	wantError(t, "a replaced recovery code", try(&store.SecondFactor{Recovery: []byte("c2")}), store.ErrConflict)
	wantError(t, "dropped with a used code", b.DropTwoFactor(b.ctx, ann.ID, &store.SecondFactor{Step: 102}), store.ErrConflict)
	must(t, b.DropTwoFactor(b.ctx, ann.ID, &store.SecondFactor{Recovery: []byte("c3")}))
	must(t, try(nil))
	u, err := b.User(b.ctx, ann.ID)
	must(t, err)
	equal(t, "what is left", fmt.Sprint(u.TwoFactor, len(u.Sealed)), "false 0")
}

func sessionsAndTokens(t *testing.T, b *bench) {
	ann := b.founder(t)
	first, second := b.session(t, ann.ID, "s1"), b.session(t, ann.ID, "s2")
	_, err := b.SignIn(b.ctx, store.SignIn{Password: "another", Session: store.Session{User: ann.ID, Hash: []byte("s3")}})
	wantError(t, "a sign-in by a password that was changed meanwhile", err, store.ErrConflict)
	must(t, b.TouchSession(b.ctx, first.ID, b.clock.Now().Add(time.Minute), b.clock.Now().Add(2*time.Hour)))
	found, err := b.SessionByHash(b.ctx, []byte("s1"))
	must(t, err)
	equal(t, "a touched session", fmt.Sprint(found.Seen.Sub(found.Created), found.Expires.Sub(found.Created), found.Agent, found.Address), "1m0s 2h0m0sagent192.0.2.1")
	wantError(t, "the session of somebody else", b.EndSession(b.ctx, ann.ID+1, first.ID), store.ErrNotFound)

	_, err = b.CreateVoucher(b.ctx, store.Voucher{Kind: store.PasswordVoucher, Hash: []byte("v1"), User: ann.ID, Expires: b.clock.Now().Add(time.Hour)})
	must(t, err)
	wantError(t, "a password that is another meanwhile", b.SetPassword(b.ctx, ann.ID, "old", "new", second.ID), store.ErrConflict)
	must(t, b.SetPassword(b.ctx, ann.ID, "hash", "new", second.ID))
	list, err := b.Sessions(b.ctx, ann.ID)
	must(t, err)
	if len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("after a new password: got sessions %v, want the one that was kept", list)
	}
	_, err = b.ResetPassword(b.ctx, []byte("v1"), "mine")
	wantError(t, "a link from before the new password", err, store.ErrNotFound)
	n, err := b.EndSessions(b.ctx, ann.ID, 0)
	must(t, err)
	equal(t, "ended", n, 1)
	for i := range store.MaxSessionsOfUser + 2 {
		_, err := b.SignIn(b.ctx, store.SignIn{Session: store.Session{User: ann.ID, Hash: fmt.Append(nil, "many", i), Expires: b.clock.Now().Add(time.Hour)}})
		must(t, err)
	}
	list, err = b.Sessions(b.ctx, ann.ID)
	must(t, err)
	equal(t, "sessions at once", len(list), store.MaxSessionsOfUser)

	token, err := b.CreateToken(b.ctx, store.Token{User: ann.ID, Hash: []byte("t1"), Name: "CI", Scopes: []string{"scenario.run"}, Team: 1, Expires: b.clock.Now().Add(time.Hour)})
	must(t, err)
	forever, err := b.CreateToken(b.ctx, store.Token{User: ann.ID, Hash: []byte("t2"), Name: "for ever"})
	must(t, err)
	must(t, b.UseToken(b.ctx, token.ID, b.clock.Now()))
	got, err := b.TokenByHash(b.ctx, []byte("t1"))
	must(t, err)
	equal(t, "a token", fmt.Sprint(got.Scopes, got.Team, got.Used.Equal(b.clock.Now())), "[scenario.run] 1 true")
	b.clock.Advance(time.Hour)
	_, err = b.Sweep(b.ctx, store.Budgets{})
	must(t, err)
	tokens, err := b.Tokens(b.ctx, ann.ID)
	must(t, err)
	if len(tokens) != 1 || tokens[0].ID != forever.ID {
		t.Errorf("after a sweep: got tokens %v, want the one that does not expire", tokens)
	}
	list, err = b.Sessions(b.ctx, ann.ID)
	must(t, err)
	equal(t, "sessions that have expired", len(list), 0)
	wantError(t, "the token of somebody else", b.DeleteToken(b.ctx, ann.ID+1, forever.ID), store.ErrNotFound)
	must(t, b.DeleteToken(b.ctx, ann.ID, forever.ID))
}

func invitations(t *testing.T, b *bench) {
	ann := b.founder(t)
	invite := func(email, secret string, mailed bool) store.Voucher {
		v, err := b.CreateVoucher(b.ctx, store.Voucher{
			Kind: store.InvitationVoucher, Hash: []byte(secret), Email: email, Mailed: mailed, Author: ann.ID, Expires: b.clock.Now().Add(time.Hour),
			Joining: store.Joining{Organization: 1, Role: "member", Team: 1, TeamRole: "restricted", Rights: []string{"scenario.view"}},
		})
		must(t, err)
		return v
	}
	invite("bob@example.com", "old", true)
	invite("bob@example.com", "i1", true)
	_, err := b.AcceptInvitation(b.ctx, []byte("old"), store.User{Name: "Bob"})
	wantError(t, "an invitation that was replaced", err, store.ErrNotFound)
	_, err = b.AcceptInvitation(b.ctx, []byte("i1"), ann)
	wantError(t, "an invitation of somebody else", err, store.ErrConflict)
	bob, err := b.AcceptInvitation(b.ctx, []byte("i1"), store.User{Email: "eve@example.com", Name: "Bob"})
	must(t, err)
	equal(t, "the address and whether it is proved", fmt.Sprint(bob.Email, bob.Verified.IsZero()), "bob@example.comfalse")
	_, err = b.AcceptInvitation(b.ctx, []byte("i1"), store.User{Name: "Bob"})
	wantError(t, "an invitation that was used", err, store.ErrNotFound)
	m, err := b.Memberships(b.ctx, bob.ID)
	must(t, err)
	equal(t, "what the invited user is", fmt.Sprint(m), "{map[1:member] [{1 1 restricted [scenario.view]}]}")

	invite("ann@example.com", "i2", false)
	_, err = b.AcceptInvitation(b.ctx, []byte("i2"), ann)
	must(t, err)
	role, err := b.OrganizationRole(b.ctx, 1, ann.ID)
	must(t, err)
	equal(t, "the role of who was a member already", role, "owner")

	v := invite("carl@example.com", "i3", true)
	wantError(t, "in another organization", b.DeleteInvitation(b.ctx, 2, v.ID), store.ErrNotFound)
	list, err := b.Invitations(b.ctx, 1, 0, 10)
	must(t, err)
	if len(list) != 1 || list[0].Email != "carl@example.com" {
		t.Errorf("got invitations %v, want the open one", list)
	}
	b.clock.Advance(time.Hour)
	_, err = b.AcceptInvitation(b.ctx, []byte("i3"), store.User{Name: "Carl"})
	wantError(t, "an invitation that has expired", err, store.ErrNotFound)
	_, err = b.VoucherByHash(b.ctx, store.InvitationVoucher, []byte("i3"))
	wantError(t, "an invitation that has expired", err, store.ErrNotFound)

	reset := func(secret string, user int64) {
		_, err := b.CreateVoucher(b.ctx, store.Voucher{Kind: store.PasswordVoucher, Hash: []byte(secret), User: user, Mailed: true, Expires: b.clock.Now().Add(time.Hour)})
		must(t, err)
	}
	reset("r1", ann.ID)
	reset("r2", ann.ID)
	reset("r3", 0)
	b.session(t, ann.ID, "s1")
	u, err := b.ResetPassword(b.ctx, []byte("r1"), "new")
	must(t, err)
	equal(t, "after a new password", fmt.Sprint(u.Password, u.Verified.IsZero()), "newfalse")
	for _, secret := range []string{"r1", "r2", "r3", "i3", "?"} {
		_, err = b.ResetPassword(b.ctx, []byte(secret), "again")
		wantError(t, "a link that is of no use: "+secret, err, store.ErrNotFound)
	}
	_, err = b.SessionByHash(b.ctx, []byte("s1"))
	wantError(t, "a session from before the new password", err, store.ErrNotFound)
}

func addresses(t *testing.T, b *bench) {
	ann := b.founder(t)
	b.user(t, "bob@example.com")
	link := func(kind, secret, email string) {
		t.Helper()
		_, err := b.CreateVoucher(b.ctx, store.Voucher{Kind: kind, Hash: []byte(secret), User: ann.ID, Email: email, Mailed: true, Expires: b.clock.Now().Add(time.Hour)})
		must(t, err)
	}
	confirm := func(secret string, user int64) error {
		_, err := b.ConfirmAddress(b.ctx, []byte(secret), user)
		return err
	}
	b.session(t, ann.ID, "s1")
	link(store.PasswordVoucher, "p1", ann.Email)
	link(store.AddressVoucher, "a1", "mistyped@example.com")
	link(store.AddressVoucher, "a2", "anna@example.com")
	wantError(t, "a link that was replaced", confirm("a1", ann.ID), store.ErrNotFound)
	wantError(t, "a link of somebody else", confirm("a2", ann.ID+1), store.ErrNotFound)
	u, err := b.ConfirmAddress(b.ctx, []byte("a2"), ann.ID)
	must(t, err)
	equal(t, "the new address, which is proved", fmt.Sprint(u.Email, u.Verified.Equal(b.clock.Now()), u.Revision > ann.Revision), "anna@example.comtrue true")
	wantError(t, "a link that was used", confirm("a2", ann.ID), store.ErrNotFound)
	_, err = b.ResetPassword(b.ctx, []byte("p1"), "new")
	wantError(t, "a link to a new password that went to the old address", err, store.ErrNotFound)
	_, err = b.SessionByHash(b.ctx, []byte("s1"))
	must(t, err)

	link(store.AddressVoucher, "a3", "bob@example.com")
	wantError(t, "an address that was taken meanwhile", confirm("a3", ann.ID), store.ErrConflict)
	link(store.AddressVoucher, "a4", "late@example.com")
	b.clock.Advance(time.Hour)
	wantError(t, "a link that has expired", confirm("a4", ann.ID), store.ErrNotFound)

	_, err = b.ChangeAddress(b.ctx, ann.ID, "bob@example.com")
	wantError(t, "an address that is taken", err, store.ErrConflict)
	_, err = b.ChangeAddress(b.ctx, 99, "free@example.com")
	wantError(t, "of nobody", err, store.ErrNotFound)
	u, err = b.ChangeAddress(b.ctx, ann.ID, "ann@example.org")
	must(t, err)
	equal(t, "an address that nobody has proved", fmt.Sprint(u.Email, u.Verified.IsZero()), "ann@example.orgtrue")
}

func members(t *testing.T, b *bench) {
	ann := b.founder(t)
	bob := b.user(t, "bob@example.com")
	change := func(user int64, from, to string) error {
		return b.ChangeOrganizationRole(b.ctx, 1, store.RoleChange{User: user, From: from, To: to})
	}
	inTeam := func(user int64, from, to string) error {
		return b.ChangeTeamRole(b.ctx, 1, store.RoleChange{User: user, From: from, To: to, Rights: []string{"team.view"}})
	}
	wantError(t, "a team of an organization to which he does not belong", inTeam(bob.ID, "", "member"), store.ErrNotFound)
	if err := change(ann.ID, "owner", "admin"); err == nil {
		t.Error("the last owner was lost")
	}
	if err := change(ann.ID, "owner", ""); err == nil {
		t.Error("the last owner was removed")
	}
	must(t, change(bob.ID, "", "member"))
	wantError(t, "a member twice", change(bob.ID, "", "member"), store.ErrConflict)
	wantError(t, "a role that was changed meanwhile", change(bob.ID, "admin", "owner"), store.ErrConflict)
	m, err := b.Memberships(b.ctx, bob.ID)
	must(t, err)
	equal(t, "a member of no team", fmt.Sprint(m), "{map[1:member] [{1 1  []}]}")
	must(t, inTeam(bob.ID, "", "restricted"))
	wantError(t, "in a team twice", inTeam(bob.ID, "", "member"), store.ErrConflict)
	list, err := b.TeamMembers(b.ctx, 1, ann.ID, 10)
	must(t, err)
	equal(t, "who is in the team", fmt.Sprint(len(list), list[0].Email, list[0].Role, list[0].Rights), "1bob@example.comrestricted[team.view]")
	must(t, inTeam(bob.ID, "restricted", "operator"))

	must(t, change(bob.ID, "member", "owner"))
	_, err = b.CreateVoucher(b.ctx, store.Voucher{Kind: store.InvitationVoucher, Hash: []byte("i1"), Email: "x@example.com", Author: ann.ID, Joining: store.Joining{Organization: 1, Role: "admin"}, Expires: b.clock.Now().Add(time.Hour)})
	must(t, err)
	must(t, change(ann.ID, "owner", ""))
	_, err = b.VoucherByHash(b.ctx, store.InvitationVoucher, []byte("i1"))
	wantError(t, "an invitation of who was removed", err, store.ErrNotFound)
	role, err := b.TeamRole(b.ctx, 1, ann.ID)
	must(t, err)
	equal(t, "the role in a team of who was removed", role, "")
	all, err := b.OrganizationMembers(b.ctx, 1, 0, 10)
	must(t, err)
	equal(t, "who is left", fmt.Sprint(len(all), all[0].Role), "1owner")
	must(t, inTeam(bob.ID, "operator", ""))
}

func identities(t *testing.T, b *bench) {
	ann := b.founder(t)
	b.session(t, ann.ID, "s1")
	must(t, b.ProposeTwoFactor(b.ctx, ann.ID, []byte("sealed")))
	here := store.Identity{Issuer: "https://id.example.com", Subject: "1"}
	_, err := b.UserByIdentity(b.ctx, here)
	wantError(t, "an unknown identity", err, store.ErrNotFound)
	must(t, b.LinkIdentity(b.ctx, here, ann.ID))
	u, err := b.UserByIdentity(b.ctx, here)
	must(t, err)
	equal(t, "an account whose address nobody had proved", fmt.Sprint(u.ID == ann.ID, u.Password, len(u.Sealed), u.Verified.IsZero()), "true0 false")
	_, err = b.SessionByHash(b.ctx, []byte("s1"))
	wantError(t, "a session from before", err, store.ErrNotFound)
	wantError(t, "an identity that is taken", b.LinkIdentity(b.ctx, here, ann.ID), store.ErrConflict)
	must(t, b.LinkIdentity(b.ctx, store.Identity{Issuer: here.Issuer, Subject: "2"}, ann.ID))

	stranger := store.User{Email: "eve@example.com", Name: "Eve"}
	_, err = b.CreateIdentified(b.ctx, stranger, store.Identity{Issuer: here.Issuer, Subject: "3"}, nil)
	wantError(t, "nobody has invited", err, store.ErrNotFound)
	u, err = b.CreateIdentified(b.ctx, stranger, store.Identity{Issuer: here.Issuer, Subject: "3"}, &store.Joining{Organization: 1, Role: "accountant"})
	must(t, err)
	role, err := b.OrganizationRole(b.ctx, 1, u.ID)
	must(t, err)
	equal(t, "as configured", role, "accountant")
	_, err = b.CreateVoucher(b.ctx, store.Voucher{Kind: store.InvitationVoucher, Hash: []byte("i1"), Email: "bob@example.com", Joining: store.Joining{Organization: 1, Role: "admin"}, Expires: b.clock.Now().Add(time.Hour)})
	must(t, err)
	u, err = b.CreateIdentified(b.ctx, store.User{Email: "bob@example.com"}, store.Identity{Issuer: here.Issuer, Subject: "4"}, &store.Joining{Organization: 1, Role: "accountant"})
	must(t, err)
	role, err = b.OrganizationRole(b.ctx, 1, u.ID)
	must(t, err)
	equal(t, "as invited", role, "admin")
	_, err = b.VoucherByHash(b.ctx, store.InvitationVoucher, []byte("i1"))
	wantError(t, "the invitation", err, store.ErrNotFound)
}
