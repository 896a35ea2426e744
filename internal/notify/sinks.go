package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/outbound"
)

var (
	_ Sink = (*Webhook)(nil)
	_ Sink = (*Mail)(nil)
)

var errQueueFull = errors.New("too many wait")

// Caller makes HTTP calls; outbound.Client does.
type Caller interface {
	Do(ctx context.Context, r outbound.Request) (*outbound.Response, error)
}

// Webhook posts events as JSON to an address.
type Webhook struct {
	Caller Caller
	Clock  clock.Clock
	URL    string
	// Key signs each call by the Standard Webhooks specification, version v1; empty for unsigned ones.
	Key []byte
}

// ParseKey reads a secret of the Standard Webhooks specification: base64, with or without "whsec_" in front.
func ParseKey(secret string) ([]byte, error) {
	text := strings.TrimRight(strings.TrimPrefix(strings.TrimSpace(secret), "whsec_"), "=")
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(key) == 0 {
		return nil, fault.Wrap(fault.InvalidConfiguration, errors.Join(errors.New("not base64"), err), "The secret for signing notifications cannot be read.").
			WithHint("it is base64, as in whsec_ and the output of openssl rand -base64 32")
	}
	return key, nil
}

// Name is "webhook".
func (*Webhook) Name() string { return "webhook" }

// message is the body of a call.
type message struct {
	ID      string    `json:"id"`
	Type    Kind      `json:"type"`
	Time    time.Time `json:"timestamp"`
	Subject string    `json:"subject"`
	Message string    `json:"message"`
	Hint    string    `json:"hint,omitempty"`
	Where   string    `json:"where,omitempty"`
	Repeats int       `json:"repeats,omitempty"`
}

// Send posts the event. An answer other than 2xx is an error.
func (w *Webhook) Send(ctx context.Context, e Event) error {
	body, err := json.Marshal(message{e.ID, e.Kind, e.At.UTC(), e.Subject, e.Message, e.Hint, e.Where, e.Repeats})
	if err != nil {
		return fmt.Errorf("write the notification: %w", err)
	}
	stamp := strconv.FormatInt(w.Clock.Now().Unix(), 10)
	header := http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {e.ID}, "Webhook-Timestamp": {stamp}}
	if len(w.Key) > 0 {
		mac := hmac.New(sha256.New, w.Key)
		mac.Write([]byte(e.ID + "." + stamp + "."))
		mac.Write(body)
		header.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	resp, err := w.Caller.Do(ctx, outbound.Request{Method: http.MethodPost, URL: w.URL, Header: header, Body: body, Timeout: SendTime, Redirects: outbound.FollowNone})
	if err != nil {
		return err
	}
	if resp.Status < http.StatusOK || resp.Status >= http.StatusMultipleChoices {
		return fmt.Errorf("the receiver of notifications answered %d", resp.Status)
	}
	return nil
}

// Mail sends events as e-mails over SMTP. It is the one place beside package outbound that dials, and it dials only the
// server that whoever starts Ropeway names.
type Mail struct {
	Host           string
	Port           int // 0 = 587, or 465 with ImplicitTLS
	User, Password string
	From           string
	To             []string
	ImplicitTLS    bool // TLS from the first byte, not by STARTTLS
	Plain          bool // no TLS where the server does not offer it
}

// Check reports what is missing or wrong.
func (m *Mail) Check() error {
	if m.Host == "" || m.From == "" {
		return fault.New(fault.InvalidConfiguration, "E-mails need a server and a sender.").WithHint("give --smtp-host and --smtp-from")
	}
	for _, address := range append([]string{m.From}, m.To...) {
		if _, err := mail.ParseAddress(address); err != nil {
			return fault.Wrap(fault.InvalidConfiguration, err, strconv.Quote(address)+" is not an e-mail address.").WithHint("write it as name@example.com")
		}
	}
	return nil
}

// Name is "email".
func (*Mail) Name() string { return "email" }

// Send sends one e-mail to all receivers.
func (m *Mail) Send(ctx context.Context, e Event) error {
	msg, err := m.compose(e)
	if err != nil {
		return err
	}
	return m.send(ctx, msg)
}

// Write sends a letter to one person.
func (m *Mail) Write(ctx context.Context, to, subject, text string) error {
	msg := gomail.NewMsg()
	if err := msg.From(m.From); err != nil {
		return fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(to); err != nil {
		return fmt.Errorf("receiver: %w", err)
	}
	msg.Subject(subject)
	msg.SetBodyString(gomail.TypeTextPlain, text)
	return m.send(ctx, msg)
}

func (m *Mail) send(ctx context.Context, msg *gomail.Msg) error {
	// The library leaves the connection open when greeting or TLS fail, so it is closed here in any case.
	var line net.Conn
	dial := func(ctx context.Context, network, address string) (_ net.Conn, err error) {
		if line, err = (&net.Dialer{}).DialContext(ctx, network, address); err != nil {
			return nil, fmt.Errorf("dial: %w", err)
		}
		if m.ImplicitTLS {
			line = tls.Client(line, &tls.Config{ServerName: m.Host, MinVersion: tls.VersionTLS12})
		}
		return line, nil
	}
	defer func() {
		if line != nil {
			_ = line.Close() // in good cases it is closed already
		}
	}()
	client, err := gomail.NewClient(m.Host, append(m.options(), gomail.WithDialContextFunc(dial))...)
	if err != nil {
		return fmt.Errorf("prepare the e-mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send the e-mail: %w", err)
	}
	return nil
}

func (m *Mail) options() []gomail.Option {
	o := []gomail.Option{gomail.WithTimeout(SendTime)}
	switch {
	case m.ImplicitTLS:
		o = append(o, gomail.WithSSLPort(false))
	case m.Plain:
		o = append(o, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	default:
		o = append(o, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	}
	if m.Port != 0 {
		o = append(o, gomail.WithPort(m.Port))
	}
	if m.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if m.ImplicitTLS { // the library looks for what is safe without TLS, since it has not begun that itself
			auth = gomail.SMTPAuthPlain
		}
		o = append(o, gomail.WithSMTPAuth(auth), gomail.WithUsername(m.User), gomail.WithPassword(m.Password))
	}
	return o
}

func (m *Mail) compose(e Event) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.From(m.From); err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	if err := msg.To(m.To...); err != nil {
		return nil, fmt.Errorf("receivers: %w", err)
	}
	msg.SetMessageIDWithValue(e.ID + "@ropeway")
	msg.SetDateWithValue(e.At)
	msg.Subject("Ropeway: " + oneLine(e.Subject+": "+e.Message))
	msg.SetBodyString(gomail.TypeTextPlain, e.text())
	return msg, nil
}

// maxSubjectRunes is the length of a subject.
const maxSubjectRunes = 120

// oneLine makes a subject of a text in which somebody's names stand.
func oneLine(text string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
	if len(runes) > maxSubjectRunes {
		return string(runes[:maxSubjectRunes-1]) + "…"
	}
	return string(runes)
}

// text is an event for people.
func (e Event) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", e.Subject, e.Message)
	if e.Hint != "" {
		fmt.Fprintf(&b, "\nWhat to do: %s\n", e.Hint)
	}
	if e.Where != "" {
		fmt.Fprintf(&b, "Where to look: %s\n", e.Where)
	}
	if e.Repeats > 0 {
		fmt.Fprintf(&b, "\n%d more like it in the time before.\n", e.Repeats)
	}
	fmt.Fprintf(&b, "\n%s\n", e.At.UTC().Format(time.RFC1123))
	return b.String()
}
