package builtin

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html/charset"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// The fields of an element that are no elements themselves.
const (
	xmlAttributes = "_attributes"
	xmlValue      = "_value"
)

// xmlModules read and write XML.
func xmlModules() []*module.Module {
	return []*module.Module{parseXMLModule(), transformToXMLModule()}
}

// parseXMLModule reads an XML text into a bundle with one field, named as the root. Every element below the root is an
// array, even where there is only one, so that a mapping does not change with the data. An element without attributes
// and elements is its text; any other is a collection with its attributes in _attributes and its text in _value.
func parseXMLModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "xml", Name: "ParseXML", Version: 1, Label: "Parse XML",
			Summary: "Reads an XML text and makes its elements available.",
			Kind:    module.Transformer, Delivery: module.Pure, DynamicOutput: true,
			Parameters: []module.Field{
				structureField("What the XML is expected to look like; helps with mapping and changes nothing."),
				field("preserveNumbersAsText", "boolean", "Preserve numbers as text", "Without it, texts such as 12.5 become numbers; 007 and numbers of more than 15 digits stay texts."),
			},
			Expect: []module.Field{multiline(required(field("xml", "any", "XML",
				"Text, or a file in the character set that it declares. Document types and entities of its own are not read.")))},
			Samples: jsonSample(`{"order":{"_attributes":{"id":"1"},"item":["pen","ink"],"total":[12.5]}}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			return parseXML(op.Input.Get("xml"), !truthOf(op.Parameters, "preserveNumbersAsText", false))
		}),
	}
}

// parseXML reads a text, or a buffer in the character set that it declares.
func parseXML(source value.Value, numbers bool) (value.Value, error) {
	text, declared := anyText(source), source.Kind() == value.KindBuffer
	if err := checkTextBytes("[xml-large] The XML has %d bytes; %d are allowed.", len(text)); err != nil {
		return value.Undefined, err
	}
	if marked, ok := decodeMarked([]byte(text)); ok {
		text, declared = marked, false
	}
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	if declared {
		d.CharsetReader = charset.NewReaderLabel
	}
	p := xmlParser{decoder: d, numbers: numbers}
	root, err := p.document()
	if err == nil {
		return root, nil
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return value.Undefined, err
	}
	line, column := d.InputPos()
	reason := err
	var syntax *xml.SyntaxError
	var said *fault.Text
	if errors.As(err, &syntax) {
		reason = errors.New(syntax.Msg)
	} else if !errors.As(err, &said) {
		reason = fault.Say("[xml-damaged] the text is damaged: %v", err)
	}
	return value.Undefined, fault.Wrapf(fault.Data, err, "[xml-unread-at] The XML cannot be read: line %d, column %d: %v.", line, column, reason).WithField("xml").
		WithHint("[hint-xml] look at the text that is mapped here; < and & in texts must be written as &lt; and &amp;")
}

// xmlParser keeps its own stack, so that deep nesting costs no recursion.
type xmlParser struct {
	decoder *xml.Decoder
	numbers bool
	open    []xmlElement
	root    value.Value
	nodes   int
}

type xmlElement struct {
	name       string
	attributes *value.Builder
	names      []string // of the elements inside, in order of first appearance
	children   map[string][]value.Value
	text       []byte
}

func (p *xmlParser) document() (value.Value, error) {
	for {
		token, err := p.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return p.end()
		}
		if err != nil {
			return value.Undefined, err //nolint:wrapcheck // who calls says what it is
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = p.start(t)
		case xml.EndElement:
			err = p.close(rawName(t.Name))
		case xml.CharData:
			err = p.chars(t)
		}
		if err != nil {
			return value.Undefined, err
		}
	}
}

func (p *xmlParser) end() (value.Value, error) {
	switch {
	case len(p.open) > 0:
		return value.Undefined, fault.Say("[xml-not-closed] the element <%s> is not closed", p.open[len(p.open)-1].name)
	case p.root.IsUndefined():
		return value.Undefined, fault.Say("[xml-empty] there is no element")
	}
	return p.root, nil
}

func (p *xmlParser) start(t xml.StartElement) error {
	if len(p.open) == 0 && !p.root.IsUndefined() {
		return fault.Say("[xml-second] there is a second element after the end of the root element")
	}
	p.nodes += 1 + len(t.Attr)
	if len(p.open) == MaxXMLDepth || p.nodes > MaxXMLNodes {
		return fault.Newf(fault.Data, "[xml-deep] The XML is nested deeper than %d levels or has more than %d elements and attributes.", MaxXMLDepth, MaxXMLNodes).
			WithField("xml").WithHint("[hint-split] split it into smaller parts")
	}
	e := xmlElement{name: rawName(t.Name)}
	if len(t.Attr) > 0 {
		e.attributes = value.NewBuilder(len(t.Attr))
		for _, a := range t.Attr {
			e.attributes.Set(rawName(a.Name), value.Text(a.Value))
		}
	}
	p.open = append(p.open, e)
	return nil
}

func (p *xmlParser) chars(text xml.CharData) error {
	if len(p.open) > 0 {
		e := &p.open[len(p.open)-1]
		e.text = append(e.text, text...)
		return nil
	}
	if strings.TrimSpace(strings.TrimPrefix(string(text), "\ufeff")) != "" {
		return fault.Say("[xml-text-outside] there is text outside of the root element")
	}
	return nil
}

func (p *xmlParser) close(name string) error {
	if len(p.open) == 0 {
		return fault.Say("[xml-not-opened] </%s> closes an element that was not opened", name)
	}
	e := &p.open[len(p.open)-1]
	if e.name != name {
		return fault.Say("[xml-crossed] </%s> stands where </%s> was expected", name, e.name)
	}
	v := p.elementValue(e)
	p.open = p.open[:len(p.open)-1]
	if len(p.open) == 0 {
		p.root = value.Collection(value.F(name, v))
		return nil
	}
	parent := &p.open[len(p.open)-1]
	if parent.children == nil {
		parent.children = map[string][]value.Value{}
	}
	if _, known := parent.children[name]; !known {
		parent.names = append(parent.names, name)
	}
	parent.children[name] = append(parent.children[name], v)
	return nil
}

func (p *xmlParser) elementValue(e *xmlElement) value.Value {
	if e.attributes == nil && len(e.names) == 0 {
		return p.scalar(string(e.text))
	}
	b := value.NewBuilder(len(e.names) + 2)
	if e.attributes != nil {
		b.Set(xmlAttributes, e.attributes.Build())
	}
	if text := strings.TrimSpace(string(e.text)); text != "" {
		b.Set(xmlValue, p.scalar(text))
	}
	for _, name := range e.names {
		b.Set(name, value.Array(e.children[name]...))
	}
	return b.Build()
}

// scalar turns the text of an element into a number where that loses nothing.
func (p *xmlParser) scalar(text string) value.Value {
	if p.numbers {
		if n, err := value.ToNumber(value.Text(text)); err == nil && value.Render(value.Number(n.Float())) == strings.TrimSpace(text) {
			return value.Number(n.Float())
		}
	}
	return value.Text(text)
}

// rawName returns a name as it was written, with its prefix.
func rawName(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

func transformToXMLModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "xml", Name: "TransformToXML", Version: 1, Label: "Create XML",
			Summary: "Writes a collection as XML.",
			Kind:    module.Transformer, Delivery: module.Pure,
			Expect: []module.Field{required(field("object", "collection", "Object",
				"One field, named as the root element. Arrays repeat their element; _attributes and _value work as in what Parse XML gives."))},
			Interface: []module.Field{field("xml", "text", "XML", "The XML text in UTF-8.")},
			Samples:   jsonSample(`{"xml":"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<order id=\"1\"><item>pen</item></order>"}`),
		},
		Pure: pure(func(op *module.Operation) (value.Value, error) {
			text, err := writeXML(op.Input.Get("object"))
			return value.Collection(value.F("xml", value.Text(text))), err
		}),
	}
}

// writeXML writes a collection of one field as an XML document.
func writeXML(object value.Value) (string, error) {
	if object.Len() != 1 || object.At(0).Kind() == value.KindArray {
		return "", fault.Newf(fault.BundleValidation, "[xml-root] An XML text has exactly one root element; the object has %d fields.", object.Len()).
			WithField("object").WithHint("[hint-xml-root] put everything into one collection, named as the root element")
	}
	w := xmlWriter{}
	w.text.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	if err := w.element(object.Keys()[0], object.At(0), 1); err != nil {
		return "", err
	}
	return w.text.String(), nil
}

type xmlWriter struct{ text strings.Builder }

func (w *xmlWriter) element(name string, v value.Value, depth int) error {
	if depth > MaxXMLDepth {
		return fault.Newf(fault.BundleValidation, "[object-deep] The object is nested deeper than %d levels.", MaxXMLDepth).WithField("object")
	}
	if err := checkTextBytes("[xml-large] The XML has %d bytes; %d are allowed.", w.text.Len()); err != nil {
		return err
	}
	if v.Kind() == value.KindArray {
		for _, item := range v.Items() {
			if err := w.element(name, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if !validXMLName(name) {
		return badXMLName(name)
	}
	w.text.WriteString("<" + name)
	if err := w.attributes(v.Get(xmlAttributes)); err != nil {
		return err
	}
	if err := w.content(v, depth); err != nil {
		return err
	}
	w.text.WriteString("</" + name + ">")
	return nil
}

func (w *xmlWriter) content(v value.Value, depth int) error {
	w.text.WriteByte('>')
	if v.Kind() != value.KindCollection {
		w.escaped(anyText(v))
		return nil
	}
	w.escaped(anyText(v.Get(xmlValue)))
	for name, child := range v.Fields() {
		if name == xmlAttributes || name == xmlValue {
			continue
		}
		if err := w.element(name, child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *xmlWriter) attributes(v value.Value) error {
	for name, attribute := range v.Fields() {
		if !validXMLName(name) {
			return badXMLName(name)
		}
		w.text.WriteString(" " + name + `="`)
		w.escaped(anyText(attribute))
		w.text.WriteByte('"')
	}
	return nil
}

// escaped writes text; characters that XML cannot hold become U+FFFD.
func (w *xmlWriter) escaped(text string) {
	_ = xml.EscapeText(&w.text, []byte(text)) // fails where writing fails, which a strings.Builder never does
}

func badXMLName(name string) error {
	return fault.Newf(fault.BundleValidation, "[xml-name] %.60q cannot be the name of an XML element or attribute.", name).WithField("object").
		WithHint("[hint-xml-name] names begin with a letter or _ and hold letters, digits and . - _ : only")
}

func validXMLName(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0 && r != 0xD7 && r != 0xF7 && r != 0xFFFD
		if !letter && (i == 0 || !strings.ContainsRune("0123456789.-:", r)) {
			return false
		}
	}
	return name != ""
}
