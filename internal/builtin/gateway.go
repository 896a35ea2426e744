package builtin

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// gatewayModules are the webhooks. The triggers have no code: what they put out is what was received.
func gatewayModules() []*module.Module {
	return []*module.Module{webhookModule(), mailhookModule(), respondModule()}
}

func maxResultsField() module.Field {
	return withDefault(between(field("maxResults", "uinteger", "Maximum number of results", "How many received calls one cycle takes."), 1, 100), value.Int(1))
}

func webhookModule() *module.Module {
	return &module.Module{Description: module.Description{
		App: "gateway", Name: "CustomWebHook", Version: 1, Label: "Custom webhook",
		Summary: "Starts the scenario when its address is called, with what was sent.",
		Kind:    module.InstantTrigger, Delivery: module.Read, Webhook: "gateway-webhook", DynamicOutput: true,
		Parameters: []module.Field{required(field("hook", "hook:gateway-webhook", "Webhook", "The address that is called.")), maxResultsField()},
		Interface:  []module.Field{field("value", "buffer", "Value", "The body, where it is neither a form nor JSON.")},
		// No sample: what callers send cannot be known, and an invented one would be mapped.
	}}
}

func mailhookModule() *module.Module {
	return &module.Module{Description: module.Description{
		App: "gateway", Name: "CustomMailHook", Version: 1, Label: "Custom mailhook",
		Summary: "Starts the scenario when a message arrives at its email address.",
		Kind:    module.InstantTrigger, Delivery: module.Read, Webhook: "gateway-mailhook", Unsupported: []string{"an email address of its own"},
		Parameters: []module.Field{required(field("hook", "hook:gateway-mailhook", "Mailhook", "The email address.")), maxResultsField()},
		Interface: []module.Field{
			field("from", "collection", "Sender", "Name and address."), field("subject", "text", "Subject", ""),
			field("text", "text", "Text content", ""), field("html", "text", "HTML content", ""),
			field("headers", "any", "Headers", ""), field("attachments", "array", "Attachments", "Files with name and data."),
		},
		Samples: jsonSample(`{"from":{"name":"Ann","address":"ann@example.com"},"subject":"Hello","text":"Hello there","attachments":[]}`),
	}}
}

// respondModule answers the call that started the execution. Only the first answer of an execution counts, so that
// repeating it changes nothing. It puts out an empty bundle: the flow goes on behind it.
func respondModule() *module.Module {
	return &module.Module{
		Description: module.Description{
			App: "gateway", Name: "WebhookRespond", Version: 1, Label: "Webhook response",
			Summary: "Answers the webhook call that started the scenario.",
			Kind:    module.Responder, Delivery: module.Idempotent,
			Expect: []module.Field{
				withDefault(required(between(field("status", "uinteger", "Status", "An HTTP status such as 200."), 200, 599)), value.Int(200)),
				multiline(field("body", "any", "Body", "Text or binary data; arrays and collections are sent as JSON.")),
				spec(field("headers", "array", "Custom headers", "Sent with the answer."),
					required(field("key", "text", "Key", "")), field("value", "text", "Value", "")),
			},
		},
		Simulates: true,
		Run: func(_ context.Context, op *module.Operation, _ *module.Connection, out module.Output) error {
			response, err := webhookResponse(op.Input)
			if err != nil {
				return err
			}
			if op.Dry {
				return unsentAnswer(response)
			}
			if err := out.Respond(response); err != nil {
				return err
			}
			return out.Bundle(value.Collection())
		},
	}
}

// unsentAnswer ends an operation of a dry run: nobody is answered.
func unsentAnswer(r module.Response) error {
	headers := value.NewBuilder(len(r.Headers))
	for _, h := range r.Headers {
		headers.Set(strings.ToLower(h.Name), recordedText(h.Value))
	}
	return &module.Unsent{Output: []value.Value{value.Collection()}, Effect: module.Effect{Kind: module.AnswerCall, What: value.Collection(
		value.F("status", value.Int(r.Status)), value.F("headers", headers.Build()), value.F("body", recordedText(shownBody(r.Body))),
	)}}
}

// maxShownBody is how much of an answer is shown that nobody gets.
const maxShownBody = 64 << 10

func shownBody(body []byte) string { return string(body[:min(len(body), maxShownBody)]) }

func webhookResponse(input value.Value) (module.Response, error) {
	body := input.Get("body")
	r := module.Response{Status: int(input.Get("status").Float()), Body: []byte(anyText(body))}
	headers := input.Get("headers").Items()
	if len(headers) > MaxResponseHeaders {
		return r, fault.Newf(fault.BundleValidation, "[answer-headers] The answer has %d headers; %d are allowed.", len(headers), MaxResponseHeaders).WithField("headers")
	}
	typed := false
	for i, h := range headers {
		name, v := h.Get("key").Str(), h.Get("value").Str()
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
			return r, fault.Newf(fault.BundleValidation, "[header-characters] The header %.60q holds characters that cannot be sent.", name).
				WithField("headers[" + strconv.Itoa(i+1) + "]").WithHint("[hint-header] take line breaks and other control characters out of its name and value")
		}
		typed = typed || strings.EqualFold(name, "Content-Type")
		r.Headers = append(r.Headers, module.Header{Name: name, Value: v})
	}
	if contentType := bodyType(body); !typed && contentType != "" {
		r.Headers = append(r.Headers, module.Header{Name: "Content-Type", Value: contentType})
	}
	return r, nil
}

// bodyType returns the content type that a mapped body has by itself, "" for none.
func bodyType(body value.Value) string {
	switch body.Kind() {
	case value.KindUndefined, value.KindNull:
		return ""
	case value.KindCollection, value.KindArray:
		return "application/json"
	case value.KindBuffer:
		return "application/octet-stream"
	}
	return "text/plain; charset=utf-8"
}
