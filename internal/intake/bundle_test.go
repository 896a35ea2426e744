package intake

import (
	"net/http"
	"strings"
	"testing"
)

const multipartType = "Content-Type: multipart/form-data; boundary=X"

// parts joins the parts of a multipart form with the boundary X.
func parts(list ...string) string {
	var b strings.Builder
	for _, part := range list {
		b.WriteString("--X\r\n" + part + "\r\n")
	}
	return b.String() + "--X--\r\n"
}

func TestBundles(t *testing.T) {
	t.Parallel()
	const jsonType, formType = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
	cases := []struct {
		name, settings, method, query, contentType, body string
		want                                             string // the bundle, or the text of a 400
	}{
		{"query", "", "GET", "?a=1&b=x%20y+z&c", "", "", `{"a":"1","b":"x y z","c":""}`},
		{"nothing at all", "", "GET", "", "", "", `{}`},
		{"empty body", "", "POST", "", jsonType, "", `{}`},
		{"repeated", "", "GET", "?a=1&a=2", "", "", `{"a":["1","2"]}`},
		{"brackets", "", "GET", "?a[b]=1&a[c][]=2&a[c][]=3&d[]=4", "", "", `{"a":{"b":"1","c":["2","3"]},"d":["4"]}`},
		{"escaped brackets", "", "GET", "?a%5Bb%5D=1", "", "", `{"a":{"b":"1"}}`},
		{"numbered", "", "GET", "?a[0]=x&a[1]=y&b[1]=z", "", "", `{"a":["x","y"],"b":{"1":"z"}}`},
		{"collections in an array", "", "GET", "?a[0][x]=1&a[1][x]=2", "", "", `{"a":[{"x":"1"},{"x":"2"}]}`},
		{"unpaired brackets", "", "GET", "?a[b=1&[c]=2&d]=3&e[f]g=4&h[[i]]=5", "", "", `{"a[b":"1","[c]":"2","d]":"3","e[f]g":"4","h[[i]]":"5"}`},
		{"contradiction", "", "GET", "?a=1&a[b]=2&a[]=3&c[x]=1&c=2&d[]=1&d[x]=2", "", "", `{"a":"1","a[b]":"2","a[]":"3","c":{"x":"1"},"d":["1"],"d[x]":"2"}`},
		{"broken escape", "", "GET", "?a=100%&b=%zz", "", "", `{"a":"100%","b":"%zz"}`},
		{"no name", "", "GET", "?=1&&b=2", "", "", `{"b":"2"}`},
		{"form", "", "POST", "?q=1&a=0", formType, "a=1&b=%C3%A9", `{"q":"1","a":"1","b":"é"}`},
		{"form in latin1", "", "POST", "", formType + "; charset=iso-8859-1", "b=%E9", `{"b":"é"}`},
		{"form of an old browser", "", "POST", "", formType, "b=%E9", `{"b":"é"}`},
		{"unknown charset", "", "POST", "", formType + "; charset=klingon", "b=1", `The character set "klingon" is not known. (send UTF-8)`},
		{"object", "", "POST", "", jsonType, `{"a":{"b":[1,null,true]}}`, `{"a":{"b":[1,null,true]}}`},
		{"object and query", "", "POST", "?a=9&q=1", jsonType, `{"a":1}`, `{"a":1,"q":"1"}`},
		{"array", "", "POST", "", jsonType, `[{"a":1},2]`, `{"value":[{"a":1},2]}`},
		{"primitive", "", "POST", "", jsonType, `"x"`, `{"value":"x"}`},
		{"problem+json", "", "POST", "", "Content-Type: application/problem+json", `{"a":1}`, `{"a":1}`},
		{"mark before JSON", "", "POST", "", jsonType, "\xef\xbb\xbf{\"a\":1}", `{"a":1}`},
		{"JSON in UTF-16", "", "POST", "", jsonType, "\xff\xfe{\x00\"\x00a\x00\"\x00:\x001\x00}\x00", `{"a":1}`},
		{"JSON in latin1", "", "POST", "", jsonType + "; charset=iso-8859-1", "{\"a\":\"\xe9\"}", `{"a":"é"}`},
		{"JSON without a type", "", "POST", "", "", ` {"a":1}`, `{"a":1}`},
		{"no JSON without a type", "", "POST", "", "", `{"a":`, `{"value":"eyJhIjo="}`},
		{"broken JSON", "", "POST", "", jsonType, "{\"a\":1,\n \"b\" 2}", "The body is no valid JSON: line 2, column 6: "},
		{"any type is JSON", `{"json":true}`, "POST", "", "Content-Type: text/plain", `{"data":{"user":{"data":{"email":"a@example.com"}}}}`, `{"data":{"user":{"data":{"email":"a@example.com"}}}}`},
		{"passed on as text", `{"stringify":true}`, "POST", "?q=1", jsonType, `{"a" : 1}`, `{"q":"1","value":"{\"a\" : 1}"}`},
		{"text", "", "POST", "", "Content-Type: text/plain", "hello", `{"value":"aGVsbG8="}`},
		{"XML", "", "POST", "", "Content-Type: application/xml", "<a/>", `{"value":"PGEvPg=="}`},
		{"broken type", "", "POST", "", "Content-Type: ;;", "x", `{"value":"eA=="}`},
		{
			"multipart", "", "POST", "", multipartType,
			parts("Content-Disposition: form-data; name=\"a[b]\"\r\n\r\n1", "Content-Disposition: form-data; name=\"f\"; filename=\"x/y.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG"),
			`{"a":{"b":"1"},"f":{"name":"y.png","mime":"image/png","data":"iVBORw=="}}`,
		},
		{
			"two files", "", "POST", "?q=1", multipartType,
			parts("Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1", "Content-Disposition: form-data; name=\"f\"; filename=\"b\"\r\n\r\n2"),
			`{"q":"1","f":[{"name":"a","mime":"application/octet-stream","data":"MQ=="},{"name":"b","mime":"application/octet-stream","data":"Mg=="}]}`,
		},
		{"no file chosen", "", "POST", "", multipartType, parts("Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n"), `{"f":""}`},
		{"part in latin1", "", "POST", "", multipartType, parts("Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9"), `{"a":"é"}`},
		{"no boundary", "", "POST", "", "Content-Type: multipart/form-data", "x", "The content type multipart/form-data names no boundary."},
		{"torn multipart", "", "POST", "", multipartType, "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1", "The multipart form is broken. (check the boundary and the end of the body)"},
		{"method", `{"method":true}`, "DELETE", "?a=1", "", "", `{"a":"1","__IMTMETHOD__":"DELETE"}`},
		{
			"headers", `{"headers":true}`, "POST", "", jsonType, `{"a":1}`,
			`{"a":1,"__IMTHEADERS__":[{"name":"host","value":"hooks.example.com"},{"name":"content-type","value":"application/json"}]}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			hook := Hook{}
			if c.settings != "" {
				hook.Settings = settings(t, c.settings)
			}
			b := newBench(t, hook)
			var headers []string
			if c.contentType != "" {
				headers = append(headers, c.contentType)
			}
			w := b.do(b.request(c.method, c.query, c.body, headers...))
			got := b.queued()
			if w.Code == http.StatusBadRequest {
				got = w.Body.String()
			}
			if got != c.want && (w.Code != http.StatusBadRequest || !strings.HasPrefix(got, c.want)) {
				t.Errorf("status %d\n got %s\nwant %s", w.Code, got, c.want)
			}
		})
	}
}

func TestBufferEncodings(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]string{
		"text/plain": "utf-8", "text/plain; charset=UTF8": "utf-8", "text/csv; charset=ISO-8859-1": "iso-8859-1",
		"application/xml": "utf-8", "image/svg+xml": "utf-8", "image/png": "",
	} {
		b := newBench(t, Hook{})
		if w := b.do(b.request("POST", "", "a\xe9", "Content-Type: "+contentType)); w.Code != http.StatusOK {
			t.Errorf("%s: status: got %d %s, want 200", contentType, w.Code, w.Body)
			continue
		}
		got := b.items[0].Bundle.Get("value")
		if got.Encoding() != want || string(got.Bytes()) != "a\xe9" {
			t.Errorf("%s: got %q in %q, want the bytes as sent in %q", contentType, got.Bytes(), got.Encoding(), want)
		}
	}
}

func TestLimitsOfBodies(t *testing.T) {
	t.Parallel()
	form := func(n int) string { return strings.Repeat("a=1&", n) }
	files := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = "Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n1"
		}
		return parts(list...)
	}
	array := func(elements int) string { return "[" + strings.Repeat("1,", elements-1) + "1]" } // as many commas and brackets
	const jsonType, formType = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
	cases := []struct {
		name, query, contentType, body string
		status                         int
	}{
		{"body at the limit", "", "", strings.Repeat("x", MaxBodyBytes), 200},
		{"body past it", "", "", strings.Repeat("x", MaxBodyBytes+1), 413},
		{"fields at the limit", "", formType, form(MaxFields), 200},
		{"fields past it", "", formType, form(MaxFields + 1), 413},
		{"query and fields past it", "?a=1", formType, form(MaxFields), 413},
		{"files at the limit", "", multipartType, files(MaxFiles), 200},
		{"files past it", "", multipartType, files(MaxFiles + 1), 413},
		{"brackets at the limit", "?a" + strings.Repeat("[b]", MaxNameDepth) + "=1", "", "", 200},
		{"brackets past it", "?a" + strings.Repeat("[b]", MaxNameDepth+1) + "=1", "", "", 413},
		{"name at the limit", "?" + strings.Repeat("a", MaxNameBytes) + "=1", "", "", 200},
		{"name past it", "?" + strings.Repeat("a", MaxNameBytes+1) + "=1", "", "", 413},
		{"query at the limit", "?a=" + strings.Repeat("x", MaxQueryBytes-2), "", "", 200},
		{"query past it", "?a=" + strings.Repeat("x", MaxQueryBytes-1), "", "", 414},
		{"elements at the limit", "", jsonType, array(MaxElements), 200},
		{"elements past it", "", jsonType, array(MaxElements + 1), 413},
		{"commas in a text", "", jsonType, `["\"` + strings.Repeat(",", MaxElements+1) + `"]`, 200},
		{"depth at the limit", "", jsonType, strings.Repeat("[", 512) + strings.Repeat("]", 512), 200},
		{"depth past it", "", jsonType, strings.Repeat("[", 513) + strings.Repeat("]", 513), 400},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, Hook{})
			var headers []string
			if c.contentType != "" {
				headers = append(headers, c.contentType)
			}
			w := b.do(b.request("POST", c.query, c.body, headers...))
			if w.Code != c.status {
				t.Errorf("status: got %d %.200s, want %d", w.Code, w.Body, c.status)
			}
			if queued := len(b.items); (queued == 1) != (c.status == 200) {
				t.Errorf("queued: got %d items at status %d", queued, c.status)
			}
		})
	}
}

func TestHeadersOfChecksAreNotInBundles(t *testing.T) {
	t.Parallel()
	b := newBench(t, Hook{Settings: settings(t, `{"headers":true,"checks":[{"type":"apikey","header":"x-key","keys":["k3y"]},{"type":"basic","user":"u","password":"p4ss"}]}`)})
	r := b.request("POST", "", "", "X-Key: k3y", "X-Other: 1")
	r.SetBasicAuth("u", "p4ss")
	if w := b.do(r); w.Code != http.StatusOK {
		t.Fatalf("status: got %d %s, want 200", w.Code, w.Body)
	}
	want := `{"__IMTHEADERS__":[{"name":"host","value":"hooks.example.com"},{"name":"x-other","value":"1"}]}`
	if got := b.queued(); got != want {
		t.Errorf("bundle:\n got %s\nwant %s", got, want)
	}
}

// TestBundlesOutliveTheirBuffers sends one body after the other through the same buffer.
func TestBundlesOutliveTheirBuffers(t *testing.T) {
	t.Parallel()
	types := []string{"application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=X", ""}
	bodies := []string{`{"a":"11111111"}`, "a=22222222", "33333333", parts("Content-Disposition: form-data; name=\"a\"\r\n\r\n44444444"), `["55555555"]`}
	b := newBench(t, Hook{})
	var want []string
	for i, body := range bodies {
		if w := b.do(b.request("POST", "", body, "Content-Type: "+types[i])); w.Code != http.StatusOK {
			t.Fatalf("%s: got %d %s, want 200", types[i], w.Code, w.Body)
		}
		want = append(want, b.items[i].Bundle.JSON())
	}
	if got := b.queued(); got != strings.Join(want, "\n") {
		t.Errorf("after all calls:\n got %s\nwant %s", got, strings.Join(want, "\n"))
	}
}
