package vault

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// shown lists everything that common ways of printing make of v.
func shown(tb testing.TB, v any) []string {
	tb.Helper()
	var list []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%c", "%U", "%t", "%b", "%08.3f", "%10s", "%!"} {
		list = append(list, fmt.Sprintf(verb, v))
	}
	data, err := json.Marshal(v)
	if err != nil {
		tb.Fatalf("json: %v", err)
	}
	var text, structured bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("m", "secret", v, "list", []any{v})
	slog.New(slog.NewJSONHandler(&structured, nil)).Info("m", slog.Group("g", "secret", v), "list", []any{v})
	return append(list, string(data), text.String(), structured.String(), fmt.Sprint(v), fmt.Sprintln(v), fmt.Errorf("%v: %w", v, errors.ErrUnsupported).Error())
}

func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	const plain = "hunter2-and-more"
	s := NewSecret(plain)
	key := testKey(t, "2026", 'K')
	type holder struct {
		Open   any
		hidden any
		secret Secret
		key    MasterKey
	}
	values := map[string]any{
		"secret": s, "pointer": &s, "list": []Secret{s}, "map": map[string]Secret{"a": s},
		"field": struct{ Token Secret }{s}, "hidden field": struct{ token Secret }{s},
		"key": key, "pointer to a key": &key, "keys": []MasterKey{key},
		"everything": holder{[]any{s, &key}, s, s, key}, "pointer to everything": &holder{s, &s, s, key},
	}
	forbidden := []string{
		plain, "hunter", fmt.Sprintf("%x", plain), fmt.Sprintf("%X", plain), fmt.Sprintf("% x", plain), fmt.Sprintf("%v", []byte(plain)),
		"KKKK", "4b4b", "4B4B", "4b 4b", "75 75", "S0tL", "0x4b, 0x4b",
	}
	for name, v := range values {
		for _, text := range shown(t, v) {
			for _, part := range forbidden {
				if strings.Contains(text, part) {
					t.Errorf("%s is shown as %s, with %q in it", name, text, part)
				}
			}
		}
	}
}

func TestSecretShowsThatItIsOne(t *testing.T) {
	t.Parallel()
	s := NewSecret("hunter2")
	for _, text := range shown(t, s) {
		if !strings.Contains(text, hidden) {
			t.Errorf("it is shown as %q, want %s in it", text, hidden)
		}
	}
	if s.String() != hidden || s.GoString() != hidden {
		t.Errorf("String and GoString are %q and %q, want %q", s.String(), s.GoString(), hidden)
	}
	asKey, err := json.Marshal(struct{ S Secret }{s})
	if err != nil || string(asKey) != `{"S":"[secret]"}` {
		t.Errorf("as JSON it is %s, %v", asKey, err)
	}
	asXML, err := xml.Marshal(s)
	if err != nil || string(asXML) != `<Secret>[secret]</Secret>` {
		t.Errorf("as XML it is %s, %v", asXML, err)
	}
	byKey, err := json.Marshal(map[Secret]int{s: 1})
	if err != nil || string(byKey) != `{"[secret]":1}` {
		t.Errorf("as a key of JSON it is %s, %v", byKey, err)
	}
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	for _, plain := range []string{"", "hunter2"} {
		s := NewSecret(plain)
		if s.Reveal() != plain || s.IsEmpty() != (plain == "") {
			t.Errorf("%q is revealed as %q, empty: %t", plain, s.Reveal(), s.IsEmpty())
		}
		if !s.Equal(NewSecret(plain)) || s.Equal(NewSecret(plain+"x")) {
			t.Errorf("%q is not equal to itself, or is equal to something longer", plain)
		}
	}
	var none Secret
	if none.Reveal() != "" || !none.IsEmpty() || none.String() != hidden {
		t.Errorf("the zero Secret reveals %q and shows %q", none.Reveal(), none)
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	t.Parallel()
	const plain = "hunter2-and-more"
	v := mustOpen(t, testKey(t, "2026", 'K'))
	sealed := mustSeal(t, v, "a", plain)
	_, wrongIdentity := v.Open("b", sealed)
	_, unknownKey := mustOpen(t, testKey(t, "2027", 'L')).Open("a", sealed)
	_, tooLarge := v.Seal("a", bytes.Repeat([]byte(plain), MaxSecretBytes))
	_, badKey := ParseKey(testKey(t, "2026", 'K').Encode() + "x")
	for _, err := range []error{wrongIdentity, unknownKey, tooLarge, badKey} {
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprint(errors.Unwrap(err))} {
			if strings.Contains(text, plain) || strings.Contains(text, "KKKK") || strings.Contains(text, "S0tL") {
				t.Errorf("the error %s holds a secret", text)
			}
		}
	}
}
