package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// selection is a query that is put together from conditions; values only ever go in as arguments.
type selection struct {
	text strings.Builder
	args []any
}

func newSelect(head string, args ...any) *selection {
	q := &selection{args: args}
	q.text.WriteString(head)
	return q
}

func (q *selection) and(condition string, args ...any) {
	q.text.WriteString(" AND " + condition)
	q.args = append(q.args, args...)
}

// andAmong requires that a column has one of the numbers; none of them is a condition that no row meets.
func (q *selection) andAmong(column string, numbers []int64) {
	if len(numbers) == 0 {
		q.and("FALSE")
		return
	}
	q.andIn(column, anyOf(numbers))
}

func (q *selection) andIn(column string, values []any) {
	q.and(column+" IN (?"+strings.Repeat(", ?", len(values)-1)+")", values...)
}

// end adds the order and a limit of at most MaxPage rows.
func (q *selection) end(order string, limit int) *selection {
	q.text.WriteString(order + " LIMIT ?")
	q.args = append(q.args, int64(pageSize(limit)))
	return q
}

// pageSize is how many rows a limit stands for.
func pageSize(limit int) int {
	if limit <= 0 {
		limit = DefaultPage
	}
	return min(limit, MaxPage)
}

// Listing chooses things of one kind, by number.
type Listing struct {
	// Teams are those whose things are listed; nil, and not empty, for every team.
	Teams []int64
	// Name is a part of the name, in whichever case; "" for all.
	Name  string
	After int64 // number of the last one of the page before, 0 = from the start
	Limit int
}

// contains is the pattern of LIKE for what holds text.
func contains(text string) string { return "%" + likeText(text) + "%" }

// likeText writes a text as a pattern that stands for nothing else.
func likeText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}

// condition is one that all rows must meet.
type condition struct {
	text string
	arg  any
}

func (l Listing) query(head string, more ...condition) *selection {
	q := newSelect(head+" WHERE id > ?", l.After)
	if l.Teams != nil {
		q.andAmong("team", l.Teams)
	}
	if l.Name != "" {
		q.and(`lower(name) LIKE lower(?) ESCAPE '\'`, contains(l.Name))
	}
	for _, c := range more {
		q.and(c.text, c.arg)
	}
	return q.end(" ORDER BY id", l.Limit)
}

// inTeams is the condition that the team of a row is one of teams.
func inTeams(teams []int64) (condition string, args []any) {
	if len(teams) == 0 {
		return "FALSE", nil
	}
	return "team IN (?" + strings.Repeat(", ?", len(teams)-1) + ")", anyOf(teams)
}

func anyOf(numbers []int64) []any {
	values := make([]any, len(numbers))
	for i, n := range numbers {
		values[i] = n
	}
	return values
}

// list runs a query on a reading connection.
func list[T any](ctx context.Context, s *Store, q *selection, scan func(*sql.Rows) (T, error)) ([]T, error) {
	var found []T
	rows, err := s.db.QueryContext(ctx, q.text.String(), q.args...)
	if err != nil {
		return nil, readFault(err)
	}
	defer rows.Close() //nolint:errcheck // Err says what went wrong
	for rows.Next() {
		x, err := scan(rows)
		if err != nil {
			return nil, readFault(err)
		}
		found = append(found, x)
	}
	return found, readFault(rows.Err())
}

// first runs a query for one thing; when there is none the error names what.
func first[T any](ctx context.Context, s *Store, what string, q *selection, scan func(*sql.Rows) (T, error)) (T, error) {
	found, err := list(ctx, s, q, scan)
	if err == nil && len(found) == 0 {
		err = absent(what)
	}
	if err != nil {
		var none T
		return none, err
	}
	return found[0], nil
}

func (s *Store) readNumber(ctx context.Context, query string, args ...any) (int64, error) {
	var n int64
	return n, readFault(s.db.QueryRowContext(ctx, query, args...).Scan(&n))
}

// decodeValue reads a value that was packed.
func (s *Store) decodeValue(stored []byte) (value.Value, error) {
	if len(stored) == 0 {
		return value.Undefined, nil
	}
	body, err := s.codec.unpack(stored)
	if err != nil {
		return value.Undefined, err
	}
	v, rest, err := value.DecodeBinary(body)
	if err == nil && len(rest) > 0 {
		err = errPayload
	}
	return v, err
}

// insert runs an INSERT whose first column is the number of the new row, and returns that number. No number of a kind of thing
// is ever used twice.
func (t *tx) insert(kind, query string, args ...driver.Value) (int64, error) {
	next, err := t.number("UPDATE counter SET reserved = reserved + 1 WHERE name = ? RETURNING reserved", kind)
	if err != nil {
		return 0, err
	}
	id := next - 1
	_, err = t.exec(query, append([]driver.Value{id}, args...)...)
	return id, err
}

// revise runs an UPDATE that names the revision which was read; when it changes nothing, someone else was faster.
func (t *tx) revise(what, query string, args ...driver.Value) error {
	n, err := t.exec(query, args...)
	if err == nil && n == 0 {
		return conflict(what)
	}
	return err
}

// missing refuses a change that found nothing to change.
func missing(changed int64, what string) error {
	if changed > 0 {
		return nil
	}
	return notFound(what)
}

func checkName(what, name string) error {
	if name == "" || len(name) > MaxNameBytes {
		return fault.Newf(fault.BundleValidation, "[name-length] %v has a name of %d bytes; 1 to %d are allowed.", fault.Say(what), len(name), MaxNameBytes)
	}
	return nil
}
