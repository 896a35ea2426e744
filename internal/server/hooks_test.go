package server

import (
	"sync"
	"testing"
)

// TestWebhookIsThereWhileItChanges changes a webhook while deliveries look for it: none finds it away.
func TestWebhookIsThereWhileItChanges(t *testing.T) {
	t.Parallel()
	s, sc, _ := answering(t, newDisk(), nil)
	hook := s.hooksOf(sc.id)[0]
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := (*queue)(s).Webhook(t.Context(), hook.Address); err != nil {
				t.Error(err)
				return
			}
		}
	})
	const changes = 1000
	for range changes {
		if err := s.ReloadWebhook(t.Context(), int64(hook.ID)); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
}
