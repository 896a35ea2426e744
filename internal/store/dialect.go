package store

import (
	"database/sql/driver"
	"strconv"
	"strings"
)

// dialect is what the two databases say differently in statements that are otherwise the same, and what follows from who
// else writes to them. What they do differently stands in session.
type dialect struct {
	// shared says that other processes write to the database: what this one keeps of it in memory may be old.
	shared bool
	// forUpdate and forShare end a SELECT whose rows must stay as they are until the commit: those that the transaction is
	// about to change by what they say, and those that it relies on. Where one writer has the database they say nothing.
	forUpdate, forShare string
	// openIndex follows the name of the table of executions where its index of open ones must be used.
	openIndex string
	// takable lists the leases that a node (?1) may take at a time (?2), among partitions (?3) where others share the database, and
	// keeps those from taking them. It may list more where nobody else can take any.
	takable string
	// owned is the condition that a node (?) owns the partition of the scenario in a column; nil where one node owns all.
	owned func(scenario string) string
	// time asks for the time that all nodes agree on; "" where there is only the clock of this process.
	time string
	// putText keeps the words (?2) by which an execution (?1) can be found, as words writes them; hasText is the condition that
	// it has those of a search, as search writes them.
	putText, hasText string
	words            func(text string, team int64) string
	search           func(text string, teams []int64) string
	// rising says that a later execution has a higher number: one process hands them out, one after the other.
	rising bool
}

// session is the connection on which the writer works: one for each kind of database. Only the writer uses it.
type session interface {
	// exec runs a statement and returns how many rows it changed.
	exec(query string, args ...driver.Value) (int64, error)
	// each runs a query and calls visit with every row, which is valid until visit returns. visit must not use the session.
	each(visit func(row []driver.Value) error, query string, args ...driver.Value) error
	// later runs a statement whose outcome nobody looks at, in its order among the others; when is for the session to choose.
	later(query string, args ...driver.Value) error

	// begin begins the transaction of a commit. commit ends it; when it fails, outcome is ErrUnknown or ErrNotSaved. rollback
	// leaves nothing of it.
	begin(t *tx) error
	commit() (outcome, cause error)
	rollback()
	// again reports whether a commit that failed in this way, for the n-th time and with nothing of it left, is to be tried
	// once more with the same requests.
	again(t *tx, n int, cause error) bool

	// epoch returns the epoch of a partition as the commit sees it. wanted is what its caller hopes for.
	epoch(t *tx, partition int, wanted uint64) (uint64, error)
	// lookUp reads the epochs of partitions whose leases are about to be changed, and keeps others from them.
	lookUp(t *tx, partitions []int64) error
	// move changes the row of an execution and returns how many rows that were. It may believe that it was one, and find out
	// before the commit.
	move(t *tx, m *move) (int64, error)
	// gathered is called when something was added to what t gathers. flush writes all of that; finish does so at the end of
	// the transaction, with what t has counted.
	gathered(t *tx) error
	flush(t *tx) error
	finish(t *tx) error
	// overwrite has deleted rows overwritten, also where that costs writes.
	overwrite(on bool) error

	// written returns how many pages were added to the log since it was last asked, 0 where nobody can tell.
	written() int
	close() error
}

// move is a change of the row of an execution: its beginning, its end, or both.
type move struct {
	id               int64
	from, to         Status
	started, version int64
	finished, bytes  int64  // of an end
	team             int64  // of an end
	summary          []byte // of an end
}

func (t *tx) exec(query string, args ...driver.Value) (int64, error) {
	return t.conn.exec(query, args...)
}

func (t *tx) each(visit func(row []driver.Value) error, query string, args ...driver.Value) error {
	return t.conn.each(visit, query, args...)
}

func (t *tx) later(query string, args ...driver.Value) error {
	return t.conn.later(query, args...)
}

// one returns the first row of a query, nil when there is none.
func (t *tx) one(query string, args ...driver.Value) ([]driver.Value, error) {
	return oneOf(t.conn, query, args...)
}

// number returns the first column of the first row of a query as a number; 0 when there is none.
func (t *tx) number(query string, args ...driver.Value) (int64, error) {
	return numberOf(t.conn, query, args...)
}

// exclude keeps what others do with things of a kind out of this transaction: who makes one waits for its end. For changes
// that rest on how many there are.
func (t *tx) exclude(kind string) error {
	if !t.store.dialect.shared {
		return nil
	}
	_, err := t.one("SELECT reserved FROM counter WHERE name = ?"+t.store.dialect.forUpdate, kind)
	return err
}

func oneOf(s session, query string, args ...driver.Value) ([]driver.Value, error) {
	var found []driver.Value
	err := s.each(func(row []driver.Value) error {
		if found == nil {
			found = append(found, row...)
		}
		return nil
	}, query, args...)
	return found, err
}

func numberOf(s session, query string, args ...driver.Value) (int64, error) {
	row, err := oneOf(s, query, args...)
	if err != nil || len(row) == 0 {
		return 0, err
	}
	return integer(row[0]), nil
}

// sqliteDialect is that of SQLite.
func sqliteDialect() dialect {
	return dialect{
		// The walk by number, which the order would choose, ends only where the history does.
		openIndex: " INDEXED BY execution_open",
		takable:   "SELECT part, node, epoch, until FROM lease WHERE ?1 <> '' OR ?2 > 0",
		// A table without content, which has the words only.
		putText: "INSERT INTO execution_text (rowid, body) VALUES (?, ?)",
		hasText: "execution_text MATCH ?",
		words:   func(text string, team int64) string { return text + " " + teamWord(team) },
		search:  matchQuery,
		rising:  true,
	}
}

// teamWord is the word by which the executions of a team are found, with a letter that nobody has on the keyboard.
func teamWord(team int64) string { return teamLetter + strconv.FormatInt(team, 10) }

const teamLetter = "\ue000"

// matchQuery turns what a person typed into a query of the full text index: every word must be there, and may be the
// beginning of a longer one. Nothing of it is taken as an operator. With teams, one of them is required.
func matchQuery(text string, teams []int64) string {
	query := plainWords(text, `"`, `"*`, " ")
	if query == "" || len(teams) == 0 {
		return query
	}
	of := make([]string, len(teams))
	for i, team := range teams {
		of[i] = `"` + teamWord(team) + `"`
	}
	return "(" + query + ") AND (" + strings.Join(of, " OR ") + ")"
}
