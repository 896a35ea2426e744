package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

var (
	_ Check = StandardWebhooks{}
	_ Check = GitHub{}
	_ Check = Stripe{}
	_ Check = HMAC{}
)

// StandardWebhooks asks for a signature by the Standard Webhooks specification, version v1: the headers webhook-id,
// webhook-timestamp and webhook-signature. Any one of the secrets will do.
type StandardWebhooks struct {
	Secrets   []Secret // "whsec_" and base64, or base64 alone
	Tolerance time.Duration
}

func (s StandardWebhooks) verify(e *evidence) *answer {
	id, stamp := e.header.Get("Webhook-Id"), e.header.Get("Webhook-Timestamp")
	signatures := e.header.Get("Webhook-Signature")
	if id == "" || stamp == "" || signatures == "" {
		return unauthorized("The call is not signed: the headers webhook-id, webhook-timestamp and webhook-signature are needed.")
	}
	if a := timely(stamp, e.now, s.Tolerance); a != nil {
		return a
	}
	var given candidates
	for part := range strings.FieldsSeq(signatures) {
		if text, ok := strings.CutPrefix(part, "v1,"); ok {
			given.add(base64.StdEncoding.DecodeString(text))
		}
	}
	return given.verify(sha256.New, s.keys(), []byte(id+"."+stamp+"."), e.body)
}

// keys returns the secrets' bytes. A secret that is not base64 opens nothing.
func (s StandardWebhooks) keys() [][]byte {
	keys := make([][]byte, 0, len(s.Secrets))
	for _, secret := range s.Secrets {
		if key, err := standardKey(secret); err == nil && len(key) > 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

func standardKey(secret Secret) ([]byte, error) {
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimPrefix(secret.Reveal(), "whsec_"), "="))
	if err != nil {
		return nil, fmt.Errorf("decode secret: %w", err)
	}
	return key, nil
}

func (s StandardWebhooks) early() bool          { return false }
func (s StandardWebhooks) secretHeader() string { return "" }

// GitHub asks for a signature in the header X-Hub-Signature-256. It carries no time, so only suppression of duplicates
// by the header X-GitHub-Delivery guards against replays.
type GitHub struct{ Secrets []Secret }

func (g GitHub) verify(e *evidence) *answer {
	return HMAC{Header: "X-Hub-Signature-256", Prefix: "sha256=", Secrets: g.Secrets}.verify(e)
}

func (g GitHub) early() bool          { return false }
func (g GitHub) secretHeader() string { return "" }

// Stripe asks for a signature in the header Stripe-Signature: "t=time,v1=signature".
type Stripe struct {
	Secrets   []Secret
	Tolerance time.Duration
}

func (s Stripe) verify(e *evidence) *answer {
	var stamp string
	var given candidates
	for part := range strings.SplitSeq(e.header.Get("Stripe-Signature"), ",") {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			stamp = text
		case "v1":
			given.add(hex.DecodeString(text))
		}
	}
	if stamp == "" || len(given) == 0 {
		return unauthorized("The call is not signed: the header Stripe-Signature with t= and v1= is needed.")
	}
	if a := timely(stamp, e.now, s.Tolerance); a != nil {
		return a
	}
	return given.verify(sha256.New, plainKeys(s.Secrets), []byte(stamp+"."), e.body)
}

func (s Stripe) early() bool          { return false }
func (s Stripe) secretHeader() string { return "" }

// HMAC asks for a signature of the body in a header. It carries no time, so only suppression of duplicates guards
// against replays.
type HMAC struct {
	Header  string
	Prefix  string // stands before the signature, such as "sha256="
	SHA512  bool   // instead of SHA-256
	Base64  bool   // instead of hexadecimal digits
	Secrets []Secret
}

func (h HMAC) verify(e *evidence) *answer {
	text := e.header.Get(h.Header)
	if text == "" {
		return unauthorized("The call is not signed: the header " + h.Header + " is missing.")
	}
	text, found := strings.CutPrefix(text, h.Prefix)
	if !found {
		return unauthorized("The header " + h.Header + " must start with " + strconv.Quote(h.Prefix) + ".")
	}
	var given candidates
	if h.Base64 {
		given.add(base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "=")))
	} else {
		given.add(hex.DecodeString(text))
	}
	algorithm := sha256.New
	if h.SHA512 {
		algorithm = sha512.New
	}
	return given.verify(algorithm, plainKeys(h.Secrets), nil, e.body)
}

func (h HMAC) early() bool          { return false }
func (h HMAC) secretHeader() string { return "" }

func plainKeys(secrets []Secret) [][]byte {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		keys[i] = []byte(secret.Reveal())
	}
	return keys
}

// candidates are the signatures of a call, of which one must be right.
type candidates [][]byte

// add takes the result of decoding; what cannot be decoded is no candidate.
func (c *candidates) add(signature []byte, err error) {
	if err == nil && len(*c) < MaxSignatures {
		*c = append(*c, signature)
	}
}

// verify compares with the signatures that the keys make of prefix and body. An empty key is none.
func (c candidates) verify(algorithm func() hash.Hash, keys [][]byte, prefix, body []byte) *answer {
	ok := false
	for _, key := range keys {
		if len(key) == 0 {
			continue
		}
		mac := hmac.New(algorithm, key)
		mac.Write(prefix)
		mac.Write(body)
		want := mac.Sum(nil)
		for _, got := range c {
			ok = hmac.Equal(got, want) || ok
		}
	}
	if !ok {
		return unauthorized("The signature is not right.")
	}
	return nil
}

// timely reports whether stamp, in seconds since 1970, is within tolerance of now; 0 means DefaultTolerance.
func timely(stamp string, now time.Time, tolerance time.Duration) *answer {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return unauthorized("The time of the signature is not a number of seconds since 1970.")
	}
	if tolerance <= 0 {
		tolerance = DefaultTolerance
	}
	// Compared as whole seconds: a difference of times would overflow for years far away.
	allowed, ours := int64(tolerance/time.Second), now.Unix()
	if seconds < ours-allowed {
		return unauthorized("The signature is too old: " + stamp + " is more than " + tolerance.String() + " ago.")
	}
	if seconds > ours+allowed {
		return unauthorized("The signature comes from the future: look at the clock of the sender.")
	}
	return nil
}
