// Package appdef reads applications that are folders of JSON files: connections, modules, remote procedures, webhooks.
//
// An application as data can be read, checked and described in full before anything of it runs, so that a mistake is
// shown with its file, line and a hint, and so that a definition can never be more than the requests it lists.
// The package sends no request, executes no JavaScript, and reads nothing outside the folder it is given.
package appdef

import (
	"time"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// App is a loaded application. It does not change after Load and may be used by many goroutines.
type App struct {
	Name        string // as blueprints write it: "customerly"
	Label       string // "Customerly"
	Description string
	Version     int    // >= 1
	Icon        string // name of an icon of Lucide, "" for none
	Color       string // "#rrggbb", "" for none
	Tags        []string

	// BaseURL is the address that relative URLs are joined to; nil where the app has none. It is evaluated with
	// "connection" and "common" only, so that nothing mapped can change where the credentials go.
	BaseURL *expression.Tree
	// Origins are the scheme://host[:port] that stand literally in URLs of the definition.
	Origins []string
	// Common is the app-wide secret data that expressions read as "common".
	Common value.Value

	Connections map[string]*Connection
	Modules     []*Module // in the order of the groups, then as listed
	RPCs        map[string]*RPC
	Webhooks    map[string]*Webhook
	// Functions are the names of the app's JavaScript functions. They are listed and never executed.
	Functions []string
	// Texts are its texts in other languages.
	Texts module.Texts
}

// Connection is a way to log in to the service.
type Connection struct {
	Name, Label string
	OAuth       bool // not supported yet; Unsupported of the modules says so
	Parameters  []module.Field
	Common      value.Value
	// Communication is the call that proves the credentials; nil where there is none.
	Communication *Communication

	parameters source // for checks
}

// Module is one module of an app.
type Module struct {
	Name, Label, Summary string
	Group                string // label of the group that lists it, "" for none
	Kind                 module.Kind
	Connection, Webhook  string
	// Delivery is the class for the description; Annotated tells whether the definition names it.
	Delivery  module.Delivery
	Annotated bool
	// Parameters are static fields, Expect mapped ones, Interface those of the output. The Values are the same as written.
	Parameters, Expect, Interface []module.Field
	ExpectValue, InterfaceValue   value.Value
	DynamicInput, DynamicOutput   bool
	Samples                       value.Value
	Communication                 *Communication // nil for triggers that only listen
	// Epoch lists the items that a person can pick as the start of a polling trigger; nil where the app has no such list.
	Epoch *Communication
	// Preview says what a dry run can tell of the module beside the request; nil where the app says nothing.
	Preview *Preview
	// OnlyGets tells that no request of the module can have another method than GET, HEAD and OPTIONS.
	OnlyGets                               bool
	Examples                               []Example
	Unsupported                            []string // what the definition needs and Ropeway cannot do; such a module does not run
	communication, expect, output, samples source   // for checks
}

// Missing is what a module does with a record that is not there.
type Missing string

// The possibilities: it makes one, it fails, or nobody knows, since it might find one that the preview does not.
const (
	MissingCreated Missing = "created"
	MissingFails   Missing = "fails"
	MissingUnknown Missing = "unknown"
)

// Preview compares the record that a module changes with what it would be. Nil directives are absent.
type Preview struct {
	// Before reads the record; nothing, or a failure by wrong data, is no record. It only reads.
	Before *Communication
	// After is what the module changes in the record, which expressions read as "before". Deletes tells that nothing is left of it.
	After   *expression.Tree
	Deletes bool
	// Missing says what the module does where there is no record.
	Missing Missing
	// Output is the bundle that flows on, "before" included.
	Output *expression.Tree
}

// RPC is a remote procedure: it lists options, fields or a sample while a person fills in a form.
type RPC struct {
	Name, Connection string
	Parameters       []module.Field
	Communication    *Communication
	Unsupported      []string
}

// Webhook says how calls from the service become bundles.
type Webhook struct {
	Name, Label, Connection string
	Shared                  bool
	// Attached tells that the service must be called to set the webhook up, which is not supported: the address is copied by hand.
	Attached   bool
	Parameters []module.Field

	VerifyCondition *expression.Tree // a call that only checks the address
	VerifyRespond   *Respond
	Condition       *expression.Tree // false: the call is dropped
	Respond         *Respond
	Iterate         *Iterate
	Output          *expression.Tree
	UID             *expression.Tree
}

// Respond is the answer to a webhook call.
type Respond struct {
	Type                  string // "json", "urlencoded" or "text"
	Status, Headers, Body *expression.Tree
}

// Communication is one or more requests, made in order.
type Communication struct {
	Requests []*Request
}

// Request is one call with everything inherited from the base merged in. Nil directives are absent.
type Request struct {
	URL, Method, Headers, Query, Body *expression.Tree
	// TrustedHost tells that scheme and host of URL depend on nothing but the connection, so that it may carry credentials.
	TrustedHost bool
	BodyType    BodyType
	EncodeURL   bool
	// Condition false skips the request; Default is then the output.
	Condition, Default *expression.Tree
	Temp               *expression.Tree
	Timeout            time.Duration // 0: the default of the caller
	Redirects          RedirectRule
	CA                 *expression.Tree // PEM
	Sanitize           []string         // dot paths that records leave out
	KeyHeader          string           // in which an idempotency key is sent, "" for none
	Repeat             *Repeat
	Pagination         *Pagination
	Response           Response
}

// BodyType is the form in which a body is sent.
type BodyType string

// The forms.
const (
	BodyJSON       BodyType = "json"
	BodyURLEncoded BodyType = "urlencoded"
	BodyMultipart  BodyType = "multipart/form-data"
	BodyText       BodyType = "text"
	BodyBinary     BodyType = "binary"
)

// RedirectRule says which redirects a request follows.
type RedirectRule uint8

// The rules: those of GET and HEAD, those of every method, none.
const (
	RedirectSafe RedirectRule = iota
	RedirectAll
	RedirectNone
)

// Repeat makes a request again while a condition holds.
type Repeat struct {
	Condition *expression.Tree
	Delay     time.Duration
	Limit     int // repetitions after the first request
}

// Pagination asks for the next page. Next holds only URL, Method, Headers, Query and Body, with the parent's merged in.
type Pagination struct {
	Condition *expression.Tree
	Next      *Request
	// Direct tells that Next depends on the number of the page and not on the answer before, so that any page can be asked for.
	Direct bool
}

// Response says what is made of an answer.
type Response struct {
	Types []TypeRule
	// Accept holds for answers that are no failures, whatever their status and Valid say; nil for none.
	Accept  *expression.Tree
	Valid   *Valid
	Error   ErrorRule
	Iterate *Iterate

	Output, Wrapper, Limit, Temp *expression.Tree
	// Data, UID and Label are for connections.
	Data, UID, Label *expression.Tree
	// Trigger is for polling triggers.
	Trigger *Trigger
}

// TypeRule gives the form of answers with a status from From to To, both included.
type TypeRule struct {
	From, To int
	Type     string
}

// Type returns the form of an answer with the status: "automatic", "json", "xml", "urlencoded", "text" or "binary".
func (r *Response) Type(status int) string {
	for _, rule := range r.Types {
		if rule.From <= status && status <= rule.To {
			return rule.Type
		}
	}
	return "automatic"
}

// Valid is false for answers that are failures although their status is none.
type Valid struct {
	Condition, Message, Type *expression.Tree
}

// ErrorRule makes the error of a failed request.
type ErrorRule struct {
	Message, Type *expression.Tree
	ByStatus      map[int]ErrorRule // these come first
}

// For returns message and type for a status; either may be nil.
func (e *ErrorRule) For(status int) (message, kind *expression.Tree) {
	message, kind = e.Message, e.Type
	if special, ok := e.ByStatus[status]; ok {
		if special.Message != nil {
			message = special.Message
		}
		if special.Type != nil {
			kind = special.Type
		}
	}
	return message, kind
}

// Iterate makes a bundle of each element of Container for which Condition holds.
type Iterate struct {
	Container, Condition *expression.Tree
}

// Trigger says how a polling trigger tells its records apart and which of them are new.
type Trigger struct {
	// ByDate tells that Date decides what is new, and ID only tells records of the same date apart; else ID alone decides.
	ByDate   bool
	Order    Order
	ID, Date *expression.Tree // evaluated for each item; Date is nil unless ByDate
	// Overlap is how far before the newest date the trigger looks again for records that appear late. 0: not at all.
	Overlap time.Duration
	// Filtered tells that requests read how far the trigger has come, so that lists may hold only what is behind it.
	Filtered bool
}

// Order is the order in which a service lists records.
type Order string

// The orders.
const (
	OldestFirst Order = "asc"
	NewestFirst Order = "desc"
	Unordered   Order = "unordered"
)

// Module returns the module of that name, nil where there is none.
func (a *App) Module(name string) *Module {
	for _, m := range a.Modules {
		if m.Name == name {
			return m
		}
	}
	return nil
}

// keyHeader returns the header in which requests of the module send an idempotency key, "" where none does.
func (m *Module) keyHeader() string {
	if m.Communication != nil {
		for _, r := range m.Communication.Requests {
			if r.KeyHeader != "" {
				return r.KeyHeader
			}
		}
	}
	return ""
}

// Describe returns the descriptions of all modules, in their order.
func (a *App) Describe() []module.Description {
	list := make([]module.Description, len(a.Modules))
	for i, m := range a.Modules {
		list[i] = module.Description{
			App: a.Name, Name: m.Name, Version: a.Version, Label: m.Label, Summary: m.Summary, Icon: a.Icon, Group: m.Group,
			Kind: m.Kind, Delivery: m.Delivery, Connection: m.Connection, Webhook: m.Webhook,
			Parameters: m.Parameters, Expect: m.Expect, Interface: m.Interface, Samples: m.Samples,
			DynamicInput: m.DynamicInput, DynamicOutput: m.DynamicOutput,
			Starts: m.starts(), Transactional: m.Kind == module.Trigger, TakesKey: m.Kind == module.Universal, KeyHeader: m.keyHeader(),
			Unsupported: m.Unsupported,
		}
	}
	return list
}
