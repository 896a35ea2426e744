package connector

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// parseXML turns a document into collections: each element is an entry of an array under its name, with its text as _value and its
// attributes as _attributes. Entities beyond those of XML itself are an error, so nothing is fetched and nothing grows.
func parseXML(data []byte) (value.Value, error) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(charset string, r io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii") {
			return r, nil
		}
		all, err := io.ReadAll(r)
		return strings.NewReader(decodeText(all, charset)), err
	}
	root := &element{}
	if err := root.read(d, 0); err != nil {
		return value.Undefined, err
	}
	if len(root.names) == 0 {
		return value.Undefined, fault.New(fault.Data, "[answer-xml-empty] The answer is not valid XML: it has no element.")
	}
	return root.value(), nil
}

func notXML(err error) error {
	return fault.Wrapf(fault.Data, err, "[answer-xml] The answer is not valid XML: %s.", strings.TrimPrefix(err.Error(), "XML syntax error "))
}

// element is an XML element that is being read.
type element struct {
	attributes []xml.Attr
	text       strings.Builder
	names      []string // of the elements inside, in order of their first occurrence
	inside     map[string][]value.Value
}

// read reads up to the end of the element, or of the document at depth 0.
func (e *element) read(d *xml.Decoder, depth int) error {
	if depth > MaxXMLDepth {
		return notXML(fmt.Errorf("nested deeper than %d levels", MaxXMLDepth))
	}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return notXML(err)
		}
		switch t := token.(type) {
		case xml.CharData:
			e.text.Write(t)
		case xml.EndElement:
			return nil
		case xml.StartElement:
			child := &element{attributes: t.Attr}
			if err := child.read(d, depth+1); err != nil {
				return err
			}
			e.add(t.Name.Local, child.value())
		}
	}
}

func (e *element) add(name string, v value.Value) {
	if e.inside == nil {
		e.inside = map[string][]value.Value{}
	}
	if _, seen := e.inside[name]; !seen {
		e.names = append(e.names, name)
	}
	e.inside[name] = append(e.inside[name], v)
}

func (e *element) value() value.Value {
	b := value.NewBuilder(len(e.names) + 2)
	if len(e.attributes) > 0 {
		attributes := value.NewBuilder(len(e.attributes))
		for _, a := range e.attributes {
			attributes.Set(a.Name.Local, value.Text(a.Value))
		}
		b.Set("_attributes", attributes.Build())
	}
	if text := strings.TrimSpace(e.text.String()); text != "" {
		b.Set("_value", value.Text(text))
	}
	for _, name := range e.names {
		b.Set(name, value.Array(e.inside[name]...))
	}
	return b.Build()
}
