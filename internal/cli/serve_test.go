package cli_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ropeway/ropeway/internal/cli"
)

// TestServeShowsItsNumbers runs a server and reads its metrics where the log says they are.
func TestServeShowsItsNumbers(t *testing.T) {
	t.Parallel()
	dir, interrupt := filepath.Join(t.TempDir(), "d"), make(chan os.Signal, 1)
	log, logged := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(context.Background(), cli.Env{
			Args:   []string{"serve", "--data", dir, "--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0"},
			Stdout: io.Discard, Stderr: logged, Getenv: func(string) string { return "" }, Version: "v9", Interrupt: interrupt,
		})
		_ = logged.Close() // it always succeeds
	}()
	address := regexp.MustCompile(`msg=metrics address=(\S+)`)
	read := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		found := address.FindStringSubmatch(lines.Text())
		if found == nil {
			continue
		}
		read = true
		body := get(t, "http://"+found[1]+"/metrics")
		for _, want := range []string{`ropeway_build_info{goversion="go`, `version="v9"} 1`, "ropeway_database_bytes ", "ropeway_history_executions 0", "go_goroutines "} {
			if !strings.Contains(body, want) {
				t.Errorf("the metrics lack %q", want)
			}
		}
		interrupt <- os.Interrupt
	}
	if got := <-code; got != cli.ExitOK || !read {
		t.Errorf("got exit code %d, metrics read %v; want 0 and true", got, read)
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}
