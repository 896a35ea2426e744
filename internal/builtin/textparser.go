package builtin

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// textParserModules are the modules of the app "regexp".
func textParserModules() []*module.Module {
	return []*module.Module{matchModule(), replaceModule(), htmlToTextModule()}
}

func patternField() module.Field {
	return required(field("pattern", "text", "Pattern",
		"A regular expression in the syntax of Go (RE2): without lookarounds and backreferences."))
}

func switchFields() []module.Field {
	return []module.Field{
		toggle("global", "Global match", "Find every match, not only the first.", false),
		toggle("sensitive", "Case sensitive", "Upper and lower case are different.", true),
		toggle("multiline", "Multiline", "^ and $ fit at the start and end of each line.", false),
		toggle("singleline", "Singleline", "A dot fits line breaks too.", false),
	}
}

// flagsOf reads the switches; a missing one counts as its default.
func flagsOf(v value.Value) patternFlags {
	return patternFlags{
		sensitive: truthOf(v, "sensitive", true), multiline: truthOf(v, "multiline", false), singleline: truthOf(v, "singleline", false),
	}
}

// matchModule finds matches of a pattern. Each gives a bundle with the number of the match in i, the groups as $1, $2
// and so on and by their names, and in __IMTMATCH__ the whole match followed by the groups.
func matchModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "regexp", Name: "AdvancedParser", Version: 1, Label: "Match pattern",
			Summary: "Finds the parts of a text that fit a regular expression.",
			Kind:    module.Transformer, Delivery: module.Pure, DynamicOutput: true,
			Parameters: append(switchFields(), field("continueWhenNoRes", "boolean", "Continue the execution of the route even if the module finds no matches",
				"Put out one bundle without groups when nothing fits.")),
			Expect: []module.Field{patternField(), multiline(field("text", "text", "Text", "The text to search."))},
			Interface: []module.Field{
				field("i", "uinteger", "Match number", "From 1; 0 where nothing fits."),
				field("$1", "text", "First group", "What the first pair of parentheses fits; further groups are $2, $3 and so on."),
				field("__IMTMATCH__", "array", "Match", "The whole match, followed by the groups."),
			},
			Samples: jsonSample(`{"i":1,"$1":"42","__IMTMATCH__":["order 42","42"]}`),
		},
		Pure: match,
	}
}

func match(op *module.Operation, emit func(value.Value) error) error {
	re, err := compilePattern(op.Input.Get("pattern").Str(), flagsOf(op.Parameters), "pattern")
	if err != nil {
		return err
	}
	text, err := parserText(op.Input)
	if err != nil {
		return err
	}
	limit := 1
	if truthOf(op.Parameters, "global", false) {
		limit = MaxMatches + 1
	}
	matches := re.FindAllStringSubmatchIndex(text, limit)
	if len(matches) > MaxMatches {
		return tooManyMatches()
	}
	for i, m := range matches {
		if err := emit(matchBundle(i+1, m, text, re.SubexpNames())); err != nil {
			return err
		}
	}
	if len(matches) == 0 && truthOf(op.Parameters, "continueWhenNoRes", false) {
		return emit(value.Collection(value.F("i", value.Int(0)), value.F("__IMTMATCH__", value.Array())))
	}
	return nil
}

func matchBundle(number int, m []int, text string, names []string) value.Value {
	b := value.NewBuilder(len(names)+2).Set("i", value.Int(number))
	all := make([]value.Value, len(names))
	for g := range names {
		all[g] = value.Null
		if m[2*g] >= 0 {
			all[g] = value.Text(text[m[2*g]:m[2*g+1]])
		}
		if g > 0 {
			b.Set("$"+value.Render(value.Int(g)), all[g])
		}
	}
	for g, name := range names {
		if name != "" && name != "i" {
			b.Set(name, all[g])
		}
	}
	return b.Set("__IMTMATCH__", value.Array(all...)).Build()
}

func parserText(input value.Value) (string, error) {
	text, err := mappedText(input.Get("text"), "text")
	if err != nil {
		return "", err
	}
	if len(text) > MaxPatternTextBytes {
		return "", fault.Newf(fault.MaxFileSizeExceeded, "[text-search-large] The text has %d bytes; patterns search %d at most.", len(text), MaxPatternTextBytes).
			WithField("text").WithHint("[hint-split-text] split the text into smaller parts")
	}
	return text, nil
}

func tooManyMatches() error {
	return fault.Newf(fault.MaxResultsExceeded, "[matches-many] The pattern fits more than %d times.", MaxMatches).WithField("pattern").
		WithHint("[hint-fewer-matches] use a pattern that fits less often, or split the text")
}

func replaceModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "regexp", Name: "Replace", Version: 1, Label: "Replace",
			Summary: "Replaces the parts of a text that fit a regular expression.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect: append([]module.Field{
				patternField(),
				field("value", "text", "New value", "$1 to $99 and $<name> stand for groups, $& for the match, $$ for a dollar sign."),
			}, append(switchFields(), multiline(field("text", "text", "Text", "The text to change.")))...),
			Interface: []module.Field{field("text", "text", "Text", "The changed text.")},
			Samples:   jsonSample(`{"text":"order #42"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			text, err := replaceText(op.Input)
			return value.Collection(value.F("text", value.Text(text))), err
		}),
	}
}

func replaceText(input value.Value) (string, error) {
	re, err := compilePattern(input.Get("pattern").Str(), flagsOf(input), "pattern")
	if err != nil {
		return "", err
	}
	text, err := parserText(input)
	if err != nil {
		return "", err
	}
	template, err := mappedText(input.Get("value"), "value")
	if err != nil {
		return "", err
	}
	limit := 1
	if truthOf(input, "global", false) {
		limit = MaxMatches + 1
	}
	matches := re.FindAllStringSubmatchIndex(text, limit)
	if len(matches) > MaxMatches {
		return "", tooManyMatches()
	}
	with := parseReplacement(template, re)
	var out strings.Builder
	end := 0
	for _, m := range matches {
		out.WriteString(text[end:m[0]])
		with.appendTo(&out, text, m)
		end = m[1]
		if err := checkTextBytes("[changed-large] The changed text has %d bytes; %d are allowed.", out.Len()+len(text)-end); err != nil {
			return "", err
		}
	}
	out.WriteString(text[end:])
	return out.String(), nil
}
