package store

import (
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// TestWordsAreThoseOfSQLite compares what the two databases make of every letter, digit and sign, in the middle of a word: what one
// of them has indexed must be found by what the other one searches for.
func TestWordsAreThoseOfSQLite(t *testing.T) {
	t.Parallel()
	c := wordIndex(t)
	var texts []string
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.Han, unicode.Hangul, unicode.Tangut) && r%101 != 0 { // they are alike
			continue
		}
		if unicode.In(r, unicode.L, unicode.N, unicode.M, unicode.P, unicode.S, unicode.Z) {
			texts = append(texts, "a"+string(r)+"b")
		}
	}
	theirs := wordsOfSQLite(t, c, texts)
	ours := make([]string, len(texts))
	for i, text := range texts {
		ours[i] = plainWords(text, "", "", " ")
		if again := plainWords(ours[i], "", "", " "); again != ours[i] {
			t.Errorf("%q: got %q of what was %q already", text, again, ours[i])
		}
		if through := plainWords(theirs[i], "", "", " "); through != ours[i] {
			t.Errorf("%q: SQLite keeps %q, which would be found by %q and is searched by %q", text, theirs[i], through, ours[i])
		}
	}
	for i, back := range wordsOfSQLite(t, c, ours) {
		if got := plainWords(back, "", "", " "); got != ours[i] {
			t.Errorf("%q: got %q from SQLite, want it as it was brought there", ours[i], got)
		}
	}
}

func wordIndex(t *testing.T) *conn {
	t.Helper()
	c, err := openConn(filepath.Join(t.TempDir(), "words.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	for _, q := range []string{"PRAGMA synchronous = OFF", "CREATE VIRTUAL TABLE x USING fts5 (body, tokenize = 'unicode61')", "CREATE VIRTUAL TABLE terms USING fts5vocab ('x', 'instance')"} {
		if err := c.pragma(q); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// wordsOfSQLite returns the words that SQLite makes of texts.
func wordsOfSQLite(t *testing.T, c *conn, texts []string) []string {
	t.Helper()
	found := make([][]string, len(texts))
	err := c.pragma("BEGIN")
	for i := 0; err == nil && i < len(texts); i++ {
		_, err = c.exec("INSERT INTO x (rowid, body) VALUES (?, ?)", int64(i+1), texts[i])
	}
	if err == nil {
		err = c.each(func(row []driver.Value) error {
			i := integer(row[0]) - 1
			found[i] = append(found[i], text(row[1]))
			return nil
		}, "SELECT doc, term FROM terms ORDER BY doc, offset")
	}
	if err == nil {
		err = c.pragma("ROLLBACK")
	}
	if err != nil {
		t.Fatal(err)
	}
	words := make([]string, len(texts))
	for i := range found {
		words[i] = strings.Join(found[i], " ")
	}
	return words
}
