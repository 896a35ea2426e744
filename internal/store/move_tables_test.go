package store

import (
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
)

// TestEverythingMoves compares the description of what moves with the tables of both databases: what is in one of them and neither
// moves nor has a reason not to would be lost.
func TestEverythingMoves(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]map[string]string{"SQLite": sqliteSchema(t), "PostgreSQL": postgresSchema(t)} {
		described := map[string]string{}
		for _, table := range movedTables() {
			for i, c := range table.columns {
				column := table.name + "." + c.name
				described[column] = schemaWord(c.kind, c.null, i < table.key)
				if schema[column] != described[column] {
					t.Errorf("%s: %s is %q in the database and %q in the description", name, column, schema[column], described[column])
				}
			}
		}
		kept, tables := keptColumns(), keptTables()
		for _, column := range slices.Sorted(maps.Keys(schema)) {
			table, _, _ := strings.Cut(column, ".")
			if described[column] == "" && kept[column] == "" && tables[table] == "" {
				t.Errorf("%s: %s does not move, and nothing says why: describe it in movedTables, or give the reason in keptTables or keptColumns", name, column)
			}
		}
	}
}

func schemaWord(kind movedKind, null, key bool) string {
	word := [...]string{movedNumber: "number", movedText: "text", movedBytes: "bytes"}[kind]
	if null {
		word += ", may be NULL"
	}
	if key {
		word += ", in the key"
	}
	return word
}

// sqliteSchema lists the columns of a new database.
func sqliteSchema(t *testing.T) map[string]string {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c, err := openConn(s.path())
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{wordsTable + ".rowid": "number, in the key", wordsTable + ".body": "text"} // a virtual table says nothing of types
	kinds := map[string]movedKind{"INTEGER": movedNumber, "TEXT": movedText, "BLOB": movedBytes}
	err = c.each(func(row []driver.Value) error {
		kind, known := kinds[text(row[2])]
		if !known {
			return fmt.Errorf("%v has a type that does not move", row)
		}
		key := integer(row[4]) > 0
		found[text(row[0])+"."+text(row[1])] = schemaWord(kind, integer(row[3]) == 0 && !key, key)
		return nil
	}, "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master AS t JOIN pragma_table_info(t.name) AS c "+
		"WHERE t.type = 'table' AND t.name NOT LIKE '"+wordsTable+"%' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'goose_%'")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	return found
}

// postgresSchema lists the columns of a new database.
func postgresSchema(t *testing.T) map[string]string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), ReadyDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), `SELECT c.table_name, c.column_name, c.data_type, c.is_nullable = 'YES', EXISTS (
		SELECT 1 FROM information_schema.table_constraints AS p JOIN information_schema.key_column_usage AS k USING (constraint_schema, constraint_name)
		WHERE p.constraint_type = 'PRIMARY KEY' AND k.table_name = c.table_name AND k.column_name = c.column_name)
		FROM information_schema.columns AS c WHERE c.table_schema = current_schema()`)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	kinds := map[string]movedKind{"bigint": movedNumber, "text": movedText, "bytea": movedBytes, "tsvector": movedText}
	for rows.Next() {
		var table, column, kind string
		var null, key bool
		if err := rows.Scan(&table, &column, &kind, &null, &key); err != nil {
			t.Fatal(err)
		}
		if _, known := kinds[kind]; !known && keptTables()[table] == "" {
			t.Errorf("%s.%s has the type %s, which does not move", table, column, kind)
		}
		found[table+"."+column] = schemaWord(kinds[kind], null, key)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	return found
}

// TestIdentitiesAreDescribed looks for the tables whose numbers PostgreSQL hands out: without being told where to go on it would begin
// at 1 after a move.
func TestIdentitiesAreDescribed(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), ReadyDatabase(t))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE is_identity = 'YES' AND table_schema = current_schema() AND table_name NOT LIKE 'goose_%' ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(column string) bool {
		table, _, _ := strings.Cut(column, ".")
		return keptTables()[table] != ""
	})
	var want []string
	for _, table := range movedTables() {
		if table.identity {
			want = append(want, table.name+".id")
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("numbers are handed out for %v, and described for %v", got, want)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeysAreWrittenDown(t *testing.T) {
	t.Parallel()
	table := describeTable("x", "a* b*:text c*:bytes d")
	row := []driver.Value{int64(-5), "ä\x01", []byte{0, 255}, int64(1)}
	key, err := table.readKey(table.keyText(row))
	if err != nil || fmt.Sprint(key) != fmt.Sprint(row[:3]) {
		t.Errorf("got %v, error %v; want %v", key, err, row[:3])
	}
	for _, bad := range []string{"", "zz", "01", "0205", "09", table.keyText(row)[:20]} {
		if _, err := table.readKey(bad); err == nil {
			t.Errorf("%q was read as a key", bad)
		}
	}
}
