package outbound

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// MaxRetryAfter caps the wait that a server may ask for.
const MaxRetryAfter = 24 * time.Hour

// StatusKind returns the kind of failure that an HTTP status stands for where
// no app definition says otherwise, and "" for statuses below 400.
//
// 400 and 404 are laid to the bundle (the mapped values name something wrong or
// absent), so that one bad record does not stop a scenario; 401 and 403 to the
// account; 502 to 504 to the connection. Everything else is a RuntimeError.
func StatusKind(status int) fault.Kind {
	switch status {
	case http.StatusBadRequest, http.StatusNotFound:
		return fault.BundleValidation
	case http.StatusUnauthorized, http.StatusForbidden:
		return fault.AccountValidation
	case http.StatusTooManyRequests:
		return fault.RateLimit
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return fault.Connection
	}
	if status < http.StatusBadRequest {
		return ""
	}
	return fault.Runtime
}

// RetryAfter reads the Retry-After header, in seconds or as an HTTP date
// compared with now. It returns false where there is none that can be read, 0
// for a date that has passed, and never more than MaxRetryAfter.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789") == "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds > int64(MaxRetryAfter/time.Second) {
			return MaxRetryAfter, true
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), MaxRetryAfter), true
}
