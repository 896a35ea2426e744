package builtin

import (
	"encoding/csv"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// in makes a one-field input of a Go text.
func in(name, text string) string {
	return value.Collection(value.F(name, value.Text(text))).JSON()
}

func TestJSON(t *testing.T) {
	t.Parallel()
	const m = "json:ParseJSON"
	runCases(t, []runCase{
		{"object", m, "", in("json", ` {"a":{"b":[1]}} `), `{"a":{"b":[1]}}`},
		{"array", m, "", in("json", `[{"a":1},2]`), "{\"a\":1}\n{\"value\":2}"},
		{"empty array", m, "", in("json", `[]`), ""},
		{"text", m, "", in("json", `"x"`), `{"value":"x"}`},
		{"null", m, "", in("json", `null`), `{"value":null}`},
		{"byte order mark", m, "", in("json", "\ufeff{}"), `{}`},
		{"exact digits", m, "", in("json", `{"id":12345678901234567890}`), `{"id":12345678901234567890}`},
		{"place of a mistake", m, "", in("json", "{\n \"a\": oops}"), "DataError: json: The JSON cannot be read: line 2, column 7: expected a value, found 'o'."},
		{"empty", m, "", `{"json":""}`, "BundleValidationError: json: Missing value of required parameter 'JSON string'."},
		{"create", "json:CreateJSON", "", `{"a":1,"b":{"c":"ü"}}`, `{"json":"{\"a\":1,\"b\":{\"c\":\"ü\"}}"}`},
		{"create indented", "json:CreateJSON", `{"space":2}`, `{"a":1}`, `{"json":"{\n  \"a\": 1\n}"}`},
		{"transform with tabs", "json:TransformToJSON", `{"space":"tab"}`, `{"object":[1]}`, `{"json":"[\n\t1\n]"}`},
		{"transform nothing", "json:TransformToJSON", "", `{}`, `{"json":"null"}`},
	})
}

func TestParseXML(t *testing.T) {
	t.Parallel()
	const m = "xml:ParseXML"
	runCases(t, []runCase{
		{"arrays", m, "", in("xml", `<?xml version="1.0"?><a><b>x</b><c/><b>y</b></a>`), `{"a":{"b":["x","y"],"c":[""]}}`},
		{"attributes and text", m, "", in("xml", `<a x="1" p:y="2"><b z="3"> t </b></a>`), `{"a":{"_attributes":{"x":"1","p:y":"2"},"b":[{"_attributes":{"z":"3"},"_value":"t"}]}}`},
		{"prefixes", m, "", in("xml", `<s:a xmlns:s="u"><s:b>1</s:b></s:a>`), `{"s:a":{"_attributes":{"xmlns:s":"u"},"s:b":[1]}}`},
		{"numbers", m, "", in("xml", `<a><n>1</n><n>-2.5</n><n>007</n><n>1e3</n><n>12345678901234567890</n><n> 4 </n></a>`), `{"a":{"n":[1,-2.5,"007","1e3","12345678901234567890",4]}}`},
		{"numbers as text", m, `{"preserveNumbersAsText":true}`, in("xml", `<a><n>1</n></a>`), `{"a":{"n":["1"]}}`},
		{"root text", m, "", in("xml", `<a>hello &amp; <![CDATA[<b>]]> &#65;</a>`), `{"a":"hello & <b> A"}`},
		{"mixed", m, "", in("xml", `<a>x<b/>y</a>`), `{"a":{"_value":"xy","b":[""]}}`},
		{"comment and doctype", m, "", in("xml", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><!-- c --><a/>`), `{"a":""}`},
		{"declared encoding of a text", m, "", in("xml", `<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>`), `{"a":"é"}`},
		{"own entity", m, "", in("xml", `<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>`), "DataError: xml: The XML cannot be read: line 1, column 37: invalid character entity &e;."},
		{"not closed", m, "", in("xml", "<a>\n<b>"), "DataError: xml: The XML cannot be read: line 2, column 4: the element <b> is not closed."},
		{"crossed", m, "", in("xml", `<a><b></a></b>`), "DataError: xml: The XML cannot be read: line 1, column 11: </a> stands where </b> was expected."},
		{"two roots", m, "", in("xml", `<a/><b/>`), "DataError: xml: The XML cannot be read: line 1, column 9: there is a second element after the end of the root element."},
		{"no element", m, "", in("xml", `hello`), "DataError: xml: The XML cannot be read: line 1, column 6: there is text outside of the root element."},
		{"only a comment", m, "", in("xml", `<!-- x -->`), "DataError: xml: The XML cannot be read: line 1, column 11: there is no element."},
	})
}

func TestParseXMLBuffers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, want string }{
		"declared latin 1": {"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>", `{"a":"é"}`},
		"utf-8":            {"<a>é</a>", `{"a":"é"}`},
		"utf-8 mark":       {"\xef\xbb\xbf<a>é</a>", `{"a":"é"}`},
		"utf-16":           {"\xff\xfe<\x00a\x00/\x00>\x00", `{"a":""}`},
	} {
		v, err := parseXML(value.Buffer([]byte(c.data), ""), true)
		if got := v.JSON(); err != nil || got != c.want {
			t.Errorf("%s: got %s (%v), want %s", name, got, err, c.want)
		}
	}
}

func TestXMLLimits(t *testing.T) {
	t.Parallel()
	nested := func(n int) value.Value { return value.Text(strings.Repeat("<a>", n) + strings.Repeat("</a>", n)) }
	if _, err := parseXML(nested(MaxXMLDepth), true); err != nil {
		t.Errorf("%d levels: got %v, want no error", MaxXMLDepth, err)
	}
	if _, err := parseXML(nested(MaxXMLDepth+1), true); fault.KindOf(err) != fault.Data {
		t.Errorf("%d levels: got %v, want a DataError", MaxXMLDepth+1, err)
	}
	many := func(n int) value.Value { return value.Text("<a>" + strings.Repeat("<b/>", n-1) + "</a>") }
	if _, err := parseXML(many(MaxXMLNodes), true); err != nil {
		t.Errorf("%d elements: got %v, want no error", MaxXMLNodes, err)
	}
	if _, err := parseXML(many(MaxXMLNodes+1), true); fault.KindOf(err) != fault.Data {
		t.Errorf("%d elements: got %v, want a DataError", MaxXMLNodes+1, err)
	}
	if _, err := writeXML(nest(MaxXMLDepth)); err != nil {
		t.Errorf("writing %d levels: got %v, want no error", MaxXMLDepth, err)
	}
	if _, err := writeXML(nest(MaxXMLDepth + 1)); fault.KindOf(err) != fault.BundleValidation {
		t.Errorf("writing %d levels: got %v, want a BundleValidationError", MaxXMLDepth+1, err)
	}
	laughs := `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><l>&b;</l>`
	if _, err := parseXML(value.Text(laughs), true); fault.KindOf(err) != fault.Data {
		t.Errorf("entities: got %v, want a DataError", err)
	}
}

// nest returns n collections inside each other.
func nest(n int) value.Value {
	v := value.Text("x")
	for range n {
		v = value.Collection(value.F("a", v))
	}
	return v
}

func TestTransformToXML(t *testing.T) {
	t.Parallel()
	const m, head = "xml:TransformToXML", `<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n`
	runCases(t, []runCase{
		{
			"escapes", m, "", `{"object":{"a":{"_attributes":{"q":"\"<"},"_value":"x & y","b":[1,{"c":true}],"d":null}}}`,
			`{"xml":"` + head + `<a q=\"&#34;&lt;\">x &amp; y<b>1</b><b><c>true</c></b><d></d></a>"}`,
		},
		{"root text", m, "", `{"object":{"a":"x"}}`, `{"xml":"` + head + `<a>x</a>"}`},
		{"two roots", m, "", `{"object":{"a":1,"b":2}}`, "BundleValidationError: object: An XML text has exactly one root element; the object has 2 fields."},
		{"array at the root", m, "", `{"object":{"a":[1,2]}}`, "BundleValidationError: object: An XML text has exactly one root element; the object has 1 fields."},
		{"bad name", m, "", `{"object":{"a":{"1 x":1}}}`, `BundleValidationError: object: "1 x" cannot be the name of an XML element or attribute.`},
	})
}

func TestParseCSV(t *testing.T) {
	t.Parallel()
	const m = "csv:ParseCSV"
	runCases(t, []runCase{
		{"header", m, "", in("csv", "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n\r\n2"), "{\"a\":\"1\",\"b\":\"x, \\\"y\\\"\\nz\"}\n{\"a\":\"2\"}"},
		{"no header", m, `{"containsHeaders":false}`, in("csv", "1,2\n3"), "{\"col1\":\"1\",\"col2\":\"2\"}\n{\"col1\":\"3\"}"},
		{"more columns than names", m, "", in("csv", "a\n1,2"), `{"a":"1","col2":"2"}`},
		{"empty and repeated names", m, "", in("csv", "a,,a\n1,2,3"), `{"a":"1","col2":"2","col3":"3"}`},
		{"names like made-up ones", m, "", in("csv", "col3,,\n1,2,3,4"), `{"col3":"1","col2":"2","col3_":"3","col4":"4"}`},
		{"semicolon", m, `{"delimiter":";"}`, in("csv", "a;b\n1;2"), `{"a":"1","b":"2"}`},
		{"tab", m, `{"delimiter":"tab"}`, in("csv", "a\tb\n1\t2"), `{"a":"1","b":"2"}`},
		{"another", m, `{"delimiter":"other","otherDelimiter":"§"}`, in("csv", "a§b\n1§2"), `{"a":"1","b":"2"}`},
		{"byte order mark", m, "", in("csv", "\ufeffa\n1"), `{"a":"1"}`},
		{"loose quotes", m, "", in("csv", "a\n5\" disk"), `{"a":"5\" disk"}`},
		{"only a header", m, "", in("csv", "a,b"), ""},
		{"bad delimiter", m, `{"delimiter":"other","otherDelimiter":"ab"}`, in("csv", "a"), `InvalidConfigurationError: delimiter: "ab" cannot be the delimiter of CSV.`},
	})
}

func TestCSVLimits(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat(",", MaxCSVColumns-1) + "\n"
	for name, c := range map[string]struct {
		text string
		want fault.Kind
	}{
		"rows at the limit":    {strings.Repeat("x\n", MaxCSVRows), ""},
		"rows past it":         {strings.Repeat("x\n", MaxCSVRows+1), fault.MaxResultsExceeded},
		"columns at the limit": {wide, ""},
		"columns past it":      {"," + wide, fault.MaxResultsExceeded},
		"values at the limit":  {strings.Repeat(wide, MaxCSVCells/MaxCSVColumns), ""},
		"values past it":       {strings.Repeat(wide, MaxCSVCells/MaxCSVColumns) + "x", fault.MaxResultsExceeded},
	} {
		rows := csvRows{reader: csv.NewReader(strings.NewReader(c.text))}
		rows.reader.FieldsPerRecord = -1
		if err := rows.emit(func(value.Value) error { return nil }); fault.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestMatchPattern(t *testing.T) {
	t.Parallel()
	const m = "regexp:AdvancedParser"
	runCases(t, []runCase{
		{"first match", m, "", `{"pattern":"a(.)","text":"ab ac"}`, `{"i":1,"$1":"b","__IMTMATCH__":["ab","b"]}`},
		{
			"global", m, `{"global":true}`, `{"pattern":"a(.)(z)?","text":"ab ac"}`,
			"{\"i\":1,\"$1\":\"b\",\"$2\":null,\"__IMTMATCH__\":[\"ab\",\"b\",null]}\n{\"i\":2,\"$1\":\"c\",\"$2\":null,\"__IMTMATCH__\":[\"ac\",\"c\",null]}",
		},
		{"named group", m, "", `{"pattern":"(?<year>\\d{4})","text":"in 2026"}`, `{"i":1,"$1":"2026","year":"2026","__IMTMATCH__":["2026","2026"]}`},
		{"case does not matter", m, `{"sensitive":false}`, `{"pattern":"AB","text":"ab"}`, `{"i":1,"__IMTMATCH__":["ab"]}`},
		{"case matters", m, `{"sensitive":"true"}`, `{"pattern":"AB","text":"ab"}`, ``},
		{"multiline", m, `{"multiline":true}`, `{"pattern":"^b$","text":"a\nb"}`, `{"i":1,"__IMTMATCH__":["b"]}`},
		{"singleline", m, `{"singleline":true}`, `{"pattern":"a.b","text":"a\nb"}`, `{"i":1,"__IMTMATCH__":["a\nb"]}`},
		{"no match", m, "", `{"pattern":"x","text":"a"}`, ""},
		{"no match, go on", m, `{"continueWhenNoRes":true}`, `{"pattern":"x","text":null}`, `{"i":0,"__IMTMATCH__":[]}`},
		{
			"lookahead", m, "", `{"pattern":"a(?!b)","text":"a"}`,
			"BundleValidationError: pattern: The pattern is not a regular expression that can be used here: lookaheads and lookbehinds such as (?=…) and (?<!…) are not supported.",
		},
		{"backreference", m, "", `{"pattern":"(a)\\1","text":"a"}`, `BundleValidationError: pattern: The pattern is not a regular expression that can be used here: backreferences such as \1 are not supported.`},
		{"broken", m, "", `{"pattern":"a**","text":"a"}`, "BundleValidationError: pattern: The pattern is not a regular expression that can be used here: invalid nested repetition operator: **."},
	})
}

func TestReplace(t *testing.T) {
	t.Parallel()
	const m = "regexp:Replace"
	runCases(t, []runCase{
		{"first", m, "", `{"pattern":"a","value":"b","text":"aaa"}`, `{"text":"baa"}`},
		{"global", m, "", `{"pattern":"a","value":"b","global":true,"text":"aaa"}`, `{"text":"bbb"}`},
		{"no value", m, "", `{"pattern":"\\n|\\r","global":true,"text":"a\nb"}`, `{"text":"ab"}`},
		{"groups", m, "", `{"pattern":"(\\w)(\\w)","value":"$2$1","text":"ab"}`, `{"text":"ba"}`},
		{"the match and a dollar", m, "", `{"pattern":"b","value":"[$&$$]","text":"abc"}`, `{"text":"a[b$]c"}`},
		{"named group", m, "", `{"pattern":"(?<x>b)","value":"<$<x>>","text":"abc"}`, `{"text":"a<b>c"}`},
		{"two digits", m, "", `{"pattern":"(a)","value":"$12 $01 $2 $","text":"a"}`, `{"text":"a2 a $2 $"}`},
		{"nothing at the start", m, "", `{"pattern":"^","value":"> ","global":true,"multiline":true,"text":"a\nb"}`, `{"text":"> a\n> b"}`},
		{"no text", m, "", `{"pattern":"a"}`, `{"text":""}`},
	})
}

func TestPatternLimits(t *testing.T) {
	t.Parallel()
	kind := func(pattern, text string) fault.Kind {
		input := value.Collection(value.F("pattern", value.Text(pattern)), value.F("text", value.Text(text)), value.F("value", value.Text("yy")), value.F("global", value.True))
		_, err := replaceText(input)
		return fault.KindOf(err)
	}
	for name, c := range map[string]struct {
		pattern, text string
		want          fault.Kind
	}{
		"pattern at the limit": {strings.Repeat("x", MaxPatternBytes), "a", ""},
		"pattern past it":      {strings.Repeat("x", MaxPatternBytes+1), "a", fault.BundleValidation},
		"text at the limit":    {"x", strings.Repeat("a", MaxPatternTextBytes), ""},
		"text past it":         {"x", strings.Repeat("a", MaxPatternTextBytes+1), fault.MaxFileSizeExceeded},
		"matches at the limit": {"a", strings.Repeat("a", MaxMatches), ""},
		"matches past it":      {"a", strings.Repeat("a", MaxMatches+1), fault.MaxResultsExceeded},
	} {
		if got := kind(c.pattern, c.text); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	long := value.Collection(value.F("pattern", value.Text("a")), value.F("text", value.Text(strings.Repeat("a", 100))),
		value.F("value", value.Text(strings.Repeat("y", MaxTextBytes/50))), value.F("global", value.True))
	if _, err := replaceText(long); fault.KindOf(err) != fault.MaxFileSizeExceeded {
		t.Errorf("a long result: got %v, want %s", err, fault.MaxFileSizeExceeded)
	}
}

func TestHTMLToText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ html, want string }{
		"paragraphs":      {"<p>One  two\n three</p><p>Four</p>", "One two three\n\nFour"},
		"line break":      {"a<br>b<br/><br>c", "a\nb\n\nc"},
		"inline":          {"a<b>b</b> <i>c</i>d", "ab cd"},
		"heading":         {"<h2>Big <b>news</b></h2>text", "BIG NEWS\n\ntext"},
		"list":            {"x<ul><li>a</li><li>b<ol><li>c</li><li>d</li></ol></li></ul>y", "x\n\n * a\n * b\n   1. c\n   2. d\n\ny"},
		"link":            {`see <a href="https://e.com">this</a>.`, "see this [https://e.com]."},
		"link to itself":  {`<a href="https://e.com">https://e.com</a> <a href="mailto:a@b.c">a@b.c</a>`, "https://e.com a@b.c"},
		"link elsewhere":  {`<a href="#top">up</a> <a href="javascript:x()">run</a>`, "up run"},
		"image":           {`<a href="u"><img src="x" alt="Logo"></a>`, "Logo [u]"},
		"hidden":          {"<html><head><title>t</title><style>p{}</style></head><body>x<script>alert(1)</script>y</body>", "xy"},
		"head not closed": {"<head><title>t</title><body>x", "x"},
		"table":           {"<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a b\n1 2"},
		"pre":             {"<pre>a\n  b</pre>c", "a\n  b\n\nc"},
		"entities":        {"a &amp; b &lt; &#233;&nbsp;x", "a & b < é\u00a0x"},
		"rule":            {"a<hr>b", "a\n\n-----\n\nb"},
		"broken":          {"<p>a<div>b</p></b></ul><", "a\nb\n\n<"},
		"nothing":         {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(c.want, htmlToText(c.html, true)); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
	runCases(t, []runCase{
		{"crlf, lower case", "regexp:HTMLToText", "", `{"html":"<h1>a</h1>b","newline":"crlf","uppercaseHeadings":false}`, `{"text":"a\r\n\r\nb"}`},
		{"cr", "regexp:HTMLToText", "", `{"html":"a<br>b","newline":"cr","uppercaseHeadings":false}`, `{"text":"a\rb"}`},
		{"nothing", "regexp:HTMLToText", "", `{}`, `{"text":""}`},
	})
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	const m = "markdown:Compile"
	runCases(t, []runCase{
		{"plain", m, "", `{"data":"# Hi\n\n* a","gfm":false,"sanitize":false}`, `{"data":"<h1>Hi</h1>\n<ul>\n<li>a</li>\n</ul>\n"}`},
		{"github", m, "", `{"data":"~~x~~","gfm":true,"sanitize":false}`, `{"data":"<p><del>x</del></p>\n"}`},
		{"not github", m, "", `{"data":"~~x~~","gfm":false,"sanitize":false}`, `{"data":"<p>~~x~~</p>\n"}`},
		{"html stays", m, "", `{"data":"<b onclick=\"x()\">y</b>","gfm":true,"sanitize":false}`, `{"data":"<p><b onclick=\"x()\">y</b></p>\n"}`},
		{"sanitized", m, "", `{"data":"<b onclick=\"x()\">y</b><script>z</script> [l](javascript:a)","gfm":true,"sanitize":true}`, `{"data":"<p><b>y</b> l</p>\n"}`},
		{"nothing", m, "", `{}`, `{"data":""}`},
	})
}

func TestMarkdownLimits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want fault.Kind
	}{
		"bytes at the limit":      {strings.Repeat("x", MaxMarkdownBytes), ""},
		"bytes past it":           {strings.Repeat("x", MaxMarkdownBytes+1), fault.MaxFileSizeExceeded},
		"marks at the limit":      {strings.Repeat("*\n", MaxMarkdownMarks), ""},
		"marks past it":           {strings.Repeat("*\n", MaxMarkdownMarks+1), fault.Data},
		"marks of two paragraphs": {strings.Repeat("*", MaxMarkdownMarks) + "\n \n*", ""},
		"depth at the limit":      {strings.Repeat("> 1. + ", MaxMarkdownDepth/3) + ">> x", ""},
		"depth past it":           {strings.Repeat(">", MaxMarkdownDepth+1), fault.Data},
		"a rule is no list":       {strings.Repeat("-", 1000), ""},
	} {
		if err := checkMarkdown(c.text); fault.KindOf(err) != c.want {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestTextLimit(t *testing.T) {
	t.Parallel()
	for _, size := range []int{MaxTextBytes, MaxTextBytes + 1} {
		err := checkTextBytes("[text-large] The text has %d bytes; %d are allowed.", size)
		if got, want := err != nil, size > MaxTextBytes; got != want {
			t.Errorf("%s bytes: got the error %v, want one: %v", strconv.Itoa(size), err, want)
		}
	}
}
