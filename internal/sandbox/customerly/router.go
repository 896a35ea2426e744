package customerly

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one request to the API, with its body read.
type call struct {
	query url.Values
	body  []byte
	ids   []string // the variable parts of the path
}

// route is one operation; "*" in the path stands for an id.
type route struct {
	method string
	path   []string
	serve  func(*call) reply
}

// routes are the 30 operations of the API: GET and DELETE of users are two each, by e-mail address and by own id.
func (s *Server) routes() []route {
	at := func(method, path string, serve func(*call) reply) route {
		return route{method, strings.Split(path, "/"), serve}
	}
	const get, post, remove = http.MethodGet, http.MethodPost, http.MethodDelete
	return []route{
		at(get, "users/list", s.listUsers),
		at(get, "users", s.getUser),
		at(post, "users", s.postUsers),
		at(remove, "users", s.deleteUser),
		at(post, "users/unsubscribe/*", s.unsubscribe),
		at(post, "users/add-attributes/*", s.addUserAttributes),
		at(post, "users/add-to-company", s.addToCompany),
		at(get, "leads/list", s.listLeads),
		at(get, "leads", s.getLead),
		at(post, "leads", s.postLeads),
		at(remove, "leads", s.deleteLead),
		at(get, "tags", s.listTags),
		at(post, "tags", s.postTag),
		at(remove, "tags", s.deleteTag),
		at(get, "accounts", s.listAccounts),
		at(post, "messages", s.postMessage),
		at(post, "company/add-attributes/*", s.addCompanyAttributes),
		at(get, "knowledge/collections", s.listCollections),
		at(post, "knowledge/collections", s.postCollection),
		at(get, "knowledge/collections/*", s.getCollection),
		at(post, "knowledge/collections/*", s.postCollection),
		at(remove, "knowledge/collections/*", s.deleteCollection),
		at(get, "knowledge/articles", s.listArticles),
		at(post, "knowledge/articles", s.postArticle),
		at(get, "knowledge/articles/*", s.getArticle),
		at(post, "knowledge/articles/*", s.postArticle),
		at(remove, "knowledge/articles/*", s.deleteArticle),
		at(get, "knowledge/writers", s.listWriters),
	}
}

// dispatch finds the operation for a request and runs it. The path is taken still escaped, so that an id may hold a
// slash as %2F; a slash at the end makes no difference.
func (s *Server) dispatch(r *http.Request, body []byte) reply {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/v1")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var allowed []string
	for _, candidate := range s.table {
		ids, ok := candidate.match(parts)
		switch {
		case ok && candidate.method == method:
			return candidate.serve(&call{query: r.URL.Query(), body: body, ids: ids})
		case ok:
			allowed = append(allowed, candidate.method)
		}
	}
	if len(allowed) == 0 {
		return failed(http.StatusNotFound, "Not found")
	}
	answer := failed(http.StatusMethodNotAllowed, "Method not allowed")
	answer.header = map[string]string{"Allow": strings.Join(slices.Sorted(slices.Values(allowed)), ", ")}
	return answer
}

// match compares a path with the route and returns its ids.
func (r route) match(parts []string) (ids []string, ok bool) {
	if len(parts) != len(r.path) {
		return nil, false
	}
	for i, want := range r.path {
		if want != "*" {
			if parts[i] != want {
				return nil, false
			}
			continue
		}
		id, err := url.PathUnescape(parts[i])
		if err != nil || id == "" {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}
