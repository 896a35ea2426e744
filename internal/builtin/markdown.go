package builtin

import (
	"bytes"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// MaxMarkdownBytes is the longest Markdown text. Some texts that are made for it take the parser time in proportion to
// the square of their length.
const MaxMarkdownBytes = 256 << 10

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
			if len(source) > MaxMarkdownBytes {
				return value.Undefined, fault.Newf(fault.MaxFileSizeExceeded, "The Markdown has %d bytes; %d are allowed.", len(source), MaxMarkdownBytes).
					WithField("data").WithHint("split it into smaller parts")
			}
			converter := plain
			if truthOf(op.Input, "gfm", true) {
				converter = github
			}
			var out bytes.Buffer
			if err := converter.Convert([]byte(source), &out); err != nil {
				return value.Undefined, fault.Wrap(fault.Data, err, "The Markdown cannot be turned into HTML.").WithField("data")
			}
			text := out.String()
			if truthOf(op.Input, "sanitize", false) {
				text = policy.Sanitize(text)
			}
			return value.Collection(value.F("data", value.Text(text))), nil
		}),
	}}
}
