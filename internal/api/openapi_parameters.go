package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ropeway/ropeway/internal/store"
)

// formatParameter chooses the form of a file.
const formatParameter = "format"

// parameterSchema says what a parameter of a path or a query is by its name: the same name means the same everywhere. What is not
// named here is a text.
func parameterSchema(name string) *schema {
	switch name {
	case "id", "version", "item", "scenario", "team", "of_team", "webhook", "connection", "execution", "user", "organization":
		return integer(0)
	case "limit":
		s := integer(1)
		most := int64(MaxPage)
		s.Maximum, s.Default = &most, DefaultPage
		return s
	case "force", "dry":
		return &schema{Type: "boolean"}
	case "from", "until":
		return &schema{Type: "string", Format: "date-time"}
	case formatParameter:
		return &schema{Type: "string", Enum: []string{"json", "csv"}, Default: "json"}
	case "status":
		return &schema{Type: "array", Items: &schema{Type: "string", Enum: executionStatuses()}}
	case "action":
		return &schema{Type: "array", Items: &schema{Type: "string"}}
	case "state":
		return &schema{Type: "array", Items: &schema{Type: "string", Enum: []string{"unresolved", "pending", "in progress", "resolved"}}}
	}
	return &schema{Type: "string"}
}

func executionStatuses() []string {
	var names []string
	for s := store.Queued; s <= store.Stopped; s++ {
		names = append(names, s.String())
	}
	return names
}

func integer(least int64) *schema {
	return &schema{Type: "integer", Format: "int64", Minimum: &least}
}

// describeParameters lists the parameters of path, query and headers.
func describeParameters(r *Route) []parameterObject {
	var all []parameterObject
	for _, name := range r.pathNames() {
		all = append(all, parameterObject{Name: name, In: "path", Required: true, Description: r.pathText(name), Schema: parameterSchema(name)})
	}
	for _, p := range r.parameters() {
		o := parameterObject{Name: p.Name, In: "query", Description: p.Help, Schema: parameterSchema(p.Name)}
		if o.Schema.Type == "array" { // separated by commas
			together := false
			o.Style, o.Explode = "form", &together
		}
		all = append(all, o)
	}
	if r.matches() {
		all = append(all, parameterObject{
			Name: "If-Match", In: "header", Schema: &schema{Type: "string"},
			Description: "the ETag of the revision that is changed; without it whichever is there",
		})
	}
	if r.keyed() {
		most := int64(MaxRequestKeyBytes)
		all = append(all, parameterObject{
			Name: keyHeader, In: "header", Schema: &schema{Type: "string", MaxLength: &most},
			Description: "names the request, so that it is carried out once when it is sent again; a new one for each request",
		})
	}
	return all
}

func (r *Route) pathText(name string) string {
	switch {
	case name == "id" && r.Of != Global && r.Of != Teams:
		return "number of the " + string(r.Of)
	case name == "id":
		return "number of the " + strings.ReplaceAll(r.group(), "-", " ")
	case name == "item":
		return "number of the payload"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// refusals lists the statuses of the refusals that a caller of the route must expect.
func (r *Route) refusals() []int {
	list := []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity,
		http.StatusInternalServerError, http.StatusServiceUnavailable,
	}
	if r.changes() {
		list = append(list, http.StatusConflict, http.StatusInsufficientStorage)
	}
	if r.matches() {
		list = append(list, http.StatusPreconditionFailed)
	}
	if r.Takes != nil {
		list = append(list, http.StatusRequestEntityTooLarge)
	}
	slices.Sort(list)
	return list
}

// otherRefusal is the name of the answer with any other status.
const otherRefusal = "Other"

// refusalName names the answer with a status among the components.
func refusalName(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

// refusalText says when something is answered with a status.
func refusalText(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "The request is not right: a parameter, a header or the form of its body."
	case http.StatusUnauthorized:
		return "Nobody is known: there are no credentials, or they are not valid (any more)."
	case http.StatusForbidden:
		return "The caller lacks the right that this needs."
	case http.StatusNotFound:
		return "It does not exist, or the caller may not know of it."
	case http.StatusConflict:
		return "It is in the way of something else: a name that is taken, a thing in use, a request with the same key."
	case http.StatusPreconditionFailed:
		return "It was changed since the revision that If-Match names. Read it again."
	case http.StatusRequestEntityTooLarge:
		return "The body, or something in it, is too large."
	case http.StatusUnprocessableEntity:
		return "The request can be read, and says something that is not allowed. `problems` names the places where there are several."
	case http.StatusInternalServerError:
		return "Something went wrong that should not. The log says what."
	case http.StatusServiceUnavailable:
		return "The server starts or ends."
	case http.StatusInsufficientStorage:
		return "The disk is nearly full, or the thing has reached its size."
	}
	return http.StatusText(status)
}

// refusals are the answers that are no success, by name.
func refusals(s *schemas) map[string]*answerObject {
	content := map[string]mediaObject{problemType: {s.ofProblem()}}
	all := map[string]*answerObject{
		otherRefusal: {Content: content, Description: "Any other refusal, such as 429 for too many requests, and 502 or 504 where a service that was called does not answer."},
	}
	for _, status := range allRefusals() {
		all[refusalName(status)] = &answerObject{Description: refusalText(status), Content: content}
	}
	all[refusalName(http.StatusUnauthorized)].Headers = map[string]headerObject{"WWW-Authenticate": {"How to be known.", &schema{Type: "string"}}}
	return all
}

func allRefusals() []int {
	return []int{
		http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusServiceUnavailable,
		http.StatusInsufficientStorage,
	}
}
