package value

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseJSONKeepsOrderAndDigits(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want string }{
		{`{"b":1,"a":{"z":[1,2,{}]}}`, ""},
		{`12345678901234567890`, ""},
		{`9007199254740993`, ""},
		{`1.50`, `1.5`},
		{`1e3`, `1000`},
		{`-0`, `0`},
		{`{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{`"\u00e9\ud83d\ude00\n\/"`, `"é😀\n/"`},
		{`"\ud83d"`, `"` + "\ufffd" + `"`},
		{` [ ] `, `[]`},
		{`1e-7`, `1e-7`},
		{`1e21`, `1e+21`},
		{`123456789012345680000`, ""},
	}
	for _, c := range cases {
		v, err := ParseJSON([]byte(c.in))
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		want := c.want
		if want == "" {
			want = c.in
		}
		if got := v.JSON(); got != want {
			t.Errorf("%s: got %s, want %s", c.in, got, want)
		}
	}
}

func TestParseJSONErrorsNameThePlace(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want string }{
		{"", "line 1, column 1: the text ends where a value was expected"},
		{"{\n  \"a\": 1,\n  b: 2}", "line 3, column 3: expected a member name in double quotes, found 'b'"},
		{`{"a" 1}`, "line 1, column 6: expected ':' after the member name, found '1'"},
		{`[1,]`, "line 1, column 4: expected a value, found ']'"},
		{`[1 2]`, "line 1, column 4: expected ',' or ']', found '2'"},
		{`"abc`, "line 1, column 1: this text has no closing quote"},
		{"\"a\nb\"", "line 1, column 3: a control character (code 10) must be written as \\u000a inside a text"},
		{`01`, "line 1, column 2: unexpected '1' after the end of the value"},
		{`1e999`, "line 1, column 1: the number 1e999 is too large"},
		{"\"\xff\"", "line 1, column 2: this text is not valid UTF-8"},
		{`"\x"`, `line 1, column 2: unknown escape \x`},
		{`// c`, "line 1, column 1: expected a value, found '/'"},
		{strings.Repeat("[", MaxJSONDepth+1), "line 1, column 513: nested deeper than 512 levels"},
	}
	for _, c := range cases {
		_, err := ParseJSON([]byte(c.in))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.30q: got %v, want %s", c.in, err, c.want)
		}
	}
}

func TestParseJSONAcceptsTheDeepestLevel(t *testing.T) {
	t.Parallel()
	src := strings.Repeat("[", MaxJSONDepth) + strings.Repeat("]", MaxJSONDepth)
	if _, err := ParseJSON([]byte(src)); err != nil {
		t.Fatalf("%d levels: %v", MaxJSONDepth, err)
	}
}

