package store

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode"

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
		time: "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000000 AS BIGINT)",
		// Words are taken apart here and not by the database, which would take addresses and numbers for words of their own.
		putText: "INSERT INTO execution_text (rowid, body) VALUES (?, CAST(CAST(? AS TEXT) AS TSVECTOR))",
		hasText: "body @@ CAST(CAST(? AS TEXT) AS TSQUERY)",
		words:   func(text string, team int64) string { return quoteWords(text, "", " ") + " '" + teamWord(team) + "'" },
		search:  searchQuery,
	}
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

// quoteWords takes a text apart as the index of SQLite does: words are letters and digits, without case and accents.
func quoteWords(text, suffix, between string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark) }) {
		plain := strings.Map(func(r rune) rune {
			if unicode.Is(unicode.Mark, r) {
				return -1
			}
			return unicode.ToLower(r)
		}, norm.NFD.String(word))
		if plain == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(between)
		}
		b.WriteString("'" + strings.ToValidUTF8(plain[:min(len(plain), maxWordBytes)], "") + "'" + suffix)
	}
	return b.String()
}

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
