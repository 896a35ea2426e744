package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func newWebhook(env *Env) *cobra.Command {
	return group("webhook", "Look after the webhooks of a data directory and what waits for them",
		newWebhookList(env), newWebhookShow(env), newWebhookCreate(env), newWebhookSettings(env),
		newWebhookPause(env, "pause", "Let what arrives wait; callers notice nothing", true),
		newWebhookPause(env, "resume", "Go on with what arrives from now on", false),
		newWebhookQueue(env), newWebhookPeek(env), newWebhookClear(env), newWebhookLearn(env), newWebhookTest(env),
		newWebhookAddress(env), newWebhookRotate(env),
		newDelete(env, "webhooks", "webhook", "Delete a webhook; its address answers that it is gone for good"))
}

func aWebhook() cobra.PositionalArgs {
	return oneWord("the number of a webhook; ropeway webhook list shows them")
}

func newWebhookList(env *Env) *cobra.Command {
	return dataCommand{
		use: "list", short: "List the webhooks", args: cobra.NoArgs, prints: true,
		run: func(ctx context.Context, c *client, _ []string) error {
			list, err := pages[api.Webhook](ctx, c, "/webhooks", nil, 0)
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("NUMBER\tSCENARIO\tSTATE\tQUEUED\tDUPLICATES\tNAME")
				for i := range list {
					h := &list[i]
					fmt.Fprintf(w, "%d\t%d\t%s\t%d\t%d\t%s\n", h.ID, h.Scenario, hookState(h), h.Queued, h.Duplicates, h.Name)
				}
				flush(w)
			})
		},
	}.build(env)
}

func hookState(h *api.Webhook) string {
	switch {
	case h.Gone:
		return "gone"
	case h.Paused:
		return "paused"
	case h.Learning:
		return "learning"
	default:
		return "open"
	}
}

func newWebhookShow(env *Env) *cobra.Command {
	return dataCommand{
		use: "show NUMBER", short: "Show a webhook and its settings, without their secrets", args: aWebhook(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error { return c.changeWebhook(ctx, args[0], nil) },
	}.build(env)
}

// changeWebhook changes a webhook, if there is a change, and shows it.
func (c *client) changeWebhook(ctx context.Context, number string, x *api.WebhookChange) error {
	path, err := pathTo("webhooks", number)
	if err != nil {
		return err
	}
	var h api.Webhook
	if x == nil {
		err = c.get(ctx, path, nil, &h)
	} else {
		err = c.send(ctx, http.MethodPatch, path, x, &h)
	}
	if err != nil {
		return err
	}
	return c.print(h, func() {
		c.say("webhook %d: %s, for scenario %d, %s, revision %d", h.ID, h.Name, h.Scenario, hookState(&h), h.Revision)
		c.say("queue: %s in %s; duplicates: %d", count(int(h.Queued), "payload"), count(int(h.QueueBytes), "byte"), h.Duplicates)
		if len(h.Settings) > 0 {
			c.say("settings: %s", h.Settings)
		}
		if h.Secrets {
			c.say("the secrets of its settings are sealed")
		}
	})
}

func newWebhookCreate(env *Env) *cobra.Command {
	var n api.NewWebhook
	var settings string
	cmd := dataCommand{
		use: "create SCENARIO", short: "Make a webhook for a scenario and print the path of its address", args: aScenario(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			var err error
			if n.Scenario, err = parseNumber(args[0]); err != nil {
				return err
			}
			if settings != "" {
				if n.Settings, err = readJSONFile(env, settings); err != nil {
					return err
				}
			}
			n.Token = env.Getenv(hookTokenVariable)
			return c.address(ctx, "/webhooks", n)
		},
	}.build(env)
	cmd.Flags().StringVar(&n.Name, "name", "", "name (default: that of the scenario)")
	cmd.Flags().StringVar(&settings, "settings", "", "JSON file with settings: checks, rate, filter, duplicates; - for standard input")
	return cmd
}

// address makes an address and prints it.
func (c *client) address(ctx context.Context, path string, in any) error {
	var made api.NewAddress
	if err := c.send(ctx, http.MethodPost, path, in, &made); err != nil {
		return err
	}
	return c.print(made, func() { c.say("webhook %d: %s", made.Webhook.ID, made.Path) })
}

func newWebhookSettings(env *Env) *cobra.Command {
	return dataCommand{
		use: "settings NUMBER [FILE]", short: "Show or replace the settings of a webhook", args: cobra.RangeArgs(1, 2), prints: true,
		long: `Without a file (- for standard input) the settings are shown. A check that names no secret keeps the one that the check of the
same type in the same place had.`,
		run: func(ctx context.Context, c *client, args []string) error {
			if len(args) == 1 {
				return c.changeWebhook(ctx, args[0], nil)
			}
			settings, err := readJSONFile(env, args[1])
			if err != nil {
				return err
			}
			return c.changeWebhook(ctx, args[0], &api.WebhookChange{Settings: settings})
		},
	}.build(env)
}

func newWebhookPause(env *Env, use, short string, paused bool) *cobra.Command {
	return dataCommand{
		use: use + " NUMBER", short: short, args: aWebhook(),
		run: func(ctx context.Context, c *client, args []string) error {
			return c.changeWebhook(ctx, args[0], &api.WebhookChange{Paused: &paused})
		},
	}.build(env)
}

func newWebhookQueue(env *Env) *cobra.Command {
	var limit int
	cmd := dataCommand{
		use: "queue NUMBER", short: "List what waits for a webhook, the oldest first", args: aWebhook(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			list, err := pages[api.QueueItem](ctx, c, path+"/queue", nil, max(1, limit))
			if err != nil {
				return err
			}
			return c.print(list, func() {
				w := c.table("PAYLOAD\tRECEIVED\tBYTES\tBEGUN")
				for _, i := range list {
					fmt.Fprintf(w, "%d\t%s\t%d\t%v\n", i.ID, shown(i.Received), i.Bytes, i.Begun)
				}
				flush(w)
			})
		},
	}.build(env)
	cmd.Flags().IntVar(&limit, "limit", api.DefaultPage, "payloads to show")
	return cmd
}

func newWebhookPeek(env *Env) *cobra.Command {
	return dataCommand{
		use: "peek NUMBER PAYLOAD", short: "Look at a payload that waits; it stays where it is", args: exactly(2, "the number of a webhook and of a payload in its queue"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			item, err := pathTo("queue", args[1])
			if err != nil {
				return err
			}
			var i api.QueueItem
			if err := c.get(ctx, path+item, nil, &i); err != nil {
				return err
			}
			return c.print(i, func() {
				for _, b := range i.Bundles {
					_, _ = c.env.Stdout.Write(append(value.IndentJSON(b, "  "), '\n')) // the output keeps its failure
				}
			})
		},
	}.build(env)
}

func newWebhookClear(env *Env) *cobra.Command {
	var all bool
	cmd := dataCommand{
		use: "clear NUMBER [PAYLOAD…]", short: "Delete payloads that wait for a webhook", args: cobra.MinimumNArgs(1),
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			if (len(args) == 1) != all {
				return fault.New(fault.InvalidConfiguration, "Name the payloads to delete, or --all.").WithHint("ropeway webhook queue shows them")
			}
			var removed api.Removed
			if all {
				err = c.send(ctx, http.MethodDelete, path+"/queue", nil, &removed)
			} else {
				var some api.Selection
				for _, arg := range args[1:] {
					id, err := parseNumber(arg)
					if err != nil {
						return err
					}
					some.IDs = append(some.IDs, id)
				}
				err = c.send(ctx, http.MethodPost, path+"/queue/delete", some, &removed)
			}
			if err != nil {
				return err
			}
			c.say("%s deleted", count(removed.Removed, "payload"))
			return nil
		},
	}.build(env)
	cmd.Flags().BoolVar(&all, "all", false, "everything that waits")
	return cmd
}

