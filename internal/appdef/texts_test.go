package appdef

import "testing"

func TestAppsSpeakOtherLanguages(t *testing.T) {
	t.Parallel()
	folder := small()
	folder["texts/it.json"] = `{"Get a Thing": "Ottieni una cosa"}`
	app, problems := Load(files(folder))
	if len(problems) > 0 {
		t.Fatalf("got problems, want none:\n%v", problems)
	}
	if got := app.Texts.In("it")("Get a Thing"); got != "Ottieni una cosa" {
		t.Errorf("got %q", got)
	}
	for _, language := range []string{"", "en", "de"} {
		if got := app.Texts.In(language)("Get a Thing"); got != "Get a Thing" {
			t.Errorf("language %q: got %q, want the text of the definition", language, got)
		}
	}
	if got := app.Texts.In("it")("Key"); got != "Key" {
		t.Errorf("got %q for a text without translation", got)
	}
}

func TestTextsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file, text string
		invalid    bool
	}{
		"a text that the app does not have": {"texts/it.json", `{"Get a Thingy": "Ottieni"}`, false},
		"a name that is no language":        {"texts/italiano.json", `{}`, false},
		"a translation that is no text":     {"texts/it.json", `{"Key": 1}`, true},
		"a list":                            {"texts/it.json", `[]`, true},
	} {
		folder := small()
		folder[c.file] = c.text
		_, problems := Load(files(folder))
		if len(problems) != 1 || problems.Invalid() != c.invalid {
			t.Errorf("%s: got %v", name, problems)
		}
	}
}
