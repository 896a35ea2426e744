package builtin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// step is one operation on the store s in a story.
type step struct {
	module, input string
	cycle         int
	want          string
}

func tell(t *testing.T, b *bench, steps []step) {
	t.Helper()
	for i, s := range steps {
		switch s.module {
		case "commit", "rollback":
			end := b.modules["datastore:AddRecord"].Commit
			if s.module == "rollback" {
				end = b.modules["datastore:AddRecord"].Rollback
			}
			if err := end(t.Context(), module.CycleID{Execution: "e", Number: s.cycle}); err != nil {
				t.Fatalf("step %d: %v", i+1, err)
			}
			continue
		}
		r, err := b.run("datastore:"+s.module, operation{parameters: `{"datastore":4}`, input: s.input, cycle: s.cycle, address: fmt.Sprint(i)})
		if got := result(r, err); got != s.want {
			t.Errorf("step %d, %s: got %s, want %s", i+1, s.module, got, s.want)
		}
	}
}

func TestDataStoreModules(t *testing.T) {
	t.Parallel()
	tell(t, newBench(), []step{
		{"AddRecord", `{"key":"a","data":{"name":"Ann","n":1,"empty":""}}`, 1, `{"key":"a"}`},
		{"AddRecord", `{"key":"a","data":{}}`, 1, `DuplicateDataError: key: The key "a" is already in the data store.`},
		{"AddRecord", `{"key":"a","overwrite":true,"data":{"name":"Bob","n":2}}`, 1, `{"key":"a"}`},
		{"GetRecord", `{"key":"a"}`, 1, `{"name":"Bob","n":2}`},
		{"GetRecord", `{"key":"a","returnWrapped":true}`, 1, `{"key":"a","data":{"name":"Bob","n":2}}`},
		{"GetRecord", `{"key":"z"}`, 1, `{}`},
		{"ExistRecord", `{"key":"a"}`, 1, `{"exist":true}`},
		{"ExistRecord", `{"key":"z"}`, 1, `{"exist":false}`},
		{"UpdateRecord", `{"key":"a","data":{"name":"","n":null,"city":"Oslo"}}`, 1, `{"key":"a"}`},
		{"GetRecord", `{"key":"a"}`, 1, `{"name":"Bob","n":2,"city":"Oslo"}`},
		{"UpdateRecord", `{"key":"z","data":{}}`, 1, `DataError: key: There is no record with the key "z".`},
		{"UpdateRecord", `{"key":"z","insertMissing":true,"data":{"x":1}}`, 1, `{"key":"z"}`},
		{"CountRecords", `{}`, 1, `{"count":2}`},
		{"DeleteRecord", `{"key":"z"}`, 1, `{"key":"z"}`},
		{"DeleteRecord", `{"key":"z"}`, 1, `{"key":"z"}`},
		{"CountRecords", `{}`, 1, `{"count":1}`},
		{"DeleteAllRecords", `{}`, 1, `{}`},
		{"CountRecords", `{}`, 1, `{"count":0}`},
		{"GetRecord", `{"key":""}`, 1, "BundleValidationError: key: Missing value of required parameter 'Key'."},
	})
}

func TestCycles(t *testing.T) {
	t.Parallel()
	tell(t, newBench(), []step{
		{"AddRecord", `{"key":"a","data":{"n":1}}`, 1, `{"key":"a"}`},
		{"GetRecord", `{"key":"a"}`, 1, `{"n":1}`},
		{"GetRecord", `{"key":"a"}`, 2, `{}`},
		{"AddRecord", `{"key":"a"}`, 2, `DuplicateDataError: key: The key "a" is being added by another execution.`},
		{"commit", "", 1, ""},
		{"commit", "", 1, ""},
		{"GetRecord", `{"key":"a"}`, 2, `{"n":1}`},
		{"DeleteAllRecords", `{}`, 2, `{}`},
		{"AddRecord", `{"key":"b","data":{"n":2}}`, 2, `{"key":"b"}`},
		{"CountRecords", `{}`, 2, `{"count":1}`},
		{"CountRecords", `{}`, 3, `{"count":1}`},
		{"ExistRecord", `{"key":"b"}`, 3, `{"exist":false}`},
		{"rollback", "", 2, ""},
		{"ExistRecord", `{"key":"a"}`, 2, `{"exist":true}`},
		{"ExistRecord", `{"key":"b"}`, 2, `{"exist":false}`},
		{"DeleteAllRecords", `{}`, 4, `{}`},
		{"AddRecord", `{"key":"c"}`, 4, `{"key":"c"}`},
		{"commit", "", 4, ""},
		{"SearchRecord", `{}`, 5, `{"key":"c","data":{}}`},
	})
}

// An operation that is repeated after a crash has its effect once.
func TestRepeatedOperation(t *testing.T) {
	t.Parallel()
	b := newBench()
	add := operation{parameters: `{"datastore":4}`, input: `{"data":{"n":1}}`, address: "3/1"}
	first, err := b.run("datastore:AddRecord", add)
	second, err2 := b.run("datastore:AddRecord", add)
	if got, want := result(second, err2), result(first, err); got != want || !strings.HasPrefix(want, `{"key":"`) {
		t.Errorf("repeated: got %s, want %s", got, want)
	}
	add.address = "3/2"
	third, err := b.run("datastore:AddRecord", add)
	if got := result(third, err); got == result(first, nil) {
		t.Errorf("another operation got the same key %s", got)
	}
}

