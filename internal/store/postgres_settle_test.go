package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// replicated is a store on a server whose standby must have a commit before it is answered.
type replicated struct {
	*Store
	primary, standby *postgrestest.Server
	admin            *pgx.Conn // to the primary
}

// openReplicated opens a store that knows both servers, and writes to the one that takes changes.
func openReplicated(t *testing.T) *replicated {
	t.Helper()
	primary, address := ownServer(t)
	standby, err := primary.Follow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standby.Close(); err != nil {
			t.Error(err)
		}
	})
	r := &replicated{primary: primary, standby: standby}
	r.askAgain(t)
	// The standby does not copy what is said here: it waits for nobody when it has taken over.
	r.run(t, "ALTER SYSTEM SET synchronous_standby_names = '*'")
	r.run(t, "SELECT pg_reload_conf()")
	r.wait(t, "until commits wait for the standby", nil, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
	both, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := both.Query()
	q.Set("host", folderOf(primary)+","+folderOf(standby))
	q.Set("target_session_attrs", "read-write")
	both.RawQuery = q.Encode()
	r.Store = openDatabase(t, both.String())
	return r
}

func folderOf(s *postgrestest.Server) string {
	return strings.TrimSuffix(s.Socket(), "/.s.PGSQL.5432")
}

// askAgain connects to the primary, which may have been started again.
func (r *replicated) askAgain(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), r.primary.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // the server may be gone
	r.admin = conn
}