func newWebhookLearn(env *Env) *cobra.Command {
	var keep bool
	cmd := dataCommand{
		use: "learn NUMBER start|stop|status", short: "Learn the data structure of a webhook from what arrives", args: exactly(2, "the number of a webhook, and start, stop or status"), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			path += "/learning"
			var l api.Learning
			switch args[1] {
			case "start":
				err = c.send(ctx, http.MethodPost, path, nil, &l)
			case "stop":
				err = c.send(ctx, http.MethodPost, path+"/stop", api.StopLearning{Keep: keep}, &l)
			case "status":
				err = c.get(ctx, path, nil, &l)
			default:
				err = fault.Newf(fault.InvalidConfiguration, "%q is neither start, stop nor status.", args[1])
			}
			if err != nil {
				return err
			}
			return c.print(l, func() {
				if l.Active {
					c.say("learning until %s", shown(l.Until))
				} else {
					c.say("not learning")
				}
				c.say("%s, fields: %s", count(l.Samples, "sample"), l.Fields.JSON())
			})
		},
	}.build(env)
	cmd.Flags().BoolVar(&keep, "keep", false, "with stop: make what was learned the structure that the webhook asks for")
	return cmd
}

func newWebhookTest(env *Env) *cobra.Command {
	return dataCommand{
		use: "test NUMBER [FILE]", short: "Take a sample in as if it had arrived", args: cobra.RangeArgs(1, 2), prints: true,
		long: `Test puts the JSON object of a file (- for standard input; without one an empty object) into the queue of a webhook, past its
checks and filter. An active scenario that runs immediately begins with it.`,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			bundle := value.Collection()
			if len(args) == 2 {
				if bundle, err = readValue(env, args[1]); err != nil {
					return err
				}
			}
			var s api.Started
			if err := c.send(ctx, http.MethodPost, path+"/test", api.Sample{Bundle: &bundle}, &s); err != nil {
				return err
			}
			return c.print(s, func() { c.say("payload %d is taken in", s.Execution) })
		},
	}.build(env)
}

func newWebhookAddress(env *Env) *cobra.Command {
	return dataCommand{
		use: "address NUMBER", short: "Print the path of the address of a webhook; who asks stands in the audit log", args: aWebhook(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			var a api.Address
			if err := c.get(ctx, path+"/address", nil, &a); err != nil {
				return err
			}
			return c.print(a, func() { c.say("webhook %s: %s", args[0], a.Path) })
		},
	}.build(env)
}

func newWebhookRotate(env *Env) *cobra.Command {
	return dataCommand{
		use: "rotate NUMBER", short: "Give a webhook a new address and print its path; the old one works no more", args: aWebhook(), prints: true,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("webhooks", args[0])
			if err != nil {
				return err
			}
			return c.address(ctx, path+"/rotate", api.NewToken{Token: strings.TrimSpace(env.Getenv(hookTokenVariable))})
		},
	}.build(env)
}
