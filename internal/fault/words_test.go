package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ropeway/ropeway/internal/fault"
)

func TestWordsOfAFailure(t *testing.T) {
	t.Parallel()
	inner := fault.Say("[expected] expected %v, got the text %q", fault.Say("[a-number] a number"), "x")
	for _, c := range []struct {
		name string
		err  *fault.Error
		text string
		want *fault.Words
	}{
		{"no code", fault.New(fault.Data, "It failed."), "It failed.", nil},
		{"what looks like a code and is none", fault.New(fault.Data, "[A] is missing"), "[A] is missing", nil},
		{"somebody else's text", fault.Quote(fault.Data, "[not-ours] 100% wrong"), "[not-ours] 100% wrong", nil},
		{
			"values", fault.Newf(fault.Data, "[key] The key %.3q has %d bytes in %s, %.0f%%.", "abcdef", 7, time.Second, 12.0),
			`The key "abc" has 7 bytes in 1s, 12%.`, &fault.Words{Code: "key", Args: []string{"abcdef", "7", "1s", "12"}},
		},
		{
			"parts, a field and a hint", fault.Newf(fault.Data, "[misfit] It is wrong: %v", inner).WithField("age").WithHintf("[hint-see] see %s", "module 2"),
			`It is wrong: expected a number, got the text "x"`, &fault.Words{
				Code: "misfit", Args: []string{`expected a number, got the text "x"`}, Field: "age",
				Parts: []fault.Part{{Text: `expected a number, got the text "x"`, Words: fault.Words{
					Code: "expected", Args: []string{"a number", "x"}, Parts: []fault.Part{{Text: "a number", Words: fault.Words{Code: "a-number"}}},
				}}},
				Hint: &fault.Words{Code: "hint-see", Args: []string{"module 2"}},
			},
		},
		{
			"a list", fault.Newf(fault.Data, "[misfits] %v", fault.List{fault.New(fault.Data, "[one] First.").WithField("a"), errors.New("second")}),
			"a: First.; second", &fault.Words{Code: "misfits", Args: []string{"a: First.; second"}, Parts: []fault.Part{
				{Text: "a: First.", Words: fault.Words{Code: "one", Field: "a"}}, {Text: "second"},
			}},
		},
		{"a hint alone", fault.Quote(fault.Data, "Taken.").WithHint("[hint-see] see there"), "Taken.", &fault.Words{Hint: &fault.Words{Code: "hint-see"}}},
	} {
		if c.err.Message != c.text {
			t.Errorf("%s: got %q, want %q", c.name, c.err.Message, c.text)
		}
		if diff := cmp.Diff(c.want, c.err.Words); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.want, fault.ReadWords(c.err.Words.Text())); diff != "" {
			t.Errorf("%s, written and read (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.want, fault.WordsOf(fmt.Errorf("module 3: %w", c.err))); diff != "" {
			t.Errorf("%s, wrapped (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestWordsAreBounded(t *testing.T) {
	t.Parallel()
	err := error(fault.Newf(fault.Data, "[deep] %s", strings.Repeat("é", 1000)))
	for range 20 {
		err = fault.Newf(fault.Data, "[deep] %v", err)
	}
	w := fault.WordsOf(err)
	depth := 0
	for ; len(w.Parts) > 0; depth++ {
		w = &w.Parts[0].Words
	}
	if n := len([]rune(w.Args[0])); depth > 6 || n > 301 {
		t.Errorf("got %d texts within one another and a value of %d characters", depth, n)
	}
}

func TestSecretsLeaveTheWordsToo(t *testing.T) {
	t.Parallel()
	e := fault.Newf(fault.Data, "[a] %s: %v", "secret", fault.Say("[b] no %s", "secret")).WithHintf("[hint] not %s", "secret")
	hide := func(s string) string { return strings.ReplaceAll(s, "secret", "***") }
	if text := e.Words.Map(hide).Text(); strings.Contains(text, "secret") || strings.Count(text, "***") != 5 {
		t.Errorf("got %s", text)
	}
	if e.Words.Args[0] != "secret" || (*fault.Words)(nil).Map(hide) != nil {
		t.Error("the words themselves were changed, or those of nil were made up")
	}
}
