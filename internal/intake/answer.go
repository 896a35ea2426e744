package intake

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
)

// answer ends a call.
type answer struct {
	status  int
	outcome Outcome // "" where the call was counted before
	text    string  // plain text for the caller
	retry   time.Duration
	headers []header
	cause   error // for the operator's log
	// response is the scenario's own answer, which then counts in place of status and text.
	response *module.Response
}

type header struct{ name, value string }

// acceptedText is what callers that get no answer of a scenario read, as with the product that people come from.
const acceptedText = "Accepted"

func accepted(outcome Outcome) *answer {
	return &answer{status: http.StatusOK, outcome: outcome, text: acceptedText}
}

func refused(status int, outcome Outcome, text string) *answer {
	return &answer{status: status, outcome: outcome, text: text}
}

func unavailable(outcome Outcome, retry time.Duration, text string) *answer {
	return &answer{status: http.StatusServiceUnavailable, outcome: outcome, text: text, retry: retry}
}

// notFound is the one answer to every address that is none, whatever is wrong with it.
func notFound() *answer {
	return refused(http.StatusNotFound, UnknownAddress, "There is no webhook at this address.")
}

func gone() *answer {
	return refused(http.StatusGone, Gone, "This webhook was deleted.")
}

// write sends the answer. That the caller does not read it changes nothing.
func (a *answer) write(w http.ResponseWriter) {
	if a.response != nil {
		writeResponse(w, a.response)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	for _, line := range a.headers {
		h.Set(line.name, line.value)
	}
	if a.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(max(1, int((a.retry+time.Second-1)/time.Second))))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.text)
}

// pageSandbox keeps pages that a scenario answers with away from the session of whoever opens them: they come from
// the host of our own UI.
const pageSandbox = "sandbox allow-forms allow-popups allow-scripts"

func writeResponse(w http.ResponseWriter, r *module.Response) {
	h := w.Header()
	for _, line := range r.Headers {
		if forwardable(line.Name) && httpguts.ValidHeaderFieldName(line.Name) && httpguts.ValidHeaderFieldValue(line.Value) {
			h.Add(line.Name, line.Value)
		}
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", pageSandbox)
	w.WriteHeader(r.Status)
	if r.Status != http.StatusNoContent && r.Status != http.StatusNotModified {
		_, _ = w.Write(r.Body)
	}
}

// forwardable tells the headers that a scenario may set. The others belong to the transport, or would change how a
// browser treats our host.
func forwardable(name string) bool {
	switch strings.ToLower(name) {
	case "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
		"set-cookie", "clear-site-data", "strict-transport-security", "service-worker-allowed", "content-security-policy":
		return false
	}
	return true
}

// answered makes the answer of a scenario into that of the call.
func answered(r module.Response) *answer {
	if r.Status < http.StatusOK || r.Status > 599 {
		return refused(http.StatusInternalServerError, "", "The scenario answered with the status "+strconv.Itoa(r.Status)+", which cannot be sent.")
	}
	return &answer{response: &r}
}

// failedExecution tells the caller why the scenario that should have answered failed. What was not written for people
// goes to the log only.
func failedExecution(err error) *answer {
	text := "The scenario failed."
	var f *fault.Error
	if errors.As(err, &f) {
		text = lineOf(f)
	}
	return &answer{status: http.StatusInternalServerError, text: text, cause: err}
}

// lineOf writes a failure as one line with its hint.
func lineOf(f *fault.Error) string {
	if f.Hint == "" {
		return f.Error()
	}
	return f.Error() + " (" + f.Hint + ")"
}
