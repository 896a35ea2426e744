package builtin

import (
	"context"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/outbound"
	"github.com/ropeway/ropeway/internal/value"
)

// Connection types of the app "http". Their fields are those of ConnectionTypes.
const (
	APIKeyConnection    = "apikeyauth"
	BasicAuthConnection = "basicauth"
)

// ConnectionType describes the form of a connection that built-in modules use.
type ConnectionType struct {
	App, Name, Label string
	Fields           []module.Field
}

// ConnectionTypes returns the types of connections that built-in modules use.
func ConnectionTypes() []ConnectionType {
	placement := withDefault(required(choice("placement", "API key placement", "Where the service expects the key.",
		"header", "In the header", "qs", "In the query string")), value.Text("header"))
	return []ConnectionType{
		{"http", APIKeyConnection, "API key", []module.Field{
			required(field("key", "password", "Key", "The API key, with any prefix that the service wants, such as Bearer.")), placement,
			required(field("name", "text", "API key parameter name", "Name of the header or query parameter, such as X-API-Key.")),
		}},
		{"http", BasicAuthConnection, "Basic authentication", []module.Field{
			field("username", "text", "User name", ""), field("password", "password", "Password", ""),
		}},
	}
}

// httpModules call any address. None of them repeats a call by itself: whether that is safe is for the scenario to say.
func httpModules(deps Deps) []*module.Module {
	h := httpApp{Deps: deps}
	return []*module.Module{
		h.sendModule("ActionSendData", "Make a request (legacy)", "", authFields()),
		h.sendModule("ActionSendDataAPIKeyAuth", "Make an API Key Auth request (legacy)", APIKeyConnection, nil),
		h.sendModule("ActionSendDataBasicAuth", "Make a Basic Auth request (legacy)", BasicAuthConnection, nil),
		h.makeRequestModule(), h.getFileModule(),
	}
}

type httpApp struct{ Deps }

// byMethod returns the class of a call: that of its method, whatever the service makes of it.
func byMethod(op *module.Operation) module.Delivery {
	return module.MethodDelivery(op.Input.Get("method").Str())
}

func (h httpApp) sendModule(name, label, connection string, auth []module.Field) *module.Module {
	d := module.Description{
		App: "http", Name: name, Version: 3, Label: label, Summary: "Sends an HTTP request to any address and returns the response.",
		Kind: module.Action, Delivery: module.Unsafe, TakesKey: true, Connection: connection,
		Parameters: []module.Field{handleErrorsField()},
		Interface: []module.Field{
			field("statusCode", "number", "Status code", "The HTTP status."),
			spec(field("headers", "array", "Headers", "Names in lower case."), field("name", "text", "Name", ""), field("value", "text", "Value", "")),
			field("cookieHeaders", "array", "Cookie headers", "The set-cookie headers."),
			field("data", "any", "Data", "The body: parsed where that is chosen, else text or binary data."),
			field("fileSize", "number", "File size", "Of the body, in bytes."),
		},
		Samples: jsonSample(`{"statusCode":200,"headers":[{"name":"content-type","value":"application/json"}],"cookieHeaders":[],"data":{"ok":true},"fileSize":11}`),
	}
	if connection != "" {
		d.Parameters = append(d.Parameters, required(field("auth", "keychain:"+connection, "Credentials", "")))
	}
	d.Expect = append([]module.Field{
		required(field("url", "url", "URL", "Begins with http:// or https://.")),
		advanced(toggle("serializeUrl", "Serialize URL", "Escape characters that a URL cannot hold.", false)),
		methodField(), pairsField("headers", "Headers", ""), pairsField("qs", "Query string", "Added to the URL."),
		legacyBodyField(),
		toggle("parseResponse", "Parse response", "Read JSON, XML and forms into fields.", false),
		timeoutField(), cookiesField(),
		advanced(toggle("followRedirect", "Follow redirect", "Of GET and HEAD.", true)),
		advanced(toggle("followAllRedirects", "Follow all redirects", "Of every method.", false)),
		advanced(toggle("useQuerystring", "Disable serialization of multiple same query string keys as arrays", "Send a=1&a=2 and not a[0]=1&a[1]=2.", false)),
		advanced(toggle("gzip", "Request compressed content", "", true)),
		mutualTLSField(),
	}, append(tlsFields(), auth...)...)
	return &module.Module{Description: d, DeliveryOf: byMethod, Simulates: true, Run: h.send}
}

func (h httpApp) send(ctx context.Context, op *module.Operation, conn *module.Connection, out module.Output) error {
	r, err := legacyRequest(op)
	if err != nil {
		return err
	}
	if err := authorize(&r, op.Module.Connection, conn); err != nil {
		return err
	}
	resp, err := h.call(ctx, op, r, truthOf(op.Parameters, "handleErrors", false), out)
	if err != nil {
		return err
	}
	data, err := responseData(resp, truthOf(op.Input, "parseResponse", false))
	if err != nil {
		return err
	}
	return out.Bundle(value.Collection(
		value.F("statusCode", value.Int(resp.Status)), value.F("headers", headerList(resp.Header)),
		value.F("cookieHeaders", cookieHeaders(resp.Header)), value.F("data", data), value.F("fileSize", value.Int(len(resp.Body))),
	))
}

