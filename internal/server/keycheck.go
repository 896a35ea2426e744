package server

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// keyTrait is where the installation keeps a sealed text that only its own master keys open.
const keyTrait = "key_check"

// keyIdentity is what that text is bound to.
const keyIdentity = "installation"

// keyText is the text. It is no secret.
const keyText = "ropeway"

// CheckKeys sees that this node has the master keys of the installation, where several nodes share its database: one with other keys
// could open nothing that the others have sealed, and seal what they cannot open. The first node makes the keys.
func CheckKeys(ctx context.Context, data *store.Store, keys *Keys) error {
	if !data.Shared() || keys == nil {
		return nil
	}
	for {
		sealed, err := data.Trait(ctx, keyTrait)
		if err != nil {
			return fmt.Errorf("read the check of the master key: %w", err)
		}
		if sealed != "" {
			return openKeyCheck(keys, sealed)
		}
		v, err := keys.Sealing()
		if err != nil {
			return err
		}
		if sealed, err = sealKeyCheck(v); err != nil {
			return err
		}
		if err := data.SetTrait(ctx, keyTrait, "", sealed); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

func sealKeyCheck(v *vault.Vault) (string, error) {
	sealed, err := v.Seal(keyIdentity, []byte(keyText))
	if err != nil {
		return "", fmt.Errorf("seal the check of the master key: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

func openKeyCheck(keys *Keys, text string) error {
	other := func(err error, message string) error {
		return fault.Wrap(fault.InvalidConfiguration, err, message).
			WithHint("give every node the same keys: copy the file master.key of another node into the data directory, or name it with --key-file, or set ROPEWAY_MASTER_KEY")
	}
	v, err := keys.Vault()
	if err != nil {
		return other(err, "This node has no master key, and the installation has one.")
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err == nil {
		var plain []byte
		plain, err = v.Open(keyIdentity, sealed)
		if err == nil && string(plain) != keyText {
			err = errNoKeys()
		}
	}
	if err != nil {
		return other(err, "The master key of this node is not that of the installation.")
	}
	return nil
}

// renewKeyCheck seals the check with the current key, so that nodes which do not have it find out when they start.
func (c *Control) renewKeyCheck(ctx context.Context, v *vault.Vault) error {
	before, err := c.Store.Trait(ctx, keyTrait)
	if err != nil || before == "" {
		return err
	}
	sealed, err := sealKeyCheck(v)
	if err != nil {
		return err
	}
	return unlessChanged(c.Store.SetTrait(ctx, keyTrait, before, sealed))
}
