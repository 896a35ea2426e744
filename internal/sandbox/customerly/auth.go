package customerly

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// The texts that the real API was seen to answer with.
const (
	messageBadToken = "Access token not found."
	messageNoHeader = "You must provide a valid header Authorization: Bearer <TOKEN>"
)

// tokenHeaders are the header names under which clients were seen to send the token.
func tokenHeaders() []string { return []string{"Authorization", "Authentication", "Accesstoken"} }

// refuse returns the answer to a request without the right token, and whether it has to be refused.
func (s *Server) refuse(header http.Header) (reply, bool) {
	sent := false
	for _, name := range tokenHeaders() {
		for _, value := range header.Values(name) {
			token := bareToken(value)
			if token == "" {
				continue
			}
			sent = true
			if subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) == 1 {
				return reply{}, false
			}
		}
	}
	if sent {
		return s.unauthorized(messageBadToken), true
	}
	return s.unauthorized(messageNoHeader), true
}

func (s *Server) unauthorized(message string) reply {
	if !s.opts.StrictAuth {
		return failed(http.StatusInternalServerError, message)
	}
	answer := failed(http.StatusUnauthorized, message)
	answer.header = map[string]string{"WWW-Authenticate": "Bearer"}
	return answer
}

// bareToken strips the words that clients put before the token.
func bareToken(value string) string {
	value = strings.TrimSpace(value)
	for _, prefix := range []string{"Bearer", "AccessToken:"} {
		if len(value) >= len(prefix) && strings.EqualFold(value[:len(prefix)], prefix) {
			rest := value[len(prefix):]
			if rest == "" || rest[0] == ' ' || strings.HasSuffix(prefix, ":") {
				return strings.TrimSpace(rest)
			}
		}
	}
	return value
}
