package vault

import (
	"slices"

	"github.com/ropeway/ropeway/internal/fault"
)

// version is the first byte of a sealed secret; another layout gets another one.
const version = 1

// Sizes in bytes.
const (
	// sealBytes is how much longer AES-GCM makes what it seals: a nonce of 12 in front and a tag of 16 behind.
	sealBytes    = 28
	wrappedBytes = KeyBytes + sealBytes
)

// envelope is what a sealed secret consists of: version, length of the key's ID, the ID, the wrapped data key, and the
// content, each of the latter with its nonce.
type envelope struct {
	keyID   string
	wrapped []byte
	content []byte
}

func (e envelope) bytes() []byte {
	return slices.Concat([]byte{version, byte(len(e.keyID))}, []byte(e.keyID), e.wrapped, e.content)
}

// parseEnvelope takes sealed apart without copying it; nothing of it is authentic yet.
func parseEnvelope(sealed []byte) (envelope, error) {
	if len(sealed) < 2 || sealed[0] != version {
		return envelope{}, malformed()
	}
	idBytes, rest := int(sealed[1]), sealed[2:]
	content := len(rest) - idBytes - wrappedBytes
	if content < sealBytes || content > MaxSecretBytes+sealBytes {
		return envelope{}, malformed()
	}
	e := envelope{
		keyID:   string(rest[:idBytes]),
		wrapped: rest[idBytes : idBytes+wrappedBytes],
		content: rest[idBytes+wrappedBytes:],
	}
	if !isKeyID(e.keyID) { // it may stand in a hint
		return envelope{}, malformed()
	}
	return e, nil
}

func malformed() error {
	return fault.Wrap(fault.Inconsistency, ErrMalformed, "this is not a sealed secret that this version can read").
		WithHint("enter the secret again, or use the version that sealed it")
}

// keyData is the additional data of a wrapped data key. The ID is preceded by its length, so that no other ID and
// identity give the same bytes.
func keyData(keyID, identity string) []byte {
	return slices.Concat([]byte("ropeway vault 1 data key\x00"), []byte{byte(len(keyID))}, []byte(keyID), []byte(identity))
}

// contentData is the additional data of the content. It leaves the master key out, which Rewrap replaces.
func contentData(identity string) []byte {
	return slices.Concat([]byte("ropeway vault 1 content\x00"), []byte(identity))
}
