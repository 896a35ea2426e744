package connector

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// parseBody reads a body in the given form; "automatic" goes by its content type. An empty body is undefined.
func parseBody(data []byte, form string, h http.Header) (value.Value, error) {
	if len(data) == 0 {
		return value.Undefined, nil
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		media = ""
	}
	if form == "automatic" {
		form = formOf(media, data)
	}
	switch form {
	case "json":
		return parseJSON(data)
	case "xml":
		return parseXML(data)
	case "urlencoded":
		return parseForm(string(data))
	case "text":
		return value.Text(decodeText(data, params["charset"])), nil
	}
	return value.Buffer(data, ""), nil
}

// formOf returns the form for a content type. Where the type says nothing, the data decides.
func formOf(media string, data []byte) string {
	switch {
	case media == "application/json" || strings.HasSuffix(media, "+json") || media == "text/json":
		return "json"
	case media == "application/xml" || media == "text/xml" || strings.HasSuffix(media, "+xml"):
		return "xml"
	case media == "application/x-www-form-urlencoded":
		return "urlencoded"
	case media != "" && !strings.HasPrefix(media, "text/"):
		return "binary"
	}
	first := strings.TrimLeft(string(data[:min(len(data), 64)]), " \t\r\n\ufeff")
	if media != "text/html" && (strings.HasPrefix(first, "{") || strings.HasPrefix(first, "[")) {
		if _, err := value.ParseJSON(data); err == nil {
			return "json"
		}
	}
	if media == "" && !utf8.Valid(data) {
		return "binary"
	}
	return "text"
}

func parseJSON(data []byte) (value.Value, error) {
	v, err := value.ParseJSON(trimBOM(data))
	var broken *value.JSONError
	if errors.As(err, &broken) {
		return v, fault.Wrapf(fault.Data, err, "[answer-json] The answer is not valid JSON: %v.", broken).
			WithHint("[hint-answer-json] The service may be out of order, or the address may be that of a web page.")
	}
	return v, err
}

func trimBOM(data []byte) []byte {
	const bom = "\ufeff"
	if strings.HasPrefix(string(data[:min(len(data), len(bom))]), bom) {
		return data[len(bom):]
	}
	return data
}

func parseForm(text string) (value.Value, error) {
	names := []string{}
	lists := map[string][]string{}
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		content, err2 := url.QueryUnescape(rawValue)
		if err = errors.Join(err, err2); err != nil {
			return value.Undefined, fault.Wrap(fault.Data, err, "[answer-form] The answer is not a valid urlencoded form.")
		}
		if _, seen := lists[name]; !seen {
			names = append(names, name)
		}
		lists[name] = append(lists[name], content)
	}
	b := value.NewBuilder(len(names))
	for _, name := range names {
		b.Set(name, texted(lists[name]))
	}
	return b.Build(), nil
}

// decodeText turns bytes into text. Latin 1 is read as such; other bytes that are not UTF-8 are replaced.
func decodeText(data []byte, charset string) string {
	switch strings.ToLower(charset) {
	case "iso-8859-1", "latin1", "us-ascii":
		if !utf8.Valid(data) {
			runes := make([]rune, len(data))
			for i, c := range data {
				runes[i] = rune(c)
			}
			return string(runes)
		}
	}
	return strings.ToValidUTF8(string(trimBOM(data)), "\ufffd")
}
