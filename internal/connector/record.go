package connector

import (
	"time"

	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// recordValue is the record of a call as traces show it. Secrets were taken out when the record was made.
func recordValue(x *outbound.Exchange, attempt int) value.Value {
	request := value.NewBuilder(4).
		Set("method", value.Text(x.Method)).Set("url", value.Text(x.URL)).
		Set("headers", headerValue(x.RequestHeader)).Set("body", bodyValue(x.RequestBody))
	out := value.NewBuilder(6).Set("request", request.Build())
	if len(x.Redirects) > 0 {
		out.Set("redirects", texted(x.Redirects))
	}
	if x.Status != 0 {
		out.Set("response", value.NewBuilder(3).Set("status", value.Int(x.Status)).
			Set("headers", headerValue(x.ResponseHeader)).Set("body", bodyValue(x.ResponseBody)).Build())
	}
	out.Set("duration_ms", value.Number(float64(x.Duration)/float64(time.Millisecond)))
	if attempt > 1 {
		out.Set("attempt", value.Int(attempt))
	}
	if x.Error != "" {
		out.Set("error", value.Text(x.Error))
	}
	return out.Build()
}

// bodyValue is the kept part of a body: its text, or what is known of it where that is not the whole.
func bodyValue(b outbound.RecordedBody) value.Value {
	if b.Bytes == 0 {
		return value.Undefined
	}
	if b.Note == "" {
		return value.Text(b.Text)
	}
	return value.Collection(value.F("text", value.Text(b.Text)), value.F("bytes", value.Int(b.Bytes)), value.F("note", value.Text(b.Note)))
}
