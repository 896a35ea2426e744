//go:build unix

package cli

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/ropeway/ropeway/internal/fault"
)

// listenerVariable names the file descriptor of the listener that the process before has left open. listenFDs and listenPID are how
// service managers hand over theirs (systemd, socket activation); the first of them is descriptor 3.
const (
	listenerVariable = "ROPEWAY_LISTENER"
	listenFDs        = "LISTEN_FDS"
	listenPID        = "LISTEN_PID"
	firstFD          = 3
)

// upgradeSignal asks the server to go on as the program that is now at its path.
const upgradeSignal = syscall.SIGHUP

// upgrades tells when somebody asks for the upgrade. stop ends that.
func upgrades() (asked <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, upgradeSignal)
	return c, func() { signal.Stop(c) }
}

// listenTCP opens the address, or takes over the listener that was left open for this process.
func listenTCP(ctx context.Context, env *Env, addr string) (net.Listener, error) {
	fd, err := handedOver(env)
	if err != nil {
		return nil, err
	}
	if fd < 0 {
		var lc net.ListenConfig
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, fault.Wrap(fault.InvalidConfiguration, err, "Cannot listen on "+addr+".").WithHint("choose another port, or 0 for a free one")
		}
		return l, nil
	}
	f := os.NewFile(uintptr(fd), "listener")
	defer f.Close()
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fault.Wrap(fault.InvalidConfiguration, err, "The listener that was handed over cannot be used.").WithHint("start the server anew")
	}
	return l, nil
}

// handedOver returns the file descriptor of a listener that was left open for this process, -1 for none.
func handedOver(env *Env) (int, error) {
	text := env.Getenv(listenerVariable)
	if text == "" {
		if env.Getenv(listenFDs) != "1" || env.Getenv(listenPID) != strconv.Itoa(os.Getpid()) {
			return -1, nil
		}
		return firstFD, nil
	}
	fd, err := strconv.Atoi(text)
	if err != nil || fd < firstFD {
		return -1, fault.Newf(fault.InvalidConfiguration, "%s is no file descriptor: %q.", listenerVariable, text)
	}
	return fd, nil
}

// successor is the program that goes on with the listener.
type successor struct {
	path     string
	listener *os.File
}

// prepareSuccessor finds the program and checks that it runs. The listener stays open beyond the end of this server.
func prepareSuccessor(ctx context.Context, l net.Listener) (*successor, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program: %w", err)
	}
	if out, err := exec.CommandContext(ctx, path, "version").CombinedOutput(); err != nil { //nolint:gosec // it is this program, or the one that was put in its place
		return nil, fault.Wrap(fault.InvalidConfiguration, err, fmt.Sprintf("The program at %s does not run: %s", path, out)).WithHint("put a working one there; the old one goes on meanwhile")
	}
	filer, ok := l.(interface{ File() (*os.File, error) })
	if !ok {
		return nil, fault.New(fault.InvalidConfiguration, "This listener cannot be handed over.")
	}
	f, err := filer.File()
	if err != nil {
		return nil, fmt.Errorf("keep the listener open: %w", err)
	}
	return &successor{path: path, listener: f}, nil
}

// start puts the program in the place of this process, with the same arguments. It returns only where that fails.
func (s *successor) start() error {
	fd := s.listener.Fd() // it also makes it blocking, which the new process undoes
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, fd, syscall.F_SETFD, 0); errno != 0 {
		return fmt.Errorf("leave the listener open: %w", errno)
	}
	// Of a variable that is there twice the first would count.
	environment := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, listenerVariable+"=") })
	environment = append(environment, listenerVariable+"="+strconv.FormatUint(uint64(fd), 10))
	signal.Ignore(upgradeSignal)                                       // until the new program listens to it; else one that comes before would end it
	if err := syscall.Exec(s.path, os.Args, environment); err != nil { //nolint:gosec // as above
		return fmt.Errorf("start %s: %w", s.path, err)
	}
	return nil
}
