package intake

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/value"
)

// FuzzBodies looks for calls that crash the handler, are queued as anything but a collection that can be stored, or
// are answered otherwise than accepted or refused.
func FuzzBodies(f *testing.F) {
	for _, seed := range [][3]string{
		{"a[b][]=1&a=2", "application/json", `{"a":[1,{"b":null}]}`},
		{"", "application/x-www-form-urlencoded; charset=latin1", "a=%E9&b[0]=1"},
		{"x", "multipart/form-data; boundary=X", parts("Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1")},
		{"", "text/plain; charset=utf-16", "\xff\xfea\x00"},
		{"", "", `[1,2`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	conf := settings(f, `{"headers":true,"method":true,"duplicates":{},"handshake":{"field":"challenge"},"filter":{"conditions":[[{"a":"{{event}}","o":"text:notequal","b":"x"}]]}}`)
	f.Fuzz(func(t *testing.T, query, contentType, body string) {
		b := newBench(t, Hook{Settings: conf})
		r := b.request(http.MethodPost, "", body)
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", contentType)
		w := b.do(r)
		switch w.Code {
		case 200, 400, 413, 414, 431:
		default:
			t.Errorf("status: got %d %s", w.Code, w.Body)
		}
		for _, item := range b.items {
			if item.Bundle.Kind() != value.KindCollection || item.Key == (Key{}) {
				t.Errorf("item: got a %s with key %x", item.Bundle.Kind(), item.Key)
			}
			back, _, err := value.DecodeBinary(value.AppendBinary(nil, item.Bundle))
			if err != nil || !value.Equal(back, item.Bundle) {
				t.Errorf("bundle %s comes back from storage as %s, %v", item.Bundle.JSON(), back.JSON(), err)
			}
			if problems := Validate(item.Bundle, Merge(nil, item.Bundle), true); len(problems) > 0 {
				t.Errorf("bundle %s does not fit what is learned from it: %v", item.Bundle.JSON(), problems)
			}
		}
		if w.Code != 200 && (!utf8.ValidString(w.Body.String()) || w.Body.Len() == 0) {
			t.Errorf("reason of %d: got %q, want text", w.Code, w.Body)
		}
	})
}

// FuzzSignatures looks for signatures that pass although nobody who knows the secret made them.
func FuzzSignatures(f *testing.F) {
	f.Add("msg_1", "1614265330", standardSignature, standardBody)
	f.Add("", "", "t=1614265330,v1=00,v1=zz", "")
	f.Add("1", "-1", "sha256=757107ea", "body")
	secrets := []Secret{NewSecret("c2VjcmV0IG9mIHRoZSB0ZXN0")}
	checks := []Check{StandardWebhooks{Secrets: secrets}, GitHub{secrets}, Stripe{Secrets: secrets}, HMAC{Header: "X-Sig", Base64: true, Secrets: secrets}, APIKey{Keys: secrets}, Basic{"u", secrets[0]}}
	f.Fuzz(func(t *testing.T, id, stamp, signature, body string) {
		header := http.Header{}
		for name, text := range map[string]string{
			"Webhook-Id": id, "Webhook-Timestamp": stamp, "Webhook-Signature": signature, "X-Hub-Signature-256": signature,
			"Stripe-Signature": signature, "X-Sig": signature, "X-Make-Apikey": signature, "Authorization": signature,
		} {
			header.Set(name, text)
		}
		for _, check := range checks {
			e := &evidence{header: header, body: []byte(body), now: testTime}
			if a := check.verify(e); a == nil || strings.Contains(a.text, secrets[0].Reveal()) {
				t.Errorf("%T: got %+v for signature %q, want a refusal that keeps the secret", check, a, signature)
			}
		}
	})
}

// FuzzParseSettings looks for settings that crash, or that come without problems but do not work.
func FuzzParseSettings(f *testing.F) {
	f.Add(`{"checks":[{"type":"apikey","keys":["k"]}],"rate":{"limit":5,"seconds":2},"duplicates":{"by":"expression","expression":"{{a}}"}}`)
	f.Add(`{"structure":[{"name":"a","type":"array","spec":{"type":"text"}}],"strict":true,"filter":{"conditions":[[{"a":"{{a}}","o":"exist"}]]}}`)
	f.Add(`{"handshake":{"field":"c","tokenField":"t","token":"x"},"responseWait":5,"headers":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := value.ParseJSON([]byte(text))
		if err != nil {
			return
		}
		s, problems := ParseSettings(v)
		if problems.Invalid() {
			return
		}
		b := newBench(t, Hook{Settings: s})
		if w := b.post(`{"a":["x"]}`); w.Code >= 500 || len(s.Checks) > 0 && len(b.items) > 0 && !onlyAddresses(s.Checks) {
			t.Errorf("settings %s: got %d %s and %d items", text, w.Code, w.Body, len(b.items))
		}
	})
}

func onlyAddresses(checks []Check) bool {
	for _, check := range checks {
		if _, ok := check.(AllowList); !ok {
			return false
		}
	}
	return true
}
