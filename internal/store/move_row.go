package store

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
)

// The first byte of an encoded value.
const (
	nullMark byte = iota
	numberMark
	textMark
	bytesMark
)

var errBadKey = errors.New("the key is not one that was written down")

// appendValue adds a value in the one form that it has for digests and keys, from whichever database it comes.
func appendValue(to []byte, v driver.Value) []byte {
	switch x := v.(type) {
	case int64:
		return binary.BigEndian.AppendUint64(append(to, numberMark), uint64(x))
	case string:
		return append(binary.AppendUvarint(append(to, textMark), uint64(len(x))), x...)
	case []byte:
		return append(binary.AppendUvarint(append(to, bytesMark), uint64(len(x))), x...)
	}
	return append(to, nullMark)
}

// keyText writes the key of a row down; readKey reads it again.
func (t *movedTable) keyText(row []driver.Value) string {
	var data []byte
	for _, v := range row[:t.key] {
		data = appendValue(data, v)
	}
	return hex.EncodeToString(data)
}

func (t *movedTable) readKey(text string) ([]driver.Value, error) {
	data, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBadKey, err)
	}
	key := make([]driver.Value, t.key)
	for i := range key {
		if len(data) == 0 {
			return nil, errBadKey
		}
		mark := data[0]
		data = data[1:]
		if mark == numberMark && len(data) >= 8 {
			key[i], data = int64(binary.BigEndian.Uint64(data)), data[8:]
			continue
		}
		size, n := binary.Uvarint(data)
		if n <= 0 || size > uint64(len(data)-n) || mark != textMark && mark != bytesMark {
			return nil, errBadKey
		}
		content := data[n : n+int(size)]
		data = data[n+int(size):]
		if key[i] = content; mark == textMark {
			key[i] = string(content)
		}
	}
	return key, nil
}

// rowName says which row it is, for people.
func (t *movedTable) rowName(row []driver.Value) string {
	words := make([]string, t.key)
	for i, v := range row[:t.key] {
		switch x := v.(type) {
		case string:
			words[i] = t.columns[i].name + " " + strconv.Quote(x)
		case []byte:
			words[i] = t.columns[i].name + " " + hex.EncodeToString(x)
		default:
			words[i] = t.columns[i].name + " " + fmt.Sprint(x)
		}
	}
	return "the row of table " + t.name + " with " + strings.Join(words, ", ")
}

// bytesInRow is about how much room a row takes.
func bytesInRow(row []driver.Value) int {
	n := 0
	for _, v := range row {
		switch x := v.(type) {
		case string:
			n += len(x)
		case []byte:
			n += len(x)
		case int64:
			n += 8
		}
	}
	return n
}

// mend brings what SQLite holds, which is loose about types and texts, to what the columns say and PostgreSQL keeps, and returns how
// many texts it had to change. Those that are bound it changes only if all is true.
func (t *movedTable) mend(row []driver.Value, all bool) (mended int64, err error) {
	for i := range t.columns {
		c := &t.columns[i]
		var ok bool
		if row[i], ok = c.convert(row[i]); !ok {
			return mended, fmt.Errorf("%w: %s holds %T in %s", ErrDamaged, t.rowName(row), row[i], c.name)
		}
		s, isText := row[i].(string)
		if !isText || strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
			continue
		}
		if c.bound && !all {
			return mended, unkept(t.rowName(row), c.name)
		}
		row[i] = keepable(s)
		mended++
	}
	return mended, nil
}

func unkept(row, column string) error {
	return fault.Newf(fault.Data, "In %s, %s holds the character U+0000, or bytes that are no text; PostgreSQL keeps neither.", row, column).
		WithHint("change or remove it in the installation that moves; or say --repair: then U+FFFD stands in their place, and an entry of the audit log so changed no longer fits its hash")
}

// keepable has what PostgreSQL does not keep replaced.
func keepable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// convert brings a value to the type of its column.
func (c *movedColumn) convert(v driver.Value) (driver.Value, bool) {
	switch x := v.(type) {
	case nil:
		return nil, c.null
	case int64:
		if c.kind == movedText {
			return strconv.FormatInt(x, 10), true
		}
		return x, c.kind == movedNumber
	case string:
		if c.kind == movedBytes {
			return []byte(x), true
		}
		return x, c.kind == movedText
	case []byte:
		if c.kind == movedText {
			return string(x), true
		}
		return x, c.kind == movedBytes
	}
	return v, false
}

// Digest is what the rows of a table come to: how many there are, about how many bytes, and a hash that depends on all of them
// and their order.
type Digest struct {
	Rows  int64
	Bytes int64
	Hash  [sha256.Size]byte
}

// digester makes a Digest of rows.
type digester struct {
	hash   hash.Hash
	buffer []byte
	sum    Digest
}

func newDigester() *digester { return &digester{hash: sha256.New()} }

func (d *digester) add(row []driver.Value) {
	d.buffer = d.buffer[:0]
	for _, v := range row {
		d.buffer = appendValue(d.buffer, v)
	}
	_, _ = d.hash.Write(d.buffer) // a hash never fails
	d.sum.Rows++
	d.sum.Bytes += int64(bytesInRow(row))
}

func (d *digester) digest() Digest {
	copy(d.sum.Hash[:], d.hash.Sum(nil))
	return d.sum
}
