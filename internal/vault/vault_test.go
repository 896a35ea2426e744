package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

// testKey returns a key of one repeated byte.
func testKey(tb testing.TB, id string, fill byte) MasterKey {
	tb.Helper()
	key, err := NewMasterKey(id, [KeyBytes]byte(bytes.Repeat([]byte{fill}, KeyBytes)))
	if err != nil {
		tb.Fatalf("NewMasterKey: %v", err)
	}
	return key
}

func mustOpen(tb testing.TB, keys ...MasterKey) *Vault {
	tb.Helper()
	v, err := Open(keys...)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	return v
}

func mustSeal(tb testing.TB, v *Vault, identity, plaintext string) []byte {
	tb.Helper()
	sealed, err := v.Seal(identity, []byte(plaintext))
	if err != nil {
		tb.Fatalf("Seal: %v", err)
	}
	return sealed
}

// refuses checks that sealed does not open, for the reason given, with words for the user that hold no secret.
func refuses(tb testing.TB, v *Vault, identity string, sealed []byte, reasons ...error) {
	tb.Helper()
	plaintext, err := v.Open(identity, sealed)
	if err == nil || plaintext != nil {
		tb.Fatalf("Open gives %q, %v; want an error alone", plaintext, err)
	}
	for _, reason := range reasons {
		if errors.Is(err, reason) {
			var told *fault.Error
			if !errors.As(err, &told) || told.Hint == "" {
				tb.Errorf("Open fails with %v, want a fault with a hint", err)
			}
			return
		}
	}
	tb.Errorf("Open fails with %v (%v), want one of %v", err, errors.Unwrap(err), reasons)
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	v := mustOpen(t, testKey(t, "2026", 1))
	for _, plaintext := range []string{"", "x", "token", "\x00\xff", strings.Repeat("s", MaxSecretBytes)} {
		sealed := mustSeal(t, v, "connection/17", plaintext)
		got, err := v.Open("connection/17", sealed)
		if err != nil || string(got) != plaintext {
			t.Errorf("a secret of %d bytes opens as %d bytes, %v", len(plaintext), len(got), err)
		}
		if len(plaintext) > 1 && bytes.Contains(sealed, []byte(plaintext)) {
			t.Errorf("the sealed secret %q holds %q", sealed, plaintext)
		}
	}
	if a, b := mustSeal(t, v, "a", "same"), mustSeal(t, v, "a", "same"); bytes.Equal(a, b) {
		t.Error("the same secret sealed twice gives the same bytes")
	}
}

func TestSealLimits(t *testing.T) {
	t.Parallel()
	v := mustOpen(t, testKey(t, "2026", 1))
	if _, err := v.Seal("a", make([]byte, MaxSecretBytes+1)); fault.KindOf(err) != fault.DataSizeLimit {
		t.Errorf("%d bytes give %v, want %s", MaxSecretBytes+1, err, fault.DataSizeLimit)
	}
	longest := strings.Repeat("i", MaxIdentityBytes)
	sealed := mustSeal(t, v, longest, "x")
	if _, err := v.Open(longest, sealed); err != nil {
		t.Errorf("the longest identity gives %v", err)
	}
	for _, identity := range []string{"", longest + "i"} {
		if _, err := v.Seal(identity, nil); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("Seal with an identity of %d bytes gives %v", len(identity), err)
		}
		if _, err := v.Open(identity, sealed); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("Open with an identity of %d bytes gives %v", len(identity), err)
		}
		if _, _, err := v.Rewrap(identity, sealed); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("Rewrap with an identity of %d bytes gives %v", len(identity), err)
		}
	}
}

func TestOpenVaultRefusesKeys(t *testing.T) {
	t.Parallel()
	many := make([]MasterKey, MaxKeys+1)
	for i := range many {
		many[i] = testKey(t, fmt.Sprintf("key-%d", i), byte(i+1))
	}
	if v := mustOpen(t, many[:MaxKeys]...); v.CurrentKey() != "key-0" {
		t.Errorf("the current key is %s, want key-0", v.CurrentKey())
	}
	for name, keys := range map[string][]MasterKey{
		"none": {}, "an empty one": {{}}, "the same name": {testKey(t, "a", 1), testKey(t, "a", 2)}, "too many": many,
	} {
		if _, err := Open(keys...); fault.KindOf(err) != fault.InvalidConfiguration || fault.From(err).Hint == "" {
			t.Errorf("%s: Open gives %v, want a fault with a hint", name, err)
		}
	}
}

