package api

import (
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
)

func webhookRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/webhooks", Name: "webhook.list", Needs: access.ViewWebhooks, Of: Teams,
			Summary: "List the webhooks", Query: paging(named()), Gives: Page[Webhook]{},
			handle: func(c *call) (any, error) {
				l := c.listing()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Webhooks.List(c.Context(), l)
				return pageOf(list, l.Limit-1, func(w Webhook) int64 { return w.ID }), err
			},
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks", Name: "webhook.create", Needs: access.EditWebhooks, Of: Teams,
			Summary: "Make a webhook", Takes: NewWebhook{}, Gives: NewAddress{}, Status: http.StatusCreated,
			handle: func(c *call) (any, error) {
				var n NewWebhook
				if c.body(&n); c.err != nil {
					return nil, c.err
				}
				if err := c.authorizeFor(s.Owners, OfScenario, n.Scenario); err != nil {
					return nil, err
				}
				return s.Addresses.Create(c.Context(), n)
			},
		},
		{
			Method: http.MethodGet, Pattern: "/webhooks/{id}", Name: "webhook.get", Needs: access.ViewWebhooks, Of: OfWebhook,
			Summary: "Show a webhook with its settings, without their secrets", Gives: Webhook{},
			handle: one(func(c *call, id int64) (any, error) { return s.Webhooks.Get(c.Context(), id) }),
		},
		{
			Method: http.MethodPatch, Pattern: "/webhooks/{id}", Name: "webhook.change", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Change, pause or resume a webhook", Takes: WebhookChange{}, Gives: Webhook{},
			handle: change(func(c *call, id, revision int64, x WebhookChange) (any, error) {
				return s.Webhooks.Change(c.Context(), id, revision, x)
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/webhooks/{id}", Name: "webhook.delete", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Delete a webhook; its address answers that it is gone for good", Gives: Webhook{},
			handle: one(func(c *call, id int64) (any, error) { return s.Webhooks.Delete(c.Context(), id) }),
		},
		{
			Method: http.MethodGet, Pattern: "/webhooks/{id}/learning", Name: "webhook.learning", Needs: access.ViewWebhooks, Of: OfWebhook,
			Summary: "Show what was learned of the data structure", Gives: Learning{},
			handle: one(func(c *call, id int64) (any, error) { return s.Learnings.Status(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks/{id}/learning", Name: "webhook.learn", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Learn the data structure from what arrives", Gives: Learning{},
			handle: one(func(c *call, id int64) (any, error) { return s.Learnings.Start(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks/{id}/learning/stop", Name: "webhook.stop-learning", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "End learning", Takes: StopLearning{}, Gives: Learning{},
			handle: change(func(c *call, id, _ int64, x StopLearning) (any, error) { return s.Learnings.Stop(c.Context(), id, x) }),
		},
	}
}

func addressRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/webhooks/{id}/address", Name: "webhook.address", Needs: access.EditWebhooks, Of: OfWebhook, Noted: true,
			Summary: "Tell the address of a webhook, which is a secret; who asks stands in the audit log", Gives: Address{},
			handle: one(func(c *call, id int64) (any, error) { return s.Addresses.Address(c.Context(), id) }),
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks/{id}/rotate", Name: "webhook.rotate", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Give a webhook a new address", Takes: NewToken{}, Gives: NewAddress{}, Matches: true,
			handle: change(func(c *call, id, revision int64, t NewToken) (any, error) {
				return s.Addresses.Rotate(c.Context(), id, revision, t.Token)
			}),
		},
	}
}

// NewToken gives the secret part of an address, "" draws one.
type NewToken struct {
	Token string `json:"token,omitempty" audit:"-"`
}

func queueRoutes(s Services) []Route {
	return []Route{
		{
			Method: http.MethodGet, Pattern: "/webhooks/{id}/queue", Name: "queue.list", Needs: access.ViewWebhooks, Of: OfWebhook,
			Summary: "List what waits for a webhook", Query: paging(), Gives: Page[QueueItem]{},
			handle: one(func(c *call, id int64) (any, error) {
				after, limit := c.queryNumber("after"), c.limit()
				if c.err != nil {
					return nil, c.err
				}
				list, err := s.Queues.List(c.Context(), id, after, limit+1)
				return pageOf(list, limit, func(i QueueItem) int64 { return i.ID }), err
			}),
		},
		{
			Method: http.MethodGet, Pattern: "/webhooks/{id}/queue/{item}", Name: "queue.get", Needs: access.ViewWebhooks, Of: OfWebhook,
			Summary: "Look at a payload that waits", Gives: QueueItem{},
			handle: one(func(c *call, id int64) (any, error) {
				item := c.number("item")
				if c.err != nil {
					return nil, c.err
				}
				return s.Queues.Peek(c.Context(), id, item)
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks/{id}/queue/delete", Name: "queue.delete", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Delete payloads that wait", Takes: Selection{}, Gives: Removed{},
			handle: change(func(c *call, id, _ int64, x Selection) (any, error) {
				if len(x.IDs) > MaxSelected {
					return nil, badRequest("ids: at most %d may be named.", MaxSelected)
				}
				n, err := s.Queues.Delete(c.Context(), id, x.IDs)
				return Removed{n}, err
			}),
		},
		{
			Method: http.MethodDelete, Pattern: "/webhooks/{id}/queue", Name: "queue.clear", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Delete everything that waits", Gives: Removed{},
			handle: one(func(c *call, id int64) (any, error) {
				n, err := s.Queues.Clear(c.Context(), id)
				return Removed{n}, err
			}),
		},
		{
			Method: http.MethodPost, Pattern: "/webhooks/{id}/test", Name: "webhook.test", Needs: access.EditWebhooks, Of: OfWebhook,
			Summary: "Take a bundle in as if it had arrived", Takes: Sample{}, MaxBytes: MaxInputBytes,
			Gives: Started{}, Status: http.StatusAccepted,
			handle: change(func(c *call, id, _ int64, x Sample) (any, error) { return s.Queues.Test(c.Context(), id, x) }),
		},
	}
}
