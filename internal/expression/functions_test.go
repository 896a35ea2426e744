package expression

import (
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

func TestGeneralFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`get(1.items; 2)`, `{"name":"pear","price":1,"stock":{"place":"B2"}}`}, {`get(1.items[]; -1).name`, `"plum"`}, {`get(1.items; "-1.name")`, `"plum"`},
		{`get(1.items; "[2].name")`, `"pear"`}, {`get(1.items; "[].name")`, `"apple"`}, {"get(1.customer; \"address.`city`\")", `"Milan"`},
		{"get(1; \"`x\")", "error: function 'get', argument 2 (path): the path \"`x\" has an opening \"`\" that is never closed"},
		{`get(1.items; 0)`, ``}, {`get(1.missing; "a.b")`, ``}, {`get("text"; 1)`, `"text"`}, {`get(1.items; 1.5)`, ``}, {`get(1.items; true)`, ``}, {`get(1.texts; "")`, `["a","b"]`}, {`map(1.list; "")`, `[1,2,3]`},
		{`if(1.list; 1; 2)`, `1`}, {`if(emptyarray; 1; 2)`, `2`}, {`if(0; 1; 2)`, `2`}, {`if("false"; 1; 2)`, `1`}, {`if(1; 2)`, `2`}, {`if(0; 2)`, ``}, {`if(true; "a"; 1 / 0)`, `"a"`},
		{`if(1.yes; ignore; 1)`, `""`}, {`ifempty(""; 1)`, `1`}, {`ifempty(false; 1)`, `false`}, {`ifempty("x"; 1 / 0)`, `"x"`}, {`ifempty(null; null)`, ``},
		{`switch(3; 1; "a"; "3"; "b")`, `"b"`}, {`switch(1; 1; "a"; 2; 1 / 0)`, `"a"`}, {`switch(9; 1; "a"; 2; "b"; "z")`, `"z"`}, {`switch(null; 1; "a"; emptystring; "b")`, `"b"`},
		{`omit(1.customer.address; "city"; "street")`, `{}`}, {`omit(1.missing; "a")`, `{}`}, {`omit("x"; "a")`, `error: function 'omit', argument 1 (collection): expected a collection, got a text`},
		{`pick(1.customer.address; split("street,city"; ","))`, `{"city":"Milan","street":"Via Roma 1"}`}, {`mergeCollections(1.customer.address; 1.missing)`, `{"city":"Milan","street":"Via Roma 1"}`},
		{`toCollection(toArray(1.customer.address); "key"; "value")`, `{"city":"Milan","street":"Via Roma 1"}`}, {`toCollection(1.missing; "a"; "b")`, `{}`},
		{`toCollection(1.items; "stock.place"; "name")`, `{"A1":"apple","B2":"pear"}`}, {`toArray(1.missing)`, `[]`},
		{`ifin(1; 1; "a"; "b")`, `"a"`}, {`ifin(9; 1; "a"; "b")`, `"b"`}, {`in(1; "1")`, `true`}, {`case(0; 1)`, ``}, {`case("1"; "x"; 1 / 0)`, `"x"`},
		{`case("x"; 1)`, `error: function 'case', argument 1 (number): expected a number, got the text "x"`}, {`case(null; 1)`, ``},
	})
}

func TestMathFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`abs("-2.5")`, `2.5`}, {`ceil("")`, ``}, {`floor(-1.5)`, `-2`}, {`round(2.5)`, `3`}, {`round(-2.5)`, `-2`}, {`round(0.49)`, `0`}, {`round(0.49999999999999994)`, `0`}, {`round(true)`, `1`},
		{`abs(1.list)`, `error: function 'abs', argument 1 (number): expected a number, got an array`},
		{`trunc(1.999; 2)`, `1.99`}, {`trunc(5; 3)`, `5`}, {`trunc(-1.239; 2)`, `-1.23`}, {`trunc("12.5")`, `12`}, {`trunc(null; 1)`, ``}, {`trunc(1.29; -1)`, `1`},
		{`sum(1.list[])`, `6`}, {`sum(1.list)`, `6`}, {`sum("1"; 2; null)`, `3`}, {`sum(1.missing)`, `0`}, {`sum("a")`, `error: function 'sum', argument 1 (values): element 1: expected a number, got the text "a"`},
		{`average(1.list)`, `2`}, {`average(1.missing)`, ``}, {`max(1.list)`, `3`}, {`max(1.missing)`, ``}, {`min(1.list)`, `1`}, {`min(5; ; 2)`, `2`}, {`median(1.list)`, `2`}, {`median(5; 1)`, `3`},
		{`stdevS(1.list)`, `1`}, {`stdevP(1; 1)`, `0`}, {`stdevP(emptyarray)`, ``}, {`prod(1.list)`, `6`}, {`sortAscNum(1.list)`, `[1,2,3]`}, {`sortDescNum(1.list)`, `[3,2,1]`},
		{`div(1; "4")`, `0.25`}, {`sub("5"; 1)`, `4`}, {`power(2; -1)`, `0.5`}, {`power(10; 400)`, ``}, {`sqrt("16")`, `4`}, {`ln(1)`, `0`}, {`log(100)`, `2`}, {`log(27; 3) > 2.99`, `true`}, {`log(0)`, ``}, {`number("x")`, `error: function 'number', argument 1 (number): expected a number, got the text "x"`},
		{`parseNumber("12,5"; ",")`, `12.5`}, {`parseNumber("1,234.5")`, `1234.5`}, {`parseNumber("-5")`, `-5`}, {`parseNumber(5)`, `5`}, {`parseNumber("")`, `""`}, {`parseNumber("1'000")`, `1000`}, {`parseNumber("1e3")`, `1000`}, {`parseNumber("1;5"; ";")`, `1.5`},
		{`formatNumber(1234.5)`, `"1.234,50"`}, {`formatNumber(0.5; 0)`, `"0"`}, {`formatNumber(999; 0)`, `"999"`}, {`formatNumber(1000; 0)`, `"1.000"`}, {`formatNumber(-0.001; 2)`, `"0,00"`}, {`formatNumber(1000; 2; "."; "")`, `"1000.00"`},
		{`formatNumber("x")`, `error: function 'formatNumber', argument 1 (number): expected a number, got the text "x"`}, {`formatNumber(1.missing)`, `""`}, {`length(formatNumber(1; 100))`, `102`},
		{`formatNumber(1; 101)`, `error: function 'formatNumber', argument 2 (places): expected 0 to 100 decimal places, got 101`}, {`formatNumber(1; -1)`, `error: function 'formatNumber', argument 2 (places): expected 0 to 100 decimal places, got -1`},
	})
}

func TestTextFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`length("")`, `0`}, {`length(1.file)`, `2`}, {`length(1.customer)`, `2`}, {`length(12345)`, `5`}, {`length("👋")`, `1`}, {`length(emptyarray)`, `0`},
		{`lower(1.list)`, `"1, 2, 3"`}, {`upper(true)`, `"TRUE"`}, {`upper("straße")`, `"STRASSE"`}, {`capitalize("élan")`, `"Élan"`}, {`capitalize("")`, `""`}, {`startcase("a  bC")`, `"A  Bc"`}, {`startcase("o'neil")`, `"O'neil"`},
		{`pascal("")`, `""`}, {`trim(newline + " a " + nbsp)`, `"a"`}, {`trim(5)`, `"5"`}, {`ascii("ab")`, `"ab"`}, {`ascii("Łódź"; true)`, `"Lodz"`}, {`ascii("日本"; true)`, `""`}, {`removeAccents("Ærøskøbing")`, `"AEroskobing"`}, {`removeAccents("한글")`, `"한글"`},
		{`substring("Hello"; 2; 4)`, `"ll"`}, {`substring("Hello"; 4; 2)`, `"ll"`}, {`substring("Hello"; -3; 2)`, `"He"`}, {`substring("Hello"; 3; 99)`, `"lo"`}, {`substring("Hello"; 9)`, `""`}, {`substring("héllo"; 1; 2)`, `"é"`}, {`substring("Hello"; "1"; "3")`, `"el"`}, {`substring("Hello"; 0; 0)`, `""`},
		{`left("Hello"; 9)`, `"Hello"`}, {`left("Hello"; -1)`, `""`}, {`right("Hello"; 9)`, `"Hello"`}, {`right("Hello"; 0)`, `""`}, {`right("héé"; 2)`, `"éé"`},
		{`indexOf("héé"; "é")`, `1`}, {`indexOf("abc"; "")`, `0`}, {`indexOf("abab"; "b"; 2)`, `3`}, {`indexOf("abc"; "a"; 5)`, `-1`}, {`indexOf(1.texts; "b")`, `1`}, {`indexOf(1.texts; "z")`, `-1`}, {`indexOf("abc"; "c"; -5)`, `2`}, {`indexOf(1.missing; "c")`, `-1`},
		{`contains("abc"; "B")`, `false`}, {`contains("abc"; "")`, `true`}, {`contains(1.list; "2")`, `true`}, {`contains(1.list[]; 9)`, `false`}, {`contains(123; 2)`, `true`}, {`contains(1.customer; "a")`, `error: function 'contains', argument 1 (data): expected text, got a collection`},
		{`split("a b"; space)`, `["a","b"]`}, {`split(""; ",")`, `[]`}, {`split("abc"; ",")`, `["abc"]`}, {`split("a,,b"; ",")`, `["a","","b"]`}, {`split("éa"; "")`, `["é","a"]`}, {`split(123; 2)`, `["1","3"]`},
		{`concat(1.list)`, `"123"`}, {`concat("a"; null; "b")`, `"ab"`},
		{`replace("aaa"; "a"; "bb")`, `"bbbbbb"`}, {`replace("abc"; ""; "x")`, `"abc"`}, {`replace("abc"; "z"; "x")`, `"abc"`}, {`replace("a.b"; "."; "")`, `"ab"`}, {`replace(1.missing; "a"; "b")`, `""`}, {`replace("abc"; "b"; 1.missing)`, `"ac"`}, {`replace(105; 0; "-")`, `"1-5"`},
		{`replace("aAa"; "/a/gi"; "x")`, `"xxx"`}, {`replace("aAa"; "/a/"; "x")`, `"xAa"`}, {`replace("aAa"; "/A/i"; "x")`, `"xAa"`}, {`replace("a\nb"; "/^b/gm"; "x")`, `"a\nx"`}, {`replace("a\nb"; "/a.b/gs"; "x")`, `"x"`}, {`replace("a1b2"; "/\d/gu"; "[$&]")`, `"a[1]b[2]"`},
		{`replace("ab"; "/(a)(b)/"; "$2$1$3$$$")`, `"ba$3$$"`}, {`replace("ab"; "/(a)(x)?/"; "<$2>")`, `"<>b"`}, {`replace("abcdefghijkl"; "/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)/"; "$11-$1")`, `"k-al"`}, {`replace("ab"; "/(a)/"; "$12")`, `"a2b"`}, {`replace("ab"; "/a/"; "$0$x")`, `"$0$xb"`},
		{`replace("a/b"; "/"; "-")`, `"a-b"`}, {`replace("/x/q"; "/x/q"; "-")`, `"-"`}, {`replace("abc"; "/b*/g"; "-")`, `"-a-c-"`}, {`replace("abc"; 1.name + "(/)"; "x")`, `"abc"`}, {`replace("ab"; "/" + "(" + "/"; "")`, "error: function 'replace', argument 2 (search): the regular expression is not valid: missing closing ): `(`"},
		{`replace("a[b"; "/[\[]/"; "x")`, `"axb"`}, {`replace("(?="; "/[(?=]/g"; "x")`, `"xxx"`}, {`replace("a\\1"; "/\\1/"; "x")`, `error: column 17: a back-reference \1 is not supported in regular expressions`},
		{`replacePattern("aXbX"; "/x/i"; "-")`, `"a-b-"`}, {`replacePattern("a"; "["; "")`, "error: column 21: the regular expression is not valid: missing closing ]: `[`"},
		{`replaceEmojiCharacters("a👨‍👩‍👧b🇮🇹🇨🇿c❤️"; "")`, `"abc"`}, {`replaceEmojiCharacters("日本 é ©"; "x")`, `"日本 é ©"`}, {`replaceEmojiCharacters("👍👍🏽"; "+")`, `"++"`},
		{`upper(1.file)`, `error: function 'upper', argument 1 (text): expected text, got binary data of 2 bytes that is not UTF-8 text`}, {`lower(1.nested)`, `error: function 'lower', argument 1 (text): expected text, got an array of arrays`},
	})
}

func TestEncodingFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`toString(1.list)`, `"1, 2, 3"`}, {`toString(null)`, `""`}, {`toString(true)`, `"true"`}, {`toString(toBinary("é"))`, `"é"`}, {`toString(now)`, `"2026-11-23T14:05:06.789Z"`},
		{`toBinary("/wA="; "base64")`, `"/wA="`}, {`toBinary("zz"; "hex")`, `error: function 'toBinary', argument 1 (value): the text is not valid hex`}, {`toBinary("a"; "rot13")`, `error: function 'toBinary', argument 2 (encoding): expected text, hex, base64 or binary, got "rot13"`},
		{`toBinary("ÿ"; "latin1")`, `"/w=="`}, {`toBinary(1.file)`, `"/wA="`}, {`base64(1.file)`, `"/wA="`}, {`base64("")`, `""`}, {`base64(1.count)`, `"Mw=="`},
		{`encodeURL("ž!*'()")`, `"%C5%BE!*'()"`}, {`encodeURL(1.missing)`, `""`}, {`decodeURL("a+b")`, `"a+b"`}, {`decodeURL(encodeURL("ä b/?"))`, `"ä b/?"`}, {`decodeURL("%ff")`, `"�"`}, {`decodeURL("%")`, `error: function 'decodeURL', argument 1 (text): "%" is not a valid escape`},
		{`escapeHTML("\"'")`, `"&#34;&#39;"`}, {`escapeMarkdown("a_b [x](y)")`, `"a\\_b \\[x\\]\\(y\\)"`},
		{`stripHTML("a < b <br/>c <!-- <b> -->d<a href=\">\">e</a>")`, `"a < b c de"`}, {`stripHTML("x<b")`, `"x"`}, {`stripHTML("1<2")`, `"1<2"`}, {`stripHTML("x<!-- y")`, `"x"`}, {`stripHTML("<")`, `"<"`},
		{`md5("")`, `"d41d8cd98f00b204e9800998ecf8427e"`}, {`sha1("")`, `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`}, {`sha256("")`, `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`},
		{`left(sha512(""); 16)`, `"cf83e1357eefb8bd"`}, {`sha256("hello"; "base64url")`, `"LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"`}, {`length(sha256("a"; "latin1"))`, `32`},
		{`sha256("hello"; "hex"; "736563726574"; "hex")`, `"88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"`}, {`sha256("hello"; "hex"; "c2VjcmV0"; "base64")`, `"88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"`},
		{`sha256("hello"; "hex"; "secret"; "binary")`, `"88aab3ede8d3adf94d26ab90d3bafd4a2083070c3bcce9c014ee04a443847c0b"`}, {`sha1("a"; "oct")`, `error: function 'sha1', argument 2 (encoding): expected hex, base64, base64url or latin1, got "oct"`},
		{`sha1("a"; "hex"; "zz"; "hex")`, `error: function 'sha1', argument 3 (key): the text is not valid hex`},
	})
}

func TestArrayFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`first(1.list[])`, `1`}, {`last(1.list)`, `3`}, {`first("abc")`, `"abc"`}, {`last(1.missing)`, ``}, {`arrayElement(1.list; -1)`, `3`}, {`arrayElement(1.list; 0)`, ``}, {`arrayElement(1.list; 4)`, ``},
		{`map(1.items; "stock")`, `[{"place":"A1"},{"place":"B2"}]`}, {`map(1.items; "none")`, `[]`}, {`map(1.missing; "a")`, `[]`}, {`map(1.customer; "address")`, `[{"city":"Milan","street":"Via Roma 1"}]`},
		{`map(1.items; "name"; "price"; "1")`, `["pear"]`}, {`map(1.items; "name"; "price"; 4)`, `["plum"]`}, {`map(1.items; "name"; "name"; "apple, plum")`, `["apple","plum"]`}, {`map(1.items; "name"; "name"; split("pear;plum"; ";"))`, `["pear","plum"]`}, {`map(1.items; "name"; "stock.place"; "B2")`, `["pear"]`},
		{`slice(1.list; 1)`, `[2,3]`}, {`slice(1.list; 0; -1)`, `[1,2]`}, {`slice(1.list; 2; 1)`, `[]`}, {`slice(1.list; -9; 9)`, `[1,2,3]`}, {`slice(1.missing; 1)`, `[]`},
		{`join(1.list; "-")`, `"1-2-3"`}, {`join("a"; "-")`, `"a"`}, {`join(1.nested; "|")`, `"1, 2|3, 4"`}, {`join(1.list; 1.missing)`, `"123"`}, {`join(map(1.items; "stock"); ";")`, `"{\"place\":\"A1\"};{\"place\":\"B2\"}"`},
		{`keys(1.list)`, `["1","2","3"]`}, {`keys("a")`, `[]`}, {`keys(1.missing)`, `[]`}, {`add(1.missing; 1)`, `[1]`}, {`add(1.list; 1.texts)`, `[1,2,3,["a","b"]]`}, {`remove(1.list; "2"; 3)`, `[1]`}, {`remove(1.list; 9)`, `[1,2,3]`},
		{`merge(1.list; 1.texts; "x"; 1.missing)`, `[1,2,3,"a","b","x"]`}, {`merge(1.list)`, `[1,2,3]`}, {`flatten(1.nested)`, `[1,2,3,[4]]`}, {`flatten(1.nested; 2)`, `[1,2,3,4]`}, {`flatten(1.nested; 0)`, `[[1,2],[3,[4]]]`}, {`flatten(1.nested; 99999999)`, `[1,2,3,4]`},
		{`reverse(1.list)`, `[3,2,1]`}, {`reverse("né")`, `"én"`}, {`reverse(123)`, `"321"`}, {`sum(shuffle(1.list))`, `6`},
		{`arrayDifference(1.list; 1.list)`, `[]`}, {`arrayDifference(1.list; 1.texts; "other")`, `error: function 'arrayDifference', argument 3 (mode): expected "classic" or "symmetric", got "other"`},
		{`sort(split("10,9,1"; ","))`, `["1","10","9"]`}, {`sort(add(emptyarray; 10; 9; 1))`, `[1,9,10]`}, {`sort(add(emptyarray; "b"; null; 2; "a"; 1))`, `[1,2,"a","b",null]`}, {`sort(add(emptyarray; "b"; null; 2); "desc")`, `["b",2,null]`}, {`sort(1.missing)`, `[]`},
		{`sort(split("b,A,C"; ","); "asc ci")`, `["A","b","C"]`}, {`sort(split("b,A,C"; ","); "DESC")`, `["b","C","A"]`}, {`sort(1.items; ; "price")[3].name`, `"plum"`}, {`sort(1.items; "asc"; "stock.place")[1].name`, `"apple"`}, {`sort(1.items; "up"; "name")`, `error: function 'sort', argument 2 (order): expected asc, desc, "asc ci" or "desc ci", got "up"`},
		{`distinct(add(emptyarray; 1; "1"; 1; null; null))`, `[1,"1",null]`}, {`map(distinct(add(1.items; 1.items[1]); "name"); "name")`, `["apple","pear","plum"]`}, {`length(distinct(1.items; "stock.place"))`, `3`}, {`deduplicate(add(emptyarray; 1.customer; 1.customer))[2]`, ``},
		{`sortAscString("b"; "a"; 1)`, `["1","a","b"]`}, {`sortDescString(1.texts)`, `["b","a"]`},
	})
}

