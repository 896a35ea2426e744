package account

import (
	"errors"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// TestWhoGivesWhichRole goes through every role of the caller, of the target before, and after.
func TestWhoGivesWhichRole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	target := b.invite(t, ann, "target@example.com", "member", "")
	for _, mine := range access.OrganizationRoles() {
		me := &access.Principal{User: 99, Email: "me@example.com", Session: true, Organizations: map[int64]access.OrganizationRole{1: mine}}
		for _, before := range access.OrganizationRoles() {
			for _, after := range access.OrganizationRoles() {
				must(t, b.ChangeMember(b.ctx, ann, 1, target.User, string(before)))
				leads := mine == access.Owner || mine == access.Admin
				want := leads && (mine == access.Owner || before != access.Owner && after != access.Owner)
				err := b.ChangeMember(b.ctx, me, 1, target.User, string(after))
				if (err == nil) != want || err != nil && !errors.Is(err, access.ErrDenied) {
					t.Errorf("%s makes %s of %s: got %v, want allowed %t", mine, after, before, err, want)
				}
				_, err = b.Invite(b.ctx, me, NewInvitation{Organization: 1, Email: string(mine) + string(before) + string(after) + "@example.com", Role: string(after)})
				if want := leads && (mine == access.Owner || after != access.Owner); (err == nil) != want {
					t.Errorf("%s invites %s: got %v, want allowed %t", mine, after, err, want)
				}
			}
		}
	}
	admin := &access.Principal{User: 99, Session: true, Organizations: map[int64]access.OrganizationRole{1: access.Admin}}
	must(t, b.ChangeMember(b.ctx, ann, 1, target.User, "owner"))
	refused(t, "an admin removes an owner", b.RemoveMember(b.ctx, admin, 1, target.User), access.ErrDenied)
	stranger := &access.Principal{User: 98, Session: true}
	refused(t, "somebody from elsewhere", b.ChangeMember(b.ctx, stranger, 1, target.User, "member"), store.ErrNotFound)
	refused(t, "nobody", b.ChangeMember(b.ctx, nil, 1, target.User, "member"), store.ErrNotFound)
}

func TestLastOwnerStays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	faulty(t, "the last owner becomes an admin", b.ChangeMember(b.ctx, ann, 1, ann.User, "admin"), fault.Data)
	faulty(t, "the last owner leaves", b.RemoveMember(b.ctx, ann, 1, ann.User), fault.Data)
	bob := b.invite(t, ann, "bob@example.com", "owner", "")
	must(t, b.RemoveMember(b.ctx, bob, 1, ann.User))
	if fresh := b.again(t, ann); fresh.SeesOrganization(1) || fresh.Sees(1) {
		t.Errorf("got %+v, want that she belongs to nothing", fresh)
	}
	faulty(t, "and then the other", b.RemoveMember(b.ctx, bob, 1, bob.User), fault.Data)
}

func TestNobodyGrantsRightsThatHeLacks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	lead := b.invite(t, ann, "lead@example.com", "member", "admin")
	b.invite(t, ann, "bob@example.com", "member", "")
	bob, err := b.data.UserByEmail(b.ctx, "bob@example.com")
	must(t, err)
	must(t, b.AddTeamMember(b.ctx, lead, 1, TeamRole{User: bob.ID, Role: "monitoring"}))
	limited := *lead
	limited.Scopes, limited.Token = []access.Right{access.ManageTeam, access.ViewScenarios, access.ViewTeam}, 5
	refused(t, "a token gives more than it may do", b.ChangeTeamMember(b.ctx, &limited, 1, TeamRole{User: bob.ID, Role: "member"}), access.ErrDenied)
	refused(t, "one by one as well", b.ChangeTeamMember(b.ctx, &limited, 1, TeamRole{User: bob.ID, Role: "restricted", Rights: []string{"scenario.edit"}}), access.ErrDenied)
	must(t, b.ChangeTeamMember(b.ctx, &limited, 1, TeamRole{User: bob.ID, Role: "restricted", Rights: []string{"scenario.view"}}))
	watcher := b.again(t, &access.Principal{User: bob.ID, Session: true})
	if !watcher.May(access.ViewScenarios, 1) || watcher.May(access.ViewExecutions, 1) {
		t.Errorf("got %+v, want the one right that was chosen", watcher)
	}
	refused(t, "who manages nothing", b.ChangeTeamMember(b.ctx, watcher, 1, TeamRole{User: bob.ID, Role: "admin"}), access.ErrDenied)
	must(t, b.RemoveTeamMember(b.ctx, watcher, 1, bob.ID)) // he leaves
	refused(t, "from outside", b.RemoveTeamMember(b.ctx, b.again(t, watcher), 1, lead.User), store.ErrNotFound)

	org := *ann
	org.Scopes, org.Token, org.Session = []access.Right{access.ManageOrganization, access.ViewOrganization, access.ViewAudit}, 6, false
	refused(t, "a token for the organization makes an admin, who may do everything in its teams", b.ChangeMember(b.ctx, &org, 1, bob.ID, "admin"), access.ErrDenied)
	_, err = b.Invite(b.ctx, &org, NewInvitation{Organization: 1, Email: "x@example.com", Role: "member", Team: 1, TeamRole: "operator"})
	refused(t, "or invites somebody to a team", err, access.ErrDenied)
	must(t, b.ChangeMember(b.ctx, &org, 1, bob.ID, "accountant"))
	if n := b.events.count(MemberChanged); n != 1 {
		t.Errorf("got %d changes of roles told, want one", n)
	}
}

func TestTeamRolesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		role   string
		rights []string
		field  string
	}{
		{"king", nil, "role"}, {"restricted", nil, "rights"}, {"member", []string{"scenario.view"}, "rights"}, {"restricted", []string{"account"}, "rights"},
	} {
		_, _, err := parseTeamRole(tc.role, tc.rights)
		if f := fault.From(err); f == nil || f.Field != tc.field {
			t.Errorf("%s %v: got %v, want a fault of %s", tc.role, tc.rights, err, tc.field)
		}
	}
}

func TestInvitationsOfWhoLostHisRoleEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	admin := b.invite(t, ann, "admin@example.com", "admin", "")
	_, err := b.Invite(b.ctx, admin, NewInvitation{Organization: 1, Email: "friend@example.com", Role: "admin"})
	must(t, err)
	must(t, b.ChangeMember(b.ctx, ann, 1, admin.User, "member"))
	_, err = b.AcceptAsNew(b.ctx, Acceptance{Secret: b.mail.secret(t, "friend@example.com"), Name: "F", Password: hidden(goodPassword)})
	refused(t, "an invitation of who may not invite any more", err, store.ErrNotFound)
}

func TestUsersOfTheInstallation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ann := b.owner(t)
	bob := b.invite(t, ann, "bob@example.com", "owner", "")
	refused(t, "an owner who is no administrator", second(b.ListUsers(b.ctx, bob, 0, 10)), access.ErrDenied)
	refused(t, "nobody", second(b.ListUsers(b.ctx, nil, 0, 10)), access.ErrUnauthenticated)
	list, err := b.ListUsers(b.ctx, ann, 0, 10)
	must(t, err)
	if len(list) != 2 {
		t.Errorf("got %d users, want two", len(list))
	}
	no := false
	faulty(t, "the last administrator", second(b.ChangeUser(b.ctx, ann, ann.User, 0, UserChange{Administrator: &no})), fault.Data)
	name, zone := "Bob B.", "Europe/Berlin"
	u, err := b.ChangeMe(b.ctx, bob, 0, Profile{Name: &name, Zone: &zone})
	must(t, err)
	if u.Name != name || u.Zone != zone {
		t.Errorf("got %+v", u)
	}
	if _, err := b.ChangeMe(b.ctx, bob, u.Revision-1, Profile{Name: &name}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a change of what was changed: got %v", err)
	}
	bad := strings.Repeat("x", 400)
	for _, p := range []Profile{{Name: &bad}, {Zone: &bad}, {Language: &bad}} {
		faulty(t, "a profile that is not right", second(b.ChangeMe(b.ctx, bob, 0, p)), fault.BundleValidation)
	}
	refused(t, "adding a user without asking", b.AddMember(b.ctx, bob, 1, ann.User, "member"), access.ErrDenied)
	_, _, err = b.CreateUser(b.ctx, ann, "carl@example.com", "Carl")
	must(t, err)
	carl, err := b.data.UserByEmail(b.ctx, "carl@example.com")
	must(t, err)
	must(t, b.AddMember(b.ctx, ann, 1, carl.ID, "accountant"))
}
