package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/cli"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// teamServer is a server that people reach over the network.
type teamServer struct {
	dir       string
	url, link string
	interrupt chan os.Signal
	ended     chan int
}

// startTeamServer runs ropeway serve with further arguments until stop is called.
func startTeamServer(t *testing.T, args ...string) *teamServer {
	t.Helper()
	s := &teamServer{dir: filepath.Join(t.TempDir(), "d"), interrupt: make(chan os.Signal, 1), ended: make(chan int, 1)}
	out, printed := io.Pipe()
	go func() {
		s.ended <- cli.Run(context.Background(), cli.Env{
			Args:   append([]string{"serve", "--data", s.dir, "--addr", "127.0.0.1:0"}, args...),
			Stdout: printed, Stderr: io.Discard, Getenv: func(string) string { return "" }, Version: "v9", Interrupt: s.interrupt,
		})
		_ = printed.Close() // it always succeeds
	}()
	lines := bufio.NewScanner(out)
	for s.link == "" && lines.Scan() {
		if found := regexp.MustCompile(`^listening on (\S+)$`).FindStringSubmatch(lines.Text()); found != nil {
			s.url = found[1]
		}
		if found := regexp.MustCompile(`make the first one at (\S+)$`).FindStringSubmatch(lines.Text()); found != nil {
			s.link = found[1]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // what else it prints concerns nobody
	t.Cleanup(func() {
		s.interrupt <- os.Interrupt
		if code := <-s.ended; code != cli.ExitOK {
			t.Errorf("the server ended with %d", code)
		}
	})
	return s
}

// post sends JSON, checks the status and returns the answer.
func (s *teamServer) post(t *testing.T, c *http.Client, want int, path, body string) map[string]any {
	t.Helper()
	resp, err := c.Post(s.url+"/api/v1"+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	var answer map[string]any
	if resp.StatusCode != want || err != nil || len(text) > 0 && json.Unmarshal(text, &answer) != nil {
		t.Fatalf("%s: got %d %s (%v), want %d", path, resp.StatusCode, text, err, want)
	}
	return answer
}

// get returns what is at a path.
func (s *teamServer) get(t *testing.T, c *http.Client, path string) string {
	t.Helper()
	resp, err := c.Get(s.url + "/api/v1" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || err != nil {
		t.Fatalf("%s: got %d %s (%v)", path, resp.StatusCode, text, err)
	}
	return string(text)
}

// signUp makes the first user, Ann, and returns her browser.
func (s *teamServer) signUp(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(s.link, "#")
	ann := &http.Client{Jar: jar}
	s.post(t, ann, http.StatusCreated, "/setup", `{"secret":"`+secret+`","email":"ann@example.com","name":"Ann","password":"correct horse battery"}`)
	return ann
}

func TestCommandsWorkOnAServerElsewhere(t *testing.T) {
	t.Parallel()
	s := startTeamServer(t)
	s.post(t, &http.Client{}, http.StatusUnauthorized, "/setup", `{"secret":"rwf_wrong","email":"eve@example.com","name":"Eve","password":"correct horse battery"}`)
	ann := s.signUp(t)
	token := func(scopes string) string {
		t.Helper()
		made := s.post(t, ann, http.StatusCreated, "/me/tokens", `{"name":"command line","scopes":[`+scopes+`]}`)
		text, _ := made["secret"].(string)
		return text
	}
	home := t.TempDir()
	run := func(stdin string, args ...string) (code int, stdout, stderr string) {
		t.Helper()
		var out, errs bytes.Buffer
		code = cli.Run(t.Context(), cli.Env{
			Args: args, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &errs,
			Getenv: func(name string) string { return map[string]string{"XDG_CONFIG_HOME": home}[name] },
		})
		return code, out.String(), errs.String()
	}
	blueprint := filepath.Join(home, "s.json")
	if err := os.WriteFile(blueprint, []byte(`{"name":"Remote","flow":[{"id":1,"module":"util:SetVariables","version":1,"mapper":{}}],"metadata":{"version":1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	all := token(`"account","scenario.view","scenario.edit","scenario.run","execution.view"`)
	steps := []struct {
		name, stdin string
		args        []string
		code        int
		want        string // in what is printed
	}{
		{"before signing in", "", []string{"scenario", "list", "--server", s.url}, cli.ExitUsage, "You are not signed in to"},
		{"signing in with nonsense", "rw_nonsense", []string{"login", s.url}, cli.ExitUsage, "not signed in"},
		{"signing in", all + "\n", []string{"login", s.url}, cli.ExitOK, "signed in to " + s.url + " as ann@example.com"},
		{"making a scenario", "", []string{"scenario", "import", blueprint, "--server", s.url}, cli.ExitOK, "scenario 1"},
		{"listing as a table", "", []string{"scenario", "list", "--server", s.url}, cli.ExitOK, "Remote"},
		{"listing as JSON", "", []string{"scenario", "list", "--server", s.url, "--json"}, cli.ExitOK, `"name": "Remote"`},
		{"running it", "", []string{"scenario", "run-once", "1", "--wait", "--server", s.url}, cli.ExitOK, "success"},
		{"looking at what ran", "", []string{"execution", "show", "1", "--server", s.url}, cli.ExitOK, "success"},
		{"a right that the token lacks", "", []string{"datastore", "list", "--server", s.url}, cli.ExitUsage, "datastore.view"},
		{"both ways at once", "", []string{"scenario", "list", "--server", s.url, "--data", "d"}, cli.ExitUsage, "exclude each other"},
		{"over a line that others read", "", []string{"scenario", "list", "--server", "http://ropeway.example.com"}, cli.ExitUsage, "others can read"},
		{"signing out", "", []string{"logout", s.url}, cli.ExitOK, "removed from this machine"},
		{"after signing out", "", []string{"scenario", "list", "--server", s.url}, cli.ExitUsage, "You are not signed in to"},
	}
	for _, step := range steps {
		code, stdout, stderr := run(step.stdin, step.args...)
		if code != step.code || !strings.Contains(stdout+stderr, step.want) {
			t.Errorf("%s: got %d\n%s%s, want %d and %q", step.name, code, stdout, stderr, step.code, step.want)
		}
		if strings.Contains(stdout+stderr, all) {
			t.Errorf("%s: the token is printed", step.name)
		}
	}
}

// TestDoctorOpensSecondFactors draws a second factor, and looks at it with the right key and with another one.
func TestDoctorOpensSecondFactors(t *testing.T) {
	t.Parallel()
	s := startTeamServer(t)
	s.post(t, s.signUp(t), http.StatusCreated, "/me/two-factor", `{"password":"correct horse battery"}`)
	doctor := func() (int, string) {
		t.Helper()
		var out bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Args: []string{"doctor", "--data", s.dir}, Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" },
		})
		return code, out.String()
	}
	if code, out := doctor(); code != cli.ExitOK || !strings.Contains(out, "it opens all 1 sealed secrets") {
		t.Errorf("with its key: got %d\n%s", code, out)
	}
	if err := os.Remove(filepath.Join(s.dir, store.MasterKeyFile)); err != nil {
		t.Fatal(err)
	}
	if code, out := doctor(); code != cli.ExitFailed || !strings.Contains(out, "is missing; 1 secrets are sealed") {
		t.Errorf("without a key: got %d\n%s", code, out)
	}
	if _, err := vault.LoadOrCreateKeyFile(filepath.Join(s.dir, store.MasterKeyFile)); err != nil {
		t.Fatal(err)
	}
	if code, out := doctor(); code != cli.ExitFailed || !strings.Contains(out, "the secret of user 1 (ann@example.com) does not open") || !strings.Contains(out, "--drop-two-factor") {
		t.Errorf("with another key: got %d\n%s", code, out)
	}
}
