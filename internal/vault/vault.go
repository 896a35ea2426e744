// Package vault seals secrets, such as tokens and passwords, so that they can be stored beside other data.
//
// A stolen database or backup then holds nothing of use without the master key, and a sealed secret that was copied to
// another row does not open there. The package does not store anything and does not decide who may see a secret.
package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/ropeway/ropeway/internal/fault"
)

// The limits of what is sealed.
const (
	// MaxSecretBytes is the size of one secret. The largest are chains of certificates.
	MaxSecretBytes = 64 << 10
	// MaxIdentityBytes is the length of an identity.
	MaxIdentityBytes = 1 << 10
	// MaxKeys is the number of master keys that a Vault may have.
	MaxKeys = 16
)

// Why a sealed secret does not open, as the cause of the fault.
var (
	ErrMalformed    = errors.New("not a sealed secret of a known version")
	ErrUnknownKey   = errors.New("sealed with an unknown master key")
	ErrNotAuthentic = errors.New("changed, or sealed for another identity")
)

// Vault seals secrets and opens them. Each secret has a data key of its own, which a master key wraps: AES-256-GCM for
// both, with the identity as additional data of both. It is safe for concurrent use.
type Vault struct {
	current string
	keys    map[string]cipher.AEAD // by ID
}

// Open returns a Vault that seals with the first key and opens with all of them. Data keys are wrapped with random
// nonces, so a master key should be replaced before it has sealed 4,000,000,000 secrets.
func Open(keys ...MasterKey) (*Vault, error) {
	if len(keys) == 0 {
		return nil, fault.New(fault.InvalidConfiguration, "there is no master key").WithHint("generate one, or name the file that holds it")
	}
	if len(keys) > MaxKeys {
		return nil, fault.Newf(fault.InvalidConfiguration, "there are %d master keys; %d are allowed", len(keys), MaxKeys).
			WithHint("rewrap the secrets with the first one and remove old ones")
	}
	v := &Vault{current: keys[0].ID(), keys: map[string]cipher.AEAD{}}
	for _, key := range keys {
		if key.key.IsEmpty() {
			return nil, fault.New(fault.InvalidConfiguration, "a master key is empty").WithHint("generate a key")
		}
		if _, twice := v.keys[key.ID()]; twice {
			return nil, fault.Newf(fault.InvalidConfiguration, "two master keys have the name %s", key.ID()).WithHint("remove one of them")
		}
		aead, err := newAEAD([]byte(key.key.Reveal()))
		if err != nil {
			return nil, err
		}
		v.keys[key.ID()] = aead
	}
	return v, nil
}

// newAEAD returns AES-256-GCM that draws its nonces and puts them in front.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("prepare a key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("prepare a key: %w", err)
	}
	return aead, nil
}

// seal encrypts plaintext with an AEAD of newAEAD and binds it to data.
func seal(aead cipher.AEAD, plaintext, data []byte) []byte {
	return aead.Seal(nil, nil, plaintext, data) //nolint:gosec // the AEAD draws the nonce, so none is given
}

// CurrentKey returns the ID of the master key that Seal uses.
func (v *Vault) CurrentKey() string { return v.current }

// Seal encrypts plaintext, which may be empty, for identity: the name of the place that it belongs to, such as
// "connection/17/token". Only the same identity opens it. What is sealed is binary, and about 130 bytes longer.
func (v *Vault) Seal(identity string, plaintext []byte) ([]byte, error) {
	if err := checkIdentity(identity); err != nil {
		return nil, err
	}
	if len(plaintext) > MaxSecretBytes {
		return nil, fault.Newf(fault.DataSizeLimit, "a secret has %d bytes; %d are allowed", len(plaintext), MaxSecretBytes).
			WithHint("store large data elsewhere and keep only its key secret")
	}
	var dataKey [KeyBytes]byte
	defer clear(dataKey[:])
	if _, err := io.ReadFull(rand.Reader, dataKey[:]); err != nil {
		return nil, fmt.Errorf("draw a data key: %w", err)
	}
	aead, err := newAEAD(dataKey[:])
	if err != nil {
		return nil, err
	}
	e := envelope{
		keyID:   v.current,
		wrapped: v.wrap(identity, dataKey[:]),
		content: seal(aead, plaintext, contentData(identity)),
	}
	return e.bytes(), nil
}

// wrap seals a data key with the current master key.
func (v *Vault) wrap(identity string, dataKey []byte) []byte {
	return seal(v.keys[v.current], dataKey, keyData(v.current, identity))
}

// Open returns what was sealed for identity. It fails where sealed was cut, changed, sealed for another identity or
// with a key that the Vault does not have; errors.Is tells ErrMalformed, ErrNotAuthentic and ErrUnknownKey apart.
func (v *Vault) Open(identity string, sealed []byte) ([]byte, error) {
	e, dataKey, err := v.unwrap(identity, sealed)
	if err != nil {
		return nil, err
	}
	defer clear(dataKey)
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, err
	}
	plaintext, err := aead.Open(nil, nil, e.content, contentData(identity))
	if err != nil {
		return nil, notAuthentic()
	}
	return plaintext, nil
}

// Rewrap replaces the master key of a sealed secret by the current one; changed is false, and the result sealed itself,
// where it has that already. Only the data key is opened, never the secret: whether that is intact shows when it is
// opened. It fails as Open does.
func (v *Vault) Rewrap(identity string, sealed []byte) (rewrapped []byte, changed bool, err error) {
	e, dataKey, err := v.unwrap(identity, sealed)
	if err != nil {
		return nil, false, err
	}
	defer clear(dataKey)
	if e.keyID == v.current {
		return sealed, false, nil
	}
	e.keyID, e.wrapped = v.current, v.wrap(identity, dataKey)
	return e.bytes(), true, nil
}

// unwrap opens the data key, which the caller clears.
func (v *Vault) unwrap(identity string, sealed []byte) (envelope, []byte, error) {
	if err := checkIdentity(identity); err != nil {
		return envelope{}, nil, err
	}
	e, err := parseEnvelope(sealed)
	if err != nil {
		return envelope{}, nil, err
	}
	master, known := v.keys[e.keyID]
	if !known {
		return envelope{}, nil, fault.Wrap(fault.InvalidConfiguration, ErrUnknownKey, "this secret is sealed with a master key that is not loaded").
			WithHint(fmt.Sprintf("add the master key %s after the current one", e.keyID))
	}
	dataKey, err := master.Open(nil, nil, e.wrapped, keyData(e.keyID, identity))
	if err != nil {
		return envelope{}, nil, notAuthentic()
	}
	return e, dataKey, nil
}

// notAuthentic does not say which layer failed, nor whether the identity or the bytes are wrong: nobody can know, and
// guesses would help only who tampers.
func notAuthentic() error {
	return fault.Wrap(fault.Inconsistency, ErrNotAuthentic, "this secret cannot be opened: it was changed or belongs elsewhere").
		WithHint("enter the secret again, or restore it from a backup")
}

func checkIdentity(identity string) error {
	if identity == "" || len(identity) > MaxIdentityBytes {
		return fault.Newf(fault.InvalidConfiguration, "the identity of a secret has %d bytes; 1 to %d are allowed", len(identity), MaxIdentityBytes).
			WithHint("name the place that the secret belongs to")
	}
	return nil
}
