package expression

// The rules of the language in words. The examples of functions and operators come from their tables, which tests execute.

const referenceRules = `<!-- Written by "go generate ./internal/expression"; edit the tables and texts there. -->

# Expressions

Every text field of a scenario, and every text in an app definition, may hold expressions between double braces:

` + "```text" + `
Hello {{1.name}}, you have {{1.count}} messages.
` + "```" + `

A field that is exactly one expression keeps the type of its result: a number stays a number, an array an array. With anything
around it, a space for instance, all parts are written as text and joined. To write two braces, put them in a text: ` + "`{{\"{{\"}}`" + `. Missing values and null write nothing, dates write ISO 8601
in UTC, arrays their elements joined with ", ", collections JSON.

## Where values come from

| written | means |
|---|---|
| ` + "`1.name`" + ` | the field name in the output of module 1 |
| ` + "`1.address.city`" + ` | a field inside a collection |
| ` + "`` 1.`first name` ``" + ` | a name with spaces, signs or a digit at its start |
| ` + "`1.items[2]`" + ` | the second element; elements are counted from 1 |
| ` + "`1.items[-1]`" + ` | the last element |
| ` + "`1.items[]`" + ` | the first element; as an argument that takes an array, the whole array |
| ` + "`1.items.name`" + ` | the name of the first element |
| ` + "`` `1` ``" + ` | the whole output of module 1 (a bare ` + "`1`" + ` is the number) |
| ` + "`var.total`" + ` | a named value; app definitions have parameters, connection, body, item and others |

- What is missing is *undefined*, never an error: any path may be written, and an empty field comes out where there is nothing.
- There is no element 0: ` + "`1.items[0]`" + ` is always empty, and the check of a scenario warns of it.
- An index on a value that is no array takes the value for an array of one, so [1], [-1] and [] give the value itself.
- A name that is a number, on an array, is an index.

## Values as they are written

- Texts stand in double quotes. A quote inside is ` + "`\\\"`" + ` or doubled; ` + "`\\n`, `\\r`, `\\t`, `\\\\` and `\\u00e9`" + ` work as usual. Any other
  backslash stays, so regular expressions need no doubling. App definitions may use single quotes too, and do not double quotes.
- Numbers are written 12, 1.5, 1e3.
- Arguments are separated by semicolons in scenarios: ` + "`if(1.a; \"yes\"; \"no\")`" + `, and by commas in app definitions: ` + "`if(item.a, 'yes', 'no')`" + `.
  An argument may be left empty.
- App definitions have besides: parts side by side, which are joined as text (` + "`'Mr ' item.name`" + `), computed members
  (` + "`item[parameters.field]`, `headers['x-id']`" + `), objects and lists (` + "`{a: 1}`, `[1, 2]`" + `), keys that are templates, and the key
  ` + "`\"{{...}}\"`" + `, whose collection is merged into the surrounding one.

## What an empty result does to a field

- In scenarios a field without a result is null. In app definitions it is left out.
- ` + "`ignore`" + ` leaves the field out, as if it had not been filled. ` + "`erase`" + ` clears it. Inside a longer text both write nothing.
- As elements of an array, missing values are null and ` + "`ignore`" + ` leaves the element out.

## What counts as true

Everything but: a missing value, null, false, 0, the empty text, and arrays, collections and binary data without content.
The texts "false" and "0" count as true, because they are not empty.
`

const referenceComparison = `
### Values of different types

` + "`=` and `!=`" + ` compare so:

- a missing value, null and "" are equal to each other and to nothing else (not to 0 or false);
- a number equals the text that names it, with white space around or not; true and false equal 1 and 0 and their names;
- a date equals the text that names the same moment, and the number of its milliseconds since 1970;
- texts must agree in every character, capitals included: "1.0" is not "1";
- arrays and collections must agree in content, collections in any order of fields.

` + "`<` `<=` `>` `>=`" + ` compare numbers, booleans (1 and 0), dates, and texts that name a number or, beside a date, a date. Two texts that
both name numbers are compared as numbers, other texts character by character. Whatever cannot be compared, a missing value for
instance, gives false.

` + "`- * / %`" + ` take a missing value, null and "" for 0, and texts that name numbers or dates as such; any other text is an error.
` + "`+`" + ` never reads a number from text: a text on either side makes it join.
`

const referenceFunctions = `
## Functions

Names are written as shown, capitals included. A function that is given nothing where it expects a text takes it for "", an array for
an empty array; where a number or date is all that it works on, nothing gives nothing. Where an array is expected, any other value
counts as an array of one. Functions that read or sort by a key take a path there: "address.city".
Characters are Unicode code points, not bytes: "é" has length 1.
Functions marked ★ exist for old scenarios.

In the examples it is 2026-11-23T14:05:06.789Z, the zone is UTC, results are written as JSON, and module 1 has put out this:

` + "```json" + exampleBundle + "```" + `
`

// exampleBundle is the data that the examples read.
const exampleBundle = `
{
  "customer": {"first name": "Ada", "address": {"city": "Milan", "street": "Via Roma 1"}},
  "name": "Ada", "count": 3, "price": "12.50", "yes": true,
  "items": [
    {"name": "apple", "price": 0.5, "stock": {"place": "A1"}},
    {"name": "pear", "price": 1, "stock": {"place": "B2"}},
    {"name": "plum", "price": 4}
  ]
}
`

const referencePatterns = `
## Regular expressions

` + "`replace`" + ` takes a search of the form ` + "`/…/flags`" + ` for a regular expression. Flags: g all matches, i capitals do not matter, m ^ and $
at each line, s the point matches line breaks; u and y are accepted and change nothing. The replacement may use ` + "`$&`, `$1` to `$99` and `$$`" + `.

The engine is Go's, which takes time in proportion to the text, whatever the expression. It differs from JavaScript's in this: no
look-ahead ` + "`(?=…)` `(?!…)`" + `, no look-behind ` + "`(?<=…)` `(?<!…)`" + `, no back-references ` + "`\\1`" + `, no named groups ` + "`(?<name>…)`" + `; repetitions
` + "`{n}`" + ` up to 1000; ` + "`\\s`, `\\w`, `\\d` and `\\b`" + ` know ASCII only (` + "`\\p{L}`" + ` is any letter). What is not supported is an error when the
scenario is checked, where the expression is written out.
`

const referenceParsing = `
parseDate reads the tokens in turn. Signs between them need not agree with the pattern, and what the text has beyond it does not matter.
Parts that the text leaves out at its end are taken as their first; a missing day, month or year before the first part that
is there is today's. A weekday that does not belong to the day is an error, as is a day that the month does not have. A text without a
zone is in the zone of the third argument, else in that of the scenario. Years of two digits: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068.

addMonths, addYears, setMonth and setYear keep the day, or take the last one of a shorter month. addDays keeps the time of day across a
change of summer time. Weeks of setDay run from Sunday to Saturday. A time zone that is unknown is ignored in favour of the scenario's.
`
