package server

import (
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/intake"
)

// TestNodesLearnTogether has two nodes learn from one webhook at the same time: no sample is lost, and both know when it is over.
func TestNodesLearnTogether(t *testing.T) {
	t.Parallel()
	n := newNodes(t)
	one, two := n.join(), n.join()
	id, _ := one.add(n, "", hookFlow)
	hook := one.hooksOf(id)[0].ID
	if err := one.store.SetLearning(t.Context(), int64(hook), EncodeLearning(intake.Start(one.clock.Now(), nil))); err != nil {
		t.Fatal(err)
	}
	if err := one.ReloadWebhook(t.Context(), int64(hook)); err != nil {
		t.Fatal(err)
	}
	learns := func(m *member) bool {
		h := m.hooksOf(id)
		return len(h) == 1 && h[0].Learning
	}
	until(t, "both nodes learn", func() bool { return learns(one) && learns(two) })
	var all sync.WaitGroup
	for i := range intake.MaxSamples {
		m := []*member{one, two}[i%2]
		all.Go(func() {
			if err := m.learn(t.Context(), hook, func(l intake.Learning) intake.Learning {
				l.Samples++
				return l
			}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w, err := one.store.Webhook(t.Context(), int64(hook))
	if err != nil {
		t.Fatal(err)
	}
	learned, err := DecodeLearning(w.Learning)
	if err != nil || learned.Samples != intake.MaxSamples {
		t.Errorf("got %d samples (%v), want %d", learned.Samples, err, intake.MaxSamples)
	}
	until(t, "neither node learns any more", func() bool { return !learns(one) && !learns(two) })
}
