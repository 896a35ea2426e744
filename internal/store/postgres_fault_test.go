package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
	"github.com/ropeway/ropeway/internal/value"
)

func openDatabase(tb testing.TB, url string) *Store {
	tb.Helper()
	s, err := Open(context.Background(), tb.TempDir(), Options{Clock: clock.System{}, Database: url})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// ownServer starts a server that the test may stop.
func ownServer(t *testing.T) (*postgrestest.Server, string) {
	t.Helper()
	server, err := postgrestest.Start(context.Background(), postgrestest.Options{Durable: true})
	if errors.Is(err, postgrestest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	url, err := server.Database(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return server, url
}

func named(name string) []Intake {
	return []Intake{{Webhook: 1, Scenario: 7, Version: 1, Received: time.Unix(1, 0), Name: name, Run: true, Input: []value.Value{value.Text(name)}}}
}

// keptAs counts the executions with a name.
func keptAs(tb testing.TB, s *Store, name string) int64 {
	tb.Helper()
	n, err := s.readNumber(context.Background(), "SELECT count(*) FROM execution WHERE name = ?", name)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestCrashOfTheDatabase kills the server under load: what was acknowledged is there once, what was not is not there.
func TestCrashOfTheDatabase(t *testing.T) {
	t.Parallel()
	server, url := ownServer(t)
	s := openDatabase(t, url)
	const workers, crashes = 8, 3
	var wg sync.WaitGroup
	var done atomic.Int64
	stop := make(chan struct{})
	results := make([]map[string]error, workers)
	for i := range workers {
		results[i] = map[string]error{}
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				name := fmt.Sprintf("%d of %d", n, i)
				_, err := s.Accept(context.Background(), named(name))
				results[i][name] = err
				done.Add(1)
			}
		})
	}
	for range crashes {
		for target := done.Load() + 50; done.Load() < target; {
			if err := (clock.System{}).Sleep(t.Context(), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		server.Kill()
		if err := server.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
	acknowledged := 0
	for _, list := range results {
		for name, err := range list {
			want := int64(1)
			if err != nil {
				want = 0
			} else {
				acknowledged++
			}
			if errors.Is(err, ErrUnknown) {
				t.Errorf("%s: got error %v, want the outcome to be found out", name, err)
			}
			if n := keptAs(t, s, name); n != want {
				t.Errorf("%s (error %v): it is there %d times, want %d", name, err, n, want)
			}
		}
	}
	if number, _, _ := s.QueueTotal(1); number != int64(acknowledged) {
		t.Errorf("got a total of %d, want the %d that were acknowledged", number, acknowledged)
	}
}

// broken is a way to the server that fails at the next commit.
type broken struct {
	net.Conn
	mode  *atomic.Int32
	held  *heldWrite
	ended atomic.Bool
}

// What becomes of the commit.
const (
	whole       int32 = iota
	loseRequest       // it does not arrive
	loseAnswer        // it arrives, and the answer does not
	holdRequest       // it arrives when everybody believes that it will not
)

// heldWrite is a request on its way.
type heldWrite struct {
	mu   sync.Mutex
	to   net.Conn
	data []byte
}

func (b *broken) Write(p []byte) (int, error) {
	if b.ended.Load() {
		return 0, net.ErrClosed
	}
	mode := b.mode.Swap(whole)
	if mode == whole {
		return b.Conn.Write(p)
	}
	b.ended.Store(true)
	switch mode {
	case loseRequest:
		_ = b.Conn.Close()
		return 0, io.ErrUnexpectedEOF
	case holdRequest:
		b.held.mu.Lock()
		defer b.held.mu.Unlock()
		b.held.to, b.held.data = b.Conn, append([]byte{}, p...)
		return 0, io.ErrUnexpectedEOF
	}
	if _, err := b.Conn.Write(p); err != nil {
		return 0, err
	}
	return 0, io.ErrUnexpectedEOF
}

func (b *broken) Read(p []byte) (int, error) {
	if b.ended.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	return b.Conn.Read(p)
}

func (b *broken) Close() error {
	if b.ended.Load() {
		return nil // the server does not hear of it
	}
	return b.Conn.Close()
}

func TestCommitWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]int32{"before it arrives": loseRequest, "after it arrives": loseAnswer, "while it is on its way": holdRequest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openDatabase(t, ReadyDatabase(t))
			var next atomic.Int32
			held := &heldWrite{}
			breakable(t, s, &next, held)
			f := ownAll(t, s)[PartitionOf(7)].Fence
			if _, err := s.Accept(t.Context(), named("first")); err != nil {
				t.Fatal(err)
			}
			breakNext(t, s, &next, mode)
			a, err := s.Accept(t.Context(), named("broken"))
			if err != nil {
				t.Fatalf("got error %v, want the outcome to be found out", err)
			}
			held.arrive()
			if n := keptAs(t, s, "broken"); n != 1 {
				t.Errorf("it is there %d times, want once", n)
			}
			if number, _, _ := s.QueueTotal(1); number != 2 {
				t.Errorf("got a total of %d, want 2", number)
			}
			if _, err := s.Append(t.Context(), a[0].Run(7, f), Step{Start: &Start{At: time.Unix(2, 0), Version: 1}, End: &End{At: time.Unix(3, 0), Status: Success}}); err != nil {
				t.Errorf("the execution afterwards: got error %v", err)
			}
		})
	}
}

