package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/clock"
)

// eventTime is how long a reader of a stream may take for one event, before the stream is cut off.
const eventTime = 30 * time.Second

// streamTime is how long a stream lasts at most; its reader comes back, and is asked again who he is.
const streamTime = 15 * time.Minute

// Feeds tell what happens while it happens. Each calls send for every event until the context ends, the server stops, or there is
// no more to tell; an error of send ends it.
type Feeds interface {
	// Execution tells of one execution: its progress, its operations behind sequence after, and its end.
	Execution(ctx context.Context, id int64, after uint32, send func(Event) error) error
	// Teams tells of the executions of teams, nil for every team: that they begin and how they end.
	Teams(ctx context.Context, teams []int64, send func(Event) error) error
}

// The names of events.
const (
	EventProgress  = "progress"  // Progress
	EventOperation = "operation" // Operation
	EventExecution = "execution" // Execution: it has begun, or is over
	EventMissed    = "missed"    // nothing: the reader was too slow, and events between were dropped
)

// Event is one thing that happened. One without a name keeps the connection alive.
type Event struct {
	Name string
	ID   string // where a reader that comes back goes on; "" where it cannot
	Data any
}

// Progress is how far an execution has come.
type Progress struct {
	Execution  int64            `json:"execution"`
	ElapsedMS  int64            `json:"elapsed_ms"`
	Cycle      int              `json:"cycle"`
	Operations int              `json:"operations"`
	Modules    []ModuleProgress `json:"modules"`
}

// ModuleProgress are the numbers of one module.
type ModuleProgress struct {
	Module     int `json:"module"`
	Operations int `json:"operations"`
	In         int `json:"in"`
	Out        int `json:"out"`
	Filtered   int `json:"filtered"`
	Errors     int `json:"errors"`
}

func eventRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/executions/{id}/events", Name: "execution.events", Needs: access.ViewExecutions, Of: OfExecution,
			Summary: "Follow an execution: a stream of server-sent events that ends with it",
			Query:   []Parameter{{"after", "sequence of the last operation that is known"}}, Gives: Progress{}, Streams: true,
			handle: one(func(c *call, id int64) (any, error) {
				after := c.queryNumber("after")
				if last := c.Header.Get("Last-Event-ID"); last != "" {
					after = c.parse("Last-Event-ID", last)
				}
				if c.err != nil {
					return nil, c.err
				}
				return c.events(func(ctx context.Context, send func(Event) error) error {
					return s.Feeds.Execution(ctx, id, uint32(after), send)
				}), nil
			}),
		},
		{
			Method: http.MethodGet, Pattern: "/events", Name: "event.list", Needs: access.ViewExecutions, Of: Teams,
			Summary: "Follow the executions of the caller's teams: a stream of server-sent events", Gives: Execution{}, Streams: true,
			handle: func(c *call) (any, error) {
				teams := c.teams
				return c.events(func(ctx context.Context, send func(Event) error) error { return s.Feeds.Teams(ctx, teams, send) }), nil
			},
		},
	}
}

// events is an answer that goes on while things happen.
type events func(send func(Event) error) error

// events makes the answer of what follows.
func (c *call) events(follow func(ctx context.Context, send func(Event) error) error) events {
	return func(send func(Event) error) error {
		ctx, cancel := context.WithTimeout(c.Context(), streamTime)
		defer cancel()
		return follow(ctx, send)
	}
}

// answer writes events until there are no more. What cuts it off is known to the reader by that: it asks again.
func (e events) answer(w http.ResponseWriter, c clock.Clock) error {
	begun := false
	control := http.NewResponseController(w)
	err := e(func(event Event) error {
		if !begun {
			begun = true
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("X-Accel-Buffering", "no") // proxies must pass each event on at once
			w.WriteHeader(http.StatusOK)
		}
		_ = control.SetWriteDeadline(c.Now().Add(eventTime)) // recorders of tests have none
		if err := writeEvent(w, event); err != nil {
			return err
		}
		return control.Flush()
	})
	if begun {
		return nil
	}
	return err
}

func writeEvent(w io.Writer, e Event) error {
	if e.Name == "" {
		_, err := io.WriteString(w, ":\n\n")
		return err
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	id := ""
	if e.ID != "" {
		id = "id: " + e.ID + "\n"
	}
	if _, err := fmt.Fprintf(w, "%sevent: %s\ndata: %s\n\n", id, e.Name, data); err != nil {
		return fmt.Errorf("write an event: %w", err)
	}
	return nil
}
