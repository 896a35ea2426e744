package builtin

import (
	"bytes"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// Limits of a Markdown text. The parser takes time in proportion to the square of the marks in one paragraph and of the
// quotes and lists inside each other; texts that were made to use that up are refused.
const (
	// MaxMarkdownBytes is the length of the longest text.
	MaxMarkdownBytes = 256 << 10
	// MaxMarkdownMarks is the number of characters such as * _ [ < ` ~ in one paragraph, that is, between two empty lines.
	MaxMarkdownMarks = 2000
	// MaxMarkdownDepth is the number of quotes and list items that begin on one line.
	MaxMarkdownDepth = 50
)

// markdownModules turn Markdown into HTML. Without "sanitize" HTML in the text comes out as it went in.
func markdownModules() []*module.Module {
	plain := goldmark.New(goldmark.WithRendererOptions(html.WithUnsafe()))
	github := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	policy := bluemonday.UGCPolicy()
	return []*module.Module{{
		Description: module.Description{
			App: "markdown", Name: "Compile", Version: 2, Label: "Compile Markdown to HTML",
			Summary: "Turns Markdown into HTML.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect: []module.Field{
				multiline(field("data", "text", "Markdown", "Text in Markdown.")),
				toggle("gfm", "GitHub Flavored Markdown", "Read tables, task lists, strikethrough and bare addresses too.", true),
				toggle("sanitize", "Sanitize", "Take out of the HTML what could run code or mislead: scripts, styles, forms, event handlers.", false),
			},
			Interface: []module.Field{field("data", "text", "HTML", "A part of a page, without html and body.")},
			Samples:   jsonSample(`{"data":"<p>Hello <strong>Ann</strong></p>\n"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			source, err := mappedText(op.Input.Get("data"), "data")
			if err != nil {
				return value.Undefined, err
			}
			if err := checkMarkdown(source); err != nil {
				return value.Undefined, err
			}
			converter := plain
			if truthOf(op.Input, "gfm", true) {
				converter = github
			}
			var out bytes.Buffer
			if err := converter.Convert([]byte(source), &out); err != nil {
				return value.Undefined, fault.Wrap(fault.Data, err, "[markdown-html] The Markdown cannot be turned into HTML.").WithField("data")
			}
			text := out.String()
			if truthOf(op.Input, "sanitize", false) {
				text = policy.Sanitize(text)
			}
			return value.Collection(value.F("data", value.Text(text))), nil
		}),
	}}
}

// checkMarkdown refuses texts beyond the limits.
func checkMarkdown(source string) error {
	if len(source) > MaxMarkdownBytes {
		return fault.Newf(fault.MaxFileSizeExceeded, "[markdown-large] The Markdown has %d bytes; %d are allowed.", len(source), MaxMarkdownBytes).
			WithField("data").WithHint("[hint-split] split it into smaller parts")
	}
	marks := 0
	for line := range strings.Lines(source) {
		if strings.TrimSpace(line) == "" {
			marks = 0
			continue
		}
		for i := range len(line) {
			if strings.IndexByte("*_[<`~", line[i]) >= 0 {
				marks++
			}
		}
		if marks > MaxMarkdownMarks || markdownDepth(line) > MaxMarkdownDepth {
			return fault.Newf(fault.Data, "[markdown-marks] The Markdown has more than %d marks such as * in one paragraph, or more than %d quotes and lists inside each other.",
				MaxMarkdownMarks, MaxMarkdownDepth).WithField("data").WithHint("[hint-split-lines] look at what is mapped here, or split it by empty lines")
		}
	}
	return nil
}

// markdownDepth counts the quotes and list items that begin on a line.
func markdownDepth(line string) int {
	depth := 0
	for {
		line = strings.TrimLeft(line, " \t")
		rest := strings.TrimLeft(line, "0123456789")
		switch {
		case strings.HasPrefix(line, ">"):
			line = line[1:]
		case len(rest) > 1 && strings.IndexByte("+-*.)", rest[0]) >= 0 && strings.IndexByte(" \t\r\n", rest[1]) >= 0:
			line = rest[1:]
		default:
			return depth
		}
		depth++
	}
}