// arrive has the server get what was held, and waits until it has ended the connection over it.
func (h *heldWrite) arrive() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.to == nil {
		return
	}
	_, _ = h.to.Write(h.data)
	// Behind the transaction stands the end of the session, so that the server answers all of it and closes.
	_, _ = h.to.Write([]byte{'X', 0, 0, 0, 4})
	_, _ = io.Copy(io.Discard, h.to)
	_ = h.to.Close()
}

// breakable has the writer go to the server by ways that can fail.
func breakable(t *testing.T, s *Store, next *atomic.Int32, held *heldWrite) {
	t.Helper()
	err := s.writer.do(func() {
		p, _ := s.writer.conn.(*postgresSession)
		dial := p.config.DialFunc
		p.config = p.config.Copy()
		p.config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return &broken{Conn: c, mode: next, held: held}, err
		}
		p.drop()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// do runs f between two commits.
func (w *writer) do(f func()) error {
	return w.between(context.Background(), func(*conn) error { f(); return nil })
}

func TestDatabaseThatIsAway(t *testing.T) {
	t.Parallel()
	server, url := ownServer(t)
	s := openDatabase(t, url)
	if err := s.writer.do(func() { p, _ := s.writer.conn.(*postgresSession); p.patience = 0 }); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	_, err := s.Accept(t.Context(), named("away"))
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, ErrNotSaved) || fault.KindOf(err) != fault.Connection {
		t.Errorf("a delivery: got error %v, want %v", err, ErrUnavailable)
	}
	if _, err := s.Scenario(t.Context(), 1); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a read: got error %v, want %v", err, ErrUnavailable)
	}
	if err := server.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Accept(t.Context(), named("back")); err != nil {
		t.Errorf("when it is back: got error %v", err)
	}
	if away, back := keptAs(t, s, "away"), keptAs(t, s, "back"); away != 0 || back != 1 {
		t.Errorf("got %d and %d deliveries, want none of the refused one and one of the other", away, back)
	}
}

func TestDatabaseThatOnlyLetsRead(t *testing.T) {
	t.Parallel()
	url := ReadyDatabase(t)
	s := openDatabase(t, url)
	if err := s.writer.do(func() { p, _ := s.writer.conn.(*postgresSession); p.patience = 0 }); err != nil {
		t.Fatal(err)
	}
	admin := openDatabase(t, url)
	run := func(statement string) {
		t.Helper()
		if err := admin.writer.do(func() {
			p, _ := admin.writer.conn.(*postgresSession)
			if _, err := p.conn.Exec(context.Background(), statement); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	run("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_read_only = on'; END $$")
	run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if _, err := s.Accept(t.Context(), named("ended")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("when the connection is ended: got error %v, want %v", err, ErrUnavailable)
	}
	if _, err := s.Accept(t.Context(), named("only")); !errors.Is(err, ErrUnavailable) || !errors.Is(err, errReadOnly) {
		t.Errorf("while it only lets read: got error %v, want %v", err, ErrUnavailable)
	}
	if _, err := Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}, Database: url}); !errors.Is(err, errReadOnly) {
		t.Errorf("opened while it only lets read: got error %v", err)
	}
	run("DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' RESET default_transaction_read_only'; END $$")
	if _, err := s.Accept(t.Context(), named("again")); err != nil {
		t.Errorf("when it takes changes again: got error %v", err)
	}
}

