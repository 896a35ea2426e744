package appdef

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// The keys of the format, by the object that they stand in. Those that are known and not supported are among them:
// they get a message of their own.
var (
	baseKeyNames    = append([]string{"baseUrl"}, requestKeyNames...)
	requestKeyNames = []string{
		"url", "method", "headers", "qs", "body", "type", "encodeUrl", "condition", "temp", "repeat", "pagination", "oauth", "aws",
		"ca", "gzip", "followRedirect", "followRedirects", "followAllRedirect", "followAllRedirects", "rejectUnauthorized", "timeout",
		"log", "response", "endpoint", "input", "idempotencyHeader",
	}
	responseKeyNames = []string{
		"type", "accept", "valid", "error", "iterate", "output", "wrapper", "limit", "temp", "data", "trigger", "metadata", "uid", "expires", "oauth",
	}
	paginationKeyNames = []string{"mergeWithParent", "url", "method", "headers", "qs", "body", "condition", "endpoint", "input"}
	conditionKeyNames  = []string{"condition", "default"}
	repeatKeyNames     = []string{"condition", "delay", "limit"}
	validKeyNames      = []string{"condition", "message", "type"}
	iterateKeyNames    = []string{"container", "condition"}
	logKeyNames        = []string{"sanitize"}
	triggerKeyNames    = []string{"type", "order", "id", "date", "overlap"}
	previewKeyNames    = []string{"before", "after", "missing", "output"}
	metadataKeyNames   = []string{"type", "value"}
	webhookKeyNames    = []string{"verification", "condition", "respond", "iterate", "output", "uid"}
	verifyKeyNames     = []string{"condition", "respond"}
	respondKeyNames    = []string{"type", "status", "headers", "body"}
	responderKeyNames  = []string{"response"}
	oauthKeyNames      = []string{
		"oauth", "requestToken", "accessToken", "preauthorize", "authorize", "token", "info", "refresh", "invalidate", "condition",
	}
	exampleKeyNames         = []string{"name", "connection", "parameters", "cursor", "exchanges", "webhook", "output", "cursorAfter", "error"}
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
	if near := fault.Nearest(name, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return ""
	}
	return "possible are " + strings.Join(candidates, ", ")
}
