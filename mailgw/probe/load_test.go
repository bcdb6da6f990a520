package probe

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// options are those of a small run against a fake.
func options(f *fake) Options {
	return Options{Addr: "fake:25", To: "support@example.com", From: "c%d@example.net", Run: "t", Messages: 1, Size: 900, Senders: 7, Dial: f.dial}
}

// inBubble runs Load with time that passes only when all wait.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}

func TestLoadDelivers(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Options)
	}{
		{"plain", func(*Options) {}},
		{"pipelined", func(o *Options) { o.Pipeline = true }},
		{"lmtp", func(o *Options) { o.LMTP = true }},
		{"attached", func(o *Options) { o.Attach, o.Size = true, 9000 }},
		{"few mails per connection", func(o *Options) { o.PerConnection = 3 }},
		{"threads", func(o *Options) { o.Thread = 60 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				f := &fake{t: t}
				o := options(f)
				var record strings.Builder
				o.Messages, o.Connections, o.Record = 40, 3, &record
				c.set(&o)
				rep, err := Load(t.Context(), o)
				if err != nil || rep.Accepted != 40 || rep.Errors != 0 || rep.Retries != 0 || len(rep.FirstErrors) != 0 {
					t.Fatalf("Load = %+v, %v", rep, err)
				}
				checkReceived(t, f, &o, &rep, record.String())
			})
		})
	}
}

// checkReceived compares what the fake got with what was reported and recorded.
func checkReceived(t *testing.T, f *fake, o *Options, rep *Report, record string) {
	t.Helper()
	seen := map[string]bool{}
	bytes := 0
	for i, m := range f.mails {
		msg, err := mail.ReadMessage(strings.NewReader(m.text))
		if err != nil {
			t.Fatalf("%v in %q", err, m.text)
		}
		id := strings.Trim(msg.Header.Get("Message-ID"), "<>")
		seen[id] = true
		from, err := msg.Header.AddressList("From")
		if err != nil || m.from != "FROM:<"+from[0].Address+">" || m.to != "TO:<support@example.com>" || m.group != o.Pipeline {
			t.Errorf("mail %s: envelope %q %q, grouped %v, From %v (%v)", id, m.from, m.to, m.group, from, err)
		}
		if !strings.Contains(record, fmt.Sprintf("%s id%d\n", id, i+1)) {
			t.Errorf("%s id%d is not in the record", id, i+1)
		}
		bytes += len(m.text)
	}
	for n := range o.Messages {
		if id := fmt.Sprintf("t.%d.load@example.net", n); !seen[id] {
			t.Errorf("%s was not sent", id)
		}
	}
	if rep.Bytes != bytes {
		t.Errorf("reported %d bytes, sent %d", rep.Bytes, bytes)
	}
	if o.PerConnection > 0 && f.conns < len(f.mails)/o.PerConnection {
		t.Errorf("%d connections for %d mails, %d on each", f.conns, len(f.mails), o.PerConnection)
	}
}

// TestLoadFailures: one mail, one thing that goes wrong.
func TestLoadFailures(t *testing.T) {
	for _, c := range []struct{ at, reply, want string }{
		{"greeting", "421 busy", "greeting: 421 busy"},
		{"greeting", "hang up", "greeting: EOF"},
		{"greeting", "hello", `greeting: "hello" is not a reply`},
		{"greeting", "silence", "greeting: read: i/o timeout"},
		{"EHLO", "500 what", "EHLO: 500 what"},
		{"MAIL", "451 4.3.0 later", "MAIL: 451 4.3.0 later"},
		{"RCPT", "550-no\n550 such", "RCPT: 550 no / such"},
		{"RCPT", "250x", `RCPT: "250x" is not a reply`},
		{"DATA", "554 no", "DATA: 554 no"},
		{"DATA", "250 what", "DATA: 250 what"},
		{"dot", "452 4.3.1 full", "the final dot: 452 4.3.1 full"},
		{"dot", "354 again", "the final dot: 354 again"},
		{"dot", "hang up", "the final dot: EOF"},
		{"EHLO", strings.Repeat("250-a\n", 200) + "250 b", "EHLO: a reply of more than 100 lines"},
	} {
		t.Run(c.want, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				f := &fake{t: t, script: func(conn, _ int, at string) string {
					if at == c.at && conn == 1 {
						return c.reply
					}
					return ""
				}}
				o := options(f)
				rep, err := Load(t.Context(), o)
				if err != nil || rep.Errors != 1 || rep.Accepted != 0 || !slices.Equal(rep.FirstErrors, []string{c.want}) {
					t.Errorf("Load = %+v, %v", rep, err)
				}
			})
		})
	}
}

// TestRefusedMailKeepsConnection: after a reply to the dot the dialogue goes on.
func TestRefusedMailKeepsConnection(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		refused := 0
		f := &fake{t: t, script: func(_, _ int, at string) string {
			if at == "dot" && refused < 2 {
				refused++
				return "554 5.6.0 no"
			}
			return ""
		}}
		o := options(f)
		o.Messages = 5
		rep, err := Load(t.Context(), o)
		if err != nil || rep.Accepted != 3 || rep.Errors != 2 || f.conns != 1 {
			t.Errorf("Load = %+v, %v over %d connections", rep, err, f.conns)
		}
	})
}

