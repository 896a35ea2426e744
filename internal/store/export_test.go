package store

import (
	"errors"
	"path/filepath"
	"testing"
)

// Interrupt has a move write pages of at most so many rows, and ask before each of them whether it goes on; and without a table before
// the target becomes usable.
func Interrupt(m *Move, rows int, ask func(table string) error) { m.pageRows, m.interrupt = rows, ask }

// Damage changes a database in a directory past everything that watches over it.
func Damage(tb testing.TB, dir, statement string) {
	tb.Helper()
	c, err := openConn(filepath.Join(dir, databaseFile))
	if err == nil {
		_, err = c.exec(statement)
		err = errors.Join(err, c.close())
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// TakeTextsForOld has the store look for the executions below since as for those whose words do not name their team.
func (s *Store) TakeTextsForOld(since int64) { s.textTeam = since }

// CommitAtOnce has so many commits be under way at once, whatever they take.
func (s *Store) CommitAtOnce(commits int) { s.strands.fix(commits) }
