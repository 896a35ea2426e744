package account

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what authenticator apps speak; HMAC does not rest on collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

// The form of the codes of the second factor (RFC 6238), which every authenticator app takes for granted.
const (
	totpBytes  = 20
	totpPeriod = 30 * time.Second
	totpDigits = 6
	// totpDrift is how many steps a clock may be wrong, either way.
	totpDrift = 1
)

// totpStep returns the step of time in which t lies.
func totpStep(t time.Time) int64 { return t.Unix() / int64(totpPeriod/time.Second) }

// totpCode returns the code of a step.
func totpCode(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, step) // to a hash it cannot fail
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, number%1_000_000)
}

// totpMatch returns the step near now whose code it is, 0 for none. It compares with all of them.
func totpMatch(secret []byte, code string, now time.Time) int64 {
	found := int64(0)
	for drift := int64(-totpDrift); drift <= totpDrift; drift++ {
		step := totpStep(now) + drift
		if subtle.ConstantTimeCompare([]byte(code), []byte(totpCode(secret, step))) == 1 {
			found = step
		}
	}
	return found
}

// totpKey writes a secret as authenticator apps read it.
func totpKey(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// totpURI writes what a QR code for authenticator apps holds.
func totpURI(issuer, email, key string) string {
	q := url.Values{"secret": {key}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+email) + "?" + q.Encode()
}
