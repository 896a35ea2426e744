package expression

import (
	"errors"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// row is an expression and its outcome: JSON, "" for nothing, or "error: …".
type row struct{ src, want string }

func checkRows(t *testing.T, d Dialect, rows []row) {
	t.Helper()
	for _, r := range rows {
		got, failure := outcome(t, r.src, d)
		if failure != "" {
			got = "error: " + failure
		}
		if got != r.want {
			t.Errorf("%s: got %s, want %s", r.src, got, r.want)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`1.name`, `"Ada"`},
		{"1.`name`", `"Ada"`},
		{"1.`0`", `"column A"`},
		{`1.0`, `1`},
		{`1`, `1`},
		{"`2`", `{"__IMTKEY__":"k","data":[{"id":7}]}`},
		{"`2`.data[1].id", `7`},
		{`1.customer.address.city`, `"Milan"`},
		{"1.customer.`first name`", `"Ada"`},
		{`1.missing`, ``},
		{`1.missing.deep[3].x`, ``},
		{`9.anything`, ``},
		{`1.name.x`, ``},
		{`1.list[1]`, `1`},
		{`1.list[3]`, `3`},
		{`1.list[4]`, ``},
		{`1.list[-1]`, `3`},
		{`1.list[-3]`, `1`},
		{`1.list[-4]`, ``},
		{`1.list[0]`, ``},
		{`1.list[]`, `1`},
		{`1.list`, `[1,2,3]`},
		{`1.items[].name`, `"apple"`},
		{`1.items[2].name`, `"pear"`},
		{`1.items.name`, `"apple"`},
		{"1.items.`2`.name", `"pear"`},
		{`1.items[1.zero + 2].name`, `"pear"`},
		{`1.items[9].name`, ``},
		{"1.`sru:record`[].`gzd:data`[].x", `1`},
		{`1.name[1]`, `"Ada"`},
		{`1.name[]`, `"Ada"`},
		{`1.name[2]`, ``},
		{`1.customer[].address.city`, `"Milan"`},
		{`1.customer["first name"]`, `"Ada"`},
		{`1.nested[2][2][1]`, `4`},
		{`1.big`, `9007199254740993`},
		{`1.date`, `"2026-11-23T14:05:06.789Z"`},
		{`1.file`, `"/wA="`},
		{`var.a.b`, `1`},
		{`var.none`, ``},
		{`unknownRoot.x`, ``},
		{"1.`__IMTINDEX__`", `4`},
		{"1.__IMTINDEX__", `4`},
		{"2.`__IMTKEY__`", `"k"`},
		{"2.__IMTLENGTH__", ``},
		{`split("a,b"; ",")[2]`, `"b"`},
		{`(1.customer).address.city`, `"Milan"`},
		{`get(1.customer; "address").city`, `"Milan"`},
	})
}

func TestLiteralsAndKeywords(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`12`, `12`},
		{`1.5`, `1.5`},
		{`1e3`, `1000`},
		{`1.5E-2`, `0.015`},
		{`-8`, `-8`},
		{`--8`, `8`},
		{`+"5"`, `error: column 1: expected a value, found "+"`},
		{`9007199254740993`, `9007199254740993`},
		{`"a"`, `"a"`},
		{`""`, `""`},
		{`"a\"b"`, `"a\"b"`},
		{`"a""b"`, `"a\"b"`},
		{`"[""" + 1.name + """]"`, `"[\"Ada\"]"`},
		{`"\n\r\t\\"`, `"\n\r\t\\"`},
		{`"\d\w"`, `"\\d\\w"`},
		{`"\u00e9"`, `"é"`},
		{`"\ud83d\ude00"`, `"😀"`},
		{`"\u00"`, `"\\u00"`},
		{`"}}"`, `"}}"`},
		{`true`, `true`},
		{`false`, `false`},
		{`null`, ``},
		{`emptystring`, `""`},
		{`emptyarray`, `[]`},
		{`space`, `" "`},
		{`nbsp`, "\"\u00a0\""},
		{`tab`, `"\t"`},
		{`newline`, `"\n"`},
		{`carriagereturn`, `"\r"`},
		{`pi`, `3.141592653589793`},
		{`now`, `"2026-11-23T14:05:06.789Z"`},
		{`timestamp`, `1795442706`},
		{`executionId`, `"exec-1"`},
		{`random < 1 & random >= 0`, `true`},
		{`length(uuid)`, `36`},
		{`substring(uuid; 14; 15)`, `"4"`},
		{`uuid = uuid`, `false`},
		{`undefined`, ``},
	})
}

