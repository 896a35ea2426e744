package server

import (
	"maps"
	"slices"
	"testing"

	"github.com/ropeway/ropeway/internal/builtin"
	"github.com/ropeway/ropeway/internal/module"
)

// heard notes what is said.
type heard map[string]bool

func (h heard) say(text string) string {
	if text != "" {
		h[text] = true
	}
	return text
}

// TestWhatShipsSpeaksItalian compares what the server can say of the shipped apps and templates with the texts beside them: those of
// others may lack some, and English shows.
func TestWhatShipsSpeaksItalian(t *testing.T) {
	t.Parallel()
	s, err := Assemble(Options{})
	if err != nil {
		t.Fatal(err)
	}
	builtIn := heard{}
	for _, a := range builtin.Apps() {
		s.hear(a.Name, builtIn)
	}
	compareTexts(t, "internal/builtin", builtIn, s.builtinTexts)
	for _, a := range s.Apps {
		said := heard{}
		s.hear(a.Name, said)
		compareTexts(t, "apps/"+a.Name, said, a.Texts)
	}
	said := heard{}
	c := templateControl{&Control{System: s}}
	list, err := c.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, listed := range list {
		x, err := c.Get(t.Context(), listed.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := sayTemplate(&x, said.say); err != nil {
			t.Fatal(err)
		}
	}
	compareTexts(t, "templates", said, s.templateTexts)
}

// hear has everything said that there is to say of an app.
func (s *System) hear(name string, h heard) {
	s.app(name, h.say)
	for _, m := range s.Modules.All() {
		if m.App == name {
			moduleShown(&m.Description, h.say)
		}
	}
}

func compareTexts(t *testing.T, folder string, said heard, texts module.Texts) {
	t.Helper()
	for language, table := range texts {
		file := folder + "/" + module.TextsFolder + "/" + language + ".json"
		for _, text := range slices.Sorted(maps.Keys(said)) {
			if table[text] == "" {
				t.Errorf("%s has no text for %q", file, text)
			}
		}
		for _, text := range slices.Sorted(maps.Keys(table)) {
			if !said[text] {
				t.Errorf("%s: nothing says %q", file, text)
			}
		}
	}
	if len(texts["it"]) == 0 {
		t.Errorf("%s has no Italian texts", folder)
	}
}