func TestDateFunctions(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`addSeconds(now; -7)`, `"2026-11-23T14:04:59.789Z"`}, {`addSeconds(now; 0.5)`, `"2026-11-23T14:05:07.289Z"`}, {`addMinutes("2026-01-01"; 90)`, `"2026-01-01T01:30:00.000Z"`}, {`addHours(now; "1.5")`, `"2026-11-23T15:35:06.789Z"`},
		{`addDays("2026-02-28"; 1)`, `"2026-03-01T00:00:00.000Z"`}, {`addDays(now; -8)`, `"2026-11-15T14:05:06.789Z"`}, {`addDays("2026-01-01"; 0.5)`, `"2026-01-01T12:00:00.000Z"`}, {`addDays("2026-01-01"; -0.5)`, `"2025-12-31T12:00:00.000Z"`},
		{`addMonths("2026-03-31"; -1)`, `"2026-02-28T00:00:00.000Z"`}, {`addMonths("2027-12-31"; 2)`, `"2028-02-29T00:00:00.000Z"`}, {`addMonths("2026-01-15"; 1.5)`, `"2026-03-15T00:00:00.000Z"`}, {`addMonths("2026-01-15"; -13)`, `"2024-12-15T00:00:00.000Z"`},
		{`addYears("2028-02-29"; 1)`, `"2029-02-28T00:00:00.000Z"`}, {`addYears(now; 8000)`, `error: function 'addYears', argument 1 (date): the result lies outside the years 0 to 9999`}, {`addDays(now; 1e15)`, `error: function 'addDays', argument 2 (number): the number is too large`}, {`addSeconds(now; 1e12)`, `error: function 'addSeconds', argument 1 (date): the result lies outside the years 0 to 9999`},
		{`addDays(5; 1)`, `error: function 'addDays', argument 1 (date): expected a date, got a number`}, {`addDays(""; 1)`, ``}, {`addDays(now; "x")`, `error: function 'addDays', argument 2 (number): expected a number, got the text "x"`},
		{`setSecond(now; 75)`, `"2026-11-23T14:06:15.789Z"`}, {`setMinute(now; -1)`, `"2026-11-23T13:59:06.789Z"`}, {`setHour(now; 25)`, `"2026-11-24T01:05:06.789Z"`}, {`setMinute(setHour(now; 23); 59)`, `"2026-11-23T23:59:06.789Z"`},
		{`setDay(now; 7)`, `"2026-11-28T14:05:06.789Z"`}, {`setDay(now; "sun")`, `"2026-11-22T14:05:06.789Z"`}, {`setDay(now; 8)`, `"2026-11-29T14:05:06.789Z"`}, {`setDay(now; "someday")`, `error: function 'setDay', argument 2 (day): expected a number, got the text "someday"`}, {`setDay(null; 1)`, ``},
		{`setDate(now; 0)`, `"2026-10-31T14:05:06.789Z"`}, {`setMonth("2026-01-31"; 2)`, `"2026-02-28T00:00:00.000Z"`}, {`setMonth(now; 13)`, `"2027-01-23T14:05:06.789Z"`}, {`setMonth(now; "DEC")`, `"2026-12-23T14:05:06.789Z"`}, {`setMonth(""; 1)`, ``}, {`setYear("2028-02-29"; 2027)`, `"2027-02-28T00:00:00.000Z"`},
		{`dateDifference("2026-01-02"; "2026-01-01")`, `86400000`}, {`dateDifference("2026-01-01"; "2026-01-02"; "hours")`, `-24`}, {`dateDifference("2026-01-01 00:00:59"; "2026-01-01"; "minutes")`, `0`}, {`dateDifference("2026-01-01 00:01:59"; "2026-01-01"; "seconds")`, `119`},
		{`dateDifference("2026-01-15"; "2026-01-01"; "weeks")`, `2`}, {`dateDifference("2026-03-30"; "2026-01-31"; "months")`, `1`}, {`dateDifference("2026-02-28"; "2026-01-31"; "months")`, `1`}, {`dateDifference("2026-07-01"; "2026-01-01"; "quarters")`, `2`}, {`dateDifference("2028-02-28"; "2026-02-28"; "years")`, `2`}, {`dateDifference(""; now)`, ``}, {`dateDifference("2026-01-01"; "2026-01-03"; "day")`, `-2`}, {`dateDifference(now; now; "ms")`, `0`},
		{`parseDate("2026-01-02")`, `"2026-01-02T00:00:00.000Z"`}, {`parseDate("soon")`, `error: function 'parseDate', argument 1 (text): expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "soon"`}, {`parseDate(now; "YYYY")`, `"2026-11-23T14:05:06.789Z"`}, {`parseDate(""; "YYYY")`, `""`},
		{`addWeekDays(now; 1; "soon")`, `error: function 'addWeekDays', argument 3 (holidays): expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "soon"`},
		{`dateDifference(now; now; "eons")`, `error: function 'dateDifference', argument 3 (unit): expected milliseconds, seconds, minutes, hours, days, weeks, months, quarters or years, got "eons"`},
		{`dayOfWeek("2026-11-22")`, `1`}, {`daysInMonth("2026-02-01")`, `28`}, {`daysInYear("2028-01-01")`, `366`}, {`month(1.missing)`, ``}, {`isWeekend(1.missing)`, `false`}, {`daysInSplitWeek("2026-11-30")`, `2`}, {`endOfMonth("2028-02-10")`, `"2028-02-29T23:59:59.999Z"`}, {`startOfMonth(null)`, ``},
		{`dateMax(1.missing; now)`, `"2026-11-23T14:05:06.789Z"`}, {`dateMin(split("2026-02-01,2026-01-01"; ","))`, `"2026-01-01T00:00:00.000Z"`}, {`dateMin(emptyarray)`, ``}, {`dateMax("x")`, `error: function 'dateMax', argument 1 (dates): expected a date such as 2026-11-23 or 2026-11-23T14:05:00Z, got "x"`},
		{`addWeekDays("2026-11-23"; 5)`, `"2026-11-30T00:00:00.000Z"`}, {`addWeekDays("2026-11-20"; 1; split("2026-11-23"; ","))`, `"2026-11-24T00:00:00.000Z"`}, {`addWeekDays("2026-11-22"; 0)`, `"2026-11-22T00:00:00.000Z"`}, {`addWeekDays(null; 1)`, ``},
		{`weekDayDiff("2026-11-24"; "2026-11-20")`, `-2`}, {`weekDayDiff("2026-11-21"; "2026-11-23")`, `0`}, {`weekDayDiff("2026-11-20"; "2026-11-25"; "2026-11-24")`, `2`}, {`weekDayDiff(null; now)`, ``},
		{`workMinutesDiff("2026-11-23 10:00"; "2026-11-23 09:00")`, `-60`}, {`workMinutesDiff("2026-11-21"; "2026-11-22")`, `0`}, {`workMinutesDiff("2026-11-23"; "2026-11-24"; "9"; "17:00")`, `error: function 'workMinutesDiff', argument 3 (dayStart): expected a time such as 9:30 or 14:05:00, got "9"`}, {`workMinutesDiff("2026-11-23"; "2026-11-25"; ; ; "2026-11-24")`, `480`}, {`workMinutesDiff(now; null)`, ``},
	})
}

