package notify

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ropeway/ropeway/internal/clock"
	"github.com/ropeway/ropeway/internal/fault"
	"github.com/ropeway/ropeway/internal/outbound"
)

// anEvent is told to every kind of sink.
func anEvent() Event {
	return Event{
		Kind: ScenarioStopped, Subject: "scenario 7 (Orders)\r\nBcc: all@example.com", Message: "It failed 3 times in a row.", Hint: "look at the last error",
		Where: "ropeway scenario history 7", ID: "msg_1", At: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Repeats: 2,
	}
}

// double is a receiver on the other side of a sink.
type double struct {
	sink  Sink
	wrong Sink            // a sink that the receiver refuses
	texts func() []string // what has arrived
}

// TestSinks is what every sink must do.
func TestSinks(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) double{"webhook": webhookDouble, "email": mailDouble} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			if d.sink.Name() != name {
				t.Errorf("got name %q, want %q", d.sink.Name(), name)
			}
			if err := d.sink.Send(t.Context(), anEvent()); err != nil {
				t.Fatalf("send: %v", err)
			}
			got := d.texts()
			if len(got) != 1 {
				t.Fatalf("got %d messages, want 1: %q", len(got), got)
			}
			for _, want := range []string{"scenario 7 (Orders)", "failed 3 times", "look at the last error", "ropeway scenario history 7", "2"} {
				if !strings.Contains(got[0], want) {
					t.Errorf("got %q, want it to contain %q", got[0], want)
				}
			}
			if err := d.wrong.Send(t.Context(), anEvent()); err == nil {
				t.Error("a receiver that refuses: got no error")
			}
			ended, end := context.WithCancel(t.Context())
			end()
			if err := d.sink.Send(ended, anEvent()); err == nil {
				t.Error("with an ended context: got no error")
			}
			if got := d.texts(); len(got) != 1 {
				t.Errorf("got %d messages, want still 1", len(got))
			}
		})
	}
}

func webhookDouble(t *testing.T) double {
	t.Helper()
	var mu sync.Mutex
	var bodies []string
	key := []byte("0123456789abcdef")
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/told" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		if err := verify(r.Header, body, key); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		bodies = append(bodies, string(body))
	}))
	t.Cleanup(h.Close)
	client := outbound.New(outbound.Options{Allow: []string{"loopback"}})
	t.Cleanup(client.Close)
	now := clock.NewFake(anEvent().At)
	return double{
		sink:  &Webhook{Caller: client, Clock: now, URL: h.URL + "/told", Key: key},
		wrong: &Webhook{Caller: client, Clock: now, URL: h.URL + "/told"},
		texts: func() []string { mu.Lock(); defer mu.Unlock(); return bodies },
	}
}

// verify checks a signature with the other side's means: the text that is signed, written out.
func verify(h http.Header, body, key []byte) error {
	want := sign(key, "msg_1."+fmt.Sprint(anEvent().At.Unix())+"."+string(body))
	if got := h.Get("Webhook-Signature"); got != "v1,"+want || h.Get("Webhook-Id") != "msg_1" {
		return fmt.Errorf("signature %q", got)
	}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil || m["type"] != "scenario_stopped" || m["timestamp"] != "2026-03-01T12:00:00Z" {
		return fmt.Errorf("body %s: %w", body, err)
	}
	return nil
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	key := "0123456789abcdef"
	text := base64.StdEncoding.EncodeToString([]byte(key))
	for _, secret := range []string{text, "whsec_" + text, " " + strings.TrimRight(text, "=") + "\n"} {
		if got, err := ParseKey(secret); err != nil || string(got) != key {
			t.Errorf("%q: got %q, error %v", secret, got, err)
		}
	}
	for _, secret := range []string{"", "whsec_", "not base64!"} {
		if _, err := ParseKey(secret); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("%q: got error %v, want %s", secret, err, fault.InvalidConfiguration)
		}
	}
}

// smtpDouble is a mail server that takes mail in from one user, without TLS.
type smtpDouble struct {
	mu   sync.Mutex
	mail []string
}

func mailDouble(t *testing.T) double {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &smtpDouble{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); wg.Wait() }) // closing ends the loop
	port := l.Addr().(*net.TCPAddr).Port
	good := &Mail{Host: "127.0.0.1", Port: port, From: "ropeway@example.com", To: []string{"ann@example.com", "bob@example.com"}, Plain: true}
	strict := *good
	strict.Plain = false // the server offers no TLS, which is needed unless told otherwise
	return double{sink: good, wrong: &strict, texts: func() []string { s.mu.Lock(); defer s.mu.Unlock(); return s.mail }}
}

// serve speaks as much SMTP as one mail needs.
func (s *smtpDouble) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewScanner(c)
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	say("220 ready")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(in.Text(), " "); strings.ToUpper(verb) {
		case "EHLO":
			say("250 double")
		case "DATA":
			say("354 go on")
			s.take(in)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *smtpDouble) take(in *bufio.Scanner) {
	var b strings.Builder
	for in.Scan() && in.Text() != "." {
		b.WriteString(in.Text() + "\n")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mail = append(s.mail, strings.ReplaceAll(b.String(), "=\n", ""))
}

func TestMailHeadersCannotBeForged(t *testing.T) {
	t.Parallel()
	d := mailDouble(t)
	if err := d.sink.Send(t.Context(), anEvent()); err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(d.texts()[0], "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		if strings.HasPrefix(strings.ToLower(line), "bcc:") {
			t.Errorf("got header %q out of a name", line)
		}
	}
}

func TestMailIsChecked(t *testing.T) {
	t.Parallel()
	good := Mail{Host: "mail.example.com", From: "a@example.com", To: []string{"b@example.com"}}
	letters := good
	letters.To = nil // it only sends letters
	for _, m := range []Mail{good, letters} {
		if err := m.Check(); err != nil {
			t.Errorf("got error %v", err)
		}
	}
	for name, change := range map[string]func(*Mail){
		"no server":   func(m *Mail) { m.Host = "" },
		"no sender":   func(m *Mail) { m.From = "" },
		"bad address": func(m *Mail) { m.To = []string{"nobody"} },
	} {
		m := good
		change(&m)
		if err := m.Check(); fault.KindOf(err) != fault.InvalidConfiguration {
			t.Errorf("%s: got error %v, want %s", name, err, fault.InvalidConfiguration)
		}
	}
}

func sign(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