func TestParseJSONCPositions(t *testing.T) {
	t.Parallel()
	src := "// head\n{\n  \"a\": [1, /* x */\n    {\"b\": 2,},\n  ],\n}\n"
	v, pos, err := ParseJSONC([]byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := v.JSON(), `{"a":[1,{"b":2}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for path, want := range map[string]int{"a": 3, "a[1]": 4, "a[1].b": 4, "a[1].b.c.d": 4, "zzz": 1} {
		if got := pos.Line(path); got != want {
			t.Errorf("line of %s: got %d, want %d", path, got, want)
		}
	}
	if v, _, err := ParseJSONC([]byte("// nothing\n/* at all */")); err != nil || !v.IsUndefined() {
		t.Errorf("only comments: got %v, %v, want undefined", v, err)
	}
}

func TestCollectionIndex(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, indexedFrom, indexedFrom + 1, 100} {
		var b Builder
		for i := range n {
			b.Set("k"+Render(Int(i)), Int(i))
		}
		b.Set("k0", Text("replaced")).Delete("none")
		v := b.Build()
		if got := v.Get("k" + Render(Int(n-1))); n > 1 && !Equal(got, Int(n-1)) {
			t.Errorf("%d keys: got %s for the last", n, got.JSON())
		}
		if got := v.Get("k0"); got.Str() != "replaced" {
			t.Errorf("%d keys: got %s for k0, want replaced", n, got.JSON())
		}
		if _, ok := v.Lookup("missing"); ok || v.Len() != n {
			t.Errorf("%d keys: missing found %v, length %d", n, ok, v.Len())
		}
	}
}

func TestCoercion(t *testing.T) {
	t.Parallel()
	day := Date(time.Date(2026, 11, 23, 14, 5, 0, 0, time.UTC))
	obj := Collection(F("a", Int(1)))
	cases := []struct {
		to   string
		in   Value
		want string // JSON, or "error: ..." prefix
	}{
		{"text", True, `"true"`},
		{"text", Int(5), `"5"`},
		{"text", day, `"2026-11-23T14:05:00.000Z"`},
		{"text", Array(Int(1), Text("b")), `"1, b"`},
		{"text", Array(obj), `error: expected text, got an array of collections`},
		{"text", obj, `error: expected text, got a collection`},
		{"text", Buffer([]byte("hé"), "utf-8"), `"hé"`},
		{"text", Buffer([]byte{0xff}, ""), `error: expected text, got binary data of 1 bytes that is not UTF-8 text`},
		{"number", Text(" 12.5 "), `12.5`},
		{"number", Text("0x10"), `error: expected a number, got the text "0x10"`},
		{"number", Text(""), `error: expected a number, got the text ""`},
		{"number", True, `error: expected a number, got a boolean`},
		{"number", Null, `error: expected a number, got nothing`},
		{"boolean", Int(0), `true`},
		{"boolean", Text("false"), `false`},
		{"boolean", Text("0"), `true`},
		{"boolean", Text(""), `false`},
		{"boolean", obj, `true`},
		{"boolean", Null, `false`},
		{"array", obj, `[{"a":1}]`},
		{"array", Array(), `[]`},
		{"collection", obj, `{"a":1}`},
		{"collection", Array(obj), `error: expected a collection, got an array`},
		{"buffer", Text("hi"), `"aGk="`},
		{"buffer", obj, `error: expected binary data, got a collection`},
		{"time", Text("9:5"), `"9:05:00"`},
		{"time", Text("2:30 PM"), `"14:30:00"`},
		{"time", Text("25:00"), `error: expected a time such as 9:30 or 14:05:00, got "25:00"`},
		{"date", Text("2026-11-23"), `"2026-11-23T00:00:00.000Z"`},
		{"date", Text("2026-11-23T14:05:06.789+02:00"), `"2026-11-23T12:05:06.789Z"`},
		{"date", Text("2026-11-23 14:05 GMT+02:00"), `"2026-11-23T12:05:00.000Z"`},
		{"date", Text("2026-11-23 14:05:01 +0200"), `"2026-11-23T12:05:01.000Z"`},
		{"date", Text("2026/11/23 2:05 PM"), `"2026-11-23T14:05:00.000Z"`},
		{"date", Text("11/23/2026 14:05"), `"2026-11-23T14:05:00.000Z"`},
		{"date", Text("3.2.2026 4:05"), `"2026-02-03T04:05:00.000Z"`},
		{"date", Text("2026-02-30"), `error: expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "2026-02-30"`},
		{"date", Text("2026-11"), `error: expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "2026-11"`},
		{"date", Int(5), `error: expected a date, got a number`},
		{"date", day, `"2026-11-23T14:05:00.000Z"`},
	}
	for _, c := range cases {
		v, err := coerceTo(c.to, c.in)
		got := v.JSON()
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%s to %s: got %s, want %s", c.in.JSON(), c.to, got, c.want)
		}
	}
}

func coerceTo(kind string, v Value) (Value, error) {
	switch kind {
	case "text":
		s, err := ToText(v)
		return Text(s), err
	case "number":
		return ToNumber(v)
	case "boolean":
		return Bool(ToBoolean(v)), nil
	case "array":
		return ToArray(v), nil
	case "collection":
		return ToCollection(v)
	case "buffer":
		return ToBuffer(v)
	case "time":
		return ToTime(v)
	default:
		return ToDate(v, nil)
	}
}

func TestDateZoneDefault(t *testing.T) {
	t.Parallel()
	rome := time.FixedZone("", 3600)
	v, err := ToDate(Text("2026-01-01 00:30"), rome)
	if got, want := v.ISO(), "2025-12-31T23:30:00.000Z"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestBinaryRoundTrip(t *testing.T) {
	t.Parallel()
	long, _ := ParseJSON([]byte("12345678901234567890"))
	v := Collection(F("u", Undefined), F("n", Null), F("t", Text("é")), F("f", Number(-1.5)), F("l", long), F("b", True),
		F("d", Date(time.UnixMilli(-5))), F("x", Buffer([]byte{0, 255}, "latin1")), F("a", Array(Int(1), Array())))
	enc := AppendBinary(nil, v)
	got, rest, err := DecodeBinary(append(enc, 9))
	if err != nil || !Equal(got, v) || len(rest) != 1 {
		t.Fatalf("got %s (%v), %d bytes left; want %s", got.JSON(), err, len(rest), v.JSON())
	}
	if got.Get("x").Encoding() != "latin1" {
		t.Errorf("encoding: got %q, want latin1", got.Get("x").Encoding())
	}
	for n := range enc {
		if _, _, err := DecodeBinary(enc[:n]); err == nil {
			t.Errorf("the first %d of %d bytes decode without an error", n, len(enc))
		}
	}
}

func TestNumberRefusesWhatJSONCannotHold(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := Number(f); got.Kind() != KindNull {
			t.Errorf("Number(%v): got %s, want null", f, got.Kind())
		}
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,true]}`, `"\ud800\u0041"`, `[[[]]]`, "1e400", "{\"a\":1,}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := ParseJSON(src)
		if (err == nil) != json.Valid(src) && !bytes.ContainsRune(src, '\ufffd') && onlyStricter(err) {
			t.Fatalf("%q: ours says %v, encoding/json valid=%v", src, err, json.Valid(src))
		}
		if err != nil {
			return
		}
		again, err := ParseJSON([]byte(v.JSON()))
		if err != nil || !Equal(v, again) {
			t.Fatalf("%q: printed as %s, read back %s (%v)", src, v.JSON(), again.JSON(), err)
		}
		back, rest, err := DecodeBinary(AppendBinary(nil, v))
		if err != nil || len(rest) != 0 || !Equal(v, back) {
			t.Fatalf("%q: binary round trip gave %s (%v)", src, back.JSON(), err)
		}
	})
}

