package customerly

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// redacted stands in place of a secret in everything that is kept or shown.
const redacted = "[redacted]"

// Request is one request to the API as the log keeps it, without secrets.
type Request struct {
	At        time.Time `json:"at"`
	Method    string    `json:"method"`
	Path      string    `json:"path"` // with the query
	Proto     string    `json:"proto"`
	UserAgent string    `json:"user_agent,omitempty"`
	Auth      string    `json:"auth,omitempty"` // which header brought a token
	Type      string    `json:"content_type,omitempty"`
	Body      string    `json:"body,omitempty"`         // its beginning
	Status    int       `json:"status"`                 // 0 when the connection was dropped
	Bytes     int       `json:"bytes"`                  // of the answer
	Micros    int64     `json:"duration_us"`            // microseconds
	Fault     string    `json:"fault_header,omitempty"` // as it was asked for
}

// requestLog keeps the last requests and counts them all.
type requestLog struct {
	mu    sync.Mutex
	last  [requestsKept]Request
	total int64
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last[l.total%requestsKept] = r
	l.total++
}

// newest returns the kept requests, newest first, and how many there ever were.
func (l *requestLog) newest() ([]Request, int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := min(l.total, requestsKept)
	list := make([]Request, 0, kept)
	for i := range kept {
		list = append(list, l.last[(l.total-1-i)%requestsKept])
	}
	return list, l.total
}

func (l *requestLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.total = [requestsKept]Request{}, 0
}

// describeRequest makes the log's view of a request; the outcome is added later.
func (s *Server) describeRequest(r *http.Request, body []byte, at time.Time) Request {
	preview := string(body[:min(len(body), bodyPreviewBytes)])
	return Request{
		At: at, Method: r.Method, Path: s.redact(r.URL.RequestURI()), Proto: r.Proto, UserAgent: s.redact(r.UserAgent()),
		Auth: authForm(r.Header), Type: s.redact(r.Header.Get("Content-Type")), Body: s.redact(strings.ToValidUTF8(preview, "?")),
		Fault: s.redact(r.Header.Get(FaultHeader)),
	}
}

// authForm names the header that brought a token and the word before it, never the token.
func authForm(header http.Header) string {
	for _, name := range tokenHeaders() {
		value := header.Get(name)
		if value == "" {
			continue
		}
		if token := bareToken(value); token != "" {
			if word, _, found := strings.Cut(value, token); found && strings.TrimSpace(word) != "" {
				return name + ": " + strings.TrimSpace(word) + " " + redacted
			}
		}
		return name + ": " + redacted
	}
	return ""
}

func (s *Server) redact(text string) string { return strings.ReplaceAll(text, s.opts.Token, redacted) }
