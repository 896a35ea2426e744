package api

import (
	"context"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
)

// ServerService says what runs here, and what people should look at.
type ServerService interface {
	Server(ctx context.Context) (Server, error)
	// Notices lists what is wrong in teams as it stands now, the newest first; nil for every team.
	Notices(ctx context.Context, teams []int64, limit int) ([]Notice, error)
	// Cluster says which nodes share the work, and what waits: as many scenarios as limit, those for which the most waits first.
	Cluster(ctx context.Context, limit int) (Cluster, error)
}

// Cluster is the nodes that share the work of one installation. One machine alone is one node.
type Cluster struct {
	Nodes      []Node `json:"nodes"`
	Partitions int    `json:"partitions"` // that scenarios are spread over
	Unowned    int    `json:"unowned"`    // partitions that no node owns now: nothing of them runs
	// SignalAgeMS is the age of the oldest signal between nodes that none has acted on, 0 where there is none.
	SignalAgeMS int64         `json:"signal_age_ms"`
	Queues      []QueueLength `json:"queues"`
	Upgrade     *Upgrade      `json:"upgrade,omitempty"` // a change of the tables that waits; absent where none does
}

// Upgrade is a change of the tables that waits until nodes of older versions have stopped.
type Upgrade struct {
	Form  int64    `json:"form"`  // of the tables now
	Next  int64    `json:"next"`  // after the change
	Nodes []string `json:"nodes"` // that it waits for
}

// Node is one of them.
type Node struct {
	ID         string    `json:"id"`
	Address    string    `json:"address,omitempty"`
	Version    string    `json:"version,omitempty"`
	Roles      []string  `json:"roles"` // web, worker
	State      string    `json:"state" enum:"alive,leaving,silent"`
	Started    time.Time `json:"started,omitzero"`
	Seen       time.Time `json:"seen,omitzero"`
	Partitions int       `json:"partitions"`
	Running    int       `json:"running"` // executions
	Waiting    int       `json:"waiting"` // executions in memory that have not begun
	Here       bool      `json:"here"`    // it is the one that answers
}

// QueueLength is how much waits in the queues of the webhooks of a scenario.
type QueueLength struct {
	Scenario int64  `json:"scenario"`
	Name     string `json:"name"`
	Payloads int64  `json:"payloads"`
	Bytes    int64  `json:"bytes"`
}

// Server is the installation as those see it who look after it.
type Server struct {
	Version       string    `json:"version"`
	Running       bool      `json:"running"` // scenarios are started; false for commands that work without a server
	Started       time.Time `json:"started,omitzero"`
	UptimeSeconds int64     `json:"uptime_seconds"`
	PublicURL     string    `json:"public_url,omitempty"` // where browsers reach it
	Allowed       []string  `json:"allowed"`              // private hosts, addresses and networks that scenarios may call
	Mail          bool      `json:"mail"`                 // letters can be sent
	Notifies      []string  `json:"notifies"`             // ways in which people are told: log, webhook, mail
	Metrics       bool      `json:"metrics"`              // numbers are served for Prometheus
	Directory     string    `json:"directory"`            // of the data
	Apps          int       `json:"apps"`
	Modules       int       `json:"modules"`
	Storage       Storage   `json:"storage"`
}

// The kinds of notices.
const (
	NoticeScenarioStopped = "scenario_stopped"   // switched off after errors, or cannot run
	NoticeExecutionFailed = "execution_failed"   // ended with an error
	NoticeIncomplete      = "incomplete_waiting" // waits for a decision
	NoticeQueue           = "queue_nearly_full"
	NoticeQueueStands     = "queue_stands" // payloads wait, and nothing begins with them
)

// Notice is something that a person should look at. It is there as long as it is so: it is read from what is stored, and nothing marks
// it as seen.
type Notice struct {
	Kind    string    `json:"kind" enum:"scenario_stopped,execution_failed,incomplete_waiting,queue_nearly_full,queue_stands"`
	At      time.Time `json:"at"`
	Subject string    `json:"subject"` // name of the scenario or webhook
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
	// Words is what message and hint are made of, for readers of other languages.
	Words      *fault.Words `json:"words,omitempty"`
	Scenario   int64        `json:"scenario,omitempty"`
	Execution  int64        `json:"execution,omitempty"`
	Incomplete int64        `json:"incomplete,omitempty"`
	Webhook    int64        `json:"webhook,omitempty"`
}

// Say gives the notice the message and hint of e.
func (n *Notice) Say(e *fault.Error) { n.Message, n.Hint, n.Words = e.Message, e.Hint, e.Words }

func serverRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/server", Name: "server.get", Needs: access.ViewInstallation,
			Summary: "Show what runs here: version, addresses, mail, budgets, what the data takes", Gives: Server{},
			handle: func(c *call) (any, error) { return s.Server.Server(c.Context()) },
		},
		{
			Method: http.MethodGet, Pattern: "/cluster", Name: "cluster.get", Needs: access.ViewInstallation,
			Summary: "Show the nodes that share the work of the installation: what they do and own, and what waits",
			Query:   []Parameter{{"limit", "how many queues to list, the longest first"}}, Gives: Cluster{},
			handle: func(c *call) (any, error) {
				limit := c.limit()
				if c.err != nil {
					return nil, c.err
				}
				return s.Server.Cluster(c.Context(), limit)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/notices", Name: "notice.list", Needs: access.ViewExecutions, Of: Teams,
			Summary: "List what people should look at, the newest first: scenarios that were switched off, failed executions, decisions, queues that stand",
			Query:   []Parameter{{"limit", "how many to list"}}, Gives: Page[Notice]{},
			handle: func(c *call) (any, error) {
				limit := c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Server.Notices(c.Context(), c.teams, limit)
				return Page[Notice]{Items: append([]Notice{}, list...)}, err
			},
		},
	}
}
