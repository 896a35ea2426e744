package server

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/notify"
	"github.com/ropeway/ropeway/internal/store"
)

// AccountWatcher is told of everything that happens to accounts. It notes in the audit log what comes without a caller who is known;
// the rest is noted with the request that does it.
type AccountWatcher struct {
	Store    *store.Store
	Notifier *notify.Notifier
	Log      *slog.Logger
}

var _ account.Observer = AccountWatcher{}

// Observe logs the event, notes it, and tells people of guessing.
func (w AccountWatcher) Observe(ctx context.Context, e account.Event) {
	level := slog.LevelInfo
	if e.Action == account.GuessingSlowed {
		level = slog.LevelWarn
		w.Notifier.Tell(notify.Event{
			Kind: notify.PasswordGuessing, Subject: "account " + e.About, Message: "Passwords are being tried for " + e.About + ", from " + e.Address + ". Further attempts are slowed down.",
			Hint: "see whether it is the user himself; else block the address before it reaches Ropeway", Where: "the audit log",
		})
	}
	w.Log.Log(ctx, level, "account", "action", string(e.Action), "by", e.By, "about", e.About, "address", e.Address)
	switch e.Action {
	case account.SetUp, account.SignedInAction, account.SignedOutAction, account.GuessingSlowed, account.RecoveryCodeUsed,
		account.ResetAsked, account.PasswordReset, account.EmailChanged, account.InvitationUsed, account.IdentityLinked:
		w.note(ctx, e)
	default: // noted with the request
	}
}

func (w AccountWatcher) note(ctx context.Context, e account.Event) {
	told := map[string]string{"address": e.Address, "about": e.About}
	if e.Action == account.EmailChanged { // entries from before name who it is by the address of then
		told["before"], told["after"] = e.Before, e.After
	}
	details, _ := json.Marshal(told) // texts always marshal
	by := e.By
	if by == "" || by == "nobody" {
		by = e.About
	}
	err := w.Store.Audit(context.WithoutCancel(ctx), store.AuditEntry{
		Actor: by, Action: string(e.Action), Subject: "user " + e.About, Details: string(details), Organization: e.Organization, Team: e.Team,
	})
	if err != nil {
		w.Log.ErrorContext(ctx, "the audit log could not be written", "action", string(e.Action), "error", err)
	}
}

// Postman sends letters one by one, without anybody waiting for it.
type Postman struct {
	mail    *notify.Mail
	log     *slog.Logger
	letters chan account.Letter
	ends    context.CancelFunc
	work    sync.WaitGroup
}

// lettersWaiting is how many letters wait for the mail server; further ones are refused.
const lettersWaiting = 100

// NewPostman begins to send letters by mail. Close ends it.
func NewPostman(ctx context.Context, mail *notify.Mail, log *slog.Logger) *Postman {
	p := &Postman{mail: mail, log: log, letters: make(chan account.Letter, lettersWaiting)}
	ctx, p.ends = context.WithCancel(context.WithoutCancel(ctx))
	p.work.Go(func() { p.deliver(ctx) })
	return p
}

var _ account.Mailer = (*Postman)(nil)

// Post hands a letter over.
func (p *Postman) Post(ctx context.Context, l account.Letter) error {
	select {
	case p.letters <- l:
	default:
		p.log.ErrorContext(ctx, "a letter was dropped: too many wait for the mail server", "to", l.To, "subject", l.Subject)
	}
	return nil
}

func (p *Postman) deliver(ctx context.Context) {
	for {
		select {
		case l := <-p.letters:
			if err := p.mail.Write(ctx, l.To, l.Subject, l.Text); err != nil {
				p.log.ErrorContext(ctx, "a letter could not be sent", "to", l.To, "subject", l.Subject, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Close ends the delivery. Letters that still wait are not sent; whoever waits for one asks again.
func (p *Postman) Close() {
	p.ends()
	p.work.Wait()
}
