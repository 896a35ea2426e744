package builtin

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func htmlToTextModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "regexp", Name: "HTMLToText", Version: 1, Label: "HTML to text",
			Summary: "Turns HTML into plain text that keeps paragraphs, lists and links readable.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect: []module.Field{
				multiline(field("html", "text", "HTML", "A whole page or a part of one.")),
				withDefault(required(choice("newline", "Line break", "How lines end.", "lf", "LF", "crlf", "CRLF", "cr", "CR")), value.Text("lf")),
				toggle("uppercaseHeadings", "Uppercase headings", "Write headings in capital letters.", true),
			},
			Interface: []module.Field{field("text", "text", "Text", "The plain text.")},
			Samples:   jsonSample(`{"text":"NEWS\n\nWe are open, see the page [https://example.com]."}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			source, err := mappedText(op.Input.Get("html"), "html")
			if err == nil {
				err = checkTextBytes("[html-large] The HTML has %d bytes; %d are allowed.", len(source))
			}
			if err != nil {
				return value.Undefined, err
			}
			text := htmlToText(source, truthOf(op.Input, "uppercaseHeadings", true))
			switch op.Input.Get("newline").Str() {
			case "crlf":
				text = strings.ReplaceAll(text, "\n", "\r\n")
			case "cr":
				text = strings.ReplaceAll(text, "\n", "\r")
			}
			return value.Collection(value.F("text", value.Text(text))), nil
		}),
	}
}

// maxListDepth is how many lists may stand open; a deeper one counts as a list of its own.
const maxListDepth = 32

// htmlToText reads source token by token: it builds no tree, so that broken and deeply nested pages cost no more than
// their length. Paragraphs are set apart by an empty line, list items begin with a star or their number, and a link is
// followed by its address in brackets where the two differ.
func htmlToText(source string, uppercaseHeadings bool) string {
	w := htmlText{uppercase: uppercaseHeadings}
	tokens := html.NewTokenizer(strings.NewReader(source))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			w.endLink()
			return w.out.String()
		case html.TextToken:
			w.write(string(tokens.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(tokens.Token())
		case html.EndTagToken:
			w.end(tokens.Token().DataAtom)
		case html.CommentToken, html.DoctypeToken:
		}
	}
}

// htmlText is the text so far and what stands open.
type htmlText struct {
	out       strings.Builder
	uppercase bool
	breaks    int  // line breaks that are due before the next text
	space     bool // a space is due before the next text
	hidden    int  // open elements whose text is not shown
	verbatim  int  // open pre elements
	headings  int
	lists     []int // number of the next item of each open list, 0 for lists with stars
	link      string
	linkFrom  int
}

func (w *htmlText) start(t html.Token) {
	switch t.DataAtom {
	case atom.Script, atom.Style, atom.Head, atom.Template, atom.Noscript, atom.Title:
		if t.Type == html.StartTagToken {
			w.hidden++
		}
	case atom.Body: // ends a head that was left open
		w.hidden = 0
		w.atLeast(1)
	case atom.Br:
		w.breaks++
	case atom.Hr:
		w.atLeast(2)
		w.write("-----")
		w.atLeast(2)
	case atom.Pre:
		w.atLeast(2)
		w.verbatim++
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.atLeast(2)
		w.headings++
	case atom.Ul, atom.Ol:
		w.openList(t.DataAtom == atom.Ol)
	case atom.Li:
		w.item()
	case atom.A:
		w.endLink()
		w.link, w.linkFrom = attribute(t, "href"), w.out.Len()
	case atom.Img:
		w.write(attribute(t, "alt"))
	case atom.Td, atom.Th:
		w.space = true
	default:
		w.atLeast(blockBreaks(t.DataAtom))
	}
}

func (w *htmlText) end(a atom.Atom) {
	switch a {
	case atom.Script, atom.Style, atom.Head, atom.Template, atom.Noscript, atom.Title:
		w.hidden = max(0, w.hidden-1)
	case atom.Pre:
		w.verbatim = max(0, w.verbatim-1)
		w.atLeast(2)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.headings = max(0, w.headings-1)
		w.atLeast(2)
	case atom.Ul, atom.Ol:
		if len(w.lists) > 0 {
			w.lists = w.lists[:len(w.lists)-1]
		}
		w.atLeast(listBreaks(len(w.lists)))
	case atom.A:
		w.endLink()
	default:
		w.atLeast(blockBreaks(a))
	}
}

// blockBreaks returns the line breaks around an element: 2 for paragraphs, 1 for other blocks, 0 for the rest.
func blockBreaks(a atom.Atom) int {
	switch a {
	case atom.P, atom.Blockquote, atom.Table, atom.Dl, atom.Figure, atom.Form, atom.Fieldset:
		return 2
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Address,
		atom.Tr, atom.Li, atom.Dt, atom.Dd, atom.Figcaption, atom.Body, atom.Caption, atom.Option:
		return 1
	default:
		return 0
	}
}

func listBreaks(depth int) int {
	if depth == 0 {
		return 2
	}
	return 1
}

func (w *htmlText) openList(numbered bool) {
	w.atLeast(listBreaks(len(w.lists)))
	if len(w.lists) == maxListDepth {
		w.lists = w.lists[:0]
	}
	first := 0
	if numbered {
		first = 1
	}
	w.lists = append(w.lists, first)
}

func (w *htmlText) item() {
	w.atLeast(1)
	depth := len(w.lists)
	mark := "*"
	if depth > 0 && w.lists[depth-1] > 0 {
		mark = value.Render(value.Int(w.lists[depth-1])) + "."
		w.lists[depth-1]++
	}
	if w.hidden > 0 {
		return
	}
	w.flush()
	w.out.WriteString(strings.Repeat("  ", max(0, depth-1)) + " " + mark + " ")
}

// endLink writes the address of the open link, unless its text says it already.
func (w *htmlText) endLink() {
	link := w.link
	w.link = ""
	address := strings.TrimPrefix(link, "mailto:")
	if link == "" || strings.HasPrefix(link, "#") || strings.HasPrefix(strings.ToLower(link), "javascript:") || w.hidden > 0 {
		return
	}
	shown := strings.TrimSpace(w.out.String()[min(w.linkFrom, w.out.Len()):])
	switch {
	case strings.EqualFold(shown, address):
	case shown == "":
		w.write("[" + address + "]")
	default:
		w.write(" [" + address + "]")
	}
}

func (w *htmlText) atLeast(breaks int) { w.breaks = max(w.breaks, breaks) }

// flush writes the line breaks or the space that are due.
func (w *htmlText) flush() {
	if w.out.Len() > 0 {
		switch {
		case w.breaks > 0:
			w.out.WriteString(strings.Repeat("\n", min(w.breaks, 2)))
		case w.space:
			w.out.WriteByte(' ')
		}
	}
	w.breaks, w.space = 0, false
}

// write adds text with its white space folded, except inside pre.
func (w *htmlText) write(text string) {
	if w.hidden > 0 || text == "" {
		return
	}
	if w.headings > 0 && w.uppercase {
		text = strings.ToUpper(text)
	}
	if w.verbatim > 0 {
		w.flush()
		w.out.WriteString(text)
		return
	}
	words := strings.FieldsFunc(text, foldedSpace)
	if len(words) == 0 {
		w.space = true
		return
	}
	if foldedSpace(rune(text[0])) {
		w.space = true
	}
	w.flush()
	w.out.WriteString(strings.Join(words, " "))
	w.space = foldedSpace(rune(text[len(text)-1]))
}

// foldedSpace is white space that HTML folds; a no-break space is not.
func foldedSpace(r rune) bool { return r < unicode.MaxASCII && unicode.IsSpace(r) }

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}