// onlyStricter is false for the refusals that are ours alone: invalid UTF-8, numbers beyond float64, depth.
func onlyStricter(err error) bool {
	if err == nil {
		return true
	}
	for _, s := range []string{"UTF-8", "too large", "deeper"} {
		if strings.Contains(err.Error(), s) {
			return false
		}
	}
	return true
}

func FuzzParseJSONC(f *testing.F) {
	f.Add([]byte("// c\n{\"a\":1,/* x */}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, pos, err := ParseJSONC(src)
		if err == nil && v.Kind() == KindCollection && v.Len() > 0 && len(pos) == 0 {
			t.Fatalf("%q: no positions for %s", src, v.JSON())
		}
	})
}

func FuzzDecodeBinary(f *testing.F) {
	f.Add(AppendBinary(nil, Array(Int(1), Text("x"))))
	f.Fuzz(func(t *testing.T, src []byte) {
		if v, _, err := DecodeBinary(src); err == nil && v.Size() <= 0 {
			t.Fatalf("size of %s is not positive", v.JSON())
		}
	})
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-11-23T14:05:06.789+02:00")
	f.Add("11/23/2026 2:05 pm")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s, nil)
		if err != nil {
			return
		}
		iso := Date(d).ISO()
		if again, err := ParseDate(iso, nil); d.Year() < 10000 && d.Year() >= 1000 && (err != nil || !again.Equal(d.Truncate(time.Millisecond))) {
			t.Fatalf("%q: %s reads back as %v (%v)", s, iso, again, err)
		}
	})
}
