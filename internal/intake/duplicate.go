package intake

import (
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/value"
)

// Key is what two deliveries of the same thing have in common, hashed. The zero Key is that of none.
type Key [sha256.Size]byte

// Duplicates says by what deliveries of the same thing are told. The first of Header, Expression and Body that is set
// counts. Where a call has no such key (the header is missing, the expression comes to nothing or fails) it is never a
// duplicate: rather twice than not at all.
type Duplicates struct {
	// Header is the name of the header that holds the number of the delivery.
	Header string
	// Expression computes the key from the bundle.
	Expression *expression.Template
	// Body takes the whole call: query string, content type and body.
	Body bool
	// Window is the time for which a key counts; 0 means DefaultWindow.
	Window time.Duration
}

// window returns the time for which the key counts.
func (d *Duplicates) window() time.Duration {
	if d.Window <= 0 {
		return DefaultWindow
	}
	return d.Window
}

// key returns the zero Key where the call has none.
func (d *Duplicates) key(r *http.Request, body []byte, bundle value.Value, now time.Time) Key {
	switch {
	case d.Header != "":
		return keyOf("header", []byte(r.Header.Get(d.Header)))
	case d.Expression != nil:
		v, err := d.Expression.Eval(env(bundle, now))
		if err != nil || v.IsEmpty() {
			return Key{}
		}
		return keyOf("expression", value.AppendBinary(nil, v))
	case d.Body:
		return bodyKey(r, body)
	}
	return Key{}
}

func keyOf(kind string, data []byte) Key {
	if len(data) == 0 {
		return Key{}
	}
	return sha256.Sum256(append([]byte(kind+"\x00"), data...))
}

func bodyKey(r *http.Request, body []byte) Key {
	h := sha256.New()
	for _, part := range [...]string{"body", r.Method, r.URL.RawQuery, r.Header.Get("Content-Type")} {
		h.Write([]byte(part + "\x00"))
	}
	h.Write(body)
	var key Key
	h.Sum(key[:0])
	return key
}
