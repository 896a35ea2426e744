package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

const (
	// noOps are three modules that do nothing but what an engine does with them.
	noOps = hookFlow + `,{"id":2,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"{{1.name}}"}},` +
		`{"id":3,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"{{2.value}}"}},{"id":4,"module":"util:ComposeTransformer","version":1,"mapper":{"value":"{{3.value}}"}}`
	// benchScenarios, benchDeliveries and benchCallers are the load of BenchmarkNodes.
	benchScenarios, benchDeliveries, benchCallers = 24, 6000, 64
	// coordinated are the scenarios of BenchmarkCoordination, which all wait for a far day, and coordinating how long it looks.
	coordinated  = 10_000
	coordinating = 10 * time.Second
)

// BenchmarkNodes sends deliveries to one node on SQLite and to one, two and three nodes on PostgreSQL, each of them in this process and
// on this machine, and says how many executions end a second and what each costs the processor, that of the database included. Every
// delivery goes to the next node: with n of them, one in n comes in where it runs.
func BenchmarkNodes(b *testing.B) {
	s := benchDatabase(b)
	alone := 0.0
	for _, nodes := range []int{0, 1, 2, 3} {
		name := fmt.Sprintf("%d on PostgreSQL", nodes)
		if nodes == 0 {
			name = "1 on SQLite"
		}
		b.Run(name, func(b *testing.B) {
			for range b.N {
				rate := runNodes(b, s, nodes)
				if nodes == 0 {
					alone = rate
				} else if alone > 0 {
					b.ReportMetric(rate/alone, "of_sqlite")
				}
			}
		})
	}
}

func benchDatabase(b *testing.B) *postgrestest.Server {
	b.Helper()
	s, err := postgrestest.Start(context.Background(), postgrestest.Options{Durable: true, Settings: map[string]string{"max_connections": "700"}})
	if errors.Is(err, postgrestest.ErrMissing) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

// runNodes returns how many executions end a second. No nodes stand for one on SQLite.
func runNodes(b *testing.B, s *postgrestest.Server, number int) float64 {
	b.Helper()
	n := newNodesOn(b, s, nil)
	if number == 0 {
		n.url = ""
	}
	members := []*member{n.join()}
	for range number - 1 {
		members = append(members, n.join())
	}
	if number > 0 {
		until(b, "the nodes share", func() bool { return shared(members...) })
	}
	var paths []string
	var ids []int64
	for range benchScenarios {
		id, path := members[0].add(n, "", noOps)
		ids, paths = append(ids, id), append(paths, path)
	}
	begin, used, theirs := time.Now(), processTime(b), s.CPUTime()
	deliverAll(b, members, paths)
	until(b, "everything has ended", func() bool {
		ended := int64(0)
		for _, id := range ids {
			number, _ := members[0].store.HistoryTotal(id)
			ended += number
		}
		return ended >= benchDeliveries
	})
	took, cpu, database := time.Since(begin), processTime(b)-used, s.CPUTime()-theirs
	for _, m := range members {
		m.stop()
	}
	b.ReportMetric(benchDeliveries/took.Seconds(), "executions/s")
	b.ReportMetric(float64(cpu.Microseconds())/benchDeliveries, "nodes_cpu_us")
	b.ReportMetric(float64(database.Microseconds())/benchDeliveries, "db_cpu_us")
	b.ReportMetric(0, "ns/op")
	return benchDeliveries / took.Seconds()
}

// deliverAll has each caller send to one node after the other.
func deliverAll(b *testing.B, members []*member, paths []string) {
	b.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: benchCallers}}
	var all sync.WaitGroup
	for c := range benchCallers {
		all.Go(func() {
			for i := c; i < benchDeliveries; i += benchCallers {
				resp, err := client.Post(members[i/benchCallers%len(members)].web+paths[(i*7)%len(paths)], "application/json", strings.NewReader(`{"name":"Ada"}`))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				if resp.Body.Close(); resp.StatusCode != http.StatusOK {
					b.Errorf("got %s", resp.Status)
					return
				}
			}
		})
	}
	all.Wait()
}

// processTime is the processor's time of this process.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkCoordination says what nodes cost that have nothing to do: heartbeats, leases, looks for partitions, signals and what is due,
// against a database with 10,000 scenarios. The nodes are those of the server without what they know of scenarios.
func BenchmarkCoordination(b *testing.B) {
	s := benchDatabase(b)
	url, err := s.Database(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	fillScheduled(b, url)
	for _, number := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(number), func(b *testing.B) {
			for range b.N {
				coordinate(b, s, url, number)
			}
		})
	}
}

// fillScheduled makes the scenarios.
func fillScheduled(b *testing.B, url string) {
	b.Helper()
	data, err := store.Open(b.Context(), b.TempDir(), store.Options{Clock: clock.System{}, Database: url})
	if err != nil {
		b.Fatal(err)
	}
	jobs := make(chan struct{})
	var all sync.WaitGroup
	for range benchCallers {
		all.Go(func() {
			for range jobs {
				id, _, _, err := data.SaveScenario(b.Context(), store.SaveScenario{Name: "waits", Blueprint: []byte(`{"name":"waits","flow":[],"metadata":{"version":1}}`)})
				if err == nil {
					err = data.Activate(b.Context(), id, true, time.Now().Add(1000*time.Hour))
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	for range coordinated {
		jobs <- struct{}{}
	}
	close(jobs)
	all.Wait()
	if err := data.Close(); err != nil {
		b.Fatal(err)
	}
}

// coordinate runs nodes for a while.
func coordinate(b *testing.B, s *postgrestest.Server, url string, number int) {
	b.Helper()
	ctx := context.WithoutCancel(b.Context())
	var services []*Service
	for range number {
		system, err := Assemble(Options{Durable: true})
		if err != nil {
			b.Fatal(err)
		}
		data, err := store.Open(ctx, b.TempDir(), store.Options{Clock: clock.System{}, Database: url + "&pool_max_conns=2"})
		if err != nil {
			b.Fatal(err)
		}
		service := newService(ctx, system, data, clock.System{}, slog.New(slog.DiscardHandler))
		if err := service.beat(ctx, false); err != nil {
			b.Fatal(err)
		}
		service.run(ctx)
		services = append(services, service)
	}
	until(b, "the nodes share", func() bool {
		owned := 0
		for _, s := range services {
			owned += len(s.lease.kept())
		}
		return owned == store.Partitions
	})
	before, used, theirs := transactions(b, url), processTime(b), s.CPUTime()
	if err := (clock.System{}).Sleep(ctx, coordinating); err != nil {
		b.Fatal(err)
	}
	seconds := coordinating.Seconds()
	b.ReportMetric(float64((s.CPUTime()-theirs).Milliseconds())/seconds, "db_cpu_ms/s")
	b.ReportMetric(float64((processTime(b)-used).Milliseconds())/seconds/float64(number), "node_cpu_ms/s")
	b.ReportMetric(float64(transactions(b, url)-before)/seconds/float64(number), "transactions/node/s")
	b.ReportMetric(0, "ns/op")
	var all sync.WaitGroup
	for _, service := range services {
		all.Go(func() {
			service.Close()
			if err := service.store.Close(); err != nil {
				b.Error(err)
			}
		})
	}
	all.Wait()
}

// transactions is how many the database has ended.
func transactions(b *testing.B, url string) int64 {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(b.Context())
	var n int64
	if err := conn.QueryRow(b.Context(), "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
