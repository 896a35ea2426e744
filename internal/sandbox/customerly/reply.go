package customerly

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// reply is an answer of the API before it is sent, so that a fault can still be put in its way.
type reply struct {
	status int
	header map[string]string
	body   []byte
	events []event // told to the webhooks once the answer stands
	pooled bool    // body came from Server.buffers and goes back once it is sent
}

// data wraps JSON in the success envelope.
func data(parts ...[]byte) reply {
	body := append([]byte(`{"data":`), bytes.Join(parts, nil)...)
	return reply{status: http.StatusOK, body: append(body, '}')}
}

// dataOf encodes a value into the success envelope.
func dataOf(value any) reply {
	body, err := json.Marshal(map[string]any{"data": value})
	if err != nil {
		return failed(http.StatusInternalServerError, "Internal server error")
	}
	return reply{status: http.StatusOK, body: body}
}

// nothing is the success answer of writes that return nothing.
func nothing() reply { return data([]byte("[]")) }

// failed is the error envelope; its code is 0 in everything that was ever observed.
func failed(status int, message string) reply {
	body := appendText([]byte(`{"error":{"message":`), message)
	return reply{status: status, body: append(body, `,"code":0}}`...)}
}

// unprocessable tells that the request was understood but is not acceptable.
func unprocessable(format string, args ...any) reply {
	return failed(http.StatusUnprocessableEntity, fmt.Sprintf(format, args...))
}

// missing tells that something does not exist, in the words of the real API.
func (s *Server) missing(what string) reply {
	return failed(s.opts.NotFoundStatus, what+" doesn't exist")
}

// finish turns the outcome of a change into the answer.
func (s *Server) finish(answer reply, events []event, err error) reply {
	if err != nil {
		s.opts.Logger.Error("change not stored", "error", err)
		return failed(http.StatusInternalServerError, "Internal server error: the change could not be stored")
	}
	answer.events = events
	return answer
}

// alter runs a change that itself says what to answer.
func (s *Server) alter(do func(*change) reply) reply {
	var answer reply
	events, err := s.store.change(func(ch *change) { answer = do(ch) })
	return s.finish(answer, events, err)
}