func TestDataStoreLimits(t *testing.T) {
	t.Parallel()
	b := newBench()
	key := func(n int) string { return `{"key":"` + strings.Repeat("k", n) + `"}` }
	data := func(n int) string {
		return `{"key":"d","overwrite":true,"data":{"x":"` + strings.Repeat("x", n-len(`{"x":""}`)) + `"}}`
	}
	for name, c := range map[string]struct {
		input string
		want  fault.Kind
	}{
		"key at the limit":    {key(MaxRecordKeyBytes), ""},
		"key past it":         {key(MaxRecordKeyBytes + 1), fault.BundleValidation},
		"record at the limit": {data(MaxRecordBytes), ""},
		"record past it":      {data(MaxRecordBytes + 1), fault.MaxFileSizeExceeded},
	} {
		_, err := b.run("datastore:AddRecord", operation{parameters: `{"datastore":4}`, input: c.input, address: name})
		if got := fault.KindOf(err); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if _, err := b.run("datastore:CountRecords", operation{}); fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("no data store: got %v, want %s", err, fault.InvalidConfiguration)
	}
	for i := range MaxMemoryRecords {
		stage(t, b.stores, 1, "full", Change{Operation: fmt.Sprint(i), Kind: PutRecord, Key: fmt.Sprint(i)})
	}
	cycle := module.CycleID{Execution: "e", Number: 1}
	if err := b.stores.Stage(t.Context(), cycle, "full", Change{Operation: "again", Kind: PutRecord, Key: "1"}); err != nil {
		t.Errorf("a record that is there: got %v, want no error", err)
	}
	if err := b.stores.Stage(t.Context(), cycle, "full", Change{Operation: "more", Kind: PutRecord, Key: "more"}); fault.KindOf(err) != fault.OutOfSpace {
		t.Errorf("one record more: got %v, want %s", err, fault.OutOfSpace)
	}
}

func TestErase(t *testing.T) {
	t.Parallel()
	record := value.Collection(value.F("a", value.Int(1)), value.F("b", value.Int(2)))
	data := value.Collection(value.F("a", expression.Erase()), value.F("c", expression.Erase()))
	if got, want := mergeRecord(record, data).JSON(), `{"b":2}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	b := newBench()
	for i, data := range []string{`{"name":"Ann","n":10,"at":{"city":"Oslo"}}`, `{"name":"Bob","n":9}`, `{"name":"bob","n":9,"key":"own"}`} {
		key := fmt.Sprint("k", i)
		stage(t, b.stores, 1, "4", Change{Operation: key, Kind: PutRecord, Key: key, Data: parsed(data)})
	}
	for _, c := range []struct{ name, parameters, input, want string }{
		{"all", "", `{}`, "k0 k1 k2"},
		{"and", "", `{"filter":[[{"a":"n","o":"number:less","b":"10"},{"a":"name","o":"text:equal","b":"Bob"}]]}`, "k1"},
		{"or", "", `{"filter":[[{"a":"name","o":"text:equal","b":"Ann"}],[{"a":"name","o":"text:equal","b":"bob"}]]}`, "k0 k2"},
		{"as a filter object", "", `{"filter":{"conditions":[[{"a":"name","o":"text:equal:ci","b":"BOB"}]]}}`, "k1 k2"},
		{"exists, inside a field", "", `{"filter":[[{"a":"at.city","o":"exist"}]]}`, "k0"},
		{"by key", "", `{"filter":[[{"a":"key","o":"text:equal","b":"k1"}]]}`, "k1"},
		{"by a field named key", "", `{"filter":[[{"a":"key","o":"text:equal","b":"own"}]]}`, "k2"},
		{"limit", `,"limit":2`, `{}`, "k0 k1"},
		{"sorted", "", `{"sort":[{"key":"n","order":1},{"key":"name","order":"-1"}]}`, "k2 k1 k0"},
		{"sorted and limited", `,"limit":"1"`, `{"sort":[{"key":"n","order":-1}]}`, "k0"},
		{"nothing", "", `{"filter":[[{"a":"n","o":"number:equal","b":5}]]}`, ""},
		{"nothing, go on", `,"continueWhenNoRes":true`, `{"filter":[[{"a":"n","o":"number:equal","b":5}]]}`, "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := b.run("datastore:SearchRecord", operation{parameters: `{"datastore":4` + c.parameters + `}`, input: c.input})
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for _, bundle := range r.bundles {
				if bundle.Len() == 0 {
					keys = append(keys, "-")
					continue
				}
				keys = append(keys, bundle.Get("key").Str())
			}
			if got := strings.Join(keys, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	if _, err := b.run("datastore:SearchRecord", operation{parameters: `{"datastore":4}`, input: `{"filter":[[{"a":"n","o":"text:equals","b":5}]]}`}); err == nil {
		t.Error("an unknown operator: got no error, want one")
	}
}
