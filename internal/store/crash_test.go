//go:build linux || darwin

package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/value"
)

// Variables that make the test binary a process to be killed.
const (
	crashDir   = "ROPEWAY_TEST_CRASH_DIR"
	crashLimit = "ROPEWAY_TEST_FILE_BYTES"
)

// TestKilledProcess writes with a real process, kills it again and again, and looks for what it had acknowledged.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 4 {
		for _, line := range killAfter(t, dir, 60+40*round) {
			acknowledged[line] = true
		}
		s, err := Open(t.Context(), dir, Options{Clock: clock.System{}})
		if err != nil {
			t.Fatalf("open after the kill: %v", err)
		}
		checkAcknowledged(t, s, acknowledged)
		if err := s.Check(t.Context()); err != nil {
			t.Errorf("check: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter starts the process, reads lines acknowledgements, kills it, and returns all that it wrote.
func killAfter(t *testing.T, dir string, lines int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashingProcess$", "-test.v")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var got []string
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		line, ok := strings.CutPrefix(scanner.Text(), "ACK ")
		if !ok {
			continue
		}
		got = append(got, line)
		if len(got) == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(got) < lines {
		t.Fatalf("the process ended after %d acknowledgements, want %d", len(got), lines)
	}
	return got
}

func checkAcknowledged(t *testing.T, s *Store, acknowledged map[string]bool) {
	t.Helper()
	for line := range acknowledged {
		var id int64
		var what string
		if _, err := fmt.Sscan(line, &id, &what); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		j, err := s.Load(t.Context(), id)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		switch what {
		case "accepted":
			if input, err := j.Input(t.Context()); err != nil || len(input) != 1 {
				t.Errorf("%s: got input %v, error %v", line, input, err)
			}
		case "ended":
			if !j.Execution.Status.Finished() || j.Len() != 2 {
				t.Errorf("%s: got status %s with %d results", line, j.Execution.Status, j.Len())
			}
		default:
			if _, found, err := j.Find(t.Context(), what); !found || err != nil {
				t.Errorf("%s: got found %v, error %v", line, found, err)
			}
		}
	}
}

// TestCrashingProcess is the process that TestKilledProcess kills.
func TestCrashingProcess(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("runs as a process of its own")
	}
	s := openIn(t, dir, Options{Clock: clock.System{}})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				if err := acknowledgeOne(s, f); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func acknowledgeOne(s *Store, f Fence) error {
	ctx := context.Background()
	a, err := s.Accept(ctx, []Intake{{Scenario: 7, Run: true, Received: s.clock.Now(), Input: []value.Value{value.Text("payload")}}})
	if err != nil {
		return err
	}
	fmt.Printf("ACK %d accepted\n", a[0].ID)
	run := a[0].Run(7, f)
	if _, err := s.Append(ctx, run, Step{Start: &Start{At: s.clock.Now()}, Operations: []Operation{{Address: "1/1", Bundles: List{value.Int(1)}}}}); err != nil {
		return err
	}
	fmt.Printf("ACK %d 1/1\n", run.ID)
	_, err = s.Append(ctx, run, Step{Operations: []Operation{{Address: "2/1"}}, End: &End{Status: Success, At: s.clock.Now()}})
	fmt.Printf("ACK %d ended\n", run.ID)
	return err
}

// TestTornWrites lets the operating system refuse writes in their middle: files of a process of its own cannot grow
// past a limit, which is raised later as if somebody had made room.
func TestTornWrites(t *testing.T) {
	t.Parallel()
	for _, limit := range []string{"300001", "777777", "1500003"} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLimitedProcess$")
			cmd.Env = append(os.Environ(), crashDir+"="+dir, crashLimit+"="+limit)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("got %v:\n%s", err, out)
			}
			s := openIn(t, dir, Options{})
			if err := s.Check(t.Context()); err != nil {
				t.Errorf("check after reopening: %v", err)
			}
		})
	}
}