func TestOperators(t *testing.T) {
	t.Parallel()
	checkRows(t, Scenario, []row{
		{`1 + 2 * 3`, `7`},
		{`(1 + 2) * 3`, `9`},
		{`10 - 4 - 3`, `3`},
		{`2 * 3 % 4`, `2`},
		{`8 / 4 / 2`, `1`},
		{`-2 * -3`, `6`},
		{`1 - -1`, `2`},
		{`1 + "2"`, `"12"`},
		{`"1" + 2`, `"12"`},
		{`"a" + null`, `"a"`},
		{`null + 1`, `1`},
		{`null + null`, ``},
		{`true + 1`, `2`},
		{`1.list + "!"`, `"1, 2, 3!"`},
		{`1.missing + "x"`, `"x"`},
		{`1.date + "x"`, `"2026-11-23T14:05:06.789Zx"`},
		{`1.date + 1`, `1795442706790`},
		{`"3" * "4"`, `12`},
		{`" 3 " - 1`, `2`},
		{`1.missing * 5`, `0`},
		{`"" - 1`, `-1`},
		{`true * 3`, `3`},
		{`"2026-01-03" - "2026-01-01"`, `172800000`},
		{`(1.date - "2026-11-23") / 3600000`, `14.085219166666667`},
		{`1.list * 2`, `error: operator *: expected a number, got an array`},
		{`-"x"`, `error: operator -: expected a number, got the text "x"`},
		{`5 % 0`, `error: operator %: division by zero`},
		{`1e308 * 10`, ``},
		{`1 = 1`, `true`},
		{`1 = "1"`, `true`},
		{`"1.0" = 1`, `true`},
		{`"1.0" = "1"`, `false`},
		{`" 1 " = 1`, `true`},
		{`"x" = 1`, `false`},
		{`null = 1.missing`, `true`},
		{`"" = null`, `true`},
		{`0 = null`, `false`},
		{`false = null`, `false`},
		{`0 = ""`, `false`},
		{`true = "true"`, `true`},
		{`true = "yes"`, `false`},
		{`true = 1`, `true`},
		{`false = 0`, `true`},
		{`1.date = "2026-11-23T14:05:06.789Z"`, `true`},
		{`1.date = 1795442706789`, `true`},
		{`1.date = "soon"`, `false`},
		{`1.list = 1.list`, `true`},
		{`1.list = split("1,2,3"; ",")`, `false`},
		{`1.list = 1`, `false`},
		{`1.file = 1.file`, `true`},
		{`toBinary("a") = "a"`, `true`},
		{`"a" = "A"`, `false`},
		{`1 != 2`, `true`},
		{`1.big = "9007199254740993"`, `true`},
		{`1.big = 9007199254740992`, `false`},
		{`1 < 2`, `true`},
		{`"10" > "9"`, `true`},
		{`"b" > "a"`, `true`},
		{`"b" > 1`, `false`},
		{`"b" < 1`, `false`},
		{`null < 1`, `false`},
		{`null >= null`, `false`},
		{`1.date < now`, `false`},
		{`1.date <= now`, `true`},
		{`"2026-11-24" > now`, `true`},
		{`now > 5`, `true`},
		{`true > false`, `true`},
		{`1.list > 1`, `false`},
		{`1 & 2`, `2`},
		{`0 & 2`, `0`},
		{`0 | 2`, `2`},
		{`3 | 2`, `3`},
		{`"false" & 1`, `1`},
		{`emptyarray | 5`, `5`},
		{`1 and 0 or 7`, `7`},
		{`1 AND 2`, `2`},
		{`0 | 0 & 1 | 5`, `5`},
		{`1 | 1 / 0`, `1`},
		{`0 & 1 / 0`, `0`},
		{`1 + 1 = 2`, `true`},
		{`1 < 2 = true`, `true`},
		{`1 = 1 & 2 = 2`, `true`},
	})
}

