package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ropeway/ropeway/internal/access"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// problemType is the media type of problem details.
const problemType = "application/problem+json"

// problemPrefix stands before the kind of a fault in the type of a problem.
const problemPrefix = "urn:ropeway:error:"

// Problem is an error as RFC 9457 writes it.
type Problem struct {
	Type     string         `json:"type"`  // problemPrefix and the kind of the fault
	Title    string         `json:"title"` // of the status
	Status   int            `json:"status"`
	Detail   string         `json:"detail"`
	Hint     string         `json:"hint,omitempty"`
	Field    string         `json:"field,omitempty"`
	Problems fault.Problems `json:"problems,omitempty"`
	// Words is what detail and hint are made of, for readers of other languages.
	Words *fault.Words `json:"words,omitempty"`
}

// refusal is an error with the status that it is answered with, whatever its kind.
type refusal struct {
	status int
	err    error
}

// Error returns the text of the refusal.
func (r refusal) Error() string { return r.err.Error() }

// Unwrap returns the refusal.
func (r refusal) Unwrap() error { return r.err }

func badRequest(format string, args ...any) error {
	return refusal{http.StatusBadRequest, fault.Newf(fault.InvalidConfiguration, format, args...)}
}

// statusOf is the one place that says with which status an error is answered. matched tells that the request named the
// revision that it changes.
func statusOf(err error, matched bool) int {
	var r refusal
	var problems fault.Problems
	switch {
	case errors.As(err, &r):
		return r.status
	case errors.Is(err, access.ErrUnauthenticated):
		return http.StatusUnauthorized
	case errors.Is(err, access.ErrDenied):
		return http.StatusForbidden
	case errors.Is(err, store.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, store.ErrConflict) && matched:
		return http.StatusPreconditionFailed
	case errors.Is(err, store.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrUnavailable), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable
	case errors.As(err, &problems):
		return http.StatusUnprocessableEntity
	}
	return statusOfKind(fault.KindOf(err))
}

func statusOfKind(kind fault.Kind) int {
	switch kind {
	case fault.Data, fault.DuplicateData, fault.BundleValidation, fault.IncompleteData, fault.InvalidConfiguration,
		fault.InvalidAccessToken, fault.AccountValidation, fault.Runtime, fault.MaxResultsExceeded, fault.OperationsLimit:
		return http.StatusUnprocessableEntity
	case fault.MaxFileSizeExceeded, fault.DataSizeLimit:
		return http.StatusRequestEntityTooLarge
	case fault.OutOfSpace:
		return http.StatusInsufficientStorage
	case fault.RateLimit:
		return http.StatusTooManyRequests
	case fault.Connection:
		return http.StatusBadGateway
	case fault.ModuleTimeout, fault.ScenarioTimeout:
		return http.StatusGatewayTimeout
	default: // unknown, unexpected, inconsistent
		return http.StatusInternalServerError
	}
}

// problemOf tells an error. What is no fault was not written for people: it only goes into the log.
func problemOf(err error, matched bool) Problem {
	status := statusOf(err, matched)
	p := Problem{Title: http.StatusText(status), Status: status}
	var known *fault.Error
	switch {
	case errors.As(err, &p.Problems):
		p.Type = problemPrefix + string(fault.BundleValidation)
		p.Detail = p.Problems.Error()
	case errors.As(err, &known):
		p.Type, p.Detail, p.Hint, p.Field, p.Words = problemPrefix+string(known.Kind), err.Error(), known.Hint, known.Field, known.Words
	default:
		p.Type, p.Detail = problemPrefix+string(fault.Unexpected), "Something went wrong that should not."
		p.Hint = "the log says what"
	}
	return p
}

// Fault turns a problem back into the error that it tells.
func (p Problem) Fault() error {
	if len(p.Problems) > 0 {
		return p.Problems
	}
	kind := fault.Kind(p.Type[min(len(p.Type), len(problemPrefix)):])
	return &fault.Error{Kind: kind, Message: p.Detail, Hint: p.Hint, Words: p.Words}
}

// ReadProblem reads the body of an answer that is no success.
func ReadProblem(status int, body []byte) error {
	var p Problem
	if err := json.Unmarshal(body, &p); err != nil || p.Detail == "" {
		return fault.Newf(fault.Unexpected, "The server answered %d %s.", status, http.StatusText(status))
	}
	return p.Fault()
}
