package outbound

import (
	"context"
	"errors"
	"net/http"

	"github.com/ropeway/ropeway/internal/fault"
)

// ErrUnsent is in the chain of the error of a call that a dry run did not make. The Response beside it holds the Record of what would have
// been sent.
var ErrUnsent = errors.New("outbound: not sent in a dry run")

type dryKey struct{}

// DryRun returns a context in which calls that only read are made, and no others. The door keeps that by itself, so that no module can forget it.
func DryRun(ctx context.Context) context.Context { return context.WithValue(ctx, dryKey{}, true) }

// IsDryRun reports whether calls with the context belong to a dry run.
func IsDryRun(ctx context.Context) bool {
	dry, _ := ctx.Value(dryKey{}).(bool)
	return dry
}

// Effect says whether a call changes something at the service.
type Effect int

// The effects. The zero value is EffectByMethod.
const (
	// EffectByMethod goes by the method: GET, HEAD and OPTIONS change nothing.
	EffectByMethod Effect = iota
	// EffectNone tells that the call only reads, whatever its method: a search by POST.
	EffectNone
	// EffectSome tells that the call changes something, whatever its method: a GET that deletes.
	EffectSome
)

// mayChange reports whether the call could change something.
func (p *prepared) mayChange() bool {
	switch p.Effect {
	case EffectNone:
		return false
	case EffectSome:
		return true
	case EffectByMethod:
	}
	return p.Method != http.MethodGet && p.Method != http.MethodHead && p.Method != http.MethodOptions
}

// unsent is the answer to a call of a dry run that is not made.
func (p *prepared) unsent() (*Response, error) {
	resp := &Response{}
	resp.Record = p.redactor.record(p, resp, nil)
	return resp, fault.Wrap(fault.ExecutionInterrupted, ErrUnsent, "[dry-call] This is a dry run: the call was not made.").WithNotDone(true)
}
