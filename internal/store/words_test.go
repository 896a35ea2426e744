package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
)

// TestWordsOfFailuresAreKept writes failures as operations, incomplete executions and summaries keep them, and reads those that
// versions have written which knew no words.
func TestWordsOfFailuresAreKept(t *testing.T) {
	t.Parallel()
	worded := fault.Newf(fault.Connection, "[host-unknown] The host name %s was not found.", "a.example").WithHint("[hint-host-spelling] Check it.").WithNotDone(true)
	plain := fault.New(fault.Data, "It failed.").WithHint("look").WithField("email")
	for _, e := range []*fault.Error{worded, plain} {
		r := &reader{src: appendFault(nil, e)}
		if diff := cmp.Diff(e, r.fault()); diff != "" || len(r.src) > 0 {
			t.Errorf("operation (-want +got), %d bytes left:\n%s", len(r.src), diff)
		}
		kept := decodeReason(string(e.Kind), encodeReason(e))
		if kept.Message != e.Message || cmp.Diff(e.Words, kept.Words) != "" {
			t.Errorf("incomplete execution: got %+v, want %+v", kept, e)
		}
		var s Summary
		s.Fail(e)
		if back := s.Fault(); back.Message != e.Error() || cmp.Diff(e.Words, back.Words) != "" {
			t.Errorf("summary: got %+v, want %+v", back, e)
		}
	}
	before := "\x01\x09DataError\x0aIt failed.\x04look\x05email\x00" // as version 0.1 wrote plain
	if diff := cmp.Diff(plain, (&reader{src: []byte(before)}).fault()); diff != "" {
		t.Errorf("of an older version (-want +got):\n%s", diff)
	}
}
