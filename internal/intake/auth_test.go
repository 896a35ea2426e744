package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// The public example of the Standard Webhooks specification, signed at testTime.
const (
	standardSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardID        = "Webhook-Id: msg_p5jXN8AQM9LWM0D4loKWxJek"
	standardTime      = "Webhook-Timestamp: 1614265330"
	standardSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	standardBody      = `{"test": 2432232314}`
)

// The public example of GitHub's documentation.
const (
	gitHubSecret    = "It's a Secret to Everybody"
	gitHubBody      = "Hello, World!"
	gitHubSignature = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
)

func sign(key, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func stripe(stamp string, signatures ...string) string {
	return "Stripe-Signature: t=" + stamp + ",v1=" + strings.Join(signatures, ",v1=") + ",v0=ignored"
}

func TestChecks(t *testing.T) {
	t.Parallel()
	standard := `{"checks":[{"type":"standard-webhooks","secrets":["whsec_AAAA","` + standardSecret + `"]}]}`
	gitHub := `{"checks":[{"type":"github","secrets":["` + gitHubSecret + `"]}]}`
	stripeConf := `{"checks":[{"type":"stripe","secrets":["old","whsec_key"]}]}`
	hashHex := hex.EncodeToString(sign("key", "body"))
	mac512 := hmac.New(sha512.New, []byte("key"))
	mac512.Write([]byte("body"))
	hash512 := base64.StdEncoding.EncodeToString(mac512.Sum(nil))
	right, old := hex.EncodeToString(sign("whsec_key", "1614265330.body")), hex.EncodeToString(sign("whsec_key", "1614264000.body"))
	apiKey := `{"checks":[{"type":"apikey","keys":["one","two"]}]}`
	basic := `{"checks":[{"type":"basic","user":"ann","password":"p"}]}`
	both := `{"checks":[{"type":"apikey","keys":["one"]},{"type":"addresses","ranges":["192.0.2.0/24"]}]}`
	cases := []struct {
		name, settings, body string
		headers              []string
		want                 string // "" for accepted, else status and text
	}{
		{"standard", standard, standardBody, []string{standardID, standardTime, "Webhook-Signature: " + standardSignature}, ""},
		{"standard, one of several", standard, standardBody, []string{standardID, standardTime, "Webhook-Signature: v1a,xyz v1,AAAA " + standardSignature}, ""},
		{"standard, other body", standard, standardBody + " ", []string{standardID, standardTime, "Webhook-Signature: " + standardSignature}, "401 The signature is not right."},
		{"standard, other id", standard, standardBody, []string{"Webhook-Id: msg_2", standardTime, "Webhook-Signature: " + standardSignature}, "401 The signature is not right."},
		{"standard, other version", standard, standardBody, []string{standardID, standardTime, "Webhook-Signature: v2" + standardSignature[2:]}, "401 The signature is not right."},
		{"standard, unsigned", standard, standardBody, []string{standardID, standardTime}, "401 The call is not signed: the headers webhook-id, webhook-timestamp and webhook-signature are needed."},
		{"standard, time is no number", standard, standardBody, []string{standardID, "Webhook-Timestamp: now", "Webhook-Signature: " + standardSignature}, "401 The time of the signature is not a number of seconds since 1970."},
		{"standard, at the tolerance", standard, standardBody, []string{standardID, "Webhook-Timestamp: 1614265030", "Webhook-Signature: " + standardSignature}, "401 The signature is not right."},
		{"standard, too old", standard, standardBody, []string{standardID, "Webhook-Timestamp: 1614265029", "Webhook-Signature: " + standardSignature}, "401 The signature is too old: 1614265029 is more than 5m0s ago."},
		{"standard, in the future", standard, standardBody, []string{standardID, "Webhook-Timestamp: 1614265631", "Webhook-Signature: " + standardSignature}, "401 The signature comes from the future: look at the clock of the sender."},
		{"standard, far future", standard, standardBody, []string{standardID, "Webhook-Timestamp: 9223372036854775807", "Webhook-Signature: " + standardSignature}, "401 The signature comes from the future: look at the clock of the sender."},
		{"github", gitHub, gitHubBody, []string{gitHubSignature}, ""},
		{"github, upper case", gitHub, gitHubBody, []string{strings.Replace(gitHubSignature, "757107ea", "757107EA", 1)}, ""},
		{"github, other body", gitHub, gitHubBody + "!", []string{gitHubSignature}, "401 The signature is not right."},
		{"github, no prefix", gitHub, gitHubBody, []string{strings.Replace(gitHubSignature, "sha256=", "", 1)}, `401 The header X-Hub-Signature-256 must start with "sha256=".`},
		{"github, unsigned", gitHub, gitHubBody, nil, "401 The call is not signed: the header X-Hub-Signature-256 is missing."},
		{"github, no hexadecimal", gitHub, gitHubBody, []string{"X-Hub-Signature-256: sha256=zz"}, "401 The signature is not right."},
		{"stripe", stripeConf, "body", []string{stripe("1614265330", right)}, ""},
		{"stripe, one of several", stripeConf, "body", []string{stripe("1614265330", "00", right)}, ""},
		{"stripe, too old", stripeConf, "body", []string{stripe("1614264000", old)}, "401 The signature is too old: 1614264000 is more than 5m0s ago."},
		{"stripe, other time", stripeConf, "body", []string{stripe("1614265331", right)}, "401 The signature is not right."},
		{"stripe, unsigned", stripeConf, "body", nil, "401 The call is not signed: the header Stripe-Signature with t= and v1= is needed."},
		{"hmac", `{"checks":[{"type":"hmac","header":"X-Sig","secrets":["key"]}]}`, "body", []string{"X-Sig: " + hashHex}, ""},
		{"hmac, sha512 in base64", `{"checks":[{"type":"hmac","header":"X-Sig","algorithm":"sha512","encoding":"base64","prefix":"v=","secrets":["key"]}]}`, "body", []string{"X-Sig: v=" + hash512}, ""},
		{"hmac, wrong algorithm", `{"checks":[{"type":"hmac","header":"X-Sig","algorithm":"sha512","secrets":["key"]}]}`, "body", []string{"X-Sig: " + hashHex}, "401 The signature is not right."},
		{"api key", apiKey, "body", []string{"x-make-apikey: two"}, ""},
		{"api key, wrong", apiKey, "body", []string{"x-make-apikey: three"}, "401 The key in the header X-Make-Apikey is not right."},
		{"api key, missing", apiKey, "body", nil, "401 The header X-Make-Apikey is missing."},
		{"api key, own header", `{"checks":[{"type":"apikey","header":"X-Token","keys":["one"]}]}`, "body", []string{"X-Token: one"}, ""},
		{"basic", basic, "body", []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:p"))}, ""},
		{"basic, wrong", basic, "body", []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("ann:q"))}, "401 User name and password are missing or not right."},
		{"basic, missing", basic, "body", nil, "401 User name and password are missing or not right."},
		{"two checks", both, "body", []string{"x-make-apikey: one"}, ""},
		{"two checks, one fails", both, "body", nil, "401 The header X-Make-Apikey is missing."},
		{"address", `{"checks":[{"type":"addresses","ranges":["192.0.2.1"]}]}`, "body", nil, ""},
		{"other address", `{"checks":[{"type":"addresses","ranges":["192.0.2.2","2001:db8::/32"]}]}`, "body", nil, "403 Calls from this network address are not allowed."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Hook{Settings: settings(t, c.settings)})
			w := b.do(b.request("POST", "", c.body, c.headers...)) // from 192.0.2.1
			got := ""
			if w.Code != http.StatusOK {
				got = fmt.Sprint(w.Code, " ", w.Body)
			}
			if got != c.want {
				t.Errorf("answer: got %q, want %q", got, c.want)
			}
			if queued := len(b.items); (queued == 1) != (c.want == "") {
				t.Errorf("queued: got %d items after %q", queued, got)
			}
		})
	}
}

