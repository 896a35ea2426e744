package mcp

import (
	"errors"
	"net/http"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/ropeway/ropeway/internal/fault"
)

// maxRequestBytes is the size of one request of a client.
const maxRequestBytes = 8 << 20

// Handler answers clients over HTTP (the streamable transport, at one address). Every request carries the caller's credentials in its header
// Authorization, which goes on to the API; cookies do not, so that no page of a browser acts for its reader. Nothing is kept between
// requests. Whoever is not known is answered 401.
func (s *Server) Handler() http.Handler {
	streamable := sdk.NewStreamableHTTPHandler(func(r *http.Request) *sdk.Server {
		return s.newSession(credentialsOf(r), false).sdk
	}, &sdk.StreamableHTTPOptions{Stateless: true, JSONResponse: true, Logger: s.options.Log, MaxRequestBodyBytes: maxRequestBytes})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.rights(r.Context(), s.client(credentialsOf(r))); err != nil {
			s.refuse(w, r, err)
			return
		}
		streamable.ServeHTTP(w, r)
	})
}

// credentialsOf takes over what says who calls.
func credentialsOf(r *http.Request) http.Header {
	h := http.Header{}
	if a := r.Header.Get("Authorization"); a != "" {
		h.Set("Authorization", a)
	}
	return h
}

// refuse answers a caller whose rights cannot be found out.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadGateway
	var answered *refused
	if errors.As(err, &answered) {
		status = answered.status
	} else {
		s.options.Log.ErrorContext(r.Context(), "the API could not be reached", "error", err)
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="ropeway"`)
	}
	http.Error(w, fault.From(err).Message, status)
}
