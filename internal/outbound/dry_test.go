package outbound

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestDryRunsOnlyRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method string
		effect Effect
		sent   bool
	}{
		{"", EffectByMethod, true},
		{"get", EffectByMethod, true},
		{"HEAD", EffectByMethod, true},
		{"OPTIONS", EffectByMethod, true},
		{"POST", EffectByMethod, false},
		{"put", EffectByMethod, false},
		{"PATCH", EffectByMethod, false},
		{"DELETE", EffectByMethod, false},
		{"PROPFIND", EffectByMethod, false},
		{"POST", EffectNone, true},
		{"GET", EffectSome, false},
	}
	for _, tc := range tests {
		t.Run(tc.method+string(rune('0'+tc.effect)), func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			server, client := serve(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
			r := Request{
				Method: tc.method, URL: server.URL + "/p?key=s3cret", Effect: tc.effect, Body: []byte(`{"a":1}`), Secrets: []string{"s3cret"},
				Header: http.Header{"Authorization": {"Bearer s3cret"}, "X-A": {"1"}},
			}
			resp, err := client.Do(DryRun(t.Context()), r)
			if sent := calls.Load() == 1; sent != tc.sent || sent != (err == nil) {
				t.Fatalf("sent %t (%v), want %t", sent, err, tc.sent)
			}
			if !tc.sent {
				f := fault.From(err)
				x := resp.Record
				if !errors.Is(err, ErrUnsent) || !f.NotDone || resp.Sent || x.Method != strings.ToUpper(tc.method) || x.RequestBody.Text != `{"a":1}` ||
					x.RequestHeader.Get("X-A") != "1" || strings.Contains(x.URL+x.RequestHeader.Get("Authorization"), "s3cret") {
					t.Errorf("got %v with the record %+v", err, x)
				}
			}
			if _, err := client.Do(t.Context(), r); err != nil || calls.Load() == 0 {
				t.Errorf("outside of a dry run: %v", err)
			}
		})
	}
}
