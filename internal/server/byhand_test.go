package server_test

import (
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/value"
)

// TestRunOnceTakesWhatWaits runs a scenario that is not active once for each payload in the queue of its webhook.
func TestRunOnceTakesWhatWaits(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	u := &upstream{}
	st := newStation(t, u)
	id := st.scenario(`{"type":"immediately"}`, "", hookNode, postNode)
	if err := st.store.Activate(ctx, id, false, clock.System{}.Now()); err != nil {
		t.Fatal(err)
	}
	if err := st.service.ReloadScenario(ctx, id); err != nil {
		t.Fatal(err)
	}
	w, err := st.store.SaveWebhook(ctx, store.Webhook{Name: "hook", Scenario: id, TokenHash: []byte("h")})
	if err == nil {
		err = st.service.ReloadWebhook(ctx, w.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	refused := func(when string) {
		t.Helper()
		_, err := st.control.Services().Running.RunOnce(ctx, id, api.RunOnce{})
		if err == nil || !strings.Contains(err.Error(), "nothing waits in its queue") {
			t.Errorf("%s: got %v, want that nothing waits", when, err)
		}
	}
	refused("before anything was sent")
	for _, name := range []string{"Ada", "Bob"} {
		if _, err := st.store.Accept(ctx, []store.Intake{{Webhook: w.ID, Scenario: id, Received: clock.System{}.Now(), Input: []value.Value{named(name)}}}); err != nil {
			t.Fatal(err)
		}
	}
	w.Paused = true
	if w, err = st.store.SaveWebhook(ctx, w); err != nil {
		t.Fatal(err)
	}
	refused("while the webhook is paused")
	w.Paused = false
	if _, err = st.store.SaveWebhook(ctx, w); err != nil {
		t.Fatal(err)
	}
	for left := int64(1); left >= 0; left-- {
		if e := st.once(id, api.RunOnce{}); e.Status != store.Success {
			t.Errorf("got %v (%s), want success", e.Status, e.Summary.ErrorMessage)
		}
		if n, _, _ := st.store.QueueTotal(w.ID); n != left {
			t.Errorf("%d payloads wait, want %d", n, left)
		}
	}
	if got := strings.Join(u.got(), " "); !strings.Contains(got, "Ada") || strings.Index(got, "Ada") > strings.Index(got, "Bob") {
		t.Errorf("got the calls %q, want Ada and then Bob", got)
	}
	refused("when all is taken")
}
