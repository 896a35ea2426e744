package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
)

func newUser(env *Env) *cobra.Command {
	return group("user", "Manage the people who sign in to a server",
		newUserList(env), newUserCreate(env), newUserReset(env), newUserSet(env, "disable", "Sign a user out and keep him out", api.UserChange{Disabled: new(true)}),
		newUserSet(env, "enable", "Let a disabled user in again", api.UserChange{Disabled: new(false)}))
}

func aUser() cobra.PositionalArgs {
	return oneWord("the e-mail address of a user; ropeway user list shows them")
}

func newUserList(env *Env) *cobra.Command {
	return dataCommand{
		use: "list", short: "List the users", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			list, err := pages[api.User](ctx, c, "/users", nil, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("NUMBER\tEMAIL\tSTATE\tSECOND FACTOR\tLAST SIGN-IN\tNAME")
				for i := range list {
					u := &list[i]
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", u.ID, u.Email, userState(u), yesNo(u.TwoFactor), shown(u.SignedIn), u.Name)
				}
				flush(w)
			})
		},
	}.build(env)
}

func userState(u *api.User) string {
	switch {
	case u.Disabled:
		return "disabled"
	case u.Administrator:
		return "administrator"
	}
	return "active"
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func newUserCreate(env *Env) *cobra.Command {
	var n api.NewUser
	var administrator bool
	cmd := dataCommand{
		use: "create EMAIL NAME", short: "Make a user, who sets a password by a link", args: exactly(2, "the e-mail address and the name of the user"), prints: true,
		long: `Create makes a user who belongs to no organization yet, and prints the link to his password, unless an e-mail with it was sent.
Invite people from an organization instead where there is one.`,
		run: func(ctx context.Context, c *client, args []string) error {
			n.Email, n.Name = args[0], args[1]
			var made api.CreatedUser
			if err := c.send(ctx, http.MethodPost, "/users", n, &made); err != nil {
				return err
			}
			if administrator {
				if err := c.send(ctx, http.MethodPatch, fmt.Sprintf("/users/%d", made.User.ID), api.UserChange{Administrator: new(true)}, &made.User); err != nil {
					return err
				}
			}
			return c.print(made, func() {
				c.say("user %d: %s", made.User.ID, made.User.Email)
				c.sayLink(made.Link)
			})
		},
	}.build(env)
	cmd.Flags().BoolVar(&administrator, "administrator", false, "let the user manage the installation")
	return cmd
}

func (c *client) sayLink(link string) {
	if link == "" {
		c.say("an e-mail with the link to a password is on its way")
		return
	}
	if strings.HasPrefix(link, "/") { // no server runs that knows its address
		link = "the address of the server, followed by " + link
	}
	c.say("the password is set at %s", link)
}

func newUserReset(env *Env) *cobra.Command {
	var n api.NewPasswordLink
	cmd := dataCommand{
		use: "reset EMAIL", short: "Make a link to a new password", args: aUser(), prints: true,
		long: "Reset prints a link that works once, for an hour. It works on the machine itself, for who has lost his e-mail or his second factor.",
		run: func(ctx context.Context, c *client, args []string) error {
			n.Email = args[0]
			var made api.PasswordLink
			if err := c.send(ctx, http.MethodPost, "/users/password-link", n, &made); err != nil {
				return err
			}
			return c.print(made, func() { c.sayLink(made.Link) })
		},
	}.build(env)
	cmd.Flags().BoolVar(&n.DropTwoFactor, "drop-two-factor", false, "remove the second factor as well")
	return cmd
}

func newUserSet(env *Env, use, short string, change api.UserChange) *cobra.Command {
	return dataCommand{
		use: use + " EMAIL", short: short, args: aUser(),
		run: func(ctx context.Context, c *client, args []string) error {
			u, err := c.findUser(ctx, args[0])
			if err != nil {
				return err
			}
			if err := c.send(ctx, http.MethodPatch, fmt.Sprintf("/users/%d", u.ID), change, &u); err != nil {
				return err
			}
			c.say("%s is %s", u.Email, userState(&u))
			return nil
		},
	}.build(env)
}

func (c *client) findUser(ctx context.Context, email string) (api.User, error) {
	list, err := pages[api.User](ctx, c, "/users", nil, 0)
	if err != nil {
		return api.User{}, err
	}
	for i := range list {
		if strings.EqualFold(list[i].Email, email) {
			return list[i], nil
		}
	}
	return api.User{}, fault.Newf(fault.InvalidConfiguration, "There is no user %s.", email).WithHint("ropeway user list shows them")
}

func newTeam(env *Env) *cobra.Command {
	list := dataCommand{
		use: "list", short: "List the teams that you belong to", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			teams, err := pages[api.Team](ctx, c, "/teams", nil, 0)
			if err != nil {
				return err
			}
			return c.print(teams, func() {
				w := c.table("NUMBER\tORGANIZATION\tNAME")
				for _, t := range teams {
					fmt.Fprintf(w, "%d\t%d\t%s\n", t.ID, t.Organization, t.Name)
				}
				flush(w)
			})
		},
	}.build(env)
	create := dataCommand{
		use: "create ORGANIZATION NAME", short: "Make a team of an organization", args: exactly(2, "the number of the organization and the name of the team"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("organizations", args[0])
			if err != nil {
				return err
			}
			var made api.Team
			if err := c.send(ctx, http.MethodPost, path+"/teams", api.NewTeam{Name: args[1]}, &made); err != nil {
				return err
			}
			return c.print(made, func() { c.say("team %d: %s", made.ID, made.Name) })
		},
	}.build(env)
	return group("team", "Manage teams, which own scenarios, connections, webhooks and data stores", list, create)
}

