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
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/value"
)

func newConnection(env *Env) *cobra.Command {
	return group("connection", "Keep the connections to applications, sealed, in a data directory",
		newConnectionList(env), newConnectionAdd(env), newConnectionTest(env), newConnectionRename(env), newConnectionChange(env),
		newConnectionUses(env), newConnectionDelete(env))
}

func aConnection() cobra.PositionalArgs {
	return oneWord("the number of a connection; ropeway connection list shows them")
}

func newConnectionList(env *Env) *cobra.Command {
	var app string
	cmd := dataCommand{
		use: "list", short: "List the connections, without their secrets", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			q := url.Values{}
			if app != "" {
				q.Set("app", app)
			}
			list, err := pages[api.Connection](ctx, c, "/connections", q, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("NUMBER\tAPP\tTYPE\tVERIFIED\tACCOUNT\tNAME")
				for _, x := range list {
					fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", x.ID, x.App, x.Type, shown(x.Verified), orDefault(x.Account, "-"), x.Name)
				}
				flush(w)
			})
		},
	}.build(env)
	cmd.Flags().StringVar(&app, "of", "", "only those of the app with this name")
	return cmd
}

func newConnectionAdd(env *Env) *cobra.Command {
	var n api.NewConnection
	var fields string
	cmd := dataCommand{
		use: "add NAME APP", short: "Save a connection; its fields are sealed", args: exactly(2, "the connection and the app that it belongs to"), makes: true, prints: true, calls: true,
		long: `Add saves a connection under the name by which scenarios call it. Its fields come from a JSON file (--fields FILE, or - for standard
input) as {"apiToken": "…"}, or from environment variables ROPEWAY_CONNECTION_<NAME>_<FIELD>; never from arguments, which other
users of the machine can see.`,
		run: func(ctx context.Context, c *client, args []string) error {
			n.Name, n.App = args[0], args[1]
			var err error
			if n.Fields, err = c.connectionFields(fields, &n); err != nil {
				return err
			}
			var made api.Connection
			if err := c.send(ctx, http.MethodPost, "/connections", n, &made); err != nil {
				return err
			}
			return c.print(made, func() { c.sayConnection(&made) })
		},
	}.build(env)
	cmd.Flags().StringVar(&n.Type, "type", "", "type of the connection, where the app has several")
	cmd.Flags().StringVar(&fields, "fields", "", "JSON file with the fields; - for standard input")
	cmd.Flags().BoolVar(&n.Test, "test", false, "save it only when the service accepts it")
	return cmd
}

func (c *client) sayConnection(x *api.Connection) {
	c.say("connection %d: %s (%s), fields: %s", x.ID, x.Name, x.App, strings.Join(x.Fields, ", "))
	if !x.Verified.IsZero() {
		c.say("verified %s: %s", shown(x.Verified), orDefault(x.Account, "the service accepts it"))
	}
}

// connectionFields reads the fields of a new connection from a file, else from the environment.
func (c *client) connectionFields(file string, n *api.NewConnection) (value.Value, error) {
	if file != "" {
		return readValue(c.env, file)
	}
	system, err := server.Assemble(server.Options{AppFolders: c.flags.folders})
	if err != nil {
		return value.Undefined, err
	}
	given := value.NewBuilder(4)
	for _, kind := range system.ConnectionTypes(n.App) {
		form, err := system.ConnectionFields(n.App, kind)
		if err != nil {
			return value.Undefined, err
		}
		for i := range form {
			if s := c.env.Getenv(variable(n.Name, form[i].Name)); s != "" {
				given.Set(form[i].Name, value.Text(s))
			}
		}
	}
	if given.Len() == 0 {
		return value.Undefined, fault.New(fault.InvalidConfiguration, "The fields of the connection are missing.").
			WithHint("name a file with --fields, or set " + variable(n.Name, "field"))
	}
	return given.Build(), nil
}

