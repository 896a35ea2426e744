package connector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

func TestXMLDepth(t *testing.T) {
	t.Parallel()
	nested := func(n int) []byte { return []byte(strings.Repeat("<a>", n) + strings.Repeat("</a>", n)) }
	if _, err := parseXML(nested(MaxXMLDepth)); err != nil {
		t.Errorf("at the limit: got %v, want none", err)
	}
	if _, err := parseXML(nested(MaxXMLDepth + 1)); fault.KindOf(err) != fault.Data {
		t.Errorf("one deeper: got %v, want a %s", err, fault.Data)
	}
}

func TestMessagesAreClipped(t *testing.T) {
	t.Parallel()
	cases := []struct{ in, want string }{
		{strings.Repeat("x", MaxMessageBytes), strings.Repeat("x", MaxMessageBytes)},
		{strings.Repeat("x", MaxMessageBytes+1), strings.Repeat("x", MaxMessageBytes) + "…"},
		{strings.Repeat("x", MaxMessageBytes-1) + "éé", strings.Repeat("x", MaxMessageBytes-1) + "…"},
	}
	for _, c := range cases {
		if got := clip(c.in); got != c.want {
			t.Errorf("%d bytes: got %d bytes, want %d", len(c.in), len(got), len(c.want))
		}
	}
}

func TestHeldBundles(t *testing.T) {
	t.Parallel()
	h := held{most: 2}
	for i := range 3 {
		err := h.put(value.Int(i), true)
		if over := i == 2; (fault.KindOf(err) == fault.MaxResultsExceeded) != over {
			t.Errorf("bundle %d: got %v, want an error: %v", i+1, err, over)
		}
	}
}

func TestRPCLimits(t *testing.T) {
	t.Parallel()
	rpc := map[string]string{"rpcs/r/metadata.json": `{"connection": "key"}`}
	rpc["rpcs/r/api.imljson"] = `{"url": "/r", "qs": {"q": "{{parameters.q}}"}, "pagination": {"qs": {"p": "{{pagination.page}}"}}, "response": {"iterate": "{{body}}", "output": {"label": "{{item}}", "value": "{{item}}"}}}`
	pages := func(n int) *bench {
		b := newBench(t, "action", plainBase, `{"url": "/x"}`, rpc)
		b.svc.answers = nil
		for i := range n {
			b.svc.answers = append(b.svc.answers, answer{body: fmt.Sprintf("[%d]", i)})
		}
		b.svc.answers = append(b.svc.answers, answer{body: "[]"})
		return b
	}
	b := pages(MaxRPCPages - 1)
	got, err := b.c.RPC(t.Context(), "rpc://r?q=a%20b", value.Undefined, connection("k"))
	if err != nil || got.Len() != MaxRPCPages-1 || !strings.Contains(b.svc.requests[0].URL, "q=a%20b") {
		t.Errorf("at the limit: got %d options, %v; first request %s", got.Len(), err, b.svc.requests[0].URL)
	}
	if _, err := pages(MaxRPCPages).c.RPC(t.Context(), "r", value.Undefined, connection("k")); fault.KindOf(err) != fault.MaxResultsExceeded {
		t.Errorf("a page too many: got %v, want a %s", err, fault.MaxResultsExceeded)
	}
	many := newBench(t, "action", plainBase, `{"url": "/x"}`, rpc, answer{body: "[" + strings.TrimSuffix(strings.Repeat("1,", MaxRPCResults+5), ",") + "]"})
	if got, err := many.c.RPC(t.Context(), "r", value.Undefined, connection("k")); err != nil || got.Len() != MaxRPCResults {
		t.Errorf("too many options: got %d, %v, want %d", got.Len(), err, MaxRPCResults)
	}
}

// A list inside a chain is read whole, even where its last request takes only one bundle.
func TestLimitIsForTheLastRequestOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t, "search", plainBase, `[{"url": "/a", "response": {"iterate": "{{body}}", "output": "{{item}}", "wrapper": "{{output}}", "temp": {"all": "{{body}}"}}},
		{"response": {"iterate": "{{temp.all}}", "limit": 1, "output": {"n": "{{item}}", "of": "{{length(temp.all)}}"}}}]`, nil, answer{body: "[1, 2, 3]"})
	if err := b.run(t, `{}`); err != nil || b.outputs() != `[{"n":1,"of":3}]` {
		t.Errorf("got %s, %v, want one bundle that knows of three", b.outputs(), err)
	}
}
