package intake

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
)

// tokenBytes is the number of random bytes in an address: 160 bits, 32 characters.
const tokenBytes = 20

// Path is what stands before the token in the path of an address.
const Path = "/hook/"

// Token is the secret part of a webhook's address. Who knows it can call the webhook.
type Token string

// TokenHash is the SHA-256 of a Token: all that is needed to find the webhook, so that neither a copy of the database
// (where tokens are sealed besides) nor the time that a lookup takes gives addresses away.
type TokenHash [sha256.Size]byte

// NewToken makes a token of random bits that it reads from random (crypto/rand.Reader).
func NewToken(random io.Reader) (Token, error) {
	var bits [tokenBytes]byte
	if _, err := io.ReadFull(random, bits[:]); err != nil {
		return "", fmt.Errorf("read random bits: %w", err)
	}
	return Token(tokenText().EncodeToString(bits[:])), nil
}

// tokenText is lower case, so that no mail program or form can spoil the address by changing its case.
func tokenText() *base32.Encoding {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)
}

// Hash returns what the token is found by.
func (t Token) Hash() TokenHash { return sha256.Sum256([]byte(t)) }

// Path returns the path of the address.
func (t Token) Path() string { return Path + string(t) }

// LogValue keeps tokens out of logs.
func (t Token) LogValue() slog.Value { return slog.StringValue(hidden) }

// Equal compares in constant time.
func (h TokenHash) Equal(other TokenHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}
