package intake

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/ropeway/ropeway/internal/expression"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/filter"
	"github.com/ropeway/ropeway/internal/module"
	"github.com/ropeway/ropeway/internal/value"
)

// The keys of settings, by the object in which they stand.
var (
	settingsKeyNames   = []string{"headers", "method", "stringify", "json", "structure", "strict", "checks", "rate", "filter", "duplicates", "handshake", "responseWait"}
	rateKeyNames       = []string{"limit", "seconds"}
	duplicatesKeyNames = []string{"by", "header", "expression", "window"}
	handshakeKeyNames  = []string{"field", "tokenField", "token"}
)

// ParseSettings reads settings as they are stored and shown:
//
//	{"headers": true, "method": true, "stringify": false, "json": false,
//	 "structure": [{"name": "email", "type": "text", "required": true}], "strict": false,
//	 "checks": [{"type": "apikey", "header": "x-api-key", "keys": ["…"]},
//	            {"type": "standard-webhooks", "secrets": ["whsec_…"], "tolerance": 300},
//	            {"type": "github", "secrets": ["…"]}, {"type": "stripe", "secrets": ["…"], "tolerance": 300},
//	            {"type": "hmac", "header": "x-signature", "prefix": "", "algorithm": "sha256", "encoding": "hex", "secrets": ["…"]},
//	            {"type": "basic", "user": "…", "password": "…"}, {"type": "addresses", "ranges": ["192.0.2.0/24"]}],
//	 "rate": {"limit": 300, "seconds": 10},
//	 "filter": {"conditions": [[{"a": "{{event}}", "o": "text:equal", "b": "user.tagged"}]]},
//	 "duplicates": {"by": "header", "header": "webhook-id", "window": 86400},
//	 "handshake": {"field": "challenge", "tokenField": "", "token": ""}, "responseWait": 180}
//
// Every key may be left out; times are in seconds. Null and undefined are the zero Settings. Settings with problems
// must not be used: a check that could not be read would not hold.
func ParseSettings(v value.Value) (*Settings, fault.Problems) {
	p := &parser{}
	s := &Settings{}
	if v.IsNothing() {
		return s, nil
	}
	if !p.object(v, "", settingsKeyNames) {
		return s, p.problems
	}
	s.Headers, s.Method = p.flag(v, "headers"), p.flag(v, "method")
	s.Stringify, s.JSON = p.flag(v, "stringify"), p.flag(v, "json")
	s.Structure, s.Strict = p.structure(v.Get("structure")), p.flag(v, "strict")
	s.Checks = p.checks(v.Get("checks"))
	s.Rate = p.rate(v.Get("rate"))
	s.Filter = p.filter(v.Get("filter"))
	s.Duplicates = p.duplicates(v.Get("duplicates"))
	s.Handshake = p.handshake(v.Get("handshake"))
	s.ResponseWait = p.seconds(v, "", "responseWait", MaxResponseWait)
	return s, p.problems
}

// parser gathers problems.
type parser struct{ problems fault.Problems }