func TestOpenNoticesEveryChange(t *testing.T) {
	t.Parallel()
	v := mustOpen(t, testKey(t, "2026", 1), testKey(t, "2025", 2))
	sealed := mustSeal(t, v, "connection/17", "a token")
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			refuses(t, v, "connection/17", changed, ErrNotAuthentic, ErrMalformed, ErrUnknownKey)
		}
	}
	for n := range sealed {
		refuses(t, v, "connection/17", sealed[:n], ErrNotAuthentic, ErrMalformed)
	}
	refuses(t, v, "connection/17", append(bytes.Clone(sealed), 0), ErrNotAuthentic)
	refuses(t, v, "connection/17", append(bytes.Clone(sealed), make([]byte, MaxSecretBytes)...), ErrMalformed)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	v := mustOpen(t, testKey(t, "2026", 1))
	sealed := mustSeal(t, v, "connection/17", "a token")
	one, other := mustSeal(t, v, "connection/1", "1"), mustSeal(t, v, "connection/1", "2")
	contentAt := len(other) - sealBytes - 1
	tests := map[string]struct {
		identity string
		sealed   []byte
		vault    *Vault
		want     error
	}{
		"another identity":          {"connection/18", sealed, v, ErrNotAuthentic},
		"a longer identity":         {"connection/171", sealed, v, ErrNotAuthentic},
		"the content of another":    {"connection/1", append(bytes.Clone(one[:contentAt]), other[contentAt:]...), v, ErrNotAuthentic},
		"nothing":                   {"connection/17", nil, v, ErrMalformed},
		"a later version":           {"connection/17", append([]byte{version + 1}, sealed[1:]...), v, ErrMalformed},
		"plain text":                {"connection/17", []byte(strings.Repeat("a token that was never sealed ", 10)), v, ErrMalformed},
		"a name with control codes": {"connection/17", bytes.Replace(sealed, []byte("2026"), []byte("2\n26"), 1), v, ErrMalformed},
		"an unknown key":            {"connection/17", sealed, mustOpen(t, testKey(t, "2027", 1)), ErrUnknownKey},
		"another key, same name":    {"connection/17", sealed, mustOpen(t, testKey(t, "2026", 9)), ErrNotAuthentic},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuses(t, test.vault, test.identity, test.sealed, test.want)
			if _, changed, err := test.vault.Rewrap(test.identity, test.sealed); name != "the content of another" && !errors.Is(err, test.want) {
				t.Errorf("Rewrap gives %t, %v; want %v", changed, err, test.want)
			}
		})
	}
}

func TestFailuresTellNothingApart(t *testing.T) {
	t.Parallel()
	v := mustOpen(t, testKey(t, "2026", 1))
	sealed := mustSeal(t, v, "a", "a token")
	key, content := bytes.Clone(sealed), bytes.Clone(sealed)
	key[2+len("2026")+15] ^= 1
	content[len(content)-1] ^= 1
	_, want := v.Open("b", sealed)
	for name, changed := range map[string][]byte{"data key": key, "content": content} {
		if _, err := v.Open("a", changed); fmt.Sprintf("%+v", err) != fmt.Sprintf("%+v", want) || fault.From(err).Hint != fault.From(want).Hint {
			t.Errorf("a changed %s fails with %+v, another identity with %+v", name, err, want)
		}
	}
}

func TestUnknownKeyIsNamedInTheHint(t *testing.T) {
	t.Parallel()
	sealed := mustSeal(t, mustOpen(t, testKey(t, "winter.2026", 1)), "a", "a token")
	_, err := mustOpen(t, testKey(t, "2027", 2)).Open("a", sealed)
	if hint := fault.From(err).Hint; !strings.Contains(hint, "winter.2026") {
		t.Errorf("the hint is %q, want winter.2026 in it", hint)
	}
}

