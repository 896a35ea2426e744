package server_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/ropeway/ropeway/internal/store"
)

// The benchmark of peers calls what it measures from as many connections, and expects what is called at this address.
const (
	deliverers   = 32
	peerUpstream = "http://127.0.0.1:19000"
)

// BenchmarkDeliveries calls the webhooks of the scenarios of bench/scenarios over HTTP: S1ACK and S1END map and call a service, S3 computes.
func BenchmarkDeliveries(b *testing.B) {
	up := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(up.Close)
	for _, name := range []string{"s1ack", "s1end", "s3"} {
		b.Run(name, func(b *testing.B) {
			in := newBenchInstallation(b, flowOf(b, name, up.URL), store.Options{})
			service := in.start(b)
			front := httptest.NewServer(service.Handler())
			b.ReportAllocs()
			b.ResetTimer()
			deliver(b, front.URL+in.path, b.N)
			in.finished(b, int64(b.N))
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "executions/s")
			b.StopTimer()
			front.Close()
			service.Close()
			in.close(b)
		})
	}
}

// flowOf reads the modules of a scenario of the benchmark of peers, which are to call another address.
func flowOf(b *testing.B, name, upstream string) string {
	b.Helper()
	text, err := os.ReadFile("../../bench/scenarios/" + name + ".json")
	if err != nil {
		b.Fatal(err)
	}
	var blueprint struct {
		Flow []json.RawMessage `json:"flow"`
	}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), peerUpstream, upstream)), &blueprint); err != nil {
		b.Fatal(err)
	}
	nodes := make([]string, len(blueprint.Flow))
	for i, node := range blueprint.Flow {
		nodes[i] = string(node)
	}
	return strings.Join(nodes, ",")
}

// deliver makes n calls over a few connections that stay open.
func deliver(b *testing.B, url string, n int) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: deliverers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	note := strings.Repeat("n", drainedNote)
	var all sync.WaitGroup
	for c := range deliverers {
		all.Go(func() {
			for i := c; i < n; i += deliverers {
				body := fmt.Sprintf(`{"id":"%d","email":"Ada.%d@Example.com","first":"Ada","last":"Lovelace","age":36,"plan":"pro","tags":["a","b"],"note":"%s"}`, i, i, note)
				answer, err := client.Post(url, "application/json", strings.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, answer.Body)
				_ = answer.Body.Close() // it was read
				if err != nil || answer.StatusCode/100 != 2 {
					b.Errorf("got status %d and %v, want one of success", answer.StatusCode, err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
}
