package intake

import (
	"strconv"
	"time"

	"github.com/ropeway/ropeway/internal/value"
)

// checkKeyNames are the keys of each type of check.
func checkKeyNames() map[string][]string {
	return map[string][]string{
		"apikey":            {"type", "header", "keys"},
		"standard-webhooks": {"type", "secrets", "tolerance"},
		"github":            {"type", "secrets"},
		"stripe":            {"type", "secrets", "tolerance"},
		"hmac":              {"type", "header", "prefix", "algorithm", "encoding", "secrets"},
		"basic":             {"type", "user", "password"},
		"addresses":         {"type", "ranges"},
	}
}

func (p *parser) checks(v value.Value) []Check {
	if v.IsNothing() {
		return nil
	}
	if v.Kind() != value.KindArray || v.Len() > MaxChecks {
		p.fail("checks", "", "must be a list of at most %d checks", MaxChecks)
		return nil
	}
	checks := make([]Check, 0, v.Len())
	for i, item := range v.Items() {
		if check := p.check(item, "checks["+strconv.Itoa(i)+"]"); check != nil {
			checks = append(checks, check)
		}
	}
	return checks
}

func (p *parser) check(v value.Value, path string) Check {
	const longest = time.Hour // of the tolerance: a longer one protects from nothing
	kind := v.Get("type").Str()
	keys, known := checkKeyNames()[kind]
	if !known {
		p.fail(join(path, "type"), "apikey, standard-webhooks, github, stripe, hmac, basic or addresses", "there is no check of this type")
		return nil
	}
	p.object(v, path, keys)
	switch kind {
	case "apikey":
		return APIKey{Header: p.headerName(v, path), Keys: p.secrets(v, path, "keys")}
	case "standard-webhooks":
		check := StandardWebhooks{Secrets: p.secrets(v, path, "secrets"), Tolerance: p.seconds(v, path, "tolerance", longest)}
		if len(check.keys()) < len(check.Secrets) {
			p.fail(path+".secrets", `copy them as the sender shows them, "whsec_" and base64`, "are not all base64")
		}
		return check
	case "github":
		return GitHub{Secrets: p.secrets(v, path, "secrets")}
	case "stripe":
		return Stripe{Secrets: p.secrets(v, path, "secrets"), Tolerance: p.seconds(v, path, "tolerance", longest)}
	case "hmac":
		return p.hmac(v, path)
	case "basic":
		return Basic{User: p.required(v, path, "user"), Password: NewSecret(p.required(v, path, "password"))}
	}
	return AllowList{Ranges: p.ranges(v, path)}
}

func (p *parser) hmac(v value.Value, path string) Check {
	p.required(v, path, "header")
	return HMAC{
		Header: p.headerName(v, path), Prefix: p.text(v, path, "prefix"), Secrets: p.secrets(v, path, "secrets"),
		SHA512: p.oneOf(v, path, "algorithm", "sha256", "sha512") == "sha512",
		Base64: p.oneOf(v, path, "encoding", "hex", "base64") == "base64",
	}
}
