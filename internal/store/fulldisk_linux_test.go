package store

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/value"
)

// smallDisk makes the test binary a process with a small disk of its own.
const smallDisk = "ROPEWAY_TEST_SMALL_DISK"

// noMount is what the process says when it may not mount anything.
const noMount = "may not mount"

// TestFullDisk fills a real file system, a small one in memory, which only a process of its own sees.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestFullDiskProcess$", "-test.v")
	cmd.Env = append(os.Environ(), smallDisk+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), noMount), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSPC):
		t.Skipf("this system lets no process have mounts of its own: %v %s", err, out)
	case err != nil:
		t.Fatalf("got %v:\n%s", err, out)
	case !strings.Contains(string(out), "--- PASS: TestFullDiskProcess"):
		t.Errorf("the process tested nothing:\n%s", out)
	}
}

// TestFullDiskProcess is the process of TestFullDisk.
func TestFullDiskProcess(t *testing.T) {
	t.Parallel()
	dir := os.Getenv(smallDisk)
	if dir == "" {
		t.Skip("runs as a process of its own")
	}
	if err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=6m"),
	); err != nil {
		t.Skip(noMount, err)
	}
	s := openIn(t, dir, Options{Clock: clock.System{}, MinFreeBytes: 2 << 20})
	f := ownAll(t, s)[PartitionOf(7)].Fence
	run, err := s.StartExecution(t.Context(), f, NewExecution{Scenario: 7})
	if err != nil {
		t.Fatal(err)
	}
	large := delivery(0)
	large[0].Input = []value.Value{value.Buffer(noise(50_000), "binary")}
	kept := acceptWhileThereIsRoom(t, s, large)
	if _, err := s.Append(t.Context(), run, Step{Operations: []Operation{{Address: "1/1", Bundles: List{value.Text("done")}}}}); err != nil {
		t.Errorf("an execution with the last megabytes: got error %v", err)
	}
	fillUp(t, s, run)
	if n, err := s.readNumber(t.Context(), "SELECT count(*) FROM item"); err != nil || int(n) != kept {
		t.Errorf("got %d payloads on the full disk, error %v; want %d", n, err, kept)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=60m"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Append(t.Context(), run, Step{End: &End{Status: Success, At: s.clock.Now()}}); err != nil {
		t.Errorf("the execution with room again: got error %v", err)
	}
	if _, err := s.Accept(t.Context(), large); err != nil {
		t.Errorf("a delivery with room again: got error %v", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
}

// acceptWhileThereIsRoom hands deliveries in until they are refused for want of space, and returns how many were taken.
func acceptWhileThereIsRoom(t *testing.T, s *Store, in []Intake) int {
	t.Helper()
	for kept := range 1000 {
		_, err := s.Accept(t.Context(), in)
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrDiskFull) || fault.KindOf(err) != fault.OutOfSpace || kept == 0 {
			t.Errorf("after %d: got error %v, want %v", kept, err, ErrDiskFull)
		}
		return kept
	}
	t.Fatal("nothing was refused")
	return 0
}

// fillUp writes results of an execution until the disk takes no more.
func fillUp(t *testing.T, s *Store, run *Run) {
	t.Helper()
	for range 1000 {
		_, err := s.Append(t.Context(), run, Step{Operations: []Operation{{Address: "2/1", Bundles: List{value.Buffer(noise(100_000), "binary")}}}})
		if err == nil {
			continue
		}
		if !errors.Is(err, ErrNotSaved) && !errors.Is(err, ErrUnknown) {
			t.Errorf("on the full disk: got error %v, want %v or %v", err, ErrNotSaved, ErrUnknown)
		}
		return
	}
	t.Error("the disk was never full")
}
