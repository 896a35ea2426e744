// Package postgrestest starts PostgreSQL servers for tests: real ones, with a data directory of their own.
//
// It exists so that whoever runs the tests need not set a database up, and so that tests may kill, stop and restart it. It
// installs nothing: tools/postgres.sh does. It is for tests only, and knows nothing of the store.
package postgrestest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// binariesVariable names the folder with the programs of PostgreSQL, where they are in none of the usual ones.
const binariesVariable = "ROPEWAY_POSTGRES_BIN"

// superuser is the user of the databases. He needs no password: who reaches the socket is trusted.
const superuser = "ropeway"

// ErrMissing says that there is no PostgreSQL on this machine, or one that is too old.
var ErrMissing = errors.New("there is no PostgreSQL 15 or newer on this machine: run tools/postgres.sh, which installs Debian's, or set " + binariesVariable + " to the folder of its programs")

// Options are the choices of Start.
type Options struct {
	// Durable has commits wait for the disk. Tests that kill no machine need not.
	Durable bool
	// Settings are further settings, such as "synchronous_commit": "off".
	Settings map[string]string
}

// Server is a server with a data directory of its own. It listens on a socket in it, and nowhere else.
type Server struct {
	binaries, dir string
	account       *syscall.Credential // that it runs as; nil = as this process
	options       Options
	process       *exec.Cmd
	ended         chan struct{}
	databases     atomic.Int64
}

// Start makes a data directory and starts a server on it. It is ErrMissing where PostgreSQL is not installed.
func Start(ctx context.Context, o Options) (*Server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	s := &Server{binaries: binaries, options: o}
	if s.dir, err = os.MkdirTemp("", "ropeway-postgres-"); err != nil {
		return nil, fmt.Errorf("make a data directory: %w", err)
	}
	if err = s.makeDirectory(ctx); err == nil {
		err = s.Run(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// Check returns ErrMissing where PostgreSQL is not installed.
func Check() error {
	_, err := findBinaries()
	return err
}

// findBinaries returns the folder with the programs of the newest version.
func findBinaries() (string, error) {
	folders := []string{os.Getenv(binariesVariable)}
	if folders[0] == "" {
		folders, _ = filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is right
		slices.SortFunc(folders, func(a, b string) int { return versionIn(b) - versionIn(a) })
		folders = slices.DeleteFunc(folders, func(f string) bool { return versionIn(f) < 15 })
		if path, err := exec.LookPath("initdb"); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	for _, f := range folders {
		_, initdb := os.Stat(filepath.Join(f, "initdb"))
		_, server := os.Stat(filepath.Join(f, "postgres"))
		if initdb == nil && server == nil {
			return f, nil
		}
	}
	return "", ErrMissing
}

// versionIn reads the version in a path of Debian's, 0 when there is none.
func versionIn(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
	return n
}

// makeDirectory fills the data directory. The server refuses to run as root: then it runs as the user that Debian's package makes,
// or as nobody.
func (s *Server) makeDirectory(ctx context.Context) error {
	if os.Geteuid() == 0 {
		if err := s.chooseAccount(); err != nil {
			return err
		}
	}
	// An order of letters that is not that of their bytes shows where the store leaves the order to the database.
	cmd := s.command(ctx, "initdb", "-D", filepath.Join(s.dir, "data"), "-U", superuser, "-A", "trust", "-E", "UTF8", "--no-sync",
		"--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make a database: %w: %s", err, out)
	}
	return nil
}

func (s *Server) chooseAccount() error {
	account, err := user.Lookup("postgres")
	if err != nil {
		account, err = user.Lookup("nobody")
	}
	if err != nil {
		return fmt.Errorf("find a user to run PostgreSQL as, which refuses root: %w", err)
	}
	uid, wrongUser := strconv.ParseUint(account.Uid, 10, 32)
	gid, wrongGroup := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(wrongUser, wrongGroup, os.Chown(s.dir, int(uid), int(gid))); err != nil {
		return fmt.Errorf("give the data directory to %s: %w", account.Username, err)
	}
	s.account = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return nil
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.binaries, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + s.binaries + ":" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.account, Setpgid: true}
	return cmd
}

// Run starts the server, after Stop or Kill also again, and returns when it takes connections.
func (s *Server) Run(ctx context.Context) error {
	settings := map[string]string{
		"listen_addresses": "", "unix_socket_directories": s.dir, "max_connections": "300", "shared_buffers": "64MB", "log_min_messages": "log",
	}
	if !s.options.Durable {
		settings["fsync"], settings["full_page_writes"], settings["synchronous_commit"] = "off", "off", "off"
	}
	args := []string{"-D", filepath.Join(s.dir, "data")}
	for _, list := range []map[string]string{settings, s.options.Settings} {
		for name, value := range list {
			args = append(args, "-c", name+"="+value)
		}
	}
	cmd := s.command(context.WithoutCancel(ctx), "postgres", args...)
	endWithParent(cmd.SysProcAttr)
	errs, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	ready, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		watch(errs, ready)
		_ = cmd.Wait() // however it ends, it has
	}()
	s.process, s.ended = cmd, ended
	if said := <-ready; said != "" {
		<-ended
		return fmt.Errorf("PostgreSQL did not start: %s", said)
	}
	return nil
}

// watch reads what the server says, and tells once that it is ready: by "", or by all that it said when it ended before.
func watch(r io.Reader, ready chan<- string) {
	defer close(ready)
	lines := bufio.NewScanner(r)
	var said []string
	for lines.Scan() {
		if strings.Contains(lines.Text(), "ready to accept ") {
			ready <- ""
			_, _ = io.Copy(io.Discard, r) // nobody reads it
			return
		}
		said = append(said, lines.Text())
	}
	ready <- strings.Join(append(said, "it has ended"), "\n")
}

// URL returns the address of a database.
func (s *Server) URL(database string) string {
	q := url.Values{"host": {s.dir}, "user": {superuser}}
	return (&url.URL{Scheme: "postgres", Path: "/" + database, RawQuery: q.Encode()}).String()
}

// Database makes an empty database and returns its address.
func (s *Server) Database(ctx context.Context) (string, error) {
	return s.DatabaseLike(ctx, "template1")
}

// DatabaseLike makes a database that is a copy of another one, to which nobody may be connected, and returns its address.
func (s *Server) DatabaseLike(ctx context.Context, other string) (string, error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	defer conn.Close(ctx) //nolint:errcheck // it was used
	name := "test" + strconv.FormatInt(s.databases.Add(1), 10)
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+other+" STRATEGY file_copy"); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	return s.URL(name), nil
}

// Stop ends the server as an administrator does: connections are closed, and nothing is lost.
func (s *Server) Stop() { s.end(syscall.SIGINT) }

// Kill ends the server as a crash does.
func (s *Server) Kill() { s.end(syscall.SIGQUIT) }

func (s *Server) end(how syscall.Signal) {
	_ = s.process.Process.Signal(how) // it may have ended by itself
	<-s.ended
}

// Close stops the server and removes its data directory.
func (s *Server) Close() error {
	s.Stop()
	if err := os.RemoveAll(s.dir); err != nil {
		return fmt.Errorf("remove the data directory: %w", err)
	}
	return nil
}
