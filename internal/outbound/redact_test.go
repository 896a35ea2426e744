package outbound

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestText(t *testing.T) {
	t.Parallel()
	tests := []struct{ secret, text, want string }{
		{"hunter22", "a hunter22 b hunter22", "a *** b ***"},
		{"hunter22", "nothing", "nothing"},
		{"a b/c&d", "raw a b/c&d, query a+b%2Fc%26d, path a%20b%2Fc&d, small a+b%2fc%26d", "raw ***, query ***, path ***, small ***"},
		{`q"uo\te/`, `{"a":"q\"uo\\te/","b":"q\"uo\\te\/"}`, `{"a":"***","b":"***"}`},
		{"<tag>&", `{"a":"\u003ctag\u003e\u0026"} &lt;tag&gt;&amp;`, `{"a":"***"} ***`},
		{"pässword", `{"a":"p\u00e4ssword"}`, `{"a":"***"}`},
		{" padded ", "x=padded", "x=***"},
		{"aaaa", "aaaaaaaaaa", "***"},
		{"", "empty", "empty"},
		{"   ", "a     b", "a     b"},
		{"12", "pin=12 and 123 and 412, 12", "pin=*** and 123 and 412, ***"},
		{"é", "é été", "*** été"},
	}
	for _, tt := range tests {
		if got := NewRedactor([]string{tt.secret}, nil).Text(tt.text); got != tt.want {
			t.Errorf("secret %q: Text(%q) = %q, want %q", tt.secret, tt.text, got, tt.want)
		}
	}
}

func TestOverlappingSecrets(t *testing.T) {
	t.Parallel()
	if got := NewRedactor([]string{"abcd", "cdxyz"}, nil).Text("1abcdxyz2"); got != "1***2" {
		t.Errorf("got %q, want %q", got, "1***2")
	}
}