// TestRetry: broken connections and 4xx are tried again with growing pauses, each
// mail until its 250, and recorded once; a 5xx is the last word.
func TestRetry(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		attempts := 0
		f := &fake{t: t, script: func(_, _ int, at string) string {
			if at != "dot" {
				return ""
			}
			attempts++
			switch {
			case attempts <= 4:
				return "hang up"
			case attempts <= 7:
				return "451 4.3.0 later"
			case attempts == 9:
				return "554 5.6.0 never"
			}
			return ""
		}}
		o := options(f)
		var record strings.Builder
		o.Messages, o.Retry, o.Record = 3, true, &record
		start := time.Now()
		rep, err := Load(t.Context(), o)
		if err != nil || rep.Accepted != 2 || rep.Errors != 1 || rep.Retries != 7 {
			t.Fatalf("Load = %+v, %v", rep, err)
		}
		if took, want := time.Since(start), (50+100+200+400+800+1000+1000)*time.Millisecond; took != want {
			t.Errorf("the pauses took %v, want %v", took, want)
		}
		if got, want := record.String(), "t.0.load@example.net id1\nt.2.load@example.net id2\n"; got != want {
			t.Errorf("recorded %q, want %q", got, want)
		}
		if want := []string{"the final dot: EOF", "the final dot: 451 4.3.0 later", "the final dot: 554 5.6.0 never"}; !slices.Equal(rep.FirstErrors, want) {
			t.Errorf("first errors %q, want %q", rep.FirstErrors, want)
		}
	})
}

// TestRate: mails are offered at their time, and measured from there.
func TestRate(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := &fake{t: t}
		o := options(f)
		o.Messages, o.Rate, o.Connections = 21, 10, 4
		rep, err := Load(t.Context(), o)
		if err != nil || rep.Accepted != 21 || rep.Seconds != 2 {
			t.Errorf("Load = %+v, %v; want 21 mails in 2 seconds", rep, err)
		}
	})
}

// TestLoadEnds: with the context, with the last mail told to Progress.
func TestLoadEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := &fake{t: t, script: func(_, mail int, at string) string {
			if mail == 3 && at == "dot" {
				return "451 4.3.0 later"
			}
			return ""
		}}
		o := options(f)
		last := [2]int{}
		o.Messages, o.Retry, o.Progress = 5, true, func(accepted, finished int) { last = [2]int{accepted, finished} }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		rep, err := Load(ctx, o)
		if err != nil || rep.Accepted != 2 || rep.Errors != 0 || rep.Retries < 50 || last != [2]int{2, 2} {
			t.Errorf("Load = %+v, %v; progress %v", rep, err, last)
		}
	})
}

// fullDisk is a record that cannot be written.
type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestRecordMustBeWritten(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := &fake{t: t}
		o := options(f)
		o.Messages, o.Record = 100, fullDisk{}
		rep, err := Load(t.Context(), o)
		if !errors.Is(err, errFull) || rep.Accepted != 0 || len(f.mails) != 1 {
			t.Errorf("Load = %+v, %v after %d mails", rep, err, len(f.mails))
		}
	})
}

func TestStartTLS(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, tls: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	o := options(f)
	o.StartTLS, o.Messages = true, 3
	rep, err := Load(t.Context(), o)
	if err != nil || rep.Accepted != 3 || f.conns != 1 {
		t.Errorf("Load = %+v, %v", rep, err)
	}
}

func TestPipeliningMustBeOffered(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		f := &fake{t: t, script: func(_, _ int, at string) string {
			if at == "EHLO" {
				return "250 fake"
			}
			return ""
		}}
		o := options(f)
		o.Pipeline = true
		rep, err := Load(t.Context(), o)
		if err != nil || !slices.Equal(rep.FirstErrors, []string{"EHLO: the server does not offer PIPELINING"}) {
			t.Errorf("Load = %+v, %v", rep, err)
		}
	})
}

func TestPercentile(t *testing.T) {
	ms := func(n ...int) (out []time.Duration) {
		for _, v := range n {
			out = append(out, time.Duration(v)*time.Millisecond)
		}
		return out
	}
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, c := range []struct {
		sorted []time.Duration
		p      int
		want   float64
	}{
		{nil, 50, 0}, {ms(7), 50, 7}, {ms(7), 100, 7}, {ms(1, 2), 50, 1}, {ms(1, 2, 3), 50, 2}, {ms(1, 2), 99, 2},
		{ms(hundred...), 50, 50}, {ms(hundred...), 90, 90}, {ms(hundred...), 99, 99}, {ms(hundred...), 100, 100},
	} {
		if got := percentile(c.sorted, c.p); got != c.want {
			t.Errorf("percentile %d of %v = %g, want %g", c.p, c.sorted, got, c.want)
		}
	}
}