// TestChecksWithoutSecretsRefuse is about checks that were not made by ParseSettings.
func TestChecksWithoutSecretsRefuse(t *testing.T) {
	t.Parallel()
	empty := []Secret{{}}
	body, now := "body", "1614265330"
	headers := http.Header{}
	for name, text := range map[string]string{
		"X-Make-Apikey": " ", "Webhook-Id": "1", "Webhook-Timestamp": now, "Webhook-Signature": "v1," + base64.StdEncoding.EncodeToString(sign("", "1."+now+"."+body)),
		"X-Hub-Signature-256": "sha256=" + hex.EncodeToString(sign("", body)), "X-Sig": hex.EncodeToString(sign("", body)),
		"Stripe-Signature": "t=" + now + ",v1=" + hex.EncodeToString(sign("", now+"."+body)), "Authorization": "Basic Og==",
	} {
		headers.Set(name, text)
	}
	for _, check := range []Check{
		APIKey{},
		APIKey{Keys: empty},
		StandardWebhooks{},
		StandardWebhooks{Secrets: empty},
		StandardWebhooks{Secrets: []Secret{NewSecret("whsec_")}},
		StandardWebhooks{Secrets: []Secret{NewSecret("whsec_?")}},
		GitHub{},
		GitHub{Secrets: empty},
		Stripe{},
		Stripe{Secrets: empty},
		HMAC{},
		HMAC{Header: "X-Sig"},
		HMAC{Header: "X-Sig", Secrets: empty},
		Basic{},
		AllowList{},
	} {
		e := &evidence{header: headers, body: []byte(body), now: testTime}
		if a := check.verify(e); a == nil {
			t.Errorf("%T%+v: accepted, want a refusal", check, check)
		}
	}
}

