package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/account"
	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/server"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/vault"
)

// What doctor is content with.
const (
	// clockSlack is how far the newest time in a database may lie ahead of the clock.
	clockSlack = 5 * time.Second
	// lowSpaceFactor times the space below which intake stops is where doctor begins to warn.
	lowSpaceFactor = 4
	// manyIncomplete is how many incomplete executions may wait before doctor points at them.
	manyIncomplete = 100
	// longWait is how long a payload may wait in a queue before doctor points at it.
	longWait = 24 * time.Hour
)

// checkStatus says how a check of doctor ended.
type checkStatus string

const (
	checkOK      checkStatus = "ok"
	checkWarning checkStatus = "warning"
	checkProblem checkStatus = "problem"
)

// doctorCheck is one line of doctor's report.
type doctorCheck struct {
	Name   string      `json:"name"`
	Status checkStatus `json:"status"`
	Text   string      `json:"text"`
	Advice string      `json:"advice,omitempty"`
}

type doctorFlags struct {
	data         string
	historyBytes int64
	asJSON       bool
}

func newDoctor(env *Env) *cobra.Command {
	var f doctorFlags
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look for what is wrong with a data directory, also while a server runs on it", Args: cobra.NoArgs,
		Long: `Doctor looks at the data directory, its disk, the database in it, the master key and what waits, and changes nothing. It says for each
thing whether it is in order, and what to do where it is not. The exit code is 1 when there is a problem.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), env, f) },
	}
	cmd.Flags().StringVar(&f.data, "data", "data", "data directory")
	cmd.Flags().Int64Var(&f.historyBytes, "history-bytes", server.DefaultHistoryBytes, "budget of the history, as for serve")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	return cmd
}

func runDoctor(ctx context.Context, env *Env, f doctorFlags) error {
	if err := notHere(env, "the log of ropeway serve says what it finds wrong with that one"); err != nil {
		return err
	}
	i, err := store.Inspect(ctx, f.data)
	if err != nil {
		return fmt.Errorf("look at %s: %w", f.data, err)
	}
	now := clock.System{}.Now()
	checks := []doctorCheck{
		checkDirectory(f.data), checkLock(&i), checkSpace(&i), checkDatabase(&i), checkForm(&i), checkLog(&i), checkClock(&i, now),
		checkKey(f.data, &i), checkQueues(&i, now), checkIncomplete(&i), checkBudget(&i, f.historyBytes),
	}
	if err := printChecks(env, checks, f.asJSON); err != nil {
		return err
	}
	for _, c := range checks {
		if c.Status == checkProblem {
			return exitCode(ExitFailed)
		}
	}
	return nil
}

func printChecks(env *Env, checks []doctorCheck, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(env.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(checks)
	}
	for _, c := range checks {
		fmt.Fprintf(env.Stdout, "%-8s %s: %s\n", c.Status, c.Name, c.Text)
		if c.Advice != "" {
			fmt.Fprintf(env.Stdout, "         %s\n", c.Advice)
		}
	}
	return nil
}

func fine(name, format string, args ...any) doctorCheck {
	return doctorCheck{Name: name, Status: checkOK, Text: fmt.Sprintf(format, args...)}
}

func (c doctorCheck) warn(advice string) doctorCheck {
	c.Status, c.Advice = checkWarning, advice
	return c
}

func (c doctorCheck) problem(advice string) doctorCheck {
	c.Status, c.Advice = checkProblem, advice
	return c
}

// othersMayLook are the permissions of a data directory that its owner should not give.
const othersMayLook fs.FileMode = 0o077

func checkDirectory(dir string) doctorCheck {
	info, err := os.Stat(dir)
	if err != nil {
		return fine("directory", "%s: %s", dir, plainFileError(err)).problem("name the data directory with --data")
	}
	c := fine("directory", "%s, permissions %04o", dir, info.Mode().Perm())
	if info.Mode().Perm()&othersMayLook != 0 {
		return c.warn("other users of this machine may look into it; chmod 700 " + dir)
	}
	return c
}

func checkLock(i *store.Inspection) doctorCheck {
	switch {
	case i.InUse && i.Holder != 0:
		return fine("lock", "process %d has the directory open", i.Holder)
	case i.InUse:
		return fine("lock", "a process has the directory open")
	}
	return fine("lock", "nobody has the directory open")
}

func checkSpace(i *store.Inspection) doctorCheck {
	c := fine("disk", "%s free", shownBytes(int64(min(i.FreeBytes, 1<<62))))
	if i.FreeBytes < store.DefaultMinFreeBytes {
		return c.problem("deliveries are refused with 507 below " + shownBytes(store.DefaultMinFreeBytes) + "; make room, or keep less history")
	}
	if i.FreeBytes < lowSpaceFactor*store.DefaultMinFreeBytes {
		return c.warn("deliveries are refused below " + shownBytes(store.DefaultMinFreeBytes) + "; make room in time")
	}
	return c
}

func checkDatabase(i *store.Inspection) doctorCheck {
	if i.Damage != nil {
		return fine("database", "damaged: %v", i.Damage).
			problem("stop the server, keep a copy of the directory, then ropeway restore the last backup")
	}
	return fine("database", "whole, %s, of which %s can be used again", shownBytes(i.Usage.Database), shownBytes(i.Usage.Free))
}

func checkForm(i *store.Inspection) doctorCheck {
	c := fine("form", "%d, this version knows up to %d", i.Form, i.KnownForm)
	if i.Form > i.KnownForm {
		return c.problem("the database was written by a newer Ropeway; use that one, or restore a backup from before")
	}
	if i.Form < i.KnownForm {
		return c.warn("the next start brings it up to date; make a backup before")
	}
	return c
}

func checkLog(i *store.Inspection) doctorCheck {
	c := fine("log", "%s not yet copied into the database", shownBytes(i.Usage.Log))
	if i.Usage.Log > store.MaxLogBytes {
		return c.warn("something reads the database for long, such as a backup to a slow disk; the log shrinks when it has ended")
	}
	return c
}

func checkClock(i *store.Inspection, now time.Time) doctorCheck {
	c := fine("clock", "%s", now.UTC().Format(time.RFC3339))
	if ahead := i.Newest.Sub(now); ahead > clockSlack {
		c.Text += fmt.Sprintf(", but the database has times of up to %s later", ahead.Round(time.Second))
		return c.warn("set the clock of this machine; schedules and ages in the history are wrong until the times are past")
	}
	return c
}

// checkKey opens every sealed secret, and shows none.
func checkKey(dir string, i *store.Inspection) doctorCheck {
	path := filepath.Join(dir, store.MasterKeyFile)
	addresses := 0
	for _, s := range i.Sealed {
		if s.Kind == store.SealedAddress {
			addresses++
		}
	}
	if !exists(path) {
		c := fine("master key", "there is none, and nothing is sealed")
		if secrets := len(i.Sealed) - addresses; secrets > 0 {
			c.Text = fmt.Sprintf("%s is missing; %d secrets are sealed", path, secrets)
			return c.problem("put the copy of the key there, or enter the connections again")
		}
		if addresses > 0 {
			c.Text = fmt.Sprintf("%s is missing; webhooks work, and %d of their addresses cannot be shown", path, addresses)
			return c.warn("put the copy of the key there")
		}
		return c
	}
	keys, err := vault.LoadOrCreateKeyFile(path)
	if err != nil {
		return fine("master key", "%v", err).problem("restore the file from your copy, with chmod 600")
	}
	v, err := vault.Open(keys...)
	if err != nil {
		return fine("master key", "%v", err).problem("restore the file from your copy")
	}
	unread := 0
	for _, s := range i.Sealed {
		err := opens(v, s)
		if err != nil && s.Kind == store.SealedAddress {
			unread++
		} else if err != nil {
			return fine("master key", "the secret of %s %d (%s) does not open: %v", s.Kind, s.ID, s.Name, err).
				problem("add the key that it was sealed with to " + path + ", or " + enteredAnew(s.Kind))
		}
	}
	if unread > 0 {
		return fine("master key", "it opens all secrets, but %d of %d addresses of webhooks cannot be shown", unread, addresses).
			warn("add the key that they were sealed with to " + path + ", or make new addresses; the webhooks work")
	}
	return fine("master key", "it opens all %d sealed secrets", len(i.Sealed))
}

// enteredAnew says how a secret that does not open any more is put in order without its key.
func enteredAnew(kind string) string {
	if kind == "user" {
		return "remove the second factor with ropeway user reset --drop-two-factor"
	}
	return "enter the secret again"
}

func opens(v *vault.Vault, s store.Sealed) error {
	identity := vault.Identity(s.Kind, s.ID)
	if s.Kind == "user" {
		identity = account.TwoFactorIdentity(s.ID)
	}
	plain, err := v.Open(identity, s.Data)
	clear(plain)
	if errors.Is(err, vault.ErrMalformed) {
		return fmt.Errorf("it is damaged: %w", err)
	}
	return err
}

func checkQueues(i *store.Inspection, now time.Time) doctorCheck {
	c := fine("queues", "%d payloads wait, %d executions are open", i.Queued, i.Open)
	if !i.OldestWait.IsZero() && now.Sub(i.OldestWait) > longWait {
		c.Text += ", the oldest payload since " + i.OldestWait.UTC().Format(time.RFC3339)
		return c.warn("start the scenarios that it waits for; payloads go after 30 days")
	}
	return c
}

func checkIncomplete(i *store.Inspection) doctorCheck {
	c := fine("incomplete executions", "%d wait, %s", i.Incomplete.Number, shownBytes(i.Incomplete.Bytes))
	if i.Incomplete.Number >= manyIncomplete {
		return c.warn("look at them with ropeway execution incomplete, and retry or resolve them")
	}
	return c
}

func checkBudget(i *store.Inspection, budget int64) doctorCheck {
	c := fine("history", "%d executions, %s of %s", i.History.Number, shownBytes(i.History.Bytes), shownBytes(budget))
	if i.History.Bytes > budget {
		return c.warn("the oldest go when a server runs; is one running?")
	}
	return c
}
