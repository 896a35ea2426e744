package customerly

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// realBase is where the real API is.
const realBase = "https://api.customerly.io/v1"

// TestContractSandbox holds the sandbox to what clients of the real API rely on.
func TestContractSandbox(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, Options{Contacts: 30})
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	checkContract(t, contract{base: server.URL + "/v1", token: DefaultToken, client: server.Client()})
}

// TestContractReal holds the real API to the same, only reading, when there is a token for it.
func TestContractReal(t *testing.T) {
	t.Parallel()
	token := os.Getenv("CUSTOMERLY_TOKEN")
	if token == "" {
		t.Skip("set CUSTOMERLY_TOKEN to a project's access token to run the read-only checks against the real API")
	}
	checkContract(t, contract{base: realBase, token: token, client: &http.Client{Timeout: 30 * time.Second}})
}

// contract is a server that answers like the API.
type contract struct {
	base, token string
	client      *http.Client
}

// get returns the status and the body of a GET.
func (c contract) get(t *testing.T, path, token string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.base+path, nil)
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := c.client.Do(request)
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBodyBytes))
	if err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
	return response.StatusCode, body
}

// data decodes the success envelope of a GET.
func (c contract) data(t *testing.T, path string, into any) {
	t.Helper()
	status, body := c.get(t, path, c.token)
	envelope := struct{ Data any }{into}
	if err := json.Unmarshal(body, &envelope); status != http.StatusOK || err != nil {
		t.Errorf("GET %s: got status %d and %.200s (%v), want 200 and data", path, status, body, err)
	}
}

func (c contract) failure(t *testing.T, path, token, want string) {
	t.Helper()
	_, body := c.get(t, path, token)
	var envelope struct {
		Error struct {
			Message string
			Code    *int
		}
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Error.Message != want || envelope.Error.Code == nil || *envelope.Error.Code != 0 {
		t.Errorf("GET %s: got %.200s, want message %q and code 0", path, body, want)
	}
}

func checkContract(t *testing.T, c contract) {
	t.Helper()
	c.failure(t, "/tags", "surely-not-a-token", "Access token not found.")
	c.failure(t, "/tags", "", "You must provide a valid header Authorization: Bearer <TOKEN>")
	c.failure(t, "/users", c.token, "User doesn't exist")
	var tags []string
	c.data(t, "/tags", &tags)
	var accounts []Account
	c.data(t, "/accounts/", &accounts)
	var collections []struct {
		ID int64 `json:"knowledge_base_collection_id"`
	}
	c.data(t, "/knowledge/collections", &collections)
	checkContractList(t, c, "users")
	checkContractList(t, c, "leads")
}

// checkContractList checks the types of rows, the order and the paging of a list.
func checkContractList(t *testing.T, c contract, list string) {
	t.Helper()
	type contractRow struct {
		ID         int64  `json:"crmhero_user_id"`
		Email      string `json:"email"`
		LastUpdate string `json:"last_update"`
	}
	read := func(query string) []contractRow {
		var data map[string][]contractRow
		c.data(t, "/"+list+"/list?"+query, &data)
		return data[list]
	}
	const newest = "per_page=5&sort=last_update&sort_direction=desc"
	first, second := read("page=0&"+newest), read("page=1&"+newest)
	if len(first) > 5 || len(second) > 0 && len(first) < 5 {
		t.Errorf("%s: got pages of %d and %d rows, want a full page before the next", list, len(first), len(second))
	}
	seen, before := map[int64]bool{}, ""
	for _, r := range append(first, second...) {
		if _, err := time.Parse(updateLayout, r.LastUpdate); err != nil {
			t.Errorf("%s: last_update: %v", list, err)
		}
		if before != "" && strings.Compare(r.LastUpdate, before) > 0 {
			t.Errorf("%s: got %s after %s, want falling order", list, r.LastUpdate, before)
		}
		if seen[r.ID] || r.ID == 0 {
			t.Errorf("%s: got id %d twice or zero", list, r.ID)
		}
		seen[r.ID], before = true, r.LastUpdate
	}
	if rows := read("page=1000000&per_page=5"); len(rows) != 0 {
		t.Errorf("%s: got %d rows far past the end, want none", list, len(rows))
	}
}
