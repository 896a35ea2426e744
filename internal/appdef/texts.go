package appdef

import (
	"fmt"
	"path"
	"regexp"
	"strconv"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

var languageForm = regexp.MustCompile(`^[a-z]{2,3}$`)

// EachText calls visit with every text of the app that people read.
func (a *App) EachText(visit func(string)) {
	visit(a.Label)
	visit(a.Description)
	for _, c := range a.Connections {
		visit(c.Label)
		module.EachText(c.Parameters, visit)
	}
	for _, m := range a.Modules {
		visit(m.Label)
		visit(m.Summary)
		visit(m.Group)
		module.EachText(m.Parameters, visit)
		module.EachText(m.Expect, visit)
		module.EachText(m.Interface, visit)
	}
}

// texts reads what the app says in other languages. A text may lack there; one that the app does not have is most often an old one.
func (l *loader) texts() {
	known := map[string]bool{}
	l.app.EachText(func(text string) { known[text] = true })
	l.app.Texts = module.Texts{}
	for _, entry := range l.list(module.TextsFolder) {
		file := path.Join(module.TextsFolder, entry.Name())
		language := module.TextsLanguage(file)
		if entry.IsDir() || !languageForm.MatchString(language) {
			l.add(fault.Problem{
				File: file, Problem: "the name is not that of a language", Warning: true,
				Hint: "name the file after the language, such as " + module.TextsFolder + "/it.json",
			})
			continue
		}
		if s, ok := l.json(file); ok {
			l.app.Texts[language] = l.table(s, known)
		}
	}
}

// table reads the texts of one language.
func (l *loader) table(s source, known map[string]bool) map[string]string {
	table := map[string]string{}
	if s.value.Kind() != value.KindCollection {
		l.problem(s, "", "the texts must be an object", `write each text of the app with its translation: {"Name": "Nome"}`)
		return table
	}
	for _, text := range s.value.Keys() {
		said := s.value.Get(text)
		switch {
		case said.Kind() != value.KindText || said.Str() == "":
			l.problem(s, text, fmt.Sprintf("the translation of %s is not a text", strconv.Quote(text)), "")
			continue
		case !known[text]:
			l.warn(s, text, fmt.Sprintf("the app has no text %s", strconv.Quote(text)), "write it as it stands in the app, or take it out")
		}
		table[text] = said.Str()
	}
	return table
}