func TestRewrap(t *testing.T) {
	t.Parallel()
	old, fresh := testKey(t, "2025", 1), testKey(t, "2026", 2)
	sealed := mustSeal(t, mustOpen(t, old), "a", "a token")
	both := mustOpen(t, fresh, old)

	rewrapped, changed, err := both.Rewrap("a", sealed)
	if err != nil || !changed {
		t.Fatalf("Rewrap gives %t, %v; want a change", changed, err)
	}
	if got, err := mustOpen(t, fresh).Open("a", rewrapped); err != nil || string(got) != "a token" {
		t.Errorf("with the new key alone it opens as %q, %v", got, err)
	}
	refuses(t, mustOpen(t, old), "a", rewrapped, ErrUnknownKey)
	refuses(t, both, "b", rewrapped, ErrNotAuthentic)
	if content := sealed[len(sealed)-sealBytes-len("a token"):]; !bytes.HasSuffix(rewrapped, content) {
		t.Error("Rewrap touched the content, want the data key alone")
	}
	again, changed, err := both.Rewrap("a", rewrapped)
	if err != nil || changed || !bytes.Equal(again, rewrapped) {
		t.Errorf("Rewrap again gives %t, %v; want the same bytes", changed, err)
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	old, fresh := testKey(t, "2025", 1), testKey(t, "2026", 2)
	before, v := mustOpen(t, old), mustOpen(t, fresh, old)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			identity := fmt.Sprintf("connection/%d", worker)
			for range 50 {
				sealed, err := before.Seal(identity, []byte(identity))
				if err == nil {
					sealed, _, err = v.Rewrap(identity, sealed)
				}
				got, openErr := v.Open(identity, sealed)
				if err != nil || openErr != nil || string(got) != identity {
					t.Errorf("%s opens as %q, %v, %v", identity, got, err, openErr)
				}
			}
		})
	}
	all.Wait()
}

// goldenFields are the lines of the golden file. The file was written once, by the first version of the layout, and must open for ever.
func goldenFields(tb testing.TB) map[string]string {
	tb.Helper()
	data, err := os.ReadFile("testdata/envelope-1.txt")
	if err != nil {
		tb.Fatal(err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		fields[name] = text
	}
	return fields
}

func TestGoldenEnvelopeOpens(t *testing.T) {
	t.Parallel()
	golden := goldenFields(t)
	key, err := ParseKey(golden["key"])
	if err != nil {
		t.Fatalf("ParseKey: %v", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(golden["sealed"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := mustOpen(t, key).Open(golden["identity"], sealed)
	if err != nil || string(got) != golden["plaintext"] || len(got) == 0 {
		t.Errorf("the golden envelope opens as %q, %v; want %q", got, err, golden["plaintext"])
	}
}

func FuzzOpen(f *testing.F) {
	golden := goldenFields(f)
	key, err := ParseKey(golden["key"])
	if err != nil {
		f.Fatalf("ParseKey: %v", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(golden["sealed"])
	if err != nil {
		f.Fatal(err)
	}
	v := mustOpen(f, key, testKey(f, "other", 3))
	f.Add(golden["identity"], sealed)
	f.Add("a", []byte{})
	f.Add("a", []byte{version, 255})
	f.Add("", make([]byte, 200))
	f.Fuzz(func(t *testing.T, identity string, changed []byte) {
		plaintext, err := v.Open(identity, changed)
		if err == nil && (identity != golden["identity"] || !bytes.Equal(changed, sealed)) {
			t.Fatalf("Open(%q, %x) gives %q: what was never sealed opens", identity, changed, plaintext)
		}
		if _, _, rewrapErr := v.Rewrap(identity, changed); err == nil && rewrapErr != nil {
			t.Fatalf("Rewrap fails with %v where Open does not", rewrapErr)
		}
	})
}

func BenchmarkSealAndOpen(b *testing.B) {
	v := mustOpen(b, testKey(b, "2026", 1))
	token := make([]byte, 64)
	if _, err := rand.Read(token); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		sealed, err := v.Seal("connection/17", token)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := v.Open("connection/17", sealed); err != nil {
			b.Fatal(err)
		}
	}
}
