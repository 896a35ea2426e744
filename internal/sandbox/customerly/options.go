package customerly

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Limits of the sandbox; each is enforced and tested.
const (
	// DefaultToken is the access token when Options.Token is empty.
	DefaultToken = "sandbox-token"
	// DefaultMaxPerPage is the largest page that a list returns unless Options.MaxPerPage says otherwise.
	DefaultMaxPerPage = 100

	defaultPerPage       = 50
	defaultAppID         = "5a1db0c5"
	maxContactsGenerated = 5_000_000
	maxBodyBytes         = 8 << 20
	maxImportBytes       = 512 << 20
	maxBatchContacts     = 1000
	maxEmailBytes        = 254
	maxNameChars         = 255
	maxUserIDChars       = 255
	maxTagChars          = 128
	maxTextChars         = 128
	maxNumberBytes       = 64
	maxAttributeChars    = 128
	maxAttributes        = 500
	maxContentBytes      = 1 << 20
	maxMessagesKept      = 10_000
	maxWebhooks          = 100
	maxPlannedFaults     = 100
	maxLatency           = 60 * time.Second
	requestsKept         = 100
	deliveriesKept       = 200
	bodyPreviewBytes     = 1024
)

// Options says how a sandbox is set up. The zero value is an empty sandbox with DefaultToken that keeps nothing on disk.
type Options struct {
	// Token is the one accepted access token; empty means DefaultToken.
	Token string
	// Contacts is how many contacts to generate, half of them users (the odd one too), half leads. It is added to Users and Leads.
	Contacts int
	// Users and Leads are how many of each to generate.
	Users, Leads int
	// Seed chooses the generated people; the same seed and clock give the same contacts.
	Seed int64
	// Import are CSV files to load at start, after generating. A reader with a Name method (as *os.File) is named by it in messages.
	Import []io.Reader
	// DataDir keeps everything on disk when not empty. Contacts are generated only while it holds no data.
	DataDir string
	// AppID is the project id shown in objects; empty means a fixed one.
	AppID string
	// MaxPerPage caps per_page; zero means DefaultMaxPerPage.
	MaxPerPage int
	// NotFoundStatus is the HTTP status for something that does not exist; zero means 404.
	NotFoundStatus int
	// StrictAuth answers 401 where the real API answers 500 to a bad or missing token.
	StrictAuth bool
	// PromoteLeads makes POST /leads create or convert to a user when an element carries a user_id.
	PromoteLeads bool
	// ReplaceTags makes the tags of an upsert replace those of the contact.
	ReplaceTags bool
	// TruncateText cuts attribute text that is too long; otherwise it is refused.
	TruncateText bool
	// TiedUpdates lets two changes within one second carry the same last_update.
	TiedUpdates bool
	// Webhooks are addresses that receive every event, added at start unless already known.
	Webhooks []string
	// Now is the time source; nil means the system clock.
	Now func() time.Time
	// Wait pauses for a duration or until the context ends (latency faults, webhook retries); nil means really waiting.
	Wait func(ctx context.Context, d time.Duration) error
	// Client sends webhooks; nil means a client that follows no redirects.
	Client *http.Client
	// Logger receives messages for the operator; nil discards them.
	Logger *slog.Logger
}

// withDefaults fills what was left empty and brings numbers into their range.
func (o Options) withDefaults() Options {
	o.Token = orText(o.Token, DefaultToken)
	o.AppID = orText(o.AppID, defaultAppID)
	if o.MaxPerPage <= 0 {
		o.MaxPerPage = DefaultMaxPerPage
	}
	if o.NotFoundStatus < 200 || o.NotFoundStatus > 599 {
		o.NotFoundStatus = http.StatusNotFound
	}
	if o.Now == nil {
		o.Now = systemTime
	}
	if o.Wait == nil {
		o.Wait = waitReally
	}
	if o.Client == nil {
		o.Client = webhookClient()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// systemTime is the only place where the package takes the time itself.
func systemTime() time.Time { return time.Now() }

func waitReally(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
