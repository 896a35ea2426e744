package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store"
)

func newBackup(env *Env) *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write a data directory to one file, also while a server runs on it", Args: oneFile,
		Long: `Backup writes the state of one moment to FILE, which must not exist yet, and checks it. A server on the same directory goes on
meanwhile. FILE appears when it is complete and on the disk, never half.

The master key is not part of it: secrets stay sealed in the backup. Keep a copy of master.key from the data directory, in another
place than the backup. Without it the connections must be entered again.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runBackup(cmd.Context(), env, data, args[0]) },
	}
	cmd.Flags().StringVar(&data, "data", "data", "data directory")
	return cmd
}

// notHere refuses what only works with a database in the data directory.
func notHere(env *Env, hint string) error {
	if env.Getenv(databaseVariable) == "" {
		return nil
	}
	return fault.New(fault.InvalidConfiguration, "The database is not in the data directory: "+databaseVariable+" names another one.").WithHint(hint)
}

func runBackup(ctx context.Context, env *Env, data, file string) error {
	if err := notHere(env, "use pg_dump, or the backup of your database service; and keep a copy of the master key"); err != nil {
		return err
	}
	if err := store.BackupDir(ctx, clock.System{}, data, file); err != nil {
		return fmt.Errorf("back %s up to %s: %w", data, file, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("look at the backup: %w", err)
	}
	fmt.Fprintf(env.Stdout, "%s is complete and was checked: %s\n", file, shownBytes(info.Size()))
	if key := filepath.Join(data, store.MasterKeyFile); exists(key) {
		fmt.Fprintf(env.Stdout, "not in it: %s, which opens the secrets; keep a copy of it in another place\n", key)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// shownBytes writes a size as people read it.
func shownBytes(n int64) string {
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	size, unit := float64(n), 0
	for size >= 1000 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}

func newRestore(env *Env) *cobra.Command {
	var data string
	o := store.Restore{Clock: clock.System{}}
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make a data directory of a backup", Args: oneFile,
		Long: `Restore checks FILE, brings it to the form of this version and makes it the data directory. A directory that is not empty is
refused; with --replace it is moved beside, under a name with the time.

What happened after the backup is not in it, but it did happen: calls were made, messages were sent. So nothing goes on by itself.
Executions that were open end as stopped and can be replayed, scenarios are inactive until you start them, and what waits in queues
waits on. With --resume everything is as it was at the time of the backup, and what happened after it may happen again.`,
		RunE: func(cmd *cobra.Command, args []string) error { return runRestore(cmd.Context(), env, data, args[0], o) },
	}
	cmd.Flags().StringVar(&data, "data", "data", "data directory")
	cmd.Flags().BoolVar(&o.Replace, "replace", false, "move what is in the data directory beside it")
	cmd.Flags().BoolVar(&o.Resume, "resume", false, "leave scenarios active and executions open; effects may be repeated")
	return cmd
}

func runRestore(ctx context.Context, env *Env, data, file string, o store.Restore) error {
	if err := notHere(env, "use pg_restore while no node runs"); err != nil {
		return err
	}
	done, err := store.RestoreDir(ctx, file, data, o)
	if err != nil {
		return fmt.Errorf("restore %s to %s: %w", file, data, err)
	}
	when := "an unknown time"
	if !done.BackupTime.IsZero() {
		when = done.BackupTime.UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(env.Stdout, "%s is as it was at %s\n", data, when)
	if done.KeptAs != "" {
		fmt.Fprintf(env.Stdout, "what was there before is in %s\n", done.KeptAs)
	}
	if done.SetAside > 0 {
		fmt.Fprintf(env.Stdout, "%d executions were open and have ended as stopped; they may have gone on after the backup\n", done.SetAside)
	}
	if len(done.Inactive) > 0 {
		fmt.Fprintf(env.Stdout, "inactive now, start them with ropeway scenario start: %s\n", numbers(done.Inactive))
	}
	if done.Queued > 0 {
		fmt.Fprintf(env.Stdout, "%d payloads wait in queues; some may have been worked on after the backup\n", done.Queued)
	}
	if done.NoKey {
		fmt.Fprintf(env.Stdout, "the secrets are sealed: put %s into %s, or enter the connections again; addresses of webhooks are not shown without it\n", store.MasterKeyFile, data)
	}
	return nil
}

func numbers(list []int64) string {
	texts := make([]string, len(list))
	for i, n := range list {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(texts, " ")
}