func (h httpApp) makeRequestModule() *module.Module {
	d := module.Description{
		App: "http", Name: "MakeRequest", Version: 4, Label: "Make a request", Summary: "Sends an HTTP request to any address and returns the response.",
		Kind: module.Action, Delivery: module.Unsafe, TakesKey: true,
		Interface: []module.Field{
			field("statusCode", "number", "Status code", "The HTTP status."),
			field("headers", "collection", "Headers", "Names in lower case; several values are joined with a comma."),
			field("data", "any", "Data", "The body: parsed where that is chosen, else text or binary data."),
		},
		Samples: jsonSample(`{"statusCode":200,"headers":{"content-type":"application/json"},"data":{"ok":true}}`),
	}
	d.Parameters = []module.Field{authenticationField()}
	d.Expect = append([]module.Field{
		required(field("url", "url", "URL", "Begins with http:// or https://.")), methodField(),
		pairsField("headers", "Headers", ""), pairsField("queryParameters", "Query parameters", "Added to the URL."),
		bodyField(),
		toggle("parseResponse", "Parse response", "Read JSON, XML and forms into fields.", true),
		toggle("stopOnHttpError", "Return error if HTTP request fails", "Statuses of 400 and above count as errors.", true),
		timeoutField(), cookiesField(),
		advanced(toggle("allowRedirects", "Allow redirects", "Follow redirects of every method.", true)),
		advanced(toggle("requestCompressedContent", "Request compressed content", "", true)),
	}, tlsFields()...)
	return &module.Module{Description: d, DeliveryOf: byMethod, Simulates: true, Run: h.makeRequest}
}

func (h httpApp) makeRequest(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	r, err := newRequest(op)
	if err != nil {
		return err
	}
	if err := h.authorizeByKeychain(ctx, op, &r); err != nil {
		return err
	}
	resp, err := h.call(ctx, op, r, truthOf(op.Input, "stopOnHttpError", true), out)
	if err != nil {
		return err
	}
	data, err := responseData(resp, truthOf(op.Input, "parseResponse", true))
	if err != nil {
		return err
	}
	return out.Bundle(value.Collection(
		value.F("statusCode", value.Int(resp.Status)), value.F("headers", headerCollection(resp.Header)), value.F("data", data),
	))
}

// authorizeByKeychain opens the keychain that the scenario names for its authentication type.
func (h httpApp) authorizeByKeychain(ctx context.Context, op *module.Operation, r *outbound.Request) error {
	key, kind := "", ""
	switch t := textOf(op.Parameters, "authenticationType", "noAuth"); t {
	case "noAuth":
		return nil
	case "apiKey":
		key, kind = "apiKeyKeychain", APIKeyConnection
	case "basicAuth":
		key, kind = "basicAuthKeychain", BasicAuthConnection
	default:
		return fault.Newf(fault.InvalidConfiguration, "[auth-type] The authentication type %.40q is not supported.", t).
			WithField("authenticationType").WithHint("[hint-auth-type] choose noAuth, apiKey or basicAuth")
	}
	if h.Keychains == nil {
		return fault.New(fault.InvalidConfiguration, "[no-keychains] This server keeps no keychains.").WithField(key)
	}
	d := *op.Module
	d.Connection = kind
	conn, err := h.Keychains.Open(ctx, &d, textOf(op.Parameters, key, ""))
	if err != nil {
		return err
	}
	return authorize(r, kind, conn)
}

func (h httpApp) getFileModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "http", Name: "ActionGetFile", Version: 3, Label: "Get a file", Summary: "Downloads a file.",
			Kind: module.Action, Delivery: module.Read,
			Parameters: []module.Field{handleErrorsField()},
			Expect: append([]module.Field{
				required(field("url", "url", "URL", "Begins with http:// or https://.")),
				advanced(toggle("serializeUrl", "Serialize URL", "Escape characters that a URL cannot hold.", false)),
				advanced(pairsField("headers", "Headers", "")), advanced(pairsField("qs", "Query string", "Added to the URL.")),
				timeoutField(), cookiesField(), mutualTLSField(),
			}, append(tlsFields(), authFields()...)...),
			Interface: []module.Field{
				field("fileName", "text", "File name", "From the response, else from the URL."),
				field("data", "buffer", "Data", "The content of the file."),
				field("fileSize", "number", "File size", "In bytes."), field("statusCode", "number", "Status code", "The HTTP status."),
				spec(field("headers", "array", "Headers", "Names in lower case."), field("name", "text", "Name", ""), field("value", "text", "Value", "")),
			},
			Samples: jsonSample(`{"fileName":"report.pdf","data":"JVBERg==","fileSize":4,"statusCode":200,"headers":[]}`),
		},
		Run: h.getFile,
	}
}

// maxFileBytes is the largest file that is downloaded.
const maxFileBytes = 50 << 20

func (h httpApp) getFile(ctx context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
	r, err := legacyRequest(op)
	if err != nil {
		return err
	}
	r.Method, r.Body, r.MaxResponseBytes = "GET", nil, maxFileBytes
	resp, err := h.call(ctx, op, r, truthOf(op.Parameters, "handleErrors", false), out)
	if err != nil {
		return err
	}
	return out.Bundle(value.Collection(
		value.F("fileName", value.Text(fileName(resp))), value.F("data", value.Buffer(resp.Body, responseCharset(resp.Header))),
		value.F("fileSize", value.Int(len(resp.Body))), value.F("statusCode", value.Int(resp.Status)), value.F("headers", headerList(resp.Header)),
	))
}
