package account

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// parseEmail reads an e-mail address and returns it in small letters, as it is stored and compared.
func parseEmail(text string) (string, error) {
	text = strings.TrimSpace(text)
	a, err := mail.ParseAddress(text)
	if err != nil || a.Name != "" || a.Address != text || len(text) > MaxEmailBytes || strings.ContainsFunc(text, unicode.IsControl) || strings.ContainsAny(text, " \"<>") {
		return "", invalid("email", "[email-bad] This is not an email address.").WithHint("[hint-email] write it as ada@example.com")
	}
	return strings.ToLower(text), nil
}

// parseName reads the name of a person.
func parseName(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > MaxNameRunes || strings.ContainsFunc(text, unicode.IsControl) {
		return "", invalid("name", "[name-runes] A name has 1 to %d characters, all of them printable.", MaxNameRunes)
	}
	return text, nil
}

// checkZone refuses names of time zones that are not known; "" is that of the browser.
func checkZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		return invalid("zone", "[zone-none] There is no time zone %q.", name).WithHint("[hint-zone-berlin] write it as Europe/Berlin")
	}
	return nil
}

// maxLanguageBytes is the length of the tag of a language.
const maxLanguageBytes = 35

func checkLanguage(tag string) error {
	if len(tag) > maxLanguageBytes || strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return invalid("language", "[language-bad] This is not the tag of a language.").WithHint("[hint-language] write it as en or pt-BR")
	}
	return nil
}
