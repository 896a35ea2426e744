package store

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func newDataStore(t *testing.T, s *Store, name string) int64 {
	t.Helper()
	d, err := s.SaveDataStore(t.Context(), DataStore{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return d.ID
}

func TestRecordsGoOutAndIn(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	from, byJSON, byCSV := newDataStore(t, s, "from"), newDataStore(t, s, "json"), newDataStore(t, s, "csv")
	var changes []RecordChange
	for i := range MaxPage + 5 {
		data := value.Collection(value.F("name", value.Text(fmt.Sprint("Ann, ", i))), value.F("note", value.Text("two\nlines")))
		changes = append(changes, RecordChange{Store: from, Kind: PutRecord, Key: fmt.Sprintf("k%05d", i), Data: data})
	}
	if err := s.ChangeRecords(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	var asJSON, asCSV bytes.Buffer
	if err := s.ExportJSON(t.Context(), from, &asJSON); err != nil {
		t.Fatal(err)
	}
	if err := s.ExportCSV(t.Context(), from, &asCSV); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ImportJSON(t.Context(), byJSON, &asJSON); err != nil || n != len(changes) {
		t.Errorf("JSON: got %d records, error %v; want %d", n, err, len(changes))
	}
	if n, err := s.ImportCSV(t.Context(), byCSV, &asCSV); err != nil || n != len(changes) {
		t.Errorf("CSV: got %d records, error %v; want %d", n, err, len(changes))
	}
	for _, id := range []int64{byJSON, byCSV} {
		i := 0
		for r, err := range s.EachRecord(t.Context(), id) {
			if err != nil || r.Key != changes[i].Key || !value.Equal(r.Data, changes[i].Data) {
				t.Fatalf("record %d: got %s %s, error %v; want %s", i, r.Key, r.Data.JSON(), err, changes[i].Data.JSON())
			}
			i++
		}
		if i != len(changes) {
			t.Errorf("got %d records, want %d", i, len(changes))
		}
	}
}

func TestExportsOfSmallStores(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	empty, mixed := newDataStore(t, s, "empty"), newDataStore(t, s, "mixed")
	err := s.ChangeRecords(t.Context(), []RecordChange{
		{Store: mixed, Kind: PutRecord, Key: "a", Data: value.Collection(value.F("n", value.Int(5)))},
		{Store: mixed, Kind: PutRecord, Key: "b", Data: value.Collection(value.F("list", value.Array(value.True, value.Text("x"))))},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		export     func(*bytes.Buffer) error
	}{
		{"empty JSON", "[\n]\n", func(w *bytes.Buffer) error { return s.ExportJSON(t.Context(), empty, w) }},
		{"empty CSV", "key\n", func(w *bytes.Buffer) error { return s.ExportCSV(t.Context(), empty, w) }},
		{"CSV", "key,n,list\na,5,\nb,,\"[true,\"\"x\"\"]\"\n", func(w *bytes.Buffer) error { return s.ExportCSV(t.Context(), mixed, w) }},
	}
	for _, tc := range tests {
		var out bytes.Buffer
		if err := tc.export(&out); err != nil || out.String() != tc.want {
			t.Errorf("%s: got %q, error %v; want %q", tc.name, out.String(), err, tc.want)
		}
	}
}

func TestImportsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	id := newDataStore(t, s, "store")
	tests := []struct {
		name, file string
		csv        bool
		kept       int
		message    string
	}{
		{"no array", `{"key":"a"}`, false, 0, "Record 1"},
		{"cut off", `[{"key":"a","data":{}},{"key":"b"`, false, 1, "Record 2"},
		{"end is missing", `[{"key":"a","data":{}}`, false, 1, "no end"},
		{"a field beside the data", `[{"key":"a","data":{},"updated":"2026-03-01T12:00:00Z"},{"key":"b","email":"x"}]`, false, 1, `Record 2 of the file could not be read: the field "email" stands beside key and data`},
		{"no key column", "name\nAnn\n", true, 0, `no column "key"`},
		{"a cell too many", "key,n\na,1\nb,2,3\n", true, 1, "Record 2"},
	}
	for _, tc := range tests {
		read := s.ImportJSON
		if tc.csv {
			read = s.ImportCSV
		}
		n, err := read(t.Context(), id, strings.NewReader(tc.file))
		if fault.KindOf(err) != fault.Data || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: got error %v, want one with %q", tc.name, err, tc.message)
		}
		if got, _ := s.DataStoreTotal(id); int(got) != tc.kept || n != tc.kept {
			t.Errorf("%s: got %d records and was told %d, want %d", tc.name, got, n, tc.kept)
		}
		if err := s.ChangeRecords(t.Context(), []RecordChange{{Store: id, Kind: RemoveRecords}}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRecordWithoutDataGoesOut(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	from := newDataStore(t, s, "from")
	if err := s.ChangeRecords(t.Context(), []RecordChange{{Store: from, Kind: PutRecord, Key: "k"}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := s.ExportJSON(t.Context(), from, &out); err != nil || out.String() != "[\n{\"key\":\"k\",\"data\":null}\n]\n" {
		t.Errorf("got %q, %v", &out, err)
	}
}
