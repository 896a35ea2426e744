package customerly

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
)

const (
	importStep        = 500 // rows that are stored in one go
	maxRefusalsKept   = 100
	sniffBytes        = 4096
	maxExactNumberLen = 15
)

// ImportReport tells what an import did.
type ImportReport struct {
	Users   int          `json:"users"`
	Leads   int          `json:"leads"`
	Refused int          `json:"refused"`
	Rows    []RowRefusal `json:"refused_rows"` // the first maxRefusalsKept
}

// RowRefusal tells why a row was left out.
type RowRefusal struct {
	Line    int    `json:"line"`
	Email   string `json:"email"`
	Message string `json:"message"`
}

func (r *ImportReport) refuse(line int, email string, why error) {
	r.Refused++
	if len(r.Rows) < maxRefusalsKept {
		r.Rows = append(r.Rows, RowRefusal{Line: line, Email: email, Message: why.Error()})
	}
}

func (r *ImportReport) log(to *slog.Logger, source string) {
	to.Info("contacts imported", "source", source, "users", r.Users, "leads", r.Leads, "refused", r.Refused)
	for _, row := range r.Rows {
		to.Warn("row not imported", "source", source, "line", row.Line, "reason", row.Message)
	}
}

// sourceName names an import in messages.
func sourceName(from io.Reader, number int) string {
	if named, ok := from.(interface{ Name() string }); ok {
		return named.Name()
	}
	return "file " + strconv.Itoa(number+1)
}

// csvColumns says what the columns of a file hold.
type csvColumns struct {
	email, name, userID, kind, isUser, tags int // positions, or -1
	attributes                              map[int]string
}

// importRow is a checked row with its line.
type importRow struct {
	line int
	up   upsert
}

// importCSV reads users and leads from a file with a header line, separated by comma, semicolon or tab. The columns
// email (needed), name, user_id, tags (separated by comma, semicolon or bar) and type (user or lead) or is_user have a
// meaning; every other column is an attribute. Without a type, a row with a user_id is a user and any other a lead.
// A row that cannot be taken is reported and left out; an error means that the file itself is not usable.
func (s *Server) importCSV(from io.Reader) (*ImportReport, error) {
	limited := &io.LimitedReader{R: from, N: maxImportBytes + 1}
	buffered := bufio.NewReaderSize(limited, 1<<16)
	reader := csv.NewReader(skipMark(buffered))
	reader.Comma = sniffComma(buffered)
	reader.FieldsPerRecord = -1
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	columns, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	report := &ImportReport{Rows: []RowRefusal{}}
	var rows []importRow
	for {
		fields, err := reader.Read()
		if limited.N <= 0 {
			return nil, fmt.Errorf("the file is longer than %d bytes", maxImportBytes)
		}
		if errors.Is(err, io.EOF) {
			return report, s.importRows(rows, report)
		}
		if err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		line, _ := reader.FieldPos(0)
		up, err := s.checkRow(columns, fields)
		if err != nil {
			report.refuse(line, up.email, err)
			continue
		}
		if rows = append(rows, importRow{line, up}); len(rows) == importStep {
			if err := s.importRows(rows, report); err != nil {
				return nil, err
			}
			rows = rows[:0]
		}
	}
}

// importRows stores checked rows.
func (s *Server) importRows(rows []importRow, report *ImportReport) error {
	events, err := s.store.change(func(ch *change) {
		for _, row := range rows {
			switch err := s.storeContact(ch, row.up); {
			case err != nil:
				report.refuse(row.line, row.up.email, err)
			case row.up.asUser:
				report.Users++
			default:
				report.Leads++
			}
		}
	})
	if err != nil {
		return fmt.Errorf("store imported contacts: %w", err)
	}
	s.courier.publish(events)
	return nil
}

// skipMark drops the byte order mark that spreadsheets put in front.
func skipMark(from *bufio.Reader) io.Reader {
	if start, _ := from.Peek(3); string(start) == "\xef\xbb\xbf" {
		_, _ = from.Discard(3) // just peeked
	}
	return from
}

// sniffComma finds the separator: the one of the three that stands most often in the first line.
func sniffComma(from *bufio.Reader) rune {
	start, _ := from.Peek(sniffBytes)
	line, _, _ := bytes.Cut(start, []byte("\n"))
	best, most := ',', 0
	for _, comma := range ",;\t" {
		if count := bytes.Count(line, []byte(string(comma))); count > most {
			best, most = comma, count
		}
	}
	return best
}

func readHeader(header []string) (csvColumns, error) {
	columns := csvColumns{email: -1, name: -1, userID: -1, kind: -1, isUser: -1, tags: -1, attributes: map[int]string{}}
	known := map[string]*int{
		"email": &columns.email, "name": &columns.name, "user_id": &columns.userID, "type": &columns.kind, "is_user": &columns.isUser, "tags": &columns.tags,
	}
	for i, title := range header {
		title = strings.TrimSpace(title)
		if place := known[strings.ToLower(title)]; place != nil {
			if *place >= 0 {
				return columns, fmt.Errorf("line 1: two columns are named %q", title)
			}
			*place = i
			continue
		}
		name := strings.ReplaceAll(strings.TrimPrefix(title, "attributes."), " ", "_")
		if !plainName(name) {
			return columns, fmt.Errorf("line 1: column %d: %q cannot be an attribute name", i+1, title)
		}
		columns.attributes[i] = name
	}
	if columns.email < 0 {
		return columns, errors.New("line 1: there is no column email")
	}
	return columns, nil
}

// checkRow reads one row by way of the rules that the API has.
func (s *Server) checkRow(columns csvColumns, fields []string) (upsert, error) {
	cell := func(at int) string {
		if at < 0 || at >= len(fields) {
			return ""
		}
		return strings.TrimSpace(fields[at])
	}
	attributes := map[string]json.RawMessage{}
	for at, name := range columns.attributes {
		if text := cell(at); text != "" {
			attributes[name] = typedCell(text)
		}
	}
	raw, err := json.Marshal(map[string]any{
		"email": cell(columns.email), "name": cell(columns.name), "user_id": cell(columns.userID), "attributes": attributes,
		"tags": splitTags(cell(columns.tags)),
	})
	if err != nil {
		return upsert{email: cell(columns.email)}, fmt.Errorf("read row: %w", err)
	}
	isUser, err := rowIsUser(cell(columns.kind), cell(columns.isUser), cell(columns.userID))
	if err != nil {
		return upsert{email: cell(columns.email)}, err
	}
	return s.checkContact(raw, isUser)
}

func rowIsUser(kind, isUser, userID string) (bool, error) {
	switch strings.ToLower(orText(kind, isUser)) {
	case "user", "1", "true", "yes":
		return true, nil
	case "lead", "0", "false", "no":
		return false, nil
	case "":
		return userID != "", nil
	default:
		return false, fmt.Errorf("type %q is neither user nor lead", orText(kind, isUser))
	}
}

func splitTags(text string) []string {
	tags := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;|", r) })
	for i := range tags {
		tags[i] = strings.TrimSpace(tags[i])
	}
	return slices.DeleteFunc(tags, func(tag string) bool { return tag == "" })
}

// typedCell reads numbers and booleans as such, but leaves what a number would lose: leading zeros, plus signs and more
// digits than are exact.
func typedCell(text string) json.RawMessage {
	if text == "true" || text == "false" {
		return json.RawMessage(text)
	}
	if len(text) <= maxExactNumberLen && json.Valid([]byte(text)) && strings.Trim(text, "0123456789.-") == "" {
		return json.RawMessage(text)
	}
	return appendText(nil, text)
}