func TestAppDialect(t *testing.T) {
	t.Parallel()
	checkRows(t, App, []row{
		{`if(true, 'a', 'b')`, `"a"`},
		{`'it''s'`, `"its"`},
		{`'it\'s'`, `"it's"`},
		{`"a""b"`, `"ab"`},
		{`'cha_'parameters.f`, `"cha_x-y"`},
		{`item.first ' ' item.last`, `"A B"`},
		{`item.first ' ' item.last 1 + 2`, `"A B12"`},
		{`headers['x-y']`, `"h"`},
		{`item[parameters.f]`, `"v"`},
		{`body.data[parameters.n].id`, `2`},
		{`body.data[true]`, `error: column 10: the index in [ ] must be a whole number`},
		{`body.data[!parameters.n]`, ``},
		{`body.data[parameters.none]`, ``},
		{`{a: 1, 'b c': item.first, "d": {e: [1, 2]}}`, `{"a":1,"b c":"A","d":{"e":[1,2]}}`},
		{`{}`, `{}`},
		{`[]`, `[]`},
		{`[1,]`, `[1]`},
		{`undefined`, ``},
		{`parameters.limit ?? 5`, `5`},
		{`parameters.n || 5`, `2`},
		{`!parameters.n && 1`, `false`},
		{`!!parameters.n`, `true`},
		{`parameters.n == '2'`, `true`},
		{`parameters.n === 2`, `true`},
		{`parameters.n !== 2`, `false`},
		{`parameters.none === undefined`, `true`},
		{`parameters.limit === undefined`, `false`},
		{`parameters.limit == undefined`, `true`},
		{`parameters.n ='2'`, `true`},
		{`null === null`, `true`},
		{`length(body.data)`, `2`},
		{`min(parameters.limit, 100)`, `100`},
		{`get(body.data, '1.id')`, `1`},
		{`join(map(body.data, 'id'), ',')`, `"1,2"`},
		{`if(parameters.none, 1, )`, ``},
		{`ifempty(body.items, 'none')`, `"none"`},
		{`parseJSON('[1,2]')[2]`, `2`},
		{`createJSON(body.data)`, `"[{\"id\":1},{\"id\":2}]"`},
		{`jwt({a: 1}, 'k', 'none')`, `error: function 'jwt', argument 3 (algorithm): expected HS256, HS384 or HS512, got "none"`},
		{`parseJSON(undefined)`, ``},
		{`1 - 1`, `0`},
		{`(1)(2)`, `"12"`},
		{`parameters.fn('x')`, `error: column 1: unknown function 'parameters.fn'`},
		{`custom(1)`, `error: column 1: unknown function 'custom'`},
		{`if(true; 1)`, `error: column 8: expected , or ) in the call of 'if' in column 1, found ";"`},
		{`{a}`, `error: column 3: expected : after the key, found "}"`},
		{`{1: 2}`, `error: column 2: expected a key, found "1"`},
		{`[1 2`, `error: column 5: expected , or ], found the end`},
		{`'x`, `error: column 1: this text has no closing quote`},
	})
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	cases := []struct {
		src     string
		column  int
		message string
		hint    string
	}{
		{`Hi {{1.name`, 4, "this expression has no closing }}", "close the expression with }}"},
		{`é{{}}`, 2, "there is nothing between {{ and }}", "write a value between the brackets or remove them"},
		{`{{uper("x")}}`, 3, "unknown function 'uper'", "did you mean 'upper'?"},
		{`{{JSON.stringify(1.x)}}`, 3, "unknown function 'JSON.stringify'", "the functions are listed in the documentation of expressions"},
		{`{{upper(1.a}}`, 12, "expected ; or ) in the call of 'upper' in column 3, found \"}\"", ""},
		{`{{upper()}}`, 3, "the function 'upper' takes 1 argument, got 0", "write upper(text)"},
		{`{{upper(1.a; 2)}}`, 3, "the function 'upper' takes 1 argument, got 2", "write upper(text)"},
		{`{{split(1.a)}}`, 3, "the function 'split' takes 2 arguments, got 1", "write split(text; separator)"},
		{`{{substring(1.a)}}`, 3, "the function 'substring' takes 2 to 3 arguments, got 1", "write substring(text; start; [end])"},
		{`{{switch(1.a)}}`, 3, "the function 'switch' takes at least 3 arguments, got 1", "write switch(expression; value1; result1; [more; …])"},
		{`{{if(1.a, 2, 3)}}`, 9, "expected ; or ) in the call of 'if' in column 3, found \",\"", "arguments are separated by ;"},
		{`{{1.a == 2}}`, 7, "this operator does not exist in scenarios", `write = for "equal"`},
		{`{{1.a && 2}}`, 7, "this operator does not exist in scenarios", `write & for "and"`},
		{`{{1.a || 2}}`, 7, "this operator does not exist in scenarios", `write | for "or"`},
		{`{{!1.a}}`, 3, "unexpected character '!'", `write != for "not equal"`},
		{`{{'a'}}`, 3, "unexpected character '\\''", "put the text in double quotes"},
		{`{{"a}}`, 3, "this text has no closing quote", `close the text with "`},
		{"{{1.`a}}", 5, "this name has no closing back-tick", "close the name with `"},
		{`{{1.}}`, 5, "expected a name after the point", "names with special characters stand in back-ticks: 1.`first-name`"},
		{`{{1.a b}}`, 7, `expected an operator or }}, found "b"`, "parts are joined with +"},
		{`{{1.a) }}`, 6, `expected an operator or }}, found ")"`, "there is no opening bracket for it"},
		{`{{1.a; 2}}`, 6, `expected an operator or }}, found ";"`, "separators stand between the arguments of a function"},
		{`{{; 2}}`, 3, `expected a value, found ";"`, "separators stand between the arguments of a function"},
		{`{{1.a + }}`, 9, `expected a value, found "}"`, ""},
		{`{{1.a + `, 9, "the text ends where a value was expected", "complete the expression and close it with }}"},
		{`{{(1.a}}`, 7, `expected ) for the ( in column 3, found "}"`, ""},
		{`{{1.a[1}}`, 8, `expected ], found "}"`, ""},
		{`{{1.a[1.5]}}`, 6, "the index in [ ] must be a whole number", "[1] is the first element, [-1] the last"},
		{`{{0.a}}`, 3, "there is no module 0", "modules are numbered from 1"},
		{`{{1abc}}`, 3, `"1abc" is neither a number nor a name`, "names that start with a digit stand in back-ticks: `1abc`"},
		{`{{1e999}}`, 3, "the number 1e999 is too large", ""},
		{`{{replace(1.a; "/(/"; "")}}`, 16, "the regular expression is not valid: missing closing ): `(`", ""},
		{`{{replace(1.a; "/a(?!b)/"; "")}}`, 16, "look-ahead (?!…) is not supported in regular expressions", "match a little more and keep the rest with $1"},
		{`{{replace(1.a; "/(?<=a)b/"; "")}}`, 16, "look-behind (?<=…) is not supported in regular expressions", "match a little more and keep the rest with $1"},
		{`{{replace(1.a; "/(?<n>a)/"; "")}}`, 16, "a named group (?<…>) is not supported in regular expressions", "match a little more and keep the rest with $1"},
		{`{{replace(1.a; "/(a)\1/"; "")}}`, 16, `a back-reference \1 is not supported in regular expressions`, "match the parts one by one, or compare them afterwards"},
		{`{{parseJSON("1")}}`, 3, "unknown function 'parseJSON'", "this function exists in app definitions only"},
		{`ok {{1.a}} then {{2.b`, 17, "this expression has no closing }}", "close the expression with }}"},
		{`{{#if}}`, 3, "unexpected character '#'", "names with special characters stand in back-ticks, texts in double quotes"},
	}
	for _, c := range cases {
		_, err := Parse(c.src, Scenario)
		var got *SyntaxError
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v, want a syntax error", c.src, err)
			continue
		}
		if got.Column != c.column || got.Message != c.message || got.Hint != c.hint {
			t.Errorf("%s:\n got %d %q %q\nwant %d %q %q", c.src, got.Column, got.Message, got.Hint, c.column, c.message, c.hint)
		}
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	cases := []struct{ src, want string }{
		{``, `""`},
		{`plain }} text`, `"plain }} text"`},
		{`{{1.count}}`, `3`},
		{`{{ 1.count }}`, `3`},
		{` {{1.count}}`, `" 3"`},
		{`{{1.count}}{{1.count}}`, `"33"`},
		{`a{{1.missing}}b{{null}}c`, `"abc"`},
		{`{{1.list}}!`, `"1, 2, 3!"`},
		{`{{1.date}} `, `"2026-11-23T14:05:06.789Z "`},
		{`{{1.yes}} `, `"true "`},
		{`{"a":{"b":{{1.count}}}}`, `"{\"a\":{\"b\":3}}"`},
		{`{{"a}}b"}}`, `"a}}b"`},
		{`x{{ignore}}y{{erase}}z`, `"xyz"`},
		{`{{1.customer.address}};`, `"{\"city\":\"Milan\",\"street\":\"Via Roma 1\"};"`},
		{`{{if(1.yes; "{{"; "}}")}}`, `"{{"`},
	}
	for _, c := range cases {
		tpl, err := Parse(c.src, Scenario)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		v, err := tpl.Eval(testEnv(t))
		if err != nil || v.JSON() != c.want {
			t.Errorf("%s: got %s (%v), want %s", c.src, v.JSON(), err, c.want)
		}
		if tpl.Source() != c.src {
			t.Errorf("source: got %q, want %q", tpl.Source(), c.src)
		}
		if _, literal := tpl.Literal(); literal != !strings.Contains(c.src, "{{") {
			t.Errorf("%s: literal is %v", c.src, literal)
		}
	}
}

