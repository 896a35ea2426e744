package builtin

import (
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

func authFields() []module.Field {
	return []module.Field{
		advanced(field("authUser", "text", "User name", "For basic authentication.")),
		advanced(field("authPass", "password", "Password", "For basic authentication.")),
	}
}

func pairsField(name, label, help string) module.Field {
	return spec(field(name, "array", label, help), field("name", "text", "Name", ""), field("value", "text", "Value", ""))
}

// methodField is a text with proposals, because blueprints write methods in both cases.
func methodField() module.Field {
	f := choice("method", "Method", "The HTTP method.",
		"get", "GET", "head", "HEAD", "post", "POST", "put", "PUT", "patch", "PATCH", "delete", "DELETE", "options", "OPTIONS")
	f.Type = "text"
	return withDefault(required(f), value.Text("get"))
}

func timeoutField() module.Field {
	return advanced(between(field("timeout", "uinteger", "Timeout", "In seconds, for the whole call; 40 when empty."), 1, MaxTimeoutSeconds))
}

func tlsFields() []module.Field {
	return []module.Field{
		advanced(toggle("rejectUnauthorized", "Reject connections that are using unverified (self-signed) certificates", "", true)),
		advanced(multiline(field("ca", "cert", "Self-signed certificate", "Certificates in PEM form that are trusted besides the usual ones."))),
	}
}

func cookiesField() module.Field {
	return advanced(toggle("shareCookies", "Share cookies with other HTTP modules", "Within the execution, where both modules ask for it.", false))
}

// mutualTLSField is there so that scenarios that ask for it are refused and not run without it.
func mutualTLSField() module.Field {
	return advanced(withDefault(field("useMtls", "boolean", "Use Mutual TLS", "Not supported: a scenario that asks for it stops."), value.False))
}

func handleErrorsField() module.Field {
	return withDefault(field("handleErrors", "boolean", "Evaluate all states as errors (except for 2xx and 3xx)", ""), value.False)
}

// formFieldsField holds the fields of a form without files.
func formFieldsField(name string) module.Field {
	return spec(field(name, "array", "Fields", "Of the form."),
		field("key", "text", "Key", "Name of the field."), field("value", "any", "Value", ""))
}

// partsField holds the fields and files of a multipart form.
func partsField(name string) module.Field {
	kind := withDefault(choice("fieldType", "Field type", "", "text", "Text", "file", "File"), value.Text("text"))
	kind = bringing(kind, "text", field("value", "any", "Value", ""))
	kind = bringing(kind, "file", field("fileName", "text", "File name", ""), field("data", "any", "Data", "Content of the file."),
		field("mime", "text", "Content type", "Of the file; worked out from its name when empty."))
	return spec(field(name, "array", "Fields", "Of the form."), field("key", "text", "Key", "Name of the field."), kind)
}

// contentTypeField is a text with proposals, because services have content types of their own.
func contentTypeField() module.Field {
	f := choice("contentType", "Content type", "Custom leaves it to the headers.",
		"application/json", "JSON (application/json)", "text/plain", "Text (text/plain)", "application/xml", "XML (application/xml)",
		"text/xml", "XML (text/xml)", "text/html", "HTML (text/html)", "custom", "Custom")
	f.Type = "text"
	return f
}

// legacyBodyField chooses the body of the modules of version 3.
func legacyBodyField() module.Field {
	f := choice("bodyType", "Body type", "", "raw", "Raw", "x_www_form_urlencoded", "application/x-www-form-urlencoded", "multipart_form_data", "multipart/form-data")
	f = bringing(f, "raw", contentTypeField(),
		multiline(field("data", "any", "Request content", "Text or binary data; arrays and collections are sent as JSON.")))
	f = bringing(f, "x_www_form_urlencoded", formFieldsField("formFields"))
	return bringing(f, "multipart_form_data", partsField("formFields"))
}

// bodyField chooses the body of the module of version 4.
func bodyField() module.Field {
	input := withDefault(required(choice("inputMethod", "Body input method", "", "jsonString", "JSON string", "dataStructure", "Data structure")), value.Text("jsonString"))
	input = bringing(input, "jsonString", multiline(field("jsonStringBodyContent", "text", "Body content", "JSON text.")))
	input = bringing(input, "dataStructure", field("dataStructureBodyContent", "any", "Body content", "A collection or an array, sent as JSON."))
	f := choice("contentType", "Body content type", "", "json", "JSON", "multipart", "multipart/form-data", "urlEncoded", "application/x-www-form-urlencoded", "custom", "Custom")
	f = bringing(f, "json", input)
	f = bringing(f, "multipart", partsField("multipartBodyContent"))
	f = bringing(f, "urlEncoded", formFieldsField("urlEncodedBodyContent"))
	return bringing(f, "custom", field("customContentType", "text", "Content type", "Such as text/csv."),
		multiline(field("customBodyContent", "any", "Body content", "Text or binary data.")))
}

// authenticationField chooses how a call of the module of version 4 proves itself.
func authenticationField() module.Field {
	f := withDefault(required(choice("authenticationType", "Authentication type", "", "noAuth", "No authentication", "apiKey", "API key", "basicAuth", "Basic authentication")), value.Text("noAuth"))
	f = bringing(f, "apiKey", required(field("apiKeyKeychain", "keychain:"+APIKeyConnection, "API key credentials", "")))
	return bringing(f, "basicAuth", required(field("basicAuthKeychain", "keychain:"+BasicAuthConnection, "Basic authentication credentials", "")))
}
