package cli

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/api"
)

// shownQueues is how many queues cluster status lists.
const shownQueues = 10

func newCluster(env *Env) *cobra.Command {
	status := dataCommand{
		use: "status", short: "Show the nodes that share the work, what each of them owns and runs, and what waits", args: cobra.NoArgs, prints: true,
		long: "Status shows the servers that have one database in common. A node that is silent has not been heard of for longer than it may own anything: others run its part.",
		run: func(ctx context.Context, c *client, _ []string) error {
			var found api.Cluster
			if err := c.get(ctx, "/cluster", url.Values{"limit": {strconv.Itoa(shownQueues)}}, &found); err != nil {
				return err
			}
			return c.print(found, func() { c.showCluster(&found) })
		},
	}.build(env)
	return group("cluster", "Look at the nodes that share the work", status)
}

func (c *client) showCluster(found *api.Cluster) {
	if len(found.Nodes) == 0 {
		c.say("no server runs")
		return
	}
	w := c.table("NODE\tSTATE\tROLES\tPARTITIONS\tRUNNING\tWAITING\tVERSION\tSTARTED\tADDRESS")
	for i := range found.Nodes {
		n := &found.Nodes[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\n", n.ID, n.State, strings.Join(n.Roles, ","), n.Partitions, n.Running, n.Waiting,
			orDefault(n.Version, "-"), shown(n.Started), orDefault(n.Address, "-"))
	}
	flush(w)
	if found.Unowned > 0 {
		c.say("%d of %d partitions have no owner now: their scenarios stand still", found.Unowned, found.Partitions)
	}
	if found.SignalAgeMS > 0 {
		c.say("the oldest signal between nodes waits for %d ms", found.SignalAgeMS)
	}
	if u := found.Upgrade; u != nil {
		c.say("the tables have form %d; form %d waits until these nodes of an older version have stopped: %s", u.Form, u.Next, strings.Join(u.Nodes, ", "))
	}
	if len(found.Queues) == 0 {
		return
	}
	w = c.table("SCENARIO\tNAME\tWAITING\tBYTES")
	for _, q := range found.Queues {
		fmt.Fprintf(w, "%d\t%s\t%d\t%d\n", q.Scenario, q.Name, q.Payloads, q.Bytes)
	}
	flush(w)
}
