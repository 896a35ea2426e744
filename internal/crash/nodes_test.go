//go:build linux || darwin

package crash_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

const (
	// nodeLife is how long a node works under load before it is killed or stopped.
	nodeLife = 2 * time.Second
	// takenOverAfter is when the work of a dead node is another one's.
	takenOverAfter = 8 * time.Second
)

// TestNodesOfOneDatabase lets two servers share a database under load. One is killed, and started again when the other one has its
// work; then the other one is stopped. Nothing that was acknowledged is lost, and no recorded result is made again.
func TestNodesOfOneDatabase(t *testing.T) {
	t.Parallel()
	_, seed := rehearse(t)
	database, err := postgrestest.Start(context.WithoutCancel(t.Context()), postgrestest.Options{Durable: true})
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := database.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := database.Database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list := scenarios()
	u := newUpstream(t, list)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: senders}, Timeout: readyLimit}
	r := &rehearsal{
		installation: installOn(t.Context(), t, u, list, url), upstream: u, load: newLoad(list, u, client), client: client,
		random: rand.New(rand.NewPCG(seed, 4)),
	}
	r.load.refusable = true
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); r.load.run(ctx) }()
	second := r.installation.beside(t)
	err = r.killAndStopNodes(t.Context(), second, func() { stop(); <-sent })
	stop()
	<-sent
	if complaints := second.log.errors(); err != nil || len(complaints) > 0 {
		t.Fatalf("%v\n%s\n%s", err, strings.Join(r.installation.log.errors(), "\n"), strings.Join(complaints, "\n"))
	}
	found := check(t.Context(), t, r.installation, r.load, u)
	r.report(t, found)
}

// beside is another node of the database of in, with the same master key.
func (in *installation) beside(t *testing.T) *installation {
	t.Helper()
	other := build(t, in.allow)
	other.database, other.passing, other.flags = in.database, in.passing, in.flags
	if err := os.MkdirAll(other.data, 0o700); err != nil {
		t.Fatal(err)
	}
	other.flags = append(other.flags, "--key-file", filepath.Join(in.data, "master.key"))
	return other
}

// killAndStopNodes kills the first node under load, starts it again, stops the second, and lets the first one do what is left.
func (r *rehearsal) killAndStopNodes(ctx context.Context, second *installation, quiet func()) error {
	one, err := r.installation.start()
	if err != nil {
		return err
	}
	if err := r.awaitReady(ctx, one); err != nil {
		return errors.Join(err, one.kill())
	}
	two, err := second.start()
	if err != nil {
		return errors.Join(err, one.kill())
	}
	limited, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	address, _, err := two.ready(limited, r.client)
	if err != nil {
		return errors.Join(err, one.kill(), two.kill())
	}
	if err := (clock.System{}).Sleep(ctx, nodeLife); err != nil {
		return errors.Join(err, one.kill(), two.kill())
	}
	r.load.redirect(address)
	err = one.kill()
	if err == nil { // what the dead process had sent is recorded by then, and nothing is taken over yet
		err = clock.System{}.Sleep(ctx, nodeLife/2)
	}
	r.upstream.countAnew()
	if err == nil { // until the second has taken over
		err = clock.System{}.Sleep(ctx, takenOverAfter)
	}
	if err == nil {
		one, err = r.installation.start()
	}
	if err == nil {
		err = r.awaitReady(ctx, one)
	}
	if err == nil {
		err = clock.System{}.Sleep(ctx, nodeLife)
	}
	err = errors.Join(err, two.stop(limited))
	quiet()
	ended, end := context.WithTimeout(ctx, quietLimit)
	defer end()
	if err == nil {
		err = r.load.waitUntilQuiet(ended)
	}
	if err == nil {
		err = r.installation.retry(ctx)
	}
	if err == nil {
		err = r.load.waitUntilQuiet(ended)
	}
	return errors.Join(err, one.stop(ended))
}

// countAnew counts calls from now on as those of another process.
func (u *upstream) countAnew() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.run++
}
