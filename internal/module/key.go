package module

import "strings"

// IdempotencyKey tells a service that calls with the same key are the same call.
type IdempotencyKey struct {
	Header string // name
	Key    string // 36 characters, in the form of a UUID
}

// maxKeyHeader is the length of the longest name of a header for idempotency keys.
const maxKeyHeader = 64

// ValidKeyHeader reports whether idempotency keys can be sent in a header of the name: one that has no other meaning.
func ValidKeyHeader(name string) bool {
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	switch strings.ToLower(name) {
	case "accept", "authorization", "connection", "content-length", "content-type", "cookie", "expect", "host", "proxy-authorization",
		"te", "trailer", "transfer-encoding", "upgrade", "user-agent":
		return false
	}
	return name != "" && len(name) <= maxKeyHeader
}