func TestZonesAndSummerTime(t *testing.T) {
	t.Parallel()
	prague, err := time.LoadLocation("Europe/Prague")
	if err != nil {
		t.Fatal(err)
	}
	cases := []row{
		{`formatDate(now; "HH:mm Z")`, `"15:05 +01:00"`},
		{`formatDate(now; "HH:mm ZZ"; "America/New_York")`, `"09:05 -0500"`},
		{`formatDate(now; "HH:mm"; "Not/AZone")`, `"15:05"`},
		{`formatDate(now; "HH:mm"; "Local")`, `"15:05"`},
		{`formatDate(now; "HH:mm"; "../etc/passwd")`, `"15:05"`},
		{`formatDate(now; "HH:mm"; 1.missing)`, `"15:05"`},
		{`formatDate(now; "HH:mm"; "Asia/" + "Tokyo")`, `"23:05"`},
		{`setHour(now; 0)`, `"2026-11-22T23:05:06.789Z"`},
		{`parseDate("2026-07-01"; "YYYY-MM-DD")`, `"2026-06-30T22:00:00.000Z"`},
		{`parseDate("2026-07-01T10:00"; ; "Asia/Tokyo")`, `"2026-07-01T01:00:00.000Z"`},
		{`addDays("2026-03-28T12:00"; 1)`, `"2026-03-29T10:00:00.000Z"`},
		{`addHours("2026-03-28T12:00"; 24)`, `"2026-03-29T11:00:00.000Z"`},
		{`dateDifference("2026-03-30"; "2026-03-29"; "days")`, `1`},
		{`dateDifference("2026-03-30"; "2026-03-29"; "hours")`, `23`},
		{`startOfMonth(now)`, `"2026-10-31T23:00:00.000Z"`},
		{`"2026-11-23 15:05:06.789" = now`, `true`},
	}
	for _, c := range cases {
		tpl, err := ParseExpression(c.src, Scenario)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		env := testEnv(t)
		env.Zone = prague
		v, err := tpl.Eval(env)
		if err != nil || v.JSON() != c.want {
			t.Errorf("%s: got %s (%v), want %s", c.src, v.JSON(), err, c.want)
		}
	}
}

func TestSpecialValues(t *testing.T) {
	t.Parallel()
	for _, v := range []value.Value{Ignore(), Erase()} {
		back, _, err := value.DecodeBinary(value.AppendBinary(nil, v))
		if err != nil || IsIgnore(back) != IsIgnore(v) || IsErase(back) != IsErase(v) || IsIgnore(v) == IsErase(v) || v.IsEmpty() || value.Render(v) != "" {
			t.Errorf("%s (%s): read back as %s (%s), %v", v.JSON(), v.Encoding(), back.JSON(), back.Encoding(), err)
		}
	}
	if IsIgnore(value.Empty) || IsErase(value.Buffer(nil, "")) {
		t.Error("an empty text or buffer counts as a keyword")
	}
}
