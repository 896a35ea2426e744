package customerly

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// looseText is a JSON string or number, read as text: clients send ids as either. Null is the empty text.
type looseText string

// UnmarshalJSON accepts a string, a number or null.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	switch value := value.(type) {
	case nil:
		*t = ""
	case string:
		*t = looseText(value)
	case json.Number:
		*t = looseText(value)
	default:
		return errors.New("must be a string or a number")
	}
	return nil
}

// looseFlag is a JSON boolean, 0, 1 or one of these as text.
type looseFlag bool

// UnmarshalJSON accepts true, false, 0, 1, the same as strings, and null.
func (f *looseFlag) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true", "1":
		*f = true
	case "false", "0", "null", "":
		*f = false
	default:
		return errors.New("must be true or false")
	}
	return nil
}

// decode reads a JSON body whatever its Content-Type said. The reply says what was wrong; ok is false then.
func decode(body []byte, into any) (wrong reply, ok bool) {
	if len(bytes.TrimSpace(body)) == 0 {
		return failed(http.StatusBadRequest, "The request has no JSON body"), false
	}
	err := json.Unmarshal(body, into)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return reply{}, true
	case errors.As(err, &syntax):
		return failed(http.StatusBadRequest, fmt.Sprintf("The request body is not valid JSON at byte %d", syntax.Offset)), false
	default:
		return unprocessable("The request body does not fit: %s", describe(err)), false
	}
}

// describe words a decoding error without names of Go types.
func describe(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Sprintf("%s cannot be a %s", orText(wrong.Field, "it"), wrong.Value)
	}
	return err.Error()
}

// attributeRules is how custom values are checked.
type attributeRules struct {
	truncate bool
}

// parse reads an attributes object; an empty list stands for an empty object. The result is sorted by name.
func (r attributeRules) parse(raw json.RawMessage) ([]attribute, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil || len(list) > 0 {
			return nil, errors.New("attributes must be an object")
		}
		return nil, nil
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, errors.New("attributes must be an object")
	}
	if len(values) > maxAttributes {
		return nil, fmt.Errorf("more than %d attributes", maxAttributes)
	}
	attributes := make([]attribute, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value, err := r.scalar(name, values[name])
		if err != nil {
			return nil, err
		}
		attributes = append(attributes, attribute{name, value})
	}
	return attributes, nil
}

// parseMany also takes a list of objects, which are merged, as one source types company attributes.
func (r attributeRules) parseMany(raw json.RawMessage) ([]attribute, error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		return r.parse(raw)
	}
	var merged []attribute
	for _, item := range list {
		attributes, err := r.parse(item)
		if err != nil {
			return nil, err
		}
		for _, own := range attributes {
			merged = slices.DeleteFunc(merged, func(a attribute) bool { return a.name == own.name })
			merged = append(merged, own)
		}
	}
	slices.SortFunc(merged, compareAttributes)
	return merged, nil
}

// scalar checks one value and returns it as compact JSON.
func (r attributeRules) scalar(name string, raw json.RawMessage) (string, error) {
	if !plainName(name) {
		return "", fmt.Errorf("attribute name %q: only letters, digits, _ and - are allowed, at most %d", name, maxAttributeChars)
	}
	switch raw[0] {
	case '{', '[':
		return "", fmt.Errorf("attribute %q: nested values are not allowed", name)
	case '"':
		return r.text(name, raw)
	case 't', 'f', 'n':
		return string(raw), nil
	}
	if len(raw) > maxNumberBytes {
		return "", fmt.Errorf("attribute %q: number is longer than %d characters", name, maxNumberBytes)
	}
	return string(raw), nil
}

func (r attributeRules) text(name string, raw json.RawMessage) (string, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("attribute %q: %w", name, err)
	}
	if utf8.RuneCountInString(text) > maxTextChars {
		if !r.truncate {
			return "", fmt.Errorf("attribute %q: text is longer than %d characters", name, maxTextChars)
		}
		text = string([]rune(text)[:maxTextChars])
	}
	return string(appendText(nil, text)), nil
}

func plainName(name string) bool {
	if name == "" || len(name) > maxAttributeChars {
		return false
	}
	for i := range len(name) {
		b := name[i]
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && b != '_' && b != '-' {
			return false
		}
	}
	return true
}

// checkEmail refuses what cannot be an address; it does not try to know every rule of mail.
func checkEmail(email string) error {
	name, domain, found := strings.Cut(email, "@")
	switch {
	case email == "":
		return errors.New("email is required")
	case len(email) > maxEmailBytes:
		return fmt.Errorf("email is longer than %d bytes", maxEmailBytes)
	case !found || name == "" || domain == "" || strings.Contains(domain, "@"):
		return errors.New("email is not valid")
	case !utf8.ValidString(email), strings.ContainsFunc(email, unicode.IsSpace), strings.ContainsFunc(email, unicode.IsControl):
		return errors.New("email is not valid")
	}
	return nil
}

func checkTag(tag string) error {
	switch {
	case tag == "":
		return errors.New("tag is required")
	case utf8.RuneCountInString(tag) > maxTagChars:
		return fmt.Errorf("tag is longer than %d characters", maxTagChars)
	}
	return nil
}

func checkChars(field, text string, limit int) error { //nolint:unparam // the limits of names and of user ids are the same by chance
	if utf8.RuneCountInString(text) > limit {
		return fmt.Errorf("%s is longer than %d characters", field, limit)
	}
	return nil
}

// readings returns a query value as decoded and, where that has a space, as it reads with plus signs kept:
// clients were seen to send "a+b@c.example" unencoded.
func readings(value string) []string {
	if !strings.Contains(value, " ") {
		return []string{value}
	}
	return []string{value, strings.ReplaceAll(value, " ", "+")}
}

// paging is which part of a list is wanted, and in which order.
type paging struct {
	page, perPage int
	sort          string
	descending    bool
}

// from is the position of the first row; a page beyond all numbers is beyond every list.
func (p paging) from() int {
	if p.page > math.MaxInt32 {
		return math.MaxInt
	}
	return p.page * p.perPage
}

// pagingOf reads the paging keys; what makes no sense falls back to the default, and per_page is capped.
func (s *Server) pagingOf(query url.Values) paging {
	p := paging{perPage: min(defaultPerPage, s.opts.MaxPerPage), sort: defaultOrder}
	if page, err := strconv.Atoi(query.Get("page")); err == nil && page > 0 {
		p.page = page
	}
	if count, err := strconv.Atoi(query.Get("per_page")); err == nil && count > 0 {
		p.perPage = min(count, s.opts.MaxPerPage)
	}
	if field := query.Get("sort"); field != "" {
		if _, known := comparisonOf(field); known {
			p.sort = field
		}
	}
	p.descending = strings.EqualFold(query.Get("sort_direction"), "desc")
	return p
}
