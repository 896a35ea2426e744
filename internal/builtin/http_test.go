package builtin

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// sent runs an HTTP module and returns the request that it made.
func sent(t *testing.T, name string, o operation) outbound.Request {
	t.Helper()
	b := newBench()
	b.http.answer = outbound.Response{Status: 200}
	if _, err := b.run(name, o); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if len(b.http.requests) != 1 {
		t.Fatalf("%s: got %d calls, want 1", name, len(b.http.requests))
	}
	return b.http.requests[0]
}

func TestLegacyRequest(t *testing.T) {
	t.Parallel()
	r := sent(t, "http:ActionSendData", operation{input: `{"url":"https://e.com/x?a=1#f","method":"POST",
		"headers":[{"name":"X-A","value":"1"},{"name":"X-A","value":2},{"name":"","value":"no"}],
		"qs":[{"name":"b","value":"x y&"},{"name":"c","value":"1"},{"name":"c","value":"2"},{"name":"","value":"no"}],
		"bodyType":"raw","contentType":"application/json","data":"{\"a\":1}","authUser":"ann","authPass":"pw","timeout":"30","gzip":false,
		"followRedirect":false,"rejectUnauthorized":false,"ca":"PEM","body":"unknown fields are left alone"}`})
	want := outbound.Request{
		Method: "POST", URL: "https://e.com/x?a=1&b=x%20y%26&c%5B0%5D=1&c%5B1%5D=2#f",
		Header:  http.Header{"X-A": {"1", "2"}, "Content-Type": {"application/json"}, "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("ann:pw"))}},
		Body:    []byte(`{"a":1}`),
		Timeout: 30 * time.Second, Redirects: outbound.FollowNone, DisableCompression: true,
		InsecureSkipVerify: true, CACertificate: "PEM", Secrets: []string{"pw"},
	}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestRequestChoices(t *testing.T) {
	t.Parallel()
	legacy := func(more string) outbound.Request {
		return sent(t, "http:ActionSendData", operation{input: `{"url":"http://e.com/"` + more + `}`})
	}
	modern := func(more string) outbound.Request {
		return sent(t, "http:MakeRequest", operation{input: `{"url":"http://e.com/"` + more + `}`})
	}
	for _, c := range []struct{ name, got, want string }{
		{"default method", legacy("").Method, "get"},
		{"same names", legacy(`,"useQuerystring":true,"qs":[{"name":"a","value":1},{"name":"a","value":2}]`).URL, "http://e.com/?a=1&a=2"},
		{"escaped", sent(t, "http:ActionSendData", operation{input: `{"url":"http://e.com/ä b%20%zz","serializeUrl":true}`}).URL, "http://e.com/%C3%A4%20b%20%25zz"},
		{"json of a collection", string(legacy(`,"bodyType":"raw","data":{"a":[1]}`).Body), `{"a":[1]}`},
		{"header wins", legacy(`,"bodyType":"raw","contentType":"text/plain","headers":[{"name":"content-type","value":"a/b"}]`).Header.Get("Content-Type"), "a/b"},
		{"custom type", legacy(`,"bodyType":"raw","contentType":"custom","data":"x"`).Header.Get("Content-Type"), ""},
		{"form", string(legacy(`,"bodyType":"x_www_form_urlencoded","formFields":[{"key":"a b","value":"x&y"},{"key":"n","value":1},{"value":2}]`).Body), "a+b=x%26y&n=1"},
		{"json text", string(modern(`,"method":"post","contentType":"json","inputMethod":"jsonString","jsonStringBodyContent":"[1]"`).Body), "[1]"},
		{"json structure", string(modern(`,"method":"post","contentType":"json","inputMethod":"dataStructure","dataStructureBodyContent":{"a":1}`).Body), `{"a":1}`},
		{"new form", string(modern(`,"contentType":"urlEncoded","urlEncodedBodyContent":[{"name":"a","value":1}]`).Body), "a=1"},
		{"what is not chosen is not sent", string(modern(`,"contentType":"json","jsonStringBodyContent":"{}","customBodyContent":"x","dataStructureBodyContent":[1]`).Body), "{}"},
		{"no body is chosen", string(modern(`,"jsonStringBodyContent":"{}","urlEncodedBodyContent":[{"key":"a","value":1}]`).Body), ""},
		{"custom body", string(modern(`,"contentType":"custom","customBodyContent":"x","customContentType":"text/x"`).Body), "x"},
		{"same names in the new module", modern(`,"queryParameters":[{"name":"a","value":1},{"name":"a","value":2}]`).URL, "http://e.com/?a=1&a=2"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, c.got, c.want)
		}
	}
	for more, want := range map[string]outbound.RedirectPolicy{"": outbound.FollowSafe, `,"followAllRedirects":true`: outbound.FollowAll, `,"followRedirect":false`: outbound.FollowNone} {
		if got := legacy(more).Redirects; got != want {
			t.Errorf("redirects with %q: got %v, want %v", more, got, want)
		}
	}
	if got := modern(`,"allowRedirects":false`).Redirects; got != outbound.FollowNone {
		t.Errorf("new module without redirects: got %v, want %v", got, outbound.FollowNone)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	key := &module.IdempotencyKey{Header: "idempotency-key", Key: "k"}
	for _, c := range []struct{ module, input, want string }{
		{"http:ActionSendData", `{"url":"https://e.com","method":"post","headers":[{"name":"Idempotency-Key","value":"mine"}]}`, "k"},
		{"http:ActionSendData", `{"url":"https://e.com","method":"get"}`, ""},
		{"http:MakeRequest", `{"url":"https://e.com","method":"patch"}`, "k"},
		{"http:ActionGetFile", `{"url":"https://e.com"}`, ""},
	} {
		if got := strings.Join(sent(t, c.module, operation{input: c.input, key: key}).Header.Values("Idempotency-Key"), " "); got != c.want {
			t.Errorf("%s %s: sent %q, want %q", c.module, c.input, got, c.want)
		}
	}
}

func TestMultipart(t *testing.T) {
	t.Parallel()
	input := `{"url":"http://e.com","method":"post","bodyType":"multipart_form_data","formFields":[
		{"key":"a","value":"x"},{"key":"f","fieldType":"file","fileName":"n\"\r\n.json","data":"content"},{"name":"g","fieldType":"file","filename":"p.bin","mime":"x/y","data":"1"}]}`
	r := sent(t, "http:ActionSendData", operation{input: input})
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	form := multipart.NewReader(strings.NewReader(string(r.Body)), parameters["boundary"])
	var got []string
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, part.FormName()+"|"+part.FileName()+"|"+part.Header.Get("Content-Type")+"|"+string(content))
	}
	want := []string{"a|||x", "f|n%22%0D%0A.json|application/json|content", "g|p.bin|x/y|1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if again := sent(t, "http:ActionSendData", operation{input: input}); string(again.Body) != string(r.Body) {
		t.Errorf("the same operation made another body: got %q, want %q", again.Body, r.Body)
	}
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	header := &module.Connection{Key: "c1", Fields: parsed(`{"key":"k-1","placement":"header","name":"X-Key"}`)}
	query := &module.Connection{Fields: parsed(`{"key":"k-1","placement":"qs","name":"api key"}`)}
	basic := &module.Connection{Fields: parsed(`{"username":"ann","password":"secret"}`)}
	const input = `{"url":"http://e.com/?a=1"}`
	basicHeader := "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:secret"))

	r := sent(t, "http:ActionSendDataAPIKeyAuth", operation{input: input, conn: header})
	if r.Header.Get("X-Key") != "k-1" || r.BudgetKey != "c1" || !cmp.Equal(r.Secrets, []string{"k-1"}) || !cmp.Equal(r.SensitiveHeaders, []string{"X-Key"}) {
		t.Errorf("key in a header: got %+v", r)
	}
	r = sent(t, "http:ActionSendDataAPIKeyAuth", operation{input: input, conn: query})
	if want := "http://e.com/?a=1&api%20key=k-1"; r.URL != want || !cmp.Equal(r.Secrets, []string{"k-1"}) {
		t.Errorf("key in the query: got %s and the secrets %v, want %s", r.URL, r.Secrets, want)
	}
	r = sent(t, "http:ActionSendDataBasicAuth", operation{input: input, conn: basic})
	if got := r.Header.Get("Authorization"); got != basicHeader {
		t.Errorf("basic: got %s, want %s", got, basicHeader)
	}
	r = sent(t, "http:MakeRequest", operation{parameters: `{"authenticationType":"basicAuth","basicAuthKeychain":5}`, input: input})
	if got := r.Header.Get("Authorization"); got != basicHeader {
		t.Errorf("basic keychain: got %s, want %s", got, basicHeader)
	}
	r = sent(t, "http:MakeRequest", operation{parameters: `{"authenticationType":"apiKey","apiKeyKeychain":5}`, input: input})
	if got := r.Header.Get("X-Key"); got != "k-1" {
		t.Errorf("key keychain: got %s, want k-1", got)
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	const url = `{"url":"http://e.com"}`
	runCases(t, []runCase{
		{"no credentials", "http:ActionSendDataAPIKeyAuth", "", url, "InvalidConfigurationError: The module has no credentials."},
		{"mutual TLS", "http:ActionSendData", "", `{"url":"http://e.com","useMtls":true}`, "InvalidConfigurationError: useMtls: Mutual TLS is not supported."},
		{"new mutual TLS", "http:MakeRequest", `{"tlsType":"mTls"}`, url, "InvalidConfigurationError: tlsType: Mutual TLS is not supported."},
		{"proxy", "http:MakeRequest", `{"proxyKeychain":7}`, url, "InvalidConfigurationError: proxyKeychain: Proxies are not supported."},
		{"paging", "http:MakeRequest", "", `{"url":"http://e.com","paginationType":"pageBased"}`, "InvalidConfigurationError: paginationType: Paging is not supported by this module."},
		{"oauth", "http:MakeRequest", `{"authenticationType":"oAuth"}`, url, `InvalidConfigurationError: authenticationType: The authentication type "oAuth" is not supported.`},
		{"no keychain", "http:MakeRequest", `{"authenticationType":"apiKey"}`, url, "InvalidConfigurationError: no keychain is chosen"},
		{"timeout", "http:MakeRequest", "", `{"url":"http://e.com","timeout":301}`, "BundleValidationError: timeout: The value 301 is more than 300."},
		{"no url", "http:ActionGetFile", "", `{}`, "BundleValidationError: url: Missing value of required parameter 'URL'."},
	})
	h := httpApp{}
	_, err := h.call(t.Context(), &module.Operation{Input: parsed(`{"shareCookies":true}`)}, outbound.Request{}, false, &recorder{})
	if fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("cookies without a jar: got %v, want %s", err, fault.InvalidConfiguration)
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	answer := func(contentType, body string) outbound.Response {
		h := http.Header{"Set-Cookie": {"a=1", "b=2"}}
		if contentType != "" {
			h.Set("Content-Type", contentType)
		}
		return outbound.Response{Status: 200, Header: h, Body: []byte(body)}
	}
	for _, c := range []struct {
		name   string
		answer outbound.Response
		parse  string
		want   string
	}{
		{"json", answer("application/json; charset=utf-8", `{"a":1}`), "true", `{"a":1}`},
		{"json by suffix", answer("application/problem+json", `[1]`), "true", `[1]`},
		{"json as text", answer("application/json", `{"a":1}`), "false", `"{\"a\":1}"`},
		{"broken json", answer("application/json", `{`), "true", "DataError: data: The JSON cannot be read: line 1, column 2: expected a member name in double quotes, found the end of the text."},
		{"json without a type", answer("", ` {"a":1}`), "true", `{"a":1}`},
		{"json as text type", answer("text/html", `{"a":1}`), "true", `{"a":1}`},
		{"like json", answer("text/plain", `{x`), "true", `"{x"`},
		{"xml", answer("text/xml", `<a><b>1</b></a>`), "true", `{"a":{"b":[1]}}`},
		{"xml in latin 1", answer("application/xml; charset=iso-8859-1", "<a>\xe9</a>"), "true", `{"a":"é"}`},
		{"broken xml", answer("text/xml", `<a>`), "true", "DataError: data: The XML cannot be read: line 1, column 4: the element <a> is not closed."},
		{"form", answer("application/x-www-form-urlencoded", "a=1&b=x+y&a=2"), "true", `{"a":["1","2"],"b":"x y"}`},
		{"latin 1 text", answer("text/plain; charset=latin1", "\xe9"), "false", `"é"`},
		{"binary", answer("image/png", "\x89PNG"), "true", `"iVBORw=="`},
		{"binary that is UTF-8", answer("application/pdf", "%PDF"), "false", `"JVBERg=="`},
		{"empty", answer("application/json", ""), "true", `""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench()
			b.http.answer = c.answer
			r, err := b.run("http:ActionSendData", operation{input: `{"url":"http://e.com","parseResponse":` + c.parse + `}`})
			got := result(r, err)
			if err == nil {
				got = r.bundles[0].Get("data").JSON()
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if len(r.exchanges) != 1 || r.exchanges[0].Get("url").Str() != "http://e.com" {
				t.Errorf("got the exchanges %v, want one", r.exchanges)
			}
		})
	}
}

func TestResponseHeaders(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.http.answer = outbound.Response{Status: 201, Header: http.Header{"X-B": {"1", "2"}, "Set-Cookie": {"a=1", "b=2"}}, Body: []byte("ok")}
	r, err := b.run("http:ActionSendData", operation{input: `{"url":"http://e.com"}`})
	want := `{"statusCode":201,"headers":[{"name":"set-cookie","value":"a=1"},{"name":"set-cookie","value":"b=2"},{"name":"x-b","value":"1"},{"name":"x-b","value":"2"}],"cookieHeaders":["a=1","b=2"],"data":"ok","fileSize":2}`
	if got := result(r, err); got != want {
		t.Errorf("version 3:\n got %s\nwant %s", got, want)
	}
	r, err = b.run("http:MakeRequest", operation{input: `{"url":"http://e.com"}`})
	want = `{"statusCode":201,"headers":{"set-cookie":["a=1","b=2"],"x-b":"1, 2"},"data":"ok"}`
	if got := result(r, err); got != want {
		t.Errorf("version 4:\n got %s\nwant %s", got, want)
	}
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]fault.Kind{
		200: "", 302: "", 400: fault.BundleValidation, 401: fault.AccountValidation, 404: fault.BundleValidation,
		429: fault.RateLimit, 500: fault.Runtime, 503: fault.Connection,
	} {
		b := newBench()
		b.http.answer = outbound.Response{Status: status, Header: http.Header{"Retry-After": {"7"}}, Body: []byte("sorry ann:secret and secret")}
		_, err := b.run("http:MakeRequest", operation{parameters: `{"authenticationType":"basicAuth","basicAuthKeychain":1}`, input: `{"url":"http://e.com","stopOnHttpError":true}`})
		if got := fault.KindOf(err); got != want {
			t.Errorf("status %d: got %q, want %q", status, got, want)
		}
		if err == nil {
			continue
		}
		if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "sorry") {
			t.Errorf("status %d: got %q, want the body without the secret", status, err)
		}
		if got := fault.From(err).Delay; got != 7*time.Second {
			t.Errorf("status %d: got the delay %v, want 7s", status, got)
		}
		for name, parameters := range map[string]string{"http:ActionSendData": `{"handleErrors":true}`, "http:ActionGetFile": `{"handleErrors":true}`} {
			if _, err := b.run(name, operation{parameters: parameters, input: `{"url":"http://e.com"}`}); fault.KindOf(err) != want {
				t.Errorf("%s, status %d: got %v, want %q", name, status, err, want)
			}
			if r, err := b.run(name, operation{input: `{"url":"http://e.com"}`}); err != nil || r.bundles[0].Get("statusCode").Float() != float64(status) {
				t.Errorf("%s, status %d without errors: got %s", name, status, result(r, err))
			}
		}
	}
}

func TestFailedCallKeepsItsRecord(t *testing.T) {
	t.Parallel()
	b := newBench()
	b.http.err = fault.New(fault.ModuleTimeout, "too slow")
	r, err := b.run("http:ActionSendData", operation{input: `{"url":"http://e.com"}`})
	if fault.KindOf(err) != fault.ModuleTimeout || len(r.exchanges) != 1 || len(r.bundles) != 0 {
		t.Errorf("got %v, %d exchanges and %d bundles, want a timeout, 1 and 0", err, len(r.exchanges), len(r.bundles))
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ disposition, url, want string }{
		{`attachment; filename="a b.pdf"`, "http://e.com/x", "a b.pdf"},
		{`attachment; filename*=UTF-8''%C3%A4.txt`, "http://e.com/x", "ä.txt"},
		{`attachment; filename="../../etc/passwd"`, "http://e.com/x", "passwd"},
		{`attachment; filename="..\..\x.exe"`, "http://e.com/x", "x.exe"},
		{`attachment; filename=".."`, "http://e.com/d/f%20g.txt?x=/y", "f g.txt"},
		{"", "http://e.com/", "file"},
		{"", "", "file"},
	} {
		resp := &outbound.Response{Header: http.Header{"Content-Disposition": {c.disposition}}, FinalURL: c.url}
		if got := fileName(resp); got != c.want {
			t.Errorf("%q of %q: got %q, want %q", c.disposition, c.url, got, c.want)
		}
	}
}

// The modules work with the real client too.
func TestRealCall(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, value.Collection(value.F("method", value.Text(r.Method)), value.F("query", value.Text(r.URL.RawQuery)),
			value.F("key", value.Text(r.Header.Get("X-Key"))), value.F("body", value.Text(string(body)))).JSON())
	}))
	t.Cleanup(server.Close)
	client := outbound.New(outbound.Options{Allow: []string{"loopback"}})
	t.Cleanup(client.Close)
	conn := &module.Connection{Fields: parsed(`{"key":"k-1","name":"X-Key"}`)}
	for _, m := range Modules(Deps{HTTP: client, Clock: clock.NewFake(started), Stores: NewMemoryStores()}) {
		if m.FullName() != "http:ActionSendDataAPIKeyAuth" {
			continue
		}
		op, err := newBench().operationOf(m, operation{input: `{"url":"` + server.URL + `","method":"put","bodyType":"raw","data":"x","parseResponse":true,"qs":[{"name":"a","value":1}]}`})
		if err != nil {
			t.Fatal(err)
		}
		out := &recorder{}
		if err := m.Run(context.Background(), op, conn, out); err != nil {
			t.Fatal(err)
		}
		if got, want := out.bundles[0].Get("data").JSON(), `{"method":"PUT","query":"a=1","key":"k-1","body":"x"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if strings.Contains(out.exchanges[0].JSON(), "k-1") {
			t.Errorf("the record holds the key: %s", out.exchanges[0].JSON())
		}
	}
}

func TestWebhookResponse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, input string
		want        module.Response
	}{
		{"defaults", `{}`, module.Response{Status: 200, Body: []byte{}}},
		{"text", `{"status":"202","body":"ok","headers":[]}`, module.Response{Status: 202, Body: []byte("ok"), Headers: []module.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}}}},
		{
			"json", `{"status":200,"body":{"a":1},"headers":[{"key":"X-A","value":"1"}]}`,
			module.Response{Status: 200, Body: []byte(`{"a":1}`), Headers: []module.Header{{Name: "X-A", Value: "1"}, {Name: "Content-Type", Value: "application/json"}}},
		},
		{
			"own type", `{"status":200,"body":"<a/>","headers":[{"key":"content-type","value":"text/xml"}]}`,
			module.Response{Status: 200, Body: []byte(`<a/>`), Headers: []module.Header{{Name: "content-type", Value: "text/xml"}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := newBench().run("gateway:WebhookRespond", operation{input: c.input})
			if got := result(r, err); got != "{}" {
				t.Errorf("output: got %s, want an empty bundle", got)
			}
			if diff := cmp.Diff([]module.Response{c.want}, r.responses); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
	headers := func(n int) string {
		return `{"headers":[` + strings.TrimSuffix(strings.Repeat(`{"key":"a","value":"b"},`, n), ",") + `]}`
	}
	runCases(t, []runCase{
		{"status", "gateway:WebhookRespond", "", `{"status":100}`, "BundleValidationError: status: The value 100 is less than 200."},
		{"line break", "gateway:WebhookRespond", "", `{"headers":[{"key":"a","value":"b\r\nc: d"}]}`, `BundleValidationError: headers[1]: The header "a" holds characters that cannot be sent.`},
		{"headers at the limit", "gateway:WebhookRespond", "", headers(MaxResponseHeaders), "{}"},
		{"too many headers", "gateway:WebhookRespond", "", headers(MaxResponseHeaders + 1), "BundleValidationError: headers: The answer has 17 headers; 16 are allowed."},
	})
}
