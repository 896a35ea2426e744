package expression

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteReference writes the reference of the language as Markdown: the rules, keywords, operators, functions with their
// examples, date tokens and limits. Everything but the rules comes from the tables that the code works by.
func WriteReference(w io.Writer) error {
	b := bufio.NewWriter(w)
	r := referenceWriter{b}
	r.text(referenceRules)
	r.keywords()
	r.operators()
	r.text(referenceComparison)
	r.functions()
	r.text(referencePatterns)
	r.tokens()
	r.limits()
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write the reference: %w", err)
	}
	return nil
}

// referenceWriter keeps the first error in its bufio.Writer, whose Flush returns it.
type referenceWriter struct{ *bufio.Writer }

func (r referenceWriter) text(s string) { _, _ = r.WriteString(s) }

func (r referenceWriter) linef(format string, args ...any) {
	r.text(fmt.Sprintf(format, args...) + "\n")
}

// code sets s as code in a table, where | would end the cell.
func code(s string) string {
	s = strings.ReplaceAll(s, "|", `\|`)
	if strings.Contains(s, "`") {
		return "`` " + s + " ``"
	}
	return "`" + s + "`"
}

func (r referenceWriter) keywords() {
	r.text("\n## Keywords\n\n| keyword | meaning |\n|---|---|\n")
	for _, k := range Keywords() {
		r.linef("| %s | %s%s |", code(k.Name), k.Summary, appsNote(k.AppOnly))
	}
}

func appsNote(appOnly bool) string {
	if appOnly {
		return " Only in app definitions."
	}
	return ""
}

func (r referenceWriter) operators() {
	r.text("\n## Operators\n\nThose that bind tighter have a higher number; those of one number are applied from the left.\n\n" +
		"| operator | binds | meaning | examples |\n|---|---|---|---|\n")
	for _, o := range Operators() {
		r.linef("| %s | %d | %s%s | %s |", code(o.Sign), o.Precedence, o.Summary, appsNote(o.AppOnly), exampleList(o.Examples))
	}
}

func exampleList(list []Example) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = code(e.Expression) + " → " + exampleResult(e)
	}
	return strings.Join(parts, "; ")
}

func exampleResult(e Example) string {
	switch {
	case e.Error != "":
		return "error: " + e.Error
	case e.Result == "":
		return "nothing"
	}
	return code(e.Result)
}

func (r referenceWriter) functions() {
	r.text(referenceFunctions)
	group := ""
	for _, f := range Functions() {
		if f.Group != group {
			group = f.Group
			r.linef("\n### %s", group)
		}
		r.function(f)
	}
}

func (r referenceWriter) function(f Function) {
	d := Scenario
	if f.AppOnly {
		d = App
	}
	star := ""
	if f.Starred {
		star = " ★"
	}
	r.linef("\n#### %s%s\n\n`%s`\n\n%s\n", f.Name, star, f.Signature(d), f.Summary)
	for _, p := range f.Parameters {
		r.linef("- `%s` (%s%s): %s", p.Name, p.Type, parameterNote(p), p.Summary)
	}
	r.text("\n```text\n")
	for _, e := range f.Examples {
		result := e.Result
		if result == "" {
			result = "nothing"
		}
		if e.Error != "" {
			result = "error: " + e.Error
		}
		r.linef("%s\n  → %s", e.Expression, result)
	}
	r.text("```\n")
}

func parameterNote(p Parameter) string {
	switch {
	case p.Repeated:
		return ", any number"
	case p.Optional:
		return ", optional"
	}
	return ""
}

func (r referenceWriter) tokens() {
	r.text("\n## Date tokens\n\nText in [square brackets] stands as it is; so does everything that is no token. Names are English.\n\n" +
		"| token | meaning | formatDate | parseDate |\n|---|---|---|---|\n")
	yes := map[bool]string{true: "yes", false: ""}
	for _, k := range dateTokenTable {
		r.linef("| `%s` | %s | %s | %s |", k.Name, k.Summary, yes[k.Format], yes[k.Parse])
	}
	r.text(referenceParsing)
}

func (r referenceWriter) limits() {
	r.text("\n## Limits\n\nAn expression always ends. One evaluation of a field, or of all fields of a module together, may use:\n\n| limit | value |\n|---|---|\n")
	for _, l := range []struct {
		name  string
		value int
	}{
		{"steps: parts of expressions, elements visited, and each " + strconv.Itoa(bytesPerStep) + " bytes of text visited", DefaultSteps},
		{"bytes built, all results and parts of results together", DefaultBytes},
		{"functions inside each other, when it runs", DefaultDepth},
		{"parentheses, calls and brackets inside each other, when it is read", MaxNesting},
		{"bytes of a field's text", MaxSourceBytes},
		{"levels of nested fields", MaxTreeDepth},
		{"bytes of a regular expression", MaxPatternBytes},
		{"parts of a regular expression, repetitions multiplied out", MaxPatternSize},
		{"bytes of a text that a regular expression searches", MaxPatternTextBytes},
		{"decimal places of formatNumber", maxPlaces},
	} {
		r.linef("| %s | %d |", l.name, l.value)
	}
	r.text("\nThere is no limit in seconds: no step does more than a fixed amount of work, so the steps bound the time as well, and the\nsame expression on the same data either always fits or never does.\n")
}
