//go:build linux || darwin

package crash_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
)

// installation is a binary with a data directory.
type installation struct {
	binary, data string
	database     string   // URL of a database elsewhere, "" for one in the data directory
	allow        string   // address of the upstream
	flags        []string // further ones of the server
	log          logs
	passing      []string // numbers of the scenarios whose failures pass
}

// environment is that of the commands.
func (in *installation) environment(more ...string) []string {
	return append(append(os.Environ(), "ROPEWAY_DATABASE="+in.database), more...)
}

// retry asks for the retry of everything that was set aside to be retried, beside the running server. What is retried by itself at that
// moment is refused, which is as good.
func (in *installation) retry(ctx context.Context) error {
	for _, scenario := range in.passing {
		cmd := exec.CommandContext(ctx, in.binary, "execution", "retry", "--scenario", scenario, "--all", "--data", in.data)
		cmd.Env = in.environment()
		out, err := cmd.CombinedOutput()
		if err != nil && !strings.Contains(string(out), "was changed by someone else in the meantime") && !strings.Contains(string(out), "it is being retried") {
			return fmt.Errorf("retry: %w\n%s", err, out)
		}
	}
	return nil
}

// logs is what all processes wrote about errors.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps the text.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String returns all of it.
func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// forget drops what was written so far.
func (l *logs) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
}

// errors returns the lines that report an error of the server itself.
func (l *logs) errors() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []string
	for line := range strings.Lines(l.text.String()) {
		if !strings.Contains(line, "level=WARN") && !strings.Contains(line, "level=INFO") && !strings.HasPrefix(line, "note: ") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// binaryDir is where the binary of the server lies while tests run.
var binaryDir string

// theBinary builds the server when a test first needs it.
var theBinary = sync.OnceValues(func() (string, error) { return buildBinary("ropeway", thisVersion) })

// buildBinary builds the server of a version.
func buildBinary(name, version string, flags ...string) (string, error) {
	binary := filepath.Join(binaryDir, name)
	args := append([]string{"build", "-buildvcs=false", "-ldflags", "-X main.version=" + version, "-o", binary}, flags...)
	if out, err := exec.Command("go", append(args, "../../cmd/ropeway")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

func TestMain(m *testing.M) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "ropeway-crash-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(binaryDir) // what is left of it lies among temporary files
	os.Exit(code)
}

// build makes an installation with the binary and no data directory yet; allow is the address that its scenarios may call.
func build(tb testing.TB, allow string) *installation {
	tb.Helper()
	binary, err := theBinary()
	if err != nil {
		tb.Fatal(err)
	}
	return &installation{binary: binary, data: filepath.Join(tb.TempDir(), "data"), allow: allow}
}

// install builds the binary and makes a data directory with the scenarios.
func install(ctx context.Context, t *testing.T, u *upstream, list []scenario) *installation {
	t.Helper()
	return installOn(ctx, t, u, list, "")
}

// installOn does the same with a database elsewhere.
func installOn(ctx context.Context, t *testing.T, u *upstream, list []scenario, database string) *installation {
	t.Helper()
	in := build(t, strings.TrimPrefix(u.server.URL, "http://"))
	in.database = database
	in.command(t, "datastore", "create", recordsName)
	in.add(ctx, t, u, list)
	return in
}

// add imports scenarios, and activates them.
func (in *installation) add(ctx context.Context, t *testing.T, u *upstream, list []scenario) {
	t.Helper()
	dir := t.TempDir()
	for i := range list {
		file, settings := filepath.Join(dir, list[i].name+".json"), filepath.Join(dir, list[i].name+"-webhook.json")
		writeFile(t, file, list[i].blueprint(u.server.URL))
		writeFile(t, settings, list[i].webhook())
		cmd := exec.CommandContext(ctx, in.binary, "scenario", "import", file, "--data", in.data, "--webhook-settings", settings, "--start")
		cmd.Env = in.environment("ROPEWAY_HOOK_TOKEN=" + list[i].token())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("import %s: %v\n%s", list[i].name, err, out)
		}
		if list[i].passes() {
			in.passing = append(in.passing, regexp.MustCompile(`[0-9]+`).FindString(string(out)))
		}
	}
}

func writeFile(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// process is a running server.
type process struct {
	cmd     *exec.Cmd
	started time.Time
	address chan string // told once; closed when the process ended without one
	read    chan struct{}
}

// start starts the server in a process group of its own.
func (in *installation) start() (*process, error) {
	p := &process{address: make(chan string, 1), read: make(chan struct{})}
	args := []string{"serve", "--data", in.data, "--addr", "127.0.0.1:0", "--allow", in.allow}
	p.cmd = exec.Command(in.binary, append(args, in.flags...)...)
	p.cmd.Env = in.environment()
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = &in.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	p.started = clock.System{}.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	go func() {
		defer close(p.read)
		defer close(p.address)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			if address, ok := strings.CutPrefix(scanner.Text(), "listening on "); ok && len(p.address) == 0 {
				p.address <- address
			}
		}
	}()
	return p, nil
}

// ready waits until the server says that it is ready, and returns its address and how long that took.
func (p *process) ready(ctx context.Context, client *http.Client) (string, time.Duration, error) {
	var address string
	select {
	case address = <-p.address:
	case <-ctx.Done():
	}
	if address == "" {
		return "", 0, errors.Join(errors.New("the server ended before it listened"), ctx.Err())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/readyz", http.NoBody)
	if err != nil {
		return "", 0, fmt.Errorf("make the request: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", 0, fmt.Errorf("ask whether it is ready: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", 0, fmt.Errorf("/readyz answered %d, want 200", resp.StatusCode)
	}
	return address, clock.System{}.Now().Sub(p.started), nil
}

// kill ends the process group as a crash does.
func (p *process) kill() error {
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		return fmt.Errorf("kill: %w", err)
	}
	<-p.read
	var exit *exec.ExitError
	err := p.cmd.Wait()
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !errors.As(err, &exit) || !ok || status.Signal() != syscall.SIGKILL {
		return fmt.Errorf("the server had ended before it was killed: %w", err)
	}
	return nil
}

// stop ends the process as an operator does. One that has not ended when ctx does is ended so that the log shows what it waits for.
func (p *process) stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	select {
	case <-p.read:
	case <-ctx.Done():
		err := p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.read
		return errors.Join(errors.New("the server did not stop when it was asked to"), err, p.cmd.Wait())
	}
	if err := p.cmd.Wait(); err != nil {
		return fmt.Errorf("the server did not stop well: %w", err)
	}
	return nil
}
