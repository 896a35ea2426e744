package store

import (
	"slices"
	"strings"
)

// movedTables is everything of an installation that moves from one database to another, in the words of movedTable. A test
// compares it with the tables of both databases: what is neither here nor in keptTables fails it.
func movedTables() []movedTable {
	return []movedTable{
		describeTable("counter", "name*:text! reserved"),
		describeTable("installation", "name*:text! value:text!"),
		describeTable("organization", "id* name:text revision created updated"),
		describeTable("team", "id* organization name:text! revision created updated"),
		describeTable("user", "id* email:text! name:text language:text zone:text password:text totp:bytes? two_factor totp_step disabled administrator "+
			"verified signed_in revision created updated"),
		describeTable("recovery_code", "user* hash*:bytes"),
		describeTable("organization_member", "organization* user* role:text!"),
		describeTable("team_member", "team* user* role:text! rights:text!"),
		describeTable("session", "id* hash:bytes user created seen expires agent:text address:text"),
		describeTable("token", "id* hash:bytes user name:text scopes:text! team created expires used"),
		describeTable("voucher", "id* kind:text! hash:bytes user email:text! mailed organization role:text! team team_role:text! rights:text! author created expires"),
		describeTable("identity", "issuer*:text! subject*:text! user created"),
		describeTable("request_key", "key*:bytes at request:bytes status answer:bytes?"),
		// The chain of hashes covers the texts.
		describeTable("audit", "id* at actor:text! action:text! subject:text! details:text! hash:bytes organization team"),
		describeTable("audit_head", "only* id hash:bytes").where("id > 0"), // one says that there is none by 0, the other by no row
		describeTable("audit_pending", "id* at actor:text! action:text! subject:text! details:text! organization team").numbered(),
		describeTable("scenario", "id* team name:text version revision active invalid:text errors schedule:text settings:text folder:text! modules:text? "+
			"planned due created updated kept:bytes?"),
		describeTable("scenario_version", "id* scenario version saved author:text note:text blueprint:bytes").numbered(),
		describeTable("former_scenario", "id* team name:text deleted"),
		describeTable("connection", "id* team name:text app:text! type:text! revision metadata:text sealed:bytes created updated"),
		describeTable("webhook", "id* team name:text scenario token_hash:bytes revision settings:text paused gone created updated sealed:bytes? learning:text address:bytes?"),
		describeTable("trigger_cursor", "scenario* module* data:bytes updated"),
		describeTable("sample", "scenario* module* name:text! data:bytes bytes updated"),
		describeTable("data_store", "id* team name:text! structure:text bytes_max revision created updated"),
		describeTable("record", "store* key*:text! data:bytes revision updated"),
		describeTable("execution", "id* scenario version part status origin webhook source seed accepted started finished bytes name:text? summary:bytes? mode team"),
		describeTable("op", "id* data:bytes"),
		describeTable("blob", "id* hash:bytes refs data:bytes").numbered(),
		describeTable("blob_ref", "op* blob"),
		describeTable("checkpoint", "execution* sequence data:bytes"),
		describeTable(wordsTable, "rowid* body:text"),
		describeTable("item", "id* webhook scenario received bytes claim"),
		describeTable("seen", "webhook* hash*:bytes first until repeats"),
		describeTable("incomplete", "id* scenario version execution module address:text! state kind:text reason:text attempts attempts_max interval due "+
			"resolution:text revision created updated bytes data:bytes").numbered(),
		// The sum over all scenarios is kept by SQLite alone.
		describeTable("total", "kind* owner* number bytes").spread().where("kind <> 6"),
		describeTable("statistic", "owner* at* status* took* number operations").spread(),
	}
}

// wordsTable holds the words by which executions are found, which the databases keep in forms of their own.
const wordsTable = "execution_text"

