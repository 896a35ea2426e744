package outbound

import (
	"net/http"
	"time"
)

// MaxRecordedBodyBytes is how much of a body a record keeps.
const MaxRecordedBodyBytes = 64 << 10

// Exchange is the record of one call for traces and history. It holds no
// secrets: they are replaced when the record is made, not when it is read.
type Exchange struct {
	Method         string        `json:"method"`
	URL            string        `json:"url"`
	RequestHeader  http.Header   `json:"requestHeader,omitempty"`
	RequestBody    RecordedBody  `json:"requestBody"`
	Redirects      []string      `json:"redirects,omitempty"` // addresses followed after URL
	Status         int           `json:"status,omitempty"`    // 0: no answer
	ResponseHeader http.Header   `json:"responseHeader,omitempty"`
	ResponseBody   RecordedBody  `json:"responseBody"`
	Duration       time.Duration `json:"duration"` // nanoseconds, waiting for the rate budget not included
	Error          string        `json:"error,omitempty"`
}

// RecordedBody is the part of a body that a record keeps.
type RecordedBody struct {
	// Bytes is the length of the whole body.
	Bytes int `json:"bytes"`
	// Text is the beginning of the body, MaxRecordedBodyBytes before redaction.
	Text string `json:"text,omitempty"`
	// Note says why Text is not the whole body; "" where it is.
	Note string `json:"note,omitempty"`
}
