package intake

import (
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
)

// Settings say what a webhook accepts. The zero Settings accept any body from anybody. They must not be changed once
// they were handed out.
type Settings struct {
	// Headers and Method add __IMTHEADERS__ and __IMTMETHOD__ to the bundle.
	Headers, Method bool
	// Stringify passes a JSON body on as text, in the field value.
	Stringify bool
	// JSON takes every body for JSON, whatever its content type says.
	JSON bool

	// Structure is what bundles must look like; nil accepts any. Strict refuses fields that it does not name.
	Structure []module.Field
	Strict    bool

	// Checks must all hold.
	Checks []Check
	// Rate bounds how often the webhook can be called.
	Rate Rate
	// Filter decides which bundles are queued; the others are answered as if they were. Nil queues all.
	Filter *filter.Filter
	// Duplicates suppresses repeated deliveries; nil queues every one.
	Duplicates *Duplicates
	// Handshake answers services that check the address before they use it; nil treats such calls like all others.
	Handshake *Handshake
	// ResponseWait is how long the caller waits for the answer of the scenario; 0 means DefaultResponseWait.
	ResponseWait time.Duration
}

// Handshake describes a call by which a service finds out whether the address is that of its user: it sends a text and
// wants it back. Such a call is not queued.
type Handshake struct {
	// Field is the name of the field with the text: of the query string in calls by GET, which are answered before any
	// check, since such calls are not signed; of the bundle in all others, which are answered after the checks.
	Field string
	// TokenField is the name of a field beside it that must hold Token; "" asks for none.
	TokenField string
	Token      Secret
}

// responseWait returns how long the caller waits.
func (s *Settings) responseWait() time.Duration {
	if s.ResponseWait <= 0 {
		return DefaultResponseWait
	}
	return min(s.ResponseWait, MaxResponseWait)
}

// secretHeader reports whether one of the checks finds its secret in the header.
func (s *Settings) secretHeader(name string) bool {
	for _, check := range s.Checks {
		if secret := check.secretHeader(); secret != "" && strings.EqualFold(secret, name) {
			return true
		}
	}
	return false
}

// check runs the checks that come before the body is read (early), or those that need it.
func (s *Settings) check(e *evidence, early bool) *answer {
	for _, check := range s.Checks {
		if check.early() != early {
			continue
		}
		if a := check.verify(e); a != nil {
			return a
		}
	}
	return nil
}

// echo returns the text to send back, false where the call is no handshake. lookup finds a field of the call.
func (h *Handshake) echo(lookup func(name string) (string, bool)) (string, bool) {
	text, found := lookup(h.Field)
	if !found || text == "" || len(text) > MaxChallengeBytes {
		return "", false
	}
	if h.TokenField != "" {
		token, _ := lookup(h.TokenField)
		if sameText(token, h.Token.Reveal()) == 0 {
			return "", false
		}
	}
	return text, true
}
