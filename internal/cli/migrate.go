package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

// Words that stand for a place of an installation, beside directories and URLs.
const (
	sqliteWord   = "sqlite"
	postgresWord = "postgres"
)

// drawnProgress is the time between two states of the line of progress on a terminal.
const drawnProgress = 200 * time.Millisecond

type migrateFlags struct {
	from, to, data, release string
	repair, again, asJSON   bool
}

func newMigrate(env *Env) *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use: "migrate --from PLACE --to PLACE", Short: "Move a whole installation from a data directory to a PostgreSQL database, or back", Args: cobra.NoArgs,
		Long: `Migrate copies everything that is in the database of an installation to another, empty one, reads both again, and compares them row by row.
Only then the other one can be used, and from then on only it: what was left is refused by serve. Nothing may run on either side meanwhile.

A place is a data directory, as "data" or "sqlite:data"; or the URL of a database, as postgres://user@host/name. "sqlite" alone is the
directory that --data names, and "postgres" alone the database that the variable ` + databaseVariable + ` names, which other users of the machine do not see.

A move that was interrupted goes on where it was when the same command is given again; --again begins anew instead. The master key is in no
database: it stays where it is, or has to be copied. The exit code is 1 when the two databases differ.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, end := context.WithCancel(cmd.Context())
			defer end()
			if env.Interrupt != nil {
				go func() {
					select {
					case <-env.Interrupt:
						end()
					case <-ctx.Done():
					}
				}()
			}
			return runMigrate(ctx, env, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "where the installation is: a data directory, or the URL of a PostgreSQL database")
	flags.StringVar(&f.to, "to", "", "where it moves, of the other kind; empty")
	flags.StringVar(&f.data, "data", "data", "data directory that \"sqlite\" stands for")
	flags.BoolVar(&f.again, "again", false, "drop what an interrupted move has brought to the target, and begin anew")
	flags.BoolVar(&f.repair, "repair", false, "put U+FFFD in the place of what PostgreSQL does not keep also in keys, names and audited texts")
	flags.StringVar(&f.release, "release", "", "let a place be used again from which the installation was moved; moves nothing")
	flags.BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.MarkFlagsMutuallyExclusive("from", "release")
	cmd.MarkFlagsMutuallyExclusive("to", "release")
	return cmd
}

// place reads what a flag says about where an installation is.
func (f *migrateFlags) place(env *Env, flag, text string) (string, error) {
	directory, isDirectory := strings.CutPrefix(text, sqliteWord+":")
	switch {
	case text == "":
		return "", fault.New(fault.InvalidConfiguration, "Say where the installation is and where it moves: "+flag+" is missing.").
			WithHint("ropeway migrate --from data --to postgres://user@host/name")
	case store.IsDatabaseURL(text):
		return text, nil
	case text == postgresWord:
		url := env.Getenv(databaseVariable)
		if url == "" {
			return "", fault.New(fault.InvalidConfiguration, "The variable "+databaseVariable+" names no database.").
				WithHint("set it to postgres://user:password@host/name, or give the URL with " + flag)
		}
		return url, nil
	case text == sqliteWord:
		return f.data, nil
	case isDirectory:
		return directory, nil
	case strings.Contains(text, "://"): // it may hold a password
		return "", fault.New(fault.InvalidConfiguration, flag+" names a database of an unknown kind.").WithHint("write it as postgres://user@host/name")
	}
	return text, nil
}

func runMigrate(ctx context.Context, env *Env, f migrateFlags) error {
	if f.release != "" {
		place, err := f.place(env, "--release", f.release)
		if err == nil {
			err = store.ReleaseInstallation(ctx, place)
		}
		if err == nil {
			fmt.Fprintln(env.Stdout, "released: ropeway serve takes it again")
		}
		return err
	}
	from, err := f.place(env, "--from", f.from)
	if err != nil {
		return err
	}
	to, err := f.place(env, "--to", f.to)
	if err != nil {
		return err
	}
	shown := newMoveProgress(env)
	done, err := store.MoveInstallation(ctx, store.Move{From: from, To: to, Clock: clock.System{}, Repair: f.repair, Again: f.again, Progress: shown.show})
	shown.end()
	if err != nil && !errors.Is(err, store.ErrDiffers) {
		return err
	}
	if f.asJSON {
		if err := printJSON(env.Stdout, movedJSONOf(&done)); err != nil {
			return err
		}
	} else {
		printMoved(env.Stdout, &done)
	}
	if err != nil {
		printError(env.Stderr, err)
		return exitCode(ExitFailed)
	}
	if !f.asJSON {
		printRemains(env.Stdout, from, to)
	}
	return nil
}

// printMoved prints what was compared.
func printMoved(out io.Writer, done *store.Moved) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TABLE\tROWS\tSIZE\tDIGEST\tTARGET\tMENDED TEXTS")
	for i := range done.Tables {
		t := &done.Tables[i]
		target := "the same"
		if !t.Same() {
			target = fmt.Sprintf("differs: %d rows, %s", t.To.Rows, shortDigest(t.To))
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\n", t.Name, t.From.Rows, shownBytes(t.From.Bytes), shortDigest(t.From), target, t.Mended)
	}
	_ = w.Flush() // the output keeps its failure
	resumed := ""
	if done.Resumed {
		resumed = ", where an earlier move had ended"
	}
	fmt.Fprintf(out, "copied %d rows, %s in %s (%s)%s; compared in %s\n", done.Rows, shownBytes(done.Bytes), done.Copying.Round(time.Millisecond),
		rate(done.Rows, done.Bytes, done.Copying), resumed, done.Checking.Round(time.Millisecond))
}

func shortDigest(d store.Digest) string { return hex.EncodeToString(d.Hash[:6]) }

func rate(rows, bytes int64, took time.Duration) string {
	seconds := took.Seconds()
	if seconds <= 0 {
		return "at once"
	}
	return fmt.Sprintf("%.0f rows and %s a second", float64(rows)/seconds, shownBytes(int64(float64(bytes)/seconds)))
}

// printRemains says what is outside the databases, and what goes on where.
func printRemains(out io.Writer, from, to string) {
	directory, forward := from, !store.IsDatabaseURL(from)
	if !forward {
		directory = to
	}
	key := filepath.Join(directory, store.MasterKeyFile)
	if forward {
		fmt.Fprintf(out, "the installation is in the database now: ropeway serve --database, or with %s; %s is refused from now on and can be kept as a copy or removed\n",
			databaseVariable, filepath.Join(from, "ropeway.db"))
		for _, name := range others(from) {
			fmt.Fprintf(out, "not in the database, and still in %s: %s\n", from, name)
		}
	} else {
		fmt.Fprintf(out, "the installation is in %s now: ropeway serve --data %s; the database is refused from now on and can be kept as a copy or dropped\n", to, to)
	}
	if exists(key) {
		fmt.Fprintf(out, "the secrets are opened by %s: every node needs that key, and a copy belongs in another place\n", key)
		return
	}
	fmt.Fprintf(out, "the master key is in no database: the secrets need the one that opened them before, as %s, with --key-file or ROPEWAY_MASTER_KEY\n", key)
}

// others lists what is in a data directory beside its database, its lock and its socket.
func others(directory string) []string {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		known := strings.HasPrefix(e.Name(), "ropeway.db") || slices.Contains([]string{"ropeway.lock", "control.sock", "control.path", store.MasterKeyFile}, e.Name())
		if !known {
			names = append(names, e.Name())
		}
	}
	return names
}

// movedJSON is the result for programs.
type movedJSON struct {
	From     string           `json:"from"`
	To       string           `json:"to"`
	Verified bool             `json:"verified"`
	Resumed  bool             `json:"resumed"`
	Rows     int64            `json:"rows"`
	Bytes    int64            `json:"bytes"`
	CopyMS   int64            `json:"copying_ms"`
	CheckMS  int64            `json:"checking_ms"`
	Tables   []movedTableJSON `json:"tables"`
}

type movedTableJSON struct {
	Table  string     `json:"table"`
	From   digestJSON `json:"from"`
	To     digestJSON `json:"to"`
	Same   bool       `json:"same"`
	Mended int64      `json:"mended"`
}

type digestJSON struct {
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func movedJSONOf(done *store.Moved) movedJSON {
	out := movedJSON{
		From: done.From, To: done.To, Verified: done.Verified(), Resumed: done.Resumed, Rows: done.Rows, Bytes: done.Bytes,
		CopyMS: done.Copying.Milliseconds(), CheckMS: done.Checking.Milliseconds(), Tables: []movedTableJSON{},
	}
	digest := func(d store.Digest) digestJSON { return digestJSON{d.Rows, d.Bytes, hex.EncodeToString(d.Hash[:])} }
	for i := range done.Tables {
		t := &done.Tables[i]
		out.Tables = append(out.Tables, movedTableJSON{t.Name, digest(t.From), digest(t.To), t.Same(), t.Mended})
	}
	return out
}

// moveProgress shows how far a move has come: one line that changes on a terminal, a line every few seconds elsewhere.
type moveProgress struct {
	w        io.Writer
	clock    clock.System
	terminal bool
	drawn    bool
	began    time.Time
	last     time.Time
}

func newMoveProgress(env *Env) *moveProgress {
	f, ok := env.Stderr.(*os.File)
	now := clock.System{}.Now()
	return &moveProgress{w: env.Stderr, terminal: ok && term.IsTerminal(int(f.Fd())), began: now, last: now}
}

func (p *moveProgress) show(m store.MoveProgress) {
	now := p.clock.Now()
	every := plainProgress
	if p.terminal {
		every = drawnProgress
	}
	if now.Sub(p.last) < every {
		return
	}
	p.last = now
	what := "copying"
	if m.Verifying {
		what = "comparing"
	}
	line := fmt.Sprintf("%6.1fs  %s %s, %d rows; %s in all", now.Sub(p.began).Seconds(), what, m.Table, m.Rows, shownBytes(m.Bytes))
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K"+line)
		p.drawn = true
		return
	}
	fmt.Fprintln(p.w, line)
}

func (p *moveProgress) end() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
