package server

import (
	"context"
	"time"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/store"
)

// Counter counts the executions of a running service, and the partitions that it owns. Package api shows them for a machine alone.
type Counter interface {
	Standing() Standing
	Load() (running, waiting int)
}

var _ Counter = (*Service)(nil)

// Load returns how many executions run here, and how many wait in memory to begin.
func (s *Service) Load() (running, waiting int) { return s.dispatcher.Total() }

// Cluster says which nodes share the work, and what waits.
func (c serverControl) Cluster(ctx context.Context, limit int) (api.Cluster, error) {
	out := api.Cluster{Nodes: []api.Node{}, Partitions: store.Partitions, Queues: []api.QueueLength{}}
	var err error
	if c.Store.Shared() {
		err = c.sharedNodes(ctx, &out)
	} else {
		c.onlyNode(&out)
	}
	if err != nil {
		return out, err
	}
	if u, waits := c.Store.UpgradeWaiting(); waits {
		out.Upgrade = &api.Upgrade{Form: u.Form, Next: u.Next, Nodes: make([]string, len(u.Nodes))}
		for i := range u.Nodes {
			out.Upgrade.Nodes[i] = u.Nodes[i].ID
		}
	}
	longest, err := c.Store.LongestQueues(ctx, limit)
	if err != nil {
		return out, err
	}
	ids := make([]int64, len(longest))
	for i, q := range longest {
		ids[i] = q.Scenario
	}
	names, err := c.Store.ScenarioNames(ctx, ids)
	for _, q := range longest {
		out.Queues = append(out.Queues, api.QueueLength{Scenario: q.Scenario, Name: names[q.Scenario], Payloads: q.Number, Bytes: q.Bytes})
	}
	return out, err
}

// onlyNode shows a machine alone.
func (c serverControl) onlyNode(out *api.Cluster) {
	service, running := c.Live.(Counter)
	if !running {
		out.Unowned = store.Partitions
		return
	}
	n := api.Node{
		ID: c.Store.Node(), Address: c.About.PublicURL, Version: c.About.Version, Roles: []string{"web", "worker"}, State: "alive",
		Started: c.About.Started, Seen: c.Clock.Now(), Partitions: service.Standing().Partitions, Here: true,
	}
	n.Running, n.Waiting = service.Load()
	out.Unowned = store.Partitions - n.Partitions
	out.Nodes = append(out.Nodes, n)
}

// sharedNodes shows those that have the database in common.
func (c serverControl) sharedNodes(ctx context.Context, out *api.Cluster) error {
	now, err := c.Store.Time(ctx)
	if err != nil {
		return err
	}
	nodes, err := c.Store.Nodes(ctx)
	if err != nil {
		return err
	}
	leases, err := c.Store.Leases(ctx)
	if err != nil {
		return err
	}
	owned := map[string]int{}
	for _, l := range leases {
		if l.Node != "" && l.Until.After(now) {
			owned[l.Node]++
		} else {
			out.Unowned++
		}
	}
	for i := range nodes {
		n := clusterNode(&nodes[i], now)
		n.Partitions, n.Here = owned[n.ID], n.ID == c.Store.Node() && c.Live != nil
		out.Nodes = append(out.Nodes, n)
	}
	oldest, err := c.Store.OldestSignal(ctx)
	if err == nil && !oldest.IsZero() {
		out.SignalAgeMS = max(0, int64(now.Sub(oldest)/time.Millisecond))
	}
	return err
}

func clusterNode(n *store.Node, now time.Time) api.Node {
	out := api.Node{
		ID: n.ID, Address: n.Address, Version: n.Version, Roles: []string{}, State: "alive", Started: n.Started, Seen: n.Seen,
		Running: n.Running, Waiting: n.Waiting,
	}
	if n.Web {
		out.Roles = append(out.Roles, "web")
	}
	if n.Worker {
		out.Roles = append(out.Roles, "worker")
	}
	switch {
	case now.Sub(n.Seen) >= sharedLeaseTime:
		out.State = "silent"
	case n.Leaving:
		out.State = "leaving"
	}
	return out
}
