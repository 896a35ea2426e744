package api

import (
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

func invitationRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/organizations/{id}/invitations", Name: "invitation.list", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "List the open invitations to an organization", Query: paging(), Gives: Page[Invitation]{},
			handle: one(func(c *call, id int64) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Invitations.List(c.Context(), id, after, limit+1)
				return pageOf(list, limit, func(i Invitation) int64 { return i.ID }), err
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/organizations/{id}/invitations", Name: "invitation.create", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "Invite an address to an organization, and to one of its teams", Takes: NewInvitation{}, Gives: CreatedInvitation{}, Status: http.StatusCreated,
			handle: change(func(c *call, id, _ int64, n NewInvitation) (any, error) {
				return s.Invitations.Create(c.Context(), id, n)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/organizations/{id}/invitations/{invitation}", Name: "invitation.delete", Needs: access.ManageOrganization, Of: OfOrganization,
			Summary: "Take an invitation back",
			handle: one(func(c *call, id int64) (any, error) {
				invitation := c.number("invitation")
				if c.err != nil {
					return nil, c.err
				}
				c.about(OfInvitation, invitation)
				return nil, s.Invitations.Delete(c.Context(), id, invitation)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/invitations/show", Name: "invitation.show", Needs: access.Public, ReadOnly: true,
			Summary: "Show what an invitation is to", Takes: InvitationSecret{}, Gives: Invited{},
			handle: taking(func(c *call, x InvitationSecret) (any, error) {
				return s.Invitations.Show(c.Context(), x.Secret, c.origin())
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/invitations/accept", Name: "invitation.accept", Needs: access.Public,
			Summary: "Accept an invitation: as who is signed in, or with a new account", Takes: Acceptance{}, Gives: NewSession{},
			handle: taking(func(c *call, a Acceptance) (any, error) {
				in, err := s.Invitations.Accept(c.Context(), a, c.origin())
				if err != nil || in == nil {
					return nil, err
				}
				return c.begun(*in, nil)
			}),
		},
	}
}

// memberRoutes are those of the users of an organization and those of a team.
func memberRoutes(s Services) []Route {
	return append(
		membersOf(OfOrganization, "/organizations", "organization", access.ViewOrganization, access.ManageOrganization, s.Members),
		membersOf(OfTeam, "/teams", "team", access.ViewTeam, access.ManageTeam, s.TeamMembers)...)
}

// membersOf are the routes about the users of one kind of thing.
func membersOf(kind Kind, path, name string, view, manage access.Right, s Members) []Route {
	userOf := func(do func(c *call, id, user int64) (any, error)) func(*call) (any, error) {
		return one(func(c *call, id int64) (any, error) {
			user := c.number("user")
			if c.err != nil {
				return nil, c.err
			}
			c.about(OfUser, user)
			return do(c, id, user)
		})
	}
	return []Route{
		{
			Method: http.MethodGet, Pattern: path + "/{id}/users", Name: name + ".users", Needs: view, Of: kind,
			Summary: "List the users of " + article(kind), Query: paging(), Gives: Page[Member]{},
			handle: one(func(c *call, id int64) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.List(c.Context(), id, after, limit+1)
				return pageOf(list, limit, func(m Member) int64 { return m.User }), err
			}),
		},
		{
			Method: http.MethodPost, Pattern: path + "/{id}/users", Name: name + ".user-add", Needs: manage, Of: kind,
			Summary: "Make a user a member of " + article(kind), Takes: NewMember{},
			handle: change(func(c *call, id, _ int64, n NewMember) (any, error) {
				c.about(OfUser, n.User)
				return nil, s.Add(c.Context(), id, n)
			}),
		},
		{
			Method: http.MethodPatch, Pattern: path + "/{id}/users/{user}", Name: name + ".user-change", Needs: manage, Of: kind,
			Summary: "Change the role of a user in " + article(kind), Takes: RoleChange{},
			handle: userOf(func(c *call, id, user int64) (any, error) {
				var x RoleChange
				if c.body(&x); c.err != nil {
					return nil, c.err
				}
				return nil, s.Change(c.Context(), id, user, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: path + "/{id}/users/{user}", Name: name + ".user-remove", Needs: manage, Of: kind,
			Summary: "Remove a user from " + article(kind),
			handle:  userOf(func(c *call, id, user int64) (any, error) { return nil, s.Remove(c.Context(), id, user) }),
		},
		{
			Method: http.MethodPost, Pattern: path + "/{id}/leave", Name: name + ".leave", Needs: view, Of: kind, Summary: "Leave " + article(kind),
			handle: one(func(c *call, id int64) (any, error) {
				user := PrincipalOf(c.Context()).User
				c.about(OfUser, user)
				return nil, s.Remove(c.Context(), id, user)
			}),
		},
	}
}

func article(kind Kind) string {
	if kind == OfOrganization {
		return "an organization"
	}
	return "a team"
}

// userRoutes are for administrators of the installation.
func userRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/users", Name: "user.list", Needs: access.ManageInstallation, Summary: "List the users of the installation",
			Query: paging(), Gives: Page[User]{},
			handle: func(c *call) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Users.List(c.Context(), after, limit+1)
				return pageOf(list, limit, func(u User) int64 { return u.ID }), err
			},
		},
		{
			Method: http.MethodGet, Pattern: "/users/{id}", Name: "user.get", Needs: access.ManageInstallation, Summary: "Show a user", Gives: User{},
			handle: one(func(c *call, id int64) (any, error) { return s.Users.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/users", Name: "user.create", Needs: access.ManageInstallation,
			Summary: "Make a user who belongs to nothing yet", Takes: NewUser{}, Gives: CreatedUser{}, Status: http.StatusCreated,
			handle: taking(func(c *call, n NewUser) (any, error) { return s.Users.Create(c.Context(), n) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/users/{id}", Name: "user.change", Needs: access.ManageInstallation,
			Summary: "Disable or enable a user, or make an administrator of him", Takes: UserChange{}, Gives: User{},
			handle: change(func(c *call, id, revision int64, x UserChange) (any, error) {
				c.about(OfUser, id)
				return s.Users.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/users/password-link", Name: "user.password-link", Needs: access.ManageInstallation,
			Summary: "Make a link to a new password of a user, on the machine itself", Takes: NewPasswordLink{}, Gives: PasswordLink{}, Status: http.StatusCreated,
			handle: taking(func(c *call, n NewPasswordLink) (any, error) { return s.Users.PasswordLink(c.Context(), n) }),
		},
	}
}
