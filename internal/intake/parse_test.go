package intake

import (
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

func TestParseSettings(t *testing.T) {
	t.Parallel()
	s := settings(t, `{"headers":true,"method":true,"stringify":true,"json":true,"structure":[{"name":"a","type":"text"}],"strict":true,
		"checks":[{"type":"apikey","keys":["k"]},{"type":"stripe","secrets":["s"],"tolerance":60}],
		"rate":{"limit":5,"seconds":2},"filter":{"conditions":[[{"a":"{{a}}","o":"exist"}]]},
		"duplicates":{"by":"header","header":"X-Id","window":60},"handshake":{"field":"c"},"responseWait":30}`)
	if !s.Headers || !s.Method || !s.Stringify || !s.JSON || !s.Strict || len(s.Structure) != 1 || s.Filter.Empty() {
		t.Errorf("got %+v, want everything set", s)
	}
	if s.Rate != (Rate{5, 2 * time.Second}) || s.Duplicates.Header != "X-Id" || s.Duplicates.window() != time.Minute || s.Handshake.Field != "c" || s.responseWait() != 30*time.Second {
		t.Errorf("got rate %v, duplicates %+v, handshake %+v, wait %v", s.Rate, s.Duplicates, s.Handshake, s.responseWait())
	}
	if stripe, ok := s.Checks[1].(Stripe); !ok || stripe.Tolerance != time.Minute || len(s.Checks) != 2 {
		t.Errorf("checks: got %+v, want an API key and Stripe with 1m0s", s.Checks)
	}
	for _, nothing := range []value.Value{value.Undefined, value.Null, value.Collection()} {
		s, problems := ParseSettings(nothing)
		if len(problems) > 0 || s.Duplicates != nil || s.Structure != nil || s.responseWait() != DefaultResponseWait || s.Rate.orDefault().Limit != DefaultRateLimit {
			t.Errorf("%s: got %+v, %v, want the defaults", nothing.JSON(), s, problems)
		}
	}
}

func TestProblemsOfSettings(t *testing.T) {
	t.Parallel()
	cases := []struct{ settings, want string }{
		{`[]`, `must be an object, not array`},
		{`{"header":true}`, `header: there is no setting of this name (did you mean headers?)`},
		{`{"headers":"yes"}`, `headers: must be true or false, not a text`},
		{`{"structure":{}}`, `structure: must be a list of fields`},
		{`{"structure":[{"type":"text"}]}`, `structure[0]: must be an object with a name`},
		{`{"checks":{}}`, `checks: must be a list of at most 10 checks`},
		{`{"checks":[{}]}`, `checks[0].type: there is no check of this type (apikey, standard-webhooks, github, stripe, hmac, basic or addresses)`},
		{`{"checks":[{"type":"apikey"}]}`, `checks[0].keys: must be a list of 1 to 100 texts`},
		{`{"checks":[{"type":"apikey","keys":[""]}]}`, `checks[0].keys[0]: must be a text that is not empty`},
		{`{"checks":[{"type":"apikey","keys":["k"],"header":"a b"}]}`, `checks[0].header: is no name of a header (letters, digits and hyphens)`},
		{`{"checks":[{"type":"apikey","keys":["k"],"secret":"s"}]}`, `checks[0].secret: there is no setting of this name (known are type, header, keys)`},
		{`{"checks":[{"type":"standard-webhooks","secrets":["whsec_?"]}]}`, `checks[0].secrets: are not all base64 (copy them as the sender shows them, "whsec_" and base64)`},
		{`{"checks":[{"type":"standard-webhooks","secrets":["whsec_"]}]}`, `checks[0].secrets: are not all base64 (copy them as the sender shows them, "whsec_" and base64)`},
		{`{"checks":[{"type":"stripe","secrets":["s"],"tolerance":3601}]}`, `checks[0].tolerance: must be a whole number from 1 to 3600`},
		{`{"checks":[{"type":"hmac","secrets":["s"]}]}`, `checks[0].header: is missing`},
		{`{"checks":[{"type":"hmac","header":"x","secrets":["s"],"algorithm":"md5"}]}`, `checks[0].algorithm: must be one of sha256, sha512`},
		{`{"checks":[{"type":"basic","user":"u"}]}`, `checks[0].password: is missing`},
		{`{"checks":[{"type":"addresses","ranges":["home"]}]}`, `checks[0].ranges[0]: is no network address (such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32)`},
		{`{"rate":{"limit":0,"seconds":10}}`, "rate.limit: must be a whole number from 1 to 1000000\nrate: needs a limit and seconds (such as {\"limit\": 300, \"seconds\": 10})"},
		{`{"rate":{"limit":1.5,"seconds":3601}}`, "rate.limit: must be a whole number from 1 to 1000000\nrate.seconds: must be a whole number from 1 to 3600\nrate: needs a limit and seconds (such as {\"limit\": 300, \"seconds\": 10})"},
		{`{"filter":{"conditions":[[{"a":"{{","o":"exist"}]]}}`, `filter.conditions[0][0].a: `},
		{`{"duplicates":{"by":"luck"}}`, `duplicates.by: must be one of body, header, expression`},
		{`{"duplicates":{"by":"header"}}`, `duplicates.header: is missing`},
		{`{"duplicates":{"by":"expression","expression":"{{a"}}`, `duplicates.expression: column `},
		{`{"duplicates":{"window":2592001}}`, `duplicates.window: must be a whole number from 1 to 2592000`},
		{`{"handshake":{}}`, `handshake.field: is missing`},
		{`{"handshake":{"field":"c","token":"t"}}`, `handshake: needs tokenField and token together (set both or none)`},
		{`{"responseWait":301}`, `responseWait: must be a whole number from 1 to 300`},
	}
	for _, c := range cases {
		_, problems := ParseSettings(parseJSON(t, c.settings))
		if got := problems.Error(); !problems.Invalid() || got != c.want && (!strings.HasSuffix(c.want, " ") || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s:\n got %s\nwant %s", c.settings, got, c.want)
		}
	}
}

func TestNumbersOfChecksAndSecretsAreBounded(t *testing.T) {
	t.Parallel()
	list := func(item string, n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	const github = `{"type":"github","secrets":["s"]}`
	for text, want := range map[string]bool{
		`{"checks":` + list(github, MaxChecks) + `}`:                              true,
		`{"checks":` + list(github, MaxChecks+1) + `}`:                            false,
		`{"checks":[{"type":"apikey","keys":` + list(`"k"`, MaxSecrets) + `}]}`:   true,
		`{"checks":[{"type":"apikey","keys":` + list(`"k"`, MaxSecrets+1) + `}]}`: false,
	} {
		if _, problems := ParseSettings(parseJSON(t, text)); problems.Invalid() == want {
			t.Errorf("%.60s…: got %v, want valid %v", text, problems, want)
		}
	}
}

func TestLengthOfChallengesIsBounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{MaxChallengeBytes: true, MaxChallengeBytes + 1: false, 0: false} {
		_, got := (&Handshake{Field: "c"}).echo(func(string) (string, bool) { return strings.Repeat("x", n), true })
		if got != want {
			t.Errorf("%d bytes: got %v, want %v", n, got, want)
		}
	}
}

func TestOutcomesAreListed(t *testing.T) {
	t.Parallel()
	seen := map[Outcome]bool{}
	for _, o := range Outcomes() {
		if seen[o] || o == "" {
			t.Errorf("outcome %q is listed twice or empty", o)
		}
		seen[o] = true
	}
	if len(seen) != 19 {
		t.Errorf("outcomes: got %d, want 19", len(seen))
	}
}
