package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/api"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
)

// office is an installation with accounts, served to browsers.
type office struct {
	*httptest.Server
	store    *store.Store
	accounts *account.Service
	log      *bytes.Buffer
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{log: &bytes.Buffer{}}
	dir, c := t.TempDir(), clock.System{}
	var err error
	if o.store, err = store.Open(t.Context(), dir, store.Options{Clock: c}); err != nil {
		t.Fatal(err)
	}
	keys := server.NewKeys(dir, "", "", nil)
	o.accounts, err = account.New(account.Options{
		Clock: c, Store: o.store, Vault: server.KeySealer{Keys: keys}, BaseURL: "https://ropeway.example.com", Work: account.Work{MemoryKiB: 8, Passes: 1, Lanes: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	control := &server.Control{Store: o.store, Clock: c, Keys: keys, Accounts: o.accounts}
	o.Server = httptest.NewServer(api.New(control.Services(), api.Options{
		Auth: api.Authenticating{Identifier: server.Identifying{Accounts: o.accounts}}, Ledger: server.Ledger{Store: o.store},
		Log: slog.New(slog.NewTextHandler(o.log, nil)),
	}))
	t.Cleanup(func() {
		o.Close()
		if err := o.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

// browser is a person before the installation.
type browser struct {
	http.Client
	base string
}

func (o *office) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, o.URL + api.Prefix}
}

// call sends a request with headers in pairs, checks the status and returns the answer.
func (b *browser) call(t *testing.T, want int, method, path, body string, headers ...string) (map[string]any, *http.Response) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != want {
		t.Errorf("%s %s: got %d %s, want %d", method, path, resp.StatusCode, data, want)
	}
	var answer map[string]any
	_ = json.Unmarshal(data, &answer) // an empty answer is none
	return answer, resp
}

// guess tries to sign in as nobody.
func (b *browser) guess(t *testing.T) *http.Response {
	t.Helper()
	resp, err := b.Post(b.base+"/session", "application/json", strings.NewReader(`{"email":"eve@example.com","password":"wrong password"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

const officePassword = "planted-secret password"

func (o *office) setUp(t *testing.T) (*browser, *http.Response) {
	t.Helper()
	link, _, err := o.accounts.FirstRunLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(link.Reveal(), "#")
	b := o.browser(t)
	_, resp := b.call(t, 201, "POST", "/setup", fmt.Sprintf(`{"secret":%q,"email":"ann@example.com","name":"Ann","password":%q}`, secret, officePassword))
	return b, resp
}

func TestPeopleOverTheNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	stranger := o.browser(t)
	if a, _ := stranger.call(t, 200, "GET", "/setup", ""); a["needed"] != true {
		t.Errorf("got %v, want that the setup is needed", a)
	}
	stranger.call(t, 401, "GET", "/me", "")
	stranger.call(t, 401, "POST", "/setup", `{"secret":"","email":"eve@example.com","name":"Eve","password":"a good password"}`)
	ann, resp := o.setUp(t)
	if cookie := resp.Header.Get("Set-Cookie"); !strings.HasPrefix(cookie, "ropeway_session=rws_") || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
		t.Errorf("got cookie %q", cookie)
	}
	me, _ := ann.call(t, 200, "GET", "/me", "")
	if fmt.Sprint(me["organizations"].([]any)[0].(map[string]any)["role"], len(me["teams"].([]any))) != "owner1" {
		t.Errorf("got %v", me)
	}

	other := o.browser(t)
	other.call(t, 401, "POST", "/session", `{"email":"ann@example.com","password":"wrong password"}`)
	other.call(t, 201, "POST", "/session", fmt.Sprintf(`{"email":"ann@example.com","password":%q}`, officePassword))
	sessions, _ := other.call(t, 200, "GET", "/me/sessions", "")
	if list := sessions["items"].([]any); len(list) != 2 || list[0].(map[string]any)["current"] != true {
		t.Errorf("got sessions %v, want two, the newest of them this one", list)
	}
	other.call(t, 204, "DELETE", "/session", "")
	other.call(t, 401, "GET", "/me", "")
	ann.call(t, 200, "GET", "/me", "")

	made, _ := ann.call(t, 201, "POST", "/me/tokens", `{"name":"CI","scopes":["scenario.view"]}`, "Idempotency-Key", "one")
	ann.call(t, 409, "POST", "/me/tokens", `{"name":"CI","scopes":["scenario.view"]}`, "Idempotency-Key", "one") // the secret is not told again
	ann.call(t, 400, "POST", "/me/password", `{"after":"another good password"}`, "Idempotency-Key", "two")
	bearer := "Bearer " + made["secret"].(string)
	stranger.call(t, 200, "GET", "/scenarios", "", "Authorization", bearer)
	stranger.call(t, 403, "GET", "/me", "", "Authorization", bearer)
	ann.call(t, 401, "GET", "/me", "", "Authorization", "Bearer rw_wrong") // the cookie does not stand in for a wrong token
	ann.call(t, 401, "GET", "/me", "", "Authorization", "Basic YTpi")

	link, _ := ann.call(t, 201, "POST", "/organizations/1/invitations", `{"email":"bob@example.com","role":"member","team":1,"team_role":"operator"}`)
	_, invitation, _ := strings.Cut(link["link"].(string), "#")
	bob := o.browser(t)
	bob.call(t, 200, "POST", "/invitations/show", fmt.Sprintf(`{"secret":%q}`, invitation))
	bob.call(t, 200, "POST", "/invitations/accept", fmt.Sprintf(`{"secret":%q,"name":"Bob","password":%q}`, invitation, officePassword))
	bob.call(t, 403, "PATCH", "/organizations/1/users/1", `{"role":"member"}`)
	bob.call(t, 403, "GET", "/users", "")
	bob.call(t, 404, "GET", "/organizations/2/users", "")
	ann.call(t, 204, "PATCH", "/teams/1/users/2", `{"role":"restricted","rights":["scenario.view"]}`)
	ann.call(t, 422, "DELETE", "/organizations/1/users/1", "")
	bob.call(t, 204, "POST", "/organizations/1/leave", "")
	bob.call(t, 404, "GET", "/organizations/1/users", "")
	ann.call(t, 200, "PATCH", "/users/2", `{"disabled":true}`, "If-Match", `"1"`)
	ann.call(t, 412, "PATCH", "/users/2", `{"disabled":false}`, "If-Match", `"1"`)
	bob.call(t, 401, "GET", "/me", "")
	ann.call(t, 403, "POST", "/users/password-link", `{"email":"bob@example.com"}`)
	o.keepsNoSecret(t, made["secret"].(string), invitation)
}

// keepsNoSecret looks for what was planted in the audit log and in the log.
func (o *office) keepsNoSecret(t *testing.T, secrets ...string) {
	t.Helper()
	entries, err := o.store.AuditLog(t.Context(), store.AuditFilter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	told := o.log.String()
	actions := ""
	for _, e := range entries {
		told += e.Details + e.Subject + e.Actor
		actions += e.Action + " " + e.Subject + "\n"
	}
	for _, secret := range append(secrets, officePassword, "rws_") {
		if strings.Contains(told, secret) {
			t.Errorf("the secret %q is kept", secret)
		}
	}
	for _, want := range []string{"token.create token 1", "invitation.create invitation 1", "team.user-change user 2", "organization.leave user 2", "user.change user 2"} {
		if !strings.Contains(actions, want) {
			t.Errorf("the audit log lacks %q; it has\n%s", want, actions)
		}
	}
}

func TestAddressOverTheNetwork(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ann, _ := o.setUp(t)
	ann.call(t, 422, "POST", "/me/email", `{"email":"anna@example.com","password":"a wrong password"}`)
	changed, _ := ann.call(t, 200, "POST", "/me/email", fmt.Sprintf(`{"email":"anna@example.com","password":%q}`, officePassword))
	if changed["sent"] != false {
		t.Errorf("got %v, want a change at once where no letters are sent", changed)
	}
	me, _ := ann.call(t, 200, "GET", "/me", "")
	if user, _ := me["user"].(map[string]any); user["email"] != "anna@example.com" || user["verified"] != false {
		t.Errorf("got %v, want the new address, not proved", me)
	}
	ann.call(t, 404, "POST", "/me/email/confirm", `{"secret":"rwe_of_nothing"}`)
	log, _ := ann.call(t, 200, "GET", "/audit?action=me", "")
	if text := fmt.Sprint(log); !strings.Contains(text, "email:anna@example.com") || strings.Contains(text, officePassword) {
		t.Errorf("the audit log says %s, want the new address and no password", text)
	}
	server.AccountWatcher{Store: o.store, Log: slog.New(slog.DiscardHandler)}.Observe(t.Context(), account.Event{
		Action: account.EmailChanged, By: "ann@example.com", About: "anna@example.com", Before: "ann@example.com", After: "anna@example.com",
	})
	noted, err := o.store.AuditLog(t.Context(), store.AuditFilter{Actions: []string{"user.email_change"}})
	if err != nil || len(noted) != 1 || !strings.Contains(noted[0].Details, `"before":"ann@example.com"`) {
		t.Errorf("got %+v (%v), want an entry with both addresses", noted, err)
	}
}

func TestGuessingOverTheNetworkIsAnsweredWithATime(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.setUp(t)
	b := o.browser(t)
	for range 100 {
		resp := b.guess(t)
		if resp.StatusCode == http.StatusTooManyRequests {
			if wait, err := time.ParseDuration(resp.Header.Get("Retry-After") + "s"); err != nil || wait <= 0 || wait > time.Minute {
				t.Errorf("got Retry-After %q", resp.Header.Get("Retry-After"))
			}
			return
		}
	}
	t.Error("a hundred guesses were let through")
}
