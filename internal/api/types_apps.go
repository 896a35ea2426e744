package api

import (
	"encoding/json"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// App is an application that scenarios can use.
type App struct {
	Name        string           `json:"name"`
	Label       string           `json:"label"`
	Version     int              `json:"version"`
	Description string           `json:"description,omitempty"`
	Icon        string           `json:"icon,omitempty"`  // name of an icon of Lucide
	Color       string           `json:"color,omitempty"` // "#rrggbb"
	Tags        []string         `json:"tags,omitempty"`
	BuiltIn     bool             `json:"built_in"`
	Original    *Original        `json:"original,omitempty"`
	Connections []ConnectionType `json:"connections"`
	Modules     []ModuleName     `json:"modules"`
}

// Original is what something is called in its definition, where it is given in another language: a search finds both.
type Original struct {
	Label string `json:"label"`
	About string `json:"about,omitempty"`
}

// ConnectionType is a kind of account of an app, with the form that asks for it.
type ConnectionType struct {
	Name   string  `json:"name"`
	Label  string  `json:"label"`
	Fields []Field `json:"fields"`
}

// ModuleName names a module with what a list shows.
type ModuleName struct {
	Module   string    `json:"module"` // "customerly:listLeads"
	Version  int       `json:"version"`
	Label    string    `json:"label"`
	Summary  string    `json:"summary"`
	Icon     string    `json:"icon,omitempty"`  // name of an icon of Lucide
	Group    string    `json:"group,omitempty"` // heading under which it stands in its app
	Kind     string    `json:"kind"`
	Delivery string    `json:"delivery"` // what repeating it does: pure, read, idempotent, unsafe
	Original *Original `json:"original,omitempty"`
	// Unsupported says what it needs that there is not yet; no scenario runs with such a module.
	Unsupported []string `json:"unsupported,omitempty"`
}

// Module is a module with its forms.
type Module struct {
	ModuleName
	Connection    string       `json:"connection,omitempty"` // type of the connection that it needs
	Webhook       string       `json:"webhook,omitempty"`
	Transactional bool         `json:"transactional,omitempty"`
	TakesKey      bool         `json:"takes_key,omitempty"`      // it can send an idempotency key in a header that the scenario names
	KeyHeader     string       `json:"key_header,omitempty"`     // header in which it sends one anyway
	DynamicInput  bool         `json:"dynamic_input,omitempty"`  // it takes fields beyond those listed
	DynamicOutput bool         `json:"dynamic_output,omitempty"` // it gives fields beyond those listed
	Starts        []string     `json:"starts,omitempty"`         // where a polling trigger can begin
	Parameters    []Field      `json:"parameters"`               // chosen when the scenario is built
	Expect        []Field      `json:"expect"`                   // mapped for each bundle
	Interface     []Field      `json:"interface"`                // of an output bundle
	Samples       *value.Value `json:"samples,omitempty"`
}

// Field is one field of a form or of a bundle.
type Field struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Label     string `json:"label,omitempty"`
	Help      string `json:"help,omitempty"`
	Required  bool   `json:"required,omitempty"`
	Advanced  bool   `json:"advanced,omitempty"`
	Multiline bool   `json:"multiline,omitempty"`
	Multiple  bool   `json:"multiple,omitempty"`
	// NotMappable fields take no expression: what stands in them is meant as it is.
	NotMappable bool          `json:"not_mappable,omitempty"`
	Mode        string        `json:"mode,omitempty"` // how a form first shows a field from which one chooses: choose, or edit for an expression
	Default     *value.Value  `json:"default,omitempty"`
	Validate    *Validate     `json:"validate,omitempty"`
	Options     []FieldOption `json:"options,omitempty"`
	Choices     string        `json:"options_from,omitempty"` // procedure of the app that lists the options
	Spec        []Field       `json:"spec,omitempty"`
	Nested      []Field       `json:"nested,omitempty"`      // of a boolean: when it is true
	NestedFrom  string        `json:"nested_from,omitempty"` // procedure of the app that lists the nested fields
}

