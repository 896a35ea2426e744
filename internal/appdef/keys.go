package appdef

import (
	"fmt"
	"slices"
	"strings"
)

// The keys of the format, by the object that they stand in. Those that are known and not supported are among them:
// they get a message of their own.
var (
	baseKeyNames    = append([]string{"baseUrl"}, requestKeyNames...)
	requestKeyNames = []string{
		"url", "method", "headers", "qs", "body", "type", "encodeUrl", "condition", "temp", "repeat", "pagination", "oauth", "aws",
		"ca", "gzip", "followRedirect", "followRedirects", "followAllRedirect", "followAllRedirects", "rejectUnauthorized", "timeout",
		"log", "response", "endpoint", "input",
	}
	responseKeyNames = []string{
		"type", "valid", "error", "iterate", "output", "wrapper", "limit", "temp", "data", "trigger", "metadata", "uid", "expires", "oauth",
	}
	paginationKeyNames = []string{"mergeWithParent", "url", "method", "headers", "qs", "body", "condition", "endpoint", "input"}
	conditionKeyNames  = []string{"condition", "default"}
	repeatKeyNames     = []string{"condition", "delay", "limit"}
	validKeyNames      = []string{"condition", "message", "type"}
	iterateKeyNames    = []string{"container", "condition"}
	logKeyNames        = []string{"sanitize"}
	triggerKeyNames    = []string{"type", "order", "id", "date"}
	metadataKeyNames   = []string{"type", "value"}
	webhookKeyNames    = []string{"verification", "condition", "respond", "iterate", "output", "uid"}
	verifyKeyNames     = []string{"condition", "respond"}
	respondKeyNames    = []string{"type", "status", "headers", "body"}
	responderKeyNames  = []string{"response"}
	oauthKeyNames      = []string{
		"oauth", "requestToken", "accessToken", "preauthorize", "authorize", "token", "info", "refresh", "invalidate", "condition",
	}
	exampleKeyNames         = []string{"name", "connection", "parameters", "exchanges", "webhook", "output", "error"}
	exampleExchangeKeyNames = []string{"request", "response"}
	exampleRequestKeyNames  = []string{"method", "url", "qs", "headers", "body"}
	exampleResponseKeyNames = []string{"status", "headers", "body"}
	exampleWebhookKeyNames  = []string{"method", "qs", "headers", "body"}
	exampleErrorKeyNames    = []string{"type", "message"}
	manifestKeyNames        = []string{"fileVersion", "generalCodeFiles", "components", "origins"}
	componentKindNames      = []string{"connection", "webhook", "module", "rpc", "function", "endpoint"}
)

// keys notes every member of the object s that is not among allowed.
func (f *folder) keys(s source, allowed []string) {
	for _, key := range s.value.Keys() {
		if slices.Contains(allowed, key) {
			continue
		}
		f.problem(s, key, fmt.Sprintf("unknown key %q", key), suggestion(key, allowed))
	}
}

// suggestion is the hint for a name that is not among candidates.
func suggestion(name string, candidates []string) string {
	if near := nearest(name, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return ""
	}
	return "possible are " + strings.Join(candidates, ", ")
}

// nearest returns the candidate that name is most likely a misspelling of, "" where none is near.
func nearest(name string, candidates []string) string {
	const longestName = 64 // bytes; longer ones are no misspelling, and comparing them would take long
	if len(name) > longestName {
		return ""
	}
	best, bestDistance := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of characters to insert, delete, replace or swap with their neighbour to turn a into b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
