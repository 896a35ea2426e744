package intake

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"time"
)

// Check is one thing that a call must prove. A webhook may ask for several; each of them must hold. A check that was
// set up without a secret refuses every call.
type Check interface {
	// verify returns nil where the call proves what the check asks for.
	verify(e *evidence) *answer
	// early tells the checks that need no body, so that they come before it is read.
	early() bool
	// secretHeader is the name of the header that holds a secret, "" for none; bundles leave it out.
	secretHeader() string
}

var (
	_ Check = APIKey{}
	_ Check = Basic{}
	_ Check = AllowList{}
)

// evidence is what checks look at.
type evidence struct {
	header http.Header
	remote netip.Addr
	body   []byte
	now    time.Time
}

// DefaultKeyHeader is the header of an APIKey that names none.
const DefaultKeyHeader = "X-Make-Apikey"

// APIKey asks for one of the keys in a header.
type APIKey struct {
	Header string // "" means DefaultKeyHeader
	Keys   []Secret
}

func (k APIKey) name() string {
	if k.Header == "" {
		return DefaultKeyHeader
	}
	return k.Header
}

func (k APIKey) verify(e *evidence) *answer {
	got := e.header.Get(k.name())
	if got == "" {
		return unauthorized("The header " + k.name() + " is missing.")
	}
	ok := 0
	for _, key := range k.Keys { // all of them, so that the time does not tell which one came close
		ok |= sameText(got, key.Reveal())
	}
	if ok == 0 {
		return unauthorized("The key in the header " + k.name() + " is not right.")
	}
	return nil
}

func (k APIKey) early() bool          { return true }
func (k APIKey) secretHeader() string { return k.name() }

// sameText returns 1 where got is want and want is not empty. The time tells neither content nor length of want.
func sameText(got, want string) int {
	if want == "" {
		return 0
	}
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:])
}

// Basic asks for a user name and password.
type Basic struct {
	User     string
	Password Secret
}

func (b Basic) verify(e *evidence) *answer {
	user, password, found := (&http.Request{Header: e.header}).BasicAuth()
	if found && sameText(user, b.User)&sameText(password, b.Password.Reveal()) == 1 {
		return nil
	}
	a := unauthorized("User name and password are missing or not right.")
	a.headers = append(a.headers, header{"WWW-Authenticate", `Basic realm="webhook", charset="UTF-8"`})
	return a
}

func (b Basic) early() bool          { return true }
func (b Basic) secretHeader() string { return "Authorization" }

// AllowList asks for a network address of the caller that lies in one of the ranges.
type AllowList struct{ Ranges []netip.Prefix }

func (l AllowList) verify(e *evidence) *answer {
	if within(l.Ranges, e.remote) {
		return nil
	}
	return &answer{status: http.StatusForbidden, outcome: Denied, text: "Calls from this network address are not allowed."}
}

func (l AllowList) early() bool          { return true }
func (l AllowList) secretHeader() string { return "" }

func within(ranges []netip.Prefix, addr netip.Addr) bool {
	for _, r := range ranges {
		if r.Contains(addr) {
			return true
		}
	}
	return false
}

func unauthorized(text string) *answer {
	return &answer{status: http.StatusUnauthorized, outcome: Unauthorized, text: text}
}