func TestBase64OfSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-long"
	r := NewRedactor([]string{secret}, nil)
	for _, around := range []string{"%s", "user:%s", "me:%s", "x:%s", "%s:", "%s:x", `{"k":"%s"}`} {
		encoded := base64.StdEncoding.EncodeToString([]byte(fmt.Sprintf(around, secret)))
		// What remains may hold two characters of the secret's ends at most.
		redacted := r.Text("Basic " + encoded)
		if !strings.Contains(redacted, mask) || len(redacted) > len("Basic ")+len(encoded)-len(secret) {
			t.Errorf("%s: %q became %q, which still holds most of it", around, encoded, redacted)
		}
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	r := NewRedactor([]string{"hunter22"}, []string{"request.qs.Mail"})
	tests := map[string]string{
		"https://a.example/x?y=1":                 "https://a.example/x?y=1",
		"https://u:p@a.example/x@y":               "https://***@a.example/x@y",
		"https://u:p@a.example":                   "https://***@a.example",
		"https://a/?access_token=1&b=2&API-KEY=3": "https://a/?access_token=***&b=2&API-KEY=***",
		"https://a/?mail=x@y&mailing=1":           "https://a/?mail=***&mailing=1",
		"https://a/?x=%68unter22&token=":          "https://a/?x=***&token=",
		"https://a/hunter22/%68unter22":           "https://a/***/***",
		"https://a/#access_token=1&b=2":           "https://a/#access_token=***&b=2",
		"not a url %zz hunter22":                  "not a url %zz ***",
	}
	for raw, want := range tests {
		if got := r.URL(raw); got != want {
			t.Errorf("URL(%q) = %q, want %q", raw, got, want)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	r := NewRedactor([]string{"hunter22"}, []string{"request.headers.`x.odd`", "RESPONSE.Headers.X-Plan"})
	h := http.Header{"Authorization": {"Bearer x"}, "X-Shop-Token": {"x"}, "X.odd": {"x"}, "X-Plan": {"x"}, "X-Other": {"a hunter22"}, "Accept": {"a/b"}}
	for side, want := range map[string]string{
		"request":  `map[Accept:[a/b] Authorization:[***] X-Other:[a ***] X-Plan:[x] X-Shop-Token:[***] X.odd:[***]]`,
		"response": `map[Accept:[a/b] Authorization:[***] X-Other:[a ***] X-Plan:[***] X-Shop-Token:[***] X.odd:[x]]`,
	} {
		if got := fmt.Sprint(r.header(side, h)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", side, got, want)
		}
	}
	if h.Get("Authorization") != "Bearer x" {
		t.Error("the headers given were changed")
	}
}

func TestSanitizedBodies(t *testing.T) {
	t.Parallel()
	tests := []struct{ paths, contentType, body, want string }{
		{"response.body.token", "application/json", `{ "Token" : {"a":1}, "b": [1, 2] }`, `{ "Token" : "***", "b": [1, 2] }`},
		{"response.body.a.b", "", `{"a":{"b":1,"c":2},"b":3}`, `{"a":{"b":"***","c":2},"b":3}`},
		{"response.body.a.b", "", `{"a":[{"b":1},{"b":"x"},5]}`, `{"a":[{"b":"***"},{"b":"***"},5]}`},
		{"response.body.a[1].b response.body.c.0", "", `{"a":[{"b":1}],"c":[1,[2]]}`, `{"a":[{"b":"***"}],"c":["***","***"]}`},
		{"response.body.a", "", "{\"a\":1}\n{\"a\":2}\n", "{\"a\":\"***\"}\n{\"a\":\"***\"}\n"},
		{"response.body.a", "", `{"a":1`, noteOmitted},
		{"response.body.a", "application/xml", `<a>1</a>`, noteOmitted},
		{"response.body.a", "text/html; charset=utf-8", `<h1>Oops</h1>`, `<h1>Oops</h1>`},
		{"response.body.a", "text/plain", `{"a":1,}`, noteOmitted},
		{"response.body.a", "application/x-www-form-urlencoded", `b=1&a=2`, `b=1&a=***`},
		{"response.body", "application/json", `{"a":1}`, `***`},
		{"response", "application/json", `{"a":1}`, `***`},
		{"request.body.a", "application/json", `{"a":1}`, `{"a":1}`},
		{"nonsense", "application/json", `{"a":1}`, `{"a":1}`},
		{"response.body.a", "", strings.Repeat("[", 200) + `{"a":1}` + strings.Repeat("]", 200), strings.Repeat("[", 101) + `"***"` + strings.Repeat("]", 101)},
	}
	for _, tt := range tests {
		r := NewRedactor(nil, strings.Fields(tt.paths))
		got := r.body("response", http.Header{"Content-Type": {tt.contentType}}, []byte(tt.body))
		if got.Text+got.Note != tt.want {
			t.Errorf("%s in %s: got %+v, want %s", tt.paths, tt.body, got, tt.want)
		}
	}
	large := []byte(`{"a":"` + strings.Repeat("x", maxSanitizedBytes) + `"}`)
	if got := NewRedactor(nil, []string{"response.body.b"}).body("response", nil, large); got.Note != noteOmitted {
		t.Errorf("a body too large to sanitize was kept: %d bytes, note %q", len(got.Text), got.Note)
	}
}

func TestRecordedBodyLimit(t *testing.T) {
	t.Parallel()
	const secret = "hunter22"
	r := NewRedactor([]string{secret}, nil)
	for _, size := range []int{MaxRecordedBodyBytes, MaxRecordedBodyBytes + 1} {
		got := r.body("response", nil, []byte(strings.Repeat("x", size)))
		if wantNote := map[bool]string{true: noteTruncated}[size > MaxRecordedBodyBytes]; len(got.Text) != MaxRecordedBodyBytes || got.Note != wantNote || got.Bytes != size {
			t.Errorf("%d bytes: kept %d of %d, note %q, want note %q", size, len(got.Text), got.Bytes, got.Note, wantNote)
		}
	}
	for shift := range len(secret) + 2 { // the secret lies across the cut in every way
		body := strings.Repeat("x", MaxRecordedBodyBytes-shift) + secret + "yyyyyyyyyyyy"
		got := r.body("response", nil, []byte(body))
		if rest := strings.TrimLeft(got.Text, "x"); rest != "" && rest != mask && rest != mask+"y" && rest != mask+"yy" {
			t.Errorf("shift %d: the record ends in %q", shift, rest)
		}
	}
	got := r.body("response", nil, []byte(strings.Repeat("x", MaxRecordedBodyBytes-1)+"éé"))
	if got.Note != noteTruncated || len(got.Text) != MaxRecordedBodyBytes-1 {
		t.Errorf("cut inside a character: kept %d bytes, note %q", len(got.Text), got.Note)
	}
	if got := r.body("response", nil, []byte{0xff, 0xfe, 0}); got.Note != noteBinary || got.Text != "" {
		t.Errorf("binary: got %+v", got)
	}
}

// TestPlantedSecretsNeverAppear plants a secret wherever a call has room for
// one and looks for it in all that a user or operator can read.
func TestPlantedSecretsNeverAppear(t *testing.T) {
	t.Parallel()
	const secret, password = `k3y/with "all" & ünlikely+chars`, "pass:w/rd"
	server, client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Echo", url.QueryEscape(secret))
		w.Header().Set("Set-Cookie", "s="+url.QueryEscape(secret))
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/cut?again="+url.QueryEscape(secret), http.StatusFound)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/cut") {
			w.Header().Set("Content-Length", "100000")
		}
		text, _ := json.Marshal(map[string]string{"echo": secret, "auth": r.Header.Get("Authorization")})
		_, _ = w.Write(text)
	})
	header := http.Header{"X-Mine": {"a " + url.PathEscape(secret)}, "Authorization": {"Bearer x"}}
	base := strings.Replace(server.URL, "://", "://user:"+url.PathEscape(password)+"@", 1)
	query := "?q=" + url.QueryEscape(secret)
	for name, req := range map[string]Request{
		"plain":    {URL: server.URL + "/" + url.PathEscape(secret) + query, Header: header, Body: []byte("x=" + secret)},
		"password": {URL: base + "/x" + query},
		"cut":      {URL: base + "/cut" + query, Header: header},
		"redirect": {URL: base + "/redirect" + query},
		"refused":  {URL: "http://127.0.0.1:1/" + query, Header: header},
		"bad URL":  {URL: "http://a.example:x" + secret},
		"bad host": {URL: "http://" + url.PathEscape(secret) + ".example"},
		"bad name": {URL: server.URL, Header: http.Header{secret: {"x"}}},
	} {
		req.Secrets = []string{secret}
		resp, err := client.Do(t.Context(), req)
		shown := readable(t, resp, err)
		for _, planted := range []string{secret, "ünlikely", "%C3%BCnlikely", `\u00fcnlikely`, password, "pass%3Aw%2Frd", base64.StdEncoding.EncodeToString([]byte("user:" + password))} {
			if strings.Contains(shown, planted) {
				t.Errorf("%s: %q appears in %s", name, planted, shown)
			}
		}
	}
}