func TestToleranceIsInclusive(t *testing.T) {
	t.Parallel()
	for stamp, want := range map[string]bool{"1614265030": true, "1614265029": false, "1614265630": true, "1614265631": false, "-9223372036854775808": false} {
		if got := timely(stamp, testTime, 0) == nil; got != want {
			t.Errorf("%s at %d: got %v, want %v", stamp, testTime.Unix(), got, want)
		}
	}
	if timely("1614265320", testTime, 5*time.Second) == nil {
		t.Error("10 s ago with a tolerance of 5 s: got accepted, want refused")
	}
}

func TestNumberOfSignaturesIsBounded(t *testing.T) {
	t.Parallel()
	body := "body"
	right := hex.EncodeToString(sign("k", "1614265330."+body))
	wrong := strings.Repeat("00,v1=", MaxSignatures-1)
	for name, c := range map[string]struct {
		signatures string
		want       bool
	}{"last that is looked at": {wrong + right, true}, "one further": {"00,v1=" + wrong + right, false}} {
		e := &evidence{header: http.Header{"Stripe-Signature": {"t=1614265330,v1=" + c.signatures}}, body: []byte(body), now: testTime}
		if got := (Stripe{Secrets: []Secret{NewSecret("k")}}).verify(e) == nil; got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestSecretsArePrintedByNothing(t *testing.T) {
	t.Parallel()
	secret := NewSecret("p4ss")
	type holder struct{ Inner Secret }
	type closed struct{ inner Secret }
	out := fmt.Sprintf("%v %+v %#v %s %q %x %d", secret, secret, secret, secret, secret, secret, secret) +
		fmt.Sprintf("%v %+v %#v %v", holder{secret}, holder{secret}, holder{secret}, &holder{secret}) +
		fmt.Sprintf("%+v %+v %#v", APIKey{Keys: []Secret{secret}}, closed{secret}, &closed{secret})
	encoded, err := json.Marshal(map[string]any{"a": secret, "b": holder{secret}})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", secret, "token", Token("p4ss"))
	for name, text := range map[string]string{"fmt": out, "json": string(encoded), "slog": log.String()} {
		if strings.Contains(text, "p4ss") || strings.Contains(text, fmt.Sprintf("%x", "p4ss")) || !strings.Contains(text, hidden) {
			t.Errorf("%s: got %s, want %s in place of the secret", name, text, hidden)
		}
	}
	if secret.Reveal() != "p4ss" {
		t.Errorf("Reveal: got %q, want p4ss", secret.Reveal())
	}
}

func TestParseRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"192.0.2.7": "192.0.2.7/32", "192.0.2.7/24": "192.0.2.0/24", "2001:db8::1": "2001:db8::1/128", "::ffff:192.0.2.7": "192.0.2.7/32",
		"": "", "192.0.2": "", "192.0.2.0/33": "", "example.com": "",
	} {
		r, err := ParseRange(text)
		if got := r; (err != nil) != (want == "") || want != "" && got != netip.MustParsePrefix(want) {
			t.Errorf("%q: got %v, %v, want %q", text, got, err, want)
		}
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	token, err := NewToken(strings.NewReader(strings.Repeat("\xff", 20)))
	if err != nil || token != "77777777777777777777777777777777" || token.Path() != "/hook/"+string(token) {
		t.Errorf("token: got %q at %s, %v, want 32 times 7", string(token), token.Path(), err)
	}
	if _, err := NewToken(strings.NewReader("too few")); err == nil {
		t.Error("too few random bits: got no error")
	}
	if other := Token(string(token) + "7"); token.Hash().Equal(other.Hash()) || !token.Hash().Equal(token.Hash()) {
		t.Error("hashes: different tokens must have different hashes, equal tokens the same")
	}
}