func TestReferencesFunctionsAndWarnings(t *testing.T) {
	t.Parallel()
	tpl, err := Parse("é{{upper(12.`a b`[].c[2][1.x])}} {{var.n + upper(now) + executionId}}{{formatDate(now; \"Y\"; \"Mars\")}}{{3.x[0]}}", Scenario)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range tpl.References() {
		got = append(got, strings.Join(append([]string{value.Render(value.Int(r.Module)), r.Name, value.Render(value.Int(r.Column))}, r.Path...), " "))
	}
	if want := "1  26 x|12  10 a b [] c [2] [*]|0 var 36 n|3  104 x [0]"; strings.Join(got, "|") != want {
		t.Errorf("references: got %q, want %s", got, want)
	}
	if names := strings.Join(tpl.Functions(), " "); names != "upper formatDate" {
		t.Errorf("functions: got %q, want upper formatDate", names)
	}
	var warnings []string
	for _, w := range tpl.Warnings() {
		warnings = append(warnings, w.Error())
	}
	if want := `column 93: there is no time zone "Mars": the scenario's zone is used|column 107: there is no element [0]: the result is always empty`; strings.Join(warnings, "|") != want {
		t.Errorf("warnings: got %q, want %q", warnings, want)
	}
}

func TestErrorsNameFunctionAndArgument(t *testing.T) {
	t.Parallel()
	tpl, err := Parse(`{{upper(1.customer)}}`, Scenario)
	if err != nil {
		t.Fatal(err)
	}
	_, err = tpl.Eval(testEnv(t))
	if got, want := err.Error(), "function 'upper', argument 1 (text): expected text, got a collection"; got != want || fault.KindOf(err) != fault.BundleValidation {
		t.Errorf("got %s (%s), want %s", got, fault.KindOf(err), want)
	}
}

func TestEvalWithoutScopeOrRandom(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{{1.a}}`: "", `{{var.x}}`: "", `{{executionId}}`: "", `{{random}}`: "random values are not available here",
		`{{uuid}}`: "random values are not available here", `{{shuffle(split("a,b"; ","))}}`: "random values are not available here",
	} {
		tpl, err := Parse(src, Scenario)
		if err != nil {
			t.Fatal(err)
		}
		v, err := tpl.Eval(nil)
		if got := fault.From(err); !v.IsUndefined() || err != nil && got.Message != want || err == nil && want != "" {
			t.Errorf("%s: got %s, %v; want error %q", src, v.JSON(), err, want)
		}
	}
}
