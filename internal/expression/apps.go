package expression

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

func appFunctions() []*builtin {
	any := params(param("value", "any", "the value"))
	return inGroup("Apps",
		define("parseJSON", "Reads a value from JSON text.", params(param("text", "text", "the JSON")), parseJSON,
			gives(`parseJSON('{"a":[1]}').a`, `[1]`), fails(`parseJSON('{')`, "function 'parseJSON', argument 1 (text): line 1, column 2: expected a member name in double quotes, found the end of the text")).inApps(),
		define("createJSON", "Writes a value as JSON text.", any, createJSON, gives(`createJSON({a: 1, b: 'x'})`, `"{\"a\":1,\"b\":\"x\"}"`)).inApps(),
		define("base64url", "Turns Base64 text into its form for addresses, without padding; binary data is encoded that way.", any, base64URL,
			gives(`base64url(sha256('hello', 'base64'))`, `"LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ"`), gives(`base64url(toBinary('a?>~'))`, `"YT8-fg"`),
			fails(`base64url('é')`, "function 'base64url', argument 1 (value): expected Base64 text or binary data")).inApps(),
		define("jwt", "Makes a signed JSON Web Token.",
			params(param("payload", "collection", "the claims"), param("secret", "text", "the shared key"), optional("algorithm", "text", "HS256, HS384 or HS512; HS256 where left out"),
				optional("header", "collection", "further header fields")), jwt,
			gives(`jwt({sub: '1'}, 'secret')`, `"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.8qZF8vbN3UpcanXFc-mPXJkOPN01-bRch8XX3rToP1U"`)).inApps(),
	)
}

func parseJSON(c *call) value.Value {
	if c.blank(0) {
		return value.Null
	}
	text := c.text(0)
	elements := strings.Count(text, ",") + strings.Count(text, "[") + strings.Count(text, "{")
	if !c.fits(len(text)+elements*valueBytes) || !c.check(c.ev.charge(len(text)/8)) {
		return value.Undefined
	}
	v, err := value.ParseJSON([]byte(text))
	if err != nil {
		c.refuse(0, err)
	}
	c.check(c.ev.build(len(text) + elements*valueBytes))
	return v
}

func createJSON(c *call) value.Value {
	if !c.check(c.ev.visit(c.arg(0))) {
		return value.Undefined
	}
	return value.Text(c.arg(0).JSON())
}

func base64URL(c *call) value.Value {
	if c.arg(0).Kind() == value.KindBuffer {
		return c.encoded("base64url", c.bytes(0))
	}
	data, err := decodeBase64(c.text(0))
	if err != nil {
		c.refusef(0, "[expected-base64] expected Base64 text or binary data")
	}
	return c.encoded("base64url", data)
}

func jwt(c *call) value.Value {
	algorithm := c.textOr(2, "HS256")
	algorithms := map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}
	hashes := algorithms[algorithm]
	if hashes == nil {
		c.refusef(2, "[expected-algorithm] expected HS256, HS384 or HS512, got %q", shorten(algorithm))
		return value.Undefined
	}
	header := value.NewBuilder(2).Set("alg", value.Text(algorithm)).Set("typ", value.Text("JWT")).Merge(c.collection(3)).Build()
	payload := c.collection(0)
	if !c.check(c.ev.visit(header)) || !c.check(c.ev.visit(payload)) {
		return value.Undefined
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header.JSON())) + "." + encode([]byte(payload.JSON()))
	mac := hmac.New(hashes, c.bytes(1))
	mac.Write([]byte(signed))
	return value.Text(signed + "." + encode(mac.Sum(nil)))
}
