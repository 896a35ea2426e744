package builtin

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// checkFault fails unless err is nil or meant for users, with a kind that does not blame the program.
func checkFault(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if f := fault.From(err); f.Kind == fault.Unknown || f.Kind == fault.Unexpected || f.Message == "" {
		t.Errorf("got the error %v of kind %s, want one that says what is wrong", err, f.Kind)
	}
}

func FuzzParseXML(f *testing.F) {
	for _, seed := range []string{"<a x='1'><b>1</b>t</a>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "<a:b/>", "\xff\xfe<\x00", "<a><![CDATA[", "<?xml version='1.0' encoding='latin1'?><a>\xe9</a>"} {
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, numbers bool) {
		for _, source := range []value.Value{value.Buffer(data, ""), value.Text(strings.ToValidUTF8(string(data), "?"))} {
			v, err := parseXML(source, numbers)
			checkFault(t, err)
			if err != nil {
				continue
			}
			text, err := writeXML(v)
			checkFault(t, err)
			if err != nil {
				continue
			}
			if _, err := parseXML(value.Text(text), numbers); err != nil {
				t.Errorf("what was written cannot be read: %v\n%s", err, text)
			}
		}
	})
}

// What is read keeps its structure when it is written and read again.
func FuzzXMLRoundTrip(f *testing.F) {
	f.Add("pen", "1 & 2", "id")
	f.Fuzz(func(t *testing.T, name, text, attribute string) {
		text = strings.TrimSpace(text)
		want := value.Collection(value.F("a", value.Collection(
			value.F("_attributes", value.Collection(value.F(attribute, value.Text(text)))), value.F(name, value.Array(value.Text(text))))))
		written, err := writeXML(want)
		if err != nil || strings.HasPrefix(name, "_") || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0xD800 }) || !utf8.ValidString(text) {
			checkFault(t, err)
			return
		}
		got, err := parseXML(value.Text(written), false)
		if err != nil {
			return // a character that only a part of XML allows in names
		}
		if !value.Equal(got, want) {
			t.Errorf("got %s, want %s", got.JSON(), want.JSON())
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("a,b\n1,2", ",", true)
	f.Add("a;\"b\n\";", ";", false)
	f.Fuzz(func(t *testing.T, text, delimiter string, header bool) {
		op := &module.Operation{
			Parameters: value.Collection(value.F("delimiter", value.Text("other")), value.F("otherDelimiter", value.Text(delimiter)), value.F("containsHeaders", value.Bool(header))),
			Input:      value.Collection(value.F("csv", value.Text(text))),
		}
		rows := 0
		err := parseCSV(op, func(v value.Value) error { rows++; return nil })
		checkFault(t, err)
		if err == nil && rows > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Errorf("got %d rows from %q", rows, text)
		}
	})
}

// The CSV that is written is read back as it was.
func FuzzCreateCSV(f *testing.F) {
	f.Add("a", "say \"hi\"\n,")
	f.Fuzz(func(t *testing.T, one, two string) {
		if strings.Contains(one+two, "\r") || !utf8.ValidString(one+two) {
			t.Skip("line breaks are normalized when CSV is read")
		}
		b := newBench()
		item := value.Collection(value.F("x", value.Text(one)), value.F("y", value.Text(two)))
		acc, err := b.modules["csv:CreateCSV"].Aggregate(&module.Operation{Parameters: value.Collection()})
		if err != nil {
			t.Fatal(err)
		}
		if err := acc.Add(item); err != nil {
			t.Fatal(err)
		}
		out, err := acc.Result()
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(out.Get("text").Str())).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != one || rows[1][1] != two {
			t.Errorf("got %q (%v), want the row %q, %q", rows, err, one, two)
		}
	})
}

func FuzzTextParser(f *testing.F) {
	f.Add(`(\w)(?<n>\d)?`, "a1 b", "$1$<n>$&$$$9", true)
	f.Add(`^`, "\xff\n", "$", false)
	f.Fuzz(func(t *testing.T, pattern, text, with string, on bool) {
		if len(pattern) > 100 || len(text) > 1000 {
			t.Skip("long patterns and texts only cost time")
		}
		flags := value.Collection(value.F("global", value.Bool(on)), value.F("sensitive", value.Bool(!on)), value.F("multiline", value.Bool(on)))
		in := flags.With("pattern", value.Text(pattern)).With("text", value.Text(text)).With("value", value.Text(with))
		_, err := replaceText(in)
		checkFault(t, err)
		matches := 0
		err = match(&module.Operation{Parameters: flags, Input: in}, func(v value.Value) error {
			matches++
			if whole := v.Get("__IMTMATCH__").At(0).Str(); !strings.Contains(text, whole) {
				t.Errorf("the match %q is not in the text %q", whole, text)
			}
			return nil
		})
		checkFault(t, err)
		if !on && matches > 1 {
			t.Errorf("got %d matches, want one at most", matches)
		}
	})
}

func FuzzHTMLToText(f *testing.F) {
	for _, seed := range []string{"<p>a<br>b</p>", "<ul><li>a<ol><li>b", "<a href='x'>y", "<pre>\n a", "<script><!--", "</ul></ul><li>", "<h1><h1></h1>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		text := htmlToText(source, true)
		if limit := 200*len(source) + 100; len(text) > limit {
			t.Errorf("got %d bytes of text from %d of HTML", len(text), len(source))
		}
		if strings.Contains(text, "\n\n\n") && !strings.Contains(strings.ToLower(source), "<pre") {
			t.Errorf("got more than one empty line in %q", text)
		}
	})
}

func FuzzIterator(f *testing.F) {
	f.Add([]byte(`{"array":[1,{"a":2},null,[3]]}`))
	f.Add([]byte(`{"array":{"a":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		input, err := value.ParseJSON(data)
		if err != nil {
			return
		}
		m := iteratorModule()
		coerced, err := module.Coerce(input, m.Expect, time.UTC)
		if err != nil {
			return
		}
		bundles := 0
		err = m.Pure(&module.Operation{Input: coerced}, func(v value.Value) error {
			bundles++
			if v.Kind() != value.KindCollection {
				t.Errorf("got a %s, want a collection", v.Kind())
			}
			return nil
		})
		checkFault(t, err)
		if want := coerced.Get("array").Len(); bundles != want {
			t.Errorf("got %d bundles of %s, want %d", bundles, coerced.JSON(), want)
		}
	})
}

// A mapped query stays a query: it cannot change the host or the path.
func FuzzQuery(f *testing.F) {
	f.Add("a", "b&c#d", true)
	f.Fuzz(func(t *testing.T, name, text string, indexed bool) {
		pair := value.Collection(value.F("name", value.Text(name)), value.F("value", value.Text(text)))
		u, err := url.Parse(withQuery("http://e.com/p?x=1#f", value.Array(pair, pair), indexed))
		if err != nil || u.Host != "e.com" || u.Path != "/p" || u.Fragment != "f" {
			t.Fatalf("got %v (%v), want the host, path and fragment as they were", u, err)
		}
		if name != "" && !indexed && u.Query()[name][len(u.Query()[name])-1] != text {
			t.Errorf("got %v, want %q to be %q", u.Query(), name, text)
		}
		if _, err := url.Parse("http://e.com/" + escapeURL(text)); err != nil {
			t.Errorf("escaped %q: %v", text, err)
		}
	})
}