func (r *replicated) run(t *testing.T, statement string) {
	t.Helper()
	if _, err := r.admin.Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// underWay is a delivery that is under way.
type underWay struct {
	answered chan struct{}
	err      error // set before answered is closed
}

// deliver takes a delivery in, beside what the test does.
func (r *replicated) deliver(name string) *underWay {
	d := &underWay{answered: make(chan struct{})}
	go func() {
		defer close(d.answered)
		_, d.err = r.Accept(context.Background(), named(name))
	}()
	return d
}

// wait waits until a query on the primary finds more than nothing. A delivery, where one is given, must not be answered before.
func (r *replicated) wait(t *testing.T, what string, d *underWay, query string) {
	t.Helper()
	for {
		var n int64
		if err := r.admin.QueryRow(t.Context(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
		if d != nil {
			select {
			case <-d.answered:
				t.Errorf("%s: the delivery was answered already (error %v)", what, d.err)
				return
			default:
			}
		}
		if err := (clock.System{}).Sleep(t.Context(), time.Millisecond); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// Backends that have written a commit and wait for the standby: of a delivery, and of the question what became of it.
const (
	waitingCommit   = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND upper(query) = 'COMMIT'"
	waitingQuestion = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query LIKE '%commit_mark%'"
)

// TestCommitThatTheStandbyHasNot has a commit written on the primary while its standby is away, and its connection lost. Whoever looks
// finds the commit on the primary. It counts when the standby has it, and not before: if the standby takes over without it, it is written
// again there.
func TestCommitThatTheStandbyHasNot(t *testing.T) {
	t.Parallel()
	lost := map[string]func(t *testing.T, r *replicated){
		"the server is killed": func(t *testing.T, r *replicated) {
			t.Helper()
			r.primary.Kill()
			if err := r.primary.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			r.askAgain(t)
		},
		"the connection is ended": func(t *testing.T, r *replicated) {
			t.Helper()
			r.run(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		},
		"the wait is cancelled": func(t *testing.T, r *replicated) {
			t.Helper()
			r.run(t, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
		},
	}
	for name, lose := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := openReplicated(t)
			if err := r.writer.do(func() { p, _ := r.writer.conn.(*postgresSession); p.patience = time.Hour }); err != nil {
				t.Fatal(err)
			}
			for _, takesOver := range []bool{false, true} {
				name := fmt.Sprintf("takes over: %t", takesOver)
				r.standby.Stop()
				d := r.deliver(name)
				r.wait(t, "until the commit waits", d, waitingCommit)
				lose(t, r)
				r.wait(t, "until the store asks what became of it", d, waitingQuestion)
				r.goOn(t, takesOver)
				<-d.answered
				if d.err != nil {
					t.Errorf("%s: got error %v, want it kept", name, d.err)
				}
				if n := keptAs(t, r.Store, name); n != 1 {
					t.Errorf("%s: it is there %d times, want once", name, n)
				}
			}
		})
	}
}

// goOn starts the standby again, which follows the primary or takes its place.
func (r *replicated) goOn(t *testing.T, takesOver bool) {
	t.Helper()
	if takesOver {
		r.primary.Kill()
	}
	err := r.standby.Run(context.Background())
	if err == nil && takesOver {
		err = r.standby.Promote(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestStandbyThatStaysAway has the store give up: nobody may be told that the delivery is kept, nor that it is not.
func TestStandbyThatStaysAway(t *testing.T) {
	t.Parallel()
	r := openReplicated(t)
	if err := r.writer.do(func() { p, _ := r.writer.conn.(*postgresSession); p.patience = 0 }); err != nil {
		t.Fatal(err)
	}
	r.standby.Stop()
	d := r.deliver("away")
	r.wait(t, "until the commit waits", d, waitingCommit)
	end := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	r.run(t, end)
	r.wait(t, "until the store asks what became of it", d, waitingQuestion)
	r.run(t, end)
	<-d.answered
	if !errors.Is(d.err, ErrUnknown) || !errors.Is(d.err, ErrUnavailable) {
		t.Errorf("got error %v, want that the outcome is not known", d.err)
	}
	if err := r.standby.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Accept(t.Context(), named("back")); err != nil {
		t.Errorf("when it is back: got error %v", err)
	}
}

// unheard is a way to the server on which the answer to the question what became of a commit is lost, some times.
type unheard struct {
	net.Conn
	times *atomic.Int32
	asked bool
	ended atomic.Bool
}

func (u *unheard) Write(p []byte) (int, error) {
	if u.ended.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	ends := u.asked && u.times.Add(-1) >= 0
	u.ended.Store(ends)
	u.asked = bytes.Contains(p, []byte("ON CONFLICT (writer, number)"))
	n, err := u.Conn.Write(p)
	if ends {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

func (u *unheard) Read(p []byte) (int, error) {
	if u.ended.Load() {
		return 0, io.ErrUnexpectedEOF
	}
	return u.Conn.Read(p)
}

// TestAnswerThatIsLostTwice loses a commit, and then the answer to the question what became of it. The mark that the question has left
// is none of the commit.
func TestAnswerThatIsLostTwice(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]int32{"the commit does not arrive": loseRequest, "the commit arrives": loseAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openDatabase(t, ReadyDatabase(t))
			var next, times atomic.Int32
			times.Store(2)
			breakable(t, s, &next, &heldWrite{})
			if err := s.writer.do(func() {
				p, _ := s.writer.conn.(*postgresSession)
				dial := p.config.DialFunc
				p.config.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
					c, err := dial(ctx, network, addr)
					return &unheard{Conn: c, times: &times}, err
				}
			}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Accept(t.Context(), named("first")); err != nil {
				t.Fatal(err)
			}
			breakNext(t, s, &next, mode)
			if _, err := s.Accept(t.Context(), named("broken")); err != nil {
				t.Errorf("got error %v, want the outcome to be found out", err)
			}
			if n := keptAs(t, s, "broken"); n != 1 {
				t.Errorf("it is there %d times, want once", n)
			}
			if left := times.Load(); left > 0 {
				t.Errorf("the answer was lost %d times less than it was to be", left)
			}
		})
	}
}

// TestCommitThatArrivesMuchLater has a commit arrive that was given up and made again many commits ago.
func TestCommitThatArrivesMuchLater(t *testing.T) {
	t.Parallel()
	s := openDatabase(t, ReadyDatabase(t))
	var next atomic.Int32
	held := &heldWrite{}
	breakable(t, s, &next, held)
	if _, err := s.Accept(t.Context(), named("first")); err != nil {
		t.Fatal(err)
	}
	breakNext(t, s, &next, holdRequest)
	if _, err := s.Accept(t.Context(), named("late")); err != nil {
		t.Fatal(err)
	}
	for range 2 * markEvery {
		if _, err := s.Accept(t.Context(), named("another")); err != nil {
			t.Fatal(err)
		}
	}
	held.arrive()
	if n := keptAs(t, s, "late"); n != 1 {
		t.Errorf("it is there %d times, want once", n)
	}
}

// breakNext has the next commit break.
func breakNext(t *testing.T, s *Store, next *atomic.Int32, mode int32) {
	t.Helper()
	if err := s.writer.do(func() {
		s.writer.beforeCommit = func() error { next.Store(mode); s.writer.beforeCommit = nil; return nil }
	}); err != nil {
		t.Fatal(err)
	}
}
