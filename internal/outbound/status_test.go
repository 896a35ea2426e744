package outbound

import (
	"net/http"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestStatusKind(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]fault.Kind{
		0: "", 200: "", 302: "", 399: "",
		400: fault.BundleValidation, 401: fault.AccountValidation, 403: fault.AccountValidation, 404: fault.BundleValidation,
		409: fault.Runtime, 418: fault.Runtime, 422: fault.Runtime, 429: fault.RateLimit, 500: fault.Runtime,
		502: fault.Connection, 503: fault.Connection, 504: fault.Connection, 599: fault.Runtime,
	} {
		if got := StatusKind(status); got != want {
			t.Errorf("StatusKind(%d) = %q, want %q", status, got, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"", 0, false},
		{"0", 0, true},
		{" 120 ", 2 * time.Minute, true},
		{"86400", MaxRetryAfter, true},
		{"86401", MaxRetryAfter, true},
		{"99999999999999999999999", MaxRetryAfter, true},
		{"-5", 0, false},
		{"soon", 0, false},
		{"Sun, 01 Mar 2026 12:01:00 GMT", time.Minute, true},
		{"Sunday, 01-Mar-26 12:01:00 GMT", time.Minute, true},
		{"Sun, 01 Mar 2026 11:59:00 GMT", 0, true},
		{"Mon, 01 Mar 2027 12:00:00 GMT", MaxRetryAfter, true},
	}
	for _, tt := range tests {
		got, ok := RetryAfter(http.Header{"Retry-After": {tt.text}}, now)
		if got != tt.want || ok != tt.ok {
			t.Errorf("RetryAfter(%q) = %s, %v, want %s, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
