package store

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

// MaxSearched is how many bytes of one execution a search reads; what stands behind them is not found.
const MaxSearched = 64 << 20

// errSearched ends a walk over rows: the text was found, or enough was read.
var errSearched = errors.New("store: the search is over")

// Mentions reports whether a text stands in what is recorded of an execution, in capitals or not: in what it began with, in the bundles
// and the calls of its operations, or in requests that were announced. Numbers and dates are found as they are written. It also returns how many
// bytes it read to say so, MaxSearched at most and a row. There is no index: data is searched rarely, and an index would be
// as large as the data. What is confidential is not recorded, and not found.
func (s *Store) Mentions(ctx context.Context, id int64, text string) (found bool, read int64, err error) {
	m := newMention(text)
	var apart []uint32 // rows whose payload stands in a blob
	err = s.scan(ctx, id, 0, func(sequence uint32, kind rowKind, body *reader, size int) error {
		read += int64(size)
		if body.src == nil {
			apart = append(apart, sequence)
			return nil
		}
		if found = m.in(kind, body); found || read > MaxSearched {
			return errSearched
		}
		return body.err
	})
	if errors.Is(err, errSearched) {
		return found, read, nil
	}
	for i := 0; err == nil && !found && i < len(apart) && read <= MaxSearched; i++ {
		var body *reader
		if body, err = s.row(ctx, id, apart[i]); err == nil {
			read += int64(len(body.src))
			found = m.in(rowKind(body.byte()), body)
			err = readFault(body.err)
		}
	}
	return found, read, err
}

// mention is a text that is looked for.
type mention struct {
	text   string // in small letters
	number bool   // it may be a part of a number or a date, which are not stored as they are written
}

func newMention(text string) *mention {
	m := &mention{text: strings.ToLower(text)}
	m.number = strings.Trim(m.text, "0123456789.:-+etz") == ""
	return m
}

// in reports whether the text stands in a row. Most rows are told by their bytes, without being taken apart.
func (m *mention) in(kind rowKind, body *reader) bool {
	if !m.number && !bytes.Contains(bytes.ToLower(body.src), []byte(m.text)) {
		return false
	}
	switch kind {
	case inputRow:
		return m.among(body.values())
	case intentRow:
		body.head()
		return m.within(body.value())
	case resultRow:
		body.head()
		return m.inResult(body)
	case chunkRow:
		for len(body.src) > 0 && body.err == nil {
			if m.within(body.value()) {
				return true
			}
		}
	case cycleRow, indexRow:
	}
	return false
}

// inResult looks at what follows the head of a result.
func (m *mention) inResult(body *reader) bool {
	body.time()
	if f := body.fault(); f != nil && strings.Contains(strings.ToLower(f.Message), m.text) {
		return true
	}
	if m.among(body.values()) {
		return true
	}
	body.changes() // they are made of what went in
	n := body.uvarint()
	if body.count() > 0 { // the bundles stand in rows of their own
		return false
	}
	for ; n > 0 && body.err == nil; n-- {
		if m.within(body.value()) {
			return true
		}
	}
	return false
}

func (m *mention) among(list []value.Value) bool {
	for _, v := range list {
		if m.within(v) {
			return true
		}
	}
	return false
}

// within reports whether the text stands in a value, or in one that it holds.
func (m *mention) within(v value.Value) bool {
	switch v.Kind() {
	case value.KindText:
		return strings.Contains(strings.ToLower(v.Str()), m.text)
	case value.KindNumber, value.KindDate:
		return strings.Contains(strings.ToLower(v.JSON()), m.text)
	case value.KindArray:
		return m.among(v.Items())
	case value.KindCollection:
		for _, x := range v.Fields() {
			if m.within(x) {
				return true
			}
		}
	case value.KindUndefined, value.KindNull, value.KindBoolean, value.KindBuffer:
	}
	return false
}
