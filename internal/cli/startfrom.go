package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func newScenarioStartFrom(env *Env) *cobra.Command {
	var item string
	var list bool
	cmd := dataCommand{
		use: "start-from NUMBER [now|all|DATE]", short: "Choose where the polling trigger of a scenario begins", prints: true,
		args: cobra.RangeArgs(1, 2),
		long: `Start-from sets where the polling trigger of a scenario begins at its next run: now, with all there is, since a date, or with one record
(--item ID). --list asks the service for the newest records. Without any of these it shows what there is to choose, and where the trigger stands.`,
		run: func(ctx context.Context, c *client, args []string) error {
			path, err := pathTo("scenarios", args[0])
			if err != nil {
				return err
			}
			path += "/start-from"
			switch {
			case list:
				return c.listStarts(ctx, path)
			case item == "" && len(args) == 1:
				return c.showStarts(ctx, path)
			}
			from, err := startFrom(args[1:], item)
			if err != nil {
				return err
			}
			if err := c.send(ctx, http.MethodPut, path, from, nil); err != nil {
				return err
			}
			c.say("scenario %s starts from %s at its next run", args[0], strings.Join(append(args[1:], item), ""))
			return nil
		},
	}.build(env)
	cmd.Flags().StringVar(&item, "item", "", "ID of the record to begin with")
	cmd.Flags().BoolVar(&list, "list", false, "list the newest records to begin with")
	return cmd
}

// startFrom reads the choice: a word, a date, or the ID of an item.
func startFrom(words []string, item string) (api.StartFrom, error) {
	if item != "" {
		if len(words) > 0 {
			return api.StartFrom{}, fault.Newf(fault.InvalidConfiguration, "Give either %s or --item.", words[0])
		}
		return api.StartFrom{From: "item", ID: item}, nil
	}
	from := api.StartFrom{From: words[0]}
	if from.From == "now" || from.From == "all" {
		return from, nil
	}
	var err error
	from.From = "since"
	if from.Date, err = value.ParseDate(words[0], time.UTC); err != nil {
		return from, fault.Wrap(fault.InvalidConfiguration, err, fmt.Sprintf("%q is neither now, all nor a date such as 2026-01-31.", words[0]))
	}
	return from, nil
}

func (c *client) listStarts(ctx context.Context, path string) error {
	var found api.Page[api.StartItem]
	if err := c.get(ctx, path+"/items", nil, &found); err != nil {
		return err
	}
	return c.print(found.Items, func() {
		w := c.table("ID\tDATE\tLABEL")
		for _, item := range found.Items {
			fmt.Fprintf(w, "%s\t%s\t%s\n", item.ID, shown(item.Date), item.Label)
		}
		flush(w)
	})
}

func (c *client) showStarts(ctx context.Context, path string) error {
	var s api.StartChoices
	if err := c.get(ctx, path, nil, &s); err != nil {
		return err
	}
	return c.print(s, func() {
		c.say("module %d (%s) can start from: %s", s.Module, s.Name, strings.Join(s.Starts, ", "))
		switch {
		case s.Chosen != nil && s.Chosen.ID != "":
			c.say("it will start from the record %s", s.Chosen.ID)
		case s.Chosen != nil:
			c.say("it will start from: %s %s", s.Chosen.From, shown(s.Chosen.Date))
		case s.ReachedID != "":
			c.say("it has come to the record %s %s", s.ReachedID, shown(s.ReachedDate))
		default:
			c.say("it has put out nothing yet")
		}
	})
}
