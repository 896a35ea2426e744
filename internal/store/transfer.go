package store

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// importAtOnce is how many records one commit of an import writes.
const importAtOnce = 500

// keyColumn is the column of a CSV file that holds the keys.
const keyColumn = "key"

var errNoEnd = errors.New("the array has no end")

// EachRecord walks over the records of a data store in the order of their keys. Each page of it is a state of its own.
func (s *Store) EachRecord(ctx context.Context, store int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for after := ""; ; {
			page, err := s.Records(ctx, store, after, MaxPage)
			if err != nil {
				yield(Record{}, err)
				return
			}
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			if len(page) < MaxPage {
				return
			}
			after = page[len(page)-1].Key
		}
	}
}

// ExportJSON writes the records of a data store as an array of {"key": …, "data": …}.
func (s *Store) ExportJSON(ctx context.Context, store int64, w io.Writer) error {
	out := bufio.NewWriter(w)
	separator := "[\n"
	for r, err := range s.EachRecord(ctx, store) {
		if err != nil {
			return err
		}
		if r.Data.IsUndefined() {
			r.Data = value.Null // a collection would leave it out
		}
		line := value.Collection(value.F("key", value.Text(r.Key)), value.F("data", r.Data)).JSON()
		if _, err := out.WriteString(separator + line); err != nil {
			return exportFault(err)
		}
		separator = ",\n"
	}
	if separator == "[\n" {
		separator += "]"
	} else {
		separator = "\n]"
	}
	_, err := out.WriteString(separator + "\n")
	return exportFault(errors.Join(err, out.Flush()))
}

// ExportCSV writes the records of a data store with a header: the key, then every field that any record has, in the
// order of first appearance. Texts are written as they are, everything else as JSON; a field that is not there is empty.
func (s *Store) ExportCSV(ctx context.Context, store int64, w io.Writer) error {
	header := []string{keyColumn}
	known := map[string]bool{}
	for r, err := range s.EachRecord(ctx, store) {
		if err != nil {
			return err
		}
		for _, name := range r.Data.Keys() {
			if !known[name] {
				known[name] = true
				header = append(header, name)
			}
		}
	}
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return exportFault(err)
	}
	for r, err := range s.EachRecord(ctx, store) {
		if err != nil {
			return err
		}
		line := []string{r.Key}
		for _, name := range header[1:] {
			line = append(line, cell(r.Data.Get(name)))
		}
		if err := out.Write(line); err != nil {
			return exportFault(err)
		}
	}
	out.Flush()
	return exportFault(out.Error())
}

func cell(v value.Value) string {
	switch v.Kind() {
	case value.KindUndefined:
		return ""
	case value.KindText:
		return v.Str()
	default:
		return v.JSON()
	}
}

func exportFault(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unexpected, err, "The records could not be written out.")
}

// ImportJSON puts the records of an array as ExportJSON writes it into a data store, in place of those with the same
// keys, and returns how many. What was read before a mistake stays.
func (s *Store) ImportJSON(ctx context.Context, store int64, r io.Reader) (int, error) {
	in := json.NewDecoder(bufio.NewReader(r))
	in.DisallowUnknownFields() // what is beside "data" would be lost
	if t, err := in.Token(); err != nil || t != json.Delim('[') {
		return 0, importFault(1, errors.Join(errors.New("the file is no JSON array"), err))
	}
	return s.importRecords(ctx, store, func() (Record, error) {
		if !in.More() {
			if _, err := in.Token(); err != nil {
				return Record{}, errNoEnd
			}
			return Record{}, io.EOF
		}
		var line struct {
			Key  string      `json:"key"`
			Data value.Value `json:"data"`
			// Updated stands in lists of records; an import makes it anew.
			Updated json.RawMessage `json:"updated"`
		}
		err := in.Decode(&line)
		if errors.Is(err, io.EOF) {
			err = errNoEnd
		}
		if name, ok := unknownField(err); ok {
			err = fmt.Errorf("the field %s stands beside key and data; the fields of a record stand inside data", name)
		}
		return Record{Key: line.Key, Data: line.Data}, err
	})
}

// unknownField returns the name of the field that a strict decoder does not know.
func unknownField(err error) (name string, ok bool) {
	if err == nil {
		return "", false
	}
	return strings.CutPrefix(err.Error(), "json: unknown field ")
}

// ImportCSV puts the lines of a file with a header into a data store, in place of records with the same keys, and
// returns how many. The column "key" holds the keys; the others become fields with texts, an empty cell no field.
func (s *Store) ImportCSV(ctx context.Context, store int64, r io.Reader) (int, error) {
	in := csv.NewReader(bufio.NewReader(r))
	header, err := in.Read()
	if err != nil {
		return 0, importFault(1, err)
	}
	key := slices.Index(header, keyColumn)
	if key < 0 {
		return 0, importFault(1, fmt.Errorf("the header has no column %q", keyColumn))
	}
	return s.importRecords(ctx, store, func() (Record, error) {
		line, err := in.Read()
		if err != nil {
			return Record{}, err //nolint:wrapcheck // the caller wraps
		}
		data := value.NewBuilder(len(header))
		for i, name := range header {
			if i != key && line[i] != "" {
				data.Set(name, value.Text(line[i]))
			}
		}
		return Record{Key: line[key], Data: data.Build()}, nil
	})
}

// importRecords writes what next returns, until io.EOF, in commits of importAtOnce.
func (s *Store) importRecords(ctx context.Context, store int64, next func() (Record, error)) (int, error) {
	done := 0
	var changes []RecordChange
	save := func() error {
		err := s.ChangeRecords(ctx, changes)
		if err == nil {
			done += len(changes)
			changes = changes[:0]
		}
		return err
	}
	for {
		r, err := next()
		if errors.Is(err, io.EOF) {
			return done, save()
		}
		if err != nil {
			return done, errors.Join(importFault(done+len(changes)+1, err), save())
		}
		changes = append(changes, RecordChange{Store: store, Kind: PutRecord, Key: r.Key, Data: r.Data})
		if len(changes) == importAtOnce {
			if err := save(); err != nil {
				return done, err
			}
		}
	}
}

func importFault(record int, err error) error {
	return fault.Wrapf(fault.Data, err, "[import-record] Record %d of the file could not be read: %v.", record, err).
		WithHint("[hint-import-again] repair the file and import it again; records with the same keys are replaced")
}