// auditFlags choose entries of the audit log.
type auditFlags struct {
	subject, actor, action, from, until string
	limit                               int
}

func (f *auditFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.subject, "subject", "", `only of one thing, such as "scenario 7"`)
	flags.StringVar(&f.actor, "actor", "", "only by who has this in the name")
	flags.StringVar(&f.action, "action", "", `only this, such as "scenario.start", or everything of a kind, such as "scenario"`)
	flags.StringVar(&f.from, "from", "", "only of this time (UTC) or later")
	flags.StringVar(&f.until, "until", "", "only of before this time (UTC)")
	flags.IntVar(&f.limit, "limit", api.DefaultPage, "how many to show; 0 = all")
}

func (f *auditFlags) query() (url.Values, error) {
	q := url.Values{}
	for name, v := range map[string]string{"subject": f.subject, "actor": f.actor, "action": f.action} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q, setTimes(q, f.from, f.until)
}

func newAudit(env *Env) *cobra.Command {
	var f auditFlags
	list := dataCommand{
		use: "list", short: "Show who changed what, the newest first", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			q, err := f.query()
			if err != nil {
				return err
			}
			entries, err := pages[api.AuditEntry](ctx, c, "/audit", q, f.limit)
			if err != nil {
				return err
			}
			return c.print(entries, func() {
				w := c.table("NUMBER\tTIME\tWHO\tWHAT\tOF\tDETAILS")
				for i := range entries {
					e := &entries[i]
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", e.ID, shown(e.At), e.Actor, e.Action, orDefault(e.Subject, "-"), e.Details)
				}
				flush(w)
			})
		},
	}.build(env)
	f.add(list)
	check := dataCommand{
		use: "check", short: "Check that no entry was changed or removed", args: cobra.NoArgs, prints: true,
		long: "Check follows the chain of hashes. Keep the last hash elsewhere: with it a chain that was written anew as a whole is found as well.",
		run: func(ctx context.Context, c *client, _ []string) error {
			var done api.AuditCheck
			if err := c.get(ctx, "/audit/check", nil, &done); err != nil {
				return err
			}
			return c.print(done, func() {
				c.say("%s, none altered or missing; the last hash is %s", count(int(done.Entries), "change"), orDefault(done.Hash, "-"))
			})
		},
	}.build(env)
	return group("audit", "Look at the audit log", list, check)
}
