package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestParseKeyReadsWhatEncodeWrites(t *testing.T) {
	t.Parallel()
	generated, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatalf("GenerateKey: %v", err)
	}
	for _, key := range []MasterKey{generated, testKey(t, "2026-11_winter.A", 7), testKey(t, strings.Repeat("n", MaxKeyIDBytes), 255)} {
		got, err := ParseKey(" " + key.Encode() + "\r\n")
		if err != nil || !got.Equal(key) {
			t.Errorf("ParseKey gives %v, %v; want %v", got, err, key)
		}
	}
}

func TestParseKeyReadsKeysOfOtherTools(t *testing.T) {
	t.Parallel()
	raw := []byte("\xfb\xff0123456789abcdef0123456789abcd")
	want, err := GenerateKey(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("GenerateKey: %v", err)
	}
	for name, text := range map[string]string{
		"hexadecimal": hex.EncodeToString(raw), "upper case": strings.ToUpper(hex.EncodeToString(raw)),
		"base64": base64.StdEncoding.EncodeToString(raw), "base64url": base64.RawURLEncoding.EncodeToString(raw),
	} {
		if got, err := ParseKey(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: ParseKey gives %v, %v; want %v", name, got, err, want)
		}
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	good := testKey(t, "2026", 7).Encode()
	tests := map[string]string{
		"nothing":          "",
		"a password":       "correct horse battery staple",
		"31 bytes":         strings.Repeat("07", KeyBytes-1),
		"33 bytes":         strings.Repeat("07", KeyBytes+1),
		"zeros":            strings.Repeat("00", KeyBytes),
		"only the prefix":  keyPrefix,
		"no name":          strings.Replace(good, ":2026:", "::", 1),
		"another name":     strings.Replace(good, ":2026:", ":2027:", 1),
		"a bad name":       strings.Replace(good, ":2026:", ":20 26:", 1),
		"a typing error":   strings.Replace(good, "Bwc", "Bwd", 1),
		"cut":              good[:len(good)-1],
		"one letter more":  good + "A",
		"in upper case":    strings.ToUpper(good),
		"padded as base64": good + "=",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := ParseKey(text)
			if fault.KindOf(err) != fault.InvalidConfiguration || fault.From(err).Hint == "" || key.Encode() != "" {
				t.Fatalf("ParseKey gives %v, %v; want a fault with a hint", key, err)
			}
			if told := err.Error() + fault.From(err).Hint; len(text) > len(keyPrefix) && strings.Contains(told, text) {
				t.Errorf("the fault %q repeats the key", told)
			}
		})
	}
}

func TestNewMasterKeyRefuses(t *testing.T) {
	t.Parallel()
	key := [KeyBytes]byte{1}
	for _, id := range []string{"", "a b", "a:b", "a\n", "é", strings.Repeat("n", MaxKeyIDBytes+1)} {
		if _, err := NewMasterKey(id, key); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("NewMasterKey(%q) gives %v, want a fault", id, err)
		}
	}
	if _, err := NewMasterKey("zeros", [KeyBytes]byte{}); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("a key of zeros gives %v, want a fault", err)
	}
}

func TestGenerateKey(t *testing.T) {
	t.Parallel()
	a, errA := GenerateKey(rand.Reader)
	b, errB := GenerateKey(rand.Reader)
	if errA != nil || errB != nil || a.Equal(b) || a.ID() == b.ID() {
		t.Errorf("two keys are %v, %v (%v, %v); want different ones", a, b, errA, errB)
	}
	if _, err := GenerateKey(strings.NewReader("too short")); err == nil {
		t.Error("GenerateKey gives no error where random bytes run out")
	}
}

func TestMasterKeyEqual(t *testing.T) {
	t.Parallel()
	a := testKey(t, "a", 1)
	for name, test := range map[string]struct {
		other MasterKey
		want  bool
	}{
		"itself": {a, true}, "a copy": {testKey(t, "a", 1), true}, "another name": {testKey(t, "b", 1), false},
		"another key": {testKey(t, "a", 2), false}, "none": {MasterKey{}, false},
	} {
		if got := a.Equal(test.other); got != test.want {
			t.Errorf("%s: Equal = %t, want %t", name, got, test.want)
		}
	}
	if !(MasterKey{}).Equal(MasterKey{}) {
		t.Error("two keys that are none are not equal")
	}
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{testKey(f, "2026", 7).Encode(), strings.Repeat("07", KeyBytes), keyPrefix + ":", "", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		if err != nil {
			return
		}
		if again, err := ParseKey(key.Encode()); err != nil || !again.Equal(key) {
			t.Fatalf("ParseKey(%q) is written as something that gives %v, %v", text, again, err)
		}
	})
}
