package module

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// TextsFolder is the folder beside a definition that holds its texts in other languages, one file for each, such as texts/it.json.
const TextsFolder = "texts"

const textsEnding = ".json"

// Texts are the texts of a definition in other languages: by language, from the text as the definition has it to its translation.
type Texts map[string]map[string]string

// In returns what says a text in a language. What is not translated stays as it is, so that a definition may say a part of it, or nothing.
func (t Texts) In(language string) func(string) string {
	table := t[language]
	return func(text string) string {
		if said, ok := table[text]; ok {
			return said
		}
		return text
	}
}

// TextsLanguage returns the language whose texts a file holds, "" where its name is not that of one.
func TextsLanguage(file string) string {
	language, ok := strings.CutSuffix(path.Base(file), textsEnding)
	if !ok {
		return ""
	}
	return language
}

// ReadTexts reads the folder of texts of fsys, which a program brings along: whatever is wrong there is a mistake of the program.
func ReadTexts(fsys fs.FS) (Texts, error) {
	files, err := fs.Glob(fsys, TextsFolder+"/*"+textsEnding)
	if err != nil {
		return nil, fmt.Errorf("list the texts: %w", err)
	}
	texts := Texts{}
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read the texts: %w", err)
		}
		var table map[string]string
		if err := json.Unmarshal(data, &table); err != nil {
			return nil, fmt.Errorf("the texts %s: %w", file, err)
		}
		texts[TextsLanguage(file)] = table
	}
	return texts, nil
}

// EachText calls visit with every text of fields that people read, also of the fields inside them.
func EachText(fields []Field, visit func(string)) {
	for i := range fields {
		f := &fields[i]
		visit(f.Label)
		visit(f.Help)
		for _, o := range f.Options {
			visit(o.Label)
			visit(o.Help)
			EachText(o.Nested, visit)
		}
		EachText(f.Spec, visit)
		EachText(f.Nested, visit)
	}
}
