package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// errTimeLimit is the cause of the context of a call whose time is over.
var errTimeLimit = errors.New("time limit of the call")

// redactedCause keeps the text of an error for the operator's log, without
// secrets, and still answers errors.Is. It does not unwrap: what is below could
// hold the secrets.
type redactedCause struct {
	text string
	err  error
}

// Error returns the redacted text.
func (c redactedCause) Error() string { return c.text }

// Is reports whether the error matches target.
func (c redactedCause) Is(target error) bool { return errors.Is(c.err, target) }

// failure tells what went wrong with a call in plain words. ctx is the context
// of the call, host the one that was called last.
func failure(ctx context.Context, p *prepared, host string, err error) *fault.Error {
	var known *fault.Error
	if errors.As(err, &known) {
		return p.redactor.fault(known)
	}
	var urlError *url.Error
	if errors.As(err, &urlError) {
		err = urlError.Err // the text around it repeats the URL
	}
	told := describe(ctx, p, host, err)
	told.Cause = err
	return p.redactor.fault(told)
}

// fault returns a copy of e without secrets in its texts.
func (r *Redactor) fault(e *fault.Error) *fault.Error {
	redacted := *e
	redacted.Message, redacted.Hint, redacted.Words = r.Text(e.Message), r.Text(e.Hint), e.Words.Map(r.Text)
	if e.Cause != nil {
		redacted.Cause = redactedCause{text: r.Text(e.Cause.Error()), err: e.Cause}
	}
	return &redacted
}

func describe(ctx context.Context, p *prepared, host string, err error) *fault.Error {
	switch {
	case errors.Is(err, errTooLarge):
		return tooLarge(host, p.MaxResponseBytes)
	case errors.Is(err, errCorrupt):
		return fault.Newf(fault.Data, "[response-damaged] The response of %s is damaged: it does not decompress.", host).
			WithHint("[hint-uncompressed] Try again; if it happens again, ask for a response without compression.")
	case errors.Is(context.Cause(ctx), errTimeLimit):
		return timeLimit(host, p.Timeout)
	case ctx.Err() != nil:
		return interrupted(ctx.Err())
	}
	if told := describeTLS(host, err); told != nil {
		return told
	}
	return describeNetwork(host, err)
}

func timeLimit(host string, limit time.Duration) *fault.Error {
	return fault.Newf(fault.ModuleTimeout, "[answer-timeout] %s did not finish its answer within %s.", host, limit).
		WithHint("[hint-more-time] Try again later, ask for less at once, or allow the module more time.")
}

// interrupted tells that the caller's own context has ended.
func interrupted(cause error) *fault.Error {
	if errors.Is(cause, context.DeadlineExceeded) {
		return fault.Wrap(fault.ModuleTimeout, cause, "[call-time-over] The time for the call was over before it had finished.")
	}
	return fault.Wrap(fault.ExecutionInterrupted, cause, "[call-stopped] The call was stopped.")
}

// describeTLS returns nil where err is not about a certificate or TLS.
func describeTLS(host string, err error) *fault.Error {
	var (
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fault.Newf(fault.Connection, "[tls-expired] The certificate of %s has expired or is not valid yet.", host).
			WithHint("[hint-renew] Its operator has to renew it. Check the clock of this machine too.")
	case errors.As(err, &invalid):
		return fault.Newf(fault.Connection, "[tls-invalid] The certificate of %s is not valid.", host).
			WithHint("[hint-replace-certificate] Its operator has to replace it.")
	case errors.As(err, &authority):
		return fault.Newf(fault.Connection, "[tls-authority] The certificate of %s is signed by an unknown authority.", host).
			WithHint("[hint-authority] If the service uses its own authority, add that authority's certificate (CA certificate) to the module or connection.")
	case errors.As(err, &name):
		return fault.Newf(fault.Connection, "[tls-name] The certificate of %s was issued for another name.", host).
			WithHint("[hint-host] Check the host in the URL.")
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fault.Newf(fault.Connection, "[tls-none] %s does not speak TLS on this port.", host).
			WithHint("[hint-port-scheme] Check the port, and whether the address begins with http:// rather than https://.")
	case errors.As(err, &alert):
		return fault.Newf(fault.Connection, "[tls-handshake] %s broke off the TLS handshake (%s).", host, alert).
			WithHint("[hint-client-certificate] It may ask for a client certificate or for another version of TLS.")
	}
	return nil
}

func describeNetwork(host string, err error) *fault.Error {
	const retryHint = "[hint-retry-operator] Try again later; if it goes on, ask the operator of the service."
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fault.Newf(fault.Connection, "[host-unknown] The host name %s was not found.", host).WithHint("[hint-host-spelling] Check the spelling of the host in the URL.")
	case errors.As(err, &dns):
		return fault.Newf(fault.Connection, "[host-lookup] The host name %s could not be looked up.", host).WithHint("[hint-name-server] The name server did not answer. Try again later, and check the network of this machine.")
	case errors.Is(err, syscall.ECONNREFUSED):
		return fault.Newf(fault.Connection, "[connection-refused] %s refused the connection.", host).WithHint("[hint-port] Check the port in the URL, and whether the service is running.")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return fault.Newf(fault.Connection, "[connection-broken] %s broke off the connection.", host).WithHint(retryHint)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fault.Newf(fault.Connection, "[unreachable] %s cannot be reached over the network.", host).WithHint("[hint-network] Check the network of this machine.")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.Newf(fault.Connection, "[answer-incomplete] %s closed the connection before its answer was complete.", host).WithHint(retryHint)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fault.Newf(fault.Connection, "[connection-timeout] %s did not accept the connection in time.", host).WithHint(retryHint)
	}
	return fault.Newf(fault.Connection, "[call-failed] The call of %s failed.", host).WithHint(retryHint)
}
