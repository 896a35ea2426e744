package builtin

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// csvModules read and write comma-separated values.
func csvModules() []*module.Module {
	return []*module.Module{parseCSVModule(), createCSVModule()}
}

func delimiterFields() []module.Field {
	f := choice("delimiter", "Delimiter", "What stands between the columns.",
		",", "Comma", ";", "Semicolon", "tab", "Tab", "|", "Vertical bar", "other", "Other")
	f.Options[len(f.Options)-1].Nested = []module.Field{field("otherDelimiter", "text", "Delimiter character", "One character.")}
	return []module.Field{withDefault(f, value.Text(","))}
}

// delimiterOf returns the delimiter that the parameters choose.
func delimiterOf(parameters value.Value) (rune, error) {
	text := textOf(parameters, "delimiter", ",")
	switch text {
	case "tab":
		return '\t', nil
	case "other":
		text = textOf(parameters, "otherDelimiter", ",")
	}
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) || r == utf8.RuneError || strings.ContainsRune("\"\r\n\ufeff", r) {
		return 0, fault.Newf(fault.InvalidConfiguration, "[csv-delimiter] %.20q cannot be the delimiter of CSV.", text).
			WithField("delimiter").WithHint("[hint-csv-delimiter] use one character that is not a quotation mark or a line break")
	}
	return r, nil
}

// parseCSVModule puts out one bundle for each row. With a header the fields are named by it (empty names and names
// that occur twice become col and the number of the column), else they are col1, col2 and so on. Values stay texts.
func parseCSVModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "csv", Name: "ParseCSV", Version: 1, Label: "Parse CSV",
			Summary: "Reads a CSV text and puts out one bundle for each row.",
			Kind:    module.Transformer, Delivery: module.Pure, DynamicOutput: true,
			Parameters: append(delimiterFields(),
				withDefault(field("containsHeaders", "boolean", "CSV contains headers", "The first row names the columns."), value.True),
				structureField("The columns; helps with mapping and changes nothing.")),
			Expect:  []module.Field{multiline(required(field("csv", "any", "CSV", "Text, or a file with text in UTF-8 or UTF-16.")))},
			Samples: jsonSample(`{"name":"Ann","city":"Oslo"}`),
		},
		Pure: parseCSV,
	}
}

func parseCSV(op *module.Operation, emit func(value.Value) error) error {
	delimiter, err := delimiterOf(op.Parameters)
	if err != nil {
		return err
	}
	source := op.Input.Get("csv")
	text, ok := decodeBytes([]byte(anyText(source)), source.Encoding())
	if !ok {
		return fault.New(fault.Data, "[csv-encoding] The CSV is not text in UTF-8 or UTF-16.").WithField("csv").WithHint("[hint-convert-file] convert the file first")
	}
	if err := checkTextBytes("[csv-large] The CSV has %d bytes; %d are allowed.", len(text)); err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = delimiter, -1, true, true
	rows := csvRows{reader: r, header: truthOf(op.Parameters, "containsHeaders", true)}
	return rows.emit(emit)
}

type csvRows struct {
	reader      *csv.Reader
	header      bool
	names       []string // of the columns so far
	known       map[string]bool
	rows, cells int
}

func (c *csvRows) emit(emit func(value.Value) error) error {
	for {
		row, err := c.reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badCSV(err)
		}
		c.rows++
		c.cells += len(row)
		if c.rows > MaxCSVRows || c.cells > MaxCSVCells || len(row) > MaxCSVColumns {
			return fault.Newf(fault.MaxResultsExceeded, "[csv-many] The CSV has more than %d rows, %d columns or %d values.", MaxCSVRows, MaxCSVColumns, MaxCSVCells).
				WithField("csv").WithHint("[hint-csv-split] split it into smaller parts, or look at the delimiter")
		}
		if c.header && c.rows == 1 {
			for _, name := range row {
				c.addName(strings.TrimSpace(name))
			}
			continue
		}
		if err := emit(c.bundle(row)); err != nil {
			return err
		}
	}
}

func (c *csvRows) bundle(row []string) value.Value {
	for len(c.names) < len(row) {
		c.addName("")
	}
	b := value.NewBuilder(len(row))
	for i, cell := range row {
		b.Set(c.names[i], value.Text(cell))
	}
	return b.Build()
}

