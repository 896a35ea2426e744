package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// What secrets begin with, so that people and programs that look for leaked ones recognize them.
const (
	tokenPrefix      = "rw_"  // API tokens
	sessionPrefix    = "rws_" // cookies of sessions
	invitationPrefix = "rwi_"
	passwordPrefix   = "rwp_" // links to a new password
	addressPrefix    = "rwe_" // links to another e-mail address
	setupPrefix      = "rwf_" // the first-run link
)

// secretBytes is how much chance is in a secret, recoveryBytes how much in a recovery code.
const (
	secretBytes   = 32
	recoveryBytes = 10
	// secretLetters is how many letters a secret has behind its prefix.
	secretLetters = (secretBytes*8 + 4) / 5
	// recoveryGroup is how many letters of a recovery code stand together.
	recoveryGroup = 4
)

// letters writes bytes in letters that survive being read aloud and selected by a double click.
func letters(b []byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
}

// drawSecret returns a new secret.
func drawSecret(prefix string) string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // it ends the program rather than fail
	return prefix + letters(b)
}

// hashOf returns the hash under which a secret is stored; false for a text that cannot be one, of which nothing is hashed or
// looked for. It is a fast hash: nobody can try through 256 random bits.
func hashOf(prefix, text string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) != secretLetters || strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz234567") != "" {
		return nil, false
	}
	sum := sha256.Sum256([]byte(text))
	return sum[:], true
}

// drawRecoveryCodes returns new recovery codes and the hashes under which they are stored.
func drawRecoveryCodes() (codes []string, hashes [][]byte) {
	for range RecoveryCodeCount {
		b := make([]byte, recoveryBytes)
		_, _ = rand.Read(b) // it ends the program rather than fail
		code := letters(b)
		hashes = append(hashes, hashOfRecovery(code))
		var groups []string
		for i := 0; i < len(code); i += recoveryGroup {
			groups = append(groups, code[i:i+recoveryGroup])
		}
		codes = append(codes, strings.Join(groups, "-"))
	}
	return codes, hashes
}

// hashOfRecovery takes a code without spaces and hyphens, in small letters.
func hashOfRecovery(code string) []byte {
	sum := sha256.Sum256([]byte("recovery " + code))
	return sum[:]
}
