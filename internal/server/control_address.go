package server

import (
	"bytes"
	"context"
	"errors"

	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/intake"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// The secret part of a webhook's address is kept twice: as a hash, by which the webhook is found, and sealed, so that people can copy the
// address again. Only telling it needs the master key: without one the webhook works all the same.

// addressIdentity is what the address of a webhook is bound to. It is not that of the secrets of its checks, so that neither opens in
// place of the other.
func addressIdentity(id int64) string { return vault.Identity(store.SealedAddress, id) }

// addressSealer returns what seals an address for the number that the store gives. Where there is no key to seal it with the webhook gets
// none, and its address cannot be told again.
func (c *Control) addressSealer(ctx context.Context, t intake.Token) func(int64) ([]byte, error) {
	v, err := c.addressVault(ctx)
	return func(id int64) ([]byte, error) {
		if err != nil {
			return nil, nil
		}
		return v.Seal(addressIdentity(id), []byte(t))
	}
}

// addressVault returns the vault for a new address. Where a key is lost that secrets are sealed with it makes no other one: theirs is to be
// put back in its place.
func (c *Control) addressVault(ctx context.Context) (*vault.Vault, error) {
	if c.Keys == nil {
		return nil, errNoKeys()
	}
	if c.Keys.NoneYet() {
		if lost, err := c.anySealed(ctx, false); err != nil || lost {
			return c.vault() // says what is missing
		}
	}
	return c.sealing()
}

// errOtherAddress says why an address that opens is not told.
var errOtherAddress = errors.New("the address that is kept is not that of the webhook")

// Address tells the address of a webhook once more.
func (c addressControl) Address(ctx context.Context, id int64) (api.Address, error) {
	w, err := c.Store.Webhook(ctx, id)
	if err != nil {
		return api.Address{}, err
	}
	if w.Gone {
		return api.Address{}, fault.New(fault.Data, "[webhook-gone] The webhook was deleted; its address answers that it is gone for good.").
			WithHint("[hint-make-new] make a new one")
	}
	if len(w.Address) == 0 {
		return api.Address{}, fault.New(fault.Data, "[address-not-kept] The address of this webhook was not kept when it was made, so it cannot be shown. The webhook works.").
			WithHint("[hint-new-address] if nobody has it any more, make a new address")
	}
	t, err := c.openAddress(&w)
	if err != nil {
		return api.Address{}, fault.Wrap(fault.Data, err, "[address-unread] The address of this webhook cannot be opened, so it cannot be shown. The webhook works.").
			WithHint("[hint-address-unread] see that the master key is there, or make a new address")
	}
	return api.Address{Path: t.Path()}, nil
}

// openAddress opens the address of a webhook. One that does not lead to it is that from before a change which knew nothing of this.
func (c *Control) openAddress(w *store.Webhook) (intake.Token, error) {
	v, err := c.vault()
	if err != nil {
		return "", err
	}
	plain, err := v.Open(addressIdentity(w.ID), w.Address)
	if err != nil {
		return "", err
	}
	defer clear(plain)
	t := intake.Token(plain)
	if hash := t.Hash(); !bytes.Equal(hash[:], w.TokenHash) {
		return "", errOtherAddress
	}
	return t, nil
}

// rewrapAddress puts the current master key around the address of a webhook. One that does not open stays as it is: it may once the key is
// back, and nothing else depends on it.
func (c *Control) rewrapAddress(ctx context.Context, v *vault.Vault, w *store.Webhook) (bool, error) {
	if len(w.Address) == 0 {
		return false, nil
	}
	sealed, changed, err := v.Rewrap(addressIdentity(w.ID), w.Address)
	if err != nil || !changed {
		return false, nil //nolint:nilerr // see above
	}
	return true, unlessChanged(c.Store.ResealWebhookAddress(ctx, w.ID, w.Address, sealed))
}