func newConnectionTest(env *Env) *cobra.Command {
	return dataCommand{
		use: "test NUMBER", short: "Prove a connection with a call of its service", args: aConnection(), prints: true, calls: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("connections", args[0])
			if err != nil {
				return err
			}
			var t api.Tested
			if err := c.send(ctx, http.MethodPost, path+"/test", nil, &t); err != nil {
				return err
			}
			return c.print(t, func() {
				if !t.Called {
					c.say("connections of this type cannot be tested: they belong to no service of their own")
					return
				}
				c.sayConnection(&t.Connection)
			})
		},
	}.build(env)
}

func newConnectionRename(env *Env) *cobra.Command {
	return dataCommand{
		use: "rename NUMBER NAME", short: "Give a connection another name", args: exactly(2, "the number of a connection and its new name"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			return c.changeConnection(ctx, args[0], api.ConnectionChange{Name: &args[1]})
		},
	}.build(env)
}

func newConnectionChange(env *Env) *cobra.Command {
	return dataCommand{
		use: "change NUMBER FILE", short: "Replace fields of a connection by those of a JSON file; - for standard input", args: exactly(2, "the number of a connection and a JSON file"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			fields, err := readValue(env, args[1])
			if err != nil {
				return err
			}
			return c.changeConnection(ctx, args[0], api.ConnectionChange{Fields: &fields})
		},
	}.build(env)
}

func (c *client) changeConnection(ctx context.Context, number string, x api.ConnectionChange) error {
	path, err := pathTo("connections", number)
	if err != nil {
		return err
	}
	var changed api.Connection
	if err := c.send(ctx, http.MethodPatch, path, x, &changed); err != nil {
		return err
	}
	return c.print(changed, func() { c.sayConnection(&changed) })
}

func newConnectionUses(env *Env) *cobra.Command {
	return dataCommand{
		use: "uses NUMBER", short: "List the scenarios that work with a connection", args: aConnection(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("connections", args[0])
			if err != nil {
				return err
			}
			var p api.Page[api.Use]
			if err := c.get(ctx, path+"/uses", nil, &p); err != nil {
				return err
			}
			return c.print(p.Items, func() {
				w := c.table("SCENARIO\tMODULES\tNAMED\tNAME")
				for _, u := range p.Items {
					fmt.Fprintf(w, "%d\t%v\t%v\t%s\n", u.Scenario, u.Modules, u.Named, u.Name)
				}
				flush(w)
			})
		},
	}.build(env)
}

func newConnectionDelete(env *Env) *cobra.Command {
	var force bool
	cmd := dataCommand{
		use: "delete NUMBER", short: "Delete a connection that no scenario names", args: aConnection(),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("connections", args[0])
			if err != nil {
				return err
			}
			q := url.Values{}
			if force {
				q.Set("force", "true")
			}
			if err := c.call(ctx, http.MethodDelete, path, q, 0, nil, nil); err != nil {
				return err
			}
			c.say("connection %s is deleted", args[0])
			return nil
		},
	}.build(env)
	cmd.Flags().BoolVar(&force, "force", false, "also where scenarios name it")
	return cmd
}

func newKey(env *Env) *cobra.Command {
	rotate := dataCommand{
		use: "rotate", short: "Put a new master key around every stored secret", args: cobra.NoArgs, prints: true,
		long: `Rotate adds a new key to the key file, in front of those that are there, and puts it around every stored secret. The keys before
stay in the file, because backups need them. Where ROPEWAY_MASTER_KEY gives the keys, the first of them is put around the secrets.`,
		run: func(ctx context.Context, c *client, _ []string) error {
			var done api.Rewrapped
			if err := c.send(ctx, http.MethodPost, "/keys/rotate", nil, &done); err != nil {
				return err
			}
			return c.print(done, func() { c.say("the key %s is now around %s", done.Key, count(done.Secrets, "secret")) })
		},
	}.build(env)
	return group("key", "Look after the master key", rotate)
}
