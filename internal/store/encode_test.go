package store

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestPayloadsAreCompressedWhereItPays(t *testing.T) {
	t.Parallel()
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	tests := []struct {
		name string
		data []byte
		want byte
	}{
		{"empty", nil, plainPayload},
		{"at the limit", bytes.Repeat([]byte("a"), compressFrom), plainPayload},
		{"one past the limit", bytes.Repeat([]byte("a"), compressFrom+1), smallPayload},
		{"the largest of the small ones", bytes.Repeat([]byte("a"), smallBytes-1), smallPayload},
		{"no longer small", bytes.Repeat([]byte("a"), smallBytes), compressedPayload},
		{"noise", noise(10_000), plainPayload},
		{"mostly noise", append(noise(9_000), make([]byte, 1_000)...), plainPayload},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			stored := c.pack(append([]byte{0}, tc.data...))
			if stored[0] != tc.want {
				t.Errorf("got form %d, want %d", stored[0], tc.want)
			}
			back, err := c.unpack(stored)
			if err != nil || !bytes.Equal(back, tc.data) {
				t.Errorf("got %d bytes back, error %v; want %d", len(back), err, len(tc.data))
			}
		})
	}
	damaged := packSmall(bytes.Repeat([]byte("a"), 600))
	damaged[smallHead+3]++ // the letter that is repeated
	for _, broken := range [][]byte{nil, {7}, {compressedPayload, 1, 2, 3}, {smallPayload, 1, 2}, packSmall(make([]byte, smallBytes)), damaged} {
		if _, err := c.unpack(broken); err == nil {
			t.Errorf("unpack %v: got no error", broken)
		}
	}
}

func TestSequenceHasALimit(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir(), Options{})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	run := newRun(1, 7, 0, f, MaxSequence, 0)
	if _, err := s.Append(t.Context(), run, Step{Operations: []Operation{{Address: "1"}}}); err != nil {
		t.Errorf("at the limit: got error %v", err)
	}
	if _, err := s.Append(t.Context(), run, Step{Operations: []Operation{{Address: "2"}}}); fault.KindOf(err) != fault.OperationsLimit {
		t.Errorf("one past the limit: got error %v, want %s", err, fault.OperationsLimit)
	}
}

// FuzzRow takes journal rows apart that may be damaged: that must neither panic nor ask for much memory.
func FuzzRow(f *testing.F) {
	op := Operation{
		Address: "3/1.2", Started: time.Unix(5, 7), Finished: time.Unix(6, 0), InputHash: 9,
		Err:       fault.New(fault.Connection, "Away.").WithHint("wait").WithDelay(time.Second),
		Exchanges: []value.Value{value.Text("x")}, Changes: []RecordChange{{Store: 1, Kind: PutRecord, Key: "k", Data: value.Int(1)}},
	}
	row := op.appendTail(appendHead(newRow(resultRow), op.Address, op.Started, op.InputHash))
	f.Add(append(row, 1, 0, 0)[2:])
	f.Add(append(bytes.Clone(row), 2, 1, 5, 2)[2:])
	f.Add((&Intent{Address: "4", Request: value.Text(strings.Repeat("y", 50))}).encode()[2:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{src: data}
		address, started, hash := r.text(), r.time(), r.fixed64()
		back := Operation{Address: address, Started: started, InputHash: hash}
		back.Finished, back.Err, back.Exchanges, back.Changes = r.time(), r.fault(), r.values(), r.changes()
		(&Store{}).bundles(t.Context(), 1, r)
		if r.err != nil {
			return
		}
		again := &reader{src: back.appendTail(appendHead(nil, address, started, hash))}
		if a, s, h := again.text(), again.time(), again.fixed64(); a != address || !s.Equal(started) || h != hash {
			t.Errorf("head: got %q %s %d, want %q %s %d", a, s, h, address, started, hash)
		}
		if finished := again.time(); !finished.Equal(back.Finished) {
			t.Errorf("end: got %s, want %s", finished, back.Finished)
		}
		if failure := again.fault(); (failure == nil) != (back.Err == nil) || failure != nil && failure.Message != back.Err.Message {
			t.Errorf("failure: got %v, want %v", failure, back.Err)
		}
	})
}

// TestNoFieldOfASummaryIsLost fills the fields one after the other: what is written by hand must not leave one out.
func TestNoFieldOfASummaryIsLost(t *testing.T) {
	t.Parallel()
	for i := range reflect.TypeFor[Summary]().NumField() {
		s := Summary{Cycles: 1, Operations: 12, Details: json.RawMessage(`[[1,2]]`)}
		switch f := reflect.ValueOf(&s).Elem().Field(i); f.Kind() {
		case reflect.Int, reflect.Int64:
			f.SetInt(7)
		case reflect.String:
			f.SetString("seven")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Pointer:
			f.Set(reflect.ValueOf(&fault.Words{Code: "host-unknown", Args: []string{"a.example"}, Hint: &fault.Words{Code: "hint-host-spelling"}}))
		case reflect.Slice:
			f.SetBytes([]byte(`{"a":1}`))
		default:
			t.Fatalf("field %d: no value of kind %s", i, f.Kind())
		}
		data, err := s.encode()
		var back Summary
		if err == nil {
			err = json.Unmarshal(data[1:], &back)
		}
		if err != nil || data[0] != 0 || !reflect.DeepEqual(back, s) {
			t.Errorf("got %+v, error %v; want %+v", back, err, s)
		}
	}
}
