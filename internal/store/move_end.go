package store

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
)

// movingTable stands in a database from the moment on in which a move begins to fill it, until it is whole; and in one that was moved
// elsewhere. Open refuses both.
const movingTable = "moving"

const createMoving = "CREATE TABLE " + movingTable + " (item TEXT PRIMARY KEY, value TEXT NOT NULL)"

// Items of the table moving. Those of tables begin with tableItem.
const (
	heldItem  = "held" // a row that is held while a move works on a PostgreSQL database
	roleItem  = "role"
	moveItem  = "move"  // the random name of the move
	otherItem = "other" // the database at its other end, for people
	sinceItem = "since" // for people
	stateItem = "state" // of the source, when the move began: see sourceState
	tableItem = "table "
)

// Roles that a database has in a move.
const (
	roleTarget = "target" // it is being filled
	roleGone   = "gone"   // the installation is in another database now
)

// ErrMoving says that the database is not usable: it is not filled yet, or what was in it is elsewhere now.
var ErrMoving = errors.New("store: the database is part of a move")

// moveEnd is a database at one end of a move, which no other process may use meanwhile.
type moveEnd interface {
	// rows calls visit with every row of a table behind a key, nil for all, in the order of keys. visit may keep the row.
	rows(ctx context.Context, t *movedTable, after []driver.Value, visit func(row []driver.Value) error) error
	// notes reads the table moving; nil where there is none.
	notes(ctx context.Context) (map[string]string, error)
	// prepare makes the tables of an empty target, and notes in one transaction with the removal of what is in new tables.
	prepare(ctx context.Context, notes map[string]string) error
	// clear leaves nothing of a move that was interrupted.
	clear(ctx context.Context) error
	// write adds rows and a note in one transaction.
	write(ctx context.Context, t *movedTable, rows [][]driver.Value, item, note string) error
	// leave notes for good that the installation has left. finish makes the target usable.
	leave(ctx context.Context, notes map[string]string) error
	finish(ctx context.Context) error
	// form returns the form of the tables and the newest that is known; 0 where there are no tables.
	form(ctx context.Context) (now, newest int64, err error)
	// ask returns the values of the first row of a query, which is in the language of both databases.
	ask(ctx context.Context, query string) ([]driver.Value, error)
	close() error
}

// sourceState says in short what a database holds. It is another one after any process has run on it, and after any change of
// its users.
func sourceState(ctx context.Context, e moveEnd) (string, error) {
	sum := sha256.New()
	for _, query := range []string{
		"SELECT CAST(coalesce(sum(epoch), 0) AS BIGINT) FROM lease",
		"SELECT CAST(coalesce(sum(reserved), 0) AS BIGINT), count(*) FROM counter",
		"SELECT coalesce(max(id), 0) FROM audit",
		"SELECT coalesce(max(id), 0) FROM op",
		"SELECT coalesce(max(id), 0) FROM execution",
		"SELECT CAST(coalesce(sum(revision), 0) AS BIGINT), count(*) FROM scenario",
		"SELECT CAST(coalesce(sum(updated), 0) AS BIGINT) FROM (SELECT max(updated) AS updated FROM record GROUP BY store) AS x",
	} {
		row, err := e.ask(ctx, query)
		if err != nil {
			return "", err
		}
		for _, v := range row {
			_, _ = sum.Write(appendValue(nil, v)) // a hash never fails
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// refuseMoving refuses to open a database by what its table moving says.
func refuseMoving(notes map[string]string) error {
	switch notes[roleItem] {
	case roleTarget:
		return fault.Wrap(fault.InvalidConfiguration, ErrMoving, "The database is not complete: since "+notes[sinceItem]+" an installation moves here from "+notes[otherItem]+".").
			WithHint("run ropeway migrate again, which goes on where it was; until it is done, the installation is where it was before")
	case roleGone:
		return fault.Wrap(fault.InvalidConfiguration, ErrMoving, "This installation was moved to "+notes[otherItem]+" on "+notes[sinceItem]+"; running it here as well would do its work twice.").
			WithHint("use it there; to go on here after all, when nothing runs there any more: ropeway migrate --release, with this directory or database")
	}
	return nil
}

// refuseTarget tells that the target of a move cannot be filled.
func refuseTarget(place, why, hint string) error {
	return fault.New(fault.InvalidConfiguration, "The installation cannot be moved to "+place+": "+why+".").WithHint(hint)
}

// seededTables have rows from the beginning on.
func seededTables() map[string]int64 {
	return map[string]int64{"counter": 64, "organization": 1, "team": 1, "audit_head": 1, "total": 0}
}

// occupiedBy returns the name of a table that shows that a database is used, "" for none.
func occupiedBy(ctx context.Context, e moveEnd) (string, error) {
	seeded := seededTables()
	for _, t := range movedTables() {
		row, err := e.ask(ctx, "SELECT count(*) FROM (SELECT 1 AS one FROM "+t.name+" LIMIT 100) AS x")
		if err != nil {
			return "", err
		}
		if integer(row[0]) > seeded[t.name] {
			return t.name, nil
		}
	}
	return "", nil
}

// tableNote is what the target notes of a table.
type tableNote struct {
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	Mended int64  `json:"mended,omitempty"`
	Key    string `json:"key,omitempty"` // of the last row, "" when there was none
	Done   bool   `json:"done,omitempty"`
}

func readTableNote(notes map[string]string, table string) (n tableNote, err error) {
	if text := notes[tableItem+table]; text != "" {
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			return n, fmt.Errorf("read how far the move of %s has come: %w", table, err)
		}
	}
	return n, nil
}

func (n tableNote) text() string {
	data, _ := json.Marshal(n) // it always can be
	return string(data)
}

// shownTime writes a time into notes.
func shownTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// wordsOf brings the words of an execution to the form in which PostgreSQL keeps them, each once and sorted. That of its team stays as it is.
func wordsOf(words []string) string {
	var plain []string
	for _, w := range words {
		if strings.HasPrefix(w, teamLetter) {
			plain = append(plain, w)
			continue
		}
		plain = append(plain, strings.Fields(plainWords(w, "", "", " "))...)
	}
	slices.Sort(plain)
	return strings.Join(slices.Compact(plain), " ")
}