// Validate narrows the values of a field.
type Validate struct {
	Min      *float64      `json:"min,omitempty"`
	Max      *float64      `json:"max,omitempty"`
	MinItems *int          `json:"min_items,omitempty"`
	MaxItems *int          `json:"max_items,omitempty"`
	Pattern  string        `json:"pattern,omitempty"` // regular expression
	Enum     []value.Value `json:"enum,omitempty"`
}

// FieldOption is one choice of a field.
type FieldOption struct {
	Label  string      `json:"label"`
	Value  value.Value `json:"value"`
	Help   string      `json:"help,omitempty"`
	Nested []Field     `json:"nested,omitempty"`
}

// Procedure calls a procedure of an app: it lists the options of a field, or further fields.
type Procedure struct {
	Connection int64       `json:"connection,omitempty"` // number of the connection; 0 for procedures that need none
	Parameters value.Value `json:"parameters"`           // what the form holds so far
}

// ProcedureResult is what a procedure gave.
type ProcedureResult struct {
	Result value.Value `json:"result"`
}

// Function is a function of mapping expressions.
type Function struct {
	Name      string            `json:"name"`
	Signature string            `json:"signature"`
	Group     string            `json:"group"`
	Summary   string            `json:"summary"`
	Examples  []FunctionExample `json:"examples,omitempty"`
}

// FunctionExample shows what an expression gives.
type FunctionExample struct {
	Expression string `json:"expression"`
	Result     string `json:"result"`
}

// Preview is a template to evaluate with the bundles that modules gave.
type Preview struct {
	Template string `json:"template"`
	// Bundles holds what the template can see: an object of module number to bundle.
	Bundles value.Value `json:"bundles"`
	Zone    string      `json:"zone,omitempty"` // time zone, "" is UTC
}

// Previewed is what a template comes to.
type Previewed struct {
	Value value.Value `json:"value"`
	Type  string      `json:"type"`
	Text  string      `json:"text"` // as it would stand in a text
	Error *Mistake    `json:"error,omitempty"`
}

// Mistake is what is wrong with a template.
type Mistake struct {
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Column  int    `json:"column,omitempty"` // of the template, counted from 1; 0 where it is no mistake of writing
	// Words is what message and hint are made of, for readers of other languages.
	Words *fault.Words `json:"words,omitempty"`
}

// Blueprint is a blueprint to look at.
type Blueprint struct {
	Blueprint json.RawMessage `json:"blueprint"`
}

// Checked says what is wrong with a blueprint.
type Checked struct {
	Valid    bool           `json:"valid"`
	Problems fault.Problems `json:"problems"`
}

// RunModule runs one module by itself, with bundles that earlier modules gave.
type RunModule struct {
	// Bundles holds what the module can see: an object of module number to bundle.
	Bundles value.Value `json:"bundles,omitzero" audit:"-"`
	// Blueprint is the state that is being edited, in place of the newest version.
	Blueprint json.RawMessage `json:"blueprint,omitempty" audit:"-"`
	// Pinned fills what Bundles lacks with the samples of the scenario, as sample.list gives them.
	Pinned bool `json:"pinned,omitempty"`
	// Dry has it read and do nothing.
	Dry bool `json:"dry,omitempty"`
}

// ModuleRun is what one module did.
type ModuleRun struct {
	Status      string        `json:"status"`
	DurationMS  int64         `json:"duration_ms"`
	Input       value.Value   `json:"input"`
	BundleCount int           `json:"bundle_count"`
	Bundles     []value.Value `json:"bundles"` // the first of them
	Exchanges   []value.Value `json:"exchanges,omitempty"`
	Dry         *Effect       `json:"dry,omitempty"` // what it would have done, in a dry run
	Error       *Failure      `json:"error,omitempty"`
}
