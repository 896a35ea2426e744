package appdef

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// response compiles what is made of an answer.
func (c *compiler) response(s source) Response {
	if !c.object(s) {
		return Response{}
	}
	c.keys(s, responseKeyNames)
	r := Response{
		Types: c.types(s), Accept: c.tree(s, "accept"), Valid: c.valid(s), Error: c.errorRule(s.at("error"), true), Iterate: c.iterate(s),
		Wrapper: c.tree(s, "wrapper"), Limit: c.tree(s, "limit"), Temp: c.flat(s, "temp"),
		Data: c.flat(s, "data"), UID: c.tree(s, "uid"),
	}
	if output, ok := s.value.Lookup("output"); ok && !output.IsUndefined() {
		r.Output = c.whole(s.at("output")) // null is an output too
	}
	if m := s.at("metadata"); c.object(m) {
		c.keys(m, metadataKeyNames)
		r.Label = c.tree(m, "value")
	}
	r.Trigger = c.trigger(s.at("trigger"))
	return r
}

// responseType returns the name used here for a form of answers.
func responseType(name string) (string, bool) {
	switch name {
	case "automatic", "json", "urlencoded", "xml", "text", "binary":
		return name, true
	case "string", "raw":
		return "text", true
	}
	return "", false
}

func (c *compiler) types(s source) []TypeRule {
	t := s.at("type")
	if t.value.IsNothing() {
		return nil
	}
	if name, ok := responseType(t.value.Str()); ok {
		return []TypeRule{{0, math.MaxInt, name}}
	}
	if t.value.Kind() != value.KindCollection {
		c.problem(s, "type", fmt.Sprintf("unknown type of response %s", t.value.JSON()), "use automatic, json, urlencoded, xml, text or binary")
		return nil
	}
	var rules []TypeRule
	for key, v := range t.value.Fields() {
		from, to, ok := statusRange(key)
		name, known := responseType(v.Str())
		if !ok || !known {
			c.problem(t, key, fmt.Sprintf("%q: %s is not a status with a type", key, v.JSON()), `write for instance "*": "json", "400-499": "text"`)
			continue
		}
		rules = append(rules, TypeRule{from, to, name})
	}
	slices.SortStableFunc(rules, func(a, b TypeRule) int { // the narrowest first
		return (a.To - a.From) - (b.To - b.From)
	})
	return rules
}

// statusRange reads "404", "400-499" and "*".
func statusRange(key string) (from, to int, ok bool) {
	if key == "*" {
		return 0, math.MaxInt, true
	}
	first, last, ranged := strings.Cut(key, "-")
	from, err := strconv.Atoi(strings.TrimSpace(first))
	to = from
	if err == nil && ranged {
		to, err = strconv.Atoi(strings.TrimSpace(last))
	}
	return from, to, err == nil && from >= 100 && from <= to && to <= 599
}

func (c *compiler) valid(s source) *Valid {
	v := s.at("valid")
	if v.value.Kind() == value.KindCollection {
		c.keys(v, validKeyNames)
		return &Valid{Condition: c.tree(v, "condition"), Message: c.tree(v, "message"), Type: c.errorType(v)}
	}
	if t := c.tree(s, "valid"); t != nil {
		return &Valid{Condition: t}
	}
	return nil
}

// errorRule compiles the error of failed requests; top allows rules for single statuses.
func (c *compiler) errorRule(s source, top bool) ErrorRule {
	if s.value.Kind() == value.KindText {
		return ErrorRule{Message: c.whole(s)}
	}
	if !c.object(s) {
		return ErrorRule{}
	}
	r := ErrorRule{Message: c.tree(s, "message"), Type: c.errorType(s)}
	for _, key := range s.value.Keys() {
		status, to, ok := statusRange(key)
		switch {
		case key == "message" || key == "type":
		case top && ok && status == to:
			if r.ByStatus == nil {
				r.ByStatus = map[int]ErrorRule{}
			}
			r.ByStatus[status] = c.errorRule(s.at(key), false)
		default:
			c.problem(s, key, fmt.Sprintf("unknown key %q", key), `the keys here are message, type and statuses such as "404"`)
		}
	}
	return r
}

func (c *compiler) errorType(s source) *expression.Tree {
	t := c.tree(s, "type")
	if t == nil {
		return nil
	}
	kind := s.value.Get("type").Str()
	if t.Constant() && !slices.Contains(fault.Kinds(), fault.Kind(kind)) {
		names := make([]string, 0, len(fault.Kinds()))
		for _, k := range fault.Kinds() {
			names = append(names, string(k))
		}
		c.problem(s, "type", fmt.Sprintf("unknown type of error %q", kind), suggestion(kind, names))
	}
	return t
}

func (c *compiler) iterate(s source) *Iterate {
	v := s.at("iterate")
	if v.value.Kind() == value.KindCollection {
		c.keys(v, iterateKeyNames)
		out := &Iterate{Container: c.tree(v, "container"), Condition: c.tree(v, "condition")}
		if out.Container == nil {
			c.problem(v, "", "there is no container to iterate over", `write "container": "{{body.items}}"`)
		}
		return out
	}
	if t := c.tree(s, "iterate"); t != nil {
		return &Iterate{Container: t}
	}
	return nil
}