// readable returns everything about a call that ends up before people.
func readable(t *testing.T, resp *Response, err error) string {
	t.Helper()
	var b strings.Builder
	if resp != nil {
		record, jsonErr := json.Marshal(resp.Record)
		if jsonErr != nil {
			t.Fatal(jsonErr)
		}
		fmt.Fprintf(&b, "%+v\n%s\n", resp.Record, record)
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		fmt.Fprintf(&b, "%v %+v\n", e, e)
	}
	if err != nil {
		b.WriteString(fault.From(err).Hint)
	}
	return b.String()
}

func FuzzRedactor(f *testing.F) {
	f.Add("hunter22", "a hunter22 b", "x")
	f.Add("a b/c&\"d\"", "%2F", "prefix")
	f.Add("ab", "ab abc", "")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < shortSecretBytes || strings.TrimSpace(secret) == "" || strings.Contains(secret, "*") {
			return
		}
		r := NewRedactor([]string{secret}, nil)
		quoted, err := json.Marshal(before + secret + after)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{before + secret + after, string(quoted), url.QueryEscape(before + secret + after)} {
			for _, form := range r.forms {
				if got := r.Text(text); strings.Contains(got, form) && !strings.Contains(form, "*") {
					t.Fatalf("secret %q: %q became %q, which holds %q", secret, text, got, form)
				}
			}
		}
		body := r.body("request", nil, []byte(strings.Repeat("x", MaxRecordedBodyBytes-len(before)%20)+secret+after))
		if strings.Contains(body.Text, secret) {
			t.Fatalf("the record of a body holds %q", secret)
		}
	})
}

func FuzzSanitizeJSON(f *testing.F) {
	f.Add(`{"a":{"b":[1,{"c":2}]}}`, "a.b.c")
	f.Add(`[[{"a":1}]] {"a":"\u0061"}`, "a")
	f.Fuzz(func(t *testing.T, body, path string) {
		steps := splitPath(path)
		if len(steps) == 0 {
			return
		}
		masked, err := sanitizeJSON([]byte(body), [][]string{steps})
		if err != nil {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(string(masked)))
		for {
			var v any
			if err := decoder.Decode(&v); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%q with %q became %q, which is not JSON: %v", body, path, masked, err)
			}
			if object, ok := v.(map[string]any); ok && len(steps) == 1 {
				for key, found := range object {
					if strings.EqualFold(key, steps[0]) && found != mask {
						t.Fatalf("%q with %q became %q", body, path, masked)
					}
				}
			}
		}
	})
}