// keptTables are those that do not move, with the reason.
func keptTables() map[string]string {
	return map[string]string{
		"lease":            "it says which process owns what now, and nobody does while an installation moves",
		"node":             "it says which processes serve now",
		"signal":           "it is what they tell one another; who starts after a move looks at everything",
		"answer":           "it is for callers who wait now",
		"commit_mark":      "it says which commits of a process went through that has ended",
		"text_team":        "it says since when words name the team of an execution: words that move do, all of them",
		"goose_db_version": "it says which form the tables of this database have",
		"goose_lock":       "it says who brings them to another form",
		"upgrade":          "it says which programs can work with the form of these tables",
		movingTable:        "it says how far a move has come",
	}
}

// keptColumns are those of tables that move, which do not, with the reason.
func keptColumns() map[string]string {
	return map[string]string{
		"total.slot":     "nodes add to rows of their own; what moves is the sum",
		"statistic.slot": "the same",
	}
}

// movedTable describes the rows of a table that move. Its key is what the first columns hold, and orders the rows in both
// databases: numbers by size, texts and bytes by their bytes.
type movedTable struct {
	name      string
	columns   []movedColumn
	key       int    // number of columns
	condition string // of the rows that move, "" for all
	identity  bool   // PostgreSQL hands the numbers of new rows out, and must be told where to go on
	slots     bool   // PostgreSQL keeps the numbers behind the key as sums over several rows
}

// movedColumn is a column; bound texts must stay as they are, since something is found by them or they are hashed.
type movedColumn struct {
	name        string
	kind        movedKind
	null, bound bool
}

type movedKind byte

const (
	movedNumber movedKind = iota
	movedText
	movedBytes
)

// describeTable reads a description: the names of the columns, each followed by * where it belongs to the key, by :text or
// :bytes where it is no number, by ? where it may be NULL, and by ! where a text is bound.
func describeTable(name, columns string) movedTable {
	t := movedTable{name: name}
	for word := range strings.FieldsSeq(columns) {
		var c movedColumn
		word, c.bound = strings.CutSuffix(word, "!")
		word, c.null = strings.CutSuffix(word, "?")
		word, kind, _ := strings.Cut(word, ":")
		switch kind {
		case "text":
			c.kind = movedText
		case "bytes":
			c.kind = movedBytes
		}
		var inKey bool
		if c.name, inKey = strings.CutSuffix(word, "*"); inKey {
			t.key++
		}
		t.columns = append(t.columns, c)
	}
	return t
}

func (t movedTable) where(condition string) movedTable {
	t.condition = condition
	return t
}

func (t movedTable) numbered() movedTable {
	t.identity = true
	return t
}

func (t movedTable) spread() movedTable {
	t.slots = true
	return t
}

func (t *movedTable) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// query selects the rows behind a key, in the order of keys. It is in the language of both databases, but for what wraps a text in
// an order or a comparison: collate is put behind it.
func (t *movedTable) query(after bool, collate string) string {
	columns, keys := t.names(), t.names()[:t.key]
	if t.slots {
		for i := t.key; i < len(columns); i++ {
			columns[i] = "CAST(sum(" + columns[i] + ") AS BIGINT)"
		}
	}
	ordered := slices.Clone(keys)
	for i := range ordered {
		if t.columns[i].kind == movedText {
			ordered[i] += collate
		}
	}
	var conditions []string
	if t.condition != "" {
		conditions = append(conditions, t.condition)
	}
	if after {
		conditions = append(conditions, "("+strings.Join(ordered, ", ")+") > ("+strings.TrimSuffix(strings.Repeat("?, ", t.key), ", ")+")")
	}
	q := "SELECT " + strings.Join(columns, ", ") + " FROM " + t.name
	if len(conditions) > 0 {
		q += " WHERE " + strings.Join(conditions, " AND ")
	}
	if t.slots {
		q += " GROUP BY " + strings.Join(keys, ", ")
	}
	return q + " ORDER BY " + strings.Join(ordered, ", ")
}
