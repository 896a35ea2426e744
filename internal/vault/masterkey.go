package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

const (
	// KeyBytes is the size of master keys and data keys.
	KeyBytes = 32
	// MaxKeyIDBytes is the length of the ID of a master key.
	MaxKeyIDBytes = 64
	// keyPrefix starts the text form of a key: "ropeway-key:ID:BASE64URL".
	keyPrefix = "ropeway-key:"
	// checksumBytes is the length of what finds typing errors in the text form.
	checksumBytes = 4
)

// MasterKey wraps data keys. It shows its ID wherever it is printed, and its key only through Encode.
type MasterKey struct {
	id  string
	key Secret // KeyBytes bytes; empty in the zero MasterKey
}

// NewMasterKey returns a master key under the name id: 1 to MaxKeyIDBytes letters, digits, dots, dashes and underscores.
func NewMasterKey(id string, key [KeyBytes]byte) (MasterKey, error) {
	if !isKeyID(id) {
		return MasterKey{}, fault.New(fault.InvalidConfiguration, "the name of a master key is not valid").
			WithHint(fmt.Sprintf("use 1 to %d letters, digits, dots, dashes and underscores", MaxKeyIDBytes))
	}
	if key == ([KeyBytes]byte{}) {
		return MasterKey{}, fault.New(fault.InvalidConfiguration, "a master key consists of zeros").WithHint("generate a key")
	}
	return MasterKey{id: id, key: NewSecret(string(key[:]))}, nil
}

// GenerateKey draws a master key from random, which is crypto/rand.Reader but in tests, and names it after its content.
func GenerateKey(random io.Reader) (MasterKey, error) {
	var key [KeyBytes]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return MasterKey{}, fmt.Errorf("draw a master key: %w", err)
	}
	return NewMasterKey(fingerprint(key), key)
}

// fingerprint names a key by a digest that says nothing about it.
func fingerprint(key [KeyBytes]byte) string {
	digest := sha256.Sum256(append([]byte("ropeway master key id\x00"), key[:]...))
	return hex.EncodeToString(digest[:8])
}

// ParseKey reads the form that Encode writes. A key that another tool made may be given as 64 hexadecimal digits or in
// base64; it is named after its content. White space around it is ignored. No error repeats the text.
func ParseKey(text string) (MasterKey, error) {
	text = strings.TrimSpace(text)
	if encoded, ok := strings.CutPrefix(text, keyPrefix); ok {
		return parseEncoded(encoded)
	}
	data, err := hex.DecodeString(text)
	if err != nil {
		data, err = decodeBase64(text)
	}
	if err != nil || len(data) != KeyBytes {
		return MasterKey{}, notAKey()
	}
	return NewMasterKey(fingerprint([KeyBytes]byte(data)), [KeyBytes]byte(data))
}

// parseEncoded reads "ID:BASE64URL", in which a checksum follows the key.
func parseEncoded(encoded string) (MasterKey, error) {
	id, text, _ := strings.Cut(encoded, ":")
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != KeyBytes+checksumBytes {
		return MasterKey{}, notAKey()
	}
	key, sum := [KeyBytes]byte(data[:KeyBytes]), data[KeyBytes:]
	if !bytes.Equal(sum, checksum(id, key)) {
		return MasterKey{}, fault.New(fault.InvalidConfiguration, "a master key has a typing error").WithHint("copy it again, as a whole")
	}
	return NewMasterKey(id, key)
}

// decodeBase64 accepts both alphabets, with padding and without.
func decodeBase64(text string) ([]byte, error) {
	text = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(text), "=")
	return base64.RawStdEncoding.Strict().DecodeString(text) //nolint:wrapcheck // the caller tells it in its own words
}

func notAKey() error {
	return fault.New(fault.InvalidConfiguration, "this is not a master key").
		WithHint(fmt.Sprintf("a key is %sNAME:… or %d random bytes in base64 or hexadecimal digits", keyPrefix, KeyBytes))
}

func checksum(id string, key [KeyBytes]byte) []byte {
	digest := sha256.Sum256(append([]byte("ropeway master key checksum\x00"+id+"\x00"), key[:]...))
	return digest[:checksumBytes]
}

func isKeyID(id string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	return id != "" && len(id) <= MaxKeyIDBytes && strings.Trim(id, letters+"0123456789._-") == ""
}

// ID returns the name of the key, which is no secret.
func (k MasterKey) ID() string { return k.id }

// Encode returns the key in the text form that ParseKey reads, with the key in it; "" for the zero MasterKey.
func (k MasterKey) Encode() string {
	if k.key.IsEmpty() {
		return ""
	}
	data := []byte(k.key.Reveal())
	data = append(data, checksum(k.id, [KeyBytes]byte(data))...)
	return keyPrefix + k.id + ":" + base64.RawURLEncoding.EncodeToString(data)
}

// Equal reports whether both are the same key under the same name.
func (k MasterKey) Equal(other MasterKey) bool { return k.key.Equal(other.key) && k.id == other.id }

// String returns "[master key ID]".
func (k MasterKey) String() string { return "[master key " + k.id + "]" }

// Format prints String for every verb of fmt.
func (k MasterKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// MarshalText gives String to encoding/json and others.
func (k MasterKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// LogValue gives String to log/slog.
func (k MasterKey) LogValue() slog.Value { return slog.StringValue(k.String()) }