func (p *parser) fail(path, hint, format string, args ...any) {
	p.problems = append(p.problems, fault.Problem{Path: path, Problem: fmt.Sprintf(format, args...), Hint: hint})
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// object reports whether v is a collection; keys that are not known are problems.
func (p *parser) object(v value.Value, path string, keys []string) bool {
	if v.Kind() != value.KindCollection {
		p.fail(path, "", "must be an object, not %s", v.Kind())
		return false
	}
	for _, key := range v.Keys() {
		if slices.Contains(keys, key) {
			continue
		}
		hint := "known are " + strings.Join(keys, ", ")
		if near := fault.Nearest(key, keys); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.fail(join(path, key), hint, "there is no setting of this name")
	}
	return true
}

func (p *parser) flag(v value.Value, key string) bool {
	x := v.Get(key)
	if !x.IsNothing() && x.Kind() != value.KindBoolean {
		p.fail(key, "", "must be true or false, not a %s", x.Kind())
	}
	return x.Truth()
}

func (p *parser) text(v value.Value, path, key string) string {
	x := v.Get(key)
	if !x.IsNothing() && x.Kind() != value.KindText {
		p.fail(join(path, key), "", "must be a text, not a %s", x.Kind())
	}
	return x.Str()
}

// required is a text that must not be empty.
func (p *parser) required(v value.Value, path, key string) string {
	s := p.text(v, path, key)
	if s == "" {
		p.fail(join(path, key), "", "is missing")
	}
	return s
}

// headerName is the name of a header; "" where it is left out.
func (p *parser) headerName(v value.Value, path string) string {
	name := p.text(v, path, "header")
	if name != "" && !httpguts.ValidHeaderFieldName(name) {
		p.fail(join(path, "header"), "letters, digits and hyphens", "is no name of a header")
	}
	return name
}

func (p *parser) oneOf(v value.Value, path, key string, choices ...string) string {
	s := p.text(v, path, key)
	if s == "" {
		return choices[0]
	}
	if !slices.Contains(choices, s) {
		p.fail(join(path, key), "", "must be one of %s", strings.Join(choices, ", "))
	}
	return s
}

// whole is a whole number from 1 to most; 0 where it is left out.
func (p *parser) whole(v value.Value, path, key string, most int) int {
	x := v.Get(key)
	if x.IsNothing() {
		return 0
	}
	n := int(x.Float())
	if x.Kind() != value.KindNumber || float64(n) != x.Float() || n < 1 || n > most {
		p.fail(join(path, key), "", "must be a whole number from 1 to %d", most)
		return 0
	}
	return n
}

func (p *parser) seconds(v value.Value, path, key string, most time.Duration) time.Duration {
	return time.Duration(p.whole(v, path, key, int(most/time.Second))) * time.Second
}

func (p *parser) structure(v value.Value) []module.Field {
	if v.IsNothing() {
		return nil
	}
	if v.Kind() != value.KindArray {
		p.fail("structure", "", "must be a list of fields")
		return nil
	}
	for i, f := range v.Items() {
		if f.Get("name").Str() == "" {
			p.fail("structure["+strconv.Itoa(i)+"]", "", "must be an object with a name")
		}
	}
	return module.ParseFields(v)
}

func (p *parser) rate(v value.Value) Rate {
	const most, longest = 1_000_000, time.Hour
	if v.IsNothing() || !p.object(v, "rate", rateKeyNames) {
		return Rate{}
	}
	r := Rate{Limit: p.whole(v, "rate", "limit", most), Per: p.seconds(v, "rate", "seconds", longest)}
	if r.Limit == 0 || r.Per == 0 {
		p.fail("rate", `such as {"limit": 300, "seconds": 10}`, "needs a limit and seconds")
	}
	return r
}

func (p *parser) filter(v value.Value) *filter.Filter {
	if v.IsNothing() {
		return nil
	}
	f, problems := filter.Parse(v, expression.Scenario)
	for _, problem := range problems {
		problem.Path = join("filter", problem.Path)
		p.problems = append(p.problems, problem)
	}
	return f
}

func (p *parser) duplicates(v value.Value) *Duplicates {
	const at = "duplicates"
	if v.IsNothing() || !p.object(v, at, duplicatesKeyNames) {
		return nil
	}
	d := &Duplicates{Window: p.seconds(v, at, "window", MaxWindow)}
	switch p.oneOf(v, at, "by", "body", "header", "expression") {
	case "body":
		d.Body = true
	case "header":
		p.required(v, at, "header")
		d.Header = p.headerName(v, at)
	case "expression":
		template, err := expression.Parse(p.required(v, at, "expression"), expression.Scenario)
		if err != nil {
			p.fail(at+".expression", "", "%v", err)
		}
		d.Expression = template
	}
	return d
}

func (p *parser) handshake(v value.Value) *Handshake {
	const at = "handshake"
	if v.IsNothing() || !p.object(v, at, handshakeKeyNames) {
		return nil
	}
	h := &Handshake{Field: p.required(v, at, "field"), TokenField: p.text(v, at, "tokenField"), Token: NewSecret(p.text(v, at, "token"))}
	if (h.TokenField == "") != (h.Token.Reveal() == "") {
		p.fail(at, "set both or none", "needs tokenField and token together")
	}
	return h
}

// list returns the texts of a list of 1 to MaxSecrets.
func (p *parser) list(v value.Value, path, key string) []string {
	items := v.Get(key)
	at := join(path, key)
	if items.Kind() != value.KindArray || items.Len() == 0 || items.Len() > MaxSecrets {
		p.fail(at, "", "must be a list of 1 to %d texts", MaxSecrets)
		return nil
	}
	texts := make([]string, items.Len())
	for i, item := range items.Items() {
		if texts[i] = item.Str(); texts[i] == "" {
			p.fail(at+"["+strconv.Itoa(i)+"]", "", "must be a text that is not empty")
		}
	}
	return texts
}

func (p *parser) secrets(v value.Value, path, key string) []Secret {
	texts := p.list(v, path, key)
	secrets := make([]Secret, len(texts))
	for i, text := range texts {
		secrets[i] = NewSecret(text)
	}
	return secrets
}

func (p *parser) ranges(v value.Value, path string) []netip.Prefix {
	texts := p.list(v, path, "ranges")
	ranges := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		r, err := ParseRange(text)
		if err != nil {
			p.fail(path+".ranges["+strconv.Itoa(i)+"]", "such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32", "is no network address")
		}
		ranges[i] = r
	}
	return ranges
}

// ParseRange reads a range of network addresses: "192.0.2.0/24", or one address alone.
func ParseRange(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("parse network address: %w", err)
		}
		addr = plainAddr(addr)
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	r, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("parse network range: %w", err)
	}
	return r.Masked(), nil
}
