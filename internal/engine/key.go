package engine

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// KeyField is the field in the bundles of an incomplete execution that keeps the idempotency key of the operation that stopped, so that
// a retry in another execution sends the same. It is no module number, so it is no bundle.
const KeyField = "idempotencyKey"

// Its fields.
const (
	keyField     = "key"
	bundlesField = "bundles" // hash of the bundles that the key belongs to
)

// key returns the idempotency key of an operation, nil where its module sends none.
//
// It is made from the execution's seed, which nobody outside knows and which no two executions share, from Config.KeyID and from the
// address, so that it is the same whenever the operation is done again, and never that of another one.
func (x *Execution) key(n *node, s *scope) *module.IdempotencyKey {
	if n.keyHeader == "" {
		return nil
	}
	if k := x.keptKey(n, s); k != "" {
		return &module.IdempotencyKey{Header: n.keyHeader, Key: k}
	}
	id := x.config.KeyID
	if id == "" {
		id = x.config.ID
	}
	seed := binary.LittleEndian.AppendUint64(nil, x.config.Seed)
	return &module.IdempotencyKey{Header: n.keyHeader, Key: keyFrom(string(seed), id, s.path.address(n.id))}
}

// keptKey returns the key of the operation that an incomplete execution stopped at. For bundles that a person has edited since it is
// another one: the service must not take the corrected request for the old one.
func (x *Execution) keptKey(n *node, s *scope) string {
	r := x.config.Resume
	if r == nil || n.id != r.Module || s.path.parent != nil {
		return ""
	}
	kept := r.Bundles.Get(KeyField)
	k, hash := kept.Get(keyField).Str(), bundlesHash(r.Bundles)
	if k == "" || kept.Get(bundlesField).Str() == hash {
		return k
	}
	return keyFrom(k, hash)
}

// withKey adds the key of the operation that stopped to its bundles.
func (x *Execution) withKey(bundles value.Value, n *node, s *scope) value.Value {
	k := x.key(n, s)
	if k == nil {
		return bundles
	}
	return bundles.With(KeyField, value.Collection(
		value.F(keyField, value.Text(k.Key)), value.F(bundlesField, value.Text(bundlesHash(bundles)))))
}

func bundlesHash(bundles value.Value) string {
	b := value.NewBuilder(bundles.Len())
	for name, v := range bundles.Fields() {
		if name != KeyField {
			b.Set(name, v)
		}
	}
	return fmt.Sprintf("%016x", HashInput(b.Build()))
}

// keyFrom makes a key in the form of a UUID, which all services take. Of what it is made cannot be told from it.
func keyFrom(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(p)))) // a hash never fails
		_, _ = h.Write([]byte(p))
	}
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8 (RFC 9562, section 5.8): a form of one's own
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