func TestNodesThatStartTogether(t *testing.T) {
	t.Parallel()
	url := EmptyDatabase(t)
	const nodes = 3
	var wg sync.WaitGroup
	for range nodes {
		wg.Go(func() {
			s, err := Open(context.Background(), t.TempDir(), Options{Clock: clock.System{}, Database: url})
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestStatementsForPostgres(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ given, want string }{
		{"SELECT id FROM op WHERE id > ? AND id <= ?", "SELECT id FROM op WHERE id > $1 AND id <= $2"},
		{"UPDATE user SET totp_step = ?1 WHERE id = ?2 AND totp_step < ?1", `UPDATE "user" SET totp_step = $1 WHERE id = $2 AND totp_step < $1`},
		{"SELECT user.id FROM member m JOIN user ON user.id = m.user WHERE users = 1", `SELECT "user".id FROM member m JOIN "user" ON "user".id = m."user" WHERE users = 1`},
		{`INSERT INTO audit_head (only, id) VALUES (1, ?) ON CONFLICT (only) DO NOTHING`, `INSERT INTO audit_head ("only", id) VALUES (1, $1) ON CONFLICT ("only") DO NOTHING`},
		{`SELECT '?' WHERE name = 'user' AND lower(name) LIKE lower(?) ESCAPE '\'`, `SELECT '?' WHERE name = 'user' AND lower(name) LIKE lower($1) ESCAPE '\'`},
	} {
		if got := postgresQuery(tc.given); got != tc.want {
			t.Errorf("%s: got %s, want %s", tc.given, got, tc.want)
		}
	}
}

func TestWordsForPostgres(t *testing.T) {
	t.Parallel()
	d := postgresDialect()
	for _, tc := range []struct{ given, words, search string }{
		{"The-service is away.", "'the' 'service' 'is' 'away' '\ue0007'", "'the':* & 'service':* & 'is':* & 'away':* & ('\ue0007' | '\ue0008')"},
		{"Café ann@example.com", "'cafe' 'ann' 'example' 'com' '\ue0007'", "'cafe':* & 'ann':* & 'example':* & 'com':* & ('\ue0007' | '\ue0008')"},
		{`o'clock \ & | ! (`, "'o' 'clock' '\ue0007'", "'o':* & 'clock':* & ('\ue0007' | '\ue0008')"},
		{" ", " '\ue0007'", ""},
	} {
		if words, search := d.words(tc.given, 7), d.search(tc.given, []int64{7, 8}); words != tc.words || search != tc.search {
			t.Errorf("%q: got %s and %s, want %s and %s", tc.given, words, search, tc.words, tc.search)
		}
	}
}

func TestRisksOfSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		settings map[string]string
		want     int
	}{
		{"with a standby", map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "synchronous_standby_names": "*"}, 0},
		{"without a standby", map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}, 1},
		{"local commits", map[string]string{"fsync": "on", "full_page_writes": "on", "synchronous_commit": "local", "synchronous_standby_names": "*"}, 1},
		{"nothing is waited for", map[string]string{"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}, 4},
		{"another database", map[string]string{"synchronous_commit": "on"}, 0},
	} {
		if got := risksOf(tc.settings); len(got) != tc.want {
			t.Errorf("%s: got %q, want %d risks", tc.name, got, tc.want)
		}
	}
}

func TestURLOfTheDatabase(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}, Database: "postgres://ann:secret@host:notaport/x"})
	if fault.KindOf(err) != fault.InvalidConfiguration {
		t.Errorf("got error %v, want %s", err, fault.InvalidConfiguration)
	}
	if err != nil && errors.Is(err, ErrUnavailable) {
		t.Errorf("got error %v, want that the URL is wrong", err)
	}
	_, err = Open(t.Context(), t.TempDir(), Options{Clock: clock.System{}, Database: "postgres:///x?host=" + t.TempDir()})
	if fault.KindOf(err) != fault.InvalidConfiguration || fault.From(err).Hint == "" {
		t.Errorf("without a server: got error %v, want one with a hint", err)
	}
}
