package customerly

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// contact is one person. A value copy is a safe snapshot, because the slices are replaced and never written in place.
type contact struct {
	id           int64
	email        string
	userID       string
	name         string
	seed         uint64 // draws the optional fields of a generated contact; 0 for one that came through the API
	firstSeen    int64  // UNIX seconds, as the other times
	lastActivity int64
	lastUpdate   int64
	tags         []string    // in the order they were given
	attributes   []attribute // sorted by name
	companies    []string    // company ids
	isUser       bool
	wasLead      bool
	autoName     bool
	unsubscribed bool
	derived      bool // attributes are still those that the seed draws and stand nowhere else
}

// attribute is one custom value, kept as the JSON text of a scalar.
type attribute struct {
	name  string
	value string
}

func emailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// ownAttributes returns the attributes, drawing those of a generated contact from its seed.
func (c *contact) ownAttributes() []attribute {
	if c.derived {
		return drawAttributes(c.seed, c.firstSeen)
	}
	return c.attributes
}

// mergeAttributes sets and removes attributes and reports whether anything changed.
func (c *contact) mergeAttributes(changes []attribute) bool {
	merged, changed := mergeAttributes(c.ownAttributes(), changes)
	if changed {
		c.attributes, c.derived = merged, false
	}
	return changed
}

// mergeAttributes returns a new list with the changes applied; the value null removes an attribute.
func mergeAttributes(old, changes []attribute) ([]attribute, bool) {
	merged, changed := slices.Clone(old), false
	for _, change := range changes {
		at, found := slices.BinarySearchFunc(merged, change, compareAttributes)
		switch {
		case change.value == "null" && found:
			merged = slices.Delete(merged, at, at+1)
		case change.value == "null" || found && merged[at].value == change.value:
			continue
		case found:
			merged[at] = change
		default:
			merged = slices.Insert(merged, at, change)
		}
		changed = true
	}
	return merged, changed
}

func compareAttributes(a, b attribute) int { return strings.Compare(a.name, b.name) }

func (c *contact) hasTag(tag string) bool { return slices.Contains(c.tags, tag) }

// addTag adds a tag and reports whether it was new.
func (c *contact) addTag(tag string) bool {
	if c.hasTag(tag) {
		return false
	}
	c.tags = append(slices.Clip(c.tags), tag)
	return true
}

// removeTag takes a tag away and reports whether it was there.
func (c *contact) removeTag(tag string) bool {
	if !c.hasTag(tag) {
		return false
	}
	kept := make([]string, 0, len(c.tags)-1)
	for _, own := range c.tags {
		if own != tag {
			kept = append(kept, own)
		}
	}
	c.tags = kept
	return true
}

// kind is the word that events and messages use for the contact.
func (c *contact) kind() string {
	if c.isUser {
		return "user"
	}
	return "lead"
}

// initials are the first letters of the name, or of the address where there is no name.
func (c *contact) initials() string {
	var room [2 * utf8.UTFMax]byte
	letters, words, inWord := room[:0], 0, false
	for _, letter := range orText(c.name, c.email) {
		if letter == ' ' {
			inWord = false
			continue
		}
		if !inWord {
			letters = utf8.AppendRune(letters, unicode.ToUpper(letter))
			words++
		}
		if inWord = true; words == 2 {
			break
		}
	}
	return string(letters)
}
