package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/ropeway/ropeway/internal/fault"
)

// Work is what a password hash costs.
type Work struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

func recommended() Work { return Work{hashMemoryKiB, hashPasses, hashLanes} }

// Bounds of stored hashes, so that one that was tampered with cannot take all memory.
const (
	maxMemoryKiB = 1 << 20
	maxPasses    = 64
	minSaltBytes = 8
	maxPartBytes = 64
	minKeyBytes  = 16
)

// phc is a password hash in the form of the password hashing competition: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
type phc struct {
	work      Work
	salt, key []byte
}

func (h phc) String() string {
	e := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.work.MemoryKiB, h.work.Passes, h.work.Lanes,
		e.EncodeToString(h.salt), e.EncodeToString(h.key))
}

// parsePHC reads a hash. It takes only what String writes.
func parsePHC(text string) (phc, bool) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 {
		return phc{}, false
	}
	var h phc
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.work.MemoryKiB, &h.work.Passes, &h.work.Lanes); err != nil {
		return phc{}, false
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return phc{}, false
	}
	if h.key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return phc{}, false
	}
	return h, h.bounded() && h.String() == text
}

func (h phc) bounded() bool {
	w := h.work
	return w.Lanes >= 1 && w.Passes >= 1 && w.Passes <= maxPasses && w.MemoryKiB >= 8*uint32(w.Lanes) && w.MemoryKiB <= maxMemoryKiB &&
		len(h.salt) >= minSaltBytes && len(h.salt) <= maxPartBytes && len(h.key) >= minKeyBytes && len(h.key) <= maxPartBytes
}

// hasher hashes passwords, few at once.
type hasher struct {
	work    Work
	derive  func(password, salt []byte, w Work, length uint32) []byte
	slots   chan struct{}
	waiting atomic.Int32
}

func newHasher(w Work) *hasher {
	if w == (Work{}) {
		w = recommended()
	}
	return &hasher{work: w, slots: make(chan struct{}, hashesAtOnce), derive: func(password, salt []byte, w Work, length uint32) []byte {
		return argon2.IDKey(password, salt, w.Passes, w.MemoryKiB, w.Lanes, length)
	}}
}

// run derives a key when it is its turn. Where too many wait it is refused with a RateLimit fault.
func (h *hasher) run(ctx context.Context, password string, salt []byte, w Work, length int) ([]byte, error) {
	if h.waiting.Add(1) > hashesWaiting {
		h.waiting.Add(-1)
		return nil, fault.New(fault.RateLimit, "[sign-ins-many] Too many people are signing in at the same time.").WithHint("[hint-moment] try again in a moment").WithDelay(time.Second)
	}
	select {
	case h.slots <- struct{}{}:
		h.waiting.Add(-1)
	case <-ctx.Done():
		h.waiting.Add(-1)
		return nil, ctx.Err()
	}
	defer func() { <-h.slots }()
	return h.derive([]byte(norm.NFKC.String(password)), salt, w, uint32(length)), nil
}

// hash returns the hash of a password with a salt of its own.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it ends the program rather than fail
	key, err := h.run(ctx, password, salt, h.work, keyBytes)
	if err != nil {
		return "", err
	}
	return phc{h.work, salt, key}.String(), nil
}

// decoy returns a hash that no password is known to have; comparing with it costs what comparing with a new one does.
func (h *hasher) decoy() string {
	salt, key := make([]byte, saltBytes), make([]byte, keyBytes)
	_, _ = rand.Read(salt) // it ends the program rather than fail
	_, _ = rand.Read(key)  // likewise
	return phc{h.work, salt, key}.String()
}

// verify compares a password with a stored hash. stale tells that the hash costs something else than new ones do.
func (h *hasher) verify(ctx context.Context, password, stored string) (ok, stale bool, err error) {
	want, known := parsePHC(stored)
	if !known {
		return false, false, fault.New(fault.Inconsistency, "[password-damaged] The stored password hash is damaged.").WithHint("[hint-new-password] set a new password")
	}
	key, err := h.run(ctx, password, want.salt, want.work, len(want.key))
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(key, want.key) == 1, want.work != h.work || len(want.key) != keyBytes, nil
}

// checkPassword refuses passwords that are easily guessed. email is that of the user.
func checkPassword(password, email string) error {
	runes := map[rune]bool{}
	for _, r := range password {
		runes[r] = true
	}
	local, _, _ := strings.Cut(email, "@")
	lower := strings.ToLower(password)
	switch {
	case !utf8.ValidString(password) || len(password) > MaxPasswordBytes:
		return invalid("password", "[password-long] The password is too long: %d bytes are allowed.", MaxPasswordBytes)
	case utf8.RuneCountInString(password) < MinPasswordRunes:
		return invalid("password", "[password-short] The password is too short.").WithHintf("[hint-password-length] take %d characters or more: a few words that do not belong together are good", MinPasswordRunes)
	case len(runes) < minDistinctRunes:
		return invalid("password", "[password-repeats] The password repeats the same few characters.").WithHint("[hint-password-words] a few words that do not belong together are good")
	case lower == email || strings.ReplaceAll(lower, local, "") == "":
		return invalid("password", "[password-email] The password is your email address.").WithHint("[hint-password-words] a few words that do not belong together are good")
	}
	return nil
}
