package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/notify"
)

// Of the notifications of serve.
const (
	// smtpPasswordVariable is the environment variable with the password of the mail server.
	smtpPasswordVariable = "ROPEWAY_SMTP_PASSWORD" //nolint:gosec // the name, not the password
	// smtpsPort is where mail servers speak TLS from the first byte.
	smtpsPort = 465
	// maxSecretFileBytes is the size of a file with one secret.
	maxSecretFileBytes = 4 << 10
)

// notifyFlags are the flags of serve that say who is told.
type notifyFlags struct {
	webhook, secretFile string
	emails              []string
	host, user, from    string
	port                int
	plain               bool
}

func (f *notifyFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.webhook, "notify-webhook", "", "URL that is told by POST when a scenario stops, a disk fills up or something else needs a person")
	flags.StringVar(&f.secretFile, "notify-webhook-secret-file", "", "file with the secret that signs these calls (Standard Webhooks)")
	flags.StringArrayVar(&f.emails, "notify-email", nil, "address that is told by e-mail; may be repeated")
	flags.StringVar(&f.host, "smtp-host", "", "mail server for --notify-email, and for invitations and new passwords")
	flags.IntVar(&f.port, "smtp-port", 587, "its port; 465 speaks TLS from the first byte")
	flags.StringVar(&f.user, "smtp-user", "", "user of the mail server; the password is in "+smtpPasswordVariable)
	flags.StringVar(&f.from, "smtp-from", "", "sender of the e-mails")
	flags.BoolVar(&f.plain, "smtp-plain", false, "send without TLS where the mail server offers none")
}

// ways names the ways in which people are told.
func (f *notifyFlags) ways() []string {
	ways := []string{"log"}
	if f.webhook != "" {
		ways = append(ways, "webhook")
	}
	if len(f.emails) > 0 {
		ways = append(ways, "email")
	}
	return ways
}

// newNotifier makes the Notifier that the flags ask for, and what sends letters to people, nil where no mail server is named. Without any
// flags it tells the log only. The caller closes it.
func newNotifier(env *Env, f notifyFlags, client notify.Caller, log *slog.Logger, meter notify.Meter) (*notify.Notifier, *notify.Mail, error) {
	var sinks []notify.Sink
	if f.webhook != "" {
		w := &notify.Webhook{Caller: client, Clock: clock.System{}, URL: f.webhook}
		if f.secretFile != "" {
			secret, err := readFile(env, f.secretFile, maxSecretFileBytes)
			if err != nil {
				return nil, nil, err
			}
			if w.Key, err = notify.ParseKey(string(secret)); err != nil {
				return nil, nil, err
			}
		}
		sinks = append(sinks, w)
	} else if f.secretFile != "" {
		return nil, nil, fault.New(fault.InvalidConfiguration, "There is a secret for notifications and no address.").WithHint("give --notify-webhook as well")
	}
	var m *notify.Mail
	if len(f.emails) > 0 || f.host != "" {
		m = &notify.Mail{
			Host: f.host, Port: f.port, User: f.user, Password: env.Getenv(smtpPasswordVariable), From: f.from, To: f.emails,
			ImplicitTLS: f.port == smtpsPort, Plain: f.plain,
		}
		if err := m.Check(); err != nil {
			return nil, nil, err
		}
		if len(m.To) > 0 {
			sinks = append(sinks, m)
		}
	}
	return notify.New(notify.Options{Sinks: sinks, Clock: clock.System{}, Log: log, Meter: meter}), m, nil
}
