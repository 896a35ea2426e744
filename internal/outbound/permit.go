package outbound

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync/atomic"
)

type permitKey struct{}

// WithPermit returns the context of calls that are only sent while permit returns no error. It is asked when a call has waited for its turn
// and for a connection, right before it is written: a process that was stopped meanwhile must not send what others have done in its place.
// Its error is that of the call.
func WithPermit(ctx context.Context, permit func() error) context.Context {
	return context.WithValue(ctx, permitKey{}, permit)
}

// permission asks for one call.
type permission struct {
	ask     func() error // nil for a call that needs none
	cancel  context.CancelFunc
	refused atomic.Pointer[error]
}

func permissionFor(ctx context.Context, cancel context.CancelFunc) *permission {
	ask, _ := ctx.Value(permitKey{}).(func() error)
	return &permission{ask: ask, cancel: cancel}
}

// check is told that the call has its connection. Where it must not be sent, the connection is closed, since the transport writes to it without
// looking whether the call was cancelled; one that other calls share is left to the cancelling.
func (p *permission) check(c httptrace.GotConnInfo) {
	if p.ask == nil {
		return
	}
	err := p.ask()
	if err == nil {
		return
	}
	p.refused.Store(&err)
	p.cancel()
	if t, secure := c.Conn.(*tls.Conn); !secure || t.ConnectionState().NegotiatedProtocol != "h2" {
		_ = c.Conn.Close() // nothing was written to it
	}
}

// errorOr returns why the call was not sent, or another error.
func (p *permission) errorOr(err error) error {
	if refused := p.refused.Load(); refused != nil {
		return *refused
	}
	return err
}