// TestLimitedProcess is the process of TestTornWrites.
func TestLimitedProcess(t *testing.T) {
	t.Parallel()
	var limit uint64
	if _, err := fmt.Sscan(os.Getenv(crashLimit), &limit); err != nil {
		t.Skip("runs as a process of its own")
	}
	s := openIn(t, os.Getenv(crashDir), Options{Clock: clock.System{}})
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	kept := acceptUntilRefused(t, s)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	if number, _, _ := s.QueueTotal(1); int(number) != kept {
		t.Errorf("got %d payloads, want the %d that were acknowledged", number, kept)
	}
	for i := range 5 {
		if _, err := s.Accept(t.Context(), delivery(i)); err != nil {
			t.Errorf("with room again: got error %v", err)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	n, err := s.readNumber(t.Context(), "SELECT count(*) FROM item")
	if err != nil || int(n) != kept+5 {
		t.Errorf("got %d payloads, error %v; want %d", n, err, kept+5)
	}
	if info, err := os.Stat(filepath.Join(s.dir, databaseFile)); err != nil || info.Size() == 0 {
		t.Errorf("database file: got %v, error %v", info, err)
	}
}

func acceptUntilRefused(t *testing.T, s *Store) int {
	t.Helper()
	large := delivery(0)
	large[0].Input = []value.Value{value.Buffer(noise(10_000), "binary")}
	for kept := range 1000 {
		_, err := s.Accept(t.Context(), large)
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrNotSaved) && !errors.Is(err, ErrUnknown) {
			t.Errorf("got error %v, want %v or %v", err, ErrNotSaved, ErrUnknown)
		}
		return kept
	}
	t.Fatal("nothing was refused")
	return 0
}

// TestBesideAnotherProcess backs up and inspects a directory in which a real process is writing.
func TestBesideAnotherProcess(t *testing.T) {
	t.Parallel()
	dir, target := t.TempDir(), t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCrashingProcess$", "-test.v")
	cmd.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	looked := false
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		line, ok := strings.CutPrefix(scanner.Text(), "ACK ")
		if !ok || looked {
			continue
		}
		if acknowledged[line] = true; len(acknowledged) < 100 {
			continue
		}
		looked = true
		i, err := Inspect(t.Context(), dir)
		if err != nil || i.Damage != nil || !i.InUse || i.Holder != cmd.Process.Pid {
			t.Errorf("got %+v, error %v; want a whole database that process %d has open", i, err, cmd.Process.Pid)
		}
		if err := BackupDir(t.Context(), clock.System{}, dir, filepath.Join(target, databaseFile)); err != nil {
			t.Errorf("backup: %v", err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
	_ = cmd.Wait() // it was killed
	s := openIn(t, target, Options{})
	checkAcknowledged(t, s, acknowledged)
	lookAfterTheCrash(t, dir, acknowledged)
}

// lookAfterTheCrash inspects and backs up what a killed process has left. Both see what is in the log only, and leave the
// files as they are.
func lookAfterTheCrash(t *testing.T, dir string, acknowledged map[string]bool) {
	t.Helper()
	files := []string{filepath.Join(dir, databaseFile), filepath.Join(dir, databaseFile+"-wal")}
	before := [][]byte{readFile(t, files[0]), readFile(t, files[1])}
	if i, err := Inspect(t.Context(), dir); err != nil || i.Damage != nil || i.InUse || i.Holder != 0 {
		t.Errorf("after the crash: got %+v, error %v; want a whole database that nobody has open", i, err)
	}
	target := t.TempDir()
	if err := BackupDir(t.Context(), clock.System{}, dir, filepath.Join(target, databaseFile)); err != nil {
		t.Fatalf("backup after the crash: %v", err)
	}
	for i, name := range files {
		if !bytes.Equal(readFile(t, name), before[i]) {
			t.Errorf("%s was changed", filepath.Base(name))
		}
	}
	checkAcknowledged(t, openIn(t, target, Options{}), acknowledged)
}
