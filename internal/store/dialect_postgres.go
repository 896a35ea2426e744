package store

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWordBytes is the length of a word by which executions are found: the database takes no longer ones than 2 KiB.
const maxWordBytes = 256

// postgresDialect is that of PostgreSQL, and of the databases that speak its language.
func postgresDialect() dialect {
	return dialect{
		shared:    true,
		forUpdate: " FOR UPDATE",
		forShare:  " FOR SHARE",
		// It has no way to name an index, and statistics by which it finds the right one.
		openIndex: "",
		// One that another node is about to take is waited for, and looked at again.
		takable: "SELECT part, node, epoch, until FROM lease WHERE (node = '' OR node = ?1 OR until <= ?2) AND part = ANY(CAST(?3 AS BIGINT[])) ORDER BY part FOR UPDATE",
		owned: func(scenario string) string {
			return partitionExpression(scenario) + " IN (SELECT part FROM lease WHERE node = ?)"
		},
		time: postgresNow,
		// Words are taken apart here and not by the database, which would take addresses and numbers for words of their own.
		putText: "INSERT INTO execution_text (rowid, body) VALUES (?, CAST(CAST(? AS TEXT) AS TSVECTOR))",
		hasText: "body @@ CAST(CAST(? AS TEXT) AS TSQUERY)",
		words:   func(text string, team int64) string { return quoteWords(text, "", " ") + " '" + teamWord(team) + "'" },
		search:  searchQuery,
	}
}

// searchQuery is what matchQuery is for SQLite.
func searchQuery(text string, teams []int64) string {
	query := quoteWords(text, ":*", " & ")
	if query == "" || len(teams) == 0 {
		return query
	}
	of := make([]string, len(teams))
	for i, team := range teams {
		of[i] = "'" + teamWord(team) + "'"
	}
	return query + " & (" + strings.Join(of, " | ") + ")"
}

// partitionExpression computes PartitionOf of a column: what is left of the hash by the number of partitions depends on the lowest
// bits of its steps alone.
func partitionExpression(column string) string {
	const offset, prime = 2166136261 % Partitions, 16777619 % Partitions // of FNV-1a
	text := strconv.Itoa(offset)
	for shift := 0; shift < 64; shift += 8 {
		text = fmt.Sprintf("(((%s # ((%s >> %d) & 255)) * %d) & %d)", text, column, shift, prime, Partitions-1)
	}
	return text
}

// quoteWords takes a text apart as the index of SQLite does, so that an installation finds the same by either, also what was moved: words
// are letters and digits, without case, and without accents where those stand on one of the letters from a to z.
func quoteWords(text, suffix, between string) string {
	return plainWords(text, "'", "'"+suffix, between)
}

// plainWords takes a text apart, and puts its words together with something before, behind and between them.
func plainWords(text, before, behind, between string) string {
	var b strings.Builder
	word := make([]byte, 0, maxWordBytes)
	end := func() {
		if len(word) == 0 {
			return
		}
		if b.Len() > 0 {
			b.WriteString(between)
		}
		b.WriteString(before + strings.ToValidUTF8(string(word[:min(len(word), maxWordBytes)]), "") + behind)
		word = word[:0]
	}
	for _, r := range text {
		switch {
		case inWord(r):
			word = utf8.AppendRune(word, plainRune(r))
		case !isAccent(r):
			end()
		}
	}
	end()
	return b.String()
}

// inWord reports whether words are made of the character. Vowels of New Tai Lue and two Vedic signs became letters after the version of
// Unicode that SQLite goes by.
func inWord(r rune) bool {
	return unicode.In(r, unicode.Letter, unicode.Number) && (r < 0x19b0 || r > 0x19c9) && r != 0x1cf2 && r != 0x1cf3
}

// plainRune takes case and accent off a letter.
func plainRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	if upper := unicode.ToUpper(r); upper >= utf8.RuneSelf || r == 'ſ' { // of two small letters that have one great one
		r = unicode.ToLower(upper)
	}
	r = unicode.ToLower(r)
	var parts [2]rune
	n := 0
	for _, part := range norm.NFD.String(string(r)) {
		if n == len(parts) {
			return r
		}
		parts[n] = part
		n++
	}
	if n == len(parts) && parts[0] < utf8.RuneSelf && isLetter(byte(parts[0])) {
		return parts[0]
	}
	return r
}

// isAccent reports whether a character of its own is an accent that words are compared without. Other marks part words.
func isAccent(r rune) bool {
	return r >= 0x300 && r <= 0x331 && strings.ContainsRune(accents, r)
}

// accents are those that SQLite leaves out.
const accents = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c\u030f\u0311\u031b" +
	"\u0323\u0324\u0325\u0326\u0327\u0328\u032d\u032e\u0330\u0331"

// translator turns statements of the store into the language of PostgreSQL, each of them once. It is safe for concurrent use.
type translator struct{ known sync.Map }

func (t *translator) translate(query string) string {
	if known, ok := t.known.Load(query); ok {
		text, _ := known.(string)
		return text
	}
	text := postgresQuery(query)
	t.known.Store(query, text)
	return text
}

// postgresQuery writes ? and ?1 as $1, and quotes the names of ours that are words of the language: user, only.
func postgresQuery(query string) string {
	var b strings.Builder
	next := 0
	for i := 0; i < len(query); {
		switch c := query[i]; {
		case c == '\'':
			end := i + 1 + strings.IndexByte(query[i+1:], '\'') + 1
			b.WriteString(query[i:end])
			i = end
		case c == '?':
			end := i + 1
			for end < len(query) && isDigit(query[end]) {
				end++
			}
			if end == i+1 {
				next++
				b.WriteString("$" + strconv.Itoa(next))
			} else {
				b.WriteString("$" + query[i+1:end])
			}
			i = end
		case isLetter(c):
			end := i + 1
			for end < len(query) && (isLetter(query[end]) || isDigit(query[end])) {
				end++
			}
			b.WriteString(quoteName(query[i:end]))
			i = end
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String()
}

func quoteName(name string) string {
	if name == "user" || name == "only" {
		return `"` + name + `"`
	}
	return name
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// postgresNow is the time of the database.
const postgresNow = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000000 AS BIGINT)"