// addName names the next column. No two columns get the same name, because one would hide the other.
func (c *csvRows) addName(name string) {
	if name == "" || c.known[name] {
		name = "col" + strconv.Itoa(len(c.names)+1)
	}
	for c.known[name] {
		name += "_"
	}
	if c.known == nil {
		c.known = map[string]bool{}
	}
	c.known[name] = true
	c.names = append(c.names, name)
}

func badCSV(err error) error {
	told := fault.Wrap(fault.Data, err, "[csv-unread] The CSV cannot be read.")
	var at *csv.ParseError
	if errors.As(err, &at) {
		told = fault.Wrapf(fault.Data, err, "[csv-unread-at] The CSV cannot be read: line %d, column %d: %v.", at.Line, at.Column, at.Err)
	}
	return told.WithField("csv").WithHint("[hint-csv] look at the text that is mapped here, and at the delimiter")
}

// createCSVModule makes one row of each bundle; the columns are those of the data structure, and behind them the mapped fields in
// their order.
func createCSVModule() *module.Module {
	parameters := append([]module.Field{structureField("The columns in their order.")}, append(delimiterFields(),
		withDefault(field("includeHeaders", "boolean", "Include headers", "Write the names of the mapped fields as the first row."), value.True),
		withDefault(choice("newline", "Line break", "What ends a row.", "lf", "LF", "crlf", "CRLF"), value.Text("lf")))...)
	d := aggregatorDescription("csv", "CreateCSV", "Create CSV", "Collects bundles as the rows of a CSV text.", parameters...)
	d.DynamicInput = true
	d.Interface = []module.Field{field("text", "text", "Text", "The CSV text.")}
	d.Samples = jsonSample(`{"text":"name,city\nAnn,Oslo\n"}`)
	return &module.Module{Description: d, Aggregate: func(op *module.Operation) (module.Accumulator, error) {
		delimiter, err := delimiterOf(op.Parameters)
		if err != nil {
			return nil, err
		}
		a := &csvAccumulator{header: truthOf(op.Parameters, "includeHeaders", true)}
		for _, column := range d.Structure(op.Parameters) {
			a.addName(column.Name)
		}
		a.writer = csv.NewWriter(&a.text)
		a.writer.Comma, a.writer.UseCRLF = delimiter, textOf(op.Parameters, "newline", "lf") == "crlf"
		return a, nil
	}}
}

type csvAccumulator struct {
	text   strings.Builder
	writer *csv.Writer
	header bool
	begun  bool // the columns are settled
	names  []string
	places map[string]int
}

// addName adds a column, unless it is there.
func (a *csvAccumulator) addName(name string) {
	if _, ok := a.places[name]; ok || name == "" {
		return
	}
	if a.places == nil {
		a.places = map[string]int{}
	}
	a.places[name] = len(a.names)
	a.names = append(a.names, name)
}

// Add writes the item as a row. The first item decides the columns; a field that it does not have is a mistake.
func (a *csvAccumulator) Add(item value.Value) error {
	if !a.begun {
		if err := a.begin(item); err != nil {
			return err
		}
	}
	row := make([]string, len(a.names))
	for name, v := range item.Fields() {
		i, ok := a.places[name]
		if !ok {
			return fault.Newf(fault.BundleValidation, "[csv-column] The column %.60q is not in the first row.", name).
				WithField(name).WithHint("[hint-same-fields] map the same fields for every bundle")
		}
		row[i] = anyText(v)
	}
	return a.write(row)
}

func (a *csvAccumulator) begin(item value.Value) error {
	a.begun = true
	for _, name := range item.Keys() {
		a.addName(name)
	}
	if !a.header {
		return nil
	}
	return a.write(a.names)
}

func (a *csvAccumulator) write(row []string) error {
	if err := a.writer.Write(row); err != nil {
		return fault.Wrap(fault.Runtime, err, "[csv-write] The row cannot be written as CSV.")
	}
	a.writer.Flush()
	return checkTextBytes("[csv-large] The CSV has %d bytes; %d are allowed.", a.text.Len())
}

// Result returns the bundle with the text.
func (a *csvAccumulator) Result() (value.Value, error) {
	return value.Collection(value.F("text", value.Text(a.text.String()))), nil
}
