package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Socket is the path of the socket on which the server listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, ".s.PGSQL.5432") }

// Follow makes a standby of the server and starts it: a copy that repeats everything it writes. Where its settings name standbys in
// synchronous_standby_names, commits wait for it from then on.
func (s *Server) Follow(ctx context.Context) (*Server, error) {
	standby := &Server{binaries: s.binaries, options: s.options}
	var err error
	if standby.dir, err = os.MkdirTemp("", "ropeway-postgres-"); err != nil {
		return nil, fmt.Errorf("make a data directory: %w", err)
	}
	if os.Geteuid() == 0 {
		err = standby.chooseAccount()
	}
	if err == nil {
		err = s.copyTo(ctx, standby)
	}
	if err == nil {
		err = standby.Run(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(standby.dir))
	}
	standby.databases.Store(s.databases.Load())
	return standby, nil
}

func (s *Server) copyTo(ctx context.Context, standby *Server) error {
	cmd := standby.command(ctx, "pg_basebackup", "-h", s.dir, "-U", superuser, "-D", filepath.Join(standby.dir, "data"), "-X", "stream", "-R", "-c", "fast", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("copy the database: %w: %s", err, out)
	}
	return nil
}

// Promote has a standby take over. What it repeats must be dead: see Kill.
func (s *Server) Promote(ctx context.Context) error {
	out, err := s.command(ctx, "pg_ctl", "promote", "-w", "-D", filepath.Join(s.dir, "data")).CombinedOutput()
	if err != nil {
		return fmt.Errorf("promote the standby: %w: %s", err, out)
	}
	return nil
}

// Dump writes a database to a file, as a script that makes it anew.
func (s *Server) Dump(ctx context.Context, database, path string) error {
	script, err := s.command(ctx, "pg_dump", "-h", s.dir, "-U", superuser, database).Output()
	if err != nil {
		return fmt.Errorf("dump the database: %w", err)
	}
	if err := os.WriteFile(path, script, 0o600); err != nil {
		return fmt.Errorf("dump the database: %w", err)
	}
	return nil
}
