package store

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/store/postgrestest"
)

// BenchmarkMove moves b.N executions, each with three results of a kilobyte and twelve words, to a PostgreSQL that waits for its disk,
// and back: -benchtime 200000x.
func BenchmarkMove(b *testing.B) {
	server, err := postgrestest.Start(context.Background(), postgrestest.Options{Durable: true})
	if errors.Is(err, postgrestest.ErrMissing) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	url, err := server.Database(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	fillMoved(b, dir)
	ways := []struct {
		name string
		move Move
	}{{"there", Move{From: dir, To: url}}, {"back", Move{From: url, To: filepath.Join(b.TempDir(), "back")}}}
	b.ResetTimer()
	for _, way := range ways {
		way.move.Clock = clock.System{}
		done, err := MoveInstallation(context.Background(), way.move)
		if err != nil {
			b.Fatal(err)
		}
		copying, checking := done.Copying.Seconds(), done.Checking.Seconds()
		b.ReportMetric(float64(done.Rows)/copying, way.name+"_rows_per_s")
		b.ReportMetric(float64(done.Bytes)/copying/1e6, way.name+"_MB_per_s")
		b.ReportMetric(float64(done.Rows)/checking, way.name+"_compared_per_s")
		b.ReportMetric(float64(done.Bytes)/1e6, "MB")
		b.ReportMetric(float64(done.Rows), "rows")
	}
	b.ReportMetric(0, "ns/op")
}

// fillMoved fills a directory with b.N executions.
func fillMoved(b *testing.B, dir string) {
	b.Helper()
	s, err := Open(context.Background(), dir, Options{Clock: clock.System{}})
	if err != nil {
		b.Fatal(err)
	}
	f := ownAll(b, s)[PartitionOf(7)].Fence
	payload := benchPayload()
	number := make(chan int, b.N)
	for i := range b.N {
		number <- i
	}
	share(b, b.N, func() error {
		a, err := acceptOne(s, payload)
		if err != nil {
			return err
		}
		now, n := s.clock.Now(), strconv.Itoa(<-number)
		step := Step{Start: &Start{At: now, Version: 1}, End: &End{
			At: now, Status: Success, Summary: Summary{Cycles: 1, Operations: 3},
			Text: "order " + n + " of customer" + n + " was paid by card, and is sent to user" + n + "@example.com",
		}}
		for i := range 3 {
			step.Operations = append(step.Operations, Operation{Address: strconv.Itoa(i+1) + "/1", Started: now, Finished: now.Add(time.Millisecond), InputHash: 99, Bundles: List{payload}})
		}
		_, err = s.Append(context.Background(), a.Run(7, f), step)
		return err
	})
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}
