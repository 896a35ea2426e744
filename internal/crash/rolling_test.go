//go:build linux || darwin

package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
)

const (
	// nextVersion is what the program of the next version calls itself, and thisVersion the one that runs before it.
	thisVersion, nextVersion = "v1-test", "v2-test"
	// settled is how long the cluster works undisturbed before, between and after the changes of nodes.
	settled = 2 * time.Second
	// upgradeLimit is how long it may take until what waited for the last older node is done.
	upgradeLimit = 40 * time.Second
)

// theNextBinary builds the server of a next version: the same program with another name and further migrations.
var theNextBinary = sync.OnceValues(func() (string, error) {
	list, err := filepath.Glob("testdata/next/*.sql")
	if err != nil {
		return "", fmt.Errorf("list the migrations: %w", err)
	}
	replace := map[string]string{}
	for _, file := range list {
		from, err := filepath.Abs(file)
		if err != nil {
			return "", fmt.Errorf("find a migration: %w", err)
		}
		to, err := filepath.Abs(filepath.Join("..", "store", "migrations_postgres", filepath.Base(file)))
		if err != nil {
			return "", fmt.Errorf("find the place of a migration: %w", err)
		}
		replace[to] = from
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	file := filepath.Join(binaryDir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", fmt.Errorf("write the overlay: %w", err)
	}
	return buildBinary("ropeway-next", nextVersion, "-overlay", file)
})

// TestRollingUpgrade replaces three nodes under load by those of a next version, one after the other, each of them stopped in good order. What
// that version takes away waits for the last older node, and from then on none of those starts.
func TestRollingUpgrade(t *testing.T) {
	t.Parallel()
	_, seed := draw(t, "upgrades", faultsVariable, 1)
	next, err := theNextBinary()
	if err != nil {
		t.Fatal(err)
	}
	c := newCluster(t, seed)
	defer c.keep()
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{})
	go func() { defer close(sent); c.load.run(ctx) }()
	err = c.replaceAll(t.Context(), next)
	end := clock.System{}.Now()
	stop()
	<-sent
	c.operator.binary = next
	if err == nil {
		err = c.finish(t.Context())
	}
	if err == nil {
		err = c.letRead(t.Context())
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(c.operator.log.errors(), "\n"))
	}
	t.Logf("longest time without a call of a scenario: %s\n%s", c.upstream.longestGap(end), strings.Join(c.story, "\n"))
	for n, m := range c.nodes {
		if found := m.log.errors(); len(found) > 0 {
			t.Errorf("node %d: %d errors\n%s", n+1, len(found), strings.Join(found[:min(len(found), mostShown)], "\n"))
		}
	}
	c.report(t, check(t.Context(), t, c.operator, c.load, c.upstream), 1)
}

// replaceAll puts a program in the place of that of each node.
func (c *cluster) replaceAll(ctx context.Context, program string) error {
	old := c.nodes[0].binary
	for n, m := range c.nodes {
		if err := (clock.System{}).Sleep(ctx, settled); err != nil {
			return fmt.Errorf("wait: %w", err)
		}
		m.binary = program
		begin := clock.System{}.Now()
		if err := c.stopNode(ctx, m); err != nil {
			return fmt.Errorf("replace node %d: %w", n+1, err)
		}
		c.story = append(c.story, fmt.Sprintf("node %d was replaced from %s to %s", n+1, stamp(begin), stamp(clock.System{}.Now())))
		if err := c.expectForms(ctx, n == len(c.nodes)-1); err != nil {
			return fmt.Errorf("after the change of node %d: %w", n+1, err)
		}
	}
	c.nodes[0].binary = old
	err := c.expectRefusal(ctx, c.nodes[0].installation)
	c.nodes[0].binary = program
	return errors.Join(err, (clock.System{}).Sleep(ctx, settled))
}

// expectForms looks whether what a next version takes away waits while older nodes run, and is done when none does.
func (c *cluster) expectForms(ctx context.Context, last bool) error {
	limited, cancel := context.WithTimeout(ctx, upgradeLimit)
	defer cancel()
	status := ""
	err := waitUntil(limited, "for what is to be said of the tables", func() bool {
		cmd := exec.CommandContext(limited, c.nodes[0].binary, "cluster", "status", "--data", c.nodes[0].data)
		cmd.Env = c.nodes[0].environment()
		out, err := cmd.CombinedOutput()
		status = string(out)
		return err == nil && strings.Contains(status, "form 102 waits until these nodes of an older version have stopped: ") != last && strings.Count(status, nextVersion) > 0
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, status)
	}
	return nil
}

// expectRefusal starts an older program, which must say that it is too old.
func (c *cluster) expectRefusal(ctx context.Context, in *installation) error {
	cmd := exec.CommandContext(ctx, in.binary, "serve", "--data", c.t.TempDir(), "--addr", "127.0.0.1:0", "--key-file", filepath.Join(c.operator.data, "master.key"))
	cmd.Env = in.environment()
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "The database was written by a newer Ropeway") {
		return fmt.Errorf("an older program started beside newer nodes: %w\n%s", err, out)
	}
	return nil
}

// longestGap says how long nothing was called at most for one of the scenarios, and when, until the load ended.
func (u *upstream) longestGap(until time.Time) string {
	u.mu.Lock()
	defer u.mu.Unlock()
	times := map[string][]time.Time{}
	for key, effects := range u.effects {
		for _, e := range effects {
			if e.at.Before(until) {
				times[key.scenario] = append(times[key.scenario], e.at)
			}
		}
	}
	longest, what := time.Duration(0), "no calls"
	for name, list := range times {
		slices.SortFunc(list, time.Time.Compare)
		for i := 1; i < len(list); i++ {
			if gap := list[i].Sub(list[i-1]); gap > longest {
				longest, what = gap, fmt.Sprintf("%v for %s, from %s on", gap.Round(time.Millisecond), name, stamp(list[i-1]))
			}
		}
	}
	return what
}

// letRead lets the checker read, which is a program of the older version.
func (c *cluster) letRead(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.primary.URL(c.name))
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	_, err = conn.Exec(ctx, "UPDATE upgrade SET oldest = 1")
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("let an older program read: %w", err)
	}
	return nil
}
